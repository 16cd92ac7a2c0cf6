/* SPDX-License-Identifier: ISC */
/* What `repmon lists` shows, and its two ways of showing it. */
#ifndef REPMON_CMD_LISTS_H
#define REPMON_CMD_LISTS_H

#include "repmon/catalogue.h"
#include "repmon/dnsbl_list.h"
#include "repmon/self_test.h"

/* Everything borrowed. */
struct lists_view {
    const struct catalogue *catalogue;
    const struct dnsbl_lists *lists;
    const struct self_test_list *tests; /* of the first lists; NULL: they were not run */
    size_t test_count;
    const char *instance;
    unsigned width; /* of the terminal; 0: none */
    bool all;
    bool color;
    bool own_resolver; /* on this host */
};

/* Asked in a run; else lists_why() says why not. */
bool lists_is_on(const struct dnsbl_list *list);
const char *lists_why(const struct dnsbl_list *list); /* "" when it is on */

/* Shown without --all: what is asked, and what the configuration keeps from being asked. */
bool lists_is_shown(const struct lists_view *v, const struct dnsbl_list *list);

/* "no", "given" or "missing"; never the key. */
const char *lists_key_word(const struct dnsbl_list *list);

/* Its self-test, or NULL. */
const struct self_test_list *lists_test(const struct lists_view *v, const struct dnsbl_list *list);

/* Something to fix: the test failed, proves listings only, or wants a key that is not there. */
bool lists_is_red(const struct self_test_list *test);

void lists_text(const struct lists_view *v);
void lists_json(const struct lists_view *v);

#endif
