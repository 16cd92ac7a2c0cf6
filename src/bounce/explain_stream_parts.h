/* SPDX-License-Identifier: ISC */
/* What the files of the stream share. */
#ifndef EXPLAIN_STREAM_PARTS_H
#define EXPLAIN_STREAM_PARTS_H

#include "explain_parts.h"

#include "repmon/hash.h"

/* ---- explain_table.c ---- */

struct explain_table {
    struct explain_entry *entries; /* owned, in the order first seen */
    size_t count;
    struct hash index;
};

void table_fini(struct explain_table *t);
/* Counts the refusal; false when there are too many distinct ones. */
bool table_add(struct explain_table *t, const struct explain_verdict *v, uint64_t line);

/* ---- explain_receivers.c ---- */

#define EXPLAIN_RECEIVERS_MAX 256 /* receiver and own address; any more count as "others" */
#define EXPLAIN_STAMP         40

struct explain_counted {
    struct explain_receiver shown;
    char first[EXPLAIN_STAMP], last[EXPLAIN_STAMP]; /* in this input; "" none yet */
};

struct explain_receivers {
    struct explain_counted rows[EXPLAIN_RECEIVERS_MAX]; /* in the order first seen */
    size_t count;
    struct hash index;
};

/* Counts an answer; `v` is NULL for a message that was accepted. */
void explain_receivers_count(struct explain_receivers *r, struct explain *e,
                             const struct maillog_event *ev, const struct explain_verdict *v);
/* Ends one input: turns its first and last stamps into times. */
void explain_receivers_end(struct explain_receivers *r, const struct maillog_clock *clock);
void explain_receivers_tell(const struct explain_receivers *r, const struct explain *e,
                            struct buf *out);

/* ---- explain_stream.c ---- */

struct explain_stream {
    struct explain *e;  /* borrowed */
    struct buf partial; /* a line whose end has not come yet */
    bool partial_cut;
    struct buf block; /* a mail, or lines that belong to no log */
    uint64_t block_line, block_lines;
    bool mail;
    bool last_blank;
    struct buf pending; /* a log line that refuses and may be continued */
    uint64_t pending_line;
    bool pending_refusal; /* its form alone shows that it is a refusal */
    bool pending_parsed;  /* pending_event is its event, with pieces that lie in pending */
    struct maillog_event pending_event;
    struct buf scratch;
    int64_t since; /* 0: everything */
    struct maillog_clock clock;
    struct explain_table table;
    struct explain_receivers receivers;
    struct explain_totals totals;
};

void stream_record(struct explain_stream *s, const struct explain_verdict *v, bool known,
                   uint64_t line);

/* ---- explain_paste.c: texts and mails ---- */

/* A block that is not a log: a mail, one bounce, or replies pasted one below the other. */
void paste_block(struct explain_stream *s, const char *text, size_t len, uint64_t line, bool mail);
bool paste_blank(const char *s, size_t len);

#endif
