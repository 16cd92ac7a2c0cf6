/* SPDX-License-Identifier: ISC */
#include "postmaster_overview.h"

#include "postmaster_state.h"

#include "repmon/text_fit.h"

#include <stdlib.h>
#include <string.h>

struct postmaster_reader {
    const char *account;
    const char *(*get)(void *ctx, const char *key);
    void *ctx;
};

static const char *postmaster_kept(const struct postmaster_reader *r, const char *what,
                                   const char *domain)
{
    struct buf key;
    buf_init(&key, 1024);
    buf_fmt(&key, "postmaster.%s.%s%s", r->account, what, domain);
    const char *value = r->get(r->ctx, buf_text(&key));
    buf_fini(&key);
    return value;
}

static time_t postmaster_kept_time(const struct postmaster_reader *r, const char *what)
{
    const char *value = postmaster_kept(r, what, "");
    return value ? (time_t)strtoll(value, NULL, 10) : 0;
}

void postmaster_overview(const struct conf *conf, size_t number,
                         const char *(*get)(void *ctx, const char *key), void *ctx, time_t now,
                         struct postmaster_overview *out)
{
    const struct conf_postmaster *account = &conf->postmasters[number];
    const struct postmaster_reader r = {account->name, get, ctx};
    struct oauth_client client;
    struct error err = {0};
    struct account_login *login = &out->login;
    *out = (struct postmaster_overview){.account = account};
    bool ok = postmaster_client_of(conf, account, &client, &err);
    out->signs = oauth_client_signs(&client);
    out->read = postmaster_kept_time(&r, "success");
    if (!ok)
        text_fit(login->problem, sizeof login->problem, "%s", err.text);
    else if (!account->client.text)
        text_fit(login->problem, sizeof login->problem, "client_file can't be read");
    else if (!out->signs)
        account_login_read(client.token_path, account->name, postmaster_kept_time(&r, "dead.login"),
                           login);
    out->expired = login->refused || (login->ends && login->ends <= now);
    out->domain_count = account->domain_count;
    out->domains = mem_array(out->domain_count + 1, sizeof *out->domains);
    for (size_t i = 0; i < out->domain_count; i++) {
        struct postmaster_days days;
        postmaster_days_parse(postmaster_kept(&r, "days.", account->domains[i]), &days);
        out->domains[i] =
            (struct postmaster_domain_view){account->domains[i], days.count ? days.day[0] : 0};
    }
    oauth_client_fini(&client);
}

void postmaster_overview_fini(struct postmaster_overview *o)
{
    free(o->domains);
    o->domains = NULL;
}
