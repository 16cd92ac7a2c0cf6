/* SPDX-License-Identifier: ISC */
/* Replaces mime.c where GMime is missing: no mail is read. */
#include "repmon/mime.h"

bool mime_supported(void)
{
    return false;
}

struct mime *mime_open(const char *bytes, size_t len, const char **problem)
{
    (void)bytes;
    (void)len;
    *problem = "this repmon was built without GMime and can't read mail";
    return NULL;
}

void mime_free(struct mime *m)
{
    (void)m;
}

bool mime_next(struct mime *m, struct mime_part *out)
{
    (void)m;
    (void)out;
    return false;
}

void mime_enter(struct mime *m, const struct mime_part *part)
{
    (void)m;
    (void)part;
}

const char *mime_type(const struct mime *m)
{
    (void)m;
    return "";
}

const char *mime_parameter(const struct mime *m, const char *name)
{
    (void)m;
    (void)name;
    return "";
}

bool mime_attached_header(const struct mime_part *part, struct buf *out)
{
    (void)part;
    (void)out;
    return false;
}

struct mime_reader *mime_reader_new(const struct mime_part *part)
{
    (void)part;
    return NULL;
}

size_t mime_read(struct mime_reader *r, char *out, size_t size)
{
    (void)r;
    (void)out;
    (void)size;
    return 0;
}

void mime_reader_free(struct mime_reader *r)
{
    (void)r;
}

bool mime_date(const char *text, time_t *out)
{
    (void)text;
    (void)out;
    return false;
}

void mime_decode_words(const char *text, struct buf *out)
{
    buf_str(out, text);
}

bool mime_mailbox(const char *text, char *local, size_t local_size, char *domain,
                  size_t domain_size)
{
    (void)text;
    (void)local;
    (void)local_size;
    (void)domain;
    (void)domain_size;
    return false;
}

void mime_part_bytes(const struct mime_part *part, struct buf *out)
{
    (void)part;
    (void)out;
}
