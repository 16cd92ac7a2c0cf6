/* SPDX-License-Identifier: ISC */
#include "auth_results.h"

#include "report_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct token {
    char text[256]; /* longer text is cut: no domain is longer */
    size_t len;
};

/* Skips blanks and comments, which nest (RFC 5322 3.2.2). */
static const char *auth_skip(const char *s)
{
    for (int depth = 0; *s; s++) {
        if (*s == '\\' && depth > 0 && s[1])
            s++;
        else if (*s == '(')
            depth++;
        else if (*s == ')' && depth > 0)
            depth--;
        else if (depth == 0 && !isspace((unsigned char)*s))
            break;
    }
    return s;
}

static void auth_add(struct token *t, char c)
{
    if (t->len + 1 < sizeof t->text)
        t->text[t->len++] = c;
    t->text[t->len] = '\0';
}

/* A word, quoted or not, up to a blank or one of `ends`. */
static const char *auth_word(const char *s, const char *ends, struct token *t)
{
    t->len = 0;
    t->text[0] = '\0';
    s = auth_skip(s);
    if (*s == '"') {
        for (s++; *s && *s != '"'; s++) {
            if (*s == '\\' && s[1])
                s++;
            auth_add(t, *s);
        }
        return *s ? s + 1 : s;
    }
    for (; *s && !isspace((unsigned char)*s) && *s != '(' && *s != ';' && !strchr(ends, *s); s++)
        auth_add(t, *s);
    return s;
}

static const char *auth_id(const char *value, struct token *t)
{
    return auth_word(value, "", t);
}

bool auth_results_is_by(const char *value, const char *authserv_id)
{
    struct token t;
    auth_id(value, &t);
    return t.len > 0 && strcasecmp(t.text, authserv_id) == 0;
}

static void auth_lower(char *out, size_t size, const char *s)
{
    size_t n = 0;
    for (; s[n] && n + 1 < size; n++)
        out[n] = (char)tolower((unsigned char)s[n]);
    out[n] = '\0';
}

/* The properties that name a domain, preferred ones first. */
static void auth_property(struct auth_statement *s, const char *name, const char *value)
{
    static const struct {
        const char *method, *name;
        bool first;
    } known[] = {{"dkim", "header.d", true},     {"dkim", "header.i", false},
                 {"spf", "smtp.mailfrom", true}, {"spf", "smtp.mfrom", true},
                 {"spf", "smtp.helo", false},    {"dmarc", "header.from", true}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(s->method, known[i].method) != 0 || strcasecmp(name, known[i].name) != 0)
            continue;
        if (!known[i].first && s->domain[0])
            return;
        const char *at = strrchr(value, '@');
        const char *domain = at ? at + 1 : value;
        report_domain(domain, strlen(domain), s->domain);
        s->helo = strcmp(known[i].name, "smtp.helo") == 0;
    }
}

/* "method=result …", "ptype.property=value …" up to the semicolon. */
static const char *auth_statement(const char *s, struct auth_statement *out)
{
    struct token name;
    struct token value;
    *out = (struct auth_statement){0};
    bool first = true;
    for (s = auth_skip(s); *s && *s != ';'; s = auth_skip(s)) {
        const char *before = s;
        s = auth_skip(auth_word(s, "=", &name));
        value.text[0] = '\0';
        if (*s == '=')
            s = auth_word(s + 1, "", &value);
        if (s == before) /* not part of this grammar */
            s++;
        if (first) {
            char *version = strchr(name.text, '/'); /* "dkim/1" */
            if (version)
                *version = '\0';
            auth_lower(out->method, sizeof out->method, name.text);
            auth_lower(out->result, sizeof out->result, value.text);
            first = false;
        } else {
            auth_property(out, name.text, value.text);
        }
    }
    return s;
}

size_t auth_results_read(const char *value, struct auth_statement *out, size_t max)
{
    struct token t;
    size_t count = 0;
    const char *s = auth_id(value, &t);
    for (s = auth_skip(s); *s && *s != ';'; s = auth_skip(s)) { /* a version may follow */
        const char *before = s;
        s = auth_word(s, "", &t);
        if (s == before)
            s++;
    }
    while (*s == ';' && count < max) {
        s = auth_statement(s + 1, &out[count]);
        if (out[count].method[0] && out[count].result[0])
            count++;
    }
    return count;
}
