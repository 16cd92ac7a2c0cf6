/* SPDX-License-Identifier: ISC */
/* What this program is made of: the sources it asks. Handed in to the library, which knows none. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include "repmon/source.h"

extern const struct source_set registry_sources;

#endif
