/* SPDX-License-Identifier: ISC */
#include "repmon/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t siphash_rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void siphash_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = siphash_rotate(v[1], 13) ^ v[0];
    v[0] = siphash_rotate(v[0], 32);
    v[2] += v[3];
    v[3] = siphash_rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = siphash_rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = siphash_rotate(v[1], 17) ^ v[2];
    v[2] = siphash_rotate(v[2], 32);
}

static void siphash_take(uint64_t v[static 4], uint64_t word)
{
    v[3] ^= word;
    siphash_round(v);
    siphash_round(v);
    v[0] ^= word;
}

uint64_t siphash(const uint8_t key[static SIPHASH_KEY], const void *data, size_t len)
{
    const uint8_t *at = data;
    uint64_t k[2];
    uint64_t word;
    memcpy(k, key, sizeof k);
    k[0] = le64toh(k[0]);
    k[1] = le64toh(k[1]);
    uint64_t v[4] = {k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
                     k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573};
    for (size_t left = len; left >= sizeof word; left -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        siphash_take(v, le64toh(word));
    }
    word = 0;
    memcpy(&word, at, len % sizeof word);
    siphash_take(v, le64toh(word) | (uint64_t)len << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        siphash_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
