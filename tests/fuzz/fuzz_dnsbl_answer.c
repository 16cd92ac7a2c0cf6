/* SPDX-License-Identifier: ISC */
#include "source/dnsbl/dnsbl_answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct catalogue catalogue; /* kept for the life of the program */
static struct conf conf;
static struct dnsbl_lists lists;

static void unload(void)
{
    dnsbl_lists_fini(&lists);
    catalogue_fini(&catalogue);
    conf_fini(&conf);
}

static void load(void)
{
    conf_init(&conf);
    conf.dnsbl_use = DNSBL_ALL;
    if (!catalogue_load(NULL, &catalogue, NULL) ||
        !dnsbl_lists_build(&catalogue, &conf, NULL, 0, &lists, NULL))
        abort();
    atexit(unload);
}

/* What must hold for every explanation. */
static void check_explanation(const struct dnsbl_list *list, const char *text)
{
    struct dnsbl_explanation e;
    dnsbl_answer_explain(list, text, &e);
    bool proven = e.cause == CAUSE_NONE;
    if (proven != (e.level != LEVEL_UNKNOWN) || proven != (e.state[0] != '\0'))
        abort();
    if (!*text && e.level > LEVEL_OK)
        abort(); /* an empty answer is never a finding */
    if (proven && *text && e.code_count == 0)
        abort();
    if (list->kind == LIST_ALLOW && e.level > LEVEL_OK)
        abort();
    if (e.code_count > LIMIT_CODES || (!proven && e.code_count > 0))
        abort();
    for (size_t i = 0; i < e.code_count; i++) {
        if (!e.codes[i].name[0] || !e.codes[i].meaning)
            abort();
    }
}

static void check_wire(const struct dnsbl_list *list, const uint8_t *data, size_t size)
{
    uint32_t answers[LIMIT_ANSWERS + 1];
    size_t count = size / sizeof *answers;
    if (count > LIMIT_ANSWERS + 1)
        count = LIMIT_ANSWERS + 1;
    memcpy(answers, data, count * sizeof *answers);
    bool foreign = false;
    for (size_t i = 0; i < count; i++)
        foreign |= answers[i] >> 24 != 127;
    struct dnsbl_reading r;
    char text[ANSWERS_TEXT_MAX];
    dnsbl_answer_read(list, answers, count, &r);
    dnsbl_answer_text(&r, text);
    if ((r.kind == READING_EMPTY) != (count == 0) ||
        (r.kind == READING_LISTED) != (*text != '\0') || (foreign && r.kind != READING_ERROR))
        abort();
    if (r.kind == READING_ERROR && (r.cause == CAUSE_NONE || cause_is_normal(r.cause)))
        abort();
    for (size_t i = 1; i < r.count; i++) {
        if (r.answers[i - 1] >= r.answers[i])
            abort();
    }
    check_explanation(list, text);
    struct point p = dnsbl_answer_positive(list, 4, &r), n = dnsbl_answer_negative(&r);
    if ((n.state == POINT_CLEAN) != (count == 0) || (p.state == POINT_RIGHT && *text == '\0'))
        abort();
}

/* First byte: which list. The rest: as A records, and as stored text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!catalogue.root)
        load();
    if (size == 0)
        return 0;
    const struct dnsbl_list *list = &lists.items[data[0] % lists.total];
    check_wire(list, data + 1, size - 1);
    char text[2048];
    if (size <= sizeof text) {
        memcpy(text, data + 1, size - 1);
        text[size - 1] = '\0';
        check_explanation(list, text);
        struct answer_match m;
        if (match_parse(text, &m, NULL))
            (void)match_hits(&m, 0x7f000002);
    }
    return 0;
}
