/* SPDX-License-Identifier: ISC */
/*
 * SQLite as the store uses it: statements bound and read from left to right with a sticky error,
 * and one place that turns SQLite's codes into errors with the file's name and what to do.
 */
#ifndef REPMON_STORE_SQL_H
#define REPMON_STORE_SQL_H

#include "repmon/store.h"

#include <sqlite3.h>

#define SQL_STATEMENTS 128 /* distinct literals of this room */

struct list_name {
    int64_t id;          /* 0: not in the file, as far as is known */
    char *source, *name; /* owned; stay where they are until store_close() */
};

struct store {
    sqlite3 *db; /* owned */
    char *path;  /* owned */
    enum store_mode mode;
    bool in_run; /* between store_begin_run() and store_commit() */
    bool is_new;
    bool sealed;              /* no statement is stepped now */
    int64_t run;              /* id of the run in progress */
    int64_t acks_seen;        /* acknowledgements up to this id were loaded with the beliefs … */
    int64_t list_acks_seen;   /* … and with the list beliefs: a run ends no newer one */
    struct list_name **lists; /* owned */
    size_t list_count;
    struct {
        const char *text; /* a literal: compared by address */
        sqlite3_stmt *stmt;
    } statements[SQL_STATEMENTS]; /* prepared once, kept until close */
    size_t statement_count;
};

#define SQL_NO_ROW (-1)

struct sql {
    struct store *s;
    sqlite3_stmt *stmt; /* borrowed from the store's statements */
    int bound, column;
    int damage; /* number of the damaged column from 1; SQL_NO_ROW: a row is missing; 0: none */
    int rc;     /* the first that was neither OK, ROW nor DONE stays */
};

/* `text` must be a literal. */
void sql_use(struct sql *q, struct store *s, const char *text);

void sql_int(struct sql *q, int64_t value);
void sql_real(struct sql *q, double value);
void sql_text(struct sql *q, const char *text); /* borrowed until sql_end(); NULL binds NULL */
void sql_text_of(struct sql *q, const char *text, size_t len); /* the same, not ended by a NUL */
void sql_blob(struct sql *q, const void *data, size_t len);
void sql_ip(struct sql *q, const struct ip *ip); /* 4 or 16 bytes */
/* A target as a key: an address, or the hash of a name. sql_get_key() reads it back from the key
 * and a column with the name, "" for an address. */
void sql_key(struct sql *q, const struct ip *ip);
struct ip sql_get_key(struct sql *q);
/* A target in the columns ip, prefix, label. */
void sql_subject(struct sql *q, const struct ip *ip, uint8_t prefix, const char *label);
void sql_get_subject(struct sql *q, struct ip *ip, uint8_t *prefix, const char **label);
void sql_null(struct sql *q);

/* True: a row is there. False: the end, or trouble, which sql_end() tells. */
bool sql_row(struct sql *q);
int64_t sql_get_int(struct sql *q);
uint64_t sql_get_count(struct sql *q, uint64_t max); /* outside of 0..max is damage */
double sql_get_real(struct sql *q);
const char *sql_get_text(struct sql *q);  /* until the next row; never NULL */
const char *sql_get_maybe(struct sql *q); /* the same; NULL for NULL */
bool sql_get_null(struct sql *q);         /* looks at the next column without moving on */
const void *sql_get_blob(struct sql *q, size_t *len);
struct ip sql_get_ip(struct sql *q);              /* NULL: no address */
uint8_t sql_get_prefix(struct sql *q, struct ip); /* a length that its family has */
void sql_damaged(struct sql *q); /* what was read last can't be, or a row has to be there */

/* Columns that hold a word of types.h; any other word is damage. */
enum level sql_get_level(struct sql *q);
enum cause sql_get_cause(struct sql *q);
enum health sql_get_health(struct sql *q);
enum change_kind sql_get_kind(struct sql *q);
enum outbox_state sql_get_state(struct sql *q);

/* Blank-separated words, each a bit: `number` gives which, or -1 for an unknown word: damage. */
uint32_t sql_get_words(struct sql *q, int (*number)(const char *word));

/* Ends the statement; false and *err when anything went wrong since sql_use(). */
bool sql_end(struct sql *q, struct error *err);
bool sql_run(struct sql *q, struct error *err); /* steps to the end, then sql_end() */
/* The same for a statement that gives one number; `none` when there is no row. */
bool sql_number(struct sql *q, int64_t none, int64_t *out, struct error *err);

/* One or more statements without parameters. */
bool sql_exec(struct store *s, const char *text, struct error *err);

/* The error of a code of this database, or of a value that sql_damaged() found. Always false. */
bool sql_fail(struct store *s, int rc, struct error *err);
bool sql_fail_damaged(const struct sql *q, struct error *err);

/* Refuses to write through a reader: a bug. */
bool sql_writable(struct store *s, struct error *err);

/*
 * A transaction of its own, unless the run's is open (*own false). sql_finish() commits it when
 * `ok`, else rolls it back; it returns whether both the work and the commit went well.
 */
bool sql_start(struct store *s, bool *own, struct error *err);
bool sql_finish(struct store *s, bool own, bool ok, struct error *err);

/* Several SELECTs as of one moment. */
bool sql_read_start(struct store *s, bool *own, struct error *err);
void sql_read_end(struct store *s, bool own);

/* The number of a list; `create` makes its row. *id 0 with true: the file doesn't know it. */
bool list_id(struct store *s, const char *source, const char *name, bool create, int64_t *id,
             struct error *err);
/* The list of a row; NULL: damaged. */
const struct list_name *list_by_id(struct store *s, int64_t id, struct error *err);
void list_forget_ids(struct store *s); /* after a rollback */
void list_free(struct store *s);

/* The four columns of a struct told, in the order of the schema (told.c). */
struct told_words {
    char text[256]; /* until sql_end() */
};
void told_bind(struct sql *q, const struct told *t, struct told_words *words);
void told_read(struct sql *q, struct told *t, struct stored_text **texts);

/* Times, blank-separated (belief.c). */
void flaps_read(struct sql *q, time_t flaps[static LIMIT_FLAP], uint32_t *count);
void flaps_write(struct buf *out, const time_t *flaps, uint32_t count);

/* Schema (schema.c): migrations[i] brings a file from version i to i + 1. */
#define SCHEMA_APPLICATION_ID 0x7265706d /* "repm" */
extern const char *const schema_migrations[];
extern const size_t schema_version;

/* store_open() with another table of migrations, for tests. */
bool store_open_with(const char *path, enum store_mode mode, const char *group,
                     const char *const *migrations, size_t version, struct store **out,
                     struct error *err);

/* journal.c: what lies beside the state at `path`; without `file` it counts as its own. */
struct journal_file {
    uint32_t counter, pages; /* of the header: changes, length */
};
enum journal_kind {
    JOURNAL_NONE = 0,
    JOURNAL_OWN,
    JOURNAL_FOREIGN, /* rolling it back would put pages of another file into this one */
};
enum journal_kind journal_look(const char *path, const struct journal_file *file);
uint32_t journal_number(const unsigned char *p); /* SQLite's big-endian numbers */

/* dir.c: makes the directory of `path` (0750, its parent must exist); *made (may be NULL). */
bool dir_own(const char *path, const char *group, bool *made, struct error *err);
/* Makes the file (0640) unless it exists; *made (may be NULL). */
bool dir_own_file(const char *path, const char *group, bool *made, struct error *err);

/* The state still calls what failed "dead", as it did at first. */
const char *outbox_stored_word(enum outbox_state state);

#endif
