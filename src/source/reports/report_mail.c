/* SPDX-License-Identifier: ISC */
#include "report_mail.h"

#include "complaint.h"
#include "dmarc_xml.h"
#include "report_text.h"
#include "reporters.h"
#include "sender.h"
#include "sniff.h"

#include "repmon/mail_fields.h"
#include "repmon/mime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FIELD_MAX    (16u << 10)
#define FEEDBACK_MAX (256u << 10) /* bytes of a part's fields that are read */
#define DAY          86400

const char *report_kind_word(enum report_kind kind)
{
    static const char *const words[] = {[REPORT_NONE] = "none",
                                        [REPORT_DMARC] = "dmarc",
                                        [REPORT_COMPLAINT] = "complaint",
                                        [REPORT_NOT_SPAM] = "not-spam",
                                        [REPORT_OPT_OUT] = "opt-out",
                                        [REPORT_AUTH_FAILURE] = "auth-failure",
                                        [REPORT_TLS] = "tls",
                                        [REPORT_BOUNCE] = "bounce",
                                        [REPORT_BAD] = "bad"};
    return words[kind];
}

enum report_result report_row_aligned(const struct report_row *row)
{
    if (row->dkim == REPORT_PASS || row->spf == REPORT_PASS)
        return REPORT_PASS;
    if (row->dkim == REPORT_FAIL && row->spf == REPORT_FAIL)
        return REPORT_FAIL;
    return REPORT_RESULT_UNKNOWN;
}

bool report_mail_supported(void)
{
    return mime_supported();
}

void report_mail_fini(struct mail_report *r)
{
    free(r->rows);
    free(r->auths);
    report_text_free(r->text);
    memset(r, 0, sizeof *r);
}

static void report_bad(struct mail_report *out, const char *problem)
{
    out->kind = REPORT_BAD;
    snprintf(out->problem, sizeof out->problem, "%s", problem);
}

/* What the header of the mail says besides who sent it. */
struct head {
    struct buf subject; /* one line */
    bool no_envelope;   /* the envelope sender is empty */
    bool from_daemon;   /* it was written by a server */
    bool has_failed;    /* X-Failed-Recipients: Exim */
};

static void report_take_id(struct mail_report *r, const char *value)
{
    size_t len = strlen(value);
    struct buf text;
    buf_init(&text, sizeof r->id - 1);
    if (len > 1 && value[0] == '<' && value[len - 1] == '>')
        value++, len -= 2;
    buf_clean(&text, value, len, (sizeof r->id - 1) / 3);
    memcpy(r->id, buf_text(&text), text.len + 1);
    buf_fini(&text);
}

static bool report_is_daemon(const char *from)
{
    return strcasestr(from, "mailer-daemon@") || strcasestr(from, "postmaster@");
}

static void report_take_date(struct mail_report *r, const char *value)
{
    time_t t;
    if (mime_date(value, &t) && t > 0 && t <= r->date + DAY)
        r->date = t;
}

/* A field of the head, and who takes its text. */
enum head_field {
    HEAD_DATE,
    HEAD_MESSAGE_ID,
    HEAD_SUBJECT,
    HEAD_RETURN_PATH,
    HEAD_FROM,
    HEAD_FAILED,
    HEAD_FIELDS
};

static enum head_field report_head_field(const struct mail_field *f)
{
    static const char *const names[] = {"Date",        "Message-ID", "Subject",
                                        "Return-Path", "From",       "X-Failed-Recipients"};
    size_t i = 0;
    while (i < HEAD_FIELDS && !mail_field_is(f, names[i]))
        i++;
    return (enum head_field)i;
}

static void report_take_head(struct head *h, struct mail_report *out, enum head_field field,
                             const char *text)
{
    switch (field) {
    case HEAD_DATE: report_take_date(out, text); break;
    case HEAD_MESSAGE_ID: report_take_id(out, text); break;
    case HEAD_SUBJECT:
        if (h->subject.len == 0)
            mime_decode_words(text, &h->subject);
        break;
    case HEAD_RETURN_PATH: h->no_envelope |= strcmp(text, "<>") == 0; break;
    case HEAD_FROM: h->from_daemon |= report_is_daemon(text); break;
    case HEAD_FAILED: h->has_failed = true; break;
    case HEAD_FIELDS: break;
    }
}

static void report_read_head(const char *mail, size_t len, struct head *h, struct mail_report *out)
{
    struct mail_field f;
    struct buf value;
    buf_init(&value, FIELD_MAX);
    for (size_t at = 0; mail_field_next(mail, len, &at, &f);) {
        enum head_field field = report_head_field(&f);
        if (field != HEAD_FIELDS)
            report_take_head(h, out, field, mail_field_text(&f, &value));
    }
    buf_fini(&value);
}

static bool report_is_bounce(const struct head *h)
{
    return h->has_failed || (h->no_envelope && h->from_daemon);
}

/* The parts that decide what the mail is. */
struct parts {
    struct mime_part feedback, original, status; /* object NULL: there is none */
};

static bool report_is_type(const struct mime_part *part, const char *type)
{
    return strcmp(part->type, type) == 0;
}

static void report_keep(struct mime_part *first, const struct mime_part *part)
{
    if (!first->object)
        *first = *part;
}

/* A feedback report under another type, in a mail that says it has one. */
static bool report_is_feedback(const struct mime_part *part)
{
    struct buf text;
    struct mail_field f;
    bool found = false;
    if (part->attached)
        return false;
    buf_init(&text, 4096);
    mime_part_bytes(part, &text);
    for (size_t at = 0; !found && mail_field_next(buf_text(&text), text.len, &at, &f);)
        found = mail_field_is(&f, "Feedback-Type");
    buf_fini(&text);
    return found;
}

/* Sorts a part by its type; a part declared as a message stays an attached mail. */
static void report_sort_part(struct parts *p, const struct mime_part *part, bool feedback)
{
    if (report_is_type(part, "message/feedback-report") || (feedback && report_is_feedback(part)))
        report_keep(&p->feedback, part);
    else if (report_is_type(part, "message/delivery-status") ||
             report_is_type(part, "message/global-delivery-status"))
        report_keep(&p->status, part);
    else if (part->attached || report_is_type(part, "text/rfc822-headers") ||
             report_is_type(part, "message/rfc822") || report_is_type(part, "message/global") ||
             report_is_type(part, "message/global-headers"))
        report_keep(&p->original, part);
}

static void report_read_complaint(const struct parts *p, const struct head *h,
                                  const struct report_settings *settings, struct mail_report *out)
{
    struct buf feedback;
    struct buf original;
    buf_init(&feedback, FEEDBACK_MAX);
    buf_init(&original, FEEDBACK_MAX);
    if (p->feedback.object)
        mime_part_bytes(&p->feedback, &feedback);
    if (p->original.attached)
        mime_attached_header(&p->original, &original);
    else if (p->original.object)
        mime_part_bytes(&p->original, &original);
    struct complaint_text text = {.feedback = p->feedback.object ? buf_text(&feedback) : NULL,
                                  .feedback_len = feedback.len,
                                  .original = p->original.object ? buf_text(&original) : NULL,
                                  .original_len = original.len,
                                  .subject = buf_text(&h->subject)};
    complaint_read(&text, settings, out);
    /* The hash covers both blocks, which a resend repeats. */
    buf_add(&feedback, original.data, original.len);
    crypto_sha256(buf_text(&feedback), feedback.len, out->hash);
    buf_fini(&feedback);
    buf_fini(&original);
}

/* Accepts plausible ranges: some reporters cover several days, none a month. */
static void report_check_range(struct mail_report *r, const struct report_settings *settings)
{
    if (r->begin <= 0 || r->end <= 0)
        report_bad(r, "the report has no date range");
    else if (r->end < r->begin)
        report_bad(r, "the report's date range ends before it begins");
    else if (r->end - r->begin > 31 * DAY)
        report_bad(r, "the report's date range is longer than a month");
    else if (r->begin > settings->received + DAY)
        report_bad(r, "the report's date range is in the future");
    else if (r->begin < 1262304000) /* 2010: DMARC dates from 2012 */
        report_bad(r, "the report's date range is older than DMARC");
}

static void report_finish_dmarc(struct mail_report *r, const struct report_settings *settings)
{
    r->kind = REPORT_DMARC;
    if (!r->reporter[0])
        snprintf(r->reporter, sizeof r->reporter, "%.*s", (int)sizeof r->reporter - 1, r->sender);
    report_check_range(r, settings);
    if (r->kind == REPORT_BAD)
        dmarc_xml_drop(r);
}

/* Finds the first part whose bytes are a report. */
static bool report_find_report(struct mime *m, bool claimed, struct parts *p,
                               const struct report_settings *settings, struct mail_report *out)
{
    struct mime_part part;
    size_t budget = REPORT_UNPACKED_MAX;
    bool feedback = strcasecmp(mime_parameter(m, "report-type"), "feedback-report") == 0;
    char id[sizeof out->id];
    memcpy(id, out->id, sizeof id);
    out->id[0] = '\0'; /* a DMARC report has an id of its own */
    while (mime_next(m, &part)) {
        report_sort_part(p, &part, feedback);
        if (part.attached || p->feedback.object || p->status.object)
            continue;
        sniff(&part, claimed, &budget, out);
        if (out->kind == REPORT_NONE)
            continue;
        if (out->kind == REPORT_DMARC)
            report_finish_dmarc(out, settings);
        return true;
    }
    memcpy(out->id, id, sizeof id);
    return false;
}

static void report_set_sender(const char *header, size_t len,
                              const struct report_settings *settings, struct mail_report *out)
{
    struct sender sender;
    sender_read(header, len, settings, &sender);
    out->proof = sender.proof;
    memcpy(out->sender, sender.domain, sizeof out->sender);
    if (!sender.reporter)
        return;
    out->large = sender.reporter->large;
    snprintf(out->complaint.receiver, sizeof out->complaint.receiver, "%s",
             sender.reporter->receiver);
}

static void report_read_parts(struct mime *m, const struct head *h,
                              const struct report_settings *settings, struct mail_report *out)
{
    struct parts p = {0};
    bool claimed = strcasestr(buf_text(&h->subject), "report domain") != NULL;
    bool found = report_find_report(m, claimed, &p, settings, out);
    bool jmrp = complaint_is_jmrp_subject(buf_text(&h->subject));
    if (p.feedback.object || (!found && jmrp && p.original.object))
        report_read_complaint(&p, h, settings, out);
    else if (!found && (p.status.object || report_is_bounce(h)))
        out->kind = REPORT_BOUNCE;
}

void report_mail_parse(const char *bytes, size_t len, const struct report_settings *settings,
                       struct mail_report *out)
{
    *out = (struct mail_report){.date = settings->received};
    if (len > REPORT_MAIL_MAX) {
        report_bad(out, "the mail is larger than 32 MiB");
        return;
    }
    size_t from = mail_from_line_len(bytes, len);
    bytes += from;
    len -= from;
    size_t header_len = mail_header_len(bytes, len);
    struct head head = {0};
    buf_init(&head.subject, FIELD_MAX);
    report_read_head(bytes, header_len, &head, out);
    report_set_sender(bytes, header_len, settings, out);
    const char *problem;
    struct mime *m = mime_open(bytes, len, &problem);
    if (m)
        report_read_parts(m, &head, settings, out);
    else
        report_bad(out, problem);
    mime_free(m);
    buf_fini(&head.subject);
}

/* The whole file, or one byte more than a mail may have. */
static int report_read_all(int fd, struct buf *out)
{
    char piece[16 << 10];
    off_t at = 0;
    for (;;) {
        ssize_t n = pread(fd, piece, sizeof piece, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0 || !buf_add(out, piece, (size_t)n))
            return 0;
        at += n;
    }
}

bool report_mail_read(int fd, const struct report_settings *settings, struct mail_report *out,
                      struct error *err)
{
    struct buf mail;
    *out = (struct mail_report){.date = settings->received};
    buf_init(&mail, REPORT_MAIL_MAX);
    int failed = report_read_all(fd, &mail);
    if (failed)
        error_set(err, ERR_IO, "the mail can't be read: %s", strerror(failed));
    else if (mail.failed)
        report_bad(out, "the mail is larger than 32 MiB");
    else
        report_mail_parse(buf_text(&mail), mail.len, settings, out);
    buf_fini(&mail);
    return !failed;
}
