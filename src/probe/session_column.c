/* SPDX-License-Identifier: ISC */
/* What a column of a session is and says: answered by its source, under its number there. */
#include "repmon/session.h"

#include "repmon/report.h"

#include <stdlib.h>
#include <string.h>

const struct session_part *session_part(const struct session *a, const char *source)
{
    for (size_t i = 0; i < a->part_count; i++)
        if (source_equal(a->parts[i].source->word, source))
            return &a->parts[i];
    return NULL;
}

const struct session_part *session_part_of(const struct session *a, size_t column, size_t *local)
{
    size_t i = 0;
    while (i + 1 < a->part_count && column >= a->parts[i].first + a->parts[i].columns)
        i++;
    *local = column - a->parts[i].first;
    return &a->parts[i];
}

void session_describe(const struct session *a, size_t column, struct column *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    *out = (struct column){0};
    part->source->describe(part->setup, local, out);
}

const char *session_source(const struct session *a, size_t column)
{
    size_t local;
    return session_part_of(a, column, &local)->source->word;
}

const char *session_list(const struct session *a, size_t column)
{
    struct column c;
    session_describe(a, column, &c);
    return c.list;
}

enum list_kind session_kind(const struct session *a, size_t column)
{
    struct column c;
    session_describe(a, column, &c);
    return c.kind;
}

enum severity session_severity(const struct session *a, size_t column)
{
    struct column c;
    session_describe(a, column, &c);
    return c.severity;
}

void session_explain(const struct session *a, size_t column, const char *answers,
                     struct verdict *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    size_t own = part->source->dns_list ? cross_own_len(answers) : strlen(answers);
    out->crossed = 0;
    if (!answers[own]) {
        part->source->explain(part->setup, local, answers, out);
        return;
    }
    char *words = mem_ndup(answers, own);
    part->source->explain(part->setup, local, words, out);
    free(words);
    session_explain_crossed(a, column, answers, out);
}

const char *session_clean_word(const struct session *a, size_t column)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    return part->source->clean_word ? part->source->clean_word(part->setup, local) : "";
}

void session_url(const struct session *a, size_t column, const struct ip *ip, bool finding,
                 struct buf *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    part->source->url(part->setup, local, ip, finding, out);
}

bool session_headline(const struct session *a, size_t column, const char *state, struct buf *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    return part->source->headline && part->source->headline(part->setup, local, state, out);
}

bool session_change_headline(const struct session *a, size_t column, const char *from,
                             const char *to, struct buf *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    const struct source *source = part->source;
    return source->change_headline && source->change_headline(part->setup, local, from, to, out);
}

void session_doubts(const struct session *a, time_t now, source_doubt_fn *say, void *ctx)
{
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (part->source->doubts && part->on)
            part->source->doubts(part->setup, now, say, ctx);
    }
}

size_t session_mails(const struct session *a, struct mail_count *out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (part->source->mails && part->on)
            count += part->source->mails(part->setup, out + count, max - count);
    }
    return count;
}

size_t session_messages(const struct session *a, struct report_messages *out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (part->source->messages && part->on)
            count += part->source->messages(part->setup, out + count, max - count);
    }
    return count;
}

const char *session_heading(const struct session *a, size_t column)
{
    size_t local;
    const struct source *source = session_part_of(a, column, &local)->source;
    return source->heading ? source->heading : source->word;
}

struct session_hearing {
    const struct session *session;
    session_blind_fn *blind; /* NULL: taken from the results */
    void *ctx;
};

static bool session_is_blind(const struct session_hearing *h, size_t column)
{
    const struct session *a = h->session;
    if (h->blind)
        return h->blind(h->ctx, session_source(a, column), session_list(a, column));
    return a->results && results_column_const(a->results, column)->health == HEALTH_BLIND;
}

/* Whether that receiver's own interface is configured (NULL: that of any), and answers. */
static bool session_hears(const struct session_hearing *h, const char *receiver)
{
    for (size_t i = 0; i < h->session->part_count; i++) {
        const struct session_part *part = &h->session->parts[i];
        const char *own = part->source->receiver;
        if (!part->on || !own || (receiver && strcmp(own, receiver) != 0))
            continue;
        for (size_t k = 0; k < part->columns; k++)
            if (!receiver || !session_is_blind(h, part->first + k))
                return true;
    }
    return false;
}

/* For setups that hear from nothing but the receivers' own interfaces. */
static void session_name_unheard(const struct session_hearing *h, struct buf *out)
{
    static const char *const large[] = {"Outlook.com", "Microsoft 365", "Gmail",    "Yahoo",
                                        "Apple",       "Proofpoint",    "Cloudmark"};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        if (!session_hears(h, large[i]))
            buf_fmt(out, "%s%s", out->len ? ", " : "Not heard from: ", large[i]);
    buf_str(out, ". Name the mail log in a [log] section to hear what they reply.");
}

const char *session_heard(const struct session *a, time_t now, session_blind_fn *blind, void *ctx,
                          struct buf *out)
{
    const struct session_hearing hearing = {a, blind, ctx};
    buf_clear(out);
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (part->source->heard && part->on)
            part->source->heard(part->setup, now, out);
    }
    if (out->len == 0 && session_hears(&hearing, NULL))
        session_name_unheard(&hearing, out);
    return out->len ? buf_text(out) : NULL;
}

void session_sentence(const struct session *a, size_t column, const char *state, const char *who,
                      struct buf *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    if (part->source->sentence)
        part->source->sentence(part->setup, local, state, who, out);
}

size_t session_list_count(const struct session *a)
{
    size_t count = 0;
    for (size_t i = 0; i < a->part_count; i++)
        count += a->parts[i].source->dns_list ? a->parts[i].columns : 0;
    return count;
}

int64_t session_valid_for_s(const struct session *a, size_t column)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    return part->source->valid_for_ms(part->setup, local) / 1000;
}

int64_t session_every_s(const struct session *a, size_t column)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    return part->source->every_ms(part->setup, local) / 1000;
}

size_t session_find(const struct session *a, const char *source, const char *list)
{
    const struct session_part *part = session_part(a, source);
    for (size_t i = 0; part && i < part->columns; i++) {
        if (strcmp(session_list(a, part->first + i), list) == 0)
            return part->first + i;
    }
    return SESSION_NO_COLUMN;
}

bool session_advise(const struct session *a, size_t column, const struct verdict *v,
                    enum cause cause, enum change_kind change, const struct ip *ip,
                    struct advice *out)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    struct advice_query q = {.source = part->source->word,
                             .dns_list = part->source->dns_list,
                             .list = session_list(a, column),
                             .cause = cause,
                             .change = change,
                             .ip = ip};
    if (v) {
        q.state = v->state;
        q.codes = v->codes;
        q.code_count = v->code_count - v->crossed;
        q.list_advice = v->advice;
    }
    if (part->source->advise)
        part->source->advise(part->setup, local, &q);
    /* What this run found out names the culprit better than general knowledge does. */
    const struct column *c = a->results ? results_column_const(a->results, column) : NULL;
    if (c && c->cures && c->cause == cause)
        q.list_cure = c->note;
    return advice_for(a->advice, &q, out);
}
