/* SPDX-License-Identifier: ISC */
#include "mail_dialogue.h"

#include "repmon/text_fit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *verb;
    enum dialogue_at at;
} verbs[] = {
    {"EHLO", DIALOGUE_EHLO}, {"HELO", DIALOGUE_EHLO}, {"STARTTLS", DIALOGUE_STARTTLS},
    {"AUTH", DIALOGUE_AUTH}, {"MAIL", DIALOGUE_MAIL}, {"RCPT", DIALOGUE_MAIL},
    {"DATA", DIALOGUE_MAIL},
};

void dialogue_wrote(struct dialogue *d, const char *bytes, size_t len)
{
    bool challenge = d->at == DIALOGUE_AUTH && d->code == 334;
    if (!challenge && len >= 4 && strncasecmp(bytes, "QUIT", 4) == 0) {
        d->over = true;
        return;
    }
    d->answered = false;
    d->code = 0;
    if (challenge)
        return; /* the answer may begin like any verb */
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        size_t n = strlen(verbs[i].verb);
        if (len > n && strncasecmp(bytes, verbs[i].verb, n) == 0 &&
            (isspace((unsigned char)bytes[n]) || bytes[n] == ':')) {
            if (verbs[i].at > d->at || verbs[i].at == DIALOGUE_EHLO)
                d->at = verbs[i].at;
            return;
        }
    }
}

static bool mail_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One line of a reply without its line break. */
static void mail_reply_line(struct dialogue *d, const char *line)
{
    if (d->over || !mail_is_digit(line[0]) || !mail_is_digit(line[1]) || !mail_is_digit(line[2]))
        return;
    d->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    d->more = line[3] == '-';
    text_fit(d->text, sizeof d->text, "%s", line[3] ? line + 4 : "");
    if (d->more)
        return;
    d->answered = true;
    if (d->at == DIALOGUE_STARTTLS && d->code == 220)
        d->tls = true;
    if (d->at == DIALOGUE_AUTH && d->code / 100 == 2)
        d->logged_in = true;
    /* Of several mechanisms the first refusal says most, unless a later one is only "not now". */
    bool now = d->code < 500 && d->auth_code >= 500;
    if (d->at == DIALOGUE_AUTH && d->code >= 400 && (d->auth_code == 0 || now)) {
        d->auth_code = d->code;
        memcpy(d->auth_text, d->text, sizeof d->auth_text);
    }
}

void dialogue_read(struct dialogue *d, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        /* RFC 3207 4: the first thing after the reply to STARTTLS must be the handshake. */
        if (d->at == DIALOGUE_STARTTLS && d->tls)
            d->injected = true;
        if (bytes[i] != '\n') {
            if (d->line_len + 1 < sizeof d->line && bytes[i] != '\r')
                d->line[d->line_len++] = bytes[i] ? bytes[i] : '?';
            continue;
        }
        d->line[d->line_len] = '\0';
        d->line_len = 0;
        mail_reply_line(d, d->line);
    }
}
