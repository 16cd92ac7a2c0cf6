/* SPDX-License-Identifier: ISC */
/*
 * 65,536 targets on 60 lists are 31 MiB of proof. Nearly all cells of a list were proven by the
 * same run, so each cell keeps the number of a class, and classes keep the eight bytes.
 */
#include "status_state.h"

#include "repmon/hash.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CLASSES 65536 /* a cell is 16 bits; LIMIT_TARGETS cells can't be more */

static bool status_add_class(struct status_column *c, proof_cell cell, const struct belief *belief,
                             uint16_t *out, struct error *err)
{
    if (c->class_count == MAX_CLASSES)
        return error_set(err, ERR_BUG, "more than %d cells in a list", MAX_CLASSES);
    if (c->class_count == c->class_cap) {
        c->class_cap = c->class_cap ? c->class_cap * 2 : 4;
        c->classes = mem_grow(c->classes, c->class_cap, sizeof *c->classes);
    }
    *out = (uint16_t)c->class_count;
    c->classes[c->class_count++] = (struct status_class){cell, belief};
    return true;
}

/* The class of a cell without a belief, made when there is none. */
static bool status_intern(struct hash *index, struct status_column *c, proof_cell cell,
                          uint16_t *out, struct error *err)
{
    for (size_t step = 0, i; (i = hash_next(index, cell, &step)) != HASH_NONE;) {
        if (c->classes[i].cell == cell) {
            *out = (uint16_t)i;
            return true;
        }
    }
    hash_add(index, cell, c->class_count);
    return status_add_class(c, cell, NULL, out, err);
}

/* All columns walk the same targets: their ids packed, and room to find a belief by id. */
struct status_room *status_room_new(const struct saved *s)
{
    struct status_room *room = mem_alloc(sizeof *room);
    room->cells = mem_array(s->targets.rows, sizeof *room->cells);
    room->belief = mem_array(s->targets.rows, sizeof *room->belief);
    room->ids = mem_array(s->row_count, sizeof *room->ids);
    for (size_t i = 0; i < s->row_count; i++)
        room->ids[i] = s->targets.items[s->rows[i]].id;
    return room;
}

void status_room_free(struct status_room *room)
{
    free(room->cells);
    free(room->belief);
    free(room->ids);
    free(room);
}

/* Marks the targets of these beliefs (index + 1), or takes the marks away. */
static void status_mark(const struct saved *s, struct status_room *room,
                        const struct belief *beliefs, size_t count, bool on)
{
    for (size_t k = 0; k < count; k++) {
        if (beliefs[k].target < s->targets.rows)
            room->belief[beliefs[k].target] = on ? (uint32_t)k + 1 : 0;
    }
}

bool status_column_load(struct saved *s, struct status_column *c, struct status_room *room,
                        struct error *err)
{
    size_t count = 0;
    struct hash index = {0}; /* of classes without a belief */
    const struct belief *beliefs =
        stored_beliefs_of_list(&s->beliefs, c->health->source, c->health->list, &count);
    if (!store_proof_load(s->store, c->health->source, c->health->list, room->cells,
                          s->targets.rows, err))
        return false;
    c->cells = mem_array(s->row_count, sizeof *c->cells);
    status_mark(s, room, beliefs, count, true);
    bool ok = true, has_last = false;
    const uint32_t *belief = count ? room->belief : NULL;
    proof_cell last = 0;
    uint16_t last_class = 0;
    for (size_t i = 0; ok && i < s->row_count; i++) {
        uint32_t id = room->ids[i];
        proof_cell cell = room->cells[id];
        if (belief && belief[id]) {
            ok = status_add_class(c, cell, &beliefs[belief[id] - 1], &c->cells[i], err);
            continue;
        }
        if (!has_last || cell != last) {
            ok = status_intern(&index, c, cell, &last_class, err);
            last = cell;
            has_last = true;
        }
        c->cells[i] = last_class;
    }
    status_mark(s, room, beliefs, count, false);
    hash_fini(&index);
    return ok;
}
