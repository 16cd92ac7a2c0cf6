/* SPDX-License-Identifier: ISC */
#include "repmon/doctor.h"
#include "repmon/loop.h"

#include "args.h"
#include "command.h"
#include "output.h"
#include "registry.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "startup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_WIDTH 13
#define INDENT     (6 + NAME_WIDTH + 2)

enum { OPT_SEND, OPT_OFFLINE, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_SEND] = {'s', "send", NULL, "send a test message to every channel"},
    [OPT_OFFLINE] = {'o', "offline", NULL, "skip everything that needs the network"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct doctor_data {
    bool send, offline, json;
    bool color;
    struct json_out writer;
    size_t counts[DOCTOR_MARK_COUNT];
    size_t lines;
};

static bool doctor_set(void *data, size_t row, const char *value, struct error *err)
{
    struct doctor_data *d = data;
    switch (row) {
    case OPT_SEND: d->send = true; return true;
    case OPT_OFFLINE: d->offline = true; return true;
    default: return args_json(value, &d->json, err);
    }
}

/* ---- lines ---- */

static void doctor_tell_text(const struct doctor_data *d, const struct doctor_line *l)
{
    static const char *const colors[DOCTOR_MARK_COUNT] = {
        [DOCTOR_RED] = "\033[31m", [DOCTOR_WARN] = "\033[33m", [DOCTOR_OK] = "\033[32m"};
    struct buf text;
    buf_init(&text, 16384);
    buf_fmt(&text, "%s%s%s", l->subject, l->subject[0] ? ": " : "", l->text);
    printf("%s%-4s%s  %-*s  ", d->color ? colors[l->mark] : "",
           l->mark == DOCTOR_RED ? "RED" : doctor_word(l->mark), d->color ? "\033[0m" : "",
           NAME_WIDTH, l->name);
    help_words(stdout, INDENT, INDENT, buf_text(&text));
    if (l->cure[0]) {
        printf("%*s", INDENT, "");
        buf_clear(&text);
        buf_fmt(&text, "-> %s", l->cure);
        help_words(stdout, INDENT, INDENT + 3, buf_text(&text));
    }
    fflush(stdout);
    buf_fini(&text);
}

static void doctor_tell_json(struct json_out *w, const struct doctor_line *l)
{
    struct buf name;
    buf_init(&name, 2048);
    buf_fmt(&name, "%s%s%s", l->name, l->subject[0] ? " " : "", l->subject);
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "name", buf_text(&name));
    json_out_text(w, "state", doctor_word(l->mark));
    json_out_text(w, "text", l->text);
    json_out_text(w, "cure", l->cure);
    json_out_close(w, '}');
    buf_fini(&name);
}

static void doctor_tell(void *ctx, const struct doctor_line *line)
{
    struct doctor_data *d = ctx;
    if (d->json)
        doctor_tell_json(&d->writer, line);
    else
        doctor_tell_text(d, line);
    d->counts[line->mark]++;
    d->lines++;
}

static void doctor_start(struct doctor_data *d, const struct conf *conf)
{
    if (!d->json)
        return;
    json_out_begin(&d->writer, stdout, conf->instance, clock_wall());
    json_out_open(&d->writer, "checks", '[');
}

static void doctor_finish_json(struct json_out *w, const size_t counts[DOCTOR_MARK_COUNT])
{
    static const enum doctor_mark order[] = {DOCTOR_OK, DOCTOR_WARN, DOCTOR_RED};
    json_out_close(w, ']');
    json_out_newline(w);
    json_out_open(w, "summary", '{');
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        json_out_number(w, doctor_word(order[i]), (int64_t)counts[order[i]]);
    json_out_close(w, '}');
    json_out_end(w);
}

static void doctor_finish(struct doctor_data *d)
{
    if (d->json)
        doctor_finish_json(&d->writer, d->counts);
    else
        printf("\n%zu check%s: %zu ok, %zu warnings, %zu red\n", d->lines, d->lines == 1 ? "" : "s",
               d->counts[DOCTOR_OK], d->counts[DOCTOR_WARN], d->counts[DOCTOR_RED]);
}

/* ---- the command ---- */

/* Every error of the file is a line of its own; its class is the exit code. */
static int doctor_tell_errors(struct doctor_data *d, const char *path, const struct errors *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        char text[2048];
        error_format(&errors->items[i], text, sizeof text);
        const char *cure = "create it from config.example, or name another with -c";
        if (errors->items[i].line)
            cure = "repmon.conf(5) explains what that key takes and needs";
        else if (errors->items[i].class == ERR_PERMISSION)
            cure = "as the user of the cron job: sudo -u repmon repmon doctor";
        const struct doctor_line line = {DOCTOR_RED, "configuration", "", text, cure};
        doctor_tell(d, &line);
    }
    if (errors->dropped) {
        char more[64];
        snprintf(more, sizeof more, "%zu more errors", errors->dropped);
        const struct doctor_line line = {DOCTOR_RED, "configuration", "", more,
                                         "fix those above first"};
        doctor_tell(d, &line);
    }
    if (errors->count == 0) {
        const struct doctor_line line = {DOCTOR_RED, "configuration", "", path, "it can't be used"};
        doctor_tell(d, &line);
    }
    enum error_class class = conf_exit_class(errors);
    return error_exit_code(class == ERR_NONE ? ERR_CONFIG : class);
}

static int doctor_run(struct context *ctx, void *data, char **words, size_t count,
                      struct error *err)
{
    struct doctor_data *d = data;
    struct errors errors = {0}, warnings = {0};
    struct render_options terminal = {0};
    const char *path = ctx->config_path ? ctx->config_path : CONF_DEFAULT_PATH;
    bool no_file = !ctx->config_path && access(path, F_OK) != 0 && errno == ENOENT;
    int exit_code = 1;
    (void)words;
    if (count > 0) {
        error_set(err, ERR_USAGE, "doctor takes options, but no arguments");
        return error_exit_code(ERR_USAGE);
    }
    if (d->send && d->offline) {
        error_set(err, ERR_USAGE, "--send needs the network, which --offline leaves out");
        return error_exit_code(ERR_USAGE);
    }
    output_terminal(&terminal);
    d->color = terminal.color;
    if (no_file)
        conf_init(&ctx->conf);
    ctx->has_conf = no_file || conf_load(path, &ctx->conf, &errors, &warnings);
    struct error unbound = {0};
    if (ctx->has_conf && !registry_bind(&ctx->conf, &unbound))
        errors_take(&errors, &unbound);
    if (!ctx->has_conf || errors.count) {
        doctor_start(d, &ctx->conf);
        exit_code = doctor_tell_errors(d, path, &errors);
        doctor_finish(d);
    } else if (become_user(ctx, err)) {
        confine(ctx);
        doctor_start(d, &ctx->conf);
        loop_catch_signals(NULL);
        const struct doctor_options ask = {.conf = &ctx->conf,
                                           .warnings = &warnings,
                                           .no_file = no_file,
                                           .confinement = ctx->confinement,
                                           .offline = d->offline,
                                           .send = d->send,
                                           .tell = doctor_tell,
                                           .ctx = d};
        exit_code = doctor_examine(&ask) ? 0 : 1;
        doctor_finish(d);
    }
    errors_fini(&errors);
    errors_fini(&warnings);
    return exit_code;
}

const struct command command_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "check the whole installation and say how to fix what is wrong",
    .help =
        "Examines configuration, permissions, resolver, every list's self-test, SNDS, Postmaster, "
        "Talos, channels, query budget, clock and state, and reports each as ok, warn or RED, with "
        "a "
        "one-line fix. Run it as the user of the cron "
        "job. Changes nothing; with --send each channel gets a test message.\n\n"
        "Exit codes: 0 if nothing is red, 1 if something is, 78 if the configuration does not "
        "parse.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct doctor_data),
    .set = doctor_set,
    .run = doctor_run,
};
