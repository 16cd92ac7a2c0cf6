/* SPDX-License-Identifier: ISC */
/* The names that the rows of one report share: many rows, few names. */
#ifndef REPORTS_REPORT_TEXT_H
#define REPORTS_REPORT_TEXT_H

#include "repmon/host_name.h"

#include <stdbool.h>
#include <stddef.h>

struct report_text;

/* Bytes of names in one report: 80 for each of 200,000 rows. */
#define REPORT_TEXT_MAX (16u << 20)

struct report_text *report_text_new(void);
void report_text_free(struct report_text *t);

/* The same text, kept until the end; NULL when there is too much of it. */
const char *report_text_keep(struct report_text *t, const char *s, size_t len);

/*
 * A domain or selector as it is compared: lower case, without blanks around it and without the last
 * dot; "" for anything that is no host name. `out` may be `s`.
 */
void report_domain(const char *s, size_t len, char out[static HOST_NAME_SIZE]);

#endif
