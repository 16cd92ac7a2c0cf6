/* SPDX-License-Identifier: ISC */
#include "repmon/inflate.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <zlib.h>

#define GZIP_ONLY (15 + 16) /* window bits of zlib: the largest window, a gzip header */
#define CHUNK     (16u << 10)

struct inflate {
    z_stream z;
    inflate_sink *sink;
    void *context;
    bool inside; /* of a member */
    bool begun;  /* the first member */
    bool ended;  /* a member ended, and no other follows */
    unsigned char out[CHUNK];
};

bool inflate_is_gzip(const char *data, size_t len)
{
    return len >= 2 && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x8b;
}

struct inflate *inflate_new(inflate_sink *sink, void *context)
{
    struct inflate *z = mem_alloc(sizeof *z);
    z->sink = sink;
    z->context = context;
    if (inflateInit2(&z->z, GZIP_ONLY) != Z_OK)
        abort();
    return z;
}

/*
 * Between members, zeros are padding (found on tapes), and anything that does not begin a member is
 * trailing garbage that ends the text, as in gzip(1). False: nothing more to inflate in this piece.
 */
static bool inflate_member_follows(struct inflate *z)
{
    while (z->z.avail_in > 0 && *z->z.next_in == 0) {
        z->z.next_in++;
        z->z.avail_in--;
    }
    if (z->z.avail_in > 0 && *z->z.next_in != 0x1f)
        z->ended = true;
    return z->z.avail_in > 0 && !z->ended;
}

bool inflate_feed(struct inflate *z, const char *data, size_t len, struct error *err)
{
    z->z.next_in = (unsigned char *)(size_t)data;
    z->z.avail_in = (uInt)len;
    while (z->z.avail_in > 0) {
        if (z->begun && !z->inside && !inflate_member_follows(z))
            return true;
        z->z.next_out = z->out;
        z->z.avail_out = CHUNK;
        z->inside = z->begun = true;
        int status = inflate(&z->z, Z_NO_FLUSH);
        if (z->z.avail_out < CHUNK)
            z->sink(z->context, (const char *)z->out, CHUNK - z->z.avail_out);
        if (status == Z_STREAM_END) {
            z->inside = false;
            inflateReset(&z->z);
        } else if (status != Z_OK) {
            return error_set(err, ERR_INPUT, "the compressed data is damaged");
        }
    }
    return true;
}

bool inflate_end(struct inflate *z, struct error *err)
{
    return !z->inside || error_set(err, ERR_INPUT, "the compressed data ends too early");
}

void inflate_free(struct inflate *z)
{
    if (!z)
        return;
    inflateEnd(&z->z);
    free(z);
}
