/* SPDX-License-Identifier: ISC */
/* Macros of SPF (RFC 7208 section 7): is a text well formed, and what it becomes. Pure. */
#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include "repmon/buf.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <time.h>

/* What the letters stand for; all borrowed. */
struct spf_macro_values {
    const char *local, *sender_domain, *helo, *receiver;
    const char *domain;    /* %{d}: whose record it is */
    const char *validated; /* %{p}: "unknown" when there is none */
    struct ip ip;
    time_t now;
};

/* domain-spec and macro-string of RFC 7208 12. */
bool spf_macro_is_domain(const char *text);
bool spf_macro_is_string(const char *text);

/* Whether %{p} occurs, which needs the names of the address. */
bool spf_macro_needs_name(const char *text);

/*
 * Appends the text with its macros replaced. `explanation`: c, r and t are known, too, and blanks
 * are fine. False: not well formed.
 */
bool spf_macro_expand(const char *text, const struct spf_macro_values *v, bool explanation,
                      struct buf *out);

#endif
