/* SPDX-License-Identifier: ISC */
/* What the page asks of the state: when nothing was known, and numbers day by day. */
#include "store_fixture.h"

#define HOUR 3600
#define DAY  86400

static struct store *create(struct fixture *f)
{
    OK(store_open(f->path, STORE_CREATE, NULL, &f->store, &oops));
    return f->store;
}

static void ran(struct store *s, time_t started, bool completed)
{
    struct stored_run run = {.started = started, .version = "test"};
    OK(store_begin_run(s, &run, &oops));
    run.ended = started + 60;
    run.completed = completed;
    OK(store_commit(s, &run, &oops));
}

static void days_without_a_completed_run_are_gaps(void **state)
{
    struct store *s = create(*state);
    struct stored_gap gaps[8];
    size_t count = 0;
    ran(s, 10 * DAY, true);
    ran(s, 10 * DAY + HOUR, true);
    ran(s, 11 * DAY, false); /* it proved nothing: the gap goes on */
    ran(s, 15 * DAY, true);
    OK(store_run_gaps(s, 9 * DAY, DAY, gaps, 8, &count, &oops));
    assert_int_equal(count, 2);
    assert_int_equal(gaps[0].begin, 10 * DAY + HOUR + 60);
    assert_int_equal(gaps[0].end, 15 * DAY);
    assert_int_equal(gaps[1].begin, 0);
    assert_int_equal(gaps[1].end, 10 * DAY);
    OK(store_run_gaps(s, 12 * DAY, DAY, gaps, 1, &count, &oops));
    assert_int_equal(count, 1);
    OK(store_run_gaps(s, 9 * DAY, DAY, gaps, 1, &count, &oops));
    assert_int_equal(count, 2); /* one more than fits */
}

struct row {
    const char *source, *list, *ip;
    int32_t day;
    const char *colour;
    double complaint;
    int64_t recipients, data, messages, traps;
};

static void put(struct store *s, const struct row *rows, size_t count)
{
    struct stored_run run = {.started = 1, .version = "test"};
    OK(store_begin_run(s, &run, &oops));
    for (size_t i = 0; i < count; i++) {
        struct stored_numbers n = {.source = rows[i].source,
                                   .list = rows[i].list,
                                   .day = rows[i].day,
                                   .colour = rows[i].colour,
                                   .complaint = rows[i].complaint,
                                   .complaint_text = "",
                                   .recipients = rows[i].recipients,
                                   .data = rows[i].data,
                                   .messages = rows[i].messages,
                                   .traps = rows[i].traps,
                                   .raw = "row",
                                   .seen = 1};
        assert_true(ip_parse(rows[i].ip, &n.ip));
        OK(store_samples_add(s, &n, NULL, &oops));
    }
    OK(store_commit(s, &run, &oops));
}

static void the_worst_addresses_come_with_all_their_days(void **state)
{
    static const struct row rows[] = {
        {"snds", "a/data", "203.0.113.1", 20261101, "green", 0.1, 9, 9, 9, -1},
        {"snds", "a/data", "203.0.113.2", 20261101, "red", 0.1, 1, 1, 1, -1},
        {"snds", "a/data", "203.0.113.2", 20261102, "green", 0.1, 1, 1, 1, -1},
        {"snds", "a/data", "203.0.113.3", 20261102, "yellow", 0.1, 1, 1, 1, -1},
        {"snds", "a/data", "203.0.113.4", 20261001, "red", 0.1, 1, 1, 1, -1}, /* too old */
        {"snds", "b/data", "203.0.113.5", 20261101, "red", 0.1, 1, 1, 1, -1}, /* another list */
    };
    struct store *s = create(*state);
    struct stored_days out = {0};
    size_t known = 0;
    put(s, rows, COUNT(rows));
    OK(store_worst_days(s, "snds", "a/data", 20261030, 2, &out, &known, &oops));
    assert_int_equal(known, 3);
    assert_int_equal(out.count, 3);
    static const struct {
        const char *ip, *colour;
        int32_t day;
    } expected[] = {{"203.0.113.2", "red", 20261101},
                    {"203.0.113.2", "green", 20261102},
                    {"203.0.113.3", "yellow", 20261102}};
    for (size_t i = 0; i < COUNT(expected); i++) {
        char text[IP_TEXT_MAX];
        ip_format(&out.items[i].ip, text);
        assert_string_equal(text, expected[i].ip);
        assert_string_equal(out.items[i].colour, expected[i].colour);
        assert_int_equal(out.items[i].day, expected[i].day);
    }
    OK(store_worst_days(s, "snds", "nobody/data", 20261030, 2, &out, &known, &oops));
    assert_int_equal(out.count, 3); /* appended: nothing */
    stored_days_fini(&out);
}

static void answers_of_receivers_are_summed_over_addresses(void **state)
{
    static const struct row rows[] = {
        {"log", "gmail", "203.0.113.1", 20261101, "", -1, 10, 1, 13, 2},
        {"log", "gmail", "203.0.113.2", 20261101, "", -1, 5, 0, 5, 0},
        {"log", "gmail", "203.0.113.1", 20261102, "", -1, 7, 0, 7, 0},
        {"log", "yahoo", "203.0.113.1", 20261101, "", -1, 900, 0, 900, 0},
        {"log", "quiet", "203.0.113.1", 20261101, "", -1, 1, 0, 1, 0},
        {"reports", "dmarc", "203.0.113.1", 20261101, "", -1, 1, 1, 1, 1},
    };
    struct store *s = create(*state);
    struct stored_days out = {0};
    put(s, rows, COUNT(rows));
    OK(store_day_sums(s, "log", 20261030, 2, &out, &oops)); /* who refuses, then who is largest */
    assert_int_equal(out.count, 3);
    assert_string_equal(out.items[0].list, "gmail");
    assert_int_equal(out.items[0].day, 20261101);
    assert_int_equal(out.items[0].recipients, 15);
    assert_int_equal(out.items[0].data, 1);
    assert_int_equal(out.items[0].messages, 18);
    assert_int_equal(out.items[0].traps, 2);
    assert_int_equal(out.items[1].day, 20261102);
    assert_string_equal(out.items[2].list, "yahoo");
    stored_days_fini(&out);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(days_without_a_completed_run_are_gaps),
        TEST(the_worst_addresses_come_with_all_their_days),
        TEST(answers_of_receivers_are_summed_over_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
