/* SPDX-License-Identifier: ISC */
#include "alert/channel_parts.h"

#include "mail_attempt.h"
#include "repmon/channels.h"
#include "repmon/subprocess.h"
#include "repmon/text_fit.h"

#include "mail_message.h"
#include "repmon/clock.h"
#include "repmon/ip.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <auth-client.h>
#include <libesmtp.h>

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAIL_TIMEOUT_MS      (5 * 60 * 1000)
#define MAIL_STEP_TIMEOUT_MS (60 * 1000) /* one reply; RFC 5321 allows minutes, a run does not */

/* One record ends a child; an early one only says that the text is on its way. */
_Noreturn void mail_finish(struct attempt *a, const struct delivery *d)
{
    ssize_t written = write(a->report, d, sizeof *d);
    _exit(written == (ssize_t)sizeof *d ? 0 : 1);
}

bool mail_wants_login(const struct conf_channel *conf)
{
    return conf->user && conf->user[0];
}

/* ---- TLS: our own context, because the library checks the name that DNS gives ---- */

/* OpenSSL does the verifying; this only remembers its reason. */
static int mail_on_verify(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct attempt *a = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (!ok && !a->tls_error[0])
        text_fit(a->tls_error, sizeof a->tls_error, "the certificate of %s is not accepted: %s",
                 a->conf->host, X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
    return ok;
}

/* The library sends no server name, which servers with several certificates need. A fatal alert
 * from either side is about versions or ciphers: a fault of the certificate was noted before. */
static void mail_on_tls_info(const SSL *ssl, int where, int ret)
{
    struct attempt *a = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct ip ip;
    bool fatal = (where & SSL_CB_ALERT) && ret >> 8 == SSL3_AL_FATAL;
    if (fatal && !a->tls_error[0])
        text_fit(a->tls_error, sizeof a->tls_error, "no TLS 1.2 with %s: %s", a->conf->host,
                 SSL_alert_desc_string_long(ret));
    if ((where & SSL_CB_HANDSHAKE_START) && !ip_parse(a->conf->host, &ip))
        SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, a->conf->host);
}

static SSL_CTX *mail_tls_context(struct attempt *a)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct ip ip;
    bool numeric = ip_parse(a->conf->host, &ip);
    if (!ctx)
        return NULL;
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    SSL_CTX_set_app_data(ctx, a);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    /*
     * Not 1.3: its session tickets arrive unasked after the handshake; the library takes them for
     * the reply to an EHLO that it has not sent yet, and waits forever (measured: 6 of 30 sessions
     * with Postfix).
     */
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(ctx);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, mail_on_verify);
    SSL_CTX_set_info_callback(ctx, mail_on_tls_info);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    bool named = numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, a->conf->host) == 1
                         : X509_VERIFY_PARAM_set1_host(param, a->conf->host, 0) == 1;
    if (!named || (a->ca_file && SSL_CTX_load_verify_file(ctx, a->ca_file) != 1)) {
        struct delivery d = {0};
        if (named)
            delivery_set(&d, DELIVERY_HELD, 0, "ca_file %.150s holds no usable certificate",
                         a->ca_file);
        else
            delivery_set(&d, DELIVERY_HELD, 0, "server: not a name a certificate can have");
        mail_finish(a, &d);
    }
    return ctx;
}

/* ---- what the library asks and tells ---- */

static void mail_on_event(smtp_session_t session, int event, void *arg, ...)
{
    struct attempt *a = arg;
    va_list args;
    (void)session;
    va_start(args, arg);
    if (event == SMTP_EV_CONNECT) {
        a->dialogue = (struct dialogue){0}; /* perhaps the next address of the same host */
    } else if (event == SMTP_EV_MESSAGESENT) {
        a->final = true; /* sent or refused */
    } else if (event == SMTP_EV_EXTNA_STARTTLS) {
        snprintf(a->tls_error, sizeof a->tls_error,
                 "the server offers no STARTTLS, and tls = required (TLS from the first byte: port "
                 "465)");
    } else if (event == SMTP_EV_WRONG_PEER_CERTIFICATE) {
        /*
         * The library compared with the canonical name in the DNS. OpenSSL has already verified the
         * chain and the configured name: otherwise the handshake would have failed.
         */
        int *ok = va_arg(args, int *);
        const char *name = va_arg(args, const char *);
        SSL *ssl = va_arg(args, SSL *);
        (void)name;
        *ok = ssl && SSL_get_verify_result(ssl) == X509_V_OK && !a->tls_error[0];
    }
    va_end(args);
}

/*
 * Hides words from the library in the EHLO reply that it has yet to read. With BDAT it keeps only
 * the last of several replies: a lost connection would look like success, and "busy" followed by
 * "bad sequence" like a refusal for good. It would also try NTLM first, with a broken hash, and so
 * add a failure for the server to count.
 */
static void mail_hide_extensions(const char *bytes, size_t len)
{
    static const char *const words[] = {"CHUNKING", "NTLM"};
    char *p = (char *)(uintptr_t)bytes; /* the library's own read buffer */
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        size_t n = strlen(words[w]);
        for (size_t i = 0; i + n <= len; i++) {
            if (strncasecmp(p + i, words[w], n) == 0)
                p[i] = 'X';
        }
    }
}

static struct delivery mail_judge(struct attempt *a);

static void mail_on_line(const char *bytes, int len, int writing, void *arg)
{
    struct attempt *a = arg;
    struct dialogue *d = &a->dialogue;
    if (len <= 0)
        return;
    if (!writing) {
        if (d->at == DIALOGUE_EHLO)
            mail_hide_extensions(bytes, (size_t)len);
        dialogue_read(d, bytes, (size_t)len);
        if (d->injected)
            snprintf(a->tls_error, sizeof a->tls_error,
                     "data was sent after the reply to STARTTLS, outside TLS");
        /* A wrong password is wrong by every mechanism; servers lock out those who keep trying. */
        else if (d->auth_code != 535)
            return;
    } else {
        dialogue_wrote(d, bytes, (size_t)len);
        bool no_login = mail_wants_login(a->conf) && !d->logged_in;
        /* Called before the bytes leave: the library would go on without its login; stop here. */
        if (d->at != DIALOGUE_MAIL || (!no_login && !a->probe))
            return;
    }
    struct delivery result = mail_judge(a);
    mail_finish(a, &result);
}

static int mail_on_auth(auth_client_request_t request, char **result, int fields, void *arg)
{
    const struct attempt *a = arg;
    static char nothing[] = "";
    for (int i = 0; i < fields; i++) {
        /* The type allows writing, but the library only reads. */
        if (request[i].flags & AUTH_PASS)
            result[i] = a->conf->password.text;
        else if (request[i].flags & AUTH_USER)
            result[i] = a->conf->user;
        else
            result[i] = nothing;
    }
    return 1;
}

void mail_take_text(struct attempt *a)
{
    struct delivery d = {.may_have_arrived = true};
    a->text_taken = true;
    delivery_set(&d, DELIVERY_DEFERRED, 0, "no final reply to the message in time");
    if (write(a->report, &d, sizeof d) != (ssize_t)sizeof d)
        _exit(1);
}

static const char *mail_on_text(void **ctx, int *len, void *arg)
{
    struct attempt *a = arg;
    (void)ctx;
    if (!len) {
        a->text_taken = false;
        return NULL;
    }
    if (a->text_taken) {
        *len = 0;
        return NULL;
    }
    mail_take_text(a);
    *len = (int)a->text.len;
    return buf_text(&a->text);
}

/* ---- how it ended ---- */

/* One line of what a server said; it may be hostile and is cleaned when shown. */
static void mail_copy_text(char *out, size_t size, const smtp_status_t *s)
{
    const char *text = s && s->text ? s->text : "";
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    text_fit(out, size, "%.*s", (int)len, text);
    for (char *p = out; *p; p++) {
        if (isspace((unsigned char)*p))
            *p = ' ';
    }
}

static void mail_on_recipient(smtp_recipient_t recipient, const char *mailbox, void *arg)
{
    struct mail_facts *f = arg;
    const smtp_status_t *s = smtp_recipient_status(recipient);
    char text[160];
    mail_copy_text(text, sizeof text, s);
    mail_facts_recipient(f, mailbox, s ? s->code : 0, text);
}

static struct delivery mail_judge(struct attempt *a)
{
    struct delivery d = {0};
    struct mail_facts f = {.host = a->conf->host,
                           .port = a->conf->port,
                           .wants_login = mail_wants_login(a->conf),
                           .probe = a->probe,
                           .text_taken = a->text_taken,
                           .tls_error = a->tls_error,
                           .dialogue = &a->dialogue};
    const smtp_status_t *from = smtp_reverse_path_status(a->message);
    const smtp_status_t *end = smtp_message_transfer_status(a->message);
    f.from_code = from ? from->code : 0;
    f.end_code = end && a->final ? end->code : 0;
    mail_copy_text(f.from_text, sizeof f.from_text, from);
    mail_copy_text(f.end_text, sizeof f.end_text, end);
    smtp_enumerate_recipients(a->message, mail_on_recipient, &f);
    int why = smtp_errno();
    if (why)
        smtp_strerror(why, f.error_text, sizeof f.error_text);
    mail_outcome(&f, &d);
    return d;
}

/* ---- the child ---- */

static void mail_set_timeouts(smtp_session_t session, int64_t total_ms)
{
    static const int which[] = {Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER,
                                Timeout_DATA2};
    int64_t step = total_ms / 2 < MAIL_STEP_TIMEOUT_MS ? total_ms / 2 : MAIL_STEP_TIMEOUT_MS;
    for (size_t i = 0; i < sizeof which / sizeof which[0]; i++) /* milliseconds, at least 1000 */
        smtp_set_timeout(session, which[i] | Timeout_OVERRIDE_RFC2822_MINIMUM,
                         step < 1000 ? 1000 : (long)step);
}

void mail_hello(const struct conf_channel *conf, char *out, size_t size)
{
    const char *at = strrchr(conf->from, '@');
    out[0] = '\0';
    if (gethostname(out, size - 1) == 0 && !strchr(out, '.') && at && at[1])
        snprintf(out, size, "%s", at + 1);
}

static void mail_set_hostname(smtp_session_t session, const struct conf_channel *conf)
{
    char host[256] = "";
    mail_hello(conf, host, sizeof host);
    if (host[0])
        smtp_set_hostname(session, host);
}

static void mail_talk(void *ctx, int report, int keep)
{
    struct attempt *a = ctx;
    const struct conf_channel *conf = a->conf;
    char server[300];
    (void)keep;
    signal(SIGPIPE, SIG_IGN); /* a server that goes away must not kill the process */
    a->report = report;
    snprintf(server, sizeof server, "%s:%u", conf->host, (unsigned)conf->port);
    auth_client_init();
    smtp_session_t session = smtp_create_session();
    a->message = session ? smtp_add_message(session) : NULL;
    SSL_CTX *tls = conf->tls_off ? NULL : mail_tls_context(a);
    if (!a->message || (!conf->tls_off && !tls) || !smtp_set_server(session, server))
        _exit(1);
    smtp_starttls_enable(session, conf->tls_off ? Starttls_DISABLED : Starttls_REQUIRED);
    if (tls)
        smtp_starttls_set_ctx(session, tls);
    mail_set_hostname(session, conf);
    mail_set_timeouts(session, a->timeout_ms);
    smtp_set_eventcb(session, mail_on_event, a);
    smtp_set_monitorcb(session, mail_on_line, a, 0);
    if (mail_wants_login(conf)) {
        auth_context_t auth = auth_create_context();
        auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
        auth_set_interact_cb(auth, mail_on_auth, a);
        smtp_auth_set_context(session, auth);
    }
    smtp_set_reverse_path(a->message, conf->from);
    for (size_t i = 0; i < conf->to_count; i++)
        smtp_add_recipient(a->message, conf->to[i]);
    smtp_set_messagecb(a->message, mail_on_text, a);
    smtp_start_session(session); /* its return value says only that the session is over */
    struct delivery d = mail_judge(a);
    mail_finish(a, &d);
}

/* ---- the parent ---- */

static void mail_run(struct attempt *a, struct delivery *out)
{
    struct buf records;
    struct error err = {0};
    int status = 0;
    buf_init(&records, 8 * sizeof *out);
    enum subprocess_outcome end = subprocess_run(a->conf->tls_implicit ? mail_smtps : mail_talk, a,
                                                 -1, a->timeout_ms, &records, &status, &err);
    size_t count = records.len / sizeof *out;
    if (count > 0) {
        memcpy(out, records.data + (count - 1) * sizeof *out, sizeof *out);
        out->reason[sizeof out->reason - 1] = '\0';
        out->refused[sizeof out->refused - 1] = '\0';
    } else if (end == SUBPROCESS_TIMEOUT) {
        delivery_set(out, DELIVERY_DEFERRED, 0, "%.100s port %u gave no result in time",
                     a->conf->host, (unsigned)a->conf->port);
    } else {
        delivery_set(out, DELIVERY_DEFERRED, 0,
                     "the mail process ended without a result (%s %d)%s%s",
                     end == SUBPROCESS_SIGNAL ? "signal" : "status", status,
                     err.text[0] ? ": " : "", err.text);
    }
    buf_fini(&records);
}

/* What can be refused before the server is contacted. */
static bool mail_context_open(const struct channel_env *env, const struct conf_channel *conf,
                              struct attempt *a, struct delivery *out)
{
    *out = (struct delivery){0};
    *a = (struct attempt){.conf = conf,
                          .ca_file = env->conf ? env->conf->ca_file : NULL,
                          .timeout_ms = env->timeout_ms > 0 ? env->timeout_ms : MAIL_TIMEOUT_MS};
    buf_init(&a->text, MAIL_MESSAGE_MAX * 2);
    if (mail_wants_login(conf) && !conf->password.text)
        delivery_set(out, DELIVERY_HELD, 0, "the password file can't be read");
    else if (strchr(conf->host, ':') && !conf->tls_implicit)
        delivery_set(out, DELIVERY_HELD, 0,
                     "server: libesmtp can't take an IPv6 address, write a host name");
    else
        return true;
    return false;
}

static void mail_send(const struct channel_env *env, const struct conf_channel *conf,
                      const struct message *m, struct delivery *out)
{
    struct attempt a;
    struct error err = {0};
    struct mail_envelope envelope = {
        conf->from, (const char *const *)conf->to, conf->to_count, clock_wall(), true, NULL, NULL};
    struct buf page;
    buf_init(&page, MAIL_PAGE_MAX);
    mail_attach_page(env->conf, conf, &page, &envelope);
    if (mail_context_open(env, conf, &a, out)) {
        if (mail_message(&envelope, m, &a.text, &err))
            mail_run(&a, out);
        else
            delivery_set(out, err.class == ERR_CONFIG ? DELIVERY_HELD : DELIVERY_FAILED, 0, "%s",
                         err.text);
    }
    buf_fini(&a.text);
    buf_fini(&page);
}

static void mail_probe(const struct channel_env *env, const struct conf_channel *conf,
                       struct delivery *out)
{
    struct attempt a;
    if (mail_context_open(env, conf, &a, out)) {
        a.probe = true;
        mail_run(&a, out);
    }
    buf_fini(&a.text);
}

static bool mail_is(const struct conf_channel *conf)
{
    return !conf->command;
}

static const char *mail_server(const struct conf_channel *conf)
{
    return conf->host;
}

static const char *mail_in_order(const struct conf_channel *conf)
{
    if (conf->user && conf->user[0])
        return conf->tls_off ? "the server answers and accepts the login, without TLS"
                             : "the server answers, TLS and login are in order";
    return conf->tls_off ? "the server answers, without TLS and login"
                         : "the server answers, TLS is in order";
}

static const size_t mail_secrets[] = {offsetof(struct conf_channel, password)};

const struct channel channel_mail = {
    .word = "mail",
    .secrets = mail_secrets,
    .secret_count = sizeof mail_secrets / sizeof *mail_secrets,
    .is_for = mail_is,
    .mail_server = mail_server,
    .in_order = mail_in_order,
    .send = mail_send,
    .probe = mail_probe,
};
