/* SPDX-License-Identifier: ISC */
#include "repmon/recall.h"

#include "repmon/store.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_MAX   (64u << 20) /* a busy log takes about 3 MB */
#define RECALL_PART  "part "     /* source.h: remember() */
#define RECALL_PARTS 128         /* anything beyond goes with the last */

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
    if (!store_meta_parts(r->store, key, &r->text, &found, r->err))
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

/* Where the next part begins, or the end. */
static const char *recall_part_end(const char *text)
{
    const char *next = strstr(text, "\n" RECALL_PART);
    return next ? next + 1 : text + strlen(text);
}

/* "memory.log" for the beginning, "memory.log 495208" for the part of that name. */
static void recall_part_key(const char *key, const char *part, char *out, size_t size)
{
    size_t mark = strlen(RECALL_PART);
    bool named = strncmp(part, RECALL_PART, mark) == 0;
    size_t len = named ? strcspn(part + mark, "\n") : 0;
    snprintf(out, size, "%s%s%.*s", key, named ? " " : "", (int)len, part + mark);
}

/* Most parts have not changed, and are not written again. */
static bool recall_save_parts(struct store *store, const char *key, const char *text,
                              struct error *err)
{
    struct meta_part parts[RECALL_PARTS];
    size_t count = 0;
    while (*text && count < RECALL_PARTS) {
        struct meta_part *p = &parts[count++];
        const char *end = count == RECALL_PARTS ? text + strlen(text) : recall_part_end(text);
        recall_part_key(key, text, p->key, sizeof p->key);
        p->value = text;
        p->len = (size_t)(end - text);
        text = end;
    }
    return store_meta_set_parts(store, key, parts, count, err);
}

bool recall_save(const struct session *session, struct store *store, time_t now, struct error *err)
{
    bool ok = true;
    struct buf text;
    buf_init(&text, MEMORY_MAX);
    for (size_t i = 0; i < session->part_count && ok; i++) {
        char key[META_KEY];
        buf_clear(&text);
        if (!session_remember(session, i, now, &text))
            continue;
        recall_memory_key(session->parts[i].source->word, key, sizeof key);
        ok = recall_save_parts(store, key, buf_text(&text), err);
    }
    buf_fini(&text);
    return ok;
}
