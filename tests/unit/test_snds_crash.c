/* SPDX-License-Identifier: ISC */
/*
 * A login that changes at every use, killed at each point of its saving: what is found afterwards
 * is the old one or the new one, whole, and the next one can be saved.
 */
#include "unit.h"

#include "repmon/snds_token.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[96];

static bool save(char *refresh)
{
    struct snds_token_lock lock = SNDS_TOKEN_LOCK_NONE;
    struct snds_token t = {.refresh = refresh, .expires = 1};
    bool ok = snds_token_lock(path, &lock, NULL) == SNDS_TOKEN_MAY &&
              snds_token_save(&lock, &t, NULL, NULL);
    snds_token_unlock(&lock);
    return ok;
}

/* True when the child was killed at point n, false when it passed fewer points. */
static bool killed_at(int n, char *refresh)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", n);
        setenv("REPMON_CRASH_AT", text, 1);
        _exit(save(refresh) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

static void no_point_leaves_a_file_that_is_no_login(void **state)
{
    char folder[] = "/tmp/repmon-crash-XXXXXX", command[64];
    char before[] = "before", after[] = "after";
    int points = 0;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/snds-main.token", folder);
    for (bool killed = true; killed;) {
        struct snds_token t;
        killed_at(0, before); /* in a child as well: points are counted from its start */
        killed = killed_at(++points, after);
        assert_int_equal(snds_token_load(path, &t, NULL), SNDS_TOKEN_READ);
        bool old = strcmp(t.refresh, "before") == 0;
        assert_true(old || strcmp(t.refresh, "after") == 0);
        assert_true(killed || !old);
        snds_token_fini(&t);
    }
    assert_int_equal(points, 4); /* three points, and once in peace */
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_point_leaves_a_file_that_is_no_login)};
    return cmocka_run_group_tests_name("snds_crash", tests, NULL, NULL);
}
