/* SPDX-License-Identifier: ISC */
/*
 * An SPF record and its terms (RFC 7208 section 12). Pure; shared by spf.c, which lists the
 * addresses of a record, and spf_check.c, which judges one address by it.
 */
#ifndef SPF_TERM_H
#define SPF_TERM_H

#include "repmon/conf.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>

enum spf_kind {
    SPF_ALL = 0,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT,
    SPF_EXP,
    SPF_MODIFIER, /* one that is not known: without meaning */
    SPF_BAD       /* an unknown mechanism, or one that can't be read */
};

#define SPF_TERM_MAX 512 /* macros and 253 bytes of a name, its mechanism and lengths */

struct spf_term {
    enum spf_kind kind;
    char qualifier;              /* + - ~ ? */
    char shown[72];              /* the term made fit for a person, cut */
    char spec[SPF_TERM_MAX + 1]; /* its domain as written, checked; "" for none */
    bool macro;                  /* which is more than a plain name */
    char name[CONF_NAME_MAX];    /* its domain, lower case; "" for none */
    struct cidr block;           /* ip4, ip6 */
    unsigned len4, len6;         /* of a and mx: 32 and 128 when not written */
};

/* "v=spf1" followed by a blank or nothing. */
bool spf_is_record(const char *text, size_t len);

/* The next term from *at on; false at the end. */
bool spf_term_next(const char **at, const char *end, struct spf_term *out);

#endif
