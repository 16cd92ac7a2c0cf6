/* SPDX-License-Identifier: ISC */
/* Transfers in the loop, with a web server in the test itself: both sides move when it says so. */
#include "unit.h"

#include "repmon/clock.h"
#include "repmon/http.h"
#include "repmon/loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* Lets the transfer go on until its request is whole; the accepted connection. */
static int take_request(struct loop *loop, int server)
{
    char text[4096];
    size_t len = 0;
    int fd = -1;
    for (int i = 0; i < 500; i++) {
        loop_wait(loop, 2);
        if (fd < 0)
            fd = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        ssize_t n = fd < 0 ? 0 : read(fd, text + len, sizeof text - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        text[len] = '\0';
        if (strstr(text, "\r\n\r\n"))
            return fd;
    }
    fail_msg("no request came");
    return -1;
}

static void note_status(void *ctx, enum reply_how how, const struct http_response *response)
{
    *(int *)ctx = how == REPLY_ANSWERED ? response->status : -1;
}

static void a_reply_that_is_there_already_is_not_slept_on(void **state)
{
    (void)state;
    static const char reply[] = "HTTP/1.1 204 No Content\r\n\r\n";
    struct error err = {0};
    char url[64];
    uint16_t port;
    int status = 0, server = listen_on_loopback(&port);
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    struct http *http = http_new(loop, NULL, &err);
    assert_non_null(http);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    struct http_request request = {
        .method = "GET", .url = url, .max_body = 1024, .timeout_ms = 30000};
    assert_int_equal(fcntl(server, F_SETFL, O_NONBLOCK), 0);
    assert_true(http_start(http, &request, note_status, &status, &err));
    int fd = take_request(loop, server);
    assert_int_equal(write(fd, reply, sizeof reply - 1), sizeof reply - 1);
    assert_int_equal(status, 0);
    int64_t before = clock_mono_ms();
    loop_wait(loop, 3000);
    assert_int_equal(status, 204);
    assert_true(clock_mono_ms() - before < 1500);
    close(fd);
    close(server);
    http_free(http);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_that_is_there_already_is_not_slept_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
