/* SPDX-License-Identifier: ISC */
#include "repmon/compose.h"

#include "repmon/clock.h"
#include "repmon/conf.h"
#include "repmon/limits.h"

#include <stdio.h>
#include <string.h>

#define TEXT_PARAGRAPH  2000 /* bytes of one outside text shown in a body */
#define SHORT_OPEN      5    /* open findings in a chat message */
#define SHORT_OPEN_LINE 120
#define ACK_EXAMPLES    3 /* command lines shown; more would hide the news */

/* ---- wrapping ---- */

/* Columns of UTF-8 text: code points, which is right for everything the lists write. */
static size_t columns(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/*
 * One paragraph, its lines at most COMPOSE_COLUMNS wide. `first` starts the first line, later ones
 * are indented by as many blanks. A word that is too long (a URL) gets a line of its own, uncut.
 */
static void paragraph(struct buf *out, const char *first, const char *text)
{
    struct buf clean;
    buf_init(&clean, TEXT_PARAGRAPH * 3);
    buf_clean(&clean, text, strlen(text), TEXT_PARAGRAPH);
    size_t indent = columns(first, strlen(first));
    buf_str(out, first);
    size_t at = indent;
    bool fresh = true; /* no word stands on this line yet */
    const char *p = buf_text(&clean);
    while (*p) {
        p += strspn(p, " ");
        size_t len = strcspn(p, " ");
        size_t width = columns(p, len);
        if (len == 0)
            break;
        if (!fresh && at + 1 + width > COMPOSE_COLUMNS) {
            buf_fmt(out, "\n%*s", (int)indent, "");
            at = indent;
            fresh = true;
        }
        if (!fresh) {
            buf_char(out, ' ');
            at++;
        }
        buf_add(out, p, len);
        at += width;
        fresh = false;
        p += len;
    }
    buf_char(out, '\n');
    buf_fini(&clean);
}

static void heading(struct buf *out, const char *text)
{
    buf_fmt(out, "\n%s\n", text);
}

/* "2026-11-21 07:00 +0100 (3 h ago)" */
static void moment(struct buf *out, time_t t, time_t now)
{
    char text[32], age[32];
    clock_format_local(t, text, sizeof text);
    clock_format_age(now - t, age, sizeof age);
    buf_str(out, text);
    if (now - t >= 120)
        buf_fmt(out, " (%s ago)", age);
}

/* ---- one entry ---- */

static void addresses(struct buf *out, const struct entry *e)
{
    if (e->range_count == 0 || (e->range_count == 1 && e->more == 0))
        return;
    struct buf line;
    buf_init(&line, 64 * 1024);
    for (size_t i = 0; i < e->range_count; i++) {
        char range[MESSAGE_RANGE_MAX];
        message_range_format(&e->ranges[i], range);
        buf_fmt(&line, "%s%s", i ? " " : "", range);
        /* paragraph() reads a bounded text, so long lists go in pieces */
        if (line.len > TEXT_PARAGRAPH - 2 * MESSAGE_RANGE_MAX) {
            paragraph(out, "   Addresses: ", buf_text(&line));
            buf_clear(&line);
        }
    }
    if (e->more)
        buf_fmt(&line, " and %u more", (unsigned)e->more);
    if (line.len)
        paragraph(out, "   Addresses: ", buf_text(&line));
    buf_fini(&line);
}

static void codes(struct buf *out, const char *first, const struct code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf line;
        buf_init(&line, 4096);
        buf_fmt(&line, "%s %s (%s)", codes[i].answer, codes[i].name,
                severity_word(codes[i].severity));
        if (codes[i].meaning[0])
            buf_fmt(&line, ": %.1500s", codes[i].meaning);
        paragraph(out, first, buf_text(&line));
        buf_fini(&line);
    }
}

static void code_names(struct buf *out, const struct code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_fmt(out, "%s%.100s", i ? ", " : "", codes[i].name);
}

/* Level and codes before, when they tell something: nobody needs "was: ok". */
static void before(struct buf *out, const struct entry *e)
{
    struct buf line;
    buf_init(&line, 4096);
    if (e->from > LEVEL_OK && e->kind != CHANGE_REMINDER) {
        buf_str(&line, level_word(e->from));
        if (e->code_from_count) {
            buf_str(&line, ": ");
            code_names(&line, e->codes_from, e->code_from_count);
        }
        paragraph(out, "   Before:    ", buf_text(&line));
    }
    buf_fini(&line);
}

/* That everything was looked at for the first time: said by the opening, it is no entry. */
static bool is_first_look(const struct entry *e)
{
    return e->of_list && e->kind == CHANGE_BASELINE;
}

/* What is over, and that a first look happened, has no level worth saying. */
static bool has_level(const struct entry *e)
{
    return e->of_list ? e->kind != CHANGE_SIGHTED && e->kind != CHANGE_BASELINE : e->to != LEVEL_OK;
}

static void entry(struct buf *out, const struct entry *e, size_t number, time_t now)
{
    struct buf line;
    buf_init(&line, 4096);
    compose_headline(e, &line);
    if (e->count == 1 && e->label[0])
        buf_fmt(&line, " (%.128s)", e->label);
    if (has_level(e) && (e->of_list || e->to != LEVEL_UNKNOWN))
        buf_fmt(&line, ", %s", level_word(e->of_list ? e->severity_level : e->to));
    char first[32];
    snprintf(first, sizeof first, "%zu. ", number);
    buf_char(out, '\n');
    paragraph(out, first, buf_text(&line));
    addresses(out, e);
    if (e->since) {
        bool over = !e->of_list && e->to <= LEVEL_OK; /* `since` is when it began */
        buf_clear(&line);
        moment(&line, e->since, now);
        paragraph(out,
                  e->kind == CHANGE_EXPIRING ? "   Ends:      " /* `since` is still to come */
                  : over                     ? "   Began:     "
                                             : "   Since:     ",
                  buf_text(&line));
    }
    before(out, e);
    codes(out, "   Code:      ", e->codes, e->code_count);
    if (e->code_count == 0 && e->state[0] && e->to != LEVEL_OK && !e->of_list)
        paragraph(out, "   State:     ", e->state);
    if (e->of_list && e->cause != CAUSE_NONE)
        paragraph(out, "   Why:       ", compose_cause(e->cause));
    if (e->of_list && e->count) {
        buf_clear(&line);
        buf_fmt(&line, "nothing proven of %u address%s", (unsigned)e->count,
                e->count == 1 ? "" : "es");
        paragraph(out, "   Affects:   ", buf_text(&line));
    }
    if (e->reason[0])
        paragraph(out, "   Reason:    ", e->reason);
    paragraph(out, "   Do next:   ", compose_advice(e));
    if (e->url[0])
        paragraph(out, "   Look here: ", e->url);
    buf_fini(&line);
}

/* ---- the rest of the digest ---- */

/* "203.0.113.5 psbl.surriel.com: listed (PSBL), warning" */
static void open_line(struct buf *line, const struct message_open *f)
{
    char range[MESSAGE_RANGE_MAX];
    message_range_format(&f->range, range);
    buf_fmt(line, "%s %.200s: %.100s", range, f->list, f->state);
    if (f->codes[0])
        buf_fmt(line, " (%.300s)", f->codes);
    buf_fmt(line, ", %s", level_word(f->level));
}

static void still_open(struct buf *out, const struct message *m)
{
    if (m->open_count == 0)
        return;
    heading(out, "STILL OPEN FOR THESE ADDRESSES");
    for (size_t i = 0; i < m->open_count; i++) {
        const struct message_open *f = &m->open[i];
        struct buf line;
        buf_init(&line, 4096);
        open_line(&line, f);
        if (f->since) {
            buf_str(&line, ", since ");
            moment(&line, f->since, m->time);
        }
        if (f->acked)
            buf_str(&line, ", acknowledged");
        paragraph(out, "   ", buf_text(&line));
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
        if (line->len > TEXT_PARAGRAPH - 500)
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

static void unknown(struct buf *out, const struct message *m)
{
    if (m->unknown_count == 0)
        return;
    heading(out, "NOT KNOWN IN THIS RUN");
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
            moment(&line, u->since, m->time);
        }
        paragraph(out, "   ", buf_text(&line));
        buf_fini(&line);
    }
}

/* A finding somebody may want to silence. */
static bool can_be_acked(const struct entry *e)
{
    return (e->kind == CHANGE_BLIND && e->list[0]) ||
           (e->to > LEVEL_OK && !e->of_list && e->kind != CHANGE_RETIRED &&
            e->kind != CHANGE_LAPSED);
}

/* A word of a command line; quoted when the shell would read it otherwise. */
static void shell_word(struct buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./-_";
    if (s[0] && strspn(s, plain) == strlen(s)) {
        buf_str(out, s);
        return;
    }
    buf_char(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_str(out, "'\\''");
        else
            buf_clean(out, s, 1, 1);
    }
    buf_char(out, '\'');
}

static void how_to_ack(struct buf *out, const struct message *m)
{
    unsigned shown = 0;
    for (size_t i = 0; i < m->entry_count && shown < ACK_EXAMPLES; i++) {
        const struct entry *e = &m->entries[i];
        if (!can_be_acked(e))
            continue;
        if (shown++ == 0)
            heading(out, "TO ACKNOWLEDGE (silent for 30 days, or until it ends or gets worse)");
        buf_str(out, "   repmon ");
        if (m->config[0] && strcmp(m->config, CONF_DEFAULT_PATH) != 0) {
            buf_str(out, "-c ");
            shell_word(out, m->config);
            buf_char(out, ' ');
        }
        buf_str(out, "ack ");
        if (e->of_list) {
            buf_str(out, "--blind ");
        } else if (e->count == 1 && e->range_count == 1) {
            char range[MESSAGE_RANGE_MAX];
            message_range_format(&e->ranges[0], range);
            buf_fmt(out, "%s ", range);
        } else {
            buf_str(out, "all ");
        }
        shell_word(out, e->list);
        buf_char(out, '\n');
    }
}

static void opening(struct buf *out, const struct message *m)
{
    struct buf line;
    char when[32];
    buf_init(&line, 4096);
    clock_format_local(m->time, when, sizeof when);
    uint32_t total = m->more_entries, findings = 0, watched = 0, reminders = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        total++;
        reminders += m->entries[i].kind == CHANGE_REMINDER;
        if (is_first_look(&m->entries[i]))
            watched = m->entries[i].count;
        findings += !m->entries[i].of_list && m->entries[i].to > LEVEL_OK;
    }
    buf_fmt(&line, "%.100s, %s%s: ", m->instance, m->test ? "" : "run of ", when);
    if (m->test)
        buf_str(&line, "a test message, no news.");
    else if (!m->baseline && total == reminders)
        buf_str(&line, "nothing new. This is still open.");
    else if (!m->baseline)
        buf_fmt(&line, "%u change%s.", (unsigned)total, total == 1 ? "" : "s");
    else
        buf_str(&line, "the first look");
    if (m->baseline && watched)
        buf_fmt(&line, " at %u address%s", (unsigned)watched, watched == 1 ? "" : "es");
    if (m->baseline && findings == 0)
        buf_str(&line, ". No findings among what could be proven. From now on a message comes "
                       "only when something changes.");
    else if (m->baseline)
        buf_str(&line, ". What stands here was so before repmon watched.");
    paragraph(out, "", buf_text(&line));
    if (m->may_have_arrived)
        paragraph(out, "",
                  "This message may have arrived before: an earlier try was cut off "
                  "before the mail server's final reply.");
    for (size_t i = 0; i < m->note_count; i++)
        paragraph(out, "", m->notes[i]);
    buf_fini(&line);
}

static void not_askable(struct buf *out)
{
    heading(out, "CAN'T BE ASKED AT ALL");
    paragraph(out, "   ",
              "Microsoft 365, Gmail, Yahoo, Proofpoint and Cloudmark publish no list. Only their "
              "replies tell: give a bounce to \"repmon explain\".");
}

void compose_text(const struct message *m, struct buf *out)
{
    opening(out, m);
    size_t number = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        if (!is_first_look(&m->entries[i]))
            entry(out, &m->entries[i], ++number, m->time);
    }
    if (m->more_entries)
        buf_fmt(out, "\n   and %u more: repmon history\n", (unsigned)m->more_entries);
    still_open(out, m);
    unknown(out, m);
    if (!m->test)
        not_askable(out);
    how_to_ack(out, m);
    struct buf line;
    buf_init(&line, 8192);
    buf_fmt(&line, "repmon " REPMON_VERSION " on %.100s", m->instance);
    if (m->config[0])
        buf_fmt(&line, ", configuration %.1000s", m->config);
    buf_fmt(&line, ", message %.100s", m->id);
    buf_str(out, "\n-- \n");
    paragraph(out, "", buf_text(&line));
    buf_fini(&line);
}

/* ---- chats ---- */

static void short_entry(struct buf *line, const struct entry *e)
{
    compose_headline(e, line);
    if (e->count == 1 && e->label[0])
        buf_fmt(line, " (%.128s)", e->label);
    if (e->code_count) {
        buf_str(line, ": ");
        code_names(line, e->codes, e->code_count);
    }
    if (has_level(e))
        buf_fmt(line, ", %s", level_word(e->of_list ? e->severity_level : e->to));
    buf_fmt(line, ". %.300s", compose_advice(e));
    if (e->url[0] && strlen(e->url) < 300)
        buf_fmt(line, " %s", e->url);
}

void compose_short(const struct message *m, size_t max, struct buf *out)
{
    /* for the closing lines */
    size_t open_shown = max < 1500 ? 0 : m->open_count < SHORT_OPEN ? m->open_count : SHORT_OPEN;
    size_t reserve = 400 + open_shown * (SHORT_OPEN_LINE + 20);
    size_t start = out->len;
    struct buf line;
    buf_init(&line, 16384);
    size_t shown = 0;
    for (; shown < m->entry_count; shown++) {
        buf_clear(&line);
        short_entry(&line, &m->entries[shown]);
        if (out->len - start + line.len + 4 + reserve > max)
            break;
        buf_clean(out, buf_text(&line), line.len, line.len);
        buf_char(out, '\n');
    }
    uint32_t left = (uint32_t)(m->entry_count - shown) + m->more_entries;
    for (size_t i = 0; m->test && i < m->note_count; i++) {
        buf_clean(out, m->notes[i], strlen(m->notes[i]), 600);
        buf_char(out, '\n');
    }
    if (m->entry_count == 0)
        buf_str(out, m->baseline ? "First look: no findings among what could be proven.\n" : "");
    if (left)
        buf_fmt(out, "and %u more: repmon history\n", (unsigned)left);
    for (size_t i = 0; i < open_shown; i++) {
        buf_clear(&line);
        open_line(&line, &m->open[i]);
        buf_str(out, "Still open: ");
        buf_clean(out, buf_text(&line), line.len, SHORT_OPEN_LINE);
        buf_char(out, '\n');
    }
    uint32_t open_left = (uint32_t)(m->open_count - open_shown) + m->more_open;
    if (open_left)
        buf_fmt(out, "Still open for these addresses: %u%s\n", (unsigned)open_left,
                open_shown ? " more" : "");
    if (m->unknown_count)
        buf_fmt(out, "Not known in this run: %u list%s\n", (unsigned)m->unknown_count,
                m->unknown_count == 1 ? "" : "s");
    if (!m->test)
        buf_str(out, "Can't be asked: Microsoft 365, Gmail, Yahoo, Proofpoint, Cloudmark.\n");
    buf_clear(&line);
    buf_fmt(&line, "repmon on %.60s, %.80s", m->instance, m->id);
    buf_clean(out, buf_text(&line), line.len, 150);
    buf_fini(&line);
}
