/* SPDX-License-Identifier: ISC */
#include "log_words.h"

#include "log_own.h"

#include <stdio.h>
#include <string.h>

/* "refused/S3140": the state, and the code of the reply that opened it. */
static void log_add_code(const char *answers, struct verdict *out)
{
    const char *slash = strchr(answers, '/');
    if (!slash)
        return;
    struct code *code = &out->codes[out->code_count++];
    *code = (struct code){.name = slash + 1, .meaning = "", .severity = SEV_CRITICAL};
    /* Name and answer are the same word, shown once, unless a zone is too long: then the answer is
     * the state. */
    const char *word = strlen(slash + 1) < sizeof code->answer ? slash + 1 : answers;
    snprintf(code->answer, sizeof code->answer, "%.*s", (int)strcspn(word, "/"), word);
}

bool log_is_off(const struct log_setup *s, size_t column)
{
    const struct log_receiver *r = log_receiver_of(s, column);
    return log_rules_of(s->conf, r->name, r->in_table)->severity == SEV_OFF;
}

/* A refusal because of a DNS list has that list's weight, but never more than its receiver's. */
static enum level log_refused_level(const struct log_setup *s, size_t column,
                                    const struct verdict *v)
{
    const struct log_receiver *r = log_receiver_of(s, column);
    enum severity severity = log_rules_of(s->conf, r->name, r->in_table)->severity;
    enum severity list;
    if (v->code_count && refusals_severity(&s->refusals, s->conf, v->codes[0].name, &list))
        severity = list < severity ? list : severity;
    enum level level = severity_level(severity);
    return r->in_table || level < LEVEL_WARNING ? level : LEVEL_WARNING;
}

void log_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    const struct log_setup *s = log_setup_of(setup);
    size_t len = strcspn(answers, "/");
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    snprintf(out->state, sizeof out->state, "%.*s", (int)len, answers);
    if (len == 0)
        snprintf(out->state, sizeof out->state, "%s", log_is(s, column) ? LOG_HEARD : LOG_ACCEPTED);
    if (log_is(s, column)) {
        out->says_nothing = !log_own_explain(answers, out);
        return;
    }
    log_add_code(answers, out);
    out->says_nothing = log_is_off(s, column);
    enum level worst = log_refused_level(s, column, out);
    if (strcmp(out->state, pair_state_word(PAIR_IS_REFUSED)) == 0)
        out->level = worst;
    if (strcmp(out->state, pair_state_word(PAIR_PARTLY_REFUSED)) == 0 ||
        strcmp(out->state, pair_state_word(PAIR_IS_THROTTLED)) == 0)
        out->level = worst < LEVEL_WARNING ? worst : LEVEL_WARNING;
    for (size_t i = 0; i < out->code_count; i++)
        out->codes[i].severity = out->level == LEVEL_CRITICAL ? SEV_CRITICAL : SEV_MINOR;
}

/* The code of a refusal that names a list is the list. */
bool log_about_senders(const void *setup, size_t column, const char *answers)
{
    return log_is(log_setup_of(setup), column) && log_own_is_about_senders(answers);
}

const char *log_reason(const void *setup, size_t column, const char *answers)
{
    const char *slash = strchr(answers, '/');
    bool refusal = slash && memmem(answers, (size_t)(slash - answers), "refused", 7);
    return refusal && !log_is(log_setup_of(setup), column) ? slash + 1 : NULL;
}

bool log_as_code(const void *setup, const char *state, const char *list, struct code *out)
{
    const struct log_setup *s = log_setup_of(setup);
    bool partly = strcmp(state, pair_state_word(PAIR_PARTLY_REFUSED)) == 0;
    enum severity most = partly ? SEV_MINOR : SEV_CRITICAL;
    snprintf(out->answer, sizeof out->answer, "%s-by", partly ? "partly-refused" : "refused");
    out->name = partly ? "partly refused by a receiver" : "refused by a receiver";
    out->severity = most;
    for (size_t i = 0; i < s->receiver_count; i++) {
        const struct log_receiver *r = &s->receivers[i];
        if (strcmp(r->name, list) != 0)
            continue;
        enum severity own = log_rules_of(s->conf, r->name, r->in_table)->severity;
        out->severity = own < most ? own : most;
        if (!r->in_table && out->severity > SEV_MINOR)
            out->severity = SEV_MINOR;
        out->name = partly ? r->partly_refused : r->refused;
    }
    return true;
}

const char *log_clean_word(const void *setup, size_t column)
{
    return log_is(log_setup_of(setup), column) ? LOG_HEARD : LOG_ACCEPTED;
}

void log_url(const void *setup, size_t column, const struct ip *ip, bool finding, struct buf *out)
{
    const struct log_setup *s = log_setup_of(setup);
    if (!finding || log_is(s, column))
        return;
    const struct pair *p = log_pair_of(s, log_receiver_of(s, column)->name, ip);
    if (p && p->evidence)
        buf_str(out, p->evidence->url);
}

bool log_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    static const struct {
        const char *state, *words;
    } rows[] = {
        {"refused", "REFUSED BY"},
        {"partly-refused", "PARTLY REFUSED BY"},
        {"throttled", "THROTTLED BY"},
        {LOG_ACCEPTED, "ACCEPTED AGAIN BY"},
    };
    const struct log_setup *s = log_setup_of(setup);
    const char *own = log_own_headline(state);
    if (log_is(s, column))
        return buf_str(out, own ? own : "OVER");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].state, state) == 0)
            return buf_fmt(out, "%s %s", rows[i].words, log_receiver_of(s, column)->title);
    return false;
}

bool log_change_headline(const void *setup, size_t column, const char *from, const char *to,
                         struct buf *out)
{
    return log_is(log_setup_of(setup), column) && log_own_change_headline(from, to, out);
}

void log_sentence(const void *setup, size_t column, const char *state, const char *who,
                  struct buf *out)
{
    static const struct {
        const char *state, *before, *after;
    } rows[] = {
        {"refused", " is refusing mail from ", "."},
        {"partly-refused", " has refused mail from ", ", perhaps not all of it."},
        {"throttled", " is throttling mail from ", "."},
        {LOG_ACCEPTED, " accepts mail again; this says nothing about the spam folder.", NULL},
    };
    const struct log_setup *s = log_setup_of(setup);
    if (log_is(s, column))
        return;
    const char *title = log_receiver_of(s, column)->title;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].state, state) != 0)
            continue;
        buf_fmt(out, "%s%s%s%s", title, rows[i].before, rows[i].after ? who : "",
                rows[i].after ? rows[i].after : "");
    }
}
