/* SPDX-License-Identifier: ISC */
/* What the table of test_transition.c does not show: the fields of changes, beliefs and proofs. */
#include "judge_kit.h"

/* A cell in its surroundings; every test changes what it is about. */
struct scene {
    struct kit_cell cell;
    struct judge_conf conf;
    struct column health;
    const char *detail;
    int64_t holds;
    bool in_doubt;
    struct kit_world world;
    struct judge j;
    struct judgement out;
};

static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->conf = judge_conf_default();
    s->health = (struct column){.source = "dnsbl",
                                .dns_list = true,
                                .list = "bl.example",
                                .severity = SEV_CRITICAL,
                                .due = true};
    s->holds = 14 * DAY;
    s->detail = "why";
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    kit_fini(&s->cell);
    judge_fini(&s->j);
    free(s);
    return 0;
}

/* One run at T0 + at; "!" is a time-out, "!!" not asked for lack of time. */
static const struct change *at(struct scene *s, int64_t when, const char *answer)
{
    struct judge_ops ops = kit_ops(&s->world);
    time_t now = T0 + (time_t)when;
    struct outcome o = {CAUSE_NONE, 0, answer};
    if (answer[0] == '!')
        o = (struct outcome){answer[1] ? CAUSE_NOT_ASKED : CAUSE_TIMEOUT, 0, ""};
    judge_fini(&s->j);
    judge_init(&s->j, &s->conf, &ops, now, s->in_doubt);
    s->health.proven = now - 1;
    struct judge_cell in = {.health = &s->health,
                            .holds = s->holds,
                            .target = 7,
                            .ip = ip_from_v4(0xcb007105),
                            .prefix = 32,
                            .label = "mx1",
                            .belief = s->cell.has ? &s->cell.belief : NULL,
                            .proof = s->cell.proof,
                            .asked = s->health.due,
                            .outcome = o,
                            .detail = s->detail};
    memset(&s->out, 0x5a, sizeof s->out); /* nothing may depend on what was there */
    judge_cell(&s->j, &in, &s->out);
    kit_store(&s->cell, &s->out);
    return s->out.said ? &s->out.change : NULL;
}

#define SBL "127.0.0.2"
#define CSS "127.0.0.3"
#define PBL "127.0.0.10"

static void a_change_says_who_where_since_when_and_why(void **state)
{
    struct scene *s = *state;
    at(s, 0, "");
    const struct change *c = at(s, DAY, SBL);
    assert_non_null(c);
    assert_int_equal(c->target, 7);
    assert_int_equal(ip_v4(&c->ip), 0xcb007105);
    assert_int_equal(c->prefix, 32);
    assert_string_equal(c->label, "mx1");
    assert_string_equal(c->list, "bl.example");
    assert_string_equal(c->detail, "why");
    assert_string_equal(c->answers_from, "");
    assert_int_equal(c->since, T0 + DAY);
    assert_int_equal(c->opened, T0 + DAY);
    assert_int_equal(s->cell.belief.target, 7);
    assert_string_equal(s->cell.belief.list, "bl.example");

    s->detail = NULL; /* the list gives no reason this time: the last one stands */
    c = at(s, 3 * DAY, SBL " " CSS);
    assert_int_equal(c->kind, CHANGE_CHANGED);
    assert_string_equal(c->answers_from, SBL);
    assert_int_equal(c->since, T0 + DAY);
    assert_int_equal(c->opened, T0 + DAY);
    assert_string_equal(c->detail, ""); /* of other codes nothing was said */
    s->detail = "milder";
    c = at(s, 5 * DAY, PBL);
    assert_int_equal(c->kind, CHANGE_IMPROVED);
    assert_string_equal(c->detail, "milder");
    s->detail = "of no use with a clean answer";
    c = at(s, 9 * DAY, "");
    assert_int_equal(c->kind, CHANGE_DELISTED);
    assert_string_equal(c->answers_from, PBL);
    assert_string_equal(c->answers, "");
    assert_string_equal(c->detail, "");
    assert_int_equal(c->since, T0 + DAY);
    assert_int_equal(c->opened, T0 + DAY);
    assert_int_equal(s->cell.belief.since, 0);
    assert_int_equal(s->cell.belief.opened, 0);
    c = at(s, 30 * DAY, SBL); /* a new incident, not the old one */
    assert_int_equal(c->opened, T0 + 30 * DAY);
    assert_int_equal(c->since, T0 + 30 * DAY);
}

static void a_reason_survives_a_milder_answer_without_one(void **state)
{
    struct scene *s = *state;
    at(s, 0, SBL " " CSS);
    s->detail = NULL;
    const struct change *c = at(s, DAY, SBL);
    assert_int_equal(c->kind, CHANGE_CHANGED);
    assert_string_equal(c->detail, "why");
    assert_string_equal(s->cell.belief.detail, "why");
}

static void a_confirmed_finding_began_when_it_was_first_seen(void **state)
{
    struct scene *s = *state;
    s->conf.confirm_listed = 3;
    at(s, 0, "");
    assert_null(at(s, 1 * HOUR, SBL));
    assert_null(at(s, 2 * HOUR, SBL));
    const struct change *c = at(s, 3 * HOUR, SBL);
    assert_int_equal(c->since, T0 + HOUR);
    assert_int_equal(c->opened, T0 + 3 * HOUR);
}

static void a_lapse_ends_everything_and_the_next_proof_says_so(void **state)
{
    struct scene *s = *state;
    at(s, 0, SBL);
    assert_null(at(s, 14 * DAY, "!")); /* 14 days to the second still hold */
    const struct change *c = at(s, 14 * DAY + 1, "!");
    assert_int_equal(c->kind, CHANGE_LAPSED);
    assert_int_equal(c->cause, CAUSE_TIMEOUT);
    assert_int_equal(c->opened, T0);
    assert_int_equal(s->cell.belief.lapsed, T0 + 14 * DAY + 1);
    assert_int_equal(s->cell.belief.flap_count, 0);
    c = at(s, 20 * DAY, SBL);
    assert_int_equal(c->kind, CHANGE_LISTED);
    assert_int_equal(c->from, LEVEL_UNKNOWN);
    assert_string_equal(c->answers_from, "");
    assert_int_equal(c->opened, T0 + 20 * DAY); /* a new incident */
    assert_int_equal(c->since, T0 + 20 * DAY);
    assert_int_equal(s->cell.belief.opened, T0 + 20 * DAY);
    assert_int_equal(s->cell.belief.lapsed, 0);

    at(s, 40 * DAY, "!");
    assert_int_not_equal(s->cell.belief.lapsed, 0);
    c = at(s, 41 * DAY, "");
    assert_int_equal(c->kind, CHANGE_DELISTED);
    assert_string_equal(c->detail, "the last proof has become too old");
    assert_int_equal(c->opened, T0 + 20 * DAY);
    assert_int_equal(s->cell.belief.opened, 0);
}

static void a_lapsed_finding_is_confirmed_like_any_other(void **state)
{
    struct scene *s = *state;
    s->holds = HOUR;
    s->conf.confirm_listed = 2;
    s->conf.confirm_cleared = 2;
    at(s, 0, SBL);
    at(s, HOUR, SBL); /* the baseline, confirmed */
    assert_int_equal(at(s, 3 * HOUR, "!")->kind, CHANGE_LAPSED);
    assert_null(at(s, 4 * HOUR, SBL));
    assert_int_equal(at(s, 5 * HOUR, SBL)->kind, CHANGE_LISTED);
    assert_int_equal(at(s, 7 * HOUR, "!")->kind, CHANGE_LAPSED);
    assert_null(at(s, 8 * HOUR, "")); /* last listed three hours ago */
    assert_int_equal(at(s, 9 * HOUR, "")->kind, CHANGE_DELISTED);
}

static void holds_of_zero_hold_for_ever(void **state)
{
    struct scene *s = *state;
    s->holds = 0;
    at(s, 0, SBL);
    assert_null(at(s, 400 * DAY, "!"));
    assert_int_equal(judge_level(&s->j, 0, &s->cell.belief, &s->cell.proof, 0), LEVEL_CRITICAL);
}

static void an_allow_list_is_confirmed_too(void **state)
{
    struct scene *s = *state;
    s->health.kind = LIST_ALLOW;
    s->conf.confirm_listed = 2;
    at(s, 0, "t3");
    assert_int_equal(s->cell.belief.since, T0);
    assert_int_equal(s->cell.belief.opened, 0);
    assert_null(at(s, HOUR, ""));
    const struct change *c = at(s, 2 * HOUR, "");
    assert_int_equal(c->kind, CHANGE_WORSENED);
    assert_int_equal(c->since, T0);
    assert_null(at(s, 3 * HOUR, "t1"));
    c = at(s, 4 * HOUR, "t1");
    assert_int_equal(c->kind, CHANGE_IMPROVED);
    assert_int_equal(c->opened, 0);
    assert_int_equal(s->cell.belief.since, T0 + 3 * HOUR);
}

static void an_allow_list_flaps_like_any_other(void **state)
{
    struct scene *s = *state;
    s->health.kind = LIST_ALLOW;
    at(s, 0, "t3");
    at(s, 1 * DAY, "");
    at(s, 2 * DAY, "t3");
    at(s, 3 * DAY, "");
    assert_int_equal(at(s, 4 * DAY, "t3")->kind, CHANGE_FLAPPING);
    assert_null(at(s, 5 * DAY, ""));
    const struct change *c = at(s, 7 * DAY, "");
    assert_int_equal(c->kind, CHANGE_WORSENED);
    assert_int_equal(c->from, LEVEL_OK);
    assert_int_equal(c->to, LEVEL_INFO);
    at(s, 8 * DAY, "t3");
    at(s, 9 * DAY, "");
    at(s, 10 * DAY, "t3");
    assert_int_equal(at(s, 11 * DAY, "")->kind, CHANGE_FLAPPING);
    assert_null(at(s, 12 * DAY, "t3"));
    c = at(s, 14 * DAY, "t3");
    assert_int_equal(c->kind, CHANGE_IMPROVED);
    assert_int_equal(c->from, LEVEL_INFO);
    assert_int_equal(c->to, LEVEL_OK);
}

static void a_cell_at_rest_says_what_it_is_and_since_when(void **state)
{
    struct scene *s = *state;
    at(s, 0, "");
    at(s, 1 * DAY, SBL);
    at(s, 2 * DAY, "");
    at(s, 3 * DAY, SBL);
    assert_int_equal(at(s, 4 * DAY, "")->kind, CHANGE_FLAPPING);
    assert_int_equal(s->cell.belief.opened, T0 + 3 * DAY); /* the incident is not over */
    const struct change *c = at(s, 6 * DAY, "");
    assert_int_equal(c->kind, CHANGE_DELISTED);
    assert_int_equal(c->from, LEVEL_CRITICAL);
    assert_string_equal(c->answers_from, SBL);
    assert_string_equal(c->detail, "quiet for 48 hours after flapping");
    assert_int_equal(c->since, T0 + 4 * DAY);
    assert_int_equal(c->opened, T0 + 3 * DAY);
    assert_false(s->cell.has); /* nothing is left to remember */

    at(s, 7 * DAY, SBL);
    at(s, 8 * DAY, "");
    at(s, 9 * DAY, SBL);
    at(s, 10 * DAY, "");
    at(s, 11 * DAY, SBL);
    c = at(s, 13 * DAY, SBL);
    assert_int_equal(c->kind, CHANGE_LISTED);
    assert_int_equal(c->from, LEVEL_OK);
    assert_string_equal(c->answers_from, "");
    assert_int_equal(c->since, T0 + 11 * DAY);
    assert_int_not_equal(s->cell.belief.opened, 0);
    assert_int_equal(s->cell.belief.flap_count, 0);
}

static void words_for_clean_are_at_rest_too(void **state)
{
    struct scene *s = *state;
    s->health.source = "snds";
    at(s, 0, "normal");
    assert_false(s->cell.has);
    at(s, 1 * DAY, "junked");
    at(s, 2 * DAY, "normal");
    at(s, 3 * DAY, "junked");
    assert_int_equal(at(s, 4 * DAY, "normal")->kind, CHANGE_FLAPPING);
    assert_int_equal(at(s, 6 * DAY, "normal")->kind, CHANGE_DELISTED);
}

static void a_proof_of_the_same_second_is_not_younger(void **state)
{
    struct scene *s = *state;
    s->conf.confirm_cleared = 1;
    at(s, 0, "");
    at(s, DAY, SBL);
    assert_null(at(s, DAY + 1, "")); /* proven one second before: when it was seen listed */
    assert_int_equal(s->cell.proof.cause, CAUSE_UNPROVEN);
    assert_int_equal(s->cell.proof.proven, T0 + DAY);
    assert_int_equal(at(s, DAY + 2, "")->kind, CHANGE_DELISTED);
}

static void flap_zero_switches_it_off(void **state)
{
    struct scene *s = *state;
    s->conf.flap_changes = 0;
    at(s, 0, "");
    for (int day = 1; day < 12; day += 2) {
        assert_int_equal(at(s, day * DAY, SBL)->kind, CHANGE_LISTED);
        assert_int_equal(at(s, (day + 1) * DAY, "")->kind, CHANGE_DELISTED);
    }
    assert_false(s->cell.has);
}

static void history_ends_with_its_window(void **state)
{
    struct scene *s = *state;
    at(s, 0, "");
    at(s, DAY, SBL);
    at(s, 2 * DAY, "");
    assert_true(s->cell.has); /* clean, with a history */
    assert_string_equal(s->cell.belief.answers, "");
    at(s, 8 * DAY, "");
    assert_int_equal(s->cell.belief.flap_count, 2); /* a week to the second counts */
    at(s, 8 * DAY + 1, "");
    assert_int_equal(s->cell.belief.flap_count, 1);
    s->in_doubt = true;
    at(s, 20 * DAY, "");
    assert_int_equal(s->cell.belief.flap_count, 1); /* nothing is pruned */
    s->in_doubt = false;
    at(s, 20 * DAY + 1, "");
    assert_false(s->cell.has);
}

static void an_unchanged_cell_is_not_written(void **state)
{
    struct scene *s = *state;
    at(s, 0, "");
    at(s, DAY, SBL);
    assert_true(s->out.write && s->out.keep);
    at(s, DAY + HOUR, SBL);
    assert_false(s->out.write);
    at(s, DAY + 2 * HOUR, "!");
    assert_false(s->out.write);
    at(s, DAY + 3 * HOUR, "");
    assert_true(s->out.write); /* pending */
    at(s, DAY + 4 * HOUR, "!");
    assert_false(s->out.write);
    at(s, DAY + 5 * HOUR, SBL);
    assert_true(s->out.write); /* no longer pending */
    assert_null(s->cell.belief.pending);
    assert_int_equal(s->cell.belief.pending_count, 0);
    assert_int_equal(s->cell.belief.last_listed, 0);
    at(s, DAY + 6 * HOUR, SBL);
    assert_false(s->out.write);
    assert_false(s->out.first);
}

static void proof_knows_the_last_proof_and_the_last_attempt(void **state)
{
    static const char *const starts[] = {"", SBL};
    struct scene *s = *state;
    for (size_t i = 0; i < COUNT(starts); i++) {
        s->cell.proof = (struct cell_proof){0};
        at(s, 0, starts[i]);
        assert_true(s->out.first);
        assert_int_equal(s->cell.proof.proven, T0);
        assert_int_equal(s->cell.proof.asked, T0);
        assert_int_equal(s->cell.proof.cause, CAUSE_NONE);
        at(s, HOUR, "!");
        assert_false(s->out.first);
        assert_int_equal(s->cell.proof.proven, T0);
        assert_int_equal(s->cell.proof.asked, T0 + HOUR);
        assert_int_equal(s->cell.proof.cause, CAUSE_TIMEOUT);
        at(s, 2 * HOUR, "!!"); /* no attempt at all */
        assert_int_equal(s->cell.proof.asked, T0 + HOUR);
        assert_int_equal(s->cell.proof.cause, CAUSE_NOT_ASKED);
        s->health.due = false;
        at(s, 3 * HOUR, SBL);
        s->health.due = true;
        assert_int_equal(s->cell.proof.asked, T0 + HOUR);
        assert_int_equal(s->cell.proof.cause, CAUSE_NOT_ASKED);
        s->cell.proof.proven = s->cell.proof.asked = T0 + 99 * DAY; /* a wrong clock wrote that */
        s->in_doubt = true;
        at(s, 4 * HOUR, "!!");
        assert_int_equal(s->cell.proof.proven, T0 + 99 * DAY);
        s->in_doubt = false;
        at(s, 5 * HOUR, "!!");
        assert_int_equal(s->cell.proof.proven, T0 + 5 * HOUR);
        assert_int_equal(s->cell.proof.asked, T0 + 5 * HOUR);
    }
}

static void acknowledge(struct scene *s, int64_t until)
{
    struct belief b = s->cell.belief;
    b.ack_until = T0 + (time_t)until;
    b.ack_answers = b.answers;
    b.ack_note = "known";
    kit_keep(&s->cell, &b);
}

static void an_acknowledgement_lasts_until_the_finding_changes_for_the_worse(void **state)
{
    struct scene *s = *state;
    at(s, 0, SBL " " CSS);
    acknowledge(s, 90 * DAY);
    const struct change *c = at(s, DAY, SBL); /* fewer codes: still known */
    assert_true(c->acked);
    assert_int_not_equal(s->cell.belief.ack_until, 0);
    c = at(s, 2 * DAY, SBL " " CSS); /* gained a code */
    assert_false(c->acked);
    assert_int_equal(s->cell.belief.ack_until, 0);
    assert_null(s->cell.belief.ack_note);
    assert_null(s->cell.belief.ack_answers);

    acknowledge(s, 90 * DAY);
    at(s, 3 * DAY, "");
    assert_int_equal(s->cell.belief.ack_until, 0); /* ended with the finding */

    at(s, 30 * DAY, SBL);
    acknowledge(s, 90 * DAY);
    at(s, 60 * DAY, "!"); /* lapsed */
    assert_int_equal(s->out.change.kind, CHANGE_LAPSED);
    assert_true(s->out.change.acked);
    assert_int_equal(s->cell.belief.ack_until, 0);
}

static void the_end_of_an_acknowledgement_is_said_with_level_and_reason(void **state)
{
    struct scene *s = *state;
    at(s, 0, SBL);
    acknowledge(s, DAY);
    const struct change *c = at(s, DAY, "!"); /* needs no answer of the list */
    assert_int_equal(c->kind, CHANGE_REMINDER);
    assert_int_equal(c->from, LEVEL_CRITICAL);
    assert_int_equal(c->to, LEVEL_CRITICAL);
    assert_string_equal(c->detail, "the acknowledgement has ended");
    assert_false(c->acked);
    assert_int_equal(c->since, T0);

    acknowledge(s, 3 * DAY);
    c = at(s, 4 * DAY, SBL " " CSS); /* time is up and it changed: one message, the change */
    assert_int_equal(c->kind, CHANGE_CHANGED);
    assert_null(at(s, 5 * DAY, SBL " " CSS));
}

static void what_an_acknowledgement_covers(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *acked, *now; /* acked NULL: an acknowledgement of nothing */
        const char *source;
        bool covered;
    } rows[] = {
        {SBL, SBL, "dnsbl", true},
        {SBL " " CSS, CSS, "dnsbl", true},
        {SBL, SBL " " CSS, "dnsbl", false},
        {SBL, PBL, "dnsbl", false}, /* milder, but another listing */
        {PBL, SBL, "dnsbl", false},
        {SBL, "", "dnsbl", false},
        {NULL, SBL, "dnsbl", false},
        {"blocked", "junked", "snds", true}, /* words replace each other */
        {"junked", "blocked", "snds", false},
        {PBL, "junked", "talos", false}, /* another word of the same level */
    };
    at(s, 0, "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct belief b = {.source = rows[i].source,
                           .answers = rows[i].now,
                           .ack_until = T0 + 1,
                           .ack_answers = rows[i].acked};
        s->world.words = !source_equal(rows[i].source, "dnsbl");
        assert_int_equal(judge_is_acked(&s->j, 0, &b), rows[i].covered);
        b.ack_until = 0;
        assert_false(judge_is_acked(&s->j, 0, &b));
        b.ack_until = T0 - 1;
        assert_false(judge_is_acked(&s->j, 0, &b));
        s->j.in_doubt = true;
        assert_int_equal(judge_is_acked(&s->j, 0, &b), rows[i].covered);
        s->j.in_doubt = false;
    }
    assert_false(judge_is_acked(&s->j, 0, NULL));
}

static void what_was_told_is_remembered_word_by_word(void **state)
{
    struct scene *s = *state;
    at(s, 0, "");
    at(s, 1 * HOUR, SBL " " PBL);
    at(s, 25 * HOUR, PBL " " CSS);
    assert_string_equal(s->cell.belief.said, SBL " " PBL " " CSS);
    s->conf.flap_changes = 99; /* more than are remembered */
    at(s, 26 * HOUR, "");
    assert_int_equal(s->j.conf.flap_changes, LIMIT_FLAP);
}

static void levels_of_what_is_believed(void **state)
{
    struct scene *s = *state;
    at(s, 0, "");
    struct cell_proof proof = {.proven = T0};
    struct judge *j = &s->j;
    assert_int_equal(judge_level(j, 0, NULL, &proof, DAY), LEVEL_OK);
    j->now = T0 + DAY;
    assert_int_equal(judge_level(j, 0, NULL, &proof, DAY), LEVEL_OK);
    j->now++;
    assert_int_equal(judge_level(j, 0, NULL, &proof, DAY), LEVEL_UNKNOWN);
    s->holds = DAY;
    s->cell.proof = proof;
    assert_int_equal(at(s, DAY, SBL)->from, LEVEL_OK);
    kit_forget(&s->cell);
    s->cell.proof = proof;
    assert_int_equal(at(s, DAY + 1, SBL)->from, LEVEL_UNKNOWN);
    assert_int_equal(judge_level(j, 0, NULL, &proof, 0), LEVEL_OK);
    j->in_doubt = true;
    assert_int_equal(judge_level(j, 0, NULL, &proof, DAY), LEVEL_OK);
    proof.proven = 0;
    assert_int_equal(judge_level(j, 0, NULL, &proof, 0), LEVEL_UNKNOWN);
}

static void news_is_what_differs_from_the_belief(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *believed; /* NULL: nothing; "-": no row, clean */
        const char *answers;
        enum list_kind kind;
        bool news;
    } rows[] = {
        {NULL, "", LIST_BLOCK, true},     {NULL, SBL, LIST_BLOCK, true},
        {"-", "", LIST_BLOCK, false},     {"-", "normal", LIST_BLOCK, false},
        {"-", SBL, LIST_BLOCK, true},     {"", SBL, LIST_BLOCK, true},
        {SBL, SBL, LIST_BLOCK, false},    {SBL, CSS, LIST_BLOCK, true},
        {SBL, "", LIST_BLOCK, true},      {"s40", "s45", LIST_SCORE, false},
        {"s40", "s65", LIST_SCORE, true},
    };
    at(s, 0, "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cell_proof proof = {.proven = rows[i].believed ? T0 : 0};
        bool row = rows[i].believed && rows[i].believed[0] != '-';
        struct belief b = {.source = "dnsbl", .answers = row ? rows[i].believed : NULL};
        s->health.kind = rows[i].kind;
        assert_int_equal(
            judge_is_news(&s->j, &s->health, 0, row ? &b : NULL, &proof, rows[i].answers),
            rows[i].news);
        if (row) {
            b.lapsed = T0;
            assert_true(judge_is_news(&s->j, &s->health, 0, &b, &proof, rows[i].answers));
        }
    }
}

#define SCENE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_change_says_who_where_since_when_and_why),
        SCENE(a_reason_survives_a_milder_answer_without_one),
        SCENE(a_confirmed_finding_began_when_it_was_first_seen),
        SCENE(a_lapse_ends_everything_and_the_next_proof_says_so),
        SCENE(a_lapsed_finding_is_confirmed_like_any_other),
        SCENE(holds_of_zero_hold_for_ever),
        SCENE(an_allow_list_is_confirmed_too),
        SCENE(an_allow_list_flaps_like_any_other),
        SCENE(a_cell_at_rest_says_what_it_is_and_since_when),
        SCENE(words_for_clean_are_at_rest_too),
        SCENE(a_proof_of_the_same_second_is_not_younger),
        SCENE(flap_zero_switches_it_off),
        SCENE(history_ends_with_its_window),
        SCENE(an_unchanged_cell_is_not_written),
        SCENE(proof_knows_the_last_proof_and_the_last_attempt),
        SCENE(an_acknowledgement_lasts_until_the_finding_changes_for_the_worse),
        SCENE(the_end_of_an_acknowledgement_is_said_with_level_and_reason),
        SCENE(what_an_acknowledgement_covers),
        SCENE(what_was_told_is_remembered_word_by_word),
        SCENE(levels_of_what_is_believed),
        SCENE(news_is_what_differs_from_the_belief),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
