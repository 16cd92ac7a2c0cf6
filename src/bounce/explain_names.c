/* SPDX-License-Identifier: ISC */
/* What the table of refusals knows about an operator or a row, by name. */
#include "explain_parts.h"

#include <string.h>

const char *explain_title(const struct explain *e, const char *operator)
{
    const struct explain_operator *o = explain_operator_of(e, operator);
    return o ? o->title : NULL;
}

const char *explain_row_advice(const struct explain *e, const char *id)
{
    for (size_t i = 0; i < e->row_count; i++) {
        const struct explain_row *r = &e->rows[i];
        if (strcmp(r->id, id) != 0)
            continue;
        if (r->advice && r->advice[0])
            return r->advice;
        return r->who ? r->who->defaults[r->kind].advice : NULL;
    }
    return NULL;
}
