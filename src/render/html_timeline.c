/* SPDX-License-Identifier: ISC */
/*
 * Ninety days of findings: one line per place (list and target), one bar per incident. Where
 * nothing was known the line is broken and hatched. The height of a bar tells its level, too.
 */
#include "html.h"

#include "repmon/clock.h"
#include "repmon/day.h"

#include <stdlib.h>
#include <string.h>

#define LINES     40 /* open ones first; a page is no archive, `repmon history` is */
#define DAY_UNITS 10
#define WIDTH     (REPORT_PAST_DAYS * DAY_UNITS)
#define HEIGHT    20
#define LINE_TEXT 1024
#define NUMBERS   400 /* incidents told in the table */

/* One line: an open finding, a place where one was, or both. */
struct line {
    const char *source, *list;       /* borrowed */
    const struct report_list *of;    /* NULL: it is no longer configured */
    const struct html_finding *open; /* NULL: it is over */
    struct ip ip;                    /* family 0: several targets */
    uint8_t prefix;
    const char *label;
};

static bool html_is_on_line(const struct line *line, const struct report_span *s)
{
    return line->ip.family && s->ip.family && ip_cmp(&line->ip, &s->ip) == 0 &&
           strcmp(line->list, s->list) == 0 && source_equal(line->source, s->source);
}

/* A time in which nothing was known of this line. */
static bool html_is_gap_of(const struct line *line, const struct report_span *s)
{
    if (s->level != LEVEL_UNKNOWN)
        return false;
    if (s->ip.family)
        return html_is_on_line(line, s);
    if (!s->source[0])
        return true; /* no run at all */
    return source_equal(line->source, s->source) &&
           (!s->list[0] || strcmp(line->list, s->list) == 0);
}

static const struct report_list *html_list_of(const struct report *r, const char *source,
                                              const char *list)
{
    for (size_t j = 0; j < r->list_count; j++) {
        if (source_equal(r->lists[j].source, source) && strcmp(r->lists[j].list, list) == 0)
            return &r->lists[j];
    }
    return NULL;
}

static size_t html_open_lines(const struct html *h, struct line *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < h->findings.count && count < LINES; i++) {
        const struct html_finding *f = &h->findings.items[i];
        const struct report_list *list = &h->report->lists[f->column];
        lines[count++] = (struct line){.source = list->source,
                                       .list = list->list,
                                       .of = list,
                                       .open = f,
                                       .ip = f->count == 1 ? f->at.ip : (struct ip){0},
                                       .prefix = f->at.prefix,
                                       .label = f->label};
    }
    return count;
}

static size_t html_past_lines(const struct html *h, struct line *lines, size_t count, size_t *more)
{
    const struct report_past *past = h->report->past;
    *more = past->span_left_out;
    for (size_t k = 0; k < past->span_count; k++) {
        const struct report_span *s = &past->spans[k];
        bool known = s->level == LEVEL_UNKNOWN || !s->ip.family;
        for (size_t i = 0; i < count && !known; i++)
            known = html_is_on_line(&lines[i], s);
        if (known)
            continue;
        if (count == LINES) {
            (*more)++;
            continue;
        }
        lines[count++] = (struct line){.source = s->source,
                                       .list = s->list,
                                       .of = html_list_of(h->report, s->source, s->list),
                                       .ip = s->ip,
                                       .prefix = s->prefix,
                                       .label = s->label};
    }
    return count;
}

/* ---- drawing ---- */

static double html_at(const struct report *r, time_t t)
{
    time_t since = r->past->since;
    double x = t <= since ? 0 : (double)(t - since) / 86400 * DAY_UNITS;
    return x > WIDTH ? WIDTH : x;
}

static void html_bar(const struct html *h, const char *class, enum level level, time_t begin,
                     time_t end)
{
    static const unsigned heights[LEVEL_COUNT] = {[LEVEL_UNKNOWN] = HEIGHT,
                                                  [LEVEL_OK] = 2,
                                                  [LEVEL_INFO] = 6,
                                                  [LEVEL_WARNING] = 12,
                                                  [LEVEL_CRITICAL] = HEIGHT};
    double from = html_at(h->report, begin);
    double to = end ? html_at(h->report, end) : WIDTH;
    double width = to - from < 3 ? 3 : to - from; /* a short one must be seen, too */
    if (from + width > WIDTH)
        from = WIDTH - width;
    fprintf(h->out, "<rect class=\"%s%c\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%u\"/>",
            class, html_level_class(level), from, (HEIGHT - heights[level]) / 2, width,
            heights[level]);
}

static void html_add_time(struct buf *out, time_t t)
{
    char text[32];
    clock_format_local(t, text, sizeof text);
    buf_str(out, text);
}

static void html_add_span(struct buf *out, const char *what, time_t begin, time_t end)
{
    buf_fmt(out, "%s%s", out->len ? "; " : "", what);
    if (begin) {
        buf_str(out, " from ");
        html_add_time(out, begin);
    }
    const char *till = begin ? " to " : " until ";
    buf_str(out, end ? till : ", ongoing");
    if (end)
        html_add_time(out, end);
}

static void html_line_name(const struct line *line, struct buf *out)
{
    if (line->open) {
        html_who(out, line->open->ranges, line->open->range_count, 1, line->open->count,
                 line->label);
        return;
    }
    struct ip_range range = {line->ip, line->ip, line->prefix};
    html_who(out, &range, 1, 1, 1, line->label);
}

static void html_line_text(const struct html *h, const struct line *line, struct buf *out)
{
    const struct report_past *past = h->report->past;
    if (line->open)
        html_add_span(out, level_word(line->open->level), line->open->since, 0);
    for (size_t k = 0; k < past->span_count; k++) {
        const struct report_span *s = &past->spans[k];
        if (html_is_gap_of(line, s))
            html_add_span(out, "not known", s->begin, s->end);
        else if (html_is_on_line(line, s))
            html_add_span(out, level_word(s->level), s->begin, s->end);
    }
}

/* A gap interrupts a bar: it is not known whether the finding lasted through it. */
static void html_line_bars(const struct html *h, const struct line *line)
{
    const struct report_past *past = h->report->past;
    fprintf(h->out, "<rect class=\"base\" x=\"0\" y=\"%d\" width=\"%d\" height=\"1\"/>", HEIGHT / 2,
            WIDTH);
    for (size_t k = 0; k < past->span_count; k++) {
        const struct report_span *s = &past->spans[k];
        if (s->level != LEVEL_UNKNOWN && html_is_on_line(line, s))
            html_bar(h, "", s->level, s->begin, s->end);
    }
    if (line->open)
        html_bar(h, "", line->open->level, line->open->since ? line->open->since : past->since, 0);
    for (size_t k = 0; k < past->span_count; k++) {
        const struct report_span *s = &past->spans[k];
        if (!html_is_gap_of(line, s))
            continue;
        html_bar(h, "hole ", s->level, s->begin, s->end);
        html_bar(h, "", s->level, s->begin, s->end);
    }
}

static void html_line(struct html *h, const struct line *line)
{
    struct buf title, name, text, heading;
    buf_init(&title, LINE_TEXT);
    buf_init(&name, LINE_TEXT);
    buf_init(&text, LINE_TEXT * 8);
    buf_init(&heading, LINE_TEXT * 2);
    if (line->of)
        html_list_name(line->of, &title);
    else
        buf_str(&title, line->list);
    html_line_name(line, &name);
    html_line_text(h, line, &text);
    buf_fmt(&heading, "%s, %s", buf_text(&title), buf_text(&name));
    fputs("<li><p>", h->out);
    if (line->open)
        html_level(h->out, line->open->level);
    else
        fputs("<b class=\"lv n\">over</b>", h->out);
    fputs("<b>", h->out);
    html_text(h->out, buf_text(&title));
    fputs("</b> ", h->out);
    html_name(h->out, buf_text(&name));
    fputs("</p>", h->out);
    html_picture(h, &(struct html_picture){.class = "time",
                                           .width = WIDTH,
                                           .height = HEIGHT,
                                           .title = buf_text(&heading),
                                           .desc = buf_text(&text)});
    html_line_bars(h, line);
    html_picture_end(h);
    fputs("</li>\n", h->out);
    buf_fini(&title);
    buf_fini(&name);
    buf_fini(&text);
    buf_fini(&heading);
}

static void html_axis(const struct html *h)
{
    time_t now = h->report->time;
    fputs("<p class=\"axis\" aria-hidden=\"true\">", h->out);
    for (int days = REPORT_PAST_DAYS; days >= 0; days -= 30) {
        fputs("<span>", h->out);
        if (days)
            html_day(h->out, day_of(now - days * (time_t)86400));
        else
            fputs("now", h->out);
        fputs("</span>", h->out);
    }
    fputs("</p>\n", h->out);
}

/* ---- the numbers ---- */

static void html_number(const struct html *h, const char *list, const char *who, enum level level,
                        const char *words, time_t begin, time_t end, bool lapsed)
{
    fputs("<tr><td>", h->out);
    html_name(h->out, list);
    fputs("</td><td>", h->out);
    html_name(h->out, who);
    fputs("</td><td>", h->out);
    html_text(h->out, level == LEVEL_UNKNOWN ? "not known" : level_word(level));
    fputs("</td><td>", h->out);
    html_name(h->out, words);
    fputs("</td><td>", h->out);
    if (begin)
        html_time(h->out, begin);
    fputs("</td><td>", h->out);
    if (end)
        html_time(h->out, end);
    else
        fputs("ongoing", h->out);
    fputs(lapsed ? " (too old, not proven to have ended)</td></tr>\n" : "</td></tr>\n", h->out);
}

static void html_span_number(const struct html *h, const struct report_span *s)
{
    struct buf who;
    buf_init(&who, LINE_TEXT);
    const struct report_list *of = html_list_of(h->report, s->source, s->list);
    const char *list = s->list[0] ? s->list : "everything";
    if (of)
        list = html_list_title(of);
    if (s->ip.family)
        html_who(&who, &(struct ip_range){s->ip, s->ip, s->prefix}, 1, 1, 1, s->label);
    else
        buf_str(&who, "all");
    html_number(h, list, buf_text(&who), s->level, s->words, s->begin, s->end, s->lapsed);
    buf_fini(&who);
}

static void html_timeline_numbers(const struct html *h)
{
    static const char *const heads[] = {"list", "who", "level", "what", "from", "to", NULL};
    const struct report_past *past = h->report->past;
    size_t told = 0;
    html_numbers(h->out, "The timelines as a table", heads);
    for (size_t i = 0; i < h->findings.count && told < LINES && html_room(h); i++, told++) {
        const struct html_finding *f = &h->findings.items[i];
        struct buf who;
        buf_init(&who, LINE_TEXT);
        html_who(&who, f->ranges, f->range_count, 1, f->count, f->label);
        html_number(h, html_list_title(&h->report->lists[f->column]), buf_text(&who), f->level,
                    f->codes[0] ? f->codes : f->state, f->since, 0, false);
        buf_fini(&who);
    }
    for (size_t k = 0; k < past->span_count && told < NUMBERS && html_room(h); k++, told++)
        html_span_number(h, &past->spans[k]);
    html_numbers_end(h->out);
}

void html_timeline(struct html *h)
{
    struct line lines[LINES];
    size_t more = 0;
    if (!h->report->past)
        return;
    size_t count = html_open_lines(h, lines);
    count = html_past_lines(h, lines, count, &more);
    html_part(h->out, "timeline", "The last 90 days",
              "Each bar is a finding: tall for critical, medium for warning, low for information. "
              "Hatched: nothing was known.");
    if (count == 0) {
        struct line whole = {.source = "", .list = "", .label = ""};
        struct buf text;
        buf_init(&text, LINE_TEXT * 8);
        html_line_text(h, &whole, &text);
        fputs("<p>No findings are known from this period.</p>\n<ol class=\"lines\">\n<li><p><b>All "
              "lists"
              "</b></p>",
              h->out);
        html_picture(
            h, &(struct html_picture){.class = "time",
                                      .width = WIDTH,
                                      .height = HEIGHT,
                                      .title = "When anything was known",
                                      .desc = text.len ? buf_text(&text) : "runs without a gap"});
        html_line_bars(h, &whole);
        html_picture_end(h);
        fputs("</li>\n", h->out);
        buf_fini(&text);
    } else {
        fputs("<ol class=\"lines\">\n", h->out);
        for (size_t i = 0; i < count; i++)
            html_line(h, &lines[i]);
    }
    fputs("</ol>\n", h->out);
    html_axis(h);
    html_timeline_numbers(h);
    if (more)
        fprintf(h->out,
                "<p>%zu further findings from this period are not drawn; <code>repmon history"
                "</code> shows all.</p>\n",
                more);
    html_part_end(h->out);
}
