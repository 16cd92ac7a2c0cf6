/* SPDX-License-Identifier: ISC */
#include "explain.h"
#include "options.h"
#include "repmon/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 9 /* of wrapped text under a headline */

static const struct {
    const char *about;
    const char *color; /* what must be acted on is red, what is not about the address is plain */
} kinds[EXPLAIN_KIND_COUNT] = {
    [EXPLAIN_UNKNOWN] = {"the text is not known", "\033[33m"},
    [EXPLAIN_IP_LIST] = {"the address is on a list", "\033[31m"},
    [EXPLAIN_NETWORK] = {"the network or the kind of line", "\033[31m"},
    [EXPLAIN_THROTTLE] = {"slowed down", "\033[33m"},
    [EXPLAIN_DOMAIN] = {"a domain or its DNS, not the address", "\033[33m"},
    [EXPLAIN_CONTENT] = {"this message, not the address", "\033[33m"},
    [EXPLAIN_TENANT] = {"the sending account, not the address", "\033[33m"},
    [EXPLAIN_RECIPIENT_LIST] = {"the recipient's own rule", "\033[33m"},
    [EXPLAIN_THEIR_FAULT] = {"a fault on the receiving side", ""},
    [EXPLAIN_MAILBOX] = {"the recipient's mailbox", ""},
};

static void address(const struct explain_verdict *v, char out[static IP_TEXT_MAX])
{
    if (v->ip.family)
        ip_format(&v->ip, out);
    else
        out[0] = '\0';
}

static void paragraph(const char *head, const char *text)
{
    if (!text[0])
        return;
    printf("  %-5s  ", head);
    help_words(stdout, INDENT, INDENT, text);
}

/* What a list's operator says; it refuses nobody: the receiver does, because of that. */
static const struct {
    const char *words; /* NULL: the kind's words tell enough */
    bool of_address;   /* the address follows */
} listings[EXPLAIN_KIND_COUNT] = {
    [EXPLAIN_IP_LIST] = {"lists ", true},
    [EXPLAIN_NETWORK] = {"lists the network of ", true},
    [EXPLAIN_DOMAIN] = {"lists a domain, not the address", false},
    [EXPLAIN_CONTENT] = {"lists a link or a name in it, not the address", false},
};

static void refused_words(const struct explain_verdict *v, const char *ip, struct buf *line)
{
    const char *who = v->lists ? v->receiver : v->title, *words = listings[v->kind].words;
    if (!who[0])
        who = "A receiver";
    if (v->lists && words)
        buf_fmt(line, "%s refused your mail because %s %s%s", who, v->title, words,
                !listings[v->kind].of_address ? ""
                : ip[0]                       ? ip
                                              : "its address");
    else
        buf_fmt(line, "%s refused %s: %s", who, ip[0] ? ip : "your mail", kinds[v->kind].about);
}

static void headline(const struct explain_verdict *v, bool color)
{
    char ip[IP_TEXT_MAX];
    address(v, ip);
    if (v->kind == EXPLAIN_UNKNOWN && !v->status[0]) {
        puts("Nothing in this text is known to be a refusal.");
        return;
    }
    struct buf line;
    buf_init(&line, 4096);
    refused_words(v, ip, &line);
    const char *details[] = {v->list, v->code, v->status};
    const char *between = " (";
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        if (details[i][0]) {
            buf_fmt(&line, "%s%s", between, details[i]);
            between = ", ";
        }
    buf_str(&line, between[0] == ',' ? ")" : "");
    const char *paint = color ? kinds[v->kind].color : "";
    fputs(paint, stdout);
    help_words(stdout, 0, 2, buf_text(&line));
    fputs(paint[0] ? "\033[0m" : "", stdout);
    buf_fini(&line);
}

static void print_entry(const struct explain_entry *e, bool log, bool color)
{
    const struct explain_verdict *v = &e->verdict;
    headline(v, color);
    if (log && e->count == 1)
        printf("  %-5s  once, line %" PRIu64 "\n", "seen", e->first_line);
    else if (log)
        printf("  %-5s  %" PRIu64 " times, lines %" PRIu64 " to %" PRIu64 "\n", "seen", e->count,
               e->first_line, e->last_line);
    bool refusal = v->kind != EXPLAIN_UNKNOWN || v->status[0];
    if (v->kind != EXPLAIN_UNKNOWN)
        paragraph("means", v->meaning);
    if (refusal)
        paragraph("do", v->advice);
    paragraph("where", v->url);
    if (v->kind != EXPLAIN_UNKNOWN && v->confidence == EXPLAIN_LOW)
        paragraph("note", "This reading is not certain.");
    putchar('\n');
}

struct sum {
    const struct explain_verdict *v;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    return (x->count < y->count) - (x->count > y->count);
}

/* Entries are at most some thousands, so comparing each with each sum is quick enough. */
static void print_sums(const struct explain_entry *entries, size_t count)
{
    struct sum *sums = mem_array(count, sizeof *sums);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct explain_verdict *v = &entries[i].verdict;
        size_t k = 0;
        while (k < n && (strcmp(sums[k].v->operator, v->operator) != 0 ||
                         ip_cmp(&sums[k].v->ip, &v->ip) != 0))
            k++;
        if (k == n)
            sums[n++] = (struct sum){v, 0};
        sums[k].count += entries[i].count;
    }
    qsort(sums, n, sizeof *sums, by_count);
    for (size_t k = 0; k < n; k++) {
        char ip[IP_TEXT_MAX];
        address(sums[k].v, ip);
        printf("  %-20s  %-39s  %" PRIu64 "\n", sums[k].v->operator, ip[0] ? ip : "-",
               sums[k].count);
    }
    free(sums);
}

static void print_summary(const struct explain_stream *stream)
{
    size_t count;
    const struct explain_entry *entries = explain_stream_entries(stream, &count);
    const struct explain_totals *t = explain_stream_totals(stream);
    printf("%" PRIu64 " line%s, %" PRIu64 " refusal%s explained, %" PRIu64 " not known\n", t->lines,
           t->lines == 1 ? "" : "s", t->recognised, t->recognised == 1 ? "" : "s", t->unrecognised);
    print_sums(entries, count);
    if (t->own)
        printf("  left out: %" PRIu64 " lines in which this server refuses others\n", t->own);
    if (t->dropped)
        printf("  left out: %" PRIu64 " refusals beyond %d distinct ones\n", t->dropped,
               EXPLAIN_ENTRIES_MAX);
    if (t->cut)
        printf("  cut: %" PRIu64 " lines longer than %u bytes\n", t->cut, EXPLAIN_LINE_MAX);
}

void explain_print_text(const struct explain_stream *stream, bool color)
{
    size_t count;
    const struct explain_entry *entries = explain_stream_entries(stream, &count);
    const struct explain_totals *t = explain_stream_totals(stream);
    for (size_t i = 0; i < count; i++)
        print_entry(&entries[i], t->log, color);
    if (t->log)
        print_summary(stream);
    else if (count == 0 && t->own)
        puts("This is a server refusing others, not a refusal of your mail.");
    else if (count == 0)
        puts("No refusal was found in this text.");
}

static void field(struct buf *b, const char *key, const char *value)
{
    buf_fmt(b, ",\"%s\":", key);
    if (value[0])
        buf_json(b, value, strlen(value));
    else
        buf_str(b, "null");
}

void explain_print_json(const struct explain_stream *stream)
{
    size_t count;
    const struct explain_entry *entries = explain_stream_entries(stream, &count);
    struct buf b;
    buf_init(&b, 64u << 10);
    for (size_t i = 0; i < count; i++) {
        const struct explain_verdict *v = &entries[i].verdict;
        char ip[IP_TEXT_MAX];
        address(v, ip);
        buf_clear(&b);
        buf_str(&b, "{\"operator\":");
        buf_json(&b, v->operator, strlen(v->operator));
        field(&b, "ip", ip);
        field(&b, "kind", explain_kind_word(v->kind));
        field(&b, "list", v->list);
        field(&b, "code", v->code);
        field(&b, "status", v->status);
        field(&b, "meaning", v->meaning);
        field(&b, "url", v->url);
        field(&b, "advice", v->advice);
        field(&b, "confidence", explain_confidence_word(v->confidence));
        if (explain_stream_totals(stream)->log)
            buf_fmt(&b, ",\"count\":%" PRIu64 ",\"first_line\":%" PRIu64 ",\"last_line\":%" PRIu64,
                    entries[i].count, entries[i].first_line, entries[i].last_line);
        buf_str(&b, "}");
        puts(buf_text(&b));
    }
    buf_fini(&b);
}
