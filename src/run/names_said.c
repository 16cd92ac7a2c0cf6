/* SPDX-License-Identifier: ISC */
#include "names_said.h"

#include "repmon/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX  512
#define TEXT_MAX 4096

static void said_key(const char *key, char out[static KEY_MAX])
{
    snprintf(out, KEY_MAX, WATCH_SAID "%s", key);
}

/* What was told under that key; false: nothing. */
static bool said_before(const struct names_said *n, const char *key, struct watch_said *out)
{
    char name[KEY_MAX];
    said_key(key, name);
    const char *value = snapshot_fact(n->snapshot, name);
    return value && watch_said_read(value, out);
}

static bool is_due(const struct names_said *n, time_t said)
{
    return said > n->now || (n->remind_s > 0 && n->now - said >= n->remind_s);
}

/* "fine" remembers when it was told last, so that what comes and goes is not told each time. */
bool names_said_is_news(const struct names_said *n, struct watch_note *note)
{
    struct watch_said before;
    note->said = n->now;
    if (!note->key[0] || !said_before(n, note->key, &before))
        return true;
    if (is_due(n, before.when))
        return true;
    if (strcmp(before.kind, note->kind) != 0 && strcmp(before.kind, "fine") != 0)
        return true;
    note->said = before.when;
    return false;
}

static void keep_note(const struct watch_note *note, struct fact_set *out)
{
    char name[KEY_MAX];
    struct buf value;
    if (!note->key[0])
        return;
    buf_init(&value, TEXT_MAX);
    said_key(note->key, name);
    buf_fmt(&value, "%" PRId64 " %s %d %s", (int64_t)note->said, note->kind, note->lost,
            note->text + note->place);
    facts_set(out, name, buf_text(&value));
    buf_fini(&value);
}

static bool has_note(const struct watch *w, const char *key)
{
    for (size_t i = 0; i < w->note_count; i++) {
        if (strcmp(w->notes[i].key, key) == 0)
            return true;
    }
    return false;
}

static void keep_fine(const struct names_said *n, const struct watch *w, const char *key,
                      struct fact_set *out)
{
    char name[KEY_MAX], value[64];
    struct watch_said said;
    if (has_note(w, key) || !said_before(n, key, &said))
        return;
    said_key(key, name);
    snprintf(value, sizeof value, "%" PRId64 " fine 0 ", (int64_t)said.when);
    facts_set(out, name, is_due(n, said.when) ? NULL : value);
}

void names_said_keep(const struct names_said *n, const struct watch *w, struct fact_set *out)
{
    for (size_t i = 0; i < w->note_count; i++)
        keep_note(&w->notes[i], out);
    for (size_t i = 0; i < w->item_count; i++)
        keep_fine(n, w, w->items[i].key, out);
    keep_fine(n, w, WATCH_HIDDEN, out);
}
