/* SPDX-License-Identifier: ISC */
#include "waiting.h"

#include <stdio.h>

#define FEW    3  /* lists left: the end is near, and they are what it waits for */
#define LONG_S 10 /* after this long a person begins to wonder */

void waiting_add(struct waiting *w, const char *list, double rate, uint64_t left, bool silent)
{
    double left_s = rate > 0 ? (double)left / rate : 0;
    w->lists++;
    if (w->list && (left_s < w->left_s || (left_s <= w->left_s && !silent)))
        return;
    w->list = list;
    w->rate = rate;
    w->left_s = left_s;
    w->silent = silent;
}

void waiting_format(const struct waiting *w, char *out, size_t size)
{
    char more[32] = "";
    if (!w->list || (w->lists > FEW && w->left_s < LONG_S)) {
        snprintf(out, size, "asking");
        return;
    }
    if (w->lists > 1)
        snprintf(more, sizeof more, " and %zu more", w->lists - 1);
    if (w->left_s >= 100)
        snprintf(out, size, "waiting for %s: %.0f min at %.3g/s%s", w->list, w->left_s / 60,
                 w->rate, more);
    else if (w->left_s >= 1)
        snprintf(out, size, "waiting for %s: %.0f s at %.3g/s%s", w->list, w->left_s, w->rate,
                 more);
    else
        snprintf(out, size, "waiting for %s%s%s", w->list,
                 w->silent ? ", which is not answering" : "", more);
}
