/* SPDX-License-Identifier: ISC */
/*
 * A login that changes at every use, killed at each point of its saving: what is found afterwards
 * is the old one or the new one, whole, and the next one can be saved.
 */
#include "unit.h"

#include "repmon/oauth_token.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96];
static char before[] = "before", after[] = "after";

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/repmon-crash-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/snds-main.token", folder);
}

static void remove_folder(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static bool has(const char *refresh)
{
    struct oauth_token t;
    assert_int_equal(oauth_token_load(path, &t, NULL), OAUTH_TOKEN_READ);
    bool same = strcmp(t.refresh, refresh) == 0;
    oauth_token_fini(&t);
    return same;
}

static bool save(char *refresh)
{
    struct oauth_lock lock = OAUTH_LOCK_NONE;
    struct oauth_token t = {.refresh = refresh, .expires = 1};
    bool ok =
        oauth_lock_take(path, &lock, NULL) == OAUTH_MAY && oauth_token_save(&lock, &t, NULL, NULL);
    oauth_lock_drop(&lock);
    return ok;
}

/* In a child, because points are counted from its start. True when it was killed at point n, false
 * when it passed fewer points. `refresh` NULL: nothing is saved, what lies there is adopted. */
static bool killed_at(int n, char *refresh)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", n);
        setenv("REPMON_CRASH_AT", text, 1);
        if (!refresh)
            oauth_token_adopt(path);
        _exit(!refresh || save(refresh) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

static void no_point_leaves_a_file_that_is_no_login(void **state)
{
    int points = 0;
    (void)state;
    make_folder();
    for (bool killed = true; killed;) {
        killed_at(0, before);
        killed = killed_at(++points, after);
        assert_true(has("before") || has("after"));
        assert_true(killed || has("after"));
    }
    assert_int_equal(points, 5); /* four points, and once in peace */
    remove_folder();
}

/* Point 1 is before the write: nothing is lost yet. From then on the old login may be used up. */
static void a_login_that_was_written_is_never_lost(void **state)
{
    (void)state;
    make_folder();
    for (int point = 1; point <= 4; point++) {
        killed_at(0, before);
        assert_true(killed_at(point, after));
        killed_at(0, NULL);
        assert_true(has(point == 1 ? "before" : "after"));
    }
    for (int point = 1; point <= 2; point++) { /* killed while it is adopted, too */
        killed_at(0, before);
        assert_true(killed_at(2, after));
        assert_true(killed_at(point, NULL));
        killed_at(0, NULL);
        assert_true(has("after"));
    }
    assert_int_equal(unlink(path), 0); /* the very first login */
    assert_true(killed_at(3, after));
    killed_at(0, NULL);
    assert_true(has("after"));
    remove_folder();
}

/* What lies there and is no whole login of ours is removed, and the old one stays. */
static void what_is_not_whole_is_not_adopted(void **state)
{
    static const char *const leftovers[] = {"", "{", "{\"refresh_token\":\"x\"", "{}\n",
                                            "{\"refresh_token\":\"\"}\n"};
    (void)state;
    make_folder();
    char fresh[128];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    for (size_t i = 0; i < sizeof leftovers / sizeof leftovers[0]; i++) {
        killed_at(0, before);
        FILE *f = fopen(fresh, "w");
        assert_non_null(f);
        fputs(leftovers[i], f);
        fclose(f);
        chmod(fresh, 0600);
        killed_at(0, NULL);
        assert_true(has("before"));
        assert_int_not_equal(access(fresh, F_OK), 0);
    }
    remove_folder();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_point_leaves_a_file_that_is_no_login),
        cmocka_unit_test(a_login_that_was_written_is_never_lost),
        cmocka_unit_test(what_is_not_whole_is_not_adopted),
    };
    return cmocka_run_group_tests_name("oauth_crash", tests, NULL, NULL);
}
