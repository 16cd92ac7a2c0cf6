/* SPDX-License-Identifier: ISC */
#include "repmon/dnsbl_setup.h"

#include <stdlib.h>

static bool dnsbl_load_catalogue(struct dnsbl_setup *d, const struct conf *conf, struct error *err)
{
    struct error why = {0};
    if (catalogue_load(conf->dnsbl_catalogue, &d->catalogue, &why))
        return true;
    return error_at(err, why.class, why.file, why.line, "%s%s", why.text,
                    conf->dnsbl_catalogue ? "; see catalogue in [dnsbl]" : "");
}

void *dnsbl_setup_new(const struct conf *conf, const struct source_zones *zones, struct error *err)
{
    struct dnsbl_setup *d = mem_alloc(sizeof *d);
    d->reasons = conf->dnsbl_reasons;
    bool ok = dnsbl_load_catalogue(d, conf, err);
    if (ok)
        ok = dnsbl_lists_build(&d->catalogue, conf, zones->names, zones->count, &d->lists, err);
    if (ok)
        return d;
    dnsbl_setup_free(d);
    return NULL;
}

void dnsbl_setup_free(void *setup)
{
    struct dnsbl_setup *d = setup;
    if (!d)
        return;
    dnsbl_lists_fini(&d->lists);
    catalogue_fini(&d->catalogue);
    free(d);
}

const char *const *dnsbl_setup_notes(const void *setup, size_t *count)
{
    const struct dnsbl_setup *d = setup;
    *count = d->lists.note_count;
    return (const char *const *)d->lists.notes;
}

void dnsbl_advise(const void *setup, size_t column, struct advice_query *query)
{
    const struct dnsbl_list *list = &((const struct dnsbl_setup *)setup)->lists.items[column];
    query->kind = list->kind;
    /* Neither registration nor a key cures a failed self-test. */
    query->list_cure = query->cause == CAUSE_UNTRUSTED ? "" : list->cure;
    query->lookup_url = list->lookup_url;
    query->delist_url = list->delist_url;
}

void dnsbl_estimate(const void *setup, size_t column, const struct inventory *inventory,
                    struct estimate *out)
{
    const struct dnsbl_list *list = &((const struct dnsbl_setup *)setup)->lists.items[column];
    bool met[CATALOGUE_FAMILIES] = {false};
    *out = (struct estimate){.each = 1, .limit = list->budget};
    if (list->catalogue)
        out->daily = list->catalogue->daily;
    for (size_t i = 0; i < inventory->count; i++) {
        if (!dnsbl_list_applies(list, &inventory->items[i]))
            continue;
        met[inventory->items[i].ip.family == 6] = true;
        out->targets++;
    }
    for (size_t f = 0; f < CATALOGUE_FAMILIES; f++) {
        const struct dnsbl_family *family = &list->family[f];
        if (met[f]) /* the last one is the random label */
            out->tests += (uint64_t)family->has_listed + family->has_clean + 1u;
    }
}

struct source_test dnsbl_test(const void *setup, size_t column)
{
    const struct dnsbl_list *list = &((const struct dnsbl_setup *)setup)->lists.items[column];
    struct source_test test = {.no_key = list->state == LIST_NO_KEY,
                               .may_refuse = list->off_when_not_served,
                               .why_off = list->why_off,
                               .cure = list->cure ? list->cure : ""};
    if (list->domains)
        test.families = FAMILY_NAME;
    else
        test.families = (list->family[0].on ? FAMILY_4 : 0) | (list->family[1].on ? FAMILY_6 : 0);
    return test;
}

struct source_catalogue dnsbl_catalogue(const struct conf *conf, const void *setup)
{
    const struct catalogue *c = &((const struct dnsbl_setup *)setup)->catalogue;
    return (struct source_catalogue){conf->dnsbl_catalogue, c->as_of, c->list_count};
}

void dnsbl_zones(const struct conf *conf, bool known, source_name_fn *take, void *ctx)
{
    struct catalogue catalogue;
    struct dnsbl_lists lists;
    if (!catalogue_load(conf->dnsbl_catalogue, &catalogue, NULL))
        return;
    if (dnsbl_lists_build(&catalogue, conf, NULL, 0, &lists, NULL)) {
        for (size_t i = 0; i < lists.count; i++)
            if (known || lists.items[i].state == LIST_ON)
                take(ctx, lists.items[i].zone);
        dnsbl_lists_fini(&lists);
    }
    for (size_t i = 0; known && i < catalogue.list_count; i++)
        take(ctx, catalogue.lists[i].zone);
    catalogue_fini(&catalogue);
}
