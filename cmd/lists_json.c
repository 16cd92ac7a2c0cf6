/* SPDX-License-Identifier: ISC */
#include "lists.h"

#include "repmon/clock.h"
#include "repmon/json_out.h"

#include <stdio.h>

static void lists_write_families(struct json_out *w, unsigned families)
{
    json_out_open(w, "families", '[');
    if (families & 1)
        json_out_number(w, NULL, 4);
    if (families & 2)
        json_out_number(w, NULL, 6);
    json_out_close(w, ']');
}

static void lists_write_test(struct json_out *w, const struct self_test_list *t)
{
    json_out_open(w, "test", '{');
    json_out_text(w, "result", self_test_word(t->verdict));
    json_out_text(w, "cause", t->cause == CAUSE_NONE ? NULL : cause_word(t->cause));
    json_out_text(w, "note", t->note);
    json_out_text(w, "cure", t->cure ? t->cure : "");
    json_out_time(w, "proven", t->proven);
    json_out_close(w, '}');
}

static void lists_write_limits(struct json_out *w, const struct dnsbl_list *list)
{
    if (list->rate > 0)
        json_out_real(w, "rate", list->rate);
    else
        json_out_none(w, "rate");
    if (list->budget != UINT64_MAX)
        json_out_number(w, "budget", (int64_t)list->budget);
    else
        json_out_none(w, "budget");
    json_out_real(w, "every", (double)list->every_ms / 1000);
}

static void lists_write_list(struct json_out *w, const struct lists_view *v,
                             const struct dnsbl_list *list)
{
    const struct self_test_list *t = lists_test(v, list);
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "zone", list->zone);
    json_out_text(w, "name", list->name);
    json_out_text(w, "operator", list->operator);
    json_out_text(w, "kind", list_kind_word(list->kind));
    json_out_text(w, "severity", severity_word(list->severity));
    lists_write_families(w, list->families);
    json_out_bool(w, "domains", list->domains);
    json_out_bool(w, "asked", lists_is_on(list));
    json_out_text(w, "why", lists_is_on(list) ? NULL : lists_why(list));
    json_out_text(w, "key", lists_key_word(list));
    lists_write_limits(w, list);
    json_out_bool(w, "in_catalogue", list->in_catalogue);
    json_out_text(w, "lookup", list->lookup_url);
    json_out_text(w, "delist", list->delist_url);
    if (t)
        lists_write_test(w, t);
    json_out_close(w, '}');
}

static void lists_write_dead(struct json_out *w, const struct catalogue *c)
{
    json_out_newline(w);
    json_out_open(w, "dead", '[');
    for (size_t i = 0; i < c->dead_count; i++) {
        json_out_newline(w);
        json_out_open(w, NULL, '{');
        json_out_text(w, "zone", c->dead[i].zone);
        json_out_bool(w, "suffix", c->dead[i].suffix);
        json_out_text(w, "since", c->dead[i].since);
        json_out_text(w, "behaviour", c->dead[i].behaviour);
        json_out_text(w, "reason", c->dead[i].reason);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

static void lists_write_domain_only(struct json_out *w, const struct catalogue *c)
{
    json_out_newline(w);
    json_out_open(w, "domain_only", '[');
    for (size_t i = 0; i < c->domain_only_count; i++)
        json_out_text(w, NULL, c->domain_only[i]);
    json_out_close(w, ']');
}

static void lists_write_no_dns(struct json_out *w, const struct catalogue *c)
{
    json_out_newline(w);
    json_out_open(w, "no_dns", '[');
    for (size_t i = 0; i < c->no_dns_count; i++) {
        json_out_newline(w);
        json_out_open(w, NULL, '{');
        json_out_text(w, "name", c->no_dns[i].name);
        json_out_text(w, "url", c->no_dns[i].url);
        json_out_text(w, "note", c->no_dns[i].note);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

void lists_json(const struct lists_view *v)
{
    struct json_out w;
    json_out_begin(&w, stdout, v->instance, clock_wall());
    json_out_text(&w, "catalogue", v->catalogue->as_of);
    if (v->all) {
        lists_write_dead(&w, v->catalogue);
        lists_write_domain_only(&w, v->catalogue);
        lists_write_no_dns(&w, v->catalogue);
    }
    json_out_newline(&w);
    json_out_open(&w, "lists", '[');
    for (size_t i = 0; i < v->lists->total; i++) {
        if (i < v->lists->count || lists_is_shown(v, &v->lists->items[i]))
            lists_write_list(&w, v, &v->lists->items[i]);
    }
    json_out_close(&w, ']');
    json_out_end(&w);
}
