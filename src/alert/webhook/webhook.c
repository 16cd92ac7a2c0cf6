/* SPDX-License-Identifier: ISC */
#include "alert/channel_parts.h"

#include "repmon/channels.h"

#include "repmon/clock.h"
#include "repmon/limits.h"
#include "repmon/url.h"

#include "webhook_body.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEBHOOK_TIMEOUT_MS 30000 /* Standard Webhooks: 15 to 30 s */
#define WEBHOOK_REPLY_MAX  65536 /* nobody reads it */
#define HEADERS_MAX        8

/* The headers of one request; owned. */
struct headers {
    char *items[HEADERS_MAX + 1];
    size_t count;
};

static void header(struct headers *h, const char *name, const char *value)
{
    struct buf b;
    buf_init(&b, LIMIT_SECRET + 256);
    buf_fmt(&b, "%s: %s", name, value);
    /* A line break in a secret would begin another header. */
    if (!b.failed && !strpbrk(buf_text(&b), "\r\n") && h->count < HEADERS_MAX)
        h->items[h->count++] = buf_take(&b);
    buf_fini(&b);
}

static void headers_fini(struct headers *h)
{
    for (size_t i = 0; i < h->count; i++) {
        explicit_bzero(h->items[i], strlen(h->items[i]));
        free(h->items[i]);
    }
    *h = (struct headers){0};
}

static bool fill_headers(const struct conf_channel *conf, const struct message *m, const char *body,
                         struct headers *h, struct error *err)
{
    if ((conf->secret.wanted && !conf->secret.text) || (conf->token.wanted && !conf->token.text))
        return error_set(err, ERR_CONFIG, "secret_file or token_file can't be read");
    header(h, "Content-Type", "application/json");
    if (conf->token.text) {
        struct buf b;
        buf_init(&b, LIMIT_SECRET + 16);
        buf_fmt(&b, "Bearer %s", conf->token.text);
        header(h, "Authorization", buf_text(&b));
        buf_fini(&b);
    }
    if (conf->format != WEBHOOK_REPMON)
        return true;
    char when[32];
    int64_t now = (int64_t)clock_wall(); /* of this try; the id is that of all tries */
    snprintf(when, sizeof when, "%" PRId64, now);
    header(h, "webhook-id", m->id);
    header(h, "webhook-timestamp", when);
    if (!conf->secret.text)
        return true;
    struct buf signature;
    buf_init(&signature, 128);
    bool ok = webhook_sign(conf->secret.text, m->id, now, body, strlen(body), &signature, err);
    if (ok)
        header(h, "webhook-signature", buf_text(&signature));
    buf_fini(&signature);
    return ok;
}

/* ---- outcomes in words ---- */

static const struct {
    int first, last;
    const char *text;
} statuses[] = {
    {300, 399, "a redirect, which is never followed: configure the address it leads to"},
    {400, 400, "the receiver can't read this message"},
    {401, 401, "the receiver wants other credentials"},
    {403, 403, "the receiver forbids it: the token or the address was withdrawn"},
    {404, 404, "the receiver does not know the address: make a new one and configure it"},
    {408, 408, "the receiver waited too long"},
    {410, 410, "the address is gone for good: make a new one and configure it"},
    {413, 413, "the receiver finds this message too large"},
    {415, 415, "the receiver does not take this format"},
    {422, 422, "the receiver does not accept this message"},
    {429, 429, "the receiver wants us to slow down"},
    {400, 499, "the receiver refuses"},
    {500, 599, "the receiver has a fault of its own"},
};

/* Only what a person has to change holds the channel. */
static enum delivery_outcome outcome_of(enum reply_how how)
{
    bool ours = how == REPLY_TLS || how == REPLY_NOT_TLS || how == REPLY_TLS_VERSION;
    return ours ? DELIVERY_HELD : DELIVERY_LATER;
}

/* Slack and its like answer with one word ("channel_not_found"); anything longer could repeat the
 * address, which is a secret. */
static const char *one_word(const struct buf *body, const char *url)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    const char *s = buf_text(body);
    bool safe =
        body->len > 0 && body->len <= 40 && strspn(s, letters) == body->len && !strstr(url, s);
    return safe ? s : "";
}

static void judge(enum reply_how how, const struct http_response *r, const struct buf *body,
                  const char *url, struct delivery *out)
{
    /* The status decides as soon as it came: a body that broke off changes nothing. */
    if (r->status >= 200) {
        const char *text = "";
        for (size_t i = sizeof statuses / sizeof statuses[0]; i-- > 0;) {
            if (r->status >= statuses[i].first && r->status <= statuses[i].last)
                text = statuses[i].text;
        }
        const char *word = one_word(body, url);
        enum delivery_outcome outcome = delivery_of_http(r->status);
        if (outcome == DELIVERY_SENT)
            delivery_set(out, outcome, r->status, "%s", "");
        else
            delivery_set(out, outcome, r->status, "%s (HTTP %d%s%s)", text, r->status,
                         word[0] ? " " : "", word);
        if (out->outcome == DELIVERY_LATER && r->retry_after_s > 0)
            out->retry_after_s = r->retry_after_s;
        return;
    }
    delivery_set(out, outcome_of(how), 0, "%s", reply_how_word(how));
}

/* ---- the channel ---- */

static void post(const struct channel_env *env, const struct conf_channel *conf,
                 const struct message *m, const char *url, const char *content,
                 struct delivery *out)
{
    struct headers h = {0};
    struct error err = {0};
    struct buf body;
    buf_init(&body, WEBHOOK_REPLY_MAX);
    if (!fill_headers(conf, m, content, &h, &err)) {
        delivery_set(out, DELIVERY_HELD, 0, "%s", err.text);
    } else {
        struct http_request request = {
            .method = "POST",
            .url = url,
            .headers = (const char *const *)h.items,
            .body = content,
            .body_len = strlen(content),
            .max_body = WEBHOOK_REPLY_MAX,
            .timeout_ms = env->timeout_ms > 0 ? env->timeout_ms : WEBHOOK_TIMEOUT_MS,
        };
        struct http_response response;
        enum reply_how how = http_once(env->http, &request, &response, &body, &err);
        if (err.class)
            delivery_set(out, err.class == ERR_CONFIG ? DELIVERY_HELD : DELIVERY_LATER, 0, "%s",
                         err.text);
        else
            judge(how, &response, &body, url, out);
    }
    headers_fini(&h);
    buf_fini(&body);
}

static void webhook_send(const struct channel_env *env, const struct conf_channel *conf,
                         const struct message *m, struct delivery *out)
{
    struct webhook_bodies bodies;
    struct error err = {0};
    *out = (struct delivery){0};
    if (!env->http) {
        delivery_set(out, DELIVERY_LATER, 0, "HTTP is not available");
        return;
    }
    if (!webhook_bodies(conf, m, &bodies, &err)) {
        delivery_set(out, err.class == ERR_CONFIG ? DELIVERY_HELD : DELIVERY_DEAD, 0, "%s",
                     err.text);
        return;
    }
    /* No body at all: this format has nothing to say about such news. */
    delivery_set(out, DELIVERY_SENT, 0, "%s", "");
    for (size_t i = 0; i < bodies.count && out->outcome == DELIVERY_SENT; i++)
        post(env, conf, m, bodies.url, bodies.items[i], out);
    webhook_bodies_fini(&bodies);
}

/* A POST is a message, so only what can be checked without one is. */
static void webhook_probe(const struct channel_env *env, const struct conf_channel *conf,
                          struct delivery *out)
{
    static const struct message nothing = {.id = "probe", .instance = "", .config = ""};
    struct webhook_bodies bodies;
    struct headers h = {0};
    struct error err = {0};
    (void)env;
    *out = (struct delivery){0};
    bool ok = webhook_bodies(conf, &nothing, &bodies, &err);
    if (ok) {
        struct url url;
        ok = url_parse_asked(bodies.url, &url, &err) && fill_headers(conf, &nothing, "", &h, &err);
        webhook_bodies_fini(&bodies);
        headers_fini(&h);
    }
    delivery_set(out, ok ? DELIVERY_SENT : DELIVERY_HELD, 0, "%s", err.text);
}

static bool webhook_opens_incidents(const struct conf_channel *conf)
{
    return conf->format == WEBHOOK_PAGERDUTY;
}

static const char *webhook_in_order(const struct conf_channel *conf)
{
    (void)conf;
    return "in order as far as can be seen without a message";
}

static const size_t webhook_secrets[] = {
    offsetof(struct conf_channel, url), offsetof(struct conf_channel, secret),
    offsetof(struct conf_channel, token), offsetof(struct conf_channel, routing_key)};

const struct channel channel_webhook = {
    .word = "webhook",
    .needs_http = true,
    .secrets = webhook_secrets,
    .secret_count = sizeof webhook_secrets / sizeof *webhook_secrets,
    .opens_incidents = webhook_opens_incidents,
    .in_order = webhook_in_order,
    .send = webhook_send,
    .probe = webhook_probe,
};
