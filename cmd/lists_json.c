/* SPDX-License-Identifier: ISC */
#include "lists.h"

#include "repmon/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES (16u << 10)

static void text(struct buf *b, const char *key, const char *value)
{
    buf_fmt(b, "%s\"%s\":", b->data && b->data[b->len - 1] != '{' ? "," : "", key);
    if (value)
        buf_json(b, value, strlen(value));
    else
        buf_str(b, "null");
}

/* `value` is JSON already. */
static void value(struct buf *b, const char *key, const char *literal)
{
    buf_fmt(b, "%s\"%s\":%s", b->data && b->data[b->len - 1] != '{' ? "," : "", key, literal);
}

static void number(struct buf *b, const char *key, bool given, double n)
{
    char literal[40] = "null";
    if (given)
        snprintf(literal, sizeof literal, "%.15g", n);
    value(b, key, literal);
}

static void add_test(const struct self_test_list *t, struct buf *b)
{
    char proven[32];
    buf_str(b, ",\"test\":{");
    text(b, "result", self_test_word(t->verdict));
    text(b, "cause", t->cause == CAUSE_NONE ? NULL : cause_word(t->cause));
    text(b, "note", t->note);
    text(b, "cure", t->cure ? t->cure : "");
    if (t->proven)
        clock_format_utc(t->proven, proven, sizeof proven);
    text(b, "proven", t->proven ? proven : NULL);
    buf_char(b, '}');
}

static void add_list(const struct lists_view *v, const struct dnsbl_list *list, struct buf *b)
{
    static const char *const family_words[] = {"[]", "[4]", "[6]", "[4,6]"};
    const struct self_test_list *t = lists_test(v, list);
    buf_char(b, '{');
    text(b, "zone", list->zone);
    text(b, "name", list->name);
    text(b, "operator", list->operator);
    text(b, "kind", list_kind_word(list->kind));
    text(b, "severity", severity_word(list->severity));
    value(b, "families", family_words[list->families & 3]);
    value(b, "asked", lists_is_on(list) ? "true" : "false");
    text(b, "why", lists_is_on(list) ? NULL : lists_why(list));
    text(b, "key", lists_key_word(list));
    number(b, "rate", list->rate > 0, list->rate);
    number(b, "budget", list->budget != UINT64_MAX, (double)list->budget);
    number(b, "every", true, (double)list->every_ms / 1000);
    value(b, "in_catalogue", list->in_catalogue ? "true" : "false");
    text(b, "lookup", list->lookup_url);
    text(b, "delist", list->delist_url);
    if (t)
        add_test(t, b);
    buf_char(b, '}');
}

/* One object a line, so that a catalogue of any size needs the memory of one. */
static void put(struct buf *b, bool *some)
{
    printf("%s\n%s", *some ? "," : "", buf_text(b));
    *some = true;
    buf_clear(b);
}

static void put_rest(const struct catalogue *c, struct buf *b)
{
    bool some = false;
    fputs("\n],\"dead\":[", stdout);
    for (size_t i = 0; i < c->dead_count; i++) {
        buf_char(b, '{');
        text(b, "zone", c->dead[i].zone);
        value(b, "suffix", c->dead[i].suffix ? "true" : "false");
        text(b, "since", c->dead[i].since);
        text(b, "behaviour", c->dead[i].behaviour);
        text(b, "reason", c->dead[i].reason);
        buf_char(b, '}');
        put(b, &some);
    }
    some = false;
    fputs("\n],\"domain_only\":[", stdout);
    for (size_t i = 0; i < c->domain_only_count; i++) {
        buf_json(b, c->domain_only[i], strlen(c->domain_only[i]));
        put(b, &some);
    }
    some = false;
    fputs("\n],\"no_dns\":[", stdout);
    for (size_t i = 0; i < c->no_dns_count; i++) {
        buf_char(b, '{');
        text(b, "name", c->no_dns[i].name);
        text(b, "url", c->no_dns[i].url);
        text(b, "note", c->no_dns[i].note);
        buf_char(b, '}');
        put(b, &some);
    }
}

void lists_json(const struct lists_view *v)
{
    struct buf b;
    bool some = false;
    buf_init(&b, LINE_MAX_BYTES);
    buf_char(&b, '{');
    value(&b, "version", "1");
    text(&b, "generator", "repmon " REPMON_VERSION);
    text(&b, "catalogue", v->catalogue->as_of);
    printf("%s,\"lists\":[", buf_text(&b));
    buf_clear(&b);
    for (size_t i = 0; i < v->lists->total; i++) {
        if (i >= v->lists->count && !lists_is_shown(v, &v->lists->items[i]))
            continue;
        add_list(v, &v->lists->items[i], &b);
        put(&b, &some);
    }
    if (v->all)
        put_rest(v->catalogue, &b);
    fputs("\n]}\n", stdout);
    buf_fini(&b);
}
