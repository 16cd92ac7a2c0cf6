/* SPDX-License-Identifier: ISC */
/* How people are told which receivers answered: the same words for a run, which remembers, and for
 * `explain`, which has read a log. */
#ifndef REPMON_RECEIVERS_H
#define REPMON_RECEIVERS_H

#include "repmon/buf.h"
#include "repmon/explain.h"

#include <stdbool.h>
#include <stddef.h>

#define RECEIVER_TITLE_SIZE 64

/* "Gmail" for "gmail": the operator's title up to its first name, as the whole is too long for a
 * subject; else the name itself, cut with a mark when it is too long. */
void receivers_title(const struct explain *e, const char *name,
                     char out[static RECEIVER_TITLE_SIZE]);

/*
 * "Answered in the last day: Gmail. Not heard from: Yahoo, Apple.", of receivers of the table by
 * name, in that order. Not heard from are the large ones that publish no list and are not among
 * them.
 */
void receivers_tell(const struct explain *e, const char *const *answered, size_t count,
                    struct buf *out);

#endif
