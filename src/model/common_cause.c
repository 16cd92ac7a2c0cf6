/* SPDX-License-Identifier: ISC */
#include "repmon/common_cause.h"

#include <stdbool.h>

#define MANY 3

static const enum cause of_resolver[] = {CAUSE_TIMEOUT, CAUSE_SERVFAIL, CAUSE_NOT_SERVED,
                                         CAUSE_REWRITTEN, CAUSE_UNTRUSTED};

static const bool not_asked[CAUSE_COUNT] = {
    [CAUSE_NEVER_ASKED] = true, [CAUSE_NOT_ASKED] = true, [CAUSE_NO_KEY] = true,
    [CAUSE_EXPIRED] = true,     [CAUSE_DENIED] = true,    [CAUSE_NOT_APPLICABLE] = true,
};

void common_cause_add(struct common_cause *c, enum cause cause)
{
    if ((unsigned)cause >= CAUSE_COUNT || not_asked[cause])
        return;
    c->asked++;
    c->by_cause[cause]++;
}

enum cause common_cause(const struct common_cause *c)
{
    for (size_t i = 0; i < sizeof of_resolver / sizeof *of_resolver; i++) {
        size_t count = c->by_cause[of_resolver[i]];
        if (count >= MANY && count * 2 > c->asked)
            return of_resolver[i];
    }
    return CAUSE_NONE;
}

const char *common_cause_cure(enum cause cause, bool here)
{
    if (here && cause == CAUSE_TIMEOUT)
        return "start the resolver on this host if it does not answer, or name a working one with "
               "[dns] resolver, and make sure that the firewall allows its queries";
    if (here)
        return "let the resolver on this host query the name servers itself, not through another "
               "resolver (unbound: no forward-zone; dnsmasq can't), and make sure that the "
               "firewall allows its queries";
    return "run a recursive resolver of your own (apt install unbound; [dns] resolver = "
           "127.0.0.1) and make sure that the firewall allows its queries";
}
