/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "input/place.h"
#include "input/rotated.h"
#include "repmon/input.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* ---- a writer and its rotation, in a folder of its own ---- */

#define LINES_MAX 4096

struct world {
    char folder[64];
    char log[96];
    uint32_t written;        /* lines so far, numbered from 0 */
    uint8_t lost[LINES_MAX]; /* taken away before anybody could read it */
    uint8_t read[LINES_MAX]; /* how often it was read, committed runs only */
    char *position;          /* owned; of the last committed run */
    bool gap;                /* a committed run reported one */
    bool rotated;            /* since that run */
    unsigned seed;
    unsigned day; /* of date suffixes */
};

static unsigned chance(struct world *w, unsigned n)
{
    w->seed = w->seed * 1103515245u + 12345u;
    return (w->seed >> 16) % n;
}

static void world_init(struct world *w, unsigned seed)
{
    memset(w, 0, sizeof *w);
    w->seed = seed * 2654435761u + 1;
    /* Thousands of files: on a disk that others use that takes half a minute. */
    bool memory = access("/dev/shm", W_OK) == 0;
    strcpy(w->folder, memory ? "/dev/shm/test_input_XXXXXX" : "/tmp/test_input_XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->log, sizeof w->log, "%s/mail.log", w->folder);
}

static void world_fini(struct world *w)
{
    DIR *dir = opendir(w->folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    assert_int_equal(rmdir(w->folder), 0);
    free(w->position);
}

static const char *name_in(const struct world *w, const char *suffix)
{
    static char names[4][128];
    static unsigned turn;
    char *name = names[turn++ % 4];
    snprintf(name, sizeof names[0], "%s%s", w->log, suffix);
    return name;
}

static void append_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void write_lines(struct world *w, const char *path, unsigned count)
{
    char line[160];
    for (unsigned i = 0; i < count && w->written < LINES_MAX; i++, w->written++) {
        snprintf(line, sizeof line, "2026-11-26T10:00:00 mx1 postfix/smtp[77]: L%06u %.*s\n",
                 w->written, (int)chance(w, 60),
                 "................................................"
                 "............");
        append_text(path, line);
    }
}

/* The number of the line "L000060…"; what is read has no NUL at its end. */
static bool number_at(const char *at, size_t len, unsigned *number)
{
    char line[8] = "";
    memcpy(line, at, len < 7 ? len : 7);
    return sscanf(line, "L%06u", number) == 1;
}

/* One run; committed or killed before that. */
static void run_once(struct world *w, bool killed)
{
    struct input_file_options options = {
        .path = w->log, .position = w->position, .now = time(NULL)};
    struct error err = {0};
    struct input_piece piece;
    struct buf position;
    uint8_t seen[LINES_MAX] = {0};
    struct input_file *in = input_file_open(&options, &err);
    assert_non_null(in);
    do {
        assert_true(input_file_next(in, &piece, &err));
        for (size_t i = 0; i + 8 < piece.len; i++) {
            unsigned number;
            if (piece.bytes[i] == 'L' && number_at(piece.bytes + i, piece.len - i, &number))
                seen[number]++;
        }
    } while (piece.len > 0 && !(killed && chance(w, 2)));
    if (!killed) {
        buf_init(&position, 4096);
        input_file_position(in, &position);
        free(w->position);
        w->position = buf_take(&position);
        w->gap |= input_file_has_gap(in);
        w->rotated = false;
        for (size_t i = 0; i < LINES_MAX; i++)
            w->read[i] = (uint8_t)(w->read[i] + seen[i]);
    }
    input_file_close(in);
}

static void shift_numbers(struct world *w)
{
    char from[128], to[128];
    for (int i = 9; i > 0; i--) {
        for (int gz = 0; gz < 2; gz++) {
            snprintf(from, sizeof from, "%s.%d%s", w->log, i, gz ? ".gz" : "");
            snprintf(to, sizeof to, "%s.%d%s", w->log, i + 1, gz ? ".gz" : "");
            rename(from, to);
        }
    }
}

/* With its time, as cp -p and gzip do. */
static void keep_time(const char *from, const char *to)
{
    struct stat st;
    assert_int_equal(stat(from, &st), 0);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, to, times, 0), 0);
}

static char *whole_file(const char *path, size_t *len)
{
    static char bytes[1 << 20];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    *len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return bytes;
}

static void copy_file(const char *from, const char *to)
{
    size_t len;
    const char *bytes = whole_file(from, &len);
    FILE *f = fopen(to, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
    keep_time(from, to);
}

static void compress_file(const char *path)
{
    char to[160];
    size_t len;
    const char *bytes = whole_file(path, &len);
    snprintf(to, sizeof to, "%s.gz", path);
    gzFile f = gzopen(to, "w");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)len), len);
    assert_int_equal(gzclose(f), Z_OK);
    keep_time(path, to);
    unlink(path);
}

static void touch(const struct world *w)
{
    append_text(w->log, "");
}

static void rename_and_create(struct world *w)
{
    shift_numbers(w);
    rename(w->log, name_in(w, ".1"));
    /* The logger was not told yet, and goes on with the old file. */
    write_lines(w, name_in(w, ".1"), chance(w, 3));
    if (chance(w, 3) == 0) {
        touch(w);
        run_once(w, false);
        write_lines(w, name_in(w, ".1"), chance(w, 3));
    }
    touch(w);
}

static void compress_at_once(struct world *w)
{
    shift_numbers(w);
    rename(w->log, name_in(w, ".1"));
    touch(w);
    compress_file(name_in(w, ".1"));
}

static void copy_and_truncate(struct world *w)
{
    shift_numbers(w);
    copy_file(w->log, name_in(w, ".1"));
    assert_int_equal(truncate(w->log, 0), 0);
}

static void date_suffix(struct world *w)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, "-2026%04u", ++w->day);
    rename(w->log, name_in(w, suffix));
    touch(w);
    if (chance(w, 2))
        compress_file(name_in(w, suffix));
}

static void new_inode(struct world *w)
{
    copy_file(w->log, name_in(w, ".tmp"));
    rename(name_in(w, ".tmp"), w->log);
}

static void link_in_its_place(struct world *w)
{
    char target[128];
    struct stat st;
    if (lstat(w->log, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    snprintf(target, sizeof target, "%s/elsewhere%u", w->folder, chance(w, 1000000));
    if (rename(w->log, target) != 0)
        return;
    assert_int_equal(symlink(target, w->log), 0);
}

typedef void step(struct world *w);
static step *const steps[] = {rename_and_create, compress_at_once, copy_and_truncate,
                              date_suffix,       new_inode,        link_in_its_place};

/* Of a file that was never read nobody can know what it held. */
static bool is_being_read(const struct world *w)
{
    struct position p;
    return w->position && !w->rotated && position_parse(w->position, &p) && p.now.offset > 0;
}

/* Takes lines away that no run has read; what is then missing must be reported as a gap. */
static void take_away(struct world *w)
{
    if (chance(w, 2)) {
        assert_int_equal(truncate(w->log, 0), 0);
        return;
    }
    unlink(w->log);
    touch(w);
}

static void check(struct world *w, unsigned seed, bool taken)
{
    unsigned missing = 0;
    for (uint32_t i = 0; i < w->written; i++) {
        if (w->read[i] > 1)
            fail_msg("seed %u: line %u was read %u times", seed, i, w->read[i]);
        missing += w->read[i] == 0;
    }
    if (missing && !w->gap)
        fail_msg("seed %u: %u lines were not read, and no gap is reported", seed, missing);
    if (w->gap && !taken)
        fail_msg("seed %u: a gap is reported, and there is none", seed);
}

static void history(unsigned seed, bool taking)
{
    struct world w;
    bool taken = false;
    world_init(&w, seed);
    write_lines(&w, w.log, 1 + chance(&w, 4));
    for (unsigned i = 0; i < 12; i++) {
        write_lines(&w, w.log, chance(&w, 5));
        if (chance(&w, 3) == 0) {
            steps[chance(&w, COUNT(steps))](&w);
            w.rotated = true;
        }
        write_lines(&w, w.log, chance(&w, 4));
        if (taking && is_being_read(&w) && chance(&w, 6) == 0) {
            take_away(&w);
            taken = true;
            w.rotated = true;
        }
        if (chance(&w, 3) == 0)
            run_once(&w, chance(&w, 3) == 0);
    }
    run_once(&w, false);
    run_once(&w, false);
    check(&w, seed, taken);
    world_fini(&w);
}

static void every_line_is_read_once_through_all_rotations(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 1000; seed++)
        history(seed, false);
}

static void what_was_taken_away_is_reported_as_a_gap(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++)
        history(seed, true);
}

/* Both kinds of names, rotated twice within one tick: the empty file is the younger one, to which
 * the logger still writes. */
static void of_equal_times_the_empty_file_is_the_last(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, 1);
    write_lines(&w, name_in(&w, "-20260001"), 2);
    append_text(name_in(&w, ".1"), "");
    keep_time(name_in(&w, "-20260001"), name_in(&w, ".1"));
    write_lines(&w, w.log, 1);
    run_once(&w, false);
    write_lines(&w, name_in(&w, ".1"), 1);
    write_lines(&w, w.log, 1);
    run_once(&w, false);
    check(&w, 0, false);
    world_fini(&w);
}

static void names_of_rotated_files_are_known(void **state)
{
    static const struct {
        const char *base, *name;
        bool is;
    } cases[] = {
        {"mail.log", "mail.log.1", true},
        {"mail.log", "mail.log.2.gz", true},
        {"mail.log", "mail.log-20261126", true},
        {"mail.log", "mail.log-20261126-1764150000.gz", true},
        {"mail.log", "mail-20261126.log.gz", true},
        {"mail.log", "mail.log.1.bz2", true},
        {"mail.log", "mail-20261126.log.xz", true},
        {"mail.log", "mail.log-20261126.zst", true},
        {"mail.log", "mail.1.log", true},
        {"mainlog", "mainlog.01", true},
        {"mainlog", "mainlog.02.gz", true},
        {"mail.log", "mail.log", false},
        {"mail.log", "mail.log.bak", false},
        {"mail.log", "mail.log.offset", false},
        {"mail.log", "mail.logs", false},
        {"mail.log", "mail.err.1", false},
        {"mail.log", "mail.log.", false},
        {"mail.log", "mail.log.gz", false},
        {"maillog", "maillog1", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (rotated_is_sibling(cases[i].base, cases[i].name, NULL) != cases[i].is)
            fail_msg("%s of %s", cases[i].name, cases[i].base);
}

static void what_is_no_log_file_is_refused(void **state)
{
    static const struct {
        const char *path, *says;
        enum error_class class;
    } cases[] = {
        {"/tmp", "is not a regular file", ERR_INPUT},
        {"/dev/null", "is not a regular file", ERR_INPUT},
        {"/nonexistent/mail.log", "no such log file", ERR_INPUT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input_file_options options = {.path = cases[i].path};
        struct error err = {0};
        assert_null(input_file_open(&options, &err));
        assert_int_equal(err.class, cases[i].class);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_string_equal(err.file, cases[i].path);
    }
}

static void a_fifo_does_not_hang(void **state)
{
    struct world w;
    struct error err = {0};
    (void)state;
    world_init(&w, 1);
    assert_int_equal(mkfifo(w.log, 0600), 0);
    struct input_file_options options = {.path = w.log};
    assert_null(input_file_open(&options, &err));
    assert_int_equal(err.class, ERR_INPUT);
    world_fini(&w);
}

static void a_line_longer_than_a_piece_is_left_out_and_nothing_else(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, 1);
    write_lines(&w, w.log, 3);
    FILE *f = fopen(w.log, "a");
    assert_non_null(f);
    for (size_t i = 0; i < 3 * INPUT_PIECE_BYTES; i++)
        fputc('x', f);
    fputc('\n', f);
    fclose(f);
    write_lines(&w, w.log, 3);
    run_once(&w, false);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(w.read[i], 1);
    assert_false(w.gap);
    world_fini(&w);
}

static void an_unfinished_line_waits_for_its_end(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, 1);
    write_lines(&w, w.log, 1);
    append_text(w.log, "2026-11-26T10:00:00 mx1 postfix/smtp[77]: L00");
    run_once(&w, false);
    append_text(w.log, "0001 the rest\n");
    run_once(&w, false);
    assert_int_equal(w.read[0], 1);
    assert_int_equal(w.read[1], 1);
    world_fini(&w);
}

static void a_cut_archive_is_read_as_far_as_it_goes_and_is_a_gap(void **state)
{
    struct world w;
    struct stat st;
    (void)state;
    world_init(&w, 1);
    write_lines(&w, w.log, 200);
    run_once(&w, false);
    write_lines(&w, w.log, 200);
    compress_at_once(&w);
    assert_int_equal(stat(name_in(&w, ".1.gz"), &st), 0);
    assert_int_equal(truncate(name_in(&w, ".1.gz"), st.st_size - 200), 0);
    write_lines(&w, w.log, 5);
    run_once(&w, false);
    assert_true(w.gap);
    assert_int_equal(w.read[0], 1);
    assert_int_equal(w.read[210], 1);
    assert_int_equal(w.read[402], 1);
    world_fini(&w);
}

static void what_is_being_compressed_is_read_once_whatever_was_before(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, 1);
    for (int i = 0; i < 3; i++) {
        write_lines(&w, w.log, 10);
        compress_at_once(&w);
    }
    write_lines(&w, w.log, 10);
    shift_numbers(&w);
    rename(w.log, name_in(&w, ".1"));
    append_text(name_in(&w, ".1.gz"), "the beginning of an archive");
    write_lines(&w, w.log, 10);
    run_once(&w, false);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(w.read[i], 1);
    assert_false(w.gap);
    world_fini(&w);
}

/* As "gzip -c" with a redirection leaves it: an archive with the time of the rotation. */
static void an_archive_with_a_new_time_is_older_than_lower_numbers(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, 1);
    write_lines(&w, w.log, 2);
    run_once(&w, false);
    write_lines(&w, w.log, 2);
    compress_at_once(&w);
    shift_numbers(&w);
    write_lines(&w, w.log, 2);
    rename(w.log, name_in(&w, ".1"));
    write_lines(&w, w.log, 2);
    struct timespec ahead[2] = {{.tv_sec = time(NULL) + 60}, {.tv_sec = time(NULL) + 60}};
    assert_int_equal(utimensat(AT_FDCWD, name_in(&w, ".2.gz"), ahead, 0), 0);
    run_once(&w, false);
    check(&w, 0, false);
    world_fini(&w);
}

static void a_first_run_leaves_out_what_is_too_old(void **state)
{
    struct world w;
    struct error err = {0};
    struct input_piece piece;
    (void)state;
    world_init(&w, 1);
    write_lines(&w, w.log, 5);
    const struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    assert_int_equal(utimensat(AT_FDCWD, w.log, old, 0), 0);
    rename(w.log, name_in(&w, ".1"));
    write_lines(&w, w.log, 1);
    struct input_file_options options = {.path = w.log, .since = 2000000, .now = time(NULL)};
    struct input_file *in = input_file_open(&options, &err);
    assert_non_null(in);
    assert_true(input_file_next(in, &piece, &err));
    assert_non_null(memmem(piece.bytes, piece.len, "L000005", 7));
    assert_null(memmem(piece.bytes, piece.len, "L000004", 7));
    input_file_close(in);
    world_fini(&w);
}

/* One line a minute: "L000060" is an hour after the first. */
static bool minute_of(void *ctx, const char *line, size_t len, int64_t *time)
{
    unsigned number;
    const char *at = memmem(line, len, "L", 1);
    (*(unsigned *)ctx)++;
    if (!at || !number_at(at, len - (size_t)(at - line), &number))
        return false;
    *time = 60 * (int64_t)number;
    return true;
}

/* The first line that is given out; *looks: lines whose time was asked for. */
static unsigned first_line_since(struct world *w, const char *position, bool skip, time_t since,
                                 unsigned *looks, bool *gap)
{
    struct input_file_options options = {.path = w->log,
                                         .position = position,
                                         .skip = skip,
                                         .since = since,
                                         .now = time(NULL),
                                         .time_of = minute_of,
                                         .ctx = looks};
    struct error err = {0};
    struct input_piece piece;
    unsigned number = 0;
    *looks = 0;
    struct input_file *in = input_file_open(&options, &err);
    assert_non_null(in);
    assert_true(input_file_next(in, &piece, &err));
    const char *at = memmem(piece.bytes, piece.len, "L", 1);
    assert_non_null(at);
    assert_true(number_at(at, piece.len - (size_t)(at - piece.bytes), &number));
    *gap = input_file_has_gap(in);
    input_file_close(in);
    return number;
}

static void what_is_older_is_skipped_without_reading_it(void **state)
{
    struct world w;
    unsigned looks;
    bool gap;
    char line[256];
    (void)state;
    world_init(&w, 1);
    FILE *f = fopen(w.log, "w");
    assert_non_null(f);
    memset(line, '.', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    for (unsigned i = 0; i < 40000; i++)
        fprintf(f, "L%06u %s\n", i, line);
    assert_int_equal(fclose(f), 0);
    /* lines may be two hours out of order, and a window is some hundred lines */
    unsigned first = first_line_since(&w, NULL, false, 60 * 30000, &looks, &gap);
    assert_in_range(first, 30000 - 120 - 600, 30000 - 120);
    assert_true(looks < 40);
    assert_false(gap);
    assert_int_equal(first_line_since(&w, NULL, false, 0, &looks, &gap), 0);
    /* After a position only when that is asked for; what was left out is a gap. */
    struct input_file_options options = {.path = w.log, .now = time(NULL)};
    struct input_piece piece;
    struct buf position;
    struct input_file *in = input_file_open(&options, NULL);
    assert_true(input_file_next(in, &piece, NULL));
    buf_init(&position, 4096);
    input_file_position(in, &position);
    input_file_close(in);
    unsigned next = first_line_since(&w, buf_text(&position), false, 60 * 30000, &looks, &gap);
    assert_in_range(next, 500, 1500);
    assert_false(gap);
    assert_int_equal(first_line_since(&w, buf_text(&position), true, 0, &looks, &gap), next);
    assert_false(gap);
    first = first_line_since(&w, buf_text(&position), true, 60 * 30000, &looks, &gap);
    assert_in_range(first, 30000 - 120 - 600, 30000 - 120);
    assert_true(gap);
    buf_fini(&position);
    world_fini(&w);
}

static void a_place_survives_its_text(void **state)
{
    static const char *const bad[] = {
        "",
        "file1",
        "file2 1:2@3",
        "file1 1:2@3 4:0 4:0 5",
        "file1 1:2@300 257:0 4:0 5",
        "file1 1:2@300 20:0 20:0 5 x",
        "file1 -1",
        "/etc/passwd",
    };
    struct position p, q;
    struct buf text;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(position_parse(bad[i], &p));
    p = (struct position){.now = {true, 1, 2, 300, 256, 256, 0xabcdef, 0x123456789, 5},
                          .before = {true, 3, 4, 10, 10, 10, 1, 1, -7}};
    buf_init(&text, 4096);
    position_format(&p, &text);
    assert_true(position_parse(buf_text(&text), &q));
    assert_memory_equal(&p.now.offset, &q.now.offset, sizeof p.now.offset);
    assert_int_equal(q.now.head, 0xabcdef);
    assert_int_equal(q.before.taken_ns, -7);
    assert_true(q.before.set);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_is_read_once_through_all_rotations),
        cmocka_unit_test(what_was_taken_away_is_reported_as_a_gap),
        cmocka_unit_test(of_equal_times_the_empty_file_is_the_last),
        cmocka_unit_test(names_of_rotated_files_are_known),
        cmocka_unit_test(what_is_no_log_file_is_refused),
        cmocka_unit_test(a_fifo_does_not_hang),
        cmocka_unit_test(a_line_longer_than_a_piece_is_left_out_and_nothing_else),
        cmocka_unit_test(an_unfinished_line_waits_for_its_end),
        cmocka_unit_test(a_cut_archive_is_read_as_far_as_it_goes_and_is_a_gap),
        cmocka_unit_test(what_is_being_compressed_is_read_once_whatever_was_before),
        cmocka_unit_test(an_archive_with_a_new_time_is_older_than_lower_numbers),
        cmocka_unit_test(a_first_run_leaves_out_what_is_too_old),
        cmocka_unit_test(what_is_older_is_skipped_without_reading_it),
        cmocka_unit_test(a_place_survives_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
