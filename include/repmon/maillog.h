/* SPDX-License-Identifier: ISC */
/*
 * Lines of a mail server's log as events: which host was talked to, from which own address, and
 * what it answered. Pure: a line in, an event out; no clock, no table of receivers (explain.h
 * judges the text). `repmon explain` and the log source read with exactly this.
 *
 * A line may be preceded by anything that tools put there: `docker compose` names, ANSI colours,
 * `kubectl` and CRI prefixes, file names and numbers of grep, counts of uniq, quotes, JSON of
 * journald and docker around it.
 *
 * To add a format: a file src/bounce/maillog_NAME.c with one function of the shape
 * `bool maillog_NAME(const struct maillog_head *, struct maillog_event *)`, its row in the table
 * of maillog.c, its word in maillog_format_word(), lines of it in tests/unit/test_maillog.c.
 */
#ifndef REPMON_MAILLOG_H
#define REPMON_MAILLOG_H

#include "repmon/buf.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum maillog_format {
    MAILLOG_UNKNOWN = 0, /* a log line, perhaps, of no format that is known */
    MAILLOG_POSTFIX,
    MAILLOG_EXIM,
    MAILLOG_KUMOMTA,
    MAILLOG_OPENSMTPD,
    MAILLOG_SENDMAIL,
    MAILLOG_QMAIL,
    MAILLOG_POWERMTA,
    MAILLOG_HALON,
    MAILLOG_ZONEMTA,
    MAILLOG_MADDY,
    MAILLOG_STALWART,
    MAILLOG_EXCHANGE, /* its send protocol */
    MAILLOG_JSON,     /* Mailgun, SendGrid, Amazon SES and the like */
    MAILLOG_FORMAT_COUNT
};

/* What the line tells about one attempt. Zero: it tells of none. */
enum maillog_outcome {
    MAILLOG_NOTHING = 0,
    MAILLOG_ACCEPTED, /* 2xx after DATA */
    MAILLOG_DEFERRED, /* tried again later */
    MAILLOG_REFUSED,  /* given up */
    MAILLOG_OWN_SIDE, /* this server refuses others: not about our mail */
};

/* When the other side answered. */
enum maillog_phase {
    MAILLOG_PHASE_UNKNOWN = 0,
    MAILLOG_CONNECT, /* greeting, EHLO, STARTTLS: nothing was sent yet */
    MAILLOG_MAIL,
    MAILLOG_RCPT,
    MAILLOG_DATA, /* the message was seen, or its size */
};

/* A part of the line, or of the scratch buffer: borrowed. len 0: the line does not say. */
struct maillog_piece {
    const char *s;
    size_t len;
};

struct maillog_event {
    enum maillog_format format;
    enum maillog_outcome outcome;
    enum maillog_phase phase;
    bool attempted; /* a host of somebody else was talked to in this attempt */
    bool session;   /* refused before a recipient was named: no outcome of a message by itself */
    bool probe;     /* verifies an address: proves a refusal, never an acceptance */
    bool whole; /* `text` is the reply alone, from its code on; else words of ours may be in it */
    struct maillog_piece stamp;    /* as written; maillog_time() reads it */
    struct maillog_piece tag;      /* the program: "postfix-203.0.113.5/smtp", "exim" */
    struct maillog_piece queue_id; /* or whatever names the message */
    struct maillog_piece host;     /* that was talked to, without a final dot */
    struct ip host_ip;
    struct ip own_ip;          /* our side: I=, source=, localip=, a tag that holds it; else 0 */
    int code;                  /* 250, 421, 550; 0: none */
    char status[12];           /* RFC 3463 "5.7.1"; "" */
    struct maillog_piece text; /* the reply, still folded ("550-… 550 …"), or the reason in words */
};

const char *maillog_format_word(enum maillog_format);

/*
 * One line without its end. False: it is no line of a log. True with outcome MAILLOG_NOTHING: a
 * line of a log that tells of no attempt. Fields of JSON are unescaped into `scratch`, which is
 * cleared first and must outlive the event.
 */
bool maillog_parse(const char *line, size_t len, struct buf *scratch, struct maillog_event *out);

/* ---- time of a line ---- */

/* For stamps that lack a year or a zone. */
struct maillog_clock {
    int64_t now;  /* seconds; a stamp without a year is the last such day not over a day ahead */
    int64_t near; /* of a local time that occurs twice the reading nearer to this; 0: to now */
    bool utc;     /* stamps without a zone are UTC; else of the system's zone */
};

/* Seconds since 1970; false when the stamp does not tell a time. */
bool maillog_time(struct maillog_piece stamp, const struct maillog_clock *clock, int64_t *out);

#endif
