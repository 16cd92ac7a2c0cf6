/* SPDX-License-Identifier: ISC */
#include "since.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW (64u << 10) /* a line with a time is found within */

/* The first line with a time that begins after `offset`; false: none within the window. */
static bool since_line(struct logfile *f, uint64_t offset, char *window, input_time_fn *time_of,
                       void *ctx, uint64_t *begin, int64_t *time)
{
    size_t have = 0;
    ssize_t got = 1;
    if (!logfile_seek(f, offset))
        return false;
    while (have < WINDOW && got > 0) {
        got = logfile_read(f, window + have, WINDOW - have, NULL);
        have += got > 0 ? (size_t)got : 0;
    }
    const char *end = window + have;
    const char *at = memchr(window, '\n', have);
    while (at && ++at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        *begin = offset + (uint64_t)(at - window);
        if (stop && time_of(ctx, at, (size_t)(stop - at), time))
            return true;
        at = stop;
    }
    return false;
}

uint64_t since_offset(struct logfile *f, uint64_t from, int64_t since, input_time_fn *time_of,
                      void *ctx)
{
    char *window = mem_alloc(WINDOW);
    uint64_t low = from;
    uint64_t high = f->size;
    while (low < high && high - low > WINDOW) {
        uint64_t middle = low + (high - low) / 2;
        uint64_t begin = 0;
        int64_t time = 0;
        if (!since_line(f, middle, window, time_of, ctx, &begin, &time))
            break;
        if (time < since - SINCE_SLACK_S)
            low = begin;
        else
            high = middle;
    }
    free(window);
    return low;
}
