/* SPDX-License-Identifier: ISC */
#include "repmon/deliver.h"

#include "repmon/channel.h"
#include "repmon/clock.h"
#include "repmon/crash.h"
#include "repmon/http.h"
#include "repmon/log.h"
#include "repmon/message.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_MAX  256
#define FARTHEST_S (86400 + 600) /* no next try is further away than a day */

/* After a signal: what is waiting gets a short chance, what hangs is left to the next run. */
#define LAST_CHANCE_MS 5000 /* all channels together */
#define LAST_TRY_MS    2500

struct delivering {
    const struct deliver_options *options; /* borrowed */
    struct store *store;                   /* borrowed */
    struct http *http;                     /* owned; NULL until a webhook needs it */
    struct deliver_result *result;         /* borrowed */
    int64_t stop_ms;                       /* a signal came: no new try after this; 0 */
};

struct outbox_result deliver_settle(const struct outbox_item *item, const struct delivery *d,
                                    time_t now)
{
    struct outbox_result r = {.reason = d->reason, .refused = d->refused};
    switch (d->outcome) {
    case DELIVERY_SENT: r.state = OUTBOX_SENT; break;
    case DELIVERY_HELD: r.state = OUTBOX_HELD; break;
    case DELIVERY_FAILED: r.state = OUTBOX_FAILED; break;
    default:
        r.state = OUTBOX_PENDING;
        r.may_have_arrived = d->may_have_arrived;
        r.next_try = delivery_retry_at(d, item->deferrals + 1, now);
        break;
    }
    return r;
}

void deliver_give_up(const struct outbox_item *item, time_t now, struct outbox_result *r)
{
    if (r->state != OUTBOX_SENT && delivery_is_hopeless(item->created, item->tries + 1, now))
        r->state = OUTBOX_FAILED;
}

static bool deliver_need_http(struct delivering *d, const struct conf_channel *channel)
{
    struct error err = {0};
    if (!channel->type->needs_http || d->http)
        return true;
    d->http = http_new(d->options->loop, d->options->conf->ca_file, &err);
    if (!d->http)
        log_error("%s", err.text);
    return d->http != NULL;
}

/* 0: the channel's own limit. */
static int64_t deliver_time_for_a_try(const struct delivering *d)
{
    int64_t left = d->stop_ms - clock_mono_ms();
    if (!d->stop_ms)
        return 0;
    if (left > LAST_TRY_MS)
        return LAST_TRY_MS;
    return left > 1 ? left : 1;
}

static void deliver_try_once(struct delivering *d, const struct conf_channel *channel,
                             const struct outbox_item *item, struct delivery *out)
{
    struct channel_env env = {.conf = d->options->conf,
                              .http = d->http,
                              .timeout_ms = deliver_time_for_a_try(d),
                              .print = d->options->print};
    struct message m = {0};
    struct error err = {0};
    *out = (struct delivery){0};
    if (!message_from_json(item->content, strlen(item->content), &m, &err)) {
        out->outcome = DELIVERY_FAILED;
        text_fit(out->reason, sizeof out->reason, "the stored message is damaged: %s", err.text);
        return;
    }
    m.may_have_arrived = item->may_have_arrived;
    bool told_before = loop_interrupted();
    channel->type->send(&env, channel, &m, out);
    size_t len = strlen(out->reason);
    if (out->outcome == DELIVERY_DEFERRED && loop_interrupted() && !told_before)
        text_fit(out->reason + len, sizeof out->reason - len, " (a signal ended the wait)");
    message_fini(&m);
}

static bool deliver_is_of_this_run(const struct delivering *d, const char *digest)
{
    return d->options->digest && strcmp(digest, d->options->digest) == 0;
}

/* A waiting message is tried in every run; cron would mail the same words each time. */
static bool deliver_is_known(const struct delivering *d, const struct outbox_item *item,
                             const struct outbox_result *r)
{
    if (d->options->all || r->state == OUTBOX_SENT || r->state == OUTBOX_FAILED)
        return false;
    if (r->state == OUTBOX_PENDING)
        return !deliver_is_of_this_run(d, item->digest);
    return item->state == OUTBOX_HELD && strcmp(item->reason, r->reason) == 0;
}

static void deliver_count(struct delivering *d, const char *title, const struct outbox_item *item,
                          const struct outbox_result *r)
{
    struct deliver_result *n = d->result;
    n->sent += r->state == OUTBOX_SENT;
    n->deferred += r->state == OUTBOX_PENDING;
    n->held += r->state == OUTBOX_HELD;
    n->failed += r->state == OUTBOX_FAILED;
    n->any_held |= r->state == OUTBOX_HELD;
    n->took += r->state == OUTBOX_SENT && deliver_is_of_this_run(d, item->digest);
    if (deliver_is_known(d, item, r)) {
        log_info("%s is still %s: %s", title, r->state == OUTBOX_HELD ? "held" : "waiting",
                 r->reason);
        return;
    }
    if (r->state == OUTBOX_SENT)
        log_info("%s: sent %s", title, item->digest);
    if (r->state == OUTBOX_HELD)
        log_error("%s is held: %s", title, r->reason);
    else if (r->state == OUTBOX_FAILED)
        log_error("%s: a message was given up: %s", title, r->reason);
    else if (r->state == OUTBOX_PENDING)
        log_warn("%s: not sent yet, will be retried: %s", title, r->reason);
    if (r->refused && r->refused[0])
        log_warn("%s: refused: %s", title, r->refused);
}

static bool deliver_out_of_time(struct delivering *d)
{
    int64_t now = clock_mono_ms();
    if (loop_interrupted() && !d->stop_ms)
        d->stop_ms = now + LAST_CHANCE_MS;
    return (d->stop_ms && now >= d->stop_ms) ||
           (d->options->deadline_ms && now >= d->options->deadline_ms);
}

/* Why messages wait on a channel that was not tried, and until when; a warning only if new. */
static bool deliver_tell_waiting(const struct delivering *d, const char *title, bool late,
                                 struct error *err)
{
    struct outbox_wait w;
    if (!store_outbox_wait(d->store, title, &w, err))
        return false;
    bool news = w.count && deliver_is_of_this_run(d, w.newest);
    void (*say)(const char *fmt, ...) = news ? log_warn : log_info;
    char until[32];
    clock_format_local(w.next_try, until, sizeof until);
    if (w.count && (late || !w.reason))
        say("%s: not tried: no time left; the next run will", title);
    else if (w.count)
        say("%s: not tried: waiting until %s, the pause after: %s", title, until, w.reason);
    outbox_wait_fini(&w);
    return true;
}

/* One channel, until nothing is due or it turns out to be held. */
static bool deliver_channel(struct delivering *d, const struct conf_channel *channel,
                            struct error *err)
{
    char title[256];
    int64_t tried_id = 0;
    channel_title(channel, title, sizeof title);
    if (!deliver_need_http(d, channel))
        return true;
    for (;;) {
        if (deliver_out_of_time(d))
            return tried_id || deliver_tell_waiting(d, title, true, err);
        struct outbox_item item;
        struct delivery tried;
        bool found = false;
        time_t due = clock_wall() + (d->options->all ? FARTHEST_S : 0);
        if (!store_outbox_next(d->store, title, due, &item, &found, err))
            return false;
        if (!found)
            return tried_id || deliver_tell_waiting(d, title, false, err);
        /* On a held channel the oldest is always due, even if its try ended with "later". */
        if (item.id == tried_id) {
            outbox_item_fini(&item);
            return true;
        }
        tried_id = item.id;
        bool ok = store_outbox_sending(d->store, item.id, clock_wall(), err);
        if (ok) {
            CRASH_POINT("before send");
            deliver_try_once(d, channel, &item, &tried);
            CRASH_POINT("after send");
            struct outbox_result r = deliver_settle(&item, &tried, clock_wall());
            if (!d->options->in_doubt)
                deliver_give_up(&item, clock_wall(), &r);
            ok = store_outbox_done(d->store, item.id, &r, clock_wall(), err);
            if (ok)
                deliver_count(d, title, &item, &r);
            outbox_item_fini(&item);
            bool failed = r.state == OUTBOX_HELD || (d->options->all && r.state == OUTBOX_PENDING);
            if (ok && failed)
                return true;
        } else {
            outbox_item_fini(&item);
        }
        if (!ok)
            return false;
    }
}

static bool deliver_is_configured(const char *title, const char *const *titles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(title, titles[i]) == 0)
            return true;
    }
    return false;
}

static bool deliver_is_over(const struct stored_channel *c)
{
    uint64_t waiting = c->by_state[OUTBOX_PENDING] + c->by_state[OUTBOX_HELD];
    return waiting == 0 && c->held_since == 0 && !c->refused[0];
}

/* What waits for a channel that was removed or renamed goes to those configured now. */
static bool deliver_pass_on(struct delivering *d, const char *const *titles, size_t title_count,
                            struct error *err)
{
    struct stored_channel *channels = NULL;
    size_t count = 0;
    bool ok = store_channels(d->store, &channels, &count, err);
    for (size_t i = 0; ok && i < count; i++) {
        size_t passed = 0;
        if (deliver_is_configured(channels[i].channel, titles, title_count) ||
            deliver_is_over(&channels[i]))
            continue;
        ok = store_outbox_pass_on(d->store, channels[i].channel, titles, title_count, clock_wall(),
                                  &passed, err);
        if (passed)
            log_warn("%s is no longer configured: %zu message%s that waited for it go%s to %s%s",
                     channels[i].channel, passed, passed == 1 ? "" : "s", passed == 1 ? "es" : "",
                     titles[0], title_count > 1 ? " and the others" : "");
    }
    stored_channels_free(channels, count);
    return ok;
}

static bool deliver_pass_on_others(struct delivering *d, struct error *err)
{
    size_t count = channel_count(d->options->conf);
    char(*texts)[TITLE_MAX] = mem_array(count, sizeof *texts);
    const char **titles = mem_array(count, sizeof *titles);
    for (size_t i = 0; i < count; i++) {
        channel_title(channel_at(d->options->conf, i), texts[i], sizeof texts[i]);
        titles[i] = texts[i];
    }
    bool ok = count == 0 || deliver_pass_on(d, titles, count, err);
    free(titles);
    free(texts);
    return ok;
}

bool deliver_waiting(const struct deliver_options *options, struct store *store,
                     struct deliver_result *result, struct error *err)
{
    struct delivering d = {.options = options, .store = store, .result = result};
    *result = (struct deliver_result){0};
    bool ok =
        store_outbox_recover(store, clock_wall(), NULL, err) && deliver_pass_on_others(&d, err);
    for (size_t i = 0; ok && i < channel_count(options->conf); i++)
        ok = deliver_channel(&d, channel_at(options->conf, i), err);
    http_free(d.http);
    return ok;
}
