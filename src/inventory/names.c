/* SPDX-License-Identifier: ISC */
#include "repmon/names.h"

#include "dns64.h"
#include "repmon/buf.h"
#include "repmon/lookup.h"
#include "spf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_OWNER ((size_t)-1) /* the question about DNS64 belongs to no name */

static const uint16_t host_types[2] = {DNS_A, DNS_AAAA};

/* Whoever asks: a host, an SPF record, an include that is only counted. */
struct name_asker {
    size_t name;     /* index */
    struct spf *spf; /* owned; NULL: a host */
    size_t left_out; /* index + 1; 0: the record itself */
    unsigned asked;  /* questions of a host given out */
    struct spf_question question;
    bool waiting; /* for the answer to `question` */
};

struct lookup {
    struct names *names;
    struct dns64 dns64;
    enum { NOT_NEEDED, NEEDED, ASKED } dns64_step;
};

static void trouble(struct name *n, enum name_trouble what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The worst one is told; of equals the first. */
static void trouble(struct name *n, enum name_trouble what, const char *fmt, ...)
{
    if (what <= n->trouble)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(n->why, sizeof n->why, fmt, args);
    va_end(args);
    n->trouble = what;
}

static void add_block(struct name *n, struct cidr block)
{
    n->blocks = mem_grow(n->blocks, n->count + 1, sizeof *n->blocks);
    n->blocks[n->count++] = block;
}

/* ---- asking ---- */

static struct name_asker *add_asker(struct names *names, size_t name, struct spf *spf)
{
    struct name *n = &names->items[name];
    n->askers = mem_grow(n->askers, n->asker_count + 1, sizeof *n->askers);
    n->askers[n->asker_count] = (struct name_asker){.name = name, .spf = spf};
    return &n->askers[n->asker_count++];
}

bool names_add(struct names *names, const char *text, bool spf)
{
    char name[LIMIT_DNS_NAME + 1];
    if (!lookup_host_name(text, name))
        return false;
    names->items = mem_grow(names->items, names->count + 1, sizeof *names->items);
    struct name *n = &names->items[names->count];
    *n = (struct name){.spf = spf, .whole = true};
    memcpy(n->name, name, sizeof name);
    add_asker(names, names->count++,
              spf ? spf_new(name, names->includes, names->include_count) : NULL);
    return true;
}

static bool next_of(struct name_asker *a, struct name *n, struct lookup_question *out)
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
static void *pack(size_t name, size_t asker)
{
    return (void *)(uintptr_t)(name << 16 | asker); // NOLINT: a number, not an address
}

static bool next_question(void *ctx, struct lookup_question *out)
{
    struct lookup *l = ctx;
    for (size_t i = 0; i < l->names->count; i++) {
        struct name *n = &l->names->items[i];
        for (size_t k = 0; k < n->asker_count; k++) {
            if (!next_of(&n->askers[k], n, out))
                continue;
            out->user = pack(i, k);
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

/* The includes that a record names and nobody follows: how much is behind them. */
static void count_left_out(struct names *names, size_t name)
{
    static char *all[] = {"all"};
    size_t count;
    struct name *n = &names->items[name];
    char *const *left = spf_left_out(n->askers[0].spf, &count);
    n->left_out = mem_array(count, sizeof *n->left_out);
    for (size_t i = 0; i < count; i++) {
        n->left_out[n->left_out_count++].name = mem_dup(left[i]);
        if (names->count_left_out)
            add_asker(names, name, spf_new(left[i], all, 1))->left_out = i + 1;
    }
}

static const char *answer_word(enum dns_how how, const struct dns_answer *a)
{
    if (how != DNS_ANSWERED)
        return "no answer";
    return a->malformed ? "an answer that can't be read" : dns_rcode_word(a->rcode);
}

static bool is_usable(enum dns_how how, const struct dns_answer *a)
{
    return how == DNS_ANSWERED && !a->malformed &&
           (a->rcode == DNS_NOERROR || a->rcode == DNS_NXDOMAIN);
}

static void take_address_answer(struct lookup *l, struct name *n, uint16_t type, enum dns_how how,
                                const struct dns_answer *answer)
{
    if (!is_usable(how, answer)) {
        n->whole = false;
        trouble(n, NAME_PARTLY, "%s could not be looked up (%s: %s)", n->name,
                type == DNS_A ? "A" : "AAAA", answer_word(how, answer));
        return;
    }
    n->whole &= answer->count > 0 || answer->soa;
    for (size_t i = 0; i < answer->count; i++) {
        const struct ip *ip = &answer->records[i].ip;
        add_block(n, (struct cidr){*ip, (uint8_t)ip_bits(ip)});
        if (ip->family == 6 && l->dns64_step == NOT_NEEDED)
            l->dns64_step = NEEDED;
    }
    if (answer->count == 0 && answer->rcode == DNS_NXDOMAIN)
        snprintf(n->why, sizeof n->why, "%s has no address: it does not exist (NXDOMAIN)", n->name);
}

static void take_answer(void *ctx, const struct lookup_question *q, enum dns_how how,
                        const struct dns_answer *answer)
{
    struct lookup *l = ctx;
    size_t user = (size_t)(uintptr_t)q->user;
    if (user == NO_OWNER) {
        if (is_usable(how, answer))
            dns64_learn(&l->dns64, answer);
        return;
    }
    struct name *n = &l->names->items[user >> 16];
    struct name_asker *a = &n->askers[user & 0xffff];
    if (how == DNS_ANSWERED)
        n->vias |= 1u << (q->via & 31);
    if (!a->spf) {
        take_address_answer(l, n, q->type, how, answer);
        return;
    }
    a->waiting = false;
    if (how == DNS_ANSWERED && q->type == DNS_AAAA && answer->count && l->dns64_step == NOT_NEEDED)
        l->dns64_step = NEEDED;
    spf_reply(a->spf, how == DNS_ANSWERED ? answer : NULL);
    if (a->left_out == 0 && spf_next(a->spf, &a->question) != SPF_ASK)
        count_left_out(l->names, user >> 16);
}

/* ---- what came of it ---- */

static int block_order(const void *a, const void *b)
{
    const struct cidr *x = a, *y = b;
    int c = ip_cmp(&x->base, &y->base);
    return c ? c : x->len - y->len;
}

static void sort_blocks(struct name *n)
{
    size_t kept = 0;
    if (n->count)
        qsort(n->blocks, n->count, sizeof *n->blocks, block_order);
    for (size_t i = 0; i < n->count; i++) {
        if (kept == 0 || block_order(&n->blocks[kept - 1], &n->blocks[i]) != 0)
            n->blocks[kept++] = n->blocks[i];
    }
    n->count = kept;
}

/* Only a hosts file has a name lead to the machine itself; another one may be a view for the
 * inside.
 */
static const char *likely_origin(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    bool loopback = ip->family == 4 ? ip->bytes[0] == 127 : memcmp(ip->bytes, one, 16) == 0;
    return loopback ? "from /etc/hosts" : "from /etc/hosts or a view for the inside";
}

static void tell_hidden(struct name *n, const struct cidr *c, const char *host)
{
    char text[CIDR_TEXT_MAX], record[LIMIT_DNS_NAME + 32] = "";
    cidr_format(c, text);
    if (n->spf)
        snprintf(record, sizeof record, "the SPF record of %s: ", n->name);
    if (host[0])
        trouble(n, NAME_HIDDEN,
                "%s%s leads to %s on this resolver, probably %s; name the address with ip =",
                record, host, text, likely_origin(&c->base));
    else
        trouble(n, NAME_HIDDEN,
                "%s%s is %s: nobody outside can see it; name the address that others see with ip =",
                record, text, ip_special(&c->base));
}

/* Keeps one block, or says why not. `host` leads to it; "": it is written in an SPF record. */
static void judge_block(struct name *n, const struct dns64 *dns64, struct cidr block,
                        const char *host, bool *made_up)
{
    if (host[0] && dns64_is_made_up(dns64, &block.base))
        *made_up = true;
    else if (ip_is_hidden(&block.base))
        tell_hidden(n, &block, host);
    else
        add_block(n, block);
}

static void judge_host(struct name *n, const struct dns64 *dns64)
{
    struct cidr *found = n->blocks;
    size_t count = n->count;
    bool made_up = false, absent = n->why[0] && n->trouble == NAME_FINE;
    n->blocks = NULL;
    n->count = 0;
    for (size_t i = 0; i < count; i++)
        judge_block(n, dns64, found[i], n->name, &made_up);
    free(found);
    if (n->count == 0 && n->trouble == NAME_PARTLY)
        n->trouble = NAME_FAILED;
    if (n->count || n->trouble != NAME_FINE) {
        if (n->trouble == NAME_FINE)
            n->why[0] = '\0';
        return;
    }
    if (made_up)
        trouble(n, NAME_EMPTY, "%s has no address of its own: this resolver makes one up (DNS64)",
                n->name);
    else if (absent)
        n->trouble = NAME_EMPTY;
    else
        trouble(n, NAME_EMPTY, "%s has no address (neither A nor AAAA)", n->name);
}

static void judge_spf(struct name *n, const struct dns64 *dns64)
{
    struct spf *spf = n->askers[0].spf;
    enum spf_status status = spf_next(spf, &n->askers[0].question);
    size_t count;
    bool made_up = false;
    const struct spf_block *blocks = spf_blocks(spf, &count);
    const struct errors *notes = spf_notes(spf);
    n->whole = spf_is_whole(spf) && (status == SPF_DONE || status == SPF_NONE);
    n->notes = mem_array(notes->count, sizeof *n->notes);
    for (; n->note_count < notes->count; n->note_count++)
        n->notes[n->note_count] = mem_dup(notes->items[n->note_count].text);
    /* A record that is wrong retires nothing and adds nothing: it was right once. */
    for (size_t i = 0; i < count && (status == SPF_DONE || status == SPF_TEMPORARY); i++)
        judge_block(n, dns64, blocks[i].block, blocks[i].name, &made_up);
    switch (status) {
    case SPF_DONE:
        if (n->count == 0)
            trouble(n, NAME_EMPTY, "the SPF record of %s names no address that can be listed",
                    n->name);
        break;
    case SPF_NONE: trouble(n, NAME_EMPTY, "%s", spf_problem(spf)); break;
    case SPF_ASK:
        trouble(n, NAME_FAILED, "the SPF record of %s: the time for look-ups is over", n->name);
        break;
    case SPF_TEMPORARY:
        trouble(n, n->count ? NAME_PARTLY : NAME_FAILED, "%s", spf_problem(spf));
        break;
    default: trouble(n, NAME_FAILED, "%s", spf_problem(spf)); break;
    }
}

/* Blocks of the walk, each address once. */
static void count_blocks(struct name_left_out *left, struct spf *spf)
{
    struct name all = {.blocks = NULL};
    size_t count;
    const struct spf_block *blocks = spf_blocks(spf, &count);
    for (size_t i = 0; i < count; i++)
        add_block(&all, blocks[i].block);
    sort_blocks(&all);
    const struct cidr *last = NULL;
    for (size_t i = 0; i < all.count; i++) {
        const struct cidr *c = &all.blocks[i];
        if (last && last->len <= c->len && cidr_contains(last, &c->base))
            continue;
        last = c;
        if (c->base.family == 4)
            left->v4 += cidr_count(c, 32);
        else
            left->v6++;
    }
    free(all.blocks);
}

static void judge_left_out(struct name *n)
{
    for (size_t k = 1; k < n->asker_count; k++) {
        struct name_asker *a = &n->askers[k];
        struct name_left_out *left = &n->left_out[a->left_out - 1];
        left->counted = spf_next(a->spf, &a->question) == SPF_DONE;
        if (left->counted)
            count_blocks(left, a->spf);
    }
}

bool names_look_up(struct names *names, struct loop *loop, const struct dns_options *dns,
                   int64_t deadline_ms, struct error *err)
{
    struct lookup l = {.names = names};
    const struct lookup_ops ops = {.next = next_question, .done = take_answer, .ctx = &l};
    if (names->count && !lookup_run(loop, dns, &ops, deadline_ms, err))
        return false;
    for (size_t i = 0; i < names->count; i++) {
        struct name *n = &names->items[i];
        if (n->spf)
            judge_spf(n, &l.dns64);
        else
            judge_host(n, &l.dns64);
        sort_blocks(n);
        judge_left_out(n);
    }
    return true;
}

void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        struct name *n = &names->items[i];
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
    free(names->items);
    *names = (struct names){0};
}

/* ---- words ---- */

void name_left_out_text(const struct name *name, const struct name_left_out *left, char *out,
                        size_t size)
{
    char holds[96] = "it could not be read";
    if (left->counted && left->v6)
        snprintf(holds, sizeof holds, "it holds %" PRIu64 " IPv4 address%s and %zu IPv6 block%s",
                 left->v4, left->v4 == 1 ? "" : "es", left->v6, left->v6 == 1 ? "" : "s");
    else if (left->counted)
        snprintf(holds, sizeof holds, "it holds %" PRIu64 " address%s", left->v4,
                 left->v4 == 1 ? "" : "es");
    snprintf(out, size,
             "the SPF record of %s: include:%s is not followed; %s; to watch them too, add "
             "spf_include = %s to [targets]",
             name->name, left->name, holds, left->name);
}

const char *name_trouble_word(enum name_trouble trouble)
{
    static const char *const words[NAME_TROUBLE_COUNT] = {
        [NAME_FINE] = "fine",   [NAME_PARTLY] = "partly", [NAME_FAILED] = "failed",
        [NAME_EMPTY] = "empty", [NAME_HIDDEN] = "hidden", [NAME_TOO_MANY] = "too-many"};
    return words[trouble];
}
