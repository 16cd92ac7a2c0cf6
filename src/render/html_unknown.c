/* SPDX-License-Identifier: ISC */
/* What is not known: lists that can't be asked or trusted, receivers that were not heard, and what
 * a person should know about the whole. */
#include "html.h"

#include "repmon/causes.h"
#include "repmon/common_cause.h"

#include <string.h>

#define LISTS_MAX 200 /* shown; only thousands of receivers could make more */

static bool html_is_told(const struct report_list *list)
{
    return html_is_blind(list) || list->health == HEALTH_OFF;
}

static void html_unknown_ack(FILE *out, const struct report_list *list)
{
    if (!list->acked_until)
        return;
    fputs("; acknowledged until ", out);
    html_time(out, list->acked_until);
    if (list->ack_note && list->ack_note[0]) {
        fputs(": ", out);
        html_name(out, list->ack_note);
    }
}

/* Whether the advice is the one that is given above for all of them. */
static bool html_is_common(const struct report_list *list, enum cause common)
{
    return common != CAUSE_NONE && list->dns_list && list->cause == common &&
           list->health != HEALTH_OFF;
}

/* The culprit that all lists with the common cause name; NULL: they name none, or several. */
static const char *html_common_culprit(const struct report *r, enum cause common)
{
    const char *first = NULL;
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        if (!html_is_common(list, common))
            continue;
        if (!list->names_culprit || !list->note || (first && strcmp(first, list->note) != 0))
            return NULL;
        first = list->note;
    }
    return first;
}

static void html_unknown_common(const struct html *h, enum cause common)
{
    const struct report *r = h->report;
    if (common == CAUSE_NONE)
        return;
    const char *culprit = html_common_culprit(r, common);
    fputs("<p><b>Look at the resolver first:</b> ", h->out);
    if (culprit)
        html_text(h->out, culprit);
    else
        fprintf(h->out, "%s. To fix it, %s", COMMON_CAUSE_TEXT,
                common_cause_cure(common, r->own_resolver));
    fputs(".</p>\n", h->out);
}

static void html_unknown_list(const struct html *h, size_t j, enum cause common)
{
    const struct report_list *list = &h->report->lists[j];
    FILE *out = h->out;
    fputs("<tr><th scope=\"row\">", out);
    html_name(out, html_list_title(list));
    fprintf(out, "</th><td><b class=\"lv u\">%s</b> ", health_word(list->health));
    if (list->cause != CAUSE_NONE && list->cause != CAUSE_NEVER_ASKED)
        html_text(out, cause_heading(list->cause));
    html_unknown_ack(out, list);
    fputs("</td><td>", out);
    if (list->since)
        html_time(out, list->since);
    else
        fputs("–", out);
    fputs("</td><td>", out);
    if (list->proven)
        html_time(out, list->proven);
    else
        fputs("never", out);
    fputs("</td><td>", out);
    if (html_is_common(list, common))
        fputs("see above", out);
    else
        html_text(out, list->note && list->note[0] ? list->note : cause_cure(list->cause));
    fputs("</td></tr>\n", out);
}

/* When none of them failed. */
static const char *html_all_lists(struct html_heard n)
{
    if (!n.lists)
        return "No DNS list is queried, so whether anything is listed is not known.";
    return n.proven ? "Every list that was due answered, and proved that it works."
                    : "No list could be proven, so whether anything is listed is not known.";
}

static void html_unknown_lists(const struct html *h)
{
    const struct report *r = h->report;
    size_t told = 0, more = 0;
    enum cause common = grouping_common_cause(&h->grouping);
    html_unknown_common(h, common);
    for (size_t j = 0; j < r->list_count; j++) {
        if (!html_is_told(&r->lists[j]))
            continue;
        if (told == LISTS_MAX || !html_room(h)) {
            more++;
            continue;
        }
        if (told++ == 0)
            fputs(
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Lists that are "
                "not known, a table\"><table>\n<caption>Lists that could not be queried or trusted"
                "</caption>\n<thead><tr><th scope=\"col\">list</th><th scope=\"col\">why</th>"
                "<th scope=\"col\">since</th><th scope=\"col\">last proven</th>"
                "<th scope=\"col\">how to fix it</th></tr></thead>\n<tbody>\n",
                h->out);
        html_unknown_list(h, j, common);
    }
    if (told)
        fputs("</tbody></table></div>\n", h->out);
    if (more)
        fprintf(h->out, "<p>And %zu more.</p>\n", more);
    if (!told)
        fprintf(h->out, "<p>%s</p>\n", html_all_lists(html_heard(h)));
}

/* ---- lists that nothing could prove, which is normal ---- */

static void html_unproven_lists(const struct html *h)
{
    size_t told = 0, more = 0;
    for (size_t j = 0; j < h->report->list_count; j++) {
        const struct report_list *list = &h->report->lists[j];
        if (!html_is_unproven(h, j))
            continue;
        if (told == LISTS_MAX || !html_room(h)) {
            more++;
            continue;
        }
        if (told++ == 0)
            fputs("<h3>Not proven, for a normal reason</h3>\n<p>These had no name to ask about, or "
                  "no test entry that would prove an empty answer. That is no failure, and it does "
                  "not count.</p>\n<ul>\n",
                  h->out);
        fputs("<li>", h->out);
        html_name(h->out, html_list_title(list));
        if (list->note && list->note[0]) {
            fputs(": ", h->out);
            html_text(h->out, list->note);
        }
        fputs("</li>\n", h->out);
    }
    if (told)
        fputs("</ul>\n", h->out);
    if (more)
        fprintf(h->out, "<p>And %zu more.</p>\n", more);
}

/* ---- single answers that failed, of lists that are fine as a whole ---- */

static void html_unknown_answer(const struct html *h, size_t j, enum cause cause)
{
    size_t count = h->grouping.lists[j].causes[cause];
    FILE *out = h->out;
    fputs("<tr><th scope=\"row\">", out);
    html_name(out, html_list_title(&h->report->lists[j]));
    fputs("</th><td>", out);
    html_text(out, cause_heading(cause));
    fprintf(out, "</td><td class=\"r\">%zu</td><td>", count);
    html_text(out, cause_cure(cause));
    fputs("</td></tr>\n", out);
}

static bool html_is_unknown_answer(const struct html *h, size_t j, enum cause cause)
{
    return cause != CAUSE_NONE && !cause_is_normal(cause) && !html_is_told(&h->report->lists[j]) &&
           h->grouping.lists[j].causes[cause];
}

static void html_unknown_answers(const struct html *h)
{
    size_t told = 0, more = 0;
    for (size_t k = 0; k < h->report->list_count * CAUSE_COUNT; k++) {
        size_t j = k / CAUSE_COUNT;
        enum cause cause = (enum cause)(k % CAUSE_COUNT);
        if (!html_is_unknown_answer(h, j, cause))
            continue;
        if (told == LISTS_MAX || !html_room(h)) {
            more++;
            continue;
        }
        if (told++ == 0)
            fputs(
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Single answers, a "
                "table\"><table>\n<caption>Other lists: single answers that proved nothing in "
                "the last run; what was proven before still counts until it is too "
                "old</caption>\n<thead><tr><th scope=\"col\">list</th><th scope=\"col\">why</th>"
                "<th scope=\"col\">targets</th><th scope=\"col\">how to fix it</th></tr></thead>\n"
                "<tbody>\n",
                h->out);
        html_unknown_answer(h, j, cause);
    }
    if (told)
        fputs("</tbody></table></div>\n", h->out);
    if (more)
        fprintf(h->out, "<p>And %zu more.</p>\n", more);
}

void html_unknown(struct html *h)
{
    const struct report *r = h->report;
    html_part(h->out, "unknown", "What is not known", NULL);
    html_unknown_lists(h);
    html_unknown_answers(h);
    html_unproven_lists(h);
    fputs("<h3>Receivers</h3>\n<p>", h->out);
    html_text(h->out, r->heard ? r->heard : HTML_NO_RECEIVER);
    fputs(" A receiver that was not heard from is not known to be fine.</p>\n", h->out);
    if (r->note_count) {
        fputs("<h3>Notes</h3>\n<ul>\n", h->out);
        for (size_t i = 0; i < r->note_count; i++) {
            fputs("<li>", h->out);
            html_text(h->out, r->notes[i]);
            fputs("</li>\n", h->out);
        }
        fputs("</ul>\n", h->out);
    }
    html_part_end(h->out);
}
