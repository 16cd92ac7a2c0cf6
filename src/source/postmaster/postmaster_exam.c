/* SPDX-License-Identifier: ISC */
/* What doctor says of Google Postmaster accounts. */
#include "postmaster_state.h"

#include "postmaster_overview.h"

#include "repmon/clock.h"
#include "repmon/source_look.h"
#include "repmon/text_fit.h"

#define DAY_MS INT64_C(86400000)

/* A login from a consent screen in Testing dies after seven days; one that lives longer is not
 * from such a screen. */
static void postmaster_exam_login(const struct source_look *look,
                                  const struct postmaster_overview *o)
{
    const char *name = o->account->name;
    char age[32], end[40];
    clock_format_age((int64_t)(look->now - o->login.logged_in), age, sizeof age);
    clock_format_local(o->login.ends, end, sizeof end);
    if (o->login.refused)
        source_say(look, DOCTOR_RED, name,
                   "publish the OAuth consent screen (In production) if it is in Testing, then "
                   "`repmon login` again",
                   "Google no longer accepts the login");
    else if (o->login.ends)
        source_say(look, o->login.ends <= look->now ? DOCTOR_RED : DOCTOR_WARN, name,
                   "publish the OAuth consent screen (In production) in Google's console, then "
                   "`repmon login` again",
                   "Google ends this login on %s: its consent screen is in Testing", end);
    else if (o->login.logged_in && look->now - o->login.logged_in <= POSTMASTER_TESTING_S)
        source_say(look, DOCTOR_WARN, name,
                   "make sure that it is published (In production) in Google's console",
                   "logged in %s ago; if the OAuth consent screen is in Testing, Google ends the "
                   "login after seven days",
                   age);
    else
        source_say(look, DOCTOR_OK, name, "", "logged in %s ago",
                   o->login.logged_in ? age : "some time");
}

static void postmaster_exam_account(const struct source_look *look,
                                    const struct postmaster_overview *o)
{
    char cure[300];
    text_fit(cure, sizeof cure, "repmon login %s", o->account->name);
    if (o->login.problem[0] && o->login.token == OAUTH_TOKEN_MISSING)
        source_say(look, DOCTOR_RED, o->account->name, cure, "not logged in yet");
    else if (o->login.problem[0])
        source_say(look, DOCTOR_RED, o->account->name, "fix it there", "%s", o->login.problem);
    else if (o->signs)
        source_say(look, DOCTOR_OK, o->account->name, "", "a service account: no login is needed");
    else
        postmaster_exam_login(look, o);
}

void postmaster_examine(const struct source_look *look)
{
    for (size_t i = 0; i < look->conf->postmaster_count; i++) {
        const struct conf_postmaster *p = &look->conf->postmasters[i];
        const char *const lists[] = {p->spam_list, p->delivery_list, p->compliance_list};
        struct postmaster_overview o;
        postmaster_overview(look->conf, i, look->fact, look->ctx, look->now, &o);
        postmaster_exam_account(look, &o);
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
            look->say_list(look->ctx, lists[k], 2 * p->every_ms + DAY_MS);
        postmaster_overview_fini(&o);
    }
}
