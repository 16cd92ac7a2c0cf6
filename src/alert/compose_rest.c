/* SPDX-License-Identifier: ISC */
#include "compose_parts.h"

#include <string.h>

void compose_open_line(struct buf *line, const struct message_open *f)
{
    char range[MESSAGE_RANGE_MAX];
    message_range_format(&f->range, range);
    buf_fmt(line, "%s %.200s: %.100s", range, f->list, f->state);
    if (f->codes[0])
        buf_fmt(line, " (%.300s)", f->codes);
    buf_fmt(line, ", %s", level_word(f->level));
}

void compose_still_open(struct buf *out, const struct message *m)
{
    if (m->open_count == 0)
        return;
    compose_heading(out, "STILL OPEN FOR THESE ADDRESSES");
    for (size_t i = 0; i < m->open_count; i++) {
        const struct message_open *f = &m->open[i];
        struct buf line;
        buf_init(&line, 4096);
        compose_open_line(&line, f);
        if (f->since) {
            buf_str(&line, ", since ");
            compose_moment(&line, f->since, m->time);
        }
        if (f->acked)
            buf_str(&line, ", acknowledged");
        compose_paragraph(out, "   ", buf_text(&line));
        buf_fini(&line);
    }
    if (m->more_open)
        buf_fmt(out, "   and %u more: repmon status\n", (unsigned)m->more_open);
}

/* Everything but the list is the same. */
static bool alike(const struct message_unknown *a, const struct message_unknown *b)
{
    return a->cause == b->cause && a->targets == b->targets && a->since == b->since;
}

/* "a.example, b.example, each": the first list and all later ones like it; false when an earlier
 * line has them. A paragraph is bounded, so names beyond that are counted. */
static bool names_alike(struct buf *line, const struct message *m, size_t first)
{
    size_t named = 1, more = 0;
    for (size_t i = 0; i < first; i++) {
        if (alike(&m->unknown[i], &m->unknown[first]))
            return false;
    }
    buf_fmt(line, "%.200s", m->unknown[first].list);
    for (size_t i = first + 1; i < m->unknown_count; i++) {
        if (!alike(&m->unknown[i], &m->unknown[first]))
            continue;
        if (line->len > COMPOSE_PARAGRAPH - 500)
            more++;
        else
            buf_fmt(line, ", %.200s", m->unknown[i].list);
        named++;
    }
    if (more)
        buf_fmt(line, ", %zu more lists", more);
    if (named > 1)
        buf_str(line, ", each");
    return true;
}

void compose_unknown(struct buf *out, const struct message *m)
{
    if (m->unknown_count == 0)
        return;
    compose_heading(out, "NOT KNOWN IN THIS RUN");
    for (size_t i = 0; i < m->unknown_count; i++) {
        const struct message_unknown *u = &m->unknown[i];
        struct buf line;
        buf_init(&line, 4096);
        if (!names_alike(&line, m, i)) {
            buf_fini(&line);
            continue;
        }
        buf_fmt(&line, ": %s", compose_cause(u->cause));
        if (u->targets)
            buf_fmt(&line, ", %u address%s", (unsigned)u->targets, u->targets == 1 ? "" : "es");
        if (u->since) {
            buf_str(&line, ", since ");
            compose_moment(&line, u->since, m->time);
        }
        compose_paragraph(out, "   ", buf_text(&line));
        buf_fini(&line);
    }
}

void compose_not_askable(struct buf *out)
{
    static const char text[] =
        "Microsoft 365, Gmail, Yahoo, Proofpoint and Cloudmark publish no list. Only their replies "
        "tell: give a bounce to \"repmon explain\".";
    compose_heading(out, "CAN'T BE ASKED AT ALL");
    compose_paragraph(out, "   ", text);
}
