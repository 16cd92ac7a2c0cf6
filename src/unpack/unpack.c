/* SPDX-License-Identifier: ISC */
#include "repmon/unpack.h"

#include "repmon/buf.h"
#include "repmon/inflate.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* gzip expands a byte to at most 1,032, so what comes out of a piece stays small. */
#define PIECE 4096

struct unpacking {
    unpack_source *source;
    void *source_context;
    unpack_sink *sink;
    void *sink_context;
    size_t *budget; /* bytes that may still come out */
    char piece[PIECE];
    size_t held;    /* bytes of `piece` that were read to detect the format */
    size_t in, out; /* bytes so far; out: bytes passed on */
    size_t all;     /* bytes that were unpacked, wanted or not */
    bool packed;    /* the source is a gzip or zip */
    char head[4];   /* the first bytes that come out */
    enum unpack_result result;
};

static bool unpack_is_zip(const char *data, size_t len)
{
    return len >= 4 && memcmp(data, "PK\x03\x04", 4) == 0;
}

bool unpack_is_packed(const char *data, size_t len)
{
    return inflate_is_gzip(data, len) || unpack_is_zip(data, len);
}

/* The next packed bytes, beginning with those held back. */
static size_t unpack_pull(struct unpacking *u)
{
    size_t n = u->held;
    u->held = 0;
    if (n == 0)
        n = u->source(u->source_context, u->piece, sizeof u->piece);
    u->in += n;
    return n;
}

/* Counts what came out, wanted or not: it has cost the same. */
static void unpack_count(struct unpacking *u, size_t len)
{
    u->all += len;
    bool over = len > *u->budget;
    *u->budget -= over ? *u->budget : len;
    if (u->packed && u->all > UNPACK_RATIO_FLOOR && u->all / UNPACK_RATIO > u->in)
        over = true;
    if (over && u->result == UNPACK_DONE)
        u->result = UNPACK_TOO_LARGE;
}

static bool unpack_is_nested(struct unpacking *u, const char *data, size_t len)
{
    for (size_t i = 0; i < len && u->out + i < sizeof u->head; i++)
        u->head[u->out + i] = data[i];
    size_t have = u->out + len < sizeof u->head ? u->out + len : sizeof u->head;
    return u->packed && unpack_is_packed(u->head, have);
}

/* Passes on what came out; false when it goes no further, with the result set. */
static bool unpack_pass(struct unpacking *u, const char *data, size_t len)
{
    unpack_count(u, len);
    if (u->result != UNPACK_DONE)
        return false;
    if (unpack_is_nested(u, data, len))
        u->result = UNPACK_NESTED;
    else if (!u->sink(u->sink_context, data, len))
        u->result = UNPACK_STOPPED;
    u->out += len;
    return u->result == UNPACK_DONE;
}

static void unpack_pass_inflated(void *context, const char *data, size_t len)
{
    unpack_pass(context, data, len);
}

static void unpack_gzip(struct unpacking *u)
{
    struct inflate *z = inflate_new(unpack_pass_inflated, u);
    struct error err = {0};
    bool sound = true;
    for (size_t n; u->result == UNPACK_DONE && sound && (n = unpack_pull(u)) > 0;)
        sound = inflate_feed(z, u->piece, n, &err);
    if (u->result == UNPACK_DONE && (!sound || !inflate_end(z, &err)))
        u->result = UNPACK_DAMAGED;
    inflate_free(z);
}

static la_ssize_t unpack_give_archive(struct archive *a, void *context, const void **out)
{
    (void)a;
    struct unpacking *u = context;
    *out = u->piece;
    return (la_ssize_t)unpack_pull(u);
}

static bool unpack_ends_in(const char *name, const char *end)
{
    size_t n = strlen(name);
    size_t e = strlen(end);
    return n >= e && strcasecmp(name + n - e, end) == 0;
}

static bool unpack_is_report(struct archive_entry *entry)
{
    if (archive_entry_filetype(entry) != AE_IFREG)
        return false;
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name) /* not convertible: as it is */
        name = archive_entry_pathname(entry);
    /* In a cron job's locale, a name in another script can't be read: then the bytes must decide.
     */
    return !name || unpack_ends_in(name, ".xml") || unpack_ends_in(name, ".json");
}

/* Zip methods other than deflate may use as much memory as the file demands. */
static bool unpack_is_plain_method(struct archive *a)
{
    const char *format = archive_format_name(a);
    return format && (strstr(format, "(deflation)") || strstr(format, "(uncompressed)"));
}

static void unpack_read_member(struct unpacking *u, struct archive *a, bool wanted)
{
    const void *data;
    size_t len;
    la_int64_t offset;
    int status;
    while ((status = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK) {
        if (wanted) {
            if (!unpack_pass(u, data, len))
                return;
        } else {
            unpack_count(u, len);
            if (u->result != UNPACK_DONE)
                return;
        }
    }
    if (status != ARCHIVE_EOF)
        u->result = UNPACK_DAMAGED;
}

static void unpack_zip(struct unpacking *u)
{
    struct archive *a = archive_read_new();
    if (!a)
        abort(); /* out of memory */
    archive_read_support_format_zip_streamable(a);
    bool found = false;
    bool sound = archive_read_open(a, u, NULL, unpack_give_archive, NULL) == ARCHIVE_OK;
    for (int i = 0; sound && !found && i < UNPACK_MEMBERS_MAX && u->result == UNPACK_DONE; i++) {
        struct archive_entry *entry;
        int status = archive_read_next_header(a, &entry);
        if (status == ARCHIVE_EOF)
            break;
        sound = status == ARCHIVE_OK || status == ARCHIVE_WARN;
        if (!sound)
            break;
        found = unpack_is_report(entry);
        if (archive_entry_is_encrypted(entry))
            u->result = UNPACK_ENCRYPTED;
        else if (!unpack_is_plain_method(a))
            u->result = UNPACK_METHOD;
        else
            unpack_read_member(u, a, found);
    }
    if (u->result == UNPACK_DONE && !sound)
        u->result = UNPACK_DAMAGED;
    if (u->result == UNPACK_DONE && !found)
        u->result = UNPACK_NOTHING;
    archive_read_free(a);
}

static void unpack_plain(struct unpacking *u)
{
    for (size_t n; (n = unpack_pull(u)) > 0;)
        if (!unpack_pass(u, u->piece, n))
            return;
}

enum unpack_result unpack(unpack_source *source, void *source_context, unpack_sink *sink,
                          void *sink_context, size_t *budget)
{
    struct unpacking *u = mem_alloc(sizeof *u);
    *u = (struct unpacking){.source = source,
                            .source_context = source_context,
                            .sink = sink,
                            .sink_context = sink_context,
                            .budget = budget};
    for (size_t n = 1; u->held < sizeof u->piece && n > 0; u->held += n)
        n = source(source_context, u->piece + u->held, sizeof u->piece - u->held);
    u->packed = unpack_is_packed(u->piece, u->held);
    if (inflate_is_gzip(u->piece, u->held))
        unpack_gzip(u);
    else if (u->packed)
        unpack_zip(u);
    else
        unpack_plain(u);
    enum unpack_result result = u->result;
    free(u);
    return result;
}

const char *unpack_text(enum unpack_result result)
{
    static const char *const texts[] = {
        [UNPACK_DONE] = "",
        [UNPACK_STOPPED] = "",
        [UNPACK_NOTHING] = "it holds no report",
        [UNPACK_DAMAGED] = "it is damaged and can't be unpacked",
        [UNPACK_ENCRYPTED] = "it is encrypted",
        [UNPACK_METHOD] = "it is packed by another method than deflate",
        [UNPACK_TOO_LARGE] = "it unpacks to more than 64 MiB or 100 times its size",
        [UNPACK_NESTED] = "it holds an archive in an archive",
    };
    return texts[result];
}
