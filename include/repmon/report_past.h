/* SPDX-License-Identifier: ISC */
/*
 * The past: findings with their beginnings and ends, times in which nothing was known, and daily
 * counts. The part of a report that looks back; only the page asks for it. Plain data, bounded:
 * what did not fit is counted. Strings are borrowed from the maker of the report.
 */
#ifndef REPMON_REPORT_PAST_H
#define REPMON_REPORT_PAST_H

#include "repmon/ip.h"
#include "repmon/types.h"

#define REPORT_PAST_DAYS 90

/* A finding that is over, or a time in which something was not known. What is open is in the
 * results of the report, with its own beginning. */
struct report_span {
    time_t begin, end;  /* end 0: it goes on */
    enum level level;   /* UNKNOWN: nothing was known of it */
    const char *source; /* "": everything, because no run was completed */
    const char *list;   /* "": all lists */
    struct ip ip;       /* family 0: not of one target */
    uint8_t prefix;
    const char *label; /* "" */
    const char *words; /* "SBL, XBL", "refused"; of what was not known: the cause */
    bool lapsed;       /* it was never proven to be over: its proof became too old */
};

enum report_colour { COLOUR_NONE = 0, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_RED };

/* The numbers of one address and day, as its list gave them. Negative: not reported. */
struct report_day {
    enum numbers_kind kind;
    const char *source, *list;
    const char *title; /* what people call the list */
    struct ip ip;
    int32_t day; /* the operator's own date as YYYYMMDD */
    enum report_colour colour;
    double complaint;                          /* percent */
    const char *complaint_text;                /* as reported: "< 0.1%"; "" */
    int64_t recipients, data, messages, traps; /* their meaning: the kind's */
};

/* Messages that one receiver answered on one day, by outcome, over all own addresses. */
struct report_answers {
    const char *receiver; /* "gmail" */
    const char *title;    /* "Gmail" */
    int32_t day;          /* UTC, as YYYYMMDD */
    uint32_t accepted, throttled, refused;
    uint32_t other; /* refused or deferred for the message, not for the address */
};

struct report_past {
    time_t since;                     /* where it begins; the report's time is its end */
    const struct report_span *spans;  /* newest end first */
    size_t span_count, span_left_out; /* left_out: older ones that did not fit */
    const struct report_day *days;    /* by list, address and day */
    size_t day_count;
    size_t day_addresses; /* of which anything was reported: days has the worst of each list */
    const struct report_answers *answers; /* by receiver and day */
    size_t answer_count;
};

#endif
