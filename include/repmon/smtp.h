/* SPDX-License-Identifier: ISC */
/*
 * One SMTP session with TLS from the first byte (RFC 8314 3.3), by libcurl. It blocks until the
 * session is over, so it belongs in a child process. How the session ended is in the lines that
 * the caller is shown; the return value says only why there were none.
 */
#ifndef REPMON_SMTP_H
#define REPMON_SMTP_H

#include "repmon/error.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything is borrowed. */
struct smtp_session {
    const char *host;
    uint16_t port;
    const char *ca_file;         /* besides the system's certificates; NULL */
    const char *hello;           /* the name we greet with */
    const char *user, *password; /* NULL: no login */
    const char *from;
    const char *const *to;
    size_t to_count;
    bool probe; /* as far as the login */
    int64_t timeout_ms, step_timeout_ms;
    /* Every command as it is written, and every line of a reply as it is read. */
    void (*line)(void *ctx, const char *bytes, size_t len, bool writing);
    /* The whole message with CRLF lines, asked for once, when the server wants it. */
    const char *(*text)(void *ctx, size_t *len);
    void *ctx;
};

/* `why` gets libcurl's own words; REPLY_ANSWERED when the session came to its end. False: the
 * session could not be begun. */
bool smtp_talk(const struct smtp_session *s, enum reply_how *how, char *why, size_t size,
               struct error *err);

#endif
