/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "alert/mail/mail_message.h"

#include "sample_message.h"

#include <stdlib.h>
#include <time.h>

static void headers_are_encoded_where_they_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *value, *out;
    } rows[] = {
        {"LISTED 203.0.113.5", "Subject: LISTED 203.0.113.5\n"},
        {"", "Subject: \n"},
        {"\xc3\xa4 b", "Subject: =?utf-8?Q?=C3=A4_b?=\n"},
        {"a\r\nBcc: x@example.org", "Subject: a??Bcc: x@example.org\n"},
        {"=?utf-8?Q?trick?=", "Subject: =?utf-8?Q?=3D=3Futf=2D8=3FQ=3Ftrick=3F=3D?=\n"},
        {"bad \xff byte", "Subject: bad ? byte\n"},
        {"1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890",
         "Subject: 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890\n"
         " 1234567890\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;
        buf_init(&b, 4096);
        mail_header(&b, "Subject", rows[i].value);
        assert_string_equal(buf_text(&b), rows[i].out);
        buf_fini(&b);
    }
}

/* RFC 2047 2: at most 75 characters a word, 76 a line, and no character across two words. */
static void long_encoded_headers_are_folded_between_characters(void **state)
{
    (void)state;
    char value[301] = "";
    for (size_t i = 0; i < 100; i++)
        memcpy(value + 3 * i, "\xe2\x82\xac", 3);
    struct buf b;
    buf_init(&b, 8192);
    mail_header(&b, "Subject", value);
    size_t euros = 0;
    char *save = NULL;
    for (char *line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        assert_true(strlen(line) <= 76);
        const char *word = strstr(line, "=?utf-8?Q?");
        assert_non_null(word);
        assert_true(strlen(word) <= 75);
        word += 10;
        while (strncmp(word, "?=", 2) != 0) {
            assert_memory_equal(word, "=E2=82=AC", 9);
            word += 9;
            euros++;
        }
    }
    assert_int_equal(euros, 100);
    buf_fini(&b);
}

static void quoted_printable_follows_rfc_2045(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain\n", "plain\n"},
        {"a=b\n", "a=3Db\n"},
        {"end \n", "end=20\n"},
        {"-- \nx", "--=20\nx"},
        {".\n..x\n", "=2E\n=2E.x\n"},
        {"From here\nFroms\n", "=46rom here\nFroms\n"},
        {"\xc3\xa4\n", "=C3=A4\n"},
        {"tab\t\n", "tab=09\n"},
        {"", ""},
        {"1234567890123456789012345678901234567890123456789012345678901234567890123456\n",
         "1234567890123456789012345678901234567890123456789012345678901234567890123456\n"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567\n",
         "123456789012345678901234567890123456789012345678901234567890123456789012345=\n67\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;
        buf_init(&b, 4096);
        mail_quoted_printable(rows[i].in, strlen(rows[i].in), &b);
        assert_string_equal(buf_text(&b), rows[i].out);
        buf_fini(&b);
    }
}

static void only_plain_addresses_reach_an_envelope(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool ok;
    } rows[] = {
        {"a@example.org", true},
        {"root", true},
        {"a+b@[192.0.2.1]", false},
        {"", false},
        {"@example.org", false},
        {"a@", false},
        {"-oQ/tmp@x", false},
        {"a b@example.org", false},
        {"a@x>\r\nRCPT TO:<b", false},
        {"a@x,b@y", false},
        {"\"a\"@x", false},
        {"m\xc3\xbcller@example.org", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(mail_address_ok(rows[i].address), rows[i].ok);
}

static char *mail(const struct message *m, bool crlf)
{
    static const char *const to[] = {"postmaster@example.org", "second@example.org"};
    struct mail_envelope env = {"repmon@mon1.example.org", to, 2, SAMPLE_TIME, crlf, NULL, NULL};
    struct buf b;
    struct error err = {0};
    buf_init(&b, MAIL_MESSAGE_MAX);
    assert_true(mail_message(&env, m, &b, &err));
    return buf_take(&b);
}

static void a_mail_has_the_headers_that_people_and_machines_need(void **state)
{
    (void)state;
    struct message m = sample_message();
    static const char *const ids[] = {"mon1-1", "mon1-2"};
    m.reply_to = ids;
    m.reply_to_count = 2;
    m.may_have_arrived = true;
    char *text = mail(&m, false);
    static const char want[] =
        "Date: Sat, 21 Nov 2026 07:00:00 +0100\n"
        "From: repmon@mon1.example.org\n"
        "To: postmaster@example.org,\n"
        " second@example.org\n"
        "Subject: LISTED (critical) mx1.example.org 203.0.113.5 zen.spamhaus.org SBL\n"
        " (+3) [mon1]\n"
        "Message-ID: <mon1-20261121-060000-cd34@mon1.example.org>\n"
        "In-Reply-To: <mon1-2@mon1.example.org>\n"
        "References: <mon1-1@mon1.example.org>\n"
        " <mon1-2@mon1.example.org>\n"
        "Auto-Submitted: auto-generated\n"
        "X-Auto-Response-Suppress: All\n"
        "X-Repmon-Instance: mon1\n"
        "X-Repmon-Digest: mon1-20261121-060000-cd34\n"
        "X-Repmon-Level: critical\n"
        "X-Repmon-Repeat: may have arrived\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 7bit\n"
        "\n"
        "mon1, run of ";
    assert_memory_equal(text, want, sizeof want - 1);
    free(text);
}

static void hostile_text_can_neither_add_headers_nor_end_the_message(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct entry evil = m.entries[0];
    evil.list = "l\r\nBcc: all@example.org\r\n\r\nbody";
    evil.label = "\xc3\xa4\r\n.\r\nMAIL FROM:<x>";
    evil.reason = "\r\n.\r\nQUIT\r\n\xff\xfe";
    m.entries = &evil;
    m.entry_count = 1;
    m.instance = "mon1\r\nX-Evil: 1";
    m.id = "id>\r\nX-Evil: 2";
    char *text = mail(&m, true);
    assert_null(strstr(text, "\nBcc"));
    assert_null(strstr(text, "\nX-Evil"));
    assert_null(strstr(text, "\r\n.\r\n"));
    assert_non_null(strstr(text, "quoted-printable"));
    const char *end = strstr(text, "\r\n\r\n");
    assert_non_null(end);
    for (const char *p = text; *p; p++) { /* every break is CRLF, every byte is ASCII */
        assert_true((unsigned char)*p < 0x7f);
        if (*p == '\n')
            assert_true(p > text && p[-1] == '\r');
        if (*p == '\r')
            assert_int_equal(p[1], '\n');
    }
    size_t line = 0;
    for (const char *p = text; *p; p++) {
        line = *p == '\n' ? 0 : line + 1;
        assert_true(line <= 998);
    }
    free(text);
}

static void an_address_that_can_inject_is_a_configuration_error(void **state)
{
    (void)state;
    struct message m = sample_message();
    static const char *const to[] = {"a@x>\r\nRCPT TO:<b@y"};
    struct mail_envelope env = {"repmon@example.org", to, 1, SAMPLE_TIME, true, NULL, NULL};
    struct buf b;
    struct error err = {0};
    buf_init(&b, MAIL_MESSAGE_MAX);
    assert_false(mail_message(&env, &m, &b, &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_null(strchr(err.text, '\n'));
    buf_fini(&b);
}

int main(void)
{
    setenv("TZ", "UTC-1", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_encoded_where_they_must_be),
        cmocka_unit_test(long_encoded_headers_are_folded_between_characters),
        cmocka_unit_test(quoted_printable_follows_rfc_2045),
        cmocka_unit_test(only_plain_addresses_reach_an_envelope),
        cmocka_unit_test(a_mail_has_the_headers_that_people_and_machines_need),
        cmocka_unit_test(hostile_text_can_neither_add_headers_nor_end_the_message),
        cmocka_unit_test(an_address_that_can_inject_is_a_configuration_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
