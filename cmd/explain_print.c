/* SPDX-License-Identifier: ISC */
#include "explain.h"
#include "options.h"
#include "output.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "table.h"

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
    [EXPLAIN_NETWORK] = {"the network or the type of connection", "\033[31m"},
    [EXPLAIN_RDNS] = {"the reverse name of the address", "\033[31m"},
    [EXPLAIN_THROTTLE] = {"slowed down", "\033[33m"},
    [EXPLAIN_GREYLIST] = {"deferred once, because it is new there", ""},
    [EXPLAIN_LIMIT] = {"a limit, not the address's reputation", "\033[33m"},
    [EXPLAIN_DOMAIN] = {"a domain or its DNS, not the address", "\033[33m"},
    [EXPLAIN_CONTENT] = {"this message, not the address", "\033[33m"},
    [EXPLAIN_TENANT] = {"the sending account, not the address", "\033[33m"},
    [EXPLAIN_RECIPIENT_LIST] = {"the recipient's own rule", "\033[33m"},
    [EXPLAIN_THEIR_FAULT] = {"a fault on the receiving side or on the way to it", ""},
    [EXPLAIN_MAILBOX] = {"the recipient's mailbox", ""},
};

static void explain_address(const struct explain_verdict *v, char out[static CIDR_TEXT_MAX])
{
    out[0] = '\0';
    if (v->ip.family)
        ip_format(&v->ip, out);
    else if (v->range.base.family)
        cidr_format(&v->range, out);
}

static void explain_paragraph(const char *head, const char *text)
{
    if (!text[0])
        return;
    printf("  %-5s  ", head);
    help_words(stdout, INDENT, INDENT, text);
}

/* What a list's operator says; it does not refuse mail itself: the receiver does, because of it. */
static const struct {
    const char *words; /* NULL: the kind's words tell enough */
    bool of_address;   /* the address follows */
} listings[EXPLAIN_KIND_COUNT] = {
    [EXPLAIN_IP_LIST] = {"lists ", true},
    [EXPLAIN_NETWORK] = {"lists the network of ", true},
    [EXPLAIN_DOMAIN] = {"lists a domain, not the address", false},
    [EXPLAIN_CONTENT] = {"lists a link or a name in it, not the address", false},
};

static void explain_refused_words(const struct explain_verdict *v, const char *ip, struct buf *line)
{
    const char *who = v->lists ? v->receiver : v->title, *words = listings[v->kind].words;
    const char *did = v->status[0] == '4' ? "deferred" : "refused"; /* RFC 5321, 4.2.1 */
    if (!who[0])
        who = "A receiver";
    const char *address = ip[0] ? ip : "its address";
    if (v->lists && words)
        buf_fmt(line, "%s %s your mail because %s %s%s", who, did, v->title, words,
                listings[v->kind].of_address ? address : "");
    else
        buf_fmt(line, "%s %s %s: %s", who, did, ip[0] ? ip : "your mail", kinds[v->kind].about);
}

static void explain_headline(const struct explain_verdict *v, bool color)
{
    char ip[CIDR_TEXT_MAX];
    explain_address(v, ip);
    if (v->kind == EXPLAIN_UNKNOWN && !v->status[0]) {
        puts("Nothing in this text is a known refusal.\n"
             "  do     Give the receiver's whole reply, from its code (550 …) on, or the\n"
             "         whole bounce.");
        return;
    }
    struct buf line;
    buf_init(&line, 4096);
    explain_refused_words(v, ip, &line);
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

/* "pattern spamhaus-pbl, by “blocked using pbl.spamhaus.org”" */
static void explain_print_why(const struct explain_verdict *v)
{
    struct buf line;
    if (!v->id[0])
        return;
    buf_init(&line, 1024);
    buf_fmt(&line, "pattern %s", v->id);
    if (v->file[0])
        buf_fmt(&line, " (%s:%u)", v->file, v->line);
    if (v->words[0]) {
        buf_str(&line, ", by “");
        buf_clean(&line, v->words, strlen(v->words), sizeof v->words);
        buf_str(&line, "”");
    } else {
        buf_str(&line, v->list[0] ? ", by the name of the list" : ", by the status code");
    }
    if (v->decisive)
        buf_str(&line, "; one such reply proves it");
    explain_paragraph("why", buf_text(&line));
    buf_fini(&line);
}

static void explain_print_entry(const struct explain_entry *e, bool log, bool color, bool why)
{
    const struct explain_verdict *v = &e->verdict;
    explain_headline(v, color);
    if (log && e->count == 1)
        printf("  %-5s  once, line %" PRIu64 "\n", "seen", e->first_line);
    else if (log)
        printf("  %-5s  %" PRIu64 " times, lines %" PRIu64 " to %" PRIu64 "\n", "seen", e->count,
               e->first_line, e->last_line);
    char words[200];
    bool refusal = v->kind != EXPLAIN_UNKNOWN || v->status[0];
    if (v->kind != EXPLAIN_UNKNOWN)
        explain_paragraph("means", v->meaning);
    if (refusal)
        explain_paragraph("do", v->advice);
    explain_paragraph("where", v->url);
    if (why)
        explain_print_why(v);
    snprintf(words, sizeof words,
             "Only %d bytes of this reply were read. Give the part that names the reason.",
             EXPLAIN_REPLY_MAX);
    if (v->cut)
        explain_paragraph("note", words);
    if (v->own_ip)
        explain_paragraph("note", "The reply names no address; this one is from the log.");
    snprintf(words, sizeof words, "This is the wording of %s, but another host sent it.",
             v->quotes);
    if (v->quotes[0])
        explain_paragraph("note", words);
    else if (v->kind != EXPLAIN_UNKNOWN && v->confidence == EXPLAIN_LOW)
        explain_paragraph("note", "This reading is not certain.");
    putchar('\n');
}

static void explain_format_time(int64_t time, char out[static 40])
{
    out[0] = '\0';
    if (time)
        clock_format_local((time_t)time, out, 40);
}

static void explain_receiver_row(struct table *t, const struct explain_receiver *r)
{
    char ip[IP_TEXT_MAX] = "-", first[40], last[40];
    const uint64_t numbers[] = {r->accepted, r->refused, r->throttled, r->other};
    char counts[4][24];
    if (r->ip.family)
        ip_format(&r->ip, ip);
    explain_format_time(r->since, first);
    explain_format_time(r->until, last);
    for (size_t i = 0; i < 4; i++)
        snprintf(counts[i], sizeof counts[i], "%" PRIu64, numbers[i]);
    const char *cells[] = {r->title, ip, counts[0], counts[1], counts[2], counts[3], first, last};
    table_row(t, LEVEL_OK, cells);
}

static int explain_by_title(const void *a, const void *b)
{
    const struct explain_receiver *x = *(const struct explain_receiver *const *)a;
    const struct explain_receiver *y = *(const struct explain_receiver *const *)b;
    int order = strcmp(x->title, y->title);
    return order ? order : ip_cmp(&x->ip, &y->ip);
}

static const struct explain_receiver **explain_sorted_receivers(const struct explain_stream *stream,
                                                                size_t *count)
{
    const struct explain_receiver *r;
    for (*count = 0; explain_stream_receiver(stream, *count);)
        ++*count;
    const struct explain_receiver **sorted = mem_array(*count + 1, sizeof *sorted);
    for (size_t i = 0; (r = explain_stream_receiver(stream, i)); i++)
        sorted[i] = r;
    qsort(sorted, *count, sizeof *sorted, explain_by_title);
    return sorted;
}

/* Like the end of a run's report: what is refused in an old line may be accepted by now. */
static void explain_print_receivers(const struct explain_stream *stream)
{
    static const char *const heads[] = {"receiver",  "address", "accepted",     "refused",
                                        "throttled", "other",   "first answer", "last answer"};
    struct buf answered;
    size_t count;
    if (!explain_stream_receiver(stream, 0))
        return;
    const struct explain_receiver **sorted = explain_sorted_receivers(stream, &count);
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){.out = stdout,
                        .width = output_table_width(),
                        .columns = 8,
                        .colored = 8,
                        .right = 4 | 8 | 16 | 32,
                        .heads = heads};
    for (size_t i = 0; i < count; i++)
        explain_receiver_row(t, sorted[i]);
    table_end(t);
    free(t);
    free(sorted);
    buf_init(&answered, 4096);
    explain_stream_answered(stream, &answered);
    if (answered.len)
        help_words(stdout, 0, 0, buf_text(&answered));
    buf_fini(&answered);
}

static void explain_left_out(uint64_t lines, const char *which)
{
    if (lines)
        printf("  left out: %" PRIu64 " line%s %s\n", lines, lines == 1 ? "" : "s", which);
}

static void explain_print_cut(const struct explain_totals *t, const char *indent)
{
    if (t->cut)
        printf("%scut: %" PRIu64 " line%s longer than %u bytes\n", indent, t->cut,
               t->cut == 1 ? "" : "s", EXPLAIN_LINE_MAX);
}

static void explain_print_summary(const struct explain_stream *stream)
{
    const struct explain_totals *t = explain_stream_totals(stream);
    printf("%" PRIu64 " line%s, %" PRIu64 " refusal%s explained, %" PRIu64 " not known, %" PRIu64
           " message%s accepted\n",
           t->lines, t->lines == 1 ? "" : "s", t->recognised, t->recognised == 1 ? "" : "s",
           t->unrecognised, t->accepted, t->accepted == 1 ? "" : "s");
    explain_left_out(t->earlier, "from before that time");
    explain_left_out(t->own, "in which this server refuses others");
    if (t->dropped)
        printf("  left out: %" PRIu64 " refusal%s beyond %d distinct ones\n", t->dropped,
               t->dropped == 1 ? "" : "s", EXPLAIN_ENTRIES_MAX);
    if (t->recognised + t->unrecognised + t->accepted + t->earlier == 0)
        help_words(stdout, 0, 2,
                   "No line is about mail that was sent: give the log in which the mail server "
                   "writes its deliveries.");
    explain_print_cut(t, "  ");
    explain_print_receivers(stream);
}

/* Lines read as one text although they may have been a log whose form is not known. */
#define ONE_TEXT_MAX 500

static void explain_print_notes(const struct explain_totals *t)
{
    if (!t->log)
        explain_print_cut(t, "");
    if (t->complaints)
        printf("%" PRIu64 " feedback report%s (ARF or JMRP): a complaint, not a refusal.\n",
               t->complaints, t->complaints == 1 ? "" : "s");
    if (t->one_text > ONE_TEXT_MAX) {
        char words[160];
        snprintf(words, sizeof words,
                 "%" PRIu64 " lines were read as one text: none of them looks like a line of a "
                 "known log. Refusals in them may be missing here.",
                 t->one_text);
        help_words(stdout, 0, 2, words);
    }
}

void explain_print_text(const struct explain_stream *stream, bool color, bool why)
{
    size_t count;
    const struct explain_entry *entries = explain_stream_entries(stream, &count);
    const struct explain_totals *t = explain_stream_totals(stream);
    for (size_t i = 0; i < count; i++)
        explain_print_entry(&entries[i], t->log, color, why);
    if (t->log)
        explain_print_summary(stream);
    else if (t->unrecognised > 0 && t->recognised + t->unrecognised > 1)
        printf("%" PRIu64 " refusal%s explained, %" PRIu64 " not known\n", t->recognised,
               t->recognised == 1 ? "" : "s", t->unrecognised);
    else if (count == 0 && t->own)
        puts("This is your server refusing others, not a refusal of your mail.");
    else if (count == 0 && !t->complaints)
        puts("No refusal was found in this text.");
    explain_print_notes(t);
}

static void explain_json_entry(struct json_out *w, const struct explain_entry *e, bool log,
                               bool why)
{
    const struct explain_verdict *v = &e->verdict;
    char ip[IP_TEXT_MAX] = "", range[CIDR_TEXT_MAX] = "";
    if (v->ip.family)
        ip_format(&v->ip, ip);
    if (v->range.base.family)
        cidr_format(&v->range, range);
    json_out_open(w, NULL, '{');
    json_out_text(w, "operator", v->operator);
    json_out_given(w, "ip", ip);
    json_out_text(w, "kind", explain_kind_word(v->kind));
    json_out_given(w, "list", v->list);
    json_out_given(w, "code", v->code);
    json_out_given(w, "status", v->status);
    json_out_given(w, "meaning", v->meaning);
    json_out_given(w, "url", v->url);
    json_out_given(w, "advice", v->advice);
    json_out_text(w, "confidence", explain_confidence_word(v->confidence));
    if (range[0])
        json_out_text(w, "range", range);
    if (why) {
        json_out_given(w, "row", v->id);
        json_out_given(w, "words", v->words);
        json_out_bool(w, "decisive", v->decisive);
    }
    if (log) {
        json_out_number(w, "count", (int64_t)e->count);
        json_out_number(w, "first_line", (int64_t)e->first_line);
        json_out_number(w, "last_line", (int64_t)e->last_line);
    }
    json_out_close(w, '}');
    json_out_newline(w);
}

void explain_print_json(const struct explain_stream *stream, bool why)
{
    size_t count;
    const struct explain_entry *entries = explain_stream_entries(stream, &count);
    struct json_out w;
    json_out_init(&w, stdout);
    for (size_t i = 0; i < count; i++)
        explain_json_entry(&w, &entries[i], explain_stream_totals(stream)->log, why);
    json_out_fini(&w);
}
