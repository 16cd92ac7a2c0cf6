/* SPDX-License-Identifier: ISC */
/* What a fitting row says about one text: who refused, which list, which page. */
#include "explain_parts.h"

#include "ascii.h"

#include <stdio.h>
#include <stdlib.h>

void settle_copy(char *out, size_t size, const char *s)
{
    size_t n = strlen(s);
    if (n >= size)
        n = size - 1;
    memcpy(out, s, n);
    out[n] = '\0';
}

enum explain_confidence settle_lower(enum explain_confidence c)
{
    return c > EXPLAIN_LOW ? c - 1 : EXPLAIN_LOW;
}

bool settle_is_private(const struct ip *ip)
{
    const uint8_t *b = ip->bytes;
    if (ip->family == 6)
        return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
    return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
           (b[0] == 192 && b[1] == 168) || (b[0] == 100 && (b[1] & 0xc0) == 64);
}

/* ---- lists ---- */

static bool explain_host_char(char c)
{
    return alnum(c) || c == '-';
}

/* Whether the text names the zone as a whole name, or with a key or a reversed address before it.
 */
static bool explain_names_zone(const char *text, const char *zone)
{
    size_t n = strlen(zone);
    for (const char *p = text; (p = strcasestr(p, zone)); p++) /* the text ends with a NUL */
        if ((p == text || !explain_host_char(p[-1])) && !explain_host_char(p[n]) &&
            !(p[n] == '.' && explain_host_char(p[n + 1])))
            return true;
    return false;
}

const struct explain_zone *settle_zone_named(const struct explain *e, const char *text,
                                             const struct word_set *found, size_t *index)
{
    const struct explain_zone *best = NULL; /* "sbl.spamhaus.org" before "spamhaus.org" */
    for (size_t z = 0; z < e->zone_count; z++) {
        if (!word_set_has(found, (unsigned)(e->row_count + z)) ||
            !explain_names_zone(text, e->zones[z].zone))
            continue;
        if (!best || strlen(e->zones[z].zone) > strlen(best->zone)) {
            best = &e->zones[z];
            *index = z;
        }
    }
    return best;
}

static const struct explain_zone *explain_zone_of(const struct explain *e, const char *name)
{
    for (size_t z = 0; z < e->zone_count; z++)
        if (name[0] && strcasecmp(e->zones[z].zone, name) == 0)
            return &e->zones[z];
    return NULL;
}

void settle_zone(const struct explain *e, const struct explain_zone *z, size_t index,
                 struct explain_verdict *v)
{
    settle_copy(v->list, sizeof v->list, z->zone);
    const struct explain_operator *o = explain_operator_of(e, e->zone_operators[index]);
    v->operator= o ? o->name : e->zone_operators[index];
    v->title = z->operator[0] ? z->operator: z->zone;
    if (o)
        v->title = o->title;
    v->lists = true;
    if (z->closed) {
        v->kind = EXPLAIN_THEIR_FAULT;
        v->meaning = "The receiver uses a DNS list that has closed; what it answers means nothing.";
        v->advice = "Nothing to delist. Tell the receiver's postmaster by other means that the "
                    "list is closed and must be removed from the configuration.";
        return;
    }
    if (z->domain) {
        v->kind = EXPLAIN_DOMAIN;
        v->meaning = "A domain (sender, HELO or a link) is on a list of domains, not your address.";
        v->advice = "Look the domain up at the list that the text names and fix the cause there. "
                    "Delisting the address would change nothing.";
        return;
    }
    if (z->advice[0])
        v->advice = z->advice;
    settle_copy(v->url, sizeof v->url, z->url);
}

/* ---- who refused ---- */

/* The hosts of a family may serve both of its operators: then the row decides which. */
static const struct explain_operator *explain_host_operator(const struct explain *e,
                                                            const struct explain_row *r,
                                                            const struct explain_operator *host)
{
    if (!host || !host->vague)
        return host;
    if (r->who && strcmp(r->who->family, host->family) == 0)
        return r->who;
    const struct explain_operator *as = explain_operator_of(e, host->as);
    return as ? as : host;
}

const struct explain_operator *settle_operator(const struct explain *e, const struct explain_row *r,
                                               const struct explain_attempt *a,
                                               struct explain_verdict *v)
{
    const struct explain_operator *o = r->who, *host = explain_host_operator(e, r, a->host);
    if (o && o->family[0] && host && host != o && strcmp(host->family, o->family) == 0 &&
        r->kind != EXPLAIN_TENANT) {
        o = host;
        const struct explain_default *d = &host->defaults[r->kind];
        if (d->given && !r->either && !r->list[0]) {
            v->meaning = d->meaning[0] ? d->meaning : v->meaning;
            v->advice = d->advice;
            settle_copy(v->url, sizeof v->url, d->url);
            v->confidence = EXPLAIN_MEDIUM;
        }
    }
    if (r->either)
        v->confidence = host && o == host ? EXPLAIN_HIGH : settle_lower(v->confidence);
    if (!o && !r->operator[0])
        o = host;
    v->operator= o ? o->name : "unknown";
    v->title = o ? o->title : "";
    v->lists = o && o->lists;
    return o;
}

/* ---- the page ---- */

/* Fills in {ip} and {code}; a query that can't be filled in is cut off. */
static void explain_fill_url(const char *url, const struct explain_verdict *v, char *out,
                             size_t size)
{
    char ip[IP_TEXT_MAX] = "";
    struct buf b;
    buf_init(&b, size - 1);
    if (v->ip.family)
        ip_format(&v->ip, ip);
    for (const char *p = url; *p; p++) {
        bool is_ip = strncmp(p, "{ip}", 4) == 0, is_code = strncmp(p, "{code}", 6) == 0;
        const char *value = is_ip ? ip : v->code;
        if (!is_ip && !is_code) {
            buf_char(&b, *p);
        } else if (*value) {
            buf_str(&b, value);
            p += is_ip ? 3 : 5;
        } else {
            const char *query = memchr(buf_text(&b), '?', b.len);
            if (query)
                buf_cut(&b, (size_t)(query - b.data));
            break;
        }
    }
    settle_copy(out, size, buf_text(&b));
    buf_fini(&b);
}

/* Length of the "https://" that the text begins with; 0: none. */
static size_t explain_scheme(const char *text, size_t len)
{
    if (starts(text, len, "https://"))
        return 8;
    return starts(text, len, "http://") ? 7 : 0;
}

/* The first web page in the reply; the length, 0 for none. */
static size_t explain_link_in(const char *text, size_t len, const char **start)
{
    const char *p = text, *end = text + len;
    while ((p = memmem(p, (size_t)(end - p), "http", 4))) {
        size_t scheme = explain_scheme(p, (size_t)(end - p));
        size_t n = scheme;
        while (scheme && p + n < end && p[n] > ' ' && p[n] < 0x7f && !strchr("<>\"'()[]{}", p[n]))
            n++;
        while (n > scheme && strchr(".,;:!?", p[n - 1]))
            n--;
        if (scheme && n > scheme + 3) {
            *start = p;
            return n;
        }
        p += 4;
    }
    return 0;
}

void settle_url(const struct explain *e, const struct explain_row *r,
                const struct explain_attempt *a, struct explain_verdict *v)
{
    const char *link = NULL;
    size_t n = a->squeezed ? 0 : explain_link_in(a->text, a->len, &link);
    char ip[IP_TEXT_MAX] = "-";
    if (v->ip.family)
        ip_format(&v->ip, ip);
    const struct explain_zone *zone = explain_zone_of(e, v->list);
    const char *known = zone ? zone->url : "";
    if (v->url[0])
        known = v->url;
    else if (r->url[0])
        known = r->url;
    bool about_us = n > 0 && memmem(link, n, ip, strlen(ip));
    if (n > 0 && n < sizeof v->url &&
        (r->link || !known[0] || (about_us && v->kind != EXPLAIN_THEIR_FAULT))) {
        memcpy(v->url, link, n);
        v->url[n] = '\0';
        return;
    }
    char *template = mem_dup(known);
    explain_fill_url(template, v, v->url, sizeof v->url);
    free(template);
}
