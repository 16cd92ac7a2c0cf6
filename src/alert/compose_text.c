/* SPDX-License-Identifier: ISC */
#include "compose_parts.h"

#include "repmon/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one entry ---- */

bool compose_is_list_trouble(const struct entry *e)
{
    return e->of_list && message_entry_level(e) > LEVEL_INFO;
}

void compose_text_headline(struct buf *out, const struct entry *e)
{
    compose_headline(e, out);
    if (compose_is_list_trouble(e))
        buf_fmt(out, ", %s", level_word(message_entry_level(e)));
}

static void compose_addresses(struct buf *out, const struct entry *e)
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

static void compose_codes(struct buf *out, const char *first, const struct code *codes,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf line;
        buf_init(&line, 4096);
        /* Without a DNS answer, as for ptr, both are the same word. */
        if (strcmp(codes[i].answer, codes[i].name) != 0 && !code_is_crossed(&codes[i]))
            buf_fmt(&line, "%s ", codes[i].answer);
        buf_fmt(&line, "%s (%s)", codes[i].name, level_word(severity_level(codes[i].severity)));
        buf_str(&line, codes[i].meaning[0] ? ": " : "");
        buf_shown(&line, codes[i].meaning, 1500);
        compose_paragraph(out, first, buf_text(&line));
        buf_fini(&line);
    }
}

void compose_code_names(struct buf *out, const struct code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_str(out, i ? ", " : "");
        buf_shown(out, codes[i].name, 100);
    }
}

/* The level and codes before, if they say anything: "was: ok" helps no reader. */
static void compose_before(struct buf *out, const struct entry *e)
{
    struct buf line;
    buf_init(&line, 4096);
    if (e->from > LEVEL_OK && e->kind != CHANGE_REMINDER) {
        buf_str(&line, level_word(e->from));
        if (e->code_from_count) {
            buf_str(&line, ": ");
            compose_code_names(&line, e->codes_from, e->code_from_count);
        }
        compose_paragraph(out, "   Before:    ", buf_text(&line));
    }
    buf_fini(&line);
}

/* `since` is when it began; for an expiry, when it comes. */
static void compose_moments(struct buf *out, const struct entry *e, time_t now)
{
    if (!e->since)
        return;
    bool over = !e->of_list && e->to <= LEVEL_OK;
    const char *label = "   Since:     ";
    if (e->kind == CHANGE_EXPIRING) /* still to come */
        label = "   Ends:      ";
    else if (over)
        label = "   Began:     ";
    struct buf line;
    buf_init(&line, 256);
    compose_moment(&line, e->since, now);
    compose_paragraph(out, label, buf_text(&line));
    buf_fini(&line);
}

static void compose_others(struct buf *out, const struct message *m, const struct entry *e)
{
    struct buf line;
    buf_init(&line, COMPOSE_PARAGRAPH);
    if (compose_not_over(&line, m, e))
        compose_paragraph(out, "   Not over:  ", buf_text(&line));
    buf_fini(&line);
}

bool compose_has_reason(const struct entry *e)
{
    bool over = !e->of_list && e->to <= LEVEL_OK;
    return e->reason[0] && !over && !strstr(compose_advice(e), e->reason);
}

/* For a failing list this text is a cure, not a reason. */
static void compose_reason(struct buf *out, const struct entry *e)
{
    const char *first = compose_is_list_trouble(e) ? "   Fix:       " : "   Reason:    ";
    if (compose_has_reason(e))
        compose_paragraph(out, first, e->reason);
}

static void compose_next_steps(struct buf *out, const struct message *m, const struct entry *e)
{
    const char *first = "   Do next:   ";
    struct buf steps;
    buf_init(&steps, COMPOSE_PARAGRAPH);
    compose_doctor(&steps, m, compose_advice(e));
    for (const char *line = buf_text(&steps); *line; line += *line == '\n') {
        size_t len = strcspn(line, "\n");
        char *step = mem_ndup(line, len);
        compose_paragraph(out, first, step);
        free(step);
        first = "              ";
        line += len;
    }
    buf_fini(&steps);
}

static void compose_pages(struct buf *out, const struct entry *e)
{
    bool one_page = e->url[0] && strcmp(e->url, e->delist) == 0;
    if (one_page)
        compose_paragraph(out, "   Look up and remove: ", e->url);
    else if (e->url[0])
        compose_paragraph(out, "   Look up:   ", e->url);
    if (e->delist[0] && !one_page)
        compose_paragraph(out, "   Remove:    ", e->delist);
}

static void compose_entry(struct buf *out, const struct message *m, const struct entry *e,
                          size_t number)
{
    struct buf line;
    buf_init(&line, 4096);
    compose_text_headline(&line, e);
    char first[32];
    snprintf(first, sizeof first, "%zu. ", number);
    buf_char(out, '\n');
    compose_paragraph(out, first, buf_text(&line));
    if (e->sentence && e->sentence[0])
        compose_paragraph(out, "   ", e->sentence);
    compose_addresses(out, e);
    compose_moments(out, e, m->time);
    compose_before(out, e);
    compose_codes(out, "   Code:      ", e->codes, e->code_count);
    if (e->code_count == 0 && e->state[0] && e->to != LEVEL_OK && !e->of_list)
        compose_paragraph(out, "   State:     ", e->state);
    if (e->of_list && e->cause != CAUSE_NONE)
        compose_paragraph(out, "   Why:       ", compose_why(e->dns_list, e->list, e->cause));
    if (e->of_list && e->count) {
        buf_clear(&line);
        buf_fmt(&line, "nothing proven about %u %s", (unsigned)e->count, entry_noun(e));
        compose_paragraph(out, "   Affects:   ", buf_text(&line));
    }
    compose_reason(out, e);
    compose_others(out, m, e);
    compose_next_steps(out, m, e);
    compose_pages(out, e);
    buf_fini(&line);
}

/* ---- the digest ---- */

const char *compose_first_note(const struct message *m)
{
    return m->no_state && m->note_count ? m->notes[0] : NULL;
}

/* What a first look found; what is below the channel's min_level is counted, never denied. */
static void compose_text_first_look(struct buf *line, const struct message *m,
                                    const struct entry *watched, uint32_t findings)
{
    buf_str(line, ".");
    bool no_list = watched && watched->cause != CAUSE_NONE;
    if (no_list && watched->to == LEVEL_UNKNOWN) {
        compose_doctor(line, m,
                       " Nothing could be proven, for the reasons below; \"repmon doctor\" says "
                       "more. Until something is, the state is unknown.");
        return;
    }
    if (no_list) {
        buf_fmt(line, " No list could be proven: %s.", compose_why(true, "", watched->cause));
        compose_doctor(
            line, m, " Run \"repmon doctor\"; until this is fixed, what the lists say is unknown.");
    }
    if (findings)
        buf_str(line, " These findings already existed when monitoring started.");
    else if (!no_list && !compose_below(m)[0])
        buf_str(line, " No findings in what could be proven.");
    if (compose_below(m)[0]) {
        buf_char(line, ' ');
        buf_shown(line, compose_below(m), 1000);
        buf_char(line, '.');
    }
    if (findings == 0)
        buf_str(line, " From now on a message comes only when something changes.");
}

static void compose_opening(struct buf *out, const struct message *m)
{
    const char *first = compose_first_note(m);
    struct buf line;
    char when[32];
    buf_init(&line, 4096);
    clock_format_local(m->time, when, sizeof when);
    uint32_t total = m->more_entries, findings = 0, reminders = 0;
    const struct entry *watched = NULL;
    for (size_t i = 0; i < m->entry_count; i++) {
        total++;
        reminders += m->entries[i].kind == CHANGE_REMINDER;
        if (compose_is_first_look(&m->entries[i]))
            watched = &m->entries[i];
        findings += !m->entries[i].of_list && m->entries[i].to > LEVEL_OK;
    }
    buf_shown(&line, m->instance, 100);
    buf_fmt(&line, ", %s%s: ", m->test ? "" : "run of ", when);
    if (m->test)
        buf_str(&line, "a test message, nothing has happened.");
    else if (!m->baseline && total == reminders)
        buf_str(&line, "nothing new. These findings are still open.");
    else if (!m->baseline)
        buf_fmt(&line, "%u change%s.", (unsigned)total, total == 1 ? "" : "s");
    else
        buf_str(&line, "the first look");
    if (m->baseline && watched && watched->count)
        buf_fmt(&line, " at %u %s", (unsigned)watched->count, entry_noun(watched));
    if (m->baseline)
        compose_text_first_look(&line, m, watched, findings);
    if (first)
        compose_paragraph(out, "", first);
    compose_paragraph(out, "", buf_text(&line));
    if (m->may_have_arrived)
        compose_paragraph(out, "",
                          "You may have received this message already: an earlier attempt was "
                          "interrupted before its outcome was known.");
    for (size_t i = 0; i < m->note_count; i++) {
        if (m->notes[i] != first)
            compose_paragraph(out, "", m->notes[i]);
    }
    buf_fini(&line);
}

/* One line per change, for reading on a telephone; a single change opens the body anyway. */
static void compose_summary(struct buf *out, const struct message *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->entry_count; i++)
        count += !compose_is_first_look(&m->entries[i]);
    if (count < 2)
        return;
    buf_char(out, '\n');
    for (size_t i = 0; i < m->entry_count; i++) {
        struct buf line;
        buf_init(&line, 1024);
        compose_text_headline(&line, &m->entries[i]);
        if (!compose_is_first_look(&m->entries[i]))
            compose_paragraph(out, "   ", buf_text(&line));
        buf_fini(&line);
    }
}

void compose_text(const struct message *m, struct buf *out)
{
    compose_opening(out, m);
    compose_summary(out, m);
    size_t number = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        if (!compose_is_first_look(&m->entries[i]))
            compose_entry(out, m, &m->entries[i], ++number);
    }
    if (m->more_entries)
        buf_fmt(out, "\n   and %u more: repmon history\n", (unsigned)m->more_entries);
    compose_still_open(out, m);
    compose_unknown(out, m);
    compose_unheard(out, m);
    compose_ack(out, m);
    struct buf line;
    buf_init(&line, 8192);
    buf_str(&line, "repmon " REPMON_VERSION " on ");
    buf_shown(&line, m->instance, 100);
    if (m->config[0]) {
        buf_str(&line, ", configuration ");
        buf_shown(&line, m->config, 1000);
    }
    buf_fmt(&line, ", message %s", m->id);
    buf_str(out, "\n-- \n");
    compose_paragraph(out, "", buf_text(&line));
    buf_fini(&line);
}
