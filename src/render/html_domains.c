/* SPDX-License-Identifier: ISC */
/* Sending domains: what each list of theirs says, in its own word. */
#include "html.h"

#include "repmon/causes.h"

#include <stdlib.h>
#include <string.h>

#define DOMAINS 200
#define COLUMNS 24

struct domains {
    size_t rows[DOMAINS]; /* targets */
    size_t row_count, more;
    size_t columns[COLUMNS];
    size_t column_count;
};

static bool html_is_said(const struct report *r, const struct domains *d, size_t j)
{
    struct result result;
    for (size_t i = 0; i < d->row_count; i++) {
        if (r->result(r, d->rows[i], j, &result))
            return true;
    }
    return false;
}

static void html_domains_choose(const struct report *r, struct domains *d)
{
    for (size_t i = 0; i < r->target_count; i++) {
        struct report_target target = {0};
        r->target(r, i, &target);
        if (!ip_name(&target.ip))
            break; /* names are sorted before addresses */
        if (d->row_count < DOMAINS)
            d->rows[d->row_count++] = i;
        else
            d->more++;
    }
    for (size_t j = 0; j < r->list_count && d->column_count < COLUMNS; j++) {
        bool of_domains = r->lists[j].of_domains && r->lists[j].health != HEALTH_OFF;
        if (of_domains && html_is_said(r, d, j))
            d->columns[d->column_count++] = j;
    }
}

static void html_domain_cell(const struct html *h, size_t i, size_t j)
{
    const struct report *r = h->report;
    struct result result;
    if (!r->result(r, i, j, &result)) {
        fputs("<td></td>", h->out);
        return;
    }
    fputs("<td>", h->out);
    bool normal = result.level == LEVEL_UNKNOWN && cause_is_normal(result.cause);
    if (!normal)
        html_level(h->out, result.level);
    fputc(' ', h->out);
    if (normal)
        fputs("–", h->out);
    else if (result.level == LEVEL_UNKNOWN)
        html_text(h->out, cause_heading(result.cause));
    else
        html_text(h->out, result.state);
    for (size_t k = 0; k < result.code_count; k++) {
        bool again = result.state && strcmp(result.codes[k].name, result.state) == 0;
        bool says = result.codes[k].answer[0] && !again;
        if (!says)
            continue;
        fputs(k ? ", " : ": ", h->out);
        html_name(h->out, result.codes[k].answer);
    }
    fputs("</td>", h->out);
}

void html_domains(struct html *h)
{
    const struct report *r = h->report;
    struct domains *d = mem_alloc(sizeof *d);
    html_domains_choose(r, d);
    h->missing[HTML_DOMAINS] = d->row_count == 0;
    if (d->row_count) {
        html_part(h->out, "domains", "Sending domains", NULL);
        fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Sending domains, a "
              "table\">"
              "<table>\n<thead><tr><th scope=\"col\">domain</th>",
              h->out);
        for (size_t k = 0; k < d->column_count; k++) {
            fputs("<th scope=\"col\">", h->out);
            html_text(h->out, html_list_title(&r->lists[d->columns[k]]));
            fputs("</th>", h->out);
        }
        fputs("</tr></thead>\n<tbody>\n", h->out);
        for (size_t i = 0; i < d->row_count && html_room(h); i++) {
            struct report_target target = {0};
            r->target(r, d->rows[i], &target);
            fputs("<tr><th scope=\"row\">", h->out);
            html_name(h->out, ip_name(&target.ip));
            fputs("</th>", h->out);
            for (size_t k = 0; k < d->column_count; k++)
                html_domain_cell(h, d->rows[i], d->columns[k]);
            fputs("</tr>\n", h->out);
        }
        fputs("</tbody></table></div>\n", h->out);
        if (d->more)
            fprintf(h->out, "<p>And %zu more domains; <code>repmon status</code> shows all.</p>\n",
                    d->more);
        html_part_end(h->out);
    }
    free(d);
}

void html_missing(struct html *h)
{
    static const char *const texts[HTML_PARTS] = {
        [HTML_RECEIVERS] =
            "What receivers answered: a <code>[log]</code> section names the mail log.",
        [HTML_COLOURS] = "Outlook.com's colour for each day: an <code>[snds]</code> section.",
        [HTML_COMPLAINTS] = "Complaints: an <code>[snds]</code> or <code>[reports]</code> section.",
        [HTML_DOMAINS] = "SPF, DKIM and DMARC: <code>domain</code> in <code>[targets]</code>.",
    };
    size_t count = 0;
    for (size_t k = 0; k < HTML_PARTS; k++) {
        if (!h->missing[k])
            continue;
        if (count++ == 0) {
            html_part(h->out, "more", "Not set up, or no data yet", NULL);
            fputs("<ul>\n", h->out);
        }
        fprintf(h->out, "<li>%s</li>\n", texts[k]);
    }
    if (!count)
        return;
    fputs("</ul>\n", h->out);
    html_part_end(h->out);
}
