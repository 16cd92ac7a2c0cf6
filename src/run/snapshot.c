/* SPDX-License-Identifier: ISC */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

void snapshot_fini(struct snapshot *s)
{
    stored_targets_fini(&s->known.targets);
    stored_origins_fini(&s->known.origins);
    stored_beliefs_fini(&s->beliefs);
    stored_list_beliefs_fini(&s->list_beliefs);
    for (size_t i = 0; s->lists && i < s->list_count; i++)
        proofs_fini(&s->lists[i].proofs);
    free(s->lists);
    stored_lists_free(s->names, s->list_count);
    facts_fini(&s->facts);
    stored_samples_fini(&s->samples);
    stored_listeners_fini(&s->listeners);
    *s = (struct snapshot){0};
}

const struct snapshot_list *snapshot_list(const struct snapshot *s, const char *source,
                                          const char *list)
{
    for (size_t i = 0; i < s->list_count; i++) {
        const struct snapshot_list *l = &s->lists[i];
        if (source_equal(l->source, source) && strcmp(l->list, list) == 0)
            return l;
    }
    return NULL;
}

const struct list_belief *snapshot_list_belief(const struct snapshot *s, const char *source,
                                               const char *list)
{
    for (size_t i = 0; i < s->list_beliefs.count; i++) {
        const struct list_belief *b = &s->list_beliefs.items[i];
        if (source_equal(b->source, source) && strcmp(b->list, list) == 0)
            return b;
    }
    return NULL;
}

const char *snapshot_fact(const struct snapshot *s, const char *key)
{
    return facts_sorted(&s->facts, key);
}

struct shard snapshot_shard(const struct snapshot *s)
{
    struct shard shard = {0};
    const char *text = snapshot_fact(s, SNAPSHOT_SHARD);
    if (text)
        shard_parse(text, NULL, &shard, NULL);
    return shard;
}
