/* SPDX-License-Identifier: ISC */
/* Reads the configured mailboxes, message by message, to their ends or until the deadline. */
#include "reports_setup.h"

#include "repmon/clock.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/mailbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_MS   250         /* always allowed, however long the log took */
#define PATIENCE_S (4 * DAY_S) /* to wait for an unreadable mailbox before days are judged */

/* One mailbox of this run. */
struct reports_reading {
    struct reports_setup *s;
    const struct conf_reports *conf;
    struct reports_inbox *inbox;
    struct reports_section *section;
    bool spool; /* if not, the Maildir */
    int64_t today;
};

static void reports_wrong(struct reports_inbox *inbox, enum cause cause, const char *text)
{
    if (inbox->cause != CAUSE_NONE)
        return;
    inbox->cause = cause;
    snprintf(inbox->note, sizeof inbox->note, "%.*s", (int)sizeof inbox->note - 1, text);
}

static void reports_cannot_read(struct reports_inbox *inbox, const struct error *err)
{
    char text[sizeof err->file + sizeof err->text + 32];
    struct buf clean; /* it may hold a file name that somebody else chose */
    error_format(err, text, sizeof text);
    buf_init(&clean, 3 * sizeof text);
    buf_clean(&clean, text, strlen(text), sizeof text);
    reports_wrong(inbox, CAUSE_UNREADABLE, buf_text(&clean));
    buf_fini(&clean);
}

/* ---- what was taken ---- */

static uint64_t reports_name_hash(const struct reports_reading *r, const char *name)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_fmt(&text, "%s/%c/%s", r->conf->name, r->spool ? 's' : 'm', name);
    uint64_t hash = siphash(r->s->memory.key, buf_text(&text), text.len);
    buf_fini(&text);
    return hash;
}

static void reports_remove_later(struct reports_inbox *inbox, const char *name)
{
    if (inbox->taken_count == inbox->taken_cap) {
        inbox->taken_cap = inbox->taken_cap ? inbox->taken_cap * 2 : 64;
        inbox->taken = mem_grow(inbox->taken, inbox->taken_cap, sizeof *inbox->taken);
    }
    inbox->taken[inbox->taken_count++] = mem_dup(name);
}

/* Messages that an earlier run took but could not remove from the spool are removed now. */
static bool reports_is_known(void *ctx, const char *name)
{
    struct reports_reading *r = ctx;
    struct taken_item *item = taken_find(&r->s->memory.names, reports_name_hash(r, name));
    if (!item)
        return false;
    item->day = r->today;
    if (r->spool)
        reports_remove_later(r->inbox, name);
    return true;
}

static uint64_t reports_key(const struct reports_setup *s, const struct mail_report *r)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_fmt(&text, "%s\n%s\n%" PRId64 "\n%" PRId64 "\n", r->sender, r->id, r->begin, r->end);
    buf_add(&text, r->hash, sizeof r->hash);
    uint64_t hash = siphash(s->memory.key, buf_text(&text), text.len);
    buf_fini(&text);
    return hash;
}

/* ---- one message ---- */

static void reports_take_proven(struct reports_reading *r, const struct mail_report *report,
                                time_t received)
{
    struct reports_setup *s = r->s;
    uint64_t key = reports_key(s, report);
    if (taken_find(&s->memory.reports, key)) {
        r->section->tally.duplicates++;
        return;
    }
    taken_add(&s->memory.reports, key, r->today);
    r->section->tally.last_proven = (int64_t)s->env->now;
    reports_note_unwatched(s, r->section, report);
    if (!reports_count(s, report, received))
        r->section->tally.odd++;
    else if (report->kind == REPORT_COMPLAINT &&
             !reports_target_of(s->env->inventory, &report->complaint.ip))
        r->section->tally.unknown += report->complaint.incidents;
}

static void reports_note_bad(struct reports_reading *r, const char *name, const char *problem)
{
    struct reports_bad bad = {.time = (int64_t)r->s->env->now};
    struct buf clean;
    buf_init(&clean, sizeof bad.name - 1);
    buf_clean(&clean, name, strlen(name), sizeof bad.name - 4);
    snprintf(bad.name, sizeof bad.name, "%s", buf_text(&clean));
    snprintf(bad.problem, sizeof bad.problem, "%.*s", (int)sizeof bad.problem - 1, problem);
    buf_fini(&clean);
    reports_section_add_bad(&r->section->tally, &bad);
}

static void reports_take(struct reports_reading *r, const struct mail_report *report,
                         const struct mailbox_message *message)
{
    bool judged = report->kind >= REPORT_DMARC && report->kind <= REPORT_AUTH_FAILURE;
    r->section->tally.kinds[report->kind]++;
    if (report->kind == REPORT_BAD)
        reports_note_bad(r, message->name, report->problem);
    if (!judged)
        return;
    r->section->tally.proofs[report->proof]++;
    if (report->proof == REPORT_PROVEN)
        reports_take_proven(r, report, message->arrived);
}

static bool reports_is_target(void *context, const struct ip *ip)
{
    const struct reports_setup *s = context;
    return reports_target_of(s->env->inventory, ip) != NULL;
}

/* False: to be tried again in the next run. */
static bool reports_read_message(struct reports_reading *r, const struct mailbox_message *message,
                                 struct error *err)
{
    const struct report_settings settings = {.trust = (const char *const *)r->conf->trust,
                                             .trust_count = r->conf->trust_count,
                                             .reporters = (const char *const *)r->conf->reporters,
                                             .reporter_count = r->conf->reporter_count,
                                             .is_target = reports_is_target,
                                             .context = r->s,
                                             .received = r->s->env->now};
    struct mail_report report;
    if (message->too_long) {
        r->section->tally.too_long++;
        reports_note_bad(r, message->name, "longer than 32 MiB, which no report is");
        return true;
    }
    bool ok = report_mail_read(message->fd, &settings, &report, err);
    if (ok)
        reports_take(r, &report, message);
    report_mail_fini(&report);
    return ok;
}

/* ---- a mailbox ---- */

static bool reports_is_time_up(int64_t until_ms)
{
    return clock_mono_ms() >= until_ms || loop_interrupted();
}

static int64_t reports_until_ms(const struct hear_env *env)
{
    int64_t least = clock_mono_ms() + LEAST_MS;
    return env->deadline_ms > least ? env->deadline_ms : least;
}

static void reports_read_messages(struct reports_reading *r, struct mailbox *m)
{
    const struct hear_env *env = r->s->env;
    int64_t until_ms = reports_until_ms(env);
    struct mailbox_message message;
    struct error err = {0};
    bool more = true;
    while (more && !reports_is_time_up(until_ms)) {
        more = mailbox_next(m, &message);
        if (!more || !reports_read_message(r, &message, &err))
            continue;
        taken_add(&r->s->memory.names, reports_name_hash(r, message.name), r->today);
        if (r->spool)
            reports_remove_later(r->inbox, message.name);
    }
    if (mailbox_has_trouble(m, &err))
        reports_cannot_read(r->inbox, &err);
    if (!more)
        return;
    char text[128];
    snprintf(text, sizeof text, "%zu messages are left to the next run", mailbox_ahead(m));
    reports_wrong(r->inbox, loop_interrupted() ? CAUSE_NOT_ASKED : CAUSE_BEHIND, text);
}

static void reports_read_mailbox(struct reports_reading *r, const char *path)
{
    struct error err = {0};
    const struct mailbox_options options = {.path = path,
                                            .kind = r->spool ? MAILBOX_SPOOL : MAILBOX_MAILDIR,
                                            .is_known = reports_is_known,
                                            .ctx = r};
    struct mailbox *m = mailbox_open(&options, &err);
    if (m)
        reports_read_messages(r, m);
    else
        reports_cannot_read(r->inbox, &err);
    mailbox_close(m);
}

static void reports_read_spool(struct reports_reading *r)
{
    struct error err = {0};
    r->spool = true;
    if (spool_make(r->s->conf->state, r->conf->name, &err))
        reports_read_mailbox(r, r->inbox->spool);
    else
        reports_cannot_read(r->inbox, &err);
}

/* For `repmon accounts`: since when the mailbox can't be read. Leaving mails to the next run does
 * not count. */
static void reports_note_trouble(struct reports_reading *r)
{
    struct reports_tally *t = &r->section->tally;
    if (r->inbox->cause != CAUSE_UNREADABLE) {
        t->trouble_since = 0;
        t->trouble[0] = '\0';
        return;
    }
    if (t->trouble_since == 0)
        t->trouble_since = (int64_t)r->s->env->now;
    snprintf(t->trouble, sizeof t->trouble, "%s", r->inbox->note);
}

static void reports_read_section(struct reports_setup *s, size_t number)
{
    struct reports_reading r = {.s = s,
                                .conf = &s->conf->reports[number],
                                .inbox = &s->inboxes[number],
                                .today = reports_day((int64_t)s->env->now)};
    r.section = reports_section_of(&s->memory, r.conf->name);
    r.inbox->cause = CAUSE_NONE;
    if (r.conf->maildir)
        reports_read_mailbox(&r, r.conf->maildir);
    if (r.conf->spool)
        reports_read_spool(&r);
    reports_note_trouble(&r);
    if (r.inbox->cause != CAUSE_NONE)
        return;
    r.section->tally.last_read = (int64_t)s->env->now;
    if (r.section->tally.first_read == 0)
        r.section->tally.first_read = r.section->tally.last_read;
    reports_say_once(s, r.conf, r.section);
}

/* ---- judging ---- */

/* With several sections, the strictest numbers count. */
static struct dmarc_rules reports_dmarc_rules(const struct conf *conf)
{
    struct dmarc_rules rules = {conf->reports[0].dmarc_fail_share,
                                conf->reports[0].dmarc_min_messages};
    for (size_t i = 1; i < conf->reports_count; i++) {
        const struct conf_reports *r = &conf->reports[i];
        if (r->dmarc_fail_share < rules.fail_share)
            rules.fail_share = r->dmarc_fail_share;
        if (r->dmarc_min_messages < rules.min_messages)
            rules.min_messages = r->dmarc_min_messages;
    }
    return rules;
}

static struct complaint_rules reports_complaint_rules(const struct conf *conf)
{
    struct complaint_rules rules = {conf->reports[0].complaint_warning,
                                    conf->reports[0].complaint_critical};
    for (size_t i = 1; i < conf->reports_count; i++) {
        const struct conf_reports *r = &conf->reports[i];
        if (r->complaint_warning < rules.warning)
            rules.warning = r->complaint_warning;
        if (r->complaint_critical < rules.critical)
            rules.critical = r->complaint_critical;
    }
    return rules;
}

/* No day is judged while mails are known to wait; but a mailbox that can't be read must not hold
 * the others back for good. */
static void reports_judge_dmarc(struct reports_setup *s)
{
    int64_t wait_s = DMARC_WAIT_S;
    for (size_t i = 0; i < s->conf->reports_count; i++) {
        enum cause cause = s->inboxes[i].cause;
        if (cause == CAUSE_BEHIND || cause == CAUSE_NOT_ASKED)
            return;
        if (cause != CAUSE_NONE)
            wait_s = DMARC_WAIT_S + PATIENCE_S;
    }
    const struct dmarc_rules rules = reports_dmarc_rules(s->conf);
    dmarc_judge(&s->memory.days, reports_day((int64_t)s->env->now - wait_s) - 1, &rules);
}

static void reports_judge_complaints(struct reports_setup *s)
{
    const struct complaint_rules rules = reports_complaint_rules(s->conf);
    int64_t today = reports_day((int64_t)s->env->now);
    for (size_t i = 0; i < s->memory.complaints.count; i++) {
        struct complaint_pair *p = &s->memory.complaints.items[i];
        uint64_t accepted = 0;
        bool known = s->env->accepted && p->ip.family &&
                     s->env->accepted(s->env->accepted_ctx, p->receiver, &p->ip, &accepted);
        complaint_judge(p, today, known, accepted, &rules);
    }
}

static const char *reports_envelope_of(const struct conf *conf, const char *domain)
{
    for (size_t i = 0; i < conf->domain_count; i++)
        if (strcmp(conf->domains[i].name, domain) == 0 && conf->domains[i].envelope)
            return conf->domains[i].envelope;
    return domain;
}

static void reports_list_domains(struct reports_setup *s)
{
    const struct inventory *inventory = s->env->inventory;
    s->domain_count = 0;
    s->domains = mem_array(inventory->count + 1, sizeof *s->domains);
    s->envelopes = mem_array(inventory->count + 1, sizeof *s->envelopes);
    for (size_t i = 0; i < inventory->count; i++) {
        const char *name = ip_name(&inventory->items[i].ip);
        if (!name)
            continue;
        s->domains[s->domain_count] = name;
        s->envelopes[s->domain_count++] = reports_envelope_of(s->conf, name);
    }
}

/* With a wrong clock every report would be of an impossible day, and be used up without counting.
 */
static void reports_leave_all(struct reports_setup *s)
{
    for (size_t i = 0; i < s->conf->reports_count; i++) {
        s->inboxes[i].cause = CAUSE_NONE;
        reports_wrong(&s->inboxes[i], CAUSE_NOT_ASKED,
                      "the clock looks wrong: mails are left to the next run");
    }
}

static void reports_read_and_judge(struct reports_setup *s)
{
    for (size_t i = 0; i < s->conf->reports_count; i++)
        reports_read_section(s, i);
    reports_judge_dmarc(s);
    reports_judge_complaints(s);
    reports_memory_forget(&s->memory, reports_day((int64_t)s->env->now));
}

bool reports_hear(void *setup, const struct hear_env *env, struct error *err)
{
    struct reports_setup *s = setup;
    (void)err;
    s->off = !env->all_targets; /* `check` is about now; reports are days old */
    if (s->off || s->conf->reports_count == 0)
        return true;
    s->env = env;
    reports_list_domains(s);
    if (env->in_doubt)
        reports_leave_all(s);
    else
        reports_read_and_judge(s);
    s->env = NULL;
    return true;
}
