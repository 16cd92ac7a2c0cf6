/* SPDX-License-Identifier: ISC */
/* Who sent a report: what our own mail server says of it, and what a forger would like it to say.
 */
#include "report_kit.h"

#include "source/reports/auth_results.h"
#include "source/reports/received.h"
#include "source/reports/sender.h"

#define OURS "Authentication-Results: mx1.example.org;"
#define TAKEN                                                                                      \
    "Received: from out.example.net (out.example.net [198.51.100.9])\n\tby mx1.example.org "       \
    "(Postfix) with ESMTPS id 4k2; Tue, 24 Nov 2026 08:11:09 +0000\n"
#define FOREIGN                                                                                    \
    "Received: from a.example.net (a.example.net [198.51.100.7])\n by out.example.net with ESMTP " \
    "id 1; Tue, 24 Nov 2026 08:11:08 +0000\n"
#define GOOGLE "From: noreply-dmarc-support@google.com\n"

static const char *const reporters[] = {"reports.example.net"};
static struct report_settings settings;

static int setup(void **state)
{
    (void)state;
    settings = kit_settings;
    settings.reporters = reporters;
    settings.reporter_count = 1;
    return 0;
}

struct sender_case {
    const char *header;
    enum report_proof proof;
    const char *sender;
};

static void assert_senders(const struct sender_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sender s;
        sender_read(cases[i].header, strlen(cases[i].header), &settings, &s);
        if (s.proof != cases[i].proof || strcmp(s.domain, cases[i].sender) != 0)
            fail_msg("%d by %s of:\n%s", s.proof, s.domain, cases[i].header);
    }
}

static void a_signature_of_a_known_reporter_proves(void **state)
{
    static const struct sender_case cases[] = {
        {OURS " dkim=pass header.d=google.com\n" GOOGLE, REPORT_PROVEN, "google.com"},
        {TAKEN OURS "\n dkim=pass (2048-bit key)\n  header.d=Google.com header.s=x\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
        {OURS " dkim=pass header.i=@sub.google.com\n" GOOGLE, REPORT_PROVEN, "sub.google.com"},
        {OURS " spf=fail smtp.mailfrom=x; dkim=fail header.d=google.com; dkim=pass "
              "header.d=arf.mail.yahoo.com\n",
         REPORT_PROVEN, "arf.mail.yahoo.com"},
        {"authentication-results: MX1.Example.ORG 1; dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
        {OURS " dkim=pass header.d=reports.example.net\nFrom: a@elsewhere.example\n", REPORT_PROVEN,
         "reports.example.net"},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void an_aligned_from_of_a_known_reporter_proves(void **state)
{
    static const struct sender_case cases[] = {
        {OURS " dmarc=pass (p=reject) header.from=google.com\n" GOOGLE, REPORT_PROVEN,
         "google.com"},
        {OURS " spf=pass smtp.mailfrom=bounce@google.com\n" GOOGLE, REPORT_PROVEN, "google.com"},
        {OURS " spf=pass smtp.mailfrom=staff@hotmail.com; dkim=pass header.d=hotmail.com\n"
              "From: <staff@hotmail.com>\n",
         REPORT_PROVEN, "hotmail.com"},
        {OURS
         " dkim=pass header.d=amazonses.com; dmarc=pass header.from=email-abuse.amazonses.com\n"
         "From: complaints@email-abuse.amazonses.com\n",
         REPORT_PROVEN, "email-abuse.amazonses.com"},
        {OURS " dmarc=pass header.from=reports.example.net\n"
              "From: \"DMARC\" <dmarc@reports.example.net>\n",
         REPORT_PROVEN, "reports.example.net"},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void a_user_of_a_large_provider_is_no_reporter(void **state)
{
    static const struct sender_case cases[] = {
        {OURS " dkim=pass header.d=hotmail.com\nFrom: somebody@hotmail.com\n",
         REPORT_PROOF_STRANGER, "hotmail.com"},
        {OURS " dkim=pass header.d=gmail.com\nFrom: noreply-dmarc-support@gmail.com\n",
         REPORT_PROOF_STRANGER, "gmail.com"},
        {OURS " dkim=pass header.d=yahoo.com\nFrom: feedback@yahoo.com\n", REPORT_PROOF_STRANGER,
         "yahoo.com"},
        {OURS " dkim=pass header.d=amazonses.com\nFrom: a@shop.example\n", REPORT_PROOF_STRANGER,
         "amazonses.com"},
        {OURS " dkim=pass header.d=notgoogle.com\nFrom: a@notgoogle.com\n", REPORT_PROOF_STRANGER,
         "notgoogle.com"},
        {OURS " dkim=pass header.d=google.com.example\n" GOOGLE, REPORT_PROOF_STRANGER,
         "google.com.example"},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void what_did_not_pass_or_is_about_another_proves_nothing(void **state)
{
    static const struct sender_case cases[] = {
        {OURS " dkim=fail header.d=google.com\n" GOOGLE, REPORT_PROOF_FAILED, "google.com"},
        {OURS " none\n" GOOGLE, REPORT_PROOF_FAILED, "google.com"},
        {OURS " dkim=neutral reason=\"dkim=pass header.d=google.com\"\n" GOOGLE,
         REPORT_PROOF_FAILED, "google.com"},
        {OURS " dkim=none (dkim=pass header.d=google.com)\n" GOOGLE, REPORT_PROOF_FAILED,
         "google.com"},
        /* the envelope of a stranger, a HELO, a dmarc about another From */
        {OURS " spf=pass smtp.mailfrom=a@evil.example\n" GOOGLE, REPORT_PROOF_FAILED, "google.com"},
        {OURS " spf=pass smtp.helo=google.com\n" GOOGLE, REPORT_PROOF_FAILED, "google.com"},
        {OURS " dmarc=pass header.from=evil.example\n" GOOGLE, REPORT_PROOF_FAILED, "google.com"},
        /* several senders, and a display name that is one */
        {OURS " dmarc=pass header.from=google.com\n" GOOGLE "From: a@evil.example\n",
         REPORT_PROOF_FAILED, ""},
        {OURS " dmarc=pass header.from=evil.example\nFrom: \"a@google.com\" <a@evil.example>\n",
         REPORT_PROOF_STRANGER, "evil.example"},
        {OURS " dmarc=pass header.from=google.com\nFrom: a@google.com, b@evil.example\n",
         REPORT_PROOF_FAILED, ""},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void a_field_that_our_server_did_not_write_is_nothing(void **state)
{
    static const struct sender_case cases[] = {
        {GOOGLE, REPORT_PROOF_ABSENT, "google.com"},
        {"Authentication-Results: mx.evil.example; dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"},
        {"Authentication-Results: mx1.example.org.evil.example; dkim=pass "
         "header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"},
        {"ARC-Authentication-Results: i=1; mx1.example.org; dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"},
        {"X: a\nSubject: x\n\n" OURS " dkim=pass header.d=google.com\n" GOOGLE, REPORT_PROOF_ABSENT,
         ""},
        /* below a server that is not ours */
        {TAKEN FOREIGN OURS " dkim=pass header.d=google.com\n" GOOGLE, REPORT_PROOF_ABSENT,
         "google.com"},
        {FOREIGN OURS " dkim=pass header.d=google.com\n" GOOGLE, REPORT_PROOF_ABSENT, "google.com"},
        /* below where the mail came in, whoever a second line says took it */
        {TAKEN "Received: from x (x [198.51.100.1]) by mx1.example.org; x\n" OURS
               " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"},
        {TAKEN "Received: by mx1.example.org; x\n" OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"},
        {"Received: from mx1.example.org (evil.example [198.51.100.1]) by mx1.example.org; x\n"
         "Received: by mx1.example.org; x\n" OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void our_own_field_above_a_forged_one_counts(void **state)
{
    static const struct sender_case cases[] = {
        {OURS " dkim=fail header.d=google.com\n" OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_FAILED, "google.com"},
        {TAKEN OURS " dkim=none\n" OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_FAILED, "google.com"},
        /* several milters, each with its method */
        {TAKEN OURS " dmarc=fail header.from=google.com\n" OURS
                    " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void a_mail_may_pass_several_servers_of_ours(void **state)
{
    static const struct sender_case cases[] = {
        {"Received: from mx1.example.org ([10.0.0.1]) by store.example.org with LMTP id 1; "
         "x\n" TAKEN OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
        {"Received: from mx1.example.org (mx1.example.org [10.0.0.1]) by store.example.org with "
         "ESMTPS; x\n" OURS " dkim=pass header.d=google.com\n" TAKEN GOOGLE,
         REPORT_PROVEN, "google.com"},
        {"Received: from localhost (localhost [127.0.0.1]) by mx1.example.org with ESMTP; x\n"
         "Received: from mx1.example.org ([127.0.0.1]) by localhost (amavis) with ESMTP; x\n" TAKEN
             OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
        {"Received: from mx1.example.org ([203.0.113.5]) by mx1.example.org with ESMTP; x\n" TAKEN
             OURS " dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
        {"Received: by mail (Postfix, from userid 0); x\n", REPORT_PROOF_ABSENT, ""},
    };
    (void)state;
    assert_senders(cases, COUNT(cases));
}

static void the_id_of_our_server_may_be_written_in_any_case_or_be_a_word(void **state)
{
    static const char *const upper[] = {"MX1.Example.ORG"};
    static const char *const word[] = {"OpenDKIM"};
    static const struct sender_case by_name[] = {
        {TAKEN OURS " dkim=pass header.d=google.com\n" GOOGLE, REPORT_PROVEN, "google.com"}};
    static const struct sender_case by_word[] = {
        {TAKEN "Authentication-Results: opendkim; dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROVEN, "google.com"},
        {TAKEN FOREIGN "Authentication-Results: OpenDKIM; dkim=pass header.d=google.com\n" GOOGLE,
         REPORT_PROOF_ABSENT, "google.com"}};
    (void)state;
    settings.trust = upper;
    assert_senders(by_name, COUNT(by_name));
    settings.trust = word;
    assert_senders(by_word, COUNT(by_word));
}

static void without_trust_nothing_is_proven(void **state)
{
    static const struct sender_case cases[] = {
        {OURS " dkim=pass header.d=google.com\n" GOOGLE, REPORT_PROOF_ABSENT, "google.com"}};
    (void)state;
    settings.trust_count = 0;
    assert_senders(cases, COUNT(cases));
}

static void statements_are_read_as_rfc_8601_writes_them(void **state)
{
    struct auth_statement s[8];
    (void)state;
    size_t n = auth_results_read(
        "mx1.example.org (a (nested; x) comment) 1 ; dkim/1 = pass (good) header . d=x "
        "header.d=a.example; spf=pass smtp.mailfrom=\"b c\"@B.example.; dmarc=pass policy.p=none "
        "header.from=c.example; iprev=pass policy.iprev=192.0.2.1;;x; =y; dkim=",
        s, COUNT(s));
    assert_int_equal(n, 4);
    assert_string_equal(s[0].method, "dkim");
    assert_string_equal(s[0].result, "pass");
    assert_string_equal(s[0].domain, "a.example");
    assert_string_equal(s[2].domain, "c.example");
    assert_string_equal(s[3].method, "iprev");
    assert_true(auth_results_is_by(" (x) \"mx1.example.org\" ; none", "MX1.example.org"));
    assert_false(auth_results_is_by("", ""));
}

static void a_received_field_names_who_took_it_from_whom(void **state)
{
    static const struct {
        const char *value, *from, *by, *with, *ip;
    } cases[] = {
        {"from mx1.example.org (mx1.example.org [203.0.113.5])\n\tby in7.provider.example with "
         "ESMTPS id 4k2; Mon, 23 Nov 2026 20:02:11 +0000",
         "mx1.example.org", "in7.provider.example", "esmtps", "203.0.113.5"},
        {"from mx1.example.org (203.0.113.5) by AM0.outlook.example (198.51.100.20) with Microsoft "
         "SMTP Server; x",
         "mx1.example.org", "am0.outlook.example", "microsoft", "203.0.113.5"},
        {"from x ([IPv6:2001:db8:25::5]) by y with SMTP", "x", "y", "smtp", "2001:db8:25::5"},
        {"from [203.0.113.5] (helo=by) by y; from z", "[203.0.113.5]", "y", "", "203.0.113.5"},
        {"by mx1.example.org (Postfix, from userid 0)\n id 1; x", "", "mx1.example.org", "", ""},
        {"from a-203-0-113-5.example (a203.0.113.5b) by y", "a-203-0-113-5.example", "y", "", ""},
        {"from x (a by b) by y", "x", "y", "", ""},
        {"", "", "", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct received r;
        received_read(cases[i].value, &r);
        assert_string_equal(r.from, cases[i].from);
        assert_string_equal(r.by, cases[i].by);
        assert_string_equal(r.with, cases[i].with);
        assert_string_equal(r.ip_count ? kit_ip(&r.ip[0]) : "", cases[i].ip);
    }
}

static void an_address_is_read_in_every_dress(void **state)
{
    static const char *const cases[][2] = {
        {"203.0.113.5", "203.0.113.5"},
        {" [203.0.113.5] ", "203.0.113.5"},
        {"[IPv6:2001:db8:25::5]", "2001:db8:25::5"},
        {"IPv6:2001:db8:25::5", "2001:db8:25::5"},
        {"203.0.113.5:25", "203.0.113.5"},
        {"[2001:db8:25::5]:25", "2001:db8:25::5"},
        {"203.0.113.5 (mx1.example.org)", "203.0.113.5"},
        {"203.0.113.5;", "203.0.113.5"},
        {"mx1.example.org", ""},
        {"", ""},
        {"[", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip ip = {0};
        received_address(cases[i][0], strlen(cases[i][0]), &ip);
        assert_string_equal(kit_ip(&ip), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_signature_of_a_known_reporter_proves, setup),
        cmocka_unit_test_setup(an_aligned_from_of_a_known_reporter_proves, setup),
        cmocka_unit_test_setup(a_user_of_a_large_provider_is_no_reporter, setup),
        cmocka_unit_test_setup(what_did_not_pass_or_is_about_another_proves_nothing, setup),
        cmocka_unit_test_setup(a_field_that_our_server_did_not_write_is_nothing, setup),
        cmocka_unit_test_setup(our_own_field_above_a_forged_one_counts, setup),
        cmocka_unit_test_setup(a_mail_may_pass_several_servers_of_ours, setup),
        cmocka_unit_test_setup(the_id_of_our_server_may_be_written_in_any_case_or_be_a_word, setup),
        cmocka_unit_test_setup(without_trust_nothing_is_proven, setup),
        cmocka_unit_test(statements_are_read_as_rfc_8601_writes_them),
        cmocka_unit_test(a_received_field_names_who_took_it_from_whom),
        cmocka_unit_test(an_address_is_read_in_every_dress),
    };
    return report_mail_supported() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
