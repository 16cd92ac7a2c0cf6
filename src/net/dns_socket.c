/* SPDX-License-Identifier: ISC */
#include "dns_socket.h"

#include "repmon/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECEIVE_BUFFER (1 << 20)

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

unsigned dns_socket_scope(const struct conf_resolver *resolver)
{
    const char *scope = resolver->scope;
    char name[IF_NAMESIZE];
    unsigned number = if_nametoindex(scope);
    if (number || scope[0] == '\0' || scope[strspn(scope, "0123456789")])
        return number;
    number = (unsigned)strtoul(scope, NULL, 10);
    return if_indextoname(number, name) ? number : 0;
}

static socklen_t dns_fill_address(const struct conf_resolver *resolver, union address *out)
{
    memset(out, 0, sizeof *out);
    if (resolver->ip.family == 4) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(resolver->port);
        memcpy(&out->v4.sin_addr, resolver->ip.bytes, 4);
        return sizeof out->v4;
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(resolver->port);
    out->v6.sin6_scope_id = dns_socket_scope(resolver);
    memcpy(&out->v6.sin6_addr, resolver->ip.bytes, 16);
    return sizeof out->v6;
}

static bool dns_is_loopback(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    return ip->family == 4 ? ip->bytes[0] == 127 : memcmp(ip->bytes, one, sizeof one) == 0;
}

static int dns_open_one(const union address *to, socklen_t len)
{
    const int size = RECEIVE_BUFFER;
    int fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* as much as the system allows */
    if (connect(fd, &to->any, len) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

bool dns_sockets_open(struct dns_sockets *s, const struct conf_resolver *resolver,
                      struct error *err)
{
    union address to;
    socklen_t len = dns_fill_address(resolver, &to);
    unsigned wanted = dns_is_loopback(&resolver->ip) ? 1 : DNS_SOCKETS;
    int fd = 0;
    s->count = 0;
    s->fds[0] = -1;
    char text[DNS_RESOLVER_TEXT];
    dns_resolver_text(resolver, text);
    if (resolver->scope[0] && !to.v6.sin6_scope_id)
        return error_set(err, ERR_UNAVAILABLE,
                         "can't query the resolver %s: there is no interface %s", text,
                         resolver->scope);
    while (s->count < wanted && (fd = dns_open_one(&to, len)) >= 0)
        s->fds[s->count++] = fd;
    if (s->count)
        return true;
    int why = errno;
    s->fds[0] = -1;
    return error_set(err, ERR_UNAVAILABLE, "can't query the resolver %s: %s", text, strerror(why));
}

void dns_sockets_close(struct dns_sockets *s)
{
    for (unsigned i = 0; i < s->count; i++)
        close(s->fds[i]);
    s->count = 0;
    s->fds[0] = -1;
}

enum dns_io dns_socket_send(int fd, const uint8_t *msg, size_t len)
{
    if (send(fd, msg, len, 0) >= 0)
        return DNS_IO_DONE;
    if (errno != ECONNREFUSED)
        return DNS_IO_NOTHING; /* no route, no buffers, a firewall: lost like any datagram */
    send(fd, msg, len, 0);     /* the error was about an earlier one */
    return DNS_IO_NOBODY;
}

enum dns_io dns_socket_receive(int fd, uint8_t *buf, size_t size, size_t *len)
{
    ssize_t n = recv(fd, buf, size, 0);
    if (n >= 0) {
        *len = (size_t)n;
        return DNS_IO_DONE;
    }
    return errno == ECONNREFUSED ? DNS_IO_NOBODY : DNS_IO_NOTHING;
}
