/* SPDX-License-Identifier: ISC */
#include "snds_overview.h"

#include "snds_state.h"

#include "repmon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

static void snds_view_link(struct snds_account *a, bool status, struct snds_link_view *out)
{
    const struct secret *url = status ? &a->conf->status_url : &a->conf->data_url;
    out->wanted = url->wanted;
    out->readable = url->text != NULL;
    if (!url->text)
        return;
    snds_link_facts(a, status, &out->seen, &out->died);
    if (a->conf->issued)
        out->seen = a->conf->issued;
    out->end = out->seen ? out->seen + (time_t)SNDS_LINK_DAYS * DAY_S : 0;
}

static void snds_view_block(struct snds_account *a, size_t i, struct snds_block_view *out)
{
    const struct conf_cover *c = &a->conf->covers[i];
    const struct snds_days *days = &a->block_days[i];
    char block[CIDR_TEXT_MAX], key[CIDR_TEXT_MAX + 32];
    cidr_format(&c->block, block);
    snprintf(key, sizeof key, "lapsed.%s", block);
    *out = (struct snds_block_view){.block = c->block,
                                    .cover = a->covers[i],
                                    .days = days->count,
                                    .newest = days->count ? days->day[0] : 0,
                                    .lapsed = snds_fact_time(a, key),
                                    .attested = c->attested};
    if (c->attested)
        out->attestation_end = snds_attestation_end(c->attested);
}

/* The source itself, opened without any targets, knows what the facts mean. */
void snds_overview(const struct conf *conf, size_t number,
                   const char *(*get)(void *ctx, const char *key), void *ctx, time_t now,
                   struct snds_overview *out)
{
    struct inventory nothing = {0};
    size_t columns = source_snds.columns(conf);
    struct results *results = results_new(1, columns);
    const struct source_env env = {.conf = conf,
                                   .inventory = &nothing,
                                   .results = results,
                                   .columns = columns,
                                   .now = now,
                                   .fact_get = get,
                                   .ctx = ctx};
    struct snds_state *s = source_snds.open(conf, &env, NULL);
    struct snds_account *a = &s->accounts[number];
    snds_cover_update(a);
    *out = (struct snds_overview){.account = a->conf};
    out->status_success = snds_fact_time(a, "status.success");
    out->data_success = snds_fact_time(a, "data.success");
    out->newest = a->account_days.count ? a->account_days.day[0] : 0;
    out->stale = snds_is_stale(&a->account_days, a->today, (int)(a->conf->stale_ms / 1000 / DAY_S));
    if (a->conf->links) {
        snds_view_link(a, true, &out->status_link);
        snds_view_link(a, false, &out->data_link);
        out->expired |= out->status_link.died || out->data_link.died;
    } else {
        account_login_read(a->client.token_path, a->conf->name, snds_fact_time(a, "dead.login"),
                           &out->login);
        out->expired |= out->login.refused != 0;
    }
    out->block_count = a->conf->cover_count;
    out->blocks = mem_array(out->block_count + 1, sizeof *out->blocks);
    for (size_t i = 0; i < out->block_count; i++) {
        snds_view_block(a, i, &out->blocks[i]);
        const struct snds_block_view *b = &out->blocks[i];
        out->expired |=
            b->cover == SNDS_LAPSED ||
            (b->attestation_end && b->attestation_end <= now && b->cover != SNDS_COVERED);
    }
    source_snds.close(s);
    results_free(results);
}

void snds_overview_fini(struct snds_overview *o)
{
    free(o->blocks);
    o->blocks = NULL;
}
