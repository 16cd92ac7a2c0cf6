/* SPDX-License-Identifier: ISC */
/*
 * The mails in which receivers report: may they be read, does the spool belong to whom it must,
 * and can anything in them be proven at all.
 */
#include "doctor_state.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/mailbox.h"
#include "repmon/reports_overview.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S      86400
#define MEMORY_MAX (64u << 20)
#define LOOKED_AT  50 /* messages that are opened: who may read one may read the next */
#define SILENT_S   (4 * DAY_S)

static void doctor_say_reports(struct doctor *d, enum doctor_mark mark,
                               const struct conf_reports *r, const char *cure, const char *text)
{
    doctor_say(d, mark, "reports", r->name, cure, "%s", text);
}

/* ---- what they are read from ---- */

static void doctor_cannot_read(struct doctor *d, const struct conf_reports *r, const char *path,
                               const struct error *err)
{
    char cure[160] = "correct maildir in its [reports] section", text[2048];
    if (err->class == ERR_PERMISSION)
        doctor_group_cure(path, cure, sizeof cure);
    error_format(err, text, sizeof text);
    doctor_say_reports(d, DOCTOR_RED, r, cure, text);
}

static void doctor_maildir(struct doctor *d, const struct conf_reports *r)
{
    struct error err = {0};
    const struct mailbox_options options = {.path = r->maildir, .kind = MAILBOX_MAILDIR};
    struct mailbox *m = mailbox_open(&options, &err);
    struct mailbox_message message;
    size_t all = m ? mailbox_ahead(m) : 0;
    for (size_t i = 0; m && i < LOOKED_AT && mailbox_next(m, &message); i++)
        continue;
    if (!m || mailbox_has_trouble(m, &err))
        doctor_cannot_read(d, r, r->maildir, &err);
    else
        doctor_say(d, DOCTOR_OK, "reports", r->name, "", "%zu message%s in %s", all,
                   all == 1 ? "" : "s", r->maildir);
    mailbox_close(m);
}

/* Who is in its group may add messages, and so may its owner. */
static bool doctor_may_write(struct doctor *d, const struct conf_reports *r, const char *folder,
                             const struct stat *st)
{
    char user[64], cure[512];
    doctor_user(user, sizeof user);
    if (access(folder, R_OK | W_OK | X_OK) != 0) {
        snprintf(cure, sizeof cure, "chown %s %.200s", user, folder);
        doctor_say(d, DOCTOR_RED, "reports", r->name, cure, "%s can't be written by %s: %s", folder,
                   user, strerror(errno));
        return false;
    }
    if (!(st->st_mode & S_IWOTH))
        return true;
    snprintf(cure, sizeof cure, "chmod o-rwx %.200s", folder);
    doctor_say(d, DOCTOR_RED, "reports", r->name, cure,
               "any user on this machine can put reports into %s", folder);
    return false;
}

static void doctor_spool(struct doctor *d, const struct conf_reports *r)
{
    struct stat st;
    char *folder = spool_folder(d->conf->state, r->name);
    struct error err = {0};
    const struct mailbox_options options = {.path = folder, .kind = MAILBOX_SPOOL};
    if (stat(folder, &st) != 0) {
        doctor_say(d, DOCTOR_WARN, "reports", r->name, "`repmon run` creates it", "%s: %s", folder,
                   strerror(errno));
    } else if (doctor_may_write(d, r, folder, &st)) {
        struct mailbox *m = mailbox_open(&options, &err);
        if (m)
            doctor_say(d, DOCTOR_OK, "reports", r->name, "", "%zu message%s in the spool",
                       mailbox_ahead(m), mailbox_ahead(m) == 1 ? " waits" : "s wait");
        else
            doctor_cannot_read(d, r, folder, &err);
        mailbox_close(m);
    }
    free(folder);
}

/* ---- what came so far ---- */

static void doctor_proof(struct doctor *d, const struct conf_reports *r,
                         const struct reports_tally *t)
{
    uint64_t absent = t->proofs[REPORT_PROOF_ABSENT], proven = t->proofs[REPORT_PROVEN];
    char text[256];
    if (r->trust_count == 0) {
        doctor_say_reports(d, DOCTOR_WARN, r,
                           "trust = the word after \"Authentication-Results:\" in your own mail",
                           "without trust no report can be proven, and none is judged");
    } else if (absent > 0 && proven == 0) {
        snprintf(text, sizeof text,
                 "none of %" PRIu64 " reports has an Authentication-Results of %.100s above the "
                 "first foreign Received: none is judged",
                 absent, r->trust[0]);
        doctor_say_reports(d, DOCTOR_RED, r,
                           "let the mail server check DKIM and add the field (rspamd, OpenDKIM, "
                           "Exim's acl), or correct trust",
                           text);
    } else if (proven > 0 && t->last_proven + SILENT_S < (int64_t)d->now) {
        char age[32];
        clock_format_age((int64_t)d->now - t->last_proven, age, sizeof age);
        snprintf(text, sizeof text, "the last proven report came %s ago", age);
        doctor_say_reports(d, DOCTOR_WARN, r,
                           "check whether the alias or the Maildir still receives them, and rua= "
                           "in the DMARC record",
                           text);
    }
}

static void doctor_tally(struct doctor *d, const struct conf_reports *r,
                         const struct reports_tally *t)
{
    doctor_proof(d, r, t);
    if (t->bad_count > 0)
        doctor_say(d, DOCTOR_WARN, "reports", r->name, "`repmon accounts` shows the last ones",
                   "%" PRIu64 " message%s could not be read", t->kinds[REPORT_BAD] + t->too_long,
                   t->kinds[REPORT_BAD] + t->too_long == 1 ? "" : "s");
}

static void doctor_recall_reports(struct doctor *d, struct reports_overview *out)
{
    struct buf memory;
    struct error err = {0};
    bool found = false;
    buf_init(&memory, MEMORY_MAX);
    if (d->store && !store_meta_parts(d->store, REPORTS_MEMORY_FACT, &memory, &found, &err))
        buf_clear(&memory); /* the check of the state says it */
    reports_overview(d->conf, buf_text(&memory), out);
    buf_fini(&memory);
}

static bool doctor_has_domain(const struct doctor *d)
{
    for (size_t i = 0; i < d->all.count; i++)
        if (ip_name(&d->all.items[i].ip))
            return true;
    return false;
}

void doctor_reports(struct doctor *d)
{
    struct reports_overview o;
    if (d->conf->reports_count == 0 || doctor_is_elsewhere(d, "reports"))
        return;
    if (!report_mail_supported())
        doctor_say(d, DOCTOR_RED, "reports", "", "build repmon with GMime",
                   "this build of repmon can't read mail");
    if (!doctor_has_domain(d))
        doctor_say(d, DOCTOR_WARN, "reports", "", "add domain = DOMAIN to [targets]",
                   "DMARC reports are judged for the domains in [targets], and there are none");
    doctor_recall_reports(d, &o);
    for (size_t i = 0; i < d->conf->reports_count; i++) {
        const struct conf_reports *r = &d->conf->reports[i];
        if (r->maildir)
            doctor_maildir(d, r);
        if (r->spool)
            doctor_spool(d, r);
        doctor_tally(d, r, &o.sections[i]);
    }
    reports_overview_fini(&o);
}
