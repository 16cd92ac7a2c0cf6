/* SPDX-License-Identifier: ISC */
/* What the files of the plugin's output share. */
#ifndef RENDER_NAGIOS_PARTS_H
#define RENDER_NAGIOS_PARTS_H

#include "repmon/buf.h"
#include "repmon/report.h"

#include <stdbool.h>
#include <stddef.h>

#define NAGIOS_FINDINGS_BYTES 5600 /* of the first line */

/* ---- nagios.c ---- */

/* Third-party text on a plugin line: no '|', which starts performance data, and no line breaks. */
void nagios_add_clean_to(struct buf *b, const char *text, size_t max);
void nagios_add_clean(struct buf *b, const char *text);

/* " (SBL, XBL)"; nothing where it would repeat the state. */
void nagios_add_codes(struct buf *b, const struct result *result);

/* ---- nagios_findings.c ---- */

/* What counts of each target. Phones show the beginning of the line, so the worst comes first. */
struct nagios_findings {
    struct buf levels[LEVEL_COUNT]; /* by the worst of a target; a line each */
    size_t cut;                     /* targets that no longer fitted */
};

void nagios_findings_init(struct nagios_findings *f);
void nagios_findings_fini(struct nagios_findings *f);

/* A target with at least one finding that counts. */
void nagios_findings_add(struct nagios_findings *f, const struct report *r, size_t target,
                         const char *address);

/* "203.0.113.5 listed: zen.spamhaus.org (SBL); 2 more addresses with findings"; false: none. */
bool nagios_findings_write(struct nagios_findings *f, const struct report *r, struct buf *out);

#endif
