/* SPDX-License-Identifier: ISC */
/*
 * Cisco Talos as a source: one queue, one question for each address that is due, by one of four
 * methods. There is no supported interface, so a refusal is expected: it ends the questions of the
 * run at once, and nothing here tries to look like a browser. Answers are interpreted in
 * talos_answer.h; the hooks that need no run are in talos_hooks.c.
 */
#include "repmon/command_words.h"
#include "repmon/limits.h"
#include "repmon/source.h"
#include "talos_answer.h"
#include "talos_hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOUD_PATH         "/cloud_intel/ip_reputation?ip="
#define WEB_RATE           2.0 /* requests a second: no more than a person with a list would make */
#define WEB_TIMEOUT_MS     30000
#define PROGRAM_TIMEOUT_MS 60000
#define PROGRAM_OUTPUT     (64u << 10)
#define DNS_IN_FLIGHT      8
#define FAILURES_IN_A_ROW  3 /* after three failures to answer, it will not answer today */

struct talos_state {
    const struct conf_talos *conf; /* borrowed */
    struct source_env env;
    struct queue queue;
    size_t number;         /* of the column */
    struct column *column; /* borrowed from the results */
    size_t start, visited;
    size_t open;       /* questions without a reply */
    enum cause failed; /* nothing more is asked in this run; CAUSE_NONE */
    enum cause last;   /* of the failures in a row */
    unsigned failures;
    char url[LIMIT_URL];
    struct http_request http;
    char **words;      /* owned: of the command */
    const char **argv; /* owned: words, address, NULL; words borrowed */
    char address[IP_TEXT_MAX];
    struct subprocess_request program;
    char note[256];
};

/* ---- one run ---- */

/* Names in SenderBase's zones hold IPv4 octets only, and a whole /64 can't be looked up. */
static bool talos_applies(const struct talos_state *s, const struct target *t)
{
    if (ip_is_hidden(&t->ip))
        return false;
    return t->ip.family == 4 || (t->prefix == 128 && s->conf->method != TALOS_DNS);
}

static bool talos_is_due(const struct talos_state *s, size_t row)
{
    return !s->env.is_due || s->env.is_due(s->env.ctx, row, s->number);
}

static void talos_set(struct talos_state *s, size_t row, enum cause cause, const char *answers)
{
    results_set(s->env.results, row, s->number, results_intern(s->env.results, cause, 0, answers));
}

static bool talos_split_command(struct talos_state *s, struct error *err)
{
    size_t count = 0;
    s->words = command_words(s->conf->command, err);
    if (!s->words)
        return false;
    while (s->words[count])
        count++;
    s->argv = mem_array(count + 2, sizeof *s->argv);
    for (size_t i = 0; i < count; i++)
        s->argv[i] = s->words[i];
    s->argv[count] = s->address;
    s->program = (struct subprocess_request){
        .argv = s->argv, .timeout_ms = PROGRAM_TIMEOUT_MS, .max_output = PROGRAM_OUTPUT};
    return true;
}

static void talos_close_source(void *state)
{
    struct talos_state *s = state;
    command_words_free(s->words);
    free(s->argv);
    free(s);
}

static void *talos_open_source(const void *setup, const struct source_env *env, struct error *err)
{
    struct talos_state *s = mem_alloc(sizeof *s);
    s->conf = &((const struct conf *)setup)->talos;
    s->env = *env;
    s->number = env->first_column;
    s->column = results_column(env->results, s->number);
    s->failed = s->last = CAUSE_NONE;
    s->start = env->start_row ? env->start_row(env->ctx, s->number) : 0;
    uint64_t used = env->used_today ? env->used_today(env->ctx, s->number) : 0;
    s->queue = (struct queue){.name = "talos",
                              .severity = SEV_INFO,
                              .rate = s->conf->method == TALOS_COMMAND ? 0 : WEB_RATE,
                              .cap = s->conf->method == TALOS_DNS ? DNS_IN_FLIGHT : 1,
                              .budget = s->conf->budget -
                                        (used < s->conf->budget ? used : s->conf->budget)};
    for (size_t row = 0; row < env->inventory->count; row++) {
        if (!talos_applies(s, &env->inventory->items[row]))
            talos_set(s, row, CAUSE_NOT_APPLICABLE, "");
    }
    if (s->conf->method == TALOS_COMMAND && !talos_split_command(s, err)) {
        talos_close_source(s);
        return NULL;
    }
    return s;
}

static struct queue *talos_queues(void *state, size_t *count)
{
    *count = 1;
    return &((struct talos_state *)state)->queue;
}

/* ---- questions ---- */

static void talos_ask_web(struct talos_state *s, const struct ip *ip, struct request *r)
{
    static const char *const json[] = {"Accept: application/json", NULL};
    static const char *const html[] = {"Accept: text/html", NULL};
    bool page = s->conf->method == TALOS_HTML;
    const char *base = s->conf->url ? s->conf->url : TALOS_SITE;
    size_t len = strlen(base);
    while (len && base[len - 1] == '/')
        len--;
    ip_format(ip, s->address);
    snprintf(s->url, sizeof s->url, "%.*s%s%s", (int)len, base,
             page ? TALOS_LOOKUP_PATH : CLOUD_PATH, s->address);
    s->http = (struct http_request){.method = "GET",
                                    .url = s->url,
                                    .headers = page ? html : json,
                                    .max_body = LIMIT_HTTP_BODY,
                                    .timeout_ms = WEB_TIMEOUT_MS};
    r->kind = REQUEST_HTTP;
    r->http = &s->http;
}

static bool talos_ask_dns(const struct talos_state *s, const struct ip *ip, struct request *r)
{
    char labels[IP_REVERSE_MAX];
    ip_reverse(ip, labels);
    r->kind = REQUEST_DNS;
    r->type = DNS_TXT;
    r->tries = 0;
    int len = snprintf(r->name, sizeof r->name, "%s.%s", labels, s->conf->zone);
    return len > 0 && (size_t)len < sizeof r->name;
}

static bool talos_ask(struct talos_state *s, size_t row, struct request *r)
{
    const struct ip *ip = &s->env.inventory->items[row].ip;
    r->tag = row;
    switch (s->conf->method) {
    case TALOS_CLOUD_INTEL:
    case TALOS_HTML: talos_ask_web(s, ip, r); return true;
    case TALOS_DNS: return talos_ask_dns(s, ip, r);
    case TALOS_COMMAND:
        ip_format(ip, s->address);
        r->kind = REQUEST_PROGRAM;
        r->program = &s->program;
        return true;
    case TALOS_OFF: break;
    }
    return false;
}

static enum next talos_next(void *state, size_t queue, int64_t now_ms, struct request *r,
                            int64_t *wake_ms)
{
    struct talos_state *s = state;
    const struct inventory *inv = s->env.inventory;
    (void)queue;
    (void)now_ms;
    (void)wake_ms;
    while (s->failed == CAUSE_NONE && s->visited < inv->count) {
        /* Only one is asked until the first answer, so that a refusal costs one question. */
        if (s->open && !s->column->asked)
            return NEXT_WAIT;
        size_t row = (s->start + s->visited++) % inv->count;
        if (!talos_applies(s, &inv->items[row]) || !talos_is_due(s, row))
            continue;
        if (!talos_ask(s, row, r)) {
            talos_set(s, row, CAUSE_NOT_APPLICABLE, "");
            continue;
        }
        s->open++;
        return NEXT_REQUEST;
    }
    return s->open ? NEXT_WAIT : NEXT_DONE;
}

/* ---- answers ---- */

static enum cause talos_status_cause(const struct http_response *http)
{
    int status = http->status;
    if (status == 200 || status == 201) /* 201 came as often as 200 */
        return CAUSE_NONE;
    bool page = strcmp(http->content_type, "text/html") == 0;
    if (status == 401 || status == 403 || status == 429 || (status == 503 && page) ||
        talos_is_challenge(http->body, http->body_len))
        return CAUSE_DENIED;
    return status >= 500 ? CAUSE_SERVFAIL : CAUSE_BAD_FORMAT;
}

static void talos_read_web(struct talos_state *s, const struct ip *ip,
                           const struct http_response *http, struct talos_reading *out)
{
    *out = (struct talos_reading){.cause = talos_status_cause(http)};
    if (out->cause == CAUSE_NONE) {
        if (s->conf->method == TALOS_HTML)
            talos_html(http->body, http->body_len, ip, out);
        else
            talos_json(http->body, http->body_len, ip, out);
        if (out->cause == CAUSE_BAD_FORMAT && talos_is_challenge(http->body, http->body_len))
            out->cause = CAUSE_DENIED;
    }
    if (out->cause == CAUSE_DENIED)
        snprintf(s->note, sizeof s->note,
                 "Talos refuses automatic queries (HTTP status %d); look addresses up by hand: "
                 "%s%sADDRESS",
                 http->status, TALOS_SITE, TALOS_LOOKUP_PATH);
    else if (out->cause == CAUSE_BAD_FORMAT)
        snprintf(s->note, sizeof s->note,
                 "the reply from Talos (HTTP status %d) can't be read; look addresses up by hand: "
                 "%s%sADDRESS",
                 http->status, TALOS_SITE, TALOS_LOOKUP_PATH);
}

static void talos_read_dns(const struct dns_answer *dns, struct talos_reading *out)
{
    struct talos_text records[DNS_MAX_RECORDS];
    *out = (struct talos_reading){.cause = CAUSE_BAD_FORMAT};
    if (dns->malformed || dns->more)
        return;
    out->cause = CAUSE_NOT_SERVED;
    if (dns->rcode == DNS_REFUSED)
        return;
    out->cause = CAUSE_SERVFAIL;
    if (dns->rcode != DNS_NOERROR && dns->rcode != DNS_NXDOMAIN)
        return;
    for (size_t i = 0; i < dns->count; i++)
        records[i] = (struct talos_text){dns->records[i].text, dns->records[i].len};
    talos_txt(records, dns->count, out);
}

static void talos_read_program(struct talos_state *s, const struct ip *ip,
                               const struct subprocess_result *result, struct talos_reading *out)
{
    if (result->status == 0) {
        talos_json(result->output, result->len, ip, out);
        if (out->cause == CAUSE_BAD_FORMAT)
            snprintf(s->note, sizeof s->note,
                     "the command printed no {\"ip\":…,\"score\":…,\"level\":…} for the address");
        return;
    }
    *out = (struct talos_reading){.cause = CAUSE_SERVFAIL};
    if (result->status == 127)
        snprintf(s->note, sizeof s->note, "the command of [talos] could not be started");
    else if (result->status < 0)
        snprintf(s->note, sizeof s->note, "the command of [talos] was killed by a signal");
    else
        snprintf(s->note, sizeof s->note, "the command of [talos] exited with status %d",
                 result->status);
}

/* A refusal ends the questions; other failures only when they repeat. */
static void talos_count_failure(struct talos_state *s, enum cause cause)
{
    if (cause == CAUSE_NONE || cause_is_normal(cause)) {
        s->failures = 0;
        s->last = CAUSE_NONE;
        return;
    }
    s->failures = cause == s->last ? s->failures + 1 : 1;
    s->last = cause;
    if (cause == CAUSE_DENIED || s->failures >= FAILURES_IN_A_ROW)
        s->failed = cause;
}

static void talos_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct talos_state *s = state;
    size_t row = (size_t)request->tag;
    const struct ip *ip = &s->env.inventory->items[row].ip;
    struct talos_reading reading = {.cause = reply_how_cause(reply->how)};
    struct buf detail;
    s->open--;
    s->column->asked += reply->sent ? reply->sent : 1;
    if (reply->how == REPLY_ANSWERED && request->kind == REQUEST_HTTP)
        talos_read_web(s, ip, reply->http, &reading);
    else if (reply->how == REPLY_ANSWERED && request->kind == REQUEST_DNS)
        talos_read_dns(reply->dns, &reading);
    else if (reply->how == REPLY_ANSWERED)
        talos_read_program(s, ip, reply->program, &reading);
    talos_set(s, row, reading.cause, reading.cause == CAUSE_NONE ? reading.level : "");
    talos_count_failure(s, reading.cause);
    if (reading.cause != CAUSE_NONE && reading.cause != CAUSE_NO_DATA)
        return;
    buf_init(&detail, LIMIT_REASON);
    talos_detail(&reading, &detail);
    if (detail.len)
        results_set_detail(s->env.results, row, s->number, buf_text(&detail));
    buf_fini(&detail);
}

static void talos_finish(void *state)
{
    struct talos_state *s = state;
    struct column *c = s->column;
    size_t due = 0, proven = 0;
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    c->cause = s->failed; /* the remaining cells share it: it is why they were not asked */
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        if (!talos_applies(s, &s->env.inventory->items[row]) || !talos_is_due(s, row))
            continue;
        struct outcome o = results_effective(s->env.results, row, s->number);
        due += o.cause == CAUSE_NONE || !cause_is_normal(o.cause);
        proven += o.cause == CAUSE_NONE;
        if (o.cause == CAUSE_NONE)
            c->proven = s->env.now;
        if (c->cause == CAUSE_NONE && o.cause != CAUSE_NONE && !cause_is_normal(o.cause) &&
            s->last == o.cause)
            c->cause = o.cause;
    }
    if (proven * 2 >= due && s->failed == CAUSE_NONE)
        c->cause = CAUSE_NONE;
    c->health = proven * 2 < due ? HEALTH_BLIND : HEALTH_OK;
    if (c->cause != CAUSE_NONE)
        c->note = s->note;
}

/* No word simply means clean: which good word it was is part of the last proven state. */
const struct source source_talos = {
    .word = "talos",
    .heading = "Cisco Talos",
    .counts_days = true,
    .examine = talos_examine,
    .columns = talos_columns,
    .describe = talos_describe,
    .explain = talos_explain,
    .url = talos_url,
    .valid_for_ms = talos_valid_for_ms,
    .every_ms = talos_every_ms,
    .headline = talos_headline,
    .estimate = talos_estimate,
    .open = talos_open_source,
    .queues = talos_queues,
    .next = talos_next,
    .reply = talos_reply,
    .finish = talos_finish,
    .close = talos_close_source,
};
