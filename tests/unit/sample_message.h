/* SPDX-License-Identifier: ISC */
/* Messages as a run composes them, for tests and tests/tools/send_message.c. */
#ifndef SAMPLE_MESSAGE_H
#define SAMPLE_MESSAGE_H

#include "repmon/message.h"

#include <stdio.h>

#define SAMPLE_TIME 1795240800 /* 2026-11-21 06:00:00 UTC */

static inline struct ip_range sample_range(const char *text)
{
    struct ip_range r = {0};
    message_range_parse(text, &r);
    return r;
}

/* One address newly on ZEN, blocked at Outlook too, one list blind, something open and unknown. */
static inline struct message sample_message(void)
{
    static struct ip_range one, block[2], open_range;
    one = sample_range("203.0.113.5");
    block[0] = sample_range("203.0.113.16-203.0.113.31");
    block[1] = sample_range("2001:db8:1::/64-2001:db8:1:3::/64");
    open_range = one;
    static const struct code codes[] = {
        {"127.0.0.2", "SBL", "Spamhaus found spam sources or services for spammers.", SEV_CRITICAL,
         ""},
        {"127.0.0.4", "XBL", "An infected or abused machine sends through this address.",
         SEV_CRITICAL, ""},
    };
    static const struct code code_from[] = {
        {"127.0.0.10", "PBL", "The provider says that no mail should come from here.", SEV_INFO,
         ""},
    };
    static struct entry entries[4];
    entries[0] = (struct entry){
        .kind = CHANGE_LISTED,
        .source = "dnsbl",
        .list = "zen.spamhaus.org",
        .from = LEVEL_INFO,
        .to = LEVEL_CRITICAL,
        .severity_level = LEVEL_CRITICAL,
        .count = 1,
        .ranges = &one,
        .range_count = 1,
        .label = "mx1.example.org",
        .codes_from = code_from,
        .code_from_count = 1,
        .codes = codes,
        .code_count = 2,
        .state = "listed",
        .headline = "",
        .dns_list = true,
        .cause = CAUSE_NONE,
        .reason = "https://www.spamhaus.org/query/ip/203.0.113.5",
        .url = "https://check.spamhaus.org/listed/?searchterm=203.0.113.5",
        .delist = "https://check.spamhaus.org/remove/",
        .advice = "Look for what this machine sends: an open relay, a stolen password or a form. "
                  "Stop it, then ask Spamhaus for removal at the address below.",
        .since = SAMPLE_TIME - 7200,
    };
    entries[1] = (struct entry){
        .kind = CHANGE_WORSENED,
        .source = "snds",
        .list = "main/status",
        .from = LEVEL_WARNING,
        .to = LEVEL_CRITICAL,
        .severity_level = LEVEL_CRITICAL,
        .count = 20,
        .ranges = block,
        .range_count = 2,
        .label = "",
        .state = "blocked",
        .headline = "BLOCKED AT OUTLOOK",
        .cause = CAUSE_NONE,
        .reason = "Blocked due to user complaints or other evidence of spamming",
        .url = "",
        .delist = "",
        .advice = "",
        .since = SAMPLE_TIME - 3 * 86400,
    };
    entries[2] = (struct entry){
        .kind = CHANGE_DELISTED,
        .source = "dnsbl",
        .list = "bl.spamcop.net",
        .from = LEVEL_CRITICAL,
        .to = LEVEL_OK,
        .severity_level = LEVEL_CRITICAL,
        .count = 1,
        .ranges = &one,
        .range_count = 1,
        .label = "mx1.example.org",
        .state = "not-listed",
        .headline = "",
        .dns_list = true,
        .cause = CAUSE_NONE,
        .reason = "",
        .url = "",
        .delist = "",
        .advice = "",
        .since = 0,
    };
    entries[3] = (struct entry){
        .kind = CHANGE_BLIND,
        .source = "dnsbl",
        .list = "b.barracudacentral.org",
        .of_list = true,
        .severity_level = LEVEL_WARNING,
        .label = "",
        .state = "",
        .headline = "",
        .dns_list = true,
        .cause = CAUSE_NOT_SERVED,
        .reason = "",
        .url = "",
        .delist = "",
        .advice = "Register the resolver's address with Barracuda, free of charge.",
        .since = SAMPLE_TIME - 86400,
    };
    static struct message_open open[1];
    open[0] =
        (struct message_open){"dnsbl", "psbl.surriel.com",      LEVEL_WARNING, open_range, "listed",
                              "PSBL",  SAMPLE_TIME - 5 * 86400, true};
    static const struct message_unknown unknown[] = {
        {"dnsbl", "b.barracudacentral.org", CAUSE_NOT_SERVED, 0, SAMPLE_TIME - 86400, true},
        {"talos", "talos", CAUSE_DENIED, 2, 0},
    };
    static const char *const notes[] = {"Refused at the last try: second@example.org (550 no)."};
    static const char *const reply_to[] = {"mon1-20261118-060000-ab12"};
    return (struct message){
        .id = "mon1-20261121-060000-cd34",
        .instance = "mon1",
        .config = "/srv/repmon test/repmon.conf",
        .time = SAMPLE_TIME,
        .notes = notes,
        .note_count = 1,
        .entries = entries,
        .entry_count = 4,
        .open = open,
        .open_count = 1,
        .unknown = unknown,
        .unknown_count = 2,
        .reply_to = reply_to,
        .reply_to_count = 1,
    };
}

/* Everything at its limit, and `each` ranges of single addresses in every entry. */
static inline struct message sample_flood(void)
{
    static struct ip_range ranges[LIMIT_ENTRY_ADDRESSES];
    static struct entry entries[LIMIT_DIGEST_ENTRIES];
    static char lists[LIMIT_DIGEST_ENTRIES][32];
    static char reason[LIMIT_REASON];
    for (unsigned i = 0; i < LIMIT_ENTRY_ADDRESSES; i++) {
        char text[32];
        snprintf(text, sizeof text, "203.0.%u.%u", i / 50, i % 50 * 2);
        ranges[i] = sample_range(text);
    }
    for (size_t i = 0; i + 1 < sizeof reason; i++)
        reason[i] = i % 9 ? 'x' : ' ';
    struct message m = sample_message();
    for (unsigned i = 0; i < LIMIT_DIGEST_ENTRIES; i++) {
        snprintf(lists[i], sizeof lists[i], "list%u.example.org", i);
        entries[i] = m.entries[0];
        entries[i].list = lists[i];
        entries[i].ranges = ranges;
        entries[i].range_count = LIMIT_ENTRY_ADDRESSES;
        entries[i].more = 100;
        entries[i].count = 200;
        entries[i].label = "";
        entries[i].reason = reason;
    }
    m.entries = entries;
    m.entry_count = LIMIT_DIGEST_ENTRIES;
    m.more_entries = 3;
    return m;
}

#endif
