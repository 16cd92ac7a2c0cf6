/* SPDX-License-Identifier: ISC */
/*
 * Three shapes of JSON through one table: each value is looked up under the names it has had. Keys
 * are taken literally (some contain dots); any field may be missing or null.
 */
#include "talos_answer.h"

#include "repmon/limits.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where to look for values: first the inner object of the newer shape, then the whole. */
struct shape {
    const json_t *inner, *root;
};

static const json_t *talos_get(const struct shape *s, const char *key)
{
    const json_t *v = json_object_get(s->inner, key);
    return v ? v : json_object_get(s->root, key);
}

static const json_t *talos_get_in(const struct shape *s, const char *outer, const char *key)
{
    return json_object_get(talos_get(s, outer), key);
}

/* A number, or text that is just a number. `scale` divides the integers called _x10. */
static void talos_take_number(const json_t *v, double scale, struct talos_number *out)
{
    if (out->given || !v)
        return;
    double value;
    if (json_is_number(v)) {
        value = json_number_value(v);
    } else if (json_is_string(v) && json_string_value(v)[0]) {
        char *end;
        value = strtod(json_string_value(v), &end);
        if (*end)
            return;
    } else {
        return;
    }
    *out = (struct talos_number){isfinite(value), value / scale};
}

static void talos_take_text(const json_t *v, char out[static TALOS_TEXT_MAX])
{
    struct buf clean;
    if (out[0] || !json_is_string(v))
        return;
    buf_init(&clean, TALOS_TEXT_MAX - 1);
    /* Text that is too long is left out rather than cut in the middle of a character. */
    if (buf_clean(&clean, json_string_value(v), json_string_length(v), TALOS_TEXT_MAX))
        memcpy(out, buf_text(&clean), clean.len + 1);
    buf_fini(&clean);
}

/* Keys are zones and contain dots; a zone that has rules lists the address. */
static void talos_take_listed(const json_t *lists, char out[static TALOS_TEXT_MAX])
{
    struct buf names;
    buf_init(&names, TALOS_TEXT_MAX - 1);
    for (void *at = json_object_iter((json_t *)lists); at;
         at = json_object_iter_next((json_t *)lists, at)) {
        const char *zone = json_object_iter_key(at);
        size_t len = strlen(zone);
        if (json_array_size(json_object_get(json_object_iter_value(at), "rules")) == 0 ||
            names.len + len + 2 > names.max)
            continue;
        buf_str(&names, names.len ? ", " : "");
        buf_clean(&names, zone, len, len);
    }
    if (!names.failed)
        memcpy(out, buf_text(&names), names.len + 1);
    buf_fini(&names);
}

/* Daily volume of the newest day. */
static void talos_take_volume(const struct shape *s, struct talos_number *out)
{
    const json_t *days = json_object_get(json_object_get(s->root, "volume_info"), "volume_info");
    double newest = -1;
    struct talos_number found = {0};
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *day = json_array_get(days, i);
        double when = json_number_value(json_object_get(day, "timestamp"));
        struct talos_number value = {0};
        talos_take_number(json_object_get(day, "daily_x10"), 10, &value);
        if (value.given && when > newest) {
            newest = when;
            found = value;
        }
    }
    if (!out->given)
        *out = found;
}

static bool talos_has(const char *text, const char *what)
{
    return strcasestr(text, what) != NULL;
}

/* An error in words instead of an answer; CAUSE_NONE when there is none. */
static enum cause talos_read_error(const struct shape *s)
{
    static const char *const keys[] = {"error", "ipd_error"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *v = talos_get(s, keys[i]);
        const char *text = json_string_value(v);
        if (!v || json_is_null(v) || json_is_false(v) || (text && !text[0]))
            continue;
        if (!text)
            return CAUSE_BAD_FORMAT;
        if (strcasecmp(text, "ERROR_NONE") == 0 || strcasecmp(text, "IPDERROR_NONE") == 0 ||
            strcasecmp(text, "none") == 0)
            continue;
        if (talos_has(text, "can't find any results") || talos_has(text, "not_found") ||
            talos_has(text, "not found") || talos_has(text, "no_data"))
            return CAUSE_NO_DATA;
        if (talos_has(text, "denied") || talos_has(text, "captcha") ||
            talos_has(text, "forbidden") || talos_has(text, "limit"))
            return CAUSE_DENIED;
        return json_is_true(talos_get(s, "error_is_temporary")) ? CAUSE_SERVFAIL : CAUSE_BAD_FORMAT;
    }
    return CAUSE_NONE;
}

/* False when the answer is about another address. */
static bool talos_same_address(const struct shape *s, const struct ip *ip)
{
    static const char *const keys[] = {"ip", "ip_address", "address"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = json_string_value(talos_get(s, keys[i]));
        struct ip named;
        if (text && ip_parse(text, &named) && ip_cmp(&named, ip) != 0)
            return false;
    }
    return true;
}

/* The first of the names that is there, null included. */
static const json_t *talos_level_of(const struct shape *s)
{
    static const char *const keys[] = {"threat_level_mnemonic", "email_score_name", "level",
                                       "reputation_name"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *v = talos_get(s, keys[i]);
        if (v)
            return v;
    }
    return NULL;
}

static void talos_read_object(const struct shape *s, const struct ip *ip, struct talos_reading *out)
{
    const json_t *level = talos_level_of(s);
    out->cause = talos_read_error(s);
    if (out->cause != CAUSE_NONE)
        return;
    out->cause = CAUSE_BAD_FORMAT;
    if (!talos_same_address(s, ip) || (level && !json_is_string(level) && !json_is_null(level)))
        return;
    if (!json_is_true(talos_get(s, "no_score"))) {
        talos_take_number(talos_get(s, "score"), 1, &out->score);
        talos_take_number(talos_get(s, "reputation_x10"), 10, &out->score);
        talos_take_number(talos_get(s, "email_score"), 1, &out->score);
    }
    talos_take_number(talos_get_in(s, "magnitude", "daily_x10"), 10, &out->day);
    talos_take_number(talos_get(s, "daily_mag"), 1, &out->day);
    talos_take_number(talos_get(s, "magnitude"), 1, &out->day);
    talos_take_volume(s, &out->day);
    talos_take_number(talos_get_in(s, "magnitude", "monthly_x10"), 10, &out->month);
    talos_take_number(talos_get(s, "monthly_mag"), 1, &out->month);
    talos_take_number(talos_get(s, "daychange"), 1, &out->change);
    talos_take_text(json_object_get(talos_get_in(s, "org_stats", "org_info"), "org_name"),
                    out->organisation);
    talos_take_text(talos_get(s, "organization"), out->organisation);
    talos_take_listed(talos_get(s, "blacklists"), out->listed);
    talos_settle(out, level && json_is_string(level) ? json_string_value(level) : "",
                 json_string_length(level), level != NULL);
}

void talos_json(const char *text, size_t len, const struct ip *ip, struct talos_reading *out)
{
    *out = (struct talos_reading){.cause = CAUSE_BAD_FORMAT};
    if (len > LIMIT_HTTP_BODY)
        return;
    json_t *root = json_loadb(text, len, 0, NULL);
    struct shape s = {json_object_get(root, "reputation"), root};
    if (json_is_object(root)) {
        if (json_is_null(s.inner) && talos_read_error(&s) == CAUSE_NONE)
            out->cause = CAUSE_NO_DATA;
        else
            talos_read_object(&s, ip, out);
    }
    json_decref(root);
}
