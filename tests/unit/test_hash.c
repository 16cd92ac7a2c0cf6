/* SPDX-License-Identifier: ISC */
#include "repmon/hash.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

#define ROWS 5000

/* As a user of the index would: by what is in the row. */
static size_t find(const struct hash *h, const uint64_t *rows, uint64_t wanted, uint64_t key)
{
    for (size_t step = 0, row; (row = hash_next(h, key, &step)) != HASH_NONE;)
        if (rows[row] == wanted)
            return row;
    return HASH_NONE;
}

static void every_row_is_found_and_no_other(void **state)
{
    static uint64_t rows[ROWS];
    struct hash h = {0};
    (void)state;
    assert_int_equal(find(&h, rows, 1, 1), HASH_NONE);
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = i * 64; /* the low bits tell nothing */
        hash_add(&h, rows[i], i);
    }
    assert_int_equal(h.count, ROWS);
    assert_true(h.count * 2 <= h.size);
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(find(&h, rows, rows[i], rows[i]), i);
        assert_int_equal(find(&h, rows, rows[i] + 1, rows[i] + 1), HASH_NONE);
    }
    hash_fini(&h);
    assert_int_equal(find(&h, rows, 64, 64), HASH_NONE);
}

/* Whether strangers chose them or not: only slower. */
static void rows_of_one_key_are_told_apart(void **state)
{
    static uint64_t rows[ROWS / 10];
    struct hash h = {0};
    (void)state;
    for (size_t i = 0; i < ROWS / 10; i++) {
        rows[i] = i;
        hash_add(&h, 7, i);
        hash_add(&h, 8, i);
    }
    for (size_t i = 0; i < ROWS / 10; i++)
        assert_int_equal(find(&h, rows, i, 7), i);
    size_t count = 0;
    for (size_t step = 0; hash_next(&h, 7, &step) != HASH_NONE;)
        count++;
    assert_int_equal(count, ROWS / 10);
    hash_fini(&h);
}

static void room_that_was_made_is_enough(void **state)
{
    struct hash h = {0};
    (void)state;
    hash_reserve(&h, ROWS);
    const struct hash_slot *slots = h.slots;
    for (size_t i = 0; i < ROWS; i++)
        hash_add(&h, i, i);
    assert_ptr_equal(h.slots, slots);
    hash_fini(&h);
}

/* Each of a few texts that differ in one character, and a seed, gives another hash. */
static void texts_and_seeds_differ(void **state)
{
    static uint64_t seen[4 * 256];
    char text[8];
    size_t count = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        for (unsigned i = 0; i < 256; i++) {
            snprintf(text, sizeof text, "a%03u.b", i);
            seen[count] = hash_text(seed, text);
            assert_int_equal(seen[count], hash_bytes(seed, text, strlen(text)));
            for (size_t k = 0; k < count; k++)
                assert_true(seen[k] != seen[count]);
            count++;
        }
    }
    assert_true(hash_text(0, "") != hash_text(1, ""));
    /* http://www.isthe.com/chongo/tech/comp/fnv/, test vectors of FNV-1a, 64 bits */
    assert_int_equal(hash_text(0, "foobar"), 0x85944171f73967e8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_and_no_other),
        cmocka_unit_test(rows_of_one_key_are_told_apart),
        cmocka_unit_test(room_that_was_made_is_enough),
        cmocka_unit_test(texts_and_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
