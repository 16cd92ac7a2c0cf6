/* SPDX-License-Identifier: ISC */
#include "repmon/causes.h"

static const struct {
    const char *heading, *cure;
} causes[CAUSE_COUNT] = {
    [CAUSE_NEVER_ASKED] = {"not asked yet", ""},
    [CAUSE_NONE] = {"", ""},
    [CAUSE_TIMEOUT] = {"no answer in time",
                       "The list, or the way to it, is down. If all lists are silent, look at the "
                       "resolver and at the firewall."},
    [CAUSE_SERVFAIL] = {"the resolver failed",
                        "The name servers of the list fail, or the resolver can't reach them. If "
                        "all lists fail, look at the resolver."},
    [CAUSE_NOT_SERVED] = {"the list does not serve us",
                          "Ask through a recursive resolver of your own, not a public or a shared "
                          "one ([dns] resolver), or register with the list."},
    [CAUSE_REWRITTEN] = {"something rewrites the answers",
                         "The resolver sends people to a search page, or the domain of the list "
                         "was given up. Use an honest resolver of your own ([dns] resolver)."},
    [CAUSE_UNTRUSTED] =
        {"the self-test failed",
         "It lists everything, or not what it should: its \"not listed\" counts for "
         "nothing. Take it out if it stays so while other lists pass."},
    [CAUSE_UNPROVEN] = {"without a test point, silence proves nothing", ""},
    [CAUSE_NOT_ASKED] = {"the deadline, a budget or too many failures came first",
                         "Ask fewer addresses or lists at once, or raise deadline or budget."},
    [CAUSE_NO_KEY] = {"a key or a login is needed, and there is none",
                      "For an account, log in once (`repmon login NAME`). For a list, put the "
                      "key into a file that only repmon can read and name it with key_file."},
    [CAUSE_EXPIRED] = {"the credential has expired", "Get a new one from the operator."},
    [CAUSE_DENIED] = {"access was denied",
                      "The credential is wrong or withdrawn, or too much was asked: look at the "
                      "account."},
    [CAUSE_BAD_FORMAT] = {"the answer could not be read",
                          "If this stays so, the operator changed its format: look for a newer "
                          "repmon."},
    [CAUSE_NOT_COVERED] = {"not covered by the account",
                           "Have the address added to the account at the operator."},
    [CAUSE_NO_DATA] = {"nothing is known there about the address", ""},
    [CAUSE_NOT_APPLICABLE] = {"targets of this kind are not taken", ""},
    [CAUSE_GAP] = {"lines of the log are missing",
                   "The place of the last run was not found again. Keep rotated files for longer "
                   "than runs are apart."},
    [CAUSE_BEHIND] = {"the log is read too slowly", "Run more often, or raise deadline."},
    [CAUSE_NOT_HEARD_SINCE] = {"refused once, and not heard since",
                               "Nothing was sent there for a week. Send a message to the "
                               "receiver, or acknowledge it."},
};

const char *cause_heading(enum cause cause)
{
    return (unsigned)cause < CAUSE_COUNT ? causes[cause].heading : "";
}

const char *cause_cure(enum cause cause)
{
    return (unsigned)cause < CAUSE_COUNT ? causes[cause].cure : "";
}
