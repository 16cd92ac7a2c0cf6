/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "fake_report.h"
#include "golden.h"

#include <jansson.h>

#define T0     1795240800 /* 2026-11-21T06:00:00Z */
#define COMMON .reason = "", .url = "", .advice = "", .ack_note = "", .asked = T0, .counts = true
#define PROVEN COMMON, .cause = CAUSE_NONE, .proven = T0

static const struct result clear = {PROVEN, .level = LEVEL_OK, .state = "not-listed"};
static const struct result sbl = {
    .cause = CAUSE_NONE,
    .proven = T0,
    .asked = T0,
    .counts = true,
    .ack_note = "",
    .level = LEVEL_CRITICAL,
    .state = "listed",
    .codes = {{"127.0.0.2", "SBL", "Spamhaus maintained spam sources", SEV_CRITICAL},
              {"127.0.0.4", "XBL", "Hijacked machines, by exploit or malware", SEV_CRITICAL}},
    .code_count = 2,
    .since = T0 - 90000,
    .reason = "https://check.example/query/ip/203.0.113.5 | \033[31mred\nline",
    .url = "https://check.example/203.0.113.5",
    .advice =
        "Stop the spam first: look for a hijacked account or machine. Then ask for removal on "
        "the page above."};
static const struct result minor = {PROVEN, .level = LEVEL_WARNING, .state = "listed",
                                    .codes = {{"127.0.0.9", "unknown", "", SEV_MINOR}},
                                    .code_count = 1};
static const struct result acked = {.reason = "",
                                    .url = "",
                                    .advice = "",
                                    .ack_note = "known",
                                    .cause = CAUSE_NONE,
                                    .level = LEVEL_WARNING,
                                    .state = "listed",
                                    .acked_until = T0 + 86400,
                                    .proven = T0,
                                    .asked = T0,
                                    .since = T0 - 86400};
static const struct result silent = {COMMON, .cause = CAUSE_TIMEOUT, .state = ""};
static const struct result refused = {COMMON, .cause = CAUSE_NOT_SERVED, .state = ""};
static const struct result no_test = {COMMON, .cause = CAUSE_UNPROVEN, .state = ""};
static const struct result confirmed = {PROVEN, .level = LEVEL_OK, .state = "confirmed"};
static const struct result junked = {PROVEN, .level = LEVEL_WARNING, .state = "junked"};

static const struct report_list lists[] = {
    {"dnsbl", "zen.example", SEV_CRITICAL, LIST_BLOCK, true, HEALTH_OK, CAUSE_NONE, "", T0, 0},
    {"dnsbl", "bl.example", SEV_MAJOR, LIST_BLOCK, true, HEALTH_OK, CAUSE_NONE, "", T0, 0},
    {"dnsbl", "reg.example", SEV_MAJOR, LIST_BLOCK, true, HEALTH_BLIND, CAUSE_NOT_SERVED,
     "register your resolver at https://reg.example/", 0, T0 - 3600},
    {"dnsbl", "small.example", SEV_MINOR, LIST_BLOCK, true, HEALTH_OK, CAUSE_NONE, "", T0, 0},
    {"dnsbl", "off.example", SEV_MAJOR, LIST_BLOCK, true, HEALTH_OFF, CAUSE_NOT_SERVED,
     "needs registration at https://off.example/", 0, 0},
    {"snds", "main/status", SEV_CRITICAL, LIST_BLOCK, false, HEALTH_OK, CAUSE_NONE, "", T0, 0},
    {"ptr", "ptr", SEV_MAJOR, LIST_BLOCK, false, HEALTH_OK, CAUSE_NONE, "", T0, 0},
};

static const char *const notes[] = {"resolver 8.8.8.8 is public: many lists refuse it"};

static struct fake fake_of(const struct fake_target *targets, size_t count)
{
    struct fake fake = {.report = {.instance = "mon1",
                                   .time = T0,
                                   .elapsed_s = 0.42,
                                   .blind_severity = SEV_MAJOR,
                                   .target_count = count,
                                   .lists = lists,
                                   .list_count = COUNT(lists)},
                        .targets = targets};
    fake.results['.'] = &clear;
    fake.results['S'] = &sbl;
    fake.results['m'] = &minor;
    fake.results['a'] = &acked;
    fake.results['t'] = &silent;
    fake.results['r'] = &refused;
    fake.results['u'] = &no_test;
    fake.results['p'] = &confirmed;
    fake.results['j'] = &junked;
    return fake;
}

static const struct fake_target one_listed[] = {{"203.0.113.5", "mx1.example.org", 32, "S.rm -p"}};
static const struct fake_target one_clear[] = {{"198.51.100.7", "", 32, ".... .p"}};
static const struct fake_target one_unknown[] = {{"198.51.100.7", "", 32, "t.ru --"}};
static const struct fake_target one_dark[] = {{"198.51.100.7", "", 32, "ttrt --"}};
static const struct fake_target one_acked[] = {{"198.51.100.7", "", 32, "...a --"}};
static const struct fake_target some[] = {
    {"198.51.100.1", "", 32, ".... --"},  {"198.51.100.2", "", 32, ".... --"},
    {"198.51.100.3", "", 32, ".m.. --"},  {"198.51.100.4", "", 32, ".m.. --"},
    {"198.51.100.5", "", 32, ".m.. --"},  {"198.51.100.6", "mx6", 32, "S... j-"},
    {"198.51.100.8", "", 32, ".t.. --"},  {"198.51.100.9", "", 32, ".... --"},
    {"2001:db8:1:2::", "", 64, ".... --"}};

static void each_format_of_each_case_is_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct fake_target *targets;
        size_t count;
        enum level level;
    } cases[] = {
        {"listed", one_listed, 1, LEVEL_CRITICAL},  {"clear", one_clear, 1, LEVEL_OK},
        {"unknown", one_unknown, 1, LEVEL_UNKNOWN}, {"dark", one_dark, 1, LEVEL_UNKNOWN},
        {"acked", one_acked, 1, LEVEL_OK},          {"block", some, COUNT(some), LEVEL_CRITICAL},
    };
    const struct render_options options = {.width = 78, .verbose = 1};
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (const struct renderer *const *r = render_all(); *r; r++) {
            struct fake fake = fake_of(cases[i].targets, cases[i].count);
            enum level level = LEVEL_COUNT;
            char file[64];
            snprintf(file, sizeof file, "%s.%s", cases[i].name, (*r)->name);
            if (i == 0) {
                fake.report.notes = notes;
                fake.report.note_count = 1;
            }
            char *text = fake_render(&fake, *r, &options, &level);
            assert_golden(file, text);
            assert_int_equal(level, cases[i].level);
            assert_null(strcasestr(text, "all clear"));
            assert_null(strchr(text, '\033'));
            free(text);
        }
    }
}

static void json_parses_and_equals_text_in_content(void **state)
{
    (void)state;
    struct fake fake = fake_of(some, COUNT(some));
    enum level level;
    char *text = fake_render(&fake, &render_json, &(struct render_options){0}, &level);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    const char *word;
    int version, targets, critical, warning, unknown, ok, info;
    assert_int_equal(json_unpack(root, "{s:i s:{s:s s:i s:i s:i s:i s:i s:i}}", "version", &version,
                                 "summary", "level", &word, "targets", &targets, "ok", &ok, "info",
                                 &info, "warning", &warning, "critical", &critical, "unknown",
                                 &unknown),
                     0);
    assert_int_equal(version, 1);
    assert_string_equal(word, "critical");
    assert_int_equal(targets, 9);
    assert_int_equal(ok, 4);
    assert_int_equal(info, 0);
    assert_int_equal(warning, 3);
    assert_int_equal(critical, 1);
    assert_int_equal(unknown, 1);
    json_t *list = json_object_get(root, "targets");
    assert_int_equal(json_array_size(list), COUNT(some));
    for (size_t i = 0; i < COUNT(some); i++) {
        json_t *results = json_object_get(json_array_get(list, i), "results");
        size_t expected = 0;
        for (const char *c = some[i].cells; *c; c++)
            expected += fake.results[(unsigned char)*c] != NULL;
        assert_int_equal(json_array_size(results), expected);
    }
    json_decref(root);
    free(text);
}

static void thresholds_of_the_plugin_make_it_worse_but_never_better(void **state)
{
    (void)state;
    static const struct {
        const struct fake_target *targets;
        const char *warning, *critical;
        enum level level;
    } rows[] = {
        {one_clear, "0", "5", LEVEL_OK},         {one_acked, "0", "5", LEVEL_OK},
        {one_listed, "5", "9", LEVEL_CRITICAL},  {one_clear, "@0", NULL, LEVEL_WARNING},
        {one_clear, NULL, "@0", LEVEL_CRITICAL}, {one_unknown, "@0", NULL, LEVEL_WARNING},
        {one_unknown, "0", "0", LEVEL_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fake fake = fake_of(rows[i].targets, 1);
        struct render_options options = {.has_warning = rows[i].warning != NULL,
                                         .has_critical = rows[i].critical != NULL};
        if (rows[i].warning)
            assert_true(threshold_parse(rows[i].warning, &options.warning, NULL));
        if (rows[i].critical)
            assert_true(threshold_parse(rows[i].critical, &options.critical, NULL));
        enum level level;
        char *text = fake_render(&fake, &render_nagios, &options, &level);
        if (level != rows[i].level)
            fail_msg("row %zu: %s", i, text);
        char perfdata[128];
        snprintf(perfdata, sizeof perfdata, ";%s;%s;0 ", rows[i].warning ? rows[i].warning : "",
                 rows[i].critical ? rows[i].critical : "");
        assert_non_null(strstr(text, perfdata));
        free(text);
    }
}

static void the_plugin_says_not_listed_only_where_a_dns_list_proved_it(void **state)
{
    (void)state;
    static const struct report_list own[] = {
        {.source = "dnsbl", .list = "zen.example", .severity = SEV_CRITICAL, .dns_list = true},
        {.source = "log", .list = "gmail", .severity = SEV_MAJOR},
        {.source = "log", .list = "yahoo", .severity = SEV_MAJOR},
        {.source = "ptr", .list = "ptr", .severity = SEV_MAJOR}};
    static const struct {
        const char *cells[2]; /* of one target, or of two */
        const char *line;
    } rows[] = {
        {{".dd "}, "OK - 192.0.2.1 not listed; 1 clear, 0 unknown, accepted by 2 receivers |"},
        {{"tdd "},
         "UNKNOWN - 192.0.2.1: no list proven; 0 clear, 1 unknown: zen.example timeout, "
         "accepted by 2 receivers |"},
        {{"udd "}, "OK - 192.0.2.1: no list proven; 0 clear, 0 unknown, accepted by 2 receivers |"},
        {{" dd "}, "OK - 192.0.2.1 accepted by 2 receivers |"},
        {{" d p"}, "OK - 192.0.2.1 accepted by 1 receiver; 1 clear, 0 unknown |"},
        {{"   p"}, "OK - 192.0.2.1 no finding; 1 clear, 0 unknown |"},
        {{"t   "}, "UNKNOWN - 192.0.2.1: nothing could be proven; 0 clear, 1 unknown: "},
        {{"t  a"}, "UNKNOWN - 192.0.2.1: no list proven; 0 clear, 1 unknown: "},
        {{"   a"}, "OK - 192.0.2.1 no new finding; 0 clear, 0 unknown, 1 acknowledged |"},
        {{"a   "}, "OK - 192.0.2.1 nothing new listed; 0 clear, 0 unknown, 1 acknowledged |"},
        {{"Sd  "},
         "CRITICAL - 192.0.2.1 listed: zen.example (SBL, XBL); 0 clear, 0 unknown, "
         "accepted by 1 receiver |"},
        {{".   ", ".   "}, "OK - 2 addresses not listed; 2 clear, 0 unknown |"},
        {{".d  ", "td  "}, "UNKNOWN - 1 of 2 addresses not listed; 1 clear, 1 unknown: "},
        {{" d  ", " d  "}, "OK - 2 addresses accepted by 1 receiver |"},
    };
    static const struct result delivered = {PROVEN, .level = LEVEL_OK, .state = "accepted"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fake_target targets[] = {{"192.0.2.1", "", 32, rows[i].cells[0]},
                                              {"192.0.2.2", "", 32, rows[i].cells[1]}};
        struct fake fake = fake_of(targets, rows[i].cells[1] ? 2 : 1);
        fake.report.lists = own;
        fake.report.list_count = COUNT(own);
        fake.results['d'] = &delivered;
        enum level level;
        char *text = fake_render(&fake, &render_nagios, &(struct render_options){0}, &level);
        if (strncmp(text, "REPMON ", 7) != 0 ||
            strncmp(text + 7, rows[i].line, strlen(rows[i].line)) != 0)
            fail_msg("row %zu: %s", i, text);
        free(text);
    }
}

/* Lines of the long output, and how many the last of them says are left out. */
static size_t lines_and_more(const char *text)
{
    size_t lines = 0, more = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        if (sscanf(line, "and %zu more line", &more) == 0)
            lines++;
    }
    return lines + more;
}

static void plugin_output_stays_below_8_kib_and_counts_what_it_leaves_out(void **state)
{
    (void)state;
    enum { N = 600, FINDINGS = 4 * N, LIST_NOTES = 2 };
    static struct fake_target targets[N];
    static char names[N][16];
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "198.51.%d.%d", i / 250, i % 250);
        targets[i] = (struct fake_target){names[i], "", 32, "SSSm --"};
    }
    for (int verbose = 0; verbose < 4; verbose++) {
        struct fake fake = fake_of(targets, N);
        struct render_options options = {.verbose = verbose};
        enum level level;
        char *text = fake_render(&fake, &render_nagios, &options, &level);
        assert_in_range(strlen(text), 100, 8191);
        char *bar = strchr(text, '|'), *end = strchr(text, '\n');
        assert_non_null(bar);
        assert_null(strchr(bar + 1, '|'));
        assert_true(bar < end);
        assert_non_null(strstr(bar, "listed=2400;;;0 critical=1800 warning=600 "));
        assert_int_equal(lines_and_more(end + 1), verbose ? FINDINGS + LIST_NOTES : 0);
        free(text);
    }
}

static void colour_and_width_are_obeyed(void **state)
{
    (void)state;
    struct fake fake = fake_of(one_listed, 1);
    enum level level;
    char *text = fake_render(&fake, &render_text,
                             &(struct render_options){.width = 40, .color = true}, &level);
    assert_non_null(strstr(text, "\033[1;31mCRITICAL\033[0m"));
    assert_null(strstr(text, "\033[31m")); /* of the list's own text */
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        /* A word that is longer than the room may stand out; nothing else. */
        if (len > 40 + 16 && !strstr(line, "http"))
            fail_msg("too wide: %.*s", (int)len, line);
        line += len + (line[len] == '\n');
    }
    free(text);
}

static size_t lines_with(const char *text, const char *start)
{
    size_t count = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        count += strncmp(line, start, strlen(start)) == 0;
    return count;
}

static void metrics_of_65536_listed_targets_are_counted_in_full_and_shown_in_part(void **state)
{
    (void)state;
    enum { N = 65536 };
    static struct fake_target targets[N];
    static char names[N][16];
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "10.9.%d.%d", i / 256, i % 256);
        targets[i] = (struct fake_target){names[i], "", 32, "SSSm --"};
    }
    struct fake fake = fake_of(targets, N);
    enum level level;
    char *text = fake_render(&fake, &render_prometheus, &(struct render_options){0}, &level);
    assert_int_equal(lines_with(text, "repmon_listed{"), 1000);
    assert_int_equal(lines_with(text, "repmon_target_level{"), 1000);
    assert_int_equal(lines_with(text, "repmon_findings{severity=\"critical\"} 196608"), 1);
    assert_in_range(strlen(text), 1000, 256 * 1024);
    free(text);
}

static void metrics_follow_the_exposition_format(void **state)
{
    (void)state;
    struct fake fake = fake_of(some, COUNT(some));
    const struct report_outbox outbox[] = {{"ops \"a\\b\"", "pending", 2}};
    const struct report_credential credentials[] = {{"main", "refresh", T0 + 86400}};
    struct report_messages messages[] = {
        {.receiver = "gmail", .accepted = 40, .refused = 2, .throttled = 3},
        {.receiver = "others", .other = 1}};
    assert_true(ip_parse("203.0.113.5", &messages[0].ip));
    fake.report.messages = messages;
    fake.report.message_count = 2;
    const struct mail_count mails[] = {{"inbox", "dmarc", 412}, {"inbox", "unproven", 3}};
    fake.report.mails = mails;
    fake.report.mail_count = 2;
    fake.report.outbox = outbox;
    fake.report.outbox_count = 1;
    fake.report.credentials = credentials;
    fake.report.credential_count = 1;
    fake.report.last_run = T0 - 60;
    fake.report.last_success = T0 - 60;
    fake.report.last_run_s = 2.5;
    fake.report.shard = (struct shard){2, 5};
    enum level level;
    char *text = fake_render(&fake, &render_prometheus, &(struct render_options){0}, &level);
    assert_golden("run.prometheus", text);
    /* One HELP and one TYPE before the samples of each name, and its lines stand together. */
    char seen[64][64];
    size_t families = 0;
    char current[64] = "";
    for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
        char name[64];
        if (sscanf(line, "# HELP %63s", name) == 1) {
            for (size_t i = 0; i < families; i++)
                assert_string_not_equal(seen[i], name);
            assert_in_range(families, 0, 62);
            strcpy(seen[families++], name);
            strcpy(current, name);
        } else if (sscanf(line, "# TYPE %63s gauge", name) == 1) {
            assert_string_equal(name, current);
        } else {
            assert_int_equal(strncmp(line, current, strlen(current)), 0);
        }
    }
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_of_each_case_is_as_written),
        cmocka_unit_test(json_parses_and_equals_text_in_content),
        cmocka_unit_test(thresholds_of_the_plugin_make_it_worse_but_never_better),
        cmocka_unit_test(the_plugin_says_not_listed_only_where_a_dns_list_proved_it),
        cmocka_unit_test(plugin_output_stays_below_8_kib_and_counts_what_it_leaves_out),
        cmocka_unit_test(colour_and_width_are_obeyed),
        cmocka_unit_test(metrics_of_65536_listed_targets_are_counted_in_full_and_shown_in_part),
        cmocka_unit_test(metrics_follow_the_exposition_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
