/* SPDX-License-Identifier: ISC */
#include "report_text.h"

#include "repmon/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK  (16u << 10)
#define RECENT 8 /* names compared before a new one is kept */

struct block {
    struct block *next; /* owned */
    char bytes[];
};

struct report_text {
    struct block *blocks; /* owned; the newest first */
    size_t used;          /* of the newest */
    size_t size;          /* of the newest */
    size_t total;
    const char *recent[RECENT]; /* borrowed from the blocks */
    size_t recent_len[RECENT];
    unsigned turn;
};

struct report_text *report_text_new(void)
{
    return mem_alloc(sizeof(struct report_text));
}

void report_text_free(struct report_text *t)
{
    if (!t)
        return;
    for (struct block *b = t->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(t);
}

static char *report_text_room(struct report_text *t, size_t len)
{
    if (!t->blocks || t->size - t->used < len) {
        size_t size = t->blocks ? BLOCK : BLOCK / 16; /* most reports have a handful of names */
        size = len > size ? len : size;
        struct block *b = mem_alloc(sizeof *b + size);
        b->next = t->blocks;
        t->blocks = b;
        t->size = size;
        t->used = 0;
    }
    char *at = t->blocks->bytes + t->used;
    t->used += len;
    return at;
}

const char *report_text_keep(struct report_text *t, const char *s, size_t len)
{
    if (len == 0)
        return "";
    for (unsigned i = 0; i < RECENT; i++)
        if (t->recent_len[i] == len && memcmp(t->recent[i], s, len) == 0)
            return t->recent[i];
    t->total += len + 1;
    if (t->total > REPORT_TEXT_MAX)
        return NULL;
    char *kept = report_text_room(t, len + 1);
    memcpy(kept, s, len);
    kept[len] = '\0';
    t->recent[t->turn] = kept;
    t->recent_len[t->turn] = len;
    t->turn = (t->turn + 1) % RECENT;
    return kept;
}

void report_domain(const char *s, size_t len, char out[static HOST_NAME_SIZE])
{
    char text[HOST_NAME_SIZE + 1]; /* with room for a final dot */
    while (len > 0 && isspace((unsigned char)s[0]))
        s++, len--;
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        len--;
    bool fits = len < sizeof text;
    memcpy(text, s, fits ? len : 0);
    text[fits ? len : 0] = '\0';
    if (!host_name_parse(text, out))
        out[0] = '\0';
}
