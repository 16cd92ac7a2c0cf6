/* SPDX-License-Identifier: ISC */
/* What the token endpoint of an OAuth server answers. */
#include "repmon/oauth_client.h"

#include "repmon/secret.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_MAX   86400 /* longest life of an access token; an hour is usual */
#define SAME_END_S 3600  /* given in seconds left, so later replies differ by a few */
#define END_MAX    (400 * 86400)

/* Errors of RFC 6749 5.2 and OpenID Connect that only a person can fix. */
static bool oauth_needs_person(const char *code)
{
    static const char *const codes[] = {
        "invalid_grant",       "interaction_required", "login_required", "consent_required",
        "unauthorized_client", "invalid_client",       "deleted_client", "disabled_client"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return false;
}

/* Seconds, which some servers write as a string. */
static time_t oauth_life_of(const json_t *v, json_int_t most)
{
    json_int_t s =
        json_is_string(v) ? strtoll(json_string_value(v), NULL, 10) : json_integer_value(v);
    if (s < 0)
        return 0;
    return (time_t)(s > most ? most : s);
}

static enum oauth_reply oauth_read_good(const json_t *root, time_t now, struct oauth_token *t,
                                        bool *rotated, struct error *err)
{
    const char *access = json_string_value(json_object_get(root, "access_token"));
    const char *refresh = json_string_value(json_object_get(root, "refresh_token"));
    if (!oauth_token_fits(access)) {
        error_set(err, ERR_INPUT, "the login server's reply holds no access token");
        return OAUTH_TROUBLE;
    }
    if (refresh && !oauth_token_fits(refresh)) {
        error_set(err, ERR_INPUT, "the login server's reply holds no readable refresh token");
        return OAUTH_TROUBLE;
    }
    time_t ends = oauth_life_of(json_object_get(root, "refresh_token_expires_in"), END_MAX);
    secret_free(t->access);
    t->access = mem_dup(access);
    t->expires = now + oauth_life_of(json_object_get(root, "expires_in"), LIFE_MAX);
    t->used = now;
    if (ends && llabs((long long)(now + ends - t->ends)) > SAME_END_S)
        t->ends = now + ends;
    *rotated = refresh && (!t->refresh || strcmp(refresh, t->refresh) != 0);
    if (*rotated) {
        secret_free(t->refresh);
        t->refresh = mem_dup(refresh);
        t->rotated = now;
    }
    return OAUTH_NEW;
}

/* The server's word for what went wrong, and in which of its own words, cleaned. */
static void oauth_read_refusal(const struct oauth_server *server, const json_t *root,
                               const char *word, char code[static OAUTH_ERROR_MAX],
                               struct error *err)
{
    const char *why = json_string_value(json_object_get(root, "error_description"));
    struct buf clean, reason;
    buf_init(&clean, OAUTH_ERROR_MAX - 1);
    buf_init(&reason, 1024);
    buf_clean(&clean, word, strlen(word), 40);
    snprintf(code, OAUTH_ERROR_MAX, "%s", buf_text(&clean));
    if (server->describes && why && why[0]) {
        buf_str(&reason, " (");
        buf_shown(&reason, why, 200);
        buf_str(&reason, ")");
    }
    error_set(err, ERR_UNAVAILABLE, "%s's login says \"%s\"%s", server->name, code,
              buf_text(&reason));
    buf_fini(&clean);
    buf_fini(&reason);
}

enum oauth_reply oauth_reply_read(const struct oauth_server *server, const struct oauth_body *body,
                                  time_t now, struct oauth_token *t, bool *rotated,
                                  char code[static OAUTH_ERROR_MAX], struct error *err)
{
    enum oauth_reply result = OAUTH_TROUBLE;
    *rotated = false;
    code[0] = '\0';
    json_t *root = json_loadb(body->text, body->len, JSON_REJECT_DUPLICATES, NULL);
    const char *word = json_string_value(json_object_get(root, "error"));
    if (body->status == 200 && json_is_object(root) && !word) {
        result = oauth_read_good(root, now, t, rotated, err);
    } else if (word) {
        bool final = body->status >= 400 && body->status < 500 && oauth_needs_person(word);
        result = final ? OAUTH_REFUSED : OAUTH_TROUBLE;
        oauth_read_refusal(server, root, word, code, err);
    } else {
        error_set(err, ERR_UNAVAILABLE, "%s's login answered %d and no token", server->name,
                  body->status);
    }
    json_decref(root);
    return result;
}
