/* SPDX-License-Identifier: ISC */
/* The colours that an operator gave an address day by day, a column a week, as a calendar. */
#include "html.h"

#include "repmon/clock.h"
#include "repmon/day.h"

#include <stdio.h>
#include <string.h>

#define CELL      14 /* units, with its gap */
#define BOX       12
#define WEEKS     (REPORT_PAST_DAYS / 7 + 2)
#define CALENDARS 24 /* the worst addresses */
#define WORDS     512

static const struct {
    char letter, class;
    const char *word;
} html_colours[] = {[COLOUR_NONE] = {'-', 'n', "no colour"},
                    [COLOUR_GREEN] = {'G', 'o', "green"},
                    [COLOUR_YELLOW] = {'Y', 'w', "yellow"},
                    [COLOUR_RED] = {'R', 'c', "red"}};

/* The rows of one list and address are adjacent. */
static size_t html_days_of(const struct report_past *past, size_t from)
{
    size_t end = from + 1;
    while (end < past->day_count && strcmp(past->days[end].list, past->days[from].list) == 0 &&
           ip_cmp(&past->days[end].ip, &past->days[from].ip) == 0)
        end++;
    return end;
}

/* Monday is row 0: the first of January 1970 was a Thursday. */
static int64_t html_week(int64_t day)
{
    return (day + 3) / 7;
}

static void html_box(const struct html *h, int64_t day, int64_t first_week, enum report_colour c)
{
    int64_t x = (html_week(day) - first_week) * CELL;
    int64_t y = (day + 3) % 7 * CELL;
    fprintf(h->out,
            "<rect class=\"%c\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\"/>"
            "<text x=\"%d\" y=\"%d\">%c</text>",
            html_colours[c].class, (int)x, (int)y, BOX, BOX, (int)x + BOX / 2, (int)y + 9,
            html_colours[c].letter);
}

static void html_calendar_of(struct html *h, size_t from, size_t end)
{
    const struct report_day *days = h->report->past->days;
    int64_t today = (int64_t)h->report->time / 86400;
    int64_t first_week = html_week(today - REPORT_PAST_DAYS + 1);
    size_t counts[COLOUR_RED + 1] = {0};
    char address[IP_TEXT_MAX], title[WORDS], desc[WORDS];
    for (size_t i = from; i < end; i++)
        counts[days[i].colour]++;
    ip_format(&days[from].ip, address);
    snprintf(title, sizeof title, "%s, %s", address, days[from].list);
    snprintf(desc, sizeof desc, "%zu red, %zu yellow and %zu green in %d days", counts[COLOUR_RED],
             counts[COLOUR_YELLOW], counts[COLOUR_GREEN], REPORT_PAST_DAYS);
    fputs("<li><h3>", h->out);
    html_name(h->out, address);
    fputs(" <small>", h->out);
    html_name(h->out, days[from].list);
    fprintf(h->out, "</small></h3>\n<p>%s</p>\n", desc);
    html_picture(h, &(struct html_picture){.class = "cal",
                                           .width = WEEKS * CELL,
                                           .height = 7 * CELL,
                                           .fixed = true,
                                           .title = title,
                                           .desc = desc});
    for (int64_t day = today - REPORT_PAST_DAYS + 1; day <= today; day++) {
        enum report_colour colour = COLOUR_NONE;
        for (size_t i = from; i < end; i++) {
            if (day_number(days[i].day) == day)
                colour = days[i].colour;
        }
        html_box(h, day, first_week, colour);
    }
    html_picture_end(h);
    fputs("</li>\n", h->out);
}

static bool html_has_colours(const struct report_past *past, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        if (past->days[i].colour != COLOUR_NONE)
            return true;
    }
    return false;
}

static void html_calendar_numbers(const struct html *h)
{
    static const char *const heads[] = {"address", "account", "day", "colour", NULL};
    const struct report_past *past = h->report->past;
    html_numbers(h->out, "The colours as a table", heads);
    for (size_t i = 0; i < past->day_count && html_room(h); i++) {
        const struct report_day *d = &past->days[i];
        char address[IP_TEXT_MAX];
        if (d->colour == COLOUR_NONE)
            continue;
        ip_format(&d->ip, address);
        fprintf(h->out, "<tr><td>%s</td><td>", address);
        html_name(h->out, d->list);
        fputs("</td><td>", h->out);
        html_day(h->out, d->day);
        fprintf(h->out, "</td><td>%s</td></tr>\n", html_colours[d->colour].word);
    }
    html_numbers_end(h->out);
}

void html_calendar(struct html *h)
{
    const struct report_past *past = h->report->past;
    size_t shown = 0;
    for (size_t from = 0, end; past && from < past->day_count; from = end) {
        end = html_days_of(past, from);
        if (!html_has_colours(past, from, end) || shown == CALENDARS ||
            ftell(h->out) > h->budget / 2)
            continue;
        if (shown++ == 0) {
            html_part(h->out, "colours", "Outlook.com: the colour for each day",
                      "As reported by Microsoft's SNDS: G green, Y yellow, R red, - no colour. "
                      "Each column "
                      "is a week, with Monday at the top.");
            fputs("<ol class=\"cals\">\n", h->out);
        }
        html_calendar_of(h, from, end);
    }
    h->missing[HTML_COLOURS] = shown == 0;
    if (!shown)
        return;
    fputs("</ol>\n", h->out);
    if (past->day_addresses > shown)
        fprintf(h->out, "<p>These are the worst of %zu addresses with numbers.</p>\n",
                past->day_addresses);
    html_calendar_numbers(h);
    html_part_end(h->out);
}
