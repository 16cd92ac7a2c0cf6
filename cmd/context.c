/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "config.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/file.h"
#include "repmon/log.h"
#include "repmon/text_fit.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_USER "repmon"

/* Without a configured user, root becomes repmon only if the state belongs to repmon. */
static const char *context_default_user(const struct conf *conf)
{
    struct stat st;
    const struct passwd *pw = getpwnam(DEFAULT_USER);
    char *folder = file_folder(conf->state);
    bool owns = pw && stat(folder, &st) == 0 && st.st_uid == pw->pw_uid;
    free(folder);
    return owns ? DEFAULT_USER : NULL;
}

bool become_user(struct context *ctx, struct error *err)
{
    bool stayed = false;
    if (geteuid() != 0)
        return true;
    const char *user = ctx->conf.user ? ctx->conf.user : context_default_user(&ctx->conf);
    if (!privilege_become(user, ctx->conf.user != NULL, &stayed, err))
        return false;
    if (stayed)
        log_info("running as root: name an ordinary user with [repmon] user");
    return true;
}

/* The administrator's own programs may need rights that repmon does not. */
static bool context_runs_programs(const struct conf *conf)
{
    bool runs = conf->talos.command != NULL;
    for (size_t i = 0; i < conf->channel_count; i++)
        runs |= conf->channels[i].command != NULL;
    return runs;
}

void confine(struct context *ctx)
{
    if (!ctx->has_conf || context_runs_programs(&ctx->conf))
        return;
    char *real = store_real_path(ctx->conf.state, NULL);
    char *folders[6] = {file_folder(ctx->conf.state)};
    size_t count = 1;
    if (real)
        folders[count++] = file_folder(real);
    free(real);
    if (ctx->no_trace && ctx->lock.made_directory) /* it is taken away again */
        folders[count++] = file_folder(folders[0]);
    if (ctx->conf.prometheus_textfile)
        folders[count++] = file_folder(ctx->conf.prometheus_textfile);
    if (ctx->writes)
        folders[count++] = file_folder(ctx->writes);
    if (ctx->conf.html_file)
        folders[count++] = file_folder(ctx->conf.html_file);
    ctx->confinement = privilege_confine((const char *const *)folders, count);
    for (size_t i = 0; i < count; i++)
        free(folders[i]);
}

/*
 * Meeting another run is normal when runs take longer than the interval of cron; one that holds the
 * lock for twice its deadline hangs, and a person must know.
 */
static bool context_take_lock(struct context *ctx, struct error *err)
{
    time_t since = 0;
    ctx->has_lock = store_lock(ctx->conf.state, ctx->conf.group, &ctx->lock, &since, err);
    if (ctx->has_lock)
        return true;
    bool hangs = since && (clock_wall() - since) * 1000 > 2 * ctx->conf.deadline_ms;
    ctx->quiet_exit = err->class == ERR_BUSY && !ctx->verbose && !hangs;
    return false;
}

void name_cure(const struct context *ctx, const struct command *command, struct error *err)
{
    bool writes = command->needs & (NEED_LOCK | NEED_STATE_WRITE | NEED_FOLDER);
    struct stat st;
    if (err->class != ERR_PERMISSION || geteuid() == 0 || !ctx->has_conf || !writes)
        return;
    char *folder = file_folder(ctx->conf.state);
    bool known = stat(folder, &st) == 0, owned = known && st.st_uid != 0;
    if (known && st.st_uid == geteuid()) { /* it is this user already */
        free(folder);
        return;
    }
    const struct passwd *pw = owned ? getpwuid(st.st_uid) : NULL;
    char said[sizeof err->text];
    memcpy(said, err->text, sizeof said);
    text_fit(err->text, sizeof err->text, "%s; type `sudo%s%s` before the command", said,
             pw ? " -u " : "", pw ? pw->pw_name : "");
    free(folder);
}

bool context_open(struct context *ctx, unsigned needs, struct error *err)
{
    if (needs & (NEED_CONFIG | NEED_CONFIG_OR_NONE)) {
        ctx->has_conf = config_load(ctx->config_path, needs & NEED_CONFIG_OR_NONE, &ctx->conf, err);
        if (!ctx->has_conf || !become_user(ctx, err))
            return false;
    }
    if (needs & NEED_FOLDER && !ctx->no_trace) { /* its first use reports what is wrong with it */
        char *folder = file_folder(ctx->conf.state);
        mkdir(folder, 0750);
        free(folder);
    }
    if (needs & NEED_LOCK && !context_take_lock(ctx, err)) /* makes the folder of the state */
        return false;
    if (!(needs & (NEED_STATE | NEED_STATE_WRITE)))
        return true;
    bool writes = needs & NEED_STATE_WRITE && !ctx->only_reads;
    bool ok = store_open(ctx->conf.state, writes ? STORE_WRITE : STORE_READ, ctx->conf.group,
                         &ctx->store, err);
    ctx->no_trace |= !ok;
    return ok;
}

void context_close(struct context *ctx)
{
    store_close(ctx->store);
    ctx->store = NULL;
    if (ctx->has_lock && ctx->no_trace)
        store_unlock_without_trace(&ctx->lock, ctx->conf.state);
    else if (ctx->has_lock)
        store_unlock(&ctx->lock);
    if (ctx->has_conf)
        conf_fini(&ctx->conf);
    ctx->has_lock = ctx->has_conf = false;
}
