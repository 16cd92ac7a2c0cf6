/* SPDX-License-Identifier: ISC */
#include "dnsbl_answer.h"

#include <stdio.h>
#include <string.h>

#define SCORE_BEST 100u

static const struct catalogue_code unknown_code = {
    .name = "unknown",
    .meaning = "listed, with an answer the list does not document",
    .advice = "",
    .score = -1,
    .trust = -1};

/* The codes of one stage (the configuration's, or the catalogue's) that an answer hits. */
static size_t dnsbl_search(const struct catalogue_code *codes, size_t count, uint32_t answer,
                           const struct catalogue_code **out, size_t room)
{
    size_t found = 0;
    for (int kind = MATCH_EXACT; kind < MATCH_KIND_COUNT && found == 0; kind++) {
        size_t most = kind == MATCH_BITS ? room : 1;
        for (size_t i = 0; i < count && found < most; i++) {
            if ((int)codes[i].match.kind == kind && match_hits(&codes[i].match, answer))
                out[found++] = &codes[i];
        }
    }
    return found;
}

/* At least one: an answer that no code names is "unknown". */
static size_t dnsbl_codes_of(const struct dnsbl_list *list, uint32_t answer,
                             const struct catalogue_code **out, size_t room)
{
    size_t own = list->own_code_count;
    size_t found = dnsbl_search(list->codes, own, answer, out, room);
    if (found == 0 && list->code_count > own)
        found = dnsbl_search(list->codes + own, list->code_count - own, answer, out, room);
    if (found == 0)
        out[found++] = &unknown_code;
    return found;
}

static bool dnsbl_split(const char *text, uint32_t *answers, size_t *count)
{
    *count = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (*count >= LIMIT_ANSWERS || !quad_parse(text, len, &answers[*count]))
            return false;
        (*count)++;
        text += len;
        if (*text == ' ' && *++text == '\0')
            return false;
    }
    return true;
}

static int dnsbl_score_of(const struct dnsbl_list *list, const struct catalogue_code *code,
                          uint32_t answer)
{
    if (!list->score_octet || code == &unknown_code)
        return code->score;
    return (answer & 255u) <= SCORE_BEST ? (int)(answer & 255u) : -1;
}

/* Adds one code; returns its severity. */
static enum severity dnsbl_add_code(const struct dnsbl_list *list,
                                    const struct catalogue_code *code, uint32_t answer,
                                    struct dnsbl_explanation *out)
{
    enum severity severity = code->severity;
    if (code == &unknown_code)
        severity = list->severity < SEV_MINOR ? list->severity : SEV_MINOR;
    int score = dnsbl_score_of(list, code, answer);
    if (score >= 0 && (out->score < 0 || score < out->score))
        out->score = score;
    if (code->trust > out->trust)
        out->trust = code->trust;
    if (out->code_count == LIMIT_CODES) {
        out->more++;
        return severity;
    }
    struct code *c = &out->codes[out->code_count++];
    quad_format(answer, c->answer);
    c->name = code->name;
    c->meaning = code->meaning;
    c->severity = severity;
    c->advice = code->advice;
    return severity;
}

static void dnsbl_judge_block(const struct dnsbl_list *list, enum severity worst,
                              struct dnsbl_explanation *out)
{
    (void)list;
    out->level = severity_level(worst);
    snprintf(out->state, sizeof out->state, "listed");
}

static void dnsbl_judge_allow(const struct dnsbl_list *list, enum severity worst,
                              struct dnsbl_explanation *out)
{
    (void)list;
    (void)worst;
    out->level = LEVEL_OK;
    if (out->trust >= 0) {
        snprintf(out->state, sizeof out->state, "trust %d", out->trust);
    } else {
        snprintf(out->state, sizeof out->state, "listed");
        out->trust = 0;
    }
}

static void dnsbl_judge_score(const struct dnsbl_list *list, enum severity worst,
                              struct dnsbl_explanation *out)
{
    (void)worst;
    if (out->score < 0) {
        bool documented = out->code_count > 0 && out->codes[0].name != unknown_code.name;
        out->cause = documented ? CAUSE_NO_DATA : CAUSE_BAD_FORMAT;
        out->code_count = 0;
        return;
    }
    if (out->score < list->critical)
        out->level = LEVEL_CRITICAL;
    else
        out->level = out->score < list->warning ? LEVEL_WARNING : LEVEL_OK;
    snprintf(out->state, sizeof out->state, "score %d", out->score);
}

/* Among codes of one severity the catalogue names the gravest first. */
static bool dnsbl_is_graver(const struct catalogue_code *a, enum severity a_severity,
                            const struct catalogue_code *b, enum severity b_severity)
{
    if (!b || a_severity != b_severity)
        return !b || a_severity > b_severity;
    return b == &unknown_code || (a != &unknown_code && a < b);
}

static void dnsbl_move_to_front(struct code *codes, size_t at)
{
    struct code first = codes[at];
    memmove(codes + 1, codes, at * sizeof *codes);
    codes[0] = first;
}

static void dnsbl_explain_listing(const struct dnsbl_list *list,
                                  const struct dnsbl_reading *reading,
                                  struct dnsbl_explanation *out)
{
    static void (*const judges[LIST_KIND_COUNT])(const struct dnsbl_list *, enum severity,
                                                 struct dnsbl_explanation *) = {
        dnsbl_judge_block, dnsbl_judge_allow, dnsbl_judge_score};
    enum severity worst = SEV_OFF;
    const struct catalogue_code *worst_code = NULL;
    size_t worst_at = 0;
    for (size_t i = 0; i < reading->count; i++) {
        const struct catalogue_code *hits[LIMIT_CODES];
        size_t found = dnsbl_codes_of(list, reading->answers[i], hits, LIMIT_CODES);
        for (size_t h = 0; h < found; h++) {
            enum severity severity = dnsbl_add_code(list, hits[h], reading->answers[i], out);
            if (dnsbl_is_graver(hits[h], severity, worst_code, worst)) {
                worst = severity;
                worst_code = hits[h];
                worst_at = out->code_count - 1;
            }
        }
    }
    dnsbl_move_to_front(out->codes, worst_at);
    judges[list->kind](list, worst, out);
    if (out->level > LEVEL_OK)
        out->advice = worst_code->advice[0] ? worst_code->advice : list->advice;
}

void dnsbl_answer_explain(const struct dnsbl_list *list, const char *answers,
                          struct dnsbl_explanation *out)
{
    *out = (struct dnsbl_explanation){
        .cause = CAUSE_BAD_FORMAT, .score = -1, .trust = -1, .advice = ""};
    uint32_t numbers[LIMIT_ANSWERS];
    size_t count;
    if (!dnsbl_split(answers, numbers, &count))
        return;
    struct dnsbl_reading reading;
    dnsbl_answer_read(list, numbers, count, &reading);
    out->cause = reading.cause;
    if (reading.kind == READING_LISTED) {
        dnsbl_explain_listing(list, &reading, out);
    } else if (reading.cause == CAUSE_NONE) {
        out->level = LEVEL_OK;
        snprintf(out->state, sizeof out->state, "not-listed");
    }
}
