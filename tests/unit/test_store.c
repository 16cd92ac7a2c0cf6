/* SPDX-License-Identifier: ISC */
#include "store_fixture.h"

#include "store/sql.h"

#include <signal.h>
#include <sys/resource.h>

static void put(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    close(fd);
}

/* The whole file, so that "was not changed" can be checked byte by byte. */
static char *slurp(const char *path, size_t *len)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    *len = (size_t)st.st_size;
    char *data = mem_alloc(*len + 1);
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, data, *len), (ssize_t)*len);
    close(fd);
    return data;
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *said = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &said) != SQLITE_OK)
        fail_msg("%s", said);
    sqlite3_close(db);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void only_run_makes_a_missing_state(void **state)
{
    struct fixture *f = *state;
    refuses(f, STORE_READ, ERR_INPUT, "repmon run");
    assert_int_equal(access(f->path, F_OK), -1);
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_equal(access(f->path, F_OK), -1);
    *slash = '/';
    refuses(f, STORE_WRITE, ERR_INPUT, "repmon run");

    mode_t old = umask(0077);
    struct store *s = open_as(f, STORE_CREATE);
    umask(old);
    assert_true(store_is_new(s));
    assert_int_equal(mode_of(f->path), 0640);
    *slash = '\0';
    assert_int_equal(mode_of(f->path), 0750);
    *slash = '/';
    commit(s, begin(s));
    assert_false(store_is_new(s));
    assert_false(store_is_new(open_as(f, STORE_READ)));
    OK(store_check(f->store, &oops));
}

static void uses_a_rollback_journal_and_names_itself(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct sql q;
    static const struct {
        const char *pragma;
        int64_t value;
    } rows[] = {{"PRAGMA application_id", SCHEMA_APPLICATION_ID},
                {"PRAGMA synchronous", 2},
                {"PRAGMA foreign_keys", 1},
                {"PRAGMA busy_timeout", 30000}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = 0;
        sql_use(&q, s, rows[i].pragma);
        OK(sql_number(&q, -1, &value, &oops));
        assert_int_equal(value, rows[i].value);
    }
    sql_use(&q, s, "PRAGMA journal_mode");
    assert_true(sql_row(&q));
    assert_string_equal(sql_get_text(&q), "delete");
    OK(sql_end(&q, &oops));
    int64_t loose = -1;
    sql_use(&q, s,
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0"
            " AND name NOT LIKE 'sqlite_%'");
    OK(sql_number(&q, 0, &loose, &oops));
    assert_int_equal(loose, 0);
}

static void names_the_group_that_is_missing(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    assert_false(store_open(f->path, STORE_CREATE, "no-such-group-here", &f->store, &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_non_null(strstr(err.text, "no-such-group-here"));
    assert_int_equal(access(f->path, F_OK), -1);
}

static void takes_the_group_of_its_directory_or_the_named_one(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    if (getuid() != 0)
        skip();
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_equal(mkdir(f->path, 0750), 0);
    assert_int_equal(chown(f->path, 0, 12), 0);
    *slash = '/';
    open_as(f, STORE_CREATE);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_gid, 12);

    assert_int_equal(unlink(f->path), 0);
    store_close(f->store);
    f->store = NULL;
    OK(store_open(f->path, STORE_CREATE, "daemon", &f->store, &oops));
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_not_equal(st.st_gid, 12);
    assert_int_not_equal(st.st_gid, 0);
}

/* Every refused file is byte for byte what it was, and nothing lies beside it. */
static void leaves_what_is_not_its_own_untouched(void **state)
{
    struct fixture *f = *state;
    static const char text[] = "root:x:0:0:root:/root:/bin/bash\n"
                               "and more than a hundred bytes of it, so that a header could be "
                               "read, were there one in it\n";
    static const struct {
        const char *what, *sql; /* NULL: the text above */
        enum error_class class;
        const char *says;
    } rows[] = {
        {"a text file", NULL, ERR_CONFIG, "is not a repmon state"},
        {"somebody's database", "CREATE TABLE run (id INTEGER)", ERR_CONFIG, "another program"},
        {"a WAL database", "PRAGMA journal_mode = WAL; CREATE TABLE t (a)", ERR_CONFIG,
         "another program"},
        {"another application",
         "PRAGMA application_id = 0x47504b47; PRAGMA user_version = 1; CREATE TABLE t (a)",
         ERR_CONFIG, "another program"},
        {"ours without tables",
         "PRAGMA application_id = 0x7265706d; PRAGMA user_version = 4; CREATE TABLE t (a)", ERR_IO,
         "damaged"},
        {"a newer one",
         "PRAGMA application_id = 0x7265706d; PRAGMA user_version = 99; CREATE TABLE t (a)",
         ERR_CONFIG, "newer repmon (format 99"},
    };
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_equal(mkdir(f->path, 0750), 0);
    *slash = '/';
    for (size_t i = 0; i < COUNT(rows); i++) {
        unlink(f->path);
        if (rows[i].sql)
            sql(f->path, rows[i].sql);
        else
            put(f->path, text, sizeof text - 1);
        size_t before_len, after_len;
        char *before = slurp(f->path, &before_len);
        for (int mode = STORE_READ; mode <= STORE_CREATE; mode++)
            refuses(f, (enum store_mode)mode, rows[i].class, rows[i].says);
        char *after = slurp(f->path, &after_len);
        assert_int_equal(before_len, after_len);
        assert_memory_equal(before, after, before_len);
        free(before);
        free(after);
        *slash = '\0';
        DIR *d = opendir(f->path);
        *slash = '/';
        int files = 0;
        for (struct dirent *e; (e = readdir(d));)
            files += e->d_name[0] != '.';
        closedir(d);
        assert_int_equal(files, 1);
    }
}

static void tells_damage_and_keeps_the_file(void **state)
{
    struct fixture *f = *state;
    size_t len, after_len;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    proof_cell cells[2000];
    memset(cells, 7, sizeof cells);
    OK(store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, COUNT(cells), &oops));
    commit(s, run);
    store_close(f->store);
    f->store = NULL;
    char *data = slurp(f->path, &len);

    /* cut off behind its first pages */
    put(f->path, data, 8192);
    refuses(f, STORE_CREATE, ERR_IO, "damaged");
    refuses(f, STORE_READ, ERR_IO, "damaged");
    char *after = slurp(f->path, &after_len);
    assert_int_equal(after_len, 8192);
    assert_memory_equal(after, data, 8192);
    free(after);

    /* a page of the schema overwritten */
    char *broken = mem_alloc(len);
    memcpy(broken, data, len);
    memset(broken + 100, 0xee, 900);
    put(f->path, broken, len);
    refuses(f, STORE_CREATE, ERR_IO, "damaged");
    free(broken);

    /* a proof of the wrong size is damage, not an empty one */
    put(f->path, data, len);
    sql(f->path, "PRAGMA ignore_check_constraints = ON; UPDATE proof SET rows = 1999");
    refuses(f, STORE_READ, ERR_IO, "proof of the wrong size");
    refuses(f, STORE_CREATE, ERR_IO, "proof of the wrong size");

    /* what only the thorough check sees */
    put(f->path, data, len);
    sql(f->path, "PRAGMA foreign_keys = OFF; DELETE FROM list");
    s = open_as(f, STORE_READ);
    struct error err = {0};
    assert_false(store_check(s, &err));
    assert_int_equal(err.class, ERR_IO);
    assert_non_null(strstr(err.text, "proof"));

    put(f->path, data, len);
    OK(store_check(open_as(f, STORE_READ), &oops));
    free(data);
}

static void an_empty_file_is_one_that_a_run_began(void **state)
{
    struct fixture *f = *state;
    open_as(f, STORE_CREATE);
    store_close(f->store);
    f->store = NULL;
    put(f->path, "", 0);
    refuses(f, STORE_READ, ERR_INPUT, "no run has completed");
    refuses(f, STORE_WRITE, ERR_INPUT, "no run has completed");
    assert_true(store_is_new(open_as(f, STORE_CREATE)));
}

static void is_not_a_directory(void **state)
{
    struct fixture *f = *state;
    snprintf(f->path, sizeof f->path, "%s/.", f->directory);
    refuses(f, STORE_READ, ERR_CONFIG, "is not a file");
    snprintf(f->path, sizeof f->path, "%s/a/b/state.db", f->directory);
    refuses(f, STORE_CREATE, ERR_CREATE, "can't be created");
}

static const char *const two_versions[] = {
    NULL, /* the real version 1 */
    "ALTER TABLE run ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'; CREATE TABLE extra (a INTEGER)"
    " STRICT;",
    "INSERT INTO extra VALUES (42);",
};

static void migrates_an_older_file_step_by_step(void **state)
{
    struct fixture *f = *state;
    const char *steps[COUNT(two_versions)];
    memcpy(steps, two_versions, sizeof steps);
    steps[0] = schema_migrations[0];
    OK(store_open_with(f->path, STORE_CREATE, NULL, steps, 1, &f->store, &oops));
    commit(f->store, begin(f->store));
    store_close(f->store);
    f->store = NULL;

    /* a reader can't, and says so */
    struct error err = {0};
    assert_false(store_open_with(f->path, STORE_READ, NULL, steps, 3, &f->store, &err));
    assert_int_equal(err.class, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "older repmon"));

    OK(store_open_with(f->path, STORE_WRITE, NULL, steps, 3, &f->store, &oops));
    struct sql q;
    int64_t value = 0;
    sql_use(&q, f->store, "SELECT a FROM extra");
    OK(sql_number(&q, 0, &value, &oops));
    assert_int_equal(value, 42);
    sql_use(&q, f->store, "SELECT count(*) FROM run WHERE mood = 'calm'");
    OK(sql_number(&q, 0, &value, &oops));
    assert_int_equal(value, 1);
    store_close(f->store);
    f->store = NULL;

    /* again: nothing to do; and the older program refuses it now */
    OK(store_open_with(f->path, STORE_WRITE, NULL, steps, 3, &f->store, &oops));
    store_close(f->store);
    f->store = NULL;
    assert_false(
        store_open_with(f->path, STORE_WRITE, NULL, steps, 1, &f->store, &(struct error){0}));
}

static void a_migration_that_fails_changes_nothing(void **state)
{
    struct fixture *f = *state;
    const char *steps[] = {schema_migrations[0], "CREATE TABLE extra (a INTEGER) STRICT;",
                           "CREATE TABLE extra (a INTEGER) STRICT;"};
    OK(store_open_with(f->path, STORE_CREATE, NULL, steps, 1, &f->store, &oops));
    store_close(f->store);
    f->store = NULL;
    assert_false(
        store_open_with(f->path, STORE_WRITE, NULL, steps, 3, &f->store, &(struct error){0}));
    assert_null(f->store);
    OK(store_open_with(f->path, STORE_WRITE, NULL, steps, 1, &f->store, &oops));
}

/* Every table and index with its columns. */
static char *layout(struct store *s)
{
    struct buf text;
    struct sql q;
    buf_init(&text, 1 << 16);
    sql_use(&q, s,
            "SELECT m.name || ' ' || coalesce(group_concat(c.cid || c.name || c.type || "
            "c.\"notnull\" || c.pk), '') FROM sqlite_schema m, pragma_table_info(m.name) c "
            "GROUP BY m.name ORDER BY m.name");
    while (sql_row(&q))
        buf_fmt(&text, "%s\n", sql_get_text(&q));
    OK(sql_end(&q, &oops));
    return buf_take(&text);
}

static void opens_files_of_every_released_version(void **state)
{
    struct fixture *f = *state;
    char *today = layout(open_as(f, STORE_CREATE));
    store_close(f->store);
    f->store = NULL;
    for (size_t version = 1; version <= schema_version; version++) {
        char name[512];
        size_t len;
        snprintf(name, sizeof name, "%s/state-%zu.sql", TEST_DATA, version);
        char *text = slurp(name, &len);
        snprintf(f->path, sizeof f->path, "%s/v%zu.db", f->directory, version);
        sql(f->path, text);
        free(text);
        struct store *s = open_as(f, STORE_CREATE);
        struct stored_run run;
        bool found = false;
        OK(store_last_run(s, true, &run, &found, &oops));
        assert_true(found);
        assert_string_equal(run.instance, "mon1");
        struct stored_beliefs b;
        OK(store_beliefs_load(s, &b, &oops));
        assert_int_equal(b.count, 1);
        assert_string_equal(b.items[0].answers, "127.0.0.2");
        assert_string_equal(b.items[0].ack_note, "ticket 7");
        /* until format 3 nobody noted who was told; what was said the history knows */
        assert_int_equal(b.items[0].told.channels, version >= 3 ? 1 : 0);
        assert_int_equal(b.items[0].told.worst, LEVEL_CRITICAL);
        assert_int_equal(b.items[0].told.kinds, 1u << CHANGE_LISTED);
        assert_string_equal(b.items[0].told.digest, "d1");
        stored_beliefs_fini(&b);
        proof_cell cells[2];
        OK(store_proof_load(s, "dnsbl", "zen.spamhaus.org", cells, 2, &oops));
        assert_int_equal(proof_unpack(cells[1]).proven, 1763700000);
        struct stored_origins o;
        OK(store_origins_load(s, &o, &oops));
        assert_int_equal(o.count, 1);
        assert_string_equal(o.items[0].key, "host mx1.example.org");
        assert_int_equal(o.items[0].good, 1763700000);
        assert_int_equal(o.items[0].count, 1);
        assert_int_equal(o.items[0].blocks[0].cidr.len, 32);
        /* until format 2 nobody knew which address of a name was missing */
        assert_int_equal(o.items[0].blocks[0].missed, version >= 2 ? 1 : 0);
        assert_int_equal(o.items[0].gap, version >= 2 ? 3 : 0);
        stored_origins_fini(&o);
        OK(store_check(s, &oops));
        char *migrated = layout(s);
        assert_string_equal(migrated, today);
        free(migrated);
        store_close(s);
        f->store = NULL;
    }
    free(today);
}

/* What format 2 had told, and what format 3 makes of it. */
static void what_was_told_before_is_found_in_the_history(void **state)
{
    struct fixture *f = *state;
    char name[512];
    size_t len;
    snprintf(name, sizeof name, "%s/state-2.sql", TEST_DATA);
    snprintf(f->path, sizeof f->path, "%s/v.db", f->directory);
    char *text = slurp(name, &len);
    sql(f->path, text);
    free(text);
    sql(f->path,
        "UPDATE list_belief SET blind_said = 1763700060, opened = 1763700060,"
        " blind_cause = 'refused', expired_said = 1763700060, stale_said = 1763600000;"
        "INSERT INTO list_belief VALUES (2,0,0,0,0,'never-asked',0,0,1763900000,0,0,0);"
        "INSERT INTO history VALUES(2,2,1763700061,'changed',1,0,X'cb007105',32,'','critical',"
        "'warning','127.0.0.2','127.0.0.10','','',1763700000,1763700000,'d2');");
    struct store *s = open_as(f, STORE_WRITE);
    struct stored_beliefs b;
    OK(store_beliefs_load(s, &b, &oops));
    assert_int_equal(b.items[0].told.kinds, 1u << CHANGE_LISTED | 1u << CHANGE_CHANGED);
    assert_int_equal(b.items[0].told.worst, LEVEL_CRITICAL);
    assert_string_equal(b.items[0].told.digest, "d1");
    stored_beliefs_fini(&b);
    struct stored_list_beliefs l;
    OK(store_list_beliefs_load(s, &l, &oops));
    assert_int_equal(l.count, 2);
    assert_int_equal(l.items[0].blind_told.kinds, 1u << CHANGE_BLIND);
    assert_int_equal(l.items[0].blind_told.worst, LEVEL_CRITICAL);
    assert_string_equal(l.items[0].blind_told.digest, "d1");
    assert_int_equal(l.items[0].expiry_told.worst, LEVEL_CRITICAL);
    assert_int_equal(l.items[0].stale_told.kinds, 1u << CHANGE_STALE);
    assert_int_equal(l.items[1].expiry_told.kinds, 1u << CHANGE_EXPIRING);
    assert_int_equal(l.items[1].expiry_told.worst, LEVEL_WARNING);
    stored_list_beliefs_fini(&l);
}

/* What a run does between loading and committing needs no state. */
static void a_sealed_state_steps_no_statement(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run last, run = {.started = 5};
    struct fact_set facts;
    bool found;
    store_seal(s, true);
    struct error err = {0};
    assert_false(store_facts_load(s, "-", &facts, &err));
    assert_int_equal(err.class, ERR_BUG);
    assert_false(store_last_run(s, false, &last, &found, NULL));
    assert_false(store_begin_run(s, &run, NULL));
    assert_false(store_meta_set(s, "a", "b", NULL));
    store_seal(s, false);
    OK(store_facts_load(s, "-", &facts, &oops));
    assert_int_equal(facts.count, 0);
    facts_fini(&facts);
}

/* As a run gives and saves them. */
static void give_bits(struct store *s, const char *const *channels, size_t count, uint64_t *bits)
{
    struct stored_listeners known;
    OK(store_listeners_load(s, &known, &oops));
    struct channel_bits all = channel_bits_give(&known, channels, count, bits);
    OK(store_channel_bits(s, channels, count, bits, &all, &oops));
    stored_listeners_fini(&known);
}

/* A channel keeps its bit; of one that left a new one is told the end. */
static void channels_keep_their_bits(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    const char *const first[] = {"mail a", "webhook b"}, *const second[] = {"webhook c", "mail a"};
    uint64_t bits[2], later[2];
    struct stored_run run = begin(s);
    struct list_belief blind = {
        .source = "dnsbl", .list = "bl.example", .blind_said = 5, .blind_whole = true};
    OK(store_list_belief_save(s, &blind, &oops));
    blind.list = "bl2.example";
    OK(store_list_belief_save(s, &blind, &oops));
    give_bits(s, first, 2, bits);
    assert_int_equal(bits[0], 1);
    assert_int_equal(bits[1], 2);
    struct change whole = {
        .source = "dnsbl", .list = "", .of_list = true, .incident = INCIDENT_BLIND};
    struct told told = {3, LEVEL_CRITICAL, 1u << CHANGE_BLIND, "d7"};
    struct stored_list_beliefs l;
    OK(store_told(s, &whole, &told, &oops));
    give_bits(s, second, 2, later);
    assert_int_equal(later[1], bits[0]);
    assert_int_not_equal(later[0], bits[0]);
    const char *const alone[] = {"mail a"};
    uint64_t last[1];
    OK(store_told(s, &whole, &(struct told){later[0], LEVEL_INFO, 1u << CHANGE_BLIND, "d"}, &oops));
    give_bits(s, alone, 1, last); /* nobody is new: nobody was told */
    OK(store_list_beliefs_load(s, &l, &oops));
    assert_int_equal(l.items[0].blind_told.channels, 0);
    stored_list_beliefs_fini(&l);
    OK(store_told(s, &whole, &told, &oops));
    give_bits(s, first, 2, bits);
    give_bits(s, second, 2, later);
    commit(s, run);
    OK(store_list_beliefs_load(s, &l, &oops));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(l.items[i].blind_told.channels, later[0] | later[1]);
        assert_string_equal(l.items[i].blind_told.digest, "d7");
        assert_int_equal(l.items[i].blind_told.worst, LEVEL_CRITICAL);
    }
    stored_list_beliefs_fini(&l);
}

static void read_only_directory(struct fixture *f)
{
    refuses(f, STORE_CREATE, ERR_PERMISSION, "can't be written");
    refuses(f, STORE_WRITE, ERR_PERMISSION, "can't be written");
    open_as(f, STORE_READ);
    struct stored_run run;
    bool found = false;
    OK(store_last_run(f->store, true, &run, &found, &oops));
    assert_true(found);
    struct error err = {0};
    assert_false(store_begin_run(f->store, &run, &err));
    assert_int_equal(err.class, ERR_BUG);
    store_close(f->store);
}

static void writable_file_in_a_read_only_directory(struct fixture *f)
{
    refuses(f, STORE_WRITE, ERR_PERMISSION, "directory");
}

static void unreadable(struct fixture *f)
{
    refuses(f, STORE_READ, ERR_PERMISSION, "can't be read");
}

static void a_user_who_may_only_read_can_read(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    commit(s, begin(s));
    store_close(s);
    f->store = NULL;
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_equal(chmod(f->path, 0555), 0);
    *slash = '/';
    assert_int_equal(chmod(f->path, 0444), 0);
    in_child(f, true, read_only_directory);
    assert_int_equal(chmod(f->path, 0666), 0);
    in_child(f, true, writable_file_in_a_read_only_directory);
    assert_int_equal(chmod(f->path, 0), 0);
    in_child(f, true, unreadable);
    *slash = '\0';
    assert_int_equal(chmod(f->path, 0755), 0);
    *slash = '/';
}

/* ---- during a commit, and after one that was cut off ---- */

/* Dies within a transaction that has already spilled pages into the file. */
static void dies_while_writing(struct fixture *f)
{
    struct store *s = open_as(f, STORE_CREATE);
    struct error err = {0};
    sql_exec(s, "PRAGMA cache_size = 10", &err);
    begin(s);
    proof_cell *cells = mem_array(65536, sizeof *cells);
    memset(cells, 9, 65536 * sizeof *cells);
    OK(store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, 65536, &oops));
    char journal[128];
    snprintf(journal, sizeof journal, "%s-journal", f->path);
    assert_int_equal(access(journal, F_OK), 0);
    leave(); /* no close: as if killed */
}

static void after_a_crash(struct fixture *f)
{
    refuses(f, STORE_READ, ERR_UNAVAILABLE, "the next `repmon run` repairs it");
}

static void a_run_cut_off_is_undone_by_the_next(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    proof_cell *cells = mem_array(65536, sizeof *cells);
    proof_cell *again = mem_array(65536, sizeof *again);
    memset(cells, 3, 65536 * sizeof *cells);
    OK(store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, 65536, &oops));
    commit(s, run);
    store_close(s);
    f->store = NULL;
    in_child(f, false, dies_while_writing);
    char *slash = strrchr(f->path, '/');
    *slash = '\0';
    assert_int_equal(chmod(f->path, 0755), 0);
    *slash = '/';
    assert_int_equal(chmod(f->path, 0644), 0);
    in_child(f, true, after_a_crash);
    s = open_as(f, STORE_CREATE);
    OK(store_proof_load(s, "dnsbl", "zen.spamhaus.org", again, 65536, &oops));
    assert_memory_equal(cells, again, 65536 * sizeof *cells);
    struct stored_run last;
    bool found = false;
    OK(store_last_run(s, false, &last, &found, &oops));
    assert_int_equal(last.id, run.id);
    OK(store_check(s, &oops));
    free(cells);
    free(again);
}

/* Killed within the very first commit: the pages are there, and a journal that says "there were
 * none" (sqlite.org/fileformat.html section 3). */
static void a_creation_cut_off_is_begun_again(void **state)
{
    struct fixture *f = *state;
    open_as(f, STORE_CREATE);
    store_close(f->store);
    f->store = NULL;
    unsigned char journal[512] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    journal[22] = 512 >> 8;  /* sector size */
    journal[26] = 4096 >> 8; /* page size */
    char name[128];
    snprintf(name, sizeof name, "%s-journal", f->path);
    put(name, journal, sizeof journal);
    refuses(f, STORE_READ, ERR_UNAVAILABLE, "the next `repmon run` repairs it");
    struct store *s = open_as(f, STORE_CREATE);
    assert_true(store_is_new(s));
    assert_int_equal(access(name, F_OK), -1);
    commit(s, begin(s));
    OK(store_check(open_as(f, STORE_READ), &oops));
}

static void reads_one_value(struct fixture *f)
{
    /* All cells of one moment: never half of a commit. */
    proof_cell *cells = mem_array(65536, sizeof *cells);
    for (int i = 0; i < 30; i++) {
        open_as(f, STORE_READ);
        OK(store_proof_load(f->store, "dnsbl", "zen.spamhaus.org", cells, 65536, &oops));
        for (size_t j = 1; j < 65536; j++)
            assert_true(cells[j] == cells[0]);
        assert_true(cells[0] != 0);
    }
    free(cells);
    store_close(f->store);
}

static void readers_see_whole_commits_only(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    proof_cell *cells = mem_array(65536, sizeof *cells);
    memset(cells, 1, 65536 * sizeof *cells);
    struct stored_run run = begin(s);
    OK(store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, 65536, &oops));
    commit(s, run);
    fflush(NULL);
    pid_t reader = fork();
    if (reader == 0) {
        setenv("CMOCKA_TEST_ABORT", "1", 1);
        f->store = NULL;
        reads_one_value(f);
        leave();
    }
    int status = -1;
    for (int i = 2; waitpid(reader, &status, WNOHANG) == 0; i++) {
        memset(cells, 1 + i % 100, 65536 * sizeof *cells);
        run = begin(s);
        OK(store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, 65536, &oops));
        commit(s, run);
        usleep(2000);
    }
    assert_int_equal(status, 0);
    free(cells);
}

/* ---- disk full ---- */

static void has_no_room(struct fixture *f)
{
    struct store *s = open_as(f, STORE_CREATE);
    struct stat st;
    stat(f->path, &st);
    struct rlimit limit = {(rlim_t)st.st_size + 65536, (rlim_t)st.st_size + 65536};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct stored_run run = begin(s);
    struct error err = {0};
    proof_cell *cells = mem_array(65536, sizeof *cells);
    memset(cells, 9, 65536 * sizeof *cells);
    bool ok = store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, 65536, &err) &&
              store_commit(s, &run, &err);
    assert_false(ok);
    assert_int_equal(err.class, ERR_IO);
    if (!strstr(err.text, "the last state is kept"))
        fail_msg("%s", err.text);
    store_rollback(s);
    free(cells);
    store_close(s);
}

static void a_full_disk_leaves_the_last_state(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct stored_run run = begin(s);
    proof_cell cells[1000];
    memset(cells, 3, sizeof cells);
    OK(store_proof_save(s, "dnsbl", "zen.spamhaus.org", cells, COUNT(cells), &oops));
    commit(s, run);
    store_close(s);
    f->store = NULL;
    in_child(f, false, has_no_room);
    s = open_as(f, STORE_CREATE);
    OK(store_check(s, &oops));
    proof_cell again[1000];
    OK(store_proof_load(s, "dnsbl", "zen.spamhaus.org", again, COUNT(again), &oops));
    assert_memory_equal(cells, again, sizeof cells);

    /* the same by SQLite's own word */
    struct error err = {0};
    OK(sql_exec(s, "PRAGMA max_page_count = 60", &oops));
    run = begin(s);
    proof_cell *many = mem_array(65536, sizeof *many);
    assert_false(store_proof_save(s, "dnsbl", "other.example", many, 65536, &err));
    assert_non_null(strstr(err.text, "disk is full"));
    /* whatever else the run tries, it does not become half a commit */
    err = (struct error){0};
    assert_false(store_commit(s, &run, &err));
    assert_int_equal(err.class, ERR_IO);
    struct stored_run last;
    bool found;
    OK(store_last_run(s, false, &last, &found, &oops));
    assert_int_equal(last.id, 1);
    free(many);
}

static void a_rolled_back_run_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    proof_cell cells[3] = {1, 2, 3}, again[3];
    for (int round = 0; round < 2; round++) {
        struct stored_run run = begin(s);
        OK(store_proof_save(s, "dnsbl", "new.example", cells, 3, &oops));
        OK(store_meta_set(s, "k", "v", &oops));
        if (round == 0)
            store_rollback(s);
        else
            commit(s, run);
        memset(again, 9, sizeof again);
        OK(store_proof_load(s, "dnsbl", "new.example", again, 3, &oops));
        assert_int_equal(again[2], round == 0 ? 0 : 3);
        assert_int_equal(store_is_new(s), round == 0);
    }
    OK(store_check(s, &oops));
}

/* ---- a file with flipped bits: an error or other values, never a crash ---- */

static void read_everything(struct store *s)
{
    struct stored_run run;
    bool found;
    struct stored_targets t;
    struct stored_origins o;
    struct stored_beliefs b;
    struct stored_list_beliefs lb;
    struct stored_healths h;
    struct stored_acks a;
    struct history_row row;
    struct stored_numbers n;
    struct stored_list *lists;
    struct stored_channel *channels;
    struct outbox_item item;
    size_t count;
    proof_cell cells[4];
    store_last_run(s, true, &run, &found, NULL);
    if (store_targets_load(s, &t, NULL))
        stored_targets_fini(&t);
    if (store_origins_load(s, &o, NULL))
        stored_origins_fini(&o);
    if (store_beliefs_load(s, &b, NULL))
        stored_beliefs_fini(&b);
    if (store_list_beliefs_load(s, &lb, NULL))
        stored_list_beliefs_fini(&lb);
    if (store_health_load(s, &h, NULL))
        stored_healths_fini(&h);
    if (store_acks_load(s, &a, NULL))
        stored_acks_fini(&a);
    if (store_lists(s, &lists, &count, NULL))
        stored_lists_free(lists, count);
    if (store_channels(s, &channels, &count, NULL))
        stored_channels_free(channels, count);
    if (store_outbox_next(s, "mail ops", 1763800000, &item, &found, NULL))
        outbox_item_fini(&item);
    store_proof_load(s, "dnsbl", "zen.spamhaus.org", cells, COUNT(cells), NULL);
    struct cidr all = {.base = {.family = 4}};
    struct history_query q = {.targets = &all, .target_count = 1};
    struct pager *it = store_history(s, &q, NULL);
    while (it && history_next(it, &row, NULL))
        ;
    pager_free(it);
    struct pager *nit = store_samples(s, &q, NULL);
    while (nit && numbers_next(nit, &n, NULL))
        ;
    pager_free(nit);
    store_check(s, NULL);
}

static void flipped_bits_crash_nobody(void **state)
{
    struct fixture *f = *state;
    char name[512], good_path[96];
    size_t len, opened = 0, refused = 0;
    uint32_t seed = 20261121; /* the same histories in every run of the test */
    snprintf(name, sizeof name, "%s/state-%zu.sql", TEST_DATA, schema_version);
    char *text = slurp(name, &len);
    snprintf(good_path, sizeof good_path, "%s/good.db", f->directory);
    sql(good_path, text);
    free(text);
    char *good = slurp(good_path, &len);
    char *bad = mem_alloc(len);
    snprintf(f->path, sizeof f->path, "%s/bad.db", f->directory);
    for (int round = 0; round < 400; round++) {
        memcpy(bad, good, len);
        for (int i = 0; i < 1 + round % 8; i++) {
            seed = seed * 1664525u + 1013904223u;
            /* every other round in the header of some page, where it hurts most */
            size_t at = (seed >> 4) % len;
            if (round % 2)
                at = at / 4096 * 4096 + (seed >> 20) % 120;
            bad[at < len ? at : 0] ^= (char)(1 << (seed >> 13) % 8);
        }
        put(f->path, bad, len);
        struct error err = {0};
        if (store_open(f->path, STORE_READ, NULL, &f->store, &err)) {
            opened++;
            read_everything(f->store);
            store_close(f->store);
            f->store = NULL;
        } else {
            refused++;
            assert_int_not_equal(err.class, ERR_NONE);
            assert_true(strlen(err.text) > 10);
        }
    }
    assert_true(opened > 20 && refused > 20); /* both ways were taken */
    free(good);
    free(bad);
}

static void a_cause_of_an_older_version_is_read(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_as(f, STORE_CREATE);
    struct list_belief b = {.source = "dnsbl", .list = "b.example", .blind_cause = CAUSE_NONE};
    struct stored_run run = begin(s);
    OK(store_list_belief_save(s, &b, &oops));
    commit(s, run);
    store_close(s);
    f->store = NULL;
    sql(f->path, "UPDATE list_belief SET blind_cause = 'refused'");
    struct stored_list_beliefs found;
    OK(store_list_beliefs_load(open_as(f, STORE_READ), &found, &oops));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].blind_cause, CAUSE_NOT_SERVED);
    stored_list_beliefs_fini(&found);
}

static void damage_names_the_table_and_the_column(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *says;
    } rows[] = {
        {"UPDATE list_belief SET blind_cause = 'gone fishing'",
         "an impossible value in list_belief.blind_cause"},
        {"UPDATE list_belief SET bad_runs = -1", "an impossible value in list_belief.bad_runs"},
        {"UPDATE list_belief SET flaps = '1763700000 soon'",
         "an impossible value in list_belief.flaps"},
    };
    struct store *s = open_as(f, STORE_CREATE);
    struct list_belief b = {.source = "dnsbl", .list = "b.example", .blind_cause = CAUSE_NONE};
    struct stored_run run = begin(s);
    OK(store_list_belief_save(s, &b, &oops));
    commit(s, run);
    store_close(s);
    f->store = NULL;
    size_t len;
    char *good = slurp(f->path, &len);
    for (size_t i = 0; i < COUNT(rows); i++) {
        put(f->path, good, len);
        sql(f->path, rows[i].sql);
        struct stored_list_beliefs found;
        struct error err = {0};
        assert_false(store_list_beliefs_load(open_as(f, STORE_READ), &found, &err));
        assert_int_equal(err.class, ERR_IO);
        assert_non_null(strstr(err.text, "damaged"));
        assert_non_null(strstr(err.text, rows[i].says));
    }
    free(good);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_run_makes_a_missing_state),
        TEST(uses_a_rollback_journal_and_names_itself),
        TEST(names_the_group_that_is_missing),
        TEST(takes_the_group_of_its_directory_or_the_named_one),
        TEST(leaves_what_is_not_its_own_untouched),
        TEST(tells_damage_and_keeps_the_file),
        TEST(an_empty_file_is_one_that_a_run_began),
        TEST(is_not_a_directory),
        TEST(migrates_an_older_file_step_by_step),
        TEST(a_migration_that_fails_changes_nothing),
        TEST(opens_files_of_every_released_version),
        TEST(what_was_told_before_is_found_in_the_history),
        TEST(channels_keep_their_bits),
        TEST(a_sealed_state_steps_no_statement),
        TEST(a_cause_of_an_older_version_is_read),
        TEST(damage_names_the_table_and_the_column),
        TEST(a_user_who_may_only_read_can_read),
        TEST(a_run_cut_off_is_undone_by_the_next),
        TEST(a_creation_cut_off_is_begun_again),
        TEST(readers_see_whole_commits_only),
        TEST(a_full_disk_leaves_the_last_state),
        TEST(a_rolled_back_run_leaves_nothing),
        TEST(flipped_bits_crash_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
