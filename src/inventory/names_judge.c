/* SPDX-License-Identifier: ISC */
#include "names_parts.h"

#include "repmon/buf.h"
#include "repmon/text_fit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void name_blame(struct name *n, enum name_trouble what, const char *fmt, ...)
{
    if (what <= n->trouble)
        return;
    va_list args;
    va_start(args, fmt);
    text_vfit(n->why, sizeof n->why, fmt, args);
    va_end(args);
    n->trouble = what;
}

void name_add_block(struct name *n, struct cidr block)
{
    n->blocks = mem_grow(n->blocks, n->count + 1, sizeof *n->blocks);
    n->blocks[n->count++] = block;
}

static int names_block_order(const void *a, const void *b)
{
    const struct cidr *x = a, *y = b;
    int c = ip_cmp(&x->base, &y->base);
    return c ? c : x->len - y->len;
}

static void names_sort_blocks(struct name *n)
{
    size_t kept = 0;
    if (n->count)
        qsort(n->blocks, n->count, sizeof *n->blocks, names_block_order);
    for (size_t i = 0; i < n->count; i++) {
        if (kept == 0 || names_block_order(&n->blocks[kept - 1], &n->blocks[i]) != 0)
            n->blocks[kept++] = n->blocks[i];
    }
    n->count = kept;
}

/* Only a hosts file makes a name lead to the machine itself; other hidden addresses may come from
 * an internal view. */
static const char *names_likely_origin(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    bool loopback = ip->family == 4 ? ip->bytes[0] == 127 : memcmp(ip->bytes, one, 16) == 0;
    return loopback ? "from /etc/hosts" : "from /etc/hosts or an internal view";
}

static void names_tell_hidden(struct name *n, const struct cidr *c, const char *host)
{
    char text[CIDR_TEXT_MAX], record[LIMIT_DNS_NAME + 32] = "";
    cidr_format(c, text);
    if (n->spf)
        snprintf(record, sizeof record, "the SPF record of %s: ", n->name);
    if (host[0])
        name_blame(n, NAME_HIDDEN,
                   "%s%s resolves to %s on this resolver, probably %s; name the address with ip =",
                   record, host, text, names_likely_origin(&c->base));
    else
        name_blame(n, NAME_HIDDEN,
                   "%s%s is %s: it can't be seen from outside; name the public address with ip =",
                   record, text, ip_special(&c->base));
}

/* Keeps one block, or says why not. `host` leads to it; "": it is written in an SPF record. */
static void names_judge_block(struct name *n, const struct dns64 *dns64, struct cidr block,
                              const char *host, bool *made_up)
{
    if (host[0] && dns64_is_made_up(dns64, &block.base))
        *made_up = true;
    else if (ip_is_hidden(&block.base))
        names_tell_hidden(n, &block, host);
    else
        name_add_block(n, block);
}

static void names_judge_host(struct name *n, const struct dns64 *dns64)
{
    struct cidr *found = n->blocks;
    size_t count = n->count;
    bool made_up = false, absent = n->why[0] && n->trouble == NAME_FINE;
    n->blocks = NULL;
    n->count = 0;
    for (size_t i = 0; i < count; i++)
        names_judge_block(n, dns64, found[i], n->name, &made_up);
    free(found);
    if (n->count == 0 && n->trouble == NAME_PARTLY)
        n->trouble = NAME_FAILED;
    if (n->count || n->trouble != NAME_FINE) {
        if (n->trouble == NAME_FINE)
            n->why[0] = '\0';
        return;
    }
    if (made_up)
        name_blame(n, NAME_EMPTY,
                   "%s has no address of its own: this resolver synthesises one (DNS64)", n->name);
    else if (absent)
        n->trouble = NAME_EMPTY;
    else
        name_blame(n, NAME_EMPTY, "%s has no address (neither A nor AAAA)", n->name);
}

static void names_judge_spf(struct name *n, const struct dns64 *dns64)
{
    struct spf *spf = n->askers[0].spf;
    enum spf_status status = spf_next(spf, &n->askers[0].question);
    size_t count;
    bool made_up = false;
    const struct spf_block *blocks = spf_blocks(spf, &count);
    const struct errors *notes = spf_notes(spf);
    bool answered = status == SPF_DONE || status == SPF_NONE;
    n->whole[0] = answered && spf_is_whole(spf, 4);
    n->whole[1] = answered && spf_is_whole(spf, 6);
    n->notes = mem_array(notes->count, sizeof *n->notes);
    for (; n->note_count < notes->count; n->note_count++)
        n->notes[n->note_count] = mem_dup(notes->items[n->note_count].text);
    /* A broken record retires nothing and adds nothing: it was right once. */
    for (size_t i = 0; i < count && (status == SPF_DONE || status == SPF_TEMPORARY); i++)
        names_judge_block(n, dns64, blocks[i].block, blocks[i].name, &made_up);
    switch (status) {
    case SPF_DONE:
        if (n->count == 0)
            name_blame(n, NAME_EMPTY, "the SPF record of %s names no address that can be listed",
                       n->name);
        break;
    case SPF_NONE: name_blame(n, NAME_EMPTY, "%s", spf_problem(spf)); break;
    case SPF_ASK:
        name_blame(n, NAME_FAILED, "the SPF record of %s: the time for look-ups is up", n->name);
        break;
    case SPF_TEMPORARY:
        name_blame(n, n->count ? NAME_PARTLY : NAME_FAILED, "%s", spf_problem(spf));
        break;
    default: name_blame(n, NAME_FAILED, "%s", spf_problem(spf)); break;
    }
}

/* Blocks of the walk, each address once. */
static void names_count_blocks(struct name_left_out *left, struct spf *spf)
{
    struct name all = {.blocks = NULL};
    size_t count;
    const struct spf_block *blocks = spf_blocks(spf, &count);
    for (size_t i = 0; i < count; i++)
        name_add_block(&all, blocks[i].block);
    names_sort_blocks(&all);
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

static void names_judge_left_out(struct name *n)
{
    for (size_t k = 1; k < n->asker_count; k++) {
        struct name_asker *a = &n->askers[k];
        struct name_left_out *left = &n->left_out[a->left_out - 1];
        left->counted = spf_next(a->spf, &a->question) == SPF_DONE;
        if (left->counted)
            names_count_blocks(left, a->spf);
    }
}

void name_judge(struct name *n, const struct dns64 *dns64)
{
    if (n->spf)
        names_judge_spf(n, dns64);
    else
        names_judge_host(n, dns64);
    names_sort_blocks(n);
    names_judge_left_out(n);
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
