/* SPDX-License-Identifier: ISC */
/* What a message says of a change beyond the judgement: codes, words, pages, advice, severity. */
#include "unit.h"

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/describe.h"

#include <stdio.h>

#define WORDS 0 /* a list whose answers are codes */
#define SCORE 1 /* one whose answers are a number */

/* ---- a source of both ---- */

static size_t columns(const void *setup)
{
    (void)setup;
    return 2;
}

static void describe(const void *setup, size_t column, struct column *out)
{
    (void)setup;
    out->source = "made";
    out->list = column == SCORE ? "score.example" : "words.example";
    out->severity = SEV_MINOR;
    out->kind = column == SCORE ? LIST_SCORE : LIST_BLOCK;
}

/* "bad" is a major code, "worse" a critical one; what else there is can't be read. */
static void explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    (void)setup, (void)column;
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    snprintf(out->state, sizeof out->state, "%s", answers[0] ? answers : "fine");
    if (!answers[0])
        return;
    bool worse = strcmp(answers, "worse") == 0;
    if (!worse && strcmp(answers, "bad") != 0) {
        out->cause = CAUSE_BAD_FORMAT;
        return;
    }
    out->level = LEVEL_CRITICAL;
    out->codes[0].name = worse ? "WORSE" : "BAD";
    out->codes[0].meaning = "";
    out->codes[0].severity = worse ? SEV_CRITICAL : SEV_MAJOR;
    out->code_count = 1;
}

static void url(const void *setup, size_t column, const struct ip *ip, bool finding,
                struct buf *out)
{
    char text[IP_TEXT_MAX];
    (void)setup, (void)column;
    ip_format(ip, text);
    buf_fmt(out, "https://made.example/%s%s", finding ? "" : "fine/", text);
}

static bool headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    (void)setup, (void)column;
    buf_fmt(out, "MADE %s", state);
    return strcmp(state, "worse") != 0;
}

static void sentence(const void *setup, size_t column, const char *state, const char *who,
                     struct buf *out)
{
    (void)setup, (void)column;
    buf_fmt(out, "Made says %s of %s", state, who);
}

static const struct source made = {.word = "made",
                                   .columns = columns,
                                   .describe = describe,
                                   .explain = explain,
                                   .url = url,
                                   .headline = headline,
                                   .sentence = sentence};

/* ---- the world ---- */

struct world {
    struct conf conf;
    struct session session;
    struct describer describer;
    struct describe_ops ops;
};

static void begin(struct world *w)
{
    struct error err = {0};
    *w = (struct world){.session = {.conf = &w->conf, .part_count = 1, .column_count = 2}};
    conf_init(&w->conf);
    w->session.advice = advice_table_new(&err);
    w->session.parts[0] =
        (struct session_part){.source = &made, .setup = &w->conf, .on = true, .columns = 2};
    w->describer.session = &w->session;
    w->ops = describer_ops(&w->describer);
}

static void end(struct world *w)
{
    describer_fini(&w->describer);
    advice_table_free(w->session.advice);
    conf_fini(&w->conf);
}

static struct change listed(const char *answers)
{
    struct change c = {.kind = CHANGE_LISTED,
                       .source = "made",
                       .list = "words.example",
                       .label = "",
                       .from = LEVEL_OK,
                       .to = LEVEL_CRITICAL,
                       .answers_from = "",
                       .answers = answers,
                       .detail = ""};
    assert_true(ip_parse("203.0.113.5", &c.ip));
    return c;
}

/* ---- tests ---- */

static void codes_are_those_of_the_answers(void **state)
{
    struct world w;
    struct code out[LIMIT_CODES];
    (void)state;
    begin(&w);
    struct change c = listed("bad");
    assert_int_equal(w.ops.codes(w.ops.ctx, &c, "bad", out), 1);
    assert_string_equal(out[0].name, "BAD");
    assert_int_equal(w.ops.codes(w.ops.ctx, &c, "", out), 0);
    assert_int_equal(w.ops.codes(w.ops.ctx, &c, "nonsense", out), 0);
    c.list = "left.example"; /* a list that left the configuration has no words any more */
    assert_int_equal(w.ops.codes(w.ops.ctx, &c, "bad", out), 0);
    end(&w);
}

static void words_are_those_of_the_source_while_they_stand(void **state)
{
    static const struct {
        const char *answers;
        enum level to;
        const char *state, *headline, *sentence;
    } rows[] = {
        {"bad", LEVEL_CRITICAL, "bad", "MADE bad", "Made says bad of 2 addresses"},
        {"worse", LEVEL_CRITICAL, "worse", "", "Made says worse of 2 addresses"},
        {"", LEVEL_OK, "fine", "MADE fine", "Made says fine of 2 addresses"},
        {"bad", LEVEL_UNKNOWN, "", "", ""}, /* nobody looks any more */
        {"nonsense", LEVEL_CRITICAL, "", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        begin(&w);
        struct change c = listed(rows[i].answers);
        c.to = rows[i].to;
        assert_string_equal(w.ops.state(w.ops.ctx, &c), rows[i].state);
        assert_string_equal(w.ops.headline(w.ops.ctx, &c), rows[i].headline);
        assert_string_equal(w.ops.sentence(w.ops.ctx, &c, "2 addresses"), rows[i].sentence);
        c.of_list = true; /* of a list there is no word of a target */
        assert_string_equal(w.ops.state(w.ops.ctx, &c), "");
        assert_string_equal(w.ops.headline(w.ops.ctx, &c), "");
        end(&w);
    }
}

static void the_severity_is_of_the_worst_code_now_or_before_or_of_the_list(void **state)
{
    static const struct {
        const char *list, *from, *now;
        enum severity severity;
    } rows[] = {
        {"words.example", "worse", "bad", SEV_MAJOR},
        {"words.example", "", "worse", SEV_CRITICAL},
        {"words.example", "worse", "", SEV_CRITICAL},
        {"words.example", "", "", SEV_MINOR},
        {"", "", "", SEV_CRITICAL}, /* all lists at once */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        begin(&w);
        struct change c = listed(rows[i].now);
        c.list = rows[i].list;
        c.answers_from = rows[i].from;
        assert_int_equal(w.ops.severity(w.ops.ctx, &c), rows[i].severity);
        end(&w);
    }
}

static bool has_url(struct world *w, const struct change *c, const char *expected)
{
    struct buf out;
    buf_init(&out, 512);
    bool any = w->ops.url(w->ops.ctx, c, &out);
    if (any)
        assert_string_equal(buf_text(&out), expected);
    buf_fini(&out);
    return any;
}

static void a_finding_has_the_page_of_its_address(void **state)
{
    struct world w;
    (void)state;
    begin(&w);
    struct change c = listed("bad");
    assert_true(has_url(&w, &c, "https://made.example/203.0.113.5"));
    c.to = LEVEL_OK;
    assert_false(has_url(&w, &c, "")); /* nothing to look up, or to ask for */
    c = listed("bad");
    c.ip = (struct ip){0};
    assert_false(has_url(&w, &c, ""));
    c = listed("bad");
    c.list = "left.example";
    assert_false(has_url(&w, &c, ""));
    end(&w);
}

static void only_scores_are_told_by_level(void **state)
{
    struct world w;
    (void)state;
    begin(&w);
    struct change c = listed("bad");
    assert_false(w.ops.by_level(w.ops.ctx, &c));
    c.list = "score.example";
    assert_true(w.ops.by_level(w.ops.ctx, &c));
    c.of_list = true;
    assert_false(w.ops.by_level(w.ops.ctx, &c));
    end(&w);
}

static void an_address_that_dns_took_away_has_advice_of_its_own(void **state)
{
    struct world w;
    (void)state;
    begin(&w);
    struct change c = listed("");
    c.kind = CHANGE_RETIRED;
    c.list = "";
    assert_non_null(strstr(w.ops.advice(w.ops.ctx, &c), "Correct the record"));
    c.list = "words.example";
    assert_null(strstr(w.ops.advice(w.ops.ctx, &c), "Correct the record"));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_answers),
        cmocka_unit_test(words_are_those_of_the_source_while_they_stand),
        cmocka_unit_test(the_severity_is_of_the_worst_code_now_or_before_or_of_the_list),
        cmocka_unit_test(a_finding_has_the_page_of_its_address),
        cmocka_unit_test(only_scores_are_told_by_level),
        cmocka_unit_test(an_address_that_dns_took_away_has_advice_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
