/* SPDX-License-Identifier: ISC */
/* What each service answers, in the shapes that it documents, and what becomes of the message. */
#include "unit.h"

#include "alert/webhook/webhook_answer.h"

#define S DELIVERY_SENT
#define L DELIVERY_DEFERRED
#define H DELIVERY_HELD
#define D DELIVERY_FAILED

struct row {
    enum webhook_format format;
    int status;
    const char *body;
    enum delivery_outcome want;
    int64_t wait;
    const char *reason; /* part of it */
};

static struct delivery answered(enum webhook_format format, enum reply_how how, int status,
                                const char *type, const char *text)
{
    struct delivery out = {0};
    struct buf body;
    const struct http_response response = {
        .status = status, .content_type = type, .retry_after_s = -1};
    buf_init(&body, 65536);
    buf_str(&body, text);
    const struct webhook_answer answer = {how, &response, &body, "https://chat.example/SECRET"};
    webhook_answer(webhook_service_of(format), &answer, &out);
    buf_fini(&body);
    return out;
}

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *r = &rows[i];
        struct delivery d =
            answered(r->format, REPLY_ANSWERED, r->status, "application/json", r->body);
        if (d.outcome != r->want || d.retry_after_s != r->wait || !strstr(d.reason, r->reason) ||
            (r->want == S) != !d.reason[0])
            fail_msg("row %zu: %s, after %lld s: \"%s\"", i + 1, delivery_word(d.outcome),
                     (long long)d.retry_after_s, d.reason);
    }
}

#define BAD(text) "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: " text "\"}"

static void telegram_holds_what_the_configuration_must_cure(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WEBHOOK_TELEGRAM, 200, "{\"ok\":true,\"result\":{\"message_id\":7}}", S, 0, ""},
        {WEBHOOK_TELEGRAM, 200, "{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden\"}",
         H, 0, "add it again"},
        {WEBHOOK_TELEGRAM, 200, "{\"ok\":false}", H, 0, "did not accept the message"},
        {WEBHOOK_TELEGRAM, 400, BAD("message is too long"), D, 0, "too long"},
        {WEBHOOK_TELEGRAM, 400, BAD("can't parse entities: x"), D, 0, "can't read"},
        {WEBHOOK_TELEGRAM, 400, BAD("message text is empty"), D, 0, "empty"},
        {WEBHOOK_TELEGRAM, 400, BAD("chat not found"), H, 0, "check room"},
        {WEBHOOK_TELEGRAM, 400, BAD("message thread not found"), H, 0, "not know this topic"},
        {WEBHOOK_TELEGRAM, 400, BAD("TOPIC_CLOSED"), H, 0, "closed"},
        {WEBHOOK_TELEGRAM, 400, BAD("not enough rights to send text messages to the chat"), H, 0,
         "the right to"},
        {WEBHOOK_TELEGRAM, 400,
         "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded "
         "to a supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":-1001234567890}}",
         H, 0, "room = -1001234567890"},
        {WEBHOOK_TELEGRAM, 401,
         "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}", H, 0, "BotFather"},
        {WEBHOOK_TELEGRAM, 404, "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}",
         H, 0, "BotFather"},
        {WEBHOOK_TELEGRAM, 403,
         "{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was kicked from the "
         "supergroup chat\"}",
         H, 0, "add it again"},
        {WEBHOOK_TELEGRAM, 403,
         "{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was blocked by the "
         "user\"}",
         H, 0, "unblock"},
        {WEBHOOK_TELEGRAM, 429,
         "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after 35\","
         "\"parameters\":{\"retry_after\":35}}",
         L, 35, "fewer requests"},
        {WEBHOOK_TELEGRAM, 502, "{\"ok\":false,\"error_code\":502,\"description\":\"Bad Gateway\"}",
         L, 0, "internal error"},
        {WEBHOOK_TELEGRAM, 400, BAD("something new"), H, 0, "check room"},
        {WEBHOOK_TELEGRAM, 400, "not JSON", D, 0, "can't read"},
    };
    check(rows, COUNT(rows));
}

#define MATRIX(code) "{\"errcode\":\"" code "\",\"error\":\"No!\"}"

static void matrix_is_read_by_its_errcode(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WEBHOOK_MATRIX, 200, "{\"event_id\":\"$YUwRidLecu:example.com\"}", S, 0, ""},
        {WEBHOOK_MATRIX, 200, MATRIX("M_UNKNOWN"), H, 0, "did not accept"},
        {WEBHOOK_MATRIX, 401, MATRIX("M_UNKNOWN_TOKEN"), H, 0, "token_file"},
        {WEBHOOK_MATRIX, 401, MATRIX("M_MISSING_TOKEN"), H, 0, "token_file"},
        {WEBHOOK_MATRIX, 403, MATRIX("M_FORBIDDEN"), H, 0, "not in the room"},
        {WEBHOOK_MATRIX, 403, MATRIX("M_USER_DEACTIVATED"), H, 0, "deactivated"},
        {WEBHOOK_MATRIX, 404, MATRIX("M_NOT_FOUND"), H, 0, "not know this room"},
        {WEBHOOK_MATRIX, 404, MATRIX("M_UNRECOGNIZED"), H, 0, "no Matrix homeserver"},
        {WEBHOOK_MATRIX, 400, MATRIX("M_INVALID_PARAM"), H, 0, "check room"},
        {WEBHOOK_MATRIX, 400, MATRIX("M_BAD_JSON"), D, 0, "can't read"},
        {WEBHOOK_MATRIX, 413, MATRIX("M_TOO_LARGE"), D, 0, "too large"},
        {WEBHOOK_MATRIX, 429,
         "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"Too many\",\"retry_after_ms\":2500}", L, 3,
         "fewer requests"},
        {WEBHOOK_MATRIX, 502, "<html>bad gateway</html>", L, 0, "internal error"},
    };
    check(rows, COUNT(rows));
}

static void gotify_mattermost_and_google_chat_are_read_in_their_words(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WEBHOOK_GOTIFY, 200, "{\"id\":25,\"appid\":5,\"message\":\"x\",\"priority\":2}", S, 0, ""},
        {WEBHOOK_GOTIFY, 401,
         "{\"error\":\"Unauthorized\",\"errorCode\":401,\"errorDescription\":\"you need to provide "
         "a valid access token\"}",
         H, 0, "not of a client"},
        {WEBHOOK_GOTIFY, 403, "{\"error\":\"Forbidden\",\"errorCode\":403}", H, 0, "application"},
        {WEBHOOK_GOTIFY, 400, "{\"error\":\"Bad Request\",\"errorCode\":400}", D, 0, "can't read"},
        {WEBHOOK_GOTIFY, 404, "{\"error\":\"Not Found\",\"errorCode\":404}", H, 0, "this URL"},
        {WEBHOOK_GOTIFY, 200, "{\"error\":\"Unauthorized\",\"errorCode\":401}", H, 0, "token_file"},

        {WEBHOOK_MATTERMOST, 200, "ok", S, 0, ""},
        {WEBHOOK_MATTERMOST, 400,
         "{\"id\":\"web.incoming_webhook.invalid.app_error\",\"message\":\"Invalid webhook.\","
         "\"status_code\":400}",
         H, 0, "not know this webhook"},
        {WEBHOOK_MATTERMOST, 501,
         "{\"id\":\"web.incoming_webhook.disabled.app_error\",\"status_code\":501}", H, 0,
         "switched off"},
        {WEBHOOK_MATTERMOST, 403,
         "{\"id\":\"web.incoming_webhook.channel_locked.app_error\",\"status_code\":403}", H, 0,
         "locked"},
        {WEBHOOK_MATTERMOST, 404,
         "{\"id\":\"app.channel.get.existing.app_error\",\"status_code\":404}", H, 0,
         "no longer exists"},
        {WEBHOOK_MATTERMOST, 400,
         "{\"id\":\"web.incoming_webhook.parse.app_error\",\"status_code\":400}", D, 0,
         "can't read"},
        {WEBHOOK_MATTERMOST, 400,
         "{\"id\":\"web.incoming_webhook.text.app_error\",\"status_code\":400}", D, 0,
         "does not accept"},
        {WEBHOOK_MATTERMOST, 500, "{\"id\":\"app.post.save.app_error\"}", L, 0, "internal error"},

        {WEBHOOK_GOOGLE_CHAT, 200, "{\"name\":\"spaces/A/messages/B\",\"text\":\"x\"}", S, 0, ""},
        {WEBHOOK_GOOGLE_CHAT, 400,
         "{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API "
         "key.\",\"status\":\"INVALID_ARGUMENT\"}}",
         H, 0, "the key in the URL"},
        {WEBHOOK_GOOGLE_CHAT, 400,
         "{\"error\":{\"code\":400,\"message\":\"Message cannot be empty. Discarding empty create "
         "message request in spaces/AAAA.\",\"status\":\"INVALID_ARGUMENT\"}}",
         D, 0, "empty"},
        {WEBHOOK_GOOGLE_CHAT, 400, "{\"error\":{\"code\":400,\"message\":\"Something else\"}}", D,
         0, "can't read"},
        {WEBHOOK_GOOGLE_CHAT, 404,
         "{\"error\":{\"code\":404,\"message\":\"Requested entity was not found.\"}}", H, 0,
         "new one in Google"},
        {WEBHOOK_GOOGLE_CHAT, 429, "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}",
         L, 0, "fewer requests"},
        {WEBHOOK_SLACK, 200, "ok", S, 0, ""},
        {WEBHOOK_SLACK, 400, "invalid_payload", D, 0, "(HTTP 400 invalid_payload)"},
        {WEBHOOK_SLACK, 400, "user_not_found", H, 0, "has left Slack"},
        {WEBHOOK_SLACK, 404, "channel_not_found", H, 0, "channel_not_found"},
        {WEBHOOK_PAGERDUTY, 202, "{\"status\":\"success\",\"message\":\"Event processed\"}", S, 0,
         ""},
        {WEBHOOK_PAGERDUTY, 400,
         "{\"status\":\"invalid event\",\"message\":\"Event object is "
         "invalid\",\"errors\":[\"Length "
         "of 'routing_key' is incorrect (should be 32 characters)\"]}",
         H, 0, "routing_key_file"},
        {WEBHOOK_PAGERDUTY, 400,
         "{\"status\":\"invalid event\",\"errors\":[\"'severity' is bad\"]}", D, 0, "can't read"},
        {WEBHOOK_SLACK, 200, "{\"ok\":false,\"error\":\"invalid_auth\"}", H, 0, "did not accept"},
        {WEBHOOK_DISCORD, 200, "{\"id\":\"1\",\"content\":\"x\"}", S, 0, ""},
        {WEBHOOK_REPMON, 200, "{\"ok\":false}", S, 0, ""}, /* its receiver may say what it likes */
        {WEBHOOK_TEAMS, 202, "", S, 0, ""},
    };
    check(rows, COUNT(rows));
}

static void a_web_page_takes_no_message(void **state)
{
    (void)state;
    for (int f = 0; f < WEBHOOK_FORMAT_COUNT; f++) {
        enum delivery_outcome want = f == WEBHOOK_REPMON ? S : H;
        struct delivery d =
            answered((enum webhook_format)f, REPLY_ANSWERED, 200, "text/html", "Please log in");
        assert_int_equal(d.outcome, want);
        d = answered((enum webhook_format)f, REPLY_ANSWERED, 200, "", "\n<!doctype html><p>Hi");
        assert_int_equal(d.outcome, want);
        assert_true(want == S || strstr(d.reason, "a web page answered"));
        /* What broke off shows nothing: its status counts. */
        d = answered((enum webhook_format)f, REPLY_TIMEOUT, 200, "text/html", "<html>");
        assert_int_equal(d.outcome, S);
    }
}

static void what_a_service_says_is_never_repeated(void **state)
{
    (void)state;
    static const char text[] =
        "{\"ok\":false,\"description\":\"chat not found SECRET\",\"errcode\":\"M_FORBIDDEN "
        "SECRET\",\"error\":\"SECRET\",\"id\":\"web.incoming_webhook.user SECRET\"}";
    for (int f = 0; f < WEBHOOK_FORMAT_COUNT; f++) {
        for (int status = 200; status < 600; status++) {
            struct delivery d = answered((enum webhook_format)f, REPLY_ANSWERED, status, "", text);
            assert_null(strstr(d.reason, "SECRET"));
            assert_true((d.outcome == S) == !d.reason[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(telegram_holds_what_the_configuration_must_cure),
        cmocka_unit_test(matrix_is_read_by_its_errcode),
        cmocka_unit_test(gotify_mattermost_and_google_chat_are_read_in_their_words),
        cmocka_unit_test(a_web_page_takes_no_message),
        cmocka_unit_test(what_a_service_says_is_never_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
