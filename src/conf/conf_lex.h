/* SPDX-License-Identifier: ISC */
/*
 * Cuts the text of a configuration file into sections and keys, one line at a time. Pure: no I/O,
 * no allocation; what a key means is conf.c's business.
 *
 * A line is blank, a comment (`#` or `;` first), `[word]`, `[word "name"]` or `key = value`; `;`
 * after a blank starts a comment after a section or value. Everything else is an error, so that
 * nothing an administrator mistypes is ever dropped in silence.
 */
#ifndef REPMON_CONF_LEX_H
#define REPMON_CONF_LEX_H

#include "repmon/error.h"
#include "repmon/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_lex {
    const char *text; /* borrowed */
    size_t len, at;
    int line;                       /* of the item returned last; the first is 1 */
    char copy[LIMIT_CONF_LINE + 1]; /* of that line; wiped by conf_lex_fini() */
};

enum conf_lex_kind {
    CONF_LEX_END = 0,
    CONF_LEX_SECTION,
    CONF_LEX_KEY,
    CONF_LEX_BAD_SECTION, /* an error in a line that begins with [ */
    CONF_LEX_BAD          /* an error in any other line */
};

/* Everything is borrowed from the lexer until the next call. */
struct conf_item {
    int line;
    int column;        /* of the value of a key, from 1 */
    const char *word;  /* the section's word or the key; of a BAD line its first word, or NULL */
    const char *name;  /* the quoted name after the section's word; NULL for none */
    const char *value; /* of a key; without the blanks and the comment around it; may be "" */
};

void conf_lex_init(struct conf_lex *lex, const char *text, size_t len);
void conf_lex_fini(struct conf_lex *lex); /* wipes the line, which may hold a secret */

/*
 * The next item. For the two BAD kinds `err` says what is wrong in which column, and the next call
 * goes on with the next line. An error never repeats a part of the line: it may hold a secret, and
 * so may the `word` of a BAD line.
 * Line ends are LF or CR LF; the last one may be missing.
 */
enum conf_lex_kind conf_lex_next(struct conf_lex *lex, struct conf_item *item, struct error *err);

#endif
