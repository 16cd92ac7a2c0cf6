/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/log/heard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NOW (INT64_C(495000) * HOUR_S)

static struct pair *busy_pair(struct memory *m, const char *own, const char *receiver)
{
    struct ip ip = {0};
    if (own[0])
        assert_true(ip_parse(own, &ip));
    struct pair *p = memory_pair(m, &ip, receiver, true);
    for (int i = 0; i < 40; i++) {
        char id[16];
        int len = snprintf(id, sizeof id, "4Q%d", i);
        struct pair_message message = {.time = NOW - i * 1300,
                                       .outcome = (enum pair_outcome)(i % PAIR_OUTCOMES),
                                       .relay = (uint32_t)i % 3};
        memory_count(m, p, id, (size_t)len, &message);
    }
    return p;
}

/* What was written, read, and written again. */
static char *again(const char *text)
{
    struct memory m;
    struct buf out;
    assert_true(memory_parse(&m, text));
    buf_init(&out, MEMORY_MAX);
    memory_format(&m, NOW, &out);
    memory_fini(&m);
    return buf_take(&out);
}

static char *written(const struct memory *m, int64_t now)
{
    struct buf out;
    buf_init(&out, MEMORY_MAX);
    memory_format(m, now, &out);
    return buf_take(&out);
}

static void what_was_written_is_read_back(void **state)
{
    struct memory m;
    struct ip other;
    (void)state;
    memory_init(&m);
    struct pair *p = busy_pair(&m, "203.0.113.5", "gmail");
    pair_note_unread(p, NOW - 5);
    pair_note_unread(p, NOW - 3 * HOUR_S);
    assert_int_equal(pair_unread(p, NOW), 2);
    busy_pair(&m, "2001:db8::5", "yahoo");
    busy_pair(&m, "", "mx.example");
    p->state = PAIR_IS_REFUSED;
    p->told = true;
    snprintf(p->code, sizeof p->code, "421-4.7.28");
    struct pair_evidence e = {.time = NOW - 5, .outcome = PAIR_REFUSED, .assumed = true};
    snprintf(e.log, sizeof e.log, "log of mx1");
    snprintf(e.sample, sizeof e.sample, "421-4.7.28 rate limited … -");
    pair_keep_evidence(p, &e);
    struct memory_place *place = memory_place(&m, "mx 1", "/var/log/mail of all.log");
    free(place->position);
    place->position = mem_dup("1 2 3 abc");
    struct memory_section *s = memory_section(&m, "mx 1");
    memory_note_line(s, NOW - 9000);
    memory_note_line(s, NOW - 1000);
    s->not_assumed = NOW + 77;
    assert_true(ip_parse("198.51.100.7", &other));
    memory_note_unwatched(&m, &other, "gmail", NOW - 10);
    memory_note_unwatched(&m, &other, "yahoo", NOW - 20);
    char *first = written(&m, NOW);
    memory_fini(&m);

    char *second = again(first);
    assert_string_equal(first, second);
    assert_true(memory_parse(&m, first));
    struct ip own;
    assert_true(ip_parse("203.0.113.5", &own));
    const struct pair *q = memory_find(&m, &own, "gmail");
    assert_non_null(q);
    assert_int_equal(q->state, PAIR_IS_REFUSED);
    assert_true(q->was_told);
    assert_string_equal(q->code, "421-4.7.28");
    assert_string_equal(q->evidence->log, "log_of_mx1");
    assert_string_equal(q->evidence->sample, "421-4.7.28 rate limited … -");
    assert_string_equal(memory_place(&m, "mx 1", "/var/log/mail of all.log")->position,
                        "1 2 3 abc");
    assert_int_equal(memory_longest_gap(memory_section(&m, "mx 1")), 8000);
    assert_true(memory_is_unwatched(&m.unwatched[0], NOW));
    memory_fini(&m);
    free(first);
    free(second);
}

/* A message that an earlier run counted is not counted again. */
static void a_message_is_known_in_the_next_run(void **state)
{
    struct memory m;
    (void)state;
    memory_init(&m);
    busy_pair(&m, "203.0.113.5", "gmail");
    char *text = written(&m, NOW);
    memory_fini(&m);
    assert_true(memory_parse(&m, text));
    struct pair *p = m.pairs[0];
    uint32_t before[PAIR_OUTCOMES], after[PAIR_OUTCOMES];
    pair_last_day(p, NOW, before);
    busy_pair(&m, "203.0.113.5", "gmail");
    pair_last_day(p, NOW, after);
    assert_memory_equal(before, after, sizeof before);
    memory_fini(&m);
    free(text);
}

static void nothing_of_a_message_is_kept(void **state)
{
    struct memory m;
    (void)state;
    memory_init(&m);
    struct ip own = {0};
    struct pair *p = memory_pair(&m, &own, "gmail", true);
    const struct pair_message message = {.time = NOW, .outcome = PAIR_TAKEN};
    memory_count(&m, p, "4QSECRETID", 10, &message);
    char *text = written(&m, NOW);
    assert_null(strstr(text, "SECRET"));
    memory_fini(&m);
    free(text);
}

static void what_is_old_is_forgotten(void **state)
{
    struct memory m;
    (void)state;
    memory_init(&m);
    struct pair *refused = busy_pair(&m, "203.0.113.5", "gmail");
    busy_pair(&m, "203.0.113.5", "yahoo");
    refused->state = PAIR_IS_REFUSED;
    char *text = written(&m, NOW + 3 * DAY_S);
    assert_null(strstr(text, "\nmessage "));
    assert_non_null(strstr(text, " yahoo "));
    free(text);
    text = written(&m, NOW + 9 * DAY_S);
    assert_null(strstr(text, "\nhour "));
    assert_null(strstr(text, "\npair 203.0.113.5 yahoo "));
    assert_non_null(strstr(text, " gmail ")); /* a refusal waits for its end */
    free(text);
    memory_fini(&m);
}

/* Pairs outside the table are one row; what was gone before is counted on. */
static void totals_of_what_is_forgotten_are_kept(void **state)
{
    struct memory m;
    struct ip own;
    (void)state;
    memory_init(&m);
    assert_true(ip_parse("203.0.113.5", &own));
    for (int round = 1; round <= 2; round++) {
        memory_pair(&m, &own, "yahoo", true)->totals[PAIR_TAKEN] = 5;
        memory_pair(&m, &own, "one.example", false)->totals[PAIR_TAKEN] = 3;
        memory_pair(&m, &own, "two.example", false)->totals[PAIR_REFUSED] = 2;
        char *text = written(&m, NOW);
        memory_fini(&m);
        assert_true(memory_parse(&m, text));
        free(text);
        assert_int_equal(m.pair_count, 0);
        assert_int_equal(m.gone_count, 2);
        assert_string_equal(m.gone[0].receiver, "yahoo");
        assert_int_equal(m.gone[0].totals[PAIR_TAKEN], 5 * round);
        assert_string_equal(m.gone[1].receiver, MEMORY_OTHERS);
        assert_int_equal(m.gone[1].totals[PAIR_TAKEN], 3 * round);
        assert_int_equal(m.gone[1].totals[PAIR_REFUSED], 2 * round);
    }
    memory_fini(&m);
}

static void bad_texts_give_an_empty_memory(void **state)
{
    static const char *const texts[] = {
        "",
        "log 1\n",
        "log 2",
        "log 2\nnonsense\n",
        "log 2\nkey 00\n",
        "log 2\nhour 1 0 0 0 0 0 0 0 0 0 0 0 0\n", /* of no pair */
        "log 2\nat somewhere\n",
        "log 2\npair 203.0.113.5 gmail - 0 1 0 9 0 0 0 0 0 0 0 0\n",  /* no such state */
        "log 2\npair 203.0.113.5 gmail - 0 1 0 1 -5 0 0 0 0 0 0 0\n", /* before 1970 */
        "log 2\npair nowhere gmail - 0 1 0 1 0 0 0 0 0 0 0 0\n",
        "log 2\npair 203.0.113.5 gmail - 0 1 0 1 99999999999999999999 0 0 0 0 0 0 0\n",
        "log 2\nmessage 0000000000000001 5 0 1\n",
        "log 2\nunwatched nowhere 0 0 0 0 0\n",
        "log 2\ngone nowhere gmail 0 0 0 0 0 0 0 0\n",
        "log 2\ngone - gmail 0 0 0\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct memory m;
        if (memory_parse(&m, texts[i]))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(m.pair_count + m.place_count + m.section_count + m.message_count, 0);
        assert_int_equal(m.gone_count, 0);
        memory_fini(&m);
    }
}

/* ---- lines ---- */

static void the_longest_gap_is_of_two_weeks(void **state)
{
    struct memory_section s = {.name = NULL};
    int64_t week = NOW / (7 * DAY_S) * (7 * DAY_S);
    (void)state;
    memory_note_line(&s, week);
    memory_note_line(&s, week + 2 * DAY_S);
    assert_int_equal(memory_longest_gap(&s), 2 * DAY_S);
    for (int64_t t = week + 2 * DAY_S; t < week + 20 * DAY_S; t += HOUR_S)
        memory_note_line(&s, t);
    assert_int_equal(memory_longest_gap(&s), 2 * DAY_S);
    for (int64_t t = week + 20 * DAY_S; t < week + 30 * DAY_S; t += HOUR_S)
        memory_note_line(&s, t);
    assert_int_equal(memory_longest_gap(&s), HOUR_S);
    memory_note_line(&s, week + DAY_S); /* late: no gap */
    assert_int_equal(memory_longest_gap(&s), HOUR_S);
}

static void two_receivers_within_a_day_prove_an_address_that_nobody_watches(void **state)
{
    static const struct {
        const char *first, *second;
        int64_t apart;
        bool proven;
    } rows[] = {{"gmail", "yahoo", 60, true},
                {"gmail", "yahoo", -60, true},
                {"gmail", "gmail", 60, false},
                {"gmail", "yahoo", DAY_S + 1, false}};
    struct ip ip;
    (void)state;
    assert_true(ip_parse("198.51.100.7", &ip));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct memory m;
        memory_init(&m);
        memory_note_unwatched(&m, &ip, rows[i].first, NOW);
        assert_false(memory_is_unwatched(&m.unwatched[0], NOW));
        memory_note_unwatched(&m, &ip, rows[i].second, NOW + rows[i].apart);
        assert_int_equal(memory_is_unwatched(&m.unwatched[0], NOW), rows[i].proven);
        assert_false(memory_is_unwatched(&m.unwatched[0], NOW + 9 * DAY_S));
        memory_fini(&m);
    }
}

static void more_addresses_than_there_is_room_push_out_the_oldest(void **state)
{
    struct memory m;
    struct ip ip;
    (void)state;
    memory_init(&m);
    for (int i = 0; i < 3 * MEMORY_UNWATCHED; i++) {
        char text[IP_TEXT_MAX];
        snprintf(text, sizeof text, "198.51.100.%d", i);
        assert_true(ip_parse(text, &ip));
        memory_note_unwatched(&m, &ip, "gmail", NOW + i);
    }
    assert_int_equal(m.unwatched_count, MEMORY_UNWATCHED);
    memory_fini(&m);
}

/* ---- bounds ---- */

static void a_flood_of_messages_forgets_the_older_half(void **state)
{
    struct memory m;
    struct ip own = {0};
    (void)state;
    memory_init(&m);
    struct pair *p = memory_pair(&m, &own, "gmail", true);
    for (int i = 0; i < MEMORY_MESSAGES * 2; i++) {
        char id[16];
        int len = snprintf(id, sizeof id, "%d", i);
        const struct pair_message message = {.time = NOW + i, .outcome = PAIR_TAKEN};
        memory_count(&m, p, id, (size_t)len, &message);
    }
    assert_true(m.message_count <= MEMORY_MESSAGES / 4 * 3);
    uint32_t day[PAIR_OUTCOMES];
    pair_last_day(p, NOW + 2 * MEMORY_MESSAGES, day);
    assert_true(day[PAIR_TAKEN] > MEMORY_MESSAGES / 4);
    memory_fini(&m);
}

/* SQLite copies each part that it writes: however much is remembered, none may be large, there
 * must not be more than the store keeps apart (recall.c), and in the order of their names they are
 * what was written. */
static void a_full_memory_is_written_in_small_parts(void **state)
{
    enum { PARTS = 128, PART_BYTES = 200 << 10 };
    struct memory m, back;
    char last[80] = "";
    size_t parts = 1;
    (void)state;
    memory_init(&m);
    for (int i = 0; i < MEMORY_MESSAGES / 4 * 3 - 1; i++) {
        char id[16], receiver[32];
        struct ip own = {0};
        int len = snprintf(id, sizeof id, "%d", i);
        snprintf(receiver, sizeof receiver, "mx%d.example", i % MEMORY_PAIRS);
        struct pair *p = memory_pair(&m, &own, receiver, true);
        int64_t ago = i % 2 ? i % 48 * HOUR_S : 0;
        const struct pair_message message = {.time = NOW - ago, .outcome = PAIR_TAKEN};
        memory_count(&m, p, id, (size_t)len, &message);
    }
    char *text = written(&m, NOW);
    const char *at = text;
    for (const char *next; (next = strstr(at, "\npart ")); at = next + 1) {
        char name[sizeof last];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(next + 6, "\n"), next + 6);
        assert_true(next - at < PART_BYTES);
        assert_true(strcmp(last, name) < 0);
        snprintf(last, sizeof last, "%s", name);
        parts++;
    }
    assert_true(strlen(at) < PART_BYTES);
    assert_in_range(parts, 10, PARTS);
    assert_true(memory_parse(&back, text));
    assert_int_equal(back.pair_count, MEMORY_PAIRS);
    assert_int_equal(back.message_count, m.message_count);
    memory_fini(&m);
    memory_fini(&back);
    free(text);
}

static void more_receivers_than_there_is_room_are_not_told_apart(void **state)
{
    struct memory m;
    struct ip own = {0};
    (void)state;
    memory_init(&m);
    for (int i = 0; i < MEMORY_PAIRS; i++) {
        char name[32];
        snprintf(name, sizeof name, "mx%d.example", i);
        assert_non_null(memory_pair(&m, &own, name, false));
    }
    assert_null(memory_pair(&m, &own, "one.more.example", false));
    assert_non_null(memory_pair(&m, &own, "mx7.example", false));
    memory_fini(&m);
}

/* ---- samples ---- */

static void a_sample_shows_the_reply_and_no_recipient(void **state)
{
    static const struct {
        const char *text, *sample;
    } rows[] = {
        {"550 5.7.1 blocked", "550 5.7.1 blocked"},
        {"host mx.example[198.51.100.1] said: 550-5.7.1 [203.0.113.5] blocked",
         "550-5.7.1 [203.0.113.5] blocked"},
        {"550 <a.b@example.org>: no", "550 <…@…>: no"},
        {"550 a.b@example.org no", "550 …@… no"},
        {"550 mailto:a@example.org no", "550 …@… no"},
        {"550 a%40example.org no", "550 …@… no"},
        {"550 \"a b\"@example.org no", "550 …@… no"},
        {"550 \"a\\\"b\"@example.org no", "550 …@… no"},
        {"550 \"a b\" no", "550 \"a b\" no"},
        {"550 for=a=40example.org no", "550 …@… no"},
        {"550 see https://x.example/?ip=203.0.113.5&code=S3140",
         "550 see https://x.example/?ip=203.0.113.5&code=S3140"},
        {"550 see https://x.example/?to=someone&ip=203.0.113.5",
         "550 see https://x.example/?to=…&ip=203.0.113.5"},
        {"550 see https://x.example/?a%40example.org", "550 see https://x.example/?…"},
        {"550 see https://x.example/u/a@example.org/x", "550 see …"},
        {"after end of data: 421-4.7.28 unusual rate of mail\\n421 4.7.28 slow down",
         "421-4.7.28 unusual rate of mail 421 4.7.28 slow down"},
        {"550-no a.b@example.org\\n550 here\\n", "550-no …@… 550 here "},
        {"550 see \\\\host\\new", "550 see \\\\host\\new"},
        {"550 \033[31mred\007", "550 ?[31mred?"},
    };
    char out[PAIR_SAMPLE + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        heard_sample(rows[i].text, strlen(rows[i].text), out);
        assert_string_equal(out, rows[i].sample);
    }
}

static void a_link_is_kept_without_whom_it_names(void **state)
{
    static const struct {
        const char *url, *kept;
    } rows[] = {
        {"", ""},
        {"https://x.example/case?c=r0601&v=203.0.113.5",
         "https://x.example/case?c=r0601&v=203.0.113.5"},
        {"https://x.example/?ip=203.0.113.5&x=a%40example.org&c=1",
         "https://x.example/?ip=203.0.113.5&c=1"},
        {"https://x.example/?x=a@example.org&c=1", "https://x.example/?c=1"},
        {"https://x.example/?rcpt=someone&ip=203.0.113.5", "https://x.example/?ip=203.0.113.5"},
        {"https://x.example/?To=someone", "https://x.example/"},
        {"https://x.example/u/a@example.org?c=1", ""},
    };
    char out[64], small[16];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        heard_link(rows[i].url, out, sizeof out);
        assert_string_equal(out, rows[i].kept);
    }
    heard_link(rows[1].url, small, sizeof small);
    assert_string_equal(small, "");
}

static void a_long_sample_is_cut_with_a_mark(void **state)
{
    char text[4000], out[PAIR_SAMPLE + 1];
    (void)state;
    memset(text, 0, sizeof text);
    memcpy(text, "550 ", 4);
    for (size_t i = 4; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "ä", 2);
    heard_sample(text, sizeof text - 1, out);
    assert_true(strlen(out) <= PAIR_SAMPLE);
    assert_string_equal(out + strlen(out) - strlen("…"), "…");
    struct buf clean; /* no character is cut in two */
    buf_init(&clean, 2 * PAIR_SAMPLE);
    buf_clean(&clean, out, strlen(out), PAIR_SAMPLE);
    assert_string_equal(buf_text(&clean), out);
    buf_fini(&clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_message_is_known_in_the_next_run),
        cmocka_unit_test(nothing_of_a_message_is_kept),
        cmocka_unit_test(what_is_old_is_forgotten),
        cmocka_unit_test(totals_of_what_is_forgotten_are_kept),
        cmocka_unit_test(bad_texts_give_an_empty_memory),
        cmocka_unit_test(the_longest_gap_is_of_two_weeks),
        cmocka_unit_test(two_receivers_within_a_day_prove_an_address_that_nobody_watches),
        cmocka_unit_test(more_addresses_than_there_is_room_push_out_the_oldest),
        cmocka_unit_test(a_flood_of_messages_forgets_the_older_half),
        cmocka_unit_test(a_full_memory_is_written_in_small_parts),
        cmocka_unit_test(more_receivers_than_there_is_room_are_not_told_apart),
        cmocka_unit_test(a_sample_shows_the_reply_and_no_recipient),
        cmocka_unit_test(a_link_is_kept_without_whom_it_names),
        cmocka_unit_test(a_long_sample_is_cut_with_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
