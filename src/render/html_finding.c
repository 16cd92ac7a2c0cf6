/* SPDX-License-Identifier: ISC */
#include "html_finding.h"

#include "html.h"
#include "repmon/clock.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BYTES   4096
#define WORDS_BYTES 1024

/* ---- collecting ---- */

static void html_finding_fini(struct html_finding *f)
{
    char *const texts[] = {f->key, f->label,  f->state,  f->codes, f->meaning, f->reason,
                           f->url, f->delist, f->advice, f->note,  f->pending};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    free(f->ranges);
}

void html_findings_fini(struct html_findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        html_finding_fini(&f->items[i]);
    free(f->items);
    *f = (struct html_findings){0};
}

static void html_finding_key(const struct result *result, struct buf *key)
{
    buf_fmt(key, "%zu %d %d %s", result->column, (int)result->level, result->acked_until != 0,
            result->state ? result->state : "");
    for (size_t i = 0; i < result->code_count; i++)
        buf_fmt(key, "\n%s %s", result->codes[i].answer, result->codes[i].name);
}

static uint64_t html_finding_hash(const char *key, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)key[i]) * 0x100000001b3u;
    return h;
}

static struct html_finding *html_findings_find(struct html_findings *f, const struct buf *key,
                                               uint64_t hash)
{
    for (size_t i = 0; i < f->count; i++) {
        struct html_finding *x = &f->items[i];
        if (x->hash == hash && x->key_len == key->len && !memcmp(x->key, buf_text(key), key->len))
            return x;
    }
    return NULL;
}

/* Room for a finding of that level; NULL: all those there are as bad or worse. */
static struct html_finding *html_findings_room(struct html_findings *f, enum level level)
{
    if (f->count < HTML_FINDINGS) {
        if ((f->count & (f->count - 1)) == 0)
            f->items = mem_grow(f->items, f->count ? f->count * 2 : 1, sizeof *f->items);
        return &f->items[f->count++];
    }
    struct html_finding *least = &f->items[0];
    for (size_t i = 1; i < f->count; i++) {
        if (f->items[i].level < least->level)
            least = &f->items[i];
    }
    if (least->level >= level)
        return NULL;
    f->left_out[least->level] += least->count;
    html_finding_fini(least);
    return least;
}

static char *html_keep(const char *text)
{
    return mem_dup(text ? text : "");
}

static char *html_codes(const struct result *result)
{
    struct buf out;
    buf_init(&out, WORDS_BYTES);
    for (size_t i = 0; i < result->code_count; i++)
        buf_fmt(&out, "%s%s", i ? ", " : "", result->codes[i].name);
    return buf_take(&out);
}

static char *html_meaning(const struct result *result)
{
    const struct code *worst = NULL;
    for (size_t i = 0; i < result->code_count; i++) {
        const struct code *c = &result->codes[i];
        bool says = c->meaning && c->meaning[0];
        if (says && (!worst || c->severity > worst->severity))
            worst = c;
    }
    return html_keep(worst ? worst->meaning : "");
}

static char *html_pending(const struct result *result)
{
    char when[32];
    struct buf out;
    buf_init(&out, WORDS_BYTES);
    if (result->pending) {
        clock_format_local(result->pending_after, when, sizeof when);
        buf_fmt(&out, "last answer: %s (%u of %u), confirmed after %s", result->pending,
                (unsigned)result->pending_count, (unsigned)result->pending_needed, when);
    }
    return buf_take(&out);
}

static void html_finding_begin(struct html_finding *f, const struct buf *key, uint64_t hash,
                               const struct report_target *target, const struct result *result)
{
    *f = (struct html_finding){.column = result->column,
                               .level = result->level,
                               .acked = result->acked_until != 0,
                               .cause = result->cause,
                               .hash = hash,
                               .key = mem_ndup(buf_text(key), key->len),
                               .key_len = key->len,
                               .at = *target,
                               .label = html_keep(target->label),
                               .state = html_keep(result->state),
                               .codes = html_codes(result),
                               .meaning = html_meaning(result),
                               .reason = html_keep(result->reason),
                               .url = html_keep(result->url),
                               .delist = html_keep(result->delist),
                               .advice = html_keep(result->advice),
                               .note = html_keep(result->ack_note),
                               .pending = html_pending(result),
                               .since = result->since,
                               .since_last = result->since,
                               .proven = result->proven,
                               .acked_until = result->acked_until};
    f->at.label = f->at.special = NULL;
}

static void html_finding_join(struct html_finding *f, const struct report_target *target,
                              const struct result *result)
{
    struct ip_range *last = f->range_count ? &f->ranges[f->range_count - 1] : NULL;
    struct ip next = last ? last->last : target->ip;
    f->count++;
    if (f->count > 1 && strcmp(f->label, target->label ? target->label : "") != 0)
        f->label[0] = '\0';
    if (result->since && (!f->since || result->since < f->since))
        f->since = result->since;
    if (result->since > f->since_last)
        f->since_last = result->since;
    if (result->proven < f->proven)
        f->proven = result->proven;
    bool follows = last && last->prefix == target->prefix && ip_step(&next, target->prefix) &&
                   ip_cmp(&next, &target->ip) == 0;
    if (follows) {
        last->last = target->ip;
        return;
    }
    if (f->range_count >= LIMIT_ENTRY_ADDRESSES)
        return;
    f->ranges = mem_grow(f->ranges, f->range_count + 1, sizeof *f->ranges);
    f->ranges[f->range_count++] = (struct ip_range){target->ip, target->ip, target->prefix};
}

static void html_findings_count(struct html_findings *f, size_t target, const struct result *result)
{
    if (result->acked_until) {
        f->acked++;
        return;
    }
    f->open[result->level]++;
    if (result->level <= LEVEL_INFO)
        return;
    if (result->since && (!f->since || result->since < f->since))
        f->since = result->since;
    if (f->last == target + 1)
        return;
    f->last = target + 1;
    f->targets++;
}

void html_findings_add(struct html_findings *f, size_t target, const struct report_target *at,
                       const struct result *result)
{
    struct buf key;
    buf_init(&key, KEY_BYTES);
    html_finding_key(result, &key);
    uint64_t hash = html_finding_hash(buf_text(&key), key.len);
    struct html_finding *found = html_findings_find(f, &key, hash);
    html_findings_count(f, target, result);
    if (!found) {
        found = html_findings_room(f, result->level);
        if (found)
            html_finding_begin(found, &key, hash, at, result);
        else
            f->left_out[result->level]++;
    }
    if (found)
        html_finding_join(found, at, result);
    buf_fini(&key);
}

static int html_finding_order(const void *a, const void *b)
{
    const struct html_finding *x = a, *y = b;
    if (x->acked != y->acked)
        return x->acked ? 1 : -1;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->since_last != y->since_last)
        return x->since_last > y->since_last ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

void html_findings_sort(struct html_findings *f)
{
    if (f->count)
        qsort(f->items, f->count, sizeof *f->items, html_finding_order);
}

/* ---- in words ---- */

void html_finding_sentence(const struct report *r, const struct html_finding *f, struct buf *out)
{
    const struct report_list *list = &r->lists[f->column];
    struct buf who;
    size_t before = out->len;
    buf_init(&who, WORDS_BYTES);
    if (f->count == 1 || f->range_count == 1)
        html_who(&who, f->ranges, f->range_count, 1, f->count, f->label);
    else
        buf_fmt(&who, "%zu addresses", f->count);
    if (r->sentence)
        r->sentence(r, f->column, f->state, buf_text(&who), out);
    if (out->len > before && out->data[out->len - 1] == '.')
        buf_cut(out, out->len - 1);
    if (out->len == before && list->dns_list && list->kind == LIST_BLOCK) {
        buf_fmt(out, "%s %s listed on %s", buf_text(&who), f->count == 1 ? "is" : "are",
                html_list_title(list));
        if (f->codes[0])
            buf_fmt(out, " (%s)", f->codes);
    } else if (out->len == before) {
        html_list_name(list, out);
        buf_fmt(out, ": %s for %s", f->state, buf_text(&who));
    }
    buf_fini(&who);
}
