/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/day.h"
#include "source/snds/snds_judge.h"

#include <stdio.h>

#define DAY 86400

static time_t at(int32_t day)
{
    return (time_t)day_between(19700101, day) * DAY + 12 * 3600;
}

/* "1-5 9": days ago, as a set of days before `today`. */
static struct snds_days ago(int32_t today, const char *text)
{
    struct snds_days d = {0};
    int a, b, n;
    while (*text) {
        if (sscanf(text, "%d-%d%n", &a, &b, &n) == 2) {
            text += n;
        } else if (sscanf(text, "%d%n", &a, &n) == 1) {
            b = a;
            text += n;
        } else {
            break;
        }
        for (int i = a; i <= b; i++)
            snds_days_add(&d, day_add(today, -i));
        text += strspn(text, " ");
    }
    return d;
}

static void coverage(void **state)
{
    static const struct {
        const char *name, *block, *account;
        int attested; /* days ago; 0: not */
        enum snds_cover wanted;
    } cases[] = {
        {"nothing known", "", "", 0, SNDS_NOT_COVERED},
        {"attested, never had rows", "", "1-9", 200, SNDS_COVERED},
        {"attested over ten months ago", "", "1-9", 310, SNDS_NOT_COVERED},
        {"a row yesterday", "1", "1", 0, SNDS_COVERED},
        {"a row 14 days ago", "14", "14", 0, SNDS_COVERED},
        {"a row 15 days ago", "15", "15", 0, SNDS_NOT_COVERED},
        {"a row 15 days ago, though attested: it had rows once", "15", "1 15", 10,
         SNDS_NOT_COVERED},
        {"five of ten days, none on the last three", "4-8", "1-10", 10, SNDS_LAPSED},
        {"four of ten days are not regular", "4-7", "1-10", 0, SNDS_COVERED},
        {"two silent days are not three", "3-8", "1-10", 0, SNDS_COVERED},
        {"three silent days, but published are two", "4-8", "1 2 4-8", 0, SNDS_COVERED},
        {"nothing was published since: no news of this block", "4-8", "4-8", 0, SNDS_COVERED},
        {"rows long ago do not count", "11-19", "1-19", 0, SNDS_COVERED},
    };
    (void)state;
    const int32_t today = 20261121;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct snds_days block = ago(today, cases[i].block);
        struct snds_days account = ago(today, cases[i].account);
        time_t attested = cases[i].attested ? at(today) - (time_t)cases[i].attested * DAY : 0;
        enum snds_cover got = snds_coverage(&block, &account, attested, at(today));
        if (got != cases[i].wanted)
            fail_msg("%s: %d, wanted %d", cases[i].name, got, cases[i].wanted);
    }
}

static void attestations_end_after_ten_months(void **state)
{
    (void)state;
    assert_int_equal(day_of(snds_attestation_end(at(20260301))), 20270101);
    assert_int_equal(day_of(snds_attestation_end(at(20260115))), 20261115);
    assert_int_equal(day_of(snds_attestation_end(at(20260430))), 20270302);
    assert_int_equal(day_of(snds_attestation_end(at(20260531))), 20270331);
}

static void old_days_are_news_unless_gaps_are_usual(void **state)
{
    (void)state;
    struct snds_days d = ago(20261121, "1-9");
    assert_false(snds_is_stale(&d, 20261121, 4));
    d = ago(20261121, "4-9");
    assert_false(snds_is_stale(&d, 20261121, 4));
    d = ago(20261121, "5-9");
    assert_true(snds_is_stale(&d, 20261121, 4));
    d = ago(20261121, "7 14 21"); /* a weekly newsletter */
    assert_false(snds_is_stale(&d, 20261121, 4));
    d = ago(20261121, "5"); /* nothing to compare with */
    assert_true(snds_is_stale(&d, 20261121, 4));
    d = ago(20261121, "");
    assert_false(snds_is_stale(&d, 20261121, 4));
}

static void remembered_days(void **state)
{
    struct snds_days d, again;
    struct buf text;
    (void)state;
    snds_days_parse("20261119 20261121 20261120 20261121 rubbish", &d);
    assert_int_equal(d.count, 3);
    assert_int_equal(d.day[0], 20261121);
    assert_int_equal(d.day[2], 20261119);
    for (int i = 0; i < 100; i++)
        snds_days_add(&d, day_add(20261122, i));
    assert_int_equal(d.count, SNDS_DAYS);
    assert_int_equal(d.day[0], day_add(20261122, 99));
    snds_days_add(&d, 20200101); /* older than all: nothing falls off for it */
    assert_false(snds_days_has(&d, 20200101));
    buf_init(&text, 4096);
    snds_days_format(&d, &text);
    snds_days_parse(buf_text(&text), &again);
    assert_memory_equal(&d, &again, sizeof d);
    buf_fini(&text);
    snds_days_parse(NULL, &d);
    assert_int_equal(d.count, 0);
    snds_days_parse("99999999 20261301 -5 0", &d);
    assert_int_equal(d.count, 0);
}

static void words_of_status(void **state)
{
    static const struct {
        bool blocked;
        const char *details, *word, *state;
        enum level level;
    } cases[] = {
        {true, "Blocked due to user complaints or other evidence of spamming", "blocked", "blocked",
         LEVEL_CRITICAL},
        {false, "Junked due to user complaints or other evidence of spamming", "junked", "junked",
         LEVEL_WARNING},
        {false, "BLOCKED", "blocked", "blocked", LEVEL_CRITICAL},
        {true, "E-mail address harvesting", "yes:e-mail-address-harvesting", "abnormal",
         LEVEL_CRITICAL},
        {false, "Bot", "no:bot", "abnormal", LEVEL_WARNING},
        {true, "SpamHaus SBL/XBL", "yes:spamhaus-sbl-xbl", "abnormal", LEVEL_CRITICAL},
        {true, "", "yes:", "abnormal", LEVEL_CRITICAL},
        {false, "  ?? \xff", "no:", "abnormal", LEVEL_WARNING},
        {true, "a very long text that no word could ever hold in whole, whatever it says",
         "yes:a-very-long-text-that-no-word-could-ever-ho", "abnormal", LEVEL_CRITICAL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char word[SNDS_WORD];
        struct verdict v;
        snds_status_word(cases[i].blocked, cases[i].details, word);
        assert_string_equal(word, cases[i].word);
        snds_explain_status(word, &v);
        assert_int_equal(v.level, cases[i].level);
        assert_string_equal(v.state, cases[i].state);
        assert_int_equal(v.code_count, 1);
    }
    struct verdict v;
    snds_explain_status("", &v);
    assert_int_equal(v.level, LEVEL_OK);
    snds_explain_status("normal", &v);
    assert_int_equal(v.level, LEVEL_OK);
    assert_string_equal(v.state, "normal");
    assert_int_equal(v.code_count, 0);
    snds_explain_status("blocked junked no:bot", &v);
    assert_int_equal(v.level, LEVEL_CRITICAL);
    assert_string_equal(v.state, "blocked");
    assert_int_equal(v.code_count, 3);
}

static void words_of_data(void **state)
{
    static const struct {
        enum snds_colour colour;
        double percent;
        bool below;
        int32_t late;
        const char *words, *state;
        enum level level;
    } cases[] = {
        {SNDS_GREEN, 0.1, true, 0, "green", "green", LEVEL_OK},
        {SNDS_GREEN, -1, false, 0, "green", "green", LEVEL_OK},
        {SNDS_GREEN, 0, false, 0, "green", "green", LEVEL_OK},
        {SNDS_GREEN, 0.2, false, 0, "0.2% green", "green", LEVEL_OK},
        {SNDS_GREEN, 0.3, false, 0, "0.3% green", "complaints", LEVEL_WARNING},
        {SNDS_GREEN, 0.3, true, 0, "<0.3% green", "green", LEVEL_OK},
        {SNDS_GREEN, 1, false, 0, "1% green", "complaints", LEVEL_CRITICAL},
        {SNDS_YELLOW, 0.4, false, 0, "0.4% yellow", "yellow", LEVEL_WARNING},
        {SNDS_YELLOW, 2, false, 0, "2% yellow", "complaints", LEVEL_CRITICAL},
        {SNDS_RED, 0.1, true, 0, "red", "red", LEVEL_CRITICAL},
        {SNDS_RED, 120.5, false, 0, "120.5% red", "red", LEVEL_CRITICAL},
        {SNDS_GREEN, 0.1, true, 20261118, "green red@20261118", "red", LEVEL_CRITICAL},
        {SNDS_YELLOW, 0.1, true, 20261118, "red@20261118 yellow", "red", LEVEL_CRITICAL},
        {SNDS_RED, 0.1, true, 20261118, "red red@20261118", "red", LEVEL_CRITICAL},
    };
    const struct conf_snds account = {.complaint_warning = 0.3, .complaint_critical = 1};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char words[SNDS_DAY_WORDS];
        struct verdict v;
        snds_data_words(cases[i].colour, (struct snds_rate){cases[i].percent, cases[i].below},
                        cases[i].late, words);
        assert_string_equal(words, cases[i].words);
        snds_explain_data(&account, words, &v);
        if (v.level != cases[i].level || strcmp(v.state, cases[i].state) != 0)
            fail_msg("%s: level %d, state %s", words, v.level, v.state);
    }
    struct verdict v; /* the judge asks for single words, too */
    snds_explain_data(&account, "0.2%", &v);
    assert_int_equal(v.level, LEVEL_OK);
    snds_explain_data(&account, "", &v);
    assert_int_equal(v.level, LEVEL_OK);
    assert_string_equal(v.state, "green");
}

/* One row of the day after another, as later fetches bring it. */
static void a_revision_counts_once_per_colour(void **state)
{
    struct snds_revision r = {0};
    bool changed;
    struct buf text;
    (void)state;
    assert_int_equal(snds_revise(&r, 20261120, SNDS_NO_COLOUR, SNDS_GREEN, &changed), SNDS_GREEN);
    assert_false(changed);
    assert_int_equal(snds_revise(&r, 20261120, SNDS_GREEN, SNDS_GREEN, &changed), SNDS_GREEN);
    assert_false(changed);
    assert_int_equal(snds_revise(&r, 20261120, SNDS_GREEN, SNDS_RED, &changed), SNDS_RED);
    assert_true(changed);
    buf_init(&text, 64);
    snds_revision_format(&r, &text);
    assert_string_equal(buf_text(&text), "20261120 gr");
    snds_revision_parse(buf_text(&text), &r);
    buf_fini(&text);
    assert_int_equal(snds_revise(&r, 20261120, SNDS_RED, SNDS_RED, &changed), SNDS_RED);
    assert_int_equal(snds_revise(&r, 20261120, SNDS_RED, SNDS_GREEN, &changed), SNDS_RED);
    assert_false(changed); /* green was judged: it is not news again */
    assert_int_equal(snds_revise(&r, 20261120, SNDS_GREEN, SNDS_YELLOW, &changed), SNDS_YELLOW);
    assert_true(changed);
    assert_int_equal(snds_revise(&r, 20261120, SNDS_YELLOW, SNDS_RED, &changed), SNDS_YELLOW);
    assert_int_equal(snds_revise(&r, 20261121, SNDS_NO_COLOUR, SNDS_GREEN, &changed), SNDS_GREEN);
    snds_revision_parse("nonsense", &r);
    assert_int_equal(r.count, 0);
    snds_revision_parse("20261120 gggggggggg", &r);
    assert_int_equal(r.count, SNDS_REVISIONS);
}

static void a_late_red_day_is_said_within_three_days(void **state)
{
    (void)state;
    const int32_t today = 20261121, newest = 20261120;
    assert_true(snds_late_red(20261118, newest, SNDS_NO_COLOUR, today));
    assert_true(snds_late_red(20261119, newest, SNDS_GREEN, today));
    assert_false(snds_late_red(20261119, newest, SNDS_RED, today)); /* known already */
    assert_false(snds_late_red(20261117, newest, SNDS_NO_COLOUR, today));
    assert_false(snds_late_red(newest, newest, SNDS_NO_COLOUR, today));
}

static void links_end_after_thirty_days_and_say_so_twice(void **state)
{
    const time_t from = at(20261101);
    int64_t soon;
    (void)state;
    time_t early = snds_link_end(from, from + 10 * DAY, &soon);
    assert_int_equal(early, from + 30 * DAY);
    assert_true(early - (from + 24 * DAY) > soon); /* not soon yet */
    assert_true(early - (from + 25 * DAY) <= soon);
    time_t late = snds_link_end(from, from + 29 * DAY, &soon);
    assert_int_not_equal(late, early); /* another time is said again */
    assert_true(late - (from + 29 * DAY) <= soon);
    assert_int_equal(snds_link_end(from, from + 29 * DAY + 3600, &soon), late);
    assert_int_equal(snds_link_end(from, from + 31 * DAY, &soon), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage),
        cmocka_unit_test(attestations_end_after_ten_months),
        cmocka_unit_test(old_days_are_news_unless_gaps_are_usual),
        cmocka_unit_test(remembered_days),
        cmocka_unit_test(words_of_status),
        cmocka_unit_test(words_of_data),
        cmocka_unit_test(a_revision_counts_once_per_colour),
        cmocka_unit_test(a_late_red_day_is_said_within_three_days),
        cmocka_unit_test(links_end_after_thirty_days_and_say_so_twice),
    };
    return cmocka_run_group_tests_name("snds_judge", tests, NULL, NULL);
}
