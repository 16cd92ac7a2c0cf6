/* SPDX-License-Identifier: ISC */
#include "domain_words.h"

#include "repmon/answer_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS          (24 * 60 * 60 * 1000LL)
#define QUESTIONS_A_SAY 3 /* a selector, a tree of DMARC, an MX and its fallback */

static const struct {
    const char *list, *title, *clean, *restored;
    /* When one of several findings is over: one about %s, or about the record. */
    const char *mended, *better;
} lists[DOMAIN_LISTS] = {
    [DOMAIN_SPF] = {"spf", "SPF", "covered", "SPF is in order again", "SPF covers %s again",
                    "SPF is better, but not in order"},
    [DOMAIN_DKIM] = {"dkim", "DKIM", "published", "DKIM keys are in order again",
                     "DKIM key %s is in order again", "DKIM is better, but not in order"},
    [DOMAIN_DMARC] = {"dmarc", "DMARC", "published", "DMARC is in order again",
                      "DMARC reports reach %s again", "DMARC is better, but not in order"},
    [DOMAIN_MAIL] = {"mail", "Mail to the domain", "reachable", "MAIL DOMAIN accepts mail again",
                     "MAIL DOMAIN is better", "MAIL DOMAIN is better"},
};

/* `news` is the headline; %s the address, selector or host. */
static const struct {
    enum domain_list list;
    const char *word;
    enum severity severity;
    const char *news, *meaning;
} says[DOMAIN_SAYS] = {
    [SPF_LOST] = {DOMAIN_SPF, "lost", SEV_CRITICAL, "SPF no longer covers %s",
                  "an address that passed SPF no longer passes"},
    [SPF_GONE] = {DOMAIN_SPF, "gone", SEV_CRITICAL, "SPF record is gone",
                  "the SPF record that existed is gone"},
    [SPF_TWO_RECORDS] = {DOMAIN_SPF, "two-records", SEV_CRITICAL, "SPF has two records",
                         "with more than one SPF record, receivers use none"},
    [SPF_PERMANENT_ERROR] = {DOMAIN_SPF, "permerror", SEV_CRITICAL, "SPF record is wrong",
                             "receivers can't use the SPF record (permerror)"},
    [SPF_NOT_COVERED] = {DOMAIN_SPF, "not-covered", SEV_MINOR, "SPF does not cover %s",
                         "an address that sends for the domain does not pass SPF"},
    [SPF_MISSING] = {DOMAIN_SPF, "missing", SEV_MINOR, "SPF record is missing",
                     "the domain has no SPF record"},
    [SPF_VOIDS] = {DOMAIN_SPF, "void-look-ups", SEV_MINOR, "SPF has too many void look-ups",
                   "more than two names of the SPF record have no records: some receivers stop "
                   "there with permerror"},
    [SPF_NOT_MENTIONED] = {DOMAIN_SPF, "not-mentioned", SEV_INFO, "SPF does not cover %s",
                           "a watched address does not pass SPF; whether it sends for the domain "
                           "is not known: set senders"},
    [DKIM_GONE] = {DOMAIN_DKIM, "gone", SEV_CRITICAL, "DKIM key %s is gone",
                   "the key of a selector in use is gone"},
    [DKIM_MISSING] = {DOMAIN_DKIM, "missing", SEV_CRITICAL, "DKIM key %s is missing",
                      "a selector in use has no key"},
    [DKIM_REVOKED] = {DOMAIN_DKIM, "revoked", SEV_CRITICAL, "DKIM key %s is revoked",
                      "the key of a selector in use is revoked (empty p=)"},
    [DKIM_BROKEN] = {DOMAIN_DKIM, "broken", SEV_CRITICAL, "DKIM key %s can't be used",
                     "the record of a selector in use holds no key that receivers can use"},
    [DKIM_WEAK] = {DOMAIN_DKIM, "weak", SEV_CRITICAL, "DKIM key %s is too short",
                   "receivers ignore RSA keys below 1024 bits (RFC 8301)"},
    [DKIM_VANISHED] = {DOMAIN_DKIM, "vanished", SEV_MINOR, "DKIM key %s has vanished",
                       "recent reports show mail signed with it, and its key is gone"},
    [DKIM_SHORT] = {DOMAIN_DKIM, "short", SEV_INFO, "DKIM key %s is short",
                    "an RSA key below 2048 bits; longer ones are advised"},
    [DMARC_GONE] = {DOMAIN_DMARC, "gone", SEV_CRITICAL, "DMARC record is gone",
                    "the DMARC record that existed is gone"},
    [DMARC_TWO_RECORDS] = {DOMAIN_DMARC, "two-records", SEV_CRITICAL, "DMARC has two records",
                           "with more than one DMARC record, receivers use none"},
    [DMARC_MISSING] = {DOMAIN_DMARC, "missing", SEV_MINOR, "DMARC record is missing",
                       "neither the domain nor one above it has a DMARC record"},
    [DMARC_INVALID] = {DOMAIN_DMARC, "invalid", SEV_MINOR, "DMARC record can't be used",
                       "the policy is not valid and there is no address for reports: receivers "
                       "treat this as no record"},
    [DMARC_NO_CONSENT] = {DOMAIN_DMARC, "no-consent", SEV_MINOR, "DMARC reports do not reach %s",
                          "a host named to receive reports has not agreed to it, so it gets none"},
    [MAIL_GONE] = {DOMAIN_MAIL, "gone", SEV_MINOR, "MAIL DOMAIN lost its MX",
                   "the domain no longer has an MX or an address: replies and bounces are lost"},
    [MAIL_NULL_MX] = {DOMAIN_MAIL, "null-mx", SEV_MINOR, "MAIL DOMAIN has a null MX",
                      "a null MX says that the domain accepts no mail (RFC 7505): receivers refuse "
                      "senders that can't be replied to"},
    [MAIL_MISSING] = {DOMAIN_MAIL, "missing", SEV_MINOR, "MAIL DOMAIN has no MX",
                      "the domain has neither MX nor address: replies and bounces are lost"},
};

void *domain_setup_new(const struct conf *conf, const struct source_zones *zones, struct error *err)
{
    struct domain_setup *s = mem_alloc(sizeof *s);
    (void)zones, (void)err;
    s->conf = conf;
    for (size_t i = 0; i < conf->target_count; i++)
        s->on |= conf->targets[i].kind == TARGET_DOMAIN;
    return s;
}

size_t domain_columns(const void *setup)
{
    return ((const struct domain_setup *)setup)->on ? DOMAIN_LISTS : 0;
}

void domain_list_names(const struct conf *conf, source_name_fn *take, void *ctx)
{
    bool on = false;
    for (size_t i = 0; i < conf->target_count && !on; i++)
        on = conf->targets[i].kind == TARGET_DOMAIN;
    for (size_t i = 0; i < DOMAIN_LISTS && on; i++)
        take(ctx, lists[i].list);
}

void domain_describe(const void *setup, size_t column, struct column *out)
{
    (void)setup;
    out->source = "domain";
    out->list = lists[column].list;
    out->title = lists[column].title;
    out->severity = SEV_MINOR;
    out->kind = LIST_BLOCK;
    out->of_domains = true;
    out->confirms_itself = true;
}

/* ---- words ---- */

void domain_word_add(const struct domain_word *w, struct buf *out)
{
    buf_str(out, out->len ? " " : "");
    buf_str(out, says[w->say].word);
    if (w->what[0])
        buf_fmt(out, ":%s", w->what);
}

/* What a word of a list says; DOMAIN_SAYS: an unknown word. */
static enum domain_say domain_say_of(size_t column, const char *word, size_t len)
{
    for (size_t i = 0; i < DOMAIN_SAYS; i++)
        if (says[i].list == column && strlen(says[i].word) == len &&
            memcmp(says[i].word, word, len) == 0)
            return (enum domain_say)i;
    return DOMAIN_SAYS;
}

/* "gone:s2026": its word, and what it is about. */
static enum domain_say domain_read_word(size_t column, const char *word, size_t len, char *what)
{
    const char *colon = memchr(word, ':', len);
    size_t name = colon ? (size_t)(colon - word) : len;
    snprintf(what, DOMAIN_WHAT, "%.*s", colon ? (int)(len - name - 1) : 0, colon ? colon + 1 : "");
    return domain_say_of(column, word, name);
}

static void domain_add_code(enum domain_say say, const char *what, struct verdict *out)
{
    if (out->code_count == LIMIT_CODES)
        return;
    struct code *c = &out->codes[out->code_count++];
    *c = (struct code){
        .name = says[say].word, .meaning = says[say].meaning, .severity = says[say].severity};
    snprintf(c->answer, sizeof c->answer, "%.*s", (int)sizeof c->answer - 1,
             what[0] ? what : says[say].word);
}

void domain_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    const char *at = answers, *word;
    size_t len;
    enum domain_say worst = DOMAIN_SAYS;
    char what[DOMAIN_WHAT], worst_what[DOMAIN_WHAT] = "";
    (void)setup;
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    while (answer_set_next(&at, &word, &len)) {
        enum domain_say say = domain_read_word(column, word, len, what);
        if (say == DOMAIN_SAYS)
            continue;
        domain_add_code(say, what, out);
        out->level = level_worse(out->level, severity_level(says[say].severity));
        if (say < worst) {
            worst = say;
            memcpy(worst_what, what, sizeof worst_what);
        }
    }
    snprintf(out->state, sizeof out->state, "%s",
             worst == DOMAIN_SAYS ? lists[column].clean : says[worst].word);
    size_t room = sizeof out->state - strlen(out->state);
    if (worst != DOMAIN_SAYS && worst_what[0] && strlen(worst_what) + 1 < room) {
        strncat(out->state, " ", room - 1);
        strncat(out->state, worst_what, room - 2);
    }
}

const char *domain_clean_word(const void *setup, size_t column)
{
    (void)setup;
    return lists[column].clean;
}

/* "SPF no longer covers 203.0.113.5" */
static bool domain_say_what(const char *text, const char *what, struct buf *out)
{
    const char *slot = strstr(text, "%s");
    if (!slot)
        return buf_str(out, text);
    buf_add(out, text, (size_t)(slot - text));
    buf_str(out, what[0] ? what : "an address"); /* there was no room for it in the state */
    return buf_str(out, slot + 2);
}

bool domain_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    size_t len = strcspn(state, " ");
    enum domain_say say = domain_say_of(column, state, len);
    (void)setup;
    if (strcmp(state, lists[column].clean) == 0)
        return buf_str(out, lists[column].restored);
    return say != DOMAIN_SAYS &&
           domain_say_what(says[say].news, state[len] ? state + len + 1 : "", out);
}

/* The worst word of `set` that is not in `other`, and how many such words there are. */
static size_t domain_left_over(size_t column, const char *set, const char *other,
                               struct domain_word *worst)
{
    const char *word;
    size_t len, count = 0;
    *worst = (struct domain_word){.say = DOMAIN_SAYS};
    while (answer_set_next(&set, &word, &len)) {
        char what[DOMAIN_WHAT];
        enum domain_say say = domain_read_word(column, word, len, what);
        if (say == DOMAIN_SAYS || answer_set_has(other, word, len))
            continue;
        count++;
        if (say >= worst->say)
            continue;
        worst->say = say;
        memcpy(worst->what, what, sizeof worst->what);
    }
    return count;
}

/* "DKIM key s2026 is gone, and 1 more" */
static bool domain_news(const char *text, const struct domain_word *worst, size_t count,
                        struct buf *out)
{
    domain_say_what(text, worst->what, out);
    if (count > 1)
        buf_fmt(out, ", and %zu more", count - 1);
    return true;
}

bool domain_change_headline(const void *setup, size_t column, const char *from, const char *to,
                            struct buf *out)
{
    struct domain_word worst;
    (void)setup;
    size_t added = domain_left_over(column, to, from, &worst);
    if (added)
        return domain_news(says[worst.say].news, &worst, added, out);
    bool clean = domain_left_over(column, to, "", &worst) == 0;
    size_t ended = clean ? 0 : domain_left_over(column, from, to, &worst);
    if (ended)
        return domain_news(strstr(says[worst.say].news, "%s") ? lists[column].mended
                                                              : lists[column].better,
                           &worst, ended, out);
    size_t still = domain_left_over(column, to, "", &worst);
    return still > 1 && domain_news(says[worst.say].news, &worst, still, out);
}

/* Advice depends on the word alone: what exactly to publish is in the reason. */
void domain_advise(const void *setup, size_t column, struct advice_query *query)
{
    (void)setup;
    enum domain_say say = query->state
                              ? domain_say_of(column, query->state, strcspn(query->state, " "))
                              : DOMAIN_SAYS;
    if (say != DOMAIN_SAYS)
        query->state = says[say].word;
}

void domain_estimate(const void *setup, size_t column, const struct inventory *inventory,
                     struct estimate *out)
{
    (void)setup, (void)column;
    for (size_t i = 0; i < inventory->count; i++)
        out->targets += ip_name(&inventory->items[i].ip) != NULL;
    out->each = QUESTIONS_A_SAY;
    out->limit = ESTIMATE_NO_LIMIT;
}

void domain_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                struct buf *out)
{
    (void)setup, (void)column, (void)ip, (void)finding;
    (void)out; /* no page: only the zone's operator can fix it */
}

int64_t domain_valid_for_ms(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return 7 * DAY_MS;
}

int64_t domain_every_ms(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return 0;
}
