/* SPDX-License-Identifier: ISC */
/* What came through each section [reports "NAME"], as `repmon accounts` shows it. */
#include "reports_accounts.h"

#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "repmon/source_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- text ---- */

static void reports_print_time(const char *what, int64_t t, time_t now, const char *never)
{
    char at[40], age[40];
    if (t == 0) {
        printf("  %-9s %s\n", what, never);
        return;
    }
    clock_format_local((time_t)t, at, sizeof at);
    clock_format_age(t < (int64_t)now ? (int64_t)now - t : 0, age, sizeof age);
    printf("  %-9s %s (%s ago)\n", what, at, age);
}

/* "412 dmarc, 3 complaint, 5 none": what there was any of. */
static void reports_print_kinds(const struct reports_tally *t)
{
    const char *between = "  mails     ";
    bool any = false;
    for (size_t i = REPORT_DMARC; i <= REPORTS_KINDS; i++) {
        enum report_kind kind = i == REPORTS_KINDS ? REPORT_NONE : (enum report_kind)i;
        if (t->kinds[kind] == 0)
            continue;
        printf("%s%" PRIu64 " %s", between, t->kinds[kind],
               kind == REPORT_NONE ? "no report" : report_kind_word(kind));
        between = ", ";
        any = true;
    }
    if (any)
        putchar('\n');
}

static void reports_print_unproven(const struct reports_tally *t)
{
    static const char *const why[REPORTS_PROOFS] = {
        [REPORT_PROOF_ABSENT] = "without a result from your mail server",
        [REPORT_PROOF_FAILED] = "failed the check",
        [REPORT_PROOF_STRANGER] = "not from a known reporter"};
    const char *between = "  unproven  ";
    bool any = false;
    for (size_t i = 0; i < REPORT_PROVEN; i++) {
        if (t->proofs[i] == 0)
            continue;
        printf("%s%" PRIu64 " %s", between, t->proofs[i], why[i]);
        between = ", ";
        any = true;
    }
    if (any)
        putchar('\n');
}

static void reports_print_bad(const struct reports_bad *bad)
{
    char at[40];
    clock_format_local((time_t)bad->time, at, sizeof at);
    printf("  bad       %s %s: %s\n", at, bad->name, bad->problem);
}

static void reports_show_text(const struct conf_reports *section, const struct reports_tally *t,
                              time_t now, bool first)
{
    printf("%s%s (reports)\n", first ? "" : "\n", section->name);
    reports_print_time("read", t->last_read, now, "never");
    reports_print_time("newest", t->last_proven, now, "no proven report yet");
    reports_print_kinds(t);
    reports_print_unproven(t);
    if (t->duplicates)
        printf("  twice     %" PRIu64 " repeated, not counted\n", t->duplicates);
    if (t->odd)
        printf("  odd       %" PRIu64 " of a day that does not count (too old, or in the future)\n",
               t->odd);
    if (t->unknown)
        printf("  unknown   %" PRIu64 " complaint%s, address unknown: about no watched one\n",
               t->unknown, t->unknown == 1 ? "" : "s");
    for (size_t i = 0; i < t->bad_count; i++)
        reports_print_bad(&t->bad[i]);
}

/* ---- JSON ---- */

static void reports_json_bad(struct json_out *w, const struct reports_tally *t)
{
    json_out_open(w, "bad", '[');
    for (size_t i = 0; i < t->bad_count; i++) {
        json_out_open(w, NULL, '{');
        json_out_time(w, "time", (time_t)t->bad[i].time);
        json_out_text(w, "file", t->bad[i].name);
        json_out_text(w, "problem", t->bad[i].problem);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

static void reports_show_json(struct json_out *w, const struct conf_reports *section,
                              const struct reports_tally *t)
{
    static const char *const proofs[REPORTS_PROOFS] = {[REPORT_PROOF_ABSENT] = "absent",
                                                       [REPORT_PROOF_FAILED] = "failed",
                                                       [REPORT_PROOF_STRANGER] = "stranger",
                                                       [REPORT_PROVEN] = "proven"};
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "account", section->name);
    json_out_text(w, "method", "reports");
    json_out_time(w, "read", (time_t)t->last_read);
    json_out_time(w, "newest", (time_t)t->last_proven);
    json_out_open(w, "mails", '{');
    for (size_t i = 0; i < REPORTS_KINDS; i++)
        json_out_number(w, report_kind_word((enum report_kind)i), (int64_t)t->kinds[i]);
    json_out_close(w, '}');
    json_out_open(w, "proof", '{');
    for (size_t i = 0; i < REPORTS_PROOFS; i++)
        json_out_number(w, proofs[i], (int64_t)t->proofs[i]);
    json_out_close(w, '}');
    json_out_number(w, "duplicates", (int64_t)t->duplicates);
    json_out_number(w, "odd", (int64_t)t->odd);
    json_out_number(w, "address_unknown", (int64_t)t->unknown);
    reports_json_bad(w, t);
    json_out_bool(w, "expired", false);
    json_out_close(w, '}');
}

/* What came by mail is not asked for: it can't expire. */
bool reports_show(const struct source_look *look, struct json_out *json, bool first)
{
    struct reports_overview o;
    reports_recall_overview(look, &o);
    for (size_t i = 0; i < look->conf->reports_count; i++) {
        if (json)
            reports_show_json(json, &look->conf->reports[i], &o.sections[i]);
        else
            reports_show_text(&look->conf->reports[i], &o.sections[i], look->now, first && i == 0);
    }
    reports_overview_fini(&o);
    return false;
}
