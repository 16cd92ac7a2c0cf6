/* SPDX-License-Identifier: ISC */
/* A digest as a chat shows it: under its subject, a few lines for each entry. */
#include "compose_parts.h"

#include <string.h>

#define SHORT_OPEN      5 /* open findings in a chat message */
#define SHORT_OPEN_LINE 120
#define SHORT_RANGES    5

static void compose_short_line(struct buf *out, const char *first, const char *text, size_t max)
{
    if (!text || !text[0])
        return;
    buf_str(out, first);
    buf_shown_lines(out, text, max, ' ');
    buf_char(out, '\n');
}

/* Which they are, where the headline only counts them. */
static void compose_short_addresses(struct buf *out, const struct entry *e)
{
    if (e->range_count == 0 || (e->range_count == 1 && e->more == 0))
        return;
    for (size_t i = 0; i < e->range_count && i < SHORT_RANGES; i++) {
        char range[MESSAGE_RANGE_MAX];
        message_range_format(&e->ranges[i], range);
        buf_fmt(out, "%s%s", i ? ", " : "", range);
    }
    if (e->range_count > SHORT_RANGES || e->more)
        buf_str(out, " and more");
    buf_char(out, '\n');
}

/* `titled`: the title above it is its headline. */
static void compose_short_entry(struct buf *out, const struct message *m, const struct entry *e,
                                bool titled)
{
    if (!titled) {
        compose_text_headline(out, e);
        buf_char(out, '\n');
    } else if (compose_is_list_trouble(e)) {
        compose_short_line(out, "Level: ", level_word(message_entry_level(e)), 20);
    }
    if (e->code_count > 1) { /* the headline has the worst */
        buf_str(out, "Codes: ");
        compose_code_names(out, e->codes, e->code_count);
        buf_char(out, '\n');
    }
    compose_short_line(out, "", e->sentence, 300);
    compose_short_addresses(out, e);
    if (compose_has_reason(e))
        compose_short_line(out, compose_is_list_trouble(e) ? "Fix: " : "Reason: ", e->reason, 300);
    struct buf others;
    buf_init(&others, COMPOSE_PARAGRAPH);
    if (compose_not_over(&others, m, e))
        compose_short_line(out, "Not over: ", buf_text(&others), 300);
    buf_fini(&others);
    compose_short_line(out, "", compose_advice(e), 600);
    bool one_page = strcmp(e->url, e->delist) == 0;
    if (strlen(e->url) < 300)
        compose_short_line(out, one_page ? "Look up and remove: " : "Look up: ", e->url, 300);
    if (!one_page && strlen(e->delist) < 300)
        compose_short_line(out, "Remove: ", e->delist, 300);
}

void compose_short(const struct message *m, size_t max, struct buf *out)
{
    /* for the closing lines */
    size_t open_shown = m->open_count < SHORT_OPEN ? m->open_count : SHORT_OPEN;
    if (max < 1500)
        open_shown = 0;
    size_t reserve = 400 + open_shown * (SHORT_OPEN_LINE + 20);
    size_t start = out->len;
    struct buf line;
    buf_init(&line, 16384);
    const char *first = compose_first_note(m);
    if (first && !m->test) {
        buf_shown(out, first, 300);
        buf_char(out, '\n');
    }
    size_t shown = 0;
    for (; shown < m->entry_count; shown++) {
        buf_clear(&line);
        compose_short_entry(&line, m, &m->entries[shown], shown == 0 && !m->test);
        if (out->len - start + line.len + 4 + reserve > max)
            break;
        buf_add(out, buf_text(&line), line.len);
        buf_char(out, '\n');
    }
    uint32_t left = (uint32_t)(m->entry_count - shown) + m->more_entries;
    for (size_t i = 0; m->test && i < m->note_count; i++) {
        buf_shown(out, m->notes[i], 600);
        buf_char(out, '\n');
    }
    if (m->baseline && compose_below(m)[0]) {
        buf_shown(out, compose_below(m), 300);
        buf_char(out, '\n');
    } else if (m->entry_count == 0 && m->baseline) {
        buf_str(out, "First look: no findings in what could be proven.\n");
    }
    if (left)
        buf_fmt(out, "and %u more: repmon history\n", (unsigned)left);
    for (size_t i = 0; i < open_shown; i++) {
        buf_clear(&line);
        compose_open_line(&line, &m->open[i]);
        buf_str(out, "Still open: ");
        buf_clean(out, buf_text(&line), line.len, SHORT_OPEN_LINE);
        buf_char(out, '\n');
    }
    uint32_t open_left = (uint32_t)(m->open_count - open_shown) + m->more_open;
    if (open_left)
        buf_fmt(out, "Still open for these addresses: %u%s\n", (unsigned)open_left,
                open_shown ? " more" : "");
    if (m->unknown_count)
        buf_fmt(out, "Unknown in this run: %u list%s\n", (unsigned)m->unknown_count,
                m->unknown_count == 1 ? "" : "s");
    buf_clear(&line);
    buf_str(&line, "repmon on ");
    buf_shown(&line, m->instance, 60);
    buf_fmt(&line, ", %s", m->id);
    buf_clean(out, buf_text(&line), line.len, 150);
    buf_fini(&line);
}
