/* SPDX-License-Identifier: ISC */
/* What is sent to an OAuth server: forms, and the address that a person opens in the browser. */
#include "repmon/oauth_client.h"

#include "repmon/url.h"

#include <string.h>

void oauth_form_add(struct buf *out, const char *key, const char *value)
{
    if (out->len)
        buf_char(out, '&');
    buf_str(out, key);
    buf_char(out, '=');
    url_escape(out, value);
}

static void oauth_add_secret(const struct oauth_client *c, struct buf *out)
{
    if (c->secret)
        oauth_form_add(out, "client_secret", c->secret);
}

static void oauth_add_scope(const struct oauth_client *c, struct buf *out)
{
    if (c->server->repeats_scope)
        oauth_form_add(out, "scope", c->server->scope);
}

static bool oauth_sign_form(const struct oauth_client *c, time_t now, struct buf *out,
                            struct error *err)
{
    struct buf jwt;
    buf_init(&jwt, OAUTH_JWT_MAX);
    bool ok = oauth_jwt(c, now, &jwt, err);
    if (ok) {
        oauth_form_add(out, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        oauth_form_add(out, "assertion", buf_text(&jwt));
        explicit_bzero(jwt.data, jwt.cap);
    }
    buf_fini(&jwt);
    return ok;
}

bool oauth_request_form(const struct oauth_client *c, const struct oauth_token *t, time_t now,
                        struct buf *out, struct error *err)
{
    if (oauth_client_signs(c))
        return oauth_sign_form(c, now, out, err);
    oauth_form_add(out, "grant_type", "refresh_token");
    oauth_form_add(out, "client_id", c->id);
    oauth_form_add(out, "refresh_token", t->refresh);
    oauth_add_scope(c, out);
    oauth_add_secret(c, out);
    return true;
}

void oauth_code_form(const struct oauth_client *c, const struct oauth_proof *p, const char *code,
                     struct buf *out)
{
    oauth_form_add(out, "grant_type", "authorization_code");
    oauth_form_add(out, "client_id", c->id);
    oauth_form_add(out, "code", code);
    oauth_form_add(out, "redirect_uri", p->redirect);
    oauth_form_add(out, "code_verifier", p->verifier);
    oauth_add_scope(c, out);
    oauth_add_secret(c, out);
}

void oauth_authorize_url(const struct oauth_client *c, const struct oauth_proof *p, struct buf *out)
{
    struct buf query;
    buf_init(&query, out->max);
    oauth_form_add(&query, "client_id", c->id);
    oauth_form_add(&query, "response_type", "code");
    oauth_form_add(&query, "redirect_uri", p->redirect);
    buf_fmt(&query, "&%s", c->server->extra);
    oauth_form_add(&query, "scope", c->server->scope);
    oauth_form_add(&query, "state", p->state);
    oauth_form_add(&query, "code_challenge", p->challenge);
    oauth_form_add(&query, "code_challenge_method", "S256");
    buf_fmt(out, "%s?%s", c->authorize_url, buf_text(&query));
    buf_fini(&query);
}
