/* SPDX-License-Identifier: ISC */
/* Telegram Bot API: sendMessage. Without parse_mode its text has no markup. */
#include "webhook_services.h"
#include "webhook_text.h"

#include "alert/channel_parts.h"
#include "repmon/url.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096 /* characters allowed: we count bytes */

/* NUMBER:LETTERS, as BotFather gives it; anything else would lead to another path. */
static bool webhook_is_bot_token(const char *s)
{
    static const char digits[] = "0123456789";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-";
    size_t number = strspn(s, digits);
    if (number == 0 || s[number] != ':')
        return false;
    const char *rest = s + number + 1;
    return *rest && strspn(rest, letters) == strlen(rest);
}

/* "-1001234567890", "@channel", and "/TOPIC" after either; conf_webhook.c checked it. */
static void webhook_add_chat(json_t *o, const char *room)
{
    const char *slash = strchr(room, '/');
    char *chat = mem_ndup(room, slash ? (size_t)(slash - room) : strlen(room));
    json_object_set_new(o, "chat_id",
                        *chat == '@' ? json_string(chat) : json_integer(strtoll(chat, NULL, 10)));
    if (slash)
        json_object_set_new(o, "message_thread_id", json_integer(strtoll(slash + 1, NULL, 10)));
    free(chat);
}

/* https://api.telegram.org/botTOKEN/METHOD */
static bool webhook_add_method(const struct conf_channel *conf, const char *method,
                               struct webhook_bodies *out, struct error *err)
{
    struct buf path;
    if (!conf->token.text || !webhook_is_bot_token(conf->token.text))
        return error_set(err, ERR_CONFIG,
                         "telegram needs a token_file with the bot's token, NUMBER:LETTERS");
    if (!conf->room)
        return error_set(err, ERR_CONFIG, "telegram needs room, the number of a chat");
    buf_init(&path, LIMIT_SECRET + 64);
    buf_fmt(&path, "/bot%s/%s", conf->token.text, method);
    webhook_bodies_path(out, buf_text(&path));
    explicit_bzero(path.data, path.cap);
    buf_fini(&path);
    return true;
}

static bool webhook_telegram_make(const struct conf_channel *conf, const struct message *m,
                                  struct webhook_bodies *out, struct error *err)
{
    struct buf text;
    if (!webhook_add_method(conf, "sendMessage", out, err))
        return false;
    buf_init(&text, 64 * 1024);
    webhook_text(m, NULL, TEXT_MAX, true, &text);
    json_t *o =
        json_pack("{s:o,s:b,s:{s:b}}", "text", webhook_json_text(&text), "disable_notification",
                  webhook_is_calm(m), "link_preview_options", "is_disabled", 1);
    webhook_add_chat(o, conf->room);
    buf_fini(&text);
    return webhook_bodies_add(out, o, err);
}

/* The descriptions of a 400: a few are about the message, all others about the configuration. */
static const struct webhook_refusal bad_requests[] = {
    {"message is too long", DELIVERY_FAILED, "this message is too long for Telegram"},
    {"text is empty", DELIVERY_FAILED, "this message is empty for Telegram"},
    {"can't parse entities", DELIVERY_FAILED, "Telegram can't read this message"},
    {"encoded in UTF-8", DELIVERY_FAILED, "Telegram can't read this message"},
    {"chat not found", DELIVERY_HELD,
     "Telegram does not know this chat, or the bot was never in it: add the bot, and check room"},
    {"thread not found", DELIVERY_HELD, "Telegram does not know this topic: check room"},
    {"TOPIC_", DELIVERY_HELD, "the topic in Telegram is closed or deleted: check room"},
    {"rights", DELIVERY_HELD, "the bot may not write in the chat: give it the right to"},
    {"FORBIDDEN", DELIVERY_HELD, "the bot may not write in the chat: give it the right to"},
    {"RESTRICTED", DELIVERY_HELD, "the bot may not write in the chat: give it the right to"},
    {"", DELIVERY_HELD,
     "Telegram does not let the bot write there: check room, and the bot's rights in the chat"},
    {NULL, 0, NULL},
};

static const struct webhook_refusal forbidden[] = {
    {"blocked by the user", DELIVERY_HELD, "the user blocked the bot: unblock it in Telegram"},
    {"initiate conversation", DELIVERY_HELD,
     "a bot can't start a chat: write to it in Telegram first"},
    {"", DELIVERY_HELD, "the bot was removed from the chat: add it again, or correct room"},
    {NULL, 0, NULL},
};

static const struct webhook_refusal no_bot[] = {
    {"", DELIVERY_HELD,
     "Telegram does not know this bot token: put the token from BotFather into token_file"},
    {NULL, 0, NULL},
};

static void webhook_telegram_refused(int status, const json_t *body, struct delivery *out)
{
    const char *words = json_string_value(json_object_get(body, "description"));
    const json_t *parameters = json_object_get(body, "parameters");
    json_int_t moved = json_integer_value(json_object_get(parameters, "migrate_to_chat_id"));
    if (moved)
        delivery_set(out, DELIVERY_HELD, status,
                     "the group became a supergroup, which has another number: room = %lld",
                     (long long)moved);
    else if (status == 400)
        webhook_refused(bad_requests, words, out);
    else if (status == 401 || status == 404)
        webhook_refused(no_bot, words, out);
    else if (status == 403)
        webhook_refused(forbidden, words, out);
    webhook_wait(out, json_integer_value(json_object_get(parameters, "retry_after")));
}

/* Bot and chat are right when it may look at the chat. */
static bool webhook_telegram_probe(const struct conf_channel *conf, struct webhook_bodies *out,
                                   struct error *err)
{
    if (!webhook_add_method(conf, "getChat", out, err))
        return false;
    struct buf query;
    char *chat = mem_ndup(conf->room, strcspn(conf->room, "/"));
    buf_init(&query, 512);
    buf_str(&query, "chat_id=");
    url_escape(&query, chat);
    webhook_bodies_query(out, buf_text(&query));
    buf_fini(&query);
    free(chat);
    return true;
}

const struct webhook_service service_telegram = {
    .name = "Telegram",
    .default_url = "https://api.telegram.org",
    .token_header = "",
    .make = webhook_telegram_make,
    .refused = webhook_telegram_refused,
    .probe = webhook_telegram_probe,
};
