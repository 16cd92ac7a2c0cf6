/* SPDX-License-Identifier: ISC */
/* A message as JSON: the body of a webhook and, with more members, what the outbox keeps. */
#include "repmon/compose.h"
#include "repmon/json_out.h"
#include "repmon/limits.h"
#include "repmon/message.h"

#include <string.h>

/* Outside text; `max` bytes, 0 for all. */
static void message_text(struct json_out *w, const char *key, const char *s, size_t max)
{
    struct buf b;
    const char *text = s ? s : "";
    buf_init(&b, LIMIT_MESSAGE_JSON);
    buf_shown(&b, text, max ? max : strlen(text));
    json_out_text(w, key, buf_text(&b));
    buf_fini(&b);
}

/* What to do next may have several lines. */
static void message_advice(struct json_out *w, const struct entry *e, size_t max)
{
    struct buf b;
    const char *text = compose_advice(e);
    buf_init(&b, LIMIT_MESSAGE_JSON);
    buf_shown_lines(&b, text, max ? max : strlen(text), '\n');
    json_out_text(w, "advice", buf_text(&b));
    buf_fini(&b);
}

static void message_texts(struct json_out *w, const char *key, const char *const *items,
                          size_t count, size_t max)
{
    json_out_open(w, key, '[');
    for (size_t i = 0; i < count; i++)
        message_text(w, NULL, items[i], max);
    json_out_close(w, ']');
}

/* How many were left out; nothing when none was. */
static void message_more(struct json_out *w, const char *key, uint64_t more)
{
    if (more)
        json_out_number(w, key, (int64_t)more);
}

/* A `cap` of 0 is no cap. */
static size_t message_least(size_t count, size_t cap)
{
    return cap && cap < count ? cap : count;
}

/* ---- one entry ---- */

static void message_codes(struct json_out *w, const char *key, const struct code *codes,
                          size_t count, size_t max)
{
    json_out_open(w, key, '[');
    for (size_t i = 0; i < count; i++) {
        json_out_open(w, NULL, '{');
        message_text(w, "answer", codes[i].answer, 0);
        message_text(w, "name", codes[i].name, max);
        message_text(w, "meaning", codes[i].meaning, max);
        json_out_text(w, "severity", severity_word(codes[i].severity));
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

static void message_ranges(struct json_out *w, const char *key, const struct entry *e, size_t shown)
{
    json_out_open(w, key, '[');
    for (size_t i = 0; i < shown; i++) {
        char range[MESSAGE_RANGE_MAX];
        message_range_format(&e->ranges[i], range);
        json_out_text(w, NULL, range);
    }
    json_out_close(w, ']');
}

static void message_targets(struct json_out *w, const struct entry *e,
                            const struct message_caps *caps)
{
    size_t shown = message_least(e->range_count, caps->addresses);
    uint64_t more = e->more;
    for (size_t i = shown; i < e->range_count; i++)
        more += message_range_count(&e->ranges[i]);
    json_out_number(w, "count", e->count);
    message_ranges(w, "targets", e, shown);
    message_ranges(w, "addresses", e, shown); /* the member's name before domains were targets */
    message_more(w, "more", more);
    if (e->of_list)
        json_out_bool(w, "of_list", true);
    if (e->count == 1 && e->range_count > 0) {
        const struct ip_range *r = &e->ranges[0];
        json_out_target(w, &r->first, r->prefix ? r->prefix : (uint8_t)ip_bits(&r->first));
        message_text(w, "label", e->label, caps->text);
    }
}

static void message_entry(struct json_out *w, const struct entry *e,
                          const struct message_caps *caps)
{
    json_out_text(w, "kind", change_word(e->kind));
    json_out_text(w, "source", e->source);
    message_text(w, "list", e->list, 0);
    json_out_text(w, "from", level_word(e->from));
    json_out_text(w, "to", level_word(e->to));
    json_out_text(w, "level", level_word(message_entry_level(e)));
    json_out_time(w, "since", e->since);
    message_targets(w, e, caps);
    message_codes(w, "codes_from", e->codes_from, e->code_from_count, caps->text);
    message_codes(w, "codes", e->codes, e->code_count, caps->text);
    message_text(w, "state", e->state, caps->text);
    message_text(w, "headline", e->headline, caps->text);
    message_text(w, "sentence", e->sentence, caps->text);
    json_out_bool(w, "dns_list", e->dns_list);
    json_out_text(w, "cause", e->cause == CAUSE_NONE ? NULL : cause_word(e->cause));
    message_text(w, "reason", e->reason, caps->text);
    message_text(w, "url", e->url, 0);
    message_text(w, "delist", e->delist, 0);
    message_advice(w, e, caps->text);
}

void message_entry_write(struct json_out *w, const struct entry *e)
{
    static const struct message_caps whole = {0};
    message_entry(w, e, &whole);
}

/* ---- the message ---- */

static void message_open_list(struct json_out *w, const char *key, const struct message_open *open,
                              size_t shown)
{
    json_out_open(w, key, '[');
    for (size_t i = 0; i < shown; i++) {
        const struct message_open *f = &open[i];
        char range[MESSAGE_RANGE_MAX];
        message_range_format(&f->range, range);
        json_out_open(w, NULL, '{');
        json_out_text(w, "source", f->source);
        message_text(w, "list", f->list, 0);
        json_out_text(w, "level", level_word(f->level));
        json_out_text(w, "addresses", range);
        message_text(w, "state", f->state, 0);
        message_text(w, "codes", f->codes, 0);
        json_out_time(w, "since", f->since);
        json_out_bool(w, "acked", f->acked);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

static void message_unknown_list(struct json_out *w, const struct message *m, size_t shown)
{
    json_out_open(w, "unknown", '[');
    for (size_t i = 0; i < shown; i++) {
        const struct message_unknown *u = &m->unknown[i];
        json_out_open(w, NULL, '{');
        json_out_text(w, "source", u->source);
        message_text(w, "list", u->list, 0);
        json_out_bool(w, "dns_list", u->dns_list);
        json_out_text(w, "cause", cause_word(u->cause));
        json_out_number(w, "targets", u->targets);
        json_out_time(w, "since", u->since);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

/* Leaves the object open. */
static void message_write(struct json_out *w, const struct message *m,
                          const struct message_caps *caps)
{
    size_t shown = message_least(m->entry_count, caps->entries);
    size_t open = message_least(m->open_count, caps->entries);
    size_t unknown = message_least(m->unknown_count, caps->entries);
    json_out_init(w, NULL);
    json_out_open(w, NULL, '{');
    json_out_number(w, "version", 1);
    message_text(w, "id", m->id, 0);
    json_out_text(w, "type", "repmon.alert");
    json_out_time(w, "time", m->time);
    message_text(w, "instance", m->instance, 0);
    json_out_text(w, "level", level_word(message_level(m)));
    json_out_open(w, "changes", '[');
    for (size_t i = 0; i < shown; i++) {
        json_out_open(w, NULL, '{');
        message_entry(w, &m->entries[i], caps);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
    message_more(w, "more", m->more_entries + (uint64_t)(m->entry_count - shown));
    message_texts(w, "notes", m->notes, m->note_count, caps->text);
    message_open_list(w, "open", m->open, open);
    message_more(w, "more_open", m->more_open + (uint64_t)(m->open_count - open));
    message_unknown_list(w, m, unknown);
    message_more(w, "more_unknown", m->unknown_count - unknown);
}

static bool message_finish(struct json_out *w, struct buf *out)
{
    json_out_close(w, '}');
    bool fits = buf_add(out, buf_text(&w->line), w->line.len);
    return json_out_fini(w) && fits;
}

bool message_to_webhook(const struct message *m, const struct message_caps *caps, struct buf *out)
{
    struct json_out w;
    message_write(&w, m, caps);
    return message_finish(&w, out);
}

bool message_to_json(const struct message *m, struct buf *out)
{
    static const struct message_caps whole = {0};
    struct json_out w;
    message_write(&w, m, &whole);
    json_out_bool(&w, "baseline", m->baseline);
    json_out_bool(&w, "no_state", m->no_state);
    message_text(&w, "heard", m->heard, 0);
    message_text(&w, "below", m->below, 0);
    message_open_list(&w, "neighbours", m->neighbours, m->neighbour_count);
    message_text(&w, "config", m->config, 0);
    message_texts(&w, "reply_to", m->reply_to, m->reply_to_count, 0);
    message_texts(&w, "closed", m->closed, m->closed_count, 0);
    return message_finish(&w, out);
}
