/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "inventory/spf.h"
#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* A zone in text: "NAME TYPE DATA" rows; DATA "!" is a time-out, "?" SERVFAIL, "~" garbage. What is
 * not there is NXDOMAIN when no row has the name, else an empty answer. */
struct row {
    const char *name;
    uint16_t type;
    const char *data;
};

static bool answer(const struct row *zone, const struct spf_question *q, struct dns_record *records,
                   struct dns_answer *out)
{
    *out = (struct dns_answer){.rcode = DNS_NXDOMAIN, .soa = true, .records = records};
    for (const struct row *r = zone; r->name; r++) {
        if (strcmp(r->name, q->name) != 0)
            continue;
        out->rcode = DNS_NOERROR;
        if (r->type != q->type)
            continue;
        if (strcmp(r->data, "!") == 0)
            return false;
        if (strcmp(r->data, "?") == 0)
            out->rcode = DNS_SERVFAIL;
        if (strcmp(r->data, "~") == 0)
            out->malformed = true;
        if (strchr("?~", *r->data))
            return true;
        struct dns_record *record = &records[out->count++];
        *record = (struct dns_record){.text = r->data, .len = strlen(r->data)};
        if (r->type == DNS_A || r->type == DNS_AAAA)
            assert_true(ip_parse(r->data, &record->ip));
    }
    return true;
}

/* Blocks as "CIDR=name" with blanks between them. */
static enum spf_status walk(const struct row *zone, char *const *includes, size_t include_count,
                            struct spf **out, char *have, size_t size)
{
    struct spf *s = spf_new("example.org", includes, include_count);
    struct spf_question q;
    struct dns_record records[DNS_MAX_RECORDS];
    enum spf_status status;
    unsigned asked = 0;
    while ((status = spf_next(s, &q)) == SPF_ASK) {
        struct dns_answer reply;
        bool came = answer(zone, &q, records, &reply);
        assert_true(++asked < 300);
        spf_reply(s, came ? &reply : NULL);
    }
    spf_reply(s, NULL); /* one too many changes nothing */
    assert_int_equal(spf_next(s, &q), status);
    size_t count, len = 0;
    const struct spf_block *blocks = spf_blocks(s, &count);
    *have = '\0';
    for (size_t i = 0; i < count && len < size - 64; i++) {
        char text[CIDR_TEXT_MAX];
        cidr_format(&blocks[i].block, text);
        len += (size_t)snprintf(have + len, size - len, "%s%s%s%s", i ? " " : "", text,
                                *blocks[i].name ? "=" : "", blocks[i].name);
    }
    assert_int_equal(status == SPF_DONE, *spf_problem(s) == '\0');
    *out = s;
    return status;
}

#define TXT "example.org", DNS_TXT

struct story {
    struct row zone[16];
    enum spf_status status;
    const char *blocks;  /* exactly; NULL: whatever */
    const char *problem; /* a part; NULL: none */
    const char *note;    /* a part of one note; NULL: there is none */
};

static void tell(const struct story *stories, size_t count)
{
    static char *const includes[] = {"_spf.example.net", "b.example.net", "loop.example.net"};
    for (size_t i = 0; i < count; i++) {
        const struct story *st = &stories[i];
        char have[2048];
        struct spf *s;
        enum spf_status status = walk(st->zone, includes, COUNT(includes), &s, have, sizeof have);
        if (status != st->status)
            fail_msg("story %zu: status %d (%s)", i, (int)status, spf_problem(s));
        if (st->blocks && strcmp(have, st->blocks) != 0)
            fail_msg("story %zu: \"%s\" is not \"%s\"", i, have, st->blocks);
        if (st->problem && !strstr(spf_problem(s), st->problem))
            fail_msg("story %zu: \"%s\" lacks \"%s\"", i, spf_problem(s), st->problem);
        const struct errors *notes = spf_notes(s);
        bool noted = false;
        for (size_t n = 0; st->note && n < notes->count; n++)
            noted = noted || strstr(notes->items[n].text, st->note);
        if (st->note ? !noted : notes->count > 0)
            fail_msg("story %zu: note %s", i, notes->count ? notes->items[0].text : "is missing");
        spf_free(s);
    }
}

static void lists_what_a_record_names(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{TXT, "v=spf1 -all"}}, SPF_DONE, "", NULL, NULL},
        {{{TXT, "v=spf1"}}, SPF_DONE, "", NULL, NULL},
        {{{TXT, "V=SPF1 IP4:203.0.113.5 +ip4:203.0.113.77/28 ip6:2001:DB8::1/48 -all"}},
         SPF_DONE,
         "203.0.113.5 203.0.113.64/28 2001:db8::/48",
         NULL,
         NULL},
        {{{TXT, "other text"}, {TXT, "v=spf10 ip4:1.2.3.4"}, {TXT, "v=spf1  ip4:1.2.3.5  ~all "}},
         SPF_DONE,
         "1.2.3.5",
         NULL,
         NULL},
        {{{TXT, "v=spf1 ip6:::ffff:1.2.3.4 ip6:::ffff:1.2.3.0/120"}},
         SPF_DONE,
         "1.2.3.4 1.2.3.0/24",
         NULL,
         NULL},
        {{{TXT, "v=spf1 -ip4:1.2.3.4 ~ip4:1.2.3.5 ?ip4:1.2.3.6 all"}},
         SPF_DONE,
         "1.2.3.6",
         NULL,
         NULL},
        {{{TXT, "v=spf1 a -all"},
          {"example.org", DNS_A, "203.0.113.5"},
          {"example.org", DNS_A, "203.0.113.6"},
          {"example.org", DNS_AAAA, "2001:db8::5"}},
         SPF_DONE,
         "203.0.113.5=example.org 203.0.113.6=example.org 2001:db8::5=example.org",
         NULL,
         NULL},
        {{{TXT, "v=spf1 a:Mail.Example.org./28//64 -all"},
          {"mail.example.org", DNS_A, "203.0.113.21"},
          {"mail.example.org", DNS_AAAA, "2001:db8::5"}},
         SPF_DONE,
         "203.0.113.16/28=mail.example.org 2001:db8::/64=mail.example.org",
         NULL,
         NULL},
        {{{TXT, "v=spf1 a//64 -all"},
          {"example.org", DNS_A, "203.0.113.21"},
          {"example.org", DNS_AAAA, "2001:db8::5"}},
         SPF_DONE,
         "203.0.113.21=example.org 2001:db8::/64=example.org",
         NULL,
         NULL},
        {{{TXT, "v=spf1 mx/30 mx:other.example -all"},
          {"example.org", DNS_MX, "mx1.example.org"},
          {"example.org", DNS_MX, "mx2.example.org"},
          {"other.example", DNS_MX, "."},
          {"mx1.example.org", DNS_A, "203.0.113.5"},
          {"mx2.example.org", DNS_AAAA, "2001:db8::2"}},
         SPF_DONE,
         "203.0.113.4/30=mx1.example.org 2001:db8::2=mx2.example.org",
         NULL,
         NULL},
        {{{TXT, "v=spf1 exp=why.example.org x-y=%{d} ip4:1.2.3.4 redirect=r.example.org"},
          {"r.example.org", DNS_TXT, "v=spf1 ip4:1.2.3.5 -all"}},
         SPF_DONE,
         "1.2.3.4 1.2.3.5",
         NULL,
         NULL},
        {{{TXT, "v=spf1 redirect=r.example.org ip4:1.2.3.4 -all"}},
         SPF_DONE,
         "1.2.3.4",
         NULL,
         NULL},
    };
    tell(stories, COUNT(stories));
}

static void follows_only_the_includes_that_are_named(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{TXT, "v=spf1 include:_SPF.Example.net ip4:1.2.3.4"},
          {"_spf.example.net", DNS_TXT, "v=spf1 ip4:1.2.3.5 a include:b.example.net"},
          {"_spf.example.net", DNS_A, "1.2.3.6"},
          {"b.example.net", DNS_TXT, "v=spf1 ip4:1.2.3.7 ?all"}},
         SPF_DONE,
         "1.2.3.4 1.2.3.5 1.2.3.6=_spf.example.net 1.2.3.7",
         NULL,
         NULL},
        {{{TXT, "v=spf1 include:_spf.google.com ip4:1.2.3.4 ~all"}},
         SPF_DONE,
         "1.2.3.4",
         NULL,
         "include:_spf.google.com is not followed: name it in spf_include"},
        {{{TXT, "v=spf1 -include:_spf.example.net ip4:1.2.3.4 ~all"}},
         SPF_DONE,
         "1.2.3.4",
         NULL,
         NULL},
        {{{TXT, "v=spf1 include:_spf.example.net include:b.example.net -all"},
          {"_spf.example.net", DNS_TXT, "v=spf1 include:b.example.net"},
          {"b.example.net", DNS_TXT, "v=spf1 ip4:1.2.3.7"}},
         SPF_DONE,
         "1.2.3.7 1.2.3.7",
         NULL,
         NULL}, /* twice is no loop */
        {{{TXT, "v=spf1 exists:%{i}.x.example ptr ptr:example.org a:%{d} ip4:1.2.3.4"}},
         SPF_DONE,
         "1.2.3.4",
         NULL,
         "a:%{d} holds a macro"},
        {{{TXT, "v=spf1 exists:x.example.org ip4:1.2.3.4"}},
         SPF_DONE,
         "1.2.3.4",
         NULL,
         "exists:x.example.org names no addresses"},
    };
    tell(stories, COUNT(stories));
}

static void says_what_is_wrong_with_a_record(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{NULL, 0, NULL}}, SPF_NONE, "", "example.org does not exist", NULL},
        {{{TXT, "hello"}}, SPF_NONE, "", "example.org has no SPF record", NULL},
        {{{TXT, "v=spf1 -all"}, {TXT, "v=spf1 a"}}, SPF_PERMANENT, "", "more than once", NULL},
        {{{TXT, "v=spf1 ip4:1.2.3.4 ipv4:1.2.3.5"}},
         SPF_PERMANENT,
         NULL,
         "ipv4:1.2.3.5 is not a term",
         NULL},
        {{{TXT, "v=spf1 ip4:1.2.3.4/33"}}, SPF_PERMANENT, NULL, "ip4:1.2.3.4/33 is not", NULL},
        {{{TXT, "v=spf1 ip4:2001:db8::1"}}, SPF_PERMANENT, NULL, "is not a term", NULL},
        {{{TXT, "v=spf1 ip4"}}, SPF_PERMANENT, NULL, "is not a term", NULL},
        {{{TXT, "v=spf1 a/33"}}, SPF_PERMANENT, NULL, "is not a term", NULL},
        {{{TXT, "v=spf1 a:"}}, SPF_PERMANENT, NULL, "is not a term", NULL},
        {{{TXT, "v=spf1 all:x"}}, SPF_PERMANENT, NULL, "is not a term", NULL},
        {{{TXT, "v=spf1 a\x1b[2J"}}, SPF_PERMANENT, NULL, "a?[2J is not a term", NULL},
        {{{TXT, "v=spf1 redirect=a.example redirect=b.example"}, {"a.example", DNS_TXT, "v=spf1"}},
         SPF_PERMANENT,
         NULL,
         "more than one redirect",
         NULL},
        {{{TXT, "v=spf1 redirect=gone.example"}},
         SPF_PERMANENT,
         NULL,
         "gone.example is included and has no SPF record",
         NULL},
        {{{TXT, "v=spf1 redirect=example.org"}}, SPF_PERMANENT, NULL, "is a loop", NULL},
        {{{TXT, "v=spf1 include:loop.example.net"},
          {"loop.example.net", DNS_TXT, "v=spf1 include:b.example.net"},
          {"b.example.net", DNS_TXT, "v=spf1 include:loop.example.net"}},
         SPF_PERMANENT,
         NULL,
         "include:loop.example.net is a loop",
         NULL},
        {{{TXT, "v=spf1 a a a a a a a a a a ip4:1.2.3.4"}, {"example.org", DNS_A, "1.1.1.1"}},
         SPF_DONE,
         NULL,
         NULL,
         NULL},
        {{{TXT, "v=spf1 a a a a a a a a a mx ptr"}, {"example.org", DNS_A, "1.1.1.1"}},
         SPF_PERMANENT,
         NULL,
         "ptr is one look-up more than the ten",
         NULL},
        {{{TXT, "v=spf1 a:x.example a:y.example ip4:1.2.3.4"}}, SPF_DONE, "1.2.3.4", NULL, NULL},
        {{{TXT, "v=spf1 a:x.example a:y.example mx:z.example"}},
         SPF_PERMANENT,
         NULL,
         "z.example is the third name without records",
         NULL},
    };
    tell(stories, COUNT(stories));
}

static void tells_a_failure_from_a_negative_answer(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{TXT, "!"}}, SPF_TEMPORARY, "", "the SPF record of example.org got no answer", NULL},
        {{{TXT, "?"}}, SPF_TEMPORARY, "", "got SERVFAIL", NULL},
        {{{TXT, "~"}}, SPF_TEMPORARY, "", "got no answer that can be read", NULL},
        {{{TXT, "v=spf1 a:x.example mx ip4:1.2.3.4"},
          {"x.example", DNS_A, "?"},
          {"x.example", DNS_AAAA, "2001:db8::1"},
          {"example.org", DNS_MX, "mx.example"},
          {"mx.example", DNS_A, "1.1.1.1"}},
         SPF_TEMPORARY,
         "1.2.3.4 2001:db8::1=x.example 1.1.1.1=mx.example",
         "the address of x.example got SERVFAIL",
         NULL},
        {{{TXT, "v=spf1 include:b.example.net ip4:1.2.3.4"}, {"b.example.net", DNS_TXT, "!"}},
         SPF_TEMPORARY,
         "1.2.3.4",
         "b.example.net",
         NULL},
        {{{TXT, "v=spf1 a:x.example ip4:1.2.3.4"}}, SPF_DONE, "1.2.3.4", NULL, NULL},
    };
    tell(stories, COUNT(stories));
}

static void an_mx_has_at_most_ten_hosts(void **state)
{
    (void)state;
    for (unsigned hosts = 10; hosts <= 11; hosts++) {
        struct row zone[32] = {{TXT, "v=spf1 mx"}};
        char names[11][16], have[2048];
        unsigned n = 1;
        for (unsigned i = 0; i < hosts; i++) {
            snprintf(names[i], sizeof names[i], "mx%u.example", i);
            zone[n++] = (struct row){"example.org", DNS_MX, names[i]};
            zone[n++] = (struct row){names[i], DNS_A, "1.1.1.1"};
        }
        struct spf *s;
        enum spf_status status = walk(zone, NULL, 0, &s, have, sizeof have);
        assert_int_equal(status, hosts == 10 ? SPF_DONE : SPF_PERMANENT);
        size_t count;
        (void)spf_blocks(s, &count);
        assert_int_equal(count, hosts == 10 ? 10 : 0);
        spf_free(s);
    }
}

static void a_flood_of_blocks_has_an_end(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_str(&text, "v=spf1");
    for (unsigned i = 0; i <= SPF_BLOCKS_MAX; i++)
        buf_str(&text, " ip4:1.2.3.4");
    struct row zone[] = {{TXT, buf_text(&text)}, {NULL, 0, NULL}};
    char have[256];
    struct spf *s;
    assert_int_equal(walk(zone, NULL, 0, &s, have, sizeof have), SPF_PERMANENT);
    size_t count;
    (void)spf_blocks(s, &count);
    assert_int_equal(count, SPF_BLOCKS_MAX);
    spf_free(s);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_a_record_names),
        cmocka_unit_test(follows_only_the_includes_that_are_named),
        cmocka_unit_test(says_what_is_wrong_with_a_record),
        cmocka_unit_test(tells_a_failure_from_a_negative_answer),
        cmocka_unit_test(an_mx_has_at_most_ten_hosts),
        cmocka_unit_test(a_flood_of_blocks_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
