/* SPDX-License-Identifier: ISC */
#include "repmon/spf_check.h"
#include "source/domain/dkim_key.h"
#include "source/domain/dmarc_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every line is the next answer to check_host(), whatever it asks. */
struct lines {
    const char *at, *end;
    char text[1024];
    struct dns_record record;
    unsigned asked;
};

static enum spf_found answer(void *ctx, const char *name, uint16_t type, struct dns_answer *out)
{
    struct lines *l = ctx;
    const char *stop = l->at < l->end ? memchr(l->at, '\n', (size_t)(l->end - l->at)) : NULL;
    size_t len = (size_t)((stop ? stop : l->end) - l->at);
    if (strlen(name) >= CONF_NAME_MAX || ++l->asked > 1000)
        abort();
    if (l->at == l->end)
        return SPF_NOT_YET;
    len = len < sizeof l->text ? len : sizeof l->text - 1;
    memcpy(l->text, l->at, len);
    l->text[len] = '\0';
    l->at = stop ? stop + 1 : l->end;
    l->record = (struct dns_record){.text = l->text, .len = len};
    if (type == DNS_A || type == DNS_AAAA)
        ip_parse_raw(l->text, &l->record.ip);
    *out = (struct dns_answer){.soa = true, .count = len > 0, .records = &l->record};
    return strcmp(l->text, "!") == 0 ? SPF_NO_ANSWER : SPF_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lines lines = {.at = (const char *)data, .end = (const char *)data + size};
    struct spf_request request = {.local = "a-b.c",
                                  .domain = "example.org",
                                  .helo = "mx.example.org",
                                  .receiver = "unknown",
                                  .ask = answer,
                                  .ctx = &lines};
    struct spf_verdict verdict;
    ip_parse(size % 2 ? "192.0.2.1" : "2001:db8::1", &request.ip);
    spf_check(&request, &verdict);
    if (strlen(verdict.why) >= sizeof verdict.why || verdict.lookups > 11)
        abort();
    dkim_key_read((const char *)data, size);
    if (dmarc_record_read((const char *)data, size).rua_count > DMARC_RUA_MAX)
        abort();
    return 0;
}
