/* SPDX-License-Identifier: ISC */
/* The journal through `journalctl`: a program of that name, first in PATH, plays it. */
#include "unit.h"

#include "input/journal_entry.h"
#include "repmon/clock.h"
#include "repmon/input.h"
#include "repmon/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one entry ---- */

static void entries_become_lines_of_syslog(void **state)
{
    static const struct {
        const char *json, *line; /* line NULL: none */
    } cases[] = {
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507202123456\","
         "\"SYSLOG_IDENTIFIER\":\"postfix-203.0.113.5/smtp\",\"MESSAGE\":\"4AbC11: to=<b@x>\"}",
         "1795507202.123456 journal postfix-203.0.113.5/smtp[0]: 4AbC11: to=<b@x>\n"},
        /* bytes that are no UTF-8 */
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\","
         "\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"MESSAGE\":[52,65,252]}",
         "1795507203.000000 journal postfix/smtp[0]: 4A\xfc\n"},
        /* a line feed, a return, a NUL inside stay inside */
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\","
         "\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":\"x\\ny\\r\\u0000z\"}",
         "1795507203.000000 journal a[0]: x y  z\n"},
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\","
         "\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":[120,10,121]}",
         "1795507203.000000 journal a[0]: x y\n"},
        /* two fields of one name */
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\","
         "\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":[\"one\",\"two\"]}",
         "1795507203.000000 journal a[0]: one\n"},
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\","
         "\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":[[111,110,101],\"two\"]}",
         "1795507203.000000 journal a[0]: one\n"},
        /* a name that would be read as something else */
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\","
         "\"SYSLOG_IDENTIFIER\":\"a: b\",\"MESSAGE\":\"m\"}",
         "1795507203.000000 journal -[0]: m\n"},
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795507203000000\",\"MESSAGE\":null}",
         NULL},
        {"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"17\",\"MESSAGE\":\"m\"}", NULL},
        {"{\"__CURSOR\":\"s=1\",\"MESSAGE\":\"m\"}", NULL},
        {"[1]", NULL},
        {"{", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char cursor[JOURNAL_CURSOR_MAX + 1];
        struct buf out;
        buf_init(&out, 4096);
        enum journal_entry what =
            journal_entry_read(cases[i].json, strlen(cases[i].json), &out, cursor);
        assert_int_equal(what == JOURNAL_LINE, cases[i].line != NULL);
        assert_string_equal(buf_text(&out), cases[i].line ? cases[i].line : "");
        buf_fini(&out);
    }
}

static void a_cursor_is_never_an_option(void **state)
{
    (void)state;
    assert_true(journal_cursor_is_sane("s=0123;i=1;b=aa;m=1;t=6;x=1"));
    assert_false(journal_cursor_is_sane(""));
    assert_false(journal_cursor_is_sane("--help"));
    assert_false(journal_cursor_is_sane("s=1\nx"));
    assert_false(journal_cursor_is_sane("s=1 -u x"));
}

/* ---- the child ---- */

struct world {
    char folder[64], *path; /* path: owned, of before */
    struct loop *loop;
};

/* `script` is what this journalctl does; $1… are its words, $W all of them. */
static void world_init(struct world *w, const char *script)
{
    char name[128], *path;
    strcpy(w->folder, "/tmp/test_journal_XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(name, sizeof name, "%s/journalctl", w->folder);
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\nW=\"$*\"\n%s\n", script);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(name, 0755), 0);
    w->path = mem_dup(getenv("PATH"));
    assert_true(asprintf(&path, "%s:%s", w->folder, w->path) > 0);
    setenv("PATH", path, 1);
    free(path);
    w->loop = loop_new(NULL);
    assert_non_null(w->loop);
}

static void world_fini(struct world *w)
{
    char name[128];
    snprintf(name, sizeof name, "%s/journalctl", w->folder);
    unlink(name);
    rmdir(w->folder);
    setenv("PATH", w->path, 1);
    free(w->path);
    loop_free(w->loop);
}

struct heard {
    struct buf lines, position;
    struct error err;
    bool gap;
};

static void heard_fini(struct heard *h)
{
    buf_fini(&h->lines);
    buf_fini(&h->position);
}

static struct heard hear(struct world *w, const char *position, int64_t ms)
{
    struct heard h = {.gap = false};
    struct input_piece piece = {.len = 1};
    struct input_journal_options options = {.match = "mail",
                                            .position = position,
                                            .since = 1795507200,
                                            .loop = w->loop,
                                            .limit = {.deadline_ms = clock_mono_ms() + ms}};
    buf_init(&h.lines, 1u << 20);
    buf_init(&h.position, 4096);
    struct input_journal *in = input_journal_open(&options, &h.err);
    while (in && piece.len > 0 && input_journal_next(in, &piece, &h.err))
        buf_add(&h.lines, piece.bytes, piece.len);
    if (in) {
        h.gap = input_journal_has_gap(in);
        input_journal_position(in, &h.position);
    }
    input_journal_close(in);
    return h;
}

#define ENTRY(n)                                                                                   \
    "{\"__CURSOR\":\"s=a;i=" #n ";t=66101\",\"__REALTIME_TIMESTAMP\":\"179550720" #n               \
    "000000\",\"SYSLOG_IDENTIFIER\":\"p\",\"MESSAGE\":\"m" #n "\"}"

static void it_is_read_on_after_the_entry_of_the_last_run(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "case $W in\n"
                   "*--facility=mail*--after-cursor=s=a\\;i=1*) echo '" ENTRY(
                       2) "' ;;\n"
                          "*--cursor=s=a\\;i=1*-n*1) echo '" ENTRY(
                              1) "' ;;\n"
                                 "*--since=@1795507200*) echo '" ENTRY(1) "' ;;\n"
                                                                          "*) exit 9 ;;\nesac");
    struct heard first = hear(&w, "", 5000);
    assert_string_equal(first.err.text, "");
    assert_string_equal(buf_text(&first.lines), "1795507201.000000 journal p[0]: m1\n");
    assert_string_equal(buf_text(&first.position), "journal1 s=a;i=1;t=66101");
    struct heard second = hear(&w, buf_text(&first.position), 5000);
    assert_string_equal(second.err.text, "");
    assert_string_equal(buf_text(&second.lines), "1795507202.000000 journal p[0]: m2\n");
    assert_false(second.gap);
    heard_fini(&first);
    heard_fini(&second);
    world_fini(&w);
}

/* What is still there is read from the time of the lost entry on: none is left out by the way. */
static void a_vacuumed_entry_is_a_gap(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "case $W in\n"
                   "*--cursor=*-n*1) echo '" ENTRY(
                       3) "' ;;\n"
                          "*--since=@*) echo '" ENTRY(3) "'; echo '" ENTRY(4) "' ;;\n"
                                                                              "*) exit 9 ;;\nesac");
    struct heard h = hear(&w, "journal1 s=a;i=1;t=66101", 5000);
    assert_string_equal(h.err.text, "");
    assert_true(h.gap);
    assert_string_equal(buf_text(&h.lines), "1795507203.000000 journal p[0]: m3\n"
                                            "1795507204.000000 journal p[0]: m4\n");
    heard_fini(&h);
    world_fini(&w);
}

static void nothing_new_keeps_the_place(void **state)
{
    struct world w;
    (void)state;
    world_init(&w,
               "case $W in\n"
               "*--cursor=*-n*1) echo '" ENTRY(1) "' ;;\n"
                                                  "*) echo '-- No entries --'; exit 1 ;;\nesac");
    struct heard h = hear(&w, "journal1 s=a;i=1;t=66101", 5000);
    assert_string_equal(h.err.text, "");
    assert_string_equal(buf_text(&h.position), "journal1 s=a;i=1;t=66101");
    assert_false(h.gap);
    heard_fini(&h);
    world_fini(&w);
}

static void what_journalctl_says_is_the_cause(void **state)
{
    static const struct {
        const char *script;
        enum error_class class;
        const char *words;
    } cases[] = {
        {"exec >&2; echo 'Failed to add match: Invalid argument'; exit 1", ERR_IO,
         "journalctl exited with 1: Failed to add match"},
        {"echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1",
         ERR_PERMISSION, "adduser repmon systemd-journal"},
        {"echo 'Hint: You are currently not seeing messages from other users' >&2", ERR_PERMISSION,
         "adduser repmon systemd-journal"},
        {"kill -9 $$", ERR_IO, "journalctl was killed"},
        {"exit 127", ERR_INPUT, "there is no journalctl"},
        {"printf '\\033[31mbad\\n' >&2; exit 3", ERR_IO, "journalctl exited with 3: ?[31mbad"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world w;
        world_init(&w, cases[i].script);
        struct heard h = hear(&w, "", 5000);
        assert_int_equal(h.err.class, cases[i].class);
        if (!strstr(h.err.text, cases[i].words))
            fail_msg("%s: %s", cases[i].script, h.err.text);
        assert_string_equal(buf_text(&h.position), "");
        heard_fini(&h);
        world_fini(&w);
    }
}

/* What came before a death counts, and its place is kept. */
static void one_that_dies_halfway_gave_what_it_gave(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "echo '" ENTRY(1) "'; printf '{\"__CURSOR\":\"s=a;i=2'; kill -9 $$");
    struct heard h = hear(&w, "", 5000);
    assert_int_equal(h.err.class, ERR_IO);
    assert_string_equal(buf_text(&h.lines), "1795507201.000000 journal p[0]: m1\n");
    assert_string_equal(buf_text(&h.position), "journal1 s=a;i=1;t=66101");
    heard_fini(&h);
    world_fini(&w);
}

static void one_that_hangs_is_left_at_the_deadline(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "echo '" ENTRY(1) "'; exec sleep 60");
    int64_t begin = clock_mono_ms();
    struct heard h = hear(&w, "", 200);
    assert_true(clock_mono_ms() - begin < 5000);
    assert_string_equal(buf_text(&h.position), "journal1 s=a;i=1;t=66101");
    heard_fini(&h);
    world_fini(&w);
}

/* 10 MB in one entry: left out, what follows is read. */
static void an_entry_without_end_is_left_out(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "printf '{\"MESSAGE\":\"'; head -c 10000000 /dev/zero | tr '\\0' x; echo '\"}'\n"
                   "echo '" ENTRY(1) "'");
    struct heard h = hear(&w, "", 10000);
    assert_string_equal(h.err.text, "");
    assert_string_equal(buf_text(&h.lines), "1795507201.000000 journal p[0]: m1\n");
    heard_fini(&h);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_become_lines_of_syslog),
        cmocka_unit_test(a_cursor_is_never_an_option),
        cmocka_unit_test(it_is_read_on_after_the_entry_of_the_last_run),
        cmocka_unit_test(a_vacuumed_entry_is_a_gap),
        cmocka_unit_test(nothing_new_keeps_the_place),
        cmocka_unit_test(what_journalctl_says_is_the_cause),
        cmocka_unit_test(one_that_dies_halfway_gave_what_it_gave),
        cmocka_unit_test(one_that_hangs_is_left_at_the_deadline),
        cmocka_unit_test(an_entry_without_end_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
