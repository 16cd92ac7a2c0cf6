/* SPDX-License-Identifier: ISC */
/* Walks a file: opens sections, finds keys in the table, collects every error. */
#include "conf_parse.h"

#include "conf_lex.h"
#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64  /* of an account or channel: a metrics label, a part of an id */
#define ZONE_MAX_BYTES 189 /* 253 less 32 nibbles with their dots (RFC 1035 2.3.4) */

void conf_show_section(const struct conf_reader *r, enum conf_section_id section,
                       char out[static CONF_SECTION_SHOWN])
{
    const struct conf_section *s = &conf_sections[section];
    if (s->named && section == r->section && *r->name)
        snprintf(out, CONF_SECTION_SHOWN, "%s \"%s\"", s->word, r->name);
    else
        snprintf(out, CONF_SECTION_SHOWN, "%s", s->shown);
}

bool conf_complain(struct conf_reader *r, int line, enum conf_section_id section, const char *key,
                   const char *what)
{
    char shown[CONF_SECTION_SHOWN];
    conf_show_section(r, section, shown);
    return errors_add(r->errors, ERR_CONFIG, r->c->path, line, "[%s]%s%s: %s", shown,
                      key ? " " : "", key ? key : "", what);
}

static size_t conf_find_key(enum conf_section_id section, const char *word)
{
    for (size_t i = 0; i < conf_key_count; i++) {
        if (conf_key_table[i].section == section && strcmp(conf_key_table[i].info.key, word) == 0)
            return i;
    }
    return conf_key_count;
}

int conf_given(const struct conf_reader *r, const char *key)
{
    size_t i = conf_find_key(r->section, key);
    if (i == conf_key_count)
        abort();
    return r->seen[i];
}

void conf_defaults(struct conf_reader *r, enum conf_section_id section, void *base)
{
    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *k = &conf_key_table[i];
        struct error err = {0};
        if (k->section == section && !k->prose && *k->info.default_text &&
            !k->parse(r, k, (char *)base + k->field, k->info.default_text, &err))
            abort();
    }
}

/* ---- sections ---- */

/* The row of a section, by its word and whether it has a name; told when only that is wrong. */
static bool conf_find_section(struct conf_reader *r, const struct conf_item *item,
                              enum conf_section_id *out)
{
    int other = -1;
    for (int i = 0; i < SECTION_COUNT; i++) {
        if (strcmp(conf_sections[i].word, item->word) != 0)
            continue;
        if (conf_sections[i].named == (item->name != NULL)) {
            *out = (enum conf_section_id)i;
            return true;
        }
        other = i;
    }
    if (other < 0) {
        conf_unknown_section(r, item);
        return false;
    }
    r->meant = (enum conf_section_id)other;
    conf_complain(r, item->line, r->meant, NULL,
                  conf_sections[other].named ? "the section needs a name in quotes"
                                             : "the section takes no name");
    return false;
}

/* A Data Query Service key in a section's name would be shown in every output. */
static bool conf_holds_key(const char *zone)
{
    static const char tail[] = ".dq.spamhaus.net";
    size_t len = strlen(zone), tail_len = sizeof tail - 1;
    return len > tail_len && strcmp(zone + len - tail_len, tail) == 0 &&
           memchr(zone, '.', len - tail_len);
}

static bool conf_section_name(struct conf_reader *r, const struct conf_item *item,
                              enum conf_section_id id, char out[static CONF_NAME_MAX])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_.-";
    if (id == SECTION_ZONE) {
        if (!conf_name_parse(item->name, out) || strlen(out) > ZONE_MAX_BYTES)
            return conf_complain(r, item->line, id, NULL,
                                 "the name must be a DNS zone of at most 189 bytes");
        if (conf_holds_key(out))
            return conf_complain(r, item->line, id, NULL,
                                 "the name must be the zone without the key; put the key into a "
                                 "file and name it with key_file");
        return true;
    }
    if (id == SECTION_DOMAIN) {
        if (!conf_name_parse(item->name, out))
            return conf_complain(r, item->line, id, NULL,
                                 "the name must be a domain, such as example.org");
        return true;
    }
    size_t len = strlen(item->name);
    if (len > NAME_MAX_BYTES || strspn(item->name, letters) != len)
        return conf_complain(r, item->line, id, NULL,
                             "the name must have at most 64 letters, digits, dots, - and _");
    memcpy(out, item->name, len + 1);
    return true;
}

/* Line of an earlier section of the same name; channels share one space of names. */
static int conf_earlier(const struct conf *c, enum conf_section_id id, const char *name)
{
    for (size_t i = 0; id == SECTION_ZONE && i < c->dnsbl_count; i++) {
        if (strcmp(c->dnsbls[i].zone, name) == 0)
            return c->dnsbls[i].at.line;
    }
    for (size_t i = 0; id == SECTION_SNDS && i < c->snds_count; i++) {
        if (strcmp(c->snds[i].name, name) == 0)
            return c->snds[i].at.line;
    }
    for (size_t i = 0; id == SECTION_POSTMASTER && i < c->postmaster_count; i++) {
        if (strcmp(c->postmasters[i].name, name) == 0)
            return c->postmasters[i].at.line;
    }
    for (size_t i = 0; id == SECTION_LOG && i < c->log_count; i++) {
        if (strcmp(c->logs[i].name, name) == 0)
            return c->logs[i].at.line;
    }
    for (size_t i = 0; id == SECTION_RECEIVER && i < c->receiver_count; i++) {
        if (strcmp(c->receivers[i].name, name) == 0)
            return c->receivers[i].at.line;
    }
    for (size_t i = 0; id == SECTION_DOMAIN && i < c->domain_count; i++) {
        if (strcmp(c->domains[i].name, name) == 0)
            return c->domains[i].at.line;
    }
    for (size_t i = 0; id == SECTION_REPORTS && i < c->reports_count; i++) {
        if (strcmp(c->reports[i].name, name) == 0)
            return c->reports[i].at.line;
    }
    for (size_t i = 0; conf_sections[id].channel && i < c->channel_count; i++) {
        if (strcmp(c->channels[i].name, name) == 0)
            return c->channels[i].at.line;
    }
    return 0;
}

static void conf_again(struct conf_reader *r, int line, enum conf_section_id id, int first)
{
    char text[128];
    snprintf(text, sizeof text, "duplicate %s (first on line %d)",
             conf_sections[id].channel ? "channel name" : "section", first);
    conf_complain(r, line, id, NULL, text);
}

#define APPEND(r, list, count)                                                                     \
    ((r)->c->list = mem_grow((r)->c->list, (r)->c->count + 1, sizeof *(r)->c->list),               \
     memset(&(r)->c->list[(r)->c->count], 0, sizeof *(r)->c->list),                                \
     (r)->array = (void *const *)(void *)&(r)->c->list, &(r)->c->list[(r)->c->count++])

static char *conf_list_name(const char *account, const char *what)
{
    struct buf b;
    buf_init(&b, LIMIT_CONF_LINE + 16);
    buf_str(&b, account);
    buf_str(&b, what);
    return buf_take(&b);
}

static void conf_open_named(struct conf_reader *r, enum conf_section_id id, const char *name,
                            int line)
{
    struct conf_place at = {r->c->path, line};
    if (id == SECTION_ZONE) {
        struct conf_dnsbl *list = APPEND(r, dnsbls, dnsbl_count);
        list->zone = mem_dup(name);
        list->at = at;
        r->base = list;
    } else if (id == SECTION_SNDS) {
        struct conf_snds *account = APPEND(r, snds, snds_count);
        account->name = mem_dup(name);
        account->status_list = conf_list_name(name, "/status");
        account->data_list = conf_list_name(name, "/data");
        account->at = at;
        r->base = account;
    } else if (id == SECTION_POSTMASTER) {
        struct conf_postmaster *account = APPEND(r, postmasters, postmaster_count);
        account->name = mem_dup(name);
        account->spam_list = conf_list_name(name, "/spam");
        account->delivery_list = conf_list_name(name, "/delivery");
        account->compliance_list = conf_list_name(name, "/compliance");
        account->at = at;
        r->base = account;
    } else if (id == SECTION_LOG) {
        struct conf_log *log = APPEND(r, logs, log_count);
        log->name = mem_dup(name);
        log->at = at;
        r->base = log;
    } else if (id == SECTION_DOMAIN) {
        struct conf_domain *domain = APPEND(r, domains, domain_count);
        domain->name = mem_dup(name);
        domain->at = at;
        r->base = domain;
    } else if (id == SECTION_REPORTS) {
        struct conf_reports *reports = APPEND(r, reports, reports_count);
        reports->name = mem_dup(name);
        reports->at = at;
        r->base = reports;
    } else if (id == SECTION_RECEIVER) {
        struct conf_receiver *receiver = APPEND(r, receivers, receiver_count);
        receiver->name = mem_dup(name);
        receiver->at = at;
        r->base = receiver;
    } else {
        struct conf_channel *channel = APPEND(r, channels, channel_count);
        channel->word = conf_sections[id].word;
        channel->name = mem_dup(name);
        channel->at = at;
        r->base = channel;
    }
    for (size_t i = 0; i < conf_key_count; i++) {
        if (conf_key_table[i].section == id)
            r->seen[i] = 0;
    }
    conf_defaults(r, id, r->base);
}

static void conf_open_section(struct conf_reader *r, const struct conf_item *item)
{
    char name[CONF_NAME_MAX];
    enum conf_section_id id;
    *r->name = '\0';
    r->meant = SECTION_COUNT;
    r->skip =
        !conf_find_section(r, item, &id) || (item->name && !conf_section_name(r, item, id, name));
    if (r->skip)
        return;
    r->section = id;
    r->section_line = item->line;
    if (item->name)
        snprintf(r->name, sizeof r->name, "%s", name);
    r->base = r->c;
    r->array = NULL;
    int first = item->name ? conf_earlier(r->c, id, name) : r->plain[id];
    if (first)
        conf_again(r, item->line, id, first);
    if (item->name)
        conf_open_named(r, id, name, item->line);
    else if (!r->plain[id])
        r->plain[id] = item->line;
    if (id == SECTION_TALOS)
        r->c->talos.at = (struct conf_place){r->c->path, item->line};
    if (id == SECTION_PTR)
        r->c->ptr.present = true;
}

static void conf_close_section(struct conf_reader *r)
{
    if (r->section != SECTION_COUNT && !r->skip && conf_sections[r->section].named)
        conf_check_section(r);
}

/* ---- keys ---- */

/* A line that is none; its key is named when it is one of ours, and so no secret. */
static void conf_bad_line(struct conf_reader *r, const struct conf_item *item, const char *what)
{
    size_t at = r->skip || !item->word || r->section == SECTION_COUNT
                    ? conf_key_count
                    : conf_find_key(r->section, item->word);
    if (at < conf_key_count)
        conf_complain(r, item->line, r->section, conf_key_table[at].info.key, what);
    else
        errors_add(r->errors, ERR_CONFIG, r->c->path, item->line, "%s", what);
}

/* Quotes around a value would be part of it; words of a command may have them. */
static bool conf_is_quoted(const char *key, const char *value)
{
    size_t len = strlen(value);
    return len >= 2 && strcmp(key, "command") != 0 && strchr("\"'", *value) &&
           value[len - 1] == *value;
}

/* Whoever corrects the section is not to find the next mistake only then. */
static void conf_read_skipped(struct conf_reader *r, const struct conf_item *item)
{
    enum conf_section_id before = r->section;
    if (r->meant == SECTION_COUNT || conf_find_key(r->meant, item->word) < conf_key_count)
        return;
    r->section = r->meant;
    conf_unknown_key(r, item);
    r->section = before;
}

static void conf_read_key(struct conf_reader *r, const struct conf_item *item)
{
    if (r->section == SECTION_COUNT && !r->skip) {
        errors_add(
            r->errors, ERR_CONFIG, r->c->path, item->line, "%s%sa key before the first [section]",
            conf_may_show(item->word) ? item->word : "", conf_may_show(item->word) ? ": " : "");
        return;
    }
    if (r->skip) {
        conf_read_skipped(r, item);
        return;
    }
    size_t at = conf_find_key(r->section, item->word);
    if (at == conf_key_count) {
        conf_unknown_key(r, item);
        return;
    }
    const struct conf_key *k = &conf_key_table[at];
    int first = r->seen[at];
    r->seen[at] = first ? first : item->line;
    struct error err = {0};
    char text[128];
    if (first && !k->info.repeatable) {
        snprintf(text, sizeof text, "given twice (first on line %d); only one value is allowed",
                 first);
        conf_complain(r, item->line, r->section, k->info.key, text);
    } else if (!*item->value) {
        conf_complain(r, item->line, r->section, k->info.key, "the value is missing");
    } else if (conf_is_quoted(k->info.key, item->value)) {
        conf_complain(r, item->line, r->section, k->info.key, "write the value without quotes");
    } else {
        r->line = item->line;
        if (!k->parse(r, k, (char *)r->base + k->field, item->value, &err))
            conf_complain(r, item->line, r->section, k->info.key, err.text);
        else if (k->has)
            *(bool *)((char *)r->base + k->has) = true;
    }
}

/* ---- the file ---- */

static void conf_read_items(struct conf_reader *r, const char *text, size_t len)
{
    struct conf_lex lex;
    struct conf_item item;
    struct error err = {0};
    enum conf_lex_kind kind;
    conf_lex_init(&lex, text, len);
    while ((kind = conf_lex_next(&lex, &item, &err)) != CONF_LEX_END) {
        if (kind == CONF_LEX_SECTION || kind == CONF_LEX_BAD_SECTION)
            conf_close_section(r);
        if (kind == CONF_LEX_SECTION)
            conf_open_section(r, &item);
        else if (kind == CONF_LEX_KEY)
            conf_read_key(r, &item);
        else
            conf_bad_line(r, &item, err.text);
        if (kind == CONF_LEX_BAD_SECTION) {
            r->skip = true; /* its keys must not fall into the section before it */
            r->meant = SECTION_COUNT;
        }
        err = (struct error){0};
    }
    conf_close_section(r);
    conf_lex_fini(&lex);
}

static char *conf_folder_of(const char *path)
{
    struct buf dir;
    buf_init(&dir, SIZE_MAX / 2);
    const char *slash = strrchr(path, '/');
    char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    buf_fmt(&dir, "%s%s%.*s", here ? here : "", slash && here ? "/" : "",
            slash ? (int)(slash - path) : 0, path);
    free(here);
    return buf_take(&dir);
}

/* Checks that look at a whole section come last: a stable sort puts them where they belong. */
static void conf_sort_by_line(struct errors *errors)
{
    for (size_t i = 1; i < errors->count; i++) {
        struct error moving = errors->items[i];
        size_t j = i;
        for (; j > 0 && errors->items[j - 1].line > moving.line; j--)
            errors->items[j] = errors->items[j - 1];
        errors->items[j] = moving;
    }
}

bool conf_read(const char *path, const char *text, size_t len, bool open_to_others,
               struct conf *out, struct errors *errors, struct errors *warnings)
{
    struct errors own = {0}, *before = errors;
    struct conf_reader r = {.c = out,
                            .errors = &own,
                            .warnings = warnings,
                            .section = SECTION_COUNT,
                            .open_to_others = open_to_others};
    conf_init(out);
    out->path = mem_dup(path);
    r.dir = conf_folder_of(path);
    conf_read_items(&r, text, len);
    conf_check_file(&r);
    conf_settle_postmaster(&r);
    for (size_t i = 0; i < r.pending_count; i++) {
        conf_read_secret(&r, &r.pending[i]);
        free(r.pending[i].path);
        free(r.pending[i].section);
    }
    free(r.pending);
    free(r.dir);
    conf_sort_by_line(&own);
    for (size_t i = 0; i < own.count; i++)
        errors_take(before, &own.items[i]);
    before->dropped += own.dropped;
    bool ok = own.count == 0;
    errors_fini(&own);
    if (!ok)
        conf_fini(out);
    return ok;
}
