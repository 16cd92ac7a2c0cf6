/* SPDX-License-Identifier: ISC */
/* Words of a command line that name targets: addresses, blocks, host names. Pure. */
#ifndef REPMON_CMD_TARGETS_ARG_H
#define REPMON_CMD_TARGETS_ARG_H

#include "repmon/error.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>

struct targets_arg {
    struct cidr *blocks; /* owned */
    size_t block_count;
    char **hosts; /* owned: lower case, no trailing dot; or a label as it was typed */
    size_t host_count;
    bool labels; /* set by the caller: a word may be the label of a target, which is any text */
};

/* Adds one word; ERR_USAGE names the word and what is wrong with it. */
bool targets_arg_add(struct targets_arg *targets, const char *word, struct error *err);
void targets_arg_fini(struct targets_arg *targets);

#endif
