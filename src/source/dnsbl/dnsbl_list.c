/* SPDX-License-Identifier: ISC */
#include "repmon/dnsbl_list.h"
#include "repmon/host_name.h"

#include "catalogue_fields.h"
#include "repmon/limits.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_RATE     20.0 /* queries a second where the operator names no limit */
#define DEFAULT_WARNING  70.0 /* repmon-alerts(7), LEVELS */
#define DEFAULT_CRITICAL 50.0
#define NAME_MAX_OCTETS  253 /* RFC 1035 2.3.4 in presentation form, without the root dot */
#define COMMON_CURE      "use a resolver of your own, and keep within the operator's limits"

/* RFC 5782 section 5 */
static const struct {
    unsigned family;
    const char *listed, *clean;
} rfc_points[CATALOGUE_FAMILIES] = {{FAMILY_4, "127.0.0.2", "127.0.0.1"},
                                    {FAMILY_6, "::ffff:7f00:2", "::ffff:7f00:1"}};
#define RFC_LISTED_NAME "test" /* the same for lists of domains */
#define RFC_CLEAN_NAME  "invalid"

static bool dnsbl_list_fail(const struct conf_dnsbl *section, struct error *err, const char *text)
{
    return error_at(err, ERR_CONFIG, section ? section->at.file : NULL,
                    section ? section->at.line : 0, "[dnsbl \"%s\"]: %s",
                    section ? section->zone : "?", text);
}

static void dnsbl_fill_known(const struct catalogue_list *known, struct dnsbl_list *out)
{
    out->catalogue = known;
    out->in_catalogue = true;
    out->zone = known->zone;
    out->name = known->name;
    out->operator= known->operator;
    out->kind = known->kind;
    out->severity = known->severity;
    out->domains = known->domains;
    out->parents = known->parents;
    out->families = known->families;
    out->unit6 = known->unit6;
    out->score_octet = known->score_octet;
    out->rate = known->rate > 0 ? known->rate / 2 : DEFAULT_RATE;
    out->budget = known->daily > 0 ? (known->daily + 1) / 2 : UINT64_MAX;
    out->public_resolver = known->public_resolver;
    out->lookup_url = known->lookup_url;
    out->delist_url = known->delist_url;
    out->advice = known->advice;
    out->notes = known->notes;
    out->cure = known->cure[0] ? known->cure : COMMON_CURE;
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++) {
        struct dnsbl_family *f = &out->family[i];
        f->has_listed = known->listed[i].known;
        f->listed = known->listed[i].ip;
        f->expect = known->listed[i].expect;
        f->expect_count = known->listed[i].expect_count;
        f->has_clean = known->clean[i].known;
        f->clean = known->clean[i].ip;
    }
}

static void dnsbl_fill_rfc_names(struct dnsbl_list *out)
{
    struct dnsbl_family *f = &out->family[0];
    out->families = 0;
    f->has_listed = out->kind != LIST_SCORE;
    f->listed = ip_of_name(RFC_LISTED_NAME);
    f->has_clean = true;
    f->clean = ip_of_name(RFC_CLEAN_NAME);
}

static void dnsbl_fill_own(const struct conf_dnsbl *section, struct dnsbl_list *out)
{
    out->zone = out->name = section->zone;
    out->operator= out->lookup_url = out->delist_url = "";
    out->advice = out->notes = out->cure = "";
    out->kind = section->has_kind ? section->kind : LIST_BLOCK;
    out->severity = out->kind == LIST_BLOCK ? SEV_MAJOR : SEV_MINOR;
    out->domains = section->domains;
    out->families = section->zone6 ? FAMILY_4 | FAMILY_6 : FAMILY_4;
    out->unit6 = 128;
    out->score_octet = out->kind == LIST_SCORE;
    out->budget = UINT64_MAX;
    if (out->domains) {
        dnsbl_fill_rfc_names(out);
        return;
    }
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++) {
        struct dnsbl_family *f = &out->family[i];
        f->has_listed = out->kind != LIST_SCORE && ip_parse_raw(rfc_points[i].listed, &f->listed);
        f->has_clean = ip_parse_raw(rfc_points[i].clean, &f->clean);
    }
}

static bool dnsbl_override_test(const struct conf_dnsbl *section, struct dnsbl_list *out,
                                struct error *err)
{
    if (!section->test) {
        for (size_t i = 0; i < CATALOGUE_FAMILIES; i++)
            out->family[i].has_listed = false;
        return true;
    }
    struct ip ip;
    bool address = ip_parse_raw(section->test, &ip);
    if (!out->domains && !address)
        return dnsbl_list_fail(section, err, "test is neither an address nor \"none\"");
    if (out->domains && address)
        return dnsbl_list_fail(section, err, "test must be a name: this is a list of domains");
    if (out->domains)
        ip = ip_of_name(section->test);
    struct dnsbl_family *f = &out->family[family_index(ip.family)];
    f->has_listed = true;
    f->listed = ip;
    f->expect = NULL;
    f->expect_count = 0;
    if (f->has_clean && ip_cmp(&f->clean, &ip) == 0)
        f->has_clean = false; /* the operator documents it as listed */
    return true;
}

static bool dnsbl_override(const struct conf_dnsbl *section, struct dnsbl_list *out,
                           struct error *err)
{
    out->has_section = true;
    if (section->has_domains && section->domains != out->domains)
        return dnsbl_list_fail(section, err,
                               out->domains
                                   ? "domains = no, but the catalogue knows it as a list of domains"
                                   : "domains = yes, but the catalogue knows it as a list of "
                                     "addresses");
    if (out->domains && (section->has_families || section->zone6))
        return dnsbl_list_fail(section, err, "families and zone6 are for lists of addresses only");
    if (section->has_severity)
        out->severity = section->severity;
    if (section->has_kind)
        out->kind = section->kind;
    if (section->has_families)
        out->families = section->families;
    if (section->has_rate)
        out->rate = section->rate;
    if (section->has_budget)
        out->budget = section->budget > 0 ? section->budget : UINT64_MAX;
    if (section->has_every)
        out->every_ms = section->every_ms;
    if (section->url)
        out->lookup_url = section->url;
    if (section->delist)
        out->delist_url = section->delist;
    if (section->valid_for_ms > 0)
        out->valid_for_ms = section->valid_for_ms;
    if (section->warning > 0 || section->critical > 0) {
        out->warning = section->warning;
        out->critical = section->critical;
    }
    return !section->has_test || dnsbl_override_test(section, out, err);
}

static bool dnsbl_fill_codes(const struct catalogue_list *known, const struct conf_dnsbl *section,
                             struct dnsbl_list *out, struct error *err)
{
    static const struct catalogue_code any_answer = {
        .match = {.kind = MATCH_WIDE, .base = 0x7f000000, .mask = 0xff000000},
        .name = "listed",
        .meaning = "",
        .advice = "",
        .score = -1,
        .trust = -1};
    size_t own = section ? section->code_count : 0, theirs = known ? known->code_count : 0;
    out->codes = mem_array(own + theirs + 1, sizeof *out->codes);
    for (size_t i = 0; i < own; i++) {
        struct catalogue_code *code = &out->codes[i];
        *code = any_answer;
        code->name = section->codes[i].name;
        code->severity = section->codes[i].severity;
        if (!match_parse(section->codes[i].match, &code->match, NULL))
            return dnsbl_list_fail(section, err,
                                   "a code line does not begin with an answer or range");
    }
    out->own_code_count = out->code_count = own;
    for (size_t i = 0; i < theirs; i++) {
        struct catalogue_code *code = &out->codes[out->code_count++];
        *code = known->codes[i];
        if (section && section->has_severity)
            code->severity = out->severity;
    }
    if (out->code_count == 0) {
        out->codes[out->code_count] = any_answer;
        out->codes[out->code_count++].severity = out->severity;
    }
    return true;
}

static bool dnsbl_fill_errors(const struct catalogue_list *known, const struct conf_dnsbl *section,
                              struct dnsbl_list *out, struct error *err)
{
    size_t own = section ? section->error_count : 0, theirs = known ? known->error_count : 0;
    out->errors = mem_array(own + theirs, sizeof *out->errors);
    for (size_t i = 0; i < own; i++) {
        struct catalogue_error *e = &out->errors[out->error_count++];
        e->meaning = "an answer that the configuration names as an error";
        e->cure = "";
        if (!match_parse(section->errors[i], &e->match, NULL))
            return dnsbl_list_fail(section, err, "an error line is not an answer or range");
    }
    for (size_t i = 0; i < theirs; i++)
        out->errors[out->error_count++] = known->errors[i];
    return true;
}

/* A limit shared by several monitors is divided among them; a list without a limit stays so. */
static void dnsbl_list_take_share(const struct conf_share *share, struct dnsbl_list *out)
{
    if (share->whole <= 1)
        return;
    double part = (double)share->part / (double)share->whole;
    out->rate *= part;
    if (out->budget == UINT64_MAX)
        return;
    out->budget = (uint64_t)((double)out->budget * part);
    if (out->budget == 0)
        out->budget = 1; /* 0 would silently mean a list that is never queried */
}

bool dnsbl_list_make(const struct catalogue_list *known, const struct conf_dnsbl *section,
                     const struct conf *conf, struct dnsbl_list *out, struct error *err)
{
    *out = (struct dnsbl_list){.warning = DEFAULT_WARNING,
                               .critical = DEFAULT_CRITICAL,
                               .valid_for_ms = conf->dnsbl_valid_for_ms};
    if (known)
        dnsbl_fill_known(known, out);
    else
        dnsbl_fill_own(section, out);
    bool ok = !section || dnsbl_override(section, out, err);
    dnsbl_list_take_share(&conf->dnsbl_share, out);
    if (ok)
        ok = dnsbl_fill_codes(known, section, out, err);
    if (ok)
        ok = dnsbl_fill_errors(known, section, out, err);
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++)
        out->family[i].on = (out->families & rfc_points[i].family) != 0;
    out->family[0].on |= out->domains;
    if (!ok)
        dnsbl_list_fini(out);
    return ok;
}

/* One label of the name; hyphens inside only. */
static bool dnsbl_key_is_label(const char *key)
{
    char name[HOST_NAME_SIZE];
    return !strchr(key, '.') && host_name_parse(key, name);
}

bool dnsbl_list_name(struct dnsbl_list *list, const struct conf_dnsbl *section, struct error *err)
{
    const char *key = section ? section->key.text : NULL;
    const char *zone6 = list->catalogue ? list->catalogue->zone6 : NULL;
    if (section && section->zone6)
        zone6 = section->zone6;
    const char *zones[CATALOGUE_FAMILIES] = {list->zone, zone6 ? zone6 : list->zone};
    if (key && !dnsbl_key_is_label(key))
        return dnsbl_list_fail(
            section, err,
            "the key can't be part of a name: it must be 1 to 63 letters, digits or "
            "hyphens, in one line");
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++) {
        if (!zone_is_valid(zones[i]))
            return dnsbl_list_fail(section, err,
                                   "the zone is not a domain name, or too long for one");
        size_t key_len = key ? strlen(key) + 1 : 0, zone_len = strlen(zones[i]);
        if (IP_REVERSE_MAX + key_len + zone_len > NAME_MAX_OCTETS)
            return dnsbl_list_fail(section, err, "key and zone together are too long for a name");
        char *suffix = mem_alloc(key_len + zone_len + 1);
        if (key) {
            memcpy(suffix, key, key_len - 1);
            suffix[key_len - 1] = '.';
        }
        memcpy(suffix + key_len, zones[i], zone_len + 1);
        free(list->family[i].suffix);
        list->family[i].suffix = suffix;
        list->family[i].key_len = key ? key_len - 1 : 0;
    }
    return true;
}

void dnsbl_list_fini(struct dnsbl_list *list)
{
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++) {
        char *suffix = list->family[i].suffix;
        if (suffix)
            explicit_bzero(suffix, strlen(suffix));
        free(suffix);
    }
    free(list->codes);
    free(list->errors);
    free(list->why_off);
    *list = (struct dnsbl_list){0};
}

bool dnsbl_list_takes_name(const struct dnsbl_list *list, const char *name)
{
    const char *suffix = list->family[0].suffix;
    return suffix && strlen(name) + 1 + strlen(suffix) <= NAME_MAX_OCTETS;
}

bool dnsbl_list_applies(const struct dnsbl_list *list, const struct target *t)
{
    const char *name = ip_name(&t->ip);
    if (name)
        return list->domains && dnsbl_list_takes_name(list, name);
    if (list->in_catalogue && ip_is_hidden(&t->ip))
        return false;
    if (list->domains)
        return t->ip.family == 4 || t->prefix == 128;
    if (!list->family[t->ip.family == 6].on)
        return false;
    return t->ip.family == 4 || t->prefix == 128 || list->unit6 == 64;
}

void dnsbl_list_url(const char *page, const struct ip *ip, struct buf *out)
{
    static const char hole[] = "{ip}";
    char text[IP_TEXT_MAX];
    ip_format(ip, text);
    for (const char *at; (at = strstr(page, hole)) != NULL; page = at + sizeof hole - 1) {
        buf_add(out, page, (size_t)(at - page));
        buf_str(out, text);
    }
    buf_str(out, page);
}
