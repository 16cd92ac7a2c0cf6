/* SPDX-License-Identifier: ISC */
/* What a probe still waits for, in words for a progress line. Pure. */
#ifndef REPMON_WAITING_H
#define REPMON_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiting {
    size_t lists;     /* that have not finished */
    const char *list; /* borrowed: the one that needs longest; NULL: none */
    double rate;      /* its questions a second; 0: no limit */
    double left_s;    /* how long its pace alone will make it last; 0: not known */
    bool silent;      /* it does not answer now */
};

/* One more list that has not finished, with `left` questions to go. */
void waiting_add(struct waiting *w, const char *list, double rate, uint64_t left, bool silent);

/*
 * "waiting for psbl.surriel.com: 80 s at 2.5/s", "asking"; always terminated. A list is named when
 * few are left, or when one needs long.
 */
void waiting_format(const struct waiting *w, char *out, size_t size);

#endif
