/* SPDX-License-Identifier: ISC */
#include "login_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 16384
#define TRIES       20
#define PATIENCE_MS 10000

static int login_listen_on(const struct sockaddr *address, socklen_t len)
{
    int one = 1;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, address, len) == 0 && listen(fd, LOGIN_CLIENTS) == 0)
        return fd;
    close(fd);
    return -1;
}

void login_listen(struct login_listener *out)
{
    *out = (struct login_listener){.fd = {-1, -1}};
    for (size_t i = 0; i < LOGIN_CLIENTS; i++)
        out->clients[i].fd = -1;
    /* "localhost" may be either family to the browser: one port that both have free. */
    for (int i = 0; i < TRIES; i++) {
        struct sockaddr_in four = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof four;
        out->fd[0] = login_listen_on((struct sockaddr *)&four, sizeof four);
        if (out->fd[0] < 0 || getsockname(out->fd[0], (struct sockaddr *)&four, &len) != 0)
            break;
        struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                   .sin6_port = four.sin_port};
        out->fd[1] = login_listen_on((struct sockaddr *)&six, sizeof six);
        out->port = ntohs(four.sin_port);
        if (out->fd[1] >= 0 || i + 1 == TRIES)
            return;
        if (i > 2)
            return; /* no IPv6 here */
        login_close(out);
    }
    login_close(out);
}

static void login_drop_client(struct login_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    if (c->request.data)
        explicit_bzero(c->request.data, c->request.cap);
    buf_fini(&c->request);
    c->fd = -1;
}

void login_close(struct login_listener *l)
{
    for (size_t i = 0; i < LOGIN_CLIENTS; i++)
        login_drop_client(&l->clients[i]);
    for (int i = 0; i < 2; i++) {
        if (l->fd[i] >= 0)
            close(l->fd[i]);
        l->fd[i] = -1;
    }
    l->port = 0;
}

void login_watch(const struct login_listener *l, struct pollfd fds[static LOGIN_FDS])
{
    for (int i = 0; i < 2; i++)
        fds[i] = (struct pollfd){l->fd[i], POLLIN, 0};
    for (size_t i = 0; i < LOGIN_CLIENTS; i++)
        fds[2 + i] = (struct pollfd){l->clients[i].fd, POLLIN, 0};
}

static bool login_is_whole(const struct login_client *c)
{
    return c->fd >= 0 && strstr(buf_text(&c->request), "\r\n\r\n");
}

static void login_read_client(struct login_client *c)
{
    char chunk[4096];
    ssize_t n = 0;
    while (!login_is_whole(c) && (n = recv(c->fd, chunk, sizeof chunk, 0)) > 0) {
        if (!buf_add(&c->request, chunk, (size_t)n)) {
            login_drop_client(c);
            return;
        }
    }
    if (!login_is_whole(c) && (n == 0 || (errno != EAGAIN && errno != EINTR)))
        login_drop_client(c);
}

/* A free place, or that of the slowest. */
static struct login_client *login_place_for_client(struct login_listener *l)
{
    struct login_client *best = &l->clients[0];
    for (size_t i = 0; i < LOGIN_CLIENTS; i++) {
        struct login_client *c = &l->clients[i];
        if (c->fd < 0)
            return c;
        if (c->since_ms < best->since_ms)
            best = c;
    }
    login_drop_client(best);
    return best;
}

void login_work(struct login_listener *l, const struct pollfd fds[static LOGIN_FDS], int64_t now_ms)
{
    for (size_t i = 0; i < LOGIN_CLIENTS; i++) {
        struct login_client *c = &l->clients[i];
        if (c->fd >= 0 && fds[2 + i].revents)
            login_read_client(c);
        else if (c->fd >= 0 && now_ms - c->since_ms > PATIENCE_MS)
            login_drop_client(c);
    }
    for (int i = 0; i < 2; i++) {
        int fd = fds[i].revents ? accept4(l->fd[i], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
        if (fd < 0)
            continue;
        struct login_client *c = login_place_for_client(l);
        *c = (struct login_client){.fd = fd, .since_ms = now_ms};
        buf_init(&c->request, REQUEST_MAX);
        login_read_client(c); /* mostly it is there already */
    }
}

int login_next(struct login_listener *l, struct buf *out)
{
    struct login_client *c = l->clients;
    while (c < l->clients + LOGIN_CLIENTS && !login_is_whole(c))
        c++;
    if (c == l->clients + LOGIN_CLIENTS)
        return -1;
    const char *text = buf_text(&c->request);
    buf_clear(out);
    if (strncmp(text, "GET /", 5) == 0)
        buf_add(out, text + 4, strcspn(text + 4, " \r\n"));
    int fd = c->fd;
    c->fd = -1;
    login_drop_client(c);
    return fd;
}

void login_respond(int fd, bool success)
{
    static const char page[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\r\n"
        "<!DOCTYPE html><title>repmon</title><p>repmon has what it needs. You may close this "
        "page and look at the terminal.\n";
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
