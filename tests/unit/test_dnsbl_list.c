/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/dnsbl_list.h"
#include "repmon/public_resolver.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY "abcdefghijklmnopqrstuvwxyz"

static struct catalogue catalogue;

struct world {
    struct conf conf;
    struct dnsbl_lists lists;
    struct error err;
    bool ok;
};

/* Builds from configuration text and at most two --list choices; a key is set afterwards, because
 * key files are the configuration's business. */
static struct world build(const char *text, const char *keyed, const char *key, const char *zone1,
                          const char *zone2)
{
    struct world w = {0};
    struct errors errors = {0}, warnings = {0};
    if (!conf_parse("/x/repmon.conf", text, strlen(text), &w.conf, &errors, &warnings))
        fail_msg("%s", errors.items[0].text);
    errors_fini(&errors);
    errors_fini(&warnings);
    for (size_t i = 0; keyed && i < w.conf.dnsbl_count; i++) {
        struct secret *s = &w.conf.dnsbls[i].key;
        if (strcmp(w.conf.dnsbls[i].zone, keyed) == 0) {
            s->wanted = true;
            s->text = key ? strdup(key) : NULL;
        }
    }
    const char *zones[] = {zone1, zone2};
    w.ok =
        dnsbl_lists_build(&catalogue, &w.conf, zones, zone1 ? zone2 ? 2 : 1 : 0, &w.lists, &w.err);
    return w;
}

static void drop(struct world *w)
{
    dnsbl_lists_fini(&w->lists);
    conf_fini(&w->conf);
}

static const struct dnsbl_list *get(const struct world *w, const char *zone)
{
    if (!w->ok)
        fail_msg("%s", w->err.text);
    const struct dnsbl_list *list = dnsbl_lists_find(&w->lists, zone);
    if (!list)
        fail_msg("%s is missing", zone);
    return list;
}

static void the_default_set_is_asked_without_configuration(void **state)
{
    (void)state;
    struct world w = build("", NULL, NULL, NULL, NULL);
    const struct dnsbl_list *zen = get(&w, "zen.spamhaus.org");
    assert_int_equal(zen->state, LIST_ON);
    assert_string_equal(zen->family[0].suffix, "zen.spamhaus.org");
    assert_string_equal(zen->family[1].suffix, "zen.spamhaus.org");
    assert_true(zen->family[1].on && zen->unit6 == 64);
    assert_true(zen->rate > 19.9 && zen->rate < 20.1);
    assert_int_equal(zen->budget, 150000);
    assert_false(zen->off_when_not_served);
    assert_non_null(strstr(zen->cure, "Data Query Service"));
    assert_true(zen->valid_for_ms > 0);
    assert_true(get(&w, "b.barracudacentral.org")->off_when_not_served);
    assert_non_null(strstr(get(&w, "b.barracudacentral.org")->cure, "https://www.barracuda"));
    assert_true(get(&w, "bl.spamcop.net")->budget == UINT64_MAX);
    const struct dnsbl_list *sem = get(&w, "bl.spameatingmonkey.net");
    assert_true(sem->rate > 2.4 && sem->rate < 2.6);
    assert_string_equal(sem->family[1].suffix, "bl.ipv6.spameatingmonkey.net");
    assert_int_equal(get(&w, "sbl.spamhaus.org")->state, LIST_NOT_CHOSEN);
    assert_int_equal(w.lists.count, 17);
    assert_int_equal(w.lists.total, catalogue.list_count);
    for (size_t i = 0; i < w.lists.total; i++)
        assert_int_equal(w.lists.items[i].state == LIST_ON, i < w.lists.count);
    assert_int_equal(w.lists.note_count, 0);
    drop(&w);
}

static void use_and_sections_choose(void **state)
{
    (void)state;
    struct world w = build("[dnsbl]\nuse = none\n", NULL, NULL, NULL, NULL);
    assert_true(w.ok && w.lists.count == 0);
    drop(&w);

    w = build(
        "[dnsbl]\nuse = none\n[dnsbl \"psbl.surriel.com\"]\nrate = 50\nbudget = 7\nevery = 2h\n",
        NULL, NULL, NULL, NULL);
    const struct dnsbl_list *psbl = get(&w, "psbl.surriel.com");
    assert_int_equal(w.lists.count, 1);
    assert_true(psbl->rate > 49.9 && psbl->budget == 7 && psbl->every_ms == 7200000);
    drop(&w);

    w = build("[dnsbl]\nuse = all\n", NULL, NULL, NULL, NULL);
    assert_int_equal(get(&w, "truncate.gbudb.net")->state, LIST_ON);
    assert_int_equal(get(&w, "zen.dq.spamhaus.net")->state, LIST_NO_KEY);
    assert_int_equal(get(&w, "sbl.spamhaus.org")->state, LIST_REPLACED);
    assert_int_equal(get(&w, "z.mailspike.net")->state, LIST_REPLACED);
    assert_int_equal(get(&w, "bl.ipv6.spameatingmonkey.net")->state, LIST_REPLACED);
    assert_int_equal(w.lists.note_count, 0);
    for (size_t i = 0; i < w.lists.count; i++)
        assert_int_equal(w.lists.items[i].state, LIST_ON); /* keyless ones are no columns */
    drop(&w);

    w = build("[dnsbl \"bl.spamcop.net\"]\nseverity = off\n", NULL, NULL, NULL, NULL);
    assert_int_equal(get(&w, "bl.spamcop.net")->state, LIST_DISABLED);
    assert_int_equal(w.lists.count, 16);
    drop(&w);
}

static void a_key_becomes_part_of_the_name_and_replaces_the_open_list(void **state)
{
    (void)state;
    static const char dqs[] = "[dnsbl \"zen.dq.spamhaus.net\"]\n";
    struct world w = build(dqs, "zen.dq.spamhaus.net", KEY, NULL, NULL);
    const struct dnsbl_list *list = get(&w, "zen.dq.spamhaus.net");
    assert_int_equal(list->state, LIST_ON);
    assert_string_equal(list->family[0].suffix, KEY ".zen.dq.spamhaus.net");
    assert_int_equal(list->family[0].key_len, strlen(KEY));
    assert_string_equal(list->zone, "zen.dq.spamhaus.net");
    assert_int_equal(get(&w, "zen.spamhaus.org")->state, LIST_REPLACED);
    assert_non_null(strstr(get(&w, "zen.spamhaus.org")->why_off, "zen.dq.spamhaus.net"));
    drop(&w);

    /* without the key the open one stays */
    w = build(dqs, NULL, NULL, NULL, NULL);
    list = get(&w, "zen.dq.spamhaus.net");
    assert_int_equal(list->state, LIST_NO_KEY);
    assert_non_null(strstr(list->why_off, "needs a key"));
    assert_int_equal(get(&w, "zen.spamhaus.org")->state, LIST_ON);
    assert_int_equal(w.lists.count, 18); /* it was named: it is a column that says why it is off */
    drop(&w);

    w = build(dqs, "zen.dq.spamhaus.net", NULL, NULL, NULL);
    assert_non_null(strstr(get(&w, "zen.dq.spamhaus.net")->why_off, "can't be read"));
    drop(&w);

    /* an own list may have one too */
    w = build("[dnsbl \"bl.internal.example\"]\n", "bl.internal.example", "k1", NULL, NULL);
    assert_string_equal(get(&w, "bl.internal.example")->family[0].suffix, "k1.bl.internal.example");
    drop(&w);
}

static void a_bad_key_is_an_error_that_does_not_show_it(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "two.labels",
        "SECRET with blank",
        "-SECRET",
        "SECRET-",
        "SECRET\n",
        "SECRET\xc3\xa9",
        "SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRET"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct world w = build("\n\n[dnsbl \"zen.dq.spamhaus.net\"]\n", "zen.dq.spamhaus.net",
                               bad[i], NULL, NULL);
        assert_false(w.ok);
        assert_int_equal(w.err.class, ERR_CONFIG);
        assert_int_equal(w.err.line, 3);
        assert_string_equal(w.err.file, "/x/repmon.conf");
        assert_non_null(strstr(w.err.text, "zen.dq.spamhaus.net"));
        assert_null(strstr(w.err.text, "SECRET"));
        assert_null(w.lists.items);
        drop(&w);
    }
}

static void the_whole_name_fits(void **state)
{
    (void)state;
    char text[400], zone[200] = "";
    for (int i = 0; i < 3; i++)
        strcat(zone, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee.");
    strcat(zone, "example.org"); /* 149 octets; with the address, the key and two dots: 254 */
    snprintf(text, sizeof text, "[dnsbl \"%s\"]\n", zone);
    struct world w = build(text, zone, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", NULL, NULL);
    assert_false(w.ok);
    assert_non_null(strstr(w.err.text, "too long"));
    assert_null(strstr(w.err.text, "kkk"));
    drop(&w);
    w = build(text, zone, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", NULL, NULL);
    const struct dnsbl_list *list = get(&w, zone);
    assert_int_equal(IP_REVERSE_MAX + strlen(list->family[1].suffix), 253);
    drop(&w);
}

static void own_lists_have_plain_defaults(void **state)
{
    (void)state;
    struct world w = build("[dnsbl \"bl.internal.example\"]\n", NULL, NULL, NULL, NULL);
    const struct dnsbl_list *list = get(&w, "bl.internal.example");
    assert_int_equal(list->state, LIST_ON);
    assert_int_equal(list->kind, LIST_BLOCK);
    assert_int_equal(list->severity, SEV_MAJOR);
    assert_int_equal(list->families, FAMILY_4);
    assert_true(list->rate == 0 && list->budget == UINT64_MAX);
    assert_true(list->family[0].on && !list->family[1].on);
    assert_int_equal(ip_v4(&list->family[0].listed), 0x7f000002);
    assert_int_equal(ip_v4(&list->family[0].clean), 0x7f000001);
    assert_int_equal(list->family[0].expect_count, 0);
    assert_false(list->in_catalogue);
    assert_string_equal(list->cure, "");
    drop(&w);

    w = build("[dnsbl \"a.example\"]\nkind = allow\ntest = none\nfamilies = 4 6\n"
              "zone6 = six.a.example\nurl = https://a.example/?q={ip}\n"
              "[dnsbl \"b.example\"]\ntest = 10.9.8.7\n[dnsbl \"c.example\"]\nkind = score\n"
              "families = both\n",
              NULL, NULL, NULL, NULL);
    list = get(&w, "a.example");
    assert_int_equal(list->severity, SEV_MINOR);
    assert_false(list->family[0].has_listed || list->family[1].has_listed);
    assert_true(list->family[1].on && list->family[0].has_clean);
    assert_string_equal(list->family[1].suffix, "six.a.example");
    assert_string_equal(list->lookup_url, "https://a.example/?q={ip}");
    assert_int_equal(ip_v4(&get(&w, "b.example")->family[0].listed), 0x0a090807);
    assert_false(get(&w, "c.example")->family[0].has_listed);
    assert_true(get(&w, "c.example")->score_octet && get(&w, "c.example")->family[1].on);
    drop(&w);
}

static void severity_replaces_that_of_the_catalogues_codes(void **state)
{
    (void)state;
    struct world w = build("[dnsbl \"zen.spamhaus.org\"]\nseverity = minor\n"
                           "code = 127.0.0.10 PBL info\n",
                           NULL, NULL, NULL, NULL);
    const struct dnsbl_list *zen = get(&w, "zen.spamhaus.org");
    assert_int_equal(zen->severity, SEV_MINOR);
    assert_int_equal(zen->own_code_count, 1);
    assert_int_equal(zen->codes[0].severity, SEV_INFO);
    for (size_t i = 1; i < zen->code_count; i++)
        assert_int_equal(zen->codes[i].severity, SEV_MINOR);
    assert_int_equal(catalogue_find(&catalogue, zen->zone)->codes[0].severity, SEV_CRITICAL);
    drop(&w);
}

static struct target target_of(const char *text)
{
    struct target t = {.prefix = 128};
    if (!ip_parse(text, &t.ip))
        t.ip = ip_of_name(text);
    return t;
}

static void a_list_says_something_of_its_own_kind_only(void **state)
{
    (void)state;
    struct world w =
        build("[dnsbl \"dbl.lab\"]\ndomains = yes\n[dnsbl \"bl.lab\"]\n", NULL, NULL, NULL, NULL);
    const struct dnsbl_list *own = get(&w, "dbl.lab"), *dbl = get(&w, "dbl.spamhaus.org");
    struct target domain = target_of("example.org"), ip = target_of("203.0.113.5");
    struct target hidden = target_of("192.168.1.25"), net = target_of("2001:db8::");
    net.prefix = 64;
    assert_true(own->domains && dbl->domains && own->families == 0);
    assert_string_equal(ip_name(&own->family[0].listed), "test");
    assert_string_equal(ip_name(&own->family[0].clean), "invalid");
    assert_string_equal(ip_name(&dbl->family[0].listed), "dbltest.com");
    assert_true(dnsbl_list_applies(own, &domain) && dnsbl_list_applies(dbl, &domain));
    assert_true(dnsbl_list_applies(dbl, &ip)); /* by its reverse name */
    assert_false(dnsbl_list_applies(dbl, &net));
    assert_false(dnsbl_list_applies(dbl, &hidden));
    assert_true(dnsbl_list_applies(own, &hidden));
    assert_false(dnsbl_list_applies(get(&w, "bl.lab"), &domain));
    assert_false(dnsbl_list_applies(get(&w, "zen.spamhaus.org"), &domain));
    char name[254];
    memset(name, 'a', sizeof name);
    for (size_t i = 63; i < sizeof name; i += 64)
        name[i] = '.';
    name[253 - sizeof "dbl.lab"] = '\0';
    struct target fits = target_of(name);
    assert_true(dnsbl_list_applies(own, &fits));
    assert_false(dnsbl_list_applies(dbl, &fits));
    drop(&w);
}

static void dead_and_domain_zones_are_skipped_and_said(void **state)
{
    (void)state;
    static const char text[] = "[dnsbl \"dnsbl.sorbs.net\"]\n[dnsbl \"ebl.msbl.org\"]\n";
    struct world w = build(text, NULL, NULL, NULL, NULL);
    assert_true(w.ok);
    assert_int_equal(w.lists.note_count, 2);
    assert_non_null(strstr(w.lists.notes[0], "dnsbl.sorbs.net is skipped: dead since 2024-06-05"));
    assert_non_null(strstr(w.lists.notes[1], "ebl.msbl.org is skipped: it is of no use here"));
    assert_null(dnsbl_lists_find(&w.lists, "dnsbl.sorbs.net"));
    drop(&w);

    w = build("[dnsbl \"dbl.suomispam.net\"]\ndomains = yes\n", NULL, NULL, NULL, NULL);
    assert_true(get(&w, "dbl.suomispam.net")->state == LIST_ON && w.lists.note_count == 0);
    drop(&w);

    w = build("[dnsbl \"dnsbl.sorbs.net\"]\nforce = yes\n", NULL, NULL, NULL, NULL);
    assert_int_equal(get(&w, "dnsbl.sorbs.net")->state, LIST_ON);
    drop(&w);
    w = build("[dnsbl \"dnsbl.sorbs.net\"]\nforce = yes\n", NULL, NULL, "dnsbl.sorbs.net", NULL);
    assert_int_equal(w.lists.count, 1);
    drop(&w);
}

static void replaced_lists_stay_when_forced_or_named(void **state)
{
    (void)state;
    struct world w =
        build("[dnsbl \"xbl.spamhaus.org\"]\n[dnsbl \"pbl.spamhaus.org\"]\nforce = yes\n", NULL,
              NULL, NULL, NULL);
    assert_int_equal(get(&w, "xbl.spamhaus.org")->state, LIST_REPLACED);
    assert_int_equal(get(&w, "pbl.spamhaus.org")->state, LIST_ON);
    assert_int_equal(w.lists.note_count, 1);
    assert_non_null(
        strstr(w.lists.notes[0], "xbl.spamhaus.org is not queried: it is contained in"));
    drop(&w);

    w = build("", NULL, NULL, "zen.spamhaus.org", "SBL.spamhaus.org.");
    assert_int_equal(w.lists.count, 2);
    assert_int_equal(get(&w, "sbl.spamhaus.org")->state, LIST_ON);
    drop(&w);
}

static void a_named_list_is_asked_alone_or_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *error; /* error NULL: fine */
    } rows[] = {
        {"zen.spamhaus.org", NULL},
        {"ZEN.SPAMHAUS.ORG.", NULL},
        {"truncate.gbudb.net", NULL},
        {"bl.internal.example", NULL},
        {"zen.spamhaus.orf", "did you mean zen.spamhaus.org?"},
        {"spamcop", "did you mean bl.spamcop.net?"},
        {"bl.internal.exampel", "did you mean bl.internal.example?"},
        {"nothing.like.any.of.them", NULL},
        {"Dnsbl.Example.ORG.", NULL},
        {"zen.dq.spamhaus.org", "did you mean zen.dq.spamhaus.net?"},
        {"zen.spamhuas.org", "did you mean zen.spamhaus.org?"},
        {"no name at all", "nor a domain name"},
        {"nothinglikeanyofthem", "nor a domain name"},
        {"", "no such list"},
        {"x\n\x1b[31my", "--list x??[31my: no such list"},
        {"ix.dnsbl.manitu.net", "dead since 2025-01-16"},
        {"l1.spews.dnsbl.sorbs.net", "dead since 2024-06-05 (timeout): All SORBS"},
        {"multi.surbl.org", NULL},
        {"ebl.msbl.org", "it is of no use here"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w = build("[dnsbl \"bl.internal.example\"]\n", NULL, NULL, rows[i].zone, NULL);
        assert_int_equal(w.ok, rows[i].error == NULL);
        if (w.ok) {
            assert_int_equal(w.lists.count, 1);
        } else {
            assert_int_equal(w.err.class, ERR_USAGE);
            if (!strstr(w.err.text, rows[i].error))
                fail_msg("\"%s\" lacks \"%s\"", w.err.text, rows[i].error);
        }
        drop(&w);
    }
    struct world w = build("", NULL, NULL, "combined.mail.abusix.zone", NULL);
    assert_int_equal(w.lists.count, 1);
    assert_int_equal(w.lists.items[0].state, LIST_NO_KEY);
    drop(&w);
}

/* A catalogue of somebody else's must not end with everything off. */
static void lists_that_replace_each_other_are_not_both_off(void **state)
{
    (void)state;
    char text[4096] = "{\"version\": 1, \"as_of\": \"x\", \"lists\": [";
    for (int i = 0; i < 3; i++)
        sprintf(text + strlen(text),
                "%s{\"zone\": \"l%d.example\", \"name\": \"N\", \"operator\": \"O\", \"kind\": "
                "\"block\", \"severity\": \"major\", \"families\": [4], \"unit6\": 128, "
                "\"default\": true, \"status\": \"alive\", \"confidence\": \"high\", \"codes\": [],"
                " \"errors\": [], \"test\": {\"4\": {}}, \"needs_key\": false, "
                "\"needs_registration\": false, \"replaces\": [\"l%d.example\"]}",
                i ? "," : "", i, (i + 1) % 3);
    strcat(text, "]}");
    struct catalogue circle;
    struct error err = {0};
    struct conf conf;
    struct dnsbl_lists lists;
    conf_init(&conf);
    if (!catalogue_parse("circle", text, strlen(text), &circle, &err) ||
        !dnsbl_lists_build(&circle, &conf, NULL, 0, &lists, &err))
        fail_msg("%s", err.text);
    assert_int_equal(lists.count, 1);
    dnsbl_lists_fini(&lists);
    catalogue_fini(&circle);
    conf_fini(&conf);
}

static void pages_take_the_address(void **state)
{
    (void)state;
    static const struct {
        const char *page, *ip, *url;
    } rows[] = {
        {"https://a.example/?ip={ip}", "203.0.113.5", "https://a.example/?ip=203.0.113.5"},
        {"https://a.example/{ip}/{ip}%20", "2001:db8::5",
         "https://a.example/2001:db8::5/2001:db8::5%20"},
        {"https://a.example/", "203.0.113.5", "https://a.example/"},
        {"", "203.0.113.5", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        struct buf out;
        assert_true(ip_parse(rows[i].ip, &ip));
        buf_init(&out, 1024);
        dnsbl_list_url(rows[i].page, &ip, &out);
        assert_string_equal(buf_text(&out), rows[i].url);
        buf_fini(&out);
    }
}

static void public_resolvers_are_known_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *ip, *name;
    } rows[] = {
        {"8.8.8.8", "Google Public DNS"},
        {"2001:4860:4860::8844", "Google Public DNS"},
        {"1.1.1.1", "Cloudflare"},
        {"2606:4700:4700::1111", "Cloudflare"},
        {"9.9.9.9", "Quad9"},
        {"149.112.112.112", "Quad9"},
        {"2620:fe::fe", "Quad9"},
        {"208.67.222.222", "OpenDNS"},
        {"2620:119:35::35", "OpenDNS"},
        {"127.0.0.1", NULL},
        {"192.168.1.1", NULL},
        {"8.8.8.9", NULL},
        {"::1", NULL},
        {"2a00::53", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        assert_true(ip_parse(rows[i].ip, &ip));
        const char *name = public_resolver_name(&ip);
        assert_int_equal(name != NULL, rows[i].name != NULL);
        if (name)
            assert_string_equal(name, rows[i].name);
    }
}

static int set_up(void **state)
{
    (void)state;
    return catalogue_load(NULL, &catalogue, NULL) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    catalogue_fini(&catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_set_is_asked_without_configuration),
        cmocka_unit_test(use_and_sections_choose),
        cmocka_unit_test(a_key_becomes_part_of_the_name_and_replaces_the_open_list),
        cmocka_unit_test(a_bad_key_is_an_error_that_does_not_show_it),
        cmocka_unit_test(the_whole_name_fits),
        cmocka_unit_test(own_lists_have_plain_defaults),
        cmocka_unit_test(severity_replaces_that_of_the_catalogues_codes),
        cmocka_unit_test(a_list_says_something_of_its_own_kind_only),
        cmocka_unit_test(dead_and_domain_zones_are_skipped_and_said),
        cmocka_unit_test(replaced_lists_stay_when_forced_or_named),
        cmocka_unit_test(a_named_list_is_asked_alone_or_refused_with_a_reason),
        cmocka_unit_test(lists_that_replace_each_other_are_not_both_off),
        cmocka_unit_test(pages_take_the_address),
        cmocka_unit_test(public_resolvers_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
