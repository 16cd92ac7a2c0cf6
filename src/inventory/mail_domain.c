/* SPDX-License-Identifier: ISC */
#include "repmon/names.h"

#include "repmon/lookup.h"

struct looking {
    const char *name;
    size_t asked;
    bool found;
};

static const uint16_t types[] = {DNS_MX, DNS_TXT};

static bool mail_next(void *ctx, struct lookup_question *q)
{
    struct looking *l = ctx;
    if (l->asked == sizeof types / sizeof *types)
        return false;
    *q = (struct lookup_question){.name = l->name, .type = types[l->asked++]};
    return true;
}

static void mail_done(void *ctx, const struct lookup_question *q, enum dns_how how,
                      const struct dns_answer *answer)
{
    struct looking *l = ctx;
    (void)q;
    l->found |= how == DNS_ANSWERED && answer->rcode == DNS_NOERROR && answer->count > 0;
}

bool name_has_mail_records(const char *name, struct loop *loop, const struct dns_options *dns,
                           int64_t deadline_ms)
{
    struct looking l = {.name = name};
    const struct lookup_ops ops = {.next = mail_next, .done = mail_done, .ctx = &l};
    struct error ignored = {0};
    return lookup_run(loop, dns, &ops, deadline_ms, &ignored) && l.found;
}
