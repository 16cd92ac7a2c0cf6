/* SPDX-License-Identifier: ISC */
/* Changes that come and go, of a finding or of a list's blindness: their times, oldest first. */
#include "words.h"

#include <string.h>

void flap_note(time_t flaps[static LIMIT_FLAP], uint32_t *count, time_t now)
{
    if (*count == LIMIT_FLAP)
        memmove(flaps, flaps + 1, --*count * sizeof *flaps);
    flaps[(*count)++] = now;
}

bool flap_age(const struct judge *j, time_t flaps[static LIMIT_FLAP], uint32_t *count)
{
    uint32_t kept = 0, had = *count;
    if (j->in_doubt)
        return false;
    for (uint32_t i = 0; i < had; i++) {
        if (judge_age(j, flaps[i]) <= j->conf.flap_window)
            flaps[kept++] = flaps[i];
    }
    *count = kept;
    return kept != had;
}

bool flap_is_quiet(const struct judge *j, const time_t flaps[static LIMIT_FLAP], uint32_t count,
                   time_t held)
{
    return !j->in_doubt && judge_age(j, count ? flaps[count - 1] : held) >= QUIET;
}
