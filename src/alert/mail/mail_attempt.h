/* SPDX-License-Identifier: ISC */
/* One attempt to send a mail, made in a child: what both ways to speak SMTP share. */
#ifndef MAIL_ATTEMPT_H
#define MAIL_ATTEMPT_H

#include "mail_dialogue.h"
#include "mail_outcome.h"

#define MAIL_STEP_TIMEOUT_MS (60 * 1000) /* one reply; RFC 5321 allows minutes, a run does not */

struct attempt {
    const struct conf_channel *conf; /* borrowed */
    const char *ca_file;             /* borrowed; NULL */
    int64_t timeout_ms;
    bool probe;      /* stop before MAIL */
    struct buf text; /* the message, CRLF lines; empty for a probe */
    struct dialogue dialogue;
    char tls_error[200]; /* why the certificate or STARTTLS is not acceptable; "" */
    bool text_taken;     /* the library has the whole text: from here on it may arrive */
    bool final;          /* the reply to the whole message came: only now does its status count */
    int report;
    void *message; /* libesmtp's */
};

/* Writes the record that ends the child, and ends it. */
_Noreturn void mail_finish(struct attempt *a, const struct delivery *d);

bool mail_wants_login(const struct conf_channel *conf);

/* Tells the parent first: from here on a kill leaves it in doubt whether the message arrived. */
void mail_take_text(struct attempt *a);

/* The name we greet with: a full host name, or the domain of the sender; "" for neither. */
void mail_hello(const struct conf_channel *conf, char *out, size_t size);

/* The child of a server that wants TLS from the first byte (mail_smtps.c). */
void mail_smtps(void *attempt, int report, int keep);

#endif
