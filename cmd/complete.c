/* SPDX-License-Identifier: ISC */
/*
 * `repmon __complete WHAT`: the words that completion offers, one a line. Not in the help: it
 * is for the shells, which expand what they get. So only words of plain characters are printed, and
 * what can't be read is left out without a word.
 */
#include "command.h"

#include "registry.h"
#include "repmon/buf.h"
#include "repmon/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is offered; printed once each at the end. */
static struct {
    char **words; /* owned, and each */
    size_t count, cap;
} offered;

static void complete_offer(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.:/_-";
    if (!*word || word[strspn(word, plain)])
        return;
    if (offered.count == offered.cap) {
        offered.cap = offered.cap ? offered.cap * 2 : 64;
        offered.words = mem_grow(offered.words, offered.cap, sizeof *offered.words);
    }
    offered.words[offered.count++] = mem_dup(word);
}

static int complete_by_word(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The configuration and the last run know most of the same words. */
static void complete_print(void)
{
    if (offered.count)
        qsort(offered.words, offered.count, sizeof *offered.words, complete_by_word);
    for (size_t i = 0; i < offered.count; i++) {
        if (i == 0 || strcmp(offered.words[i], offered.words[i - 1]) != 0)
            puts(offered.words[i]);
    }
    for (size_t i = 0; i < offered.count; i++)
        free(offered.words[i]);
    free(offered.words);
}

static void complete_offer_block(const struct cidr *block)
{
    char text[CIDR_TEXT_MAX];
    cidr_format(block, text);
    complete_offer(text);
}

/* What the configuration names, and what the last run knew of hosts and labels. */
static void complete_offer_targets(const struct context *ctx)
{
    const struct conf *conf = &ctx->conf;
    struct store *store = NULL;
    struct stored_targets known = {0};
    for (size_t i = 0; i < conf->target_count; i++) {
        const struct conf_target *t = &conf->targets[i];
        if (t->kind == TARGET_IP)
            complete_offer_block(&t->cidr);
        else if (t->kind == TARGET_HOST || t->kind == TARGET_DOMAIN)
            complete_offer(t->text);
        complete_offer(t->label);
    }
    if (!store_open(conf->state, STORE_READ, conf->group, &store, NULL))
        return;
    if (store_targets_load(store, &known, NULL)) {
        for (size_t i = 0; i < known.count; i++) {
            complete_offer_block(&(struct cidr){known.items[i].ip, known.items[i].prefix});
            complete_offer(known.items[i].label);
        }
    }
    stored_targets_fini(&known);
    store_close(store);
}

static void complete_take(void *ctx, const char *name)
{
    (void)ctx;
    complete_offer(name);
}

static void complete_offer_zones(const struct conf *conf, bool known)
{
    for (size_t k = 0; k < registry_sources.count; k++)
        if (registry_sources.items[k]->zones)
            registry_sources.items[k]->zones(conf, known, complete_take, NULL);
}

/* Lists that only a run finds: the receivers of a log, the domain's own. Zones are those of the
 * configuration. */
static void complete_offer_heard(const struct conf *conf)
{
    struct store *store = NULL;
    struct stored_healths known = {0};
    if (!store_open(conf->state, STORE_READ, conf->group, &store, NULL))
        return;
    if (store_health_load(store, &known, NULL)) {
        for (size_t i = 0; i < known.count; i++) {
            const struct source *s = source_find(&registry_sources, known.items[i].source);
            if (s && s->heard)
                complete_offer(known.items[i].list);
        }
    }
    stored_healths_fini(&known);
    store_close(store);
}

/* Whatever `ack` and `history` take for a list. */
static void complete_offer_lists(const struct context *ctx)
{
    complete_offer_zones(&ctx->conf, false);
    for (size_t k = 0; k < registry_sources.count; k++) {
        registry_list_names(&ctx->conf, registry_sources.items[k], complete_take, NULL);
        complete_offer(registry_sources.items[k]->word);
    }
    complete_offer_heard(&ctx->conf);
}

static void complete_offer_spools(const struct conf *conf)
{
    for (size_t k = 0; k < registry_sources.count; k++) {
        const struct source_accounts *accounts = registry_sources.items[k]->accounts;
        for (size_t i = 0; accounts && accounts->takes_mail && i < accounts->count(conf); i++)
            if (accounts->takes_mail(conf, i, NULL))
                complete_offer(accounts->name(conf, i));
    }
}

static int complete_run(struct context *ctx, void *data, char **words, size_t count,
                        struct error *err)
{
    const char *what = count == 1 ? words[0] : "";
    (void)data;
    (void)err;
    if (strcmp(what, "targets") == 0)
        complete_offer_targets(ctx);
    else if (strcmp(what, "zones") == 0)
        complete_offer_zones(&ctx->conf, true);
    else if (strcmp(what, "lists") == 0)
        complete_offer_lists(ctx);
    else if (strcmp(what, "spools") == 0)
        complete_offer_spools(&ctx->conf);
    for (size_t k = 0; strcmp(what, "accounts") == 0 && k < registry_sources.count; k++) {
        const struct source_accounts *accounts = registry_sources.items[k]->accounts;
        for (size_t i = 0; accounts && accounts->client && i < accounts->count(&ctx->conf); i++)
            complete_offer(accounts->name(&ctx->conf, i));
    }
    for (size_t i = 0; strcmp(what, "channels") == 0 && i < ctx->conf.channel_count; i++)
        complete_offer(ctx->conf.channels[i].name);
    complete_print();
    return 0;
}

const struct command command_complete = {
    .name = "__complete",
    .arguments = "targets|zones|lists|accounts|spools|channels",
    .summary = "print the words offered for completion",
    .help = "Prints the words offered for completion, one per line.",
    .needs = NEED_CONFIG_OR_NONE,
    .run = complete_run,
};
