/* SPDX-License-Identifier: ISC */
#include "dns_channel.h"

#include <stdio.h>

#define RECEIVE_BUFFER (1 << 20)

void dns_resolver_text(const struct conf_resolver *resolver, char out[static DNS_RESOLVER_TEXT])
{
    char address[IP_TEXT_MAX];
    ip_format(&resolver->ip, address);
    snprintf(out, DNS_RESOLVER_TEXT, resolver->ip.family == 6 ? "[%s]:%u" : "%s:%u", address,
             resolver->port);
}

bool dns_channel_open(const struct dns_channel_options *options, ares_channel *out,
                      struct error *err)
{
    struct ares_options ares = {
        .flags =
            ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_STAYOPEN | ARES_FLAG_NOCHECKRESP,
        .timeout = (int)options->timeout_ms,
        .tries = 1,
        .sock_state_cb = options->state,
        .sock_state_cb_data = options->ctx,
        .socket_receive_buffer_size = RECEIVE_BUFFER,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
               ARES_OPT_SOCK_RCVBUF;
#ifdef ARES_OPT_QUERY_CACHE
    ares.qcache_max_ttl = 0; /* an answer from a cache of our own proves nothing */
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    char server[DNS_RESOLVER_TEXT];
    dns_resolver_text(&options->resolver, server);
    int status = ares_init_options(out, &ares, mask);
    if (status == ARES_SUCCESS) {
        status = ares_set_servers_ports_csv(*out, server);
        if (status == ARES_SUCCESS)
            return true;
        ares_destroy(*out);
    }
    *out = NULL;
    return error_set(err, ERR_UNAVAILABLE, "DNS through %s can't start: %s", server,
                     ares_strerror(status));
}

size_t dns_system_resolvers(struct conf_resolver *out, size_t max)
{
    ares_channel channel;
    struct ares_addr_port_node *servers = NULL;
    size_t count = 0;
    if (ares_init(&channel) != ARES_SUCCESS)
        return 0;
    if (ares_get_servers_ports(channel, &servers) == ARES_SUCCESS) {
        for (struct ares_addr_port_node *s = servers; s && count < max; s = s->next) {
            int family = s->family == AF_INET ? 4 : 6;
            if (!ip_from_bytes(family, &s->addr, &out[count].ip))
                continue;
            out[count++].port = s->udp_port ? (uint16_t)s->udp_port : 53;
        }
        ares_free_data(servers);
    }
    ares_destroy(channel);
    return count;
}
