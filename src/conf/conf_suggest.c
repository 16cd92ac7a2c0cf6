/* SPDX-License-Identifier: ISC */
/* What is said of an unknown word. */
#include "conf_parse.h"

#include "conf_lex.h"
#include "repmon/buf.h"
#include "repmon/suggest.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <string.h>

#define STEM_MAX   32 /* of a key before _file */
#define SHOWN_MAX  20 /* the longest key has 18; keys of Spamhaus have 26, web hook tokens more */
#define DIGITS_MAX 3  /* status_404 */

static const char *conf_nearest(const char *typed, const char *const *words, size_t count)
{
    struct suggestion s = {.typed = typed};
    for (size_t i = 0; i < count; i++)
        suggest_offer(&s, words[i]);
    return s.word;
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
    {"webhook", "homeserver", "url"},
    {"webhook", "bot_token", "token_file"},
    {"webhook", "access_token", "token_file"},
    {"webhook", "server", "url"},
    {"webhook", "chat", "room"},
    {"webhook", "chat_id", "room"},
    {"webhook", "room_id", "room"},
    {"webhook", "channel", "room"},
    {"", "holds", "valid_for"},
    {"", "ttl", "valid_for"},
    {"targets", "address", "ip"},
    {"targets", "cidr", "ip"},
    {"targets", "network", "ip"},
    {"targets", "range", "ip"},
    {"targets", "hostname", "host"},
    {"targets", "ignore", "exclude"},
    {"targets", "shards", "shard"},
    {"dns", "nameserver", "resolver"},
    {"dns", "server", "resolver"},
    {"dns", "retries", "tries"},
    {"dnsbl", "lists", "use"},
    {"", "interval", "every"},
    {"", "database", "state"},
};

static const char *conf_other_word(const char *section, const char *typed, const char *const *words,
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
static const char *conf_file_word(const char *typed, const char *const *words, size_t count)
{
    static const char tail[] = "_file";
    const char *stems[CONF_KEYS_MAX] = {NULL};
    char stem[CONF_KEYS_MAX][STEM_MAX];
    size_t len = strlen(typed), places[CONF_KEYS_MAX], found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t stem_len = strlen(words[i]) - (strlen(words[i]) < sizeof tail ? 0 : sizeof tail - 1);
        if (strcmp(words[i] + stem_len, tail) != 0 || stem_len >= STEM_MAX)
            continue;
        if (len >= 3 && (strncmp(words[i], typed, len < stem_len ? len : stem_len) == 0))
            return words[i];
        snprintf(stem[found], STEM_MAX, "%.*s", (int)stem_len, words[i]);
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
static const char *conf_section_before_name(const char *typed)
{
    for (size_t i = 0; i < conf_section_count; i++) {
        size_t len = strlen(conf_sections[i]->word);
        if (conf_sections[i]->named && strncmp(typed, conf_sections[i]->word, len) == 0 &&
            strchr("-_", typed[len]) && typed[len])
            return conf_sections[i]->shown;
    }
    return NULL;
}

/* As people write it; of two sections with the same word, the named one if a name was given. */
static const char *conf_nearest_section(const struct conf_item *item)
{
    struct suggestion s = {.typed = item->word};
    const char *shown = NULL;
    for (size_t i = 0; i < conf_section_count; i++)
        suggest_offer(&s, conf_sections[i]->word);
    for (size_t i = 0; s.word && i < conf_section_count; i++) {
        bool same = strcmp(conf_sections[i]->word, s.word) == 0;
        if (same && (!shown || conf_sections[i]->named == (item->name != NULL)))
            shown = conf_sections[i]->shown;
    }
    return shown;
}

/* Lists all sections, each word once. */
static void conf_tell_sections(struct conf_reader *r, int line, const char *shown)
{
    struct buf all;
    buf_init(&all, 1024);
    for (size_t i = 0; i < conf_section_count; i++) {
        if (i == 0 || strcmp(conf_sections[i]->word, conf_sections[i - 1]->word) != 0)
            buf_fmt(&all, " [%s]", conf_sections[i]->word);
    }
    errors_add(r->errors, ERR_CONFIG, r->c->path, line, "%sunknown section: it must be one of%s",
               shown, buf_text(&all));
    buf_fini(&all);
}

void conf_unknown_section(struct conf_reader *r, const struct conf_item *item)
{
    const char *near = conf_section_before_name(item->word);
    if (!near)
        near = conf_nearest_section(item);
    char shown[CONF_NAME_MAX + 8] = "";
    if (conf_may_show(item->word))
        text_fit(shown, sizeof shown, "[%s]: ", item->word);
    if (!near) {
        conf_tell_sections(r, item->line, shown);
        return;
    }
    errors_add(r->errors, ERR_CONFIG, r->c->path, item->line,
               "%sunknown section: did you mean [%s]?", shown, near);
    for (size_t i = 0; i < conf_section_count; i++) {
        if (strcmp(conf_sections[i]->shown, near) == 0)
            r->meant = i;
    }
}

void conf_unknown_key(struct conf_reader *r, const struct conf_item *item)
{
    const char *words[CONF_KEYS_MAX] = {NULL}, *elsewhere = NULL;
    size_t count = 0;
    char text[192];
    for (size_t i = 0; i < conf_sections[r->section]->key_count; i++)
        words[count++] = conf_sections[r->section]->keys[i].info.key;
    for (size_t i = 0; i < conf_section_count && !elsewhere; i++)
        if (conf_has_key(i, item->word))
            elsewhere = conf_sections[i]->shown;
    const char *meant = conf_other_word(conf_sections[r->section]->word, item->word, words, count);
    const char *file = meant || elsewhere ? NULL : conf_file_word(item->word, words, count);
    if (!meant && !elsewhere && !file)
        meant = conf_nearest(item->word, words, count);
    if (meant)
        text_fit(text, sizeof text, "unknown key: did you mean %s?", meant);
    else if (elsewhere)
        text_fit(text, sizeof text, "unknown key here: a key of this name belongs in [%s]",
                 elsewhere);
    else if (file)
        text_fit(text, sizeof text,
                 "unknown key: did you mean %s? Put the secret into a file of its own and name the "
                 "file there",
                 file);
    else
        text_fit(text, sizeof text, "unknown key: config.example shows all keys");
    conf_complain(r, item->line, r->section, conf_may_show(item->word) ? item->word : NULL, text);
}
