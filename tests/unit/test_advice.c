/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/advice.h"
#include "repmon/limits.h"

static struct advice_table *book;

static int open_book(void **state)
{
    (void)state;
    struct error err = {0};
    book = advice_table_new(&err);
    return book ? 0 : -1;
}

static int close_book(void **state)
{
    (void)state;
    advice_table_free(book);
    return 0;
}

static const char *const sources[] = {"dnsbl", "snds", "talos", "ptr"};

static void every_cause_of_every_source_has_a_next_step(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(sources); s++)
        for (int c = 0; c < CAUSE_COUNT; c++) {
            struct advice out;
            struct advice_query q = {
                .source = sources[s], .dns_list = s == 0, .cause = (enum cause)c};
            if (c == CAUSE_NONE)
                continue;
            assert_true(advice_for(book, &q, &out));
            assert_true(strlen(out.text) > 20);
            assert_null(strchr(out.text, '{'));
        }
}

static void every_state_has_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        enum list_kind kind;
        const char *state, *word, *url;
    } rows[] = {
        {"snds", 0, "blocked", "sender.office.com", "https://olcsupport.office.com/"},
        {"snds", 0, "junked", "Junk", "https://olcsupport.office.com/"},
        {"snds", 0, "red", "90 %", NULL},
        {"snds", 0, "yellow", "10 to 90", NULL},
        {"snds", 0, "complaints", "JMRP", NULL},
        {"snds", 0, "other words", "SNDS", NULL},
        {"ptr", 0, "missing", "no reverse name", ""},
        {"ptr", 0, "mismatch", "does not resolve back", ""},
        {"ptr", 0, "generic", "generic", ""},
        {"talos", 0, "Poor", "sudden jump",
         "https://talosintelligence.com/reputation_center/lookup?search=203.0.113.5"},
        {"talos", 0, "untrusted", "untrusted", NULL},
        {"talos", 0, "questionable", "questionable", NULL},
        {"dnsbl", LIST_BLOCK, "listed", "Don't pay", ""},
        {"dnsbl", LIST_SCORE, "40", "A score can't be delisted", ""},
        {"dnsbl", LIST_ALLOW, "none any more", "allow list", ""},
    };
    struct ip ip;
    ip_parse("203.0.113.5", &ip);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct advice out;
        struct advice_query q = {.source = rows[i].source,
                                 .kind = rows[i].kind,
                                 .state = rows[i].state,
                                 .cause = CAUSE_NONE,
                                 .ip = &ip};
        assert_true(advice_for(book, &q, &out));
        if (!strstr(out.text, rows[i].word))
            fail_msg("%s: %s", rows[i].state, out.text);
        if (rows[i].url)
            assert_string_equal(out.url, rows[i].url);
    }
}

static void what_is_good_needs_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *state;
    } rows[] = {{"dnsbl", "not-listed"}, {"snds", "normal"}, {"snds", "green"},
                {"ptr", "confirmed"},    {"talos", "Good"},  {"talos", "trusted"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct advice out;
        struct advice_query q = {
            .source = rows[i].source, .state = rows[i].state, .cause = CAUSE_NONE};
        assert_false(advice_for(book, &q, &out));
        assert_string_equal(out.text, "");
        assert_string_equal(out.url, "");
    }
}

static void codes_speak_before_the_list_and_the_worst_first(void **state)
{
    (void)state;
    const struct code codes[] = {
        {.name = "PBL", .severity = SEV_MAJOR, .advice = "Send through a relay."},
        {.name = "SBL", .severity = SEV_CRITICAL, .advice = "Ask your provider."},
        {.name = "SBL2", .severity = SEV_CRITICAL, .advice = "Ask your provider."}};
    struct advice out;
    struct ip ip;
    ip_parse("2001:db8::1", &ip);
    struct advice_query q = {.source = "dnsbl",
                             .dns_list = true,
                             .list = "zen.spamhaus.org",
                             .state = "listed",
                             .cause = CAUSE_NONE,
                             .codes = codes,
                             .code_count = COUNT(codes),
                             .list_advice = "Read the page.",
                             .lookup_url = "https://example.org/look",
                             .delist_url = "https://example.org/remove?ip={ip}&x=1",
                             .ip = &ip};
    assert_true(advice_for(book, &q, &out));
    assert_string_equal(out.text, "SBL, SBL2: Ask your provider.\nPBL: Send through a relay.");
    assert_string_equal(out.url, "https://example.org/look");
    assert_string_equal(out.delist, "https://example.org/remove?ip=2001:db8::1&x=1");
    q.lookup_url = q.delist_url;
    assert_true(advice_for(book, &q, &out));
    assert_string_equal(out.url, "https://example.org/remove?ip=2001:db8::1&x=1");
    assert_string_equal(out.delist, out.url);
    q.lookup_url = "";
    q.code_count = 0;
    q.ip = NULL;
    assert_true(advice_for(book, &q, &out));
    assert_string_equal(out.text, "Read the page.");
    assert_string_equal(out.url, "https://example.org/remove");
}

static void a_refusing_list_names_its_cure(void **state)
{
    (void)state;
    struct advice out;
    struct advice_query q = {.source = "dnsbl",
                             .dns_list = true,
                             .cause = CAUSE_NOT_SERVED,
                             .list_cure = "register at example.org",
                             .lookup_url = "https://example.org/look"};
    assert_true(advice_for(book, &q, &out));
    assert_non_null(
        strstr(out.text, "unknown whether the address is listed: register at example.org."));
    assert_string_equal(out.url, "https://example.org/look");
    q.list_cure = "";
    assert_true(advice_for(book, &q, &out));
    assert_non_null(strstr(out.text, "a resolver of your own"));
}

static void what_expires_says_how_to_renew(void **state)
{
    (void)state;
    static const enum change_kind kinds[] = {CHANGE_EXPIRING, CHANGE_EXPIRED, CHANGE_STALE,
                                             CHANGE_FLAPPING};
    for (size_t s = 0; s < COUNT(sources); s++)
        for (size_t k = 0; k < COUNT(kinds); k++) {
            struct advice out;
            struct advice_query q = {.source = sources[s],
                                     .dns_list = s == 0,
                                     .state = "not-listed",
                                     .cause = CAUSE_NONE,
                                     .change = kinds[k]};
            assert_true(advice_for(book, &q, &out));
        }
}

static void pages_are_never_cut_in_the_middle(void **state)
{
    (void)state;
    char out[24];
    struct ip ip;
    ip_parse("203.0.113.5", &ip);
    advice_url("https://a.example/?ip={ip}", &ip, out, sizeof out);
    assert_string_equal(out, "");
    advice_url("https://a.example/{ip}", NULL, out, sizeof out);
    assert_string_equal(out, "https://a.example/");
    advice_url("", &ip, out, sizeof out);
    assert_string_equal(out, "");
}

/* A rule for all sources that comes first in the file hides none that is for one. */
static void what_is_said_of_one_source_goes_before_what_is_said_of_all(void **state)
{
    struct advice log, any;
    const struct advice_query of_log = {.source = "log", .cause = CAUSE_BAD_FORMAT};
    const struct advice_query of_any = {.source = "domain", .cause = CAUSE_BAD_FORMAT};
    (void)state;
    assert_true(advice_for(book, &of_log, &log));
    assert_true(advice_for(book, &of_any, &any));
    assert_non_null(strstr(log.text, "[log] section"));
    assert_null(strstr(any.text, "[log] section"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_of_every_source_has_a_next_step),
        cmocka_unit_test(what_is_said_of_one_source_goes_before_what_is_said_of_all),
        cmocka_unit_test(every_state_has_its_words),
        cmocka_unit_test(what_is_good_needs_nothing),
        cmocka_unit_test(codes_speak_before_the_list_and_the_worst_first),
        cmocka_unit_test(a_refusing_list_names_its_cure),
        cmocka_unit_test(what_expires_says_how_to_renew),
        cmocka_unit_test(pages_are_never_cut_in_the_middle),
    };
    return cmocka_run_group_tests(tests, open_book, close_book);
}
