/* SPDX-License-Identifier: ISC */
#include "repmon/ip.h"
#include "repmon/typed.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever parses must format and parse back to itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct cidr c, again;
    if (cidr_parse(text, &c, NULL)) {
        char out[CIDR_TEXT_MAX], reverse[IP_REVERSE_MAX];
        cidr_format(&c, out);
        if (!cidr_parse(out, &again, NULL) || ip_cmp(&c.base, &again.base) != 0 ||
            c.len != again.len)
            abort();
        ip_reverse(&c.base, reverse);
        (void)ip_special(&c.base);
    }
    struct buf hint;
    buf_init(&hint, 1024);
    typed_hint(text, &hint);
    buf_fini(&hint);
    return 0;
}
