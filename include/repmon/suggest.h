/* SPDX-License-Identifier: ISC */
/* "Did you mean …": the known word that is nearest to a typed one. Pure. */
#ifndef REPMON_SUGGEST_H
#define REPMON_SUGGEST_H

/* The best so far; begin with {.typed = …}. */
struct suggestion {
    const char *typed; /* borrowed */
    const char *word;  /* borrowed from what was offered; NULL: none is near */
    unsigned distance; /* of word; 0: typed is a part of it */
};

/*
 * Takes the word if it is nearer than the one before: by insertions, deletions, substitutions and
 * swaps of neighbours, whatever the case. One of its beginning (two octets or more) or another part
 * of it (three or more) is nearest. Up to a third of a long word may differ, two in a short one;
 * words of more than 64 octets are not considered.
 */
void suggest_offer(struct suggestion *s, const char *word);

#endif
