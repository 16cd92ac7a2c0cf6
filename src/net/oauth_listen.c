/* SPDX-License-Identifier: ISC */
#include "oauth_listen.h"

#include "repmon/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 16384
#define TRIES       20
#define PATIENCE_MS 10000

static int oauth_listen_on(const struct sockaddr *address, socklen_t len)
{
    int one = 1;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, address, len) == 0 && listen(fd, OAUTH_VISITORS) == 0)
        return fd;
    close(fd);
    return -1;
}

static void oauth_drop_visitor(struct oauth_listener *l, struct oauth_visitor *v)
{
    if (v->fd >= 0) {
        loop_watch(l->loop, v->fd, false, false, NULL, NULL);
        close(v->fd);
    }
    if (v->request.data)
        explicit_bzero(v->request.data, v->request.cap);
    buf_fini(&v->request);
    v->fd = -1;
}

void oauth_listen_close(struct oauth_listener *l)
{
    for (size_t i = 0; i < OAUTH_VISITORS; i++)
        oauth_drop_visitor(l, &l->visitors[i]);
    for (int i = 0; i < 2; i++) {
        if (l->fd[i] >= 0) {
            loop_watch(l->loop, l->fd[i], false, false, NULL, NULL);
            close(l->fd[i]);
        }
        l->fd[i] = -1;
    }
    l->port = 0;
}

/* ---- visitors ---- */

static bool oauth_is_whole(const struct oauth_visitor *v)
{
    return v->fd >= 0 && strstr(buf_text(&v->request), "\r\n\r\n");
}

static void oauth_read_visitor(struct oauth_listener *l, struct oauth_visitor *v)
{
    char chunk[4096];
    ssize_t n = 0;
    while (!oauth_is_whole(v) && (n = recv(v->fd, chunk, sizeof chunk, 0)) > 0) {
        if (!buf_add(&v->request, chunk, (size_t)n)) {
            oauth_drop_visitor(l, v);
            return;
        }
    }
    if (oauth_is_whole(v))
        loop_watch(l->loop, v->fd, false, false, NULL, NULL);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        oauth_drop_visitor(l, v);
}

static void oauth_on_visitor(void *ctx, int fd, bool readable, bool writable)
{
    struct oauth_listener *l = ctx;
    (void)readable, (void)writable;
    for (size_t i = 0; i < OAUTH_VISITORS; i++) {
        if (l->visitors[i].fd == fd) {
            oauth_read_visitor(l, &l->visitors[i]);
            return;
        }
    }
}

/* A free place, or that of the slowest visitor. */
static struct oauth_visitor *oauth_place_for_visitor(struct oauth_listener *l)
{
    struct oauth_visitor *best = &l->visitors[0];
    for (size_t i = 0; i < OAUTH_VISITORS; i++) {
        struct oauth_visitor *v = &l->visitors[i];
        if (v->fd < 0)
            return v;
        if (v->since_ms < best->since_ms)
            best = v;
    }
    oauth_drop_visitor(l, best);
    return best;
}

static void oauth_on_connection(void *ctx, int fd, bool readable, bool writable)
{
    struct oauth_listener *l = ctx;
    (void)readable, (void)writable;
    int visitor = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (visitor < 0)
        return;
    struct oauth_visitor *v = oauth_place_for_visitor(l);
    *v = (struct oauth_visitor){.fd = visitor, .since_ms = clock_mono_ms()};
    buf_init(&v->request, REQUEST_MAX);
    loop_watch(l->loop, visitor, true, false, oauth_on_visitor, l);
    oauth_read_visitor(l, v); /* the request has usually arrived already */
}

void oauth_listen_tidy(struct oauth_listener *l)
{
    int64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < OAUTH_VISITORS; i++) {
        if (l->visitors[i].fd >= 0 && now_ms - l->visitors[i].since_ms > PATIENCE_MS)
            oauth_drop_visitor(l, &l->visitors[i]);
    }
}

/* ---- the listener ---- */

/* "localhost" may mean either family to the browser: finds one port that is free in both. */
static void oauth_find_port(struct oauth_listener *l)
{
    for (int i = 0; i < TRIES; i++) {
        struct sockaddr_in four = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof four;
        l->fd[0] = oauth_listen_on((struct sockaddr *)&four, sizeof four);
        if (l->fd[0] < 0 || getsockname(l->fd[0], (struct sockaddr *)&four, &len) != 0)
            break;
        struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                   .sin6_port = four.sin_port};
        l->fd[1] = oauth_listen_on((struct sockaddr *)&six, sizeof six);
        l->port = ntohs(four.sin_port);
        if (l->fd[1] >= 0 || i + 1 == TRIES)
            return;
        if (i > 2)
            return; /* no IPv6 here */
        oauth_listen_close(l);
    }
    oauth_listen_close(l);
}

void oauth_listen(struct oauth_listener *out, struct loop *loop)
{
    *out = (struct oauth_listener){.loop = loop, .fd = {-1, -1}};
    for (size_t i = 0; i < OAUTH_VISITORS; i++)
        out->visitors[i].fd = -1;
    oauth_find_port(out);
    for (int i = 0; i < 2; i++) {
        if (out->fd[i] >= 0)
            loop_watch(loop, out->fd[i], true, false, oauth_on_connection, out);
    }
}

/* ---- requests ---- */

int oauth_listen_next(struct oauth_listener *l, struct buf *out)
{
    struct oauth_visitor *v = l->visitors;
    while (v < l->visitors + OAUTH_VISITORS && !oauth_is_whole(v))
        v++;
    if (v == l->visitors + OAUTH_VISITORS)
        return -1;
    const char *text = buf_text(&v->request);
    buf_clear(out);
    if (strncmp(text, "GET /", 5) == 0)
        buf_add(out, text + 4, strcspn(text + 4, " \r\n"));
    int fd = v->fd;
    v->fd = -1;
    oauth_drop_visitor(l, v);
    return fd;
}

void oauth_listen_respond(int fd, bool success)
{
    static const char page[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\r\n"
        "<!DOCTYPE html><title>repmon</title><p>repmon has what it needs. You can close this page "
        "and return to the terminal.\n";
    static const char none[] =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const char *text = success ? page : none;
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        text += n;
        len -= (size_t)n;
    }
    shutdown(fd, SHUT_WR);
    close(fd);
}
