/* SPDX-License-Identifier: ISC */
/* From a line to a count: which receiver, and whose address; contract section 9. */
#include "unit.h"

#include "source/log/heard.h"

#include "repmon/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOW INT64_C(1795000000) /* 2026-11-18 11:06:40 UTC */

#define OUTLOOK "outlook-com.olc.protection.outlook.com[198.51.100.21]"
#define GMAIL   "gmail-smtp-in.l.google.com[198.51.100.30]"
#define GMAIL6  "gmail-smtp-in.l.google.com[2001:db8:99::1b]"
#define YAHOO   "mta5.am0.yahoodns.net[198.51.100.40]"
#define S3140(ip)                                                                                  \
    "550 5.7.1 Unfortunately, messages from [" ip "] weren't sent. part of their network is on "   \
    "our block list (S3140)"
#define RATE                                                                                       \
    "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP "  \
    "address."

struct world {
    struct conf conf;
    struct inventory inventory;
    struct heard heard;
    struct heard_lines count;
    unsigned queue;
};

static void start(struct world *w, const char *targets, const char *keys)
{
    struct errors errors = {0}, warnings = {0};
    struct error err = {0};
    const struct explain_setup table = {0};
    char text[2048];
    *w = (struct world){.queue = 0};
    snprintf(text, sizeof text, "[targets]\n%s\n[log \"mx1\"]\nfile = /x\n%s\n", targets, keys);
    assert_true(conf_parse("/x/repmon.conf", text, strlen(text), &w->conf, &errors, &warnings));
    inventory_init(&w->inventory);
    assert_true(inventory_add_conf(&w->inventory, &w->conf, &errors));
    inventory_finish_conf(&w->inventory, &w->conf);
    memory_init(&w->heard.memory);
    w->heard.explain = explain_new(&table, &err);
    assert_non_null(w->heard.explain);
    w->heard.inventory = &w->inventory;
    w->heard.now = NOW;
    w->heard.since = NOW - DAY_S;
    buf_init(&w->heard.scratch, EXPLAIN_LINE_MAX * 2);
}

static void end(struct world *w)
{
    explain_free(w->heard.explain);
    memory_fini(&w->heard.memory);
    buf_fini(&w->heard.scratch);
    inventory_fini(&w->inventory);
    conf_fini(&w->conf);
}

static void line(struct world *w, int64_t ago, const char *text)
{
    char stamp[40], whole[2048];
    time_t at = (time_t)(NOW - ago);
    struct tm tm;
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&at, &tm));
    snprintf(whole, sizeof whole, "%s mx1 %s", stamp, text);
    heard_line(&w->heard, &w->conf.logs[0], &w->count, whole, strlen(whole));
}

static void refused_by(struct world *w, const char *tag, const char *host, const char *reply,
                       const char *command)
{
    char text[1536];
    snprintf(text, sizeof text,
             "%s[7]: 4Q%05u: to=<a@b.example>, relay=%s:25, delay=1, delays=0/0/1/0, dsn=%s, "
             "status=%s (host %s said: %s (in reply to %s command))",
             tag, ++w->queue, host, reply[0] == '4' ? "4.0.0" : "5.0.0",
             reply[0] == '4' ? "deferred" : "bounced", host, reply, command);
    line(w, 60, text);
}

static void refuse(struct world *w, const char *host, const char *reply)
{
    refused_by(w, "postfix/smtp", host, reply, "MAIL FROM");
}

/* Messages of the last day of this pair. `own` "": of nobody known. */
static uint32_t counted(struct world *w, const char *own, const char *receiver,
                        enum pair_outcome outcome)
{
    struct ip ip = {0};
    uint32_t day[PAIR_OUTCOMES];
    if (own[0])
        assert_true(ip_parse(own, &ip));
    const struct pair *p = memory_find(&w->heard.memory, &ip, receiver);
    if (!p)
        return 0;
    pair_last_day(p, NOW, day);
    return day[outcome];
}

static uint32_t blamed(struct world *w)
{
    uint32_t all = 0;
    for (size_t i = 0; i < w->heard.memory.pair_count; i++) {
        uint32_t day[PAIR_OUTCOMES];
        pair_last_day(w->heard.memory.pairs[i], NOW, day);
        all += pair_refused_of(day) + day[PAIR_THROTTLED];
    }
    return all;
}

/* ---- whose address ---- */

#define TWO "ip = 203.0.113.5\nip = 203.0.113.6"

static void the_reply_the_line_the_tag_or_the_only_address_decide(void **state)
{
    static const struct {
        const char *targets, *keys, *tag, *reply, *own;
    } rows[] = {
        {TWO, "", "postfix/smtp", S3140("203.0.113.6"), "203.0.113.6"},
        {TWO, "tag = out1 203.0.113.5", "out1/smtp", S3140("203.0.113.6"), "203.0.113.6"},
        {TWO, "tag = out1 203.0.113.5", "out1/smtp", RATE, "203.0.113.5"},
        {TWO, "tag = out1 203.0.113.5", "out11/smtp", RATE, ""},
        {TWO, "", "postfix-203.0.113.6/smtp", RATE, "203.0.113.6"},
        {TWO, "", "postfix/smtp", RATE, ""}, /* a pool: nobody is blamed */
        {TWO, "address = 203.0.113.6", "postfix/smtp", RATE, "203.0.113.6"},
        {TWO, "address = 203.0.113.5\naddress = 203.0.113.6", "postfix/smtp", RATE, ""},
        {"ip = 203.0.113.5", "", "postfix/smtp", RATE, "203.0.113.5"},
        {"ip = 203.0.113.5\nip = 2001:db8::/64", "", "postfix/smtp", RATE, "203.0.113.5"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        start(&w, rows[i].targets, rows[i].keys);
        bool outlook = strstr(rows[i].reply, "S3140") != NULL;
        refused_by(&w, rows[i].tag, outlook ? OUTLOOK : GMAIL, rows[i].reply, "MAIL FROM");
        uint32_t n = outlook ? counted(&w, rows[i].own, "microsoft-consumer", PAIR_DECISIVE)
                             : counted(&w, rows[i].own, "gmail", PAIR_THROTTLED);
        if (n != 1 || blamed(&w) != 1)
            fail_msg("row %zu: %u", i, (unsigned)n);
        end(&w);
    }
}

static void an_ipv6_address_is_its_64(void **state)
{
    struct world w;
    (void)state;
    start(&w, "ip = 203.0.113.5\nip = 2001:db8:1:2::25", "");
    refuse(&w, GMAIL6,
           "421-4.7.28 unusual rate of mail from 2001:db8:1:2::77 421 4.7.28 slow down");
    assert_int_equal(counted(&w, "2001:db8:1:2::25", "gmail", PAIR_THROTTLED), 1);
    refuse(&w, GMAIL6, RATE); /* assumed: the only one of the connection's family */
    assert_int_equal(counted(&w, "2001:db8:1:2::25", "gmail", PAIR_THROTTLED), 2);
    end(&w);
}

static void a_private_address_of_the_line_is_no_address(void **state)
{
    struct world w;
    (void)state;
    start(&w, "ip = 203.0.113.5", "");
    static const char exim[] =
        "2026-11-18 11:00:00 1uAbCd-0000000002b-2 ** b@o.example R=dns T=smtp "
        "H=outlook-com.olc.protection.outlook.com [198.51.100.21] I=[10.0.0.5]: SMTP error from "
        "remote mail server after MAIL FROM:<x@example.org>: " RATE;
    heard_line(&w.heard, &w.conf.logs[0], &w.count, exim, strlen(exim));
    assert_int_equal(w.heard.memory.pair_count, 1);
    assert_int_equal(w.heard.memory.pairs[0]->own.family, 4);
    end(&w);
}

static void somebody_else_s_address_blames_no_target(void **state)
{
    static const char *const hosts[] = {OUTLOOK, "mx.stranger.example[198.51.100.50]"};
    static const char *const commands[] = {"MAIL FROM", "end of DATA"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct world w;
        start(&w, "ip = 203.0.113.5", "");
        refused_by(&w, "postfix/smtp", hosts[i % 2], S3140("192.0.2.99"), commands[i / 2]);
        assert_int_equal(blamed(&w), 0);
        /* Only receivers of the table, before the message, tell by what mail leaves. */
        assert_int_equal(w.heard.memory.unwatched_count, i == 0);
        end(&w);
    }
}

static void a_named_address_voids_what_was_assumed_for_a_week(void **state)
{
    struct world w;
    (void)state;
    start(&w, TWO, "address = 203.0.113.5");
    refuse(&w, GMAIL, RATE);
    assert_int_equal(counted(&w, "203.0.113.5", "gmail", PAIR_THROTTLED), 1);
    refuse(&w, OUTLOOK, S3140("203.0.113.6"));
    refuse(&w, GMAIL, RATE);
    assert_int_equal(counted(&w, "203.0.113.5", "gmail", PAIR_THROTTLED), 1);
    assert_int_equal(counted(&w, "", "gmail", PAIR_THROTTLED), 1);
    w.heard.now = NOW + 8 * DAY_S;
    w.heard.since = NOW - DAY_S;
    refuse(&w, GMAIL, RATE);
    assert_int_equal(counted(&w, "203.0.113.5", "gmail", PAIR_THROTTLED), 2);
    end(&w);
}

static void a_stranger_voids_nothing(void **state)
{
    struct world w;
    (void)state;
    start(&w, TWO, "address = 203.0.113.5");
    refuse(&w, "mx.stranger.example[198.51.100.50]",
           "550 5.7.1 [203.0.113.6] is blocked because of poor reputation");
    refuse(&w, GMAIL, RATE);
    assert_int_equal(counted(&w, "203.0.113.5", "gmail", PAIR_THROTTLED), 1);
    end(&w);
}

static void a_range_is_each_target_s_in_it_and_a_warning(void **state)
{
    struct world w;
    (void)state;
    start(&w, "ip = 203.0.113.5\nip = 203.0.113.6\nip = 198.51.100.9", "");
    refuse(&w, OUTLOOK,
           "550 5.7.1 Service unavailable, messages from 203.0.113.0/24 weren't sent: part of "
           "their network is on our block list (S3140)");
    assert_int_equal(counted(&w, "203.0.113.5", "microsoft-consumer", PAIR_RANGE), 1);
    assert_int_equal(counted(&w, "203.0.113.6", "microsoft-consumer", PAIR_RANGE), 1);
    assert_int_equal(counted(&w, "198.51.100.9", "microsoft-consumer", PAIR_RANGE), 0);
    assert_int_equal(blamed(&w), 2);
    end(&w);
}

/* ---- which receiver ---- */

static void the_host_tells_who_answered_and_never_the_words(void **state)
{
    static const struct {
        const char *host, *receiver;
    } rows[] = {
        {"mx.stranger.example[198.51.100.50]", "stranger.example"},
        {"MX1.Stranger.CO.UK[198.51.100.50]", "stranger.co.uk"},
        {"mx.gmail.com.stranger.example[198.51.100.50]", "stranger.example"},
        {GMAIL, "gmail"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        start(&w, "ip = 203.0.113.5", "");
        refuse(&w, rows[i].host, RATE);
        assert_int_equal(w.heard.memory.pair_count, 1);
        assert_string_equal(w.heard.memory.pairs[0]->receiver, rows[i].receiver);
        end(&w);
    }
}

static void what_is_our_own_is_no_receiver(void **state)
{
    static const char *const lines[] = {
        "postfix/smtp[7]: 4Q1: to=<a@b.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
        "delays=0/0/1/0, dsn=5.7.1, status=bounced (host 127.0.0.1[127.0.0.1] said: 550 5.7.1 "
        "[203.0.113.5] S3140 (in reply to MAIL FROM command))",
        "postfix/smtp[7]: 4Q1: to=<a@b.example>, relay=amavis.example.org[192.168.4.4]:10024, "
        "delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 from MTA)",
        "postfix/smtp[7]: 4Q1: to=<a@b.example>, relay=relay.example.net[198.51.100.70]:587, "
        "delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 queued)",
        "postfix/smtp[7]: 4Q1: to=<a@b.example>, relay=x.example.net[198.51.100.71]:587, "
        "delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 queued)",
        "postfix/lmtp[7]: 4Q1: to=<a@b.example>, relay=mx1[private/dovecot-lmtp], delay=1, "
        "delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Saved)",
        "postfix/lmtp[7]: 4Q1: to=<a@b.example>, relay=store.example.org[203.0.113.50]:24, "
        "delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Saved)",
        "exim[7]: 1vO4Xq-000000004Qa-1abC => a <a@b.example> R=mailboxes T=dovecot_lmtp "
        "H=store.example.org [203.0.113.50] C=\"250 2.0.0 Saved\"",
        "exim[7]: 1vO4Xq-000000004Qa-1abC ** a <a@b.example> R=mailboxes T=dovecot_lmtp "
        "H=store.example.org [203.0.113.50]: LMTP error from remote mail server after RCPT "
        "TO:<a@b.example>: 550 5.7.1 [203.0.113.5] S3140",
        "postfix/error[7]: 4Q1: to=<a@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.7.1, "
        "status=deferred (delivery temporarily suspended: host " OUTLOOK
        " refused to talk to me: 550 5.7.1 (S3140))",
        "postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 Service "
        "unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org",
        "postfix/local[7]: 4Q1: to=<a@b.example>, relay=local, delay=1, delays=0/0/1/0, "
        "dsn=2.0.0, status=sent (delivered to mailbox)",
        "postfix/pipe[7]: 4Q1: to=<a@b.example>, relay=spamfilter, delay=1, delays=0/0/1/0, "
        "dsn=5.7.1, status=bounced (550 5.7.1 [203.0.113.5] S3140)",
        "postfix/virtual[7]: 4Q1: to=<a@b.example>, relay=virtual, delay=1, delays=0/0/1/0, "
        "dsn=2.0.0, status=sent (delivered to maildir)",
        "postfix/smtp[7]: 4Q1: to=<a@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, "
        "status=deferred (connect to " GMAIL ":25: Connection timed out)",
        "exim[7]: 1vO4Xq-000000004Qa-1abC => |/usr/bin/filter <a@b.example> R=pipes T=pipe",
        "exim[7]: 1vO4Xq-000000004Qa-1abC == a@b.example R=dnslookup T=remote_smtp defer (-53): "
        "retry time not reached for any host for 'b.example'",
        "exim[7]: 1vO4Xq-000000004Qa-1abC ** a@b.example R=dnslookup T=remote_smtp H=gmail-smtp-in."
        "l.google.com [198.51.100.30]: all hosts for 'b.example' have been failing for a long time",
        "postfix/qmgr[7]: 4Q1: removed",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct world w;
        start(&w, "ip = 203.0.113.5", "smarthost = relay.example.net\nsmarthost = 198.51.100.71");
        line(&w, 60, lines[i]);
        if (w.heard.memory.pair_count)
            fail_msg("counted: %s", lines[i]);
        end(&w);
    }
}

/* ---- time ---- */

static void odd_stamps_are_counted_and_judged_never(void **state)
{
    static const struct {
        int64_t ago;
        bool odd;
    } rows[] = {
        {60, false}, {-500, false}, {-700, true}, {-366 * DAY_S, true}, {26 * HOUR_S, true}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        start(&w, "ip = 203.0.113.5", "");
        w.heard.since = NOW - 400 * DAY_S;
        line(&w, 60, "postfix/qmgr[7]: 4Q1: removed");
        line(&w, rows[i].ago,
             "postfix/smtp[7]: 4Q1: to=<a@b.example>, relay=" GMAIL ":25, delay=1, "
             "delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 OK)");
        assert_int_equal(w.count.odd, rows[i].odd);
        assert_int_equal(w.heard.memory.pair_count, !rows[i].odd);
        end(&w);
    }
}

/* ---- what is about no address ---- */

static void content(struct world *w, int count)
{
    for (int i = 0; i < count; i++)
        refused_by(w, "postfix/smtp", GMAIL,
                   "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
                   "end of DATA");
}

static void a_jump_needs_twenty_and_five_times_the_week(void **state)
{
    static const struct {
        int now, days, a_day;
        bool jumps;
    } rows[] = {{19, 10, 0, false},  {20, 10, 0, true},  {20, 10, 4, true},
                {20, 10, 5, false},  {100, 2, 0, false}, /* a young log has no mean */
                {100, 10, 20, true}, {99, 10, 20, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        start(&w, "ip = 203.0.113.5", "");
        for (int day = rows[i].days; day >= 2; day--) {
            w.heard.now = NOW;
            w.heard.since = 0;
            line(&w, day * DAY_S, "postfix/qmgr[7]: 4Q1: removed");
            for (int n = 0; n < rows[i].a_day; n++) {
                char text[512];
                snprintf(text, sizeof text,
                         "postfix/smtp[7]: 4D%03d%03d: to=<a@b.example>, relay=" GMAIL
                         ":25, delay=1, delays=0/0/1/0, dsn=5.7.26, status=bounced (host " GMAIL
                         " said: 550-5.7.26 This mail has been blocked because the sender is "
                         "unauthenticated. (in reply to end of DATA command))",
                         day, n);
                line(&w, day * DAY_S, text);
            }
        }
        content(&w, rows[i].now);
        uint64_t week;
        if ((heard_jump(&w.heard, "gmail", &week) > 0) != rows[i].jumps)
            fail_msg("row %zu", i);
        if (rows[i].days > 7)
            assert_int_equal(week, 7 * rows[i].a_day);
        assert_int_equal(blamed(&w), 0);
        end(&w);
    }
}

static void an_account_that_is_blocked_is_said_for_a_day(void **state)
{
    struct world w;
    (void)state;
    start(&w, "ip = 203.0.113.5", "");
    refused_by(&w, "postfix/smtp", "x-com.mail.protection.outlook.com[198.51.100.60]",
               "550 5.1.8 Access denied, bad outbound sender.", "end of DATA");
    assert_true(heard_is_tenant_blocked(&w.heard, "microsoft-365"));
    assert_int_equal(blamed(&w), 0);
    w.heard.now = NOW + 25 * HOUR_S;
    assert_false(heard_is_tenant_blocked(&w.heard, "microsoft-365"));
    end(&w);
}

/* ---- receivers outside the table ---- */

static void two_strangers_must_refuse_the_same_address(void **state)
{
    static const char reply[] = "550 5.7.1 [203.0.113.5] blocked because of poor reputation";
    struct world w;
    (void)state;
    start(&w, "ip = 203.0.113.5", "");
    for (int i = 0; i < 3; i++)
        refuse(&w, "mx1.one.example[198.51.100.51]", reply);
    refuse(&w, "mx2.one.example[198.51.100.52]", reply);
    heard_judge(&w.heard, &w.conf, true);
    assert_int_equal(w.heard.memory.pairs[0]->state, PAIR_IS_REFUSED);
    assert_false(w.heard.memory.pairs[0]->told);
    refuse(&w, "mx.two.example[198.51.100.53]", reply);
    heard_judge(&w.heard, &w.conf, true);
    assert_true(w.heard.memory.pairs[0]->told && w.heard.memory.pairs[1]->told);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reply_the_line_the_tag_or_the_only_address_decide),
        cmocka_unit_test(an_ipv6_address_is_its_64),
        cmocka_unit_test(a_private_address_of_the_line_is_no_address),
        cmocka_unit_test(somebody_else_s_address_blames_no_target),
        cmocka_unit_test(a_named_address_voids_what_was_assumed_for_a_week),
        cmocka_unit_test(a_stranger_voids_nothing),
        cmocka_unit_test(a_range_is_each_target_s_in_it_and_a_warning),
        cmocka_unit_test(the_host_tells_who_answered_and_never_the_words),
        cmocka_unit_test(what_is_our_own_is_no_receiver),
        cmocka_unit_test(odd_stamps_are_counted_and_judged_never),
        cmocka_unit_test(a_jump_needs_twenty_and_five_times_the_week),
        cmocka_unit_test(an_account_that_is_blocked_is_said_for_a_day),
        cmocka_unit_test(two_strangers_must_refuse_the_same_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
