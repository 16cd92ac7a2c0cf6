/* SPDX-License-Identifier: ISC */
/*
 * Postfix: "QID: to=<…>, relay=host[ip]:25, …, dsn=5.7.1, status=bounced (host … said: …)", and the
 * lines about a host that refused the session, "QID: host mx[ip] refused to talk to me: 554 …".
 */
#include "maillog_parts.h"

#include "ascii.h"

/* The last part of "postfix/smtp", "postfix-203.0.113.5/smtp", "postfix/out1/smtp". */
static struct maillog_piece maillog_service_of(struct maillog_piece tag)
{
    const char *slash = tag.len ? memrchr(tag.s, '/', tag.len) : NULL;
    return slash ? maillog_rest(tag, slash + 1) : maillog_piece_of(tag.s, 0);
}

/* Without the program's name, any short word may come before a colon. */
static bool maillog_queue_id(struct maillog_piece m, bool tagged, struct maillog_piece *out)
{
    size_t n = 0;
    while (n < m.len && n < 24 && alnum(m.s[n]))
        n++;
    if (n < (tagged ? 1 : 5) || n + 2 > m.len || m.s[n] != ':' || m.s[n + 1] != ' ')
        return false;
    *out = maillog_piece_of(m.s, n);
    return true;
}

/* An own address in the program's name: a transport bound to an address is often named after it. */
static void maillog_own_of_tag(struct maillog_event *e)
{
    size_t from = 0;
    for (size_t i = 0; e->tag.s && i <= e->tag.len; i++) { /* a line without a head has no tag */
        if (i < e->tag.len && e->tag.s[i] != '/' && e->tag.s[i] != '-')
            continue;
        if (maillog_ip(maillog_piece_of(e->tag.s + from, i - from), &e->own_ip))
            return;
        from = i + 1;
    }
}

static bool maillog_local_relay(const struct maillog_event *e, struct maillog_piece relay)
{
    return maillog_find(relay, "[private/") || maillog_find(relay, "[/") ||
           maillog_find(relay, "[127.") || maillog_find(relay, "[::1]") ||
           maillog_is(relay, "local") || maillog_is(relay, "virtual") ||
           maillog_begins(relay, "/") || maillog_is(e->host, "localhost");
}

static const struct {
    const char *word;
    enum maillog_outcome outcome;
    bool probe;
} statuses[] = {{"sent", MAILLOG_ACCEPTED, false},       {"bounced", MAILLOG_REFUSED, false},
                {"deferred", MAILLOG_DEFERRED, false},   {"undeliverable", MAILLOG_REFUSED, true},
                {"SOFTBOUNCE", MAILLOG_DEFERRED, false}, {"deliverable", MAILLOG_NOTHING, true}};

/* "to=<…>, orig_to=<…>, relay=…": skips to what follows the addresses, which somebody may have
 * removed; false: not such a line. */
static bool maillog_skip_recipients(struct maillog_piece *m)
{
    static const char *const keys[] = {"to=", "orig_to="};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (!maillog_begins(*m, keys[i]))
            continue;
        const char *end = maillog_after_address(maillog_rest(*m, m->s + strlen(keys[i])));
        if (!end || !maillog_begins(maillog_rest(*m, end), ", "))
            return false;
        *m = maillog_rest(*m, end + 2);
    }
    return maillog_begins(*m, "relay=") || maillog_begins(*m, "status=");
}

/* Postfix before 3.5 logs an address without its quotes, so an address may imitate the fields. */
static bool maillog_is_ambiguous(struct maillog_piece reply)
{
    return maillog_find(reply, ">, relay=") != NULL;
}

/* Reads from "relay=" on; the reply's words begin after the status. */
static bool maillog_delivery(struct maillog_piece m, struct maillog_event *e)
{
    const char *status = maillog_begins(m, "status=") ? m.s : maillog_find(m, " status=");
    if (!status || maillog_is_ambiguous(maillog_rest(m, status)))
        return true;
    status += *status == ' ';
    struct maillog_piece word = maillog_rest(m, status + strlen("status="));
    size_t n = 0;
    while (n < word.len && alnum(word.s[n]))
        n++;
    word.len = n;
    size_t row = 0;
    while (row < sizeof statuses / sizeof statuses[0] && !maillog_is(word, statuses[row].word))
        row++;
    if (row == sizeof statuses / sizeof statuses[0])
        return true;
    e->outcome = statuses[row].outcome;
    e->probe = statuses[row].probe;
    struct maillog_piece fields = maillog_piece_of(m.s, (size_t)(status - m.s));
    struct maillog_piece relay = maillog_value(fields, "relay=");
    struct maillog_piece dsn = maillog_value(fields, "dsn=");
    bool answered = relay.len > 0 && !maillog_is(relay, "none");
    if (answered)
        maillog_peer(relay, e);
    struct maillog_piece text = maillog_rest(m, word.s + n);
    if (maillog_begins(text, " ("))
        text = maillog_rest(text, text.s + 2);
    if (maillog_ends(text, ")"))
        text.len--;
    e->text = text;
    bool suspended = maillog_begins(text, "delivery temporarily suspended");
    maillog_unframe(e);
    maillog_status(e, dsn);
    struct maillog_piece service = maillog_service_of(e->tag);
    bool local = maillog_local_relay(e, relay) || maillog_is(service, "local") ||
                 maillog_is(service, "pipe") || maillog_is(service, "virtual") ||
                 maillog_is(service, "lmtp");
    e->attempted = (answered || e->host.len > 0) && !suspended && !local &&
                   !maillog_is(service, "error") && !maillog_is(service, "retry");
    if (local)
        e->outcome = MAILLOG_OWN_SIDE;
    return true;
}

static bool maillog_postfix_own_side(struct maillog_piece m)
{
    return maillog_begins(m, "NOQUEUE:") || maillog_find(m, "reject: ") ||
           maillog_find(m, "milter-reject:");
}

bool maillog_postfix(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece service = maillog_service_of(h->tag);
    bool tagged = service.len > 0 && (maillog_begins(h->tag, "postfix") ||
                                      maillog_is(service, "smtp") || maillog_is(service, "lmtp"));
    /* "postfix@-.service", as `journalctl -o with-unit` prints */
    bool unit = maillog_begins(h->tag, "postfix") && maillog_ends(h->tag, ".service");
    tagged = tagged || unit;
    if (h->tag.len > 0 && !tagged)
        return false;
    struct maillog_piece m = h->message;
    e->format = MAILLOG_POSTFIX;
    if (tagged && (maillog_is(service, "smtpd") || maillog_is(service, "postscreen") ||
                   maillog_is(service, "cleanup") || maillog_is(service, "submission"))) {
        e->outcome = maillog_postfix_own_side(m) ? MAILLOG_OWN_SIDE : MAILLOG_NOTHING;
        return true;
    }
    if (tagged && (maillog_is(service, "qmgr") || maillog_is(service, "bounce")))
        return true;
    if (!tagged && maillog_begins(m, "NOQUEUE: ")) {
        e->outcome = MAILLOG_OWN_SIDE;
        return true;
    }
    struct maillog_piece rest = m;
    if (maillog_queue_id(m, tagged, &e->queue_id))
        rest = maillog_rest(m, e->queue_id.s + e->queue_id.len + 2);
    maillog_own_of_tag(e);
    if ((tagged || maillog_begins(rest, "to=<")) && maillog_skip_recipients(&rest))
        return maillog_delivery(rest, e);
    if (!e->queue_id.len || !maillog_begins(rest, "host "))
        return tagged;
    e->text = rest;
    maillog_unframe(e);
    e->outcome = maillog_outcome_of(e->code);
    e->attempted = e->session = e->outcome == MAILLOG_DEFERRED || e->outcome == MAILLOG_REFUSED;
    if (!e->session)
        e->outcome = MAILLOG_NOTHING;
    return true;
}
