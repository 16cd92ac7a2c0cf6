/* SPDX-License-Identifier: ISC */
#include "repmon/causes.h"

static const struct {
    const char *heading, *cure;
} causes[CAUSE_COUNT] = {
    [CAUSE_NEVER_ASKED] = {"not queried yet", ""},
    [CAUSE_NONE] = {"", ""},
    [CAUSE_TIMEOUT] = {"no answer in time", "The list, or the network path to it, is down. If no "
                                            "list answers, check the resolver and the firewall."},
    [CAUSE_SERVFAIL] = {"its server or the resolver failed",
                        "The servers that answer for it are down, or can't be reached from here. "
                        "If all lists fail, check the resolver."},
    [CAUSE_NOT_SERVED] = {"the list refuses your queries",
                          "Use a recursive resolver of your own, not a public or shared one ([dns] "
                          "resolver), or register with the list."},
    [CAUSE_REWRITTEN] = {"answers are rewritten on the way",
                         "The resolver redirects to a search page, or the list's domain was "
                         "abandoned. Use a resolver of your own ([dns] resolver)."},
    [CAUSE_UNTRUSTED] =
        {"the answers can't be trusted",
         "It lists everything, or fails to list its test entry, or the proof in the resolver's "
         "cache is older than the listing, so its \"not listed\" means nothing. Remove it if this "
         "persists for days while other lists pass."},
    [CAUSE_UNPROVEN] = {"nothing shows whether it is listed", ""},
    [CAUSE_NOT_ASKED] = {"not queried: deadline, budget or too many failures",
                         "Query fewer addresses or lists at once, or raise deadline or budget."},
    [CAUSE_NO_KEY] = {"a key or login is needed, and none is configured",
                      "For an account, log in once (`repmon login NAME`). For a list, put the "
                      "key into a file that only repmon can read and name it with key_file."},
    [CAUSE_EXPIRED] = {"the credential has expired", "Get a new one from the operator."},
    [CAUSE_DENIED] = {"access was denied", "The credential is wrong or was revoked, or too many "
                                           "requests were sent: check the account."},
    [CAUSE_BAD_FORMAT] =
        {"the answer could not be read",
         "If this continues, the operator has changed the format: look for a newer repmon."},
    [CAUSE_NOT_COVERED] = {"not covered by the account",
                           "Have the operator add the address to the account."},
    [CAUSE_NO_DATA] = {"no data about the address", ""},
    [CAUSE_NOT_APPLICABLE] = {"targets of this kind are not accepted", ""},
    [CAUSE_GAP] = {"lines of the log are missing",
                   "The place where the last run stopped was not found again. Keep rotated files "
                   "for longer than the time between runs."},
    [CAUSE_BEHIND] = {"the log is read too slowly", "Run more often, or raise deadline."},
    [CAUSE_UNREADABLE] = {"the log or Maildir can't be read",
                          "Correct its section, or give the user that runs repmon the right "
                          "to read it: on Debian `adduser repmon adm`, for the journal the group "
                          "systemd-journal."},
    [CAUSE_SILENT] = {"nothing is being logged",
                      "Check that the mail server is running and still logs to this file or to the "
                      "journal."},
    [CAUSE_NOT_HEARD_SINCE] = {"refused once, and not heard from since",
                               "No mail went there for a week. Send a message to this receiver, or "
                               "acknowledge the finding."},
};

const char *cause_heading(enum cause cause)
{
    return (unsigned)cause < CAUSE_COUNT ? causes[cause].heading : "";
}

const char *cause_cure(enum cause cause)
{
    return (unsigned)cause < CAUSE_COUNT ? causes[cause].cure : "";
}
