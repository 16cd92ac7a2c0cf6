/* SPDX-License-Identifier: ISC */
/* What this program is made of: the sources it asks and the channels it tells. Handed to the
 * library, which has none built in. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include "repmon/source.h"

extern const struct source_set registry_sources;

/* Hands both to a configuration that was read. False (ERR_CONFIG): it names a channel that is not
 * there. */
bool registry_bind(struct conf *conf, struct error *err);

/* Appends "no [snds "NAME"] or [postmaster "NAME"] section": of all sources with accounts, or of
 * those that somebody logs in to. */
enum registry_which { REGISTRY_ACCOUNTS, REGISTRY_LOGINS };
void registry_sections(struct buf *out, enum registry_which which);

/* Names that `ack` and `history` take for lists of a source, except zones and receivers. */
void registry_list_names(const struct conf *conf, const struct source *s, source_name_fn *take,
                         void *ctx);
/* A list's name for people: "gmail"; "dmarc (domain)" where two sources have a list of that name.
 */
void registry_list_name(const struct conf *conf, const char *source, const char *list,
                        struct buf *out);

#endif
