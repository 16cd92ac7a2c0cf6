/* SPDX-License-Identifier: ISC */
/* Complaints and spam traps, as operators report them of an address and day. */
#include "html.h"

#include <inttypes.h>
#include <string.h>

#define ROWS 100 /* addresses */

struct worst {
    const struct report_day *newest, *worst;
    int64_t traps, messages; /* summed; -1: never reported */
};

static bool html_complains(const struct report_day *d)
{
    return d->complaint >= 0 || d->traps >= 0;
}

static void html_worst_add(struct worst *w, const struct report_day *d)
{
    if (!html_complains(d))
        return;
    if (!w->newest || d->day > w->newest->day)
        w->newest = d;
    if (!w->worst || d->complaint > w->worst->complaint)
        w->worst = d;
    if (d->traps >= 0)
        w->traps = (w->traps < 0 ? 0 : w->traps) + d->traps;
    if (d->messages >= 0)
        w->messages = (w->messages < 0 ? 0 : w->messages) + d->messages;
}

static void html_rate(const struct html *h, const struct report_day *d)
{
    fputs("<td class=\"r\">", h->out);
    if (d->complaint_text && d->complaint_text[0])
        html_name(h->out, d->complaint_text);
    else if (d->complaint >= 0)
        fprintf(h->out, "%.2g %%", d->complaint);
    else
        fputs("–", h->out);
    fputs("</td>", h->out);
}

static void html_total(const struct html *h, int64_t n)
{
    if (n < 0)
        fputs("<td class=\"r\">–</td>", h->out);
    else
        fprintf(h->out, "<td class=\"r\">%" PRId64 "</td>", n);
}

static void html_complaint_row(const struct html *h, const struct worst *w)
{
    char address[IP_TEXT_MAX];
    ip_format(&w->newest->ip, address);
    fputs("<tr><th scope=\"row\">", h->out);
    html_name(h->out, address);
    fputs("</th><td>", h->out);
    html_name(h->out, w->newest->list);
    fputs("</td><td>", h->out);
    html_day(h->out, w->newest->day);
    fputs("</td>", h->out);
    html_rate(h, w->newest);
    html_rate(h, w->worst);
    fputs("<td>", h->out);
    html_day(h->out, w->worst->day);
    fputs("</td>", h->out);
    html_total(h, w->traps);
    html_total(h, w->messages);
    fputs("</tr>\n", h->out);
}

void html_complaints(struct html *h)
{
    const struct report_past *past = h->report->past;
    size_t shown = 0, more = 0;
    for (size_t i = 0; past && i < past->day_count;) {
        const struct report_day *first = &past->days[i];
        struct worst w = {.traps = -1, .messages = -1};
        for (; i < past->day_count && strcmp(past->days[i].list, first->list) == 0 &&
               ip_cmp(&past->days[i].ip, &first->ip) == 0;
             i++)
            html_worst_add(&w, &past->days[i]);
        if (!w.newest)
            continue;
        if (shown == ROWS) {
            more++;
            continue;
        }
        if (shown++ == 0) {
            html_part(h->out, "complaints", "Complaints", NULL);
            fputs(
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Complaints, a "
                "table\">"
                "<table>\n<caption>Share of recipients who complained, and mail that reached spam "
                "traps, in 90 days</caption>\n<thead><tr><th scope=\"col\">address or domain</th>"
                "<th scope=\"col\">reported by</th><th scope=\"col\">newest day</th>"
                "<th scope=\"col\">share then</th><th scope=\"col\">worst share</th>"
                "<th scope=\"col\">on</th><th scope=\"col\">trap hits</th>"
                "<th scope=\"col\">messages</th></tr></thead>\n<tbody>\n",
                h->out);
        }
        html_complaint_row(h, &w);
    }
    h->missing[HTML_COMPLAINTS] = shown == 0;
    if (!shown)
        return;
    fputs("</tbody></table></div>\n", h->out);
    if (more)
        fprintf(h->out, "<p>And %zu more.</p>\n", more);
    html_part_end(h->out);
}
