/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/domain/dkim_key.h"
#include "source/domain/dmarc_record.h"
#include "source/domain/domain_words.h"
#include "source/domain/tag_list.h"

#include <stdio.h>
#include <string.h>

static void tags_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const char text[] = " v = DKIM1 ;; k=rsa;\tp=AB CD ; n=a=b;stray; ";
    const char *at = text;
    struct tag t;
    char have[256] = "";
    while (tag_next(&at, text + strlen(text), &t)) {
        size_t len = strlen(have);
        snprintf(have + len, sizeof have - len, "[%.*s|%.*s]", (int)t.name_len, t.name,
                 t.value ? (int)t.value_len : 1, t.value ? t.value : "-");
    }
    assert_string_equal(have, "[v|DKIM1][k|rsa][p|AB CD][n|a=b][stray|-]");
    assert_false(tag_find(text, strlen(text), "V", &t));
    assert_false(tag_find("", 0, "v", &t));
}

static void what_is_no_key_record_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dkim_key key;
    } rows[] = {
        {"", DKIM_KEY_NONE},
        {"v=spf1 -all", DKIM_KEY_NONE},
        {"v=DMARC1; p=none", DKIM_KEY_NONE},
        {"v=dkim1; p=", DKIM_KEY_NONE},
        {"hello", DKIM_KEY_NONE},
        {"p=", DKIM_KEY_WAS_REVOKED},
        {"v=DKIM1;p=;", DKIM_KEY_WAS_REVOKED},
        {"v=DKIM1", DKIM_KEY_UNUSABLE},
        {"k=rsa; v=DKIM1; p=AAAA", DKIM_KEY_UNUSABLE},
        {"v=DKIM1; p=AAAA", DKIM_KEY_UNUSABLE},
        {"v=DKIM1; p=%%%%", DKIM_KEY_UNUSABLE},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (dkim_key_read(rows[i].text, strlen(rows[i].text)).key != rows[i].key)
            fail_msg("\"%s\" is another key", rows[i].text);
    assert_int_equal(dkim_key_read("v=DKIM1; p=AA\0AA", 16).key, DKIM_KEY_UNUSABLE);
}

static void a_policy_counts_as_rfc_9989_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool record, usable;
        char psd;
        size_t rua;
    } rows[] = {
        {"v=DMARC1; p=none", true, true, 'u', 0},
        {"v=DMARC1;p=QUARANTINE;psd=n", true, true, 'n', 0},
        {"v=DMARC1; psd=y; p=reject; rua=mailto:a@b.example, mailto:c@d.example!5m", true, true,
         'y', 2},
        {"v=DMARC1", true, true, 'u', 0},
        {"v=DMARC1; p=block", true, false, 'u', 0},
        {"v=DMARC1; p=block; rua=https://b.example/", true, false, 'u', 0},
        {"v=DMARC1; p=block; rua=mailto:a@b.example", true, true, 'u', 1},
        {"v=dmarc1; p=none", false, true, 'u', 0},
        {"v=DMARC10; p=none", false, true, 'u', 0},
        {"p=none; v=DMARC1", false, true, 'u', 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        struct dmarc_record r = dmarc_record_read(rows[i].text, len);
        assert_int_equal(dmarc_is_record(rows[i].text, len), rows[i].record);
        assert_int_equal(r.usable, rows[i].usable);
        assert_int_equal(r.psd, rows[i].psd);
        assert_int_equal(r.rua_count, rows[i].rua);
    }
    assert_string_equal(dmarc_record_read("v=DMARC1; rua=mailto:x@R.Example!1m", 35).rua[0],
                        "r.example");
}

/* What a list says is a set of words; the worst is its state and its headline. */
static void the_worst_word_is_the_state_and_the_news(void **state)
{
    (void)state;
    static const struct {
        size_t list;
        const char *answers, *state, *news;
        enum level level;
    } rows[] = {
        {DOMAIN_SPF, "covered", "covered", "SPF is in order again", LEVEL_OK},
        {DOMAIN_SPF, "", "covered", "SPF is in order again", LEVEL_OK},
        {DOMAIN_SPF, "lost:203.0.113.5 void-look-ups", "lost 203.0.113.5",
         "SPF no longer covers 203.0.113.5", LEVEL_CRITICAL},
        {DOMAIN_SPF, "not-covered:2001:db8::25", "not-covered 2001:db8::25",
         "SPF does not cover 2001:db8::25", LEVEL_WARNING},
        {DOMAIN_DKIM, "gone:s2026 short:mail", "gone s2026", "DKIM key s2026 is gone",
         LEVEL_CRITICAL},
        {DOMAIN_DKIM, "short:mail", "short mail", "DKIM key mail is short", LEVEL_INFO},
        {DOMAIN_DMARC, "gone", "gone", "DMARC record is gone", LEVEL_CRITICAL},
        {DOMAIN_MAIL, "null-mx", "null-mx", "MAIL DOMAIN has a null MX", LEVEL_WARNING},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verdict v;
        struct buf news;
        buf_init(&news, 200);
        domain_explain(NULL, rows[i].list, rows[i].answers, &v);
        assert_string_equal(v.state, rows[i].state);
        assert_int_equal(v.level, rows[i].level);
        assert_int_equal(v.cause, CAUSE_NONE);
        assert_true(domain_headline(NULL, rows[i].list, v.state, &news));
        assert_string_equal(buf_text(&news), rows[i].news);
        buf_fini(&news);
    }
}

static void a_selector_too_long_for_the_state_is_left_out_whole(void **state)
{
    (void)state;
    struct verdict v;
    domain_explain(NULL, DOMAIN_DKIM,
                   "gone:a23456789012345678901234567890123456789012345678901234567890123", &v);
    assert_string_equal(v.state, "gone");
    assert_int_equal(v.level, LEVEL_CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_read_as_they_are_written),
        cmocka_unit_test(what_is_no_key_record_is_none),
        cmocka_unit_test(a_policy_counts_as_rfc_9989_says),
        cmocka_unit_test(the_worst_word_is_the_state_and_the_news),
        cmocka_unit_test(a_selector_too_long_for_the_state_is_left_out_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
