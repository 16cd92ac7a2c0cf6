/* SPDX-License-Identifier: ISC */
/* The address of a resolver, as the configuration and resolv.conf have it. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/limits.h"

#include <string.h>

/*
 * Takes "%INTERFACE" out of `text` (RFC 4007 section 11), which keeps the rest. False: it is empty
 * or too long for an interface.
 */
static bool conf_take_scope(char *text, char scope[static CONF_SCOPE_MAX])
{
    char *at = strchr(text, '%');
    scope[0] = '\0';
    if (!at)
        return true;
    size_t len = strcspn(at + 1, "]");
    if (len == 0 || len >= CONF_SCOPE_MAX)
        return false;
    memcpy(scope, at + 1, len);
    scope[len] = '\0';
    memmove(at, at + 1 + len, strlen(at + 1 + len) + 1);
    return true;
}

static bool conf_is_link_local(const struct ip *ip)
{
    return ip->family == 6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

bool conf_resolver_parse(const char *text, struct conf_resolver *out, struct error *err)
{
    char copy[CONF_NAME_MAX], host[CONF_NAME_MAX];
    struct conf_resolver r = {.port = 53};
    if (strlen(text) >= sizeof copy)
        goto bad;
    memcpy(copy, text, strlen(text) + 1);
    if (!conf_take_scope(copy, r.scope))
        goto bad;
    if (copy[0] == '[' && !strchr(copy, ']'))
        goto bad;
    if (copy[0] == '[' && strchr(copy, '.') && strspn(copy + 1, "0123456789.") > 6) {
        /* "[192.0.2.1]:5353", as resolv.conf may have it */
        size_t len = strcspn(copy, "]");
        memmove(copy + len, copy + len + 1, strlen(copy + len));
        memmove(copy, copy + 1, strlen(copy));
    }
    if (!conf_split_port(copy, host, sizeof host, &r.port) || !ip_parse(host, &r.ip))
        goto bad;
    if (conf_is_link_local(&r.ip) != (r.scope[0] != '\0'))
        return error_set(err, ERR_CONFIG,
                         "a link-local address needs an interface, such as fe80::1%%eth0, and "
                         "other addresses take none");
    *out = r;
    return true;
bad:
    return error_set(err, ERR_CONFIG,
                     "must be an address, such as 127.0.0.1, 127.0.0.1:5353, [::1]:53 or "
                     "fe80::1%%eth0");
}

bool value_resolver(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)k;
    (void)field;
    struct conf *c = r->c;
    struct conf_resolver resolver;
    if (strpbrk(value, ", \t"))
        return error_set(err, ERR_CONFIG,
                         "takes one address: write one `resolver = …` line for each");
    if (!conf_resolver_parse(value, &resolver, err))
        return false;
    if (c->resolver_count == LIMIT_RESOLVERS)
        return error_set(err, ERR_CONFIG, "may be given at most %d times", LIMIT_RESOLVERS);
    c->resolvers = mem_grow(c->resolvers, c->resolver_count + 1, sizeof *c->resolvers);
    c->resolvers[c->resolver_count++] = resolver;
    return true;
}
