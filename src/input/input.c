/* SPDX-License-Identifier: ISC */
#include "repmon/input.h"

#include "rotated.h"
#include "since.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file that was not written to for this long after its rotation is complete, because loggers are
 * made to reopen within seconds. Its last line may then end without a line feed. */
#define SETTLED_NS (120 * (int64_t)1000000000)

#define NS_PER_S 1000000000

/* Rotations met in one run; more are left to the next. */
#define PLANS 64

struct input_file {
    const char *path; /* borrowed */
    int64_t now_ns, since_ns;
    input_time_fn *time_of; /* or NULL */
    void *ctx;              /* borrowed */
    int64_t seen_ns;        /* last change of what was read to its end */
    struct rotated files;   /* owned; items[at] is read */
    size_t at;
    struct position start; /* where reading began, by the last plan */
    struct place before;   /* of the file read before this one */
    bool gap;
    bool late;     /* items[at] is the previous file, read for late lines */
    size_t resume; /* the file to go on with after that */
    unsigned plans;
    uint64_t given; /* offset in items[at] after what was given out */
    char *buffer;   /* owned: INPUT_PIECE_BYTES */
    size_t fill;    /* bytes in it after `given` */
    size_t lent;    /* of them given out by the last call */
    bool in_long;   /* inside of a line that is longer than a piece */
    uint64_t long_start;
};

/* ---- where to begin ---- */

/* The youngest of the first `count` files that holds the place, positioned there; else `count`. */
static size_t input_find(struct input_file *in, const struct place *p, size_t count)
{
    for (size_t i = count; i-- > 0;)
        if (logfile_holds(&in->files.items[i], p))
            return i;
    return count;
}

/* The first file written after that time; failing that, the current one. */
static size_t input_first_since(const struct input_file *in, int64_t since_ns)
{
    size_t i = 0;
    while (i + 1 < in->files.count && in->files.items[i].mtime_ns <= since_ns)
        i++;
    return i;
}

/* Continues with that file, at its present offset. */
static void input_enter(struct input_file *in, size_t at)
{
    in->at = at;
    in->given = in->files.items[at].offset;
    in->fill = 0;
    in->lent = 0;
    in->in_long = false;
}

/* Late lines of the previous file come first, because they are older than all that follows. */
static void input_enter_late(struct input_file *in, size_t resume)
{
    size_t late = input_find(in, &in->start.before, in->files.count);
    if (late == in->files.count)
        return;
    in->late = true;
    in->resume = resume;
    input_enter(in, late);
}

/*
 * A place at the very beginning has no content to recognise: anything written since then is unread,
 * whatever its name, except in the previous file.
 */
static size_t input_resume(struct input_file *in)
{
    const struct place *now = &in->start.now;
    if (now->offset == 0)
        return input_first_since(in, now->taken_ns);
    size_t found = input_find(in, now, in->files.count);
    if (found < in->files.count)
        return found;
    in->gap = true;
    return in->files.count - 1;
}

static void input_plan_from(struct input_file *in)
{
    size_t resume = input_resume(in);
    uint64_t offset = in->files.items[resume].offset;
    in->seen_ns = in->start.now.taken_ns;
    input_enter(in, resume);
    in->before = (struct place){0};
    if (!in->start.before.set)
        return;
    input_enter_late(in, resume);
    if (!in->late || in->at != resume)
        logfile_seek(&in->files.items[resume], offset);
}

/* Skips lines before `since` in the current file, and whole files; true: some were skipped. */
static bool input_skip(struct input_file *in)
{
    size_t first = input_first_since(in, in->since_ns);
    bool skipped = first > in->at;
    if (skipped)
        input_enter(in, first);
    struct logfile *f = &in->files.items[in->at];
    if (!in->time_of || logfile_is_packed(f))
        return skipped;
    uint64_t from = in->given;
    uint64_t begin = since_offset(f, from, in->since_ns / NS_PER_S, in->time_of, in->ctx);
    logfile_seek(f, begin);
    input_enter(in, in->at);
    return skipped || begin > from;
}

static bool input_plan(struct input_file *in, struct error *err)
{
    rotated_close(&in->files);
    in->late = false;
    if (!rotated_open(in->path, &in->files, err))
        return false;
    if (in->start.now.set) {
        input_plan_from(in);
        return true;
    }
    input_enter(in, 0);
    input_skip(in);
    return true;
}

struct input_file *input_file_open(const struct input_file_options *options, struct error *err)
{
    struct input_file *in = mem_alloc(sizeof *in);
    in->path = options->path;
    in->now_ns = (int64_t)options->now * 1000000000;
    in->since_ns = (int64_t)options->since * 1000000000;
    in->time_of = options->time_of;
    in->ctx = options->ctx;
    in->buffer = mem_alloc(INPUT_PIECE_BYTES);
    const char *text = options->position ? options->position : "";
    /* A place that can't be read is lost: that is a gap, not a first run. */
    if (*text && !position_parse(text, &in->start)) {
        in->gap = true;
        in->since_ns = in->now_ns;
    }
    if (!input_plan(in, err)) {
        input_file_close(in);
        return NULL;
    }
    if (in->start.now.set && options->skip) {
        in->late = false;
        in->gap |= input_skip(in);
    }
    return in;
}

void input_file_close(struct input_file *in)
{
    if (!in)
        return;
    rotated_close(&in->files);
    free(in->buffer);
    free(in);
}

/* ---- reading ---- */

static bool input_is_settled(const struct input_file *in, const struct logfile *f)
{
    return logfile_is_packed(f) || logfile_mtime_ns(f) < in->now_ns - SETTLED_NS;
}

/* Keeps the place of the file that was read to its end, for lines that are written to it late. */
static void input_leave(struct input_file *in)
{
    struct logfile *f = &in->files.items[in->at];
    int64_t changed = logfile_mtime_ns(f);
    f->is_done = true;
    in->seen_ns = changed > in->seen_ns ? changed : in->seen_ns;
    in->before = (struct place){0};
    if (logfile_is_packed(f) || input_is_settled(in, f))
        return;
    f->offset = in->given;
    logfile_take_place(f, in->given, &in->before);
}

/* The current file has another inode, or was cut, since it was opened. */
static bool input_was_rotated(const struct input_file *in, const struct logfile *f)
{
    struct stat named;
    struct stat held;
    if (stat(in->path, &named) != 0)
        return false; /* between two renames: left to the next run */
    if (named.st_ino != f->ino || named.st_dev != f->dev)
        return true;
    return fstat(f->fd, &held) == 0 && (uint64_t)held.st_size < in->given;
}

static size_t input_next_unread(const struct input_file *in, size_t at)
{
    while (in->files.items[at].is_done && !in->files.items[at].is_current)
        at++;
    return at;
}

/* All of items[at] was read: moves on to what follows, if anything does. */
static bool input_advance(struct input_file *in, bool *more, struct error *err)
{
    struct logfile *f = &in->files.items[in->at];
    *more = true;
    if (in->late) {
        input_leave(in);
        in->late = false;
        input_enter(in, input_next_unread(in, in->resume));
        return true;
    }
    if (!f->is_current) {
        in->gap |= f->is_broken;
        input_leave(in);
        input_enter(in, input_next_unread(in, in->at + 1));
        return true;
    }
    if (!input_was_rotated(in, f) || ++in->plans > PLANS) {
        *more = false;
        return true;
    }
    in->start = (struct position){.before = in->before};
    f->offset = in->given;
    logfile_take_place(f, in->given, &in->start.now);
    if (in->start.now.taken_ns < in->seen_ns)
        in->start.now.taken_ns = in->seen_ns;
    return input_plan(in, err);
}

/* Bytes of the buffer up to the last line feed; all of them when nothing will follow. */
static size_t input_whole_lines(const struct input_file *in, bool at_end)
{
    const struct logfile *f = &in->files.items[in->at];
    const char *last = memrchr(in->buffer, '\n', in->fill);
    if (at_end && !f->is_current && input_is_settled(in, f))
        return in->fill;
    return last ? (size_t)(last - in->buffer) + 1 : 0;
}

static void input_consume(struct input_file *in, size_t bytes)
{
    in->given += bytes;
    in->fill -= bytes;
    memmove(in->buffer, in->buffer + bytes, in->fill);
}

/* A full buffer without a line feed: the whole line is skipped. */
static void input_drop_long(struct input_file *in)
{
    if (!in->in_long)
        in->long_start = in->given;
    in->in_long = true;
    input_consume(in, in->fill);
}

/* Stops skipping at the next line feed. */
static void input_end_long(struct input_file *in)
{
    const char *end = memchr(in->buffer, '\n', in->fill);
    if (!end) {
        input_consume(in, in->fill);
        return;
    }
    in->in_long = false;
    input_consume(in, (size_t)(end - in->buffer) + 1);
}

/* Reads more of items[at]; sets *at_end when there is no more. */
static bool input_fill(struct input_file *in, bool *at_end, struct error *err)
{
    struct logfile *f = &in->files.items[in->at];
    *at_end = false;
    f->offset = logfile_is_packed(f) ? f->offset : in->given + in->fill;
    while (in->fill < INPUT_PIECE_BYTES && !*at_end) {
        ssize_t got = logfile_read(f, in->buffer + in->fill, INPUT_PIECE_BYTES - in->fill, err);
        if (got < 0)
            return false;
        in->fill += (size_t)got;
        *at_end = got == 0;
    }
    return true;
}

/* A step towards the next piece: reads, and looks for whole lines. *bytes is their length; *at_end
 * is set when items[at] has no more. */
static bool input_step(struct input_file *in, struct input_piece *out, size_t *bytes, bool *at_end,
                       struct error *err)
{
    *bytes = 0;
    if (!input_fill(in, at_end, err))
        return false;
    if (in->in_long) {
        input_end_long(in);
        out->skipped |= !in->in_long;
    }
    if (in->in_long)
        return true;
    *bytes = input_whole_lines(in, *at_end);
    if (*bytes == 0 && in->fill == INPUT_PIECE_BYTES)
        input_drop_long(in);
    return true;
}

bool input_file_next(struct input_file *in, struct input_piece *out, struct error *err)
{
    *out = (struct input_piece){.bytes = in->buffer};
    input_consume(in, in->lent);
    in->lent = 0;
    for (;;) {
        bool at_end = false;
        if (!input_step(in, out, &out->len, &at_end, err))
            return false;
        if (out->len > 0)
            break;
        if (!at_end)
            continue;
        bool more = false;
        if (!input_advance(in, &more, err))
            return false;
        if (!more)
            return true;
    }
    in->lent = out->len;
    return true;
}

bool input_file_has_gap(const struct input_file *in)
{
    return in->gap;
}

bool input_is_rotated(const char *base, const char *name)
{
    return rotated_is_sibling(base, name, NULL);
}

uint64_t input_file_ahead(const struct input_file *in)
{
    uint64_t ahead = 0;
    for (size_t i = in->at; i < in->files.count; i++)
        ahead += in->files.items[i].size;
    uint64_t read = logfile_is_packed(&in->files.items[in->at]) ? 0 : in->given;
    return ahead > read ? ahead - read : 0;
}

void input_file_position(const struct input_file *in, struct buf *out)
{
    struct position p = {.before = in->before};
    struct logfile *f = &in->files.items[in->at];
    struct place here;
    uint64_t given = in->given + in->lent;
    logfile_take_place(f, in->in_long ? in->long_start : given, &here);
    if (here.taken_ns < in->seen_ns)
        here.taken_ns = in->seen_ns;
    if (in->late) {
        p.now = in->start.now;
        p.before = here;
    } else {
        p.now = here;
    }
    position_format(&p, out);
}
