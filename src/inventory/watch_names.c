/* SPDX-License-Identifier: ISC */
#include "watch_names.h"

#include "repmon/buf.h"
#include "repmon/log.h"
#include "repmon/lookup.h"
#include "spf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BLOCKS 4096 /* of one name; more is no list of mail servers */

static const uint16_t host_types[2] = {DNS_A, DNS_AAAA};

struct item {
    const struct conf_target *conf; /* borrowed */
    char name[LIMIT_DNS_NAME + 1];
    unsigned asked;  /* questions of a host given out */
    struct spf *spf; /* owned; NULL: a host */
    struct spf_question question;
    bool waiting;        /* for the answer to `question` */
    struct cidr *blocks; /* owned: found */
    size_t count;
    bool failed;
    char why[512];
};

struct names {
    struct item *items; /* owned */
    size_t count;
};

static void add_block(struct item *item, const struct cidr *block)
{
    if (item->count == MAX_BLOCKS) {
        item->failed = true;
        snprintf(item->why, sizeof item->why, "more than %d addresses", MAX_BLOCKS);
        return;
    }
    item->blocks = mem_grow(item->blocks, item->count + 1, sizeof *item->blocks);
    item->blocks[item->count++] = *block;
}

static bool next_question(void *ctx, struct lookup_question *out)
{
    struct names *n = ctx;
    for (size_t i = 0; i < n->count; i++) {
        struct item *item = &n->items[i];
        if (item->spf && !item->waiting && spf_next(item->spf, &item->question) == SPF_ASK) {
            item->waiting = true;
            *out = (struct lookup_question){item->question.name, item->question.type, item};
            return true;
        }
        if (item->spf || item->asked == 2)
            continue;
        *out = (struct lookup_question){item->name, host_types[item->asked++], item};
        return true;
    }
    return false;
}

/* NXDOMAIN and "no such record" are answers; everything else says nothing about the name. */
static void take_answer(void *ctx, const struct lookup_question *q, enum dns_how how,
                        const struct dns_answer *answer)
{
    (void)ctx;
    struct item *item = q->user;
    if (item->spf) {
        item->waiting = false;
        spf_reply(item->spf, how == DNS_ANSWERED ? answer : NULL);
        return;
    }
    if (how != DNS_ANSWERED || answer->malformed ||
        (answer->rcode != DNS_NOERROR && answer->rcode != DNS_NXDOMAIN)) {
        item->failed = true;
        snprintf(item->why, sizeof item->why, "%s",
                 how == DNS_ANSWERED ? "the resolver answered with an error" : "no answer");
        return;
    }
    for (size_t i = 0; i < answer->count; i++) {
        struct cidr one = {answer->records[i].ip, (uint8_t)ip_bits(&answer->records[i].ip)};
        add_block(item, &one);
    }
}

/* What an SPF record came to. A record that is wrong retires nothing: it was right once. */
static void take_spf(struct item *item)
{
    enum spf_status status = spf_next(item->spf, &item->question);
    const struct errors *notes = spf_notes(item->spf);
    size_t count;
    const struct spf_block *blocks = spf_blocks(item->spf, &count);
    for (size_t i = 0; i < notes->count; i++)
        log_info("%s:%d: %s", item->conf->at.file, item->conf->at.line, notes->items[i].text);
    for (size_t i = 0; i < count && status == SPF_DONE; i++)
        add_block(item, &blocks[i].block);
    if (status == SPF_DONE || status == SPF_NONE)
        return;
    item->failed = true;
    snprintf(item->why, sizeof item->why, "%s",
             status == SPF_ASK ? "the time for look-ups is over" : spf_problem(item->spf));
}

static int block_order(const void *a, const void *b)
{
    const struct cidr *x = a, *y = b;
    int c = ip_cmp(&x->base, &y->base);
    return c ? c : x->len - y->len;
}

/* Sorted, each once, as watch_merge() wants them. */
static void sort_blocks(struct item *item)
{
    size_t kept = 0;
    if (item->count)
        qsort(item->blocks, item->count, sizeof *item->blocks, block_order);
    for (size_t i = 0; i < item->count; i++) {
        if (kept == 0 || block_order(&item->blocks[kept - 1], &item->blocks[i]) != 0)
            item->blocks[kept++] = item->blocks[i];
    }
    item->count = kept;
}

static const char *kind_of(const struct item *item)
{
    return item->spf ? "spf" : "host";
}

static struct stored_origin *find_origin(struct stored_origins *o, const char *key)
{
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->items[i].key, key) == 0)
            return &o->items[i];
    }
    o->items = mem_grow(o->items, o->count + 1, sizeof *o->items);
    o->items[o->count] = (struct stored_origin){.key = mem_dup(key)};
    return &o->items[o->count++];
}

static bool settle(const struct watch_options *o, struct watch *w, struct item *item,
                   struct errors *errors)
{
    char key[LIMIT_DNS_NAME + 8];
    snprintf(key, sizeof key, "%s %s", kind_of(item), item->name);
    if (item->spf)
        take_spf(item);
    sort_blocks(item);
    struct stored_origin *origin = find_origin(&w->origins, key);
    bool first = origin->good == 0;
    watch_merge(origin,
                &(struct watch_answer){
                    .failed = item->failed, .blocks = item->blocks, .count = item->count},
                o->now);
    if (item->failed)
        watch_note(w, "%s:%d: %s could not be looked up (%s): %s", item->conf->at.file,
                   item->conf->at.line, key, item->why,
                   first ? "nothing is watched for it yet" : "its last addresses stay watched");
    else if (item->count == 0)
        watch_note(w, "%s:%d: %s has no address%s", item->conf->at.file, item->conf->at.line, key,
                   origin->count ? "; its last ones stay watched for now" : "");
    for (size_t i = 0; i < origin->count; i++) {
        struct error err = {0};
        const struct cidr *c = &origin->blocks[i].cidr;
        bool single = c->len == ip_bits(&c->base);
        const char *label = item->conf->label[0] ? item->conf->label : item->name;
        if (!inventory_add(&w->inventory, c, label, single ? TARGET_SINGLY : 0, item->conf->at,
                           o->conf->max_targets, &err))
            return errors_take(errors, &err);
    }
    return true;
}

/* Origins of names that left the configuration are forgotten. */
static void drop_others(struct stored_origins *o, const struct names *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->count; i++) {
        bool wanted = false;
        for (size_t j = 0; j < n->count && !wanted; j++) {
            char key[LIMIT_DNS_NAME + 8];
            snprintf(key, sizeof key, "%s %s", kind_of(&n->items[j]), n->items[j].name);
            wanted = strcmp(o->items[i].key, key) == 0;
        }
        if (wanted) {
            o->items[kept++] = o->items[i];
        } else {
            free(o->items[i].key);
            free(o->items[i].blocks);
        }
    }
    o->count = kept;
}

static bool collect(const struct watch_options *o, struct names *n, struct errors *errors)
{
    bool ok = true;
    n->items = mem_array(o->conf->target_count, sizeof *n->items);
    for (size_t i = 0; i < o->conf->target_count; i++) {
        const struct conf_target *t = &o->conf->targets[i];
        if (t->kind != TARGET_HOST && t->kind != TARGET_SPF)
            continue;
        struct item *item = &n->items[n->count++];
        item->conf = t;
        if (!lookup_host_name(t->text, item->name))
            ok = errors_add(errors, ERR_CONFIG, t->at.file, t->at.line, "host: not a host name");
        else if (t->kind == TARGET_SPF)
            item->spf = spf_new(item->name, o->conf->spf_includes, o->conf->spf_include_count);
    }
    return ok;
}

bool watch_names(const struct watch_options *o, struct watch *w, struct errors *errors)
{
    struct names n = {0};
    struct error err = {0};
    const struct lookup_ops ops = {.next = next_question, .done = take_answer, .ctx = &n};
    bool ok = collect(o, &n, errors);
    if (ok && n.count && !lookup_run(o->loop, o->dns, &ops, o->deadline_ms, &err))
        ok = errors_take(errors, &err);
    for (size_t i = 0; ok && i < n.count; i++)
        ok = settle(o, w, &n.items[i], errors);
    if (ok)
        drop_others(&w->origins, &n);
    for (size_t i = 0; i < n.count; i++) {
        free(n.items[i].blocks);
        spf_free(n.items[i].spf);
    }
    free(n.items);
    return ok;
}
