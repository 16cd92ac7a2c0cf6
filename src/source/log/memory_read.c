/* SPDX-License-Identifier: ISC */
/* Reads the memory back from its text (memory_text.c); a text that is not ours is rejected. */
#include "memory.h"

#include "repmon/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_END (INT64_C(1) << 60) /* the minutes of an hour are bits */
#define TIME_END   (INT64_C(1) << 40)

struct memory_reading {
    struct memory *m;
    struct pair *pair;          /* that the following lines are about */
    char *section;              /* owned: of the place that follows */
    struct memory_place *place; /* the same */
    const char *at;             /* the rest of the line */
    bool bad;
};

static void memory_get_word(struct memory_reading *r, char *out, size_t size)
{
    size_t len = strcspn(r->at, " ");
    r->bad |= len == 0 || len >= size;
    if (r->bad)
        len = 0;
    memcpy(out, r->at, len);
    out[len] = '\0';
    if (strcmp(out, "-") == 0)
        out[0] = '\0';
    r->at += len + (r->at[len] == ' ');
}

/* Times, counts and masks are never negative; a wild one must not overflow later sums. */
static int64_t memory_get_number(struct memory_reading *r)
{
    char *end;
    long long n = strtoll(r->at, &end, 10);
    r->bad |= end == r->at || (*end && *end != ' ');
    r->bad |= n < 0 || n >= NUMBER_END;
    r->at = *end == ' ' ? end + 1 : end;
    return r->bad ? 0 : n;
}

/* A time, or an hour or day counted from 1970, which `unit` turns into seconds. */
static int64_t memory_get_time(struct memory_reading *r, int64_t unit)
{
    int64_t n = memory_get_number(r);
    r->bad |= n > TIME_END / unit;
    return r->bad ? 0 : n;
}

static uint32_t memory_get_count(struct memory_reading *r, int64_t max)
{
    int64_t n = memory_get_number(r);
    r->bad |= n < 0 || n > max;
    return r->bad ? 0 : (uint32_t)n;
}

static void memory_read_key(struct memory_reading *r)
{
    struct memory *m = r->m;
    r->bad |= !crypto_unhex(r->at, m->key, sizeof m->key);
}

static void memory_read_section(struct memory_reading *r)
{
    struct memory_section s = {.first_line = memory_get_time(r, 1)};
    s.last_line = memory_get_time(r, 1);
    s.gap_week = memory_get_time(r, 7 * DAY_S);
    for (size_t i = 0; i < MEMORY_GAP_WEEKS; i++)
        s.longest_gaps[i] = memory_get_time(r, 1);
    s.not_assumed = memory_get_time(r, 1);
    if (r->bad)
        return;
    struct memory_section *known = memory_section(r->m, r->at);
    s.name = known->name;
    *known = s;
}

static void memory_read_unwatched(struct memory_reading *r)
{
    char ip[IP_TEXT_MAX];
    struct memory_unwatched u = {.proven = 0};
    memory_get_word(r, ip, sizeof ip);
    for (size_t i = 0; i < 2; i++) {
        u.receivers[i] = memory_get_count(r, UINT32_MAX);
        u.named[i] = memory_get_time(r, 1);
    }
    u.proven = memory_get_time(r, 1);
    r->bad |= !ip_parse_raw(ip, &u.ip) || r->m->unwatched_count == MEMORY_UNWATCHED;
    if (!r->bad)
        r->m->unwatched[r->m->unwatched_count++] = u;
}

/* Three lines, since paths may hold blanks: whose, of which file, at which position. */
static void memory_read_place(struct memory_reading *r)
{
    free(r->section);
    r->section = mem_dup(r->at);
}

static void memory_read_of(struct memory_reading *r)
{
    r->bad |= !r->section;
    if (!r->bad)
        r->place = memory_place(r->m, r->section, r->at);
}

static void memory_read_at(struct memory_reading *r)
{
    r->bad |= !r->place;
    if (r->bad)
        return;
    free(r->place->position);
    r->place->position = mem_dup(r->at);
}

static void memory_read_pair(struct memory_reading *r)
{
    char own[IP_TEXT_MAX];
    char receiver[256];
    char code[sizeof((struct pair *)0)->code];
    struct ip ip = {0};
    memory_get_word(r, own, sizeof own);
    memory_get_word(r, receiver, sizeof receiver);
    memory_get_word(r, code, sizeof code);
    bool was_told = memory_get_number(r) != 0;
    r->bad |= own[0] && !ip_parse_raw(own, &ip);
    struct pair *p = r->bad ? NULL : memory_pair(r->m, &ip, receiver, memory_get_number(r) != 0);
    r->bad |= !p;
    if (r->bad)
        return;
    snprintf(p->code, sizeof p->code, "%s", code);
    p->was_told = p->told = was_told;
    p->many_tenants = memory_get_number(r) != 0;
    p->state = (enum pair_state)memory_get_count(r, PAIR_STATES - 1);
    p->since = memory_get_time(r, 1);
    p->first_refused = memory_get_time(r, 1);
    p->last_refused = memory_get_time(r, 1);
    p->first_throttled = memory_get_time(r, 1);
    p->last_throttled = memory_get_time(r, 1);
    p->last_decisive = memory_get_time(r, 1);
    p->last_taken = memory_get_time(r, 1);
    p->judged_taken = memory_get_time(r, 1);
    r->pair = p;
}

static void memory_get_messages(struct memory_reading *r, uint32_t messages[static PAIR_OUTCOMES])
{
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        messages[o] = memory_get_count(r, UINT32_MAX);
}

static void memory_read_hour(struct memory_reading *r)
{
    struct pair_hour h = {.hour = memory_get_time(r, HOUR_S)};
    memory_get_messages(r, h.messages);
    h.taken_minutes = (uint64_t)memory_get_number(r);
    h.first_taken = memory_get_time(r, 1);
    h.last_taken = memory_get_time(r, 1);
    h.first_put_off = memory_get_time(r, 1);
    r->bad |= !r->pair;
    r->bad |= !r->bad && !pair_put_hour(r->pair, &h);
}

/* Belongs to the hour in the line before. */
static void memory_read_unread(struct memory_reading *r)
{
    r->bad |= !r->pair || r->pair->hour_count == 0;
    if (!r->bad)
        r->pair->hours[r->pair->hour_count - 1].unread = memory_get_count(r, UINT32_MAX);
}

static void memory_read_day(struct memory_reading *r)
{
    r->bad |= !r->pair || r->pair->day_count == PAIR_DAYS;
    if (r->bad)
        return;
    struct pair_day *d = &r->pair->days[r->pair->day_count++];
    d->day = memory_get_time(r, DAY_S);
    memory_get_messages(r, d->messages);
    r->bad |= r->pair->day_count > 1 && d[-1].day >= d->day;
}

static void memory_get_totals(struct memory_reading *r, uint64_t totals[static PAIR_OUTCOMES])
{
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        totals[o] = (uint64_t)memory_get_number(r);
}

static void memory_read_total(struct memory_reading *r)
{
    r->bad |= !r->pair;
    if (!r->bad)
        memory_get_totals(r, r->pair->totals);
}

static void memory_read_gone(struct memory_reading *r)
{
    char own[IP_TEXT_MAX];
    char receiver[256];
    uint64_t totals[PAIR_OUTCOMES];
    struct ip ip = {0};
    memory_get_word(r, own, sizeof own);
    memory_get_word(r, receiver, sizeof receiver);
    memory_get_totals(r, totals);
    r->bad |= own[0] && !ip_parse_raw(own, &ip);
    if (!r->bad)
        memory_add_gone(r->m, &ip, receiver, totals);
}

static void memory_read_relay(struct memory_reading *r)
{
    r->bad |= !r->pair || r->pair->relay_count == PAIR_RELAYS;
    if (r->bad)
        return;
    struct pair_relay *relay = &r->pair->relays[r->pair->relay_count++];
    relay->relay = memory_get_count(r, UINT32_MAX);
    relay->taken = memory_get_time(r, 1);
    relay->refused = memory_get_time(r, 1);
}

static void memory_read_evidence(struct memory_reading *r)
{
    r->bad |= !r->pair;
    if (r->bad)
        return;
    struct pair_evidence e = {.time = memory_get_time(r, 1)};
    e.outcome = (enum pair_outcome)memory_get_count(r, PAIR_OUTCOMES - 1);
    e.assumed = memory_get_number(r) != 0;
    memory_get_word(r, e.log, sizeof e.log);
    memory_get_word(r, e.code, sizeof e.code);
    memory_get_word(r, e.row, sizeof e.row);
    memory_get_word(r, e.list, sizeof e.list);
    memory_get_word(r, e.url, sizeof e.url);
    r->bad |= strlen(r->at) > PAIR_SAMPLE;
    if (r->bad)
        return;
    snprintf(e.sample, sizeof e.sample, "%s", r->at);
    pair_keep_evidence(r->pair, &e);
}

static void memory_read_message(struct memory_reading *r)
{
    char hash[20];
    memory_get_word(r, hash, sizeof hash);
    struct memory_message k = {.hash = strtoull(hash, NULL, 16)};
    k.time = memory_get_count(r, UINT32_MAX);
    k.pair = (uint16_t)memory_get_count(r, MEMORY_PAIRS - 1);
    k.outcome = (uint8_t)memory_get_count(r, PAIR_OUTCOMES - 1);
    r->bad |= k.hash == 0 || k.pair >= r->m->pair_count;
    r->bad |= r->m->message_count >= MEMORY_MESSAGES / 4 * 3;
    if (!r->bad)
        memory_keep(r->m, &k);
}

static void memory_read_part(struct memory_reading *r)
{
    (void)r; /* this line is for the store */
}

static const struct {
    const char *word;
    void (*read)(struct memory_reading *r);
} lines[] = {
    {"key", memory_read_key},
    {"section", memory_read_section},
    {"unwatched", memory_read_unwatched},
    {"place", memory_read_place},
    {"of", memory_read_of},
    {"at", memory_read_at},
    {"gone", memory_read_gone},
    {"pair", memory_read_pair},
    {"total", memory_read_total},
    {"hour", memory_read_hour},
    {"unread", memory_read_unread},
    {"day", memory_read_day},
    {"relay", memory_read_relay},
    {"evidence", memory_read_evidence},
    {"message", memory_read_message},
    {"part", memory_read_part},
};

static void memory_read_line(struct memory_reading *r, const char *line)
{
    size_t len = strcspn(line, " ");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (strlen(lines[i].word) != len || strncmp(lines[i].word, line, len) != 0)
            continue;
        r->at = line + len + (line[len] == ' ');
        lines[i].read(r);
        return;
    }
    r->bad = true;
}

bool memory_parse(struct memory *m, const char *text)
{
    struct memory_reading r = {.m = m};
    memory_init(m);
    if (strncmp(text, MEMORY_FIRST_LINE "\n", strlen(MEMORY_FIRST_LINE) + 1) != 0)
        return false;
    text += strlen(MEMORY_FIRST_LINE) + 1;
    while (*text && !r.bad) {
        size_t len = strcspn(text, "\n");
        char *line = mem_ndup(text, len);
        memory_read_line(&r, line);
        free(line);
        text += len + (text[len] == '\n');
    }
    free(r.section);
    if (!r.bad)
        return true;
    memory_fini(m);
    memory_init(m);
    return false;
}
