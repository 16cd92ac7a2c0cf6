/* SPDX-License-Identifier: ISC */
/* A source of made-up questions against a name server in a child process. */
#include "unit.h"

#include "repmon/clock.h"
#include "repmon/loop.h"
#include "repmon/probe.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server;
static uint16_t port;

/* Answers NXDOMAIN to everything but names that begin with "s", which it never answers. */
static void serve(int fd)
{
    uint8_t msg[512];
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(fd, msg, sizeof msg, 0, (struct sockaddr *)&from, &from_len);
        if (n < 14 || msg[13] == 's')
            continue;
        msg[2] |= 0x80;
        msg[3] = 3;
        sendto(fd, msg, (size_t)n, 0, (struct sockaddr *)&from, from_len);
    }
}

static int start_server(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        return -1;
    port = ntohs(at.sin_port);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd);
    }
    close(fd);
    return server < 0 ? -1 : 0;
}

static int stop_server(void **state)
{
    (void)state;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

#define QUEUES 12

struct fake {
    struct queue queues[QUEUES];
    size_t count;
    unsigned wanted[QUEUES]; /* questions to ask */
    bool silent[QUEUES];     /* ask names that nobody answers */
    unsigned gone[QUEUES];   /* nobody answers after so many; 0: never */
    int64_t begin_ms;        /* silent queues ask nothing before */
    unsigned rounds;         /* of the loop */
    unsigned asked[QUEUES], answered[QUEUES], lost[QUEUES], cut[QUEUES];
    unsigned in_flight[QUEUES], most[QUEUES], slept[QUEUES];
    int changed, finished;
};

static struct queue *fake_queues(void *state, size_t *count)
{
    struct fake *f = state;
    *count = f->count;
    return f->queues;
}

static enum next fake_next(void *state, size_t queue, int64_t now_ms, struct request *r,
                           int64_t *wake_ms)
{
    struct fake *f = state;
    if (f->silent[queue] && now_ms < f->begin_ms) {
        *wake_ms = f->begin_ms;
        return NEXT_WAIT;
    }
    if (f->asked[queue] == f->wanted[queue])
        return NEXT_DONE;
    bool silent = f->silent[queue] || (f->gone[queue] && f->asked[queue] >= f->gone[queue]);
    r->kind = REQUEST_DNS;
    r->type = DNS_A;
    r->tag = f->asked[queue]++;
    snprintf(r->name, sizeof r->name, "%c%u.test", silent ? 's' : 'n', f->asked[queue]);
    if (++f->in_flight[queue] > f->most[queue])
        f->most[queue] = f->in_flight[queue];
    return NEXT_REQUEST;
}

static void fake_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct fake *f = state;
    f->in_flight[request->queue]--;
    if (reply->how == REPLY_ANSWERED) {
        assert_int_equal(reply->dns->rcode, DNS_NXDOMAIN);
        f->answered[request->queue]++;
    } else if (reply->how == REPLY_DEADLINE) {
        f->cut[request->queue]++;
    } else {
        f->lost[request->queue]++;
    }
}

static void fake_changed(void *state, uint8_t via)
{
    assert_int_equal(via, 1);
    ((struct fake *)state)->changed++;
}

static void fake_asleep(void *state, size_t queue, bool asleep)
{
    ((struct fake *)state)->slept[queue] += asleep;
}

static void fake_finish(void *state)
{
    ((struct fake *)state)->finished++;
}

static const struct source fake_source = {.queues = fake_queues,
                                          .next = fake_next,
                                          .reply = fake_reply,
                                          .resolver_changed = fake_changed,
                                          .queue_asleep = fake_asleep,
                                          .finish = fake_finish};

/* Without what a source may leave out. */
static const struct source plain_source = {
    .queues = fake_queues, .next = fake_next, .reply = fake_reply, .finish = fake_finish};

static void count_round(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    (void)done;
    (void)total;
    (void)text;
    ((struct fake *)ctx)->rounds++;
}

/* A port of the loopback where nobody listens. */
static uint16_t closed_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

/* With a first resolver that is not there, or none such when its port is 0. */
static struct probe_stats ask_as(const struct source *ops, uint16_t dead, struct fake *f,
                                 int64_t timeout_ms, int64_t deadline_ms)
{
    struct conf_resolver resolvers[2] = {{.port = dead}, {.port = port}};
    assert_true(ip_parse("127.0.0.1", &resolvers[0].ip));
    resolvers[1].ip = resolvers[0].ip;
    struct dns_options dns = {.resolvers = dead ? resolvers : resolvers + 1,
                              .count = dead ? 2 : 1,
                              .timeout_ms = timeout_ms,
                              .tries = 2};
    struct error err = {0};
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    struct probe_options options = {.loop = loop,
                                    .dns = &dns,
                                    .deadline_ms = deadline_ms ? clock_mono_ms() + deadline_ms : 0,
                                    .progress = count_round,
                                    .ctx = f};
    struct probe_source source = {ops, f};
    struct probe_stats stats;
    assert_true(probe_run(&options, &source, 1, &stats, &err));
    loop_free(loop);
    assert_int_equal(f->finished, 1);
    for (size_t i = 0; i < f->count; i++) {
        assert_int_equal(f->in_flight[i], 0);
        assert_int_equal(f->answered[i] + f->lost[i] + f->cut[i], f->asked[i]);
    }
    return stats;
}

static struct probe_stats ask(struct fake *f, int64_t timeout_ms, int64_t deadline_ms)
{
    return ask_as(&fake_source, 0, f, timeout_ms, deadline_ms);
}

static void every_request_gets_exactly_one_reply(void **state)
{
    (void)state;
    struct fake f = {.count = 3, .wanted = {500, 1, 0}};
    for (size_t i = 0; i < QUEUES; i++)
        f.queues[i] = (struct queue){.name = "lane", .budget = UINT64_MAX};
    struct probe_stats stats = ask(&f, 5000, 0);
    assert_int_equal(f.answered[0], 500);
    assert_int_equal(f.answered[1], 1);
    assert_true(stats.sent >= 501);
    assert_false(stats.cut);
}

static void a_budget_and_a_cap_bind(void **state)
{
    (void)state;
    struct fake f = {.count = 2, .wanted = {100, 100}};
    f.queues[0] = (struct queue){.name = "poor", .budget = 7};
    f.queues[1] = (struct queue){.name = "narrow", .budget = UINT64_MAX, .cap = 2};
    ask(&f, 5000, 0);
    assert_int_equal(f.asked[0], 7);
    assert_int_equal(f.answered[1], 100);
    assert_true(f.most[1] <= 2);
}

/* 8 tokens are saved at first; the rest comes at 100 a second. */
static void a_rate_is_kept(void **state)
{
    (void)state;
    struct fake f = {.count = 1, .wanted = {130}};
    f.queues[0] = (struct queue){.name = "slow", .rate = 100, .budget = UINT64_MAX};
    int64_t before = clock_mono_ms();
    ask(&f, 5000, 0);
    assert_true(clock_mono_ms() - before >= 250);
    assert_int_equal(f.answered[0], 130);
}

/* Twenty tokens are saved at first and go to as many questions, whose retries must wait for more.
 */
static void a_rate_is_kept_when_questions_are_lost(void **state)
{
    (void)state;
    struct fake f = {.count = 1, .wanted = {20}, .gone = {1}};
    f.queues[0] = (struct queue){.name = "lossy", .rate = 20, .budget = UINT64_MAX};
    int64_t before = clock_mono_ms();
    struct probe_stats stats = ask(&f, 100, 600);
    double most = 20 + 20 * (double)(clock_mono_ms() - before) / 1000;
    assert_int_equal(f.asked[0], 20);
    assert_in_range(stats.again, 1, 19);
    assert_true((double)stats.sent <= most + 1);
}

/* Retries that wait for their queue's pace take no room from others. */
static void a_paced_queue_that_loses_questions_slows_nobody(void **state)
{
    (void)state;
    struct fake f = {.count = 2, .wanted = {20, 2000}, .gone = {1}};
    f.queues[0] = (struct queue){.name = "lossy", .rate = 20, .budget = UINT64_MAX};
    f.queues[1] = (struct queue){.name = "lively", .budget = UINT64_MAX};
    ask(&f, 100, 900);
    assert_int_equal(f.answered[1], 2000);
}

static void a_silent_queue_holds_little_and_slows_nobody(void **state)
{
    (void)state;
    struct fake f = {.count = 2, .wanted = {4, 2000}, .silent = {true}};
    f.queues[0] = (struct queue){.name = "silent", .budget = UINT64_MAX};
    f.queues[1] = (struct queue){.name = "lively", .budget = UINT64_MAX};
    ask(&f, 400, 0);
    assert_true(f.most[0] <= 4);
    assert_int_equal(f.lost[0], 4);
    assert_int_equal(f.answered[1], 2000);
}

static void at_the_deadline_everything_under_way_is_told(void **state)
{
    (void)state;
    struct fake f = {.count = 1, .wanted = {4}, .silent = {true}};
    f.queues[0] = (struct queue){.name = "silent", .budget = UINT64_MAX};
    struct probe_stats stats = ask(&f, 60000, 150);
    assert_int_equal(f.cut[0], 4);
    assert_true(stats.cut);
}

/* Eleven silent queues hold the whole window while a paced one has saved a token. */
static void a_full_window_is_waited_for_and_not_polled(void **state)
{
    (void)state;
    struct fake f = {.count = QUEUES, .wanted = {40}, .begin_ms = clock_mono_ms() + 100};
    f.queues[0] = (struct queue){.name = "paced", .rate = 30, .budget = UINT64_MAX};
    for (size_t i = 1; i < QUEUES; i++) {
        f.queues[i] = (struct queue){.name = "silent", .budget = UINT64_MAX};
        f.silent[i] = true;
        f.wanted[i] = 4;
    }
    ask(&f, 400, 700);
    assert_in_range(f.rounds, 1, 200);
}

/* What was under way when the breaker opened says nothing new. */
static void a_queue_that_went_silent_sleeps_once(void **state)
{
    (void)state;
    struct fake f = {.count = 1, .wanted = {1000}, .gone = {50}};
    f.queues[0] = (struct queue){.name = "gone", .budget = UINT64_MAX};
    ask(&f, 150, 900);
    assert_in_range(f.lost[0], 9, 1000);
    assert_int_equal(f.slept[0], 1);
}

static void a_source_hears_of_another_resolver_once(void **state)
{
    (void)state;
    struct fake f = {.count = 1, .wanted = {20}};
    f.queues[0] = (struct queue){.name = "lane", .budget = UINT64_MAX};
    ask_as(&fake_source, closed_port(), &f, 400, 0);
    assert_int_equal(f.changed, 1);
    assert_int_equal(f.answered[0], 20);
}

static void a_source_may_leave_out_what_it_need_not_hear(void **state)
{
    (void)state;
    struct fake f = {.count = 1, .wanted = {1000}, .gone = {50}};
    f.queues[0] = (struct queue){.name = "gone", .budget = UINT64_MAX};
    ask_as(&plain_source, closed_port(), &f, 150, 900);
    assert_in_range(f.lost[0], 9, 1000);
    assert_int_equal(f.answered[0], 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_gets_exactly_one_reply),
        cmocka_unit_test(a_budget_and_a_cap_bind),
        cmocka_unit_test(a_rate_is_kept),
        cmocka_unit_test(a_rate_is_kept_when_questions_are_lost),
        cmocka_unit_test(a_paced_queue_that_loses_questions_slows_nobody),
        cmocka_unit_test(a_silent_queue_holds_little_and_slows_nobody),
        cmocka_unit_test(at_the_deadline_everything_under_way_is_told),
        cmocka_unit_test(a_full_window_is_waited_for_and_not_polled),
        cmocka_unit_test(a_queue_that_went_silent_sleeps_once),
        cmocka_unit_test(a_source_hears_of_another_resolver_once),
        cmocka_unit_test(a_source_may_leave_out_what_it_need_not_hear),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
