/* SPDX-License-Identifier: ISC */
#include "repmon/dns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses what was asked; the rest is the reply. Texts must end inside the scratch.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_TXT, DNS_PTR, DNS_MX, DNS_CNAME};
    static struct dns_scratch scratch;
    struct dns_answer answer;
    if (size < 1 || size > LIMIT_DNS_MESSAGE)
        return 0;
    uint16_t type = types[data[0] % (sizeof types / sizeof types[0])];
    uint8_t *copy = malloc(size);
    if (!copy)
        return 0;
    memcpy(copy, data + 1, size - 1);
    bool ok = dns_read(copy, size - 1, "2.0.0.127.bl.example", type, &scratch, &answer);
    if (ok == answer.malformed || answer.count > DNS_MAX_RECORDS || (!ok && answer.count))
        abort();
    for (size_t i = 0; i < answer.count; i++) {
        const struct dns_record *r = &answer.records[i];
        if (r->len > LIMIT_DNS_MESSAGE || r->text[r->len] != '\0')
            abort();
    }
    free(copy);
    return 0;
}
