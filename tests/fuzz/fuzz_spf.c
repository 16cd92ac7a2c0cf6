/* SPDX-License-Identifier: ISC */
#include "inventory/spf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every line is the next answer: the first byte says of which kind, the rest is its one record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *const includes[] = {"a.example", "b.example"};
    struct spf *s = spf_new("example.org", includes, 2);
    struct spf_question q;
    unsigned asked = 0;
    enum spf_status status;
    while ((status = spf_next(s, &q)) == SPF_ASK) {
        const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
        size_t len = end ? (size_t)(end - data) : size;
        char kind = len ? (char)*data : '!';
        struct dns_record records[3];
        for (size_t i = 0; i < 3; i++) {
            records[i] = (struct dns_record){.text = len ? (const char *)data + 1 : "",
                                             .len = len ? len - 1 : 0};
            records[i].ip = q.type == DNS_AAAA ? (struct ip){.family = 6, .bytes = {0x20, 1}}
                                               : ip_from_v4(0x01020304);
        }
        struct dns_answer answer = {.records = records,
                                    .count = kind >= '0' && kind <= '3' ? (size_t)(kind - '0') : 1,
                                    .rcode = kind == 'x' ? DNS_NXDOMAIN : DNS_NOERROR,
                                    .malformed = kind == 'm',
                                    .more = kind == '+'};
        if (kind == 'x')
            answer.count = 0;
        spf_reply(s, kind == '!' ? NULL : &answer);
        data += len + (end ? 1 : 0);
        size -= len + (end ? 1 : 0);
        if (++asked > 1 + SPF_LOOKUPS_MAX * (1 + 2 * SPF_MX_MAX))
            abort();
    }
    size_t count;
    const struct spf_block *blocks = spf_blocks(s, &count);
    for (size_t i = 0; i < count; i++) {
        struct ip masked = ip_mask(&blocks[i].block.base, blocks[i].block.len);
        if (ip_cmp(&masked, &blocks[i].block.base) != 0 ||
            blocks[i].block.len > ip_bits(&blocks[i].block.base))
            abort();
    }
    if ((status == SPF_DONE) != !*spf_problem(s) || count > SPF_BLOCKS_MAX)
        abort();
    spf_free(s);
    return 0;
}
