/* SPDX-License-Identifier: ISC */
#include "reports_setup.h"

#include "repmon/clock.h"
#include "repmon/mailbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reports_make_inboxes(struct reports_setup *s)
{
    s->inboxes = mem_array(s->conf->reports_count + 1, sizeof *s->inboxes);
    for (size_t i = 0; i < s->conf->reports_count; i++)
        if (s->conf->reports[i].spool)
            s->inboxes[i].spool = spool_folder(s->conf->state, s->conf->reports[i].name);
}

void *reports_setup_new(const struct conf *conf, const struct source_zones *zones,
                        struct error *err)
{
    struct reports_setup *s = mem_alloc(sizeof *s);
    (void)zones;
    s->conf = conf;
    reports_memory_init(&s->memory);
    reports_make_inboxes(s);
    if (conf->reports_count == 0 || refusals_load(&s->refusals, conf, err))
        return s;
    reports_setup_free(s);
    return NULL;
}

static void reports_free_inbox(struct reports_inbox *inbox)
{
    for (size_t i = 0; i < inbox->taken_count; i++)
        free(inbox->taken[i]);
    free(inbox->taken);
    free(inbox->spool);
}

void reports_setup_free(void *setup)
{
    struct reports_setup *s = setup;
    if (!s)
        return;
    for (size_t i = 0; i < s->conf->reports_count; i++)
        reports_free_inbox(&s->inboxes[i]);
    free(s->inboxes);
    free(s->domains);
    free(s->envelopes);
    refusals_fini(&s->refusals);
    reports_memory_fini(&s->memory);
    free(s);
}

void reports_recall(void *setup, const char *text)
{
    struct reports_setup *s = setup;
    struct reports_memory m;
    if (s->conf->reports_count == 0)
        return;
    reports_memory_parse(&m, text);
    reports_memory_fini(&s->memory);
    s->memory = m;
}

void reports_remember(const void *setup, time_t now, struct buf *out)
{
    const struct reports_setup *s = setup;
    (void)now;
    if (s->conf->reports_count > 0)
        reports_memory_format(&s->memory, out);
}

void reports_committed(void *setup)
{
    struct reports_setup *s = setup;
    for (size_t i = 0; i < s->conf->reports_count; i++) {
        struct reports_inbox *inbox = &s->inboxes[i];
        for (size_t k = 0; k < inbox->taken_count; k++)
            spool_remove(inbox->spool, inbox->taken[k]);
        if (inbox->spool)
            spool_tidy(inbox->spool, clock_wall());
    }
}

int64_t reports_day(int64_t time)
{
    return time / DAY_S - (time % DAY_S < 0);
}

/* Finds a target in this block among the sorted ones from `low` to `high`. */
static const struct target *reports_target_in(const struct inventory *inventory, size_t low,
                                              size_t high, const struct cidr *block)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct target *t = &inventory->items[middle];
        if (cidr_contains(block, &t->ip))
            return t;
        if (ip_cmp(&t->ip, &block->base) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A server owns all of its /64. Targets of other shards come after our own. */
const struct target *reports_target_of(const struct inventory *inventory, const struct ip *ip)
{
    ptrdiff_t at = ip->family ? inventory_find(inventory, ip) : -1;
    if (at >= 0)
        return &inventory->items[at];
    if (ip->family != 6)
        return NULL;
    const struct cidr net = {ip_mask(ip, 64), 64};
    const struct target *own = reports_target_in(inventory, 0, inventory->own, &net);
    return own ? own : reports_target_in(inventory, inventory->own, inventory->count, &net);
}

/* "Outlook.com, Hotmail and MSN (Microsoft's consumer mail)" is too long for a subject. */
void reports_receiver_title(const struct reports_setup *s, const char *receiver, struct buf *out)
{
    const char *title = s->refusals.explain ? explain_title(s->refusals.explain, receiver) : NULL;
    size_t len = title ? strcspn(title, ",(") : 0;
    const char *and = len ? memmem(title, len, " and ", 5) : NULL;
    if (and)
        len = (size_t)(and-title);
    while (len > 0 && title[len - 1] == ' ')
        len--;
    if (len > 0)
        buf_add(out, title, len);
    else
        buf_str(out, receiver);
}
