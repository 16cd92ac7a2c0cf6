/* SPDX-License-Identifier: ISC */
/* A digest as a chat shows it: under its subject, a few lines for each entry. */
#include "compose_parts.h"

#include <string.h>

#define SHORT_OPEN      5 /* open findings in a chat message */
#define SHORT_OPEN_LINE 120
#define SHORT_RANGES    5

/* Bytes kept for a finding still open, and for the lines about everything else. */
#define SHORT_OPEN_BYTES (SHORT_OPEN_LINE + 20)
#define SHORT_CLOSING    400
#define SHORT_WITH_OPEN  1500 /* a shorter message names none of those still open */

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

/* ---- the message ---- */

/* As many whole lines as fit. */
static size_t compose_short_lines(const struct buf *text, size_t room)
{
    size_t len = text->len;
    if (len <= room)
        return len;
    for (len = room; len > 0 && text->data[len - 1] != '\n'; len--)
        continue;
    return len;
}

/*
 * Returns how many were shown. Of the first it is as much as fits, for its headline is the title:
 * left out, it would have no advice.
 */
static size_t compose_short_entries(const struct message *m, size_t room, struct buf *out)
{
    size_t start = out->len, shown = 0;
    bool whole = true;
    struct buf text;
    buf_init(&text, 16384);
    for (; shown < m->entry_count && whole; shown++) {
        buf_clear(&text);
        compose_short_entry(&text, m, &m->entries[shown], shown == 0 && !m->test);
        size_t used = out->len - start + 1;
        size_t len = compose_short_lines(&text, room > used ? room - used : 0);
        whole = len == text.len;
        if (!whole && shown > 0)
            break;
        buf_add(out, buf_text(&text), len);
        buf_char(out, '\n');
    }
    buf_fini(&text);
    return shown;
}

/* How many findings that are still open leave room for the whole first entry. */
static size_t compose_short_open_count(const struct message *m, size_t room)
{
    size_t count = m->open_count < SHORT_OPEN ? m->open_count : SHORT_OPEN;
    struct buf text;
    buf_init(&text, 16384);
    if (m->entry_count)
        compose_short_entry(&text, m, &m->entries[0], !m->test);
    size_t need = text.len + SHORT_CLOSING + count * SHORT_OPEN_BYTES;
    buf_fini(&text);
    return room < SHORT_WITH_OPEN || room < need ? 0 : count;
}

static void compose_short_open(const struct message *m, size_t shown, struct buf *out)
{
    struct buf line;
    buf_init(&line, 16384);
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&line);
        compose_open_line(&line, &m->open[i]);
        buf_str(out, "Still open: ");
        buf_clean(out, buf_text(&line), line.len, SHORT_OPEN_LINE);
        buf_char(out, '\n');
    }
    buf_fini(&line);
    uint32_t left = (uint32_t)(m->open_count - shown) + m->more_open;
    if (left)
        buf_fmt(out, "Still open for these addresses: %u%s\n", (unsigned)left,
                shown ? " more" : "");
}

void compose_short(const struct message *m, size_t max, struct buf *out)
{
    size_t start = out->len;
    const char *first = compose_first_note(m);
    if (first && !m->test)
        compose_short_line(out, "", first, 300);
    size_t room = max > out->len - start ? max - (out->len - start) : 0;
    size_t open = compose_short_open_count(m, room);
    size_t closing = SHORT_CLOSING + open * SHORT_OPEN_BYTES;
    size_t shown = compose_short_entries(m, room > closing ? room - closing : 0, out);
    uint32_t left = (uint32_t)(m->entry_count - shown) + m->more_entries;
    for (size_t i = 0; m->test && i < m->note_count; i++)
        compose_short_line(out, "", m->notes[i], 600);
    if (m->baseline && compose_below(m)[0])
        compose_short_line(out, "", compose_below(m), 300);
    else if (m->entry_count == 0 && m->baseline)
        buf_str(out, "First look: no findings in what could be proven.\n");
    if (left)
        buf_fmt(out, "and %u more: repmon history\n", (unsigned)left);
    compose_short_open(m, open, out);
    if (m->unknown_count)
        buf_fmt(out, "Unknown in this run: %u list%s\n", (unsigned)m->unknown_count,
                m->unknown_count == 1 ? "" : "s");
    struct buf line;
    buf_init(&line, 256);
    buf_str(&line, "repmon on ");
    buf_shown(&line, m->instance, 60);
    buf_fmt(&line, ", %s", m->id);
    buf_clean(out, buf_text(&line), line.len, 150);
    buf_fini(&line);
}
