/* SPDX-License-Identifier: ISC */
/*
 * PowerMTA's accounting file: "b,2026-03-03 09:14:22+0100,…,"smtp;550 …",host (ip),…". The columns
 * are configurable, so fields are known by what they hold.
 */
#include "maillog_parts.h"

#include "ascii.h"

#define FIELDS_MAX 64

/* Splits at commas outside of quotes; doubled quotes stay doubled, which does not matter for
 * judging replies. */
static size_t maillog_split(const char *s, size_t len, struct maillog_piece fields[FIELDS_MAX])
{
    size_t n = 0, from = 0;
    bool quoted = false;
    for (size_t i = 0; i <= len && n < FIELDS_MAX; i++) {
        if (i < len && s[i] == '"')
            quoted = !quoted;
        if (i < len && (quoted || s[i] != ','))
            continue;
        struct maillog_piece f = maillog_piece_of(s + from, i - from);
        if (f.len >= 2 && f.s[0] == '"' && f.s[f.len - 1] == '"')
            f = maillog_piece_of(f.s + 1, f.len - 2);
        fields[n++] = f;
        from = i + 1;
    }
    return n;
}

/*
 * Exchange's send protocol: "2026-03-03T08:14:22.101Z,Outbound,SESSION,5,own:25123,other:25,<, "550
 * 5.7.1 …",". Only what the other side said ("<") counts; a 250 may answer any command.
 */
bool maillog_exchange(const char *line, size_t len, struct maillog_event *e)
{
    struct maillog_piece f[FIELDS_MAX];
    if (starts(line, len, "#Software: Microsoft Exchange") ||
        starts(line, len, "#Fields: date-time") || starts(line, len, "#Log-type: SMTP ")) {
        e->format = MAILLOG_EXCHANGE;
        return true;
    }
    size_t n = maillog_split(line, len, f);
    if (n < 8 || !maillog_stamp_read(f[0].s, f[0].len, NULL) || f[6].len != 1 ||
        !strchr("<>*+-", f[6].s[0]))
        return false;
    e->format = MAILLOG_EXCHANGE;
    e->stamp = f[0];
    e->queue_id = f[2];
    maillog_ip(f[4], &e->own_ip);
    maillog_ip(f[5], &e->host_ip);
    e->text = f[7];
    maillog_codes(e);
    if (f[6].s[0] == '<' && e->code >= 400) {
        e->outcome = maillog_outcome_of(e->code);
        e->attempted = e->session = true;
    }
    return true;
}

bool maillog_powermta(const char *line, size_t len, struct buf *scratch, struct maillog_event *e)
{
    struct maillog_piece f[FIELDS_MAX];
    (void)scratch;
    if (len > 30 && starts(line, len, "type,timeLogged")) {
        e->format = MAILLOG_POWERMTA; /* the header row */
        return true;
    }
    if (len < 20 || !strchr("dbtr", line[0]) || !strchr("bqs,", line[1]))
        return false;
    size_t n = maillog_split(line, len, f);
    if (n < 8 || f[0].len > 2 || !maillog_stamp_read(f[1].s, f[1].len, NULL))
        return false;
    size_t diag = 0;
    while (diag < n && !starts(f[diag].s, f[diag].len, "smtp;"))
        diag++;
    e->format = MAILLOG_POWERMTA;
    e->stamp = f[1];
    if (diag == n)
        return true;
    if (diag + 1 < n)
        maillog_peer(f[diag + 1], e);
    for (size_t i = diag + 2; i < n; i++)
        if (maillog_ip(f[i], &e->own_ip)) /* dlvSourceIp comes before dlvDestinationIp */
            break;
    e->text = f[diag];
    maillog_unframe(e);
    e->outcome = maillog_outcome_of(e->code);
    if (f[0].s[0] == 'd')
        e->outcome = MAILLOG_ACCEPTED;
    else if (f[0].s[0] == 't')
        e->outcome = MAILLOG_DEFERRED;
    e->attempted = e->host.len > 0;
    return true;
}
