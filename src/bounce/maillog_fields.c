/* SPDX-License-Identifier: ISC */
/* Formats of "key=value" fields: OpenSMTPD, Sendmail, Halon, ZoneMTA, Stalwart; and qmail. */
#include "maillog_parts.h"

#include "ascii.h"

static void maillog_set_reply(struct maillog_event *e, struct maillog_piece text)
{
    e->text = text;
    maillog_unframe(e);
}

/* mta delivery evpid=… source="203.0.113.5" relay="ip (host)" result="PermFail" stat="550 …" */
bool maillog_opensmtpd(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message;
    if (!maillog_find(h->tag, "smtpd"))
        return false;
    if (maillog_find(m, " smtp failed-command") || maillog_find(m, "event=failed-command")) {
        e->format = MAILLOG_OPENSMTPD;
        e->outcome = MAILLOG_OWN_SIDE;
        return true;
    }
    struct maillog_piece result = maillog_value(m, "result=");
    if (!result.len || !(maillog_find(m, " mta delivery") || maillog_find(m, "mta event=delivery")))
        return false;
    e->format = MAILLOG_OPENSMTPD;
    e->queue_id = maillog_value(m, "evpid=");
    maillog_peer(maillog_value(m, "relay="), e);
    maillog_ip(maillog_value(m, "source="), &e->own_ip);
    e->outcome = maillog_is(result, "PermFail") ? MAILLOG_REFUSED : MAILLOG_DEFERRED;
    if (maillog_is(result, "Ok"))
        e->outcome = MAILLOG_ACCEPTED;
    e->attempted = e->host.len > 0 || e->host_ip.family;
    maillog_set_reply(e, maillog_value(m, "stat="));
    return true;
}

static enum maillog_outcome maillog_sendmail_outcome(struct maillog_piece stat)
{
    if (maillog_begins(stat, "Sent"))
        return MAILLOG_ACCEPTED;
    if (maillog_begins(stat, "Deferred"))
        return MAILLOG_DEFERRED;
    return maillog_begins(stat, "queued") ? MAILLOG_NOTHING : MAILLOG_REFUSED;
}

/* "to=<…>,<…>, delay=…": skips to what follows the addresses; false: not such a line. */
static bool maillog_sendmail_fields(struct maillog_piece *m)
{
    const char *to = maillog_find(*m, "to=");
    if (!to)
        return false;
    struct maillog_piece rest = maillog_rest(*m, to + strlen("to="));
    const char *end;
    while ((end = maillog_after_address(rest))) {
        *m = maillog_rest(rest, end);
        if (!maillog_begins(*m, ",<"))
            return true;
        rest = maillog_rest(*m, end + 1);
    }
    return false;
}

/* QID: to=<…>, delay=…, relay=host. [ip], dsn=5.7.1, stat=Service unavailable */
bool maillog_sendmail(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message;
    if (!(maillog_find(h->tag, "sendmail") || maillog_begins(h->tag, "sm-mta") ||
          maillog_is(h->tag, "sm-que")))
        return false;
    e->format = MAILLOG_SENDMAIL;
    if (maillog_find(m, "ruleset=check")) {
        e->outcome = MAILLOG_OWN_SIDE;
        return true;
    }
    const char *colon = memchr(m.s, ':', m.len);
    e->queue_id = maillog_piece_of(m.s, colon ? (size_t)(colon - m.s) : 0);
    const char *stat = maillog_sendmail_fields(&m) ? maillog_find(m, "stat=") : NULL;
    if (!stat)
        return true;
    struct maillog_piece text = maillog_rest(m, stat + 5);
    const char *relay = maillog_find(m, "relay=");
    if (relay) {
        struct maillog_piece peer = maillog_rest(m, relay + 6);
        const char *end = peer.len ? memchr(peer.s, ',', peer.len) : NULL;
        if (end)
            peer.len = (size_t)(end - peer.s);
        maillog_peer(peer, e);
    }
    e->attempted = e->host_ip.family && !maillog_is(e->host, "localhost");
    e->outcome = maillog_sendmail_outcome(text);
    struct maillog_piece dsn = maillog_value(m, "dsn="), reply = maillog_value(m, "reply=");
    if (maillog_begins(text, "Deferred: "))
        text = maillog_rest(text, text.s + 10);
    maillog_set_reply(e, reply.len ? maillog_rest(m, reply.s) : text);
    maillog_status(e, dsn);
    return true;
}

/* "delivery 4: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_…" */
bool maillog_qmail(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message;
    const char *begin = maillog_find(m, "delivery ");
    if (!begin || begin > m.s + 40)
        return false;
    m = maillog_rest(m, begin + 9);
    size_t i = 0;
    while (i < m.len && digit(m.s[i]))
        i++;
    m = maillog_rest(m, m.s + i);
    static const struct {
        const char *word;
        enum maillog_outcome outcome;
    } words[] = {{": success: ", MAILLOG_ACCEPTED},
                 {": failure: ", MAILLOG_REFUSED},
                 {": deferral: ", MAILLOG_DEFERRED}};
    for (size_t w = 0; i > 0 && w < sizeof words / sizeof words[0]; w++) {
        if (!maillog_begins(m, words[w].word))
            continue;
        e->format = MAILLOG_QMAIL;
        e->outcome = words[w].outcome;
        struct maillog_piece said = maillog_rest(m, m.s + strlen(words[w].word));
        size_t n = 0;
        while (n < said.len && strchr("0123456789abcdef.:", said.s[n]))
            n++;
        maillog_ip(maillog_piece_of(said.s, n), &e->host_ip);
        maillog_set_reply(e, said);
        e->attempted = e->host_ip.family || e->code;
        return true;
    }
    return false;
}

/* message user@x failed: transport=mx, host=…, ip=…, localip=…, reply="550 …" */
bool maillog_halon(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message;
    if (!maillog_find(m, "[queue]") || !maillog_find(m, "reply="))
        return false;
    e->format = MAILLOG_HALON;
    e->host = maillog_value(m, "host=");
    maillog_ip(maillog_value(m, "ip="), &e->host_ip);
    maillog_ip(maillog_value(m, "localip="), &e->own_ip);
    maillog_set_reply(e, maillog_value(m, "reply="));
    e->outcome = maillog_outcome_of(e->code);
    e->attempted = true;
    return true;
}

/* info Sender/… id=… REJECTED[blacklist] from=… to=… src=… mx=host[ip] … (550 …) */
bool maillog_zonemta(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message;
    const char *mx = maillog_find(m, " mx="), *open = maillog_find(m, " (");
    if (!mx || !open || !maillog_find(m, " src="))
        return false;
    static const struct {
        const char *word;
        enum maillog_outcome outcome;
    } words[] = {{" ACCEPTED ", MAILLOG_ACCEPTED},
                 {" REJECTED", MAILLOG_REFUSED},
                 {" DEFERRED", MAILLOG_DEFERRED}};
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
        if (maillog_find(maillog_piece_of(m.s, (size_t)(mx - m.s)), words[w].word))
            e->outcome = words[w].outcome;
    if (!e->outcome)
        return false;
    e->format = MAILLOG_ZONEMTA;
    e->queue_id = maillog_value(m, " id=");
    maillog_peer(maillog_value(m, " mx="), e);
    maillog_ip(maillog_value(m, " src="), &e->own_ip);
    struct maillog_piece text = maillog_rest(m, open + 2);
    if (maillog_ends(text, ")"))
        text.len--;
    maillog_set_reply(e, text);
    e->attempted = true;
    return true;
}

/* … (delivery.rcpt-to-rejected) …, hostname = "mx", …, code = 550, details = "5.1.1 …" */
bool maillog_stalwart(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message;
    struct maillog_piece code = maillog_value(m, "code = "),
                         details = maillog_value(m, "details = ");
    if (!maillog_find(m, "(delivery.") || code.len != 3 || !digit(code.s[0]))
        return false;
    e->format = MAILLOG_STALWART;
    e->queue_id = maillog_value(m, "queueId = ");
    e->host = maillog_value(m, "hostname = ");
    maillog_ip(maillog_value(m, "remoteIp = "), &e->host_ip);
    maillog_ip(maillog_value(m, "localIp = "), &e->own_ip);
    maillog_set_reply(e, details);
    e->code = (code.s[0] - '0') * 100 + (code.s[1] - '0') * 10 + (code.s[2] - '0');
    e->whole = true;
    static const struct {
        const char *words;
        enum maillog_phase phase;
    } phases[] = {{"rcpt-to-", MAILLOG_RCPT},
                  {"mail-from-", MAILLOG_MAIL},
                  {"(delivery.message-", MAILLOG_DATA}};
    struct maillog_piece status = details;
    const char *blank = status.len ? memchr(status.s, ' ', status.len) : NULL;
    status.len = blank ? (size_t)(blank - status.s) : 0;
    maillog_status(e, status);
    e->outcome = maillog_outcome_of(e->code);
    e->phase = MAILLOG_PHASE_UNKNOWN;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0] && e->phase == MAILLOG_PHASE_UNKNOWN;
         i++) {
        if (maillog_find(m, phases[i].words))
            e->phase = phases[i].phase;
    }
    e->attempted = true;
    return true;
}
