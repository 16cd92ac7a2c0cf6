/* SPDX-License-Identifier: ISC */
/* What names.c (asking) and names_judge.c (judging the answers) share; for these two only. */
#ifndef NAMES_PARTS_H
#define NAMES_PARTS_H

#include "dns64.h"
#include "repmon/names.h"
#include "spf.h"

/* An asker: a host, an SPF record, or an include that is only counted. */
struct name_asker {
    struct spf *spf; /* owned; NULL: a host */
    size_t left_out; /* index + 1; 0: the record itself */
    unsigned asked;  /* questions of a host given out */
    struct spf_question question;
    bool waiting; /* for the answer to `question` */
};

/* The worst one is reported; among equals, the first. */
void name_blame(struct name *n, enum name_trouble what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void name_add_block(struct name *n, struct cidr block);

/* Once nothing is left to ask: which addresses count, what is wrong, what the includes hold. */
void name_judge(struct name *n, const struct dns64 *dns64);

#endif
