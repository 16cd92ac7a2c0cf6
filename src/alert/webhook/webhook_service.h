/* SPDX-License-Identifier: ISC */
/*
 * What one chat, push or paging service needs: the requests that a message becomes, and what its
 * answer means beyond the HTTP status. The rest (addresses, time-outs, the outcome of a status) is
 * the same for all and lies in webhook.c and webhook_answer.c.
 *
 * To add a service: a word in enum webhook_format (conf.h) and in the tables of conf_webhook.c; a
 * file here with one `const struct webhook_service`, declared in webhook_services.h; a row in
 * webhook_service.c. Then src/meson.build, config.example, repmon.conf(5), and a fake of it in
 * tests/lab/chats.py. A key that no other has: conf.h, conf_mail.c (which frees it) and
 * conf_webhook.c.
 */
#ifndef REPMON_WEBHOOK_SERVICE_H
#define REPMON_WEBHOOK_SERVICE_H

#include "webhook_body.h"

#include "repmon/channel.h"

struct webhook_service {
    const char *name;         /* "Telegram": as people know it */
    const char *default_url;  /* NULL: one must be configured */
    const char *method;       /* NULL: POST */
    const char *token_header; /* goes before the token; "": none; NULL: "Authorization: Bearer " */
    bool any_answer;          /* any body is accepted with a 2xx */
    bool opens_incidents;
    /* Fills *out, whose URL is the configured one. Errors as webhook_bodies(). */
    bool (*make)(const struct conf_channel *conf, const struct message *m,
                 struct webhook_bodies *out, struct error *err);
    /*
     * Refines *out, which the status has filled already, by what a refusal says: outcome, text or
     * time. `body` is its JSON, its one word as a JSON string, or NULL. No function: the status
     * says it all.
     */
    void (*refused)(int status, const json_t *body, struct delivery *out);
    /*
     * For doctor: the URL of a GET that shows whether token and room are right without posting
     * anything; out->url is the configured one. Its answer is read like that to a message. NULL:
     * only a message would tell.
     */
    bool (*probe)(const struct conf_channel *conf, struct webhook_bodies *out, struct error *err);
};

/* Never NULL: conf.h names no format without one. */
const struct webhook_service *webhook_service_of(enum webhook_format format);

/* ---- for `refused` ---- */

/* What a service says, and what that means for us. */
struct webhook_refusal {
    const char *says; /* part of its words; "" fits all, NULL ends the table */
    enum delivery_outcome outcome;
    const char *text; /* what is the matter, and what to do */
};

/* The first row that is found in `words` (NULL: none) decides over *out. */
void webhook_refused(const struct webhook_refusal *rows, const char *words, struct delivery *out);

/* The service asks for a pause this long; the longest one counts. Only for DEFERRED. */
void webhook_wait(struct delivery *out, int64_t seconds);

#endif
