/* SPDX-License-Identifier: ISC */
/*
 * A digest as the text of a chat: short, with what is left out counted, and escaped so that outside
 * text is shown literally: it mentions nobody and hides no link behind other words. Pure.
 */
#ifndef REPMON_WEBHOOK_TEXT_H
#define REPMON_WEBHOOK_TEXT_H

#include "repmon/buf.h"
#include "repmon/message.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a character is markup. URLs hold many of them, and must stay whole. */
enum escape_where {
    ESCAPE_ANYWHERE = 0,
    ESCAPE_NOT_IN_WORD, /* not after a letter or a digit */
    ESCAPE_WORD_START,  /* nor after what joins words in a URL */
};

/* `c` is written as `text`; a table ends with c 0. */
struct escape {
    char c;
    const char *text;
    enum escape_where where;
};

/* What makes links, code, emphasis or quotes in Discord and in Adaptive Cards. */
extern const struct escape webhook_markdown[];

void webhook_escape(struct buf *out, const char *s, const struct escape *escapes);

/* The short text, escaped (NULL: nothing is markup), at most `max` bytes; with `subject` it comes
 * first, on its own line. */
void webhook_text(const struct message *m, const struct escape *escapes, size_t max, bool subject,
                  struct buf *out);

/* Nothing that somebody should be woken for: it is over, or only information. */
bool webhook_is_calm(const struct message *m);

/* The text as a JSON string; never NULL. */
json_t *webhook_json_text(const struct buf *b);

#endif
