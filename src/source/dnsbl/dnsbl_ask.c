/* SPDX-License-Identifier: ISC */
/* The questions that a list is asked: by name, test point, random label or target. */
#include "dnsbl_state.h"

#include "repmon/crypto.h"

#include <stdio.h>
#include <string.h>

static uint64_t dnsbl_ask_make_tag(enum tag_kind kind, size_t family, unsigned number,
                                   unsigned round, size_t row)
{
    return (uint64_t)kind << 60 | (uint64_t)family << 56 | (uint64_t)number << 48 |
           (uint64_t)round << 40 | row;
}

static enum next dnsbl_ask_fill(struct request *r, uint64_t tag, const char *label,
                                const char *suffix, enum dns_type type, uint8_t tries)
{
    size_t a = strlen(label), b = strlen(suffix);
    if (a + 1 + b > LIMIT_DNS_NAME)
        return NEXT_DONE; /* can't happen: dnsbl_lists_build() checked it */
    r->kind = REQUEST_DNS;
    r->tag = tag;
    r->type = (uint16_t)type;
    r->tries = tries;
    memcpy(r->name, label, a);
    r->name[a] = '.';
    memcpy(r->name + a + 1, suffix, b + 1);
    return NEXT_REQUEST;
}

/* The label that represents an address or a name below a zone. */
#define LABEL_MAX (LIMIT_DNS_NAME + 1)
static void dnsbl_ask_label_of(const struct ip *subject, char label[static LABEL_MAX])
{
    const char *name = ip_name(subject);
    if (name)
        snprintf(label, LABEL_MAX, "%s", name);
    else
        ip_reverse(subject, label);
}

static enum next dnsbl_ask_random(const struct dnsbl_family *f, uint64_t tag, struct request *r)
{
    char label[RANDOM_CHARS + 1];
    crypto_random_label(label, RANDOM_CHARS);
    return dnsbl_ask_fill(r, tag, label, f->suffix, DNS_A, TEST_TRIES);
}

/*
 * A random address in the upper half of 127/8, which no list has reason to list. rbldnsd does not
 * report a label that is not an address as listed, even when it lists 0.0.0.0/0.
 */
static enum next dnsbl_ask_random_loopback(const struct dnsbl_family *f, size_t family,
                                           uint64_t tag, struct request *r)
{
    struct ip ip = {.family = family ? 6 : 4};
    uint8_t *v4 = family ? ip.bytes + 12 : ip.bytes;
    char label[IP_REVERSE_MAX];
    if (family)
        memset(ip.bytes + 10, 0xff, 2);
    crypto_random(v4, 4);
    v4[0] = 127;
    v4[1] |= 128;
    ip_reverse(&ip, label);
    return dnsbl_ask_fill(r, tag, label, f->suffix, DNS_A, TEST_TRIES);
}

/* A random domain under a large registry: it would be listed if the whole registry were. */
static enum next dnsbl_ask_random_domain(const struct dnsbl_family *f, uint64_t tag,
                                         struct request *r)
{
    char label[RANDOM_CHARS + 1], name[RANDOM_CHARS + sizeof ".com"];
    crypto_random_label(label, RANDOM_CHARS);
    snprintf(name, sizeof name, "%s.com", label);
    return dnsbl_ask_fill(r, tag, name, f->suffix, DNS_A, TEST_TRIES);
}

/* A random address or domain, of the kind the list is about, that it has no reason to list. */
static enum next dnsbl_ask_random_subject(const struct dnsbl_list *list, size_t family,
                                          uint64_t tag, struct request *r)
{
    const struct dnsbl_family *f = &list->family[family];
    if (list->domains)
        return dnsbl_ask_random_domain(f, tag, r);
    return dnsbl_ask_random_loopback(f, family, tag, r);
}

void dnsbl_ask_anew(struct way *w)
{
    w->begun = true;
    w->done = false;
    w->next_point = 0;
    w->address_due = false;
    w->round++;
    memset(w->points, 0, sizeof w->points);
    w->points[RANDOM_ADDRESS].state = POINT_ABSENT; /* until the negative point is listed */
}

/* The next test question of one way, if there is one. */
static bool dnsbl_ask_point(struct dnsbl_state *s, struct dnsbl_queue *l, size_t family,
                            struct request *r)
{
    struct way *w = dnsbl_present_way(s, l, family);
    const struct dnsbl_family *f = &l->list->family[family];
    if (!w->begun)
        dnsbl_ask_anew(w);
    if (w->address_due) {
        w->address_due = false;
        uint64_t tag = dnsbl_ask_make_tag(TAG_POINT, family, RANDOM_ADDRESS, w->round, 0);
        return dnsbl_ask_random_subject(l->list, family, tag, r) == NEXT_REQUEST;
    }
    char label[LABEL_MAX];
    if (w->text_due) {
        w->text_due = false;
        uint64_t tag = dnsbl_ask_make_tag(TAG_POINT_TEXT, family, POSITIVE, w->round, 0);
        dnsbl_ask_label_of(&f->listed, label);
        return dnsbl_ask_fill(r, tag, label, f->suffix, DNS_TXT, TEST_TRIES) == NEXT_REQUEST;
    }
    while (w->next_point < RANDOM_ADDRESS) {
        unsigned number = w->next_point++;
        uint64_t tag = dnsbl_ask_make_tag(TAG_POINT, family, number, w->round, 0);
        if (number == RANDOM_LABEL)
            return dnsbl_ask_random(f, tag, r) == NEXT_REQUEST;
        bool has = number == POSITIVE ? f->has_listed : f->has_clean;
        if (!has) {
            w->points[number].state = POINT_ABSENT;
            continue;
        }
        dnsbl_ask_label_of(number == POSITIVE ? &f->listed : &f->clean, label);
        return dnsbl_ask_fill(r, tag, label, f->suffix, DNS_A, TEST_TRIES) == NEXT_REQUEST;
    }
    return false;
}

bool dnsbl_ask_test(struct dnsbl_state *s, struct dnsbl_queue *l, struct request *r)
{
    for (size_t family = 0; family < CATALOGUE_FAMILIES; family++) {
        if (!l->needed[family])
            continue;
        if (dnsbl_ask_point(s, l, family, r))
            return true;
        struct way *w = dnsbl_present_way(s, l, family);
        if (w->second_label_due && w->second_labels < SECOND_LABELS) {
            const struct dnsbl_family *f = &l->list->family[family];
            uint64_t tag =
                dnsbl_ask_make_tag(TAG_SECOND_LABEL, family, w->second_labels, w->round, 0);
            if (w->second_labels++ == 0)
                return dnsbl_ask_random(f, tag, r) == NEXT_REQUEST;
            return dnsbl_ask_random_subject(l->list, family, tag, r) == NEXT_REQUEST;
        }
    }
    return false;
}

void dnsbl_ask_row(struct dnsbl_state *s, struct dnsbl_queue *l, enum tag_kind kind, size_t row,
                   struct request *r)
{
    if (l->list->domains) {
        dnsbl_ask_fill(r, dnsbl_ask_make_tag(kind, 0, 0, 0, row), s->names.items[row].text,
                       l->list->family[0].suffix, kind == TAG_TARGET ? DNS_A : DNS_TXT, 0);
        return;
    }
    char label[IP_REVERSE_MAX];
    const struct target *t = &s->env.inventory->items[row];
    size_t family = family_index(t->ip.family);
    ip_reverse(&t->ip, label);
    dnsbl_ask_fill(r, dnsbl_ask_make_tag(kind, family, 0, 0, row), label,
                   l->list->family[family].suffix, kind == TAG_TARGET ? DNS_A : DNS_TXT, 0);
}
