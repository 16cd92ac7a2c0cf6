/* SPDX-License-Identifier: ISC */
/*
 * From what was seen of an SMTP session to the outcome that repmon-alerts(7) DELIVERY describes.
 * Pure; the session's return value is not among the facts, because it says only that the session is
 * over.
 */
#ifndef REPMON_ALERT_MAIL_OUTCOME_H
#define REPMON_ALERT_MAIL_OUTCOME_H

#include "mail_dialogue.h"

#include "repmon/channel.h"

#include <stdbool.h>
#include <stdint.h>

/* Texts are the server's words: hostile, one line. A code of 0: no reply came. */
struct mail_facts {
    const char *host; /* borrowed */
    uint16_t port;
    bool wants_login;
    bool probe;            /* reaching MAIL is all that was wanted */
    bool text_taken;       /* the whole message went to the library: it may have arrived */
    const char *tls_error; /* borrowed: why TLS is not acceptable; "" */
    const struct dialogue *dialogue; /* borrowed */
    int from_code, end_code;         /* replies to MAIL, and to DATA or the message */
    char from_text[160], end_text[160];
    unsigned accepted, refused, unasked; /* recipients */
    int mildest;                         /* lowest code of a refused recipient */
    char mildest_text[160];
    unsigned unnamed;        /* of `refused`: there was no room for them in refused_text */
    char refused_text[1800]; /* "ADDRESS (550 text); …", cleaned */
    char error_text[160];    /* the library's own; "" */
};

/* Counts one recipient. */
void mail_facts_recipient(struct mail_facts *f, const char *mailbox, int code, const char *text);

void mail_outcome(const struct mail_facts *f, struct delivery *out);

#endif
