/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/buf.h"
#include "repmon/conf.h"

#include <stdio.h>
#include <stdlib.h>

static struct errors errors, warnings;

static bool parse(const char *text, struct conf *c)
{
    errors_fini(&errors);
    errors_fini(&warnings);
    return conf_parse("/etc/repmon/repmon.conf", text, strlen(text), c, &errors, &warnings);
}

static int done(void **state)
{
    (void)state;
    errors_fini(&errors);
    errors_fini(&warnings);
    return 0;
}

/* One wrong file: all its errors, each "LINE: a part of its text", in order. */
struct wrong {
    const char *text;
    struct {
        int line;
        const char *part;
    } want[12];
};

static void expect_errors(const struct wrong *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct conf c;
        size_t n = 0;
        if (parse(rows[i].text, &c))
            fail_msg("row %zu loads", i);
        assert_null(c.path);
        for (; n < errors.count && rows[i].want[n].part; n++) {
            if (errors.items[n].line != rows[i].want[n].line ||
                !strstr(errors.items[n].text, rows[i].want[n].part))
                fail_msg("row %zu error %zu: %d \"%s\" lacks \"%s\" of line %d", i, n,
                         errors.items[n].line, errors.items[n].text, rows[i].want[n].part,
                         rows[i].want[n].line);
            assert_string_equal(errors.items[n].file, "/etc/repmon/repmon.conf");
        }
        if (rows[i].want[n].part)
            fail_msg("row %zu: only %zu errors", i, n);
        if (errors.count > n)
            fail_msg("row %zu: also %d \"%s\"", i, errors.items[n].line, errors.items[n].text);
    }
}

static void defaults_are_the_contract_s(void **state)
{
    (void)state;
    struct conf c;
    conf_init(&c);
    assert_null(c.path);
    assert_string_equal(c.state, "/var/lib/repmon/state.db");
    assert_true(*c.instance != '\0');
    assert_int_equal(c.deadline_ms, 600000);
    assert_int_equal(c.confirm_listed, 1);
    assert_int_equal(c.confirm_cleared, 2);
    assert_int_equal(c.confirm_gap_ms, 3000000);
    assert_int_equal(c.blind_after, 2);
    assert_int_equal(c.blind_severity, SEV_MAJOR);
    assert_int_equal(c.stale_after_ms, 3 * 86400000LL);
    assert_int_equal(c.max_age_ms, 26 * 3600000LL);
    assert_int_equal(c.remind_ms, 7 * 86400000LL);
    assert_int_equal(c.flap_changes, 4);
    assert_int_equal(c.flap_window_ms, 7 * 86400000LL);
    assert_true(c.keep_ms == 400 * 86400000LL);
    assert_int_equal(c.max_targets, 4096);
    assert_int_equal(c.dns_timeout_ms, 5000);
    assert_int_equal(c.dns_tries, 2);
    assert_int_equal(c.dnsbl_use, DNSBL_DEFAULT);
    assert_true(c.dnsbl_reasons);
    assert_int_equal(c.dnsbl_valid_for_ms, 14 * 86400000LL);
    assert_int_equal(c.talos.method, TALOS_OFF);
    assert_int_equal(c.talos.severity, SEV_INFO);
    assert_int_equal(c.ptr.use, PTR_HOSTS);
    assert_false(c.ptr.present);
    conf_fini(&c);
    assert_true(parse("", &c));
    assert_int_equal(c.max_targets, 4096);
    conf_fini(&c);
}

static void reads_every_kind_of_value(void **state)
{
    (void)state;
    struct conf c;
    bool ok = parse("[repmon]\nstate = s.db\ndeadline = 90s\nflap = 6/12h\nremind = 0\n"
                    "blind_severity = minor\nca_file = /ca.pem\n"
                    "[targets]\nip = 203.0.113.5  mx1.example.org ; first\n"
                    "ip = 2001:db8::/48\nhost = MX2.Example.org.\nspf = example.org\n"
                    "spf_include = _spf.example.net\nfile = targets.txt\n"
                    "exclude = 203.0.113.0/30\nmax_targets = 65536\n"
                    "[dns]\nresolver = 127.0.0.1\nresolver = 127.0.0.1:5353\n"
                    "resolver = [::1]:5354\nresolver = ::1\n"
                    "[dnsbl \"Zen.Spamhaus.org\"]\nseverity = critical\nrate = 0.5\n"
                    "budget = 100000\nevery = 0\n"
                    "[dnsbl \"bl.internal.example\"]\ncode = 127.0.0.2 manual critical\n"
                    "code = 127.0.0.4-127.0.0.7 more minor\nerror = 127.0.0.250\ntest = none\n"
                    "kind = score\nfamilies = 6, 4\nzone6 = v6.internal.example\n"
                    "url = http://internal.example/?ip={ip}\nforce = yes\n"
                    "[snds \"main\"]\nmethod = oauth\ncovers = 203.0.113.0/24 2026-03-01\n"
                    "api = http://127.0.0.1:8080/x\nstatus_404 = empty\n"
                    "complaint_warning = 0.25\n"
                    "[talos]\nmethod = command\ncommand = /usr/bin/talos --json\n"
                    "[ptr]\nuse = all\nhelo = 203.0.113.5 mx1.example.org\n"
                    "[mail \"ops\"]\nto = a@example.org\nto = b@example.org\n"
                    "from = r@mon1.example.org\nserver = [::1]\ntls = off\nmin_level = info\n"
                    "only = listed, delisted,blind\n"
                    "[webhook \"chat\"]\nurl = https://chat.example.org/x?y#z\nformat = slack\n"
                    "[webhook \"pd\"]\nformat = pagerduty\nrouting_key_file = none.key\n"
                    "[prometheus]\ntextfile = r.prom\n"
                    "[ping]\nurl = http://[::1]:9/\n",
                    &c);
    for (size_t i = 0; i < errors.count; i++)
        print_error("%d: %s\n", errors.items[i].line, errors.items[i].text);
    assert_true(ok);
    assert_string_equal(c.state, "/etc/repmon/s.db");
    assert_string_equal(c.ca_file, "/ca.pem");
    assert_int_equal(c.deadline_ms, 90000);
    assert_int_equal(c.flap_changes, 6);
    assert_int_equal(c.flap_window_ms, 43200000);
    assert_int_equal(c.remind_ms, 0);
    assert_int_equal(c.blind_severity, SEV_MINOR);

    assert_int_equal(c.target_count, 6);
    assert_int_equal(c.targets[0].kind, TARGET_IP);
    assert_string_equal(c.targets[0].label, "mx1.example.org");
    assert_int_equal(c.targets[0].at.line, 9);
    assert_string_equal(c.targets[0].at.file, "/etc/repmon/repmon.conf");
    assert_int_equal(c.targets[1].cidr.len, 48);
    assert_int_equal(c.targets[2].kind, TARGET_HOST);
    assert_string_equal(c.targets[2].text, "mx2.example.org");
    assert_int_equal(c.targets[3].kind, TARGET_SPF);
    assert_int_equal(c.targets[4].kind, TARGET_FILE);
    assert_string_equal(c.targets[4].text, "/etc/repmon/targets.txt");
    assert_int_equal(c.targets[5].kind, TARGET_EXCLUDE);
    assert_int_equal(c.spf_include_count, 1);
    assert_int_equal(c.max_targets, 65536);

    assert_int_equal(c.resolver_count, 4);
    assert_int_equal(c.resolvers[0].port, 53);
    assert_int_equal(c.resolvers[1].port, 5353);
    assert_int_equal(c.resolvers[2].ip.family, 6);
    assert_int_equal(c.resolvers[2].port, 5354);
    assert_int_equal(c.resolvers[3].port, 53);

    assert_int_equal(c.dnsbl_count, 2);
    const struct conf_dnsbl *zen = &c.dnsbls[0], *own = &c.dnsbls[1];
    assert_string_equal(zen->zone, "zen.spamhaus.org");
    assert_true(zen->has_severity && zen->has_rate && zen->has_budget && zen->has_every);
    assert_false(zen->has_test || zen->has_kind || zen->has_families || zen->force);
    assert_true(zen->rate > 0.49 && zen->rate < 0.51);
    assert_int_equal(zen->budget, 100000);
    assert_false(zen->key.wanted);
    assert_int_equal(own->code_count, 2);
    assert_string_equal(own->codes[0].match, "127.0.0.2");
    assert_string_equal(own->codes[0].name, "manual");
    assert_int_equal(own->codes[1].severity, SEV_MINOR);
    assert_int_equal(own->error_count, 1);
    assert_true(own->has_test && !own->test && own->force);
    assert_int_equal(own->kind, LIST_SCORE);
    assert_int_equal(own->families, FAMILY_4 | FAMILY_6);
    assert_string_equal(own->zone6, "v6.internal.example");
    assert_true(own->warning > 69.9 && own->critical < 50.1);

    assert_int_equal(c.snds_count, 1);
    assert_false(c.snds[0].links);
    assert_int_equal(c.snds[0].cover_count, 1);
    assert_int_equal(c.snds[0].covers[0].attested, 1772323200);
    assert_true(c.snds[0].status_404_empty);
    assert_int_equal(c.snds[0].every_ms, 6 * 3600000);
    assert_true(c.snds[0].complaint_critical > 0.99);
    assert_int_equal(c.talos.method, TALOS_COMMAND);
    assert_string_equal(c.talos.command, "/usr/bin/talos --json");
    assert_true(c.ptr.present);
    assert_int_equal(c.ptr.use, PTR_ALL);
    assert_int_equal(c.ptr.helo_count, 1);

    assert_int_equal(c.channel_count, 3);
    const struct conf_channel *mail = &c.channels[0];
    assert_int_equal(mail->to_count, 2);
    assert_string_equal(mail->host, "::1");
    assert_int_equal(mail->port, 587);
    assert_true(mail->tls_off);
    assert_int_equal(mail->min_level, LEVEL_INFO);
    assert_int_equal(mail->only, 1u << CHANGE_LISTED | 1u << CHANGE_DELISTED | 1u << CHANGE_BLIND);
    assert_int_equal(c.channels[1].min_level, LEVEL_WARNING);
    assert_int_equal(c.channels[1].only, 0);
    assert_string_equal(c.channels[1].url.text, "https://chat.example.org/x?y#z");
    assert_false(c.channels[2].url.wanted); /* PagerDuty's own is built in */
    assert_true(c.channels[2].routing_key.wanted);
    assert_null(c.channels[2].routing_key.text);
    assert_int_equal(warnings.count, 1); /* the routing key that is not there */
    assert_string_equal(c.prometheus_textfile, "/etc/repmon/r.prom");
    assert_string_equal(c.ping_url.text, "http://[::1]:9/");
    conf_fini(&c);
}

static void ten_mistakes_are_ten_errors(void **state)
{
    (void)state;
    static const struct wrong row = {
        "stat = x\n"                 /* 1: before a section */
        "[repmon]\n"                 /* 2 */
        "dedline = 10m\n"            /* 3: unknown key */
        "confirm_listed = 0\n"       /* 4: out of range */
        " keep = 1d\n"               /* 5: indented */
        "[tagrets]\n"                /* 6: unknown section */
        "ip = 203.0.113.5\n"         /* 7: nobody's: no error of its own */
        "[targets]\n"                /* 8 */
        "ip = 300.1.1.1\n"           /* 9 */
        "max_targets = 5\n"          /* 10 */
        "max_targets = 6\n"          /* 11: twice */
        "[talos]\n"                  /* 12: no method */
        "[mail \"ops\"]\n"           /* 13: no from */
        "to = root@example.org\n"    /* 14 */
        "server = smtp.example:0\n", /* 15 */
        {{1, "stat: a key before the first"},
         {3, "[repmon] dedline: unknown key: did you mean deadline?"},
         {4, "[repmon] confirm_listed: must be a whole number from 1 to 100"},
         {5, "[repmon] keep: the line is indented"},
         {6, "[tagrets]: unknown section: did you mean [targets]?"},
         {9, "[targets] ip: holds 300: each number"},
         {11, "[targets] max_targets: given twice (first on line 10)"},
         {12, "[talos] method: is missing"},
         {13, "[mail \"ops\"] from: is missing"},
         {15, "[mail \"ops\"] server: must be HOST:PORT"}}};
    expect_errors(&row, 1);
}

static void a_label_is_any_text_but_a_target(void **state)
{
    (void)state;
    static const char *const labels[] = {"mx1.example.org",
                                         "- main",
                                         "-5",
                                         "5th relay",
                                         ("\xc3\x9c"
                                          "bersee"),
                                         "\xe2\x80\x93 old",
                                         "2001",
                                         "a, b",
                                         "10.0.0.5"};
    for (size_t i = 0; i < COUNT(labels); i++) {
        char text[256];
        struct conf c;
        snprintf(text, sizeof text, "[targets]\nip = 203.0.113.5 %s\n", labels[i]);
        if (!parse(text, &c))
            fail_msg("%s: %s", labels[i], errors.items[0].text);
        assert_string_equal(c.targets[0].label, labels[i]);
        conf_fini(&c);
    }
}

#define MAIL "[mail \"m\"]\nto = a@b.example\nfrom = c@d.example\n"
#define HOOK "[webhook \"w\"]\nurl = https://h.example/\n"
#define SNDS "[snds \"s\"]\ncovers = 203.0.113.0/24\n"
#define ZONE "[dnsbl \"z.example\"]\n"

static void every_wrong_value_says_what_is_accepted(void **state)
{
    (void)state;
    static const struct wrong rows[] = {
        {"[repmon]\nstate =\n", {{2, "[repmon] state: the value is missing"}}},
        {"[repmon]\nremind = 1x\n", {{2, "500ms, 10s, 5m, 2h or 7d"}}},
        {"[repmon]\ndeadline = 0\n", {{2, "from 100ms to 1d"}}},
        {"[repmon]\nflap = 4\n", {{2, "such as 4/7d"}}},
        {"[repmon]\nflap = 1/7d\n", {{2, "such as 4/7d"}}},
        {"[repmon]\nflap = 0/7d\n", {{2, "or 0"}}},
        {"[repmon]\nblind_severity = bad\n", {{2, "critical, major, minor or info"}}},
        {"[repmon]\nconfirm_cleared = -1\n", {{2, "from 1 to 100"}}},
        {"[repmon]\nconfirm_cleared = 1.5\n", {{2, "from 1 to 100"}}},
        {"[targets]\nip = 203.0.113.5/24\n", {{2, "write 203.0.113.0/24"}}},
        {"[targets]\nexclude = 203.0.113.5 x\n", {{2, "no label"}}},
        {"[targets]\nhost = 203.0.113.5\n", {{2, "for an address use the key ip"}}},
        {"[targets]\nhost = 203.0.113.0/24\n", {{2, "for an address use the key ip"}}},
        {"[targets]\nhost = http://mx1.example.org/\n", {{2, "write mx1.example.org"}}},
        {"[targets]\nhost = root@example.org\n", {{2, "is a mail address"}}},
        {"[targets]\nip = mx1.example.org\n", {{2, "write host = NAME"}}},
        {"[targets]\nip = mx1.example.org mx1\n", {{2, "write host = NAME"}}},
        {"[targets]\nip = 203.0.113.5:25\n", {{2, "has a port: write 203.0.113.5"}}},
        {"[targets]\nip = 203.0.113.4-203.0.113.5\n", {{2, "separately: 203.0.113.4/31"}}},
        {"[targets]\nip = 203.0.113.4 - 203.0.113.5\n", {{2, "separately: 203.0.113.4/31"}}},
        {"[targets]\nip = 203.0.113.5, 203.0.113.6\n", {{2, "separately: 203.0.113.5 203"}}},
        {"[targets]\nip = 203.0.113.5 203.0.113.6\n", {{2, "one line for each"}}},
        {"[targets]\nip = 203.0.113\n", {{2, "write 203.0.113.0/24"}}},
        {"[targets]\nip = \"203.0.113.5\"\n", {{2, "without quotes"}}},
        {"[dnsbl]\nuse = 'all'\n", {{2, "without quotes"}}},
        {"[mail ops]\nto = a@b.example\n", {{1, "write the name in double quotes"}}},
        {"[mail-ops]\n", {{1, "did you mean [mail \"NAME\"]?"}}},
        {MAIL "server = s.example\npassword = x\n", {{5, "did you mean password_file?"}}},
        {MAIL "server = s.example\npass = x\n", {{5, "did you mean password_file?"}}},
        {MAIL "server = s.example\npasswrod = x\n", {{5, "did you mean password_file?"}}},
        {MAIL "server = s.example\nport = 587\n", {{5, "did you mean server?"}}},
        {MAIL "host = s.example\n", {{1, "server: is missing"}, {4, "did you mean server?"}}},
        {MAIL "server = s.example\nto = a@b.example, c@d.example\n",
         {{5, "`to = …` line for each"}}},
        {ZONE "key = abc\n", {{2, "did you mean key_file?"}}},
        {SNDS "method = links\ndata_url = https://x/\ndata_url_file = x\nstatus_url_file = x\n",
         {{4, "did you mean data_url_file?"}}},
        {HOOK "token = abc\n", {{3, "did you mean token_file?"}}},
        {HOOK "secret = abc\n", {{3, "did you mean secret_file?"}}},
        {"[Mail \"x\"]\n", {{1, "did you mean [mail \"NAME\"]?"}}},
        {"[targets]\nIP = 203.0.113.5\n", {{2, "did you mean ip?"}}},
        {"[repmon]\nSTATE = x\n", {{2, "did you mean state?"}}},
        {"[repmon]\nstate = ~/state.db\n", {{2, "write the full path"}}},
        {ZONE "key_file = $HOME/key\n", {{2, "write the full path"}}},
        {"[targets]\nfile = ~/targets\n", {{2, "write the full path"}}},
        {"[dns]\nresolver = 127.0.0.1, 127.0.0.2\n", {{2, "`resolver = …` line for each"}}},
        {"[targets]\nspf = e.example\nspf_include = include:_spf.example.net\n",
         {{3, "write _spf.example.net"}}},
        {"[snds \"s\"]\nmethod = oauth\ncovers = 203.0.113.0-203.0.113.255\n",
         {{3, "separately: 203.0.113.0/24"}}},
        {"[dns]\nnameserver = 127.0.0.1\n", {{2, "did you mean resolver?"}}},
        {"\xff\xfe[\0d\0\n\0k\0\n", {{1, "UTF-16"}}},
        {"[targets]\nhost = a..b\n", {{2, "host or domain name"}}},
        {"[targets]\nhost = a b\n", {{2, "host or domain name"}}},
        {"[targets]\nmax_targets = 65537\n", {{2, "from 1 to 65536"}}},
        {"[targets]\nshard = 2/3\nmax_targets = 196609\n", {{3, "from 1 to 65536; with shards"}}},
        {"[targets]\nshard = 6/5\n", {{2, "[targets] shard: must be the number"}}},
        {"[targets]\nshards = 2/5\n", {{2, "did you mean shard?"}}},
        {"[dnsbl]\nshare = 5\n", {{2, "[dnsbl] share: must be a part"}}},
        /* of a section that is misspelt, or lacks its name, too */
        {"[target]\nip = 192.0.2.1\nhots = a.example\n",
         {{1, "did you mean [targets]?"}, {3, "[targets] hots: unknown key: did you mean host?"}}},
        {"[mail]\nsevrer = localhost\n", {{1, "needs a name"}, {2, "did you mean server?"}}},
        {"[targets]\nspf_include = a.example\n", {{2, "without spf"}}},
        {"[dns]\nresolver = dns.example.org\n", {{2, "127.0.0.1:5353"}}},
        {"[dns]\nresolver = 127.0.0.1:0\n", {{2, "127.0.0.1:5353"}}},
        {"[dns]\nresolver = [::1\n", {{2, "127.0.0.1:5353"}}},
        {"[dns]\ntries 3\n", {{2, "[dns] tries: column 7: expected ="}}},
        {"[dns]\ntries = 3 # three\n", {{2, "[dns] tries: column 11: # starts"}}},
        {"[dns]\nfrobnicate = 1\n", {{2, "[dns] frobnicate: unknown key"}}},
        {"[dns]\nFrobnicate = 1\n", {{2, "[dns] Frobnicate: unknown key"}}},
        {"[colours]\n", {{1, "[colours]: unknown section"}}},
        {"[dns]\naGVsbG8gd29ybGQ=\n", {{2, "[dns]: unknown key"}}}, /* perhaps a secret */
        {"[dns]\n4f1c22e7b0=\n", {{2, "[dns]: unknown key"}}},
        {"[dns]\nabcdefghijklmnopqrstuvwxyz=\n", {{2, "[dns]: unknown key"}}},
        {"[dns]\nhunter\n", {{2, "column 7: expected ="}}},
        {"[dns]\ntries = 0\n", {{2, "from 1 to 10"}}},
        {"[dnsbl]\nuse = some\n", {{2, "default, all or none"}}},
        {"[dnsbl]\nreasons = maybe\n", {{2, "yes or no"}}},
        {"[dnsbl]\nkey_file = x\n", {{2, "key of this name belongs in [dnsbl \"ZONE\"]"}}},
        {"[dnsbl \"a b\"]\n", {{1, "DNS zone"}}},
        {"[dnsbl \"secretkey.zen.dq.spamhaus.net\"]\n", {{1, "zone without the key"}}},
        {ZONE ZONE, {{2, "(first on line 1)"}}},
        {ZONE "rate = 0\n", {{2, "above 0"}}},
        {ZONE "rate = 1e3\n", {{2, "above 0"}}},
        {ZONE "rate = .\n", {{2, "above 0"}}},
        {ZONE "budget = 0\n", {{2, "whole number from 1"}}},
        {ZONE "code = 127.0.0.2 manual\n", {{2, "ANSWER-OR-RANGE NAME SEVERITY"}}},
        {ZONE "code = 127.0.0.2 manual worst\n", {{2, "ANSWER-OR-RANGE NAME SEVERITY"}}},
        {ZONE "code = 127.0.0.9-127.0.0.2 x info\n", {{2, "the answer must be like"}}},
        {ZONE "error = 127.0.0.1&2\n", {{2, "the answer must be like"}}},
        {ZONE "error = 127.0.*\n", {{2, "the answer must be like"}}},
        {ZONE "test = 127.0.0.300\n", {{2, "or none"}}},
        {ZONE "domains = yes\ntest = 127.0.0.2\n", {{3, "must be a name"}}},
        {ZONE "test = dbltest.example\n", {{2, "must be an address"}}},
        {ZONE "domains = yes\nfamilies = 4\n", {{3, "lists of addresses only"}}},
        {ZONE "families = 5\n", {{2, "4, 6 or both"}}},
        {ZONE "families = 46\n", {{2, "4, 6 or both"}}},
        {ZONE "url = ftp://x\n", {{2, "https:// or http://"}}},
        {ZONE "warning = 20\n", {{2, "must not be above warning"}}},
        {"[snds]\n", {{1, "needs a name"}}},
        {"[snds \"a/b\"]\n", {{1, "letters, digits"}}},
        {"[snds \"s\"]\n", {{1, "method: is missing"}}},
        {SNDS "method = links\n", {{1, "data_url_file: is missing"}}},
        {SNDS "method = oauth\nissued = 2026-11-01\n", {{4, "is for method links only"}}},
        {SNDS "method = links\ndata_url_file = x\nissued = 2026-02-30\n", {{5, "must be a day"}}},
        {SNDS "method = oauth\ncovers = 2001:db8::/48\n", {{4, "not cover IPv6"}}},
        {SNDS "method = oauth\ncovers = 203.0.113.0/24 soon\n", {{4, "2026-03-01"}}},
        {SNDS "method = oauth\napi = http://api.example\n", {{4, "loopback addresses only"}}},
        {SNDS "method = oauth\ncomplaint_warning = 2\n", {{4, "must not be below"}}},
        {"[talos \"x\"]\n", {{1, "takes no name"}}},
        {"[talos]\nmethod = dns\n", {{1, "zone: is missing"}}},
        {"[talos]\nmethod = command\n", {{1, "command: is missing"}}},
        {"[talos]\nmethod = html\nzone = a.example\n", {{3, "is for method dns only"}}},
        {"[talos]\nmethod = magic\n", {{2, "cloud_intel, html, dns or command"}}},
        {"[talos]\nmethod = html\n[talos]\n", {{3, "duplicate section (first on line 1)"}}},
        {"[ptr]\nhelo = mx1.example.org\n", {{2, "an address and a name"}}},
        {"[mail \"m\"]\n",
         {{1, "to: is missing"}, {1, "from: is missing"}, {1, "server: is missing"}}},
        {MAIL "server = s.example\ncommand = /bin/true\n", {{5, "replaces server"}}},
        {MAIL "command = /bin/true\ntls = off\n", {{5, "no effect with command"}}},
        {MAIL "server = s.example\nuser = u\n", {{5, "needs password_file"}}},
        {MAIL "server = s.example\npassword_file = p\n", {{5, "needs user"}}},
        {MAIL "server = s.example\nuser = u\npassword_file = p\ntls = off\n",
         {{7, "in clear text"}}},
        {MAIL "server = s.example:465\ntls = off\n", {{5, "TLS starts with the first byte"}}},
        {MAIL "server = s.example:x\n", {{4, "HOST:PORT"}}},
        {MAIL "server = s.example\nto = Ops <a@b.example>\n", {{5, "one plain address"}}},
        {MAIL "server = s.example\nto = root\n", {{2, "with command only"}}},
        {MAIL "server = s.example\nonly = listed, gone\n", {{5, "listed, delisted"}}},
        {MAIL "server = s.example\nmin_level = ok\n", {{5, "info, warning or critical"}}},
        {MAIL "server = s.example\n[webhook \"m\"]\nurl = https://x.example\n",
         {{5, "duplicate channel name (first on line 1)"}}},
        {"[webhook \"w\"]\n", {{1, "url: is missing"}}},
        {"[webhook \"w\"]\nurl = http://h.example/\n", {{2, "begin with https://"}}},
        {"[webhook \"w\"]\nurl = http://127.0.0.1@h.example/\n", {{2, "not contain a user name"}}},
        {"[webhook \"w\"]\nurl = https://user:pw@h.example/\n", {{2, "token_file"}}},
        {"[ping]\nurl = https://token@h.example/\n", {{2, "not contain a user name"}}},
        {"[webhook \"w\"]\nurl = https://h.example:0/\n", {{2, "port"}}},
        {"[webhook \"w\"]\nurl = https://h.example:https/\n", {{2, "port"}}},
        {"[webhook \"w\"]\nurl = http://127.0.0.1.h.example/\n", {{2, "begin with https://"}}},
        {"[webhook \"w\"]\nurl = https:///x\n", {{2, "name a host"}}},
        {"[webhook \"w\"]\nurl = https://h.example/a b\n", {{2, "without spaces"}}},
        {HOOK "url_file = x\n", {{3, "not both"}}},
        {HOOK "routing_key_file = x\n", {{3, "is only for format pagerduty"}}},
        {HOOK "format = slack\nsecret_file = x\n", {{4, "is only for format repmon"}}},
        {HOOK "format = pagerduty\n", {{1, "routing_key_file: is missing"}}},
        {HOOK "room = -1001\n", {{3, "is only for format telegram or matrix"}}},
        {HOOK "format = gotify\nroom = x\n", {{1, "token_file: is missing"}, {4, "is only for"}}},
        {HOOK "format = matrix\n",
         {{1, "token_file: is missing: format matrix"}, {1, "room: is missing: format matrix"}}},
        {HOOK "format = mattermost\nsecret_file = x\n", {{4, "is only for format repmon"}}},
        {"[webhook \"w\"]\nformat = google_chat\n", {{1, "url: is missing"}}},
        {"[webhook \"w\"]\nformat = telegram\n",
         {{1, "token_file: is missing: format telegram"}, {1, "room: is missing"}}},
        {HOOK "chat_id = -1001\n", {{3, "did you mean room?"}}},
        {HOOK "to = a@b.example\n", {{3, "key of this name belongs in [mail"}}},
        {"[prometheus]\n", {{1, "textfile: is missing"}}},
        {"[ping]\n", {{1, "url_file: is missing"}}},
        {"[Talos]\n", {{1, "did you mean [talos]?"}}},
        {"[nonsense]\nx = 1\n", {{1, "must be one of [repmon]"}}},
        {"[dns] tries = 3\ntries = 4\n", {{1, "column 6"}}},
        {"[dns]\nnonsense = 1\n", {{2, "config.example"}}},
        {"[dns]\ntries = 1 # one\n", {{2, "use ;"}}},
    };
    expect_errors(rows, COUNT(rows));
}

/* A Teams address is long and its end is a secret; inih's buffer once made a key out of it. */
static void a_long_address_is_taken_and_never_shown(void **state)
{
    (void)state;
    struct buf text;
    struct conf c;
    static const char secret[] = "sig=TheSecretAtTheEnd";
    buf_init(&text, 4096);
    buf_str(&text, "[webhook \"teams\"]\nformat = teams\nurl = https://prod.example.org/");
    while (text.len < 620)
        buf_str(&text, "abcdefghij");
    buf_fmt(&text, "?%s", secret);
    assert_true(parse(buf_text(&text), &c));
    assert_non_null(strstr(c.channels[0].url.text, secret));
    conf_fini(&c);

    static const char *const breaks[] = {" x\n", "\x01\n", " # c\n", "\nurl = again\n", "\nx"};
    size_t len = text.len;
    for (size_t i = 0; i < COUNT(breaks); i++) {
        text.len = len;
        buf_str(&text, breaks[i]);
        assert_false(parse(buf_text(&text), &c));
        for (size_t e = 0; e < errors.count; e++)
            assert_null(strstr(errors.items[e].text, "Secret"));
    }
    text.len = len; /* in a name, behind a section, as a key */
    static const char *const lines[] = {
        "[webhook \"TheSecret/x\"]\n",
        "[mail \"x\"] TheSecret\n",
        "TheSecret = 1\n",
        "[TheSecret]\n",
        "[dns]\nTheSecret = 1\n",
        "[ping]\nurl = TheSecret\n",
        "[dnsbl \"TheSecret.zen.dq.spamhaus.net\"]\n",
        "[targets]\nip = TheSecret\n",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_false(parse(lines[i], &c));
        for (size_t e = 0; e < errors.count; e++) {
            assert_null(strstr(errors.items[e].text, "Secret"));
            assert_null(strstr(errors.items[e].text, "secret."));
        }
    }
    buf_fini(&text);
}

static void the_exit_class_follows_the_errors(void **state)
{
    (void)state;
    struct errors list = {0};
    assert_int_equal(conf_exit_class(&list), ERR_NONE);
    errors_add(&list, ERR_PERMISSION, "f", 1, "x");
    errors_add(&list, ERR_PERMISSION, "f", 2, "x");
    assert_int_equal(conf_exit_class(&list), ERR_PERMISSION);
    errors_add(&list, ERR_CONFIG, "f", 3, "x");
    assert_int_equal(conf_exit_class(&list), ERR_CONFIG);
    errors_fini(&list);
    struct conf c;
    assert_false(conf_load("/nonexistent/repmon.conf", &c, &list, &list));
    assert_int_equal(conf_exit_class(&list), ERR_INPUT);
    errors_fini(&list);
    assert_false(conf_load("/", &c, &list, &list));
    assert_int_equal(list.count, 1);
    errors_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_contract_s),
        cmocka_unit_test(reads_every_kind_of_value),
        cmocka_unit_test(ten_mistakes_are_ten_errors),
        cmocka_unit_test(a_label_is_any_text_but_a_target),
        cmocka_unit_test(every_wrong_value_says_what_is_accepted),
        cmocka_unit_test(a_long_address_is_taken_and_never_shown),
        cmocka_unit_test(the_exit_class_follows_the_errors),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
