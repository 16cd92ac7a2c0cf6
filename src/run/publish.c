/* SPDX-License-Identifier: ISC */
#include "publish.h"

#include "repmon/causes.h"
#include "repmon/channel.h"
#include "repmon/compose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NOTES   24
#define MAX_REPLIES 20
#define MAX_MESSAGE (1u << 20)
#define MAX_TEXT    (4u << 20)

/* What all messages of this run share. */
struct digest {
    const struct publish_in *in;
    const char *heard;                /* who answered; NULL: none is heard */
    const char *notes[MAX_NOTES + 2]; /* how many are left out, and the channel's own */
    size_t note_count, notes_left;
    struct publish_open open;
    struct message_unknown *unknown; /* owned */
    size_t unknown_count;
    const char *replies[MAX_REPLIES];
    size_t reply_count;
    struct stored_text *texts; /* owned */
};

static void publish_note(struct digest *d, const char *text)
{
    if (d->note_count < MAX_NOTES)
        d->notes[d->note_count++] = text;
    else
        d->notes_left++;
}

static const char *format(struct digest *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static const char *format(struct digest *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(2048, fmt, args);
    va_end(args);
    const char *kept = text_keep(&d->texts, text);
    free(text);
    return kept;
}

/* A default list that stands aside is not counted; it is named once, with its fix. */
static void publish_name_left_out(struct digest *d)
{
    const struct results *results = d->in->decided->results;
    for (size_t j = 0; j < d->in->decided->lists->count; j++) {
        const struct column *c = results_column_const(results, j);
        if (c->health != HEALTH_OFF || !c->due || !c->note || !c->note[0])
            continue;
        publish_note(
            d, format(d, "%s is left out (%s): %s.", c->list, cause_heading(c->cause), c->note));
    }
}

/* "No findings" must not hide what was seen once and will be reported if it is seen again. */
static void publish_name_unconfirmed(struct digest *d)
{
    const struct decision *decision = d->in->decision;
    const struct stored_targets *targets = &d->in->decided->watch->targets;
    for (size_t i = 0; i < decision->belief_count; i++) {
        const struct belief *b = &decision->beliefs[i].belief;
        size_t column = run_lists_find(d->in->decided->lists, b->source, b->list);
        const struct stored_target *t = stored_targets_by_id(targets, b->target);
        char address[IP_TEXT_MAX];
        if (column == RUN_NO_LIST || !t || !judge_is_unconfirmed(&decision->judge, column, b))
            continue;
        ip_format(&t->ip, address);
        publish_note(d, format(d,
                               "%s answered that it lists %s; that is reported once another answer "
                               "confirms it (confirm_listed).",
                               b->list, address));
    }
}

static void publish_add_notes(struct digest *d)
{
    const struct publish_in *in = d->in;
    const struct resolved *watch = in->decided->watch;
    if (in->decided->snapshot->is_new)
        publish_note(
            d, format(d, "no earlier state found at %s: this is the first look.", in->conf->state));
    if (in->decided->in_doubt)
        publish_note(d, "The clock looks wrong: this run treated nothing as too old or expired.");
    for (size_t i = 0; i < watch->note_count; i++)
        publish_note(d, watch->notes[i].text);
    for (size_t i = 0; i < in->session->note_count; i++)
        publish_note(d, in->session->notes[i]);
    if (in->decision->first_look) {
        publish_name_left_out(d);
        publish_name_unconfirmed(d);
    }
    if (d->notes_left)
        d->notes[d->note_count++] =
            format(d, "And %zu more like this; repmon doctor shows them all.", d->notes_left);
}

static const char *publish_who_answered(struct digest *d)
{
    struct buf heard;
    buf_init(&heard, LIMIT_REASON * 4);
    bool any = session_heard(d->in->session, d->in->decided->now, NULL, NULL, &heard) != NULL;
    const char *text = any ? text_keep(&d->texts, buf_text(&heard)) : NULL;
    buf_fini(&heard);
    return text;
}

/* ---- unknown, replies ---- */

/* CAUSE_NONE: the list is well. Where nothing at all was proven, also why that is no trouble. */
static enum cause publish_why_unknown(const struct digest *d, size_t column)
{
    const struct results *results = d->in->decided->results;
    const struct column *c = results_column_const(results, column);
    if (c->health == HEALTH_OFF)
        return CAUSE_NONE;
    if (c->health != HEALTH_OK)
        return c->cause != CAUSE_NONE ? c->cause : CAUSE_NOT_ASKED;
    if (d->in->decision->first_look && d->in->decision->proven == 0)
        return results_commonest_cause(results, column);
    return CAUSE_NONE;
}

static void publish_add_unknown(struct digest *d)
{
    size_t columns = d->in->decided->lists->count;
    d->unknown = mem_array(columns, sizeof *d->unknown);
    for (size_t j = 0; j < columns; j++) {
        const struct column *c = results_column_const(d->in->decided->results, j);
        enum cause cause = publish_why_unknown(d, j);
        if (!c->due || cause == CAUSE_NONE)
            continue;
        d->unknown[d->unknown_count++] =
            (struct message_unknown){.source = c->source,
                                     .list = c->list,
                                     .dns_list = c->dns_list,
                                     .cause = cause,
                                     .since = d->in->decision->lists[j].belief.bad_since};
    }
}

static bool publish_is_reply_known(const struct digest *d, const char *digest)
{
    for (size_t k = 0; k < d->reply_count; k++) {
        if (strcmp(d->replies[k], digest) == 0)
            return true;
    }
    return false;
}

/* The digests that first reported what this one continues, oldest first. */
static void publish_add_replies(struct digest *d)
{
    time_t opened[MAX_REPLIES];
    const struct decision *decision = d->in->decision;
    for (size_t i = 0; i < decision->change_count && d->reply_count < MAX_REPLIES; i++) {
        const struct change *c = &decision->changes[i];
        if (!c->told.digest || publish_is_reply_known(d, c->told.digest))
            continue;
        size_t at = d->reply_count++;
        for (; at > 0 && opened[at - 1] > c->opened; at--) {
            opened[at] = opened[at - 1];
            d->replies[at] = d->replies[at - 1];
        }
        opened[at] = c->opened;
        d->replies[at] = c->told.digest;
    }
}

/* ---- messages ---- */

static struct message publish_compose(const struct digest *d)
{
    const struct publish_in *in = d->in;
    return (struct message){.id = in->id,
                            .instance = in->conf->instance,
                            .config = in->config,
                            .time = in->decided->now,
                            .baseline = in->decision->first_look,
                            .heard = d->heard,
                            .notes = d->notes,
                            .note_count = d->note_count,
                            .no_state = in->decided->snapshot->is_new,
                            .open = d->open.items,
                            .open_count = d->open.count,
                            .more_open = d->open.more,
                            .neighbours = d->open.neighbours,
                            .neighbour_count = d->open.neighbour_count,
                            .unknown = d->unknown,
                            .unknown_count = d->unknown_count,
                            .reply_to = d->replies,
                            .reply_to_count = d->reply_count};
}

/* "listed on l.example (info)", or "ptr: generic (info)" of sources without lists. */
static void publish_add_below(const struct entry *e, const char *between, struct buf *out)
{
    buf_str(out, between);
    if (e->dns_list)
        buf_fmt(out, "listed on %s", e->list);
    else
        buf_fmt(out, "%s: %s", e->list, e->state);
    buf_fmt(out, " (%s)", level_word(e->to));
}

/* Another monitor reported it: this one goes on as if it had done so itself. */
static bool publish_is_unsaid(const struct entry *e)
{
    return e->change_count > 0 && e->changes[0]->unsaid;
}

/* What a first look found below this channel's min_level: counted, never denied. */
static const char *publish_below(struct digest *d, const struct conf_channel *channel)
{
    enum { NAMED = 5 };
    struct buf text, names;
    uint32_t findings = 0, lists = 0;
    buf_init(&text, 2048);
    buf_init(&names, 1024);
    for (size_t i = 0; i < d->in->entries->count; i++) {
        const struct entry *e = &d->in->entries->items[i];
        if (e->of_list || e->to <= LEVEL_OK || publish_is_unsaid(e) || channel_wants(channel, 0, e))
            continue;
        findings += e->count;
        if (lists++ < NAMED)
            publish_add_below(e, lists > 1 ? ", " : "", &names);
    }
    if (findings)
        buf_fmt(&text, "%u finding%s below this channel's level: %s", (unsigned)findings,
                findings == 1 ? "" : "s", buf_text(&names));
    if (lists > NAMED)
        buf_fmt(&text, " and %u more", (unsigned)(lists - NAMED));
    buf_fini(&names);
    const char *kept = text_keep(&d->texts, buf_text(&text));
    buf_fini(&text);
    return kept;
}

/* The entries that this channel wants, those beyond the limit only counted; false: none. */
static bool publish_choose(struct digest *d, const struct conf_channel *channel, uint64_t bit,
                           struct entry *chosen, struct message *m)
{
    m->below = m->baseline ? publish_below(d, channel) : "";
    m->entries = chosen;
    m->entry_count = 0;
    m->more_entries = 0;
    for (size_t i = 0; i < d->in->entries->count; i++) {
        const struct entry *e = &d->in->entries->items[i];
        if (publish_is_unsaid(e) || !channel_wants(channel, bit, e))
            continue;
        if (m->entry_count < channel_entries(channel))
            chosen[m->entry_count++] = *e;
        else
            m->more_entries++;
    }
    return m->entry_count > 0;
}

/* Recipients that a channel's server refused in an earlier message are reported in this one. */
static bool publish_tell_refused(struct digest *d, const char *title)
{
    const struct stored_listener *l =
        stored_listeners_find(&d->in->decided->snapshot->listeners, title);
    if (!l || !l->refused[0])
        return false;
    d->notes[d->note_count++] =
        format(d, "Recipients refused in an earlier message: %s", l->refused);
    return true;
}

/* The last entries matter least: they are dropped until the rest fits. */
static bool publish_to_json(struct message *m, struct buf *json, struct error *err)
{
    buf_init(json, MAX_MESSAGE);
    bool fits = message_to_json(m, json);
    while (!fits && m->entry_count > 1) {
        m->entry_count--;
        m->more_entries++;
        buf_fini(json);
        buf_init(json, MAX_MESSAGE);
        fits = message_to_json(m, json);
    }
    return fits || error_set(err, ERR_BUG, "a digest of %zu entries is over %u bytes",
                             m->entry_count, MAX_MESSAGE);
}

static void publish_note_entry(const struct digest *d, uint64_t channel, const struct entry *e,
                               uint64_t *heard)
{
    for (size_t k = 0; k < e->change_count; k++)
        heard[e->changes[k] - d->in->decision->changes] |= channel;
}

static void publish_note_heard(const struct digest *d, uint64_t channel, const struct message *m,
                               uint64_t *heard)
{
    for (size_t i = 0; i < m->entry_count; i++)
        publish_note_entry(d, channel, &m->entries[i], heard);
}

/* The other monitor reported it to the same channels. */
static void publish_note_unsaid(const struct digest *d, const struct conf_channel *channel,
                                uint64_t bit, uint64_t *heard)
{
    for (size_t i = 0; i < d->in->entries->count; i++) {
        const struct entry *e = &d->in->entries->items[i];
        if (publish_is_unsaid(e) && channel_wants(channel, bit, e))
            publish_note_entry(d, bit, e, heard);
    }
}

static bool publish_post(struct digest *d, size_t number, struct entry *chosen,
                         struct messages *out, struct error *err)
{
    const struct conf_channel *channel = channel_at(d->in->conf, number);
    uint64_t bit = d->in->decision->bits[number];
    const char *title = d->in->decided->channels[number];
    size_t notes = d->note_count;
    struct message m = publish_compose(d);
    struct buf json;
    publish_note_unsaid(d, channel, bit, out->heard);
    if (!publish_choose(d, channel, bit, chosen, &m))
        return true;
    const char **closed = publish_closed(d->in, bit, &m);
    m.closed = closed;
    bool tells_refused = publish_tell_refused(d, title);
    m.note_count = d->note_count;
    d->note_count = notes;
    bool ok = publish_to_json(&m, &json, err);
    if (ok) {
        publish_note_heard(d, bit, &m, out->heard);
        out->items[out->count++] = (struct published){title, buf_take(&json), tells_refused};
    } else {
        buf_fini(&json);
    }
    free(closed);
    return ok;
}

static void publish_print(struct digest *d, struct entry *chosen, struct buf *text)
{
    static const struct conf_channel out = {.min_level = LEVEL_WARNING};
    struct message m = publish_compose(d);
    if (publish_choose(d, &out, 0, chosen, &m))
        compose_text(&m, text);
}

static bool publish_all(struct digest *d, struct messages *out, struct error *err)
{
    struct entry *chosen = mem_array(d->in->entries->count, sizeof *chosen);
    bool ok = true;
    publish_print(d, chosen, &out->text);
    for (size_t i = 0; ok && i < d->in->decided->channel_count; i++)
        ok = publish_post(d, i, chosen, out, err);
    free(chosen);
    return ok;
}

bool publish(const struct publish_in *in, struct messages *out, struct error *err)
{
    struct digest d = {.in = in};
    *out = (struct messages){0};
    buf_init(&out->text, MAX_TEXT);
    out->heard = mem_array(in->decision->change_count, sizeof *out->heard);
    out->items = mem_array(in->decided->channel_count, sizeof *out->items);
    if (in->entries->count == 0)
        return true;
    d.heard = publish_who_answered(&d);
    publish_add_notes(&d);
    publish_open(in, &d.open, &d.texts);
    publish_add_unknown(&d);
    publish_add_replies(&d);
    bool ok = publish_all(&d, out, err);
    free(d.unknown);
    text_free(d.texts);
    return ok;
}

void messages_fini(struct messages *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->items[i].content);
    free(m->items);
    free(m->heard);
    buf_fini(&m->text);
    *m = (struct messages){0};
}
