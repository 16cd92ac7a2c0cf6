/* SPDX-License-Identifier: ISC */
/*
 * What is watched: a flat, sorted, duplicate-free array of targets. The index in the array is the
 * row of the results. Enumeration is bounded; a block too large is an error that says so.
 */
#ifndef REPMON_INVENTORY_H
#define REPMON_INVENTORY_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/hash.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the address came in; decides what `[ptr] use = hosts` looks at. */
enum target_flag {
    TARGET_SINGLY = 1, /* written singly, by host or by helo, not as part of a block */
    /* Its name no longer has it: it is queried once more, and leaves with this run if the resolver
     * that said so proved right. For one run only, never saved.
     */
    TARGET_LEAVING = 2,
    /* Another shard queried it until at most a day ago, and has already reported what is found
     * first.
     */
    TARGET_JOINED = 4
};

struct target {
    uint32_t id; /* stable over runs, given by the store; in `check` the index */
    struct ip ip;
    uint8_t prefix;  /* 32 or 128; 64: the whole /64 is one target */
    uint8_t flags;   /* enum target_flag */
    uint16_t origin; /* index into inventory.origins */
    uint32_t label;  /* offset into inventory.labels; 0: "" */
};

struct inventory {
    struct target *items; /* owned, sorted by ip */
    size_t count, cap;
    /* Of a monitor that is one of several shards; all 0 without. */
    size_t others; /* of other shards, known and not asked about; sorted, after `count` */
    size_t own;    /* of inventory_all(): how many of `count` are this shard's, which come first */
    size_t elsewhere; /* of other shards in all: `others`, or more that are not kept */
    char *labels;     /* owned: NUL-terminated strings, the first is "" */
    size_t labels_len, labels_cap;
    struct conf_place *origins; /* owned */
    size_t origin_count, origin_cap;
    struct cidr *exclude; /* owned: what is never added */
    size_t exclude_count;
    /* Only until inventory_finish(): */
    struct hash seen;        /* of items */
    struct hash seen_labels; /* of labels, by their offsets */
};

void inventory_init(struct inventory *inv);
void inventory_fini(struct inventory *inv);

/* Nothing within `block` is added from now on, nor counts against a maximum. */
void inventory_exclude(struct inventory *inv, const struct cidr *block);

/*
 * Everything that needs no look-up: the ip and file targets of the configuration, without what it
 * excludes, now and later. What is left for
 * the caller are TARGET_HOST and TARGET_SPF, then inventory_finish_conf(). All errors are in
 * `errors`: a missing, unreadable or empty file is ERR_INPUT.
 */
bool inventory_add_conf(struct inventory *inv, const struct conf *conf, struct errors *errors);

/* inventory_finish(), and TARGET_SINGLY for what has a helo. */
void inventory_finish_conf(struct inventory *inv, const struct conf *conf);

/*
 * Adds a block as targets: IPv4 and IPv6 longer than /64 address by address, IPv6 /48 to /64 as
 * /64s; not after inventory_split(). More than `max` targets in all, a block over LIMIT_TARGETS or
 * an IPv6 block shorter than /48 is an error at `at` that names max_targets or the block.
 * Duplicates count once: the first label that is not empty stays, flags add up. `at.file` is
 * borrowed for the inventory's life.
 */
struct inventory_line {
    const char *label; /* borrowed; NULL: none */
    unsigned flags;    /* TARGET_SINGLY, … */
    struct conf_place at;
    uint64_t max;
};
bool inventory_add(struct inventory *inv, const struct cidr *block,
                   const struct inventory_line *line, struct error *err);

/* Takes back what was added since there were `count` targets. */
void inventory_rollback(struct inventory *inv, size_t count);

/*
 * One "ADDRESS-OR-CIDR  label" a line; blank lines and what follows `#` or `;` (first, or after a
 * blank) are skipped. Every bad line is in `errors`. A file that is missing, can't be read or
 * holds no target is ERR_INPUT at `at`. `path` is borrowed for the inventory's life.
 */
bool inventory_add_file(struct inventory *inv, const char *path, struct conf_place at, uint64_t max,
                        struct errors *errors);
bool inventory_add_text(struct inventory *inv, const char *path, const char *text, size_t len,
                        uint64_t max, struct errors *errors); /* pure; fuzzed */

/* Sorts; nothing can be added after it but by inventory_join(). */
void inventory_finish(struct inventory *inv);

/*
 * After inventory_finish(): what other shards query goes after the rest, or away unless
 * `keep`.
 */
void inventory_split(struct inventory *inv, const struct shard *shard, bool keep);

/* Whether what is left is at most LIMIT_TARGETS; else an error that says what to do. */
bool inventory_fits(const struct inventory *inv, const struct shard *shard, struct error *err);

/* Undoes it: targets can be added again, and inventory_finish() is due. */
void inventory_join(struct inventory *inv);

/* All that is kept, as one inventory; everything in it is borrowed. The rows are the same. */
struct inventory inventory_all(const struct inventory *inv);

const char *inventory_label(const struct inventory *inv, const struct target *t);

/* "203.0.113.5" or "2001:db8:1:2::/64". */
void target_format(const struct target *t, char out[static CIDR_TEXT_MAX]);

/* Index of the target that is or holds `ip`, or -1. */
ptrdiff_t inventory_find(const struct inventory *inv, const struct ip *ip);

#endif
