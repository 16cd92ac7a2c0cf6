/* SPDX-License-Identifier: ISC */
#include "compose_parts.h"

#include <string.h>

void compose_open_line(struct buf *line, const struct message_open *f)
{
    char range[MESSAGE_RANGE_MAX];
    message_range_format(&f->range, range);
    buf_fmt(line, "%s %s: ", range, f->list);
    buf_shown(line, f->state, 100);
    if (f->codes[0]) {
        buf_str(line, " (");
        buf_shown(line, f->codes, 300);
        buf_char(line, ')');
    }
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

static const char *compose_why_unknown(const struct message_unknown *u)
{
    return compose_why(u->dns_list, u->list, u->cause);
}

/* Everything but the list's name is the same, including the words, which differ by source. */
static bool compose_alike(const struct message_unknown *a, const struct message_unknown *b)
{
    return strcmp(compose_why_unknown(a), compose_why_unknown(b)) == 0 &&
           a->targets == b->targets && a->since == b->since;
}

/* "a.example, b.example, each": the first list and all later ones like it; false when an earlier
 * line names them already. A paragraph is bounded, so names beyond that are counted. */
static bool compose_names_alike(struct buf *line, const struct message *m, size_t first)
{
    size_t named = 1, more = 0;
    for (size_t i = 0; i < first; i++) {
        if (compose_alike(&m->unknown[i], &m->unknown[first]))
            return false;
    }
    buf_str(line, m->unknown[first].list);
    for (size_t i = first + 1; i < m->unknown_count; i++) {
        if (!compose_alike(&m->unknown[i], &m->unknown[first]))
            continue;
        if (line->len > COMPOSE_PARAGRAPH - 500)
            more++;
        else
            buf_fmt(line, ", %s", m->unknown[i].list);
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
    compose_heading(out, "UNKNOWN IN THIS RUN");
    for (size_t i = 0; i < m->unknown_count; i++) {
        const struct message_unknown *u = &m->unknown[i];
        struct buf line;
        buf_init(&line, 4096);
        if (!compose_names_alike(&line, m, i)) {
            buf_fini(&line);
            continue;
        }
        buf_fmt(&line, ": %s", compose_why_unknown(u));
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

void compose_unheard(struct buf *out, const struct message *m)
{
    static const char text[] =
        "Microsoft 365, Gmail, Yahoo, Apple, Proofpoint and Cloudmark publish no list that can be "
        "queried; only their replies to your own mail show what they think of it. To see that, "
        "name the mail log in a [log] section, let [snds] and [postmaster] read Outlook.com's and "
        "Google's own data, and give bounces to \"repmon explain\".";
    if (m->test)
        return;
    if (m->heard && m->heard[0]) {
        compose_heading(out, "RECEIVERS THAT ANSWERED");
        compose_paragraph(out, "   ", m->heard);
        return;
    }
    if (!m->baseline)
        return;
    compose_heading(out, "RECEIVERS THAT PUBLISH NO LIST");
    compose_paragraph(out, "   ", text);
}

static bool compose_same_list(const struct entry *e, const char *source, const char *list)
{
    return source_equal(e->source, source) && strcmp(e->list, list) == 0;
}

static size_t compose_add_place(struct buf *line, const struct ip_range *r)
{
    char range[MESSAGE_RANGE_MAX];
    if (line->len > COMPOSE_PARAGRAPH - 200)
        return 0;
    message_range_format(r, range);
    buf_fmt(line, "%s%s", line->len ? ", " : "", range);
    return message_range_count(r);
}

static size_t compose_still_there(struct buf *line, const struct message *m, const struct entry *e)
{
    size_t count = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct entry *o = &m->entries[i];
        bool open = !o->of_list && o->to > LEVEL_OK && compose_same_list(e, o->source, o->list);
        for (size_t k = 0; open && o->kind != CHANGE_RETIRED && k < o->range_count; k++)
            count += compose_add_place(line, &o->ranges[k]);
    }
    for (size_t i = 0; i < m->open_count; i++) {
        if (compose_same_list(e, m->open[i].source, m->open[i].list))
            count += compose_add_place(line, &m->open[i].range);
    }
    for (size_t i = 0; i < m->neighbour_count; i++) {
        if (compose_same_list(e, m->neighbours[i].source, m->neighbours[i].list))
            count += compose_add_place(line, &m->neighbours[i].range);
    }
    return count;
}

bool compose_not_over(struct buf *line, const struct message *m, const struct entry *e)
{
    if (e->kind != CHANGE_DELISTED && e->kind != CHANGE_RETIRED && e->kind != CHANGE_LAPSED)
        return false;
    size_t count = compose_still_there(line, m, e);
    if (count)
        buf_fmt(line, " %s still %s there", count == 1 ? "is" : "are",
                e->dns_list ? "listed" : "open");
    return count > 0;
}
