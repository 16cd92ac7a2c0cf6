/* SPDX-License-Identifier: ISC */
/* The key record of a DKIM selector (RFC 6376 3.6.1, RFC 8301, RFC 8463), read. Pure. */
#ifndef DKIM_KEY_H
#define DKIM_KEY_H

#include <stddef.h>

/* In ascending order: of several records at a selector the best one counts. */
enum dkim_key {
    DKIM_KEY_NONE = 0,     /* no key record at all: SPF, a wildcard's text, … */
    DKIM_KEY_UNUSABLE,     /* one that receivers can't use: see why */
    DKIM_KEY_WAS_REVOKED,  /* p= is empty */
    DKIM_KEY_TOO_WEAK,     /* RSA below 1024 bits */
    DKIM_KEY_RATHER_SHORT, /* RSA below 2048 bits */
    DKIM_KEY_FINE
};

struct dkim_key_read {
    enum dkim_key key;
    unsigned bits;   /* of RSA; 0: another kind, or none */
    const char *why; /* static; of DKIM_KEY_UNUSABLE; else "" */
};

struct dkim_key_read dkim_key_read(const char *text, size_t len);

#endif
