/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/message.h"

#include "sample_message.h"

#include <jansson.h>
#include <stdlib.h>

static void ranges_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* NULL count: refused */
        uint32_t count;
    } rows[] = {
        {"203.0.113.5", 1},
        {"203.0.113.5-203.0.113.9", 5},
        {"0.0.0.0-255.255.255.255", UINT32_MAX},
        {"2001:db8::1-2001:db8::ff", 255},
        {"2001:db8:0:1::/64", 1},
        {"2001:db8:0:1::/64-2001:db8:0:5::/64", 5},
        {"2001:db8::-2001:db9::", UINT32_MAX},
        {"203.0.113.9-203.0.113.5", 0},
        {"203.0.113.5-2001:db8::1", 0},
        {"203.0.113.5-", 0},
        {"", 0},
        {"2001:db8::/64-2001:db8:0:5::/63", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip_range r;
        char text[MESSAGE_RANGE_MAX];
        bool ok = message_range_parse(rows[i].text, &r);
        assert_int_equal(ok, rows[i].count != 0);
        if (!ok)
            continue;
        assert_int_equal(message_range_count(&r), rows[i].count);
        message_range_format(&r, text);
        assert_string_equal(text, rows[i].text);
    }
}

static char *json_of(const struct message *m)
{
    struct buf b;
    buf_init(&b, LIMIT_MESSAGE_JSON);
    assert_true(message_to_json(m, &b));
    return buf_take(&b);
}

/* Written, read, written again: the same bytes. A field that one side forgets shows here. */
static void a_message_comes_back_from_the_outbox_unchanged(void **state)
{
    (void)state;
    struct message samples[] = {sample_message(), sample_flood()};
    samples[0].baseline = samples[0].no_state = true;
    samples[0].more_open = 7;
    static const char *const closed[] = {"bl.spamcop.net"};
    samples[0].closed = closed;
    samples[0].closed_count = 1;
    for (size_t i = 0; i < COUNT(samples); i++) {
        char *first = json_of(&samples[i]);
        struct message back;
        struct error err = {0};
        assert_true(message_from_json(first, strlen(first), &back, &err));
        char *second = json_of(&back);
        assert_string_equal(first, second);
        assert_int_equal(back.entries[0].severity_level, LEVEL_CRITICAL);
        assert_int_equal(back.time, SAMPLE_TIME);
        assert_int_equal(back.entry_count, samples[i].entry_count);
        assert_int_equal(back.unknown[1].cause, CAUSE_DENIED);
        assert_true(back.open[0].acked);
        free(first);
        free(second);
        message_fini(&back);
    }
}

static void what_repmon_did_not_write_is_refused(void **state)
{
    (void)state;
    struct message m = sample_message();
    char *good = json_of(&m);
    static const struct {
        const char *from, *to; /* one edit of a good message */
    } rows[] = {
        {"\"version\":1", "\"version\":2"},
        {"\"kind\":\"listed\"", "\"kind\":\"enlisted\""},
        {"\"count\":1", "\"count\":-1"},
        {"\"count\":1", "\"count\":\"1\""},
        {"\"203.0.113.5\"", "\"203.0.113.500\""},
        {"\"to\":\"critical\"", "\"to\":\"\""},
        {"2026-11-21T06:00:00Z", "2026-11-21T06:00:00"},
        {"\"cause\":\"not-served\"", "\"cause\":\"tired\""},
        {"\"notes\":[", "\"notes\":[1,"},
        {"\"unknown\":", "\"unknwon\":"},
        {"{\"version\"", "[\"version\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *at = strstr(good, rows[i].from);
        assert_non_null(at);
        struct buf b;
        buf_init(&b, LIMIT_MESSAGE_JSON);
        buf_add(&b, good, (size_t)(at - good));
        buf_str(&b, rows[i].to);
        buf_str(&b, at + strlen(rows[i].from));
        struct message out;
        struct error err = {0};
        assert_false(message_from_json(buf_text(&b), b.len, &out, &err));
        assert_int_equal(err.class, ERR_IO);
        assert_null(out.owned);
        buf_fini(&b);
    }
    free(good);
}

static void a_waiting_message_of_an_older_version_is_read(void **state)
{
    (void)state;
    static const char now[] = "\"cause\":\"not-served\"";
    struct message m = sample_message(), out;
    struct error err = {0};
    struct buf b;
    char *text = json_of(&m), *at = strstr(text, now);
    assert_non_null(at);
    buf_init(&b, LIMIT_MESSAGE_JSON);
    buf_fmt(&b, "%.*s\"cause\":\"refused\"%s", (int)(at - text), text, at + sizeof now - 1);
    assert_true(message_from_json(buf_text(&b), b.len, &out, &err));
    char *again = json_of(&out);
    assert_string_equal(again, text);
    message_fini(&out);
    buf_fini(&b);
    free(again);
    free(text);
}

static void the_webhook_body_has_the_shape_of_the_contract(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct message_caps caps = {0};
    struct buf b;
    buf_init(&b, LIMIT_MESSAGE_JSON);
    assert_true(message_to_webhook(&m, &caps, &b));
    json_t *o = json_loadb(buf_text(&b), b.len, 0, NULL);
    int version = 0, count = 0;
    const char *type, *time, *kind, *from, *to, *ip, *label, *since, *address, *name, *name_from;
    assert_int_equal(json_unpack(o,
                                 "{s:i,s:s,s:s,s:[{s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:[s!],s:[{s:s}],"
                                 "s:[{s:s},{}!]}]}",
                                 "version", &version, "type", &type, "time", &time, "changes",
                                 "kind", &kind, "from", &from, "to", &to, "count", &count, "ip",
                                 &ip, "label", &label, "since", &since, "addresses", &address,
                                 "codes_from", "name", &name_from, "codes", "name", &name),
                     0);
    assert_int_equal(version, 1);
    assert_int_equal(count, 1);
    assert_string_equal(type, "repmon.alert");
    assert_string_equal(time, "2026-11-21T06:00:00Z");
    assert_string_equal(kind, "listed");
    assert_string_equal(from, "info");
    assert_string_equal(to, "critical");
    assert_string_equal(ip, "203.0.113.5");
    assert_string_equal(address, "203.0.113.5");
    assert_string_equal(label, "mx1.example.org");
    assert_string_equal(since, "2026-11-21T04:00:00Z");
    assert_string_equal(name_from, "PBL");
    assert_string_equal(name, "SBL");
    const json_t *second = json_array_get(json_object_get(o, "changes"), 1);
    assert_null(json_object_get(second, "ip")); /* only when count is 1 */
    assert_int_equal(json_array_size(json_object_get(o, "open")), 1);
    assert_int_equal(json_array_size(json_object_get(o, "unknown")), 2);
    assert_null(json_object_get(o, "closed")); /* that is the outbox's */
    json_decref(o);
    buf_fini(&b);
}

static void caps_say_how_much_they_left_out(void **state)
{
    (void)state;
    struct message m = sample_flood();
    struct message_caps caps = {.entries = 10, .addresses = 20, .text = 30};
    struct message_unknown unknown[12];
    for (size_t i = 0; i < COUNT(unknown); i++)
        unknown[i] = m.unknown[0];
    m.unknown = unknown;
    m.unknown_count = COUNT(unknown);
    struct buf b;
    buf_init(&b, LIMIT_MESSAGE_JSON);
    assert_true(message_to_webhook(&m, &caps, &b));
    json_t *o = json_loadb(buf_text(&b), b.len, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(o, "more")), 43);
    assert_int_equal(json_array_size(json_object_get(o, "unknown")), 10);
    assert_int_equal(json_integer_value(json_object_get(o, "more_unknown")), 2);
    const json_t *changes = json_object_get(o, "changes");
    const json_t *first = json_array_get(changes, 0);
    assert_int_equal(json_array_size(changes), 10);
    assert_int_equal(json_array_size(json_object_get(first, "addresses")), 20);
    assert_int_equal(json_integer_value(json_object_get(first, "more")), 180);
    assert_int_equal(json_string_length(json_object_get(first, "reason")), 33);
    json_decref(o);
    buf_fini(&b);
}

static void what_an_older_version_wrote_is_read(void **state)
{
    (void)state;
    enum change_kind kind = CHANGE_NONE;
    assert_true(change_parse("sighted", &kind));
    assert_int_equal(kind, CHANGE_RECOVERED);
    struct message m = sample_message(), back;
    struct buf b;
    struct error err = {0};
    buf_init(&b, 1 << 20);
    assert_true(message_to_json(&m, &b));
    json_t *o = json_loadb(buf_text(&b), b.len, 0, NULL);
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(o, "changes"), i, change)
    {
        json_object_del(change, "targets"); /* they were "addresses" only */
        json_object_del(change, "delist");
    }
    json_object_del(o, "below");
    json_object_del(o, "heard");
    char *old = json_dumps(o, 0);
    assert_true(message_from_json(old, strlen(old), &back, &err));
    assert_int_equal(back.entries[1].range_count, 2);
    assert_string_equal(back.entries[0].delist, "");
    assert_string_equal(back.below, "");
    message_fini(&back);
    free(old);
    json_decref(o);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_older_version_wrote_is_read),
        cmocka_unit_test(ranges_are_read_as_they_are_written),
        cmocka_unit_test(a_message_comes_back_from_the_outbox_unchanged),
        cmocka_unit_test(what_repmon_did_not_write_is_refused),
        cmocka_unit_test(a_waiting_message_of_an_older_version_is_read),
        cmocka_unit_test(the_webhook_body_has_the_shape_of_the_contract),
        cmocka_unit_test(caps_say_how_much_they_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
