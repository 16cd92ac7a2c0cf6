/* SPDX-License-Identifier: ISC */
/*
 * Which alerts a mail log would have raised: its lines are read as the source reads them, and
 * judged hour by hour of their own time, by the rules of the present configuration and the judge
 * of a run. Nothing is queried or saved.
 */
#ifndef REPMON_LOG_REPLAY_H
#define REPMON_LOG_REPLAY_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/inventory.h"
#include "repmon/types.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* One alert. Texts are borrowed until the callback returns. */
struct log_replay_alert {
    time_t time;          /* the hour of the run that would have raised it */
    const char *headline; /* "REFUSED BY Gmail" */
    const struct ip *ip;  /* whose mail */
    const char *code;     /* "4.7.28"; "" */
    const char *evidence; /* counts, row, sample; "" at an end */
    enum level level;     /* of a beginning; LEVEL_OK at an end */
};
typedef void log_replay_fn(void *ctx, const struct log_replay_alert *alert);

/* What one receiver answered to one address, over all lines. */
struct log_replay_sum {
    const char *receiver; /* title, borrowed */
    struct ip ip;
    const char *state; /* "accepted", "refused", … at the end */
};
typedef void log_replay_sum_fn(void *ctx, const struct log_replay_sum *sum);

struct log_replay; /* opaque */
struct judge_conf;

struct log_replay_totals {
    uint64_t lines, known, odd; /* known: of a format that is read; odd: counted, judged never */
    uint64_t timeless;          /* without a time, judged never */
    uint64_t attempts;          /* answers of receivers */
    uint64_t nameless;          /* of them, those whose line and reply tell no own address */
    time_t first, last;         /* times of lines; 0: none had one */
};

/* `log` is a section, whose addresses, tags and smarthosts hold; all borrowed. */
struct log_replay *log_replay_new(const struct conf *conf, const struct conf_log *log,
                                  const struct inventory *inventory, const struct judge_conf *rules,
                                  log_replay_fn *alert, void *ctx, struct error *err);
void log_replay_free(struct log_replay *r);

/* One line without its end; the oldest first. */
void log_replay_line(struct log_replay *r, const char *line, size_t len);

/* Judges the last hour. */
void log_replay_end(struct log_replay *r);
void log_replay_sums(struct log_replay *r, log_replay_sum_fn *each, void *ctx);
/* Refusals of the last day that say nothing of the address, in sentences; nothing without any. */
void log_replay_otherwise(const struct log_replay *r, struct buf *out);
struct log_replay_totals log_replay_totals(const struct log_replay *r);

/* The time of a line; false when it tells none. */
bool log_replay_time(struct log_replay *r, const char *line, size_t len, int64_t *time);

#endif
