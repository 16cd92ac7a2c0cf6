/* SPDX-License-Identifier: ISC */
/*
 * Exim's main log: "ID => address R=… T=… H=host [ip] I=[own]:port …: SMTP error from remote mail
 * server after …: 550 …". => and -> deliver, ** gives up, == defers, <= arrives.
 */
#include "maillog_parts.h"

#include "ascii.h"

/* "1txLmN-00000008Qa1-2bCd", "1tEabc-0007Qx-Jj" */
static bool maillog_message_id(struct maillog_piece m, struct maillog_piece *out)
{
    size_t part = 0, parts = 0, i = 0;
    for (; i < m.len && i < 26 && (alnum(m.s[i]) || m.s[i] == '-'); i++) {
        if (m.s[i] != '-') {
            part++;
            continue;
        }
        if (part < 6)
            return false;
        parts++;
        part = 0;
    }
    if (parts != 2 || part < 1 || i >= m.len || m.s[i] != ' ')
        return false;
    *out = maillog_piece_of(m.s, i);
    return true;
}

static void maillog_skip_process(struct maillog_piece *m)
{
    while (m->len > 0 && m->s[0] == ' ')
        *m = maillog_rest(*m, m->s + 1);
    const char *end = m->len && m->s[0] == '[' ? memchr(m->s, ']', m->len) : NULL;
    if (end && end + 2 <= m->s + m->len)
        *m = maillog_rest(*m, end + 2);
}

/*
 * Finds the word outside quotes: strangers' addresses, certificate names and the accepting reply
 * (C="…") are in quotes, and may hold anything.
 */
static const char *maillog_field(struct maillog_piece m, const char *word)
{
    size_t len = strlen(word);
    for (struct maillog_piece at = m; at.len >= len;) {
        bool quote = at.s[0] == '"' && at.s > m.s && strchr(" <=", at.s[-1]);
        if (memcmp(at.s, word, len) == 0)
            return at.s;
        at = maillog_rest(at, quote ? maillog_after_quoted(at) : at.s + 1);
    }
    return NULL;
}

static void maillog_read_peer(struct maillog_piece m, const char *at, struct maillog_event *e)
{
    struct maillog_piece peer = maillog_rest(m, at);
    const char *end = peer.len ? memchr(peer.s, ']', peer.len) : NULL;
    if (end)
        peer.len = (size_t)(end - peer.s) + 1;
    maillog_peer(peer, e);
}

static void maillog_read_fields(struct maillog_piece m, struct maillog_event *e)
{
    const char *h = maillog_field(m, " H=");
    const char *i = maillog_field(m, " I=");
    if (h)
        maillog_read_peer(m, h + 3, e);
    if (i)
        maillog_ip(maillog_value(maillog_rest(m, i), " I="), &e->own_ip);
}

/* Neither a filter on this host nor a mailbox: those are reached by LMTP, even over the network,
 * and their transports are named accordingly. */
static bool maillog_is_elsewhere(struct maillog_piece m, const struct maillog_event *e)
{
    const char *t = maillog_field(m, " T=");
    if (t && maillog_find(maillog_value(maillog_rest(m, t), " T="), "lmtp"))
        return false;
    bool loopback = e->host_ip.family == 4 && e->host_ip.bytes[0] == 127;
    return e->host.len > 0 && !loopback && !maillog_is(e->host, "localhost");
}

static bool maillog_exim_own_side(struct maillog_piece m)
{
    static const char *const words[] = {" rejected RCPT",        " rejected connection",
                                        " rejected MAIL",        " rejected EHLO",
                                        " rejected HELO",        " rejected after DATA",
                                        " rejected during MIME", " temporarily rejected "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (maillog_find(m, words[i]))
            return true;
    return false;
}

#define EXIM_ERROR "SMTP error from remote"

static bool maillog_refused_session(struct maillog_piece rest, struct maillog_event *e)
{
    const char *error = maillog_find(rest, EXIM_ERROR " mail server");
    if (!maillog_begins(rest, "H=") || !error)
        return false;
    struct maillog_piece spaced = maillog_piece_of(rest.s - 1, (size_t)(error - rest.s) + 1);
    maillog_read_fields(spaced, e);
    e->text = rest;
    maillog_unframe(e);
    e->outcome = maillog_outcome_of(e->code);
    e->session = e->attempted = true;
    return true;
}

static void maillog_read_accepted(struct maillog_piece rest, struct maillog_event *e)
{
    const char *reply = maillog_field(rest, " C=");
    maillog_read_fields(rest, e);
    if (reply)
        e->text = maillog_value(maillog_rest(rest, reply), " C=");
    maillog_codes(e);
    e->attempted = maillog_is_elsewhere(rest, e);
    if (!e->attempted)
        e->outcome = MAILLOG_NOTHING;
}

/* "… after RCPT TO:<…>: host mx.example.net [192.0.2.1]: 550 …", as written by versions before
 * 4.84. */
static void maillog_read_old_peer(struct maillog_piece error, struct maillog_event *e)
{
    const char *host = maillog_field(error, ": host ");
    if (host && e->host.len == 0)
        maillog_read_peer(error, host + strlen(": host "), e);
}

static void maillog_read_failed(struct maillog_piece rest, struct maillog_event *e)
{
    const char *error = maillog_field(rest, EXIM_ERROR);
    if (error) {
        maillog_read_fields(maillog_piece_of(rest.s, (size_t)(error - rest.s)), e);
        maillog_read_old_peer(maillog_rest(rest, error), e);
        e->text = maillog_rest(rest, error);
        e->attempted = maillog_is_elsewhere(rest, e);
    } else {
        const char *colon = maillog_field(rest, ": ");
        maillog_read_fields(rest, e);
        e->text = colon ? maillog_rest(rest, colon + 2) : rest;
    }
    maillog_unframe(e);
    if (maillog_begins(e->text, "retry time not reached")) /* nobody was asked */
        e->outcome = MAILLOG_NOTHING;
}

static enum maillog_outcome maillog_exim_outcome(struct maillog_piece rest)
{
    static const struct {
        const char *flag;
        enum maillog_outcome outcome;
    } flags[] = {{"=> ", MAILLOG_ACCEPTED},
                 {"-> ", MAILLOG_ACCEPTED},
                 {">> ", MAILLOG_ACCEPTED},
                 {"** ", MAILLOG_REFUSED},
                 {"== ", MAILLOG_DEFERRED}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (maillog_begins(rest, flags[i].flag))
            return flags[i].outcome;
    return MAILLOG_NOTHING;
}

bool maillog_exim(const struct maillog_head *h, struct maillog_event *e)
{
    struct maillog_piece m = h->message, id = {0};
    bool named = maillog_begins(h->tag, "exim");
    if (h->tag.len > 0 && !named)
        return false;
    maillog_skip_process(&m);
    if (!maillog_message_id(m, &id)) {
        bool own = (named || h->stamp.len > 0) && maillog_exim_own_side(m) && maillog_find(m, "H=");
        if (own || named) {
            e->format = MAILLOG_EXIM;
            e->outcome = own ? MAILLOG_OWN_SIDE : MAILLOG_NOTHING;
        }
        return own || named;
    }
    struct maillog_piece rest = maillog_rest(m, id.s + id.len + 1);
    e->format = MAILLOG_EXIM;
    e->queue_id = id;
    e->outcome = maillog_exim_outcome(rest);
    if (e->outcome == MAILLOG_ACCEPTED)
        maillog_read_accepted(rest, e);
    else if (e->outcome != MAILLOG_NOTHING)
        maillog_read_failed(rest, e);
    else if (!maillog_refused_session(rest, e) && maillog_exim_own_side(rest))
        e->outcome = MAILLOG_OWN_SIDE;
    return true;
}
