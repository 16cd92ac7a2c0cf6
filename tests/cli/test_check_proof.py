# SPDX-License-Identifier: ISC
"""Proof that order, time and TTL can't fool: late answers, second labels, stray entries."""

import ipaddress

import pytest

from conftest import OK, UNKNOWN
from lab import RANDOM, a, nxdomain, servfail, silence

CLEAN, BAD = "192.0.2.10", "192.0.2.99"
POSITIVE, NEGATIVE = "127.0.0.2", "127.0.0.1"


def is_random_address(q):
    """In the upper half of 127/8, where no test point lies."""
    if q.address in (None, RANDOM):
        return False
    ip = ipaddress.ip_address(q.address)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip in ipaddress.ip_network("127.128.0.0/9")


def check(repmon, conf, dns, own, *addresses, **keys):
    return repmon.check(*addresses, conf=conf(dns, {"bl.lab": own(**keys)}, timeout="200ms"))


# ---- a stray entry for the clean point ----

def test_a_clean_point_alone_on_the_list_is_a_note_and_both_words_count(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2", NEGATIVE: "127.0.0.2"})
    ran = check(repmon, conf, dns, own, BAD, CLEAN)
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"
    assert ran.list("bl.lab")["health"] == "ok"
    assert "it lists the test address that must never be listed" in ran.list("bl.lab")["note"]
    assert any(is_random_address(q) for q in zone.log)


def test_of_ipv6_too(repmon, conf, dns, own):
    six = "2001:db8::25"
    dns.zone("bl.lab", test6="127.0.0.2", listed={
        six: "127.0.0.2", "::ffff:127.0.0.1": "127.0.0.2", "::ffff:7f00:1": "127.0.0.2"})
    ran = check(repmon, conf, dns, own, six, "2001:db8::26", families="6")
    assert ran.verdict(six, "bl.lab") == "listed"
    assert ran.verdict("2001:db8::26", "bl.lab") == "not-listed"
    assert "it lists the test address that must never be listed" in ran.list("bl.lab")["note"]


@pytest.mark.parametrize("reply", [lambda: a("127.0.0.2"), servfail, silence])
def test_a_clean_point_and_no_clean_random_address_are_distrust(repmon, conf, dns, own, reply):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2", NEGATIVE: "127.0.0.2"},
             rule=lambda q: reply() if is_random_address(q) else None)
    ran = check(repmon, conf, dns, own, BAD, CLEAN)
    assert ran.verdict(BAD, "bl.lab") == ran.verdict(CLEAN, "bl.lab") == "untrusted"
    assert ran.code == UNKNOWN


def test_a_list_of_nothing_but_its_clean_point_is_untrusted(repmon, conf, dns, own):
    dns.zone("bl.lab", test=None, listed={BAD: "127.0.0.2", NEGATIVE: "127.0.0.2"})
    ran = check(repmon, conf, dns, own, BAD, CLEAN)
    assert ran.verdict(BAD, "bl.lab") == ran.verdict(CLEAN, "bl.lab") == "untrusted"


# ---- a void stays void ----

@pytest.mark.parametrize("late", [RANDOM, POSITIVE, NEGATIVE])
@pytest.mark.parametrize("seconds", [0.05, 0.15])
def test_a_wildcard_found_out_early_stays_void_whatever_is_late(repmon, conf, dns, own, late,
                                                                seconds):
    """Everything but 127.0.0.1 and names that are no addresses is listed."""
    def rule(q):
        if q.type != "A":
            return None
        listed = q.address not in (RANDOM, NEGATIVE)
        reply = a("127.0.0.2") if listed else nxdomain()
        first = sum(x.address == late for x in dns.zones["bl.lab"].log) == 1
        return reply.after(seconds) if q.address == late and first else reply

    dns.zone("bl.lab", rule=rule)
    for _ in range(2):
        ran = check(repmon, conf, dns, own, BAD, CLEAN)
        assert ran.verdict(BAD, "bl.lab") == ran.verdict(CLEAN, "bl.lab") == "untrusted"
        assert ran.list("bl.lab")["health"] == "untrusted"
        dns.zones["bl.lab"].log.clear()


@pytest.mark.parametrize("seconds", [0.05, 0.15])
def test_nor_is_a_void_of_ipv6_taken_back(repmon, conf, dns, own, seconds):
    """All of IPv6 but its clean point is listed, and the random name answers late."""
    def rule(q):
        if q.type != "A":
            return None
        listed = q.address not in (RANDOM, "::ffff:127.0.0.1")
        reply = a("127.0.0.2") if listed else nxdomain()
        return reply.after(seconds) if q.address == RANDOM else reply

    dns.zone("bl.lab", test6="127.0.0.2", rule=rule)
    ran = repmon.check("2001:db8::5", conf=conf(dns, {"bl.lab": own(families="6")}))
    assert ran.verdict("2001:db8::5", "bl.lab") == "untrusted"
    assert ran.list("bl.lab")["health"] == "untrusted"


# ---- the second labels ----

def second(q, zone):
    return q.address == RANDOM and sum(x.address == RANDOM for x in zone.log) > 1


@pytest.mark.parametrize("reply, cause", [(silence, "timeout"), (servfail, "servfail"),
                                          (lambda: a("127.255.255.254"), "not-served"),
                                          (lambda: a("203.0.113.80"), "rewritten")])
@pytest.mark.parametrize("which", ["label", "address"])
def test_a_second_label_that_proves_nothing_is_no_pass(repmon, conf, dns, own, which, reply,
                                                       cause):
    def rule(q):
        hit = second(q, zone) if which == "label" else is_random_address(q)
        return reply() if hit else None

    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, rule=rule)
    ran = check(repmon, conf, dns, own, BAD, CLEAN)
    assert ran.verdict(BAD, "bl.lab") == cause
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed", "that was proven by the first round"


def test_a_second_label_that_comes_late_is_a_pass(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    zone.rule = lambda q: nxdomain().after(0.15) if second(q, zone) else None
    ran = check(repmon, conf, dns, own, BAD, CLEAN)
    assert ran.verdict(BAD, "bl.lab") == "listed"


def test_a_list_without_listings_is_asked_for_no_second_label(repmon, conf, dns, own):
    zone = dns.zone("bl.lab")
    assert check(repmon, conf, dns, own, CLEAN).code == OK
    assert sum(q.address == RANDOM for q in zone.log) == 1
    assert not any(is_random_address(q) for q in zone.log)
