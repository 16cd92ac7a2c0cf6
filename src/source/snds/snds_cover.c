/* SPDX-License-Identifier: ISC */
/* Which blocks the account sees, by their days with rows and their attestation. */
#include "snds_state.h"

#include <stdio.h>

static bool snds_cover_in(const struct conf_snds *s, const struct ip *ip, size_t *which)
{
    for (size_t i = 0; i < s->cover_count; i++) {
        if (cidr_contains(&s->covers[i].block, ip)) {
            *which = i;
            return true;
        }
    }
    return false;
}

/* An address of another account is none of this one's business. */
bool snds_cover_is_of_another(const struct snds_account *a, const struct ip *ip)
{
    size_t which;
    if (snds_cover_in(a->conf, ip, &which))
        return false;
    for (size_t i = 0; i < a->state->conf->snds_count; i++) {
        if (snds_cover_in(&a->state->conf->snds[i], ip, &which))
            return true;
    }
    return false;
}

static void snds_cover_days(struct snds_account *a, const char *what, struct snds_days *days)
{
    struct snds_days all;
    struct buf text;
    snds_days_parse(snds_fact(a, what), &all);
    size_t before = all.count;
    int32_t newest = before ? all.day[0] : 0;
    for (size_t i = 0; i < days->count; i++)
        snds_days_add(&all, days->day[i]);
    *days = all;
    if (all.count == before && (before == 0 || all.day[0] == newest) && before < SNDS_DAYS)
        return;
    buf_init(&text, SNDS_DAYS * 12);
    snds_days_format(&all, &text);
    snds_set_fact(a, what, buf_text(&text));
    buf_fini(&text);
}

static void snds_cover_key(const struct snds_account *a, size_t cover, const char *what,
                           char out[static SNDS_KEY])
{
    char block[CIDR_TEXT_MAX];
    cidr_format(&a->conf->covers[cover].block, block);
    snprintf(out, SNDS_KEY, "%s.%s", what, block);
}

/* Adds what this run saw to what was known, and gives the state of each block. */
void snds_cover_update(struct snds_account *a)
{
    char key[SNDS_KEY];
    snds_cover_days(a, "days", &a->account_days);
    for (size_t i = 0; i < a->conf->cover_count; i++) {
        snds_cover_key(a, i, "rows", key);
        snds_cover_days(a, key, &a->block_days[i]);
        a->covers[i] = snds_coverage(&a->block_days[i], &a->account_days,
                                     a->conf->covers[i].attested, a->state->env.now);
        snds_cover_key(a, i, "lapsed", key);
        bool lapsed = a->covers[i] == SNDS_LAPSED;
        time_t since = snds_fact_time(a, key);
        if (lapsed != (since != 0))
            snds_set_time(a, key, lapsed ? a->state->env.now : 0);
    }
}

enum snds_cover snds_cover_of(const struct snds_account *a, const struct ip *ip)
{
    enum snds_cover best = SNDS_NOT_COVERED;
    for (size_t i = 0; i < a->conf->cover_count; i++) {
        if (cidr_contains(&a->conf->covers[i].block, ip) && best != SNDS_COVERED &&
            a->covers[i] != SNDS_NOT_COVERED)
            best = a->covers[i];
    }
    return best;
}
