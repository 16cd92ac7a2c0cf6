/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/channel.h"

#include "alert/mail/mail_outcome.h"
#include "repmon/command_words.h"
#include "sample_message.h"

#include <stdio.h>

#define S DELIVERY_SENT
#define L DELIVERY_DEFERRED
#define H DELIVERY_HELD
#define D DELIVERY_FAILED

/* Contract section 5, row by row. */
static void http_statuses_have_the_outcome_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum delivery_outcome want;
    } rows[] = {
        {0, L},   {100, L}, {200, S}, {202, S}, {204, S}, {299, S}, {300, H}, {301, H},
        {302, H}, {308, H}, {400, D}, {401, H}, {403, H}, {404, H}, {405, H}, {408, L},
        {409, H}, {410, H}, {413, D}, {415, D}, {422, D}, {429, L}, {451, H}, {500, L},
        {502, L}, {503, L}, {504, L}, {599, L}, {600, L},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(delivery_of_http(rows[i].status), rows[i].want);
}

static void smtp_codes_have_the_outcome_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        enum smtp_stage stage;
        int code;
        enum delivery_outcome want;
    } rows[] = {
        {SMTP_CONNECT, 0, L},     {SMTP_CONNECT, 421, L}, {SMTP_CONNECT, 554, H},
        {SMTP_TLS, 0, H},         {SMTP_TLS, 454, L},     {SMTP_TLS, 502, H},
        {SMTP_AUTH, 0, L},        {SMTP_AUTH, 454, L},    {SMTP_AUTH, 535, H},
        {SMTP_AUTH, 534, H},      {SMTP_MAIL, 0, L},      {SMTP_MAIL, 451, L},
        {SMTP_MAIL, 550, H},      {SMTP_RECIPIENT, 0, L}, {SMTP_RECIPIENT, 450, L},
        {SMTP_RECIPIENT, 550, H}, {SMTP_DATA, 0, L},      {SMTP_DATA, 250, S},
        {SMTP_DATA, 451, L},      {SMTP_DATA, 552, D},    {SMTP_DATA, 554, D},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(delivery_of_smtp(rows[i].stage, rows[i].code), rows[i].want);
}

static void exit_statuses_are_read_as_sysexits(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum delivery_outcome want;
    } rows[] = {
        {0, S},  {1, L},  {64, H}, {65, D},  {67, H},  {69, L},  {71, L},
        {75, L}, {77, H}, {78, H}, {126, H}, {127, H}, {255, L},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(delivery_of_exit(rows[i].status), rows[i].want);
}

static void tries_back_off_and_obey_the_other_side(void **state)
{
    (void)state;
    static const struct {
        bool may_have_arrived;
        int64_t asked;
        unsigned tries;
        int64_t want;
    } rows[] = {
        {false, 0, 0, 60},    {false, 0, 1, 60},         {false, 0, 2, 300},
        {false, 0, 3, 900},   {false, 0, 4, 3600},       {false, 0, 5, 14400},
        {false, 0, 6, 21600}, {false, 0, 100, 21600},    {false, 120, 1, 120},
        {false, 10, 1, 60},   {false, 999999, 1, 86400}, {false, -1, 1, 60},
        {true, 0, 1, 3600},   {true, 0, 2, 14400},       {true, 0, 3, 86400},
        {true, 0, 9, 86400},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct delivery d = {.may_have_arrived = rows[i].may_have_arrived,
                             .retry_after_s = rows[i].asked};
        assert_int_equal(delivery_retry_at(&d, rows[i].tries, 1000), 1000 + rows[i].want);
    }
    assert_false(delivery_is_hopeless(0, 100, 7 * 86400 - 1));
    assert_false(delivery_is_hopeless(0, 4, 30 * 86400));
    assert_true(delivery_is_hopeless(0, 5, 7 * 86400));
    assert_false(delivery_is_hopeless(1000, 5, 0));
}

static void a_channel_hears_of_what_it_wants(void **state)
{
    (void)state;
    struct conf_channel c = {.min_level = LEVEL_WARNING};
    struct entry e = {.kind = CHANGE_LISTED, .severity_level = LEVEL_INFO};
    assert_false(channel_wants(&c, 0, &e));
    e.severity_level = LEVEL_CRITICAL;
    assert_true(channel_wants(&c, 0, &e));
    c.only = 1u << CHANGE_BLIND;
    assert_false(channel_wants(&c, 0, &e));
    e.kind = CHANGE_BLIND;
    assert_true(channel_wants(&c, 0, &e));
    c = (struct conf_channel){.min_level = LEVEL_CRITICAL};
    e = (struct entry){.kind = CHANGE_BASELINE, .of_list = true, .severity_level = LEVEL_OK};
    assert_true(channel_wants(&c, 0, &e));
}

/* ---- the dialogue and what follows from it ---- */

/* "C:" we wrote, "S:" the server; every line ends CRLF. */
static struct dialogue talk(const char *const *lines)
{
    struct dialogue d = {0};
    for (; *lines; lines++) {
        char text[600];
        int n = snprintf(text, sizeof text, "%s\r\n", *lines + 2);
        if ((*lines)[0] == 'C')
            dialogue_wrote(&d, text, (size_t)n);
        else
            dialogue_read(&d, text, (size_t)n);
    }
    return d;
}

static void sessions_end_in_the_outcome_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        const char *lines[14];
        bool login, probe, taken;
        const char *tls_error;
        int from, to_a, to_b, end;
        enum delivery_outcome want;
        bool may_have_arrived;
        const char *reason; /* part of it */
    } rows[] = {
        {.lines = {NULL}, .want = L, .reason = "no greeting"},
        {.lines = {"S:421 busy"}, .want = L, .reason = "421 busy"},
        {.lines = {"S:554 go away", "C:QUIT", "S:221 bye"}, .want = H, .reason = "554 go away"},
        {.lines = {"S:220 hi", "C:EHLO x"}, .want = L, .reason = "ended during the greeting"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:451 not now"}, .want = L, .reason = "451"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250-x", "S:250 HELP"},
         .tls_error = "no STARTTLS",
         .want = H,
         .reason = "no STARTTLS"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 STARTTLS", "C:STARTTLS", "S:454 later"},
         .want = L,
         .reason = "STARTTLS: 454"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 STARTTLS", "C:STARTTLS", "S:502 no"},
         .want = H,
         .reason = "STARTTLS: 502"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 STARTTLS", "C:STARTTLS", "S:220 go"},
         .want = L,
         .reason = "handshake"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 AUTH PLAIN", "C:AUTH PLAIN AGE=", "S:535 bad",
                   "C:MAIL FROM:<a>"},
         .login = true,
         .want = H,
         .reason = "login is refused: 535 bad"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 AUTH PLAIN", "C:AUTH PLAIN AGE=", "S:454 db",
                   "C:MAIL FROM:<a>"},
         .login = true,
         .want = L,
         .reason = "454"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 AUTH PLAIN LOGIN", "C:AUTH PLAIN AGE=",
                   "S:535 bad", "C:AUTH LOGIN", "S:501 aborted", "C:MAIL FROM:<a>"},
         .login = true,
         .want = H,
         .reason = "535 bad"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 AUTH PLAIN LOGIN", "C:AUTH PLAIN AGE=",
                   "S:504 what", "C:AUTH LOGIN", "S:454 not now", "C:MAIL FROM:<a>"},
         .login = true,
         .want = L,
         .reason = "454 not now"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 AUTH LOGIN", "C:AUTH LOGIN", "S:334 VXNl",
                   "C:MAIL", "S:334 UGFz", "C:QUIT", "S:235 ok", "C:MAIL FROM:<a>"},
         .login = true,
         .from = 250,
         .to_a = 250,
         .end = 250,
         .taken = true,
         .want = S,
         .reason = ""},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 HELP", "C:MAIL FROM:<a>"},
         .login = true,
         .want = H,
         .reason = "offers no supported login"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 AUTH PLAIN", "C:AUTH PLAIN AGE="},
         .login = true,
         .want = L,
         .reason = "during the login"},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 HELP", "C:MAIL FROM:<a>"},
         .probe = true,
         .want = S,
         .reason = ""},
        {.lines = {"S:220 hi", "C:EHLO x", "S:250 HELP", "C:MAIL FROM:<a>"},
         .from = 0,
         .want = L,
         .reason = "after MAIL"},
        {.lines = {"C:EHLO x", "C:MAIL FROM:<a>"}, .from = 451, .want = L, .reason = "sender: 451"},
        {.lines = {"C:EHLO x", "C:MAIL FROM:<a>"}, .from = 553, .want = H, .reason = "sender: 553"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 550,
         .to_b = 550,
         .end = 554,
         .want = H,
         .reason = "every recipient"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 550,
         .to_b = 450,
         .end = 554,
         .want = L,
         .reason = "450"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 250,
         .to_b = 550,
         .end = 250,
         .taken = true,
         .want = S,
         .reason = ""},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 250,
         .to_b = 250,
         .end = 451,
         .taken = true,
         .want = L,
         .reason = "message: 451"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 250,
         .to_b = 250,
         .end = 554,
         .taken = true,
         .want = D,
         .reason = "message: 554"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 250,
         .to_b = 250,
         .end = 354,
         .want = L,
         .reason = "before the message"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 250,
         .to_b = 250,
         .end = 354,
         .taken = true,
         .want = L,
         .may_have_arrived = true,
         .reason = "no final reply"},
        {.lines = {"C:MAIL FROM:<a>"},
         .from = 250,
         .to_a = 250,
         .to_b = 250,
         .end = 0,
         .taken = true,
         .want = L,
         .may_have_arrived = true,
         .reason = "no final reply"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dialogue d = talk(rows[i].lines);
        struct mail_facts f = {.host = "mx.example",
                               .port = 587,
                               .wants_login = rows[i].login,
                               .probe = rows[i].probe,
                               .text_taken = rows[i].taken,
                               .tls_error = rows[i].tls_error ? rows[i].tls_error : "",
                               .dialogue = &d,
                               .from_code = rows[i].from,
                               .end_code = rows[i].end};
        mail_facts_recipient(&f, "a@example.org", rows[i].to_a, "said a");
        mail_facts_recipient(&f, "b@example.org", rows[i].to_b, "said b");
        struct delivery out;
        mail_outcome(&f, &out);
        if (out.outcome != rows[i].want || out.may_have_arrived != rows[i].may_have_arrived ||
            !strstr(out.reason, rows[i].reason) || (rows[i].want == S) != !out.reason[0])
            fail_msg("row %zu: %s %d \"%s\"", i, delivery_word(out.outcome), out.may_have_arrived,
                     out.reason);
        if (rows[i].to_b == 550 && rows[i].to_a == 250)
            assert_string_equal(out.refused, "b@example.org (550 said b)");
    }
}

static void refused_recipients_without_room_are_counted(void **state)
{
    (void)state;
    struct dialogue d = talk((const char *const[]){"C:EHLO x", "C:MAIL FROM:<a>", NULL});
    struct mail_facts f = {.host = "mx.example",
                           .tls_error = "",
                           .dialogue = &d,
                           .from_code = 250,
                           .end_code = 250,
                           .text_taken = true};
    struct delivery out;
    char mailbox[64], words[400];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    mail_facts_recipient(&f, "good@example.org", 250, "ok");
    mail_facts_recipient(&f, "first@example.org", 550, words);
    mail_outcome(&f, &out);
    assert_non_null(strstr(out.refused, "first@example.org (550 www"));
    assert_non_null(strstr(out.refused, "www...)")); /* nothing is cut without a mark */
    for (unsigned i = 0; i < 98; i++) {
        snprintf(mailbox, sizeof mailbox, "nobody%u@example.org", i);
        mail_facts_recipient(&f, mailbox, 550, "no such user");
    }
    mail_facts_recipient(&f, "x@y.z", 550, ""); /* it would fit, but who would count then? */
    mail_outcome(&f, &out);
    unsigned named = 0;
    for (const char *p = out.refused; (p = strstr(p, " (550 ")) != NULL; p++)
        named++;
    char more[32];
    snprintf(more, sizeof more, "); and %u more", 100 - named);
    assert_true(named > 30);
    assert_string_equal(out.refused + strlen(out.refused) - strlen(more), more);
    assert_null(strstr(out.refused, "x@y.z"));
}

static void replies_in_pieces_and_bytes_before_tls_are_noticed(void **state)
{
    (void)state;
    struct dialogue d = {0};
    dialogue_read(&d, "22", 2);
    dialogue_read(&d, "0 mx\r", 5);
    assert_false(d.answered);
    dialogue_read(&d, "\n", 1);
    assert_true(d.answered);
    assert_int_equal(d.code, 220);
    dialogue_wrote(&d, "STARTTLS\r\n", 10);
    dialogue_read(&d, "220 go\r\n", 8);
    assert_true(d.tls);
    assert_false(d.injected);
    dialogue_wrote(&d, "EHLO x\r\n", 8);
    dialogue_read(&d, "250 x\r\n", 7);
    assert_false(d.injected);

    d = (struct dialogue){0};
    dialogue_wrote(&d, "STARTTLS\r\n", 10);
    dialogue_read(&d, "220 go\r\n250 AUTH\r\n", 18);
    assert_true(d.injected);
}

static void commands_are_split_without_a_shell(void **state)
{
    (void)state;
    static const struct {
        const char *in, *words[6];
        const char *error;
    } rows[] = {
        {"/usr/sbin/sendmail -t -i", {"/usr/sbin/sendmail", "-t", "-i"}, NULL},
        {"  a\t b  ", {"a", "b"}, NULL},
        {"a 'b c' \"d 'e\" f\\ g", {"a", "b c", "d 'e", "f g"}, NULL},
        {"a 'it'\\''s' \"q\\\"\"", {"a", "it's", "q\""}, NULL},
        {"a '' $HOME ; | *", {"a", "", "$HOME", ";", "|", "*"}, NULL},
        {"a \\", {"a", "\\"}, NULL},
        {"a 'b", {NULL}, "quote"},
        {"", {NULL}, "empty"},
        {"'' a", {NULL}, "empty"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error err = {0};
        char **words = command_words(rows[i].in, &err);
        assert_int_equal(words == NULL, rows[i].error != NULL);
        if (!words) {
            assert_non_null(strstr(err.text, rows[i].error));
            continue;
        }
        for (size_t w = 0; w < 6; w++) {
            if (!rows[i].words[w]) {
                assert_null(words[w]);
                break;
            }
            assert_string_equal(words[w], rows[i].words[w]);
        }
        command_words_free(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_statuses_have_the_outcome_of_the_contract),
        cmocka_unit_test(smtp_codes_have_the_outcome_of_the_contract),
        cmocka_unit_test(exit_statuses_are_read_as_sysexits),
        cmocka_unit_test(tries_back_off_and_obey_the_other_side),
        cmocka_unit_test(a_channel_hears_of_what_it_wants),
        cmocka_unit_test(sessions_end_in_the_outcome_of_the_contract),
        cmocka_unit_test(refused_recipients_without_room_are_counted),
        cmocka_unit_test(replies_in_pieces_and_bytes_before_tls_are_noticed),
        cmocka_unit_test(commands_are_split_without_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
