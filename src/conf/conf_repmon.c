/* SPDX-License-Identifier: ISC */
/* [repmon], [targets] and [dns]. */
#include "conf_section.h"

#include "repmon/buf.h"
#include "repmon/limits.h"

#include <stdio.h>
#include <stdlib.h>

static const struct conf_word from_severity[] = {{"critical", SEV_CRITICAL},
                                                 {"major", SEV_MAJOR},
                                                 {"minor", SEV_MINOR},
                                                 {"info", SEV_INFO},
                                                 {NULL, 0}};

static const struct conf_key repmon_keys[] = {
    {GLOBAL("state", "/var/lib/repmon/state.db", "the database; its folder must be writable",
            value_file, state)},
    {GLOBAL("instance", "host name", "name of this monitor in ids, subjects, metrics and JSON",
            value_instance, instance),
     .most = 64, .prose = true},
    {GLOBAL("deadline", "10m", "after this time a run stops and saves what it has", value_duration,
            deadline_ms),
     .least = SECOND / 10, .most = DAY},
    {GLOBAL("confirm_listed", "1", "proven answers in a row before a listing is believed",
            value_uint, confirm_listed),
     .least = 1, .most = 100},
    {GLOBAL("confirm_cleared", "2",
            "the same before it is believed gone (after 12 h one is enough)", value_uint,
            confirm_cleared),
     .least = 1, .most = 100},
    {GLOBAL("confirm_gap", "50m", "minimum time between two answers that confirm each other",
            value_duration, confirm_gap_ms),
     .least = 0, .most = 30 * DAY},
    {GLOBAL("blind_after", "2", "bad runs in a row before a list is reported blind", value_uint,
            blind_after),
     .least = 1, .most = 1000},
    {GLOBAL("blind_severity", "major",
            "only lists of this severity or higher raise blindness alerts", value_word,
            blind_severity),
     .words = from_severity},
    {GLOBAL("stale_after", "3d",
            "warn once per list if a finding was not proven again for this long", value_duration,
            stale_after_ms),
     .least = MINUTE, .most = 10 * YEAR},
    {GLOBAL("max_age", "26h", "older state is treated as unknown", value_duration, max_age_ms),
     .least = SECOND, .most = YEAR},
    {GLOBAL("remind", "7d", "repeat open critical findings after this; 0 = never", value_duration,
            remind_ms),
     .least = 0, .most = YEAR},
    {GLOBAL("flap", "4/7d", "this many changes in this time are reported as flapping; 0 = never",
            value_flap, flap_changes),
     .least = SECOND, .most = YEAR},
    {GLOBAL("keep", "400d", "how long history, SNDS numbers and runs are kept", value_duration,
            keep_ms),
     .least = DAY, .most = 100 * YEAR},
    {GLOBAL("user", "", "started as root, become this user first", value_text, user), .most = 64},
    {GLOBAL("group", "group of the state's folder", "group that may read the state", value_text,
            group),
     .most = 64, .prose = true},
    {GLOBAL("ca_file", "", "CA certificates in addition to the system's, for HTTPS and SMTP",
            value_path, ca_file)},
    {GLOBAL("refusals", "", "file with your own refusal texts, tried before the built-in ones",
            value_path, refusals)},
};

/* Pods of a Job get a new name in every run; ids and metrics must not change with it. */
static void conf_name_pod(struct conf_reader *r)
{
    char name[32];
    if (!r->shard_by_index || conf_given(r, "instance"))
        return;
    snprintf(name, sizeof name, "shard-%u", (unsigned)r->c->shard.number);
    free(r->c->instance);
    r->c->instance = mem_dup(name);
}

const struct conf_section conf_section_repmon = {
    .word = "repmon",
    .shown = "repmon",
    CONF_KEYS(repmon_keys),
    .settle = conf_name_pod,
};

static const struct conf_key targets_keys[] = {
    {GLOBALS("ip", "address or CIDR block, optionally followed by a label", value_target_ip),
     .least = TARGET_IP},
    {GLOBALS("host", "host name: all its A and AAAA addresses", value_target_name),
     .least = TARGET_HOST},
    {GLOBALS("spf", "domain: the ip4, ip6, a, mx and redirect of its SPF record",
             value_target_name),
     .least = TARGET_SPF},
    {GLOBALS("spf_include", "an include of those records to follow, or all; others are skipped",
             value_spf_include)},
    {GLOBALS("domain", "sending domain: its SPF, DKIM and DMARC records", value_target_name),
     .least = TARGET_DOMAIN},
    {GLOBALS("file", "file with one ADDRESS-OR-CIDR and optional label per line",
             value_target_file)},
    {GLOBALS("exclude", "address or CIDR block to leave out", value_target_ip),
     .least = TARGET_EXCLUDE},
    {GLOBAL("max_targets", "4096", "more targets than this are an error", value_u64, max_targets),
     .least = 1, .most = LIMIT_ALL_TARGETS},
    {GLOBAL("shard", "",
            "number of this monitor among several with these targets: N/COUNT, or index/COUNT",
            value_shard, shard)},
};

static void conf_check_targets(struct conf_reader *r)
{
    uint64_t shards = r->c->shard.count ? r->c->shard.count : 1;
    if (!conf_given(r, "spf"))
        conf_useless(r, "spf_include", "has no effect without spf");
    if (r->c->max_targets > shards * LIMIT_TARGETS)
        conf_complain(r, conf_given(r, "max_targets"), r->section, "max_targets",
                      "must be a whole number from 1 to 65536; with shards, that many for each");
}

const struct conf_section conf_section_targets = {
    .word = "targets",
    .shown = "targets",
    CONF_KEYS(targets_keys),
    .check = conf_check_targets,
};

static const struct conf_key dns_keys[] = {
    {ROW("resolver", true, "from /etc/resolv.conf",
         "address of a resolver, with :PORT if it is not 53; one is used at a time", value_resolver,
         0),
     .prose = true},
    {GLOBAL("timeout", "5s", "time to wait for one answer", value_duration, dns_timeout_ms),
     .least = 50, .most = MINUTE},
    {GLOBAL("tries", "2", "attempts per query", value_uint, dns_tries), .least = 1, .most = 10},
};

const struct conf_section conf_section_dns = {
    .word = "dns",
    .shown = "dns",
    CONF_KEYS(dns_keys),
};
