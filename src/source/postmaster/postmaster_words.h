/* SPDX-License-Identifier: ISC */
/*
 * The words of the lists of a Postmaster account: what is kept, its level with today's
 * configuration, and how people are told. Pure.
 *
 *   NAME/spam        "low" or the rate that holds: "0.34%"
 *   NAME/delivery    "delivered", or Google's reasons: "low_ip_reputation/critical"
 *   NAME/compliance  "compliant", or Google's requirements: "DMARC_ALIGNMENT"; "?" at the end: info
 */
#ifndef POSTMASTER_WORDS_H
#define POSTMASTER_WORDS_H

#include "postmaster_days.h"

#include "repmon/source.h"

enum postmaster_list { LIST_SPAM = 0, LIST_DELIVERY, LIST_COMPLIANCE, POSTMASTER_LISTS };

#define POSTMASTER_WORDS 256

/* The answers that days add up to. */
void postmaster_spam_words(const struct postmaster_days *d, char out[static POSTMASTER_WORDS]);
void postmaster_delivery_words(const struct postmaster_days *d, char out[static POSTMASTER_WORDS]);

/* "2.1 %", short. */
void postmaster_percent(double percent, struct buf *out);

const char *postmaster_clean_word(const void *setup, size_t column);
void postmaster_explain(const struct conf_postmaster *account, enum postmaster_list list,
                        const char *answers, struct verdict *out);
bool postmaster_headline(const void *setup, size_t column, const char *state, struct buf *out);
void postmaster_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                    struct buf *out);

#endif
