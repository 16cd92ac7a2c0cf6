/* SPDX-License-Identifier: ISC */
/*
 * What a run watches: the configuration's items, looked up where they are names, joined with what
 * the state knows, so that an inventory can't vanish: a look-up that fails retires nothing, a name
 * that changed only after two runs, and losing most of the targets at once needs a person's
 * confirmation.
 */
#ifndef REPMON_RESOLVE_H
#define REPMON_RESOLVE_H

#include "repmon/conf.h"
#include "repmon/dns.h"
#include "repmon/inventory.h"
#include "repmon/names.h"
#include "repmon/stored.h"

struct loop;

struct resolve_options {
    const struct conf *conf;       /* borrowed */
    struct loop *loop;             /* borrowed */
    const struct dns_options *dns; /* borrowed */
    int64_t deadline_ms;           /* for all look-ups together; on clock_mono_ms() */
    bool accept;                   /* --accept-inventory */
    bool keep_all;                 /* something hears of the targets of all shards */
    struct shard before;           /* that of the last run */
    bool count_left_out;           /* SPF includes that are not followed: ask what they hold */
    time_t now;
};

/*
 * A sentence for the administrator. A lasting one is reported once, then by `remind`: by its key.
 */
struct resolve_note {
    char *key;        /* owned: "host mx1.example.org"; "": told in every run */
    const char *kind; /* static: another kind under the same key is news */
    bool mild;        /* for the first message and `targets`, no warning */
    bool lost;        /* nothing is watched for the item: a warning for as long as it lasts */
    char *text;       /* owned: with file and line first where it is about a line */
    size_t place;     /* so many bytes of it are file and line */
    time_t said;      /* for the caller: when it was told last */
};

/* Names of the small facts that keep them: this and the key hold "SAID KIND LOST TEXT". */
#define RESOLVE_SAID   "said."
#define RESOLVE_HIDDEN "hidden" /* key of the note about addresses not reachable from outside */
struct resolve_said {
    time_t when;      /* told last */
    char kind[16];    /* "fine": it does not stand any more */
    bool lost;        /* as in struct resolve_note */
    const char *text; /* borrowed from what was read */
};
bool resolve_said_read(const char *value, struct resolve_said *out);

/* A host or spf line of the configuration. */
struct resolve_item {
    const struct conf_target *conf; /* borrowed */
    char key[LIMIT_DNS_NAME + 8];   /* of its origin: "host mx1.example.org" */
    struct stored_origin before;    /* owned: what was believed when the run began */
    uint32_t vias;                  /* a bit a resolver that answered */
    enum name_trouble trouble;
    char *why;     /* owned: a sentence; "" */
    bool vanished; /* by resolve_settle(): nothing is watched for it any more */
};

struct resolved {
    struct inventory inventory; /* row i of the results is items[i]; ids are those of the state */
    struct stored_targets targets; /* those to be retired are marked */
    struct stored_origins origins; /* as they are to be saved */
    size_t retired;                /* how many are marked */
    size_t lost;                   /* how many would be, but wait for --accept-inventory */
    struct resolve_item *items;    /* owned */
    size_t item_count;
    struct resolve_note *notes; /* owned */
    size_t note_count;
};

/* What the state knows of the inventory. */
struct resolve_known {
    struct stored_targets targets;
    struct stored_origins origins;
};

/*
 * `known` is taken over; NULL: nothing is remembered (`targets` before any run). Errors: ERR_INPUT
 * for a missing or empty `file`, ERR_CONFIG for bad lines, too many targets, none at all. All
 * errors of files are in `errors`.
 */
bool resolve_load(const struct resolve_options *options, struct resolve_known *known,
                  struct resolved *out, struct errors *errors);
void resolve_fini(struct resolved *w);

/*
 * After the lists were asked. Somebody else's word takes nothing away unless it can be trusted:
 * `proved` says whether the resolver of that number was right about a list's test point in this
 * run. Where it was not, the names that it answered keep what they had. Marks what leaves.
 */
void resolve_settle(struct resolved *w, bool (*proved)(void *ctx, unsigned via), void *ctx);

/* Whether row `row` of the inventory leaves with this run: it is not judged any more. */
bool resolve_leaves(const struct resolved *w, size_t row);

/* The line whose name had the address of a row that leaves; NULL: none. */
const struct resolve_item *resolve_item_of(const struct resolved *w, const struct target *t);

/* How one look-up of a name ended, for resolve_merge(). */
struct resolve_answer {
    bool failed;    /* no answer, or none that can be trusted */
    bool partly[2]; /* IPv4, IPv6: what is missing from `blocks` may be there all the same */
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
void resolve_merge(struct stored_origin *origin, const struct resolve_answer *answer, time_t now);

/*
 * Pure: whether losing `lost` of `known` targets at once is more than a person would do without
 * saying so (more than half, and more than 5).
 */
bool resolve_is_mass_loss(size_t known, size_t lost);

#endif
