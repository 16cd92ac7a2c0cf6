/* SPDX-License-Identifier: ISC */
/* Reads the configured logs, piece by piece, to their ends or until the deadline. */
#include "log_setup.h"

#include "repmon/input.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/text_fit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEHIND_S      HOUR_S
#define BEHIND_MARK   "behind "   /* before a position: the next run skips to the last hour */
#define PROGRESS_FROM (16u << 20) /* bytes after which a waiting person is shown progress */
#define SILENT_DAYS_S DAY_S
#define SILENT_GAPS   3

static void hear_wrong(struct log_heard *out, enum cause cause, const char *text)
{
    if (out->cause != CAUSE_NONE)
        return;
    out->cause = cause;
    text_fit(out->note, sizeof out->note, "%s", text);
}

static void hear_note_twice(struct log_setup *s, struct log_heard *out, const char *line,
                            size_t len)
{
    size_t other;
    if (!twice_line(s->twice, s->heard.memory.key, (size_t)(out - s->logs), line, len, &other))
        return;
    out->same++;
    out->same_log = other;
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
        if (s->twice)
            hear_note_twice(s, out, at, len);
        at += len + 1;
    }
}

static bool hear_is_time_up(const struct hear_env *env)
{
    return clock_mono_ms() >= env->deadline_ms || loop_interrupted();
}

/* One log of this run. */
struct hear_reading {
    struct log_setup *s;
    const struct conf_log *log;
    struct log_heard *out;
    const struct hear_env *env;
    struct memory_place *place; /* where the last run stopped; then where this one does */
    int64_t since;              /* a first reading begins here, by look_back */
    bool skip;                  /* the last run fell behind */
    bool cut;                   /* time was up before the end */
};

/* Reads the next piece of an input, whether file or journal. */
typedef bool reading_next_fn(void *in, struct input_piece *out, struct error *err);

static void hear_cannot_open(struct hear_reading *r, const struct error *err)
{
    char text[sizeof err->file + sizeof err->text + 32];
    error_format(err, text, sizeof text);
    hear_wrong(r->out, CAUSE_UNREADABLE, text);
}

static void hear_read_pieces(struct hear_reading *r, reading_next_fn *next, void *in,
                             const char *path)
{
    struct error err = {0};
    struct input_piece piece;
    bool more = true;
    while (more && !hear_is_time_up(r->env)) {
        if (!next(in, &piece, &err)) {
            hear_cannot_open(r, &err);
            return;
        }
        more = piece.len > 0;
        hear_piece(r->s, r->log, r->out, &piece);
        uint64_t ahead = path ? input_file_ahead(in) : 0;
        if (r->env->progress && ahead > PROGRESS_FROM)
            r->env->progress(r->env->ctx, path, ahead);
    }
    r->cut |= more;
}

static void hear_lost_lines(struct hear_reading *r)
{
    hear_wrong(
        r->out, CAUSE_GAP,
        r->skip
            ? "the last run was more than an hour behind: this one continued with the last hour"
            : "the place where the last run stopped was not found again: lines between then and "
              "now are missing (keep rotated files for longer than the time between runs)");
}

static const char *hear_begin_reading(struct hear_reading *r, const char *path)
{
    r->place = memory_place(&r->s->heard.memory, r->log->name, path);
    const char *position = r->place->position;
    size_t mark = strlen(BEHIND_MARK);
    r->skip = strncmp(position, BEHIND_MARK, mark) == 0;
    return r->skip ? position + mark : position;
}

/* The new place is kept even if reading failed. */
static void hear_end_reading(struct hear_reading *r, struct buf *position)
{
    free(r->place->position);
    r->place->position = buf_take(position);
}

static bool hear_time_of_line(void *ctx, const char *line, size_t len, int64_t *time)
{
    struct heard *h = ctx;
    const struct maillog_clock clock = {.now = h->now};
    struct maillog_event e;
    return maillog_parse(line, len, &h->scratch, &e) && maillog_time(e.stamp, &clock, time);
}

static bool hear_next_of_file(void *in, struct input_piece *out, struct error *err)
{
    return input_file_next(in, out, err);
}

/* Whether reading stopped at lines more than an hour old, with more to read. */
static bool hear_is_behind(const struct hear_reading *r)
{
    const struct memory_section *section = memory_section(&r->s->heard.memory, r->log->name);
    return r->cut && (int64_t)r->env->now - section->last_line > BEHIND_S;
}

static time_t hear_since_of(const struct hear_reading *r)
{
    return r->skip ? (time_t)(r->env->now - BEHIND_S) : (time_t)r->since;
}

/* Anything after a known place is new, however long ago the last run was; look_back is only for
 * logs without a place. */
static void hear_leave_out(struct hear_reading *r, bool reads_on)
{
    r->s->heard.since = reads_on ? 0 : (int64_t)hear_since_of(r);
}

static void hear_mark_behind(const struct hear_reading *r, struct buf *position)
{
    if (hear_is_behind(r) && !loop_interrupted())
        buf_str(position, BEHIND_MARK);
}

static void hear_file(struct hear_reading *r, const char *path)
{
    const char *position = hear_begin_reading(r, path);
    struct input_file_options options = {.path = path,
                                         .position = position,
                                         .since = hear_since_of(r),
                                         .skip = r->skip,
                                         .now = r->env->now,
                                         .time_of = hear_time_of_line,
                                         .ctx = &r->s->heard};
    struct error err = {0};
    struct buf text;
    struct input_file *in = input_file_open(&options, &err);
    if (!in) {
        hear_cannot_open(r, &err);
        return;
    }
    hear_leave_out(r, position[0] && !input_file_has_gap(in));
    hear_read_pieces(r, hear_next_of_file, in, path);
    if (input_file_has_gap(in))
        hear_lost_lines(r);
    buf_init(&text, 4096);
    hear_mark_behind(r, &text);
    input_file_position(in, &text);
    hear_end_reading(r, &text);
    input_file_close(in);
}

static bool hear_next_of_journal(void *in, struct input_piece *out, struct error *err)
{
    return input_journal_next(in, out, err);
}

/* The place belongs to this match: a different match is a different log. */
static void hear_journal(struct hear_reading *r)
{
    char path[256];
    snprintf(path, sizeof path, "journal:%.200s", r->log->journal);
    const char *position = hear_begin_reading(r, path);
    struct input_journal_options options = {.match = r->log->journal,
                                            .position = r->skip ? "" : position,
                                            .since = hear_since_of(r),
                                            .loop = r->env->loop,
                                            .limit = {.deadline_ms = r->env->deadline_ms}};
    struct error err = {0};
    struct buf text;
    if (!r->env->loop)
        return;
    struct input_journal *in = input_journal_open(&options, &err);
    if (!in) {
        hear_cannot_open(r, &err);
        return;
    }
    hear_leave_out(r, position[0] && !r->skip);
    hear_read_pieces(r, hear_next_of_journal, in, NULL);
    if (r->skip || input_journal_has_gap(in))
        hear_lost_lines(r);
    buf_init(&text, 4096);
    input_journal_position(in, &text);
    if (text.len > 0 && hear_is_behind(r) && !loop_interrupted()) {
        buf_clear(&text);
        buf_str(&text, BEHIND_MARK);
        input_journal_position(in, &text);
    }
    hear_end_reading(r, &text);
    input_journal_close(in);
}

/* A pattern matches rotated files too, but those are read as earlier parts of the current file. */
static bool hear_is_rotated_of(const char *path, char **others, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (input_is_rotated(others[i], path))
            return true;
    return false;
}

static void hear_pattern(struct hear_reading *r, const char *pattern)
{
    glob_t found;
    if (!strchr(pattern, '*')) {
        hear_file(r, pattern);
        return;
    }
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) {
        char text[320];
        text_fit(text, sizeof text, "no file matches %s: correct file in its [log] section",
                 pattern);
        hear_wrong(r->out, CAUSE_UNREADABLE, text);
        globfree(&found);
        return;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!hear_is_rotated_of(found.gl_pathv[i], found.gl_pathv, found.gl_pathc))
            hear_file(r, found.gl_pathv[i]);
    globfree(&found);
}

static void hear_judge_reading(struct hear_reading *r)
{
    const struct memory_section *section = memory_section(&r->s->heard.memory, r->log->name);
    int64_t silent = (int64_t)r->env->now - section->last_line;
    if (r->out->lines.lines > 0 && r->out->lines.known == 0 && section->last_line == 0)
        hear_wrong(r->out, CAUSE_BAD_FORMAT,
                   "name the mail server's own log in its [log] section: no line is in a known "
                   "format (repmon-refusals(7) lists the mail servers)");
    if (r->out->lines.ahead * 2 > r->out->lines.known)
        hear_wrong(r->out, CAUSE_BAD_FORMAT,
                   "most lines have a time in the future, and are not judged: correct timezone in "
                   "the [log] section, or the clock");
    if (r->out->lines.timeless * 2 > r->out->lines.known)
        hear_wrong(r->out, CAUSE_BAD_FORMAT,
                   "most lines have no time, and are not judged: let the logger write one "
                   "(journalctl -o short-iso, not -o cat)");
    if (r->cut && loop_interrupted())
        hear_wrong(r->out, CAUSE_NOT_ASKED, "interrupted by a signal: the next run continues");
    if (hear_is_behind(r))
        hear_wrong(r->out, CAUSE_BEHIND,
                   "a quarter of the deadline was too short to read the new lines: raise deadline");
    if (r->cut || !section->last_line)
        return;
    if (silent > SILENT_DAYS_S && silent > SILENT_GAPS * memory_longest_gap(section))
        hear_wrong(
            r->out, CAUSE_SILENT,
            "no line of a known format for longer than ever before: does the mail server still log "
            "there?");
}

/* A message is not counted twice unless only one of the sections names its own address. Warns once
 * a week at most, because cron mails every warning. */
static void hear_tell_twice(struct log_setup *s, size_t number)
{
    const struct log_heard *out = &s->logs[number];
    if (out->same < TWICE_SURE)
        return;
    struct memory_place *said = memory_place(&s->heard.memory, s->conf->logs[number].name, "twice");
    if (s->heard.now - strtoll(said->position, NULL, 10) < 7 * (int64_t)DAY_S)
        return;
    log_warn("[log \"%s\"] reads the same lines as [log \"%s\"]: remove one of them",
             s->conf->logs[number].name, s->conf->logs[out->same_log].name);
    char now[24];
    snprintf(now, sizeof now, "%lld", (long long)s->heard.now);
    free(said->position);
    said->position = mem_dup(now);
}

/* Stamps without a zone are in the log's time zone. */
static void hear_log(struct log_setup *s, size_t number, int64_t since, const struct hear_env *env)
{
    const struct conf_log *log = &s->conf->logs[number];
    struct hear_reading r = {
        .s = s, .log = log, .out = &s->logs[number], .env = env, .since = since};
    *r.out = (struct log_heard){.cause = CAUSE_NONE};
    char *zone = log->timezone ? clock_use_zone(log->timezone) : NULL;
    for (size_t i = 0; i < log->file_count; i++)
        hear_pattern(&r, log->files[i]);
    if (log->journal)
        hear_journal(&r);
    if (log->timezone)
        clock_restore_zone(zone);
    hear_judge_reading(&r);
}

bool log_hear(void *setup, const struct hear_env *env, struct error *err)
{
    struct log_setup *s = setup;
    int64_t look_back_s = 0;
    if (env->all_targets && !log_addresses_are_targets(s->conf, env->inventory, err))
        return false;
    for (size_t i = 0; i < s->conf->log_count; i++)
        if (s->conf->logs[i].look_back_ms / 1000 > look_back_s)
            look_back_s = s->conf->logs[i].look_back_ms / 1000;
    s->heard.inventory = env->inventory;
    s->heard.typed = env->all_targets ? NULL : s->conf;
    s->heard.now = (int64_t)env->now;
    if (s->conf->log_count > 1 && !s->twice)
        s->twice = mem_alloc(sizeof *s->twice);
    for (size_t i = 0; i < s->conf->log_count; i++)
        hear_log(s, i, s->heard.now - look_back_s, env);
    for (size_t i = 0; i < s->conf->log_count; i++)
        hear_tell_twice(s, i);
    bool whole = !env->in_doubt; /* a doubtful clock must not end anything */
    for (size_t i = 0; i < s->conf->log_count; i++)
        whole &= s->logs[i].cause == CAUSE_NONE;
    heard_judge(&s->heard, s->conf, whole);
    log_list_receivers(s);
    if (s->heard.explain) /* NULL when no log is configured */
        explain_rest(s->heard.explain);
    return true;
}
