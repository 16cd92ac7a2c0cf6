/* SPDX-License-Identifier: ISC */
#include "webhook_service.h"

#include "alert/channel_parts.h"
#include "webhook_services.h"

#include <string.h>

static const struct webhook_service *const services[WEBHOOK_FORMAT_COUNT] = {
    [WEBHOOK_REPMON] = &service_repmon,
    [WEBHOOK_SLACK] = &service_slack,
    [WEBHOOK_DISCORD] = &service_discord,
    [WEBHOOK_TEAMS] = &service_teams,
    [WEBHOOK_NTFY] = &service_ntfy,
    [WEBHOOK_PAGERDUTY] = &service_pagerduty,
    [WEBHOOK_TELEGRAM] = &service_telegram,
    [WEBHOOK_GOOGLE_CHAT] = &service_google_chat,
    [WEBHOOK_MATRIX] = &service_matrix,
    [WEBHOOK_GOTIFY] = &service_gotify,
    [WEBHOOK_MATTERMOST] = &service_mattermost,
};

const struct webhook_service *webhook_service_of(enum webhook_format format)
{
    return services[format];
}

void webhook_refused(const struct webhook_refusal *rows, const char *words, struct delivery *out)
{
    for (; words && rows->says; rows++) {
        if (!strstr(words, rows->says))
            continue;
        delivery_set(out, rows->outcome, out->code, "%s (HTTP %d)", rows->text, out->code);
        return;
    }
}

void webhook_wait(struct delivery *out, int64_t seconds)
{
    if (out->outcome == DELIVERY_DEFERRED && seconds > out->retry_after_s)
        out->retry_after_s = seconds;
}
