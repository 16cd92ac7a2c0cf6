/* SPDX-License-Identifier: ISC */
#include "sender.h"

#include "auth_results.h"
#include "dmarc_whose.h"
#include "received.h"
#include "report_text.h"
#include "reporters.h"

#include "repmon/mail_fields.h"
#include "repmon/mime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELD_MAX (16u << 10)
#define OWN_HOPS  20 /* servers of our own that pass a mail on */

/* What our server states of one mail. */
struct stated {
    bool any; /* a field of ours was there */
    struct auth_statement items[AUTH_RESULTS_MAX];
    size_t count;
};

/* Whether the host is ours, judging by its name: at, below or beside the authserv-id. */
static bool sender_is_beside(const char *host, const char *id)
{
    char trust[HOST_NAME_SIZE];
    report_domain(id, strlen(id), trust);
    const char *dot = strchr(trust, '.');
    size_t first = dot ? (size_t)(dot - trust) : strlen(trust);
    if (dmarc_is_below(host, trust))
        return true;
    if (strlen(host) == first && strncmp(host, trust, first) == 0) /* its name without a domain */
        return true;
    return dot && strchr(dot + 1, '.') && dmarc_is_below(host, dot + 1);
}

/* `top`: it is from the first Received, written by the server that delivers here. */
static bool sender_is_own_host(const char *host, bool top, const struct report_settings *settings)
{
    if (strcmp(host, "localhost") == 0)
        return true;
    for (size_t i = 0; i < settings->trust_count; i++) {
        bool is_name = strchr(settings->trust[i], '.') != NULL; /* or a word like "OpenDKIM" */
        if ((top && !is_name) || sender_is_beside(host, settings->trust[i]))
            return true;
    }
    return false;
}

static bool sender_is_loopback(const struct ip *ip)
{
    const char *special = ip_special(ip);
    return special && strcmp(special, "loopback") == 0;
}

/* Whether the mail went from one of our servers to another: fields below may still be ours. */
static bool sender_is_inner_hop(const struct received *r, const struct report_settings *settings)
{
    if (!r->from[0] || strncmp(r->with, "lmtp", 4) == 0)
        return true;
    if (r->ip_count == 0)
        return sender_is_own_host(r->from, false, settings);
    const struct ip *ip = &r->ip[r->ip_count - 1]; /* after the name that the client claims */
    if (sender_is_loopback(ip))
        return true;
    bool near =
        ip_is_hidden(ip) || (settings->is_target && settings->is_target(settings->context, ip));
    return near && sender_is_own_host(r->from, false, settings);
}

static bool sender_has_method(const struct auth_statement *items, size_t count, const char *method)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].method, method) == 0)
            return true;
    return false;
}

/* Adds a field of ours: only methods that no field above it mentioned. */
static void sender_add(struct stated *s, const char *value)
{
    size_t before = s->count;
    size_t read = auth_results_read(value, s->items + before, AUTH_RESULTS_MAX - before);
    for (size_t i = before; i < before + read; i++)
        if (!sender_has_method(s->items, before, s->items[i].method))
            s->items[s->count++] = s->items[i];
    s->any = true;
}

static bool sender_is_trusted(const char *value, const struct report_settings *settings)
{
    for (size_t i = 0; i < settings->trust_count; i++)
        if (auth_results_is_by(value, settings->trust[i]))
            return true;
    return false;
}

/* Reads from the top of the header to the first Received that is not ours. */
static void sender_read_stated(const char *header, size_t len,
                               const struct report_settings *settings, struct buf *text,
                               struct stated *out)
{
    struct mail_field f;
    bool entered = false; /* the mail came from outside here: the next Received is foreign */
    int hops = 0;
    for (size_t at = 0; mail_field_next(header, len, &at, &f);) {
        if (mail_field_is(&f, "Authentication-Results")) {
            const char *value = mail_field_text(&f, text);
            if (!text->failed && sender_is_trusted(value, settings))
                sender_add(out, value);
        } else if (mail_field_is(&f, "Received")) {
            struct received r;
            received_read(mail_field_text(&f, text), &r);
            if (entered || ++hops > OWN_HOPS || !sender_is_own_host(r.by, hops == 1, settings))
                return;
            entered = !sender_is_inner_hop(&r, settings);
        }
    }
}

struct from {
    char local[80];
    char domain[256]; /* "": no From, several of them, or several mailboxes in one */
};

static void sender_read_from(const char *header, size_t len, struct buf *text, struct from *out)
{
    struct mail_field f;
    int count = 0;
    *out = (struct from){0};
    for (size_t at = 0; mail_field_next(header, len, &at, &f);) {
        if (!mail_field_is(&f, "From"))
            continue;
        count++;
        if (!mime_mailbox(mail_field_text(&f, text), out->local, sizeof out->local, out->domain,
                          sizeof out->domain))
            out->domain[0] = '\0';
    }
    if (count != 1)
        *out = (struct from){0};
    report_domain(out->domain, strlen(out->domain), out->domain);
}

/* Relaxed alignment (RFC 9989) without a list of public suffixes: one must be at or below the
 * other. */
static bool sender_is_aligned(const char *from, const char *domain)
{
    if (!from[0] || !strchr(domain, '.'))
        return false;
    return dmarc_is_below(from, domain) || dmarc_is_below(domain, from);
}

static bool sender_passed(const struct auth_statement *s, const char *method)
{
    return strcmp(s->method, method) == 0 && strcmp(s->result, "pass") == 0;
}

static bool sender_proves_from(const struct auth_statement *s, const char *from)
{
    if (sender_passed(s, "dmarc"))
        return from[0] && (!s->domain[0] || strcmp(s->domain, from) == 0);
    if (sender_passed(s, "spf"))
        return !s->helo && sender_is_aligned(from, s->domain);
    return sender_passed(s, "dkim") && sender_is_aligned(from, s->domain);
}

static bool sender_is_configured(const char *domain, const struct report_settings *settings)
{
    for (size_t i = 0; i < settings->reporter_count; i++)
        if (dmarc_is_below(domain, settings->reporters[i]))
            return true;
    return false;
}

static void sender_set(struct sender *out, enum report_proof proof, const char *domain,
                       const struct reporter *reporter)
{
    out->proof = proof;
    out->reporter = reporter;
    memcpy(out->domain, domain, strlen(domain) + 1);
}

/* First a known reporter's signature, then its aligned From, then anybody else who is proven. */
static void sender_decide(const struct stated *stated, const struct from *from,
                          const struct report_settings *settings, struct sender *out)
{
    const char *signer = NULL;
    bool from_is_proven = false;
    for (size_t i = 0; i < stated->count; i++) {
        const struct auth_statement *s = &stated->items[i];
        from_is_proven = from_is_proven || sender_proves_from(s, from->domain);
        if (!sender_passed(s, "dkim") || !s->domain[0])
            continue;
        const struct reporter *reporter = reporter_of_domain(s->domain);
        if (reporter || sender_is_configured(s->domain, settings)) {
            sender_set(out, REPORT_PROVEN, s->domain, reporter);
            return;
        }
        signer = signer ? signer : s->domain;
    }
    if (from_is_proven) {
        const struct reporter *reporter = reporter_of_mailbox(from->local, from->domain);
        bool known = reporter || sender_is_configured(from->domain, settings);
        sender_set(out, known ? REPORT_PROVEN : REPORT_PROOF_STRANGER, from->domain, reporter);
    } else if (signer) {
        sender_set(out, REPORT_PROOF_STRANGER, signer, NULL);
    } else {
        sender_set(out, stated->any ? REPORT_PROOF_FAILED : REPORT_PROOF_ABSENT, from->domain,
                   reporter_of_mailbox(from->local, from->domain));
    }
}

void sender_read(const char *header, size_t len, const struct report_settings *settings,
                 struct sender *out)
{
    struct buf text;
    struct from from;
    struct stated *stated = mem_alloc(sizeof *stated);
    *out = (struct sender){0};
    buf_init(&text, FIELD_MAX);
    sender_read_stated(header, len, settings, &text, stated);
    sender_read_from(header, len, &text, &from);
    sender_decide(stated, &from, settings, out);
    buf_fini(&text);
    free(stated);
}
