/* SPDX-License-Identifier: ISC */
/*
 * Work that may hang, in a process of its own: a bounded wait, then it is killed with all its
 * children. The child holds no descriptor but the standard ones and the pipe it reports through,
 * so it can't touch the database, and dies when its parent does.
 */
#ifndef REPMON_ALERT_CHILD_H
#define REPMON_ALERT_CHILD_H

#include "repmon/buf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Runs in the child and ends it by _exit(). `report` is the pipe; `keep` as given to child_run().
 */
typedef void child_work(void *ctx, int report, int keep);

enum child_end {
    CHILD_EXITED = 0, /* *status is its exit status */
    CHILD_SIGNAL,     /* it died of a signal; *status is its number */
    CHILD_TIMEOUT,    /* it was killed */
    CHILD_LOST,       /* it ran and ended; how, can't be told; err says why */
    CHILD_FAILED      /* it could not be started; err says why */
};

/*
 * What the child wrote to `report` is in `out`; what exceeds its maximum is read and dropped.
 * `keep` is one more descriptor the child keeps, or -1. A signal to this process meanwhile ends the
 * wait as loop.h's loop_limit says: CHILD_TIMEOUT.
 */
enum child_end child_run(child_work *work, void *ctx, int keep, int64_t timeout_ms, struct buf *out,
                         int *status, struct error *err);

#endif
