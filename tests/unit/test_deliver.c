/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/deliver.h"

#define NOW 1763700000
#define DAY 86400

static void the_outcome_of_a_try_becomes_the_state_of_its_row(void **state)
{
    (void)state;
    static const struct {
        enum delivery_outcome outcome;
        bool may_have_arrived;
        unsigned tries, deferrals; /* before this try */
        time_t age;                /* of the message */
        int64_t retry_after;
        enum outbox_state want;
        int64_t wait; /* until the next try; of PENDING */
    } rows[] = {
        {DELIVERY_SENT, false, 0, 0, 0, 0, OUTBOX_SENT, 0},
        {DELIVERY_SENT, false, 9, 9, 30 * DAY, 0, OUTBOX_SENT, 0},
        {DELIVERY_FAILED, false, 0, 0, 0, 0, OUTBOX_FAILED, 0},
        {DELIVERY_HELD, false, 0, 0, 0, 0, OUTBOX_HELD, 0},
        {DELIVERY_HELD, false, 3, 0, 20 * DAY, 0, OUTBOX_HELD, 0}, /* the fourth try */
        {DELIVERY_HELD, false, 4, 0, 7 * DAY, 0, OUTBOX_FAILED, 0},
        {DELIVERY_DEFERRED, false, 0, 0, 0, 0, OUTBOX_PENDING, 60},
        {DELIVERY_DEFERRED, false, 1, 1, 0, 0, OUTBOX_PENDING, 300},
        {DELIVERY_DEFERRED, false, 2, 2, 0, 0, OUTBOX_PENDING, 900},
        {DELIVERY_DEFERRED, false, 9, 9, DAY, 0, OUTBOX_PENDING, 6 * 3600},
        {DELIVERY_DEFERRED, false, 0, 0, 0, 7200, OUTBOX_PENDING, 7200},
        {DELIVERY_DEFERRED, false, 0, 0, 0, 90 * DAY, OUTBOX_PENDING, DAY},
        {DELIVERY_DEFERRED, true, 0, 0, 0, 0, OUTBOX_PENDING, 3600},
        {DELIVERY_DEFERRED, true, 1, 1, 0, 0, OUTBOX_PENDING, 4 * 3600},
        {DELIVERY_DEFERRED, true, 2, 2, 0, 0, OUTBOX_PENDING, 24 * 3600},
        {DELIVERY_DEFERRED, false, 3, 3, 7 * DAY, 0, OUTBOX_PENDING, 3600}, /* four tries */
        {DELIVERY_DEFERRED, false, 4, 4, 7 * DAY - 1, 0, OUTBOX_PENDING, 4 * 3600},
        {DELIVERY_DEFERRED, false, 4, 4, 7 * DAY, 0, OUTBOX_FAILED, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outbox_item item = {
            .tries = rows[i].tries, .deferrals = rows[i].deferrals, .created = NOW - rows[i].age};
        struct delivery tried = {.outcome = rows[i].outcome,
                                 .may_have_arrived = rows[i].may_have_arrived,
                                 .retry_after_s = rows[i].retry_after,
                                 .reason = "why",
                                 .refused = "who"};
        struct outbox_result r = deliver_settle(&item, &tried, NOW);
        deliver_give_up(&item, NOW, &r);
        print_message("row %zu\n", i + 1);
        assert_int_equal(r.state, rows[i].want);
        assert_string_equal(r.reason, "why");
        assert_string_equal(r.refused, "who");
        if (r.state == OUTBOX_PENDING) {
            assert_int_equal(r.next_try - NOW, rows[i].wait);
            assert_int_equal(r.may_have_arrived, rows[i].may_have_arrived);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_outcome_of_a_try_becomes_the_state_of_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
