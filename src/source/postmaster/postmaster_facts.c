/* SPDX-License-Identifier: ISC */
/* What is kept of an account between runs, and when its login ends. */
#include "postmaster_state.h"

#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_S  86400
#define SOON_S ((int64_t)2 * DAY_S) /* logins of a consent screen in Testing live seven days */

static void postmaster_key(const struct postmaster_account *a, const char *what, struct buf *out)
{
    buf_init(out, 1024);
    buf_fmt(out, "postmaster.%s.%s", a->conf->name, what);
}

const char *postmaster_fact(const struct postmaster_account *a, const char *what)
{
    const struct source_env *env = &a->state->env;
    struct buf key;
    if (!env->fact_get)
        return NULL;
    postmaster_key(a, what, &key);
    const char *value = env->fact_get(env->ctx, buf_text(&key));
    buf_fini(&key);
    return value;
}

void postmaster_set_fact(const struct postmaster_account *a, const char *what, const char *value)
{
    const struct source_env *env = &a->state->env;
    struct buf key;
    if (!env->fact_set)
        return;
    postmaster_key(a, what, &key);
    env->fact_set(env->ctx, buf_text(&key), value);
    buf_fini(&key);
}

time_t postmaster_fact_time(const struct postmaster_account *a, const char *what)
{
    const char *text = postmaster_fact(a, what);
    return text ? (time_t)strtoll(text, NULL, 10) : 0;
}

void postmaster_set_time(const struct postmaster_account *a, const char *what, time_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    postmaster_set_fact(a, what, value ? text : NULL);
}

time_t postmaster_expires(struct postmaster_account *a, int64_t *soon_s)
{
    time_t now = a->state->env.now;
    time_t dead = a->login.refused ? a->login.refused : postmaster_fact_time(a, "dead.login");
    time_t ends = a->login.token.ends ? a->login.token.ends : postmaster_fact_time(a, "ends");
    *soon_s = 0;
    a->expiry_note[0] = '\0';
    if (dead && (a->login.refused || !a->due)) {
        text_fit(a->expiry_note, sizeof a->expiry_note,
                 "Google no longer accepts the login: log in again with `repmon login %s`",
                 a->conf->name);
        return dead < now ? dead : now;
    }
    if (a->revived)
        return now + DAY_S;
    if (ends)
        text_fit(a->expiry_note, sizeof a->expiry_note,
                 "Google ends this login then: is the OAuth consent screen in Testing? Publish it "
                 "(In production), and log in again with `repmon login %s`",
                 a->conf->name);
    *soon_s = ends ? SOON_S : 0;
    return ends;
}
