/* SPDX-License-Identifier: ISC */
#include "repmon/report.h"

#include "repmon/buf.h"

#include <string.h>

void report_list_name(const struct report *r, const struct report_list *list, struct buf *out)
{
    buf_str(out, list->list);
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *other = &r->lists[j];
        if (strcmp(other->list, list->list) != 0 || strcmp(other->source, list->source) == 0)
            continue;
        buf_fmt(out, " (%s)", list->source);
        return;
    }
}

struct share report_share(const struct report *r, const struct result *result)
{
    struct share share = {.proven = result->level != LEVEL_UNKNOWN, .level = result->level};
    if (share.proven) {
        share.counts = result->counts;
        share.newest = result->proven;
        return share;
    }
    const struct report_list *list = &r->lists[result->column];
    share.counts = result->counts && !cause_is_normal(result->cause) &&
                   list->severity >= r->blind_severity && list->severity != SEV_OFF &&
                   list->health != HEALTH_OFF;
    return share;
}

void tally_add(struct tally *tally, struct share share)
{
    tally->proven |= share.proven;
    if (share.newest > tally->newest)
        tally->newest = share.newest;
    if (!share.counts)
        return;
    tally->worst = tally->any ? level_worse(tally->worst, share.level) : share.level;
    tally->any = true;
}

enum level tally_level(const struct tally *tally)
{
    if (!tally->proven)
        return LEVEL_UNKNOWN;
    return tally->any ? tally->worst : LEVEL_OK;
}

enum level report_target_level(const struct report *r, size_t i)
{
    struct tally tally = {0};
    struct result result;
    for (size_t j = 0; j < r->list_count; j++) {
        if (r->result(r, i, j, &result))
            tally_add(&tally, report_share(r, &result));
    }
    return tally_level(&tally);
}

void report_summary_add(struct report_summary *summary, enum level level)
{
    summary->level = summary->targets ? level_worse(summary->level, level) : level;
    summary->targets++;
    summary->by_level[level]++;
}

void report_summary_end(struct report_summary *summary, const struct report *r)
{
    if (r->trouble)
        summary->level = level_worse(summary->level, r->trouble_level);
}

struct report_summary report_summarize(const struct report *r)
{
    struct report_summary summary = {0};
    for (size_t i = 0; i < r->target_count; i++)
        report_summary_add(&summary, report_target_level(r, i));
    report_summary_end(&summary, r);
    return summary;
}

int report_exit_code(enum level level)
{
    static const int codes[LEVEL_COUNT] = {[LEVEL_UNKNOWN] = 3,
                                           [LEVEL_OK] = 0,
                                           [LEVEL_INFO] = 0,
                                           [LEVEL_WARNING] = 1,
                                           [LEVEL_CRITICAL] = 2};
    return (unsigned)level < LEVEL_COUNT ? codes[level] : 3;
}

bool result_is_finding(const struct result *result)
{
    return result->level >= LEVEL_INFO;
}

bool report_list_is_receiver(const struct report_list *list)
{
    return source_equal(list->source, "log");
}

const char *report_noun(const struct report *r, size_t count)
{
    static const struct ip address = {.family = 4};
    struct report_target first = {.ip = address}, last = {.ip = address};
    if (r->target_count) {
        r->target(r, 0, &first);
        r->target(r, r->target_count - 1, &last);
    }
    return ip_noun(&first.ip, &last.ip, count);
}

void report_target_format(const struct report_target *target, char out[static CIDR_TEXT_MAX])
{
    struct cidr block = {target->ip, target->prefix};
    cidr_format(&block, out);
}
