/* SPDX-License-Identifier: ISC */
#include "repmon/names.h"

#include "names_parts.h"
#include "repmon/buf.h"
#include "repmon/host_name.h"
#include "repmon/lookup.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_OWNER ((size_t)-1) /* the question about DNS64 belongs to no name */

static const uint16_t host_types[2] = {DNS_A, DNS_AAAA};

struct lookup {
    struct names *names;
    const struct dns_options *dns;
    size_t resolver; /* number of the first that is asked */
    bool heard;      /* a usable answer came */
    struct dns64 dns64;
    enum { NOT_NEEDED, NEEDED, ASKED } dns64_step;
};

/* ---- asking ---- */

static struct name_asker *names_add_asker(struct names *names, size_t name, struct spf *spf)
{
    struct name *n = &names->items[name];
    n->askers = mem_grow(n->askers, n->asker_count + 1, sizeof *n->askers);
    n->askers[n->asker_count] = (struct name_asker){.spf = spf};
    return &n->askers[n->asker_count++];
}

bool names_add(struct names *names, const char *text, bool spf)
{
    char name[LIMIT_DNS_NAME + 1];
    if (!host_name_parse(text, name))
        return false;
    names->items = mem_grow(names->items, names->count + 1, sizeof *names->items);
    struct name *n = &names->items[names->count];
    *n = (struct name){.spf = spf, .whole = {true, true}};
    memcpy(n->name, name, sizeof name);
    names_add_asker(names, names->count++,
                    spf ? spf_new(name, names->includes, names->include_count) : NULL);
    return true;
}

static bool names_next_of(struct name_asker *a, struct name *n, struct lookup_question *out)
{
    if (a->waiting)
        return false;
    if (a->spf) {
        a->waiting = spf_next(a->spf, &a->question) == SPF_ASK;
        *out = (struct lookup_question){.name = a->question.name, .type = a->question.type};
        return a->waiting;
    }
    if (a->asked == 2)
        return false;
    *out = (struct lookup_question){.name = n->name, .type = host_types[a->asked++]};
    return true;
}

/* Askers move when one is added, so a question holds two indexes: of the name, of its asker. */
static void *names_pack(size_t name, size_t asker)
{
    return (void *)(uintptr_t)(name << 16 | asker); // NOLINT: a number, not an address
}

static bool names_next_question(void *ctx, struct lookup_question *out)
{
    struct lookup *l = ctx;
    for (size_t i = 0; i < l->names->count; i++) {
        struct name *n = &l->names->items[i];
        for (size_t k = 0; k < n->asker_count; k++) {
            if (!names_next_of(&n->askers[k], n, out))
                continue;
            out->user = names_pack(i, k);
            return true;
        }
    }
    if (l->dns64_step != NEEDED)
        return false;
    l->dns64_step = ASKED;
    *out = (struct lookup_question){
        .name = DNS64_NAME, .type = DNS_AAAA, .user = (void *)(uintptr_t)NO_OWNER};
    return true;
}

/* Counts the addresses in includes that a record names but that are not followed. */
static void names_count_left_out(struct names *names, size_t name)
{
    static char *all[] = {"all"};
    size_t count;
    struct name *n = &names->items[name];
    char *const *left = spf_left_out(n->askers[0].spf, &count);
    n->left_out = mem_array(count, sizeof *n->left_out);
    for (size_t i = 0; i < count; i++) {
        n->left_out[n->left_out_count++].name = mem_dup(left[i]);
        if (names->count_left_out)
            names_add_asker(names, name, spf_new(left[i], all, 1))->left_out = i + 1;
    }
}

static const char *names_answer_word(enum dns_how how, const struct dns_answer *a)
{
    if (how != DNS_ANSWERED)
        return "no answer";
    return a->malformed ? "an answer that can't be read" : dns_rcode_word(a->rcode);
}

static bool names_is_usable(enum dns_how how, const struct dns_answer *a)
{
    return how == DNS_ANSWERED && !a->malformed &&
           (a->rcode == DNS_NOERROR || a->rcode == DNS_NXDOMAIN);
}

/* If the resolver denies every name, the spelling is not to blame. */
static void names_tell_denial(const struct lookup *l, struct name *n, size_t via)
{
    char resolver[DNS_RESOLVER_TEXT];
    if (n->proven) {
        text_fit(n->why, sizeof n->why, "%s has no address: it does not exist (NXDOMAIN)", n->name);
        return;
    }
    dns_resolver_text(&l->dns->resolvers[(l->resolver + via) % l->dns->count], resolver);
    text_fit(
        n->why, sizeof n->why,
        "%s has no address: %s says that it does not exist (NXDOMAIN), but without a proof (no "
        "SOA), like a resolver that denies every name",
        n->name, resolver);
}

static void names_take_address_answer(struct lookup *l, struct name *n,
                                      const struct lookup_question *q, enum dns_how how,
                                      const struct dns_answer *answer)
{
    uint16_t type = q->type;
    if (!names_is_usable(how, answer)) {
        n->whole[0] = n->whole[1] = false;
        name_blame(n, NAME_PARTLY, "%s could not be looked up (%s: %s)", n->name,
                   type == DNS_A ? "A" : "AAAA", names_answer_word(how, answer));
        return;
    }
    n->whole[type == DNS_AAAA] &= answer->count > 0 || answer->soa;
    for (size_t i = 0; i < answer->count; i++) {
        const struct ip *ip = &answer->records[i].ip;
        name_add_block(n, (struct cidr){*ip, (uint8_t)ip_bits(ip)});
        if (ip->family == 6 && l->dns64_step == NOT_NEEDED)
            l->dns64_step = NEEDED;
    }
    if (answer->count == 0 && answer->rcode == DNS_NXDOMAIN) {
        n->denied = true;
        n->proven |= answer->soa;
        names_tell_denial(l, n, q->via);
    }
}

static void names_take_answer(void *ctx, const struct lookup_question *q, enum dns_how how,
                              const struct dns_answer *answer)
{
    struct lookup *l = ctx;
    size_t user = (size_t)(uintptr_t)q->user;
    l->heard |= names_is_usable(how, answer);
    if (user == NO_OWNER) {
        if (names_is_usable(how, answer))
            dns64_learn(&l->dns64, answer);
        return;
    }
    struct name *n = &l->names->items[user >> 16];
    struct name_asker *a = &n->askers[user & 0xffff];
    if (how == DNS_ANSWERED)
        n->vias |= 1u << ((l->resolver + q->via) & 31);
    if (!a->spf) {
        names_take_address_answer(l, n, q, how, answer);
        return;
    }
    a->waiting = false;
    if (how == DNS_ANSWERED && q->type == DNS_AAAA && answer->count && l->dns64_step == NOT_NEEDED)
        l->dns64_step = NEEDED;
    spf_reply(a->spf, how == DNS_ANSWERED ? answer : NULL);
    if (a->left_out == 0 && spf_next(a->spf, &a->question) != SPF_ASK)
        names_count_left_out(l->names, user >> 16);
}

static void names_free_name(struct name *n)
{
    for (size_t k = 0; k < n->asker_count; k++)
        spf_free(n->askers[k].spf);
    for (size_t k = 0; k < n->left_out_count; k++)
        free(n->left_out[k].name);
    for (size_t k = 0; k < n->note_count; k++)
        free(n->notes[k]);
    free(n->askers);
    free(n->left_out);
    free(n->notes);
    free(n->blocks);
}

static void names_start_over(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        struct name *n = &names->items[i];
        struct name again = {.spf = n->spf, .whole = {true, true}};
        memcpy(again.name, n->name, sizeof n->name);
        names_free_name(n);
        *n = again;
        names_add_asker(names, i,
                        n->spf ? spf_new(n->name, names->includes, names->include_count) : NULL);
    }
}

/* A resolver that answers, but all of it with errors, is as useless as a silent one. */
static bool names_ask_all(struct lookup *l, struct loop *loop, const struct dns_options *dns,
                          int64_t deadline_ms, struct error *err)
{
    const struct lookup_ops ops = {
        .next = names_next_question, .done = names_take_answer, .ctx = l};
    for (;;) {
        struct dns_options rest = *dns;
        rest.resolvers += l->resolver;
        rest.count -= l->resolver;
        if (!lookup_run(loop, &rest, &ops, deadline_ms, err))
            return false;
        if (l->heard || l->resolver + 1 >= dns->count)
            return true;
        l->resolver++;
        names_start_over(l->names);
    }
}

bool names_look_up(struct names *names, struct loop *loop, const struct dns_options *dns,
                   int64_t deadline_ms, struct error *err)
{
    struct lookup l = {.names = names, .dns = dns};
    if (names->count && !names_ask_all(&l, loop, dns, deadline_ms, err))
        return false;
    for (size_t i = 0; i < names->count; i++)
        name_judge(&names->items[i], &l.dns64);
    return true;
}

void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        names_free_name(&names->items[i]);
    free(names->items);
    *names = (struct names){0};
}
