/* SPDX-License-Identifier: ISC */
#include "run_kit.h"

#include "inventory/resolve_names.h"

#include <jansson.h>

static json_t *parsed(const struct published *m)
{
    json_t *json = json_loads(m->content, 0, NULL);
    assert_non_null(json);
    return json;
}

static void listed(struct kit *k, size_t row, size_t column, const char *answers)
{
    kit_answer(k, row, column, answers);
}

static void begin(struct kit *k, size_t rows)
{
    kit_init(k, rows);
    free(k->conf.instance);
    k->conf.instance = mem_dup("mon1");
    kit_proven(k, NOW - HOUR);
    kit_answer_all(k, "");
}

static void nothing_new_is_no_message(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 2);
    kit_channel(&k, "mail ops", LEVEL_INFO);
    kit_publish(&k);
    assert_int_equal(k.messages.count, 0);
    assert_int_equal(k.messages.text.len, 0);
    kit_fini(&k);
}

static void each_channel_gets_what_it_wants(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 3);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    kit_channel(&k, "webhook pager", LEVEL_CRITICAL);
    listed(&k, 1, KIT_A, "w1");
    kit_publish(&k);
    assert_int_equal(k.messages.count, 1);
    assert_string_equal(k.messages.items[0].channel, "mail ops");
    assert_int_equal(k.messages.heard[0], k.decision.bits[0]);
    assert_int_not_equal(k.decision.bits[0], k.decision.bits[1]);
    assert_non_null(strstr(buf_text(&k.messages.text), "a.example"));
    json_t *json = parsed(&k.messages.items[0]);
    assert_string_equal(json_string_value(json_object_get(json, "id")), "mon1-new");
    assert_int_equal(json_array_size(json_object_get(json, "changes")), 1);
    json_decref(json);
    kit_fini(&k);
}

/* Whoever was told of the beginning hears the end, whatever its filter says. */
static void the_end_goes_where_the_beginning_went(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct kit k;
        begin(&k, 2);
        kit_channel(&k, "mail ops", LEVEL_CRITICAL);
        k.snapshot.listeners.items = mem_array(1, sizeof *k.snapshot.listeners.items);
        k.snapshot.listeners.count = 1;
        k.snapshot.listeners.items[0] =
            (struct stored_listener){mem_dup("mail ops"), 4, mem_dup("")};
        struct belief *b = kit_believe(&k, 1, KIT_A, "w1");
        b->told.worst = LEVEL_WARNING;
        b->told.channels = told ? 4 : 0;
        b->pending = "";
        b->pending_count = 1;
        b->pending_first = b->pending_last = NOW - HOUR;
        kit_publish(&k);
        assert_non_null(kit_change(&k, CHANGE_DELISTED, 1, "a.example"));
        assert_int_equal(k.decision.bits[0], 4);
        assert_int_equal(k.messages.count, told);
        if (told) {
            json_t *json = parsed(&k.messages.items[0]);
            json_t *replies = json_object_get(json, "reply_to");
            assert_int_equal(json_array_size(replies), 1);
            assert_string_equal(json_string_value(json_array_get(replies, 0)), "mon1-old");
            json_t *closed = json_object_get(json, "closed");
            assert_int_equal(json_array_size(closed), 1);
            assert_string_equal(json_string_value(json_array_get(closed, 0)), "a.example");
            json_decref(json);
        }
        kit_fini(&k);
    }
}

/* A list on which another address is still open for the channel is not closed. */
static void a_list_is_closed_when_nothing_on_it_is_open(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 3);
    kit_channel(&k, "webhook pager", LEVEL_CRITICAL);
    k.snapshot.listeners.items = mem_array(1, sizeof *k.snapshot.listeners.items);
    k.snapshot.listeners.count = 1;
    k.snapshot.listeners.items[0] =
        (struct stored_listener){mem_dup("webhook pager"), 1, mem_dup("")};
    for (size_t i = 0; i < 2; i++) {
        struct belief *b = kit_believe(&k, i, KIT_A, "127.0.0.2");
        b->told.channels = 1;
        b->pending = i ? "" : NULL;
        b->pending_count = i ? 1 : 0;
        b->pending_first = b->pending_last = i ? NOW - HOUR : 0;
    }
    listed(&k, 0, KIT_A, "127.0.0.2");
    kit_publish(&k);
    assert_int_equal(k.messages.count, 1);
    json_t *json = parsed(&k.messages.items[0]);
    assert_int_equal(json_array_size(json_object_get(json, "closed")), 0);
    json_decref(json);
    kit_fini(&k);
}

static void what_is_still_open_is_said_with_what_is_new(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 4);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    kit_believe(&k, 1, KIT_A, "127.0.0.2"); /* of an address that the digest names */
    kit_believe(&k, 3, KIT_A, "127.0.0.2"); /* of another, no neighbour */
    listed(&k, 1, KIT_A, "127.0.0.2");
    listed(&k, 3, KIT_A, "127.0.0.2");
    listed(&k, 1, KIT_B, "127.0.0.3");
    kit_publish(&k);
    json_t *json = parsed(&k.messages.items[0]);
    json_t *open = json_object_get(json, "open");
    assert_int_equal(json_array_size(open), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(open, 0), "list")),
                        "a.example");
    json_decref(json);
    kit_fini(&k);
}

static void what_was_refused_is_told_by_the_same_channel(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 2);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    kit_channel(&k, "mail other", LEVEL_WARNING);
    k.snapshot.listeners.items = mem_array(1, sizeof *k.snapshot.listeners.items);
    k.snapshot.listeners.count = 1;
    k.snapshot.listeners.items[0] =
        (struct stored_listener){mem_dup("mail ops"), 1, mem_dup("a@example.org: 550")};
    listed(&k, 1, KIT_A, "127.0.0.2");
    kit_publish(&k);
    assert_int_equal(k.messages.count, 2);
    assert_true(k.messages.items[0].tells_refused);
    assert_false(k.messages.items[1].tells_refused);
    assert_non_null(strstr(k.messages.items[0].content, "a@example.org: 550"));
    assert_null(strstr(k.messages.items[1].content, "a@example.org"));
    kit_fini(&k);
}

static void the_notes_of_the_run_are_in_every_message(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 2);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    k.snapshot.is_new = k.in.in_doubt = true;
    free(k.conf.state);
    k.conf.state = mem_dup("/var/lib/repmon/state.db");
    listed(&k, 1, KIT_A, "127.0.0.2");
    kit_publish(&k);
    assert_non_null(strstr(k.messages.items[0].content, "/var/lib/repmon/state.db"));
    assert_non_null(strstr(k.messages.items[0].content, "clock looks wrong"));
    json_t *json = parsed(&k.messages.items[0]);
    assert_true(json_is_true(json_object_get(json, "no_state")));
    assert_non_null(
        strstr(json_string_value(json_array_get(json_object_get(json, "notes"), 0)), "state.db"));
    json_decref(json);
    kit_fini(&k);
}

static void a_list_that_can_not_be_asked_is_named(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 2);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    struct column *c = results_column(k.session.results, KIT_B);
    c->health = HEALTH_BLIND;
    c->cause = CAUSE_SERVFAIL;
    for (size_t i = 0; i < 2; i++)
        results_set(k.session.results, i, KIT_B,
                    results_intern(k.session.results, CAUSE_SERVFAIL, 0, ""));
    listed(&k, 1, KIT_A, "127.0.0.2");
    kit_publish(&k);
    json_t *json = parsed(&k.messages.items[0]);
    json_t *unknown = json_object_get(json, "unknown");
    assert_int_equal(json_array_size(unknown), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(unknown, 0), "list")),
                        "b.example");
    json_decref(json);
    kit_fini(&k);
}

/* ---- what is left out is counted ---- */

static void a_first_look_counts_what_a_channel_leaves_out(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 2);
    kit_channel(&k, "webhook pager", LEVEL_CRITICAL);
    k.snapshot.first_ever = true;
    for (size_t j = 0; j < KIT_LISTS; j++)
        for (size_t i = 0; i < KIT_ROWS; i++)
            k.cells[j][i] = 0;
    listed(&k, 1, KIT_A, "w1");
    kit_publish(&k);
    json_t *json = parsed(&k.messages.items[0]);
    assert_non_null(strstr(json_string_value(json_object_get(json, "below")),
                           "1 finding below this channel's level: listed on a.example (warning)"));
    json_decref(json);
    kit_fini(&k);
}

static void notes_beyond_the_limit_are_counted(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 2);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    for (int i = 0; i < 30; i++)
        resolve_note(&k.watch, "key", "kind", false, "note %d.", i);
    listed(&k, 1, KIT_A, "127.0.0.2");
    kit_publish(&k);
    assert_non_null(strstr(k.messages.items[0].content, "note 23."));
    assert_null(strstr(k.messages.items[0].content, "note 24."));
    assert_non_null(strstr(k.messages.items[0].content, "And 6 more like this"));
    kit_fini(&k);
}

/* ---- what is open beside an end ---- */

/* Row 0 was delisted; the addresses next to it, of which nothing is said, are still listed. */
static void neighbours_of_an_end_are_named(void **state)
{
    struct kit k;
    (void)state;
    begin(&k, 4);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    struct belief *ends = kit_believe(&k, 0, KIT_A, "127.0.0.2");
    ends->pending = "";
    ends->pending_count = 1;
    ends->pending_first = ends->pending_last = NOW - HOUR;
    ends->told.channels = 0;
    for (size_t i = 1; i < 4; i++) {
        kit_believe(&k, i, i == 3 ? KIT_B : KIT_A, "127.0.0.2");
        listed(&k, i, i == 3 ? KIT_B : KIT_A, "127.0.0.2");
    }
    kit_publish(&k);
    assert_non_null(kit_change(&k, CHANGE_DELISTED, 0, "a.example"));
    json_t *json = parsed(&k.messages.items[0]);
    json_t *near = json_object_get(json, "neighbours");
    assert_int_equal(json_array_size(near), 1); /* a range of two, and nothing of the other list */
    assert_string_equal(json_string_value(json_object_get(json_array_get(near, 0), "list")),
                        "a.example");
    json_decref(json);
    kit_fini(&k);
}

/* An incident is of warnings and worse: what became information closes it. */
static void what_became_information_closes_the_incident(void **state)
{
    static const struct {
        const char *now;
        size_t closed;
    } rows[] = {{"i1", 1}, {"w1", 0}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct kit k;
        begin(&k, 2);
        kit_channel(&k, "webhook pager", LEVEL_INFO);
        k.snapshot.listeners.items = mem_array(1, sizeof *k.snapshot.listeners.items);
        k.snapshot.listeners.count = 1;
        k.snapshot.listeners.items[0] =
            (struct stored_listener){mem_dup("webhook pager"), 1, mem_dup("")};
        struct belief *b = kit_believe(&k, 1, KIT_A, "127.0.0.2");
        b->told.channels = 1;
        b->pending = rows[i].now;
        b->pending_count = 1;
        b->pending_first = b->pending_last = NOW - HOUR;
        listed(&k, 1, KIT_A, rows[i].now);
        kit_publish(&k);
        assert_int_equal(k.messages.count, 1);
        json_t *json = parsed(&k.messages.items[0]);
        assert_int_equal(json_array_size(json_object_get(json, "closed")), rows[i].closed);
        json_decref(json);
        kit_fini(&k);
    }
}

/* Another monitor told these channels: its end is for those who heard of the beginning. */
static void what_another_shard_told_is_heard_and_not_sent(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 1);
    kit_channel(&k, "mail ops", LEVEL_WARNING);
    kit_channel(&k, "webhook pager", LEVEL_CRITICAL);
    k.watch.inventory.items[0].flags |= TARGET_JOINED;
    kit_answer_all(&k, "");
    kit_answer(&k, 0, KIT_A, "w1");
    kit_publish(&k);
    assert_int_equal(k.messages.count, 0);
    assert_int_equal(k.messages.text.len, 0);
    assert_int_equal(k.decision.change_count, 1);
    assert_int_equal(k.messages.heard[0], k.decision.bits[0]);
    kit_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_new_is_no_message),
        cmocka_unit_test(each_channel_gets_what_it_wants),
        cmocka_unit_test(the_end_goes_where_the_beginning_went),
        cmocka_unit_test(a_list_is_closed_when_nothing_on_it_is_open),
        cmocka_unit_test(what_is_still_open_is_said_with_what_is_new),
        cmocka_unit_test(what_was_refused_is_told_by_the_same_channel),
        cmocka_unit_test(the_notes_of_the_run_are_in_every_message),
        cmocka_unit_test(a_list_that_can_not_be_asked_is_named),
        cmocka_unit_test(a_first_look_counts_what_a_channel_leaves_out),
        cmocka_unit_test(notes_beyond_the_limit_are_counted),
        cmocka_unit_test(neighbours_of_an_end_are_named),
        cmocka_unit_test(what_became_information_closes_the_incident),
        cmocka_unit_test(what_another_shard_told_is_heard_and_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
