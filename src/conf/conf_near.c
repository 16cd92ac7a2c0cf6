/* SPDX-License-Identifier: ISC */
/* What is said of an unknown word. */
#include "conf_parse.h"

#include "conf_lex.h"

#include <stdio.h>
#include <string.h>

#define NEAR_MAX   32 /* longer words are no slips of a known one */
#define SHOWN_MAX  20 /* the longest key has 18; keys of Spamhaus have 26, web hook tokens more */
#define DIGITS_MAX 3  /* status_404 */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours between two short words. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NEAR_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *conf_nearest(const char *typed, const char *const *words, size_t count)
{
    size_t len = strlen(typed);
    const char *best = NULL;
    unsigned best_distance = 0;
    for (size_t i = 0; len <= NEAR_MAX && i < count; i++) {
        size_t word_len = strlen(words[i]);
        if (word_len > NEAR_MAX)
            continue;
        unsigned d = distance(typed, len, words[i], word_len);
        unsigned most = word_len < 4 ? 1 : word_len < 9 ? 2 : 3;
        if (d <= most && (!best || d < best_distance)) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}

bool conf_may_show(const char *word)
{
    size_t digits = 0, uppers = 0, lowers = 0;
    for (const char *p = word; *p; p++) {
        digits += *p >= '0' && *p <= '9';
        uppers += *p >= 'A' && *p <= 'Z';
        lowers += *p >= 'a' && *p <= 'z';
    }
    bool one_case = !lowers || !uppers || (uppers == 1 && word[0] >= 'A' && word[0] <= 'Z');
    return strlen(word) <= SHOWN_MAX && digits <= DIGITS_MAX && one_case;
}

/* What other programs call it. "": any section. */
static const struct {
    const char *section, *typed, *key;
} other_words[] = {
    {"mail", "host", "server"},
    {"mail", "port", "server"},
    {"mail", "smtp", "server"},
    {"mail", "relay", "server"},
    {"mail", "smarthost", "server"},
    {"mail", "username", "user"},
    {"mail", "login", "user"},
    {"mail", "sender", "from"},
    {"mail", "recipient", "to"},
    {"mail", "recipients", "to"},
    {"mail", "rcpt", "to"},
    {"mail", "email", "to"},
    {"mail", "address", "to"},
    {"mail", "starttls", "tls"},
    {"mail", "ssl", "tls"},
    {"mail", "level", "min_level"},
    {"webhook", "level", "min_level"},
    {"webhook", "hook", "url"},
    {"webhook", "type", "format"},
    {"webhook", "token", "token_file"},
    {"targets", "address", "ip"},
    {"targets", "cidr", "ip"},
    {"targets", "network", "ip"},
    {"targets", "range", "ip"},
    {"targets", "hostname", "host"},
    {"targets", "ignore", "exclude"},
    {"dns", "nameserver", "resolver"},
    {"dns", "server", "resolver"},
    {"dns", "retries", "tries"},
    {"dnsbl", "lists", "use"},
    {"", "interval", "every"},
    {"", "database", "state"},
};

static const char *other_word(const char *section, const char *typed, const char *const *words,
                              size_t count)
{
    for (size_t i = 0; i < sizeof other_words / sizeof other_words[0]; i++) {
        if (strcmp(other_words[i].typed, typed) != 0 ||
            (*other_words[i].section && strcmp(other_words[i].section, section) != 0))
            continue;
        for (size_t k = 0; k < count; k++) {
            if (strcmp(words[k], other_words[i].key) == 0)
                return words[k];
        }
    }
    return NULL;
}

/* "password", "pass" or "key", where password_file or key_file is a key. */
static const char *file_word(const char *typed, const char *const *words, size_t count)
{
    static const char tail[] = "_file";
    const char *stems[CONF_KEYS_MAX] = {NULL};
    char stem[CONF_KEYS_MAX][NEAR_MAX];
    size_t len = strlen(typed), places[CONF_KEYS_MAX], found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t stem_len = strlen(words[i]) - (strlen(words[i]) < sizeof tail ? 0 : sizeof tail - 1);
        if (strcmp(words[i] + stem_len, tail) != 0 || stem_len >= NEAR_MAX)
            continue;
        if (len >= 3 && (strncmp(words[i], typed, len < stem_len ? len : stem_len) == 0))
            return words[i];
        snprintf(stem[found], NEAR_MAX, "%.*s", (int)stem_len, words[i]);
        stems[found] = stem[found];
        places[found++] = i;
    }
    const char *near = conf_nearest(typed, stems, found);
    for (size_t i = 0; near && i < found; i++) {
        if (near == stems[i])
            return words[places[i]];
    }
    return NULL;
}

/* A section with a name whose name is not in quotes: [mail-ops], [snds_main]. */
static const char *section_before_name(const char *typed)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        size_t len = strlen(conf_sections[i].word);
        if (conf_sections[i].named && strncmp(typed, conf_sections[i].word, len) == 0 &&
            strchr("-_", typed[len]) && typed[len])
            return conf_sections[i].shown;
    }
    return NULL;
}

void conf_unknown_section(struct conf_reader *r, const struct conf_item *item)
{
    const char *words[SECTION_COUNT];
    for (int i = 0; i < SECTION_COUNT; i++)
        words[i] = conf_sections[i].word;
    const char *near = section_before_name(item->word);
    if (!near)
        near = conf_nearest(item->word, words, SECTION_COUNT);
    char shown[CONF_NAME_MAX + 8] = "";
    if (conf_may_show(item->word))
        snprintf(shown, sizeof shown, "[%s]: ", item->word);
    if (near)
        errors_add(r->errors, ERR_CONFIG, r->c->path, item->line,
                   "%sunknown section: did you mean [%s]?", shown, near);
    else
        errors_add(r->errors, ERR_CONFIG, r->c->path, item->line,
                   "%sunknown section: it must be one of [repmon] [targets] [dns] [dnsbl] [snds] "
                   "[talos] [ptr] [mail] [webhook] [prometheus] [ping]",
                   shown);
}

void conf_unknown_key(struct conf_reader *r, const struct conf_item *item)
{
    const char *words[CONF_KEYS_MAX] = {NULL}, *elsewhere = NULL;
    size_t count = 0;
    char text[192];
    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *k = &conf_key_table[i];
        if (k->section == r->section)
            words[count++] = k->info.key;
        else if (!elsewhere && strcmp(k->info.key, item->word) == 0)
            elsewhere = k->info.section;
    }
    const char *near = conf_nearest(item->word, words, count);
    const char *other = other_word(conf_sections[r->section].word, item->word, words, count);
    const char *file = near || other ? NULL : file_word(item->word, words, count);
    if (other || near)
        snprintf(text, sizeof text, "unknown key: did you mean %s?", other ? other : near);
    else if (file)
        snprintf(text, sizeof text,
                 "unknown key: did you mean %s? A secret goes into a file of its own, which that "
                 "key names",
                 file);
    else if (elsewhere)
        snprintf(text, sizeof text, "unknown key here: there is one of this name in [%s]",
                 elsewhere);
    else
        snprintf(text, sizeof text, "unknown key: config.example shows all there are");
    conf_complain(r, item->line, r->section, conf_may_show(item->word) ? item->word : NULL, text);
}
