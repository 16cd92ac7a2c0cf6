/* SPDX-License-Identifier: ISC */
/*
 * Who sent a mail, as our own server states it. Only fields of the mail's own header that our
 * server wrote count: Authentication-Results of `trust`, above the first Received that a foreign
 * server wrote. If several mention the same method, the topmost counts: a server that lets a forged
 * field in its own name pass has put its own above it.
 */
#ifndef REPORTS_SENDER_H
#define REPORTS_SENDER_H

#include "report_mail.h"

struct reporter;

struct sender {
    enum report_proof proof;
    char domain[256];                /* as report.sender */
    const struct reporter *reporter; /* static; NULL: none of the built-in ones */
};

/* `header`: the mail's own, without a "From " line. */
void sender_read(const char *header, size_t len, const struct report_settings *settings,
                 struct sender *out);

#endif
