/* SPDX-License-Identifier: ISC */
/* Complaints as mails: which kinds there are, and which address they are about. */
#include "report_kit.h"

#define HEAD                                                                                       \
    "From: fbl@provider.example\nDate: Tue, 24 Nov 2026 08:11:09 +0000\n"                          \
    "Message-ID: <c1@provider.example>\nSubject: Complaint\nMIME-Version: 1.0\n"                   \
    "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
#define PART(type, text) "--b\nContent-Type: " type "\n\n" text "\n"
#define MAIL(fields, original)                                                                     \
    HEAD PART("text/plain", "A complaint.") PART("message/feedback-report", fields)                \
        PART("text/rfc822-headers", original) "--b--\n"
#define ABUSE "Feedback-Type: abuse\nUser-Agent: X/1\nVersion: 1\n"
#define OURS  "Received: from mx1.example.org (mx1.example.org [203.0.113.5]) by in.example.net; x\n"

static void the_word_decides_what_is_a_complaint(void **state)
{
    static const struct {
        const char *word;
        enum report_kind kind;
    } cases[] = {
        {"abuse", REPORT_COMPLAINT},           {"Abuse", REPORT_COMPLAINT},
        {"fraud", REPORT_COMPLAINT},           {"virus", REPORT_COMPLAINT},
        {"other", REPORT_COMPLAINT},           {"x-new-word", REPORT_COMPLAINT},
        {"not-spam", REPORT_NOT_SPAM},         {"NOT-SPAM", REPORT_NOT_SPAM},
        {"opt-out", REPORT_OPT_OUT},           {"opt-out-list", REPORT_OPT_OUT},
        {"auth-failure", REPORT_AUTH_FAILURE}, {"auth-failure; x", REPORT_AUTH_FAILURE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char mail[2048];
        snprintf(mail, sizeof mail, MAIL("Feedback-Type: %s\nSource-IP: 203.0.113.5", ""),
                 cases[i].word);
        struct mail_report r = kit_mail(mail);
        if (r.kind != cases[i].kind)
            fail_msg("%s is %s", cases[i].word, report_kind_word(r.kind));
        assert_string_equal(kit_ip(&r.complaint.ip), "203.0.113.5");
        assert_string_equal(r.id, "c1@provider.example");
        report_mail_fini(&r);
    }
    struct mail_report r = kit_mail(MAIL("User-Agent: X/1\nSource-IP: 203.0.113.5", ""));
    assert_int_equal(r.kind, REPORT_BAD);
    assert_non_null(strstr(r.problem, "no Feedback-Type"));
    report_mail_fini(&r);
}

static void the_address_is_what_the_receiver_states_and_only_a_target(void **state)
{
    static const struct {
        const char *mail, *ip;
    } cases[] = {
        {MAIL(ABUSE "source-ip: 203.0.113.5:25", ""), "203.0.113.5"},
        {MAIL(ABUSE "Source-IP:\n 203.0.113.5", ""), "203.0.113.5"},
        {MAIL(ABUSE "\nSource-IP: 203.0.113.5", ""), "203.0.113.5"},
        /* what is stated and not ours ends the search */
        {MAIL(ABUSE "Source-IP: 198.51.100.9", OURS), ""},
        {MAIL(ABUSE "Source-IP: 198.51.100.9\nSource-IP: 203.0.113.5", OURS), "203.0.113.5"},
        {MAIL(ABUSE "Source-IP: unknown", OURS), "203.0.113.5"},
        {MAIL(ABUSE, OURS), "203.0.113.5"},
        {MAIL(ABUSE, "Received-SPF: pass client-ip=203.0.113.5;\n"), "203.0.113.5"},
        {MAIL(ABUSE, "Received-SPF: Pass (x) receiver=y;\n\tclient-ip=2001:db8:25::5; helo=z\n"),
         "2001:db8:25::5"},
        {MAIL(ABUSE, "Authentication-Results: spf=pass (sender IP is 203.0.113.5)\n x\n"),
         "203.0.113.5"},
        {MAIL(ABUSE, "Authentication-Results: x; iprev=pass smtp.remote-ip=203.0.113.5\n"),
         "203.0.113.5"},
        {MAIL(ABUSE, "X-Forefront-Antispam-Report: CIP:203.0.113.5;CTRY:US;LANG:en\n"),
         "203.0.113.5"},
        {MAIL(ABUSE "Received-SPF: pass client-ip=203.0.113.5", ""), "203.0.113.5"},
        /* the user's client, a server that is merely public, our address as the taker */
        {MAIL(ABUSE, "X-Originating-IP: [203.0.113.5]\n"), ""},
        {MAIL(ABUSE, "Received: from a (a [198.51.100.20]) by b; x\n"), ""},
        {MAIL(ABUSE, "Received: from a (a [198.51.100.20]) by mx1 (203.0.113.5); x\n"), ""},
        {MAIL(ABUSE, "Received: from a (a [198.51.100.20]) by b; x\n" OURS), "203.0.113.5"},
        {MAIL(ABUSE, "Subject: x\n\n" OURS), ""},
        {MAIL(ABUSE, "X-Not-client-ip=203.0.113.5: a\nReceived-SPF: pass xclient-ip=203.0.113.5\n"),
         ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mail_report r = kit_mail(cases[i].mail);
        assert_int_equal(r.kind, REPORT_COMPLAINT);
        if (strcmp(kit_ip(&r.complaint.ip), cases[i].ip) != 0)
            fail_msg("%s of:\n%s", kit_ip(&r.complaint.ip), cases[i].mail);
        report_mail_fini(&r);
    }
}

static void a_date_is_believed_where_it_can_be_true(void **state)
{
    static const struct {
        const char *date;
        time_t arrived; /* 0: that of the report */
    } cases[] = {
        {"Mon, 23 Nov 2026 20:02:11 +0000", 1795464131},
        {"Mon, 23 Nov 2026 12:02:11 PST", 1795464131},
        {"Mon, 23 Nov 2026 15:02:11 -0500 (EST", 1795464131},
        {"Mon, 23 Nov 26 20:02:11 UTC", 1795464131},
        {"2026-11-23T20:02:11Z", 1795464131},
        {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
        {"Fri, 01 Jan 2100 00:00:00 +0000", 0},
        {"Mon, 23 Nov 2020 20:02:11 +0000", 0},
        {"yesterday", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char mail[2048];
        snprintf(mail, sizeof mail, MAIL(ABUSE "Arrival-Date: %s", ""), cases[i].date);
        struct mail_report r = kit_mail(mail);
        time_t want = cases[i].arrived ? cases[i].arrived : 1795507869;
        if (r.complaint.arrived != want)
            fail_msg("%s is %ld", cases[i].date, (long)r.complaint.arrived);
        report_mail_fini(&r);
    }
}

static void incidents_are_counted_within_reason(void **state)
{
    static const struct {
        const char *text;
        uint32_t n;
    } cases[] = {{"1", 1},
                 {"3", 3},
                 {"0", 1},
                 {"-4", 1},
                 {"x", 1},
                 {"12 times", 12},
                 {"", 1},
                 {"4x", 1},
                 {"10000", 10000},
                 {"10001", 10000},
                 {"99999999999999999999", 1}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char mail[2048];
        snprintf(mail, sizeof mail, MAIL(ABUSE "Incidents: %s", ""), cases[i].text);
        struct mail_report r = kit_mail(mail);
        if (r.complaint.incidents != cases[i].n)
            fail_msg("%s: %u", cases[i].text, r.complaint.incidents);
        report_mail_fini(&r);
    }
}

static void parts_may_be_encoded_and_of_another_type(void **state)
{
    static const char *const mails[] = {
        HEAD "--b\nContent-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n"
             "RmVlZGJhY2stVHlwZTogYWJ1c2UKU291cmNlLUlQOiAyMDMuMC4xMTMuNQo=\n--b--\n",
        HEAD "--b\nContent-Type: message/feedback-report\n"
             "Content-Transfer-Encoding: quoted-printable\n\nFeedback-Type: ab=\nuse\n"
             "Source-IP: 203.0.113.=35\n--b--\n",
        HEAD PART("text/plain", "Hello")
            PART("application/octet-stream", ABUSE "Source-IP: 203.0.113.5") "--b--\n",
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" PART(
            "message/feedback-report", ABUSE "Source-IP: 203.0.113.5") "--b--\n",
        /* without its last line, and with no empty line at the end */
        HEAD PART("message/feedback-report", ABUSE "Source-IP: 203.0.113.5"),
        "From someone Tue Nov 24 08:11:09 2026\n" HEAD PART("message/feedback-report",
                                                            ABUSE "Source-IP: 203.0.113.5"),
        /* the original attached, below a mail that is attached */
        HEAD PART("message/feedback-report", ABUSE) PART("message/rfc822", OURS "\nbody") "--b--\n",
        HEAD PART("message/feedback-report", ABUSE)
            PART("text/rfc822",
                 "x") "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n" OURS
                      "Content-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n\n--b--\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(mails); i++) {
        struct mail_report r = kit_mail(mails[i]);
        if (r.kind != REPORT_COMPLAINT || strcmp(kit_ip(&r.complaint.ip), "203.0.113.5") != 0)
            fail_msg("%s about %s:\n%s", report_kind_word(r.kind), kit_ip(&r.complaint.ip),
                     mails[i]);
        report_mail_fini(&r);
    }
}

static void a_report_inside_of_the_original_is_not_one(void **state)
{
    (void)state;
    /* somebody complains about a mail that carries a report */
    struct mail_report r =
        kit_mail(HEAD PART("message/feedback-report", ABUSE "Source-IP: 203.0.113.5")
                     PART("message/rfc822", "Content-Type: text/xml\n\n<feedback>"
                                            "</feedback>") "--b--\n");
    assert_int_equal(r.kind, REPORT_COMPLAINT);
    report_mail_fini(&r);
    /* somebody forwards a complaint, or a report, as an attached mail */
    r = kit_mail("From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
                 "Content-Type: message/rfc822\n\n" MAIL(ABUSE, "") "\n--x--\n");
    assert_int_equal(r.kind, REPORT_NONE);
    report_mail_fini(&r);
}

static void the_old_jmrp_is_known_by_subject_and_attached_mail(void **state)
{
    static const char head[] = "From: staff@hotmail.com\nSubject: %s\nContent-Type: "
                               "multipart/mixed; boundary=b\n\n" PART("%s", "%s") "--b--\n";
    static const struct {
        const char *subject, *type, *original;
        enum report_kind kind;
        const char *ip;
    } cases[] = {
        {"complaint about message from 203.0.113.5", "message/rfc822", "Subject: x\n\nx",
         REPORT_COMPLAINT, "203.0.113.5"},
        {"Complaint about message from [2001:db8:25::5]", "message/rfc822", "Subject: x\n\nx",
         REPORT_COMPLAINT, "2001:db8:25::5"},
        {"=?utf-8?Q?complaint_about_message_from_203=2E0=2E113=2E5?=", "message/rfc822",
         "A: x\n\nx", REPORT_COMPLAINT, "203.0.113.5"},
        {"complaint about message from 198.51.100.9", "message/rfc822", "A: x\n\nx",
         REPORT_COMPLAINT, ""},
        {"complaint about message from 203.0.113.5", "text/plain", "x", REPORT_NONE, ""},
        {"Re: complaint about message from 203.0.113.5", "message/rfc822", "A: x\n\nx", REPORT_NONE,
         ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char mail[2048];
        snprintf(mail, sizeof mail, head, cases[i].subject, cases[i].type, cases[i].original);
        struct mail_report r = kit_mail(mail);
        if (r.kind != cases[i].kind || strcmp(kit_ip(&r.complaint.ip), cases[i].ip) != 0)
            fail_msg("%s: %s about %s", cases[i].subject, report_kind_word(r.kind),
                     kit_ip(&r.complaint.ip));
        assert_int_equal(r.complaint.jmrp, r.kind == REPORT_COMPLAINT);
        report_mail_fini(&r);
    }
}

static void a_resend_has_the_hash_of_the_first(void **state)
{
    (void)state;
    struct mail_report a = kit_mail(MAIL(ABUSE "Source-IP: 203.0.113.5", OURS));
    struct mail_report b =
        kit_mail("X-Passed: by another way\n" MAIL(ABUSE "Source-IP: 203.0.113.5", OURS));
    struct mail_report c =
        kit_mail(MAIL(ABUSE "Source-IP: 203.0.113.5", OURS "Message-ID: <2@x>\n"));
    assert_memory_equal(a.hash, b.hash, sizeof a.hash);
    assert_memory_not_equal(a.hash, c.hash, sizeof a.hash);
    report_mail_fini(&a);
    report_mail_fini(&b);
    report_mail_fini(&c);
}

static void bounces_are_known_and_other_mail_is_none(void **state)
{
    static const struct {
        const char *mail;
        enum report_kind kind;
    } cases[] = {
        {"From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; "
         "report-type=delivery-status; boundary=b\n\n" PART("text/plain", "x")
             PART("message/delivery-status", "Reporting-MTA: dns; x\n\nStatus: 5.7.1") "--b--\n",
         REPORT_BOUNCE},
        {"Return-Path: <>\nFrom: Mail Delivery System <Mailer-Daemon@x.example>\n"
         "X-Failed-Recipients: a@b.example\nSubject: Mail delivery failed\n\nx\n",
         REPORT_BOUNCE},
        {"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: failure notice\n\nHi.\n",
         REPORT_BOUNCE},
        {"Return-Path: <a@b.example>\nFrom: postmaster@b.example\n\nHello\n", REPORT_NONE},
        {"From: a@b.example\nSubject: Report Domain: example.org\n\nno report\n", REPORT_NONE},
        {"Subject: spam\nContent-Type: text/html\n\n<!DOCTYPE html><p>buy</p>\n", REPORT_NONE},
        {"\n", REPORT_NONE},
        {"", REPORT_NONE},
        {"no header at all", REPORT_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mail_report r = kit_mail(cases[i].mail);
        if (r.kind != cases[i].kind)
            fail_msg("%s of:\n%s", report_kind_word(r.kind), cases[i].mail);
        report_mail_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_word_decides_what_is_a_complaint),
        cmocka_unit_test(the_address_is_what_the_receiver_states_and_only_a_target),
        cmocka_unit_test(a_date_is_believed_where_it_can_be_true),
        cmocka_unit_test(incidents_are_counted_within_reason),
        cmocka_unit_test(parts_may_be_encoded_and_of_another_type),
        cmocka_unit_test(a_report_inside_of_the_original_is_not_one),
        cmocka_unit_test(the_old_jmrp_is_known_by_subject_and_attached_mail),
        cmocka_unit_test(a_resend_has_the_hash_of_the_first),
        cmocka_unit_test(bounces_are_known_and_other_mail_is_none),
    };
    return report_mail_supported() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
