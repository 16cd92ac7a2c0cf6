/* SPDX-License-Identifier: ISC */
#include "plan.h"

#include "repmon/buf.h"

#include <stdlib.h>

/* A cron job is never on the second: what is due within a tenth of its interval is due now. */
static bool is_due(const struct cell_proof *p, int64_t every_s, time_t now)
{
    int64_t early = every_s / 10 < 300 ? every_s / 10 : 300;
    return p->asked == 0 || p->asked > now || now - p->asked >= every_s - early;
}

static void plan_mark(uint8_t *bits, size_t row)
{
    bits[row / 8] |= (uint8_t)(1u << row % 8);
}

static bool plan_is_marked(const uint8_t *bits, size_t row)
{
    return bits[row / 8] & 1u << row % 8;
}

static struct plan_list plan_list(const struct plan_in *in, const struct run_list *list)
{
    static const struct snapshot_list nothing;
    struct plan_list p = {0};
    size_t own = in->inventory->count;
    size_t rows = list->all ? own + in->inventory->others : own;
    time_t oldest = 0;
    const struct snapshot_list *before = snapshot_list(in->snapshot, list->source, list->list);
    if (!before)
        before = &nothing;
    p.rows = rows;
    if (list->every_s > 0 && !in->all)
        p.due = mem_alloc(rows / 8 + 1);
    if (list->wants_known)
        p.known = mem_alloc(rows / 8 + 1);
    if (list->counts_days)
        p.used = before->used;
    p.rests = p.due != NULL;
    for (size_t row = 0; row < rows; row++) {
        proof_cell cell = proofs_cell(&before->proofs, in->inventory->items[row].id);
        struct cell_proof proof = proof_unpack(cell);
        if (row == 0 || proof.asked < oldest) {
            oldest = proof.asked;
            p.start_row = row;
        }
        if (p.known && proof.proven)
            plan_mark(p.known, row);
        if (p.due && is_due(&proof, list->every_s, in->now)) {
            plan_mark(p.due, row);
            p.rests = false;
        }
    }
    return p;
}

struct plan plan_make(const struct plan_in *in)
{
    struct plan p = {.count = in->lists->count};
    p.lists = mem_array(p.count, sizeof *p.lists);
    for (size_t j = 0; j < p.count; j++)
        p.lists[j] = plan_list(in, &in->lists->items[j]);
    return p;
}

void plan_fini(struct plan *p)
{
    for (size_t j = 0; j < p->count; j++) {
        free(p->lists[j].due);
        free(p->lists[j].known);
    }
    free(p->lists);
    *p = (struct plan){0};
}

bool plan_is_due(const struct plan *p, size_t row, size_t column)
{
    const struct plan_list *l = &p->lists[column];
    return row < l->rows && (!l->due || plan_is_marked(l->due, row));
}

bool plan_is_known(const struct plan *p, size_t row, size_t column)
{
    const struct plan_list *l = &p->lists[column];
    return row < l->rows && l->known && plan_is_marked(l->known, row);
}
