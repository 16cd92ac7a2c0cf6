/* SPDX-License-Identifier: ISC */
/*
 * Authentication-Results (RFC 8601): what our own mail server states about a mail. Pure.
 */
#ifndef REPORTS_AUTH_RESULTS_H
#define REPORTS_AUTH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#define AUTH_RESULTS_MAX 24 /* statements read of one mail: even ten signatures are unusual */

struct auth_statement {
    char method[16]; /* "dkim", "spf", "dmarc"; lower case */
    char result[16]; /* "pass" */
    /* The domain it is about, in lower case without the last dot: header.d (or header.i) of dkim,
     * smtp.mailfrom (or smtp.helo) of spf, header.from of dmarc. "" if it is not given. */
    char domain[256];
    bool helo; /* spf about the HELO name alone */
};

/* Whether the field was written by this server: its authserv-id, case ignored. */
bool auth_results_is_by(const char *value, const char *authserv_id);

/* Reads the statements of a field in order; returns how many. */
size_t auth_results_read(const char *value, struct auth_statement *out, size_t max);

#endif
