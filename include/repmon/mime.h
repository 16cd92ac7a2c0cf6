/* SPDX-License-Identifier: ISC */
/*
 * The parts of a mail, by GMime: which there are, and their decoded bytes as a stream in constant
 * memory. All of it is hostile: a mail that would cost too much is not read (mime_open), parts
 * nested deeper than MIME_DEPTH_MAX are not visited.
 */
#ifndef REPMON_MIME_H
#define REPMON_MIME_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define MIME_DEPTH_MAX 100
#define MIME_PARTS_MAX 10000

struct mime;

struct mime_part {
    char type[80];  /* "application/gzip": lower case, cut where it is longer */
    char name[160]; /* the file's, clean; "": none */
    bool attached;  /* a mail that is attached (message/rfc822), not bytes of its own */
    bool in_report; /* inside of a multipart/report */
    void *object;   /* borrowed from the mime: GMime's */
};

/* False: built without GMime; nothing below works. */
bool mime_supported(void);

/*
 * The mail in `bytes`, which stay the caller's and must outlive it. NULL when it is not to be read;
 * `problem` says why, a sentence without a full stop.
 */
struct mime *mime_open(const char *bytes, size_t len, const char **problem);
void mime_free(struct mime *m);

/*
 * The next part that is no multipart, in their order; false at the end, or beyond MIME_PARTS_MAX.
 * An attached mail is one part, and is not entered unless mime_enter() says so.
 */
bool mime_next(struct mime *m, struct mime_part *out);

/* The parts of this attached mail, which mime_next() just gave, are the next ones. */
void mime_enter(struct mime *m, const struct mime_part *part);

/* The type of the mail itself, and a parameter of it ("report-type"); "" when there is none. */
const char *mime_type(const struct mime *m);
const char *mime_parameter(const struct mime *m, const char *name);

/* Appends the header of an attached mail, raw; false when there is none. */
bool mime_attached_header(const struct mime_part *part, struct buf *out);

/* The decoded bytes of a part. One reader at a time. */
struct mime_reader;
struct mime_reader *mime_reader_new(const struct mime_part *part);
size_t mime_read(struct mime_reader *r, char *out, size_t size); /* 0: the end */
void mime_reader_free(struct mime_reader *r);

/* Appends the decoded bytes of a part, up to what `out` can take. */
void mime_part_bytes(const struct mime_part *part, struct buf *out);

/*
 * A date as mails have it: RFC 5322, with what is seen besides: names of zones, two digits of a
 * year, an open comment, ISO 8601. False: it is none. Any year; whether it can be true is up to the
 * caller.
 */
bool mime_date(const char *text, time_t *out);

/* Appends a text of a header with its encoded words (RFC 2047) read, as UTF-8. */
void mime_decode_words(const char *text, struct buf *out);

/* The one mailbox of an address field, in lower case: "staff", "hotmail.com". False when there is
 * none or more than one. */
bool mime_mailbox(const char *text, char *local, size_t local_size, char *domain,
                  size_t domain_size);

#endif
