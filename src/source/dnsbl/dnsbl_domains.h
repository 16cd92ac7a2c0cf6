/* SPDX-License-Identifier: ISC */
/*
 * Lists of domains within the dnsbl source: their questions are about names (dnsbl_names.h) instead
 * of rows; which row has which names is put together at the end. The reverse names of the addresses
 * are asked for once, in a queue of their own, however many lists want them.
 */
#ifndef DNSBL_DOMAINS_H
#define DNSBL_DOMAINS_H

#include "dnsbl_state.h"

/* Which addresses need their reverse names; after the queues are known. */
void dnsbl_domains_open(struct dnsbl_state *s);
void dnsbl_domains_close(struct dnsbl_state *s);

/* The next name that the list is to be asked about; false: none at present. */
bool dnsbl_domains_next(struct dnsbl_state *s, struct dnsbl_queue *l, size_t *number);
/* Whether there is one, without taking it. */
bool dnsbl_domains_any(struct dnsbl_state *s, struct dnsbl_queue *l);
/* Whether more names may still come; none do while the queue of reverse names sleeps. */
bool dnsbl_domains_more(const struct dnsbl_state *s);

void dnsbl_domains_answer(struct dnsbl_state *s, struct dnsbl_queue *l, size_t number,
                          uint16_t outcome);
/* Whether the answers are news to a row that has the name. */
bool dnsbl_domains_is_news(struct dnsbl_state *s, struct dnsbl_queue *l, size_t number,
                           const char *answers);
/* The TXT of a name, already cleaned. */
void dnsbl_domains_reason(struct dnsbl_queue *l, size_t number, const char *text);

/* Turns what is known of names into cells; the queue's validity is in its column. */
void dnsbl_domains_settle(struct dnsbl_state *s, struct dnsbl_queue *l);

/* More names are known, or none will come for now: the queues that wait for them look again. */
void dnsbl_domains_look_again(struct dnsbl_state *s);

/* The queue of reverse names. */
enum next dnsbl_reverse_next(struct dnsbl_state *s, struct request *r);
void dnsbl_reverse_again(struct dnsbl_state *s); /* those that the last resolver did not tell */
void dnsbl_reverse_reply(struct dnsbl_state *s, const struct request *r, const struct reply *reply);

#endif
