/* SPDX-License-Identifier: ISC */
#include "repmon/render.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const struct renderer *const renderers[] = {&render_text, &render_json, &render_nagios,
                                                   &render_prometheus, NULL};

const struct renderer *const *render_all(void)
{
    return renderers;
}

const struct renderer *render_find(const char *name)
{
    for (size_t i = 0; renderers[i]; i++) {
        if (strcasecmp(renderers[i]->name, name) == 0)
            return renderers[i];
    }
    return NULL;
}

bool render(const struct renderer *renderer, const struct report *report,
            const struct render_options *options, FILE *out, enum level *level, struct error *err)
{
    void *state = renderer->begin(report, options, out);
    for (size_t i = 0; i < report->target_count; i++)
        renderer->target(state, i);
    *level = renderer->end(state);
    if (fflush(out) == 0 && !ferror(out))
        return true;
    if (errno == EPIPE) /* the reader is gone: there is nothing to report */
        return error_set(err, ERR_IO, "%s", "");
    return error_set(err, ERR_IO, "can't write the output: %s", strerror(errno));
}
