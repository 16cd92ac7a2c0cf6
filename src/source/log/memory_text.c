/* SPDX-License-Identifier: ISC */
/*
 * The memory as text: each line is a word, then fields separated by blanks. Lines below a pair are
 * about it. Fields that may hold blanks come last, or have them replaced.
 */
#include "memory.h"

#include "repmon/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        if (h->unread)
            buf_fmt(out, "unread %" PRIu32 "\n", h->unread);
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

static void memory_put_totals(struct buf *out, const uint64_t totals[static PAIR_OUTCOMES])
{
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        memory_put_number(out, (int64_t)totals[o]);
    buf_char(out, '\n');
}

static void memory_put_own(struct buf *out, const struct ip *ip)
{
    char own[IP_TEXT_MAX] = "-";
    if (ip->family)
        ip_format(ip, own);
    memory_put_word(out, own);
}

static void memory_put_gone(struct buf *out, const struct ip *own, const char *receiver,
                            const uint64_t totals[static PAIR_OUTCOMES])
{
    buf_str(out, "gone");
    memory_put_own(out, own);
    memory_put_word(out, receiver);
    memory_put_totals(out, totals);
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
    buf_str(out, "pair");
    memory_put_own(out, &p->own);
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
    buf_str(out, "total");
    memory_put_totals(out, p->totals);
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

static int memory_message_order(const void *a, const void *b)
{
    const struct memory_message *x = *(const struct memory_message *const *)a;
    const struct memory_message *y = *(const struct memory_message *const *)b;
    if (x->time / HOUR_S != y->time / HOUR_S)
        return x->time < y->time ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/*
 * SQLite copies a part twice to write it, so no part may be large. 8,192 pairs make 48 parts, and
 * the messages at most 12 more than they span hours: fewer than the 128 that the store keeps apart.
 * Names of pairs sort before those of hours: they are read back first.
 */
#define PAIRS_A_PART    171
#define MESSAGES_A_PART 4096

/* One part per hour: only the last ones are rewritten. */
static void memory_put_kept(const struct memory *m, int64_t now, const uint32_t *number,
                            struct buf *out)
{
    const struct memory_message **kept = mem_array(m->message_count + 1, sizeof *kept);
    size_t count = 0;
    size_t in_part = 0;
    int64_t hour = -1;
    for (size_t i = 0; i < MEMORY_MESSAGES; i++) {
        const struct memory_message *k = &m->messages[i];
        if (k->hash && k->time / HOUR_S > (now - MESSAGE_KEEP_S) / HOUR_S && number[k->pair])
            kept[count++] = k;
    }
    if (count)
        qsort(kept, count, sizeof *kept, memory_message_order);
    for (size_t i = 0; i < count; i++) {
        const struct memory_message *k = kept[i];
        if (k->time / HOUR_S != hour) {
            buf_fmt(out, "part %" PRIu32 "\n", k->time / HOUR_S);
            in_part = 0;
        } else if (++in_part % MESSAGES_A_PART == 0) {
            buf_fmt(out, "part %" PRIu32 " %zu\n", k->time / HOUR_S, in_part / MESSAGES_A_PART);
        }
        hour = k->time / HOUR_S;
        buf_fmt(out, "message %016" PRIx64 " %" PRIu32 " %" PRIu32 " %d\n", k->hash, k->time,
                number[k->pair] - 1, (int)k->outcome);
    }
    free(kept);
}

void memory_format(const struct memory *m, int64_t now, struct buf *out)
{
    char key[2 * SIPHASH_KEY + 1];
    uint32_t *number = mem_array(m->pair_count + 1, sizeof *number); /* 1 + number in the text */
    uint32_t kept = 0;
    crypto_hex(m->key, sizeof m->key, key);
    buf_fmt(out, MEMORY_FIRST_LINE "\nkey %s\n", key);
    for (size_t i = 0; i < m->section_count; i++)
        memory_put_section(out, &m->sections[i]);
    for (size_t i = 0; i < m->unwatched_count; i++)
        memory_put_unwatched(out, &m->unwatched[i]);
    for (size_t i = 0; i < m->place_count; i++) {
        const struct memory_place *p = &m->places[i];
        if (!strchr(p->path, '\n')) /* a pattern may match a file with a line break in its name */
            buf_fmt(out, "place %s\nof %s\nat %s\n", p->section, p->path, p->position);
    }
    for (size_t i = 0; i < m->gone_count; i++)
        memory_put_gone(out, &m->gone[i].own, m->gone[i].receiver, m->gone[i].totals);
    for (size_t i = 0; i < m->pair_count; i++) {
        const struct pair *p = m->pairs[i];
        if (memory_is_forgotten(p, now)) {
            memory_put_gone(out, &p->own, p->in_table ? p->receiver : MEMORY_OTHERS, p->totals);
            continue;
        }
        if (kept && kept % PAIRS_A_PART == 0)
            buf_fmt(out, "part %03" PRIu32 "\n", kept / PAIRS_A_PART);
        number[i] = ++kept;
        memory_put_pair(out, p, now);
    }
    memory_put_kept(m, now, number, out);
    free(number);
}
