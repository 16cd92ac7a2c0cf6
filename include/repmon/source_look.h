/* SPDX-License-Identifier: ISC */
/*
 * A look at the accounts of a source outside of a run, by `repmon accounts` and doctor: from files
 * and from what earlier runs kept. No network.
 */
#ifndef REPMON_SOURCE_LOOK_H
#define REPMON_SOURCE_LOOK_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/doctor_mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct loop;      /* loop.h */
struct inventory; /* inventory.h */

/* All borrowed until the hook returns. */
struct source_look {
    const struct conf *conf;
    time_t now;
    /* A fact of an earlier run (source_env.fact_get), borrowed until the next call; NULL: none. */
    const char *(*fact)(void *ctx, const char *key);
    /* Appends what remember() wrote in the last run; nothing before the first. */
    void (*memory)(void *ctx, struct buf *out);
    unsigned width; /* columns that show() may fill */
    void *ctx;

    /* What follows is for examine() only. */
    bool domains;                      /* a sending domain is among the targets */
    size_t targets;                    /* of all monitors that share them */
    const struct inventory *inventory; /* those, as far as they are known without a look-up */
    bool offline;                      /* nothing may be asked */
    struct loop *loop; /* what must be waited for is waited for there; NULL: it can't be */
    /* One line of doctor about an account or list; see source_say(). */
    void (*say)(void *ctx, enum doctor_mark mark, const char *subject, const char *cure,
                const char *text);
    /* A line on how the last run fared with a list, red without a success for `stale_ms`. */
    void (*say_list)(void *ctx, const char *list, int64_t stale_ms);
    /* Asks this source alone about the first target, as a run would, and says how it went; `cure`
     * where nothing better is known. Not offline. */
    void (*say_answer)(void *ctx, const char *cure);
    /* A line on when what reads the list expires (expires() of the last run), if it does: a warning
     * `soon_days` before. */
    void (*say_end)(void *ctx, const char *list, int soon_days, const char *cure);
};

/* look->say() of a formatted text. */
void source_say(const struct source_look *look, enum doctor_mark mark, const char *subject,
                const char *cure, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
