/* SPDX-License-Identifier: ISC */
/*
 * Sends one sample message over one configured channel and prints how that ended as JSON: what the
 * black-box tests of the channels drive. Not installed.
 *
 * usage: send_message CONFIG CHANNEL TIMEOUT_MS [send|probe|flood|again|ping|ping-fail]
 */
#include "repmon/channels.h"
#include "repmon/heartbeat.h"
#include "repmon/loop.h"

#include "../unit/sample_message.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(struct errors *errors, struct errors *warnings)
{
    char text[2048];
    for (size_t i = 0; i < errors->count; i++) {
        error_format(&errors->items[i], text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    errors_fini(errors);
    errors_fini(warnings);
    return 78;
}

static void print(const struct delivery *d)
{
    json_t *o = json_pack("{s:s,s:i,s:I,s:b,s:s,s:s}", "outcome", delivery_word(d->outcome), "code",
                          d->code, "retry_after", (json_int_t)d->retry_after_s, "may_have_arrived",
                          (int)d->may_have_arrived, "reason", d->reason, "refused", d->refused);
    json_dumpf(o, stdout, 0);
    json_decref(o);
}

int main(int argc, char **argv)
{
    struct errors errors = {0}, warnings = {0};
    struct error err = {0};
    struct conf conf;
    if (argc < 4)
        return 64;
    const char *what = argc > 4 ? argv[4] : "send";
    signal(SIGPIPE, SIG_IGN);
    if (!conf_load(argv[1], &conf, &errors, &warnings))
        return fail(&errors, &warnings);
    static const struct channel *const types[] = {&channel_command, &channel_mail,
                                                  &channel_webhook};
    const struct channel_set set = {types, sizeof types / sizeof *types};
    if (!channel_bind(&set, &conf, &err))
        return 70;
    struct loop *loop = loop_new(&err);
    struct channel_env env = {.conf = &conf,
                              .http = http_new(loop, conf.ca_file, &err),
                              .timeout_ms = strtol(argv[3], NULL, 10)};
    int code = 66;
    if (!env.http) {
        fprintf(stderr, "%s\n", err.text);
    } else if (strncmp(what, "ping", 4) == 0) {
        bool ok = heartbeat_send(&env, strcmp(what, "ping") == 0, &err);
        printf("%s%s\n", ok ? "ok" : "", err.text);
        code = ok ? 0 : 1;
    }
    for (size_t i = 0; code == 66 && env.http && i < conf.channel_count; i++) {
        const struct conf_channel *c = &conf.channels[i];
        struct delivery d = {0};
        struct message m = strcmp(what, "flood") == 0 ? sample_flood() : sample_message();
        m.may_have_arrived = strcmp(what, "again") == 0;
        if (strcmp(c->name, argv[2]) != 0)
            continue;
        if (strcmp(what, "probe") == 0)
            c->type->probe(&env, c, &d);
        else
            c->type->send(&env, c, &m, &d);
        print(&d);
        code = 0;
    }
    http_free(env.http);
    loop_free(loop);
    conf_fini(&conf);
    errors_fini(&errors);
    errors_fini(&warnings);
    return code;
}
