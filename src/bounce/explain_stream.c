/* SPDX-License-Identifier: ISC */
/* Cuts a stream into log lines, each with its continuation, and blocks of other text. */
#include "explain_stream_parts.h"

#include "ascii.h"

#include "repmon/clock.h"

#include <stdlib.h>

struct explain_stream *explain_stream_new(struct explain *e)
{
    struct explain_stream *s = mem_alloc(sizeof *s);
    s->e = e;
    s->clock.now = (int64_t)clock_wall();
    buf_init(&s->partial, EXPLAIN_LINE_MAX);
    buf_init(&s->block, EXPLAIN_BLOCK_MAX);
    buf_init(&s->pending, EXPLAIN_LINE_MAX);
    buf_init(&s->scratch, 2 * EXPLAIN_LINE_MAX);
    return s;
}

void explain_stream_free(struct explain_stream *s)
{
    if (!s)
        return;
    buf_fini(&s->partial);
    buf_fini(&s->block);
    buf_fini(&s->pending);
    buf_fini(&s->scratch);
    table_fini(&s->table);
    hash_fini(&s->receivers.index);
    free(s);
}

void explain_stream_since(struct explain_stream *s, int64_t since, int64_t now)
{
    s->since = since;
    s->clock = (struct maillog_clock){now, false};
}

void stream_record(struct explain_stream *s, const struct explain_verdict *v, bool known,
                   uint64_t line)
{
    if (known)
        s->totals.recognised++;
    else
        s->totals.unrecognised++;
    if (!table_add(&s->table, v, line))
        s->totals.dropped++;
}

/* ---- log lines ---- */

static void explain_flush_pending(struct explain_stream *s)
{
    struct explain_verdict v;
    struct maillog_event ev;
    if (s->pending.len == 0)
        return;
    if (s->pending_parsed)
        ev = s->pending_event;
    else
        maillog_parse(s->pending.data, s->pending.len, &s->scratch, &ev);
    bool event = ev.outcome == MAILLOG_REFUSED || ev.outcome == MAILLOG_DEFERRED;
    bool known = event ? explain_event(s->e, &ev, &v)
                       : explain_text(s->e, s->pending.data, s->pending.len, &v);
    if (known && !event && !s->pending_refusal && v.status[1] != '.' && v.list[0] == '\0' &&
        v.code[0] == '\0')
        known = false; /* only a number that looks like a reply, and a common word */
    if (event && ev.attempted && !ev.session) /* the session's message has a line of its own */
        explain_receivers_count(&s->receivers, s->e, &ev, &v);
    if (known || event || s->pending_refusal)
        stream_record(s, &v, known, s->pending_line);
    buf_clear(&s->pending);
}

static void explain_hold(struct explain_stream *s, const char *line, size_t len, bool refusal)
{
    buf_add(&s->pending, line, len);
    s->pending_line = s->totals.lines;
    s->pending_refusal = refusal;
    s->pending_parsed = false;
}

/* Moves a piece of the line to the same place in its copy; false when it lies elsewhere. */
static bool explain_move_piece(struct maillog_piece *p, const char *line, size_t len,
                               const char *copy)
{
    if (p->len == 0)
        return true;
    if (p->s < line || p->s + p->len > line + len)
        return false;
    p->s = copy + (p->s - line);
    return true;
}

/* Keeps the event of the held line, so that the line is not parsed twice. */
static void explain_hold_event(struct explain_stream *s, const char *line, size_t len,
                               const struct maillog_event *ev)
{
    explain_hold(s, line, len, true);
    struct maillog_event *e = &s->pending_event;
    *e = *ev;
    struct maillog_piece *pieces[] = {&e->stamp, &e->tag, &e->queue_id, &e->host, &e->text};
    s->pending_parsed = s->pending.len == len;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        s->pending_parsed =
            explain_move_piece(pieces[i], line, len, s->pending.data) && s->pending_parsed;
}

/* A line in a form that no reader knows: its words decide whether it may be a refusal. */
static void explain_on_strange_line(struct explain_stream *s, const char *line, size_t len)
{
    struct word_set found = {0};
    filter_scan(s->e->gate, line, len, &found);
    if (word_set_empty(&found) || word_set_has(&found, GATE_FINE))
        return;
    bool refusal = word_set_has(&found, GATE_REFUSAL);
    bool any = refusal || word_set_has(&found, GATE_WEAK);
    if (word_set_has(&found, GATE_OWN) || (word_set_has(&found, GATE_OWN_WEAK) && !refusal)) {
        s->totals.own += any || word_set_has(&found, GATE_OWN_WEAK);
        return;
    }
    if (any)
        explain_hold(s, line, len, refusal);
}

static bool explain_is_earlier(const struct explain_stream *s, const struct maillog_event *ev)
{
    int64_t when;
    return s->since && ev->stamp.len && maillog_time(ev->stamp, &s->clock, &when) &&
           when < s->since;
}

static void explain_on_log_line(struct explain_stream *s, const char *line, size_t len,
                                const struct maillog_event *ev)
{
    s->totals.log = true;
    if (explain_is_earlier(s, ev)) {
        s->totals.earlier++;
        return;
    }
    if (ev->format == MAILLOG_UNKNOWN || (ev->format == MAILLOG_JSON && !ev->outcome)) {
        explain_on_strange_line(s, line, len);
        return;
    }
    switch (ev->outcome) {
    case MAILLOG_REFUSED:
    case MAILLOG_DEFERRED: explain_hold_event(s, line, len, ev); break;
    case MAILLOG_ACCEPTED:
        if (ev->attempted && !ev->probe) {
            s->totals.accepted++;
            explain_receivers_count(&s->receivers, s->e, ev, NULL);
        }
        break;
    case MAILLOG_OWN_SIDE: s->totals.own++; break;
    case MAILLOG_NOTHING: break;
    }
}

/* ---- blocks ---- */

static void explain_flush_block(struct explain_stream *s)
{
    struct buf *b = &s->block;
    if (b->len > 0)
        paste_block(s, b->data, b->len, s->block_line, s->mail);
    if (!s->mail && s->block_lines > s->totals.one_text)
        s->totals.one_text = s->block_lines;
    s->block_lines = 0;
    buf_clear(b);
    s->mail = false;
}

static void explain_add_to_block(struct explain_stream *s, const char *line, size_t len)
{
    if (s->block.len + len + 1 > EXPLAIN_BLOCK_MAX)
        explain_flush_block(s);
    if (s->block.len == 0) {
        s->block_line = s->totals.lines;
        s->mail = text_is_mail_start(line, len);
    }
    s->block_lines++;
    buf_add(&s->block, line, len);
    buf_char(&s->block, '\n');
}

/* Where one mail ends and the next begins: mbox, or bounces pasted one below the other. */
static bool explain_next_mail(const char *line, size_t len)
{
    return starts(line, len, "From ") || starts(line, len, "Return-Path: <>");
}

/* ---- lines ---- */

/* A JSON document in one line, with many events in it. */
static bool explain_is_array(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    return len > 4 && line[0] == '[' && (line[1] == '{' || line[1] == '"') && line[len - 1] == ']';
}

static void explain_on_line(struct explain_stream *s, const char *line, size_t len)
{
    struct maillog_event ev;
    bool empty = paste_blank(line, len);
    s->totals.lines++;
    if (s->mail) {
        if (s->last_blank && explain_next_mail(line, len))
            explain_flush_block(s);
        explain_add_to_block(s, line, len);
    } else if (s->block.len == 0 && explain_is_array(line, len)) {
        explain_flush_pending(s);
        paste_block(s, line, len, s->totals.lines, false);
    } else if (!empty && s->pending.len > 0 && (line[0] == ' ' || line[0] == '\t') &&
               !text_is_log_line(line, len) && !maillog_parse(line, len, &s->scratch, &ev)) {
        s->pending_parsed = false;
        buf_char(&s->pending, '\n');
        buf_add(&s->pending, line, len);
    } else if (!empty && maillog_parse(line, len, &s->scratch, &ev) &&
               (ev.format != MAILLOG_UNKNOWN || ev.tag.len > 0 || text_is_log_line(line, len))) {
        explain_flush_pending(s);
        explain_flush_block(s);
        explain_on_log_line(s, line, len, &ev);
    } else if (!empty && text_is_log_line(line, len)) {
        explain_flush_pending(s);
        explain_flush_block(s);
        s->totals.log = true;
        explain_on_strange_line(s, line, len);
    } else if (!empty || s->block.len > 0) {
        explain_flush_pending(s);
        explain_add_to_block(s, line, len);
    }
    s->last_blank = empty;
}

void explain_stream_feed(struct explain_stream *s, const char *data, size_t len)
{
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;
        if (end && s->partial.len == 0 && !s->partial_cut && n <= EXPLAIN_LINE_MAX) {
            explain_on_line(s, data, n);
        } else {
            size_t room = EXPLAIN_LINE_MAX - s->partial.len;
            buf_add(&s->partial, data, n < room ? n : room);
            s->partial_cut = s->partial_cut || n > room;
            if (end) {
                s->totals.cut += s->partial_cut;
                explain_on_line(s, buf_text(&s->partial), s->partial.len);
                buf_clear(&s->partial);
                s->partial_cut = false;
            }
        }
        data += n + (end ? 1 : 0);
        len -= n + (end ? 1 : 0);
    }
}

void explain_stream_end(struct explain_stream *s)
{
    if (s->partial.len > 0) {
        s->totals.cut += s->partial_cut;
        explain_on_line(s, buf_text(&s->partial), s->partial.len);
        buf_clear(&s->partial);
        s->partial_cut = false;
    }
    explain_flush_pending(s);
    explain_flush_block(s);
    explain_receivers_end(&s->receivers, &s->clock);
    s->last_blank = false;
}

const struct explain_entry *explain_stream_entries(const struct explain_stream *s, size_t *count)
{
    *count = s->table.count;
    return s->table.entries;
}

const struct explain_receiver *explain_stream_receiver(const struct explain_stream *s, size_t i)
{
    return i < s->receivers.count ? &s->receivers.rows[i].shown : NULL;
}

void explain_stream_answered(const struct explain_stream *s, struct buf *out)
{
    explain_receivers_tell(&s->receivers, s->e, out);
}

const struct explain_totals *explain_stream_totals(const struct explain_stream *s)
{
    return &s->totals;
}
