/* SPDX-License-Identifier: ISC */
/* Every sample of a report that a receiver sends, after the shapes that are documented. */
#include "report_kit.h"

#include "source/reports/dmarc_whose.h"

/* The mail of the complaint, and when it arrived at the provider. */
#define MAILED  1795507869 /* Tue, 24 Nov 2026 08:11:09 +0000 */
#define ARRIVED 1795464131 /* Mon, 23 Nov 2026 20:02:11 +0000 */

static void every_feedback_report_has_its_kind_address_and_date(void **state)
{
    static const struct {
        const char *file;
        enum report_kind kind;
        const char *ip;
        uint32_t incidents;
        time_t arrived;
        const char *domain, *host;
        bool jmrp;
    } cases[] = {
        {"arf-full.eml", REPORT_COMPLAINT, "203.0.113.5", 1, ARRIVED, "example.org",
         "in7.provider.example", false},
        {"arf-ipv6.eml", REPORT_COMPLAINT, "2001:db8:25::5", 1, MAILED, "example.org",
         "in7.provider.example", false},
        {"arf-yahoo.eml", REPORT_COMPLAINT, "203.0.113.5", 1, ARRIVED, "example.org",
         "in7.provider.example", false},
        {"arf-validity-v2.eml", REPORT_COMPLAINT, "203.0.113.5", 1, ARRIVED, "",
         "in7.provider.example", false},
        {"arf-auth-failure.eml", REPORT_AUTH_FAILURE, "", 1, ARRIVED, "example.org",
         "provider.example", false},
        {"arf-not-spam.eml", REPORT_NOT_SPAM, "203.0.113.5", 1, MAILED, "", "in7.provider.example",
         false},
        {"arf-ses-date.eml", REPORT_COMPLAINT, "203.0.113.5", 3, ARRIVED, "",
         "in7.provider.example", false},
        {"arf-twice.eml", REPORT_COMPLAINT, "203.0.113.5", 1, MAILED, "", "in7.provider.example",
         false},
        {"jmrp-old.eml", REPORT_COMPLAINT, "203.0.113.5", 1, MAILED, "", "in7.provider.example",
         true},
        {"jmrp-new-sparse.eml", REPORT_COMPLAINT, "203.0.113.5", 1, MAILED, "",
         "am0sample03.mail.protection.outlook.example", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mail_report r = kit_read(cases[i].file);
        if (r.kind != cases[i].kind)
            fail_msg("%s is %s", cases[i].file, report_kind_word(r.kind));
        assert_string_equal(kit_ip(&r.complaint.ip), cases[i].ip);
        assert_int_equal(r.complaint.incidents, cases[i].incidents);
        assert_int_equal(r.complaint.arrived, cases[i].arrived);
        assert_string_equal(r.complaint.domain, cases[i].domain);
        assert_string_equal(r.complaint.receiver_host, cases[i].host);
        assert_int_equal(r.complaint.jmrp, cases[i].jmrp);
        assert_int_equal(r.date, MAILED);
        report_mail_fini(&r);
    }
}

static void only_the_report_that_our_server_vouches_for_is_proven(void **state)
{
    (void)state;
    struct mail_report r = kit_read("arf-yahoo.eml");
    assert_int_equal(r.proof, REPORT_PROVEN);
    assert_string_equal(r.sender, "arf.mail.yahoo.com");
    assert_string_equal(r.complaint.receiver, "yahoo");
    report_mail_fini(&r);
    r = kit_read("arf-full.eml");
    assert_int_equal(r.proof, REPORT_PROOF_ABSENT);
    assert_string_equal(r.sender, "provider.example");
    report_mail_fini(&r);
}

/* "ip count disposition dkim spf reasons from results" of a row. */
static void assert_row(const struct mail_report *r, size_t i, const char *ip, uint64_t count,
                       enum report_disposition disposition, enum report_result dkim,
                       enum report_result spf, unsigned reasons, size_t auths)
{
    assert_true(i < r->row_count);
    const struct report_row *row = &r->rows[i];
    assert_string_equal(kit_ip(&row->ip), ip);
    assert_int_equal(row->count, count);
    assert_int_equal(row->disposition, disposition);
    assert_int_equal(row->dkim, dkim);
    assert_int_equal(row->spf, spf);
    assert_int_equal(row->reasons, reasons);
    assert_string_equal(row->header_from, "example.org");
    assert_int_equal(row->auth_count, auths);
}

static void the_old_form_is_the_same_in_every_wrapping(void **state)
{
    static const char *const files[] = {
        "dmarc-7489.xml",   "dmarc-7489.xml.gz", "dmarc-7489.zip",        "dmarc-gzip-named.zip",
        "dmarc-folder.zip", "dmarc-report.eml",  "dmarc-report-octet.eml"};
    uint8_t hash[SHA256_BYTES];
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct mail_report r = kit_read(files[i]);
        if (r.kind != REPORT_DMARC)
            fail_msg("%s is %s: %s", files[i], report_kind_word(r.kind), r.problem);
        assert_string_equal(r.id, "20261123-81");
        assert_int_equal(r.begin, 1795392000);
        assert_int_equal(r.end, 1795478399);
        assert_string_equal(r.reporter, "provider.example");
        assert_string_equal(r.domain, "example.org");
        assert_int_equal(r.row_count, 3);
        assert_int_equal(r.skipped, 0);
        assert_row(&r, 0, "203.0.113.5", 412, REPORT_DISPOSITION_NONE, REPORT_PASS, REPORT_PASS, 0,
                   2);
        assert_row(&r, 1, "203.0.113.5", 9, REPORT_QUARANTINE, REPORT_FAIL, REPORT_FAIL, 0, 2);
        assert_row(&r, 2, "198.51.100.77", 30, REPORT_DISPOSITION_NONE, REPORT_FAIL, REPORT_FAIL,
                   REPORT_FORWARDED, 1);
        if (i == 0)
            memcpy(hash, r.hash, sizeof hash);
        assert_memory_equal(hash, r.hash, sizeof hash);
        report_mail_fini(&r);
    }
}

static void the_new_form_keeps_what_is_its_own_and_no_foreign_row(void **state)
{
    (void)state;
    struct mail_report r = kit_read("dmarc-9990.xml");
    assert_int_equal(r.kind, REPORT_DMARC);
    assert_string_equal(r.id, "b7f0c1@provider.example");
    assert_string_equal(r.reporter, "Provider Example");
    assert_int_equal(r.begin, 1795392000);
    assert_int_equal(r.end, 1795478399);
    assert_int_equal(r.row_count, 2);
    assert_row(&r, 0, "2001:db8:25::5", 77, REPORT_DISPOSITION_NONE, REPORT_PASS, REPORT_FAIL, 0,
               2);
    assert_string_equal(r.rows[0].envelope_from, "bounce.example.org");
    assert_string_equal(r.auths[0].selector, "s2026");
    assert_row(&r, 1, "203.0.113.5", 2, REPORT_REJECT, REPORT_FAIL, REPORT_FAIL,
               REPORT_LOCAL_POLICY, 0);
    report_mail_fini(&r);
}

static void an_odd_report_gives_its_good_record_and_counts_the_others(void **state)
{
    (void)state;
    struct mail_report r = kit_read("dmarc-odd.xml");
    assert_int_equal(r.kind, REPORT_DMARC);
    assert_string_equal(r.id, "81.1@provider.example");
    assert_string_equal(r.reporter, "provider.example"); /* of the mail: org_name is empty */
    assert_string_equal(r.domain, "example.org");
    assert_int_equal(r.begin, 1795392000);
    assert_int_equal(r.end, 1795651199);
    assert_int_equal(r.row_count, 1);
    assert_int_equal(r.skipped, 2);
    assert_row(&r, 0, "203.0.113.5", 5, REPORT_DISPOSITION_NONE, REPORT_PASS, REPORT_PASS, 0, 1);
    report_mail_fini(&r);
}

static void a_report_that_is_cut_off_or_hostile_is_refused_whole(void **state)
{
    static const struct {
        const char *file, *problem;
    } cases[] = {
        {"dmarc-truncated.xml", "cut off"},
        {"dmarc-doctype.xml", "DOCTYPE"},
        {"dmarc-bomb.xml.gz", "100 times its size"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mail_report r = kit_read(cases[i].file);
        assert_int_equal(r.kind, REPORT_BAD);
        if (!strstr(r.problem, cases[i].problem))
            fail_msg("%s: %s", cases[i].file, r.problem);
        assert_int_equal(r.row_count, 0);
        assert_null(r.rows);
        assert_int_equal(r.begin, 0);
        report_mail_fini(&r);
    }
}

static void tls_reports_are_known_and_nothing_else_of_them(void **state)
{
    static const char *const files[] = {"tlsrpt.json", "tlsrpt-empty.json", "tlsrpt-string.json"};
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct mail_report r = kit_read(files[i]);
        assert_int_equal(r.kind, REPORT_TLS);
        report_mail_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_feedback_report_has_its_kind_address_and_date),
        cmocka_unit_test(only_the_report_that_our_server_vouches_for_is_proven),
        cmocka_unit_test(the_old_form_is_the_same_in_every_wrapping),
        cmocka_unit_test(the_new_form_keeps_what_is_its_own_and_no_foreign_row),
        cmocka_unit_test(an_odd_report_gives_its_good_record_and_counts_the_others),
        cmocka_unit_test(a_report_that_is_cut_off_or_hostile_is_refused_whole),
        cmocka_unit_test(tls_reports_are_known_and_nothing_else_of_them),
    };
    return report_mail_supported() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
