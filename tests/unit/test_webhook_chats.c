/* SPDX-License-Identifier: ISC */
/* The requests that chats and push services get: shape, size, calm, and text that is only text. */
#include "unit.h"

#include "alert/webhook/webhook_service.h"

#include "sample_message.h"

static char url[] = "https://chat.example.org/hooks/S3CRET";
static char token[] = "123456:AAbot-t0ken_";

struct got {
    char *url;
    json_t *body;
};

static struct got make(enum webhook_format format, const char *where, const char *room,
                       const struct message *m)
{
    struct conf_channel c = {.word = "webhook",
                             .name = (char *)"chat",
                             .format = format,
                             .url = {.text = (char *)where, .wanted = where != NULL},
                             .token = {.text = token, .wanted = true},
                             .room = (char *)room};
    struct webhook_bodies b;
    struct error err = {0};
    if (!webhook_bodies(&c, m, &b, &err))
        fail_msg("%s", err.text);
    assert_int_equal(b.count, 1);
    struct got got = {mem_dup(b.url), json_loads(b.items[0], JSON_REJECT_DUPLICATES, NULL)};
    assert_non_null(got.body);
    webhook_bodies_fini(&b);
    return got;
}

static void drop(struct got *got)
{
    free(got->url);
    json_decref(got->body);
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    assert_non_null(s);
    return s;
}

static json_int_t number_of(const json_t *o, const char *key)
{
    assert_true(json_is_integer(json_object_get(o, key)));
    return json_integer_value(json_object_get(o, key));
}

static const struct {
    enum webhook_format format;
    const char *where, *room, *text_key;
    size_t most; /* characters of the text that the service takes */
} chats[] = {
    {WEBHOOK_TELEGRAM, NULL, "-1001234567890", "text", 4096},
    {WEBHOOK_GOOGLE_CHAT, url, NULL, "text", 4096},
    {WEBHOOK_MATTERMOST, url, NULL, "text", 4000},
    {WEBHOOK_MATRIX, "https://matrix.example.org", "!a:example.org", "body", 60000},
    {WEBHOOK_GOTIFY, "https://push.example.org/", NULL, "message", 60000},
};

/* An end: nothing is wrong any more. */
static struct message over(struct entry *e)
{
    struct message m = sample_message();
    *e = m.entries[0];
    e->kind = CHANGE_DELISTED;
    e->from = LEVEL_CRITICAL;
    e->to = LEVEL_OK;
    e->code_count = 0;
    m.entries = e;
    m.entry_count = 1;
    return m;
}

static void each_has_its_address(void **state)
{
    (void)state;
    static const struct {
        enum webhook_format format;
        const char *where, *room, *want;
    } rows[] = {
        {WEBHOOK_TELEGRAM, NULL, "1",
         "https://api.telegram.org/bot123456:AAbot-t0ken_/sendMessage"},
        {WEBHOOK_TELEGRAM, "http://127.0.0.1:8081/", "1",
         "http://127.0.0.1:8081/bot123456:AAbot-t0ken_/sendMessage"},
        {WEBHOOK_MATRIX, "https://matrix.example.org/", "!a/b:example.org",
         "https://matrix.example.org/_matrix/client/v3/rooms/%21a%2Fb%3Aexample.org/send/"
         "m.room.message/mon1-20261121-060000-cd34"},
        {WEBHOOK_GOTIFY, "https://push.example.org", NULL, "https://push.example.org/message"},
        {WEBHOOK_GOTIFY, "https://example.org/gotify/", NULL, "https://example.org/gotify/message"},
        {WEBHOOK_GOTIFY, "https://push.example.org/message", NULL,
         "https://push.example.org/message"},
        {WEBHOOK_GOTIFY, "https://push.example.org/message?a=b", NULL,
         "https://push.example.org/message?a=b"},
        {WEBHOOK_MATTERMOST, url, NULL, url},
        {WEBHOOK_GOOGLE_CHAT, "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t",
         NULL, "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t"},
    };
    struct message m = sample_message();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct got got = make(rows[i].format, rows[i].where, rows[i].room, &m);
        assert_string_equal(got.url, rows[i].want);
        drop(&got);
    }
}

static void each_text_fits_and_says_how_much_was_left_out(void **state)
{
    (void)state;
    struct message m = sample_flood();
    for (size_t i = 0; i < COUNT(chats); i++) {
        struct got got = make(chats[i].format, chats[i].where, chats[i].room, &m);
        const char *text = text_of(got.body, chats[i].text_key);
        assert_true(strlen(text) > 500);
        assert_true(strlen(text) <= chats[i].most);
        assert_non_null(strstr(text, " more: repmon history"));
        char *all = json_dumps(got.body, JSON_COMPACT);
        assert_true(strlen(all) < WEBHOOK_BODY_MAX);
        assert_null(strstr(all, token)); /* it is in the address, or in a header */
        free(all);
        drop(&got);
    }
}

static void telegram_gets_its_chat_and_topic_and_no_markup(void **state)
{
    (void)state;
    static const struct {
        const char *room, *name;
        json_int_t chat, topic;
    } rows[] = {
        {"-1001234567890", NULL, -1001234567890, 0},
        {"42", NULL, 42, 0},
        {"-1001234567890/7", NULL, -1001234567890, 7},
        {"@mailops", "@mailops", 0, 0},
        {"@mailops/12", "@mailops", 0, 12},
    };
    struct message m = sample_message();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct got got = make(WEBHOOK_TELEGRAM, NULL, rows[i].room, &m);
        if (rows[i].name)
            assert_string_equal(text_of(got.body, "chat_id"), rows[i].name);
        else
            assert_int_equal(number_of(got.body, "chat_id"), rows[i].chat);
        if (rows[i].topic)
            assert_int_equal(number_of(got.body, "message_thread_id"), rows[i].topic);
        else
            assert_null(json_object_get(got.body, "message_thread_id"));
        assert_null(json_object_get(got.body, "parse_mode"));
        const json_t *preview = json_object_get(got.body, "link_preview_options");
        assert_true(json_is_true(json_object_get(preview, "is_disabled")));
        drop(&got);
    }
}

static void what_is_over_makes_no_sound(void **state)
{
    (void)state;
    struct entry e;
    struct message bad = sample_message(), good = over(&e);
    struct got got = make(WEBHOOK_TELEGRAM, NULL, "1", &bad);
    assert_true(json_is_false(json_object_get(got.body, "disable_notification")));
    drop(&got);
    got = make(WEBHOOK_TELEGRAM, NULL, "1", &good);
    assert_true(json_is_true(json_object_get(got.body, "disable_notification")));
    drop(&got);
    got = make(WEBHOOK_MATRIX, "https://m.example", "!a:b", &bad);
    assert_string_equal(text_of(got.body, "msgtype"), "m.text");
    assert_int_equal(json_object_size(json_object_get(got.body, "m.mentions")), 0);
    assert_non_null(json_object_get(got.body, "m.mentions"));
    drop(&got);
    got = make(WEBHOOK_MATRIX, "https://m.example", "!a:b", &good);
    assert_string_equal(text_of(got.body, "msgtype"), "m.notice");
    drop(&got);
    got = make(WEBHOOK_DISCORD, url, NULL, &bad);
    assert_int_equal(number_of(got.body, "flags"), 4); /* no previews of outside links */
    drop(&got);
    got = make(WEBHOOK_DISCORD, url, NULL, &good);
    assert_int_equal(number_of(got.body, "flags"), 4 | 4096);
    drop(&got);
    got = make(WEBHOOK_GOTIFY, "https://g.example", NULL, &bad);
    assert_int_equal(number_of(got.body, "priority"), 8);
    drop(&got);
    got = make(WEBHOOK_GOTIFY, "https://g.example", NULL, &good);
    assert_true(number_of(got.body, "priority") <= 3);
    drop(&got);
}

static void outside_text_is_only_text(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct entry e = m.entries[0];
    e.list = "<!channel> @channel /@all x@example.org [a](https://evil.example) `x` _it_ #h";
    e.advice =
        "<https://evil.example|good.example> <users/all> *bold* ~s~ see https://a.example/_x_#y";
    m.entries = &e;
    m.entry_count = 1;
    struct got got = make(WEBHOOK_MATTERMOST, url, NULL, &m);
    const char *text = text_of(got.body, "text");
    assert_null(strchr(text, '<'));
    assert_null(strstr(text, " @channel"));
    assert_null(strstr(text, "/@all"));
    assert_non_null(strstr(text, "x@example.org")); /* an address stays one */
    assert_null(strstr(text, " [a]("));
    assert_null(strstr(text, " _it"));
    assert_non_null(strstr(text, "https://a.example/_x_#y"));
    drop(&got);

    got = make(WEBHOOK_GOOGLE_CHAT, url, NULL, &m);
    text = text_of(got.body, "text");
    assert_null(strchr(text, '<'));
    assert_null(strchr(text, '*'));
    assert_null(strchr(text, '`'));
    assert_non_null(strstr(text, "https://a.example/_x_#y"));
    drop(&got);
}

static void a_token_that_is_none_holds_the_channel_unseen(void **state)
{
    (void)state;
    static const char *const tokens[] = {"SECRET",      "123:",    "123:a/../b", ":abc",
                                         "123:abc?x=y", "12a:abc", "bot123:abc", "123:a%2fb"};
    struct message m = sample_message();
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct conf_channel c = {.format = WEBHOOK_TELEGRAM,
                                 .room = (char *)"1",
                                 .token = {.text = (char *)tokens[i], .wanted = true}};
        struct webhook_bodies b;
        struct error err = {0};
        assert_false(webhook_bodies(&c, &m, &b, &err));
        assert_int_equal(err.class, ERR_CONFIG); /* which the channel takes for HELD */
        assert_null(strstr(err.text, tokens[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_address),
        cmocka_unit_test(each_text_fits_and_says_how_much_was_left_out),
        cmocka_unit_test(telegram_gets_its_chat_and_topic_and_no_markup),
        cmocka_unit_test(what_is_over_makes_no_sound),
        cmocka_unit_test(outside_text_is_only_text),
        cmocka_unit_test(a_token_that_is_none_holds_the_channel_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
