/* SPDX-License-Identifier: ISC */
/* The services themselves, for the registry in webhook_service.c. */
#ifndef REPMON_WEBHOOK_SERVICES_H
#define REPMON_WEBHOOK_SERVICES_H

#include "webhook_service.h"

extern const struct webhook_service service_repmon, service_slack, service_discord, service_teams,
    service_ntfy, service_pagerduty, service_telegram, service_google_chat, service_matrix,
    service_gotify, service_mattermost;

#endif
