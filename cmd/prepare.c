/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "config.h"
#include "repmon/clock.h"

/*
 * A run that meets another one is normal when they take longer than the interval of cron; one that
 * holds the lock for twice its deadline hangs, and a person must know.
 */
static bool take_lock(struct context *ctx, struct error *err)
{
    time_t since = 0;
    ctx->has_lock = store_lock(ctx->conf.state, ctx->conf.group, &ctx->lock, &since, err);
    if (ctx->has_lock)
        return true;
    bool hangs = since && (clock_wall() - since) * 1000 > 2 * ctx->conf.deadline_ms;
    ctx->hush = err->class == ERR_BUSY && !ctx->verbose && !hangs;
    return false;
}

bool prepare(struct context *ctx, unsigned needs, struct error *err)
{
    if (needs & (NEED_CONFIG | NEED_CONFIG_OR_NONE)) {
        ctx->has_conf = config_load(ctx->config_path, needs & NEED_CONFIG_OR_NONE, &ctx->conf, err);
        if (!ctx->has_conf)
            return false;
    }
    if (needs & NEED_LOCK && !take_lock(ctx, err))
        return false;
    if (needs & (NEED_STATE | NEED_STATE_WRITE))
        return store_open(ctx->conf.state, needs & NEED_STATE_WRITE ? STORE_WRITE : STORE_READ,
                          ctx->conf.group, &ctx->store, err);
    return true;
}

void unprepare(struct context *ctx)
{
    store_close(ctx->store);
    ctx->store = NULL;
    if (ctx->has_lock)
        store_unlock(&ctx->lock);
    if (ctx->has_conf)
        conf_fini(&ctx->conf);
    ctx->has_lock = ctx->has_conf = false;
}
