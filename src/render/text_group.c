/* SPDX-License-Identifier: ISC */
#include "text_group.h"

#include "repmon/common_cause.h"

#include <stdlib.h>
#include <string.h>

/* cache_entry.sort: what a result is, and its cause above. */
enum sort { SORT_ABSENT = 0, SORT_CLEAR, SORT_OTHER_OK, SORT_FINDING, SORT_UNKNOWN };
#define SORT_OF(value)  ((enum sort)((value)&7))
#define CAUSE_OF(value) ((enum cause)((value) >> 3))

#define KEY_BYTES 16384

void grouping_init(struct grouping *g, const struct report *report)
{
    *g = (struct grouping){.report = report, .index_size = 64};
    cache_init(&g->memo);
    g->index = mem_array(g->index_size, sizeof *g->index);
    g->lists = mem_array(report->list_count, sizeof *g->lists);
}

void grouping_fini(struct grouping *g)
{
    for (size_t i = 0; i < g->count; i++) {
        free(g->groups[i].ranges);
        free(g->groups[i].key);
        free(g->groups[i].label);
        free(g->groups[i].known);
        free(g->groups[i].unknown);
    }
    free(g->groups);
    free(g->index);
    free(g->lists);
    free(g->rows);
    cache_fini(&g->memo);
}

static uint8_t text_sort_result(const struct report_list *list, const struct result *result)
{
    enum sort sort = SORT_UNKNOWN;
    if (result_is_finding(result))
        sort = SORT_FINDING;
    else if (result->level == LEVEL_OK)
        sort = list->dns_list && list->kind == LIST_BLOCK ? SORT_CLEAR : SORT_OTHER_OK;
    return (uint8_t)((unsigned)result->cause << 3 | sort);
}

static void text_add_string(struct buf *key, const char *text)
{
    buf_add(key, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* All that makes two findings different for a reader, except the reason and the date. */
static void text_add_finding(struct buf *key, const struct result *result)
{
    buf_fmt(key, "%zu %d %d %d ", result->column, (int)result->level, (int)result->cause,
            result->acked_until != 0);
    text_add_string(key, result->state);
    for (size_t i = 0; i < result->code_count; i++) {
        text_add_string(key, result->codes[i].answer);
        text_add_string(key, result->codes[i].name);
    }
}

static size_t text_hash(const char *key, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)key[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 29);
}

static size_t *text_slot(const struct grouping *g, size_t *index, size_t size, const char *key,
                         size_t len)
{
    size_t i = text_hash(key, len) & (size - 1);
    for (; index[i]; i = (i + 1) & (size - 1)) {
        const struct group *group = &g->groups[index[i] - 1];
        if (group->key_len == len && memcmp(group->key, key, len) == 0)
            break;
    }
    return &index[i];
}

static void text_grow(struct grouping *g)
{
    size_t size = g->index_size * 2;
    size_t *index = mem_array(size, sizeof *index);
    for (size_t i = 0; i < g->count; i++)
        *text_slot(g, index, size, g->groups[i].key, g->groups[i].key_len) = i + 1;
    free(g->index);
    g->index = index;
    g->index_size = size;
}

static struct group *text_find_or_add(struct grouping *g, const struct buf *key)
{
    if ((g->count + 1) * 2 > g->index_size)
        text_grow(g);
    size_t *where = text_slot(g, g->index, g->index_size, buf_text(key), key->len);
    if (*where == 0) {
        if ((g->count & (g->count - 1)) == 0)
            g->groups = mem_grow(g->groups, g->count ? g->count * 2 : 1, sizeof *g->groups);
        g->groups[g->count] =
            (struct group){.key = mem_ndup(buf_text(key), key->len), .key_len = key->len};
        *where = ++g->count;
    }
    return &g->groups[*where - 1];
}

static struct text_row *text_row_of(struct grouping *g, size_t i)
{
    uint32_t class = g->report->target_class ? g->report->target_class(g->report, i) : 0;
    if (class == 0)
        return NULL;
    if (class >= g->row_count) {
        size_t count = g->row_count ? g->row_count * 2 : 64;
        while (count <= class)
            count *= 2;
        g->rows = mem_grow(g->rows, count, sizeof *g->rows);
        memset(g->rows + g->row_count, 0, (count - g->row_count) * sizeof *g->rows);
        g->row_count = count;
    }
    return &g->rows[class];
}

static void text_add_range(struct group *group, const struct report_target *target)
{
    if (group->range_count) {
        struct ip_range *last = &group->ranges[group->range_count - 1];
        struct ip next = last->last;
        if (last->prefix == target->prefix && ip_step(&next, target->prefix) &&
            ip_cmp(&next, &target->ip) == 0 && group->more == 0) {
            last->last = target->ip;
            return;
        }
    }
    if (group->range_count >= LIMIT_ENTRY_ADDRESSES) {
        group->more++;
        return;
    }
    group->ranges = mem_grow(group->ranges, group->range_count + 1, sizeof *group->ranges);
    group->ranges[group->range_count++] = (struct ip_range){target->ip, target->ip, target->prefix};
}

struct scan {
    struct tally tally;
    struct buf key;
    size_t answered, silent;
    bool has_findings;
    const struct report_target *target; /* borrowed; NULL: only counted again */
    uint64_t *known, *unknown;          /* owned; NULL */
};

static void text_scan_init(struct scan *scan, const struct grouping *g)
{
    *scan = (struct scan){0};
    buf_init(&scan->key, KEY_BYTES);
    if (!g->wants_known)
        return;
    scan->known = mem_array(g->report->list_count / 64 + 1, sizeof *scan->known);
    scan->unknown = mem_array(g->report->list_count / 64 + 1, sizeof *scan->unknown);
}

static void text_scan_fini(struct scan *scan)
{
    buf_fini(&scan->key);
    free(scan->known);
    free(scan->unknown);
}

static void text_scan_known(struct scan *scan, size_t j, bool proven)
{
    uint64_t *bits = proven ? scan->known : scan->unknown;
    if (bits)
        bits[j / 64] |= UINT64_C(1) << j % 64;
}

/* The group takes over the bits of its first target, and adds those of each further one. */
static void text_keep_known(struct group *group, struct scan *scan, size_t lists)
{
    if (!group->known) {
        group->known = scan->known;
        group->unknown = scan->unknown;
        scan->known = scan->unknown = NULL;
        return;
    }
    for (size_t k = 0; k < lists / 64 + 1; k++) {
        group->known[k] |= scan->known[k];
        group->unknown[k] |= scan->unknown[k];
    }
}

/* Counts the result for that many targets. */
static void text_scan_result(struct grouping *g, struct scan *scan, size_t i, size_t j,
                             size_t targets)
{
    const struct report *r = g->report;
    uint32_t class = r->result_class ? r->result_class(r, i, j) : 0;
    struct cache_entry *entry = cache_find(&g->memo, j, class);
    struct result result;
    uint8_t sort;
    struct share share = {0};
    if (entry && SORT_OF(entry->sort) != SORT_FINDING) {
        sort = entry->sort;
        share = entry->share;
    } else {
        sort = SORT_ABSENT;
        if (r->result(r, i, j, &result)) {
            sort = text_sort_result(&r->lists[j], &result);
            share = report_share(r, &result);
        }
        if (!entry && (entry = cache_add(&g->memo, j, class))) {
            entry->sort = sort;
            entry->share = share;
        }
    }
    text_scan_known(scan, j, share.proven);
    if (SORT_OF(sort) == SORT_ABSENT)
        return;
    tally_add(&scan->tally, share);

    struct text_list_count *count = &g->lists[j];
    bool block = r->lists[j].dns_list && r->lists[j].kind == LIST_BLOCK;
    count->clear += SORT_OF(sort) == SORT_CLEAR ? targets : 0;
    count->other_ok += SORT_OF(sort) == SORT_OTHER_OK ? targets : 0;
    count->findings += SORT_OF(sort) == SORT_FINDING ? targets : 0;
    count->causes[CAUSE_OF(sort)] += targets;
    scan->answered += block && share.proven;
    scan->silent += !share.proven && share.counts;
    if (SORT_OF(sort) != SORT_FINDING)
        return;
    text_add_finding(&scan->key, &result);
    scan->has_findings = true;
    if (g->finding && scan->target)
        g->finding(g->ctx, i, scan->target, &result);
}

/* Adds a target to a group; the group's label goes if this target's is another. */
static void text_join(struct group *group, const struct report_target *target)
{
    if (group->label[0] && strcmp(target->label ? target->label : "", group->label) != 0)
        group->label[0] = '\0';
    group->count++;
    text_add_range(group, target);
}

static void text_look_at(struct grouping *g, size_t i, struct report_target *target,
                         struct text_row *row)
{
    const struct report *r = g->report;
    struct scan scan;
    /* Borrowed text ends with the next call on the report. */
    char *label = mem_dup(target->label ? target->label : "");
    target->label = label;
    text_scan_init(&scan, g);
    scan.target = target;
    text_add_string(&scan.key, target->special);
    if (g->wants_known) /* domains and addresses are asked on different lists */
        buf_char(&scan.key, ip_name(&target->ip) ? 'd' : 'a');
    for (size_t j = 0; j < r->list_count; j++)
        text_scan_result(g, &scan, i, j, 1);
    enum level level = tally_level(&scan.tally);
    /* Nothing proven at all reads differently from something unknown. */
    buf_fmt(&scan.key, "%d %d", (int)level, scan.answered > 0);
    if (scan.key.failed) { /* more findings than a key holds: a group of its own */
        buf_clear(&scan.key);
        buf_fmt(&scan.key, "target %zu", i);
    }
    struct group *group = text_find_or_add(g, &scan.key);
    if (group->count == 0) {
        group->level = level;
        group->first = i;
        group->answered_min = group->answered_max = scan.answered;
        group->silent = scan.silent;
        group->has_findings = scan.has_findings;
        group->label = mem_dup(label);
    } else if (scan.answered < group->answered_min) {
        group->answered_min = scan.answered;
    } else if (scan.answered > group->answered_max) {
        group->answered_max = scan.answered;
    }
    text_join(group, target);
    if (g->wants_known)
        text_keep_known(group, &scan, r->list_count);
    report_summary_add(&g->summary, level);
    if (row)
        *row = (struct text_row){.group = (size_t)(group - g->groups) + 1, .first = i};
    free(label);
    text_scan_fini(&scan);
}

void grouping_add(struct grouping *g, size_t i)
{
    struct text_row *row = text_row_of(g, i);
    struct report_target target = {0};
    g->report->target(g->report, i, &target);
    bool known = row && row->group;
    if (!known) {
        text_look_at(g, i, &target, row);
        return;
    }
    struct group *group = &g->groups[row->group - 1];
    if (g->finding && group->has_findings) { /* each target is reported */
        text_look_at(g, i, &target, NULL);
        return;
    }
    row->more++;
    text_join(group, &target);
    report_summary_add(&g->summary, group->level);
}

static int text_by_level(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->level != y->level)
        return level_worse(x->level, y->level) == x->level ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

void grouping_end(struct grouping *g)
{
    struct scan again;
    text_scan_init(&again, g);
    for (size_t k = 0; k < g->row_count; k++) {
        for (size_t j = 0; g->rows[k].more && j < g->report->list_count; j++)
            text_scan_result(g, &again, g->rows[k].first, j, g->rows[k].more);
    }
    text_scan_fini(&again);
    if (g->count)
        qsort(g->groups, g->count, sizeof *g->groups, text_by_level);
    free(g->index);
    g->index = NULL;
}

/* An IPv4-only list is not asked about IPv6 targets, nor a list of domains about addresses. */
static bool text_was_asked(const struct text_list_count *count)
{
    size_t asked = count->clear + count->other_ok + count->findings;
    for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
        asked += cause == CAUSE_NOT_APPLICABLE ? 0 : count->causes[cause];
    return asked > 0;
}

enum cause grouping_common_cause(const struct grouping *g)
{
    const struct report *r = g->report;
    struct common_cause c = {0};
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        if (list->dns_list && list->health != HEALTH_OFF && text_was_asked(&g->lists[j]))
            common_cause_add(&c, list->cause);
    }
    return common_cause(&c);
}
