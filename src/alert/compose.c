/* SPDX-License-Identifier: ISC */
#include "compose_parts.h"

#include "repmon/limits.h"

#include <ctype.h>
#include <string.h>

/* Kinds of change that are the news themselves, whatever the state is. */
static const struct {
    enum change_kind kind;
    const char *words;
    bool state_first; /* prefer the state's own words, if it has any */
} kind_words[] = {
    {CHANGE_LISTED, "LISTED", true},      {CHANGE_DELISTED, "DELISTED", true},
    {CHANGE_CHANGED, "CHANGED", true},    {CHANGE_WORSENED, "WORSENED", true},
    {CHANGE_IMPROVED, "IMPROVED", true},  {CHANGE_BASELINE, "ALREADY LISTED", true},
    {CHANGE_LAPSED, "LAPSED", false},     {CHANGE_RETIRED, "NO LONGER WATCHED", false},
    {CHANGE_FLAPPING, "FLAPPING", false}, {CHANGE_REMINDER, "LISTED", true},
    {CHANGE_BLIND, "BLIND", false},       {CHANGE_RECOVERED, "RECOVERED", false},
    {CHANGE_EXPIRING, "EXPIRING", false}, {CHANGE_EXPIRED, "EXPIRED", false},
    {CHANGE_STALE, "NOT PROVEN", false},
};

static const struct {
    enum cause cause;
    const char *text;
} causes[] = {
    {CAUSE_NEVER_ASKED, "it was never queried"},
    {CAUSE_TIMEOUT, "it did not answer in time"},
    {CAUSE_SERVFAIL, "the resolver could not get an answer from it (SERVFAIL)"},
    {CAUSE_NOT_SERVED, "it refuses your queries (public resolver, too many queries, or no key)"},
    {CAUSE_REWRITTEN,
     "its answers are rewritten on the way; the resolver or the zone can't be trusted"},
    {CAUSE_UNTRUSTED, "it failed its self-test: it lists everything, or nothing"},
    {CAUSE_UNPROVEN, "its silence proves nothing (no test entry, or no name to query it about)"},
    {CAUSE_NOT_ASKED, "it was not queried (deadline, budget or repeated failures)"},
    {CAUSE_NO_KEY, "its key or credential is missing"},
    {CAUSE_EXPIRED, "its credential has expired"},
    {CAUSE_DENIED, "it denied access"},
    {CAUSE_BAD_FORMAT, "its answer could not be read"},
    {CAUSE_GAP, "lines are missing: the place where the last run stopped was not found again"},
    {CAUSE_BEHIND, "it is written faster than it can be read"},
    {CAUSE_UNREADABLE, "it is missing or not readable"},
    {CAUSE_SILENT, "nothing has been logged for longer than ever before"},
    {CAUSE_NOT_HEARD_SINCE, "it refused once, and has not been heard from since"},
    {CAUSE_NOT_COVERED, "the account does not cover these addresses"},
    {CAUSE_NO_DATA, "it has no data about these addresses"},
    {CAUSE_NOT_APPLICABLE, "it does not cover this kind of address"},
};

/* Of a source that is no DNS list: a service, or records that come from the resolver alone. */
static const char *const of_source[CAUSE_COUNT] = {
    [CAUSE_NOT_SERVED] = "it refuses your queries",
    [CAUSE_UNTRUSTED] = "the resolver's answers can't be trusted",
    [CAUSE_UNPROVEN] = "the resolver's answers prove nothing",
};

/* Of all lists at once. */
static const char *const of_all[CAUSE_COUNT] = {
    [CAUSE_TIMEOUT] = "none of them answered in time",
    [CAUSE_SERVFAIL] = "the resolver could not get an answer from any of them (SERVFAIL)",
    [CAUSE_NOT_SERVED] = "all of them refuse your queries (public resolver, or too many queries)",
    [CAUSE_REWRITTEN] = "their answers are rewritten on the way; the resolver can't be trusted",
    [CAUSE_UNTRUSTED] = "their answers can't be trusted: the self-tests failed",
    [CAUSE_NOT_ASKED] = "they were not queried (deadline, budget or repeated failures)",
    [CAUSE_BAD_FORMAT] = "their answers could not be read",
};

static const struct {
    enum change_kind kind;
    const char *text;
} advices[] = {
    {CHANGE_LISTED, "Find out what this address sent and stop it before requesting removal."},
    {CHANGE_DELISTED, "Nothing to do: this is over."},
    {CHANGE_CHANGED, "Read the new code: the cause may be a different one now."},
    {CHANGE_WORSENED, "It is still going on: find out what this address sends and stop it first."},
    {CHANGE_IMPROVED, "Better, but not over: keep doing what helped."},
    {CHANGE_BASELINE,
     "This was already so at the first query. Find the cause, then request removal."},
    {CHANGE_LAPSED,
     "Nothing could be proven for too long, so the state is unknown now. Run \"repmon doctor\"."},
    {CHANGE_RETIRED, "Nothing to do if this address, list or code was removed or switched off on "
                     "purpose."},
    {CHANGE_FLAPPING, "It comes and goes: look for a source that sends only at times."},
    {CHANGE_REMINDER, "Still open. Request removal once the cause is gone, or acknowledge it."},
    {CHANGE_BLIND,
     "Until this is fixed, the status on this source is unknown. Run \"repmon doctor\"."},
    {CHANGE_RECOVERED, "Nothing to do: this list answers again."},
    {CHANGE_EXPIRING, "Renew it before that day, or this source goes blind."},
    {CHANGE_EXPIRED, "Renew it now: this source is blind until then."},
    {CHANGE_STALE, "The last known state could not be proven again. Run \"repmon doctor\"."},
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

void compose_change(const struct entry *e, struct buf *out)
{
    const char *words = "CHANGED";
    bool state_first = true;
    for (size_t i = 0; i < ROWS(kind_words); i++) {
        if (kind_words[i].kind == e->kind) {
            words = kind_words[i].words;
            state_first = kind_words[i].state_first && !e->of_list;
        }
    }
    if (e->kind == CHANGE_BASELINE && e->of_list)
        words = "BASELINE"; /* the first look at everything */
    if (e->kind == CHANGE_REMINDER) {
        buf_str(out, "STILL ");
        if (e->of_list)
            words = "BLIND";
    }
    buf_str(out, state_first && e->headline[0] ? e->headline : words);
}

void compose_who(const struct entry *e, struct buf *out)
{
    char range[MESSAGE_RANGE_MAX];
    if (e->count == 0)
        return;
    if (e->range_count == 1 && e->more == 0) {
        message_range_format(&e->ranges[0], range);
        buf_str(out, range);
    } else {
        buf_fmt(out, "%u %s", (unsigned)e->count, entry_noun(e));
    }
}

/* For a change of all lists at once the judge leaves the name empty. */
static void compose_list_name(const struct entry *e, struct buf *out)
{
    const char *list = e->list[0] ? e->list : "all lists";
    buf_shown(out, list, 100);
}

bool compose_is_first_look(const struct entry *e)
{
    return e->of_list && e->kind == CHANGE_BASELINE;
}

/* A finding of targets that is open now. */
static bool compose_is_open(const struct entry *e)
{
    return !e->of_list && e->to > LEVEL_OK && e->kind != CHANGE_RETIRED && e->kind != CHANGE_LAPSED;
}

const struct code *compose_worst_code(const struct entry *e)
{
    const struct code *worst = NULL;
    for (size_t i = 0; i < e->code_count; i++) {
        if (!worst || (e->codes[i].severity > worst->severity && !code_is_crossed(&e->codes[i])))
            worst = &e->codes[i];
    }
    return worst;
}

/* "REFUSED BY Gmail": the state's words name the list. */
static bool compose_names_list(const struct entry *e)
{
    return e->sentence && e->sentence[0];
}

/* REFUSED, PARTLY REFUSED and THROTTLED BY a receiver already say how bad it is. */
static bool compose_is_of_receiver(const struct entry *e)
{
    return compose_names_list(e) && source_equal(e->source, "log");
}

#define REFUSERS_SHOWN 3

/* ", refused by Gmail, GMX": who acts on this listing. */
static void add_refusers(const struct entry *e, struct buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < e->code_count; i++) {
        const struct code *c = &e->codes[i];
        if (!code_is_crossed(c) || ++count > REFUSERS_SHOWN)
            continue;
        bool again = count > 1 && code_is_crossed(c - 1) && strcmp(c[-1].answer, c->answer) == 0;
        buf_str(out, ", ");
        buf_shown(out, c->name + (again ? strlen(c->answer) + 1 : 0), 60);
    }
    if (count > REFUSERS_SHOWN)
        buf_fmt(out, " and %zu more", count - REFUSERS_SHOWN);
}

/* " XBL", or " score 42": what the list says, if that tells more than its name. */
static void compose_add_code(const struct entry *e, struct buf *out)
{
    const struct code *worst = compose_worst_code(e);
    if (!compose_is_open(e) || !worst)
        return;
    if (compose_names_list(e)) {
        buf_str(out, " (");
        buf_shown(out, worst->name, 40);
        buf_char(out, ')');
    }
    if (!e->dns_list)
        return;
    const char *words = e->state;
    if (strcmp(e->state, "listed") == 0)
        words = strcmp(worst->name, "unknown") == 0 ? worst->answer : worst->name;
    buf_char(out, ' ');
    buf_shown(out, words, 40);
    add_refusers(e, out);
}

/* "not served" for "not-served". */
static void compose_add_cause(enum cause cause, struct buf *out)
{
    buf_str(out, " (");
    for (const char *p = cause_word(cause); *p; p++)
        buf_char(out, (char)(*p == '-' ? ' ' : *p));
    buf_char(out, ')');
}

/* "PTR MISSING 203.0.113.5 ptr" would say it twice. */
static bool compose_has_list(const struct entry *e, const char *words)
{
    if (compose_is_first_look(e) || compose_names_list(e))
        return true;
    const char *headline = e->headline[0] ? strstr(words, e->headline) : NULL;
    return headline && strcasestr(headline, e->list);
}

void compose_headline(const struct entry *e, struct buf *out)
{
    struct buf words;
    buf_init(&words, 200);
    compose_change(e, &words);
    bool says_list = compose_has_list(e, buf_text(&words));
    buf_str(out, buf_text(&words));
    buf_fini(&words);
    if (compose_is_open(e) && !compose_is_of_receiver(e))
        buf_fmt(out, " (%s)", level_word(e->to));
    if (!e->of_list && e->count == 1 && e->label[0]) {
        buf_char(out, ' ');
        buf_shown(out, e->label, 100);
    }
    /* For a list, its name is the news; the number of addresses it concerns comes further down. */
    if (e->count && (!e->of_list || compose_is_first_look(e))) {
        buf_char(out, ' ');
        compose_who(e, out);
    }
    if (!says_list) {
        buf_char(out, ' ');
        compose_list_name(e, out);
    }
    compose_add_code(e, out);
    if (e->of_list && e->cause != CAUSE_NONE)
        compose_add_cause(e->cause, out);
}

const char *compose_below(const struct message *m)
{
    return m->below ? m->below : "";
}

static const char *compose_first_look(const struct message *m)
{
    if (m->entries[0].to == LEVEL_UNKNOWN)
        return "nothing could be proven";
    if (m->entries[0].cause != CAUSE_NONE)
        return "no list could be proven";
    if (compose_below(m)[0])
        return "findings only below this channel's level";
    return "no findings in what could be proven";
}

void compose_subject(const struct message *m, struct buf *out)
{
    struct buf line;
    buf_init(&line, 1024);
    if (m->test) {
        buf_str(&line, "TEST MESSAGE");
    } else if (m->entry_count == 0) {
        buf_str(&line, m->baseline ? "BASELINE no findings in what could be proven" : "NOTICE");
    } else {
        compose_headline(&m->entries[0], &line);
        if (compose_is_first_look(&m->entries[0]))
            buf_fmt(&line, ", %s", compose_first_look(m));
        uint32_t others = m->more_entries;
        for (size_t i = 1; i < m->entry_count; i++) /* a first look in itself is no news */
            others += !compose_is_first_look(&m->entries[i]);
        if (others)
            buf_fmt(&line, " (+%u)", (unsigned)others);
    }
    buf_str(&line, " [");
    buf_shown(&line, m->instance, 60);
    buf_char(&line, ']');
    buf_clean(out, buf_text(&line), line.len, COMPOSE_SUBJECT_MAX);
    buf_fini(&line);
}

const char *compose_advice(const struct entry *e)
{
    if (e->advice[0])
        return e->advice;
    /* There is a queue to drain only where mail was refused. */
    if (e->kind == CHANGE_DELISTED && (e->dns_list || compose_is_of_receiver(e)))
        return "Nothing to do. Watch the mail queue drain: deferred mail is retried for some days.";
    if (e->kind == CHANGE_BASELINE && e->of_list)
        return "Nothing to do: from now on a message comes only when something changes.";
    if (e->kind == CHANGE_FLAPPING && e->of_list)
        return "It keeps failing and answering again. Nothing more is reported until it has been "
               "steady for 48 hours; \"repmon doctor\" shows what is wrong now.";
    enum change_kind kind = e->of_list && e->kind == CHANGE_REMINDER ? CHANGE_BLIND : e->kind;
    for (size_t i = 0; i < ROWS(advices); i++) {
        if (advices[i].kind == kind)
            return advices[i].text;
    }
    return "Run \"repmon status\".";
}

const char *compose_why(bool dns_list, const char *list, enum cause cause)
{
    if (!dns_list && cause == CAUSE_SERVFAIL) /* of HTTP, too */
        return list[0] ? "its server failed, or the resolver could not reach it"
                       : "their servers failed, or the resolver could not reach them";
    if (!list[0] && (unsigned)cause < CAUSE_COUNT && of_all[cause])
        return of_all[cause];
    if (dns_list)
        return compose_cause(cause);
    return (unsigned)cause < CAUSE_COUNT && of_source[cause] ? of_source[cause]
                                                             : compose_cause(cause);
}

const char *compose_cause(enum cause cause)
{
    for (size_t i = 0; i < ROWS(causes); i++) {
        if (causes[i].cause == cause)
            return causes[i].text;
    }
    return "it could not be queried";
}
