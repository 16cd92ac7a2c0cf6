/* SPDX-License-Identifier: ISC */
/* The certificates trusted in addition to the system's. Private to net/. */
#ifndef REPMON_NET_CA_H
#define REPMON_NET_CA_H

#include "repmon/buf.h"
#include "repmon/error.h"

#include <stdbool.h>

#define CA_FILE_MAX (4u << 20) /* the system's bundle is about 200 kB */

/* The system's bundle and those of `path` as one PEM text; *out holds up to 2 * CA_FILE_MAX. */
bool ca_load(struct buf *out, const char *path, struct error *err);

#endif
