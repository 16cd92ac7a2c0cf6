/* SPDX-License-Identifier: ISC */
#include "run_state.h"

#include "repmon/channel.h"
#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/digest.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NOTES   24
#define ID_INSTANCE 24 /* bytes of the instance in the id of a digest */
#define MAX_REPLIES 20
#define MAX_MESSAGE (1u << 20)

/* What all channels of this run share. */
struct digest {
    const char *config;
    const char *heard; /* who answered; NULL: none is heard */
                       /* its whole path: cron's directory is not the reader's */
    const char *notes[MAX_NOTES];
    size_t note_count;
    struct open_findings open;
    struct message_unknown *unknown; /* owned */
    size_t unknown_count;
    const char *replies[MAX_REPLIES];
    size_t reply_count;
};

static void note(struct digest *d, const char *text)
{
    if (d->note_count < MAX_NOTES)
        d->notes[d->note_count++] = text;
}

static const char *format(struct run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static const char *format(struct run *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(2048, fmt, args);
    va_end(args);
    return describer_keep(&r->describer, text);
}

static void add_notes(struct run *r, struct digest *d)
{
    if (store_is_new(r->store))
        note(d, format(r, MESSAGE_NO_STATE " at %s: this is the first look.", r->conf->state));
    if (r->in_doubt)
        note(d, "The clock is in doubt: in this run nothing was taken for too old or expired.");
    for (size_t i = 0; i < r->watch.note_count; i++)
        note(d, r->watch.notes[i].text);
    for (size_t i = 0; i < r->ask.note_count; i++)
        note(d, r->ask.notes[i]);
}

static const char *config_path(struct run *r)
{
    char *whole = r->conf->path ? realpath(r->conf->path, NULL) : NULL;
    return whole ? describer_keep(&r->describer, whole) : r->conf->path ? r->conf->path : "";
}

static const char *who_answered(struct run *r)
{
    struct buf heard;
    buf_init(&heard, LIMIT_REASON * 4);
    bool any = ask_heard(&r->ask, r->now, &heard) != NULL;
    const char *text = describer_keep(&r->describer, buf_take(&heard));
    return any ? text : NULL;
}

/* ---- unknown, replies ---- */

static void add_unknown(struct run *r, struct digest *d)
{
    d->unknown = mem_array(r->ask.column_count, sizeof *d->unknown);
    for (size_t j = 0; j < r->ask.column_count; j++) {
        const struct column *c = grid_column_const(r->ask.grid, j);
        if (!c->due || c->health == HEALTH_OK || c->health == HEALTH_OFF)
            continue;
        d->unknown[d->unknown_count++] =
            (struct message_unknown){.source = c->source,
                                     .list = c->list,
                                     .cause = c->cause != CAUSE_NONE ? c->cause : CAUSE_NOT_ASKED,
                                     .since = r->list_judgements[j].belief.bad_since};
    }
}

/* The digests that opened what this one goes on with, oldest first. */
static void add_replies(struct run *r, struct digest *d)
{
    time_t opened[MAX_REPLIES];
    for (size_t i = 0; i < r->change_count && d->reply_count < MAX_REPLIES; i++) {
        const struct change *c = &r->changes[i];
        bool known = !c->told.digest;
        for (size_t k = 0; k < d->reply_count && !known; k++)
            known = strcmp(d->replies[k], c->told.digest) == 0;
        if (known)
            continue;
        size_t at = d->reply_count++;
        for (; at > 0 && opened[at - 1] > c->opened; at--) { /* oldest first */
            opened[at] = opened[at - 1];
            d->replies[at] = d->replies[at - 1];
        }
        opened[at] = c->opened;
        d->replies[at] = c->told.digest;
    }
}

/* ---- messages ---- */

static struct message compose(const struct run *r, const struct digest *d)
{
    return (struct message){.id = r->digest,
                            .instance = r->conf->instance,
                            .config = d->config,
                            .time = r->now,
                            .baseline = r->first_ever && r->completed,
                            .heard = d->heard,
                            .notes = d->notes,
                            .note_count = d->note_count,
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
static void add_below(const struct entry *e, const char *between, struct buf *out)
{
    buf_str(out, between);
    if (e->dns_list)
        buf_fmt(out, "listed on %s", e->list);
    else
        buf_fmt(out, "%s: %s", e->list, e->state);
    buf_fmt(out, " (%s)", level_word(e->to));
}

/* What a first look found that this channel's min_level leaves out: counted, never denied. */
static const char *below(struct run *r, const struct conf_channel *channel)
{
    enum { NAMED = 5 };
    struct buf text, names;
    uint32_t findings = 0, lists = 0;
    buf_init(&text, 2048);
    buf_init(&names, 1024);
    for (size_t i = 0; i < r->entries.count; i++) {
        const struct entry *e = &r->entries.items[i];
        if (e->of_list || e->to <= LEVEL_OK || channel_wants(channel, 0, e))
            continue;
        findings += e->count;
        if (lists++ < NAMED)
            add_below(e, lists > 1 ? ", " : "", &names);
    }
    if (findings)
        buf_fmt(&text, "%u finding%s below this channel's level: %s", (unsigned)findings,
                findings == 1 ? "" : "s", buf_text(&names));
    if (lists > NAMED)
        buf_fmt(&text, " and %u more", (unsigned)(lists - NAMED));
    buf_fini(&names);
    return describer_keep(&r->describer, buf_take(&text));
}

/* The entries that this channel wants, those beyond the limit only counted; false: none. */
static bool choose(struct run *r, const struct conf_channel *channel, uint64_t bit,
                   struct entry *chosen, struct message *m)
{
    m->below = m->baseline ? below(r, channel) : "";
    m->entries = chosen;
    m->entry_count = 0;
    m->more_entries = 0;
    for (size_t i = 0; i < r->entries.count; i++) {
        if (!channel_wants(channel, bit, &r->entries.items[i]))
            continue;
        if (m->entry_count < channel_entries(channel))
            chosen[m->entry_count++] = r->entries.items[i];
        else
            m->more_entries++;
    }
    return m->entry_count > 0;
}

/* What a channel's server refused at an earlier message is told with this one. */
static bool tell_refused(struct run *r, struct digest *d, const char *title, struct error *err)
{
    struct stored_channel *channels = NULL;
    size_t count = 0;
    if (!store_channels(r->store, &channels, &count, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        if (strcmp(channels[i].channel, title) != 0 || !channels[i].refused[0])
            continue;
        note(d, format(r, "Refused at an earlier message: %s", channels[i].refused));
        ok = store_refused_told(r->store, title, err);
    }
    stored_channels_free(channels, count);
    return ok;
}

static bool post(struct run *r, struct digest *d, size_t number, struct entry *chosen,
                 struct error *err)
{
    const struct conf_channel *channel = channel_at(r->conf, number);
    uint64_t bit = r->channel_bits[number];
    char title[256];
    size_t notes = d->note_count;
    struct message m = compose(r, d);
    const char **closed = NULL;
    if (!choose(r, channel, bit, chosen, &m))
        return true;
    channel_title(channel, title, sizeof title);
    closed = run_told_closed(r, bit, &m);
    m.closed = closed;
    bool ok = tell_refused(r, d, title, err);
    m.note_count = d->note_count;
    d->note_count = notes;
    struct buf json;
    buf_init(&json, MAX_MESSAGE);
    bool fits = ok && message_to_json(&m, &json);
    while (ok && !fits && m.entry_count > 1) { /* those at the end matter least */
        m.entry_count--;
        m.more_entries++;
        buf_fini(&json);
        buf_init(&json, MAX_MESSAGE);
        fits = message_to_json(&m, &json);
    }
    if (ok && !fits)
        ok = error_set(err, ERR_BUG, "a digest of %zu entries is over %u bytes", m.entry_count,
                       MAX_MESSAGE);
    ok =
        ok && store_outbox_add(r->store, r->row.id, r->digest, title, buf_text(&json), r->now, err);
    buf_fini(&json);
    free(closed);
    if (ok)
        run_told_note(r, bit, &m);
    r->posted += ok;
    return ok;
}

/* The instance's name with what an id may hold: whoever gets messages of several knows whose it is.
 */
static void id_of_instance(const char *instance, char out[static ID_INSTANCE + 1])
{
    size_t len = 0;
    for (; len < ID_INSTANCE && instance[len]; len++)
        out[len] = (char)(isalnum((unsigned char)instance[len]) ? instance[len] : '-');
    out[len] = '\0';
}

static void name_digest(struct run *r)
{
    uint8_t random[4];
    char hex[9], day[24], instance[ID_INSTANCE + 1];
    digest_random(random, sizeof random);
    digest_hex(random, sizeof random, hex);
    clock_format_utc(r->now, day, sizeof day);
    id_of_instance(r->conf->instance, instance);
    snprintf(r->digest, sizeof r->digest, "%s-%.4s%.2s%.2s-%" PRId64 "-%s", instance, day, day + 5,
             day + 8, r->row.id, hex);
}

bool run_digest(struct run *r, struct buf *text, struct error *err)
{
    static const struct conf_channel out = {.min_level = LEVEL_WARNING};
    struct digest d = {0};
    struct describe_ops ops = describer_ops(&r->describer);
    if (r->first_ever && r->completed) {
        struct change first = judge_first_run((uint32_t)r->watch.inventory.count);
        run_add_change(r, &first);
    }
    name_digest(r);
    if (!run_told_begin(r, err))
        return false;
    group_changes(r->changes, r->change_count, &ops, &r->entries);
    if (r->entries.count == 0)
        return true;
    struct entry *chosen = mem_array(r->entries.count, sizeof *chosen);
    d.config = config_path(r);
    d.heard = who_answered(r);
    add_notes(r, &d);
    run_still_open(r, &d.open);
    add_unknown(r, &d);
    add_replies(r, &d);
    bool ok = true;
    struct message m = compose(r, &d);
    if (ok && choose(r, &out, 0, chosen, &m))
        compose_text(&m, text);
    for (size_t i = 0; ok && i < channel_count(r->conf); i++)
        ok = post(r, &d, i, chosen, err);
    ok = ok && run_told_save(r, err);
    for (size_t i = 0; ok && i < r->change_count; i++)
        ok = store_history_add(r->store, &r->changes[i], r->now, r->digest, err);
    free(chosen);
    free(d.unknown);
    return ok;
}
