/* SPDX-License-Identifier: ISC */
/* [ptr]. */
#include "conf_section.h"

static const struct conf_word ptr_use[] = {
    {"hosts", PTR_HOSTS}, {"all", PTR_ALL}, {"none", PTR_NONE}, {NULL, 0}};

static const struct conf_key ptr_keys[] = {
    {GLOBAL("use", "hosts", "hosts (given singly, by host or helo, or that had a PTR), all or none",
            value_word, ptr.use),
     .words = ptr_use},
    {ROW("helo", true, "", "address, and the name its server gives in HELO", value_helo, 0)},
    {GLOBAL("every", "0", "query at most once in this time", value_duration, ptr.every_ms),
     .least = 0, .most = 30 * DAY},
    {GLOBAL("valid_for", "7d", HOLDS, value_duration, ptr.valid_for_ms), .least = MINUTE,
     .most = YEAR},
    {GLOBAL("severity", "major", "severity when it can't be queried", value_word, ptr.severity),
     .words = conf_severity_words},
};

static void conf_open_ptr(struct conf_reader *r)
{
    r->c->ptr.present = true;
}

const struct conf_section conf_section_ptr = {
    .word = "ptr",
    .shown = "ptr",
    CONF_KEYS(ptr_keys),
    .open = conf_open_ptr,
};
