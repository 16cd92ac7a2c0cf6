/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/compose.h"

#include "sample_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* As the sources call these states; struct source has the words. */
static const char *headline_of(const char *state)
{
    static const char *const rows[][2] = {
        {"blocked", "BLOCKED AT OUTLOOK"},  {"junked", "JUNKED AT OUTLOOK"},
        {"normal", "UNBLOCKED AT OUTLOOK"}, {"red", "OUTLOOK RED"},
        {"green", "OUTLOOK GREEN"},         {"missing", "PTR MISSING"},
        {"confirmed", "PTR RESTORED"},      {"poor", "TALOS POOR"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i][0], state) == 0)
            return rows[i][1];
    return "";
}

static struct entry plain(enum change_kind kind, const char *source, const char *list,
                          const char *state)
{
    static struct ip_range one;
    one = sample_range("203.0.113.5");
    return (struct entry){.kind = kind,
                          .source = source,
                          .list = list,
                          .to = LEVEL_CRITICAL,
                          .severity_level = LEVEL_CRITICAL,
                          .count = 1,
                          .ranges = &one,
                          .range_count = 1,
                          .label = "",
                          .state = state,
                          .headline = headline_of(state),
                          .dns_list = source_equal(source, "dnsbl"),
                          .cause = CAUSE_NONE,
                          .reason = "",
                          .url = "",
                          .delist = "",
                          .advice = ""};
}

static void subjects_start_with_the_change(void **state)
{
    (void)state;
    static const struct {
        enum change_kind kind;
        const char *source;
        const char *list, *state;
        bool of_list;
        enum cause cause;
        const char *subject;
    } rows[] = {
        {CHANGE_LISTED, "dnsbl", "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "LISTED (critical) 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_DELISTED, "dnsbl", "zen.spamhaus.org", "not-listed", false, CAUSE_NONE,
         "DELISTED 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_CHANGED, "dnsbl", "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "CHANGED (critical) 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_BASELINE, "dnsbl", "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "ALREADY LISTED (critical) 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_LISTED, "snds", "main/status", "blocked", false, CAUSE_NONE,
         "BLOCKED AT OUTLOOK (critical) 203.0.113.5 main/status [mon1]"},
        {CHANGE_IMPROVED, "snds", "main/status", "junked", false, CAUSE_NONE,
         "JUNKED AT OUTLOOK (critical) 203.0.113.5 main/status [mon1]"},
        {CHANGE_DELISTED, "snds", "main/status", "normal", false, CAUSE_NONE,
         "UNBLOCKED AT OUTLOOK 203.0.113.5 main/status [mon1]"},
        {CHANGE_LISTED, "snds", "main/data", "red", false, CAUSE_NONE,
         "OUTLOOK RED (critical) 203.0.113.5 main/data [mon1]"},
        {CHANGE_DELISTED, "snds", "main/data", "green", false, CAUSE_NONE,
         "OUTLOOK GREEN 203.0.113.5 main/data [mon1]"},
        {CHANGE_LISTED, "ptr", "ptr", "missing", false, CAUSE_NONE,
         "PTR MISSING (critical) 203.0.113.5 [mon1]"},
        {CHANGE_DELISTED, "ptr", "ptr", "confirmed", false, CAUSE_NONE,
         "PTR RESTORED 203.0.113.5 [mon1]"},
        {CHANGE_LISTED, "talos", "talos", "poor", false, CAUSE_NONE,
         "TALOS POOR (critical) 203.0.113.5 [mon1]"},
        {CHANGE_REMINDER, "dnsbl", "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "STILL LISTED (critical) 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_REMINDER, "ptr", "ptr", "missing", false, CAUSE_NONE,
         "STILL PTR MISSING (critical) 203.0.113.5 [mon1]"},
        {CHANGE_BLIND, "dnsbl", "zen.spamhaus.org", "", true, CAUSE_NOT_SERVED,
         "BLIND zen.spamhaus.org (not served) [mon1]"},
        {CHANGE_BLIND, "dnsbl", "", "", true, CAUSE_TIMEOUT, "BLIND all lists (timeout) [mon1]"},
        {CHANGE_REMINDER, "dnsbl", "zen.spamhaus.org", "", true, CAUSE_NOT_SERVED,
         "STILL BLIND zen.spamhaus.org (not served) [mon1]"},
        {CHANGE_EXPIRING, "snds", "main/data", "", true, CAUSE_NONE, "EXPIRING main/data [mon1]"},
        {CHANGE_RECOVERED, "talos", "talos", "", true, CAUSE_NONE, "RECOVERED talos [mon1]"},
        {CHANGE_LISTED, "dnsbl", "evil\r\nBcc: x@y\033[2J", "listed", false, CAUSE_NONE,
         "LISTED (critical) 203.0.113.5 evil??Bcc: x@y?[2J [mon1]"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct entry e = plain(rows[i].kind, rows[i].source, rows[i].list, rows[i].state);
        e.of_list = rows[i].of_list;
        e.cause = rows[i].cause;
        if (rows[i].kind == CHANGE_DELISTED)
            e.to = LEVEL_OK;
        if (e.of_list)
            e.count = 0;
        struct message m = {.id = "x", .instance = "mon1", .entries = &e, .entry_count = 1};
        struct buf b;
        buf_init(&b, 1000);
        compose_subject(&m, &b);
        assert_string_equal(buf_text(&b), rows[i].subject);
        buf_fini(&b);
    }
}

static void subjects_count_what_else_is_inside(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct buf b;
    buf_init(&b, 1000);
    compose_subject(&m, &b);
    assert_string_equal(
        buf_text(&b),
        "LISTED (critical) mx1.example.org 203.0.113.5 zen.spamhaus.org SBL (+3) [mon1]");
    buf_clear(&b);
    m = sample_flood();
    compose_subject(&m, &b);
    assert_string_equal(buf_text(&b),
                        "LISTED (critical) 200 addresses list0.example.org SBL (+52) [mon1]");
    buf_fini(&b);
}

static void a_first_look_is_no_news_beside_a_finding(void **state)
{
    (void)state;
    struct entry e[2] = {plain(CHANGE_BASELINE, "dnsbl", "l.example", "listed"),
                         plain(CHANGE_BASELINE, "dnsbl", "", "")};
    e[1].of_list = true;
    struct message m = {
        .id = "x", .instance = "mon1", .config = "", .entries = e, .entry_count = 2};
    struct buf b;
    buf_init(&b, 1000);
    compose_subject(&m, &b);
    assert_string_equal(buf_text(&b), "ALREADY LISTED (critical) 203.0.113.5 l.example [mon1]");
    buf_fini(&b);
}

/* Compares with tests/data/compose/NAME; REPMON_WRITE_GOLDEN=1 writes it anew, to be read. */
static void golden(const char *name, const struct buf *b)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/compose/%s", TEST_DATA, name);
    if (getenv("REPMON_WRITE_GOLDEN")) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fwrite(buf_text(b), 1, b->len, f);
        fclose(f);
    }
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    static char want[256 * 1024];
    size_t n = fread(want, 1, sizeof want - 1, f);
    want[n] = '\0';
    fclose(f);
    assert_string_equal(buf_text(b), want);
}

static void a_digest_reads_as_it_was_approved(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct buf b;
    buf_init(&b, 1 << 20);
    compose_text(&m, &b);
    golden("digest.txt", &b);
    buf_clear(&b);
    compose_short(&m, 2000, &b);
    golden("short.txt", &b);
    buf_clear(&b);
    struct entry first = plain(CHANGE_BASELINE, "dnsbl", "", "");
    static const char *const notes[] = {
        "no earlier state found at state.db: this is the first look.", "The clock is in doubt."};
    first.of_list = true;
    first.range_count = 0;
    first.count = 256;
    first.to = first.severity_level = LEVEL_OK;
    m = (struct message){.id = "mon1-1",
                         .instance = "mon1",
                         .config = "/etc/repmon/repmon.conf",
                         .time = SAMPLE_TIME,
                         .baseline = true,
                         .notes = notes,
                         .note_count = 2,
                         .no_state = true,
                         .entries = &first,
                         .entry_count = 1,
                         .may_have_arrived = true};
    compose_text(&m, &b);
    golden("first.txt", &b);
    buf_fini(&b);
}

static void every_line_fits_in_78_columns_and_holds_no_control_character(void **state)
{
    (void)state;
    struct message m = sample_flood();
    struct entry hostile[2] = {plain(CHANGE_LISTED, "dnsbl", "l.example", "listed"),
                               plain(CHANGE_LISTED, "talos", "talos", "po\033or\xff")};
    static const struct code code = {"127.0.0.2", "\xe2\x80\xae evil", "bell \a and \r\n.\r\n",
                                     SEV_MAJOR, ""};
    hostile[0].codes = &code;
    hostile[0].code_count = 1;
    hostile[0].reason = "line one\r\n.\r\nQUIT \xc3\xa4\xc3\xb6\xc3\xbc \x1b]0;title\x07 end";
    hostile[0].label = "\r\nBcc: everybody@example.org";
    struct message bad = sample_message();
    bad.entries = hostile;
    bad.entry_count = 2;
    bad.instance = "mon\n1";
    bad.config = "/etc/it's\n here";
    bad.id = "a\r\nb";
    const struct message *samples[] = {&m, &bad};
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct buf b;
        buf_init(&b, 1 << 20);
        compose_text(samples[i], &b);
        assert_false(b.failed);
        size_t column = 0;
        for (const char *p = buf_text(&b); *p; p++) {
            unsigned char c = (unsigned char)*p;
            if (c == '\n') {
                column = 0;
                continue;
            }
            assert_true(c >= 0x20 && c != 0x7f);
            /* a command line is there to be copied, so it is never cut */
            if (column == 0 && strncmp(p, "   sudo repmon -c", 17) == 0)
                p += strcspn(p, "\n") - 1;
            column += (c & 0xc0) != 0x80;
            assert_true(column <= COMPOSE_COLUMNS);
        }
        assert_null(strstr(buf_text(&b), "\n.\n"));
        assert_null(strstr(buf_text(&b), "\nBcc"));
        buf_clear(&b);
        compose_short(samples[i], 4000, &b);
        for (const char *p = buf_text(&b); *p; p++)
            assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
        assert_null(strstr(buf_text(&b), "\n.\n"));
        assert_null(strstr(buf_text(&b), "\nBcc"));
        assert_null(strstr(buf_text(&b), "\xe2\x80\xae"));
        buf_fini(&b);
    }
}

static void short_texts_keep_to_their_size_and_say_what_is_missing(void **state)
{
    (void)state;
    struct message m = sample_flood();
    static const size_t sizes[] = {600, 1000, 2000, 4000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct buf b;
        buf_init(&b, 1 << 20);
        compose_short(&m, sizes[i], &b);
        assert_true(b.len <= sizes[i]);
        assert_non_null(strstr(buf_text(&b), "more: repmon history"));
        buf_fini(&b);
    }
}

/* What is still open gives way to what to do about the news. */
static void a_short_message_never_lacks_the_first_entrys_advice(void **state)
{
    (void)state;
    static const size_t sizes[] = {1300, 1600, 2000, 4000};
    char reason[400];
    struct message m = sample_message();
    struct message_open open[5];
    struct entry e = plain(CHANGE_LISTED, "dnsbl", "l.example", "listed");
    memset(reason, 'r', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    e.reason = e.sentence = reason;
    e.advice = "Stop what caused the listing, then ask for removal.";
    e.url = "https://l.example/lookup";
    m.entries = &e;
    m.entry_count = 1;
    for (size_t i = 0; i < COUNT(open); i++)
        open[i] = m.open[0];
    m.open = open;
    m.open_count = COUNT(open);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct buf b;
        buf_init(&b, 1 << 20);
        compose_short(&m, sizes[i], &b);
        assert_true(b.len <= sizes[i]);
        assert_non_null(strstr(buf_text(&b), e.advice));
        assert_non_null(strstr(buf_text(&b), "Still open"));
        assert_null(strstr(buf_text(&b), "more: repmon history"));
        buf_fini(&b);
    }
}

static void every_kind_of_change_says_what_to_do_next(void **state)
{
    (void)state;
    for (int kind = CHANGE_LISTED; kind < CHANGE_COUNT; kind++) {
        struct entry e = plain((enum change_kind)kind, "dnsbl", "l.example", "listed");
        assert_true(strlen(compose_advice(&e)) > 10);
        assert_string_not_equal(compose_advice(&e), "Run \"repmon status\".");
    }
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        if (cause != CAUSE_NONE)
            assert_string_not_equal(compose_cause((enum cause)cause), "it could not be queried");
    }
}

static void only_a_queue_that_was_refused_is_watched(void **state)
{
    (void)state;
    static const struct {
        const char *source, *state, *sentence;
        bool queue;
    } rows[] = {{"dnsbl", "not-listed", "", true},
                {"log", "accepted", "Gmail accepts mail again.", true},
                {"log", "heard", "", false},
                {"reports", "aligned", "Our own mail passes DMARC again.", false},
                {"reports", "few", "Complaints are few again.", false},
                {"domain", "published", "", false},
                {"ptr", "confirmed", "", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct entry e = plain(CHANGE_DELISTED, rows[i].source, "l", rows[i].state);
        e.sentence = rows[i].sentence;
        assert_int_equal(strstr(compose_advice(&e), "queue") != NULL, rows[i].queue);
    }
}

static void a_subject_has_its_level_unless_its_words_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *source, *headline, *subject;
    } rows[] = {{"log", "REFUSED BY Gmail", "REFUSED BY Gmail 203.0.113.5 [mon1]"},
                {"reports", "DMARC FAILING", "DMARC FAILING (critical) 203.0.113.5 [mon1]"},
                {"reports", "COMPLAINTS", "COMPLAINTS (critical) 203.0.113.5 [mon1]"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct entry e = plain(CHANGE_LISTED, rows[i].source, "l", "s");
        e.headline = rows[i].headline;
        e.sentence = "A sentence.";
        struct message m = {.id = "x", .instance = "mon1", .entries = &e, .entry_count = 1};
        struct buf b;
        buf_init(&b, 1000);
        compose_subject(&m, &b);
        assert_string_equal(buf_text(&b), rows[i].subject);
        buf_fini(&b);
    }
}

static void lists_unknown_for_the_same_reason_are_one_line(void **state)
{
    (void)state;
    static const struct message_unknown unknown[] = {
        {"dnsbl", "a.example", CAUSE_UNTRUSTED, 2, 0, true},
        {"dnsbl", "b.example", CAUSE_TIMEOUT, 2, 0, true},
        {"dnsbl", "c.example", CAUSE_UNTRUSTED, 2, 0, true},
        {"dnsbl", "d.example", CAUSE_UNTRUSTED, 1, 0, true},
        {"ptr", "ptr", CAUSE_UNTRUSTED, 2, 0}, /* has no self-test */
    };
    struct message m = sample_message();
    m.unknown = unknown;
    m.unknown_count = COUNT(unknown);
    struct buf b;
    buf_init(&b, 1 << 20);
    compose_text(&m, &b);
    const char *first = strstr(buf_text(&b), "a.example, c.example, each: it failed");
    assert_non_null(first);
    assert_null(strstr(first, "c.example: "));
    assert_non_null(strstr(first, "b.example: it did not answer"));
    assert_non_null(strstr(first, "d.example: it failed"));
    assert_non_null(strstr(first, "ptr: the resolver's answers"));
    buf_fini(&b);
}

static void a_service_has_words_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        enum cause cause;
        bool dns_list;
        const char *why;
    } rows[] = {
        {"zen.example", CAUSE_SERVFAIL, true, "the resolver could not get an answer from it"},
        {"talos", CAUSE_SERVFAIL, false, "its server failed"},
        {"zen.example", CAUSE_NOT_SERVED, true, "(public resolver, "},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why = compose_why(rows[i].dns_list, rows[i].list, rows[i].cause);
        assert_non_null(strstr(why, rows[i].why));
    }
    assert_string_equal(compose_why(false, "main/data", CAUSE_NOT_SERVED),
                        "it refuses your queries");
}

/* Names are whole, as long as they may be; of longer texts the cut is seen. */
static void nothing_is_cut_without_a_mark(void **state)
{
    (void)state;
    char zone[254], codes[400], config[2000];
    struct buf out;
    memset(zone, 'z', sizeof zone - 1);
    memset(codes, 'c', sizeof codes - 1);
    memset(config, '/', sizeof config - 1);
    zone[sizeof zone - 1] = codes[sizeof codes - 1] = config[sizeof config - 1] = '\0';
    const struct message_open open = {.source = "dnsbl",
                                      .list = zone,
                                      .level = LEVEL_CRITICAL,
                                      .range = sample_range("203.0.113.9"),
                                      .state = "listed",
                                      .codes = codes};
    const struct message_unknown unknown = {
        .source = "dnsbl", .list = zone, .cause = CAUSE_TIMEOUT, .dns_list = true};
    struct message m = sample_message();
    m.config = config;
    m.open = &open;
    m.open_count = 1;
    m.unknown = &unknown;
    m.unknown_count = 1;
    buf_init(&out, 1u << 20);
    compose_text(&m, &out);
    const char *first = strstr(buf_text(&out), zone);
    assert_non_null(first);
    assert_non_null(strstr(first + 1, zone)); /* where it is open, and where it is unknown */
    assert_non_null(strstr(buf_text(&out), "ccc...)"));
    assert_non_null(strstr(buf_text(&out), "///..."));
    buf_fini(&out);
}

static void what_is_over_has_no_level(void **state)
{
    (void)state;
    struct entry e = plain(CHANGE_RECOVERED, "dnsbl", "", "");
    struct message m = {
        .id = "x", .instance = "mon1", .config = "", .entries = &e, .entry_count = 1};
    e.of_list = true;
    e.severity_level = LEVEL_CRITICAL;
    struct buf b;
    buf_init(&b, 1 << 20);
    compose_text(&m, &b);
    compose_short(&m, 2000, &b);
    assert_null(strstr(buf_text(&b), "critical"));
    e.kind = CHANGE_BLIND;
    compose_text(&m, &b);
    assert_non_null(strstr(buf_text(&b), "BLIND all lists, critical"));
    buf_fini(&b);
}

static void text_of(const struct message *m, struct buf *out)
{
    buf_init(out, 1 << 20);
    compose_text(m, out);
    assert_false(out->failed);
}

static void acknowledging_silences_what_the_mail_is_about_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *ranges[8], *lines[8];
        uint32_t more;
    } rows[] = {
        {{"203.0.113.5", "203.0.113.9"},
         {"   sudo repmon ack 203.0.113.5 l.example\n",
          "   sudo repmon ack 203.0.113.9 l.example\n"},
         0},
        {{"203.0.113.5-203.0.113.8"},
         {"   sudo repmon ack 203.0.113.5 l.example\n",
          "   sudo repmon ack 203.0.113.6/31 l.example\n",
          "   sudo repmon ack 203.0.113.8 l.example\n"},
         0},
        {{"203.0.113.0-203.0.113.255"}, {"   sudo repmon ack 203.0.113.0/24 l.example\n"}, 0},
        {{"0.0.0.0-255.255.255.255"}, {"   sudo repmon ack 0.0.0.0/0 l.example\n"}, 0},
        {{"2001:db8::1"}, {"   sudo repmon ack 2001:db8::1 l.example\n"}, 0},
        {{"2001:db8:0:1::/64-2001:db8:0:3::/64"},
         {"   sudo repmon ack 2001:db8:0:1::/64 l.example\n",
          "   sudo repmon ack 2001:db8:0:2::/63 l.example\n"},
         0},
        {{"203.0.113.1", "203.0.113.3", "203.0.113.5", "203.0.113.7", "203.0.113.9"},
         {"   for a in 203.0.113.1 203.0.113.3 203.0.113.5 203.0.113.7 203.0.113.9; do "
          "sudo repmon ack $a l.example; done\n"},
         0},
        {{"203.0.113.1"}, {"   1 more change: \"repmon help ack\" shows how\n"}, 7},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct entry e = plain(CHANGE_LISTED, "dnsbl", "l.example", "listed");
        struct ip_range ranges[8];
        for (e.range_count = 0; rows[i].ranges[e.range_count]; e.range_count++)
            ranges[e.range_count] = sample_range(rows[i].ranges[e.range_count]);
        e.ranges = ranges;
        e.more = rows[i].more;
        e.count = 2;
        struct message m = {.id = "x",
                            .instance = "mon1",
                            .config = "/etc/repmon/repmon.conf",
                            .entries = &e,
                            .entry_count = 1};
        struct buf b;
        text_of(&m, &b);
        assert_null(strstr(buf_text(&b), "ack all"));
        for (size_t k = 0; k < COUNT(rows[i].lines) && rows[i].lines[k]; k++)
            assert_non_null(strstr(buf_text(&b), rows[i].lines[k]));
        buf_fini(&b);
    }
}

static void an_end_is_calm_and_a_level_is_what_is_true_now(void **state)
{
    (void)state;
    static const struct {
        enum change_kind kind;
        bool of_list;
        enum level to, level;
    } rows[] = {
        {CHANGE_LISTED, false, LEVEL_CRITICAL, LEVEL_CRITICAL},
        {CHANGE_LISTED, false, LEVEL_INFO, LEVEL_INFO},
        {CHANGE_DELISTED, false, LEVEL_OK, LEVEL_INFO},
        {CHANGE_RETIRED, false, LEVEL_UNKNOWN, LEVEL_INFO},
        {CHANGE_IMPROVED, false, LEVEL_WARNING, LEVEL_WARNING},
        {CHANGE_LAPSED, false, LEVEL_UNKNOWN, LEVEL_WARNING},
        {CHANGE_RECOVERED, true, LEVEL_OK, LEVEL_INFO},
        {CHANGE_BASELINE, true, LEVEL_OK, LEVEL_INFO},
        {CHANGE_BLIND, true, LEVEL_CRITICAL, LEVEL_CRITICAL},
        {CHANGE_EXPIRING, true, LEVEL_CRITICAL, LEVEL_CRITICAL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct entry e = plain(rows[i].kind, "dnsbl", "l.example", "");
        e.of_list = rows[i].of_list;
        e.from = LEVEL_CRITICAL;
        e.to = rows[i].to;
        struct message m = {.entries = &e, .entry_count = 1};
        assert_int_equal(message_level(&m), rows[i].level);
    }
}

static void what_is_over_says_who_is_still_listed_and_no_old_reason(void **state)
{
    (void)state;
    struct entry e[2] = {plain(CHANGE_DELISTED, "dnsbl", "l.example", "not-listed"),
                         plain(CHANGE_LISTED, "dnsbl", "l.example", "listed")};
    struct ip_range nine = sample_range("203.0.113.9");
    const struct message_open open = {
        "dnsbl", "l.example", LEVEL_CRITICAL, sample_range("203.0.113.20-203.0.113.21"), "listed",
        "",      0,           false};
    e[0].to = LEVEL_OK;
    e[0].reason = "spam was seen";
    e[1].ranges = &nine;
    struct message m = {.id = "x",
                        .instance = "mon1",
                        .config = "",
                        .entries = e,
                        .entry_count = 2,
                        .open = &open,
                        .open_count = 1};
    m.neighbours = &open;
    m.neighbour_count = 1;
    m.open_count = 0;
    struct buf b;
    text_of(&m, &b);
    assert_null(strstr(buf_text(&b), "STILL OPEN"));
    assert_non_null(strstr(buf_text(&b), "Not over:  203.0.113.9, 203.0.113.20-203.0.113.21"));
    buf_clear(&b);
    compose_short(&m, 2000, &b);
    assert_non_null(strstr(buf_text(&b), "Not over: 203.0.113.9, 203.0.113.20-203.0.113.21"));
    assert_null(strstr(buf_text(&b), "spam was seen"));
    buf_fini(&b);
    e[0].kind = CHANGE_RETIRED;
    e[0].to = LEVEL_UNKNOWN;
    m.entry_count = 1;
    text_of(&m, &b);
    assert_null(strstr(buf_text(&b), "spam was seen"));
    buf_fini(&b);
}

static void what_to_do_about_each_code_has_lines_of_its_own(void **state)
{
    (void)state;
    struct entry e = plain(CHANGE_LISTED, "dnsbl", "l.example", "listed");
    e.advice = "SBL: stop it.\nPBL: use a relay.";
    struct message m = {
        .id = "x", .instance = "mon1", .config = "", .entries = &e, .entry_count = 1};
    struct buf b;
    text_of(&m, &b);
    assert_non_null(strstr(buf_text(&b), "\n   Do next:   SBL: stop it.\n"
                                         "              PBL: use a relay.\n"));
    buf_fini(&b);
}

static void a_reason_is_not_repeated_as_advice(void **state)
{
    (void)state;
    struct entry e = plain(CHANGE_BLIND, "dnsbl", "l.example", "");
    e.of_list = true;
    e.reason = "register at example.org";
    e.advice = "To be served, register at example.org.";
    struct message m = {
        .id = "x", .instance = "mon1", .config = "", .entries = &e, .entry_count = 1};
    struct buf b;
    text_of(&m, &b);
    assert_non_null(strstr(buf_text(&b), "Do next:   To be served"));
    assert_null(strstr(buf_text(&b), "Reason:"));
    buf_fini(&b);
}

static void a_reminder_of_blindness_speaks_of_no_removal(void **state)
{
    (void)state;
    struct entry e = plain(CHANGE_REMINDER, "dnsbl", "", "");
    e.of_list = true;
    e.reason = "look at the resolver";
    struct message m = {
        .id = "x", .instance = "mon1", .config = "", .entries = &e, .entry_count = 1};
    struct buf b;
    text_of(&m, &b);
    assert_null(strstr(buf_text(&b), "removal"));
    assert_non_null(strstr(buf_text(&b), "Fix:       look at the resolver"));
    buf_fini(&b);
}

static void a_first_look_counts_what_the_channel_does_not_want(void **state)
{
    (void)state;
    struct entry first = plain(CHANGE_BASELINE, "dnsbl", "", "");
    first.of_list = true;
    first.to = first.severity_level = LEVEL_OK;
    struct message m = {.id = "x",
                        .instance = "mon1",
                        .config = "",
                        .baseline = true,
                        .heard = "Not heard from: Gmail.",
                        .below = "1 finding below this channel's level: listed on l.example (info)",
                        .entries = &first,
                        .entry_count = 1};
    struct buf b;
    text_of(&m, &b);
    compose_short(&m, 2000, &b);
    assert_non_null(strstr(buf_text(&b), "listed on l.example (info)"));
    compose_subject(&m, &b);
    assert_null(strstr(buf_text(&b), "o findings"));
    assert_null(strstr(buf_text(&b), "PUBLISH NO LIST"));
    buf_fini(&b);
}

int main(void)
{
    setenv("TZ", "UTC-1", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_start_with_the_change),
        cmocka_unit_test(subjects_count_what_else_is_inside),
        cmocka_unit_test(a_first_look_is_no_news_beside_a_finding),
        cmocka_unit_test(a_digest_reads_as_it_was_approved),
        cmocka_unit_test(every_line_fits_in_78_columns_and_holds_no_control_character),
        cmocka_unit_test(short_texts_keep_to_their_size_and_say_what_is_missing),
        cmocka_unit_test(a_short_message_never_lacks_the_first_entrys_advice),
        cmocka_unit_test(every_kind_of_change_says_what_to_do_next),
        cmocka_unit_test(lists_unknown_for_the_same_reason_are_one_line),
        cmocka_unit_test(a_service_has_words_of_its_own),
        cmocka_unit_test(nothing_is_cut_without_a_mark),
        cmocka_unit_test(what_is_over_has_no_level),
        cmocka_unit_test(acknowledging_silences_what_the_mail_is_about_and_nothing_else),
        cmocka_unit_test(an_end_is_calm_and_a_level_is_what_is_true_now),
        cmocka_unit_test(what_is_over_says_who_is_still_listed_and_no_old_reason),
        cmocka_unit_test(what_to_do_about_each_code_has_lines_of_its_own),
        cmocka_unit_test(only_a_queue_that_was_refused_is_watched),
        cmocka_unit_test(a_subject_has_its_level_unless_its_words_are_one),
        cmocka_unit_test(a_reason_is_not_repeated_as_advice),
        cmocka_unit_test(a_reminder_of_blindness_speaks_of_no_removal),
        cmocka_unit_test(a_first_look_counts_what_the_channel_does_not_want),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
