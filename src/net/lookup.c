/* SPDX-License-Identifier: ISC */
#include "repmon/lookup.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/loop.h"
#include "repmon/trace.h"

#include <stdlib.h>
#include <string.h>

struct pending {
    struct lookup_question question;
    const struct lookup_ops *ops; /* borrowed */
};

static void lookup_on_done(void *ctx, void *user, const struct dns_result *result)
{
    (void)ctx;
    struct pending *p = user;
    p->question.via = result->via;
    trace_answer(p->question.name, p->question.type, result->how, result->answer);
    p->ops->done(p->ops->ctx, &p->question, result->how, result->answer);
    free(p);
}

static void lookup_on_changed(void *ctx, uint8_t via)
{
    (void)ctx;
    (void)via;
}

bool lookup_run(struct loop *loop, const struct dns_options *options, const struct lookup_ops *ops,
                int64_t deadline_ms, struct error *err)
{
    const struct dns_hooks hooks = {.done = lookup_on_done, .changed = lookup_on_changed};
    struct dns_list names = {0}; /* to the resolver they all count as one list */
    struct dns *dns = dns_new(loop, options, &hooks, err);
    if (!dns)
        return false;
    for (;;) {
        int64_t now_ms = clock_mono_ms();
        if (loop_interrupted() || (deadline_ms && now_ms >= deadline_ms))
            break;
        dns_work(dns);
        struct lookup_question q;
        while (dns_room(dns) > 0 && ops->next(ops->ctx, &q)) {
            struct pending *p = mem_alloc(sizeof *p);
            *p = (struct pending){.question = q, .ops = ops};
            trace_question(q.name, q.type);
            dns_ask(dns, &(struct dns_question){
                             .name = q.name, .type = q.type, .list = &names, .user = p});
        }
        if (dns_pending(dns) == 0)
            break;
        int64_t wait = dns_wake_ms(dns) - now_ms;
        loop_wait(loop, wait < 100 ? wait : 100);
    }
    dns_stop(dns);
    struct lookup_question q;
    while (ops->next(ops->ctx, &q))
        ops->done(ops->ctx, &q, DNS_STOPPED, NULL);
    dns_free(dns);
    return true;
}
