/* SPDX-License-Identifier: ISC */
/* "v=DKIM1; k=rsa; p=…": tag lists of DKIM (RFC 6376 3.2) and DMARC (RFC 9989 4.8). Pure. */
#ifndef TAG_LIST_H
#define TAG_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct tag {
    const char *name, *value; /* borrowed from the text, blanks around them left out */
    size_t name_len, value_len;
};

/* The next tag from *at on, which moves past it; false at the end. A piece without "=" has no
 * value: value is NULL. Empty pieces are left out. */
bool tag_next(const char **at, const char *end, struct tag *out);

bool tag_is(const struct tag *t, const char *name); /* names: case-sensitive in both */
bool tag_value_is(const struct tag *t, const char *value, bool any_case);

/* The tag of that name, the first if there are several; false: it is not there. */
bool tag_find(const char *text, size_t len, const char *name, struct tag *out);

#endif
