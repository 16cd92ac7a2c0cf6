/* SPDX-License-Identifier: ISC */
/* Standard output as a channel: cron mails what is printed. What was written counts as sent. */
#include "channel_parts.h"

#include "repmon/compose.h"

#define STDOUT_MAX (4u << 20)

static void stdout_send(const struct channel_env *env, const struct conf_channel *conf,
                        const struct message *m, struct delivery *out)
{
    struct buf text;
    struct error err = {0};
    (void)conf;
    *out = (struct delivery){0};
    buf_init(&text, STDOUT_MAX);
    compose_text(m, &text);
    if (!env->print)
        delivery_set(out, DELIVERY_DEFERRED, 0, "nothing is printed here");
    else if (env->print(buf_text(&text), text.len, &err))
        delivery_set(out, DELIVERY_SENT, 0, "%s", "");
    else
        delivery_set(out, DELIVERY_DEFERRED, 0, "%s", err.text);
    buf_fini(&text);
}

static void stdout_probe(const struct channel_env *env, const struct conf_channel *conf,
                         struct delivery *out)
{
    (void)env;
    (void)conf;
    *out = (struct delivery){0};
    delivery_set(out, DELIVERY_SENT, 0, "%s", "");
}

const struct channel channel_stdout = {
    .word = "stdout", .send = stdout_send, .probe = stdout_probe};
