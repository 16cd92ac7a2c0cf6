/* SPDX-License-Identifier: ISC */
/* The pure half of the domain source: its lists, and what its words mean. */
#ifndef DOMAIN_WORDS_H
#define DOMAIN_WORDS_H

#include "repmon/source.h"

enum domain_list { DOMAIN_SPF = 0, DOMAIN_DKIM, DOMAIN_DMARC, DOMAIN_MAIL, DOMAIN_LISTS };

/* All that is ever said; the worst of a list first. */
enum domain_say {
    SPF_LOST = 0,
    SPF_GONE,
    SPF_TWO_RECORDS,
    SPF_PERMANENT_ERROR,
    SPF_NOT_COVERED,
    SPF_MISSING,
    SPF_VOIDS,
    SPF_NOT_MENTIONED,
    DKIM_GONE,
    DKIM_MISSING,
    DKIM_REVOKED,
    DKIM_BROKEN,
    DKIM_WEAK,
    DKIM_VANISHED,
    DKIM_SHORT,
    DMARC_GONE,
    DMARC_TWO_RECORDS,
    DMARC_MISSING,
    DMARC_INVALID,
    DMARC_NO_CONSENT,
    MAIL_GONE,
    MAIL_NULL_MX,
    MAIL_MISSING,
    DOMAIN_SAYS
};

/* "lost:203.0.113.5", "gone:s2026", "gone" */
#define DOMAIN_WHAT 80
struct domain_word {
    enum domain_say say;
    char what[DOMAIN_WHAT]; /* the address, selector or host; "" for the record itself */
};

/* Appends the word as it is kept, after a blank when something precedes it. */
void domain_word_add(const struct domain_word *w, struct buf *out);

struct domain_setup {
    const struct conf *conf; /* borrowed */
    bool on;                 /* a domain is watched */
};

void *domain_setup_new(const struct conf *conf, const struct source_zones *zones,
                       struct error *err);
size_t domain_columns(const void *setup);
void domain_list_names(const struct conf *conf, source_name_fn *take, void *ctx);
void domain_describe(const void *setup, size_t column, struct column *out);
void domain_explain(const void *setup, size_t column, const char *answers, struct verdict *out);
const char *domain_clean_word(const void *setup, size_t column);
bool domain_headline(const void *setup, size_t column, const char *state, struct buf *out);
bool domain_change_headline(const void *setup, size_t column, const char *from, const char *to,
                            struct buf *out);
void domain_advise(const void *setup, size_t column, struct advice_query *query);
void domain_estimate(const void *setup, size_t column, const struct inventory *inventory,
                     struct estimate *out);
void domain_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                struct buf *out);
int64_t domain_valid_for_ms(const void *setup, size_t column);
int64_t domain_every_ms(const void *setup, size_t column);

#endif
