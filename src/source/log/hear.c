/* SPDX-License-Identifier: ISC */
/* Reading the logs of the configuration, piece by piece, until their ends or the deadline. */
#include "log_setup.h"

#include "repmon/input.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEHIND_S      HOUR_S
#define SILENT_DAYS_S DAY_S
#define SILENT_GAPS   3

static void wrong(struct log_heard *out, enum cause cause, const char *text)
{
    if (out->cause != CAUSE_NONE)
        return;
    out->cause = cause;
    snprintf(out->note, sizeof out->note, "%.*s", (int)sizeof out->note - 1, text);
}

static void hear_piece(struct log_setup *s, const struct conf_log *log, struct log_heard *out,
                       const struct input_piece *piece)
{
    const char *at = piece->bytes;
    const char *end = at + piece->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        heard_line(&s->heard, log, &out->lines, at, len);
        at += len + 1;
    }
}

static bool is_time_up(const struct hear_env *env)
{
    return clock_mono_ms() >= env->deadline_ms || (env->stop && *env->stop);
}

/* Reads on from where the last run stopped; the new place is kept whatever happens. */
static void hear_file(struct log_setup *s, const struct conf_log *log, const char *path,
                      struct log_heard *out, const struct hear_env *env)
{
    struct memory_place *place = memory_place(&s->heard.memory, log->name, path);
    struct input_file_options options = {.path = path,
                                         .position = place->position,
                                         .since = (time_t)s->heard.since,
                                         .now = env->now};
    struct error err = {0};
    struct input_piece piece;
    struct buf position;
    struct input_file *in = input_file_open(&options, &err);
    if (!in) {
        char text[sizeof err.file + sizeof err.text + 32];
        error_format(&err, text, sizeof text);
        wrong(out, err.class == ERR_PERMISSION ? CAUSE_DENIED : CAUSE_SERVFAIL, text);
        return;
    }
    bool more = true;
    while (more && !is_time_up(env)) {
        if (!input_file_next(in, &piece, &err)) {
            wrong(out, CAUSE_SERVFAIL, err.text);
            break;
        }
        more = piece.len > 0;
        hear_piece(s, log, out, &piece);
        if (env->progress)
            env->progress(env->ctx, path, input_file_ahead(in));
    }
    if (input_file_has_gap(in))
        wrong(out, CAUSE_GAP,
              "the place of the last run was not found again: lines between then and now are "
              "missing (keep rotated files for longer than runs are apart)");
    buf_init(&position, 4096);
    input_file_position(in, &position);
    free(place->position);
    place->position = buf_take(&position);
    input_file_close(in);
}

/* Rotated files match a pattern too, but are read as what came before the present one. */
static bool is_rotated_of(const char *path, char **others, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (input_is_rotated(others[i], path))
            return true;
    return false;
}

static void hear_pattern(struct log_setup *s, const struct conf_log *log, const char *pattern,
                         struct log_heard *out, const struct hear_env *env)
{
    glob_t found;
    if (!strchr(pattern, '*')) {
        hear_file(s, log, pattern, out, env);
        return;
    }
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) {
        wrong(out, CAUSE_SERVFAIL, "no file fits the pattern");
        globfree(&found);
        return;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!is_rotated_of(found.gl_pathv[i], found.gl_pathv, found.gl_pathc))
            hear_file(s, log, found.gl_pathv[i], out, env);
    globfree(&found);
}

static void judge_reading(struct log_setup *s, const struct conf_log *log, struct log_heard *out,
                          const struct hear_env *env)
{
    const struct memory_section *section = memory_section(&s->heard.memory, log->name);
    int64_t silent = (int64_t)env->now - section->last_line;
    if (out->lines.lines > 0 && out->lines.known == 0 && section->last_line == 0)
        wrong(out, CAUSE_BAD_FORMAT,
              "no line of a format that is read: Postfix, Exim and others, see repmon.conf(5)");
    if (is_time_up(env) && silent > BEHIND_S)
        wrong(out, CAUSE_BEHIND, "the log grows faster than it is read: raise deadline");
    if (section->last_line && silent > SILENT_DAYS_S && silent > SILENT_GAPS * section->longest_gap)
        wrong(out, CAUSE_TIMEOUT,
              "no line of any kind for longer than ever: does the mail server still log there?");
}

/* Stamps without a zone are of the log's. */
static void hear_log(struct log_setup *s, size_t number, const struct hear_env *env)
{
    const struct conf_log *log = &s->conf->logs[number];
    struct log_heard *out = &s->logs[number];
    *out = (struct log_heard){.cause = CAUSE_NONE};
    char *zone = log->timezone ? clock_use_zone(log->timezone) : NULL;
    for (size_t i = 0; i < log->file_count; i++)
        hear_pattern(s, log, log->files[i], out, env);
    if (log->journal)
        wrong(out, CAUSE_SERVFAIL, "the journal can't be read by this version: name a file");
    if (log->timezone)
        clock_restore_zone(zone);
    judge_reading(s, log, out, env);
}

bool log_hear(void *setup, const struct hear_env *env, struct error *err)
{
    struct log_setup *s = setup;
    (void)err;
    int64_t look_back_s = 0;
    for (size_t i = 0; i < s->conf->log_count; i++)
        if (s->conf->logs[i].look_back_ms / 1000 > look_back_s)
            look_back_s = s->conf->logs[i].look_back_ms / 1000;
    s->heard.inventory = env->inventory;
    s->heard.now = (int64_t)env->now;
    s->heard.since = s->heard.now - look_back_s;
    for (size_t i = 0; i < s->conf->log_count; i++)
        hear_log(s, i, env);
    heard_judge(&s->heard, s->conf);
    log_list_receivers(s);
    return true;
}
