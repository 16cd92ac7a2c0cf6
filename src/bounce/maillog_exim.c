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

/* The last " H=name [ip]": earlier ones may be the host that sent us the message. */
static void maillog_read_fields(struct maillog_piece m, struct maillog_event *e)
{
    const char *h = maillog_find(m, " H=");
    if (h) {
        struct maillog_piece peer = maillog_rest(m, h + 3);
        const char *end = peer.len ? memchr(peer.s, ']', peer.len) : NULL;
        if (end)
            peer.len = (size_t)(end - peer.s) + 1;
        maillog_peer(peer, e);
    }
    struct maillog_piece own = maillog_value(m, " I=");
    if (own.len)
        maillog_ip(own, &e->own_ip);
}

/* Mailboxes are spoken to by LMTP, also over the network, and their transport is called so. */
static bool maillog_remote_transport(struct maillog_piece m)
{
    return maillog_find(m, " H=") && !maillog_find(m, " H=localhost [127.") &&
           !maillog_find(m, " [127.0.0.1]") && !maillog_find(maillog_value(m, " T="), "lmtp");
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

static bool maillog_refused_session(struct maillog_piece rest, struct maillog_event *e)
{
    const char *error = maillog_find(rest, "SMTP error from remote mail server");
    if (!maillog_begins(rest, "H=") || !error)
        return false;
    struct maillog_piece spaced = maillog_piece_of(rest.s - 1, rest.len + 1); /* " H=" */
    maillog_read_fields(spaced, e);
    e->text = rest;
    maillog_unframe(e);
    e->outcome = maillog_outcome_of(e->code);
    e->session = e->attempted = true;
    return true;
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
    e->format = MAILLOG_EXIM;
    e->queue_id = id;
    struct maillog_piece rest = maillog_rest(m, id.s + id.len + 1);
    struct maillog_piece flag = maillog_piece_of(rest.s, rest.len < 2 ? rest.len : 2);
    if (maillog_exim_own_side(rest)) {
        e->outcome = MAILLOG_OWN_SIDE;
        return true;
    }
    if (maillog_refused_session(rest, e))
        return true;
    if (maillog_is(flag, "=>") || maillog_is(flag, "->") || maillog_is(flag, ">>"))
        e->outcome = MAILLOG_ACCEPTED;
    else if (maillog_is(flag, "**"))
        e->outcome = MAILLOG_REFUSED;
    else if (maillog_is(flag, "=="))
        e->outcome = MAILLOG_DEFERRED;
    else
        return true;
    e->attempted = maillog_remote_transport(rest);
    if (e->outcome == MAILLOG_ACCEPTED) {
        maillog_read_fields(rest, e);
        e->text = maillog_value(rest, " C=");
        maillog_codes(e);
        if (!e->attempted)
            e->outcome = MAILLOG_NOTHING; /* into a mailbox or a pipe of this host */
        return true;
    }
    const char *error = maillog_find(rest, "SMTP error from remote");
    maillog_read_fields(error ? maillog_piece_of(rest.s, (size_t)(error - rest.s)) : rest, e);
    const char *colon = maillog_find(rest, ": ");
    if (error)
        e->text = maillog_rest(rest, error);
    else
        e->text = colon ? maillog_rest(rest, colon + 2) : rest;
    if (!error)
        e->attempted = false;
    maillog_unframe(e);
    return true;
}
