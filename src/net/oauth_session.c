/* SPDX-License-Identifier: ISC */
#include "repmon/oauth_session.h"

#include "repmon/clock.h"
#include "repmon/secret.h"
#include "repmon/text_fit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_LIFE_S 60  /* a token this close to its end is renewed first */
#define LOCK_WAIT_MS 250 /* between two looks at another process's refresh */
#define LOCK_TRIES   120 /* 30 s in all: longer than any refresh takes */
#define TIMEOUT_MS   60000
#define REPLY_MAX    (64u << 10)
#define FORM_MAX     (64u << 10)

void oauth_session_init(struct oauth_session *s, const struct oauth_client *client)
{
    *s = (struct oauth_session){
        .client = client, .cause = CAUSE_NONE, .lock = (struct oauth_lock)OAUTH_LOCK_NONE};
    buf_init(&s->form, FORM_MAX);
}

void oauth_session_fini(struct oauth_session *s)
{
    oauth_lock_drop(&s->lock);
    oauth_token_fini(&s->token);
    secret_free(s->stale);
    if (s->form.data)
        explicit_bzero(s->form.data, s->form.cap);
    buf_fini(&s->form);
}

__attribute__((format(printf, 3, 4))) static void
oauth_give_up(struct oauth_session *s, enum cause cause, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    text_vfit(s->note, sizeof s->note, fmt, args);
    va_end(args);
    s->cause = cause;
    s->step = OAUTH_GIVEN_UP;
}

/* Takes the token as the file has it; false: given up. */
static bool oauth_load(struct oauth_session *s)
{
    struct error err = {0};
    oauth_token_fini(&s->token);
    if (s->lock.lock < 0)
        oauth_token_adopt(s->client->token_path);
    enum oauth_token_state state = oauth_token_load(s->client->token_path, &s->token, &err);
    if (state == OAUTH_TOKEN_READ)
        return true;
    if (state == OAUTH_TOKEN_MISSING)
        oauth_give_up(s, CAUSE_NO_KEY, "not logged in: run `repmon login %s`", s->client->account);
    else
        oauth_give_up(s, CAUSE_NO_KEY, "%s", err.text);
    return false;
}

static bool oauth_is_good(const struct oauth_session *s)
{
    return s->token.access && s->token.expires > clock_wall() + LEAST_LIFE_S &&
           (!s->stale || strcmp(s->token.access, s->stale) != 0);
}

static void oauth_begin(struct oauth_session *s)
{
    if (oauth_client_signs(s->client)) {
        s->step = OAUTH_REFRESH;
        return;
    }
    if (oauth_load(s))
        s->step = oauth_is_good(s) ? OAUTH_GOOD : OAUTH_REFRESH;
}

/* The right to rotate the login; false: not now, not at all, or no longer needed. */
static bool oauth_take_lock(struct oauth_session *s, int64_t now_ms)
{
    struct error err = {0};
    switch (oauth_lock_take(s->client->token_path, &s->lock, &err)) {
    case OAUTH_BUSY:
        if (s->lock_tries++ < LOCK_TRIES)
            s->patience.wake_ms = now_ms + LOCK_WAIT_MS;
        else
            oauth_give_up(s, CAUSE_TIMEOUT, "another process has held the login for too long");
        return false;
    case OAUTH_MAY_NOT:
        oauth_give_up(s, CAUSE_NO_KEY, "the login has expired and can't be renewed here: %s",
                      err.text);
        return false;
    case OAUTH_MAY: break;
    }
    /* The previous holder of the lock may have renewed it. */
    if (oauth_load(s) && !oauth_is_good(s))
        return true;
    oauth_lock_drop(&s->lock);
    if (s->step == OAUTH_REFRESH)
        s->step = OAUTH_GOOD;
    return false;
}

static bool oauth_fill_request(struct oauth_session *s)
{
    struct error err = {0};
    buf_clear(&s->form);
    if (!oauth_request_form(s->client, &s->token, clock_wall(), &s->form, &err)) {
        oauth_give_up(s, CAUSE_NO_KEY, "%s", err.text);
        return false;
    }
    s->headers[0] = "Content-Type: application/x-www-form-urlencoded";
    s->headers[1] = "Accept: application/json";
    s->headers[2] = NULL;
    s->http = (struct http_request){.method = "POST",
                                    .url = s->client->token_url,
                                    .headers = s->headers,
                                    .body = buf_text(&s->form),
                                    .body_len = s->form.len,
                                    .max_body = REPLY_MAX,
                                    .timeout_ms = TIMEOUT_MS};
    return true;
}

/* True: s->http is to be sent. */
static bool oauth_refresh(struct oauth_session *s, int64_t now_ms)
{
    bool locked = s->lock.lock >= 0; /* another try of the same refresh */
    if (!locked && !oauth_client_signs(s->client) && !oauth_take_lock(s, now_ms))
        return false;
    return oauth_fill_request(s);
}

enum oauth_next oauth_session_next(struct oauth_session *s, int64_t now_ms)
{
    for (;;) {
        if (s->patience.wake_ms > now_ms)
            return OAUTH_WAIT;
        s->patience.wake_ms = 0;
        switch (s->step) {
        case OAUTH_BEGIN: oauth_begin(s); break;
        case OAUTH_REFRESH:
            if (oauth_refresh(s, now_ms))
                return OAUTH_SEND;
            break;
        case OAUTH_GOOD: return OAUTH_READY;
        case OAUTH_GIVEN_UP: return OAUTH_OVER;
        }
    }
}

/* A new token is saved to disk before it is used. */
static void oauth_take_new(struct oauth_session *s)
{
    struct error problem = {0};
    if (!oauth_client_signs(s->client))
        s->unsaved = !oauth_token_save(&s->lock, &s->token, NULL, &problem);
    s->refreshed = true;
    s->step = OAUTH_GOOD;
    s->patience = (struct http_patience){0};
}

static void oauth_take_refusal(struct oauth_session *s, const struct error *err)
{
    if (oauth_client_signs(s->client)) {
        oauth_give_up(s, CAUSE_DENIED, "%s", err->text);
        return;
    }
    s->refused = clock_wall();
    oauth_give_up(s, CAUSE_EXPIRED, "the login has ended (%s): log in again with `repmon login %s`",
                  err->text, s->client->account);
}

void oauth_session_reply(struct oauth_session *s, enum reply_how how,
                         const struct http_response *http)
{
    struct error err = {0};
    bool rotated = false;
    if (how != REPLY_ANSWERED || http->status >= 500 || http->status == 429) {
        char note[OAUTH_NOTE];
        if (http_try_again(&s->patience, how, http, clock_mono_ms()))
            return; /* we keep the lock */
        oauth_lock_drop(&s->lock);
        enum cause cause =
            http_trouble(s->client->server->name, "account", how, http, note, sizeof note);
        oauth_give_up(s, cause, "the login could not be renewed: %s", note);
        return;
    }
    const struct oauth_body body = {http->status, http->body, http->body_len};
    enum oauth_reply what = oauth_reply_read(s->client->server, &body, clock_wall(), &s->token,
                                             &rotated, s->code, &err);
    if (what == OAUTH_NEW)
        oauth_take_new(s);
    else if (what == OAUTH_REFUSED)
        oauth_take_refusal(s, &err);
    else
        oauth_give_up(s, CAUSE_BAD_FORMAT, "the login could not be renewed: %s", err.text);
    oauth_lock_drop(&s->lock);
}

void oauth_session_denied(struct oauth_session *s)
{
    if (s->refreshed && oauth_client_signs(s->client)) {
        oauth_give_up(s, CAUSE_DENIED,
                      "%s refuses a token that it has just issued (401): check the service account",
                      s->client->server->name);
        return;
    }
    if (s->refreshed || s->stale) {
        oauth_give_up(s, CAUSE_DENIED,
                      "%s refuses a token that it has just issued (401): check in a browser "
                      "whether the account still works, then run `repmon login %s`",
                      s->client->server->name, s->client->account);
        return;
    }
    s->stale = mem_dup(s->token.access);
    s->step = OAUTH_REFRESH;
    s->patience = (struct http_patience){0};
}
