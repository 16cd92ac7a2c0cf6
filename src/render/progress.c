/* SPDX-License-Identifier: ISC */
#include "repmon/progress.h"

#include "repmon/clock.h"
#include "repmon/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INTERVAL_MS 100

static bool active, visible;
static int64_t last_ms;

static void progress_erase(void)
{
    if (visible)
        fputs("\r\033[K", stderr);
    visible = false;
}

static int progress_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

void progress_start(void)
{
    const char *term = getenv("TERM");
    active = isatty(STDERR_FILENO) && term && term[0] && strcmp(term, "dumb") != 0;
    last_ms = 0;
    if (active)
        log_before(progress_erase);
}

void progress_update(uint64_t done, uint64_t total, const char *text)
{
    if (!active)
        return;
    int64_t now = clock_mono_ms();
    if (last_ms && now - last_ms < INTERVAL_MS)
        return;
    last_ms = now;
    char line[256];
    if (total)
        snprintf(line, sizeof line, "%" PRIu64 " of %" PRIu64 " answers (%u %%), %s", done, total,
                 (unsigned)((double)done * 100 / (double)total), text);
    else
        snprintf(line, sizeof line, "%s", text);
    /* A wrapped line could not be erased. */
    fprintf(stderr, "\r\033[K%.*s", progress_columns() - 1, line);
    fflush(stderr);
    visible = true;
}

void progress_stop(void)
{
    if (!active)
        return;
    progress_erase();
    fflush(stderr);
    active = false;
    log_before(NULL);
}
