/* SPDX-License-Identifier: ISC */
/*
 * One self-contained page of state and history, for people who would rather look than read. No
 * script, no font, nothing that is fetched, and a policy that says so to the browser. Each part is
 * in a file of its own; this is the frame. What there is to tell decides how long it gets, up to
 * the limits of each part: about 1 MiB for 65,536 targets.
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

static void *html_begin(const struct report *report, const struct render_options *options,
                        FILE *out)
{
    (void)options;
    struct html *h = mem_alloc(sizeof *h);
    h->report = report;
    h->out = out;
    grouping_init(&h->grouping, report);
    h->grouping.wants_known = true;
    h->grouping.finding = html_finding_hook;
    h->grouping.ctx = &h->findings;
    return h;
}

static void html_target(void *state, size_t i)
{
    struct html *h = state;
    grouping_add(&h->grouping, i);
}

/* ---- the frame ---- */

static void html_head(const struct html *h)
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
    fprintf(out, "%s: mail reputation of ", level_word(h->grouping.summary.level));
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
}

static void html_banner(const struct html *h)
{
    FILE *out = h->out;
    fputs("<header>\n<p class=\"who\"><b>repmon</b> on ", out);
    html_name(out, h->report->instance);
    fputs("</p>\n<p class=\"when\">written ", out);
    html_time(out, h->report->time);
    fputs("</p>\n</header>\n", out);
}

static void html_foot(const struct html *h)
{
    FILE *out = h->out;
    fputs("<footer>\n<p>This page is a file and does not change by itself: it was written ", out);
    html_time(out, h->report->time);
    fputs(". If that is longer ago than runs are apart, <code>repmon run</code> has stopped, and "
          "nothing here is known any more.</p>\n"
          "<p>Made by repmon " REPMON_VERSION " from the state of ",
          out);
    html_name(out, h->report->instance);
    fputs(". Nothing on it was fetched, and it runs no script.</p>\n</footer>\n", out);
}

static enum level html_end(void *state)
{
    struct html *h = state;
    report_summary_end(&h->grouping.summary, h->report);
    enum level level = h->grouping.summary.level;
    grouping_end(&h->grouping);
    html_findings_sort(&h->findings);
    html_head(h);
    html_banner(h);
    fputs("<main id=\"main\">\n", h->out);
    html_verdict(h);
    html_findings_part(h);
    html_unknown(h);
    html_matrix(h);
    html_timeline(h);
    html_receivers(h);
    html_calendar(h);
    html_complaints(h);
    html_domains(h);
    html_missing(h);
    fputs("</main>\n", h->out);
    html_foot(h);
    fputs("</body>\n</html>\n", h->out);
    html_findings_fini(&h->findings);
    grouping_fini(&h->grouping);
    free(h);
    return level;
}

const struct renderer render_html = {"html", "one page to look at", html_begin, html_target,
                                     html_end};
