/* SPDX-License-Identifier: ISC */
#include "repmon/mailbox.h"

#include "spool_name.h"

#include "repmon/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mailbox_file {
    char *name;    /* owned: as it is in its folder */
    uint8_t where; /* index into folders */
};

struct mailbox {
    struct mailbox_options options;
    char *folders[2];           /* owned; NULL: not there */
    struct mailbox_file *files; /* owned */
    size_t count, cap, at;
    int fd;     /* of the present message; -1 */
    char *name; /* owned: of the present message */
    struct error trouble;
};

/* ---- which messages there are ---- */

static void mailbox_add_file(struct mailbox *m, const char *name, uint8_t where)
{
    if (m->count == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 256;
        m->files = mem_grow(m->files, m->cap, sizeof *m->files);
    }
    m->files[m->count++] = (struct mailbox_file){mem_dup(name), where};
}

/* The name without flags: it stays the same when a reader moves or marks the message. */
static char *mailbox_plain_name(const char *name)
{
    return mem_ndup(name, strcspn(name, ":"));
}

static bool mailbox_is_new(const struct mailbox *m, const char *name)
{
    char *plain = mailbox_plain_name(name);
    bool known = m->options.is_known && m->options.is_known(m->options.ctx, plain);
    free(plain);
    return !known;
}

static enum error_class mailbox_trouble(int why)
{
    if (why == EACCES || why == EPERM)
        return ERR_PERMISSION;
    return why == ENOENT || why == ENOTDIR ? ERR_INPUT : ERR_IO;
}

static bool mailbox_list_folder(struct mailbox *m, uint8_t where, struct error *err)
{
    const char *path = m->folders[where];
    DIR *dir = opendir(path);
    if (!dir)
        return error_set(err, mailbox_trouble(errno), "%s: %s", path, strerror(errno));
    errno = 0;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir))
        if (e->d_name[0] != '.' && mailbox_is_new(m, e->d_name))
            mailbox_add_file(m, e->d_name, where);
    int problem = errno;
    closedir(dir);
    return problem == 0 || error_set(err, ERR_IO, "%s: %s", path, strerror(problem));
}

static char *mailbox_below(const char *path, const char *name)
{
    size_t size = strlen(path) + strlen(name) + 2;
    char *whole = mem_alloc(size);
    snprintf(whole, size, "%s/%s", path, name);
    return whole;
}

/* `cur` last: a message moved there meanwhile is found twice, and recognised the second time. */
static bool mailbox_list_maildir(struct mailbox *m, struct error *err)
{
    static const char *const names[2] = {"new", "cur"};
    for (uint8_t i = 0; i < 2; i++) {
        m->folders[i] = mailbox_below(m->options.path, names[i]);
        if (!mailbox_list_folder(m, i, err))
            return false;
    }
    return true;
}

/* Names of Maildirs and of the spool begin with the time: the oldest first. */
static int mailbox_by_name(const void *a, const void *b)
{
    const struct mailbox_file *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->where - y->where;
}

struct mailbox *mailbox_open(const struct mailbox_options *options, struct error *err)
{
    struct mailbox *m = mem_alloc(sizeof *m);
    bool ok;
    m->options = *options;
    m->fd = -1;
    if (options->kind == MAILBOX_MAILDIR) {
        ok = mailbox_list_maildir(m, err);
    } else {
        m->folders[0] = mem_dup(options->path);
        ok = mailbox_list_folder(m, 0, err);
    }
    if (!ok) {
        mailbox_close(m);
        return NULL;
    }
    if (m->count > 0)
        qsort(m->files, m->count, sizeof *m->files, mailbox_by_name);
    return m;
}

static void mailbox_close_file(struct mailbox *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}

void mailbox_close(struct mailbox *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        free(m->files[i].name);
    free(m->files);
    free(m->folders[0]);
    free(m->folders[1]);
    mailbox_close_file(m);
    free(m->name);
    free(m);
}

size_t mailbox_ahead(const struct mailbox *m)
{
    return m->count - m->at;
}

bool mailbox_has_trouble(const struct mailbox *m, struct error *err)
{
    if (m->trouble.class == ERR_NONE)
        return false;
    if (err->class == ERR_NONE)
        *err = m->trouble;
    return true;
}

/* ---- one message ---- */

/* A missing file was moved or deleted by somebody else: not an error. */
static int mailbox_open_file(struct mailbox *m, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT && errno != ELOOP)
        error_set(&m->trouble, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO,
                  "%s: %s", path, strerror(errno));
    return fd;
}

static bool mailbox_take_file(struct mailbox *m, const struct mailbox_file *file,
                              struct mailbox_message *out)
{
    struct stat st;
    if (fstat(m->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    *out = (struct mailbox_message){.name = m->name, .fd = m->fd, .arrived = st.st_mtime};
    if (m->options.kind == MAILBOX_SPOOL)
        out->arrived = spool_time(file->name);
    out->too_long = st.st_size > (off_t)MAILBOX_MESSAGE_MAX ||
                    (m->options.kind == MAILBOX_SPOOL && spool_is_too_long(file->name));
    if (out->too_long)
        out->fd = -1;
    return true;
}

/* A message that is not returned is found again in the next run. */
static bool mailbox_next_file(struct mailbox *m, const struct mailbox_file *file,
                              struct mailbox_message *out)
{
    mailbox_close_file(m);
    free(m->name);
    m->name = mailbox_plain_name(file->name);
    if (!mailbox_is_new(m, m->name)) /* it was in both folders */
        return false;
    char *path = mailbox_below(m->folders[file->where], file->name);
    m->fd = mailbox_open_file(m, path);
    free(path);
    return m->fd >= 0 && mailbox_take_file(m, file, out);
}

bool mailbox_next(struct mailbox *m, struct mailbox_message *out)
{
    while (m->at < m->count)
        if (mailbox_next_file(m, &m->files[m->at++], out))
            return true;
    return false;
}
