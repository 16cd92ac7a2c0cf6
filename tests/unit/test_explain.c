/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "bounce/explain_parts.h"

#include <stdio.h>
#include <stdlib.h>

static struct explain *reader;
static const struct explain_zone zones[] = {
    {"bl.example", "Example Lists, Inc.", "https://bl.example/{ip}", "Ask nicely.", false, false},
    {"rhs.example", "", "", "", true, false},
    {"dead.example", "", "", "", false, true},
};

static int open_reader(void **state)
{
    struct error err = {0};
    (void)state;
    struct explain_setup setup = {.zones = zones, .zone_count = COUNT(zones)};
    reader = explain_new(&setup, &err);
    return reader ? 0 : -1;
}

static int close_reader(void **state)
{
    (void)state;
    explain_free(reader);
    return 0;
}

static void folded_and_tagged_text_becomes_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *plain;
    } rows[] = {
        {"550-5.7.26 This mail\r\n550-5.7.26 has been\r\n550 5.7.26 blocked",
         "550-5.7.26 This mail has been blocked"},
        {"said: 550-5.7.1 likely 550-5.7.1 unsolicited 550 5.7.1 mail",
         "said: 550-5.7.1 likely unsolicited mail"},
        {"554-gmx.net x\n554-No SMTP\n554 See", "554-gmx.net x No SMTP See"},
        {"   folded\n\t text ", "folded text"},
        {"<<< 550 5.1.1 No\n>>> QUIT", "550 5.1.1 No"},
        {"> > 550 quoted", "550 quoted"},
        {"550 a\\n550 b", "550 a 550 b"},
        {"550-5.1.1 a\\n550 5.1.1 b", "550-5.1.1 a b"},
        {"550 a#012b", "550 a b"},
        {"weren\xe2\x80\x99t\xc2\xa0so", "weren't so"},
        {"x [AM7EUR06FT013.eop-eur06.prod.protection.outlook.com 2026-11-21T05:12:01.123Z 08DC]",
         "x"},
        {"x [Name=Protocol Filter Agent][AGT=PFA][MxId=11BAF3C5A1D2E3F4] y", "x y"},
        {"keeps [203.0.113.5] and [TSS04]", "keeps [203.0.113.5] and [TSS04]"},
        {"192.0.2.1_does_not_like_recipient./Remote_host_said:_550_no",
         "192.0.2.1 does not like recipient./Remote host said: 550 no"},
        {"a_b stays", "a_b stays"},
        {"X-Reporter-IP: 198.51.100.1\nbody", "body"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        text_normalise(rows[i].raw, strlen(rows[i].raw), &out);
        if (strcmp(buf_text(&out), rows[i].plain) != 0)
            fail_msg("row %zu: “%s”", i, buf_text(&out));
        buf_fini(&out);
    }
}

static void codes_are_read_and_addresses_are_no_codes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int reply;
        const char *status;
    } rows[] = {
        {"550 5.7.1 no", 550, "5.7.1"},
        {"550-5.7.26 no", 550, "5.7.26"},
        {"dsn=5.0.0, said: 554 5.7.1 no", 554, "5.7.1"},
        {"host 10.5.3.2 said no", 0, ""},
        {"from 10.5.3.2: 550 no", 550, ""},
        {"from 5.7.1.2 nothing", 0, ""},
        {"(#5.1.1)", 0, "5.1.1"},
        {"Status: 5.2.2 (full)", 0, "5.2.2"},
        {"smtp; 452 4.2.2 full", 452, "4.2.2"},
        {"'550 5.7.606 banned'", 550, "5.7.606"},
        {"stat=\"421 4.7.0 slow\"", 421, "4.7.0"},
        {"status 2.0.0 fine", 0, ""},
        {"port 587 and 25", 0, ""},
        {"5.7.1234 is none", 0, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text_facts facts;
        text_facts(rows[i].text, strlen(rows[i].text), &facts);
        if (facts.reply != rows[i].reply || strcmp(facts.status, rows[i].status) != 0)
            fail_msg("%s: %d “%s”", rows[i].text, facts.reply, facts.status);
    }
}

static void the_refused_address_is_not_the_host_that_answers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address;
    } rows[] = {
        {"host mx.example[192.0.2.1] said: 550 5.7.1 no [203.0.113.5]", "203.0.113.5"},
        {"host mx.example[192.0.2.1] said: 550 5.7.1 no", NULL},
        {"host mx.example[192.0.2.1] said: 550 192.0.2.1 hates 203.0.113.5", "203.0.113.5"},
        {"550 5.7.1 see 198.51.100.1 about [203.0.113.5]", "203.0.113.5"},
        {"550 5.7.1 sender[203.0.113.5].", "203.0.113.5"},
        {"550 5.7.1 from [IPv6:2001:db8::25] no", "2001:db8::25"},
        {"550 5.7.1 from 2001:db8::25, no", "2001:db8::25"},
        {"550 x ?ip=203.0.113.5&y", "203.0.113.5"},
        {"550 x bl.shtml?203.0.113.5", "203.0.113.5"},
        {"550 5.7.1 [IP] is masked", NULL},
        {"550 5.7.1 host-203.0.113.5.dyn.example", NULL},
        {"550 at 12:34:56 version 1.2.3", NULL},
        {"550 1.2.3.4.5 and 300.1.1.1", NULL},
        {"550 203.0.113.5:25 no", "203.0.113.5"},
        {"550 your IP:203.0.113.5 no", "203.0.113.5"},
        {"550 rejected:203.0.113.5", "203.0.113.5"},
        {"550 bad SPF for [mail.example.org:203.0.113.5]", "203.0.113.5"},
        {"421 Too many messages (1.5.6.1) from 203.0.113.5", "203.0.113.5"},
        {"421 Message from (1.5.6.1) deferred", "1.5.6.1"},
        {"550 at 12:34:56.7.8.9 x2001:db8::7", NULL},
        {"450 unverified: lost connection with mx.example[192.0.2.2] while sending", NULL},
        {"Connected to 192.0.2.1 but sender was rejected", NULL},
        {"192.0.2.1 does not like recipient", NULL},
        {"relay=\"192.0.2.1 (mx.example)\"", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text_facts facts;
        struct ip nobody = {0};
        struct text_addresses found;
        char text[IP_TEXT_MAX] = "none";
        text_facts(rows[i].text, strlen(rows[i].text), &facts);
        text_address(rows[i].text, strlen(rows[i].text), &facts, &nobody, &found);
        if (found.ip.family)
            ip_format(&found.ip, text);
        if (strcmp(text, rows[i].address ? rows[i].address : "none") != 0)
            fail_msg("%s: %s", rows[i].text, text);
    }
}

static void words_are_found_over_each_other_and_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned found; /* bits of the words below */
    } rows[] = {{"she", 1 | 2},     {"SHE", 1 | 2},    {"ushers", 1 | 2 | 4},
                {"he rs", 2},       {"block_list", 8}, {"block\nlist", 8},
                {"block  list", 0}, {"", 0},           {"hers she", 1 | 2 | 4}};
    struct filter *f = filter_new();
    filter_add(f, "she", 0);
    filter_add(f, "He", 1);
    filter_add(f, "hers", 2);
    filter_add(f, "block list", 3);
    filter_build(f);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct word_set set = {0};
        filter_scan(f, rows[i].text, strlen(rows[i].text), &set);
        assert_int_equal(set.bits[0], rows[i].found);
        assert_int_equal(word_set_empty(&set), rows[i].found == 0);
    }
    filter_free(f);
}

/* Words of mostly two letters, so that they begin, end and hold each other, too many for each state
 * to have a row of its own: each text must tell what strstr() tells. */
static void each_of_thousands_of_words_is_found_wherever_it_is(void **state)
{
    enum { WORDS = 2000, TEXTS = 300 };
    static char words[WORDS][24];
    (void)state;
    srand(1);
    struct filter *f = filter_new();
    for (unsigned w = 0; w < WORDS; w++) {
        int len = 4 + rand() % 17;
        for (int i = 0; i < len; i++)
            words[w][i] = (char)('a' + rand() % (rand() % 8 ? 2 : 26));
        assert_true(filter_add(f, words[w], w));
    }
    filter_build(f);
    for (unsigned t = 0; t < TEXTS; t++) {
        char text[400] = "";
        for (int i = 0; i < 12; i++) { /* pieces of words run into each other */
            const char *word = words[rand() % WORDS];
            int skip = rand() % 4;
            snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s", rand() % 23,
                     word + skip);
        }
        struct word_set set = {0};
        filter_scan(f, text, strlen(text), &set);
        for (unsigned w = 0; w < WORDS; w++)
            assert_int_equal(word_set_has(&set, w), strstr(text, words[w]) != NULL);
    }
    filter_free(f);
}

static void log_lines_are_told_from_text(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool log;
    } rows[] = {
        {"Nov 21 06:12:01 mx1 postfix/smtp[1]: x", true},
        {"Nov  1 06:12:01 mx1 x", true},
        {"2026-11-21T06:12:01.1+01:00 mx1 x", true},
        {"2026-11-21 06:12:01 1tEabc-000 ** x", true},
        {"@400000006541a1b2c3d4e5f6 delivery 1: failure: x", true},
        {"postfix/smtp[12]: x", true},
        {"delivery 4: failure: x", true},
        {"{\"type\":\"Bounce\"}", true},
        {"b,2026-11-21 06:12:01+0100,x", true},
        {"550 5.7.1 no", false},
        {"<a@b.example>: host x said: no", false},
        {"2026-11-21T05:12:01.123Z 08DC3A9B5E0F1D22]", false},
        {"    host x", false},
        {"Date: Sat, 21 Nov 2026 06:12:01 +0100", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (text_is_log_line(rows[i].line, strlen(rows[i].line)) != rows[i].log)
            fail_msg("%s", rows[i].line);
}

static void lists_that_the_caller_knows_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum explain_kind kind;
        const char *operator, * list, *url;
    } rows[] = {
        {"554 5.7.1 Client host [203.0.113.5] blocked using bl.example", EXPLAIN_IP_LIST,
         "example-lists-inc", "bl.example", "https://bl.example/203.0.113.5"},
        {"554 5.7.1 Client host [203.0.113.5] blocked using k3y.BL.example;", EXPLAIN_IP_LIST,
         "example-lists-inc", "bl.example", "https://bl.example/203.0.113.5"},
        {"554 5.7.1 Client host [203.0.113.5] blocked using dead.example", EXPLAIN_THEIR_FAULT,
         "unknown", "dead.example", ""},
        {"554 5.7.1 [203.0.113.5] found in rhs.example", EXPLAIN_DOMAIN, "unknown", "rhs.example",
         ""},
        {"554 5.7.1 Client host [203.0.113.5] blocked using other.test", EXPLAIN_IP_LIST, "unknown",
         "other.test", ""},
        {"554 5.7.1 gone: notbl.example bl.example.org", EXPLAIN_UNKNOWN, "unknown", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct explain_verdict v;
        explain_text(reader, rows[i].text, strlen(rows[i].text), &v);
        if (v.kind != rows[i].kind || strcmp(v.operator, rows[i].operator) != 0 ||
            strcmp(v.list, rows[i].list) != 0 || strcmp(v.url, rows[i].url) != 0)
            fail_msg("%s: %s %s %s %s", rows[i].text, explain_kind_word(v.kind), v.operator, v.list,
                     v.url);
    }
}

static void who_refused_is_told_apart_from_who_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text, *operator, * receiver;
        bool lists;
    } rows[] = {
        {"550 5.7.1 Client host [203.0.113.5] blocked using Spamhaus. "
         "[AM7EUR06FT013.eop-eur06.prod.protection.outlook.com 2026-11-21T05:12:01.123Z 08DC]",
         "spamhaus", "Microsoft", true},
        {"550 5.7.1 [203.0.113.5] blocked using Spamhaus [x.prod.protection.outlook.com]",
         "spamhaus", "Microsoft", true},
        {"host mx01.mail.icloud.com[192.0.2.1] said: 554 5.7.1 [203.0.113.5] blocked using "
         "zen.spamhaus.org",
         "spamhaus", "Apple iCloud Mail", true},
        {"554 5.7.1 [203.0.113.5] blocked using bl.spamcop.net", "spamcop", "", true},
        {"554 5.7.1 [203.0.113.5] blocked using bl.example", "example-lists-inc", "", true},
        {"550 5.7.606 Access denied, banned sending IP [203.0.113.5].", "microsoft-365", "", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct explain_verdict v;
        explain_text(reader, rows[i].text, strlen(rows[i].text), &v);
        if (strcmp(v.operator, rows[i].operator) != 0 ||
            strcmp(v.receiver, rows[i].receiver) != 0 || v.lists != rows[i].lists)
            fail_msg("%s: %s “%s” %d", rows[i].text, v.operator, v.receiver, v.lists);
    }
}

static void what_was_put_away_is_made_again(void **state)
{
    static const char text[] = "550 5.7.1 Client host [203.0.113.7] blocked using zen.spamhaus.org";
    struct explain_verdict before, after;
    (void)state;
    assert_true(explain_text(reader, text, sizeof text - 1, &before));
    explain_rest(reader);
    assert_true(explain_text(reader, text, sizeof text - 1, &after));
    assert_string_equal(before.id, after.id);
    assert_int_equal(ip_cmp(&before.ip, &after.ip), 0);
}

static void every_chunking_of_a_stream_gives_the_same(void **state)
{
    (void)state;
    static const char text[] =
        "Nov 21 06:12:01 mx1 postfix/smtp[1]: A: status=bounced (host x.olc.protection.outlook.com"
        "[192.0.2.1] said: 550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. "
        "part of their network is on our block list (S3140).)\n"
        "Nov 21 06:12:01 mx1 postfix/smtp[1]: B: status=bounced (said: 552 5.2.2 mailbox full)\n"
        "\n550-5.7.1 Client host [203.0.113.7]\n550 5.7.1 blocked using bl.example";
    for (size_t chunk = 1; chunk < sizeof text; chunk += chunk < 20 ? 1 : 37) {
        struct explain_stream *s = explain_stream_new(reader);
        for (size_t i = 0; i < sizeof text - 1; i += chunk) {
            size_t n = sizeof text - 1 - i < chunk ? sizeof text - 1 - i : chunk;
            explain_stream_feed(s, text + i, n);
        }
        explain_stream_end(s);
        size_t count;
        const struct explain_entry *e = explain_stream_entries(s, &count);
        assert_int_equal(count, 3);
        assert_string_equal(e[0].verdict.code, "S3140");
        assert_int_equal(e[1].first_line, 2);
        assert_string_equal(e[2].verdict.list, "bl.example");
        assert_int_equal(explain_stream_totals(s)->lines, 5);
        explain_stream_free(s);
    }
}

static void distinct_refusals_are_kept_up_to_a_cap(void **state)
{
    (void)state;
    struct explain_stream *s = explain_stream_new(reader);
    for (unsigned i = 0; i < EXPLAIN_ENTRIES_MAX + 10; i++) {
        char line[256];
        int n = snprintf(line, sizeof line,
                         "Nov 21 06:12:01 mx1 postfix/smtp[1]: A: status=bounced (said: 554 5.7.1 "
                         "Client host [10.0.%u.%u] blocked using bl.example)\n",
                         i / 256, i % 256);
        explain_stream_feed(s, line, (size_t)n);
    }
    explain_stream_end(s);
    size_t count;
    explain_stream_entries(s, &count);
    assert_int_equal(count, EXPLAIN_ENTRIES_MAX);
    assert_int_equal(explain_stream_totals(s)->dropped, 10);
    explain_stream_free(s);
}

static void every_pattern_says_what_to_do_and_where_or_that_nothing_is_to_be_done(void **state)
{
    (void)state;
    for (size_t i = 0; i < reader->row_count; i++) {
        const struct explain_row *r = &reader->rows[i];
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(r->id, reader->rows[k].id);
        if (strlen(r->advice) < 8 || (r->url[0] && strncmp(r->url, "https://", 8) != 0 &&
                                      strncmp(r->url, "mailto:", 7) != 0))
            fail_msg("%s: “%s” “%s”", r->id, r->advice, r->url);
        assert_false(r->generic && r->decisive);
        /* A page that delists would send the wrong people there. */
        if (r->kind == EXPLAIN_MAILBOX || r->kind == EXPLAIN_RECIPIENT_LIST)
            assert_string_equal(r->url, "");
    }
}

static void read_one(const char *text, struct explain_verdict *v)
{
    explain_text(reader, text, strlen(text), v);
}

static void the_host_that_was_talked_to_decides_who_refused(void **state)
{
    (void)state;
    static const struct {
        const char *host, *reply, *operator;
        enum explain_kind kind;
    } rows[] = {
        {"gmail-smtp-in.l.google.com", "550-5.7.26 This mail is unauthenticated 550 5.7.26 - gsmtp",
         "gmail", EXPLAIN_DOMAIN},
        {"mx.example.net", "550-5.7.26 This mail is unauthenticated 550 5.7.26 - gsmtp", "unknown",
         EXPLAIN_DOMAIN},
        {"mx.example.net",
         "550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. block list (S3150)",
         "unknown", EXPLAIN_IP_LIST},
        {"mx.example.net",
         "421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily deferred due to "
         "unexpected volume or user complaints - 4.16.55.1; see "
         "https://postmaster.yahooinc.com/error-codes",
         "unknown", EXPLAIN_THROTTLE},
        {"a.olc.protection.outlook.com",
         "451 4.7.500 Server busy. Please try again later from "
         "[203.0.113.5]. (S77719)",
         "microsoft-consumer", EXPLAIN_THROTTLE},
        {"a.mail.protection.outlook.com",
         "451 4.7.500 Server busy. Please try again later from "
         "[203.0.113.5]. (S77719)",
         "microsoft-365", EXPLAIN_THROTTLE},
        {"mx.example.net", "550 5.7.1 [203.0.113.5] blocked using prs.proofpoint.com", "proofpoint",
         EXPLAIN_IP_LIST},
        {"mx.example.net", "550-blocked, see https://rbl.your-server.de/?ip=203.0.113.5", "hetzner",
         EXPLAIN_IP_LIST},
        {"www1.your-server.de", "451 see https://rbl.your-server.de/?ip=203.0.113.5", "hetzner",
         EXPLAIN_IP_LIST},
        {"mx.example.net", "421 4.3.2 Service shutting down", "unknown", EXPLAIN_THEIR_FAULT},
        {"mx.example.net", "421 4.3.2 All server ports are busy", "unknown", EXPLAIN_THEIR_FAULT},
        {"mx.example.net", "501 5.5.1 HELO required", "unknown", EXPLAIN_DOMAIN},
        {"mx.example.net", "530 5.7.0 Must issue a STARTTLS command first", "unknown",
         EXPLAIN_DOMAIN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        struct explain_verdict v;
        snprintf(text, sizeof text, "host %s[192.0.2.1] said: %s (in reply to RCPT TO command)",
                 rows[i].host, rows[i].reply);
        read_one(text, &v);
        if (strcmp(v.operator, rows[i].operator) != 0 || v.kind != rows[i].kind ||
            (v.ip.family && v.ip.bytes[0] == 192) || (v.ip.family && v.ip.bytes[0] == 4))
            fail_msg("%s: %s %s", text, v.operator, explain_kind_word(v.kind));
        if (strcmp(v.operator, "unknown") == 0)
            assert_false(v.decisive);
    }
}

static void a_block_is_a_range_and_no_address(void **state)
{
    (void)state;
    static const struct {
        const char *text, *ip, *range;
    } rows[] = {
        {"550 5.7.1 203.0.113.0/24 is blocked", "", "203.0.113.0/24"},
        {"550 5.7.1 [2001:db8:4::25] has exceeded permitted limits within 2001:db8:4::/64 range",
         "2001:db8:4::25", "2001:db8:4::/64"},
        {"421-4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your "
         "IP Netblock [203.0.113.0      35]. 421 4.7.28 - gsmtp",
         "", ""},
        {"554 5.7.1 X-Originating-IP: [192.0.2.44] is blocked", "", ""},
        {"554 5.7.1 203.0.113.5 is blocked", "203.0.113.5", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct explain_verdict v;
        char ip[IP_TEXT_MAX] = "", range[CIDR_TEXT_MAX] = "";
        read_one(rows[i].text, &v);
        if (v.ip.family)
            ip_format(&v.ip, ip);
        if (v.range.base.family)
            cidr_format(&v.range, range);
        if (strcmp(ip, rows[i].ip) != 0 || strcmp(range, rows[i].range) != 0)
            fail_msg("%s: “%s” “%s”", rows[i].text, ip, range);
    }
}

static void the_same_words_with_other_addresses_give_other_verdicts(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 50; i++) {
        char text[300], ip[IP_TEXT_MAX];
        struct explain_verdict v;
        snprintf(
            text, sizeof text,
            "550 5.7.1 Unfortunately, messages from [203.0.113.%u] weren't sent. part of their "
            "network is on our block list (S31%s). [AMS%uEPF000001A2.eurprd05.prod.outlook.com "
            "2026-03-03T08:14:27.402Z 08DE79A2F6B7A%u]",
            i, i % 2 ? "40" : "50", i, i);
        read_one(text, &v);
        ip_format(&v.ip, ip);
        snprintf(text, sizeof text, "203.0.113.%u S31%s", i, i % 2 ? "40" : "50");
        char got[IP_TEXT_MAX + 50];
        snprintf(got, sizeof got, "%s %s", ip, v.code);
        assert_string_equal(got, text);
        assert_true(v.decisive);
    }
}

static void own_rows_come_first_and_say_where_they_stand(void **state)
{
    (void)state;
    static const char own[] =
        "{\"operators\": [{\"name\": \"acme\", \"title\": \"ACME\", \"hosts\": "
        "[\".acme.example\"]}],\n"
        " \"patterns\": [\n"
        "  {\"id\": \"a\", \"kind\": \"tenant\", \"pattern\": \"mailbox full\", \"literals\": "
        "[\"full\"], \"meaning\": \"m\", \"advice\": \"do this now\"},\n"
        "  {\"id\": \"b\", \"operator\": \"acme\", \"kind\": \"ip-list\", \"pattern\": "
        "\"zzz (?<code>Q\\\\d)\", \"meaning\": \"m\", \"advice\": \"do this now\", \"decisive\": "
        "true}]}";
    struct error err = {0};
    struct explain_setup setup = {
        .extra = own, .extra_len = sizeof own - 1, .extra_name = "own.json"};
    struct explain *e = explain_new(&setup, &err);
    if (!e)
        fail_msg("%s", err.text);
    struct explain_verdict v;
    assert_true(explain_text(e, "552 5.2.2 Mailbox full", 22, &v));
    assert_int_equal(v.kind, EXPLAIN_TENANT);
    assert_string_equal(v.file, "own.json");
    assert_int_equal(v.line, 3);
    assert_string_equal(v.words, "Mailbox full");
    static const char text[] = "host mx.acme.example[192.0.2.1] said: 550 zzz Q7";
    assert_true(explain_text(e, text, sizeof text - 1, &v));
    assert_string_equal(v.operator, "acme");
    assert_string_equal(v.code, "Q7");
    assert_int_equal(v.line, 4);
    assert_true(v.decisive);
    assert_true(explain_text(e, "550 5.1.1 User unknown", 22, &v));
    assert_string_equal(v.file, "");
    explain_free(e);
}

/* A row is tried wherever its text may be, however long or short the words to look for are. */
static void no_own_row_is_lost_by_its_literals(void **state)
{
#define LONG_WORDS                                                                                 \
    "you may not send us any mail before our partners have agreed to your terms of use"
    (void)state;
    static const char *const literals[] = {"", ",\"literals\":[]", ",\"literals\":[\"\"]",
                                           ",\"literals\":[\"" LONG_WORDS "\"]",
                                           ",\"literals\":[\"OUR PARTNERS\"]"};
    for (size_t i = 0; i < COUNT(literals); i++) {
        char json[1024];
        struct error err = {0};
        struct explain_verdict v;
        snprintf(json, sizeof json,
                 "{\"patterns\":[{\"id\":\"a\",\"kind\":\"tenant\",\"pattern\":\"" LONG_WORDS
                 "\",\"meaning\":\"m\",\"advice\":\"a\"%s}]}",
                 literals[i]);
        struct explain_setup setup = {
            .extra = json, .extra_len = strlen(json), .extra_name = "own.json"};
        struct explain *e = explain_new(&setup, &err);
        assert_non_null(e);
        static const char text[] = "550 5.7.1 " LONG_WORDS;
        if (!explain_text(e, text, sizeof text - 1, &v) || v.kind != EXPLAIN_TENANT)
            fail_msg("%s", literals[i]);
        explain_free(e);
    }
}

static void mistakes_in_own_rows_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *error;
    } texts[] = {
        {"{\"id\":\"a\",\n\"kind\":\"x\"}", "own.json:2: not a kind: “x”"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"pattern\":\"(\",\"meaning\":\"m\",\"advice\":\"a\"}",
         "own.json:2: pattern"},
        {"{\"kind\":\"tenant\"}", "own.json:2: a row needs an id"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"patern\":\"x\"}",
         "own.json:2: a row has no key “patern”"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"pattern\":\"x\"}", "own.json:2: meaning and advice"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"meaning\":\"m\",\"advice\":\"a\"}",
         "own.json:2: pattern or status is missing"},
        {"{\"id\":\"a\",\"operator\":\"nobody\",\"kind\":\"tenant\",\"pattern\":\"x\",\"meaning\":"
         "\"m\","
         "\"advice\":\"a\"}",
         "own.json:2: operator not in the table: “nobody”"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"pattern\":\"x\",\"meaning\":\"m\",\"advice\":\"a\"},"
         "\n"
         "{\"id\":\"b\",\"kind\":\"tenant\",\"pattern\":\"x\",\"meaning\":\"m\",\"advice\":\"a\","
         "\"generic\":"
         "true,\"decisive\":true}",
         "own.json:3: a general row can't be decisive"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"pattern\":\"x\",\"meaning\":\"m\",\"advice\":\"a\","
         "\"literals\":[\"x\",5]}",
         "own.json:2: literals must be strings: row “a”"},
        {"{\"id\":\"a\",\"kind\":\"tenant\",\"pattern\":\"x\",\"meaning\":\"m\",\"advice\":\"a\","
         "\"literals\":\"x\"}",
         "own.json:2: literals must be strings: row “a”"},
        {"{", "own.json:2"},
        {"", "own.json:1: no “patterns”"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        char json[1024];
        struct error err = {0};
        snprintf(json, sizeof json, "{\"patterns\":[\n%s]}", texts[i].rows);
        struct explain_setup setup = {
            .extra = json, .extra_len = strlen(json), .extra_name = "own.json"};
        assert_null(explain_new(&setup, &err));
        assert_int_equal(err.class, ERR_CONFIG);
        char told[2048];
        snprintf(told, sizeof told, "%s:%d: %s", err.file, err.line, err.text);
        if (strncmp(told, texts[i].error, strlen(texts[i].error)) != 0)
            fail_msg("row %zu: %s", i, told);
    }
}

/* Each pattern against texts that make patterns try every way to fail: the length that patterns
 * may see (set_window), filled with beginnings of what they look for. */
static void no_pattern_runs_away(void **state)
{
    (void)state;
    static const char *const seeds[] = {" ",
                                        "a",
                                        "a ",
                                        "1.",
                                        "[",
                                        ": ",
                                        "x.x.x.x ",
                                        "203.0.113.5 ",
                                        "[203.0.113.5 ",
                                        "ip ",
                                        "spam ",
                                        "message ",
                                        "your ip is ",
                                        "is been was has ",
                                        "sender from domain ",
                                        "user account ",
                                        "the a an our ",
                                        "listed rejected by ",
                                        "mail mail ",
                                        "exceeded over ",
                                        "not in the white ",
                                        "recipient user ",
                                        "host name reverse ",
                                        "too many "};
    char text[5120];
    uint64_t before = reader->gave_up;
    for (size_t i = 0; i < reader->row_count; i++) {
        struct explain_row *r = &reader->rows[i];
        if (!r->pattern[0] || r->zones)
            continue;
        if (!r->regex)
            assert_true(match_compile(r->pattern, false, &r->regex, NULL));
        for (size_t s = 0; s < COUNT(seeds); s++) {
            for (size_t n = 0; n < sizeof text; n++)
                text[n] = seeds[s][n % strlen(seeds[s])];
            match_run(reader, r->regex, text, sizeof text);
            if (reader->gave_up != before)
                fail_msg("%s met the limit of steps on “%s…”", r->id, seeds[s]);
        }
    }
}

static void long_texts_that_match_nothing_meet_no_limit(void **state)
{
    (void)state;
    size_t len = EXPLAIN_LINE_MAX;
    char *text = malloc(len + 1);
    struct explain_verdict v;
    memcpy(text, "550 5.7.1 ", 10);
    for (size_t i = 10; i < len; i++)
        text[i] = "qzxv jkwp "[i % 10];
    text[len] = '\0';
    uint64_t before = reader->gave_up;
    for (int i = 0; i < 20; i++) {
        text[10 + i] = 'k';
        assert_false(explain_text(reader, text, len, &v));
        assert_string_equal(v.status, "5.7.1");
    }
    assert_int_equal(reader->gave_up, before);
    free(text);
}

static void bad_patterns_are_errors(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "{}",
        "{\"operators\":[{\"name\":\"x\"}],\"patterns\":[]}",
        "{\"operators\":[{\"name\":\"x\"}],\"patterns\":[{\"id\":\"a\",\"operator\":\"x\",\"kind\":"
        "\"ip-list\",\"pattern\":\"(\",\"meaning\":\"m\",\"confidence\":\"high\"}]}",
        "{\"operators\":[{\"name\":\"x\"}],\"patterns\":[{\"id\":\"a\",\"operator\":\"y\",\"kind\":"
        "\"ip-list\",\"pattern\":\"a\",\"meaning\":\"m\",\"confidence\":\"high\"}]}",
        "{\"operators\":[{\"name\":\"x\"}],\"patterns\":[{\"id\":\"a\",\"operator\":\"x\",\"kind\":"
        "\"iplist\",\"pattern\":\"a\",\"meaning\":\"m\",\"confidence\":\"high\"}]}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct error err = {0};
        struct explain_setup setup = {.json = texts[i], .len = strlen(texts[i])};
        assert_null(explain_new(&setup, &err));
        assert_int_equal(err.class, ERR_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folded_and_tagged_text_becomes_one_line),
        cmocka_unit_test(codes_are_read_and_addresses_are_no_codes),
        cmocka_unit_test(the_refused_address_is_not_the_host_that_answers),
        cmocka_unit_test(words_are_found_over_each_other_and_in_any_case),
        cmocka_unit_test(each_of_thousands_of_words_is_found_wherever_it_is),
        cmocka_unit_test(log_lines_are_told_from_text),
        cmocka_unit_test(lists_that_the_caller_knows_are_named),
        cmocka_unit_test(who_refused_is_told_apart_from_who_lists),
        cmocka_unit_test(what_was_put_away_is_made_again),
        cmocka_unit_test(every_chunking_of_a_stream_gives_the_same),
        cmocka_unit_test(distinct_refusals_are_kept_up_to_a_cap),
        cmocka_unit_test(every_pattern_says_what_to_do_and_where_or_that_nothing_is_to_be_done),
        cmocka_unit_test(the_host_that_was_talked_to_decides_who_refused),
        cmocka_unit_test(a_block_is_a_range_and_no_address),
        cmocka_unit_test(the_same_words_with_other_addresses_give_other_verdicts),
        cmocka_unit_test(own_rows_come_first_and_say_where_they_stand),
        cmocka_unit_test(no_own_row_is_lost_by_its_literals),
        cmocka_unit_test(mistakes_in_own_rows_name_file_and_line),
        cmocka_unit_test(no_pattern_runs_away),
        cmocka_unit_test(long_texts_that_match_nothing_meet_no_limit),
        cmocka_unit_test(bad_patterns_are_errors),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
