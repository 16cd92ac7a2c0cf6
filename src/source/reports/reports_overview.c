/* SPDX-License-Identifier: ISC */
#include "repmon/reports_overview.h"

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
    for (size_t i = 0; i < m.complaints.count; i++) {
        const struct complaint_pair *p = &m.complaints.items[i];
        for (size_t k = 0; k < p->day_count && !p->ip.family; k++)
            out->unknown += p->days[k].complaints;
    }
    reports_memory_fini(&m);
}

void reports_overview_fini(struct reports_overview *o)
{
    free(o->sections);
    *o = (struct reports_overview){0};
}
