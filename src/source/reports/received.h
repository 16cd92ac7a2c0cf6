/* SPDX-License-Identifier: ISC */
/* The parts of a Received field (RFC 5321 4.4) that matter: who took the mail from whom. */
#ifndef REPORTS_RECEIVED_H
#define REPORTS_RECEIVED_H

#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>

struct received {
    char from[256];  /* the name that the client gave itself, lower case; "": no from clause */
    char by[256];    /* the server; "" */
    char with[16];   /* "esmtps", "lmtp"; "" */
    struct ip ip[8]; /* the addresses of the from clause, in their order */
    size_t ip_count;
};

void received_read(const char *value, struct received *out);

/*
 * An address as reports write it: in brackets or not, with "IPv6:" before it or a port after it.
 * False: there is none.
 */
bool received_address(const char *text, size_t len, struct ip *out);

#endif
