/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/log.h"

#include <stdio.h>
#include <unistd.h>

/* What one line looks like on stderr. */
static void logged(const char *text, char *out, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    log_error("%s", text);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void a_hidden_text_is_in_no_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } rows[] = {
        {"ask A 2.0.0.127.s3cretkey.zen.lab", "repmon: ask A 2.0.0.127.***.zen.lab\n"},
        {"S3CretKey", "repmon: ***\n"},
        {"s3cretkeys3cretkey", "repmon: ******\n"},
        {"abcd and ab", "repmon: *** and ab\n"},
        {"nothing of it", "repmon: nothing of it\n"},
    };
    char line[256];
    static const char key[] = "s3cretkey", other[] = "abcd", tiny[] = "ab";
    log_hide(key);
    log_hide(other);
    log_hide(tiny);
    for (size_t i = 0; i < COUNT(rows); i++) {
        logged(rows[i].text, line, sizeof line);
        assert_string_equal(line, rows[i].line);
    }
    log_unhide(key);
    logged("s3cretkey", line, sizeof line);
    assert_string_equal(line, "repmon: s3cretkey\n");
    log_unhide(other);
    log_unhide(tiny);
}

/* A file name has up to 4,096 bytes, and a message names two. */
static void a_long_line_is_whole_and_hides_what_is_hidden_at_its_end(void **state)
{
    (void)state;
    static const char key[] = "s3cretkey";
    enum { LONG = 10000 };
    char text[LONG + sizeof key], line[2 * LONG];
    memset(text, 'x', LONG);
    memcpy(text + LONG, key, sizeof key);
    log_hide(key);
    logged(text, line, sizeof line);
    assert_int_equal(strlen(line), strlen("repmon: ") + LONG + strlen("***\n"));
    assert_string_equal(line + strlen(line) - 5, "x***\n");
    log_unhide(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hidden_text_is_in_no_line),
        cmocka_unit_test(a_long_line_is_whole_and_hides_what_is_hidden_at_its_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
