/* SPDX-License-Identifier: ISC */
/* A report made of tables, for the tests of renderers. */
#ifndef FAKE_REPORT_H
#define FAKE_REPORT_H

#include "repmon/buf.h"
#include "repmon/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_target {
    const char *ip, *label;
    uint8_t prefix;
    const char *cells; /* one letter per list: an index into `results` by its letter */
};

struct fake {
    struct report report;
    const struct fake_target *targets;
    const struct result *results[128]; /* by letter; NULL: no such pair */
};

static void fake_target(const struct report *r, size_t i, struct report_target *out)
{
    const struct fake *fake = r->ctx;
    *out =
        (struct report_target){.label = fake->targets[i].label, .prefix = fake->targets[i].prefix};
    if (!ip_parse(fake->targets[i].ip, &out->ip))
        abort();
}

static bool fake_result(const struct report *r, size_t i, size_t j, struct result *out)
{
    const struct fake *fake = r->ctx;
    const struct result *result = fake->results[(unsigned char)fake->targets[i].cells[j]];
    if (!result)
        return false;
    *out = *result;
    out->column = j;
    return true;
}

static uint32_t fake_class(const struct report *r, size_t i, size_t j)
{
    const struct fake *fake = r->ctx;
    unsigned char letter = (unsigned char)fake->targets[i].cells[j];
    const struct result *result = fake->results[letter];
    return result && !result->reason[0] ? letter : 0;
}

/* Targets with the same cells, when each is absent or has a class. */
static uint32_t fake_target_class(const struct report *r, size_t i)
{
    const struct fake *fake = r->ctx;
    size_t first = 0;
    for (size_t j = 0; j < r->list_count; j++) {
        unsigned char letter = (unsigned char)fake->targets[i].cells[j];
        if (fake->results[letter] && fake_class(r, i, j) == 0)
            return 0;
    }
    while (memcmp(fake->targets[first].cells, fake->targets[i].cells, r->list_count) != 0)
        first++;
    return (uint32_t)first + 1;
}

static inline char *fake_render_once(struct fake *fake, const struct renderer *renderer,
                                     const struct render_options *options, enum level *level)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct error err = {0};
    fake->report.ctx = fake;
    fake->report.target = fake_target;
    fake->report.result = fake_result;
    fake->report.result_class = fake_class;
    if (!render(renderer, &fake->report, options, out, level, &err) || fclose(out) != 0)
        abort();
    char *copy = mem_dup(text);
    free(text);
    return copy;
}

/* The rendered text; free() it. Classes of targets save time and must change nothing. */
static inline char *fake_render(struct fake *fake, const struct renderer *renderer,
                                const struct render_options *options, enum level *level)
{
    fake->report.target_class = NULL;
    char *one_by_one = fake_render_once(fake, renderer, options, level);
    fake->report.target_class = fake_target_class;
    char *text = fake_render_once(fake, renderer, options, level);
    assert_string_equal(text, one_by_one);
    free(one_by_one);
    return text;
}

#endif
