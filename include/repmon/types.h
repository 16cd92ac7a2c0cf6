/* SPDX-License-Identifier: ISC */
/*
 * The words every room speaks: levels, causes, severities, kinds of change, sources, and the
 * structs that carry them from room to room. Their spelling is part of the interface; *_word()
 * gives it. Includes no other module's header; keep logic out of it.
 */
#ifndef REPMON_TYPES_H
#define REPMON_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* How bad a proven answer is. UNKNOWN is the zero value: nothing is good by default. */
enum level { LEVEL_UNKNOWN = 0, LEVEL_OK, LEVEL_INFO, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_COUNT };

/* Of a list or of a return code. OFF: never asked. */
enum severity { SEV_OFF = 0, SEV_INFO, SEV_MINOR, SEV_MAJOR, SEV_CRITICAL, SEV_COUNT };

/*
 * Why the last attempt proved nothing. CAUSE_NEVER_ASKED is zero: an untouched cell says so itself.
 */
enum cause {
    CAUSE_NEVER_ASKED = 0,
    CAUSE_NONE, /* something was proven */
    CAUSE_TIMEOUT,
    CAUSE_SERVFAIL,
    CAUSE_NOT_SERVED, /* the list says that we are not served */
    CAUSE_REWRITTEN,  /* an answer outside 127/8 */
    CAUSE_UNTRUSTED,  /* self-test failed: lists everything, or nothing */
    CAUSE_UNPROVEN,   /* the list has no test point */
    CAUSE_NOT_ASKED,  /* deadline, breaker, budget */
    CAUSE_NO_KEY,
    CAUSE_EXPIRED,
    CAUSE_DENIED, /* 401, 403, 429, challenge */
    CAUSE_BAD_FORMAT,
    CAUSE_NOT_COVERED,
    CAUSE_NO_DATA,
    CAUSE_NOT_APPLICABLE,
    CAUSE_GAP,             /* the place in a log was not found again */
    CAUSE_BEHIND,          /* more was written than could be read */
    CAUSE_NOT_HEARD_SINCE, /* a refusal lapsed without a delivery */
    CAUSE_UNREADABLE,      /* a log or mailbox is missing, or may not be read */
    CAUSE_SILENT,          /* nothing was written to a log for longer than ever before */
    CAUSE_COUNT
};

/* A source is named by its word ("dnsbl"): words are compared by what they say. */
bool source_equal(const char *a, const char *b);

/*
 * What a DNS list is about: being on a block list is bad, on an allow list good; a score is a band.
 */
enum list_kind { LIST_BLOCK = 0, LIST_ALLOW, LIST_SCORE, LIST_KIND_COUNT };

/* Health of a list within one run (repmon(1), JSON). */
enum health { HEALTH_OK = 0, HEALTH_BLIND, HEALTH_UNTRUSTED, HEALTH_OFF, HEALTH_COUNT };

/*
 * What the numbers are that a column gives of an address and day (source_number, stored_numbers).
 */
enum numbers_kind {
    NUMBERS_NONE = 0,
    NUMBERS_FILTER,     /* a filter's colour and complaint rate, with the volume it saw */
    NUMBERS_COMPLAINTS, /* data: complaints, or their share; the rest is not known */
    NUMBERS_DMARC,      /* recipients: passed, data: failed, traps: passed and thrown out */
    NUMBERS_ANSWERS     /* recipients: accepted, traps: throttled, data: refused, messages: all */
};

/* What happened to a (target, source, list), and, from CHANGE_BLIND on, to a list or source. */
enum change_kind {
    CHANGE_NONE = 0,
    CHANGE_LISTED,
    CHANGE_DELISTED,
    CHANGE_CHANGED, /* same level, other codes */
    CHANGE_WORSENED,
    CHANGE_IMPROVED,
    CHANGE_BASELINE, /* first proof */
    CHANGE_LAPSED,   /* belief too old */
    CHANGE_RETIRED,  /* no longer watched */
    CHANGE_FLAPPING,
    CHANGE_REMINDER,
    CHANGE_BLIND,
    CHANGE_RECOVERED,
    CHANGE_EXPIRING,
    CHANGE_EXPIRED,
    CHANGE_STALE, /* a finding or cell not proven for `stale_after`; said once per list */
    CHANGE_COUNT
};

/* What can be open and was reported: its end is reported to the same channels. */
enum incident {
    INCIDENT_NONE = 0,
    INCIDENT_FINDING,
    INCIDENT_BLIND,
    INCIDENT_EXPIRY,
    INCIDENT_STALE
};

/*
 * Who was told what of an incident, kept with the belief while it is open, so that its end reaches
 * everybody whom its beginning reached, whatever was edited, renewed or lowered meanwhile. Zero:
 * nothing was said.
 */
struct told {
    uint64_t channels;  /* a bit (store_channel_bits()) of each whose message named it */
    enum level worst;   /* that was said; UNKNOWN: none was */
    uint32_t kinds;     /* a bit a change_kind */
    const char *digest; /* id of the digest that said it first; NULL: none did */
};

/* How a request of any kind ended. Every request gets exactly one reply, also at the deadline. */
enum reply_how {
    REPLY_ANSWERED = 0,
    REPLY_TIMEOUT,
    REPLY_UNREACHABLE,
    REPLY_TLS,         /* the certificate is not accepted */
    REPLY_NOT_TLS,     /* something else than TLS is spoken there */
    REPLY_TLS_VERSION, /* no version or cipher in common */
    REPLY_TLS_ALERT,   /* the server ended the handshake for a reason of its own */
    REPLY_PROXY,       /* the proxy of the environment */
    REPLY_TOO_BIG,
    REPLY_DEADLINE, /* the run is over; the request may or may not have been sent */
    REPLY_COUNT
};

/* Why there is no answer, for people; "" for REPLY_ANSWERED. */
const char *reply_how_word(enum reply_how);
/* The cause that such an end stands for; CAUSE_NONE for REPLY_ANSWERED. */
enum cause reply_how_cause(enum reply_how);

/* The spelling of the interface (JSON, metrics, manuals); "?" never occurs for a valid value. */
const char *level_word(enum level);
const char *severity_word(enum severity);
const char *cause_word(enum cause); /* "never-asked" … ; CAUSE_NONE is "" */
const char *list_kind_word(enum list_kind);
const char *health_word(enum health);
const char *change_word(enum change_kind);

/* The other way round; false when the word is none of them. Words are matched exactly. */
bool level_parse(const char *word, enum level *out);
bool severity_parse(const char *word, enum severity *out);
bool cause_parse(const char *word, enum cause *out); /* and the words of older versions */
bool list_kind_parse(const char *word, enum list_kind *out);
bool change_parse(const char *word, enum change_kind *out);

/* Level of a listing on a list or code of that severity (repmon-alerts(7), LEVELS). */
enum level severity_level(enum severity);

/*
 * Level of a change by what is true now: what is over is calm (info), whatever it was before; what
 * is no longer known is a warning. `to` is the change's own.
 */
enum level change_level(enum change_kind kind, bool of_list, enum level to);

/* A cause that never means blindness and never reaches an exit code. */
bool cause_is_normal(enum cause);

/* The worse of two levels, in this order: critical, warning, unknown, info, ok. */
enum level level_worse(enum level a, enum level b);

/*
 * One code of an answer, as people read it. All strings borrowed from the catalogue, the
 * configuration or the interned answer; they live as long as those.
 */
struct code {
    char answer[24];     /* "127.0.0.2", or a source's own word */
    const char *name;    /* borrowed: "SBL"; "unknown" for an undocumented answer */
    const char *meaning; /* borrowed: one sentence, may be "" */
    enum severity severity;
    const char *advice; /* borrowed: the catalogue's cure for this code; NULL or "": none */
};

/* Whether it is no code of the list but a finding because of it: answer "refused-by", name
 * "refused by Gmail". */
bool code_is_crossed(const struct code *code);

#endif
