/* SPDX-License-Identifier: ISC */
/*
 * The proof of one list, kept small: the cells of a list hold few different values (a run gives
 * most of them the same), so each cell is the number of its value. 65,536 cells are 64 KiB where a
 * list has at most 256 values, 128 KiB up to 65,536, and 512 KiB beyond.
 */
#ifndef REPMON_PROOFS_H
#define REPMON_PROOFS_H

#include "repmon/stored.h"

#include <stddef.h>
#include <stdint.h>

/* Zero: no cell was ever asked. */
struct proofs {
    size_t rows;
    unsigned width;    /* bytes a cell: 1 or 2 number a value; 8: the cell itself */
    void *cells;       /* owned */
    proof_cell *words; /* owned: the values; NULL with 8 */
};

void proofs_pack(struct proofs *out, const proof_cell *cells, size_t rows);
void proofs_fini(struct proofs *p);

/* The cell of that id; "never asked" beyond the last. */
proof_cell proofs_cell(const struct proofs *p, size_t id);

/* Fills `rows` cells. */
void proofs_unpack(const struct proofs *p, proof_cell *cells, size_t rows);

#endif
