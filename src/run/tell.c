/* SPDX-License-Identifier: ISC */
#include "tell.h"

#include "repmon/clock.h"
#include "repmon/deliver.h"
#include "repmon/heartbeat.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/status_report.h"
#include "repmon/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DELIVER_MS   (10 * 60 * 1000) /* after the run's own deadline */
#define LAST_PING_MS 2000             /* after a signal to stop */
#define PING_FAILED  "ping_failed"

/* Cron mails what is on standard error: a ping that fails is said once, then by `remind`. */
static bool tell_ping(const struct tell_in *in, struct store *store, const char *trouble,
                      struct error *err)
{
    char now[24];
    struct buf said;
    bool found = false;
    buf_init(&said, sizeof now);
    bool ok = store_meta_get(store, PING_FAILED, &said, &found, err);
    int64_t age_s = (int64_t)in->now - strtoll(buf_text(&said), NULL, 10);
    bool again = in->conf->remind_ms && age_s >= in->conf->remind_ms / 1000;
    buf_fini(&said);
    if (!ok || (!trouble && !found))
        return ok;
    if (trouble && found && !again) {
        log_info("%s", trouble);
        return true;
    }
    if (trouble)
        log_warn("%s", trouble);
    snprintf(now, sizeof now, "%" PRId64, (int64_t)in->now);
    return store_meta_set(store, PING_FAILED, trouble ? now : NULL, err);
}

static bool ping(const struct tell_in *in, struct store *store, bool success, struct error *err)
{
    struct error trouble = {0};
    if (!in->conf->ping_url.text)
        return true;
    struct http *http = http_new(in->loop, in->conf->ca_file, &trouble);
    struct channel_env env = {
        .conf = in->conf, .http = http, .timeout_ms = loop_interrupted() ? LAST_PING_MS : 0};
    bool sent = heartbeat_send(&env, success, &trouble);
    http_free(http);
    if (sent)
        log_info("ping sent");
    return tell_ping(in, store, sent ? NULL : trouble.text, err);
}

void tell_failure(const struct conf *conf, struct store *store)
{
    struct error err = {0};
    store_seal(store, false); /* it failed between load and commit */
    if (!status_textfile(conf, store, &err))
        log_error("%s", err.text);
    err = (struct error){0};
    if (!status_page(conf, store, &err))
        log_error("%s", err.text);
}

static bool tell_write_metrics(const struct tell_in *in, struct store *store)
{
    struct error err = {0};
    if (!status_textfile(in->conf, store, &err))
        log_error("%s", err.text);
    else if (in->conf->prometheus_textfile)
        log_info("metrics written: %s", in->conf->prometheus_textfile);
    return err.class == ERR_NONE;
}

/* The page says what waits and what is held, so it is written after the messages were sent; what
 * a mail attaches is written before. */
static bool tell_write_page(const struct tell_in *in, struct store *store)
{
    struct error err = {0};
    if (!status_page(in->conf, store, &err))
        log_error("%s", err.text);
    else if (in->conf->html_file)
        log_info("page written: %s", in->conf->html_file);
    return err.class == ERR_NONE;
}

static bool tell_attaches(const struct conf *conf)
{
    for (size_t i = 0; i < conf->channel_count; i++) {
        if (conf->channels[i].attach_page)
            return true;
    }
    return false;
}

bool tell(const struct tell_in *in, struct store *store, struct run_result *result,
          struct error *err)
{
    struct deliver_options options = {.conf = in->conf,
                                      .loop = in->loop,
                                      .deadline_ms = clock_mono_ms() + DELIVER_MS,
                                      .in_doubt = in->in_doubt,
                                      .print = in->print,
                                      .digest = in->digest};
    struct deliver_result delivered;
    if (tell_attaches(in->conf))
        tell_write_page(in, store);
    bool ok = deliver_waiting(&options, store, &delivered, err);
    /* The text goes if nobody wanted it, if a channel took it, or if it waits for stdout. */
    bool waits = in->waits && delivered.took == 0;
    result->untold = waits && result->text.len > 0;
    if (ok && (!waits || in->conf->channel_count == 0))
        buf_clear(&result->text);
    bool written = tell_write_metrics(in, store);
    written = tell_write_page(in, store) && written;
    bool well = in->completed && !delivered.any_held;
    bool ill = in->nothing || delivered.any_held;
    bool pinged = (!well && !ill) || ping(in, store, well, err);
    return pinged && ok && written;
}
