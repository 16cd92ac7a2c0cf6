/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/limits.h"
#include "repmon/source.h"
#include "source/talos/talos_answer.h"

#include "repmon/sources.h"
#include <math.h>

#include <stdio.h>
#include <stdlib.h>

#define IP "192.0.2.10"

typedef void reader(const char *text, size_t len, const struct ip *ip, struct talos_reading *out);

static void read_with(reader *read, const char *text, struct talos_reading *out)
{
    struct ip ip;
    assert_true(ip_parse(IP, &ip));
    /* In a block of its own, so that a byte too far is noticed. */
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    read(copy, len, &ip, out);
    free(copy);
}

static void expect(const struct talos_reading *r, const char *what, enum cause cause,
                   const char *level, const char *detail)
{
    struct buf line;
    buf_init(&line, 1024);
    talos_detail(r, &line);
    if (r->cause != cause || strcmp(r->level, level) != 0 ||
        (detail && strcmp(buf_text(&line), detail) != 0))
        fail_msg("%s\n  gives \"%s\" (%s) \"%s\"", what, r->level, cause_word(r->cause),
                 buf_text(&line));
    buf_fini(&line);
}

/* ---- JSON ---- */

/* The sample of the older generation, as it was published. */
static const char sb_api[] =
    "{\"ip\":\"" IP "\",\"hostname\":\"dns.google\",\"domain\":\"google.com\","
    "\"organization\":\"Google LLC\",\"email_score_name\":\"Good\",\"web_score_name\":\"Neutral\","
    "\"email_score\":\"\",\"web_score\":\"\",\"dnsmatch\":1,\"category\":null,"
    "\"daily_mag\":4.7578,\"monthly_mag\":4.6968,\"daychange\":22,\"daily_spam_level\":0,"
    "\"daily_spam_name\":\"None\",\"monthly_spam_name\":\"None\",\"cidr\":false,"
    "\"display_ipv6_volume\":false,\"first_seen\":\"2016-05-25T20:45:37\",\"expiration\":\"NEVER\","
    "\"blacklists\":{\"bl.spamcop.net\":{\"rules\":[],\"lookup_uri\":\"https://x/\"},"
    "\"cbl.abuseat.org\":{\"rules\":[\"a\"]},\"pbl.spamhaus.org\":{\"rules\":[\"p\"]},"
    "\"sbl.spamhaus.org\":{\"rules\":null}}}";

/* The newer one. */
static const char cloud_intel[] =
    "{\"reputation\":{\"reputation_x10\":40,\"no_score\":false,\"threat_level_id\":3,"
    "\"threat_level_mnemonic\":\"favorable\",\"rep_rule_id\":[1],\"rep_rule_mnemonics\":[\"RsN\","
    "\"IaN\"],\"threat_cat_id\":[],\"spam_prob_x10000\":4164,\"spam_level\":\"None\","
    "\"daychange\":-3.5,\"dnsmatch\":true,\"hostname\":\"mx1.example.org\",\"network_info\":"
    "{\"cidr_range\":24,\"magnitude\":{\"daily_x10\":65,\"monthly_x10\":66}},"
    "\"org_stats\":{\"org_info\":{\"org_name\":\"Example Org\",\"org_id\":7},\"first_occurence\":1,"
    "\"num_domains\":2},\"geo_location\":null,\"geo_coords\":{\"lat_x10000\":1},"
    "\"ipd_error\":\"IPDERROR_NONE\",\"error_is_temporary\":false},"
    "\"volume_info\":{\"volume_info\":[{\"timestamp\":1638316800,\"daily_x10\":31},"
    "{\"timestamp\":1638403200,\"daily_x10\":34},{\"timestamp\":1638230400,\"daily_x10\":12}],"
    "\"host_info\":null},\"related_ips\":[{\"address\":\"192.0.2.11\",\"dnsmatch\":\"\"}]}";

static void reads_json_of_every_generation(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cause cause;
        const char *level, *detail;
    } rows[] = {
        {sb_api, CAUSE_NONE, "good",
         "magnitude 4.8 a day, 4.7 a month, volume changed by 22 %, Google LLC, listed on "
         "cbl.abuseat.org, pbl.spamhaus.org"},
        {cloud_intel, CAUSE_NONE, "favorable",
         "score 4.0, magnitude 3.4 a day, volume changed by -4 %, Example Org"},
        /* a licensed user's own program */
        {"{\"ip\":\"" IP "\",\"score\":-2.3,\"level\":\"Questionable\"}", CAUSE_NONE,
         "questionable", "score -2.3"},
        {"{\"score\":-4}", CAUSE_NONE, "poor", "score -4.0, no level given"},
        {"{\"score\":\"-1.0\",\"level\":null}", CAUSE_NONE, "questionable", NULL},
        {"{\"score\":2.5,\"level\":\"None\"}", CAUSE_NONE, "neutral", NULL},
        {"{\"score\":10,\"level\":\"Poor\"}", CAUSE_NONE, "poor", "score 10.0"},
        {"{\"score\":10.1,\"level\":\"Good\"}", CAUSE_BAD_FORMAT, "", NULL},
        {"{\"score\":1e999,\"level\":\"Good\"}", CAUSE_BAD_FORMAT, "", NULL},
        {"{\"score\":\"nan\",\"level\":\"Good\"}", CAUSE_NONE, "good", ""},
        /* words: case-blind, both vocabularies, unknown ones kept, None is a word */
        {"{\"level\":\"UNTRUSTED\"}", CAUSE_NONE, "untrusted", ""},
        {"{\"level\":\" Rather Odd \"}", CAUSE_NONE, "rather-odd", ""},
        {"{\"email_score_name\":\"None\"}", CAUSE_NO_DATA, "", ""},
        {"{\"email_score_name\":\"\"}", CAUSE_NO_DATA, "", ""},
        {"{\"email_score_name\":null}", CAUSE_NO_DATA, "", ""},
        {"{\"reputation\":{\"threat_level_mnemonic\":\"unknown\"}}", CAUSE_NO_DATA, "", ""},
        {"{\"reputation\":null}", CAUSE_NO_DATA, "", ""},
        {"{\"level\":\"<b>Good</b>\"}", CAUSE_BAD_FORMAT, "", NULL},
        {"{\"level\":\"good\\u0000poor\"}", CAUSE_BAD_FORMAT, "", NULL},
        {"{\"level\":5}", CAUSE_BAD_FORMAT, "", NULL},
        {"{\"level\":[\"good\"]}", CAUSE_BAD_FORMAT, "", NULL},
        /* no_score makes the number worthless */
        {"{\"reputation\":{\"reputation_x10\":-90,\"no_score\":true,"
         "\"threat_level_mnemonic\":\"neutral\"}}",
         CAUSE_NONE, "neutral", ""},
        {"{\"reputation\":{\"reputation_x10\":-90,\"no_score\":true}}", CAUSE_BAD_FORMAT, "", ""},
        {"{\"reputation\":{\"reputation_x10\":-90}}", CAUSE_NONE, "poor", NULL},
        /* errors in words */
        {"{\"error\":\"Unfortunately, we can't find any results for your search.\"}", CAUSE_NO_DATA,
         "", ""},
        {"{\"error\":\"Access denied\"}", CAUSE_DENIED, "", ""},
        {"{\"error\":\"rate limit\",\"email_score_name\":\"Good\"}", CAUSE_DENIED, "", ""},
        {"{\"error\":\"boom\",\"email_score_name\":\"Good\"}", CAUSE_BAD_FORMAT, "", ""},
        {"{\"error\":{\"code\":1},\"email_score_name\":\"Good\"}", CAUSE_BAD_FORMAT, "", ""},
        {"{\"error\":null,\"email_score_name\":\"Good\"}", CAUSE_NONE, "good", ""},
        {"{\"reputation\":{\"error\":\"ERROR_NONE\",\"threat_level_mnemonic\":\"poor\"}}",
         CAUSE_NONE, "poor", ""},
        {"{\"reputation\":{\"ipd_error\":\"IPDERROR_DB\",\"error_is_temporary\":true,"
         "\"threat_level_mnemonic\":\"good\"}}",
         CAUSE_SERVFAIL, "", ""},
        {"{\"reputation\":{\"ipd_error\":\"IPDERROR_DB\",\"error_is_temporary\":false,"
         "\"threat_level_mnemonic\":\"good\"}}",
         CAUSE_BAD_FORMAT, "", ""},
        /* somebody else's answer */
        {"{\"ip\":\"192.0.2.11\",\"level\":\"good\"}", CAUSE_BAD_FORMAT, "", ""},
        {"{\"ip\":\"::ffff:192.0.2.10\",\"level\":\"good\"}", CAUSE_NONE, "good", ""},
        /* no answer at all */
        {"{}", CAUSE_BAD_FORMAT, "", ""},
        {"[]", CAUSE_BAD_FORMAT, "", ""},
        {"[{\"level\":\"good\"}]", CAUSE_BAD_FORMAT, "", ""},
        {"\"good\"", CAUSE_BAD_FORMAT, "", ""},
        {"", CAUSE_BAD_FORMAT, "", ""},
        {"{\"level\":\"good\"", CAUSE_BAD_FORMAT, "", ""},
        {"{\"level\":\"good\"} trailing", CAUSE_BAD_FORMAT, "", ""},
        {"<html><title>Just a moment...</title></html>", CAUSE_BAD_FORMAT, "", ""},
        {"{\"entry\":{\"status\":\"NOT_FOUND\"}}", CAUSE_BAD_FORMAT, "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talos_reading r;
        read_with(talos_json, rows[i].text, &r);
        expect(&r, rows[i].text, rows[i].cause, rows[i].level, rows[i].detail);
    }
}

static void a_deep_or_huge_json_is_no_verdict(void **state)
{
    (void)state;
    size_t len = LIMIT_HTTP_BODY + 1;
    char *text = malloc(len);
    struct talos_reading r;
    struct ip ip;
    ip_parse(IP, &ip);
    memset(text, '[', len);
    talos_json(text, len - 1, &ip, &r);
    assert_int_equal(r.cause, CAUSE_BAD_FORMAT);
    memset(text, ' ', len);
    memcpy(text, "{\"level\":\"good\"}", 16);
    talos_json(text, len - 1, &ip, &r);
    assert_int_equal(r.cause, CAUSE_NONE);
    talos_json(text, len, &ip, &r);
    assert_int_equal(r.cause, CAUSE_BAD_FORMAT);
    free(text);
}

/* ---- HTML ---- */

#define PAGE(body)        "<!DOCTYPE html><html><head><title>x</title></head><body>" body "</body></html>"
#define ROW(label, value) "<tr><td>" label "</td><td>" value "</td></tr>"
#define FOR_US            "<h2> " IP " </h2>"

static void reads_pages_by_positive_markers_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cause cause;
        const char *level, *detail;
    } rows[] = {
        {PAGE(FOR_US "<table>" ROW("Email Reputation", "Good")
                  ROW("Network Owner", "Example &amp; Co") ROW("Volume change", "-12%") "</table>"),
         CAUSE_NONE, "good", "volume changed by -12 %, Example & Co"},
        {PAGE("<input value='" IP
              "'><dl><dt>SENDER IP REPUTATION:</dt><dd> <b>Poor</b> </dd></dl>"),
         CAUSE_NONE, "poor", ""},
        {PAGE(FOR_US "<div><span>Email reputation</span></div><div>Untrusted</div>"), CAUSE_NONE,
         "untrusted", ""},
        {PAGE(FOR_US ROW("Email Reputation", "Neutral") ROW("Email Reputation", "neutral")),
         CAUSE_NONE, "neutral", ""},
        {PAGE(FOR_US ROW("Email Reputation", "Unknown")), CAUSE_NO_DATA, "", ""},
        /* not the label, not the address, not a word of theirs, two words */
        {PAGE(FOR_US ROW("Web Reputation", "Good")), CAUSE_BAD_FORMAT, "", ""},
        {PAGE("<h2>192.0.2.100</h2>" ROW("Email Reputation", "Good")), CAUSE_BAD_FORMAT, "", ""},
        {PAGE(ROW("Email Reputation", "Good")), CAUSE_BAD_FORMAT, "", ""},
        {PAGE(FOR_US ROW("Email Reputation", "good sites have good mail")), CAUSE_BAD_FORMAT, "",
         ""},
        {PAGE(FOR_US ROW("Email Reputation", "Loading")), CAUSE_BAD_FORMAT, "", ""},
        {PAGE(FOR_US ROW("Email Reputation", "")), CAUSE_BAD_FORMAT, "", ""},
        {PAGE(FOR_US ROW("Email Reputation", "Good") ROW("Sender Reputation", "Poor")),
         CAUSE_BAD_FORMAT, "", ""},
        {PAGE(FOR_US "<p>Email reputation</p>"), CAUSE_BAD_FORMAT, "", ""},
        {PAGE(FOR_US "<!-- " ROW("Email Reputation", "Good") " -->"), CAUSE_BAD_FORMAT, "", ""},
        {PAGE(FOR_US "<script>var x = \"" ROW("Email Reputation", "Good") "\"</script>"),
         CAUSE_BAD_FORMAT, "", ""},
        /* an empty shell, a partial page, nothing */
        {PAGE("<div id=app></div>"), CAUSE_BAD_FORMAT, "", ""},
        {"<html><body>" FOR_US "<table><tr><td>Email Reputation</td><td>Good", CAUSE_BAD_FORMAT, "",
         ""},
        {"<html><body>" FOR_US ROW("Email Reputation", "Good") "</body></htm", CAUSE_BAD_FORMAT, "",
         ""},
        {"</html>", CAUSE_BAD_FORMAT, "", ""},
        {"<html", CAUSE_BAD_FORMAT, "", ""},
        {"", CAUSE_BAD_FORMAT, "", ""},
        {"{\"level\":\"good\"}", CAUSE_BAD_FORMAT, "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talos_reading r;
        read_with(talos_html, rows[i].text, &r);
        expect(&r, rows[i].text, rows[i].cause, rows[i].level, rows[i].detail);
    }
}

/* `depth` elements around the table, which libxml2 mends, drops or refuses. */
static enum cause read_nested(size_t depth)
{
    struct buf page;
    struct talos_reading r;
    struct ip ip;
    ip_parse(IP, &ip);
    buf_init(&page, 8u << 20);
    buf_str(&page, "<html><body>" FOR_US);
    for (size_t i = 0; i < depth; i++)
        buf_str(&page, "<div>");
    buf_str(&page, "<b>Email Reputation</b><b>Good</b>");
    for (size_t i = 0; i < depth; i++)
        buf_str(&page, "</div>");
    buf_str(&page, "</body></html>");
    talos_html(buf_text(&page), page.len, &ip, &r);
    buf_fini(&page);
    return r.cause;
}

static void nested_elements_neither_crash_nor_deceive(void **state)
{
    (void)state;
    assert_int_equal(read_nested(10), CAUSE_NONE);
    assert_int_equal(read_nested(200), CAUSE_NONE);
    for (size_t depth = 245; depth < 265; depth++) {
        enum cause cause = read_nested(depth);
        assert_true(cause == CAUSE_NONE || cause == CAUSE_BAD_FORMAT);
    }
    assert_int_equal(read_nested(2000), CAUSE_BAD_FORMAT);
    assert_int_equal(read_nested(80000), CAUSE_BAD_FORMAT);
}

static void a_page_of_two_mebibytes_is_no_verdict(void **state)
{
    (void)state;
    struct buf page;
    struct talos_reading r;
    struct ip ip;
    ip_parse(IP, &ip);
    buf_init(&page, 3u << 20);
    buf_str(&page, "<html><body>" FOR_US ROW("Email Reputation", "Good"));
    while (page.len < 2u << 20)
        buf_str(&page, "<p>some more words</p>");
    buf_str(&page, "</body></html>");
    talos_html(buf_text(&page), page.len, &ip, &r);
    assert_int_equal(r.cause, CAUSE_BAD_FORMAT);
    buf_fini(&page);
}

/* ---- TXT ---- */

/* Real answers of 2004 and 2019. */
#define RECORD_2004                                                                                \
    "0-0=1|1=Spammer Networks|2=7.2|3=7.1|4=1537186|6=1060085863|7=80|8=12288|9=129|20=yh6.|"      \
    "21=example.com|23=6.5|24=6.1|25=1080071572|40=6.3|41=6.1|45=N|49=1.00"
#define RECORD_2019                                                                                \
    "0-0=1|1=LG DACOM CORPORATION|2=6.8|3=6.8|4=2661|6=0|7=19|8=3319569|9=71889|20=mail-yw1-f101|" \
    "21=google.com|22=Y|23=8.0|24=8.0|25=0|40=4.1|41=4.4|43=4.3|44=5.6|45=N|46=18|48=24|53=US|"    \
    "54=-97.822|55=37.751|56=1000|57=1571272183"

static void reads_txt_records(void **state)
{
    (void)state;
    static const struct {
        const char *records[4];
        enum cause cause;
        const char *level, *detail;
    } rows[] = {
        {{"-2.3"}, CAUSE_NONE, "questionable", "score -2.3, no level given"},
        {{"\"-2.3\""}, CAUSE_NONE, "questionable", NULL},
        {{"-10.0"}, CAUSE_NONE, "poor", NULL},
        {{"-3"}, CAUSE_NONE, "poor", NULL},
        {{"-2.9"}, CAUSE_NONE, "questionable", NULL},
        {{"-0.9"}, CAUSE_NONE, "neutral", NULL},
        {{"7.5"}, CAUSE_NONE, "neutral", NULL},
        {{NULL}, CAUSE_NO_DATA, "", ""},
        {{"None"}, CAUSE_NO_DATA, "", ""},
        {{""}, CAUSE_NO_DATA, "", ""},
        {{"10.5"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"1e3"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"0x5"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"inf"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"nan"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"1.2.3"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"-"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"3.1", "-4.0"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"v=spf1 -all"}, CAUSE_BAD_FORMAT, "", NULL},
        {{RECORD_2004}, CAUSE_NO_DATA, "", "magnitude 6.3 a day, 6.1 a month, Spammer Networks"},
        {{RECORD_2019},
         CAUSE_NO_DATA,
         "",
         "magnitude 4.1 a day, 4.4 a month, LG DACOM CORPORATION"},
        {{"\"0-0=1|1=Exam", "1-ple|40=4", "2-.1|41=4.4\""},
         CAUSE_NO_DATA,
         "",
         "magnitude 4.1 a day, 4.4 a month, Example"},
        {{"2-.1|41=4.4", "0-0=1|1=Exam", "1-ple|40=4"},
         CAUSE_NO_DATA,
         "",
         "magnitude 4.1 a day, 4.4 a month, Example"},
        {{"0-0=1|1=a=b|99=kept|x"}, CAUSE_NO_DATA, "", "a=b"},
        {{"0-0=1|1=A", "2-|40=4.1"}, CAUSE_BAD_FORMAT, "", NULL}, /* one is missing */
        {{"0-0=1", "0-0=1"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"0-1=A|0=1"}, CAUSE_BAD_FORMAT, "", NULL}, /* the version comes first */
        {{"0-"}, CAUSE_BAD_FORMAT, "", NULL},
        {{"99-0=1"}, CAUSE_BAD_FORMAT, "", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talos_text records[4];
        struct talos_reading r;
        size_t count = 0;
        for (; count < 4 && rows[i].records[count]; count++)
            records[count] =
                (struct talos_text){rows[i].records[count], strlen(rows[i].records[count])};
        talos_txt(records, count, &r);
        expect(&r, rows[i].records[0] ? rows[i].records[0] : "(none)", rows[i].cause, rows[i].level,
               rows[i].detail);
    }
}

/* ---- words and pages that refuse ---- */

static void every_word_has_its_level(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum level level;
    } rows[] = {
        {"good", LEVEL_OK},           {"neutral", LEVEL_OK},    {"poor", LEVEL_WARNING},
        {"trusted", LEVEL_OK},        {"favorable", LEVEL_OK},  {"questionable", LEVEL_INFO},
        {"untrusted", LEVEL_WARNING}, {"rather-odd", LEVEL_OK},
    };
    struct conf conf;
    conf_init(&conf);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verdict v;
        source_talos.explain(&conf, 0, rows[i].word, &v);
        assert_int_equal(v.cause, CAUSE_NONE);
        assert_int_equal(v.level, rows[i].level);
        assert_string_equal(v.state, rows[i].word);
    }
    struct verdict v;
    source_talos.explain(&conf, 0, "none", &v);
    assert_int_equal(v.level, LEVEL_UNKNOWN);
    source_talos.explain(&conf, 0, "g\x01od", &v);
    assert_int_equal(v.cause, CAUSE_BAD_FORMAT);
    conf_fini(&conf);
}

static void knows_a_challenge_from_a_page(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool challenge;
    } rows[] = {
        {"<html><title>Just a moment...</title></html>", true},
        {"<title>Attention Required! | Cloudflare</title>", true},
        {"<form><div class='h-captcha'></div></form>", true},
        {"{\"level\":\"good\"}", false},
        {"<html><title>Talos</title></html>", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(talos_is_challenge(rows[i].text, strlen(rows[i].text)), rows[i].challenge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_json_of_every_generation),
        cmocka_unit_test(a_deep_or_huge_json_is_no_verdict),
        cmocka_unit_test(reads_pages_by_positive_markers_only),
        cmocka_unit_test(nested_elements_neither_crash_nor_deceive),
        cmocka_unit_test(a_page_of_two_mebibytes_is_no_verdict),
        cmocka_unit_test(reads_txt_records),
        cmocka_unit_test(every_word_has_its_level),
        cmocka_unit_test(knows_a_challenge_from_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
