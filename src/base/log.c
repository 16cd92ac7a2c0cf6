/* SPDX-License-Identifier: ISC */
#include "repmon/log.h"

#include "repmon/buf.h"
#include "repmon/text_fit.h"
#include "repmon/text_wrap.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LEAST_SECRET   3
#define LINE_MAX_BYTES (64u << 10) /* a line that holds a whole configuration error or path */
#define INDENT         8           /* of further lines: the width of "repmon: " */

static enum log_level threshold = LOG_NORMAL;
static void (*before)(void);
static const char **hidden; /* owned; each borrowed */
static size_t hidden_count;

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

void log_hide(const char *secret)
{
    if (strlen(secret) < LEAST_SECRET)
        return;
    hidden = mem_grow(hidden, hidden_count + 1, sizeof *hidden);
    hidden[hidden_count++] = secret;
}

void log_unhide(const char *secret)
{
    for (size_t i = 0; i < hidden_count; i++) {
        if (hidden[i] == secret) {
            hidden[i] = hidden[--hidden_count];
            return;
        }
    }
}

/* Three stars for each secret; the rest of a longer one is removed. */
static void log_mask(char *text)
{
    for (size_t i = 0; i < hidden_count; i++) {
        size_t len = strlen(hidden[i]);
        for (char *at = text; (at = strcasestr(at, hidden[i])); at += LEAST_SECRET) {
            memset(at, '*', LEAST_SECRET);
            memmove(at + LEAST_SECRET, at + len, strlen(at + len) + 1);
        }
    }
}

/* A terminal would break it inside a word; otherwise a message stays on one line. */
static void log_print_wrapped(const char *prefix, const char *text)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 2 * INDENT;
    struct buf lines;
    buf_init(&lines, INDENT * LINE_MAX_BYTES);
    buf_fmt(&lines, "repmon: %s", prefix);
    text_wrap(&lines, text, lines.len, INDENT, known ? size.ws_col - 1u : 0);
    fprintf(stderr, "%s\n", buf_text(&lines));
    buf_fini(&lines);
}

static void log_line(const char *prefix, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

static void log_line(const char *prefix, const char *fmt, va_list args)
{
    char *text = mem_alloc(LINE_MAX_BYTES);
    text_vfit(text, LINE_MAX_BYTES, fmt, args);
    log_mask(text);
    if (before)
        before();
    if (isatty(STDERR_FILENO))
        log_print_wrapped(prefix, text);
    else
        fprintf(stderr, "repmon: %s%s\n", prefix, text);
    free(text);
}

#define LOGGER(name, least, prefix)                                                                \
    void log_##name(const char *fmt, ...)                                                          \
    {                                                                                              \
        if (threshold < (least))                                                                   \
            return;                                                                                \
        va_list args;                                                                              \
        va_start(args, fmt);                                                                       \
        log_line(prefix, fmt, args);                                                               \
        va_end(args);                                                                              \
    }

LOGGER(error, LOG_QUIET, "")
LOGGER(warn, LOG_NORMAL, "warning: ")
LOGGER(info, LOG_VERBOSE, "")
LOGGER(debug, LOG_DEBUG, "")
