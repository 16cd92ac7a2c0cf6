/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

#include "store/sql.h"

static void packs_and_unpacks(void **state)
{
    (void)state;
    static const struct {
        struct cell_proof in, out;
    } rows[] = {
        {{0, 0, CAUSE_NEVER_ASKED}, {0, 0, CAUSE_NEVER_ASKED}},
        {{1763700123, 1763700125, CAUSE_NONE}, {1763700123, 1763700123, CAUSE_NONE}},
        {{1763700123, 1763786459, CAUSE_TIMEOUT}, {1763700123, 1763786400, CAUSE_TIMEOUT}},
        {{0, 1763700125, CAUSE_NOT_APPLICABLE}, {0, 1763700120, CAUSE_NOT_APPLICABLE}},
        /* a clock before 1970 or far away is kept in bounds */
        {{-5, -5, CAUSE_NONE}, {0, 0, CAUSE_NONE}},
        {{(time_t)1 << 40, 0, CAUSE_NONE}, {UINT32_MAX, UINT32_MAX, CAUSE_NONE}},
    };
    assert_int_equal(proof_pack(&rows[0].in), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cell_proof p = proof_unpack(proof_pack(&rows[i].in));
        assert_int_equal(p.proven, rows[i].out.proven);
        assert_int_equal(p.asked, rows[i].out.asked);
        assert_int_equal(p.cause, rows[i].out.cause);
    }
    /* a cause of a later version is not taken for a proof */
    assert_int_equal(proof_unpack(31).cause, CAUSE_NEVER_ASKED);
}

/* They stand in files: an edit of the enum must not renumber them. */
static void numbers_of_causes_are_the_files(void **state)
{
    (void)state;
    static const char *const words[] = {
        "never-asked",   "",          "timeout",    "servfail",    "not-served",
        "rewritten",     "untrusted", "unproven",   "not-asked",   "no-key",
        "expired",       "denied",    "bad-format", "not-covered", "no-data",
        "not-applicable"};
    for (unsigned i = 0; i < COUNT(words); i++)
        assert_string_equal(cause_word((enum cause)i), words[i]);
}

static void keeps_and_grows_one_blob_a_list(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    proof_cell cells[5000], again[6000];
    static const size_t sizes[] = {0, 1, 100, 100, 5000, 5000, 300};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            cells[j] = (proof_cell)j * 0x0123456789abcdefu + i;
        struct stored_run run = begin(s);
        OK(store_proof_save(s, "dnsbl", "a.example", cells, sizes[i], &oops));
        commit(s, run);
        s = open_as(f, STORE_CREATE);
        memset(again, 0xff, sizeof again);
        OK(store_proof_load(s, "dnsbl", "a.example", again, COUNT(again), &oops));
        assert_memory_equal(again, cells, sizes[i] * sizeof *cells);
        for (size_t j = sizes[i]; j < COUNT(again); j++)
            assert_int_equal(again[j], 0);
    }
    /* fewer rows than stored are a part of them */
    OK(store_proof_load(s, "dnsbl", "a.example", again, 10, &oops));
    assert_memory_equal(again, cells, 10 * sizeof *cells);
    /* what the list never stored, and a list of the same name elsewhere */
    OK(store_proof_load(s, "ptr", "a.example", again, 10, &oops));
    assert_int_equal(again[3], 0);
    OK(store_check(s, &oops));
}

static void an_unchanged_size_does_not_grow_the_file(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    proof_cell *cells = mem_array(20000, sizeof *cells);
    int64_t size = 0;
    for (int i = 0; i < 5; i++) {
        memset(cells, i, 20000 * sizeof *cells);
        struct stored_run run = begin(s);
        OK(store_proof_save(s, "dnsbl", "a.example", cells, 20000, &oops));
        commit(s, run);
        if (i == 0)
            size = store_size(s);
        assert_int_equal(store_size(s), size);
    }
    free(cells);
}

/* While the state is open: what the quick check at opening can't have seen. */
static void a_wrong_size_is_damage_not_emptiness(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    proof_cell cells[10] = {1};
    struct stored_run run = begin(s);
    OK(store_proof_save(s, "dnsbl", "a.example", cells, 10, &oops));
    commit(s, run);
    OK(sql_exec(s, "PRAGMA ignore_check_constraints = ON; UPDATE proof SET cells = x'00'", &oops));
    struct error err = {0};
    assert_false(store_proof_load(s, "dnsbl", "a.example", cells, 10, &err));
    assert_int_equal(err.class, ERR_IO);
    assert_non_null(strstr(err.text, "damaged"));
    run = begin(s);
    err = (struct error){0};
    assert_false(store_proof_save(s, "dnsbl", "a.example", cells, 10, &err));
    assert_int_equal(err.class, ERR_IO);
    store_rollback(s);
}

static void budgets_ttls_and_facts(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    uint64_t used = 9;
    uint32_t ttl = 9;
    bool found = true;
    struct buf b;
    OK(store_budget_get(s, "dnsbl", "a.example", 20000, &used, &oops));
    assert_int_equal(used, 0);
    OK(store_budget_add(s, "dnsbl", "a.example", 20000, 40, &oops));
    OK(store_budget_add(s, "dnsbl", "a.example", 20000, 2, &oops));
    OK(store_budget_add(s, "dnsbl", "a.example", 20001, 7, &oops));
    OK(store_budget_get(s, "dnsbl", "a.example", 20000, &used, &oops));
    assert_int_equal(used, 42);
    OK(store_budget_get(s, "dnsbl", "b.example", 20000, &used, &oops));
    assert_int_equal(used, 0);

    OK(store_ttl_get(s, "dnsbl", "a.example", "4+", 20000, &ttl, &oops));
    assert_int_equal(ttl, 0);
    static const struct {
        int32_t day;
        uint32_t seen, highest; /* `highest` after it was seen */
    } seen[] = {{20000, 60, 60},    {20000, 3600, 3600}, {20000, 10, 3600},
                {20001, 300, 3600}, {20002, 200, 300},   {20003, 100, 200},
                {20009, 50, 50},    {20001, 300, 300}, /* the clock was wrong: what is days ahead is
                                                          forgotten */
                {20002, 200, 300}};
    for (size_t i = 0; i < COUNT(seen); i++) {
        OK(store_ttl_raise(s, "dnsbl", "a.example", "4+", seen[i].day, seen[i].seen, &oops));
        OK(store_ttl_get(s, "dnsbl", "a.example", "4+", seen[i].day, &ttl, &oops));
        assert_int_equal(ttl, seen[i].highest);
    }
    OK(store_ttl_get(s, "dnsbl", "a.example", "6+", 20002, &ttl, &oops));
    assert_int_equal(ttl, 0);

    buf_init(&b, 100);
    OK(store_meta_get(s, "link.main", &b, &found, &oops));
    assert_false(found);
    OK(store_meta_set(s, "link.main", "1763700000", &oops));
    OK(store_meta_set(s, "link.main", "1763700001", &oops));
    OK(store_meta_get(s, "link.main", &b, &found, &oops));
    assert_true(found);
    assert_string_equal(buf_text(&b), "1763700001");
    OK(store_meta_set(s, "link.main", NULL, &oops));
    OK(store_meta_get(s, "link.main", &b, &found, &oops));
    assert_false(found);
    buf_fini(&b);

    struct stored_list *lists;
    size_t count;
    OK(store_lists(s, &lists, &count, &oops));
    assert_int_equal(count, 1);
    assert_string_equal(lists[0].list, "a.example");
    stored_lists_free(lists, count);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs_and_unpacks),
        cmocka_unit_test(numbers_of_causes_are_the_files),
        TEST(keeps_and_grows_one_blob_a_list),
        TEST(an_unchanged_size_does_not_grow_the_file),
        TEST(a_wrong_size_is_damage_not_emptiness),
        TEST(budgets_ttls_and_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
