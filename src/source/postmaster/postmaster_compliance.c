/* SPDX-License-Identifier: ISC */
/* Which of Google's requirements a domain does not meet. */
#include "postmaster_read.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX  40
#define WORDS_MAX 32

/* What an unmet requirement or verdict says. */
enum postmaster_need {
    NEED_NOTHING = 0,
    NEED_INFO, /* unsubscribing, little mail, or a word that is not known */
    NEED_WORK
};

/* Requirements and reasons of verdicts; any other word is unknown, and info. */
static const struct {
    const char *word;
    enum postmaster_need need;
} known[] = {
    {"SPF", NEED_WORK},
    {"DKIM", NEED_WORK},
    {"SPF_AND_DKIM", NEED_WORK},
    {"DMARC_POLICY", NEED_WORK},
    {"DMARC_ALIGNMENT", NEED_WORK},
    {"MESSAGE_FORMATTING", NEED_WORK},
    {"DNS_RECORDS", NEED_WORK},
    {"ENCRYPTION", NEED_WORK},
    {"USER_REPORTED_SPAM_RATE", NEED_NOTHING}, /* the spam list reports it */
    {"ONE_CLICK_UNSUBSCRIBE", NEED_INFO},
    {"HONOR_UNSUBSCRIBE", NEED_INFO},
    {"SPAM_RATE_HIGH", NEED_NOTHING},
    {"SENDER_NOT_COMPLIANT", NEED_NOTHING}, /* the unmet requirement says it */
    {"SMTP_ERRORS_HIGH", NEED_WORK},
    {"USER_FEEDBACK_NEGATIVE", NEED_WORK},
    {"USER_FEEDBACK_LOW", NEED_INFO},
    {"MESSAGE_VOLUME_LOW", NEED_INFO},
};

static const char *compliance_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void postmaster_compliance_init(struct postmaster_compliance *c)
{
    *c = (struct postmaster_compliance){0};
    buf_init(&c->words, 4096);
    buf_init(&c->reason, 4096);
}

void postmaster_compliance_fini(struct postmaster_compliance *c)
{
    buf_fini(&c->words);
    buf_fini(&c->reason);
}

/* ---- one verdict ---- */

struct compliance_reader {
    struct postmaster_compliance *out;
    char words[WORDS_MAX][WORD_MAX];
    size_t count;
};

static enum postmaster_need compliance_need(const char *word)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].word, word) == 0)
            return known[i].need;
    return NEED_INFO;
}

/* Letters, digits and _ alone: it becomes a word of an answer set. */
static void compliance_write_word(const char *word, bool info, char out[static WORD_MAX])
{
    size_t len = 0;
    for (; *word && len + 2 < WORD_MAX; word++)
        out[len++] = isalnum((unsigned char)*word) ? *word : '_';
    if (info)
        out[len++] = '?';
    out[len] = '\0';
}

static void compliance_add(struct compliance_reader *r, const char *word, bool info,
                           const char *because)
{
    char text[WORD_MAX];
    compliance_write_word(word, info, text);
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->words[i], text) == 0)
            return;
    if (r->count == WORDS_MAX || !word[0])
        return;
    memcpy(r->words[r->count++], text, sizeof text);
    buf_str(&r->out->reason, r->out->reason.len ? ", " : "");
    buf_clean(&r->out->reason, word, strlen(word), WORD_MAX);
    if (because[0]) {
        buf_str(&r->out->reason, " (");
        buf_clean(&r->out->reason, because, strlen(because), 60);
        buf_char(&r->out->reason, ')');
    }
}

/* Judges what is in the state `status`; true when that is a judgement. */
static bool compliance_judge(struct compliance_reader *r, const char *word, const char *status,
                             const char *because)
{
    if (!status[0] || strcmp(status, "STATE_UNSPECIFIED") == 0)
        return false;
    enum postmaster_need need = compliance_need(word);
    if (strcmp(status, "COMPLIANT") == 0 || need == NEED_NOTHING)
        return true;
    bool needs_work = strcmp(status, "NEEDS_WORK") == 0;
    compliance_add(r, word, need == NEED_INFO || !needs_work, needs_work ? because : status);
    return true;
}

static const char *compliance_status(const json_t *holder, const char *key)
{
    return compliance_text(json_object_get(holder, key), "status");
}

static void compliance_read_verdict(struct compliance_reader *r, const json_t *data)
{
    const json_t *rows = json_object_get(data, "rowData");
    const json_t *one_click = json_object_get(data, "oneClickUnsubscribeVerdict");
    const json_t *honor = json_object_get(data, "honorUnsubscribeVerdict");
    const json_t *deliverability = json_object_get(data, "deliverabilityStatusVerdict");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        r->out->proven |= compliance_judge(r, compliance_text(row, "requirement"),
                                           compliance_status(row, "status"), "");
    }
    compliance_judge(r, "ONE_CLICK_UNSUBSCRIBE", compliance_status(one_click, "status"),
                     compliance_text(one_click, "reason"));
    compliance_judge(r, "HONOR_UNSUBSCRIBE", compliance_status(honor, "status"),
                     compliance_text(honor, "reason"));
    compliance_judge(r, compliance_text(deliverability, "reason"),
                     compliance_status(deliverability, "state"), "");
    /* If no requirement says why, report the refusal itself: never a clean verdict. */
    bool refused = strcmp(compliance_text(deliverability, "reason"), "SENDER_NOT_COMPLIANT") == 0;
    if (refused && r->count == 0)
        compliance_add(r, "SENDER_NOT_COMPLIANT", true, "");
    r->out->proven |= r->count > 0;
}

static int compliance_by_word(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* ---- the status ---- */

static bool compliance_is_of(const json_t *data, const char *domain)
{
    return strcasecmp(compliance_text(data, "domainId"), domain) == 0;
}

static void compliance_name_parent(struct postmaster_compliance *out, const json_t *parent)
{
    const char *id = compliance_text(parent, "domainId");
    struct buf clean;
    buf_init(&clean, sizeof out->parent - 1);
    buf_clean(&clean, id, strlen(id), 200);
    snprintf(out->parent, sizeof out->parent, "%s", buf_text(&clean));
    buf_fini(&clean);
}

static bool compliance_take(const json_t *root, const char *domain,
                            struct postmaster_compliance *out, struct error *err)
{
    const json_t *parent = json_object_get(root, "complianceData");
    const json_t *own = json_object_get(root, "subdomainComplianceData");
    struct compliance_reader r = {.out = out};
    if (!json_is_object(root) || (parent && !json_is_object(parent)) ||
        json_object_get(root, "error"))
        return error_set(err, ERR_INPUT, "Google's reply is not a compliance status");
    if (compliance_is_of(own, domain))
        compliance_read_verdict(&r, own);
    else if (compliance_is_of(parent, domain))
        compliance_read_verdict(&r, parent);
    else if (parent)
        compliance_name_parent(out, parent);
    qsort(r.words, r.count, sizeof *r.words, compliance_by_word);
    for (size_t i = 0; i < r.count; i++)
        buf_fmt(&out->words, "%s%s", i ? " " : "", r.words[i]);
    return true;
}

bool postmaster_read_compliance(const char *text, size_t len, const char *domain,
                                struct postmaster_compliance *out, struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        return error_set(err, ERR_INPUT, "Google's reply is not JSON (line %d)", problem.line);
    bool ok = compliance_take(root, domain, out, err);
    json_decref(root);
    return ok;
}
