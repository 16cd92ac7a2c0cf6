/* SPDX-License-Identifier: ISC */
#include "dns_tcp.h"

#include "dns_socket.h"
#include "repmon/buf.h"
#include "repmon/dns.h"
#include "repmon/loop.h"

#define CARES_NO_DEPRECATED /* 1.28 renamed ares_send(); either name will do here */
#include <ares.h>
#include <stdlib.h>
#include <sys/socket.h>

struct talk {
    struct dns_tcp *tcp;
    ares_channel channel; /* owned; NULL: free */
    void *user;           /* borrowed; NULL: forgotten */
    unsigned scope;       /* interface of a link-local resolver; 0: none */
    bool ended;           /* c-ares can't be destroyed inside its own callback */
};

struct dns_tcp {
    struct loop *loop; /* borrowed */
    dns_tcp_done *done;
    void *ctx; /* borrowed */
    struct talk talks[DNS_TCP_MAX];
};

struct dns_tcp *dns_tcp_new(struct loop *loop, dns_tcp_done *done, void *ctx)
{
    struct dns_tcp *tcp = mem_alloc(sizeof *tcp);
    tcp->loop = loop;
    tcp->done = done;
    tcp->ctx = ctx;
    for (size_t i = 0; i < DNS_TCP_MAX; i++)
        tcp->talks[i].tcp = tcp;
    return tcp;
}

static void dns_end_talk(struct talk *t)
{
    ares_channel channel = t->channel;
    t->user = NULL;
    if (channel)
        ares_destroy(channel);
    t->channel = NULL;
    t->ended = false;
}

void dns_tcp_free(struct dns_tcp *tcp)
{
    if (!tcp)
        return;
    for (size_t i = 0; i < DNS_TCP_MAX; i++)
        dns_end_talk(&tcp->talks[i]);
    free(tcp);
}

static struct talk *dns_free_talk(const struct dns_tcp *tcp)
{
    for (size_t i = 0; i < DNS_TCP_MAX; i++) {
        if (!tcp->talks[i].channel)
            return (struct talk *)&tcp->talks[i];
    }
    return NULL;
}

bool dns_tcp_has_room(const struct dns_tcp *tcp)
{
    return dns_free_talk(tcp) != NULL;
}

static void dns_on_fd(void *ctx, int fd, bool readable, bool writable)
{
    struct talk *t = ctx;
    if (t->channel)
        ares_process_fd(t->channel, readable ? fd : ARES_SOCKET_BAD,
                        writable ? fd : ARES_SOCKET_BAD);
}

static void dns_on_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
    struct talk *t = ctx;
    loop_watch(t->tcp->loop, fd, readable != 0, writable != 0, dns_on_fd, t);
}

/* c-ares 1.18 knows no scopes: the socket is bound to its interface instead. */
static int dns_bind_to_scope(ares_socket_t fd, int type, void *ctx)
{
    const struct talk *t = ctx;
    const int scope = (int)t->scope;
    (void)type;
    return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &scope, sizeof scope) == 0 ? 0 : -1;
}

static void dns_on_answer(void *ctx, int status, int timeouts, unsigned char *msg, int len)
{
    struct talk *t = ctx;
    void *user = t->user;
    (void)timeouts;
    t->ended = true;
    t->user = NULL;
    if (user)
        t->tcp->done(t->tcp->ctx, user, status == ARES_SUCCESS ? msg : NULL,
                     status == ARES_SUCCESS && len > 0 ? (size_t)len : 0);
}

static bool dns_open_channel(struct talk *t, const struct conf_resolver *resolver,
                             int64_t timeout_ms)
{
    struct ares_options options = {
        .flags = ARES_FLAG_USEVC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_STAYOPEN |
                 ARES_FLAG_NOCHECKRESP,
        .timeout = (int)timeout_ms,
        .tries = 1,
        .sock_state_cb = dns_on_socket,
        .sock_state_cb_data = t,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE
    options.qcache_max_ttl = 0; /* an answer from our own cache would prove nothing */
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    struct conf_resolver plain = *resolver;
    char server[DNS_RESOLVER_TEXT];
    plain.scope[0] = '\0';
    dns_resolver_text(&plain, server);
    if (ares_init_options(&t->channel, &options, mask) != ARES_SUCCESS) {
        t->channel = NULL;
        return false;
    }
    t->scope = dns_socket_scope(resolver);
    if (t->scope)
        ares_set_socket_configure_callback(t->channel, dns_bind_to_scope, t);
    return ares_set_servers_ports_csv(t->channel, server) == ARES_SUCCESS;
}

bool dns_tcp_ask(struct dns_tcp *tcp, const struct conf_resolver *resolver, const uint8_t *query,
                 size_t len, int64_t timeout_ms, void *user)
{
    struct talk *t = dns_free_talk(tcp);
    if (!t)
        return false;
    if (!dns_open_channel(t, resolver, timeout_ms)) {
        dns_end_talk(t);
        return false;
    }
    t->user = user;
    ares_send(t->channel, query, (int)len, dns_on_answer, t);
    return true;
}

void dns_tcp_forget(struct dns_tcp *tcp, const void *user)
{
    for (size_t i = 0; i < DNS_TCP_MAX; i++) {
        struct talk *t = &tcp->talks[i];
        if (!t->channel || t->user != user)
            continue;
        t->user = NULL;
        t->ended = true;
    }
}

void dns_tcp_work(struct dns_tcp *tcp)
{
    for (size_t i = 0; i < DNS_TCP_MAX; i++) {
        struct talk *t = &tcp->talks[i];
        if (t->channel && !t->ended)
            ares_process_fd(t->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        if (t->channel && t->ended)
            dns_end_talk(t);
    }
}
