/* SPDX-License-Identifier: ISC */
/*
 * How many of each kind said anything: DNS lists that proved something, lists that nothing can
 * prove, what could not be asked or trusted, receivers that accepted mail. Only a DNS list can say
 * "not listed".
 */
#include "html.h"

/* Whether "not listed" can come from it. */
static bool html_lists_things(const struct report_list *list)
{
    return list->dns_list && list->kind != LIST_ALLOW && list->health != HEALTH_OFF;
}

static bool html_has_proven(const struct html *h, size_t j)
{
    const struct text_list_count *count = &h->grouping.lists[j];
    return count->clear || count->other_ok || count->findings;
}

bool html_is_unproven(const struct html *h, size_t j)
{
    const struct report_list *list = &h->report->lists[j];
    return list->health == HEALTH_OK && !html_has_proven(h, j) &&
           h->grouping.lists[j].causes[CAUSE_UNPROVEN];
}

struct html_heard html_heard(const struct html *h)
{
    struct html_heard n = {0};
    for (size_t j = 0; j < h->report->list_count; j++) {
        const struct report_list *list = &h->report->lists[j];
        bool blind = html_is_blind(list);
        bool lists = html_lists_things(list);
        n.lists += lists;
        n.unproven += html_is_unproven(h, j);
        n.proven += lists && !blind && html_has_proven(h, j);
        n.receivers += report_list_is_receiver(list) && h->grouping.lists[j].other_ok;
        n.blind_lists += blind && list->dns_list;
        n.blind_others += blind && !list->dns_list;
        n.acked += blind && list->acked_until;
    }
    return n;
}
