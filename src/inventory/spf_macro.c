/* SPDX-License-Identifier: ISC */
#include "spf_macro.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DELIMITERS ".-+,/_="
#define VALUE_MAX  1024
#define PARTS_MAX  256

/* "%{d2r.-}" taken apart; or one of %%, %_ and %- in `plain`. */
struct macro {
    char letter; /* as written; 0: plain */
    const char *plain;
    unsigned long keep; /* parts from the right; 0: all */
    bool reversed;
    char delimiters[16];
};

/* Moves *at past the macro there. False: not well formed. */
static bool spf_read_macro(const char **at, bool explanation, struct macro *m)
{
    static const struct {
        char written;
        const char *plain;
    } plains[] = {{'%', "%"}, {'_', " "}, {'-', "%20"}};
    const char *p = *at + 1;
    *m = (struct macro){.letter = 0};
    for (size_t i = 0; i < sizeof plains / sizeof *plains; i++) {
        if (*p != plains[i].written)
            continue;
        m->plain = plains[i].plain;
        *at = p + 1;
        return true;
    }
    if (*p++ != '{' || !*p || !strchr(explanation ? "slodipvhcrt" : "slodipvh", tolower(*p)))
        return false;
    m->letter = *p++;
    size_t digits = strspn(p, "0123456789");
    m->keep = strtoul(p, NULL, 10);
    if (digits && m->keep == 0)
        return false;
    p += digits;
    m->reversed = *p == 'r' || *p == 'R';
    p += m->reversed;
    size_t len = strspn(p, DELIMITERS);
    if (len >= sizeof m->delimiters || p[len] != '}')
        return false;
    memcpy(m->delimiters, p, len);
    *at = p + len + 1;
    return true;
}

static bool spf_is_literal(char c)
{
    return c >= 0x21 && c <= 0x7e && c != '%';
}

/* Reads to the end of a macro-string; *last is where its last macro ended. */
static bool spf_read_string(const char *text, const char **last)
{
    struct macro m;
    *last = NULL;
    for (const char *p = text; *p;) {
        if (*p != '%' && !spf_is_literal(*p))
            return false;
        if (*p != '%') {
            p++;
            continue;
        }
        if (!spf_read_macro(&p, false, &m))
            return false;
        *last = p;
    }
    return true;
}

bool spf_macro_is_string(const char *text)
{
    const char *last;
    return spf_read_string(text, &last);
}

/* toplabel: letters, digits and hyphens inside, and not digits alone. */
static bool spf_is_top_label(const char *text, size_t len)
{
    bool other = false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!isalnum(c) && c != '-')
            return false;
        other |= !isdigit(c);
    }
    return len > 0 && other && text[0] != '-' && text[len - 1] != '-';
}

bool spf_macro_is_domain(const char *text)
{
    const char *last;
    size_t len = strlen(text);
    if (len == 0 || !spf_read_string(text, &last))
        return false;
    if (last && !*last)
        return true;
    if (text[len - 1] == '.')
        len--;
    size_t start = len;
    while (start > 0 && text[start - 1] != '.' && text + start != last)
        start--;
    return start > 0 && text[start - 1] == '.' && spf_is_top_label(text + start, len - start);
}

bool spf_macro_needs_name(const char *text)
{
    struct macro m;
    for (const char *p = strchr(text, '%'); p; p = strchr(p, '%')) {
        if (!spf_read_macro(&p, true, &m))
            return false;
        if (tolower(m.letter) == 'p')
            return true;
    }
    return false;
}

/* ---- values ---- */

/* "192.0.2.1", or the nibbles of an IPv6 address in order, with dots. */
static void spf_add_dotted(const struct ip *ip, struct buf *out)
{
    char text[IP_TEXT_MAX];
    if (ip->family == 4) {
        ip_format(ip, text);
        buf_str(out, text);
        return;
    }
    for (size_t i = 0; i < 32; i++) {
        unsigned nibble = i % 2 ? ip->bytes[i / 2] & 15u : ip->bytes[i / 2] >> 4;
        buf_fmt(out, "%s%X", i ? "." : "", nibble);
    }
}

static void spf_add_value(char letter, const struct spf_macro_values *v, struct buf *out)
{
    char text[IP_TEXT_MAX];
    switch (tolower(letter)) {
    case 's': buf_fmt(out, "%s@%s", v->local, v->sender_domain); break;
    case 'l': buf_str(out, v->local); break;
    case 'o': buf_str(out, v->sender_domain); break;
    case 'd': buf_str(out, v->domain); break;
    case 'i': spf_add_dotted(&v->ip, out); break;
    case 'p': buf_str(out, v->validated); break;
    case 'v': buf_str(out, v->ip.family == 4 ? "in-addr" : "ip6"); break;
    case 'h': buf_str(out, v->helo); break;
    case 'r': buf_str(out, v->receiver); break;
    case 't': buf_fmt(out, "%" PRIdMAX, (intmax_t)v->now); break;
    default: ip_format(&v->ip, text); buf_str(out, text);
    }
}

/* An upper-case letter asks for URL escapes (RFC 7208 7.3). */
static void spf_add_part(const char *part, size_t len, bool escaped, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)part[i];
        if (escaped && !isalnum(c) && !strchr("-._~", c))
            buf_fmt(out, "%%%02X", c);
        else
            buf_char(out, (char)c);
    }
}

static void spf_add_macro(const struct macro *m, const struct spf_macro_values *v, struct buf *out)
{
    struct buf value;
    const char *parts[PARTS_MAX];
    size_t lens[PARTS_MAX], count = 0;
    buf_init(&value, VALUE_MAX);
    spf_add_value(m->letter, v, &value);
    const char *delimiters = m->delimiters[0] ? m->delimiters : ".";
    for (const char *p = buf_text(&value); count < PARTS_MAX; p++) {
        parts[count] = p;
        lens[count] = strcspn(p, delimiters);
        p += lens[count++];
        if (!*p)
            break;
    }
    size_t first = m->keep && m->keep < count ? count - (size_t)m->keep : 0;
    for (size_t i = first; i < count; i++) {
        size_t n = m->reversed ? count - 1 - i : i;
        buf_str(out, i > first ? "." : "");
        spf_add_part(parts[n], lens[n], isupper((unsigned char)m->letter) != 0, out);
    }
    buf_fini(&value);
}

bool spf_macro_expand(const char *text, const struct spf_macro_values *v, bool explanation,
                      struct buf *out)
{
    struct macro m;
    for (const char *p = text; *p;) {
        if (*p != '%' && !spf_is_literal(*p) && !(explanation && *p == ' '))
            return false;
        if (*p != '%') {
            buf_char(out, *p++);
            continue;
        }
        if (!spf_read_macro(&p, explanation, &m))
            return false;
        if (m.plain)
            buf_str(out, m.plain);
        else
            spf_add_macro(&m, v, out);
    }
    return !out->failed;
}
