/* SPDX-License-Identifier: ISC */
/*
 * One mail that may be a report, read as a value: a DMARC aggregate (RFC 7489, RFC 9990), a
 * complaint (RFC 5965, Microsoft's JMRP old and new), or one of the kinds that are only counted.
 * Nothing is looked up, fetched or kept; the same bytes and settings give the same value. All text
 * of the mail is hostile: what this value holds is bounded, and its words are clean UTF-8 in lower
 * case where they are domains. Nothing about recipients, senders or subjects of mail is in it.
 *
 *     struct mail_report r;
 *     report_mail_read(fd, &settings, &r);         or report_mail_parse(bytes, len, …)
 *     … r.kind says which of the fields below are set …
 *     report_mail_fini(&r);
 *
 * A report is whole or nothing: one that is cut off, too large or against the rules is REPORT_BAD
 * with one sentence, and has no rows. Memory is that of the mail and of the rows: some kilobytes
 * for a usual report, at most about 80 MiB for the largest that the limits allow; what is packed is
 * unpacked as a stream.
 */
#ifndef REPORT_MAIL_H
#define REPORT_MAIL_H

#include "repmon/crypto.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct report_text; /* names that rows share */

enum report_kind {
    REPORT_NONE = 0,     /* no report: counted as such */
    REPORT_DMARC,        /* an aggregate: `rows` */
    REPORT_COMPLAINT,    /* abuse, fraud, virus, other; JMRP: `complaint` */
    REPORT_NOT_SPAM,     /* RFC 6430: praise, never a complaint; `complaint` is set */
    REPORT_OPT_OUT,      /* the same */
    REPORT_AUTH_FAILURE, /* RFC 6591, of DMARC's ruf: the same */
    REPORT_TLS,          /* RFC 8460: counted only */
    REPORT_BOUNCE,       /* RFC 3464: counted only */
    REPORT_BAD           /* claims to be a report and can't be read: `problem` says why */
};

/* "dmarc", "complaint", "not-spam", "opt-out", "auth-failure", "tls", "bounce", "bad", "none". */
const char *report_kind_word(enum report_kind kind);

/* Who sent it, as our own mail server states it (RFC 8601). Only PROVEN is ever judged. */
enum report_proof {
    REPORT_PROOF_ABSENT = 0, /* no Authentication-Results of `trust` above the first foreign
                                Received: our server adds none, or `trust` is not set */
    REPORT_PROOF_FAILED,     /* there is one, and nothing in it passed */
    REPORT_PROOF_STRANGER,   /* it proves `sender`, which is not a known reporter */
    REPORT_PROVEN            /* it proves `sender`, a known reporter */
};

enum report_result { REPORT_RESULT_UNKNOWN = 0, REPORT_PASS, REPORT_FAIL };

enum report_disposition {
    REPORT_DISPOSITION_UNKNOWN = 0, /* missing, or a word not in any RFC */
    REPORT_DISPOSITION_NONE,        /* delivered; RFC 9990's "pass" as well */
    REPORT_QUARANTINE,
    REPORT_REJECT
};

/* Why a receiver did not do what the policy asks: bits of report_row.reasons. */
#define REPORT_FORWARDED         1u
#define REPORT_MAILING_LIST      2u
#define REPORT_TRUSTED_FORWARDER 4u
#define REPORT_LOCAL_POLICY      8u
#define REPORT_SAMPLED_OUT       16u /* RFC 9990: policy_test_mode */
#define REPORT_OTHER_REASON      32u

/* One result of auth_results: a signature, or the SPF of an envelope or HELO domain. */
struct report_auth {
    const char *domain;        /* borrowed from the report; lower case, without the last dot; "" */
    const char *selector;      /* of a signature; the same; "" where the report gives none */
    enum report_result result; /* FAIL: the word fail; UNKNOWN: softfail, neutral, temperror, … */
    bool dkim;                 /* else SPF */
    bool helo;                 /* SPF with scope helo: not the envelope sender's */
};

struct report_row {
    struct ip ip;
    uint64_t count; /* from 1 to REPORT_COUNT_MAX */
    enum report_disposition disposition;
    enum report_result dkim, spf; /* aligned, as policy_evaluated has them */
    unsigned reasons;
    const char *header_from;       /* lower case, without the last dot; "" */
    const char *envelope_from;     /* the same; "" where the report gives none */
    size_t first_auth, auth_count; /* of report.auths */
};

/* PASS when either is aligned, FAIL when both are known not to be. */
enum report_result report_row_aligned(const struct report_row *row);

struct report_complaint {
    struct ip ip;       /* one of our targets, else family 0: "complaint, address unknown" */
    uint32_t incidents; /* 1, or what Incidents says, at most REPORT_INCIDENTS_MAX */
    time_t arrived;     /* Arrival-Date, else the date of the report, else settings.received */
    char domain[256];   /* Reported-Domain; "" */
    bool jmrp;          /* in Microsoft's form, old or new */
    /* The receiver of the complaint: an operator's word from the refusal table ("yahoo"), or ""
     * where the reporter speaks for several (Validity, Amazon SES) or is not built in. */
    char receiver[32];
    /* For these: the receiver's host from Reporting-MTA, or from the original's Received that took
     * the mail from our address; else the domain of the sender. Look it up with explain_host(). ""
     */
    char receiver_host[256];
};

struct mail_report {
    enum report_kind kind;
    char problem[256]; /* REPORT_BAD: one sentence without a full stop, clean text; else "" */

    /* Who sent the mail. */
    enum report_proof proof;
    char sender[256]; /* the proven domain; unproven the domain that From claims; "" */
    bool large;       /* so large a receiver that no second one need confirm it */

    /* Identifies a report that was taken: sender, id, begin, end, hash. */
    char id[256];       /* report_id, of a complaint the mail's Message-ID; clean, no <>; "" */
    int64_t begin, end; /* of a DMARC aggregate: the range, seconds UTC, end >= begin */
    uint8_t
        hash[SHA256_BYTES]; /* of the unpacked report: the same in a resend, whatever wraps it */

    char reporter[128]; /* org_name, else the sender's domain: clean, for people */
    time_t date;        /* of the mail; settings.received where it has none that can be true */

    /* REPORT_DMARC. */
    char domain[256];        /* policy_published: lower case, without the last dot */
    struct report_row *rows; /* owned, in the order of the report */
    size_t row_count;
    size_t skipped;            /* useless records: no address, a count below 1 or absurd */
    struct report_auth *auths; /* owned */
    size_t auth_count;
    struct report_text *text; /* owned; what rows and auths borrow from */

    /* REPORT_COMPLAINT, NOT_SPAM, OPT_OUT, AUTH_FAILURE. */
    struct report_complaint complaint;
};

#define REPORT_COUNT_MAX     1000000000000ull /* of one row: more than any receiver takes a day */
#define REPORT_INCIDENTS_MAX 10000u
#define REPORT_ROWS_MAX      200000u     /* as are the next three */
#define REPORT_MAIL_MAX      (32u << 20) /* bytes of a message */
#define REPORT_UNPACKED_MAX  (64u << 20) /* bytes of a report, and 100 for each packed byte */
#define REPORT_DEPTH_MAX     16

struct report_settings {
    /* authserv-ids of our own mail server; none: nothing is proven. Borrowed. */
    const char *const *trust;
    size_t trust_count;
    /* Further domains that may report, including their subdomains. Borrowed. */
    const char *const *reporters;
    size_t reporter_count;
    /* Whether the address is one of our targets (or in a target's /64); NULL: none is. */
    bool (*is_target)(void *context, const struct ip *ip);
    void *context;
    /* When the mail arrived here (from its file): used for dates that are missing or impossible.
     * Dates more than a day later are not believed; a DMARC range that begins later is REPORT_BAD.
     */
    time_t received;
};

/* False: repmon was built without GMime, and every mail reads as REPORT_BAD that says so. */
bool report_mail_supported(void);

/*
 * Reads the mail from the descriptor's start to its end; it must be a plain file, is not closed,
 * and its offset afterwards is unspecified. False with ERR_IO if the file can't be read: a local
 * problem, to be tried again. Otherwise true: anything wrong with the mail is in `out`. Free with
 * report_mail_fini() whatever it returns.
 */
bool report_mail_read(int fd, const struct report_settings *settings, struct mail_report *out,
                      struct error *err);

/* The same for bytes in memory. */
void report_mail_parse(const char *bytes, size_t len, const struct report_settings *settings,
                       struct mail_report *out);

void report_mail_fini(struct mail_report *r); /* zero again */

#endif
