/* SPDX-License-Identifier: ISC */
#include "cache.h"
#include "nagios_parts.h"
#include "repmon/causes.h"
#include "repmon/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Nagios keeps 8 KiB of output, performance data included (MAX_PLUGIN_OUTPUT_LENGTH). */
#define PLUGIN_BYTES  8192
/* NAGIOS_FINDINGS_BYTES 5,600, blind lists 1,500, held channels 400, fixed words and performance
 * data 500: below 8,191. */
#define BLIND_BYTES   1500
#define NAMED_BLIND   8 /* lists named on the first line when the result is unknown */
#define NAMED_HELD    3
#define CHANNEL_BYTES 100
#define MORE_BYTES    40 /* "and 18446744073709551615 more lines" */

struct nagios {
    const struct report *report;          /* borrowed */
    const struct render_options *options; /* borrowed */
    FILE *out;                            /* borrowed */
    struct report_summary summary;
    struct nagios_findings findings;
    struct buf details; /* long output */
    size_t left_out;    /* lines of the long output that no longer fitted */
    size_t listed, critical, warning, acked, clear, unknown, counted_unknown;
    size_t unknown_acked;   /* of unknown */
    size_t unconfirmed;     /* listings that wait for another answer */
    size_t judged;          /* targets of which a DNS list proved something */
    size_t lists;           /* results of such lists, proven or not */
    size_t receivers;       /* that accepted mail: they say nothing about any list */
    bool *receiver_counted; /* owned: per list */
    bool *blind_named;      /* owned: per list, whether `blind` names it */
    struct buf blind;       /* "zen.spamhaus.org refused, …" */
    size_t blind_count;
};

static void *nagios_begin(const struct report *report, const struct render_options *options,
                          FILE *out)
{
    struct nagios *n = mem_alloc(sizeof *n);
    n->report = report;
    n->options = options;
    n->out = out;
    n->blind_named = mem_array(report->list_count, sizeof *n->blind_named);
    n->receiver_counted = mem_array(report->list_count, sizeof *n->receiver_counted);
    nagios_findings_init(&n->findings);
    buf_init(&n->details, PLUGIN_BYTES);
    buf_init(&n->blind, BLIND_BYTES);
    return n;
}

void nagios_add_clean_to(struct buf *b, const char *text, size_t max)
{
    size_t start = b->len;
    buf_clean(b, text, strlen(text), max);
    for (size_t i = start; i < b->len; i++) {
        if (b->data[i] == '|')
            b->data[i] = '/';
    }
}

void nagios_add_clean(struct buf *b, const char *text)
{
    nagios_add_clean_to(b, text, LIMIT_REASON);
}

/* "ptr missing (missing)" would say it twice. */
void nagios_add_codes(struct buf *b, const struct result *result)
{
    if (result->code_count == 1 && strcmp(result->codes[0].name, result->state) == 0)
        return;
    for (size_t i = 0; i < result->code_count; i++) {
        buf_str(b, i ? ", " : " (");
        nagios_add_clean(b, result->codes[i].name);
    }
    if (result->code_count)
        buf_char(b, ')');
}

static void nagios_add_detail(struct nagios *n, const char *address, const struct report_list *list,
                              const struct result *result)
{
    static const char *const marks[LEVEL_COUNT] = {"UNKNOWN", "OK", "INFO", "WARNING", "CRITICAL"};
    char text[2048];
    struct buf line;
    buf_init(&line, sizeof text - 1);
    buf_fmt(&line, "[%s] %s ", marks[result->level], address);
    report_list_name(n->report, list, &line);
    buf_str(&line, ": ");
    if (result->level == LEVEL_UNKNOWN)
        buf_str(&line, cause_heading(result->cause));
    else
        nagios_add_clean(&line, result->state);
    nagios_add_codes(&line, result);
    if (result->acked_until)
        buf_str(&line, ", acknowledged");
    if (n->options->verbose > 1 && result->reason && result->reason[0]) {
        buf_str(&line, ": ");
        nagios_add_clean(&line, result->reason);
    }
    if (result->url && result->url[0]) {
        buf_char(&line, ' ');
        nagios_add_clean(&line, result->url);
    }
    buf_char(&line, '\n');
    if (!line.failed && line.len <= n->details.max - n->details.len)
        buf_add(&n->details, line.data, line.len);
    else
        n->left_out++;
    buf_fini(&line);
}

static void nagios_count_unknown(struct nagios *n, const struct report_list *list, size_t j,
                                 const struct result *result, struct share share)
{
    if (cause_is_normal(result->cause))
        return;
    n->unknown++;
    n->unknown_acked += result->acked_until != 0;
    n->counted_unknown += share.counts;
    if (!share.counts || n->blind_named[j])
        return;
    n->blind_named[j] = true;
    if (n->blind_count++ >= NAMED_BLIND)
        return;
    buf_str(&n->blind, n->blind.len ? ", " : "");
    report_list_name(n->report, list, &n->blind);
    buf_fmt(&n->blind, " %s", cause_word(result->cause));
}

static void nagios_count_finding(struct nagios *n, const struct report_list *list,
                                 const struct result *result)
{
    if (!result->counts) {
        n->acked++;
        return;
    }
    n->critical += result->level == LEVEL_CRITICAL;
    n->warning += result->level == LEVEL_WARNING;
    n->listed += list->dns_list && list->kind == LIST_BLOCK;
}

static void nagios_count_ok(struct nagios *n, size_t j, bool unconfirmed)
{
    if (unconfirmed)
        return;
    if (!report_list_is_receiver(&n->report->lists[j])) {
        n->clear++;
        return;
    }
    n->receivers += !n->receiver_counted[j];
    n->receiver_counted[j] = true;
}

/* Whether "not listed" can come from it. */
static bool nagios_lists_things(const struct report_list *list)
{
    return list->dns_list && list->kind != LIST_ALLOW;
}

static void nagios_target(void *state, size_t i)
{
    struct nagios *n = state;
    const struct report *r = n->report;
    struct report_target target = {0};
    struct tally tally = {0};
    char address[CIDR_TEXT_MAX];
    r->target(r, i, &target);
    report_target_format(&target, address);
    bool judged = false, found = false;
    for (size_t j = 0; j < r->list_count; j++) {
        struct result result;
        if (!r->result(r, i, j, &result))
            continue;
        const struct report_list *list = &r->lists[j];
        struct share share = report_share(r, &result);
        tally_add(&tally, share);
        bool unconfirmed = result.pending && result.pending_finding;
        n->unconfirmed += unconfirmed;
        n->lists += nagios_lists_things(list);
        judged |= nagios_lists_things(list) && result.level != LEVEL_UNKNOWN;
        if (result.level == LEVEL_OK)
            nagios_count_ok(n, j, unconfirmed);
        else if (result.level == LEVEL_UNKNOWN)
            nagios_count_unknown(n, list, j, &result, share);
        else
            nagios_count_finding(n, list, &result);
        if (n->options->verbose > 2 || (n->options->verbose && result.level != LEVEL_OK))
            nagios_add_detail(n, address, list, &result);
        found |= result_is_finding(&result) && result.counts;
    }
    n->judged += judged;
    report_summary_add(&n->summary, tally_level(&tally));
    if (found)
        nagios_findings_add(&n->findings, r, i, address);
}

/* Alerts that can't be sent show up nowhere but here. */
static void nagios_add_held(const struct report *r, struct buf *b)
{
    size_t held = 0;
    for (size_t i = 0; i < r->outbox_count; i++) {
        const struct report_outbox *o = &r->outbox[i];
        if (o->messages == 0 || strcmp(o->state, "held") != 0 || held++ >= NAMED_HELD)
            continue;
        buf_str(b, held == 1 ? "; held: " : ", ");
        nagios_add_clean_to(b, o->channel, CHANNEL_BYTES);
    }
    if (held > NAMED_HELD)
        buf_fmt(b, ", %zu more", held - NAMED_HELD);
}

static void nagios_add_receivers(const struct nagios *n, struct buf *b)
{
    buf_fmt(b, " accepted by %zu receiver%s", n->receivers, n->receivers == 1 ? "" : "s");
}

/* Which targets it is about: of several, those of which a list proved something. */
static void nagios_add_who(const struct nagios *n, struct buf *b)
{
    const struct report *r = n->report;
    if (r->target_count == 1) {
        char address[CIDR_TEXT_MAX];
        struct report_target target = {0};
        r->target(r, 0, &target);
        report_target_format(&target, address);
        buf_str(b, address);
        return;
    }
    if (n->judged && n->judged < r->target_count)
        buf_fmt(b, "%zu of ", n->judged);
    buf_fmt(b, "%zu %s", r->target_count, report_noun(r, r->target_count));
}

/* Without a finding: "not listed" only where a DNS list proved it. */
static void nagios_add_quiet(const struct nagios *n, struct buf *b)
{
    const struct report *r = n->report;
    struct report_target target = {0};
    if (r->target_count == 1)
        r->target(r, 0, &target);
    nagios_add_who(n, b);
    if (n->unconfirmed)
        buf_str(b, " no confirmed listing");
    else if (n->judged)
        buf_str(b, n->acked ? " nothing new listed" : " not listed");
    else if (n->lists && (n->clear || n->receivers || n->acked))
        buf_str(b, ": no list proven");
    else if (n->receivers)
        nagios_add_receivers(n, b);
    else if (n->clear || n->acked)
        buf_str(b, n->acked ? " no new finding" : " no finding");
    else if (target.special && ip_is_hidden(&target.ip))
        buf_fmt(b, " is %s: can't be seen from outside, name the public address with ip =",
                target.special);
    else
        buf_str(b, ": nothing could be proven");
}

static void nagios_first_line(struct nagios *n, enum level level, struct buf *b)
{
    static const char *const states[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const struct report *r = n->report;
    buf_fmt(b, "REPMON %s - ", states[report_exit_code(level)]);
    bool quiet = !nagios_findings_write(&n->findings, r, b);
    if (quiet)
        nagios_add_quiet(n, b);
    bool mail_only = n->receivers && !n->lists && !n->clear && !n->unknown;
    if (!mail_only)
        buf_fmt(b, "; %zu clear, %zu unknown", n->clear, n->unknown);
    if (n->unknown_acked)
        buf_fmt(b, " (%zu acknowledged)", n->unknown_acked);
    if (level == LEVEL_UNKNOWN && n->blind.len) {
        buf_fmt(b, ": %s", buf_text(&n->blind));
        if (n->blind_count > NAMED_BLIND)
            buf_fmt(b, ", %zu more lists", n->blind_count - NAMED_BLIND);
    }
    if (n->receivers && (n->lists || !quiet)) {
        buf_char(b, ',');
        nagios_add_receivers(n, b);
    }
    if (n->acked)
        buf_fmt(b, ", %zu acknowledged", n->acked);
    if (n->unconfirmed)
        buf_fmt(b, ", %zu listed but not confirmed", n->unconfirmed);
    if (r->trouble) {
        buf_str(b, "; ");
        nagios_add_clean_to(b, r->trouble, LIMIT_REASON);
    }
    nagios_add_held(r, b);
}

static void nagios_perfdata(const struct nagios *n, struct buf *b)
{
    const struct report *r = n->report;
    const struct render_options *o = n->options;
    /* The age of what is said: a run that proved nothing does not make it any younger. */
    time_t from = r->last_success ? r->last_success : r->last_run;
    int64_t age = from && r->time > from ? (int64_t)(r->time - from) : 0;
    buf_fmt(b,
            " | listed=%zu;%s;%s;0 critical=%zu warning=%zu unknown=%zu acked=%zu age=%" PRId64
            "s time=%.1fs",
            n->listed, o->has_warning ? o->warning.text : "",
            o->has_critical ? o->critical.text : "", n->critical, n->warning, n->unknown, n->acked,
            age, r->elapsed_s);
}

/* Whether one more line fits beside all that comes later; if not, it is counted. */
static bool nagios_has_room(struct nagios *n, const struct buf *b)
{
    bool room = b->max - b->len >= 2 * LIMIT_REASON;
    n->left_out += !room;
    return room;
}

static void nagios_add_notes(struct nagios *n, struct buf *b)
{
    for (size_t i = 0; i < n->report->note_count && n->options->verbose; i++) {
        if (!nagios_has_room(n, b))
            continue;
        buf_str(b, "note: ");
        nagios_add_clean(b, n->report->notes[i]);
        buf_char(b, '\n');
    }
}

/* Lists that stand aside in this run, and those that do not answer, each with its cure. */
static void nagios_add_list_notes(struct nagios *n, struct buf *b)
{
    for (size_t j = 0; j < n->report->list_count && n->options->verbose; j++) {
        const struct report_list *list = &n->report->lists[j];
        bool off = list->health == HEALTH_OFF, noted = list->note && list->note[0];
        if (list->health == HEALTH_OK || (!off && !noted) || !nagios_has_room(n, b))
            continue;
        buf_fmt(b, "%s: ", health_word(list->health));
        report_list_name(n->report, list, b);
        buf_fmt(b, " (%s) ", cause_word(list->cause));
        nagios_add_clean(b, list->note ? list->note : "");
        buf_char(b, '\n');
    }
}

/* Whole lines only: what does not fit is counted, the first line always fits. */
static void nagios_add_details(struct nagios *n, struct buf *b)
{
    const char *line = buf_text(&n->details);
    for (size_t len; *line; line += len) {
        len = (size_t)(strchr(line, '\n') - line) + 1;
        if (len + MORE_BYTES > b->max - b->len)
            n->left_out++;
        else
            buf_add(b, line, len);
    }
}

static enum level nagios_end(void *state)
{
    struct nagios *n = state;
    const struct render_options *o = n->options;
    report_summary_end(&n->summary, n->report);
    enum level level = n->summary.level; /* unknown without any target */
    if (o->has_critical && threshold_alerts(&o->critical, (double)n->listed))
        level = level_worse(level, LEVEL_CRITICAL);
    else if (o->has_warning && threshold_alerts(&o->warning, (double)n->listed))
        level = level_worse(level, LEVEL_WARNING);

    struct buf b;
    buf_init(&b, PLUGIN_BYTES - 1);
    nagios_first_line(n, level, &b);
    nagios_perfdata(n, &b);
    buf_char(&b, '\n');
    nagios_add_notes(n, &b);
    nagios_add_list_notes(n, &b);
    nagios_add_details(n, &b);
    if (n->left_out)
        buf_fmt(&b, "and %zu more line%s\n", n->left_out, n->left_out == 1 ? "" : "s");
    fwrite(buf_text(&b), 1, b.len, n->out);
    buf_fini(&b);
    nagios_findings_fini(&n->findings);
    buf_fini(&n->details);
    buf_fini(&n->blind);
    free(n->blind_named);
    free(n->receiver_counted);
    free(n);
    return level;
}

const struct renderer render_nagios = {"nagios", "one plugin line with performance data",
                                       nagios_begin, nagios_target, nagios_end};
