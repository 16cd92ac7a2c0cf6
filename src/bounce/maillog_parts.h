/* SPDX-License-Identifier: ISC */
/* What the readers of log formats share. */
#ifndef MAILLOG_PARTS_H
#define MAILLOG_PARTS_H

#include "repmon/maillog.h"

/* ---- maillog_stamp.c ---- */

/* A time as written; fields that are not given are 0 or -1. */
struct maillog_stamp {
    bool epoch; /* only `seconds` is set */
    int64_t seconds;
    int year, month, day, hour, minute, second; /* year 0: not given; month 1 to 12 */
    bool has_zone;
    int zone; /* seconds east */
};

/* The length of the stamp that the text begins with, 0 for none. `out` may be NULL. */
size_t maillog_stamp_read(const char *s, size_t len, struct maillog_stamp *out);

/* ---- maillog_head.c ---- */

struct maillog_head {
    struct maillog_piece stamp, tag, message; /* message: what follows the tag */
    bool prefixed;                            /* something stood before the stamp */
};

/* Finds the line after any prefix that tools add. False: no stamp and no program. */
bool maillog_head_find(const char *line, size_t len, struct maillog_head *out);

/* ---- pieces ---- */

struct maillog_piece maillog_piece_of(const char *s, size_t len);
bool maillog_is(struct maillog_piece p, const char *word);
bool maillog_begins(struct maillog_piece p, const char *word);
bool maillog_ends(struct maillog_piece p, const char *word);
/* Where the word begins in the piece, or NULL. */
const char *maillog_find(struct maillog_piece p, const char *word);
/*
 * What follows an address, with or without "<>"; NULL when its end is not clear. Senders choose
 * addresses, and can put anything in a quoted local part: blanks, brackets, whole lines.
 */
const char *maillog_after_address(struct maillog_piece p);
/* What follows the quoted string at the beginning of the piece; the piece's end if it is not
 * closed. */
const char *maillog_after_quoted(struct maillog_piece p);
/* What follows `pos` (inside the piece, or its end). */
struct maillog_piece maillog_rest(struct maillog_piece p, const char *pos);
/* The value after `key` ("relay="), bare up to a blank or comma, or quoted; len 0: not there. */
struct maillog_piece maillog_value(struct maillog_piece p, const char *key);

/* "mx.example.net[192.0.2.1]:25", "mx.example.net [192.0.2.1]", "192.0.2.1 (mx.example.net)",
 * "mx.example.net (192.0.2.1)": host and address of the other side. */
void maillog_peer(struct maillog_piece p, struct maillog_event *out);
/* "203.0.113.5", "[203.0.113.5]:25", "203.0.113.5:53210" */
bool maillog_ip(struct maillog_piece p, struct ip *out);
/* The code and status that the text begins with: "550 5.7.1 …", "550-5.7.1 …", "smtp;550 …". */
void maillog_codes(struct maillog_event *e);
/* Takes the status from a field if the reply gave none; anything but a status is ignored. */
void maillog_status(struct maillog_event *e, struct maillog_piece status);
/* The outcome by the code, when nothing else shows it. */
enum maillog_outcome maillog_outcome_of(int code);
/* MAIL FROM, RCPT TO, DATA, …: the command that was answered, as servers name it. */
enum maillog_phase maillog_phase_of(struct maillog_piece command);

/* ---- formats: each looks at the head and fills the event; false: not its line ---- */

bool maillog_postfix(const struct maillog_head *h, struct maillog_event *e);
bool maillog_exim(const struct maillog_head *h, struct maillog_event *e);
bool maillog_opensmtpd(const struct maillog_head *h, struct maillog_event *e);
bool maillog_sendmail(const struct maillog_head *h, struct maillog_event *e);
bool maillog_qmail(const struct maillog_head *h, struct maillog_event *e);
bool maillog_halon(const struct maillog_head *h, struct maillog_event *e);
bool maillog_zonemta(const struct maillog_head *h, struct maillog_event *e);
bool maillog_stalwart(const struct maillog_head *h, struct maillog_event *e);
bool maillog_exchange(const char *line, size_t len, struct maillog_event *e);
bool maillog_powermta(const char *line, size_t len, struct buf *scratch, struct maillog_event *e);
/* `text` begins with '{': events of KumoMTA, maddy, Mailgun, …, and lines that JSON wraps. */
bool maillog_json(const char *text, size_t len, struct buf *scratch, struct maillog_event *e);

/* ---- maillog_frame.c: a mail server's words around a reply ---- */

/*
 * "host mx.example.net[192.0.2.1] said: 550 … (in reply to RCPT TO command)", "SMTP error from
 * remote mail server after …: 550 …", "Remote host said: 550 …": leaves the reply in e->text and
 * sets host, phase and codes if the frame gives them. A text without a frame stays as it is.
 */
void maillog_unframe(struct maillog_event *e);

#endif
