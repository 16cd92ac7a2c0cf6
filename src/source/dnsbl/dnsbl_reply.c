/* SPDX-License-Identifier: ISC */
/* The answering half of the dnsbl source: from replies to cells, proofs and the health of lists. */
#include "dnsbl_domains.h"
#include "dnsbl_state.h"

#include "repmon/dnsbl_setup.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/loop.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum cause dnsbl_unanswered(void)
{
    return loop_interrupted() ? CAUSE_NOT_ASKED : CAUSE_TIMEOUT;
}

/* What a reply says about its name, remote trouble included. */
static void dnsbl_read_reply(const struct dnsbl_list *list, const struct reply *reply,
                             struct dnsbl_reading *out)
{
    uint32_t answers[LIMIT_ANSWERS + 1];
    *out = (struct dnsbl_reading){
        .kind = READING_ERROR, .cause = dnsbl_unanswered(), .refusal = {.why = "", .cure = ""}};
    if (reply->how != REPLY_ANSWERED)
        return;
    const struct dns_answer *dns = reply->dns;
    if (dns->malformed) {
        out->cause = CAUSE_BAD_FORMAT;
    } else if (dns->rcode == DNS_REFUSED) {
        out->cause = CAUSE_NOT_SERVED;
    } else if (dns->rcode != DNS_NOERROR && dns->rcode != DNS_NXDOMAIN) {
        out->cause = CAUSE_SERVFAIL;
    } else {
        /* One more than the limit tells dnsbl_answer_read() that there were more. */
        size_t count = dns->count > LIMIT_ANSWERS ? LIMIT_ANSWERS + 1 : dns->count;
        for (size_t i = 0; i < count; i++)
            answers[i] = ip_v4(&dns->records[i].ip);
        dnsbl_answer_read(list, answers, count, out);
    }
}

static void dnsbl_reply_fail(struct dnsbl_queue *l, enum cause cause)
{
    l->failed = cause;
}

static void dnsbl_note_refusal(struct dnsbl_queue *l, const struct dnsbl_reading *reading)
{
    if (reading->kind == READING_ERROR && reading->refusal.answer)
        l->refusal = reading->refusal;
}

/* ---- tests ---- */

static bool dnsbl_reply_counts(enum cause cause)
{
    return cause == CAUSE_NONE;
}

static bool dnsbl_useless(const struct validity *s)
{
    return !dnsbl_reply_counts(s->empty) && !dnsbl_reply_counts(s->listing);
}

static void dnsbl_take_round(struct dnsbl_queue *l, struct way *w)
{
    struct proof found = dnsbl_proof(w->points);
    bool was_good = w->done_once && dnsbl_reply_counts(w->proof.validity.empty);
    w->voided |= was_good && !dnsbl_reply_counts(found.validity.empty);
    if (w->done_once || w->proof.validity.listing == CAUSE_UNTRUSTED) {
        struct proof_said said = {w->said.empty || w->voided, w->said.listing};
        w->proof = dnsbl_proof_after(&w->proof, &found, said);
    } else {
        w->proof = found;
    }
    w->done = w->done_once = true;
    if (dnsbl_useless(&found.validity))
        dnsbl_reply_fail(l, found.validity.empty);
    else if (dnsbl_useless(&w->proof.validity))
        dnsbl_reply_fail(l, w->proof.validity.empty);
    else if (l->failed != CAUSE_NO_KEY)
        l->failed = CAUSE_NONE;
}

static bool dnsbl_knows_nothing(const struct dnsbl_state *s, const struct dnsbl_queue *l)
{
    for (size_t family = 0; family < CATALOGUE_FAMILIES; family++) {
        const struct way *w = &l->ways[way_number(s->via, family)];
        enum cause empty = w->proof.validity.empty;
        bool fails =
            empty == CAUSE_UNTRUSTED || empty == CAUSE_REWRITTEN || empty == CAUSE_NOT_SERVED;
        if (l->needed[family] && !(w->done_once && fails))
            return false;
    }
    return true;
}

/* One list may have dropped its own test entry; if none of several knows its own, the resolver is
 * at fault. */
static bool dnsbl_blames_resolver(const struct dnsbl_state *s)
{
    size_t tested = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct dnsbl_queue *l = &s->lists[i];
        if (l->failed == CAUSE_NO_KEY || !(l->needed[0] || l->needed[1]))
            continue;
        if (!dnsbl_knows_nothing(s, l))
            return false;
        tested++;
    }
    return tested > 1;
}

/* The age of the proof that a right positive point with this TTL gives. */
static uint32_t dnsbl_age_of(struct dnsbl_state *s, const struct dnsbl_queue *l, size_t family,
                             uint32_t ttl)
{
    uint32_t highest = ttl;
    if (s->env.note_ttl)
        highest = s->env.note_ttl(s->env.ctx, l->number, family ? 6 : 4, ttl);
    return dnsbl_proof_age(highest, ttl);
}

/* What some resolvers put in the place of an answer in 127/8: SERVFAIL (BIND), REFUSED (Knot). */
static bool dnsbl_is_failure(const struct reply *reply)
{
    return reply->how == REPLY_ANSWERED && !reply->dns->malformed &&
           (reply->dns->rcode == DNS_SERVFAIL || reply->dns->rcode == DNS_REFUSED);
}

static void dnsbl_take_point(struct dnsbl_state *s, struct dnsbl_queue *l, uint64_t tag,
                             const struct reply *reply)
{
    size_t family = TAG_FAMILY(tag);
    unsigned number = TAG_NUMBER(tag);
    struct way *w = &l->ways[way_number(reply->via, family)];
    struct dnsbl_reading reading;
    dnsbl_read_reply(l->list, reply, &reading);
    dnsbl_note_refusal(l, &reading);
    /* An answer through the next resolver belongs to the first round there. */
    if (!w->begun || w->done || w->round != TAG_ROUND(tag) || reply->how == REPLY_DEADLINE)
        return;
    if (number == POSITIVE) {
        w->points[POSITIVE] = dnsbl_answer_positive(l->list, family ? 6 : 4, &reading);
        bool right = w->points[POSITIVE].state == POINT_RIGHT,
             empty = reading.kind == READING_EMPTY;
        w->text_due = empty;
        if (reply->via == s->via) {
            l->empty_point |= empty;
            l->failed_point |= dnsbl_is_failure(reply);
            l->right_point |= right;
        }
        if (right)
            w->age_s = dnsbl_age_of(s, l, family, reply->dns->ttl);
    } else {
        w->points[number] = dnsbl_answer_negative(&reading);
    }
    if (number == NEGATIVE && reading.kind == READING_LISTED) {
        w->points[RANDOM_ADDRESS].state = POINT_PENDING;
        w->address_due = true;
    }
    for (size_t i = 0; i < POINTS; i++) {
        if (w->points[i].state == POINT_PENDING)
            return;
    }
    w->text_due |= l->failed_point && w->points[NEGATIVE].state == POINT_CLEAN;
    dnsbl_take_round(l, w);
    s->queues[l - s->lists].leave = dnsbl_blames_resolver(s);
}

/* A test entry with a TXT but no A: the list has it, and something on the way removes it. */
static void dnsbl_take_point_text(const struct dnsbl_state *s, struct dnsbl_queue *l,
                                  const struct reply *reply)
{
    bool answered = reply->how == REPLY_ANSWERED && !reply->dns->malformed;
    l->has_text |= answered && reply->dns->count > 0 && reply->via == s->via;
}

/*
 * Second labels, one random and one a random address, are asked when something new is listed: if
 * one is listed, everything is. One that can't be had does not pass (dnsbl_standing_of()).
 */
static void dnsbl_take_second_label(struct dnsbl_queue *l, uint64_t tag, const struct reply *reply)
{
    struct way *w = &l->ways[way_number(reply->via, TAG_FAMILY(tag))];
    struct dnsbl_reading reading;
    dnsbl_read_reply(l->list, reply, &reading);
    if (reading.kind == READING_EMPTY) {
        w->second_passed++;
    } else if (reading.kind == READING_ERROR) {
        w->second_cause = reply->how == REPLY_DEADLINE ? CAUSE_NOT_ASKED : reading.cause;
    } else {
        w->proof.validity = (struct validity){.empty = CAUSE_UNTRUSTED, .listing = CAUSE_UNTRUSTED};
        dnsbl_reply_fail(l, CAUSE_UNTRUSTED);
    }
}

/* ---- targets ---- */

/* In all of these, `row` is the number of a name if the list is one of domains. */
static void dnsbl_set_outcome(struct dnsbl_state *s, struct dnsbl_queue *l, size_t row,
                              uint16_t outcome)
{
    if (l->list->domains)
        dnsbl_domains_answer(s, l, row, outcome);
    else
        results_set(s->env.results, row, l->number, outcome);
}

static bool dnsbl_is_news(struct dnsbl_state *s, struct dnsbl_queue *l, size_t row,
                          const char *answers)
{
    if (l->list->domains)
        return dnsbl_domains_is_news(s, l, row, answers);
    return !s->env.is_news || s->env.is_news(s->env.ctx, row, l->number, answers);
}

static void dnsbl_take_listing(struct dnsbl_state *s, struct dnsbl_queue *l, size_t row,
                               struct way *w, size_t way, const struct dnsbl_reading *reading)
{
    char text[ANSWERS_TEXT_MAX];
    dnsbl_answer_text(reading, text);
    w->said.listing = true;
    dnsbl_set_outcome(s, l, row,
                      results_intern(s->env.results, reading->cause, (uint8_t)way, text));
    if (!dnsbl_is_news(s, l, row, text))
        return;
    w->second_label_due = true;
    if (s->setup->reasons && l->reason_count < REASONS_PER_LIST)
        l->reasons[l->reason_count++] = (uint32_t)row;
}

/* Several error answers in a row end the questions: a list that refuses one address refuses all. */
static void dnsbl_take_error(struct dnsbl_state *s, struct dnsbl_queue *l, size_t row, size_t way,
                             const struct dnsbl_reading *reading, int64_t now_ms)
{
    dnsbl_set_outcome(s, l, row, results_intern(s->env.results, reading->cause, (uint8_t)way, ""));
    l->errors = reading->cause == l->last_error ? l->errors + 1 : 1;
    l->last_error = reading->cause;
    if (l->errors < FAILURES_IN_A_ROW || reading->cause == CAUSE_TIMEOUT)
        return; /* silence is left to the breaker */
    struct way *w = &l->ways[way];
    dnsbl_note_refusal(l, reading);
    dnsbl_reply_fail(l, reading->cause);
    if (w->done && !w->voided && now_ms - l->first_target_ms >= RETEST_MS) {
        w->voided = true; /* the closing test would fail */
        w->proof.validity.empty = reading->cause;
    }
}

static void dnsbl_take_target(struct dnsbl_state *s, struct dnsbl_queue *l, uint64_t tag,
                              const struct reply *reply)
{
    size_t row = TAG_ROW(tag), way = way_number(reply->via, TAG_FAMILY(tag));
    struct dnsbl_reading reading;
    l->targets_open--;
    dnsbl_read_reply(l->list, reply, &reading);
    if (reading.kind == READING_ERROR) {
        dnsbl_take_error(s, l, row, way, &reading, clock_mono_ms());
        return;
    }
    l->errors = 0;
    l->last_error = CAUSE_NONE;
    if (reading.kind == READING_LISTED) {
        dnsbl_take_listing(s, l, row, &l->ways[way], way, &reading);
        return;
    }
    l->ways[way].said.empty = true;
    if (!l->empty_outcome[way])
        l->empty_outcome[way] = results_intern(s->env.results, reading.cause, (uint8_t)way, "");
    dnsbl_set_outcome(s, l, row, l->empty_outcome[way]);
}

/* ---- reasons ---- */

/* The key is in the name that was asked; an operator may echo it. */
static void dnsbl_hide_key(const struct dnsbl_list *list, size_t family, char *text)
{
    const char *suffix = list->family[family].suffix;
    size_t key_len = list->family[family].key_len;
    if (key_len == 0)
        return;
    char key[LIMIT_DNS_LABEL + 1];
    if (key_len >= sizeof key)
        return;
    memcpy(key, suffix, key_len);
    key[key_len] = '\0';
    for (char *at = text; (at = strcasestr(at, key)); at += key_len)
        memset(at, '*', key_len);
}

static void dnsbl_take_reason(struct dnsbl_state *s, struct dnsbl_queue *l, uint64_t tag,
                              const struct reply *reply)
{
    if (reply->how != REPLY_ANSWERED || reply->dns->malformed || reply->dns->count == 0)
        return;
    struct buf raw, clean;
    buf_init(&raw, LIMIT_DNS_MESSAGE);
    buf_init(&clean, LIMIT_REASON * 2);
    for (size_t i = 0; i < reply->dns->count; i++) {
        if (i)
            buf_str(&raw, " / ");
        /* NULs would hide what follows from dnsbl_hide_key() */
        for (size_t at = 0; at < reply->dns->records[i].len; at++) {
            char byte = reply->dns->records[i].text[at];
            buf_char(&raw, byte ? byte : '?');
        }
    }
    if (raw.data) {
        dnsbl_hide_key(l->list, TAG_FAMILY(tag), raw.data);
        buf_clean(&clean, raw.data, raw.len, LIMIT_REASON);
        if (l->list->domains)
            dnsbl_domains_reason(l, TAG_ROW(tag), buf_text(&clean));
        else
            results_set_detail(s->env.results, TAG_ROW(tag), l->number, buf_text(&clean));
    }
    buf_fini(&raw);
    buf_fini(&clean);
}

void dnsbl_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct dnsbl_state *s = state;
    if (request->queue == s->count) {
        dnsbl_reverse_reply(s, request, reply);
        return;
    }
    struct dnsbl_queue *l = &s->lists[request->queue];
    l->column->asked += reply->sent ? reply->sent : 1;
    switch (TAG_KIND(request->tag)) {
    case TAG_POINT: dnsbl_take_point(s, l, request->tag, reply); break;
    case TAG_SECOND_LABEL: dnsbl_take_second_label(l, request->tag, reply); break;
    case TAG_TARGET: dnsbl_take_target(s, l, request->tag, reply); break;
    case TAG_REASON: dnsbl_take_reason(s, l, request->tag, reply); break;
    case TAG_POINT_TEXT: dnsbl_take_point_text(s, l, reply); break;
    }
}

/* Every list is tested again through the new resolver. What the old one proved stays proven; all
 * else is asked again, also a listing whose second labels the old one did not answer any more. */
void dnsbl_resolver_changed(void *state, uint8_t via)
{
    struct dnsbl_state *s = state;
    s->via = via;
    dnsbl_reverse_again(s);
    for (size_t i = 0; i < s->count; i++) {
        struct dnsbl_queue *l = &s->lists[i];
        if (l->failed != CAUSE_NO_KEY)
            l->failed = CAUSE_NONE;
        l->visited = 0;
        l->retested = false;
        l->errors = 0;
        l->retest_ms = 0;
        l->refusal.answer = 0;
        l->empty_point = l->failed_point = l->has_text = l->right_point = false;
    }
}

/* A list that stopped answering is tested before it is asked again. */
void dnsbl_queue_asleep(void *state, size_t queue, bool asleep)
{
    struct dnsbl_state *s = state;
    if (queue == s->count) {
        s->reverse.asleep = asleep;
        dnsbl_domains_look_again(s);
        return;
    }
    struct dnsbl_queue *l = &s->lists[queue];
    for (size_t family = 0; !asleep && family < CATALOGUE_FAMILIES; family++)
        l->ways[way_number(s->via, family)].begun = false;
}
