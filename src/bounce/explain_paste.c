/* SPDX-License-Identifier: ISC */
/* Cuts texts and mails into refusals, each recorded once. */
#include "explain_stream_parts.h"

#include "ascii.h"

#include <jansson.h>
#include <stdlib.h>

/* A bounce tells one refusal two or three times: as a reason, in a transcript, in its fields. */
#define TEXT_FINDINGS 32

struct text_run {
    struct explain_stream *s;
    const struct explain_operator *host; /* of the whole bounce; NULL: unknown, or several */
    bool list;                           /* replies one below the other: each is taken by itself */
    uint64_t line;                       /* of the piece */
    struct explain_verdict found[TEXT_FINDINGS];
    uint64_t found_line[TEXT_FINDINGS];
    size_t recognised;
    bool have_weak, have_unknown;
    struct explain_verdict weak, unknown; /* used when nothing better comes */
    uint64_t weak_line, unknown_line;
    bool skip_headers;
};

static bool explain_same_refusal(const struct explain_verdict *a, const struct explain_verdict *b)
{
    return a->kind == b->kind && strcmp(a->operator, b->operator) == 0 &&
           (a->ip.family == 0 || b->ip.family == 0 || ip_cmp(&a->ip, &b->ip) == 0) &&
           (!a->code[0] || !b->code[0] || strcmp(a->code, b->code) == 0) &&
           (!a->list[0] || !b->list[0] || strcmp(a->list, b->list) == 0);
}

static int explain_details(const struct explain_verdict *v)
{
    return (v->ip.family != 0) * 4 + (v->code[0] != 0) * 2 + (v->status[0] != 0);
}

static void explain_on_finding(struct text_run *t, const struct explain_verdict *v)
{
    for (size_t i = 0; i < t->recognised; i++)
        if (explain_same_refusal(&t->found[i], v)) {
            if (explain_details(v) > explain_details(&t->found[i]))
                t->found[i] = *v;
            return;
        }
    if (t->recognised == TEXT_FINDINGS) {
        stream_record(t->s, v, true, t->line);
        return;
    }
    t->found_line[t->recognised] = t->line;
    t->found[t->recognised++] = *v;
}

/* "554 5.0.0 Service unavailable": Sendmail's own words below the reply that it got. */
static bool explain_own_summary(const char *text, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", *text)) {
        text++;
        len--;
    }
    return starts(text, len, "554 5.0.0 Service unavailable") || starts(text, len, "550 5.1.1 <") ||
           starts(text, len, "421 4.4.") || starts(text, len, "451 4.4.");
}

static void explain_on_piece(struct text_run *t, const char *text, size_t len)
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
    bool known = explain_text_from(s->e, text, len, t->list ? NULL : t->host, &v);
    bool coded = v.status[0] || v.list[0] || v.code[0];
    if (t->list) {
        if (known || v.status[0])
            stream_record(s, &v, known, t->line);
    } else if (known && coded && !explain_own_summary(text, len)) {
        explain_on_finding(t, &v);
    } else if (known && (!t->have_weak || (explain_same_refusal(&t->weak, &v) &&
                                           explain_details(&v) > explain_details(&t->weak)))) {
        t->have_weak = true;
        t->weak = v;
        t->weak_line = t->line;
    } else if (!known && (!t->have_unknown || (v.status[0] && !t->unknown.status[0]))) {
        t->have_unknown = true;
        t->unknown = v;
        t->unknown_line = t->line;
    }
}

bool paste_blank(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r' && s[i] != '>')
            return false;
    return true;
}

/* "550-…", "<<< 550 …": the code, and whether more lines follow. */
static int explain_line_reply(const char *s, size_t len, bool *more)
{
    size_t i = 0;
    while (i < len && strchr(" \t<>\"'", s[i]))
        i++;
    if (i + 4 > len || (s[i] != '4' && s[i] != '5') || s[i + 1] < '0' || s[i + 1] > '7' ||
        !digit(s[i + 2]) || (s[i + 3] != ' ' && s[i + 3] != '-'))
        return 0;
    *more = s[i + 3] == '-';
    return (s[i] - '0') * 100 + (s[i + 1] - '0') * 10 + (s[i + 2] - '0');
}

/* "(host mx.example.net[192.0.2.1] said: …" in the output of mailq. */
static bool explain_queue_reason(const char *s, size_t len)
{
    static const char *const begins[] = {"(host ",
                                         "(connect to ",
                                         "(delivery temporarily ",
                                         "(lost connection ",
                                         "(conversation with ",
                                         "(Deferred: "};
    size_t i = 0;
    while (i < len && (s[i] == ' ' || s[i] == '\t'))
        i++;
    for (size_t b = 0; b < sizeof begins / sizeof begins[0]; b++)
        if (starts(s + i, len - i, begins[b]))
            return true;
    return false;
}

/* "<user@example.com>: …" begins the report about another recipient. */
static bool explain_starts_recipient(const char *s, size_t len)
{
    const char *end = len > 3 && s[0] == '<' ? memchr(s, '>', len) : NULL;
    return end && (size_t)(end - s) + 1 < len && end[1] == ':' && memchr(s, '@', (size_t)(end - s));
}

/* Walks over the pieces, separated by blank lines, replies, recipients or entries of a queue. */
static void explain_each_piece(struct text_run *t, const char *text, size_t len,
                               void (*piece)(struct text_run *, const char *, size_t))
{
    size_t start = 0;
    int code = 0;
    bool more = false;
    uint64_t line = t->line;
    for (size_t i = 0; i < len; line++) {
        const char *end = memchr(text + i, '\n', len - i);
        size_t n = end ? (size_t)(end - text) - i : len - i;
        bool next_more = false;
        int next = explain_line_reply(text + i, n, &next_more);
        bool empty = paste_blank(text + i, n);
        if (empty || (next && code && !(more && next == code)) ||
            explain_starts_recipient(text + i, n) || explain_queue_reason(text + i, n) ||
            i + n - start > EXPLAIN_LINE_MAX) {
            piece(t, text + start, i - start);
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
        piece(t, text + start, len - start);
}

/* Counts the pieces that are complete replies, in found_line[0], which is not in use yet. */
static void explain_count_reply(struct text_run *t, const char *text, size_t len)
{
    bool more;
    const char *end = memchr(text, '\n', len);
    size_t n = end ? (size_t)(end - text) : len;
    if (memmem(text, n, "<<<", 3))
        return;
    t->found_line[0] +=
        explain_queue_reason(text, len) ? 2 : explain_line_reply(text, len, &more) != 0;
}

static bool explain_is_list(struct text_run *t, const char *text, size_t len)
{
    uint64_t line = t->line;
    t->found_line[0] = 0;
    explain_each_piece(t, text, len, explain_count_reply);
    t->line = line;
    /* A transcript repeats the reply of the other side in our own words. */
    return t->found_line[0] >= 2 && !memmem(text, len, "<<< ", 4);
}

/* If nothing certain was found, records the best guess, or the text as unknown. */
static void explain_finish_text(struct text_run *t)
{
    struct explain_stream *s = t->s;
    for (size_t i = 0; i < t->recognised; i++)
        stream_record(s, &t->found[i], true, t->found_line[i]);
    if (t->recognised > 0 || t->list)
        return;
    if (t->have_weak)
        stream_record(s, &t->weak, true, t->weak_line);
    else if (t->have_unknown && (!s->totals.log || t->unknown.status[0]))
        stream_record(s, &t->unknown, false, t->unknown_line);
}

static const struct explain_operator *explain_host_alone(const struct explain *e, const char *text,
                                                         size_t len)
{
    return hosts_alone(e->operators, e->operator_count, text, len);
}

static void explain_run_mail(struct text_run *t, const char *mail, size_t len)
{
    struct buf status, text;
    if (dsn_is_complaint(mail, len)) {
        t->s->totals.complaints++;
        t->list = true; /* so that nothing else is recorded for it */
        return;
    }
    buf_init(&status, EXPLAIN_BLOCK_MAX);
    buf_init(&text, EXPLAIN_BLOCK_MAX);
    if (dsn_parts(mail, len, &status, &text)) {
        /* Decoded parts have other lines than the input, so all get the line where the mail begins.
         */
        t->host = explain_host_alone(t->s->e, buf_text(&text), text.len);
        if (!t->host)
            t->host = explain_host_alone(t->s->e, buf_text(&status), status.len);
        uint64_t line = t->line;
        explain_each_piece(t, buf_text(&status), status.len, explain_on_piece);
        t->line = line;
        if (t->recognised == 0)
            explain_each_piece(t, buf_text(&text), text.len, explain_on_piece);
    } else {
        t->skip_headers = true;
        explain_each_piece(t, mail, len, explain_on_piece);
    }
    buf_fini(&status);
    buf_fini(&text);
}

/* An event of a JSON document that spans several lines, or of a line that holds many events. */
static void explain_on_json(struct text_run *t, const json_t *value, int depth)
{
    if (json_is_array(value) && depth < 3) {
        for (size_t i = 0; i < json_array_size(value); i++)
            explain_on_json(t, json_array_get(value, i), depth + 1);
        return;
    }
    struct maillog_event ev;
    struct explain_verdict v;
    const char *said = json_is_string(value) ? json_string_value(value) : "";
    char *text = json_is_object(value) ? json_dumps(value, JSON_COMPACT) : mem_dup(said);
    if (text && maillog_parse(text, strlen(text), &t->s->scratch, &ev) &&
        (ev.outcome == MAILLOG_REFUSED || ev.outcome == MAILLOG_DEFERRED))
        stream_record(t->s, &v, explain_event(t->s->e, &ev, &v), t->line);
    free(text);
}

static bool explain_run_json(struct text_run *t, const char *text, size_t len)
{
    if (len < 2 || (text[0] != '{' && text[0] != '['))
        return false;
    json_t *root = json_loadb(text, len, 0, NULL);
    if (!root)
        return false;
    uint64_t before = t->s->totals.recognised + t->s->totals.unrecognised;
    explain_on_json(t, root, 0);
    json_decref(root);
    return t->s->totals.recognised + t->s->totals.unrecognised > before;
}

void paste_block(struct explain_stream *s, const char *text, size_t len, uint64_t line, bool mail)
{
    struct text_run *t = mem_alloc(sizeof *t);
    t->s = s;
    t->line = line;
    if (mail) {
        explain_run_mail(t, text, len);
    } else if (!explain_run_json(t, text, len)) {
        t->list = explain_is_list(t, text, len);
        t->host = explain_host_alone(s->e, text, len);
        explain_each_piece(t, text, len, explain_on_piece);
    } else {
        t->list = true;
    }
    explain_finish_text(t);
    free(t);
}
