/* SPDX-License-Identifier: ISC */
#include "check_parts.h"

#include "repmon/clock.h"

#include <string.h>

#define CUT_SHOWN 5

static void check_report_target(const struct report *r, size_t i, struct report_target *out)
{
    const struct check *c = r->ctx;
    const struct target *t = &c->inventory.items[i];
    *out = (struct report_target){.ip = t->ip,
                                  .prefix = t->prefix,
                                  .label = inventory_label(&c->inventory, t),
                                  .special = ip_special(&t->ip)};
}

/* Address lists are not queried about domains, nor domain lists about addresses. */
static bool check_is_of_another_kind(const struct check *c, size_t i, size_t j)
{
    bool domain = ip_name(&c->inventory.items[i].ip) != NULL;
    return results_effective(c->session.results, i, j).cause == CAUSE_NOT_APPLICABLE &&
           (domain || results_column_const(c->session.results, j)->of_domains);
}

/* When it was proven: the event's time, the list's, or now. */
static time_t check_proven_at(const struct check *c, const struct column *column,
                              const struct cell_times *times)
{
    if (times->proven)
        return times->proven;
    return column->proven ? column->proven : c->now;
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
    out->proven = proven ? check_proven_at(c, column, &times) : 0;
    out->asked =
        results_get(c->session.results, i, j) && o.cause != CAUSE_NOT_APPLICABLE ? c->now : 0;
    out->acked_until = 0;
    out->ack_note = "";
    out->pending = NULL; /* without a state there is nothing to confirm */
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

/* Equal outcomes on one list look alike unless a page or a reason names the address. */
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

/* Notes the lists that had cells left unqueried. */
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
            buf_fmt(&lists, "%s%s", count > 1 ? ", " : " Not fully queried: ", column->list);
    }
    if (count > CUT_SHOWN)
        buf_fmt(&lists, " and %zu more", count - CUT_SHOWN);
    session_note(&c->session, "%s: what had not answered by then is unknown.%s",
                 loop_interrupted() ? "interrupted by a signal" : "the deadline was reached",
                 buf_text(&lists));
    buf_fini(&lists);
}

void check_report(const struct check_options *o, struct check *c)
{
    if (c->cut)
        check_note_cut(c);
    check_fill_lists(c);
    c->report = (struct report){.instance = o->conf->instance,
                                .interrupted = loop_interrupted(),
                                .time = c->now,
                                .elapsed_s = (double)(clock_mono_ms() - c->started_ms) / 1000,
                                .blind_severity = o->conf->blind_severity,
                                .own_resolver = session_resolver_is_here(&c->session),
                                .heard = session_heard(&c->session, c->now, NULL, NULL, &c->heard),
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
