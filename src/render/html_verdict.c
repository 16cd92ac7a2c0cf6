/* SPDX-License-Identifier: ISC */
/*
 * The top of the page: one sentence, and below it what is wrong, since when, when that was proven
 * and what is not known. It never says more than was proven: without a finding it names how many
 * lists said so.
 */
#include "html.h"

#include "repmon/causes.h"

#include <string.h>

#define SENTENCE_BYTES 4096
#define NAMED_BLIND    4 /* lists named in the first view; the part below names all */

static size_t html_bad(const struct html *h)
{
    return h->findings.open[LEVEL_CRITICAL] + h->findings.open[LEVEL_WARNING];
}

static enum level html_verdict_level(const struct html *h)
{
    return h->grouping.summary.targets ? h->grouping.summary.level : LEVEL_UNKNOWN;
}

/* ---- the sentence ---- */

static void html_say_nothing_known(const struct html *h)
{
    const struct report *r = h->report;
    if (r->ahead)
        fputs("Nothing is known now: the last run ended in the future, so the clock was wrong then "
              "or is wrong now.",
              h->out);
    else if (r->stale)
        fputs("Nothing is known now: no run has completed for too long.", h->out);
    else if (r->target_count == 0)
        fputs("Nothing is watched.", h->out);
    else
        fputs("Nothing could be proven: no list gave a usable answer.", h->out);
}

static void html_say_findings(const struct html *h)
{
    struct buf out;
    buf_init(&out, SENTENCE_BYTES);
    html_finding_sentence(h->report, &h->findings.items[0], &out);
    html_text(h->out, buf_text(&out));
    fputc('.', h->out);
    buf_fini(&out);
}

/* "15 lists and 1 other source could not be queried or trusted" */
static void html_say_blind(const struct html *h, struct html_heard n)
{
    if (n.blind_lists)
        html_count(h->out, n.blind_lists, "list");
    if (n.blind_lists && n.blind_others)
        fputs(" and ", h->out);
    if (n.blind_others)
        html_count(h->out, n.blind_others, n.blind_lists ? "other source" : "source");
    fputs(" could not be queried or trusted", h->out);
    if (n.acked == n.blind_lists + n.blind_others)
        fputs(" (acknowledged)", h->out);
    else if (n.acked)
        fprintf(h->out, " (%zu acknowledged)", n.acked);
}

/* Without a finding: nothing is called not listed unless a list proved it. */
static void html_say_quiet(const struct html *h, struct html_heard n)
{
    const struct report *r = h->report;
    const char *noun = report_noun(r, r->target_count);
    if (n.proven)
        fprintf(h->out, "No open finding for %zu %s on the %zu list%s that answered",
                r->target_count, noun, n.proven, n.proven == 1 ? "" : "s");
    else if (n.lists)
        fprintf(h->out, "Whether %zu %s %s listed is not known: no list could be proven",
                r->target_count, noun, r->target_count == 1 ? "is" : "are");
    else
        fprintf(h->out, "No open finding for %zu %s, but no DNS list is queried", r->target_count,
                noun);
    size_t unknown = h->grouping.summary.by_level[LEVEL_UNKNOWN];
    if (n.proven && unknown && r->target_count > 1)
        fprintf(h->out, "; for %zu of them not enough is known", unknown);
    if (n.blind_lists + n.blind_others) {
        fputs(n.proven ? ", but " : "; ", h->out);
        html_say_blind(h, n);
    }
    fputc('.', h->out);
    if (!n.receivers)
        return;
    fputc(' ', h->out);
    html_count(h->out, n.receivers, "receiver");
    fputs(" accepted mail.", h->out);
}

/* About any target, on any list. */
static bool html_is_anything_known(const struct html *h)
{
    for (size_t i = 0; i < h->grouping.count; i++) {
        for (size_t k = 0; k < h->report->list_count / 64 + 1; k++) {
            if (h->grouping.groups[i].known[k])
                return true;
        }
    }
    return false;
}

static void html_sentence(const struct html *h, struct html_heard n)
{
    if (html_bad(h) && h->findings.count)
        html_say_findings(h);
    else if (h->report->stale || !html_is_anything_known(h))
        html_say_nothing_known(h);
    else
        html_say_quiet(h, n);
}

/* ---- the facts ---- */

static void html_fact(const struct html *h, const char *name)
{
    fprintf(h->out, "<li><b class=\"k\">%s</b> ", name);
}

static void html_fact_end(const struct html *h)
{
    fputs("</li>\n", h->out);
}

static void html_fact_wrong(const struct html *h)
{
    const struct html_findings *f = &h->findings;
    html_fact(h, "Findings");
    if (html_bad(h) == 0) {
        fputs("none open", h->out);
    } else {
        for (enum level level = LEVEL_CRITICAL; level >= LEVEL_WARNING; level--) {
            if (!f->open[level])
                continue;
            html_level(h->out, level);
            fputc(' ', h->out);
            html_count(h->out, f->open[level], "finding");
            fputs("<br>", h->out);
        }
        if (h->report->target_count > 1)
            fprintf(h->out, "on %zu of %zu %s", f->targets, h->report->target_count,
                    report_noun(h->report, h->report->target_count));
    }
    if (f->open[LEVEL_INFO])
        fprintf(h->out, "; %zu for information", f->open[LEVEL_INFO]);
    if (f->acked)
        fprintf(h->out, "; %zu acknowledged", f->acked);
    html_fact_end(h);
}

static void html_fact_since(const struct html *h)
{
    time_t since = h->findings.since;
    if (!since)
        return;
    html_fact(h, "Since");
    html_time(h->out, since);
    fputs(", ", h->out);
    html_since(h, since);
    html_fact_end(h);
}

static void html_fact_proven(const struct html *h)
{
    const struct report *r = h->report;
    html_fact(h, "Proven");
    if (r->last_success) {
        html_time(h->out, r->last_success);
        fputs(" by the last completed run", h->out);
    } else {
        fputs("never: no run has proven anything yet", h->out);
    }
    html_fact_end(h);
}

/* What is not known when nothing failed. */
static const char *html_nothing_failed(struct html_heard n)
{
    if (!n.lists)
        return "whether anything is listed: no DNS list is queried";
    return n.proven ? "nothing: every list that was due answered"
                    : "whether anything is listed: no list could be proven";
}

static void html_fact_unknown(const struct html *h, struct html_heard n)
{
    const struct report *r = h->report;
    size_t named = 0, blind = n.blind_lists + n.blind_others;
    html_fact(h, "Unknown");
    for (size_t j = 0; j < r->list_count && named < NAMED_BLIND; j++) {
        const struct report_list *list = &r->lists[j];
        if (!html_is_blind(list))
            continue;
        fputs(named++ ? ", " : "<a href=\"#unknown\">", h->out);
        html_text(h->out, html_list_title(list));
        if (blind == 1)
            fprintf(h->out, ": %s", cause_heading(list->cause));
        fputs(list->acked_until ? " (acknowledged)" : "", h->out);
    }
    if (blind > named)
        fprintf(h->out, " and %zu more", blind - named);
    fputs(named ? "</a>" : html_nothing_failed(n), h->out);
    if (n.unproven)
        fprintf(h->out, "; <a href=\"#unknown\">%zu not proven, for a normal reason</a>",
                n.unproven);
    html_fact_end(h);
}

static void html_fact_receivers(const struct html *h)
{
    html_fact(h, "Receivers");
    html_text(h->out, h->report->heard ? h->report->heard : HTML_NO_RECEIVER);
    html_fact_end(h);
}

void html_verdict(struct html *h)
{
    struct html_heard n = html_heard(h);
    enum level level = html_verdict_level(h);
    size_t told = h->findings.count ? h->findings.items[0].count : 0;
    size_t more = html_bad(h) > told ? html_bad(h) - told : 0;
    fprintf(h->out, "<div class=\"top %c\">\n<p class=\"lvl\">", html_level_class(level));
    html_level(h->out, level);
    if (n.acked) {
        fputc(' ', h->out);
        html_count(h->out, n.acked, n.blind_others ? "source" : "list");
        fputs(" can't be queried (acknowledged)", h->out);
    }
    fputs("</p>\n<h1>", h->out);
    html_sentence(h, n);
    fputs("</h1>\n", h->out);
    if (more)
        fprintf(h->out, "<p class=\"also\"><a href=\"#findings\">And %zu more finding%s</a></p>\n",
                more, more == 1 ? "" : "s");
    fputs("<ul class=\"facts\">\n", h->out);
    html_fact_wrong(h);
    html_fact_since(h);
    html_fact_unknown(h, n);
    html_fact_proven(h);
    html_fact_receivers(h);
    fputs("</ul>\n</div>\n", h->out);
}
