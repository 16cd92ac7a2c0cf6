/* SPDX-License-Identifier: ISC */
#include "dns_state.h"

#include "repmon/buf.h"
#include "repmon/crypto.h"

#define UNKNOWN_WAIT_MS 300 /* first wait while no round trip is known */
#define ROUND_TRIPS     3   /* first wait in mean round trips */
#define LEAST_SENDS     4   /* of a question for a list that answers */
#define SENDS_AT_ALL    3   /* for a list that has never answered */

struct question *dns_question_new(struct dns *dns)
{
    if (dns->free_count == 0) {
        uint32_t n = dns->slot_count;
        dns->questions = mem_grow(dns->questions, n + 1, sizeof(struct question *));
        dns->free_slots = mem_grow(dns->free_slots, n + 1, sizeof *dns->free_slots);
        dns->questions[n] = mem_alloc(sizeof(struct question));
        dns->questions[n]->index = n;
        dns->free_slots[dns->free_count++] = n;
        dns->slot_count++;
    }
    return dns->questions[dns->free_slots[--dns->free_count]];
}

/* From a store, since OpenSSL takes as long for two bytes as for hundreds. */
uint16_t dns_question_random(struct dns *dns)
{
    if (dns->random_left == 0) {
        crypto_random(dns->random, sizeof dns->random);
        dns->random_left = RANDOM_STORE;
    }
    return dns->random[--dns->random_left];
}

uint16_t dns_question_id(struct dns *dns, uint32_t value)
{
    uint16_t id;
    do
        id = dns_question_random(dns);
    while (dns->by_id[id]);
    dns->by_id[id] = value;
    return id;
}

void dns_question_drop_id(struct dns *dns, struct question *q)
{
    if (dns->by_id[q->id] == q->index + 1)
        dns->by_id[q->id] = 0;
}

void dns_question_release(struct dns *dns, struct question *q)
{
    if (q->state != DONE || q->queued)
        return;
    q->state = FREE;
    dns->free_slots[dns->free_count++] = q->index;
}

void dns_question_wait(struct dns *dns, struct question *q)
{
    q->state = WAITING;
    if (q->queued)
        return;
    q->queued = true;
    q->queued_ms = dns_now_ms(dns);
    q->next_waiting = NULL;
    *dns->waiting_end = q;
    dns->waiting_end = &q->next_waiting;
}

/* What is known about its list through the present resolver; never NULL. */
struct dns_list *dns_question_list(const struct dns *dns, const struct question *q)
{
    static struct dns_list none;
    struct dns_list *list = q->asked.list;
    if (!list) {
        none = (struct dns_list){0};
        return &none;
    }
    if (list->of != dns->via + 1)
        *list = (struct dns_list){.of = (uint8_t)(dns->via + 1)};
    return list;
}

void dns_question_enter(struct dns *dns, struct question *q)
{
    cwnd_sent(&dns->window);
    q->holds = true;
    q->stranger = !dns_question_list(dns, q)->useful;
    dns->strangers += q->stranger;
}

void dns_question_left(struct dns *dns, struct question *q)
{
    q->holds = false;
    dns->strangers -= q->stranger;
    q->stranger = false;
}

void dns_question_leave(struct dns *dns, struct question *q, bool blame)
{
    if (!q->holds)
        return;
    cwnd_lost(&dns->window, dns_now_ms(dns), blame);
    dns_question_left(dns, q);
}

void dns_question_finish(struct dns *dns, struct question *q, enum dns_how how,
                         const struct dns_answer *answer)
{
    struct dns_result result = {.how = how, .answer = answer, .via = dns->via, .sent = q->sent};
    dns_question_leave(dns, q, false);
    if (q->state == TALKING)
        dns_tcp_forget(dns->tcp, q);
    dns_question_drop_id(dns, q);
    q->state = DONE;
    dns->pending--;
    dns->hooks.done(dns->hooks.ctx, q->asked.user, &result);
    dns_question_release(dns, q);
}

/* Its time is up: reports the last useless answer, if there was one. */
void dns_question_give_up(struct dns *dns, struct question *q)
{
    const struct dns_answer answer = {.rcode = q->rcode};
    if (q->rcode)
        dns_question_finish(dns, q, DNS_ANSWERED, &answer);
    else
        dns_question_finish(dns, q, DNS_TIMEOUT, NULL);
}

unsigned dns_question_most_sends(const struct dns *dns, const struct question *q)
{
    unsigned tries = q->asked.tries ? q->asked.tries : dns->tries;
    if (q->asked.list && !dns_question_list(dns, q)->useful)
        return SENDS_AT_ALL;
    return tries * 2 > LEAST_SENDS ? tries * 2 : LEAST_SENDS;
}

/* The longest an answer usually takes; a shorter wait would send everything twice. */
int64_t dns_question_first_wait(const struct dns *dns, const struct question *q)
{
    const struct dns_list *list = dns_question_list(dns, q);
    int64_t mean_us = list->mean_us ? list->mean_us : dns->mean_us;
    int64_t wait = mean_us ? ROUND_TRIPS * mean_us / 1000 : UNKNOWN_WAIT_MS;
    if (wait < DNS_LEAST_WAIT_MS)
        wait = DNS_LEAST_WAIT_MS;
    return wait < dns->timeout_ms ? wait : dns->timeout_ms;
}
