/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/source.h"
#include "source/ptr/ptr_answer.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- names ---- */

static void knows_generic_names(void **state)
{
    (void)state;
    static const struct {
        const char *ip, *name;
        bool generic;
    } rows[] = {
        {"203.0.113.5", "mx1.example.org", false},
        {"203.0.113.5", "mail5.example.org", false},
        {"203.0.113.5", "example.org", false},
        {"203.0.113.5", "", false},
        {"203.0.113.5", "static.example.org", false},
        {"203.0.113.5", "mx.dsl.example", false}, /* the registered domain is not looked at */
        {"203.0.113.5", "mx.pool.example", false},
        {"203.0.113.5", "mx2.host7.example.org", false},
        {"203.0.113.5", "203-0-113-5.example.net", true},
        {"203.0.113.5", "5.113.0.203.example.net", true},
        {"203.0.113.5", "x5-113-0.example.net", true},
        {"203.0.113.5", "ip203.0.113.5.example.net", true},
        {"203.0.113.5", "203000113005.example.net", true},
        {"203.0.113.5", "005113000203.example.net", true},
        {"203.0.113.5", "cb007105.example.net", true},
        {"203.0.113.5", "static-113-5.example.net", true},
        {"203.0.113.5", "host5.example.net", true},
        {"203.0.113.5", "host6.example.net", false},
        {"203.0.113.5", "p4fd.dip.pool.example.net", true},
        {"203.0.113.5", "mail.dsl.example.net", true},
        {"203.0.113.5", "dyn-7.example.net", true},
        {"203.0.113.5", "dynamo.example.net", false}, /* a word, not part of one */
        {"203.0.113.5", "203.113.example.net", false},
        {"2001:db8::5", "mx1.example.org", false},
        {"2001:db8::5", "2001-db8--5.example.net", true},
        {"2001:db8:1:2:3:4:5:6", "x.3-4-5-6.example.net", true},
        {"2001:db8:1:2:3:4:5:6", "0003000400050006.example.net", true},
        {"2001:db8:1:2:3:4:5:6", "6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.example.net", true},
        {"2001:db8:1:2:3:4:5:6", "mx5.example.net", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        assert_true(ip_parse(rows[i].ip, &ip));
        if (ptr_is_generic(rows[i].name, &ip) != rows[i].generic)
            fail_msg("%s for %s: %s expected", rows[i].name, rows[i].ip,
                     rows[i].generic ? "generic" : "own");
    }
}

static void more_than_half_at_once_is_the_resolver(void **state)
{
    (void)state;
    static const struct {
        size_t judged, turned;
        bool mass;
    } rows[] = {{1, 1, false}, {2, 2, false}, {3, 3, true},  {5, 3, true},
                {6, 3, false}, {9, 0, false}, {10, 6, true}, {100, 50, false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(ptr_is_mass_loss(rows[i].judged, rows[i].turned), rows[i].mass);
}

static void judges_names_forward_look_ups_and_helo(void **state)
{
    (void)state;
    static const struct {
        const char *helo;
        struct {
            const char *name;
            enum ptr_forward forward;
            enum cause cause;
        } names[3];
        size_t more;
        const char *answers; /* NULL: nothing is proven */
        enum cause cause;
        const char *detail; /* part of it */
    } rows[] = {
        {NULL, {{"mx1.example.org", PTR_CONFIRMED, 0}}, 0, "confirmed", 0, "PTR mx1.example.org"},
        {"MX1.example.org", {{"mx1.example.org", PTR_CONFIRMED, 0}}, 0, "confirmed", 0, "PTR"},
        {"mail.example.org",
         {{"mx1.example.org", PTR_CONFIRMED, 0}},
         0,
         "mismatch",
         0,
         "none is the HELO name mail.example.org"},
        {NULL,
         {{"mx1.example.org", PTR_DENIED, 0}},
         0,
         "mismatch",
         0,
         "does not resolve back to the address: PTR mx1.example.org"},
        {NULL, {{"", PTR_DENIED, 0}}, 0, "mismatch", 0, "an empty name"},
        {NULL, {{"mx1.example.org", PTR_OPEN, CAUSE_TIMEOUT}}, 0, NULL, CAUSE_TIMEOUT, ""},
        {NULL,
         {{"a.example.org", PTR_CONFIRMED, 0}, {"b.example.org", PTR_OPEN, CAUSE_SERVFAIL}},
         0,
         NULL,
         CAUSE_SERVFAIL,
         ""},
        {NULL,
         {{"a.example.org", PTR_DENIED, 0}, {"b.example.org", PTR_OPEN, CAUSE_SERVFAIL}},
         0,
         "mismatch",
         0,
         "could not be looked up: PTR b.example.org"},
        {NULL,
         {{"a.example.org", PTR_CONFIRMED, 0}, {"b.example.org", PTR_CONFIRMED, 0}},
         0,
         "confirmed",
         0,
         "2 PTR records, one is enough"},
        {NULL,
         {{"a.example.org", PTR_CONFIRMED, 0}, {"b.example.org", PTR_DENIED, 0}},
         0,
         "mismatch",
         0,
         "PTR b.example.org"},
        {NULL,
         {{"203-0-113-5.example.net", PTR_CONFIRMED, 0}},
         0,
         "generic",
         0,
         "the provider gives to every address"},
        {NULL, {{"203-0-113-5.example.net", PTR_DENIED, 0}}, 0, "generic mismatch", 0, "PTR"},
        {NULL,
         {{"203-0-113-5.example.net", PTR_CONFIRMED, 0}, {"mx.example.org", PTR_CONFIRMED, 0}},
         0,
         "confirmed",
         0,
         "2 PTR records"},
        /* the expected name may be among those that were not looked at */
        {"z.example.org",
         {{"a.example.org", PTR_CONFIRMED, 0}},
         9,
         "confirmed",
         0,
         "9 more PTR records were not checked"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct ptr_name names[3];
        struct ptr_facts f = {.helo = rows[i].helo, .names = names};
        for (; f.count < 3 && rows[i].names[f.count].name; f.count++) {
            struct ptr_name *n = &names[f.count];
            snprintf(n->name, sizeof n->name, "%s", rows[i].names[f.count].name);
            n->forward = rows[i].names[f.count].forward;
            n->cause = rows[i].names[f.count].cause;
        }
        f.total = f.count + rows[i].more;
        ip_parse("203.0.113.5", &f.ip);
        char answers[PTR_ANSWERS_MAX];
        struct buf detail;
        buf_init(&detail, 4096);
        enum cause cause = ptr_judge(&f, answers, &detail);
        assert_int_equal(cause, rows[i].answers ? CAUSE_NONE : rows[i].cause);
        if (rows[i].answers)
            assert_string_equal(answers, rows[i].answers);
        if (!strstr(buf_text(&detail), rows[i].detail))
            fail_msg("row %zu: \"%s\" is not in \"%s\"", i, rows[i].detail, buf_text(&detail));
        buf_fini(&detail);
    }
}

/* ---- the source, with a world in its hand ---- */

struct fact {
    const char *name; /* NULL: end */
    uint16_t type;
    const char *answers[3];                                    /* none: a negative answer */
    enum { FINE_SOA = 0, NO_SOA, SERVFAIL, SILENT, ONCE } how; /* ONCE: negative the first time */
};

struct world {
    struct conf conf;
    struct inventory inv;
    struct results *results;
    const struct fact *facts;
    unsigned asked[64]; /* of each fact */
    bool known;         /* the state remembers every cell as confirmed */
};

static bool remembers(void *ctx, size_t row, size_t column)
{
    (void)row;
    (void)column;
    return ((struct world *)ctx)->known;
}

static bool differs(void *ctx, size_t row, size_t column, const char *answers)
{
    (void)row;
    (void)column;
    return !((struct world *)ctx)->known || strcmp(answers, "confirmed") != 0;
}

static void answer(struct world *w, void *s, const struct request *r)
{
    struct dns_record records[3] = {0};
    struct dns_answer dns = {.rcode = DNS_NXDOMAIN, .soa = true, .records = records};
    struct reply reply = {.how = REPLY_ANSWERED, .dns = &dns, .sent = 1};
    for (size_t i = 0; w->facts[i].name; i++) {
        const struct fact *f = &w->facts[i];
        if (strcmp(f->name, r->name) != 0 || f->type != r->type)
            continue;
        bool hidden = w->asked[i]++ == 0 && f->how == ONCE;
        for (; dns.count < 3 && f->answers[dns.count] && !hidden; dns.count++) {
            struct dns_record *one = &records[dns.count];
            if (r->type == DNS_PTR)
                *one = (struct dns_record){.text = f->answers[dns.count],
                                           .len = strlen(f->answers[dns.count])};
            else
                assert_true(ip_parse(f->answers[dns.count], &one->ip));
        }
        dns.rcode = f->how == SERVFAIL ? DNS_SERVFAIL : dns.count ? DNS_NOERROR : DNS_NXDOMAIN;
        dns.soa = !dns.count && f->how != NO_SOA && f->how != SERVFAIL;
        if (f->how == SILENT)
            reply = (struct reply){.how = REPLY_TIMEOUT, .sent = 2};
    }
    source_ptr.reply(s, r, &reply);
}

/* Asks with up to `window` questions open at a time. */
static void ask_all(struct world *w, size_t window)
{
    struct error err = {0};
    struct source_env env = {.conf = &w->conf,
                             .inventory = &w->inv,
                             .results = w->results,
                             .columns = 1,
                             .now = 1000,
                             .is_known = remembers,
                             .is_news = differs,
                             .ctx = w};
    source_ptr.describe(&w->conf, 0, results_column(w->results, 0));
    void *s = source_ptr.open(&w->conf, &env, &err);
    struct request *open = calloc(window, sizeof *open);
    size_t count = 0;
    for (unsigned turns = 0;; turns++) {
        int64_t wake = 0;
        assert_true(turns < 10000);
        enum next next = count < window ? source_ptr.next(s, 0, 0, &open[count], &wake) : NEXT_WAIT;
        if (next == NEXT_REQUEST) {
            count++;
            continue;
        }
        if (count == 0) {
            assert_int_equal(next, NEXT_DONE);
            break;
        }
        struct request first = open[0];
        memmove(open, open + 1, --count * sizeof *open);
        answer(w, s, &first);
    }
    source_ptr.finish(s);
    source_ptr.close(s);
    free(open);
}

static void begin(struct world *w, const char *blocks, const struct fact *facts)
{
    *w = (struct world){.facts = facts};
    conf_init(&w->conf);
    inventory_init(&w->inv);
    char text[256], *save = NULL;
    snprintf(text, sizeof text, "%s", blocks);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        struct cidr c;
        assert_true(cidr_parse(word, &c, NULL));
        const struct inventory_line line = {.flags = strchr(word, '/') ? 0 : TARGET_SINGLY,
                                            .max = 4096};
        assert_true(inventory_add(&w->inv, &c, &line, NULL));
    }
    inventory_finish(&w->inv);
    w->results = results_new(w->inv.count, 1);
}

static void end(struct world *w)
{
    results_free(w->results);
    inventory_fini(&w->inv);
    conf_fini(&w->conf);
}

static const char *said(struct world *w, const char *ip)
{
    struct ip parsed;
    assert_true(ip_parse(ip, &parsed));
    ptrdiff_t row = inventory_find(&w->inv, &parsed);
    assert_true(row >= 0);
    struct outcome o = results_effective(w->results, (size_t)row, 0);
    return o.cause == CAUSE_NONE ? o.answers : cause_word(o.cause);
}

#define REV(n) #n ".2.0.192.in-addr.arpa"

static void says_what_each_address_deserves(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {REV(1), DNS_PTR, {"mx1.example.org"}, 0},
        {"mx1.example.org", DNS_A, {"192.0.2.1", "198.51.100.1"}, 0},
        {REV(2), DNS_PTR, {"mx2.example.org"}, 0},
        {"mx2.example.org", DNS_A, {"192.0.2.3"}, 0},
        {REV(4), DNS_PTR, {NULL}, NO_SOA},
        {REV(5), DNS_PTR, {NULL}, SERVFAIL},
        {REV(6), DNS_PTR, {NULL}, SILENT},
        {REV(7), DNS_PTR, {"mx7.example.org"}, 0},
        {"mx7.example.org", DNS_A, {NULL}, SILENT},
        {REV(8), DNS_PTR, {"mx8.example.org"}, 0},
        {"mx8.example.org", DNS_A, {NULL}, NO_SOA},
        {REV(9), DNS_PTR, {"mx9.example.org"}, ONCE},
        {"mx9.example.org", DNS_A, {"192.0.2.9"}, 0},
        {REV(10), DNS_PTR, {"bad name?", "mx10.example.org"}, 0},
        {"mx10.example.org", DNS_A, {"192.0.2.10"}, 0},
        {"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
         DNS_PTR,
         {"mx1.example.org"},
         0},
        {"mx1.example.org", DNS_AAAA, {"2001:db8::5"}, 0},
        {NULL, 0, {NULL}, 0},
    };
    static const struct {
        const char *ip, *said;
    } rows[] = {
        {"192.0.2.1", "confirmed"},   {"192.0.2.2", "mismatch"},
        {"192.0.2.3", "missing"},     {"192.0.2.4", "unproven"},
        {"192.0.2.5", "servfail"},    {"192.0.2.6", "timeout"},
        {"192.0.2.7", "timeout"},     {"192.0.2.8", "unproven"},
        {"192.0.2.9", "confirmed"},   {"192.0.2.10", "mismatch"},
        {"2001:db8::5", "confirmed"}, {"2001:db8:1::", "not-applicable"},
    };
    for (size_t window = 1; window <= 64; window *= 4) {
        struct world w;
        begin(&w,
              "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 "
              "192.0.2.9 192.0.2.10 2001:db8::5 2001:db8:1::/64",
              facts);
        ask_all(&w, window);
        for (size_t i = 0; i < COUNT(rows); i++) {
            if (strcmp(said(&w, rows[i].ip), rows[i].said) != 0)
                fail_msg("%s: %s instead of %s", rows[i].ip, said(&w, rows[i].ip), rows[i].said);
        }
        end(&w);
    }
}

static void one_negative_answer_is_not_missing(void **state)
{
    (void)state;
    static const struct fact facts[] = {{REV(1), DNS_PTR, {NULL}, 0}, {NULL, 0, {NULL}, 0}};
    struct world w;
    begin(&w, "192.0.2.1", facts);
    ask_all(&w, 8);
    assert_string_equal(said(&w, "192.0.2.1"), "missing");
    assert_int_equal(w.asked[0], 2);
    end(&w);
}

static void unused_addresses_of_a_block_stay_quiet(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {REV(0), DNS_PTR, {"192-0-2-0.example.net"}, 0},
        {"192-0-2-0.example.net", DNS_A, {"192.0.2.0"}, 0},
        {REV(1), DNS_PTR, {"mx1.example.org"}, 0},
        {"mx1.example.org", DNS_A, {"192.0.2.1"}, 0},
        {REV(2), DNS_PTR, {"mx2.example.org"}, 0},
        {NULL, 0, {NULL}, 0},
    };
    struct world w;
    begin(&w, "192.0.2.0/29 192.0.2.5", facts);
    ask_all(&w, 8);
    assert_string_equal(said(&w, "192.0.2.0"), "not-applicable"); /* the provider's own name */
    assert_string_equal(said(&w, "192.0.2.1"), "confirmed");
    assert_string_equal(said(&w, "192.0.2.2"), "mismatch");
    assert_string_equal(said(&w, "192.0.2.3"), "not-applicable");
    assert_string_equal(said(&w, "192.0.2.5"), "missing");
    assert_int_equal(results_column(w.results, 0)->health, HEALTH_OK);
    end(&w);

    begin(&w, "192.0.2.0/29", facts);
    w.conf.ptr.use = PTR_ALL;
    ask_all(&w, 8);
    assert_string_equal(said(&w, "192.0.2.0"), "generic");
    assert_string_equal(said(&w, "192.0.2.3"), "missing");
    end(&w);

    begin(&w, "192.0.2.0/29", facts);
    w.known = true; /* each once had a name */
    ask_all(&w, 8);
    assert_string_equal(said(&w, "192.0.2.0"), "generic");
    assert_string_equal(said(&w, "192.0.2.3"), "untrusted"); /* five of eight at once */
    end(&w);
}

static void most_names_gone_at_once_is_the_resolver(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {REV(1), DNS_PTR, {"mx1.example.org"}, 0},
        {"mx1.example.org", DNS_A, {"192.0.2.1"}, 0},
        {NULL, 0, {NULL}, 0},
    };
    struct world w;
    begin(&w, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4", facts);
    w.known = true;
    ask_all(&w, 8);
    assert_string_equal(said(&w, "192.0.2.2"), "untrusted");
    assert_string_equal(said(&w, "192.0.2.1"), "confirmed");
    assert_int_equal(results_column(w.results, 0)->health, HEALTH_UNTRUSTED);
    end(&w);

    /* Never had one: nothing vanished, all of them are findings. */
    begin(&w, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4", facts);
    ask_all(&w, 8);
    assert_string_equal(said(&w, "192.0.2.4"), "missing");
    assert_int_equal(results_column(w.results, 0)->health, HEALTH_OK);
    end(&w);
}

static void words_give_levels_and_states(void **state)
{
    (void)state;
    static const struct {
        const char *answers, *word;
        enum level level;
        size_t codes;
    } rows[] = {
        {"confirmed", "confirmed", LEVEL_OK, 0},
        {"missing", "missing", LEVEL_CRITICAL, 1},
        {"mismatch", "mismatch", LEVEL_WARNING, 1},
        {"generic", "generic", LEVEL_INFO, 1},
        {"generic mismatch", "mismatch", LEVEL_WARNING, 2},
        {"nonsense", "", LEVEL_UNKNOWN, 0},
        {"mismatched", "", LEVEL_UNKNOWN, 0},
    };
    struct conf conf;
    conf_init(&conf);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verdict v;
        source_ptr.explain(&conf, 0, rows[i].answers, &v);
        assert_int_equal(v.level, rows[i].level);
        assert_string_equal(v.state, rows[i].word);
        assert_int_equal(v.code_count, rows[i].codes);
        assert_int_equal(source_ptr.clean(&conf, 0, rows[i].answers), i == 0);
    }
    conf_fini(&conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_generic_names),
        cmocka_unit_test(more_than_half_at_once_is_the_resolver),
        cmocka_unit_test(judges_names_forward_look_ups_and_helo),
        cmocka_unit_test(says_what_each_address_deserves),
        cmocka_unit_test(one_negative_answer_is_not_missing),
        cmocka_unit_test(unused_addresses_of_a_block_stay_quiet),
        cmocka_unit_test(most_names_gone_at_once_is_the_resolver),
        cmocka_unit_test(words_give_levels_and_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
