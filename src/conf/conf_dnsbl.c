/* SPDX-License-Identifier: ISC */
/* [dnsbl] and [dnsbl "ZONE"]. */
#include "conf_section.h"

#include "repmon/buf.h"
#include "repmon/secret.h"

#include <stdlib.h>
#include <string.h>

#define ZONE_MAX_BYTES 189 /* 253 less 32 nibbles with their dots (RFC 1035 2.3.4) */

static const struct conf_word dnsbl_use[] = {
    {"default", DNSBL_DEFAULT}, {"all", DNSBL_ALL}, {"none", DNSBL_NONE}, {NULL, 0}};
static const struct conf_word list_kinds[] = {
    {"block", LIST_BLOCK}, {"allow", LIST_ALLOW}, {"score", LIST_SCORE}, {NULL, 0}};

static const struct conf_key dnsbl_keys[] = {
    {GLOBAL("use", "default", "the lists to query: default, all or none; sections add more",
            value_word, dnsbl_use),
     .words = dnsbl_use},
    {GLOBAL("reasons", "yes", "query the TXT record of listings", value_bool, dnsbl_reasons)},
    {GLOBAL("catalogue", "the built-in one", "file that replaces the built-in catalogue",
            value_path, dnsbl_catalogue),
     .prose = true},
    {GLOBAL("valid_for", "14d", HOLDS, value_duration, dnsbl_valid_for_ms), .least = MINUTE,
     .most = YEAR},
    {GLOBAL("share", "1/1",
            "part of every rate and budget that this monitor may use, if several share them",
            value_share, dnsbl_share)},
};

const struct conf_section conf_section_dnsbl = {
    .word = "dnsbl",
    .shown = "dnsbl",
    CONF_KEYS(dnsbl_keys),
};

#define ZONE(...)   NAMED(conf_dnsbl, __VA_ARGS__)
#define HAS(member) .has = offsetof(struct conf_dnsbl, member)

static const struct conf_key zone_keys[] = {
    {ZONE("severity", false, "as in the catalogue, by code",
          "severity of all the catalogue's codes", value_word, severity),
     .words = conf_severity_words, HAS(has_severity), .prose = true},
    {ZONE("rate", false, "half the operator's limit, else 20", "queries a second", value_real,
          rate),
     .least = 0, .most = 1000000, HAS(has_rate), .prose = true},
    {ZONE("budget", false, "half the operator's limit", "queries a day (UTC), over all runs",
          value_u64, budget),
     .least = 1, .most = INT64_MAX, HAS(has_budget), .prose = true},
    {ZONE("every", false, "0", "query at most once in this time", value_duration, every_ms),
     .least = 0, .most = YEAR, HAS(has_every)},
    {ZONE("key_file", false, "", "file with the key, which becomes part of the name queried",
          value_secret_file, key),
     .least = SECRET_LABEL},
    {ZONE("code", true, "the catalogue's", "ANSWER-OR-RANGE NAME SEVERITY", value_code, codes),
     .prose = true},
    {ZONE("error", true, "the catalogue's", "answer or range that means not-served", value_error,
          errors),
     .prose = true},
    {ZONE("test", false, "the catalogue's", "address, or name, that is always listed; or none",
          value_test, test),
     HAS(has_test), .prose = true},
    {ZONE("domains", false, "the catalogue's, else no",
          "a list of domains: queried for domains and reverse names", value_bool, domains),
     HAS(has_domains), .prose = true},
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
    {ZONE("delist", false, "the catalogue's", "where to request removal; {ip} is replaced",
          value_link, delist),
     .prose = true},
    {ZONE("force", false, "no", "query it even though the catalogue says it is dead or domain-only",
          value_bool, force)},
    {ZONE("warning", false, "70", "a score below this is a warning", value_real, warning),
     .least = 0, .most = 1000},
    {ZONE("critical", false, "50", "a score below this is critical", value_real, critical),
     .least = 0, .most = 1000},
    {ZONE("valid_for", false, "that of [dnsbl]", HOLDS, value_duration, valid_for_ms),
     .least = MINUTE, .most = YEAR, .prose = true},
};

/* A Data Query Service key in a section's name would be shown in every output. */
static bool conf_holds_key(const char *zone)
{
    static const char tail[] = ".dq.spamhaus.net";
    size_t len = strlen(zone), tail_len = sizeof tail - 1;
    return len > tail_len && strcmp(zone + len - tail_len, tail) == 0 &&
           memchr(zone, '.', len - tail_len);
}

static bool conf_zone_name(const char *given, char out[static CONF_NAME_MAX], struct error *err)
{
    if (!conf_name_parse(given, out) || strlen(out) > ZONE_MAX_BYTES)
        return error_set(err, ERR_CONFIG, "the name must be a DNS zone of at most 189 bytes");
    if (conf_holds_key(out))
        return error_set(err, ERR_CONFIG,
                         "the name must be the zone without the key; put the key into a file and "
                         "name it with key_file");
    return true;
}

static void conf_check_zone(struct conf_reader *r)
{
    const struct conf_dnsbl *list = r->base;
    if (list->critical > list->warning) {
        int line = conf_given(r, "critical") ? conf_given(r, "critical") : conf_given(r, "warning");
        conf_complain(r, line, r->section, "critical",
                      "must not be above warning: low scores are bad");
    }
    struct ip ip;
    bool address = list->test && ip_parse_raw(list->test, &ip);
    if (list->domains && address)
        conf_complain(r, conf_given(r, "test"), r->section, "test",
                      "must be a name: this is a list of domains");
    if (!list->domains && list->test && !address)
        conf_complain(r, conf_given(r, "test"), r->section, "test",
                      "must be an address such as 127.0.0.2, or none: a name needs domains = yes");
    if (list->domains) {
        conf_useless(r, "families", "is for lists of addresses only");
        conf_useless(r, "zone6", "is for lists of addresses only");
    }
}

static void conf_free_dnsbl(void *row)
{
    struct conf_dnsbl *d = row;
    for (size_t i = 0; i < d->code_count; i++) {
        free(d->codes[i].match);
        free(d->codes[i].name);
    }
    free(d->codes);
    conf_free_strings(d->errors, d->error_count);
    free(d->test);
    free(d->zone6);
    free(d->url);
    free(d->delist);
    secret_free(d->key.text);
}

const struct conf_section conf_section_zone = {
    .word = "dnsbl",
    .shown = "dnsbl \"ZONE\"",
    CONF_KEYS(zone_keys),
    CONF_ROWS(conf_dnsbl, dnsbls, dnsbl_count, zone),
    .name = conf_zone_name,
    .check = conf_check_zone,
    .free = conf_free_dnsbl,
};
