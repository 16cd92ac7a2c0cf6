/* SPDX-License-Identifier: ISC */
#include "repmon/stored.h"

#include <stdlib.h>
#include <string.h>

static int stored_samples_by_address(const void *a, const void *b)
{
    const struct stored_sample *x = a, *y = b;
    int order = strcmp(x->source, y->source);
    if (order == 0)
        order = strcmp(x->list, y->list);
    return order ? order : ip_cmp(&x->ip, &y->ip);
}

static int stored_by_address_and_day(const void *a, const void *b)
{
    const struct stored_sample *x = a, *y = b;
    int order = stored_samples_by_address(a, b);
    return order ? order : (x->day < y->day) - (x->day > y->day);
}

void stored_samples_sort(struct stored_samples *s)
{
    if (s->count)
        qsort(s->items, s->count, sizeof *s->items, stored_by_address_and_day);
}

void stored_samples_fini(struct stored_samples *s)
{
    free(s->items);
    *s = (struct stored_samples){0};
}

const struct stored_sample *stored_samples_of(const struct stored_samples *s, const char *source,
                                              const char *list, const struct ip *ip, size_t *count)
{
    const struct stored_sample wanted = {.source = source, .list = list, .ip = *ip};
    const struct stored_sample *found =
        s->count ? bsearch(&wanted, s->items, s->count, sizeof wanted, stored_samples_by_address)
                 : NULL;
    *count = 0;
    if (!found)
        return NULL;
    while (found > s->items && stored_samples_by_address(found - 1, &wanted) == 0)
        found--;
    const struct stored_sample *end = s->items + s->count;
    while (found + *count < end && stored_samples_by_address(found + *count, &wanted) == 0)
        ++*count;
    return found;
}
