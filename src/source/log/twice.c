/* SPDX-License-Identifier: ISC */
#include "twice.h"

#include "repmon/siphash.h"

#include <string.h>

/* Outcome lines of Postfix and sendmail, and of Exim. */
static bool twice_is_outcome(const char *line, size_t len)
{
    static const char *const marks[] = {"status=", "stat=", " => ", " ** ", " == "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (memmem(line, len, marks[i], strlen(marks[i])))
            return true;
    return false;
}

/* A slot keeps the smallest hash that falls into it, so that two sections keep the same ones. */
bool twice_line(struct twice *t, const uint8_t *key, size_t section, const char *line, size_t len,
                size_t *other)
{
    if (!twice_is_outcome(line, len))
        return false;
    const char *message = memmem(line, len, "]: ", 3);
    size_t skip = message ? (size_t)(message - line) + 3 : 0;
    uint64_t hash = siphash(key, line + skip, len - skip) | 1;
    size_t slot = (size_t)(hash >> 1) % TWICE_SLOTS;
    uint64_t kept = t->slots[slot].hash;
    if (kept == hash) {
        *other = t->slots[slot].section;
        return *other != section;
    }
    if (kept == 0 || hash < kept) {
        t->slots[slot].hash = hash;
        t->slots[slot].section = section;
    }
    return false;
}
