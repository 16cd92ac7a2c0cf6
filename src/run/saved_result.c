/* SPDX-License-Identifier: ISC */
#include "saved_state.h"

#include <string.h>

void saved_target(const struct report *r, size_t i, struct report_target *out)
{
    const struct saved *s = r->ctx;
    const struct stored_target *t = &s->targets.items[s->rows[i]];
    *out = (struct report_target){
        .ip = t->ip, .prefix = t->prefix, .label = t->label, .special = ip_special(&t->ip)};
}

/* What is believed, with today's configuration; state "" when nothing is. */
static enum level believed(struct saved *s, const struct saved_column *c,
                           const struct saved_class *class, const struct cell_proof *proof)
{
    s->verdict = (struct verdict){.level = LEVEL_UNKNOWN, .advice = ""};
    if (s->stale ||
        judge_level(&s->judge, c->column, class->belief, proof, c->holds) == LEVEL_UNKNOWN)
        return LEVEL_UNKNOWN;
    ask_explain(&s->ask, c->column, class->belief ? class->belief->answers : c->clean, &s->verdict);
    return s->verdict.cause == CAUSE_NONE ? s->verdict.level : LEVEL_UNKNOWN;
}

/* Why nothing is known: the last attempt says so, unless what it proved is too old by now. */
static enum cause why_unknown(const struct saved *s, const struct cell_proof *proof)
{
    if (proof->cause != CAUSE_NONE && (!s->stale || cause_is_normal(proof->cause)))
        return proof->cause;
    return CAUSE_NOT_ASKED;
}

static void add_advice(struct saved *s, const struct saved_column *c, const struct ip *ip,
                       struct result *out)
{
    buf_clear(&s->url);
    s->advice = (struct advice){0};
    if (out->level > LEVEL_OK) {
        ask_advise(&s->ask, c->column, &s->verdict, CAUSE_NONE, CHANGE_NONE, ip, &s->advice);
        if (s->advice.url[0])
            buf_str(&s->url, s->advice.url);
        else
            ask_url(&s->ask, c->column, ip, true, &s->url);
    }
    out->url = buf_text(&s->url);
    out->advice = s->advice.text;
}

static void add_ack(const struct saved *s, const struct saved_column *c, const struct belief *b,
                    struct result *out)
{
    const struct list_belief *l = c->belief;
    if (out->level != LEVEL_UNKNOWN && judge_is_acked(&s->judge, c->column, b)) {
        out->acked_until = b->ack_until;
        out->ack_note = b->ack_note ? b->ack_note : "";
    } else if (out->level == LEVEL_UNKNOWN && !s->stale && l && l->ack_until > s->judge.now &&
               !cause_is_normal(out->cause)) {
        out->acked_until = l->ack_until;
        out->ack_note = l->ack_note ? l->ack_note : "";
    }
    out->counts = out->acked_until == 0;
}

bool saved_result(const struct report *r, size_t i, size_t j, struct result *out)
{
    struct saved *s = r->ctx;
    const struct saved_column *c = &s->columns[j];
    const struct saved_class *class = &c->classes[c->cells[i]];
    struct cell_proof proof = proof_unpack(class->cell);
    enum level level = believed(s, c, class, &proof);
    /* A list that stands aside counts nowhere; what it is known to have listed stays. */
    if (c->health->health == HEALTH_OFF && level <= LEVEL_OK)
        return false;
    bool known = level != LEVEL_UNKNOWN;
    const struct belief *b = known ? class->belief : NULL;
    *out = (struct result){.column = j,
                           .level = level,
                           .state = known ? s->verdict.state : "",
                           .cause = known ? proof.cause : why_unknown(s, &proof),
                           .code_count = known ? s->verdict.code_count : 0,
                           .reason = b && b->detail && level > LEVEL_OK ? b->detail : "",
                           .since = b && level > LEVEL_OK ? b->since : 0,
                           .proven = proof.proven,
                           .asked = proof.asked,
                           .ack_note = ""};
    memcpy(out->codes, s->verdict.codes, out->code_count * sizeof *out->codes);
    add_ack(s, c, class->belief, out);
    add_advice(s, c, &s->targets.items[s->rows[i]].ip, out);
    return true;
}

uint32_t saved_result_class(const struct report *r, size_t i, size_t j)
{
    const struct saved *s = r->ctx;
    const struct saved_column *c = &s->columns[j];
    return c->classes[c->cells[i]].belief ? 0 : c->cells[i] + 1u;
}
