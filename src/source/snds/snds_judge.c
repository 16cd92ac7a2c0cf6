/* SPDX-License-Identifier: ISC */
#include "snds_judge.h"

#include "repmon/answer_set.h"
#include "repmon/day.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_S         86400
#define COVER_DAYS    14
#define MONTHS        10
#define REGULAR_DAYS  10
#define REGULAR_ROWS  5
#define SILENT_DAYS   3
#define LATE_RED_DAYS 3
#define SOON_DAYS     25
#define LAST_DAYS     29

/* ---- days ---- */

bool snds_days_has(const struct snds_days *d, int32_t day)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->day[i] == day)
            return true;
    }
    return false;
}

void snds_days_add(struct snds_days *d, int32_t day)
{
    size_t at = 0;
    if (!day_valid(day) || snds_days_has(d, day))
        return;
    while (at < d->count && d->day[at] > day)
        at++;
    if (at == SNDS_DAYS)
        return;
    if (d->count < SNDS_DAYS)
        d->count++;
    memmove(&d->day[at + 1], &d->day[at], (d->count - 1 - at) * sizeof d->day[0]);
    d->day[at] = day;
}

void snds_days_parse(const char *text, struct snds_days *out)
{
    *out = (struct snds_days){0};
    while (text && *text) {
        char *end;
        long day = strtol(text, &end, 10);
        if (end == text)
            break;
        if (day > 0 && day <= 99991231)
            snds_days_add(out, (int32_t)day);
        text = end;
    }
}

void snds_days_format(const struct snds_days *d, struct buf *out)
{
    for (size_t i = 0; i < d->count; i++)
        buf_fmt(out, "%s%d", i ? " " : "", d->day[i]);
}

/* ---- coverage ---- */

time_t snds_attestation_end(time_t attested)
{
    int32_t day = day_of(attested);
    int month = day / 100 % 100 - 1 + MONTHS;
    int32_t first = (day / 10000 + month / 12) * 10000 + (month % 12 + 1) * 100 + 1;
    int32_t end = day_add(first, day % 100 - 1); /* 30 April becomes 2 March */
    return (time_t)day_between(19700101, end) * DAY_S + attested % DAY_S;
}

static bool snds_has_lapsed(const struct snds_days *block, const struct snds_days *account)
{
    size_t rows = 0;
    if (account->count < SILENT_DAYS)
        return false;
    for (size_t i = 0; i < SILENT_DAYS; i++) {
        if (snds_days_has(block, account->day[i]))
            return false;
    }
    for (size_t i = 0; i < block->count; i++)
        rows += day_between(block->day[i], account->day[0]) < REGULAR_DAYS;
    return rows >= REGULAR_ROWS;
}

enum snds_cover snds_coverage(const struct snds_days *block, const struct snds_days *account,
                              time_t attested, time_t now)
{
    if (block->count == 0)
        return attested && now < snds_attestation_end(attested) ? SNDS_COVERED : SNDS_NOT_COVERED;
    if (snds_has_lapsed(block, account))
        return SNDS_LAPSED;
    return day_between(block->day[0], day_of(now)) <= COVER_DAYS ? SNDS_COVERED : SNDS_NOT_COVERED;
}

bool snds_is_stale(const struct snds_days *account, int32_t today, int stale_days)
{
    if (account->count == 0 || day_between(account->day[0], today) <= stale_days)
        return false;
    for (size_t i = 0; i + 1 < account->count; i++) {
        if (day_between(account->day[i + 1], account->day[i]) > stale_days)
            return false;
    }
    return true;
}

/* ---- words ---- */

static bool snds_begins(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

void snds_status_word(bool blocked, const char *details, char out[static SNDS_WORD])
{
    if (snds_begins(details, "Blocked") || snds_begins(details, "Junked")) {
        snprintf(out, SNDS_WORD, "%s", snds_begins(details, "Blocked") ? "blocked" : "junked");
        return;
    }
    size_t n = (size_t)snprintf(out, SNDS_WORD, "%s:", blocked ? "yes" : "no");
    for (const char *p = details; *p && n + 1 < SNDS_WORD; p++) {
        if (isalnum((unsigned char)*p))
            out[n++] = (char)tolower((unsigned char)*p);
        else if (out[n - 1] != '-' && out[n - 1] != ':')
            out[n++] = '-';
    }
    if (out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

void snds_data_words(enum snds_colour colour, struct snds_rate rate, int32_t late,
                     char out[static SNDS_DAY_WORDS])
{
    char number[24] = "", word[32] = "", red[24] = "";
    snprintf(number, sizeof number, "%.4g%%", rate.percent);
    /* 0.1 is the least that is reported: below it there is nothing to say. */
    bool low = rate.percent < 0 || rate.percent < 0.0999 || (rate.below && rate.percent < 0.1001);
    if (!low)
        snprintf(word, sizeof word, "%s%s ", rate.below ? "<" : "", number);
    if (late)
        snprintf(red, sizeof red, " red@%d", late);
    bool before = colour == SNDS_YELLOW; /* "red@" sorts before "yellow" only */
    snprintf(out, SNDS_DAY_WORDS, "%s%s%s%s%s", word, before && late ? red + 1 : "",
             before && late ? " " : "", snds_colour_word(colour), before ? "" : red);
}

/* Calls `use` with each word; the word ends in a NUL. */
static void snds_each_word(const char *answers, void (*use)(void *ctx, const char *word), void *ctx)
{
    char word[SNDS_DAY_WORDS];
    const char *w;
    size_t len;
    while (answer_set_next(&answers, &w, &len)) {
        snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word - 1), w);
        use(ctx, word);
    }
}

static void snds_add_code(struct verdict *v, const char *word, const char *name,
                          const char *meaning, enum severity severity)
{
    struct code code = {.name = name, .meaning = meaning, .severity = severity};
    snprintf(code.answer, sizeof code.answer, "%s", word);
    if (v->code_count < LIMIT_CODES)
        v->codes[v->code_count++] = code;
}

static void snds_raise_to(struct verdict *v, enum level level, const char *state)
{
    if (level > v->level) {
        v->level = level;
        snprintf(v->state, sizeof v->state, "%s", state);
    }
}

static void snds_use_status(void *ctx, const char *word)
{
    static const struct {
        const char *begin, *state, *name, *meaning;
        enum severity severity;
        enum level level;
    } rows[] = {
        {"normal", "normal", "", "", SEV_OFF, LEVEL_OK},
        {"blocked", "blocked", "Outlook.com block", "Outlook.com refuses its mail", SEV_CRITICAL,
         LEVEL_CRITICAL},
        {"junked", "junked", "Outlook.com Junk", "Outlook.com puts its mail into Junk", SEV_MINOR,
         LEVEL_WARNING},
        {"yes:", "abnormal", "Outlook.com state", "an abnormal state, and blocked", SEV_CRITICAL,
         LEVEL_CRITICAL},
        {"no:", "abnormal", "Outlook.com state", "an abnormal state, not blocked", SEV_MINOR,
         LEVEL_WARNING},
        {"", "abnormal", "Outlook.com state", "a state saved by a newer repmon", SEV_MINOR,
         LEVEL_WARNING},
    };
    size_t i = 0;
    while (!snds_begins(word, rows[i].begin))
        i++;
    snds_raise_to(ctx, rows[i].level, rows[i].state);
    if (rows[i].severity)
        snds_add_code(ctx, word, rows[i].name, rows[i].meaning, rows[i].severity);
}

static void snds_begin_verdict(struct verdict *out)
{
    *out = (struct verdict){.level = LEVEL_UNKNOWN, .cause = CAUSE_NONE, .advice = ""};
}

void snds_explain_status(const char *answers, struct verdict *out)
{
    snds_begin_verdict(out);
    snds_each_word(answers[0] ? answers : "normal", snds_use_status, out);
}

struct data_verdict {
    const struct conf_snds *account;
    struct verdict *out;
};

static void snds_use_rate(struct data_verdict *d, const char *word)
{
    struct snds_rate rate = snds_rate_parse(word);
    double slack = rate.below ? -1e-9 : 1e-9; /* "< 0.3 %" is below 0.3, "0.3 %" is not */
    bool critical = rate.percent + slack >= d->account->complaint_critical;
    if (critical || rate.percent + slack >= d->account->complaint_warning) {
        snds_raise_to(d->out, critical ? LEVEL_CRITICAL : LEVEL_WARNING, "complaints");
        snds_add_code(d->out, word, "complaints", "users report this much of its mail as spam",
                      critical ? SEV_CRITICAL : SEV_MINOR);
    }
}

static void snds_use_data(void *ctx, const char *word)
{
    struct data_verdict *d = ctx;
    if (strchr(word, '%')) {
        snds_use_rate(d, word);
    } else if (snds_begins(word, "red")) {
        if (d->out->level == LEVEL_CRITICAL)
            d->out->level = LEVEL_UNKNOWN;
        snds_raise_to(d->out, LEVEL_CRITICAL, "red");
        snds_add_code(d->out, word, word[3] == '@' ? "RED on an earlier day" : "RED",
                      "more than 90 % of its mail judged as spam", SEV_CRITICAL);
    } else if (strcmp(word, "yellow") == 0) {
        if (d->out->level == LEVEL_WARNING) /* the colour says more than a rate of its level */
            d->out->level = LEVEL_UNKNOWN;
        snds_raise_to(d->out, LEVEL_WARNING, "yellow");
        snds_add_code(d->out, word, "YELLOW", "10 to 90 % of its mail judged as spam", SEV_MINOR);
    } else if (strcmp(word, "green") == 0) {
        snds_raise_to(d->out, LEVEL_OK, "green");
    } else {
        snds_raise_to(d->out, LEVEL_WARNING, "abnormal");
    }
}

void snds_explain_data(const struct conf_snds *account, const char *answers, struct verdict *out)
{
    struct data_verdict d = {account, out};
    snds_begin_verdict(out);
    snds_each_word(answers[0] ? answers : "green", snds_use_data, &d);
    if (out->level == LEVEL_UNKNOWN) /* a lone rate below the limits */
        snds_raise_to(out, LEVEL_OK, "green");
}

/* ---- rows that arrive late or revised ---- */

void snds_revision_parse(const char *text, struct snds_revision *out)
{
    *out = (struct snds_revision){0};
    if (!text)
        return;
    char *p;
    long day = strtol(text, &p, 10);
    if (day <= 0 || day > 99991231 || !day_valid((int32_t)day))
        return;
    out->day = (int32_t)day;
    for (; *p && out->count < SNDS_REVISIONS; p++) {
        static const char letters[] = "gyr";
        static const enum snds_colour colours[] = {SNDS_GREEN, SNDS_YELLOW, SNDS_RED};
        const char *at = strchr(letters, *p);
        enum snds_colour c = at ? colours[at - letters] : SNDS_NO_COLOUR;
        if (c)
            out->colours[out->count++] = c;
    }
}

void snds_revision_format(const struct snds_revision *r, struct buf *out)
{
    buf_fmt(out, "%d ", r->day);
    for (size_t i = 0; i < r->count; i++)
        buf_char(out, snds_colour_word(r->colours[i])[0]);
}

enum snds_colour snds_revise(struct snds_revision *r, int32_t day, enum snds_colour known,
                             enum snds_colour now, bool *changed)
{
    *changed = false;
    if (r->day != day || r->count == 0) {
        if (known == SNDS_NO_COLOUR || known == now)
            return now;
        *r = (struct snds_revision){.day = day, .colours = {known, now}, .count = 2};
        *changed = true;
        return now;
    }
    for (size_t i = 0; i < r->count; i++) {
        if (r->colours[i] == now)
            return r->colours[r->count - 1];
    }
    if (r->count < SNDS_REVISIONS)
        r->colours[r->count++] = now;
    *changed = true;
    return now;
}

bool snds_late_red(int32_t day, int32_t newest, enum snds_colour known, int32_t today)
{
    return day < newest && known != SNDS_RED && day_between(day, today) <= LATE_RED_DAYS;
}

/* ---- links ---- */

time_t snds_link_end(time_t from, time_t now, int64_t *soon_s)
{
    time_t end = from + (time_t)SNDS_LINK_DAYS * DAY_S;
    *soon_s = (int64_t)(SNDS_LINK_DAYS - SOON_DAYS) * DAY_S;
    if (now >= end)
        return 0;
    return now >= from + (time_t)LAST_DAYS * DAY_S ? end - 1 : end;
}
