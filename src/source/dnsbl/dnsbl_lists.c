/* SPDX-License-Identifier: ISC */
#include "repmon/dnsbl_list.h"

#include "catalogue_fields.h"

#include "repmon/limits.h"
#include "repmon/suggest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN_INPUT 100 /* bytes of a mistyped zone that are quoted back */

#define SLIP_MIN  6 /* shorter names differ so little that another one may be meant */
#define SLIP_MOST 2

/* What the build works with. */
struct choice {
    const struct catalogue *catalogue;
    const struct conf *conf;
    const char *const *zones;
    size_t zone_count;
    struct dnsbl_lists *out;
};

static bool dnsbl_same_zone(const char *a, const char *b)
{
    size_t alen = strlen(a), blen = strlen(b);
    alen -= alen > 0 && a[alen - 1] == '.';
    blen -= blen > 0 && b[blen - 1] == '.';
    return alen == blen && strncasecmp(a, b, alen) == 0;
}

static const struct conf_dnsbl *dnsbl_section_of(const struct conf *conf, const char *zone)
{
    for (size_t i = 0; i < conf->dnsbl_count; i++) {
        if (dnsbl_same_zone(conf->dnsbls[i].zone, zone))
            return &conf->dnsbls[i];
    }
    return NULL;
}

static bool dnsbl_lists_is_named(const struct choice *c, const char *zone)
{
    for (size_t i = 0; i < c->zone_count; i++) {
        if (dnsbl_same_zone(c->zones[i], zone))
            return true;
    }
    return false;
}

/* Formatted text, owned by the caller. */
static char *dnsbl_words(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *dnsbl_words(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(LIMIT_CATALOGUE_TEXT * 2, fmt, args);
    va_end(args);
    return text;
}

static const char not_for_us[] =
    "it is of no use here: it lists neither addresses nor whole domains "
    "in a way that could be queried and proven";

static char *dnsbl_death(const struct catalogue_dead *dead)
{
    return dnsbl_words("dead since %s (%s)%s%s", dead->since, dead->behaviour,
                       dead->reason[0] ? ": " : "", dead->reason);
}

/* Takes the text. */
static void dnsbl_note(struct dnsbl_lists *lists, char *text)
{
    lists->notes = mem_grow(lists->notes, lists->note_count + 1, sizeof *lists->notes);
    lists->notes[lists->note_count++] = text;
}

/* ---- the --list choices ---- */

/* Takes `what`. */
static bool dnsbl_refuse(const char *zone, char *what, struct error *err)
{
    struct buf shown;
    buf_init(&shown, 4 * SHOWN_INPUT);
    buf_clean(&shown, zone, strlen(zone), SHOWN_INPUT);
    error_set(err, ERR_USAGE, "--list %s: %s", buf_text(&shown), what);
    buf_fini(&shown);
    free(what);
    return false;
}

/* As the catalogue spells zones; owned by the caller. */
static char *dnsbl_normal_zone(const char *typed)
{
    size_t len = strlen(typed);
    char *zone = mem_dup(typed);
    if (len && zone[len - 1] == '.')
        zone[len - 1] = '\0';
    for (char *p = zone; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return zone;
}

/* A zone that is not in the catalogue is queried as the user's own; false: not a valid zone. */
static bool dnsbl_add_adhoc(struct dnsbl_lists *out, const char *typed)
{
    char *zone = dnsbl_normal_zone(typed);
    if (!zone_is_valid(zone) || !strchr(zone, '.')) {
        free(zone);
        return false;
    }
    struct conf_dnsbl *section = &out->adhoc[out->adhoc_count++];
    section->zone = zone;
    dnsbl_note(out,
               dnsbl_words(
                   "%s is in no catalogue and has no section: it is queried as a list of your own, "
                   "with the test addresses of RFC 5782 (127.0.0.2 must be listed, 127.0.0.1 not)",
                   zone));
    return true;
}

/* NULL: nothing is close to it. */
static char *dnsbl_near_words(const char *near)
{
    return near ? dnsbl_words("no such list; did you mean %s?", near)
                : mem_dup("no such list, nor a domain name that could be queried; \"repmon lists\" "
                          "shows the known ones");
}

static bool dnsbl_check_named(const struct choice *c, const char *zone, struct error *err)
{
    const struct conf_dnsbl *section = dnsbl_section_of(c->conf, zone);
    if (catalogue_find(c->catalogue, zone) || (section && section->force))
        return true;
    const struct catalogue_dead *dead = catalogue_find_dead(c->catalogue, zone);
    if (dead)
        return dnsbl_refuse(zone, dnsbl_death(dead), err);
    if (section)
        return true;
    if (catalogue_is_domain_only(c->catalogue, zone))
        return dnsbl_refuse(zone, mem_dup(not_for_us), err);
    const char *slip = dnsbl_slip(c->catalogue, c->conf, zone);
    if (slip)
        return dnsbl_refuse(zone, dnsbl_near_words(slip), err);
    return dnsbl_add_adhoc(c->out, zone) ||
           dnsbl_refuse(zone, dnsbl_near_words(dnsbl_nearest(c->catalogue, c->conf, zone)), err);
}

static struct suggestion dnsbl_suggest(const struct catalogue *c, const struct conf *conf,
                                       const char *typed)
{
    struct suggestion s = {.typed = typed};
    for (size_t i = 0; i < c->list_count; i++)
        suggest_offer(&s, c->lists[i].zone);
    for (size_t i = 0; conf && i < conf->dnsbl_count; i++)
        suggest_offer(&s, conf->dnsbls[i].zone);
    return s;
}

const char *dnsbl_nearest(const struct catalogue *c, const struct conf *conf, const char *typed)
{
    return dnsbl_suggest(c, conf, typed).word;
}

/* "zen.dq.spamhaus.org" and "zen.dq.spamhaus.net" */
static bool dnsbl_differ_in_end_only(const char *a, const char *b)
{
    const char *a_end = strrchr(a, '.'), *b_end = strrchr(b, '.');
    size_t len = a_end ? (size_t)(a_end - a) : 0;
    return len >= SLIP_MIN && b_end && (size_t)(b_end - b) == len && strncasecmp(a, b, len) == 0;
}

/* "spamcop.net" and "bl.spamcop.net" */
static bool dnsbl_is_domain_of(const char *typed, const char *zone)
{
    size_t len = strlen(typed), whole = strlen(zone);
    return strchr(typed, '.') && whole > len + 1 && zone[whole - len - 1] == '.' &&
           strcasecmp(zone + whole - len, typed) == 0;
}

static bool dnsbl_is_slip_of(const char *typed, const char *zone)
{
    bool first_lost = strcasecmp(zone + 1, typed) == 0;
    return first_lost || dnsbl_differ_in_end_only(zone, typed) || dnsbl_is_domain_of(typed, zone);
}

const char *dnsbl_slip(const struct catalogue *c, const struct conf *conf, const char *typed)
{
    for (size_t i = 0; i < c->list_count; i++) {
        if (dnsbl_is_slip_of(typed, c->lists[i].zone))
            return c->lists[i].zone;
    }
    struct suggestion s = dnsbl_suggest(c, conf, typed);
    if (!s.word || strlen(typed) < SLIP_MIN || s.distance > SLIP_MOST)
        return NULL;
    /* sbl, xbl, pbl and dbl are different lists, not slips for each other */
    return tolower((unsigned char)s.word[0]) == tolower((unsigned char)typed[0]) ? s.word : NULL;
}

/* ---- the lists of a run ---- */

static bool dnsbl_is_chosen(const struct choice *c, const struct dnsbl_list *list)
{
    if (c->zone_count > 0)
        return dnsbl_lists_is_named(c, list->zone);
    enum dnsbl_use use = c->conf->dnsbl_use;
    return list->has_section || use == DNSBL_ALL ||
           (use == DNSBL_DEFAULT && list->catalogue && list->catalogue->in_default);
}

static void dnsbl_decide(const struct choice *c, const struct conf_dnsbl *section,
                         struct dnsbl_list *list)
{
    bool key = section && section->key.text, wanted = section && section->key.wanted;
    bool needed = list->catalogue && list->catalogue->needs_key;
    list->state = LIST_ON;
    if (!dnsbl_is_chosen(c, list)) {
        list->state = LIST_NOT_CHOSEN;
    } else if (list->severity == SEV_OFF) {
        list->state = LIST_DISABLED;
        list->why_off = mem_dup("severity = off");
    } else if (!key && wanted) {
        list->state = LIST_NO_KEY;
        list->why_off = mem_dup("its key can't be read");
    } else if (!key && needed) {
        list->state = LIST_NO_KEY;
        list->why_off = dnsbl_words("it needs a key: %s", list->cure);
    }
    list->off_when_not_served = list->state == LIST_ON && !list->has_section && list->catalogue &&
                                list->catalogue->needs_registration;
}

static bool dnsbl_add(const struct choice *c, const struct catalogue_list *known,
                      const struct conf_dnsbl *section, struct error *err)
{
    struct dnsbl_list *list = &c->out->items[c->out->total];
    if (!dnsbl_list_make(known, section, c->conf, list, err))
        return false;
    c->out->total++;
    dnsbl_decide(c, section, list);
    return list->state != LIST_ON || dnsbl_list_name(list, section, err);
}

/* Whether the section has keys that only a list outside the catalogue needs. */
static bool dnsbl_describes_own_list(const struct conf_dnsbl *section)
{
    return section->has_test || section->code_count || section->has_kind || section->error_count ||
           section->has_families || section->zone6 || section->force || section->domains;
}

/* A section for a zone that is not a list in the catalogue. */
static bool dnsbl_add_own(const struct choice *c, const struct conf_dnsbl *section,
                          struct error *err)
{
    const struct catalogue_dead *dead = catalogue_find_dead(c->catalogue, section->zone);
    bool domains = catalogue_is_domain_only(c->catalogue, section->zone);
    const char *slip = dnsbl_slip(c->catalogue, NULL, section->zone);
    if (!dead && !domains && slip && !dnsbl_describes_own_list(section))
        return error_at(err, ERR_CONFIG, section->at.file, section->at.line,
                        "[dnsbl \"%s\"]: no list of that name is known; did you mean %s? A list of "
                        "your own has code, test or kind in its section",
                        section->zone, slip);
    if ((!dead && (!domains || section->domains)) || section->force)
        return dnsbl_add(c, NULL, section, err);
    char *why = dead ? dnsbl_death(dead) : mem_dup(not_for_us);
    dnsbl_note(c->out, dnsbl_words("%s is skipped: %s", section->zone, why));
    free(why);
    return true;
}

static struct dnsbl_list *dnsbl_find(const struct dnsbl_lists *lists, const char *zone)
{
    for (size_t i = 0; i < lists->total; i++) {
        if (dnsbl_same_zone(lists->items[i].zone, zone))
            return &lists->items[i];
    }
    return NULL;
}

/*
 * A list that is on switches off the lists it contains. One that is itself replaced still does so,
 * because its replacer contains both. Lists that replace each other in a circle must not all end up
 * off, so nothing replaces a list that it was itself replaced by.
 */
static void dnsbl_replace(const struct choice *c)
{
    size_t total = c->out->total;
    size_t *by = mem_array(total + 1, sizeof *by); /* index + 1 of the replacer; 0: none */
    for (size_t i = 0; i < total; i++) {
        struct dnsbl_list *list = &c->out->items[i];
        size_t count =
            list->catalogue && list->state == LIST_ON ? list->catalogue->replace_count : 0;
        for (size_t r = 0; r < count; r++) {
            struct dnsbl_list *other = dnsbl_find(c->out, list->catalogue->replaces[r]);
            const struct conf_dnsbl *section =
                other ? dnsbl_section_of(c->conf, other->zone) : NULL;
            if (!other || other == list || other->state != LIST_ON ||
                dnsbl_lists_is_named(c, other->zone) || (section && section->force))
                continue;
            size_t o = (size_t)(other - c->out->items), up = i + 1;
            while (up != 0 && up != o + 1)
                up = by[up - 1];
            if (up == 0 && by[o] == 0)
                by[o] = i + 1;
        }
    }
    for (size_t i = 0; i < total; i++) {
        struct dnsbl_list *list = &c->out->items[i];
        if (by[i] == 0)
            continue;
        const char *zone = c->out->items[by[i] - 1].zone;
        list->state = LIST_REPLACED;
        list->off_when_not_served = false;
        list->why_off = dnsbl_words("contained in %s", zone);
        if (list->has_section)
            dnsbl_note(c->out,
                       dnsbl_words("%s is not queried: it is contained in %s", list->zone, zone));
    }
    free(by);
}

static bool dnsbl_is_column(const struct choice *c, const struct dnsbl_list *list)
{
    return list->state == LIST_ON || (list->state == LIST_NO_KEY &&
                                      (list->has_section || dnsbl_lists_is_named(c, list->zone)));
}

/* Columns first; both parts keep their order. */
static void dnsbl_sort_columns(const struct choice *c)
{
    struct dnsbl_lists *out = c->out;
    struct dnsbl_list *sorted = mem_array(out->total, sizeof *sorted);
    size_t columns = 0, n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < out->total; i++) {
            if (dnsbl_is_column(c, &out->items[i]) == (pass == 0))
                sorted[n++] = out->items[i];
        }
        columns = pass == 0 ? n : columns;
    }
    free(out->items);
    out->items = sorted;
    out->count = columns;
}

static bool dnsbl_lists_fill(const struct choice *c, struct error *err)
{
    for (size_t i = 0; i < c->zone_count; i++) {
        if (!dnsbl_check_named(c, c->zones[i], err))
            return false;
    }
    for (size_t i = 0; i < c->catalogue->list_count; i++) {
        const struct catalogue_list *known = &c->catalogue->lists[i];
        if (!dnsbl_add(c, known, dnsbl_section_of(c->conf, known->zone), err))
            return false;
    }
    for (size_t i = 0; i < c->conf->dnsbl_count; i++) {
        const struct conf_dnsbl *section = &c->conf->dnsbls[i];
        if (!catalogue_find(c->catalogue, section->zone) && !dnsbl_add_own(c, section, err))
            return false;
    }
    for (size_t i = 0; i < c->out->adhoc_count; i++) {
        if (!dnsbl_add(c, NULL, &c->out->adhoc[i], err))
            return false;
    }
    return true;
}

bool dnsbl_lists_build(const struct catalogue *catalogue, const struct conf *conf,
                       const char *const *zones, size_t zone_count, struct dnsbl_lists *out,
                       struct error *err)
{
    size_t room = catalogue->list_count + conf->dnsbl_count + zone_count;
    *out = (struct dnsbl_lists){0};
    if (room > LIMIT_LISTS)
        return error_set(err, ERR_CONFIG, "more than %d DNS lists", LIMIT_LISTS);
    out->items = mem_array(room + 1, sizeof *out->items);
    out->adhoc = mem_array(zone_count, sizeof *out->adhoc); /* never moved: lists borrow from it */
    struct choice c = {catalogue, conf, zones, zone_count, out};
    if (!dnsbl_lists_fill(&c, err)) {
        dnsbl_lists_fini(out);
        return false;
    }
    dnsbl_replace(&c);
    dnsbl_sort_columns(&c);
    return true;
}

void dnsbl_lists_fini(struct dnsbl_lists *lists)
{
    for (size_t i = 0; i < lists->total; i++)
        dnsbl_list_fini(&lists->items[i]);
    for (size_t i = 0; i < lists->note_count; i++)
        free(lists->notes[i]);
    for (size_t i = 0; i < lists->adhoc_count; i++)
        free(lists->adhoc[i].zone);
    free(lists->adhoc);
    free(lists->items);
    free(lists->notes);
    *lists = (struct dnsbl_lists){0};
}

const struct dnsbl_list *dnsbl_lists_find(const struct dnsbl_lists *lists, const char *zone)
{
    return dnsbl_find(lists, zone);
}
