/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/json_out.h"

#include <stdlib.h>

/* What a few calls write; free() it. */
static char *written(void (*calls)(struct json_out *), bool *ok)
{
    char *text = NULL;
    size_t len = 0;
    struct json_out w;
    FILE *out = open_memstream(&text, &len);
    json_out_init(&w, out);
    calls(&w);
    *ok = json_out_fini(&w);
    fclose(out);
    char *copy = mem_dup(text);
    free(text);
    return copy;
}

static void everything(struct json_out *w)
{
    json_out_open(w, NULL, '{');
    json_out_number(w, "number", -7);
    json_out_text(w, "text", "a\"b\\c\n\033\xff\xe2\x80\xae");
    json_out_text(w, "none", NULL);
    json_out_time(w, "never", 0);
    json_out_time(w, "time", 1795240800);
    json_out_open(w, "list", '[');
    json_out_newline(w);
    json_out_bool(w, NULL, true);
    json_out_newline(w);
    json_out_bool(w, NULL, false);
    json_out_open(w, NULL, '[');
    json_out_close(w, ']');
    json_out_raw(w, NULL, "{\"x\":1}", 7);
    json_out_close(w, ']');
    json_out_close(w, '}');
    json_out_newline(w);
}

static void too_deep(struct json_out *w)
{
    for (int i = 0; i < JSON_OUT_DEPTH + 1; i++)
        json_out_open(w, NULL, '[');
    for (int i = 0; i < JSON_OUT_DEPTH; i++)
        json_out_close(w, ']');
}

static void open_end(struct json_out *w)
{
    json_out_open(w, NULL, '{');
}

static void closed_twice(struct json_out *w)
{
    json_out_open(w, NULL, '{');
    json_out_close(w, '}');
    json_out_close(w, '}');
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

static void envelope(struct json_out *w)
{
    const struct ip domain = ip_of_name("example.org");
    struct cidr block;
    json_out_drop(w);
    json_out_begin(w, w->out, "mon1", 1795240800);
    json_out_target(w, &domain, (uint8_t)ip_bits(&domain));
    json_out_open(w, "block", '{');
    assert_true(cidr_parse("2001:db8:0:1::/64", &block, NULL));
    json_out_target(w, &block.base, block.len);
    json_out_close(w, '}');
    json_out_given(w, "empty", "");
    json_out_real(w, "half", 0.5);
    json_out_real(w, "whole", 100000);
    json_out_real(w, "nothing", 1.0 / 0.0);
    json_out_day(w, "day", 20261121);
    json_out_day(w, "no day", 0);
    json_out_close(w, '}');
}

static void the_object_of_a_command_begins_with_its_envelope(void **state)
{
    (void)state;
    bool ok;
    char *text = written(envelope, &ok);
    assert_true(ok);
    assert_string_equal(text, "{\"version\":1,\"generator\":\"repmon " REPMON_VERSION "\","
                              "\"instance\":\"mon1\",\"time\":\"2026-11-21T06:00:00Z\","
                              "\"ip\":null,\"domain\":\"example.org\","
                              "\"block\":{\"ip\":\"2001:db8:0:1::/64\",\"domain\":null},"
                              "\"empty\":null,\"half\":0.5,\"whole\":100000,\"nothing\":null,"
                              "\"day\":\"2026-11-21\",\"no day\":null}");
    free(text);
}

static void what_is_not_balanced_is_not_ok(void **state)
{
    (void)state;
    void (*const cases[])(struct json_out *) = {too_deep, open_end, closed_twice};
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
    struct json_out w;
    json_out_init(&w, full);
    json_out_open(&w, NULL, '[');
    for (int i = 0; i < 100000; i++)
        json_out_text(&w, NULL, "more than is kept before it is written");
    json_out_close(&w, ']');
    assert_false(json_out_fini(&w));
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_nesting_and_escapes_come_out_right),
        cmocka_unit_test(the_object_of_a_command_begins_with_its_envelope),
        cmocka_unit_test(what_is_not_balanced_is_not_ok),
        cmocka_unit_test(a_full_disk_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
