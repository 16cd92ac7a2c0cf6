/* SPDX-License-Identifier: ISC */
/*
 * The configuration as the program uses it: defaults filled in, units converted, relative paths
 * made absolute to the file, every value checked. Sections and keys are tables in src/conf
 * (conf_keys(), from which help, config.example and the manual are checked).
 *
 * To add a key: a field here, a row in the file of its section, a line in config.example.
 */
#ifndef REPMON_CONF_H
#define REPMON_CONF_H

#include "repmon/error.h"
#include "repmon/host_name.h"
#include "repmon/ip.h"
#include "repmon/shard.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_DEFAULT_PATH "/etc/repmon/repmon.conf"

/* Where a value was given. `file` is borrowed from the struct conf. line 0: the command line. */
struct conf_place {
    const char *file;
    int line;
};

enum target_kind {
    TARGET_IP = 0,  /* address or CIDR */
    TARGET_HOST,    /* all its A and AAAA */
    TARGET_SPF,     /* ip4, ip6, a, mx, redirect of a domain */
    TARGET_FILE,    /* "ADDRESS-OR-CIDR  label" a line */
    TARGET_EXCLUDE, /* address or CIDR */
    TARGET_DOMAIN,  /* a sending domain itself */
};

struct conf_target {
    enum target_kind kind;
    struct cidr cidr; /* TARGET_IP, TARGET_EXCLUDE */
    char *text;       /* owned: host name, domain or absolute path of the other kinds */
    char *label;      /* owned; "" for none */
    struct conf_place at;
};

/* A secret: the text itself, or nothing when its file couldn't be read. Never printed. */
struct secret {
    char *text;  /* owned; NULL: none configured or not readable. Wiped by conf_fini() */
    bool wanted; /* one is configured */
    struct conf_place at;
};

/* "127.0.0.2 manual critical": ANSWER-OR-RANGE NAME SEVERITY */
struct conf_code {
    char *match; /* owned, catalogue match syntax, checked */
    char *name;  /* owned */
    enum severity severity;
};

enum conf_family { FAMILY_4 = 1, FAMILY_6 = 2 };
#define FAMILY_NAME 4u /* beside them, where lists of domains are meant */

/* [dnsbl "zone"]: what is set overrides the catalogue; has_* tell what is set. */
struct conf_dnsbl {
    char *zone; /* owned, lower case, no trailing dot */
    struct conf_place at;
    bool has_severity, has_rate, has_budget, has_every, has_test, has_kind, has_families, force;
    bool has_domains, domains; /* it lists domains, not addresses */
    enum severity severity;
    double rate; /* queries a second */
    uint64_t budget;
    int64_t every_ms;
    char *test; /* owned: an address, with `domains` a name; NULL with has_test: "none" */
    enum list_kind kind;
    unsigned families;       /* FAMILY_4 | FAMILY_6 */
    char *zone6;             /* owned or NULL */
    char *url, *delist;      /* owned or NULL */
    struct conf_code *codes; /* owned; before the catalogue's */
    size_t code_count;
    char **errors; /* owned: answers that mean "not served" */
    size_t error_count;
    struct secret key;
    double warning, critical; /* bands of a score list; 70 and 50 */
    int64_t valid_for_ms;     /* 0: the default */
};

struct conf_cover {
    struct cidr block;
    time_t attested; /* 00:00 UTC of that day; 0: not given */
};

struct conf_snds {
    char *name;                    /* owned */
    char *status_list, *data_list; /* owned: "NAME/status", "NAME/data" */
    struct conf_place at;
    bool links; /* method = links; else oauth */
    struct conf_cover *covers;
    size_t cover_count;
    struct secret data_url, status_url;
    time_t issued;         /* 0: when first seen */
    char *api, *authority; /* owned; NULL: built-in base addresses */
    int64_t every_ms, look_back_ms, stale_ms, valid_for_ms;
    bool status_404_empty;                        /* status_404 = empty; else unknown */
    double complaint_warning, complaint_critical; /* percent: 0.3, 1 */
    bool has_severity;
    enum severity severity;
};

/* [postmaster "NAME"]: what Google says of sending domains; repmon-alerts(7), LEVELS. */
struct conf_postmaster {
    char *name;                                        /* owned */
    char *spam_list, *delivery_list, *compliance_list; /* owned: "NAME/spam", … */
    struct conf_place at;
    char **domains; /* owned; conf_load() fills in the domain targets when none is written */
    size_t domain_count;
    struct secret client;  /* JSON of an OAuth client or of a service account */
    char *subject;         /* owned; NULL: the service account speaks for itself */
    char *api, *authority; /* owned; NULL: built-in base addresses, or those of the client file */
    int64_t every_ms, look_back_ms, valid_for_ms;
    double spam_warning, spam_critical; /* percent: 0.1, 0.3 */
    enum severity severity;             /* of its blindness */
};

enum talos_method { TALOS_OFF = 0, TALOS_CLOUD_INTEL, TALOS_HTML, TALOS_DNS, TALOS_COMMAND };

struct conf_talos {
    enum talos_method method; /* TALOS_OFF: there is no section */
    struct conf_place at;
    char *url;     /* owned or NULL: base address, for tests and the day it moves */
    char *zone;    /* owned or NULL: of method = dns */
    char *command; /* owned or NULL */
    int64_t every_ms, valid_for_ms;
    uint64_t budget;        /* requests a day */
    enum severity severity; /* of its blindness */
};

enum ptr_use { PTR_NONE = 0, PTR_HOSTS, PTR_ALL };

struct conf_helo {
    struct ip ip;
    char *name; /* owned */
};

struct conf_ptr {
    enum ptr_use use; /* PTR_HOSTS by default */
    bool present;     /* the section is in the file */
    struct conf_helo *helo;
    size_t helo_count;
    int64_t every_ms, valid_for_ms;
    enum severity severity;
};

/* tag = NAME ADDRESS: what a process of that name sends leaves by this address. */
struct conf_tag {
    char *name; /* owned */
    struct ip ip;
};

/* [log "NAME"]: a mail log that is read; repmon.conf(5), [log]. */
struct conf_log {
    char *name; /* owned */
    struct conf_place at;
    char **files; /* owned: absolute, may hold * */
    size_t file_count;
    char *journal;        /* owned: a facility or a unit; NULL: files */
    struct ip *addresses; /* owned: own addresses, none or several a family */
    size_t address_count;
    struct conf_tag *tags; /* owned */
    size_t tag_count;
    char **smarthosts; /* owned: host names, or addresses */
    size_t smarthost_count;
    int64_t look_back_ms;
    char *timezone;         /* owned: of stamps without one; NULL: the system's */
    enum severity severity; /* of its blindness */
    int64_t valid_for_ms;
};

/* [domain "NAME"]: what is known of a sending domain; repmon.conf(5), [domain]. */
struct conf_domain {
    char *name; /* owned, lower case, no trailing dot */
    struct conf_place at;
    char **selectors; /* owned: DKIM selectors in use */
    size_t selector_count;
    char *envelope;       /* owned: domain of the envelope sender; NULL: the domain itself */
    struct cidr *senders; /* owned: addresses that send for it */
    size_t sender_count;
};

/* [receiver "NAME"]: when its answers are news. "others": those outside the table. */
struct conf_receiver {
    char *name; /* owned */
    struct conf_place at;
    enum severity severity;
    unsigned refused_min, refused_share, throttled_min, throttled_share; /* shares in percent */
};

/* [reports "NAME"]: mails in which receivers report; repmon.conf(5), [reports]. */
struct conf_reports {
    char *name; /* owned: a file name, too: of the spool */
    struct conf_place at;
    char *maildir; /* owned: absolute; NULL: none */
    bool spool;    /* what `repmon intake NAME` took */
    char **trust;  /* owned: authserv-ids of our own mail server */
    size_t trust_count;
    char **reporters; /* owned: further domains that may report */
    size_t reporter_count;
    double complaint_warning, complaint_critical; /* percent */
    double dmarc_fail_share;                      /* percent */
    unsigned dmarc_min_messages;
    enum severity severity; /* of its blindness */
    int64_t valid_for_ms;
};

enum webhook_format {
    WEBHOOK_REPMON = 0,
    WEBHOOK_SLACK,
    WEBHOOK_DISCORD,
    WEBHOOK_TEAMS,
    WEBHOOK_NTFY,
    WEBHOOK_PAGERDUTY,
    WEBHOOK_TELEGRAM,
    WEBHOOK_GOOGLE_CHAT,
    WEBHOOK_MATRIX,
    WEBHOOK_GOTIFY,
    WEBHOOK_MATTERMOST,
    WEBHOOK_FORMAT_COUNT
};

struct channel;

struct conf_channel {
    const char *word;           /* borrowed: of its section, "mail" or "webhook" */
    const struct channel *type; /* borrowed: what sends to it; given by channel_bind() */
    char *name;                 /* owned; NULL: standard output, which has no section */
    struct conf_place at;
    enum level min_level; /* info, warning (default) or critical */
    uint32_t only;        /* bit set of change_kind; 0: all */
    /* mail */
    char **to; /* owned */
    size_t to_count;
    char *from;
    char *host; /* owned; NULL with command */
    uint16_t port;
    bool tls_off;
    bool tls_implicit; /* TLS from the first byte: `tls = implicit`, or port 465 */
    char *user;
    struct secret password;
    char *command;
    bool attach_page; /* needs html_file */
    /* webhook */
    struct secret url, secret, token, routing_key;
    enum webhook_format format;
    char *room; /* owned or NULL: chat of Telegram, room of Matrix */
};

#define CONF_SCOPE_MAX 16 /* IFNAMSIZ */
struct conf_resolver {
    struct ip ip;
    uint16_t port;
    char scope[CONF_SCOPE_MAX]; /* interface of a link-local address; "" for all others */
};

/* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53", "fe80::1%eth0", "[fe80::1%eth0]:53" */
bool conf_resolver_parse(const char *text, struct conf_resolver *out, struct error *err);

/* What this monitor may use of the operators' limits: `part` of `whole`; whole 0: all of it. */
struct conf_share {
    uint32_t part, whole;
};

enum dnsbl_use { DNSBL_DEFAULT = 0, DNSBL_ALL, DNSBL_NONE };

struct source_set;

struct conf {
    char *path;                       /* owned; NULL: no file, defaults only */
    const struct source_set *sources; /* borrowed: what this program can ask; handed in by cmd */

    char *state, *instance; /* owned */
    int64_t deadline_ms;
    unsigned confirm_listed, confirm_cleared;
    int64_t confirm_gap_ms;
    unsigned blind_after;
    enum severity blind_severity;
    int64_t stale_after_ms, max_age_ms, remind_ms; /* remind 0: never */
    unsigned flap_changes;
    int64_t flap_window_ms;
    int64_t keep_ms;
    char *user, *group, *ca_file; /* owned or NULL */
    char *refusals;               /* owned or NULL: file of texts before the built-in ones */

    struct conf_target *targets;
    size_t target_count;
    char **spf_includes;
    size_t spf_include_count;
    uint64_t max_targets;
    struct shard shard; /* of [targets]; of `check` it is none of the business */

    struct conf_resolver *resolvers; /* none: resolv.conf */
    size_t resolver_count;
    int64_t dns_timeout_ms;
    unsigned dns_tries;

    enum dnsbl_use dnsbl_use;
    bool dnsbl_reasons;
    char *dnsbl_catalogue; /* owned or NULL */
    struct conf_share dnsbl_share;
    int64_t dnsbl_valid_for_ms;
    struct conf_dnsbl *dnsbls;
    size_t dnsbl_count;

    struct conf_snds *snds;
    size_t snds_count;
    struct conf_postmaster *postmasters;
    size_t postmaster_count;
    struct conf_talos talos;
    struct conf_ptr ptr;
    struct conf_log *logs;
    size_t log_count;
    struct conf_domain *domains;
    size_t domain_count;
    struct conf_receiver *receivers;
    size_t receiver_count;
    struct conf_reports *reports;
    size_t reports_count;
    struct conf_channel *channels;
    size_t channel_count;
    char *prometheus_textfile; /* owned or NULL */
    char *html_file;           /* owned or NULL: the page */
    struct secret ping_url;
};

/* The defaults without any file. */
void conf_init(struct conf *c);

/*
 * Reads `path` into a fresh struct. On false every error of the file is in `errors`, in line
 * order, and *out is conf_fini()'d. Secrets are read here: a file open to others is ERR_PERMISSION;
 * one that can't be read at all leaves `secret.text` NULL with `wanted` true and adds to
 * `warnings`. Error texts name file, line and key from the table, never a value's text.
 */
bool conf_load(const char *path, struct conf *out, struct errors *errors, struct errors *warnings);

/*
 * The same from memory, for tests and the fuzzer. `path` names the text and anchors relative paths.
 */
bool conf_parse(const char *path, const char *text, size_t len, struct conf *out,
                struct errors *errors, struct errors *warnings);

void conf_fini(struct conf *c);

/* One row of the key table, for --help, config.example and manual checks. */
struct conf_key_info {
    const char *section, *key;
    bool repeatable;
    const char *default_text; /* "" for none */
    const char *help;         /* one line */
};
const struct conf_key_info *conf_keys(size_t *count);

/*
 * Class of a whole list: that of its errors when they agree, else ERR_CONFIG; ERR_NONE when empty.
 */
enum error_class conf_exit_class(const struct errors *errors);

/* Names in values are host names; "mx1.example.org" (underscores occur in SPF and list names). */
#define CONF_NAME_MAX   HOST_NAME_SIZE
#define conf_name_parse host_name_parse

#endif
