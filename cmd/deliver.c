/* SPDX-License-Identifier: ISC */
#include "repmon/deliver.h"

#include "command.h"
#include "output.h"
#include "repmon/clock.h"
#include "repmon/clock_check.h"
#include "repmon/log.h"
#include "repmon/loop.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t deliver_waiting_of(const struct stored_channel *c)
{
    return c->by_state[OUTBOX_PENDING] + c->by_state[OUTBOX_SENDING] + c->by_state[OUTBOX_HELD];
}

static bool deliver_count_waiting(struct store *store, uint64_t *out, struct error *err)
{
    struct stored_channel *channels = NULL;
    size_t count = 0;
    *out = 0;
    if (!store_channels(store, &channels, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        *out += deliver_waiting_of(&channels[i]);
    stored_channels_free(channels, count);
    return true;
}

static void deliver_tell(struct context *ctx, const struct deliver_result *r, uint64_t before,
                         uint64_t left)
{
    if (!before && ctx->verbose)
        puts("nothing is waiting");
    else if (before && !ctx->quiet)
        printf("sent %zu, %zu still wait%s, %zu given up\n", r->sent, (size_t)left,
               left == 1 ? "s" : "", r->failed);
}

static bool deliver_begin(struct context *ctx, const void *data, char **words, size_t count,
                          struct error *err)
{
    (void)ctx;
    (void)data;
    (void)words;
    return !count || error_set(err, ERR_USAGE, "deliver takes no arguments");
}

/* A clock that can't be believed gives up no message here either. */
static bool deliver_clock_in_doubt(struct store *store)
{
    struct stored_run last, now = {.started = clock_wall()};
    bool found = false;
    clock_check_stamp(&now);
    return store_last_run(store, false, &last, &found, NULL) && found && clock_check(&last, &now);
}

static int deliver_run(struct context *ctx, void *data, char **words, size_t count,
                       struct error *err)
{
    struct deliver_result result = {0};
    uint64_t before = 0, left = 0;
    (void)data;
    (void)words;
    (void)count;
    struct loop *loop = loop_new(err);
    struct deliver_options options = {.conf = &ctx->conf,
                                      .loop = loop,
                                      .all = true,
                                      .in_doubt = deliver_clock_in_doubt(ctx->store),
                                      .print = output_write};
    if (loop)
        loop_catch_signals(loop);
    bool ok = loop != NULL;
    if (ok)
        ok = deliver_count_waiting(ctx->store, &before, err);
    if (ok)
        ok = deliver_waiting(&options, ctx->store, &result, err);
    if (ok)
        ok = deliver_count_waiting(ctx->store, &left, err);
    if (ok)
        deliver_tell(ctx, &result, before, left);
    if (ok && before && result.sent == 0)
        error_set(err, ERR_UNAVAILABLE, "no channel accepted anything; `repmon status` shows why");
    loop_free(loop);
    return 0;
}

const struct command command_deliver = {
    .name = "deliver",
    .arguments = "",
    .summary = "send waiting messages now",
    .help = "Tries to send every message waiting in the outbox, including those whose next attempt "
            "is not due yet and those of held channels. `repmon run` sends what is due as well. "
            "Prints nothing if nothing is waiting.",
    .needs = NEED_CONFIG | NEED_LOCK | NEED_STATE_WRITE,
    .begin = deliver_begin,
    .run = deliver_run,
};
