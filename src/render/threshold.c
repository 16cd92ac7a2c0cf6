/* SPDX-License-Identifier: ISC */
#include "repmon/threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A plain decimal number; *end points just after it. */
static bool threshold_number(const char *s, const char **end, double *out)
{
    const char *p = s + (*s == '-');
    size_t digits = strspn(p, "0123456789");
    const char *q = p + digits;
    if (digits && *q == '.') {
        size_t decimals = strspn(q + 1, "0123456789");
        if (decimals == 0)
            return false;
        q += 1 + decimals;
    }
    if (digits == 0)
        return false;
    *out = strtod(s, NULL);
    *end = q;
    return true;
}

static bool parse(const char *s, struct threshold *r)
{
    const char *end = s;
    r->inside = *s == '@';
    s += r->inside;
    r->start = 0;
    r->end = INFINITY;
    const char *colon = strchr(s, ':');
    if (colon) {
        if (s[0] == '~' && colon == s + 1)
            r->start = -INFINITY;
        else if (s != colon && (!threshold_number(s, &end, &r->start) || end != colon))
            return false;
        s = colon + 1;
        if (*s == '\0')
            return true;
    }
    return threshold_number(s, &end, &r->end) && *end == '\0' && r->start <= r->end;
}

bool threshold_parse(const char *s, struct threshold *out, struct error *err)
{
    struct threshold range = {0};
    if (strlen(s) >= sizeof range.text || !parse(s, &range))
        return error_set(err, ERR_USAGE,
                         "a threshold is [@]START:END, START: or END, such as 0, 2: or @1:5");
    memcpy(range.text, s, strlen(s) + 1);
    *out = range;
    return true;
}

bool threshold_alerts(const struct threshold *range, double value)
{
    bool within = value >= range->start && value <= range->end;
    return within == range->inside;
}
