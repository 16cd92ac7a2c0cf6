/* SPDX-License-Identifier: ISC */
/* The saved state behind a report, shared by the files status*.c only. */
#ifndef SAVED_STATE_H
#define SAVED_STATE_H

#include "repmon/judge.h"
#include "repmon/session.h"
#include "repmon/status_report.h"
#include "repmon/store.h"

#define STATUS_NOTES 32

/* Cells of one list that share proof, attempt and cause; one with a belief is on its own. */
struct status_class {
    proof_cell cell;
    const struct belief *belief; /* borrowed from the beliefs; NULL: plain */
};

/* One column of the report: a list of today's configuration that the state knows. */
struct status_column {
    size_t column; /* of the ask */
    int64_t holds; /* seconds */
    const struct stored_health *health;
    const struct list_belief *belief; /* NULL: no row */
    bool of_domains;                  /* else of addresses */
    bool of_shard;                    /* nothing is known of what other shards ask about */
    struct verdict plain;         /* what is believed without a row, with today's configuration */
    uint16_t *cells;              /* owned: a class for each target of the report */
    struct status_class *classes; /* owned */
    size_t class_count, class_cap;
};

struct saved {
    struct report report;                 /* first: status_report_free() gets its address */
    const struct status_options *options; /* only while loading */
    const struct conf *conf;              /* borrowed */
    struct store *store;                  /* borrowed, or own_store */
    struct store *own_store;              /* owned; NULL */
    struct session session;
    struct judge judge;
    struct stored_run last, success; /* id 0: none */
    bool stale;                      /* too old, or ahead: nothing counts as known */
    bool ahead;                      /* the last run ended in the future */
    struct stored_targets targets;
    uint32_t *rows; /* owned: index in targets.items of each target of the report */
    size_t row_count;
    bool *elsewhere;  /* owned: of each target of the report; another shard asks about it */
    uint32_t *shared; /* owned: class of each target of the report, see status_rows.c */
    struct stored_beliefs beliefs;
    struct stored_list_beliefs list_beliefs;
    struct stored_healths healths;
    struct status_column *columns; /* owned */
    size_t column_count;
    struct report_list *lists;       /* owned, parallel to columns */
    struct stored_channel *channels; /* owned */
    size_t channel_count;
    struct report_outbox *outbox;          /* owned */
    struct report_credential *credentials; /* owned */
    char **accounts;                       /* owned: account and kind of each credential */
    size_t credential_count;
    char *notes[STATUS_NOTES]; /* owned */
    char *trouble;             /* owned; NULL: none */
    size_t note_count;
    struct verdict verdict; /* of the last result with a row */
    char pending[64];
    struct advice advice;             /* of the last finding */
    struct buf heard;                 /* who answered */
    struct report_messages *messages; /* owned */
    struct mail_count *mails;         /* owned */
    struct buf url;
    struct report_past past;        /* with options->past */
    struct report_span *spans;      /* owned */
    struct report_day *days;        /* owned */
    struct report_answers *answers; /* owned */
    struct stored_days stored_days, stored_sums;
    struct stored_text *past_texts; /* owned */
};

/* status_load.c: everything from the store; may be called again when a run came between. */
bool status_load(struct saved *s, struct error *err);
void status_unload(struct saved *s);

/* How the last run that was to ask that list fared with it; NULL: there was none. */
const struct stored_health *status_find_health(const struct saved *s, const char *source,
                                               const char *list);

/* status_cells.c: proof and beliefs of one list, packed. */
struct status_room {
    proof_cell *cells; /* owned: of one list, by id */
    uint32_t *belief;  /* owned: by id; index + 1, 0: none */
    uint32_t *ids;     /* owned: of each target of the report */
};
struct status_room *status_room_new(const struct saved *s);
void status_room_free(struct status_room *room);
bool status_column_load(struct saved *s, struct status_column *c, struct status_room *room,
                        struct error *err);

/* status_rows.c: numbers for targets that are equal in every list, refined column by column; begun
 * once the targets are chosen. */
void status_rows_begin(struct saved *s);
void status_rows_refine(struct saved *s, const struct status_column *c);

/* status_result.c: what the renderers call. */
void status_target(const struct report *r, size_t i, struct report_target *out);
bool status_result(const struct report *r, size_t i, size_t j, struct result *out);
/* The answer that is not confirmed yet, as a person says it ("not listed"). `b` may be NULL. */
void status_add_pending(struct saved *s, const struct status_column *c, const struct belief *b,
                        struct result *out);
uint32_t status_result_class(const struct report *r, size_t i, size_t j);
uint32_t status_target_class(const struct report *r, size_t i);
void status_sentence(const struct report *r, size_t j, const char *state, const char *who,
                     struct buf *out);

/* status_notes.c: what a person should know about the whole; outbox and credentials. */
bool status_notes(struct saved *s, struct error *err);
/* What the last run said of a host or spf line of that name, as the error; true: nothing. */
bool status_name_is_fine(struct saved *s, const char *name, struct error *err);

/* status_past.c: what was, for the page. */
bool status_past(struct saved *s, struct error *err);
void status_past_fini(struct saved *s);

/* A report of an open store; the caller keeps it open. NULL: see err. */
struct saved *status_new(const struct status_options *options, struct store *store,
                         struct error *err);

#endif
