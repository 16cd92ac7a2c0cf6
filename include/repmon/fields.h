/* SPDX-License-Identifier: ISC */
/*
 * Lines of a text that repmon wrote for itself: words and numbers separated by single spaces.
 * Reading is strict, because a state may be damaged: the first error sets `bad`, and everything
 * after it reads as zero.
 */
#ifndef REPMON_FIELDS_H
#define REPMON_FIELDS_H

#include "repmon/buf.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fields {
    const char *at; /* borrowed: what is left of the line */
    bool bad;
};

/* A word shorter than `size`; "" was written as "-". */
void fields_word(struct fields *f, char *out, size_t size);
/* From 0 to `max`. */
int64_t fields_number(struct fields *f, int64_t max);
uint64_t fields_hash(struct fields *f); /* 16 hexadecimal digits */
struct ip fields_ip(struct fields *f);  /* family 0 was written as "-" */

/* Each appends a blank and the value. What would part a word becomes "_". */
void fields_put_word(struct buf *out, const char *word);
void fields_put_number(struct buf *out, int64_t n);
void fields_put_hash(struct buf *out, uint64_t hash);
void fields_put_ip(struct buf *out, const struct ip *ip);

#endif
