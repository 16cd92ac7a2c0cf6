/* SPDX-License-Identifier: ISC */
#include "repmon/message.h"

#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/limits.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ranges ---- */

static void address_format(const struct ip *ip, uint8_t prefix, char out[static CIDR_TEXT_MAX])
{
    struct cidr c = {*ip, prefix ? prefix : (uint8_t)ip_bits(ip)};
    cidr_format(&c, out);
}

void message_range_format(const struct ip_range *r, char out[static MESSAGE_RANGE_MAX])
{
    char first[CIDR_TEXT_MAX], last[CIDR_TEXT_MAX];
    address_format(&r->first, r->prefix, first);
    address_format(&r->last, r->prefix, last);
    if (ip_cmp(&r->first, &r->last) == 0)
        snprintf(out, MESSAGE_RANGE_MAX, "%s", first);
    else
        snprintf(out, MESSAGE_RANGE_MAX, "%s-%s", first, last);
}

/* A domain: it has a letter, and no colon as IPv6 has. */
static bool is_name(const char *text)
{
    bool letter = false;
    for (const char *c = text; *c; c++)
        letter |= isalpha((unsigned char)*c) != 0;
    return letter && !strchr(text, ':') && strlen(text) < IP_TEXT_MAX;
}

bool message_range_parse(const char *text, struct ip_range *out)
{
    char first[MESSAGE_RANGE_MAX];
    if (is_name(text)) {
        *out = (struct ip_range){ip_of_name(text), ip_of_name(text), 128};
        return true;
    }
    const char *dash = strchr(text, '-');
    size_t len = dash ? (size_t)(dash - text) : strlen(text);
    if (len >= sizeof first)
        return false;
    memcpy(first, text, len);
    first[len] = '\0';
    struct cidr a, b;
    if (!cidr_parse(first, &a, NULL) || !cidr_parse(dash ? dash + 1 : first, &b, NULL))
        return false;
    if (a.len != b.len || ip_cmp(&a.base, &b.base) > 0 || a.base.family != b.base.family)
        return false;
    *out = (struct ip_range){a.base, b.base, a.len};
    return true;
}

static uint64_t half(const struct ip *ip, size_t from)
{
    uint64_t n = 0;
    for (size_t i = from; i < from + 8; i++)
        n = n << 8 | ip->bytes[i];
    return n;
}

uint32_t message_range_count(const struct ip_range *r)
{
    uint64_t steps;
    if (r->first.family == 4) {
        steps = (ip_v4(&r->last) - ip_v4(&r->first)) >> (r->prefix ? 32 - r->prefix : 0);
    } else if (r->prefix <= 64) {
        steps = (half(&r->last, 0) - half(&r->first, 0)) >> (r->prefix ? 64 - r->prefix : 0);
    } else {
        bool far = half(&r->last, 0) != half(&r->first, 0);
        steps = far ? UINT32_MAX : (half(&r->last, 8) - half(&r->first, 8)) >> (128 - r->prefix);
    }
    return steps < UINT32_MAX ? (uint32_t)steps + 1 : UINT32_MAX;
}

/* ---- levels ---- */

enum level message_entry_level(const struct entry *e)
{
    /* What a list can't do has the weight that the judge gave it. */
    return change_level(e->kind, e->of_list, e->of_list ? e->severity_level : e->to);
}

enum level message_level(const struct message *m)
{
    enum level level = LEVEL_INFO;
    for (size_t i = 0; i < m->entry_count; i++)
        level = level_worse(level, message_entry_level(&m->entries[i]));
    return level;
}

/* ---- writing ---- */

/* Outside text as a JSON string; `max` bytes, 0 for all. */
static json_t *text(const char *s, size_t max)
{
    struct buf b;
    buf_init(&b, LIMIT_MESSAGE_JSON);
    size_t len = s ? strlen(s) : 0;
    buf_clean(&b, s ? s : "", len, max ? max : len);
    json_t *j = json_stringn(buf_text(&b), b.len);
    buf_fini(&b);
    return j ? j : json_string("?");
}

static json_t *when(time_t t)
{
    char out[32];
    if (t == 0)
        return json_null();
    clock_format_utc(t, out, sizeof out);
    return json_string(out);
}

static json_t *codes_json(const struct code *codes, size_t count, size_t max)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            array, json_pack("{s:o,s:o,s:o,s:s}", "answer", text(codes[i].answer, 0), "name",
                             text(codes[i].name, max), "meaning", text(codes[i].meaning, max),
                             "severity", severity_word(codes[i].severity)));
    }
    return array;
}

static json_t *entry_json(const struct entry *e, const struct message_caps *caps)
{
    size_t shown =
        caps->addresses && caps->addresses < e->range_count ? caps->addresses : e->range_count;
    uint32_t more = e->more;
    json_t *addresses = json_array();
    for (size_t i = 0; i < e->range_count; i++) {
        char range[MESSAGE_RANGE_MAX];
        if (i >= shown) {
            more += message_range_count(&e->ranges[i]);
            continue;
        }
        message_range_format(&e->ranges[i], range);
        json_array_append_new(addresses, json_string(range));
    }
    json_t *o =
        json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:o,s:I,s:o}", "kind", change_word(e->kind), "source",
                  e->source, "list", text(e->list, 0), "from", level_word(e->from), "to",
                  level_word(e->to), "level", level_word(message_entry_level(e)), "since",
                  when(e->since), "count", (json_int_t)e->count, "targets", addresses);
    json_object_set(o, "addresses", addresses); /* its name before domains were targets */
    if (more)
        json_object_set_new(o, "more", json_integer((json_int_t)more));
    if (e->of_list)
        json_object_set_new(o, "of_list", json_true());
    if (e->count == 1 && e->range_count > 0) {
        char ip[MESSAGE_RANGE_MAX];
        message_range_format(&e->ranges[0], ip);
        bool domain = e->ranges[0].first.family == IP_NAME;
        json_object_set_new(o, "ip", domain ? json_null() : json_string(ip));
        json_object_set_new(o, "domain", domain ? json_string(ip) : json_null());
        json_object_set_new(o, "label", text(e->label, caps->text));
    }
    json_object_set_new(o, "codes_from", codes_json(e->codes_from, e->code_from_count, caps->text));
    json_object_set_new(o, "codes", codes_json(e->codes, e->code_count, caps->text));
    json_object_set_new(o, "state", text(e->state, caps->text));
    json_object_set_new(o, "headline", text(e->headline, caps->text));
    json_object_set_new(o, "sentence", text(e->sentence, caps->text));
    json_object_set_new(o, "dns_list", json_boolean(e->dns_list));
    const char *cause = cause_word(e->cause);
    json_object_set_new(o, "cause", e->cause == CAUSE_NONE ? json_null() : json_string(cause));
    json_object_set_new(o, "reason", text(e->reason, caps->text));
    json_object_set_new(o, "url", text(e->url, 0));
    json_object_set_new(o, "delist", text(e->delist, 0));
    json_object_set_new(o, "advice", text(compose_advice(e), caps->text));
    return o;
}

/* `cap` 0 is none. */
static size_t least(size_t count, size_t cap)
{
    return cap && cap < count ? cap : count;
}

static json_t *strings_json(const char *const *items, size_t count, size_t max)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, text(items[i], max));
    return array;
}

static json_t *open_json(const struct message_open *open, size_t shown)
{
    json_t *array = json_array();
    for (size_t i = 0; i < shown; i++) {
        const struct message_open *f = &open[i];
        char range[MESSAGE_RANGE_MAX];
        message_range_format(&f->range, range);
        json_array_append_new(array, json_pack("{s:s,s:o,s:s,s:s,s:o,s:o,s:o,s:b}", "source",
                                               f->source, "list", text(f->list, 0), "level",
                                               level_word(f->level), "addresses", range, "state",
                                               text(f->state, 0), "codes", text(f->codes, 0),
                                               "since", when(f->since), "acked", (int)f->acked));
    }
    return array;
}

static json_t *unknown_json(const struct message *m, size_t shown)
{
    json_t *array = json_array();
    for (size_t i = 0; i < shown; i++) {
        const struct message_unknown *u = &m->unknown[i];
        json_array_append_new(array,
                              json_pack("{s:s,s:o,s:s,s:I,s:o}", "source", u->source, "list",
                                        text(u->list, 0), "cause", cause_word(u->cause), "targets",
                                        (json_int_t)u->targets, "since", when(u->since)));
    }
    return array;
}

static json_t *webhook_json(const struct message *m, const struct message_caps *caps)
{
    size_t shown = least(m->entry_count, caps->entries);
    uint32_t more = m->more_entries + (uint32_t)(m->entry_count - shown);
    json_t *changes = json_array();
    for (size_t i = 0; i < shown; i++)
        json_array_append_new(changes, entry_json(&m->entries[i], caps));
    json_t *o =
        json_pack("{s:i,s:o,s:s,s:o,s:o,s:s,s:o}", "version", 1, "id", text(m->id, 0), "type",
                  "repmon.alert", "time", when(m->time), "instance", text(m->instance, 0), "level",
                  level_word(message_level(m)), "changes", changes);
    if (more)
        json_object_set_new(o, "more", json_integer((json_int_t)more));
    size_t open = least(m->open_count, caps->entries);
    uint32_t more_open = m->more_open + (uint32_t)(m->open_count - open);
    json_object_set_new(o, "notes", strings_json(m->notes, m->note_count, caps->text));
    json_object_set_new(o, "open", open_json(m->open, open));
    if (more_open)
        json_object_set_new(o, "more_open", json_integer((json_int_t)more_open));
    size_t unknown = least(m->unknown_count, caps->entries);
    json_object_set_new(o, "unknown", unknown_json(m, unknown));
    if (unknown < m->unknown_count)
        json_object_set_new(o, "more_unknown",
                            json_integer((json_int_t)(m->unknown_count - unknown)));
    return o;
}

static bool dump(json_t *o, struct buf *out)
{
    char *s = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    bool ok = s && buf_str(out, s);
    free(s);
    return ok;
}

bool message_to_webhook(const struct message *m, const struct message_caps *caps, struct buf *out)
{
    return dump(webhook_json(m, caps), out);
}

bool message_entry_to_json(const struct entry *e, struct buf *out)
{
    static const struct message_caps whole = {0};
    return dump(entry_json(e, &whole), out);
}

bool message_to_json(const struct message *m, struct buf *out)
{
    static const struct message_caps whole = {0};
    json_t *o = webhook_json(m, &whole);
    json_object_set_new(o, "baseline", json_boolean(m->baseline));
    json_object_set_new(o, "heard", text(m->heard ? m->heard : "", 0));
    json_object_set_new(o, "below", text(m->below, 0));
    json_object_set_new(o, "neighbours", open_json(m->neighbours, m->neighbour_count));
    json_object_set_new(o, "config", text(m->config, 0));
    json_object_set_new(o, "reply_to", strings_json(m->reply_to, m->reply_to_count, 0));
    json_object_set_new(o, "closed", strings_json(m->closed, m->closed_count, 0));
    return dump(o, out);
}
