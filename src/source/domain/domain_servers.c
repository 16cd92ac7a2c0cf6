/* SPDX-License-Identifier: ISC */
/*
 * The name servers of the zone in which a name lies, asked past the resolver: a record that the
 * resolver denies may exist if its cache is old or its view differs.
 */
#include "domain_state.h"

#include <stdlib.h>
#include <string.h>

#define SERVERS_MAX 4
#define DNS_PORT    53

/* The servers' names, or why there are none. */
static enum spf_found domain_zone_of(struct domain_state *s, size_t asker, const char *name,
                                     struct dns_answer *out)
{
    for (const char *zone = name; zone && strchr(zone, '.'); zone = strchr(zone, '.') + 1) {
        enum cause cause;
        enum spf_found found =
            answers_get(s->answers, asker, zone, DNS_NS, ANSWERS_FIRST, out, &cause);
        if (found != SPF_FOUND || out->count)
            return found;
    }
    return SPF_NO_ANSWER;
}

static bool domain_is_inside(const struct ip *ip)
{
    return ip_is_hidden(ip) && !(ip->family == 4 && ip->bytes[0] == 127);
}

static int domain_by_name(const void *a, const void *b)
{
    const struct dns_record *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

/* DNS gives records in any order: the same few are asked each time. */
static size_t domain_pick_hosts(const struct dns_answer *zone, const char *hosts[SERVERS_MAX])
{
    const struct dns_record **sorted = mem_array(zone->count, sizeof *sorted);
    size_t count = zone->count < SERVERS_MAX ? zone->count : SERVERS_MAX;
    for (size_t i = 0; i < zone->count; i++)
        sorted[i] = &zone->records[i];
    qsort(sorted, zone->count, sizeof *sorted, domain_by_name);
    for (size_t i = 0; i < count; i++)
        hosts[i] = sorted[i]->text;
    free(sorted);
    return count;
}

/* One address of each; *inside counts those that can't be reached from outside. */
static bool domain_find_servers(struct domain_state *s, size_t asker, const struct dns_answer *zone,
                                struct conf_resolver *servers, size_t *count, size_t *inside)
{
    const char *hosts[SERVERS_MAX];
    size_t host_count = domain_pick_hosts(zone, hosts);
    bool all = true;
    *count = *inside = 0;
    for (size_t i = 0; i < host_count; i++) {
        struct dns_answer answer;
        enum cause cause;
        enum spf_found found =
            answers_get(s->answers, asker, hosts[i], DNS_A, ANSWERS_FIRST, &answer, &cause);
        all &= found != SPF_NOT_YET;
        if (found != SPF_FOUND || answer.count == 0)
            continue;
        *inside += domain_is_inside(&answer.records[0].ip);
        servers[(*count)++] = (struct conf_resolver){.ip = answer.records[0].ip, .port = DNS_PORT};
    }
    return all;
}

static enum spf_found domain_ask_servers(struct domain_state *s, struct domain_job *j,
                                         const char *name, uint16_t type, struct dns_answer *out,
                                         enum cause *cause)
{
    size_t asker = (size_t)(j - s->jobs), count, inside;
    struct conf_resolver servers[SERVERS_MAX];
    struct dns_answer zone;
    enum spf_found found = domain_zone_of(s, asker, name, &zone);
    if (found != SPF_FOUND)
        return found;
    if (!domain_find_servers(s, asker, &zone, servers, &count, &inside))
        return SPF_NOT_YET;
    if (count && inside == count) {
        answers_note_held(s->answers); /* the resolver shows the zone's internal view */
        *cause = CAUSE_UNPROVEN;
        return SPF_NO_ANSWER;
    }
    return count ? answers_get_from(s->answers, asker, name, type, servers, count, out)
                 : SPF_NO_ANSWER;
}

enum spf_found domain_ask_again(struct domain_state *s, struct domain_job *j, const char *name,
                                uint16_t type, struct dns_answer *out, enum cause *cause)
{
    *cause = CAUSE_NONE;
    enum spf_found found = domain_ask_servers(s, j, name, type, out, cause);
    if (found != SPF_NO_ANSWER || *cause != CAUSE_NONE)
        return found;
    return answers_get(s->answers, (size_t)(j - s->jobs), name, type, ANSWERS_AGAIN, out, cause);
}
