/* SPDX-License-Identifier: ISC */
/* The lists of the source and the words of their answers. Pure. */
#include "reports_setup.h"

#include "repmon/answer_set.h"
#include "repmon/sources.h"

#include <stdio.h>
#include <string.h>

size_t reports_column_dmarc(const struct reports_setup *s)
{
    return s->conf->reports_count;
}

size_t reports_column_complaints(const struct reports_setup *s)
{
    return s->conf->reports_count + 1;
}

size_t reports_columns(const void *setup)
{
    const struct reports_setup *s = setup;
    return s->off || s->conf->reports_count == 0 ? 0 : s->conf->reports_count + 2;
}

static bool reports_is_section(const struct reports_setup *s, size_t column)
{
    return column < s->conf->reports_count;
}

void reports_describe(const void *setup, size_t column, struct column *out)
{
    const struct reports_setup *s = setup;
    out->source = source_reports.word;
    out->kind = LIST_BLOCK;
    out->confirms_itself = true;
    out->severity = SEV_MINOR;
    bool dmarc = column == reports_column_dmarc(s);
    out->list = dmarc ? "dmarc" : "complaints";
    out->title = dmarc ? "DMARC reports" : "Complaints";
    out->numbers = dmarc ? NUMBERS_DMARC : NUMBERS_COMPLAINTS;
    if (!reports_is_section(s, column))
        return;
    out->title = NULL;
    out->numbers = NUMBERS_NONE;
    out->list = s->conf->reports[column].name;
    out->severity = s->conf->reports[column].severity;
}

/* ---- dmarc ---- */

/* What a word of the list says. */
struct reports_say {
    const char *word;
    enum level level;
    const char *news;           /* the headline */
    const char *before, *after; /* the sentence around who it is */
};

static const struct reports_say reports_says[] = {
    {"quarantined", LEVEL_CRITICAL, "DMARC QUARANTINED",
     "Receivers quarantine or reject mail from ", " although it passes DMARC."},
    {"quarantined-by-one", LEVEL_WARNING, "DMARC QUARANTINED BY ONE",
     "One receiver quarantines or rejects mail from ", " although it passes DMARC."},
    {"failing", LEVEL_WARNING, "DMARC FAILING", "Your own mail from ", " fails DMARC."},
    {REPORTS_STRANGERS, LEVEL_INFO, "DMARC PASSED BY UNKNOWN SENDERS",
     "Unwatched addresses pass DMARC as ", "."},
    {"aligned", LEVEL_OK, "DMARC ALIGNED AGAIN", "Your own mail from ", " passes DMARC again."},
    {REPORTS_VERY_HIGH, LEVEL_CRITICAL, "COMPLAINTS",
     "Very many recipients complain about mail from ", "."},
    {REPORTS_HIGH, LEVEL_WARNING, "COMPLAINTS", "Recipients complain about mail from ", "."},
    {REPORTS_FEW, LEVEL_OK, "COMPLAINTS LOW AGAIN", "Few recipients now complain about mail from ",
     "."},
};

static const struct reports_say *reports_say_of(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof reports_says / sizeof *reports_says; i++)
        if (strlen(reports_says[i].word) == len && memcmp(reports_says[i].word, word, len) == 0)
            return &reports_says[i];
    return NULL;
}

static enum severity reports_severity(enum level level)
{
    if (level == LEVEL_CRITICAL)
        return SEV_CRITICAL;
    return level == LEVEL_WARNING ? SEV_MINOR : SEV_INFO;
}

/* "complaints:yahoo": the word, and the receiver as a code. */
static void reports_add_receiver(const struct reports_setup *s, const struct reports_say *say,
                                 const char *receiver, size_t len, struct verdict *out)
{
    const char *name = "a receiver"; /* nothing of it is remembered any more */
    if (out->code_count == LIMIT_CODES)
        return;
    for (size_t i = 0; i < s->memory.complaints.count; i++) {
        const char *known = s->memory.complaints.items[i].receiver;
        if (strlen(known) == len && memcmp(known, receiver, len) == 0)
            name = known;
    }
    struct code *c = &out->codes[out->code_count++];
    *c = (struct code){.name = name,
                       .meaning = "where recipients complained",
                       .severity = reports_severity(say->level)};
    snprintf(c->answer, sizeof c->answer, "%.*s", (int)len, receiver);
}

void reports_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    const char *at = answers, *word;
    size_t len;
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    snprintf(out->state, sizeof out->state, "%s", reports_clean_word(setup, column));
    while (answer_set_next(&at, &word, &len)) {
        const char *colon = memchr(word, ':', len);
        size_t name = colon ? (size_t)(colon - word) : len;
        const struct reports_say *say = reports_say_of(word, name);
        if (!say)
            continue;
        if (colon)
            reports_add_receiver(setup, say, colon + 1, len - name - 1, out);
        if (say->level > out->level || out->level == LEVEL_OK)
            snprintf(out->state, sizeof out->state, "%s", say->word);
        out->level = level_worse(out->level, say->level);
    }
}

const char *reports_clean_word(const void *setup, size_t column)
{
    const struct reports_setup *s = setup;
    if (column == reports_column_dmarc(s))
        return dmarc_state_word(DMARC_ALIGNED);
    return column == reports_column_complaints(s) ? REPORTS_FEW : REPORTS_HEARD;
}

bool reports_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    const struct reports_say *say = reports_say_of(state, strlen(state));
    (void)setup, (void)column;
    return say && buf_str(out, say->news);
}

void reports_sentence(const void *setup, size_t column, const char *state, const char *who,
                      struct buf *out)
{
    const struct reports_say *say = reports_say_of(state, strlen(state));
    (void)setup, (void)column;
    if (say)
        buf_fmt(out, "%s%s%s", say->before, who, say->after);
}
