/* SPDX-License-Identifier: ISC */
#include "dnsbl_domains.h"

#include "repmon/answer_set.h"
#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REVERSE_CAP 64 /* in flight: most names of a block live on the same few servers */

static bool dnsbl_domains_is_due(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                                 size_t row)
{
    return !s->env.is_due || s->env.is_due(s->env.ctx, row, l->number);
}

static bool dnsbl_domains_is_asked(const struct dnsbl_queue *l)
{
    return l->list->domains && l->failed != CAUSE_NO_KEY;
}

static bool dnsbl_wants_row(const struct dnsbl_state *s, const struct dnsbl_queue *l, size_t row)
{
    return dnsbl_list_applies(l->list, &s->env.inventory->items[row]) &&
           dnsbl_domains_is_due(s, l, row);
}

void dnsbl_domains_open(struct dnsbl_state *s)
{
    dnsbl_names_init(&s->names, s->env.inventory);
    for (size_t i = 0; i < s->count && !s->env.tests_only; i++) {
        const struct dnsbl_queue *l = &s->lists[i];
        for (size_t row = 0; dnsbl_domains_is_asked(l) && row < s->names.row_count; row++) {
            if (ip_name(&s->env.inventory->items[row].ip) || !dnsbl_wants_row(s, l, row))
                continue;
            if (!s->reverse.due) {
                s->reverse.due = mem_array(s->names.row_count, sizeof *s->reverse.due);
                s->reverse.start = l->start;
            }
            s->reverse.due[row] = true;
        }
    }
    s->queues[s->count] = (struct queue){
        .name = "reverse names", .cap = REVERSE_CAP, .budget = UINT64_MAX, .severity = SEV_MAJOR};
}

void dnsbl_domains_close(struct dnsbl_state *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->lists[i].answers);
        for (size_t k = 0; k < REASONS_PER_LIST; k++)
            free(s->lists[i].reason_texts[k]);
    }
    free(s->reverse.due);
    dnsbl_names_fini(&s->names);
}

/* ---- which names ---- */

/* Whether the list is asked about the name on behalf of this row. */
static bool dnsbl_counts_for(const struct dnsbl_queue *l, const struct name_use *use)
{
    return use->whole || l->list->parents;
}

static bool dnsbl_name_is_due(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                              size_t number)
{
    const struct dnsbl_names *n = &s->names;
    if (!dnsbl_list_takes_name(l->list, n->items[number].text))
        return false;
    if (number < l->answer_cap && dnsbl_is_settled(s, l, l->answers[number]))
        return false;
    for (uint32_t u = n->items[number].first_use; u; u = n->uses[u - 1].next_of_name)
        if (dnsbl_counts_for(l, &n->uses[u - 1]) && dnsbl_wants_row(s, l, n->uses[u - 1].row))
            return true;
    return false;
}

bool dnsbl_domains_any(struct dnsbl_state *s, struct dnsbl_queue *l)
{
    while (l->visited < s->names.count && !dnsbl_name_is_due(s, l, l->visited))
        l->visited++;
    return l->visited < s->names.count;
}

bool dnsbl_domains_next(struct dnsbl_state *s, struct dnsbl_queue *l, size_t *number)
{
    if (!dnsbl_domains_any(s, l))
        return false;
    *number = l->visited++;
    return true;
}

bool dnsbl_domains_more(const struct dnsbl_state *s)
{
    return s->reverse.due && (s->reverse.open || s->reverse.visited < s->names.row_count);
}

/* ---- answers ---- */

void dnsbl_domains_answer(struct dnsbl_state *s, struct dnsbl_queue *l, size_t number,
                          uint16_t outcome)
{
    if (number >= l->answer_cap) {
        size_t cap = s->names.cap;
        l->answers = mem_grow(l->answers, cap, sizeof *l->answers);
        memset(l->answers + l->answer_cap, 0, (cap - l->answer_cap) * sizeof *l->answers);
        l->answer_cap = cap;
    }
    l->answers[number] = outcome;
}

bool dnsbl_domains_is_news(struct dnsbl_state *s, struct dnsbl_queue *l, size_t number,
                           const char *answers)
{
    const struct dnsbl_names *n = &s->names;
    if (!s->env.is_news)
        return true;
    for (uint32_t u = n->items[number].first_use; u; u = n->uses[u - 1].next_of_name)
        if (dnsbl_counts_for(l, &n->uses[u - 1]) &&
            s->env.is_news(s->env.ctx, n->uses[u - 1].row, l->number, answers))
            return true;
    return false;
}

void dnsbl_domains_reason(struct dnsbl_queue *l, size_t number, const char *text)
{
    for (size_t i = 0; i < l->reason_count; i++) {
        if (l->reasons[i] != number)
            continue;
        free(l->reason_texts[i]);
        l->reason_texts[i] = mem_dup(text);
    }
}

/* ---- cells ---- */

/* What the names of one row add up to. */
struct sum {
    uint16_t listing, empty, trouble; /* outcomes; 0: none of the kind */
    bool unasked;
    struct buf answers; /* of all that are listed */
    size_t listed;
    struct buf detail;
};

static const char *dnsbl_reason_of(const struct dnsbl_queue *l, size_t number)
{
    for (size_t i = 0; i < l->reason_count; i++)
        if (l->reasons[i] == number && l->reason_texts[i])
            return l->reason_texts[i];
    return NULL;
}

/* "its reverse name mx1.example.org is listed: TXT" */
static void dnsbl_add_detail(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                             const struct name_use *use, struct sum *sum)
{
    const char *domain = ip_name(&s->env.inventory->items[use->row].ip);
    const char *name = s->names.items[use->name].text;
    const char *reason = dnsbl_reason_of(l, use->name);
    bool itself = domain && strcmp(domain, name) == 0;
    if (itself && !reason)
        return;
    buf_str(&sum->detail, sum->detail.len ? "; " : "");
    if (!domain && use->whole)
        buf_fmt(&sum->detail, "its reverse name %s is listed", name);
    else if (!domain)
        buf_fmt(&sum->detail, "%s, above its reverse name, is listed", name);
    else if (!itself)
        buf_fmt(&sum->detail, "%s is listed", name);
    if (reason)
        buf_fmt(&sum->detail, "%s%s", itself ? "" : ": ", reason);
}

static void dnsbl_add_answers(struct sum *sum, const char *answers)
{
    const char *word;
    size_t len;
    while (answer_set_next(&answers, &word, &len)) {
        if (answer_set_has(buf_text(&sum->answers), word, len))
            continue;
        buf_str(&sum->answers, sum->answers.len ? " " : "");
        buf_add(&sum->answers, word, len);
    }
}

static bool dnsbl_proves_empty(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                               uint16_t outcome)
{
    uint8_t via = results_outcome(s->env.results, outcome).via;
    return l->column->via[via % RESULTS_VIAS].empty == CAUSE_NONE;
}

static void dnsbl_add_name(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                           const struct name_use *use, struct sum *sum)
{
    uint16_t answer = use->name < l->answer_cap ? l->answers[use->name] : 0;
    if (!answer) {
        sum->unasked |= dnsbl_list_takes_name(l->list, s->names.items[use->name].text);
        return;
    }
    struct outcome o = results_outcome(s->env.results, answer);
    if (o.cause != CAUSE_NONE && !sum->trouble) {
        sum->trouble = answer;
    } else if (o.cause == CAUSE_NONE && o.answers[0]) {
        sum->listing = answer;
        sum->listed++;
        dnsbl_add_answers(sum, o.answers);
        dnsbl_add_detail(s, l, use, sum);
    } else if (o.cause == CAUSE_NONE && (!sum->empty || !dnsbl_proves_empty(s, l, answer))) {
        sum->empty = answer; /* with several ways, the one that proves least */
    }
}

/*
 * For a row without a name to ask about. That the name could not be learned is the resolver's
 * doing, not the list's: the list is not marked as not serving, and what it said before expires in
 * due course.
 */
static enum cause dnsbl_cause_without_name(enum cause row)
{
    if (row == CAUSE_NONE)
        return CAUSE_NOT_APPLICABLE;
    bool answered = row != CAUSE_NEVER_ASKED && row != CAUSE_NOT_ASKED;
    return answered && row != CAUSE_NOT_APPLICABLE ? CAUSE_UNPROVEN : row;
}

/* The cell's outcome; 0: not asked. One listed name counts, whatever the others came to. */
static uint16_t dnsbl_outcome_of(const struct dnsbl_state *s, const struct sum *sum, enum cause row)
{
    if (sum->listed == 1)
        return sum->listing;
    if (sum->listed)
        return results_intern(s->env.results, CAUSE_NONE,
                              results_outcome(s->env.results, sum->listing).via,
                              buf_text(&sum->answers));
    if (sum->trouble || sum->unasked)
        return sum->trouble;
    if (row != CAUSE_NONE || !sum->empty)
        return results_intern(s->env.results, dnsbl_cause_without_name(row), 0, "");
    return sum->empty;
}

static void dnsbl_settle_row(struct dnsbl_state *s, struct dnsbl_queue *l, size_t row)
{
    struct sum sum = {0};
    buf_init(&sum.answers, ANSWERS_TEXT_MAX * 2);
    buf_init(&sum.detail, 2 * LIMIT_REASON);
    for (uint32_t u = s->names.rows[row]; u; u = s->names.uses[u - 1].next_of_row)
        if (dnsbl_counts_for(l, &s->names.uses[u - 1]))
            dnsbl_add_name(s, l, &s->names.uses[u - 1], &sum);
    uint16_t outcome = dnsbl_outcome_of(s, &sum, (enum cause)s->names.row_causes[row]);
    if (outcome)
        results_set(s->env.results, row, l->number, outcome);
    const char *answers = results_outcome(s->env.results, outcome).answers;
    bool is_news = !s->env.is_news || s->env.is_news(s->env.ctx, row, l->number, answers);
    if (sum.listed && sum.detail.len && is_news)
        results_set_detail(s->env.results, row, l->number, buf_text(&sum.detail));
    buf_fini(&sum.answers);
    buf_fini(&sum.detail);
}

void dnsbl_domains_settle(struct dnsbl_state *s, struct dnsbl_queue *l)
{
    for (size_t row = 0;
         dnsbl_domains_is_asked(l) && row < s->names.row_count && !s->env.tests_only; row++)
        if (dnsbl_wants_row(s, l, row))
            dnsbl_settle_row(s, l, row);
}

/* ---- reverse names ---- */

void dnsbl_domains_look_again(struct dnsbl_state *s)
{
    for (size_t i = 0; i < s->count; i++)
        s->queues[i].news |= dnsbl_domains_is_asked(&s->lists[i]);
}

void dnsbl_reverse_again(struct dnsbl_state *s)
{
    for (size_t row = 0; s->reverse.due && row < s->names.row_count; row++)
        s->reverse.due[row] &= s->names.rows[row] == 0;
    s->reverse.visited = 0;
}

/* The cursor starts where the last run ended, so that nothing starves when time is short. */
static bool dnsbl_next_address(struct dnsbl_state *s, size_t *row)
{
    while (s->reverse.visited < s->names.row_count) {
        *row = (s->reverse.start + s->reverse.visited++) % s->names.row_count;
        if (s->reverse.due[*row])
            return true;
    }
    return false;
}

enum next dnsbl_reverse_next(struct dnsbl_state *s, struct request *r)
{
    size_t row;
    if (!dnsbl_next_address(s, &row)) {
        if (s->reverse.open)
            return NEXT_WAIT;
        dnsbl_domains_look_again(s);
        return NEXT_DONE;
    }
    const struct ip *ip = &s->env.inventory->items[row].ip;
    char labels[IP_REVERSE_MAX];
    ip_reverse(ip, labels);
    r->kind = REQUEST_DNS;
    r->tag = row;
    r->type = DNS_PTR;
    r->tries = 0;
    snprintf(r->name, sizeof r->name, "%s.%s", labels,
             ip->family == 4 ? "in-addr.arpa" : "ip6.arpa");
    s->reverse.open++;
    return NEXT_REQUEST;
}

static enum cause dnsbl_domains_trouble(const struct reply *reply)
{
    if (reply->how == REPLY_DEADLINE)
        return CAUSE_NOT_ASKED;
    if (reply->how != REPLY_ANSWERED)
        return dnsbl_unanswered();
    if (reply->dns->malformed)
        return CAUSE_BAD_FORMAT;
    if (reply->dns->rcode == DNS_REFUSED)
        return CAUSE_NOT_SERVED;
    if (reply->dns->rcode != DNS_NOERROR && reply->dns->rcode != DNS_NXDOMAIN)
        return CAUSE_SERVFAIL;
    return CAUSE_NONE;
}

void dnsbl_reverse_reply(struct dnsbl_state *s, const struct request *r, const struct reply *reply)
{
    s->reverse.open--;
    dnsbl_names_take(&s->names, (size_t)r->tag, dnsbl_domains_trouble(reply), reply->dns);
    dnsbl_domains_look_again(s);
}
