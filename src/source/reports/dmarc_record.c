/* SPDX-License-Identifier: ISC */
#include "dmarc_record.h"

#include "report_text.h"

#include "repmon/buf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct piece {
    const char *s;
    size_t len;
};

static struct piece dmarc_record_trim(const char *s, size_t len)
{
    while (len > 0 && isspace((unsigned char)s[0]))
        s++, len--;
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        len--;
    return (struct piece){s, len};
}

static bool dmarc_record_piece_is(struct piece p, const char *word)
{
    return p.len == strlen(word) && strncasecmp(p.s, word, p.len) == 0;
}

/* Only digits; a number above the maximum is rejected. */
static bool dmarc_record_number(struct piece p, uint64_t max, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < p.len; i++) {
        if (p.s[i] < '0' || p.s[i] > '9' || *out > max / 10)
            return false;
        *out = *out * 10 + (uint64_t)(p.s[i] - '0');
    }
    return p.len > 0 && *out <= max;
}

/* Whole seconds; a fraction is dropped. 0: none. */
static int64_t dmarc_record_seconds(struct piece p)
{
    const char *dot = memchr(p.s, '.', p.len);
    if (dot)
        p.len = (size_t)(dot - p.s);
    uint64_t n;
    return dmarc_record_number(p, INT32_MAX * 8ull, &n) ? (int64_t)n : 0;
}

static enum report_result dmarc_record_result(struct piece p)
{
    if (dmarc_record_piece_is(p, "pass"))
        return REPORT_PASS;
    return dmarc_record_piece_is(p, "fail") ? REPORT_FAIL : REPORT_RESULT_UNKNOWN;
}

static enum report_disposition dmarc_record_disposition(struct piece p)
{
    if (dmarc_record_piece_is(p, "none") || dmarc_record_piece_is(p, "pass"))
        return REPORT_DISPOSITION_NONE;
    if (dmarc_record_piece_is(p, "quarantine"))
        return REPORT_QUARANTINE;
    return dmarc_record_piece_is(p, "reject") ? REPORT_REJECT : REPORT_DISPOSITION_UNKNOWN;
}

static unsigned dmarc_record_reason(struct piece p)
{
    static const struct {
        const char *word;
        unsigned bit;
    } reasons[] = {{"forwarded", REPORT_FORWARDED},
                   {"mailing_list", REPORT_MAILING_LIST},
                   {"trusted_forwarder", REPORT_TRUSTED_FORWARDER},
                   {"local_policy", REPORT_LOCAL_POLICY},
                   {"sampled_out", REPORT_SAMPLED_OUT},
                   {"policy_test_mode", REPORT_SAMPLED_OUT}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (dmarc_record_piece_is(p, reasons[i].word))
            return reasons[i].bit;
    return p.len > 0 ? REPORT_OTHER_REASON : 0;
}

static void dmarc_record_clean(struct piece p, char *out, size_t size)
{
    if (out[0]) /* the first one counts */
        return;
    struct buf text;
    buf_init(&text, size - 1);
    /* A byte of outside text becomes at most three of clean text. */
    buf_clean(&text, p.s, p.len, (size - 1) / 3);
    memcpy(out, buf_text(&text), text.len + 1);
    buf_fini(&text);
}

static void dmarc_record_address(struct dmarc_record *d, struct piece p)
{
    char text[64] = "";
    if (p.len > 2 && p.s[0] == '[' && p.s[p.len - 1] == ']')
        p = (struct piece){p.s + 1, p.len - 2};
    if (p.len < sizeof text)
        memcpy(text, p.s, p.len);
    ip_parse(text, &d->row.ip);
}

static const char *dmarc_record_name(struct dmarc_record *d, struct piece p)
{
    char text[256];
    const char *at = memrchr(p.s, '@', p.len);
    if (at) /* a mail address in place of a domain */
        p = dmarc_record_trim(at + 1, p.len - (size_t)(at + 1 - p.s));
    report_domain(p.s, p.len, text);
    const char *kept = report_text_keep(d->r->text, text, strlen(text));
    if (!kept)
        d->problem = "it has too many names";
    return kept ? kept : "";
}

static void dmarc_record_report_id(struct mail_report *r, struct piece p)
{
    if (p.len > 1 && p.s[0] == '<' && p.s[p.len - 1] == '>')
        p = dmarc_record_trim(p.s + 1, p.len - 2);
    dmarc_record_clean(p, r->id, sizeof r->id);
}

void dmarc_record_text(struct dmarc_record *d, enum dmarc_role role, const char *text, size_t len)
{
    struct piece p = dmarc_record_trim(text, len);
    struct mail_report *r = d->r;
    switch (role) {
    case DMARC_ORG_NAME: dmarc_record_clean(p, r->reporter, sizeof r->reporter); break;
    case DMARC_REPORT_ID: dmarc_record_report_id(r, p); break;
    case DMARC_BEGIN: r->begin = r->begin ? r->begin : dmarc_record_seconds(p); break;
    case DMARC_END: r->end = r->end ? r->end : dmarc_record_seconds(p); break;
    case DMARC_POLICY_DOMAIN:
        if (!r->domain[0])
            report_domain(p.s, p.len, r->domain);
        break;
    case DMARC_SOURCE_IP: dmarc_record_address(d, p); break;
    case DMARC_COUNT: d->has_count = dmarc_record_number(p, REPORT_COUNT_MAX, &d->row.count); break;
    case DMARC_DISPOSITION: d->row.disposition = dmarc_record_disposition(p); break;
    case DMARC_DKIM: d->row.dkim = dmarc_record_result(p); break;
    case DMARC_SPF: d->row.spf = dmarc_record_result(p); break;
    case DMARC_REASON_TYPE: d->row.reasons |= dmarc_record_reason(p); break;
    case DMARC_HEADER_FROM: d->row.header_from = dmarc_record_name(d, p); break;
    case DMARC_ENVELOPE_FROM: d->row.envelope_from = dmarc_record_name(d, p); break;
    case DMARC_RESULT_DOMAIN: d->auth.domain = dmarc_record_name(d, p); break;
    case DMARC_RESULT_SELECTOR: d->auth.selector = dmarc_record_name(d, p); break;
    case DMARC_RESULT_WORD: d->auth.result = dmarc_record_result(p); break;
    case DMARC_RESULT_SCOPE: d->auth.helo = dmarc_record_piece_is(p, "helo"); break;
    default: break;
    }
}

static void dmarc_record_add_auth(struct dmarc_record *d)
{
    struct mail_report *r = d->r;
    if (!d->auth.domain[0] || r->auth_count - d->auths_before >= DMARC_RECORD_AUTHS)
        return;
    if (r->auth_count >= DMARC_AUTHS_MAX) {
        d->problem = "it has too many results";
        return;
    }
    if (r->auth_count == d->auth_room) {
        d->auth_room = d->auth_room ? d->auth_room + d->auth_room / 2 : 16;
        r->auths = mem_grow(r->auths, d->auth_room, sizeof *r->auths);
    }
    r->auths[r->auth_count++] = d->auth;
}

/* A record is useful only if it has an address and a count of mails. */
static void dmarc_record_add_row(struct dmarc_record *d)
{
    struct mail_report *r = d->r;
    d->open = false;
    if (!d->row.ip.family || !d->has_count || d->row.count == 0) {
        r->skipped++;
        r->auth_count = d->auths_before;
        return;
    }
    if (r->row_count == d->row_room) {
        d->row_room = d->row_room ? d->row_room + d->row_room / 2 : 8;
        r->rows = mem_grow(r->rows, d->row_room, sizeof *r->rows);
    }
    d->row.first_auth = d->auths_before;
    d->row.auth_count = r->auth_count - d->auths_before;
    r->rows[r->row_count++] = d->row;
}

void dmarc_record_begin(struct dmarc_record *d, enum dmarc_role role)
{
    if (role == DMARC_RESULT_DKIM || role == DMARC_RESULT_SPF)
        d->auth =
            (struct report_auth){.domain = "", .selector = "", .dkim = role == DMARC_RESULT_DKIM};
    if (role != DMARC_RECORD)
        return;
    if (d->open) /* the previous record has no end */
        dmarc_record_add_row(d);
    if (d->r->row_count + d->r->skipped >= REPORT_ROWS_MAX)
        d->problem = "it has more than 200,000 records";
    d->open = true;
    d->has_count = false;
    d->row = (struct report_row){.header_from = "", .envelope_from = ""};
    d->auths_before = d->r->auth_count;
}

void dmarc_record_end(struct dmarc_record *d, enum dmarc_role role)
{
    if (role == DMARC_RESULT_DKIM || role == DMARC_RESULT_SPF)
        dmarc_record_add_auth(d);
    else if (role == DMARC_RECORD && d->open)
        dmarc_record_add_row(d);
}
