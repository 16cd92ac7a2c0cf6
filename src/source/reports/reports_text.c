/* SPDX-License-Identifier: ISC */
/*
 * The memory as text: a word, then fields, one thing a line. Lines below a section, a day or a pair
 * are about it. What may hold blanks comes last.
 */
#include "reports_memory.h"

#include "repmon/crypto.h"
#include "repmon/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE  "reports 2"
#define TIME_END    (INT64_C(1) << 40)
#define DAY_END     (TIME_END / DAY_S)
#define COUNT_END   (INT64_C(1) << 60)
#define TAKEN_PARTS 32
#define TAKEN_SHIFT 59 /* the first bits of a hash tell its part */

/* ---- writing ---- */

static void reports_put_section(struct buf *out, const struct reports_section *s)
{
    buf_str(out, "section");
    fields_put_word(out, s->name);
    for (size_t i = 0; i < REPORTS_KINDS; i++)
        fields_put_number(out, (int64_t)s->tally.kinds[i]);
    for (size_t i = 0; i < REPORTS_PROOFS; i++)
        fields_put_number(out, (int64_t)s->tally.proofs[i]);
    fields_put_number(out, (int64_t)s->tally.duplicates);
    fields_put_number(out, (int64_t)s->tally.odd);
    fields_put_number(out, (int64_t)s->tally.too_long);
    fields_put_number(out, (int64_t)s->tally.unknown);
    fields_put_number(out, s->tally.first_read);
    fields_put_number(out, s->tally.last_read);
    fields_put_number(out, s->tally.last_proven);
    fields_put_number(out, s->said_unproven);
    buf_char(out, '\n');
    for (size_t i = s->tally.bad_count; i > 0; i--) {
        const struct reports_bad *bad = &s->tally.bad[i - 1];
        buf_str(out, "bad");
        fields_put_number(out, bad->time);
        fields_put_word(out, bad->name);
        buf_fmt(out, " %s\n", bad->problem);
    }
}

/* In parts, of which most are as they were and are not written again. */
static void reports_put_taken(struct buf *out, const char *word, const struct taken *t)
{
    for (uint64_t part = 0; part < TAKEN_PARTS; part++) {
        buf_fmt(out, "part %s-%02u\n", word, (unsigned)part);
        for (size_t i = 0; i < t->size; i++) {
            if (t->slots[i].hash == 0 || t->slots[i].hash >> TAKEN_SHIFT != part)
                continue;
            buf_str(out, word);
            fields_put_hash(out, t->slots[i].hash);
            fields_put_number(out, t->slots[i].day);
            buf_char(out, '\n');
        }
    }
}

static void reports_put_counts(struct buf *out, const struct dmarc_counts *c)
{
    fields_put_number(out, (int64_t)c->passed);
    fields_put_number(out, (int64_t)c->failed);
    fields_put_number(out, (int64_t)c->thrown_out);
    fields_put_number(out, (int64_t)c->relayed);
}

static void reports_put_day(struct buf *out, const struct dmarc_day *d)
{
    buf_str(out, "day");
    fields_put_ip(out, &d->ip);
    fields_put_number(out, d->day);
    fields_put_number(out, d->judged);
    fields_put_number(out, (int64_t)d->found);
    buf_char(out, '\n');
    for (size_t i = 0; i < d->reporter_count; i++) {
        const struct dmarc_reporter *r = &d->reporters[i];
        buf_str(out, "by");
        fields_put_number(out, r->large);
        reports_put_counts(out, &r->counts);
        buf_fmt(out, " %s\n", r->name);
    }
    for (size_t i = 0; i < d->from_count; i++) {
        buf_str(out, "from");
        fields_put_number(out, (int64_t)d->froms[i].failed);
        fields_put_number(out, (int64_t)d->froms[i].thrown_out);
        fields_put_word(out, d->froms[i].domain);
        buf_char(out, '\n');
    }
}

static void reports_put_address(struct buf *out, const struct dmarc_address *a)
{
    buf_str(out, "address");
    fields_put_ip(out, &a->ip);
    fields_put_number(out, (int64_t)a->state);
    fields_put_number(out, a->since);
    fields_put_number(out, a->last);
    fields_put_number(out, a->told);
    fields_put_number(out, a->better);
    fields_put_number(out, (int64_t)a->best);
    buf_char(out, '\n');
}

static void reports_put_pair(struct buf *out, const struct complaint_pair *p)
{
    buf_str(out, "complaints");
    fields_put_ip(out, &p->ip);
    fields_put_word(out, p->receiver);
    fields_put_number(out, (int64_t)p->state);
    fields_put_number(out, p->since);
    fields_put_number(out, p->last_bad);
    buf_char(out, '\n');
    for (size_t i = 0; i < p->day_count; i++) {
        buf_str(out, "on");
        fields_put_number(out, p->days[i].day);
        fields_put_number(out, (int64_t)p->days[i].complaints);
        buf_char(out, '\n');
    }
}

static void reports_put_senders(struct buf *out, const struct dmarc_senders *s)
{
    for (size_t i = 0; i < s->domain_count; i++) {
        buf_str(out, "domain");
        fields_put_word(out, s->domains[i].domain);
        fields_put_number(out, s->domains[i].last);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < s->selector_count; i++) {
        buf_str(out, "selector");
        fields_put_word(out, s->selectors[i].domain);
        fields_put_word(out, s->selectors[i].name);
        fields_put_number(out, s->selectors[i].last);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < s->stranger_count; i++) {
        const struct dmarc_stranger *k = &s->strangers[i];
        buf_str(out, "stranger");
        fields_put_word(out, k->domain);
        fields_put_ip(out, &k->ip);
        fields_put_number(out, (int64_t)k->by_spf);
        fields_put_number(out, (int64_t)k->by_dkim);
        fields_put_number(out, k->last);
        buf_char(out, '\n');
    }
}

void reports_memory_format(const struct reports_memory *m, struct buf *out)
{
    char key[2 * SIPHASH_KEY + 1];
    crypto_hex(m->key, sizeof m->key, key);
    buf_fmt(out, FIRST_LINE "\nkey %s\n", key);
    buf_str(out, "closed");
    fields_put_number(out, m->days.closed);
    buf_char(out, '\n');
    for (size_t i = 0; i < m->section_count; i++)
        reports_put_section(out, &m->sections[i]);
    for (size_t i = 0; i < m->days.address_count; i++)
        reports_put_address(out, &m->days.addresses[i]);
    for (size_t i = 0; i < m->days.count; i++)
        reports_put_day(out, &m->days.items[i]);
    for (size_t i = 0; i < m->complaints.count; i++)
        reports_put_pair(out, &m->complaints.items[i]);
    reports_put_senders(out, &m->senders);
    reports_put_taken(out, "name", &m->names);
    reports_put_taken(out, "taken", &m->reports);
}

/* ---- reading ---- */

struct reports_reading {
    struct reports_memory *m;
    struct fields f;
    struct reports_section *section; /* that lines below it are about; so the next two */
    struct dmarc_day *day;
    struct complaint_pair *pair;
};

static void reports_read_key(struct reports_reading *r)
{
    struct reports_memory *m = r->m;
    r->f.bad |= strlen(r->f.at) != 2 * sizeof m->key;
    for (size_t i = 0; i < sizeof m->key && !r->f.bad; i++) {
        unsigned byte;
        r->f.bad |= sscanf(r->f.at + 2 * i, "%2x", &byte) != 1;
        m->key[i] = (uint8_t)byte;
    }
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
    {"key", reports_read_key},
    {"closed", reports_read_closed},
    {"section", reports_read_section},
    {"bad", reports_read_bad},
    {"name", reports_read_name},
    {"taken", reports_read_report},
    {"day", reports_read_day},
    {"by", reports_read_by},
    {"from", reports_read_from},
    {"address", reports_read_address},
    {"complaints", reports_read_pair},
    {"on", reports_read_on},
    {"selector", reports_read_selector},
    {"stranger", reports_read_stranger},
    {"domain", reports_read_domain},
    {"part", reports_read_part},
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
    if (strncmp(text, FIRST_LINE "\n", strlen(FIRST_LINE) + 1) != 0)
        return false;
    text += strlen(FIRST_LINE) + 1;
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
