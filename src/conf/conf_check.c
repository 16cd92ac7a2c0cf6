/* SPDX-License-Identifier: ISC */
/* What a single value can't tell: keys that need or exclude each other. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/limits.h"
#include "repmon/secret.h"
#include "repmon/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void conf_missing(struct conf_reader *r, const char *key, const char *why)
{
    conf_complain(r, r->section_line, r->section, key, why);
}

void conf_useless(struct conf_reader *r, const char *key, const char *why)
{
    int line = conf_given(r, key);
    if (line)
        conf_complain(r, line, r->section, key, why);
}

void conf_check_section(struct conf_reader *r)
{
    if (conf_sections[r->section]->check)
        conf_sections[r->section]->check(r);
}

void conf_check_file(struct conf_reader *r)
{
    for (size_t i = 0; i < conf_section_count; i++) {
        if (!r->plain[i])
            continue;
        r->section = i;
        r->section_line = r->plain[i];
        r->base = r->c;
        r->array = NULL;
        conf_check_section(r);
    }
    for (size_t i = 0; i < conf_section_count; i++) {
        r->section = i;
        if (conf_sections[i]->settle)
            conf_sections[i]->settle(r);
    }
}
