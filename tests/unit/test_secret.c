/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/limits.h"
#include "repmon/secret.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/repmon-secret-XXXXXX";
static char path[64];

static void write_file(const char *text, size_t len, mode_t mode)
{
    unlink(path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static enum secret_state read_it(char **text, struct error *err)
{
    *err = (struct error){0};
    return secret_read(path, NULL, text, err);
}

static void takes_one_line_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *content, *text, *error;
    } rows[] = {
        {"s3cret", "s3cret", NULL},
        {"s3cret\n", "s3cret", NULL},
        {"s3cret\r\n", "s3cret", NULL},
        {"with blanks ; # ", "with blanks ; # ", NULL},
        {"", NULL, "empty"},
        {"\n", NULL, "empty"},
        {"  \n", NULL, "empty"},
        {"one\ntwo\n", NULL, "exactly one line"},
        {"one\n\n", NULL, "exactly one line"},
        {"one\x01", NULL, "control character"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text;
        struct error err;
        write_file(rows[i].content, strlen(rows[i].content), 0600);
        enum secret_state got = read_it(&text, &err);
        assert_int_equal(got, rows[i].text ? SECRET_READ : SECRET_REFUSED);
        if (rows[i].text) {
            assert_string_equal(text, rows[i].text);
        } else {
            assert_null(text);
            assert_int_equal(err.class, ERR_CONFIG);
            assert_non_null(strstr(err.text, rows[i].error));
            assert_null(strstr(err.text, "two"));
        }
        secret_free(text);
    }
}

static void has_a_largest_size(void **state)
{
    (void)state;
    static char big[LIMIT_SECRET + 2000];
    char *text;
    struct error err;
    memset(big, 'x', sizeof big);
    big[LIMIT_SECRET] = '\n';
    write_file(big, LIMIT_SECRET + 1, 0600);
    assert_int_equal(read_it(&text, &err), SECRET_READ);
    assert_int_equal(strlen(text), LIMIT_SECRET);
    secret_free(text);
    big[LIMIT_SECRET] = 'x';
    write_file(big, sizeof big, 0600);
    assert_int_equal(read_it(&text, &err), SECRET_REFUSED);
    assert_non_null(strstr(err.text, "larger than 4096"));
    assert_null(text);
}

static void refuses_a_file_that_others_can_read(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    const struct {
        mode_t mode;
        gid_t group;
        bool ok;
        const char *error;
    } rows[] = {
        {0600, getegid(), true, NULL},
        {0400, getegid(), true, NULL},
        {0644, getegid(), false, "other users can access"},
        {0604, getegid(), false, "other users can access"},
        {0602, getegid(), false, "other users can access"},
        {0640, getegid(), root, "secret file's group can access it"},
        {0660, getegid(), false, "can access"},
        {0640, 54321, false, "a group other than repmon's can access"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text;
        struct error err;
        write_file("s3cret", 6, 0600);
        if (rows[i].group != getegid() && (!root || chown(path, 0, rows[i].group) != 0))
            continue;
        assert_int_equal(chmod(path, rows[i].mode), 0);
        enum secret_state got = read_it(&text, &err);
        if ((got == SECRET_READ) != rows[i].ok)
            fail_msg("row %zu: %s", i, err.text);
        if (!rows[i].ok) {
            assert_int_equal(got, SECRET_REFUSED);
            assert_int_equal(err.class, ERR_PERMISSION);
            assert_non_null(strstr(err.text, rows[i].error));
            assert_non_null(strstr(err.text, "chmod g"));
            assert_non_null(strstr(err.text, path));
        }
        secret_free(text);
    }
}

static void a_credential_of_systemd_may_show_a_group(void **state)
{
    (void)state;
    char *text;
    struct error err;
    write_file("s3cret", 6, 0600);
    if (geteuid() == 0)
        assert_int_equal(chown(path, 0, 54321), 0);
    assert_int_equal(chmod(path, 0440), 0);
    assert_int_equal(read_it(&text, &err), SECRET_REFUSED);
    setenv("CREDENTIALS_DIRECTORY", dir, 1);
    assert_int_equal(read_it(&text, &err), SECRET_READ);
    secret_free(text);
    setenv("CREDENTIALS_DIRECTORY", "/tmp/repmon-secre", 1); /* a prefix is not a folder */
    assert_int_equal(read_it(&text, &err), SECRET_REFUSED);
    setenv("CREDENTIALS_DIRECTORY", dir, 1);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(read_it(&text, &err), SECRET_REFUSED);
    unsetenv("CREDENTIALS_DIRECTORY");
}

/* Root owns the file, root starts the program, root becomes the user: the user's group counts. */
static void root_may_read_for_the_user_it_becomes(void **state)
{
    (void)state;
    struct group *gr = getgrnam("daemon"); /* on every Debian: a user with a group of its own */
    if (geteuid() != 0 || !gr)
        skip();
    char *text;
    struct error err = {0};
    write_file("s3cret", 6, 0600);
    assert_int_equal(chown(path, 0, gr->gr_gid), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(secret_read(path, "daemon", &text, &err), SECRET_READ);
    secret_free(text);
    assert_int_equal(secret_read(path, "nobody", &text, &err), SECRET_REFUSED);
}

static void what_cannot_be_read_is_no_error(void **state)
{
    (void)state;
    char *text;
    struct error err = {0};
    unlink(path);
    assert_int_equal(read_it(&text, &err), SECRET_UNREADABLE);
    assert_null(text);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(secret_read(dir, NULL, &text, &(struct error){0}), SECRET_UNREADABLE);
    assert_int_equal(secret_read("/dev/null", NULL, &text, &(struct error){0}), SECRET_UNREADABLE);
    assert_null(text);
}

static bool load(const char *text, struct conf *c, struct errors *errors, struct errors *warnings)
{
    char conf_path[64];
    snprintf(conf_path, sizeof conf_path, "%s/repmon.conf", dir);
    errors_fini(errors);
    errors_fini(warnings);
    return conf_parse(conf_path, text, strlen(text), c, errors, warnings);
}

static void a_configuration_reads_its_secrets(void **state)
{
    (void)state;
    static const char text[] = "[dnsbl \"a.example\"]\nkey_file = secret\n"
                               "[dnsbl \"b.example\"]\n[dnsbl \"c.example\"]\n";
    struct conf c;
    struct errors errors = {0}, warnings = {0};
    write_file("thekey\n", 7, 0600);
    assert_true(load(text, &c, &errors, &warnings));
    assert_string_equal(c.dnsbls[0].key.text, "thekey"); /* although the array moved */
    assert_true(c.dnsbls[0].key.wanted);
    assert_int_equal(c.dnsbls[0].key.at.line, 2);
    assert_false(c.dnsbls[1].key.wanted);
    conf_fini(&c);

    assert_int_equal(chmod(path, 0644), 0);
    assert_false(load(text, &c, &errors, &warnings));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].line, 2);
    assert_int_equal(conf_exit_class(&errors), ERR_PERMISSION);
    assert_null(strstr(errors.items[0].text, "thekey"));

    unlink(path);
    assert_true(load(text, &c, &errors, &warnings));
    assert_int_equal(warnings.count, 1);
    assert_true(c.dnsbls[0].key.wanted);
    assert_null(c.dnsbls[0].key.text);
    conf_fini(&c);

    write_file("the.key\n", 8, 0600);
    assert_false(load(text, &c, &errors, &warnings));
    assert_non_null(strstr(errors.items[0].text, "label of a DNS name"));
    assert_null(strstr(errors.items[0].text, "the.key"));

    static const char hook[] = "[webhook \"a\"]\nurl_file = secret\n[webhook \"b\"]\n"
                               "url = https://b.example\n";
    write_file("https://h.example/?s=TheSecret\n", 31, 0600);
    assert_true(load(hook, &c, &errors, &warnings));
    assert_string_equal(c.channels[0].url.text, "https://h.example/?s=TheSecret");
    conf_fini(&c);
    write_file("http://h.example/?s=TheSecret\n", 30, 0600);
    assert_false(load(hook, &c, &errors, &warnings));
    assert_null(strstr(errors.items[0].text, "TheSecret"));
    errors_fini(&errors);
    errors_fini(&warnings);
}

static void an_open_configuration_with_an_address_is_warned_about(void **state)
{
    (void)state;
    static const char text[] = "[ping]\nurl = https://h.example/TheSecret\n";
    struct conf c;
    struct errors errors = {0}, warnings = {0};
    write_file(text, sizeof text - 1, 0644);
    assert_true(conf_load(path, &c, &errors, &warnings));
    assert_int_equal(warnings.count, 0); /* others can't enter the folder */
    conf_fini(&c);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_true(conf_load(path, &c, &errors, &warnings));
    assert_int_equal(warnings.count, 1);
    assert_null(strstr(warnings.items[0].text, "TheSecret"));
    conf_fini(&c);
    errors_fini(&warnings);
    assert_int_equal(chmod(path, 0640), 0);
    assert_true(conf_load(path, &c, &errors, &warnings));
    assert_int_equal(warnings.count, 0);
    conf_fini(&c);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/secret", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_one_line_and_nothing_else),
        cmocka_unit_test(has_a_largest_size),
        cmocka_unit_test(refuses_a_file_that_others_can_read),
        cmocka_unit_test(a_credential_of_systemd_may_show_a_group),
        cmocka_unit_test(root_may_read_for_the_user_it_becomes),
        cmocka_unit_test(what_cannot_be_read_is_no_error),
        cmocka_unit_test(a_configuration_reads_its_secrets),
        cmocka_unit_test(an_open_configuration_with_an_address_is_warned_about),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
