/* SPDX-License-Identifier: ISC */
#include "../../src/net/dns_wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What matches has the question in its bytes: it is at least as long as one without a name's end.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dns_query query = {"2.0.0.127.bl.example", 1, 0x1234, false};
    uint8_t sent[DNS_QUERY_MAX];
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    if (size)
        memcpy(copy, data, size);
    bool matches = dns_reply_matches(copy, size, &query);
    const struct dns_query plain = {query.name, query.type, query.id, true};
    size_t len = dns_query_write(&plain, sent);
    if (matches && dns_reply_rcode(copy) == 0 && size < len)
        abort();
    free(copy);
    return 0;
}
