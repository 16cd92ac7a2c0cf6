/* SPDX-License-Identifier: ISC */
/*
 * What was said on an SMTP connection up to MAIL, read from the lines that pass: libesmtp itself
 * does not tell where it gave up, and goes on without a login when that fails. Pure, fuzzed.
 */
#ifndef REPMON_ALERT_MAIL_DIALOGUE_H
#define REPMON_ALERT_MAIL_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

enum dialogue_at {
    DIALOGUE_GREETING = 0, /* nothing written yet */
    DIALOGUE_EHLO,
    DIALOGUE_STARTTLS,
    DIALOGUE_AUTH, /* and its challenges */
    DIALOGUE_MAIL  /* MAIL or anything after it: the library's own statuses tell the rest */
};

/* Zero is the start of a connection. */
struct dialogue {
    enum dialogue_at at;
    bool tls; /* STARTTLS was accepted: what follows is inside TLS */
    bool logged_in;
    bool injected; /* bytes after the reply to STARTTLS, outside TLS: a man in the middle */
    bool over;     /* QUIT was written: what comes now tells nothing new */
    bool more;     /* the last line of the reply has not come yet */
    bool answered; /* a whole reply to what was written last has come */
    int code;      /* of the last reply; 0: none to the last command */
    int auth_code; /* of the last failed AUTH */
    char text[200], auth_text[200]; /* the last line of that reply, raw */
    char line[512];                 /* of a reply whose line break has not come */
    size_t line_len;
};

void dialogue_wrote(struct dialogue *d, const char *bytes, size_t len);
void dialogue_read(struct dialogue *d, const char *bytes, size_t len);

#endif
