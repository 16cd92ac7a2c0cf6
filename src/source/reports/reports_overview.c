/* SPDX-License-Identifier: ISC */
#include "reports_overview.h"

#include "reports_memory.h"

#include <stdlib.h>

void reports_overview(const struct conf *conf, const char *memory, struct reports_overview *out)
{
    struct reports_memory m;
    reports_memory_parse(&m, memory);
    *out = (struct reports_overview){.sections =
                                         mem_array(conf->reports_count + 1, sizeof *out->sections)};
    for (size_t i = 0; i < conf->reports_count; i++) {
        const struct reports_section *s = reports_section_find(&m, conf->reports[i].name);
        if (s)
            out->sections[i] = s->tally;
    }
    reports_memory_fini(&m);
}

void reports_overview_fini(struct reports_overview *o)
{
    free(o->sections);
    *o = (struct reports_overview){0};
}
