/* SPDX-License-Identifier: ISC */
#include "place.h"

#include "repmon/crypto.h"
#include "repmon/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_FORMAT "file1"
#define PLACE_FORMAT                                                                               \
    " %" PRIu64 ":%" PRIu64 "@%" PRIu64 " %" PRIu32 ":%016" PRIx64 " %" PRIu32 ":%016" PRIx64      \
    " %" PRId64

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

/* A number after the character `before`; anything else is not consumed, and sets `bad`. */
static uint64_t place_number(struct fields *f, char before, int base)
{
    const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
    char *end = NULL;
    f->bad |= *f->at != before || !strchr(digits, f->at[1]) || !f->at[1];
    errno = 0;
    uint64_t n = f->bad ? 0 : strtoull(f->at + 1, &end, base);
    f->bad |= errno != 0;
    f->at = end ? end : f->at;
    return n;
}

/* A time after a blank; below 0: before 1970. */
static int64_t place_time(struct fields *f)
{
    bool before = f->at[0] == ' ' && f->at[1] == '-';
    f->at += before;
    uint64_t ns = place_number(f, before ? '-' : ' ', 10);
    f->bad |= ns > INT64_MAX;
    return before ? -(int64_t)ns : (int64_t)ns;
}

/* Reads one place and returns what follows it; NULL: there is none. */
static const char *place_parse(const char *text, struct place *p)
{
    struct fields f = {.at = text};
    p->dev = place_number(&f, ' ', 10);
    p->ino = place_number(&f, ':', 10);
    p->offset = place_number(&f, '@', 10);
    uint64_t head_len = place_number(&f, ' ', 10);
    p->head = place_number(&f, ':', 16);
    uint64_t tail_len = place_number(&f, ' ', 10);
    p->tail = place_number(&f, ':', 16);
    p->taken_ns = place_time(&f);
    if (f.bad || head_len > PLACE_SAMPLE || tail_len > PLACE_SAMPLE)
        return NULL;
    p->head_len = (uint32_t)head_len;
    p->tail_len = (uint32_t)tail_len;
    if (!place_is_sane(p))
        return NULL;
    p->set = true;
    return f.at;
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
