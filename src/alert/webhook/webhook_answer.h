/* SPDX-License-Identifier: ISC */
/*
 * From what a receiver answered to the outcome that repmon-alerts(7) DELIVERY describes. Pure.
 * Nothing of the answer is repeated but one plain word: it could contain the address, which is a
 * secret.
 */
#ifndef REPMON_WEBHOOK_ANSWER_H
#define REPMON_WEBHOOK_ANSWER_H

#include "webhook_service.h"

#include "repmon/http.h"

struct webhook_answer {
    enum reply_how how;
    const struct http_response *response; /* borrowed; a status of 0: none came */
    const struct buf *body;               /* borrowed: as much as came */
    const char *url;                      /* borrowed: what was asked */
};

void webhook_answer(const struct webhook_service *service, const struct webhook_answer *answer,
                    struct delivery *out);

#endif
