/* SPDX-License-Identifier: ISC */
/* The sources there are, for the registry of a program: cmd/registry.c. */
#ifndef REPMON_SOURCES_H
#define REPMON_SOURCES_H

#include "repmon/source.h"

extern const struct source source_dnsbl;   /* DNS lists: src/source/dnsbl */
extern const struct source source_snds;    /* Microsoft SNDS: src/source/snds */
extern const struct source source_talos;   /* Cisco Talos: src/source/talos */
extern const struct source source_ptr;     /* reverse names: src/source/ptr */
extern const struct source source_log;     /* what receivers answered: src/source/log */
extern const struct source source_reports; /* what receivers report by mail: src/source/reports */
extern const struct source source_domain;  /* records of sending domains: src/source/domain */
extern const struct source source_postmaster; /* Google: src/source/postmaster */

#endif
