/* SPDX-License-Identifier: ISC */
/* Hooks of struct source that need no run: what there is, what an answer means, what doctor says.
 */
#ifndef TALOS_HOOKS_H
#define TALOS_HOOKS_H

#include "repmon/source.h"

#define TALOS_SITE        "https://talosintelligence.com"
#define TALOS_LOOKUP_PATH "/reputation_center/lookup?search="

size_t talos_columns(const void *setup);
void talos_describe(const void *setup, size_t column, struct column *out);
bool talos_headline(const void *setup, size_t column, const char *state, struct buf *out);
void talos_estimate(const void *setup, size_t column, const struct inventory *inventory,
                    struct estimate *out);
void talos_explain(const void *setup, size_t column, const char *answers, struct verdict *out);
void talos_url(const void *setup, size_t column, const struct ip *ip, bool finding,
               struct buf *out);
int64_t talos_valid_for_ms(const void *setup, size_t column);
int64_t talos_every_ms(const void *setup, size_t column);
void talos_examine(const struct source_look *look);

#endif
