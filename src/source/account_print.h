/* SPDX-License-Identifier: ISC */
/* Lines of `repmon accounts` that accounts of all sources have; to stdout. */
#ifndef ACCOUNT_PRINT_H
#define ACCOUNT_PRINT_H

#include <stdint.h>
#include <time.h>

/* "2026-11-21", without an end of line. */
void account_print_day(int32_t day);
/* "  data      2026-11-21 07:00 +0100 (3 h ago)" */
void account_print_time(const char *what, time_t t, time_t now);
/* The same, or "never read". */
void account_print_success(const char *what, time_t t, time_t now);
/* "2026-11-21 (in 5 days)", without an end of line. */
void account_print_countdown(time_t end, time_t now);

/* "  login     not logged in: …", wrapped */
void account_print_words(const char *what, const char *text, unsigned width);

#endif
