/* SPDX-License-Identifier: ISC */
/* Text in a fixed array, never cut without a mark. */
#ifndef REPMON_TEXT_FIT_H
#define REPMON_TEXT_FIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* As snprintf(); what does not fit is cut between two characters (UTF-8) and ends in "...". Of
 * less than 4 bytes there is no mark. True: all of it is there. */
bool text_fit(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool text_vfit(char *out, size_t size, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
