/* SPDX-License-Identifier: ISC */
/*
 * Renderers turn a report into text for people or programs. They see the report and nothing else:
 * no configuration, no network, no store, and they write to the stream they are given.
 *
 * To add a renderer: a file in src/render with one `const struct renderer`, its declaration below,
 * a row in the array of render.c, and a golden test in tests/unit/test_render_NAME.c. Memory must
 * not grow with targets × lists: a report may hold four million results.
 */
#ifndef REPMON_RENDER_H
#define REPMON_RENDER_H

#include "repmon/error.h"
#include "repmon/report.h"
#include "repmon/threshold.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct render_options {
    unsigned width; /* columns; 0: do not wrap */
    bool color;     /* ANSI colours; the caller knows about terminals */
    int verbose;    /* 0 to 3: how much of what is fine is spelled out */

    /* nagios only: what -w and -c said about the number of listings. */
    bool has_warning, has_critical;
    struct threshold warning, critical;
};

struct renderer {
    const char *name;
    const char *help; /* one line */

    /* Heap state of one rendering; both arguments and `out` are borrowed until end(). */
    void *(*begin)(const struct report *report, const struct render_options *options, FILE *out);
    void (*target)(void *state, size_t i); /* once for each target, in order */
    enum level (*end)(void *state);        /* frees the state; what the exit code tells */
};

/* By name, or NULL. */
const struct renderer *render_find(const char *name);

/* All of them, for help and completion; ends with NULL. */
const struct renderer *const *render_all(void);

/*
 * Writes the whole report. False when the stream took an error (ERR_IO); *level, what the exit
 * code tells, is set either way.
 */
bool render(const struct renderer *renderer, const struct report *report,
            const struct render_options *options, FILE *out, enum level *level, struct error *err);

extern const struct renderer render_text, render_json, render_nagios, render_prometheus;

/* The page: of a report with its past (`repmon page`), and no --format. */
extern const struct renderer render_html;

#endif
