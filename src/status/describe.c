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

static bool describe_explain(struct describer *d, const struct change *c, const char *answers,
                             struct verdict *v)
{
    size_t column = c->of_list ? SESSION_NO_COLUMN : session_find(d->session, c->source, c->list);
    *v = (struct verdict){.level = LEVEL_UNKNOWN, .advice = ""};
    if (column == SESSION_NO_COLUMN)
        return false;
    session_explain(d->session, column, answers, v);
    return v->cause == CAUSE_NONE;
}

static size_t describe_codes(void *ctx, const struct change *c, const char *answers,
                             struct code out[static LIMIT_CODES])
{
    struct verdict v;
    if (!answers[0] || !describe_explain(ctx, c, answers, &v))
        return 0;
    memcpy(out, v.codes, v.code_count * sizeof *out);
    return v.code_count;
}

static const char *describe_state(void *ctx, const struct change *c)
{
    struct verdict v;
    /* Not watched any more, or not proven for too long: the list's words no longer hold. */
    if (c->to == LEVEL_UNKNOWN || !describe_explain(ctx, c, c->answers, &v))
        return "";
    return describer_keep(ctx, mem_dup(v.state));
}

/* What the state is called as news. */
static const char *describe_headline(void *ctx, const struct change *c)
{
    struct describer *d = ctx;
    struct verdict v;
    size_t column = c->of_list ? SESSION_NO_COLUMN : session_find(d->session, c->source, c->list);
    if (column == SESSION_NO_COLUMN || c->to == LEVEL_UNKNOWN ||
        !describe_explain(d, c, c->answers, &v))
        return "";
    struct buf out;
    buf_init(&out, 256);
    if (!session_change_headline(d->session, column, c->answers_from, c->answers, &out) &&
        !session_headline(d->session, column, v.state, &out))
        buf_clear(&out);
    return describer_keep(d, buf_take(&out));
}

static const char *describe_sentence(void *ctx, const struct change *c, const char *who)
{
    struct describer *d = ctx;
    struct verdict v;
    size_t column = c->of_list ? SESSION_NO_COLUMN : session_find(d->session, c->source, c->list);
    if (column == SESSION_NO_COLUMN || c->to == LEVEL_UNKNOWN ||
        !describe_explain(d, c, c->answers, &v))
        return "";
    struct buf out;
    buf_init(&out, 512);
    session_sentence(d->session, column, v.state, who, &out);
    return describer_keep(d, buf_take(&out));
}

static bool describe_dns_list(void *ctx, const struct change *c)
{
    const struct session_part *part = session_part(((struct describer *)ctx)->session, c->source);
    return part && part->source->dns_list;
}

/* A single address gets its own page; several share the list's. */
static bool describe_advise(struct describer *d, const struct change *c, struct advice *out)
{
    struct verdict v;
    *out = (struct advice){0};
    size_t column = session_find(d->session, c->source, c->list);
    bool flapping = c->of_list && c->kind == CHANGE_FLAPPING; /* what flaps is no address */
    if (column == SESSION_NO_COLUMN || flapping)
        return false;
    bool silence = c->kind == CHANGE_LAPSED && c->cause == CAUSE_NOT_HEARD_SINCE;
    if (c->of_list || silence)
        return session_advise(d->session, column, NULL, c->cause, c->kind, NULL, out);
    if (c->to <= LEVEL_OK || !describe_explain(d, c, c->answers, &v))
        return false;
    return session_advise(d->session, column, &v, CAUSE_NONE, c->kind, &c->ip, out);
}

static bool describe_delist(void *ctx, const struct change *c, struct buf *out)
{
    struct advice a;
    return describe_advise(ctx, c, &a) && a.delist[0] && buf_str(out, a.delist);
}

static bool describe_url(void *ctx, const struct change *c, struct buf *out)
{
    struct describer *d = ctx;
    struct advice a;
    if (describe_advise(d, c, &a) && a.url[0])
        return buf_str(out, a.url);
    size_t column = c->of_list ? SESSION_NO_COLUMN : session_find(d->session, c->source, c->list);
    if (column == SESSION_NO_COLUMN || c->to <= LEVEL_OK || !c->ip.family)
        return false;
    size_t before = out->len;
    session_url(d->session, column, &c->ip, true, out);
    return out->len > before;
}

static const char *describe_advice(void *ctx, const struct change *c)
{
    struct advice a;
    if (c->kind == CHANGE_RETIRED && !c->of_list && !c->list[0]) /* DNS took it away */
        return "Correct the record, or the line of [targets]. If mail still leaves from this "
               "address, name it with ip =.";
    return describe_advise(ctx, c, &a) ? describer_keep(ctx, mem_dup(a.text)) : "";
}

/* The worst code's now, or the worst of those before if none is left; else the list's. */
static enum severity describe_severity(void *ctx, const struct change *c)
{
    struct describer *d = ctx;
    struct code found[LIMIT_CODES];
    size_t column = session_find(d->session, c->source, c->list);
    size_t count = describe_codes(ctx, c, c->answers, found);
    if (count == 0)
        count = describe_codes(ctx, c, c->answers_from, found);
    enum severity worst = c->list[0] ? SEV_OFF : SEV_CRITICAL; /* "": all lists at once */
    for (size_t i = 0; i < count; i++)
        worst = found[i].severity > worst ? found[i].severity : worst;
    return count == 0 && column != SESSION_NO_COLUMN ? session_severity(d->session, column) : worst;
}

/* For a score list only the band matters. */
static bool describe_by_level(void *ctx, const struct change *c)
{
    struct describer *d = ctx;
    size_t column = c->of_list ? SESSION_NO_COLUMN : session_find(d->session, c->source, c->list);
    return column != SESSION_NO_COLUMN && session_kind(d->session, column) == LIST_SCORE;
}

struct describe_ops describer_ops(struct describer *d)
{
    return (struct describe_ops){.codes = describe_codes,
                                 .state = describe_state,
                                 .headline = describe_headline,
                                 .sentence = describe_sentence,
                                 .dns_list = describe_dns_list,
                                 .url = describe_url,
                                 .delist = describe_delist,
                                 .severity = describe_severity,
                                 .advice = describe_advice,
                                 .by_level = describe_by_level,
                                 .ctx = d};
}
