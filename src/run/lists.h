/* SPDX-License-Identifier: ISC */
/* The lists of this run, one a column of the results, as its configuration has them. */
#ifndef RUN_LISTS_H
#define RUN_LISTS_H

#include "repmon/source.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

struct run_list {
    char *source, *list; /* owned */
    enum severity severity;
    enum list_kind kind;
    int64_t every_s;               /* between two questions of a cell; 0: in every run */
    int64_t holds_s;               /* that a belief holds without proof; 0: forever */
    bool counts_days, wants_known; /* as in struct source */
    bool all;                      /* it is about the targets of all shards */
};

/* A source, for what is believed of lists that are not there any more. */
struct run_source {
    const char *word; /* borrowed: a constant */
    bool all;         /* as in struct run_list */
    bool elsewhere;   /* another shard has it */
};

struct run_lists {
    struct run_list *items; /* owned */
    size_t count;
    struct run_source sources[SOURCES_MAX];
    size_t source_count;
};

struct run_lists run_lists_of(const struct session *session);
void run_lists_fini(struct run_lists *l);

/* NULL: this program has no source of that word. */
const struct run_source *run_lists_source(const struct run_lists *l, const char *word);

/* The column of that name, or RUN_NO_LIST. */
#define RUN_NO_LIST ((size_t)-1) /* JUDGE_NO_COLUMN */
size_t run_lists_find(const struct run_lists *l, const char *source, const char *list);

#endif
