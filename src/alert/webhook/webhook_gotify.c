/* SPDX-License-Identifier: ISC */
/* Gotify: POST /message with the token of an application. */
#include "webhook_services.h"
#include "webhook_text.h"

#include "repmon/compose.h"

#include <string.h>

#define TEXT_MAX 3500

/* Its Android client: 0 shows nothing, 1 to 3 is silent, 4 to 7 makes a sound, 8 to 10 vibrates. */
static const int priorities[LEVEL_COUNT] = {
    [LEVEL_UNKNOWN] = 5, [LEVEL_OK] = 2,       [LEVEL_INFO] = 2,
    [LEVEL_WARNING] = 5, [LEVEL_CRITICAL] = 8,
};

static bool webhook_gotify_make(const struct conf_channel *conf, const struct message *m,
                                struct webhook_bodies *out, struct error *err)
{
    static const char path[] = "/message";
    struct buf title, text;
    if (!conf->token.text)
        return error_set(err, ERR_CONFIG, "gotify needs a token_file that can be read");
    webhook_bodies_path(out, path);
    buf_init(&title, 1024);
    buf_init(&text, 64 * 1024);
    compose_subject(m, &title);
    webhook_text(m, NULL, TEXT_MAX, false, &text);
    json_t *o =
        json_pack("{s:o,s:o,s:i,s:{s:{s:s}}}", "title", webhook_json_text(&title), "message",
                  webhook_json_text(&text), "priority", priorities[message_level(m)], "extras",
                  "client::display", "contentType", "text/plain");
    buf_fini(&title);
    buf_fini(&text);
    return webhook_bodies_add(out, o, err);
}

static const struct webhook_refusal no_token[] = {
    {"", DELIVERY_HELD,
     "Gotify rejects the token: put the token of an application, not of a client, into token_file"},
    {NULL, 0, NULL},
};

static void webhook_gotify_refused(int status, const json_t *body, struct delivery *out)
{
    if (status == 401 || status == 403)
        webhook_refused(no_token, json_string_value(json_object_get(body, "error")), out);
}

const struct webhook_service service_gotify = {
    .name = "Gotify",
    .token_header = "X-Gotify-Key: ",
    .make = webhook_gotify_make,
    .refused = webhook_gotify_refused,
};
