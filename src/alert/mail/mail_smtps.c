/* SPDX-License-Identifier: ISC */
/*
 * TLS from the first byte, which libesmtp lacks: libcurl speaks, and its lines are read here by the
 * same rules.
 */
#include "alert/channel_parts.h"
#include "mail_attempt.h"

#include "repmon/smtp.h"
#include "repmon/text_fit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum smtps_command { SMTPS_OTHER = 0, SMTPS_MAIL, SMTPS_RCPT, SMTPS_DATA };

struct smtps {
    struct attempt *a; /* borrowed */
    struct mail_facts facts;
    enum smtps_command command; /* written last */
    size_t asked;               /* recipients */
};

static const struct {
    const char *verb;
    enum smtps_command command;
} smtps_verbs[] = {{"MAIL FROM:", SMTPS_MAIL}, {"RCPT TO:", SMTPS_RCPT}, {"DATA", SMTPS_DATA}};

_Noreturn static void smtps_finish(struct smtps *s)
{
    struct delivery d;
    struct attempt *a = s->a;
    s->facts.text_taken = a->text_taken;
    s->facts.unasked = (unsigned)(a->conf->to_count - s->asked);
    mail_outcome(&s->facts, &d);
    mail_finish(a, &d);
}

static void mail_smtps_wrote(struct smtps *s, const char *bytes, size_t len)
{
    struct dialogue *d = &s->a->dialogue;
    dialogue_wrote(d, bytes, len);
    for (size_t i = 0; i < sizeof smtps_verbs / sizeof smtps_verbs[0]; i++) {
        size_t n = strlen(smtps_verbs[i].verb);
        if (len >= n && strncasecmp(bytes, smtps_verbs[i].verb, n) == 0)
            s->command = smtps_verbs[i].command;
    }
    if (d->at == DIALOGUE_MAIL && s->facts.wants_login && !d->logged_in)
        smtps_finish(s); /* the library would go on without its login */
}

/* A whole reply came. */
static void mail_smtps_reply(struct smtps *s)
{
    const struct dialogue *d = &s->a->dialogue;
    struct mail_facts *f = &s->facts;
    if (s->command == SMTPS_MAIL) {
        f->from_code = d->code;
        text_fit(f->from_text, sizeof f->from_text, "%s", d->text);
    } else if (s->command == SMTPS_RCPT && s->asked < s->a->conf->to_count) {
        mail_facts_recipient(f, s->a->conf->to[s->asked++], d->code, d->text);
    } else if (s->command == SMTPS_DATA && d->code != 354) {
        f->end_code = d->code;
        text_fit(f->end_text, sizeof f->end_text, "%s", d->text);
    }
}

static void mail_smtps_line(void *ctx, const char *bytes, size_t len, bool writing)
{
    struct smtps *s = ctx;
    struct dialogue *d = &s->a->dialogue;
    if (writing) {
        mail_smtps_wrote(s, bytes, len);
        return;
    }
    d->answered = false;
    dialogue_read(d, bytes, len);
    if (d->answered && !d->over)
        mail_smtps_reply(s);
    /* A wrong password is wrong by every mechanism, and servers lock out those who keep trying. */
    if (d->auth_code == 535)
        smtps_finish(s);
}

static const char *mail_smtps_text(void *ctx, size_t *len)
{
    struct smtps *s = ctx;
    mail_take_text(s->a);
    *len = s->a->text.len;
    return buf_text(&s->a->text);
}

/* What libcurl says about TLS, as the configuration's fault; a server that is down is not. */
static void mail_smtps_tls_error(struct smtps *s, enum reply_how how, const char *why)
{
    struct attempt *a = s->a;
    if (how == REPLY_NOT_TLS)
        text_fit(a->tls_error, sizeof a->tls_error,
                 "%s port %u speaks no TLS from the first byte (for STARTTLS: port 587)",
                 a->conf->host, (unsigned)a->conf->port);
    else if (how == REPLY_TLS)
        text_fit(a->tls_error, sizeof a->tls_error, "the certificate of %s is not accepted: %s",
                 a->conf->host, why);
    else if (how == REPLY_TLS_VERSION || how == REPLY_TLS_ALERT)
        text_fit(a->tls_error, sizeof a->tls_error, "no TLS 1.2 with %s: %s", a->conf->host, why);
}

void mail_smtps(void *ctx, int report, int keep)
{
    struct attempt *a = ctx;
    const struct conf_channel *conf = a->conf;
    char hello[256], why[160] = "";
    struct error err = {0};
    enum reply_how how = REPLY_ANSWERED;
    struct smtps s = {.a = a,
                      .facts = {.host = conf->host,
                                .port = conf->port,
                                .wants_login = mail_wants_login(conf),
                                .probe = a->probe,
                                .tls_error = a->tls_error,
                                .dialogue = &a->dialogue}};
    int64_t step =
        a->timeout_ms / 2 < MAIL_STEP_TIMEOUT_MS ? a->timeout_ms / 2 : MAIL_STEP_TIMEOUT_MS;
    (void)keep;
    signal(SIGPIPE, SIG_IGN); /* a server that goes away must not kill the process */
    a->report = report;
    mail_hello(conf, hello, sizeof hello);
    struct smtp_session session = {.host = conf->host,
                                   .port = conf->port,
                                   .ca_file = a->ca_file,
                                   .hello = hello,
                                   .user = s.facts.wants_login ? conf->user : NULL,
                                   .password = conf->password.text,
                                   .from = conf->from,
                                   .to = (const char *const *)conf->to,
                                   .to_count = conf->to_count,
                                   .probe = a->probe,
                                   .timeout_ms = a->timeout_ms,
                                   .step_timeout_ms = step,
                                   .line = mail_smtps_line,
                                   .text = mail_smtps_text,
                                   .ctx = &s};
    if (!smtp_talk(&session, &how, why, sizeof why, &err)) {
        struct delivery d = {0};
        delivery_set(&d, err.class == ERR_CONFIG ? DELIVERY_HELD : DELIVERY_DEFERRED, 0, "%s",
                     err.text);
        mail_finish(a, &d);
    }
    mail_smtps_tls_error(&s, how, why);
    snprintf(s.facts.error_text, sizeof s.facts.error_text, "%s", why);
    const struct dialogue *d = &a->dialogue;
    bool no_login = s.facts.wants_login && d->at == DIALOGUE_EHLO && d->code / 100 == 2 &&
                    how != REPLY_TIMEOUT; /* the library knew no mechanism on offer */
    if (no_login || (a->probe && how == REPLY_ANSWERED))
        a->dialogue.at = DIALOGUE_MAIL; /* everything that comes before it was done */
    smtps_finish(&s);
}
