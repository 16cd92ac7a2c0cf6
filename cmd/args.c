/* SPDX-License-Identifier: ISC */
#include "args.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/day.h"
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

/* No target has this label: perhaps it was meant as an address. */
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

bool args_since(const char *text, time_t now, time_t *out)
{
    int64_t ms;
    struct tm tm;
    if (duration_parse(text, &ms)) {
        *out = now - (time_t)(ms / 1000);
        return ms > 0 && *out > 0;
    }
    if (date_parse(text, DATE_UTC, &tm))
        *out = (time_t)clock_from_utc(&tm);
    else if (date_parse(text, DATE_DAY | DATE_MINUTE, &tm))
        *out = mktime(&tm);
    else
        return false;
    return *out > 0 && *out <= now;
}

bool args_json(const char *value, bool *json, struct error *err)
{
    *json = strcmp(value, "json") == 0;
    return *json || strcmp(value, "text") == 0 ||
           error_set(err, ERR_USAGE, "--format takes text or json");
}
