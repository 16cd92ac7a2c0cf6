/* SPDX-License-Identifier: ISC */
/*
 * Programs of the user's own that print an answer, run inside loop.h's one wait: no shell, standard
 * input empty, standard output read through a pipe up to a cap, killed with all their children when
 * their time is up. Of the environment they get path, home, user, language, time zone, TMPDIR and
 * proxies: what else it holds (credentials, a loader's libraries) is none of their business. Nothing
 * else that is open is theirs.
 */
#ifndef REPMON_SUBPROCESS_H
#define REPMON_SUBPROCESS_H

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

/*
 * Starts a program whose output the caller reads: as above, with `out` as its standard output and
 * `err` as its standard error (-1: ours). Its process group is its own; -1: no process was made.
 * One that can't be executed ends with SUBPROCESS_NOT_STARTED.
 */
#define SUBPROCESS_NOT_STARTED 127 /* as a shell says it */
pid_t subprocess_spawn(const char *const *argv, int out, int err);

/* Whether a child has ended; it is not reaped. For kernels without pidfd_open(2), before 5.3. */
bool subprocess_has_ended(pid_t pid);

/* Kills what still runs; REPLY_DEADLINE for each. */
void subprocess_end(struct subprocesses *c);

#endif
