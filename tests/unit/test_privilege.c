/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/privilege.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `body` in a child, because what it gives up does not come back; its exit status. */
static int in_child(int (*body)(const char *folder), const char *folder)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body(folder));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool can_write(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return false;
    close(fd);
    return unlink(path) == 0;
}

static int confined_writes(const char *folder)
{
    char inside[128];
    snprintf(inside, sizeof inside, "%s/in", folder);
    const char *const writable[] = {inside, "/nonexistent/folder"};
    enum confinement got = privilege_confine(writable, 2);
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 10;
    if (!can_write(inside, "state.db"))
        return 11;
    int null = open("/dev/null", O_WRONLY);
    if (null < 0)
        return 12;
    close(null);
    if (access("/etc/passwd", R_OK) != 0)
        return 13;
    if (got != CONFINED_WRITES)
        return privilege_landlock_abi() == 0 ? 77 : 14;
    if (can_write(folder, "elsewhere") || mkdir("/tmp/repmon-elsewhere", 0700) == 0)
        return 15;
    return 0;
}

static void writing_elsewhere_is_refused_by_the_kernel(void **state)
{
    (void)state;
    char folder[] = "/tmp/repmon-test-XXXXXX", inside[64];
    assert_non_null(mkdtemp(folder));
    snprintf(inside, sizeof inside, "%s/in", folder);
    assert_int_equal(mkdir(inside, 0700), 0);
    int got = in_child(confined_writes, folder);
    rmdir(inside);
    rmdir(folder);
    if (got == 77) {
        print_message("this kernel has no Landlock: only no-new-privileges was proven\n");
        got = 0;
    }
    assert_int_equal(got, 0);
}

static int becomes_nobody(const char *folder)
{
    bool stayed = true;
    struct error err = {0};
    (void)folder;
    if (!privilege_become("nobody", true, &stayed, &err) || stayed)
        return 1;
    const struct passwd *pw = getpwnam("nobody");
    if (!pw || getuid() != pw->pw_uid || geteuid() != pw->pw_uid || getegid() != pw->pw_gid)
        return 2;
    return setuid(0) == 0 ? 3 : 0;
}

static void root_becomes_the_user_for_good(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("not root: nothing to give up\n");
        skip();
    }
    assert_int_equal(in_child(becomes_nobody, NULL), 0);
}

static void a_missing_user_is_an_error_only_when_it_was_named(void **state)
{
    (void)state;
    struct error err = {0};
    bool stayed = false;
    if (geteuid() != 0)
        skip();
    assert_true(privilege_become("no-such-user-here", false, &stayed, &err));
    assert_true(stayed);
    assert_false(privilege_become("no-such-user-here", true, &stayed, &err));
    assert_int_equal(err.class, ERR_PERMISSION);
    assert_non_null(strstr(err.text, "no-such-user-here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_elsewhere_is_refused_by_the_kernel),
        cmocka_unit_test(root_becomes_the_user_for_good),
        cmocka_unit_test(a_missing_user_is_an_error_only_when_it_was_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
