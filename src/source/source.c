/* SPDX-License-Identifier: ISC */
#include "repmon/source.h"

/* In the order of enum source_kind; NULL: not built yet. */
static const struct source *const sources[SOURCE_COUNT] = {
    [SOURCE_DNSBL] = &source_dnsbl,
    [SOURCE_TALOS] = &source_talos,
    [SOURCE_PTR] = &source_ptr,
    [SOURCE_SNDS] = &source_snds,
};

const struct source *source_get(enum source_kind kind)
{
    return sources[kind];
}
