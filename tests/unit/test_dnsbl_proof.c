/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/dnsbl/dnsbl_proof.h"

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
    enum proof_note note;
    struct point address;
} rows[] = {
    /* right | clean */
    {RIGHT, CLEAN, CLEAN, COUNTS, COUNTS, NOTE_NONE, NONE},
    /* missing or wrong | clean */
    {CLEAN, CLEAN, CLEAN, COUNTS, CAUSE_UNTRUSTED, NOTE_NOT_PROVEN, NONE},
    {WRONG, CLEAN, CLEAN, COUNTS, CAUSE_UNTRUSTED, NOTE_NOT_PROVEN, NONE},
    /* none | clean */
    {NONE, CLEAN, CLEAN, COUNTS, CAUSE_UNPROVEN, NOTE_NONE, NONE},
    /* any | one of them listed */
    {RIGHT, RIGHT, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {RIGHT, CLEAN, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {CLEAN, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {WRONG, CLEAN, RIGHT, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {NONE, WRONG, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {BAD(TIMEOUT), CLEAN, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {BAD(NOT_SERVED), WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    /* right | negative point alone listed */
    {RIGHT, RIGHT, CLEAN, COUNTS, COUNTS, NOTE_LISTS_CLEAN, CLEAN},
    {RIGHT, WRONG, CLEAN, COUNTS, COUNTS, NOTE_LISTS_CLEAN, CLEAN},
    {RIGHT, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, WRONG},
    {RIGHT, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, RIGHT},
    {RIGHT, WRONG, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, CLEAN},
    /* the caveat is for lists that are otherwise as they should be */
    {RIGHT, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, PENDING},
    {RIGHT, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, BAD(TIMEOUT)},
    {RIGHT, WRONG, BAD(TIMEOUT), CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, CLEAN},
    {CLEAN, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, CLEAN},
    {WRONG, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, CLEAN},
    {NONE, WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, CLEAN},
    {BAD(TIMEOUT), WRONG, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, CLEAN},
    /* a random address that is listed outweighs everything */
    {RIGHT, CLEAN, CLEAN, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, WRONG},
    /* error answer, SERVFAIL, time-out | clean */
    {BAD(NOT_SERVED), CLEAN, CLEAN, COUNTS, CAUSE_NOT_SERVED, NOTE_NONE, NONE},
    {BAD(REWRITTEN), CLEAN, CLEAN, COUNTS, CAUSE_REWRITTEN, NOTE_NONE, NONE},
    {BAD(SERVFAIL), CLEAN, CLEAN, COUNTS, CAUSE_SERVFAIL, NOTE_NONE, NONE},
    {BAD(TIMEOUT), CLEAN, CLEAN, COUNTS, CAUSE_TIMEOUT, NOTE_NONE, NONE},
    /* error answer, SERVFAIL, time-out | the same */
    {BAD(NOT_SERVED), BAD(NOT_SERVED), BAD(NOT_SERVED), CAUSE_NOT_SERVED, CAUSE_NOT_SERVED,
     NOTE_NONE, NONE},
    {BAD(SERVFAIL), BAD(SERVFAIL), BAD(SERVFAIL), CAUSE_SERVFAIL, CAUSE_SERVFAIL, NOTE_NONE, NONE},
    {BAD(TIMEOUT), BAD(TIMEOUT), BAD(TIMEOUT), CAUSE_TIMEOUT, CAUSE_TIMEOUT, NOTE_NONE, NONE},
    {BAD(NOT_SERVED), BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_NOT_SERVED, NOTE_NONE, NONE},

    /* right, but a negative test failed: no wildcard is excluded, and the list is in doubt */
    {RIGHT, BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_TIMEOUT, NOTE_NONE, NONE},
    {RIGHT, CLEAN, BAD(SERVFAIL), CAUSE_SERVFAIL, CAUSE_SERVFAIL, NOTE_NONE, NONE},
    {RIGHT, BAD(REWRITTEN), BAD(REWRITTEN), CAUSE_REWRITTEN, CAUSE_REWRITTEN, NOTE_NONE, NONE},
    {RIGHT, CLEAN, BAD(NOT_SERVED), CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, NOTE_NONE, NONE},
    /* a listed negative outweighs a failed one */
    {RIGHT, BAD(TIMEOUT), WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {RIGHT, WRONG, PENDING, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    /* an empty list stays untrusted; a list without point must not hide its failure as normal */
    {CLEAN, BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {WRONG, CLEAN, BAD(TIMEOUT), CAUSE_TIMEOUT, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {NONE, BAD(TIMEOUT), CLEAN, CAUSE_TIMEOUT, CAUSE_TIMEOUT, NOTE_NONE, NONE},
    {NONE, CLEAN, BAD(NOT_SERVED), CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, NOTE_NONE, NONE},
    /* a list without a negative point is judged by its random label */
    {RIGHT, NONE, CLEAN, COUNTS, COUNTS, NOTE_NONE, NONE},
    {NONE, NONE, CLEAN, COUNTS, CAUSE_UNPROVEN, NOTE_NONE, NONE},
    {RIGHT, NONE, WRONG, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, NOTE_NONE, NONE},
    {RIGHT, NONE, BAD(TIMEOUT), CAUSE_TIMEOUT, CAUSE_TIMEOUT, NOTE_NONE, NONE},
    {RIGHT, NONE, NONE, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    {RIGHT, CLEAN, NONE, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    /* what was not asked proves nothing */
    {PENDING, PENDING, PENDING, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    {PENDING, CLEAN, CLEAN, COUNTS, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    {RIGHT, PENDING, CLEAN, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    {RIGHT, CLEAN, PENDING, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    {BAD(NOT_ASKED), CLEAN, CLEAN, COUNTS, CAUSE_NOT_ASKED, NOTE_NONE, NONE},
    {BAD(NONE), CLEAN, CLEAN, COUNTS, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
    {RIGHT, BAD(NONE), CLEAN, CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED, NOTE_NONE, NONE},
};

static struct proof proof_of(struct point p, struct point n, struct point r, struct point a)
{
    const struct point points[POINTS] = {
        [POSITIVE] = p, [NEGATIVE] = n, [RANDOM_LABEL] = r, [RANDOM_ADDRESS] = a};
    return dnsbl_proof(points);
}

static void follows_the_table_row_by_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *r = &rows[i];
        struct proof p = proof_of(r->positive, r->negative, r->random, r->address);
        if (p.validity.listing != r->listing || p.validity.empty != r->empty || p.note != r->note)
            fail_msg("row %zu: listing %s, empty %s, note %d", i, cause_word(p.validity.listing),
                     cause_word(p.validity.empty), p.note);
    }
}

/* Over all states, also ones that can't be: nothing but proof lets an empty answer count. */
static void only_right_and_clean_let_an_empty_answer_count(void **state)
{
    (void)state;
    const int states = POINT_STATE_COUNT + 1;
    unsigned counting = 0;
    for (int i = 0; i < states * states * states * states; i++) {
        enum point_state p = (enum point_state)(i % states);
        enum point_state n = (enum point_state)(i / states % states);
        enum point_state r = (enum point_state)(i / states / states % states);
        enum point_state a = (enum point_state)(i / states / states / states);
        struct proof proof =
            proof_of((struct point){p, CAUSE_TIMEOUT}, (struct point){n, CAUSE_TIMEOUT},
                     (struct point){r, CAUSE_TIMEOUT}, (struct point){a, CAUSE_TIMEOUT});
        bool a_listed = a == POINT_RIGHT || a == POINT_WRONG;
        bool negatives = (n == POINT_CLEAN || n == POINT_ABSENT) && r == POINT_CLEAN && !a_listed;
        bool stray = (n == POINT_RIGHT || n == POINT_WRONG) && r == POINT_CLEAN &&
                     a == POINT_CLEAN && p == POINT_RIGHT;
        assert_int_equal(proof.validity.empty == CAUSE_NONE,
                         (p == POINT_RIGHT && negatives) || stray);
        assert_int_equal(proof.validity.listing == CAUSE_NONE, negatives || stray);
        assert_int_equal(proof.note == NOTE_LISTS_CLEAN, stray);
        counting += proof.validity.empty == CAUSE_NONE;
    }
    assert_int_equal(counting, 2 * (states - 2) + 2);
}

static void a_later_round_brings_nothing_back(void **state)
{
    (void)state;
    static const struct proof good = {.validity = {CAUSE_NONE, CAUSE_NONE}};
    static const struct proof wild = {.validity = {CAUSE_UNTRUSTED, CAUSE_UNTRUSTED}};
    static const struct proof mute = {.validity = {CAUSE_TIMEOUT, CAUSE_TIMEOUT}};
    static const struct proof bare = {.validity = {CAUSE_UNTRUSTED, CAUSE_NONE},
                                      .note = NOTE_NOT_PROVEN};
    static const struct proof_said nothing = {false, false}, all = {true, true},
                                   clean = {true, false}, listed = {false, true};
    static const struct {
        const struct proof *before, *found;
        const struct proof_said *said;
        enum cause empty, listing;
    } cases[] = {
        {&good, &good, &all, CAUSE_NONE, CAUSE_NONE},
        {&good, &mute, &all, CAUSE_TIMEOUT, CAUSE_NONE},
        {&good, &bare, &nothing, CAUSE_UNTRUSTED, CAUSE_NONE},
        {&good, &wild, &all, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED},
        {&mute, &good, &nothing, CAUSE_NONE, CAUSE_NONE},
        {&mute, &good, &clean, CAUSE_TIMEOUT, CAUSE_NONE},
        {&mute, &good, &listed, CAUSE_NONE, CAUSE_TIMEOUT},
        {&mute, &good, &all, CAUSE_TIMEOUT, CAUSE_TIMEOUT},
        {&bare, &good, &nothing, CAUSE_NONE, CAUSE_NONE},
        {&bare, &good, &clean, CAUSE_UNTRUSTED, CAUSE_NONE},
        {&wild, &good, &nothing, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED},
        {&wild, &good, &all, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED},
        {&wild, &mute, &all, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct proof p = dnsbl_proof_after(cases[i].before, cases[i].found, *cases[i].said);
        if (p.validity.empty != cases[i].empty || p.validity.listing != cases[i].listing)
            fail_msg("case %zu: empty %s, listing %s", i, cause_word(p.validity.empty),
                     cause_word(p.validity.listing));
    }
}

static void knows_the_age_of_a_cached_answer(void **state)
{
    (void)state;
    static const uint32_t day = 86400;
    static const struct {
        uint32_t highest, ttl, age;
    } ages[] = {
        {0, 300, 0},
        {300, 300, 0},
        {300, 120, 180},
        {300, 0, 300},
        {300, 900, 0},
        {0, 0, 0},
        {86400, 86399, 1},
        /* a year, and the largest there is: at most a day */
        {31536000, 300, 86100},
        {2147483647, 2147483647, 0},
        {31536000, 31500000, 0},
        {UINT32_MAX, 0, 86400},
    };
    for (size_t i = 0; i < COUNT(ages); i++) {
        assert_int_equal(dnsbl_proof_age(ages[i].highest, ages[i].ttl), ages[i].age);
        assert_true(dnsbl_proof_age(ages[i].highest, ages[i].ttl) <= day);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_table_row_by_row),
        cmocka_unit_test(only_right_and_clean_let_an_empty_answer_count),
        cmocka_unit_test(a_later_round_brings_nothing_back),
        cmocka_unit_test(knows_the_age_of_a_cached_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
