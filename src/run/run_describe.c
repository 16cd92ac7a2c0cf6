/* SPDX-License-Identifier: ISC */
/* What an entry says and the judgement can't know: codes, words, pages, advice. */
#include "run_state.h"

#include <stdlib.h>
#include <string.h>

const char *run_keep(struct run *r, char *text)
{
    r->words = mem_grow(r->words, r->word_count + 1, sizeof(char *));
    return r->words[r->word_count++] = text;
}

static bool explain(struct run *r, const struct change *c, const char *answers, struct verdict *v)
{
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(&r->ask, c->source, c->list);
    *v = (struct verdict){.level = LEVEL_UNKNOWN, .advice = ""};
    if (column == ASK_NO_COLUMN)
        return false;
    ask_explain(&r->ask, column, answers, v);
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
    if (!explain(ctx, c, c->answers, &v))
        return "";
    return run_keep(ctx, mem_dup(v.state));
}

/* One address has a page of its own; several share the list's. */
static bool advise(struct run *r, const struct change *c, struct advice *out)
{
    struct verdict v;
    *out = (struct advice){0};
    size_t column = ask_find(&r->ask, c->source, c->list);
    if (column == ASK_NO_COLUMN)
        return false;
    if (c->of_list)
        return ask_advise(&r->ask, column, NULL, c->cause, c->kind, NULL, out);
    if (c->to <= LEVEL_OK || !explain(r, c, c->answers, &v))
        return false;
    return ask_advise(&r->ask, column, &v, CAUSE_NONE, c->kind, &c->ip, out);
}

static bool url(void *ctx, const struct change *c, struct buf *out)
{
    struct run *r = ctx;
    struct advice a;
    if (advise(r, c, &a) && a.url[0])
        return buf_str(out, a.url);
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(&r->ask, c->source, c->list);
    if (column == ASK_NO_COLUMN || c->to <= LEVEL_OK)
        return false;
    size_t before = out->len;
    ask_url(&r->ask, column, &c->ip, true, out);
    return out->len > before;
}

static const char *advice(void *ctx, const struct change *c)
{
    struct advice a;
    return advise(ctx, c, &a) ? run_keep(ctx, mem_dup(a.text)) : "";
}

/* Of a score list only the band matters. */
static bool by_level(void *ctx, const struct change *c)
{
    struct run *r = ctx;
    size_t column = c->of_list ? ASK_NO_COLUMN : ask_find(&r->ask, c->source, c->list);
    return column != ASK_NO_COLUMN && grid_column_const(r->ask.grid, column)->kind == LIST_SCORE;
}

struct describe_ops run_describe_ops(struct run *r)
{
    return (struct describe_ops){.codes = codes,
                                 .state = state,
                                 .url = url,
                                 .advice = advice,
                                 .by_level = by_level,
                                 .ctx = r};
}
