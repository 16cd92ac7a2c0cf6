/* SPDX-License-Identifier: ISC */
/*
 * What the two halves of the text renderer share: text_finding.c tells about a group of addresses,
 * text.c about all the rest. Nobody else includes this.
 */
#ifndef REPMON_RENDER_TEXT_H
#define REPMON_RENDER_TEXT_H

#include "text_group.h"
#include "text_print.h"

#define TEXT_BYTES (64u << 10) /* of one paragraph */

struct text {
    const struct report *report; /* borrowed */
    struct printer printer;
    int verbose;
    struct grouping grouping;
    char **advised;       /* owned: per list, the advice printed last; NULL */
    const char *specials; /* the kind of special address explained last; NULL (static text) */
};

/* "" for one. */
static inline const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* The verdict of a group, then each of its findings. */
void text_print_group(struct text *t, const struct group *group);

#endif
