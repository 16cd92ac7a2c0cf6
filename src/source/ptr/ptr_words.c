/* SPDX-License-Identifier: ISC */
#include "ptr_words.h"

#include "repmon/answer_set.h"

#include <stdio.h>
#include <string.h>

size_t ptr_columns(const void *setup)
{
    return ((const struct conf *)setup)->ptr.use == PTR_NONE ? 0 : 1;
}

void ptr_describe(const void *setup, size_t column, struct column *out)
{
    (void)column;
    out->source = "ptr";
    out->list = "ptr";
    out->title = "Reverse DNS";
    out->severity = ((const struct conf *)setup)->ptr.severity;
    out->confirms_itself = true; /* a missing name was asked for twice */
    out->kind = LIST_BLOCK;
}

/* Every word this source may say; the worst first. */
static const struct {
    const char *word, *meaning;
    enum severity severity; /* SEV_OFF: all is well */
} words[] = {
    {"missing", "the address has no reverse name", SEV_MAJOR},
    {"mismatch", "the reverse name does not resolve back to the address, or is not the HELO name",
     SEV_MINOR},
    {"generic", "the reverse name looks like one the provider gives to every address", SEV_INFO},
    {"confirmed", "the reverse name resolves back to the address", SEV_OFF},
};

void ptr_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    (void)setup;
    (void)column;
    *out = (struct verdict){.cause = CAUSE_BAD_FORMAT, .advice = ""};
    if (!answers[0]) /* a belief in a good result is stored as "" */
        answers = "confirmed";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!answer_set_has(answers, words[i].word, strlen(words[i].word)))
            continue;
        if (out->cause != CAUSE_NONE) {
            out->cause = CAUSE_NONE;
            out->level =
                words[i].severity == SEV_OFF ? LEVEL_OK : severity_level(words[i].severity);
            snprintf(out->state, sizeof out->state, "%s", words[i].word);
        }
        if (words[i].severity == SEV_OFF)
            continue;
        struct code *c = &out->codes[out->code_count++];
        snprintf(c->answer, sizeof c->answer, "%s", words[i].word);
        c->name = words[i].word;
        c->meaning = words[i].meaning;
        c->severity = words[i].severity;
    }
}

const char *ptr_clean_word(const void *setup, size_t column)
{
    (void)setup;
    (void)column;
    return "confirmed";
}

bool ptr_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    static const struct {
        const char *state, *words;
    } rows[] = {{"missing", "PTR MISSING"},
                {"mismatch", "PTR MISMATCH"},
                {"generic", "PTR GENERIC"},
                {"confirmed", "PTR RESTORED"}};
    (void)setup;
    (void)column;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].state, state) == 0)
            return buf_str(out, rows[i].words);
    return false;
}

#define PTR_QUESTIONS 3 /* the name, and A or AAAA to get back; again if the name is missing */

void ptr_estimate(const void *setup, size_t column, const struct inventory *inventory,
                  struct estimate *out)
{
    const struct conf *conf = setup;
    (void)column;
    for (size_t i = 0; i < inventory->count; i++) {
        const struct target *t = &inventory->items[i];
        if (t->prefix == ip_bits(&t->ip) && !ip_is_hidden(&t->ip))
            out->targets += conf->ptr.use == PTR_ALL || t->flags & TARGET_SINGLY;
    }
    out->each = PTR_QUESTIONS;
    out->limit = ESTIMATE_NO_LIMIT;
}

void ptr_url(const void *setup, size_t column, const struct ip *ip, bool finding, struct buf *out)
{
    (void)setup;
    (void)column;
    (void)ip;
    (void)finding;
    (void)out; /* no page: only the owner of the address can fix its PTR */
}

int64_t ptr_holds_ms(const void *setup, size_t column)
{
    (void)column;
    return ((const struct conf *)setup)->ptr.valid_for_ms;
}

int64_t ptr_every_ms(const void *setup, size_t column)
{
    (void)column;
    return ((const struct conf *)setup)->ptr.every_ms;
}
