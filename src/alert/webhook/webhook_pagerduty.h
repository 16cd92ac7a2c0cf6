/* SPDX-License-Identifier: ISC */
/*
 * PagerDuty Events v2: one incident per list, named repmon/INSTANCE/LIST. A list with bad news
 * triggers; a list on which nothing is open any more resolves, whatever ended it. Other good news
 * (one of two addresses gone) makes no event.
 */
#ifndef REPMON_ALERT_WEBHOOK_PAGERDUTY_H
#define REPMON_ALERT_WEBHOOK_PAGERDUTY_H

#include "webhook_body.h"

#include "repmon/channel.h"

/* Appends one body per event to *out. False (ERR_CONFIG): one can't be made, the key is no text. */
bool pagerduty_events(const char *routing_key, const struct message *m, struct webhook_bodies *out,
                      struct error *err);

/* {"status":"invalid event","errors":["Length of 'routing_key' is incorrect"]}: the key's fault,
 * not the event's. */
void pagerduty_refused(int status, const json_t *body, struct delivery *out);

#endif
