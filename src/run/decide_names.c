/* SPDX-License-Identifier: ISC */
#include "decide.h"
#include "names_said.h"

#include "repmon/buf.h"

/* A finding that ends with the address says the same, if channels hear of it. */
static bool decide_names_is_told(const struct decision *d, uint32_t target)
{
    for (size_t i = 0; i < d->change_count; i++) {
        const struct change *c = &d->changes[i];
        if (c->kind == CHANGE_RETIRED && !c->of_list && c->target == target &&
            c->from >= LEVEL_WARNING)
            return true;
    }
    return false;
}

static const char *decide_why_it_left(struct decision *d, const struct resolve_item *item)
{
    struct buf text;
    if (item->vanished)
        return item->why;
    buf_init(&text, 512);
    buf_fmt(&text, "%s no longer resolves to it", item->key);
    const char *kept = text_keep(&d->texts, buf_text(&text));
    buf_fini(&text);
    return kept;
}

void decide_names(const struct decide_in *in, struct decision *d)
{
    const struct inventory *inventory = &in->watch->inventory;
    for (size_t i = 0; i < inventory->count; i++) {
        const struct target *t = &inventory->items[i];
        if (!resolve_leaves(in->watch, i))
            continue;
        const struct resolve_item *item = resolve_item_of(in->watch, t);
        if (!item || decide_names_is_told(d, t->id))
            continue;
        struct change c = {.kind = CHANGE_RETIRED,
                           .source = in->whole,
                           .list = "",
                           .target = t->id,
                           .ip = t->ip,
                           .prefix = t->prefix,
                           .label = inventory_label(inventory, t),
                           .from = LEVEL_OK,
                           .to = item->vanished ? LEVEL_WARNING : LEVEL_INFO,
                           .answers_from = "",
                           .answers = "",
                           .detail = decide_why_it_left(d, item)};
        decide_add(d, &c);
    }
}

void decide_said(const struct decide_in *in, struct decision *d)
{
    const struct names_said said = {
        .snapshot = in->snapshot, .remind_s = in->conf.remind, .now = in->now};
    names_said_keep(&said, in->watch, &d->facts);
}
