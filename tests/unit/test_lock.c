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

static void finds_it_busy_without_a_time(struct fixture *f)
{
    struct store_lock lock;
    struct error err = {0};
    time_t since = 1;
    assert_false(store_lock(f->path, NULL, &lock, &since, &err));
    assert_int_equal(err.class, ERR_BUSY);
    assert_int_equal(since, 0);
    assert_null(strstr(err.text, "process"));
}

static void the_text_of_another_holder_is_not_believed(void **state)
{
    struct fixture *f = *state;
    struct store_lock lock;
    char name[128];
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    snprintf(name, sizeof name, "%s.lock", f->path);
    const char old[] = "4711 1700000000\n"; /* of a run that was killed years ago */
    int fd = open(name, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, old, sizeof old - 1), (ssize_t)sizeof old - 1);
    /* closing it here would end this process' claim, as it would in no other */
    in_child(f, false, finds_it_busy_without_a_time);
    close(fd);
    store_unlock(&lock);
}

static void what_is_no_file_is_refused_and_left_alone(void **state)
{
    struct fixture *f = *state;
    struct store_lock lock;
    struct error err = {0};
    char name[128], victim[128], text[8] = "";
    open_as(f, STORE_CREATE);
    snprintf(name, sizeof name, "%s.lock", f->path);
    snprintf(victim, sizeof victim, "%s/victim", f->directory);
    int fd = open(victim, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, "dear", 4), 4);
    assert_int_equal(symlink(victim, name), 0);
    assert_false(store_lock(f->path, NULL, &lock, NULL, &err));
    assert_int_equal(err.class, ERR_IO);
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_int_equal(pread(fd, text, 7, 0), 4);
    assert_string_equal(text, "dear");
    close(fd);
    assert_false(store_lock_is_sound(name, &(struct error){0}));
    unlink(name);
    assert_int_equal(mkdir(name, 0700), 0);
    err = (struct error){0};
    assert_false(store_lock(f->path, NULL, &lock, NULL, &err));
    assert_non_null(strstr(err.text, "a folder"));
    rmdir(name);
    OK(store_lock_is_sound(name, &oops));
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    OK(store_lock_is_sound(name, &oops));
    store_unlock(&lock);
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
        assert_string_equal(err.text, "another run is in progress");
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
        TEST(the_text_of_another_holder_is_not_believed),
        TEST(what_is_no_file_is_refused_and_left_alone),
        TEST(only_one_run_at_a_time),
        TEST(a_child_that_hangs_keeps_no_lock_that_was_given_back),
        TEST(says_so_when_the_holder_wrote_nothing),
        TEST(a_dry_run_leaves_no_trace),
        TEST(needs_permission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
