/* SPDX-License-Identifier: ISC */
#include "webhook_body.h"

#include "webhook_pagerduty.h"
#include "webhook_services.h"
#include "webhook_text.h"

#include "repmon/compose.h"
#include "repmon/crypto.h"
#include "repmon/limits.h"
#include "repmon/secret.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void webhook_add_text(struct webhook_bodies *out, char *body)
{
    out->items = mem_grow(out->items, out->count + 1, sizeof *out->items);
    out->items[out->count++] = body;
}

bool webhook_bodies_add(struct webhook_bodies *out, json_t *o, struct error *err)
{
    char *s = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (!s)
        return error_set(err, ERR_CONFIG,
                         "the message can't be written as JSON: is the key or the topic UTF-8?");
    webhook_add_text(out, s);
    return true;
}

bool webhook_bodies_add_text(struct webhook_bodies *out, const struct message *m,
                             const struct escape *escapes, size_t max, struct error *err)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    webhook_text(m, escapes, max, true, &text);
    json_t *o = json_pack("{s:o}", "text", webhook_json_text(&text));
    buf_fini(&text);
    return webhook_bodies_add(out, o, err);
}

/* ---- one function per format ---- */

static bool webhook_repmon_body(const struct conf_channel *conf, const struct message *m,
                                struct webhook_bodies *out, struct error *err)
{
    /* Tried in turn, from the documented limits down, until the body fits. */
    static const struct message_caps steps[] = {
        {50, 100, 0}, {50, 50, 300}, {50, 20, 200}, {50, 5, 120}, {40, 3, 80},
        {30, 1, 80},  {20, 1, 60},   {10, 1, 60},   {5, 1, 40},   {1, 1, 40},
    };
    struct buf b;
    (void)conf;
    buf_init(&b, LIMIT_MESSAGE_JSON);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        buf_clear(&b);
        if (message_to_webhook(m, &steps[i], &b) && b.len < WEBHOOK_BODY_MAX)
            break;
    }
    if (b.failed || b.len >= WEBHOOK_BODY_MAX) {
        buf_fini(&b);
        return error_set(err, ERR_BUG, "the webhook body is larger than its limit");
    }
    webhook_add_text(out, buf_take(&b));
    return true;
}

static bool webhook_slack_body(const struct conf_channel *conf, const struct message *m,
                               struct webhook_bodies *out, struct error *err)
{
    static const struct escape escapes[] = {
        {'&', "&amp;", 0}, {'<', "&lt;", 0}, {'>', "&gt;", 0}, {0}};
    struct buf b;
    (void)conf;
    buf_init(&b, 64 * 1024);
    webhook_text(m, escapes, WEBHOOK_SLACK_MAX, true, &b);
    json_t *o =
        json_pack("{s:o,s:b,s:b}", "text", webhook_json_text(&b), "mrkdwn", 0, "unfurl_links", 0);
    buf_fini(&b);
    return webhook_bodies_add(out, o, err);
}

static bool webhook_discord_body(const struct conf_channel *conf, const struct message *m,
                                 struct webhook_bodies *out, struct error *err)
{
    enum { SUPPRESS_EMBEDS = 1 << 2, SUPPRESS_NOTIFICATIONS = 1 << 12 };
    int flags = SUPPRESS_EMBEDS | (webhook_is_calm(m) ? SUPPRESS_NOTIFICATIONS : 0);
    struct buf b;
    (void)conf;
    buf_init(&b, 64 * 1024);
    webhook_text(m, webhook_markdown, WEBHOOK_DISCORD_MAX, true, &b);
    json_t *o = json_pack("{s:o,s:{s:[]},s:i}", "content", webhook_json_text(&b),
                          "allowed_mentions", "parse", "flags", flags);
    buf_fini(&b);
    /* Without `wait` a message that Discord could not save is answered like any other. */
    if (!strstr(out->url, "wait=true"))
        webhook_bodies_query(out, "wait=true");
    return webhook_bodies_add(out, o, err);
}

static json_t *webhook_text_block(const char *text, bool title)
{
    struct buf b;
    buf_init(&b, 64 * 1024);
    webhook_escape(&b, text, webhook_markdown);
    json_t *block =
        json_pack("{s:s,s:o,s:b}", "type", "TextBlock", "text", webhook_json_text(&b), "wrap", 1);
    if (title) {
        json_object_set_new(block, "weight", json_string("Bolder"));
        json_object_set_new(block, "size", json_string("Medium"));
    }
    buf_fini(&b);
    return block;
}

/* An Adaptive Card for the Workflows app: one block a line, because it joins lines. */
static bool webhook_teams_body(const struct conf_channel *conf, const struct message *m,
                               struct webhook_bodies *out, struct error *err)
{
    struct buf b;
    json_t *blocks = json_array();
    (void)conf;
    buf_init(&b, 64 * 1024);
    compose_subject(m, &b);
    json_array_append_new(blocks, webhook_text_block(buf_text(&b), true));
    buf_clear(&b);
    compose_short(m, 8000, &b);
    char *rest = buf_take(&b), *save = NULL;
    for (char *line = strtok_r(rest, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        json_array_append_new(blocks, webhook_text_block(line, false));
    free(rest);
    json_t *o =
        json_pack("{s:s,s:[{s:s,s:n,s:{s:s,s:s,s:s,s:o}}]}", "type", "message", "attachments",
                  "contentType", "application/vnd.microsoft.card.adaptive", "contentUrl", "content",
                  "$schema", "http://adaptivecards.io/schemas/adaptive-card.json", "type",
                  "AdaptiveCard", "version", "1.4", "body", blocks);
    return webhook_bodies_add(out, o, err);
}

/* How loud ntfy is: by what is true now. */
static const struct {
    int priority; /* 1 to 5; 3 is ntfy's usual */
    const char *tag;
} ntfy_tones[LEVEL_COUNT] = {
    [LEVEL_UNKNOWN] = {3, "warning"},         [LEVEL_OK] = {2, "information_source"},
    [LEVEL_INFO] = {2, "information_source"}, [LEVEL_WARNING] = {3, "warning"},
    [LEVEL_CRITICAL] = {4, "rotating_light"},
};

/* "https://ntfy.example/TOPIC?x" becomes "https://ntfy.example/?x" and the topic: JSON is published
 * at the root, and headers, the other way, can't hold what is not ASCII. */
static bool webhook_ntfy_body(const struct conf_channel *conf, const struct message *m,
                              struct webhook_bodies *out, struct error *err)
{
    (void)conf;
    char *host = strstr(out->url, "://");
    char *end = out->url + strcspn(out->url, "?#");
    char *slash = end;
    while (slash > out->url && slash[-1] != '/')
        slash--;
    if (!host || slash < host + 4 || slash == end)
        return error_set(err, ERR_CONFIG, "the URL of ntfy does not end in a topic");
    char *topic = mem_ndup(slash, (size_t)(end - slash));
    memmove(slash, end, strlen(end) + 1);

    struct buf title, text;
    buf_init(&title, 1024);
    buf_init(&text, 64 * 1024);
    compose_subject(m, &title);
    webhook_text(m, NULL, WEBHOOK_NTFY_MAX, false, &text);
    enum level level = message_level(m);
    json_t *o = json_pack("{s:s,s:o,s:o,s:i,s:[s]}", "topic", topic, "title",
                          webhook_json_text(&title), "message", webhook_json_text(&text),
                          "priority", ntfy_tones[level].priority, "tags", ntfy_tones[level].tag);
    free(topic);
    buf_fini(&title);
    buf_fini(&text);
    return webhook_bodies_add(out, o, err);
}

static bool webhook_pagerduty_body(const struct conf_channel *conf, const struct message *m,
                                   struct webhook_bodies *out, struct error *err)
{
    if (!conf->routing_key.text)
        return error_set(err, ERR_CONFIG, "pagerduty needs a routing_key_file that can be read");
    return pagerduty_events(conf->routing_key.text, m, out, err);
}

/* ---- the services of this file ---- */

const struct webhook_service service_repmon = {
    .name = "the receiver", .any_answer = true, .make = webhook_repmon_body};

/* A 400 with these words is not the message's fault. */
static const struct webhook_refusal slack_refusals[] = {
    {"user_not_found", DELIVERY_HELD,
     "the creator of the webhook has left Slack: create a new one and configure it"},
    {"no_active_hooks", DELIVERY_HELD, "the webhook is switched off in Slack"},
    {"no_service", DELIVERY_HELD, "the webhook no longer exists in Slack: create a new one"},
    {"no_team", DELIVERY_HELD, "Slack knows no such workspace: check url"},
    {"team_disabled", DELIVERY_HELD, "the workspace in Slack is disabled"},
    {"invalid_token", DELIVERY_HELD, "Slack knows no such webhook: check url"},
    {NULL, 0, NULL},
};

static void webhook_slack_refused(int status, const json_t *body, struct delivery *out)
{
    if (status == 400)
        webhook_refused(slack_refusals, json_string_value(body), out);
}

const struct webhook_service service_slack = {
    .name = "Slack", .make = webhook_slack_body, .refused = webhook_slack_refused};
const struct webhook_service service_discord = {.name = "Discord", .make = webhook_discord_body};
const struct webhook_service service_teams = {.name = "Teams", .make = webhook_teams_body};
const struct webhook_service service_ntfy = {.name = "ntfy", .make = webhook_ntfy_body};
const struct webhook_service service_pagerduty = {
    .name = "PagerDuty",
    .default_url = "https://events.pagerduty.com/v2/enqueue",
    .opens_incidents = true,
    .make = webhook_pagerduty_body,
    .refused = pagerduty_refused,
};

/* ---- bodies ---- */

bool webhook_bodies(const struct conf_channel *conf, const struct message *m,
                    struct webhook_bodies *out, struct error *err)
{
    const struct webhook_service *service = webhook_service_of(conf->format);
    const char *url = conf->url.text;
    *out = (struct webhook_bodies){0};
    if (!url && !conf->url.wanted)
        url = service->default_url;
    if (!url)
        return error_set(err, ERR_CONFIG, "the URL is missing or its file can't be read");
    out->url = mem_dup(url);
    if (service->make(conf, m, out, err))
        return true;
    webhook_bodies_fini(out);
    return false;
}

void webhook_bodies_path(struct webhook_bodies *out, const char *path)
{
    size_t base = strcspn(out->url, "?#"), len = strlen(path), query = base;
    while (base && out->url[base - 1] == '/')
        base--;
    if (base >= len && strncmp(out->url + base - len, path, len) == 0)
        base -= len; /* the URL already ends with it */
    struct buf url;
    buf_init(&url, LIMIT_URL + LIMIT_SECRET);
    buf_add(&url, out->url, base);
    buf_str(&url, path);
    buf_str(&url, out->url + query);
    webhook_bodies_url(out, buf_take(&url));
}

void webhook_bodies_query(struct webhook_bodies *out, const char *query)
{
    struct buf url;
    buf_init(&url, LIMIT_URL + LIMIT_SECRET);
    buf_fmt(&url, "%s%c%s", out->url, strchr(out->url, '?') ? '&' : '?', query);
    webhook_bodies_url(out, buf_take(&url));
}

void webhook_bodies_url(struct webhook_bodies *out, char *url)
{
    if (out->url)
        explicit_bzero(out->url, strlen(out->url));
    free(out->url);
    out->url = url;
}

void webhook_bodies_fini(struct webhook_bodies *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->items[i]);
    free(b->items);
    webhook_bodies_url(b, NULL);
    *b = (struct webhook_bodies){0};
}

bool webhook_sign(const char *secret, const char *id, int64_t timestamp, const char *body,
                  size_t len, struct buf *out, struct error *err)
{
    struct buf key, text;
    uint8_t mac[SHA256_BYTES];
    buf_init(&key, LIMIT_SECRET);
    buf_init(&text, WEBHOOK_BODY_MAX + 1024);
    bool ok = secret_signing_key(secret, &key, err);
    if (ok) {
        buf_fmt(&text, "%s.%" PRId64 ".", id, timestamp);
        buf_add(&text, body, len);
        crypto_hmac_sha256(buf_text(&key), key.len, buf_text(&text), text.len, mac);
        buf_str(out, "v1,");
        ok = crypto_base64(out, mac, sizeof mac) && !text.failed;
    }
    if (key.data)
        explicit_bzero(key.data, key.cap);
    buf_fini(&key);
    buf_fini(&text);
    return ok;
}
