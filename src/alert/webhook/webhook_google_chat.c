/* SPDX-License-Identifier: ISC */
/* Google Chat: an incoming webhook of a space; key and token are part of its address. */
#include "webhook_services.h"
#include "webhook_text.h"

#define TEXT_MAX 4000 /* a message has 32,000 bytes; text is shown up to 4,096 characters */

/* Its markup has no escapes, so its characters are replaced by look-alikes: <…> makes links and
 * mentions (<users/all>), the others emphasis and code. */
static const struct escape escapes[] = {
    {'<', "\u2039", 0},
    {'>', "\u203a", 0},
    {'`', "'", 0},
    {'*', "\uff0a", 0},
    {'_', "\uff3f", ESCAPE_WORD_START},
    {'~', "\uff5e", ESCAPE_WORD_START},
    {0},
};

static bool webhook_google_chat_make(const struct conf_channel *conf, const struct message *m,
                                     struct webhook_bodies *out, struct error *err)
{
    (void)conf;
    return webhook_bodies_add_text(out, m, escapes, TEXT_MAX, err);
}

/* The messages of a 400, which may be about the space as well: a bad key is a 400, too. */
static const struct webhook_refusal bad_requests[] = {
    {"cannot be empty", DELIVERY_FAILED, "Google Chat finds this message empty"},
    {"too long", DELIVERY_FAILED, "Google Chat finds this message too long"},
    {"JSON payload", DELIVERY_FAILED, "Google Chat can't read this message"},
    {"API key", DELIVERY_HELD,
     "Google rejects the key in the URL: create a new webhook and configure it"},
    {"oken", DELIVERY_HELD,
     "Google rejects the token in the URL: create a new webhook and configure it"},
    {"esource name", DELIVERY_HELD,
     "Google does not know this space: create a new webhook and configure it"},
    {NULL, 0, NULL},
};

static const struct webhook_refusal gone[] = {
    {"", DELIVERY_HELD,
     "the webhook or its space no longer exists, or webhooks are not allowed: create a new one in "
     "Google "
     "Chat"},
    {NULL, 0, NULL},
};

static void webhook_google_chat_refused(int status, const json_t *body, struct delivery *out)
{
    const json_t *error = json_object_get(body, "error");
    const char *words = json_string_value(json_object_get(error, "message"));
    if (status == 400)
        webhook_refused(bad_requests, words, out);
    else if (status == 403 || status == 404)
        webhook_refused(gone, words, out);
}

const struct webhook_service service_google_chat = {
    .name = "Google Chat",
    .make = webhook_google_chat_make,
    .refused = webhook_google_chat_refused,
};
