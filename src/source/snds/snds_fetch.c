/* SPDX-License-Identifier: ISC */
/* The requests of an account, one after the other, and what the replies are. Rows are stored in
 * the account; snds_finish.c judges them. */
#include "snds_state.h"

#include "repmon/clock.h"
#include "repmon/text_fit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API        "https://substrate.office.com/ip-domain-management-snds/api"
#define TIMEOUT_MS 60000 /* Microsoft is known for slow replies */

/* Hosts old and new: an old address may redirect to a new one. A login host is not among them. */
static const char *const microsoft[] = {"https://postmaster.live.com",
                                        "https://sendersupport.olc.protection.outlook.com",
                                        "https://substrate.office.com", NULL};

/* ---- failures ---- */

__attribute__((format(printf, 3, 0))) static void vfail(struct snds_fetch *f, enum cause cause,
                                                        const char *fmt, va_list args)
{
    f->cause = cause;
    text_vfit(f->note, sizeof f->note, fmt, args);
}

void snds_fail(struct snds_fetch *f, enum cause cause, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfail(f, cause, fmt, args);
    va_end(args);
}

void snds_give_up(struct snds_account *a, enum cause cause, const char *fmt, ...)
{
    struct snds_fetch *both[] = {&a->status, &a->data};
    for (size_t i = 0; i < 2; i++) {
        if (both[i]->cause != CAUSE_NEVER_ASKED || both[i]->ok)
            continue;
        va_list args;
        va_start(args, fmt);
        vfail(both[i], cause, fmt, args);
        va_end(args);
    }
    a->step = SNDS_STEP_END;
}

bool snds_try_again(struct snds_account *a, struct http_patience *patience,
                    const struct reply *reply)
{
    if (http_try_again(patience, reply->how, reply->http, clock_mono_ms()))
        return true;
    if (patience->postponed >= 0)
        snds_set_time(a, "retry", clock_wall() + (time_t)patience->postponed);
    return false;
}

static void snds_expire_link(struct snds_account *a, struct snds_fetch *f, const char *how)
{
    snds_fail(
        f, CAUSE_EXPIRED,
        "the link has expired (%s): create a new one in SNDS and put it into its file, or set "
        "method = oauth and run `repmon login %s`, which is renewed automatically",
        how, a->conf->name);
}

void snds_fail_reply(struct snds_account *a, struct snds_fetch *f, const struct reply *reply)
{
    const struct http_response *h = reply->http;
    bool link = a->conf->links, answered = reply->how == REPLY_ANSWERED;
    if (answered && link && h->status >= 300 && h->status < 400) {
        snds_expire_link(a, f, "it redirects elsewhere, probably to a login page");
    } else if (answered && link && (h->status == 404 || h->status == 410)) {
        snds_expire_link(a, f, "404");
    } else if (answered && (h->status == 404 || h->status == 410)) {
        snds_fail(f, CAUSE_BAD_FORMAT, "nothing is there (%d): has the interface moved? See `api`",
                  h->status);
    } else if (answered && link && h->status == 400) {
        snds_fail(f, CAUSE_DENIED, "Microsoft refuses this link (400)");
    } else {
        f->cause = http_trouble("Microsoft", link ? "link" : "account", reply->how, h, f->note,
                                sizeof f->note);
    }
}

/* ---- requests ---- */

static enum next snds_ask(struct snds_account *a, struct snds_fetch *f, struct request *r,
                          const char *secret_url)
{
    a->headers[0] = "Accept: text/csv, application/octet-stream, application/json;q=0.9, */*;q=0.1";
    a->headers[1] = NULL;
    if (!a->conf->links) {
        buf_clear(&a->authorization);
        buf_str(&a->authorization, "Authorization: Bearer ");
        buf_str(&a->authorization, a->login.token.access);
        a->headers[1] = buf_text(&a->authorization);
        a->headers[2] = NULL;
    }
    a->http = (struct http_request){.method = "GET",
                                    .url = secret_url,
                                    .headers = a->headers,
                                    .max_body = LIMIT_SNDS_BODY,
                                    .timeout_ms = TIMEOUT_MS,
                                    .redirect_to = a->redirect_to};
    f->asked++;
    r->kind = REQUEST_HTTP;
    r->http = &a->http;
    return NEXT_REQUEST;
}

static const char *snds_rest_url(struct snds_account *a, const char *path, int32_t day)
{
    buf_clear(&a->url);
    buf_str(&a->url, a->conf->api ? a->conf->api : API);
    buf_str(&a->url, path);
    if (day)
        buf_fmt(&a->url, "/%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
    return buf_text(&a->url);
}

/* Where a redirect may lead: Microsoft's hosts and the one that was configured. */
static void snds_allow_redirects(struct snds_account *a, const char *own)
{
    size_t n = 0;
    for (size_t i = 0; microsoft[i]; i++)
        a->redirect_to[n++] = microsoft[i];
    a->redirect_to[n++] = own;
    a->redirect_to[n] = NULL;
}

static enum next snds_ask_link(struct snds_account *a, struct snds_fetch *f,
                               const struct secret *url, struct request *r)
{
    if (!url->text) {
        snds_fail(f, CAUSE_NO_KEY, "the file with the link can't be read");
        return NEXT_DONE;
    }
    snds_allow_redirects(a, url->text);
    return snds_ask(a, f, r, url->text);
}

static enum next snds_ask_status(struct snds_account *a, struct request *r)
{
    if (a->status.column == SNDS_NO_COLUMN)
        return NEXT_DONE;
    if (a->conf->links)
        return snds_ask_link(a, &a->status, &a->conf->status_url, r);
    snds_allow_redirects(a, a->conf->api ? a->conf->api : API);
    return snds_ask(a, &a->status, r, snds_rest_url(a, "/report/status/ip", 0));
}

static enum next snds_ask_data(struct snds_account *a, struct request *r)
{
    if (a->data.column == SNDS_NO_COLUMN || a->day_at >= a->day_count)
        return NEXT_DONE;
    if (a->conf->links)
        return snds_ask_link(a, &a->data, &a->conf->data_url, r);
    snds_allow_redirects(a, a->conf->api ? a->conf->api : API);
    return snds_ask(a, &a->data, r, snds_rest_url(a, "/report/data", a->days[a->day_at]));
}

static void snds_begin(struct snds_account *a)
{
    time_t retry = snds_fact_time(a, "retry");
    time_t now = clock_wall();
    if (retry > now && retry - now < 86400) {
        snds_give_up(a, CAUSE_DENIED, "Microsoft asked to wait before the next request");
        return;
    }
    if (retry)
        snds_set_time(a, "retry", 0);
    a->after_login = SNDS_STEP_STATUS;
    a->step = a->conf->links ? SNDS_STEP_STATUS : SNDS_STEP_LOGIN;
}

enum next snds_next(struct snds_account *a, int64_t now_ms, struct request *r, int64_t *wake_ms)
{
    if (!a->due)
        return NEXT_DONE;
    while (a->step != SNDS_STEP_END) {
        if (a->patience.wake_ms > now_ms) {
            *wake_ms = a->patience.wake_ms;
            return NEXT_WAIT;
        }
        a->patience.wake_ms = 0;
        enum snds_step step = a->step;
        enum next got = NEXT_DONE;
        switch (step) {
        case SNDS_STEP_BEGIN: snds_begin(a); break;
        case SNDS_STEP_LOGIN: got = snds_login(a, now_ms, r, wake_ms); break;
        case SNDS_STEP_STATUS: got = snds_ask_status(a, r); break;
        case SNDS_STEP_DATA: got = snds_ask_data(a, r); break;
        case SNDS_STEP_END: break;
        }
        if (got != NEXT_DONE)
            return got;
        if (a->step == SNDS_STEP_STATUS && step == SNDS_STEP_STATUS)
            a->step = SNDS_STEP_DATA;
        else if (a->step == SNDS_STEP_DATA && step == SNDS_STEP_DATA)
            a->step = SNDS_STEP_END;
    }
    return NEXT_DONE;
}

/* ---- rows ---- */

static struct snds_seen *snds_seen_at(struct snds_account *a, size_t row, int32_t day)
{
    for (uint32_t i = a->newest_of[row]; i; i = a->seen[i - 1].older) {
        if (a->seen[i - 1].day == day)
            return &a->seen[i - 1];
    }
    if (a->seen_count == a->seen_cap) {
        a->seen_cap = a->seen_cap ? a->seen_cap * 2 : 64;
        a->seen = mem_grow(a->seen, a->seen_cap, sizeof *a->seen);
    }
    struct snds_seen *s = &a->seen[a->seen_count++];
    *s = (struct snds_seen){.row = (uint32_t)row,
                            .day = day,
                            .rcpt = -1,
                            .data = -1,
                            .recipients = -1,
                            .traps = -1,
                            .rate = {-1, false}};
    uint32_t number = (uint32_t)a->seen_count, *link = &a->newest_of[row];
    while (*link && a->seen[*link - 1].day > day)
        link = &a->seen[*link - 1].older;
    s->older = *link;
    *link = number;
    return s;
}

static void snds_sum(int64_t *total, int64_t more)
{
    if (more >= 0)
        *total = (*total < 0 ? 0 : *total) + more;
}

static void snds_fetch_take_row(void *ctx, const struct snds_row *row)
{
    struct snds_account *a = ctx;
    int32_t day = row->day ? row->day : a->days[0];
    if (!a->conf->links)
        day = a->days[a->day_at];
    snds_days_add(&a->account_days, day);
    for (size_t i = 0; i < a->conf->cover_count; i++) {
        if (cidr_contains(&a->conf->covers[i].block, &row->ip))
            snds_days_add(&a->block_days[i], day);
    }
    ptrdiff_t at = inventory_find(a->state->env.inventory, &row->ip);
    if (at < 0)
        return;
    struct snds_seen *s = snds_seen_at(a, (size_t)at, day);
    snds_sum(&s->rcpt, row->rcpt);
    snds_sum(&s->data, row->data);
    snds_sum(&s->recipients, row->recipients);
    snds_sum(&s->traps, row->traps);
    if (!s->raw || row->colour > s->colour) {
        free(s->raw);
        s->raw = mem_dup(row->raw);
    }
    if (row->colour > s->colour)
        s->colour = row->colour;
    if (row->complaint.percent > s->rate.percent) {
        s->rate = row->complaint;
        snprintf(s->rate_text, sizeof s->rate_text, "%s", row->complaint_text);
    }
}

static void snds_take_range(void *ctx, const struct snds_range *range)
{
    struct snds_account *a = ctx;
    if (a->listed_count == a->listed_cap) {
        a->listed_cap = a->listed_cap ? a->listed_cap * 2 : 16;
        a->listed = mem_grow(a->listed, a->listed_cap, sizeof *a->listed);
    }
    struct snds_listed *l = &a->listed[a->listed_count++];
    *l = (struct snds_listed){range->first, range->last, "", mem_dup(range->details)};
    snds_status_word(range->blocked, range->details, l->word);
}

/* ---- replies ---- */

/* A reply that is not a report although its status is good. */
static void snds_fail_shape(struct snds_account *a, struct snds_fetch *f, enum snds_shape shape,
                            const struct error *err)
{
    if (shape == SNDS_HTML && a->conf->links)
        snds_expire_link(a, f, "a web page arrived, probably a login page");
    else
        snds_fail(f, CAUSE_BAD_FORMAT, "%s", err->text);
}

static bool snds_fetch_is_good(const struct reply *reply)
{
    return reply->how == REPLY_ANSWERED &&
           (reply->http->status == 200 || reply->http->status == 204);
}

static struct snds_body snds_body_of(const struct reply *reply)
{
    const struct http_response *h = reply->http;
    return (struct snds_body){h->content_type, h->body, h->body_len, h->doubt};
}

static void snds_fetch_take_status(struct snds_account *a, const struct reply *reply)
{
    struct snds_fetch *f = &a->status;
    struct error err = {0};
    a->step = SNDS_STEP_DATA;
    if (!a->conf->links && reply->how == REPLY_ANSWERED && reply->http->status == 404) {
        f->absent = true;
        f->cause = CAUSE_NONE;
        return;
    }
    if (!snds_fetch_is_good(reply)) {
        snds_fail_reply(a, f, reply);
        return;
    }
    struct snds_body body = snds_body_of(reply);
    enum snds_shape shape = snds_read_status(&body, snds_take_range, a, &err);
    f->ok = shape == SNDS_ROWS || shape == SNDS_EMPTY;
    f->cause = CAUSE_NONE;
    if (!f->ok)
        snds_fail_shape(a, f, shape, &err);
}

static void snds_fetch_take_data(struct snds_account *a, const struct reply *reply)
{
    struct snds_fetch *f = &a->data;
    struct error err = {0};
    bool not_yet = !a->conf->links && reply->how == REPLY_ANSWERED && reply->http->status == 404;
    f->cause = CAUSE_NONE;
    if (not_yet) {
        f->absent = true;
    } else if (!snds_fetch_is_good(reply)) {
        snds_fail_reply(a, f, reply);
    } else {
        struct snds_body body = snds_body_of(reply);
        enum snds_shape shape = snds_read_data(&body, snds_fetch_take_row, a, &err);
        if (shape == SNDS_ROWS || shape == SNDS_EMPTY)
            f->ok = true;
        else
            snds_fail_shape(a, f, shape, &err);
    }
    a->day_at++;
    if (f->cause != CAUSE_NONE) /* older days would fare no better */
        a->step = SNDS_STEP_END;
}

void snds_take_reply(struct snds_account *a, const struct reply *reply)
{
    if (a->step == SNDS_STEP_LOGIN) {
        snds_login_reply(a, reply);
        return;
    }
    if (snds_try_again(a, &a->patience, reply))
        return;
    a->patience = (struct http_patience){0};
    if (!a->conf->links && reply->how == REPLY_ANSWERED && reply->http->status == 401) {
        snds_login_denied(a);
        return;
    }
    if (!a->conf->links && snds_fetch_is_good(reply))
        a->login_good = true;
    if (a->step == SNDS_STEP_STATUS)
        snds_fetch_take_status(a, reply);
    else
        snds_fetch_take_data(a, reply);
}
