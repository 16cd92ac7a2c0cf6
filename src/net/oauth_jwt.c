/* SPDX-License-Identifier: ISC */
#include "repmon/oauth_client.h"

#include "repmon/crypto.h"
#include "repmon/json_out.h"

#include <string.h>

#define LIFE_S 3600 /* the longest that Google accepts */

/* A part: JSON in base64url. */
static void oauth_add_part(struct json_out *w, struct buf *out)
{
    crypto_base64url(out, w->line.data, w->line.len);
    json_out_drop(w);
}

static void oauth_add_header(const struct oauth_client *c, struct buf *out)
{
    struct json_out w;
    json_out_init(&w, NULL);
    json_out_open(&w, NULL, '{');
    json_out_text(&w, "alg", "RS256");
    json_out_text(&w, "typ", "JWT");
    if (c->key_id)
        json_out_text(&w, "kid", c->key_id);
    json_out_close(&w, '}');
    oauth_add_part(&w, out);
}

static void oauth_add_claims(const struct oauth_client *c, time_t now, struct buf *out)
{
    struct json_out w;
    json_out_init(&w, NULL);
    json_out_open(&w, NULL, '{');
    json_out_text(&w, "iss", c->email);
    json_out_text(&w, "scope", c->server->scope);
    json_out_text(&w, "aud", c->token_url);
    json_out_number(&w, "iat", now);
    json_out_number(&w, "exp", now + LIFE_S);
    if (c->subject)
        json_out_text(&w, "sub", c->subject);
    json_out_close(&w, '}');
    oauth_add_part(&w, out);
}

bool oauth_jwt(const struct oauth_client *c, time_t now, struct buf *out, struct error *err)
{
    struct buf signature;
    buf_clear(out);
    oauth_add_header(c, out);
    buf_char(out, '.');
    oauth_add_claims(c, now, out);
    buf_init(&signature, CRYPTO_SIGNATURE_MAX);
    bool ok = crypto_sign_rs256(c->key, buf_text(out), out->len, &signature);
    buf_char(out, '.');
    if (ok)
        ok = crypto_base64url(out, signature.data, signature.len);
    buf_fini(&signature);
    return ok || error_set(err, ERR_CONFIG,
                           "the private key of the service account can't sign: create a new key");
}
