/* SPDX-License-Identifier: ISC */
#include "repmon/self_test.h"

#include "repmon/clock.h"
#include "repmon/loop.h"
#include "repmon/source.h"

#include <stdlib.h>

const char *self_test_word(enum self_test_verdict verdict)
{
    static const char *const words[SELF_TEST_VERDICT_COUNT] = {
        [SELF_TEST_FAILED] = "failed",     [SELF_TEST_HALF] = "half",
        [SELF_TEST_UNPROVEN] = "unproven", [SELF_TEST_GOOD] = "good",
        [SELF_TEST_NO_KEY] = "no-key",     [SELF_TEST_STANDS_ASIDE] = "off",
    };
    return words[verdict];
}

static enum self_test_verdict self_test_of(const struct validity *s)
{
    if (s->empty == CAUSE_NONE)
        return SELF_TEST_GOOD;
    if (s->listing != CAUSE_NONE)
        return SELF_TEST_FAILED;
    return s->empty == CAUSE_UNPROVEN ? SELF_TEST_UNPROVEN : SELF_TEST_HALF;
}

enum self_test_verdict self_test_judge(const struct validity *validities, size_t count,
                                       enum cause *cause)
{
    enum self_test_verdict worst = SELF_TEST_GOOD;
    *cause = CAUSE_NONE;
    if (count == 0) {
        *cause = CAUSE_TIMEOUT; /* the tests of no family finished */
        return SELF_TEST_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        const struct validity *s = &validities[i];
        enum self_test_verdict v = self_test_of(s);
        if (v < worst) {
            worst = v;
            *cause = s->empty;
        }
    }
    return worst;
}

static bool self_nothing_is_due(void *ctx, size_t row, size_t column)
{
    (void)ctx;
    (void)row;
    (void)column;
    return false;
}

/* Any public address does: it only says which families are to be tested. */
static bool self_add_families(struct self_test *t, unsigned families, struct error *err)
{
    static const char *const samples[] = {"192.0.2.1", "2001:db8::1"};
    const struct inventory_line line = {.flags = TARGET_SINGLY, .max = LIMIT_TARGETS};
    inventory_init(&t->inventory);
    for (size_t i = 0; i < 2; i++) {
        struct cidr one;
        if (families && !(families & (i ? FAMILY_6 : FAMILY_4)))
            continue;
        if (!cidr_parse(samples[i], &one, err) || !inventory_add(&t->inventory, &one, &line, err))
            return false;
    }
    inventory_finish(&t->inventory);
    return true;
}

static const struct session_part *self_test_part(const struct self_test *t)
{
    return session_part(&t->session, t->source->word);
}

const void *self_test_setup(const struct self_test *t)
{
    return self_test_part(t)->setup;
}

static const char *self_cure_of(const struct self_test *t, size_t column, enum cause cause,
                                const char *why_off, struct advice *out)
{
    if (cause == CAUSE_NO_KEY && why_off)
        return why_off;
    return session_advise(&t->session, column, NULL, cause, CHANGE_BLIND, NULL, out) ? out->text
                                                                                     : "";
}

static void self_take(const struct self_test *t, size_t i, unsigned families,
                      struct self_test_list *out)
{
    const struct source_test about = t->source->test(self_test_setup(t), i);
    const struct column *c = results_column_const(t->session.results, self_test_part(t)->first + i);
    struct validity ended[RESULTS_VIAS];
    struct advice advice = {0};
    size_t count = 0;
    *out =
        (struct self_test_list){.list = c, .note = "", .proven = c->proven, .refused = about.cure};
    out->families = about.families;
    if (families && about.families != FAMILY_NAME)
        out->families &= families;
    for (size_t v = 0; v < RESULTS_VIAS; v++) {
        if (c->via[v].empty != CAUSE_NEVER_ASKED)
            ended[count++] = c->via[v];
    }
    out->verdict = self_test_judge(ended, count, &out->cause);
    bool unserved = out->cause == CAUSE_NOT_SERVED || out->cause == CAUSE_TIMEOUT ||
                    out->cause == CAUSE_SERVFAIL;
    if (about.no_key) {
        out->verdict = SELF_TEST_NO_KEY;
        out->cause = CAUSE_NO_KEY;
    } else if (!out->families) {
        out->verdict = SELF_TEST_GOOD; /* nothing to ask it */
        out->cause = CAUSE_NONE;
    } else if (about.may_refuse && unserved) {
        out->verdict = SELF_TEST_STANDS_ASIDE;
    }
    if (c->note)
        out->note = c->note;
    out->names_culprit = c->cures;
    const char *cure = "";
    if (out->cause != CAUSE_NONE)
        cure = self_cure_of(t, i, out->cause, about.why_off, &advice);
    out->cure = mem_dup(cure);
}

bool self_test_run(const struct self_test_options *options, struct self_test *out,
                   struct error *err)
{
    const struct conf *conf = options->conf;
    struct source_env hooks = {
        .check = true, .tests_only = true, .now = clock_wall(), .is_due = self_nothing_is_due};
    const struct source *source = source_of_lists(conf->sources);
    *out = (struct self_test){.source = source};
    if (!source)
        return error_set(err, ERR_CONFIG, "there are no DNS lists to test");
    const struct session_choice lists_alone = {.sources = &source->word,
                                               .source_count = 1,
                                               .zones = {options->zones, options->zone_count}};
    struct probe_stats stats;
    struct loop *loop = loop_new(err);
    if (!loop)
        return false;
    struct probe_options probe = {
        .loop = loop,
        .deadline_ms =
            clock_mono_ms() + (options->deadline_ms ? options->deadline_ms : conf->deadline_ms),
        .progress = options->progress};
    loop_catch_signals(loop);
    bool ok = self_add_families(out, options->families, err);
    if (ok)
        ok = session_init(&out->session, conf, &lists_alone, err);
    if (ok)
        ok = session_is_possible(&out->session, err);
    if (ok)
        ok = session_open(&out->session, &out->inventory, &hooks, err);
    if (ok)
        ok = session_run(&out->session, &probe, &stats, err);
    loop_free(loop);
    if (!ok)
        return false;
    out->count = self_test_part(out)->columns;
    out->items = mem_array(out->count, sizeof *out->items);
    for (size_t i = 0; i < out->count; i++)
        self_take(out, i, options->families, &out->items[i]);
    return true;
}

void self_test_fini(struct self_test *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->items[i].cure);
    free(t->items);
    session_fini(&t->session);
    inventory_fini(&t->inventory);
    *t = (struct self_test){0};
}
