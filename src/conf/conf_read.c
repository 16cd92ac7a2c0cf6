/* SPDX-License-Identifier: ISC */
/* Walks a file: opens sections, finds keys in the table, collects every error. */
#include "conf_parse.h"

#include "conf_lex.h"
#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64 /* of an account or channel: a metrics label, a part of an id */

void conf_show_section(const struct conf_reader *r, size_t section,
                       char out[static CONF_SECTION_SHOWN])
{
    const struct conf_section *s = conf_sections[section];
    if (s->named && section == r->section && *r->name)
        snprintf(out, CONF_SECTION_SHOWN, "%s \"%s\"", s->word, r->name);
    else
        snprintf(out, CONF_SECTION_SHOWN, "%s", s->shown);
}

bool conf_complain(struct conf_reader *r, int line, size_t section, const char *key,
                   const char *what)
{
    char shown[CONF_SECTION_SHOWN];
    conf_show_section(r, section, shown);
    return errors_add(r->errors, ERR_CONFIG, r->c->path, line, "[%s]%s%s: %s", shown,
                      key ? " " : "", key ? key : "", what);
}

/* Index of a key in its section; the number of keys if there is no such key. */
static size_t conf_find_key(size_t section, const char *word)
{
    const struct conf_section *s = conf_sections[section];
    size_t i = 0;
    while (i < s->key_count && strcmp(s->keys[i].info.key, word) != 0)
        i++;
    return i;
}

bool conf_has_key(size_t section, const char *word)
{
    return conf_find_key(section, word) < conf_sections[section]->key_count;
}

int conf_given(const struct conf_reader *r, const char *key)
{
    if (!conf_has_key(r->section, key))
        abort();
    return r->seen[r->section][conf_find_key(r->section, key)];
}

void conf_defaults(struct conf_reader *r, size_t section, void *base)
{
    const struct conf_section *s = conf_sections[section];
    if (s->key_count > CONF_SECTION_KEYS)
        abort();
    for (size_t i = 0; i < s->key_count; i++) {
        const struct conf_key *k = &s->keys[i];
        struct error err = {0};
        if (!k->prose && *k->info.default_text &&
            !k->parse(r, k, (char *)base + k->field, k->info.default_text, &err))
            abort();
    }
}

/* ---- the rows of sections with a name, in struct conf ---- */

struct conf_list conf_list_of(const struct conf *c, const struct conf_section *s)
{
    struct conf_list list;
    memcpy(&list.rows, (const char *)c + s->rows.list, sizeof list.rows);
    memcpy(&list.count, (const char *)c + s->rows.count, sizeof list.count);
    return list;
}

void conf_list_set(struct conf *c, const struct conf_section *s, struct conf_list list)
{
    memcpy((char *)c + s->rows.list, &list.rows, sizeof list.rows);
    memcpy((char *)c + s->rows.count, &list.count, sizeof list.count);
}

char *conf_row_name(const struct conf_section *s, const void *row)
{
    char *name;
    memcpy(&name, (const char *)row + s->rows.name, sizeof name);
    return name;
}

/* ---- sections ---- */

/* The row of a section, by its word and whether it has a name; an error if only that is wrong. */
static bool conf_find_section(struct conf_reader *r, const struct conf_item *item, size_t *out)
{
    size_t other = SECTION_NONE;
    for (size_t i = 0; i < conf_section_count; i++) {
        if (strcmp(conf_sections[i]->word, item->word) != 0)
            continue;
        if (conf_sections[i]->named == (item->name != NULL)) {
            *out = i;
            return true;
        }
        other = i;
    }
    if (other == SECTION_NONE) {
        conf_unknown_section(r, item);
        return false;
    }
    r->meant = other;
    conf_complain(r, item->line, r->meant, NULL,
                  conf_sections[other]->named ? "the section needs a name in quotes"
                                              : "the section takes no name");
    return false;
}

static bool conf_plain_name(const char *given, char out[static CONF_NAME_MAX], struct error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_.-";
    size_t len = strlen(given);
    if (len > NAME_MAX_BYTES || strspn(given, letters) != len)
        return error_set(err, ERR_CONFIG,
                         "the name must have at most 64 letters, digits, dots, - and _");
    memcpy(out, given, len + 1);
    return true;
}

static bool conf_section_name(struct conf_reader *r, const struct conf_item *item, size_t id,
                              char out[static CONF_NAME_MAX])
{
    const struct conf_section *s = conf_sections[id];
    struct error err = {0};
    bool ok = s->name ? s->name(item->name, out, &err) : conf_plain_name(item->name, out, &err);
    return ok || conf_complain(r, item->line, id, NULL, err.text);
}

/* Line of an earlier section of the same name; channels share one space of names. */
static int conf_earlier(const struct conf *c, size_t id, const char *name)
{
    const struct conf_section *s = conf_sections[id];
    struct conf_list list = conf_list_of(c, s);
    for (size_t i = 0; i < list.count; i++) {
        const char *row = list.rows + i * s->rows.size;
        if (strcmp(conf_row_name(s, row), name) == 0)
            return ((const struct conf_place *)(const void *)(row + s->rows.at))->line;
    }
    return 0;
}

static void conf_again(struct conf_reader *r, int line, size_t id, int first)
{
    char text[128];
    snprintf(text, sizeof text, "duplicate %s (first on line %d)",
             conf_sections[id]->channel ? "channel name" : "section", first);
    conf_complain(r, line, id, NULL, text);
}

char *conf_list_name(const char *account, const char *what)
{
    struct buf b;
    buf_init(&b, LIMIT_CONF_LINE + 16);
    buf_str(&b, account);
    buf_str(&b, what);
    return buf_take(&b);
}

static void conf_open_named(struct conf_reader *r, size_t id, const char *name)
{
    const struct conf_section *s = conf_sections[id];
    struct conf_list list = conf_list_of(r->c, s);
    struct conf_place at = {r->c->path, r->section_line};
    char *own = mem_dup(name);
    list.rows = mem_grow(list.rows, list.count + 1, s->rows.size);
    char *row = list.rows + list.count++ * s->rows.size;
    memset(row, 0, s->rows.size);
    memcpy(row + s->rows.name, &own, sizeof own);
    memcpy(row + s->rows.at, &at, sizeof at);
    conf_list_set(r->c, s, list);
    r->base = row;
    r->array = (void *const *)(void *)((char *)r->c + s->rows.list);
    memset(r->seen[id], 0, sizeof r->seen[id]);
    conf_defaults(r, id, row);
}

static void conf_open_section(struct conf_reader *r, const struct conf_item *item)
{
    char name[CONF_NAME_MAX];
    size_t id;
    *r->name = '\0';
    r->meant = SECTION_NONE;
    r->skip =
        !conf_find_section(r, item, &id) || (item->name && !conf_section_name(r, item, id, name));
    if (r->skip)
        return;
    r->section = id;
    r->section_line = item->line;
    if (item->name)
        snprintf(r->name, sizeof r->name, "%s", name);
    r->base = r->c;
    r->array = NULL;
    int first = item->name ? conf_earlier(r->c, id, name) : r->plain[id];
    if (first)
        conf_again(r, item->line, id, first);
    if (item->name)
        conf_open_named(r, id, name);
    else if (!r->plain[id])
        r->plain[id] = item->line;
    if (conf_sections[id]->open)
        conf_sections[id]->open(r);
}

static void conf_close_section(struct conf_reader *r)
{
    if (r->section != SECTION_NONE && !r->skip && conf_sections[r->section]->named)
        conf_check_section(r);
}

/* ---- keys ---- */

/* A malformed line; its key is shown only if it is one of ours, and so no secret. */
static void conf_bad_line(struct conf_reader *r, const struct conf_item *item, const char *what)
{
    if (!r->skip && item->word && r->section != SECTION_NONE &&
        conf_has_key(r->section, item->word))
        conf_complain(r, item->line, r->section, item->word, what);
    else
        errors_add(r->errors, ERR_CONFIG, r->c->path, item->line, "%s", what);
}

/* Quotes around a value would be part of it; words of a command may have them. */
static bool conf_is_quoted(const char *key, const char *value)
{
    size_t len = strlen(value);
    return len >= 2 && strcmp(key, "command") != 0 && strchr("\"'", *value) &&
           value[len - 1] == *value;
}

/* Checks the keys of a misspelt section, so that its other mistakes show in the same pass. */
static void conf_read_skipped(struct conf_reader *r, const struct conf_item *item)
{
    size_t before = r->section;
    if (r->meant == SECTION_NONE || conf_has_key(r->meant, item->word))
        return;
    r->section = r->meant;
    conf_unknown_key(r, item);
    r->section = before;
}

static void conf_read_key(struct conf_reader *r, const struct conf_item *item)
{
    if (r->section == SECTION_NONE && !r->skip) {
        errors_add(
            r->errors, ERR_CONFIG, r->c->path, item->line, "%s%sa key before the first [section]",
            conf_may_show(item->word) ? item->word : "", conf_may_show(item->word) ? ": " : "");
        return;
    }
    if (r->skip) {
        conf_read_skipped(r, item);
        return;
    }
    size_t at = conf_find_key(r->section, item->word);
    if (at == conf_sections[r->section]->key_count) {
        conf_unknown_key(r, item);
        return;
    }
    const struct conf_key *k = &conf_sections[r->section]->keys[at];
    int *seen = &r->seen[r->section][at], first = *seen;
    *seen = first ? first : item->line;
    struct error err = {0};
    char text[128];
    if (first && !k->info.repeatable) {
        snprintf(text, sizeof text, "given twice (first on line %d); only one value is allowed",
                 first);
        conf_complain(r, item->line, r->section, k->info.key, text);
    } else if (!*item->value) {
        conf_complain(r, item->line, r->section, k->info.key, "the value is missing");
    } else if (conf_is_quoted(k->info.key, item->value)) {
        conf_complain(r, item->line, r->section, k->info.key, "write the value without quotes");
    } else {
        r->line = item->line;
        if (!k->parse(r, k, (char *)r->base + k->field, item->value, &err))
            conf_complain(r, item->line, r->section, k->info.key, err.text);
        else if (k->has)
            *(bool *)((char *)r->base + k->has) = true;
    }
}

/* ---- the file ---- */

static void conf_read_items(struct conf_reader *r, const char *text, size_t len)
{
    struct conf_lex lex;
    struct conf_item item;
    struct error err = {0};
    enum conf_lex_kind kind;
    conf_lex_init(&lex, text, len);
    while ((kind = conf_lex_next(&lex, &item, &err)) != CONF_LEX_END) {
        if (kind == CONF_LEX_SECTION || kind == CONF_LEX_BAD_SECTION)
            conf_close_section(r);
        if (kind == CONF_LEX_SECTION)
            conf_open_section(r, &item);
        else if (kind == CONF_LEX_KEY)
            conf_read_key(r, &item);
        else
            conf_bad_line(r, &item, err.text);
        if (kind == CONF_LEX_BAD_SECTION) {
            r->skip = true; /* its keys must not fall into the section before it */
            r->meant = SECTION_NONE;
        }
        err = (struct error){0};
    }
    conf_close_section(r);
    conf_lex_fini(&lex);
}

static char *conf_folder_of(const char *path)
{
    struct buf dir;
    buf_init(&dir, SIZE_MAX / 2);
    const char *slash = strrchr(path, '/');
    char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    buf_fmt(&dir, "%s%s%.*s", here ? here : "", slash && here ? "/" : "",
            slash ? (int)(slash - path) : 0, path);
    free(here);
    return buf_take(&dir);
}

/* Checks that look at a whole section come last: a stable sort puts them where they belong. */
static void conf_sort_by_line(struct errors *errors)
{
    for (size_t i = 1; i < errors->count; i++) {
        struct error moving = errors->items[i];
        size_t j = i;
        for (; j > 0 && errors->items[j - 1].line > moving.line; j--)
            errors->items[j] = errors->items[j - 1];
        errors->items[j] = moving;
    }
}

bool conf_read(const char *path, const char *text, size_t len, bool open_to_others,
               struct conf *out, struct errors *errors, struct errors *warnings)
{
    struct errors own = {0}, *before = errors;
    struct conf_reader r = {.c = out,
                            .errors = &own,
                            .warnings = warnings,
                            .section = SECTION_NONE,
                            .open_to_others = open_to_others};
    conf_init(out);
    out->path = mem_dup(path);
    r.dir = conf_folder_of(path);
    conf_read_items(&r, text, len);
    conf_check_file(&r);
    for (size_t i = 0; i < r.pending_count; i++) {
        conf_read_secret(&r, &r.pending[i]);
        free(r.pending[i].path);
        free(r.pending[i].section);
    }
    free(r.pending);
    free(r.dir);
    conf_sort_by_line(&own);
    for (size_t i = 0; i < own.count; i++)
        errors_take(before, &own.items[i]);
    before->dropped += own.dropped;
    bool ok = own.count == 0;
    errors_fini(&own);
    if (!ok)
        conf_fini(out);
    return ok;
}
