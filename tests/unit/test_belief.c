/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

static void targets(struct store *s, size_t count)
{
    struct stored_targets t;
    OK(store_targets_load(s, &t, &oops));
    for (uint32_t i = 0; i < count; i++) {
        struct ip ip = ip_from_v4(0xcb007100u + i);
        stored_targets_put(&t, &ip, 32, 0, "", 1);
    }
    OK(store_targets_save(s, &t, &oops));
    stored_targets_fini(&t);
}

static struct store *with_targets(struct fixture *f)
{
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    targets(s, 5);
    commit(s, run);
    return s;
}

static void assert_same(const struct belief *a, const struct belief *b)
{
    assert_int_equal(a->target, b->target);
    assert_string_equal(a->source, b->source);
    assert_string_equal(a->list, b->list);
    assert_int_equal(a->answers == NULL, b->answers == NULL);
    if (a->answers)
        assert_string_equal(a->answers, b->answers);
    assert_string_equal(a->detail, b->detail ? b->detail : "");
    assert_int_equal(a->since, b->since);
    assert_int_equal(a->opened, b->opened);
    assert_int_equal(a->lapsed, b->lapsed);
    assert_int_equal(a->pending == NULL, b->pending == NULL);
    if (a->pending)
        assert_string_equal(a->pending, b->pending);
    assert_int_equal(a->pending_count, b->pending_count);
    assert_int_equal(a->pending_first, b->pending_first);
    assert_int_equal(a->pending_last, b->pending_last);
    assert_int_equal(a->last_listed, b->last_listed);
    assert_int_equal(a->flap_count, b->flap_count);
    assert_memory_equal(a->flaps, b->flaps, sizeof a->flaps);
    assert_int_equal(a->flapping_since, b->flapping_since);
    assert_int_equal(a->said == NULL, b->said == NULL);
    if (a->said)
        assert_string_equal(a->said, b->said);
}

static void every_field_comes_back(void **state)
{
    struct fixture *f = *state;
    struct store *s = with_targets(f);
    struct belief rows[] = {
        {.target = 3,
         .source = "dnsbl",
         .list = "zen.spamhaus.org",
         .answers = "127.0.0.2 127.0.0.10",
         .detail = "https://…",
         .since = 1,
         .opened = 2,
         .lapsed = 3,
         .pending = "127.0.0.2",
         .pending_count = 4,
         .pending_first = 5,
         .pending_last = 6,
         .last_listed = 7,
         .flaps = {8, 9, 10},
         .flap_count = 3,
         .flapping_since = 11,
         .said = "127.0.0.2|127.0.0.3"},
        /* NULL is "nothing yet", "" is "clean": never mixed up */
        {.target = 1,
         .source = "dnsbl",
         .list = "zen.spamhaus.org",
         .answers = NULL,
         .pending = "",
         .pending_count = 1},
        {.target = 1, .source = "snds", .list = "main/status", .answers = ""},
        {.target = 0, .source = "ptr", .list = "ptr", .answers = "missing"},
    };
    struct stored_beliefs b;
    for (int round = 0; round < 2; round++) { /* insert, then update */
        struct stored_run run = begin(s);
        for (size_t i = 0; i < COUNT(rows); i++)
            OK(store_belief_save(s, &rows[i], &oops));
        commit(s, run);
        OK(store_beliefs_load(s, &b, &oops));
        assert_int_equal(b.count, COUNT(rows));
        for (size_t i = 0; i < COUNT(rows); i++) {
            const struct belief *found =
                stored_beliefs_find(&b, rows[i].target, rows[i].source, rows[i].list);
            assert_non_null(found);
            assert_same(found, &rows[i]);
        }
        size_t count;
        const struct belief *zen = stored_beliefs_of_list(&b, "dnsbl", "zen.spamhaus.org", &count);
        assert_int_equal(count, 2);
        assert_int_equal(zen[0].target, 1);
        assert_int_equal(zen[1].target, 3);
        assert_null(stored_beliefs_of_list(&b, "talos", "talos", &count));
        assert_null(stored_beliefs_find(&b, 2, "dnsbl", "zen.spamhaus.org"));
        stored_beliefs_fini(&b);
        rows[0].answers = "127.0.0.4";
        rows[0].pending = NULL;
        rows[0].flap_count = 0;
        memset(rows[0].flaps, 0, sizeof rows[0].flaps);
        rows[1].answers = "127.0.0.9";
        for (uint32_t i = 0; i < LIMIT_FLAP; i++)
            rows[3].flaps[i] = 1763700000 + i;
        rows[3].flap_count = LIMIT_FLAP;
    }
    struct stored_run run = begin(s);
    OK(store_belief_delete(s, 3, "dnsbl", "zen.spamhaus.org", &oops));
    OK(store_belief_delete(s, 4, "dnsbl", "nowhere.example", &oops));
    commit(s, run);
    OK(store_beliefs_load(s, &b, &oops));
    assert_int_equal(b.count, COUNT(rows) - 1);
    stored_beliefs_fini(&b);
}

static void list_beliefs_and_health_come_back(void **state)
{
    struct fixture *f = *state;
    struct store *s = with_targets(f);
    struct list_belief b = {.source = "dnsbl",
                            .list = "b.example",
                            .bad_runs = 1,
                            .bad_since = 2,
                            .good = 3,
                            .blind_said = 4,
                            .blind_cause = CAUSE_NOT_SERVED,
                            .opened = 5,
                            .expiring_said = 6,
                            .expired_said = 7,
                            .stale_said = 8,
                            .baseline = 9};
    struct stored_health h = {.source = "dnsbl",
                              .list = "b.example",
                              .severity = SEV_MINOR,
                              .kind = LIST_SCORE,
                              .health = HEALTH_UNTRUSTED,
                              .cause = CAUSE_REWRITTEN,
                              .note = "use your own resolver",
                              .proven = 10,
                              .asked = 11,
                              .due = 12,
                              .proved = 13};
    for (int round = 0; round < 2; round++) {
        struct stored_run run = begin(s);
        OK(store_list_belief_save(s, &b, &oops));
        OK(store_health_save(s, &h, &oops));
        commit(s, run);
        struct stored_list_beliefs lb;
        struct stored_healths lh;
        OK(store_list_beliefs_load(s, &lb, &oops));
        OK(store_health_load(s, &lh, &oops));
        assert_int_equal(lb.count, 1);
        assert_int_equal(lh.count, 1);
        const struct list_belief *x = &lb.items[0];
        const struct stored_health *y = &lh.items[0];
        assert_string_equal(x->list, "b.example");
        assert_int_equal(x->bad_runs, b.bad_runs);
        assert_int_equal(x->bad_since, 2);
        assert_int_equal(x->good, 3);
        assert_int_equal(x->blind_said, 4);
        assert_int_equal(x->blind_cause, CAUSE_NOT_SERVED);
        assert_int_equal(x->opened, 5);
        assert_int_equal(x->expiring_said, 6);
        assert_int_equal(x->expired_said, 7);
        assert_int_equal(x->stale_said, 8);
        assert_int_equal(x->baseline, 9);
        assert_int_equal(x->ack_until, 0);
        assert_null(x->ack_note);
        assert_string_equal(y->list, "b.example");
        assert_int_equal(y->severity, SEV_MINOR);
        assert_int_equal(y->kind, LIST_SCORE);
        assert_int_equal(y->health, HEALTH_UNTRUSTED);
        assert_int_equal(y->cause, h.cause);
        assert_string_equal(y->note, "use your own resolver");
        assert_int_equal(y->proven, 10);
        assert_int_equal(y->asked, 11);
        assert_int_equal(y->due, 12);
        assert_int_equal(y->proved, 13);
        stored_list_beliefs_fini(&lb);
        stored_healths_fini(&lh);
        b.bad_runs = 7;
        h.cause = CAUSE_NONE;
    }
}

static void a_forgotten_list_leaves_only_its_history(void **state)
{
    struct fixture *f = *state;
    struct store *s = with_targets(f);
    proof_cell cell = 5;
    for (int i = 0; i < 2; i++) {
        const char *list = i == 0 ? "old.example" : "kept.example";
        struct belief b = {.source = "dnsbl", .target = 1, .list = list, .answers = "127.0.0.2"};
        struct list_belief lb = {.source = "dnsbl", .list = list};
        struct stored_health h = {.source = "dnsbl", .list = list, .note = ""};
        struct change c = {.source = "dnsbl", .kind = CHANGE_LISTED, .list = list, .of_list = true};
        struct stored_ack ack = {.source = "dnsbl", .list = list, .target = 1, .until = 99};
        struct stored_run run = begin(s);
        OK(store_belief_save(s, &b, &oops));
        OK(store_list_belief_save(s, &lb, &oops));
        OK(store_health_save(s, &h, &oops));
        OK(store_proof_save(s, "dnsbl", list, &cell, 1, &oops));
        OK(store_history_add(s, &c, 1, "", &oops));
        OK(store_budget_add(s, "dnsbl", list, 1, 1, &oops));
        OK(store_ttl_raise(s, "dnsbl", list, "4+", 20000, 1, &oops));
        commit(s, run);
        OK(store_acks_set(s, &ack, 1, NULL, &oops));
    }
    struct stored_run run = begin(s);
    OK(store_list_forget(s, "dnsbl", "old.example", &oops));
    OK(store_list_forget(s, "dnsbl", "never.example", &oops));
    commit(s, run);
    struct stored_beliefs b;
    struct stored_list_beliefs lb;
    struct stored_healths h;
    struct stored_acks a;
    OK(store_beliefs_load(s, &b, &oops));
    OK(store_list_beliefs_load(s, &lb, &oops));
    OK(store_health_load(s, &h, &oops));
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(b.count, 1);
    assert_string_equal(b.items[0].list, "kept.example");
    assert_int_equal(lb.count, 1);
    assert_int_equal(h.count, 1);
    assert_int_equal(a.count, 1);
    stored_beliefs_fini(&b);
    stored_list_beliefs_fini(&lb);
    stored_healths_fini(&h);
    stored_acks_fini(&a);
    uint64_t used = 9;
    OK(store_proof_load(s, "dnsbl", "old.example", &cell, 1, &oops));
    assert_int_equal(cell, 0);
    OK(store_budget_get(s, "dnsbl", "old.example", 1, &used, &oops));
    assert_int_equal(used, 0);
    struct history_query q = {.list = "old.example"};
    struct error err = {0};
    struct pager *it = store_history(s, &q, &err);
    struct history_row row;
    assert_non_null(it);
    assert_true(history_next(it, &row, &err));
    pager_free(it);
    OK(store_check(s, &oops));
}

/* ---- acknowledgements ---- */

static const struct belief finding = {
    .target = 2, .source = "dnsbl", .list = "a.example", .answers = "127.0.0.2", .since = 1};

static void acknowledge(struct store *s, const char *note, time_t until, size_t expected)
{
    struct stored_ack a = {.source = "dnsbl",
                           .list = "a.example",
                           .target = 2,
                           .answers = "127.0.0.2",
                           .made = 10,
                           .until = until,
                           .note = note};
    size_t made = 99;
    OK(store_acks_set(s, &a, 1, &made, &oops));
    assert_int_equal(made, expected);
}

static struct belief the_finding(struct store *s, struct stored_beliefs *b)
{
    OK(store_beliefs_load(s, b, &oops));
    const struct belief *found = stored_beliefs_find(b, 2, "dnsbl", "a.example");
    return found ? *found : (struct belief){.source = "dnsbl", .target = UINT32_MAX};
}

static void an_ack_is_part_of_the_belief(void **state)
{
    struct fixture *f = *state;
    struct store *s = with_targets(f);
    struct stored_beliefs b;
    acknowledge(s, "nothing to acknowledge yet", 99, 0);
    struct stored_run run = begin(s);
    OK(store_belief_save(s, &finding, &oops));
    commit(s, run);
    acknowledge(s, "ticket 1", 99, 1);
    acknowledge(s, "ticket 2", 100, 1); /* replaces */
    struct belief x = the_finding(s, &b);
    assert_int_equal(x.ack_until, 100);
    assert_string_equal(x.ack_note, "ticket 2");
    assert_string_equal(x.ack_answers, "127.0.0.2");

    /* saved with it: it stays; without it: it ended */
    run = begin(s);
    x.answers = "127.0.0.2 127.0.0.9";
    OK(store_belief_save(s, &x, &oops));
    commit(s, run);
    stored_beliefs_fini(&b);
    x = the_finding(s, &b);
    assert_int_equal(x.ack_until, 100);
    x.ack_until = 0;
    run = begin(s);
    OK(store_belief_save(s, &x, &oops));
    commit(s, run);
    stored_beliefs_fini(&b);
    assert_int_equal(the_finding(s, &b).ack_until, 0);
    stored_beliefs_fini(&b);
    struct stored_acks a;
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(a.count, 0);
    stored_acks_fini(&a);
}

static void acks_from_outside(struct fixture *f)
{
    struct store *s = open_as(f, STORE_WRITE);
    acknowledge(s, "made during the run", 777, 1);
    store_close(s);
}

static void an_ack_made_during_a_run_is_not_lost(void **state)
{
    struct fixture *f = *state;
    struct store *s = with_targets(f);
    struct stored_beliefs b;
    struct stored_run run = begin(s);
    OK(store_belief_save(s, &finding, &oops));
    commit(s, run);

    /* the run loads, somebody acknowledges, the run saves what it knew */
    struct belief x = the_finding(s, &b);
    assert_int_equal(x.ack_until, 0);
    in_child(f, false, acks_from_outside);
    run = begin(s);
    OK(store_belief_save(s, &x, &oops));
    commit(s, run);
    stored_beliefs_fini(&b);
    x = the_finding(s, &b);
    assert_int_equal(x.ack_until, 777);

    /* the run ends the one it knows; it was replaced meanwhile: the new one stays */
    in_child(f, false, acks_from_outside);
    x.ack_until = 0;
    run = begin(s);
    OK(store_belief_save(s, &x, &oops));
    commit(s, run);
    stored_beliefs_fini(&b);
    x = the_finding(s, &b);
    assert_int_equal(x.ack_until, 777);

    /* the finding itself ends: then it ends with it, whenever it was made */
    in_child(f, false, acks_from_outside);
    run = begin(s);
    OK(store_belief_delete(s, 2, "dnsbl", "a.example", &oops));
    commit(s, run);
    stored_beliefs_fini(&b);
    struct stored_acks a;
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(a.count, 0);
    stored_acks_fini(&a);
}

static void acks_are_shown_and_ended_by_number(void **state)
{
    struct fixture *f = *state;
    struct store *s = with_targets(f);
    struct list_belief lb = {.source = "dnsbl", .list = "a.example"};
    struct stored_run run = begin(s);
    OK(store_belief_save(s, &finding, &oops));
    OK(store_list_belief_save(s, &lb, &oops));
    commit(s, run);
    acknowledge(s, "n", 99, 1);
    struct stored_ack blind[2] = {
        {.source = "dnsbl",
         .list = "a.example",
         .of_list = true,
         .made = 1,
         .until = 50,
         .note = "known"},
        {.source = "dnsbl", .list = "b.example", .of_list = true, .until = 50}};
    size_t made = 0;
    OK(store_acks_set(s, blind, 2, &made, &oops));
    assert_int_equal(made, 1);
    struct stored_acks a;
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(a.count, 2);
    assert_true(a.items[0].of_list);
    assert_string_equal(a.items[0].note, "known");
    assert_false(a.items[1].of_list);
    assert_int_equal(a.items[1].target, 2);
    assert_string_equal(a.items[1].answers, "127.0.0.2");
    assert_int_equal(a.items[1].made, 10);
    struct stored_list_beliefs l;
    OK(store_list_beliefs_load(s, &l, &oops));
    assert_int_equal(l.items[0].ack_until, 50);
    assert_string_equal(l.items[0].ack_note, "known");

    acknowledge(s, "again", 99, 1); /* has another number now */
    int64_t ids[2] = {a.items[0].id, a.items[1].id};
    stored_acks_fini(&a);
    OK(store_acks_end(s, ids, 2, &oops));
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(a.count, 1);
    assert_string_equal(a.items[0].note, "again");
    stored_acks_fini(&a);
    stored_list_beliefs_fini(&l);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_field_comes_back),
        TEST(list_beliefs_and_health_come_back),
        TEST(a_forgotten_list_leaves_only_its_history),
        TEST(an_ack_is_part_of_the_belief),
        TEST(an_ack_made_during_a_run_is_not_lost),
        TEST(acks_are_shown_and_ended_by_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
