/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

#define DAY 86400

static struct ip address(const char *text)
{
    struct ip ip;
    assert_true(ip_parse(text, &ip));
    return ip;
}

static struct cidr block_of(const char *text)
{
    struct cidr c;
    assert_true(cidr_parse(text, &c, NULL));
    return c;
}

static void add(struct store *s, const char *ip, uint8_t prefix, const char *list, time_t when)
{
    struct change c = {.kind = ip ? CHANGE_LISTED : CHANGE_BLIND,
                       .source = "dnsbl",
                       .list = list,
                       .of_list = !ip,
                       .target = 7,
                       .prefix = prefix,
                       .label = "mx1.example.org",
                       .from = LEVEL_OK,
                       .to = LEVEL_CRITICAL,
                       .answers_from = "",
                       .answers = "127.0.0.2",
                       .cause = ip ? CAUSE_NONE : CAUSE_NOT_SERVED,
                       .detail = "why",
                       .since = 3,
                       .opened = 4};
    if (ip)
        c.ip = address(ip);
    OK(store_history_add(s, &c, when, "digest-1", &oops));
}

/* "time time …" of what a query gives */
static void assert_times(struct store *s, struct history_query q, const char *expected)
{
    struct error err = {0};
    struct history_row row;
    struct buf out;
    buf_init(&out, 1000);
    struct pager *it = store_history(s, &q, &err);
    assert_non_null(it);
    while (history_next(it, &row, &err))
        buf_fmt(&out, "%s%d", out.len ? " " : "", (int)row.time);
    assert_int_equal(err.class, ERR_NONE);
    assert_string_equal(buf_text(&out), expected);
    pager_free(it);
    buf_fini(&out);
}

static void finds_by_target_list_and_time(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    add(s, "203.0.113.5", 32, "a.example", 10);
    add(s, "203.0.113.9", 32, "b.example", 20);
    add(s, "2001:db8:1:2::", 64, "a.example", 30);
    add(s, NULL, 0, "a.example", 40);
    add(s, "203.0.113.5", 32, "b.example", 40);
    commit(s, run);
    struct cidr one = block_of("203.0.113.5"), block = block_of("203.0.113.0/24"),
                in_64 = block_of("2001:db8:1:2::25"), around_64 = block_of("2001:db8:1::/48"),
                other = block_of("192.0.2.1");
    struct cidr two[2] = {one, in_64};
    assert_times(s, (struct history_query){0}, "40 40 30 20 10");
    assert_times(s, (struct history_query){.list = "a.example"}, "40 30 10");
    assert_times(s, (struct history_query){.since = 20}, "40 40 30 20");
    assert_times(s, (struct history_query){.limit = 2}, "40 40");
    assert_times(s, (struct history_query){.targets = &one, .target_count = 1}, "40 10");
    assert_times(s, (struct history_query){.targets = &block, .target_count = 1}, "40 20 10");
    assert_times(s, (struct history_query){.targets = &in_64, .target_count = 1}, "30");
    assert_times(s, (struct history_query){.targets = &around_64, .target_count = 1}, "30");
    assert_times(s, (struct history_query){.targets = two, .target_count = 2}, "40 30 10");
    assert_times(s, (struct history_query){.targets = &other, .target_count = 1}, "");
    assert_times(s, (struct history_query){.source = "ptr"}, "");
    assert_times(s, (struct history_query){.source = "dnsbl", .list = "b.example"}, "40 20");

    struct error err = {0};
    struct pager *it = store_history(s, &(struct history_query){.since = 40}, &err);
    struct history_row row;
    assert_true(history_next(it, &row, &err)); /* the later of the two first */
    assert_false(row.change.of_list);
    assert_int_equal(row.run, run.id);
    assert_string_equal(row.digest, "digest-1");
    assert_int_equal(row.change.kind, CHANGE_LISTED);
    assert_int_equal(row.change.from, LEVEL_OK);
    assert_int_equal(row.change.to, LEVEL_CRITICAL);
    assert_string_equal(row.change.label, "mx1.example.org");
    assert_string_equal(row.change.answers, "127.0.0.2");
    assert_string_equal(row.change.detail, "why");
    assert_int_equal(row.change.target, 7);
    assert_int_equal(row.change.cause, CAUSE_NONE);
    assert_int_equal(row.change.since, 3);
    assert_int_equal(row.change.opened, 4);
    struct ip five = address("203.0.113.5");
    assert_int_equal(ip_cmp(&row.change.ip, &five), 0);
    assert_true(history_next(it, &row, &err));
    assert_true(row.change.of_list);
    assert_int_equal(row.change.kind, CHANGE_BLIND);
    assert_int_equal(row.change.cause, CAUSE_NOT_SERVED);
    assert_int_equal(row.change.ip.family, 0);
    pager_free(it);
}

static void every_kind_of_change_can_be_kept(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    for (unsigned kind = 0; kind < CHANGE_COUNT; kind++) {
        struct change c = {
            .source = "dnsbl", .kind = (enum change_kind)kind, .list = "", .of_list = true};
        OK(store_history_add(s, &c, kind, NULL, &oops));
    }
    commit(s, run);
    struct error err = {0};
    struct pager *it = store_history(s, &(struct history_query){0}, &err);
    struct history_row row;
    for (unsigned kind = CHANGE_COUNT; kind-- > 0;) {
        assert_true(history_next(it, &row, &err));
        assert_int_equal(row.change.kind, kind);
        assert_string_equal(row.change.list, "");
    }
    assert_false(history_next(it, &row, &err));
    pager_free(it);
}

static void commits_a_run(struct fixture *f)
{
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    add(s, "203.0.113.5", 32, "a.example", 999999);
    commit(s, run);
    store_close(s);
}

/* Many rows, read slowly: complete, in order, once each, and no run has to wait for it. */
static void a_slow_reader_blocks_no_run(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    for (int i = 0; i < 1000; i++)
        add(s, "203.0.113.5", 32, "a.example", 100 + i / 300); /* times repeat over batches */
    commit(s, run);
    s = open_as(f, STORE_READ);
    struct error err = {0};
    struct pager *it = store_history(s, &(struct history_query){0}, &err);
    struct history_row row;
    int64_t last = INT64_MAX;
    for (int i = 0; i < 1000; i++) {
        assert_true(history_next(it, &row, &err));
        assert_true(row.id < last);
        last = row.id;
        if (i == 200)
            in_child(f, false, commits_a_run);
    }
    assert_false(history_next(it, &row, &err));
    assert_int_equal(err.class, ERR_NONE);
    pager_free(it);
}

static struct stored_numbers numbers(const char *ip, int32_t day, const char *colour)
{
    return (struct stored_numbers){.source = "snds",
                                   .list = "main/data",
                                   .ip = address(ip),
                                   .day = day,
                                   .recipients = 1200,
                                   .data = 1100,
                                   .messages = 1000,
                                   .traps = -1,
                                   .complaint = 0.1,
                                   .complaint_text = "< 0.1%",
                                   .colour = colour,
                                   .raw = "the,row",
                                   .seen = 50};
}

static void keeps_numbers_of_each_day_and_tells_revisions(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    bool revised = true;
    struct stored_numbers n = numbers("203.0.113.5", 20261119, "green");
    OK(store_samples_add(s, &n, &revised, &oops));
    assert_false(revised);
    n.seen = 60; /* the same report read again */
    OK(store_samples_add(s, &n, &revised, &oops));
    assert_false(revised);
    n = numbers("203.0.113.5", 20261120, "green");
    OK(store_samples_add(s, &n, &revised, &oops));
    assert_false(revised);
    n.colour = "red";
    n.raw = "the,row,revised";
    n.seen = 70;
    OK(store_samples_add(s, &n, &revised, &oops));
    assert_true(revised);
    n = numbers("203.0.113.6", 20261120, "yellow");
    n.list = "other/data";
    OK(store_samples_add(s, &n, NULL, &oops));
    commit(s, run);

    struct cidr five;
    assert_true(cidr_parse("203.0.113.5", &five, NULL));
    struct history_query q = {.targets = &five, .target_count = 1};
    struct error err = {0};
    struct pager *it = store_samples(s, &q, &err);
    struct stored_numbers out;
    assert_non_null(it);
    assert_true(numbers_next(it, &out, &err));
    assert_int_equal(out.day, 20261120);
    assert_string_equal(out.colour, "red");
    assert_string_equal(out.raw, "the,row,revised");
    assert_string_equal(out.list, "main/data");
    assert_int_equal(out.seen, 70);
    assert_int_equal(out.recipients, 1200);
    assert_int_equal(out.data, 1100);
    assert_int_equal(out.messages, 1000);
    assert_int_equal(out.traps, -1);
    assert_true(out.complaint > 0.09 && out.complaint < 0.11);
    assert_string_equal(out.complaint_text, "< 0.1%");
    assert_true(numbers_next(it, &out, &err));
    assert_int_equal(out.day, 20261119);
    assert_int_equal(out.seen, 50);
    assert_false(numbers_next(it, &out, &err));
    pager_free(it);

    q = (struct history_query){.list = "other/data", .limit = 5};
    it = store_samples(s, &q, &err);
    assert_true(numbers_next(it, &out, &err));
    assert_string_equal(out.colour, "yellow");
    assert_false(numbers_next(it, &out, &err));
    pager_free(it);
    q = (struct history_query){.source = "dnsbl"};
    it = store_samples(s, &q, &err);
    assert_false(numbers_next(it, &out, &err));
    assert_int_equal(err.class, ERR_NONE);
    pager_free(it);
}

static void a_run_row_comes_back(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run, last;
    bool found = true;
    OK(store_last_run(s, false, &last, &found, &oops));
    assert_false(found);
    run = (struct stored_run){.started = 1, .boot_s = -1, .instance = "mon1", .version = "0.1.0"};
    OK(store_begin_run(s, &run, &oops));
    run.ended = 2;
    run.completed = true;
    run.elapsed_ms = 3;
    run.targets = 4;
    run.lists = 5;
    run.asked = 6000000000u;
    run.proven = 7;
    run.changes = 8;
    run.level = LEVEL_WARNING;
    snprintf(run.boot_id, sizeof run.boot_id, "0b3c");
    OK(store_commit(s, &run, &oops));
    int64_t first = run.id;
    run.completed = false;
    run.in_doubt = true;
    run.started = 11;
    OK(store_begin_run(s, &run, &oops));
    OK(store_commit(s, &run, &oops));
    OK(store_last_run(s, false, &last, &found, &oops));
    assert_true(found && !last.completed && last.in_doubt);
    assert_int_equal(last.started, 11);
    OK(store_last_run(s, true, &last, &found, &oops));
    assert_true(found && last.completed && !last.in_doubt);
    assert_int_equal(last.id, first);
    assert_int_equal(last.started, 1);
    assert_int_equal(last.ended, 2);
    assert_int_equal(last.boot_s, -1);
    assert_string_equal(last.boot_id, "0b3c");
    assert_string_equal(last.instance, "mon1");
    assert_string_equal(last.version, "0.1.0");
    assert_int_equal(last.elapsed_ms, 3);
    assert_int_equal(last.targets, 4);
    assert_int_equal(last.lists, 5);
    assert_true(last.asked == 6000000000u);
    assert_int_equal(last.proven, 7);
    assert_int_equal(last.changes, 8);
    assert_int_equal(last.level, LEVEL_WARNING);
    struct error err = {0};
    OK(store_begin_run(s, &run, &oops));
    assert_false(store_begin_run(s, &run, &err));
    assert_int_equal(err.class, ERR_BUG);
    store_rollback(s);
    err = (struct error){0};
    assert_false(store_commit(s, &run, &err));
    assert_int_equal(err.class, ERR_BUG);
}

static void pruning_keeps_what_is_needed(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    int64_t completed = 0;
    for (int day = 1; day <= 6; day++) {
        struct stored_run run = {.started = day * DAY, .ended = day * DAY, .completed = day <= 3};
        OK(store_begin_run(s, &run, &oops));
        if (day == 3)
            completed = run.id;
        add(s, "203.0.113.5", 32, "a.example", day * DAY);
        struct stored_numbers n = numbers("203.0.113.5", 20261100 + day, "green");
        n.seen = day * DAY;
        OK(store_samples_add(s, &n, NULL, &oops));
        OK(store_budget_add(s, "dnsbl", "a.example", day, 1, &oops));
        char digest[16];
        snprintf(digest, sizeof digest, "d%d", day);
        OK(store_outbox_add(s, run.id, digest, "mail ops", "{}", day * DAY, &oops));
        OK(store_commit(s, &run, &oops));
    }
    struct stored_run run = begin(s);
    OK(store_prune(s, 5 * DAY, &oops));
    commit(s, run);
    assert_times(s, (struct history_query){0}, "518400 432000");
    struct stored_run last;
    bool found = false;
    struct error err = {0};
    uint64_t used = 0;
    /* a completed run before it all was the newest completed one until this one */
    OK(store_last_run(s, true, &last, &found, &oops));
    assert_true(found && last.id > completed);
    OK(store_budget_get(s, "dnsbl", "a.example", 4, &used, &oops));
    assert_int_equal(used, 0);
    OK(store_budget_get(s, "dnsbl", "a.example", 5, &used, &oops));
    assert_int_equal(used, 1);
    struct pager *it = store_samples(s, &(struct history_query){0}, &err);
    struct stored_numbers n;
    for (int day = 6; day >= 5; day--) {
        assert_true(numbers_next(it, &n, &err));
        assert_int_equal(n.day, 20261100 + day);
    }
    assert_false(numbers_next(it, &n, &err));
    pager_free(it);
    struct outbox_item *items;
    size_t count;
    OK(store_outbox_list(s, 0, &items, &count, &oops));
    assert_int_equal(count, 6); /* nobody took them yet: however old, they stay */
    outbox_items_free(items, count);
    OK(store_check(s, &oops));
}

static void the_newest_completed_run_outlives_keep(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    for (int day = 1; day <= 4; day++) {
        struct stored_run run = {.started = day, .ended = day, .completed = day == 2};
        OK(store_begin_run(s, &run, &oops));
        OK(store_prune(s, 100 * DAY, &oops));
        OK(store_commit(s, &run, &oops));
    }
    struct stored_run last;
    bool found = false;
    OK(store_last_run(s, true, &last, &found, &oops));
    assert_true(found);
    assert_int_equal(last.started, 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_by_target_list_and_time),
        TEST(every_kind_of_change_can_be_kept),
        TEST(a_slow_reader_blocks_no_run),
        TEST(keeps_numbers_of_each_day_and_tells_revisions),
        TEST(a_run_row_comes_back),
        TEST(pruning_keeps_what_is_needed),
        TEST(the_newest_completed_run_outlives_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
