/* SPDX-License-Identifier: ISC */
/*
 * The few octets of DNS that the engine writes itself: one question, with or without EDNS, and the
 * test of whether a message answers it. Pure. What an answer says is for dns_read().
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "repmon/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_EDNS_SIZE  1232 /* fits every path unfragmented (DNS flag day 2020) */
#define DNS_HEADER     12
#define DNS_QUERY_MAX  (DNS_HEADER + LIMIT_DNS_NAME + 2 + 4 + 11)
#define DNS_ANSWER_MAX 4096 /* over UDP; we announce DNS_EDNS_SIZE; more is not credible */

struct dns_query {
    const char *name; /* absolute, no root dot; borrowed */
    uint16_t type, id;
    bool plain; /* without EDNS */
};

/* Writes the query; returns its length, or 0 when the name is not valid. */
size_t dns_query_write(const struct dns_query *query, uint8_t out[static DNS_QUERY_MAX]);

/* The ID of a reply; false when the message is not a reply. */
bool dns_reply_id(const uint8_t *msg, size_t len, uint16_t *id);

/*
 * Whether the message answers the query: it has the same ID and question, ignoring case. A server
 * that could not read the query may leave out the question: then it must report an error.
 */
bool dns_reply_matches(const uint8_t *msg, size_t len, const struct dns_query *query);

bool dns_reply_truncated(const uint8_t *msg);
uint8_t dns_reply_rcode(const uint8_t *msg);

#endif
