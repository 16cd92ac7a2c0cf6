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

/* The same of all levels, the worst first; gives the worst. */
static enum level nagios_findings_on(const struct report *r, size_t target, bool block,
                                     struct buf *out)
{
    enum level worst = LEVEL_UNKNOWN;
    for (enum level l = LEVEL_CRITICAL; l >= LEVEL_INFO; l--) {
        nagios_findings_of(r, target, l, block, out);
        if (out->len && worst == LEVEL_UNKNOWN)
            worst = l;
    }
    return worst;
}

void nagios_findings_add(struct nagios_findings *f, const struct report *r, size_t target,
                         const char *address)
{
    struct buf listed, elsewhere;
    buf_init(&listed, TARGET_BYTES);
    buf_init(&elsewhere, TARGET_BYTES);
    enum level on_lists = nagios_findings_on(r, target, true, &listed);
    enum level beside = nagios_findings_on(r, target, false, &elsewhere);
    bool lists_first = on_lists >= beside;
    const struct buf *first = lists_first ? &listed : &elsewhere;
    const struct buf *rest = lists_first ? &elsewhere : &listed;
    struct buf *out = &f->levels[lists_first ? on_lists : beside];
    size_t before = out->len;
    buf_str(out, address);
    buf_str(out, buf_text(first));
    buf_str(out, rest->len ? ";" : "");
    buf_str(out, buf_text(rest));
    buf_str(out, first->failed || rest->failed ? " and more" : "");
    buf_char(out, '\n');
    if (out->failed) { /* whole targets or nothing */
        buf_cut(out, before);
        out->failed = false;
        f->cut++;
    }
    buf_fini(&listed);
    buf_fini(&elsewhere);
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
