/* SPDX-License-Identifier: ISC */
/*
 * The state: one SQLite file with a rollback journal (a reader without write permission can't open
 * WAL), one writer at a time, everything of a run in one transaction. It stores and finds plain
 * data (stored.h, change.h); it judges nothing, computes no level and knows no configuration.
 *
 * Errors name the file and what to do. Missing: ERR_INPUT. Can't be made: ERR_CREATE. Not
 * permitted, read-only: ERR_PERMISSION. Not a state file, or of a newer repmon: ERR_CONFIG.
 * Damaged, disk full: ERR_IO. Can't be read right now (a run was interrupted while writing, or an
 * older repmon wrote the file; the next `repmon run` repairs both): ERR_UNAVAILABLE. A file that
 * is refused is never written to.
 *
 * Functions that write are meant to be called between store_begin_run() and store_commit(), unless
 * they say "own transaction".
 */
#ifndef REPMON_STORE_H
#define REPMON_STORE_H

#include "repmon/belief.h"
#include "repmon/buf.h"
#include "repmon/change.h"
#include "repmon/error.h"
#include "repmon/facts.h"
#include "repmon/ip.h"
#include "repmon/stored.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct store; /* opaque */

/* ---- opening (store.c) ---- */

enum store_mode {
    STORE_READ = 0, /* never writes; mode=ro; works for a user who may only read */
    STORE_WRITE,    /* ack, deliver: the file must exist */
    STORE_CREATE,   /* run: makes the file (0640) and its directory (0750) */
    STORE_COPY      /* run --dry-run: a copy in memory, empty without a file; nothing is written */
};

/*
 * `group` (NULL: that of the directory) gets read permission when the file is made. Migrates an
 * older file unless STORE_READ.
 */
bool store_open(const char *path, enum store_mode mode, const char *group, struct store **out,
                struct error *err);
/* Where the state lies when `path` is a symbolic link; else a copy of it. free() it. */
char *store_real_path(const char *path, struct error *err);
void store_close(struct store *s); /* rolls back what was not committed; NULL is harmless */

/*
 * While it is sealed every statement fails as a bug (ERR_BUG): a run reads when it loads and writes
 * when it commits, and decides in between from what it has.
 */
void store_seal(struct store *s, bool sealed);

/* True when no run was ever committed: the digest begins with "no earlier state found". */
bool store_is_new(const struct store *s);

/* PRAGMA integrity_check and foreign_key_check, proof sizes: for doctor, may take seconds. */
bool store_check(struct store *s, struct error *err);

/* Path and size of the file in bytes, for doctor. */
const char *store_path(const struct store *s);
int64_t store_size(const struct store *s);

/* ---- the lock of run and deliver (lock.c) ---- */

#define STORE_LOCK_TEXT 64

struct store_lock {
    int fd; /* owned; -1: not held */
    bool made_file, made_directory;
    char before[STORE_LOCK_TEXT]; /* what stood in it */
    size_t before_len;
};

/*
 * Takes "PATH.lock" without waiting; makes the directory when needed. ERR_BUSY names the pid and
 * since when; *since (may be NULL) is then the start of the holder, 0 when unknown. The file stays;
 * a dead holder holds nothing. `ack` and readers don't take it.
 */
bool store_lock(const char *path, const char *group, struct store_lock *out, time_t *since,
                struct error *err);
/* False when "PATH.lock" is not a lock file of ours (`name`). For doctor, too. */
bool store_lock_is_sound(const char *name, struct error *err);
void store_unlock(struct store_lock *lock);

/* The same, and leaves no trace: what taking it made or wrote is as it was before. For dry runs. */
void store_unlock_without_trace(struct store_lock *lock, const char *path);

/* ---- runs (run_row.c) ---- */

/* The newest run, or the newest completed one; *found false: none. */
bool store_last_run(struct store *s, bool completed, struct stored_run *out, bool *found,
                    struct error *err);

/* Whether a completed run proved anything. */
bool store_run_proved(struct store *s, bool *proved, struct error *err);

/* How many runs began at or after `since`, and when the first of them did (0: none). */
bool store_runs_since(struct store *s, time_t since, uint32_t *count, time_t *first,
                      struct error *err);

/*
 * Times between completed runs that are longer than `longest_s`, from `since` on, newest first: in
 * them nothing was learned. The last one reaches from before the first run to it (begin 0). What
 * does not fit into `max` is left out; *count says how many there are.
 */
struct stored_gap {
    time_t begin, end;
};
bool store_run_gaps(struct store *s, time_t since, int64_t longest_s, struct stored_gap *out,
                    size_t max, size_t *count, struct error *err);

/* The id that store_begin_run() gives next, while the caller holds store_lock(). */
bool store_next_run(struct store *s, int64_t *id, struct error *err);

/*
 * BEGIN IMMEDIATE, waiting a few seconds for an `ack`; gives run->id and inserts the row. On false
 * nothing is open. store_commit() writes the row again with its final numbers and makes everything
 * since then durable; when it fails everything is rolled back and the state is as before.
 */
bool store_begin_run(struct store *s, struct stored_run *run, struct error *err);
bool store_commit(struct store *s, const struct stored_run *run, struct error *err);
void store_rollback(struct store *s);

/* Deletes what ended before `before`: history, SNDS numbers, runs, sent and dead messages, budgets
 * of past days, expired acknowledgements. The newest completed run always stays. */
bool store_prune(struct store *s, time_t before, struct error *err);

/* ---- targets (target.c) ---- */

bool store_targets_load(struct store *s, struct stored_targets *out, struct error *err);

/* Writes dirty ones; removes retired ones with their beliefs, acknowledgements and proof cells. */
bool store_targets_save(struct store *s, const struct stored_targets *t, struct error *err);

bool store_origins_load(struct store *s, struct stored_origins *out, struct error *err);
bool store_origins_save(struct store *s, const struct stored_origins *o,
                        struct error *err); /* replaces all */

/* ---- proof (proof.c): dense, one blob a list ---- */

/* Fills `rows` cells; what the list never stored is zero. A blob whose size is wrong is ERR_IO. */
bool store_proof_load(struct store *s, const char *source, const char *list, proof_cell *cells,
                      size_t rows, struct error *err);
bool store_proof_save(struct store *s, const char *source, const char *list,
                      const proof_cell *cells, size_t rows, struct error *err);

bool store_lists(struct store *s, struct stored_list **out, size_t *count, struct error *err);

/* Questions asked of a list on a UTC day (days since 1970). Adding outside of a run is its own
 * transaction. */
bool store_budget_get(struct store *s, const char *source, const char *list, int32_t day,
                      uint64_t *used, struct error *err);
bool store_budget_add(struct store *s, const char *source, const char *list, int32_t day,
                      uint64_t more, struct error *err);

/*
 * The highest TTL seen for a test point ("4+", "6-", … the caller's own word) on this UTC day (days
 * since 1970) and the day before; 0: none. Raising forgets what is older.
 */
bool store_ttl_get(struct store *s, const char *source, const char *list, const char *point,
                   int32_t day, uint32_t *ttl, struct error *err);
bool store_ttl_raise(struct store *s, const char *source, const char *list, const char *point,
                     int32_t day, uint32_t ttl, struct error *err);

/* Small facts by key ("link.main.data.seen"); never a secret. *found false leaves out empty.
 * Setting NULL removes. Outside of a run setting is its own transaction. */
/* All of them, sorted by key, but those whose key begins with `but`. */
bool store_facts_load(struct store *s, const char *but, struct fact_set *out, struct error *err);
bool store_meta_get(struct store *s, const char *key, struct buf *out, bool *found,
                    struct error *err);
bool store_meta_set(struct store *s, const char *key, const char *value, struct error *err);

/*
 * A large fact in parts: the keys are `key` and `key` followed by a blank and a name. get gives
 * all of them, one after the other, by key. set writes those that differ, and removes the others.
 */
#define META_KEY 80
struct meta_part {
    char key[META_KEY];
    const char *value; /* borrowed */
    size_t len;
};
bool store_meta_parts(struct store *s, const char *key, struct buf *out, bool *found,
                      struct error *err);
bool store_meta_set_parts(struct store *s, const char *key, const struct meta_part *parts,
                          size_t count, struct error *err);

/* ---- beliefs (belief.c): sparse rows, plain data of belief.h ---- */

bool store_beliefs_load(struct store *s, struct stored_beliefs *out, struct error *err);
/*
 * One row as judge wrote it. Of its acknowledgement only the end counts: `ack_until` 0 ends the one
 * that was loaded with the beliefs; one made since then stays.
 */
bool store_belief_save(struct store *s, const struct belief *b, struct error *err);
/* With its acknowledgement, whenever that was made. */
bool store_belief_delete(struct store *s, uint32_t target, const char *source, const char *list,
                         struct error *err);

bool store_listeners_load(struct store *s, struct stored_listeners *out, struct error *err);
/*
 * In the run's transaction, after the beliefs are saved: what channel_bits_give() gave. Channels
 * that are not named lose their bits.
 */
bool store_channel_bits(struct store *s, const char *const *channels, size_t count,
                        const uint64_t *bits, const struct channel_bits *all, struct error *err);
/* Who was told of an incident that goes on: replaces that of the change's belief. */
bool store_told(struct store *s, const struct change *c, const struct told *t, struct error *err);

bool store_list_beliefs_load(struct store *s, struct stored_list_beliefs *out, struct error *err);
bool store_list_belief_save(struct store *s, const struct list_belief *b, struct error *err);
/* The list left the configuration: belief, health, proof, beliefs of its cells, budgets, TTLs. Its
 * history and numbers stay. */
bool store_list_forget(struct store *s, const char *source, const char *list, struct error *err);

/* How a list did in the last run that was to ask it. */
struct stored_health {
    const char *source;
    const char *list; /* borrowed from the store */
    enum severity severity;
    enum list_kind kind;
    enum health health;
    enum cause cause;
    const char *note; /* what would cure it; "" */
    time_t proven,
        asked; /* last proof, kept when a run proves nothing; the run that asked; 0: never */
    uint32_t due, proved; /* cells */
};
struct stored_healths {
    struct stored_health *items; /* owned; sorted by source, list */
    size_t count;
    struct stored_text *texts; /* owned */
};
bool store_health_load(struct store *s, struct stored_healths *out, struct error *err);
void stored_healths_fini(struct stored_healths *h);
bool store_health_save(struct store *s, const struct stored_health *h, struct error *err);

/* ---- acknowledgements (ack.c) ----
 *
 * Rows of their own, so that one made while a run is in progress isn't lost: the run ends only
 * those it saw, by id, and its commit removes those whose finding is gone.
 */
struct stored_ack {
    int64_t id; /* given by the store; setting one again gives it a new id */
    const char *source;
    const char *list; /* borrowed from the set */
    bool of_list;     /* blindness of the list; no target */
    uint32_t target;
    const char *answers; /* what it covers: the finding's answers when it was made */
    time_t made, until;
    const char *note; /* ""; NULL, for store_acks_set(): as it was */
};
struct stored_acks {
    struct stored_ack *items; /* owned; sorted by source, list, target; of_list first */
    size_t count;
    struct stored_text *texts; /* owned */
};
bool store_acks_load(struct store *s, struct stored_acks *out, struct error *err);
/* In the run's transaction: whether one was made since the beliefs were loaded. */
bool store_acks_are_newer(struct store *s, bool *newer, struct error *err);
void stored_acks_fini(struct stored_acks *a);

/*
 * Makes or replaces these; `id` is ignored. What has no belief row (any more) is passed over; *made
 * (may be NULL) counts the rest. Own transaction; doesn't wait for a run, only for its commit.
 */
bool store_acks_set(struct store *s, const struct stored_ack *acks, size_t count, size_t *made,
                    struct error *err);
/* Ends these by id; one that was replaced meanwhile stays. Own transaction outside of a run. */
bool store_acks_end(struct store *s, const int64_t *ids, size_t count, struct error *err);

/* ---- history (history.c) ---- */

/* `digest` is the id of the digest that told it; "" for none. */
bool store_history_add(struct store *s, const struct change *c, time_t when, const char *digest,
                       struct error *err);

struct history_query {
    const struct cidr *targets; /* borrowed; with none of them: all. Changes of a list have no
                                   target and match only when none is given */
    size_t target_count;
    const char *list;   /* NULL: all */
    const char *source; /* NULL: all */
    time_t since;       /* 0: all */
    size_t limit;       /* rows; 0: all */
};

/* Newest first. Strings live until the next call on the same pager. */
struct history_row {
    int64_t id, run;
    time_t time;
    const char *digest; /* "" */
    struct change change;
};
/* Opaque: reads some rows at a time, and holds no lock between them, so that a slow reader
 * blocks no run. */
struct pager;
struct pager *store_history(struct store *s, const struct history_query *q, struct error *err);
/* False at the end, and on an error, which is then set. */
bool history_next(struct pager *p, struct history_row *row, struct error *err);
void pager_free(struct pager *p);

/* Replaces the row of the same list, address and day; *revised (may be NULL): one with other
 * numbers was there. */
bool store_samples_add(struct store *s, const struct stored_numbers *n, bool *revised,
                       struct error *err);
/* Of each list and address the newest `days` report days. */
bool store_samples_load(struct store *s, unsigned days, struct stored_samples *out,
                        struct error *err);
/*
 * Days from `day` on of one list, of those `addresses` that had the most red, then yellow ones,
 * then the highest complaint rate, then `data`; appended by address and day. *known gets the number
 * of addresses of which there is anything added.
 */
struct stored_days {
    struct stored_numbers *items; /* owned */
    size_t count, cap;
    struct stored_text *texts; /* owned */
};
bool store_worst_days(struct store *s, const char *source, const char *list, int32_t day,
                      unsigned addresses, struct stored_days *out, size_t *known,
                      struct error *err);
/*
 * Days from `day` on of a source, summed over all addresses, of those `lists` of it with the most
 * `data` and `traps`, then `messages`; appended by list and day, without address.
 */
bool store_day_sums(struct store *s, const char *source, int32_t day, unsigned lists,
                    struct stored_days *out, struct error *err);
void stored_days_fini(struct stored_days *d);

/* Newest day first; `since` compares with `seen`. Strings live until the next call. */
struct pager *store_samples(struct store *s, const struct history_query *q, struct error *err);
bool numbers_next(struct pager *p, struct stored_numbers *out, struct error *err);

/* ---- outbox (outbox.c) ----
 *
 * One row per run and channel, made in the run's transaction; a unique index makes composing twice
 * an error. pending -> sending is committed before the network is touched; the final reply's
 * outcome is committed after it. The sender holds the store_lock(), so a row found `sending` is
 * of a process that died: store_outbox_recover() makes it pending again, "may have arrived", with
 * the same id. All but store_outbox_add() are transactions of their own.
 */
enum outbox_state {
    OUTBOX_PENDING = 0,
    OUTBOX_SENDING,
    OUTBOX_SENT,
    OUTBOX_HELD, /* waits until its channel works again */
    OUTBOX_FAILED,
    OUTBOX_STATE_COUNT
};
const char *outbox_word(enum outbox_state);

struct outbox_item {
    int64_t id;
    int64_t run;
    char *digest;  /* owned: id of the digest, the same on every retry and for every channel */
    char *channel; /* owned: "mail ops" */
    enum outbox_state state;
    uint32_t tries;
    uint32_t deferrals; /* from 3 on it goes after newer ones */
    bool may_have_arrived;
    time_t created, next_try;
    time_t ended;  /* of the last try; 0: never tried */
    char *reason;  /* owned: outcome of the last try; "" */
    char *content; /* owned: message_to_json(); NULL from store_outbox_list() */
};
void outbox_item_fini(struct outbox_item *item);

/* One message of this run for this channel. `digest` is the same for all channels of the run. */
bool store_outbox_add(struct store *s, int64_t run, const char *digest, const char *channel,
                      const char *content, time_t now, struct error *err);

/* Rows left `sending` by a process that died; *count (may be NULL) of them. Call once, under the
 * lock, before the first store_outbox_next(). */
bool store_outbox_recover(struct store *s, time_t now, size_t *count, struct error *err);

/*
 * The message that this channel is to try now, or *found false. In order: an older one that waits
 * for its next try keeps newer ones waiting, unless it had 3 deferrals or may have arrived already.
 * One that was never tried, or whose last try lies ahead (the clock was wrong), is due.
 * On a held channel it is the oldest, due or not: make one such try a run, and go on when it is
 * SENT.
 */
bool store_outbox_next(struct store *s, const char *channel, time_t now, struct outbox_item *out,
                       bool *found, struct error *err);

/* What waits on a channel when nothing there is due. Free with outbox_wait_fini(). */
struct outbox_wait {
    size_t count;
    time_t next_try; /* the earliest of what was tried; 0: nothing was */
    char *reason;    /* owned: how its last try ended; NULL when nothing was tried */
    char *newest;    /* owned: digest of the newest message that waits; NULL */
};
bool store_outbox_wait(struct store *s, const char *channel, struct outbox_wait *out,
                       struct error *err);
void outbox_wait_fini(struct outbox_wait *w);

/* pending -> sending, tries + 1; durable on return. */
bool store_outbox_sending(struct store *s, int64_t id, time_t now, struct error *err);

/* How a try ended; the caller decided it. */
struct outbox_result {
    enum outbox_state state; /* PENDING: later; HELD: the channel is held; SENT; FAILED */
    time_t next_try;         /* of PENDING */
    bool may_have_arrived;   /* of PENDING */
    const char *reason;      /* borrowed: cleaned, no secret; "" */
    const char *refused;     /* borrowed: refused recipients with the server's words; "" */
};
/* HELD also holds the channel; only SENT releases it, and then all its messages are due at once,
 * but those that may have arrived. */
bool store_outbox_done(struct store *s, int64_t id, const struct outbox_result *r, time_t now,
                       struct error *err);

/* What waits for a channel that left the configuration waits for those that are there; *count: how
 * many messages. A channel that got a digest already does not get it twice. */
bool store_outbox_pass_on(struct store *s, const char *from, const char *const *to, size_t to_count,
                          time_t now, size_t *count, struct error *err);

/* What `status`, the plugin and metrics show of each channel that ever got a message. */
struct stored_channel {
    char *channel;                         /* owned */
    uint64_t by_state[OUTBOX_STATE_COUNT]; /* what waits on a held channel counts as held */
    time_t oldest;     /* creation of the oldest waiting message; 0: none waits */
    time_t held_since; /* 0: not held */
    time_t given_up;   /* when the last message became dead; 0: none */
    char *reason;      /* owned: why it is held, or the last outcome; "" */
    char *refused;     /* owned: recipients refused and not yet told of; "" */
};
bool store_channels(struct store *s, struct stored_channel **out, size_t *count, struct error *err);
void stored_channels_free(struct stored_channel *channels, size_t count);

/* The next digest has reported the refused recipients: forget them. In the run's transaction. */
bool store_refused_told(struct store *s, const char *channel, struct error *err);

/* All messages, newest first, without content; `limit` 0: all. */
bool store_outbox_list(struct store *s, size_t limit, struct outbox_item **out, size_t *count,
                       struct error *err);
void outbox_items_free(struct outbox_item *items, size_t count);

#endif
