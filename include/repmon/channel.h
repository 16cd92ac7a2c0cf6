/* SPDX-License-Identifier: ISC */
/*
 * A channel: a way to reach somebody. It takes one message, makes one attempt within its own time
 * limit, and reports the outcome in one of the four words of repmon-alerts(7), DELIVERY. It never
 * sees the database, decides nothing about order or repetition, and never shows a URL, a password
 * or a token.
 *
 * To add a channel: a file in src/alert with one `const struct channel`, declared in channels.h, a
 * row in cmd/registry.c; in src/conf a file of its section, as conf_webhook.c, over the fields of
 * struct conf_channel (one that is new: conf.h, and conf_mail.c frees it), named in
 * conf_sections.c. Then src/meson.build, config.example and repmon.conf(5). No other file knows a
 * channel by name: everything in which channels differ is in this struct. A chat service that
 * takes a single HTTP request is a format of the webhook: webhook_service.h has the recipe.
 */
#ifndef REPMON_CHANNEL_H
#define REPMON_CHANNEL_H

#include "repmon/conf.h"
#include "repmon/http.h"
#include "repmon/message.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* DEFERRED is zero: an undecided outcome is retried, never lost. */
enum delivery_outcome {
    DELIVERY_DEFERRED = 0,
    DELIVERY_SENT,
    DELIVERY_HELD,   /* the channel is misconfigured: its messages wait, one try a run */
    DELIVERY_FAILED, /* this message only */
    DELIVERY_OUTCOME_COUNT
};
const char *delivery_word(enum delivery_outcome); /* "deferred" "sent" "held" "failed" */

/* How one try ended. Plain data, no pointers: a child process hands it over a pipe. */
struct delivery {
    enum delivery_outcome outcome;
    int code;              /* HTTP status, SMTP code or exit status; 0: never got that far */
    int64_t retry_after_s; /* DEFERRED: what the other side asked for; 0: nothing */
    bool may_have_arrived; /* DEFERRED: accepted without a final reply */
    char reason[320];      /* cleaned, one line, no secret: why, and what to do; "" when SENT */
    char refused[2048];    /* mail: refused recipients with the server's words, and how many there
                            * was no room for; "" for none */
};

/* Writes a whole text to standard output, past any buffer. False: not all of it was taken. */
typedef bool (*channel_print)(const char *text, size_t len, struct error *err);

/* What a channel may use. All borrowed. */
struct channel_env {
    const struct conf *conf;
    struct http *http;   /* NULL: webhooks and ping are DEFERRED */
    int64_t timeout_ms;  /* of one try; 0: the channel's own (webhook 30 s, mail 5 min) */
    channel_print print; /* for the channel stdout; NULL: it is DEFERRED */
};

struct channel {
    const char *word; /* of its section, and in its title: "mail", "webhook" */
    bool needs_http;  /* channel_env.http */
    /* The secrets it takes: offsets into struct conf_channel. */
    const size_t *secrets;
    size_t secret_count; /* at most CHANNEL_SECRETS_MAX */
    /* Of two channels for one section, which one is meant. NULL: the word alone decides. */
    bool (*is_for)(const struct conf_channel *conf);
    /* Whether a message opens an incident, which only its end closes: it then tells nothing below
     * warning, drops no entry, and is never sent as a test. NULL: no. */
    bool (*opens_incidents)(const struct conf_channel *conf);
    /* For doctor: the server that its mail leaves through. NULL: not a mail channel. */
    const char *(*mail_server)(const struct conf_channel *conf);
    /* For doctor: what is in order after a probe that found nothing wrong, as a sentence begins. */
    const char *(*in_order)(const struct conf_channel *conf);
    void (*send)(const struct channel_env *env, const struct conf_channel *conf,
                 const struct message *m, struct delivery *out);
    /*
     * For doctor: as far as one gets without sending anything (mail: greeting, STARTTLS, login;
     * webhook: what can be checked without a POST). SENT means nothing wrong was found.
     */
    void (*probe)(const struct channel_env *env, const struct conf_channel *conf,
                  struct delivery *out);
};

#define CHANNEL_SECRETS_MAX 8

/* The channels of this program: an array that cmd/ hands in, and a test another one. */
struct channel_set {
    const struct channel *const *items; /* borrowed */
    size_t count;
};

/* Gives every channel of the configuration its type. False (ERR_CONFIG): the set has none for a
 * section, which is named. */
bool channel_bind(const struct channel_set *set, struct conf *conf, struct error *err);

/* The channels of a configuration: those that it names, or standard output when it names none. */
size_t channel_count(const struct conf *conf);
const struct conf_channel *channel_at(const struct conf *conf, size_t i);

/* "mail ops", "webhook chat", "stdout": how people and the state name it. */
void channel_title(const struct conf_channel *conf, char *out, size_t size);

/* Its secrets, one after the other; NULL past the last. */
const struct secret *channel_secret(const struct conf_channel *conf, size_t i);

/* As the member of struct channel says. */
bool channel_opens_incidents(const struct conf_channel *conf);

/* Whether this channel gets the entry, by its min_level and only; it does in any case if `bit` says
 * that it was sent the beginning of what the entry ends.
 */
bool channel_wants(const struct conf_channel *conf, uint64_t bit, const struct entry *e);

/* How many entries a message of this channel holds: an incident that was cut would never open. */
size_t channel_entries(const struct conf_channel *conf);

/* The outcome table of repmon-alerts(7), DELIVERY, rows of HTTP. 0: no status was received. */
enum delivery_outcome delivery_of_http(int status);

/* Where an SMTP reply came. */
enum smtp_stage {
    SMTP_CONNECT = 0, /* no connection, greeting, EHLO */
    SMTP_TLS,         /* STARTTLS missing, certificate */
    SMTP_AUTH,
    SMTP_MAIL,      /* MAIL FROM */
    SMTP_RECIPIENT, /* all recipients refused; `code` is the mildest */
    SMTP_DATA,      /* the reply to DATA or to the message */
    SMTP_STAGE_COUNT
};

/* The same table, rows of mail. code 0: the connection ended or timed out without a reply. */
enum delivery_outcome delivery_of_smtp(enum smtp_stage stage, int code);

/* The same for the exit status of a `command` (sysexits.h); 127 and 126 are "can't be run". */
enum delivery_outcome delivery_of_exit(int status);

/*
 * When to try again after `tries` deferrals: 1 min, 5 min, 15 min, 1 h, 4 h, then every 6 h, but
 * never before what the other side asked for (at most a day); a mail that may have arrived after 1
 * h, 4 h, 24 h. Pure.
 */
time_t delivery_retry_at(const struct delivery *d, unsigned tries, time_t now);

/* FAILED "after 7 days and 5 tries". Pure. */
bool delivery_is_hopeless(time_t created, unsigned tries, time_t now);

#endif
