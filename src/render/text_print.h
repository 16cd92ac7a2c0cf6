/* SPDX-License-Identifier: ISC */
/*
 * Lines for people: wrapped at the width of the terminal, aligned, coloured where colour is
 * wanted. It knows columns and words, not reports; text from outside is cleaned once more here.
 */
#ifndef REPMON_TEXT_PRINT_H
#define REPMON_TEXT_PRINT_H

#include "repmon/buf.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct printer {
    FILE *out;      /* borrowed */
    unsigned width; /* 0: no wrapping */
    bool color;
};

/* "CRITICAL  " in its colour, padded: 10 columns. */
void print_level(const struct printer *p, enum level level);
#define PRINT_LEVEL_COLUMNS 10

/* A heading on its own line, after an empty one. */
void print_heading(const struct printer *p, const char *text);

/*
 * Words from column `at` (where the cursor is) on, further lines indented by `indent`; ends with a
 * line break. A word longer than a line gets its own and is never broken: it may be a URL.
 */
void print_words(const struct printer *p, unsigned at, unsigned indent, const char *text);

/* "    key      words": nothing when text is empty. */
void print_field(const struct printer *p, const char *key, const char *text);

#endif
