/* SPDX-License-Identifier: ISC */
/* What has come through a section [reports "NAME"], for `repmon accounts` and doctor. */
#ifndef REPORTS_OVERVIEW_H
#define REPORTS_OVERVIEW_H

#include "report_mail.h"

#include "repmon/conf.h"
#include "repmon/host_name.h"

#include <time.h>

/* Memory of the source in the state: the key of its facts, for recall.h's store_meta_parts(). */
#define REPORTS_MEMORY_FACT "memory.reports"

#define REPORTS_BAD_KEPT 4
#define REPORTS_TROUBLE  256
#define REPORTS_KINDS    (REPORT_BAD + 1)
#define REPORTS_PROOFS   (REPORT_PROVEN + 1)

/* A message that could not be read, for people. */
struct reports_bad {
    int64_t time;
    char name[96];     /* of its file, cleaned */
    char problem[256]; /* cleaned; one sentence */
};

/* Messages that came through a section. */
struct reports_tally {
    uint64_t kinds[REPORTS_KINDS];   /* by enum report_kind */
    uint64_t proofs[REPORTS_PROOFS]; /* of those that would be judged, by enum report_proof */
    uint64_t duplicates;             /* came a second time */
    uint64_t odd;                    /* from too long ago, or ahead of the clock */
    uint64_t too_long;
    uint64_t unknown;                         /* complaints about no watched address */
    int64_t first_read, last_read;            /* 0: never */
    int64_t last_proven;                      /* when the newest proven report was taken; 0 */
    struct reports_bad bad[REPORTS_BAD_KEPT]; /* newest first */
    size_t bad_count;
    uint64_t unwatched; /* proven DMARC reports about domains that are not targets */
    char unwatched_domain[HOST_NAME_SIZE]; /* of the newest of them; "" */
    int64_t trouble_since;                 /* when reading first failed; 0: it can be read */
    char trouble[REPORTS_TROUBLE];         /* why not, clean text; "" */
};

struct reports_overview {
    struct reports_tally *sections; /* owned: as many as the configuration has, in its order */
};

/* `memory` is what the last run remembered; "" before the first. */
void reports_overview(const struct conf *conf, const char *memory, struct reports_overview *out);
void reports_overview_fini(struct reports_overview *o);

#endif
