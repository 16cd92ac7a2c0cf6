/* SPDX-License-Identifier: ISC */
#include "repmon/check_run.h"

#include "repmon/clock.h"
#include "repmon/loop.h"
#include "repmon/names.h"
#include "repmon/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUT_SHOWN 5

/* The report and everything it borrows from. */
struct check {
    struct report report;
    struct session session;
    struct inventory inventory;
    struct report_list *lists; /* owned, parallel to the columns */
    struct buf url;            /* of the last result */
    struct buf heard;          /* who answered */
    struct verdict verdict;    /* of the last result */
    struct advice advice;      /* of the last result */
    char trouble[640];         /* of a name */
    time_t now;
};

/* ---- sending domains ---- */

static bool check_add_domain(const struct check_options *o, struct check *c, const char *name,
                             struct error *err)
{
    struct cidr domain = {ip_of_name(name), 128};
    return inventory_add(&c->inventory, &domain, "", 0, (struct conf_place){0},
                         o->conf->max_targets, err);
}

static bool check_is_configured(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->target_count; i++)
        if (conf->targets[i].kind == TARGET_DOMAIN && strcmp(conf->targets[i].text, name) == 0)
            return true;
    for (size_t i = 0; i < conf->domain_count; i++)
        if (strcmp(conf->domains[i].name, name) == 0)
            return true;
    return false;
}

/* What is configured as a domain, and what has no address but the records of one. */
static bool check_is_domain(const struct conf *conf, const struct name *n, struct loop *loop,
                            const struct dns_options *dns, int64_t deadline_ms)
{
    bool no_host = n->trouble == NAME_EMPTY && !n->denied;
    return check_is_configured(conf, n->name) ||
           (no_host && name_has_mail_records(n->name, loop, dns, deadline_ms));
}

/* A name can be both: what it was taken for is said. */
static bool check_take_domain(const struct check_options *o, struct check *c, const struct name *n,
                              struct error *err)
{
    if (n->count)
        session_note(&c->session, "%s is checked as a sending domain and as a host", n->name);
    else
        session_note(&c->session, "%s is checked as a sending domain: it is no host", n->name);
    return check_add_domain(o, c, n->name, err);
}

/* ---- host names ---- */

/* The configured address that a word is the label of; NULL. */
static const struct conf_target *check_labelled(const struct conf *conf, const char *word)
{
    for (size_t i = 0; i < conf->target_count; i++)
        if (conf->targets[i].kind == TARGET_IP && strcasecmp(conf->targets[i].label, word) == 0)
            return &conf->targets[i];
    return NULL;
}

static bool check_leads_nowhere(const struct conf *conf, const struct name *n, const char *cure,
                                struct error *err)
{
    char address[CIDR_TEXT_MAX];
    const struct conf_target *target = check_labelled(conf, n->name);
    if (!target)
        return error_set(err, ERR_INPUT, "%s%s", n->why, cure ? cure : "");
    cidr_format(&target->cidr, address);
    return error_set(err, ERR_INPUT, "%s; it is the label of %s: repmon check %s", n->why, address,
                     address);
}

/*
 * A name of which a part is missing could hide an address: what is there is asked about, and the
 * whole is unknown at best. One that leads nowhere is an error.
 */
static bool check_take_name(const struct check_options *o, struct check *c, const struct name *n,
                            bool domain, struct error *err)
{
    static const char *const cures[NAME_TROUBLE_COUNT] = {
        [NAME_FAILED] = "; try again, or give the addresses themselves",
        [NAME_EMPTY] = "; check the spelling, or give the addresses themselves"};
    if (domain && !check_take_domain(o, c, n, err))
        return false;
    if (n->count == 0)
        return domain || check_leads_nowhere(o->conf, n, cures[n->trouble], err);
    if (n->trouble != NAME_FINE && !c->report.trouble) {
        snprintf(c->trouble, sizeof c->trouble, "%s", n->why);
        c->report.trouble = c->trouble;
        c->report.trouble_level = LEVEL_UNKNOWN;
    }
    if (n->trouble != NAME_FINE)
        session_note(&c->session,
                     "%s; only its other addresses are checked, so the result is unknown at best",
                     n->why);
    for (size_t i = 0; i < n->count; i++) {
        if (!inventory_add(&c->inventory, &n->blocks[i], n->name, TARGET_SINGLY,
                           (struct conf_place){0}, o->conf->max_targets, err))
            return false;
    }
    return true;
}

static bool check_name_hosts(const struct check_options *o, struct names *names, struct error *err)
{
    for (size_t i = 0; i < o->host_count; i++) {
        if (names_add(names, o->hosts[i], false))
            continue;
        struct buf clean;
        buf_init(&clean, 256);
        buf_clean(&clean, o->hosts[i], strlen(o->hosts[i]), 80);
        error_set(err, ERR_USAGE, "\"%s\" is neither an address, nor a block, nor a host name",
                  buf_text(&clean));
        buf_fini(&clean);
        return false;
    }
    return true;
}

static bool check_add_hosts(const struct check_options *o, struct check *c, struct loop *loop,
                            int64_t deadline_ms, struct error *err)
{
    struct names names = {.items = NULL};
    struct dns_options dns = session_dns_options(&c->session);
    bool ok = check_name_hosts(o, &names, err);
    if (ok)
        ok = names_look_up(&names, loop, &dns, deadline_ms, err);
    for (size_t i = 0; ok && i < names.count; i++)
        ok = check_take_name(o, c, &names.items[i],
                             check_is_domain(o->conf, &names.items[i], loop, &dns, deadline_ms),
                             err);
    names_fini(&names);
    return ok;
}

static bool check_fill_inventory(const struct check_options *o, struct check *c, struct loop *loop,
                                 int64_t deadline_ms, struct error *err)
{
    for (size_t i = 0; i < o->block_count; i++) {
        bool single = o->blocks[i].len == ip_bits(&o->blocks[i].base);
        if (!inventory_add(&c->inventory, &o->blocks[i], "", single ? TARGET_SINGLY : 0,
                           (struct conf_place){0}, o->conf->max_targets, err))
            return false;
    }
    for (size_t i = 0; i < o->domain_count; i++)
        if (!check_add_domain(o, c, o->domains[i], err))
            return false;
    if (o->host_count && !check_add_hosts(o, c, loop, deadline_ms, err))
        return false;
    inventory_finish(&c->inventory, NULL, 0);
    return true;
}

/* ---- the report ---- */

static void check_report_target(const struct report *r, size_t i, struct report_target *out)
{
    const struct check *c = r->ctx;
    const struct target *t = &c->inventory.items[i];
    *out = (struct report_target){.ip = t->ip,
                                  .prefix = t->prefix,
                                  .label = inventory_label(&c->inventory, t),
                                  .special = ip_special(&t->ip)};
}

/* Lists of addresses say nothing of domains, nor those of domains of addresses: nobody asked. */
static bool check_is_of_another_kind(const struct check *c, size_t i, size_t j)
{
    bool domain = ip_name(&c->inventory.items[i].ip) != NULL;
    return results_effective(c->session.results, i, j).cause == CAUSE_NOT_APPLICABLE &&
           (domain || results_column_const(c->session.results, j)->of_domains);
}

static bool check_report_result(const struct report *r, size_t i, size_t j, struct result *out)
{
    struct check *c = r->ctx;
    const struct column *column = results_column_const(c->session.results, j);
    if (!results_counts(c->session.results, i, j) || check_is_of_another_kind(c, i, j))
        return false;
    struct outcome o = results_effective(c->session.results, i, j);
    const char *detail = results_detail(c->session.results, i, j);
    c->verdict = (struct verdict){.level = LEVEL_UNKNOWN, .cause = o.cause, .advice = ""};
    if (o.cause == CAUSE_NONE)
        session_explain(&c->session, j, o.answers, &c->verdict);
    const struct verdict *v = &c->verdict;
    bool proven = v->cause == CAUSE_NONE;
    if (column->health == HEALTH_OFF && v->level <= LEVEL_OK)
        return false;
    out->column = j;
    out->level = proven ? v->level : LEVEL_UNKNOWN;
    out->state = v->state;
    out->cause = v->cause;
    out->code_count = proven ? v->code_count : 0;
    memcpy(out->codes, v->codes, out->code_count * sizeof *v->codes);
    out->reason = detail && proven ? detail : "";
    const struct cell_times times = results_times(c->session.results, i, j);
    out->since = proven ? times.since : 0;
    out->proven = proven ? (column->proven ? column->proven : c->now) : 0;
    if (proven && times.proven)
        out->proven = times.proven;
    out->asked =
        results_get(c->session.results, i, j) && o.cause != CAUSE_NOT_APPLICABLE ? c->now : 0;
    out->acked_until = 0;
    out->ack_note = "";
    out->pending = NULL; /* without a state every answer stands for itself */
    const struct ip *ip = &c->inventory.items[i].ip;
    bool advised = out->level > LEVEL_OK &&
                   session_advise(&c->session, j, v, CAUSE_NONE, CHANGE_NONE, ip, &c->advice);
    out->advice = advised ? c->advice.text : "";
    out->delist = advised ? c->advice.delist : "";
    out->counts = true;
    buf_clear(&c->url);
    if (advised && c->advice.url[0])
        buf_str(&c->url, c->advice.url);
    else if (out->level > LEVEL_OK)
        session_url(&c->session, j, ip, true, &c->url);
    out->url = buf_text(&c->url);
    return true;
}

/* Equal outcomes of one list look alike unless a page or a reason names the address. */
static uint32_t check_result_class(const struct report *r, size_t i, size_t j)
{
    const struct check *c = r->ctx;
    uint16_t outcome = results_get(c->session.results, i, j);
    if (results_outcome(c->session.results, outcome).answers[0] ||
        check_is_of_another_kind(c, i, j))
        return 0;
    return outcome + 1u;
}

static void check_fill_lists(struct check *c)
{
    c->lists = mem_array(c->session.column_count, sizeof *c->lists);
    for (size_t j = 0; j < c->session.column_count; j++) {
        const struct column *column = results_column_const(c->session.results, j);
        c->lists[j] = (struct report_list){.source = column->source,
                                           .list = column->list,
                                           .severity = column->severity,
                                           .kind = column->kind,
                                           .dns_list = column->dns_list,
                                           .health = column->health,
                                           .cause = column->cause,
                                           .note = column->note ? column->note : "",
                                           .names_culprit = column->cures,
                                           .proven = column->proven};
    }
}

static void check_fill_report(const struct check_options *o, struct check *c, int64_t started_ms)
{
    check_fill_lists(c);
    c->report = (struct report){.instance = o->conf->instance,
                                .interrupted = loop_interrupted(),
                                .time = c->now,
                                .elapsed_s = (double)(clock_mono_ms() - started_ms) / 1000,
                                .blind_severity = o->conf->blind_severity,
                                .heard = session_heard(&c->session, c->now, &c->heard),
                                .target_count = c->inventory.count,
                                .lists = c->lists,
                                .list_count = c->session.column_count,
                                .notes = (const char *const *)c->session.notes,
                                .note_count = c->session.note_count,
                                .trouble = c->report.trouble,
                                .trouble_level = c->report.trouble_level,
                                .target = check_report_target,
                                .result = check_report_result,
                                .result_class = check_result_class,
                                .ctx = c};
}

/* Which lists had cells left that nobody was asked about. */
static void check_note_cut(struct check *c)
{
    struct buf lists;
    size_t count = 0;
    buf_init(&lists, 1024);
    for (size_t j = 0; j < c->session.column_count; j++) {
        const struct column *column = results_column_const(c->session.results, j);
        size_t row = 0;
        while (row < c->inventory.count &&
               results_effective(c->session.results, row, j).cause != CAUSE_NOT_ASKED)
            row++;
        if (row == c->inventory.count)
            continue;
        if (count++ < CUT_SHOWN)
            buf_fmt(&lists, "%s%s", count > 1 ? ", " : " Not asked completely: ", column->list);
    }
    if (count > CUT_SHOWN)
        buf_fmt(&lists, " and %zu more", count - CUT_SHOWN);
    session_note(&c->session, "%s: what had not answered by then is unknown.%s",
                 loop_interrupted() ? "interrupted by a signal" : "the deadline was reached",
                 buf_text(&lists));
    buf_fini(&lists);
}

#define HEAR_PART 4 /* of the deadline, for logs */

static bool check_hear(const struct check_options *o, struct check *c, struct loop *loop,
                       int64_t deadline_ms, struct error *err)
{
    const struct hear_env env = {.loop = loop,
                                 .inventory = &c->inventory,
                                 .now = c->now,
                                 .deadline_ms = deadline_ms,
                                 .stop = o->stop};
    return session_hear(&c->session, &env, err);
}

static bool check_ask_now(const struct check_options *o, struct check *c, struct error *err)
{
    int64_t started_ms = clock_mono_ms();
    int64_t limit_ms = o->deadline_ms ? o->deadline_ms : o->conf->deadline_ms;
    struct source_env hooks = {.check = true, .now = c->now};
    const struct session_choice choice = {
        .sources = o->sources, .source_count = o->source_count, .zones = {o->lists, o->list_count}};
    struct probe_stats stats;
    struct loop *loop = loop_new(err);
    if (!loop)
        return false;
    struct probe_options probe = {.loop = loop,
                                  .deadline_ms = started_ms + limit_ms,
                                  .stop = o->stop,
                                  .progress = o->progress,
                                  .ctx = o->ctx};
    loop_catch_signals(loop);
    bool ok = session_init(&c->session, o->conf, &choice, err) &&
              session_has_resolver(&c->session, err) &&
              check_fill_inventory(o, c, loop, probe.deadline_ms, err) &&
              check_hear(o, c, loop, started_ms + limit_ms / HEAR_PART, err) &&
              session_is_possible(&c->session, err) &&
              session_open(&c->session, &c->inventory, &hooks, err) &&
              session_run(&c->session, &probe, &stats, err);
    loop_free(loop);
    if (ok && stats.cut)
        check_note_cut(c);
    if (ok)
        check_fill_report(o, c, started_ms);
    return ok;
}

bool check_run(const struct check_options *options, struct report **out, struct error *err)
{
    struct check *c = mem_alloc(sizeof *c);
    *out = NULL;
    c->now = clock_wall();
    inventory_init(&c->inventory);
    buf_init(&c->url, LIMIT_URL);
    buf_init(&c->heard, LIMIT_REASON * 4);
    if (!check_ask_now(options, c, err)) {
        check_report_free(&c->report);
        return false;
    }
    *out = &c->report;
    return true;
}

void check_report_free(struct report *report)
{
    struct check *c = (struct check *)report; /* the report is its first member */
    if (!c)
        return;
    session_fini(&c->session);
    inventory_fini(&c->inventory);
    free(c->lists);
    buf_fini(&c->url);
    buf_fini(&c->heard);
    free(c);
}
