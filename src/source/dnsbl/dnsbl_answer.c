/* SPDX-License-Identifier: ISC */
#include "dnsbl_answer.h"

#include <stdlib.h>
#include <string.h>

#define LOOPBACK_MASK 0xff000000u
#define LOOPBACK      0x7f000000u
#define ERROR_MASK    0xffffff00u
#define ERROR_NET     0x7fffff00u /* 127.255.255.0/24: Spamhaus, Validity */
#define BLOCKED       0x7f000001u /* 127.0.0.1: name lists, DNS blockers */

/* A prefix or a star covers an answer without naming it. */
static bool dnsbl_answer_is_named(const struct dnsbl_list *list, uint32_t answer)
{
    for (size_t i = 0; i < list->code_count; i++) {
        if (list->codes[i].match.kind != MATCH_WIDE && match_hits(&list->codes[i].match, answer))
            return true;
    }
    return false;
}

static bool dnsbl_own_error(const struct dnsbl_list *list, struct refusal *r)
{
    for (size_t i = 0; i < list->error_count; i++) {
        const struct catalogue_error *e = &list->errors[i];
        if (match_hits(&e->match, r->answer)) {
            r->why = e->meaning;
            r->cure = e->cure;
            return true;
        }
    }
    return false;
}

static bool dnsbl_outside(const struct dnsbl_list *list, struct refusal *r)
{
    (void)list;
    r->why = "an answer outside 127.0.0.0/8: the resolver rewrites answers, or the zone is parked";
    return (r->answer & LOOPBACK_MASK) != LOOPBACK;
}

static bool dnsbl_common_refusal(const struct dnsbl_list *list, struct refusal *r)
{
    if (dnsbl_answer_is_named(list, r->answer))
        return false;
    r->why = r->answer == BLOCKED ? "a refusal, or a DNS blocker's answer"
                                  : "an error answer: the list refused the query";
    return (r->answer & ERROR_MASK) == ERROR_NET || r->answer == BLOCKED;
}

/* In the order given in the header; when several are hit, the earliest row names the cause. */
static const struct {
    enum cause cause;
    bool (*hits)(const struct dnsbl_list *list, struct refusal *r);
} error_rules[] = {
    {CAUSE_NOT_SERVED, dnsbl_own_error},
    {CAUSE_REWRITTEN, dnsbl_outside},
    {CAUSE_NOT_SERVED, dnsbl_common_refusal},
};

static bool dnsbl_read_error(const struct dnsbl_list *list, const uint32_t *answers, size_t count,
                             struct dnsbl_reading *out)
{
    for (size_t rule = 0; rule < sizeof error_rules / sizeof error_rules[0]; rule++) {
        for (size_t i = 0; i < count; i++) {
            struct refusal r = {.answer = answers[i], .why = "", .cure = ""};
            if (error_rules[rule].hits(list, &r)) {
                out->cause = error_rules[rule].cause;
                out->refusal = r;
                return true;
            }
        }
    }
    return false;
}

static int dnsbl_by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void dnsbl_answer_read(const struct dnsbl_list *list, const uint32_t *answers, size_t count,
                       struct dnsbl_reading *out)
{
    out->kind = READING_ERROR;
    out->refusal = (struct refusal){.why = "", .cure = ""};
    out->count = 0;
    if (count == 0) {
        out->kind = READING_EMPTY;
        out->cause = list->kind == LIST_SCORE ? CAUSE_NO_DATA : CAUSE_NONE;
        return;
    }
    if (count > LIMIT_ANSWERS) {
        out->cause = CAUSE_BAD_FORMAT;
        out->refusal.why = "more answers than any list gives";
        return;
    }
    if (dnsbl_read_error(list, answers, count, out))
        return;
    out->kind = READING_LISTED;
    out->cause = CAUSE_NONE;
    memcpy(out->answers, answers, count * sizeof *answers);
    qsort(out->answers, count, sizeof *out->answers, dnsbl_by_number);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || out->answers[i] != out->answers[out->count - 1])
            out->answers[out->count++] = out->answers[i];
    }
}

void dnsbl_answer_text(const struct dnsbl_reading *reading, char out[static ANSWERS_TEXT_MAX])
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; reading->kind == READING_LISTED && i < reading->count; i++) {
        if (i > 0)
            out[len++] = ' ';
        quad_format(reading->answers[i], out + len);
        len += strlen(out + len);
    }
}

struct point dnsbl_answer_positive(const struct dnsbl_list *list, unsigned family,
                                   const struct dnsbl_reading *reading)
{
    if (reading->kind != READING_LISTED)
        return dnsbl_answer_negative(reading);
    const struct dnsbl_family *f = &list->family[family_index(family)];
    for (size_t e = 0; e < f->expect_count; e++) {
        bool hit = false;
        for (size_t i = 0; i < reading->count && !hit; i++)
            hit = match_hits(&f->expect[e], reading->answers[i]);
        if (!hit)
            return (struct point){POINT_WRONG, CAUSE_NONE};
    }
    return (struct point){POINT_RIGHT, CAUSE_NONE};
}

struct point dnsbl_answer_negative(const struct dnsbl_reading *reading)
{
    if (reading->kind == READING_ERROR)
        return (struct point){POINT_ERROR, reading->cause};
    return (struct point){reading->kind == READING_EMPTY ? POINT_CLEAN : POINT_WRONG, CAUSE_NONE};
}
