/* SPDX-License-Identifier: ISC */
/* The pure half of the ptr source: its column and what its words mean. Only ptr.c uses it. */
#ifndef PTR_WORDS_H
#define PTR_WORDS_H

#include "repmon/source.h"

size_t ptr_columns(const void *setup);
void ptr_describe(const void *setup, size_t column, struct column *out);
void ptr_explain(const void *setup, size_t column, const char *answers, struct verdict *out);
const char *ptr_clean_word(const void *setup, size_t column);
bool ptr_headline(const void *setup, size_t column, const char *state, struct buf *out);
void ptr_estimate(const void *setup, size_t column, const struct inventory *inventory,
                  struct estimate *out);
void ptr_url(const void *setup, size_t column, const struct ip *ip, bool finding, struct buf *out);
int64_t ptr_holds_ms(const void *setup, size_t column);
int64_t ptr_every_ms(const void *setup, size_t column);

#endif
