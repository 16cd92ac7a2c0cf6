/* SPDX-License-Identifier: ISC */
/* Mails that are made to cost memory, time or a crash. Each ends at once, with a sentence or as
 * none. */
#include "report_kit.h"
#include "report_pack.h"

#define GOOD                                                                                       \
    "<feedback><report_metadata><report_id>1</report_id><date_range><begin>1795392000</begin>"     \
    "<end>1795478399</end></date_range></report_metadata><record><row><source_ip>203.0.113.5"      \
    "</source_ip><count>4</count></row></record></feedback>"

static struct buf mail;

static int setup(void **state)
{
    (void)state;
    buf_init(&mail, 128u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_fini(&mail);
    return 0;
}

static void repeat(const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_str(&mail, text);
}

/* The mail is of this kind, and its problem has these words. */
static void assert_mail(enum report_kind kind, const char *problem)
{
    struct mail_report r;
    assert_false(mail.failed);
    report_mail_parse(buf_text(&mail), mail.len, &kit_settings, &r);
    if (r.kind != kind || !strstr(r.problem, problem))
        fail_msg("%s: \"%s\" of %.200s", report_kind_word(r.kind), r.problem, buf_text(&mail));
    report_mail_fini(&r);
    buf_clear(&mail);
}

static void wrap(const struct buf *data)
{
    kit_wrap("From: a@b.example\n", data->data, data->len, &mail);
}

static void bombs_are_named(void **state)
{
    struct buf packed;
    struct buf outer;
    char *zeros = mem_alloc(30u << 20);
    memset(zeros, ' ', 30u << 20);
    memcpy(zeros, "<feedback>", 10);
    struct pack_member member = {"a.xml", zeros, 30u << 20};
    (void)state;
    buf_init(&packed, 1u << 20);
    buf_init(&outer, 1u << 20);
    pack_gzip(zeros, 30u << 20, &packed);
    wrap(&packed);
    assert_mail(REPORT_BAD, "100 times its size");
    pack_gzip(packed.data, packed.len, &outer);
    wrap(&outer);
    assert_mail(REPORT_BAD, "an archive in an archive");
    buf_clear(&packed);
    pack_zip(&member, 1, NULL, &packed);
    wrap(&packed);
    assert_mail(REPORT_BAD, "100 times its size");
    free(zeros);
    buf_fini(&packed);
    buf_fini(&outer);
}

static void xml_that_never_ends_a_thing_is_given_up(void **state)
{
    static const struct {
        const char *begin, *again, *problem;
    } cases[] = {
        {"<feedback>", "&", "no end"},
        {"<feedback>", "&a ", "no end"},
        {"<feedback><!--", "xxxxxxxx", "no end"},
        {"<feedback><?x ", "xxxxxxxx", "no end"},
        {"<feedback><a ", "b=\"\" ", "no end"},
        {"<feedback><a b=\"", "xxxxxxxx", "no end"},
        {"<feedback><", "xxxxxxxx", "no end"},
        {"<feedback>", "<a>", "nested deeper than 16"},
        {"<feedback>", "<record></row>", "never began"},
        {"<feedback><record>", "</feedback", ""},
        {"<feedback><report_metadata><org_name>", "xxxxxxxx", "cut off"},
        {"<feedback>", "&#0;", "well-formed"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_str(&mail, "From: a@b.example\nContent-Type: text/xml\n\n");
        buf_str(&mail, cases[i].begin);
        repeat(cases[i].again, (2u << 20) / strlen(cases[i].again));
        assert_mail(REPORT_BAD, cases[i].problem);
    }
}

static void ten_thousand_attachments_are_looked_at(void **state)
{
    char *text = mem_alloc(1u << 20);
    struct buf packed;
    struct buf part;
    (void)state;
    buf_init(&packed, 1u << 20);
    buf_init(&part, 1u << 20);
    buf_str(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat("--b\nContent-Type: application/xml\n\n<a/>\n", 9999);
    buf_str(&mail, "--b\nContent-Type: application/x\n\n" GOOD "\n--b--\n");
    assert_mail(REPORT_DMARC, "");
    /* each a file that unpacks to a megabyte of nothing */
    pack_gzip(text, 1u << 20, &packed);
    kit_wrap("--b\n", packed.data, packed.len, &part);
    buf_str(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat(buf_text(&part), 10000);
    assert_mail(REPORT_BAD, "64 MiB");
    repeat("--b\n\nx\n", 30000);
    assert_mail(REPORT_BAD, "more than 10,000 parts");
    free(text);
    buf_fini(&packed);
    buf_fini(&part);
}

static void parts_are_nested_without_end(void **state)
{
    (void)state;
    buf_str(&mail, "Content-Type: multipart/mixed; boundary=b0\n\n");
    for (int i = 1; i < 99; i++) {
        char part[80];
        snprintf(part, sizeof part, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i - 1,
                 i);
        buf_str(&mail, part);
    }
    buf_str(&mail, "--b98\nContent-Type: text/xml\n\n" GOOD "\n--b98--\n");
    assert_mail(REPORT_DMARC, "");
    for (int i = 0; i < 8000; i++) {
        char part[80];
        snprintf(part, sizeof part, "%sContent-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
                 i ? "" : "Subject: x\n", i, i);
        buf_str(&mail, part);
    }
    assert_mail(REPORT_NONE, "");
    repeat("Content-Type: message/rfc822\n\n", 10000);
    assert_mail(REPORT_NONE, "");
    repeat("Content-Type: message/rfc822\n\n", 1000000);
    assert_mail(REPORT_BAD, "too many header fields");
}

static void header_fields_are_long_or_many(void **state)
{
    static const char *const fields[][2] = {
        {"X-Waste: ", "xxxxxxxxx "},
        {"To: ", "a@b.example, "},
        {"To: ", "g:"},
        {"From: ", "("},
        {"Subject: ", "=?utf-8?Q?a?= "},
        {"Content-Type: text/plain", "; a=b"},
        {"Authentication-Results: mx1.example.org", "; a=b"},
        {"Received: from a", " (b [203.0.113.5])"},
        {"Received: ", "("},
        {"Date: ", "1 "},
        {"Message-ID: ", "<a"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        /* a megabyte is left out, and what is just short enough is read */
        for (size_t size = 16000; size <= 1u << 20; size += (1u << 20) - 16000) {
            buf_str(&mail, fields[i][0]);
            repeat(fields[i][1], size / strlen(fields[i][1]));
            buf_str(&mail, "\nContent-Type: text/xml\n\n" GOOD "\n");
            assert_mail(REPORT_DMARC, "");
        }
    }
    repeat("A: b\n", 100000);
    assert_mail(REPORT_BAD, "too many header fields");
    buf_str(&mail, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain");
    repeat("; a=b", 10000);
    assert_mail(REPORT_BAD, "a header field of more than 16 KiB");
    /* parts that are mails without saying so, and a type behind a comment */
    static const char *const types[] = {"multipart/digest", "(;) multipart/digest",
                                        "(;\n x) multipart/DIGEST"};
    for (size_t i = 0; i < COUNT(types); i++) {
        buf_fmt(&mail, "Content-Type: %s; boundary=b\n\n--b\n\nTo: ", types[i]);
        repeat("g:", 10000);
        assert_mail(REPORT_BAD, "a header field of more than 16 KiB");
        buf_fmt(&mail, "Content-Type: %s; boundary=b\n\n--b\n\nTo: a\n\nx\n--b--\n", types[i]);
        assert_mail(REPORT_NONE, "");
    }
    buf_str(&mail, "Content-Type: text/xml (a report); charset=utf-8\n\n" GOOD "\n");
    assert_mail(REPORT_DMARC, "");
}

static void a_mail_or_file_that_is_too_large_is_not_read(void **state)
{
    struct mail_report r;
    struct error err = {0};
    char path[] = "/tmp/repmon-mail-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(ftruncate(fd, 1u << 30), 0);
    assert_true(report_mail_read(fd, &kit_settings, &r, &err));
    assert_int_equal(r.kind, REPORT_BAD);
    assert_non_null(strstr(r.problem, "32 MiB"));
    report_mail_fini(&r);
    close(fd);
    assert_false(report_mail_read(fd, &kit_settings, &r, &err));
    assert_int_equal(err.class, ERR_IO);
    report_mail_fini(&r);
}

static void a_mail_is_read_from_its_start_wherever_the_file_stands(void **state)
{
    struct mail_report r;
    struct error err = {0};
    char path[] = "/tmp/repmon-mail-XXXXXX";
    static const char text[] = "From: a@b.example\nContent-Type: text/xml\n\n" GOOD "\n";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_true(report_mail_read(fd, &kit_settings, &r, &err));
    assert_int_equal(r.kind, REPORT_DMARC);
    assert_int_equal(r.row_count, 1);
    report_mail_fini(&r);
    close(fd);
}

static void blanks_inside_of_base64_end_nothing(void **state)
{
    struct buf packed;
    (void)state;
    buf_init(&packed, 1u << 20);
    pack_gzip(GOOD, strlen(GOOD), &packed);
    kit_wrap("From: a@b.example\n", packed.data, packed.len, &mail);
    char *text = buf_take(&mail);
    char *half = strstr(text, "\n\n") + 42; /* a multiple of four letters of base64 */
    buf_init(&mail, 128u << 20);
    buf_add(&mail, text, (size_t)(half - text));
    repeat("\n          ", 2000);
    buf_str(&mail, half);
    assert_mail(REPORT_DMARC, "");
    free(text);
    buf_fini(&packed);
}

static void zeros_and_noise_are_no_report(void **state)
{
    static const char noise[] = "\0\0From: a\0b\nContent-Type: text/xml\0\n\n<feedback>\0\0\xff";
    uint32_t seed = 1;
    (void)state;
    buf_add(&mail, noise, sizeof noise);
    assert_mail(REPORT_NONE, "");
    for (int i = 0; i < 100000; i++) {
        seed = seed * 1664525u + 1013904223u;
        buf_char(&mail, (char)(seed >> 24));
    }
    assert_mail(REPORT_NONE, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bombs_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(xml_that_never_ends_a_thing_is_given_up, setup, teardown),
        cmocka_unit_test_setup_teardown(ten_thousand_attachments_are_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_are_nested_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(header_fields_are_long_or_many, setup, teardown),
        cmocka_unit_test(a_mail_or_file_that_is_too_large_is_not_read),
        cmocka_unit_test(a_mail_is_read_from_its_start_wherever_the_file_stands),
        cmocka_unit_test_setup_teardown(blanks_inside_of_base64_end_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(zeros_and_noise_are_no_report, setup, teardown),
    };
    return report_mail_supported() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
