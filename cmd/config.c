/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "registry.h"

#include "repmon/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void config_tell(const struct errors *list, size_t count, void (*log)(const char *, ...))
{
    for (size_t i = 0; i < count; i++) {
        char text[2048];
        error_format(&list->items[i], text, sizeof text);
        log("%s", text);
    }
    if (list->dropped)
        log("%zu more", list->dropped);
}

bool config_tell_errors(const struct errors *errors, struct error *err)
{
    if (errors->count == 0)
        return true;
    config_tell(errors, errors->count - 1, log_error);
    if (err->class == ERR_NONE)
        *err = errors->items[errors->count - 1];
    return false;
}

/* Whether to ignore the default file; a file that was named is never ignored. */
static bool config_leave_aside(const char *path)
{
    if (access(path, R_OK) == 0)
        return false;
    if (errno == EACCES) {
        log_warn("%s: this user may not read it; continuing with the defaults", path);
        return true;
    }
    return errno == ENOENT || errno == ENOTDIR;
}

bool config_load(const char *path, bool optional, struct conf *out, struct error *err)
{
    struct errors errors = {0}, warnings = {0};
    if (!path && optional && config_leave_aside(CONF_DEFAULT_PATH)) {
        conf_init(out);
        return registry_bind(out, err);
    }
    if (!path)
        path = CONF_DEFAULT_PATH;
    bool ok = conf_load(path, out, &errors, &warnings);
    config_tell(&warnings, warnings.count, log_warn);
    if (!ok && errors.count + errors.dropped > 1) {
        config_tell(&errors, errors.count, log_error);
        error_at(err, errors.items[0].class, path, 0,
                 "%zu errors, the first on line %d; nothing was done",
                 errors.count + errors.dropped, errors.items[0].line);
    } else if (!ok && errors.count) {
        *err = errors.items[0]; /* reported by the code that ends the program */
    } else if (!ok) {
        error_at(err, ERR_CONFIG, path, 0, "the configuration can't be used");
    }
    errors_fini(&errors);
    errors_fini(&warnings);
    return ok && registry_bind(out, err);
}
