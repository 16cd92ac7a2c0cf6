# SPDX-License-Identifier: ISC
"""Sending domains as an administrator meets them: what check says about the records of a domain,
what a run tells, and what is never said."""

import base64
import os
import time

import pytest

import lab
from conftest import BUILD, CRITICAL, OK, UNKNOWN, WARNING
from lab import (Authority, Reply, Scripted, Unbound, a, chain, mx, nodata, nxdomain, servfail,
                 silence, truncated, txt)
from logs import GMAIL, line, section
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401

D = "example.org"
IP = "203.0.113.5"


def der(tag, data):
    size = len(data)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + data


def rsa(bits):
    """A key record of that length; nobody has its other half."""
    number = der(2, b"\0" + ((1 << bits - 1) | 1).to_bytes(bits // 8, "big"))
    inner = der(0x30, number + der(2, b"\1\0\1"))
    kind = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")) + der(5, b""))
    return base64.b64encode(der(0x30, kind + der(3, b"\0" + inner))).decode()


def strings(text, size=255):
    return txt(*(text[i:i + size] for i in range(0, len(text), size)))


KEY = f"v=DKIM1; k=rsa; p={rsa(2048)}"


def publish(dns, domain=D, spf=f"v=spf1 ip4:{IP} -all", dmarc="v=DMARC1; p=none", keys=("s2026",)):
    if spf:
        dns.hosts[domain, "TXT"] = lab.Reply(records=(("TXT", ["some=token"]), ("TXT", [spf])))
    if dmarc:
        dns.hosts[f"_dmarc.{domain}", "TXT"] = txt(dmarc)
    for selector in keys:
        dns.hosts[f"{selector}._domainkey.{domain}", "TXT"] = strings(KEY)
    dns.hosts[domain, "MX"] = mx("mx." + domain)
    dns.hosts[domain, "A"] = nodata()
    dns.hosts[domain, "AAAA"] = nodata()


SECTION = f'[domain "{D}"]\nselectors = s2026\nsenders = {IP}'


class Looked:
    def __init__(self, ran, domain=D):
        self.ran = ran
        target, = [t for t in ran.json()["targets"] if t["domain"] == domain]
        assert target["ip"] is None
        self.level = target["level"]
        self.results = {r["list"]: r for r in target["results"] if r["source"] == "domain"}

    def __getitem__(self, name):
        r = self.results[name]
        return r["cause"] if r["level"] == "unknown" else r["state"]

    def reason(self, name):
        return self.results[name]["reason"] or ""


@pytest.fixture
def look(repmon, conf, dns):
    def run(section=SECTION, domain=D, words=(), **kwargs):
        config = conf(dns, {}, extra=section, **kwargs)
        return Looked(repmon.check("--only", "domain", *words, domain, conf=config), domain)
    return run


@pytest.mark.valgrind
def test_a_domain_in_order_is_ok(look, dns):
    publish(dns)
    seen = look()
    assert seen.level == "ok"
    assert [seen[x] for x in ("spf", "dkim", "dmarc", "mail")] == [
        "covered", "published", "published", "reachable"]
    assert max(q.seen for q in dns.log) == 0, "no name is asked twice"


# ---- SPF ----

@pytest.mark.valgrind
def test_an_address_that_is_not_covered_comes_with_the_record_to_publish(look, dns):
    publish(dns, spf="v=spf1 mx ~all")
    dns.hosts["mx." + D, "A"] = a("192.0.2.1")
    seen = look()
    assert seen.level == "warning"
    assert seen["spf"] == f"not-covered {IP}"
    assert f'{D} TXT "v=spf1 ip4:{IP} mx ~all"' in seen.reason("spf")
    assert "softfail" in seen.reason("spf") and "~all" in seen.reason("spf")


def test_without_senders_a_watched_address_is_only_mentioned(look, dns):
    publish(dns, spf="v=spf1 -all", keys=())
    seen = look(f"[targets]\nip = {IP}\ndomain = {D}")
    assert seen.level == "info"
    assert seen["spf"] == f"not-mentioned {IP}"
    assert "senders" in seen.results["spf"]["advice"]
    assert seen["dkim"] == "no-data", "a guessed selector proves nothing"


@pytest.mark.parametrize("record, state, word", [
    ("v=spf1 ip4:203.0.113.5/33 -all", "permerror", "ip4:203.0.113.5/33"),
    ("v=spf1 include:gone.example.net -all", "permerror", "include:gone.example.net"),
    ("v=spf1 a a a a a a a a a a a -all", "permerror", "ten"),
    (f"v=spf1 include:{D} -all", "permerror", "ten"),
    ("v=spf1 exists:%{i}.%garbage -all", "permerror", "%garbage"),
    ("v=spf1 a:1.example.net a:2.example.net a:3.example.net ip4:203.0.113.5 -all",
     "void-look-ups", "3 names"),
])
def test_a_wrong_record_is_named_by_its_term(look, dns, record, state, word):
    publish(dns, spf=record)
    dns.hosts[D, "A"] = a("192.0.2.1")
    seen = look(words=("--domain",))
    assert seen["spf"] == state
    assert word in seen.reason("spf")
    assert seen.level == ("warning" if state == "void-look-ups" else "critical")


def test_two_records_are_critical(look, dns):
    publish(dns)
    dns.hosts[D, "TXT"] = lab.Reply(records=(("TXT", [f"v=spf1 ip4:{IP} -all"]),
                                             ("TXT", ["v=spf1 mx -all"])))
    seen = look()
    assert (seen["spf"], seen.level) == ("two-records", "critical")


def test_macros_are_followed(look, dns):
    publish(dns, spf="v=spf1 exists:%{ir}.%{v}.%{l}.spf.%{d2} -all")
    dns.hosts["5.113.0.203.in-addr.postmaster.spf.example.org", "A"] = a("127.0.0.2")
    assert look()["spf"] == "covered"


def test_the_envelope_has_the_record(look, dns):
    publish(dns, spf=None)
    dns.hosts["bounce." + D, "TXT"] = txt(f"v=spf1 ip4:{IP} -all")
    assert look(SECTION + f"\nenvelope = bounce.{D}")["spf"] == "covered"


def test_a_block_of_senders_is_looked_at_address_by_address(look, dns):
    publish(dns, spf="v=spf1 ip4:203.0.113.0/30 -all")
    seen = look(f'[domain "{D}"]\nsenders = 203.0.113.0/29\nselectors = s2026')
    words = [c["answer"] for c in seen.results["spf"]["codes"]]
    assert words == [f"203.0.113.{i}" for i in range(4, 8)]


# ---- what is no answer ----

@pytest.mark.parametrize("reply, cause", [
    (servfail(), "servfail"), (silence(), "timeout"), (lab.refused(), "not-served"),
    (nxdomain(soa=False), "unproven"), (lab.bad_format(), "timeout")])
@pytest.mark.parametrize("name, rtype, row", [
    (D, "TXT", "spf"), (f"s2026._domainkey.{D}", "TXT", "dkim"), (f"_dmarc.{D}", "TXT", "dmarc"),
    (D, "MX", "mail")])
def test_what_is_no_answer_is_never_missing(look, dns, reply, cause, name, rtype, row):
    publish(dns)
    dns.hosts[name, rtype] = reply
    seen = look()
    assert seen.results[row]["level"] == "unknown"
    assert seen[row] == cause or (cause, seen[row]) == ("timeout", "bad-format")


@pytest.mark.parametrize("name, rtype, row", [
    (D, "TXT", "spf"), (f"s2026._domainkey.{D}", "TXT", "dkim"), (f"_dmarc.{D}", "TXT", "dmarc")])
def test_one_denial_is_not_enough(look, dns, name, rtype, row):
    publish(dns)
    dns.before = lambda q: nodata() if (q.name, q.type) == (name, rtype) and q.seen == 0 else None
    assert look()[row] == "unproven"


def test_a_resolver_that_denies_everything_proves_nothing(repmon, conf, dns):
    publish(dns)
    dns.zone("one.lab")
    dns.before = lambda q: nxdomain()
    config = conf(dns, {"one.lab": {"test": "127.0.0.2"}}, extra=SECTION)
    seen = Looked(repmon.check("--domain", D, conf=config))
    assert {seen[x] for x in ("spf", "dkim", "dmarc", "mail")} == {"untrusted"}
    assert seen.ran.code == UNKNOWN


# ---- a resolver that can't be believed ----

OWN_ZONE = "holds the zone of the domain itself"
MADE_UP = "answers for the domain from its own hosts file"


def own_answers(dns, holds):
    """The resolver answers about the domain from data of its own; whether it holds the zone."""
    for key, reply in list(dns.hosts.items()):
        dns.hosts[key] = reply.as_own()
        soa = (key[0], "SOA")
        if soa not in dns.hosts:
            dns.hosts[soa] = nodata().as_own() if holds else nxdomain()


@pytest.mark.parametrize("holds, cause, note", [(True, "unproven", OWN_ZONE),
                                                (False, "untrusted", MADE_UP)])
def test_records_of_the_resolvers_own_prove_nothing(look, dns, holds, cause, note):
    publish(dns)
    own_answers(dns, holds)
    seen = look()
    assert {seen[x] for x in ("spf", "dkim", "dmarc", "mail")} == {cause}
    assert note in (seen.ran.list("spf")["note"] or "")
    assert seen.ran.code == UNKNOWN


@pytest.mark.parametrize("holds", [True, False])
def test_an_inside_zone_without_spf_is_no_missing_record(look, dns, holds):
    publish(dns, spf=None, dmarc=None, keys=())
    for name in (D, f"_dmarc.{D}", f"s2026._domainkey.{D}"):
        dns.hosts[name, "TXT"] = nodata()
    own_answers(dns, holds)
    seen = look()
    assert {seen.results[x]["level"] for x in seen.results} == {"unknown"}


def test_a_name_of_the_record_that_the_hosts_file_has_settles_nothing(look, dns):
    publish(dns, spf=f"v=spf1 a:mail.{D} -all")
    dns.hosts[f"mail.{D}", "A"] = a("127.0.1.1").as_own()
    dns.hosts[f"mail.{D}", "SOA"] = nxdomain()
    seen = look()
    assert seen["spf"] == "untrusted" and seen["dkim"] == "published"


def test_an_soa_that_can_not_be_had_is_the_cause(look, dns):
    publish(dns)
    own_answers(dns, False)
    for key in list(dns.hosts):
        if key[1] == "SOA":
            dns.hosts[key] = servfail()
    assert look()["spf"] == "servfail"


def test_unbound_with_local_data_is_found_out(repmon, conf):
    hosts = [f'{D}. 300 TXT "v=spf1 ip4:{IP} -all"', f"{D}. 300 MX 10 mx.{D}."]
    with Unbound({}, hosts=hosts) as resolver:
        seen = Looked(repmon.check("--only", "domain", "--domain", D, conf=conf(
            resolver, {}, timeout="2s", extra=SECTION)))
    assert seen["spf"] in ("untrusted", "unproven") and seen.ran.code == UNKNOWN


MANY = [f"d{i}.example" for i in range(6)]


@pytest.fixture
def many(station):  # noqa: F811
    for name in MANY:
        publish(station.dns, name)
    sections = "\n".join(f'[domain "{x}"]\nselectors = s2026\nsenders = {IP}' for x in MANY)
    station.configure("\n".join(f"domain = {x}" for x in MANY), extra=sections)
    station.run()
    return station


def kinds(ran):
    return [c["kind"] for hook in ran.hooks for c in hook["changes"]]


def test_many_that_lose_a_record_at_once_are_the_resolvers_fault(many):
    for name in MANY[:5]:
        del many.dns.hosts[f"_dmarc.{name}", "TXT"]
    heard = [k for i in range(4) for k in kinds(many.run(after=HOUR, code=None))]
    assert heard == []
    seen = many.command("status", "--format", "json", code=None)
    assert "lost the same record at once" in str(seen.json()["lists"])
    assert kinds(many.run(after=25 * HOUR)) == ["listed"], "a day later nobody loses the alert"


def test_few_that_lose_a_record_are_told(many):
    for name in MANY[:2]:
        del many.dns.hosts[f"_dmarc.{name}", "TXT"]
    many.run(after=HOUR, code=None)
    ran = many.run(after=HOUR)
    change, = [c for hook in ran.hooks for c in hook["changes"]]
    assert change["targets"] == MANY[:2] and change["to"] == "critical"


def test_losses_one_after_the_other_are_told(many):
    told_of = []
    for name in MANY[:4]:
        del many.dns.hosts[f"_dmarc.{name}", "TXT"]
        for _ in range(2):
            ran = many.run(after=HOUR)
            told_of += [t for hook in ran.hooks for c in hook["changes"] for t in c["targets"]]
    assert told_of == MANY[:4]


def test_several_domains_without_any_record_prove_nothing_of_each(repmon, conf, dns):
    config = conf(dns, {}, extra="\n".join(f'[domain "{x}"]\nselectors = s' for x in MANY[:2]))
    words = [x for name in MANY[:2] for x in ("--domain", name)]
    ran = repmon.check("--only", "domain", *words, conf=config)
    assert {r["cause"] for t in ran.json()["targets"] for r in t["results"]} == {"untrusted"}


def test_an_include_that_is_denied_once_is_no_permerror(watched, dns):
    dns.hosts[D, "TXT"] = txt("v=spf1 include:_spf.example.net -all")
    dns.hosts["_spf.example.net", "TXT"] = txt(f"v=spf1 ip4:{IP} -all")
    silent(watched.run(after=HOUR))
    del dns.hosts["_spf.example.net", "TXT"]
    assert kinds(watched.run(after=HOUR, code=None)) == []
    ran = watched.run(after=HOUR, code=None)
    assert kinds(ran) == ["listed"], "two runs were denied it"
    dns.hosts["_spf.example.net", "TXT"] = txt(f"v=spf1 ip4:{IP} -all")
    assert kinds(watched.run(after=HOUR)) == ["delisted"]


def test_a_host_of_the_record_that_is_denied_once_takes_no_pass(watched, dns):
    dns.hosts[D, "TXT"] = txt("v=spf1 a:out.example.net -all")
    dns.host("out.example.net", IP)
    silent(watched.run(after=HOUR))
    dns.hosts["out.example.net", "A"] = nxdomain()
    assert kinds(watched.run(after=HOUR, code=None)) == []
    dns.host("out.example.net", IP)
    silent(watched.run(after=HOUR))
    dns.hosts["out.example.net", "A"] = nxdomain()
    watched.run(after=HOUR, code=None)
    ran = watched.run(after=HOUR)
    assert f"SPF no longer covers {IP}" in ran.mails[0].message["Subject"]


# ---- DKIM ----

@pytest.mark.parametrize("record, state, level", [
    (f"p={rsa(4096)}", "published", "ok"),
    (f"v=DKIM1; k=rsa; h=sha256; t=y; p={rsa(2048)}", "published", "ok"),
    (f"v=DKIM1; p={rsa(1024)}", "short s2026", "info"),
    (f"v=DKIM1; p={rsa(512)}", "weak s2026", "critical"),
    ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "published", "ok"),
    ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS", "broken s2026", "critical"),
    ("v=DKIM1; p=", "revoked s2026", "critical"),
    ("v=DKIM1; k=rsa", "broken s2026", "critical"),
    ("v=DKIM1; p=not*base64", "broken s2026", "critical"),
    (f"v=DKIM1; p={rsa(2048)[:200]}", "broken s2026", "critical"),
    (f"v=DKIM1; k=dsa; p={rsa(2048)}", "broken s2026", "critical"),
    (f"v=DKIM1; s=tlsrpt; p={rsa(2048)}", "broken s2026", "critical"),
    ("v=spf1 -all", "missing s2026", "critical"),  # a wildcard's
])
def test_a_key_is_judged_by_what_receivers_do(look, dns, record, state, level):
    publish(dns)
    dns.hosts[f"s2026._domainkey.{D}", "TXT"] = strings(record)
    seen = look()
    assert (seen["dkim"], seen.level) == (state, level)


def test_a_key_in_forty_strings_comes_whole(look, dns):
    publish(dns)
    dns.hosts[f"s2026._domainkey.{D}", "TXT"] = strings(f"v=DKIM1; p={rsa(4096)}", 18)
    assert look()["dkim"] == "published"


def test_an_answer_that_was_cut_is_fetched_whole(look, dns):
    publish(dns)
    dns.hosts[f"s2026._domainkey.{D}", "TXT"] = truncated(strings(KEY))
    assert look()["dkim"] == "published"


def test_a_key_behind_a_chain_of_aliases_counts(look, dns):
    publish(dns)
    name = f"s2026._domainkey.{D}"
    parts = [KEY[i:i + 255] for i in range(0, len(KEY), 255)]
    dns.hosts[name, "TXT"] = chain((name, "CNAME", "k1.example.net"),
                                   ("k1.example.net", "CNAME", "k2.example.com"),
                                   ("k2.example.com", "TXT", parts))
    assert look()["dkim"] == "published"


# ---- DMARC ----

@pytest.mark.parametrize("records, state", [
    ({"_dmarc.mail.example.org": "v=DMARC1; p=reject"}, "published"),
    ({"_dmarc.example.org": "v=DMARC1; p=reject"}, "published"),
    ({"_dmarc.org": "v=DMARC1; p=reject; psd=y"}, "published"),
    ({}, "missing"),
    ({"_dmarc.mail.example.org": "v=DMARC2; p=none"}, "missing"),
    ({"_dmarc.mail.example.org": "p=none; v=DMARC1"}, "missing"),
    ({"_dmarc.mail.example.org": "v=DMARC1; p=block"}, "invalid"),
    ({"_dmarc.mail.example.org": "v=DMARC1; p=block; rua=mailto:d@mail.example.org"}, "published"),
    ({"_dmarc.mail.example.org": "v=DMARC1; rua=mailto:d@example.org; p=none"}, "published"),
    ({"_dmarc.mail.example.org": "v=DMARC1; p=none; rua=mailto:d@example.net"},
     "no-consent example.net"),
    ({"_dmarc.mail.example.org": "v=DMARC1; p=none; rua=mailto:d@example.net!10m",
      "mail.example.org._report._dmarc.example.net": "v=DMARC1"}, "published"),
])
def test_dmarc_is_found_by_the_tree_walk(look, dns, records, state):
    publish(dns, "mail." + D, dmarc=None)
    for name, text in records.items():
        dns.hosts[name, "TXT"] = txt(text)
    if "_dmarc.example.org" not in records and "rua=mailto:d@example.org" in str(records):
        dns.hosts["_dmarc.example.org", "TXT"] = txt("v=DMARC1; p=none")
    assert look("", domain="mail." + D)["dmarc"] == state


def test_two_dmarc_records_are_critical(look, dns):
    publish(dns)
    dns.hosts[f"_dmarc.{D}", "TXT"] = lab.Reply(records=(("TXT", ["v=DMARC1; p=none"]),
                                                         ("TXT", ["v=DMARC1; p=reject"])))
    seen = look()
    assert (seen["dmarc"], seen.level) == ("two-records", "critical")


def test_a_long_name_is_walked_in_eight_questions(look, dns):
    name = "a.b.c.d.e.f.g.h.i.j." + D
    publish(dns, name, dmarc=None)
    look("", domain=name)
    assert len({q.name for q in dns.log if q.name.startswith("_dmarc")}) == 8


# ---- mail ----

@pytest.mark.parametrize("records, state", [
    ({("MX",): mx("mx.example.net")}, "reachable"),
    ({("MX",): mx(".")}, "null-mx"),
    ({("MX",): nodata(), ("A",): a("192.0.2.1")}, "reachable"),
    ({("MX",): nodata(), ("AAAA",): lab.aaaa("2001:db8::1")}, "reachable"),
    ({("MX",): nodata()}, "missing"),
])
def test_who_sends_can_be_answered(look, dns, records, state):
    publish(dns)
    for (rtype,), reply in records.items():
        dns.hosts[D, rtype] = reply
    assert look(words=("--domain",))["mail"] == state


# ---- which it is ----

def test_a_name_with_an_address_is_a_host_unless_it_is_said(repmon, conf, dns):
    publish(dns)
    dns.host(D, "198.51.100.7")
    config = conf(dns, {}, ptr="use = all")
    targets = repmon.check(D, conf=config).json()["targets"]
    assert [(t["ip"], t["domain"]) for t in targets] == [("198.51.100.7", None)]
    targets = repmon.check("--domain", D, conf=config).json()["targets"]
    assert [(t["ip"], t["domain"]) for t in targets] == [(None, D)]
    ran = repmon.check(D, conf=conf(dns, {}, ptr="use = all", extra=SECTION))
    assert [(t["ip"], t["domain"]) for t in ran.json()["targets"]] == [
        (None, D), ("198.51.100.7", None)]
    assert any("sending domain" in note for note in ran.json()["notes"])


def test_a_name_without_address_is_a_domain_and_one_that_is_not_there_an_error(repmon, conf, dns):
    publish(dns)
    config = conf(dns, {}, ptr="use = all")
    ran = repmon("check", D, conf=config)
    assert "sending domain" in ran.out and D in ran.out
    ran = repmon("check", "nosuch.example", conf=config)
    assert ran.code == UNKNOWN and "does not exist" in ran.err


def test_help_says_which_was_meant(repmon):
    text = " ".join(repmon("check", "--help").out.split())
    assert "A name with an address is treated as a host" in text and "--domain" in text


def test_an_address_is_not_asked_about_the_records_of_domains(repmon, conf, dns):
    ran = repmon.check(IP, conf=conf(dns, {}, ptr="use = all", extra=SECTION))
    assert {r["source"] for r in ran.json()["targets"][0]["results"]} == {"ptr"}


# ---- runs ----

@pytest.fixture
def watched(station, dns):  # noqa: F811
    publish(dns, spf=f"v=spf1 ip4:{IP} mx -all")
    dns.hosts["mx." + D, "A"] = a("192.0.2.1")
    station.configure(targets=f"domain = {D}", extra=SECTION)
    station.baseline()
    silent(station.run(after=HOUR))
    return station


def test_an_address_no_longer_covered_is_told_once_and_so_is_its_end(watched, dns):
    dns.hosts[D, "TXT"] = txt("v=spf1 mx -all")
    mail, change = told(watched.run(after=HOUR), "listed", rf"^SPF no longer covers {IP}")
    assert change["to"] == "critical" and change["domain"] == D
    assert f"v=spf1 ip4:{IP} mx -all" in " ".join(mail.text.split())
    silent(watched.run(after=HOUR))
    ran = watched.command("status", D, code=CRITICAL)
    assert f"lost {IP}" in ran.out
    publish(dns)
    told(watched.run(after=HOUR), "delisted")
    silent(watched.run(after=HOUR))


def test_a_key_that_is_gone_is_told_after_a_second_denial(watched, dns):
    del dns.hosts[f"s2026._domainkey.{D}", "TXT"]
    silent(watched.run(after=HOUR))
    silent(watched.run(after=MINUTE // 2))
    mail, change = told(watched.run(after=MINUTE), "listed", r"^DKIM key s2026 is gone")
    assert change["to"] == "critical"
    assert KEY[:60] in mail.text.replace("\n", "").replace(" ", "") or "v=DKIM1" in mail.text
    silent(watched.run(after=HOUR))
    publish(dns)
    told(watched.run(after=HOUR), "delisted")


def test_a_record_that_comes_back_was_never_gone(watched, dns):
    kept = dns.hosts.pop((f"_dmarc.{D}", "TXT"))
    silent(watched.run(after=HOUR))
    dns.hosts[f"_dmarc.{D}", "TXT"] = kept
    silent(watched.run(after=HOUR))
    del dns.hosts[f"_dmarc.{D}", "TXT"]
    silent(watched.run(after=HOUR))
    mail, change = told(watched.run(after=HOUR), "listed", r"^DMARC record is gone")
    assert '_dmarc.example.org TXT "v=DMARC1; p=none"' in " ".join(mail.text.split())


@pytest.mark.parametrize("reply", [servfail(), silence(), nxdomain(soa=False)])
def test_trouble_of_the_dns_changes_nothing(watched, dns, reply):
    for key in list(dns.hosts):
        dns.hosts[key] = reply
    for _ in range(3):
        ran = watched.run(after=HOUR, code=None)
        assert not [c for hook in ran.hooks for c in hook["changes"]
                    if c["kind"] not in ("blind", "sighted", "recovered")]


def test_a_finding_can_be_acknowledged(watched, dns):
    dns.hosts[D, "TXT"] = txt("v=spf1 mx -all")
    mail, _ = told(watched.run(after=HOUR), "listed")
    assert f"ack {D} spf" in mail.text
    watched.command("ack", D, "spf")
    watched.command("status", D, code=OK)
    ran = watched.command("history", D)
    assert "spf" in ran.out and D in ran.out


def test_the_plugin_reads_the_domain(watched, dns, check_repmon):
    dns.hosts[D, "TXT"] = txt("v=spf1 mx -all")
    watched.run(after=HOUR)
    ran = watched.repmon("-H", D, "--state", "--config", watched.conf, program=check_repmon,
                         env=watched.environment())
    assert ran.code == CRITICAL and D in ran.out and "spf" in ran.out
    ran = watched.repmon("-H", D, "--config", watched.conf, program=check_repmon)
    assert ran.code == WARNING, "without the state nothing ever passed"
    assert f"not-covered {IP}" in ran.out


# ---- the headline is what changed ----

def subject(ran):
    mail, = ran.mails
    return mail.message["Subject"]


def test_the_headline_names_the_address_that_is_new(station, dns):  # noqa: F811
    publish(dns, spf=f"v=spf1 ip4:{IP} ip4:203.0.113.6 ip4:203.0.113.7 -all")
    station.configure(f"domain = {D}", top="flap = 16/7d", extra=f'[domain "{D}"]\nsenders = 203.0.113.4/30\n'
                      "selectors = s2026").run()
    spf = f"v=spf1 ip4:203.0.113.4 ip4:{IP} ip4:203.0.113.6 ip4:203.0.113.7 -all"
    dns.hosts[D, "TXT"] = txt(spf)
    assert "SPF is in order again" in subject(station.run(after=HOUR))
    dns.hosts[D, "TXT"] = txt(spf.replace(f" ip4:{IP}", ""))
    assert f"SPF no longer covers {IP}" in subject(station.run(after=HOUR))
    dns.hosts[D, "TXT"] = txt("v=spf1 ip4:203.0.113.4 ip4:203.0.113.6 -all")
    assert "SPF no longer covers 203.0.113.7" in subject(station.run(after=HOUR))
    dns.hosts[D, "TXT"] = txt("v=spf1 ip4:203.0.113.4 ip4:203.0.113.6 ip4:203.0.113.7 -all")
    assert "SPF covers 203.0.113.7 again" in subject(station.run(after=HOUR))
    dns.hosts[D, "TXT"] = txt("v=spf1 -all")
    assert "SPF no longer covers 203.0.113.4, and 2 more" in subject(station.run(after=HOUR))


def test_the_headline_names_the_key_that_is_gone_and_the_one_that_came_back(station, dns):  # noqa: F811
    publish(dns, keys=("a", "b", "c"))
    station.configure(f"domain = {D}", top="flap = 16/7d", extra=f'[domain "{D}"]\n'
                      f"senders = {IP}\nselectors = a b c").run()
    for gone, said in (("b", "DKIM key b is gone"), ("a", "DKIM key a is gone"),
                       ("c", "DKIM key c is gone")):
        del dns.hosts[f"{gone}._domainkey.{D}", "TXT"]
        station.run(after=HOUR, code=None)
        assert said in subject(station.run(after=HOUR))
    publish(dns, keys=("b",))
    assert "DKIM key b is in order again" in subject(station.run(after=HOUR))


# ---- real servers ----

def test_a_real_resolver_and_a_real_zone(repmon, conf):
    key = " ".join(f'"{KEY[i:i + 200]}"' for i in range(0, len(KEY), 200))
    zones = {D: f"""@ TXT "v=spf1 mx include:_spf -all"
@ MX 10 mx
mx A {IP}
_dmarc TXT "v=DMARC1; p=none"
s2026._domainkey CNAME k.keys
k.keys TXT {key}
"""}
    zones[D] = zones[D].replace("include:_spf", f"include:_spf.{D}")
    zones[D] += '_spf TXT "v=spf1 ip4:192.0.2.0/24 -all"\n'
    with Authority(zones) as authority, Unbound({D: authority}) as resolver:
        seen = Looked(repmon.check("--only", "domain", D, conf=conf(
            resolver, {}, timeout="2s",
            extra=SECTION.replace("s2026", "s2026 old"))))
    assert [seen[x] for x in ("spf", "dkim", "dmarc", "mail")] == [
        "covered", "missing old", "published", "reachable"]


def test_a_zone_that_is_asked_at_its_own_server_is_believed(repmon, conf):
    """A server without recursion as the resolver: what it says is what the zone says."""
    with Authority({D: f'@ TXT "v=spf1 ip4:{IP} -all"\n@ MX 10 mx\nmx A {IP}\n'
                       '_dmarc TXT "v=DMARC1; p=none"'}) as authority:
        seen = Looked(repmon.check("--only", "domain", "--domain", D, conf=conf(
            authority, {}, timeout="2s", extra=SECTION)))
    assert [seen[x] for x in ("spf", "dkim", "dmarc", "mail")] == [
        "covered", "missing s2026", "published", "reachable"]


def test_doctor_names_a_section_that_watches_nothing(repmon, conf, dns, tmp_path):
    extra = (f"[targets]\ndomain = {D}\n[domain \"{D}\"]\nsenders = {IP}\n"
             '[domain "example.net"]\nselectors = s1')
    ran = repmon("doctor", "--offline", conf=conf(dns, {}, extra=extra,
                                                  top=f"state = {tmp_path}/state.db"))
    text = " ".join(ran.out.split())
    assert "example.net: has a section, but is not watched" in text
    assert f"{D}: its DKIM keys are not checked" in text


# ---- the second answer is the name servers' own ----

on_port_53 = pytest.mark.root("name servers answer on port 53")


@pytest.fixture
def servers(dns, monkeypatch):
    """The domain's name server on port 53 of a loopback address of its own; it knows nothing."""
    address = f"127.53.{os.getpid() % 250}.{os.getpid() // 250 % 250 + 2}"
    monkeypatch.setattr(lab.scripted, "HOST", address)
    server = Scripted(port=53)
    server.__enter__()
    monkeypatch.undo()
    server.default = lambda q: nxdomain().as_own()
    publish(dns)
    dns.hosts[D, "NS"] = Reply(records=(("NS", f"ns1.{D}"),))
    dns.hosts[f"ns1.{D}", "A"] = a(address)
    yield server
    server.__exit__(None, None, None)


def asked(server, name, rtype="TXT"):
    return sum((q.name, q.type) == (name, rtype) for q in server.log)


@on_port_53
def test_missing_is_what_the_name_servers_deny_as_well(look, dns, servers):
    dns.hosts[f"_dmarc.{D}", "TXT"] = nxdomain()
    assert look()["dmarc"] == "missing"
    assert (asked(dns, f"_dmarc.{D}"), asked(servers, f"_dmarc.{D}")) == (1, 1)


@on_port_53
def test_what_the_name_servers_have_is_not_missing(look, dns, servers):
    dns.hosts[f"_dmarc.{D}", "TXT"] = dns.hosts[f"s2026._domainkey.{D}", "TXT"] = nxdomain()
    servers.hosts[f"_dmarc.{D}", "TXT"] = txt("v=DMARC1; p=none").as_own()
    seen = look()
    assert (seen["dmarc"], seen["dkim"]) == ("unproven", "missing s2026")


@on_port_53
def test_a_name_within_spf_is_asked_there_too(look, dns, servers):
    publish(dns, spf=f"v=spf1 a:out.{D} -all")
    servers.hosts[f"out.{D}", "A"] = a(IP).as_own()
    assert look()["spf"] == "unproven"


@pytest.mark.parametrize("reply", [nxdomain(), servfail(), Reply(rcode="REFUSED"), silence()],
                         ids=["lame", "servfail", "refused", "silent"])
@on_port_53
def test_where_none_can_be_reached_the_resolver_is_asked_again(look, dns, servers, reply):
    dns.hosts[f"_dmarc.{D}", "TXT"] = nxdomain()
    servers.default = lambda q: reply
    seen = look()
    assert seen["dmarc"] == "missing" and asked(dns, f"_dmarc.{D}") == 2
    assert {seen[x] for x in ("spf", "dkim", "mail")} == {"covered", "published", "reachable"}


def test_name_servers_with_addresses_of_the_inside_show_another_view(look, dns):
    publish(dns, dmarc=None)
    dns.hosts[D, "NS"] = Reply(records=(("NS", f"ns1.{D}"),))
    dns.hosts[f"ns1.{D}", "A"] = a("10.0.0.53")
    seen = look()
    assert seen["dmarc"] == "unproven" and OWN_ZONE in seen.ran.list("dmarc")["note"]


# ---- what receivers refuse because of it ----

UNAUTHENTICATED = ("550-5.7.26 Your email has been blocked because the sender is unauthenticated. "
                   "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.")


def test_refusals_for_the_sender_point_at_the_row_that_fails(station, dns, tmp_path):  # noqa: F811
    """A log of nine days with a mail each, then thirty refusals in an hour."""
    log, now = tmp_path / "mail.log", int(time.time())
    publish(dns)
    log.write_text("".join(line(now - day * DAY, day, GMAIL) for day in range(9, 0, -1)))
    station.configure(f"ip = {IP}\ndomain = {D}", extra=SECTION + "\n" +
                      section(log, "look_back = 10d")).run()
    dns.hosts[D, "TXT"] = txt("v=spf1 mx -all")
    with open(log, "a", encoding="ascii") as f:
        f.write("".join(line(now + 60 * i, 100 + i, GMAIL, UNAUTHENTICATED) for i in range(30)))
    ran = station.run(after=HOUR)
    changes = {c["list"]: c for hook in ran.hooks for c in hook["changes"]}
    assert f"see {D}: SPF no longer covers {IP}" in changes["mx1"]["reason"]
    text = " ".join(ran.mails[0].text.split())
    assert "MANY MORE REFUSALS" in text and f"see {D}: SPF no longer covers {IP}" in text


def test_without_a_failing_row_nothing_is_pointed_at(station, dns, tmp_path):  # noqa: F811
    log, now = tmp_path / "mail.log", int(time.time())
    publish(dns)
    log.write_text("".join(line(now - day * DAY, day, GMAIL) for day in range(9, 0, -1)))
    station.configure(f"ip = {IP}\ndomain = {D}", extra=SECTION + "\n" +
                      section(log, "look_back = 10d")).run()
    with open(log, "a", encoding="ascii") as f:
        f.write("".join(line(now + 60 * i, 100 + i, GMAIL, UNAUTHENTICATED) for i in range(30)))
    ran = station.run(after=HOUR)
    change, = [c for hook in ran.hooks for c in hook["changes"]]
    assert change["list"] == "mx1" and "see " not in change["reason"]


# ---- a resolver that is left ----

@pytest.mark.parametrize("denial", [nxdomain, nodata, lambda: nxdomain(soa=False)])
def test_what_a_resolver_denied_is_asked_again_when_another_takes_over(repmon, conf, dns, own,
                                                                       denial):
    """It denies the records before the lists have shown that it denies everything."""
    lists = [f"l{i}.lab" for i in range(4)]
    for zone in lists:
        dns.zone(zone)
    publish(dns)
    with Scripted() as first:
        first.before = lambda q: denial().after(0.2) if q.name.endswith(".lab") else denial()
        ran = repmon.check(D, IP, conf=conf([first, dns], {z: own() for z in lists},
                                            extra=f"[targets]\ndomain = {D}\n{SECTION}"))
        assert "takes over" in ran.err and [q for q in first.log if q.type == "TXT"]
    (domain,) = [t for t in ran.json()["targets"] if t["domain"] == D]
    assert {r["list"]: r["state"] for r in domain["results"] if r["source"] == "domain"} == {
        "spf": "covered", "dkim": "published", "dmarc": "published", "mail": "reachable"}


def test_what_it_found_in_order_is_not_asked_again(repmon, conf, dns, own):
    lists = [f"l{i}.lab" for i in range(4)]
    for zone in lists:
        dns.zone(zone)
    with Scripted() as first:
        publish(first)
        first.before = lambda q: nxdomain().after(0.2) if q.name.endswith(".lab") else None
        ran = repmon.check(D, IP, conf=conf([first, dns], {z: own() for z in lists},
                                            extra=f"[targets]\ndomain = {D}\n{SECTION}"))
        assert "takes over" in ran.err
    (domain,) = [t for t in ran.json()["targets"] if t["domain"] == D]
    assert {r["level"] for r in domain["results"] if r["source"] == "domain"} == {"ok"}
    assert not [q for q in dns.log if q.name.endswith(D)]
