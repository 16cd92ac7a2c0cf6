/* SPDX-License-Identifier: ISC */
#include "webhook_pagerduty.h"

#include "webhook_service.h"

#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/crypto.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SUMMARY_MAX 1000 /* characters allowed: 1024 */
#define KEY_HASH    8    /* bytes */

static json_t *webhook_pagerduty_text(const char *s, size_t max)
{
    struct buf b;
    buf_init(&b, 8192);
    buf_clean(&b, s, strlen(s), max);
    json_t *j = json_stringn(buf_text(&b), b.len);
    buf_fini(&b);
    return j ? j : json_string("?");
}

static json_t *webhook_advice(const struct entry *e)
{
    struct buf b;
    buf_init(&b, 8192);
    buf_shown_lines(&b, compose_advice(e), 1000, ' ');
    json_t *j = webhook_pagerduty_text(buf_text(&b), b.len);
    buf_fini(&b);
    return j;
}

/* A key that is too long ends with a hash of all of it: two that begin alike stay two incidents. */
static void webhook_shorten_key(struct buf *b)
{
    uint8_t hash[SHA256_BYTES];
    char hex[2 * KEY_HASH + 1];
    if (b->len <= WEBHOOK_KEY_MAX)
        return;
    crypto_sha256(buf_text(b), b->len, hash);
    crypto_hex(hash, KEY_HASH, hex);
    buf_cut(b, WEBHOOK_KEY_MAX - 1 - 2 * KEY_HASH);
    buf_fmt(b, "-%s", hex);
}

static json_t *webhook_dedup_key(const struct message *m, const char *list)
{
    struct buf b;
    buf_init(&b, 8192);
    buf_fmt(&b, "repmon/%s/%s", m->instance, list[0] ? list : "all");
    webhook_shorten_key(&b);
    json_t *j = webhook_pagerduty_text(buf_text(&b), b.len);
    buf_fini(&b);
    return j;
}

/* Bad news: something that is open now, and no mere information. */
static bool webhook_is_open(const struct entry *e)
{
    switch (e->kind) {
    case CHANGE_DELISTED:
    case CHANGE_RETIRED:
    case CHANGE_LAPSED:
    case CHANGE_RECOVERED:
    case CHANGE_NONE: return false;
    default: return message_entry_level(e) >= LEVEL_WARNING;
    }
}

static bool webhook_is_closed(const struct message *m, const char *list)
{
    for (size_t i = 0; i < m->closed_count; i++) {
        if (strcmp(m->closed[i], list) == 0)
            return true;
    }
    return false;
}

static const char *webhook_severity(enum level level)
{
    static const char *const words[LEVEL_COUNT] = {"warning", "info", "info", "warning",
                                                   "critical"};
    return words[level];
}

static json_t *webhook_addresses(const struct entry *e)
{
    json_t *array = json_array();
    for (size_t i = 0; i < e->range_count; i++) {
        char range[MESSAGE_RANGE_MAX];
        message_range_format(&e->ranges[i], range);
        json_array_append_new(array, json_string(range));
    }
    return array;
}

static json_t *webhook_trigger(const char *routing_key, const struct message *m,
                               const struct entry *e, size_t others)
{
    struct buf summary;
    char when[32];
    buf_init(&summary, 4096);
    compose_headline(e, &summary);
    if (others)
        buf_fmt(&summary, " (+%zu)", others);
    clock_format_utc(m->time, when, sizeof when);
    json_t *details =
        json_pack("{s:o,s:I,s:o,s:o,s:o}", "addresses", webhook_addresses(e), "count",
                  (json_int_t)e->count, "reason", webhook_pagerduty_text(e->reason, 500), "advice",
                  webhook_advice(e), "digest", webhook_pagerduty_text(m->id, 100));
    json_t *payload =
        json_pack("{s:o,s:o,s:s,s:s,s:o,s:s,s:s,s:o}", "summary",
                  webhook_pagerduty_text(buf_text(&summary), SUMMARY_MAX), "source",
                  webhook_pagerduty_text(m->instance, 100), "severity",
                  webhook_severity(message_entry_level(e)), "timestamp", when, "component",
                  webhook_pagerduty_text(e->list, 140), "group", e->source, "class",
                  change_word(e->kind), "custom_details", details);
    json_t *o = json_pack("{s:s,s:s,s:o,s:s,s:o}", "routing_key", routing_key, "event_action",
                          "trigger", "dedup_key", webhook_dedup_key(m, e->list), "client", "repmon",
                          "payload", payload);
    if (o && e->url[0])
        json_object_set_new(o, "links",
                            json_pack("[{s:o,s:s}]", "href", webhook_pagerduty_text(e->url, 1000),
                                      "text", "Look up"));
    buf_fini(&summary);
    return o;
}

bool pagerduty_events(const char *routing_key, const struct message *m, struct webhook_bodies *out,
                      struct error *err)
{
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct entry *e = &m->entries[i];
        bool first = webhook_is_open(e) && !webhook_is_closed(m, e->list);
        size_t others = 0;
        for (size_t j = 0; first && j < m->entry_count; j++) {
            if (j == i || strcmp(m->entries[j].list, e->list) != 0 ||
                !webhook_is_open(&m->entries[j]))
                continue;
            first = j > i; /* entries are sorted worst first: the first of a list speaks for it */
            others++;
        }
        if (first && !webhook_bodies_add(out, webhook_trigger(routing_key, m, e, others), err))
            return false;
    }
    for (size_t i = 0; i < m->closed_count; i++) {
        json_t *o = json_pack("{s:s,s:s,s:o}", "routing_key", routing_key, "event_action",
                              "resolve", "dedup_key", webhook_dedup_key(m, m->closed[i]));
        if (!webhook_bodies_add(out, o, err))
            return false;
    }
    return true;
}

void pagerduty_refused(int status, const json_t *body, struct delivery *out)
{
    static const struct webhook_refusal bad_key[] = {
        {"outing", DELIVERY_HELD,
         "PagerDuty does not accept the key: put that of an Events API v2 integration into "
         "routing_key_file"},
        {NULL, 0, NULL},
    };
    size_t i;
    const json_t *error;
    json_array_foreach(json_object_get(body, "errors"), i, error)
    {
        if (status == 400)
            webhook_refused(bad_key, json_string_value(error), out);
    }
}
