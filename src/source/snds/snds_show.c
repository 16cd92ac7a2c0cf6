/* SPDX-License-Identifier: ISC */
/* The SNDS accounts in `repmon accounts`, for people and for programs. */
#include "snds_state.h"

#include "../account_print.h"
#include "snds_overview.h"

#include "repmon/day.h"
#include "repmon/json_out.h"
#include "repmon/source_look.h"

#include <stdio.h>
#include <string.h>

/* ---- text ---- */

static void snds_print_link(const char *what, const struct snds_link_view *l, time_t now)
{
    if (!l->wanted)
        return;
    printf("  %-9s ", what);
    if (!l->readable) {
        puts("its file can't be read");
    } else if (l->died) {
        printf("EXPIRED, found ");
        account_print_countdown(l->died, now);
        puts("\n            create a new one in SNDS, or use method = oauth");
    } else if (!l->end) {
        puts("not used yet");
    } else {
        printf(l->end > now ? "ends " : "still works, though its 30 days ended ");
        account_print_countdown(l->end, now);
        putchar('\n');
    }
}

static void snds_print_block(const struct snds_block_view *b, time_t now)
{
    char block[CIDR_TEXT_MAX];
    cidr_format(&b->block, block);
    printf("  %s\n    ", block);
    if (b->newest == 0) {
        printf("never had rows");
    } else {
        printf("rows on %zu days, the newest is ", b->days);
        account_print_day(b->newest);
    }
    putchar('\n');
    if (b->cover == SNDS_LAPSED)
        puts("    VANISHED from the reports: access may have lapsed");
    else if (b->cover == SNDS_NOT_COVERED)
        puts("    not proven to be covered, so an empty status report says nothing about it");
    if (b->attestation_end) {
        printf("    attested ");
        account_print_day(day_of(b->attested));
        printf(b->attestation_end > now ? ", ends " : ", ended ");
        account_print_countdown(b->attestation_end, now);
        putchar('\n');
    }
}

static void snds_show_text(const struct source_look *look, const struct snds_overview *o,
                           bool first)
{
    time_t now = look->now;
    printf("%s%s (%s)\n", first ? "" : "\n", o->account->name,
           o->account->links ? "links" : "oauth");
    account_print_success("status", o->status_success, now);
    account_print_success("data", o->data_success, now);
    if (o->newest) {
        printf("  newest    ");
        account_print_day(o->newest);
        puts(o->stale ? " STALE: Microsoft publishes late, or access has lapsed" : "");
    }
    if (o->account->links) {
        snds_print_link("data link", &o->data_link, now);
        snds_print_link("status l.", &o->status_link, now);
    } else {
        account_login_print(&o->login, o->account->name, "Microsoft", now, look->width);
    }
    for (size_t i = 0; i < o->block_count; i++)
        snds_print_block(&o->blocks[i], now);
}

/* ---- JSON ---- */

static void snds_json_link(struct json_out *w, const char *key, const struct snds_link_view *l)
{
    if (!l->wanted)
        return;
    json_out_open(w, key, '{');
    json_out_time(w, "seen", l->seen);
    json_out_time(w, "ends", l->end);
    json_out_time(w, "expired", l->died);
    json_out_bool(w, "readable", l->readable);
    json_out_close(w, '}');
}

static void snds_json_block(struct json_out *w, const struct snds_block_view *b)
{
    static const char *const covers[] = {"not-covered", "covered", "lapsed"};
    char block[CIDR_TEXT_MAX];
    cidr_format(&b->block, block);
    json_out_open(w, NULL, '{');
    json_out_text(w, "block", block);
    json_out_text(w, "cover", covers[b->cover]);
    json_out_day(w, "newest_day", b->newest);
    json_out_time(w, "vanished", b->lapsed);
    json_out_time(w, "attested", b->attested);
    json_out_time(w, "attestation_ends", b->attestation_end);
    json_out_number(w, "days_with_rows", (int64_t)b->days);
    json_out_close(w, '}');
}

static void snds_show_json(struct json_out *w, const struct snds_overview *o)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "account", o->account->name);
    json_out_text(w, "method", o->account->links ? "links" : "oauth");
    json_out_time(w, "status_read", o->status_success);
    json_out_time(w, "data_read", o->data_success);
    json_out_day(w, "newest_day", o->newest);
    json_out_bool(w, "stale", o->stale);
    snds_json_link(w, "data_link", &o->data_link);
    snds_json_link(w, "status_link", &o->status_link);
    if (!o->account->links)
        account_login_json(w, &o->login);
    json_out_open(w, "blocks", '[');
    for (size_t i = 0; i < o->block_count; i++)
        snds_json_block(w, &o->blocks[i]);
    json_out_close(w, ']');
    json_out_bool(w, "expired", o->expired);
    json_out_close(w, '}');
}

bool snds_show(const struct source_look *look, struct json_out *json, bool first)
{
    bool expired = false;
    for (size_t i = 0; i < look->conf->snds_count; i++) {
        struct snds_overview o;
        snds_overview(look->conf, i, look->fact, look->ctx, look->now, &o);
        if (json)
            snds_show_json(json, &o);
        else
            snds_show_text(look, &o, first && i == 0);
        expired |= o.expired;
        snds_overview_fini(&o);
    }
    return expired;
}
