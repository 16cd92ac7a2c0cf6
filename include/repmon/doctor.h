/* SPDX-License-Identifier: ISC */
/*
 * An examination of the whole installation: each check gives its result and, unless all is well,
 * what to do in one line. Nothing is changed; only with `send` does anybody outside notice it.
 *
 * To add a check: a function in one of src/doctor/doctor_*.c, a row in the table of doctor.c.
 */
#ifndef REPMON_DOCTOR_H
#define REPMON_DOCTOR_H

#include "repmon/conf.h"
#include "repmon/doctor_mark.h"
#include "repmon/error.h"
#include "repmon/privilege.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

const char *doctor_word(enum doctor_mark mark); /* "red" "warn" "ok" */

/* All borrowed until the callback returns; cleaned, one paragraph each, no secret. */
struct doctor_line {
    enum doctor_mark mark;
    const char *name;    /* "list" */
    const char *subject; /* "zen.spamhaus.org"; "" */
    const char *text;
    const char *cure; /* "" when ok */
};

struct doctor_options {
    const struct conf *conf;       /* borrowed */
    const struct errors *warnings; /* borrowed: of conf_load() */
    bool no_file;                  /* there is no configuration: conf holds the defaults */
    enum confinement confinement;  /* in force now */
    bool offline;                  /* leave out what needs the network */
    bool send;                     /* a test message to every channel */
    void (*tell)(void *ctx, const struct doctor_line *line); /* as they are found */
    void *ctx;
};

/* True when no line was red. */
bool doctor_examine(const struct doctor_options *options);

/* ---- pure decisions, for the tests ---- */

/* Runs a day from `count` runs since `first`; 24 while less than two days or runs are known. */
double doctor_runs_a_day(uint32_t count, time_t first, time_t now);

/* `daily`: the operator's limit, 0 for none; `budget`: repmon's own, UINT64_MAX for none. */
enum doctor_mark doctor_budget_mark(uint64_t questions, uint64_t daily, uint64_t budget);

/* Whole months from "2026-10" to `now`; -1: not a month. */
int doctor_months_since(const char *as_of, time_t now);

/* Of a credential that ends at `end`: WARN within `soon_days` before. */
enum doctor_mark doctor_expiry_mark(time_t end, int soon_days, time_t now);

/* How a channel's messages leave. */
enum doctor_path {
    PATH_UNKNOWN = 0, /* the server's name could not be looked up */
    PATH_ELSEWHERE,   /* not by a watched address, or no mail at all */
    PATH_WATCHED      /* by a watched address: refused when that is listed */
};
/* WARN when no channel leaves elsewhere for sure. No channels: OK, cron mails the digest. */
enum doctor_mark doctor_path_mark(const enum doctor_path *paths, size_t count);

#endif
