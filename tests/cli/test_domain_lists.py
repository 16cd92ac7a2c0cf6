# SPDX-License-Identifier: ISC
"""Lists of domains: asked about domains and the reverse names of addresses, never about an address,
with the operators' own test points; answers that serve nobody are no listings."""

import re

import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN, WARNING
from lab import (Authority, Rbldnsd, Reply, Unbound, a, bad_format, formerr, nxdomain, refused,
                 servfail, silence, txt)
from lab.names import name_of
from station import CLEAN, DAY, HOUR, MINUTE, silent, station, told  # noqa: F401
from test_ptr import ptr, reverse

D, IP, HOST = "example.org", "203.0.113.5", "mx1.example.org"
DBL, SURBL, URIBL = "dbl.spamhaus.org", "multi.surbl.org", "multi.uribl.com"
LISTS = (DBL, SURBL, URIBL)


def dnset(*entries, ttl=300):
    """A zone file of rbldnsd's type dnset; an entry is "NAME :ANSWER:TEXT"."""
    return "\n".join([f"$SOA {ttl} ns.lab.invalid hostmaster.lab.invalid 1 600 300 86400 60",
                      f"$TTL {ttl}", *entries]) + "\n"


ZONES = {
    (DBL, "dnset"): dnset("dbltest.com :127.0.1.2:test entry", ".bad.example :127.0.1.4:phish $",
                          ".hacked.example :127.0.1.102:hacked $"),
    (SURBL, "dnset"): dnset("test.surbl.org :127.0.0.254:test entry",
                            ".bad.example :127.0.0.80:abuse and malware"),
    (URIBL, "dnset"): dnset("test.uribl.com :127.0.0.14:test entry", "bad.example :127.0.0.2:black",
                            "grey.example :127.0.0.4:grey"),
}
REVERSE = "113.0.203.in-addr.arpa"


@pytest.fixture(scope="module")
def internet():
    names = "\n".join(["5 PTR mx1.example.org.", "66 PTR out.mail.bad.example.",
                       "67 PTR a.example.org.", "67 PTR b.hacked.example.",
                       "68 PTR relay.grey.example."])
    with Rbldnsd(ZONES) as lists, Authority({REVERSE: names}) as names, \
            Unbound({**{z: lists for z in LISTS}, REVERSE: names}) as resolver:
        yield resolver


@pytest.fixture
def ask(repmon, conf, internet):
    def run(*targets, zones=LISTS, extra="", **kwargs):
        config = conf(internet, {z: {} for z in zones}, extra=extra, **kwargs)
        return repmon.check("--only", "dnsbl", *targets, conf=config)
    return run


def results(ran, target):
    t, = [t for t in ran.json()["targets"] if target in (t["ip"], t["domain"])]
    return {r["list"]: r for r in t["results"]}


def words(ran, target):
    return {zone: r["cause"] or r["state"] for zone, r in results(ran, target).items()}


# ---- real rbldnsd, real names ----

def test_a_clean_domain_is_proven_clean_on_each(ask):
    ran = ask("--domain", D)
    assert words(ran, D) == {z: "not-listed" for z in LISTS}
    assert ran.code == OK and all(ran.list(z)["health"] == "ok" for z in LISTS)


def test_a_listed_domain_is_told_with_code_and_reason(ask):
    ran = ask("--domain", "www.bad.example")
    found = results(ran, "www.bad.example")
    assert {z: r["state"] for z, r in found.items()} == {z: "listed" for z in LISTS}
    assert [c["name"] for c in found[DBL]["codes"]] == ["phish"]
    assert sorted(c["name"] for c in found[SURBL]["codes"]) == ["ABUSE", "MW"]
    assert found[DBL]["reason"] == "phish bad.example"
    assert found[URIBL]["reason"] == "bad.example is listed: black", "it holds no host names"
    assert "check.spamhaus.org" in found[DBL]["advice"]
    assert ran.code == CRITICAL


@pytest.mark.parametrize("domain, zone, code, level", [
    ("hacked.example", DBL, "abused-spam", "critical"),
    ("grey.example", URIBL, "grey", "warning"),
])
def test_a_code_has_its_own_severity(ask, domain, zone, code, level):
    found = results(ask("--domain", domain), domain)[zone]
    assert (found["level"], found["codes"][0]["name"]) == (level, code)


def test_the_reverse_name_of_an_address_is_asked(ask):
    ran = ask("203.0.113.66", IP)
    assert words(ran, IP) == {z: "not-listed" for z in LISTS}
    found = results(ran, "203.0.113.66")
    assert {r["state"] for r in found.values()} == {"listed"}
    assert found[DBL]["reason"].startswith("its reverse name out.mail.bad.example is listed: phish")
    assert "bad.example, above its reverse name, is listed: black" in found[URIBL]["reason"]


def test_each_reverse_name_counts(ask):
    found = results(ask("203.0.113.67"), "203.0.113.67")
    assert found[DBL]["state"] == "listed" and "b.hacked.example" in found[DBL]["reason"]
    assert "a.example.org" not in found[DBL]["reason"]


def test_an_address_without_reverse_name_is_nobodys_business(ask):
    ran = ask("203.0.113.9", "--domain", D)
    assert results(ran, "203.0.113.9") == {}
    assert words(ran, D) == {z: "not-listed" for z in LISTS}
    assert all(ran.list(z)["health"] == "ok" for z in LISTS)


def test_block_of_addresses_asks_each_name_once(repmon, conf, dns):
    zone = dns.zone("dbl.lab")
    zone.rule = lambda q: a("127.0.0.2") if q.name == "test.dbl.lab" else nxdomain()
    for i in range(16):
        dns.hosts[reverse(f"203.0.113.{i}"), "PTR"] = ptr(f"mx{i % 2}.example.org")
    ran = repmon.check("203.0.113.0/28", conf=conf(dns, {"dbl.lab": {"domains": "yes"}}))
    assert ran.code == OK
    asked = [q.name for q in zone.log if q.name.endswith("example.org.dbl.lab")]
    assert sorted(asked) == ["mx0.example.org.dbl.lab", "mx1.example.org.dbl.lab"]
    assert len([q for q in dns.log if q.type == "PTR"]) == 16


# ---- never an address to a list of domains, nor the other way round ----

def test_kinds_are_never_mixed(repmon, conf, dns):
    bl, dbl = dns.zone("bl.lab"), dns.zone("dbl.lab")
    dbl.rule = lambda q: a("127.0.0.2") if q.name == "test.dbl.lab" else nxdomain()
    dns.hosts[reverse(IP), "PTR"] = ptr(HOST)
    lists = {"bl.lab": {"test": "127.0.0.2"}, "dbl.lab": {"domains": "yes"}}
    ran = repmon.check("--only", "dnsbl", "--domain", D, IP, conf=conf(dns, lists))
    assert words(ran, D) == {"dbl.lab": "not-listed"}
    assert words(ran, IP) == {"bl.lab": "not-listed", "dbl.lab": "not-listed"}
    assert not [q for q in dbl.log if re.match(r"(\d+\.){4}dbl", q.name)]
    assert not [q for q in bl.log if "example" in q.name]


@pytest.mark.parametrize("address", ["192.168.1.25", "10.1.2.3", "fd00::1"])
def test_a_hidden_address_is_not_looked_up_for_public_lists(repmon, conf, dns, address):
    dns.hosts[reverse(address), "PTR"] = ptr("nas.home.lan")
    repmon.check("--only", "dnsbl", address, conf=conf(dns, {DBL: {}}))
    assert not [q for q in dns.log if "nas.home" in q.name or q.type == "PTR"]


# ---- proof ----

def fake(dns, zone=DBL, test="dbltest.com", **answers):
    """A scripted list of domains: its test point, and what `answers` and `rule` say."""
    z = dns.zone(zone)
    z.rule = lambda q: (rule(q) if (rule := answers.get("rule")) else None) or (
        answers.get("point", a("127.0.1.2")) if q.name == f"{test}.{zone}" else nxdomain())
    return z


def domain(repmon, conf, dns, name=D, zone=DBL):
    return repmon.check("--only", "dnsbl", "--domain", name,
                        conf=conf(dns, {zone: {}}, timeout="100ms"))


@pytest.mark.parametrize("reply, cause", [
    (a("127.255.255.254"), "not-served"), (a("127.255.255.252"), "not-served"),
    (a("127.255.255.255"), "not-served"), (a("127.0.1.255"), "not-served"),
    (a("203.0.113.80"), "rewritten"), (servfail(), "servfail"), (silence(), "timeout"),
    (Reply(rcode="REFUSED"), "not-served"), (a("127.0.1.2", "127.255.255.254"), "not-served"),
])
def test_what_serves_nobody_is_neither_clean_nor_listed(repmon, conf, dns, reply, cause):
    fake(dns, rule=lambda q: reply)
    ran = domain(repmon, conf, dns)
    assert words(ran, D)[DBL] == cause and ran.code == UNKNOWN


@pytest.mark.parametrize("zone, test", [(URIBL, "test.uribl.com"), (SURBL, "test.surbl.org")])
@pytest.mark.parametrize("answer", ["127.0.0.1", "127.0.0.255"])
def test_bit_one_is_a_refusal_and_the_cure_is_named(repmon, conf, dns, zone, test, answer):
    fake(dns, zone, test, rule=lambda q: a(answer))
    ran = domain(repmon, conf, dns, zone=zone)
    assert words(ran, D)[zone] == "not-served"
    assert "resolver of your own" in ran.list(zone)["note"]


def test_an_emptied_list_is_no_clean_word(repmon, conf, dns):
    fake(dns, point=nxdomain())
    ran = domain(repmon, conf, dns)
    assert words(ran, D)[DBL] == "untrusted" and ran.code == UNKNOWN


def test_a_list_known_to_deny_public_resolvers_names_the_resolver_first(repmon, conf, dns):
    fake(dns, point=nxdomain())
    ran = domain(repmon, conf, dns)
    assert "this resolver is probably a public or shared one" in ran.list(DBL)["note"]


@pytest.mark.parametrize("rule", [
    lambda q: a("127.0.1.2"),                                           # a parked zone
    lambda q: a("127.0.1.2") if ".com." in q.name else None,            # all of com
    lambda q: a("127.0.1.2") if q.name.count(".") == 3 else None,       # any one label
], ids=["all", "com", "labels"])
def test_a_list_of_everything_lists_nothing(repmon, conf, dns, rule):
    fake(dns, rule=rule)
    ran = domain(repmon, conf, dns, "example.com")
    assert words(ran, "example.com")[DBL] == "untrusted"
    assert ran.list(DBL)["health"] == "untrusted"


def test_test_points_are_the_operators_own(repmon, conf, dns):
    zone = fake(dns)
    assert domain(repmon, conf, dns).code == OK
    names = [q.name for q in zone.log]
    assert f"dbltest.com.{DBL}" in names and f"invalid.{DBL}" in names
    assert name_of("127.0.0.2", DBL) not in names


NO_NAME = [
    (servfail(), "the resolver failed (SERVFAIL)"), (silence(), "no answer in time"),
    (refused(), "the resolver refuses the query (REFUSED)"),
    (bad_format(), "no answer in time"), (formerr(), "the resolver failed (SERVFAIL)"),
    (nxdomain(soa=False), "the resolver leaves out the SOA"),
    (ptr("mail.home.example").as_own(), "the resolver's own data"),
]


@pytest.mark.parametrize("reply, why", NO_NAME)
def test_a_reverse_name_that_cant_be_learned_is_not_the_lists_fault(repmon, conf, dns, reply, why):
    """The list is not blamed, the question that failed is named, and the address stays clear."""
    fake(dns)
    dns.zone("bl.lab")
    dns.hosts[reverse(IP), "PTR"] = reply
    config = conf(dns, {DBL: {}, "bl.lab": {"test": "127.0.0.2"}}, timeout="100ms")
    ran = repmon.check("--only", "dnsbl", IP, "--domain", D, conf=config)
    assert words(ran, IP) == {DBL: "unproven", "bl.lab": "not-listed"}
    assert words(ran, D)[DBL] == "not-listed" and ran.code == OK
    found = ran.list(DBL)
    assert (found["health"], found["cause"]) == ("ok", None)
    assert f"the reverse name of {IP}" in found["note"] and why in found["note"]
    text = repmon("check", "--only", "dnsbl", IP, conf=config)
    assert text.code == OK and "not-served" not in text.out and "register" not in text.out
    assert why in re.sub(r"\s+", " ", text.out)


def test_a_refused_reverse_name_is_believed_when_asked_alone(repmon, conf, dns):
    """Beside many other questions it may be the resolver's load."""
    fake(dns)
    asked = []
    dns.zone(REVERSE).rule = lambda q: asked.append(REVERSE) or refused()
    lists = {f"l{i}.lab": {"test": "127.0.0.2"} for i in range(12)}
    for zone in lists:
        dns.zone(zone).rule = lambda q: asked.append("list")
    ran = repmon.check("--only", "dnsbl", IP, conf=conf(dns, {**lists, DBL: {}}))
    assert ran.code == OK and words(ran, IP)[DBL] == "unproven"
    assert asked.count(REVERSE) == 2 and asked[-1] == REVERSE and "list" in asked


def test_several_reverse_names_that_cant_be_learned_are_one_note(repmon, conf, dns):
    fake(dns)
    for i in range(4):
        dns.hosts[reverse(f"203.0.113.{i}"), "PTR"] = refused() if i else silence()
    ran = repmon.check("--only", "dnsbl", "203.0.113.0/30", conf=conf(dns, {DBL: {}},
                                                                      timeout="100ms"))
    note = ran.list(DBL)["note"]
    assert "203.0.113.1 and 2 more could not be looked up" in note and "203.0.113.0 could" in note


@pytest.mark.parametrize("reply, why", NO_NAME[:3])
def test_reverse_dns_says_itself_what_keeps_a_list_of_domains_from_being_asked(
        repmon, conf, dns, reply, why):
    """Where reverse DNS is watched, it is what is unknown, and nothing else is."""
    fake(dns)
    dns.hosts[reverse(IP), "PTR"] = reply
    config = conf(dns, {DBL: {}}, timeout="100ms", ptr="use = all")
    ran = repmon.check("--only", "dnsbl,ptr", IP, conf=config)
    assert ran.code == UNKNOWN
    unknown = {r["list"]: r["cause"] for r in results(ran, IP).values() if r["cause"]}
    assert unknown[DBL] == "unproven" and unknown["ptr"] not in (None, "unproven")


def test_a_slow_reverse_name_is_waited_for(repmon, conf, dns):
    fake(dns, rule=lambda q: a("127.0.1.2") if q.name.startswith(HOST) else None)
    dns.hosts[reverse(IP), "PTR"] = ptr(HOST).after(0.25)
    ran = repmon.check("--only", "dnsbl", IP, conf=conf(dns, {DBL: {}}, timeout="1s"))
    assert words(ran, IP)[DBL] == "listed"


@pytest.mark.parametrize("name", ["localhost", "mail", "x y.example.org", "-a.example.org"])
def test_a_reverse_name_that_no_list_could_hold_is_not_asked(repmon, conf, dns, name):
    zone = fake(dns)
    dns.hosts[reverse(IP), "PTR"] = ptr(name)
    repmon.check("--only", "dnsbl", IP, conf=conf(dns, {DBL: {}}))
    assert not zone.log


def test_a_domain_too_long_for_the_zone_is_not_asked(repmon, conf, dns):
    zone = fake(dns)
    long = ".".join(["a" * 60] * 4)[:-4]
    ran = domain(repmon, conf, dns, long)
    assert words(ran, long) == {} and not [q for q in zone.log if "aaaa" in q.name]


# ---- a list of one's own, keys, configuration ----

def test_a_list_of_ones_own(repmon, conf, dns):
    fake(dns, "dbl.lab", "listed.test", point=a("127.0.0.2"),
         rule=lambda q: a("127.0.0.9") if q.name == f"{D}.dbl.lab" else None)
    keys = {"domains": "yes", "test": "listed.test", "code": "127.0.0.9 mine minor"}
    ran = repmon.check("--only", "dnsbl", "--domain", D, conf=conf(dns, {"dbl.lab": keys}))
    found = results(ran, D)["dbl.lab"]
    assert (found["state"], found["level"], found["codes"][0]["name"]) == ("listed", "warning",
                                                                         "mine")
    assert ran.code == WARNING


def test_a_key_is_part_of_the_name_and_is_never_shown(repmon, conf, dns, tmp_path):
    key = tmp_path / "k"
    key.write_text("s3cretkey\n")
    key.chmod(0o600)
    repmon.secrets.append("s3cretkey")
    zone = "dbl.dq.spamhaus.net"
    dns.zone(f"s3cretkey.{zone}").rule = lambda q: {
        f"dbltest.com.s3cretkey.{zone}": a("127.0.1.2"),
        f"{D}.s3cretkey.{zone}": txt(f"see s3cretkey.{zone}") if q.type == "TXT" else
        a("127.0.1.5")}.get(q.name, nxdomain())
    ran = repmon.check("--only", "dnsbl", "--domain", D, conf=conf(dns, {zone: {"key_file": key}}))
    assert words(ran, D)[zone] == "listed"


@pytest.mark.parametrize("zone, keys, said", [
    ("dbl.lab", {"domains": "yes", "test": "127.0.0.2"}, "must be a name"),
    ("dbl.lab", {"domains": "yes", "families": "4 6"}, "for lists of addresses only"),
    (DBL, {"domains": "no"}, "the catalogue knows it as a list of domains"),
    (DBL, {"test": "127.0.0.2"}, "must be a name"),
    ("zen.spamhaus.org", {"domains": "yes"}, "the catalogue knows it as a list of addresses"),
])
def test_a_section_that_mixes_the_kinds_is_an_error(repmon, conf, dns, zone, keys, said):
    ran = repmon("check", D, conf=conf(dns, {zone: keys}))
    assert ran.code == UNKNOWN and said in ran.err and f'[dnsbl "{zone}"]' in ran.err


def test_lists_shows_what_is_asked_and_tests_it(repmon, conf, internet):
    config = conf(internet, {z: {} for z in LISTS})
    ran = repmon("lists", "--test", conf=config)
    for zone in LISTS:
        line, = [x for x in ran.out.splitlines() if x.strip().startswith(zone)]
        assert "good" in line and "name" in line
    assert ran.code == 0
    ran = repmon("lists", "--format", "json", conf=config)
    assert {x["zone"]: x["domains"] for x in ran.json()["lists"]
            if x["zone"] in LISTS} == {z: True for z in LISTS}


def test_doctor_proves_them(repmon, conf, internet):
    ran = repmon("doctor", conf=conf(internet, {DBL: {}}, extra=f"[targets]\nip = {IP}"))
    line, = [x for x in ran.out.splitlines() if DBL in x and "proven" in x]
    assert "proven (domains)" in line


# ---- run ----

def watch(station, targets, **answers):  # noqa: F811
    zone = fake(station.dns, "dbl.lab", "test", point=a("127.0.0.2"), **answers)
    station.lists["dbl.lab"] = {"domains": "yes", "severity": "critical"}
    station.configure(targets)
    return zone


def test_a_run_tells_a_listed_domain_once_and_its_end(station):  # noqa: F811
    bad = set()
    watch(station, f"domain = {D}", rule=lambda q: a("127.0.0.2") if q.name in bad else None)
    station.run()
    bad.add(f"{D}.dbl.lab")
    ran = station.run(after=HOUR)
    mail, change = told(ran, "listed")
    assert f"LISTED (critical) {D} dbl.lab" in mail.message["Subject"]
    assert change["targets"] == [D]
    silent(station.run(after=HOUR))
    bad.clear()
    station.run(after=HOUR)
    mail, change = told(station.run(after=HOUR), "delisted")
    assert "DELISTED" in mail.message["Subject"]


def test_a_run_tells_of_a_reverse_name(station):  # noqa: F811
    bad = set()
    watch(station, f"ip = {IP} mx1", rule=lambda q: a("127.0.0.2") if q.name in bad else None)
    station.dns.hosts[reverse(IP), "PTR"] = ptr(HOST)
    station.run()
    bad.add(f"{HOST}.dbl.lab")
    mail, change = told(station.run(after=HOUR), "listed")
    assert f"its reverse name {HOST} is listed" in re.sub(r"\s+", " ", mail.text)
    status = station.command("status", "--format", "json", code=CRITICAL)
    assert status.verdict(IP, "dbl.lab") == "listed"


def test_silence_of_the_reverse_zone_delists_nothing(station):  # noqa: F811
    watch(station, f"ip = {IP} mx1",
          rule=lambda q: a("127.0.0.2") if q.name == f"{HOST}.dbl.lab" else None)
    station.dns.hosts[reverse(IP), "PTR"] = ptr(HOST)
    station.run()
    for reply in (servfail(), nxdomain(), silence()):
        station.dns.hosts[reverse(IP), "PTR"] = reply
        ran = station.run(after=HOUR, code=None)
        assert not [c for hook in ran.hooks for c in hook["changes"] if c["kind"] == "delisted"]


def test_targets_counts_what_it_costs(station):  # noqa: F811
    watch(station, f"ip = {CLEAN} mx1\ndomain = {D}")
    ran = station.command("targets", "-v")
    assert "dbl.lab" in ran.out


def test_a_listed_domain_goes_through_plugin_metrics_history_and_ack(station, check_repmon):  # noqa: F811
    watch(station, f"domain = {D}",
          rule=lambda q: a("127.0.0.2") if q.name == f"{D}.dbl.lab" else None)
    station.run()
    plugin = ("-H", D, "--state", "--config", station.conf)
    ran = station.repmon(*plugin, program=check_repmon, env=station.environment())
    assert ran.code == CRITICAL and f"{D} listed: dbl.lab" in ran.out
    metrics = station.command("status", "--format", "prometheus", code=None).out
    assert re.search(rf'repmon_listed{{[^}}]*target="{D}"[^}}]*list="dbl.lab"', metrics)
    assert "dbl.lab" in station.command("history", D).out
    assert "1" in station.command("ack", D, "dbl.lab").out
    ran = station.repmon(*plugin, program=check_repmon, env=station.environment())
    assert ran.code == WARNING, "its records are missing; the listing is acknowledged"


@pytest.mark.parametrize("reply", [servfail(), silence(), refused()], ids=["fails", "says nothing",
                                                                         "refuses"])
def test_a_run_without_reverse_names_blames_no_list(station, check_repmon, reply):  # noqa: F811
    """No list is blind for it and none recovers by it; status, plugin and metrics say the same."""
    watch(station, f"ip = {IP} mx1")
    station.zone("bl.lab")
    station.configure(f"ip = {IP} mx1")
    station.dns.hosts[reverse(IP), "PTR"] = reply
    assert "BLIND" not in station.run().mails[0].text
    silent(station.run(after=HOUR))
    silent(station.run(after=HOUR))
    assert "could not be looked up" in station.command("status", "-v").out
    plugin = ("-H", IP, "--state", "--config", str(station.conf))
    ran = station.repmon(*plugin, program=check_repmon, env=station.environment())
    assert ran.code == OK and "1 clear, 0 unknown" in ran.out
    metrics = station.command("status", "--format", "prometheus").out
    assert 'repmon_list_up{source="dnsbl",list="dbl.lab"} 1' in metrics


def test_a_blind_list_does_not_recover_because_it_was_not_asked(station):  # noqa: F811
    down = [True]
    watch(station, f"ip = {IP} mx1", rule=lambda q: a("127.255.255.254") if down[0] else None)
    station.lists["dbl.lab"]["error"] = "127.255.255.254"
    station.zone("bl.lab")
    station.configure(f"ip = {IP} mx1")
    station.dns.hosts[reverse(IP), "PTR"] = ptr(HOST)
    assert "BLIND dbl.lab" in station.run().mails[0].text
    station.dns.hosts[reverse(IP), "PTR"] = refused()
    silent(station.run(after=HOUR))
    down[0] = False
    silent(station.run(after=HOUR))
    station.dns.hosts[reverse(IP), "PTR"] = ptr(HOST)
    told(station.run(after=HOUR), "recovered")


def test_a_finding_whose_name_cant_be_learned_any_more_is_told_as_such(station):  # noqa: F811
    watch(station, f"ip = {IP} mx1",
          rule=lambda q: a("127.0.0.2") if q.name == f"{HOST}.dbl.lab" else None)
    station.dns.hosts[reverse(IP), "PTR"] = ptr(HOST)
    station.run()
    station.dns.hosts[reverse(IP), "PTR"] = refused()
    for after in (DAY - HOUR, DAY, DAY):  # not yet three days, however long the runs take
        silent(station.run(after=after))
    (mail,) = station.run(after=DAY).mails
    text = re.sub(r"\s+", " ", mail.text)
    assert "NOT PROVEN dbl.lab (unproven)" in mail.subject
    assert f"the reverse name of {IP} could not be looked up" in text
    assert "no name to query it about" in text and "deadline" not in text


@pytest.mark.parametrize("denial", [nxdomain, lab.nodata, lambda: nxdomain(soa=False)])
def test_reverse_names_are_asked_again_when_another_resolver_takes_over(repmon, conf, dns, own,
                                                                        denial):
    """The first one denies them before the lists have shown that it denies everything."""
    def dbl(q):
        listed = q.name.endswith(("dbltest.com." + DBL, "bad.example." + DBL))
        return a("127.0.1.2") if listed else nxdomain() if q.name.endswith(DBL) else None

    dns.before = dbl
    dns.hosts[reverse(IP), "PTR"] = ptr("mx1.bad.example")
    lists = {f"l{i}.lab": own() for i in range(3)}
    for zone in lists:
        dns.zone(zone)
    with lab.Scripted() as first:
        first.before = lambda q: denial() if q.type == "PTR" else denial().after(0.2)
        ran = repmon.check(IP, conf=conf([first, dns], {**lists, DBL: {}}))
        assert "takes over" in ran.err and [q for q in first.log if q.type == "PTR"]
    assert ran.verdict(IP, DBL) == "listed"
