/* SPDX-License-Identifier: ISC */
/* What tests of report mails share: our two addresses, settings, and mails made around a report. */
#ifndef REPORT_KIT_H
#define REPORT_KIT_H

#include "source/reports/report_mail.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECEIVED 1795600000 /* 2026-11-25, when all samples are there */

static inline bool kit_is_target(void *context, const struct ip *ip)
{
    char text[IP_TEXT_MAX];
    (void)context;
    ip_format(ip, text);
    return strcmp(text, "203.0.113.5") == 0 || strcmp(text, "2001:db8:25::5") == 0;
}

static const char *const kit_trust[] = {"mx1.example.org"};

static const struct report_settings kit_settings = {
    .trust = kit_trust, .trust_count = 1, .is_target = kit_is_target, .received = RECEIVED};

static inline void kit_sample(const char *name, struct buf *out)
{
    char path[512];
    snprintf(path, sizeof path, TEST_DATA "/reports/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        assert_true(buf_add(out, piece, n));
    fclose(f);
}

/* A mail with the bytes as its one attachment, of a type that says nothing. */
static inline void kit_wrap(const char *header, const void *data, size_t len, struct buf *out)
{
    buf_str(out, header);
    buf_str(out, "MIME-Version: 1.0\nContent-Type: application/octet-stream\n"
                 "Content-Transfer-Encoding: base64\n\n");
    assert_true(crypto_base64(out, data, len));
    buf_char(out, '\n');
}

/* Reads a sample: a mail as it is, anything else as an attachment. */
static inline struct mail_report kit_read(const char *name)
{
    struct mail_report r;
    struct buf sample;
    struct buf mail;
    buf_init(&sample, 64u << 20);
    buf_init(&mail, 128u << 20);
    kit_sample(name, &sample);
    if (strstr(name, ".eml"))
        buf_add(&mail, sample.data, sample.len);
    else
        kit_wrap("From: dmarc@provider.example\n", sample.data, sample.len, &mail);
    report_mail_parse(buf_text(&mail), mail.len, &kit_settings, &r);
    buf_fini(&sample);
    buf_fini(&mail);
    return r;
}

/* Reads text as a report in an attachment, or as a whole mail. */
static inline struct mail_report kit_attached(const char *text)
{
    struct mail_report r;
    struct buf mail;
    buf_init(&mail, 128u << 20);
    kit_wrap("From: dmarc@provider.example\n", text, strlen(text), &mail);
    report_mail_parse(buf_text(&mail), mail.len, &kit_settings, &r);
    buf_fini(&mail);
    return r;
}

static inline struct mail_report kit_mail(const char *text)
{
    struct mail_report r;
    report_mail_parse(text, strlen(text), &kit_settings, &r);
    return r;
}

static inline const char *kit_ip(const struct ip *ip)
{
    static char text[IP_TEXT_MAX];
    text[0] = '\0';
    if (ip->family)
        ip_format(ip, text);
    return text;
}

#endif
