/* SPDX-License-Identifier: ISC */
/* What DMARC aggregates look like besides what the RFCs show, one oddity a case. */
#include "report_kit.h"

#define META                                                                                       \
    "<report_metadata><org_name>Org</org_name><report_id>r1</report_id><date_range>"               \
    "<begin>1795392000</begin><end>1795478399</end></date_range></report_metadata>"
#define POLICY "<policy_published><domain>example.org</domain><p>none</p></policy_published>"
#define ROW(n)                                                                                     \
    "<row><source_ip>203.0.113.5</source_ip><count>" #n "</count><policy_evaluated>"               \
    "<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>"
#define FROM "<identifiers><header_from>example.org</header_from></identifiers>"
#define AUTH                                                                                       \
    "<auth_results><dkim><domain>example.org</domain><selector>s1</selector><result>pass</result>" \
    "</dkim></auth_results>"
#define RECORD(n)       "<record>" ROW(n) FROM AUTH "</record>"
#define REPORT(records) "<feedback>" META POLICY records "</feedback>"
#define DECLARED        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static uint64_t sum(const struct mail_report *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->row_count; i++)
        n += r->rows[i].count;
    return n;
}

/* Reads a report that must be whole, of so many mails. */
static void assert_sum(const char *xml, uint64_t mails, size_t skipped)
{
    struct mail_report r = kit_attached(xml);
    if (r.kind != REPORT_DMARC)
        fail_msg("%s: %s of %.300s", report_kind_word(r.kind), r.problem, xml);
    if (sum(&r) != mails || r.skipped != skipped)
        fail_msg("%lu mails, %zu skipped of %.300s", (unsigned long)sum(&r), r.skipped, xml);
    report_mail_fini(&r);
}

static void assert_bad(const char *xml, const char *problem)
{
    struct mail_report r = kit_attached(xml);
    if (r.kind != REPORT_BAD || !strstr(r.problem, problem))
        fail_msg("%s: \"%s\" of %.300s", report_kind_word(r.kind), r.problem, xml);
    assert_null(r.rows);
    assert_int_equal(r.row_count + r.auth_count + r.skipped, 0);
    report_mail_fini(&r);
}

static void the_declaration_costs_no_report(void **state)
{
    static const char *const before[] = {
        "",
        DECLARED,
        "\xef\xbb\xbf" DECLARED,
        "\xef\xbb\xbf\n\xef\xbb\xbf" DECLARED,
        "\n  " DECLARED "\n",
        "<?xml version=\"1.0\" encoding=\"uft-8\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
        "<?xml version='1.1' encoding=windows-1252 standalone?>",
        "<?xml >",
        "<?xml version=\"1.0\" encoding=\"\"?>",
        "<!-- by some tool -->",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(before); i++) {
        char xml[4096];
        snprintf(xml, sizeof xml, "%s%s", before[i], REPORT(RECORD(7) RECORD(5)));
        assert_sum(xml, 12, 0);
    }
}

static void the_namespace_does_not_decide(void **state)
{
    static const char *const roots[][2] = {
        {"<feedback>", "</feedback>"},
        {"<feedback xmlns=\"http://dmarc.org/dmarc-xml/0.1\">", "</feedback>"},
        {"<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">", "</feedback>"},
        {"<feedback xmlns=\"urn:of-somebody\" lang=\"en\">", "</feedback>"},
        {"<d:feedback xmlns:d=\"urn:ietf:params:xml:ns:dmarc-2.0\">", "</d:feedback>"},
        {"<feedback xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
         "xsi:noNamespaceSchemaLocation=\"dmarc.xsd\"><version>1.0</version>",
         "</feedback>"},
        {"<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><feedback>",
         "</feedback></xs:schema>"},
        {"<xs:schema><feedback>", "</feedback>"},
        {"<feedback>", "</feedback></xs:schema>"},
        {"<feedback>", "</feedback>\n\n<!-- end -->trailing"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(roots); i++) {
        char xml[4096];
        snprintf(xml, sizeof xml, "%s%s%s", roots[i][0], META POLICY RECORD(3) RECORD(4),
                 roots[i][1]);
        assert_sum(xml, 7, 0);
    }
}

static void a_prefix_on_every_element_is_the_same_report(void **state)
{
    (void)state;
    assert_sum("<d:feedback xmlns:d=\"urn:ietf:params:xml:ns:dmarc-2.0\"><d:report_metadata>"
               "<d:report_id>1</d:report_id><d:date_range><d:begin>1795392000</d:begin>"
               "<d:end>1795478399</d:end></d:date_range></d:report_metadata><d:record><d:row>"
               "<d:count>6</d:count><d:source_ip>203.0.113.5</d:source_ip></d:row></d:record>"
               "</d:feedback>",
               6, 0);
}

static void what_is_foreign_is_passed_over_with_all_that_is_in_it(void **state)
{
    (void)state;
    assert_sum("<feedback xmlns:x=\"urn:x\">" META POLICY
               "<extension>" RECORD(900) "</extension><x:record>" ROW(800) "</x:record>" RECORD(
                   2) "<record><x:row>"
                      "<count>700</count></x:row>" ROW(1) FROM AUTH
               "<note>" ROW(600) "</note></record>"
                                 "</feedback>",
               3, 0);
}

static void a_missing_end_tag_is_forgiven_where_it_is_clear(void **state)
{
    (void)state;
    /* of row, of a text, of auth_results, of record */
    assert_sum(REPORT("<record><row><source_ip>203.0.113.5</source_ip><count>4</count>" FROM AUTH
                      "</record>" RECORD(3)),
               7, 0);
    assert_sum(REPORT("<record><row><source_ip>203.0.113.5</source_ip><count>4</count>"
                      "<policy_evaluated><disposition>none<dkim>pass</dkim></policy_evaluated>"
                      "</row>" FROM AUTH "</record>" RECORD(3)),
               7, 0);
    assert_sum(REPORT("<record>" ROW(4) FROM "<auth_results></record>" RECORD(3)), 7, 0);
    assert_sum(REPORT("<record>" ROW(4) FROM AUTH RECORD(3)), 7, 0);
    assert_sum("<feedback>" META POLICY RECORD(2) "<record>" ROW(4) FROM AUTH "</feedback>", 6, 0);
}

static void an_end_that_is_missing_or_stray_is_refused(void **state)
{
    static const char whole[] = REPORT(RECORD(7) RECORD(5));
    (void)state;
    for (size_t len = sizeof whole - 2 - 8; len > 20; len -= 7) {
        char xml[sizeof whole];
        memcpy(xml, whole, len);
        xml[len] = '\0';
        assert_bad(xml, "cut off");
    }
    assert_bad(REPORT("<record>" ROW(4) "</row></record>" RECORD(3)), "never began");
    assert_bad(REPORT(RECORD(3) "</record>" RECORD(4)), "never began");
}

static void text_that_is_no_xml_costs_a_letter(void **state)
{
    static const char *const names[] = {"AT&T",          "A & B",          "a&nbsp;b",
                                        "Soci\xe9t\xe9", "\x01\x02x",      "cut \xe2\x82",
                                        "\xed\xa0\x80",  "<![CDATA[x<y]]>"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char xml[4096];
        snprintf(xml, sizeof xml,
                 DECLARED "<feedback><report_metadata><org_name>%s</org_name><report_id>1"
                          "</report_id><date_range><begin>1795392000</begin><end>1795478399</end>"
                          "</date_range></report_metadata>" POLICY RECORD(9) "</feedback>",
                 names[i]);
        assert_sum(xml, 9, 0);
    }
    struct mail_report r =
        kit_attached("<?xml version=\"1.0\" encoding=\"windows-1252\"?><feedback>"
                     "<report_metadata><org_name>\x93Soci\xe9t\xe9</org_name><date_range>"
                     "<begin>1795392000</begin><end>1795478399</end></date_range>"
                     "</report_metadata></feedback>");
    assert_int_equal(r.kind, REPORT_DMARC);
    assert_string_equal(r.reporter, "?Soci\xc3\xa9t\xc3\xa9"); /* no letter of Latin-1 */
    report_mail_fini(&r);
}

/* The record's values as they are written, and what they are read as. */
static struct mail_report with_row(const char *row)
{
    char xml[4096];
    snprintf(xml, sizeof xml, REPORT("<record>%s</record>"), row);
    struct mail_report r = kit_attached(xml);
    assert_int_equal(r.kind, REPORT_DMARC);
    return r;
}

static void a_count_is_a_number_of_mails_or_the_record_says_nothing(void **state)
{
    static const struct {
        const char *count;
        uint64_t mails;
    } cases[] = {{"1", 1},
                 {" 12\n", 12},
                 {"1000000000000", 1000000000000},
                 {"0", 0},
                 {"-7", 0},
                 {"+7", 0},
                 {"7.0", 0},
                 {"1e9", 0},
                 {"", 0},
                 {"many", 0},
                 {"1000000000001", 0},
                 {"18446744073709551617", 0},
                 {"99999999999999999999999999", 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[512];
        snprintf(row, sizeof row, "<row><source_ip>203.0.113.5</source_ip><count>%s</count></row>",
                 cases[i].count);
        struct mail_report r = with_row(row);
        if (sum(&r) != cases[i].mails || r.skipped != (cases[i].mails == 0))
            fail_msg("a count of %s", cases[i].count);
        report_mail_fini(&r);
    }
}

static void a_record_that_says_nothing_leaves_no_results(void **state)
{
    (void)state;
    struct mail_report r =
        kit_attached(REPORT("<record><row><count>3</count></row>" AUTH "</record>" RECORD(4)));
    assert_int_equal(r.row_count, 1);
    assert_int_equal(r.skipped, 1);
    assert_int_equal(r.auth_count, 1);
    assert_int_equal(r.rows[0].first_auth, 0);
    report_mail_fini(&r);
}

static void an_address_is_read_as_it_may_be_written(void **state)
{
    static const char *const cases[][2] = {
        {"203.0.113.5", "203.0.113.5"},
        {" 203.0.113.5 ", "203.0.113.5"},
        {"[203.0.113.5]", "203.0.113.5"},
        {"2001:DB8:25:0::5", "2001:db8:25::5"},
        {"::ffff:203.0.113.5", "203.0.113.5"},
        {"", ""},
        {"203.0.113", ""},
        {"203.0.113.005", ""},
        {"203.0.113.5/32", ""},
        {"mx1.example.org", ""},
        {"203.0.113.5 198.51.100.1", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[512];
        snprintf(row, sizeof row, "<row><source_ip>%s</source_ip><count>1</count></row>",
                 cases[i][0]);
        struct mail_report r = with_row(row);
        assert_int_equal(r.row_count, cases[i][1][0] != '\0');
        if (r.row_count)
            assert_string_equal(kit_ip(&r.rows[0].ip), cases[i][1]);
        report_mail_fini(&r);
    }
}

static void words_are_read_in_any_case_and_unknown_ones_stay_unknown(void **state)
{
    (void)state;
    struct mail_report r =
        with_row("<row><source_ip>203.0.113.5</source_ip><count>1</count>"
                 "<policy_evaluated><disposition>Hold</disposition><dkim>PASS</dkim>"
                 "<spf>maybe</spf><reason><type>Forwarded</type></reason><reason/>"
                 "<reason><type>mailing_list</type><comment>forwarded</comment>"
                 "</reason><reason><type>arc</type></reason></policy_evaluated></row>"
                 "<identities><header_from>EXAMPLE.org.</header_from>"
                 "<envelope_from>x@Bounce.Example.Org</envelope_from></identities>"
                 "<auth_results><dkim><domain>Example.org</domain>"
                 "<result>Pass</result></dkim><dkim><selector>s</selector></dkim>"
                 "<spf><domain>example.net</domain><scope>helo</scope>"
                 "<result>softfail</result></spf><spf><domain>example.org</domain>"
                 "<result>FAIL</result></spf></auth_results>");
    assert_int_equal(r.row_count, 1);
    const struct report_row *row = &r.rows[0];
    assert_int_equal(row->disposition, REPORT_DISPOSITION_UNKNOWN);
    assert_int_equal(row->dkim, REPORT_PASS);
    assert_int_equal(row->spf, REPORT_RESULT_UNKNOWN);
    assert_int_equal(report_row_aligned(row), REPORT_PASS);
    assert_int_equal(row->reasons, REPORT_FORWARDED | REPORT_MAILING_LIST | REPORT_OTHER_REASON);
    assert_string_equal(row->header_from, "example.org");
    assert_string_equal(row->envelope_from, "bounce.example.org");
    assert_int_equal(row->auth_count, 3); /* a signature without a domain says nothing */
    assert_true(r.auths[0].dkim);
    assert_int_equal(r.auths[0].result, REPORT_PASS);
    assert_string_equal(r.auths[0].selector, "");
    assert_true(r.auths[1].helo);
    assert_int_equal(r.auths[1].result, REPORT_RESULT_UNKNOWN);
    assert_int_equal(r.auths[2].result, REPORT_FAIL);
    assert_false(r.auths[2].helo);
    report_mail_fini(&r);
}

static void only_two_failures_are_a_failure(void **state)
{
    static const struct {
        enum report_result dkim, spf, both;
    } cases[] = {
        {REPORT_PASS, REPORT_PASS, REPORT_PASS},
        {REPORT_PASS, REPORT_FAIL, REPORT_PASS},
        {REPORT_RESULT_UNKNOWN, REPORT_PASS, REPORT_PASS},
        {REPORT_FAIL, REPORT_FAIL, REPORT_FAIL},
        {REPORT_FAIL, REPORT_RESULT_UNKNOWN, REPORT_RESULT_UNKNOWN},
        {REPORT_RESULT_UNKNOWN, REPORT_RESULT_UNKNOWN, REPORT_RESULT_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report_row row = {.dkim = cases[i].dkim, .spf = cases[i].spf};
        assert_int_equal(report_row_aligned(&row), cases[i].both);
    }
}

static void the_range_must_be_one_that_can_be(void **state)
{
    static const struct {
        const char *begin, *end, *problem; /* NULL: it is one */
    } cases[] = {
        {"1795392000", "1795478399", NULL},
        {"1795392000.5", " 1795651199 ", NULL},
        {"1795478399", "1795478399", NULL},
        {"1795478399", "1795392000", "ends before it begins"},
        {"0", "86399", "no date range"},
        {"3600", "90000", "older than DMARC"},
        {"4121020800", "4121107199", "in the future"},
        {"1795392000", "1805392000", "longer than a month"},
        {"1795392000000", "1795478399000", "no date range"},
        {"-1", "1795478399", "no date range"},
        {"", "", "no date range"},
        {"2026-11-23", "2026-11-24", "no date range"},
        {"99999999999999999999999", "99999999999999999999999", "no date range"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char xml[4096];
        snprintf(xml, sizeof xml,
                 "<feedback><report_metadata><report_id>1</report_id><date_range><begin>%s</begin>"
                 "<end>%s</end></date_range></report_metadata>" POLICY RECORD(1) "</feedback>",
                 cases[i].begin, cases[i].end);
        if (cases[i].problem)
            assert_bad(xml, cases[i].problem);
        else
            assert_sum(xml, 1, 0);
    }
}

static void a_doctype_is_refused_before_anything_of_it_is_read(void **state)
{
    (void)state;
    assert_bad("<!DOCTYPE feedback [<!ENTITY a \"b\">]>" REPORT(RECORD(1)), "DOCTYPE");
    assert_bad("<!DOCTYPE feedback SYSTEM \"http://192.0.2.1/dmarc.dtd\">" REPORT(RECORD(1)),
               "DOCTYPE");
    assert_bad(DECLARED "\n<!-- a --><!DOCTYPE\nfeedback PUBLIC \"x\" \"y\">" REPORT(RECORD(1)),
               "DOCTYPE");
    struct mail_report r = kit_attached("<!DOCTYPE html><html><body>feedback</body></html>");
    assert_int_equal(r.kind, REPORT_NONE);
    report_mail_fini(&r);
}

/* The text in UTF-16, with or without its mark. */
static void utf16(const char *text, bool big, bool mark, struct buf *out)
{
    if (mark)
        buf_add(out, big ? "\xfe\xff" : "\xff\xfe", 2);
    for (; *text; text++) {
        char pair[2] = {big ? '\0' : *text, big ? *text : '\0'};
        buf_add(out, pair, 2);
    }
}

static void utf16_is_read_and_hides_no_doctype(void **state)
{
    static const char *const texts[] = {
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" REPORT(RECORD(8)),
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><!DOCTYPE feedback [<!ENTITY a \"b\">]>" REPORT(
            RECORD(8))};
    (void)state;
    for (unsigned way = 0; way < 8; way++) {
        struct buf xml;
        struct buf mail;
        struct mail_report r;
        buf_init(&xml, 1u << 20);
        buf_init(&mail, 1u << 20);
        utf16(texts[way & 1], way & 2, way & 4, &xml);
        kit_wrap("From: a@provider.example\n", xml.data, xml.len, &mail);
        report_mail_parse(mail.data, mail.len, &kit_settings, &r);
        if (way & 1)
            assert_non_null(strstr(r.problem, "DOCTYPE"));
        assert_int_equal(r.kind, way & 1 ? REPORT_BAD : REPORT_DMARC);
        assert_int_equal(sum(&r), way & 1 ? 0 : 8);
        report_mail_fini(&r);
        buf_fini(&xml);
        buf_fini(&mail);
    }
}

static void what_is_wrong_is_printed_nowhere(void **state)
{
    /* a half of a pair of UTF-16 alone, half a letter, and what is not well-formed */
    static const char *const ends[] = {"\0\xd8"
                                       "A\0",
                                       "\0\xdc"
                                       "A\0",
                                       "\xd8", "<\0&\0<\0"};
    static const size_t lens[] = {4, 4, 1, 6};
    char path[] = "/tmp/repmon-stderr-XXXXXX";
    int fd = mkstemp(path);
    int before = dup(2);
    (void)state;
    assert_true(fd >= 0 && before >= 0);
    unlink(path);
    dup2(fd, 2);
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct buf xml;
        struct buf mail;
        struct mail_report r;
        buf_init(&xml, 1u << 20);
        buf_init(&mail, 1u << 20);
        utf16("<feedback><record>", false, true, &xml);
        buf_add(&xml, ends[i], lens[i]);
        utf16("</record>", false, false, &xml);
        kit_wrap("From: a@provider.example\n", xml.data, xml.len, &mail);
        report_mail_parse(mail.data, mail.len, &kit_settings, &r);
        assert_int_equal(r.kind, REPORT_BAD);
        report_mail_fini(&r);
        buf_fini(&xml);
        buf_fini(&mail);
    }
    dup2(before, 2);
    assert_int_equal(lseek(fd, 0, SEEK_END), 0);
    close(before);
    close(fd);
}

static void depth_and_records_have_their_limits(void **state)
{
    struct buf xml;
    (void)state;
    assert_bad(REPORT("<x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x>"),
               "nested deeper than 16");
    buf_init(&xml, 64u << 20);
    buf_str(&xml, "<feedback>" META);
    for (size_t i = 0; i <= REPORT_ROWS_MAX; i++)
        buf_str(&xml, "<record/>");
    buf_str(&xml, "</feedback>");
    assert_bad(buf_text(&xml), "more than 200,000 records");
    buf_fini(&xml);
}

static void what_is_no_report_is_none(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "hello",
                                        "<",
                                        "<html><body><feedback/></body></html>",
                                        "<rss><feedback/></rss>",
                                        "<?xml version=\"1.0\"?>",
                                        "< feedback>",
                                        "{}",
                                        "{\"policies\":[]}"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct mail_report r = kit_attached(texts[i]);
        if (r.kind != REPORT_NONE)
            fail_msg("%s is %s: %s", texts[i], report_kind_word(r.kind), r.problem);
        report_mail_fini(&r);
    }
}

static void the_text_of_a_report_is_clean_and_short(void **state)
{
    struct buf xml;
    (void)state;
    buf_init(&xml, 1u << 20);
    buf_str(&xml, "<feedback><report_metadata><org_name>a\nb \xe2\x80\xae c</org_name><report_id>");
    for (int i = 0; i < 900; i++)
        buf_char(&xml, 'x');
    buf_str(&xml, "</report_id><date_range><begin>1795392000</begin><end>1795478399</end>"
                  "</date_range></report_metadata><policy_published><domain>ex ample.org; rm"
                  "</domain></policy_published></feedback>");
    struct mail_report r = kit_attached(buf_text(&xml));
    assert_int_equal(r.kind, REPORT_DMARC);
    assert_null(strpbrk(r.reporter, "\n\xe2"));
    assert_true(strlen(r.id) < sizeof r.id);
    assert_string_equal(r.domain, "");
    report_mail_fini(&r);
    buf_fini(&xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_declaration_costs_no_report),
        cmocka_unit_test(the_namespace_does_not_decide),
        cmocka_unit_test(a_prefix_on_every_element_is_the_same_report),
        cmocka_unit_test(what_is_foreign_is_passed_over_with_all_that_is_in_it),
        cmocka_unit_test(a_missing_end_tag_is_forgiven_where_it_is_clear),
        cmocka_unit_test(an_end_that_is_missing_or_stray_is_refused),
        cmocka_unit_test(text_that_is_no_xml_costs_a_letter),
        cmocka_unit_test(a_count_is_a_number_of_mails_or_the_record_says_nothing),
        cmocka_unit_test(a_record_that_says_nothing_leaves_no_results),
        cmocka_unit_test(an_address_is_read_as_it_may_be_written),
        cmocka_unit_test(words_are_read_in_any_case_and_unknown_ones_stay_unknown),
        cmocka_unit_test(only_two_failures_are_a_failure),
        cmocka_unit_test(the_range_must_be_one_that_can_be),
        cmocka_unit_test(a_doctype_is_refused_before_anything_of_it_is_read),
        cmocka_unit_test(utf16_is_read_and_hides_no_doctype),
        cmocka_unit_test(what_is_wrong_is_printed_nowhere),
        cmocka_unit_test(depth_and_records_have_their_limits),
        cmocka_unit_test(what_is_no_report_is_none),
        cmocka_unit_test(the_text_of_a_report_is_clean_and_short),
    };
    return report_mail_supported() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
