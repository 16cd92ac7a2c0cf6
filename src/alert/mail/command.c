/* SPDX-License-Identifier: ISC */
#include "alert/channel_parts.h"

#include "repmon/channels.h"
#include "repmon/subprocess.h"

#include "mail_message.h"
#include "repmon/clock.h"
#include "repmon/command_words.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COMMAND_TIMEOUT_MS (2 * 60 * 1000)
#define COMMAND_OUTPUT     400 /* bytes of the program's own words that are shown */

/* stdin is the message; of the program's output only stderr is read: stdout may be the message. */
static void command_exec(void *ctx, int report, int keep)
{
    char **words = ctx;
    if (dup2(keep, STDIN_FILENO) < 0 || dup2(report, STDERR_FILENO) < 0)
        _exit(126);
    close(keep);
    close(report);
    execvp(words[0], words);
    fprintf(stderr, "%s", strerror(errno));
    fflush(stderr);
    _exit(errno == ENOENT ? 127 : 126);
}

/* The message as a file without a name, so that no pipe has to be fed. */
static int command_message_file(const struct buf *text)
{
    int fd = memfd_create("repmon-mail", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* The first line that is not blank: a warning stays one line, whatever the program writes. */
static void command_keep_line(struct buf *b)
{
    if (b->len == 0)
        return;
    size_t start = strspn(buf_text(b), "\r\n\t ");
    size_t len = strcspn(buf_text(b) + start, "\r\n");
    memmove(b->data, b->data + start, len);
    buf_cut(b, len);
    for (char *tab; (tab = memchr(b->data, '\t', b->len));)
        *tab = ' ';
}

static void command_feed(const struct channel_env *env, char **words, int fd, struct delivery *out)
{
    struct buf said;
    struct error err = {0};
    int status = 0;
    int64_t timeout = env->timeout_ms > 0 ? env->timeout_ms : COMMAND_TIMEOUT_MS;
    buf_init(&said, COMMAND_OUTPUT);
    enum subprocess_outcome end =
        subprocess_run(command_exec, words, fd, timeout, &said, &status, &err);
    command_keep_line(&said);
    const char *colon = said.len ? ": " : "";
    if (end == SUBPROCESS_TIMEOUT) {
        out->may_have_arrived = true;
        delivery_set(out, DELIVERY_DEFERRED, 0, "the command did not end in time%s%s", colon,
                     buf_text(&said));
    } else if (end == SUBPROCESS_SIGNAL) {
        delivery_set(out, DELIVERY_DEFERRED, 0, "the command was killed by signal %d%s%s", status,
                     colon, buf_text(&said));
    } else if (end == SUBPROCESS_LOST) {
        out->may_have_arrived = true;
        delivery_set(out, DELIVERY_DEFERRED, 0, "the command ran, but %s", err.text);
    } else if (end == SUBPROCESS_FAILED) {
        delivery_set(out, DELIVERY_DEFERRED, 0, "%s", err.text);
    } else if (status == 0) {
        delivery_set(out, DELIVERY_SENT, 0, "%s", "");
    } else {
        delivery_set(out, delivery_of_exit(status), status, "the command exited with status %d%s%s",
                     status, colon, buf_text(&said));
    }
    buf_fini(&said);
}

static void command_send(const struct channel_env *env, const struct conf_channel *conf,
                         const struct message *m, struct delivery *out)
{
    struct error err = {0};
    struct buf text;
    struct mail_envelope envelope = {
        conf->from, (const char *const *)conf->to, conf->to_count, clock_wall(), false, NULL, NULL};
    struct buf page;
    buf_init(&page, MAIL_PAGE_MAX);
    mail_attach_page(env->conf, conf, &page, &envelope);
    *out = (struct delivery){0};
    buf_init(&text, MAIL_MESSAGE_MAX);
    char **words = command_words(conf->command, &err);
    int fd = -1;
    if (!words || !mail_message(&envelope, m, &text, &err))
        delivery_set(out, err.class == ERR_BUG ? DELIVERY_FAILED : DELIVERY_HELD, 0, "%s",
                     err.text);
    else if ((fd = command_message_file(&text)) < 0)
        delivery_set(out, DELIVERY_DEFERRED, 0, "no room for the message: %s", strerror(errno));
    else
        command_feed(env, words, fd, out);
    if (fd >= 0)
        close(fd);
    command_words_free(words);
    buf_fini(&page);
    buf_fini(&text);
}

/* Nothing is run: a mail program has no way to say that it would work. */
static void command_probe(const struct channel_env *env, const struct conf_channel *conf,
                          struct delivery *out)
{
    struct error err = {0};
    (void)env;
    *out = (struct delivery){0};
    char **words = command_words(conf->command, &err);
    if (!words)
        delivery_set(out, DELIVERY_HELD, 0, "%s", err.text);
    else if (strchr(words[0], '/') && access(words[0], X_OK) != 0)
        delivery_set(out, DELIVERY_HELD, 0, "%s can't be run: %s", words[0], strerror(errno));
    else
        delivery_set(out, DELIVERY_SENT, 0, "%s", "");
    command_words_free(words);
}

static bool command_is(const struct conf_channel *conf)
{
    return conf->command != NULL;
}

/* sendmail hands it to this machine's own server. */
static const char *command_server(const struct conf_channel *conf)
{
    (void)conf;
    return "localhost";
}

static const char *command_in_order(const struct conf_channel *conf)
{
    (void)conf;
    return "its program exists and can be run";
}

const struct channel channel_command = {
    .word = "mail",
    .is_for = command_is,
    .mail_server = command_server,
    .in_order = command_in_order,
    .send = command_send,
    .probe = command_probe,
};
