/* SPDX-License-Identifier: ISC */
/* The words for causes: why nothing was proven, and how to fix it. */
#ifndef REPMON_CAUSES_H
#define REPMON_CAUSES_H

#include "repmon/types.h"

/*
 * What a person should know about a cause: a heading ("the list refuses your queries")
 * and what would cure it ("" where nothing does).
 */
const char *cause_heading(enum cause cause);
const char *cause_cure(enum cause cause);

#endif
