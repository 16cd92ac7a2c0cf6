/* SPDX-License-Identifier: ISC */
/* What a stream keeps: the distinct refusals. */
#include "explain_stream_parts.h"

#include <stdlib.h>
#include <string.h>

void table_fini(struct explain_table *t)
{
    free(t->entries);
    hash_fini(&t->index);
}

static bool explain_same(const struct explain_verdict *a, const struct explain_verdict *b)
{
    return a->kind == b->kind && strcmp(a->operator, b->operator) == 0 &&
           ip_cmp(&a->ip, &b->ip) == 0 && strcmp(a->code, b->code) == 0 &&
           strcmp(a->list, b->list) == 0 && memcmp(&a->range, &b->range, sizeof a->range) == 0 &&
           (a->kind != EXPLAIN_UNKNOWN || strcmp(a->status, b->status) == 0);
}

static uint64_t explain_key(const struct explain_verdict *v)
{
    uint64_t key = hash_text(v->kind, v->operator);
    key = hash_text(key, v->code);
    key = hash_text(key, v->list);
    return hash_bytes(key, v->ip.bytes, sizeof v->ip.bytes);
}

bool table_add(struct explain_table *t, const struct explain_verdict *v, uint64_t line)
{
    uint64_t key = explain_key(v);
    for (size_t step = 0, i; (i = hash_next(&t->index, key, &step)) != HASH_NONE;) {
        struct explain_entry *entry = &t->entries[i];
        if (!explain_same(&entry->verdict, v))
            continue;
        entry->count++;
        entry->last_line = line;
        return true;
    }
    if (t->count >= EXPLAIN_ENTRIES_MAX)
        return false;
    if (t->count % 64 == 0)
        t->entries = mem_grow(t->entries, t->count + 64, sizeof *t->entries);
    hash_add(&t->index, key, t->count);
    t->entries[t->count++] =
        (struct explain_entry){.verdict = *v, .count = 1, .first_line = line, .last_line = line};
    return true;
}
