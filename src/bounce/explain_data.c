/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static bool kind_of(const char *word, enum explain_kind *out)
{
    for (int k = 0; k < EXPLAIN_KIND_COUNT; k++)
        if (strcmp(word, explain_kind_word((enum explain_kind)k)) == 0) {
            *out = (enum explain_kind)k;
            return true;
        }
    return false;
}

static bool confidence_of(const char *word, enum explain_confidence *out)
{
    for (int c = 0; c < EXPLAIN_CONFIDENCE_COUNT; c++)
        if (strcmp(word, explain_confidence_word((enum explain_confidence)c)) == 0) {
            *out = (enum explain_confidence)c;
            return true;
        }
    return false;
}

static bool load_words(const json_t *o, const char *key, const char ***words, size_t *count,
                       struct error *err)
{
    const json_t *array = json_object_get(o, key);
    size_t n = json_array_size(array);
    *words = mem_array(n, sizeof **words);
    for (; *count < n; (*count)++) {
        (*words)[*count] = json_string_value(json_array_get(array, *count));
        if (!(*words)[*count])
            return error_set(err, ERR_CONFIG, "bounces.json: %s must be strings", key);
    }
    return true;
}

static bool load_operator(const json_t *o, struct explain_operator *out, struct error *err)
{
    out->name = text_of(o, "name");
    out->title = text_of(o, "title");
    out->family = text_of(o, "family");
    out->lists = json_is_true(json_object_get(o, "lists"));
    if (!out->name[0])
        return error_set(err, ERR_CONFIG, "an operator without a name");
    const char *code = text_of(o, "code");
    if (!load_words(o, "hosts", &out->hosts, &out->host_count, err) ||
        !load_words(o, "marks", &out->marks, &out->mark_count, err) ||
        (code[0] && !match_compile(code, false, &out->code, err)))
        return false;
    const char *word;
    json_t *value;
    json_object_foreach(json_object_get(o, "defaults"), word, value)
    {
        enum explain_kind kind;
        if (!kind_of(word, &kind))
            return error_set(err, ERR_CONFIG, "operator %s: kind “%s”", out->name, word);
        out->defaults[kind] = (struct explain_default){
            true, text_of(value, "meaning"), text_of(value, "url"), text_of(value, "advice")};
    }
    return true;
}

static bool operator_known(const struct explain *e, const char *name)
{
    for (size_t i = 0; i < e->operator_count; i++)
        if (strcmp(e->operators[i].name, name) == 0)
            return true;
    return !name[0] || strcmp(name, "unknown") == 0;
}

static bool load_row(struct explain *e, const json_t *o, size_t number, struct error *err)
{
    struct explain_row *r = &e->rows[number];
    *r = (struct explain_row){
        .id = text_of(o, "id"),
        .operator= text_of(o, "operator"),
        .pattern = text_of(o, "pattern"),
        .list = text_of(o, "list"),
        .code = text_of(o, "code"),
        .meaning = text_of(o, "meaning"),
        .url = text_of(o, "url"),
        .advice = text_of(o, "advice"),
        .reply = text_of(o, "reply")[0],
        .generic = json_is_true(json_object_get(o, "generic")),
        .either = json_is_true(json_object_get(o, "either")),
    };
    const char *status = text_of(o, "status");
    r->zones = strcmp(r->pattern, "@ZONE@") == 0;
    if (!kind_of(text_of(o, "kind"), &r->kind) ||
        !confidence_of(text_of(o, "confidence"), &r->confidence) || !r->meaning[0] ||
        !operator_known(e, r->operator) || (!r->pattern[0] && !status[0]))
        return error_set(err, ERR_CONFIG,
                         "row “%s”: kind, confidence, operator, meaning or pattern is no good",
                         r->id);
    if (r->pattern[0] && !r->zones && !match_compile(r->pattern, false, &r->regex, err))
        return false;
    if (status[0]) {
        struct buf anchored;
        buf_init(&anchored, 512);
        buf_fmt(&anchored, "^(?:%s)$", status);
        bool ok = match_compile(buf_text(&anchored), false, &r->status, err);
        buf_fini(&anchored);
        if (!ok)
            return false;
    }
    size_t i;
    json_t *word;
    json_array_foreach(json_object_get(o, "literals"), i, word) if (json_is_string(word))
        filter_add(e->words, json_string_value(word), (unsigned)number);
    return true;
}

/* "Spamhaus Project" → "spamhaus-project" */
static char *operator_word(const char *name)
{
    char *out = mem_alloc(strlen(name) + 8);
    size_t n = 0;
    for (; *name; name++) {
        if (isalnum((unsigned char)*name))
            out[n++] = (char)tolower((unsigned char)*name);
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
    if (n == 0)
        memcpy(out, "unknown", 8);
    return out;
}

static void load_gate(struct explain *e, const json_t *root)
{
    static const struct {
        const char *key;
        enum gate gate;
    } lists[] = {{"gate", GATE_WEAK},
                 {"refusal", GATE_REFUSAL},
                 {"own", GATE_OWN},
                 {"own-weak", GATE_OWN_WEAK},
                 {"fine", GATE_FINE}};
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
        size_t i;
        json_t *word;
        json_array_foreach(json_object_get(root, lists[l].key), i, word) if (json_is_string(word))
            filter_add(e->gate, json_string_value(word), lists[l].gate);
    }
    filter_build(e->gate);
}

bool explain_load(struct explain *e, const char *json, size_t len, struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &problem);
    e->root = root;
    if (!root)
        return error_at(err, ERR_CONFIG, "bounces.json", problem.line, "%s", problem.text);
    const json_t *operators = json_object_get(root, "operators");
    const json_t *rows = json_object_get(root, "patterns");
    size_t n = json_array_size(operators), count = json_array_size(rows);
    if (n == 0 || count == 0 || count + e->zone_count > FILTER_WORDS)
        return error_set(err, ERR_CONFIG, "bounces.json: no patterns, or too many");
    e->operators = mem_array(n, sizeof *e->operators);
    e->rows = mem_array(count, sizeof *e->rows);
    for (size_t i = 0; i < n; i++) {
        e->operator_count = i + 1;
        if (!load_operator(json_array_get(operators, i), &e->operators[i], err))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        e->row_count = i + 1;
        if (!load_row(e, json_array_get(rows, i), i, err))
            return false;
    }
    e->zone_operators = mem_array(e->zone_count, sizeof *e->zone_operators);
    for (size_t z = 0; z < e->zone_count; z++) {
        filter_add(e->words, e->zones[z].zone, (unsigned)(count + z));
        e->zone_operators[z] = operator_word(e->zones[z].operator);
    }
    filter_build(e->words);
    load_gate(e, root);
    return true;
}
