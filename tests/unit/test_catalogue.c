/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/catalogue.h"
#include "repmon/conf.h"
#include "repmon/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct catalogue builtin(void)
{
    struct catalogue c;
    struct error err = {0};
    if (!catalogue_load(NULL, &c, &err))
        fail_msg("%s: %s", err.file, err.text);
    return c;
}

static void the_built_in_catalogue_is_whole(void **state)
{
    (void)state;
    struct catalogue c = builtin();
    assert_int_equal(c.list_count, 81);
    assert_int_equal(c.dead_count, 75);
    assert_int_equal(c.domain_only_count, 27);
    assert_true(c.no_dns_count >= 5);
    assert_string_equal(c.as_of, "2026-11");

    const struct catalogue_list *zen = catalogue_find(&c, "ZEN.spamhaus.org.");
    assert_non_null(zen);
    assert_string_equal(zen->name, "Spamhaus ZEN");
    assert_int_equal(zen->kind, LIST_BLOCK);
    assert_int_equal(zen->severity, SEV_CRITICAL);
    assert_int_equal(zen->families, FAMILY_4 | FAMILY_6);
    assert_int_equal(zen->unit6, 64);
    assert_int_equal(zen->daily, 300000);
    assert_int_equal(zen->public_resolver, TRI_NO);
    assert_int_equal(zen->code_count, 9);
    assert_string_equal(zen->codes[0].name, "DROP");
    assert_int_equal(zen->codes[0].score, -1);
    assert_int_equal(zen->replace_count, 3);
    assert_true(zen->listed[0].known && ip_v4(&zen->listed[0].ip) == 0x7f000002);
    assert_int_equal(zen->listed[1].ip.family, 6);
    assert_true(zen->clean[0].known && ip_v4(&zen->clean[0].ip) == 0x7f000001);

    const struct catalogue_list *hostkarma = catalogue_find(&c, "hostkarma.junkemailfilter.com");
    assert_false(hostkarma->clean[0].known);
    assert_int_equal(hostkarma->kind, LIST_SCORE);
    assert_true(catalogue_find(&c, "score.senderscore.com")->score_octet);
    assert_true(catalogue_find(&c, "bl.spameatingmonkey.net")->rate > 4.9);
    assert_string_equal(catalogue_find(&c, "bl.spameatingmonkey.net")->zone6,
                        "bl.ipv6.spameatingmonkey.net");
    assert_null(zen->zone6);
    assert_null(catalogue_find(&c, "spamhaus.org"));
    catalogue_fini(&c);
}

/* What was measured by others up to November 2026. */
static void the_built_in_catalogue_is_of_today(void **state)
{
    (void)state;
    struct catalogue c = builtin();
    const struct catalogue_list *hetzner = catalogue_find(&c, "rbl.your-server.de");
    assert_non_null(hetzner);
    assert_int_equal(hetzner->severity, SEV_MAJOR);
    assert_false(hetzner->in_default);
    assert_false(catalogue_find(&c, "bl.score.senderscore.com")->in_default);
    assert_string_equal(catalogue_find(&c, "truncate.gbudb.net")->status, "alive");
    assert_non_null(catalogue_find(&c, "spam.dnsbl.anonmails.de"));
    assert_false(catalogue_find(&c, "blacklist.woody.ch")->listed[0].known);
    assert_true(catalogue_find(&c, "dnsbl.spfbl.net")->listed[0].known);
    static const struct {
        const char *zone, *behaviour;
    } dead[] = {{"dnsbl.sorbs.net", "timeout"},
                {"sbl.spamdown.org", "parked"},
                {"ubl.unsubscore.com", "timeout"},
                {"rhsbl.rfc-clueless.org", "empty"},
                {"spamsources.dnsbl.info", "wildcard"}};
    for (size_t i = 0; i < COUNT(dead); i++)
        assert_string_equal(catalogue_find_dead(&c, dead[i].zone)->behaviour, dead[i].behaviour);
    assert_true(catalogue_is_domain_only(&c, "ebl.msbl.org"));
    catalogue_fini(&c);
}

static void the_default_set_needs_no_key_and_holds_what_the_contract_names(void **state)
{
    (void)state;
    static const char *const always[] = {"zen.spamhaus.org", "b.barracudacentral.org",
                                         "bl.spamcop.net"};
    struct catalogue c = builtin();
    size_t count = 0;
    for (size_t i = 0; i < c.list_count; i++) {
        count += c.lists[i].in_default;
        if (c.lists[i].in_default && (c.lists[i].needs_key || strcmp(c.lists[i].status, "alive")))
            fail_msg("%s does not belong there", c.lists[i].zone);
    }
    assert_in_range(count, 12, 18);
    for (size_t i = 0; i < COUNT(always); i++)
        assert_true(catalogue_find(&c, always[i])->in_default);
    catalogue_fini(&c);
}

static void dead_and_domain_zones_are_known_with_what_is_below(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *since; /* since NULL: not dead */
    } rows[] = {
        {"dnsbl.sorbs.net", "2024-06-05"},
        {"sorbs.net", "2024-06-05"},
        {"L1.SPEWS.dnsbl.sorbs.net.", "2024-06-05"},
        {"notsorbs.net", NULL},
        {"ix.dnsbl.manitu.net", "2025-01-16"},
        {"x.ix.dnsbl.manitu.net", NULL},
        {"zen.spamhaus.org", NULL},
        {"net", NULL},
        {"", NULL},
    };
    struct catalogue c = builtin();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct catalogue_dead *dead = catalogue_find_dead(&c, rows[i].zone);
        assert_int_equal(dead != NULL, rows[i].since != NULL);
        if (dead)
            assert_string_equal(dead->since, rows[i].since);
    }
    assert_true(catalogue_is_domain_only(&c, "zrd.spamhaus.org"));
    assert_true(catalogue_is_domain_only(&c, "Black.URIBL.com"));
    assert_false(catalogue_is_domain_only(&c, "zen.spamhaus.org"));
    for (size_t i = 0; i < c.list_count; i++) {
        if (catalogue_find_dead(&c, c.lists[i].zone) ||
            catalogue_is_domain_only(&c, c.lists[i].zone))
            fail_msg("%s is both alive and not", c.lists[i].zone);
    }
    catalogue_fini(&c);
}

/* A small whole catalogue; each row below breaks one thing in it. */
static const char sound[] =
    "{\"version\": 1, \"as_of\": \"2026-10\", \"lists\": [\n"
    "{\"zone\": \"bl.example\", \"name\": \"B\", \"operator\": \"O\", \"kind\": \"block\","
    " \"severity\": \"major\", \"families\": [4], \"unit6\": 128, \"default\": false,"
    " \"status\": \"alive\", \"confidence\": \"high\","
    " \"codes\": [{\"match\": \"127.0.0.2\", \"name\": \"X\", \"severity\": \"major\"}],"
    " \"errors\": [{\"match\": \"127.255.255.0/24\", \"meaning\": \"no\"}],"
    " \"test\": {\"4\": {\"listed\": \"127.0.0.2\", \"answers\": [\"127.0.0.2\"],"
    " \"clean\": null}}, \"rate\": 5, \"daily\": 100, \"needs_key\": false,"
    " \"needs_registration\": false, \"lookup_url\": \"https://example.org/?{ip}\"}],\n"
    " \"dead\": [{\"zone\": \"d.example\", \"suffix\": true, \"since\": \"2020\","
    " \"behaviour\": \"empty\"}], \"domain_only\": [\"n.example\"],"
    " \"no_dns\": [{\"name\": \"N\", \"url\": \"https://example.org/\"}]}";

static char *with(const char *from, const char *to)
{
    const char *at = strstr(sound, from);
    if (!at)
        fail_msg("\"%s\" is not in the sample", from);
    char *out = malloc(sizeof sound + strlen(to));
    sprintf(out, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
    return out;
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } rows[] = {
        {"\"zone\"", "\"zona\"", "lists[0]: \"zona\" is not a key here"},
        {"\"zone\": \"bl.example\"", "\"zone\": \"BL.example\"", "lists[0].zone: must be a domain"},
        {"\"zone\": \"bl.example\"", "\"zone\": \"bl.example.\"", "lists[0].zone: must be a dom"},
        {"\"zone\": \"bl.example\"", "\"zone\": \"bl..example\"", "lists[0].zone: must be a dom"},
        {"\"zone\": \"bl.example\"", "\"zone\": 4", "lists[0].zone: must be a dom"},
        {"\"name\": \"B\"", "\"name\": \"\"", "lists[0].name: must not be empty"},
        {"\"name\": \"B\"", "\"name\": \"a\\nb\"", "lists[0].name: has control characters"},
        {"\"name\": \"B\"", "\"name\": \"\\u202eB\"", "lists[0].name: has control characters"},
        {"\"name\": \"B\",", "", "lists[0].name: is missing"},
        {"\"name\": \"B\",", "\"name\": \"B\", \"name\": \"C\",", "duplicate object key"},
        {"\"block\"", "\"blok\"", "lists[0].kind: must be block, allow or score"},
        {"\"severity\": \"major\"", "\"severity\": \"bad\"", "lists[0].severity: must be critical"},
        {"[4]", "[5]", "lists[0] (bl.example): families must be 4 or 6"},
        {"[4]", "[]", "lists[0] (bl.example): families is empty"},
        {"[4]", "[4, 4, 4]", "families: has more than 2"},
        {"[4]", "[4, 6]", "lists[0] (bl.example).test: must have one entry for each"},
        {"128", "96", "lists[0] (bl.example): unit6 must be 64 or 128"},
        {"128", "\"128\"", "lists[0].unit6: must be a whole number"},
        {"\"default\": false", "\"default\": 0", "lists[0].default: must be true or false"},
        {"[{\"match\": \"127.0.0.2\"", "[{\"match\": \"127.0.0.300\"",
         "lists[0] (bl.example).codes[0].match: not an answer pattern"},
        {"\"name\": \"X\",", "\"name\": \"X\", \"score\": 101,",
         ".codes[0].score: must be a whole"},
        {"\"name\": \"X\",", "\"name\": \"X\", \"score\": -1,", ".codes[0].score: must be a whole"},
        {"\"meaning\": \"no\"", "\"meaning\": 7", ".errors[0].meaning: must be text"},
        {"\"errors\": [{", "\"errors\": [0, {", ".errors[0]: must be an object"},
        {"\"errors\": [", "\"error\": [", "\"error\" is not a key here"},
        {"{\"4\": {", "{\"5\": {", ".test: \"5\" is not a key here"},
        {"\"listed\": \"127.0.0.2\"", "\"listed\": \"::1\"", ".test.4: a test address must be one"},
        {"\"listed\": \"127.0.0.2\"", "\"listed\": \"mx\"", ".test.4: a test address must be one"},
        {"[\"127.0.0.2\"]", "[\"x\"]", ".test.4: answers[0] is not an answer pattern"},
        {"\"rate\": 5", "\"rate\": 0", "lists[0].rate: must be a number above 0"},
        {"\"rate\": 5", "\"rate\": -1.5", "lists[0].rate: must be a number above 0"},
        {"\"rate\": 5", "\"rate\": \"5/s\"", "lists[0].rate: must be a number above 0"},
        {"\"daily\": 100", "\"daily\": 1.5", "lists[0].daily: must be a whole number"},
        {"\"daily\": 100", "\"daily\": -3", "lists[0].daily: must be a whole number"},
        {"https://example.org/?{ip}", "javascript:x", "lists[0].lookup_url: must be an http"},
        {"https://example.org/?{ip}", "https://a b", "lists[0].lookup_url: must be an http"},
        {"\"suffix\": true", "\"suffix\": null", "dead[0].suffix: is missing"},
        {"\"n.example\"", "\"n example\"", "domain_only[0]: must be a domain name"},
        {"\"n.example\"", "{}", "domain_only[0]: must be a domain name"},
        {"\"version\": 1", "\"version\": 2", "version must be 1"},
        {"\"version\": 1,", "", "version: is missing"},
        {"\"lists\": [\n{", "\"lists\": {\"a\": {", ""},
        {"\"2026-10\"", "\"2026-10", ""},
        {"\"as_of\"", "\"\\u0000\"", ""},
    };
    struct catalogue c;
    struct error err = {0};
    if (!catalogue_parse("sound", sound, strlen(sound), &c, &err))
        fail_msg("%s", err.text);
    catalogue_fini(&c);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = with(rows[i].from, rows[i].to);
        err = (struct error){0};
        if (catalogue_parse("f.json", text, strlen(text), &c, &err))
            fail_msg("taken: %s -> %s", rows[i].from, rows[i].to);
        assert_int_equal(err.class, ERR_CONFIG);
        assert_string_equal(err.file, "f.json");
        if (!strstr(err.text, rows[i].error))
            fail_msg("\"%s\" lacks \"%s\"", err.text, rows[i].error);
        assert_null(c.root);
        free(text);
    }
}

static void refuses_a_zone_named_twice(void **state)
{
    (void)state;
    const char *first = strstr(sound, "{\"zone\": \"bl"), *end = strstr(sound, "],\n \"dead\"");
    char text[2 * sizeof sound];
    sprintf(text, "%.*s,%.*s%s", (int)(end - sound), sound, (int)(end - first), first, end);
    struct catalogue c;
    struct error err = {0};
    assert_false(catalogue_parse("f", text, strlen(text), &c, &err));
    assert_non_null(strstr(err.text, "lists[1] (bl.example): the zone is in the catalogue twice"));
}

static void reads_a_file_within_its_limit(void **state)
{
    (void)state;
    char path[] = "/tmp/test_catalogue_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, sound, strlen(sound)), strlen(sound));
    struct catalogue c;
    struct error err = {0};
    assert_true(catalogue_load(path, &c, &err));
    assert_int_equal(c.list_count, 1);
    assert_null(c.lists[0].zone6);
    assert_string_equal(c.lists[0].advice, "");
    assert_false(c.lists[0].clean[0].known);
    assert_int_equal(c.lists[0].public_resolver, TRI_UNKNOWN);
    catalogue_fini(&c);

    assert_int_equal(ftruncate(fd, LIMIT_CATALOGUE + 1), 0);
    assert_false(catalogue_load(path, &c, &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_non_null(strstr(err.text, "more than"));
    close(fd);
    unlink(path);

    err = (struct error){0};
    assert_false(catalogue_load(path, &c, &err));
    assert_int_equal(err.class, ERR_INPUT);
    err = (struct error){0};
    assert_false(catalogue_load("/", &c, &err));
    assert_true(err.class != ERR_NONE);
}

/* The sample's list as one of domains: its families and test points, as given. */
static void a_list_of_domains_has_test_names_and_no_families(void **state)
{
    (void)state;
    static const struct {
        const char *families, *test, *error; /* error NULL: it is sound */
    } rows[] = {
        {"[]", "{\"name\": {\"listed\": \"Listed.test\", \"clean\": \"invalid\"}}", NULL},
        {"[]", "{\"name\": {\"listed\": null, \"clean\": \"invalid\"}}", NULL},
        {"[4]", "{\"name\": {\"listed\": \"test\"}}", "families must be empty"},
        {"[]", "{\"4\": {\"listed\": \"127.0.0.2\"}}", "\"4\" is not a key here"},
        {"[]", "{}", "test.name: is missing"},
        {"[]", "{\"name\": {\"listed\": \"a..b\"}}", "a test name must be a domain name"},
        {"[]", "{\"name\": {\"clean\": \"-\"}}", "a test name must be a domain name"},
    };
    static const char from[] = "\"families\": [4],", at_test[] = "\"test\": {\"4\"";
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *families = strstr(sound, from), *test = strstr(sound, at_test);
        const char *rest = strstr(test, "}},") + 2;
        char text[2 * sizeof sound];
        snprintf(text, sizeof text, "%.*s\"domains\": true, \"families\": %s,%.*s\"test\": %s%s",
                 (int)(families - sound), sound, rows[i].families,
                 (int)(test - families - (ptrdiff_t)strlen(from)), families + strlen(from),
                 rows[i].test, rest);
        struct catalogue c;
        struct error err = {0};
        bool ok = catalogue_parse("x", text, strlen(text), &c, &err);
        assert_int_equal(ok, rows[i].error == NULL);
        if (!ok && !strstr(err.text, rows[i].error))
            fail_msg("\"%s\" lacks \"%s\"", err.text, rows[i].error);
        if (ok) {
            assert_true(c.lists[0].domains && c.lists[0].families == 0);
            assert_string_equal(ip_name(&c.lists[0].clean[0].ip), "invalid");
            assert_int_equal(c.lists[0].listed[0].known, i == 0);
            if (i == 0)
                assert_string_equal(ip_name(&c.lists[0].listed[0].ip), "listed.test");
            catalogue_fini(&c);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_catalogue_is_of_today),
        cmocka_unit_test(the_built_in_catalogue_is_whole),
        cmocka_unit_test(the_default_set_needs_no_key_and_holds_what_the_contract_names),
        cmocka_unit_test(dead_and_domain_zones_are_known_with_what_is_below),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(a_list_of_domains_has_test_names_and_no_families),
        cmocka_unit_test(refuses_a_zone_named_twice),
        cmocka_unit_test(reads_a_file_within_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
