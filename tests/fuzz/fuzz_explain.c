/* SPDX-License-Identifier: ISC */
#include "repmon/explain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct explain_zone zones[] = {
    {"zen.spamhaus.org", "Spamhaus", "https://check.spamhaus.org/", "", false, false},
    {"bl.example", "Example", "https://bl.example/?ip={ip}", "", false, false},
    {"sorbs.net", "", "", "", false, true},
};

/* What is told must be printable, and the same whether the text comes at once or in two pieces. */
static void check(const struct explain_verdict *v)
{
    if (!v->operator|| !v->title || !v->meaning || !v->advice || v->kind >= EXPLAIN_KIND_COUNT)
        abort();
    const char *texts[] = {v->list, v->code, v->status, v->url};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (const char *p = texts[i]; *p; p++)
            if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f) {
                /* "Blocklist 1" is a code with a blank */
                if (*p != ' ' || texts[i] != v->code)
                    abort();
            }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct explain *e;
    struct explain_setup setup = {.zones = zones, .zone_count = sizeof zones / sizeof zones[0]};
    if (!e)
        e = explain_new(&setup, NULL);
    size_t counts[2];
    for (int pass = 0; pass < 2; pass++) {
        struct explain_stream *s = explain_stream_new(e);
        size_t cut = pass ? size / 2 : size;
        explain_stream_feed(s, (const char *)data, cut);
        explain_stream_feed(s, (const char *)data + cut, size - cut);
        explain_stream_end(s);
        const struct explain_entry *entries = explain_stream_entries(s, &counts[pass]);
        for (size_t i = 0; i < counts[pass]; i++)
            check(&entries[i].verdict);
        explain_stream_free(s);
    }
    if (counts[0] != counts[1])
        abort();
    return 0;
}
