/* SPDX-License-Identifier: ISC */
/* Parsers of values about the network: addresses, names, URLs, mailboxes, DNS answers. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/host_name.h"
#include "repmon/limits.h"
#include "repmon/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

static bool conf_not_a_name(struct error *err)
{
    return error_set(
        err, ERR_CONFIG,
        "must be one host or domain name: letters, digits, - and _, in parts of at most "
        "63 with dots between them");
}

/* The first word of `value` as a new string; *rest is what follows it. */
static char *conf_hosts_first_word(const char *value, const char **rest)
{
    size_t len = strcspn(value, BLANKS);
    *rest = value + len + strspn(value + len, BLANKS);
    return mem_ndup(value, len);
}

static struct conf_target *conf_add_target(struct conf_reader *r, const struct conf_key *k)
{
    struct conf *c = r->c;
    c->targets = mem_grow(c->targets, c->target_count + 1, sizeof *c->targets);
    struct conf_target *t = &c->targets[c->target_count++];
    *t = (struct conf_target){.kind = (enum target_kind)k->least, .at = {c->path, r->line}};
    return t;
}

bool conf_mistaken(const char *value, struct error *err)
{
    struct buf hint;
    buf_init(&hint, sizeof err->text);
    bool known = typed_hint(value, &hint);
    if (known) {
        *err = (struct error){0};
        error_set(err, ERR_CONFIG, "%s", buf_text(&hint));
    }
    buf_fini(&hint);
    return known;
}

/* Why `word`, the beginning of `value`, is not an address or a block; `err` has the parser's
 * reason. */
static bool conf_not_an_address(const char *word, const char *value, struct error *err)
{
    char name[CONF_NAME_MAX];
    bool digits = word[strspn(word, "0123456789.:/")] == '\0';
    if ((strchr(value, ',') && conf_mistaken(value, err)) || conf_mistaken(word, err))
        return false;
    if (!digits && conf_name_parse(word, name)) {
        *err = (struct error){0};
        error_set(err, ERR_CONFIG, "not an address: for a host name write host = NAME");
    }
    return false;
}

/* "203.0.113.9" of "203.0.113.1 - 203.0.113.9": what follows a dash of any length; or NULL. */
static const char *conf_after_dash(const char *label)
{
    static const char *const dashes[] = {"-", "\xe2\x80\x93", "\xe2\x80\x94"};
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
        size_t len = strlen(dashes[i]);
        if (strncmp(label, dashes[i], len) == 0)
            return label + len + strspn(label + len, BLANKS);
    }
    return NULL;
}

/* A second address where a label belongs, or the end of a range: it would not be watched. */
static bool conf_label_is_label(const char *address, const char *label, struct error *err)
{
    struct ip last;
    struct cidr second;
    const char *end = conf_after_dash(label);
    if (end && ip_parse(end, &last)) {
        struct buf range;
        buf_init(&range, 2 * CIDR_TEXT_MAX);
        buf_fmt(&range, "%s-%s", address, end);
        conf_mistaken(buf_text(&range), err);
        buf_fini(&range);
        return error_set(err, ERR_CONFIG, "takes one address or block: write one line for each");
    }
    char *first = mem_ndup(label, strcspn(label, BLANKS ","));
    /* Behind NAT the inner address is a good label. */
    bool is_target = cidr_parse(first, &second, NULL) && !ip_is_hidden(&second.base);
    free(first);
    return !is_target ||
           error_set(err, ERR_CONFIG, "takes one address or block: write one line for each");
}

/* "203.0.113.0/24 label", and of exclude without the label */
bool value_target_ip(struct conf_reader *r, const struct conf_key *k, void *field,
                     const char *value, struct error *err)
{
    (void)field;
    const char *label;
    char *word = conf_hosts_first_word(value, &label);
    struct cidr cidr;
    bool ok = cidr_parse(word, &cidr, err) || conf_not_an_address(word, value, err);
    if (ok)
        ok = conf_label_is_label(word, label, err);
    free(word);
    if (!ok)
        return false;
    if (*label && k->least == TARGET_EXCLUDE)
        return error_set(err, ERR_CONFIG, "takes one address or block and no label");
    if (strlen(label) > LIMIT_LABEL)
        return error_set(err, ERR_CONFIG, "the label has more than %d bytes", LIMIT_LABEL);
    struct conf_target *t = conf_add_target(r, k);
    struct buf clean;
    buf_init(&clean, 4 * LIMIT_LABEL);
    buf_clean(&clean, label, strlen(label), LIMIT_LABEL);
    t->cidr = cidr;
    t->label = buf_take(&clean);
    return true;
}

bool value_target_name(struct conf_reader *r, const struct conf_key *k, void *field,
                       const char *value, struct error *err)
{
    (void)field;
    char name[CONF_NAME_MAX];
    struct cidr block;
    if (cidr_parse(value, &block, NULL))
        return error_set(err, ERR_CONFIG, "must be a name; for an address use the key ip");
    if (!conf_name_parse(value, name))
        return !conf_mistaken(value, err) && conf_not_a_name(err);
    struct conf_target *t = conf_add_target(r, k);
    t->text = mem_dup(name);
    t->label = mem_dup("");
    return true;
}

bool value_target_file(struct conf_reader *r, const struct conf_key *k, void *field,
                       const char *value, struct error *err)
{
    (void)field;
    char *path = NULL;
    if (!value_path(r, k, &path, value, err))
        return false;
    struct conf_target *t = conf_add_target(r, k);
    t->kind = TARGET_FILE;
    t->text = path;
    t->label = mem_dup("");
    return true;
}

bool value_spf_include(struct conf_reader *r, const struct conf_key *k, void *field,
                       const char *value, struct error *err)
{
    (void)k;
    (void)field;
    struct conf *c = r->c;
    char name[CONF_NAME_MAX];
    if (!conf_name_parse(value, name))
        return !conf_mistaken(value, err) && conf_not_a_name(err);
    c->spf_includes = mem_grow(c->spf_includes, c->spf_include_count + 1, sizeof *c->spf_includes);
    c->spf_includes[c->spf_include_count++] = mem_dup(name);
    return true;
}

bool conf_split_port(const char *value, char *host, size_t size, uint16_t *port)
{
    const char *end = strchr(value, ':'), *at = value;
    struct ip ip;
    if (*value == '[') {
        at++;
        end = strchr(value, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
    } else if (!end || ip_parse(value, &ip)) {
        end = value + strlen(value);
    }
    size_t len = (size_t)(end - at);
    if (len == 0 || len >= size)
        return false;
    memcpy(host, at, len);
    host[len] = '\0';
    if (*value == '[' && (!ip_parse(host, &ip) || ip.family != 6))
        return false;
    const char *digits = *value == '[' ? end + 1 : end;
    if (*digits == '\0')
        return true;
    size_t n = strspn(digits + 1, "0123456789");
    unsigned long number = n && n < 6 ? strtoul(digits + 1, NULL, 10) : 0;
    if (digits[1 + n] || number == 0 || number > 65535)
        return false;
    *port = (uint16_t)number;
    return true;
}

bool value_server(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                  struct error *err)
{
    (void)r;
    (void)k;
    struct conf_channel *ch =
        (struct conf_channel *)((char *)field - offsetof(struct conf_channel, host));
    char host[CONF_NAME_MAX], name[CONF_NAME_MAX];
    struct ip ip;
    uint16_t port = 587;
    if (!conf_split_port(value, host, sizeof host, &port) ||
        (!ip_parse(host, &ip) && !conf_name_parse(host, name)))
        return error_set(err, ERR_CONFIG, "must be HOST:PORT, such as smtp.example.org:587");
    free(ch->host);
    ch->host = mem_dup(ip_parse(host, &ip) ? host : name);
    ch->port = port;
    return true;
}

/* Words of `tls`; 465 is implicit TLS (RFC 8314), whatever is configured. */
bool value_tls(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
               struct error *err)
{
    enum { OFF = 1, IMPLICIT };
    struct conf_channel *ch =
        (struct conf_channel *)((char *)field - offsetof(struct conf_channel, tls_off));
    int word = 0;
    if (!value_word(r, k, &word, value, err))
        return false;
    ch->tls_off = word == OFF;
    ch->tls_implicit = word == IMPLICIT;
    return true;
}

/* "203.0.113.5 mx1.example.org" */
bool value_helo(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)k;
    (void)field;
    struct conf_ptr *ptr = &r->c->ptr;
    struct conf_helo helo;
    char name[CONF_NAME_MAX];
    const char *rest;
    char *word = conf_hosts_first_word(value, &rest);
    bool ok = ip_parse(word, &helo.ip) && conf_name_parse(rest, name);
    free(word);
    if (!ok)
        return error_set(err, ERR_CONFIG,
                         "must be an address and a name, such as 203.0.113.5 mx1.example.org");
    helo.name = mem_dup(name);
    ptr->helo = mem_grow(ptr->helo, ptr->helo_count + 1, sizeof *ptr->helo);
    ptr->helo[ptr->helo_count++] = helo;
    return true;
}

bool value_zone(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    char name[CONF_NAME_MAX];
    if (!conf_name_parse(value, name))
        return conf_not_a_name(err);
    free(*(char **)field);
    *(char **)field = mem_dup(name);
    return true;
}

/* ---- what a DNS list answers and is tested with ---- */

static bool conf_v4(const char *s, size_t len, struct ip *ip)
{
    char text[IP_TEXT_MAX];
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    return ip_parse_raw(text, ip) && ip->family == 4;
}

/* The catalogue's match syntax: A.B.C.D, A.B.C.D-A.B.C.E, A.B.C.D/N, A.B.C.0&M, A.B.*.D */
static bool conf_match_ok(const char *s)
{
    struct ip a, b;
    struct cidr c;
    size_t len = strcspn(s, "-&/*");
    switch (s[len]) {
    case '-':
        return conf_v4(s, len, &a) && conf_v4(s + len + 1, strlen(s + len + 1), &b) &&
               ip_cmp(&a, &b) <= 0;
    case '&': {
        size_t digits = strspn(s + len + 1, "0123456789");
        unsigned long mask = digits && digits < 4 ? strtoul(s + len + 1, NULL, 10) : 0;
        return conf_v4(s, len, &a) && a.bytes[3] == 0 && !s[len + 1 + digits] && mask && mask < 256;
    }
    case '*': {
        char text[32];
        if (len == 0 || s[len - 1] != '.' || s[len + 1] != '.' || strlen(s) >= sizeof text)
            return false;
        snprintf(text, sizeof text, "%.*s0%s", (int)len, s, s + len + 1);
        return conf_v4(text, strlen(text), &a);
    }
    case '/': return cidr_parse(s, &c, NULL) && c.base.family == 4;
    default: return conf_v4(s, len, &a);
    }
}

static bool conf_not_a_match(struct error *err)
{
    return error_set(err, ERR_CONFIG,
                     "the answer must be like 127.0.0.2, 127.0.0.4-127.0.0.7, 127.0.1.0/24, "
                     "127.0.0.0&8 or 127.0.*.2");
}

/* "127.0.0.2 manual critical" */
bool value_code(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    struct conf_dnsbl *list =
        (struct conf_dnsbl *)((char *)field - offsetof(struct conf_dnsbl, codes));
    const char *rest, *severity;
    struct conf_code code;
    code.match = conf_hosts_first_word(value, &rest);
    code.name = conf_hosts_first_word(rest, &severity);
    bool ok = conf_match_ok(code.match) || conf_not_a_match(err);
    const char *end = strchr(code.match, '-');
    if (ok && (strncmp(code.match, "127.", 4) != 0 || (end && strncmp(end, "-127.", 5) != 0)))
        ok = error_set(err, ERR_CONFIG,
                       "must be inside 127.0.0.0/8: no other answer is a listing (RFC 5782)");
    if (ok && (!*code.name || !severity_parse(severity, &code.severity)))
        ok = error_set(err, ERR_CONFIG,
                       "must be ANSWER-OR-RANGE NAME SEVERITY, such as 127.0.0.2 manual critical");
    if (!ok) {
        free(code.match);
        free(code.name);
        return false;
    }
    list->codes = mem_grow(list->codes, list->code_count + 1, sizeof *list->codes);
    list->codes[list->code_count++] = code;
    return true;
}

bool value_error(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                 struct error *err)
{
    (void)r;
    (void)k;
    struct conf_dnsbl *list =
        (struct conf_dnsbl *)((char *)field - offsetof(struct conf_dnsbl, errors));
    if (!conf_match_ok(value))
        return conf_not_a_match(err);
    list->errors = mem_grow(list->errors, list->error_count + 1, sizeof *list->errors);
    list->errors[list->error_count++] = mem_dup(value);
    return true;
}

bool value_test(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    char **slot = field;
    struct ip ip;
    char name[CONF_NAME_MAX];
    bool none = strcmp(value, "none") == 0;
    bool address = ip_parse_raw(value, &ip);
    bool numbers = strspn(value, "0123456789.") == strlen(value);
    if (!none && !address && (numbers || !conf_name_parse(value, name)))
        return error_set(err, ERR_CONFIG,
                         "must be an address such as 127.0.0.2, a name (of a list of domains), or "
                         "none");
    free(*slot);
    *slot = NULL;
    if (!none)
        *slot = mem_dup(address ? value : name);
    return true;
}
