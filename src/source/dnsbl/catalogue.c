/* SPDX-License-Identifier: ISC */
#include "repmon/catalogue.h"

#include "catalogue_fields.h"
#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/data.h"
#include "repmon/file.h"
#include "repmon/limits.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define VERSION       1
#define MAX_CODES     512 /* of one list */
#define MAX_SHORT     64  /* errors, replaced zones */
#define MAX_DEAD      4096
#define MAX_RATE      1e6
#define MAX_DAILY     1e12
#define MAX_SCORE     100
#define MAX_TRUST     100
#define EMBEDDED_NAME "built-in catalogue"

#define AT(type, member) offsetof(struct type, member)

static const struct field code_fields[] = {
    {"match", FIELD_MATCH, true, AT(catalogue_code, match), 0},
    {"name", FIELD_TEXT, true, AT(catalogue_code, name), 0},
    {"meaning", FIELD_TEXT, false, AT(catalogue_code, meaning), 0},
    {"severity", FIELD_SEVERITY, true, AT(catalogue_code, severity), 0},
    {"score", FIELD_SMALL, false, AT(catalogue_code, score), MAX_SCORE},
    {"trust", FIELD_SMALL, false, AT(catalogue_code, trust), MAX_TRUST},
    {"advice", FIELD_TEXT, false, AT(catalogue_code, advice), 0},
};

static const struct field error_fields[] = {
    {"match", FIELD_MATCH, true, AT(catalogue_error, match), 0},
    {"meaning", FIELD_TEXT, true, AT(catalogue_error, meaning), 0},
    {"cure", FIELD_TEXT, false, AT(catalogue_error, cure), 0},
};

/* What a list object holds besides plain fields. */
struct list_extra {
    struct catalogue_list list;
    uint64_t unit6;
    const char *score;
};
#define LIST(member) (offsetof(struct list_extra, list) + offsetof(struct catalogue_list, member))

static const struct field list_fields[] = {
    {"zone", FIELD_ZONE, true, LIST(zone), 0},
    {"zone6", FIELD_ZONE, false, LIST(zone6), 0},
    {"name", FIELD_TEXT, true, LIST(name), 0},
    {"operator", FIELD_TEXT, true, LIST(operator), 0},
    {"kind", FIELD_LIST_KIND, true, LIST(kind), 0},
    {"severity", FIELD_SEVERITY, true, LIST(severity), 0},
    {"domains", FIELD_BOOL, false, LIST(domains), 0},
    {"parents", FIELD_BOOL, false, LIST(parents), 0},
    {"families", FIELD_OTHER, true, 0, 0},
    {"unit6", FIELD_COUNT, true, AT(list_extra, unit6), 128},
    {"default", FIELD_BOOL, true, LIST(in_default), 0},
    {"status", FIELD_TEXT, true, LIST(status), 0},
    {"confidence", FIELD_TEXT, true, LIST(confidence), 0},
    {"score", FIELD_TEXT, false, AT(list_extra, score), 0},
    {"codes", FIELD_OTHER, true, 0, 0},
    {"errors", FIELD_OTHER, true, 0, 0},
    {"test", FIELD_OTHER, true, 0, 0},
    {"rate", FIELD_NUMBER, false, LIST(rate), MAX_RATE},
    {"daily", FIELD_COUNT, false, LIST(daily), MAX_DAILY},
    {"needs_key", FIELD_BOOL, true, LIST(needs_key), 0},
    {"needs_registration", FIELD_BOOL, true, LIST(needs_registration), 0},
    {"public_resolver_ok", FIELD_TRISTATE, false, LIST(public_resolver), 0},
    {"lookup_url", FIELD_URL, false, LIST(lookup_url), 0},
    {"delist_url", FIELD_URL, false, LIST(delist_url), 0},
    {"replaces", FIELD_OTHER, false, 0, 0},
    {"advice", FIELD_TEXT, false, LIST(advice), 0},
    {"cure", FIELD_TEXT, false, LIST(cure), 0},
    {"notes", FIELD_TEXT, false, LIST(notes), 0},
};

struct test_texts {
    const char *listed, *clean;
};
static const struct field test_fields[] = {
    {"listed", FIELD_TEXT_NULL, false, AT(test_texts, listed), 0},
    {"answers", FIELD_OTHER, false, 0, 0},
    {"clean", FIELD_TEXT_NULL, false, AT(test_texts, clean), 0},
};

struct dead_extra {
    struct catalogue_dead dead;
    const char *confidence;
};
#define DEAD(member) (offsetof(struct dead_extra, dead) + offsetof(struct catalogue_dead, member))
static const struct field dead_fields[] = {
    {"zone", FIELD_ZONE, true, DEAD(zone), 0},
    {"suffix", FIELD_BOOL, true, DEAD(suffix), 0},
    {"since", FIELD_TEXT, true, DEAD(since), 0},
    {"behaviour", FIELD_TEXT, true, DEAD(behaviour), 0},
    {"reason", FIELD_TEXT, false, DEAD(reason), 0},
    {"confidence", FIELD_TEXT, false, AT(dead_extra, confidence), 0},
};

static const struct field no_dns_fields[] = {
    {"name", FIELD_TEXT, true, AT(catalogue_no_dns, name), 0},
    {"url", FIELD_URL, true, AT(catalogue_no_dns, url), 0},
    {"note", FIELD_TEXT, false, AT(catalogue_no_dns, note), 0},
};

struct root_extra {
    struct catalogue catalogue;
    uint64_t version;
};
static const struct field root_fields[] = {
    {"version", FIELD_COUNT, true, AT(root_extra, version), 1e6},
    {"as_of", FIELD_TEXT, true, offsetof(struct root_extra, catalogue.as_of), 0},
    {"lists", FIELD_OTHER, true, 0, 0},
    {"dead", FIELD_OTHER, false, 0, 0},
    {"domain_only", FIELD_OTHER, false, 0, 0},
    {"no_dns", FIELD_OTHER, false, 0, 0},
};

/* An array of objects, each read by a table into an array of structs. */
static bool catalogue_read_table(struct json_place *at, const json_t *object, const char *key,
                                 size_t max, const struct field *fields, size_t field_count,
                                 size_t size, void **items, size_t *item_count)
{
    const json_t *array;
    size_t count;
    if (!json_elements(at, object, key, max, &array, &count))
        return false;
    *items = mem_array(count, size);
    *item_count = count;
    for (size_t i = 0; i < count; i++) {
        size_t up = json_enter(at, "%s%s[%zu]", at->path[0] ? "." : "", key, i);
        if (!json_fields(at, json_array_get(array, i), fields, field_count,
                         (char *)*items + i * size))
            return false;
        json_leave(at, up);
    }
    return true;
}

static bool catalogue_read_zones(struct json_place *at, const json_t *object, const char *key,
                                 size_t max, const char ***zones, size_t *zone_count)
{
    const json_t *array;
    size_t count;
    if (!json_elements(at, object, key, max, &array, &count))
        return false;
    *zones = mem_array(count, sizeof **zones);
    *zone_count = count;
    for (size_t i = 0; i < count; i++) {
        size_t up = json_enter(at, "%s%s[%zu]", at->path[0] ? "." : "", key, i);
        if (!json_zone_value(at, json_array_get(array, i), &(*zones)[i]))
            return false;
        json_leave(at, up);
    }
    return true;
}

static bool catalogue_read_families(struct json_place *at, const json_t *object, bool domains,
                                    unsigned *families)
{
    const json_t *array;
    size_t count;
    if (!json_elements(at, object, "families", CATALOGUE_FAMILIES, &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        json_int_t family = json_integer_value(json_array_get(array, i));
        if (family != 4 && family != 6)
            return json_fail(at, "families must be 4 or 6");
        *families |= family == 4 ? FAMILY_4 : FAMILY_6;
    }
    if (domains && count > 0)
        return json_fail(at, "families must be empty: it lists domains");
    return domains || count > 0 || json_fail(at, "families is empty");
}

/* Family 0: a name. */
static bool catalogue_read_subject(const char *text, unsigned family, struct ip *out)
{
    char name[CONF_NAME_MAX];
    if (family)
        return ip_parse_raw(text, out) && out->family == family;
    if (!conf_name_parse(text, name))
        return false;
    *out = ip_of_name(name);
    return true;
}

static bool catalogue_read_point(struct json_place *at, const json_t *object, unsigned family,
                                 struct catalogue_point *listed, struct catalogue_clean *clean)
{
    struct test_texts texts = {0};
    const json_t *array;
    size_t count;
    if (!json_fields(at, object, test_fields, COUNT(test_fields), &texts) ||
        !json_elements(at, object, "answers", CATALOGUE_EXPECT, &array, &count))
        return false;
    listed->known = texts.listed != NULL;
    clean->known = texts.clean != NULL;
    bool read = (!listed->known || catalogue_read_subject(texts.listed, family, &listed->ip)) &&
                (!clean->known || catalogue_read_subject(texts.clean, family, &clean->ip));
    if (!read && !family)
        return json_fail(at, "a test name must be a domain name");
    if (!read)
        return json_fail(at, "a test address must be one of IPv%u", family);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text || !match_parse(text, &listed->expect[i], NULL))
            return json_fail(at, "answers[%zu] is not an answer pattern", i);
    }
    listed->expect_count = count;
    return true;
}

static bool catalogue_read_test_names(struct json_place *at, const json_t *test,
                                      struct catalogue_list *list)
{
    static const struct field name_fields[] = {{"name", FIELD_OTHER, false, 0, 0}};
    const json_t *point = json_object_get(test, "name");
    if (!json_fields(at, test, name_fields, COUNT(name_fields), NULL))
        return false;
    size_t up = json_enter(at, ".name");
    if (!point)
        return json_fail(at, "is missing");
    if (!catalogue_read_point(at, point, 0, &list->listed[0], &list->clean[0]))
        return false;
    json_leave(at, up);
    return true;
}

static bool catalogue_read_test(struct json_place *at, const json_t *object,
                                struct catalogue_list *list)
{
    static const struct field family_fields[] = {{"4", FIELD_OTHER, false, 0, 0},
                                                 {"6", FIELD_OTHER, false, 0, 0}};
    const json_t *test = json_object_get(object, "test");
    size_t up = json_enter(at, ".test");
    if (list->domains && !catalogue_read_test_names(at, test, list))
        return false;
    if (list->domains) {
        json_leave(at, up);
        return true;
    }
    if (!json_fields(at, test, family_fields, COUNT(family_fields), NULL))
        return false;
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++) {
        const json_t *point = json_object_get(test, family_fields[i].key);
        unsigned bit = i == 0 ? FAMILY_4 : FAMILY_6;
        if ((point != NULL) != ((list->families & bit) != 0))
            return json_fail(at, "must have one entry for each of the list's families");
        size_t deeper = json_enter(at, ".%s", family_fields[i].key);
        if (point &&
            !catalogue_read_point(at, point, i == 0 ? 4 : 6, &list->listed[i], &list->clean[i]))
            return false;
        json_leave(at, deeper);
    }
    json_leave(at, up);
    return true;
}

/* What comes from the object's tables and arrays; what was read before an error is kept. */
static bool catalogue_read_parts(struct json_place *at, const json_t *object,
                                 struct catalogue_list *list, void **codes, void **errors)
{
    if (!catalogue_read_table(at, object, "codes", MAX_CODES, code_fields, COUNT(code_fields),
                              sizeof(struct catalogue_code), codes, &list->code_count))
        return false;
    if (!catalogue_read_table(at, object, "errors", MAX_SHORT, error_fields, COUNT(error_fields),
                              sizeof(struct catalogue_error), errors, &list->error_count))
        return false;
    if (!catalogue_read_families(at, object, list->domains, &list->families))
        return false;
    if (!catalogue_read_test(at, object, list))
        return false;
    return catalogue_read_zones(at, object, "replaces", MAX_SHORT, &list->replaces,
                                &list->replace_count);
}

static bool catalogue_read_list(struct json_place *at, const json_t *object,
                                struct catalogue_list *out)
{
    struct list_extra extra = {0};
    void *codes = NULL, *errors = NULL;
    bool ok = json_fields(at, object, list_fields, COUNT(list_fields), &extra);
    if (ok) {
        json_enter(at, " (%s)", extra.list.zone);
        ok = catalogue_read_parts(at, object, &extra.list, &codes, &errors);
    }
    extra.list.codes = codes;
    extra.list.errors = errors;
    *out = extra.list; /* owned by the caller from here on, even after an error */
    if (!ok)
        return false;
    out->unit6 = (unsigned)extra.unit6;
    if (out->unit6 != 64 && out->unit6 != 128)
        return json_fail(at, "unit6 must be 64 or 128");
    out->score_octet = strcmp(extra.score, "octet") == 0;
    if (extra.score[0] && !out->score_octet)
        return json_fail(at, "score must be \"octet\" or absent");
    return true;
}

static void catalogue_list_fini(struct catalogue_list *list)
{
    free(list->codes);
    free(list->errors);
    free(list->replaces);
}

static bool catalogue_read_lists(struct json_place *at, const json_t *root, struct catalogue *c)
{
    const json_t *array;
    size_t count;
    if (!json_elements(at, root, "lists", LIMIT_LISTS, &array, &count))
        return false;
    c->lists = mem_array(count, sizeof *c->lists);
    for (size_t i = 0; i < count; i++) {
        size_t up = json_enter(at, "lists[%zu]", i);
        c->list_count = i + 1;
        if (!catalogue_read_list(at, json_array_get(array, i), &c->lists[i]))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(c->lists[j].zone, c->lists[i].zone) == 0)
                return json_fail(at, "the zone is in the catalogue twice");
        }
        json_leave(at, up);
    }
    return count > 0 || json_fail(at, "lists is empty");
}

static bool catalogue_read_dead(struct json_place *at, const json_t *root, struct catalogue *c)
{
    void *items = NULL;
    size_t count = 0;
    bool ok = catalogue_read_table(at, root, "dead", MAX_DEAD, dead_fields, COUNT(dead_fields),
                                   sizeof(struct dead_extra), &items, &count);
    c->dead = mem_array(count, sizeof *c->dead);
    for (size_t i = 0; ok && i < count; i++)
        c->dead[i] = ((struct dead_extra *)items)[i].dead;
    c->dead_count = ok ? count : 0;
    free(items);
    return ok;
}

static bool catalogue_read_root(struct json_place *at, const json_t *root, struct catalogue *out)
{
    struct root_extra extra = {0};
    void *no_dns = NULL;
    if (!json_fields(at, root, root_fields, COUNT(root_fields), &extra))
        return false;
    if (extra.version != VERSION)
        return json_fail(at, "version must be %d", VERSION);
    out->as_of = extra.catalogue.as_of;
    bool ok =
        catalogue_read_lists(at, root, out) && catalogue_read_dead(at, root, out) &&
        catalogue_read_zones(at, root, "domain_only", MAX_DEAD, &out->domain_only,
                             &out->domain_only_count) &&
        catalogue_read_table(at, root, "no_dns", MAX_SHORT, no_dns_fields, COUNT(no_dns_fields),
                             sizeof(struct catalogue_no_dns), &no_dns, &out->no_dns_count);
    out->no_dns = no_dns;
    return ok;
}

bool catalogue_parse(const char *name, const char *text, size_t len, struct catalogue *out,
                     struct error *err)
{
    *out = (struct catalogue){0};
    if (len > LIMIT_CATALOGUE)
        return error_at(err, ERR_CONFIG, name, 0, "more than %u bytes", LIMIT_CATALOGUE);
    json_error_t where;
    out->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    if (!out->root) {
        struct buf clean;
        buf_init(&clean, JSON_ERROR_TEXT_LENGTH);
        buf_clean(&clean, where.text, strlen(where.text), JSON_ERROR_TEXT_LENGTH);
        error_at(err, ERR_CONFIG, name, where.line, "%s", buf_text(&clean));
        buf_fini(&clean);
        return false;
    }
    struct json_place at = {.file = name, .err = err};
    if (catalogue_read_root(&at, out->root, out))
        return true;
    catalogue_fini(out);
    return false;
}

static bool catalogue_read_file(const char *path, struct buf *text, struct error *err)
{
    int problem = file_read(path, text, NULL);
    if (problem == EFBIG)
        return error_at(err, ERR_CONFIG, path, 0, "more than %u bytes", LIMIT_CATALOGUE);
    if (problem)
        return error_at(err, problem == EACCES ? ERR_PERMISSION : ERR_INPUT, path, 0, "%s",
                        strerror(problem));
    return true;
}

bool catalogue_load(const char *path, struct catalogue *out, struct error *err)
{
    if (!path)
        return catalogue_parse(EMBEDDED_NAME, (const char *)data_dnsbl, data_dnsbl_len, out, err);
    *out = (struct catalogue){0};
    struct buf text;
    buf_init(&text, LIMIT_CATALOGUE);
    bool ok = catalogue_read_file(path, &text, err);
    if (ok)
        ok = catalogue_parse(path, buf_text(&text), text.len, out, err);
    buf_fini(&text);
    return ok;
}

void catalogue_fini(struct catalogue *c)
{
    for (size_t i = 0; i < c->list_count; i++)
        catalogue_list_fini(&c->lists[i]);
    free(c->lists);
    free(c->dead);
    free(c->domain_only);
    free(c->no_dns);
    json_decref(c->root);
    *c = (struct catalogue){0};
}
