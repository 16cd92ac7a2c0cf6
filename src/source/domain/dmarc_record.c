/* SPDX-License-Identifier: ISC */
#include "dmarc_record.h"

#include "tag_list.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool dmarc_is_record(const char *text, size_t len)
{
    struct tag first;
    const char *at = text;
    return tag_next(&at, text + len, &first) && tag_is(&first, "v") &&
           tag_value_is(&first, "DMARC1", false);
}

/* "mailto:dmarc@example.net!10m" */
static void dmarc_add_rua(struct dmarc_record *r, const char *uri, size_t len)
{
    static const char scheme[] = "mailto:";
    while (len && *uri == ' ') {
        uri++;
        len--;
    }
    if (len < sizeof scheme || strncasecmp(uri, scheme, sizeof scheme - 1) != 0)
        return;
    const char *mark = memchr(uri, '!', len);
    const char *end = mark ? mark : uri + len;
    while (end > uri && end[-1] == ' ')
        end--;
    const char *at = memrchr(uri, '@', (size_t)(end - uri));
    if (!at || r->rua_count == DMARC_RUA_MAX)
        return;
    char *host = mem_ndup(at + 1, (size_t)(end - at - 1));
    r->rua_count += conf_name_parse(host, r->rua[r->rua_count]);
    free(host);
}

struct dmarc_record dmarc_record_read(const char *text, size_t len)
{
    static const char *const policies[] = {"none", "quarantine", "reject"};
    struct dmarc_record r = {.psd = 'u'};
    struct tag t;
    if (tag_find(text, len, "psd", &t) && t.value_len == 1 && strchr("yn", *t.value))
        r.psd = *t.value;
    bool has_rua = tag_find(text, len, "rua", &t);
    for (const char *at = t.value, *end = has_rua ? at + t.value_len : at; has_rua && at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        dmarc_add_rua(&r, at, (size_t)((comma ? comma : end) - at));
        at = comma ? comma + 1 : end;
    }
    bool has_policy = tag_find(text, len, "p", &t);
    for (size_t i = 0; has_policy && i < sizeof policies / sizeof *policies; i++)
        r.usable |= tag_value_is(&t, policies[i], true);
    r.usable |= !has_policy || r.rua_count > 0; /* p= may be omitted, meaning none (RFC 9989 4.7) */
    return r;
}
