/* SPDX-License-Identifier: ISC */
#include "repmon/dnsbl_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is taken as a catalogue gives lists whose parts are in order; what isn't gives an error.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue c;
    struct error err = {0};
    if (!catalogue_parse("fuzz", (const char *)data, size, &c, &err)) {
        if (err.class == ERR_NONE || !err.text[0] || c.root || c.list_count)
            abort();
        return 0;
    }
    struct conf conf;
    struct dnsbl_lists lists;
    conf_init(&conf);
    conf.dnsbl_use = DNSBL_ALL;
    if (dnsbl_lists_build(&c, &conf, NULL, 0, &lists, &err)) {
        for (size_t i = 0; i < lists.total; i++) {
            const struct dnsbl_list *list = &lists.items[i];
            if (list->code_count == 0 || !list->zone || !list->cure || !list->lookup_url ||
                (list->state == LIST_ON && !list->family[0].suffix) ||
                catalogue_find(&c, list->zone) != list->catalogue)
                abort();
        }
        dnsbl_lists_fini(&lists);
    }
    if (c.dead_count > 0 && !catalogue_find_dead(&c, c.dead[0].zone))
        abort();
    conf_fini(&conf);
    catalogue_fini(&c);
    return 0;
}
