/* SPDX-License-Identifier: ISC */
#include "repmon/file.h"
#include "repmon/status_report.h"

#include "status_state.h"

#include "repmon/crash.h"
#include "repmon/render.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool status_failed(const char *path, const char *what, struct error *err)
{
    int why = errno;
    enum error_class class = why == EACCES || why == EPERM || why == EROFS ? ERR_PERMISSION
                             : why == ENOENT || why == ENOTDIR             ? ERR_CREATE
                                                                           : ERR_IO;
    return error_at(err, class, path, 0, "the metrics can't be %s: %s; see [prometheus] textfile%s",
                    what, strerror(why),
                    why == EROFS ? ", and ReadWritePaths of the systemd service" : "");
}

/* The collector reads a whole file or the one before it, also after a power cut. */
static bool status_write_file(const struct report *report, const char *path, const char *temporary,
                              struct error *err)
{
    const struct render_options how = {0};
    enum level level;
    unlink(temporary); /* of a run that was killed; the caller holds the lock */
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out)
        return status_failed(temporary, "made", err);
    bool ok = render(&render_prometheus, report, &how, out, &level, err);
    if (ok && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
        ok = status_failed(temporary, "written", err);
    if (fclose(out) != 0 && ok)
        ok = status_failed(temporary, "written", err);
    CRASH_POINT("textfile: before rename");
    if (ok && (rename(temporary, path) != 0 || !file_sync_folder(path)))
        ok = status_failed(path, "put in place", err);
    CRASH_POINT("textfile: after rename");
    if (!ok)
        unlink(temporary);
    return ok;
}

bool status_textfile(const struct conf *conf, struct store *store, struct error *err)
{
    const char *path = conf->prometheus_textfile;
    struct stored_run last;
    bool found = false;
    if (!path || !store)
        return true;
    /* Before the first run there is nothing to say; that is what absent() in an alert is for. */
    if (!store_last_run(store, false, &last, &found, err) || !found)
        return err == NULL || err->class == ERR_NONE;
    struct status_options options = {.conf = conf, .max_age_ms = conf->max_age_ms, .all = true};
    struct saved *s = status_new(&options, store, err);
    if (!s)
        return false;
    size_t size = strlen(path) + sizeof ".tmp";
    char *temporary = mem_alloc(size);
    snprintf(temporary, size, "%s.tmp", path); /* the collector reads *.prom only */
    bool ok = status_write_file(&s->report, path, temporary, err);
    free(temporary);
    status_report_free(&s->report);
    return ok;
}
