/* SPDX-License-Identifier: ISC */
#include "repmon/clock.h"
#include "repmon/render.h"
#include "text_group.h"
#include "text_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_RANGES 6 /* of what is fine; what is not is named to the last address */
#define TEXT_BYTES   (64u << 10)

struct text {
    const struct report *report; /* borrowed */
    struct printer printer;
    int verbose;
    struct grouping grouping;
};

static void *text_begin(const struct report *report, const struct render_options *options,
                        FILE *out)
{
    struct text *t = mem_alloc(sizeof *t);
    t->report = report;
    t->printer = (struct printer){out, options->width, options->color};
    t->verbose = options->verbose;
    grouping_init(&t->grouping, report);
    return t;
}

static void text_target(void *state, size_t i)
{
    struct text *t = state;
    grouping_add(&t->grouping, i);
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void add_separator(struct buf *b)
{
    if (b->len)
        buf_str(b, ", ");
}

/* ---- who: addresses, ranges, label ---- */

static void add_who(struct buf *b, const struct group *group)
{
    char text[CIDR_TEXT_MAX];
    size_t room = group->level == LEVEL_OK ? SHOWN_RANGES : group->range_count;
    size_t shown = room < group->range_count ? room : group->range_count;
    for (size_t i = 0; i < shown; i++) {
        const struct ip_range *range = &group->ranges[i];
        cidr_format(&(struct cidr){range->first, range->prefix}, text);
        buf_fmt(b, "%s%s", i ? ", " : "", text);
        if (ip_cmp(&range->first, &range->last) != 0) {
            cidr_format(&(struct cidr){range->last, range->prefix}, text);
            buf_fmt(b, "-%s", text);
        }
    }
    if (shown < group->range_count || group->more)
        buf_str(b, ", and others");
    if (group->count > shown || group->more)
        buf_fmt(b, " (%zu addresses)", group->count);
    if (group->label[0])
        buf_fmt(b, " %s", group->label);
}

/* ---- the verdict of a group ---- */

struct findings {
    size_t listed, acked;
    struct buf others; /* "main/status says blocked" */
};

static void gather(const struct text *t, const struct group *group, struct findings *found)
{
    const struct report *r = t->report;
    *found = (struct findings){0};
    buf_init(&found->others, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count; j++) {
        struct result result;
        if (!r->result(r, group->first, j, &result) || !result_is_finding(&result))
            continue;
        const struct report_list *list = &r->lists[j];
        found->acked += !result.counts;
        if (list->source == SOURCE_DNSBL && list->kind == LIST_BLOCK)
            found->listed++;
        else
            buf_fmt(&found->others, "%s%s says %s", found->others.len ? "; " : "", list->list,
                    result.state);
    }
}

static void add_answered(struct buf *b, const struct group *group)
{
    if (group->answered_min == group->answered_max)
        buf_fmt(b, "%zu", group->answered_min);
    else
        buf_fmt(b, "%zu to %zu", group->answered_min, group->answered_max);
    buf_fmt(b, " list%s", plural(group->answered_max));
}

static void add_verdict(struct buf *b, const struct group *group, const struct findings *found)
{
    const char *is = group->count == 1 ? "is" : "are";
    if (found->listed) {
        buf_fmt(b, " %s listed on %zu of ", is, found->listed);
        add_answered(b, group);
    } else if (group->answered_max) {
        buf_fmt(b, " %s not listed on ", is);
        buf_str(b, group->answered_max > 1 ? "any of the " : "the ");
        add_answered(b, group);
        buf_str(b, " that answered");
        if (group->level == LEVEL_UNKNOWN)
            buf_fmt(b, ", but %zu that matter%s could not be asked", group->silent,
                    group->silent == 1 ? "s" : "");
    } else if (found->others.len == 0) {
        buf_str(b, group->level == LEVEL_UNKNOWN
                       ? ": nothing could be proven, no list gave an answer that counts"
                       : ": nothing bad is known");
    }
    if (found->others.len) {
        buf_str(b, found->listed || group->answered_max ? "; " : ": ");
        buf_str(b, buf_text(&found->others));
    }
    if (found->acked)
        buf_fmt(b, " (%zu acknowledged)", found->acked);
}

/* ---- one finding ---- */

static void format_moment(const struct report *r, time_t when, char *out, size_t size)
{
    char date[32], age[32];
    clock_format_local(when, date, sizeof date);
    clock_format_age((int64_t)(r->time - when), age, sizeof age);
    snprintf(out, size, "%s (%s ago)", date, age);
}

static void print_codes(const struct text *t, const struct report_list *list,
                        const struct result *result)
{
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < result->code_count; i++) {
        const struct code *code = &result->codes[i];
        buf_clear(&b);
        buf_str(&b, code->name);
        if (strcmp(code->answer, code->name) != 0)
            buf_fmt(&b, " (%s)", code->answer);
        if (code->meaning && code->meaning[0])
            buf_fmt(&b, ": %s", code->meaning);
        else if (strcmp(code->name, "unknown") == 0)
            buf_str(&b, ": a code that the list does not document");
        print_field(&t->printer, "code", buf_text(&b));
    }
    if (result->code_count == 0 && list->source == SOURCE_DNSBL && result->state)
        print_field(&t->printer, "state", result->state);
    buf_fini(&b);
}

static void print_times(const struct text *t, const struct result *result)
{
    const struct report *r = t->report;
    char moment[80];
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    if (result->since) {
        format_moment(r, result->since, moment, sizeof moment);
        print_field(&t->printer, "since", moment);
    }
    if (r->last_run && result->proven) {
        format_moment(r, result->proven, moment, sizeof moment);
        buf_str(&b, moment);
        if (result->cause != CAUSE_NONE)
            buf_fmt(&b, "; last attempt: %s", cause_heading(result->cause));
        print_field(&t->printer, "proven", buf_text(&b));
    }
    if (result->acked_until) {
        buf_clear(&b);
        clock_format_local(result->acked_until, moment, sizeof moment);
        buf_fmt(&b, "acknowledged until %s", moment);
        if (result->ack_note && result->ack_note[0])
            buf_fmt(&b, ": %s", result->ack_note);
        print_field(&t->printer, "note", buf_text(&b));
    }
    buf_fini(&b);
}

static void print_finding(const struct text *t, const struct group *group,
                          const struct result *result)
{
    const struct report_list *list = &t->report->lists[result->column];
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    buf_fmt(&b, "%s: ", list->list);
    buf_str(&b, result->state && result->state[0] ? result->state : "listed");
    buf_fmt(&b, ", %s", level_word(result->level));
    fputs("  ", t->printer.out);
    print_words(&t->printer, 2, 4, buf_text(&b));
    print_codes(t, list, result);

    struct report_target target = {0};
    char address[CIDR_TEXT_MAX];
    t->report->target(t->report, group->first, &target);
    report_target_format(&target, address);
    struct result again; /* the call above ended the borrowed text */
    if (!t->report->result(t->report, group->first, result->column, &again)) {
        buf_fini(&b);
        return;
    }
    bool one = group->count == 1;
    if (again.reason && again.reason[0]) {
        buf_clear(&b);
        buf_str(&b, again.reason);
        if (!one)
            buf_fmt(&b, " (said of %s)", address);
        print_field(&t->printer, "reason", buf_text(&b));
    }
    print_times(t, &again);
    print_field(&t->printer, "look up", again.url);
    print_field(&t->printer, "to do", again.advice);
    buf_fini(&b);
}

static void print_group(const struct text *t, const struct group *group)
{
    const struct report *r = t->report;
    struct findings found;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    gather(t, group, &found);
    add_who(&b, group);
    add_verdict(&b, group, &found);
    print_level(&t->printer, group->level);
    print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, buf_text(&b));

    struct report_target target = {0};
    r->target(r, group->first, &target);
    if (target.special) {
        buf_clear(&b);
        buf_fmt(&b,
                "%s: outside your own network nobody can see %s, so public lists mean nothing "
                "for %s.",
                target.special, group->count == 1 ? "this address" : "these addresses",
                group->count == 1 ? "it" : "them");
        fprintf(t->printer.out, "%*s", PRINT_LEVEL_COLUMNS, "");
        print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, buf_text(&b));
    }
    for (size_t j = 0; j < r->list_count; j++) {
        struct result result;
        if (r->result(r, group->first, j, &result) && result_is_finding(&result))
            print_finding(t, group, &result);
    }
    buf_fini(&found.others);
    buf_fini(&b);
}

/* ---- what was not proven ---- */

static void add_list(struct buf *b, const struct report_list *list, size_t count, size_t of)
{
    add_separator(b);
    buf_str(b, list->list);
    if (count != of)
        buf_fmt(b, " (%zu of %zu)", count, of);
}

/* "  heading: a, b" and its cure; notes of the lists below. False when there was none. */
static bool print_cause(const struct text *t, enum cause cause)
{
    const struct report *r = t->report;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    bool noted = false;
    for (size_t j = 0; j < r->list_count; j++) {
        size_t count = t->grouping.lists[j].causes[cause];
        if (count == 0 || r->lists[j].health == HEALTH_OFF)
            continue;
        add_list(&b, &r->lists[j], count, r->target_count);
        noted |= r->lists[j].note && r->lists[j].note[0];
    }
    bool some = b.len > 0;
    if (some) {
        char *lists = buf_take(&b);
        buf_fmt(&b, "%s (%s): %s", cause_word(cause), cause_heading(cause), lists);
        fputs("  ", t->printer.out);
        print_words(&t->printer, 2, 4, buf_text(&b));
        free(lists);
        if (cause_cure(cause)[0]) {
            fputs("      ", t->printer.out);
            print_words(&t->printer, 6, 6, cause_cure(cause));
        }
    }
    for (size_t j = 0; j < r->list_count && noted && some; j++) {
        const struct report_list *list = &r->lists[j];
        if (t->grouping.lists[j].causes[cause] == 0 || list->health == HEALTH_OFF || !list->note ||
            !list->note[0])
            continue;
        buf_clear(&b);
        buf_fmt(&b, "%s: %s", list->list, list->note);
        fputs("      ", t->printer.out);
        print_words(&t->printer, 6, 8, buf_text(&b));
    }
    buf_fini(&b);
    return some;
}

static bool cause_seen(const struct text *t, enum cause cause)
{
    for (size_t j = 0; j < t->report->list_count; j++) {
        if (t->grouping.lists[j].causes[cause] && t->report->lists[j].health != HEALTH_OFF)
            return true;
    }
    return false;
}

static void print_causes(const struct text *t, bool normal, const char *heading)
{
    bool headed = false;
    for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
        if (cause == CAUSE_NONE || cause_is_normal(cause) != normal || !cause_seen(t, cause))
            continue;
        if (!headed)
            print_heading(&t->printer, heading);
        headed = true;
        print_cause(t, cause);
    }
}

static void print_off(const struct text *t)
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
        buf_str(&b, list->list);
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

static void print_clear(const struct text *t)
{
    const struct report *r = t->report;
    struct buf names, b;
    size_t count = 0;
    buf_init(&names, TEXT_BYTES);
    buf_init(&b, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count; j++) {
        if (r->target_count == 0 || t->grouping.lists[j].clear != r->target_count)
            continue;
        add_separator(&names);
        buf_str(&names, r->lists[j].list);
        count++;
    }
    if (count) {
        buf_fmt(&b, "clear%s: %zu list%s", r->target_count > 1 ? " for every address" : "", count,
                plural(count));
        if (!r->sparse)
            buf_fmt(&b, ": %s", buf_text(&names));
        fputc('\n', t->printer.out);
        print_words(&t->printer, 0, 4, buf_text(&b));
    }
    buf_fini(&names);
    buf_fini(&b);
}

/* What other sources said that is no finding: trust, reverse names, scores. */
static void print_others(const struct text *t)
{
    const struct report *r = t->report;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count && !r->sparse; j++) {
        size_t count = t->grouping.lists[j].other_ok;
        if (count == 0)
            continue;
        add_list(&b, &r->lists[j], count, r->target_count);
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
        buf_fmt(&b, "fine too: %s", names);
        fputc('\n', t->printer.out);
        print_words(&t->printer, 0, 4, buf_text(&b));
        free(names);
    }
    buf_fini(&b);
}

/* ---- the whole ---- */

static void print_summary(const struct text *t)
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
        add_separator(&counts);
        buf_fmt(&counts, "%zu %s", summary->by_level[order[i]], level_word(order[i]));
    }
    buf_fmt(&b, "%zu address%s: %s", summary->targets, summary->targets == 1 ? "" : "es",
            summary->targets ? buf_text(&counts) : "nothing to look at");
    print_level(&t->printer, summary->level);
    print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, buf_text(&b));
    buf_fini(&counts);
    buf_fini(&b);
}

static void print_notes(const struct text *t)
{
    const struct report *r = t->report;
    for (size_t i = 0; i < r->note_count; i++) {
        if (i == 0)
            fputc('\n', t->printer.out);
        fputs("note: ", t->printer.out);
        print_words(&t->printer, 6, 6, r->notes[i]);
    }
}

static enum level text_end(void *state)
{
    struct text *t = state;
    enum level level = t->grouping.summary.level;
    grouping_sort(&t->grouping);
    if (t->report->target_count != 1)
        print_summary(t);
    for (size_t i = 0; i < t->grouping.count; i++) {
        if (t->report->target_count != 1)
            fputc('\n', t->printer.out);
        print_group(t, &t->grouping.groups[i]);
    }
    print_causes(t, false, "could not be asked");
    print_off(t);
    if (!t->report->sparse || t->verbose)
        print_causes(t, true, "said nothing that counts");
    print_clear(t);
    print_others(t);
    print_notes(t);
    fputc('\n', t->printer.out);
    print_words(&t->printer, 0, 0,
                "Nobody can ask Microsoft 365, Gmail, Yahoo, Proofpoint or Cloudmark: what they "
                "think of an address stands only in their bounces (repmon explain reads them).");
    grouping_fini(&t->grouping);
    free(t);
    return level;
}

const struct renderer render_text = {"text", "for people", text_begin, text_target, text_end};
