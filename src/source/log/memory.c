/* SPDX-License-Identifier: ISC */
#include "memory.h"

#include "repmon/crypto.h"

#include <stdlib.h>
#include <string.h>

#define PAIR_SLOTS (2 * MEMORY_PAIRS)

void memory_init(struct memory *m)
{
    *m = (struct memory){0};
    crypto_random(m->key, sizeof m->key);
    m->index = mem_array(PAIR_SLOTS, sizeof *m->index);
    m->messages = mem_array(MEMORY_MESSAGES, sizeof *m->messages);
}

void memory_fini(struct memory *m)
{
    for (size_t i = 0; i < m->pair_count; i++) {
        pair_fini(m->pairs[i]);
        free(m->pairs[i]);
    }
    for (size_t i = 0; i < m->place_count; i++) {
        free(m->places[i].section);
        free(m->places[i].path);
        free(m->places[i].position);
    }
    for (size_t i = 0; i < m->section_count; i++)
        free(m->sections[i].name);
    for (size_t i = 0; i < m->gone_count; i++)
        free(m->gone[i].receiver);
    free(m->gone);
    free(m->pairs);
    free(m->index);
    free(m->messages);
    free(m->places);
    free(m->sections);
    *m = (struct memory){0};
}

static size_t memory_pair_slot(const struct memory *m, const struct ip *own, const char *receiver)
{
    char text[sizeof *own + 256];
    size_t len = strnlen(receiver, 255);
    memcpy(text, own, sizeof *own);
    memcpy(text + sizeof *own, receiver, len);
    size_t at = siphash(m->key, text, sizeof *own + len) % PAIR_SLOTS;
    for (; m->index[at]; at = (at + 1) % PAIR_SLOTS) {
        const struct pair *p = m->pairs[m->index[at] - 1];
        if (ip_cmp(&p->own, own) == 0 && strcmp(p->receiver, receiver) == 0)
            break;
    }
    return at;
}

struct pair *memory_pair(struct memory *m, const struct ip *own, const char *receiver,
                         bool in_table)
{
    size_t slot = memory_pair_slot(m, own, receiver);
    if (m->index[slot])
        return m->pairs[m->index[slot] - 1];
    if (m->pair_count == MEMORY_PAIRS)
        return NULL;
    struct pair *p = mem_alloc(sizeof *p);
    p->number = (uint32_t)m->pair_count;
    p->own = *own;
    p->receiver = mem_dup(receiver);
    p->in_table = in_table;
    m->pairs = mem_grow(m->pairs, m->pair_count + 1, sizeof(struct pair *));
    m->pairs[m->pair_count++] = p;
    m->index[slot] = p->number + 1;
    return p;
}

static struct memory_gone *memory_gone_of(struct memory *m, const struct ip *own,
                                          const char *receiver)
{
    for (size_t i = 0; i < m->gone_count; i++) {
        struct memory_gone *g = &m->gone[i];
        if (ip_cmp(&g->own, own) == 0 && strcmp(g->receiver, receiver) == 0)
            return g;
    }
    if (m->gone_count == MEMORY_GONE)
        return NULL;
    m->gone = mem_grow(m->gone, m->gone_count + 1, sizeof *m->gone);
    struct memory_gone *g = &m->gone[m->gone_count++];
    *g = (struct memory_gone){.own = *own, .receiver = mem_dup(receiver)};
    return g;
}

void memory_add_gone(struct memory *m, const struct ip *own, const char *receiver,
                     const uint64_t totals[static PAIR_OUTCOMES])
{
    struct memory_gone *g = memory_gone_of(m, own, receiver);
    for (size_t o = 0; g && o < PAIR_OUTCOMES; o++)
        g->totals[o] += totals[o];
}

struct memory_place *memory_place(struct memory *m, const char *section, const char *path)
{
    for (size_t i = 0; i < m->place_count; i++) {
        struct memory_place *p = &m->places[i];
        if (strcmp(p->section, section) == 0 && strcmp(p->path, path) == 0)
            return p;
    }
    m->places = mem_grow(m->places, m->place_count + 1, sizeof *m->places);
    struct memory_place *p = &m->places[m->place_count++];
    *p = (struct memory_place){mem_dup(section), mem_dup(path), mem_dup("")};
    return p;
}

struct memory_section *memory_section(struct memory *m, const char *name)
{
    for (size_t i = 0; i < m->section_count; i++)
        if (strcmp(m->sections[i].name, name) == 0)
            return &m->sections[i];
    m->sections = mem_grow(m->sections, m->section_count + 1, sizeof *m->sections);
    struct memory_section *s = &m->sections[m->section_count++];
    *s = (struct memory_section){.name = mem_dup(name)};
    return s;
}

/* ---- lines ---- */

#define WEEK_S (7 * DAY_S)

static void memory_turn_week(struct memory_section *s, int64_t week)
{
    for (; s->gap_week < week && s->gap_week + MEMORY_GAP_WEEKS > week; s->gap_week++) {
        memmove(s->longest_gaps + 1, s->longest_gaps, (MEMORY_GAP_WEEKS - 1) * sizeof(int64_t));
        s->longest_gaps[0] = 0;
    }
    if (s->gap_week < week) {
        memset(s->longest_gaps, 0, sizeof s->longest_gaps);
        s->gap_week = week;
    }
}

void memory_note_line(struct memory_section *s, int64_t time)
{
    int64_t gap = s->last_line ? time - s->last_line : 0;
    if (s->first_line == 0 || time < s->first_line)
        s->first_line = time;
    if (time <= s->last_line)
        return;
    s->last_line = time;
    memory_turn_week(s, time / WEEK_S);
    if (gap > s->longest_gaps[0])
        s->longest_gaps[0] = gap;
}

int64_t memory_longest_gap(const struct memory_section *s)
{
    int64_t longest = 0;
    for (size_t i = 0; i < MEMORY_GAP_WEEKS; i++)
        if (s->longest_gaps[i] > longest)
            longest = s->longest_gaps[i];
    return longest;
}

/* ---- addresses that are not watched ---- */

static struct memory_unwatched *memory_unwatched_of(struct memory *m, const struct ip *ip)
{
    size_t oldest = 0;
    for (size_t i = 0; i < m->unwatched_count; i++) {
        struct memory_unwatched *u = &m->unwatched[i];
        if (ip_cmp(&u->ip, ip) == 0)
            return u;
        if (u->named[0] < m->unwatched[oldest].named[0])
            oldest = i;
    }
    if (m->unwatched_count < MEMORY_UNWATCHED)
        oldest = m->unwatched_count++;
    m->unwatched[oldest] = (struct memory_unwatched){.ip = *ip};
    return &m->unwatched[oldest];
}

void memory_note_unwatched(struct memory *m, const struct ip *ip, const char *receiver,
                           int64_t time)
{
    uint32_t hash = (uint32_t)siphash(m->key, receiver, strlen(receiver)) | 1;
    struct memory_unwatched *u = memory_unwatched_of(m, ip);
    size_t older = u->named[0] < u->named[1] ? 0 : 1;
    size_t at = u->receivers[0] == hash ? 0 : older;
    if (u->receivers[1] == hash || u->receivers[0] == 0)
        at = u->receivers[0] == 0 ? 0 : 1;
    u->receivers[at] = hash;
    if (time > u->named[at])
        u->named[at] = time;
    int64_t apart = u->named[0] - u->named[1];
    if (u->receivers[0] && u->receivers[1] && apart <= DAY_S && apart >= -DAY_S)
        u->proven = u->named[0] > u->named[1] ? u->named[0] : u->named[1];
}

bool memory_is_unwatched(const struct memory_unwatched *u, int64_t now)
{
    return u->proven && u->proven > now - PAIR_LAPSE_S;
}

/* ---- messages ---- */

static uint64_t memory_hash(const struct memory *m, const char *receiver, const char *queue_id,
                            size_t len)
{
    char text[512];
    size_t name = strnlen(receiver, 255) + 1; /* with its NUL, which separates the two */
    len = len < 256 ? len : 256;
    memcpy(text, receiver, name - 1);
    text[name - 1] = '\0';
    memcpy(text + name, queue_id, len);
    uint64_t hash = siphash(m->key, text, name + len);
    return hash ? hash : 1;
}

static struct memory_message *memory_slot(struct memory *m, uint64_t hash)
{
    size_t at = hash % MEMORY_MESSAGES;
    while (m->messages[at].hash && m->messages[at].hash != hash)
        at = (at + 1) % MEMORY_MESSAGES;
    return &m->messages[at];
}

/* Keeps the younger half, so that there is always a free slot. */
static void memory_make_room(struct memory *m)
{
    struct memory_message *old = m->messages;
    int64_t oldest = INT64_MAX;
    int64_t youngest = 0;
    for (size_t i = 0; i < MEMORY_MESSAGES; i++) {
        if (!old[i].hash)
            continue;
        oldest = old[i].time < oldest ? old[i].time : oldest;
        youngest = old[i].time > youngest ? old[i].time : youngest;
    }
    int64_t middle = oldest + (youngest - oldest) / 2;
    m->messages = mem_array(MEMORY_MESSAGES, sizeof *m->messages);
    m->message_count = 0;
    for (size_t i = 0; i < MEMORY_MESSAGES; i++) {
        if (!old[i].hash || old[i].time <= middle)
            continue;
        *memory_slot(m, old[i].hash) = old[i];
        m->message_count++;
    }
    free(old);
}

/* Of two outcomes in one second the order of reading must not decide. */
static bool memory_is_superseded(const struct memory_message *known, const struct pair_message *by)
{
    if (known->time != by->time)
        return known->time < by->time;
    return (enum pair_outcome)known->outcome < by->outcome;
}

void memory_count(struct memory *m, struct pair *p, const char *queue_id, size_t len,
                  const struct pair_message *message)
{
    uint64_t hash = memory_hash(m, p->receiver, queue_id, len);
    struct memory_message *known = memory_slot(m, hash);
    pair_note(p, message);
    if (known->hash && !memory_is_superseded(known, message))
        return;
    if (known->hash) {
        pair_count(m->pairs[known->pair], known->time, (enum pair_outcome)known->outcome, false);
    } else if (m->message_count >= MEMORY_MESSAGES / 4 * 3) {
        memory_make_room(m);
        known = memory_slot(m, hash);
    }
    m->message_count += known->hash == 0;
    *known = (struct memory_message){hash, (uint32_t)message->time, (uint16_t)p->number,
                                     (uint8_t)message->outcome};
    pair_count(p, message->time, message->outcome, true);
}

const struct pair *memory_find(const struct memory *m, const struct ip *own, const char *receiver)
{
    uint32_t number = m->index[memory_pair_slot(m, own, receiver)];
    return number ? m->pairs[number - 1] : NULL;
}

void memory_keep(struct memory *m, const struct memory_message *message)
{
    struct memory_message *slot = memory_slot(m, message->hash);
    m->message_count += slot->hash == 0;
    *slot = *message;
}
