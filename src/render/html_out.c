/* SPDX-License-Identifier: ISC */
#include "html.h"

#include "repmon/causes.h"
#include "repmon/clock.h"
#include "repmon/types.h"

#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

static void html_escape(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(text[i], out);
        }
    }
}

void html_text(FILE *out, const char *text)
{
    struct buf clean;
    buf_init(&clean, 4 * HTML_TEXT_MAX);
    buf_shown(&clean, text ? text : "", HTML_TEXT_MAX);
    html_escape(out, buf_text(&clean), clean.len);
    buf_fini(&clean);
}

void html_name(FILE *out, const char *text)
{
    fputs("<bdi>", out);
    html_text(out, text);
    fputs("</bdi>", out);
}

/* A URL that a browser would run, or whose scheme it would guess, is not made a link. */
static bool html_is_web(const char *url)
{
    bool web = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    for (const char *p = url; web && *p; p++)
        web = (unsigned char)*p > ' ' && (unsigned char)*p < 0x7f;
    return web && strlen(url) < HTML_TEXT_MAX;
}

void html_link(FILE *out, const char *url, const char *text)
{
    if (!html_is_web(url)) {
        html_name(out, url);
        return;
    }
    fputs("<a rel=\"noreferrer noopener\" href=\"", out);
    html_text(out, url);
    fputs("\">", out);
    html_text(out, text ? text : url);
    fputs("</a>", out);
}

/* ---- time ---- */

void html_time(FILE *out, time_t t)
{
    char utc[32], local[32];
    clock_format_utc(t, utc, sizeof utc);
    clock_format_local(t, local, sizeof local);
    fprintf(out, "<time datetime=\"%s\">%s</time>", utc, local);
}

void html_since(const struct html *h, time_t t)
{
    char age[32];
    clock_format_age((int64_t)(h->report->time - t), age, sizeof age);
    fprintf(h->out, "for %s", age);
}

void html_day(FILE *out, int32_t day)
{
    fprintf(out, "%04d-%02d-%02d", (int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100));
}

/* ---- levels ---- */

char html_level_class(enum level level)
{
    static const char classes[LEVEL_COUNT] = {[LEVEL_UNKNOWN] = 'u',
                                              [LEVEL_OK] = 'o',
                                              [LEVEL_INFO] = 'i',
                                              [LEVEL_WARNING] = 'w',
                                              [LEVEL_CRITICAL] = 'c'};
    return (unsigned)level < LEVEL_COUNT ? classes[level] : 'u';
}

void html_level(FILE *out, enum level level)
{
    fprintf(out, "<b class=\"lv %c\">%s</b>", html_level_class(level), level_word(level));
}

void html_count(FILE *out, size_t n, const char *noun)
{
    fprintf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}

/* ---- frames ---- */

void html_part(FILE *out, const char *id, const char *heading, const char *more)
{
    fprintf(out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">", id, id, id);
    html_text(out, heading);
    fputs("</h2>\n", out);
    if (!more)
        return;
    fputs("<p class=\"more\">", out);
    html_text(out, more);
    fputs("</p>\n", out);
}

void html_part_end(FILE *out)
{
    fputs("</section>\n", out);
}

void html_picture(const struct html *h, const struct html_picture *p)
{
    fprintf(h->out, "<svg class=\"%s\" viewBox=\"0 0 %u %u\"%s role=\"img\"><title>", p->class,
            p->width, p->height, p->fixed ? "" : " preserveAspectRatio=\"none\"");
    html_text(h->out, p->title);
    fputs("</title><desc>", h->out);
    html_text(h->out, p->desc);
    fputs("</desc>", h->out);
}

void html_picture_end(const struct html *h)
{
    fputs("</svg>\n", h->out);
}

void html_numbers(FILE *out, const char *summary, const char *const *heads)
{
    fputs("<details><summary>", out);
    html_text(out, summary);
    fputs("</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    html_text(out, summary);
    fputs("\"><table>\n<thead><tr>", out);
    for (; *heads; heads++)
        fprintf(out, "<th scope=\"col\">%s</th>", *heads);
    fputs("</tr></thead>\n<tbody>\n", out);
}

void html_numbers_end(FILE *out)
{
    fputs("</tbody></table></div></details>\n", out);
}

/* ---- who and what ---- */

static void html_add_range(struct buf *out, const struct ip_range *range)
{
    char text[CIDR_TEXT_MAX];
    cidr_format(&(struct cidr){range->first, range->prefix}, text);
    buf_str(out, text);
    if (ip_cmp(&range->first, &range->last) == 0)
        return;
    cidr_format(&(struct cidr){range->last, range->prefix}, text);
    buf_fmt(out, " to %s", text);
}

void html_who(struct buf *out, const struct ip_range *ranges, size_t range_count, size_t shown,
              size_t count, const char *label)
{
    bool all = range_count <= shown;
    bool named = label && label[0] && count == 1;
    if (named)
        buf_fmt(out, "%s (", label);
    for (size_t i = 0; i < (all ? range_count : shown); i++) {
        buf_str(out, i ? ", " : "");
        html_add_range(out, &ranges[i]);
    }
    if (named)
        buf_char(out, ')');
    if (count <= 1)
        return;
    if (!all)
        buf_str(out, ", and others");
    buf_fmt(out, " (%zu", count);
    if (label && label[0])
        buf_fmt(out, ", all %s", label);
    buf_char(out, ')');
}

const char *html_list_title(const struct report_list *list)
{
    return list->title && list->title[0] ? list->title : list->list;
}

void html_list_name(const struct report_list *list, struct buf *out)
{
    bool speaks = list->dns_list || (list->title && list->title[0]) || !list->heading;
    if (!speaks)
        buf_fmt(out, "%s, ", list->heading);
    buf_str(out, html_list_title(list));
}

bool html_is_blind(const struct report_list *list)
{
    return list->health == HEALTH_BLIND || list->health == HEALTH_UNTRUSTED;
}
