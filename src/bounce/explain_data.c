/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"
#include "repmon/data.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *explain_text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static bool explain_kind_of(const char *word, enum explain_kind *out)
{
    for (int k = 0; k < EXPLAIN_KIND_COUNT; k++)
        if (strcmp(word, explain_kind_word((enum explain_kind)k)) == 0) {
            *out = (enum explain_kind)k;
            return true;
        }
    return false;
}

static bool explain_confidence_of(const char *word, enum explain_confidence *out)
{
    for (int c = 0; c < EXPLAIN_CONFIDENCE_COUNT; c++)
        if (strcmp(word, explain_confidence_word((enum explain_confidence)c)) == 0) {
            *out = (enum explain_confidence)c;
            return true;
        }
    return false;
}

/* Where a table comes from, for errors. */
struct explain_table {
    const char *name; /* "bounces.json" */
    const char *text;
    size_t len;
    json_t *root;
    bool own; /* an administrator's: fully checked, and its rows know their line */
};

/* The line on which object number `wanted` of the array `key` begins: jansson does not keep line
 * numbers of well-formed input. */
static unsigned explain_object_line(const struct explain_table *t, const char *key, size_t wanted)
{
    unsigned line = 1;
    size_t depth = 0, seen = 0, key_len = strlen(key);
    bool in_string = false, in_array = false;
    const char *string = NULL, *last = NULL;
    for (const char *p = t->text, *end = t->text + t->len; p < end; p++) {
        line += *p == '\n';
        if (in_string) {
            if (*p == '\\')
                p++;
            else if (*p == '"') {
                in_string = false;
                last = string;
            }
        } else if (*p == '"') {
            in_string = true;
            string = p + 1;
        } else if (*p == '{' || *p == '[') {
            if (*p == '[' && depth == 1)
                in_array = last && strncmp(last, key, key_len) == 0 && last[key_len] == '"';
            if (*p == '{' && depth == 2 && in_array && seen++ == wanted)
                return line;
            depth++;
        } else if (*p == '}' || *p == ']') {
            depth -= depth > 0;
        }
    }
    return 0;
}

static bool explain_bad_object(const struct explain_table *t, const char *key, size_t number,
                               struct error *err, const char *what, const char *name)
{
    return error_at(err, ERR_CONFIG, t->name, (int)explain_object_line(t, key, number),
                    "%s “%.60s”", what, name);
}

static bool explain_load_words(const json_t *o, const char *key, const char ***words, size_t *count)
{
    const json_t *array = json_object_get(o, key);
    size_t n = json_array_size(array);
    *words = mem_array(n, sizeof **words);
    for (; *count < n; (*count)++) {
        (*words)[*count] = json_string_value(json_array_get(array, *count));
        if (!(*words)[*count])
            return false;
    }
    return true;
}

/* A row with a misspelt key would never do what was meant. */
static bool explain_keys_known(const json_t *o, const char *const *keys, const char **bad)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)o, key, value)
    {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i]) {
            *bad = key;
            return false;
        }
    }
    return true;
}

static bool explain_load_operator(const struct explain_table *t, size_t number,
                                  struct explain_operator *out, struct error *err)
{
    static const char *const keys[] = {"name",  "title", "family",  "hosts", "marks",    "lists",
                                       "vague", "as",    "aliases", "code",  "defaults", NULL};
    const json_t *o = json_array_get(json_object_get(t->root, "operators"), number);
    const char *bad = "";
    out->name = explain_text_of(o, "name");
    out->title = explain_text_of(o, "title");
    out->family = explain_text_of(o, "family");
    out->as = explain_text_of(o, "as");
    out->lists = json_is_true(json_object_get(o, "lists"));
    out->vague = json_is_true(json_object_get(o, "vague"));
    if (!explain_keys_known(o, keys, &bad))
        return explain_bad_object(t, "operators", number, err, "an operator has no key", bad);
    if (!out->name[0])
        return explain_bad_object(t, "operators", number, err, "an operator needs a name", "");
    if (!explain_load_words(o, "hosts", &out->hosts, &out->host_count) ||
        !explain_load_words(o, "marks", &out->marks, &out->mark_count) ||
        !explain_load_words(o, "aliases", &out->aliases, &out->alias_count))
        return explain_bad_object(t, "operators", number, err,
                                  "hosts, marks and aliases must be strings: operator", out->name);
    const char *code = explain_text_of(o, "code");
    if (code[0] && !match_compile(code, false, &out->code, err))
        return false;
    const char *word;
    json_t *value;
    json_object_foreach(json_object_get(o, "defaults"), word, value)
    {
        enum explain_kind kind;
        if (!explain_kind_of(word, &kind))
            return explain_bad_object(t, "operators", number, err, "not a kind:", word);
        out->defaults[kind] = (struct explain_default){true, explain_text_of(value, "meaning"),
                                                       explain_text_of(value, "url"),
                                                       explain_text_of(value, "advice")};
    }
    return true;
}

static bool explain_load_status(const char *status, struct explain_row *r, struct error *err)
{
    struct buf anchored;
    buf_init(&anchored, 512);
    buf_fmt(&anchored, "^(?:%s)$", status);
    bool ok = match_compile(buf_text(&anchored), false, &r->status, err);
    buf_fini(&anchored);
    return ok;
}

static bool explain_flag(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static void explain_read_row(const json_t *o, struct explain_row *r)
{
    *r = (struct explain_row){
        .id = explain_text_of(o, "id"),
        .operator= explain_text_of(o, "operator"),
        .pattern = explain_text_of(o, "pattern"),
        .list = explain_text_of(o, "list"),
        .code = explain_text_of(o, "code"),
        .meaning = explain_text_of(o, "meaning"),
        .url = explain_text_of(o, "url"),
        .advice = explain_text_of(o, "advice"),
        .reply = explain_text_of(o, "reply")[0],
        .generic = explain_flag(o, "generic"),
        .either = explain_flag(o, "either"),
        .decisive = explain_flag(o, "decisive"),
        .anywhere = explain_flag(o, "anywhere"),
        .at_host = explain_flag(o, "at_host"),
        .named = explain_flag(o, "named"),
        .link = explain_flag(o, "link"),
        .file = "",
    };
    r->zones = strcmp(r->pattern, "@ZONE@") == 0;
}

static bool explain_are_strings(const json_t *array)
{
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item) if (!json_is_string(item)) return false;
    return !array || json_is_array(array);
}

/* What is wrong with a row, in words; NULL: nothing. *name is what the words are about. */
static const char *explain_row_fault(struct explain *e, const json_t *o, struct explain_row *r,
                                     const char **name)
{
    static const char *const keys[] = {
        "id",       "operator", "kind",   "literals", "pattern", "list",       "code",
        "meaning",  "url",      "advice", "reply",    "generic", "either",     "decisive",
        "anywhere", "at_host",  "named",  "link",     "status",  "confidence", NULL};
    *name = r->id;
    if (!r->id[0])
        return "a row needs an id";
    if (!explain_keys_known(o, keys, name))
        return "a row has no key";
    if (!explain_kind_of(explain_text_of(o, "kind"), &r->kind)) {
        *name = explain_text_of(o, "kind");
        return "not a kind:";
    }
    if (explain_text_of(o, "confidence")[0] &&
        !explain_confidence_of(explain_text_of(o, "confidence"), &r->confidence)) {
        *name = explain_text_of(o, "confidence");
        return "confidence must be high, medium or low, not";
    }
    if (!r->meaning[0] || !r->advice[0])
        return "meaning and advice are missing: row";
    if (!r->pattern[0] && !explain_text_of(o, "status")[0])
        return "pattern or status is missing: row";
    if (!explain_are_strings(json_object_get(o, "literals")))
        return "literals must be strings: row";
    if (r->operator[0] && strcmp(r->operator, "unknown") != 0) {
        r->who = explain_operator_of(e, r->operator);
        if (!r->who) {
            *name = r->operator;
            return "operator not in the table:";
        }
    }
    if (r->generic && r->decisive)
        return "a general row can't be decisive: row";
    return NULL;
}

/* A row without a literal to look for first is tried on every text. */
static void explain_add_literals(struct filter *words, const json_t *literals, unsigned row)
{
    size_t i;
    json_t *word;
    bool any = false;
    json_array_foreach(literals, i, word)
    {
        any |= filter_add(words, json_string_value(word), row);
    }
    for (const char *c = "0 123456789e"; *c && !any; c++)
        filter_add(words, (char[]){*c, '\0'}, row);
}

static bool explain_load_row(struct explain *e, const struct explain_table *t, size_t number,
                             size_t slot, struct error *err)
{
    const json_t *o = json_array_get(json_object_get(t->root, "patterns"), number);
    struct explain_row *r = &e->rows[slot];
    const char *name, *status = explain_text_of(o, "status");
    explain_read_row(o, r);
    r->confidence = EXPLAIN_MEDIUM;
    const char *fault = explain_row_fault(e, o, r, &name);
    if (fault)
        return explain_bad_object(t, "patterns", number, err, fault, name);
    if (t->own) {
        r->file = t->name;
        r->line = explain_object_line(t, "patterns", number);
    }
    struct error bad = {0};
    if ((t->own && r->pattern[0] && !r->zones &&
         !match_compile(r->pattern, false, &r->regex, &bad)) ||
        (status[0] && !explain_load_status(status, r, &bad)))
        return error_at(err, ERR_CONFIG, t->name, (int)explain_object_line(t, "patterns", number),
                        "%s", bad.text);
    explain_add_literals(e->words, json_object_get(o, "literals"), (unsigned)slot);
    return true;
}

/* "Spamhaus Project" → "spamhaus-project" */
static char *explain_operator_word(const char *name)
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

static void explain_load_gate(struct explain *e, const json_t *root)
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

static bool explain_open_table(struct explain_table *t, struct error *err)
{
    json_error_t problem;
    t->root = json_loadb(t->text, t->len, JSON_REJECT_DUPLICATES, &problem);
    return t->root || error_at(err, ERR_CONFIG, t->name, problem.line, "%s", problem.text);
}

static bool explain_load_operators(struct explain *e, const struct explain_table *t,
                                   struct error *err)
{
    size_t n = json_array_size(json_object_get(t->root, "operators"));
    for (size_t i = 0; i < n; i++)
        if (!explain_load_operator(t, i, &e->operators[e->operator_count++], err))
            return false;
    return true;
}

static bool explain_load_rows(struct explain *e, const struct explain_table *t, struct error *err)
{
    size_t n = json_array_size(json_object_get(t->root, "patterns"));
    for (size_t i = 0; i < n; i++)
        if (!explain_load_row(e, t, i, e->row_count++, err))
            return false;
    return true;
}

static void explain_load_zones(struct explain *e)
{
    e->zone_operators = mem_array(e->zone_count, sizeof *e->zone_operators);
    for (size_t z = 0; z < e->zone_count; z++) {
        filter_add(e->words, e->zones[z].zone, (unsigned)(e->row_count + z));
        e->zone_operators[z] = explain_operator_word(e->zones[z].operator);
    }
    filter_build(e->words);
}

static size_t explain_count_of(const struct explain_table *t, const char *key)
{
    return json_array_size(json_object_get(t->root, key));
}

bool explain_load(struct explain *e, const struct explain_setup *setup, struct error *err)
{
    struct explain_table own = {setup->extra_name, setup->extra, setup->extra_len, NULL, true};
    struct explain_table table = {"bounces.json", setup->json, setup->len, NULL, false};
    if (!setup->json) {
        table.text = (const char *)data_bounces;
        table.len = data_bounces_len;
    }
    bool opened = explain_open_table(&table, err);
    e->root = table.root;
    if (!opened)
        return false;
    if (setup->extra_name && !explain_open_table(&own, err))
        return false;
    e->extra = own.root;
    size_t rows = explain_count_of(&table, "patterns"), more = explain_count_of(&own, "patterns");
    size_t operators = explain_count_of(&table, "operators");
    if (rows == 0 || operators == 0)
        return error_set(err, ERR_CONFIG, "bounces.json: no patterns");
    if (setup->extra_name && more == 0)
        return error_at(err, ERR_CONFIG, own.name, 1, "no “patterns”: see refusals in the manual");
    if (rows + more + e->zone_count > FILTER_WORDS)
        return error_set(err, ERR_CONFIG, "%s: too many patterns, %d at most",
                         more ? own.name : table.name, FILTER_WORDS);
    e->operators = mem_array(operators + explain_count_of(&own, "operators"), sizeof *e->operators);
    e->rows = mem_array(rows + more, sizeof *e->rows);
    if (!explain_load_operators(e, &own, err) || !explain_load_operators(e, &table, err))
        return false;
    if (!explain_load_rows(e, &own, err) || !explain_load_rows(e, &table, err))
        return false;
    explain_load_zones(e);
    explain_load_gate(e, e->root);
    return true;
}
