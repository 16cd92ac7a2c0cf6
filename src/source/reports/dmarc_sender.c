/* SPDX-License-Identifier: ISC */
#include "dmarc_sender.h"

#include "dmarc_day.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dmarc_senders_fini(struct dmarc_senders *s)
{
    free(s->domains);
    free(s->selectors);
    free(s->strangers);
    *s = (struct dmarc_senders){0};
}

/* ---- domains ---- */

const struct dmarc_reported *dmarc_domain_find(const struct dmarc_senders *s, const char *domain)
{
    for (size_t i = 0; i < s->domain_count; i++)
        if (strcmp(s->domains[i].domain, domain) == 0)
            return &s->domains[i];
    return NULL;
}

void dmarc_domain_note(struct dmarc_senders *s, const char *domain, int64_t day)
{
    for (size_t i = 0; i < s->domain_count; i++) {
        struct dmarc_reported *k = &s->domains[i];
        if (strcmp(k->domain, domain) != 0)
            continue;
        k->last = day > k->last ? day : k->last;
        return;
    }
    s->domains = mem_grow(s->domains, s->domain_count + 1, sizeof *s->domains);
    struct dmarc_reported *k = &s->domains[s->domain_count++];
    *k = (struct dmarc_reported){.last = day};
    snprintf(k->domain, sizeof k->domain, "%.255s", domain);
}

/* ---- selectors ---- */

static struct dmarc_selector *dmarc_sender_find_selector(const struct dmarc_senders *s,
                                                         const char *domain, const char *name)
{
    for (size_t i = 0; i < s->selector_count; i++) {
        struct dmarc_selector *k = &s->selectors[i];
        if (strcmp(k->domain, domain) == 0 && strcmp(k->name, name) == 0)
            return k;
    }
    return NULL;
}

bool dmarc_selector_is_known(const struct dmarc_senders *s, const char *domain, const char *name)
{
    const struct dmarc_selector *known = dmarc_sender_find_selector(s, domain, name);
    return known && !known->fresh;
}

void dmarc_selector_note(struct dmarc_senders *s, const char *domain, const char *name, int64_t day)
{
    struct dmarc_selector *known = dmarc_sender_find_selector(s, domain, name);
    if (known) {
        known->last = day > known->last ? day : known->last;
        return;
    }
    if (s->selector_count == DMARC_SELECTORS)
        return;
    s->selectors = mem_grow(s->selectors, s->selector_count + 1, sizeof *s->selectors);
    struct dmarc_selector *k = &s->selectors[s->selector_count++];
    *k = (struct dmarc_selector){.last = day, .fresh = true};
    snprintf(k->domain, sizeof k->domain, "%.255s", domain);
    snprintf(k->name, sizeof k->name, "%.255s", name);
}

/* ---- strangers ---- */

static uint64_t dmarc_sender_messages_of(const struct dmarc_stranger *s)
{
    return s->by_spf + s->by_dkim;
}

static struct dmarc_stranger *dmarc_sender_stranger_of(struct dmarc_senders *s,
                                                       const struct dmarc_stranger *seen)
{
    size_t least = 0;
    for (size_t i = 0; i < s->stranger_count; i++) {
        struct dmarc_stranger *k = &s->strangers[i];
        if (ip_cmp(&k->ip, &seen->ip) == 0 && strcmp(k->domain, seen->domain) == 0)
            return k;
        if (dmarc_sender_messages_of(k) < dmarc_sender_messages_of(&s->strangers[least]))
            least = i;
    }
    if (s->stranger_count == DMARC_STRANGERS) {
        s->strangers[least] = (struct dmarc_stranger){0};
        return &s->strangers[least];
    }
    s->strangers = mem_grow(s->strangers, s->stranger_count + 1, sizeof *s->strangers);
    s->strangers[s->stranger_count] = (struct dmarc_stranger){0};
    return &s->strangers[s->stranger_count++];
}

void dmarc_stranger_note(struct dmarc_senders *s, const struct dmarc_stranger *seen)
{
    struct dmarc_stranger *k = dmarc_sender_stranger_of(s, seen);
    struct dmarc_stranger sum = *seen;
    sum.by_spf = dmarc_sum(sum.by_spf, k->by_spf);
    sum.by_dkim = dmarc_sum(sum.by_dkim, k->by_dkim);
    sum.last = k->last > seen->last ? k->last : seen->last;
    *k = sum;
}

void dmarc_senders_forget(struct dmarc_senders *s, int64_t today)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->domain_count; i++)
        if (s->domains[i].last > today - DMARC_DAYS_KEPT)
            s->domains[kept++] = s->domains[i];
    s->domain_count = kept;
    kept = 0;
    for (size_t i = 0; i < s->selector_count; i++)
        if (s->selectors[i].last > today - DMARC_SELECTOR_DAYS)
            s->selectors[kept++] = s->selectors[i];
    s->selector_count = kept;
    kept = 0;
    for (size_t i = 0; i < s->stranger_count; i++)
        if (s->strangers[i].last > today - DMARC_STRANGER_DAYS)
            s->strangers[kept++] = s->strangers[i];
    s->stranger_count = kept;
}
