/* SPDX-License-Identifier: ISC */
#include "webhook_answer.h"

#include "alert/channel_parts.h"

#include <string.h>

static const struct {
    int first, last;
    const char *text;
} statuses[] = {
    {300, 399, "a redirect, which is never followed: configure the URL it leads to"},
    {400, 400, "the receiver can't read this message"},
    {401, 401, "the receiver does not accept the credentials"},
    {403, 403, "the receiver forbids it: the token or the URL was revoked"},
    {404, 404, "the receiver does not know this URL: create a new one and configure it"},
    {408, 408, "the receiver timed out waiting for the request"},
    {410, 410, "the URL is gone for good: create a new one and configure it"},
    {413, 413, "this message is too large for the receiver"},
    {415, 415, "the receiver does not accept this format"},
    {422, 422, "the receiver does not accept this message"},
    {429, 429, "the receiver asks for fewer requests"},
    {400, 499, "the receiver refuses"},
    {500, 599, "the receiver has an internal error"},
};

static const char *webhook_status_text(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (status >= statuses[i].first && status <= statuses[i].last)
            return statuses[i].text;
    }
    return "";
}

/* Only what a person has to change holds the channel. */
static enum delivery_outcome webhook_without_status(enum reply_how how)
{
    bool ours = how == REPLY_TLS || how == REPLY_NOT_TLS || how == REPLY_TLS_VERSION;
    return ours ? DELIVERY_HELD : DELIVERY_DEFERRED;
}

/* Slack and similar services answer with one word ("channel_not_found"). */
static const char *webhook_one_word(const struct webhook_answer *a)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    const char *s = buf_text(a->body);
    size_t len = a->body->len;
    bool safe = len > 0 && len <= 40 && strspn(s, letters) == len && !strstr(a->url, s);
    return safe ? s : "";
}

static void webhook_by_status(int status, const char *word, struct delivery *out)
{
    enum delivery_outcome outcome = delivery_of_http(status);
    if (outcome == DELIVERY_SENT)
        delivery_set(out, outcome, status, "%s", "");
    else
        delivery_set(out, outcome, status, "%s (HTTP %d%s%s)", webhook_status_text(status), status,
                     word[0] ? " " : "", word);
}

/* The error status in the body of a success: {"ok":false,"error_code":429} of Telegram and similar
 * services; 0: there is none. */
static int webhook_taken_back(const json_t *body)
{
    static const char *const codes[] = {"error_code", "errorCode", "status_code"};
    const json_t *error = json_object_get(body, "error");
    bool says_no = json_is_false(json_object_get(body, "ok")) || json_is_string(error) ||
                   json_is_object(error) || json_is_string(json_object_get(body, "errcode"));
    for (size_t i = 0; says_no && i < sizeof codes / sizeof codes[0]; i++) {
        json_int_t code = json_integer_value(json_object_get(body, codes[i]));
        if (code >= 300 && code < 600)
            return (int)code;
    }
    return says_no ? -1 : 0;
}

static bool webhook_is_web_page(const struct webhook_answer *a)
{
    const char *s = buf_text(a->body);
    return strcmp(a->response->content_type, "text/html") == 0 || s[strspn(s, " \t\r\n")] == '<';
}

/* A proxy's login page, or the web interface of the service itself, answers 200 to anything. */
static void webhook_doubt_success(const struct webhook_service *service,
                                  const struct webhook_answer *a, const json_t *body,
                                  struct delivery *out)
{
    int status = webhook_taken_back(body);
    if (status > 0)
        webhook_by_status(status, "", out);
    else if (status < 0)
        delivery_set(out, DELIVERY_HELD, out->code, "%s answers that it did not accept the message",
                     service->name);
    else if (webhook_is_web_page(a))
        delivery_set(out, DELIVERY_HELD, out->code,
                     "a web page answered, not %s: check url, and whether it needs a login",
                     service->name);
}

void webhook_answer(const struct webhook_service *service, const struct webhook_answer *a,
                    struct delivery *out)
{
    /* The status decides as soon as it came: a body that broke off changes nothing. */
    if (a->response->status < 200) {
        delivery_set(out, webhook_without_status(a->how), 0, "%s",
                     a->how == REPLY_ANSWERED ? "the receiver's answer has no final HTTP status"
                                              : reply_how_word(a->how));
        return;
    }
    json_t *body = a->how == REPLY_ANSWERED
                       ? json_loadb(buf_text(a->body), a->body->len, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    const char *word = webhook_one_word(a);
    if (!body && *word)
        body = json_string(word);
    webhook_by_status(a->response->status, word, out);
    webhook_wait(out, a->response->retry_after_s);
    if (out->outcome == DELIVERY_SENT && a->how == REPLY_ANSWERED && !service->any_answer)
        webhook_doubt_success(service, a, body, out);
    if (out->outcome != DELIVERY_SENT && service->refused)
        service->refused(out->code, body, out);
    json_decref(body);
}
