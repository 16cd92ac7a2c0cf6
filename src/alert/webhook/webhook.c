/* SPDX-License-Identifier: ISC */
#include "alert/channel_parts.h"

#include "repmon/channels.h"

#include "repmon/clock.h"
#include "repmon/limits.h"
#include "repmon/url.h"

#include "webhook_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEBHOOK_TIMEOUT_MS 30000 /* Standard Webhooks: 15 to 30 s */
#define WEBHOOK_REPLY_MAX  65536 /* its content is not used */
#define HEADERS_MAX        8

/* The headers of one request; owned. */
struct headers {
    char *items[HEADERS_MAX + 1];
    size_t count;
};

/* `name` with its colon. */
static void webhook_header(struct headers *h, const char *name, const char *value)
{
    struct buf b;
    buf_init(&b, LIMIT_SECRET + 256);
    buf_fmt(&b, "%s%s", name, value);
    /* A line break in a secret would begin another header. */
    if (!b.failed && !strpbrk(buf_text(&b), "\r\n") && h->count < HEADERS_MAX)
        h->items[h->count++] = buf_take(&b);
    buf_fini(&b);
}

static void webhook_headers_fini(struct headers *h)
{
    for (size_t i = 0; i < h->count; i++) {
        explicit_bzero(h->items[i], strlen(h->items[i]));
        free(h->items[i]);
    }
    *h = (struct headers){0};
}

static bool webhook_fill_headers(const struct conf_channel *conf, const struct message *m,
                                 const char *body, struct headers *h, struct error *err)
{
    if ((conf->secret.wanted && !conf->secret.text) || (conf->token.wanted && !conf->token.text))
        return error_set(err, ERR_CONFIG, "secret_file or token_file can't be read");
    const char *token = webhook_service_of(conf->format)->token_header;
    if (!token)
        token = "Authorization: Bearer ";
    webhook_header(h, "Content-Type: ", "application/json");
    if (conf->token.text && *token)
        webhook_header(h, token, conf->token.text);
    if (conf->format != WEBHOOK_REPMON)
        return true;
    char when[32];
    int64_t now = (int64_t)clock_wall(); /* of this try; all tries share the id */
    snprintf(when, sizeof when, "%" PRId64, now);
    webhook_header(h, "webhook-id: ", m->id);
    webhook_header(h, "webhook-timestamp: ", when);
    if (!conf->secret.text)
        return true;
    struct buf signature;
    buf_init(&signature, 128);
    bool ok = webhook_sign(conf->secret.text, m->id, now, body, strlen(body), &signature, err);
    if (ok)
        webhook_header(h, "webhook-signature: ", buf_text(&signature));
    buf_fini(&signature);
    return ok;
}

/* ---- the channel ---- */

/* `content` NULL: the probe. */
static void webhook_ask(const struct channel_env *env, const struct conf_channel *conf,
                        const struct message *m, const char *url, const char *content,
                        struct delivery *out)
{
    const struct webhook_service *service = webhook_service_of(conf->format);
    struct headers h = {0};
    struct error err = {0};
    struct buf body;
    buf_init(&body, WEBHOOK_REPLY_MAX);
    if (!webhook_fill_headers(conf, m, content ? content : "", &h, &err)) {
        delivery_set(out, DELIVERY_HELD, 0, "%s", err.text);
    } else {
        struct http_request request = {
            .method = service->method ? service->method : "POST",
            .url = url,
            .headers = (const char *const *)h.items,
            .body = content,
            .body_len = content ? strlen(content) : 0,
            .max_body = WEBHOOK_REPLY_MAX,
            .timeout_ms = env->timeout_ms > 0 ? env->timeout_ms : WEBHOOK_TIMEOUT_MS,
        };
        if (!content)
            request.method = "GET";
        struct http_response response;
        struct webhook_answer answer = {.response = &response, .body = &body, .url = url};
        answer.how = http_once(env->http, &request, &response, &body, &err);
        if (err.class)
            delivery_set(out, err.class == ERR_CONFIG ? DELIVERY_HELD : DELIVERY_DEFERRED, 0, "%s",
                         err.text);
        else
            webhook_answer(service, &answer, out);
    }
    webhook_headers_fini(&h);
    buf_fini(&body);
}

static void webhook_send(const struct channel_env *env, const struct conf_channel *conf,
                         const struct message *m, struct delivery *out)
{
    struct webhook_bodies bodies;
    struct error err = {0};
    *out = (struct delivery){0};
    if (!env->http) {
        delivery_set(out, DELIVERY_DEFERRED, 0, "HTTP is not available");
        return;
    }
    if (!webhook_bodies(conf, m, &bodies, &err)) {
        delivery_set(out, err.class == ERR_CONFIG ? DELIVERY_HELD : DELIVERY_FAILED, 0, "%s",
                     err.text);
        return;
    }
    /* No body at all: this format has nothing to say about such news. */
    delivery_set(out, DELIVERY_SENT, 0, "%s", "");
    for (size_t i = 0; i < bodies.count && out->outcome == DELIVERY_SENT; i++)
        webhook_ask(env, conf, m, bodies.url, bodies.items[i], out);
    webhook_bodies_fini(&bodies);
}

/* Whether a message and its headers could be made; nothing is sent: a POST would be a message. */
static bool webhook_could_send(const struct conf_channel *conf, const struct message *m,
                               struct error *err)
{
    struct webhook_bodies bodies;
    struct headers h = {0};
    struct url url;
    if (!webhook_bodies(conf, m, &bodies, err))
        return false;
    bool ok = url_parse_asked(bodies.url, &url, err) && webhook_fill_headers(conf, m, "", &h, err);
    webhook_bodies_fini(&bodies);
    webhook_headers_fini(&h);
    return ok;
}

static void webhook_probe(const struct channel_env *env, const struct conf_channel *conf,
                          struct delivery *out)
{
    static const struct message nothing = {.id = "probe", .instance = "", .config = ""};
    const struct webhook_service *service = webhook_service_of(conf->format);
    struct webhook_bodies asked = {0};
    struct error err = {0};
    *out = (struct delivery){0};
    bool ok = webhook_could_send(conf, &nothing, &err);
    delivery_set(out, ok ? DELIVERY_SENT : DELIVERY_HELD, 0, "%s", err.text);
    if (!ok || !service->probe || !env->http)
        return;
    webhook_bodies_url(&asked, mem_dup(conf->url.text ? conf->url.text : service->default_url));
    if (service->probe(conf, &asked, &err))
        webhook_ask(env, conf, &nothing, asked.url, NULL, out);
    else
        delivery_set(out, DELIVERY_HELD, 0, "%s", err.text);
    webhook_bodies_fini(&asked);
}

static bool webhook_opens_incidents(const struct conf_channel *conf)
{
    return webhook_service_of(conf->format)->opens_incidents;
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
