/* SPDX-License-Identifier: ISC */
/* Files of targets: cut into lines here, so that a big file is never in memory as a whole. */
#include "repmon/inventory.h"

#include "repmon/buf.h"
#include "repmon/limits.h"
#include "repmon/typed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct target_lines {
    struct inventory *inv;
    const char *path; /* borrowed */
    uint64_t max;
    struct errors *errors;
    int line;
    size_t targets; /* good lines */
    bool full;      /* max_targets is exceeded: one error is enough */
};

static bool target_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void target_complain(struct target_lines *l, const char *what)
{
    errors_add(l->errors, ERR_CONFIG, l->path, l->line, "%s", what);
}

/* Cuts line end, comment and blanks off both ends of a line of `len` bytes. */
static char *target_trim(char *text, size_t len)
{
    while (len && target_is_blank(*text))
        text++, len--;
    for (size_t i = 0; i < len; i++) {
        if ((text[i] == '#' || text[i] == ';') && (i == 0 || target_is_blank(text[i - 1]))) {
            len = i;
            break;
        }
    }
    while (len && (target_is_blank(text[len - 1]) || text[len - 1] == '\r'))
        len--;
    text[len] = '\0';
    return text;
}

/* Why the line is not text at all; NULL: it is text. */
static const char *target_not_text(const char *text, size_t len)
{
    if (len > LIMIT_CONF_LINE)
        return "the line is longer than 4096 bytes";
    if (memchr(text, '\0', len))
        return "the line holds a NUL byte";
    return NULL;
}

static void target_add(struct target_lines *l, char *text)
{
    struct error err = {0};
    struct cidr block;
    size_t len = strcspn(text, " \t");
    char *label = text + len + strspn(text + len, " \t");
    text[len] = '\0';
    if (!cidr_parse(text, &block, &err)) {
        struct buf hint;
        buf_init(&hint, 1024);
        target_complain(l, typed_hint(text, &hint) ? buf_text(&hint) : err.text);
        buf_fini(&hint);
        return;
    }
    if (strlen(label) > LIMIT_LABEL) {
        target_complain(l, "the label has more than 128 bytes");
        return;
    }
    struct buf clean;
    struct conf_place at = {l->path, l->line};
    unsigned flags = block.len == ip_bits(&block.base) ? TARGET_SINGLY : 0;
    buf_init(&clean, 4 * LIMIT_LABEL);
    buf_clean(&clean, label, strlen(label), LIMIT_LABEL);
    const struct inventory_line line = {
        .label = buf_text(&clean), .flags = flags, .at = at, .max = l->max};
    if (inventory_add(l->inv, &block, &line, &err))
        l->targets++;
    else
        l->full = l->inv->count >= l->max;
    errors_take(l->errors, &err);
    buf_fini(&clean);
}

static void target_add_line(struct target_lines *l, const char *text, size_t len)
{
    char copy[LIMIT_CONF_LINE + 1];
    l->line++;
    if (l->line == 1 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3, len -= 3; /* a byte order mark */
    const char *why = target_not_text(text, len);
    if (why) {
        target_complain(l, why);
        return;
    }
    memcpy(copy, text, len);
    char *trimmed = target_trim(copy, len);
    if (*trimmed && !l->full)
        target_add(l, trimmed);
}

bool inventory_add_text(struct inventory *inv, const char *path, const char *text, size_t len,
                        uint64_t max, struct errors *errors)
{
    struct target_lines l = {.inv = inv, .path = path, .max = max, .errors = errors};
    size_t before = errors->count + errors->dropped;
    for (size_t at = 0; at < len && !l.full;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - (text + at)) : len - at;
        target_add_line(&l, text + at, n);
        at += n + 1;
    }
    return errors->count + errors->dropped == before;
}

/* Feeds the lines of a file; a longer line than the block is reported and skipped. */
static bool target_read_lines(struct target_lines *l, int fd, struct error *err)
{
    char block[4 * LIMIT_CONF_LINE];
    size_t held = 0, total = 0;
    bool skipping = false;
    ssize_t n;
    while ((n = read(fd, block + held, sizeof block - held)) > 0 && !l->full) {
        held += (size_t)n;
        total += (size_t)n;
        if (total > LIMIT_TARGET_FILE)
            return error_set(err, ERR_INPUT, "the file has more than %u MiB",
                             LIMIT_TARGET_FILE >> 20);
        char *at = block, *end;
        while ((end = memchr(at, '\n', held))) {
            if (!skipping)
                target_add_line(l, at, (size_t)(end - at));
            skipping = false;
            held -= (size_t)(end + 1 - at);
            at = end + 1;
        }
        memmove(block, at, held);
        if (held > LIMIT_CONF_LINE + 1) {
            if (!skipping)
                target_add_line(l, block, held);
            skipping = true;
            held = 0;
        }
    }
    if (n < 0)
        return error_set(err, ERR_INPUT, "can't be read: %s", strerror(errno));
    if (held && !skipping && !l->full)
        target_add_line(l, block, held);
    return true;
}

bool inventory_add_file(struct inventory *inv, const char *path, struct conf_place at, uint64_t max,
                        struct errors *errors)
{
    struct target_lines l = {.inv = inv, .path = path, .max = max, .errors = errors};
    struct error err = {0};
    size_t before = errors->count + errors->dropped;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        error_set(&err, ERR_INPUT, "can't be read: %s", strerror(errno));
    else
        target_read_lines(&l, fd, &err);
    if (fd >= 0)
        close(fd);
    if (err.class != ERR_NONE)
        errors_add(errors, err.class, at.file, at.line, "[targets] file: %s %s", path, err.text);
    else if (l.targets == 0 && errors->count + errors->dropped == before)
        errors_add(errors, ERR_INPUT, at.file, at.line,
                   "[targets] file: %s contains no targets; remove the key if that is intended",
                   path);
    return errors->count + errors->dropped == before;
}
