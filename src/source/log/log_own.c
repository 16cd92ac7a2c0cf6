/* SPDX-License-Identifier: ISC */
#include "log_own.h"

#include "repmon/answer_set.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 32 /* status and history of the lists name any further receivers */

/* Sorted by word, as sets of answers are. */
static const struct kind {
    const char *word, *name, *meaning, *headline;
    bool about_senders;
} kinds[] = {
    {"account-blocked", "own account blocked",
     "it reports that the sending account is blocked by its own provider", "OWN ACCOUNT BLOCKED"},
    {"more-refusals", "many more refusals",
     "it refuses far more messages for their content or sender than in the week before",
     "MANY MORE REFUSALS", .about_senders = true},
    {"not-watched", "address not watched", "mail leaves through an address that is not a target",
     "ADDRESS NOT WATCHED"},
    {"partly-refused", "partly refused, address unknown",
     "neither the reply nor the log shows which of your addresses this is about",
     "PARTLY REFUSED, ADDRESS UNKNOWN"},
    {"refused", "refused, address unknown",
     "neither the reply nor the log shows which of your addresses this is about",
     "REFUSED, ADDRESS UNKNOWN"},
    {"throttled", "throttled, address unknown",
     "neither the reply nor the log shows which of your addresses this is about",
     "THROTTLED, ADDRESS UNKNOWN"},
};

static const struct kind *log_kind_of(const char *word, size_t len)
{
    size_t name = 0;
    while (name < len && word[name] != '/')
        name++;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].word) == name && memcmp(kinds[i].word, word, name) == 0)
            return &kinds[i];
    return NULL;
}

/* ---- collecting ---- */

struct own {
    const struct log_setup *s;
    size_t log;
    char *words[WORDS_MAX]; /* owned */
    size_t count;
    struct buf *sentences; /* borrowed */
};

static void log_add(struct own *o, const char *kind, const char *what)
{
    char word[300];
    snprintf(word, sizeof word, "%s/%s", kind, what);
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->words[i], word) == 0)
            return;
    if (o->count < WORDS_MAX)
        o->words[o->count++] = mem_dup(word);
}

static void log_say(struct own *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void log_say(struct own *o, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(1024, fmt, args);
    va_end(args);
    if (o->sentences->len + strlen(text) + 2 < LIMIT_REASON * 2)
        buf_fmt(o->sentences, "%s%s", o->sentences->len ? "; " : "", text);
    free(text);
}

static const char *log_sample_of(const struct pair *p)
{
    return p->evidence && p->evidence->sample[0] ? p->evidence->sample : "(no reply kept)";
}

/* By the section that heard it; the first section gets what can't be assigned. */
static bool log_is_heard_by(const struct own *o, const struct pair *p)
{
    const struct conf *conf = o->s->conf;
    size_t by = 0;
    for (size_t i = 0; p->evidence && i < conf->log_count; i++)
        if (strcmp(conf->logs[i].name, p->evidence->log) == 0)
            by = i;
    return by == o->log;
}

static void log_add_jump(struct own *o, const struct pair *p, const char *title, int64_t now)
{
    char until[32], before[32] = "none";
    uint64_t week;
    uint32_t last = heard_jump(&o->s->heard, p->receiver, &week);
    if (last == 0)
        return;
    if (week > 0)
        snprintf(before, sizeof before, "%" PRIu64, week);
    clock_format_local((time_t)now, until, sizeof until);
    log_add(o, "more-refusals", p->receiver);
    log_say(o,
            "%s refused %" PRIu32 " messages for their content or sender in the 24 hours to %s, "
            "after %s in the week before: %s",
            title, last, until, before, log_sample_of(p));
}

static void log_add_receiver(struct own *o, const struct pair *p, int64_t now)
{
    char title[RECEIVER_TITLE_SIZE];
    uint32_t day[PAIR_OUTCOMES];
    receivers_title(o->s->heard.explain, p->receiver, title);
    pair_last_day(p, now, day);
    if (day[PAIR_TENANT] > 0) {
        log_add(o, "account-blocked", p->receiver);
        log_say(o, "%s reports that your own account is blocked: %s", title, log_sample_of(p));
    }
    if (p->in_table)
        log_add_jump(o, p, title, now);
    if (!p->own.family && p->told && p->state > PAIR_ACCEPTED) {
        log_add(o, pair_state_word(p->state), p->receiver);
        log_say(o,
                "%s is %s mail, and neither the reply nor the log shows from which of your "
                "addresses: %s",
                title, p->state == PAIR_IS_THROTTLED ? "throttling" : "refusing", log_sample_of(p));
    }
}

static void log_add_unwatched(struct own *o, int64_t now)
{
    const struct memory *m = &o->s->heard.memory;
    for (size_t i = 0; i < m->unwatched_count && o->log == 0; i++) {
        char ip[IP_TEXT_MAX];
        if (!memory_is_unwatched(&m->unwatched[i], now))
            continue;
        ip_format(&m->unwatched[i].ip, ip);
        log_add(o, "not-watched", ip);
        log_say(o, "Mail leaves through %s, which is not watched: two receivers named it", ip);
    }
}

static int log_word_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void log_own_words(const struct log_setup *s, size_t log, int64_t now, struct buf *words,
                   struct buf *sentences)
{
    struct own o = {.s = s, .log = log, .sentences = sentences};
    const struct memory *m = &s->heard.memory;
    log_add_unwatched(&o, now);
    for (size_t i = 0; i < m->pair_count; i++) {
        const struct pair *p = m->pairs[i];
        enum severity severity = log_rules_of(s->conf, p->receiver, p->in_table)->severity;
        if (severity > SEV_INFO && log_is_heard_by(&o, p))
            log_add_receiver(&o, p, now);
    }
    if (o.count)
        qsort(o.words, o.count, sizeof *o.words, log_word_order);
    for (size_t i = 0; i < o.count; i++) {
        buf_fmt(words, "%s%s", i ? " " : "", o.words[i]);
        free(o.words[i]);
    }
}

bool log_own_is_of(const struct log_setup *s, size_t log, const struct target *t)
{
    const struct conf_log *c = &s->conf->logs[log];
    struct cidr block = {t->ip, t->prefix};
    for (size_t i = 0; i < c->address_count; i++)
        if (cidr_contains(&block, &c->addresses[i]))
            return true;
    return c->address_count == 0;
}

/* ---- meaning ---- */

bool log_own_explain(const char *words, struct verdict *out)
{
    const char *word;
    size_t len;
    while (answer_set_next(&words, &word, &len)) {
        const struct kind *kind = log_kind_of(word, len);
        if (!kind || out->code_count == LIMIT_CODES)
            continue;
        size_t skip = strlen(kind->word) + 1;
        int rest = len > skip ? (int)(len - skip) : 0;
        struct code *code = &out->codes[out->code_count++];
        *code = (struct code){.name = kind->name, .meaning = kind->meaning, .severity = SEV_MINOR};
        int room = (int)sizeof code->answer - 1;
        if (rest <= room)
            snprintf(code->answer, sizeof code->answer, "%.*s", rest, word + skip);
        else
            snprintf(code->answer, sizeof code->answer, "%.*s…", room - 3, word + skip);
        if (out->code_count == 1)
            snprintf(out->state, sizeof out->state, "%s", kind->word);
    }
    if (out->code_count)
        out->level = LEVEL_WARNING;
    return out->code_count > 0;
}

bool log_own_is_about_senders(const char *words)
{
    const char *word;
    size_t len;
    while (answer_set_next(&words, &word, &len)) {
        const struct kind *kind = log_kind_of(word, len);
        if (kind && kind->about_senders)
            return true;
    }
    return false;
}

/* The headline of the first word of `set` that is not in `other`. */
static const char *log_headline_of_new(const char *set, const char *other)
{
    const char *word;
    size_t len;
    while (answer_set_next(&set, &word, &len)) {
        const struct kind *kind = log_kind_of(word, len);
        if (kind && !answer_set_has(other, word, len))
            return kind->headline;
    }
    return NULL;
}

bool log_own_change_headline(const char *from, const char *to, struct buf *out)
{
    const char *begun = log_headline_of_new(to, from);
    if (begun)
        return buf_str(out, begun);
    const char *over = log_headline_of_new(from, to);
    return over && buf_fmt(out, "OVER: %s", over);
}

const char *log_own_headline(const char *state)
{
    const struct kind *kind = log_kind_of(state, strlen(state));
    return kind ? kind->headline : NULL;
}
