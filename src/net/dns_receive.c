/* SPDX-License-Identifier: ISC */
#include "dns_state.h"

#include "repmon/clock.h"

#define TCP_TRIES   2
#define LOAD_FLIGHT 8 /* with fewer in flight it can't be overloaded */

/* After SERVFAIL; each further pause is four times as long: unbound keeps a failure for 5 s. */
#define PAUSE_MS   250
#define DECIDED_MS 150 /* more than between two looks at the resolver */

/* An overloaded resolver turns away several lists that answered a moment ago; a refusal of one
 * list alone may be its own, unless it is the only one. */
static void dns_count_refusal(struct dns *dns, struct dns_list *list)
{
    uint32_t second = (uint32_t)(dns_now_ms(dns) / 1000) + 1;
    unsigned lists = dns->health.lists < DNS_LOAD_LISTS ? dns->health.lists : DNS_LOAD_LISTS;
    if (dns->load_s != second)
        dns->load_lists = 0;
    dns->load_s = second;
    dns->load_lists += list->refused_in != second;
    list->refused_in = second;
    if (dns->load_lists >= lists)
        cwnd_limited(&dns->window, dns_now_ms(dns));
}

/*
 * Whether the resolver may be overloaded. Once it has shown a limit, no refusal is held against a
 * list that answers: a resolver that stumbles for half a second turns away what piled up meanwhile.
 * A refusal by a list not heard from yet is believed when little is in flight.
 */
static bool dns_is_load(struct dns *dns, const struct question *q, struct dns_list *list)
{
    bool busy = dns->window.in_flight >= LOAD_FLIGHT;
    if (busy && list->useful)
        dns_count_refusal(dns, list);
    if (!dns->window.limit) /* it may be about to show one: one list's refusal always comes first */
        return busy && list->useful && q->failures == 0;
    return busy || list->useful;
}

/* Whether it was refused beside so few that the resolver can't have been overloaded. */
static bool dns_was_quiet(const struct dns *dns, const struct question *q)
{
    return q->crowd < LOAD_FLIGHT && dns->crowd < LOAD_FLIGHT;
}

static void dns_pause_for(struct dns *dns, struct question *q, int64_t pause_ms)
{
    q->state = PAUSED;
    q->fresh = true;
    q->next_ms = dns_now_ms(dns) + pause_ms;
    if (!q->end_ms) /* a late answer to a query that had met a closed port */
        q->end_ms = dns_now_ms(dns) + dns->timeout_ms * dns->tries;
    dns_wake_at(dns, q->next_ms);
}

/* The last send does not count: it never reached the list, or was not the intended question. */
static void dns_uncount(struct question *q)
{
    if (q->sends)
        q->sends--;
}

/* How long until it is clear whether the resolver is to blame, while another one stands by and this
 * one has been of use to no list. */
static int64_t dns_until_decided(const struct dns *dns)
{
    bool stands_by = dns->via + 1u < dns->count;
    int64_t left = dns_health_decides_ms(&dns->health) + DECIDED_MS - dns_now_ms(dns);
    return stands_by && !dns->health.useful_ms && left > 0 ? left : 0;
}

/* An error counts as a lost send. A refusal is final when nothing suggests another reason. */
static void dns_on_useless(struct dns *dns, struct question *q, const struct dns_answer *answer)
{
    struct dns_list *list = dns_question_list(dns, q);
    bool spoke = answer->rcode == DNS_SERVFAIL || answer->rcode == DNS_REFUSED;
    bool load = spoke && dns_is_load(dns, q, list);
    unsigned doublings = (load ? 1u : 2u) * (q->failures < 4 ? q->failures : 4u);
    int64_t pause = (int64_t)PAUSE_MS << doublings;
    bool stands_by = dns->via + 1u < dns->count;
    dns_health_useless(&dns->health, list, dns_now_ms(dns));
    q->rcode = answer->rcode;
    q->failures++;
    if (load) {
        dns_uncount(q);
        /* Not refused by the list; but while no limit is known, it may have been. */
        q->replaces = q->rcode == DNS_REFUSED && dns->window.limit;
    }
    bool final = q->rcode == DNS_REFUSED && !list->useful && !stands_by && dns_was_quiet(dns, q);
    bool spent = q->sends >= dns_question_most_sends(dns, q);
    int64_t undecided = spent ? dns_until_decided(dns) : 0;
    if (undecided) {
        spent = false;
        pause = undecided;
    }
    bool late = q->end_ms && dns_now_ms(dns) + pause >= q->end_ms;
    if (final || spent || late)
        dns_question_finish(dns, q, DNS_ANSWERED, answer);
    else
        dns_pause_for(dns, q, pause);
}

static void dns_ask_plainly(struct dns *dns, struct question *q)
{
    dns_question_list(dns, q)->plain = true;
    q->fresh = true;
    dns_uncount(q);
    dns_question_wait(dns, q);
}

static void dns_ask_over_tcp(struct dns *dns, struct question *q)
{
    if (!dns->tcp)
        dns->tcp = dns_tcp_new(dns->loop, dns_receive_tcp, dns);
    q->tcp = true;
    q->failures = 0;
    q->end_ms = dns_now_ms(dns) + dns->timeout_ms * TCP_TRIES;
    dns_question_wait(dns, q);
}

/* On EDNS, which old servers don't know (RFC 6891 section 7). */
static bool dns_has_choked(uint8_t rcode)
{
    return rcode == DNS_FORMERR || rcode == DNS_NOTIMP || rcode == DNS_BADVERS;
}

static bool dns_is_error(uint8_t rcode)
{
    return rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN;
}

/* Asked again: errors that pass, and any error while another resolver may do better. */
static bool dns_is_worth_another(const struct dns *dns, uint8_t rcode)
{
    bool stands_by = dns->via + 1u < dns->count;
    return rcode == DNS_SERVFAIL || rcode == DNS_REFUSED || (stands_by && dns_is_error(rcode));
}

static void dns_on_message(struct dns *dns, struct question *q, const uint8_t *msg, size_t len)
{
    struct dns_answer answer;
    struct dns_list *list = dns_question_list(dns, q);
    if (dns_reply_truncated(msg) && !q->tcp) { /* an answer only if TCP brings it */
        dns_health_heard(&dns->health, dns_now_ms(dns));
        dns_ask_over_tcp(dns, q);
        return;
    }
    dns_read(msg, len, q->asked.name, q->asked.type, &dns->scratch, &answer);
    if (dns_has_choked(answer.rcode) && !q->plain && !q->tcp) {
        dns_health_heard(&dns->health, dns_now_ms(dns));
        dns_ask_plainly(dns, q);
        return;
    }
    if (!answer.malformed && dns_is_worth_another(dns, answer.rcode)) {
        dns_on_useless(dns, q, &answer);
        return;
    }
    if (answer.malformed || dns_is_error(answer.rcode))
        dns_health_heard(&dns->health, dns_now_ms(dns));
    else
        dns_health_useful(&dns->health, list, dns_now_ms(dns));
    dns_question_finish(dns, q, DNS_ANSWERED, &answer);
}

/*
 * A connection brought no answer. Of a list that has answered otherwise, that costs a long text;
 * else it is as useless as an error, and another resolver may do better.
 */
void dns_receive_no_tcp(struct dns *dns, struct question *q)
{
    struct dns_list *list = dns_question_list(dns, q);
    bool stands_by = dns->via + 1u < dns->count;
    bool only_text = list->useful && q->asked.type == DNS_TXT;
    bool hope = !only_text && stands_by && dns_now_ms(dns) + PAUSE_MS < q->end_ms;
    bool once_more = ++q->failures < TCP_TRIES && !dns_send_is_udp_only(dns);
    if (!only_text)
        dns_health_useless(&dns->health, list, dns_now_ms(dns));
    if (hope || once_more)
        dns_pause_for(dns, q, PAUSE_MS);
    else
        dns_question_give_up(dns, q);
}

void dns_receive_tcp(void *ctx, void *user, const uint8_t *msg, size_t len)
{
    struct dns *dns = ctx;
    struct question *q = user;
    bool answered = msg && len >= DNS_HEADER;
    q->state = OPEN;
    dns->tcp_lost = answered ? 0 : dns->tcp_lost + 1;
    if (answered)
        dns_on_message(dns, q, msg, len);
    else
        dns_receive_no_tcp(dns, q);
}

/*
 * The mean may count a repeated send from its first: a mean that is too long is soon corrected, one
 * that is too short never is.
 */
static void dns_take_round_trip(struct dns *dns, struct question *q)
{
    struct dns_list *list = dns_question_list(dns, q);
    int64_t rtt = dns->now_us - q->sent_us;
    bool once = q->sends <= 1;
    list->mean_us += list->mean_us ? (rtt - list->mean_us) / 8 : rtt;
    if (once)
        dns->mean_us += dns->mean_us ? (rtt - dns->mean_us) / 8 : rtt;
    if (!q->holds)
        return;
    cwnd_answered(&dns->window, dns_now_ms(dns), once ? rtt : -1);
    dns_question_left(dns, q);
}

static void dns_on_probe(struct dns *dns, const uint8_t *msg)
{
    uint8_t rcode = dns_reply_rcode(msg);
    bool useless = rcode == DNS_SERVFAIL || rcode == DNS_REFUSED || dns_reply_truncated(msg);
    dns_send_drop_probe(dns);
    dns_health_probe(&dns->health, useless, dns_now_ms(dns));
}

static void dns_on_datagram(struct dns *dns, unsigned socket, const uint8_t *msg, size_t len)
{
    uint16_t id;
    if (!dns_reply_id(msg, len, &id) || !dns->by_id[id])
        return;
    if (dns->by_id[id] == UINT32_MAX) {
        if (socket == 0 && dns_reply_matches(msg, len, &dns->probe))
            dns_on_probe(dns, msg);
        return;
    }
    struct question *q = dns->questions[dns->by_id[id] - 1];
    const struct dns_query query = {q->asked.name, q->asked.type, id, q->plain};
    bool open = q->state == OPEN || (q->state == WAITING && !q->tcp);
    if (!open || socket != q->socket || !dns_reply_matches(msg, len, &query))
        return;
    dns_take_round_trip(dns, q);
    dns_on_message(dns, q, msg, len);
}

void dns_receive_ready(void *ctx, int fd, bool readable, bool writable)
{
    struct dns *dns = ctx;
    uint8_t msg[DNS_ANSWER_MAX];
    size_t len = 0;
    unsigned socket = 0;
    (void)readable;
    (void)writable;
    while (socket < dns->sockets.count && dns->sockets.fds[socket] != fd)
        socket++;
    dns->now_us = clock_mono_us(); /* once a drain, not once a datagram */
    dns->crowd = dns->window.in_flight;
    for (enum dns_io io; (io = dns_socket_receive(fd, msg, sizeof msg, &len)) != DNS_IO_NOTHING;) {
        if (io == DNS_IO_NOBODY)
            dns_send_nobody(dns);
        else
            dns_on_datagram(dns, socket, msg, len);
    }
}
