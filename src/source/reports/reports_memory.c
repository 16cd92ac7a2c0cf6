/* SPDX-License-Identifier: ISC */
#include "reports_memory.h"

#include "repmon/crypto.h"

#include <stdlib.h>
#include <string.h>

void reports_memory_init(struct reports_memory *m)
{
    *m = (struct reports_memory){.section_count = 0};
    crypto_random(m->key, sizeof m->key);
}

void reports_memory_fini(struct reports_memory *m)
{
    taken_fini(&m->names);
    taken_fini(&m->reports);
    dmarc_days_fini(&m->days);
    complaint_pairs_fini(&m->complaints);
    dmarc_senders_fini(&m->senders);
    for (size_t i = 0; i < m->section_count; i++)
        free(m->sections[i].name);
    free(m->sections);
    *m = (struct reports_memory){.section_count = 0};
}

const struct reports_section *reports_section_find(const struct reports_memory *m, const char *name)
{
    for (size_t i = 0; i < m->section_count; i++)
        if (strcmp(m->sections[i].name, name) == 0)
            return &m->sections[i];
    return NULL;
}

struct reports_section *reports_section_of(struct reports_memory *m, const char *name)
{
    for (size_t i = 0; i < m->section_count; i++)
        if (strcmp(m->sections[i].name, name) == 0)
            return &m->sections[i];
    m->sections = mem_grow(m->sections, m->section_count + 1, sizeof *m->sections);
    m->sections[m->section_count] = (struct reports_section){.name = mem_dup(name)};
    return &m->sections[m->section_count++];
}

void reports_section_add_bad(struct reports_tally *t, const struct reports_bad *bad)
{
    if (t->bad_count < REPORTS_BAD_KEPT)
        t->bad_count++;
    memmove(&t->bad[1], &t->bad[0], (t->bad_count - 1) * sizeof *t->bad);
    t->bad[0] = *bad;
}

void reports_memory_forget(struct reports_memory *m, int64_t today)
{
    taken_forget(&m->names, today - REPORTS_NAME_DAYS);
    taken_forget(&m->reports, today - REPORTS_TAKEN_DAYS);
    dmarc_days_forget(&m->days, today - DMARC_DAYS_KEPT);
    complaint_pairs_forget(&m->complaints, today - COMPLAINT_DAYS + 1);
    dmarc_senders_forget(&m->senders, today);
}
