/* SPDX-License-Identifier: ISC */
/* What a stream keeps: the distinct refusals. */
#include "explain_stream_parts.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE 8192 /* slots; twice the entries, so that probing stays short */

void table_init(struct explain_table *t)
{
    t->slots = mem_array(TABLE_SIZE, sizeof *t->slots);
}

void table_fini(struct explain_table *t)
{
    free(t->entries);
    free(t->slots);
}

static uint32_t explain_hash_text(uint32_t h, const char *s)
{
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h * 31;
}

static bool explain_same(const struct explain_verdict *a, const struct explain_verdict *b)
{
    return a->kind == b->kind && strcmp(a->operator, b->operator) == 0 &&
           ip_cmp(&a->ip, &b->ip) == 0 && strcmp(a->code, b->code) == 0 &&
           strcmp(a->list, b->list) == 0 && memcmp(&a->range, &b->range, sizeof a->range) == 0 &&
           (a->kind != EXPLAIN_UNKNOWN || strcmp(a->status, b->status) == 0);
}

bool table_add(struct explain_table *t, const struct explain_verdict *v, uint64_t line)
{
    uint32_t h = explain_hash_text(
        explain_hash_text(explain_hash_text(2166136261u, v->operator), v->code), v->list);
    for (size_t i = 0; i < sizeof v->ip.bytes; i++)
        h = (h ^ v->ip.bytes[i]) * 16777619u;
    for (size_t slot = (h ^ v->kind) % TABLE_SIZE;; slot = (slot + 1) % TABLE_SIZE) {
        if (t->slots[slot] && explain_same(&t->entries[t->slots[slot] - 1].verdict, v)) {
            struct explain_entry *entry = &t->entries[t->slots[slot] - 1];
            entry->count++;
            entry->last_line = line;
            return true;
        }
        if (t->slots[slot])
            continue;
        if (t->count >= EXPLAIN_ENTRIES_MAX)
            return false;
        if (t->count % 64 == 0)
            t->entries = mem_grow(t->entries, t->count + 64, sizeof *t->entries);
        t->entries[t->count] = (struct explain_entry){
            .verdict = *v, .count = 1, .first_line = line, .last_line = line};
        t->slots[slot] = (uint16_t)++t->count;
        return true;
    }
}
