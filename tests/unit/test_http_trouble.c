/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/http_trouble.h"

static void what_passes_by_itself_is_tried_again_and_no_more_than_twice(void **state)
{
    static const struct {
        enum reply_how how;
        int status;
        int64_t after;  /* Retry-After; -1: none */
        unsigned tries; /* before */
        int64_t pause;  /* milliseconds; -1: not again */
        int64_t postponed;
    } cases[] = {
        {REPLY_ANSWERED, 503, -1, 0, 500, -1},
        {REPLY_ANSWERED, 503, -1, 1, 2000, -1},
        {REPLY_ANSWERED, 503, -1, 2, -1, -1},
        {REPLY_ANSWERED, 503, 5, 0, 5000, -1},
        {REPLY_ANSWERED, 503, 21, 0, -1, 21},
        {REPLY_ANSWERED, 429, 5, 0, 5000, -1},
        {REPLY_ANSWERED, 429, 3600, 0, -1, 3600},
        {REPLY_ANSWERED, 429, -1, 0, -1, 0},
        {REPLY_ANSWERED, 200, -1, 0, -1, -1},
        {REPLY_ANSWERED, 404, -1, 0, -1, -1},
        {REPLY_UNREACHABLE, 0, -1, 0, 500, -1},
        {REPLY_UNREACHABLE, 0, -1, 1, 2000, -1},
        {REPLY_TIMEOUT, 0, -1, 0, 500, -1},
        {REPLY_TIMEOUT, 0, -1, 1, -1, -1},
        {REPLY_TLS, 0, -1, 0, -1, -1},
        {REPLY_DEADLINE, 0, -1, 0, -1, -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_patience p = {.tries = cases[i].tries};
        const struct http_response r = {.status = cases[i].status, .retry_after_s = cases[i].after};
        bool again =
            http_try_again(&p, cases[i].how, cases[i].how == REPLY_ANSWERED ? &r : NULL, 1000);
        int64_t pause = again ? p.wake_ms - 1000 : -1;
        if (pause != cases[i].pause || p.postponed != cases[i].postponed)
            fail_msg("case %zu: %lld ms, %lld s", i, (long long)pause, (long long)p.postponed);
    }
}

static void trouble_is_told_with_its_cause(void **state)
{
    static const struct {
        enum reply_how how;
        int status;
        enum cause cause;
        const char *note;
    } cases[] = {
        {REPLY_ANSWERED, 302, CAUSE_BAD_FORMAT, "Google redirects to another host (302)"},
        {REPLY_ANSWERED, 401, CAUSE_DENIED, "Google refuses this account (401)"},
        {REPLY_ANSWERED, 403, CAUSE_DENIED, "Google refuses this account (403)"},
        {REPLY_ANSWERED, 429, CAUSE_DENIED, "Google asks for fewer requests (429)"},
        {REPLY_ANSWERED, 500, CAUSE_SERVFAIL, "Google's server has a problem (500)"},
        {REPLY_ANSWERED, 418, CAUSE_BAD_FORMAT, "Google answered 418"},
        {REPLY_TIMEOUT, 0, CAUSE_TIMEOUT, "Google: no reply in time"},
        {REPLY_TOO_BIG, 0, CAUSE_BAD_FORMAT, "Google: an endless reply"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char note[100];
        const struct http_response r = {.status = cases[i].status, .retry_after_s = -1};
        enum cause got =
            http_trouble("Google", "account", cases[i].how,
                         cases[i].how == REPLY_ANSWERED ? &r : NULL, note, sizeof note);
        assert_int_equal(got, cases[i].cause);
        assert_string_equal(note, cases[i].note);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes_by_itself_is_tried_again_and_no_more_than_twice),
        cmocka_unit_test(trouble_is_told_with_its_cause),
    };
    return cmocka_run_group_tests_name("http_trouble", tests, NULL, NULL);
}
