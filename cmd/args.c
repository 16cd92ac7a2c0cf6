/* SPDX-License-Identifier: ISC */
#include "args.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/typed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool args_add_label(struct targets_arg *targets, const struct stored_targets *known,
                           const char *label)
{
    bool found = false;
    for (size_t i = 0; i < known->count; i++) {
        const struct stored_target *t = &known->items[i];
        const char *name = ip_name(&t->ip);
        if (strcasecmp(name ? name : t->label, label) != 0)
            continue;
        found = true;
        targets->blocks =
            mem_grow(targets->blocks, targets->block_count + 1, sizeof *targets->blocks);
        targets->blocks[targets->block_count++] = (struct cidr){t->ip, t->prefix};
    }
    return found;
}

/* Nobody has this label: perhaps it was meant as an address. */
static bool args_no_label(const char *word, struct error *err)
{
    struct buf shown, hint;
    buf_init(&shown, 1024);
    buf_init(&hint, 1024);
    buf_clean(&shown, word, strlen(word), 80);
    if (typed_hint(word, &hint))
        error_set(err, ERR_USAGE, "%s %s", buf_text(&shown), buf_text(&hint));
    else
        error_set(err, ERR_USAGE,
                  "%s is not the label of a watched address; `repmon targets` shows them all",
                  buf_text(&shown));
    buf_fini(&hint);
    buf_fini(&shown);
    return false;
}

bool args_resolve_labels(struct targets_arg *targets, struct store *store, struct error *err)
{
    struct stored_targets known = {0};
    if (targets->host_count == 0)
        return true;
    bool ok = store_targets_load(store, &known, err);
    for (size_t i = 0; i < targets->host_count && ok; i++)
        ok = args_add_label(targets, &known, targets->hosts[i]) ||
             args_no_label(targets->hosts[i], err);
    stored_targets_fini(&known);
    return ok;
}

/* Digits of a fixed width at *at. */
static bool args_number(const char **at, size_t width, int least, int most, int *out)
{
    int n = 0;
    for (size_t i = 0; i < width; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        n = n * 10 + (c - '0');
    }
    *at += width;
    *out = n;
    return n >= least && n <= most;
}

static bool args_sign(const char **at, char a, char b)
{
    if (**at != a && **at != b)
        return false;
    ++*at;
    return true;
}

static bool args_parse_date(const char *text, struct tm *tm)
{
    const char *at = text;
    *tm = (struct tm){.tm_isdst = -1};
    if (!args_number(&at, 4, 1970, 9999, &tm->tm_year) || !args_sign(&at, '-', '-') ||
        !args_number(&at, 2, 1, 12, &tm->tm_mon) || !args_sign(&at, '-', '-') ||
        !args_number(&at, 2, 1, 31, &tm->tm_mday))
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    if (*at == '\0')
        return true;
    return args_sign(&at, ' ', 'T') && args_number(&at, 2, 0, 23, &tm->tm_hour) &&
           args_sign(&at, ':', ':') && args_number(&at, 2, 0, 59, &tm->tm_min) && *at == '\0';
}

bool args_since(const char *text, time_t now, time_t *out)
{
    int64_t ms;
    struct tm tm;
    if (duration_parse(text, &ms)) {
        *out = now - (time_t)(ms / 1000);
        return ms > 0 && *out > 0;
    }
    if (!args_parse_date(text, &tm))
        return false;
    int day = tm.tm_mday;
    *out = mktime(&tm);
    return *out > 0 && tm.tm_mday == day && *out <= now; /* 31 February is none */
}

bool args_json(const char *value, bool *json, struct error *err)
{
    *json = strcmp(value, "json") == 0;
    return *json || strcmp(value, "text") == 0 ||
           error_set(err, ERR_USAGE, "--format takes text or json");
}
