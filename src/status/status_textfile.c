/* SPDX-License-Identifier: ISC */
#include "repmon/status_report.h"

#include "status_file.h"
#include "status_state.h"

bool status_textfile(const struct conf *conf, struct store *store, struct error *err)
{
    struct stored_run last;
    bool found = false;
    if (!conf->prometheus_textfile || !store)
        return true;
    /* Before the first run there is nothing to say; that is what absent() in an alert is for. */
    if (!store_last_run(store, false, &last, &found, err) || !found)
        return err == NULL || err->class == ERR_NONE;
    struct status_options options = {.conf = conf, .max_age_ms = conf->max_age_ms, .all = true};
    struct saved *s = status_new(&options, store, err);
    if (!s)
        return false;
    const struct status_file file = {.path = conf->prometheus_textfile,
                                     .what = "the metrics",
                                     .key = "[prometheus] textfile",
                                     .renderer = &render_prometheus};
    bool ok = status_file_write(&file, &s->report, err);
    status_report_free(&s->report);
    return ok;
}
