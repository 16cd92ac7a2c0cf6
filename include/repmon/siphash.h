/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short texts, thirty times as fast as
 * an HMAC of OpenSSL. For tables that strangers can fill, and where a text must not be kept.
 */
#ifndef REPMON_SIPHASH_H
#define REPMON_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY 16

uint64_t siphash(const uint8_t key[static SIPHASH_KEY], const void *data, size_t len);

#endif
