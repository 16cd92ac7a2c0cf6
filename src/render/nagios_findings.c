/* SPDX-License-Identifier: ISC */
#include "nagios_parts.h"

#include <string.h>

#define TARGET_BYTES 3000 /* of the findings of one address */

void nagios_findings_init(struct nagios_findings *f)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        buf_init(&f->levels[i], NAGIOS_FINDINGS_BYTES);
}

void nagios_findings_fini(struct nagios_findings *f)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        buf_fini(&f->levels[i]);
}

/* The findings of this level: on block lists ("listed: A, B"), or elsewhere ("ptr missing"). */
static void nagios_findings_of(const struct report *r, size_t target, enum level level, bool block,
                               struct buf *out)
{
    const char *lead = block ? " listed: " : " ";
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        struct result result;
        if ((list->dns_list && list->kind == LIST_BLOCK) != block ||
            !r->result(r, target, j, &result))
            continue;
        if (!result_is_finding(&result) || !result.counts || result.level != level)
            continue;
        buf_str(out, out->len ? ", " : lead);
        report_list_name(r, list, out);
        if (!block) {
            buf_char(out, ' ');
            nagios_add_clean(out, result.state);
        }
        nagios_add_codes(out, &result);
    }
}

void nagios_findings_add(struct nagios_findings *f, const struct report *r, size_t target,
                         const char *address)
{
    enum level worst = LEVEL_UNKNOWN, first = LEVEL_UNKNOWN;
    struct buf texts[2]; /* on block lists, elsewhere */
    for (size_t k = 0; k < 2; k++) {
        enum level worst_here = LEVEL_UNKNOWN;
        buf_init(&texts[k], TARGET_BYTES);
        for (enum level l = LEVEL_CRITICAL; l >= LEVEL_INFO; l--) {
            nagios_findings_of(r, target, l, k == 0, &texts[k]);
            if (texts[k].len && worst_here == LEVEL_UNKNOWN)
                worst_here = l;
        }
        first = k == 0 ? worst_here : first;
        worst = worst_here > worst ? worst_here : worst;
    }
    const struct buf *begin = &texts[worst > first], *rest = &texts[worst <= first];
    struct buf *out = &f->levels[worst];
    size_t before = out->len;
    buf_str(out, address);
    buf_str(out, buf_text(begin));
    buf_str(out, begin->len && rest->len ? ";" : "");
    buf_str(out, buf_text(rest));
    buf_str(out, begin->failed || rest->failed ? " and more" : "");
    buf_char(out, '\n');
    if (out->failed) { /* whole targets or nothing */
        buf_cut(out, before);
        out->failed = false;
        f->cut++;
    }
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
}

bool nagios_findings_write(struct nagios_findings *f, const struct report *r, struct buf *out)
{
    size_t start = out->len;
    for (enum level l = LEVEL_CRITICAL; l > LEVEL_UNKNOWN; l--) {
        const char *line = buf_text(&f->levels[l]);
        for (size_t len; *line; line += len + 1) {
            len = strcspn(line, "\n");
            if (out->len - start + len + 2 > NAGIOS_FINDINGS_BYTES) {
                f->cut++;
                continue;
            }
            buf_str(out, out->len > start ? "; " : "");
            buf_add(out, line, len);
        }
    }
    bool any = out->len > start;
    if (f->cut)
        buf_fmt(out, "%s%zu %s%s with findings", any ? "; " : "", f->cut, any ? "more " : "",
                report_noun(r, f->cut));
    return any || f->cut;
}
