/* SPDX-License-Identifier: ISC */
#include "registry.h"

#include "repmon/dnsbl_setup.h"
#include "repmon/sources.h"

/* In the order in which results are shown. */
static const struct source *const sources[] = {
    &source_dnsbl, &source_snds, &source_talos, &source_ptr, &source_log,
};

const struct source_set registry_sources = {sources, sizeof sources / sizeof *sources};
