/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/siphash.h"

/* Appendix A of the paper: key 00 01 … 0f, message of that many bytes 00 01 …. */
static void the_vectors_of_the_paper(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } rows[] = {{0, 0x726fdb47dd0e0e31},
                {1, 0x74f839c593dc67fd},
                {8, 0x93f5f5799a932462},
                {15, 0xa129ca6149be45e5}};
    uint8_t bytes[16];
    (void)state;
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(siphash(bytes, bytes, rows[i].len), rows[i].hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_vectors_of_the_paper)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
