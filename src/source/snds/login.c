/* SPDX-License-Identifier: ISC */
#include "repmon/login.h"

#include "login_listen.h"
#include "repmon/clock.h"
#include "repmon/crypto.h"
#include "repmon/http.h"
#include "repmon/limits.h"
#include "repmon/loop.h"
#include "repmon/snds_token.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT_S 900
#define CODE_MAX          8192
#define LINE_MAX_BYTES    16384
#define REPLY_MAX         (64u << 10)
#define REPLY_TIMEOUT_MS  60000
#define LOCK_TRIES        120
#define TICK_MS           250

struct login {
    const struct login_options *options; /* borrowed */
    struct login_listener listener;
    char state[33], verifier[64], challenge[64], redirect[40];
    struct buf line, code;
    int input;
};

/* ---- the answer ---- */

static int login_hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The value of `key` in a query; false: not there. */
static bool login_query_value(const char *query, const char *key, struct buf *out)
{
    size_t len = strlen(key);
    buf_clear(out);
    while (*query) {
        size_t part = strcspn(query, "&# \t\r\n");
        if (part > len && strncmp(query, key, len) == 0 && query[len] == '=') {
            for (size_t i = len + 1; i < part; i++) {
                int high = query[i] == '%' && i + 2 < part ? login_hex_value(query[i + 1]) : -1;
                int low = high >= 0 ? login_hex_value(query[i + 2]) : -1;
                buf_char(out, low >= 0          ? (char)(high * 16 + low)
                              : query[i] == '+' ? ' '
                                                : query[i]);
                i += low >= 0 ? 2 : 0;
            }
            return !out->failed;
        }
        query += part;
        if (*query != '&')
            return false;
        query++;
    }
    return false;
}

static bool login_same_secret(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    unsigned char difference = la != lb;
    for (size_t i = 0; i < la && i < lb; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

enum login_answer login_read_answer(const char *address, const char *state, struct buf *code,
                                    struct error *err)
{
    const char *query = strchr(address, '?');
    struct buf value, clean;
    enum login_answer result = LOGIN_OTHER;
    query = query ? query + 1 : address + strspn(address, " \t");
    buf_init(&value, CODE_MAX);
    buf_init(&clean, 256);
    bool has_code = login_query_value(query, "code", code) && code->len > 0;
    bool has_error = !has_code && login_query_value(query, "error", &value) && value.len > 0;
    if (has_error)
        buf_clean(&clean, buf_text(&value), value.len, 60);
    if (has_code || has_error) {
        bool mine =
            login_query_value(query, "state", &value) && login_same_secret(buf_text(&value), state);
        result = !mine ? LOGIN_FOREIGN : has_code ? LOGIN_CODE : LOGIN_REFUSED;
    }
    if (result == LOGIN_REFUSED)
        error_set(err, ERR_UNAVAILABLE, "Microsoft did not log in: \"%s\"", buf_text(&clean));
    buf_fini(&value);
    buf_fini(&clean);
    return result;
}

/* ---- waiting for it ---- */

static void login_complain(const struct login *l, const char *text)
{
    if (l->options->complain)
        l->options->complain(l->options->ctx, text);
}

/* True when the login is decided: a code, or an error. */
static bool login_take(struct login *l, const char *address, bool pasted, struct error *err)
{
    switch (login_read_answer(address, l->state, &l->code, err)) {
    case LOGIN_CODE:
    case LOGIN_REFUSED: return true;
    case LOGIN_FOREIGN:
        login_complain(l, "that address belongs to another login; open the one printed above");
        return false;
    case LOGIN_OTHER:
        if (pasted && address[0])
            login_complain(l, "that is not the address the browser ended at: it begins with "
                              "http://localhost and holds code=");
        return false;
    }
    return false;
}

/* Reads what was pasted, a line at a time. */
static bool login_read_input(struct login *l, struct error *err)
{
    char chunk[4096];
    ssize_t n = read(l->input, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n <= 0)
        l->input = -1;
    for (ssize_t i = 0; i < n; i++) {
        if (chunk[i] != '\n' && chunk[i] != '\r') {
            buf_char(&l->line, chunk[i]);
            continue;
        }
        bool done = !l->line.failed && login_take(l, buf_text(&l->line), true, err);
        buf_clear(&l->line);
        if (done)
            return true;
    }
    if (l->input < 0 && l->line.len > 0) /* the last line without its newline */
        return login_take(l, buf_text(&l->line), true, err);
    return false;
}

static bool login_wait_for_code(struct login *l, struct error *err)
{
    const struct login_options *o = l->options;
    int64_t end = clock_mono_ms() + (o->timeout_s ? o->timeout_s : DEFAULT_TIMEOUT_S) * 1000;
    struct buf request;
    bool done = false;
    buf_init(&request, LINE_MAX_BYTES);
    while (!done) {
        struct pollfd fds[LOGIN_FDS + 1];
        login_watch(&l->listener, fds);
        fds[LOGIN_FDS] = (struct pollfd){l->input, POLLIN, 0};
        if (l->input < 0 && l->listener.port == 0) {
            error_set(err, ERR_INPUT, "no address was pasted, and nothing listens for the browser");
            break;
        }
        if ((o->stop && *o->stop) || clock_mono_ms() >= end) {
            error_set(err, ERR_UNAVAILABLE, "the login was not finished; start again");
            break;
        }
        int client;
        if (poll(fds, LOGIN_FDS + 1, TICK_MS) < 0)
            continue; /* a signal: what it filled in is worth nothing */
        login_work(&l->listener, fds, clock_mono_ms());
        while (!done && (client = login_next(&l->listener, &request)) >= 0) {
            done = login_take(l, buf_text(&request), false, err);
            login_respond(client, done && l->code.len > 0 && (!err || err->class == ERR_NONE));
        }
        if (!done && fds[LOGIN_FDS].revents)
            done = login_read_input(l, err);
    }
    buf_fini(&request);
    return done && (!err || err->class == ERR_NONE);
}

/* ---- before and after ---- */

static void login_make_secrets(struct login *l)
{
    uint8_t random[32], hash[SHA256_BYTES];
    struct buf b;
    buf_init(&b, sizeof l->verifier - 1);
    crypto_random(random, 16);
    crypto_hex(random, 16, l->state);
    crypto_random(random, sizeof random);
    crypto_base64url(&b, random, sizeof random);
    snprintf(l->verifier, sizeof l->verifier, "%s", buf_text(&b));
    crypto_sha256(l->verifier, strlen(l->verifier), hash);
    buf_clear(&b);
    crypto_base64url(&b, hash, sizeof hash);
    snprintf(l->challenge, sizeof l->challenge, "%s", buf_text(&b));
    explicit_bzero(random, sizeof random);
    buf_fini(&b);
}

static const char *login_authority(const struct conf_snds *account)
{
    return account->authority ? account->authority : SNDS_AUTHORITY;
}

static void login_show(struct login *l)
{
    struct buf url, query;
    buf_init(&url, LIMIT_URL);
    buf_init(&query, LIMIT_URL);
    snds_form_add(&query, "client_id", SNDS_CLIENT_ID);
    snds_form_add(&query, "response_type", "code");
    snds_form_add(&query, "redirect_uri", l->redirect);
    snds_form_add(&query, "response_mode", "query");
    snds_form_add(&query, "scope", SNDS_SCOPE);
    snds_form_add(&query, "state", l->state);
    snds_form_add(&query, "code_challenge", l->challenge);
    snds_form_add(&query, "code_challenge_method", "S256");
    buf_fmt(&url, "%s/oauth2/v2.0/authorize?%s", login_authority(l->options->account),
            buf_text(&query));
    l->options->show(l->options->ctx, buf_text(&url), l->listener.port);
    buf_fini(&url);
    buf_fini(&query);
}

static bool login_exchange(struct login *l, struct snds_token *token, struct error *err)
{
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded",
                                          "Accept: application/json", NULL};
    struct buf form, url, body;
    struct http_response response;
    bool rotated, ok = false;
    buf_init(&form, 4 * CODE_MAX);
    buf_init(&url, LIMIT_URL);
    buf_init(&body, REPLY_MAX);
    snds_form_add(&form, "grant_type", "authorization_code");
    snds_form_add(&form, "client_id", SNDS_CLIENT_ID);
    snds_form_add(&form, "code", buf_text(&l->code));
    snds_form_add(&form, "redirect_uri", l->redirect);
    snds_form_add(&form, "code_verifier", l->verifier);
    snds_form_add(&form, "scope", SNDS_SCOPE);
    buf_fmt(&url, "%s/oauth2/v2.0/token", login_authority(l->options->account));
    const struct http_request request = {.method = "POST",
                                         .url = buf_text(&url),
                                         .headers = headers,
                                         .body = buf_text(&form),
                                         .body_len = form.len,
                                         .max_body = REPLY_MAX,
                                         .timeout_ms = REPLY_TIMEOUT_MS};
    struct loop *loop = loop_new(err);
    struct http *http = loop ? http_new(loop, l->options->conf->ca_file, err) : NULL;
    if (http && http_once(http, &request, &response, &body, err) != REPLY_ANSWERED)
        error_set(err, ERR_UNAVAILABLE,
                  "Microsoft's login could not be reached to exchange the code; start again");
    else if (http)
        ok = snds_token_reply(response.status, response.body, response.body_len, clock_wall(),
                              token, &rotated, err) == SNDS_TOKEN_NEW;
    if (ok && !token->refresh)
        ok = error_set(err, ERR_UNAVAILABLE,
                       "Microsoft gave no refresh token: this login would not last");
    http_free(http);
    loop_free(loop);
    explicit_bzero(form.data, form.len);
    if (body.data)
        explicit_bzero(body.data, body.cap);
    buf_fini(&form);
    buf_fini(&url);
    buf_fini(&body);
    return ok;
}

/* Before the person is sent to the browser: a login that can't be saved would be in vain. */
static bool login_take_lock(const char *path, struct snds_token_lock *lock, struct error *err)
{
    struct error problem = {0};
    for (unsigned i = 0; i < LOCK_TRIES; i++) {
        enum snds_token_right right = snds_token_lock(path, lock, &problem);
        if (right == SNDS_TOKEN_MAY)
            return true;
        if (right == SNDS_TOKEN_MAY_NOT)
            return error_set(err, ERR_PERMISSION, "the login can't be saved: %s", problem.text);
        poll(NULL, 0, TICK_MS);
    }
    return error_set(err, ERR_BUSY, "another process is renewing this login; try again");
}

static bool login_save(const struct login_options *o, struct snds_token *token, struct error *err)
{
    char *path = snds_token_path(o->conf, o->account);
    struct snds_token_lock lock = SNDS_TOKEN_LOCK_NONE;
    token->logged_in = clock_wall();
    token->rotated = 0;
    bool ok =
        login_take_lock(path, &lock, err) && snds_token_save(&lock, token, o->conf->user, err);
    snds_token_unlock(&lock);
    free(path);
    return ok;
}

/* Nobody should open a browser for a login that can't be kept. */
static bool login_can_save(const struct login_options *o, struct error *err)
{
    char *path = snds_token_path(o->conf, o->account);
    struct snds_token_lock lock = SNDS_TOKEN_LOCK_NONE;
    bool ok = login_take_lock(path, &lock, err);
    snds_token_unlock(&lock);
    free(path);
    return ok;
}

bool login_run(const struct login_options *options, struct error *err)
{
    struct login l = {.options = options, .input = options->input};
    struct snds_token token = {0};
    if (!login_can_save(options, err))
        return false;
    buf_init(&l.line, LINE_MAX_BYTES);
    buf_init(&l.code, CODE_MAX);
    login_make_secrets(&l);
    login_listen(&l.listener);
    if (l.listener.port)
        snprintf(l.redirect, sizeof l.redirect, "http://localhost:%u", l.listener.port);
    else
        snprintf(l.redirect, sizeof l.redirect, "http://localhost");
    login_show(&l);
    bool ok = login_wait_for_code(&l, err);
    login_close(&l.listener);
    ok = ok && login_exchange(&l, &token, err) && login_save(options, &token, err);
    snds_token_fini(&token);
    if (l.code.data)
        explicit_bzero(l.code.data, l.code.cap);
    explicit_bzero(l.verifier, sizeof l.verifier);
    buf_fini(&l.line);
    buf_fini(&l.code);
    return ok;
}
