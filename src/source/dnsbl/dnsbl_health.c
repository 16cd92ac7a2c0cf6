/* SPDX-License-Identifier: ISC */
/* What a run learned of each list: health, cause, and words that name the culprit and the cure. */
#include "dnsbl_domains.h"
#include "dnsbl_state.h"

#include "repmon/buf.h"

static bool dnsbl_health_counts(enum cause cause)
{
    return cause == CAUSE_NONE;
}

struct validity dnsbl_standing_of(const struct way *w)
{
    struct validity s = w->proof.validity;
    if (dnsbl_health_counts(s.listing) && w->second_label_due && w->second_passed < SECOND_LABELS)
        s.listing = w->second_cause ? w->second_cause : CAUSE_NOT_ASKED;
    return s;
}

bool dnsbl_is_settled(const struct dnsbl_state *s, const struct dnsbl_queue *l, uint16_t outcome)
{
    struct outcome o = results_outcome(s->env.results, outcome);
    struct validity v = dnsbl_standing_of(&l->ways[o.via % RESULTS_VIAS]);
    return o.cause == CAUSE_NONE && dnsbl_health_counts(o.answers[0] ? v.listing : v.empty);
}

static const char *const proof_notes[] = {
    [NOTE_NONE] = NULL,
    [NOTE_NOT_PROVEN] =
        "list not proven: its test entry is not listed as it should be; what it lists counts, but "
        "its \"not listed\" does not; remove it if this persists while other lists pass",
    [NOTE_LISTS_CLEAN] = "it lists the test address that must never be listed; random addresses "
                         "are clean, so what it says counts",
};

/* If a list does not answer at all, that alone is reported, not what one family proved. */
static bool dnsbl_fits_a_note(enum cause cause)
{
    return cause == CAUSE_NONE || cause == CAUSE_UNTRUSTED;
}

/* One list whose test entry has a TXT but no A may be at fault itself; several are not. */
static bool dnsbl_takes_loopback_away(const struct dnsbl_state *s)
{
    size_t lists = 0;
    for (size_t i = 0; i < s->count; i++)
        lists += s->lists[i].has_text;
    return lists > 1;
}

/* Whether the list seems empty through this resolver, without even its own test address. */
static bool dnsbl_is_emptied(const struct dnsbl_queue *l)
{
    for (size_t i = 0; i < RESULTS_VIAS; i++) {
        if (l->ways[i].proof.validity.listing == CAUSE_UNTRUSTED)
            return false; /* it lists too much, not too little */
    }
    return l->column->cause == CAUSE_UNTRUSTED && l->empty_point && !l->right_point;
}

/* Something on the way turns answers in 127/8 into errors: SERVFAIL (BIND), REFUSED (Knot). */
static bool dnsbl_is_turned_into_errors(const struct dnsbl_state *s, const struct dnsbl_queue *l)
{
    return l->failed_point && l->has_text && !l->right_point && dnsbl_takes_loopback_away(s);
}

/* Whether answers in 127/8 are removed on the way. */
static bool dnsbl_is_stripped(const struct dnsbl_state *s, const struct dnsbl_queue *l)
{
    return dnsbl_is_turned_into_errors(s, l) ||
           (dnsbl_is_emptied(l) && (l->has_text || dnsbl_takes_loopback_away(s)));
}

/* Such errors are none of the list's: it serves, and the resolver can't be trusted. */
static void dnsbl_distrust_stripped(const struct dnsbl_state *s, struct dnsbl_queue *l)
{
    struct column *c = l->column;
    if (!dnsbl_is_turned_into_errors(s, l))
        return;
    c->cause = CAUSE_UNTRUSTED;
    for (size_t i = 0; i < RESULTS_VIAS; i++) {
        enum cause *empty = &c->via[i].empty;
        if (*empty == CAUSE_SERVFAIL || *empty == CAUSE_NOT_SERVED)
            *empty = CAUSE_UNTRUSTED;
    }
}

/* Cause and proof time of the ways that were used; true when one of them gave a cause. */
static void dnsbl_sum_up_ways(const struct dnsbl_state *s, struct dnsbl_queue *l)
{
    struct column *c = l->column;
    enum proof_note note = NOTE_NONE;
    bool lists_all = false;
    for (size_t i = 0; i < RESULTS_VIAS; i++) {
        const struct way *w = &l->ways[i];
        bool present = i / CATALOGUE_FAMILIES == s->via && l->needed[i % CATALOGUE_FAMILIES];
        if (!w->begun && !w->done_once && !present)
            continue;
        c->via[i] = dnsbl_standing_of(w);
        if (note == NOTE_NONE)
            note = w->proof.note;
        lists_all |= w->proof.validity.listing == CAUSE_UNTRUSTED;
        if (dnsbl_health_counts(w->proof.validity.empty)) {
            time_t proven = s->env.now - (time_t)w->age_s;
            c->fresh = (c->fresh || !c->proven) && w->age_s == 0;
            c->proven = !c->proven || proven < c->proven ? proven : c->proven;
        } else if (present && c->cause == CAUSE_NONE) {
            c->cause = w->begun ? dnsbl_unanswered() : CAUSE_NOT_ASKED;
            if (w->done_once)
                c->cause = w->proof.validity.empty;
        }
    }
    if (l->failed != CAUSE_NONE)
        c->cause = l->failed;
    dnsbl_distrust_stripped(s, l);
    if (lists_all)
        c->note = "it lists what must never be listed: nothing it says counts; remove it if "
                  "this persists while other lists pass";
    else if (proof_notes[note] && dnsbl_fits_a_note(c->cause))
        c->note = proof_notes[note];
    c->cut = l->failed == CAUSE_NONE;
}

static void dnsbl_judge_health(struct dnsbl_state *s, struct dnsbl_queue *l)
{
    struct column *c = l->column;
    size_t taken = 0, due = 0, proven = 0;
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        if (s->env.is_due && !s->env.is_due(s->env.ctx, row, l->number))
            continue;
        struct outcome o = results_effective(s->env.results, row, l->number);
        if (l->list->domains && s->names.row_causes[row] != CAUSE_NONE) {
            c->nameless += o.cause == CAUSE_UNPROVEN && !s->names.rows[row];
            continue; /* it is not the list's fault that the names are not known */
        }
        taken += o.cause != CAUSE_NOT_APPLICABLE;
        due += o.cause == CAUSE_NONE || !cause_is_normal(o.cause);
        proven += o.cause == CAUSE_NONE;
    }
    if (taken == 0 && !s->env.tests_only)
        c->cause = CAUSE_NONE; /* nothing was asked of it */
    bool unserved =
        c->cause == CAUSE_NOT_SERVED || c->cause == CAUSE_TIMEOUT || c->cause == CAUSE_SERVFAIL;
    if (l->list->off_when_not_served && unserved)
        c->health = HEALTH_OFF;
    else if (c->cause == CAUSE_UNTRUSTED)
        c->health = HEALTH_UNTRUSTED;
    else
        c->health = proven * 2 < due ? HEALTH_BLIND : HEALTH_OK;
}

/* ---- words ---- */

static const char rebinding[] =
    "this resolver removes answers in 127.0.0.0/8 (rebinding protection); let them through: "
    "dnsmasq: rebind-localhost-ok; unbound: no private-address that contains 127.0.0.0/8, or "
    "private-domain: with the zone of the list; BIND: no deny-answer-addresses that contains "
    "127.0.0.0/8; Knot Resolver: without the module rebinding; Pi-hole: rebind-localhost-ok in a "
    "file below /etc/dnsmasq.d; OPNsense: Unbound DNS, Advanced, Rebind protection networks "
    "without "
    "127.0.0.0/8";

/* What else may make a list deny its own test address, if lists of its kind are known to do so;
 * NULL: the list itself is at fault. */
static const char *dnsbl_who_empties(const struct dnsbl_list *list)
{
    const struct catalogue_list *known = list->catalogue;
    if (!known)
        return NULL;
    if (known->needs_key)
        return "it answers \"not listed\" to everything, its own test address included, as it does "
               "to a key that is wrong, expired or not yet active; check key_file and your "
               "account: ";
    if (known->public_resolver == TRI_NO)
        return "this resolver is probably a public or shared one, or forwards to one: the "
               "list answers \"not listed\" to everything from there, even its own test address; ";
    if (known->needs_registration)
        return "it answers \"not listed\" to everything, its own test address included, as it does "
               "to a resolver that is not registered; ";
    return NULL;
}

/* Unregistered users may get no answer at all instead of an honest refusal. */
static bool dnsbl_needs_registration(const struct dnsbl_list *list, enum cause cause)
{
    return (cause == CAUSE_SERVFAIL || cause == CAUSE_TIMEOUT) && list->catalogue &&
           list->catalogue->needs_registration;
}

static const char refused_by_own[] =
    "use a recursive resolver of your own, not a public or shared one "
    "([dns] resolver), or register with the list";

/* "it answers 127.255.255.250 (the key is disabled): get …": the code, its meaning, its cure. */
static void dnsbl_add_refusal(const struct dnsbl_queue *l, struct buf *out)
{
    const struct refusal *r = &l->refusal;
    const char *cure = l->list->cure[0] ? l->list->cure : refused_by_own;
    if (r->answer) {
        char quad[QUAD_TEXT_MAX];
        quad_format(r->answer, quad);
        buf_fmt(out, "it answers %s (%s): ", quad, r->why);
    }
    buf_str(out, r->answer && r->cure[0] ? r->cure : cure);
}

/* The culprit and what to do, as a clause; nothing when neither is known. */
static void dnsbl_add_culprit(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                              struct buf *out)
{
    const struct column *c = l->column;
    const char *who = dnsbl_is_emptied(l) ? dnsbl_who_empties(l->list) : NULL;
    if (c->cause == CAUSE_NO_KEY && l->list->why_off)
        buf_str(out, l->list->why_off);
    else if (dnsbl_is_stripped(s, l))
        buf_str(out, rebinding);
    else if (c->cause == CAUSE_NOT_SERVED)
        dnsbl_add_refusal(l, out);
    else if (who)
        buf_fmt(out, "%s%s", who, l->list->cure);
    else if (c->health == HEALTH_OFF || dnsbl_needs_registration(l->list, c->cause))
        buf_str(out, l->list->cure);
}

/* ---- names that could not be learned ---- */

static const struct {
    enum cause cause;
    const char *why, *cure;
} without_names[] = {
    {CAUSE_TIMEOUT, "could not be looked up: no answer in time", "check [dns] resolver"},
    {CAUSE_SERVFAIL, "could not be looked up: the resolver failed (SERVFAIL)",
     "check [dns] resolver and the name servers of the reverse zone"},
    {CAUSE_NOT_SERVED, "could not be looked up: the resolver refuses the query (REFUSED)",
     "let it look up reverse names, or name another ([dns] resolver)"},
    {CAUSE_BAD_FORMAT, "could not be looked up: the answer could not be read",
     "check [dns] resolver"},
    {CAUSE_UNTRUSTED, "comes from the resolver's own data, such as its hosts file",
     "name a resolver that queries the reverse zone ([dns] resolver)"},
    {CAUSE_UNPROVEN, "could not be proven missing: the resolver leaves out the SOA",
     "check [dns] resolver"},
};

/* "the reverse name of 192.0.2.1 could not be looked up: …; so …"; names only the first. */
static void dnsbl_add_nameless(const struct dnsbl_state *s, const struct dnsbl_queue *l,
                               size_t cause, struct buf *out)
{
    char first[IP_TEXT_MAX];
    size_t count = 0;
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        if (s->names.row_causes[row] != without_names[cause].cause ||
            results_effective(s->env.results, row, l->number).cause != CAUSE_UNPROVEN)
            continue;
        if (count++ == 0)
            ip_format(&s->env.inventory->items[row].ip, first);
    }
    if (count == 0)
        return;
    buf_fmt(out, "%sthe reverse name of %s", out->len ? "; " : "", first);
    if (count > 1)
        buf_fmt(out, " and %zu more", count - 1);
    buf_fmt(out, " %s; %s", without_names[cause].why, without_names[cause].cure);
}

static void dnsbl_explain_nameless(const struct dnsbl_state *s, const struct dnsbl_queue *l)
{
    struct buf text;
    buf_init(&text, 2 * LIMIT_REASON);
    for (size_t i = 0; i < sizeof without_names / sizeof *without_names; i++)
        dnsbl_add_nameless(s, l, i, &text);
    if (text.len)
        results_set_note(s->env.results, l->number, buf_text(&text));
    buf_fini(&text);
}

static void dnsbl_explain_health(const struct dnsbl_state *s, struct dnsbl_queue *l)
{
    struct buf text;
    buf_init(&text, 2 * LIMIT_REASON);
    if (l->column->cause == CAUSE_UNPROVEN)
        l->column->note = "this list has no test entry: an empty answer can't be proven";
    dnsbl_add_culprit(s, l, &text);
    bool silent = !text.len && !(l->column->note && l->column->note[0]);
    if (silent && l->list->domains && !s->env.tests_only)
        dnsbl_explain_nameless(s, l);
    if (text.len) {
        results_set_note(s->env.results, l->number, buf_text(&text));
        l->column->cures = true;
    }
    buf_fini(&text);
}

void dnsbl_finish(void *state)
{
    struct dnsbl_state *s = state;
    for (size_t i = 0; i < s->count; i++) {
        dnsbl_sum_up_ways(s, &s->lists[i]);
        dnsbl_domains_settle(s, &s->lists[i]);
        dnsbl_judge_health(s, &s->lists[i]);
        dnsbl_explain_health(s, &s->lists[i]);
    }
}
