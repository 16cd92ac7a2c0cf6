/* SPDX-License-Identifier: ISC */
/* How a run comes to an access token: from the file while it is good, else by a refresh under the
 * lock, so that of two processes only one rotates the login. */
#include "snds_state.h"

#include "repmon/clock.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_LIFE_S 60  /* a token about to end is renewed first */
#define LOCK_WAIT_MS 250 /* between two looks at another process's refresh */
#define LOCK_TRIES   120 /* 30 s: longer than any refresh takes */
#define TIMEOUT_MS   60000
#define REPLY_MAX    (64u << 10)

/* Takes the token as the file has it; false: given up. */
static bool snds_load(struct snds_account *a)
{
    struct error err = {0};
    snds_token_fini(&a->token);
    if (a->lock.lock < 0)
        snds_token_adopt(a->token_path);
    enum snds_token_state state = snds_token_load(a->token_path, &a->token, &err);
    if (state == SNDS_TOKEN_READ)
        return true;
    if (state == SNDS_TOKEN_MISSING)
        snds_give_up(a, CAUSE_NO_KEY, "not logged in: run `repmon login %s`", a->conf->name);
    else
        snds_give_up(a, CAUSE_NO_KEY, "%s", err.text);
    return false;
}

static bool snds_login_is_good(const struct snds_account *a)
{
    return a->token.access && a->token.expires > clock_wall() + LEAST_LIFE_S &&
           (!a->stale_access || strcmp(a->token.access, a->stale_access) != 0);
}

static void snds_move_on(struct snds_account *a)
{
    a->step = a->after_refresh;
    a->tries = 0;
}

void snds_login_begin(struct snds_account *a)
{
    a->after_refresh = SNDS_STEP_STATUS;
    if (!snds_load(a))
        return;
    if (snds_login_is_good(a))
        snds_move_on(a);
    else
        a->step = SNDS_STEP_REFRESH;
}

static void snds_fill_request(struct snds_account *a)
{
    const char *base = a->conf->authority ? a->conf->authority : SNDS_AUTHORITY;
    buf_clear(&a->url);
    buf_clear(&a->form);
    buf_str(&a->url, base);
    buf_str(&a->url, "/oauth2/v2.0/token");
    snds_token_refresh_form(&a->token, &a->form);
    a->headers[0] = "Content-Type: application/x-www-form-urlencoded";
    a->headers[1] = "Accept: application/json";
    a->headers[2] = NULL;
    a->http = (struct http_request){.method = "POST",
                                    .url = buf_text(&a->url),
                                    .headers = a->headers,
                                    .body = buf_text(&a->form),
                                    .body_len = a->form.len,
                                    .max_body = REPLY_MAX,
                                    .timeout_ms = TIMEOUT_MS};
}

bool snds_login_refresh(struct snds_account *a, int64_t now_ms)
{
    struct error err = {0};
    if (a->lock.lock < 0) { /* else: another try of the same refresh */
        switch (snds_token_lock(a->token_path, &a->lock, &err)) {
        case SNDS_TOKEN_BUSY:
            if (a->lock_tries++ < LOCK_TRIES)
                a->wake_ms = now_ms + LOCK_WAIT_MS;
            else
                snds_give_up(a, CAUSE_TIMEOUT, "another process has held the login for too long");
            return false;
        case SNDS_TOKEN_MAY_NOT:
            snds_give_up(a, CAUSE_NO_KEY, "the login has expired and can't be renewed here: %s",
                         err.text);
            return false;
        case SNDS_TOKEN_MAY: break;
        }
        /* Whoever held the lock before may have renewed it. */
        if (!snds_load(a) || snds_login_is_good(a)) {
            snds_token_unlock(&a->lock);
            if (a->step == SNDS_STEP_REFRESH)
                snds_move_on(a);
            return false;
        }
    }
    snds_fill_request(a);
    return true;
}

void snds_login_reply(struct snds_account *a, const struct reply *reply)
{
    struct error err = {0}, problem = {0};
    bool rotated = false;
    time_t now = clock_wall();
    if (reply->how != REPLY_ANSWERED || reply->http->status >= 500 || reply->http->status == 429) {
        if (snds_try_again(a, reply, clock_mono_ms()))
            return; /* the lock stays ours */
        snds_token_unlock(&a->lock);
        struct snds_fetch f = {0};
        snds_fail_reply(a, &f, reply);
        snds_give_up(a, f.cause, "the login could not be renewed: %s", f.note);
        return;
    }
    enum snds_token_reply what =
        snds_token_reply(reply->http->status, reply->http->body, reply->http->body_len, now,
                         &a->token, &rotated, &err);
    if (what == SNDS_TOKEN_NEW)
        a->unsaved = !snds_token_save(&a->lock, &a->token, NULL, &problem);
    snds_token_unlock(&a->lock);
    if (what == SNDS_TOKEN_NEW) {
        a->refreshed = true;
        if (a->unsaved)
            snds_set_time(a, "unsaved", now);
        snds_move_on(a);
    } else if (what == SNDS_TOKEN_REFUSED) {
        a->refused = now;
        snds_give_up(a, CAUSE_EXPIRED,
                     "the login has ended (%s): log in again with `repmon "
                     "login %s`",
                     err.text, a->conf->name);
    } else {
        snds_give_up(a, CAUSE_BAD_FORMAT, "the login could not be renewed: %s", err.text);
    }
}

void snds_login_denied(struct snds_account *a)
{
    if (a->refreshed || a->stale_access) {
        snds_give_up(a, CAUSE_DENIED,
                     "Microsoft refuses a token that it has just issued (401): check in a browser "
                     "whether the account still works, then run `repmon login %s`",
                     a->conf->name);
        return;
    }
    a->stale_access = mem_dup(a->token.access);
    a->after_refresh = a->step;
    a->step = SNDS_STEP_REFRESH;
    a->tries = 0;
}
