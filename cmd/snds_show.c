/* SPDX-License-Identifier: ISC */
#include "snds_show.h"

#include "options.h"

#include "repmon/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400

/* ---- text ---- */

static void print_day(int32_t day)
{
    printf("%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
}

/* "2026-11-21 07:00 +0100 (3 h ago)" */
static void print_time(const char *what, time_t t, time_t now)
{
    char at[40], age[40];
    clock_format_local(t, at, sizeof at);
    clock_format_age(t < now ? now - t : 0, age, sizeof age);
    printf("  %-9s %s (%s ago)\n", what, at, age);
}

static void print_success(const char *what, time_t t, time_t now)
{
    if (t)
        print_time(what, t, now);
    else
        printf("  %-9s never read\n", what);
}

static void print_countdown(time_t end, time_t now)
{
    print_day(snds_day(end));
    if (end > now)
        printf(" (in %" PRId64 " days)", (int64_t)(end - now) / DAY_S);
    else
        printf(" (%" PRId64 " days ago)", (int64_t)(now - end) / DAY_S);
}

static void print_login(const struct snds_overview *o, time_t now)
{
    if (o->token == SNDS_TOKEN_MISSING) {
        printf("  login     nobody logged in: repmon login %s\n", o->account->name);
        return;
    }
    if (o->token == SNDS_TOKEN_UNREADABLE) {
        printf("  login     ");
        help_words(stdout, 12, 12, o->token_problem);
        return;
    }
    if (o->refused) {
        print_time("login", o->refused, now);
        printf("            EXPIRED: Microsoft refuses it since then\n            repmon snds "
               "login %s\n",
               o->account->name);
    }
    if (o->logged_in)
        print_time("logged in", o->logged_in, now);
    if (o->used)
        print_time("renewed", o->used, now);
    if (o->rotated)
        print_time("rotated", o->rotated, now);
}

static void print_link(const char *what, const struct snds_link_view *l, time_t now)
{
    if (!l->wanted)
        return;
    printf("  %-9s ", what);
    if (!l->readable) {
        puts("its file can't be read");
    } else if (l->died) {
        printf("EXPIRED, found ");
        print_countdown(l->died, now);
        puts("\n            make a new one in SNDS, or use method = oauth");
    } else if (!l->end) {
        puts("not used yet");
    } else {
        printf(l->end > now ? "ends " : "still works, though its 30 days ended ");
        print_countdown(l->end, now);
        putchar('\n');
    }
}

static void print_block(const struct snds_block_view *b, time_t now)
{
    char block[CIDR_TEXT_MAX];
    cidr_format(&b->block, block);
    printf("  %s\n    ", block);
    if (b->newest == 0) {
        printf("never had rows");
    } else {
        printf("rows on %zu days, the newest is ", b->days);
        print_day(b->newest);
    }
    putchar('\n');
    if (b->cover == SNDS_LAPSED)
        puts("    VANISHED from the reports: access may have lapsed");
    else if (b->cover == SNDS_NOT_COVERED)
        puts("    not proven to be covered, so an empty status report says nothing of it");
    if (b->attestation_end) {
        printf("    attested ");
        print_day(snds_day(b->attested));
        printf(b->attestation_end > now ? ", ends " : ", ended ");
        print_countdown(b->attestation_end, now);
        putchar('\n');
    }
}

void snds_show_text(const struct snds_overview *o, time_t now, bool first)
{
    printf("%s%s (%s)\n", first ? "" : "\n", o->account->name,
           o->account->links ? "links" : "oauth");
    print_success("status", o->status_success, now);
    print_success("data", o->data_success, now);
    if (o->newest) {
        printf("  newest    ");
        print_day(o->newest);
        puts(o->stale ? " STALE: Microsoft publishes late, or access has lapsed" : "");
    }
    if (o->account->links) {
        print_link("data link", &o->data_link, now);
        print_link("status l.", &o->status_link, now);
    } else {
        print_login(o, now);
    }
    for (size_t i = 0; i < o->block_count; i++)
        print_block(&o->blocks[i], now);
}

/* ---- JSON ---- */

static void json_string(const char *key, const char *value)
{
    struct buf b;
    buf_init(&b, 8192);
    buf_json(&b, value, strlen(value));
    printf("\"%s\":%s,", key, buf_text(&b));
    buf_fini(&b);
}

static void json_time(const char *key, time_t t)
{
    char text[24];
    clock_format_utc(t, text, sizeof text);
    if (t)
        printf("\"%s\":\"%s\",", key, text);
    else
        printf("\"%s\":null,", key);
}

static void json_day(const char *key, int32_t day)
{
    if (day)
        printf("\"%s\":\"%04d-%02d-%02d\",", key, day / 10000, day / 100 % 100, day % 100);
    else
        printf("\"%s\":null,", key);
}

static void json_link(const char *key, const struct snds_link_view *l)
{
    if (!l->wanted)
        return;
    printf("\"%s\":{", key);
    json_time("seen", l->seen);
    json_time("ends", l->end);
    json_time("expired", l->died);
    printf("\"readable\":%s},", l->readable ? "true" : "false");
}

void snds_show_begin(void)
{
    fputs("{\"version\":1,\"accounts\":[", stdout);
}

void snds_show_json(const struct snds_overview *o, bool first)
{
    static const char *const tokens[] = {"read", "missing", "unreadable"};
    static const char *const covers[] = {"not-covered", "covered", "lapsed"};
    fputs(first ? "{" : ",{", stdout);
    json_string("account", o->account->name);
    json_string("method", o->account->links ? "links" : "oauth");
    json_time("status_read", o->status_success);
    json_time("data_read", o->data_success);
    json_day("newest_day", o->newest);
    printf("\"stale\":%s,", o->stale ? "true" : "false");
    json_link("data_link", &o->data_link);
    json_link("status_link", &o->status_link);
    if (!o->account->links) {
        printf("\"login\":{");
        json_time("logged_in", o->logged_in);
        json_time("renewed", o->used);
        json_time("rotated", o->rotated);
        json_time("refused", o->refused);
        printf("\"token\":\"%s\"},", tokens[o->token]);
    }
    printf("\"blocks\":[");
    for (size_t i = 0; i < o->block_count; i++) {
        const struct snds_block_view *b = &o->blocks[i];
        char block[CIDR_TEXT_MAX];
        cidr_format(&b->block, block);
        fputs(i ? ",{" : "{", stdout);
        json_string("block", block);
        json_string("cover", covers[b->cover]);
        json_day("newest_day", b->newest);
        json_time("vanished", b->lapsed);
        json_time("attested", b->attested);
        json_time("attestation_ends", b->attestation_end);
        printf("\"days_with_rows\":%zu}", b->days);
    }
    printf("],\"expired\":%s}", o->expired ? "true" : "false");
}

void snds_show_end(void)
{
    puts("]}");
}
