/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/compose.h"

#include "sample_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct entry plain(enum change_kind kind, enum source_kind source, const char *list,
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
                          .cause = CAUSE_NONE,
                          .reason = "",
                          .url = "",
                          .advice = ""};
}

static void subjects_start_with_the_change(void **state)
{
    (void)state;
    static const struct {
        enum change_kind kind;
        enum source_kind source;
        const char *list, *state;
        bool of_list;
        enum cause cause;
        const char *subject;
    } rows[] = {
        {CHANGE_LISTED, SOURCE_DNSBL, "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "LISTED 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_DELISTED, SOURCE_DNSBL, "zen.spamhaus.org", "not-listed", false, CAUSE_NONE,
         "DELISTED 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_CHANGED, SOURCE_DNSBL, "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "CHANGED 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_BASELINE, SOURCE_DNSBL, "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "ALREADY LISTED 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_LISTED, SOURCE_SNDS, "main/status", "blocked", false, CAUSE_NONE,
         "BLOCKED AT OUTLOOK 203.0.113.5 main/status [mon1]"},
        {CHANGE_IMPROVED, SOURCE_SNDS, "main/status", "junked", false, CAUSE_NONE,
         "JUNKED AT OUTLOOK 203.0.113.5 main/status [mon1]"},
        {CHANGE_DELISTED, SOURCE_SNDS, "main/status", "normal", false, CAUSE_NONE,
         "UNBLOCKED 203.0.113.5 main/status [mon1]"},
        {CHANGE_LISTED, SOURCE_SNDS, "main/data", "red", false, CAUSE_NONE,
         "OUTLOOK RED 203.0.113.5 main/data [mon1]"},
        {CHANGE_DELISTED, SOURCE_SNDS, "main/data", "green", false, CAUSE_NONE,
         "OUTLOOK GREEN 203.0.113.5 main/data [mon1]"},
        {CHANGE_LISTED, SOURCE_PTR, "ptr", "missing", false, CAUSE_NONE,
         "PTR MISSING 203.0.113.5 [mon1]"},
        {CHANGE_DELISTED, SOURCE_PTR, "ptr", "confirmed", false, CAUSE_NONE,
         "PTR RESTORED 203.0.113.5 [mon1]"},
        {CHANGE_LISTED, SOURCE_TALOS, "talos", "poor", false, CAUSE_NONE,
         "TALOS POOR 203.0.113.5 [mon1]"},
        {CHANGE_REMINDER, SOURCE_DNSBL, "zen.spamhaus.org", "listed", false, CAUSE_NONE,
         "STILL LISTED 203.0.113.5 zen.spamhaus.org [mon1]"},
        {CHANGE_REMINDER, SOURCE_PTR, "ptr", "missing", false, CAUSE_NONE,
         "STILL PTR MISSING 203.0.113.5 [mon1]"},
        {CHANGE_BLIND, SOURCE_DNSBL, "zen.spamhaus.org", "", true, CAUSE_NOT_SERVED,
         "BLIND zen.spamhaus.org (not served) [mon1]"},
        {CHANGE_BLIND, SOURCE_DNSBL, "", "", true, CAUSE_TIMEOUT,
         "BLIND all lists (timeout) [mon1]"},
        {CHANGE_REMINDER, SOURCE_DNSBL, "zen.spamhaus.org", "", true, CAUSE_NOT_SERVED,
         "STILL BLIND zen.spamhaus.org (not served) [mon1]"},
        {CHANGE_EXPIRING, SOURCE_SNDS, "main/data", "", true, CAUSE_NONE,
         "EXPIRING main/data [mon1]"},
        {CHANGE_SIGHTED, SOURCE_TALOS, "talos", "", true, CAUSE_NONE, "SIGHTED talos [mon1]"},
        {CHANGE_LISTED, SOURCE_DNSBL, "evil\r\nBcc: x@y\033[2J", "listed", false, CAUSE_NONE,
         "LISTED 203.0.113.5 evil??Bcc: x@y?[2J [mon1]"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct entry e = plain(rows[i].kind, rows[i].source, rows[i].list, rows[i].state);
        e.of_list = rows[i].of_list;
        e.cause = rows[i].cause;
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
    assert_string_equal(buf_text(&b), "LISTED 203.0.113.5 zen.spamhaus.org (+3) [mon1]");
    buf_clear(&b);
    m = sample_flood();
    compose_subject(&m, &b);
    assert_string_equal(buf_text(&b), "LISTED 200 addresses list0.example.org (+52) [mon1]");
    buf_fini(&b);
}

static void a_first_look_is_no_news_beside_a_finding(void **state)
{
    (void)state;
    struct entry e[2] = {plain(CHANGE_BASELINE, SOURCE_DNSBL, "l.example", "listed"),
                         plain(CHANGE_BASELINE, SOURCE_DNSBL, "", "")};
    e[1].of_list = true;
    struct message m = {
        .id = "x", .instance = "mon1", .config = "", .entries = e, .entry_count = 2};
    struct buf b;
    buf_init(&b, 1000);
    compose_subject(&m, &b);
    assert_string_equal(buf_text(&b), "ALREADY LISTED 203.0.113.5 l.example [mon1]");
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
    struct entry first = plain(CHANGE_BASELINE, SOURCE_DNSBL, "", "");
    static const char *const notes[] = {"The clock is in doubt.",
                                        MESSAGE_NO_STATE " at state.db: this is the first look."};
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
    struct entry hostile[2] = {plain(CHANGE_LISTED, SOURCE_DNSBL, "l.example", "listed"),
                               plain(CHANGE_LISTED, SOURCE_TALOS, "talos", "po\033or\xff")};
    static const struct code code = {"127.0.0.2", "\xe2\x80\xae evil", "bell \a and \r\n.\r\n",
                                     SEV_MAJOR};
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
            if (column == 0 && strncmp(p, "   repmon -c", 12) == 0)
                p += strcspn(p, "\n") - 1;
            column += (c & 0xc0) != 0x80;
            assert_true(column <= COMPOSE_COLUMNS);
        }
        assert_null(strstr(buf_text(&b), "\n.\n"));
        assert_null(strstr(buf_text(&b), "\nBcc"));
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
        assert_non_null(strstr(buf_text(&b), "Microsoft 365"));
        buf_fini(&b);
    }
}

static void every_kind_of_change_says_what_to_do_next(void **state)
{
    (void)state;
    for (int kind = CHANGE_LISTED; kind < CHANGE_COUNT; kind++) {
        struct entry e = plain((enum change_kind)kind, SOURCE_DNSBL, "l.example", "listed");
        assert_true(strlen(compose_advice(&e)) > 10);
        assert_string_not_equal(compose_advice(&e), "Run \"repmon status\".");
    }
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        if (cause != CAUSE_NONE)
            assert_string_not_equal(compose_cause((enum cause)cause), "it could not be asked");
    }
}

static void lists_unknown_for_the_same_reason_are_one_line(void **state)
{
    (void)state;
    static const struct message_unknown unknown[] = {
        {SOURCE_DNSBL, "a.example", CAUSE_UNTRUSTED, 2, 0},
        {SOURCE_DNSBL, "b.example", CAUSE_TIMEOUT, 2, 0},
        {SOURCE_DNSBL, "c.example", CAUSE_UNTRUSTED, 2, 0},
        {SOURCE_DNSBL, "d.example", CAUSE_UNTRUSTED, 1, 0},
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
    buf_fini(&b);
}

static void what_is_over_has_no_level(void **state)
{
    (void)state;
    struct entry e = plain(CHANGE_SIGHTED, SOURCE_DNSBL, "", "");
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
        cmocka_unit_test(every_kind_of_change_says_what_to_do_next),
        cmocka_unit_test(lists_unknown_for_the_same_reason_are_one_line),
        cmocka_unit_test(what_is_over_has_no_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
