/* SPDX-License-Identifier: ISC */
/* The client that logs in at Google, or a service account that signs for itself. */
#include "postmaster_state.h"

#include <stdlib.h>
#include <string.h>

static const struct oauth_server google = {
    .name = "Google",
    .extra = "access_type=offline&prompt=consent",
    .scope = "https://www.googleapis.com/auth/postmaster.traffic.readonly",
    .describes = true,
};

static void postmaster_replace(char **url, const char *base, const char *path)
{
    struct buf b;
    buf_init(&b, LIMIT_URL);
    buf_fmt(&b, "%s%s", base, path);
    free(*url);
    *url = buf_take(&b);
}

/* If the login moves, the configuration can say so before anyone's client file does. */
static void postmaster_move(const char *authority, struct oauth_client *out)
{
    postmaster_replace(&out->authorize_url, authority, "/o/oauth2/v2/auth");
    postmaster_replace(&out->token_url, authority, "/token");
}

bool postmaster_client_of(const struct conf *conf, const struct conf_postmaster *p,
                          struct oauth_client *out, struct error *err)
{
    struct error why = {0};
    *out = (struct oauth_client){
        .server = &google,
        .account = mem_dup(p->name),
        .token_path = oauth_token_path(conf, "postmaster", p->name),
        .authorize_url = mem_dup("https://accounts.google.com/o/oauth2/v2/auth"),
        .token_url = mem_dup("https://oauth2.googleapis.com/token"),
    };
    const char *text = p->client.text;
    if (!text)
        return true;
    if (!oauth_client_read(text, strlen(text), out, &why))
        return error_at(err, ERR_CONFIG, p->client.at.file, p->client.at.line,
                        "[postmaster \"%s\"] client_file: the file %s", p->name, why.text);
    if (p->authority)
        postmaster_move(p->authority, out);
    if (p->subject && !oauth_client_signs(out))
        return error_at(err, ERR_CONFIG, p->at.file, p->at.line,
                        "[postmaster \"%s\"] subject: is for a service account only", p->name);
    if (p->subject)
        out->subject = mem_dup(p->subject);
    return true;
}

void *postmaster_setup_new(const struct conf *conf, const struct source_zones *zones,
                           struct error *err)
{
    struct postmaster_setup *s = mem_alloc(sizeof *s);
    bool ok = true;
    (void)zones;
    s->conf = conf;
    s->clients = mem_array(conf->postmaster_count + 1, sizeof *s->clients);
    for (size_t i = 0; ok && i < conf->postmaster_count; i++)
        ok = postmaster_client_of(conf, &conf->postmasters[i], &s->clients[i], err);
    if (ok)
        return s;
    postmaster_setup_free(s);
    return NULL;
}

void postmaster_setup_free(void *setup)
{
    struct postmaster_setup *s = setup;
    for (size_t i = 0; i < s->conf->postmaster_count; i++)
        oauth_client_fini(&s->clients[i]);
    free(s->clients);
    free(s);
}

/* ---- accounts ---- */

static size_t postmaster_count(const struct conf *conf)
{
    return conf->postmaster_count;
}

static const char *postmaster_name(const struct conf *conf, size_t number)
{
    return conf->postmasters[number].name;
}

static bool postmaster_client(const struct conf *conf, size_t number, struct oauth_client *out,
                              struct error *err)
{
    const struct conf_postmaster *p = &conf->postmasters[number];
    if (!postmaster_client_of(conf, p, out, err)) {
        oauth_client_fini(out);
        return false;
    }
    if (!p->client.text)
        error_set(err, ERR_CONFIG, "[postmaster \"%s\"] client_file can't be read", p->name);
    else if (oauth_client_signs(out))
        error_set(err, ERR_CONFIG,
                  "[postmaster \"%s\"] has a service account, which needs no login", p->name);
    else
        return true;
    oauth_client_fini(out);
    return false;
}

const struct secret *postmaster_secret(const struct conf *conf, size_t number)
{
    return number < conf->postmaster_count ? &conf->postmasters[number].client : NULL;
}

void postmaster_list_names(const struct conf *conf, source_name_fn *take, void *ctx)
{
    for (size_t i = 0; i < conf->postmaster_count; i++) {
        take(ctx, conf->postmasters[i].spam_list);
        take(ctx, conf->postmasters[i].delivery_list);
        take(ctx, conf->postmasters[i].compliance_list);
    }
}

const struct source_accounts postmaster_accounts = {
    .count = postmaster_count,
    .name = postmaster_name,
    .client = postmaster_client,
    .person = "the Google account that has the domains in Postmaster Tools",
    .success = "what Google\nsays is shown by `repmon check --only postmaster DOMAIN`.",
    .beware = "If the OAuth consent screen of this client is in the status Testing, Google\nends "
              "the login after seven days: publish it (In production) in Google's\nconsole, then "
              "log in again.",
    .show = postmaster_show,
};
