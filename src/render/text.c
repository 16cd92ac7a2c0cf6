/* SPDX-License-Identifier: ISC */
#include "text.h"
#include "repmon/causes.h"
#include "repmon/common_cause.h"
#include "repmon/render.h"

#include <stdlib.h>
#include <string.h>

static void *text_begin(const struct report *report, const struct render_options *options,
                        FILE *out)
{
    struct text *t = mem_alloc(sizeof *t);
    t->report = report;
    t->printer = (struct printer){out, options->width, options->color};
    t->verbose = options->verbose;
    t->advised = mem_array(report->list_count, sizeof *t->advised);
    grouping_init(&t->grouping, report);
    return t;
}

static void text_target(void *state, size_t i)
{
    struct text *t = state;
    grouping_add(&t->grouping, i);
}

static void text_add_separator(struct buf *b)
{
    if (b->len)
        buf_str(b, ", ");
}

/* ---- what was not proven ---- */

static void text_add_list(const struct report *r, struct buf *b, const struct report_list *list,
                          size_t count, size_t of)
{
    text_add_separator(b);
    report_list_name(r, list, b);
    if (count != of)
        buf_fmt(b, " (%zu of %zu)", count, of);
    if (list->acked_until)
        buf_str(b, " (acknowledged)");
}

static bool text_has_cause(const struct text *t, size_t j, enum cause cause)
{
    return t->grouping.lists[j].causes[cause] && t->report->lists[j].health != HEALTH_OFF;
}

/* The cure of each list; lists with the same note are named together. */
static void text_print_list_notes(const struct text *t, enum cause cause)
{
    const struct report *r = t->report;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count; j++) {
        const char *note = r->lists[j].note;
        bool told = !note || !note[0] || !text_has_cause(t, j, cause);
        for (size_t k = 0; k < j && !told; k++)
            told =
                text_has_cause(t, k, cause) && r->lists[k].note && !strcmp(r->lists[k].note, note);
        if (told)
            continue;
        bool all = true;
        buf_clear(&b);
        for (size_t k = 0; k < r->list_count; k++) {
            if (!text_has_cause(t, k, cause))
                continue;
            bool same = r->lists[k].note && strcmp(r->lists[k].note, note) == 0;
            all &= same;
            if (same)
                text_add_list(r, &b, &r->lists[k], 0, 0);
        }
        if (all)
            buf_clear(&b);
        else
            buf_str(&b, ": ");
        buf_str(&b, note);
        fputs("      ", t->printer.out);
        print_words(&t->printer, 6, all ? 6 : 8, buf_text(&b));
    }
    buf_fini(&b);
}

/* How many lists with a cause have a note: some, all, or all with the same culprit. */
enum notes { NOTES_SOME, NOTES_ALL, NOTES_ALIKE };

static enum notes text_notes_of(const struct text *t, enum cause cause)
{
    const struct report *r = t->report;
    const char *first = NULL;
    bool alike = true;
    for (size_t j = 0; j < r->list_count; j++) {
        const char *note = r->lists[j].note;
        if (!text_has_cause(t, j, cause))
            continue;
        if (!note || !note[0])
            return NOTES_SOME;
        alike &= r->lists[j].names_culprit && (!first || strcmp(first, note) == 0);
        first = note;
    }
    return alike ? NOTES_ALIKE : NOTES_ALL;
}

/* A source without test entries fails to prove things only if the resolver does not let it. */
static bool text_is_of_lists(const struct text *t, enum cause cause)
{
    for (size_t j = 0; j < t->report->list_count; j++) {
        if (text_has_cause(t, j, cause) && t->report->lists[j].dns_list)
            return true;
    }
    return false;
}

/* "  timeout (no answer in time): a, b" and what would cure it. */
static void text_print_cause(const struct text *t, enum cause cause)
{
    const struct report *r = t->report;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count; j++) {
        if (text_has_cause(t, j, cause))
            text_add_list(r, &b, &r->lists[j], t->grouping.lists[j].causes[cause], r->target_count);
    }
    char *lists = buf_take(&b);
    bool stale = r->stale && cause == CAUSE_NOT_ASKED;
    bool ended = r->interrupted && cause == CAUSE_NOT_ASKED;
    const char *heading = cause_heading(cause);
    if (cause == CAUSE_UNPROVEN && !text_is_of_lists(t, cause))
        heading = "the resolver's answers prove nothing";
    if (stale)
        heading =
            r->ahead ? "the last run ended in the future" : "no run has completed for too long";
    else if (ended)
        heading = "a signal ended the check";
    buf_fmt(&b, "%s (%s): %s", cause_word(cause), heading, lists);
    fputs("  ", t->printer.out);
    print_words(&t->printer, 2, 4, buf_text(&b));
    free(lists);
    /* The culprit that all of them name is better than any general advice. */
    enum notes notes = text_notes_of(t, cause);
    bool common =
        cause != CAUSE_NONE && cause == grouping_common_cause(&t->grouping) && notes != NOTES_ALIKE;
    buf_clear(&b);
    if (common)
        buf_fmt(&b, "Look at the resolver first: " COMMON_CAUSE_TEXT ". To fix it, %s.",
                common_cause_cure(cause, r->own_resolver));
    else
        buf_str(&b, cause_cure(cause));
    const char *cure = buf_text(&b);
    if (cure[0] && !stale && !ended && (common || notes == NOTES_SOME)) {
        fputs("      ", t->printer.out);
        print_words(&t->printer, 6, 6, cure);
    }
    if (!common)
        text_print_list_notes(t, cause);
    buf_fini(&b);
}

static bool text_cause_seen(const struct text *t, enum cause cause)
{
    for (size_t j = 0; j < t->report->list_count; j++) {
        if (text_has_cause(t, j, cause))
            return true;
    }
    return false;
}

static void text_print_causes(const struct text *t, bool normal, const char *heading)
{
    bool headed = false;
    for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
        if (cause == CAUSE_NONE || cause_is_normal(cause) != normal || !text_cause_seen(t, cause))
            continue;
        if (!headed)
            print_heading(&t->printer, heading);
        headed = true;
        text_print_cause(t, cause);
    }
}

static void text_print_off(const struct text *t)
{
    const struct report *r = t->report;
    bool headed = false;
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        if (list->health != HEALTH_OFF)
            continue;
        if (!headed)
            print_heading(&t->printer, "left out");
        headed = true;
        struct buf b;
        buf_init(&b, TEXT_BYTES);
        report_list_name(r, list, &b);
        if (list->cause != CAUSE_NONE)
            buf_fmt(&b, ": %s (%s)", cause_word(list->cause), cause_heading(list->cause));
        if (list->note && list->note[0])
            buf_fmt(&b, "%s%s", list->cause != CAUSE_NONE ? "; " : ": ", list->note);
        fputs("  ", t->printer.out);
        print_words(&t->printer, 2, 4, buf_text(&b));
        buf_fini(&b);
    }
}

/* ---- what is fine ---- */

static void text_print_clear(const struct text *t)
{
    const struct report *r = t->report;
    struct buf names, b;
    size_t count = 0;
    buf_init(&names, TEXT_BYTES);
    buf_init(&b, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count; j++) {
        if (r->target_count == 0 || t->grouping.lists[j].clear != r->target_count)
            continue;
        text_add_separator(&names);
        buf_str(&names, r->lists[j].list);
        count++;
    }
    if (count) {
        buf_fmt(&b, "clear%s: %zu list%s", r->target_count > 1 ? " for every address" : "", count,
                plural(count));
        if (!r->sparse || t->verbose)
            buf_fmt(&b, ": %s", buf_text(&names));
        fputc('\n', t->printer.out);
        print_words(&t->printer, 0, 4, buf_text(&b));
    }
    buf_fini(&names);
    buf_fini(&b);
}

/* What other sources said that is no finding: trust, reverse names, scores. */
static void text_print_others(const struct text *t)
{
    const struct report *r = t->report;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count && (!r->sparse || t->verbose); j++) {
        size_t count = t->grouping.lists[j].other_ok;
        if (count == 0)
            continue;
        text_add_list(r, &b, &r->lists[j], count, r->target_count);
        struct result result;
        if (r->target_count != 1 || !r->result(r, 0, j, &result))
            continue;
        buf_fmt(&b, " %s", result.state);
        for (size_t i = 0; i < result.code_count; i++)
            buf_fmt(&b, "%s%s%s", i ? ", " : " (", result.codes[i].name,
                    i + 1 == result.code_count ? ")" : "");
    }
    if (b.len) {
        char *names = buf_take(&b);
        buf_fmt(&b, "also fine: %s", names);
        fputc('\n', t->printer.out);
        print_words(&t->printer, 0, 4, buf_text(&b));
        free(names);
    }
    buf_fini(&b);
}

/* ---- the whole ---- */

static void text_print_summary(const struct text *t)
{
    static const enum level order[] = {LEVEL_CRITICAL, LEVEL_WARNING, LEVEL_UNKNOWN, LEVEL_INFO,
                                       LEVEL_OK};
    const struct report_summary *summary = &t->grouping.summary;
    struct buf b, counts;
    buf_init(&b, TEXT_BYTES);
    buf_init(&counts, TEXT_BYTES);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (summary->by_level[order[i]] == 0)
            continue;
        text_add_separator(&counts);
        buf_fmt(&counts, "%zu %s", summary->by_level[order[i]], level_word(order[i]));
    }
    buf_fmt(&b, "%zu %s: %s", summary->targets, report_noun(t->report, summary->targets),
            summary->targets ? buf_text(&counts) : "nothing to show");
    print_level(&t->printer, summary->level);
    print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, buf_text(&b));
    buf_fini(&counts);
    buf_fini(&b);
}

/* Trouble that belongs to no target, such as a name that leads nowhere; the exit code counts it. */
static bool text_has_trouble(const struct report *r)
{
    return r->trouble && r->trouble_level >= LEVEL_WARNING;
}

static void text_print_trouble(const struct text *t)
{
    const struct report *r = t->report;
    if (!text_has_trouble(r))
        return;
    if (r->target_count != 1)
        fputc('\n', t->printer.out);
    print_level(&t->printer, r->trouble_level);
    print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, r->trouble);
    if (r->target_count == 1)
        fputc('\n', t->printer.out);
}

static void text_print_notes(const struct text *t)
{
    const struct report *r = t->report;
    bool first = true;
    for (size_t i = 0; i < r->note_count; i++) {
        if (text_has_trouble(r) && strcmp(r->notes[i], r->trouble) == 0)
            continue;
        if (first)
            fputc('\n', t->printer.out);
        first = false;
        fputs("note: ", t->printer.out);
        print_words(&t->printer, 6, 6, r->notes[i]);
    }
}

static enum level text_end(void *state)
{
    struct text *t = state;
    report_summary_end(&t->grouping.summary, t->report);
    enum level level = t->grouping.summary.level;
    grouping_end(&t->grouping);
    if (t->report->target_count != 1)
        text_print_summary(t);
    text_print_trouble(t);
    for (size_t i = 0; i < t->grouping.count; i++) {
        if (t->report->target_count != 1)
            fputc('\n', t->printer.out);
        text_print_group(t, &t->grouping.groups[i]);
    }
    text_print_causes(t, false, "could not be queried or trusted");
    text_print_off(t);
    bool nothing = t->grouping.summary.by_level[LEVEL_UNKNOWN] == t->grouping.summary.targets;
    if (nothing || !t->report->sparse || t->verbose)
        text_print_causes(t, true, "proved nothing");
    text_print_clear(t);
    text_print_others(t);
    text_print_notes(t);
    fputc('\n', t->printer.out);
    print_words(&t->printer, 0, 0,
                t->report->heard
                    ? t->report->heard
                    : "Microsoft 365, Gmail, Yahoo, Apple, Proofpoint and Cloudmark publish no "
                      "list: what they think of an address shows only in their replies to its mail "
                      "([log] watches the mail log, repmon explain reads bounces).");
    for (size_t j = 0; j < t->report->list_count; j++)
        free(t->advised[j]);
    free(t->advised);
    grouping_fini(&t->grouping);
    free(t);
    return level;
}

const struct renderer render_text = {"text", "for people", text_begin, text_target, text_end};
