/* SPDX-License-Identifier: ISC */
/* A fresh directory for each test, with the path of a state that does not exist yet. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "unit.h"

#include "repmon/buf.h"
#include "repmon/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    char directory[64];
    char path[96]; /* DIRECTORY/d/state.db */
    struct store *store;
};

/* A user that owns nothing here; tests that need one become it in a child. */
#define NOBODY 65534

static inline int fixture_make(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    /* In memory where there is such a place: hundreds of commits wait for no disk. */
    const char *top = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(f->directory, sizeof f->directory, "%s/repmon-store-XXXXXX", top);
    assert_non_null(mkdtemp(f->directory));
    assert_int_equal(chmod(f->directory, 0755), 0);
    snprintf(f->path, sizeof f->path, "%s/d/state.db", f->directory);
    *state = f;
    return 0;
}

static inline void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[1024];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%.512s/%s", path, e->d_name);
        if (unlink(name) != 0)
            remove_tree(name);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static inline int fixture_remove(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    remove_tree(f->directory);
    free(f);
    return 0;
}

static inline struct store *open_as(struct fixture *f, enum store_mode mode)
{
    struct error err = {0};
    store_close(f->store);
    f->store = NULL;
    if (!store_open(f->path, mode, NULL, &f->store, &err))
        fail_msg("%s: %s", err.file, err.text);
    return f->store;
}

/* Asserts that opening fails with this class and text. */
static inline void refuses(struct fixture *f, enum store_mode mode, enum error_class class,
                           const char *text)
{
    struct error err = {0};
    store_close(f->store);
    f->store = NULL;
    assert_false(store_open(f->path, mode, NULL, &f->store, &err));
    assert_null(f->store);
    if (!strstr(err.text, text))
        fail_msg("\"%s\" is not in \"%s\"", text, err.text);
    assert_int_equal(err.class, class);
    assert_non_null(strstr(err.file, f->directory));
}

#define OK(call)                                                                                   \
    do {                                                                                           \
        struct error oops = {0};                                                                   \
        if (!(call))                                                                               \
            fail_msg("%s: %s: %s", #call, oops.file, oops.text);                                   \
        assert_int_equal(oops.class, ERR_NONE);                                                    \
    } while (0)

/* A run that commits what `body` does. */
static inline struct stored_run begin(struct store *s)
{
    struct stored_run run = {.started = 1000, .ended = 1060, .completed = true, .boot_s = 77};
    snprintf(run.instance, sizeof run.instance, "mon1");
    OK(store_begin_run(s, &run, &oops));
    return run;
}

static inline void commit(struct store *s, struct stored_run run)
{
    OK(store_commit(s, &run, &oops));
}

/* Ends a child well, without a leak checker's look at what it inherited. */
static inline void leave(void)
{
    fflush(NULL);
    execl("/bin/true", "true", (char *)NULL);
    _exit(0);
}

/* Runs fn in a child, as nobody when the test is root's; asserts that it returned. */
static inline void in_child(struct fixture *f, bool nobody, void (*fn)(struct fixture *))
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("CMOCKA_TEST_ABORT", "1", 1); /* no second runner in the child */
        if (nobody && getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(2);
        f->store = NULL;
        fn(f);
        leave();
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
