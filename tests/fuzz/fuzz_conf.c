/* SPDX-License-Identifier: ISC */
#include "repmon/conf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Loads, or has errors in line order; never both, never neither. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf c;
    struct errors errors = {0}, warnings = {0};
    bool ok = conf_parse("/nonexistent/f.conf", (const char *)data, size, &c, &errors, &warnings);
    if (ok != (errors.count == 0) || (ok && (!c.state || !c.instance || c.deadline_ms <= 0)))
        abort();
    for (size_t i = 1; i < errors.count; i++) {
        if (errors.items[i - 1].line > errors.items[i].line)
            abort();
    }
    if (ok)
        conf_fini(&c);
    errors_fini(&errors);
    errors_fini(&warnings);
    return 0;
}
