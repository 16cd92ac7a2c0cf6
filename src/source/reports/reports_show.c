/* SPDX-License-Identifier: ISC */
/* What came through each section [reports "NAME"], as `repmon accounts` shows it. */
#include "reports_accounts.h"

#include "../account_print.h"

#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "repmon/source_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- text ---- */

static void reports_print_time(const char *what, int64_t t, time_t now, const char *never)
{
    if (t)
        account_print_time(what, (time_t)t, now);
    else
        printf("  %-9s %s\n", what, never);
}

/* "412 dmarc, 3 complaint, 5 no report": only kinds that occurred. */
static void reports_print_kinds(const struct reports_tally *t, unsigned width)
{
    struct buf text;
    buf_init(&text, 1024);
    for (size_t i = REPORT_DMARC; i <= REPORTS_KINDS; i++) {
        enum report_kind kind = i == REPORTS_KINDS ? REPORT_NONE : (enum report_kind)i;
        if (t->kinds[kind])
            buf_fmt(&text, "%s%" PRIu64 " %s", text.len ? ", " : "", t->kinds[kind],
                    kind == REPORT_NONE ? "no report" : report_kind_word(kind));
    }
    if (text.len)
        account_print_words("mails", buf_text(&text), width);
    buf_fini(&text);
}

static void reports_print_unproven(const struct reports_tally *t, unsigned width)
{
    static const char *const why[REPORTS_PROOFS] = {
        [REPORT_PROOF_ABSENT] = "without a result from your mail server",
        [REPORT_PROOF_FAILED] = "failed the check",
        [REPORT_PROOF_STRANGER] = "not from a known reporter"};
    struct buf text;
    buf_init(&text, 1024);
    for (size_t i = 0; i < REPORT_PROVEN; i++)
        if (t->proofs[i])
            buf_fmt(&text, "%s%" PRIu64 " %s", text.len ? ", " : "", t->proofs[i], why[i]);
    if (text.len)
        account_print_words("unproven", buf_text(&text), width);
    buf_fini(&text);
}

/* Prints a line, unless the count is 0. */
static void reports_print_count(const char *what, uint64_t count, const char *of, unsigned width)
{
    char text[160 + HOST_NAME_SIZE];
    snprintf(text, sizeof text, "%" PRIu64 " %s", count, of);
    if (count)
        account_print_words(what, text, width);
}

static void reports_print_bad(const struct reports_bad *bad, unsigned width)
{
    char at[40], text[sizeof at + sizeof bad->name + sizeof bad->problem];
    clock_format_local((time_t)bad->time, at, sizeof at);
    snprintf(text, sizeof text, "%s %s: %s", at, bad->name, bad->problem);
    account_print_words("bad", text, width);
}

static void reports_show_text(const struct source_look *look, const struct conf_reports *section,
                              const struct reports_tally *t, bool first)
{
    char unwatched[64 + HOST_NAME_SIZE];
    snprintf(unwatched, sizeof unwatched, "about unwatched domains, the last about %s",
             t->unwatched_domain);
    printf("%s%s (reports)\n", first ? "" : "\n", section->name);
    if (t->trouble_since) {
        account_print_words("problem", t->trouble, look->width);
        account_print_time("since", (time_t)t->trouble_since, look->now);
    }
    reports_print_time("read", t->last_read, look->now, "never");
    reports_print_time("newest", t->last_proven, look->now, "no proven report yet");
    reports_print_kinds(t, look->width);
    reports_print_unproven(t, look->width);
    reports_print_count("twice", t->duplicates, "repeated, not counted", look->width);
    reports_print_count("odd", t->odd, "of a day that does not count (too old, or in the future)",
                        look->width);
    reports_print_count("unwatched", t->unwatched, unwatched, look->width);
    reports_print_count("unknown", t->unknown,
                        t->unknown == 1 ? "complaint, address unknown: not about a watched one"
                                        : "complaints, address unknown: not about a watched one",
                        look->width);
    for (size_t i = 0; i < t->bad_count; i++)
        reports_print_bad(&t->bad[i], look->width);
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
    json_out_text(w, "problem", t->trouble[0] ? t->trouble : NULL);
    json_out_time(w, "problem_since", (time_t)t->trouble_since);
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
    json_out_number(w, "unwatched", (int64_t)t->unwatched);
    json_out_text(w, "unwatched_domain", t->unwatched ? t->unwatched_domain : NULL);
    json_out_number(w, "address_unknown", (int64_t)t->unknown);
    reports_json_bad(w, t);
    json_out_bool(w, "expired", false);
    json_out_close(w, '}');
}

/* Reports arrive by mail, so no account is needed that could expire. */
bool reports_show(const struct source_look *look, struct json_out *json, bool first)
{
    struct reports_overview o;
    reports_recall_overview(look, &o);
    for (size_t i = 0; i < look->conf->reports_count; i++) {
        if (json)
            reports_show_json(json, &look->conf->reports[i], &o.sections[i]);
        else
            reports_show_text(look, &look->conf->reports[i], &o.sections[i], first && i == 0);
    }
    reports_overview_fini(&o);
    return false;
}
