/* SPDX-License-Identifier: ISC */
#include "streamed.h"

#include "repmon/clock.h"
#include "repmon/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define END_MS  2000 /* from the end of its output to its exit */
#define STEP_MS 10

static void streamed_ready(void *ctx, int fd, bool readable, bool writable)
{
    (void)ctx, (void)fd, (void)readable, (void)writable; /* it only ends the wait */
}

static void streamed_close(struct streamed *s, int *fd)
{
    if (*fd < 0)
        return;
    loop_watch(s->loop, *fd, false, false, NULL, NULL);
    close(*fd);
    *fd = -1;
}

bool streamed_start(struct streamed *s, struct loop *loop, const char *const *argv,
                    struct error *err)
{
    int out[2], words[2];
    *s = (struct streamed){.loop = loop, .pid = -1, .out = -1, .err = -1};
    if (pipe2(out, O_CLOEXEC) != 0)
        return error_set(err, ERR_IO, "no pipe for %s: %s", argv[0], strerror(errno));
    if (pipe2(words, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return error_set(err, ERR_IO, "no pipe for %s: %s", argv[0], strerror(errno));
    }
    s->pid = subprocess_spawn(argv, out[1], words[1]);
    close(out[1]);
    close(words[1]);
    s->out = out[0];
    s->err = words[0];
    fcntl(s->out, F_SETFL, O_NONBLOCK);
    fcntl(s->err, F_SETFL, O_NONBLOCK);
    if (s->pid > 0)
        return true;
    streamed_end(s);
    return error_set(err, ERR_IO, "no process for %s: %s", argv[0], strerror(errno));
}

/* Keeps only the beginning, because the rest of a long complaint adds nothing. */
static void streamed_listen(struct streamed *s)
{
    char bytes[512];
    ssize_t got;
    while (s->err >= 0 && (got = read(s->err, bytes, sizeof bytes)) > 0) {
        size_t room = STREAMED_WORDS - s->word_count;
        size_t take = (size_t)got < room ? (size_t)got : room;
        memcpy(s->words + s->word_count, bytes, take);
        s->word_count += take;
        s->words[s->word_count] = '\0';
    }
}

/* Both are watched, so that a child that complains at length is not stuck. */
static void streamed_wait(struct streamed *s, int64_t ms)
{
    if (s->out >= 0)
        loop_watch(s->loop, s->out, true, false, streamed_ready, s);
    loop_wait(s->loop, ms);
    if (s->out >= 0)
        loop_watch(s->loop, s->out, false, false, NULL, NULL);
}

static bool streamed_is_over(const struct input_limit *limit)
{
    return loop_interrupted() || clock_mono_ms() >= limit->deadline_ms;
}

ssize_t streamed_read(struct streamed *s, void *out, size_t len, const struct input_limit *limit)
{
    while (!streamed_is_over(limit)) {
        streamed_listen(s);
        ssize_t got = read(s->out, out, len);
        if (got > 0)
            return got;
        s->ended = got == 0 || (errno != EAGAIN && errno != EINTR);
        if (s->ended)
            return 0;
        int64_t left = limit->deadline_ms - clock_mono_ms();
        streamed_wait(s, left < 100 ? left : 100);
    }
    return -1;
}

int streamed_end(struct streamed *s)
{
    int raw = 0;
    int64_t end = clock_mono_ms() + END_MS;
    streamed_close(s, &s->out);
    while (s->ended && !subprocess_has_ended(s->pid) && clock_mono_ms() < end) {
        streamed_listen(s);
        loop_wait(s->loop, STEP_MS);
    }
    streamed_listen(s);
    streamed_close(s, &s->err);
    if (s->pid <= 0)
        return -1;
    kill(-s->pid, SIGKILL);
    bool exited = subprocess_reap(s->pid, &raw) == 0 && WIFEXITED(raw);
    s->pid = -1;
    return exited ? WEXITSTATUS(raw) : -1;
}
