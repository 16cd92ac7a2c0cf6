/* SPDX-License-Identifier: ISC */
#include "repmon/refusals.h"

#include "repmon/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFUSALS_MAX (1u << 20) /* of an administrator's own table */

/* The lists that a refusal may name: block lists, lists of domains, and those that have closed. */
static struct explain_zone *refusals_zones_of(const struct catalogue *c, size_t *count)
{
    struct explain_zone *zones =
        mem_array(c->list_count + c->domain_only_count + c->dead_count, sizeof *zones);
    size_t n = 0;
    for (size_t i = 0; i < c->list_count; i++) {
        const struct catalogue_list *l = &c->lists[i];
        if (l->kind != LIST_BLOCK)
            continue;
        const char *url = l->delist_url[0] ? l->delist_url : l->lookup_url;
        zones[n++] = (struct explain_zone){l->zone, l->operator, url, l->advice, l->domains, false};
    }
    for (size_t i = 0; i < c->domain_only_count; i++)
        zones[n++] = (struct explain_zone){c->domain_only[i], "", "", "", true, false};
    for (size_t i = 0; i < c->dead_count; i++)
        zones[n++] = (struct explain_zone){c->dead[i].zone, "", "", "", false, true};
    *count = n;
    return zones;
}

/* `refusals` of [repmon]: rows of the administrator's own. */
static bool refusals_read(const char *path, struct buf *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    char chunk[16u << 10];
    while (fd >= 0 && ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            buf_add(out, chunk, (size_t)n);
    int code = errno;
    if (fd >= 0)
        close(fd);
    if (fd < 0 || n < 0)
        return error_set(err, code == EACCES ? ERR_PERMISSION : ERR_INPUT,
                         "%s (refusals in [repmon]): %s", path, strerror(code));
    return !out->failed ||
           error_set(err, ERR_CONFIG, "%s (refusals in [repmon]) is larger than 1 MiB", path);
}

bool refusals_load(struct refusals *r, const struct conf *conf, struct error *err)
{
    const char *own = conf ? conf->refusals : NULL;
    struct buf extra;
    size_t zone_count = 0;
    *r = (struct refusals){0};
    buf_init(&extra, REFUSALS_MAX);
    bool ok = (!own || refusals_read(own, &extra, err)) && catalogue_load(NULL, &r->catalogue, err);
    if (ok) {
        r->zones = refusals_zones_of(&r->catalogue, &zone_count);
        const struct explain_setup setup = {.extra_name = own,
                                            .extra = buf_text(&extra),
                                            .extra_len = extra.len,
                                            .zones = r->zones,
                                            .zone_count = zone_count};
        r->explain = explain_new(&setup, err);
    }
    buf_fini(&extra);
    return r->explain != NULL;
}

void refusals_fini(struct refusals *r)
{
    if (r->explain)
        explain_free(r->explain);
    if (r->zones)
        catalogue_fini(&r->catalogue);
    free(r->zones);
    *r = (struct refusals){0};
}

bool refusals_severity(const struct refusals *r, const struct conf *conf, const char *zone,
                       enum severity *out)
{
    const struct catalogue_list *list = r->zones ? catalogue_find(&r->catalogue, zone) : NULL;
    for (size_t i = 0; i < conf->dnsbl_count; i++) {
        const struct conf_dnsbl *d = &conf->dnsbls[i];
        if (strcmp(d->zone, zone) != 0 || !d->has_severity)
            continue;
        *out = d->severity;
        return true;
    }
    if (list)
        *out = list->severity;
    return list != NULL;
}
