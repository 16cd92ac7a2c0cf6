/* SPDX-License-Identifier: ISC */
/*
 * JSON: KumoMTA, maddy, Mailgun, SendGrid, Amazon SES; and lines that journald, docker and log
 * shippers wrap. Every program nests and names its fields differently, so a field is recognised by
 * its own name at any depth; the table below is all that is known about them.
 */
#include "maillog_parts.h"

#include "ascii.h"

#include <jansson.h>
#include <stdio.h>

#define DEPTH_MAX 6

enum role {
    ROLE_NONE = 0,
    ROLE_HOST,
    ROLE_HOST_IP,
    ROLE_OWN,
    ROLE_CODE,
    ROLE_ENHANCED,
    ROLE_TEXT,
    ROLE_TYPE,
    ROLE_ID,
    ROLE_TIME,
    ROLE_LINE,
    ROLE_TAG,
    ROLE_PHASE,
    ROLE_COUNT
};

/* Names ignore case, '-' and '_'. `parent`: only below that one. Of several, the highest rank wins.
 */
static const struct {
    const char *name, *parent;
    enum role role;
    int rank;
} names[] = {
    {"name", "peeraddress", ROLE_HOST, 9},
    {"mxhost", NULL, ROLE_HOST, 8},
    {"remoteserver", NULL, ROLE_HOST, 8},
    {"remotemta", NULL, ROLE_HOST, 8},
    {"dsnmta", NULL, ROLE_HOST, 8},
    {"smtphost", NULL, ROLE_HOST, 8},
    {"mx", NULL, ROLE_HOST, 7},
    {"hostname", NULL, ROLE_HOST, 3},
    {"host", NULL, ROLE_HOST, 2},
    {"addr", "peeraddress", ROLE_HOST_IP, 9},
    {"remotemtaip", NULL, ROLE_HOST_IP, 8},
    {"remoteip", NULL, ROLE_HOST_IP, 8},
    {"address", "sourceaddress", ROLE_OWN, 9},
    {"sourceaddress", NULL, ROLE_OWN, 8},
    {"sendingip", NULL, ROLE_OWN, 8},
    {"localip", NULL, ROLE_OWN, 8},
    {"dlvsourceip", NULL, ROLE_OWN, 8},
    {"ip", "", ROLE_OWN, 2},
    {"code", "response", ROLE_CODE, 9},
    {"code", "deliverystatus", ROLE_CODE, 9},
    {"smtpcode", NULL, ROLE_CODE, 8},
    {"statuscode", NULL, ROLE_CODE, 5},
    {"errorcode", NULL, ROLE_CODE, 4},
    {"code", NULL, ROLE_CODE, 3},
    {"enhancedcode", NULL, ROLE_ENHANCED, 9},
    {"smtpenchcode", NULL, ROLE_ENHANCED, 9},
    {"smtpenhancedcode", NULL, ROLE_ENHANCED, 9},
    {"status", NULL, ROLE_ENHANCED, 3},
    {"diagnosticcode", NULL, ROLE_TEXT, 9},
    {"content", "response", ROLE_TEXT, 9},
    {"smtpresponse", NULL, ROLE_TEXT, 9},
    {"rawreason", NULL, ROLE_TEXT, 9},
    {"smtpmsg", NULL, ROLE_TEXT, 7},
    {"message", "deliverystatus", ROLE_TEXT, 8},
    {"dsndiag", NULL, ROLE_TEXT, 8},
    {"diag", NULL, ROLE_TEXT, 8},
    {"reply", NULL, ROLE_TEXT, 7},
    {"response", NULL, ROLE_TEXT, 6},
    {"details", NULL, ROLE_TEXT, 5},
    {"reason", NULL, ROLE_TEXT, 5},
    {"errormessage", NULL, ROLE_TEXT, 5},
    {"bouncereason", NULL, ROLE_TEXT, 5},
    {"error", NULL, ROLE_TEXT, 3},
    {"message", NULL, ROLE_TEXT, 2},
    {"description", NULL, ROLE_TEXT, 1},
    {"type", "", ROLE_TYPE, 5},
    {"event", "", ROLE_TYPE, 9},
    {"eventtype", "", ROLE_TYPE, 9},
    {"notificationtype", "", ROLE_TYPE, 9},
    {"id", "", ROLE_ID, 9},
    {"msgid", NULL, ROLE_ID, 9},
    {"messageid", NULL, ROLE_ID, 5},
    {"timestamp", "", ROLE_TIME, 9},
    {"realtimetimestamp", "", ROLE_TIME, 9},
    {"time", "", ROLE_TIME, 5},
    {"log", "", ROLE_LINE, 9},
    {"message", "", ROLE_LINE, 8},
    {"msg", "", ROLE_LINE, 7},
    {"shortmessage", "", ROLE_LINE, 7}, /* GELF */
    {"syslogidentifier", "", ROLE_TAG, 9},
    {"syslogtag", "", ROLE_TAG, 8},
    {"programname", "", ROLE_TAG, 8},
    {"program", "", ROLE_TAG, 8},
    {"appname", "", ROLE_TAG, 8},
    {"ident", "", ROLE_TAG, 8},
    {"name", "process", ROLE_TAG, 8},
    {"command", "response", ROLE_PHASE, 9},
};

struct fields {
    const json_t *value[ROLE_COUNT]; /* borrowed */
    int rank[ROLE_COUNT];
    bool kumo, maddy;
};

/* "Delivery-Status" → "deliverystatus" */
static void maillog_plain(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++)
        if (alnum(*name))
            out[n++] = (char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
    out[n] = '\0';
}

static bool maillog_fits(enum role role, const json_t *v)
{
    const char *s = json_string_value(v);
    if (role == ROLE_CODE)
        return (json_integer_value(v) >= 200 && json_integer_value(v) < 600) ||
               (s && strlen(s) == 3 && strchr("245", s[0]) && digit(s[1]));
    if (role == ROLE_ENHANCED)
        return json_is_object(v) || (s && strchr("245", s[0]) && s[0] && s[1] == '.');
    if (role == ROLE_TIME)
        return s || json_is_number(v);
    if (role == ROLE_LINE)
        return s || json_is_array(v);
    return s && s[0];
}

static void maillog_walk(const json_t *o, const char *parent, int depth, struct fields *f)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)o, key, v)
    {
        char name[40];
        maillog_plain(key, name, sizeof name);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            enum role r = names[i].role;
            if (strcmp(names[i].name, name) == 0 && names[i].rank > f->rank[r] &&
                (!names[i].parent || strcmp(names[i].parent, parent) == 0) && maillog_fits(r, v)) {
                f->value[r] = v;
                f->rank[r] = names[i].rank;
            }
        }
        f->kumo = f->kumo || strcmp(name, "egresssource") == 0 || strcmp(name, "peeraddress") == 0;
        f->maddy = f->maddy || strcmp(name, "smtpenchcode") == 0;
        if (depth >= DEPTH_MAX)
            continue;
        if (json_is_object(v))
            maillog_walk(v, name, depth + 1, f);
        else if (json_is_array(v) && json_array_size(v) > 0 && json_is_object(json_array_get(v, 0)))
            maillog_walk(json_array_get(v, 0), name, depth + 1, f);
    }
}

static const char *maillog_text_of(const struct fields *f, enum role r)
{
    const char *s = f->value[r] ? json_string_value(f->value[r]) : NULL;
    return s ? s : "";
}

/* A piece in the scratch buffer, kept as an offset until the buffer stops growing. */
struct part {
    size_t at, len;
};

static struct part maillog_put(struct buf *b, const char *s)
{
    struct part p = {b->len, strlen(s)};
    if (!buf_add(b, s, p.len))
        p.len = 0;
    return p;
}

static struct maillog_piece maillog_json_piece(const struct buf *b, struct part p)
{
    return maillog_piece_of(buf_text(b) + p.at, p.len);
}

static void maillog_put_number(const json_t *v, char out[static 24])
{
    if (json_is_integer(v))
        snprintf(out, 24, "%lld", (long long)json_integer_value(v));
    else
        snprintf(out, 24, "%.3f", json_number_value(v));
}

static void maillog_read_enhanced(const json_t *v, struct maillog_event *e)
{
    if (!v || e->status[0])
        return;
    const char *s = json_string_value(v);
    if (s) {
        maillog_status(e, maillog_piece_of(s, strspn(s, "0123456789.")));
        return;
    }
    long long class = json_integer_value(json_object_get(v, "class"));
    long long subject = json_integer_value(json_object_get(v, "subject"));
    long long detail = json_integer_value(json_object_get(v, "detail"));
    if (class >= 2 && class <= 5 && subject >= 0 && subject < 1000 && detail >= 0 && detail < 1000)
        snprintf(e->status, sizeof e->status, "%d.%d.%d", (int)class, (int)subject, (int)detail);
}

static enum maillog_outcome maillog_json_outcome_of(const char *type, int code)
{
    static const struct {
        const char *word;
        enum maillog_outcome outcome;
    } words[] = {{"transient", MAILLOG_DEFERRED}, {"deferred", MAILLOG_DEFERRED},
                 {"delay", MAILLOG_DEFERRED},     {"deliver", MAILLOG_ACCEPTED},
                 {"bounce", MAILLOG_REFUSED},     {"fail", MAILLOG_REFUSED},
                 {"blocked", MAILLOG_REFUSED},    {"dropped", MAILLOG_REFUSED}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(type, words[i].word)) {
            if (words[i].outcome == MAILLOG_ACCEPTED && code >= 400)
                break;
            return words[i].outcome;
        }
    return maillog_outcome_of(code);
}

/*
 * KumoMTA's records of anything but a receiver's answer: incoming mail, mail that it refuses
 * itself, reports and bounces from strangers, and deliveries ended by an administrator or a time
 * limit.
 */
static bool maillog_kumo_no_answer(const char *type, struct maillog_event *e)
{
    static const struct {
        const char *type;
        enum maillog_outcome outcome;
    } rows[] = {
        {"Reception", MAILLOG_NOTHING},   {"Rejection", MAILLOG_OWN_SIDE},
        {"Feedback", MAILLOG_NOTHING},    {"OOB", MAILLOG_REFUSED},
        {"AdminBounce", MAILLOG_NOTHING}, {"Expiration", MAILLOG_NOTHING},
        {"AdminRebind", MAILLOG_NOTHING}, {"DeferredInjectionRebind", MAILLOG_NOTHING},
        {"Delayed", MAILLOG_NOTHING},     {"XferIn", MAILLOG_NOTHING},
        {"XferOut", MAILLOG_NOTHING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].type, type) != 0)
            continue;
        e->outcome = rows[i].outcome;
        return true;
    }
    return false;
}

/* A log line in one JSON field, with the program's name in another: read as that line. */
static bool maillog_wrapped(const struct fields *f, struct buf *scratch, struct maillog_event *e)
{
    const json_t *v = f->value[ROLE_LINE];
    if (!v || f->value[ROLE_CODE] || (f->rank[ROLE_TEXT] > 2 && !json_is_array(v)))
        return false;
    struct buf line;
    buf_init(&line, scratch->max);
    const char *tag = maillog_text_of(f, ROLE_TAG); /* "postfix/smtp", or with "[12]:" */
    if (tag[0])
        buf_fmt(&line, "%.*s[0]: ", (int)strcspn(tag, "[:"), tag);
    if (json_is_array(v)) { /* journald writes bytes that are not UTF-8 as numbers */
        size_t n = json_array_size(v);
        for (size_t i = 0; i < n; i++)
            buf_char(&line, (char)json_integer_value(json_array_get(v, i)));
    } else {
        buf_str(&line, json_string_value(v));
    }
    while (line.len > 0 && strchr("\r\n", line.data[line.len - 1]))
        buf_cut(&line, line.len - 1);
    struct part stamp = {0};
    const json_t *time = f->value[ROLE_TIME];
    if (json_is_string(time) && strlen(json_string_value(time)) == 16 && f->rank[ROLE_TIME] == 9 &&
        strspn(json_string_value(time), "0123456789") == 16) {
        char seconds[24]; /* journald: microseconds */
        snprintf(seconds, sizeof seconds, "%.10s.%.6s ", json_string_value(time),
                 json_string_value(time) + 10);
        stamp = maillog_put(scratch, seconds);
    } else if (json_is_string(time)) {
        stamp = maillog_put(scratch, json_string_value(time));
    } else if (json_is_number(time)) { /* GELF: seconds */
        char number[24];
        maillog_put_number(time, number);
        stamp = maillog_put(scratch, number);
    }
    struct part text = maillog_put(scratch, buf_text(&line));
    buf_fini(&line);
    struct buf none;
    buf_init(&none, 1);
    bool ok = text.len > 0 && buf_text(scratch)[text.at] != '{' &&
              maillog_parse(buf_text(scratch) + text.at, text.len, &none, e);
    buf_fini(&none);
    if (ok && stamp.len && e->stamp.len == 0)
        e->stamp = maillog_json_piece(scratch, stamp);
    return ok;
}

static void maillog_fill(const struct fields *f, struct buf *scratch, struct maillog_event *e)
{
    char number[24] = "";
    struct part host = maillog_put(scratch, maillog_text_of(f, ROLE_HOST)),
                id = maillog_put(scratch, maillog_text_of(f, ROLE_ID));
    if (f->value[ROLE_TIME] && json_is_number(f->value[ROLE_TIME])) {
        maillog_put_number(f->value[ROLE_TIME], number);
        snprintf(number + strlen(number), sizeof number - strlen(number), " ");
    }
    struct part stamp = maillog_put(scratch, number[0] ? number : maillog_text_of(f, ROLE_TIME));
    const json_t *code = f->value[ROLE_CODE];
    int value = 0;
    if (code)
        value = json_is_string(code) ? (int)strtol(json_string_value(code), NULL, 10)
                                     : (int)json_integer_value(code);
    maillog_read_enhanced(f->value[ROLE_ENHANCED], e);
    const char *words = maillog_text_of(f, ROLE_TEXT);
    char coded[32] = "";
    if (value && !(starts(words, strlen(words), "smtp;") || (digit(words[0]) && digit(words[1]))))
        snprintf(coded, sizeof coded, "%d %s%s", value,
                 starts(words, strlen(words), e->status) ? "" : e->status,
                 starts(words, strlen(words), e->status) ? "" : " ");
    struct part text = maillog_put(scratch, coded);
    text.len += maillog_put(scratch, words).len;
    e->host = maillog_json_piece(scratch, host);
    while (e->host.len > 0 && e->host.s[e->host.len - 1] == '.')
        e->host.len--;
    e->queue_id = maillog_json_piece(scratch, id);
    e->stamp = maillog_json_piece(scratch, stamp);
    e->text = maillog_json_piece(scratch, text);
    const char *ip = maillog_text_of(f, ROLE_HOST_IP), *own = maillog_text_of(f, ROLE_OWN);
    maillog_ip(maillog_piece_of(ip, strlen(ip)), &e->host_ip);
    maillog_ip(maillog_piece_of(own, strlen(own)), &e->own_ip);
    const char *command = maillog_text_of(f, ROLE_PHASE);
    e->phase = maillog_phase_of(maillog_piece_of(command, strlen(command)));
    maillog_unframe(e);
    if (value && !e->code)
        e->code = value;
}

bool maillog_json(const char *text, size_t len, struct buf *scratch, struct maillog_event *e)
{
    json_t *root = json_loadb(text, len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
    struct fields f = {0};
    if (!json_is_object(root)) {
        json_decref(root);
        return false;
    }
    maillog_walk(root, "", 0, &f);
    e->format = f.maddy ? MAILLOG_MADDY : MAILLOG_JSON;
    if (f.kumo)
        e->format = MAILLOG_KUMOMTA;
    if (!maillog_wrapped(&f, scratch, e)) {
        maillog_fill(&f, scratch, e);
        e->outcome = maillog_json_outcome_of(maillog_text_of(&f, ROLE_TYPE), e->code);
        if (e->text.len == 0 || (e->code == 0 && !f.value[ROLE_TYPE]))
            e->outcome = MAILLOG_NOTHING;
        e->attempted = e->outcome != MAILLOG_NOTHING && e->code != 0;
        if (f.kumo && maillog_kumo_no_answer(maillog_text_of(&f, ROLE_TYPE), e))
            e->attempted = false;
    }
    json_decref(root);
    return true;
}
