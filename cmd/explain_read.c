/* SPDX-License-Identifier: ISC */
#include "explain.h"
#include "repmon/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256u << 10) /* few system calls, and it stays in the cache */

static ssize_t explain_read_chunk(int fd, char *chunk)
{
    ssize_t n;
    do {
        n = read(fd, chunk, CHUNK);
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool explain_read_rest(int fd, char *chunk, size_t n, inflate_sink *sink, void *context,
                              struct error *err)
{
    struct inflate *gzip = inflate_is_gzip(chunk, n) ? inflate_new(sink, context) : NULL;
    ssize_t more = (ssize_t)n;
    bool ok = true;
    while (ok && more > 0) {
        if (gzip)
            ok = inflate_feed(gzip, chunk, (size_t)more, err);
        else
            sink(context, chunk, (size_t)more);
        more = explain_read_chunk(fd, chunk);
    }
    if (more < 0)
        ok = error_set(err, ERR_INPUT, "%s", strerror(errno));
    if (ok && gzip)
        ok = inflate_end(gzip, err);
    inflate_free(gzip);
    return ok;
}

bool explain_read(int fd, const char *name, const char *empty, inflate_sink *sink, void *context,
                  struct error *err)
{
    struct error why = {0};
    char *chunk = mem_alloc(CHUNK);
    ssize_t n = explain_read_chunk(fd, chunk);
    if (n < 0)
        error_set(&why, ERR_INPUT, "%s", strerror(errno));
    bool ok = n > 0 && explain_read_rest(fd, chunk, (size_t)n, sink, context, &why);
    free(chunk);
    if (n == 0)
        return error_set(err, ERR_INPUT, "%s", empty);
    return ok || error_set(err, ERR_INPUT, "%s: %s", name, why.text);
}
