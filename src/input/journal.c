/* SPDX-License-Identifier: ISC */
#include "repmon/input.h"

#include "journal_entry.h"
#include "repmon/subprocess.h"
#include "streamed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_FORMAT "journal1 "
#define WORDS           12

struct input_journal {
    struct streamed child;
    struct input_limit limit;
    bool gap, started;
    const char *wanted; /* borrowed: a cursor to look for; NULL: none */
    bool found;
    char *buffer; /* owned: INPUT_PIECE_BYTES of JSON */
    size_t fill;
    bool in_long;                        /* inside of an entry that is longer than the buffer */
    struct buf lines;                    /* of the piece that is given out */
    char cursor[JOURNAL_CURSOR_MAX + 1]; /* of the last entry that was given out; "" */
};

/* ---- the command ---- */

struct journal_command {
    const char *words[WORDS + 1];
    size_t count;
    char match[300], from[JOURNAL_CURSOR_MAX + 32];
};

static void journal_command_add(struct journal_command *c, const char *word)
{
    c->words[c->count++] = word;
}

/* --all: without it fields over 4 KiB are null. */
static void journal_command_init(struct journal_command *c, const struct input_journal_options *o)
{
    *c = (struct journal_command){.count = 0};
    journal_command_add(c, "journalctl");
    journal_command_add(c, "-o");
    journal_command_add(c, "json");
    journal_command_add(c, "--all");
    journal_command_add(c, "--no-pager");
    journal_command_add(c, "--output-fields=MESSAGE,SYSLOG_IDENTIFIER");
    if (strcmp(o->match, "mail") == 0)
        snprintf(c->match, sizeof c->match, "--facility=mail");
    else
        snprintf(c->match, sizeof c->match, "--unit=%.250s", o->match);
    journal_command_add(c, c->match);
}

/* ---- what went wrong ---- */

/* "Hint: You are currently not seeing messages …" and "No journal files were opened due to
 * insufficient permissions." */
static bool journal_words_are_of_permission(const char *words)
{
    return strstr(words, "not seeing messages") || strstr(words, "insufficient permissions");
}

static bool journal_denied(struct error *err)
{
    return error_set(err, ERR_PERMISSION,
                     "no permission to read the journal; add the user that runs repmon to the "
                     "group: adduser repmon systemd-journal");
}

/* Judges how the command ended; false with an error when it failed. */
static bool journal_judge_end(struct input_journal *in, int status, struct error *err)
{
    char clean[STREAMED_WORDS * 4];
    struct buf words;
    if (status == SUBPROCESS_NOT_STARTED)
        return error_set(err, ERR_INPUT,
                         "the journal can't be read: there is no journalctl; name a file");
    if (journal_words_are_of_permission(in->child.words))
        return journal_denied(err);
    if (status == 0)
        return true;
    buf_init(&words, sizeof clean - 1);
    buf_clean(&words, in->child.words, in->child.word_count, in->child.word_count);
    snprintf(clean, sizeof clean, "%s", buf_text(&words));
    buf_fini(&words);
    if (status < 0)
        return error_set(err, ERR_IO, "journalctl was killed%s%s", *clean ? ": " : "", clean);
    /* Status 1 without a message: nothing was found (since systemd 250). */
    if (status == 1 && in->child.word_count == 0)
        return true;
    return error_set(err, ERR_IO, "journalctl exited with %d%s%s", status, *clean ? ": " : "",
                     clean);
}

/* ---- its output ---- */

static void journal_consume(struct input_journal *in, size_t bytes)
{
    in->fill -= bytes;
    memmove(in->buffer, in->buffer + bytes, in->fill);
}

static void journal_take(struct input_journal *in, const char *json, size_t len, bool *skipped)
{
    char cursor[JOURNAL_CURSOR_MAX + 1];
    if (len == 0 || json[0] != '{') /* "-- No entries --" */
        return;
    enum journal_entry what = journal_entry_read(json, len, &in->lines, cursor);
    *skipped |= what != JOURNAL_LINE;
    if (in->wanted)
        in->found |= strcmp(cursor, in->wanted) == 0;
    else if (what != JOURNAL_BAD && cursor[0])
        memcpy(in->cursor, cursor, sizeof cursor);
}

/* Takes the whole lines of the buffer. */
static void journal_take_lines(struct input_journal *in, bool *skipped)
{
    size_t at = 0;
    const char *end;
    while ((end = memchr(in->buffer + at, '\n', in->fill - at))) {
        size_t len = (size_t)(end - in->buffer) - at;
        if (!in->in_long)
            journal_take(in, in->buffer + at, len, skipped);
        in->in_long = false;
        at += len + 1;
    }
    journal_consume(in, at);
    if (in->fill < INPUT_PIECE_BYTES)
        return;
    in->in_long = true; /* skipped up to its end */
    *skipped = true;
    in->fill = 0;
}

/* Reads until there is a piece; 0: the end of its output, -1: time is up. */
static ssize_t journal_fill(struct input_journal *in, bool *skipped)
{
    ssize_t got = 1;
    while (got > 0 && in->lines.len == 0) {
        got = streamed_read(&in->child, in->buffer + in->fill, INPUT_PIECE_BYTES - in->fill,
                            &in->limit);
        if (got > 0)
            in->fill += (size_t)got;
        journal_take_lines(in, skipped);
    }
    return got;
}

static bool journal_start(struct input_journal *in, const struct journal_command *command,
                          struct loop *loop, struct error *err)
{
    in->fill = 0;
    in->in_long = false;
    in->started = streamed_start(&in->child, loop, command->words, err);
    return in->started;
}

static int journal_end(struct input_journal *in)
{
    in->started = false;
    return streamed_end(&in->child);
}

/* ---- where to begin ---- */

/*
 * Whether the last run's entry still exists: if not, --after-cursor silently continues somewhere
 * near it and skips an entry.
 */
static bool journal_probe(struct input_journal *in, const struct input_journal_options *o,
                          struct error *err)
{
    struct journal_command c;
    bool skipped = false;
    ssize_t got = 1;
    journal_command_init(&c, o);
    snprintf(c.from, sizeof c.from, "--cursor=%s", in->cursor);
    journal_command_add(&c, c.from);
    journal_command_add(&c, "-n");
    journal_command_add(&c, "1");
    if (!journal_start(in, &c, o->loop, err))
        return false;
    in->wanted = in->cursor;
    while (got > 0 && !in->found) {
        got = journal_fill(in, &skipped);
        buf_clear(&in->lines);
    }
    in->wanted = NULL;
    int status = journal_end(in);
    if (in->found)
        return true;
    if (got < 0)
        return error_set(err, ERR_IO, "journalctl does not answer in time");
    return journal_judge_end(in, status, err);
}

/* The time of an entry is in its cursor: "t=", microseconds in hexadecimal. */
static time_t journal_cursor_time(const char *cursor)
{
    const char *t = strstr(cursor, ";t=");
    return t ? (time_t)(strtoull(t + 3, NULL, 16) / 1000000) : 0;
}

static bool journal_begin(struct input_journal *in, const struct input_journal_options *o,
                          struct error *err)
{
    struct journal_command c;
    time_t since = o->since;
    if (in->cursor[0] && !journal_probe(in, o, err))
        return false;
    if (in->cursor[0] && !in->found) {
        in->gap = true;
        since = journal_cursor_time(in->cursor);
        in->cursor[0] = '\0';
    }
    journal_command_init(&c, o);
    if (in->found)
        snprintf(c.from, sizeof c.from, "--after-cursor=%s", in->cursor);
    else
        snprintf(c.from, sizeof c.from, "--since=@%" PRId64, (int64_t)since);
    journal_command_add(&c, c.from);
    return journal_start(in, &c, o->loop, err);
}

static void journal_recall(struct input_journal *in, const char *position)
{
    size_t len = strlen(POSITION_FORMAT);
    if (!position || !*position)
        return;
    bool ours = strncmp(position, POSITION_FORMAT, len) == 0;
    if (ours && journal_cursor_is_sane(position + len))
        snprintf(in->cursor, sizeof in->cursor, "%s", position + len);
    else
        in->gap = true; /* a place that can't be read is lost */
}

struct input_journal *input_journal_open(const struct input_journal_options *options,
                                         struct error *err)
{
    struct input_journal *in = mem_alloc(sizeof *in);
    in->limit = options->limit;
    in->buffer = mem_alloc(INPUT_PIECE_BYTES);
    buf_init(&in->lines, INPUT_PIECE_BYTES * 2);
    journal_recall(in, options->position);
    if (journal_begin(in, options, err))
        return in;
    input_journal_close(in);
    return NULL;
}

void input_journal_close(struct input_journal *in)
{
    if (!in)
        return;
    if (in->started)
        journal_end(in);
    buf_fini(&in->lines);
    free(in->buffer);
    free(in);
}

bool input_journal_next(struct input_journal *in, struct input_piece *out, struct error *err)
{
    *out = (struct input_piece){.bytes = ""};
    buf_clear(&in->lines);
    if (!in->started)
        return true;
    ssize_t got = journal_fill(in, &out->skipped);
    out->bytes = buf_text(&in->lines);
    out->len = in->lines.len;
    if (out->len > 0 || got < 0)
        return true;
    return journal_judge_end(in, journal_end(in), err);
}

bool input_journal_has_gap(const struct input_journal *in)
{
    return in->gap;
}

void input_journal_position(const struct input_journal *in, struct buf *out)
{
    if (in->cursor[0])
        buf_fmt(out, POSITION_FORMAT "%s", in->cursor);
}
