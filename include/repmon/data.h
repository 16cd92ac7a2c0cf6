/* SPDX-License-Identifier: ISC */
/* The files of src/data, compiled in. Each ends with a NUL that is not counted. */
#ifndef REPMON_DATA_H
#define REPMON_DATA_H

#include <stddef.h>

extern const unsigned char data_dnsbl[]; /* dnsbl.json, the catalogue */
extern const size_t data_dnsbl_len;
extern const unsigned char data_bounces[]; /* bounces.json, the patterns of `explain` */
extern const size_t data_bounces_len;
extern const unsigned char data_advice[]; /* advice.json, what to do next */
extern const size_t data_advice_len;

extern const unsigned char data_page[]; /* page.css, the looks of the page */
extern const size_t data_page_len;

#endif
