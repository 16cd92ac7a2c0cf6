/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "alert/webhook/webhook_body.h"

#include "sample_message.h"

#include <jansson.h>

#define FORMATS WEBHOOK_FORMAT_COUNT

static char url[] = "https://hooks.example/services/T0/SECRET";
static char key[] = "0123456789abcdef0123456789abcdef";
static char token[] = "123456:AAbot-t0ken_", telegram_chat[] = "-1001234567890";
static char matrix_room[] = "!r00m:example.org";

static struct conf_channel channel(enum webhook_format format)
{
    return (struct conf_channel){.word = "webhook",
                                 .name = (char *)"chat",
                                 .format = format,
                                 .url = {.text = url, .wanted = true},
                                 .routing_key = {.text = key, .wanted = true},
                                 .token = {.text = token, .wanted = true},
                                 .room = format == WEBHOOK_MATRIX ? matrix_room : telegram_chat};
}

static json_t *body(enum webhook_format format, const struct message *m)
{
    struct conf_channel c = channel(format);
    struct webhook_bodies b;
    struct error err = {0};
    assert_true(webhook_bodies(&c, m, &b, &err));
    assert_int_equal(b.count, 1);
    json_t *o = json_loads(b.items[0], JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    webhook_bodies_fini(&b);
    return o;
}

/* The examples of the Standard Webhooks specification and its libraries. */
static void signatures_match_the_published_vector(void **state)
{
    (void)state;
    static const char payload[] = "{\"test\": 2432232314}";
    struct buf b;
    struct error err = {0};
    buf_init(&b, 200);
    assert_true(webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                             "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, payload, strlen(payload),
                             &b, &err));
    assert_string_equal(buf_text(&b), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    buf_clear(&b);
    assert_false(webhook_sign("whsec_not base64", "a", 1, "", 0, &b, &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_false(webhook_sign("hunter2 hunter2", "a", 1, "", 0, &b, &err));
    assert_false(webhook_sign("whsec_", "a", 1, "", 0, &b, &err));
    buf_fini(&b);
}

static void a_signing_secret_is_base64_with_or_without_its_prefix_and_padding(void **state)
{
    static const char *const same[] = {"whsec_aHVudGVyMg==", "aHVudGVyMg==", "aHVudGVyMg",
                                       "whsec_aHVudGVyMg"};
    struct buf first, b;
    (void)state;
    buf_init(&first, 200);
    buf_init(&b, 200);
    assert_true(webhook_sign(same[0], "a", 1, "x", 1, &first, NULL));
    for (size_t i = 1; i < sizeof same / sizeof same[0]; i++) {
        buf_clear(&b);
        assert_true(webhook_sign(same[i], "a", 1, "x", 1, &b, NULL));
        assert_string_equal(buf_text(&b), buf_text(&first));
    }
    buf_fini(&first);
    buf_fini(&b);
}

static void a_body_that_cannot_be_made_holds_the_channel(void **state)
{
    static const struct {
        enum webhook_format format;
        char *key, *url;
    } cases[] = {
        {WEBHOOK_PAGERDUTY, "R0\xff", "https://events.example/"},
        {WEBHOOK_PAGERDUTY, "\xc3", "https://events.example/"},
        {WEBHOOK_NTFY, NULL, "https://ntfy.example/caf\xe9"},
    };
    struct message m = sample_flood();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf_channel c = channel(cases[i].format);
        struct webhook_bodies b;
        struct error err = {0};
        c.routing_key.text = cases[i].key;
        c.url.text = cases[i].url;
        assert_false(webhook_bodies(&c, &m, &b, &err));
        assert_int_equal(err.class, ERR_CONFIG); /* which webhook.c takes for HELD */
    }
}

static void every_format_stays_small_however_much_is_listed(void **state)
{
    (void)state;
    struct message m = sample_flood();
    for (int f = 0; f < FORMATS; f++) {
        struct conf_channel c = channel((enum webhook_format)f);
        struct webhook_bodies b;
        struct error err = {0};
        assert_true(webhook_bodies(&c, &m, &b, &err));
        assert_true(b.count >= 1);
        for (size_t i = 0; i < b.count; i++) {
            assert_true(strlen(b.items[i]) > 100);
            assert_true(strlen(b.items[i]) < WEBHOOK_BODY_MAX);
            if (f != WEBHOOK_NTFY) /* there it is the topic, which goes to nobody else */
                assert_null(strstr(b.items[i], "SECRET"));
        }
        webhook_bodies_fini(&b);
    }
}

static const char *at(json_t *o, const char *key_name)
{
    const char *s = json_string_value(json_object_get(o, key_name));
    assert_non_null(s);
    return s;
}

/* Mentions, links under other words, tags: one message that tries them all. */
static struct message hostile(struct entry *e)
{
    struct message m = sample_message();
    *e = m.entries[0];
    e->list = "<!channel> @everyone [a](https://evil.example) & `x` <script>";
    e->advice = "<https://evil.example|good.example> *bold* ~s~ |t|";
    m.entries = e;
    m.entry_count = 1;
    return m;
}

static void slack_gets_one_text_with_its_three_escapes(void **state)
{
    (void)state;
    struct entry e;
    struct message m = hostile(&e);
    json_t *o = body(WEBHOOK_SLACK, &m);
    const char *text = at(o, "text");
    assert_non_null(strstr(text, "LISTED (critical) mx1.example.org 203.0.113.5"));
    assert_non_null(strstr(text, "&lt;!channel&gt;"));
    assert_null(strchr(text, '<'));
    assert_null(strchr(text, '>'));
    assert_true(json_is_false(json_object_get(o, "mrkdwn")));
    json_decref(o);
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void discord_gets_2000_characters_and_mentions_nobody(void **state)
{
    (void)state;
    struct entry e;
    struct message samples[] = {hostile(&e), sample_flood()};
    for (size_t i = 0; i < COUNT(samples); i++) {
        json_t *o = body(WEBHOOK_DISCORD, &samples[i]);
        const char *text = at(o, "content");
        assert_true(characters(text) <= WEBHOOK_DISCORD_MAX);
        assert_null(strstr(text, "[a]("));
        const json_t *parse = json_object_get(json_object_get(o, "allowed_mentions"), "parse");
        assert_true(json_is_array(parse));
        assert_int_equal(json_array_size(parse), 0);
        json_decref(o);
    }
    struct conf_channel c = channel(WEBHOOK_DISCORD);
    struct webhook_bodies b;
    assert_true(webhook_bodies(&c, &samples[0], &b, NULL));
    assert_string_equal(b.url, "https://hooks.example/services/T0/SECRET?wait=true");
    webhook_bodies_fini(&b);
    c.url.text = (char *)"https://discord.example/x?thread_id=5";
    assert_true(webhook_bodies(&c, &samples[0], &b, NULL));
    assert_string_equal(b.url, "https://discord.example/x?thread_id=5&wait=true");
    webhook_bodies_fini(&b);
}

static void teams_gets_an_adaptive_card(void **state)
{
    (void)state;
    struct entry e;
    struct message m = hostile(&e);
    json_t *o = body(WEBHOOK_TEAMS, &m);
    assert_string_equal(at(o, "type"), "message");
    json_t *attachment = json_array_get(json_object_get(o, "attachments"), 0);
    assert_string_equal(at(attachment, "contentType"), "application/vnd.microsoft.card.adaptive");
    assert_true(json_is_null(json_object_get(attachment, "contentUrl")));
    json_t *card = json_object_get(attachment, "content");
    assert_string_equal(at(card, "type"), "AdaptiveCard");
    assert_string_equal(at(card, "version"), "1.4");
    assert_string_equal(at(card, "$schema"), "http://adaptivecards.io/schemas/adaptive-card.json");
    json_t *blocks = json_object_get(card, "body");
    assert_true(json_array_size(blocks) >= 3);
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        json_t *block = json_array_get(blocks, i);
        assert_string_equal(at(block, "type"), "TextBlock");
        assert_true(json_is_true(json_object_get(block, "wrap")));
        assert_null(strstr(at(block, "text"), "[a]("));
    }
    json_decref(o);
}

static void ntfy_gets_its_topic_in_the_body_and_the_root_as_address(void **state)
{
    (void)state;
    struct message m = sample_flood();
    json_t *o = body(WEBHOOK_NTFY, &m);
    assert_string_equal(at(o, "topic"), "SECRET");
    assert_true(strlen(at(o, "message")) <= WEBHOOK_NTFY_MAX);
    assert_non_null(strstr(at(o, "title"), "LISTED"));
    assert_int_equal(json_integer_value(json_object_get(o, "priority")), 4);
    json_decref(o);
    static const struct {
        const char *url, *root, *topic; /* root NULL: refused */
    } rows[] = {
        {"https://ntfy.sh/alerts", "https://ntfy.sh/", "alerts"},
        {"https://ntfy.sh/alerts?auth=x", "https://ntfy.sh/?auth=x", "alerts"},
        {"https://h.example/sub/alerts", "https://h.example/sub/", "alerts"},
        {"https://ntfy.sh/", NULL, NULL},
        {"https://ntfy.sh", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conf_channel c = channel(WEBHOOK_NTFY);
        struct webhook_bodies b;
        struct error err = {0};
        c.url.text = (char *)rows[i].url;
        bool ok = webhook_bodies(&c, &m, &b, &err);
        assert_int_equal(ok, rows[i].root != NULL);
        if (!ok) {
            assert_int_equal(err.class, ERR_CONFIG);
            continue;
        }
        assert_string_equal(b.url, rows[i].root);
        json_t *got = json_loads(b.items[0], 0, NULL);
        assert_string_equal(at(got, "topic"), rows[i].topic);
        json_decref(got);
        webhook_bodies_fini(&b);
    }
}

static void good_news_does_not_ring(void **state)
{
    (void)state;
    struct message m = sample_message();
    static const struct {
        size_t first; /* entry of the sample that is told alone */
        int priority;
        const char *tag;
    } rows[] = {{0, 4, "rotating_light"}, {2, 2, "information_source"}, {3, 3, "warning"}};
    const struct entry *entries = m.entries;
    m.entry_count = 1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        m.entries = entries + rows[i].first;
        json_t *o = body(WEBHOOK_NTFY, &m);
        assert_int_equal(json_integer_value(json_object_get(o, "priority")), rows[i].priority);
        const json_t *tags = json_object_get(o, "tags");
        assert_string_equal(json_string_value(json_array_get(tags, 0)), rows[i].tag);
        json_decref(o);
    }
}

static void pagerduty_opens_one_incident_a_list_and_closes_it_when_nothing_is_left(void **state)
{
    (void)state;
    struct message m = sample_message();
    static const char *const closed[] = {"bl.spamcop.net"};
    m.closed = closed;
    m.closed_count = 1;
    struct conf_channel c = channel(WEBHOOK_PAGERDUTY);
    struct webhook_bodies b;
    struct error err = {0};
    assert_true(webhook_bodies(&c, &m, &b, &err));
    static const struct {
        const char *action, *dedup, *severity;
    } rows[] = {
        {"trigger", "repmon/mon1/zen.spamhaus.org", "critical"},
        {"trigger", "repmon/mon1/main/status", "critical"},
        {"trigger", "repmon/mon1/b.barracudacentral.org", "warning"},
        {"resolve", "repmon/mon1/bl.spamcop.net", NULL},
    };
    assert_int_equal(b.count, COUNT(rows));
    for (size_t i = 0; i < b.count; i++) {
        json_t *o = json_loads(b.items[i], 0, NULL);
        assert_string_equal(at(o, "routing_key"), key);
        assert_string_equal(at(o, "event_action"), rows[i].action);
        assert_string_equal(at(o, "dedup_key"), rows[i].dedup);
        json_t *payload = json_object_get(o, "payload");
        if (rows[i].severity) {
            assert_string_equal(at(payload, "severity"), rows[i].severity);
            assert_string_equal(at(payload, "source"), "mon1");
            assert_true(characters(at(payload, "summary")) <= 1024);
        } else {
            assert_null(payload);
        }
        json_decref(o);
    }
    webhook_bodies_fini(&b);
}

static void pagerduty_tells_long_keys_apart_and_keeps_to_the_limit(void **state)
{
    static const size_t lengths[] = {100, 243, 244, 245, 300, 400};
    char keys[2][WEBHOOK_KEY_MAX + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        for (size_t k = 0; k < 2; k++) {
            char list[512];
            memset(list, 'x', sizeof list);
            snprintf(list + lengths[i] - 1, 2, "%zu", k);
            struct message m = sample_message();
            const char *const closed[] = {list};
            m.entry_count = 0;
            m.closed = closed;
            m.closed_count = 1;
            struct conf_channel c = channel(WEBHOOK_PAGERDUTY);
            struct webhook_bodies b;
            struct error err = {0};
            assert_true(webhook_bodies(&c, &m, &b, &err));
            json_t *o = json_loads(b.items[0], 0, NULL);
            const char *dedup = at(o, "dedup_key");
            assert_true(strlen(dedup) <= WEBHOOK_KEY_MAX);
            if (lengths[i] <= WEBHOOK_KEY_MAX - strlen("repmon/mon1/"))
                assert_string_equal(dedup + strlen("repmon/mon1/"), list);
            snprintf(keys[k], sizeof keys[k], "%s", dedup);
            json_decref(o);
            webhook_bodies_fini(&b);
        }
        assert_string_not_equal(keys[0], keys[1]);
    }
}

/* Two entries of one list are one incident; one of several addresses gone is none. */
static void pagerduty_says_each_list_once(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct entry entries[3] = {m.entries[0], m.entries[0], m.entries[2]};
    entries[1].to = entries[1].severity_level = LEVEL_WARNING;
    m.entries = entries;
    m.entry_count = 3;
    struct conf_channel c = channel(WEBHOOK_PAGERDUTY);
    struct webhook_bodies b;
    assert_true(webhook_bodies(&c, &m, &b, NULL));
    assert_int_equal(b.count, 1);
    assert_non_null(strstr(b.items[0], "(+1)"));
    webhook_bodies_fini(&b);
    m.entries = entries + 2;
    m.entry_count = 1;
    assert_true(webhook_bodies(&c, &m, &b, NULL));
    assert_int_equal(b.count, 0);
    webhook_bodies_fini(&b);
}

static void what_is_missing_is_said_without_a_secret(void **state)
{
    (void)state;
    struct message m = sample_message();
    struct conf_channel c = channel(WEBHOOK_SLACK);
    struct webhook_bodies b;
    struct error err = {0};
    c.url.text = NULL;
    assert_false(webhook_bodies(&c, &m, &b, &err));
    assert_int_equal(err.class, ERR_CONFIG);
    c = channel(WEBHOOK_PAGERDUTY);
    c.routing_key.text = NULL;
    err = (struct error){0};
    assert_false(webhook_bodies(&c, &m, &b, &err));
    assert_null(strstr(err.text, "SECRET"));
    c = channel(WEBHOOK_PAGERDUTY);
    c.url = (struct secret){0};
    assert_true(webhook_bodies(&c, &m, &b, NULL));
    assert_string_equal(b.url, "https://events.pagerduty.com/v2/enqueue");
    webhook_bodies_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_match_the_published_vector),
        cmocka_unit_test(a_signing_secret_is_base64_with_or_without_its_prefix_and_padding),
        cmocka_unit_test(a_body_that_cannot_be_made_holds_the_channel),
        cmocka_unit_test(every_format_stays_small_however_much_is_listed),
        cmocka_unit_test(slack_gets_one_text_with_its_three_escapes),
        cmocka_unit_test(discord_gets_2000_characters_and_mentions_nobody),
        cmocka_unit_test(teams_gets_an_adaptive_card),
        cmocka_unit_test(ntfy_gets_its_topic_in_the_body_and_the_root_as_address),
        cmocka_unit_test(good_news_does_not_ring),
        cmocka_unit_test(pagerduty_opens_one_incident_a_list_and_closes_it_when_nothing_is_left),
        cmocka_unit_test(pagerduty_tells_long_keys_apart_and_keeps_to_the_limit),
        cmocka_unit_test(pagerduty_says_each_list_once),
        cmocka_unit_test(what_is_missing_is_said_without_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
