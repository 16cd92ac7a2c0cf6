/* SPDX-License-Identifier: ISC */
/* A state that was moved, restored, cut off while it was made, or only looked at. */
#include "store_fixture.h"

#include "store/sql.h"

#include <errno.h>

struct bytes {
    char *data; /* owned */
    size_t len;
};

static struct bytes slurp(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    struct bytes b = {mem_alloc((size_t)st.st_size + 1), (size_t)st.st_size};
    assert_int_equal(read(fd, b.data, b.len), (ssize_t)b.len);
    close(fd);
    return b;
}

static void put(const char *path, const struct bytes *b)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b->data, b->len), (ssize_t)b->len);
    close(fd);
}

static const char *journal_of(const char *path)
{
    static char name[160];
    snprintf(name, sizeof name, "%s-journal", path);
    return name;
}

/* The file and its journal as a process leaves them that dies within a large transaction. */
static void cut_off(const char *path, const char *work, struct bytes *file, struct bytes *journal)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA cache_size = 4; BEGIN", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, work, NULL, NULL, NULL), SQLITE_OK);
    *file = slurp(path);
    *journal = slurp(journal_of(path));
    assert_true(file->len > 0 && journal->len > 512);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void folder_of(struct fixture *f)
{
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_true(mkdir(f->path, 0750) == 0 || errno == EEXIST);
    *slash = '/';
}

#define FILL                                                                                       \
    "CREATE TABLE IF NOT EXISTS fill (a TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT " \
    "i + 1 FROM n WHERE i < 3000) INSERT INTO fill SELECT hex(randomblob(60)) FROM n"

static void power_lost_while_it_was_made_is_made_again(void **state)
{
    struct fixture *f = *state;
    struct bytes file, journal;
    folder_of(f);
    cut_off(f->path, FILL, &file, &journal);
    memset(file.data, 0, 4096);
    for (int mode = STORE_WRITE; mode <= STORE_COPY; mode++) {
        put(f->path, &file);
        put(journal_of(f->path), &journal);
        refuses(f, STORE_READ, ERR_UNAVAILABLE, "was interrupted");
        struct store *s = open_as(f, (enum store_mode)mode);
        assert_true(store_is_new(s));
        OK(store_check(s, &oops));
        assert_int_not_equal(access(journal_of(f->path), F_OK), 0);
    }
    /* Zeros without a journal are somebody's file. */
    store_close(f->store);
    f->store = NULL;
    put(f->path, &file);
    refuses(f, STORE_CREATE, ERR_CONFIG, "is not a repmon state");
    free(file.data);
    free(journal.data);
}

static void exec(struct store *s, const char *text)
{
    OK(sql_exec(s, text, &oops));
}

static void a_backup_beside_the_journal_of_another_file_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct bytes file, journal;
    struct store *s = open_as(f, STORE_CREATE);
    exec(s, FILL);
    store_close(s);
    f->store = NULL;
    struct bytes backup = slurp(f->path);
    s = open_as(f, STORE_WRITE);
    exec(s, "DELETE FROM fill WHERE rowid % 3 = 0; CREATE INDEX fill_a ON fill (a); " FILL);
    store_close(s);
    f->store = NULL;
    cut_off(f->path, "UPDATE fill SET a = a || 'x'", &file, &journal);

    /* its own journal */
    put(f->path, &file);
    put(journal_of(f->path), &journal);
    OK(store_check(open_as(f, STORE_WRITE), &oops));
    store_close(f->store);
    f->store = NULL;

    put(f->path, &backup);
    put(journal_of(f->path), &journal);
    for (int mode = STORE_READ; mode <= STORE_COPY; mode++)
        refuses(f, (enum store_mode)mode, ERR_IO, "belongs to another file");
    struct bytes after = slurp(f->path); /* not a page was put back */
    assert_int_equal(after.len, backup.len);
    assert_memory_equal(after.data, backup.data, backup.len);
    free(after.data);
    unlink(journal_of(f->path)); /* as it is said there */
    OK(store_check(open_as(f, STORE_CREATE), &oops));
    free(file.data);
    free(journal.data);
    free(backup.data);
}

static void a_link_is_followed_to_where_the_state_was_moved(void **state)
{
    struct fixture *f = *state;
    char moved[128], disk[100], name[160];
    struct stat st;
    struct store *s = open_as(f, STORE_CREATE);
    commit(s, begin(s));
    store_close(s);
    f->store = NULL;
    snprintf(disk, sizeof disk, "%s/disk", f->directory);
    snprintf(moved, sizeof moved, "%s/big.db", disk);
    assert_int_equal(mkdir(disk, 0750), 0);
    assert_int_equal(rename(f->path, moved), 0);
    assert_int_equal(symlink(moved, f->path), 0);
    struct store_lock lock;
    OK(store_lock(f->path, NULL, &lock, NULL, &oops));
    snprintf(name, sizeof name, "%s.lock", moved);
    assert_int_equal(stat(name, &st), 0); /* one lock, by whichever name it is called */
    s = open_as(f, STORE_CREATE);
    assert_false(store_is_new(s));
    assert_string_equal(store_path(s), moved);
    commit(s, begin(s));
    store_unlock(&lock);
    store_close(f->store);
    f->store = NULL;
    assert_int_equal(lstat(f->path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    unlink(moved); /* the disk is away: no second state is begun */
    refuses(f, STORE_CREATE, ERR_INPUT, "points to nothing");
    assert_false(store_lock(f->path, NULL, &lock, NULL, &(struct error){0}));
}

static void a_copy_writes_nothing_and_migrates_nothing(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    const char *old[] = {schema_migrations[0], schema_migrations[1]};
    struct store *s = open_as(f, STORE_COPY); /* no file, no folder */
    assert_true(store_is_new(s));
    commit(s, begin(s));
    store_close(s);
    f->store = NULL;
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_not_equal(access(f->path, F_OK), 0);
    *slash = '/';
    assert_true(store_open_with(f->path, STORE_CREATE, NULL, old, 2, &f->store, &err));
    commit(f->store, begin(f->store));
    store_close(f->store);
    f->store = NULL;
    struct bytes before = slurp(f->path);
    s = open_as(f, STORE_COPY);
    assert_false(store_is_new(s));
    OK(store_check(s, &oops));
    commit(s, begin(s));
    store_close(s);
    f->store = NULL;
    struct bytes after = slurp(f->path);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, before.len);
    free(before.data);
    free(after.data);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(power_lost_while_it_was_made_is_made_again),
        TEST(a_backup_beside_the_journal_of_another_file_is_noticed),
        TEST(a_link_is_followed_to_where_the_state_was_moved),
        TEST(a_copy_writes_nothing_and_migrates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
