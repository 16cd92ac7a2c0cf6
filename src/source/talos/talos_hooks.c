/* SPDX-License-Identifier: ISC */
#include "talos_hooks.h"

#include "repmon/source_look.h"
#include "talos_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

size_t talos_columns(const void *setup)
{
    return ((const struct conf *)setup)->talos.method == TALOS_OFF ? 0 : 1;
}

void talos_describe(const void *setup, size_t column, struct column *out)
{
    (void)column;
    out->source = "talos";
    out->list = "talos";
    out->title = "Cisco Talos";
    out->severity = ((const struct conf *)setup)->talos.severity;
    out->confirms_itself = true; /* a word that Talos seldom changes */
    out->kind = LIST_BLOCK;
}

/* "TALOS POOR" */
bool talos_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    (void)setup;
    (void)column;
    if (!state[0])
        return false;
    buf_str(out, "TALOS ");
    for (const char *c = state; *c; c++)
        buf_char(out, (char)toupper((unsigned char)*c));
    return true;
}

void talos_estimate(const void *setup, size_t column, const struct inventory *inventory,
                    struct estimate *out)
{
    (void)column;
    *out = (struct estimate){.targets = inventory->count,
                             .each = 1,
                             .limit = ((const struct conf *)setup)->talos.budget};
}

void talos_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    char word[TALOS_LEVEL_MAX];
    bool no_data = true;
    (void)setup;
    (void)column;
    *out = (struct verdict){.cause = CAUSE_BAD_FORMAT, .advice = ""};
    if (!talos_word(answers, strlen(answers), word, &no_data) || no_data)
        return;
    out->cause = CAUSE_NONE;
    out->level = talos_word_level(word);
    snprintf(out->state, sizeof out->state, "%s", word);
    if (out->level <= LEVEL_OK)
        return;
    struct code *c = &out->codes[out->code_count++];
    snprintf(c->answer, sizeof c->answer, "%s", answers);
    c->name = "talos";
    c->meaning = "sender reputation at Cisco Talos";
    c->severity = out->level == LEVEL_INFO ? SEV_INFO : SEV_MINOR;
}

void talos_url(const void *setup, size_t column, const struct ip *ip, bool finding, struct buf *out)
{
    char text[IP_TEXT_MAX];
    (void)setup;
    (void)column;
    (void)finding;
    ip_format(ip, text);
    buf_fmt(out, "%s%s%s", TALOS_SITE, TALOS_LOOKUP_PATH, text);
}

int64_t talos_valid_for_ms(const void *setup, size_t column)
{
    (void)column;
    return ((const struct conf *)setup)->talos.valid_for_ms;
}

int64_t talos_every_ms(const void *setup, size_t column)
{
    (void)column;
    return ((const struct conf *)setup)->talos.every_ms;
}

void talos_examine(const struct source_look *look)
{
    static const char *const methods[] = {"off", "cloud_intel", "html", "dns", "command"};
    enum talos_method method = look->conf->talos.method;
    if (method == TALOS_OFF)
        source_say(look, DOCTOR_OK, "", "", "not configured");
    else if (look->offline)
        source_say(look, DOCTOR_OK, "", "", "configured: method = %s", methods[method]);
    else
        look->say_answer(look->ctx, "try another method = in [talos]");
}
