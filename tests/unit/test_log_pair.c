/* SPDX-License-Identifier: ISC */
/* The rules of contract section 9, "States and rules". */
#include "unit.h"

#include "source/log/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW (INT64_C(495000) * HOUR_S + 1800) /* half past an hour */

static const struct pair_rules rules = {.confirm_gap_s = 3000,
                                        .refused_min = 2,
                                        .refused_share = 20,
                                        .throttled_min = 5,
                                        .throttled_share = 20};

/*
 * A history: "R120" is a message refused 120 minutes before now, "R120a" by the server a,
 * "R120x5" five of them; T taken, D decisive, N a network's, P put off, O and C not about the
 * address, A the own account. "!60": a run then.
 */
static void play(struct memory *m, struct pair *p, const char *history, bool whole)
{
    struct pair_rules now_rules = rules;
    const char *at = history;
    unsigned id = 0;
    now_rules.ends_nothing = !whole;
    while (*at) {
        static const char letters[] = "OCAPNRDT"; /* in the order of enum pair_outcome */
        char letter = *at++;
        char *end;
        int64_t time = NOW - strtol(at, &end, 10) * 60;
        struct pair_message message = {.time = time};
        unsigned long times = 1;
        if (*end >= 'a' && *end <= 'w')
            message.relay = (uint32_t)*end++;
        if (*end == 'x')
            times = strtoul(end + 1, &end, 10);
        at = end + strspn(end, " ");
        if (letter == '!') {
            pair_judge(p, time, &now_rules);
            continue;
        }
        message.outcome = (enum pair_outcome)(strchr(letters, letter) - letters);
        for (; times > 0; times--) {
            char queue[16];
            int len = snprintf(queue, sizeof queue, "%u", id++);
            memory_count(m, p, queue, (size_t)len, &message);
        }
    }
    pair_judge(p, NOW, &now_rules);
}

struct row {
    const char *history;
    enum pair_state state;
    bool tenants, gap;
};

static void check_of(const struct ip *own, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct memory m;
        memory_init(&m);
        struct pair *p = memory_pair(&m, own, "gmail", true);
        p->many_tenants = rows[i].tenants;
        play(&m, p, rows[i].history, !rows[i].gap);
        if (p->state != rows[i].state)
            fail_msg("%s: %s instead of %s", rows[i].history, pair_state_word(p->state),
                     pair_state_word(rows[i].state));
        memory_fini(&m);
    }
}

static void check(const struct row *rows, size_t count)
{
    struct ip own;
    assert_true(ip_parse("203.0.113.5", &own));
    check_of(&own, rows, count);
}

static void refusals_begin(void **state)
{
    static const struct row rows[] = {
        {"", PAIR_NO_DATA},
        {"T30", PAIR_ACCEPTED},
        {"R30", PAIR_PARTLY_REFUSED},
        {"R30 R20", PAIR_IS_REFUSED},
        {"T90 R30 R20", PAIR_IS_REFUSED},
        {"R1400 R20", PAIR_IS_REFUSED},
        {"R1440 R1439", PAIR_IS_REFUSED},   /* since the run of yesterday */
        {"R1600 R20", PAIR_PARTLY_REFUSED}, /* not within a day */
        {"R3000 R2990", PAIR_IS_REFUSED},   /* no run came, and nothing says that it is over */
        {"D3000", PAIR_IS_REFUSED},
        {"R3000 R2990 T100", PAIR_ACCEPTED},
        {"R3000", PAIR_NO_DATA},
        {"R10500 R10490", PAIR_NO_DATA}, /* longer ago than is believed */
        {"T600x16 R30 R20 R10 R5", PAIR_IS_REFUSED},
        {"T600x17 R30 R20 R10", PAIR_PARTLY_REFUSED}, /* 15 % of 20 */
        {"O600x17 R30 R20 R10", PAIR_PARTLY_REFUSED},
        {"N30 N20 N10", PAIR_PARTLY_REFUSED}, /* a network's is never more */
        {"N30 R20", PAIR_PARTLY_REFUSED},
        {"C30x50", PAIR_NO_DATA}, /* not about the address */
        {"O30x50 A20x3", PAIR_NO_DATA},
        {"T40 C30x50", PAIR_ACCEPTED},
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void one_decisive_refusal_is_enough(void **state)
{
    static const struct row rows[] = {
        {"D30", PAIR_IS_REFUSED},         {"T91 D30", PAIR_IS_REFUSED},
        {"T89 D30", PAIR_PARTLY_REFUSED}, /* delivered within an hour */
        {"D30 T20", PAIR_ACCEPTED},       {"T600x500 D30", PAIR_IS_REFUSED},
        {"T89 D30 D20", PAIR_IS_REFUSED}, /* two need no such proof */
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void a_refusal_older_than_a_delivery_opens_nothing(void **state)
{
    static const struct row rows[] = {
        {"R30 R20 T10", PAIR_ACCEPTED},
        {"R30 T20", PAIR_ACCEPTED},
        {"T10 !5 R40 R30", PAIR_ACCEPTED}, /* late lines */
        {"T10 !5 D90", PAIR_ACCEPTED},
        {"T10 !5 R40x9 T60x20", PAIR_ACCEPTED},
        {"T10 R10", PAIR_PARTLY_REFUSED}, /* the same minute says nothing */
        /* With traffic enough, the share says what a delivery between is worth. */
        {"T500x10 R400x10 T300x5 T200x5", PAIR_ACCEPTED}, /* over before anybody looked */
        {"T60x10 R40x10 T20x10", PAIR_IS_REFUSED},
        {"T60x20 R40 T20x10", PAIR_ACCEPTED},
        {"T60x20 R40x3 T20x10", PAIR_PARTLY_REFUSED},
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void a_refusal_ends_by_deliveries(void **state)
{
    static const struct row rows[] = {
        {"R300 R290 !280 T200", PAIR_IS_REFUSED},
        {"R300 R290 !280 T200 T151", PAIR_IS_REFUSED}, /* 49 minutes apart */
        {"R300 R290 !280 T200 T150", PAIR_ACCEPTED},
        {"R300 R290 !280 T200 R180 T150", PAIR_IS_REFUSED},
        {"R300 R290 !280 T289 T200", PAIR_IS_REFUSED}, /* 60 s after it does not count yet */
        {"R300 R290 !280 T288 T200", PAIR_ACCEPTED},
        {"T310 R300 R290 !280 T280 T240", PAIR_IS_REFUSED},
        {"R300 R290 !280 O200x9 C100x9", PAIR_IS_REFUSED},
        {"R1000 R900 !800 T100", PAIR_ACCEPTED}, /* one, after 12 hours */
        {"R1000 R900 !800", PAIR_IS_REFUSED},
        {"R9000 R8990 !8980 !5000", PAIR_IS_REFUSED}, /* time alone ends nothing */
        {"R1500 !1490", PAIR_NO_DATA},                /* but a single one, after a day */
        {"T2000 R1500 !1490", PAIR_ACCEPTED},
        {"R1000 R900 !800 T100", PAIR_IS_REFUSED, .gap = true},
        {"R1500 !1490", PAIR_PARTLY_REFUSED, .gap = true},
        {"R300 R290 !280 T200 T150 !140 R60", PAIR_IS_REFUSED}, /* again, the third of a day */
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void a_tenant_that_allows_us_speaks_for_itself_alone(void **state)
{
    static const struct row rows[] = {
        {"R300a R290a !280 T200b T100b", PAIR_IS_REFUSED, .tenants = true},
        {"R300a R290a !280 T200b T100c", PAIR_IS_REFUSED, .tenants = true},
        {"R300a R290a !280 T200b T150c T100d", PAIR_ACCEPTED, .tenants = true},
        {"R300a R290a !280 T200a T100a", PAIR_ACCEPTED, .tenants = true},
        {"R1000a R900a !800 T100b", PAIR_IS_REFUSED, .tenants = true},
        {"R300a R290a !280 T200b T100b", PAIR_ACCEPTED},
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void throttling_begins_and_ends(void **state)
{
    static const struct row rows[] = {
        {"P90x5 P30x4", PAIR_NO_DATA},
        {"P90x5 P30x5", PAIR_IS_THROTTLED},
        {"P150x5 P29x5", PAIR_NO_DATA}, /* not consecutive */
        {"P90x5 T90x21 P20x5", PAIR_ACCEPTED},
        {"P90x5 T90x20 P20x5", PAIR_IS_THROTTLED},
        {"T400 P300 P250 P200", PAIR_IS_THROTTLED}, /* nothing for four hours */
        {"T400 P230 P200 P150", PAIR_ACCEPTED},
        {"T400 P300 P250", PAIR_ACCEPTED},
        {"P10x3", PAIR_NO_DATA}, /* a first try is no four hours */
        {"T1000 P10x4", PAIR_ACCEPTED},
        {"P300 P250 P200 T190", PAIR_ACCEPTED},
        {"P210x5 P150x5 !140 T90x3", PAIR_IS_THROTTLED},
        {"P210x5 P150x5 !140 T90x3 T20", PAIR_ACCEPTED}, /* two hours with deliveries */
        {"P210x5 P150x5 !140 T90x3 P89 T20", PAIR_IS_THROTTLED},
        {"P210x5 P150x5 !140 T90x21 P89 T20", PAIR_ACCEPTED}, /* under 5 % */
        {"P1000x5 P960x5 !950 T20", PAIR_ACCEPTED},           /* one, after 12 hours */
        {"P600x5 P540x5 !530 T20", PAIR_IS_THROTTLED},
        {"P210x5 P150x5 !140 T90x3 T20", PAIR_IS_THROTTLED, .gap = true},
        {"P90x5 P30x5 R10 R9", PAIR_IS_REFUSED},
    };
    (void)state;
    check(rows, COUNT(rows));
}

/* A delivery may be another address's. */
static void of_an_unknown_address_only_a_day_without_is_an_end(void **state)
{
    static const struct row rows[] = {
        {"R30 R20", PAIR_IS_REFUSED},
        {"R300 R290 !280 T200 T20", PAIR_IS_REFUSED},
        {"R1000 R990 !980 T200 T20", PAIR_IS_REFUSED},
        {"R1500 R1490 !1400", PAIR_NO_DATA},
        {"R1500 R1490 !1400 T20", PAIR_ACCEPTED},
        {"P400x3 P300x3 P150x3 !100", PAIR_IS_THROTTLED},
        {"P1900x3 P1800x3 P1500x3 !1450", PAIR_NO_DATA},
    };
    const struct ip unknown = {0};
    (void)state;
    check_of(&unknown, rows, COUNT(rows));
}

/* The same lines in another order: late, mixed up, the log of another queue first. */
static void the_order_of_reading_means_nothing(void **state)
{
    static const char *const events[] = {"T500", "R450", "D300", "R290", "T280",
                                         "P100", "T90",  "R60",  "N50",  "C40"};
    struct ip own;
    (void)state;
    assert_true(ip_parse("203.0.113.5", &own));
    struct pair first;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct memory m;
        size_t order[COUNT(events)];
        srand(seed);
        for (size_t i = 0; i < COUNT(events); i++)
            order[i] = i;
        for (size_t i = COUNT(events) - 1; i > 0 && seed; i--) {
            size_t other = (size_t)rand() % (i + 1);
            size_t swap = order[i];
            order[i] = order[other];
            order[other] = swap;
        }
        memory_init(&m);
        struct pair *p = memory_pair(&m, &own, "gmail", true);
        char history[256] = "";
        for (size_t i = 0; i < COUNT(events); i++)
            strcat(strcat(history, events[order[i]]), " ");
        play(&m, p, history, true);
        if (seed == 0)
            first = *p;
        assert_int_equal(p->state, first.state);
        assert_int_equal(p->since, first.since);
        assert_int_equal(p->last_refused, first.last_refused);
        memory_fini(&m);
    }
}

/* ---- messages ---- */

struct attempts {
    struct memory m;
    struct pair *v4, *v6;
};

static void setup(struct attempts *a)
{
    struct ip own, own6;
    assert_true(ip_parse("203.0.113.5", &own) && ip_parse("2001:db8::5", &own6));
    memory_init(&a->m);
    a->v4 = memory_pair(&a->m, &own, "gmail", true);
    a->v6 = memory_pair(&a->m, &own6, "gmail", true);
}

static void attempt(struct attempts *a, struct pair *p, const char *queue, int minutes_ago,
                    enum pair_outcome outcome)
{
    const struct pair_message m = {.time = NOW - minutes_ago * 60, .outcome = outcome};
    memory_count(&a->m, p, queue, strlen(queue), &m);
}

static uint32_t counted(const struct pair *p, enum pair_outcome outcome)
{
    uint32_t day[PAIR_OUTCOMES];
    pair_last_day(p, NOW, day);
    return day[outcome];
}

static void retries_and_recipients_are_one_message(void **state)
{
    struct attempts a;
    (void)state;
    setup(&a);
    for (int i = 0; i < 9; i++)
        attempt(&a, a.v4, "4Q1", 60 - i, PAIR_REFUSED);
    assert_int_equal(counted(a.v4, PAIR_REFUSED), 1);
    attempt(&a, a.v4, "4Q1", 20, PAIR_TAKEN);
    assert_int_equal(counted(a.v4, PAIR_REFUSED), 0);
    assert_int_equal(counted(a.v4, PAIR_TAKEN), 1);
    attempt(&a, a.v4, "4Q1", 40, PAIR_REFUSED); /* late */
    assert_int_equal(counted(a.v4, PAIR_REFUSED), 0);
    pair_judge(a.v4, NOW, &rules);
    assert_int_equal(a.v4->state, PAIR_ACCEPTED);
    memory_fini(&a.m);
}

static void what_falls_back_to_ipv4_is_taken(void **state)
{
    struct attempts a;
    (void)state;
    setup(&a);
    for (int i = 0; i < 9; i++) {
        char queue[8];
        snprintf(queue, sizeof queue, "4Q%d", i);
        attempt(&a, a.v6, queue, 60, PAIR_DECISIVE);
        attempt(&a, a.v4, queue, 59, PAIR_TAKEN);
    }
    pair_judge(a.v4, NOW, &rules);
    pair_judge(a.v6, NOW, &rules);
    assert_int_equal(a.v6->state, PAIR_NO_DATA);
    assert_int_equal(a.v4->state, PAIR_ACCEPTED);
    memory_fini(&a.m);
}

static void of_one_second_the_delivery_counts_in_any_order(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct attempts a;
        setup(&a);
        attempt(&a, a.v4, "4Q1", 5, order ? PAIR_TAKEN : PAIR_REFUSED);
        attempt(&a, a.v4, "4Q1", 5, order ? PAIR_REFUSED : PAIR_TAKEN);
        assert_int_equal(counted(a.v4, PAIR_TAKEN), 1);
        assert_int_equal(counted(a.v4, PAIR_REFUSED), 0);
        memory_fini(&a.m);
    }
}

/* ---- against a model ---- */

/* What the contract says, looked up in a plain list of messages, each with one attempt a time. */
#define MODEL_EVENTS 600
struct model {
    struct {
        int64_t time;
        enum pair_outcome outcome;
        bool last; /* of its message */
    } e[MODEL_EVENTS];
    size_t count;
    enum pair_state state;
    int64_t judged_taken;
};

static bool is_refusal(enum pair_outcome o)
{
    return o == PAIR_REFUSED || o == PAIR_DECISIVE;
}

static int64_t model_last(const struct model *m, bool refusal)
{
    int64_t last = 0;
    for (size_t i = 0; i < m->count; i++) {
        bool is = refusal ? is_refusal(m->e[i].outcome) : m->e[i].outcome == PAIR_TAKEN;
        last = is && m->e[i].time > last ? m->e[i].time : last;
    }
    return last;
}

static bool model_is_over(const struct model *m, int64_t refused, int64_t now)
{
    int64_t first = INT64_MAX, last = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->e[i].outcome != PAIR_TAKEN || m->e[i].time <= refused + 60)
            continue;
        first = m->e[i].time < first ? m->e[i].time : first;
        last = m->e[i].time > last ? m->e[i].time : last;
    }
    if (!last)
        return false;
    return now - refused > 12 * 3600 || last - first >= rules.confirm_gap_s;
}

static bool model_near(const struct model *m, int64_t time)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->e[i].outcome == PAIR_TAKEN && llabs(m->e[i].time - time) <= 3600)
            return true;
    return false;
}

static void model_judge(struct model *m, int64_t now)
{
    int64_t refused = model_last(m, true), taken = model_last(m, false), decisive = 0;
    uint32_t all = 0, bad = 0, sure = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->e[i].outcome == PAIR_DECISIVE && m->e[i].time > decisive)
            decisive = m->e[i].time;
        if (!m->e[i].last || m->e[i].time / HOUR_S < (now - DAY_S) / HOUR_S)
            continue;
        all++;
        bad += is_refusal(m->e[i].outcome);
        sure += m->e[i].outcome == PAIR_DECISIVE;
    }
    bool refusing = m->state == PAIR_IS_REFUSED || m->state == PAIR_PARTLY_REFUSED;
    bool over = refused == 0 || model_is_over(m, refused, now);
    if (m->state == PAIR_PARTLY_REFUSED && refused <= now - DAY_S)
        over = true;
    if (!refusing && refused / HOUR_S < (now - DAY_S) / HOUR_S)
        over = true;
    if (refusing && over)
        m->state = taken > now - PAIR_LAPSE_S && taken ? PAIR_ACCEPTED : PAIR_NO_DATA;
    bool speaks = (all >= 20 ? m->judged_taken : taken) <= refused + 60;
    if (m->state != PAIR_IS_REFUSED && !over && bad > 0 && speaks) {
        bool says = (all >= 20 ? m->judged_taken : taken) <= decisive + 60;
        bool opens = (sure && says && !model_near(m, decisive)) ||
                     (bad >= 2 && (all < 20 || bad * 5 >= all));
        if (opens)
            m->state = PAIR_IS_REFUSED;
        else if (bad >= 2 || taken <= refused + 60)
            m->state = PAIR_PARTLY_REFUSED;
    }
    if (m->state <= PAIR_ACCEPTED)
        m->state = taken && taken > now - PAIR_LAPSE_S ? PAIR_ACCEPTED : PAIR_NO_DATA;
    m->judged_taken = taken;
}

/* Hours in which a receiver takes all, refuses some or all, or in which nothing is sent. */
static enum pair_outcome draw(int mood)
{
    int n = rand() % 100;
    if (mood == 1)
        return n < 30 ? PAIR_REFUSED : n < 33 ? PAIR_DECISIVE : PAIR_TAKEN;
    if (mood == 2)
        return n < 80 ? PAIR_REFUSED : n < 90 ? PAIR_DECISIVE : PAIR_OTHER;
    return n < 5 ? PAIR_CONTENT : n < 8 ? PAIR_OTHER : n < 9 ? PAIR_REFUSED : PAIR_TAKEN;
}

static void random_histories_agree_with_a_model(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct attempts a;
        struct model model = {.count = 0};
        int64_t start = NOW - 4 * DAY_S;
        int mood = 0;
        unsigned queue = 0;
        enum pair_state before = PAIR_NO_DATA;
        srand(seed);
        setup(&a);
        for (int hour = 0; hour < 96; hour++) {
            size_t from = model.count;
            if (rand() % 6 == 0)
                mood = rand() % 4;
            int messages = mood == 3 ? 0 : rand() % 5;
            for (int i = 0; i < messages && model.count + 3 < MODEL_EVENTS; i++) {
                int64_t time = start + hour * HOUR_S + rand() % 40 * 60;
                int tries = 1 + rand() % 2;
                queue++;
                for (int t = 0; t < tries; t++, time += 600) {
                    model.e[model.count].time = time;
                    model.e[model.count].outcome = draw(mood);
                    model.e[model.count].last = t + 1 == tries;
                    model.count++;
                }
            }
            /* Lines arrive in any order; a message's attempts share its number. */
            size_t count = model.count - from, order[16], id[16];
            unsigned q = queue * 100;
            for (size_t i = 0; i < count; i++) {
                order[i] = i;
                id[i] = q;
                q += model.e[from + i].last;
            }
            for (size_t i = count; i > 1; i--) {
                size_t other = (size_t)rand() % i, swap = order[i - 1];
                order[i - 1] = order[other];
                order[other] = swap;
            }
            for (size_t i = 0; i < count; i++) {
                size_t n = order[i];
                char name[16];
                struct pair_message message = {.time = model.e[from + n].time,
                                               .outcome = model.e[from + n].outcome};
                int len = snprintf(name, sizeof name, "%zu", id[n]);
                memory_count(&a.m, a.v4, name, (size_t)len, &message);
            }
            int64_t now = start + (hour + 1) * HOUR_S;
            int64_t last_taken = a.v4->last_taken, refused = model_last(&model, true);
            pair_judge(a.v4, now, &rules);
            model_judge(&model, now);
            if (a.v4->state != model.state)
                fail_msg("seed %u, hour %d: %s, the model says %s", seed, hour,
                         pair_state_word(a.v4->state), pair_state_word(model.state));
            /* Never accepted again without a delivery that is younger than the refusal. */
            if (before == PAIR_IS_REFUSED && a.v4->state == PAIR_ACCEPTED)
                assert_true(last_taken > refused);
            before = a.v4->state;
        }
        memory_fini(&a.m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_begin),
        cmocka_unit_test(one_decisive_refusal_is_enough),
        cmocka_unit_test(a_refusal_older_than_a_delivery_opens_nothing),
        cmocka_unit_test(a_refusal_ends_by_deliveries),
        cmocka_unit_test(a_tenant_that_allows_us_speaks_for_itself_alone),
        cmocka_unit_test(throttling_begins_and_ends),
        cmocka_unit_test(of_an_unknown_address_only_a_day_without_is_an_end),
        cmocka_unit_test(the_order_of_reading_means_nothing),
        cmocka_unit_test(retries_and_recipients_are_one_message),
        cmocka_unit_test(what_falls_back_to_ipv4_is_taken),
        cmocka_unit_test(of_one_second_the_delivery_counts_in_any_order),
        cmocka_unit_test(random_histories_agree_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
