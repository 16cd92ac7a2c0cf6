/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "render/json_writer.h"

#include <stdlib.h>

/* What a few calls write; free() it. */
static char *written(void (*calls)(struct json_writer *), bool *ok)
{
    char *text = NULL;
    size_t len = 0;
    struct json_writer w;
    FILE *out = open_memstream(&text, &len);
    json_writer_init(&w, out);
    calls(&w);
    *ok = json_writer_fini(&w);
    fclose(out);
    char *copy = mem_dup(text);
    free(text);
    return copy;
}

static void everything(struct json_writer *w)
{
    json_open(w, NULL, '{');
    json_number(w, "number", -7);
    json_text(w, "text", "a\"b\\c\n\033\xff\xe2\x80\xae");
    json_text(w, "none", NULL);
    json_time(w, "never", 0);
    json_time(w, "time", 1795240800);
    json_open(w, "list", '[');
    json_newline(w);
    json_bool(w, NULL, true);
    json_newline(w);
    json_bool(w, NULL, false);
    json_open(w, NULL, '[');
    json_close(w, ']');
    json_raw(w, NULL, "{\"x\":1}", 7);
    json_close(w, ']');
    json_close(w, '}');
    json_newline(w);
}

static void too_deep(struct json_writer *w)
{
    for (int i = 0; i < JSON_DEPTH + 1; i++)
        json_open(w, NULL, '[');
    for (int i = 0; i < JSON_DEPTH; i++)
        json_close(w, ']');
}

static void open_end(struct json_writer *w)
{
    json_open(w, NULL, '{');
}

static void closed_twice(struct json_writer *w)
{
    json_open(w, NULL, '{');
    json_close(w, '}');
    json_close(w, '}');
}

static void commas_nesting_and_escapes_come_out_right(void **state)
{
    (void)state;
    bool ok;
    char *text = written(everything, &ok);
    assert_true(ok);
    assert_string_equal(text, "{\"number\":-7,\"text\":\"a\\\"b\\\\c\\n\\u001b\\ufffd\\u202e\","
                              "\"none\":null,\"never\":null,\"time\":\"2026-11-21T06:00:00Z\","
                              "\"list\":[\ntrue,\nfalse,[],{\"x\":1}]}\n");
    free(text);
}

static void what_is_not_balanced_is_not_ok(void **state)
{
    (void)state;
    void (*const cases[])(struct json_writer *) = {too_deep, open_end, closed_twice};
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool ok;
        free(written(cases[i], &ok));
        assert_false(ok);
    }
}

static void a_full_disk_is_noticed(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    struct json_writer w;
    json_writer_init(&w, full);
    json_open(&w, NULL, '[');
    for (int i = 0; i < 100000; i++)
        json_text(&w, NULL, "more than is kept before it is written");
    json_close(&w, ']');
    assert_false(json_writer_fini(&w));
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_nesting_and_escapes_come_out_right),
        cmocka_unit_test(what_is_not_balanced_is_not_ok),
        cmocka_unit_test(a_full_disk_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
