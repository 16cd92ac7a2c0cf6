/* SPDX-License-Identifier: ISC */
#include "repmon/advice.h"

#include "repmon/data.h"
#include "repmon/limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first rule whose given words all fit is taken. NULL: any. Strings borrowed from the JSON. */
struct rule {
    const char *source, *cause, *change, *state, *kind, *text, *url;
};

struct advice_table {
    json_t *root; /* owned */
    const json_t *good;
    struct rule *rules; /* owned */
    size_t count;
};

static const char *advice_text_of(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

struct advice_table *advice_table_new(struct error *err)
{
    struct advice_table *b = mem_alloc(sizeof *b);
    json_error_t problem;
    b->root =
        json_loadb((const char *)data_advice, data_advice_len, JSON_REJECT_DUPLICATES, &problem);
    const json_t *rules = json_object_get(b->root, "rules");
    b->good = json_object_get(b->root, "good");
    b->rules = mem_array(json_array_size(rules), sizeof *b->rules);
    for (; b->count < json_array_size(rules); b->count++) {
        const json_t *o = json_array_get(rules, b->count);
        struct rule *r = &b->rules[b->count];
        *r = (struct rule){advice_text_of(o, "source"), advice_text_of(o, "cause"),
                           advice_text_of(o, "change"), advice_text_of(o, "state"),
                           advice_text_of(o, "kind"),   advice_text_of(o, "text"),
                           advice_text_of(o, "url")};
        if (!r->text)
            break;
    }
    if (b->count > 0 && b->count == json_array_size(rules))
        return b;
    error_set(err, ERR_BUG, "advice.json: rule %zu is invalid", b->count);
    advice_table_free(b);
    return NULL;
}

void advice_table_free(struct advice_table *b)
{
    if (!b)
        return;
    json_decref(b->root);
    free(b->rules);
    free(b);
}

void advice_url(const char *url, const struct ip *ip, char *out, size_t size)
{
    char text[IP_TEXT_MAX];
    const char *place = strstr(url, "{ip}");
    size_t head = place ? (size_t)(place - url) : strlen(url);
    const char *value = "", *tail = place ? place + 4 : "";
    if (place && ip && ip->family) {
        ip_format(ip, text);
        value = text;
    } else if (place) {
        const char *query = memchr(url, '?', head);
        head = query ? (size_t)(query - url) : head;
        tail = "";
    }
    struct buf b;
    buf_init(&b, size - 1);
    buf_add(&b, url, head);
    buf_str(&b, value);
    buf_str(&b, tail);
    /* A URL cut off in the middle would lead somewhere else. */
    memcpy(out, buf_text(&b), b.failed ? 1 : b.len + 1);
    if (b.failed)
        out[0] = '\0';
    buf_fini(&b);
}

static bool advice_fits(const char *wanted, const char *given)
{
    return !wanted || strcasecmp(wanted, given) == 0;
}

static const char *advice_or_empty(const char *s)
{
    return s ? s : "";
}

/* The first that fits, of those for this source (`own`) or for all. */
static const struct rule *advice_find_among(const struct advice_table *b,
                                            const struct advice_query *q, bool own)
{
    bool of_change = q->change == CHANGE_EXPIRING || q->change == CHANGE_EXPIRED ||
                     q->change == CHANGE_STALE || q->change == CHANGE_FLAPPING;
    for (size_t i = 0; i < b->count; i++) {
        const struct rule *r = &b->rules[i];
        if (own != (r->source != NULL))
            continue;
        if (!advice_fits(r->source, q->source) || (of_change && !r->change))
            continue;
        if (r->change && (!of_change || !advice_fits(r->change, change_word(q->change))))
            continue;
        if (r->cause && (q->cause == CAUSE_NONE || !advice_fits(r->cause, cause_word(q->cause))))
            continue;
        if (!r->cause && !r->change && q->cause != CAUSE_NONE)
            continue;
        if (advice_fits(r->state, advice_or_empty(q->state)) &&
            (!r->kind || advice_fits(r->kind, list_kind_word(q->kind))))
            return r;
    }
    return NULL;
}

/* A rule for one source is more specific than one for all. */
static const struct rule *advice_find(const struct advice_table *b, const struct advice_query *q)
{
    const struct rule *own = advice_find_among(b, q, true);
    return own ? own : advice_find_among(b, q, false);
}

static bool advice_is_good(const struct advice_table *b, const struct advice_query *q)
{
    size_t i;
    json_t *word;
    json_array_foreach(json_object_get(b->good, q->source), i,
                       word) if (json_is_string(word) &&
                                 strcasecmp(json_string_value(word), advice_or_empty(q->state)) ==
                                     0) return true;
    return false;
}

/* "{cure|else}": the catalogue's cure, or the words after the bar. */
static void advice_add_text(struct buf *out, const char *text, const char *cure)
{
    const char *mark = strstr(text, "{cure|");
    const char *end = mark ? strchr(mark, '}') : NULL;
    if (!end) {
        buf_str(out, text);
        return;
    }
    buf_add(out, text, (size_t)(mark - text));
    if (cure[0])
        buf_str(out, cure);
    else
        buf_add(out, mark + 6, (size_t)(end - mark) - 6);
    buf_str(out, end + 1);
}

static bool advice_same(const struct code *a, const struct code *b)
{
    return strcmp(advice_or_empty(a->advice), advice_or_empty(b->advice)) == 0;
}

/* Whether the codes ask for more than one thing, so that each has to say which it is about. */
static bool advice_advices_differ(const struct advice_query *q)
{
    const struct code *first = NULL;
    for (size_t i = 0; i < q->code_count; i++) {
        const struct code *c = &q->codes[i];
        if (!advice_or_empty(c->advice)[0])
            continue;
        if (first && !advice_same(c, first))
            return true;
        first = c;
    }
    return false;
}

/* "XBL, CSS: ": the codes with the same advice as this one, each name once. */
static void advice_add_names(struct buf *out, const struct advice_query *q, const struct code *of)
{
    const char *before = "";
    for (size_t i = 0; i < q->code_count; i++) {
        const struct code *c = &q->codes[i];
        bool again = !advice_same(c, of);
        for (size_t k = 0; k < i && !again; k++)
            again = advice_same(&q->codes[k], of) && strcmp(q->codes[k].name, c->name) == 0;
        if (again)
            continue;
        buf_fmt(out, "%s%s", before, c->name);
        before = ", ";
    }
    buf_str(out, ": ");
}

/* One more line; what does not fit as a whole, or was said already, is left out. */
static void advice_add_code(struct buf *out, const struct advice_query *q, const struct code *c,
                            bool named)
{
    struct buf line;
    if (!advice_or_empty(c->advice)[0] || strstr(buf_text(out), c->advice))
        return;
    buf_init(&line, ADVICE_TEXT_MAX);
    if (named)
        advice_add_names(&line, q, c);
    buf_str(&line, c->advice);
    if (!line.failed && out->len + 1 + line.len <= out->max)
        buf_fmt(out, "%s%s", out->len ? "\n" : "", buf_text(&line));
    buf_fini(&line);
}

/* The catalogue's words about the codes, the worst one first, or else about the list. */
static void advice_add_listing(struct buf *out, const struct advice_query *q)
{
    bool named = advice_advices_differ(q);
    for (int severity = SEV_CRITICAL; severity >= SEV_OFF; severity--)
        for (size_t i = 0; i < q->code_count; i++)
            if ((int)q->codes[i].severity == severity)
                advice_add_code(out, q, &q->codes[i], named);
    if (out->len == 0)
        buf_str(out, advice_or_empty(q->list_advice));
}

bool advice_for(const struct advice_table *b, const struct advice_query *q, struct advice *out)
{
    *out = (struct advice){0};
    bool of_list = q->cause != CAUSE_NONE || q->change == CHANGE_EXPIRING ||
                   q->change == CHANGE_EXPIRED || q->change == CHANGE_STALE ||
                   q->change == CHANGE_FLAPPING;
    if (!of_list && advice_is_good(b, q) &&
        !(q->dns_list && q->kind != LIST_BLOCK && q->change == CHANGE_WORSENED))
        return false;
    const struct rule *r = advice_find(b, q);
    struct buf text;
    buf_init(&text, sizeof out->text - 1);
    if (q->dns_list && !of_list)
        advice_add_listing(&text, q);
    if (!q->dns_list && !of_list)
        buf_str(&text, advice_or_empty(q->list_advice)); /* of the very row that matched */
    if (text.len == 0 && r)
        advice_add_text(&text, r->text, advice_or_empty(q->list_cure));
    memcpy(out->text, buf_text(&text), text.len + 1);
    buf_fini(&text);

    const char *url = r ? advice_or_empty(r->url) : "";
    const char *delist = q->dns_list && !of_list ? advice_or_empty(q->delist_url) : "";
    if (q->dns_list)
        url = advice_or_empty(q->lookup_url);
    if (!url[0])
        url = delist;
    advice_url(url, q->ip, out->url, sizeof out->url);
    advice_url(delist, q->ip, out->delist, sizeof out->delist);
    return out->text[0] != '\0';
}
