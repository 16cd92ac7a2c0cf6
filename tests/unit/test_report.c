/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "fake_report.h"
#include "repmon/report.h"

#define COMMON .state = "", .reason = "", .url = "", .advice = "", .ack_note = ""

static const struct result critical = {COMMON, .level = LEVEL_CRITICAL, .cause = CAUSE_NONE,
                                       .counts = true};
static const struct result acked = {COMMON, .level = LEVEL_CRITICAL, .cause = CAUSE_NONE,
                                    .acked_until = 5};
static const struct result warning = {COMMON, .level = LEVEL_WARNING, .cause = CAUSE_NONE,
                                      .counts = true};
static const struct result info = {COMMON, .level = LEVEL_INFO, .cause = CAUSE_NONE,
                                   .counts = true};
static const struct result ok = {COMMON, .level = LEVEL_OK, .cause = CAUSE_NONE, .counts = true};
static const struct result silent = {COMMON, .cause = CAUSE_TIMEOUT, .counts = true};
static const struct result untouched = {COMMON, .counts = true};
static const struct result no_data = {COMMON, .cause = CAUSE_NO_DATA, .counts = false};
static const struct result unproven = {COMMON, .cause = CAUSE_UNPROVEN, .counts = true};

/* Four lists: critical, major, minor, and a critical one that is off for the run. */
static const struct report_list lists[] = {
    {.list = "c.example", .severity = SEV_CRITICAL, .note = ""},
    {.list = "j.example", .severity = SEV_MAJOR, .note = ""},
    {.list = "n.example", .severity = SEV_MINOR, .note = ""},
    {.list = "off.example", .severity = SEV_CRITICAL, .health = HEALTH_OFF, .note = ""},
};

static struct fake fake_of(const struct fake_target *targets, size_t count)
{
    struct fake fake = {.report = {.instance = "mon1",
                                   .blind_severity = SEV_MAJOR,
                                   .target_count = count,
                                   .lists = lists,
                                   .list_count = COUNT(lists)},
                        .targets = targets};
    fake.results['C'] = &critical;
    fake.results['A'] = &acked;
    fake.results['w'] = &warning;
    fake.results['i'] = &info;
    fake.results['o'] = &ok;
    fake.results['s'] = &silent;
    fake.results['z'] = &untouched;
    fake.results['d'] = &no_data;
    fake.results['u'] = &unproven;
    return fake;
}

static void level_of_a_target_follows_the_rule(void **state)
{
    (void)state;
    static const struct {
        const char *cells;
        enum level level;
    } rows[] = {
        {"oooo", LEVEL_OK},
        {"Cooo", LEVEL_CRITICAL},
        {"woCo", LEVEL_CRITICAL},
        {"owoo", LEVEL_WARNING},
        {"oioo", LEVEL_INFO},
        {"sooo", LEVEL_UNKNOWN}, /* a critical list is silent */
        {"osoo", LEVEL_UNKNOWN}, /* a major one too */
        {"ooso", LEVEL_OK},      /* a minor one does not count */
        {"ooos", LEVEL_OK},      /* one that is off counts nowhere */
        {"zooo", LEVEL_UNKNOWN}, /* never asked is no answer */
        {"siio", LEVEL_UNKNOWN}, /* unknown is worse than info */
        {"swoo", LEVEL_WARNING}, /* and better than warning */
        {"sCoo", LEVEL_CRITICAL},
        {"dooo", LEVEL_OK}, /* normal causes never count */
        {"uooo", LEVEL_OK},
        {"dddd", LEVEL_UNKNOWN}, /* but nothing at all proven is unknown */
        {"uuuu", LEVEL_UNKNOWN},
        {"ssss", LEVEL_UNKNOWN},
        {"....", LEVEL_UNKNOWN}, /* no result at all */
        {"dd s", LEVEL_UNKNOWN},
        {"..s.", LEVEL_UNKNOWN}, /* only a minor list asked, and it is silent */
        {"Aooo", LEVEL_OK},      /* acknowledged findings do not count */
        {"A...", LEVEL_OK},      /* and they prove something */
        {"Awoo", LEVEL_WARNING},
        {"Asoo", LEVEL_UNKNOWN},
        {"A.s.", LEVEL_OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fake_target target = {"203.0.113.5", "", 32, rows[i].cells};
        struct fake fake = fake_of(&target, 1);
        fake.report.ctx = &fake;
        fake.report.target = fake_target;
        fake.report.result = fake_result;
        if (report_target_level(&fake.report, 0) != rows[i].level)
            fail_msg("row %zu (%s): %s, not %s", i, rows[i].cells,
                     level_word(report_target_level(&fake.report, 0)), level_word(rows[i].level));
    }
}

static void blind_severity_moves_the_line(void **state)
{
    (void)state;
    struct fake_target target = {"203.0.113.5", "", 32, "osso"};
    struct fake fake = fake_of(&target, 1);
    fake.report.ctx = &fake;
    fake.report.result = fake_result;
    fake.report.blind_severity = SEV_CRITICAL;
    assert_int_equal(report_target_level(&fake.report, 0), LEVEL_OK);
    fake.report.blind_severity = SEV_MINOR;
    assert_int_equal(report_target_level(&fake.report, 0), LEVEL_UNKNOWN);
}

static void summary_is_the_worst_target_in_the_contract_order(void **state)
{
    (void)state;
    struct fake_target targets[] = {{"203.0.113.1", "", 32, "oooo"},
                                    {"203.0.113.2", "", 32, "sooo"},
                                    {"203.0.113.3", "", 32, "oioo"},
                                    {"203.0.113.4", "", 32, "oooo"}};
    struct fake fake = fake_of(targets, 4);
    fake.report.ctx = &fake;
    fake.report.result = fake_result;
    struct report_summary summary = report_summarize(&fake.report);
    assert_int_equal(summary.level, LEVEL_UNKNOWN);
    assert_int_equal(summary.targets, 4);
    assert_int_equal(summary.by_level[LEVEL_OK], 2);
    assert_int_equal(summary.by_level[LEVEL_INFO], 1);
    assert_int_equal(summary.by_level[LEVEL_UNKNOWN], 1);
    fake.report.target_count = 0;
    assert_int_equal(report_summarize(&fake.report).level, LEVEL_UNKNOWN);
}

static void exit_codes_are_those_of_plugins(void **state)
{
    (void)state;
    assert_int_equal(report_exit_code(LEVEL_OK), 0);
    assert_int_equal(report_exit_code(LEVEL_INFO), 0);
    assert_int_equal(report_exit_code(LEVEL_WARNING), 1);
    assert_int_equal(report_exit_code(LEVEL_CRITICAL), 2);
    assert_int_equal(report_exit_code(LEVEL_UNKNOWN), 3);
    assert_int_equal(report_exit_code(LEVEL_COUNT), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_of_a_target_follows_the_rule),
        cmocka_unit_test(blind_severity_moves_the_line),
        cmocka_unit_test(summary_is_the_worst_target_in_the_contract_order),
        cmocka_unit_test(exit_codes_are_those_of_plugins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
