/* SPDX-License-Identifier: ISC */
#include "cache.h"
#include "repmon/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Series cost memory in every Prometheus that scrapes them: both families are capped. */
#define MAX_LISTED  1000
#define MAX_TARGETS 1000
#define MAX_BYTES   (1u << 20)
#define DAY_S       86400

struct prometheus {
    const struct report *report; /* borrowed */
    FILE *out;                   /* borrowed */
    struct cache memo;
    struct report_summary summary;
    size_t findings[LEVEL_COUNT];
    size_t listed[LEVEL_COUNT]; /* findings, acknowledged ones too */
    size_t targets[LEVEL_COUNT];
    size_t proven; /* targets, in the last day */
    /* Samples: all lines of a family must be adjacent. By level, since the worst are kept. */
    struct buf findings_at[LEVEL_COUNT], targets_at[LEVEL_COUNT];
};

/* The worst first. */
static const enum level prometheus_order[LEVEL_COUNT] = {LEVEL_CRITICAL, LEVEL_WARNING,
                                                         LEVEL_UNKNOWN, LEVEL_INFO, LEVEL_OK};

static void *prometheus_begin(const struct report *report, const struct render_options *options,
                              FILE *out)
{
    (void)options;
    struct prometheus *p = mem_alloc(sizeof *p);
    p->report = report;
    p->out = out;
    cache_init(&p->memo);
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        buf_init(&p->findings_at[i], MAX_BYTES);
        buf_init(&p->targets_at[i], MAX_BYTES);
    }
    return p;
}

/* key="value", escaped as the exposition format asks. */
static void prometheus_add_label(struct buf *b, const char *key, const char *value)
{
    buf_fmt(b, "%s=\"", key);
    struct buf clean;
    buf_init(&clean, 4096);
    buf_clean(&clean, value, strlen(value), LIMIT_DNS_NAME);
    for (size_t i = 0; i < clean.len; i++) {
        if (clean.data[i] == '"' || clean.data[i] == '\\')
            buf_char(b, '\\');
        buf_char(b, clean.data[i]);
    }
    buf_char(b, '"');
    buf_fini(&clean);
}

static void prometheus_family(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* A sample with up to two labels. */
static void prometheus_sample(FILE *out, const char *name, const char *key1, const char *value1,
                              const char *key2, const char *value2, double number)
{
    struct buf b;
    buf_init(&b, 4096);
    buf_str(&b, name);
    if (key1) {
        buf_char(&b, '{');
        prometheus_add_label(&b, key1, value1);
        if (key2) {
            buf_char(&b, ',');
            prometheus_add_label(&b, key2, value2);
        }
        buf_char(&b, '}');
    }
    fprintf(out, "%s %.15g\n", buf_text(&b), number);
    buf_fini(&b);
}

static void prometheus_add_listed(struct prometheus *p, const char *address, const char *label,
                                  const struct report_list *list, const struct result *result)
{
    if (result->counts)
        p->findings[result->level]++;
    if (p->listed[result->level]++ >= MAX_LISTED)
        return;
    struct buf *b = &p->findings_at[result->level];
    buf_str(b, "repmon_listed{");
    prometheus_add_label(b, "target", address);
    buf_char(b, ',');
    prometheus_add_label(b, "label", label);
    buf_char(b, ',');
    prometheus_add_label(b, "list", list->list);
    buf_fmt(b, ",severity=\"%s\",acked=\"%s\"} 1\n", level_word(result->level),
            result->acked_until ? "true" : "false");
}

static void prometheus_target(void *state, size_t i)
{
    struct prometheus *p = state;
    const struct report *r = p->report;
    struct report_target target = {0};
    char address[CIDR_TEXT_MAX];
    r->target(r, i, &target);
    report_target_format(&target, address);
    struct tally tally = cache_target_tally(&p->memo, r, i);
    enum level level = tally_level(&tally);
    p->proven += tally.newest > 0 && r->time - tally.newest < DAY_S;
    report_summary_add(&p->summary, level);
    if (p->targets[level]++ < MAX_TARGETS) {
        buf_str(&p->targets_at[level], "repmon_target_level{");
        prometheus_add_label(&p->targets_at[level], "target", address);
        buf_fmt(&p->targets_at[level], "} %d\n", report_exit_code(level));
    }
    for (size_t j = 0; j < r->list_count; j++) {
        struct cache_entry *entry =
            cache_find(&p->memo, j, r->result_class ? r->result_class(r, i, j) : 0);
        struct result result;
        if (entry && entry->share.level < LEVEL_INFO)
            continue;
        if (r->result(r, i, j, &result) && result_is_finding(&result))
            prometheus_add_listed(p, address, target.label ? target.label : "", &r->lists[j],
                                  &result);
    }
}

/* What exceeds the room is the mildest. */
static void prometheus_write_worst(const struct buf at[LEVEL_COUNT], size_t room, FILE *out)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        const char *line = buf_text(&at[prometheus_order[i]]);
        for (; *line && room > 0; room--) {
            size_t len = strcspn(line, "\n") + 1;
            fwrite(line, 1, len, out);
            line += len;
        }
    }
}

static void prometheus_write_findings(const struct prometheus *p)
{
    prometheus_family(p->out, "repmon_findings",
                      "Findings that are not acknowledged, by severity.");
    for (enum level level = LEVEL_INFO; level < LEVEL_COUNT; level++)
        prometheus_sample(p->out, "repmon_findings", "severity", level_word(level), NULL, NULL,
                          (double)p->findings[level]);
    if (p->listed[LEVEL_INFO] + p->listed[LEVEL_WARNING] + p->listed[LEVEL_CRITICAL]) {
        prometheus_family(p->out, "repmon_listed", "1 for every finding; at most 1000, the worst.");
        prometheus_write_worst(p->findings_at, MAX_LISTED, p->out);
    }
    if (p->summary.targets) {
        prometheus_family(
            p->out, "repmon_target_level",
            "Level of a target: 0 ok, 1 warning, 2 critical, 3 unknown; at most 1000, the worst.");
        prometheus_write_worst(p->targets_at, MAX_TARGETS, p->out);
    }
}

static void prometheus_write_targets(const struct prometheus *p)
{
    const struct shard *shard = &p->report->shard;
    prometheus_family(p->out, "repmon_targets", "Targets that are watched.");
    prometheus_sample(p->out, "repmon_targets", NULL, NULL, NULL, NULL, (double)p->summary.targets);
    prometheus_family(p->out, "repmon_targets_proven",
                      "Targets for which anything was proven in the last 24 hours.");
    prometheus_sample(p->out, "repmon_targets_proven", NULL, NULL, NULL, NULL, (double)p->proven);
    if (!shard->count)
        return;
    prometheus_family(p->out, "repmon_shard", "Number of this monitor among its shards, from 1.");
    prometheus_sample(p->out, "repmon_shard", NULL, NULL, NULL, NULL, shard->number);
    prometheus_family(p->out, "repmon_shards", "How many shards there are.");
    prometheus_sample(p->out, "repmon_shards", NULL, NULL, NULL, NULL, shard->count);
}

static void prometheus_write_lists(const struct prometheus *p)
{
    const struct report *r = p->report;
    bool head = false;
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        if (list->health == HEALTH_OFF)
            continue;
        if (!head)
            prometheus_family(p->out, "repmon_list_up",
                              "1 when the list answered and passed its self-test.");
        head = true;
        prometheus_sample(p->out, "repmon_list_up", "source", list->source, "list", list->list,
                          list->health == HEALTH_OK);
    }
    head = false;
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        if (list->health == HEALTH_OFF || list->proven == 0)
            continue;
        if (!head)
            prometheus_family(p->out, "repmon_list_proven_timestamp_seconds",
                              "When the list was last proven to answer.");
        head = true;
        prometheus_sample(p->out, "repmon_list_proven_timestamp_seconds", "source", list->source,
                          "list", list->list, (double)list->proven);
    }
}

static void prometheus_write_run(const struct prometheus *p)
{
    const struct report *r = p->report;
    bool own_run = r->last_run == 0; /* check is its own run */
    time_t success = own_run && p->summary.level != LEVEL_UNKNOWN ? r->time : r->last_success;
    prometheus_family(p->out, "repmon_last_run_timestamp_seconds", "End of the last run.");
    prometheus_sample(p->out, "repmon_last_run_timestamp_seconds", NULL, NULL, NULL, NULL,
                      (double)(own_run ? r->time : r->last_run));
    if (success) {
        prometheus_family(p->out, "repmon_last_success_timestamp_seconds",
                          "End of the last run in which something could be queried.");
        prometheus_sample(p->out, "repmon_last_success_timestamp_seconds", NULL, NULL, NULL, NULL,
                          (double)success);
    }
    prometheus_family(p->out, "repmon_run_duration_seconds", "How long the last run took.");
    prometheus_sample(p->out, "repmon_run_duration_seconds", NULL, NULL, NULL, NULL,
                      own_run ? r->elapsed_s : r->last_run_s);
}

static void prometheus_write_channels(const struct prometheus *p)
{
    const struct report *r = p->report;
    if (r->outbox_count)
        prometheus_family(p->out, "repmon_outbox_messages",
                          "Messages in the outbox, by channel and state.");
    for (size_t i = 0; i < r->outbox_count; i++)
        prometheus_sample(p->out, "repmon_outbox_messages", "channel", r->outbox[i].channel,
                          "state", r->outbox[i].state, (double)r->outbox[i].messages);
    if (r->credential_count)
        prometheus_family(p->out, "repmon_credential_expiry_timestamp_seconds",
                          "When a credential expires.");
    for (size_t i = 0; i < r->credential_count; i++)
        prometheus_sample(p->out, "repmon_credential_expiry_timestamp_seconds", "account",
                          r->credentials[i].account, "kind", r->credentials[i].kind,
                          (double)r->credentials[i].expiry);
}

static void prometheus_write_answer(const struct prometheus *p, const struct report_messages *m,
                                    const char *outcome, uint64_t count)
{
    char ip[IP_TEXT_MAX] = "";
    struct buf line;
    if (m->ip.family)
        ip_format(&m->ip, ip);
    buf_init(&line, 1024);
    buf_str(&line, "repmon_receiver_messages_total{");
    prometheus_add_label(&line, "target", ip);
    buf_char(&line, ',');
    prometheus_add_label(&line, "receiver", m->receiver);
    buf_char(&line, ',');
    prometheus_add_label(&line, "outcome", outcome);
    buf_fmt(&line, "} %" PRIu64 "\n", count);
    fputs(buf_text(&line), p->out);
    buf_fini(&line);
}

static void prometheus_write_messages(const struct prometheus *p)
{
    const struct report *r = p->report;
    if (r->message_count)
        fputs("# HELP repmon_receiver_messages_total Messages that a receiver answered, by "
              "sending address, receiver and outcome.\n# TYPE repmon_receiver_messages_total "
              "counter\n",
              p->out);
    for (size_t i = 0; i < r->message_count; i++) {
        const struct report_messages *m = &r->messages[i];
        prometheus_write_answer(p, m, "accepted", m->accepted);
        prometheus_write_answer(p, m, "refused", m->refused);
        prometheus_write_answer(p, m, "throttled", m->throttled);
        prometheus_write_answer(p, m, "other", m->other);
    }
}

static void prometheus_write_mails(const struct prometheus *p)
{
    const struct report *r = p->report;
    if (r->mail_count)
        fputs("# HELP repmon_report_mails_total Mails that came through a section [reports], by "
              "kind.\n# TYPE repmon_report_mails_total counter\n",
              p->out);
    for (size_t i = 0; i < r->mail_count; i++)
        prometheus_sample(p->out, "repmon_report_mails_total", "account", r->mails[i].account,
                          "kind", r->mails[i].kind, (double)r->mails[i].mails);
}

static enum level prometheus_end(void *state)
{
    struct prometheus *p = state;
    report_summary_end(&p->summary, p->report);
    enum level level = p->summary.level;
    prometheus_write_findings(p);
    prometheus_write_targets(p);
    prometheus_write_lists(p);
    prometheus_write_messages(p);
    prometheus_write_mails(p);
    prometheus_write_run(p);
    prometheus_write_channels(p);
    prometheus_family(p->out, "repmon_build_info", "Version of repmon; the value is always 1.");
    prometheus_sample(p->out, "repmon_build_info", "version", REPMON_VERSION, "instance",
                      p->report->instance, 1);
    cache_fini(&p->memo);
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        buf_fini(&p->findings_at[i]);
        buf_fini(&p->targets_at[i]);
    }
    free(p);
    return level;
}

const struct renderer render_prometheus = {"prometheus", "metrics for a textfile collector",
                                           prometheus_begin, prometheus_target, prometheus_end};
