/* SPDX-License-Identifier: ISC */
/*
 * What the state holds, as plain data: store.h reads and writes it, everybody else works with the
 * values. Nothing here touches a file.
 */
#ifndef REPMON_STORED_H
#define REPMON_STORED_H

#include "repmon/belief.h"
#include "repmon/ip.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Strings that live as long as what was loaded with them. */
struct stored_text {
    struct stored_text *next; /* owned */
    size_t len, cap;
    char bytes[];
};
const char *text_keep(struct stored_text **texts, const char *s);
const char *text_keep_maybe(struct stored_text **texts, const char *s); /* NULL stays NULL */
void text_free(struct stored_text *texts);

/* ---- numbers by day ---- */

/* Of one address or domain and report day, in the words of SNDS; what they hold for another list is
 * in the file of its numbers_view. Negative: not reported. */
struct stored_numbers {
    const char *source, *list; /* "snds", "NAME/data" */
    struct ip ip;
    int32_t day; /* the operator's own date as YYYYMMDD, never converted */
    int64_t recipients, data, messages, traps;
    double complaint;           /* upper bound of the band in percent; negative: not reported */
    const char *complaint_text; /* as reported: "< 0.1%" */
    const char *colour;         /* "green", "yellow", "red"; "" */
    const char *raw;            /* the row, cleaned, at most LIMIT_NUMBERS_RAW bytes */
    time_t seen;                /* when this version was read */
};

/* ---- runs ---- */

struct stored_run {
    int64_t id; /* given by store_begin_run(), never reused */
    time_t started, ended;
    bool completed;     /* at least one answer was proven */
    bool in_doubt;      /* the clock was not to be trusted in this run */
    int64_t boot_s;     /* clock_boot_s() at the end; -1: none */
    char boot_id[40];   /* /proc/sys/kernel/random/boot_id; "" */
    char instance[256]; /* longer ones are cut */
    char version[32];
    int64_t elapsed_ms;
    uint32_t targets, lists;
    uint64_t asked, proven; /* questions sent; cells proven */
    uint32_t changes;
    enum level level; /* worst, as of then; for people, never used to decide */
};

/* ---- targets ---- */

struct stored_target {
    uint32_t
        id; /* row of the proof blobs; smallest free number, reused once retired is committed */
    struct ip ip;
    uint8_t prefix, flags; /* enum target_flag */
    bool seen;             /* given by stored_targets_put() in this run */
    bool dirty;            /* new, or label or flags changed */
    bool retire;           /* set by the caller: store_targets_save() removes it */
    const char *label;     /* borrowed from the table */
    time_t added;          /* first seen, or taken over from another shard */
};

struct stored_targets {
    struct stored_target *items; /* owned; [0, sorted) sorted by ip and prefix, new ones after */
    size_t count, sorted, cap;
    uint32_t rows;   /* highest id + 1: length of the proof arrays */
    uint32_t *by_id; /* owned: index + 1 of the item with this id; 0: free */
    size_t by_id_cap;
    uint32_t next_free;        /* no id below is free */
    struct stored_text *texts; /* owned: labels */
};

/* A zeroed one at the end. */
struct stored_target *stored_targets_append(struct stored_targets *t);
void stored_targets_fini(struct stored_targets *t);

/*
 * The stable id of a target of today's inventory; a new one gets a new id, which is durable with
 * the run. Pure. After all were put, items with `seen` false are those no longer watched; they keep
 * their id and rows until the caller sets `retire`.
 */
uint32_t stored_targets_put(struct stored_targets *t, const struct ip *ip, uint8_t prefix,
                            uint8_t flags, const char *label, time_t now);

/* After puts and before the same targets are put once more: the new ones are found, too. */
void stored_targets_sort(struct stored_targets *t);
/* As sorted last; what was put since is not found. */
const struct stored_target *stored_targets_find(const struct stored_targets *t, const struct ip *ip,
                                                uint8_t prefix);
const struct stored_target *stored_targets_by_id(const struct stored_targets *t, uint32_t id);

/*
 * What a `host` or `spf` item of the configuration was last known to hold. The decision ("a
 * look-up that fails retires nothing; NXDOMAIN or a changed record only after two runs") is the
 * caller's.
 */
struct stored_block {
    struct cidr cidr;
    uint32_t missed; /* answers in a row that lacked it; look-ups without an answer don't count */
};
struct stored_origin {
    char *key;                   /* owned: "host mx2.example.org", "spf example.org" */
    struct stored_block *blocks; /* owned: believed; sorted, each once */
    size_t count;
    time_t good;     /* last time a look-up gave an answer; 0: never */
    uint32_t failed; /* look-ups in a row without an answer */
    uint32_t gap;    /* the most answers in a row that lacked a block which then came back */
};
struct stored_origins {
    struct stored_origin *items; /* owned */
    size_t count;
};
void stored_origins_fini(struct stored_origins *o);

/* ---- proof: dense, one array a list ---- */

/*
 * A struct cell_proof in 8 bytes: proven in seconds (32 bits, to 2106), asked in minutes (27 bits,
 * to 2225), cause (5 bits; its numbers are part of the file format). Zero is "never asked". Index
 * in the arrays: the target's id.
 */
typedef uint64_t proof_cell;
proof_cell proof_pack(const struct cell_proof *p);
struct cell_proof proof_unpack(proof_cell c);

/* ---- lists ---- */

/* Names of the lists with proof, beliefs or numbers, sorted by source and name. */
struct stored_list {
    char *source, *list; /* owned */
};
void stored_lists_free(struct stored_list *lists, size_t count);

/* ---- samples: numbers of one address and report day ---- */

struct stored_sample {
    const char *source, *list; /* borrowed from the store */
    struct ip ip;
    int32_t day;      /* the operator's own date as YYYYMMDD */
    char colour[8];   /* "" */
    double complaint; /* percent; negative: not reported */
};
struct stored_samples {
    struct stored_sample *items; /* owned; sorted by source, list, address; newest day first */
    size_t count, cap;
};
void stored_samples_sort(struct stored_samples *s);
void stored_samples_fini(struct stored_samples *s);
/* Those of one address; NULL and 0: none. */
const struct stored_sample *stored_samples_of(const struct stored_samples *s, const char *source,
                                              const char *list, const struct ip *ip, size_t *count);

/* ---- beliefs: sparse rows, plain data of belief.h ---- */

/* Strings are owned by the set, `list` by the store; acknowledgements are filled in. */
struct stored_beliefs {
    struct belief *items; /* owned; sorted by source, list, target */
    size_t count;
    struct stored_text *texts; /* owned */
};
void stored_beliefs_fini(struct stored_beliefs *b);
/* The beliefs of one list: a part of the array; NULL and 0 when there are none. */
const struct belief *stored_beliefs_of_list(const struct stored_beliefs *b, const char *source,
                                            const char *list, size_t *count);
const struct belief *stored_beliefs_find(const struct stored_beliefs *b, uint32_t target,
                                         const char *source, const char *list);

struct stored_list_beliefs {
    struct list_belief *items; /* owned; sorted by source, list */
    size_t count;
    struct stored_text *texts; /* owned */
};
void stored_list_beliefs_fini(struct stored_list_beliefs *b);

/* ---- channels: who was told ---- */

/* What is kept of a channel between messages, sorted by name. */
struct stored_listener {
    char *channel; /* owned: "mail ops" */
    uint64_t bit;  /* 0: it has none */
    char *refused; /* owned: recipients refused and not yet told of; "" */
};
struct stored_listeners {
    struct stored_listener *items; /* owned */
    size_t count;
};
void stored_listeners_fini(struct stored_listeners *l);
const struct stored_listener *stored_listeners_find(const struct stored_listeners *l,
                                                    const char *channel);

struct channel_bits {
    uint64_t known, fresh; /* of channels that had one, and that have one since now */
};
/*
 * A bit for each of these channels, which it keeps as long as it is configured (0: there are more
 * than 64).
 */
struct channel_bits channel_bits_give(const struct stored_listeners *l, const char *const *channels,
                                      size_t count, uint64_t *bits);
/* Bits that were loaded before, as the state has them now: what a removed channel was sent counts
 * as sent to the new ones, if there are any, because most likely it was renamed.
 */
uint64_t channel_bits_now(const struct channel_bits *all, uint64_t bits);

#endif
