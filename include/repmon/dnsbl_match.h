/* SPDX-License-Identifier: ISC */
/*
 * Which answers a row of a code table means, parsed once into four numbers so that matching is two
 * comparisons. Knows no list: catalogue and configuration write the same syntax.
 */
#ifndef REPMON_DNSBL_MATCH_H
#define REPMON_DNSBL_MATCH_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_TEXT_MAX 32 /* "255.255.255.255-255.255.255.255" and its NUL */
#define QUAD_TEXT_MAX  16

/*
 * EXACT  "A.B.C.D"
 * BITS   "A.B.C.0&M": every bit of M (1 to 255) set in the last octet, the others equal
 * RANGE  "A.B.C.D-A.B.C.E", inclusive
 * WIDE   "A.B.C.D/N", "A.B.*.D" (any octet but the first may be a star; any number of them)
 * The order is the order of search: the more exact row wins. Zero matches 0.0.0.0 only.
 */
enum match_kind { MATCH_EXACT = 0, MATCH_BITS, MATCH_RANGE, MATCH_WIDE, MATCH_KIND_COUNT };

struct answer_match {
    enum match_kind kind;
    uint32_t base, mask;  /* (answer & mask) == base; unused for RANGE */
    uint32_t first, last; /* RANGE */
};

/* False: not that syntax, host bits set, an upside-down range, an empty bit mask. */
bool match_parse(const char *text, struct answer_match *out, struct error *err);
bool match_hits(const struct answer_match *m, uint32_t answer);

/* One dotted quad, strictly; host order. */
bool quad_parse(const char *text, size_t len, uint32_t *out);
void quad_format(uint32_t answer, char out[static QUAD_TEXT_MAX]);

#endif
