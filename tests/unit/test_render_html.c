/* SPDX-License-Identifier: ISC */
/* The page of small states as written, and of a state that is far too large. */
#include "unit.h"

#include "fake_report.h"
#include "golden.h"
#include "repmon/clock.h"
#include "repmon/day.h"

#define T0  1795240800 /* 2026-11-21T06:00:00Z */
#define DAY 86400

#define COMMON .reason = "", .url = "", .advice = "", .ack_note = "", .asked = T0, .counts = true
#define PROVEN COMMON, .cause = CAUSE_NONE, .proven = T0

static const struct result clear = {PROVEN, .level = LEVEL_OK, .state = "not-listed"};
static const struct result before = {COMMON, .cause = CAUSE_TIMEOUT, .proven = T0 - DAY,
                                     .level = LEVEL_OK, .state = "not-listed"};
static const struct result silent = {COMMON, .cause = CAUSE_TIMEOUT, .state = ""};
static const struct result nothing = {COMMON, .cause = CAUSE_NO_DATA, .state = ""};
static const struct result listed = {
    .cause = CAUSE_NONE,
    .proven = T0,
    .asked = T0,
    .counts = true,
    .ack_note = "",
    .level = LEVEL_CRITICAL,
    .state = "listed",
    .codes = {{"127.0.0.4", "XBL", "Hijacked machine", SEV_CRITICAL, NULL}},
    .code_count = 1,
    .since = T0 - 2 * DAY,
    .reason = "see https://check.example/203.0.113.5 <b>&\"'",
    .url = "https://check.example/203.0.113.5",
    .delist = "javascript:alert(1)",
    .advice = "XBL: Stop the spam first.\nThen ask for removal."};
static const struct result acked = {.reason = "",
                                    .url = "",
                                    .advice = "",
                                    .ack_note = "known since Monday",
                                    .cause = CAUSE_NONE,
                                    .level = LEVEL_WARNING,
                                    .state = "listed",
                                    .acked_until = T0 + DAY,
                                    .proven = T0,
                                    .asked = T0,
                                    .since = T0 - DAY};

static const struct report_list lists[] = {
    {.source = "dnsbl",
     .list = "zen.example",
     .severity = SEV_CRITICAL,
     .dns_list = true,
     .health = HEALTH_OK,
     .cause = CAUSE_NONE,
     .note = "",
     .proven = T0,
     .heading = "DNS lists"},
    {.source = "dnsbl",
     .list = "bl.example",
     .severity = SEV_MAJOR,
     .dns_list = true,
     .health = HEALTH_BLIND,
     .cause = CAUSE_NOT_SERVED,
     .since = T0 - 3 * DAY,
     .note = "register your resolver",
     .heading = "DNS lists"},
    {.source = "log",
     .list = "gmail",
     .title = "Gmail",
     .severity = SEV_MAJOR,
     .health = HEALTH_OK,
     .cause = CAUSE_NONE,
     .note = "",
     .proven = T0,
     .heading = "Receivers (mail log)"},
};

static const struct report_span spans[] = {
    {T0 - 20 * DAY,
     T0 - 10 * DAY,
     LEVEL_UNKNOWN,
     "",
     "",
     {0},
     0,
     "",
     "no run was completed",
     false},
    {T0 - 40 * DAY,
     T0 - 35 * DAY,
     LEVEL_WARNING,
     "dnsbl",
     "gone.example",
     {4, {203, 0, 113, 9}},
     32,
     "",
     "SPAM",
     true},
};
static const struct report_day days[] = {
    {NUMBERS_FILTER,
     "snds",
     "main/data",
     "main/data",
     {4, {203, 0, 113, 5}},
     20261118,
     COLOUR_RED,
     1.2,
     "1.2%",
     900,
     1000,
     901,
     3},
    {NUMBERS_FILTER,
     "snds",
     "main/data",
     "main/data",
     {4, {203, 0, 113, 5}},
     20261119,
     COLOUR_GREEN,
     0.1,
     "< 0.1%",
     900,
     1000,
     901,
     -1},
    {NUMBERS_DMARC,
     "reports",
     "dmarc",
     "DMARC reports",
     {4, {203, 0, 113, 5}},
     20261118,
     COLOUR_NONE,
     -1,
     "",
     100,
     7,
     110,
     0},
    {NUMBERS_COMPLAINTS,
     "reports",
     "complaints",
     "Complaints",
     {4, {203, 0, 113, 5}},
     20261118,
     COLOUR_NONE,
     -1,
     "",
     -1,
     4,
     -1,
     -1},
};
static const struct report_answers answers[] = {
    {"gmail", "Gmail", 20261119, 30, 2, 0, 1},
    {"gmail", "Gmail", 20261120, 1, 0, 29, 0},
};
static const struct report_past past = {.since = T0 - 90 * DAY,
                                        .spans = spans,
                                        .span_count = COUNT(spans),
                                        .days = days,
                                        .day_count = COUNT(days),
                                        .day_addresses = 1,
                                        .answers = answers,
                                        .answer_count = COUNT(answers)};
static const struct report_past empty = {.since = T0 - 90 * DAY};

static struct fake fake_of(const struct fake_target *targets, size_t count)
{
    struct fake fake = {.report = {.instance = "mon1",
                                   .time = T0,
                                   .blind_severity = SEV_MAJOR,
                                   .target_count = count,
                                   .lists = lists,
                                   .list_count = COUNT(lists),
                                   .last_run = T0 - 60,
                                   .last_success = T0 - 60,
                                   .past = &empty},
                        .targets = targets};
    fake.results['.'] = &clear;
    fake.results['b'] = &before;
    fake.results['t'] = &silent;
    fake.results['n'] = &nothing;
    fake.results['L'] = &listed;
    fake.results['a'] = &acked;
    return fake;
}

static const struct fake_target quiet_ones[] = {{"203.0.113.5", "mx1.example.org", 32, "..."}};
static const struct fake_target bad_ones[] = {{"203.0.113.5", "mx1 <script>", 32, "Lt."},
                                              {"203.0.113.6", "", 32, "abn"},
                                              {"203.0.113.7", "", 32, "Ltn"}};
static const struct fake_target dark_ones[] = {{"203.0.113.5", "", 32, "ttn"}};

static void small_states_are_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct fake_target *targets;
        size_t count;
        const struct report_past *past;
        enum level level;
    } cases[] = {{"quiet.html", quiet_ones, 1, &empty, LEVEL_OK},
                 {"bad.html", bad_ones, COUNT(bad_ones), &past, LEVEL_CRITICAL},
                 {"dark.html", dark_ones, 1, &empty, LEVEL_UNKNOWN}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake fake = fake_of(cases[i].targets, cases[i].count);
        enum level level = LEVEL_COUNT;
        fake.report.past = cases[i].past;
        char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
        /* What the browser sees of the style is page.css, not a state's. */
        char *style = strstr(text, "<style>"), *end = strstr(text, "</style>");
        assert_true(style && end);
        memmove(style + 8, end, strlen(end) + 1);
        assert_int_equal(level, cases[i].level);
        assert_golden(cases[i].name, text);
        free(text);
    }
}

/* ---- the first sentence ---- */

static const struct fake_target heard_ones[] = {{"203.0.113.5", "", 32, ".t."}};
static const struct fake_target blind_ones[] = {{"203.0.113.5", "", 32, "tt."}};
static const struct fake_target unlisted_ones[] = {{"203.0.113.5", "", 32, "--."}};

static void fail_unless(const char *text, const char *part, size_t i)
{
    if (!strstr(text, part))
        fail_msg("case %zu: no %s in %s", i, part, strstr(text, "<h1>"));
}

static void only_a_dns_list_that_proved_something_is_a_list_that_answered(void **state)
{
    (void)state;
    static const struct {
        const struct fake_target *targets;
        size_t first;       /* of `lists` */
        enum health health; /* of the first list */
        const char *title, *fact, *part;
    } cases[] = {
        {heard_ones, 0, HEALTH_OK,
         "<h1>No open finding for 1 address on the 1 list that answered, but 1 list could not be "
         "queried or trusted. 1 receiver accepted mail.</h1>",
         "bl.example: the list refuses your queries</a>", ">bl.example<"},
        {blind_ones, 0, HEALTH_BLIND,
         "<h1>Whether 1 address is listed is not known: no list could be proven; 2 lists could not "
         "be queried or trusted. 1 receiver accepted mail.</h1>",
         "zen.example, bl.example</a>", ">zen.example<"},
        {unlisted_ones, 2, HEALTH_OK,
         "<h1>No open finding for 1 address, but no DNS list is queried. 1 receiver accepted "
         "mail.</h1>",
         "Unknown</b> whether anything is listed: no DNS list is queried",
         "<p>No DNS list is queried, so whether anything is listed is not known.</p>"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report_list own[COUNT(lists)];
        struct fake_target target = cases[i].targets[0];
        struct fake fake = fake_of(&target, 1);
        enum level level;
        memcpy(own, lists, sizeof own);
        own[0].health = cases[i].health;
        target.cells += cases[i].first;
        fake.report.lists = own + cases[i].first;
        fake.report.list_count = COUNT(own) - cases[i].first;
        char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
        fail_unless(text, cases[i].title, i);
        fail_unless(text, cases[i].fact, i);
        fail_unless(text, cases[i].part, i);
        free(text);
    }
}

static void of_lists_that_fail_those_acknowledged_are_counted(void **state)
{
    (void)state;
    struct report_list own[COUNT(lists)];
    struct fake fake = fake_of(blind_ones, 1);
    enum level level;
    memcpy(own, lists, sizeof own);
    own[0].health = HEALTH_BLIND;
    own[1].acked_until = T0 + DAY;
    own[1].ack_note = "<b>";
    fake.report.lists = own;
    char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
    fail_unless(text, "2 lists could not be queried or trusted (1 acknowledged)", 0);
    fail_unless(text, "bl.example (acknowledged)</a>", 0);
    fail_unless(text, "<bdi>&lt;b&gt;</bdi>", 0);
    free(text);
}

static void lists_that_nothing_can_prove_are_named_and_are_no_failure(void **state)
{
    (void)state;
    static const struct result unproven = {COMMON, .cause = CAUSE_UNPROVEN, .state = ""};
    static const struct fake_target one[] = {{"203.0.113.5", "", 32, ".u."}};
    struct report_list own[COUNT(lists)];
    struct fake fake = fake_of(one, 1);
    enum level level;
    memcpy(own, lists, sizeof own);
    own[1].health = HEALTH_OK;
    own[1].note = "no reverse name";
    fake.report.lists = own;
    fake.results['u'] = &unproven;
    char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
    assert_int_equal(level, LEVEL_OK);
    fail_unless(text, "on the 1 list that answered.", 0);
    fail_unless(text, "<li><bdi>bl.example</bdi>: no reverse name</li>", 0);
    fail_unless(text, "1 not proven, for a normal reason</a>", 0);
    fail_unless(text, "<td class=\"n\">○</td>", 0);
    free(text);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void advice_that_is_common_to_most_lists_is_given_once(void **state)
{
    (void)state;
    static const char advice[] = "remove it if this persists while other lists pass";
    static const struct {
        bool culprit;
        enum cause last;
        const char *said;
        size_t notes, above;
    } cases[] = {
        {false, CAUSE_UNTRUSTED, "<b>Look at the resolver first:</b> most lists fail alike, ", 0,
         4},
        {false, CAUSE_TIMEOUT, "<b>Look at the resolver first:</b> most lists fail alike, ", 1, 3},
        {true, CAUSE_UNTRUSTED, "<b>Look at the resolver first:</b> remove it", 1, 4},
    };
    static const struct fake_target one[] = {{"203.0.113.5", "", 32, "tttt"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report_list own[4];
        struct fake fake = fake_of(one, 1);
        enum level level;
        for (size_t j = 0; j < COUNT(own); j++) {
            own[j] = lists[0];
            own[j].health = HEALTH_UNTRUSTED;
            own[j].cause = j == 3 ? cases[i].last : CAUSE_UNTRUSTED;
            own[j].note = advice;
            own[j].names_culprit = cases[i].culprit;
        }
        fake.report.lists = own;
        fake.report.list_count = COUNT(own);
        char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
        fail_unless(text, cases[i].said, i);
        assert_int_equal(count_of(text, advice), cases[i].notes);
        assert_int_equal(count_of(text, "<td>see above</td>"), cases[i].above);
        free(text);
    }
}

static void a_span_without_a_beginning_has_no_date_of_1970(void **state)
{
    (void)state;
    static const struct report_span early[] = {{.end = T0 - 10 * DAY,
                                                .source = "",
                                                .list = "",
                                                .label = "",
                                                .words = "before the first run"}};
    static const struct report_past old = {.since = T0 - 90 * DAY, .spans = early, .span_count = 1};
    struct fake fake = fake_of(quiet_ones, 1);
    enum level level;
    fake.report.past = &old;
    char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
    fail_unless(text, "not known until 2026-11-11 06:00", 0);
    assert_null(strstr(text, "1970"));
    free(text);
}

/* Text of the fact "Since" at the top; "" without one. Borrowed from the page. */
static const char *since_of(char *page)
{
    char *fact = strstr(page, "Since</b>");
    char *time = fact ? strstr(fact, "datetime=\"") : NULL;
    char *end = time ? strchr(time + 10, '"') : NULL;
    if (!end)
        return "";
    *end = '\0';
    return time + 10;
}

static void since_is_when_the_oldest_open_finding_above_info_began(void **state)
{
    static const struct fake_target one[] = {{"203.0.113.5", "", 32, "L.w"},
                                             {"203.0.113.6", "", 32, ".ai"}};
    static const struct {
        int warning_days, info_days;
        const char *since;
    } cases[] = {{9, 20, "2026-11-12"}, {1, 20, "2026-11-19"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake fake = fake_of(one, COUNT(one));
        struct result warning = acked, info = acked, old = acked;
        warning.acked_until = info.acked_until = 0;
        warning.since = T0 - cases[i].warning_days * DAY;
        info.level = LEVEL_INFO;
        info.since = T0 - cases[i].info_days * DAY;
        old.since = T0 - 30 * DAY;
        fake.results['w'] = &warning;
        fake.results['i'] = &info;
        fake.results['a'] = &old;
        enum level level;
        char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
        const char *since = since_of(text);
        if (strncmp(since, cases[i].since, 10) != 0)
            fail_msg("case %zu: since %s", i, since);
        free(text);
    }
}

/* Markup; marks that reorder text; no UTF-8. */
static const char *hostile_texts[] = {"<script>alert(1)</script>", "\"><img src=x onerror=a()>",
                                      "\xe2\x80\xae\xe2\x81\xa6", "\xff\xfe", "&lt;&amp;"};

static void foreign_text_is_never_markup(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hostile_texts); i++) {
        struct report_list own[COUNT(lists)];
        struct result bad = listed;
        struct fake_target target = {"203.0.113.5", hostile_texts[i], 32, "Ltn"};
        struct fake fake = fake_of(&target, 1);
        enum level level;
        memcpy(own, lists, sizeof own);
        own[1].note = own[0].heading = own[2].title = hostile_texts[i];
        bad.reason = bad.advice = bad.url = hostile_texts[i];
        bad.codes[0].name = bad.codes[0].meaning = hostile_texts[i];
        fake.report.instance = hostile_texts[i];
        fake.report.lists = own;
        fake.report.past = &past;
        fake.results['L'] = &bad;
        char *text = fake_render(&fake, &render_html, &(struct render_options){0}, &level);
        const char *body = strstr(text, "</style>");
        assert_null(strstr(body, "<script"));
        assert_null(strstr(body, "<img"));
        assert_null(strstr(body, "javascript:alert(1)\""));
        assert_null(strstr(body, "\xe2\x80\xae"));
        assert_null(strstr(body, "\xff"));
        free(text);
    }
}

/* ---- too much of everything ---- */

#define MANY_TARGETS 20000
#define MANY_LISTS   60

static char many_names[MANY_LISTS][32];
static struct report_list many_lists[MANY_LISTS];
static char many_reason[512];

static void many_target(const struct report *r, size_t i, struct report_target *out)
{
    (void)r;
    *out = (struct report_target){.ip = ip_from_v4(0x0a000000u + 2 * (uint32_t)i),
                                  .prefix = 32,
                                  .label = "a-label-of-a-usual-length.example.org"};
}

/* Each target has another set of findings: no two are one row. */
static bool many_result(const struct report *r, size_t i, size_t j, struct result *out)
{
    (void)r;
    *out = (i * 2654435761u >> j % 24 & 1) ? listed : clear;
    out->column = j;
    if (out->level == LEVEL_OK)
        return true;
    out->level = j % 2 ? LEVEL_WARNING : LEVEL_CRITICAL;
    out->reason = many_reason;
    snprintf(out->codes[0].answer, sizeof out->codes[0].answer, "127.%zu.0.2", i % 250);
    return true;
}

static void a_page_of_far_too_much_stays_under_two_megabytes(void **state)
{
    (void)state;
    struct report_day *many_days = mem_array(5400, sizeof *many_days);
    struct report_answers *many_answers = mem_array(5400, sizeof *many_answers);
    struct report_span *many_spans = mem_array(4000, sizeof *many_spans);
    memset(many_reason, '&', sizeof many_reason - 1);
    for (size_t j = 0; j < MANY_LISTS; j++) {
        snprintf(many_names[j], sizeof many_names[j], "list%zu.of.many.example", j);
        many_lists[j] = lists[0];
        many_lists[j].list = many_names[j];
    }
    for (size_t k = 0; k < 5400; k++) {
        many_days[k] = days[0];
        many_days[k].ip = ip_from_v4(0x0a000000u + (uint32_t)(k / 90));
        many_days[k].day = day_of(T0 - (time_t)(89 - k % 90) * DAY);
        many_answers[k] = answers[0];
        many_answers[k].receiver = many_names[k / 90];
        many_answers[k].day = many_days[k].day;
    }
    for (size_t k = 0; k < 4000; k++) {
        many_spans[k] = spans[1];
        many_spans[k].ip = ip_from_v4(0x0b000000u + (uint32_t)k);
        many_spans[k].words = many_reason;
    }
    const struct report_past much = {.since = T0 - 90 * DAY,
                                     .spans = many_spans,
                                     .span_count = 4000,
                                     .days = many_days,
                                     .day_count = 5400,
                                     .answers = many_answers,
                                     .answer_count = 5400};
    struct report r = {.instance = "mon1",
                       .time = T0,
                       .blind_severity = SEV_MAJOR,
                       .target_count = MANY_TARGETS,
                       .lists = many_lists,
                       .list_count = MANY_LISTS,
                       .past = &much,
                       .target = many_target,
                       .result = many_result};
    char *text = NULL;
    size_t len = 0;
    enum level level;
    struct error err = {0};
    FILE *out = open_memstream(&text, &len);
    assert_true(render(&render_html, &r, &(struct render_options){0}, out, &level, &err));
    fclose(out);
    assert_in_range(len, 1u << 19, (2u << 20) - 1);
    assert_non_null(strstr(text, "</html>"));
    assert_non_null(strstr(text, "further findings"));
    assert_non_null(strstr(text, "further addresses"));
    free(text);
    free(many_days);
    free(many_answers);
    free(many_spans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_states_are_as_written),
        cmocka_unit_test(only_a_dns_list_that_proved_something_is_a_list_that_answered),
        cmocka_unit_test(of_lists_that_fail_those_acknowledged_are_counted),
        cmocka_unit_test(lists_that_nothing_can_prove_are_named_and_are_no_failure),
        cmocka_unit_test(advice_that_is_common_to_most_lists_is_given_once),
        cmocka_unit_test(a_span_without_a_beginning_has_no_date_of_1970),
        cmocka_unit_test(since_is_when_the_oldest_open_finding_above_info_began),
        cmocka_unit_test(foreign_text_is_never_markup),
        cmocka_unit_test(a_page_of_far_too_much_stays_under_two_megabytes),
    };
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
