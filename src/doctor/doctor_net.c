/* SPDX-License-Identifier: ISC */
/* The resolver, and through it every list: the same tests as in a run. */
#include "doctor_state.h"

#include "repmon/clock.h"
#include "repmon/common_cause.h"
#include "repmon/compose.h"
#include "repmon/crypto.h"
#include "repmon/fields.h"
#include "repmon/lookup.h"
#include "repmon/public_resolver.h"
#include "repmon/self_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OWN_RESOLVER "run a resolver of your own (apt install unbound; [dns] resolver = 127.0.0.1)"
#define NO_FORWARDER                                                                               \
    "let it query the name servers itself, not through another resolver (unbound: no "             \
    "forward-zone; dnsmasq "                                                                       \
    "can't)"
#define RANDOM_LABEL 20
#define NAMES_BYTES  3000
#define MANY         3 /* lists that fail alike are the resolver's fault, not theirs */

/* A host that has a resolver needs no advice to name one. */
static const char *doctor_own_resolver(const struct doctor *d)
{
    return session_resolver_is_here(&d->session) ? NO_FORWARDER : OWN_RESOLVER;
}

/* What the last run that met the limit found out. */
static void doctor_tell_limit(struct doctor *d, const char *resolver)
{
    struct buf fact;
    bool found = false;
    char of[DNS_RESOLVER_TEXT] = "";
    buf_init(&fact, 128);
    if (d->store)
        store_meta_get(d->store, DNS_LIMIT_FACT, &fact, &found, NULL);
    struct fields f = {.at = buf_text(&fact)};
    fields_word(&f, of, sizeof of);
    int64_t limit = fields_number(&f, UINT32_MAX);
    if (found && !f.bad && strcmp(of, resolver) == 0)
        doctor_say(d, DOCTOR_OK, "resolver", resolver, "",
                   "refuses queries when it has too many at once: repmon stays at %" PRId64 " "
                   "(dnsmasq: dns-forward-max, BIND: recursive-clients)",
                   limit);
    buf_fini(&fact);
}

void doctor_resolver(struct doctor *d)
{
    char text[DNS_RESOLVER_TEXT];
    if (!d->has_ask)
        return;
    for (size_t i = 0; i < d->session.resolver_count; i++) {
        const char *name = public_resolver_name(&d->session.resolvers[i].ip);
        dns_resolver_text(&d->session.resolvers[i], text);
        if (name)
            doctor_say(d, DOCTOR_WARN, "resolver", text, OWN_RESOLVER,
                       "public (%s): many lists refuse it or answer \"not listed\" to everything",
                       name);
        else if (d->options->offline)
            doctor_say(d, DOCTOR_OK, "resolver", text, "", "%s, not a known public one",
                       d->conf->resolver_count ? "configured" : "of resolv.conf");
        doctor_tell_limit(d, text);
    }
}

/* ---- a name that can't exist ---- */

struct doctor_question {
    char name[RANDOM_LABEL + 8];
    bool asked;
    enum dns_how how;
    bool malformed, has_address, torn; /* torn: empty, without an SOA to prove it (RFC 2308) */
    uint8_t rcode;
    char address[IP_TEXT_MAX];
};

static bool doctor_net_next_question(void *ctx, struct lookup_question *out)
{
    struct doctor_question *q = ctx;
    if (q->asked)
        return false;
    q->asked = true;
    *out = (struct lookup_question){q->name, DNS_A, q};
    return true;
}

static void doctor_net_take(void *ctx, const struct lookup_question *asked, enum dns_how how,
                            const struct dns_answer *answer)
{
    struct doctor_question *q = ctx;
    (void)asked;
    q->how = how;
    if (how != DNS_ANSWERED)
        return;
    q->malformed = answer->malformed;
    q->rcode = answer->rcode;
    q->has_address = answer->count > 0;
    q->torn = answer->count == 0 && !answer->soa;
    if (answer->count)
        ip_format(&answer->records[0].ip, q->address);
}

static void doctor_tell_question(struct doctor *d, const char *resolver,
                                 const struct doctor_question *q)
{
    if (q->how != DNS_ANSWERED && d->proven && d->session.resolver_count == 1)
        doctor_say(d, DOCTOR_WARN, "resolver", resolver,
                   "check whether it may query the Internet for all names",
                   "answers for lists, but not for other names");
    else if (q->how != DNS_ANSWERED)
        doctor_say(d, DOCTOR_RED, "resolver", resolver,
                   "start it, or name a working one with [dns] resolver", "does not answer");
    else if (q->malformed)
        doctor_say(d, DOCTOR_RED, "resolver", resolver,
                   session_resolver_is_here(&d->session)
                       ? "something between this host and the Internet alters DNS: ask the "
                         "operator of the network"
                       : "something on the way alters DNS: " OWN_RESOLVER,
                   "its answer is damaged");
    else if (q->has_address)
        doctor_say(
            d, DOCTOR_RED, "resolver", resolver, doctor_own_resolver(d),
            "rewrites: a name that can't exist resolves to %s, so no \"not listed\" can be trusted",
            q->address);
    else if (q->rcode == DNS_REFUSED)
        doctor_say(d, DOCTOR_RED, "resolver", resolver,
                   "let this host query it (unbound: access-control, BIND: allow-recursion)",
                   "refuses to answer this host");
    else if (q->rcode != DNS_NOERROR && q->rcode != DNS_NXDOMAIN)
        doctor_say(
            d, DOCTOR_RED, "resolver", resolver,
            "check its log: often it can't reach the root servers, or the clock is wrong and "
            "DNSSEC fails",
            "answers with an error (%s)",
            q->rcode == DNS_SERVFAIL ? "SERVFAIL" : "neither an answer nor NXDOMAIN");
    else if (q->torn)
        doctor_say(d, DOCTOR_WARN, "resolver", resolver,
                   "let [dns] resolver name one that keeps it, such as unbound on this host",
                   "leaves the SOA out of its negative answers: a reverse name or a record of a "
                   "domain can't be proven missing through it");
    else if (!d->common) /* else it is red: don't call anything about it fine */
        doctor_say(d, DOCTOR_OK, "resolver", resolver, "",
                   "answers, and says that a random name does not exist");
}

static void doctor_ask_resolvers(struct doctor *d)
{
    for (size_t i = 0; i < d->session.resolver_count; i++) {
        struct dns_options options = session_dns_options(&d->session);
        struct doctor_question q = {.how = DNS_STOPPED};
        const struct lookup_ops ops = {
            .next = doctor_net_next_question, .done = doctor_net_take, .ctx = &q};
        char label[RANDOM_LABEL + 1], text[DNS_RESOLVER_TEXT];
        struct error err = {0};
        crypto_random_label(label, RANDOM_LABEL);
        snprintf(q.name, sizeof q.name, "%s.com", label);
        dns_resolver_text(&d->session.resolvers[i], text);
        options.resolvers = &d->session.resolvers[i];
        options.count = 1;
        int64_t limit = clock_mono_ms() + options.timeout_ms * (int64_t)(options.tries + 1);
        bool asked = lookup_run(d->loop, &options, &ops, limit, &err);
        if (loop_interrupted())
            return;
        d->silent_resolvers += asked && q.how != DNS_ANSWERED;
        if (asked)
            doctor_tell_question(d, text, &q);
        else
            doctor_say(d, DOCTOR_RED, "resolver", text, "check its address", "%s", err.text);
    }
}

/* ---- lists ---- */

/* Lists counted by what they have in common, which is then not their own trouble. */
struct pattern {
    size_t tested, with_point, half, missing, refused, silent, rewritten;
    struct common_cause common;
    size_t explained; /* of the half-proven: those that name a culprit, all the same one */
    const char *cure; /* borrowed: what would fix it */
};

/* The note of a list that names a culprit, as long as all that have one name the same. */
static void doctor_count_culprit(struct pattern *p, const struct self_test_list *l)
{
    if (!l->names_culprit || (p->cure && strcmp(p->cure, l->note) != 0))
        return;
    p->cure = l->note;
    p->explained++;
}

static void doctor_count(struct pattern *p, const struct self_test_list *l)
{
    bool failed = l->verdict == SELF_TEST_FAILED || l->verdict == SELF_TEST_STANDS_ASIDE;
    if (l->verdict == SELF_TEST_NO_KEY || !l->families)
        return;
    p->tested++;
    p->with_point += l->list->testable[0] || l->list->testable[1];
    if (l->verdict == SELF_TEST_HALF) {
        p->half++;
        p->missing += l->cause == CAUSE_UNTRUSTED;
        doctor_count_culprit(p, l);
    }
    p->refused += l->cause == CAUSE_NOT_SERVED;
    p->silent += failed && l->cause == CAUSE_TIMEOUT;
    p->rewritten += l->cause == CAUSE_REWRITTEN;
    if (l->verdict != SELF_TEST_STANDS_ASIDE)
        common_cause_add(&p->common, l->cause);
}

/* What ails the resolver, judging by its lists. */
enum ailment { AIL_NONE, AIL_EMPTY, AIL_REFUSED, AIL_REWRITES, AIL_SILENT, AIL_COMMON };

static enum ailment doctor_ailment(const struct pattern *p)
{
    if (p->with_point >= 2 && p->missing == p->with_point)
        return AIL_EMPTY;
    if (p->refused >= MANY && p->refused * 2 >= p->tested)
        return AIL_REFUSED;
    if (p->rewritten >= 2 && p->rewritten * 2 >= p->tested)
        return AIL_REWRITES;
    if (p->silent >= 2 && p->silent == p->tested)
        return AIL_SILENT;
    return common_cause(&p->common) != CAUSE_NONE ? AIL_COMMON : AIL_NONE;
}

/* True when it told that the resolver is what ails them all. */
static bool doctor_tell_pattern(struct doctor *d, const struct pattern *p)
{
    switch (doctor_ailment(p)) {
    case AIL_NONE: return false;
    case AIL_EMPTY:
        doctor_say(d, DOCTOR_RED, "resolver", "",
                   p->explained == p->half ? p->cure : doctor_own_resolver(d),
                   "knows the test entry of no list: it forwards to a public one, or filters; none "
                   "of its answers can be trusted");
        break;
    case AIL_REFUSED:
        doctor_say(d, DOCTOR_RED, "resolver", "", doctor_own_resolver(d),
                   "%zu of %zu lists refuse it: it is public or shared, or forwards to one that is",
                   p->refused, p->tested);
        break;
    case AIL_REWRITES:
        doctor_say(d, DOCTOR_RED, "resolver", "", doctor_own_resolver(d),
                   "%zu of %zu lists seem to answer outside 127/8: it rewrites answers",
                   p->rewritten, p->tested);
        break;
    case AIL_SILENT:
        if (d->silent_resolvers < d->session.resolver_count) /* else that is told already */
            doctor_say(
                d, DOCTOR_RED, "resolver", "",
                "check whether it can reach the Internet: a firewall, a forwarder that is down",
                "no list answers through it");
        break;
    case AIL_COMMON:
        doctor_say(d, DOCTOR_RED, "resolver", "",
                   p->half && p->explained == p->half
                       ? p->cure
                       : common_cause_cure(common_cause(&p->common),
                                           session_resolver_is_here(&d->session)),
                   "%s (%s)", COMMON_CAUSE_TEXT, cause_word(common_cause(&p->common)));
        break;
    }
    return true;
}

static const char *doctor_families_text(unsigned families)
{
    if (families == FAMILY_NAME)
        return "domains";
    if (families == (FAMILY_4 | FAMILY_6))
        return "IPv4 and IPv6";
    return families == FAMILY_6 ? "IPv6" : "IPv4";
}

static void doctor_tell_list(struct doctor *d, const struct self_test_list *l, bool of_resolver)
{
    const char *zone = l->list->list, *cure = l->cure;
    if (of_resolver)
        cure = "fix the resolver first";
    else if (!cure[0])
        cure = l->refused[0] ? l->refused
                             : "ask its operator, or switch it off: severity = off in its section";
    switch (l->verdict) {
    case SELF_TEST_GOOD:
        if (l->families)
            doctor_say(d, DOCTOR_OK, "list", zone, "", "proven (%s)",
                       doctor_families_text(l->families));
        break;
    case SELF_TEST_UNPROVEN:
        doctor_say(d, DOCTOR_OK, "list", zone, "",
                   "answers; without a test entry its \"not listed\" stays unproven");
        break;
    case SELF_TEST_HALF:
        doctor_say(d, DOCTOR_RED, "list", zone, cure,
                   "what it lists counts, but its \"not listed\" is not proven: %s",
                   l->cause == CAUSE_UNTRUSTED ? "its test entry is not listed as it should be"
                                               : compose_cause(l->cause));
        break;
    case SELF_TEST_STANDS_ASIDE:
        doctor_say(d, DOCTOR_WARN, "list", zone, cure, "off, because it needs registration: %s",
                   compose_cause(l->cause));
        break;
    case SELF_TEST_NO_KEY:
        doctor_say(d, DOCTOR_RED, "list", zone, cure, "not queried: its key is missing");
        break;
    default:
        doctor_say(d, DOCTOR_RED, "list", zone, cure, "%s: %s", cause_word(l->cause),
                   compose_cause(l->cause));
        break;
    }
}

static bool doctor_fails_alike(const struct self_test_list *a, const struct self_test_list *b)
{
    return (a->verdict == SELF_TEST_FAILED || a->verdict == SELF_TEST_HALF) &&
           a->verdict == b->verdict && a->cause == b->cause;
}

/* When the resolver is at fault, lists that fail alike share one line, said for the first. */
static void doctor_tell_alike(struct doctor *d, const struct self_test *test, size_t first)
{
    const struct self_test_list *l = &test->items[first];
    struct buf names;
    size_t count = 0, more = 0;
    buf_init(&names, 4096);
    for (size_t i = 0; i < test->count; i++) {
        if (!doctor_fails_alike(l, &test->items[i]))
            continue;
        if (i < first)
            goto told;
        more += names.len > NAMES_BYTES;
        if (names.len <= NAMES_BYTES)
            buf_fmt(&names, "%s%s", count ? ", " : "", test->items[i].list->list);
        count++;
    }
    if (more)
        buf_fmt(&names, ", %zu more", more);
    if (count < 2)
        doctor_tell_list(d, l, true);
    else
        doctor_say(d, DOCTOR_RED, "lists", "", "fix the resolver first", "%s: %s (%s)",
                   buf_text(&names),
                   l->verdict == SELF_TEST_HALF
                       ? "what they list counts, but their \"not listed\" is not proven"
                       : "none of their answers count",
                   cause_word(l->cause));
told:
    buf_fini(&names);
}

static unsigned doctor_families_watched(const struct doctor *d)
{
    unsigned families = 0;
    for (size_t i = 0; i < d->inventory.count; i++)
        families |= d->inventory.items[i].ip.family == 6 ? FAMILY_6 : FAMILY_4;
    return families ? families : FAMILY_4;
}

void doctor_lists(struct doctor *d)
{
    struct self_test test = {0};
    struct pattern pattern = {0};
    struct error err = {0};
    struct self_test_options options = {.conf = d->conf, .families = doctor_families_watched(d)};
    const struct source *lists = source_of_lists(d->conf->sources);
    const struct session_part *part =
        d->has_ask && lists ? session_part(&d->session, lists->word) : NULL;
    if (!part || !part->setup)
        return;
    if (lists->columns(part->setup) == 0) {
        doctor_ask_resolvers(d);
        return;
    }
    bool asked = self_test_run(&options, &test, &err);
    if (loop_interrupted()) {
        /* told by the caller */
    } else if (asked) {
        for (size_t i = 0; i < test.count; i++) {
            doctor_count(&pattern, &test.items[i]);
            d->proven |= test.items[i].verdict == SELF_TEST_GOOD && test.items[i].families != 0;
        }
        d->common = doctor_ailment(&pattern) != AIL_NONE;
        doctor_ask_resolvers(d); /* first: what ails the resolvers ails the lists */
        bool of_resolver = doctor_tell_pattern(d, &pattern);
        for (size_t i = 0; i < test.count; i++)
            if (of_resolver)
                doctor_tell_alike(d, &test, i);
            else
                doctor_tell_list(d, &test.items[i], false);
    } else {
        doctor_say(d, DOCTOR_RED, "list", "", "fix it there", "%s", err.text);
        doctor_ask_resolvers(d);
    }
    self_test_fini(&test);
}
