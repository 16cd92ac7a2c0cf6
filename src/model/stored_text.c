/* SPDX-License-Identifier: ISC */
#include "repmon/stored.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4000

const char *text_keep(struct stored_text **texts, const char *s)
{
    size_t need = strlen(s) + 1;
    struct stored_text *t = *texts;
    if (need == 1)
        return "";
    if (!t || t->cap - t->len < need) {
        size_t cap = need > CHUNK ? need : CHUNK;
        t = mem_alloc(sizeof *t + cap);
        t->cap = cap;
        t->next = *texts;
        *texts = t;
    }
    char *copy = t->bytes + t->len;
    memcpy(copy, s, need);
    t->len += need;
    return copy;
}

const char *text_keep_maybe(struct stored_text **texts, const char *s)
{
    return s ? text_keep(texts, s) : NULL;
}

void text_free(struct stored_text *texts)
{
    while (texts) {
        struct stored_text *next = texts->next;
        free(texts);
        texts = next;
    }
}
