/* SPDX-License-Identifier: ISC */
#include "repmon/shard.h"

#include "repmon/siphash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 1

/* A number of at most four digits without a sign, a blank or a leading zero. */
static bool shard_number(const char *text, size_t len, uint32_t *out)
{
    if (len < 1 || len > 4 || strspn(text, "0123456789") < len || (text[0] == '0' && len > 1))
        return false;
    *out = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

static bool shard_of_index(const char *index, struct shard *out, struct error *err)
{
    uint32_t at;
    if (!index || !*index)
        return error_set(err, ERR_CONFIG,
                         "index needs JOB_COMPLETION_INDEX in the environment, which a Kubernetes "
                         "Job with completionMode: Indexed sets; elsewhere write the number, such "
                         "as 1/%u",
                         out->count);
    if (!shard_number(index, strlen(index), &at) || at >= out->count)
        return error_set(err, ERR_CONFIG,
                         "JOB_COMPLETION_INDEX must be from 0 to %u with %u shard%s: set "
                         "completions of the Job to the number of shards",
                         out->count - 1, out->count, out->count == 1 ? "" : "s");
    out->number = at + 1;
    return true;
}

/* "2/5" and "index/5". */
static bool shard_read(const char *text, struct shard *out, bool *by_index)
{
    const char *slash = strchr(text, '/');
    if (!slash || !shard_number(slash + 1, strlen(slash + 1), &out->count))
        return false;
    if (out->count < 1 || out->count > SHARD_MAX)
        return false;
    size_t len = (size_t)(slash - text);
    *by_index = len == 5 && strncmp(text, "index", len) == 0;
    if (*by_index)
        return true;
    return shard_number(text, len, &out->number) && out->number >= 1 && out->number <= out->count;
}

bool shard_parse(const char *text, const char *index, struct shard *out, struct error *err)
{
    struct shard s = {0};
    bool by_index = false;
    if (!shard_read(text, &s, &by_index))
        return error_set(err, ERR_CONFIG,
                         "must be the number of this shard / how many there are (at most %d), "
                         "counted from 1, such as 2/5; or index/5 in a Kubernetes Indexed Job",
                         SHARD_MAX);
    if (by_index && !shard_of_index(index, &s, err))
        return false;
    *out = s;
    return true;
}

void shard_format(const struct shard *s, char out[static SHARD_TEXT])
{
    out[0] = '\0';
    if (s->count)
        snprintf(out, SHARD_TEXT, "%u/%u", (unsigned)(s->number % 10000),
                 (unsigned)s->count % 10000);
}

/* What is hashed: family, prefix, the address, and the shard's number, all in network order. */
#define SCORED (2 + 16 + 4)

static uint64_t shard_score(uint8_t text[static SCORED], uint32_t number)
{
    static const uint8_t key[SIPHASH_KEY] = "repmon shards 1";
    for (unsigned i = 0; i < 4; i++)
        text[SCORED - 1 - i] = (uint8_t)(number >> 8 * i);
    return siphash(key, text, SCORED);
}

uint32_t shard_of(const struct ip *ip, uint8_t prefix, uint32_t count)
{
    uint8_t text[SCORED] = {ip->family, prefix};
    uint32_t best = FIRST;
    uint64_t most = 0;
    if (ip->family == IP_NAME)
        return FIRST;
    memcpy(text + 2, ip->bytes, sizeof ip->bytes);
    for (uint32_t number = FIRST; number <= count; number++) {
        uint64_t score = shard_score(text, number);
        if (score <= most)
            continue;
        most = score;
        best = number;
    }
    return best;
}

bool shard_has(const struct shard *s, const struct ip *ip, uint8_t prefix)
{
    return s->count <= 1 || shard_of(ip, prefix, s->count) == s->number;
}

bool shard_is_first(const struct shard *s)
{
    return s->count == 0 || s->number == FIRST;
}
