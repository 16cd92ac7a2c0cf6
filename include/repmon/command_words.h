/* SPDX-License-Identifier: ISC */
/*
 * The words of a `command`, without a shell: spaces separate words; '…' is taken literally; inside
 * "…" and outside of quotes, a backslash makes the next character literal. No variables, no
 * wildcards, no pipes: write a script for those.
 */
#ifndef REPMON_COMMAND_WORDS_H
#define REPMON_COMMAND_WORDS_H

#include "repmon/error.h"

/* NULL-terminated, owned by the caller; NULL with ERR_CONFIG for no words or an open quote. */
char **command_words(const char *text, struct error *err);
void command_words_free(char **words);

#endif
