/* SPDX-License-Identifier: ISC */
/* The state of one examination, shared by the files doctor*.c only. */
#ifndef DOCTOR_STATE_H
#define DOCTOR_STATE_H

#include "repmon/doctor.h"
#include "repmon/inventory.h"
#include "repmon/loop.h"
#include "repmon/session.h"
#include "repmon/store.h"

struct doctor {
    const struct doctor_options *options; /* borrowed */
    const struct conf *conf;              /* borrowed */
    struct store *store;                  /* owned; NULL: none, or it can't be read */
    struct inventory inventory; /* owned: what is watched, as far as known without asking */
    struct inventory all;       /* of it: what any shard watches */
    struct session session;     /* owned */
    bool has_ask;               /* else its error was told */
    struct loop *loop;          /* owned; NULL offline */
    time_t now;
    double runs_a_day;
    bool runs_known;         /* from history, not assumed */
    bool proven;             /* a list passed its self-test, so the resolver works for it */
    size_t silent_resolvers; /* those that answered nothing at all */
    bool common;             /* most lists fail alike: it is the resolver's fault */
    bool resolver_red;       /* reported so: what it says proves nothing */
    bool red;
};

/* One line; `subject` and `cure` may be "". */
void doctor_say(struct doctor *d, enum doctor_mark mark, const char *name, const char *subject,
                const char *cure, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* What exists only once belongs to the first shard: another shard says so, if it is configured. */
bool doctor_is_elsewhere(struct doctor *d, const char *name);

/* 12345678 as "12,345,678"; out holds at least 27 bytes. */
void doctor_number(uint64_t n, char *out, size_t size);

void doctor_configuration(struct doctor *d);
void doctor_targets(struct doctor *d);
void doctor_names(struct doctor *d);
void doctor_way_out(struct doctor *d);
void doctor_who(struct doctor *d);
void doctor_confinement(struct doctor *d);
void doctor_secrets(struct doctor *d);
void doctor_group(struct doctor *d);
void doctor_folder(struct doctor *d);
void doctor_file(struct doctor *d);
void doctor_textfile(struct doctor *d);
void doctor_page(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_state(struct doctor *d);
void doctor_outbox(struct doctor *d);
void doctor_catalogue(struct doctor *d);
void doctor_budget(struct doctor *d);
void doctor_resolver(struct doctor *d);
void doctor_reverse(struct doctor *d);
void doctor_lists(struct doctor *d);
void doctor_askers(struct doctor *d);
void doctor_hearers(struct doctor *d);
void doctor_channels(struct doctor *d);
void doctor_channels_live(struct doctor *d);
void doctor_path(struct doctor *d);

#endif
