/* SPDX-License-Identifier: ISC */
/*
 * DNS lists as the configuration has them: the setup of the source `dnsbl`, and what shows or tests
 * lists reads it too.
 */
#ifndef REPMON_DNSBL_SETUP_H
#define REPMON_DNSBL_SETUP_H

#include "repmon/catalogue.h"
#include "repmon/dnsbl_list.h"
#include "repmon/source.h"

struct dnsbl_setup {
    struct catalogue catalogue;
    struct dnsbl_lists lists; /* the columns are the first `count` */
    bool reasons;             /* ask TXT for what is listed */
};

/* As struct source has them. */
void *dnsbl_setup_new(const struct conf *conf, const struct source_zones *zones, struct error *err);
void dnsbl_setup_free(void *setup);
const char *const *dnsbl_setup_notes(const void *setup, size_t *count);
void dnsbl_advise(const void *setup, size_t column, struct advice_query *query);
void dnsbl_estimate(const void *setup, size_t column, const struct inventory *inventory,
                    struct estimate *out);
struct source_test dnsbl_test(const void *setup, size_t column);
struct source_catalogue dnsbl_catalogue(const struct conf *conf, const void *setup);
void dnsbl_zones(const struct conf *conf, bool known, source_name_fn *take, void *ctx);

#endif
