/* SPDX-License-Identifier: ISC */
/* Why Google gave no answer, in words that say what to do. */
#include "postmaster_state.h"

#include "repmon/buf.h"
#include "repmon/text_fit.h"

#include <stdarg.h>
#include <string.h>

#define DAY_S         86400
#define TESTING_DAYS  7
#define NAMED_DOMAINS 3

__attribute__((format(printf, 3, 4))) static void
postmaster_fail(struct postmaster_fetch *f, enum cause cause, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    text_vfit(f->note, sizeof f->note, fmt, args);
    va_end(args);
    f->cause = cause;
}

/* 403: by its reason; without one it is about the domain. */
static bool postmaster_forbidden(const struct postmaster_account *a, const char *domain,
                                 const struct postmaster_fault *fault, struct postmaster_fetch *f)
{
    const char *name = a->conf->name;
    if (strcmp(fault->reason, "SERVICE_DISABLED") == 0) {
        postmaster_fail(f, CAUSE_DENIED,
                        "the Gmail Postmaster Tools API is not enabled in the client's project "
                        "(SERVICE_DISABLED): enable it at %s",
                        fault->page[0] ? fault->page
                                       : "https://console.cloud.google.com/apis/library");
        return true;
    }
    if (strcmp(fault->reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") == 0) {
        postmaster_fail(f, CAUSE_DENIED,
                        oauth_client_signs(a->login.client)
                            ? "the service account of \"%s\" lacks the scope "
                              "postmaster.traffic.readonly: allow it in the Admin console "
                              "(ACCESS_TOKEN_SCOPE_INSUFFICIENT)"
                            : "the login lacks the scope postmaster.traffic.readonly "
                              "(ACCESS_TOKEN_SCOPE_INSUFFICIENT): run `repmon login %s` again and "
                              "leave its box checked",
                        name);
        return true;
    }
    if (fault->reason[0]) {
        postmaster_fail(f, CAUSE_DENIED, "Google refuses the request: %s (%s)", fault->reason,
                        fault->message);
        return true;
    }
    postmaster_fail(f, CAUSE_DENIED,
                    "Google says that the account of \"%s\" has no permission for %s (403): verify "
                    "the domain in Postmaster Tools with that account, or have it added there",
                    name, domain);
    return false;
}

bool postmaster_trouble(const struct postmaster_account *a, const char *domain,
                        const struct reply *reply, struct postmaster_fetch *f)
{
    const struct http_response *h = reply->http;
    struct postmaster_fault fault = {0};
    int status = reply->how == REPLY_ANSWERED ? h->status : 0;
    if (status)
        postmaster_read_fault(h->body, h->body_len, &fault);
    if (status == 403)
        return postmaster_forbidden(a, domain, &fault, f);
    if (status == 404) {
        postmaster_fail(f, CAUSE_NOT_COVERED,
                        "%s is not registered in Postmaster Tools with the account of \"%s\" "
                        "(404): add and verify it there",
                        domain, a->conf->name);
        return false;
    }
    if (status == 429 && fault.version_over) {
        postmaster_fail(f, CAUSE_DENIED,
                        "Google has ended this version of its API (429, \"no longer supported\"): "
                        "waiting does not help; a newer repmon is needed, or `api` is wrong");
        return true;
    }
    if (status == 200) {
        postmaster_fail(f, CAUSE_BAD_FORMAT, "Google's reply may be incomplete: %s", h->doubt);
        return false;
    }
    if (status == 400) {
        postmaster_fail(f, CAUSE_BAD_FORMAT,
                        "Google does not understand the request (400 %s): its API may have "
                        "changed; look for a newer repmon",
                        fault.status);
        return false;
    }
    f->cause = http_trouble("Google", "account", reply->how, h, f->note, sizeof f->note);
    return true; /* the rest would fare no better */
}

/* Whether a login ended as those of a consent screen in Testing do. */
static bool postmaster_died_young(const struct oauth_session *login)
{
    time_t since = login->token.logged_in;
    int64_t days = since ? (int64_t)(login->refused - since) / DAY_S : 0;
    return login->refused && (days == TESTING_DAYS || days == TESTING_DAYS + 1);
}

/* "example.org, example.net and 3 more": what the account is read for. */
static void postmaster_name_domains(const struct postmaster_account *a, struct buf *out)
{
    for (size_t i = 0; i < a->job_count && i < NAMED_DOMAINS; i++)
        buf_fmt(out, "%s%s", i ? ", " : "", a->jobs[i].domain);
    if (a->job_count > NAMED_DOMAINS)
        buf_fmt(out, " and %zu more", a->job_count - NAMED_DOMAINS);
}

void postmaster_login_note(const struct postmaster_account *a, char *out, size_t size)
{
    const struct oauth_session *login = &a->login;
    const char *hint = "";
    if (oauth_client_signs(login->client) && strcmp(login->code, "unauthorized_client") == 0)
        hint = ": in the Admin console, allow the client ID of the service account the scope "
               "postmaster.traffic.readonly (domain-wide delegation)";
    else if (oauth_client_signs(login->client) && strcmp(login->code, "invalid_grant") == 0)
        hint = ": check that the key has not been deleted, that subject is a user, and that this "
               "clock is right";
    else if (postmaster_died_young(login))
        hint =
            "; it lasted seven days, so its OAuth consent screen is in Testing: first publish it "
            "(In production)";
    else if (strcmp(login->code, "invalid_grant") == 0)
        hint = "; a login ends when it is revoked, when the password changes, after six months "
               "without use, and after seven days while the consent screen is in Testing";
    struct buf domains;
    buf_init(&domains, 4096);
    postmaster_name_domains(a, &domains);
    text_fit(out, size, "no data on %s: %s%s", buf_text(&domains), login->note, hint);
    buf_fini(&domains);
}
