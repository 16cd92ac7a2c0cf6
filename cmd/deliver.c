/* SPDX-License-Identifier: ISC */
#include "repmon/deliver.h"

#include "command.h"
#include "output.h"
#include "repmon/clock.h"
#include "repmon/doubt.h"
#include "repmon/log.h"
#include "repmon/loop.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t waiting_of(const struct stored_channel *c)
{
    return c->by_state[OUTBOX_PENDING] + c->by_state[OUTBOX_SENDING] + c->by_state[OUTBOX_HELD];
}

static bool count_waiting(struct store *store, uint64_t *out, struct error *err)
{
    struct stored_channel *channels = NULL;
    size_t count = 0;
    *out = 0;
    if (!store_channels(store, &channels, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        *out += waiting_of(&channels[i]);
    stored_channels_free(channels, count);
    return true;
}

static void tell(struct context *ctx, const struct deliver_result *r, uint64_t before,
                 uint64_t left)
{
    if (!before && ctx->verbose)
        puts("nothing is waiting");
    else if (before && !ctx->quiet)
        printf("sent %zu, %zu still wait%s, %zu given up\n", r->sent, (size_t)left,
               left == 1 ? "s" : "", r->dead);
}

static bool begin(struct context *ctx, const void *data, char **words, size_t count,
                  struct error *err)
{
    (void)ctx;
    (void)data;
    (void)words;
    return !count || error_set(err, ERR_USAGE, "deliver takes no arguments");
}

/* A clock that can't be believed gives up no message here either. */
static bool clock_in_doubt(struct store *store)
{
    struct stored_run last, now = {.started = clock_wall()};
    bool found = false;
    doubt_stamp(&now);
    return store_last_run(store, false, &last, &found, NULL) && found && doubt_clock(&last, &now);
}

static int run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
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
                                      .in_doubt = clock_in_doubt(ctx->store),
                                      .print = output_write};
    if (loop)
        loop_catch_signals(loop);
    bool ok = loop && count_waiting(ctx->store, &before, err) &&
              deliver_waiting(&options, ctx->store, &result, err) &&
              count_waiting(ctx->store, &left, err);
    if (ok)
        tell(ctx, &result, before, left);
    if (ok && before && result.sent == 0)
        error_set(err, ERR_UNAVAILABLE, "no channel accepted anything; `repmon status` shows why");
    loop_free(loop);
    return 0;
}

const struct command command_deliver = {
    .name = "deliver",
    .arguments = "",
    .summary = "send the waiting messages now",
    .help = "Tries every message that waits in the outbox, including those whose next try is not "
            "due yet and those of held channels. `repmon run` does this, too. Prints nothing when "
            "nothing is waiting.",
    .needs = NEED_CONFIG | NEED_LOCK | NEED_STATE_WRITE,
    .begin = begin,
    .run = run,
};
