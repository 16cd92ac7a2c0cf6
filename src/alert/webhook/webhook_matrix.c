/* SPDX-License-Identifier: ISC */
/* Matrix client-server API v1.1 and later: a room message under a transaction id of our own, so
 * that a retry does not make a second message. */
#include "webhook_services.h"
#include "webhook_text.h"

#include "repmon/url.h"

#define TEXT_MAX 8000 /* an event has 65,536 bytes; a telephone shows less */

/* "/_matrix/client/v3/rooms/ROOM" and what is asked of it. */
static void webhook_room_path(struct buf *out, const struct conf_channel *conf, const char *what)
{
    buf_str(out, "/_matrix/client/v3/rooms/");
    url_escape(out, conf->room);
    buf_str(out, what);
}

static bool webhook_matrix_make(const struct conf_channel *conf, const struct message *m,
                                struct webhook_bodies *out, struct error *err)
{
    struct buf path, text;
    if (!conf->token.text)
        return error_set(err, ERR_CONFIG, "matrix needs a token_file that can be read");
    if (!conf->room)
        return error_set(err, ERR_CONFIG, "matrix needs room, the ID of a room");
    buf_init(&path, LIMIT_URL);
    webhook_room_path(&path, conf, "/send/m.room.message/");
    url_escape(&path, m->id);
    webhook_bodies_path(out, buf_text(&path));
    buf_fini(&path);

    buf_init(&text, 64 * 1024);
    webhook_text(m, NULL, TEXT_MAX, true, &text);
    /*
     * A notice is shown without a sound. m.mentions: mentions nobody, whatever the text looks like.
     */
    json_t *o = json_pack("{s:s,s:o,s:{}}", "msgtype", webhook_is_calm(m) ? "m.notice" : "m.text",
                          "body", webhook_json_text(&text), "m.mentions");
    buf_fini(&text);
    return webhook_bodies_add(out, o, err);
}

static const struct webhook_refusal refusals[] = {
    {"M_UNKNOWN_TOKEN", DELIVERY_HELD,
     "the server does not know this access token: log in again, and replace the one in token_file"},
    {"M_MISSING_TOKEN", DELIVERY_HELD, "the server got no access token: check token_file"},
    {"M_USER_DEACTIVATED", DELIVERY_HELD, "the account that sends is deactivated"},
    {"M_USER_SUSPENDED", DELIVERY_HELD, "the account that sends is suspended"},
    {"M_USER_LOCKED", DELIVERY_HELD, "the account that sends is locked"},
    {"M_GUEST_ACCESS_FORBIDDEN", DELIVERY_HELD, "the account that sends is only a guest"},
    {"M_FORBIDDEN", DELIVERY_HELD,
     "the account is not in the room or may not write there: invite it, join, and check room"},
    {"M_NOT_FOUND", DELIVERY_HELD, "the server does not know this room: check room"},
    {"M_INVALID_PARAM", DELIVERY_HELD, "the server rejects this room: check room"},
    {"M_UNRECOGNIZED", DELIVERY_HELD,
     "no Matrix homeserver answers there: url is its address without a path"},
    {"M_CONSENT_NOT_GIVEN", DELIVERY_HELD, "the account has to agree to the server's terms first"},
    {"M_RESOURCE_LIMIT_EXCEEDED", DELIVERY_HELD,
     "the server has reached a limit of its own: ask its administrator"},
    {"M_TOO_LARGE", DELIVERY_FAILED, "this message is too large for the server"},
    {"M_BAD_JSON", DELIVERY_FAILED, "the server can't read this message"},
    {"M_NOT_JSON", DELIVERY_FAILED, "the server can't read this message"},
    {NULL, 0, NULL},
};

static void webhook_matrix_refused(int status, const json_t *body, struct delivery *out)
{
    (void)status;
    webhook_refused(refusals, json_string_value(json_object_get(body, "errcode")), out);
    json_int_t ms = json_integer_value(json_object_get(body, "retry_after_ms"));
    if (ms > 0)
        webhook_wait(out, ms / 1000 + 1);
}

/* Every room has this state, and only who is in it may read it. */
static bool webhook_matrix_probe(const struct conf_channel *conf, struct webhook_bodies *out,
                                 struct error *err)
{
    struct buf path;
    (void)err;
    buf_init(&path, LIMIT_URL);
    webhook_room_path(&path, conf, "/state/m.room.create");
    webhook_bodies_path(out, buf_text(&path));
    buf_fini(&path);
    return true;
}

const struct webhook_service service_matrix = {
    .name = "a Matrix homeserver",
    .method = "PUT",
    .make = webhook_matrix_make,
    .refused = webhook_matrix_refused,
    .probe = webhook_matrix_probe,
};
