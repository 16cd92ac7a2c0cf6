/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

#define HOUR 3600
#define DAY  86400

static void add(struct store *s, const char *digest, const char *channel, time_t now)
{
    char content[64];
    struct stored_run run = begin(s);
    snprintf(content, sizeof content, "{\"id\":\"%s\"}", digest);
    OK(store_outbox_add(s, run.id, digest, channel, content, now, &oops));
    commit(s, run);
}

/* The digest that is next on "mail ops", or "". */
static const char *next(struct store *s, time_t now, int64_t *id)
{
    static char digest[32];
    struct outbox_item item;
    bool found = false;
    OK(store_outbox_next(s, "mail ops", now, &item, &found, &oops));
    snprintf(digest, sizeof digest, "%s", found ? item.digest : "");
    if (id)
        *id = item.id;
    outbox_item_fini(&item);
    return digest;
}

/* One try of what is next, ending so. Returns its digest. */
static const char *try(struct store *s, time_t now, struct outbox_result r)
{
    int64_t id = 0;
    const char *digest = next(s, now, &id);
    assert_string_not_equal(digest, "");
    OK(store_outbox_sending(s, id, now, &oops));
    OK(store_outbox_done(s, id, &r, now, &oops));
    return digest;
}

static const struct outbox_result sent = {.state = OUTBOX_SENT};

static struct outbox_result later(time_t next_try)
{
    return (struct outbox_result){
        .state = OUTBOX_PENDING, .next_try = next_try, .reason = "time-out"};
}

static void goes_from_pending_through_sending_to_sent(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct outbox_item item;
    bool found = true;
    int64_t id;
    assert_string_equal(next(s, 100, NULL), "");
    add(s, "d1", "mail ops", 100);
    OK(store_outbox_next(s, "webhook chat", 100, &item, &found, &oops));
    assert_false(found);
    OK(store_outbox_next(s, "mail ops", 100, &item, &found, &oops));
    assert_true(found);
    id = item.id;
    assert_string_equal(item.digest, "d1");
    assert_string_equal(item.channel, "mail ops");
    assert_string_equal(item.content, "{\"id\":\"d1\"}");
    assert_int_equal(item.state, OUTBOX_PENDING);
    assert_int_equal(item.tries, 0);
    assert_int_equal(item.created, 100);
    assert_false(item.may_have_arrived);
    outbox_item_fini(&item);

    OK(store_outbox_sending(s, id, 101, &oops));
    s = open_as(f, STORE_WRITE); /* it was durable at once */
    assert_string_equal(next(s, 101, NULL), "");
    struct outbox_item *items;
    size_t count;
    OK(store_outbox_list(s, 0, &items, &count, &oops));
    assert_int_equal(count, 1);
    assert_int_equal(items[0].state, OUTBOX_SENDING);
    assert_int_equal(items[0].tries, 1);
    assert_null(items[0].content);
    outbox_items_free(items, count);
    OK(store_outbox_done(s, id, &sent, 102, &oops));
    s = open_as(f, STORE_WRITE);
    assert_string_equal(next(s, DAY, NULL), "");
    OK(store_outbox_list(s, 0, &items, &count, &oops));
    assert_int_equal(items[0].state, OUTBOX_SENT);
    assert_int_equal(items[0].ended, 102);
    outbox_items_free(items, count);
}

static void refuses_steps_out_of_order(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    int64_t id;
    add(s, "d1", "mail ops", 100);
    next(s, 100, &id);
    struct outbox_result odd = {.state = OUTBOX_SENDING};
    static const enum error_class bug = ERR_BUG;
    struct error err = {0};
    assert_false(store_outbox_done(s, id, &sent, 100, &err)); /* never started */
    assert_int_equal(err.class, bug);
    OK(store_outbox_sending(s, id, 100, &oops));
    err = (struct error){0};
    assert_false(store_outbox_sending(s, id, 100, &err)); /* twice */
    assert_int_equal(err.class, bug);
    err = (struct error){0};
    assert_false(store_outbox_done(s, id, &odd, 100, &err));
    assert_int_equal(err.class, bug);
    OK(store_outbox_done(s, id, &sent, 100, &oops));
    err = (struct error){0};
    assert_false(store_outbox_sending(s, id, 100, &err)); /* never again */
    assert_int_equal(err.class, bug);
    err = (struct error){0};
    struct stored_run run = begin(s);
    assert_false(store_outbox_sending(s, id, 100, &err)); /* before the commit */
    assert_int_equal(err.class, bug);
    store_rollback(s);
    (void)run;
}

static void composing_twice_is_impossible(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    OK(store_outbox_add(s, run.id, "d1", "mail ops", "{}", 1, &oops));
    OK(store_outbox_add(s, run.id, "d1", "webhook chat", "{}", 1, &oops));
    static const struct {
        int64_t more;
        const char *digest;
    } rows[] = {{0, "d2"}, {0, "d1"}, {1, "d1"}}; /* same run, both, same digest */
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error err = {0};
        assert_false(
            store_outbox_add(s, run.id + rows[i].more, rows[i].digest, "mail ops", "{}", 1, &err));
        assert_int_equal(err.class, ERR_BUG);
    }
    commit(s, run);
    struct outbox_item *items;
    size_t count;
    OK(store_outbox_list(s, 0, &items, &count, &oops));
    assert_int_equal(count, 2);
    outbox_items_free(items, count);
}

static void leaves_in_order_until_three_deferrals(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 200);
    add(s, "d3", "mail ops", 300);
    assert_string_equal(try(s, 300, later(400)), "d1");
    assert_string_equal(next(s, 300, NULL), ""); /* d2 waits for d1 */
    assert_string_equal(next(s, 399, NULL), "");
    assert_string_equal(try(s, 400, later(500)), "d1");
    assert_string_equal(next(s, 450, NULL), "");
    assert_string_equal(try(s, 500, later(900)), "d1"); /* the third */
    assert_string_equal(try(s, 500, later(600)), "d2");
    assert_string_equal(next(s, 599, NULL), "");   /* d3 waits for d2, d1 for its time */
    assert_string_equal(next(s, 900, NULL), "d2"); /* in order before the one that stepped aside */
    assert_string_equal(try(s, 900, later(2000)), "d2");
    assert_string_equal(try(s, 900, sent), "d1"); /* due, while d2 waits */
    assert_string_equal(try(s, 900, sent), "d2"); /* the way works: its pause is over */
    assert_string_equal(try(s, 900, sent), "d3");
    assert_string_equal(next(s, 9000, NULL), "");
}

static void one_channel_does_not_wait_for_another(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    OK(store_outbox_add(s, run.id, "d1", "mail ops", "{}", 1, &oops));
    OK(store_outbox_add(s, run.id, "d1", "webhook chat", "{}", 1, &oops));
    commit(s, run);
    assert_string_equal(try(s, 1, later(1000)), "d1");
    struct outbox_item item;
    bool found = false;
    OK(store_outbox_next(s, "webhook chat", 1, &item, &found, &oops));
    assert_true(found);
    assert_string_equal(item.digest, "d1");
    outbox_item_fini(&item);
}

static void what_may_have_arrived_keeps_nobody_waiting(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 100);
    struct outbox_result maybe = later(100 + HOUR);
    maybe.may_have_arrived = true;
    assert_string_equal(try(s, 100, maybe), "d1");
    assert_string_equal(try(s, 100, sent), "d2");
    assert_string_equal(next(s, 100, NULL), "");
    struct outbox_item item;
    bool found = false;
    OK(store_outbox_next(s, "mail ops", 100 + HOUR, &item, &found, &oops));
    assert_true(found && item.may_have_arrived);
    assert_int_equal(item.tries, 1);
    assert_string_equal(item.reason, "time-out");
    outbox_item_fini(&item);
    assert_string_equal(try(s, 100 + HOUR, later(100 + 5 * HOUR)), "d1");
    OK(store_outbox_next(s, "mail ops", 100 + 5 * HOUR, &item, &found, &oops));
    assert_true(item.may_have_arrived); /* once said, it stays */
    outbox_item_fini(&item);
}

static void a_clock_that_was_wrong_blocks_no_message(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    add(s, "d1", "mail ops", 100);
    assert_string_equal(try(s, 20 * HOUR, later(20 * HOUR + 60)), "d1"); /* 20 hours ahead */
    assert_string_equal(next(s, 200, NULL), "d1");
    assert_string_equal(try(s, 200, later(200 + DAY)), "d1");
    assert_string_equal(next(s, 300, NULL), "");
    add(s, "d2", "webhook chat", 20 * HOUR); /* made by such a run, and never tried */
    struct outbox_item item;
    bool found = false;
    OK(store_outbox_next(s, "webhook chat", 300, &item, &found, &oops));
    assert_true(found);
    outbox_item_fini(&item);
}

static void one_success_makes_all_that_waits_due_in_order(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 200);
    for (time_t now = 200; now < 204; now++)
        assert_string_equal(try(s, now, later(now + (now < 203 ? 1 : 6 * HOUR))),
                            now < 203 ? "d1" : "d2");
    add(s, "d3", "mail ops", 300);
    assert_string_equal(next(s, 300, NULL), "d1"); /* it stepped behind, and nothing newer is due */
    assert_string_equal(try(s, 300, later(300 + 6 * HOUR)), "d1");
    assert_string_equal(next(s, 400, NULL), "");
    assert_string_equal(try(s, 203 + 6 * HOUR, sent), "d2");
    assert_string_equal(try(s, 203 + 6 * HOUR, sent), "d3");
    assert_string_equal(try(s, 203 + 6 * HOUR, sent), "d1");
}

static void a_held_channel_keeps_its_messages_and_is_tried_with_the_oldest(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct outbox_result held = {.state = OUTBOX_HELD, .reason = "401: wrong token"};
    struct stored_channel *c;
    size_t count;
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 200);
    assert_string_equal(try(s, 300, held), "d1");
    OK(store_channels(s, &c, &count, &oops));
    assert_int_equal(count, 1);
    assert_string_equal(c[0].channel, "mail ops");
    assert_int_equal(c[0].held_since, 300);
    assert_string_equal(c[0].reason, "401: wrong token");
    assert_int_equal(c[0].by_state[OUTBOX_HELD], 2);
    assert_int_equal(c[0].by_state[OUTBOX_PENDING], 0);
    assert_int_equal(c[0].oldest, 100);
    stored_channels_free(c, count);

    held.reason = "403: still";
    assert_string_equal(try(s, 400, held), "d1");        /* one try a run, the oldest */
    assert_string_equal(try(s, 500, later(9999)), "d1"); /* a time-out proves nothing */
    OK(store_channels(s, &c, &count, &oops));
    assert_int_equal(c[0].held_since, 300);
    assert_string_equal(c[0].reason, "403: still");
    stored_channels_free(c, count);
    struct outbox_result dead = {.state = OUTBOX_FAILED, .reason = "400: too odd"};
    assert_string_equal(try(s, 600, dead), "d1"); /* due or not; this message only */
    OK(store_channels(s, &c, &count, &oops));
    assert_int_equal(c[0].held_since, 300);
    assert_int_equal(c[0].by_state[OUTBOX_FAILED], 1);
    stored_channels_free(c, count);

    add(s, "d3", "mail ops", 600);
    assert_string_equal(try(s, 700, held), "d2");
    assert_string_equal(try(s, 800, sent), "d2"); /* it works again */
    OK(store_channels(s, &c, &count, &oops));
    assert_int_equal(c[0].held_since, 0);
    assert_string_equal(c[0].reason, "");
    assert_int_equal(c[0].by_state[OUTBOX_PENDING], 1);
    assert_int_equal(c[0].by_state[OUTBOX_SENT], 1);
    assert_int_equal(c[0].oldest, 600);
    stored_channels_free(c, count);
    assert_string_equal(try(s, 800, sent), "d3");
}

static void messages_held_before_go_in_order_when_released(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct outbox_result held = {.state = OUTBOX_HELD, .reason = "no STARTTLS"};
    add(s, "d1", "mail ops", 100);
    assert_string_equal(try(s, 100, held), "d1");
    add(s, "d2", "mail ops", 200);
    assert_string_equal(try(s, 200, sent), "d1");
    assert_string_equal(try(s, 200, sent), "d2");
}

static void refused_recipients_are_told_once(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct outbox_result partly = {.state = OUTBOX_SENT, .refused = "x@example.org: 550 no"};
    struct stored_channel *c;
    size_t count;
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 100);
    try(s, 100, partly);
    try(s, 100, sent); /* nothing new to say; the old is not told yet */
    OK(store_channels(s, &c, &count, &oops));
    assert_string_equal(c[0].refused, "x@example.org: 550 no");
    stored_channels_free(c, count);
    struct stored_run run = begin(s);
    OK(store_refused_told(s, "mail ops", &oops));
    store_rollback(s);
    OK(store_channels(s, &c, &count, &oops));
    assert_string_equal(c[0].refused, "x@example.org: 550 no");
    stored_channels_free(c, count);
    run = begin(s);
    OK(store_refused_told(s, "mail ops", &oops));
    commit(s, run);
    OK(store_channels(s, &c, &count, &oops));
    assert_string_equal(c[0].refused, "");
    stored_channels_free(c, count);
}

static void what_a_dead_process_was_sending_is_sent_again(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    size_t count = 9;
    int64_t id;
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 100);
    OK(store_outbox_recover(s, 100, &count, &oops));
    assert_int_equal(count, 0);
    next(s, 100, &id);
    OK(store_outbox_sending(s, id, 100, &oops));
    s = open_as(f, STORE_WRITE);
    OK(store_outbox_recover(s, 200, &count, &oops));
    assert_int_equal(count, 1);
    struct outbox_item item;
    bool found = false;
    OK(store_outbox_next(s, "mail ops", 200, &item, &found, &oops));
    /* in its old place, with its old id */
    assert_true(found && item.may_have_arrived && item.id == id);
    assert_string_equal(item.digest, "d1");
    assert_int_equal(item.tries, 1);
    outbox_item_fini(&item);
    assert_string_equal(try(s, 200, sent), "d1");
    assert_string_equal(try(s, 200, sent), "d2");
}

static void what_waits_for_a_channel_that_left_goes_to_those_that_are_there(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct outbox_result held = {.state = OUTBOX_HELD, .reason = "x"};
    size_t count = 0;
    add(s, "d1", "mail ops", 100);
    add(s, "d2", "mail ops", 100);
    add(s, "d3", "webhook chat", 100);
    try(s, 100, held);
    add(s, "d1", "webhook chat", 100); /* got this one itself */
    const char *const there[] = {"webhook chat", "mail new"};
    OK(store_outbox_pass_on(s, "mail ops", there, 2, 300, &count, &oops));
    assert_int_equal(count, 2);
    assert_string_equal(next(s, 300, NULL), "");
    struct stored_channel *c;
    OK(store_channels(s, &c, &count, &oops));
    assert_int_equal(count, 3);
    assert_string_equal(c[0].channel, "mail new");
    assert_int_equal(c[0].by_state[OUTBOX_PENDING], 2);
    assert_string_equal(c[1].channel, "webhook chat");
    assert_int_equal(c[1].by_state[OUTBOX_PENDING], 3);
    assert_string_equal(c[2].channel, "mail ops"); /* what it was refused or held for is over */
    assert_int_equal(c[2].held_since, 0);
    assert_int_equal(c[2].by_state[OUTBOX_PENDING] + c[2].by_state[OUTBOX_FAILED], 0);
    stored_channels_free(c, count);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_from_pending_through_sending_to_sent),
        TEST(refuses_steps_out_of_order),
        TEST(composing_twice_is_impossible),
        TEST(leaves_in_order_until_three_deferrals),
        TEST(one_channel_does_not_wait_for_another),
        TEST(what_may_have_arrived_keeps_nobody_waiting),
        TEST(a_clock_that_was_wrong_blocks_no_message),
        TEST(one_success_makes_all_that_waits_due_in_order),
        TEST(a_held_channel_keeps_its_messages_and_is_tried_with_the_oldest),
        TEST(messages_held_before_go_in_order_when_released),
        TEST(refused_recipients_are_told_once),
        TEST(what_a_dead_process_was_sending_is_sent_again),
        TEST(what_waits_for_a_channel_that_left_goes_to_those_that_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
