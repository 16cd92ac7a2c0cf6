/* SPDX-License-Identifier: ISC */
/*
 * A change of one (target, list) or of one list, and an entry: changes that share list, kind,
 * level and codes, as a digest shows them. The judge makes them, the store keeps them, alert/
 * sends them. Plain data; this header includes only types.h and ip.h.
 */
#ifndef REPMON_CHANGE_H
#define REPMON_CHANGE_H

#include "repmon/ip.h"
#include "repmon/limits.h"
#include "repmon/types.h"

struct change {
    enum change_kind kind;
    const char *source;
    const char *list;         /* borrowed from the column */
    bool of_list;             /* blind, recovered, expiring, expired, stale: no target */
    uint32_t target;          /* stable id; unless of_list */
    struct ip ip;             /* unless of_list */
    uint8_t prefix;           /* 32, 128 or 64 */
    const char *label;        /* borrowed from the inventory; "" */
    enum level from, to;      /* with today's configuration, on both sides */
    const char *answers_from; /* borrowed: believed before; "" */
    const char *answers;      /* borrowed: believed now; "" */
    enum cause cause;         /* of blindness */
    const char *detail;       /* borrowed: cleaned reason of the list, or a sentence; "" */
    time_t since;             /* begin of the finding, or of the blindness */
    time_t opened;            /* time of the alert that opened this incident; 0: none */
    bool acked;               /* the finding is acknowledged */
    bool unsaid;              /* another monitor reported it: recorded as told, but not sent */
    uint32_t count;           /* of_list: targets concerned; 0: not counted */
    enum incident incident;   /* that is open after this change; NONE: it ends one, or was none */
    struct told told; /* of the incident, this change with it; who hears this change is added
                         when it is committed */
};

/* Inclusive, at /32, /128 or /64 steps according to prefix. */
struct ip_range {
    struct ip first, last;
    uint8_t prefix;
};

/* One line of a digest. Everything owned by the entry list that made it. */
struct entry {
    enum change_kind kind;
    const char *source;
    const char *list;
    bool of_list;
    enum level from, to;
    enum level
        severity_level; /* what min_level of a channel compares with: the worst of from, to, told */
    uint32_t told_kinds;                 /* as in struct told, of an end or good news; else 0 */
    uint64_t told_channels;              /* the same: they hear of it whatever they filter */
    const struct change *const *changes; /* what it is made of; NULL in a message read back */
    size_t change_count;
    uint32_t count;                /* targets; 0 for of_list without targets */
    const struct ip_range *ranges; /* at most LIMIT_ENTRY_ADDRESSES */
    size_t range_count;
    uint32_t more;     /* targets not in ranges */
    const char *label; /* when count is 1 */
    const struct code *codes_from, *codes;
    size_t code_from_count, code_count;
    bool dns_list;          /* codes of a DNS list */
    const char *headline;   /* "BLOCKED AT OUTLOOK": the state as news; "": the kind says it */
    const char *sentence;   /* the news in plain words, with list and address; "": none */
    const char *state;      /* the source's own word now: "listed", "blocked", … */
    enum severity severity; /* of the worst code now, else of the list: what is told first */
    enum cause cause;
    const char *reason; /* TXT or detail; "" */
    const char *url;    /* page to look it up; of the address when count is 1; "" */
    const char *delist; /* page to ask for removal, perhaps the same; "" */
    const char *advice; /* what to do next; "" only where there is nothing to do */
    time_t since;
};

/* What the targets of an entry are, as ip_noun(); "targets" where it names none. */
const char *entry_noun(const struct entry *e);

#endif
