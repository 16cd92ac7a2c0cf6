/* SPDX-License-Identifier: ISC */
/* The state of each channel: pending messages, why it is held, refused recipients. */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static struct stored_channel *channel(struct stored_channel **channels, size_t *count,
                                      const char *name)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*channels)[i].channel, name) == 0)
            return &(*channels)[i];
    }
    *channels = mem_grow(*channels, *count + 1, sizeof **channels);
    struct stored_channel *c = &(*channels)[(*count)++];
    *c = (struct stored_channel){
        .channel = mem_dup(name), .reason = mem_dup(""), .refused = mem_dup("")};
    return c;
}

static void channel_replace(char **text, const char *with)
{
    free(*text);
    *text = mem_dup(with);
}

static bool channel_load_counts(struct store *s, struct stored_channel **channels, size_t *count,
                                struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "SELECT channel, state, count(*), min(created), max(ended) FROM outbox"
            " GROUP BY channel, state ORDER BY channel");
    while (sql_row(&q)) {
        struct stored_channel *c = channel(channels, count, sql_get_text(&q));
        enum outbox_state state = sql_get_state(&q);
        c->by_state[state] = sql_get_count(&q, INT64_MAX);
        int64_t oldest = sql_get_int(&q);
        if (state != OUTBOX_SENT && state != OUTBOX_FAILED &&
            (c->oldest == 0 || oldest < c->oldest))
            c->oldest = oldest;
        int64_t ended = sql_get_int(&q);
        if (state == OUTBOX_FAILED)
            c->given_up = ended;
    }
    return sql_end(&q, err);
}

static bool channel_load_rows(struct store *s, struct stored_channel **channels, size_t *count,
                              struct error *err)
{
    struct sql q;
    sql_use(&q, s, "SELECT name, held_since, said, refused FROM channel ORDER BY name");
    while (sql_row(&q)) {
        struct stored_channel *c = channel(channels, count, sql_get_text(&q));
        c->held_since = sql_get_int(&q);
        channel_replace(&c->reason, sql_get_text(&q));
        channel_replace(&c->refused, sql_get_text(&q));
        if (c->held_since) {
            c->by_state[OUTBOX_HELD] += c->by_state[OUTBOX_PENDING];
            c->by_state[OUTBOX_PENDING] = 0;
        }
    }
    return sql_end(&q, err);
}

bool store_channels(struct store *s, struct stored_channel **out, size_t *count, struct error *err)
{
    struct stored_channel *channels = NULL;
    size_t n = 0;
    bool own;
    *out = NULL;
    *count = 0;
    if (!sql_read_start(s, &own, err))
        return false;
    bool ok =
        channel_load_counts(s, &channels, &n, err) && channel_load_rows(s, &channels, &n, err);
    sql_read_end(s, own);
    if (!ok) {
        stored_channels_free(channels, n);
        return false;
    }
    *out = channels;
    *count = n;
    return true;
}

void stored_channels_free(struct stored_channel *channels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(channels[i].channel);
        free(channels[i].reason);
        free(channels[i].refused);
    }
    free(channels);
}

bool store_refused_told(struct store *s, const char *name, struct error *err)
{
    struct sql q;
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    sql_use(&q, s, "UPDATE channel SET refused = '' WHERE name = ?");
    sql_text(&q, name);
    return sql_finish(s, own, sql_run(&q, err), err);
}
