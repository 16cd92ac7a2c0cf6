/* SPDX-License-Identifier: ISC */
#include "rotated.h"

#include "repmon/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOOKS 8 /* at a changing folder; a rotation renames files for some milliseconds */

static bool rotated_is_numbered(const char *s, size_t len)
{
    bool digits = false;
    for (size_t i = 0; i < len; i++) {
        bool digit = isdigit((unsigned char)s[i]);
        if (!digit && s[i] != '-' && s[i] != '.' && s[i] != '_' && s[i] != 'T')
            return false;
        digits |= digit;
    }
    return digits && (*s == '.' || *s == '-' || *s == '_');
}

bool rotated_is_sibling(const char *base, const char *name, size_t *stem)
{
    size_t len = packed_stem(name);
    size_t base_len = strlen(base);
    if (stem)
        *stem = len;
    if (len > base_len && strncmp(name, base, base_len) == 0)
        return rotated_is_numbered(name + base_len, len - base_len);
    /* logrotate's `extension`: the number is before it. */
    const char *dot = strrchr(base, '.');
    if (!dot || dot == base)
        return false;
    size_t front = (size_t)(dot - base);
    size_t back = strlen(dot);
    if (len <= front + back || strncmp(name, base, front) != 0)
        return false;
    if (strncmp(name + len - back, dot, back) != 0)
        return false;
    return rotated_is_numbered(name + front, len - front - back);
}

/* ---- one folder ---- */

struct rotated_names {
    char **items; /* owned, with each */
    size_t count;
};

static void rotated_names_fini(struct rotated_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
    *n = (struct rotated_names){0};
}

static int rotated_name_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether the same name without ".gz" is among the first `count`, the only ones that can hold it by
 * their order: then the file is still being compressed, and the plain one is complete. */
static bool rotated_names_has_plain(const struct rotated_names *n, size_t count, const char *name,
                                    size_t stem)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(n->items[i]) == stem && strncmp(n->items[i], name, stem) == 0)
            return true;
    return false;
}

static void rotated_names_drop_unfinished(struct rotated_names *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++) {
        char *name = n->items[i];
        size_t len = strlen(name);
        size_t stem = packed_stem(name);
        if (stem < len && rotated_names_has_plain(n, kept, name, stem))
            free(name);
        else
            n->items[kept++] = name;
    }
    n->count = kept;
}

static void rotated_names_read(const char *folder, const char *base, struct rotated_names *out)
{
    *out = (struct rotated_names){0};
    DIR *dir = opendir(folder);
    if (!dir) /* the current file alone is still worth reading */
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        if (!rotated_is_sibling(base, e->d_name, NULL))
            continue;
        out->items = mem_grow(out->items, out->count + 1, sizeof *out->items);
        out->items[out->count++] = mem_dup(e->d_name);
    }
    closedir(dir);
    if (out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, rotated_name_order);
    rotated_names_drop_unfinished(out);
}

/* ---- one look ---- */

static bool rotated_has(const struct rotated *r, const struct logfile *f)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].dev == f->dev && r->items[i].ino == f->ino)
            return true;
    return false;
}

static void rotated_add(struct rotated *r, struct logfile *f)
{
    if (r->count == ROTATED_MAX || rotated_has(r, f)) {
        logfile_close(f);
        return;
    }
    r->items = mem_grow(r->items, r->count + 1, sizeof *r->items);
    r->items[r->count++] = *f;
}

static const char *rotated_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "mail.log.2.gz": 2, "mail.1.log": 1; -1: none, or longer, as a date. */
static int rotated_number(const char *base, const char *name)
{
    size_t at = 0, digits = 0;
    int number = 0;
    while (base[at] && base[at] == name[at])
        at++;
    at += name[at] == '.' || name[at] == '-' || name[at] == '_';
    for (; digits < 4 && isdigit((unsigned char)name[at + digits]); digits++)
        number = number * 10 + (name[at + digits] - '0');
    return digits >= 1 && digits <= 3 ? number : -1;
}

/* Not every tool that compresses keeps the time of the file: such a file is no newer than the ones
 * with lower numbers. */
static void rotated_settle_times(struct rotated *r, const char *base)
{
    for (size_t i = 0; i < r->count; i++) {
        struct logfile *f = &r->items[i];
        int number = rotated_number(base, rotated_name_of(f->path));
        for (size_t k = 0; logfile_is_packed(f) && k < r->count; k++) {
            int lower = rotated_number(base, rotated_name_of(r->items[k].path));
            if (lower >= 0 && lower < number && r->items[k].mtime_ns < f->mtime_ns)
                f->mtime_ns = r->items[k].mtime_ns;
        }
    }
}

/* The oldest first. If times are equal (the clock of a file system ticks every few milliseconds),
 * an empty file was made last, and of copies (cp -p) the higher number is older. */
static int rotated_age_order(const void *a, const void *b)
{
    const struct logfile *x = a;
    const struct logfile *y = b;
    if (x->is_current != y->is_current)
        return x->is_current ? 1 : -1;
    if (x->mtime_ns != y->mtime_ns)
        return x->mtime_ns < y->mtime_ns ? -1 : 1;
    if ((x->size == 0) != (y->size == 0))
        return x->size == 0 ? 1 : -1;
    return strverscmp(y->path, x->path);
}

static void rotated_add_folder(struct rotated *r, const char *folder,
                               const struct rotated_names *names)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < names->count; i++) {
        struct logfile f;
        if (snprintf(path, sizeof path, "%s/%s", folder, names->items[i]) >= (int)sizeof path)
            continue;
        /* A file that can't be read can't be found again either: a gap, if it was needed. */
        if (logfile_open(path, &f, NULL) == LOGFILE_OPEN)
            rotated_add(r, &f);
    }
}

static enum logfile_opened rotated_look(const char *path, struct rotated *out, struct error *err)
{
    struct rotated_names names;
    struct logfile current;
    char *folder = file_folder(path);
    *out = (struct rotated){0};
    enum logfile_opened opened = logfile_open(path, &current, err);
    if (opened == LOGFILE_OPEN) {
        current.is_current = true;
        rotated_add(out, &current);
        rotated_names_read(folder, rotated_name_of(path), &names);
        rotated_add_folder(out, folder, &names);
        rotated_names_fini(&names);
        rotated_settle_times(out, rotated_name_of(path));
        qsort(out->items, out->count, sizeof *out->items, rotated_age_order);
    }
    free(folder);
    return opened;
}

static bool rotated_equal(const struct rotated *a, const struct rotated *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct logfile *x = &a->items[i];
        const struct logfile *y = &b->items[i];
        if (x->ino != y->ino || x->dev != y->dev || strcmp(x->path, y->path) != 0)
            return false;
    }
    return true;
}

bool rotated_open(const char *path, struct rotated *out, struct error *err)
{
    struct rotated before = {0};
    enum logfile_opened opened = LOGFILE_GONE;
    *out = (struct rotated){0};
    for (unsigned look = 0; look < LOOKS; look++) {
        rotated_close(&before);
        before = *out;
        opened = rotated_look(path, out, err);
        if (opened == LOGFILE_FAILED)
            break;
        if (look > 0 && opened == LOGFILE_OPEN && rotated_equal(&before, out))
            break;
    }
    rotated_close(&before);
    if (opened == LOGFILE_GONE)
        error_at(err, ERR_INPUT, path, 0, "no such log file");
    if (opened != LOGFILE_OPEN)
        rotated_close(out);
    return opened == LOGFILE_OPEN;
}

void rotated_close(struct rotated *r)
{
    for (size_t i = 0; i < r->count; i++)
        logfile_close(&r->items[i]);
    free(r->items);
    *r = (struct rotated){0};
}
