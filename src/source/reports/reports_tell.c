/* SPDX-License-Identifier: ISC */
/* What is told of a finding, and the numbers of a day for the history. */
#include "reports_setup.h"

#include "repmon/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 8 /* reporters or addresses in a sentence */

static void reports_put_day(struct buf *out, int64_t day)
{
    char text[32];
    clock_format_utc((time_t)(day * DAY_S), text, sizeof text);
    buf_fmt(out, "%.10s", text);
}

/* ---- dmarc ---- */

static uint64_t reports_all_of(const struct dmarc_counts *c)
{
    return c->passed + c->failed + c->relayed;
}

static int reports_by_messages(const void *a, const void *b)
{
    const struct dmarc_reporter *const *x = a, *const *y = b;
    uint64_t m = reports_all_of(&(*x)->counts), n = reports_all_of(&(*y)->counts);
    if (m != n)
        return m < n ? 1 : -1;
    return strcmp((*x)->name, (*y)->name);
}

/* The reporters of a day, the one with the most messages first. Owned by the caller. */
static const struct dmarc_reporter **reports_sorted(const struct dmarc_day *day)
{
    const struct dmarc_reporter **sorted = mem_array(day->reporter_count + 1, sizeof *sorted);
    for (size_t i = 0; i < day->reporter_count; i++)
        sorted[i] = &day->reporters[i];
    qsort(sorted, day->reporter_count, sizeof *sorted, reports_by_messages);
    return sorted;
}

static void reports_put_reporter(const struct dmarc_reporter *r, struct buf *out)
{
    const char *between = " (";
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {{r->counts.failed, "failed"},
                 {r->counts.thrown_out, "quarantined or rejected"},
                 {r->counts.relayed, "relayed"}};
    buf_fmt(out, "%s %" PRIu64, r->name, reports_all_of(&r->counts));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].count == 0)
            continue;
        buf_fmt(out, "%s%" PRIu64 " %s", between, parts[i].count, parts[i].what);
        between = ", ";
    }
    if (between[0] == ',')
        buf_char(out, ')');
}

void reports_tell_reporters(const struct dmarc_day *day, struct buf *out)
{
    const struct dmarc_reporter **sorted = reports_sorted(day);
    for (size_t i = 0; i < day->reporter_count && i < SHOWN; i++) {
        buf_str(out, i ? ", " : "");
        reports_put_reporter(sorted[i], out);
    }
    if (day->reporter_count > SHOWN)
        buf_fmt(out, " and %zu more", day->reporter_count - SHOWN);
    free(sorted);
}

/* "at google.com (9 of 90), example.net (1 of 3)": which reporters the affected mail went to. */
static void reports_tell_where(const struct dmarc_day *day, bool thrown_out, struct buf *out)
{
    const struct dmarc_reporter **sorted = reports_sorted(day);
    size_t shown = 0;
    for (size_t i = 0; i < day->reporter_count; i++) {
        const struct dmarc_counts *c = &sorted[i]->counts;
        uint64_t part = thrown_out ? c->thrown_out : c->failed;
        if (part == 0)
            continue;
        if (shown++ < SHOWN)
            buf_fmt(out, "%s%s (%" PRIu64 " of %" PRIu64 ")", shown == 1 ? " at " : ", ",
                    sorted[i]->name, part, c->passed + c->failed);
    }
    if (shown > SHOWN)
        buf_fmt(out, " and %zu more", shown - SHOWN);
    free(sorted);
}

static int reports_by_share(const void *a, const void *b)
{
    const struct dmarc_from *x = a, *y = b;
    if (x->failed + x->thrown_out != y->failed + y->thrown_out)
        return x->failed + x->thrown_out < y->failed + y->thrown_out ? 1 : -1;
    return strcmp(x->domain, y->domain);
}

/* "; those are from example.org (17), news.example.org (3)": which of our domains are affected. */
static void reports_tell_from(const struct dmarc_day *day, bool thrown_out, struct buf *out)
{
    const char *before = "; those are from ";
    struct dmarc_from sorted[DMARC_FROMS];
    if (day->from_count == 0)
        return;
    memcpy(sorted, day->froms, day->from_count * sizeof *sorted);
    qsort(sorted, day->from_count, sizeof *sorted, reports_by_share);
    for (size_t i = 0; i < day->from_count && i < SHOWN; i++) {
        uint64_t part = thrown_out ? sorted[i].thrown_out : sorted[i].failed;
        if (part == 0)
            continue;
        buf_fmt(out, "%s%s (%" PRIu64 ")", before, sorted[i].domain, part);
        before = ", ";
    }
}

void reports_tell_dmarc(const struct reports_setup *s, const struct dmarc_address *a,
                        struct buf *out)
{
    const struct dmarc_day *day = dmarc_day_find(&s->memory.days, &a->ip, a->told);
    bool failing = a->state == DMARC_FAILING;
    if (!day)
        return;
    const struct dmarc_counts sum = dmarc_day_sum(day);
    buf_str(out,
            failing ? "your own mail fails DMARC" : "your own mail is quarantined or rejected");
    reports_tell_where(day, !failing, out);
    buf_fmt(out, ": %" PRIu64 " of %" PRIu64 " messages of ", failing ? sum.failed : sum.thrown_out,
            sum.passed + sum.failed);
    reports_put_day(out, day->day);
    buf_fmt(out, ", by %zu reporter%s", day->reporter_count, day->reporter_count == 1 ? "" : "s");
    reports_tell_from(day, !failing, out);
    if (sum.relayed)
        buf_fmt(out, "; %" PRIu64 " more were relayed by others and are not judged", sum.relayed);
}

static uint64_t reports_mail_of(const struct dmarc_stranger *s)
{
    return s->by_spf + s->by_dkim;
}

static int reports_by_mail(const void *a, const void *b)
{
    const struct dmarc_stranger *const *x = a, *const *y = b;
    uint64_t m = reports_mail_of(*x), n = reports_mail_of(*y);
    if (m != n)
        return m < n ? 1 : -1;
    return ip_cmp(&(*x)->ip, &(*y)->ip);
}

/* The domain's strangers, the one that sends most first. Owned by the caller. */
static const struct dmarc_stranger **reports_strangers(const struct dmarc_senders *k,
                                                       const char *domain, size_t *count)
{
    const struct dmarc_stranger **found = mem_array(k->stranger_count + 1, sizeof *found);
    *count = 0;
    for (size_t i = 0; i < k->stranger_count; i++)
        if (strcmp(k->strangers[i].domain, domain) == 0)
            found[(*count)++] = &k->strangers[i];
    qsort(found, *count, sizeof *found, reports_by_mail);
    return found;
}

void reports_tell_strangers(const struct reports_setup *s, const char *domain, struct buf *out)
{
    size_t count;
    const struct dmarc_stranger **found = reports_strangers(&s->memory.senders, domain, &count);
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        char ip[IP_TEXT_MAX];
        uint64_t messages = reports_mail_of(found[i]);
        ip_format(&found[i]->ip, ip);
        buf_fmt(out, "%s%s: %" PRIu64 " message%s %s", i ? ", " : "", ip, messages,
                messages == 1 ? "" : "s",
                found[i]->by_spf ? "allowed by SPF" : "with a valid DKIM signature only");
    }
    if (count > SHOWN)
        buf_fmt(out, " and %zu more", count - SHOWN);
    free(found);
}

/* ---- complaints ---- */

void reports_tell_complaints(const struct reports_setup *s, const struct ip *ip, int64_t today,
                             struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < s->memory.complaints.count; i++) {
        const struct complaint_pair *p = &s->memory.complaints.items[i];
        uint64_t week = complaint_sum(p, today, COMPLAINT_RATE_DAYS);
        if (ip_cmp(&p->ip, ip) != 0 || week == 0)
            continue;
        buf_str(out, between);
        reports_receiver_title(s, p->receiver, out);
        buf_fmt(out, ": %" PRIu64 " complaint%s in 7 days", week, week == 1 ? "" : "s");
        if (p->known && p->accepted)
            buf_fmt(out, " (%.2f %% of %" PRIu64 " messages that it accepted)",
                    (double)week * 100 / (double)p->accepted, p->accepted);
        between = "; ";
    }
}

/* ---- numbers ---- */

/* The operator's day as a number: 20261126. */
static int32_t reports_day_number(int64_t day)
{
    char text[32];
    clock_format_utc((time_t)(day * DAY_S), text, sizeof text);
    int32_t number = 0;
    for (const char *c = text; c < text + 10; c++)
        number = *c == '-' ? number : number * 10 + (*c - '0');
    return number;
}

/*
 * In the table of numbers: for dmarc, "recipients" are the messages that passed, "data" those that
 * failed, "traps" those quarantined or rejected although they passed, "messages" all, including
 * those passed on. For complaints, "data" are the complaints.
 */
static void reports_give_day(const struct reports_setup *s, const struct source_env *env,
                             const struct dmarc_day *day)
{
    struct buf text;
    const struct dmarc_counts sum = dmarc_day_sum(day);
    buf_init(&text, LIMIT_NUMBERS_RAW);
    reports_tell_reporters(day, &text);
    const struct source_number number = {.ip = day->ip,
                                         .day = reports_day_number(day->day),
                                         .recipients = (int64_t)sum.passed,
                                         .data = (int64_t)sum.failed,
                                         .messages = (int64_t)reports_all_of(&sum),
                                         .traps = (int64_t)sum.thrown_out,
                                         .complaint = -1,
                                         .complaint_text = "",
                                         .colour = "",
                                         .raw = buf_text(&text)};
    env->number_add(env->ctx, env->first_column + reports_column_dmarc(s), &number);
    buf_fini(&text);
}

static bool reports_is_amended(const struct complaint_pair *p, int64_t day)
{
    for (size_t i = 0; i < p->day_count; i++)
        if (p->days[i].day == day)
            return p->days[i].amended;
    return false;
}

/* Sums all receivers of an address on one day; done once, at the first of its pairs that changed.
 */
static void reports_give_complaints(const struct reports_setup *s, const struct source_env *env,
                                    size_t first, int64_t day)
{
    const struct complaint_pairs *c = &s->memory.complaints;
    const struct ip *ip = &c->items[first].ip;
    uint64_t sum = 0;
    struct buf text;
    buf_init(&text, LIMIT_NUMBERS_RAW);
    for (size_t i = 0; i < c->count; i++) {
        const struct complaint_pair *p = &c->items[i];
        uint64_t complaints = complaint_sum(p, day, 1);
        if (ip_cmp(&p->ip, ip) != 0 || complaints == 0)
            continue;
        if (i < first && reports_is_amended(p, day)) {
            buf_fini(&text);
            return; /* given already */
        }
        buf_fmt(&text, "%s%s %" PRIu64, text.len ? ", " : "", p->receiver, complaints);
        sum += complaints;
    }
    const struct source_number number = {.ip = *ip,
                                         .day = reports_day_number(day),
                                         .recipients = -1,
                                         .data = (int64_t)sum,
                                         .messages = -1,
                                         .traps = -1,
                                         .complaint = -1,
                                         .complaint_text = "",
                                         .colour = "",
                                         .raw = buf_text(&text)};
    env->number_add(env->ctx, env->first_column + reports_column_complaints(s), &number);
    buf_fini(&text);
}

void reports_give_numbers(const struct reports_setup *s, const struct source_env *env)
{
    const struct complaint_pairs *c = &s->memory.complaints;
    if (!env->number_add)
        return;
    for (size_t i = 0; i < s->memory.days.count; i++)
        if (s->memory.days.items[i].amended)
            reports_give_day(s, env, &s->memory.days.items[i]);
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->items[i].day_count && c->items[i].ip.family; k++)
            if (c->items[i].days[k].amended)
                reports_give_complaints(s, env, i, c->items[i].days[k].day);
}
