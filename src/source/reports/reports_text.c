/* SPDX-License-Identifier: ISC */
/*
 * The memory as text: each line is a word, then fields. Lines below a section, a day or a pair are
 * about it. A field that may hold blanks comes last. reports_text_read.c reads it.
 */
#include "reports_memory.h"

#include "repmon/crypto.h"
#include "repmon/fields.h"

#define TAKEN_PARTS 32
#define TAKEN_SHIFT 59 /* the first bits of a hash decide its part */

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
    if (s->tally.unwatched) {
        buf_str(out, "unwatched");
        fields_put_number(out, (int64_t)s->tally.unwatched);
        fields_put_number(out, s->said_unwatched);
        fields_put_word(out, s->tally.unwatched_domain);
        buf_char(out, '\n');
    }
    if (s->tally.trouble_since) {
        buf_str(out, "trouble");
        fields_put_number(out, s->tally.trouble_since);
        buf_fmt(out, " %s\n", s->tally.trouble);
    }
    for (size_t i = s->tally.bad_count; i > 0; i--) {
        const struct reports_bad *bad = &s->tally.bad[i - 1];
        buf_str(out, "bad");
        fields_put_number(out, bad->time);
        fields_put_word(out, bad->name);
        buf_fmt(out, " %s\n", bad->problem);
    }
}

/* In parts, because most are unchanged and need not be written again. */
static void reports_put_taken(struct buf *out, const char *word, const struct taken *t)
{
    for (uint64_t part = 0; part < TAKEN_PARTS; part++) {
        buf_fmt(out, "part %s-%02u\n", word, (unsigned)part);
        for (size_t i = 0; i < t->count; i++) {
            if (t->items[i].hash >> TAKEN_SHIFT != part)
                continue;
            buf_str(out, word);
            fields_put_hash(out, t->items[i].hash);
            fields_put_number(out, t->items[i].day);
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
    buf_fmt(out, REPORTS_FIRST_LINE "\nkey %s\n", key);
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
