/* SPDX-License-Identifier: ISC */
/*
 * What each receiver answered, day by day: refused at the bottom, throttled above it, accepted on
 * top. Order and pattern tell them apart, too, not only colour.
 */
#include "html.h"

#include "repmon/clock.h"
#include "repmon/day.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RECEIVERS 30 /* those with the most to tell; the others are counted */
#define DAYS_MIN  14 /* a chart of two days looks like an accident */
#define UNITS     10 /* a day */
#define BAR       8
#define HEIGHT    60
#define WORDS     512

struct sums {
    uint64_t accepted, throttled, refused, other, most; /* most: on one day */
};

static size_t html_answers_of(const struct report_past *past, size_t from)
{
    size_t end = from + 1;
    while (end < past->answer_count &&
           strcmp(past->answers[end].receiver, past->answers[from].receiver) == 0)
        end++;
    return end;
}

static struct sums html_sum(const struct report_answers *a, size_t count)
{
    struct sums s = {0};
    for (size_t i = 0; i < count; i++) {
        uint64_t day = (uint64_t)a[i].accepted + a[i].throttled + a[i].refused;
        s.accepted += a[i].accepted;
        s.throttled += a[i].throttled;
        s.refused += a[i].refused;
        s.other += a[i].other;
        s.most = day > s.most ? day : s.most;
    }
    return s;
}

static int64_t html_first_day(const struct html *h)
{
    const struct report_past *past = h->report->past;
    int64_t today = (int64_t)h->report->time / 86400, first = today - DAYS_MIN + 1;
    for (size_t i = 0; i < past->answer_count; i++) {
        int64_t day = day_number(past->answers[i].day);
        first = day < first ? day : first;
    }
    return first > today - REPORT_PAST_DAYS ? first : today - REPORT_PAST_DAYS + 1;
}

/* A piece of a bar that stands on `*top`. */
static void html_piece(const struct html *h, char class, int64_t x, uint64_t n, uint64_t most,
                       double *top)
{
    double height = most ? (double)n / (double)most * (HEIGHT - 2) : 0;
    if (n && height < 2)
        height = 2; /* one refused message of thousands must be seen */
    if (!n)
        return;
    *top = *top - height < 0 ? 0 : *top - height;
    fprintf(h->out, "<rect class=\"%c\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>", class,
            (int)x, *top, BAR, height);
}

static void html_bars_of(struct html *h, const struct report_answers *a, size_t count,
                         int64_t first)
{
    int64_t today = (int64_t)h->report->time / 86400;
    struct sums s = html_sum(a, count);
    char title[WORDS], desc[WORDS];
    snprintf(title, sizeof title, "%s", a->title);
    snprintf(desc, sizeof desc,
             "%" PRIu64 " accepted, %" PRIu64 " throttled, %" PRIu64 " refused in %d days",
             s.accepted, s.throttled, s.refused, (int)(today - first + 1));
    fputs("<li><p><b>", h->out);
    html_name(h->out, title);
    fprintf(h->out, "</b> %s; at most %" PRIu64 " a day</p>\n", desc, s.most);
    html_picture(h, &(struct html_picture){.class = "bars",
                                           .width = (unsigned)(today - first + 1) * UNITS,
                                           .height = HEIGHT,
                                           .title = title,
                                           .desc = desc});
    for (size_t i = 0; i < count; i++) {
        int64_t day = day_number(a[i].day);
        double top = HEIGHT;
        if (day < first || day > today)
            continue;
        int64_t x = (day - first) * UNITS + (UNITS - BAR) / 2;
        html_piece(h, 'c', x, a[i].refused, s.most, &top);
        html_piece(h, 'w', x, a[i].throttled, s.most, &top);
        html_piece(h, 'o', x, a[i].accepted, s.most, &top);
    }
    html_picture_end(h);
    fputs("<p class=\"axis\" aria-hidden=\"true\"><span>", h->out);
    html_day(h->out, day_of((time_t)first * 86400));
    fputs("</span><span>today</span></p>\n</li>\n", h->out);
}

static void html_bars_numbers(const struct html *h)
{
    static const char *const heads[] = {"receiver", "day (UTC)",         "accepted", "throttled",
                                        "refused",  "for other reasons", NULL};
    const struct report_past *past = h->report->past;
    html_numbers(h->out, "The bars as a table", heads);
    for (size_t i = 0; i < past->answer_count && html_room(h); i++) {
        const struct report_answers *a = &past->answers[i];
        fputs("<tr><td>", h->out);
        html_name(h->out, a->title);
        fputs("</td><td>", h->out);
        html_day(h->out, a->day);
        fprintf(h->out,
                "</td><td class=\"r\">%u</td><td class=\"r\">%u</td><td class=\"r\">%u</td>"
                "<td class=\"r\">%u</td></tr>\n",
                a->accepted, a->throttled, a->refused, a->other);
    }
    html_numbers_end(h->out);
}

void html_receivers(struct html *h)
{
    const struct report_past *past = h->report->past;
    h->missing[HTML_RECEIVERS] = !past || past->answer_count == 0;
    if (h->missing[HTML_RECEIVERS])
        return;
    int64_t first = html_first_day(h);
    size_t shown = 0, more = 0;
    html_part(h->out, "receivers", "What receivers answered",
              "Messages per day, by their last answer in the mail log; each receiver has its own "
              "scale. Accepted says nothing about the spam folder.");
    fputs("<p class=\"legend\"><b class=\"s o\">&nbsp;</b> accepted <b class=\"s w\">&nbsp;</b> "
          "throttled "
          "<b class=\"s c\">&nbsp;</b> refused</p>\n<ol class=\"recv\">\n",
          h->out);
    for (size_t from = 0, end; from < past->answer_count; from = end) {
        end = html_answers_of(past, from);
        if (shown++ < RECEIVERS && ftell(h->out) < h->budget / 2)
            html_bars_of(h, &past->answers[from], end - from, first);
        else
            more++;
    }
    fputs("</ol>\n", h->out);
    html_bars_numbers(h);
    if (more)
        fprintf(h->out, "<p>%zu further receivers are in the table only.</p>\n", more);
    html_part_end(h->out);
}
