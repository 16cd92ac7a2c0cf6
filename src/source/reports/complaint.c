/* SPDX-License-Identifier: ISC */
#include "complaint.h"

#include "received.h"
#include "report_text.h"

#include "repmon/mail_fields.h"
#include "repmon/mime.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FIELD_MAX  (16u << 10)
#define FIELDS_MAX 2000          /* read per block: mails have fewer than 100 */
#define DELAY_MAX  (90 * 86400L) /* between mail and complaint: no longer delay was ever seen */
#define JMRP_BEGIN "complaint about message from"

/* The search for the address: the first that is a target, in the order of the steps. */
struct search {
    const struct report_settings *settings;
    struct ip *out;
    bool stated; /* the receiver named an address beyond doubt */
};

static bool complaint_is_target(const struct search *s, const struct ip *ip)
{
    return s->settings->is_target && s->settings->is_target(s->settings->context, ip);
}

static void complaint_try_address(struct search *s, const char *text, size_t len)
{
    struct ip ip;
    if (!s->out->family && received_address(text, len, &ip) && complaint_is_target(s, &ip))
        *s->out = ip;
}

/* Every value after `mark` in a text: "client-ip=203.0.113.5;". */
static void complaint_try_marked(struct search *s, const char *text, const char *mark)
{
    size_t n = strlen(mark);
    for (const char *p = text; (p = strcasestr(p, mark)); p += n) {
        if (p > text && (isalnum((unsigned char)p[-1]) || p[-1] == '-'))
            continue;
        const char *value = p + n;
        size_t len = strcspn(value, " \t;,\"");
        complaint_try_address(s, value, len);
    }
}

static void complaint_step_source_ip(struct search *s, const struct mail_field *f,
                                     const char *value)
{
    struct ip ip;
    if (!mail_field_is(f, "Source-IP"))
        return;
    s->stated = s->stated || received_address(value, strlen(value), &ip);
    complaint_try_address(s, value, strlen(value));
}

static void complaint_step_spf(struct search *s, const struct mail_field *f, const char *value)
{
    if (mail_field_is(f, "Received-SPF"))
        complaint_try_marked(s, value, "client-ip=");
}

static void complaint_step_results(struct search *s, const struct mail_field *f, const char *value)
{
    if (mail_field_is(f, "Authentication-Results")) {
        complaint_try_marked(s, value, "sender IP is ");
        complaint_try_marked(s, value, "smtp.remote-ip=");
    } else if (mail_field_is(f, "X-Forefront-Antispam-Report")) {
        complaint_try_marked(s, value, "CIP:");
    }
}

static void complaint_step_received(struct search *s, const struct mail_field *f, const char *value)
{
    struct received r;
    if (!mail_field_is(f, "Received"))
        return;
    received_read(value, &r);
    for (size_t i = 0; i < r.ip_count && !s->out->family; i++)
        if (complaint_is_target(s, &r.ip[i]))
            *s->out = r.ip[i];
}

typedef void step(struct search *s, const struct mail_field *f, const char *value);

static void complaint_take_step(struct search *s, step *take, const char *text, size_t len,
                                bool all)
{
    struct buf value;
    struct mail_field f;
    buf_init(&value, FIELD_MAX);
    size_t at = 0;
    for (int i = 0; text && i < FIELDS_MAX && !s->out->family; i++) {
        bool more =
            all ? mail_field_next_of_all(text, len, &at, &f) : mail_field_next(text, len, &at, &f);
        if (!more)
            break;
        take(s, &f, mail_field_text(&f, &value));
    }
    buf_fini(&value);
}

static void complaint_find_address(const struct complaint_text *t, struct search *s)
{
    static step *const proofs[] = {complaint_step_spf, complaint_step_results};
    complaint_take_step(s, complaint_step_source_ip, t->feedback, t->feedback_len, true);
    if (s->stated) /* the receiver said which; if it is not ours, neither is the complaint */
        return;
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++) {
        complaint_take_step(s, proofs[i], t->feedback, t->feedback_len, true);
        complaint_take_step(s, proofs[i], t->original, t->original_len, false);
    }
    if (complaint_is_jmrp_subject(t->subject)) {
        const char *address = t->subject + strlen(JMRP_BEGIN);
        complaint_try_address(s, address, strlen(address));
    }
    complaint_take_step(s, complaint_step_received, t->original, t->original_len, false);
}

bool complaint_is_jmrp_subject(const char *subject)
{
    return strncasecmp(subject, JMRP_BEGIN, strlen(JMRP_BEGIN)) == 0;
}

/* RFC 5965 3.5, 6430, 6591 and the drafts before them; an unknown word is an "other". */
static enum report_kind complaint_kind_of(const char *word, size_t len)
{
    static const struct {
        const char *word;
        enum report_kind kind;
    } kinds[] = {{"not-spam", REPORT_NOT_SPAM},         {"opt-out", REPORT_OPT_OUT},
                 {"opt-out-list", REPORT_OPT_OUT},      {"auth-failure", REPORT_AUTH_FAILURE},
                 {"auth_failure", REPORT_AUTH_FAILURE}, {"dkim", REPORT_AUTH_FAILURE}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].word) == len && strncasecmp(kinds[i].word, word, len) == 0)
            return kinds[i].kind;
    return REPORT_COMPLAINT;
}

/* Takes a plausible date: not later than its report, and not so early that it can't belong to it.
 */
static void complaint_take_date(struct mail_report *r, const char *value)
{
    time_t t;
    if (mime_date(value, &t) && t <= r->date + 86400 && t >= r->date - DELAY_MAX)
        r->complaint.arrived = t;
}

static void complaint_take_incidents(struct report_complaint *c, const char *value)
{
    uint32_t n = 0;
    for (; *value >= '0' && *value <= '9' && n <= REPORT_INCIDENTS_MAX; value++)
        n = n * 10 + (uint32_t)(*value - '0');
    if (n > 0 && (*value == '\0' || isspace((unsigned char)*value)))
        c->incidents = n < REPORT_INCIDENTS_MAX ? n : REPORT_INCIDENTS_MAX;
}

/* "dns; in7.provider.example" */
static void complaint_take_host(struct report_complaint *c, const char *value)
{
    const char *semicolon = strchr(value, ';');
    const char *host = semicolon ? semicolon + 1 : value;
    report_domain(host, strlen(host), c->receiver_host);
}

static void complaint_take_field(struct mail_report *r, const struct mail_field *f,
                                 const char *value, bool *has_type)
{
    struct report_complaint *c = &r->complaint;
    if (mail_field_is(f, "Feedback-Type") && !*has_type) {
        *has_type = true;
        r->kind = complaint_kind_of(value, strcspn(value, " \t;"));
    } else if (mail_field_is(f, "User-Agent")) {
        c->jmrp |= strncasecmp(value, "JMRP", 4) == 0;
    } else if (mail_field_is(f, "Arrival-Date") || mail_field_is(f, "Received-Date")) {
        complaint_take_date(r, value);
    } else if (mail_field_is(f, "Reported-Domain") && !c->domain[0]) {
        report_domain(value, strlen(value), c->domain);
    } else if (mail_field_is(f, "Incidents")) {
        complaint_take_incidents(c, value);
    } else if (mail_field_is(f, "Reporting-MTA")) {
        complaint_take_host(c, value);
    }
}

static void complaint_read_feedback(const struct complaint_text *t, struct mail_report *out)
{
    struct buf value;
    struct mail_field f;
    bool has_type = false;
    buf_init(&value, FIELD_MAX);
    size_t at = 0;
    for (int i = 0; i < FIELDS_MAX; i++) {
        if (!mail_field_next_of_all(t->feedback, t->feedback_len, &at, &f))
            break;
        complaint_take_field(out, &f, mail_field_text(&f, &value), &has_type);
    }
    buf_fini(&value);
    if (has_type)
        return;
    out->kind = REPORT_BAD;
    snprintf(out->problem, sizeof out->problem, "the feedback report has no Feedback-Type");
}

/* The server that took the mail from our address: the one the user complained to. */
static void complaint_read_original(const struct complaint_text *t, struct report_complaint *c)
{
    struct buf value;
    struct mail_field f;
    buf_init(&value, FIELD_MAX);
    size_t at = 0;
    for (int i = 0; i < FIELDS_MAX && mail_field_next(t->original, t->original_len, &at, &f); i++) {
        if (mail_field_is(&f, "X-HmXmrOriginalRecipient"))
            c->jmrp = true;
        if (!mail_field_is(&f, "Received") || c->receiver_host[0])
            continue;
        struct received r;
        received_read(mail_field_text(&f, &value), &r);
        for (size_t k = 0; c->ip.family && k < r.ip_count && !c->receiver_host[0]; k++)
            if (ip_cmp(&r.ip[k], &c->ip) == 0)
                report_domain(r.by, strlen(r.by), c->receiver_host);
    }
    buf_fini(&value);
}

void complaint_read(const struct complaint_text *t, const struct report_settings *settings,
                    struct mail_report *out)
{
    struct report_complaint *c = &out->complaint;
    c->incidents = 1;
    c->arrived = out->date;
    out->kind = REPORT_COMPLAINT;
    if (t->feedback)
        complaint_read_feedback(t, out);
    else
        c->jmrp = true;
    struct search search = {.settings = settings, .out = &c->ip};
    complaint_find_address(t, &search);
    if (t->original)
        complaint_read_original(t, c);
    if (!c->receiver_host[0])
        memcpy(c->receiver_host, out->sender, sizeof out->sender);
}
