/* SPDX-License-Identifier: ISC */
/* How a run gets an access token; net/oauth does the work. */
#include "snds_state.h"

#include "repmon/clock.h"

enum next snds_login(struct snds_account *a, int64_t now_ms, struct request *r, int64_t *wake_ms)
{
    switch (oauth_session_next(&a->login, now_ms)) {
    case OAUTH_READY:
        a->step = a->after_login;
        a->patience = (struct http_patience){0};
        return NEXT_DONE;
    case OAUTH_SEND:
        r->kind = REQUEST_HTTP;
        r->http = &a->login.http;
        return NEXT_REQUEST;
    case OAUTH_WAIT: *wake_ms = a->login.patience.wake_ms; return NEXT_WAIT;
    case OAUTH_OVER: snds_give_up(a, a->login.cause, "%s", a->login.note); break;
    }
    return NEXT_DONE;
}

void snds_login_reply(struct snds_account *a, const struct reply *reply)
{
    oauth_session_reply(&a->login, reply->how, reply->http);
    if (a->login.step == OAUTH_GIVEN_UP && a->login.patience.postponed >= 0)
        snds_set_time(a, "retry", clock_wall() + (time_t)a->login.patience.postponed);
    if (a->login.step == OAUTH_GOOD && a->login.unsaved)
        snds_set_time(a, "unsaved", clock_wall());
}

void snds_login_denied(struct snds_account *a)
{
    oauth_session_denied(&a->login);
    a->after_login = a->step;
    a->step = SNDS_STEP_LOGIN;
}
