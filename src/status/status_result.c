/* SPDX-License-Identifier: ISC */
#include "status_state.h"

#include <string.h>

void status_target(const struct report *r, size_t i, struct report_target *out)
{
    const struct saved *s = r->ctx;
    const struct stored_target *t = &s->targets.items[s->rows[i]];
    *out = (struct report_target){
        .ip = t->ip, .prefix = t->prefix, .label = t->label, .special = ip_special(&t->ip)};
}

/* Why nothing is known: the last attempt says so, unless what it proved is too old by now. */
static enum cause status_why_unknown(const struct saved *s, const struct cell_proof *proof)
{
    if (proof->cause != CAUSE_NONE &&
        (!s->stale || s->success.id == 0 || cause_is_normal(proof->cause)))
        return proof->cause;
    return CAUSE_NOT_ASKED;
}

/* What is believed, with today's configuration; NULL, and why, when nothing is. */
static const struct verdict *status_believed(struct saved *s, const struct status_column *c,
                                             const struct status_class *class,
                                             const struct cell_proof *proof, enum cause *why)
{
    *why = status_why_unknown(s, proof);
    if (s->stale ||
        judge_level(&s->judge, c->column, class->belief, proof, c->holds) == LEVEL_UNKNOWN)
        return NULL;
    const struct verdict *v = &c->plain;
    if (class->belief) {
        s->verdict = (struct verdict){.level = LEVEL_UNKNOWN, .advice = ""};
        session_explain(&s->session, c->column, class->belief->answers, &s->verdict);
        v = &s->verdict;
    }
    if (v->says_nothing)
        *why = CAUSE_NO_DATA;
    bool proven = v->cause == CAUSE_NONE && v->level != LEVEL_UNKNOWN && !v->says_nothing;
    return proven ? v : NULL;
}

static void status_add_advice(struct saved *s, const struct status_column *c,
                              const struct verdict *v, const struct ip *ip, struct result *out)
{
    out->url = out->delist = out->advice = "";
    if (out->level <= LEVEL_OK)
        return;
    buf_clear(&s->url);
    if (session_advise(&s->session, c->column, v, CAUSE_NONE, CHANGE_NONE, ip, &s->advice))
        out->advice = s->advice.text;
    if (out->advice[0])
        out->delist = s->advice.delist;
    if (out->advice[0] && s->advice.url[0])
        buf_str(&s->url, s->advice.url);
    else
        session_url(&s->session, c->column, ip, true, &s->url);
    out->url = buf_text(&s->url);
}

static void status_add_ack(const struct saved *s, const struct status_column *c,
                           const struct belief *b, struct result *out)
{
    const struct list_belief *l = c->belief;
    bool lapsed = b && b->lapsed && !s->stale;
    if ((out->level != LEVEL_UNKNOWN || lapsed) && judge_is_acked(&s->judge, c->column, b)) {
        out->acked_until = b->ack_until;
        out->ack_note = b->ack_note ? b->ack_note : "";
    } else if (out->level == LEVEL_UNKNOWN && !s->stale && l && l->ack_until > s->judge.now &&
               !cause_is_normal(out->cause)) {
        out->acked_until = l->ack_until;
        out->ack_note = l->ack_note ? l->ack_note : "";
    }
    out->counts = out->acked_until == 0;
}

void status_add_pending(struct saved *s, const struct status_column *c, const struct belief *b,
                        struct result *out)
{
    const struct judge_conf *conf = &s->judge.conf;
    struct verdict v = {.advice = ""};
    out->pending = NULL;
    out->pending_finding = false;
    if (!b || !b->pending)
        return;
    session_explain(&s->session, c->column, b->pending, &v);
    snprintf(s->pending, sizeof s->pending, "%s", v.state);
    for (char *p = s->pending; *p; p++)
        *p = (char)(*p == '-' ? ' ' : *p);
    out->pending = s->pending;
    out->pending_finding = v.level > LEVEL_OK;
    out->pending_count = b->pending_count;
    out->pending_needed = out->pending_finding ? conf->confirm_listed : conf->confirm_cleared;
    out->pending_after = b->pending_last + conf->confirm_gap;
}

static bool status_is_of_another_shard(const struct saved *s, size_t i, size_t j)
{
    return s->elsewhere[i] && s->columns[j].of_shard;
}

/* Lists of addresses say nothing about domains, nor lists of domains about addresses. */
static bool status_is_of_another_kind(const struct saved *s, size_t i, size_t j)
{
    const struct status_column *c = &s->columns[j];
    bool domain = ip_name(&s->targets.items[s->rows[i]].ip) != NULL;
    return proof_unpack(c->classes[c->cells[i]].cell).cause == CAUSE_NOT_APPLICABLE &&
           (domain || c->of_domains);
}

bool status_result(const struct report *r, size_t i, size_t j, struct result *out)
{
    struct saved *s = r->ctx;
    const struct status_column *c = &s->columns[j];
    const struct status_class *class = &c->classes[c->cells[i]];
    struct cell_proof proof = proof_unpack(class->cell);
    enum cause why;
    const struct verdict *v = status_believed(s, c, class, &proof, &why);
    enum level level = v ? v->level : LEVEL_UNKNOWN;
    /* A list that stands aside is not counted; what it is known to have listed stays. */
    if (c->health->health == HEALTH_OFF && level <= LEVEL_OK)
        return false;
    if (status_is_of_another_shard(s, i, j) || status_is_of_another_kind(s, i, j))
        return false;
    const struct belief *finding = level > LEVEL_OK ? class->belief : NULL;
    out->column = j;
    out->level = level;
    out->state = v ? v->state : "";
    out->cause = v ? proof.cause : why;
    out->code_count = v ? v->code_count : 0;
    if (out->code_count)
        memcpy(out->codes, v->codes, out->code_count * sizeof *out->codes);
    out->reason = finding && finding->detail ? finding->detail : "";
    out->since = finding ? finding->since : 0;
    out->proven = proof.proven;
    out->asked = proof.asked;
    out->acked_until = 0;
    out->ack_note = "";
    status_add_pending(s, c, class->belief, out);
    status_add_ack(s, c, class->belief, out);
    status_add_advice(s, c, v, &s->targets.items[s->rows[i]].ip, out);
    return true;
}

uint32_t status_result_class(const struct report *r, size_t i, size_t j)
{
    const struct saved *s = r->ctx;
    const struct status_column *c = &s->columns[j];
    bool own =
        c->classes[c->cells[i]].belief || s->elsewhere[i] || status_is_of_another_kind(s, i, j);
    return own ? 0 : c->cells[i] + 1u;
}

uint32_t status_target_class(const struct report *r, size_t i)
{
    const struct saved *s = r->ctx;
    return s->shared[i];
}

void status_sentence(const struct report *r, size_t j, const char *state, const char *who,
                     struct buf *out)
{
    const struct saved *s = r->ctx;
    session_sentence(&s->session, s->columns[j].column, state, who, out);
}
