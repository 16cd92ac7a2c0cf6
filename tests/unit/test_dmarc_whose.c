/* SPDX-License-Identifier: ISC */
/* Whose mail a row of a DMARC aggregate counts. */
#include "report_kit.h"

#include "source/reports/dmarc_whose.h"

static bool knows(void *context, const char *domain, const char *selector)
{
    (void)context;
    return strcmp(selector, "s2026") == 0 && dmarc_is_below(domain, "example.org");
}

static const char *const domains[] = {"example.org", "example.com"};
static const char *const envelopes[] = {"bounce.example.org", "example.com"};
static const struct dmarc_own own = {.domains = domains,
                                     .domain_count = 2,
                                     .envelopes = envelopes,
                                     .envelope_count = 2,
                                     .knows_selector = knows};

static const struct report_auth known = {
    .domain = "example.org", .selector = "s2026", .result = REPORT_FAIL, .dkim = true};
static const struct report_auth unknown = {
    .domain = "example.org", .selector = "other", .result = REPORT_FAIL, .dkim = true};
static const struct report_auth passing = {
    .domain = "mail.example.org", .selector = "", .result = REPORT_PASS, .dkim = true};
static const struct report_auth foreign = {
    .domain = "example.net", .selector = "s2026", .result = REPORT_PASS, .dkim = true};
static const struct report_auth envelope = {
    .domain = "bounce.example.org", .selector = "", .result = REPORT_FAIL};
static const struct report_auth below = {
    .domain = "m1.bounce.example.org", .selector = "", .result = REPORT_PASS};
static const struct report_auth header_domain = {
    .domain = "example.org", .selector = "", .result = REPORT_PASS};
static const struct report_auth helo = {
    .domain = "bounce.example.org", .selector = "", .result = REPORT_PASS, .helo = true};
static const struct report_auth list = {
    .domain = "list.example.net", .selector = "", .result = REPORT_PASS};

static void ours_is_what_shows_our_envelope_or_a_signature_of_ours(void **state)
{
    static const struct {
        const char *from;
        unsigned reasons;
        const struct report_auth *auths[2];
        enum dmarc_whose whose;
    } cases[] = {
        {"example.org", 0, {&known}, DMARC_OURS},
        {"example.org", 0, {&list, &known}, DMARC_OURS},
        {"example.org", 0, {&passing}, DMARC_OURS},
        {"example.org", 0, {&envelope}, DMARC_OURS},
        {"example.org", 0, {&below}, DMARC_OURS},
        {"shop.example.org", 0, {&envelope}, DMARC_OURS},
        {"example.org", REPORT_LOCAL_POLICY | REPORT_SAMPLED_OUT, {&known}, DMARC_OURS},
        {"example.org", 0, {&unknown}, DMARC_RELAYED},
        {"example.org", 0, {&foreign, &list}, DMARC_RELAYED},
        {"example.org", 0, {&header_domain}, DMARC_RELAYED},
        {"example.org", 0, {&helo}, DMARC_RELAYED},
        {"example.org", 0, {NULL}, DMARC_RELAYED},
        {"example.org", REPORT_FORWARDED, {&known}, DMARC_RELAYED},
        {"example.org", REPORT_MAILING_LIST, {&known}, DMARC_RELAYED},
        {"example.org", REPORT_TRUSTED_FORWARDER | REPORT_OTHER_REASON, {&known}, DMARC_RELAYED},
        {"example.net", 0, {&known}, DMARC_NOT_JUDGED},
        {"notexample.org", 0, {&known}, DMARC_NOT_JUDGED},
        {"org", 0, {&known}, DMARC_NOT_JUDGED},
        {"", 0, {&known}, DMARC_NOT_JUDGED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report_auth auths[3] = {foreign}; /* of another row */
        struct report_row row = {
            .header_from = cases[i].from, .reasons = cases[i].reasons, .first_auth = 1};
        for (; row.auth_count < 2 && cases[i].auths[row.auth_count]; row.auth_count++)
            auths[1 + row.auth_count] = *cases[i].auths[row.auth_count];
        struct mail_report r = {.auths = auths, .auth_count = 1 + row.auth_count};
        if (dmarc_whose(&r, &row, &own) != cases[i].whose)
            fail_msg("case %zu", i);
    }
}

static void who_knows_nothing_of_itself_claims_nothing(void **state)
{
    static const struct dmarc_own nothing = {0};
    static const struct dmarc_own no_selectors = {.domains = domains, .domain_count = 1};
    (void)state;
    struct report_auth auths[] = {known};
    struct report_row row = {.header_from = "example.org", .auth_count = 1};
    struct mail_report r = {.auths = auths, .auth_count = 1};
    assert_int_equal(dmarc_whose(&r, &row, &nothing), DMARC_NOT_JUDGED);
    assert_int_equal(dmarc_whose(&r, &row, &no_selectors), DMARC_RELAYED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_is_what_shows_our_envelope_or_a_signature_of_ours),
        cmocka_unit_test(who_knows_nothing_of_itself_claims_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
