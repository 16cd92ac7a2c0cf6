/* SPDX-License-Identifier: ISC */
/* Helpers for the file of a section: see conf_parse.h for what each member means. */
#ifndef CONF_SECTION_H
#define CONF_SECTION_H

#include "conf_parse.h"

#include <stddef.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define YEAR   (366 * DAY)

/* A row of keys: key, repeatable, default, help, parser; the rest by name. */
#define ROW(name, many, def, text, parser, at)                                                     \
    .info = {NULL, (name), (many), (def), (text)}, .parse = (parser), .field = (at)
/* In a section without a name, whose values are members of struct conf. */
#define GLOBAL(name, def, text, parser, member)                                                    \
    ROW(name, false, def, text, parser, offsetof(struct conf, member))
#define GLOBALS(name, text, parser) ROW(name, true, "", text, parser, 0), .prose = true
/* In one with a name. */
#define NAMED(type, name, many, def, text, parser, member)                                         \
    ROW(name, many, def, text, parser, offsetof(struct type, member))
#define HOLDS "how long a proven state counts without new proof"

/* Members of struct conf_section: its keys; and where sections with a name are kept. */
#define CONF_KEYS(table) .keys = (table), .key_count = sizeof(table) / sizeof(table)[0]
#define CONF_ROWS(type, list, count, row_name)                                                     \
    .named = true,                                                                                 \
    .rows = {offsetof(struct conf, list), offsetof(struct conf, count), sizeof(struct type),       \
             offsetof(struct type, row_name), offsetof(struct type, at)}

/* Of any channel (conf_mail.c). */
extern const struct conf_word conf_min_levels[];
void conf_open_channel(struct conf_reader *r);
void conf_free_channel(void *row);

#endif
