/* SPDX-License-Identifier: ISC */
/* Whether two sections read the same lines: a file and the journal, mail.log and syslog. */
#ifndef SOURCE_LOG_TWICE_H
#define SOURCE_LOG_TWICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TWICE_SLOTS 2048
#define TWICE_SURE  5 /* lines; outcomes of messages do not match by chance */

/* A sample of what was read, the same whatever the order; zero is empty. */
struct twice {
    struct {
        uint64_t hash; /* 0: free */
        size_t section;
    } slots[TWICE_SLOTS];
};

/*
 * Takes a line of a section. True when another section gave the same line; *other is then its
 * number. Only lines with the outcome of a message are compared, without what precedes their
 * message. `key`: 16 bytes, so that nobody can craft lines that collide.
 */
bool twice_line(struct twice *t, const uint8_t *key, size_t section, const char *line, size_t len,
                size_t *other);

#endif
