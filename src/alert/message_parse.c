/* SPDX-License-Identifier: ISC */
#include "repmon/message.h"

#include "repmon/clock.h"
#include "repmon/day.h"
#include "repmon/limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Strings are borrowed from `root`, arrays are in `blocks`. */
struct owned {
    json_t *root;  /* owned */
    void **blocks; /* owned, and each block too */
    size_t count;
};

/* State shared by the readers below: the first thing out of form makes the whole message bad. */
struct reader {
    struct owned *owned;
    bool bad;
};

static void *message_block(struct reader *r, size_t count, size_t size)
{
    struct owned *o = r->owned;
    o->blocks = mem_grow(o->blocks, o->count + 1, sizeof *o->blocks);
    o->blocks[o->count] = mem_array(count, size);
    return o->blocks[o->count++];
}

static const char *message_string(struct reader *r, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (!s)
        r->bad = true;
    return s ? s : "";
}

/* A key that may be missing. */
static const char *message_string_or_empty(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static uint32_t message_number(struct reader *r, const json_t *o, const char *key)
{
    const json_t *j = json_object_get(o, key);
    json_int_t n = json_integer_value(j);
    if ((j && !json_is_integer(j)) || n < 0 || n > UINT32_MAX) {
        r->bad = true;
        return 0;
    }
    return (uint32_t)n;
}

static time_t message_when(struct reader *r, const json_t *o, const char *key)
{
    const json_t *j = json_object_get(o, key);
    if (json_is_null(j))
        return 0;
    const char *s = json_string_value(j);
    struct tm tm;
    if (!s || !date_parse(s, DATE_UTC, &tm)) {
        r->bad = true;
        return 0;
    }
    return (time_t)clock_from_utc(&tm);
}

#define WORD_READER(name, type, parse)                                                             \
    static enum type name(struct reader *r, const json_t *o, const char *key)                      \
    {                                                                                              \
        enum type value = (enum type)0;                                                            \
        if (!parse(message_string(r, o, key), &value))                                             \
            r->bad = true;                                                                         \
        return value;                                                                              \
    }
WORD_READER(level, level, level_parse)
WORD_READER(severity, severity, severity_parse)
WORD_READER(kind, change_kind, change_parse)

static enum cause message_cause(struct reader *r, const json_t *o)
{
    const json_t *j = json_object_get(o, "cause");
    const char *word = json_string_value(j);
    enum cause value = CAUSE_NEVER_ASKED;
    if (json_is_null(j))
        return CAUSE_NONE;
    if (!word || !cause_parse(word, &value))
        r->bad = true;
    return value;
}

static const json_t *message_array(struct reader *r, const json_t *o, const char *key,
                                   size_t *count)
{
    const json_t *a = json_object_get(o, key);
    if (!json_is_array(a))
        r->bad = true;
    *count = json_array_size(a);
    return a;
}

static const char *const *message_strings(struct reader *r, const json_t *o, const char *key,
                                          size_t *count)
{
    const json_t *a = message_array(r, o, key, count);
    const char **items = message_block(r, *count, sizeof *items);
    for (size_t i = 0; i < *count; i++) {
        items[i] = json_string_value(json_array_get(a, i));
        if (!items[i]) {
            items[i] = "";
            r->bad = true;
        }
    }
    return items;
}

static const struct code *message_parse_codes(struct reader *r, const json_t *o, const char *key,
                                              size_t *count)
{
    const json_t *a = message_array(r, o, key, count);
    struct code *items = message_block(r, *count, sizeof *items);
    for (size_t i = 0; i < *count; i++) {
        const json_t *c = json_array_get(a, i);
        const char *answer = message_string(r, c, "answer");
        size_t len = strnlen(answer, sizeof items[i].answer - 1);
        memcpy(items[i].answer, answer, len);
        items[i].name = message_string(r, c, "name");
        items[i].meaning = message_string(r, c, "meaning");
        items[i].severity = severity(r, c, "severity");
    }
    return items;
}

static void message_range(struct reader *r, const char *text, struct ip_range *out)
{
    if (!text || !message_range_parse(text, out))
        r->bad = true;
}

static void message_parse_entry(struct reader *r, const json_t *o, struct entry *e)
{
    e->kind = kind(r, o, "kind");
    e->source = message_string(r, o, "source");
    e->list = message_string(r, o, "list");
    e->of_list = json_is_true(json_object_get(o, "of_list"));
    e->from = level(r, o, "from");
    e->to = level(r, o, "to");
    e->severity_level = level(r, o, "level");
    e->count = message_number(r, o, "count");
    /* messages that waited during an upgrade may still say "addresses" */
    const char *targets = json_object_get(o, "targets") ? "targets" : "addresses";
    const json_t *a = message_array(r, o, targets, &e->range_count);
    struct ip_range *ranges = message_block(r, e->range_count, sizeof *ranges);
    for (size_t i = 0; i < e->range_count; i++)
        message_range(r, json_string_value(json_array_get(a, i)), &ranges[i]);
    e->ranges = ranges;
    e->more = message_number(r, o, "more");
    e->label = message_string_or_empty(o, "label");
    e->codes_from = message_parse_codes(r, o, "codes_from", &e->code_from_count);
    e->codes = message_parse_codes(r, o, "codes", &e->code_count);
    e->state = message_string(r, o, "state");
    e->headline = message_string_or_empty(o, "headline");
    e->sentence = message_string_or_empty(o, "sentence");
    e->dns_list = json_is_true(json_object_get(o, "dns_list"));
    e->cause = message_cause(r, o);
    e->reason = message_string(r, o, "reason");
    e->url = message_string(r, o, "url");
    e->delist = message_string_or_empty(o, "delist");
    e->advice = message_string(r, o, "advice");
    e->since = message_when(r, o, "since");
}

static void message_open_finding(struct reader *r, const json_t *o, struct message_open *f)
{
    f->source = message_string(r, o, "source");
    f->list = message_string(r, o, "list");
    f->level = level(r, o, "level");
    message_range(r, json_string_value(json_object_get(o, "addresses")), &f->range);
    f->state = message_string(r, o, "state");
    f->codes = message_string(r, o, "codes");
    f->since = message_when(r, o, "since");
    f->acked = json_is_true(json_object_get(o, "acked"));
}

static const struct message_open *message_open_findings(struct reader *r, const json_t *o,
                                                        const char *key, size_t *count)
{
    const json_t *a = message_array(r, o, key, count);
    struct message_open *open = message_block(r, *count, sizeof *open);
    for (size_t i = 0; i < *count; i++)
        message_open_finding(r, json_array_get(a, i), &open[i]);
    return open;
}

static void message(struct reader *r, const json_t *o, struct message *m)
{
    if (message_number(r, o, "version") != 1)
        r->bad = true;
    m->id = message_string(r, o, "id");
    m->instance = message_string(r, o, "instance");
    m->config = message_string(r, o, "config");
    m->time = message_when(r, o, "time");
    m->baseline = json_is_true(json_object_get(o, "baseline"));
    m->no_state = json_is_true(json_object_get(o, "no_state"));
    m->heard = message_string_or_empty(o, "heard");
    m->below = message_string_or_empty(o, "below");
    m->notes = message_strings(r, o, "notes", &m->note_count);
    m->reply_to = message_strings(r, o, "reply_to", &m->reply_to_count);
    m->closed = message_strings(r, o, "closed", &m->closed_count);
    m->more_entries = message_number(r, o, "more");
    m->more_open = message_number(r, o, "more_open");

    const json_t *a = message_array(r, o, "changes", &m->entry_count);
    struct entry *entries = message_block(r, m->entry_count, sizeof *entries);
    for (size_t i = 0; i < m->entry_count; i++)
        message_parse_entry(r, json_array_get(a, i), &entries[i]);
    m->entries = entries;

    m->open = message_open_findings(r, o, "open", &m->open_count);
    if (json_object_get(o, "neighbours")) /* not in messages of older versions */
        m->neighbours = message_open_findings(r, o, "neighbours", &m->neighbour_count);

    a = message_array(r, o, "unknown", &m->unknown_count);
    struct message_unknown *unknown = message_block(r, m->unknown_count, sizeof *unknown);
    for (size_t i = 0; i < m->unknown_count; i++) {
        const json_t *u = json_array_get(a, i);
        unknown[i] =
            (struct message_unknown){.source = message_string(r, u, "source"),
                                     .list = message_string(r, u, "list"),
                                     .dns_list = json_is_true(json_object_get(u, "dns_list")),
                                     .cause = message_cause(r, u),
                                     .targets = message_number(r, u, "targets"),
                                     .since = message_when(r, u, "since")};
    }
    m->unknown = unknown;
}

bool message_from_json(const char *text, size_t len, struct message *out, struct error *err)
{
    *out = (struct message){0};
    json_error_t where;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return error_set(err, ERR_IO, "a stored message is not JSON (byte %d)", where.position);
    struct owned *owned = mem_alloc(sizeof *owned);
    owned->root = root;
    out->owned = owned;
    struct reader r = {.owned = owned};
    message(&r, root, out);
    if (r.bad) {
        message_fini(out);
        return error_set(err, ERR_IO, "a stored message is not one that repmon wrote");
    }
    return true;
}

void message_fini(struct message *m)
{
    struct owned *owned = m->owned;
    *m = (struct message){0};
    if (!owned)
        return;
    for (size_t i = 0; i < owned->count; i++)
        free(owned->blocks[i]);
    free(owned->blocks);
    json_decref(owned->root);
    free(owned);
}
