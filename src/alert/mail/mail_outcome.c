/* SPDX-License-Identifier: ISC */
#include "mail_outcome.h"

#include "alert/channel_parts.h"

#include "repmon/text_fit.h"

#include <stdio.h>
#include <string.h>

#define RECIPIENT_MAX 254 /* RFC 5321 4.5.3.1.3: a path has 256 with its brackets */
#define WORDS_MAX     150

/* After the first one without room no more are named: the text stays the list's beginning. */
static void mail_name_refused(struct mail_facts *f, const char *mailbox, int code, const char *text)
{
    struct buf line;
    size_t len = strlen(f->refused_text);
    buf_init(&line, 4 * (RECIPIENT_MAX + WORDS_MAX));
    buf_str(&line, len ? "; " : "");
    buf_clean(&line, mailbox, strlen(mailbox), RECIPIENT_MAX);
    buf_fmt(&line, " (%d ", code);
    buf_clean(&line, text, strlen(text), WORDS_MAX);
    buf_char(&line, ')');
    if (f->unnamed || len + line.len >= sizeof f->refused_text)
        f->unnamed++;
    else
        memcpy(f->refused_text + len, buf_text(&line), line.len + 1);
    buf_fini(&line);
}

void mail_facts_recipient(struct mail_facts *f, const char *mailbox, int code, const char *text)
{
    if (code == 0) {
        f->unasked++;
        return;
    }
    if (code / 100 == 2) {
        f->accepted++;
        return;
    }
    f->refused++;
    if (f->mildest == 0 || code < f->mildest) {
        f->mildest = code;
        text_fit(f->mildest_text, sizeof f->mildest_text, "%s", text);
    }
    mail_name_refused(f, mailbox, code, text);
}

/* From MAIL on. */
static void mail_transfer(const struct mail_facts *f, struct delivery *out)
{
    if (f->from_code == 0)
        delivery_set(out, DELIVERY_DEFERRED, 0, "the connection ended after MAIL");
    else if (f->from_code / 100 != 2)
        delivery_set(out, delivery_of_smtp(SMTP_MAIL, f->from_code), f->from_code,
                     "the server refuses the sender: %d %s", f->from_code, f->from_text);
    else if (f->accepted == 0 && f->refused && !f->unasked)
        delivery_set(out, delivery_of_smtp(SMTP_RECIPIENT, f->mildest), f->mildest,
                     "the server refuses every recipient: %d %s", f->mildest, f->mildest_text);
    else if (f->end_code / 100 == 2)
        delivery_set(out, DELIVERY_SENT, f->end_code, "%s", "");
    else if (f->end_code >= 400)
        delivery_set(out, delivery_of_smtp(SMTP_DATA, f->end_code), f->end_code,
                     "the server refuses the message: %d %s", f->end_code, f->end_text);
    else if (f->text_taken)
        delivery_set(out, DELIVERY_DEFERRED, 0, "no final reply to the message");
    else
        delivery_set(out, DELIVERY_DEFERRED, 0, "the connection ended before the message was sent");
    out->may_have_arrived = f->text_taken && f->end_code < 400 && out->outcome == DELIVERY_DEFERRED;
    if (f->unnamed)
        text_fit(out->refused, sizeof out->refused, "%s; and %u more", f->refused_text, f->unnamed);
    else
        text_fit(out->refused, sizeof out->refused, "%s", f->refused_text);
}

static void mail_login(const struct mail_facts *f, struct delivery *out)
{
    const struct dialogue *t = f->dialogue;
    if (t->auth_code)
        delivery_set(out, delivery_of_smtp(SMTP_AUTH, t->auth_code), t->auth_code,
                     "the login is refused: %d %s", t->auth_code, t->auth_text);
    else if (t->at == DIALOGUE_MAIL)
        delivery_set(out, DELIVERY_HELD, 0,
                     "the server offers no supported login (PLAIN, LOGIN, CRAM-MD5)");
    else
        delivery_set(out, delivery_of_smtp(SMTP_AUTH, 0), 0,
                     "the connection ended during the login");
}

void mail_outcome(const struct mail_facts *f, struct delivery *out)
{
    const struct dialogue *t = f->dialogue;
    *out = (struct delivery){0};
    if (f->tls_error[0])
        delivery_set(out, delivery_of_smtp(SMTP_TLS, 0), 0, "%s", f->tls_error);
    else if (f->wants_login && !t->logged_in && t->at >= DIALOGUE_AUTH)
        mail_login(f, out);
    else if (t->at == DIALOGUE_MAIL && f->probe)
        delivery_set(out, DELIVERY_SENT, 0, "%s", "");
    else if (t->at == DIALOGUE_MAIL)
        mail_transfer(f, out);
    else if (t->at == DIALOGUE_STARTTLS && t->code >= 400)
        delivery_set(out, delivery_of_smtp(SMTP_TLS, t->code), t->code,
                     "the server refuses STARTTLS: %d %s", t->code, t->text);
    else if (t->at == DIALOGUE_STARTTLS && t->tls)
        delivery_set(out, DELIVERY_DEFERRED, 0, "the TLS handshake broke off");
    else if (t->code >= 400)
        delivery_set(out, delivery_of_smtp(SMTP_CONNECT, t->code), t->code,
                     "the server refuses the connection: %d %s", t->code, t->text);
    else if (t->at == DIALOGUE_GREETING && t->code == 0)
        delivery_set(out, DELIVERY_DEFERRED, 0, "no greeting from %.100s port %u: %s", f->host,
                     (unsigned)f->port, f->error_text[0] ? f->error_text : "no reply in time");
    else
        delivery_set(out, DELIVERY_DEFERRED, 0, "the connection ended during the greeting");
}
