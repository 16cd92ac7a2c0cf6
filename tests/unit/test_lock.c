/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

#include "repmon/clock.h"

#include <signal.h>

static char lock_text[64];

static const char *lock_file(const struct fixture *f)
{
    char name[128];
    snprintf(name, sizeof name, "%s.lock", f->path);
    memset(lock_text, 0, sizeof lock_text);
    int fd = open(name, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(read(fd, lock_text, sizeof lock_text - 1) >= 0);
    close(fd);
    return lock_text;
}

static void finds_it_busy(struct fixture *f)
{
    struct store_lock lock;
    struct error err = {0};
    time_t since = 1;
    assert_false(store_lock(f->path, NULL, &lock, &since, &err));
    assert_int_equal(lock.fd, -1);
    assert_int_equal(err.class, ERR_BUSY);
    assert_int_equal(error_exit_code(err.class), 75);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld,", (long)getppid());
    assert_non_null(strstr(err.text, pid));
    assert_non_null(strstr(err.text, "since 20"));
    assert_true(since > 1 && since <= clock_wall());
}

static void takes_it(struct fixture *f)
{
    struct store_lock lock;
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    leave(); /* dies with it */
}

static void only_one_run_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct store_lock lock;
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    in_child(f, false, finds_it_busy);
    store_unlock(&lock);
    store_unlock(&lock); /* harmless */
    in_child(f, false, takes_it);
    OK(store_lock(f->path, NULL, &lock, NULL, &oops)); /* the dead hold nothing */
    char mine[64];
    snprintf(mine, sizeof mine, "%ld ", (long)getpid());
    assert_memory_equal(lock_file(f), mine, strlen(mine));
    store_unlock(&lock);
    assert_true(strlen(lock_file(f)) > 0); /* the file stays */
}

static void a_child_that_hangs_keeps_no_lock_that_was_given_back(void **state)
{
    struct fixture *f = *state;
    struct store_lock lock;
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    store_unlock(&lock);
    in_child(f, false, takes_it);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void says_so_when_the_holder_wrote_nothing(void **state)
{
    struct fixture *f = *state;
    struct store_lock lock, other;
    static const char *const texts[] = {"", "x", "12", "12 ", "-1 5\n", "12 x\n", "12 0\n"};
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(ftruncate(lock.fd, 0), 0);
        assert_int_equal(pwrite(lock.fd, texts[i], strlen(texts[i]), 0), (ssize_t)strlen(texts[i]));
        struct error err = {0};
        time_t since = 1;
        assert_false(store_lock(f->path, NULL, &other, &since, &err));
        assert_int_equal(err.class, ERR_BUSY);
        assert_string_equal(err.text, "another run is at work");
        assert_int_equal(since, 0);
    }
    store_unlock(&lock);
}

static void a_dry_run_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct store_lock lock;
    char name[128], before[64];
    snprintf(name, sizeof name, "%s.lock", f->path);
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    assert_true(lock.made_file && lock.made_directory);
    in_child(f, false, finds_it_busy);
    store_unlock_without_trace(&lock, f->path);
    store_unlock_without_trace(&lock, f->path); /* harmless */
    assert_int_equal(access(name, F_OK), -1);
    *strrchr(name, '/') = '\0';
    assert_int_equal(access(name, F_OK), -1);

    in_child(f, false, takes_it); /* another process: its number stands there */
    snprintf(before, sizeof before, "%s", lock_file(f));
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    assert_string_not_equal(lock_file(f), before);
    store_unlock_without_trace(&lock, f->path);
    assert_string_equal(lock_file(f), before);
}

static void may_not_lock(struct fixture *f)
{
    struct store_lock lock;
    struct error err = {0};
    assert_false(store_lock(f->path, NULL, &lock, NULL, &err));
    assert_int_equal(err.class, ERR_PERMISSION);
}

static void needs_permission(void **state)
{
    struct fixture *f = *state;
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_equal(mkdir(f->path, 0755), 0);
    assert_int_equal(chmod(f->path, 0555), 0);
    *slash = '/';
    in_child(f, true, may_not_lock);
    *slash = '\0';
    assert_int_equal(chmod(f->path, 0755), 0);
    *slash = '/';
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_one_run_at_a_time),
        TEST(a_child_that_hangs_keeps_no_lock_that_was_given_back),
        TEST(says_so_when_the_holder_wrote_nothing),
        TEST(a_dry_run_leaves_no_trace),
        TEST(needs_permission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
