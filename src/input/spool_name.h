/* SPDX-License-Identifier: ISC */
/* Names in the spool: TIME.RANDOM, and ",L" after it for a message that was too long to keep. */
#ifndef INPUT_SPOOL_NAME_H
#define INPUT_SPOOL_NAME_H

#include <stdbool.h>
#include <time.h>

bool spool_is_too_long(const char *name);
time_t spool_time(const char *name); /* when it was taken */

#endif
