/* SPDX-License-Identifier: ISC */
#include "conf_lex.h"

#include <string.h>

/* Invisible characters that copying from a web page or word processor brings along. */
static const struct {
    const char *bytes, *what;
} unseen[] = {
    {"\xc2\xa0", "a no-break space, as copied from web pages: use a plain space"},
    {"\xe2\x80\x8b", "an invisible character (zero-width space): delete it"},
    {"\xef\xbb\xbf", "an invisible character (byte order mark): delete it"},
    {"\xe2\x80\x8e", "an invisible character (left-to-right mark): delete it"},
    {"\xe2\x80\xaf", "a narrow no-break space: use a plain space"},
};

void conf_lex_init(struct conf_lex *lex, const char *text, size_t len)
{
    lex->text = text;
    lex->len = len;
    lex->at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark */
    lex->line = 0;
    lex->copy[0] = '\0';
}

void conf_lex_fini(struct conf_lex *lex)
{
    explicit_bzero(lex->copy, sizeof lex->copy);
}

static bool conf_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool conf_lex_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static char *conf_skip_blanks(char *p)
{
    while (conf_is_blank(*p))
        p++;
    return p;
}

/* Column of `p` in the line, from 1. */
static int conf_column(const struct conf_lex *lex, const char *p)
{
    return (int)(p - lex->copy) + 1;
}

static bool conf_bad(struct error *err, const char *what)
{
    return error_set(err, ERR_CONFIG, "%s", what);
}

static bool conf_bad_at(const struct conf_lex *lex, const char *p, struct error *err,
                        const char *what)
{
    return error_set(err, ERR_CONFIG, "column %d: %s", conf_column(lex, p), what);
}

/* With its byte order mark, or an ASCII character in two bytes. */
static bool conf_is_utf16(const char *start, size_t len)
{
    return len >= 2 && (memcmp(start, "\xff\xfe", 2) == 0 || memcmp(start, "\xfe\xff", 2) == 0 ||
                        !start[0] != !start[1]);
}

#define RUBBISH_SHARE 32 /* one in so many bytes; stray ones in a text are reported by line */

/* A program, an image, a compressed file: each of its lines would be an error. */
static bool conf_is_binary(const char *text, size_t len)
{
    size_t rubbish = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        rubbish += c == 0x7f || (c < ' ' && !strchr("\t\n\r", c)) || c == '\0';
    }
    return len >= RUBBISH_SHARE && rubbish > len / RUBBISH_SHARE;
}

/* What a non-text byte points to: each is an encoding that editors offer for saving. */
static const char *conf_not_text(unsigned char c)
{
    if (c == '\0')
        return "a NUL byte is not allowed";
    if (c == '\r')
        return "a carriage return inside a line: save the file with Unix line endings";
    return "a control character is not allowed";
}

/* Copies the next line without its end. False with an error: not text, or too long. */
static bool conf_take_line(struct conf_lex *lex, struct error *err)
{
    const char *start = lex->text + lex->at;
    size_t left = lex->len - lex->at;
    const char *end = memchr(start, '\n', left);
    size_t len = end ? (size_t)(end - start) : left;
    lex->at += len + (end ? 1 : 0);
    lex->line++;
    lex->copy[0] = '\0';
    if (lex->line == 1 && conf_is_utf16(start, len)) {
        lex->at = lex->len; /* one error, not one per line */
        return conf_bad(err, "the file is UTF-16: save it as UTF-8");
    }
    if (lex->line == 1 && conf_is_binary(lex->text, lex->len)) {
        lex->at = lex->len;
        return conf_bad(err,
                        "the file is not a text file: name the configuration with --config FILE");
    }
    if (len && start[len - 1] == '\r')
        len--;
    if (len > LIMIT_CONF_LINE)
        return error_set(err, ERR_CONFIG, "the line is longer than %d bytes", LIMIT_CONF_LINE);
    memcpy(lex->copy, start, len);
    lex->copy[len] = '\0';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)lex->copy[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            int at = (int)i + 1;
            lex->copy[i] = '\0';
            return error_set(err, ERR_CONFIG, "column %d: %s", at, conf_not_text(c));
        }
    }
    return true;
}

/* What may follow a complete section: blanks, and a comment after a blank. */
static bool conf_is_rest(const char *p)
{
    const char *start = p;
    while (conf_is_blank(*p))
        p++;
    return *p == '\0' || (*p == ';' && p > start);
}

/* Quotes that look like ours: ' and `, and those that word processors and web pages make. */
static bool conf_is_other_quote(const char *p)
{
    return *p == '\'' || *p == '`' || strncmp(p, "\xe2\x80\x98", 3) == 0 ||
           strncmp(p, "\xe2\x80\x99", 3) == 0 || strncmp(p, "\xe2\x80\x9c", 3) == 0 ||
           strncmp(p, "\xe2\x80\x9d", 3) == 0 || strncmp(p, "\xe2\x80\x9e", 3) == 0 ||
           strncmp(p, "\xc2\xab", 2) == 0 || strncmp(p, "\xc2\xbb", 2) == 0;
}

/* Why there is no ] at `p`, after a section's word and what may follow it. */
static bool conf_no_end(const struct conf_lex *lex, const char *p, bool has_name, struct error *err)
{
    if (*p == '\0')
        return conf_bad_at(lex, p, err,
                           "] is missing; a section is written [word] or [word \"name\"]");
    if (conf_is_other_quote(p))
        return conf_bad_at(lex, p, err,
                           "the name needs plain double quotes, not typographic or single ones: "
                           "[word \"name\"]");
    if (!has_name)
        return conf_bad_at(lex, p, err,
                           "write the name in double quotes, after a space: [word \"name\"]");
    return conf_bad_at(lex, p, err, "only ] may follow the name: [word \"name\"]");
}

static bool conf_read_section(struct conf_lex *lex, struct conf_item *item, struct error *err)
{
    char *p = lex->copy + 1;
    item->word = p;
    while (conf_lex_is_word(*p))
        p++;
    char *word_end = p;
    if (p == item->word)
        return conf_bad_at(lex, p, err, "a section is written [word] or [word \"name\"]");
    p = conf_skip_blanks(p);
    if (*p == '"' && p > word_end) {
        item->name = ++p;
        while (*p && *p != '"')
            p++;
        if (*p != '"')
            return conf_bad_at(lex, p, err, "the closing \" after the section's name is missing");
        if (p == item->name)
            return conf_bad_at(lex, p, err, "the section's name is empty");
        *p++ = '\0';
    }
    if (*p != ']')
        return conf_no_end(lex, p, item->name != NULL, err);
    if (!conf_is_rest(p + 1))
        return conf_bad_at(
            lex, p + 1, err,
            "unexpected text after ]: put keys on their own lines; a comment needs a "
            "space before ;");
    *word_end = '\0';
    return true;
}

static bool conf_is_seen(const struct conf_lex *lex, const char *p, struct error *err)
{
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
        if (strncmp(p, unseen[i].bytes, strlen(unseen[i].bytes)) == 0)
            return conf_bad_at(lex, p, err, unseen[i].what);
    }
    return true;
}

/* Cuts the comment and the blanks off the end of a value. */
static bool conf_end_value(struct conf_lex *lex, char *value, struct error *err)
{
    char *end = value;
    for (char *p = value; *p; p++) {
        bool behind_blank = conf_is_blank(p[-1]); /* p[-1] is at least the = */
        if (*p == ';' && behind_blank)
            break;
        if (*p == '#' && behind_blank)
            return conf_bad_at(
                lex, p, err,
                "# starts a comment only at the beginning of a line; after a value use ;");
        if (!conf_is_seen(lex, p, err))
            return false;
        if (!conf_is_blank(*p))
            end = p + 1;
    }
    *end = '\0';
    return true;
}

static bool conf_lex_read_key(struct conf_lex *lex, struct conf_item *item, struct error *err)
{
    char *p = lex->copy;
    item->word = p;
    while (conf_lex_is_word(*p))
        p++;
    char *word_end = p;
    if (!conf_is_seen(lex, p, err))
        return false;
    if (p == item->word)
        return conf_bad_at(lex, p, err, "expected a section, `key = value` or a comment");
    p = conf_skip_blanks(p);
    if (*p == ':')
        return conf_bad_at(lex, p, err, "expected = after the key, not :");
    if (*p != '=')
        return conf_bad_at(lex, p, err, "expected = after the key");
    p = conf_skip_blanks(p + 1);
    item->value = p;
    item->column = conf_column(lex, p);
    if (!conf_end_value(lex, p, err))
        return false;
    *word_end = '\0';
    return true;
}

/* The word a line begins with, for errors; NULL when it begins with none. */
static const char *conf_lex_first_word(struct conf_lex *lex)
{
    char *word = conf_skip_blanks(lex->copy);
    char *end = word;
    while (conf_lex_is_word(*end))
        end++;
    *end = '\0';
    return end > word ? word : NULL;
}

enum conf_lex_kind conf_lex_next(struct conf_lex *lex, struct conf_item *item, struct error *err)
{
    while (lex->at < lex->len) {
        bool section = lex->text[lex->at] == '[';
        bool ok = conf_take_line(lex, err);
        *item = (struct conf_item){.line = lex->line, .column = 1};
        if (ok) {
            const char *first = conf_skip_blanks(lex->copy);
            if (*first == '\0' || *lex->copy == '#' || *lex->copy == ';')
                continue;
            if (first > lex->copy)
                ok = conf_bad(err, "the line is indented: lines start in column 1, and there are "
                                   "no continuation lines");
            else if (section)
                ok = conf_read_section(lex, item, err);
            else
                ok = conf_lex_read_key(lex, item, err);
        }
        if (ok)
            return section ? CONF_LEX_SECTION : CONF_LEX_KEY;
        *item = (struct conf_item){.line = lex->line, .column = 1};
        item->word = section ? NULL : conf_lex_first_word(lex);
        return section ? CONF_LEX_BAD_SECTION : CONF_LEX_BAD;
    }
    return CONF_LEX_END;
}
