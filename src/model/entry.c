/* SPDX-License-Identifier: ISC */
#include "repmon/change.h"

const char *entry_noun(const struct entry *e)
{
    if (e->range_count == 0) /* about one list or all: only the number is known */
        return e->count == 1 ? "target" : "targets";
    static const struct ip address = {.family = 4};
    const struct ip *last = e->more ? &address : &e->ranges[e->range_count - 1].last;
    return ip_noun(&e->ranges[0].first, last, e->count);
}
