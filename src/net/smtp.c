/* SPDX-License-Identifier: ISC */
#include "repmon/smtp.h"

#include "ca.h"
#include "http_reply.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

/* What makes up a session besides libcurl's handle. */
struct smtp_run {
    const struct smtp_session *s; /* borrowed */
    const char *text;             /* borrowed from the caller; NULL: not asked for yet */
    size_t left;
};

static int smtp_line(CURL *easy, curl_infotype type, char *bytes, size_t len, void *ctx)
{
    const struct smtp_run *r = ctx;
    (void)easy;
    if (type == CURLINFO_HEADER_IN || type == CURLINFO_HEADER_OUT)
        r->s->line(r->s->ctx, bytes, len, type == CURLINFO_HEADER_OUT);
    return 0;
}

static size_t smtp_text(char *out, size_t size, size_t count, void *ctx)
{
    struct smtp_run *r = ctx;
    if (!r->text)
        r->text = r->s->text(r->s->ctx, &r->left);
    size_t n = r->left < size * count ? r->left : size * count;
    memcpy(out, r->text, n);
    r->text += n;
    r->left -= n;
    return n;
}

static void smtp_set_login(CURL *e, const struct smtp_session *s)
{
    if (!s->user)
        return;
    /* Inside TLS the plain ones are best; what libcurl would try first, NTLM, is broken. */
    curl_easy_setopt(e, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
    curl_easy_setopt(e, CURLOPT_SASL_IR, 1L);
    curl_easy_setopt(e, CURLOPT_USERNAME, s->user);
    curl_easy_setopt(e, CURLOPT_PASSWORD, s->password);
}

static void smtp_set_message(CURL *e, struct smtp_run *r, struct curl_slist *to)
{
    if (r->s->probe) {
        curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
        return;
    }
    curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(e, CURLOPT_MAIL_FROM, r->s->from);
    curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(e, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L); /* the others still count */
    curl_easy_setopt(e, CURLOPT_READFUNCTION, smtp_text);
    curl_easy_setopt(e, CURLOPT_READDATA, r);
}

/* The path of the URL is the name in EHLO. */
static void set_server(CURL *e, const struct smtp_session *s)
{
    char url[700];
    bool ip6 = strchr(s->host, ':');
    snprintf(url, sizeof url, "smtps://%s%.255s%s:%u/%.255s", ip6 ? "[" : "", s->host,
             ip6 ? "]" : "", (unsigned)s->port, s->hello);
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtps");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)s->step_timeout_ms);
    curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((s->step_timeout_ms + 999) / 1000));
}

static void smtp_say_why(CURL *e, CURLcode code, const char *error, char *why, size_t size)
{
    long number = 0;
    curl_easy_getinfo(e, CURLINFO_OS_ERRNO, &number);
    if (code == CURLE_COULDNT_CONNECT && number)
        snprintf(why, size, "%s", strerror((int)number));
    else
        snprintf(why, size, "%s", error[0] ? error : curl_easy_strerror(code));
}

bool smtp_talk(const struct smtp_session *s, enum reply_how *how, char *why, size_t size,
               struct error *err)
{
    struct smtp_run r = {.s = s};
    struct buf ca;
    char error[CURL_ERROR_SIZE] = "";
    buf_init(&ca, 2 * CA_FILE_MAX);
    if (s->ca_file && !ca_load(&ca, s->ca_file, err)) {
        buf_fini(&ca);
        return false;
    }
    CURL *e = curl_easy_init();
    struct curl_slist *to = NULL;
    for (size_t i = 0; i < s->to_count; i++)
        to = curl_slist_append(to, s->to[i]);
    bool begun = e && (to || s->to_count == 0);
    if (begun) {
        struct curl_blob blob = {ca.data, ca.len, CURL_BLOB_NOCOPY};
        curl_easy_setopt(e, CURLOPT_ERRORBUFFER, error);
        curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, smtp_line);
        curl_easy_setopt(e, CURLOPT_DEBUGDATA, &r);
        if (ca.len)
            curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &blob);
        set_server(e, s);
        smtp_set_login(e, s);
        smtp_set_message(e, &r, to);
        CURLcode code = curl_easy_perform(e);
        *how = http_reply_how(code, error);
        smtp_say_why(e, code, error, why, size);
    } else {
        error_set(err, ERR_UNAVAILABLE, "libcurl can't start a session");
    }
    curl_easy_cleanup(e); /* writes QUIT */
    curl_slist_free_all(to);
    buf_fini(&ca);
    return begun;
}
