/* SPDX-License-Identifier: ISC */
/*
 * Whether the clock may be believed. A wrong clock must not make beliefs lapse
 * or credentials expire, and no age may be negative.
 */
#ifndef REPMON_CLOCK_CHECK_H
#define REPMON_CLOCK_CHECK_H

#include "repmon/stored.h"

/* Fills boot_s and boot_id as they are now. */
void clock_check_stamp(struct stored_run *now);

/*
 * Pure: true when now->started is before the end of `last`, when it and the time since boot
 * (same boot) disagree by more than an hour about the time between, or when more than 30 days
 * passed across a reboot.
 */
bool clock_check(const struct stored_run *last, const struct stored_run *now);

/* Pure: the run ended over an hour in the future: the clock was wrong then, or is now. For readers:
 * what such a run knew would never grow old. */
bool clock_check_is_ahead(const struct stored_run *run, time_t now);

#endif
