/* SPDX-License-Identifier: ISC */
/* Packed files as they come, damaged ones, and those that are made to fill memory. */
#include "report_pack.h"

#include "repmon/unpack.h"

#include <stdlib.h>

struct feed {
    const char *data;
    size_t len, at, step;
};

static size_t give(void *context, char *out, size_t size)
{
    struct feed *f = context;
    size_t n = f->len - f->at;
    n = n < f->step ? n : f->step;
    n = n < size ? n : size;
    memcpy(out, f->data + f->at, n);
    f->at += n;
    return n;
}

static bool take(void *context, const char *data, size_t len)
{
    return buf_add(context, data, len);
}

static bool take_one(void *context, const char *data, size_t len)
{
    (void)data;
    *(size_t *)context += len;
    return false;
}

static enum unpack_result run(const struct buf *packed, size_t step, size_t budget, struct buf *out)
{
    struct feed f = {packed->data, packed->len, 0, step};
    buf_clear(out);
    return unpack(give, &f, take, out, &budget);
}

static const char xml[] = "<feedback>a report of some length, a report of some length</feedback>";

static void assert_text(const struct buf *packed, const char *text)
{
    static const size_t steps[] = {1, 3, 1000000};
    struct buf out;
    buf_init(&out, 1u << 20);
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_int_equal(run(packed, steps[i], 1u << 20, &out), UNPACK_DONE);
        assert_string_equal(buf_text(&out), text);
    }
    buf_fini(&out);
}

static void gzip_zip_and_plain_bytes_give_the_same(void **state)
{
    struct buf packed;
    (void)state;
    buf_init(&packed, 1u << 20);
    buf_str(&packed, xml);
    assert_text(&packed, xml);
    buf_clear(&packed);
    pack_gzip(xml, strlen(xml), &packed);
    assert_text(&packed, xml);
    static const char *const options[] = {NULL, "compression=store"};
    for (size_t i = 0; i < COUNT(options); i++) {
        struct pack_member member = {"a!b!1!2.xml", xml, strlen(xml)};
        buf_clear(&packed);
        pack_zip(&member, 1, options[i], &packed);
        assert_text(&packed, xml);
    }
    buf_clear(&packed);
    assert_text(&packed, "");
    buf_fini(&packed);
}

static void waste_after_a_gzip_is_ignored_and_members_are_one_text(void **state)
{
    static const char waste[][4] = {{0, 0, 0, 0}, {'\r', '\n', '\r', '\n'}, {0, 'x', 0x1f, 0}};
    struct buf packed;
    (void)state;
    buf_init(&packed, 1u << 20);
    for (size_t i = 0; i < COUNT(waste); i++) {
        buf_clear(&packed);
        pack_gzip(xml, strlen(xml), &packed);
        buf_add(&packed, waste[i], sizeof waste[i]);
        assert_text(&packed, xml);
    }
    buf_clear(&packed);
    pack_gzip("<feed", 5, &packed);
    buf_add(&packed, "\0\0", 2);
    pack_gzip("back/>", 6, &packed);
    assert_text(&packed, "<feedback/>");
    buf_fini(&packed);
}

static void the_first_report_of_a_zip_is_taken(void **state)
{
    static const struct pack_member members[] = {{"folder/", "", 0},
                                                 {"folder/readme.txt", "hello", 5},
                                                 {"__xml", "<no/>", 5},
                                                 {"folder/A.XML", xml, sizeof xml - 1},
                                                 {"b.xml", "<second/>", 9}};
    struct buf packed;
    struct buf out;
    (void)state;
    buf_init(&packed, 1u << 20);
    buf_init(&out, 1u << 20);
    pack_zip(members, COUNT(members), NULL, &packed);
    assert_text(&packed, xml);
    buf_clear(&packed);
    pack_zip(members, 3, NULL, &packed);
    assert_int_equal(run(&packed, 100, 1u << 20, &out), UNPACK_NOTHING);
    buf_fini(&packed);
    buf_fini(&out);
}

static void a_name_of_another_script_or_charset_is_a_name(void **state)
{
    static const char *const names[] = {"\xc3\xbc", "\xfc\xfc", "\x81?"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        for (unsigned utf8 = 0; utf8 < 2; utf8++) {
            struct pack_member member = {"ab.xml", xml, strlen(xml)};
            struct buf packed;
            buf_init(&packed, 1u << 20);
            pack_zip(&member, 1, NULL, &packed);
            memcpy(packed.data + 30, names[i], 2);
            packed.data[7] = (char)(utf8 ? 8 : 0); /* the name is UTF-8 */
            assert_text(&packed, xml);
            buf_fini(&packed);
        }
    }
}

static void what_is_cut_off_or_damaged_is_said(void **state)
{
    struct buf gzip;
    struct buf zip;
    struct buf out;
    struct pack_member member = {"a.xml", xml, strlen(xml)};
    (void)state;
    buf_init(&gzip, 1u << 20);
    buf_init(&zip, 1u << 20);
    buf_init(&out, 1u << 20);
    pack_gzip(xml, strlen(xml), &gzip);
    pack_zip(&member, 1, NULL, &zip);
    for (size_t len = 4; len < gzip.len; len++) {
        struct buf cut = {.data = gzip.data, .len = len};
        assert_int_equal(run(&cut, 100, 1u << 20, &out), UNPACK_DAMAGED);
    }
    for (size_t len = 4; len < 60; len++) {
        struct buf cut = {.data = zip.data, .len = len};
        assert_int_not_equal(run(&cut, 100, 1u << 20, &out), UNPACK_DONE);
    }
    gzip.data[gzip.len - 5] ^= 1; /* the checksum */
    assert_int_equal(run(&gzip, 100, 1u << 20, &out), UNPACK_DAMAGED);
    /* a local header of zip has 30 bytes, a name and an extra field */
    size_t data = 30u + (uint8_t)zip.data[26] + (uint8_t)zip.data[28];
    zip.data[data + 20] ^= 0x10;
    assert_int_not_equal(run(&zip, 100, 1u << 20, &out), UNPACK_DONE);
    buf_fini(&gzip);
    buf_fini(&zip);
    buf_fini(&out);
}

static void bombs_stop_at_the_ratio_and_at_the_budget(void **state)
{
    enum { SIZE = 20u << 20 };
    char *zeros = mem_alloc(SIZE);
    struct pack_member members[] = {{"a.txt", zeros, SIZE}, {"a.xml", xml, sizeof xml - 1}};
    struct buf packed;
    struct buf out;
    (void)state;
    buf_init(&packed, 1u << 20);
    buf_init(&out, 64u << 20);
    pack_gzip(zeros, SIZE, &packed);
    assert_int_equal(run(&packed, 65536, 64u << 20, &out), UNPACK_TOO_LARGE);
    assert_true(out.len < 8u << 20);
    buf_clear(&packed);
    members[0].name = "a.xml";
    pack_zip(members, 1, NULL, &packed);
    assert_int_equal(run(&packed, 65536, 64u << 20, &out), UNPACK_TOO_LARGE);
    assert_true(out.len < 8u << 20);
    /* what lies before the report counts too */
    buf_clear(&packed);
    members[0].name = "a.txt";
    pack_zip(members, 2, NULL, &packed);
    assert_int_equal(run(&packed, 65536, 64u << 20, &out), UNPACK_TOO_LARGE);
    /* under the ratio, over the budget */
    buf_clear(&packed);
    pack_gzip(xml, strlen(xml), &packed);
    assert_int_equal(run(&packed, 100, strlen(xml) - 1, &out), UNPACK_TOO_LARGE);
    assert_int_equal(run(&packed, 100, strlen(xml), &out), UNPACK_DONE);
    free(zeros);
    buf_fini(&packed);
    buf_fini(&out);
}

static void the_budget_pays_for_what_nobody_wanted(void **state)
{
    enum { SIZE = 900u << 10 };
    char *zeros = mem_alloc(SIZE);
    struct buf packed;
    size_t budget = 10u << 20;
    size_t taken = 0;
    size_t files = 0;
    enum unpack_result result;
    (void)state;
    buf_init(&packed, 1u << 20);
    pack_gzip(zeros, SIZE, &packed);
    do {
        struct feed f = {packed.data, packed.len, 0, 4096};
        result = unpack(give, &f, take_one, &taken, &budget);
        files++;
    } while (result == UNPACK_STOPPED && files < 1000);
    assert_int_equal(result, UNPACK_TOO_LARGE);
    assert_true(files < 20);
    free(zeros);
    buf_fini(&packed);
}

static void an_archive_in_an_archive_is_refused(void **state)
{
    struct buf inner;
    struct buf outer;
    struct buf out;
    (void)state;
    buf_init(&inner, 1u << 20);
    buf_init(&outer, 1u << 20);
    buf_init(&out, 1u << 20);
    for (unsigned way = 0; way < 4; way++) {
        struct pack_member member = {"a.xml", xml, strlen(xml)};
        buf_clear(&inner);
        buf_clear(&outer);
        if (way & 1)
            pack_gzip(xml, strlen(xml), &inner);
        else
            pack_zip(&member, 1, NULL, &inner);
        member = (struct pack_member){"b.xml", inner.data, inner.len};
        if (way & 2)
            pack_gzip(inner.data, inner.len, &outer);
        else
            pack_zip(&member, 1, NULL, &outer);
        assert_int_equal(run(&outer, 1, 1u << 20, &out), UNPACK_NESTED);
    }
    buf_fini(&inner);
    buf_fini(&outer);
    buf_fini(&out);
}

static void a_sink_that_has_enough_ends_it(void **state)
{
    struct buf packed;
    size_t taken = 0;
    size_t budget = 1u << 20;
    (void)state;
    buf_init(&packed, 1u << 20);
    pack_gzip(xml, strlen(xml), &packed);
    struct feed f = {packed.data, packed.len, 0, 4096};
    assert_int_equal(unpack(give, &f, take_one, &taken, &budget), UNPACK_STOPPED);
    assert_int_equal(taken, strlen(xml));
    buf_fini(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_zip_and_plain_bytes_give_the_same),
        cmocka_unit_test(waste_after_a_gzip_is_ignored_and_members_are_one_text),
        cmocka_unit_test(the_first_report_of_a_zip_is_taken),
        cmocka_unit_test(a_name_of_another_script_or_charset_is_a_name),
        cmocka_unit_test(what_is_cut_off_or_damaged_is_said),
        cmocka_unit_test(bombs_stop_at_the_ratio_and_at_the_budget),
        cmocka_unit_test(the_budget_pays_for_what_nobody_wanted),
        cmocka_unit_test(an_archive_in_an_archive_is_refused),
        cmocka_unit_test(a_sink_that_has_enough_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
