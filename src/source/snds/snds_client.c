/* SPDX-License-Identifier: ISC */
/* The OAuth client that logs in at Microsoft. */
#include "snds_state.h"

/* The public client of Microsoft's own portal; it has no secret. */
#define CLIENT_ID "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c"
#define AUTHORITY "https://login.microsoftonline.com/consumers"

static const struct oauth_server microsoft = {
    .name = "Microsoft",
    .extra = "response_mode=query",
    .scope = CLIENT_ID "/.default offline_access openid profile",
    .repeats_scope = true,
};

static char *join(const char *base, const char *path)
{
    struct buf b;
    buf_init(&b, LIMIT_URL);
    buf_str(&b, base);
    buf_str(&b, path);
    return buf_take(&b);
}

bool snds_client(const struct conf *conf, size_t number, struct oauth_client *out,
                 struct error *err)
{
    const struct conf_snds *account = &conf->snds[number];
    if (account->links)
        return error_set(
            err, ERR_CONFIG,
            "[snds \"%s\"] has method = links, which needs no login; set method = oauth",
            account->name);
    const char *base = account->authority ? account->authority : AUTHORITY;
    *out = (struct oauth_client){.server = &microsoft,
                                 .account = mem_dup(account->name),
                                 .token_path = oauth_token_path(conf, "snds", account->name),
                                 .authorize_url = join(base, "/oauth2/v2.0/authorize"),
                                 .token_url = join(base, "/oauth2/v2.0/token"),
                                 .id = mem_dup(CLIENT_ID)};
    return true;
}

static size_t count(const struct conf *conf)
{
    return conf->snds_count;
}

static const char *name(const struct conf *conf, size_t number)
{
    return conf->snds[number].name;
}

const struct secret *snds_secret(const struct conf *conf, size_t number)
{
    if (number >= 2 * conf->snds_count)
        return NULL;
    const struct conf_snds *account = &conf->snds[number / 2];
    return number % 2 ? &account->status_url : &account->data_url;
}

const struct source_accounts snds_accounts = {
    .count = count,
    .name = name,
    .client = snds_client,
    .person = "the Microsoft account that has SNDS",
    .success = "`repmon check --only snds ADDRESS` shows\nwhat Microsoft says.",
    .beware = "",
    .absent = "not configured: the addresses' reputation at Outlook.com stays unknown",
    .show = snds_show,
};
