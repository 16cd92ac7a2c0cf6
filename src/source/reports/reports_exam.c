/* SPDX-License-Identifier: ISC */
/*
 * What doctor says of the mails in which receivers report: can they be read, has the spool the
 * right owner, and can anything in them be proven at all.
 */
#include "reports_accounts.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/mailbox.h"
#include "repmon/privilege.h"
#include "repmon/source_look.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S     86400
#define LOOKED_AT 50 /* messages to open: if these can be read, so can the rest */
#define SILENT_S  (4 * DAY_S)

/* ---- what they are read from ---- */

static void reports_exam_cannot_read(const struct source_look *look, const struct conf_reports *r,
                                     const char *path, const struct error *err)
{
    char cure[160] = "correct maildir in its [reports] section", text[2048];
    if (err->class == ERR_PERMISSION)
        privilege_group_cure(path, cure, sizeof cure);
    error_format(err, text, sizeof text);
    source_say(look, DOCTOR_RED, r->name, cure, "%s", text);
}

static void reports_exam_maildir(const struct source_look *look, const struct conf_reports *r)
{
    struct error err = {0};
    const struct mailbox_options options = {.path = r->maildir, .kind = MAILBOX_MAILDIR};
    struct mailbox *m = mailbox_open(&options, &err);
    struct mailbox_message message;
    size_t all = m ? mailbox_ahead(m) : 0;
    for (size_t i = 0; m && i < LOOKED_AT && mailbox_next(m, &message); i++)
        continue;
    if (!m || mailbox_has_trouble(m, &err))
        reports_exam_cannot_read(look, r, r->maildir, &err);
    else
        source_say(look, DOCTOR_OK, r->name, "", "%zu message%s in %s", all, all == 1 ? "" : "s",
                   r->maildir);
    mailbox_close(m);
}

/* The spool's owner and members of its group may add messages. */
static bool reports_exam_may_write(const struct source_look *look, const struct conf_reports *r,
                                   const char *folder, const struct stat *st)
{
    char user[64], cure[512];
    privilege_user(user, sizeof user);
    if (access(folder, R_OK | W_OK | X_OK) != 0) {
        snprintf(cure, sizeof cure, "chown %s %.200s", user, folder);
        source_say(look, DOCTOR_RED, r->name, cure, "%s can't be written by %s: %s", folder, user,
                   strerror(errno));
        return false;
    }
    if (!(st->st_mode & S_IWOTH))
        return true;
    snprintf(cure, sizeof cure, "chmod o-rwx %.200s", folder);
    source_say(look, DOCTOR_RED, r->name, cure, "any user on this machine can put reports into %s",
               folder);
    return false;
}

static void reports_exam_spool(const struct source_look *look, const struct conf_reports *r)
{
    struct stat st;
    char *folder = spool_folder(look->conf->state, r->name);
    struct error err = {0};
    const struct mailbox_options options = {.path = folder, .kind = MAILBOX_SPOOL};
    if (stat(folder, &st) != 0) {
        source_say(look, DOCTOR_WARN, r->name, "`repmon run` creates it", "%s: %s", folder,
                   strerror(errno));
    } else if (reports_exam_may_write(look, r, folder, &st)) {
        struct mailbox *m = mailbox_open(&options, &err);
        if (m)
            source_say(look, DOCTOR_OK, r->name, "", "%zu message%s in the spool", mailbox_ahead(m),
                       mailbox_ahead(m) == 1 ? " waits" : "s wait");
        else
            reports_exam_cannot_read(look, r, folder, &err);
        mailbox_close(m);
    }
    free(folder);
}

/* ---- what came so far ---- */

static void reports_exam_proof(const struct source_look *look, const struct conf_reports *r,
                               const struct reports_tally *t)
{
    uint64_t absent = t->proofs[REPORT_PROOF_ABSENT], proven = t->proofs[REPORT_PROVEN];
    char text[256], lacking[64] = "the only report lacks";
    if (absent > 1)
        snprintf(lacking, sizeof lacking, "all %" PRIu64 " reports lack", absent);
    if (r->trust_count == 0) {
        source_say(look, DOCTOR_WARN, r->name,
                   "trust = the word after \"Authentication-Results:\" in your own mail",
                   "without trust no report can be proven, and none is judged");
    } else if (absent > 0 && proven == 0) {
        snprintf(text, sizeof text,
                 "%s an Authentication-Results of %.100s above the first foreign Received: none is "
                 "judged",
                 lacking, r->trust[0]);
        source_say(look, DOCTOR_RED, r->name,
                   "let the mail server check DKIM and add the field (rspamd, OpenDKIM, "
                   "Exim's acl), or correct trust",
                   "%s", text);
    } else if (proven > 0 && t->last_proven + SILENT_S < (int64_t)look->now) {
        char age[32];
        clock_format_age((int64_t)look->now - t->last_proven, age, sizeof age);
        snprintf(text, sizeof text, "the last proven report came %s ago", age);
        source_say(look, DOCTOR_WARN, r->name,
                   "check whether the alias or the Maildir still receives them, and rua= in the "
                   "DMARC record",
                   "%s", text);
    }
}

static void reports_exam_tally(const struct source_look *look, const struct conf_reports *r,
                               const struct reports_tally *t)
{
    char cure[64 + HOST_NAME_SIZE];
    reports_exam_proof(look, r, t);
    snprintf(cure, sizeof cure, "add domain = %s to [targets] if it is yours", t->unwatched_domain);
    if (t->unwatched > 0)
        source_say(look, DOCTOR_WARN, r->name, cure,
                   "%" PRIu64 " DMARC report%s about unwatched domains, the last about %s; not "
                   "judged",
                   t->unwatched, t->unwatched == 1 ? "" : "s", t->unwatched_domain);
    if (t->bad_count > 0)
        source_say(look, DOCTOR_WARN, r->name, "`repmon accounts` shows the last ones",
                   "%" PRIu64 " message%s could not be read", t->kinds[REPORT_BAD] + t->too_long,
                   t->kinds[REPORT_BAD] + t->too_long == 1 ? "" : "s");
}

void reports_examine(const struct source_look *look)
{
    struct reports_overview o;
    if (!report_mail_supported())
        source_say(look, DOCTOR_RED, "", "build repmon with GMime",
                   "this build of repmon can't read mail");
    if (!look->domains)
        source_say(look, DOCTOR_WARN, "", "add domain = DOMAIN to [targets]",
                   "DMARC reports are judged for the domains in [targets], and there are none");
    reports_recall_overview(look, &o);
    for (size_t i = 0; i < look->conf->reports_count; i++) {
        const struct conf_reports *r = &look->conf->reports[i];
        if (r->maildir)
            reports_exam_maildir(look, r);
        if (r->spool)
            reports_exam_spool(look, r);
        reports_exam_tally(look, r, &o.sections[i]);
    }
    reports_overview_fini(&o);
}
