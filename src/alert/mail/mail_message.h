/* SPDX-License-Identifier: ISC */
/*
 * A digest as a whole mail, headers and body, and the words of a `command`. Pure: no clock, no
 * network. Nothing from outside reaches a header raw: what is not plain ASCII becomes an RFC 2047
 * encoded word, and no value can hold a line break.
 */
#ifndef REPMON_MAIL_MESSAGE_H
#define REPMON_MAIL_MESSAGE_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define MAIL_MESSAGE_MAX                                                                           \
    (6u << 20) /* a full digest is about 400 kB, which quoted-printable triples; a page            \
                */
#define MAIL_REFERENCES 10 /* ids in References, the newest; RFC 5322 sets no limit */

/* Borrowed. */
struct mail_envelope {
    const char *from;
    const char *const *to;
    size_t to_count;
    time_t date;
    bool crlf; /* lines end as on the wire; else in '\n', as sendmail programs read them */
    const struct buf *page; /* attached as HTML; NULL: no attachment */
    const char *no_page;    /* why there is none, a sentence for the reader; NULL */
};

#define MAIL_PAGE_MAX (2u << 20) /* the page has at most this size */

/*
 * Reads the page that a channel with attach_page attaches into `out`, and names it in the envelope.
 * If it can't be read, the mail says so instead.
 */
void mail_attach_page(const struct conf *conf, const struct conf_channel *channel, struct buf *out,
                      struct mail_envelope *env);

/*
 * False (ERR_CONFIG, names the address cleaned) when an address can't go into a header. Lines are
 * at most 998 octets (RFC 5322 2.1.1). A line that is a lone dot is not treated here: that is the
 * transport's duty.
 */
bool mail_message(const struct mail_envelope *env, const struct message *m, struct buf *out,
                  struct error *err);

/*
 * An address that may go into a command or a header as it is: printable ASCII without blanks,
 * brackets, commas or quotes, at most 254 bytes (RFC 5321 4.5.3.1). Without '@' it is a local one.
 */
bool mail_address_ok(const char *address);

/* "<digest-id@domain of from>", as Message-ID and References have it. */
void mail_message_id(const char *digest, const char *from, struct buf *out);

/* The value of a header: as it is when plain ASCII, else as encoded words; folded at 76 columns. */
void mail_header(struct buf *out, const char *name, const char *value);

/* RFC 2045 6.7 of '\n' lines. */
void mail_quoted_printable(const char *text, size_t len, struct buf *out);

#endif
