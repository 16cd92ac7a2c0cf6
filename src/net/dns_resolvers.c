/* SPDX-License-Identifier: ISC */
/*
 * The resolvers of resolv.conf(5). c-ares 1.18 leaves out those with a scope and asks 127.0.0.1
 * instead; glibc's own reader knows scopes but no ports. So the lines are read here, by the parser
 * of [dns] resolver.
 */
#include "repmon/dns.h"

#include "repmon/buf.h"
#include "repmon/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define BLANKS      " \t\r\n"
#define WORD        "nameserver"

void dns_resolver_text(const struct conf_resolver *resolver, char out[static DNS_RESOLVER_TEXT])
{
    char address[IP_TEXT_MAX];
    ip_format(&resolver->ip, address);
    if (resolver->ip.family == 4)
        snprintf(out, DNS_RESOLVER_TEXT, "%s:%u", address, resolver->port);
    else
        snprintf(out, DNS_RESOLVER_TEXT, "[%s%s%s]:%u", address, resolver->scope[0] ? "%" : "",
                 resolver->scope, resolver->port);
}

/* The address on a nameserver line, cut out in place; NULL when it is not such a line. */
static char *dns_nameserver(char *line)
{
    if (strncmp(line, WORD, strlen(WORD)) != 0 || !strchr(BLANKS, line[strlen(WORD)]))
        return NULL;
    char *address = line + strlen(WORD);
    address += strspn(address, BLANKS);
    address[strcspn(address, BLANKS)] = '\0';
    return *address ? address : NULL;
}

size_t dns_resolvers_read(FILE *file, struct conf_resolver *out, size_t max)
{
    char line[512];
    size_t count = 0, named = 0;
    while (file && fgets(line, sizeof line, file)) {
        char *address = dns_nameserver(line);
        struct error why = {0};
        if (!address)
            continue;
        named++;
        if (count == max)
            break;
        if (conf_resolver_parse(address, &out[count], &why)) {
            count++;
            continue;
        }
        struct buf clean;
        buf_init(&clean, sizeof line);
        buf_clean(&clean, address, strlen(address), sizeof line);
        log_info("resolv.conf: nameserver %s is left out: %s", buf_text(&clean), why.text);
        buf_fini(&clean);
    }
    if (named == 0 && max > 0) /* resolv.conf(5): then the resolver on this machine */
        out[count++] = (struct conf_resolver){.ip = ip_from_v4(0x7f000001), .port = 53};
    return count;
}

size_t dns_system_resolvers(struct conf_resolver *out, size_t max)
{
    FILE *file = fopen(RESOLV_CONF, "re");
    if (!file && errno != ENOENT) {
        log_info("%s: %s", RESOLV_CONF, strerror(errno));
        return 0; /* not 127.0.0.1: the file names another one */
    }
    size_t count = dns_resolvers_read(file, out, max);
    if (file)
        fclose(file);
    return count;
}
