/* SPDX-License-Identifier: ISC */
/*
 * The memory as text: a word, then fields parted by blanks, one thing a line. Lines below a pair
 * are about it. Fields that may hold blanks come last, or have them replaced.
 */
#include "memory.h"

#include "repmon/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "log 1"

/* ---- writing ---- */

static void put_word(struct buf *out, const char *word)
{
    buf_char(out, ' ');
    if (!word[0])
        buf_char(out, '-');
    for (const char *c = word; *c; c++)
        buf_char(out, *c == ' ' || *c == '\n' ? '_' : *c);
}

static void put_number(struct buf *out, int64_t n)
{
    buf_fmt(out, " %" PRId64, n);
}

static void put_hours(struct buf *out, const struct pair *p, int64_t now)
{
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->hour < (now - PAIR_LAPSE_S) / HOUR_S)
            continue;
        buf_str(out, "hour");
        put_number(out, h->hour);
        for (size_t o = 0; o < PAIR_OUTCOMES; o++)
            put_number(out, h->messages[o]);
        put_number(out, h->first_taken);
        put_number(out, h->last_taken);
        buf_char(out, '\n');
    }
}

static void put_relays(struct buf *out, const struct pair *p)
{
    for (size_t i = 0; i < p->relay_count; i++)
        buf_fmt(out, "relay %" PRIu32 " %" PRId64 " %" PRId64 "\n", p->relays[i].relay,
                p->relays[i].taken, p->relays[i].refused);
}

static void put_evidence(struct buf *out, const struct pair_evidence *e)
{
    if (e->time == 0)
        return;
    buf_str(out, "evidence");
    put_number(out, e->time);
    put_number(out, e->decisive);
    put_number(out, e->assumed);
    put_word(out, e->code);
    put_word(out, e->row);
    put_word(out, e->url);
    buf_fmt(out, " %s\n", e->sample);
}

static void put_pair(struct buf *out, const struct pair *p, int64_t now)
{
    char own[IP_TEXT_MAX] = "-";
    if (p->own.family)
        ip_format(&p->own, own);
    buf_str(out, "pair");
    put_word(out, own);
    put_word(out, p->receiver);
    put_number(out, p->in_table);
    put_number(out, p->many_tenants);
    put_number(out, (int64_t)p->state);
    put_number(out, p->since);
    put_number(out, p->first_refused);
    put_number(out, p->last_refused);
    put_number(out, p->first_throttled);
    put_number(out, p->last_throttled);
    put_number(out, p->last_decisive);
    buf_char(out, '\n');
    put_hours(out, p, now);
    put_relays(out, p);
    put_evidence(out, &p->evidence);
}

/* Nothing was heard for so long that there is nothing left to remember. */
static bool is_forgotten(const struct pair *p, int64_t now)
{
    return p->state <= PAIR_ACCEPTED && pair_last_heard(p) < now - PAIR_LAPSE_S;
}

void memory_format(const struct memory *m, int64_t now, struct buf *out)
{
    char key[2 * SIPHASH_KEY + 1];
    uint32_t *number = mem_array(m->pair_count + 1, sizeof *number); /* 1 + the one in the text */
    uint32_t kept = 0;
    digest_hex(m->key, sizeof m->key, key);
    buf_fmt(out, FIRST_LINE "\nkey %s\n", key);
    for (size_t i = 0; i < m->section_count; i++) {
        const struct memory_section *s = &m->sections[i];
        buf_fmt(out, "section %" PRId64 " %" PRId64 " %" PRId64 " %s\n", s->last_line,
                s->longest_gap, s->not_assumed, s->name);
    }
    for (size_t i = 0; i < m->place_count; i++)
        buf_fmt(out, "place %s\nof %s\nat %s\n", m->places[i].section, m->places[i].path,
                m->places[i].position);
    for (size_t i = 0; i < m->pair_count; i++) {
        if (is_forgotten(m->pairs[i], now))
            continue;
        number[i] = ++kept;
        put_pair(out, m->pairs[i], now);
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

struct reading {
    struct memory *m;
    struct pair *pair;          /* that lines below it are about */
    char *section;              /* owned: of the place that follows */
    struct memory_place *place; /* the same */
    const char *at;             /* of the line, what is left */
    bool bad;
};

static void get_word(struct reading *r, char *out, size_t size)
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

static int64_t get_number(struct reading *r)
{
    char *end;
    long long n = strtoll(r->at, &end, 10);
    r->bad |= end == r->at || (*end && *end != ' ');
    r->at = *end == ' ' ? end + 1 : end;
    return n;
}

static uint32_t get_count(struct reading *r, int64_t max)
{
    int64_t n = get_number(r);
    r->bad |= n < 0 || n > max;
    return r->bad ? 0 : (uint32_t)n;
}

static void read_key(struct reading *r)
{
    struct memory *m = r->m;
    r->bad |= strlen(r->at) != 2 * sizeof m->key;
    for (size_t i = 0; i < sizeof m->key && !r->bad; i++) {
        unsigned byte;
        r->bad |= sscanf(r->at + 2 * i, "%2x", &byte) != 1;
        m->key[i] = (uint8_t)byte;
    }
}

static void read_section(struct reading *r)
{
    int64_t last_line = get_number(r);
    int64_t longest_gap = get_number(r);
    int64_t not_assumed = get_number(r);
    if (r->bad)
        return;
    struct memory_section *s = memory_section(r->m, r->at);
    s->last_line = last_line;
    s->longest_gap = longest_gap;
    s->not_assumed = not_assumed;
}

/* Three lines, since paths may hold blanks: whose, of which file, at which position. */
static void read_place(struct reading *r)
{
    free(r->section);
    r->section = mem_dup(r->at);
}

static void read_of(struct reading *r)
{
    r->bad |= !r->section;
    if (!r->bad)
        r->place = memory_place(r->m, r->section, r->at);
}

static void read_at(struct reading *r)
{
    r->bad |= !r->place;
    if (r->bad)
        return;
    free(r->place->position);
    r->place->position = mem_dup(r->at);
}

static void read_pair(struct reading *r)
{
    char own[IP_TEXT_MAX];
    char receiver[256];
    struct ip ip = {0};
    get_word(r, own, sizeof own);
    get_word(r, receiver, sizeof receiver);
    r->bad |= own[0] && !ip_parse_raw(own, &ip);
    struct pair *p = r->bad ? NULL : memory_pair(r->m, &ip, receiver, get_number(r) != 0);
    r->bad |= !p;
    if (r->bad)
        return;
    p->many_tenants = get_number(r) != 0;
    p->state = (enum pair_state)get_count(r, PAIR_STATES - 1);
    p->since = get_number(r);
    p->first_refused = get_number(r);
    p->last_refused = get_number(r);
    p->first_throttled = get_number(r);
    p->last_throttled = get_number(r);
    p->last_decisive = get_number(r);
    r->pair = p;
}

static void read_hour(struct reading *r)
{
    r->bad |= !r->pair || r->pair->hour_count == PAIR_HOURS;
    if (r->bad)
        return;
    struct pair_hour *h = &r->pair->hours[r->pair->hour_count++];
    h->hour = get_number(r);
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        h->messages[o] = get_count(r, UINT32_MAX);
    h->first_taken = get_number(r);
    h->last_taken = get_number(r);
    r->bad |= r->pair->hour_count > 1 && h[-1].hour >= h->hour;
}

static void read_relay(struct reading *r)
{
    r->bad |= !r->pair || r->pair->relay_count == PAIR_RELAYS;
    if (r->bad)
        return;
    struct pair_relay *relay = &r->pair->relays[r->pair->relay_count++];
    relay->relay = get_count(r, UINT32_MAX);
    relay->taken = get_number(r);
    relay->refused = get_number(r);
}

static void read_evidence(struct reading *r)
{
    r->bad |= !r->pair;
    if (r->bad)
        return;
    struct pair_evidence *e = &r->pair->evidence;
    e->time = get_number(r);
    e->decisive = get_number(r) != 0;
    e->assumed = get_number(r) != 0;
    get_word(r, e->code, sizeof e->code);
    get_word(r, e->row, sizeof e->row);
    get_word(r, e->url, sizeof e->url);
    snprintf(e->sample, sizeof e->sample, "%s", r->at);
}

static void read_message(struct reading *r)
{
    char hash[20];
    get_word(r, hash, sizeof hash);
    struct memory_message k = {.hash = strtoull(hash, NULL, 16), .time = get_number(r)};
    k.pair = get_count(r, UINT32_MAX);
    k.outcome = (enum pair_outcome)get_count(r, PAIR_OUTCOMES - 1);
    r->bad |= k.hash == 0 || k.pair >= r->m->pair_count;
    r->bad |= r->m->message_count >= MEMORY_MESSAGES / 4 * 3;
    if (!r->bad)
        memory_keep(r->m, &k);
}

static const struct {
    const char *word;
    void (*read)(struct reading *r);
} lines[] = {
    {"key", read_key},         {"section", read_section}, {"place", read_place},
    {"of", read_of},           {"at", read_at},           {"pair", read_pair},
    {"hour", read_hour},       {"relay", read_relay},     {"evidence", read_evidence},
    {"message", read_message},
};

static void read_line(struct reading *r, const char *line)
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
    struct reading r = {.m = m};
    memory_init(m);
    if (strncmp(text, FIRST_LINE "\n", strlen(FIRST_LINE) + 1) != 0)
        return false;
    text += strlen(FIRST_LINE) + 1;
    while (*text && !r.bad) {
        size_t len = strcspn(text, "\n");
        char *line = mem_ndup(text, len);
        read_line(&r, line);
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
