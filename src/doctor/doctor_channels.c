/* SPDX-License-Identifier: ISC */
/* Whether an alert would arrive: the channels, and the way that mail leaves. */
#include "doctor_state.h"

#include "repmon/channel.h"
#include "repmon/clock.h"
#include "repmon/crypto.h"
#include "repmon/host_name.h"
#include "repmon/http.h"
#include "repmon/lookup.h"
#include "repmon/text_fit.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRY_MS (30 * 1000)

void doctor_channels(struct doctor *d)
{
    const struct conf *c = d->conf;
    char title[256];
    if (c->channel_count == 0)
        doctor_say(
            d, DOCTOR_WARN, "channel", "",
            "add a [mail] or a [webhook] section, or make sure that someone reads cron's MAILTO",
            "none: `run` prints its digest, for cron to mail");
    for (size_t i = 0; d->options->offline && i < c->channel_count; i++) {
        channel_title(&c->channels[i], title, sizeof title);
        doctor_say(d, DOCTOR_OK, "channel", title, "", "configured, not tried (--offline)");
    }
}

/* ---- live ---- */

/* Mentions no address, so that the test message is not mistaken for an alert. */
static void doctor_send_test(const struct doctor *d, const struct channel_env *env,
                             const struct conf_channel *conf, struct delivery *out)
{
    char id[24], note[600];
    crypto_random_label(id, sizeof id - 1);
    text_fit(note, sizeof note,
             "This channel works: `repmon doctor --send` on %s sent this test. Nothing has "
             "happened; if something does, the alert will arrive here.",
             d->conf->instance);
    const char *const notes[] = {note};
    const struct message m = {.id = id,
                              .instance = d->conf->instance,
                              .config = d->conf->path ? d->conf->path : "",
                              .time = d->now,
                              .notes = notes,
                              .note_count = 1,
                              .test = true};
    conf->type->send(env, conf, &m, out);
}

static void doctor_say_good(struct doctor *d, const struct conf_channel *c, const char *title,
                            bool sent)
{
    const char *seen = c->type->in_order ? c->type->in_order(c) : "nothing wrong was found";
    if (sent)
        doctor_say(d, DOCTOR_OK, "channel", title, "",
                   "the test message was accepted: check that it arrives");
    else if (d->options->send)
        doctor_say(d, DOCTOR_OK, "channel", title, "",
                   "%s; a test would open an incident, so none was sent", seen);
    else
        doctor_say(d, DOCTOR_OK, "channel", title, "", "%s; --send sends a test", seen);
}

static void doctor_try_channel(struct doctor *d, const struct channel_env *env,
                               const struct conf_channel *c)
{
    struct delivery result = {0};
    char title[256], code[32] = "";
    channel_title(c, title, sizeof title);
    bool sends = d->options->send && !channel_opens_incidents(c);
    if (sends)
        doctor_send_test(d, env, c, &result);
    else
        c->type->probe(env, c, &result);
    if (loop_interrupted())
        return;
    if (result.code)
        snprintf(code, sizeof code, " (%d)", result.code);
    if (result.outcome != DELIVERY_SENT)
        doctor_say(d, DOCTOR_RED, "channel", title,
                   result.outcome == DELIVERY_DEFERRED
                       ? "check that the other side is up and reachable from here, then try again"
                       : "fix its section, then try again",
                   "%s%s: %s", delivery_word(result.outcome), code, result.reason);
    else if (result.refused[0])
        doctor_say(d, DOCTOR_RED, "channel", title, "correct that to = address",
                   "some recipients are refused: %s", result.refused);
    else
        doctor_say_good(d, c, title, sends);
}

void doctor_channels_live(struct doctor *d)
{
    struct error err = {0};
    const struct conf *c = d->conf;
    if (c->channel_count == 0)
        return;
    struct channel_env env = {
        .conf = c, .http = http_new(d->loop, c->ca_file, &err), .timeout_ms = TRY_MS};
    if (!env.http)
        doctor_say(d, DOCTOR_RED, "channel", "", "see [repmon] ca_file", "%s", err.text);
    for (size_t i = 0; i < c->channel_count && !loop_interrupted(); i++)
        if (env.http || !c->channels[i].type->needs_http)
            doctor_try_channel(d, &env, &c->channels[i]);
    http_free(env.http);
}

/* ---- the way that mail leaves ---- */

enum doctor_mark doctor_path_mark(const enum doctor_path *paths, size_t count)
{
    bool watched = false;
    for (size_t i = 0; i < count; i++) {
        if (paths[i] == PATH_ELSEWHERE)
            return DOCTOR_OK;
        watched |= paths[i] == PATH_WATCHED;
    }
    return watched ? DOCTOR_WARN : DOCTOR_OK;
}

/* A watched address that this machine itself has; false: none, or behind NAT. */
static bool doctor_own_watched(const struct doctor *d, const struct ip *only, struct ip *found)
{
    struct ifaddrs *all = NULL;
    bool hit = false;
    if (getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *i = all; i && !hit; i = i->ifa_next) {
        struct ip ip = {0};
        if (!i->ifa_addr)
            continue;
        if (i->ifa_addr->sa_family == AF_INET)
            ip_from_bytes(4, &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr,
                          &ip);
        else if (i->ifa_addr->sa_family == AF_INET6)
            ip_from_bytes(6, &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr,
                          &ip);
        if (!ip.family || (only && ip_cmp(only, &ip) != 0))
            continue;
        hit = only || inventory_find(&d->all, &ip) >= 0;
        *found = ip;
    }
    freeifaddrs(all);
    return hit;
}

struct server {
    const struct doctor *d;
    char name[LIMIT_DNS_NAME + 1];
    unsigned asked;  /* A, AAAA */
    bool any, local; /* has an address; one of this machine's */
    bool watched;
    struct ip ip; /* the watched one */
};

/* An address of the mail server: is it this machine's, is it watched? */
static void doctor_consider(struct server *s, const struct ip *ip)
{
    struct ip mine;
    s->any = true;
    s->local |= ip_is_loopback(ip) || doctor_own_watched(s->d, ip, &mine);
    if (inventory_find(&s->d->all, ip) >= 0) {
        s->watched = true;
        s->ip = *ip;
    }
}

static bool doctor_channels_next_question(void *ctx, struct lookup_question *out)
{
    struct server *s = ctx;
    if (s->asked == 2)
        return false;
    *out = (struct lookup_question){s->name, s->asked++ ? DNS_AAAA : DNS_A, s};
    return true;
}

static void doctor_channels_take(void *ctx, const struct lookup_question *q, enum dns_how how,
                                 const struct dns_answer *answer)
{
    (void)q;
    for (size_t i = 0; how == DNS_ANSWERED && !answer->malformed && i < answer->count; i++)
        doctor_consider(ctx, &answer->records[i].ip);
}

static void doctor_look_up(struct doctor *d, struct server *s, const char *host)
{
    struct ip ip;
    const struct lookup_ops ops = {
        .next = doctor_channels_next_question, .done = doctor_channels_take, .ctx = s};
    if (ip_parse(host, &ip)) {
        doctor_consider(s, &ip);
    } else if (strcmp(host, "localhost") == 0) {
        s->any = s->local = true;
    } else if (!d->options->offline && d->loop && d->has_ask && host_name_parse(host, s->name)) {
        struct dns_options dns = session_dns_options(&d->session);
        lookup_run(d->loop, &dns, &ops, clock_mono_ms() + TRY_MS, NULL);
    }
}

/* A channel whose secret can't be read can't send. */
static bool doctor_lacks_secret(const struct conf_channel *c)
{
    const struct secret *secret;
    for (size_t i = 0; (secret = channel_secret(c, i)) != NULL; i++) {
        if (secret->wanted && !secret->text)
            return true;
    }
    return false;
}

static enum doctor_path doctor_path_of(struct doctor *d, const struct conf_channel *c,
                                       struct ip *ip)
{
    struct server s = {.d = d};
    if (!c->type->mail_server)
        return doctor_lacks_secret(c) ? PATH_UNKNOWN : PATH_ELSEWHERE;
    doctor_look_up(d, &s, c->type->mail_server(c));
    if (s.watched)
        *ip = s.ip;
    if (s.watched || (s.local && doctor_own_watched(d, NULL, ip)))
        return PATH_WATCHED;
    return s.any ? PATH_ELSEWHERE : PATH_UNKNOWN;
}

void doctor_path(struct doctor *d)
{
    const struct conf *c = d->conf;
    enum doctor_path *paths = mem_array(c->channel_count, sizeof *paths);
    struct ip ip = {0};
    char text[IP_TEXT_MAX] = "";
    size_t mails = 0;
    for (size_t i = 0; i < c->channel_count; i++) {
        paths[i] = doctor_path_of(d, &c->channels[i], &ip);
        mails += c->channels[i].type->mail_server != NULL;
    }
    if (ip.family)
        ip_format(&ip, text);
    if (doctor_path_mark(paths, c->channel_count) == DOCTOR_WARN)
        doctor_say(d, DOCTOR_WARN, "mail path", "",
                   "add a [webhook], or a [mail] whose server sends from another address",
                   "every alert is sent from %s, which is watched: if it is listed, the mail about "
                   "it may be refused",
                   text);
    else if (mails)
        doctor_say(
            d, DOCTOR_OK, "mail path", "", "",
            "as far as can be seen from here, alerts do not depend on a watched address alone");
    free(paths);
}
