/* SPDX-License-Identifier: ISC */
/*
 * What a host or domain name may look like: RFC 952 and 1123 2.1, plus the underscore that occurs
 * in names of records.
 */
#ifndef REPMON_HOST_NAME_H
#define REPMON_HOST_NAME_H

#include <stdbool.h>

#define HOST_NAME_SIZE 254 /* bytes: 253 in presentation form (RFC 1035 2.3.4), and a NUL */

/*
 * Letters, digits, _ and, inside of a label, hyphens; labels of 1 to 63 with dots between them, one
 * dot at the end is dropped. `out` gets it in lower case. False: no such name.
 */
bool host_name_parse(const char *s, char out[static HOST_NAME_SIZE]);

#endif
