/* SPDX-License-Identifier: ISC */
#include "repmon/channel.h"
#include "repmon/text_fit.h"

#include "channel_parts.h"

#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* ---- what the configuration's channels are ---- */

static const struct channel *channel_find(const struct channel_set *set,
                                          const struct conf_channel *conf)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct channel *c = set->items[i];
        if (strcmp(c->word, conf->word) == 0 && (!c->is_for || c->is_for(conf)))
            return c;
    }
    return NULL;
}

bool channel_bind(const struct channel_set *set, struct conf *conf, struct error *err)
{
    for (size_t i = 0; i < conf->channel_count; i++) {
        struct conf_channel *channel = &conf->channels[i];
        channel->type = channel_find(set, channel);
        if (!channel->type)
            return error_at(err, ERR_CONFIG, conf->path, channel->at.line,
                            "[%s \"%s\"]: this program has no such channel", channel->word,
                            channel->name);
    }
    return true;
}

size_t channel_count(const struct conf *conf)
{
    return conf->channel_count ? conf->channel_count : 1;
}

const struct conf_channel *channel_at(const struct conf *conf, size_t i)
{
    static const struct conf_channel out = {
        .word = "stdout", .type = &channel_stdout, .min_level = LEVEL_WARNING};
    return conf->channel_count ? &conf->channels[i] : &out;
}

void channel_title(const struct conf_channel *conf, char *out, size_t size)
{
    if (conf->name)
        text_fit(out, size, "%s %s", conf->word, conf->name);
    else
        text_fit(out, size, "%s", conf->word);
}

const struct secret *channel_secret(const struct conf_channel *conf, size_t i)
{
    const struct channel *type = conf->type;
    if (i >= type->secret_count)
        return NULL;
    return (const struct secret *)(const void *)((const char *)conf + type->secrets[i]);
}

bool channel_opens_incidents(const struct conf_channel *conf)
{
    const struct channel *type = conf->type;
    return type && type->opens_incidents && type->opens_incidents(conf);
}

/* ---- what channels want ---- */

/* An incident gets somebody out of bed; a finding that is only information would keep it open. */
static enum level channel_least_level(const struct conf_channel *conf)
{
    bool raised = channel_opens_incidents(conf) && conf->min_level < LEVEL_WARNING;
    return raised ? LEVEL_WARNING : conf->min_level;
}

size_t channel_entries(const struct conf_channel *conf)
{
    return channel_opens_incidents(conf) ? SIZE_MAX : LIMIT_DIGEST_ENTRIES;
}

bool channel_wants(const struct conf_channel *conf, uint64_t bit, const struct entry *e)
{
    if (e->told_channels & bit)
        return true;
    if (conf->only && !(conf->only & (1u << e->kind | e->told_kinds)))
        return false;
    if (e->kind == CHANGE_BASELINE && e->of_list)
        return true; /* the first message goes to every channel, to prove that it works */
    return e->severity_level >= channel_least_level(conf);
}

const char *delivery_word(enum delivery_outcome outcome)
{
    static const char *const words[DELIVERY_OUTCOME_COUNT] = {
        [DELIVERY_DEFERRED] = "deferred",
        [DELIVERY_SENT] = "sent",
        [DELIVERY_HELD] = "held",
        [DELIVERY_FAILED] = "failed",
    };
    return words[outcome];
}

/* ---- the outcome of a try: the first row that fits ---- */

static const struct {
    int first, last;
    enum delivery_outcome outcome;
} http_rows[] = {
    {200, 299, DELIVERY_SENT},     {300, 399, DELIVERY_HELD}, /* a redirect is never followed: it
                                                                 could lead anywhere */
    {400, 400, DELIVERY_FAILED},   {401, 401, DELIVERY_HELD},   {403, 404, DELIVERY_HELD},
    {408, 408, DELIVERY_DEFERRED}, {410, 410, DELIVERY_HELD},   {413, 413, DELIVERY_FAILED},
    {415, 415, DELIVERY_FAILED},   {422, 422, DELIVERY_FAILED}, {429, 429, DELIVERY_DEFERRED},
    {400, 499, DELIVERY_HELD}, /* not documented by any service: waiting loses nothing */
    {500, 599, DELIVERY_DEFERRED},
};

enum delivery_outcome delivery_of_http(int status)
{
    for (size_t i = 0; i < ROWS(http_rows); i++) {
        if (status >= http_rows[i].first && status <= http_rows[i].last)
            return http_rows[i].outcome;
    }
    return DELIVERY_DEFERRED;
}

enum delivery_outcome delivery_of_smtp(enum smtp_stage stage, int code)
{
    /* By stage: no reply, 2xx and 3xx, 4xx, 5xx. */
    static const enum delivery_outcome rows[SMTP_STAGE_COUNT][4] = {
        [SMTP_CONNECT] = {DELIVERY_DEFERRED, DELIVERY_DEFERRED, DELIVERY_DEFERRED, DELIVERY_HELD},
        [SMTP_TLS] = {DELIVERY_HELD, DELIVERY_HELD, DELIVERY_DEFERRED, DELIVERY_HELD},
        [SMTP_AUTH] = {DELIVERY_DEFERRED, DELIVERY_HELD, DELIVERY_DEFERRED, DELIVERY_HELD},
        [SMTP_MAIL] = {DELIVERY_DEFERRED, DELIVERY_DEFERRED, DELIVERY_DEFERRED, DELIVERY_HELD},
        [SMTP_RECIPIENT] = {DELIVERY_DEFERRED, DELIVERY_DEFERRED, DELIVERY_DEFERRED, DELIVERY_HELD},
        [SMTP_DATA] = {DELIVERY_DEFERRED, DELIVERY_SENT, DELIVERY_DEFERRED, DELIVERY_FAILED},
    };
    int column = 0;
    if (code >= 500 && code < 600)
        column = 3;
    else if (code >= 400)
        column = 2;
    else if (code >= 200)
        column = 1;
    return rows[stage][column];
}

/* sysexits.h, as sendmail programs use it. */
static const struct {
    int status;
    enum delivery_outcome outcome;
} exit_rows[] = {
    {0, DELIVERY_SENT},    {64, DELIVERY_HELD},  /* usage */
    {65, DELIVERY_FAILED},                       /* data error: this message */
    {66, DELIVERY_HELD},                         /* no input */
    {67, DELIVERY_HELD},                         /* no such user */
    {68, DELIVERY_HELD},                         /* no such host */
    {77, DELIVERY_HELD},                         /* permission */
    {78, DELIVERY_HELD},                         /* configuration */
    {126, DELIVERY_HELD},  {127, DELIVERY_HELD}, /* can't be run, not found */
};

enum delivery_outcome delivery_of_exit(int status)
{
    for (size_t i = 0; i < ROWS(exit_rows); i++) {
        if (status == exit_rows[i].status)
            return exit_rows[i].outcome;
    }
    return DELIVERY_DEFERRED; /* 69, 70, 71, 74, 75 and whatever a script returns */
}

static int64_t delivery_step(const int64_t *steps, size_t count, unsigned tries)
{
    size_t i = tries ? tries - 1 : 0;
    return steps[i < count ? i : count - 1];
}

time_t delivery_retry_at(const struct delivery *d, unsigned tries, time_t now)
{
    static const int64_t steps[] = {60, 300, 900, 3600, 4 * 3600, 6 * 3600};
    static const int64_t uncertain[] = {3600, 4 * 3600, 24 * 3600};
    int64_t wait = d->may_have_arrived ? delivery_step(uncertain, ROWS(uncertain), tries)
                                       : delivery_step(steps, ROWS(steps), tries);
    int64_t asked = d->retry_after_s < 86400 ? d->retry_after_s : 86400;
    return now + (time_t)(asked > wait ? asked : wait);
}

bool delivery_is_hopeless(time_t created, unsigned tries, time_t now)
{
    return tries >= 5 && now - created >= 7 * 86400;
}

void delivery_set(struct delivery *out, enum delivery_outcome outcome, int code, const char *fmt,
                  ...)
{
    char raw[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(raw, sizeof raw, fmt, args);
    va_end(args);
    struct buf clean;
    buf_init(&clean, 2 * sizeof raw);
    buf_clean(&clean, raw, strlen(raw), sizeof out->reason - 4);
    out->outcome = outcome;
    out->code = code;
    snprintf(out->reason, sizeof out->reason, "%s", buf_text(&clean));
    buf_fini(&clean);
}
