/* SPDX-License-Identifier: ISC */
#include "names_said.h"

#include "repmon/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX  512
#define TEXT_MAX 4096

static void names_said_key(const char *key, char out[static KEY_MAX])
{
    snprintf(out, KEY_MAX, RESOLVE_SAID "%s", key);
}

/* What was told under that key; false: nothing. */
static bool names_said_before(const struct names_said *n, const char *key, struct resolve_said *out)
{
    char name[KEY_MAX];
    names_said_key(key, name);
    const char *value = snapshot_fact(n->snapshot, name);
    return value && resolve_said_read(value, out);
}

static bool names_is_due(const struct names_said *n, time_t said)
{
    return said > n->now || (n->remind_s > 0 && n->now - said >= n->remind_s);
}

/* "fine" keeps the time of the last report: what comes and goes is not reported each time. */
bool names_said_is_news(const struct names_said *n, struct resolve_note *note)
{
    struct resolve_said before;
    note->said = n->now;
    if (!note->key[0] || !names_said_before(n, note->key, &before))
        return true;
    if (names_is_due(n, before.when))
        return true;
    if (strcmp(before.kind, note->kind) != 0 && strcmp(before.kind, "fine") != 0)
        return true;
    note->said = before.when;
    return false;
}

static void names_keep_note(const struct resolve_note *note, struct fact_set *out)
{
    char name[KEY_MAX];
    struct buf value;
    if (!note->key[0])
        return;
    buf_init(&value, TEXT_MAX);
    names_said_key(note->key, name);
    buf_fmt(&value, "%" PRId64 " %s %d %s", (int64_t)note->said, note->kind, note->lost,
            note->text + note->place);
    facts_set(out, name, buf_text(&value));
    buf_fini(&value);
}

static bool names_has_note(const struct resolved *w, const char *key)
{
    for (size_t i = 0; i < w->note_count; i++) {
        if (strcmp(w->notes[i].key, key) == 0)
            return true;
    }
    return false;
}

static void names_keep_fine(const struct names_said *n, const struct resolved *w, const char *key,
                            struct fact_set *out)
{
    char name[KEY_MAX], value[64];
    struct resolve_said said;
    if (names_has_note(w, key) || !names_said_before(n, key, &said))
        return;
    names_said_key(key, name);
    snprintf(value, sizeof value, "%" PRId64 " fine 0 ", (int64_t)said.when);
    facts_set(out, name, names_is_due(n, said.when) ? NULL : value);
}

void names_said_keep(const struct names_said *n, const struct resolved *w, struct fact_set *out)
{
    for (size_t i = 0; i < w->note_count; i++)
        names_keep_note(&w->notes[i], out);
    for (size_t i = 0; i < w->item_count; i++)
        names_keep_fine(n, w, w->items[i].key, out);
    names_keep_fine(n, w, RESOLVE_HIDDEN, out);
}
