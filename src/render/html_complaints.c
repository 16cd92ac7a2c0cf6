/* SPDX-License-Identifier: ISC */
/*
 * What others report about mail of an address: complaints and spam traps, and how it fared with
 * those who check DMARC. One line per address and reporter, summed over the days.
 */
#include "html.h"

#include <inttypes.h>
#include <string.h>

#define ROWS 100 /* addresses */

/* The days of one list and address, summed; -1: never reported. */
struct reported {
    const struct report_day *first, *newest, *worst; /* NULL: none */
    int64_t recipients, data, messages, traps;
};

static void html_add(int64_t *sum, int64_t n)
{
    if (n >= 0)
        *sum = (*sum < 0 ? 0 : *sum) + n;
}

/* From day `*i` on; leaves *i at the next list or address. */
static struct reported html_sum_days(const struct report_past *past, size_t *i)
{
    struct reported sum = {.recipients = -1, .data = -1, .messages = -1, .traps = -1};
    sum.first = &past->days[*i];
    for (; *i < past->day_count; (*i)++) {
        const struct report_day *d = &past->days[*i];
        if (strcmp(d->list, sum.first->list) != 0 || ip_cmp(&d->ip, &sum.first->ip) != 0)
            break;
        bool worse = !sum.worst || d->complaint > sum.worst->complaint ||
                     (d->complaint < 0 && d->data > sum.worst->data);
        sum.newest = d;
        sum.worst = worse ? d : sum.worst;
        html_add(&sum.recipients, d->recipients);
        html_add(&sum.data, d->data);
        html_add(&sum.messages, d->messages);
        html_add(&sum.traps, d->traps);
    }
    return sum;
}

/* ---- cells ---- */

static void html_number_cell(const struct html *h, int64_t n)
{
    if (n < 0)
        fputs("<td class=\"r\">–</td>", h->out);
    else
        fprintf(h->out, "<td class=\"r\">%" PRId64 "</td>", n);
}

/* A share as its reporter worded it, else a number of complaints. */
static void html_share_cell(const struct html *h, const struct report_day *d)
{
    if (d->complaint_text && d->complaint_text[0]) {
        fputs("<td class=\"r\">", h->out);
        html_name(h->out, d->complaint_text);
        fputs("</td>", h->out);
    } else if (d->complaint >= 0) {
        fprintf(h->out, "<td class=\"r\">%.2g %%</td>", d->complaint);
    } else {
        html_number_cell(h, d->kind == NUMBERS_COMPLAINTS ? d->data : -1);
    }
}

static void html_day_cell(const struct html *h, int32_t day)
{
    fputs("<td>", h->out);
    html_day(h->out, day);
    fputs("</td>", h->out);
}

static void html_subject_cells(const struct html *h, const struct report_day *d)
{
    char address[IP_TEXT_MAX];
    ip_format(&d->ip, address);
    fputs("<tr><th scope=\"row\">", h->out);
    html_name(h->out, address);
    fputs("</th><td>", h->out);
    html_name(h->out, d->title);
    fputs("</td>", h->out);
}

static void html_complaint_row(const struct html *h, const struct reported *r)
{
    bool filter = r->first->kind == NUMBERS_FILTER;
    html_subject_cells(h, r->first);
    html_day_cell(h, r->newest->day);
    html_share_cell(h, r->newest);
    html_share_cell(h, r->worst);
    html_day_cell(h, r->worst->day);
    html_number_cell(h, filter ? r->traps : -1);
    html_number_cell(h, r->messages);
    fputs("</tr>\n", h->out);
}

static void html_dmarc_row(const struct html *h, const struct reported *r)
{
    html_subject_cells(h, r->first);
    html_day_cell(h, r->newest->day);
    html_number_cell(h, r->recipients);
    html_number_cell(h, r->data);
    html_number_cell(h, r->traps);
    html_number_cell(h, r->messages);
    fputs("</tr>\n", h->out);
}

/* ---- the two tables ---- */

struct reported_table {
    const char *caption, *region;
    const char *const *heads; /* ends with NULL */
    bool (*takes)(const struct reported *);
    void (*row)(const struct html *, const struct reported *);
};

static bool html_is_complaint(const struct reported *r)
{
    bool rate = r->worst && r->worst->complaint >= 0;
    return r->first->kind == NUMBERS_COMPLAINTS ||
           (r->first->kind == NUMBERS_FILTER && (rate || r->traps >= 0));
}

static bool html_is_dmarc(const struct reported *r)
{
    return r->first->kind == NUMBERS_DMARC;
}

static void html_reported_head(const struct html *h, const struct reported_table *t)
{
    fprintf(h->out,
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>\n"
            "<caption>%s</caption>\n<thead><tr>",
            t->region, t->caption);
    for (const char *const *head = t->heads; *head; head++)
        fprintf(h->out, "<th scope=\"col\">%s</th>", *head);
    fputs("</tr></thead>\n<tbody>\n", h->out);
}

static size_t html_reported(const struct html *h, const struct reported_table *t)
{
    const struct report_past *past = h->report->past;
    size_t shown = 0, more = 0;
    for (size_t i = 0; past && i < past->day_count;) {
        struct reported sum = html_sum_days(past, &i);
        if (!t->takes(&sum))
            continue;
        if (shown == ROWS || !html_room(h)) {
            more++;
            continue;
        }
        if (shown++ == 0)
            html_reported_head(h, t);
        t->row(h, &sum);
    }
    if (shown)
        fputs("</tbody></table></div>\n", h->out);
    if (more)
        fprintf(h->out, "<p>And %zu more.</p>\n", more);
    return shown;
}

static const char *const html_complaint_heads[] = {"address or domain", "reported by", "newest day",
                                                   "share or number",   "worst",       "on",
                                                   "trap hits",         "messages",    NULL};
static const char *const html_dmarc_heads[] = {
    "address",      "reported by", "newest day", "passed", "failed", "quarantined or rejected",
    "all messages", NULL};

void html_complaints(struct html *h)
{
    static const struct reported_table complaints = {
        "Complaints, as a share of recipients or a number, and mail that hit spam traps",
        "Complaints, a table", html_complaint_heads, html_is_complaint, html_complaint_row};
    static const struct reported_table dmarc = {
        "Mail from your domains as counted by DMARC reports; "
        "what was quarantined or rejected had passed",
        "DMARC reports, a table", html_dmarc_heads, html_is_dmarc, html_dmarc_row};
    html_part(h->out, "complaints", "What is reported about your mail",
              "Totals of 90 days; of many addresses, only the worst.");
    size_t told = html_reported(h, &complaints);
    h->missing[HTML_COMPLAINTS] = told == 0;
    told += html_reported(h, &dmarc);
    if (!told)
        fputs("<p>Nothing was reported in this period, or no reports reach repmon.</p>\n", h->out);
    html_part_end(h->out);
}
