/* SPDX-License-Identifier: ISC */
/*
 * Which of several monitors queries a target. Each shard has a score for the target, and the one
 * with the highest score queries it (rendezvous hashing; Thaler and Ravishankar, 1998): a shard
 * that is added takes 1/n of the targets from the others, and nothing else moves. All monitors
 * must agree, also across versions: the numbers are part of the configuration's meaning and never
 * change.
 */
#ifndef REPMON_SHARD_H
#define REPMON_SHARD_H

#include "repmon/error.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stdint.h>

#define SHARD_MAX  1000 /* scores are made for each of them and each target */
#define SHARD_TEXT 16

/* One of `count`; count 0: there are none, and this monitor asks about everything. */
struct shard {
    uint32_t number; /* from 1 */
    uint32_t count;
};

/*
 * "2/5", or "index/5" with `index` (NULL: not set) counted from 0, as Kubernetes numbers the pods
 * of an Indexed Job. The error says what would be accepted, without the text.
 */
bool shard_parse(const char *text, const char *index, struct shard *out, struct error *err);

/* "2/5"; "" without shards. */
void shard_format(const struct shard *s, char out[static SHARD_TEXT]);

/* The shard, from 1 to `count`, that asks about a target. Domains are shard 1's. */
uint32_t shard_of(const struct ip *ip, uint8_t prefix, uint32_t count);

/* Whether this one does; without shards always. */
bool shard_has(const struct shard *s, const struct ip *ip, uint8_t prefix);

/* What must be done once in all is done by the first. */
bool shard_is_first(const struct shard *s);

#endif
