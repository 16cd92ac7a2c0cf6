/* SPDX-License-Identifier: ISC */
/*
 * Of 65,536 targets nearly all are equal in every list. Each column splits the classes that the
 * columns before it made, so that a renderer looks at one target of a class and not at all cells.
 */
#include "status_state.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 4096 /* classes; what would make more is looked at one by one */
#define SLOTS    (4 * MAX_ROWS)

/* (class so far, class of the cell) to the class from here on; 0 is free. */
struct split {
    uint64_t key;
    uint32_t class;
};

static struct split *status_rows_slot(struct split *slots, uint64_t key)
{
    size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 32) & (SLOTS - 1);
    while (slots[i].key && slots[i].key != key)
        i = (i + 1) & (SLOTS - 1);
    return &slots[i];
}

/* 0 when the class so far is 0 or too many are known. */
static uint32_t status_class_after(struct split *slots, uint32_t *used, uint32_t before,
                                   uint64_t part)
{
    struct split *found = before ? status_rows_slot(slots, (uint64_t)before << 32 | part) : NULL;
    if (!found)
        return 0;
    if (!found->key) {
        if (*used == MAX_ROWS)
            return 0;
        *found = (struct split){(uint64_t)before << 32 | part, ++*used};
    }
    return found->class;
}

/* What ip_special() says is part of what a target is; the texts are a handful of constants. */
void status_rows_begin(struct saved *s)
{
    const char *texts[64] = {NULL};
    s->shared = mem_array(s->row_count, sizeof *s->shared);
    for (size_t i = 0; i < s->row_count; i++) {
        const char *special = ip_special(&s->targets.items[s->rows[i]].ip);
        uint32_t k = 0;
        while (special && k < 63 && texts[k] && texts[k] != special)
            k++;
        if (special)
            texts[k] = special;
        s->shared[i] = special ? k + 2 : 1;
        if (k == 63 || s->elsewhere[i])
            s->shared[i] = 0; /* elsewhere: most of its cells are no results */
    }
}

void status_rows_refine(struct saved *s, const struct status_column *c)
{
    struct split *slots = mem_array(SLOTS, sizeof *slots);
    uint32_t used = 0, before = 0, after = 0;
    uint16_t cell = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        if (i == 0 || s->shared[i] != before || c->cells[i] != cell) {
            before = s->shared[i];
            cell = c->cells[i];
            after =
                c->classes[cell].belief ? 0 : status_class_after(slots, &used, before, cell + 1u);
        }
        s->shared[i] = after;
    }
    free(slots);
}
