/* SPDX-License-Identifier: ISC */
#include "repmon/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void crypto_must(bool ok)
{
    if (!ok) {
        fputs("repmon: OpenSSL failed\n", stderr);
        abort();
    }
}

void crypto_sha256(const void *data, size_t len, uint8_t out[static SHA256_BYTES])
{
    crypto_must(EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) == 1);
}

struct digest_stream {
    EVP_MD_CTX *context; /* owned */
};

struct digest_stream *digest_stream_new(void)
{
    struct digest_stream *d = mem_alloc(sizeof *d);
    d->context = EVP_MD_CTX_new();
    crypto_must(d->context && EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) == 1);
    return d;
}

void digest_stream_add(struct digest_stream *d, const void *data, size_t len)
{
    crypto_must(EVP_DigestUpdate(d->context, data, len) == 1);
}

void digest_stream_end(struct digest_stream *d, uint8_t out[static SHA256_BYTES])
{
    crypto_must(EVP_DigestFinal_ex(d->context, out, NULL) == 1);
    EVP_MD_CTX_free(d->context);
    free(d);
}

void crypto_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        uint8_t out[static SHA256_BYTES])
{
    crypto_must(key_len <= 4096 &&
                HMAC(EVP_sha256(), key, (int)key_len, data, len, out, NULL) != NULL);
}

void crypto_random(void *out, size_t len)
{
    crypto_must(len <= 65536 && RAND_bytes(out, (int)len) == 1);
}

void crypto_random_label(char *out, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* 32: a byte maps evenly */
    uint8_t bytes[64];
    crypto_must(len > 0 && len <= sizeof bytes);
    crypto_random(bytes, len);
    out[0] = letters[bytes[0] % 26];
    for (size_t i = 1; i < len; i++)
        out[i] = letters[bytes[i] % 32];
    out[len] = '\0';
}

bool crypto_base64(struct buf *out, const void *data, size_t len)
{
    if (len > (1u << 30))
        return false;
    unsigned char *text = mem_alloc(4 * ((len + 2) / 3) + 1);
    int n = EVP_EncodeBlock(text, data, (int)len);
    bool ok = n >= 0 && buf_add(out, text, (size_t)n);
    free(text);
    return ok;
}

bool crypto_base64url(struct buf *out, const void *data, size_t len)
{
    size_t from = out->len;
    if (!crypto_base64(out, data, len))
        return false;
    while (out->len > from && out->data[out->len - 1] == '=')
        buf_cut(out, out->len - 1);
    for (char *p = out->data ? out->data + from : NULL; p && *p; p++) {
        if (*p == '+')
            *p = '-';
        else if (*p == '/')
            *p = '_';
    }
    return true;
}

bool crypto_base64_decode(const char *text, struct buf *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+/";
    size_t len = strspn(text, letters);
    size_t pad = (4 - len % 4) % 4;
    size_t given = strspn(text + len, "=");
    if (len == 0 || pad == 3 || len > (1u << 30) || text[len + given] ||
        (given > 0 && given != pad))
        return false;
    unsigned char *padded = mem_alloc(len + pad), *bytes = mem_alloc((len + pad) / 4 * 3);
    memcpy(padded, text, len);
    memset(padded + len, '=', pad);
    int n = EVP_DecodeBlock(bytes, padded, (int)(len + pad));
    bool ok = n >= 0 && buf_add(out, bytes, (size_t)n - pad);
    explicit_bzero(padded, len + pad);
    explicit_bzero(bytes, (len + pad) / 4 * 3);
    free(padded);
    free(bytes);
    return ok;
}

void crypto_hex(const void *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * len] = '\0';
}

bool crypto_unhex(const char *hex, void *out, size_t len)
{
    size_t got = 0;
    return strlen(hex) == 2 * len && strspn(hex, "0123456789abcdefABCDEF") == 2 * len &&
           OPENSSL_hexstr2buf_ex(out, len, &got, hex, '\0') == 1 && got == len;
}

unsigned crypto_rsa_bits(const void *der, size_t len)
{
    const unsigned char *at = der;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);
    if (!key) {
        at = der;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)len);
    }
    ERR_clear_error(); /* an invalid key is not our error */
    int bits = key && EVP_PKEY_base_id(key) == EVP_PKEY_RSA ? EVP_PKEY_bits(key) : 0;
    EVP_PKEY_free(key);
    return bits > 0 ? (unsigned)bits : 0;
}

/* An encrypted key is useless: there is nobody to ask for its passphrase. */
static int crypto_no_password(char *buf, int size, int writing, void *ctx)
{
    (void)buf, (void)size, (void)writing, (void)ctx;
    return -1;
}

static bool crypto_sign(EVP_PKEY *key, const void *data, size_t len, struct buf *out)
{
    unsigned char signature[CRYPTO_SIGNATURE_MAX];
    size_t size = sizeof signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    crypto_must(ctx != NULL);
    bool ok = EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1;
    if (ok)
        ok = EVP_DigestSign(ctx, signature, &size, data, len) == 1;
    if (ok)
        ok = buf_add(out, signature, size);
    EVP_MD_CTX_free(ctx);
    return ok;
}

bool crypto_sign_rs256(const char *pem, const void *data, size_t len, struct buf *out)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    crypto_must(bio != NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, crypto_no_password, NULL);
    bool rsa =
        key && EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_size(key) <= CRYPTO_SIGNATURE_MAX;
    bool ok = rsa && crypto_sign(key, data, len, out);
    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return ok;
}
