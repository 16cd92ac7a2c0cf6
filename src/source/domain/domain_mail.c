/* SPDX-License-Identifier: ISC */
/* Whether a sender can be answered: MX, else an address (RFC 5321 5.1), and no null MX (RFC 7505).
 */
#include "domain_state.h"

#include <string.h>

static bool domain_has_host(const struct dns_answer *mx)
{
    for (size_t i = 0; i < mx->count; i++)
        if (mx->records[i].len > 0 && strcmp(mx->records[i].text, ".") != 0)
            return true;
    return false;
}

void domain_judge_mail(struct domain_state *s, struct domain_job *j, struct domain_finding *f)
{
    struct dns_answer answer;
    if (domain_ask(s, j, f, j->name, DNS_MX, &answer) != SPF_FOUND)
        return;
    if (domain_has_host(&answer)) {
        domain_present(s, j, "mail", "");
        return;
    }
    if (answer.count) {
        finding_add(f, MAIL_NULL_MX, "");
        finding_say(f, "%s MX 0 . declares that it accepts no mail: publish the host that does",
                    j->name);
        return;
    }
    if (domain_ask(s, j, f, j->name, DNS_A, &answer) != SPF_FOUND)
        return;
    if (answer.count == 0 && domain_ask(s, j, f, j->name, DNS_AAAA, &answer) != SPF_FOUND)
        return;
    if (answer.count) {
        domain_present(s, j, "mail", "");
        return;
    }
    enum domain_absent absent = domain_absent(s, j, f, "mail", j->name, DNS_MX, NULL);
    if (absent == ABSENT_NOT_PROVEN)
        return;
    finding_add(f, absent == ABSENT_GONE ? MAIL_GONE : MAIL_MISSING, "");
    finding_say(f, "publish %s MX 10 with the host that accepts its mail", j->name);
}
