# SPDX-License-Identifier: ISC
"""Reverse DNS as a person meets it: what check says about the names of an address."""

import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN, WARNING
from lab import Reply, name_of, nodata, nxdomain, servfail, silence

IP, IP6 = "192.0.2.10", "2001:db8::25"


def reverse(address):
    return name_of(address, "ip6.arpa" if ":" in address else "in-addr.arpa")


def ptr(*names):
    return Reply(records=tuple(("PTR", name) for name in names))


@pytest.fixture
def ask(repmon, conf, dns):
    """ask(addresses…, helo=…): checks reverse DNS alone."""
    def run(*targets, extra="", **kwargs):
        config = conf(dns, {}, ptr=extra, **kwargs)
        return repmon.check("--only", "ptr", *(targets or [IP]), conf=config)
    return run


def named(dns, address, *names):
    dns.hosts[reverse(address), "PTR"] = ptr(*names)
    for name in names:
        dns.host(name, address)


@pytest.mark.valgrind
def test_a_name_that_leads_back_is_confirmed(ask, dns):
    named(dns, IP, "mx1.example.org")
    ran = ask()
    assert ran.code == OK
    assert ran.verdict(IP, "ptr") == "confirmed"
    assert ran.result(IP, "ptr")["source"] == "ptr"
    assert "mx1.example.org" in ran.result(IP, "ptr")["reason"]


def test_an_ipv6_name_is_looked_up_by_aaaa(ask, dns):
    named(dns, IP6, "mx1.example.org")
    assert ask(IP6).verdict(IP6, "ptr") == "confirmed"
    assert [q.type for q in dns.log] == ["PTR", "AAAA"]


@pytest.mark.valgrind
def test_no_name_is_critical_and_was_asked_twice(ask, dns):
    ran = ask()
    assert ran.code == CRITICAL
    assert ran.verdict(IP, "ptr") == "missing"
    assert [q.name for q in dns.log] == [reverse(IP)] * 2
    assert ran.result(IP, "ptr")["codes"][0]["name"] == "missing"


def test_a_name_without_ptr_records_is_missing_too(ask, dns):
    dns.default = lambda q: nodata()
    assert ask().verdict(IP, "ptr") == "missing"


def test_one_negative_answer_is_not_enough(ask, dns):
    named(dns, IP, "mx1.example.org")
    dns.before = lambda q: nxdomain() if q.type == "PTR" and q.seen == 0 else None
    assert ask().verdict(IP, "ptr") == "confirmed"


@pytest.mark.parametrize("reply, cause", [
    (nxdomain(soa=False), "untrusted"), (servfail(), "servfail"), (silence(), "timeout"),
    (lab.refused(), "not-served"), (lab.garbage(), "timeout")])
def test_what_is_no_answer_is_never_missing(ask, dns, reply, cause):
    dns.default = lambda q: reply
    ran = ask()
    assert ran.code == UNKNOWN
    assert ran.verdict(IP, "ptr") == cause


def test_a_resolver_that_denies_everything_proves_nothing(repmon, conf, dns):
    """The lists' test points exist: a resolver that denies them too is lying, or cut off."""
    for zone in ("one.lab", "two.lab"):
        dns.zone(zone)
    lists = {zone: {"test": "127.0.0.2"} for zone in ("one.lab", "two.lab")}
    dns.before = lambda q: nxdomain()
    ran = repmon.check(IP, conf=conf(dns, lists, ptr=""))
    assert ran.code == UNKNOWN
    assert ran.verdict(IP, "ptr") == "untrusted"
    assert ran.list("ptr")["health"] == "untrusted"
    assert "[dns] resolver" in ran.list("ptr")["note"]
    dns.before = lambda q: None if q.name.endswith("one.lab") else nxdomain()
    ran = repmon.check(IP, conf=conf(dns, lists, ptr=""))
    assert ran.code == CRITICAL
    assert ran.verdict(IP, "ptr") == "missing", "one list is known to it"


def test_a_name_that_leads_elsewhere_is_a_mismatch(ask, dns):
    named(dns, IP, "mx1.example.org")
    dns.host("mx1.example.org", "192.0.2.11")
    ran = ask()
    assert ran.code == WARNING
    assert ran.verdict(IP, "ptr") == "mismatch"
    assert "does not resolve back" in ran.result(IP, "ptr")["reason"]


def test_a_name_that_does_not_exist_is_a_mismatch(ask, dns):
    dns.hosts[reverse(IP), "PTR"] = ptr("gone.example.org")
    assert ask().verdict(IP, "ptr") == "mismatch"


@pytest.mark.parametrize("reply", [silence(), servfail(), nxdomain(soa=False)])
def test_a_forward_look_up_that_fails_is_no_mismatch(ask, dns, reply):
    dns.hosts[reverse(IP), "PTR"] = ptr("mx1.example.org")
    dns.hosts["mx1.example.org", "A"] = reply
    assert ask().result(IP, "ptr")["level"] == "unknown"


def test_the_address_among_many_of_the_name_confirms(ask, dns):
    named(dns, IP, "mx1.example.org")
    dns.host("mx1.example.org", *(f"198.51.100.{i}" for i in range(20)), IP)
    assert ask().verdict(IP, "ptr") == "confirmed"


def test_each_of_several_names_must_lead_back(ask, dns):
    named(dns, IP, "mx1.example.org", "mx2.example.org")
    assert ask().verdict(IP, "ptr") == "confirmed"
    dns.host("mx2.example.org", "192.0.2.11")
    assert ask().verdict(IP, "ptr") == "mismatch"


def test_many_names_are_looked_at_in_part(ask, dns):
    named(dns, IP, *(f"n{i:02}.example.org" for i in range(30)))
    ran = ask()
    assert ran.verdict(IP, "ptr") == "confirmed"
    assert "22 more PTR records" in ran.result(IP, "ptr")["reason"]
    assert len([q for q in dns.log if q.type == "A"]) == 8


def test_a_delegation_by_cname_is_followed(ask, dns):
    """RFC 2317: small blocks are delegated by a CNAME for each address."""
    inside = "10.8/29.2.0.192.in-addr.arpa"
    dns.hosts[reverse(IP), "PTR"] = Reply(
        records=(("CNAME", inside), ("PTR", "mx1.example.org")))
    dns.host("mx1.example.org", IP)
    assert ask().verdict(IP, "ptr") == "confirmed"


def test_the_helo_name_must_be_among_them(ask, dns):
    named(dns, IP, "mx1.example.org")
    assert ask(extra=f"helo = {IP} MX1.example.org").verdict(IP, "ptr") == "confirmed"
    ran = ask(extra=f"helo = {IP} mail.example.org")
    assert ran.verdict(IP, "ptr") == "mismatch"
    assert "mail.example.org" in ran.result(IP, "ptr")["reason"]


def test_a_generic_name_is_information(ask, dns):
    named(dns, IP, "192-0-2-10.dsl.example.net")
    ran = ask()
    assert ran.code == OK
    assert ran.result(IP, "ptr")["level"] == "info"
    assert ran.verdict(IP, "ptr") == "generic"


def test_hostile_names_reach_nobody(ask, dns):
    dns.hosts[reverse(IP), "PTR"] = ptr("a\x1b[31m\x07.example.org", "x y.example.org")
    assert ask().verdict(IP, "ptr") == "mismatch"
    assert not [q for q in dns.log if q.type == "A"]


def test_unused_addresses_of_a_block_are_quiet(ask, dns):
    named(dns, "192.0.2.9", "mx1.example.org")
    named(dns, "192.0.2.10", "192-0-2-10.example.net")
    ran = ask("192.0.2.8/29", "192.0.2.12")
    said = {t["ip"]: ran.verdict(t["ip"], "ptr") for t in ran.json()["targets"]}
    assert said.pop("192.0.2.9") == "confirmed"
    assert said.pop("192.0.2.12") == "missing"
    assert set(said.values()) == {"not-applicable"}


def test_all_addresses_of_a_block_when_told_so(ask, dns):
    ran = ask("192.0.2.8/29", extra="use = all")
    assert {ran.verdict(t["ip"], "ptr") for t in ran.json()["targets"]} == {"missing"}


def test_a_whole_64_has_no_reverse_name(ask, dns):
    ran = ask("2001:db8:1::/64")
    assert ran.verdict("2001:db8:1::/64", "ptr") == "not-applicable"
    assert not dns.log


def test_without_a_section_reverse_dns_is_looked_at(repmon, conf, dns):
    dns.zone("bl.lab")
    named(dns, IP, "mx1.example.org")
    ran = repmon.check(IP, conf=conf.text(
        "[repmon]\nstate = nowhere/state.db\n"
        f"[dns]\nresolver = {dns.address}\n[dnsbl]\nuse = none\n"
        '[dnsbl "bl.lab"]\ncode = 127.0.0.2 LAB critical\ntest = 127.0.0.2\n'))
    assert ran.verdict(IP, "ptr") == "confirmed"
    assert ran.code == OK


def test_use_none_asks_nothing(repmon, conf, dns):
    dns.zone("bl.lab")
    ran = repmon.check(IP, conf=conf(dns, {"bl.lab": {"test": "127.0.0.2"}}))
    assert [x["source"] for x in ran.json()["lists"]] == ["dnsbl"]
    ran = repmon("check", "--only", "ptr", IP, conf=conf(dns, {}))
    assert ran.code == UNKNOWN and "[ptr]" in ran.err


def test_the_text_says_what_to_do(repmon, conf, dns):
    text = repmon("check", "--only", "ptr", IP, conf=conf(dns, {}, ptr=""))
    assert "missing" in text.out and "PTR record" in text.out
    line = repmon("check", "--only", "ptr", "-f", "nagios", IP, conf=conf(dns, {}, ptr=""))
    assert "ptr missing" in line.out and "(missing)" not in line.out


# ---- runs: what is remembered ----

@pytest.fixture
def run(repmon, conf, dns, tmp_path):
    """run(targets): one cron run of reverse DNS alone, and what it prints; the state stays."""
    def go(*targets, words=("run", "--all")):
        lines = "\n".join(f"ip = {t}" for t in targets)
        return repmon(*words, conf=conf(
            dns, {}, top=f"state = {tmp_path}/state.db\nconfirm_gap = 0", ptr="",
            extra=f"[targets]\n{lines}\n"))
    return go


FOUR = [f"192.0.2.{i}" for i in range(1, 5)]


def test_one_name_that_vanishes_is_told_and_its_return_too(run, dns):
    for ip in FOUR:
        named(dns, ip, f"mx{ip[-1]}.example.org")
    run(*FOUR)
    gone = dns.hosts.pop((reverse(FOUR[0]), "PTR"))
    ran = run(*FOUR)
    assert f"PTR MISSING (critical) {FOUR[0]}" in ran.out and FOUR[1] not in ran.out
    assert "Code:      missing (critical)" in ran.out, "no word twice where there is no DNS answer"
    assert not run(*FOUR).out
    dns.hosts[reverse(FOUR[0]), "PTR"] = gone
    back = run(*FOUR).out + run(*FOUR).out
    assert f"PTR RESTORED {FOUR[0]}" in back and FOUR[1] not in back
    # What ended well is known to be well.
    status = run(*FOUR, words=("status", "-v", "--format", "json"))
    assert [status.verdict(ip, "ptr") for ip in FOUR] == ["confirmed"] * 4
    assert status.code == OK


def test_most_names_gone_at_once_is_the_resolver(run, dns):
    for ip in FOUR:
        named(dns, ip, f"mx{ip[-1]}.example.org")
    run(*FOUR)
    for ip in FOUR[1:]:
        dns.hosts.pop((reverse(ip), "PTR"))
    said = run(*FOUR).out + run(*FOUR).out
    assert not [ip for ip in FOUR if ip in said], "no address is blamed"
    assert "BLIND" in said and "resolver" in said, "it is said that ptr is not to be believed"


def test_an_address_of_a_block_that_once_had_a_name_is_watched(run, dns):
    named(dns, "192.0.2.9", "mx9.example.org")
    assert "missing" not in run("192.0.2.8/29").out.lower(), "unused ones are quiet"
    dns.hosts.pop((reverse("192.0.2.9"), "PTR"))
    ran = run("192.0.2.8/29")
    assert "missing" in ran.out.lower() and "192.0.2.9" in ran.out
