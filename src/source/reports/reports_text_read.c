/* SPDX-License-Identifier: ISC */
/* Reads what reports_text.c wrote; a state may be damaged anywhere. */
#include "reports_memory.h"

#include "repmon/crypto.h"
#include "repmon/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_END  (INT64_C(1) << 40)
#define DAY_END   (TIME_END / DAY_S)
#define COUNT_END (INT64_C(1) << 60)

struct reports_reading {
    struct reports_memory *m;
    struct fields f;
    struct reports_section *section; /* that the following lines are about; likewise the next two */
    struct dmarc_day *day;
    struct complaint_pair *pair;
};

static void reports_read_key(struct reports_reading *r)
{
    struct reports_memory *m = r->m;
    r->f.bad |= !crypto_unhex(r->f.at, m->key, sizeof m->key);
}

static void reports_read_part(struct reports_reading *r)
{
    (void)r; /* its lines follow */
}

static void reports_read_closed(struct reports_reading *r)
{
    r->m->days.closed = fields_number(&r->f, DAY_END);
}

static void reports_read_section(struct reports_reading *r)
{
    char name[256];
    struct reports_section s = {0};
    fields_word(&r->f, name, sizeof name);
    for (size_t i = 0; i < REPORTS_KINDS; i++)
        s.tally.kinds[i] = (uint64_t)fields_number(&r->f, COUNT_END);
    for (size_t i = 0; i < REPORTS_PROOFS; i++)
        s.tally.proofs[i] = (uint64_t)fields_number(&r->f, COUNT_END);
    s.tally.duplicates = (uint64_t)fields_number(&r->f, COUNT_END);
    s.tally.odd = (uint64_t)fields_number(&r->f, COUNT_END);
    s.tally.too_long = (uint64_t)fields_number(&r->f, COUNT_END);
    s.tally.unknown = (uint64_t)fields_number(&r->f, COUNT_END);
    s.tally.first_read = fields_number(&r->f, TIME_END);
    s.tally.last_read = fields_number(&r->f, TIME_END);
    s.tally.last_proven = fields_number(&r->f, TIME_END);
    s.said_unproven = fields_number(&r->f, 1) != 0;
    if (r->f.bad)
        return;
    r->section = reports_section_of(r->m, name);
    s.name = r->section->name;
    *r->section = s;
}

static void reports_read_unwatched(struct reports_reading *r)
{
    char domain[HOST_NAME_SIZE];
    uint64_t count = (uint64_t)fields_number(&r->f, COUNT_END);
    bool said = fields_number(&r->f, 1) != 0;
    fields_word(&r->f, domain, sizeof domain);
    r->f.bad |= !r->section;
    if (r->f.bad)
        return;
    r->section->said_unwatched = said;
    r->section->tally.unwatched = count;
    memcpy(r->section->tally.unwatched_domain, domain, sizeof domain);
}

static void reports_read_trouble(struct reports_reading *r)
{
    int64_t since = fields_number(&r->f, TIME_END);
    r->f.bad |= !r->section || strlen(r->f.at) >= REPORTS_TROUBLE;
    if (r->f.bad)
        return;
    r->section->tally.trouble_since = since;
    snprintf(r->section->tally.trouble, REPORTS_TROUBLE, "%s", r->f.at);
}

static void reports_read_bad(struct reports_reading *r)
{
    struct reports_bad bad = {.time = fields_number(&r->f, TIME_END)};
    fields_word(&r->f, bad.name, sizeof bad.name);
    r->f.bad |= !r->section || strlen(r->f.at) >= sizeof bad.problem;
    if (r->f.bad)
        return;
    snprintf(bad.problem, sizeof bad.problem, "%s", r->f.at);
    reports_section_add_bad(&r->section->tally, &bad);
}

static void reports_read_taken(struct reports_reading *r, struct taken *t)
{
    uint64_t hash = fields_hash(&r->f);
    int64_t day = fields_number(&r->f, DAY_END);
    if (!r->f.bad)
        taken_add(t, hash, day);
}

static void reports_read_name(struct reports_reading *r)
{
    reports_read_taken(r, &r->m->names);
}

static void reports_read_report(struct reports_reading *r)
{
    reports_read_taken(r, &r->m->reports);
}

static void reports_read_day(struct reports_reading *r)
{
    struct ip ip = fields_ip(&r->f);
    int64_t day = fields_number(&r->f, DAY_END);
    bool judged = fields_number(&r->f, 1) != 0;
    enum dmarc_state found = (enum dmarc_state)fields_number(&r->f, DMARC_STATES - 1);
    if (r->f.bad)
        return;
    r->day = dmarc_day_of(&r->m->days, &ip, day);
    r->day->judged = judged;
    r->day->found = found;
}

static void reports_read_by(struct reports_reading *r)
{
    bool large = fields_number(&r->f, 1) != 0;
    struct dmarc_counts c = {.passed = (uint64_t)fields_number(&r->f, COUNT_END)};
    c.failed = (uint64_t)fields_number(&r->f, COUNT_END);
    c.thrown_out = (uint64_t)fields_number(&r->f, COUNT_END);
    c.relayed = (uint64_t)fields_number(&r->f, COUNT_END);
    r->f.bad |= !r->day;
    if (r->f.bad)
        return;
    dmarc_day_add(r->day, r->f.at, large, &c);
    r->day->amended = false;
}

static void reports_read_from(struct reports_reading *r)
{
    char domain[HOST_NAME_SIZE];
    struct dmarc_counts c = {.failed = (uint64_t)fields_number(&r->f, COUNT_END)};
    c.thrown_out = (uint64_t)fields_number(&r->f, COUNT_END);
    fields_word(&r->f, domain, sizeof domain);
    r->f.bad |= !r->day;
    if (!r->f.bad)
        dmarc_day_add_from(r->day, domain, &c);
}

static void reports_read_address(struct reports_reading *r)
{
    struct ip ip = fields_ip(&r->f);
    struct dmarc_address a = {.ip = ip};
    a.state = (enum dmarc_state)fields_number(&r->f, DMARC_STATES - 1);
    a.since = fields_number(&r->f, DAY_END);
    a.last = fields_number(&r->f, DAY_END);
    a.told = fields_number(&r->f, DAY_END);
    a.better = (unsigned)fields_number(&r->f, 2);
    a.best = (enum dmarc_state)fields_number(&r->f, DMARC_STATES - 1);
    if (!r->f.bad)
        *dmarc_address_of(&r->m->days, &ip) = a;
}

static void reports_read_pair(struct reports_reading *r)
{
    char receiver[COMPLAINT_RECEIVER_MAX];
    struct ip ip = fields_ip(&r->f);
    fields_word(&r->f, receiver, sizeof receiver);
    struct complaint_pair read = {
        .state = (enum complaint_state)fields_number(&r->f, COMPLAINTS_VERY_HIGH)};
    read.since = fields_number(&r->f, DAY_END);
    read.last_bad = fields_number(&r->f, DAY_END);
    r->pair = r->f.bad ? NULL : complaint_pair_of(&r->m->complaints, &ip, receiver);
    r->f.bad |= !r->pair;
    if (r->f.bad)
        return;
    r->pair->state = read.state;
    r->pair->since = read.since;
    r->pair->last_bad = read.last_bad;
}

static void reports_read_on(struct reports_reading *r)
{
    int64_t number = fields_number(&r->f, DAY_END);
    uint64_t complaints = (uint64_t)fields_number(&r->f, COUNT_END);
    r->f.bad |= !r->pair;
    struct complaint_day *day = r->f.bad ? NULL : complaint_day_of(r->pair, number);
    if (day)
        day->complaints = complaints;
}

static void reports_read_domain(struct reports_reading *r)
{
    char domain[DMARC_NAME_MAX];
    fields_word(&r->f, domain, sizeof domain);
    int64_t last = fields_number(&r->f, DAY_END);
    if (!r->f.bad)
        dmarc_domain_note(&r->m->senders, domain, last);
}

static void reports_read_selector(struct reports_reading *r)
{
    char domain[DMARC_NAME_MAX], name[DMARC_NAME_MAX];
    fields_word(&r->f, domain, sizeof domain);
    fields_word(&r->f, name, sizeof name);
    int64_t last = fields_number(&r->f, DAY_END);
    if (r->f.bad)
        return;
    dmarc_selector_note(&r->m->senders, domain, name, last);
    r->m->senders.selectors[r->m->senders.selector_count - 1].fresh = false;
}

static void reports_read_stranger(struct reports_reading *r)
{
    struct dmarc_stranger k = {0};
    fields_word(&r->f, k.domain, sizeof k.domain);
    k.ip = fields_ip(&r->f);
    k.by_spf = (uint64_t)fields_number(&r->f, COUNT_END);
    k.by_dkim = (uint64_t)fields_number(&r->f, COUNT_END);
    k.last = fields_number(&r->f, DAY_END);
    if (!r->f.bad)
        dmarc_stranger_note(&r->m->senders, &k);
}

static const struct {
    const char *word;
    void (*read)(struct reports_reading *r);
} lines[] = {
    {"key", reports_read_key},           {"closed", reports_read_closed},
    {"section", reports_read_section},   {"unwatched", reports_read_unwatched},
    {"trouble", reports_read_trouble},   {"bad", reports_read_bad},
    {"name", reports_read_name},         {"taken", reports_read_report},
    {"day", reports_read_day},           {"by", reports_read_by},
    {"from", reports_read_from},         {"address", reports_read_address},
    {"complaints", reports_read_pair},   {"on", reports_read_on},
    {"selector", reports_read_selector}, {"stranger", reports_read_stranger},
    {"domain", reports_read_domain},     {"part", reports_read_part},
};

static void reports_read_line(struct reports_reading *r, const char *line)
{
    size_t len = strcspn(line, " ");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (strlen(lines[i].word) != len || strncmp(lines[i].word, line, len) != 0)
            continue;
        r->f.at = line + len + (line[len] == ' ');
        lines[i].read(r);
        return;
    }
    r->f.bad = true;
}

bool reports_memory_parse(struct reports_memory *m, const char *text)
{
    struct reports_reading r = {.m = m};
    reports_memory_init(m);
    if (strncmp(text, REPORTS_FIRST_LINE "\n", strlen(REPORTS_FIRST_LINE) + 1) != 0)
        return false;
    text += strlen(REPORTS_FIRST_LINE) + 1;
    while (*text && !r.f.bad) {
        size_t len = strcspn(text, "\n");
        char *line = mem_ndup(text, len);
        reports_read_line(&r, line);
        free(line);
        text += len + (text[len] == '\n');
    }
    if (!r.f.bad)
        return true;
    reports_memory_fini(m);
    reports_memory_init(m);
    return false;
}
