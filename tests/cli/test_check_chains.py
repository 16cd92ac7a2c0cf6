# SPDX-License-Identifier: ISC
"""Answers with CNAME records, in any order; a chain that breaks off is no answer."""

import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN
from lab import chain, name_of

CLEAN, BAD = "192.0.2.10", "192.0.2.99"
BACKWARDS = [("c.cdn.lab", "A", "127.0.0.2"), ("b.cdn.lab", "CNAME", "c.cdn.lab"),
             (name_of(BAD, "bl.lab"), "CNAME", "b.cdn.lab")]
EIGHT_BACKWARDS = [("h8.lab", "A", "127.0.0.2"),
                   *[(f"h{i}.lab", "CNAME", f"h{i + 1}.lab") for i in range(7, -1, -1)],
                   (name_of(BAD, "bl.lab"), "CNAME", "h0.lab")]


def rule(reply):
    return lambda q: reply if q.address == BAD else None


@pytest.mark.parametrize("records", [BACKWARDS, BACKWARDS[::-1],
                                     [BACKWARDS[1], BACKWARDS[2], BACKWARDS[0]],
                                     [(o.upper(), k, v) for o, k, v in BACKWARDS],
                                     [("x.lab", "A", "198.51.100.1"), *BACKWARDS],
                                     EIGHT_BACKWARDS])
def test_a_listing_at_the_end_of_a_chain_is_found_in_any_order(repmon, conf, dns, own, records):
    dns.zone("bl.lab", rule=rule(chain(*records)))
    ran = repmon.check(BAD, CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == CRITICAL
    assert ran.verdict(BAD, "bl.lab") == "listed" and ran.verdict(CLEAN, "bl.lab") == "not-listed"


@pytest.mark.parametrize("records", [BACKWARDS[2:], BACKWARDS[1:], BACKWARDS[:2], BACKWARDS[:1],
                                     [BACKWARDS[0], BACKWARDS[2]],
                                     [("else.lab", "A", "127.0.0.2")],
                                     [(name_of(BAD, "bl.lab"), "CNAME", "a.lab"),
                                      ("a.lab", "CNAME", name_of(BAD, "bl.lab"))]])
def test_a_chain_without_its_end_is_never_not_listed(repmon, conf, dns, own, records):
    dns.zone("bl.lab", rule=rule(chain(*records)))
    ran = repmon.check(BAD, CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN
    assert ran.verdict(BAD, "bl.lab") == "bad-format"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"


def test_a_chain_whose_end_is_denied_is_not_listed(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=rule(chain(BACKWARDS[2], soa=True)))
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert (ran.code, ran.verdict(BAD, "bl.lab")) == (OK, "not-listed")


def test_a_name_that_leads_to_its_address_backwards_is_watched_there(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    dns.hosts["mx.lab", "A"] = chain(("mx2.lab", "A", BAD), ("mx.lab", "CNAME", "mx2.lab"))
    dns.hosts["mx.lab", "AAAA"] = chain(("mx.lab", "CNAME", "mx2.lab"), soa=True)
    ran = repmon.check("mx.lab", conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"


def test_all_of_the_many_addresses_behind_a_mail_exchanger_are_asked_about(repmon, conf, dns, own):
    """IPv6, by way of an alias, and of an SPF record."""
    many = [f"2001:db8:{i:x}::25" for i in range(1, 101)]
    zone = dns.zone("bl.lab", listed={many[-1]: "127.0.0.2"}, test6="127.0.0.2")
    dns.hosts["farm.lab", "AAAA"] = chain(*[("real.lab", "AAAA", ip) for ip in many],
                                          ("farm.lab", "CNAME", "real.lab"))
    dns.hosts["farm.lab", "A"] = chain(("farm.lab", "CNAME", "real.lab"), soa=True)
    dns.hosts["example.org", "TXT"] = lab.txt("v=spf1 mx -all")
    dns.hosts["example.org", "MX"] = lab.mx("farm.lab")
    config = conf(dns, {"bl.lab": own(families="4 6")}, extra="[targets]\nspf = example.org")
    assert "100 addresses are watched" in repmon("targets", conf=config).out
    ran = repmon.check("farm.lab", conf=config)
    assert ran.code == CRITICAL and ran.verdict(many[-1], "bl.lab") == "listed"
    assert len({q.name for q in zone.asked()}) == 100


@pytest.mark.parametrize("count", [100, 400])
def test_all_of_the_many_addresses_of_a_name_are_asked_about(repmon, conf, dns, own, count):
    """400 come over TCP."""
    many = [f"198.51.{100 + i // 200}.{i % 200 + 1}" for i in range(count)]
    zone = dns.zone("bl.lab", listed={many[-1]: "127.0.0.2"})
    dns.host("farm.lab", *many)
    dns.hosts["farm.lab", "A"] = lab.a(*many) if count == 100 else lab.truncated(lab.a(*many))
    ran = repmon.check("farm.lab", conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == CRITICAL and ran.verdict(many[-1], "bl.lab") == "listed"
    assert len({q.name for q in zone.asked()}) == count
