/* SPDX-License-Identifier: ISC */
/*
 * The table of refusals as it is configured: the built-in rows, the administrator's own before
 * them, and the DNS lists of the catalogue that a refusal may name. Both `repmon explain` and the
 * log source use it, so a text that is added for one is known to the other.
 */
#ifndef REPMON_REFUSALS_H
#define REPMON_REFUSALS_H

#include "repmon/catalogue.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/explain.h"

struct refusals {
    struct explain *explain; /* owned; borrows from the rest */
    struct catalogue catalogue;
    struct explain_zone *zones; /* owned */
};

/* `conf` NULL: the built-in table alone. Free with refusals_fini() whatever it returns. */
bool refusals_load(struct refusals *r, const struct conf *conf, struct error *err);
void refusals_fini(struct refusals *r);

/* Severity of a list that a refusal names, with today's configuration; false: it is none of ours.
 */
bool refusals_severity(const struct refusals *r, const struct conf *conf, const char *zone,
                       enum severity *out);

#endif
