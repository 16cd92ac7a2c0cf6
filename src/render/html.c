/* SPDX-License-Identifier: ISC */
/*
 * One self-contained page of state and history, for people who would rather look than read. No
 * script, no font, nothing that is fetched, and a policy that says so to the browser. Each part has
 * its own file; this is the frame. The page is as long as there is something to tell, up to the
 * limits of each part: about 1 MiB for 65,536 targets.
 */
#include "html.h"

#include "repmon/data.h"
#include "repmon/render.h"

#include <stdlib.h>

static void html_finding_hook(void *ctx, size_t i, const struct report_target *target,
                              const struct result *result)
{
    html_findings_add(ctx, i, target, result);
}

/* What outlives the parts. */
struct html_state {
    struct html page;
    FILE *out; /* borrowed */
};

static void *html_begin(const struct report *report, const struct render_options *options,
                        FILE *out)
{
    (void)options;
    struct html_state *s = mem_alloc(sizeof *s);
    struct html *h = &s->page;
    s->out = out;
    h->report = report;
    grouping_init(&h->grouping, report);
    h->grouping.wants_known = true;
    h->grouping.finding = html_finding_hook;
    h->grouping.ctx = &h->findings;
    return s;
}

static void html_target(void *state, size_t i)
{
    struct html_state *s = state;
    grouping_add(&s->page.grouping, i);
}

/* ---- the frame ---- */

static void html_banner(const struct html *h)
{
    FILE *out = h->out;
    fputs("<header>\n<p class=\"who\"><b>repmon</b> on ", out);
    html_name(out, h->report->instance);
    fputs("</p>\n<p class=\"when\">written ", out);
    html_time(out, h->report->time);
    fputs("</p>\n</header>\n", out);
}

static void html_head(struct html *h)
{
    FILE *out = h->out;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n"
          "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta name=\"generator\" content=\"repmon " REPMON_VERSION "\">\n<title>",
          out);
    size_t acked = html_heard(h).acked;
    fputs(level_word(h->grouping.summary.level), out);
    if (acked)
        fprintf(out, ", %zu not queried (acknowledged)", acked);
    fputs(": mail reputation of ", out);
    html_text(out, h->report->instance);
    fputs("</title>\n<style>\n", out);
    fwrite(data_page, 1, data_page_len, out);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the findings</a>\n",
          out);
    /* Patterns that all pictures share: not known, and throttled. */
    fputs(
        "<svg class=\"defs\" aria-hidden=\"true\" width=\"0\" height=\"0\"><defs>"
        "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
        "<path class=\"hatch\" d=\"M0 6L6 0\"/></pattern>"
        "<pattern id=\"stripes\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">"
        "<rect class=\"stripes\" width=\"4\" height=\"4\"/><path class=\"stripe\" d=\"M0 4L4 0\"/>"
        "</pattern></defs></svg>\n",
        out);
    html_banner(h);
    fputs("<main id=\"main\">\n", out);
}

static void html_foot(struct html *h)
{
    FILE *out = h->out;
    fputs(
        "</main>\n<footer>\n<p>This page is a file and does not change by itself: it was written ",
        out);
    html_time(out, h->report->time);
    fputs(". If that is longer ago than the time between runs, <code>repmon run</code> has "
          "stopped, and "
          "nothing here is known any more.</p>\n"
          "<p>Made by repmon " REPMON_VERSION " from the state of ",
          out);
    html_name(out, h->report->instance);
    fputs(". Nothing on it was fetched, and it runs no script.</p>\n</footer>\n</body>\n</html>\n",
          out);
}

/* ---- the parts ---- */

#define KIB 1024

/* In their order, with their shares of the page: 1.9 MiB in all. */
static const struct {
    void (*write)(struct html *h);
    long budget;
} html_parts[] = {
    {html_head, 40 * KIB},       {html_verdict, 20 * KIB},   {html_findings_part, 480 * KIB},
    {html_unknown, 120 * KIB},   {html_matrix, 640 * KIB},   {html_timeline, 180 * KIB},
    {html_receivers, 200 * KIB}, {html_calendar, 160 * KIB}, {html_complaints, 50 * KIB},
    {html_domains, 50 * KIB},    {html_missing, 4 * KIB},    {html_foot, 4 * KIB},
};

bool html_room(const struct html *h)
{
    return ftell(h->out) < h->budget;
}

/* In memory first, where the length of a part can be measured. */
static void html_write_part(struct html_state *s, size_t k)
{
    char *text = NULL;
    size_t len = 0;
    s->page.out = open_memstream(&text, &len);
    if (!s->page.out)
        abort(); /* out of memory */
    s->page.budget = html_parts[k].budget;
    html_parts[k].write(&s->page);
    if (fclose(s->page.out) != 0)
        abort();
    fwrite(text, 1, len, s->out);
    free(text);
}

static enum level html_end(void *state)
{
    struct html_state *s = state;
    struct html *h = &s->page;
    report_summary_end(&h->grouping.summary, h->report);
    enum level level = h->grouping.summary.level;
    grouping_end(&h->grouping);
    html_findings_sort(&h->findings);
    for (size_t k = 0; k < sizeof html_parts / sizeof *html_parts; k++)
        html_write_part(s, k);
    html_findings_fini(&h->findings);
    grouping_fini(&h->grouping);
    free(s);
    return level;
}

const struct renderer render_html = {"html", "an HTML page", html_begin, html_target, html_end};
