/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/buf.h"
#include "repmon/proofs.h"

#include <stdlib.h>

/* However many values there are, each cell is given back, in as many bytes as they need. */
static void every_cell_comes_back(void **state)
{
    static const struct {
        size_t rows, values;
        unsigned width;
    } rows[] = {{0, 1, 1},     {1, 1, 1},         {300, 256, 1},
                {300, 257, 2}, {70000, 65536, 2}, {70000, 65537, 8}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct proofs p;
        proof_cell *in = mem_array(rows[i].rows, sizeof *in);
        proof_cell *out = mem_array(rows[i].rows + 2, sizeof *out);
        for (size_t k = 0; k < rows[i].rows; k++)
            in[k] = (k * 7919 % rows[i].values) * UINT64_C(0x100000001);
        proofs_pack(&p, in, rows[i].rows);
        assert_int_equal(p.width, rows[i].width);
        proofs_unpack(&p, out, rows[i].rows + 2);
        if (rows[i].rows)
            assert_memory_equal(out, in, rows[i].rows * sizeof *in);
        assert_int_equal(out[rows[i].rows], 0); /* beyond: never asked */
        proofs_fini(&p);
        free(in);
        free(out);
    }
}

static void the_zero_value_was_never_asked(void **state)
{
    const struct proofs none = {0};
    (void)state;
    assert_int_equal(proofs_cell(&none, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_comes_back),
        cmocka_unit_test(the_zero_value_was_never_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
