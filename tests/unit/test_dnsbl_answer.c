/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/dnsbl/dnsbl_answer.h"

#include <stdio.h>

static struct catalogue catalogue;
static struct conf conf;

static struct dnsbl_list list_of(const char *zone)
{
    struct dnsbl_list list;
    struct error err = {0};
    const struct catalogue_list *known = catalogue_find(&catalogue, zone);
    assert_non_null(known);
    if (!dnsbl_list_make(known, NULL, &conf, &list, &err))
        fail_msg("%s: %s", zone, err.text);
    return list;
}

static struct dnsbl_list own_list(struct conf_dnsbl *section)
{
    struct dnsbl_list list;
    struct error err = {0};
    section->zone = (char *)(uintptr_t) "bl.internal.example";
    if (!dnsbl_list_make(NULL, section, &conf, &list, &err))
        fail_msg("%s", err.text);
    return list;
}

static struct dnsbl_reading read_text(const struct dnsbl_list *list, const char *answers)
{
    uint32_t numbers[LIMIT_ANSWERS];
    size_t count = 0;
    for (const char *p = answers; *p; p += *p == ' ') {
        size_t len = strcspn(p, " ");
        assert_true(quad_parse(p, len, &numbers[count++]));
        p += len;
    }
    struct dnsbl_reading reading;
    dnsbl_answer_read(list, numbers, count, &reading);
    return reading;
}

/* `result` is a cause, or the level and state; `codes` the names joined by blanks. */
static const struct row {
    const char *zone, *answers;
    enum cause cause;
    enum level level;
    const char *state, *codes;
} rows[] = {
    /* plain */
    {"zen.spamhaus.org", "", CAUSE_NONE, LEVEL_OK, "not-listed", ""},
    {"zen.spamhaus.org", "127.0.0.2", CAUSE_NONE, LEVEL_CRITICAL, "listed", "SBL"},
    {"zen.spamhaus.org", "127.0.0.10 127.0.0.2 127.0.0.9", CAUSE_NONE, LEVEL_CRITICAL, "listed",
     "DROP SBL PBL-ISP"},
    {"zen.spamhaus.org", "127.0.0.2 127.0.0.2", CAUSE_NONE, LEVEL_CRITICAL, "listed", "SBL"},
    {"zen.spamhaus.org", "127.0.0.6", CAUSE_NONE, LEVEL_CRITICAL, "listed", "XBL-reserved"},
    {"bl.spamcop.net", "127.0.0.2", CAUSE_NONE, LEVEL_CRITICAL, "listed", "SCBL"},
    {"bl.mailspike.net", "127.0.0.11", CAUSE_NONE, LEVEL_WARNING, "listed", "L4"},
    {"dnsbl-3.uceprotect.net", "127.0.0.2", CAUSE_NONE, LEVEL_INFO, "listed", "L3"},
    {"bl.blocklist.de", "127.0.0.9 127.0.0.14", CAUSE_NONE, LEVEL_WARNING, "listed", "mail ssh"},
    /* every "not served" answer of the reference, section 2 */
    {"zen.spamhaus.org", "127.255.255.252", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"zen.spamhaus.org", "127.255.255.254", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"zen.spamhaus.org", "127.255.255.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"zen.spamhaus.org", "127.255.255.1", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"zen.dq.spamhaus.net", "127.255.255.250", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"zen.dq.spamhaus.net", "127.255.255.251", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"bl.score.senderscore.com", "127.255.255.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"score.senderscore.com", "127.255.255.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"sa-trusted.bondedsender.org", "127.255.255.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"sa-accredit.habeas.com", "127.255.255.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"list.dnswl.org", "127.0.0.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"list.dnswl.org", "127.0.10.3", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "127.0.0.1", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "127.255.255.254", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    /* a prefix or a star covers the refusals without naming them */
    {"bl.0spam.org", "127.0.0.1", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"bl.0spam.org", "127.255.255.254", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"bl.0spam.org", "127.0.0.77", CAUSE_NONE, LEVEL_INFO, "listed", "0spam"},
    {"list.dnswl.org", "127.0.0.1", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    /* an error next to a code voids both, in any order */
    {"zen.spamhaus.org", "127.0.0.2 127.255.255.254", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"zen.spamhaus.org", "127.255.255.254 127.0.0.2", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "127.0.0.2 127.0.0.1", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"list.dnswl.org", "127.0.5.2 127.0.10.3", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    /* outside 127/8 */
    {"bl.spamcop.net", "91.195.240.117", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "0.0.0.0", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "146.112.61.108 127.0.0.2", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "128.0.0.0", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    {"bl.spamcop.net", "126.255.255.255", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    {"bl.0spam.org", "10.0.0.1", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    {"score.senderscore.com", "203.0.113.9", CAUSE_REWRITTEN, LEVEL_UNKNOWN, "", ""},
    /* unknown codes are listings at low severity */
    {"zen.spamhaus.org", "127.0.0.99", CAUSE_NONE, LEVEL_WARNING, "listed", "unknown"},
    {"zen.spamhaus.org", "127.9.9.9 127.0.0.3", CAUSE_NONE, LEVEL_CRITICAL, "listed",
     "CSS unknown"},
    {"dnsbl-2.uceprotect.net", "127.0.0.9", CAUSE_NONE, LEVEL_INFO, "listed", "unknown"},
    /* 127.0.0.1 where a code names it */
    {"dnsbl.dronebl.org", "127.0.0.1", CAUSE_NONE, LEVEL_INFO, "listed", "testing"},
    {"dnsbl.dronebl.org", "127.0.0.6", CAUSE_NONE, LEVEL_WARNING, "listed", "spambot"},
    {"dnsbl.dronebl.org", "127.0.0.255", CAUSE_NONE, LEVEL_INFO, "listed", "uncategorised"},
    {"dnsbl.dronebl.org", "127.255.255.255", CAUSE_NOT_SERVED, LEVEL_UNKNOWN, "", ""},
    {"rbl.efnetrbl.org", "127.0.0.1", CAUSE_NONE, LEVEL_INFO, "listed", "open-proxy"},
    /* bits: several codes of one answer */
    {"bl.score.senderscore.com", "127.0.0.1", CAUSE_NONE, LEVEL_WARNING, "listed", "bot"},
    {"bl.score.senderscore.com", "127.0.0.2", CAUSE_NONE, LEVEL_INFO, "listed", "noauth"},
    {"bl.score.senderscore.com", "127.0.0.22", CAUSE_NONE, LEVEL_WARNING, "listed",
     "pristine noauth score"},
    {"bl.score.senderscore.com", "127.0.0.32", CAUSE_NONE, LEVEL_WARNING, "listed", "unknown"},
    {"bl.score.senderscore.com", "127.0.1.1", CAUSE_NONE, LEVEL_WARNING, "listed", "unknown"},
    {"r.mail-abuse.com", "127.0.0.3", CAUSE_NONE, LEVEL_CRITICAL, "listed", "RBL DUL"},
    {"dnsbl.tornevall.org", "127.0.0.65", CAUSE_NONE, LEVEL_INFO, "listed", "scanned abuse"},
    /* allow lists are always ok */
    {"list.dnswl.org", "", CAUSE_NONE, LEVEL_OK, "not-listed", ""},
    {"list.dnswl.org", "127.0.5.2", CAUSE_NONE, LEVEL_OK, "trust 2", "medium"},
    {"list.dnswl.org", "127.0.10.0", CAUSE_NONE, LEVEL_OK, "trust 0", "none"},
    {"list.dnswl.org", "127.0.11.3", CAUSE_NONE, LEVEL_OK, "trust 3", "high"},
    {"wl.mailspike.net", "127.0.0.19", CAUSE_NONE, LEVEL_OK, "trust 3", "H4"},
    {"white.mail.abusix.zone", "127.0.0.2", CAUSE_NONE, LEVEL_OK, "listed", "welcome"},
    {"iadb.isipp.com", "127.0.1.255 127.2.255.4", CAUSE_NONE, LEVEL_OK, "listed", "vouched fact"},
    /* score lists: bands, and silence is no data */
    {"score.senderscore.com", "", CAUSE_NO_DATA, LEVEL_UNKNOWN, "", ""},
    {"score.senderscore.com", "127.0.4.87", CAUSE_NONE, LEVEL_OK, "score 87", "neutral"},
    {"score.senderscore.com", "127.0.4.70", CAUSE_NONE, LEVEL_OK, "score 70", "fair"},
    {"score.senderscore.com", "127.0.4.69", CAUSE_NONE, LEVEL_WARNING, "score 69", "low"},
    {"score.senderscore.com", "127.0.4.50", CAUSE_NONE, LEVEL_WARNING, "score 50", "low"},
    {"score.senderscore.com", "127.0.4.49", CAUSE_NONE, LEVEL_CRITICAL, "score 49", "low"},
    {"score.senderscore.com", "127.0.4.0", CAUSE_NONE, LEVEL_CRITICAL, "score 0", "low"},
    {"score.senderscore.com", "127.0.4.100", CAUSE_NONE, LEVEL_OK, "score 100", "good"},
    {"score.senderscore.com", "127.0.4.200", CAUSE_BAD_FORMAT, LEVEL_UNKNOWN, "", ""},
    {"rep.mailspike.net", "127.0.0.10", CAUSE_NONE, LEVEL_WARNING, "score 50", "L5"},
    {"rep.mailspike.net", "127.0.0.14", CAUSE_NONE, LEVEL_OK, "score 75", "neutral"},
    {"rep.mailspike.net", "127.0.0.20", CAUSE_NONE, LEVEL_OK, "score 100", "H5"},
    {"hostkarma.junkemailfilter.com", "127.0.0.1", CAUSE_NONE, LEVEL_OK, "score 100", "white"},
    {"hostkarma.junkemailfilter.com", "127.0.0.2", CAUSE_NONE, LEVEL_WARNING, "score 50", "black"},
    {"hostkarma.junkemailfilter.com", "127.0.0.2 127.0.1.2 127.0.2.3", CAUSE_NONE, LEVEL_WARNING,
     "score 50", "black quit age"},
    {"hostkarma.junkemailfilter.com", "127.0.0.5", CAUSE_NONE, LEVEL_OK, "score 80", "nobl"},
    {"hostkarma.junkemailfilter.com", "127.0.2.3", CAUSE_NO_DATA, LEVEL_UNKNOWN, "", ""},
};

static void reads_every_kind_of_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct dnsbl_list list = list_of(row->zone);
        struct dnsbl_explanation e;
        dnsbl_answer_explain(&list, row->answers, &e);
        char codes[256] = "";
        for (size_t c = 0; c < e.code_count; c++)
            snprintf(codes + strlen(codes), sizeof codes - strlen(codes), "%s%s", c ? " " : "",
                     e.codes[c].name);
        if (e.cause != row->cause || e.level != row->level || strcmp(e.state, row->state) != 0 ||
            strcmp(codes, row->codes) != 0)
            fail_msg("%s %s: %s, %s, \"%s\", codes \"%s\"", row->zone, row->answers,
                     cause_word(e.cause), level_word(e.level), e.state, codes);

        /* the wire gives the same, and its text explains to the same */
        struct dnsbl_reading reading = read_text(&list, row->answers);
        char text[ANSWERS_TEXT_MAX];
        dnsbl_answer_text(&reading, text);
        struct dnsbl_explanation again;
        if (reading.kind == READING_LISTED) {
            dnsbl_answer_explain(&list, text, &again);
            assert_int_equal(again.level, e.level);
            assert_string_equal(again.state, e.state);
        } else {
            assert_int_equal(reading.cause, row->cause);
            assert_string_equal(text, "");
            assert_int_equal(reading.kind == READING_EMPTY, row->answers[0] == '\0');
            assert_int_equal(reading.refusal.why[0] != '\0', reading.kind == READING_ERROR);
        }
        dnsbl_list_fini(&list);
    }
}

static void writes_the_canonical_text(void **state)
{
    (void)state;
    struct dnsbl_list list = list_of("zen.spamhaus.org");
    struct dnsbl_reading r = read_text(&list, "127.0.0.10 127.0.0.2 127.0.0.10 127.0.0.4");
    char text[ANSWERS_TEXT_MAX];
    dnsbl_answer_text(&r, text);
    assert_string_equal(text, "127.0.0.2 127.0.0.4 127.0.0.10");
    dnsbl_list_fini(&list);
}

static void reads_many_answers_and_shows_a_few(void **state)
{
    (void)state;
    struct dnsbl_list list = list_of("zen.spamhaus.org");
    uint32_t answers[LIMIT_ANSWERS + 1];
    for (uint32_t i = 0; i < COUNT(answers); i++)
        answers[i] = 0x7f000100u + i;
    answers[39] = 0x7f000002;
    struct dnsbl_reading r;
    dnsbl_answer_read(&list, answers, 40, &r);
    assert_int_equal(r.kind, READING_LISTED);
    assert_int_equal(r.count, 40);
    char text[ANSWERS_TEXT_MAX];
    dnsbl_answer_text(&r, text);
    struct dnsbl_explanation e;
    dnsbl_answer_explain(&list, text, &e);
    assert_int_equal(e.level, LEVEL_CRITICAL);
    assert_string_equal(e.codes[0].name, "SBL");
    assert_int_equal(e.code_count, LIMIT_CODES);
    assert_int_equal(e.more, 40 - LIMIT_CODES);

    /* the worst code decides, also when it is not among the shown ones */
    struct conf_code codes[] = {
        {(char *)(uintptr_t) "127.9.9.9", (char *)(uintptr_t) "last", SEV_CRITICAL}};
    struct conf_dnsbl section = {.codes = codes, .code_count = 1};
    struct dnsbl_list own = own_list(&section);
    answers[39] = 0x7f090909;
    dnsbl_answer_read(&own, answers, 40, &r);
    dnsbl_answer_text(&r, text);
    dnsbl_answer_explain(&own, text, &e);
    assert_int_equal(e.level, LEVEL_CRITICAL);
    dnsbl_list_fini(&own);

    dnsbl_answer_read(&list, answers, LIMIT_ANSWERS, &r);
    assert_int_equal(r.kind, READING_LISTED);
    dnsbl_answer_text(&r, text);
    dnsbl_answer_read(&list, answers, LIMIT_ANSWERS + 1, &r);
    assert_int_equal(r.kind, READING_ERROR);
    assert_int_equal(r.cause, CAUSE_BAD_FORMAT);
    dnsbl_list_fini(&list);
}

static void stored_text_that_is_no_answer_proves_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {" ",
                                      "listed",
                                      "127.0.0.2 ",
                                      " 127.0.0.2",
                                      "127.0.0.2  127.0.0.3",
                                      "127.0.0.2,127.0.0.3",
                                      "127.0.0.02",
                                      "127.0.0.2\n"};
    struct dnsbl_list list = list_of("zen.spamhaus.org");
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct dnsbl_explanation e;
        dnsbl_answer_explain(&list, bad[i], &e);
        if (e.cause != CAUSE_BAD_FORMAT || e.level != LEVEL_UNKNOWN)
            fail_msg("\"%s\" was taken", bad[i]);
    }
    dnsbl_list_fini(&list);
}

static void own_lists_and_own_codes_come_first(void **state)
{
    (void)state;
    static char *const name = (char *)(uintptr_t) "mine";
    struct dnsbl_explanation e;

    struct conf_dnsbl plain = {0};
    struct dnsbl_list list = own_list(&plain);
    dnsbl_answer_explain(&list, "127.0.0.77", &e);
    assert_int_equal(e.level, LEVEL_CRITICAL); /* major */
    assert_string_equal(e.codes[0].name, "listed");
    dnsbl_answer_explain(&list, "127.0.0.1", &e);
    assert_int_equal(e.cause, CAUSE_NOT_SERVED);
    dnsbl_answer_explain(&list, "127.255.255.4", &e);
    assert_int_equal(e.cause, CAUSE_NOT_SERVED);
    dnsbl_list_fini(&list);

    struct conf_code codes[] = {{(char *)(uintptr_t) "127.0.0.0/24", name, SEV_INFO},
                                {(char *)(uintptr_t) "127.0.0.1", name, SEV_MINOR}};
    char *errors[] = {(char *)(uintptr_t) "127.0.0.250"};
    struct conf_dnsbl coded = {.codes = codes, .code_count = 2, .errors = errors, .error_count = 1};
    list = own_list(&coded);
    dnsbl_answer_explain(&list, "127.0.0.77", &e);
    assert_int_equal(e.level, LEVEL_INFO);
    dnsbl_answer_explain(&list, "127.0.0.1", &e);
    assert_int_equal(e.level, LEVEL_WARNING);
    dnsbl_answer_explain(&list, "127.0.0.250", &e);
    assert_int_equal(e.cause, CAUSE_NOT_SERVED);
    dnsbl_answer_explain(&list, "127.0.1.2", &e);
    assert_string_equal(e.codes[0].name, "unknown");
    assert_int_equal(e.level, LEVEL_WARNING);
    dnsbl_list_fini(&list);

    /* over the catalogue: even a wide row of the configuration goes before an exact one */
    struct error err = {0};
    coded.zone = (char *)(uintptr_t) "zen.spamhaus.org";
    assert_true(
        dnsbl_list_make(catalogue_find(&catalogue, coded.zone), &coded, &conf, &list, &err));
    dnsbl_answer_explain(&list, "127.0.0.2", &e);
    assert_string_equal(e.codes[0].name, "mine");
    assert_int_equal(e.level, LEVEL_INFO);
    assert_int_equal(e.code_count, 1);
    dnsbl_list_fini(&list);

    struct conf_dnsbl score = {.has_kind = true, .kind = LIST_SCORE, .warning = 40, .critical = 10};
    list = own_list(&score);
    dnsbl_answer_explain(&list, "127.0.0.39", &e);
    assert_int_equal(e.level, LEVEL_WARNING);
    assert_string_equal(e.state, "score 39");
    dnsbl_answer_explain(&list, "127.0.0.9", &e);
    assert_int_equal(e.level, LEVEL_CRITICAL);
    dnsbl_list_fini(&list);
}

static void advice_is_the_worst_codes(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *answers, *advice; /* part of it; "": none */
    } advised[] = {
        {"zen.spamhaus.org", "127.0.0.10", "provider's relay"},
        {"zen.spamhaus.org", "127.0.0.4", "port 25"},
        {"bl.spamcop.net", "127.0.0.2", "24 hours"},
        {"b.barracudacentral.org", "127.0.0.2", "removal request"},
        {"psbl.surriel.com", "127.0.0.2", "yourself"},
        {"dnsbl-1.uceprotect.net", "127.0.0.2", "Do not pay"},
        {"zen.spamhaus.org", "", ""},
        {"list.dnswl.org", "127.0.5.2", ""},
        {"zen.spamhaus.org", "127.255.255.254", ""},
    };
    for (size_t i = 0; i < COUNT(advised); i++) {
        struct dnsbl_list list = list_of(advised[i].zone);
        struct dnsbl_explanation e;
        dnsbl_answer_explain(&list, advised[i].answers, &e);
        assert_int_equal(e.advice[0] == '\0', advised[i].advice[0] == '\0');
        assert_non_null(strstr(e.advice, advised[i].advice));
        dnsbl_list_fini(&list);
    }
}

static void test_points_are_right_only_with_the_named_answer(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *answers;
        unsigned family;
        enum point_state positive, negative;
        enum cause cause;
    } points[] = {
        {"zen.spamhaus.org", "127.0.0.2 127.0.0.4 127.0.0.10", 4, POINT_RIGHT, POINT_WRONG,
         CAUSE_NONE},
        {"zen.spamhaus.org", "127.0.0.4", 4, POINT_WRONG, POINT_WRONG, CAUSE_NONE},
        {"zen.spamhaus.org", "127.0.0.4", 6, POINT_RIGHT, POINT_WRONG, CAUSE_NONE},
        {"zen.spamhaus.org", "", 4, POINT_CLEAN, POINT_CLEAN, CAUSE_NONE},
        {"zen.spamhaus.org", "127.255.255.254", 4, POINT_ERROR, POINT_ERROR, CAUSE_NOT_SERVED},
        {"zen.spamhaus.org", "203.0.113.1", 4, POINT_ERROR, POINT_ERROR, CAUSE_REWRITTEN},
        {"list.dnswl.org", "127.0.10.0", 4, POINT_RIGHT, POINT_WRONG, CAUSE_NONE},
        {"list.dnswl.org", "127.0.5.0", 4, POINT_WRONG, POINT_WRONG, CAUSE_NONE},
        {"list.dnswl.org", "127.0.10.3", 4, POINT_ERROR, POINT_ERROR, CAUSE_NOT_SERVED},
        {"bl.suomispam.net", "127.0.0.99", 4, POINT_RIGHT, POINT_WRONG, CAUSE_NONE},
        {"bl.suomispam.net", "127.0.0.2", 4, POINT_WRONG, POINT_WRONG, CAUSE_NONE},
        {"bl.blocklist.de", "127.0.0.15", 4, POINT_RIGHT, POINT_WRONG, CAUSE_NONE},
        {"score.senderscore.com", "", 4, POINT_CLEAN, POINT_CLEAN, CAUSE_NONE},
    };
    for (size_t i = 0; i < COUNT(points); i++) {
        struct dnsbl_list list = list_of(points[i].zone);
        struct dnsbl_reading r = read_text(&list, points[i].answers);
        struct point p = dnsbl_answer_positive(&list, points[i].family, &r);
        struct point n = dnsbl_answer_negative(&r);
        if (p.state != points[i].positive || n.state != points[i].negative ||
            p.cause != points[i].cause || n.cause != points[i].cause)
            fail_msg("row %zu: %d %d, %s", i, p.state, n.state, cause_word(p.cause));
        dnsbl_list_fini(&list);
    }
}

/* Which answer refused, what it means, and a cure of its own where the code has one. */
static void a_refusal_carries_its_answer_meaning_and_cure(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *answers;
        uint32_t answer;
        const char *why, *cure; /* parts; cure "": the list's */
    } cases[] = {
        {"zen.spamhaus.org", "127.255.255.254", 0x7ffffffe, "public or shared", ""},
        {"zen.spamhaus.org", "127.255.255.255", 0x7fffffff, "too many", "query less"},
        {"zen.spamhaus.org", "127.0.0.2 127.255.255.252", 0x7ffffffc, "mistyped", "compare"},
        {"zen.spamhaus.org", "127.255.255.7", 0x7fffff07, "not document", ""},
        {"zen.dq.spamhaus.net", "127.255.255.250", 0x7ffffffa, "disabled", "key_file"},
        {"combined.mail.abusix.zone", "127.255.255.1", 0x7fffff01, "the key", "key_file"},
        {"bl.spamcop.net", "127.0.0.1", 0x7f000001, "a refusal", ""},
        {"bl.spamcop.net", "203.0.113.9", 0xcb007109, "outside 127.0.0.0/8", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct dnsbl_list list = list_of(cases[i].zone);
        struct dnsbl_reading r = read_text(&list, cases[i].answers);
        assert_int_equal(r.kind, READING_ERROR);
        assert_int_equal(r.refusal.answer, cases[i].answer);
        assert_non_null(strstr(r.refusal.why, cases[i].why));
        assert_non_null(strstr(r.refusal.cure, cases[i].cure));
        assert_int_equal(r.refusal.cure[0] != '\0', cases[i].cure[0] != '\0');
        dnsbl_list_fini(&list);
    }
}

static int set_up(void **state)
{
    (void)state;
    conf_init(&conf);
    return catalogue_load(NULL, &catalogue, NULL) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    catalogue_fini(&catalogue);
    conf_fini(&conf);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_carries_its_answer_meaning_and_cure),
        cmocka_unit_test(reads_every_kind_of_answer),
        cmocka_unit_test(writes_the_canonical_text),
        cmocka_unit_test(reads_many_answers_and_shows_a_few),
        cmocka_unit_test(stored_text_that_is_no_answer_proves_nothing),
        cmocka_unit_test(own_lists_and_own_codes_come_first),
        cmocka_unit_test(advice_is_the_worst_codes),
        cmocka_unit_test(test_points_are_right_only_with_the_named_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
