/* SPDX-License-Identifier: ISC */
/* The Postmaster accounts in `repmon accounts`, for people and for programs. */
#include "postmaster_state.h"

#include "../account_print.h"
#include "postmaster_overview.h"

#include "repmon/json_out.h"
#include "repmon/source_look.h"

#include <stdio.h>

/* ---- text ---- */

static void postmaster_print_end(time_t ends, time_t now)
{
    if (!ends)
        return;
    fputs("  ends      ", stdout);
    account_print_countdown(ends, now);
    puts(": its OAuth consent screen is in Testing");
}

static void postmaster_print_domain(const struct postmaster_domain_view *d)
{
    printf("  %s\n    ", d->domain);
    if (d->newest == 0) {
        puts("no day with data yet");
        return;
    }
    fputs("the newest day with data is ", stdout);
    account_print_day(d->newest);
    putchar('\n');
}

static void postmaster_show_text(const struct source_look *look,
                                 const struct postmaster_overview *o, bool first)
{
    time_t now = look->now;
    printf("%s%s (%s)\n", first ? "" : "\n", o->account->name,
           o->signs ? "Google, service account" : "Google");
    account_print_success("data", o->read, now);
    account_login_print(&o->login, o->account->name, "Google", now, look->width);
    postmaster_print_end(o->login.ends, now);
    for (size_t i = 0; i < o->domain_count; i++)
        postmaster_print_domain(&o->domains[i]);
}

/* ---- JSON ---- */

static void postmaster_show_json(struct json_out *w, const struct postmaster_overview *o)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "account", o->account->name);
    json_out_text(w, "source", "postmaster");
    json_out_text(w, "method", o->signs ? "service-account" : "oauth");
    json_out_time(w, "read", o->read);
    json_out_given(w, "problem", o->login.problem);
    if (!o->signs)
        account_login_json(w, &o->login);
    json_out_open(w, "domains", '[');
    for (size_t i = 0; i < o->domain_count; i++) {
        json_out_newline(w);
        json_out_open(w, NULL, '{');
        json_out_text(w, "domain", o->domains[i].domain);
        json_out_day(w, "newest_day", o->domains[i].newest);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
    json_out_bool(w, "expired", o->expired);
    json_out_close(w, '}');
}

bool postmaster_show(const struct source_look *look, struct json_out *json, bool first)
{
    bool expired = false;
    for (size_t i = 0; i < look->conf->postmaster_count; i++) {
        struct postmaster_overview o;
        postmaster_overview(look->conf, i, look->fact, look->ctx, look->now, &o);
        if (json)
            postmaster_show_json(json, &o);
        else
            postmaster_show_text(look, &o, first && i == 0);
        expired |= o.expired;
        postmaster_overview_fini(&o);
    }
    return expired;
}
