/* SPDX-License-Identifier: ISC */
/* Parsers of plain values: texts, paths, times, numbers, words, days. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/day.h"
#include "repmon/limits.h"
#include "repmon/log.h"
#include "repmon/secret.h"
#include "repmon/url.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void conf_replace(void *field, char *text)
{
    char **slot = field;
    free(*slot);
    *slot = text;
}

bool value_text(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    if (strlen(value) > (size_t)k->most)
        return error_set(err, ERR_CONFIG, "must have at most %" PRId64 " bytes", k->most);
    conf_replace(field, mem_dup(value));
    return true;
}

/* Part of subjects, keys of incidents and labels: one word. */
bool value_instance(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._:/@+-";
    if (!*value || value[strspn(value, plain)])
        return error_set(err, ERR_CONFIG,
                         "must be one word of letters, digits and . _ - : / @ +, such as mon1");
    return value_text(r, k, field, value, err);
}

bool value_path(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)k;
    struct buf path;
    if (*value == '~' || *value == '$')
        return error_set(
            err, ERR_CONFIG,
            "~ and $ are not expanded: write the full path, or one relative to this file");
    buf_init(&path, SIZE_MAX / 2);
    if (*value != '/')
        buf_fmt(&path, "%s/", r->dir);
    buf_str(&path, value);
    conf_replace(field, buf_take(&path));
    return true;
}

/* The path of a file to be written; a path that can only name a folder is refused. */
bool value_file(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    const char *slash = strrchr(value, '/');
    const char *name = slash ? slash + 1 : value;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, ERR_CONFIG, "must name a file; this is a folder");
    return value_path(r, k, field, value, err);
}

bool value_duration(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)r;
    int64_t ms = 0;
    char least[32], most[32];
    duration_format(k->least, least, sizeof least);
    duration_format(k->most, most, sizeof most);
    if (!duration_parse(value, &ms))
        return error_set(err, ERR_CONFIG, "must be a time such as 500ms, 10s, 5m, 2h or 7d");
    if (ms < k->least || ms > k->most)
        return error_set(err, ERR_CONFIG, "must be from %s to %s", least, most);
    *(int64_t *)field = ms;
    return true;
}

static bool conf_number(const struct conf_key *k, const char *value, uint64_t *out,
                        struct error *err)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || errno || n < (uint64_t)k->least ||
        n > (uint64_t)k->most) {
        if (k->most == INT64_MAX)
            return error_set(err, ERR_CONFIG, "must be a whole number from %" PRId64, k->least);
        return error_set(err, ERR_CONFIG, "must be a whole number from %" PRId64 " to %" PRId64,
                         k->least, k->most);
    }
    *out = n;
    return true;
}

bool value_uint(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    uint64_t n = 0;
    if (!conf_number(k, value, &n, err))
        return false;
    *(unsigned *)field = (unsigned)n;
    return true;
}

bool value_u64(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
               struct error *err)
{
    (void)r;
    return conf_number(k, value, field, err);
}

/* Above `least`, up to `most`; written in digits with at most one point. */
bool value_real(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    size_t digits = strspn(value, "0123456789");
    size_t len = digits;
    if (value[len] == '.') {
        size_t more = strspn(value + len + 1, "0123456789");
        if (more == 0)
            digits = 0;
        len += 1 + more;
    }
    double n = digits && len < 20 && value[len] == '\0' ? strtod(value, NULL) : NAN;
    if (!(n > (double)k->least && n <= (double)k->most))
        return error_set(err, ERR_CONFIG,
                         "must be a number above %" PRId64 ", at most %" PRId64 ", such as 0.5",
                         k->least, k->most);
    *(double *)field = n;
    return true;
}

bool value_bool(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return error_set(err, ERR_CONFIG, "must be yes or no");
    *(bool *)field = *value == 'y';
    return true;
}

/* "must be a, b or c" */
static bool conf_not_a_word(const struct conf_word *words, struct error *err)
{
    struct buf text;
    buf_init(&text, sizeof err->text);
    buf_str(&text, words->word);
    for (const struct conf_word *w = words + 1; w->word; w++)
        buf_fmt(&text, "%s%s", w[1].word ? ", " : " or ", w->word);
    error_set(err, ERR_CONFIG, "must be %s", buf_text(&text));
    buf_fini(&text);
    return false;
}

static const struct conf_word *conf_find_word(const struct conf_word *words, const char *value,
                                              struct error *err)
{
    for (const struct conf_word *w = words; w->word; w++) {
        if (strcmp(w->word, value) == 0)
            return w;
    }
    conf_not_a_word(words, err);
    return NULL;
}

bool value_word(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    const struct conf_word *w = conf_find_word(k->words, value, err);
    if (w)
        memcpy(field, &w->value, sizeof w->value); /* an enum has the size of an int */
    return w;
}

bool value_flag_word(struct conf_reader *r, const struct conf_key *k, void *field,
                     const char *value, struct error *err)
{
    (void)r;
    const struct conf_word *w = conf_find_word(k->words, value, err);
    if (w)
        *(bool *)field = w->value;
    return w;
}

/* "4/7d": changes, and the time they happen in; fills flap_changes and flap_window_ms. */
bool value_flap(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)field;
    const char *slash = strchr(value, '/');
    int64_t window = 0;
    char *end;
    if (strcmp(value, "0") == 0) {
        r->c->flap_changes = 0;
        return true;
    }
    unsigned long changes = strtoul(value, &end, 10);
    if (!slash || *value < '0' || *value > '9' || end != slash || changes < 2 ||
        changes > LIMIT_FLAP || !duration_parse(slash + 1, &window) || window < k->least ||
        window > k->most)
        return error_set(
            err, ERR_CONFIG,
            "must be a number of changes from 2 to %d, / and a time, such as 4/7d; or 0",
            LIMIT_FLAP);
    r->c->flap_changes = (unsigned)changes;
    r->c->flap_window_ms = window;
    return true;
}

/* 00:00 UTC of that day; a day before anything it could be about is refused. */
static bool conf_day_parse(const char *value, time_t *out)
{
    struct tm tm;
    if (!date_parse(value, DATE_DAY, &tm))
        return false;
    *out = (time_t)clock_from_utc(&tm);
    return tm.tm_year >= 100;
}

bool value_date(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    if (!conf_day_parse(value, field))
        return error_set(err, ERR_CONFIG, "must be a day such as 2026-11-01");
    return true;
}

/* "203.0.113.0/24 2026-03-01" */
bool value_cover(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                 struct error *err)
{
    (void)r;
    (void)k;
    struct conf_snds *snds =
        (struct conf_snds *)((char *)field - offsetof(struct conf_snds, covers));
    size_t len = strcspn(value, " \t");
    const char *day = value + len + strspn(value + len, " \t");
    struct conf_cover cover = {0};
    char *block = mem_ndup(value, len);
    bool ok = cidr_parse(block, &cover.block, err);
    free(block);
    if (!ok) {
        conf_mistaken(value, err);
        return false;
    }
    if (cover.block.base.family != 4)
        return error_set(err, ERR_CONFIG, "must be an IPv4 block: SNDS does not cover IPv6");
    if (*day && !conf_day_parse(day, &cover.attested))
        return error_set(err, ERR_CONFIG,
                         "must be a block and the day of its last attestation, such as "
                         "203.0.113.0/24 2026-03-01");
    snds->covers = mem_grow(snds->covers, snds->cover_count + 1, sizeof *snds->covers);
    snds->covers[snds->cover_count++] = cover;
    return true;
}

/* Words with commas and blanks between them: "4, 6" */
bool value_families(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)r;
    (void)k;
    unsigned families = strcmp(value, "both") == 0 ? FAMILY_4 | FAMILY_6 : 0;
    for (const char *p = families ? "" : value; *p; p++) {
        bool alone = (p == value || strchr(", \t", p[-1])) && (!p[1] || strchr(", \t", p[1]));
        if (strchr(", \t", *p))
            continue;
        if ((*p != '4' && *p != '6') || !alone) {
            families = 0;
            break;
        }
        families |= *p == '4' ? (unsigned)FAMILY_4 : (unsigned)FAMILY_6;
    }
    if (!families)
        return error_set(err, ERR_CONFIG, "must be 4, 6 or both (4, 6)");
    *(unsigned *)field = families;
    return true;
}

/* "listed, delisted": a bit set of change_kind */
bool value_only(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    uint32_t set = 0;
    for (const char *p = value + strspn(value, ", \t"); *p;) {
        char word[32];
        size_t len = strcspn(p, ", \t");
        snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : 0), p);
        enum change_kind kind = CHANGE_NONE;
        if (!change_parse(word, &kind) || kind == CHANGE_NONE) {
            struct conf_word words[CHANGE_COUNT] = {{NULL, 0}};
            for (int i = 1; i < CHANGE_COUNT; i++)
                words[i - 1].word = change_word((enum change_kind)i);
            struct error list = {0};
            conf_not_a_word(words, &list);
            return error_set(err, ERR_CONFIG, "each of the words %s", list.text);
        }
        set |= UINT32_C(1) << kind;
        p += len;
        p += strspn(p, ", \t");
    }
    if (!set)
        return error_set(err, ERR_CONFIG, "must name at least one kind of change");
    *(uint32_t *)field = set;
    return true;
}

bool value_shard(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                 struct error *err)
{
    (void)k;
    r->shard_by_index = strncmp(value, "index", 5) == 0;
    return shard_parse(value, getenv("JOB_COMPLETION_INDEX"), field, err);
}

/* "1/5" */
bool value_share(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                 struct error *err)
{
    (void)r;
    (void)k;
    const char *slash = strchr(value, '/');
    bool clean = slash && strspn(value, "0123456789/") == strlen(value) && strlen(value) < 10;
    unsigned part = clean ? (unsigned)strtoul(value, NULL, 10) : 0;
    unsigned whole = clean && !strchr(slash + 1, '/') ? (unsigned)strtoul(slash + 1, NULL, 10) : 0;
    if (part < 1 || part > whole)
        return error_set(err, ERR_CONFIG, "must be a part of the whole, such as 1/5");
    *(struct conf_share *)field = (struct conf_share){part, whole};
    return true;
}

/* The file is read after the whole configuration, as `user` may come later. */
bool value_secret_file(struct conf_reader *r, const struct conf_key *k, void *field,
                       const char *value, struct error *err)
{
    struct secret *secret = field;
    char *path = NULL, shown[CONF_SECTION_SHOWN];
    conf_show_section(r, r->section, shown);
    if (!value_path(r, k, &path, value, err))
        return false;
    secret->wanted = true;
    secret->at = (struct conf_place){r->c->path, r->line};
    r->pending = mem_grow(r->pending, r->pending_count + 1, sizeof *r->pending);
    r->pending[r->pending_count++] = (struct conf_pending){
        .base = r->array,
        .offset = (size_t)((char *)field - (char *)(r->array ? *r->array : (void *)r->c)),
        .path = path,
        .section = mem_dup(shown),
        .key = k,
        .line = r->line,
    };
    return true;
}

bool value_secret_url(struct conf_reader *r, const struct conf_key *k, void *field,
                      const char *value, struct error *err)
{
    struct secret *secret = field;
    char shown[CONF_SECTION_SHOWN];
    struct url url;
    if (!url_parse_asked(value, &url, err))
        return false;
    conf_show_section(r, r->section, shown);
    if (r->open_to_others)
        errors_add(r->warnings, ERR_PERMISSION, r->c->path, r->line,
                   "[%s] %s: the URL may contain a secret and other users can read this file: "
                   "chmod o-rwx it, or put the URL into a file and name it with url_file",
                   shown, k->info.key);
    secret_free(secret->text);
    *secret = (struct secret){mem_dup(value), true, (struct conf_place){r->c->path, r->line}};
    log_hide(secret->text);
    return true;
}
