/* SPDX-License-Identifier: ISC */
#include "repmon/oauth_client.h"

#include "repmon/log.h"
#include "repmon/secret.h"
#include "repmon/url.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void oauth_client_fini(struct oauth_client *c)
{
    free(c->account);
    free(c->token_path);
    free(c->authorize_url);
    free(c->token_url);
    free(c->id);
    free(c->email);
    free(c->key_id);
    free(c->subject);
    secret_free(c->secret);
    secret_free(c->key);
    *c = (struct oauth_client){0};
}

bool oauth_client_signs(const struct oauth_client *c)
{
    return c->key != NULL;
}

/* ---- Google's JSON ---- */

static const char *oauth_text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A member that has to be one line of visible ASCII. */
static bool oauth_take_word(const json_t *object, const char *key, char **out, struct error *err)
{
    const char *text = oauth_text_of(object, key);
    if (!oauth_token_fits(text))
        return error_set(err, ERR_CONFIG, "has no usable \"%s\": download the JSON again", key);
    *out = mem_dup(text);
    return true;
}

/* An address of the login server; what the file does not name stays as it is. */
static bool oauth_take_url(const json_t *object, const char *key, char **out, struct error *err)
{
    const char *text = oauth_text_of(object, key);
    struct error why = {0};
    struct url url;
    if (!text)
        return true;
    if (!url_parse_asked(text, &url, &why))
        return error_set(err, ERR_CONFIG, "\"%s\" %s", key, why.text);
    free(*out);
    *out = mem_dup(text);
    return true;
}

static bool oauth_take_installed(const json_t *installed, struct oauth_client *c, struct error *err)
{
    if (!oauth_take_word(installed, "client_id", &c->id, err))
        return false;
    if (!oauth_take_word(installed, "client_secret", &c->secret, err))
        return false;
    log_hide(c->secret);
    return oauth_take_url(installed, "auth_uri", &c->authorize_url, err) &&
           oauth_take_url(installed, "token_uri", &c->token_url, err);
}

static bool oauth_take_service(const json_t *root, struct oauth_client *c, struct error *err)
{
    const char *key = oauth_text_of(root, "private_key");
    const char *key_id = oauth_text_of(root, "private_key_id");
    if (!oauth_take_word(root, "client_email", &c->email, err))
        return false;
    if (!key || !strstr(key, "-----BEGIN "))
        return error_set(err, ERR_CONFIG,
                         "has no \"private_key\" in PEM: create a new key of the service account");
    c->key = mem_dup(key);
    log_hide(c->key);
    if (key_id && key_id[0])
        c->key_id = mem_dup(key_id);
    return oauth_take_url(root, "token_uri", &c->token_url, err);
}

static bool oauth_take_root(const json_t *root, struct oauth_client *c, struct error *err)
{
    const char *type = oauth_text_of(root, "type");
    const json_t *installed = json_object_get(root, "installed");
    if (installed)
        return oauth_take_installed(installed, c, err);
    if (type && strcmp(type, "service_account") == 0)
        return oauth_take_service(root, c, err);
    if (json_object_get(root, "web"))
        return error_set(err, ERR_CONFIG,
                         "is a client of the type \"Web application\": create one of the type "
                         "\"Desktop app\", which may send the browser to localhost");
    return error_set(err, ERR_CONFIG,
                     "is neither an OAuth client of the type \"Desktop app\" nor the key of a "
                     "service account: download its JSON in Google's console");
}

bool oauth_client_read(const char *text, size_t len, struct oauth_client *c, struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
    bool ok = false;
    if (root)
        ok = oauth_take_root(root, c, err);
    else
        error_set(err, ERR_CONFIG,
                  "is not JSON (line %d of it): download it again in Google's console",
                  problem.line);
    json_decref(root);
    return ok;
}
