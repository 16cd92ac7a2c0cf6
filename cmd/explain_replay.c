/* SPDX-License-Identifier: ISC */
/* `repmon explain --replay`: what logs would have raised. */
#include "config.h"
#include "explain.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/log_replay.h"
#include "repmon/session.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct replay {
    struct log_replay *log;
    struct buf line; /* a line that has not ended yet */
    size_t alerts;
    int64_t first; /* time of the first line; 0: no line had one */
    bool only_first;
};

/* ---- lines of a file ---- */

static void explain_take_line(struct replay *r, const char *line, size_t len)
{
    if (!r->only_first)
        log_replay_line(r->log, line, len);
    else if (r->first == 0)
        log_replay_time(r->log, line, len, &r->first);
}

/* A line longer than any in a mail log is left out. */
static void explain_take(void *context, const char *data, size_t len)
{
    struct replay *r = context;
    const char *end = data + len;
    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        size_t part = (size_t)((newline ? newline : end) - data);
        if (r->line.len == 0 && newline)
            explain_take_line(r, data, part);
        else
            buf_add(&r->line, data, part);
        if (newline && r->line.len > 0 && !r->line.failed)
            explain_take_line(r, r->line.data, r->line.len);
        if (newline)
            buf_clear(&r->line);
        data += part + 1;
    }
}

static bool explain_read_log(struct replay *r, const char *path, struct error *err)
{
    char empty[PATH_MAX + 32];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == EACCES ? ERR_PERMISSION : ERR_INPUT, "%s: %s", path,
                         strerror(errno));
    snprintf(empty, sizeof empty, "%s: the file is empty", path);
    bool ok = explain_read(fd, path, empty, explain_take, r, err);
    if (ok && r->line.len > 0 && !r->line.failed)
        explain_take_line(r, r->line.data, r->line.len);
    buf_clear(&r->line);
    close(fd);
    return ok;
}

/* ---- the oldest first, in whatever order they are given ---- */

struct dated {
    char *path; /* borrowed */
    int64_t first;
};

static int explain_by_time(const void *a, const void *b)
{
    const struct dated *x = a;
    const struct dated *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static bool explain_date_logs(struct replay *r, struct dated *logs, size_t count, struct error *err)
{
    r->only_first = true;
    for (size_t i = 0; i < count; i++) {
        r->first = 0;
        if (!explain_read_log(r, logs[i].path, err))
            return false;
        logs[i].first = r->first;
    }
    r->only_first = false;
    qsort(logs, count, sizeof *logs, explain_by_time);
    return true;
}

/* ---- what is printed ---- */

static void explain_print_alert(void *context, const struct log_replay_alert *a)
{
    struct replay *r = context;
    char when[40], ip[IP_TEXT_MAX];
    clock_format_local(a->time, when, sizeof when);
    ip_format(a->ip, ip);
    printf("%s  %s %s%s%s%s", when, a->headline, ip, a->code[0] ? " (" : "", a->code,
           a->code[0] ? ")" : "");
    printf("%s%s\n", a->level > LEVEL_OK ? ", " : "",
           a->level > LEVEL_OK ? level_word(a->level) : "");
    if (a->evidence && a->evidence[0]) {
        fputs("  ", stdout);
        help_words(stdout, 2, 2, a->evidence);
    }
    r->alerts++;
}

static void explain_print_sum(void *context, const struct log_replay_sum *s)
{
    char ip[IP_TEXT_MAX];
    ip_format(&s->ip, ip);
    const char *cells[] = {s->receiver, ip, s->state};
    table_row(context, LEVEL_OK, cells);
}

static void explain_print_sums(const struct replay *r)
{
    static const char *const heads[] = {"receiver", "address", "state"};
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){
        .out = stdout, .width = help_width(stdout), .columns = 3, .colored = 2, .heads = heads};
    log_replay_sums(r->log, explain_print_sum, t);
    table_end(t);
    free(t);
}

static void explain_print_totals(struct replay *r)
{
    struct log_replay_totals t = log_replay_totals(r->log);
    char first[40], last[40];
    clock_format_local(t.first, first, sizeof first);
    clock_format_local(t.last, last, sizeof last);
    struct buf text;
    buf_init(&text, 512);
    buf_fmt(&text, "%zu alert%s from %" PRIu64 " line%s", r->alerts, r->alerts == 1 ? "" : "s",
            t.lines, t.lines == 1 ? "" : "s");
    if (t.first)
        buf_fmt(&text, ", %s to %s", first, last);
    buf_fmt(&text, "; %" PRIu64 " answer%s from receivers", t.attempts, t.attempts == 1 ? "" : "s");
    fputs(r->alerts ? "\n" : "", stdout);
    help_words(stdout, 0, 2, buf_text(&text));
    explain_print_sums(r);
    buf_clear(&text);
    log_replay_otherwise(r->log, &text);
    if (text.len)
        help_words(stdout, 0, 2, buf_text(&text) + 1);
    buf_fini(&text);
    if (t.known == 0)
        puts("No line is in a known format: Postfix, Exim and others.");
    else if (t.timeless == t.known)
        help_words(stdout, 0, 2,
                   "No line has a time, so nothing can be replayed: give a log with times "
                   "(journalctl -o short-iso, not -o cat).");
    else if (t.timeless)
        printf("  left out: %" PRIu64 " line%s without a time\n", t.timeless,
               t.timeless == 1 ? "" : "s");
    if (t.attempts > 0 && t.nameless == t.attempts)
        help_words(stdout, 0, 2,
                   "No line names the sending address: the address shown is assumed. `repmon "
                   "doctor` names the mail server option that fixes this.");
    if (t.odd)
        printf("  left out: %" PRIu64 " line%s with a time of another day\n", t.odd,
               t.odd == 1 ? "" : "s");
}

/* ---- the command ---- */

/* The section that reads this file; else the only one; else one with nothing but a name. */
static const struct conf_log *explain_section_of(const struct conf *conf, const char *path)
{
    static char name[] = "log";
    static const struct conf_log plain = {.name = name,
                                          .severity = SEV_MAJOR,
                                          .valid_for_ms = (int64_t)7 * 86400 * 1000,
                                          .look_back_ms = (int64_t)86400 * 1000};
    for (size_t i = 0; i < conf->log_count; i++)
        for (size_t k = 0; k < conf->logs[i].file_count; k++)
            if (strcmp(conf->logs[i].files[k], path) == 0)
                return &conf->logs[i];
    return conf->log_count > 0 ? &conf->logs[0] : &plain;
}

static bool explain_watch(const struct conf *conf, struct inventory *inventory, struct error *err)
{
    struct errors errors = {0};
    bool ok = inventory_add_conf(inventory, conf, &errors);
    if (!ok && errors.count > 0)
        *err = errors.items[errors.count - 1];
    errors_fini(&errors);
    if (!ok)
        return false;
    inventory_finish_conf(inventory, conf);
    return inventory->count > 0 ||
           error_set(
               err, ERR_CONFIG,
               "--replay needs your addresses: `ip` in [targets]; names are not looked up here");
}

static bool explain_replay_logs(struct replay *r, char **paths, size_t count, struct error *err)
{
    struct dated *logs = mem_array(count, sizeof *logs);
    for (size_t i = 0; i < count; i++)
        logs[i].path = paths[i];
    bool ok = explain_date_logs(r, logs, count, err);
    for (size_t i = 0; ok && i < count; i++)
        ok = explain_read_log(r, logs[i].path, err);
    free(logs);
    return ok;
}

static int explain_replay_replay(const struct conf *conf, const struct inventory *inventory,
                                 char **paths, size_t count, struct error *err)
{
    struct replay r = {.alerts = 0};
    const struct conf_log *section = explain_section_of(conf, paths[0]);
    buf_init(&r.line, EXPLAIN_LINE_MAX);
    char *zone = section->timezone ? clock_use_zone(section->timezone) : NULL;
    const struct judge_conf rules = session_judge_conf(conf);
    r.log = log_replay_new(conf, section, inventory, &rules, explain_print_alert, &r, err);
    bool ok = r.log && explain_replay_logs(&r, paths, count, err);
    if (ok) {
        log_replay_end(r.log);
        explain_print_totals(&r);
    }
    struct log_replay_totals t = {0};
    if (ok)
        t = log_replay_totals(r.log);
    int code = ok && t.known == t.timeless ? 1 : 0;
    if (section->timezone)
        clock_restore_zone(zone);
    log_replay_free(r.log);
    buf_fini(&r.line);
    return ok ? code : error_exit_code(err->class);
}

int explain_replay(struct context *ctx, char **paths, size_t count, struct error *err)
{
    struct inventory inventory;
    if (count == 0) {
        error_set(err, ERR_USAGE, "--replay reads logs: name their files");
        return error_exit_code(err->class);
    }
    ctx->has_conf = config_load(ctx->config_path, false, &ctx->conf, err);
    if (!ctx->has_conf)
        return error_exit_code(err->class);
    inventory_init(&inventory);
    int code = explain_watch(&ctx->conf, &inventory, err)
                   ? explain_replay_replay(&ctx->conf, &inventory, paths, count, err)
                   : error_exit_code(err->class);
    inventory_fini(&inventory);
    return code;
}
