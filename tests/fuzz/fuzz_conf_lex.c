/* SPDX-License-Identifier: ISC */
#include "conf/conf_lex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines only go up, texts are terminated inside the line, and every error has a text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf_lex lex;
    struct conf_item item;
    struct error err = {0};
    enum conf_lex_kind kind;
    int line = 0;
    conf_lex_init(&lex, (const char *)data, size);
    while ((kind = conf_lex_next(&lex, &item, &err)) != CONF_LEX_END) {
        if (item.line <= line)
            abort();
        line = item.line;
        bool bad = kind == CONF_LEX_BAD || kind == CONF_LEX_BAD_SECTION;
        if (bad != (err.class != ERR_NONE) || bad != (err.text[0] != '\0'))
            abort();
        if (kind == CONF_LEX_KEY && (!*item.word || strlen(item.value) > LIMIT_CONF_LINE))
            abort();
        if (kind == CONF_LEX_SECTION && (!*item.word || (item.name && !*item.name)))
            abort();
        err = (struct error){0};
    }
    conf_lex_fini(&lex);
    return 0;
}
