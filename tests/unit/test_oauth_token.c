/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/oauth_client.h"
#include "repmon/oauth_login.h"
#include "repmon/oauth_token.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/repmon-token-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/snds-main.token", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void save(const char *refresh, const char *access)
{
    struct oauth_lock lock = OAUTH_LOCK_NONE;
    char r[64], a[64];
    snprintf(r, sizeof r, "%s", refresh);
    snprintf(a, sizeof a, "%s", access);
    struct oauth_token t = {.refresh = r, .access = a, .expires = 1000, .logged_in = 5, .used = 7};
    assert_int_equal(oauth_lock_take(path, &lock, NULL), OAUTH_MAY);
    assert_true(oauth_token_save(&lock, &t, NULL, NULL));
    oauth_lock_drop(&lock);
}

static void what_is_saved_is_read(void **state)
{
    struct oauth_token t;
    struct stat st;
    (void)state;
    assert_int_equal(oauth_token_load(path, &t, NULL), OAUTH_TOKEN_MISSING);
    save("one", "two");
    assert_int_equal(oauth_token_load(path, &t, NULL), OAUTH_TOKEN_READ);
    assert_string_equal(t.refresh, "one");
    assert_string_equal(t.access, "two");
    assert_int_equal(t.expires, 1000);
    assert_int_equal(t.logged_in, 5);
    oauth_token_fini(&t);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char fresh[128];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    assert_int_not_equal(access(fresh, F_OK), 0);
}

static void only_one_may_rotate(void **state)
{
    struct oauth_lock a = OAUTH_LOCK_NONE, b = OAUTH_LOCK_NONE;
    (void)state;
    assert_int_equal(oauth_lock_take(path, &a, NULL), OAUTH_MAY);
    assert_int_equal(oauth_lock_take(path, &b, NULL), OAUTH_BUSY);
    oauth_lock_drop(&a);
    assert_int_equal(oauth_lock_take(path, &b, NULL), OAUTH_MAY);
    oauth_lock_drop(&b);
}

static void what_a_dead_process_left_is_no_harm(void **state)
{
    char fresh[128];
    struct oauth_token t;
    (void)state;
    save("good", "x");
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\"refresh_t", 11), 11);
    close(fd);
    assert_int_equal(oauth_token_load(path, &t, NULL), OAUTH_TOKEN_READ);
    assert_string_equal(t.refresh, "good");
    oauth_token_fini(&t);
    save("better", "x");
    assert_int_equal(oauth_token_load(path, &t, NULL), OAUTH_TOKEN_READ);
    assert_string_equal(t.refresh, "better");
    oauth_token_fini(&t);
}

static void write_file(const char *text, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void files_that_are_no_good(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *wanted;
    } cases[] = {
        {"{\"refresh_token\":\"abc\"}", 0644, "chmod 600"},
        {"{\"refresh_token\":\"abc\"}", 0640, "chmod 600"},
        {"", 0600, "damaged"},
        {"{\"refresh_token\":\"\"}", 0600, "damaged"},
        {"{\"refresh_token\":\"a\\r\\nX: y\"}", 0600, "damaged"},
        {"{\"refresh_token\":7}", 0600, "damaged"},
        {"{\"refresh_token\":\"abc\"", 0600, "damaged"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct oauth_token t;
        struct error err = {0};
        write_file(cases[i].text, cases[i].mode);
        assert_int_equal(oauth_token_load(path, &t, &err), OAUTH_TOKEN_UNREADABLE);
        if (!strstr(err.text, cases[i].wanted) || strstr(err.text, "abc"))
            fail_msg("%s: %s", cases[i].text, err.text);
        oauth_token_fini(&t);
    }
}

static const struct oauth_server server = {
    .name = "Microsoft", .extra = "a=b", .scope = "x/.default openid", .repeats_scope = true};

static void replies_of_the_login(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum oauth_reply wanted;
        bool rotated;
        const char *refresh, *access;
        time_t life;
    } cases[] = {
        {200, "{\"access_token\":\"A\",\"refresh_token\":\"R2\",\"expires_in\":3599}", OAUTH_NEW,
         true, "R2", "A", 3599},
        {200, "{\"access_token\":\"A\",\"expires_in\":\"3599\"}", OAUTH_NEW, false, "R1", "A",
         3599},
        {200, "{\"access_token\":\"A\",\"refresh_token\":\"R1\"}", OAUTH_NEW, false, "R1", "A", 0},
        {200, "{\"access_token\":\"A\",\"expires_in\":99999999}", OAUTH_NEW, false, "R1", "A",
         86400},
        {200, "{\"access_token\":\"A\\nB\"}", OAUTH_TROUBLE, false, "R1", "old", 0},
        {200, "{\"access_token\":\"A\",\"refresh_token\":\"a b\"}", OAUTH_TROUBLE, false, "R1",
         "old", 0},
        {200, "<html>", OAUTH_TROUBLE, false, "R1", "old", 0},
        {200, "[]", OAUTH_TROUBLE, false, "R1", "old", 0},
        {400, "{\"error\":\"invalid_grant\"}", OAUTH_REFUSED, false, "R1", "old", 0},
        {400, "{\"error\":\"interaction_required\"}", OAUTH_REFUSED, false, "R1", "old", 0},
        {400, "{\"error\":\"temporarily_unavailable\"}", OAUTH_TROUBLE, false, "R1", "old", 0},
        {500, "{\"error\":\"invalid_grant\"}", OAUTH_TROUBLE, false, "R1", "old", 0},
        {403, "", OAUTH_TROUBLE, false, "R1", "old", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct oauth_token t = {.refresh = mem_dup("R1"), .access = mem_dup("old")};
        struct error err = {0};
        bool rotated;
        const struct oauth_body body = {cases[i].status, cases[i].body, strlen(cases[i].body)};
        char code[OAUTH_ERROR_MAX];
        enum oauth_reply got = oauth_reply_read(&server, &body, 1000, &t, &rotated, code, &err);
        if (got != cases[i].wanted || rotated != cases[i].rotated)
            fail_msg("%s: %d", cases[i].body, got);
        assert_string_equal(t.refresh, cases[i].refresh);
        assert_string_equal(t.access, cases[i].access);
        if (got == OAUTH_NEW)
            assert_int_equal(t.expires, 1000 + cases[i].life);
        else
            assert_true(err.text[0]);
        oauth_token_fini(&t);
    }
}

static void the_form_is_encoded(void **state)
{
    char refresh[] = "M.C5_a+b/c=&d", id[] = "id", secret[] = "se cret";
    struct oauth_token t = {.refresh = refresh};
    struct oauth_client c = {.server = &server, .id = id};
    struct buf b;
    (void)state;
    buf_init(&b, 4096);
    assert_true(oauth_request_form(&c, &t, 0, &b, NULL));
    assert_string_equal(buf_text(&b), "grant_type=refresh_token&client_id=id&refresh_token="
                                      "M.C5_a%2Bb%2Fc%3D%26d&scope=x%2F.default%20openid");
    c.secret = secret;
    buf_clear(&b);
    assert_true(oauth_request_form(&c, &t, 0, &b, NULL));
    assert_non_null(strstr(buf_text(&b), "&client_secret=se%20cret"));
    buf_fini(&b);
}

static void addresses_the_browser_ends_at(void **state)
{
    static const struct {
        const char *address;
        enum oauth_answer wanted;
        const char *code;
    } cases[] = {
        {"http://localhost:4711/?code=M.C5%2Fa%2bb&state=S1", OAUTH_CODE, "M.C5/a+b"},
        {"http://localhost/?state=S1&session_state=x&code=abc#_=_", OAUTH_CODE, "abc"},
        {"/?code=abc&state=S1", OAUTH_CODE, "abc"},
        {" code=abc&state=S1", OAUTH_CODE, "abc"},
        {"http://localhost:4711/?code=abc&state=S2", OAUTH_FOREIGN, NULL},
        {"http://localhost:4711/?code=abc", OAUTH_FOREIGN, NULL},
        {"http://localhost:4711/?code=abc&state=S1x", OAUTH_FOREIGN, NULL},
        {"http://localhost/?error=access_denied&state=S1", OAUTH_SAID_NO, NULL},
        {"http://localhost/?error=access_denied&state=S9", OAUTH_FOREIGN, NULL},
        {"http://localhost/?code=&state=S1", OAUTH_OTHER, NULL},
        {"http://localhost/favicon.ico", OAUTH_OTHER, NULL},
        {"http://localhost/?xcode=abc&state=S1", OAUTH_OTHER, NULL},
        {"", OAUTH_OTHER, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf code;
        buf_init(&code, 1024);
        enum oauth_answer got = oauth_answer_read(&server, cases[i].address, "S1", &code, NULL);
        if (got != cases[i].wanted ||
            (cases[i].code && strcmp(buf_text(&code), cases[i].code) != 0))
            fail_msg("%s: %d %s", cases[i].address, got, buf_text(&code));
        buf_fini(&code);
    }
}

static void the_name_of_an_account_is_a_file_name(void **state)
{
    char dir[] = "/var/lib/repmon/state.db", name[] = "../a b", plain[] = "main-1";
    const struct conf conf = {.state = dir};
    (void)state;
    char *p = oauth_token_path(&conf, "snds", plain);
    assert_string_equal(p, "/var/lib/repmon/snds-main-1.token");
    free(p);
    p = oauth_token_path(&conf, "snds", name);
    assert_string_equal(p, "/var/lib/repmon/snds-%2e%2e%2fa%20b.token");
    free(p);
}

int main(void)
{
#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(what_is_saved_is_read),
        WITH_FOLDER(only_one_may_rotate),
        WITH_FOLDER(what_a_dead_process_left_is_no_harm),
        WITH_FOLDER(files_that_are_no_good),
        cmocka_unit_test(replies_of_the_login),
        cmocka_unit_test(the_form_is_encoded),
        cmocka_unit_test(addresses_the_browser_ends_at),
        cmocka_unit_test(the_name_of_an_account_is_a_file_name),
    };
    return cmocka_run_group_tests_name("oauth_token", tests, NULL, NULL);
}
