/* SPDX-License-Identifier: ISC */
/* Google's JSON as values. Pure; everything is hostile. */
#ifndef POSTMASTER_READ_H
#define POSTMASTER_READ_H

#include "postmaster_request.h"

#include "repmon/buf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row: a metric that was asked for, on a day. Shares are from 0 to 1, counts from 0. */
typedef void postmaster_row_fn(void *ctx, enum postmaster_metric metric, int32_t day, double value);

/*
 * One page of a query. Rows of other metrics are skipped, and those without a number: a day without
 * data has no row, and is not 0. `next` gets the token of the next page, or is empty. False: it is
 * not such a page; rows may have been given before that shows, so nothing counts until all pages
 * are read.
 */
bool postmaster_read_page(const char *text, size_t len, postmaster_row_fn *row, void *ctx,
                          struct buf *next, struct error *err);

struct postmaster_compliance {
    bool proven;       /* at least one requirement of the domain was judged */
    char parent[256];  /* only this parent domain has a verdict; else "" */
    struct buf words;  /* Google's words for what is not met, an answer set; info ends in '?' */
    struct buf reason; /* the same for people */
};
void postmaster_compliance_init(struct postmaster_compliance *c);
void postmaster_compliance_fini(struct postmaster_compliance *c);

/* The compliance status of `domain`: its own verdict, never that of the domain above. False: it is
 * not such a status. */
bool postmaster_read_compliance(const char *text, size_t len, const char *domain,
                                struct postmaster_compliance *out, struct error *err);

/* What an error's body says; "" where it says nothing. */
struct postmaster_fault {
    char status[64];   /* "PERMISSION_DENIED" */
    char reason[64];   /* of details[]: "SERVICE_DISABLED" */
    char message[300]; /* cleaned */
    char page[300];    /* Google's own page that switches the API on; "" unless it is Google's */
    bool version_over; /* this version of the API is no longer supported: it never comes back */
};
void postmaster_read_fault(const char *text, size_t len, struct postmaster_fault *out);

#endif
