/* SPDX-License-Identifier: ISC */
#include "repmon/describe.h"

#include <stdlib.h>
#include <string.h>

const char *describer_keep(struct describer *d, char *text)
{
    d->words = mem_grow(d->words, d->word_count + 1, sizeof(char *));
    return d->words[d->word_count++] = text;
}

void describer_fini(struct describer *d)
{
    for (size_t i = 0; i < d->word_count; i++)
        free(d->words[i]);
    free(d->words);
    *d = (struct describer){0};
}

static bool explain(struct describer *d, const struct change *c, const char *answers,
                    struct verdict *v)
{
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(d->ask, c->source, c->list);
    *v = (struct verdict){.level = LEVEL_UNKNOWN, .advice = ""};
    if (column == ASK_NO_COLUMN)
        return false;
    ask_explain(d->ask, column, answers, v);
    return v->cause == CAUSE_NONE;
}

static size_t codes(void *ctx, const struct change *c, const char *answers,
                    struct code out[static LIMIT_CODES])
{
    struct verdict v;
    if (!answers[0] || !explain(ctx, c, answers, &v))
        return 0;
    memcpy(out, v.codes, v.code_count * sizeof *out);
    return v.code_count;
}

static const char *state(void *ctx, const struct change *c)
{
    struct verdict v;
    /* Nobody looks any more, or nothing was proven for too long: no word of the list stands. */
    if (c->to == LEVEL_UNKNOWN || !explain(ctx, c, c->answers, &v))
        return "";
    return describer_keep(ctx, mem_dup(v.state));
}

/* What the state is called as news. */
static const char *headline(void *ctx, const struct change *c)
{
    struct describer *d = ctx;
    struct verdict v;
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(d->ask, c->source, c->list);
    if (column == ASK_NO_COLUMN || c->to == LEVEL_UNKNOWN || !explain(d, c, c->answers, &v))
        return "";
    struct buf out;
    buf_init(&out, 256);
    if (!ask_headline(d->ask, column, v.state, &out))
        buf_clear(&out);
    return describer_keep(d, buf_take(&out));
}

static const char *sentence(void *ctx, const struct change *c, const char *who)
{
    struct describer *d = ctx;
    struct verdict v;
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(d->ask, c->source, c->list);
    if (column == ASK_NO_COLUMN || c->to == LEVEL_UNKNOWN || !explain(d, c, c->answers, &v))
        return "";
    struct buf out;
    buf_init(&out, 512);
    ask_sentence(d->ask, column, v.state, who, &out);
    return describer_keep(d, buf_take(&out));
}

static bool dns_list(void *ctx, const struct change *c)
{
    const struct ask_part *part = ask_part(((struct describer *)ctx)->ask, c->source);
    return part && part->source->dns_list;
}

/* One address has a page of its own; several share the list's. */
static bool advise(struct describer *d, const struct change *c, struct advice *out)
{
    struct verdict v;
    *out = (struct advice){0};
    size_t column = ask_find(d->ask, c->source, c->list);
    if (column == ASK_NO_COLUMN)
        return false;
    if (c->of_list)
        return ask_advise(d->ask, column, NULL, c->cause, c->kind, NULL, out);
    if (c->to <= LEVEL_OK || !explain(d, c, c->answers, &v))
        return false;
    return ask_advise(d->ask, column, &v, CAUSE_NONE, c->kind, &c->ip, out);
}

static bool delist(void *ctx, const struct change *c, struct buf *out)
{
    struct advice a;
    return advise(ctx, c, &a) && a.delist[0] && buf_str(out, a.delist);
}

static bool url(void *ctx, const struct change *c, struct buf *out)
{
    struct describer *d = ctx;
    struct advice a;
    if (advise(d, c, &a) && a.url[0])
        return buf_str(out, a.url);
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(d->ask, c->source, c->list);
    if (column == ASK_NO_COLUMN || c->to <= LEVEL_OK || !c->ip.family)
        return false;
    size_t before = out->len;
    ask_url(d->ask, column, &c->ip, true, out);
    return out->len > before;
}

static const char *advice(void *ctx, const struct change *c)
{
    struct advice a;
    if (c->kind == CHANGE_RETIRED && !c->of_list && !c->list[0]) /* DNS took it away */
        return "Correct the record, or the line of [targets]. If mail still leaves from this "
               "address, name it with ip =.";
    return advise(ctx, c, &a) ? describer_keep(ctx, mem_dup(a.text)) : "";
}

/* Of the worst code now, or of those before where none is left; else of the list. */
static enum severity severity(void *ctx, const struct change *c)
{
    struct describer *d = ctx;
    struct code found[LIMIT_CODES];
    size_t column = ask_find(d->ask, c->source, c->list);
    size_t count = codes(ctx, c, c->answers, found);
    if (count == 0)
        count = codes(ctx, c, c->answers_from, found);
    enum severity worst = c->list[0] ? SEV_OFF : SEV_CRITICAL; /* "": all lists at once */
    for (size_t i = 0; i < count; i++)
        worst = found[i].severity > worst ? found[i].severity : worst;
    return count == 0 && column != ASK_NO_COLUMN ? ask_severity(d->ask, column) : worst;
}

/* Of a score list only the band matters. */
static bool by_level(void *ctx, const struct change *c)
{
    struct describer *d = ctx;
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(d->ask, c->source, c->list);
    return column != ASK_NO_COLUMN && ask_kind(d->ask, column) == LIST_SCORE;
}

struct describe_ops describer_ops(struct describer *d)
{
    return (struct describe_ops){.codes = codes,
                                 .state = state,
                                 .headline = headline,
                                 .sentence = sentence,
                                 .dns_list = dns_list,
                                 .url = url,
                                 .delist = delist,
                                 .severity = severity,
                                 .advice = advice,
                                 .by_level = by_level,
                                 .ctx = d};
}
