/* SPDX-License-Identifier: ISC */
/*
 * The state of the DNS engine, shared only by its parts: dns_question.c keeps the questions,
 * dns_send.c asks, dns_receive.c takes the answers, dns.c has the clock and the choice of the
 * resolver.
 */
#ifndef DNS_STATE_H
#define DNS_STATE_H

#include "cwnd.h"
#include "dns_health.h"
#include "dns_socket.h"
#include "dns_tcp.h"
#include "dns_wire.h"

#include "repmon/dns.h"

#define RANDOM_STORE      256
#define DNS_LOAD_LISTS    3   /* refused together: the resolver's doing, not the lists' */
#define DNS_LEAST_WAIT_MS 100 /* before a question is sent again */

enum dns_state {
    FREE = 0,
    WAITING, /* to be sent when there is room */
    OPEN,    /* sent */
    PAUSED,  /* answered uselessly; asked again later */
    TALKING, /* over TCP */
    DONE     /* reported; still in the queue of waiting questions */
};

struct question {
    struct dns_question asked;
    struct question *next_waiting;
    uint32_t index;
    enum dns_state state;
    uint16_t id;
    uint8_t socket;
    uint8_t sends;    /* those that count: not to a closed port or an overloaded resolver */
    uint8_t failures; /* SERVFAIL, REFUSED, broken connections */
    uint8_t rcode;    /* of the last useless answer */
    bool queued;      /* in the queue of waiting questions */
    bool holds;       /* takes a place in the window */
    bool stranger;    /* it does, and its list has not been heard from yet */
    bool fresh;       /* the next send starts over: with another ID and a place in the window */
    bool replaces;    /* replaces a send that never reached the list, so costs no rate or budget */
    bool plain, tcp;
    unsigned crowd;           /* in flight right after its last send, itself included */
    unsigned sent;            /* datagrams and connections in all */
    int64_t sent_us;          /* the first send since it last started over */
    int64_t last_ms;          /* the last send */
    int64_t wait_ms, next_ms; /* pause before the next send, and its end */
    int64_t end_ms;           /* end of the question's time; 0: not sent yet */
    int64_t queued_ms;        /* since when it has been waiting, which does not use up its time */
};

struct dns {
    struct loop *loop; /* borrowed */
    struct dns_hooks hooks;
    struct conf_resolver resolvers[LIMIT_RESOLVERS];
    size_t count;
    uint8_t via;
    int64_t timeout_ms;
    unsigned tries;
    struct dns_sockets sockets;
    struct dns_tcp *tcp; /* owned; NULL until an answer is too long for a datagram */
    unsigned tcp_lost;   /* connections without an answer, in a row */
    struct dns_health health;
    struct cwnd window;
    unsigned crowd;     /* in flight when this wake began to read */
    bool alone;         /* few questions are left, and none was in flight at the last wake */
    int64_t mean_us;    /* round trip over all lists; 0: not known */
    unsigned strangers; /* places held by lists not heard from yet */
    struct question **questions; /* owned; slots, used or free */
    uint32_t *free_slots;        /* owned */
    uint32_t slot_count, free_count;
    uint32_t *by_id; /* owned; slot + 1 of each ID in use */
    struct question *waiting, **waiting_end;
    unsigned fresh_waiting; /* of them, those that need a place in the window and may have it */
    size_t pending;
    struct dns_query probe; /* no name: no probe is under way */
    uint32_t load_s;        /* the second that load_lists is about */
    unsigned load_lists;    /* lists that answered before and were turned away in that second */
    int64_t now_us;         /* time of this wake or drain */
    int64_t tick_ms, wake_ms, dark_ms;
    bool dark; /* something waits until the resolver is heard from again */
    uint64_t sent, again;
    uint16_t random[RANDOM_STORE];
    unsigned random_left;
    struct dns_scratch scratch;
};

static inline int64_t dns_now_ms(const struct dns *dns)
{
    return dns->now_us / 1000;
}

static inline void dns_wake_at(struct dns *dns, int64_t at_ms)
{
    if (at_ms < dns->wake_ms)
        dns->wake_ms = at_ms;
}

/* ---- dns_question.c ---- */

struct question *dns_question_new(struct dns *dns);
uint16_t dns_question_random(struct dns *dns);
uint16_t dns_question_id(struct dns *dns, uint32_t value); /* an unused one; leads to `value` */
void dns_question_drop_id(struct dns *dns, struct question *q);
void dns_question_release(struct dns *dns, struct question *q); /* frees a finished one's slot */
void dns_question_wait(struct dns *dns, struct question *q);    /* to be sent when there is room */

/* A place in the window: taken, given back, lost; `blame`: the loss tells of the path. */
void dns_question_enter(struct dns *dns, struct question *q);
void dns_question_left(struct dns *dns, struct question *q);
void dns_question_leave(struct dns *dns, struct question *q, bool blame);

void dns_question_finish(struct dns *dns, struct question *q, enum dns_how how,
                         const struct dns_answer *answer);
void dns_question_give_up(struct dns *dns, struct question *q); /* its time is up */

/* What is known of its list through the present resolver; never NULL. */
struct dns_list *dns_question_list(const struct dns *dns, const struct question *q);
unsigned dns_question_most_sends(const struct dns *dns, const struct question *q);
/* How long an answer usually takes at most, in milliseconds. */
int64_t dns_question_first_wait(const struct dns *dns, const struct question *q);

/* ---- dns_send.c ---- */

void dns_send_waiting(struct dns *dns);
void dns_send_probe(struct dns *dns);
void dns_send_drop_probe(struct dns *dns);
void dns_send_nobody(struct dns *dns); /* a closed port was reported */
bool dns_send_is_closed(const struct dns *dns);
bool dns_send_is_udp_only(const struct dns *dns);
bool dns_send_is_gone(const struct dns *dns); /* closed for so long that there is no hope left */

/* ---- dns_receive.c ---- */

void dns_receive_ready(void *ctx, int fd, bool readable, bool writable);
void dns_receive_no_tcp(struct dns *dns, struct question *q);
void dns_receive_tcp(void *ctx, void *user, const uint8_t *msg, size_t len);

#endif
