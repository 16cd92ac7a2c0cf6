/* SPDX-License-Identifier: ISC */
#include "talos_answer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCORE_BOUND   10.0
#define CHALLENGE_MAX (64u << 10) /* a challenge says what it is near its beginning */

/* Both vocabularies: the first three are the older one, "neutral" is in both. */
static const struct {
    const char *word;
    enum level level;
} words[] = {
    {"good", LEVEL_OK},           {"neutral", LEVEL_OK},   {"poor", LEVEL_WARNING},
    {"trusted", LEVEL_OK},        {"favorable", LEVEL_OK}, {"questionable", LEVEL_INFO},
    {"untrusted", LEVEL_WARNING},
};

static const char *const nothing[] = {"", "none", "unknown", "null", "no-score", "n/a"};

bool talos_word(const char *text, size_t len, char out[static TALOS_LEVEL_MAX], bool *no_data)
{
    size_t used = 0;
    while (len && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    out[0] = '\0';
    if (len >= TALOS_LEVEL_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!isalpha(c) && c != '-' && c != '_' && c != ' ' && c != '/')
            return false;
        out[used++] = c == ' ' || c == '_' ? '-' : (char)tolower(c);
    }
    out[used] = '\0';
    *no_data = false;
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        *no_data |= strcmp(out, nothing[i]) == 0;
    return true;
}

bool talos_word_is_known(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) == 0)
            return true;
    }
    return false;
}

enum level talos_word_level(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) == 0)
            return words[i].level;
    }
    return LEVEL_OK;
}

const char *talos_score_word(double score)
{
    if (score <= -3)
        return "poor";
    return score <= -1 ? "questionable" : "neutral";
}

void talos_settle(struct talos_reading *out, const char *word, size_t len, bool word_given)
{
    char given[TALOS_LEVEL_MAX] = "";
    bool no_data = true;
    out->cause = CAUSE_BAD_FORMAT;
    out->level[0] = '\0';
    if (word_given && !talos_word(word, len, given, &no_data))
        return;
    /* Written so that a NaN is out of bounds. */
    if (out->score.given && !(fabs(out->score.value) <= SCORE_BOUND))
        return;
    if (no_data && !out->score.given) {
        if (word_given)
            out->cause = CAUSE_NO_DATA;
        return;
    }
    out->cause = CAUSE_NONE;
    out->from_score = no_data;
    snprintf(out->level, sizeof out->level, "%s",
             no_data ? talos_score_word(out->score.value) : given);
}

bool talos_is_challenge(const char *body, size_t len)
{
    static const char *const signs[] = {
        "just a moment",
        "attention required",
        "cf-challenge",
        "challenge-platform",
        "cf_chl_",
        "captcha",
        "are you a robot",
        "verify you are human",
        "enable javascript and cookies",
        "access denied",
        "too many requests",
    };
    char chunk[CHALLENGE_MAX + 1];
    if (len > CHALLENGE_MAX)
        len = CHALLENGE_MAX;
    for (size_t i = 0; i < len; i++)
        chunk[i] = body[i] ? body[i] : ' ';
    chunk[len] = '\0';
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (strcasestr(chunk, signs[i]))
            return true;
    }
    return false;
}

static void talos_add(struct buf *out, const char *fmt, const struct talos_number *n)
{
    if (!n->given || !isfinite(n->value))
        return;
    if (out->len)
        buf_str(out, ", ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_fmt(out, fmt, n->value);
#pragma GCC diagnostic pop
}

void talos_detail(const struct talos_reading *r, struct buf *out)
{
    talos_add(out, r->from_score ? "score %.1f, no level given" : "score %.1f", &r->score);
    talos_add(out, "magnitude %.1f a day", &r->day);
    talos_add(out, "%.1f a month", &r->month);
    talos_add(out, "volume changed by %.0f %%", &r->change);
    if (r->organisation[0])
        buf_fmt(out, "%s%s", out->len ? ", " : "", r->organisation);
    if (r->listed[0])
        buf_fmt(out, "%slisted on %s", out->len ? ", " : "", r->listed);
}
