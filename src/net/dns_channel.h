/* SPDX-License-Identifier: ISC */
/*
 * A c-ares channel to one resolver as the probe needs it, and what c-ares knows of the system's
 * resolvers. Who is asked when, and again, is dns.c's.
 */
#ifndef DNS_CHANNEL_H
#define DNS_CHANNEL_H

#include "repmon/dns.h"

#define CARES_NO_DEPRECATED /* 1.28 renamed ares_query(); both spellings do what is meant here */
#include <ares.h>

#define DNS_RESOLVER_TEXT (IP_TEXT_MAX + 10)

/* "192.0.2.1:53", "[2001:db8::1]:53" */
void dns_resolver_text(const struct conf_resolver *resolver, char out[static DNS_RESOLVER_TEXT]);

struct dns_channel_options {
    struct conf_resolver resolver;
    int64_t timeout_ms; /* of a question; it is sent once */
    ares_sock_state_cb state;
    void *ctx; /* borrowed; for `state` */
};

/* *out is the caller's to ares_destroy(); NULL with ERR_UNAVAILABLE. */
bool dns_channel_open(const struct dns_channel_options *options, ares_channel *out,
                      struct error *err);

#endif
