/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "net/cwnd.h"
#include "repmon/limits.h"

/* Sends as much as is allowed and answers it all after `rtt_us`, round after round. */
static void rounds(struct cwnd *w, int count, int64_t *now_us, int64_t (*rtt_us)(unsigned size))
{
    for (int i = 0; i < count; i++) {
        unsigned sent = 0;
        while (sent < w->size) {
            *now_us += 1000; /* a burst a millisecond */
            cwnd_wake(w, *now_us);
            for (unsigned room = cwnd_room(w); room > 0; room--, sent++)
                cwnd_sent(w);
        }
        int64_t rtt = rtt_us(sent);
        *now_us += rtt;
        for (; sent > 0; sent--)
            cwnd_answered(w, *now_us / 1000, rtt);
    }
}

static int64_t far_away(unsigned size)
{
    (void)size;
    return 20000;
}

static int64_t farther(unsigned size)
{
    (void)size;
    return 80000;
}

/* A queue: everything more in flight only waits longer. */
static int64_t saturated(unsigned size)
{
    return size * 300;
}

static int64_t next_door(unsigned size)
{
    (void)size;
    return 150;
}

static void a_wake_sends_at_most_a_burst(void **state)
{
    (void)state;
    struct cwnd w;
    cwnd_init(&w);
    w.size = 500;
    assert_int_equal(cwnd_room(&w), CWND_BURST);
    for (unsigned i = 0; i < CWND_BURST; i++)
        cwnd_sent(&w);
    assert_int_equal(cwnd_room(&w), 0);
    cwnd_wake(&w, 1000000);
    assert_int_equal(cwnd_room(&w), CWND_BURST);
}

static void it_starts_small_and_holds_no_more_than_its_size(void **state)
{
    (void)state;
    struct cwnd w;
    cwnd_init(&w);
    assert_int_equal(w.size, CWND_START);
    for (unsigned i = 0; i < CWND_START; i++)
        cwnd_sent(&w);
    cwnd_wake(&w, 1000000);
    assert_int_equal(cwnd_room(&w), 0);
    cwnd_answered(&w, 1, 1000);
    assert_int_equal(cwnd_room(&w), 1);
}

static void it_grows_where_the_way_is_long_and_never_above_its_cap(void **state)
{
    (void)state;
    struct cwnd w;
    int64_t now_us = 0;
    cwnd_init(&w);
    rounds(&w, 4, &now_us, far_away);
    assert_in_range(w.size, 60, 90); /* a quarter a round trip */
    rounds(&w, 60, &now_us, far_away);
    assert_int_equal(w.size, 20000 * CWND_RATE / 1000000); /* more would only queue */
    cwnd_init(&w);
    rounds(&w, 60, &now_us, farther);
    assert_int_equal(w.size, CWND_MAX);
}

static void it_does_not_grow_where_more_in_flight_only_queues(void **state)
{
    (void)state;
    struct cwnd w;
    int64_t now_us = 0;
    cwnd_init(&w);
    rounds(&w, 200, &now_us, saturated);
    assert_in_range(w.size, CWND_START, CWND_START * 2);
}

static void it_does_not_grow_beyond_what_a_near_resolver_can_use(void **state)
{
    (void)state;
    struct cwnd w;
    int64_t now_us = 0;
    cwnd_init(&w);
    rounds(&w, 1000, &now_us, next_door);
    assert_int_equal(w.size, CWND_START);
}

static void it_does_not_grow_when_it_was_not_the_limit(void **state)
{
    (void)state;
    struct cwnd w;
    cwnd_init(&w);
    for (int i = 0; i < 500; i++) {
        cwnd_wake(&w, 1000000);
        cwnd_sent(&w);
        cwnd_answered(&w, i * 20, 20000);
    }
    assert_int_equal(w.size, CWND_START);
}

static void losses_halve_it_once_a_second_and_only_when_they_blame_the_path(void **state)
{
    (void)state;
    static const struct {
        int64_t now_ms;
        bool blame;
        unsigned size;
    } rows[] = {
        {5000, false, 800}, {5000, true, 400}, {5900, true, 400},
        {6001, false, 400}, {6001, true, 200}, {60000, true, 100},
    };
    struct cwnd w;
    cwnd_init(&w);
    w.size = 800;
    w.in_flight = 800;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cwnd_lost(&w, rows[i].now_ms, rows[i].blame);
        assert_int_equal(w.size, rows[i].size);
        assert_int_equal(w.in_flight, 799 - i);
    }
    for (int64_t s = 100; s < 200; s++)
        cwnd_lost(&w, s * 1000, true);
    assert_int_equal(w.size, CWND_START);
}

static void a_limit_of_the_resolver_is_kept_for_good(void **state)
{
    (void)state;
    struct cwnd w;
    int64_t now_us = 100000000;
    cwnd_init(&w);
    w.size = w.in_flight = 160;
    cwnd_limited(&w, now_us / 1000);
    assert_int_equal(w.size, 120);
    cwnd_limited(&w, now_us / 1000 + 400); /* sent before the first sign */
    assert_int_equal(w.size, 120);
    w.in_flight = 0;
    w.round_left = w.size;
    rounds(&w, 60, &now_us, far_away);
    assert_int_equal(w.size, 120);
    w.in_flight = 120;
    cwnd_limited(&w, now_us / 1000);
    assert_int_equal(w.size, 90);
    for (int i = 1; i < 60; i++) {
        w.in_flight = w.size;
        cwnd_limited(&w, now_us / 1000 + i * 1000);
    }
    assert_int_equal(w.size, CWND_START / 2);
    cwnd_lost(&w, now_us / 1000 + 100000, true);
    assert_int_equal(w.size, CWND_START / 2);
}

static void what_is_sent_again_is_part_of_the_burst_and_holds_no_place(void **state)
{
    (void)state;
    struct cwnd w;
    cwnd_init(&w);
    for (unsigned i = 0; i < CWND_BURST; i++)
        cwnd_resent(&w);
    assert_int_equal(w.in_flight, 0);
    assert_int_equal(cwnd_room(&w), 0);
}

static void an_answer_of_unknown_round_trip_makes_room_but_teaches_nothing(void **state)
{
    (void)state;
    struct cwnd w;
    cwnd_init(&w);
    cwnd_sent(&w);
    cwnd_answered(&w, 1, -1);
    assert_int_equal(w.in_flight, 0);
    assert_int_equal(w.round_count, 0);
    assert_int_equal(cwnd_mean_us(&w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wake_sends_at_most_a_burst),
        cmocka_unit_test(it_starts_small_and_holds_no_more_than_its_size),
        cmocka_unit_test(it_grows_where_the_way_is_long_and_never_above_its_cap),
        cmocka_unit_test(it_does_not_grow_where_more_in_flight_only_queues),
        cmocka_unit_test(it_does_not_grow_beyond_what_a_near_resolver_can_use),
        cmocka_unit_test(it_does_not_grow_when_it_was_not_the_limit),
        cmocka_unit_test(losses_halve_it_once_a_second_and_only_when_they_blame_the_path),
        cmocka_unit_test(a_limit_of_the_resolver_is_kept_for_good),
        cmocka_unit_test(what_is_sent_again_is_part_of_the_burst_and_holds_no_place),
        cmocka_unit_test(an_answer_of_unknown_round_trip_makes_room_but_teaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
