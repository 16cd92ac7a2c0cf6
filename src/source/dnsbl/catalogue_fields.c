/* SPDX-License-Identifier: ISC */
#include "catalogue_fields.h"

#include "repmon/buf.h"
#include "repmon/catalogue.h"
#include "repmon/host_name.h"
#include "repmon/limits.h"
#include "repmon/text_fit.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t json_enter(struct json_place *at, const char *fmt, ...)
{
    size_t length = strlen(at->path);
    va_list args;
    va_start(args, fmt);
    vsnprintf(at->path + length, sizeof at->path - length, fmt, args);
    va_end(args);
    return length;
}

void json_leave(struct json_place *at, size_t length)
{
    at->path[length] = '\0';
}

bool json_fail(struct json_place *at, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    text_vfit(text, sizeof text, fmt, args);
    va_end(args);
    return error_at(at->err, ERR_CONFIG, at->file, 0, "%s%s%s", at->path, at->path[0] ? ": " : "",
                    text);
}

/* For text that people will see: anything that cleaning would change is refused. */
static bool catalogue_is_clean(const char *s)
{
    size_t len = strlen(s);
    struct buf cleaned;
    buf_init(&cleaned, LIMIT_CATALOGUE_TEXT);
    bool same = len <= LIMIT_CATALOGUE_TEXT && buf_clean(&cleaned, s, len, len) &&
                strcmp(buf_text(&cleaned), s) == 0;
    buf_fini(&cleaned);
    return same;
}

bool zone_is_valid(const char *zone)
{
    char name[HOST_NAME_SIZE];
    if (strlen(zone) + IP_REVERSE_MAX > LIMIT_DNS_NAME - 2)
        return false;
    return host_name_parse(zone, name) && strcmp(name, zone) == 0;
}

static bool catalogue_is_url(const char *s)
{
    if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0)
        return false;
    for (; *s; s++) {
        if (*s <= ' ' || *s > '~' || strchr("\"<>\\^`", *s))
            return false;
    }
    return true;
}

bool json_text_value(struct json_place *at, const struct json_t *value, const char **out)
{
    const char *s = json_string_value(value);
    if (!s)
        return json_fail(at, "must be text");
    if (!catalogue_is_clean(s))
        return json_fail(at, "has control characters or more than %d bytes", LIMIT_CATALOGUE_TEXT);
    *out = s;
    return true;
}

bool json_zone_value(struct json_place *at, const struct json_t *value, const char **out)
{
    const char *s = json_string_value(value);
    if (!s || !zone_is_valid(s))
        return json_fail(at, "must be a domain name in lower case, without a dot at its end");
    *out = s;
    return true;
}

/* ---- one reader per kind; `value` is NULL when absent or null ---- */

static bool catalogue_read_other(struct json_place *at, const json_t *value, const struct field *f,
                                 void *out)
{
    (void)at, (void)value, (void)f, (void)out;
    return true;
}

static bool catalogue_read_text(struct json_place *at, const json_t *value, const struct field *f,
                                void *out)
{
    const char **text = out;
    *text = f->kind == FIELD_TEXT_NULL ? NULL : "";
    if (!value)
        return true;
    if (!json_text_value(at, value, text))
        return false;
    return !f->required || **text || json_fail(at, "must not be empty");
}

static bool catalogue_read_zone(struct json_place *at, const json_t *value, const struct field *f,
                                void *out)
{
    (void)f;
    return !value || json_zone_value(at, value, out);
}

static bool catalogue_read_url(struct json_place *at, const json_t *value, const struct field *f,
                               void *out)
{
    const char **text = out;
    (void)f;
    *text = "";
    if (!value)
        return true;
    return json_text_value(at, value, text) &&
           (catalogue_is_url(*text) || json_fail(at, "must be an http or https address"));
}

static bool catalogue_read_bool(struct json_place *at, const json_t *value, const struct field *f,
                                void *out)
{
    (void)f;
    if (value && !json_is_boolean(value))
        return json_fail(at, "must be true or false");
    *(bool *)out = json_is_true(value);
    return true;
}

static bool catalogue_read_tristate(struct json_place *at, const json_t *value,
                                    const struct field *f, void *out)
{
    (void)f;
    if (value && !json_is_boolean(value))
        return json_fail(at, "must be true, false or null");
    enum tristate given = json_is_true(value) ? TRI_YES : TRI_NO;
    *(enum tristate *)out = value ? given : TRI_UNKNOWN;
    return true;
}

static bool catalogue_read_number(struct json_place *at, const json_t *value, const struct field *f,
                                  void *out)
{
    *(double *)out = 0;
    if (!value)
        return true;
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number > 0 && number <= f->max))
        return json_fail(at, "must be a number above 0, at most %g", f->max);
    *(double *)out = number;
    return true;
}

static bool catalogue_whole(struct json_place *at, const json_t *value, double least, double most)
{
    double number = (double)json_integer_value(value);
    if (!json_is_integer(value) || number < least || number > most)
        return json_fail(at, "must be a whole number from %g to %.0f", least, most);
    return true;
}

static bool catalogue_read_count(struct json_place *at, const json_t *value, const struct field *f,
                                 void *out)
{
    *(uint64_t *)out = 0;
    if (!value)
        return true;
    if (!catalogue_whole(at, value, 1, f->max))
        return false;
    *(uint64_t *)out = (uint64_t)json_integer_value(value);
    return true;
}

static bool catalogue_read_small(struct json_place *at, const json_t *value, const struct field *f,
                                 void *out)
{
    *(int *)out = -1;
    if (!value)
        return true;
    if (!catalogue_whole(at, value, 0, f->max))
        return false;
    *(int *)out = (int)json_integer_value(value);
    return true;
}

static bool catalogue_read_match(struct json_place *at, const json_t *value, const struct field *f,
                                 void *out)
{
    (void)f;
    struct error err = {0};
    const char *text = json_string_value(value);
    if (!text || !match_parse(text, out, &err))
        return json_fail(at, "%s", text ? err.text : "must be text");
    return true;
}

static bool catalogue_read_severity(struct json_place *at, const json_t *value,
                                    const struct field *f, void *out)
{
    (void)f;
    const char *word = json_string_value(value);
    return (word && severity_parse(word, out)) ||
           json_fail(at, "must be critical, major, minor, info or off");
}

static bool catalogue_read_list_kind(struct json_place *at, const json_t *value,
                                     const struct field *f, void *out)
{
    (void)f;
    const char *word = json_string_value(value);
    return (word && list_kind_parse(word, out)) || json_fail(at, "must be block, allow or score");
}

static bool (*const readers[FIELD_KIND_COUNT])(struct json_place *, const json_t *,
                                               const struct field *, void *) = {
    [FIELD_OTHER] = catalogue_read_other,
    [FIELD_TEXT] = catalogue_read_text,
    [FIELD_TEXT_NULL] = catalogue_read_text,
    [FIELD_ZONE] = catalogue_read_zone,
    [FIELD_URL] = catalogue_read_url,
    [FIELD_BOOL] = catalogue_read_bool,
    [FIELD_TRISTATE] = catalogue_read_tristate,
    [FIELD_NUMBER] = catalogue_read_number,
    [FIELD_COUNT] = catalogue_read_count,
    [FIELD_SMALL] = catalogue_read_small,
    [FIELD_MATCH] = catalogue_read_match,
    [FIELD_SEVERITY] = catalogue_read_severity,
    [FIELD_LIST_KIND] = catalogue_read_list_kind,
};

static bool catalogue_only_known_keys(struct json_place *at, json_t *object,
                                      const struct field *fields, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (i < count && strcmp(fields[i].key, key) != 0)
            i++;
        if (i == count)
            return json_fail(at, "\"%.40s\" is not a key here",
                             catalogue_is_clean(key) ? key : "?");
    }
    return true;
}

bool json_fields(struct json_place *at, const struct json_t *object, const struct field *fields,
                 size_t count, void *out)
{
    if (!json_is_object(object))
        return json_fail(at, "must be an object");
    /* json_object_foreach takes no const pointer, but changes nothing */
    if (!catalogue_only_known_keys(at, (json_t *)(uintptr_t)object, fields, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t up = json_enter(at, "%s%s", at->path[0] ? "." : "", fields[i].key);
        const json_t *value = json_object_get(object, fields[i].key);
        if (json_is_null(value))
            value = NULL;
        if (!value && fields[i].required)
            return json_fail(at, "is missing");
        void *field = out ? (char *)out + fields[i].offset : NULL; /* NULL: only FIELD_OTHER */
        if (!readers[fields[i].kind](at, value, &fields[i], field))
            return false;
        json_leave(at, up);
    }
    return true;
}

bool json_elements(struct json_place *at, const struct json_t *object, const char *key, size_t max,
                   const struct json_t **array, size_t *count)
{
    size_t up = json_enter(at, "%s%s", at->path[0] ? "." : "", key);
    *array = json_object_get(object, key);
    *count = json_array_size(*array);
    if (*array && !json_is_null(*array) && !json_is_array(*array))
        return json_fail(at, "must be an array");
    if (*count > max)
        return json_fail(at, "has more than %zu elements", max);
    json_leave(at, up);
    return true;
}
