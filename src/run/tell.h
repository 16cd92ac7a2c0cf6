/* SPDX-License-Identifier: ISC */
/* Passes on the outcome of a run: channels, metrics, the dead man's switch. */
#ifndef RUN_TELL_H
#define RUN_TELL_H

#include "repmon/run.h"

#include <time.h>

struct loop;
struct store;

struct tell_in {
    const struct conf *conf; /* borrowed */
    struct loop *loop;       /* borrowed */
    channel_print print;
    const char *digest; /* id of this run's messages */
    bool waits;         /* there is one in the outbox */
    bool in_doubt;      /* the clock is */
    bool completed;     /* something was answered, or nothing was due */
    bool nothing;       /* most lists were to be asked, and none answered */
    time_t now;
};

/* A run that failed publishes too: the metrics must not keep saying that all is as it was. */
void tell_failure(const struct conf *conf, struct store *store);

/* After the commit. Sets result->untold, and empties result->text if a channel has it. */
bool tell(const struct tell_in *in, struct store *store, struct run_result *result,
          struct error *err);

#endif
