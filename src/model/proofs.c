/* SPDX-License-Identifier: ISC */
#include "repmon/proofs.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 65536u /* what two bytes can number */

/* The values met so far, found by a hash table that is never more than half full. */
struct numbering {
    proof_cell *words; /* owned */
    uint32_t count;
    uint32_t *slots; /* owned: number + 1; 0: free */
    uint32_t slot_count;
};

static uint32_t *proofs_slot_of(const struct numbering *n, proof_cell word)
{
    uint32_t mask = n->slot_count - 1;
    uint32_t at = (uint32_t)(word * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (n->slots[at] && n->words[n->slots[at] - 1] != word)
        at = (at + 1) & mask;
    return &n->slots[at];
}

static void proofs_grow(struct numbering *n)
{
    n->slot_count = n->slot_count ? n->slot_count * 2 : 512;
    n->words = mem_grow(n->words, n->slot_count / 2, sizeof *n->words);
    free(n->slots);
    n->slots = mem_array(n->slot_count, sizeof *n->slots);
    for (uint32_t i = 0; i < n->count; i++)
        *proofs_slot_of(n, n->words[i]) = i + 1;
}

static uint32_t proofs_number_of(struct numbering *n, proof_cell word)
{
    if (n->count == n->slot_count / 2)
        proofs_grow(n);
    uint32_t *slot = proofs_slot_of(n, word);
    if (*slot == 0) {
        n->words[n->count] = word;
        *slot = ++n->count;
    }
    return *slot - 1;
}

/* False: the cells hold too many values to be numbered. */
static bool proofs_number_all(struct numbering *n, const proof_cell *cells, size_t rows,
                              uint16_t *numbers)
{
    for (size_t i = 0; i < rows; i++) {
        if (i > 0 && cells[i] == cells[i - 1]) {
            numbers[i] = numbers[i - 1];
            continue;
        }
        uint32_t number = proofs_number_of(n, cells[i]);
        if (number >= WORDS_MAX)
            return false;
        numbers[i] = (uint16_t)number;
    }
    return true;
}

static uint8_t *proofs_in_bytes(const uint16_t *numbers, size_t rows)
{
    uint8_t *bytes = mem_array(rows, sizeof *bytes);
    for (size_t i = 0; i < rows; i++)
        bytes[i] = (uint8_t)numbers[i];
    return bytes;
}

void proofs_pack(struct proofs *out, const proof_cell *cells, size_t rows)
{
    struct numbering n = {0};
    uint16_t *numbers = mem_array(rows, sizeof *numbers);
    *out = (struct proofs){.rows = rows};
    if (!proofs_number_all(&n, cells, rows, numbers)) {
        out->width = sizeof *cells;
        out->cells = mem_array(rows, sizeof *cells);
        memcpy(out->cells, cells, rows * sizeof *cells);
        free(n.words);
        free(numbers);
    } else if (n.count <= 256) {
        out->width = 1;
        out->cells = proofs_in_bytes(numbers, rows);
        out->words = n.words;
        free(numbers);
    } else {
        out->width = 2;
        out->cells = numbers;
        out->words = n.words;
    }
    free(n.slots);
}

void proofs_fini(struct proofs *p)
{
    free(p->cells);
    free(p->words);
    *p = (struct proofs){0};
}

proof_cell proofs_cell(const struct proofs *p, size_t id)
{
    if (id >= p->rows)
        return 0;
    if (p->width == 1)
        return p->words[((const uint8_t *)p->cells)[id]];
    if (p->width == 2)
        return p->words[((const uint16_t *)p->cells)[id]];
    return ((const proof_cell *)p->cells)[id];
}

void proofs_unpack(const struct proofs *p, proof_cell *cells, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        cells[i] = proofs_cell(p, i);
}
