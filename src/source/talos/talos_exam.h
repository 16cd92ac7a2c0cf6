/* SPDX-License-Identifier: ISC */
#ifndef TALOS_EXAM_H
#define TALOS_EXAM_H

#include "repmon/source_look.h"

/* The hook of struct source. */
void talos_examine(const struct source_look *look);

#endif
