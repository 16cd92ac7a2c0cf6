/* SPDX-License-Identifier: ISC */
/*
 * The words of a `command`, without a shell: blanks part words; '…' is taken as it is; in "…" and
 * outside a backslash takes the next character as it is. No variables, no wildcards, no pipes:
 * write a script for those.
 */
#ifndef REPMON_COMMAND_WORDS_H
#define REPMON_COMMAND_WORDS_H

#include "repmon/error.h"

/* NULL-terminated, owned by the caller; NULL with ERR_CONFIG for no words or an open quote. */
char **command_words(const char *text, struct error *err);
void command_words_free(char **words);

#endif
