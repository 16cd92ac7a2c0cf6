/* SPDX-License-Identifier: ISC */
#include "repmon/proofs.h"

#include "repmon/buf.h"
#include "repmon/hash.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 65536u /* what two bytes can number */

/* The values met so far. */
struct numbering {
    proof_cell *words; /* owned */
    uint32_t count, cap;
    struct hash index;
};

static uint32_t proofs_number_of(struct numbering *n, proof_cell word)
{
    for (size_t step = 0, at; (at = hash_next(&n->index, word, &step)) != HASH_NONE;)
        if (n->words[at] == word)
            return (uint32_t)at;
    if (n->count == n->cap) {
        n->cap = n->cap ? n->cap * 2 : 256;
        n->words = mem_grow(n->words, n->cap, sizeof *n->words);
    }
    hash_add(&n->index, word, n->count);
    n->words[n->count] = word;
    return n->count++;
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
    hash_fini(&n.index);
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
