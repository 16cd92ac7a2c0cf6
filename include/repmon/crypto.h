/* SPDX-License-Identifier: ISC */
/* Hashes, signatures, base64 and random bytes, by OpenSSL. Failures of OpenSSL abort. */
#ifndef REPMON_CRYPTO_H
#define REPMON_CRYPTO_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

void crypto_sha256(const void *data, size_t len, uint8_t out[static SHA256_BYTES]);

/* The same of bytes that come in pieces. digest_stream_end() frees it. */
struct digest_stream;
struct digest_stream *digest_stream_new(void);
void digest_stream_add(struct digest_stream *d, const void *data, size_t len);
void digest_stream_end(struct digest_stream *d, uint8_t out[static SHA256_BYTES]);

void crypto_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        uint8_t out[static SHA256_BYTES]);
void crypto_random(void *out, size_t len);

/* A label of `len` random lower-case letters and digits, first a letter, NUL-terminated. */
void crypto_random_label(char *out, size_t len);

bool crypto_base64(struct buf *out, const void *data, size_t len);
bool crypto_base64url(struct buf *out, const void *data, size_t len); /* no padding, RFC 4648 5 */
bool crypto_base64_decode(const char *text,
                          struct buf *out); /* padding may be missing; false: not base64 */
void crypto_hex(const void *data, size_t len, char *out);  /* 2*len+1 bytes */
bool crypto_unhex(const char *hex, void *out, size_t len); /* false: not 2*len digits */

/* Length of an RSA public key in DER (SubjectPublicKeyInfo, or PKCS #1 alone); 0: it is none. */
unsigned crypto_rsa_bits(const void *der, size_t len);

/* Appends the signature RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3) by a private RSA key in PEM
 * of up to 8192 bits, without a password. False: it is none. */
#define CRYPTO_SIGNATURE_MAX 1024
bool crypto_sign_rs256(const char *pem, const void *data, size_t len, struct buf *out);

#endif
