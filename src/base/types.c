/* SPDX-License-Identifier: ISC */
#include "repmon/types.h"

#include <string.h>

static const char *const level_words[LEVEL_COUNT] = {"unknown", "ok", "info", "warning",
                                                     "critical"};
static const char *const severity_words[SEV_COUNT] = {"off", "info", "minor", "major", "critical"};
static const char *const cause_words[CAUSE_COUNT] = {
    "never-asked",    "",          "timeout",    "servfail",        "not-served",
    "rewritten",      "untrusted", "unproven",   "not-asked",       "no-key",
    "expired",        "denied",    "bad-format", "not-covered",     "no-data",
    "not-applicable", "gap",       "behind",     "not-heard-since", "unreadable",
    "silent"};
static const char *const list_kind_words[LIST_KIND_COUNT] = {"block", "allow", "score"};
static const char *const health_words[HEALTH_COUNT] = {"ok", "blind", "untrusted", "off"};
static const char *const change_words[CHANGE_COUNT] = {
    "none",    "listed",   "delisted", "changed", "worsened",  "improved", "baseline", "lapsed",
    "retired", "flapping", "reminder", "blind",   "recovered", "expiring", "expired",  "stale"};

static const char *types_word(const char *const *words, size_t count, unsigned value)
{
    return value < count ? words[value] : "?";
}

static bool types_find(const char *const *words, size_t count, const char *text, unsigned *out)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static const char *const reply_how_words[] = {
    [REPLY_ANSWERED] = "",
    [REPLY_TIMEOUT] = "no reply in time",
    [REPLY_UNREACHABLE] = "no connection, or it was cut off",
    [REPLY_TLS] = "the certificate is not accepted (a private CA belongs in ca_file)",
    [REPLY_NOT_TLS] = "the server does not speak TLS on this port: is the port right?",
    [REPLY_TLS_VERSION] = "no TLS version or cipher in common with the server (TLS 1.2 or newer)",
    [REPLY_TLS_ALERT] =
        "the server ended the TLS handshake with an alert: the problem is on its side",
    [REPLY_PROXY] = "the proxy of the environment (https_proxy) refused, or can't be reached",
    [REPLY_TOO_BIG] = "an endless reply",
    [REPLY_DEADLINE] = "no reply yet",
};

#define WORDS(type, name, table, count)                                                            \
    const char *name##_word(enum type value)                                                       \
    {                                                                                              \
        return types_word(table, count, (unsigned)value);                                          \
    }

#define PARSER(type, name, table, count)                                                           \
    bool name##_parse(const char *text, enum type *out)                                            \
    {                                                                                              \
        unsigned value = 0;                                                                        \
        if (!types_find(table, count, text, &value))                                               \
            return false;                                                                          \
        *out = (enum type)value;                                                                   \
        return true;                                                                               \
    }

WORDS(level, level, level_words, LEVEL_COUNT)
WORDS(severity, severity, severity_words, SEV_COUNT)
WORDS(cause, cause, cause_words, CAUSE_COUNT)
WORDS(list_kind, list_kind, list_kind_words, LIST_KIND_COUNT)
WORDS(health, health, health_words, HEALTH_COUNT)
WORDS(change_kind, change, change_words, CHANGE_COUNT)
WORDS(reply_how, reply_how, reply_how_words, REPLY_COUNT)
PARSER(level, level, level_words, LEVEL_COUNT)
PARSER(severity, severity, severity_words, SEV_COUNT)
PARSER(list_kind, list_kind, list_kind_words, LIST_KIND_COUNT)

bool source_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool cause_parse(const char *text, enum cause *out)
{
    unsigned value = 0;
    if (strcmp(text, "refused") == 0) /* the old spelling, in states and waiting messages */
        text = cause_word(CAUSE_NOT_SERVED);
    if (!types_find(cause_words, CAUSE_COUNT, text, &value))
        return false;
    *out = (enum cause)value;
    return true;
}

bool change_parse(const char *text, enum change_kind *out)
{
    unsigned value = 0;
    if (strcmp(text, "sighted") == 0) /* the old spelling, in histories, messages and `only` */
        text = change_word(CHANGE_RECOVERED);
    if (!types_find(change_words, CHANGE_COUNT, text, &value))
        return false;
    *out = (enum change_kind)value;
    return true;
}

enum level severity_level(enum severity severity)
{
    static const enum level levels[SEV_COUNT] = {[SEV_OFF] = LEVEL_OK,
                                                 [SEV_INFO] = LEVEL_INFO,
                                                 [SEV_MINOR] = LEVEL_WARNING,
                                                 [SEV_MAJOR] = LEVEL_CRITICAL,
                                                 [SEV_CRITICAL] = LEVEL_CRITICAL};
    return (unsigned)severity < SEV_COUNT ? levels[severity] : LEVEL_UNKNOWN;
}

enum cause reply_how_cause(enum reply_how how)
{
    switch (how) {
    case REPLY_ANSWERED: return CAUSE_NONE;
    case REPLY_TIMEOUT: return CAUSE_TIMEOUT;
    case REPLY_TOO_BIG: return CAUSE_BAD_FORMAT;
    case REPLY_DEADLINE: return CAUSE_NOT_ASKED;
    default: return CAUSE_SERVFAIL;
    }
}

enum level change_level(enum change_kind kind, bool of_list, enum level to)
{
    bool over = kind == CHANGE_DELISTED || kind == CHANGE_RECOVERED ||
                (kind == CHANGE_BASELINE && of_list) ||
                (kind == CHANGE_RETIRED && (of_list || to < LEVEL_WARNING)); /* else: a lost name */
    if (over || to == LEVEL_OK)
        return LEVEL_INFO;
    return to == LEVEL_UNKNOWN ? LEVEL_WARNING : to;
}

bool cause_is_normal(enum cause cause)
{
    return cause == CAUSE_NONE || cause == CAUSE_NO_DATA || cause == CAUSE_NOT_APPLICABLE ||
           cause == CAUSE_UNPROVEN;
}

enum level level_worse(enum level a, enum level b)
{
    static const int rank[LEVEL_COUNT] = {[LEVEL_OK] = 0,
                                          [LEVEL_INFO] = 1,
                                          [LEVEL_UNKNOWN] = 2,
                                          [LEVEL_WARNING] = 3,
                                          [LEVEL_CRITICAL] = 4};
    return rank[a] >= rank[b] ? a : b;
}

bool code_is_crossed(const struct code *code)
{
    static const char end[] = "-by";
    size_t len = strlen(code->answer);
    return len >= sizeof end && strcmp(code->answer + len - (sizeof end - 1), end) == 0;
}
