/* SPDX-License-Identifier: ISC */
#include "snds_fields.h"

#include "repmon/buf.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define NAMES 5

/* Names of the columns in the order of the CSV. Seen: ipAddress, dataCommands, filterResult,
 * beginningIpAddress, endingIpAddress, blocked, reason; the others follow the portal's headings. */
static const char *const data_names[SNDS_DATA_COLUMNS][NAMES] = {
    {"ipAddress", "ip"},
    {"activityStart", "activityPeriodStart", "activityStartTime"},
    {"activityEnd", "activityPeriodEnd", "activityEndTime"},
    {"rcptCommands"},
    {"dataCommands"},
    {"messageRecipients"},
    {"filterResult", "filterResults"},
    {"complaintRate"},
    {"trapMessagePeriodStart", "trapPeriodStart", "trapMessageStart"},
    {"trapMessagePeriodEnd", "trapPeriodEnd", "trapMessageEnd"},
    {"trapHits", "trapMessages"},
    {"sampleHelo", "helo"},
    {"sampleMailFrom", "jmrP1Sender", "jmrpP1Sender", "mailFrom"},
    {"comments"},
};
static const char *const status_names[SNDS_STATUS_COLUMNS][NAMES] = {
    {"beginningIpAddress", "firstIp", "firstIpAddress", "startIp", "ipStart"},
    {"endingIpAddress", "lastIp", "lastIpAddress", "endIp", "ipEnd"},
    {"blocked", "isBlocked"},
    {"reason", "details", "status"},
};

static const json_t *value_of(json_t *row, const char *const names[NAMES])
{
    for (void *at = json_object_iter(row); at; at = json_object_iter_next(row, at)) {
        for (size_t i = 0; i < NAMES && names[i]; i++) {
            if (strcasecmp(json_object_iter_key(at), names[i]) == 0)
                return json_object_iter_value(at);
        }
    }
    return NULL;
}

/* Any plain value as the text that CSV would hold. */
static bool add_value(struct buf *b, const json_t *v)
{
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_STRING: buf_add(b, json_string_value(v), json_string_length(v)); break;
    case JSON_INTEGER: buf_fmt(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v)); break;
    case JSON_REAL: buf_fmt(b, "%g", json_real_value(v)); break;
    case JSON_TRUE: buf_str(b, "true"); break;
    case JSON_FALSE: buf_str(b, "false"); break;
    case JSON_NULL: break;
    default: return false;
    }
    return buf_char(b, '\0');
}

static bool take_row(json_t *row, const struct snds_taker *taker, struct buf *text, size_t number,
                     struct error *err)
{
    const char *const(*names)[NAMES] =
        taker->columns == SNDS_DATA_COLUMNS ? data_names : status_names;
    const char *fields[SNDS_DATA_COLUMNS];
    size_t offsets[SNDS_DATA_COLUMNS];
    buf_clear(text);
    if (!json_is_object(row))
        return error_set(err, ERR_INPUT, "entry %zu of the JSON is no object", number);
    for (size_t i = 0; i < taker->columns; i++) {
        offsets[i] = text->len;
        if (!add_value(text, value_of(row, names[i])) || text->len - offsets[i] > SNDS_FIELD_MAX)
            return error_set(err, ERR_INPUT, "entry %zu of the JSON holds no plain text", number);
    }
    for (size_t i = 0; i < taker->columns; i++)
        fields[i] = buf_text(text) + offsets[i];
    if (fields[0][0] == '\0')
        return error_set(err, ERR_INPUT, "entry %zu of the JSON names no address", number);
    return taker->take(taker->ctx, fields, taker->columns, err);
}

bool snds_json_read(const struct snds_body *body, const struct snds_taker *taker, struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(body->text, body->len, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        return error_set(err, ERR_INPUT, "line %d is no JSON", problem.line);
    const json_t *rows = root;
    if (json_is_object(root))
        rows = json_object_get(root, "value") ? json_object_get(root, "value")
                                              : json_object_get(root, "data");
    struct buf text;
    buf_init(&text, (size_t)SNDS_DATA_COLUMNS * (SNDS_FIELD_MAX + 1));
    bool ok = json_is_array(rows) || error_set(err, ERR_INPUT, "the JSON is no list of rows");
    for (size_t i = 0; ok && i < json_array_size(rows); i++)
        ok = take_row(json_array_get(rows, i), taker, &text, i + 1, err);
    buf_fini(&text);
    json_decref(root);
    return ok;
}
