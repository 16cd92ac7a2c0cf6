/* SPDX-License-Identifier: ISC */
/*
 * The memory as text: a word, then fields parted by blanks, one thing a line. Lines below a pair
 * are about it. Fields that may hold blanks come last, or have them replaced.
 */
#include "memory.h"

#include "repmon/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "log 2"
#define NUMBER_END (INT64_C(1) << 60) /* the minutes of an hour are bits */
#define TIME_END   (INT64_C(1) << 40)

/* ---- writing ---- */

static void memory_put_word(struct buf *out, const char *word)
{
    buf_char(out, ' ');
    if (!word[0])
        buf_char(out, '-');
    for (const char *c = word; *c; c++)
        buf_char(out, (unsigned char)*c <= ' ' ? '_' : *c);
}

static void memory_put_number(struct buf *out, int64_t n)
{
    buf_fmt(out, " %" PRId64, n);
}

static void memory_put_messages(struct buf *out, const uint32_t messages[static PAIR_OUTCOMES])
{
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        memory_put_number(out, messages[o]);
}

static void memory_put_hours(struct buf *out, const struct pair *p, int64_t now)
{
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->hour < (now - PAIR_LAPSE_S) / HOUR_S)
            continue;
        buf_str(out, "hour");
        memory_put_number(out, h->hour);
        memory_put_messages(out, h->messages);
        memory_put_number(out, (int64_t)h->taken_minutes);
        memory_put_number(out, h->first_taken);
        memory_put_number(out, h->last_taken);
        memory_put_number(out, h->first_put_off);
        buf_char(out, '\n');
    }
}

static void memory_put_days(struct buf *out, const struct pair *p)
{
    for (size_t i = 0; i < p->day_count; i++) {
        buf_str(out, "day");
        memory_put_number(out, p->days[i].day);
        memory_put_messages(out, p->days[i].messages);
        buf_char(out, '\n');
    }
}

static void memory_put_totals(struct buf *out, const struct pair *p)
{
    buf_str(out, "total");
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        memory_put_number(out, (int64_t)p->totals[o]);
    buf_char(out, '\n');
}

static void memory_put_relays(struct buf *out, const struct pair *p)
{
    for (size_t i = 0; i < p->relay_count; i++)
        buf_fmt(out, "relay %" PRIu32 " %" PRId64 " %" PRId64 "\n", p->relays[i].relay,
                p->relays[i].taken, p->relays[i].refused);
}

static void memory_put_evidence(struct buf *out, const struct pair_evidence *e)
{
    if (!e)
        return;
    buf_str(out, "evidence");
    memory_put_number(out, e->time);
    memory_put_number(out, (int64_t)e->outcome);
    memory_put_number(out, e->assumed);
    memory_put_word(out, e->log);
    memory_put_word(out, e->code);
    memory_put_word(out, e->row);
    memory_put_word(out, e->list);
    memory_put_word(out, e->url);
    buf_fmt(out, " %s\n", e->sample);
}

static void memory_put_pair(struct buf *out, const struct pair *p, int64_t now)
{
    char own[IP_TEXT_MAX] = "-";
    if (p->own.family)
        ip_format(&p->own, own);
    buf_str(out, "pair");
    memory_put_word(out, own);
    memory_put_word(out, p->receiver);
    memory_put_word(out, p->code);
    memory_put_number(out, p->told && p->state > PAIR_ACCEPTED);
    memory_put_number(out, p->in_table);
    memory_put_number(out, p->many_tenants);
    memory_put_number(out, (int64_t)p->state);
    memory_put_number(out, p->since);
    memory_put_number(out, p->first_refused);
    memory_put_number(out, p->last_refused);
    memory_put_number(out, p->first_throttled);
    memory_put_number(out, p->last_throttled);
    memory_put_number(out, p->last_decisive);
    memory_put_number(out, p->last_taken);
    memory_put_number(out, p->judged_taken);
    buf_char(out, '\n');
    memory_put_totals(out, p);
    memory_put_hours(out, p, now);
    memory_put_days(out, p);
    memory_put_relays(out, p);
    memory_put_evidence(out, p->evidence);
}

static void memory_put_section(struct buf *out, const struct memory_section *s)
{
    buf_str(out, "section");
    memory_put_number(out, s->first_line);
    memory_put_number(out, s->last_line);
    memory_put_number(out, s->gap_week);
    for (size_t i = 0; i < MEMORY_GAP_WEEKS; i++)
        memory_put_number(out, s->longest_gaps[i]);
    memory_put_number(out, s->not_assumed);
    buf_fmt(out, " %s\n", s->name);
}

static void memory_put_unwatched(struct buf *out, const struct memory_unwatched *u)
{
    char ip[IP_TEXT_MAX];
    ip_format(&u->ip, ip);
    buf_str(out, "unwatched");
    memory_put_word(out, ip);
    for (size_t i = 0; i < 2; i++) {
        memory_put_number(out, u->receivers[i]);
        memory_put_number(out, u->named[i]);
    }
    memory_put_number(out, u->proven);
    buf_char(out, '\n');
}

/* Nothing was heard for so long that there is nothing left to remember. */
static bool memory_is_forgotten(const struct pair *p, int64_t now)
{
    return p->state <= PAIR_ACCEPTED && pair_last_heard(p) < now - PAIR_LAPSE_S;
}

void memory_format(const struct memory *m, int64_t now, struct buf *out)
{
    char key[2 * SIPHASH_KEY + 1];
    uint32_t *number = mem_array(m->pair_count + 1, sizeof *number); /* 1 + the one in the text */
    uint32_t kept = 0;
    crypto_hex(m->key, sizeof m->key, key);
    buf_fmt(out, FIRST_LINE "\nkey %s\n", key);
    for (size_t i = 0; i < m->section_count; i++)
        memory_put_section(out, &m->sections[i]);
    for (size_t i = 0; i < m->unwatched_count; i++)
        memory_put_unwatched(out, &m->unwatched[i]);
    for (size_t i = 0; i < m->place_count; i++) {
        const struct memory_place *p = &m->places[i];
        if (!strchr(p->path, '\n')) /* a pattern may find such a file */
            buf_fmt(out, "place %s\nof %s\nat %s\n", p->section, p->path, p->position);
    }
    for (size_t i = 0; i < m->pair_count; i++) {
        if (memory_is_forgotten(m->pairs[i], now))
            continue;
        number[i] = ++kept;
        memory_put_pair(out, m->pairs[i], now);
    }
    for (size_t i = 0; i < MEMORY_MESSAGES; i++) {
        const struct memory_message *k = &m->messages[i];
        if (k->hash && k->time > now - MESSAGE_KEEP_S && number[k->pair])
            buf_fmt(out, "message %016" PRIx64 " %" PRId64 " %" PRIu32 " %d\n", k->hash, k->time,
                    number[k->pair] - 1, (int)k->outcome);
    }
    free(number);
}

/* ---- reading ---- */

struct memory_reading {
    struct memory *m;
    struct pair *pair;          /* that lines below it are about */
    char *section;              /* owned: of the place that follows */
    struct memory_place *place; /* the same */
    const char *at;             /* of the line, what is left */
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

/* A time, or an hour or day counted from 1970, that `unit` makes seconds of. */
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
    r->bad |= strlen(r->at) != 2 * sizeof m->key;
    for (size_t i = 0; i < sizeof m->key && !r->bad; i++) {
        unsigned byte;
        r->bad |= sscanf(r->at + 2 * i, "%2x", &byte) != 1;
        m->key[i] = (uint8_t)byte;
    }
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

static void memory_read_total(struct memory_reading *r)
{
    r->bad |= !r->pair;
    for (size_t o = 0; o < PAIR_OUTCOMES && !r->bad; o++)
        r->pair->totals[o] = (uint64_t)memory_get_number(r);
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
    struct memory_message k = {.hash = strtoull(hash, NULL, 16), .time = memory_get_time(r, 1)};
    k.pair = memory_get_count(r, UINT32_MAX);
    k.outcome = (enum pair_outcome)memory_get_count(r, PAIR_OUTCOMES - 1);
    r->bad |= k.hash == 0 || k.pair >= r->m->pair_count;
    r->bad |= r->m->message_count >= MEMORY_MESSAGES / 4 * 3;
    if (!r->bad)
        memory_keep(r->m, &k);
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
    {"pair", memory_read_pair},
    {"total", memory_read_total},
    {"hour", memory_read_hour},
    {"day", memory_read_day},
    {"relay", memory_read_relay},
    {"evidence", memory_read_evidence},
    {"message", memory_read_message},
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
    if (strncmp(text, FIRST_LINE "\n", strlen(FIRST_LINE) + 1) != 0)
        return false;
    text += strlen(FIRST_LINE) + 1;
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
