/* SPDX-License-Identifier: ISC */
/* [log]. */
#include "conf_section.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **conf_append_text(char ***list, size_t *count, char *text)
{
    *list = mem_grow(*list, *count + 1, sizeof(char *));
    (*list)[*count] = text;
    return &(*list)[(*count)++];
}

bool value_log_file(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    struct conf_log *log = r->base;
    char *path = NULL;
    (void)field;
    if (!value_path(r, k, &path, value, err))
        return false;
    conf_append_text(&log->files, &log->file_count, path);
    return true;
}

bool value_log_address(struct conf_reader *r, const struct conf_key *k, void *field,
                       const char *value, struct error *err)
{
    struct conf_log *log = r->base;
    struct ip ip;
    (void)k, (void)field;
    if (!ip_parse(value, &ip))
        return error_set(err, ERR_CONFIG, "must be an address, such as 203.0.113.5");
    log->addresses = mem_grow(log->addresses, log->address_count + 1, sizeof *log->addresses);
    log->addresses[log->address_count++] = ip;
    return true;
}

bool value_log_tag(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                   struct error *err)
{
    struct conf_log *log = r->base;
    struct conf_tag tag = {0};
    size_t len = strcspn(value, " \t");
    const char *rest = value + len + strspn(value + len, " \t");
    (void)k, (void)field;
    if (!ip_parse(rest, &tag.ip))
        return error_set(err, ERR_CONFIG,
                         "must be a process name and the address it sends from, such as "
                         "postfix-out1 203.0.113.6");
    tag.name = mem_ndup(value, len);
    log->tags = mem_grow(log->tags, log->tag_count + 1, sizeof *log->tags);
    log->tags[log->tag_count++] = tag;
    return true;
}

bool value_log_smarthost(struct conf_reader *r, const struct conf_key *k, void *field,
                         const char *value, struct error *err)
{
    struct conf_log *log = r->base;
    char name[CONF_NAME_MAX];
    struct ip ip;
    (void)k, (void)field;
    if (ip_parse(value, &ip))
        snprintf(name, sizeof name, "%s", value);
    else if (!conf_name_parse(value, name))
        return error_set(err, ERR_CONFIG,
                         "must be the name or address of a relay, such as relay.example.net");
    conf_append_text(&log->smarthosts, &log->smarthost_count, mem_dup(name));
    return true;
}

/* tzset() silently takes an unknown name for UTC. */
bool value_timezone(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    char path[256];
    (void)r, (void)k;
    bool fits = strlen(value) < 64 && !strstr(value, "..") && value[0] != '/';
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", fits ? value : "");
    if (!fits || (strcmp(value, "UTC") != 0 && access(path, R_OK) != 0))
        return error_set(
            err, ERR_CONFIG,
            "must be a time zone of /usr/share/zoneinfo, such as Europe/Berlin or UTC");
    char **text = field;
    free(*text);
    *text = mem_dup(value);
    return true;
}

/* ---- the section ---- */

#define LOG(...) NAMED(conf_log, __VA_ARGS__)

static const struct conf_key log_keys[] = {
    {LOG("file", true, "", "log file to follow; may contain *", value_log_file, files)},
    {LOG("journal", false, "", "instead of file: facility mail, or a unit, of the journal",
         value_text, journal),
     .most = 256},
    {LOG("address", true, "", "own address that the mail in this log is sent from",
         value_log_address, addresses)},
    {LOG("tag", true, "", "process name and the address it sends from", value_log_tag, tags)},
    {LOG("smarthost", true, "", "relay that is not a receiver: its replies are not judged",
         value_log_smarthost, smarthosts)},
    {LOG("look_back", false, "24h", "how far back the first run reads", value_duration,
         look_back_ms),
     .least = 0, .most = 30 * DAY},
    {LOG("timezone", false, "the system's", "of time stamps that have none, such as Europe/Berlin",
         value_timezone, timezone),
     .prose = true},
    {LOG("severity", false, "major", "severity when it can't be read", value_word, severity),
     .words = conf_severity_words},
    {LOG("valid_for", false, "7d", HOLDS, value_duration, valid_for_ms), .least = MINUTE,
     .most = YEAR},
};

static void conf_check_log(struct conf_reader *r)
{
    bool file = conf_given(r, "file");
    int journal = conf_given(r, "journal");
    if (!file && !journal)
        conf_missing(r, "file", "is missing: file or journal");
    if (file && journal)
        conf_complain(r, journal, r->section, "journal", "give either file or journal, not both");
}

static void conf_free_log(void *row)
{
    struct conf_log *l = row;
    for (size_t i = 0; i < l->tag_count; i++)
        free(l->tags[i].name);
    conf_free_strings(l->files, l->file_count);
    conf_free_strings(l->smarthosts, l->smarthost_count);
    free(l->tags);
    free(l->addresses);
    free(l->journal);
    free(l->timezone);
}

const struct conf_section conf_section_log = {
    .word = "log",
    .shown = "log \"NAME\"",
    CONF_KEYS(log_keys),
    CONF_ROWS(conf_log, logs, log_count, name),
    .check = conf_check_log,
    .free = conf_free_log,
};
