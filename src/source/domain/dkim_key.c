/* SPDX-License-Identifier: ISC */
#include "dkim_key.h"

#include "repmon/buf.h"
#include "repmon/crypto.h"
#include "tag_list.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX       8192
#define ED25519_BYTES 32
#define RSA_LEAST     1024 /* RFC 8301 3.2 */
#define RSA_ADVISED   2048

static struct dkim_key_read dkim_unusable(const char *why)
{
    return (struct dkim_key_read){.key = DKIM_KEY_UNUSABLE, .why = why};
}

/* Decodes Base64 that may contain blanks, as long records do; false: it is not Base64. */
static bool dkim_decode(const struct tag *p, struct buf *out)
{
    char *text = mem_alloc(p->value_len + 1);
    size_t len = 0;
    for (size_t i = 0; i < p->value_len; i++)
        if (!strchr(" \t\r\n", p->value[i]) || !p->value[i])
            text[len++] = p->value[i];
    bool whole = strlen(text) == len && len % 4 != 1;
    bool ok = whole && crypto_base64_decode(text, out);
    free(text);
    return ok;
}

static struct dkim_key_read dkim_judge_rsa(const struct buf *der)
{
    unsigned bits = crypto_rsa_bits(der->data, der->len);
    if (bits == 0)
        return dkim_unusable("p= is not an RSA key; it may be truncated");
    enum dkim_key key = bits < RSA_ADVISED ? DKIM_KEY_RATHER_SHORT : DKIM_KEY_FINE;
    if (bits < RSA_LEAST)
        key = DKIM_KEY_TOO_WEAK;
    return (struct dkim_key_read){.key = key, .bits = bits, .why = ""};
}

/* "email" or "*" among words with colons between them (RFC 6376 3.6.1, s=) */
static bool dkim_serves_mail(const struct tag *s)
{
    const char *at = s->value, *end = s->value + s->value_len;
    while (at < end) {
        const char *stop = memchr(at, ':', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        while (len && *at == ' ') {
            at++;
            len--;
        }
        while (len && at[len - 1] == ' ')
            len--;
        if ((len == 1 && *at == '*') || (len == 5 && memcmp(at, "email", 5) == 0))
            return true;
        at = stop ? stop + 1 : end;
    }
    return false;
}

static struct dkim_key_read dkim_judge_key(const char *text, size_t len, const struct tag *p)
{
    struct tag k, s;
    struct buf der;
    bool has_kind = tag_find(text, len, "k", &k);
    bool ed25519 = has_kind && tag_value_is(&k, "ed25519", true);
    if (has_kind && !ed25519 && !tag_value_is(&k, "rsa", true))
        return dkim_unusable("its k= is neither rsa nor ed25519");
    if (tag_find(text, len, "s", &s) && !dkim_serves_mail(&s))
        return dkim_unusable("its s= excludes e-mail");
    buf_init(&der, KEY_MAX);
    struct dkim_key_read read = {.key = DKIM_KEY_FINE, .why = ""};
    if (!dkim_decode(p, &der))
        read = dkim_unusable("p= is not base64");
    else if (ed25519 && der.len != ED25519_BYTES)
        read = dkim_unusable("an ed25519 key has 32 octets");
    else if (!ed25519)
        read = dkim_judge_rsa(&der);
    buf_fini(&der);
    return read;
}

struct dkim_key_read dkim_key_read(const char *text, size_t len)
{
    struct tag first, p;
    const char *at = text;
    if (!tag_next(&at, text + len, &first))
        return (struct dkim_key_read){.why = ""};
    struct tag v;
    bool has_version = tag_find(text, len, "v", &v);
    bool is_dkim = has_version && tag_value_is(&v, "DKIM1", false);
    if (has_version && !is_dkim)
        return (struct dkim_key_read){.why = ""};
    if (!tag_find(text, len, "p", &p))
        return is_dkim ? dkim_unusable("it has no p=") : (struct dkim_key_read){.why = ""};
    if (has_version && !tag_is(&first, "v"))
        return dkim_unusable("v=DKIM1 must come first");
    if (p.value_len == 0)
        return (struct dkim_key_read){.key = DKIM_KEY_WAS_REVOKED, .why = ""};
    return dkim_judge_key(text, len, &p);
}
