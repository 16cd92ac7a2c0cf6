/* SPDX-License-Identifier: ISC */
/* The end of an account's run: what the reports say about each target, and what is kept for the
 * next run. The rules are in snds_judge.c. */
#include "snds_state.h"

#include "repmon/day.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_DAYS 16
#define DAY_S      86400

/* Cells of a column, counted as the judge will count them. */
struct snds_tally {
    uint32_t due, proved, uncovered;
};

static void snds_set_cause(struct snds_account *a, const struct snds_fetch *f, size_t row,
                           enum cause cause, struct snds_tally *n)
{
    results_set(a->state->env.results, row, f->column,
                results_intern(a->state->env.results, cause, 0, ""));
    n->due += !cause_is_normal(cause);
    n->uncovered += cause == CAUSE_NOT_COVERED;
}

static void snds_set_answers(struct snds_account *a, const struct snds_fetch *f, size_t row,
                             const char *answers, const char *detail, struct snds_tally *n)
{
    results_set(a->state->env.results, row, f->column,
                results_intern(a->state->env.results, CAUSE_NONE, 0, answers));
    if (detail && detail[0])
        results_set_detail(a->state->env.results, row, f->column, detail);
    n->due++;
    n->proved++;
}

/* ---- data ---- */

static void snds_add_number(struct snds_account *a, const struct snds_seen *s, const struct ip *ip)
{
    const struct source_env *env = &a->state->env;
    const struct source_number n = {.ip = *ip,
                                    .day = s->day,
                                    .recipients = s->recipients,
                                    .data = s->data,
                                    .messages = s->rcpt,
                                    .traps = s->traps,
                                    .complaint = s->rate.percent,
                                    .complaint_text = s->rate_text,
                                    .colour = snds_colour_word(s->colour),
                                    .raw = s->raw ? s->raw : ""};
    if (env->number_add)
        env->number_add(env->ctx, a->data.column, &n);
}

static const struct source_known *snds_known_of(const struct source_known *known, size_t count,
                                                int32_t day)
{
    for (size_t i = 0; i < count; i++) {
        if (known[i].day == day)
            return &known[i];
    }
    return NULL;
}

static enum snds_colour snds_known_colour(const struct source_known *known, size_t count,
                                          int32_t day)
{
    const struct source_known *k = snds_known_of(known, count, day);
    return k ? snds_colour_parse(k->colour) : SNDS_NO_COLOUR;
}

/* The red day to report besides the newest: a new one, or one reported and not yet old. 0: none. */
static int32_t snds_late_day(struct snds_account *a, const struct snds_seen *newest, int32_t base,
                             const struct source_known *known, size_t count, const char *key)
{
    const char *fact = snds_fact(a, key);
    int32_t late = fact ? (int32_t)strtol(fact, NULL, 10) : 0, before = late;
    if (!day_valid(late) || !snds_late_red(late, base, SNDS_NO_COLOUR, a->today))
        late = 0;
    for (const struct snds_seen *s = newest; count > 0 && s;
         s = s->older ? &a->seen[s->older - 1] : NULL) {
        if (s->colour == SNDS_RED && s->day > late &&
            snds_late_red(s->day, base, snds_known_colour(known, count, s->day), a->today))
            late = s->day;
    }
    if (late != before) {
        char text[16];
        snprintf(text, sizeof text, "%d", late);
        snds_set_fact(a, key, late ? text : NULL);
    }
    return late;
}

static enum snds_colour snds_revised(struct snds_account *a, int32_t day, enum snds_colour known,
                                     enum snds_colour now, const char *key)
{
    struct snds_revision r;
    struct buf text;
    bool changed;
    snds_revision_parse(snds_fact(a, key), &r);
    enum snds_colour colour = snds_revise(&r, day, known, now, &changed);
    if (changed) {
        buf_init(&text, 64);
        snds_revision_format(&r, &text);
        snds_set_fact(a, key, buf_text(&text));
        buf_fini(&text);
    }
    return colour;
}

static void snds_describe_day(int32_t day, enum snds_colour colour, const char *rate,
                              int64_t recipients, int32_t late, char *out, size_t size)
{
    int n = snprintf(out, size, "%04d-%02d-%02d: %s", day / 10000, day / 100 % 100, day % 100,
                     snds_colour_word(colour));
    if (rate[0] && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", complaint rate %s", rate);
    if (recipients >= 0 && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", %lld recipients", (long long)recipients);
    if (late && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, "; red on %04d-%02d-%02d, reported late", late / 10000,
                 late / 100 % 100, late % 100);
}

/* The newest day with a row decides, whether this run or an earlier one saw it. */
static void snds_judge_row(struct snds_account *a, size_t row, struct snds_tally *n)
{
    const struct source_env *env = &a->state->env;
    const struct ip *ip = &env->inventory->items[row].ip;
    const struct snds_seen *s = &a->seen[a->newest_of[row] - 1];
    struct source_known known[KNOWN_DAYS];
    char key[SNDS_KEY], text[IP_TEXT_MAX], words[SNDS_DAY_WORDS], detail[200];
    size_t count = env->numbers_known
                       ? env->numbers_known(env->ctx, a->data.column, ip, known, KNOWN_DAYS)
                       : 0;
    ip_format(ip, text);
    bool older = count > 0 && known[0].day > s->day;
    int32_t day = older ? known[0].day : s->day;
    enum snds_colour colour = older ? snds_colour_parse(known[0].colour) : s->colour;
    struct snds_rate rate = older ? (struct snds_rate){known[0].complaint, false} : s->rate;

    snprintf(key, sizeof key, "late.%s", text);
    int32_t late = snds_late_day(a, s, day, known, count, key);
    snprintf(key, sizeof key, "rev.%s", text);
    if (!older && colour != SNDS_NO_COLOUR)
        colour = snds_revised(a, day, snds_known_colour(known, count, day), colour, key);
    if (colour == SNDS_NO_COLOUR) {
        snds_set_cause(a, &a->data, row, CAUSE_BAD_FORMAT, n);
    } else {
        snds_data_words(colour, rate, late, words);
        snds_describe_day(day, colour, older ? "" : s->rate_text, older ? -1 : s->recipients, late,
                          detail, sizeof detail);
        snds_set_answers(a, &a->data, row, words, detail, n);
    }
    for (; s; s = s->older ? &a->seen[s->older - 1] : NULL)
        snds_add_number(a, s, ip);
}

static enum cause snds_cause_without_row(const struct snds_account *a, const struct ip *ip,
                                         bool stale)
{
    if (snds_cover_is_of_another(a, ip))
        return CAUSE_NOT_APPLICABLE;
    if (a->data.cause != CAUSE_NONE)
        return a->data.cause;
    if (snds_cover_of(a, ip) == SNDS_LAPSED || stale)
        return CAUSE_NOT_COVERED;
    return CAUSE_NO_DATA;
}

static void snds_note_day(struct snds_fetch *f, const char *before, int32_t day, const char *after)
{
    if (!f->note[0])
        text_fit(f->note, sizeof f->note, "%s%04d-%02d-%02d%s", before, day / 10000,
                 day / 100 % 100, day % 100, after);
}

static void snds_note_lapsed(const struct snds_account *a, struct snds_fetch *f)
{
    char block[CIDR_TEXT_MAX];
    for (size_t i = 0; i < a->conf->cover_count && !f->note[0]; i++) {
        if (a->covers[i] != SNDS_LAPSED)
            continue;
        cidr_format(&a->conf->covers[i].block, block);
        int32_t day = a->block_days[i].day[0];
        text_fit(f->note, sizeof f->note,
                 "%s had rows regularly and has none since %04d-%02d-%02d, though other days were "
                 "published: access may have lapsed; attest it again in SNDS",
                 block, day / 10000, day / 100 % 100, day % 100);
    }
}

static void snds_judge_data(struct snds_account *a, struct snds_tally *n)
{
    const struct inventory *inv = a->state->env.inventory;
    struct snds_fetch *f = &a->data;
    bool stale = f->cause == CAUSE_NONE &&
                 snds_is_stale(&a->account_days, a->today, (int)(a->conf->stale_ms / 1000 / DAY_S));
    for (size_t row = 0; row < inv->count; row++) {
        const struct ip *ip = &inv->items[row].ip;
        if (ip->family != 4 || ip_is_hidden(ip))
            snds_set_cause(a, f, row, CAUSE_NOT_APPLICABLE, n);
        else if (a->newest_of[row])
            snds_judge_row(a, row, n);
        else
            snds_set_cause(a, f, row, snds_cause_without_row(a, ip, stale), n);
    }
    if (stale)
        snds_note_day(f, "the newest day in SNDS is ", a->account_days.day[0],
                      ": Microsoft publishes late, or access may have lapsed");
    snds_note_lapsed(a, f);
}

/* ---- status ---- */

static void snds_add_word(char words[static SNDS_DAY_WORDS * 4], const char *word)
{
    /* kept sorted, each word once */
    char old[SNDS_DAY_WORDS * 4], *p = old;
    size_t n = 0, size = sizeof old;
    bool placed = false;
    snprintf(old, sizeof old, "%s", words);
    if (strlen(old) + strlen(word) + 2 > size)
        return;
    words[0] = '\0';
    while (*p || !placed) {
        size_t len = strcspn(p, " "), most = len > strlen(word) ? len : strlen(word);
        int order = *p ? strncmp(p, word, most) : 1;
        if (*p && order == 0)
            placed = true;
        if (!placed && order > 0) {
            n += (size_t)snprintf(words + n, size - n, "%s%s", n ? " " : "", word);
            placed = true;
            continue;
        }
        n += (size_t)snprintf(words + n, size - n, "%s%.*s", n ? " " : "", (int)len, p);
        p += len + strspn(p + len, " ");
    }
}

static bool snds_judge_listed(struct snds_account *a, size_t row, const struct ip *ip,
                              struct snds_tally *n)
{
    char words[SNDS_DAY_WORDS * 4] = "", detail[600] = "";
    size_t more = 0, room = sizeof detail - sizeof "; and 99999 more";
    uint32_t number = ip_v4(ip);
    for (size_t i = 0; i < a->listed_count; i++) {
        const struct snds_listed *l = &a->listed[i];
        if (number < l->first || number > l->last)
            continue;
        snds_add_word(words, l->word);
        size_t len = strlen(detail);
        if (strstr(detail, l->details))
            continue;
        if (len == 0)
            text_fit(detail, room, "%s", l->details);
        else if (more || len + strlen(l->details) + 3 > room)
            more++;
        else
            snprintf(detail + len, sizeof detail - len, "; %s", l->details);
    }
    if (more)
        snprintf(detail + strlen(detail), sizeof detail - strlen(detail), "; and %zu more", more);
    if (words[0])
        snds_set_answers(a, &a->status, row, words, detail, n);
    return words[0] != '\0';
}

/* The cause of every cell when the report was not read; CAUSE_NONE: it was. */
static enum cause snds_status_cause(struct snds_account *a)
{
    struct snds_fetch *f = &a->status;
    if (!f->absent || a->conf->status_404_empty)
        return f->absent ? CAUSE_NONE : f->cause;
    if (a->data.ok) {
        snds_fail(f, CAUSE_NONE,
                  "Microsoft has no status report (404) though the same login reads the data: "
                  "perhaps nothing is abnormal, but that is not proven; set status_404 = empty to "
                  "accept it as that");
        return CAUSE_NO_DATA;
    }
    snds_fail(f, CAUSE_NONE,
              "Microsoft has neither a status report (404) nor data: nothing proves that this "
              "login sees the addresses");
    return CAUSE_NOT_COVERED;
}

static void snds_judge_status(struct snds_account *a, struct snds_tally *n)
{
    const struct inventory *inv = a->state->env.inventory;
    struct snds_fetch *f = &a->status;
    enum cause cause = snds_status_cause(a);
    for (size_t row = 0; row < inv->count; row++) {
        const struct ip *ip = &inv->items[row].ip;
        if (ip->family != 4 || ip_is_hidden(ip))
            snds_set_cause(a, f, row, CAUSE_NOT_APPLICABLE, n);
        else if (snds_judge_listed(a, row, ip, n))
            continue;
        else if (snds_cover_is_of_another(a, ip))
            snds_set_cause(a, f, row, CAUSE_NOT_APPLICABLE, n);
        else if (cause != CAUSE_NONE)
            snds_set_cause(a, f, row, cause, n);
        else if (snds_cover_of(a, ip) == SNDS_COVERED)
            snds_set_answers(a, f, row, "normal", NULL, n);
        else
            snds_set_cause(a, f, row, CAUSE_NOT_COVERED, n);
    }
    snds_note_lapsed(a, f);
    if (n->uncovered && !f->note[0])
        text_fit(f->note, sizeof f->note,
                 "nothing proves that the account sees %u of the addresses: no data row in 14 days "
                 "and no fresh attestation in `covers`, so an empty report says nothing about them",
                 n->uncovered);
}

/* ---- columns ---- */

static void snds_close_column(struct snds_account *a, struct snds_fetch *f,
                              const struct snds_tally *n)
{
    struct column *c = results_column(a->state->env.results, f->column);
    for (size_t i = 0; i < RESULTS_VIAS; i++)
        c->via[i] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    bool blind = n->due > 0 && n->proved < n->due - n->proved;
    c->health = blind ? HEALTH_BLIND : HEALTH_OK;
    c->cause = CAUSE_NONE;
    if (blind)
        c->cause = f->cause != CAUSE_NONE ? f->cause : CAUSE_NOT_COVERED;
    c->proven = f->ok ? a->state->env.now : 0;
    c->asked = f->asked;
    c->due = a->due;
    if (!f->note[0]) {
        int64_t soon;
        time_t end = snds_expires(a, f == &a->status, &soon);
        if (end && end - a->state->env.now <= soon)
            text_fit(f->note, sizeof f->note, "%s", a->expiry_note);
    }
    c->note = f->note;
}

void snds_finish(struct snds_account *a)
{
    struct snds_fetch *fetches[] = {&a->status, &a->data};
    struct snds_tally counts[2] = {{0}, {0}};
    snds_cover_update(a);
    if (a->due) {
        for (size_t i = 0; i < 2; i++) {
            if (fetches[i]->cause == CAUSE_NEVER_ASKED)
                fetches[i]->cause =
                    fetches[i]->column == SNDS_NO_COLUMN ? CAUSE_NONE : CAUSE_NOT_ASKED;
        }
        snds_update_links(a);
        if (a->data.column != SNDS_NO_COLUMN)
            snds_judge_data(a, &counts[1]);
        if (a->status.column != SNDS_NO_COLUMN)
            snds_judge_status(a, &counts[0]);
        if (a->status.ok)
            snds_set_time(a, "status.success", a->state->env.now);
        if (a->data.ok)
            snds_set_time(a, "data.success", a->state->env.now);
    }
    for (size_t i = 0; i < 2; i++) {
        if (fetches[i]->column != SNDS_NO_COLUMN)
            snds_close_column(a, fetches[i], &counts[i]);
    }
}
