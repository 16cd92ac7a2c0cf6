/* SPDX-License-Identifier: ISC */
/* A DMARC policy record (RFC 9989 4.7, 4.8), read. Pure. */
#ifndef DMARC_RECORD_H
#define DMARC_RECORD_H

#include "repmon/conf.h"

#include <stdbool.h>
#include <stddef.h>

#define DMARC_RUA_MAX 16 /* more report receivers than anyone uses */

struct dmarc_record {
    bool usable; /* has a good policy or no p=, or an address for reports: then p=none */
    char psd;    /* 'y', 'n', 'u' */
    char rua[DMARC_RUA_MAX][CONF_NAME_MAX]; /* domains of the mailto: addresses */
    size_t rua_count;
};

/* Whether a TXT is a DMARC record: "v=DMARC1" is its first tag, in this spelling. */
bool dmarc_is_record(const char *text, size_t len);
struct dmarc_record dmarc_record_read(const char *text, size_t len);

#endif
