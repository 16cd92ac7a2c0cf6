/* SPDX-License-Identifier: ISC */
#include "repmon/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static enum log_level threshold = LOG_NORMAL;
static void (*before)(void);

void log_set(enum log_level level)
{
    threshold = level;
}

enum log_level log_get(void)
{
    return threshold;
}

void log_before(void (*hook)(void))
{
    before = hook;
}

static void line(const char *prefix, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

static void line(const char *prefix, const char *fmt, va_list args)
{
    char text[2048];
    vsnprintf(text, sizeof text, fmt, args);
    if (before)
        before();
    fprintf(stderr, "repmon: %s%s\n", prefix, text);
}

#define LOGGER(name, least, prefix)                                                                \
    void log_##name(const char *fmt, ...)                                                          \
    {                                                                                              \
        if (threshold < (least))                                                                   \
            return;                                                                                \
        va_list args;                                                                              \
        va_start(args, fmt);                                                                       \
        line(prefix, fmt, args);                                                                   \
        va_end(args);                                                                              \
    }

LOGGER(error, LOG_QUIET, "")
LOGGER(warn, LOG_NORMAL, "warning: ")
LOGGER(info, LOG_VERBOSE, "")
LOGGER(debug, LOG_DEBUG, "")
