/* SPDX-License-Identifier: ISC */
#include "conf_parse.h"

#include "repmon/limits.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define YEAR   (366 * DAY)

const struct conf_section conf_sections[SECTION_COUNT] = {
    [SECTION_REPMON] = {"repmon", "repmon", false},
    [SECTION_TARGETS] = {"targets", "targets", false},
    [SECTION_DNS] = {"dns", "dns", false},
    [SECTION_DNSBL] = {"dnsbl", "dnsbl", false},
    [SECTION_ZONE] = {"dnsbl", "dnsbl \"ZONE\"", true},
    [SECTION_SNDS] = {"snds", "snds \"NAME\"", true},
    [SECTION_TALOS] = {"talos", "talos", false},
    [SECTION_PTR] = {"ptr", "ptr", false},
    [SECTION_LOG] = {"log", "log \"NAME\"", true},
    [SECTION_RECEIVER] = {"receiver", "receiver \"NAME\"", true},
    [SECTION_MAIL] = {"mail", "mail \"NAME\"", true},
    [SECTION_WEBHOOK] = {"webhook", "webhook \"NAME\"", true},
    [SECTION_PROMETHEUS] = {"prometheus", "prometheus", false},
    [SECTION_PING] = {"ping", "ping", false},
};

const struct conf_word conf_severity_words[] = {{"critical", SEV_CRITICAL}, {"major", SEV_MAJOR},
                                                {"minor", SEV_MINOR},       {"info", SEV_INFO},
                                                {"off", SEV_OFF},           {NULL, 0}};
static const struct conf_word from_severity[] = {{"critical", SEV_CRITICAL},
                                                 {"major", SEV_MAJOR},
                                                 {"minor", SEV_MINOR},
                                                 {"info", SEV_INFO},
                                                 {NULL, 0}};
static const struct conf_word dnsbl_use[] = {
    {"default", DNSBL_DEFAULT}, {"all", DNSBL_ALL}, {"none", DNSBL_NONE}, {NULL, 0}};
static const struct conf_word list_kinds[] = {
    {"block", LIST_BLOCK}, {"allow", LIST_ALLOW}, {"score", LIST_SCORE}, {NULL, 0}};
static const struct conf_word snds_method[] = {{"oauth", false}, {"links", true}, {NULL, 0}};
static const struct conf_word status_404[] = {{"unknown", false}, {"empty", true}, {NULL, 0}};
static const struct conf_word talos_method[] = {{"cloud_intel", TALOS_CLOUD_INTEL},
                                                {"html", TALOS_HTML},
                                                {"dns", TALOS_DNS},
                                                {"command", TALOS_COMMAND},
                                                {NULL, 0}};
static const struct conf_word ptr_use[] = {
    {"hosts", PTR_HOSTS}, {"all", PTR_ALL}, {"none", PTR_NONE}, {NULL, 0}};
static const struct conf_word tls[] = {{"required", 0}, {"off", 1}, {"implicit", 2}, {NULL, 0}};
static const struct conf_word min_level[] = {
    {"info", LEVEL_INFO}, {"warning", LEVEL_WARNING}, {"critical", LEVEL_CRITICAL}, {NULL, 0}};
static const struct conf_word webhook_format[] = {{"repmon", WEBHOOK_REPMON},
                                                  {"slack", WEBHOOK_SLACK},
                                                  {"discord", WEBHOOK_DISCORD},
                                                  {"teams", WEBHOOK_TEAMS},
                                                  {"ntfy", WEBHOOK_NTFY},
                                                  {"pagerduty", WEBHOOK_PAGERDUTY},
                                                  {NULL, 0}};

/* A row: section, shown section, key, repeatable, default, help, parser; the rest by name. */
#define ROW(id, shown, name, many, def, text, parser, at)                                          \
    .section = (id), .info = {(shown), (name), (many), (def), (text)}, .parse = (parser),          \
    .field = (at)
#define GLOBAL(id, shown, name, def, text, parser, member)                                         \
    ROW(id, shown, name, false, def, text, parser, offsetof(struct conf, member))
#define GLOBALS(id, shown, name, text, parser)                                                     \
    ROW(id, shown, name, true, "", text, parser, 0), .prose = true

#define REPMON(...)  GLOBAL(SECTION_REPMON, "repmon", __VA_ARGS__)
#define TARGETS(...) GLOBALS(SECTION_TARGETS, "targets", __VA_ARGS__)
#define DNS(...)     GLOBAL(SECTION_DNS, "dns", __VA_ARGS__)
#define DNSBL(...)   GLOBAL(SECTION_DNSBL, "dnsbl", __VA_ARGS__)
#define TALOS(...)   GLOBAL(SECTION_TALOS, "talos", __VA_ARGS__)
#define PTR(...)     GLOBAL(SECTION_PTR, "ptr", __VA_ARGS__)
#define PING(...)    GLOBAL(SECTION_PING, "ping", __VA_ARGS__)
#define NAMED(id, shown, type, name, many, def, text, parser, member)                              \
    ROW(id, shown, name, many, def, text, parser, offsetof(struct type, member))
#define ZONE(...)    NAMED(SECTION_ZONE, "dnsbl \"ZONE\"", conf_dnsbl, __VA_ARGS__)
#define SNDS(...)    NAMED(SECTION_SNDS, "snds \"NAME\"", conf_snds, __VA_ARGS__)
#define LOG(...)      NAMED(SECTION_LOG, "log \"NAME\"", conf_log, __VA_ARGS__)
#define RECEIVER(...) NAMED(SECTION_RECEIVER, "receiver \"NAME\"", conf_receiver, __VA_ARGS__)
#define MAIL(...)    NAMED(SECTION_MAIL, "mail \"NAME\"", conf_channel, __VA_ARGS__)
#define WEBHOOK(...) NAMED(SECTION_WEBHOOK, "webhook \"NAME\"", conf_channel, __VA_ARGS__)
#define HAS(member)  .has = offsetof(struct conf_dnsbl, member)
#define HOLDS        "how long a belief lives without new proof"

const struct conf_key conf_key_table[] = {
    {REPMON("state", "/var/lib/repmon/state.db", "the database; its folder must be writable",
            value_path, state)},
    {REPMON("instance", "host name", "name of this monitor in ids, subjects, metrics and JSON",
            value_text, instance),
     .most = 64, .prose = true},
    {REPMON("deadline", "10m", "a run commits what it has by then", value_duration, deadline_ms),
     .least = SECOND / 10, .most = DAY},
    {REPMON("confirm_listed", "1", "proven answers in a row before a listing is believed",
            value_uint, confirm_listed),
     .least = 1, .most = 100},
    {REPMON("confirm_cleared", "2",
            "the same before a listing is believed gone (one suffices after 12 h)", value_uint,
            confirm_cleared),
     .least = 1, .most = 100},
    {REPMON("confirm_gap", "50m", "least time between two answers that confirm each other",
            value_duration, confirm_gap_ms),
     .least = 0, .most = 30 * DAY},
    {REPMON("blind_after", "2", "bad runs before a list is called blind", value_uint, blind_after),
     .least = 1, .most = 1000},
    {REPMON("blind_severity", "major", "only lists of this severity or above count as blind",
            value_word, blind_severity),
     .words = from_severity},
    {REPMON("stale_after", "3d",
            "tell once a list when a finding was not proven again for this long", value_duration,
            stale_after_ms),
     .least = MINUTE, .most = 10 * YEAR},
    {REPMON("max_age", "26h", "older state is treated as unknown", value_duration, max_age_ms),
     .least = SECOND, .most = YEAR},
    {REPMON("remind", "7d", "repeat open critical findings after this; 0 = never", value_duration,
            remind_ms),
     .least = 0, .most = YEAR},
    {REPMON("flap", "4/7d", "so many changes in so much time are called flapping; 0 = never",
            value_flap, flap_changes),
     .least = SECOND, .most = YEAR},
    {REPMON("keep", "400d", "history, SNDS numbers and runs are kept so long", value_duration,
            keep_ms),
     .least = DAY, .most = 100 * YEAR},
    {REPMON("user", "", "started as root, become this user first", value_text, user), .most = 64},
    {REPMON("group", "group of the state's folder", "group that may read the state", value_text,
            group),
     .most = 64, .prose = true},
    {REPMON("ca_file", "", "certificates besides the system's, for HTTPS and SMTP", value_path,
            ca_file)},
    {REPMON("refusals", "", "file of refusal texts of your own, read before the built-in ones",
            value_path, refusals)},

    {TARGETS("ip", "address or CIDR block, and a label if you like", value_target_ip),
     .least = TARGET_IP},
    {TARGETS("host", "host name: all its A and AAAA addresses", value_target_name),
     .least = TARGET_HOST},
    {TARGETS("spf", "domain: the ip4, ip6, a, mx and redirect of its SPF record",
             value_target_name),
     .least = TARGET_SPF},
    {TARGETS("spf_include", "an include of these records to follow, or all; others are not",
             value_spf_include)},
    {TARGETS("file", "file with one ADDRESS-OR-CIDR and label a line", value_target_file)},
    {TARGETS("exclude", "address or CIDR block not to watch", value_target_ip),
     .least = TARGET_EXCLUDE},
    {GLOBAL(SECTION_TARGETS, "targets", "max_targets", "4096", "more targets are an error",
            value_u64, max_targets),
     .least = 1, .most = LIMIT_TARGETS},

    {ROW(SECTION_DNS, "dns", "resolver", true, "those of /etc/resolv.conf",
         "address of a resolver, with :PORT if it is not 53; one is used at a time", value_resolver,
         0),
     .prose = true},
    {DNS("timeout", "5s", "of one try", value_duration, dns_timeout_ms), .least = 50,
     .most = MINUTE},
    {DNS("tries", "2", "of one question", value_uint, dns_tries), .least = 1, .most = 10},

    {DNSBL("use", "default", "the lists to ask: default, all or none; sections add to them",
           value_word, dnsbl_use),
     .words = dnsbl_use},
    {DNSBL("reasons", "yes", "ask the TXT record of what is listed", value_bool, dnsbl_reasons)},
    {DNSBL("catalogue", "the built-in one", "file that replaces the catalogue of lists", value_path,
           dnsbl_catalogue),
     .prose = true},
    {DNSBL("holds", "14d", HOLDS, value_duration, dnsbl_holds_ms), .least = MINUTE, .most = YEAR},

    {ZONE("severity", false, "by the catalogue's codes", "severity of all codes of the catalogue",
          value_word, severity),
     .words = conf_severity_words, HAS(has_severity), .prose = true},
    {ZONE("rate", false, "half the operator's limit, else 20", "queries a second", value_real,
          rate),
     .least = 0, .most = 1000000, HAS(has_rate), .prose = true},
    {ZONE("budget", false, "half the operator's limit", "queries a day (UTC), over all runs",
          value_u64, budget),
     .least = 1, .most = INT64_MAX, HAS(has_budget), .prose = true},
    {ZONE("every", false, "0", "ask no more often than this", value_duration, every_ms), .least = 0,
     .most = YEAR, HAS(has_every)},
    {ZONE("key_file", false, "", "file with the key that becomes part of the name",
          value_secret_file, key),
     .least = SECRET_LABEL},
    {ZONE("code", true, "the catalogue's", "ANSWER-OR-RANGE NAME SEVERITY", value_code, codes),
     .prose = true},
    {ZONE("error", true, "the catalogue's", "answer or range that means not served", value_error,
          errors),
     .prose = true},
    {ZONE("test", false, "the catalogue's", "address that is always listed, or none", value_test,
          test),
     HAS(has_test), .prose = true},
    {ZONE("kind", false, "the catalogue's, else block", "block, allow or score", value_word, kind),
     .words = list_kinds, HAS(has_kind), .prose = true},
    {ZONE("families", false, "the catalogue's, else 4; with zone6 both", "4, 6 or both",
          value_families, families),
     HAS(has_families), .prose = true},
    {ZONE("zone6", false, "the same zone", "another zone for IPv6", value_zone, zone6),
     .prose = true},
    {ZONE("url", false, "the catalogue's", "where to look an address up; {ip} is replaced",
          value_link, url),
     .prose = true},
    {ZONE("delist", false, "the catalogue's", "where to ask for removal; {ip} is replaced",
          value_link, delist),
     .prose = true},
    {ZONE("force", false, "no", "ask it although the catalogue knows it as dead or domain-only",
          value_bool, force)},
    {ZONE("warning", false, "70", "a score below this is a warning", value_real, warning),
     .least = 0, .most = 1000},
    {ZONE("critical", false, "50", "a score below this is critical", value_real, critical),
     .least = 0, .most = 1000},
    {ZONE("holds", false, "that of [dnsbl]", HOLDS, value_duration, holds_ms), .least = MINUTE,
     .most = YEAR, .prose = true},

    {SNDS("method", false, "", "oauth or links", value_flag_word, links), .words = snds_method},
    {SNDS("covers", true, "", "block of the account and day of its last attestation", value_cover,
          covers)},
    {SNDS("data_url_file", false, "", "method links: file with the address of the data report",
          value_secret_file, data_url),
     .least = SECRET_URL},
    {SNDS("status_url_file", false, "", "method links: file with the address of the status report",
          value_secret_file, status_url),
     .least = SECRET_URL},
    {SNDS("issued", false, "when first seen", "method links: day the links were made", value_date,
          issued),
     .prose = true},
    {SNDS("api", false, "built in", "method oauth: base address, for the day it moves",
          value_base_url, api),
     .prose = true},
    {SNDS("authority", false, "built in", "method oauth: base address of the login", value_base_url,
          authority),
     .prose = true},
    {SNDS("every", false, "6h", "ask no more often than this", value_duration, every_ms),
     .least = 0, .most = 30 * DAY},
    {SNDS("look_back", false, "3d", "days asked again because data arrives late", value_duration,
          look_back_ms),
     .least = DAY, .most = 90 * DAY},
    {SNDS("stale", false, "4d", "alert when the newest report is older than this", value_duration,
          stale_ms),
     .least = DAY, .most = 90 * DAY},
    {SNDS("status_404", false, "unknown",
          "what a 404 for the status report means: unknown or empty", value_flag_word,
          status_404_empty),
     .words = status_404},
    {SNDS("complaint_warning", false, "0.3", "complaint rate in percent", value_real,
          complaint_warning),
     .least = 0, .most = 100},
    {SNDS("complaint_critical", false, "1", "complaint rate in percent", value_real,
          complaint_critical),
     .least = 0, .most = 100},
    {SNDS("severity", false, "status critical, data major", "severity of its blindness", value_word,
          severity),
     .words = conf_severity_words, .has = offsetof(struct conf_snds, has_severity), .prose = true},
    {SNDS("holds", false, "7d", HOLDS, value_duration, holds_ms), .least = MINUTE, .most = YEAR},

    {TALOS("method", "", "cloud_intel, html, dns or command", value_word, talos.method),
     .words = talos_method},
    {TALOS("url", "built in", "methods cloud_intel and html: base address", value_base_url,
           talos.url),
     .prose = true},
    {TALOS("zone", "", "method dns: the zone", value_zone, talos.zone)},
    {TALOS("command", "", "method command: prints {\"ip\":…,\"score\":…,\"level\":…}", value_text,
           talos.command),
     .most = LIMIT_CONF_LINE},
    {TALOS("every", "24h", "ask no more often than this", value_duration, talos.every_ms),
     .least = 0, .most = 30 * DAY},
    {TALOS("budget", "1000", "requests a day (UTC)", value_u64, talos.budget), .least = 1,
     .most = INT64_MAX},
    {TALOS("holds", "30d", HOLDS, value_duration, talos.holds_ms), .least = MINUTE, .most = YEAR},
    {TALOS("severity", "info", "severity of its blindness", value_word, talos.severity),
     .words = conf_severity_words},

    {PTR("use", "hosts", "hosts (written singly, by host or helo, or that had a PTR), all or none",
         value_word, ptr.use),
     .words = ptr_use},
    {ROW(SECTION_PTR, "ptr", "helo", true, "", "address and the name its server says", value_helo,
         0)},
    {PTR("every", "0", "ask no more often than this", value_duration, ptr.every_ms), .least = 0,
     .most = 30 * DAY},
    {PTR("holds", "7d", HOLDS, value_duration, ptr.holds_ms), .least = MINUTE, .most = YEAR},
    {PTR("severity", "major", "severity of its blindness", value_word, ptr.severity),
     .words = conf_severity_words},

    {LOG("file", true, "", "log file to follow; may hold *", value_log_file, files)},
    {LOG("journal", false, "", "instead of file: facility mail, or a unit, of the journal",
         value_text, journal),
     .most = 256},
    {LOG("address", true, "", "own address that mail of this log leaves by", value_log_address,
         addresses)},
    {LOG("tag", true, "", "process name and the address it sends from", value_log_tag, tags)},
    {LOG("smarthost", true, "", "relay that is no receiver: nothing is heard behind it",
         value_log_smarthost, smarthosts)},
    {LOG("look_back", false, "24h", "how much of the past the first run reads", value_duration,
         look_back_ms),
     .least = 0, .most = 30 * DAY},
    {LOG("timezone", false, "the system's", "of time stamps without one, such as Europe/Berlin",
         value_timezone, timezone),
     .prose = true},
    {LOG("severity", false, "major", "severity of its blindness", value_word, severity),
     .words = conf_severity_words},
    {LOG("holds", false, "7d", HOLDS, value_duration, holds_ms), .least = MINUTE, .most = YEAR},

    {RECEIVER("severity", false, "critical", "severity of being refused there", value_word,
              severity),
     .words = conf_severity_words},
    {RECEIVER("refused_min", false, "2", "messages refused in a day", value_uint, refused_min),
     .least = 1, .most = 100000},
    {RECEIVER("refused_share", false, "20", "percent of its messages, from 20 on", value_uint,
              refused_share),
     .least = 0, .most = 100},
    {RECEIVER("throttled_min", false, "5", "messages put off in each of two hours", value_uint,
              throttled_min),
     .least = 1, .most = 100000},
    {RECEIVER("throttled_share", false, "20", "percent of its messages in these hours", value_uint,
              throttled_share),
     .least = 0, .most = 100},

    {MAIL("to", true, "", "recipient", value_mailboxes, to)},
    {MAIL("from", false, "", "sender", value_mailbox, from)},
    {MAIL("server", false, "",
          "HOST:PORT; 465 is TLS from the first byte, others STARTTLS; 587 if not given",
          value_server, host)},
    {MAIL("tls", false, "required",
          "required, implicit (from the first byte) or off (loopback server, or no password)",
          value_tls, tls_off),
     .words = tls},
    {MAIL("user", false, "", "login name at the server", value_text, user), .most = 256},
    {MAIL("password_file", false, "", "file with the password", value_secret_file, password)},
    {MAIL("command", false, "", "instead of server: a program that takes the mail on stdin",
          value_text, command),
     .most = LIMIT_CONF_LINE},
    {MAIL("min_level", false, "warning", "info, warning or critical", value_word, min_level),
     .words = min_level},
    {MAIL("only", false, "all kinds", "kinds of change, with commas: listed, delisted, …",
          value_only, only),
     .prose = true},

    {WEBHOOK("url", false, "", "address; https, or http to loopback", value_secret_url, url)},
    {WEBHOOK("url_file", false, "", "file with the address, when it is a secret", value_secret_file,
             url),
     .least = SECRET_URL},
    {WEBHOOK("format", false, "repmon", "repmon, slack, discord, teams, ntfy or pagerduty",
             value_word, format),
     .words = webhook_format},
    {WEBHOOK("secret_file", false, "", "format repmon: file with the Standard Webhooks secret",
             value_secret_file, secret),
     .least = SECRET_SIGNING},
    {WEBHOOK("token_file", false, "", "file with a bearer token", value_secret_file, token),
     .least = SECRET_WORD},
    {WEBHOOK("routing_key_file", false, "", "format pagerduty: file with the routing key",
             value_secret_file, routing_key),
     .least = SECRET_WORD},
    {WEBHOOK("min_level", false, "warning", "info, warning or critical", value_word, min_level),
     .words = min_level},
    {WEBHOOK("only", false, "all kinds", "kinds of change, with commas: listed, delisted, …",
             value_only, only),
     .prose = true},

    {GLOBAL(SECTION_PROMETHEUS, "prometheus", "textfile", "",
            "file for the textfile collector of node_exporter", value_path, prometheus_textfile)},

    {PING("url_file", "", "file with the address asked when a run completed; /fail when it did not",
          value_secret_file, ping_url),
     .least = SECRET_URL},
    {PING("url", "", "the address itself", value_secret_url, ping_url)},
};
const size_t conf_key_count = sizeof conf_key_table / sizeof conf_key_table[0];
