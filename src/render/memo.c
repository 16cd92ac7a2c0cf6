/* SPDX-License-Identifier: ISC */
#include "memo.h"

#include <stdlib.h>

#define MEMO_ENTRIES 32768      /* of equal results; a run knows a few per list */
#define MEMO_TEXT    (8u << 20) /* bytes of rendered results */

void memo_init(struct memo *m)
{
    *m = (struct memo){.size = 256};
    m->slots = mem_array(m->size, sizeof *m->slots);
    buf_init(&m->text, MEMO_TEXT);
}

void memo_fini(struct memo *m)
{
    free(m->slots);
    buf_fini(&m->text);
}

static uint64_t key_of(size_t list, uint32_t class)
{
    return (uint64_t)list << 32 | class;
}

/* The slot of the key, or the free one where it would stand. */
static struct memo_entry *slot(struct memo_entry *slots, size_t size, uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(hash >> 32) & (size - 1);
    while (slots[i].key != 0 && slots[i].key != key)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static void grow(struct memo *m)
{
    size_t size = m->size * 2;
    struct memo_entry *slots = mem_array(size, sizeof *slots);
    for (size_t i = 0; i < m->size; i++) {
        if (m->slots[i].key)
            *slot(slots, size, m->slots[i].key) = m->slots[i];
    }
    free(m->slots);
    m->slots = slots;
    m->size = size;
}

struct memo_entry *memo_find(struct memo *m, size_t list, uint32_t class)
{
    if (class == 0)
        return NULL;
    struct memo_entry *entry = slot(m->slots, m->size, key_of(list, class));
    return entry->key ? entry : NULL;
}

struct memo_entry *memo_add(struct memo *m, size_t list, uint32_t class)
{
    if (class == 0 || m->used >= MEMO_ENTRIES)
        return NULL;
    if (m->used * 2 >= m->size)
        grow(m);
    struct memo_entry *entry = slot(m->slots, m->size, key_of(list, class));
    if (!entry->key) {
        *entry = (struct memo_entry){.key = key_of(list, class)};
        m->used++;
    }
    return entry;
}

void memo_text(struct memo *m, struct memo_entry *entry, const char *text, size_t len)
{
    if (len > m->text.max - m->text.len)
        return;
    entry->offset = (uint32_t)m->text.len;
    entry->len = (uint32_t)len;
    entry->has_text = buf_add(&m->text, text, len);
}

enum level memo_target_level(struct memo *m, const struct report *r, size_t i)
{
    struct tally tally = {0};
    struct result result;
    for (size_t j = 0; j < r->list_count; j++) {
        uint32_t class = r->result_class ? r->result_class(r, i, j) : 0;
        struct memo_entry *entry = memo_find(m, j, class);
        struct share share;
        if (entry) {
            share = entry->share;
        } else {
            if (!r->result(r, i, j, &result))
                continue;
            share = report_share(r, &result);
            entry = memo_add(m, j, class);
            if (entry)
                entry->share = share;
        }
        tally_add(&tally, share);
    }
    return tally_level(&tally);
}
