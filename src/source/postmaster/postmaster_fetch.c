/* SPDX-License-Identifier: ISC */
/* The requests of an account, one after the other: for each domain its compliance, then its
 * numbers, page by page. The replies are judged at the end of the run. */
#include "postmaster_state.h"

#include "repmon/clock.h"
#include "repmon/day.h"
#include "repmon/text_fit.h"

#include <string.h>

#define API        "https://gmailpostmastertools.googleapis.com"
#define TIMEOUT_MS 60000
#define PAGES_MAX  20
#define DELAY_DAYS 2 /* yesterday is never published */
#define DAY_MS     86400000
#define DAY_S      86400

static const char postponed[] = "Google asked to wait before the next request";

/* ---- the end of it ---- */

static void postmaster_skip(struct postmaster_fetch *f, enum cause cause, const char *note)
{
    if (f->cause != CAUSE_NEVER_ASKED)
        return;
    f->cause = cause;
    text_fit(f->note, sizeof f->note, "%s", note);
}

/* Everything still to be asked gets the same cause. */
static void postmaster_give_up(struct postmaster_account *a, enum cause cause, const char *note)
{
    for (size_t i = 0; i < a->job_count; i++) {
        postmaster_skip(&a->jobs[i].compliance, cause, note);
        postmaster_skip(&a->jobs[i].stats, cause, note);
    }
    a->step = POSTMASTER_END;
}

static void postmaster_remember_wait(struct postmaster_account *a, const struct http_patience *p)
{
    if (p->postponed > 0)
        postmaster_set_time(a, "retry", clock_wall() + (time_t)p->postponed);
}

/* ---- requests ---- */

static void postmaster_begin(struct postmaster_account *a)
{
    const struct oauth_client *client = a->login.client;
    time_t retry = postmaster_fact_time(a, "retry"), now = clock_wall();
    if (retry > now && retry - now < DAY_S) {
        postmaster_give_up(a, CAUSE_DENIED, postponed);
        return;
    }
    if (retry)
        postmaster_set_time(a, "retry", 0);
    if (!client->id && !oauth_client_signs(client)) {
        postmaster_give_up(a, CAUSE_NO_KEY, "client_file can't be read");
        return;
    }
    a->after_login = POSTMASTER_COMPLIANCE;
    a->step = POSTMASTER_LOGIN;
}

static enum next postmaster_login(struct postmaster_account *a, int64_t now_ms, struct request *r,
                                  int64_t *wake_ms)
{
    char note[POSTMASTER_NOTE];
    switch (oauth_session_next(&a->login, now_ms)) {
    case OAUTH_READY:
        a->step = a->after_login;
        a->patience = (struct http_patience){0};
        break;
    case OAUTH_SEND:
        r->kind = REQUEST_HTTP;
        r->http = &a->login.http;
        return NEXT_REQUEST;
    case OAUTH_WAIT: *wake_ms = a->login.patience.wake_ms; return NEXT_WAIT;
    case OAUTH_OVER:
        postmaster_login_note(a, note, sizeof note);
        postmaster_give_up(a, a->login.cause, note);
        break;
    }
    return NEXT_DONE;
}

static enum next postmaster_send(struct postmaster_account *a, struct request *r,
                                 const char *method)
{
    bool posts = strcmp(method, "POST") == 0;
    buf_clear(&a->authorization);
    buf_fmt(&a->authorization, "Authorization: Bearer %s", a->login.token.access);
    a->headers[0] = "Accept: application/json";
    a->headers[1] = buf_text(&a->authorization);
    a->headers[2] = posts ? "Content-Type: application/json" : NULL;
    a->headers[3] = NULL;
    a->http = (struct http_request){.method = method,
                                    .url = buf_text(&a->url),
                                    .headers = a->headers,
                                    .body = posts ? buf_text(&a->body) : NULL,
                                    .body_len = posts ? a->body.len : 0,
                                    .max_body = LIMIT_HTTP_BODY,
                                    .timeout_ms = TIMEOUT_MS};
    a->asked++;
    r->kind = REQUEST_HTTP;
    r->http = &a->http;
    return NEXT_REQUEST;
}

static void postmaster_address(struct postmaster_account *a, const char *what)
{
    buf_clear(&a->url);
    buf_fmt(&a->url, "%s/v2/domains/%s%s", a->conf->api ? a->conf->api : API, a->jobs[a->at].domain,
            what);
}

static enum next postmaster_ask_compliance(struct postmaster_account *a, struct request *r)
{
    postmaster_address(a, "/complianceStatus");
    return postmaster_send(a, r, "GET");
}

static enum next postmaster_ask_stats(struct postmaster_account *a, struct request *r)
{
    int32_t to = day_add(day_of(a->state->env.now), -DELAY_DAYS);
    int days = (int)((a->conf->look_back_ms + DAY_MS - 1) / DAY_MS);
    postmaster_address(a, "/domainStats:query");
    postmaster_query(a->jobs[a->at].domain, day_add(to, 1 - days), to,
                     a->page.len ? buf_text(&a->page) : NULL, &a->body);
    return postmaster_send(a, r, "POST");
}

/* On to the next domain that is due. */
static void postmaster_advance(struct postmaster_account *a)
{
    a->at++;
    while (a->at < a->job_count && !a->jobs[a->at].due)
        a->at++;
    a->step = a->at < a->job_count ? POSTMASTER_COMPLIANCE : POSTMASTER_END;
}

enum next postmaster_next(struct postmaster_account *a, int64_t now_ms, struct request *r,
                          int64_t *wake_ms)
{
    if (!a->due)
        return NEXT_DONE;
    while (a->step != POSTMASTER_END) {
        enum next got = NEXT_DONE;
        if (a->patience.wake_ms > now_ms) {
            *wake_ms = a->patience.wake_ms;
            return NEXT_WAIT;
        }
        a->patience.wake_ms = 0;
        switch (a->step) {
        case POSTMASTER_BEGIN: postmaster_begin(a); break;
        case POSTMASTER_LOGIN: got = postmaster_login(a, now_ms, r, wake_ms); break;
        case POSTMASTER_COMPLIANCE: got = postmaster_ask_compliance(a, r); break;
        case POSTMASTER_STATS: got = postmaster_ask_stats(a, r); break;
        case POSTMASTER_END: break;
        }
        if (got != NEXT_DONE)
            return got;
    }
    return NEXT_DONE;
}

/* ---- replies ---- */

static void postmaster_take_number(void *ctx, enum postmaster_metric metric, int32_t day,
                                   double value)
{
    struct postmaster_job *job = ctx;
    size_t at = 0;
    while (at < job->day_count && job->days[at].day != day)
        at++;
    if (at == POSTMASTER_DAYS)
        return; /* more days than were asked for */
    if (at == job->day_count)
        job->days[job->day_count++] = postmaster_day_empty(day);
    job->days[at].values[metric] = value;
}

static void postmaster_take_compliance(struct postmaster_job *job, const struct http_response *h)
{
    struct postmaster_fetch *f = &job->compliance;
    struct error err = {0};
    f->ok = postmaster_read_compliance(h->body, h->body_len, job->domain, &job->found, &err);
    f->cause = f->ok ? CAUSE_NONE : CAUSE_BAD_FORMAT;
    if (!f->ok)
        text_fit(f->note, sizeof f->note, "%s", err.text);
}

/* True: there is another page. */
static bool postmaster_take_page(struct postmaster_account *a, struct postmaster_job *job,
                                 const struct http_response *h)
{
    struct postmaster_fetch *f = &job->stats;
    struct error err = {0};
    bool ok =
        postmaster_read_page(h->body, h->body_len, postmaster_take_number, job, &a->page, &err);
    if (ok && a->page.len && ++a->pages == PAGES_MAX)
        ok = error_set(&err, ERR_INPUT, "Google's reply has too many pages");
    if (!ok) {
        job->day_count = 0; /* half a reply counts as none */
        f->cause = CAUSE_BAD_FORMAT;
        text_fit(f->note, sizeof f->note, "%s", err.text);
        return false;
    }
    if (a->page.len)
        return true;
    f->ok = true;
    f->cause = CAUSE_NONE;
    return false;
}

static void postmaster_take_good(struct postmaster_account *a, struct postmaster_job *job,
                                 const struct http_response *h)
{
    if (a->step == POSTMASTER_COMPLIANCE) {
        postmaster_take_compliance(job, h);
        buf_clear(&a->page);
        a->pages = 0;
        a->step = POSTMASTER_STATS;
    } else if (!postmaster_take_page(a, job, h)) {
        postmaster_advance(a);
    }
}

static void postmaster_take_bad(struct postmaster_account *a, struct postmaster_job *job,
                                const struct reply *reply)
{
    bool stats = a->step == POSTMASTER_STATS;
    struct postmaster_fetch *f = stats ? &job->stats : &job->compliance;
    job->day_count = 0;
    postmaster_remember_wait(a, &a->patience);
    if (postmaster_trouble(a, job->domain, reply, f)) {
        postmaster_give_up(a, f->cause, f->note);
        return;
    }
    postmaster_skip(&job->stats, f->cause,
                    f->note); /* what is true of the domain is true of both */
    postmaster_advance(a);
}

void postmaster_take_reply(struct postmaster_account *a, const struct reply *reply)
{
    bool answered = reply->how == REPLY_ANSWERED;
    if (a->step == POSTMASTER_LOGIN) {
        oauth_session_reply(&a->login, reply->how, reply->http);
        postmaster_remember_wait(a, &a->login.patience);
        return;
    }
    struct postmaster_job *job = &a->jobs[a->at];
    struct postmaster_fault fault = {0};
    if (answered && reply->http->status == 429)
        postmaster_read_fault(reply->http->body, reply->http->body_len, &fault);
    if (!fault.version_over &&
        http_try_again(&a->patience, reply->how, reply->http, clock_mono_ms()))
        return;
    if (answered && reply->http->status == 401) {
        a->after_login = a->step;
        a->step = POSTMASTER_LOGIN;
        oauth_session_denied(&a->login);
        return;
    }
    if (answered && reply->http->status == 200 && !reply->http->doubt)
        postmaster_take_good(a, job, reply->http);
    else
        postmaster_take_bad(a, job, reply);
    a->patience = (struct http_patience){0};
}
