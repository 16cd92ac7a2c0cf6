/* SPDX-License-Identifier: ISC */
/*
 * A digest as the JSON bodies of one webhook format. Pure. Every body is under WEBHOOK_BODY_MAX
 * however much was listed, and keeps to the receiver's own limits; outside text can neither mention
 * anybody nor hide a link behind other words.
 * What a service needs is said in webhook_service.h, one file each.
 */
#ifndef REPMON_WEBHOOK_BODY_H
#define REPMON_WEBHOOK_BODY_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/message.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBHOOK_BODY_MAX    20000 /* Standard Webhooks: "under about 20 kB" */
#define WEBHOOK_DISCORD_MAX 2000  /* characters of `content` */
#define WEBHOOK_NTFY_MAX    3500  /* bytes; above 4,096 it becomes an attachment */
#define WEBHOOK_SLACK_MAX   3500  /* longer texts are cut or split */
#define WEBHOOK_KEY_MAX     255   /* PagerDuty: dedup_key */

/* The requests of one digest: usually one; PagerDuty one per list, or none at all. */
struct webhook_bodies {
    char **items; /* owned, and each body */
    size_t count;
    char *url; /* owned: where they go; may hold a secret */
};

/*
 * False (ERR_CONFIG) when the configuration misses what the format needs (the URL, the ntfy topic,
 * the routing key), or holds what no body can be made of. The text never holds any of them.
 */
bool webhook_bodies(const struct conf_channel *conf, const struct message *m,
                    struct webhook_bodies *out, struct error *err);
void webhook_bodies_fini(struct webhook_bodies *b);

/* Appends a path to the configured URL, before its query, unless the URL already ends with it. */
void webhook_bodies_path(struct webhook_bodies *out, const char *path);

/* Appends "NAME=VALUE" to the URL's query. */
void webhook_bodies_query(struct webhook_bodies *out, const char *query);

/* Replaces the URL, and takes the new one. The old one is wiped. */
void webhook_bodies_url(struct webhook_bodies *out, char *url);

/* One more request, `o` as its body; takes `o`. False (ERR_CONFIG): it is NULL or can't be written
 * as text. */
bool webhook_bodies_add(struct webhook_bodies *out, json_t *o, struct error *err);

struct escape; /* webhook_text.h */

/* The same for {"text": …}: the whole message with these escapes, at most `max` bytes. */
bool webhook_bodies_add_text(struct webhook_bodies *out, const struct message *m,
                             const struct escape *escapes, size_t max, struct error *err);

/*
 * "v1,BASE64": HMAC-SHA256 of "ID.TIMESTAMP.BODY" (Standard Webhooks), with the key of
 * secret_signing_key(). False (ERR_CONFIG): the secret is not a key.
 */
bool webhook_sign(const char *secret, const char *id, int64_t timestamp, const char *body,
                  size_t len, struct buf *out, struct error *err);

#endif
