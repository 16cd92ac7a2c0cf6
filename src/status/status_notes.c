/* SPDX-License-Identifier: ISC */
#include "status_state.h"

#include "repmon/clock.h"
#include "repmon/host_name.h"
#include "repmon/lookup.h"
#include "repmon/resolve.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHEN_MAX 96

/* "2026-11-21 07:00 +0100 (3 h ago)" */
static const char *status_format_when(const struct saved *s, time_t t, char out[static WHEN_MAX])
{
    char date[32], age[32];
    clock_format_local(t, date, sizeof date);
    clock_format_age(s->judge.now - t, age, sizeof age);
    snprintf(out, WHEN_MAX, "%s (%s ago)", date, age);
    return out;
}

static void status_note(struct saved *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void status_note(struct saved *s, const char *fmt, ...)
{
    va_list args;
    if (s->note_count == STATUS_NOTES)
        return;
    va_start(args, fmt);
    s->notes[s->note_count++] = mem_vfmt(2048, fmt, args);
    va_end(args);
}

static void status_note_runs(struct saved *s)
{
    char when[WHEN_MAX], limit[32];
    if (s->success.id == 0 && s->last.id == 0) {
        status_note(s, "no run has proven anything yet: nothing is known");
    } else if (s->success.id == 0) {
        status_note(s, "nothing has been proven yet: the last run, %s, got no usable answer",
                    status_format_when(s, s->last.ended, when));
    } else if (s->ahead) {
        clock_format_local(s->last.ended > s->success.ended ? s->last.ended : s->success.ended,
                           when, sizeof when);
        status_note(
            s,
            "the last run ended in the future, %s: the clock was wrong then or is wrong now; "
            "everything is unknown until the next `repmon run`",
            when);
    } else if (s->stale) {
        duration_format(s->options->max_age_ms, limit, sizeof limit);
        status_note(
            s,
            "the last completed run ended %s, longer ago than max_age (%s): what it knew is no "
            "longer shown as current; find out why `repmon run` does not run",
            status_format_when(s, s->success.ended, when), limit);
    } else {
        status_note(s, "last completed run: %s", status_format_when(s, s->success.ended, when));
    }
    if (s->success.id != 0 && s->last.id != s->success.id && !s->ahead)
        status_note(s, "the last run, %s, proved nothing",
                    status_format_when(s, s->last.ended, when));
    if (s->judge.in_doubt && !s->ahead)
        status_note(
            s, "the clock looks wrong: it does not fit the time of the last run, so ages may be "
               "off and nothing is treated as too old");
    if (s->last.id && strcmp(s->last.instance, s->conf->instance) != 0)
        status_note(s, "the state was written by instance \"%s\", this is \"%s\"", s->last.instance,
                    s->conf->instance);
}

static uint64_t status_waiting(const struct stored_channel *c)
{
    return c->by_state[OUTBOX_PENDING] + c->by_state[OUTBOX_SENDING] + c->by_state[OUTBOX_HELD];
}

static void status_note_channel(struct saved *s, const struct stored_channel *c)
{
    char when[WHEN_MAX];
    uint64_t n = status_waiting(c);
    const char *said = c->reason && c->reason[0] ? c->reason : "no reason given";
    if (c->held_since)
        status_note(s, "%s has been held since %s: %s; %" PRIu64 " message%s wait%s", c->channel,
                    status_format_when(s, c->held_since, when), said, n, n == 1 ? "" : "s",
                    n == 1 ? "s" : "");
    else if (n)
        status_note(s, "%s: %" PRIu64 " message%s wait%s, the oldest since %s%s%s", c->channel, n,
                    n == 1 ? "" : "s", n == 1 ? "s" : "", status_format_when(s, c->oldest, when),
                    c->reason && c->reason[0] ? "; last try: " : "", c->reason ? c->reason : "");
    if (c->by_state[OUTBOX_FAILED])
        status_note(s, "%s: %" PRIu64 " message%s given up, the last %s", c->channel,
                    c->by_state[OUTBOX_FAILED], c->by_state[OUTBOX_FAILED] == 1 ? " was" : "s were",
                    status_format_when(s, c->given_up, when));
    if (c->refused && c->refused[0])
        status_note(s, "%s: refused recipients: %s", c->channel, c->refused);
}

/* Metrics need the zeros too: a series that vanishes looks like the last value. */
static bool status_load_outbox(struct saved *s, struct error *err)
{
    static const struct {
        enum outbox_state state, too;
    } shown[] = {{OUTBOX_PENDING, OUTBOX_SENDING},
                 {OUTBOX_HELD, OUTBOX_STATE_COUNT},
                 {OUTBOX_FAILED, OUTBOX_STATE_COUNT}};
    enum { SHOWN = sizeof shown / sizeof *shown };
    if (!store_channels(s->store, &s->channels, &s->channel_count, err))
        return false;
    s->outbox = mem_array(s->channel_count * SHOWN, sizeof *s->outbox);
    for (size_t i = 0; i < s->channel_count; i++) {
        const struct stored_channel *c = &s->channels[i];
        status_note_channel(s, c);
        for (size_t k = 0; k < SHOWN; k++) {
            uint64_t n = c->by_state[shown[k].state];
            if (shown[k].too != OUTBOX_STATE_COUNT)
                n += c->by_state[shown[k].too];
            s->outbox[i * SHOWN + k] = (struct report_outbox){
                .channel = c->channel, .state = outbox_word(shown[k].state), .messages = (size_t)n};
        }
    }
    s->report.outbox = s->outbox;
    s->report.outbox_count = s->channel_count * SHOWN;
    return true;
}

void status_expiry_key(const char *source, const char *list, char *out, size_t size)
{
    snprintf(out, size, "expires.%s.%s", source, list);
}

/* "main/status": account main, kind status. */
static void status_add_credential(struct saved *s, const struct report_list *list, time_t expiry)
{
    char *account = mem_dup(list->list);
    char *slash = strchr(account, '/');
    if (slash)
        *slash = '\0';
    s->accounts[s->credential_count] = account;
    s->credentials[s->credential_count++] =
        (struct report_credential){account, slash ? slash + 1 : list->source, expiry};
}

static bool status_load_credentials(struct saved *s, struct error *err)
{
    struct buf text;
    bool ok = true;
    buf_init(&text, 64);
    s->credentials = mem_array(s->column_count, sizeof *s->credentials);
    s->accounts = mem_array(s->column_count, sizeof *s->accounts);
    for (size_t j = 0; ok && j < s->column_count; j++) {
        char key[512];
        bool found = false;
        status_expiry_key(s->lists[j].source, s->lists[j].list, key, sizeof key);
        buf_clear(&text);
        ok = store_meta_get(s->store, key, &text, &found, err);
        time_t expiry = found ? (time_t)strtoll(buf_text(&text), NULL, 10) : 0;
        if (expiry > 0)
            status_add_credential(s, &s->lists[j], expiry);
    }
    buf_fini(&text);
    s->report.credentials = s->credentials;
    s->report.credential_count = s->credential_count;
    return ok;
}

/* What the last run said under that key; *found: there is such a note. `text` is what *said points
 * into. */
static bool status_load_said(struct saved *s, const char *key, struct buf *text,
                             struct resolve_said *said, bool *found, struct error *err)
{
    char name[LIMIT_DNS_NAME + 32];
    snprintf(name, sizeof name, RESOLVE_SAID "%s", key);
    buf_init(text, 4096);
    if (!store_meta_get(s->store, name, text, found, err))
        return false;
    *found = *found && resolve_said_read(buf_text(text), said) && strcmp(said->kind, "fine") != 0;
    return true;
}

/* What makes the whole worse is told first. */
static bool status_note_said(struct saved *s, const char *key, struct error *err)
{
    struct resolve_said said;
    struct buf text;
    bool found = false;
    bool ok = status_load_said(s, key, &text, &said, &found, err);
    if (ok && found) {
        status_note(s, "%s", said.text);
        bool worse = said.lost && s->report.trouble_level < LEVEL_WARNING;
        if (worse || !s->trouble) {
            free(s->trouble);
            s->trouble = mem_dup(said.text);
            s->report.trouble_level = said.lost ? LEVEL_WARNING : LEVEL_OK;
        }
    }
    buf_fini(&text);
    return ok;
}

bool status_name_is_fine(struct saved *s, const char *name, struct error *err)
{
    static const char *const kinds[] = {"host", "spf"};
    bool ok = true;
    for (size_t i = 0; ok && i < 2; i++) {
        char key[LIMIT_DNS_NAME + 8];
        struct resolve_said said;
        struct buf text;
        bool found = false;
        snprintf(key, sizeof key, "%s %s", kinds[i], name);
        ok = status_load_said(s, key, &text, &said, &found, err);
        if (ok && found && said.lost)
            ok = error_set(err, ERR_INPUT, "%s", said.text);
        buf_fini(&text);
    }
    return ok;
}

/* A report on some addresses leaves out the names that led to others. */
static bool status_note_names(struct saved *s, struct error *err)
{
    if (s->options->target_count || s->options->label_count)
        return true;
    for (size_t i = 0; i < s->conf->target_count; i++) {
        const struct conf_target *t = &s->conf->targets[i];
        char name[LIMIT_DNS_NAME + 1], key[LIMIT_DNS_NAME + 8];
        if ((t->kind != TARGET_HOST && t->kind != TARGET_SPF) || !host_name_parse(t->text, name))
            continue;
        snprintf(key, sizeof key, "%s %s", t->kind == TARGET_SPF ? "spf" : "host", name);
        if (!status_note_said(s, key, err))
            return false;
    }
    if (!status_note_said(s, RESOLVE_HIDDEN, err))
        return false;
    s->report.trouble = s->trouble;
    return true;
}

/* A listing that was seen but is not confirmed moves no level; it must not read as clean either. */
static void status_note_unconfirmed(struct saved *s, const struct status_column *c)
{
    struct result shown = {0};
    const struct belief *first = NULL;
    size_t count = 0;
    for (size_t k = 0; k < c->class_count; k++) {
        const struct belief *b = c->classes[k].belief;
        if (!judge_is_unconfirmed(&s->judge, c->column, b))
            continue;
        first = first ? first : b;
        count++;
    }
    const struct stored_target *t = first ? stored_targets_by_id(&s->targets, first->target) : NULL;
    if (!t)
        return;
    char address[CIDR_TEXT_MAX], after[32], more[48] = "";
    report_target_format(&(struct report_target){.ip = t->ip, .prefix = t->prefix}, address);
    status_add_pending(s, c, first, &shown);
    clock_format_local(shown.pending_after, after, sizeof after);
    if (count > 1)
        snprintf(more, sizeof more, " (and %zu more)", count - 1);
    status_note(s, "%s: last answer about %s%s: %s (%u of %u), confirmed after %s",
                session_list(&s->session, c->column), address, more, shown.pending,
                (unsigned)shown.pending_count, (unsigned)shown.pending_needed, after);
}

bool status_notes(struct saved *s, struct error *err)
{
    status_note_runs(s);
    for (size_t j = 0; j < s->column_count && !s->stale; j++)
        status_note_unconfirmed(s, &s->columns[j]);
    if (!status_note_names(s, err))
        return false;
    return status_load_outbox(s, err) && status_load_credentials(s, err);
}
