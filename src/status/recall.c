/* SPDX-License-Identifier: ISC */
#include "repmon/recall.h"

#include "repmon/store.h"

#include <stdio.h>

#define MEMORY_MAX (64u << 20) /* a busy log's is about 3 MB */

struct recalling {
    struct store *store;
    struct buf text;
    struct error *err;
    bool failed;
};

static void recall_memory_key(const char *source, char *out, size_t size)
{
    snprintf(out, size, RECALL_KEYS "%s", source);
}

static const char *recall_memory_of(void *ctx, const char *source)
{
    struct recalling *r = ctx;
    char key[64];
    bool found = false;
    recall_memory_key(source, key, sizeof key);
    buf_clear(&r->text);
    if (!store_meta_get(r->store, key, &r->text, &found, r->err))
        r->failed = true;
    return found && !r->failed ? buf_text(&r->text) : NULL;
}

bool recall_hearers(struct session *session, struct store *store, struct error *err)
{
    struct recalling r = {.store = store, .err = err};
    buf_init(&r.text, MEMORY_MAX);
    session_recall(session, recall_memory_of, &r);
    buf_fini(&r.text);
    return !r.failed;
}

bool recall_save(const struct session *session, struct store *store, time_t now, struct error *err)
{
    bool ok = true;
    struct buf text;
    buf_init(&text, MEMORY_MAX);
    for (size_t i = 0; i < session->part_count && ok; i++) {
        char key[64];
        buf_clear(&text);
        if (!session_remember(session, i, now, &text))
            continue;
        recall_memory_key(session->parts[i].source->word, key, sizeof key);
        ok = store_meta_set(store, key, text.len ? buf_text(&text) : NULL, err);
    }
    buf_fini(&text);
    return ok;
}
