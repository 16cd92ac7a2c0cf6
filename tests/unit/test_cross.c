/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/cross.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW  ((time_t)1800000000)
#define HOUR 3600

/* Columns: two receivers that are heard, and the list that both may name. */
enum { GMAIL, GMX, LIST, COLUMNS };

static const char *const names[COLUMNS] = {"gmail", "gmx", "zen.example"};

struct world {
    struct results *results;
    struct belief beliefs[COLUMNS];
    bool has[COLUMNS];
};

static enum level level(void *ctx, size_t column, const char *answers)
{
    (void)ctx, (void)column;
    return strcmp(answers, "accepted") == 0 ? LEVEL_OK : LEVEL_CRITICAL;
}

static bool clean(void *ctx, size_t column, const char *answers)
{
    (void)ctx, (void)column;
    return strcmp(answers, "accepted") == 0;
}

static bool hears(void *ctx, size_t column)
{
    (void)ctx;
    return column != LIST;
}

static size_t reason(void *ctx, size_t column, const char *answers)
{
    (void)ctx, (void)column;
    return strstr(answers, "/zen.example") ? LIST : JUDGE_NO_COLUMN;
}

static const struct belief *belief(void *ctx, size_t row, size_t column)
{
    struct world *w = ctx;
    assert_int_equal(row, 0);
    return w->has[column] ? &w->beliefs[column] : NULL;
}

static void say(struct world *w, size_t column, const char *answers, time_t when)
{
    results_set(w->results, 0, column, results_intern(w->results, CAUSE_NONE, 0, answers));
    results_set_times(w->results, 0, column, (struct cell_times){.proven = when});
}

static void setup(struct world *w)
{
    *w = (struct world){.results = results_new(1, COLUMNS)};
    for (size_t j = 0; j < COLUMNS; j++) {
        struct column *c = results_column(w->results, j);
        *c =
            (struct column){.list = names[j], .health = HEALTH_OK, .due = true, .kind = LIST_BLOCK};
        c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    }
}

static void cross(struct world *w)
{
    struct judge judge;
    const struct judge_conf conf = judge_conf_default();
    const struct judge_ops ops = {.level = level, .clean = clean};
    const struct cross_ops hooks = {
        .hears = hears, .reason = reason, .belief = belief, .belief_ctx = w};
    judge_init(&judge, &conf, &ops, NOW, false);
    cross_refusals(&judge, &hooks, w->results, 1);
    judge_fini(&judge);
}

static const char *after(const struct world *w, size_t column)
{
    struct outcome o = results_effective(w->results, 0, column);
    return o.cause == CAUSE_NONE ? o.answers : cause_word(o.cause);
}

#define REFUSED "refused/zen.example"

static void a_listing_and_the_refusals_because_of_it_are_one_finding(void **state)
{
    (void)state;
    static const struct {
        const char *gmail, *gmx, *list; /* answers */
        const char *gmail_after, *gmx_after, *list_after;
    } rows[] = {
        {REFUSED, "accepted", "127.0.0.4", "no-data", "accepted", "127.0.0.4 refused-by:gmail"},
        {REFUSED, REFUSED, "127.0.0.2 127.0.0.4", "no-data", "no-data",
         "127.0.0.2 127.0.0.4 refused-by:gmail refused-by:gmx"},
        {"partly-" REFUSED, "accepted", "127.0.0.4", "no-data", "accepted",
         "127.0.0.4 partly-refused-by:gmail"},
        /* other reasons, and a list that does not have the address, stay with the receiver */
        {"refused/4.7.28", REFUSED, "127.0.0.4", "refused/4.7.28", "no-data",
         "127.0.0.4 refused-by:gmx"},
        {REFUSED, "accepted", "", REFUSED, "accepted", ""},
        {"accepted", "accepted", "127.0.0.4", "accepted", "accepted", "127.0.0.4"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        setup(&w);
        say(&w, GMAIL, rows[i].gmail, NOW - HOUR);
        say(&w, GMX, rows[i].gmx, NOW - HOUR);
        say(&w, LIST, rows[i].list, 0);
        cross(&w);
        assert_string_equal(after(&w, GMAIL), rows[i].gmail_after);
        assert_string_equal(after(&w, GMX), rows[i].gmx_after);
        assert_string_equal(after(&w, LIST), rows[i].list_after);
        results_free(w.results);
    }
}

static void a_list_that_proves_nothing_hides_no_refusal(void **state)
{
    (void)state;
    struct world w;
    setup(&w);
    say(&w, GMAIL, REFUSED, NOW - HOUR);
    say(&w, LIST, "127.0.0.4", 0);
    results_column(w.results, LIST)->via[0] = (struct validity){CAUSE_UNTRUSTED, CAUSE_UNTRUSTED};
    cross(&w);
    assert_string_equal(after(&w, GMAIL), REFUSED);
    results_free(w.results);
}

/* The list did not answer in this run, or was not due: what is believed of it still explains. */
static void a_listing_that_is_believed_explains_a_refusal(void **state)
{
    (void)state;
    struct world w;
    setup(&w);
    w.has[LIST] = true;
    w.beliefs[LIST] = (struct belief){.answers = "127.0.0.4", .detail = ""};
    say(&w, GMAIL, REFUSED, NOW - HOUR);
    results_set(w.results, 0, LIST, results_intern(w.results, CAUSE_TIMEOUT, 0, ""));
    cross(&w);
    assert_string_equal(after(&w, GMAIL), "no-data");
    assert_string_equal(after(&w, LIST), "timeout");
    results_free(w.results);
}

static void a_refusal_that_was_told_by_itself_keeps_its_finding(void **state)
{
    (void)state;
    struct world w;
    setup(&w);
    w.has[GMAIL] = true;
    w.beliefs[GMAIL] = (struct belief){.answers = REFUSED, .detail = ""};
    say(&w, GMAIL, REFUSED, NOW - HOUR);
    say(&w, LIST, "127.0.0.4", 0);
    cross(&w);
    assert_string_equal(after(&w, GMAIL), REFUSED);
    assert_string_equal(after(&w, LIST), "127.0.0.4 refused-by:gmail");
    results_free(w.results);
}

static void what_was_said_before_the_address_left_the_list_is_no_news(void **state)
{
    (void)state;
    static const struct {
        time_t said;
        const char *after;
    } rows[] = {{NOW - 3 * HOUR, "no-data"}, {NOW - HOUR, REFUSED}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        setup(&w);
        w.has[LIST] = true;
        w.beliefs[LIST] = (struct belief){.answers = "",
                                          .detail = "",
                                          .flaps = {NOW - 90 * HOUR, NOW - 2 * HOUR},
                                          .flap_count = 2};
        say(&w, GMAIL, REFUSED, rows[i].said);
        say(&w, LIST, "", 0);
        cross(&w);
        assert_string_equal(after(&w, GMAIL), rows[i].after);
        results_free(w.results);
    }
}

static void words_of_others_come_after_the_lists_own(void **state)
{
    (void)state;
    const char *at = "127.0.0.2 127.0.0.4 partly-refused-by:gmx refused-by:mail.example";
    const char *who, *list;
    size_t who_len, list_len;
    assert_int_equal(cross_own_len(at), strlen("127.0.0.2 127.0.0.4"));
    assert_int_equal(cross_own_len("127.0.0.2"), 9);
    assert_int_equal(cross_own_len(""), 0);
    assert_true(cross_next(&at, &who, &who_len, &list, &list_len));
    assert_int_equal(strncmp(who, "partly-refused", who_len), 0);
    assert_int_equal(list_len, 3);
    assert_true(cross_next(&at, &who, &who_len, &list, &list_len));
    assert_int_equal(strncmp(list, "mail.example", list_len), 0);
    assert_false(cross_next(&at, &who, &who_len, &list, &list_len));
}

/* Nothing of what a resolver denies counts unless it was right about a list that lists something.
 */
static void a_resolver_that_denies_everything_proves_nothing(void **state)
{
    (void)state;
    struct results *g = results_new(1, 1);
    assert_true(cross_resolver_proved(g, 0)); /* no list could tell */
    results_column(g, 0)->testable[0] = true;
    assert_false(cross_resolver_proved(g, 0));
    results_column(g, 0)->via[0] = (struct validity){CAUSE_UNTRUSTED, CAUSE_NONE};
    assert_false(cross_resolver_proved(g, 0));
    results_column(g, 0)->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    assert_true(cross_resolver_proved(g, 0));
    assert_false(cross_resolver_proved(g, 1));
    results_column(g, 0)->via[3] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    assert_false(
        cross_resolver_proved(g, 1)); /* of IPv6 there is no test point to be right about */
    results_column(g, 0)->testable[1] = true;
    assert_true(cross_resolver_proved(g, 1));
    results_free(g);
}

static bool about_senders(void *ctx, size_t column, const char *answers)
{
    (void)ctx, (void)column;
    return strcmp(answers, "more-refusals") == 0;
}

static bool sender(void *ctx, size_t row, size_t column, const char *answers, struct buf *out)
{
    (void)ctx, (void)column;
    return row > 0 && buf_fmt(out, "d%zu: %s", row, answers);
}

/* Row 0 is an address; the others are domains, of which the list says something. */
static void refusals_for_the_sender_name_the_findings_of_domains(void **state)
{
    (void)state;
    static const struct {
        const char *gmail, *domains[5], *detail;
    } rows[] = {
        {"more-refusals", {"gone"}, "45 refused; see d1: gone"},
        {"more-refusals", {"gone", "accepted", "lost"}, "45 refused; see d1: gone, d3: lost"},
        {"more-refusals", {"a", "b", "c", "d"}, "45 refused; see d1: a, d2: b, d3: c"},
        {"more-refusals", {"accepted"}, "45 refused"},
        {"refused/4.7.28", {"gone"}, "45 refused"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct results *g = results_new(6, COLUMNS);
        for (size_t j = 0; j < COLUMNS; j++) {
            struct column *c = results_column(g, j);
            *c = (struct column){.list = names[j], .due = true, .of_domains = j == LIST};
            c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
        }
        results_set(g, 0, GMAIL, results_intern(g, CAUSE_NONE, 0, rows[i].gmail));
        results_set_detail(g, 0, GMAIL, "45 refused");
        results_set(g, 0, LIST, results_intern(g, CAUSE_NONE, 0, "its reverse name"));
        for (size_t k = 0; k < 5 && rows[i].domains[k]; k++)
            results_set(g, k + 1, LIST, results_intern(g, CAUSE_NONE, 0, rows[i].domains[k]));
        struct judge judge;
        const struct judge_conf conf = judge_conf_default();
        const struct judge_ops ops = {.level = level, .clean = clean};
        const struct cross_ops hooks = {
            .hears = hears, .about_senders = about_senders, .sender = sender};
        judge_init(&judge, &conf, &ops, NOW, false);
        cross_senders(&judge, &hooks, g, 6);
        judge_fini(&judge);
        assert_string_equal(results_detail(g, 0, GMAIL), rows[i].detail);
        results_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listing_and_the_refusals_because_of_it_are_one_finding),
        cmocka_unit_test(a_list_that_proves_nothing_hides_no_refusal),
        cmocka_unit_test(a_listing_that_is_believed_explains_a_refusal),
        cmocka_unit_test(a_refusal_that_was_told_by_itself_keeps_its_finding),
        cmocka_unit_test(what_was_said_before_the_address_left_the_list_is_no_news),
        cmocka_unit_test(words_of_others_come_after_the_lists_own),
        cmocka_unit_test(refusals_for_the_sender_name_the_findings_of_domains),
        cmocka_unit_test(a_resolver_that_denies_everything_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
