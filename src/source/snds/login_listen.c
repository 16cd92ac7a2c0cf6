/* SPDX-License-Identifier: ISC */
#include "login_listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REQUEST_MAX 16384
#define TRIES       20

static int listen_on(const struct sockaddr *address, socklen_t len)
{
    int one = 1;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, address, len) == 0 && listen(fd, 8) == 0)
        return fd;
    close(fd);
    return -1;
}

void login_listen(struct login_listener *out)
{
    *out = (struct login_listener){{-1, -1}, 0};
    /* "localhost" may be either family to the browser: one port that both have free. */
    for (int i = 0; i < TRIES; i++) {
        struct sockaddr_in four = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof four;
        out->fd[0] = listen_on((struct sockaddr *)&four, sizeof four);
        if (out->fd[0] < 0 || getsockname(out->fd[0], (struct sockaddr *)&four, &len) != 0)
            break;
        struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                   .sin6_port = four.sin_port};
        out->fd[1] = listen_on((struct sockaddr *)&six, sizeof six);
        out->port = ntohs(four.sin_port);
        if (out->fd[1] >= 0 || i + 1 == TRIES)
            return;
        if (i > 2)
            return; /* no IPv6 here */
        login_close(out);
    }
    login_close(out);
}

void login_close(struct login_listener *l)
{
    for (int i = 0; i < 2; i++) {
        if (l->fd[i] >= 0)
            close(l->fd[i]);
    }
    *l = (struct login_listener){{-1, -1}, 0};
}

int login_accept(struct login_listener *l, int which, struct buf *out)
{
    const struct timeval patience = {2, 0};
    char chunk[4096];
    int fd = accept4(l->fd[which], NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    ssize_t n;
    while (!strstr(buf_text(&request), "\r\n\r\n") && (n = recv(fd, chunk, sizeof chunk, 0)) > 0 &&
           buf_add(&request, chunk, (size_t)n))
        ;
    buf_clear(out);
    const char *text = buf_text(&request);
    if (strncmp(text, "GET /", 5) == 0)
        buf_add(out, text + 4, strcspn(text + 4, " \r\n"));
    if (request.data)
        explicit_bzero(request.data, request.cap);
    buf_fini(&request);
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
