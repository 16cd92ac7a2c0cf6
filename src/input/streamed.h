/* SPDX-License-Identifier: ISC */
/* Reads what a child writes, as it comes, inside loop.h's single wait: none of it is kept here. */
#ifndef INPUT_STREAMED_H
#define INPUT_STREAMED_H

#include "repmon/error.h"
#include "repmon/input.h"
#include "repmon/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STREAMED_WORDS 400 /* bytes of its standard error shown to people */

struct streamed {
    struct loop *loop; /* borrowed */
    pid_t pid;
    int out, err; /* owned: our ends of its pipes; -1: closed */
    bool ended;   /* its output has ended */
    size_t word_count;
    char words[STREAMED_WORDS + 1]; /* what it wrote to standard error */
};

/* False: no process or pipe could be made. What can't be executed ends with SUBPROCESS_NOT_STARTED.
 */
bool streamed_start(struct streamed *s, struct loop *loop, const char *const *argv,
                    struct error *err);

/* Bytes read, 0 at the end of its output, -1 when time is up first. */
ssize_t streamed_read(struct streamed *s, void *out, size_t len, const struct input_limit *limit);

/* Ends it, by force when it still runs. Its exit status; -1 when it was killed. */
int streamed_end(struct streamed *s);

#endif
