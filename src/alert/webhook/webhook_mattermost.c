/* SPDX-License-Identifier: ISC */
/* Mattermost: an incoming webhook. */
#include "webhook_services.h"
#include "webhook_text.h"

#define TEXT_MAX 4000 /* of the oldest servers; later ones split only beyond 16,383 characters */

/*
 * Markdown, Slack's <…> (which is turned into links and mentions before anything is escaped, so
 * no backslash helps) and @channel: a zero-width space after @ breaks a mention.
 */
static const struct escape escapes[] = {
    {'<', "\u2039", 0},
    {'>', "\u203a", 0},
    {'[', "\\[", 0},
    {']', "\\]", 0},
    {'*', "\\*", 0},
    {'`', "'", 0},
    {'|', "\\|", 0},
    {'#', "\\#", ESCAPE_WORD_START},
    {'\\', "\\\\", 0},
    {'_', "\\_", ESCAPE_WORD_START},
    {'~', "\\~", ESCAPE_WORD_START},
    {'@', "@\u200b", ESCAPE_NOT_IN_WORD},
    {0},
};

static bool webhook_mattermost_make(const struct conf_channel *conf, const struct message *m,
                                    struct webhook_bodies *out, struct error *err)
{
    (void)conf;
    return webhook_bodies_add_text(out, m, escapes, TEXT_MAX, err);
}

/* By the id of the error: a hook that is gone is a 400, one that is switched off a 501. */
static const struct webhook_refusal refusals[] = {
    {"incoming_webhook.invalid", DELIVERY_HELD,
     "Mattermost does not know this webhook: create a new one and configure it"},
    {"incoming_webhook.disabled", DELIVERY_HELD,
     "incoming webhooks are switched off in Mattermost: System Console, Integration Management"},
    {"incoming_webhook.channel", DELIVERY_HELD,
     "the channel of the webhook no longer exists or is locked: choose another in Mattermost"},
    {"incoming_webhook.permissions", DELIVERY_HELD,
     "the creator of the webhook may no longer write to its channel: create a new one"},
    {"incoming_webhook.user", DELIVERY_HELD,
     "the creator of the webhook has left Mattermost: create a new one and configure it"},
    {"app.channel.get.existing", DELIVERY_HELD,
     "the channel of the webhook no longer exists: create a new one and configure it"},
    {"incoming_webhook.text", DELIVERY_FAILED, "Mattermost does not accept this message"},
    {"incoming_webhook.parse", DELIVERY_FAILED, "Mattermost can't read this message"},
    {NULL, 0, NULL},
};

static void webhook_mattermost_refused(int status, const json_t *body, struct delivery *out)
{
    (void)status;
    webhook_refused(refusals, json_string_value(json_object_get(body, "id")), out);
}

const struct webhook_service service_mattermost = {
    .name = "Mattermost",
    .make = webhook_mattermost_make,
    .refused = webhook_mattermost_refused,
};
