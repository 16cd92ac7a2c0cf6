/* SPDX-License-Identifier: ISC */
#include "compose_parts.h"

#include "repmon/clock.h"
#include "repmon/conf.h"

#include <stdio.h>
#include <string.h>

#define SHORT_OPEN      5 /* open findings in a chat message */
#define SHORT_OPEN_LINE 120
#define ACK_EXAMPLES    3 /* command lines shown; more would hide the news */

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
        /* compose_paragraph() reads a bounded text, so long lists go in pieces */
        if (line.len > COMPOSE_PARAGRAPH - 2 * MESSAGE_RANGE_MAX) {
            compose_paragraph(out, "   Addresses: ", buf_text(&line));
            buf_clear(&line);
        }
    }
    if (e->more)
        buf_fmt(&line, " and %u more", (unsigned)e->more);
    if (line.len)
        compose_paragraph(out, "   Addresses: ", buf_text(&line));
    buf_fini(&line);
}

static void codes(struct buf *out, const char *first, const struct code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf line;
        buf_init(&line, 4096);
        /* Where there is no DNS answer both are the same word, as with ptr. */
        if (strcmp(codes[i].answer, codes[i].name) != 0)
            buf_fmt(&line, "%s ", codes[i].answer);
        buf_fmt(&line, "%s (%s)", codes[i].name, severity_word(codes[i].severity));
        if (codes[i].meaning[0])
            buf_fmt(&line, ": %.1500s", codes[i].meaning);
        compose_paragraph(out, first, buf_text(&line));
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
        compose_paragraph(out, "   Before:    ", buf_text(&line));
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
    compose_paragraph(out, first, buf_text(&line));
    addresses(out, e);
    if (e->since) {
        bool over = !e->of_list && e->to <= LEVEL_OK; /* `since` is when it began */
        const char *label = e->kind == CHANGE_EXPIRING ? "   Ends:      " /* still to come */
                            : over                     ? "   Began:     "
                                                       : "   Since:     ";
        buf_clear(&line);
        compose_moment(&line, e->since, now);
        compose_paragraph(out, label, buf_text(&line));
    }
    before(out, e);
    codes(out, "   Code:      ", e->codes, e->code_count);
    if (e->code_count == 0 && e->state[0] && e->to != LEVEL_OK && !e->of_list)
        compose_paragraph(out, "   State:     ", e->state);
    if (e->of_list && e->cause != CAUSE_NONE)
        compose_paragraph(out, "   Why:       ", compose_cause(e->cause));
    if (e->of_list && e->count) {
        buf_clear(&line);
        buf_fmt(&line, "nothing proven of %u address%s", (unsigned)e->count,
                e->count == 1 ? "" : "es");
        compose_paragraph(out, "   Affects:   ", buf_text(&line));
    }
    if (e->reason[0])
        compose_paragraph(out, "   Reason:    ", e->reason);
    compose_paragraph(out, "   Do next:   ", compose_advice(e));
    if (e->url[0])
        compose_paragraph(out, "   Look here: ", e->url);
    buf_fini(&line);
}

/* ---- the digest ---- */

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
            compose_heading(out,
                            "TO ACKNOWLEDGE (silent for 30 days, or until it ends or gets worse)");
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

/* The note that stands before all else, or NULL. */
static const char *first_note(const struct message *m)
{
    static const char begin[] = MESSAGE_NO_STATE;
    for (size_t i = 0; i < m->note_count; i++) {
        if (strncmp(m->notes[i], begin, sizeof begin - 1) == 0)
            return m->notes[i];
    }
    return NULL;
}

static void opening(struct buf *out, const struct message *m)
{
    const char *first = first_note(m);
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
    if (first)
        compose_paragraph(out, "", first);
    compose_paragraph(out, "", buf_text(&line));
    if (m->may_have_arrived)
        compose_paragraph(out, "",
                          "This message may have arrived before: an earlier try was cut off "
                          "before the mail server's final reply.");
    for (size_t i = 0; i < m->note_count; i++) {
        if (m->notes[i] != first)
            compose_paragraph(out, "", m->notes[i]);
    }
    buf_fini(&line);
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
    compose_still_open(out, m);
    compose_unknown(out, m);
    if (!m->test)
        compose_not_askable(out);
    how_to_ack(out, m);
    struct buf line;
    buf_init(&line, 8192);
    buf_fmt(&line, "repmon " REPMON_VERSION " on %.100s", m->instance);
    if (m->config[0])
        buf_fmt(&line, ", configuration %.1000s", m->config);
    buf_fmt(&line, ", message %.100s", m->id);
    buf_str(out, "\n-- \n");
    compose_paragraph(out, "", buf_text(&line));
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
    const char *first = first_note(m);
    if (first && !m->test) {
        buf_clean(out, first, strlen(first), 300);
        buf_char(out, '\n');
    }
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
        buf_fmt(out, "Not known in this run: %u list%s\n", (unsigned)m->unknown_count,
                m->unknown_count == 1 ? "" : "s");
    if (!m->test)
        buf_str(out, "Can't be asked: Microsoft 365, Gmail, Yahoo, Proofpoint, Cloudmark.\n");
    buf_clear(&line);
    buf_fmt(&line, "repmon on %.60s, %.80s", m->instance, m->id);
    buf_clean(out, buf_text(&line), line.len, 150);
    buf_fini(&line);
}
