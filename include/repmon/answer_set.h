/* SPDX-License-Identifier: ISC */
/*
 * An answer as it is stored: a sorted set of words, separated by spaces. What a word means is up
 * to its source; this module only knows where words begin and end.
 */
#ifndef REPMON_ANSWER_SET_H
#define REPMON_ANSWER_SET_H

#include <stdbool.h>
#include <stddef.h>

/* The next word at *at, which moves past it: borrowed, *len long, no NUL. False at the end. */
bool answer_set_next(const char **at, const char **word, size_t *len);

/* Whether the whole word is in the set; a part of a word is not. */
bool answer_set_has(const char *set, const char *word, size_t len);

#endif
