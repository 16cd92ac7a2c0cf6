/* SPDX-License-Identifier: ISC */
/*
 * What a run watches: the configuration's items, looked up where they are names, joined with what
 * the state knows, so that an inventory can't vanish: a look-up that fails retires nothing, a name
 * that changed only after two runs, and losing most of the targets at once needs a person's word.
 */
#ifndef REPMON_WATCH_H
#define REPMON_WATCH_H

#include "repmon/conf.h"
#include "repmon/dns.h"
#include "repmon/inventory.h"
#include "repmon/store.h"

struct loop;

struct watch_options {
    const struct conf *conf;       /* borrowed */
    struct loop *loop;             /* borrowed */
    const struct dns_options *dns; /* borrowed */
    int64_t deadline_ms;           /* for all look-ups together; on clock_mono_ms() */
    bool accept;                   /* --accept-inventory */
    time_t now;
};

struct watch {
    struct inventory inventory;    /* row i of the grid is items[i]; ids are those of the state */
    struct stored_targets targets; /* those to be retired are marked */
    struct stored_origins origins; /* as they are to be saved */
    size_t retired;                /* how many are marked */
    size_t lost;                   /* how many would be, but wait for --accept-inventory */
    char **notes;                  /* owned: sentences for the administrator */
    size_t note_count;
};

/*
 * `store` NULL: nothing is remembered (`targets` before any run). Errors: ERR_INPUT for a missing
 * or empty `file`, ERR_CONFIG for bad lines, too many targets, none at all. All errors of files
 * are in `errors`.
 */
bool watch_load(const struct watch_options *options, struct store *store, struct watch *out,
                struct errors *errors);
void watch_fini(struct watch *w);

/* How one look-up of a name ended, for watch_merge(). */
struct watch_answer {
    bool failed;               /* no answer, or none that can be trusted */
    const struct cidr *blocks; /* borrowed; sorted, each once; none: the name has no address */
    size_t count;
};

/*
 * Pure: joins an answer with what was believed of the name. Afterwards `origin->blocks` is what is
 * to be watched. What was added counts at once. A block that is missing goes when two answers in a
 * row lacked it and are the same; while each answer differs from the last, the name may be handing
 * out its addresses in turn, and six are waited for. Of a name that was seen doing so (a block came
 * back while others were there) four times as many as it took then, at most 24. A failure changes
 * nothing but its count.
 */
void watch_merge(struct stored_origin *origin, const struct watch_answer *answer, time_t now);

/*
 * Pure: whether losing `lost` of `known` targets at once is more than a person would do without
 * saying so (more than half, and more than 5).
 */
bool watch_is_mass_loss(size_t known, size_t lost);

#endif
