/* SPDX-License-Identifier: ISC */
/*
 * With -vv: each question and each answer, a line each on stderr. Of a name that holds a key the
 * log hides the key (log.h); of a URL only the host is shown, of headers and bodies nothing.
 */
#ifndef REPMON_TRACE_H
#define REPMON_TRACE_H

#include "repmon/dns.h"
#include "repmon/http.h"

void trace_question(const char *name, uint16_t type);

/* `answer` is NULL unless how is DNS_ANSWERED. */
void trace_answer(const char *name, uint16_t type, enum dns_how how,
                  const struct dns_answer *answer);

void trace_request(const struct http_request *request);

/* `response` may be NULL. */
void trace_response(const char *url, enum reply_how how, const struct http_response *response);

#endif
