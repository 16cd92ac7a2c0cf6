/* SPDX-License-Identifier: ISC */
#include "repmon/fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HASH_DIGITS 16

void fields_word(struct fields *f, char *out, size_t size)
{
    size_t len = strcspn(f->at, " ");
    f->bad |= len == 0 || len >= size;
    if (f->bad)
        len = 0;
    memcpy(out, f->at, len);
    out[len] = '\0';
    if (strcmp(out, "-") == 0)
        out[0] = '\0';
    f->at += len + (f->at[len] == ' ');
}

int64_t fields_number(struct fields *f, int64_t max)
{
    size_t len = strspn(f->at, "0123456789");
    f->bad |= len == 0 || len > 19 || (f->at[len] && f->at[len] != ' ');
    uint64_t n = f->bad ? 0 : strtoull(f->at, NULL, 10);
    f->bad |= n > (uint64_t)max;
    f->at += len + (f->at[len] == ' ');
    return f->bad ? 0 : (int64_t)n;
}

uint64_t fields_hash(struct fields *f)
{
    char word[HASH_DIGITS + 1];
    fields_word(f, word, sizeof word);
    f->bad |= strspn(word, "0123456789abcdef") != HASH_DIGITS;
    return f->bad ? 0 : strtoull(word, NULL, 16);
}

struct ip fields_ip(struct fields *f)
{
    char word[IP_TEXT_MAX];
    struct ip ip = {0};
    fields_word(f, word, sizeof word);
    if (word[0])
        f->bad |= !ip_parse_raw(word, &ip);
    if (f->bad)
        ip = (struct ip){0};
    return ip;
}

void fields_put_word(struct buf *out, const char *word)
{
    buf_char(out, ' ');
    if (!word[0])
        buf_char(out, '-');
    for (const char *c = word; *c; c++)
        buf_char(out, (unsigned char)*c <= ' ' ? '_' : *c);
}

void fields_put_number(struct buf *out, int64_t n)
{
    buf_fmt(out, " %" PRId64, n);
}

void fields_put_hash(struct buf *out, uint64_t hash)
{
    buf_fmt(out, " %016" PRIx64, hash);
}

void fields_put_ip(struct buf *out, const struct ip *ip)
{
    char text[IP_TEXT_MAX] = "-";
    if (ip->family)
        ip_format(ip, text);
    fields_put_word(out, text);
}
