/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

static struct ip address(const char *text)
{
    struct ip ip;
    assert_true(ip_parse(text, &ip));
    return ip;
}

/* Puts what is watched today; whatever else is known is retired when `retire`. */
static void watch(struct store *s, const char *const *texts, size_t count, bool retire,
                  uint32_t *ids)
{
    struct stored_targets t;
    OK(store_targets_load(s, &t, &oops));
    for (size_t i = 0; i < count; i++) {
        struct ip ip = address(texts[i]);
        ids[i] = stored_targets_put(&t, &ip, ip.family == 4 ? 32 : 128, 0, texts[i], 1000);
    }
    for (size_t i = 0; retire && i < t.count; i++)
        t.items[i].retire = !t.items[i].seen;
    struct stored_run run = begin(s);
    OK(store_targets_save(s, &t, &oops));
    commit(s, run);
    stored_targets_fini(&t);
}

static void ids_stay_and_are_reused_one_run_after_they_retired(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    static const char *const first[] = {"203.0.113.9", "203.0.113.5", "2001:db8::1"};
    static const char *const second[] = {"2001:db8::1", "203.0.113.5", "192.0.2.1"};
    static const char *const third[] = {"192.0.2.2", "192.0.2.1", "2001:db8::1", "203.0.113.5",
                                        "192.0.2.3"};
    uint32_t ids[5];
    watch(s, first, 3, true, ids);
    assert_int_equal(ids[0], 0);
    assert_int_equal(ids[1], 1);
    assert_int_equal(ids[2], 2);
    watch(s, second, 3, true, ids); /* in another order; .9 is gone, its id still taken */
    assert_int_equal(ids[0], 2);
    assert_int_equal(ids[1], 1);
    assert_int_equal(ids[2], 3);
    watch(s, third, 5, true, ids);
    assert_int_equal(ids[0], 0); /* now free */
    assert_int_equal(ids[1], 3);
    assert_int_equal(ids[2], 2);
    assert_int_equal(ids[3], 1);
    assert_int_equal(ids[4], 4);
}

static void nothing_is_lost_unless_it_is_retired(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    static const char *const both[] = {"203.0.113.9", "203.0.113.5"};
    uint32_t ids[2];
    watch(s, both, 2, true, ids);
    watch(s, both, 1, false, ids);
    struct stored_targets t;
    OK(store_targets_load(s, &t, &oops));
    assert_int_equal(t.count, 2);
    assert_int_equal(t.rows, 2);
    struct ip ip = address("203.0.113.5");
    const struct stored_target *known = stored_targets_find(&t, &ip, 32);
    assert_non_null(known);
    assert_int_equal(known->id, 1);
    assert_string_equal(known->label, "203.0.113.5");
    assert_ptr_equal(stored_targets_by_id(&t, 1), known);
    assert_null(stored_targets_by_id(&t, 2));
    assert_null(stored_targets_by_id(&t, 4000000000u));
    assert_null(stored_targets_find(&t, &ip, 31));
    stored_targets_fini(&t);
}

static void a_label_and_a_flag_follow_the_configuration(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct ip ip = address("2001:db8:1:2::");
    static const struct {
        uint8_t flags;
        const char *label;
        bool dirty;
    } rows[] = {{1, "a", true}, {1, "a", false}, {0, "a", true}, {0, "b", true}, {0, "b", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stored_targets t;
        OK(store_targets_load(s, &t, &oops));
        assert_int_equal(stored_targets_put(&t, &ip, 64, rows[i].flags, rows[i].label, 5), 0);
        assert_int_equal(t.items[0].dirty, rows[i].dirty);
        struct stored_run run = begin(s);
        OK(store_targets_save(s, &t, &oops));
        commit(s, run);
        stored_targets_fini(&t);
        OK(store_targets_load(s, &t, &oops));
        assert_int_equal(t.count, 1);
        assert_int_equal(t.items[0].flags, rows[i].flags);
        assert_string_equal(t.items[0].label, rows[i].label);
        assert_int_equal(t.items[0].prefix, 64);
        assert_int_equal(t.items[0].added, 5);
        stored_targets_fini(&t);
    }
}

/* A new target that gets an old number must not inherit anything of the old one. */
static void a_retired_target_takes_everything_with_it(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    static const char *const both[] = {"203.0.113.5", "203.0.113.9"};
    uint32_t ids[2];
    watch(s, both, 2, true, ids);
    struct stored_run run = begin(s);
    proof_cell cells[2] = {11, 22};
    OK(store_proof_save(s, "dnsbl", "a.example", cells, 2, &oops));
    OK(store_proof_save(s, "ptr", "ptr", cells, 1, &oops)); /* a shorter one */
    for (uint32_t id = 0; id < 2; id++) {
        struct belief b = {
            .source = "dnsbl", .target = id, .list = "a.example", .answers = "127.0.0.2"};
        OK(store_belief_save(s, &b, &oops));
    }
    commit(s, run);
    struct stored_ack acks[2] = {
        {.source = "dnsbl", .list = "a.example", .target = 0, .until = 9999},
        {.source = "dnsbl", .list = "a.example", .target = 1, .until = 9999}};
    size_t made = 0;
    OK(store_acks_set(s, acks, 2, &made, &oops));
    assert_int_equal(made, 2);

    watch(s, both, 1, true, ids);
    OK(store_proof_load(s, "dnsbl", "a.example", cells, 2, &oops));
    assert_int_equal(cells[0], 11);
    assert_int_equal(cells[1], 0);
    OK(store_proof_load(s, "ptr", "ptr", cells, 2, &oops));
    assert_int_equal(cells[0], 11);
    struct stored_beliefs b;
    OK(store_beliefs_load(s, &b, &oops));
    assert_int_equal(b.count, 1);
    assert_int_equal(b.items[0].target, 0);
    stored_beliefs_fini(&b);
    struct stored_acks a;
    OK(store_acks_load(s, &a, &oops));
    assert_int_equal(a.count, 1);
    stored_acks_fini(&a);
    OK(store_check(s, &oops));
}

static void all_targets_may_be_replaced_at_once(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    for (uint32_t round = 0; round < 3; round++) {
        struct stored_targets t;
        OK(store_targets_load(s, &t, &oops));
        for (uint32_t i = 0; i < 3000; i++) {
            /* downwards, so that ids and addresses are not in the same order */
            struct ip ip = ip_from_v4(0x0a000000u + round * 65536 + 3000 - i);
            uint32_t id = stored_targets_put(&t, &ip, 32, 0, "", 1);
            assert_int_equal(id, i + (round % 2) * 3000);
        }
        for (size_t i = 0; i < t.count; i++)
            t.items[i].retire = !t.items[i].seen;
        struct stored_run run = begin(s);
        OK(store_targets_save(s, &t, &oops));
        commit(s, run);
        stored_targets_fini(&t);
        OK(store_targets_load(s, &t, &oops));
        assert_int_equal(t.count, 3000);
        for (size_t i = 1; i < t.count; i++)
            assert_true(ip_cmp(&t.items[i - 1].ip, &t.items[i].ip) < 0);
        for (size_t i = 0; i < t.count; i++)
            assert_ptr_equal(stored_targets_by_id(&t, t.items[i].id), &t.items[i]);
        stored_targets_fini(&t);
    }
}

static void origins_keep_what_they_last_held(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_origins o;
    OK(store_origins_load(s, &o, &oops));
    assert_int_equal(o.count, 0);
    struct stored_block blocks[3] = {{.missed = 0}, {.missed = 3}, {.missed = 1}};
    assert_true(cidr_parse("2001:db8::/64", &blocks[0].cidr, NULL));
    assert_true(cidr_parse("203.0.113.5", &blocks[1].cidr, NULL));
    assert_true(cidr_parse("192.0.2.0/24", &blocks[2].cidr, NULL));
    struct stored_origin items[2] = {
        {.key = (char[]){"spf example.org"}, .blocks = blocks, .count = 3, .good = 5, .gap = 2},
        {.key = (char[]){"host mx.example.org"}, .good = 0, .failed = 4}};
    struct stored_origins today = {items, 2};
    for (int i = 0; i < 2; i++) {
        struct stored_run run = begin(s);
        OK(store_origins_save(s, &today, &oops));
        commit(s, run);
    }
    OK(store_origins_load(s, &o, &oops));
    assert_int_equal(o.count, 2);
    assert_string_equal(o.items[0].key, "host mx.example.org");
    assert_int_equal(o.items[0].failed, 4);
    assert_int_equal(o.items[0].count, 0);
    assert_int_equal(o.items[1].good, 5);
    assert_int_equal(o.items[1].gap, 2);
    assert_int_equal(o.items[1].count, 3);
    char text[CIDR_TEXT_MAX];
    cidr_format(&o.items[1].blocks[0].cidr, text);
    assert_string_equal(text, "192.0.2.0/24");
    cidr_format(&o.items[1].blocks[2].cidr, text);
    assert_string_equal(text, "2001:db8::/64");
    assert_int_equal(o.items[1].blocks[0].missed, 1);
    assert_int_equal(o.items[1].blocks[1].missed, 3);
    assert_int_equal(o.items[1].blocks[2].missed, 0);
    stored_origins_fini(&o);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ids_stay_and_are_reused_one_run_after_they_retired),
        TEST(nothing_is_lost_unless_it_is_retired),
        TEST(a_label_and_a_flag_follow_the_configuration),
        TEST(a_retired_target_takes_everything_with_it),
        TEST(all_targets_may_be_replaced_at_once),
        TEST(origins_keep_what_they_last_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
