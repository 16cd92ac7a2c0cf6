/* SPDX-License-Identifier: ISC */
#include "repmon/status_report.h"

#include "status_file.h"
#include "status_state.h"

#include <errno.h>
#include <string.h>

static struct saved *status_page_report(const struct conf *conf, struct store *store,
                                        struct error *err)
{
    struct status_options options = {
        .conf = conf, .max_age_ms = conf->max_age_ms, .all = true, .past = true};
    return status_new(&options, store, err);
}

static bool status_page_write(const struct conf *conf, struct store *store, const char *path,
                              const char *key, struct error *err)
{
    struct stat state;
    if (stat(store_path(store), &state) != 0)
        return error_at(err, ERR_IO, store_path(store), 0, "its mode can't be read: %s",
                        strerror(errno));
    struct saved *s = status_page_report(conf, store, err);
    if (!s)
        return false;
    const struct status_file file = {
        .path = path, .what = "the page", .key = key, .renderer = &render_html, .like = &state};
    bool ok = status_file_write(&file, &s->report, err);
    status_report_free(&s->report);
    return ok;
}

bool status_page(const struct conf *conf, struct store *store, struct error *err)
{
    struct stored_run last;
    bool found = false;
    if (!conf->html_file || !store)
        return true;
    if (!store_last_run(store, false, &last, &found, err) || !found)
        return err == NULL || err->class == ERR_NONE;
    return status_page_write(conf, store, conf->html_file, "[html] file", err);
}

bool status_page_to(const struct conf *conf, struct store *store, const char *path,
                    struct error *err)
{
    return status_page_write(conf, store, path, "--output", err);
}

bool status_page_print(const struct conf *conf, struct store *store, FILE *out, struct error *err)
{
    const struct render_options how = {0};
    enum level level;
    struct saved *s = status_page_report(conf, store, err);
    if (!s)
        return false;
    bool ok = render(&render_html, &s->report, &how, out, &level, err);
    status_report_free(&s->report);
    return ok;
}
