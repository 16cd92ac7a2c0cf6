/* SPDX-License-Identifier: ISC */
/* Open findings: what, who, since when, why, and what to do next. */
#include "html.h"

#include "repmon/causes.h"

#include <string.h>

#define LINE_BYTES   8192
#define SHOWN_RANGES 20

static void html_row(const struct html *h, const char *name)
{
    fprintf(h->out, "<dt>%s</dt><dd>", name);
}

static void html_open_since(const struct html *h, const struct html_finding *f)
{
    if (!f->since)
        return;
    html_row(h, "since");
    html_time(h->out, f->since);
    fputs(", ", h->out);
    html_since(h, f->since);
    if (f->since_last != f->since) {
        fputs("; the last of them ", h->out);
        html_time(h->out, f->since_last);
    }
    fputs("</dd>\n", h->out);
}

static void html_open_reason(const struct html *h, const struct html_finding *f)
{
    char address[CIDR_TEXT_MAX];
    if (f->meaning[0]) {
        html_row(h, "meaning");
        html_text(h->out, f->meaning);
        fputs("</dd>\n", h->out);
    }
    if (!f->reason[0])
        return;
    html_row(h, "reason");
    html_name(h->out, f->reason);
    if (f->count > 1) {
        report_target_format(&f->at, address);
        fprintf(h->out, " (about %s)", address);
    }
    fputs("</dd>\n", h->out);
}

static void html_open_proven(const struct html *h, const struct html_finding *f)
{
    if (!f->proven)
        return;
    html_row(h, "proven");
    html_time(h->out, f->proven);
    if (f->pending[0]) {
        fputs("; ", h->out);
        html_text(h->out, f->pending);
    } else if (f->cause != CAUSE_NONE) {
        fputs("; last attempt: ", h->out);
        html_text(h->out, cause_heading(f->cause));
    }
    fputs("</dd>\n", h->out);
}

/* Advice of several lines becomes a list. Advice given just above is not repeated. */
static void html_open_advice(const struct html *h, const struct html_finding *f)
{
    if (!f->advice[0])
        return;
    html_row(h, "next step");
    for (const struct html_finding *g = h->findings.items; g < f; g++) {
        if (g->column == f->column && strcmp(g->advice, f->advice) == 0) {
            fputs("as above</dd>\n", h->out);
            return;
        }
    }
    for (const char *line = f->advice; *line; line += *line == '\n') {
        char text[HTML_TEXT_MAX + 1];
        size_t len = strcspn(line, "\n");
        snprintf(text, sizeof text, "%.*s", (int)len, line);
        fputs(line == f->advice ? "" : "<br>", h->out);
        html_text(h->out, text);
        line += len;
    }
    fputs("</dd>\n", h->out);
}

static void html_open_pages(const struct html *h, const struct html_finding *f)
{
    bool delist = f->delist[0] && strcmp(f->delist, f->url) != 0;
    if (f->url[0]) {
        html_row(h, "look up");
        html_link(h->out, f->url, NULL);
        fputs("</dd>\n", h->out);
    }
    if (delist) {
        html_row(h, "remove");
        html_link(h->out, f->delist, NULL);
        fputs("</dd>\n", h->out);
    }
}

static void html_open_ack(const struct html *h, const struct html_finding *f)
{
    if (!f->acked)
        return;
    html_row(h, "acknowledged");
    fputs("until ", h->out);
    html_time(h->out, f->acked_until);
    if (f->note[0]) {
        fputs(": ", h->out);
        html_name(h->out, f->note);
    }
    fputs("</dd>\n", h->out);
}

static void html_open_who(const struct html *h, const struct html_finding *f)
{
    struct buf who;
    if (f->count == 1)
        return;
    buf_init(&who, LINE_BYTES);
    html_who(&who, f->ranges, f->range_count, SHOWN_RANGES, f->count, f->label);
    html_row(h, "who");
    html_name(h->out, buf_text(&who));
    fputs("</dd>\n", h->out);
    buf_fini(&who);
}

static void html_finding(const struct html *h, const struct html_finding *f)
{
    struct buf sentence;
    buf_init(&sentence, LINE_BYTES);
    html_finding_sentence(h->report, f, &sentence);
    fprintf(h->out, "<li class=\"find %c%s\">\n<h3>", html_level_class(f->level),
            f->acked ? " ack" : "");
    html_level(h->out, f->level);
    fputc(' ', h->out);
    html_text(h->out, buf_text(&sentence));
    fputs("</h3>\n<dl>\n", h->out);
    html_open_since(h, f);
    html_open_who(h, f);
    html_open_reason(h, f);
    html_open_advice(h, f);
    html_open_pages(h, f);
    html_open_proven(h, f);
    html_open_ack(h, f);
    fputs("</dl>\n</li>\n", h->out);
    buf_fini(&sentence);
}

static void html_open_left_out(const struct html *h, size_t more)
{
    const struct html_findings *f = &h->findings;
    for (enum level level = 0; level < LEVEL_COUNT; level++)
        more += f->left_out[level];
    if (!more)
        return;
    fputs("<p>", h->out);
    html_count(h->out, more, "further finding");
    fputs(", none worse than these, are not shown; <code>repmon status</code> shows all.</p>\n",
          h->out);
}

void html_findings_part(struct html *h)
{
    const struct html_findings *f = &h->findings;
    size_t more = 0; /* that there is no room for */
    html_part(h->out, "findings", "Open findings",
              f->count ? NULL : "No finding is open. What is not known is below.");
    if (f->count) {
        fputs("<ol class=\"finds\">\n", h->out);
        for (size_t i = 0; i < f->count; i++) {
            if (html_room(h))
                html_finding(h, &f->items[i]);
            else
                more += f->items[i].count;
        }
        fputs("</ol>\n", h->out);
    }
    html_open_left_out(h, more);
    html_part_end(h->out);
}
