/* SPDX-License-Identifier: ISC */
/* [reports]. */
#include "conf_section.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static void conf_add_text(char ***list, size_t *count, const char *text)
{
    *list = mem_grow(*list, *count + 1, sizeof(char *));
    (*list)[(*count)++] = mem_dup(text);
}

/* RFC 8601 2.5: a token; nearly always the host's name. */
bool value_trust(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                 struct error *err)
{
    struct conf_reports *reports = r->base;
    (void)k, (void)field;
    if (strlen(value) > 255 || strpbrk(value, " \t;\"()<>,"))
        return error_set(err, ERR_CONFIG,
                         "must be the word after \"Authentication-Results:\" in your own mail, "
                         "such as mx.example.org");
    conf_add_text(&reports->trust, &reports->trust_count, value);
    return true;
}

static bool conf_add_reporter(struct conf_reports *reports, const char *word, size_t len,
                              struct error *err)
{
    char name[CONF_NAME_MAX];
    char *text = mem_ndup(word, len);
    bool ok = conf_name_parse(text, name);
    free(text);
    if (!ok)
        return error_set(err, ERR_CONFIG, "must be domains, such as example.net");
    conf_add_text(&reports->reporters, &reports->reporter_count, name);
    return true;
}

bool value_reporter(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)k, (void)field;
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, " \t");
        if (!conf_add_reporter(r->base, at, len, err))
            return false;
        at += len + strspn(at + len, " \t");
    }
    return true;
}

/* "5%", and "5" for those who left the sign out. */
bool value_percent(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                   struct error *err)
{
    size_t len = strlen(value);
    struct error unused = {0};
    char *number = mem_ndup(value, len > 0 && value[len - 1] == '%' ? len - 1 : len);
    bool ok = value_real(r, k, field, number, &unused);
    free(number);
    return ok ||
           error_set(err, ERR_CONFIG, "must be a share above 0%% and at most 100%%, such as 0.1%%");
}

/* ---- the section ---- */

#define REPORTS(...) NAMED(conf_reports, __VA_ARGS__)

static const struct conf_key reports_keys[] = {
    {REPORTS("maildir", false, "", "Maildir with report mails; it is only read", value_path,
             maildir)},
    {REPORTS("spool", false, "no", "also read what `repmon intake NAME` accepted from an alias",
             value_bool, spool)},
    {REPORTS("trust", true, "", "authserv-id of your own mail server's Authentication-Results",
             value_trust, trust)},
    {REPORTS("reporters", true, "", "further domains to accept reports from, separated by spaces",
             value_reporter, reporters)},
    {REPORTS("complaint_warning", false, "0.1%",
             "complaints as a share of what the receiver accepted in 7 days", value_percent,
             complaint_warning),
     .least = 0, .most = 100},
    {REPORTS("complaint_critical", false, "0.3%", "the same", value_percent, complaint_critical),
     .least = 0, .most = 100},
    {REPORTS("dmarc_fail_share", false, "5%", "share of a day's mail that must fail for a finding",
             value_percent, dmarc_fail_share),
     .least = 0, .most = 100},
    {REPORTS("dmarc_min_messages", false, "50", "days with less mail are not judged", value_uint,
             dmarc_min_messages),
     .least = 1, .most = 1000000},
    {REPORTS("severity", false, "minor", "severity when it can't be read", value_word, severity),
     .words = conf_severity_words},
    {REPORTS("valid_for", false, "14d", HOLDS, value_duration, valid_for_ms), .least = MINUTE,
     .most = YEAR},
};

static void conf_check_reports(struct conf_reader *r)
{
    const struct conf_reports *reports = r->base;
    if (!conf_given(r, "maildir") && !reports->spool)
        conf_missing(r, "maildir", "is missing: maildir, or spool = yes");
    if (reports->name[0] == '.')
        conf_complain(r, r->section_line, r->section, NULL,
                      "the name must not begin with a dot: it also names a folder");
    if (reports->complaint_critical < reports->complaint_warning) {
        int line = conf_given(r, "complaint_critical");
        conf_complain(r, line ? line : conf_given(r, "complaint_warning"), r->section,
                      "complaint_critical", "must not be below complaint_warning");
    }
}

static void conf_free_reports(void *row)
{
    struct conf_reports *r = row;
    conf_free_strings(r->trust, r->trust_count);
    conf_free_strings(r->reporters, r->reporter_count);
    free(r->maildir);
}

const struct conf_section conf_section_reports = {
    .word = "reports",
    .shown = "reports \"NAME\"",
    CONF_KEYS(reports_keys),
    CONF_ROWS(conf_reports, reports, reports_count, name),
    .check = conf_check_reports,
    .free = conf_free_reports,
};
