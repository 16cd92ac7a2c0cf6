/* SPDX-License-Identifier: ISC */
/*
 * For the tests of the judgement: a small world of answers and their levels, and one cell that is
 * carried from run to run the way the store does it, every string copied, rows deleted when told.
 */
#ifndef JUDGE_KIT_H
#define JUDGE_KIT_H

#include "unit.h"

#include "repmon/judge.h"

#include <stdio.h>
#include <stdlib.h>

#define MIN  60
#define HOUR 3600
#define DAY  86400
#define T0   ((time_t)1800000000)

/* Levels of words; `edited` is another administrator's opinion. */
struct kit_word {
    const char *word;
    enum level level, edited;
};
static const struct kit_word kit_words[] = {
    {"127.0.0.2", LEVEL_CRITICAL, LEVEL_WARNING},  /* SBL */
    {"127.0.0.3", LEVEL_CRITICAL, LEVEL_OK},       /* CSS */
    {"127.0.0.4", LEVEL_CRITICAL, LEVEL_INFO},     /* XBL */
    {"127.0.0.10", LEVEL_WARNING, LEVEL_CRITICAL}, /* PBL */
    {"127.0.0.11", LEVEL_WARNING, LEVEL_CRITICAL},
    {"127.0.0.77", LEVEL_OK, LEVEL_CRITICAL}, /* severity off */
    {"blocked", LEVEL_CRITICAL, LEVEL_CRITICAL},
    {"junked", LEVEL_WARNING, LEVEL_WARNING},
    {"normal", LEVEL_OK, LEVEL_OK},
    {"s40", LEVEL_CRITICAL, LEVEL_WARNING},
    {"s45", LEVEL_CRITICAL, LEVEL_WARNING},
    {"s65", LEVEL_WARNING, LEVEL_OK},
    {"s90", LEVEL_OK, LEVEL_OK},
    {"t1", LEVEL_OK, LEVEL_OK},
    {"t3", LEVEL_OK, LEVEL_OK},
};

struct kit_world {
    bool edited;
    bool words; /* the columns are no DNS lists */
};

static enum level kit_level(void *ctx, size_t column, const char *answers)
{
    const struct kit_world *world = ctx;
    enum level worst = LEVEL_UNKNOWN;
    (void)column;
    for (const char *at = answers; *at;) {
        size_t n = strcspn(at, " ");
        for (size_t i = 0; i < COUNT(kit_words); i++) {
            if (strlen(kit_words[i].word) != n || memcmp(kit_words[i].word, at, n) != 0)
                continue;
            enum level level = world->edited ? kit_words[i].edited : kit_words[i].level;
            worst = level > worst ? level : worst;
        }
        at += n + strspn(at + n, " ");
    }
    assert_int_not_equal(worst, LEVEL_UNKNOWN);
    return worst;
}

static bool kit_clean(void *ctx, size_t column, const char *answers)
{
    (void)ctx, (void)column;
    return strcmp(answers, "normal") == 0;
}

static int kit_trust(void *ctx, size_t column, const char *answers)
{
    (void)ctx, (void)column;
    return strcmp(answers, "t3") == 0 ? 3 : 1;
}

static bool kit_dns_list(void *ctx, size_t column)
{
    (void)column;
    return !((const struct kit_world *)ctx)->words;
}

static inline struct judge_ops kit_ops(struct kit_world *world)
{
    return (struct judge_ops){.level = kit_level,
                              .clean = kit_clean,
                              .trust = kit_trust,
                              .dns_list = kit_dns_list,
                              .ctx = world};
}

/* A cell with its own memory. A change may point into the belief it came from, as it does until a
 * run is over: the last belief lives one run longer. */
struct kit_cell {
    bool has;
    struct belief belief, last; /* strings owned */
    struct cell_proof proof;
};

static char *kit_copy(const char *s)
{
    if (!s)
        return NULL;
    char *copy = strdup(s);
    assert_non_null(copy);
    return copy;
}

static void kit_free(struct belief *b)
{
    const char *owned[] = {b->answers, b->detail,   b->pending,    b->ack_answers,
                           b->said,    b->ack_note, b->told.digest};
    for (size_t i = 0; i < COUNT(owned); i++)
        free((void *)(uintptr_t)owned[i]);
    *b = (struct belief){0};
}

static void kit_forget(struct kit_cell *cell)
{
    kit_free(&cell->last);
    cell->last = cell->belief;
    cell->belief = (struct belief){0};
    cell->has = false;
}

static inline void kit_fini(struct kit_cell *cell)
{
    kit_forget(cell);
    kit_forget(cell);
}

static void kit_keep(struct kit_cell *cell, const struct belief *b)
{
    struct belief copy = *b;
    copy.answers = kit_copy(b->answers);
    copy.detail = kit_copy(b->detail);
    copy.pending = kit_copy(b->pending);
    copy.ack_answers = kit_copy(b->ack_answers);
    copy.ack_note = kit_copy(b->ack_note);
    copy.said = kit_copy(b->said);
    copy.told.digest = kit_copy(b->told.digest);
    kit_forget(cell);
    cell->belief = copy;
    cell->has = true;
}

/* What the store does with a judgement. */
static inline void kit_store(struct kit_cell *cell, const struct judgement *out)
{
    cell->proof = out->proof;
    if (!out->write)
        return;
    if (out->keep)
        kit_keep(cell, &out->belief);
    else
        kit_forget(cell);
}

/* "listed ok>critical [127.0.0.2]"; "" for nothing. */
static inline void kit_text(const struct judgement *out, char *text, size_t size)
{
    text[0] = '\0';
    if (out->said)
        snprintf(text, size, "%s %s>%s [%s]%s", change_word(out->change.kind),
                 level_word(out->change.from), level_word(out->change.to), out->change.answers,
                 out->belief.flapping_since && out->change.kind != CHANGE_FLAPPING ? " passes"
                                                                                   : "");
}

#endif
