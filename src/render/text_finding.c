/* SPDX-License-Identifier: ISC */
#include "repmon/causes.h"
#include "repmon/clock.h"
#include "repmon/render.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_RANGES 6 /* where all is fine; otherwise every address is named */

/* ---- who: addresses, ranges, label ---- */

static void text_add_who(const struct text *t, struct buf *b, const struct group *group)
{
    char text[CIDR_TEXT_MAX];
    bool brief = group->level == LEVEL_OK && !t->verbose;
    size_t room = brief ? SHOWN_RANGES : group->range_count;
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
    size_t listed, acked, results; /* results: lists that say anything about it, unknown or not */
    size_t not_covered;            /* of them, those that do not cover such an address */
    size_t silent_lists;           /* DNS lists of which nothing is known about it */
    size_t acked_silent;           /* results of which nothing is known, and that is acknowledged */
    bool acked_others;             /* some of them are no DNS lists */
    struct buf others;             /* "main/status says blocked" */
};

/* "Gmail is refusing mail from this address", else "main/status says blocked". */
static void text_add_other(const struct report *r, const struct group *group,
                           const struct result *result, struct buf *out)
{
    char who[32];
    struct report_target first = {0};
    buf_str(out, out->len ? "; " : "");
    size_t before = out->len;
    r->target(r, group->first, &first);
    snprintf(who, sizeof who, "%s %s", group->count == 1 ? "this" : "these",
             ip_noun(&first.ip, &first.ip, group->count));
    if (r->sentence)
        r->sentence(r, result->column, result->state, who, out);
    if (out->len > before && out->data[out->len - 1] == '.')
        buf_cut(out, out->len - 1);
    if (out->len > before)
        return;
    report_list_name(r, &r->lists[result->column], out);
    buf_fmt(out, " says %s", result->state);
}

static void text_gather(const struct text *t, const struct group *group, struct findings *found)
{
    const struct report *r = t->report;
    *found = (struct findings){0};
    buf_init(&found->others, TEXT_BYTES);
    for (size_t j = 0; j < r->list_count; j++) {
        struct result result;
        if (!r->result(r, group->first, j, &result))
            continue;
        const struct report_list *list = &r->lists[j];
        bool silent = result.level == LEVEL_UNKNOWN;
        found->results++;
        found->not_covered += silent && result.cause == CAUSE_NOT_APPLICABLE;
        found->silent_lists += silent && list->dns_list;
        found->acked_silent += silent && result.acked_until;
        found->acked_others |= silent && result.acked_until && !list->dns_list;
        if (!result_is_finding(&result))
            continue;
        found->acked += !result.counts;
        if (list->dns_list && list->kind == LIST_BLOCK)
            found->listed++;
        else
            text_add_other(r, group, &result, &found->others);
    }
}

static void text_add_answered(struct buf *b, const struct group *group)
{
    if (group->answered_min == group->answered_max)
        buf_fmt(b, "%zu", group->answered_min);
    else
        buf_fmt(b, "%zu to %zu", group->answered_min, group->answered_max);
    buf_fmt(b, " list%s", plural(group->answered_max));
}

static const char *text_why_unknown(const struct report *r, const struct findings *found)
{
    if (r->ahead)
        return ": the last run ended in the future, so nothing it saved counts";
    if (r->stale)
        return ": what was known is too old to count";
    if (!found->results)
        return ": nothing was queried about it: lists of domains need its reverse name, lists of "
               "addresses an address";
    if (found->not_covered == found->results)
        return ": nothing could be proven, because no list that is queried covers such an address";
    return ": nothing could be proven, because no list gave a usable answer";
}

/* For targets of which no list proved anything, and nothing bad is known otherwise. */
static const char *text_why_quiet(const struct report *r, const struct group *group,
                                  const struct findings *found)
{
    if (group->level == LEVEL_UNKNOWN)
        return text_why_unknown(r, found);
    return found->silent_lists ? ": no finding, but no list could be proven"
                               : ": nothing bad is known";
}

static void text_add_verdict(struct buf *b, const struct group *group, const struct findings *found,
                             const struct report *r)
{
    const char *is = group->count == 1 ? "is" : "are";
    if (found->listed) {
        buf_fmt(b, " %s listed on %zu of ", is, found->listed);
        text_add_answered(b, group);
    } else if (group->answered_max) {
        buf_fmt(b, " %s not listed on ", is);
        buf_str(b, group->answered_max > 1 ? "any of the " : "the ");
        text_add_answered(b, group);
        buf_str(b, " that answered");
        if (group->level == LEVEL_UNKNOWN)
            buf_fmt(b, ", but %zu that matter%s could not be proven", group->silent,
                    group->silent == 1 ? "s" : "");
    } else if (found->others.len == 0) {
        buf_str(b, text_why_quiet(r, group, found));
    }
    if (found->others.len) {
        buf_str(b, found->listed || group->answered_max ? "; " : ": ");
        buf_str(b, buf_text(&found->others));
    }
    if (found->acked)
        buf_fmt(b, " (%zu acknowledged)", found->acked);
    if (found->acked_silent)
        buf_fmt(b, "; %zu %s%s can't be queried (acknowledged)", found->acked_silent,
                found->acked_others ? "source" : "list", plural(found->acked_silent));
}

/* ---- one finding ---- */

static void text_format_moment(const struct report *r, time_t when, char *out, size_t size)
{
    char date[32], age[32];
    clock_format_local(when, date, sizeof date);
    clock_format_age((int64_t)(r->time - when), age, sizeof age);
    snprintf(out, size, "%s (%s ago)", date, age);
}

static void text_print_codes(const struct text *t, const struct report_list *list,
                             const struct result *result)
{
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < result->code_count; i++) {
        const struct code *code = &result->codes[i];
        buf_clear(&b);
        buf_str(&b, code->name);
        if (strcmp(code->answer, code->name) != 0 && !code_is_crossed(code))
            buf_fmt(&b, " (%s)", code->answer);
        if (code->meaning && code->meaning[0])
            buf_fmt(&b, ": %s", code->meaning);
        else if (strcmp(code->name, "unknown") == 0)
            buf_str(&b, ": a code the list does not document");
        print_field(&t->printer, "code", buf_text(&b));
    }
    if (result->code_count == 0 && list->dns_list && result->state)
        print_field(&t->printer, "state", result->state);
    buf_fini(&b);
}

/* "16:07" on the day of the report, else the whole moment. */
static void text_format_time(const struct report *r, time_t t, char *out, size_t size)
{
    char day[32], whole[32];
    clock_format_local(r->time, day, sizeof day);
    clock_format_local(t, whole, sizeof whole);
    size_t date = strcspn(day, " ") + 1;
    if (strncmp(day, whole, date) == 0)
        snprintf(out, size, "%.5s", whole + date);
    else
        snprintf(out, size, "%s", whole);
}

static void text_print_times(const struct text *t, const struct result *result)
{
    const struct report *r = t->report;
    char moment[80];
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    if (result->since) {
        text_format_moment(r, result->since, moment, sizeof moment);
        print_field(&t->printer, "since", moment);
    }
    if (result->pending) {
        text_format_time(r, result->pending_after, moment, sizeof moment);
        buf_fmt(&b, "last answer: %s (%u of %u), confirmed after %s", result->pending,
                (unsigned)result->pending_count, (unsigned)result->pending_needed, moment);
        print_field(&t->printer, "proven", buf_text(&b));
    } else if (r->last_run && result->proven) {
        text_format_moment(r, result->proven, moment, sizeof moment);
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

/* The same advice for the next group of addresses would only push the verdicts apart. */
static void text_print_advice(struct text *t, const struct result *result)
{
    char **last = &t->advised[result->column];
    if (!result->advice || !result->advice[0])
        return;
    if (*last && strcmp(*last, result->advice) == 0) {
        print_field(&t->printer, "to do", "as above");
        return;
    }
    const char *key = "to do";
    for (const char *line = result->advice; *line; line += *line == '\n') {
        size_t len = strcspn(line, "\n");
        char *step = mem_ndup(line, len);
        print_field(&t->printer, key, step);
        free(step);
        key = "";
        line += len;
    }
    free(*last);
    *last = mem_dup(result->advice);
}

static void text_print_finding(struct text *t, const struct group *group,
                               const struct result *result)
{
    const struct report_list *list = &t->report->lists[result->column];
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    report_list_name(t->report, list, &b);
    buf_str(&b, ": ");
    buf_str(&b, result->state && result->state[0] ? result->state : "listed");
    buf_fmt(&b, ", %s", level_word(result->level));
    fputs("  ", t->printer.out);
    print_words(&t->printer, 2, 4, buf_text(&b));
    text_print_codes(t, list, result);

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
            buf_fmt(&b, " (about %s)", address);
        print_field(&t->printer, "reason", buf_text(&b));
    }
    text_print_times(t, &again);
    print_field(&t->printer, "look up", again.url);
    if (again.delist && (!again.url || strcmp(again.delist, again.url) != 0))
        print_field(&t->printer, "remove", again.delist);
    text_print_advice(t, &again);
    buf_fini(&b);
}

/* Why the addresses mean nothing in public; explained once for each kind in a row. */
static void text_print_special(struct text *t, const struct group *group)
{
    struct report_target target = {0};
    t->report->target(t->report, group->first, &target);
    if (!target.special)
        return;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    buf_str(&b, target.special);
    if (!t->specials || strcmp(t->specials, target.special) != 0)
        buf_str(&b, ip_is_hidden(&target.ip)
                        ? ": such an address can't be seen from outside, so public sources are not "
                          "queried for it; name the public address with ip = in [targets]."
                        : ": such an address can't be seen from outside your network, so what "
                          "public lists say about it means nothing.");
    t->specials = target.special;
    fprintf(t->printer.out, "%*s", PRINT_LEVEL_COLUMNS, "");
    print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, buf_text(&b));
    buf_fini(&b);
}

void text_print_group(struct text *t, const struct group *group)
{
    const struct report *r = t->report;
    struct findings found;
    struct buf b;
    buf_init(&b, TEXT_BYTES);
    text_gather(t, group, &found);
    text_add_who(t, &b, group);
    text_add_verdict(&b, group, &found, t->report);
    print_level(&t->printer, group->level);
    print_words(&t->printer, PRINT_LEVEL_COLUMNS, PRINT_LEVEL_COLUMNS, buf_text(&b));

    text_print_special(t, group);
    for (enum level level = LEVEL_CRITICAL; level > LEVEL_OK; level--) { /* the worst first */
        for (size_t j = 0; j < r->list_count; j++) {
            struct result result;
            if (r->result(r, group->first, j, &result) && result_is_finding(&result) &&
                result.level == level)
                text_print_finding(t, group, &result);
        }
    }
    buf_fini(&found.others);
    buf_fini(&b);
}
