/* SPDX-License-Identifier: ISC */
#include "maillog_parts.h"

#include "ascii.h"

const char *maillog_format_word(enum maillog_format format)
{
    static const char *const words[] = {"unknown",  "postfix",  "exim",     "kumomta", "opensmtpd",
                                        "sendmail", "qmail",    "powermta", "halon",   "zonemta",
                                        "maddy",    "stalwart", "exchange", "json"};
    return format < MAILLOG_FORMAT_COUNT ? words[format] : "unknown";
}

/* The first reader that knows the line reads it. */
static bool (*const readers[])(const struct maillog_head *, struct maillog_event *) = {
    maillog_postfix, maillog_exim,  maillog_opensmtpd, maillog_sendmail,
    maillog_qmail,   maillog_halon, maillog_zonemta,   maillog_stalwart};

static bool maillog_read_head(const struct maillog_head *h, struct maillog_event *out)
{
    out->stamp = h->stamp;
    out->tag = h->tag;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        struct maillog_event e = {.stamp = h->stamp, .tag = h->tag};
        if (readers[i](h, &e)) {
            *out = e;
            return true;
        }
    }
    return false;
}

/* maddy: "stamp queue: delivery attempt failed\t{json}" */
static bool maillog_read_tail_json(const struct maillog_head *h, struct buf *scratch,
                                   struct maillog_event *out)
{
    const char *brace = maillog_find(h->message, "\t{");
    if (!brace)
        return false;
    struct maillog_piece json = maillog_rest(h->message, brace + 1);
    struct maillog_event e = {.stamp = h->stamp, .tag = h->tag};
    if (!maillog_json(json.s, json.len, scratch, &e))
        return false;
    e.stamp = h->stamp;
    e.format = MAILLOG_MADDY;
    *out = e;
    return true;
}

bool maillog_parse(const char *line, size_t len, struct buf *scratch, struct maillog_event *out)
{
    struct maillog_head head;
    *out = (struct maillog_event){0};
    buf_clear(scratch);
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len == 0)
        return false;
    if (line[0] == '[' && len > 1 && line[1] == '{') { /* an array, one event a line */
        line++;
        len--;
    }
    if (line[0] == '{')
        return maillog_json(line, len, scratch, out);
    if (line[1 % len] == ',' || line[2 % len] == ',' || starts(line, len, "type,timeLogged")) {
        if (maillog_powermta(line, len, scratch, out))
            return true;
    }
    /* "2026-03-03T08:14:22.101Z,…", and its rows of headers */
    if ((len > 25 && line[23] == 'Z' && line[24] == ',') || line[0] == '#') {
        if (maillog_exchange(line, len, out))
            return true;
    }
    if (maillog_head_find(line, len, &head)) {
        if (maillog_read_head(&head, out) || maillog_read_tail_json(&head, scratch, out))
            return true;
        return true;
    }
    /* Without stamp and program, as `journalctl -o cat` prints, perhaps after quotes or grep's
     * marks. */
    size_t i = 0;
    while (i < len && strchr(" \t>\"'", line[i]))
        i++;
    head = (struct maillog_head){.message = maillog_piece_of(line + i, len - i)};
    return maillog_read_head(&head, out);
}
