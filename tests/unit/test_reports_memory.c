/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/reports/reports_memory.h"

#include <stdio.h>
#include <stdlib.h>

#define TODAY 20783

static char *written(const struct reports_memory *m)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    reports_memory_format(m, &out);
    return buf_take(&out);
}

static void fill(struct reports_memory *m)
{
    struct ip own, other;
    assert_true(ip_parse("203.0.113.5", &own));
    assert_true(ip_parse("2001:db8::5", &other));
    reports_memory_init(m);
    struct reports_section *s = reports_section_of(m, "inbox");
    for (size_t i = 0; i < REPORTS_KINDS; i++)
        s->tally.kinds[i] = i;
    s->tally.proofs[REPORT_PROVEN] = 7;
    s->tally.last_read = s->tally.first_read = 1795723305;
    s->said_unproven = s->said_unwatched = true;
    s->tally.unwatched = 3;
    snprintf(s->tally.unwatched_domain, sizeof s->tally.unwatched_domain, "example.net");
    s->tally.trouble_since = 1795723305;
    snprintf(s->tally.trouble, sizeof s->tally.trouble, "/var/mail/reports: Permission denied");
    for (int i = 0; i < 6; i++) {
        struct reports_bad bad = {.time = 1795723305 + i, .name = "1795723453.dd2435"};
        snprintf(bad.problem, sizeof bad.problem, "it is cut off (%d)", i);
        reports_section_add_bad(&s->tally, &bad);
    }
    m->days.closed = TODAY - 4;
    const struct dmarc_counts counts = {100, 20, 3, 4};
    dmarc_day_add(dmarc_day_of(&m->days, &own, TODAY - 5), "google.com", true, &counts);
    dmarc_day_add(dmarc_day_of(&m->days, &own, TODAY - 5), "Some Org, Inc.", false, &counts);
    dmarc_day_add_from(dmarc_day_of(&m->days, &own, TODAY - 5), "news.example.org", &counts);
    dmarc_day_add_from(dmarc_day_of(&m->days, &own, TODAY - 5), "example.org", &counts);
    dmarc_day_add(dmarc_day_of(&m->days, &other, TODAY), "google.com", true, &counts);
    m->days.items[0].judged = true;
    m->days.items[0].found = DMARC_FAILING;
    *dmarc_address_of(&m->days, &own) = (struct dmarc_address){
        own, DMARC_FAILING, TODAY - 5, TODAY - 5, TODAY - 5, 1, DMARC_ALIGNED, false};
    struct complaint_pair *p = complaint_pair_of(&m->complaints, &own, "yahoo");
    complaint_day_of(p, TODAY - 1)->complaints = 3;
    complaint_day_of(p, TODAY)->complaints = 1;
    p->state = COMPLAINTS_HIGH;
    p->since = p->last_bad = TODAY - 1;
    const struct ip unknown = {0};
    complaint_day_of(complaint_pair_of(&m->complaints, &unknown, "gmail"), TODAY)->complaints = 9;
    dmarc_domain_note(&m->senders, "example.org", TODAY);
    dmarc_selector_note(&m->senders, "example.org", "s1", TODAY);
    const struct dmarc_stranger stranger = {"example.org", other, 5, 6, TODAY};
    dmarc_stranger_note(&m->senders, &stranger);
    for (uint64_t i = 1; i < 2000; i++) {
        taken_add(&m->names, i * 0x9e3779b97f4a7c15u, TODAY);
        taken_add(&m->reports, i * 0xc2b2ae3d27d4eb4fu, TODAY - (int64_t)(i % 50));
    }
}

static int by_line(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The lines of a text, sorted: hash tables need not keep their order. */
static char *sorted(const char *text)
{
    char *copy = mem_dup(text);
    char **lines = mem_array(strlen(text) + 1, sizeof *lines);
    size_t count = 0;
    struct buf out;
    buf_init(&out, 1u << 20);
    for (char *save = NULL, *line = strtok_r(copy, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        lines[count++] = line;
    qsort(lines, count, sizeof *lines, by_line);
    for (size_t i = 0; i < count; i++)
        buf_fmt(&out, "%s\n", lines[i]);
    free(lines);
    free(copy);
    return buf_take(&out);
}

static void what_was_written_is_read_back(void **state)
{
    struct reports_memory m, read;
    (void)state;
    fill(&m);
    char *first = written(&m);
    assert_true(reports_memory_parse(&read, first));
    char *second = written(&read);
    char *a = sorted(first), *b = sorted(second);
    assert_string_equal(a, b);
    assert_true(dmarc_selector_is_known(&read.senders, "example.org", "s1"));
    assert_false(dmarc_selector_is_known(&m.senders, "example.org", "s1")); /* not yet */
    assert_int_equal(read.names.count, 1999);
    for (uint64_t i = 1; i < 2000; i++)
        assert_non_null(taken_find(&read.names, i * 0x9e3779b97f4a7c15u));
    assert_null(taken_find(&read.names, 42));
    free(a), free(b), free(first), free(second);
    reports_memory_fini(&m);
    reports_memory_fini(&read);
}

/* A state may be damaged anywhere: it is read as it was or as nothing, and never runs wild. */
static void a_damaged_text_is_refused_or_read(void **state)
{
    struct reports_memory m, read;
    (void)state;
    fill(&m);
    taken_fini(&m.names);
    taken_fini(&m.reports);
    char *text = written(&m);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        static const char wild[] = {' ', '-', '9', 'x', '\n'};
        for (size_t k = 0; k < sizeof wild; k++) {
            char was = text[i];
            text[i] = wild[k];
            reports_memory_parse(&read, text);
            reports_memory_forget(&read, TODAY);
            reports_memory_fini(&read);
            text[i] = was;
        }
        char was = text[i];
        text[i] = '\0';
        reports_memory_parse(&read, text);
        reports_memory_fini(&read);
        text[i] = was;
    }
    free(text);
    reports_memory_fini(&m);
}

static void what_is_of_another_program_is_nothing(void **state)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "reports 1\n",
                                        "log 2\nkey 00\n",
                                        "reports 2\nnonsense\n",
                                        "reports 2\nby 0 1 1 1 1 x\n",
                                        "reports 2\non 5 5\n",
                                        "reports 2\nbad 5 x y\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct reports_memory m;
        assert_false(reports_memory_parse(&m, texts[i]));
        assert_int_equal(m.section_count, 0);
        reports_memory_fini(&m);
    }
}

static void what_is_old_is_forgotten(void **state)
{
    struct reports_memory m;
    (void)state;
    fill(&m);
    reports_memory_forget(&m, TODAY);
    assert_int_equal(m.names.count, 1999);
    assert_true(m.reports.count < 1999 && m.reports.count > 1500);
    reports_memory_forget(&m, TODAY + 100);
    assert_int_equal(m.names.count + m.reports.count + m.days.count, 0);
    assert_int_equal(m.senders.selector_count + m.senders.stranger_count, 0);
    assert_int_equal(m.complaints.count, 1); /* a finding is believed until it lapses */
    assert_int_equal(m.section_count, 1);
    reports_memory_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_damaged_text_is_refused_or_read),
        cmocka_unit_test(what_is_of_another_program_is_nothing),
        cmocka_unit_test(what_is_old_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
