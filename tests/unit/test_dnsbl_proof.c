/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/dnsbl_proof.h"

#define PENDING                                                                                    \
    {                                                                                              \
        POINT_PENDING, CAUSE_NEVER_ASKED                                                           \
    }
#define NONE                                                                                       \
    {                                                                                              \
        POINT_ABSENT, CAUSE_NONE                                                                   \
    }
#define CLEAN                                                                                      \
    {                                                                                              \
        POINT_CLEAN, CAUSE_NONE                                                                    \
    }
#define RIGHT                                                                                      \
    {                                                                                              \
        POINT_RIGHT, CAUSE_NONE                                                                    \
    }
#define WRONG                                                                                      \
    {                                                                                              \
        POINT_WRONG, CAUSE_NONE                                                                    \
    }
#define BAD(why)                                                                                   \
    {                                                                                              \
        POINT_ERROR, CAUSE_##why                                                                   \
    }
#define COUNTS CAUSE_NONE

/* The table of contract section 8, then what it leaves open. */
static const struct row {
    struct point positive, negative, random;
    enum cause listing, empty;
    bool noted;
} rows[] = {
    /* right | clean */
    {RIGHT, CLEAN, CLEAN, COUNTS, COUNTS, false},
    /* missing or wrong | clean */
    {CLEAN, CLEAN, CLEAN, COUNTS, CAUSE_UNTRUSTED, true},
    {WRONG, CLEAN, CLEAN, COUNTS, CAUSE_UNTRUSTED, true},
    /* none | clean */
    {NONE, CLEAN, CLEAN, COUNTS, CAUSE_UNPROVEN, false},
    /* any | one of them listed */
    {RIGHT, RIGHT, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {RIGHT, CLEAN, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {CLEAN, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {WRONG, CLEAN, RIGHT, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {NONE, WRONG, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {BAD(TIMEOUT), CLEAN, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {BAD(NOT_SERVED), WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    /* error answer, SERVFAIL, time-out | clean */
    {BAD(NOT_SERVED), CLEAN, CLEAN, COUNTS, CAUSE_NOT_SERVED, false},
    {BAD(REWRITTEN), CLEAN, CLEAN, COUNTS, CAUSE_REWRITTEN, false},
    {BAD(SERVFAIL), CLEAN, CLEAN, COUNTS, CAUSE_SERVFAIL, false},
    {BAD(TIMEOUT), CLEAN, CLEAN, COUNTS, CAUSE_TIMEOUT, false},
    /* error answer, SERVFAIL, time-out | the same */
    {BAD(NOT_SERVED), BAD(NOT_SERVED), BAD(NOT_SERVED), CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, false},
    {BAD(SERVFAIL), BAD(SERVFAIL), BAD(SERVFAIL), CAUSE_SERVFAIL, CAUSE_SERVFAIL, false},
    {BAD(TIMEOUT), BAD(TIMEOUT), BAD(TIMEOUT), CAUSE_TIMEOUT, CAUSE_TIMEOUT, false},
    {BAD(NOT_SERVED), BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_NOT_SERVED, false},

    /* right, but a negative test failed: no wildcard is excluded, and the list is in doubt */
    {RIGHT, BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_TIMEOUT, false},
    {RIGHT, CLEAN, BAD(SERVFAIL), CAUSE_SERVFAIL, CAUSE_SERVFAIL, false},
    {RIGHT, BAD(REWRITTEN), BAD(REWRITTEN), CAUSE_REWRITTEN, CAUSE_REWRITTEN, false},
    {RIGHT, CLEAN, BAD(NOT_SERVED), CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, false},
    /* a listed negative outweighs a failed one */
    {RIGHT, BAD(TIMEOUT), WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {RIGHT, WRONG, PENDING, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    /* an empty list stays untrusted; a list without point must not hide its failure as normal */
    {CLEAN, BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_UNTRUSTED, false},
    {WRONG, CLEAN, BAD(TIMEOUT), CAUSE_TIMEOUT, CAUSE_UNTRUSTED, false},
    {NONE, BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_TIMEOUT, false},
    {NONE, CLEAN, BAD(NOT_SERVED), CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, false},
    /* a list without a negative point is judged by its random label */
    {RIGHT, NONE, CLEAN, COUNTS, COUNTS, false},
    {NONE, NONE, CLEAN, COUNTS, CAUSE_UNPROVEN, false},
    {RIGHT, NONE, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, false},
    {RIGHT, NONE, BAD(TIMEOUT), CAUSE_TIMEOUT, CAUSE_TIMEOUT, false},
    {RIGHT, NONE, NONE, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, false},
    {RIGHT, CLEAN, NONE, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, false},
    /* what was not asked proves nothing */
    {PENDING, PENDING, PENDING, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, false},
    {PENDING, CLEAN, CLEAN, COUNTS, CAUSE_NEVER_ASKED, false},
    {RIGHT, PENDING, CLEAN, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, false},
    {RIGHT, CLEAN, PENDING, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, false},
    {BAD(NOT_ASKED), CLEAN, CLEAN, COUNTS, CAUSE_NOT_ASKED, false},
    {BAD(NONE), CLEAN, CLEAN, COUNTS, CAUSE_NEVER_ASKED, false},
    {RIGHT, BAD(NONE), CLEAN, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, false},
};

static void follows_the_table_row_by_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct proof p = dnsbl_proof(rows[i].positive, rows[i].negative, rows[i].random);
        if (p.standing.listing != rows[i].listing || p.standing.empty != rows[i].empty ||
            p.not_proven != rows[i].noted)
            fail_msg("row %zu: listing %s, empty %s, noted %d", i, cause_word(p.standing.listing),
                     cause_word(p.standing.empty), p.not_proven);
    }
}

/* Over all states, also ones that can't be: nothing but proof lets an empty answer count. */
static void only_right_and_clean_let_an_empty_answer_count(void **state)
{
    (void)state;
    unsigned counting = 0;
    for (int p = 0; p <= POINT_STATE_COUNT; p++) {
        for (int n = 0; n <= POINT_STATE_COUNT; n++) {
            for (int r = 0; r <= POINT_STATE_COUNT; r++) {
                struct proof proof =
                    dnsbl_proof((struct point){(enum point_state)p, CAUSE_TIMEOUT},
                                (struct point){(enum point_state)n, CAUSE_TIMEOUT},
                                (struct point){(enum point_state)r, CAUSE_TIMEOUT});
                bool negatives = (n == POINT_CLEAN || n == POINT_ABSENT) && r == POINT_CLEAN;
                assert_int_equal(proof.standing.empty == CAUSE_NONE, p == POINT_RIGHT && negatives);
                assert_int_equal(proof.standing.listing == CAUSE_NONE, negatives);
                counting += proof.standing.empty == CAUSE_NONE;
            }
        }
    }
    assert_int_equal(counting, 2);
}

static void knows_the_age_of_a_cached_answer(void **state)
{
    (void)state;
    static const struct {
        uint32_t before, ttl, after, age;
    } ages[] = {
        {0, 300, 300, 0},
        {300, 300, 300, 0},
        {300, 120, 300, 180},
        {300, 0, 300, 300},
        {300, 900, 900, 0},
        {0, 0, 0, 0},
        {UINT32_MAX, 0, UINT32_MAX, UINT32_MAX},
    };
    for (size_t i = 0; i < COUNT(ages); i++) {
        uint32_t highest = ages[i].before;
        assert_int_equal(dnsbl_proof_age(&highest, ages[i].ttl), ages[i].age);
        assert_int_equal(highest, ages[i].after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_table_row_by_row),
        cmocka_unit_test(only_right_and_clean_let_an_empty_answer_count),
        cmocka_unit_test(knows_the_age_of_a_cached_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
