/* SPDX-License-Identifier: ISC */
#include "judge_kit.h"

#define LISTS 6

/* One list in one run. */
struct seen {
    uint32_t due, proved;
    const char *cause; /* of what was not proved; NULL: timeout */
    uint32_t stale;
    int64_t expires; /* days after T0; 0: no credential */
};

enum run_flag { IN_DOUBT = 1, ACK = 2, OFF = 4, COVERED = 8 };

struct run {
    int64_t at;
    struct seen seen;
    const char *expect; /* NULL: nothing */
    unsigned flags;
};

#define RUNS 8
struct row {
    const char *name;
    struct run runs[RUNS];
    enum severity severity; /* OFF, the zero: critical */
    const char *source;
};

static const struct row rows[] = {
    {"two bad runs are blindness, a good one ends it",
     {{0, {10, 10}, NULL, 0},
      {1 * DAY, {10, 4}, NULL, 0},
      {2 * DAY, {10, 0}, "blind ok>critical (timeout) 10", 0},
      {3 * DAY, {10, 0}, NULL, 0},
      {4 * DAY, {10, 5}, "recovered critical>ok () 0", 0},
      {5 * DAY, {10, 10}, NULL, 0}}},
    {"half is not fewer than half",
     {{0, {10, 5}, NULL, 0}, {DAY, {10, 5}, NULL, 0}, {2 * DAY, {2, 1}, NULL, 0}}},
    {"one bad run between good ones is no news",
     {{0, {10, 0}, NULL, 0}, {DAY, {10, 9}, NULL, 0}, {2 * DAY, {10, 0}, NULL, 0}}},
    {"a run in which it was not due neither counts nor resets",
     {{0, {10, 0}, NULL, 0},
      {HOUR, {0, 0}, NULL, 0},
      {2 * HOUR, {10, 1}, "blind ok>critical (timeout) 9", 0},
      {3 * HOUR, {0, 0}, NULL, 0}}},
    {"refused is certain at once",
     {{0, {10, 0, "not-served"}, "blind ok>critical (not-served) 10", 0}}},
    {"expired is certain at once", {{0, {10, 0, "expired"}, "blind ok>critical (expired) 10", 0}}},
    {"no key is certain at once", {{0, {10, 0, "no-key"}, "blind ok>critical (no-key) 10", 0}}},
    {"denied is not: a rate limit may pass", {{0, {10, 0, "denied"}, NULL, 0}}},
    {"a certain cause that comes later is said once more",
     {{0, {10, 0}, NULL, 0},
      {1 * DAY, {10, 0}, "blind ok>critical (timeout) 10", 0},
      {2 * DAY, {10, 0, "not-served"}, "blind ok>critical (not-served) 10", 0},
      {3 * DAY, {10, 0, "not-served"}, NULL, 0},
      {4 * DAY, {10, 0}, NULL, 0}}},
    {"blindness of a major list is a warning",
     {{0, {3, 0, "not-served"}, "blind ok>warning (not-served) 3", 0},
      {DAY, {3, 3}, "recovered warning>ok () 0", 0}},
     .severity = SEV_MAJOR},
    {"a minor list is below blind_severity",
     {{0, {3, 0, "not-served"}, NULL, 0}, {DAY, {3, 0, "not-served"}, NULL, 0}},
     .severity = SEV_MINOR},
    {"a list that is off is not judged",
     {{0, {10, 0, "not-served"}, NULL, OFF}, {DAY, {10, 0, "not-served"}, NULL, OFF}}},
    {"stale is said once, and again only after it was over",
     {{0, {10, 9, NULL, 1}, "stale ok>warning (timeout) 1", 0},
      {1 * DAY, {10, 9, NULL, 3}, NULL, 0},
      {2 * DAY, {10, 10}, "recovered warning>ok () 0", 0},
      {3 * DAY, {10, 9, NULL, 2}, "stale ok>warning (timeout) 2", 0}}},
    {"a clock in doubt says nothing is stale or about to expire",
     {{0, {10, 9, NULL, 1, 3}, NULL, IN_DOUBT}}},
    {"what a credential's end keeps from all lists of its account is told by one of them",
     {{0, {3, 3}, NULL, 0},
      {1 * DAY, {3, 0, "expired"}, NULL, COVERED},
      {2 * DAY, {3, 0, "expired"}, NULL, COVERED},
      {3 * DAY, {3, 0}, NULL, COVERED},
      {4 * DAY, {3, 3}, NULL, 0},
      {5 * DAY, {3, 0, "not-served"}, "blind ok>critical (not-served) 3", 0},
      {6 * DAY, {3, 3}, "recovered critical>ok () 0", 0}}},
    {"another cause of a covered list is told",
     {{0, {3, 0, "not-served"}, "blind ok>critical (not-served) 3", COVERED}}},
    {"a credential: expiring once, expired once, mended once",
     {{0, {1, 1, NULL, 0, 30}, NULL, 0},
      {20 * DAY, {1, 1, NULL, 0, 30}, "expiring ok>warning () 0", 0},
      {21 * DAY, {1, 1, NULL, 0, 30}, NULL, 0},
      {30 * DAY, {1, 0, "expired", 0, 30}, "expired ok>critical (expired) 0", 0},
      {31 * DAY, {1, 0, "expired", 0, 30}, NULL, 0},
      {32 * DAY, {1, 1, NULL, 0, 90}, "recovered critical>ok () 0", 0},
      {33 * DAY, {1, 1, NULL, 0, 90}, NULL, 0},
      {80 * DAY, {1, 1, NULL, 0, 90}, "expiring ok>warning () 0", 0}},
     .source = "snds"},
};

static enum cause cause_of(const char *word)
{
    if (!word)
        return CAUSE_TIMEOUT;
    for (enum cause cause = CAUSE_TIMEOUT; cause < CAUSE_COUNT; cause++) {
        if (strcmp(cause_word(cause), word) == 0)
            return cause;
    }
    fail_msg("no such cause: %s", word);
    return CAUSE_TIMEOUT;
}

static struct list_count count_of(const struct seen *s)
{
    struct list_count n = {.due = s->due, .proved = s->proved, .stale = s->stale};
    n.causes[cause_of(s->cause)] = s->due - s->proved;
    return n;
}

static struct judge judge_at(time_t now, bool in_doubt)
{
    static struct kit_world world;
    struct judge_ops ops = kit_ops(&world);
    struct judge_conf conf = judge_conf_default();
    struct judge j;
    judge_init(&j, &conf, &ops, now, in_doubt);
    j.whole = "dnsbl";
    return j;
}

static void describe(const struct change *c, char *text, size_t size)
{
    size_t len = strlen(text);
    snprintf(text + len, size - len, "%s%s%s%s %s>%s (%s) %u", len ? "; " : "",
             change_word(c->kind), c->list[0] ? "" : " ", c->list[0] ? "" : "all",
             level_word(c->from), level_word(c->to), cause_word(c->cause), c->count);
}

static void every_list_row_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct list_belief belief = {0};
        bool has = false;
        for (size_t k = 0; k < RUNS && (k == 0 || rows[i].runs[k].at); k++) {
            const struct run *run = &rows[i].runs[k];
            struct judge j = judge_at(T0 + (time_t)run->at, run->flags & IN_DOUBT);
            struct column health = {.dns_list = !rows[i].source,
                                    .source = rows[i].source ? rows[i].source : "dnsbl",
                                    .list = "bl.example",
                                    .severity = rows[i].severity ? rows[i].severity : SEV_CRITICAL,
                                    .health = run->flags & OFF ? HEALTH_OFF : HEALTH_OK,
                                    .cause = CAUSE_NONE,
                                    .due = run->seen.due > 0};
            struct judge_list_in in = {
                .health = &health,
                .belief = has ? &belief : NULL,
                .count = count_of(&run->seen),
                .covered = run->flags & COVERED,
                .expires = run->seen.expires ? T0 + (time_t)run->seen.expires * DAY : 0,
                .expires_soon = 10 * DAY};
            struct list_judgement out;
            judge_list(&j, &in, false, &out);
            char text[300] = "";
            for (size_t c = 0; c < out.change_count; c++)
                describe(&out.changes[c], text, sizeof text);
            const char *expect = run->expect ? run->expect : "";
            for (size_t c = 0; c < out.change_count; c++) {
                enum change_kind kind = out.changes[c].kind;
                bool credential = kind == CHANGE_EXPIRING || kind == CHANGE_EXPIRED;
                assert_true(out.changes[c].since > 0);
                if (credential)
                    assert_int_equal(out.changes[c].since, in.expires);
            }
            if (strcmp(text, expect) != 0)
                fail_msg("%s, run %zu: expected \"%s\", got \"%s\"", rows[i].name, k, expect, text);
            if (out.write) {
                belief = out.belief;
                has = true;
            }
            judge_fini(&j);
        }
    }
}

/* All lists in one run: "g" good, "b" bad by time-out, "r" refused, "." not due. */
struct world_run {
    const char *lists;
    const char *expect;
    const char *whole; /* digits of the lists said together; NULL: none */
};

struct world_row {
    const char *name;
    const char *sources; /* d DNS, s SNDS */
    struct world_run runs[6];
};

#define ALL       "blind all ok>critical (timeout) 0"
#define RECOVERED "recovered critical>ok () 0"
#define OVER      "recovered all critical>ok () 0"

static const struct world_row world_rows[] = {
    {"nothing could be asked: one entry, at once, and one when it is over",
     "ddd",
     {{"bbb", ALL, "012"}, {"bbb", "", "012"}, {"ggg", OVER, NULL}, {"ggg", "", NULL}}},
    {"all DNS lists at once are one entry, while SNDS goes on",
     "ddds",
     {{"bbbg", "", NULL}, {"bbbg", ALL, "012"}, {"gggg", OVER, NULL}}},
    {"SNDS sees again, DNS does not: the whole goes on",
     "dds",
     {{"bbb", ALL, "012"}, {"bbg", RECOVERED, "01"}, {"bbg", "", "01"}, {"ggg", OVER, NULL}}},
    {"two accounts without DNS lists are a whole too",
     "ss",
     {{"bb", ALL, "01"}, {"gg", OVER, NULL}}},
    {"every list refuses: one entry with that cause",
     "ddd",
     {{"rrr", "blind all ok>critical (not-served) 0", "012"}}},
    {"refused by one and silent others: one entry without a shared cause",
     "ddd",
     {{"rbb", "blind all ok>critical () 0", "012"}}},
    {"all DNS lists refuse, and one account too: it is named apart",
     "ddss",
     {{"rrrg", "blind ok>critical (not-served) 4; blind all ok>critical (not-served) 0", "01"}}},
    {"one was named before: it joins the whole with the new cause, and is recovered by name",
     "ddd",
     {{"bgg", "", NULL},
      {"bgg", "blind ok>critical (timeout) 4", NULL},
      {"rrr", "blind all ok>critical (not-served) 0", "12"},
      {"ggg", RECOVERED "; " OVER, NULL}}},
    {"one of three is named",
     "ddd",
     {{"rgg", "blind ok>critical (not-served) 4", NULL}, {"ggg", RECOVERED, NULL}}},
    {"lists that were named one by one are recovered one by one",
     "ddd",
     {{"rgg", "blind ok>critical (not-served) 4", NULL},
      {"rrg", "blind ok>critical (not-served) 4", NULL},
      {"ggg", RECOVERED "; " RECOVERED, NULL}}},
    {"a single list that is all there is is named",
     "d",
     {{"b", "blind ok>critical (timeout) 4", NULL}}},
    {"the whole is over with the first that sees; the others are named then",
     "ddd",
     {{"bbb", ALL, "012"},
      {"bgb", "blind ok>critical (timeout) 0; blind ok>critical (timeout) 0; " OVER, NULL},
      {"bgb", "", NULL},
      {"ggb", RECOVERED, NULL},
      {"ggg", RECOVERED, NULL}}},
    {"a list that was not due then is named when it is",
     "ddd",
     {{"bbb", ALL, "012"},
      {"gg.", OVER, NULL},
      {"ggb", "blind ok>critical (timeout) 4", NULL},
      {"ggg", RECOVERED, NULL}}},
    {"a list that is not due does not keep the others apart",
     "ddd",
     {{"bb.", ALL, "01"}, {"ggg", OVER, NULL}}},
};

static void all_lists_at_once_are_one_entry(void **state)
{
    (void)state;
    static const char *const names[LISTS] = {"a.example", "b.example", "c.example",
                                             "d.example", "e.example", "f.example"};
    for (size_t i = 0; i < COUNT(world_rows); i++) {
        const struct world_row *row = &world_rows[i];
        struct list_belief beliefs[LISTS] = {0};
        size_t n = strlen(row->sources);
        for (size_t k = 0; k < COUNT(row->runs) && row->runs[k].lists; k++) {
            struct judge j = judge_at(T0 + (time_t)k * DAY, false);
            struct list_judgement outs[LISTS];
            struct column health[LISTS] = {0};
            bool nothing = strpbrk(row->runs[k].lists, "g") == NULL;
            for (size_t l = 0; l < n; l++) {
                char how = row->runs[k].lists[l];
                struct seen seen = {how == '.' ? 0 : 4, how == 'g' ? 4 : 0,
                                    how == 'r' ? "not-served" : NULL, 0, 0};
                health[l] = (struct column){
                    .dns_list = source_equal(row->sources[l] == 'd' ? "dnsbl" : "snds", "dnsbl"),
                    .source = row->sources[l] == 'd' ? "dnsbl" : "snds",
                    .list = names[l],
                    .severity = SEV_CRITICAL,
                    .cause = CAUSE_NONE,
                    .due = how != '.'};
                struct judge_list_in in = {.health = &health[l],
                                           .belief = k ? &beliefs[l] : NULL,
                                           .count = count_of(&seen)};
                judge_list(&j, &in, nothing, &outs[l]);
            }
            struct change all;
            bool whole = judge_all_lists(&j, outs, n, &(struct told){0}, &all);
            char text[500] = "";
            for (size_t l = 0; l < n; l++) {
                for (size_t c = 0; c < outs[l].change_count; c++)
                    describe(&outs[l].changes[c], text, sizeof text);
                for (size_t c = 0; c < outs[l].change_count; c++)
                    assert_true(outs[l].changes[c].of_list);
                assert_int_equal(
                    outs[l].belief.blind_whole,
                    strchr(row->runs[k].whole ? row->runs[k].whole : "", (char)('0' + l)) != NULL);
                assert_true(outs[l].write || !health[l].due);
                beliefs[l] = outs[l].belief;
            }
            if (whole) {
                describe(&all, text, sizeof text);
                assert_true(all.of_list);
                assert_true(all.detail[0] != '\0');
                assert_string_equal(all.list, "");
                assert_string_equal(all.source, strchr(row->sources, 'd') ? "dnsbl" : "snds");
                assert_int_not_equal(all.since, 0);
            }
            if (strcmp(text, row->runs[k].expect) != 0)
                fail_msg("%s, run %zu: expected \"%s\", got \"%s\"", row->name, k,
                         row->runs[k].expect, text);
            judge_fini(&j);
        }
    }
}

static void counts_leave_out_what_is_normal(void **state)
{
    (void)state;
    struct judge j = judge_at(T0, false);
    struct column health = {.source = "dnsbl", .dns_list = true, .list = "bl.example", .due = true};
    struct judge_cell in = {.health = &health, .asked = true, .label = ""};
    static const struct {
        enum cause cause;
        int64_t age; /* of the proof; 0: never */
        uint32_t due, proved, stale;
    } cells[] = {
        {CAUSE_NONE, 1, 1, 1, 0},
        {CAUSE_TIMEOUT, 3 * DAY, 2, 1, 0},
        {CAUSE_TIMEOUT, 3 * DAY + 1, 3, 1, 1},
        {CAUSE_NOT_ASKED, 4 * DAY, 4, 1, 2},
        {CAUSE_NO_DATA, 9 * DAY, 4, 1, 2},
        {CAUSE_NOT_APPLICABLE, 9 * DAY, 4, 1, 2},
        {CAUSE_UNPROVEN, 9 * DAY, 4, 1, 2},
        {CAUSE_TIMEOUT, 0, 5, 1, 2},
    };
    struct list_count count = {0};
    for (size_t i = 0; i < COUNT(cells); i++) {
        struct judgement out = {.proof = {.cause = cells[i].cause,
                                          .proven = cells[i].age ? T0 - (time_t)cells[i].age : 0}};
        judge_count(&j, &in, &out, 0, &count);
        assert_int_equal(count.due, cells[i].due);
        assert_int_equal(count.proved, cells[i].proved);
        assert_int_equal(count.stale, cells[i].stale);
    }
    assert_int_equal(judge_list_cause(&health, &count), CAUSE_TIMEOUT);
    health.cause = CAUSE_NOT_SERVED;
    assert_int_equal(judge_list_cause(&health, &count), CAUSE_NOT_SERVED);
    health.health = HEALTH_OFF;
    struct judgement out = {.proof = {.cause = CAUSE_TIMEOUT}};
    struct list_count before = count;
    judge_count(&j, &in, &out, 0, &count);
    assert_memory_equal(&before, &count, sizeof count);
    judge_fini(&j);
}

static void reminders_name_what_is_open_and_critical(void **state)
{
    (void)state;
    struct judge j = judge_at(T0, false);
    struct belief b = {.source = "dnsbl",
                       .list = "bl.example",
                       .answers = "127.0.0.2",
                       .detail = "",
                       .since = T0 - 9 * DAY,
                       .opened = T0 - 7 * DAY};
    const struct stored_target target = {
        .ip = ip_from_v4(0xcb007105), .prefix = 32, .label = "mx1"};
    struct change c;
    assert_true(judge_remind_due(&j, 0, &b, 0));
    assert_false(judge_remind_due(&j, 0, &b, T0 - DAY)); /* one was sent yesterday */
    assert_true(judge_remind_due(&j, 0, &b, T0 - 8 * DAY));
    assert_true(judge_remind(&j, &b, 0, &target, &c));
    assert_int_equal(c.kind, CHANGE_REMINDER);
    assert_int_equal(c.to, LEVEL_CRITICAL);
    assert_string_equal(c.label, "mx1");
    b.opened = T0 - 7 * DAY + 1;
    assert_false(judge_remind_due(&j, 0, &b, 0));
    assert_true(judge_remind(&j, &b, 0, &target, &c)); /* goes along with others */

    struct belief acked = b;
    acked.ack_until = T0 + 1;
    acked.ack_answers = "127.0.0.2";
    assert_true(judge_is_acked(&j, 0, &acked));
    assert_false(judge_remind(&j, &acked, 0, &target, &c));
    acked.answers = "127.0.0.2 127.0.0.3"; /* gained a code: no longer what was acknowledged */
    assert_false(judge_is_acked(&j, 0, &acked));
    acked.ack_answers = acked.answers;
    acked.ack_until = T0; /* time is up */
    assert_false(judge_is_acked(&j, 0, &acked));

    struct belief warning = b;
    warning.answers = "127.0.0.10";
    assert_false(judge_remind(&j, &warning, 0, &target, &c));
    struct belief lapsed = b;
    lapsed.lapsed = T0 - DAY;
    assert_false(judge_remind(&j, &lapsed, 0, &target, &c));
    assert_false(judge_remind_due(&j, 0, NULL, 0));

    struct list_belief blind = {.source = "dnsbl",
                                .list = "bl.example",
                                .blind_said = T0 - 8 * DAY,
                                .opened = T0 - 8 * DAY,
                                .blind_cause = CAUSE_NOT_SERVED};
    assert_false(judge_list_remind_due(&j, &blind, SEV_MAJOR, 0)); /* nobody was told */
    blind.blind_told.kinds = 1u << CHANGE_BLIND;
    assert_true(judge_list_remind_due(&j, &blind, SEV_MAJOR, 0));
    assert_false(judge_list_remind_due(&j, &blind, SEV_MINOR, 0));
    assert_true(judge_list_remind(&j, &blind, SEV_MAJOR, &c));
    assert_true(c.of_list);
    assert_int_equal(c.cause, CAUSE_NOT_SERVED);
    assert_int_equal(c.to, LEVEL_WARNING);
    assert_string_equal(c.list, "bl.example");
    assert_int_equal(c.since, T0 - 8 * DAY);
    assert_false(judge_list_remind(&j, &blind, SEV_MINOR, &c));
    blind.blind_whole = true; /* one incident for all, one reminder */
    assert_true(judge_list_remind(&j, &blind, SEV_CRITICAL, &c));
    assert_int_equal(c.to, LEVEL_CRITICAL);
    assert_string_equal(c.list, "");
    blind.ack_until = T0 + DAY;
    assert_false(judge_list_remind(&j, &blind, SEV_MAJOR, &c));
    blind.ack_until = T0; /* its time is up */
    assert_true(judge_list_remind(&j, &blind, SEV_MAJOR, &c));
    blind.ack_until = 0;
    blind.blind_said = 0;
    assert_false(judge_list_remind(&j, &blind, SEV_MAJOR, &c));
    judge_fini(&j);

    j = judge_at(T0 + 99 * DAY, true); /* the clock is in doubt */
    blind.blind_said = T0;
    assert_false(judge_remind_due(&j, 0, &b, 0));
    assert_false(judge_list_remind_due(&j, &blind, SEV_CRITICAL, 0));
    assert_false(judge_list_remind(&j, &blind, SEV_CRITICAL, &c));
    judge_fini(&j);

    j = judge_at(T0 + 99 * DAY, false);
    j.conf.remind = 0; /* never */
    assert_false(judge_remind_due(&j, 0, &b, 0));
    assert_false(judge_remind(&j, &b, 0, &target, &c));
    assert_false(judge_list_remind(&j, &blind, SEV_CRITICAL, &c));
    assert_false(judge_list_remind_due(&j, &blind, SEV_CRITICAL, 0));
    judge_fini(&j);
}

static void a_first_run_is_one_change(void **state)
{
    (void)state;
    struct judge j = judge_at(T0, false);
    struct change c = judge_first_run(&j, 20, true, CAUSE_NONE);
    assert_int_equal(c.kind, CHANGE_BASELINE);
    assert_true(c.of_list);
    assert_int_equal(c.count, 20);
    assert_string_equal(c.source, "dnsbl");
    assert_string_equal(c.list, "");
    judge_fini(&j);
}

static void retired_targets_are_told_about_their_findings(void **state)
{
    (void)state;
    struct judge j = judge_at(T0, false);
    const struct stored_target target = {
        .ip = ip_from_v4(0xcb007105), .prefix = 32, .label = "mx1"};
    struct change c;
    struct belief b = {.source = "dnsbl",
                       .target = 7,
                       .list = "bl.example",
                       .answers = "127.0.0.2",
                       .detail = "",
                       .since = T0 - DAY,
                       .opened = T0 - DAY};
    assert_true(judge_retire(&j, &b, 0, &target, &c));
    assert_int_equal(c.kind, CHANGE_RETIRED);
    assert_int_equal(c.from, LEVEL_CRITICAL);
    assert_int_equal(c.to, LEVEL_UNKNOWN);
    assert_string_equal(c.answers_from, "127.0.0.2");
    assert_int_equal(c.target, 7);
    assert_int_equal(c.since, T0 - DAY);
    b.ack_until = T0 + DAY;
    b.ack_answers = b.answers;
    assert_true(judge_retire(&j, &b, 0, &target, &c));
    assert_true(c.acked);
    assert_true(judge_retire(&j, &b, JUDGE_NO_COLUMN, &target, &c)); /* its list is gone */
    assert_int_equal(c.from, LEVEL_UNKNOWN);
    assert_false(c.acked);
    b.opened = 0; /* was off when it was seen, today it counts */
    assert_true(judge_retire(&j, &b, 0, &target, &c));
    b.opened = T0 - DAY;
    b.lapsed = T0; /* was told already */
    assert_false(judge_retire(&j, &b, 0, &target, &c));
    b.lapsed = 0;
    b.answers = ""; /* clean, kept for its history of changes */
    b.opened = 0;
    assert_false(judge_retire(&j, &b, 0, &target, &c));
    b.answers = NULL; /* only pending */
    assert_false(judge_retire(&j, &b, 0, &target, &c));
    judge_fini(&j);
}

/* One list over days: what its belief and its changes hold. */
struct list_scene {
    struct column health;
    struct list_belief belief;
    struct list_judgement out;
    struct judge j;
};

static void day(struct list_scene *s, int64_t n, uint32_t due, uint32_t proved, enum cause cause)
{
    struct list_belief before = s->belief;
    s->j = judge_at(T0 + (time_t)n * DAY, false);
    s->health.due = due > 0;
    struct judge_list_in in = {.health = &s->health, .belief = n ? &before : NULL};
    in.count.due = due;
    in.count.proved = proved;
    in.count.causes[cause] = due - proved;
    judge_list(&s->j, &in, false, &s->out);
    s->belief = s->out.belief;
}

static void a_list_remembers_when_it_was_good_bad_and_said(void **state)
{
    (void)state;
    struct list_scene s = {.health = {.list = "bl.example",
                                      .severity = SEV_MAJOR,
                                      .cause = CAUSE_NONE,
                                      .note = "use your own resolver"}};
    day(&s, 0, 0, 0, CAUSE_TIMEOUT); /* nothing was due on it */
    assert_false(s.out.judged);
    assert_true(s.out.write || s.out.change_count == 0);
    assert_int_equal(s.belief.baseline, 0);
    assert_int_equal(s.belief.good, 0);
    s.health.due = true;
    struct judge_list_in idle = {.health = &s.health}; /* due, but nothing to ask */
    judge_list(&s.j, &idle, true, &s.out);
    assert_false(s.out.judged || s.out.bad || s.out.write);
    day(&s, 1, 4, 0, CAUSE_TIMEOUT); /* proved nothing: no baseline */
    assert_int_equal(s.belief.baseline, 0);
    assert_int_equal(s.belief.bad_since, T0 + DAY);
    day(&s, 2, 4, 4, CAUSE_TIMEOUT);
    assert_true(s.out.judged && s.out.write && !s.out.bad && s.out.matters);
    assert_int_equal(s.belief.baseline, T0 + 2 * DAY);
    assert_int_equal(s.belief.good, T0 + 2 * DAY);
    assert_int_equal(s.belief.bad_since, 0);
    assert_int_equal(s.belief.bad_runs, 0);
    day(&s, 3, 4, 1, CAUSE_SERVFAIL);
    assert_int_equal(s.belief.baseline, T0 + 2 * DAY);
    assert_int_equal(s.belief.good, T0 + 2 * DAY);
    day(&s, 4, 4, 1, CAUSE_SERVFAIL);
    assert_int_equal(s.out.change_count, 1);
    const struct change *c = &s.out.changes[0];
    assert_int_equal(c->kind, CHANGE_BLIND);
    assert_int_equal(c->since, T0 + 3 * DAY);
    assert_int_equal(c->opened, T0 + 4 * DAY);
    assert_string_equal(c->detail, "use your own resolver");
    assert_int_equal(s.belief.opened, T0 + 4 * DAY);
    assert_int_equal(s.belief.blind_said, T0 + 4 * DAY);
    assert_int_equal(s.belief.blind_cause, CAUSE_SERVFAIL);

    s.belief.ack_until = T0 + 6 * DAY;
    s.belief.ack_note = "known";
    day(&s, 5, 4, 0, CAUSE_SERVFAIL);
    assert_int_equal(s.belief.ack_until, T0 + 6 * DAY);
    day(&s, 6, 4, 0, CAUSE_SERVFAIL); /* its time is up */
    assert_int_equal(s.belief.ack_until, 0);
    assert_null(s.belief.ack_note);
    s.belief.ack_until = T0 + 60 * DAY;
    s.belief.ack_note = "known";
    day(&s, 7, 4, 4, CAUSE_TIMEOUT);
    c = &s.out.changes[0];
    assert_int_equal(c->kind, CHANGE_RECOVERED);
    assert_int_equal(c->since, T0 + 3 * DAY);
    assert_int_equal(c->opened, T0 + 4 * DAY);
    assert_int_equal(s.belief.blind_said, 0);
    assert_int_equal(s.belief.blind_cause, CAUSE_NEVER_ASKED);
    assert_int_equal(s.belief.opened, 0);
    assert_int_equal(s.belief.ack_until, 0); /* ends with the blindness */
    assert_null(s.belief.ack_note);
    judge_fini(&s.j);
}

static void a_list_that_has_nothing_to_say_can_be_asked_again(void **state)
{
    (void)state;
    struct list_scene s = {.health = {.list = "main/data", .severity = SEV_MAJOR}};
    day(&s, 0, 4, 0, CAUSE_EXPIRED);
    assert_int_equal(s.belief.blind_said, T0);
    struct list_belief before = s.belief;
    struct judge_list_in in = {.health = &s.health, .belief = &before};
    judge_list(&s.j, &in, false, &s.out); /* nothing was asked: that ends nothing */
    assert_int_equal(s.out.change_count, 0);
    s.health.due = true;
    in.count.empty = 4;
    judge_list(&s.j, &in, false, &s.out);
    assert_int_equal(s.out.change_count, 1);
    assert_int_equal(s.out.changes[0].kind, CHANGE_RECOVERED);
    assert_int_equal(s.out.belief.blind_said, 0);
    assert_true(s.out.judged && !s.out.bad);
}

static void the_likely_cause_is_the_lists_own_or_the_most_frequent(void **state)
{
    (void)state;
    struct column health = {.source = "dnsbl", .dns_list = true, .cause = CAUSE_NONE};
    struct list_count count = {0};
    assert_int_equal(judge_list_cause(&health, &count), CAUSE_NOT_ASKED);
    count.causes[CAUSE_NO_DATA] = 9; /* normal ones never explain blindness */
    count.causes[CAUSE_NEVER_ASKED] = 8;
    count.causes[CAUSE_SERVFAIL] = 3;
    count.causes[CAUSE_DENIED] = 3; /* as many: the first stays */
    count.causes[CAUSE_TIMEOUT] = 2;
    assert_int_equal(judge_list_cause(&health, &count), CAUSE_SERVFAIL);
    health.cause = CAUSE_NEVER_ASKED; /* says nothing */
    assert_int_equal(judge_list_cause(&health, &count), CAUSE_SERVFAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_row_holds),
        cmocka_unit_test(all_lists_at_once_are_one_entry),
        cmocka_unit_test(a_list_remembers_when_it_was_good_bad_and_said),
        cmocka_unit_test(a_list_that_has_nothing_to_say_can_be_asked_again),
        cmocka_unit_test(the_likely_cause_is_the_lists_own_or_the_most_frequent),
        cmocka_unit_test(counts_leave_out_what_is_normal),
        cmocka_unit_test(reminders_name_what_is_open_and_critical),
        cmocka_unit_test(a_first_run_is_one_change),
        cmocka_unit_test(retired_targets_are_told_about_their_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
