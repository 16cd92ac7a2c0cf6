/* SPDX-License-Identifier: ISC */
/* What `doctor` says about SNDS accounts. */
#include "snds_state.h"

#include "repmon/clock.h"
#include "repmon/oauth_token.h"
#include "repmon/source_look.h"
#include "repmon/text_fit.h"

#include <stdlib.h>

#define LINK_SOON_DAYS   5 /* of the 30 that a link lives */
#define ATTEST_SOON_DAYS 30

/* The token of an OAuth account; a person must have logged in once. */
static void snds_exam_token(const struct source_look *look, const struct conf_snds *s)
{
    struct oauth_token token = {0};
    struct error err = {0};
    char cure[300], used[32] = "", since[32] = "";
    char *path = oauth_token_path(look->conf, "snds", s->name);
    enum oauth_token_state state = oauth_token_load(path, &token, &err);
    clock_format_age((int64_t)(look->now - token.used), used, sizeof used);
    clock_format_age((int64_t)(look->now - token.logged_in), since, sizeof since);
    text_fit(cure, sizeof cure, "repmon login %s", s->name);
    if (state == OAUTH_TOKEN_MISSING)
        source_say(look, DOCTOR_RED, s->name, cure, "not logged in yet");
    else if (state != OAUTH_TOKEN_READ)
        source_say(look, DOCTOR_RED, s->name, cure, "its login can't be used: %s", err.text);
    else
        source_say(look, DOCTOR_OK, s->name, "", "logged in %s ago, last used %s%s",
                   token.logged_in ? since : "some time", token.used ? used : "never",
                   token.used ? " ago" : "");
    oauth_token_fini(&token);
    free(path);
}

static void snds_exam_report(const struct source_look *look, const struct conf_snds *s,
                             const char *list)
{
    look->say_list(look->ctx, list, s->stale_ms);
    if (s->links)
        look->say_end(look->ctx, list, LINK_SOON_DAYS,
                      "create a new link in SNDS, or better, use method = oauth");
    else
        look->say_end(look->ctx, list, ATTEST_SOON_DAYS,
                      "log in or attest the block again: `repmon accounts` says which");
}

void snds_examine(const struct source_look *look)
{
    for (size_t i = 0; i < look->conf->snds_count; i++) {
        const struct conf_snds *s = &look->conf->snds[i];
        if (!s->links)
            snds_exam_token(look, s);
        if (s->cover_count == 0)
            source_say(look, DOCTOR_WARN, s->name,
                       "write the blocks of the account, each with the day of its last attestation",
                       "covers is missing: an empty status report proves nothing");
        if (!s->links || s->status_url.wanted)
            snds_exam_report(look, s, s->status_list);
        if (!s->links || s->data_url.wanted)
            snds_exam_report(look, s, s->data_list);
    }
}
