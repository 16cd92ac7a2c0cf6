/* SPDX-License-Identifier: ISC */
#include "place.h"

#include "repmon/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define POSITION_FORMAT "file1"
#define PLACE_FORMAT                                                                               \
    " %" PRIu64 ":%" PRIu64 "@%" PRIu64 " %" PRIu32 ":%016" PRIx64 " %" PRIu32 ":%016" PRIx64      \
    " %" PRId64
#define PLACE_SCAN                                                                                 \
    " %" SCNu64 ":%" SCNu64 "@%" SCNu64 " %" SCNu32 ":%" SCNx64 " %" SCNu32 ":%" SCNx64            \
    " %" SCNd64 "%n"

uint64_t place_fingerprint(const void *data, size_t len)
{
    uint8_t digest[SHA256_BYTES];
    uint64_t out;
    crypto_sha256(data, len, digest);
    memcpy(&out, digest, sizeof out);
    return out;
}

static bool place_is_sane(const struct place *p)
{
    if (p->head_len > PLACE_SAMPLE || p->head_len > p->offset)
        return false;
    if (p->tail_len > PLACE_SAMPLE || p->tail_len > p->offset)
        return false;
    return p->offset <= INT64_MAX;
}

/* Reads one place and returns what follows it; NULL: there is none. */
static const char *place_parse(const char *text, struct place *p)
{
    int used = 0;
    int fields = sscanf(text, PLACE_SCAN, &p->dev, &p->ino, &p->offset, &p->head_len, &p->head,
                        &p->tail_len, &p->tail, &p->taken_ns, &used);
    if (fields != 8 || used == 0)
        return NULL;
    if (!place_is_sane(p))
        return NULL;
    p->set = true;
    return text + used;
}

bool position_parse(const char *text, struct position *out)
{
    struct position p = {0};
    memset(out, 0, sizeof *out);
    if (strncmp(text, POSITION_FORMAT, strlen(POSITION_FORMAT)) != 0)
        return false;
    text = place_parse(text + strlen(POSITION_FORMAT), &p.now);
    if (!text)
        return false;
    if (*text)
        text = place_parse(text, &p.before);
    if (!text || *text)
        return false;
    *out = p;
    return true;
}

static void place_format(const struct place *p, struct buf *out)
{
    buf_fmt(out, PLACE_FORMAT, p->dev, p->ino, p->offset, p->head_len, p->head, p->tail_len,
            p->tail, p->taken_ns);
}

void position_format(const struct position *p, struct buf *out)
{
    buf_str(out, POSITION_FORMAT);
    place_format(&p->now, out);
    if (p->before.set)
        place_format(&p->before, out);
}
