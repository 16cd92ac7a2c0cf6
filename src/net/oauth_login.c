/* SPDX-License-Identifier: ISC */
#include "repmon/oauth_login.h"

#include "oauth_listen.h"
#include "repmon/clock.h"
#include "repmon/crypto.h"
#include "repmon/http.h"
#include "repmon/limits.h"
#include "repmon/loop.h"
#include "repmon/oauth_token.h"

#include <errno.h>
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
    const struct oauth_login_options *options; /* borrowed */
    struct loop *loop;                         /* owned */
    struct oauth_listener listener;
    char state[33], verifier[64], challenge[64], redirect[40];
    struct buf line, code;
    int input;          /* -1: nothing more comes from there */
    bool done;          /* a code, or an error */
    struct error error; /* why the login failed */
};

static struct oauth_proof oauth_proof_of(const struct login *l)
{
    return (struct oauth_proof){l->redirect, l->state, l->verifier, l->challenge};
}

/* ---- waiting for the code ---- */

static void oauth_complain(const struct login *l, const char *text)
{
    if (l->options->complain)
        l->options->complain(l->options->ctx, text);
}

static void oauth_take(struct login *l, const char *address, bool pasted)
{
    switch (oauth_answer_read(l->options->client->server, address, l->state, &l->code, &l->error)) {
    case OAUTH_CODE:
    case OAUTH_SAID_NO: l->done = true; break;
    case OAUTH_FOREIGN:
        oauth_complain(l, "that address belongs to another login; open the one printed above");
        break;
    case OAUTH_OTHER:
        if (pasted && address[0])
            oauth_complain(l, "that is not the address the browser ended at: it begins with "
                              "http://localhost and holds code=");
        break;
    }
}

static void oauth_end_input(struct login *l)
{
    loop_watch(l->loop, l->input, false, false, NULL, NULL);
    l->input = -1;
}

/* Reads what was pasted, a line at a time. */
static void oauth_on_input(void *ctx, int fd, bool readable, bool writable)
{
    struct login *l = ctx;
    char chunk[4096];
    (void)readable, (void)writable;
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    for (ssize_t i = 0; i < n && !l->done; i++) {
        if (chunk[i] != '\n' && chunk[i] != '\r') {
            buf_char(&l->line, chunk[i]);
            continue;
        }
        if (!l->line.failed)
            oauth_take(l, buf_text(&l->line), true);
        buf_clear(&l->line);
    }
    if (n > 0)
        return;
    oauth_end_input(l);
    if (l->line.len > 0) /* a last line without a newline */
        oauth_take(l, buf_text(&l->line), true);
}

static void oauth_answer_browsers(struct login *l)
{
    struct buf target;
    int visitor;
    buf_init(&target, LINE_MAX_BYTES);
    while (!l->done && (visitor = oauth_listen_next(&l->listener, &target)) >= 0) {
        oauth_take(l, buf_text(&target), false);
        oauth_listen_respond(visitor, l->done && l->error.class == ERR_NONE);
    }
    oauth_listen_tidy(&l->listener);
    buf_fini(&target);
}

static bool oauth_wait_for_code(struct login *l, struct error *err)
{
    const struct oauth_login_options *o = l->options;
    int64_t end = clock_mono_ms() + (o->timeout_s ? o->timeout_s : DEFAULT_TIMEOUT_S) * 1000;
    if (l->input >= 0)
        loop_watch(l->loop, l->input, true, false, oauth_on_input, l);
    while (!l->done) {
        if (l->input < 0)
            return error_set(err, ERR_INPUT,
                             "standard input ended before the login was finished; start it from a "
                             "terminal, and leave it running until the browser is done");
        if (loop_interrupted() || clock_mono_ms() >= end)
            return error_set(err, ERR_UNAVAILABLE, "the login was not finished; start again");
        loop_wait(l->loop, TICK_MS);
        oauth_answer_browsers(l);
    }
    if (l->input >= 0)
        oauth_end_input(l);
    if (l->error.class == ERR_NONE)
        return true;
    return error_set(err, l->error.class, "%s", l->error.text);
}

/* ---- before and after ---- */

static void oauth_make_secrets(struct login *l)
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

static void oauth_show(struct login *l)
{
    struct buf url;
    const struct oauth_proof proof = oauth_proof_of(l);
    buf_init(&url, LIMIT_URL);
    oauth_authorize_url(l->options->client, &proof, &url);
    l->options->show(l->options->ctx, buf_text(&url), l->listener.port);
    buf_fini(&url);
}

static bool oauth_read_exchange(const struct login *l, const struct http_response *http,
                                struct oauth_token *token, struct error *err)
{
    const struct oauth_server *server = l->options->client->server;
    const struct oauth_body body = {http->status, http->body, http->body_len};
    char code[OAUTH_ERROR_MAX];
    bool rotated;
    if (oauth_reply_read(server, &body, clock_wall(), token, &rotated, code, err) != OAUTH_NEW)
        return false;
    return token->refresh ||
           error_set(err, ERR_UNAVAILABLE, "%s gave no refresh token: this login would not last",
                     server->name);
}

static void oauth_wipe(struct buf *b)
{
    if (b->data)
        explicit_bzero(b->data, b->cap);
    buf_fini(b);
}

static bool oauth_exchange(struct login *l, struct oauth_token *token, struct error *err)
{
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded",
                                          "Accept: application/json", NULL};
    const struct oauth_client *client = l->options->client;
    const struct oauth_proof proof = oauth_proof_of(l);
    struct buf form, body;
    struct http_response response;
    bool ok = false;
    buf_init(&form, 4 * CODE_MAX);
    buf_init(&body, REPLY_MAX);
    oauth_code_form(client, &proof, buf_text(&l->code), &form);
    const struct http_request request = {.method = "POST",
                                         .url = client->token_url,
                                         .headers = headers,
                                         .body = buf_text(&form),
                                         .body_len = form.len,
                                         .max_body = REPLY_MAX,
                                         .timeout_ms = REPLY_TIMEOUT_MS};
    struct http *http = http_new(l->loop, l->options->conf->ca_file, err);
    if (http && http_once(http, &request, &response, &body, err) != REPLY_ANSWERED)
        error_set(err, ERR_UNAVAILABLE,
                  "%s's login could not be reached to exchange the code; start again",
                  client->server->name);
    else if (http)
        ok = oauth_read_exchange(l, &response, token, err);
    http_free(http);
    oauth_wipe(&form);
    oauth_wipe(&body);
    return ok;
}

/* Before the person is sent to the browser: a login that can't be saved would be in vain. */
static bool oauth_take_lock(struct login *l, struct oauth_lock *lock, struct error *err)
{
    struct error problem = {0};
    for (unsigned i = 0; i < LOCK_TRIES; i++) {
        enum oauth_right right = oauth_lock_take(l->options->client->token_path, lock, &problem);
        if (right == OAUTH_MAY)
            return true;
        if (right == OAUTH_MAY_NOT)
            return error_set(err, ERR_PERMISSION, "the login can't be saved: %s", problem.text);
        loop_wait(l->loop, TICK_MS);
    }
    return error_set(err, ERR_BUSY, "another process is renewing this login; try again");
}

static bool oauth_save(struct login *l, struct oauth_token *token, struct error *err)
{
    struct oauth_lock lock = OAUTH_LOCK_NONE;
    token->logged_in = clock_wall();
    token->rotated = 0;
    if (!oauth_take_lock(l, &lock, err))
        return false;
    bool ok = oauth_token_save(&lock, token, l->options->conf->user, err);
    oauth_lock_drop(&lock);
    return ok;
}

/* Nobody should open a browser for a login that can't be kept. */
static bool oauth_can_save(struct login *l, struct error *err)
{
    struct oauth_lock lock = OAUTH_LOCK_NONE;
    if (!oauth_take_lock(l, &lock, err))
        return false;
    oauth_lock_drop(&lock);
    return true;
}

static bool oauth_log_in(struct login *l, struct oauth_token *token, struct error *err)
{
    oauth_make_secrets(l);
    oauth_listen(&l->listener, l->loop);
    if (l->listener.port)
        snprintf(l->redirect, sizeof l->redirect, "http://localhost:%u", l->listener.port);
    else
        snprintf(l->redirect, sizeof l->redirect, "http://localhost");
    oauth_show(l);
    bool got = oauth_wait_for_code(l, err);
    oauth_listen_close(&l->listener);
    return got && oauth_exchange(l, token, err) && oauth_save(l, token, err);
}

bool oauth_login_run(const struct oauth_login_options *options, struct error *err)
{
    struct login l = {.options = options, .input = options->input, .loop = loop_new(err)};
    struct oauth_token token = {0};
    if (!l.loop)
        return false;
    buf_init(&l.line, LINE_MAX_BYTES);
    buf_init(&l.code, CODE_MAX);
    bool ok = oauth_can_save(&l, err) && oauth_log_in(&l, &token, err);
    oauth_token_fini(&token);
    oauth_wipe(&l.line);
    oauth_wipe(&l.code);
    explicit_bzero(l.verifier, sizeof l.verifier);
    loop_free(l.loop);
    return ok;
}
