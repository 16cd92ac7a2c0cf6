/* SPDX-License-Identifier: ISC */
/* Cuts off a mail server's own words around the other side's reply, keeping what they reveal. */
#include "maillog_parts.h"

#include "ascii.h"

/* Where the reply begins. The earliest one counts: a reply may quote another server's frame. */
static const struct {
    const char *words;
    bool coded; /* only where a reply code follows, perhaps after more of our words */
    enum maillog_phase phase;
} frames[] = {
    {" said: ", false, MAILLOG_PHASE_UNKNOWN},
    {" refused to talk to me: ", false, MAILLOG_CONNECT},
    {"SMTP error from remote mail server after ", true, MAILLOG_PHASE_UNKNOWN},
    {"SMTP error from remote mailer after ", true, MAILLOG_PHASE_UNKNOWN},
    {"SMTP error from remote mail server", true, MAILLOG_PHASE_UNKNOWN},
    {"SMTP error from remote server", true, MAILLOG_PHASE_UNKNOWN},
    {"Remote host said:", false, MAILLOG_PHASE_UNKNOWN},
    {"Remote_host_said:", false, MAILLOG_PHASE_UNKNOWN},
    {"Remote server returned ", false, MAILLOG_PHASE_UNKNOWN},
    {"Diagnostic-Code: ", true, MAILLOG_PHASE_UNKNOWN},
    {"smtp; ", true, MAILLOG_PHASE_UNKNOWN},
    {"smtp;", true, MAILLOG_PHASE_UNKNOWN},
    {"(reason: ", false, MAILLOG_PHASE_UNKNOWN},
    {"<<< ", false, MAILLOG_PHASE_UNKNOWN},
    {"The response was: ", false, MAILLOG_PHASE_UNKNOWN},
    {"The response from the remote server was: ", false, MAILLOG_PHASE_UNKNOWN},
};
#define POSTFIX_FRAMES 2
#define FRAMES         (sizeof frames / sizeof frames[0])
#define CODED_SPAN     400 /* of our own words between frame and code: a command with an address */

static bool maillog_code_at(const char *s, size_t len)
{
    return len >= 3 && strchr("245", s[0]) && digit(s[1]) && s[1] <= '7' && digit(s[2]) &&
           (len == 3 || s[3] == ' ' || s[3] == '-');
}

/* The reply after ": " behind our own words, or all of it if it begins with a code. NULL: none. */
static const char *maillog_coded_reply(struct maillog_piece rest)
{
    size_t limit = rest.len < CODED_SPAN ? rest.len : CODED_SPAN;
    for (size_t i = 0; i < limit; i++) {
        bool edge = i == 0 || (i >= 2 && rest.s[i - 1] == ' ' && strchr(":;,", rest.s[i - 2]));
        if (edge && maillog_code_at(rest.s + i, rest.len - i))
            return rest.s + i;
    }
    return NULL;
}

static void maillog_read_host(struct maillog_piece before, struct maillog_event *e)
{
    static const char *const keys[] = {"Remote-MTA: dns; ", "Remote-MTA: DNS; ", "Remote-MTA: dns;",
                                       "while talking to ", "Remote server: "};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && e->host.len == 0; i++) {
        const char *pos = maillog_find(before, keys[i]);
        if (!pos)
            continue;
        struct maillog_piece rest = maillog_rest(before, pos + strlen(keys[i]));
        size_t n = 0;
        while (n < rest.len && (alnum(rest.s[n]) || strchr(".-_[]:", rest.s[n])))
            n++;
        while (n > 0 && strchr(":.", rest.s[n - 1]))
            n--;
        struct maillog_event peer = {0};
        maillog_peer(maillog_piece_of(rest.s, n), &peer);
        e->host = peer.host;
        if (!e->host_ip.family)
            e->host_ip = peer.host_ip;
    }
}

/* "host mx.example.net[192.0.2.1]" before " said: "; "H=mx.example.net [192.0.2.1]" of Exim. */
static void maillog_read_speaker(struct maillog_piece before, struct maillog_event *e)
{
    const char *pos = NULL, *next = maillog_find(before, "host ");
    for (; next; next = maillog_find(maillog_rest(before, next + 1), "host "))
        pos = next;
    if (!pos || (pos > before.s && alnum(pos[-1])))
        return;
    struct maillog_piece peer = maillog_rest(before, pos + 5);
    if (peer.len < 300)
        maillog_peer(peer, e);
}

/* "198.51.100.1 does not like recipient.", "Connected to 198.51.100.1 but …" */
static void maillog_read_qmail(struct maillog_piece before, struct maillog_event *e)
{
    static const char *const after[] = {" does not like recipient", " failed after I sent"};
    for (size_t i = 0; i < sizeof after / sizeof after[0] && !e->host_ip.family; i++) {
        const char *pos = maillog_find(before, after[i]);
        const char *from = pos;
        while (from && from > before.s && strchr("0123456789abcdef.:", from[-1]))
            from--;
        if (from)
            maillog_ip(maillog_piece_of(from, (size_t)(pos - from)), &e->host_ip);
    }
    const char *pos = maillog_find(before, "Connected to ");
    if (pos && !e->host_ip.family)
        maillog_ip(maillog_value(maillog_rest(before, pos), "Connected to "), &e->host_ip);
}

#define TAIL_MAX 80 /* "(in reply to end of DATA command)", "Giving up on 2001:db8::1." */

/* Where the word last occurs near the end of the text, or NULL. */
static const char *maillog_near_end(struct maillog_piece text, const char *word)
{
    if (text.len > TAIL_MAX)
        text = maillog_rest(text, text.s + text.len - TAIL_MAX);
    const char *pos = NULL, *next = maillog_find(text, word);
    for (; next; next = maillog_find(maillog_rest(text, next + 1), word))
        pos = next;
    return pos;
}

static void maillog_cut_tail(struct maillog_event *e)
{
    const char *pos = maillog_near_end(e->text, "(in reply to ");
    if (pos) {
        enum maillog_phase phase = maillog_phase_of(maillog_rest(e->text, pos + 13));
        if (phase)
            e->phase = phase;
        e->text.len = (size_t)(pos - e->text.s);
    }
    pos = maillog_near_end(e->text, "Giving up on ");
    if (pos)
        e->text.len = (size_t)(pos - e->text.s);
    while (e->text.len > 0 && strchr(" \r\n", e->text.s[e->text.len - 1]))
        e->text.len--;
}

void maillog_unframe(struct maillog_event *e)
{
    if (maillog_begins(e->text, "said: "))
        e->text = maillog_rest(e->text, e->text.s + 6);
    const char *reply = NULL, *frame = NULL;
    enum maillog_phase phase = MAILLOG_PHASE_UNKNOWN;
    /* A bare reply has no frame, and Postfix's frames are recognised by their first word. */
    size_t count = maillog_begins(e->text, "host ") ? POSTFIX_FRAMES : FRAMES;
    if (maillog_code_at(e->text.s, e->text.len))
        count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *pos = maillog_find(e->text, frames[i].words);
        if (!pos || (frame && pos >= frame))
            continue;
        struct maillog_piece rest = maillog_rest(e->text, pos + strlen(frames[i].words));
        const char *begin = frames[i].coded ? maillog_coded_reply(rest) : rest.s;
        if (!begin)
            continue;
        frame = pos;
        reply = begin;
        phase = frames[i].phase;
        if (frames[i].coded && begin > rest.s)
            phase = maillog_phase_of(maillog_piece_of(rest.s, (size_t)(begin - rest.s)));
    }
    if (frame) {
        struct maillog_piece before = maillog_piece_of(e->text.s, (size_t)(frame - e->text.s));
        if (e->host.len == 0)
            maillog_read_speaker(before, e);
        if (e->host.len == 0)
            maillog_read_host(maillog_piece_of(e->text.s, (size_t)(reply - e->text.s)), e);
        maillog_read_qmail(before, e);
        e->text = maillog_rest(e->text, reply);
        if (phase)
            e->phase = phase;
    }
    maillog_cut_tail(e);
    maillog_codes(e);
    if (frame)
        e->whole = true;
}
