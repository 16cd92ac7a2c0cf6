/* SPDX-License-Identifier: ISC */
/* When an account's credentials end: links thirty days after they were made, a login when
 * Microsoft refuses it, the attestation of a block after ten months. Also the facts that this
 * rests on. */
#include "snds_state.h"

#include "repmon/crypto.h"
#include "repmon/day.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S         86400
#define ATTEST_SOON_S ((int64_t)30 * DAY_S)

/* ---- facts ---- */

static void snds_key_of(const struct snds_account *a, const char *what, char out[static SNDS_KEY])
{
    snprintf(out, SNDS_KEY, "snds.%.*s.%s", SNDS_KEY / 2, a->conf->name, what);
}

const char *snds_fact(struct snds_account *a, const char *what)
{
    char key[SNDS_KEY];
    const struct source_env *env = &a->state->env;
    snds_key_of(a, what, key);
    return env->fact_get ? env->fact_get(env->ctx, key) : NULL;
}

void snds_set_fact(struct snds_account *a, const char *what, const char *value)
{
    char key[SNDS_KEY];
    const struct source_env *env = &a->state->env;
    snds_key_of(a, what, key);
    if (env->fact_set)
        env->fact_set(env->ctx, key, value);
}

time_t snds_fact_time(struct snds_account *a, const char *what)
{
    const char *text = snds_fact(a, what);
    return text ? (time_t)strtoll(text, NULL, 10) : 0;
}

void snds_set_time(struct snds_account *a, const char *what, time_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    snds_set_fact(a, what, value ? text : NULL);
}

/* ---- links ---- */

/* A link is recognised by part of its hash, because the link itself is a secret. */
static void snds_link_mark(const char *url, char out[static 17])
{
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(url, strlen(url), hash);
    crypto_hex(hash, 8, out);
}

/* "MARK TIME", if it is about this very link; 0: not known. */
static time_t snds_marked_time(struct snds_account *a, const char *what, const char *mark)
{
    const char *text = snds_fact(a, what);
    if (!text || strncmp(text, mark, 16) != 0 || text[16] != ' ')
        return 0;
    return (time_t)strtoll(text + 17, NULL, 10);
}

static void snds_set_marked(struct snds_account *a, const char *what, const char *mark, time_t when)
{
    char text[64];
    snprintf(text, sizeof text, "%s %lld", mark, (long long)when);
    snds_set_fact(a, what, text);
}

static void snds_update_link(struct snds_account *a, struct snds_fetch *f, const struct secret *url,
                             const char *seen, const char *dead)
{
    char mark[17];
    time_t now = a->state->env.now;
    if (!url->text)
        return;
    snds_link_mark(url->text, mark);
    if (!snds_marked_time(a, seen, mark))
        snds_set_marked(a, seen, mark, now);
    time_t died = snds_marked_time(a, dead, mark);
    if (f->cause == CAUSE_EXPIRED && !died) {
        snds_set_marked(a, dead, mark, now);
        f->died = now;
    } else if (f->ok && snds_fact(a, dead)) {
        snds_set_fact(a, dead, NULL);
        f->revived = true;
    }
}

void snds_update_links(struct snds_account *a)
{
    if (a->conf->links) {
        snds_update_link(a, &a->status, &a->conf->status_url, "link.status", "dead.status");
        snds_update_link(a, &a->data, &a->conf->data_url, "link.data", "dead.data");
    } else if (a->login.refused) {
        if (!snds_fact_time(a, "dead.login"))
            snds_set_time(a, "dead.login", a->login.refused);
    } else if (a->login_good && snds_fact(a, "dead.login")) {
        snds_set_fact(a, "dead.login", NULL);
        a->status.revived = a->data.revived = true;
    }
}

/* ---- ends ---- */

/* The end that matters most: one that has passed, else the soonest. */
struct snds_end {
    time_t at;
    int64_t soon_s;
    char note[SNDS_NOTE];
};

static void snds_consider(struct snds_end *best, time_t now, time_t at, int64_t soon_s,
                          const char *note)
{
    bool over = at <= now, soon = at - now <= soon_s;
    bool best_over = best->at && best->at <= now;
    bool best_soon = best->at && best->at - now <= best->soon_s;
    if (!at || best_over || (!over && best_soon && (!soon || best->at <= at)) ||
        (!over && !soon && best->at && best->at <= at))
        return;
    best->at = at;
    best->soon_s = soon_s;
    text_fit(best->note, sizeof best->note, "%s", note);
}

static void snds_write_day(time_t t, char out[static 16])
{
    int32_t day = day_of(t);
    snprintf(out, 16, "%04d-%02d-%02d", day / 10000 % 10000, day / 100 % 100, day % 100);
}

void snds_link_facts(struct snds_account *a, bool status, time_t *seen, time_t *died)
{
    const struct secret *url = status ? &a->conf->status_url : &a->conf->data_url;
    char mark[17];
    snds_link_mark(url->text, mark);
    *died = snds_marked_time(a, status ? "dead.status" : "dead.data", mark);
    *seen = snds_marked_time(a, status ? "link.status" : "link.data", mark);
}

static void snds_consider_link(struct snds_account *a, bool status, struct snds_end *best)
{
    const struct secret *url = status ? &a->conf->status_url : &a->conf->data_url;
    const struct snds_fetch *f = status ? &a->status : &a->data;
    time_t now = a->state->env.now;
    char day[16], note[SNDS_NOTE];
    int64_t soon;
    time_t seen, died;
    if (!url->text)
        return;
    snds_link_facts(a, status, &seen, &died);
    if (f->died) /* in this run */
        died = f->died;
    time_t from = seen ? seen : now;
    if (a->conf->issued)
        from = a->conf->issued;
    time_t end = snds_link_end(from, now, &soon);
    if (died) {
        snds_consider(best, now, died, 0, f->note);
    } else if (end) {
        snds_write_day(end, day);
        text_fit(note, sizeof note,
                 "the %s link is valid for 30 days and expires on %s: create a new one in SNDS, or "
                 "set method "
                 "= oauth and run `repmon login %s`, which is renewed automatically",
                 status ? "status" : "data", day, a->conf->name);
        snds_consider(best, now, end, soon, note);
    } else if (f->revived) {
        snds_consider(best, now, now + DAY_S, 0, ""); /* it works again, whatever its age */
    }
}

static void snds_consider_login(struct snds_account *a, bool status, struct snds_end *best)
{
    time_t now = a->state->env.now;
    time_t dead = a->login.refused ? a->login.refused : snds_fact_time(a, "dead.login");
    char note[SNDS_NOTE];
    if (dead && (a->due ? a->login.refused != 0 : true)) {
        text_fit(note, sizeof note,
                 "Microsoft no longer accepts the login: log in again with `repmon "
                 "login %s`",
                 a->conf->name);
        snds_consider(best, now, dead < now ? dead : now, 0, note);
    } else if (status ? a->status.revived : a->data.revived) {
        snds_consider(best, now, now + DAY_S, 0, "");
    }
}

/* Like a login, attestations and vanished blocks are told once, with the status report if any. */
static void snds_consider_blocks(struct snds_account *a, struct snds_end *best)
{
    time_t now = a->state->env.now;
    char block[CIDR_TEXT_MAX], day[16], note[SNDS_NOTE], key[SNDS_KEY];
    for (size_t i = 0; i < a->conf->cover_count; i++) {
        const struct conf_cover *c = &a->conf->covers[i];
        cidr_format(&c->block, block);
        if (a->covers[i] == SNDS_LAPSED) {
            snprintf(key, sizeof key, "lapsed.%s", block);
            time_t since = snds_fact_time(a, key);
            text_fit(note, sizeof note,
                     "%s had rows regularly and no longer has any: access may have lapsed; attest "
                     "it again in SNDS",
                     block);
            snds_consider(best, now, since && since < now ? since : now, 0, note);
        }
        time_t end = c->attested ? snds_attestation_end(c->attested) : 0;
        if (!end || (end <= now && a->covers[i] != SNDS_NOT_COVERED))
            continue; /* rows come: it was attested again, and only `covers` is old */
        snds_write_day(end, day);
        text_fit(note, sizeof note,
                 "the attestation of %s %s on %s (ten months): attest it again in SNDS and put the "
                 "new day into `covers`",
                 block, end <= now ? "ended" : "ends", day);
        snds_consider(best, now, end, ATTEST_SOON_S, note);
    }
}

time_t snds_expires(struct snds_account *a, bool status, int64_t *soon_s)
{
    struct snds_end best = {0};
    bool speaks = status || a->status.column == SNDS_NO_COLUMN; /* for the whole account */
    if (a->conf->links)
        snds_consider_link(a, status, &best);
    else if (speaks)
        snds_consider_login(a, status, &best);
    if (speaks)
        snds_consider_blocks(a, &best);
    *soon_s = best.soon_s;
    text_fit(a->expiry_note, sizeof a->expiry_note, "%s", best.note);
    return best.at;
}
