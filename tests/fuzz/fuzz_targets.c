/* SPDX-License-Identifier: ISC */
#include "repmon/inventory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is in the file: at most `max` targets, sorted, found again, with printable labels. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inventory inv;
    struct errors errors = {0};
    struct cidr exclude;
    inventory_init(&inv);
    cidr_parse("10.0.0.0/8", &exclude, NULL);
    inventory_exclude(&inv, &exclude);
    inventory_add_text(&inv, "targets.txt", (const char *)data, size, 300, &errors);
    inventory_finish(&inv);
    if (inv.count > 300)
        abort();
    for (size_t i = 0; i < inv.count; i++) {
        const struct target *t = &inv.items[i];
        if (cidr_contains(&exclude, &t->ip) || t->id != i || t->origin >= inv.origin_count)
            abort();
        if (i && (ip_cmp(&t[-1].ip, &t->ip) > 0 ||
                  (ip_cmp(&t[-1].ip, &t->ip) == 0 && t[-1].prefix >= t->prefix)))
            abort();
        if (t->prefix != 64 && inventory_find(&inv, &t->ip) != (ptrdiff_t)i)
            abort();
        for (const char *p = inventory_label(&inv, t); *p; p++) {
            if ((unsigned char)*p < 0x20 || *p == 0x7f)
                abort();
        }
    }
    inventory_fini(&inv);
    errors_fini(&errors);
    return 0;
}
