/* SPDX-License-Identifier: ISC */
#include "postmaster_words.h"

#include "repmon/answer_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAM_LEAST 0.01 /* percent; a lower rate is "low" whatever the limits are */
#define CRITICAL   "/critical"
#define SLACK      1e-9

static const char *const clean_words[POSTMASTER_LISTS] = {
    [LIST_SPAM] = "low", [LIST_DELIVERY] = "delivered", [LIST_COMPLIANCE] = "compliant"};

/* In the order of an answer set. */
static const struct {
    enum postmaster_reason reason;
    const char *news, *meaning;
} refusals[POSTMASTER_REASONS] = {
    {REASON_PTR, "REVERSE NAME BAD OR MISSING",
     "mail refused because the reverse name is bad or missing"},
    {REASON_RBL, "ADDRESS ON A DNS LIST",
     "mail refused because an address is on a DNS list that Google uses"},
    {REASON_LOW_DOMAIN, "LOW DOMAIN REPUTATION", "mail refused because of low domain reputation"},
    {REASON_LOW_IP, "LOW IP REPUTATION", "mail refused because of low IP reputation"},
};

/* ---- what is kept ---- */

void postmaster_percent(double percent, struct buf *out)
{
    buf_fmt(out, "%.3g %%", percent);
}

void postmaster_spam_words(const struct postmaster_days *d, char out[static POSTMASTER_WORDS])
{
    double rate = postmaster_spam(d);
    if (rate + SLACK < SPAM_LEAST)
        snprintf(out, POSTMASTER_WORDS, "%s", clean_words[LIST_SPAM]);
    else
        snprintf(out, POSTMASTER_WORDS, "%.3g%%", rate);
}

void postmaster_delivery_words(const struct postmaster_days *d, char out[static POSTMASTER_WORDS])
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < POSTMASTER_REASONS; i++) {
        int how_bad = postmaster_refusals(d, refusals[i].reason);
        if (how_bad > 0)
            len += (size_t)snprintf(out + len, POSTMASTER_WORDS - len, "%s%s%s", len ? " " : "",
                                    postmaster_reason_word(refusals[i].reason),
                                    how_bad > 1 ? CRITICAL : "");
    }
    if (!len)
        snprintf(out, POSTMASTER_WORDS, "%s", clean_words[LIST_DELIVERY]);
}

const char *postmaster_clean_word(const void *setup, size_t column)
{
    (void)setup;
    return clean_words[column % POSTMASTER_LISTS];
}

/* ---- what it means ---- */

static void postmaster_code(struct verdict *v, const char *word, const char *name,
                            const char *meaning, enum severity severity)
{
    if (v->code_count == LIMIT_CODES)
        return;
    struct code *c = &v->codes[v->code_count++];
    *c = (struct code){.name = name, .meaning = meaning, .severity = severity};
    snprintf(c->answer, sizeof c->answer, "%.*s", (int)sizeof c->answer - 1, word);
}

/* Of several equally bad, the first gives the state. */
static void postmaster_raise(struct verdict *v, enum level level, const char *state)
{
    if (level <= v->level)
        return;
    v->level = level;
    snprintf(v->state, sizeof v->state, "%s", state);
}

static void postmaster_explain_spam(const struct conf_postmaster *account, const char *word,
                                    struct verdict *v)
{
    double rate = strtod(word, NULL) + SLACK;
    bool critical = rate >= account->spam_critical;
    if (rate < account->spam_warning)
        return;
    postmaster_raise(v, critical ? LEVEL_CRITICAL : LEVEL_WARNING, "spam-rate");
    postmaster_code(v, word, "spam rate", "Gmail users report this much of the mail as spam",
                    critical ? SEV_CRITICAL : SEV_MINOR);
}

static void postmaster_explain_refusal(const char *word, struct verdict *v)
{
    size_t len = strcspn(word, "/");
    bool critical = strcmp(word + len, CRITICAL) == 0;
    for (size_t i = 0; i < POSTMASTER_REASONS; i++) {
        const char *reason = postmaster_reason_word(refusals[i].reason);
        if (strlen(reason) != len || memcmp(reason, word, len) != 0)
            continue;
        postmaster_raise(v, critical ? LEVEL_CRITICAL : LEVEL_WARNING, reason);
        postmaster_code(v, reason, reason, refusals[i].meaning,
                        critical ? SEV_CRITICAL : SEV_MINOR);
    }
}

static const struct {
    const char *word, *meaning;
} requirements[] = {
    {"SPF", "SPF does not pass"},
    {"DKIM", "mail is not signed with DKIM, or the signature fails"},
    {"SPF_AND_DKIM", "both SPF and DKIM are needed"},
    {"DMARC_POLICY", "the domain needs a DMARC record"},
    {"DMARC_ALIGNMENT", "the domain of From passes neither SPF nor DKIM by itself"},
    {"MESSAGE_FORMATTING", "messages don't follow RFC 5322"},
    {"DNS_RECORDS", "forward and reverse DNS of the senders don't match"},
    {"ENCRYPTION", "mail comes without TLS"},
    {"SMTP_ERRORS_HIGH", "too much of the mail is refused"},
    {"USER_FEEDBACK_NEGATIVE", "Gmail users don't want the mail"},
    {"ONE_CLICK_UNSUBSCRIBE", "bulk mail has no one-click unsubscribe (RFC 8058)"},
    {"HONOR_UNSUBSCRIBE", "mail continues after an unsubscribe"},
    {"MESSAGE_VOLUME_LOW", "too little mail to judge"},
    {"USER_FEEDBACK_LOW", "too little feedback from users to judge"},
};

#define REQUIREMENTS (sizeof requirements / sizeof *requirements)

static void postmaster_explain_need(const char *word, struct verdict *v)
{
    char bare[64];
    size_t len = strlen(word), i = 0;
    bool info = len > 0 && word[len - 1] == '?';
    snprintf(bare, sizeof bare, "%.*s", (int)(len - info), word);
    enum severity severity = info ? SEV_INFO : SEV_MINOR;
    postmaster_raise(v, info ? LEVEL_INFO : LEVEL_WARNING, info ? "advice" : "needs-work");
    while (i < REQUIREMENTS && strcmp(requirements[i].word, bare) != 0)
        i++;
    if (i < REQUIREMENTS)
        postmaster_code(v, bare, requirements[i].word, requirements[i].meaning, severity);
    else
        postmaster_code(v, bare, "a new requirement", "Google names it in the reason", severity);
}

void postmaster_explain(const struct conf_postmaster *account, enum postmaster_list list,
                        const char *answers, struct verdict *out)
{
    const char *at = answers, *word;
    size_t len;
    char text[64];
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    snprintf(out->state, sizeof out->state, "%s", clean_words[list]);
    while (answer_set_next(&at, &word, &len)) {
        snprintf(text, sizeof text, "%.*s", (int)len, word);
        if (strcmp(text, clean_words[list]) == 0)
            continue;
        if (list == LIST_SPAM)
            postmaster_explain_spam(account, text, out);
        else if (list == LIST_DELIVERY)
            postmaster_explain_refusal(text, out);
        else
            postmaster_explain_need(text, out);
    }
}

/* ---- how people are told ---- */

static const struct {
    const char *state, *news;
} tellings[] = {
    {"spam-rate", "GOOGLE SPAM RATE HIGH"},    {"low", "GOOGLE SPAM RATE LOW AGAIN"},
    {"delivered", "GOOGLE NO LONGER REFUSES"}, {"needs-work", "GOOGLE REQUIREMENT NOT MET"},
    {"advice", "GOOGLE HAS ADVICE"},           {"compliant", "GOOGLE REQUIREMENTS MET"},
};

static size_t postmaster_refusal_of(const char *state)
{
    size_t i = 0;
    while (i < POSTMASTER_REASONS && strcmp(postmaster_reason_word(refusals[i].reason), state) != 0)
        i++;
    return i;
}

bool postmaster_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    (void)setup, (void)column;
    for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++)
        if (strcmp(tellings[i].state, state) == 0)
            return buf_str(out, tellings[i].news);
    size_t at = postmaster_refusal_of(state);
    return at < POSTMASTER_REASONS && buf_fmt(out, "GOOGLE REFUSES: %s", refusals[at].news);
}

void postmaster_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                    struct buf *out)
{
    (void)setup, (void)column, (void)ip;
    if (finding)
        buf_str(out, "https://postmaster.google.com/");
}
