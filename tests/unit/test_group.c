/* SPDX-License-Identifier: ISC */
#include "judge_kit.h"

static size_t codes_of(void *ctx, const struct change *c, const char *answers,
                       struct code out[static LIMIT_CODES])
{
    (void)ctx, (void)c;
    size_t n = 0;
    for (const char *at = answers; *at && n < LIMIT_CODES;) {
        size_t len = strcspn(at, " ");
        out[n] = (struct code){.name = "CODE", .meaning = "a code", .severity = SEV_MAJOR};
        memcpy(out[n++].answer, at, len < 23 ? len : 23);
        at += len + strspn(at + len, " ");
    }
    return n;
}

static const char *state_of(void *ctx, const struct change *c)
{
    (void)ctx;
    return c->answers[0] ? "listed" : "not-listed";
}

static bool url_of(void *ctx, const struct change *c, struct buf *out)
{
    (void)ctx;
    char text[IP_TEXT_MAX] = "";
    if (c->ip.family)
        ip_format(&c->ip, text);
    return buf_fmt(out, "https://%s/%s", c->list, text);
}

static const char *advice_of(void *ctx, const struct change *c)
{
    (void)ctx, (void)c;
    return "do something";
}

static bool is_score(void *ctx, const struct change *c)
{
    (void)ctx;
    return strncmp(c->list, "score", 5) == 0;
}

static enum severity severity_of(void *ctx, const struct change *c)
{
    (void)ctx;
    return strncmp(c->list, "critical", 8) == 0 ? SEV_CRITICAL : SEV_MAJOR;
}

static const struct describe_ops ops = {.codes = codes_of,
                                        .state = state_of,
                                        .url = url_of,
                                        .severity = severity_of,
                                        .advice = advice_of,
                                        .by_level = is_score};

static struct change listed(const char *ip, const char *list, const char *answers)
{
    struct change c = {.source = "dnsbl",
                       .kind = CHANGE_LISTED,
                       .list = list,
                       .prefix = 32,
                       .label = "mx",
                       .from = LEVEL_OK,
                       .to = LEVEL_CRITICAL,
                       .answers_from = "",
                       .answers = answers,
                       .detail = "",
                       .since = T0};
    assert_true(ip_parse(ip, &c.ip));
    if (c.ip.family == 6)
        c.prefix = 128;
    return c;
}

static struct change of_list(enum change_kind kind, const char *list, enum level to)
{
    return (struct change){.source = "dnsbl",
                           .kind = kind,
                           .list = list,
                           .of_list = true,
                           .label = "",
                           .from = LEVEL_OK,
                           .to = to,
                           .answers_from = "",
                           .answers = "",
                           .cause = CAUSE_NOT_SERVED,
                           .detail = "register",
                           .since = T0,
                           .count = 9};
}

/* "203.0.113.5-203.0.113.7,203.0.113.9" and what was left out. */
static void ranges_text(const struct entry *e, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < e->range_count; i++) {
        char first[IP_TEXT_MAX], last[IP_TEXT_MAX];
        ip_format(&e->ranges[i].first, first);
        ip_format(&e->ranges[i].last, last);
        bool one = strcmp(first, last) == 0;
        len += (size_t)snprintf(text + len, size - len, "%s%s%s%s", i ? "," : "", first,
                                one ? "" : "-", one ? "" : last);
        if (e->ranges[i].prefix == 64)
            len += (size_t)snprintf(text + len, size - len, "/64");
    }
}

static void addresses_become_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *in[6];
        uint8_t prefix; /* 0: by family */
        const char *out;
        uint32_t count;
    } rows[] = {
        {{"203.0.113.5"}, 0, "203.0.113.5", 1},
        {{"203.0.113.7", "203.0.113.5", "203.0.113.6"}, 0, "203.0.113.5-203.0.113.7", 3},
        {{"203.0.113.5", "203.0.113.7"}, 0, "203.0.113.5,203.0.113.7", 2},
        {{"203.0.113.5", "203.0.113.5"}, 0, "203.0.113.5", 1},
        {{"203.0.113.255", "203.0.114.0"}, 0, "203.0.113.255-203.0.114.0", 2},
        {{"255.255.255.255", "::1"}, 0, "255.255.255.255,::1", 2},
        {{"2001:db8::5", "2001:db8::6"}, 0, "2001:db8::5-2001:db8::6", 2},
        {{"2001:db8::5", "2001:db8::9", "2001:db8::a", "2001:db8:0:1::1"},
         0,
         "2001:db8::/64,2001:db8:0:1::1",
         4},
        {{"2001:db8::", "2001:db8:0:1::", "2001:db8:0:3::"},
         64,
         "2001:db8::-2001:db8:0:1::/64,2001:db8:0:3::/64",
         3},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct change changes[6];
        size_t n = 0;
        for (; n < 6 && rows[i].in[n]; n++) {
            changes[n] = listed(rows[i].in[n], "bl.example", "127.0.0.2");
            changes[n].prefix = rows[i].prefix ? rows[i].prefix : changes[n].prefix;
        }
        struct entries e;
        group_changes(changes, n, &ops, &e);
        assert_int_equal(e.count, 1);
        char text[400];
        ranges_text(&e.items[0], text, sizeof text);
        assert_string_equal(text, rows[i].out);
        assert_int_equal(e.items[0].count, rows[i].count);
        assert_int_equal(e.items[0].more, 0);
        entries_fini(&e);
    }
}

static void a_whole_range_is_one_entry(void **state)
{
    (void)state;
    enum { N = 65536 };
    struct change *changes = mem_array(N, sizeof *changes);
    for (uint32_t i = 0; i < N; i++) {
        changes[i] = listed("10.0.0.0", "bl.example", "127.0.0.2");
        changes[i].ip = ip_from_v4(0x0a000000 + (i * 40503u) % N); /* in no order */
    }
    struct entries e;
    group_changes(changes, N, &ops, &e);
    assert_int_equal(e.count, 1);
    char text[400];
    ranges_text(&e.items[0], text, sizeof text);
    assert_string_equal(text, "10.0.0.0-10.0.255.255");
    assert_int_equal(e.items[0].count, N);
    assert_string_equal(e.items[0].url, "https://bl.example/"); /* of no single address */
    assert_string_equal(e.items[0].label, "");
    entries_fini(&e);
    free(changes);
}

static void addresses_beyond_the_cap_are_counted(void **state)
{
    (void)state;
    enum { N = 250 };
    struct change changes[N];
    for (uint32_t i = 0; i < N; i++) {
        changes[i] = listed("10.0.0.0", "bl.example", "127.0.0.2");
        changes[i].ip = ip_from_v4(0x0a000000 + 2 * i);
    }
    struct entries e;
    group_changes(changes, N, &ops, &e);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.items[0].range_count, LIMIT_ENTRY_ADDRESSES);
    assert_int_equal(e.items[0].count, N);
    assert_int_equal(e.items[0].more, N - LIMIT_ENTRY_ADDRESSES);
    entries_fini(&e);
}

static void what_differs_is_apart(void **state)
{
    (void)state;
    struct change base = listed("203.0.113.5", "bl.example", "127.0.0.2");
    struct change codes = base, list = base, level = base, kind = base, from = base;
    codes.answers = "127.0.0.3";
    list.list = "other.example";
    level.to = LEVEL_WARNING;
    kind.kind = CHANGE_CHANGED;
    from.from = LEVEL_UNKNOWN;
    const struct change all[] = {base, codes, list, level, kind, from};
    struct entries e;
    group_changes(all, COUNT(all), &ops, &e);
    assert_int_equal(e.count, COUNT(all));
    entries_fini(&e);

    struct change scores[] = {listed("203.0.113.5", "score.example", "s40"),
                              listed("203.0.113.6", "score.example", "s45")};
    group_changes(scores, 2, &ops, &e);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.items[0].count, 2);
    entries_fini(&e);
}

static void the_worst_comes_first_then_kind_list_address(void **state)
{
    (void)state;
    struct change mild = listed("203.0.113.1", "a.example", "127.0.0.10");
    mild.to = LEVEL_WARNING;
    struct change gone = listed("203.0.113.1", "a.example", "");
    gone.kind = CHANGE_DELISTED;
    gone.from = LEVEL_CRITICAL;
    gone.to = LEVEL_OK;
    const struct change all[] = {
        mild,
        of_list(CHANGE_BLIND, "c.example", LEVEL_CRITICAL),
        gone,
        listed("203.0.113.9", "b.example", "127.0.0.2"),
        listed("203.0.113.8", "b.example", "127.0.0.9"),
        listed("203.0.113.7", "a.example", "127.0.0.2"),
        of_list(CHANGE_EXPIRING, "a.example", LEVEL_WARNING),
    };
    static const size_t order[] = {5, 4, 3, 1, 0, 6, 2};
    /* Every rotation of the input gives the same result. */
    for (size_t turn = 0; turn < COUNT(all); turn++) {
        struct change turned[COUNT(all)];
        for (size_t i = 0; i < COUNT(all); i++)
            turned[i] = all[(i + turn) % COUNT(all)];
        struct entries e;
        group_changes(turned, COUNT(all), &ops, &e);
        assert_int_equal(e.count, COUNT(all));
        for (size_t i = 0; i < COUNT(all); i++) {
            assert_int_equal(e.items[i].kind, all[order[i]].kind);
            assert_string_equal(e.items[i].list, all[order[i]].list);
            if (!e.items[i].of_list)
                assert_int_equal(ip_cmp(&e.items[i].ranges[0].first, &all[order[i]].ip), 0);
        }
        entries_fini(&e);
    }
}

static void an_entry_says_everything(void **state)
{
    (void)state;
    struct change c = listed("203.0.113.5", "bl.example", "127.0.0.2 127.0.0.3");
    c.kind = CHANGE_WORSENED;
    c.answers_from = "127.0.0.10";
    c.detail = "spam was seen";
    struct entries e;
    group_changes(&c, 1, &ops, &e);
    const struct entry *out = &e.items[0];
    assert_int_equal(out->code_count, 2);
    assert_string_equal(out->codes[1].answer, "127.0.0.3");
    assert_string_equal(out->codes[1].name, "CODE");
    assert_int_equal(out->code_from_count, 1);
    assert_string_equal(out->codes_from[0].answer, "127.0.0.10");
    assert_string_equal(out->state, "listed");
    assert_string_equal(out->url, "https://bl.example/203.0.113.5");
    assert_string_equal(out->advice, "do something");
    assert_string_equal(out->reason, "spam was seen");
    assert_string_equal(out->label, "mx");
    assert_int_equal(out->since, T0);
    assert_int_equal(out->severity_level, LEVEL_CRITICAL);
    entries_fini(&e);

    c = of_list(CHANGE_BLIND, "bl.example", LEVEL_WARNING);
    group_changes(&c, 1, &ops, &e);
    assert_true(e.items[0].of_list);
    assert_int_equal(e.items[0].count, 9);
    assert_int_equal(e.items[0].range_count, 0);
    assert_int_equal(e.items[0].cause, CAUSE_NOT_SERVED);
    assert_string_equal(e.items[0].reason, "register");
    entries_fini(&e);

    c = listed("203.0.113.5", "gone.example", "");
    c.kind = CHANGE_RETIRED;
    c.from = c.to = LEVEL_UNKNOWN; /* its list is gone: nobody may filter it away */
    group_changes(&c, 1, &ops, &e);
    assert_int_equal(e.items[0].severity_level, LEVEL_WARNING);
    entries_fini(&e);
}

static void no_entry_is_cut_before_a_channel_chose(void **state)
{
    (void)state;
    enum { N = LIMIT_DIGEST_ENTRIES + 7 };
    static char names[N][16];
    struct change changes[2 * N];
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "l%02zu.example", i);
        changes[2 * i] = listed("203.0.113.5", names[i], "127.0.0.2");
        changes[2 * i + 1] = listed("203.0.113.6", names[i], "127.0.0.2");
    }
    struct entries e;
    group_changes(changes, COUNT(changes), &ops, &e);
    assert_int_equal(e.count, N);
    assert_string_equal(e.items[N - 1].list, names[N - 1]);
    entries_fini(&e);
    group_changes(NULL, 0, &ops, &e);
    assert_int_equal(e.count, 0);
    entries_fini(&e);
}

static void what_is_true_now_and_severe_comes_first(void **state)
{
    (void)state;
    struct change changes[] = {
        listed("203.0.113.5", "a.example", "127.0.0.2"),
        listed("203.0.113.5", "critical.example", "127.0.0.2"),
        listed("203.0.113.5", "b.example", "127.0.0.2"),
        listed("203.0.113.5", "critical.gone.example", ""),
        listed("203.0.113.5", "critical.minor.example", "127.0.0.2"),
    };
    changes[3].kind = CHANGE_DELISTED;
    changes[3].from = LEVEL_CRITICAL;
    changes[3].to = LEVEL_OK;
    changes[4].to = LEVEL_WARNING;
    static const char *const wanted[] = {"critical.example", "a.example", "b.example",
                                         "critical.minor.example", "critical.gone.example"};
    struct entries e;
    group_changes(changes, COUNT(changes), &ops, &e);
    assert_int_equal(e.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_string_equal(e.items[i].list, wanted[i]);
    assert_int_equal(e.items[4].severity_level, LEVEL_CRITICAL); /* who heard of it hears its end */
    entries_fini(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_become_ranges),
        cmocka_unit_test(what_is_true_now_and_severe_comes_first),
        cmocka_unit_test(a_whole_range_is_one_entry),
        cmocka_unit_test(addresses_beyond_the_cap_are_counted),
        cmocka_unit_test(what_differs_is_apart),
        cmocka_unit_test(the_worst_comes_first_then_kind_list_address),
        cmocka_unit_test(an_entry_says_everything),
        cmocka_unit_test(no_entry_is_cut_before_a_channel_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
