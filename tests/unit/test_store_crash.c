/* SPDX-License-Identifier: ISC */
/*
 * A story of three runs and their deliveries, on the store alone. It is told once in peace, which
 * counts the crash points; then once for each point, killed there and told again to its end. The
 * state and what the receiver got must be the same. The whole program has its own such test.
 */
#include "store_fixture.h"

#include "repmon/crash.h"

#include <signal.h>

#define RUNS 3

static void receive(const struct fixture *f, const char *digest)
{
    char name[128];
    snprintf(name, sizeof name, "%s/received", f->directory);
    FILE *out = fopen(name, "a");
    assert_non_null(out);
    fprintf(out, "%s\n", digest);
    fclose(out);
}

static void deliver(struct fixture *f, struct store *s, time_t now)
{
    OK(store_outbox_recover(s, now, NULL, &oops));
    for (;;) {
        struct outbox_item item;
        struct outbox_result sent = {.state = OUTBOX_SENT, .reason = ""};
        bool found = false;
        OK(store_outbox_next(s, "mail ops", now, &item, &found, &oops));
        if (!found)
            break;
        OK(store_outbox_sending(s, item.id, now, &oops));
        CRASH_POINT("test: before a send");
        receive(f, item.digest);
        CRASH_POINT("test: after a send");
        OK(store_outbox_done(s, item.id, &sent, now, &oops));
        outbox_item_fini(&item);
    }
}

/* Run n: a listing, an acknowledgement beside it, the delisting. */
static void one_run(struct store *s, int64_t n)
{
    char digest[16];
    time_t now = 1000 * n;
    struct stored_run run = {.started = now, .ended = now, .completed = true};
    struct stored_targets t;
    struct stored_beliefs b;
    OK(store_targets_load(s, &t, &oops));
    OK(store_beliefs_load(s, &b, &oops));
    for (uint32_t i = 0; i < 300; i++) {
        struct ip ip = ip_from_v4(0xcb007100u + i + (uint32_t)n);
        stored_targets_put(&t, &ip, 32, 0, "", now);
    }
    for (size_t i = 0; i < t.count; i++)
        t.items[i].retire = !t.items[i].seen;
    OK(store_begin_run(s, &run, &oops));
    OK(store_targets_save(s, &t, &oops));
    proof_cell *cells = mem_array(t.rows, sizeof *cells);
    for (uint32_t i = 0; i < t.rows; i++)
        cells[i] = (proof_cell)now + i;
    OK(store_proof_save(s, "dnsbl", "a.example", cells, t.rows, &oops));
    struct belief finding = {
        .source = "dnsbl", .target = 7, .list = "a.example", .answers = "127.0.0.2"};
    struct change c = {.source = "dnsbl",
                       .kind = n == 1 ? CHANGE_LISTED : CHANGE_DELISTED,
                       .list = "a.example",
                       .target = 7,
                       .ip = ip_from_v4(0xcb007108u),
                       .prefix = 32};
    if (n < RUNS)
        OK(store_belief_save(s, &finding, &oops));
    else
        OK(store_belief_delete(s, 7, "dnsbl", "a.example", &oops));
    OK(store_history_add(s, &c, now, "", &oops));
    snprintf(digest, sizeof digest, "digest-%d", (int)n);
    OK(store_outbox_add(s, run.id, digest, "mail ops", "{}", now, &oops));
    OK(store_commit(s, &run, &oops));
    free(cells);
    stored_targets_fini(&t);
    stored_beliefs_fini(&b);
}

/* Tells what is left of the story. */
static void story(struct fixture *f)
{
    struct store_lock lock;
    struct stored_run last;
    bool found;
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    struct store *s = open_as(f, STORE_CREATE);
    OK(store_last_run(s, true, &last, &found, &oops));
    deliver(f, s, 1000 * last.id + 1);
    for (int64_t n = last.id + 1; n <= RUNS; n++) {
        one_run(s, n);
        deliver(f, s, 1000 * n + 1);
        struct stored_ack ack = {
            .source = "dnsbl", .list = "a.example", .target = 7, .until = 99999};
        OK(store_acks_set(s, &ack, 1, NULL, &oops));
    }
    store_close(s);
    f->store = NULL;
    store_unlock(&lock);
}

/* In a child; true when it came to the end, false when it was killed. */
static bool tell(struct fixture *f, long at, const char *count)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char number[32];
        snprintf(number, sizeof number, "%ld", at);
        setenv("CMOCKA_TEST_ABORT", "1", 1);
        setenv("REPMON_CRASH_AT", number, 1);
        if (count)
            setenv("REPMON_CRASH_COUNT", count, 1);
        story(f);
        leave();
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return false;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

/* State and receiver as the story leaves them; at most `repeats` messages came twice. */
static void check_end(struct fixture *f, int repeats)
{
    struct store *s = open_as(f, STORE_READ);
    OK(store_check(s, &oops));
    struct stored_run last;
    bool found = false;
    OK(store_last_run(s, true, &last, &found, &oops));
    assert_int_equal(last.id, RUNS);
    struct outbox_item *items;
    size_t count;
    OK(store_outbox_list(s, 0, &items, &count, &oops));
    assert_int_equal(count, RUNS);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(items[i].state, OUTBOX_SENT);
    outbox_items_free(items, count);
    struct stored_beliefs b;
    OK(store_beliefs_load(s, &b, &oops));
    assert_int_equal(b.count, 0);
    stored_beliefs_fini(&b);
    struct stored_acks a;
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(a.count, 0);
    stored_acks_fini(&a);
    struct stored_targets t;
    OK(store_targets_load(s, &t, &oops));
    assert_int_equal(t.count, 300);
    proof_cell *cells = mem_array(t.rows, sizeof *cells);
    OK(store_proof_load(s, "dnsbl", "a.example", cells, t.rows, &oops));
    for (uint32_t i = 0; i < t.rows; i++)
        assert_int_equal(cells[i], 1000 * RUNS + i);
    free(cells);
    stored_targets_fini(&t);
    struct history_row row;
    struct error err = {0};
    struct pager *it = store_history(s, &(struct history_query){0}, &err);
    int changes = 0;
    while (history_next(it, &row, &err))
        changes++;
    pager_free(it);
    assert_int_equal(changes, RUNS);
    store_close(s);
    f->store = NULL;

    char name[128], line[64];
    snprintf(name, sizeof name, "%s/received", f->directory);
    FILE *in = fopen(name, "r");
    assert_non_null(in);
    int seen = 0, twice = 0;
    while (fgets(line, sizeof line, in)) {
        int n = 0;
        assert_int_equal(sscanf(line, "digest-%d", &n), 1);
        assert_true(n == seen || n == seen + 1); /* in order, none left out */
        twice += n == seen;
        seen = n;
    }
    fclose(in);
    assert_int_equal(seen, RUNS);
    assert_true(twice <= repeats);
}

static long count_points(const char *name)
{
    char line[160];
    long points = 0;
    FILE *in = fopen(name, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in))
        points++;
    fclose(in);
    return points;
}

static void dies_at_every_point_and_ends_the_same(void **state)
{
    struct fixture *f = *state;
    char count[96], path[128];
    snprintf(count, sizeof count, "%s/points", f->directory);
    assert_true(tell(f, 0, count));
    check_end(f, 0);
    long points = count_points(count);
    assert_true(points >= 30);
    for (long at = 1; at <= points; at++) {
        snprintf(path, sizeof path, "%s/received", f->directory);
        unlink(path);
        snprintf(path, sizeof path, "%s/d", f->directory);
        remove_tree(path);
        assert_false(tell(f, at, NULL));
        assert_true(tell(f, 0, NULL));
        check_end(f, 1);
        assert_true(tell(f, 0, NULL)); /* once more changes nothing */
        check_end(f, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dies_at_every_point_and_ends_the_same, fixture_make,
                                        fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
