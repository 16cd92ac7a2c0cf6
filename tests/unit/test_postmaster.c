/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/buf.h"
#include "source/postmaster/postmaster_days.h"
#include "source/postmaster/postmaster_read.h"
#include "source/postmaster/postmaster_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST 20261101

/* ---- days ---- */

static struct postmaster_day day_of_spam(int32_t day, double share)
{
    struct postmaster_day d = postmaster_day_empty(day);
    d.values[METRIC_SPAM] = share;
    return d;
}

static struct postmaster_day day_of_refusals(int32_t day, double share, double count)
{
    struct postmaster_day d = postmaster_day_empty(day);
    d.values[METRIC_ERRORS] = share;
    d.values[METRIC_REASON_SHARE + REASON_LOW_IP] = share;
    d.values[METRIC_REASON_COUNT + REASON_LOW_IP] = count;
    return d;
}

static void the_spam_rate_holds_on_three_days_and_ends_after_two(void **state)
{
    static const struct {
        double shares[8]; /* percent, oldest first; negative: the end */
        double wanted;
    } cases[] = {
        {{0.4, -1}, 0},
        {{0.4, 0.4, -1}, 0},
        {{0.4, 0.5, 0.3, -1}, 0.3},
        {{0.4, 0, 0.4, 0, 0.4, -1}, 0.4},
        {{0.4, 0.4, 0.4, 0, -1}, 0.4},
        {{0.4, 0.4, 0.4, 0, 0.1, -1}, 0.1},
        {{0.4, 0.4, 0.4, 0.02, 0.01, -1}, 0.02},
        {{0, 0, 0, 0, 0, 0.4, 0.4, -1}, 0},
        {{0.4, 0, 0, 0, 0, 0, 0.4, 0.4}, 0}, /* the first is eight days back */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct postmaster_days d = {0};
        for (int32_t k = 0; k < 8 && cases[i].shares[k] >= 0; k++) {
            struct postmaster_day one = day_of_spam(FIRST + k, cases[i].shares[k] / 100);
            postmaster_days_merge(&d, &one, 1);
        }
        double got = postmaster_spam(&d);
        if (fabs(got - cases[i].wanted) > 1e-9)
            fail_msg("case %zu: %g", i, got);
    }
}

static void days_without_a_row_are_skipped_and_are_not_zero(void **state)
{
    struct postmaster_days d = {0};
    const struct postmaster_day days[] = {
        day_of_spam(FIRST, 0.004), postmaster_day_empty(FIRST + 1), postmaster_day_empty(FIRST + 2),
        day_of_spam(FIRST + 3, 0.004), day_of_spam(FIRST + 9, 0.004)};
    (void)state;
    postmaster_days_merge(&d, days, COUNT(days));
    assert_float_equal(postmaster_spam(&d), 0.4, 1e-9);
}

static void refusals_need_messages_and_two_days_or_one_bad_one(void **state)
{
    static const struct {
        double share[4], count[4]; /* of all mail, messages; negative: the end */
        int wanted;
    } cases[] = {
        {{0.02, -1}, {50, -1}, 1},
        {{0.02, -1}, {9, -1}, 0},
        {{0.009, -1}, {50, -1}, 0},
        {{0.001, 0.001, -1}, {10, 10, -1}, 1},
        {{0.02, 0.02, -1}, {50, 50, -1}, 2},
        {{0.02, 0, 0.02, -1}, {50, 0, 50, -1}, 2},
        {{0.02, 0.005, -1}, {50, 50, -1}, 1},
        {{0.02, 0.02, 0, -1}, {50, 50, 0, -1}, 2},
        {{0.02, 0.02, 0, 0}, {50, 50, 0, 0}, 0},
        {{0.02, 0.02, 0, 0.0005}, {50, 50, 0, 50}, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct postmaster_days d = {0};
        for (int32_t k = 0; k < 4 && cases[i].share[k] >= 0; k++) {
            struct postmaster_day one =
                day_of_refusals(FIRST + k, cases[i].share[k], cases[i].count[k]);
            postmaster_days_merge(&d, &one, 1);
        }
        int got = postmaster_refusals(&d, REASON_LOW_IP);
        if (got != cases[i].wanted || postmaster_refusals(&d, REASON_RBL) != 0)
            fail_msg("case %zu: %d", i, got);
    }
}

/* Google names the reason's share but only the count of all refusals, or no reason at all. */
static void what_is_not_counted_is_inferred_and_never_zero(void **state)
{
    struct postmaster_days d = {0};
    struct postmaster_day one = day_of_refusals(FIRST, 0.021, NAN);
    (void)state;
    one.values[METRIC_ERRORS] = 0.041;
    postmaster_days_merge(&d, &one, 1);
    assert_int_equal(postmaster_refusals(&d, REASON_LOW_IP), 0); /* no count of any kind */
    one.day++;
    one.values[METRIC_REFUSED] = 172; /* 88 of them */
    postmaster_days_merge(&d, &one, 1);
    assert_int_equal(postmaster_refusals(&d, REASON_LOW_IP), 1);
    /* Days whose reason has no row end it only when all errors together are few. */
    for (int32_t k = 0; k < 3; k++) {
        struct postmaster_day silent = postmaster_day_empty(FIRST + 2 + k);
        silent.values[METRIC_ERRORS] = 0.03;
        postmaster_days_merge(&d, &silent, 1);
    }
    assert_int_equal(postmaster_refusals(&d, REASON_LOW_IP), 1);
    for (int32_t k = 0; k < 2; k++) {
        struct postmaster_day quiet = postmaster_day_empty(FIRST + 5 + k);
        quiet.values[METRIC_ERRORS] = 0.0002;
        postmaster_days_merge(&d, &quiet, 1);
    }
    assert_int_equal(postmaster_refusals(&d, REASON_LOW_IP), 0);
}

static void an_older_day_keeps_what_was_reported_first(void **state)
{
    struct postmaster_days d = {0};
    struct postmaster_day days[2] = {day_of_spam(FIRST, 0.001), day_of_spam(FIRST + 1, 0.001)};
    (void)state;
    postmaster_days_merge(&d, days, 2);
    days[0].values[METRIC_SPAM] = days[1].values[METRIC_SPAM] = 0.009;
    postmaster_days_merge(&d, days, 2);
    assert_float_equal(d.share[0][SERIES_SPAM], 0.9, 1e-9); /* the newest is revised */
    assert_float_equal(d.share[1][SERIES_SPAM], 0.1, 1e-9);
}

static void only_so_many_days_are_kept_and_read_back(void **state)
{
    struct postmaster_days d = {0}, again;
    struct buf text;
    (void)state;
    for (int32_t k = 27; k >= 0; k--) {
        struct postmaster_day one = day_of_refusals(FIRST + k, 0.0123, 50);
        postmaster_days_merge(&d, &one, 1);
    }
    assert_int_equal(d.count, POSTMASTER_KEPT);
    assert_int_equal(d.day[0], FIRST + 27);
    assert_int_equal(d.day[POSTMASTER_KEPT - 1], FIRST + 28 - POSTMASTER_KEPT);
    buf_init(&text, 8192);
    postmaster_days_format(&d, &text);
    assert_true(strncmp(buf_text(&text), "20261128 - 1.23 - - -;20261127 ", 31) == 0);
    postmaster_days_parse(buf_text(&text), &again);
    assert_int_equal(again.count, d.count);
    assert_memory_equal(again.day, d.day, sizeof d.day);
    assert_float_equal(again.share[3][SERIES_REASON + REASON_LOW_IP], 1.23, 1e-9);
    assert_true(isnan(again.share[3][SERIES_SPAM]));
    buf_fini(&text);
    postmaster_days_parse(NULL, &again);
    assert_int_equal(again.count, 0);
    postmaster_days_parse("20261301 1 1 1 1 1", &again);
    assert_int_equal(again.count, 0);
}

/* ---- what is asked ---- */

static char *slurp(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/postmaster/google-%s.json", TEST_DATA, name);
    struct buf text;
    buf_init(&text, 1 << 16);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (int c; (c = getc(f)) != EOF;)
        buf_char(&text, (char)c);
    fclose(f);
    return buf_take(&text);
}

static void the_query_is_what_google_takes(void **state)
{
    struct buf body;
    (void)state;
    buf_init(&body, 16384);
    postmaster_query("example.org", 20261119, 20261122, NULL, &body);
    const char *text = buf_text(&body);
    assert_non_null(strstr(text, "{\"parent\":\"domains/example.org\",\"aggregationGranularity\":"
                                 "\"DAILY\",\"pageSize\":200,\"timeQuery\":"));
    assert_non_null(strstr(text, "\"start\":{\"year\":2026,\"month\":11,\"day\":19}"));
    assert_non_null(strstr(text, "\"end\":{\"year\":2026,\"month\":11,\"day\":22}"));
    assert_non_null(strstr(text, "{\"name\":\"spam\",\"baseMetric\":{\"standardMetric\":"
                                 "\"SPAM_RATE\"}}"));
    assert_non_null(strstr(text, "{\"name\":\"rej_ip\",\"baseMetric\":{\"standardMetric\":"
                                 "\"DELIVERY_ERROR_RATE\"},\"filter\":\"error_type = \\\"reject\\\""
                                 " AND error_reason = \\\"low_ip_reputation\\\"\"}"));
    assert_non_null(strstr(text, "{\"name\":\"rej_ptr_n\",\"baseMetric\":{\"standardMetric\":"
                                 "\"DELIVERY_ERROR_COUNT\"}"));
    assert_null(strstr(text, "pageToken"));
    postmaster_query("example.org", 20261119, 20261122, "next\"1", &body);
    assert_non_null(strstr(buf_text(&body), "\"pageToken\":\"next\\\"1\""));
    buf_fini(&body);
}

/* ---- what comes ---- */

struct row {
    enum postmaster_metric metric;
    int32_t day;
    double value;
};
struct rows {
    struct row items[32];
    size_t count;
};

static void take(void *ctx, enum postmaster_metric metric, int32_t day, double value)
{
    struct rows *r = ctx;
    assert_true(r->count < COUNT(r->items));
    r->items[r->count++] = (struct row){metric, day, value};
}

static void the_samples_are_read(void **state)
{
    struct rows r = {0};
    struct buf next;
    char *text = slurp("domainstats-200");
    (void)state;
    buf_init(&next, 256);
    assert_true(postmaster_read_page(text, strlen(text), take, &r, &next, NULL));
    assert_string_equal(buf_text(&next), "CAUQeyJwIjoyfQ");
    assert_int_equal(r.count, 4); /* three of spam, and all errors */
    assert_int_equal(r.items[2].metric, METRIC_SPAM);
    assert_int_equal(r.items[2].day, 20261122);
    assert_float_equal(r.items[2].value, 0.0034, 1e-9);
    free(text);
    text = slurp("domainstats-200-page2");
    assert_true(postmaster_read_page(text, strlen(text), take, &r, &next, NULL));
    assert_int_equal(next.len, 0);
    assert_int_equal(r.items[4].metric, METRIC_REFUSED);
    assert_float_equal(r.items[4].value, 172, 0); /* a string in JSON */
    assert_int_equal(r.items[5].metric, METRIC_REASON_SHARE + REASON_LOW_IP);
    assert_int_equal(r.items[6].metric, METRIC_REASON_SHARE + REASON_RBL);
    assert_float_equal(r.items[6].value, 0, 0); /* a true zero */
    assert_int_equal(r.count, 7);
    free(text);
    text = slurp("domainstats-200-empty");
    assert_true(postmaster_read_page(text, strlen(text), take, &r, &next, NULL));
    assert_int_equal(r.count, 7);
    free(text);
    buf_fini(&next);
}

static void what_is_no_page_is_none(void **state)
{
#define ROW(value)                                                                                 \
    "{\"domainStats\":[{\"metric\":\"spam\",\"date\":{\"year\":2026,\"month\":2,"                  \
    "\"day\":3},\"value\":" value "}]}"
    static const struct {
        const char *text;
        bool ok;
        size_t rows;
    } cases[] = {
        {"", false, 0},
        {"[]", false, 0},
        {"{\"error\":{}}", false, 0},
        {"{\"domainStats\":{}}", false, 0},
        {"{\"domainStats\":[7]}", false, 0},
        {"{}", true, 0},
        {ROW("{\"floatValue\":0.1}"), true, 1},
        {ROW("{\"doubleValue\":0.1}"), true, 1},
        {ROW("{\"floatValue\":1.5}"), false, 0},
        {ROW("{\"floatValue\":-0.1}"), false, 0},
        {ROW("{\"floatValue\":\"NaN\"}"), true, 0},
        {ROW("{\"stringValue\":\"x\"}"), true, 0},
        {ROW("{}"), true, 0},
        {"{\"domainStats\":[{\"metric\":\"spam\",\"value\":{\"floatValue\":0.1}}]}", false, 0},
        {"{\"domainStats\":[{\"metric\":\"fbl\",\"value\":{\"floatValue\":9}}]}", true, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rows r = {0};
        struct buf next;
        struct error err = {0};
        buf_init(&next, 256);
        bool ok = postmaster_read_page(cases[i].text, strlen(cases[i].text), take, &r, &next, &err);
        if (ok != cases[i].ok || r.count != cases[i].rows || (!ok && !err.text[0]))
            fail_msg("%s: %d, %zu rows, %s", cases[i].text, ok, r.count, err.text);
        buf_fini(&next);
    }
}

static void compliance_is_that_of_the_domain_itself(void **state)
{
    char *text = slurp("compliance-200");
    struct postmaster_compliance c;
    (void)state;
    postmaster_compliance_init(&c);
    assert_true(postmaster_read_compliance(text, strlen(text), "news.example.org", &c, NULL));
    assert_true(c.proven);
    assert_string_equal(buf_text(&c.words), "ONE_CLICK_UNSUBSCRIBE?");
    postmaster_compliance_fini(&c);
    postmaster_compliance_init(&c);
    assert_true(postmaster_read_compliance(text, strlen(text), "example.org", &c, NULL));
    assert_string_equal(buf_text(&c.words), "DMARC_ALIGNMENT ONE_CLICK_UNSUBSCRIBE?");
    postmaster_compliance_fini(&c);
    postmaster_compliance_init(&c);
    assert_true(postmaster_read_compliance(text, strlen(text), "www.example.org", &c, NULL));
    assert_false(c.proven);
    assert_string_equal(c.parent, "example.org");
    postmaster_compliance_fini(&c);
    free(text);
}

static void a_verdict_without_requirements_is_never_clean(void **state)
{
#define VERDICT(status, reason)                                                                    \
    "{\"complianceData\":{\"domainId\":\"example.org\","                                           \
    "\"deliverabilityStatusVerdict\":{\"state\":{\"status\":\"" status "\"},\"reason\":\"" reason  \
    "\"}}}"
    static const struct {
        const char *text, *words;
        bool proven;
    } cases[] = {
        {"{}", "", false},
        {VERDICT("COMPLIANT", "USER_FEEDBACK_POSITIVE"), "", false},
        {VERDICT("NEEDS_WORK", "SPAM_RATE_HIGH"), "", false},
        {VERDICT("NEEDS_WORK", "SENDER_NOT_COMPLIANT"), "SENDER_NOT_COMPLIANT?", true},
        {VERDICT("NEEDS_WORK", "SMTP_ERRORS_HIGH"), "SMTP_ERRORS_HIGH", true},
        {VERDICT("NEEDS_WORK", "MESSAGE_VOLUME_LOW"), "MESSAGE_VOLUME_LOW?", true},
        {VERDICT("STATE_UNSPECIFIED", "SMTP_ERRORS_HIGH"), "", false},
        {VERDICT("NON_COMPLIANT", "SMTP_ERRORS_HIGH"), "SMTP_ERRORS_HIGH?", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct postmaster_compliance c;
        postmaster_compliance_init(&c);
        assert_true(postmaster_read_compliance(cases[i].text, strlen(cases[i].text), "example.org",
                                               &c, NULL));
        if (strcmp(buf_text(&c.words), cases[i].words) != 0 || c.proven != cases[i].proven)
            fail_msg("%s: %s %d", cases[i].text, buf_text(&c.words), c.proven);
        postmaster_compliance_fini(&c);
    }
}

static void errors_are_told_by_reason(void **state)
{
    struct postmaster_fault f;
    char *text = slurp("error-403-disabled");
    (void)state;
    postmaster_read_fault(text, strlen(text), &f);
    assert_string_equal(f.reason, "SERVICE_DISABLED");
    assert_true(strncmp(f.page, "https://console.developers.google.com/", 38) == 0);
    free(text);
    text = slurp("error-429-v1");
    postmaster_read_fault(text, strlen(text), &f);
    assert_true(f.version_over);
    assert_string_equal(f.status, "RESOURCE_EXHAUSTED");
    free(text);
    postmaster_read_fault("<html>", 6, &f);
    assert_string_equal(f.reason, "");
}

/* ---- words ---- */

static void words_have_levels_with_todays_configuration(void **state)
{
    static const struct conf_postmaster account = {.spam_warning = 0.1, .spam_critical = 0.3};
    static const struct {
        enum postmaster_list list;
        const char *answers, *state;
        enum level level;
        size_t codes;
    } cases[] = {
        {LIST_SPAM, "low", "low", LEVEL_OK, 0},
        {LIST_SPAM, "0.09%", "low", LEVEL_OK, 0},
        {LIST_SPAM, "0.1%", "spam-rate", LEVEL_WARNING, 1},
        {LIST_SPAM, "0.3%", "spam-rate", LEVEL_CRITICAL, 1},
        {LIST_DELIVERY, "delivered", "delivered", LEVEL_OK, 0},
        {LIST_DELIVERY, "", "delivered", LEVEL_OK, 0},
        {LIST_DELIVERY, "bad_or_missing_ptr_record low_ip_reputation/critical", "low_ip_reputation",
         LEVEL_CRITICAL, 2},
        {LIST_DELIVERY, "ip_in_rbls", "ip_in_rbls", LEVEL_WARNING, 1},
        {LIST_COMPLIANCE, "compliant", "compliant", LEVEL_OK, 0},
        {LIST_COMPLIANCE, "HONOR_UNSUBSCRIBE? SPF", "needs-work", LEVEL_WARNING, 2},
        {LIST_COMPLIANCE, "HONOR_UNSUBSCRIBE?", "advice", LEVEL_INFO, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verdict v;
        postmaster_explain(&account, cases[i].list, cases[i].answers, &v);
        if (strcmp(v.state, cases[i].state) != 0 || v.level != cases[i].level ||
            v.code_count != cases[i].codes || v.cause != CAUSE_NONE)
            fail_msg("%s: %s %d, %zu codes", cases[i].answers, v.state, v.level, v.code_count);
        struct buf news;
        buf_init(&news, 200);
        assert_true(postmaster_headline(NULL, (size_t)cases[i].list, v.state, &news));
        assert_true(strncmp(buf_text(&news), "GOOGLE ", 7) == 0);
        buf_fini(&news);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spam_rate_holds_on_three_days_and_ends_after_two),
        cmocka_unit_test(days_without_a_row_are_skipped_and_are_not_zero),
        cmocka_unit_test(refusals_need_messages_and_two_days_or_one_bad_one),
        cmocka_unit_test(what_is_not_counted_is_inferred_and_never_zero),
        cmocka_unit_test(an_older_day_keeps_what_was_reported_first),
        cmocka_unit_test(only_so_many_days_are_kept_and_read_back),
        cmocka_unit_test(the_query_is_what_google_takes),
        cmocka_unit_test(the_samples_are_read),
        cmocka_unit_test(what_is_no_page_is_none),
        cmocka_unit_test(compliance_is_that_of_the_domain_itself),
        cmocka_unit_test(a_verdict_without_requirements_is_never_clean),
        cmocka_unit_test(errors_are_told_by_reason),
        cmocka_unit_test(words_have_levels_with_todays_configuration),
    };
    return cmocka_run_group_tests_name("postmaster", tests, NULL, NULL);
}
