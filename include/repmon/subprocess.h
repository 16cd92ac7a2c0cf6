/* SPDX-License-Identifier: ISC */
/*
 * The user's own programs that print an answer, run inside the single wait of loop.h: no shell,
 * standard input empty, standard output read through a pipe up to a cap, killed with all their
 * children when their time is up. Of the environment they get path, home, user, language, time
 * zone, TMPDIR and proxies: what else it holds (credentials, a loader's libraries) is none of
 * their business. They inherit no other open files.
 */
#ifndef REPMON_SUBPROCESS_H
#define REPMON_SUBPROCESS_H

#include "repmon/buf.h"
#include "repmon/error.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Everything borrowed from the caller until the callback. */
struct subprocess_request {
    const char *const *argv; /* NULL-terminated; argv[0] is searched for in PATH */
    int64_t timeout_ms;
    size_t max_output;
};

/* Borrowed until the callback returns. */
struct subprocess_result {
    int status; /* exit status; 127 when it could not be started, -1 when it died of a signal or
                   can't be told */
    const char *output;
    size_t len;
};

/*
 * Exactly once for each started program, from within loop_wait(), subprocess_work() or
 * subprocess_end(). `result` is NULL unless how is REPLY_ANSWERED. REPLY_UNREACHABLE: no process
 * could be made.
 */
typedef void (*subprocess_callback)(void *ctx, enum reply_how how,
                                    const struct subprocess_result *result);

struct loop;
struct subprocesses; /* opaque: all programs under way */

struct subprocesses *subprocess_new(struct loop *loop);
void subprocess_free(struct subprocesses *c); /* after subprocess_end() */

/* Starts a program. False, and no callback, when no process or pipe could be made. */
bool subprocess_start(struct subprocesses *c, const struct subprocess_request *request,
                      subprocess_callback done, void *ctx);

/* Once a wake: ends those whose time is up with REPLY_TIMEOUT. */
void subprocess_work(struct subprocesses *c, int64_t now_ms);

/* ---- a process of one's own ---- */

/* Runs in the child and ends it by _exit(). `report` is a pipe or file; `keep` one more, or -1. */
typedef void subprocess_work_fn(void *ctx, int report, int keep);

/*
 * Work in a child that holds no descriptor but these and the standard ones (input and output are
 * /dev/null), with signals as a fresh program has them; it dies when its parent does. Its process
 * group is its own. -1: no process was made. One that can't be begun ends with
 * SUBPROCESS_NOT_STARTED.
 */
#define SUBPROCESS_NOT_STARTED 127 /* as a shell says it */
pid_t subprocess_fork(subprocess_work_fn *work, void *ctx, int report, int keep);

/* The same for a program whose output the caller reads: `out` is its standard output and `err` its
 * standard error (-1: ours). */
pid_t subprocess_spawn(const char *const *argv, int out, int err);

/* Waits for the end of a child that was killed or has ended; 0, or why that can't be told. */
int subprocess_reap(pid_t pid, int *raw);

enum subprocess_outcome {
    SUBPROCESS_EXITED = 0, /* *status is its exit status */
    SUBPROCESS_SIGNAL,     /* it died of a signal; *status is its number */
    SUBPROCESS_TIMEOUT,    /* it was killed */
    SUBPROCESS_LOST,       /* it ran and ended; how, can't be told; err says why */
    SUBPROCESS_FAILED      /* it could not be started; err says why */
};

/*
 * Work that may hang: a bounded wait, then it is killed with all its children (subprocess_run.c).
 * What the child wrote to `report` is in `out`; what exceeds its maximum is read and dropped. A
 * signal to this process meanwhile ends the wait as loop.h's loop_limit says: SUBPROCESS_TIMEOUT.
 */
enum subprocess_outcome subprocess_run(subprocess_work_fn *work, void *ctx, int keep,
                                       int64_t timeout_ms, struct buf *out, int *status,
                                       struct error *err);

/* Whether a child has ended; it is not reaped. For kernels without pidfd_open(2), before 5.3. */
bool subprocess_has_ended(pid_t pid);

/* Kills what still runs; REPLY_DEADLINE for each. */
void subprocess_end(struct subprocesses *c);

#endif
