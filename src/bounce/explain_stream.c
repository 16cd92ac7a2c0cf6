/* SPDX-License-Identifier: ISC */
/* Cuts a stream into refusals (log lines with their continuation, paragraphs of a text, parts of a
 * mail) and counts the distinct ones. */
#include "explain_parts.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE 8192 /* slots; twice the entries, so that probing stays short */

struct explain_stream {
    struct explain *e;  /* borrowed */
    struct buf partial; /* a line whose end has not come yet */
    bool partial_cut;
    struct buf block; /* a mail, or lines that belong to no log */
    uint64_t block_line;
    bool mail;
    bool last_blank;
    struct buf pending; /* a log line that may go on, and refuses */
    uint64_t pending_line;
    bool pending_refusal;
    struct explain_entry *entries; /* owned */
    size_t entry_count;
    uint16_t *slots; /* owned: 1 + index into entries */
    struct explain_totals totals;
};

struct explain_stream *explain_stream_new(struct explain *e)
{
    struct explain_stream *s = mem_alloc(sizeof *s);
    s->e = e;
    s->slots = mem_array(TABLE_SIZE, sizeof *s->slots);
    buf_init(&s->partial, EXPLAIN_LINE_MAX);
    buf_init(&s->block, EXPLAIN_BLOCK_MAX);
    buf_init(&s->pending, EXPLAIN_LINE_MAX);
    return s;
}

void explain_stream_free(struct explain_stream *s)
{
    if (!s)
        return;
    buf_fini(&s->partial);
    buf_fini(&s->block);
    buf_fini(&s->pending);
    free(s->entries);
    free(s->slots);
    free(s);
}

/* ---- distinct refusals ---- */

static uint32_t hash_text(uint32_t h, const char *s)
{
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h * 31;
}

static bool same(const struct explain_verdict *a, const struct explain_verdict *b)
{
    return a->kind == b->kind && strcmp(a->operator, b->operator) == 0 &&
           ip_cmp(&a->ip, &b->ip) == 0 && strcmp(a->code, b->code) == 0 &&
           strcmp(a->list, b->list) == 0 &&
           (a->kind != EXPLAIN_UNKNOWN || strcmp(a->status, b->status) == 0);
}

static void record(struct explain_stream *s, const struct explain_verdict *v, uint64_t line)
{
    uint32_t h = hash_text(hash_text(hash_text(2166136261u, v->operator), v->code), v->list);
    for (size_t i = 0; i < sizeof v->ip.bytes; i++)
        h = (h ^ v->ip.bytes[i]) * 16777619u;
    for (size_t slot = (h ^ v->kind) % TABLE_SIZE;; slot = (slot + 1) % TABLE_SIZE) {
        if (s->slots[slot] && same(&s->entries[s->slots[slot] - 1].verdict, v)) {
            struct explain_entry *entry = &s->entries[s->slots[slot] - 1];
            entry->count++;
            entry->last_line = line;
            return;
        }
        if (s->slots[slot])
            continue;
        if (s->entry_count >= EXPLAIN_ENTRIES_MAX) {
            s->totals.dropped++;
            return;
        }
        if (s->entry_count % 64 == 0)
            s->entries = mem_grow(s->entries, s->entry_count + 64, sizeof *s->entries);
        s->entries[s->entry_count] = (struct explain_entry){
            .verdict = *v, .count = 1, .first_line = line, .last_line = line};
        s->slots[slot] = (uint16_t)++s->entry_count;
        return;
    }
}

/* ---- log lines ---- */

static void flush_pending(struct explain_stream *s)
{
    if (s->pending.len == 0)
        return;
    struct explain_verdict v;
    bool known = explain_text(s->e, s->pending.data, s->pending.len, &v);
    if (known && !s->pending_refusal && v.status[1] != '.' && v.list[0] == '\0' &&
        v.code[0] == '\0')
        known = false; /* a number that looks like a reply, and a common word */
    if (known) {
        s->totals.recognised++;
        record(s, &v, s->pending_line);
    } else if (s->pending_refusal) {
        s->totals.unrecognised++;
        record(s, &v, s->pending_line);
    }
    buf_clear(&s->pending);
}

static void on_log_line(struct explain_stream *s, const char *line, size_t len)
{
    struct word_set found = {0};
    s->totals.log = true;
    filter_scan(s->e->gate, line, len, &found);
    if (word_set_empty(&found) || word_set_has(&found, GATE_FINE))
        return;
    bool refusal = word_set_has(&found, GATE_REFUSAL);
    bool any = refusal || word_set_has(&found, GATE_WEAK);
    if (word_set_has(&found, GATE_OWN) || (word_set_has(&found, GATE_OWN_WEAK) && !refusal)) {
        s->totals.own += any || word_set_has(&found, GATE_OWN_WEAK);
        return;
    }
    if (!any)
        return;
    buf_add(&s->pending, line, len);
    s->pending_line = s->totals.lines;
    s->pending_refusal = refusal;
}

/* ---- texts and mails ---- */

/* A bounce tells one refusal two or three times: as a reason, in a transcript, in its fields. */
#define TEXT_FINDINGS 32

struct text_run {
    struct explain_stream *s;
    const struct explain_operator *host; /* of the whole text */
    uint64_t line;                       /* of the piece */
    struct explain_verdict found[TEXT_FINDINGS];
    uint64_t found_line[TEXT_FINDINGS];
    size_t recognised;
    bool have_weak, have_unknown;
    struct explain_verdict weak, unknown; /* used when nothing better comes */
    uint64_t weak_line, unknown_line;
    bool skip_headers;
};

static bool same_refusal(const struct explain_verdict *a, const struct explain_verdict *b)
{
    return a->kind == b->kind && strcmp(a->operator, b->operator) == 0 &&
           (a->ip.family == 0 || b->ip.family == 0 || ip_cmp(&a->ip, &b->ip) == 0) &&
           (!a->code[0] || !b->code[0] || strcmp(a->code, b->code) == 0) &&
           (!a->list[0] || !b->list[0] || strcmp(a->list, b->list) == 0);
}

static int details(const struct explain_verdict *v)
{
    return (v->ip.family != 0) * 4 + (v->code[0] != 0) * 2 + (v->status[0] != 0);
}

static void on_finding(struct text_run *t, const struct explain_verdict *v)
{
    for (size_t i = 0; i < t->recognised; i++)
        if (same_refusal(&t->found[i], v)) {
            if (details(v) > details(&t->found[i]))
                t->found[i] = *v;
            return;
        }
    if (t->recognised == TEXT_FINDINGS) {
        t->s->totals.recognised++;
        record(t->s, v, t->line);
        return;
    }
    t->found_line[t->recognised] = t->line;
    t->found[t->recognised++] = *v;
}

static void on_piece(struct text_run *t, const char *text, size_t len)
{
    struct explain_stream *s = t->s;
    struct explain_verdict v;
    struct word_set found = {0};
    if (len == 0 || (t->skip_headers && text_is_mail_start(text, len)))
        return;
    filter_scan(s->e->gate, text, len, &found);
    if (word_set_has(&found, GATE_OWN)) {
        s->totals.own++;
        return;
    }
    bool known = explain_text_from(s->e, text, len, t->host, &v);
    bool coded = v.status[0] || v.list[0] || v.code[0];
    if (known && coded) {
        on_finding(t, &v);
    } else if (known &&
               (!t->have_weak || (same_refusal(&t->weak, &v) && details(&v) > details(&t->weak)))) {
        t->have_weak = true;
        t->weak = v;
        t->weak_line = t->line;
    } else if (!known && (!t->have_unknown || (v.status[0] && !t->unknown.status[0]))) {
        t->have_unknown = true;
        t->unknown = v;
        t->unknown_line = t->line;
    }
}

static bool blank(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r' && s[i] != '>')
            return false;
    return true;
}

/* "550-…", "<<< 550 …": the code, and whether more lines follow. */
static int line_reply(const char *s, size_t len, bool *more)
{
    size_t i = 0;
    while (i < len && strchr(" \t<>", s[i]))
        i++;
    if (i + 4 > len || (s[i] != '4' && s[i] != '5') || s[i + 1] < '0' || s[i + 1] > '7' ||
        s[i + 2] < '0' || s[i + 2] > '9' || (s[i + 3] != ' ' && s[i + 3] != '-'))
        return 0;
    *more = s[i + 3] == '-';
    return (s[i] - '0') * 100 + (s[i + 1] - '0') * 10 + (s[i + 2] - '0');
}

/* "<user@example.com>: …" begins the report about another recipient. */
static bool starts_recipient(const char *s, size_t len)
{
    const char *end = len > 3 && s[0] == '<' ? memchr(s, '>', len) : NULL;
    return end && (size_t)(end - s) + 1 < len && end[1] == ':' && memchr(s, '@', (size_t)(end - s));
}

static void run_text(struct text_run *t, const char *text, size_t len)
{
    size_t start = 0;
    int code = 0;
    bool more = false;
    uint64_t line = t->line;
    for (size_t i = 0; i < len; line++) {
        const char *end = memchr(text + i, '\n', len - i);
        size_t n = end ? (size_t)(end - text) - i : len - i;
        bool next_more = false;
        int next = line_reply(text + i, n, &next_more);
        bool empty = blank(text + i, n);
        if (empty || (next && code && !(more && next == code)) || starts_recipient(text + i, n) ||
            i + n - start > EXPLAIN_LINE_MAX) {
            on_piece(t, text + start, i - start);
            start = empty ? i + n + 1 : i;
            t->line = empty ? line + 1 : line;
            code = 0;
        }
        if (next && !empty) {
            code = next;
            more = next_more;
        }
        i += n + 1;
    }
    if (start < len)
        on_piece(t, text + start, len - start);
}

/* A text in which nothing certain was found is told by its best guess, or as unknown. */
static void finish_text(struct text_run *t)
{
    struct explain_stream *s = t->s;
    for (size_t i = 0; i < t->recognised; i++) {
        s->totals.recognised++;
        record(s, &t->found[i], t->found_line[i]);
    }
    if (t->recognised > 0)
        return;
    if (t->have_weak) {
        s->totals.recognised++;
        record(s, &t->weak, t->weak_line);
    } else if (t->have_unknown && (!s->totals.log || t->unknown.status[0])) {
        s->totals.unrecognised++;
        record(s, &t->unknown, t->unknown_line);
    }
}

static void run_mail(struct text_run *t, const char *mail, size_t len)
{
    struct buf status, text;
    buf_init(&status, EXPLAIN_BLOCK_MAX);
    buf_init(&text, EXPLAIN_BLOCK_MAX);
    if (dsn_parts(mail, len, &status, &text)) {
        /* Lines of decoded parts are not those of the input: all stand where the mail begins. */
        struct explain *e = t->s->e;
        if (!t->host)
            t->host = hosts_find(e->operators, e->operator_count, buf_text(&text), text.len);
        if (!t->host)
            t->host = hosts_find(e->operators, e->operator_count, buf_text(&status), status.len);
        uint64_t line = t->line;
        run_text(t, buf_text(&status), status.len);
        t->line = line;
        if (t->recognised == 0)
            run_text(t, buf_text(&text), text.len);
    } else {
        t->skip_headers = true;
        run_text(t, mail, len);
    }
    buf_fini(&status);
    buf_fini(&text);
}

static void flush_block(struct explain_stream *s)
{
    struct buf *b = &s->block;
    if (b->len > 0) {
        struct text_run t = {.s = s, .line = s->block_line};
        if (s->mail) {
            run_mail(&t, b->data, b->len);
        } else {
            t.host = hosts_find(s->e->operators, s->e->operator_count, b->data, b->len);
            run_text(&t, b->data, b->len);
        }
        finish_text(&t);
    }
    buf_clear(b);
    s->mail = false;
}

static void add_to_block(struct explain_stream *s, const char *line, size_t len)
{
    if (s->block.len + len + 1 > EXPLAIN_BLOCK_MAX)
        flush_block(s);
    if (s->block.len == 0) {
        s->block_line = s->totals.lines;
        s->mail = text_is_mail_start(line, len);
    }
    buf_add(&s->block, line, len);
    buf_char(&s->block, '\n');
}

/* ---- lines ---- */

static void on_line(struct explain_stream *s, const char *line, size_t len)
{
    bool empty = blank(line, len);
    s->totals.lines++;
    if (s->mail) {
        if (s->last_blank && len > 5 && memcmp(line, "From ", 5) == 0)
            flush_block(s);
        add_to_block(s, line, len);
    } else if (!empty && s->pending.len > 0 && (line[0] == ' ' || line[0] == '\t')) {
        buf_char(&s->pending, '\n');
        buf_add(&s->pending, line, len);
    } else if (text_is_log_line(line, len)) {
        flush_pending(s);
        flush_block(s);
        on_log_line(s, line, len);
    } else if (!empty || s->block.len > 0) {
        flush_pending(s);
        add_to_block(s, line, len);
    }
    s->last_blank = empty;
}

void explain_stream_feed(struct explain_stream *s, const char *data, size_t len)
{
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;
        if (end && s->partial.len == 0 && !s->partial_cut && n <= EXPLAIN_LINE_MAX) {
            on_line(s, data, n);
        } else {
            size_t room = EXPLAIN_LINE_MAX - s->partial.len;
            buf_add(&s->partial, data, n < room ? n : room);
            s->partial_cut = s->partial_cut || n > room;
            if (end) {
                s->totals.cut += s->partial_cut;
                on_line(s, buf_text(&s->partial), s->partial.len);
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
        on_line(s, buf_text(&s->partial), s->partial.len);
        buf_clear(&s->partial);
        s->partial_cut = false;
    }
    flush_pending(s);
    flush_block(s);
}

const struct explain_entry *explain_stream_entries(const struct explain_stream *s, size_t *count)
{
    *count = s->entry_count;
    return s->entries;
}

const struct explain_totals *explain_stream_totals(const struct explain_stream *s)
{
    return &s->totals;
}
