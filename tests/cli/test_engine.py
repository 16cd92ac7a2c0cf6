# SPDX-License-Identifier: ISC
"""What one list's servers, a connection or a resolver under load do costs no other question."""

import itertools
import re
import struct
import threading
import time

import pytest

from conftest import OK, UNKNOWN, needs_resolved, preloaded
from lab import (Bind, Dnsmasq, Knot, Recursor, Reply, Resolved, Scripted, Unbound, a,
                 bad_format, closed, formerr, free_port, garbage, nodata, nxdomain, raw, refused,
                 servfail, silence, truncated, wrong_id)

HONEST = [f"good{i}.lab" for i in range(6)]


def verdicts(ran, *zones):
    return {r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]
            if r["source"] == "dnsbl" and (not zones or r["list"] in zones)}


def reasons(ran):
    return [r["reason"] for t in ran.json()["targets"] for r in t["results"] if r["reason"]]


# ---- TCP, EDNS, odd answers ----

LONG = [b"x" * 250, b"y" * 250, b"z" * 200]  # fits a datagram of 1,232 octets
LONGER = LONG * 3                            # does not


def lists_with_reasons(dns, reason):
    bad = [f"192.0.2.{i}" for i in range(6)]
    for zone in HONEST:
        dns.zone(zone, listed={ip: "127.0.0.2" for ip in bad}, reasons={ip: reason for ip in bad})


def test_a_reason_of_700_octets_needs_no_tcp(repmon, conf, dns, own):
    lists_with_reasons(dns, LONG)
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {z: own() for z in HONEST}))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert len(reasons(ran)) == 36
    assert not [q for q in dns.log if q.transport == "tcp"]


def test_long_reasons_come_over_tcp(repmon, conf, dns, own):
    lists_with_reasons(dns, LONGER)
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {z: own() for z in HONEST}))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert len(reasons(ran)) == 36


def test_connections_that_break_cost_nothing_but_their_own_reason(repmon, conf, dns, own):
    """Every other one ends without an answer: it is made once more."""
    lists_with_reasons(dns, LONGER)
    count = itertools.count()
    dns.before = lambda q: closed() if q.transport == "tcp" and next(count) % 2 else None
    with Scripted() as second:
        ran = repmon.check("192.0.2.0/26", conf=conf([dns, second], {z: own() for z in HONEST}))
        assert not second.log, "one broken connection is no reason to leave a resolver"
    assert verdicts(ran) == {"listed", "not-listed"}
    assert len(reasons(ran)) >= 24


TCP_FAULTS = {"garbage": garbage(), "another id": wrong_id(a("127.0.0.2")), "no octet": raw(b""),
              "another name": raw(b"\0\0\x81\x80\0\1\0\0\0\0\0\0\3foo\3bar\0\0\1\0\1")}


@pytest.mark.parametrize("what", TCP_FAULTS)
def test_a_list_whose_answers_over_tcp_are_none_touches_no_other(repmon, conf, dns, own, what):
    """Its test point comes that way, too: the list is unknown, and the resolver is kept."""
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    dns.zone("odd.lab", rule=lambda q: truncated(a("127.0.0.2")) if q.transport == "udp" else
             TCP_FAULTS[what])
    with Scripted() as second:
        ran = repmon.check("192.0.2.0/27", conf=conf([dns, second], {
            z: own() for z in [*HONEST, "odd.lab"]}))
        assert not second.log
    assert verdicts(ran, *HONEST) == {"listed", "not-listed"}
    assert not verdicts(ran, "odd.lab") & {"listed", "not-listed"}


def test_a_resolver_that_takes_no_tcp_costs_only_the_long_reasons(repmon, conf, dns, own):
    lists_with_reasons(dns, LONGER)
    dns.before = lambda q: closed() if q.transport == "tcp" else None
    with Scripted() as second:
        ran = repmon.check("192.0.2.0/26", conf=conf([dns, second], {z: own() for z in HONEST}))
        assert not second.log
    assert verdicts(ran) == {"listed", "not-listed"}
    assert not reasons(ran)


@pytest.mark.parametrize("refusing", ["first", "both"])
def test_a_port_without_tcp_costs_only_the_long_reasons(repmon, conf, own, refusing):
    """Nobody listens there, so the connection itself is refused; datagrams still come."""
    with Scripted(tcp=False) as dns, Scripted(tcp=refusing == "first") as second:
        lists_with_reasons(dns, LONGER)
        ran = repmon.check("192.0.2.0/26", conf=conf([dns, second], {z: own() for z in HONEST}))
        assert not second.log
    assert verdicts(ran) == {"listed", "not-listed"}
    assert not reasons(ran)


def test_connections_that_hang_cost_little_time(repmon, conf, dns, own):
    lists_with_reasons(dns, LONGER)
    dns.before = lambda q: silence() if q.transport == "tcp" else None
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {z: own() for z in HONEST}, timeout="500ms"))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert ran.seconds < 4


def test_a_list_that_chokes_on_edns_takes_it_from_nobody_else(repmon, conf, dns, own):
    """FORMERR to whatever has an additional record: asked without, and only that list."""
    lists_with_reasons(dns, LONG)

    def old(q):
        return formerr() if struct.unpack(">H", q.packet[10:12])[0] else None

    dns.zone("old.lab", listed={"192.0.2.1": "127.0.0.2"}, rule=old)
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {z: own() for z in [*HONEST, "old.lab"]}))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert len(reasons(ran)) == 36
    assert not [q for q in dns.log if q.transport == "tcp"]


def odd(rtype, data, section=6, flags=0x8180, rclass=1):
    """An answer to any question of a packet, with one record whose data, or whose section, are not
    what they should be."""
    def rule(q):
        if q.self_test:
            return None
        end = 12 + q.packet[12:].index(0) + 5
        counts = [flags, 1, 0, 0, 0]
        counts[section // 2 - 1] = 1
        record = b"\xc0\x0c" + struct.pack(">HHIH", rtype, rclass, 60, len(data)) + data
        return raw(b"\0\0" + struct.pack(">HHHHH", *counts) + q.packet[12:end] + record)
    return rule


def extended(q):
    """RFC 6891 6.1.3: an RCODE of 16 is 0 in the header, and the rest in the OPT record."""
    end = 12 + q.packet[12:].index(0) + 5
    return None if q.self_test else raw(b"\0\0\x81\x80\0\1\0\0\0\0\0\1" + q.packet[12:end] +
                                        b"\0" + struct.pack(">HHIH", 41, 1232, 1 << 24, 0))


LISTED = b"\x7f\0\0\2"
ODD = {"a short A": odd(1, b"\x7f\0\0"), "a TXT that lies": odd(16, b"\xffabc"),
       "a referral": odd(2, b"\2ns\xc0\x0c", section=8, flags=0x8100),
       "the address as authority": odd(1, LISTED, section=8),
       "the address as addition": odd(1, LISTED, section=10), "BADVERS": extended,
       "an answer of another class": odd(1, LISTED, rclass=3),
       "a short SOA": odd(6, b"\0\0\0", section=8), "no question": lambda q: raw(
           b"\0\0\x81\x80" + b"\0" * 8) if not q.self_test else None,
       "the question back": lambda q: raw(q.packet) if not q.self_test else None,
       "a header alone": lambda q: raw(b"\0\0\x81\x80\0\1" + b"\0" * 6)
       if not q.self_test else None,
       "two questions": lambda q: raw(b"\0\0\x81\x80\0\2" + b"\0" * 6 + 2 * q.packet[
           12:12 + q.packet[12:].index(0) + 5]) if not q.self_test else None}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("through", [None, Unbound, Dnsmasq])
def test_odd_datagrams_of_one_list_touch_no_other(repmon, conf, dns, own, what, through):
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    dns.zone("odd.lab", rule=ODD[what])
    lists = {z: own() for z in [*HONEST, "odd.lab"]}
    if through is None:
        ran = repmon.check("192.0.2.0/27", conf=conf(dns, lists))
        again = [q.name for q in dns.log if q.seen and not q.name.endswith("odd.lab")]
        assert len(again) < len(dns.log) / 20, "nor does it spend their tries"
    else:
        resolver = Unbound({"lab": dns}) if through is Unbound else through(dns)
        with resolver as r:
            ran = repmon.check("192.0.2.0/27", conf=conf(r, lists))
    assert verdicts(ran, *HONEST) == {"listed", "not-listed"}
    if through is None:  # others make something of it, or nothing
        assert not verdicts(ran, "odd.lab") & {"listed", "not-listed"}


# ---- answers that say nothing ----

def test_one_failure_at_a_test_point_is_asked_again(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", rule=lambda q: servfail() if q.address == "127.0.0.2" and not q.seen
                    else None)
    dns.zone("good.lab")
    ran = repmon.check("192.0.2.0/29", conf=conf(dns, {"bl.lab": own(), "good.lab": own()},
                                                 timeout="1s"))
    assert verdicts(ran) == {"not-listed"}
    assert len(zone.asked("127.0.0.2")) == 2


@pytest.mark.parametrize("answer", [servfail, refused])
def test_failures_here_and_there_are_asked_again(repmon, conf, dns, own, answer):
    dns.zone("bl.lab", rule=lambda q: answer() if not q.self_test and q.number % 5 == 0 and
             not q.seen else None)
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {"bl.lab": own()}, timeout="1s"))
    assert verdicts(ran) == {"not-listed"}


@pytest.mark.parametrize("resolver", [Dnsmasq, Bind])
def test_a_failure_passed_on_by_a_resolver_is_asked_again(repmon, conf, dns, own, resolver):
    """BIND keeps a failure for a second; unbound and Knot for five, PowerDNS for a minute."""
    dns.zone("bl.lab", rule=lambda q: servfail() if q.address == "127.0.0.2" and not q.seen
             else None)
    dns.zone("good.lab")
    with resolver(dns) as r:
        ran = repmon.check("192.0.2.0/29", conf=conf(r, {"bl.lab": own(), "good.lab": own()},
                                                     timeout="2s"))
    assert verdicts(ran) == {"not-listed"}


def test_a_list_that_always_fails_has_that_cause(repmon, conf, dns, own):
    dns.zone("good.lab")
    sick = dns.zone("sick.lab", rule=lambda q: servfail())
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {"good.lab": own(), "sick.lab": own()}))
    assert verdicts(ran, "good.lab") == {"not-listed"}
    assert ran.list("sick.lab")["cause"] == "servfail"
    assert len(sick.log) <= 3 * 7, "three sends of each test, and of the four first targets"


# ---- resolvers ----

def limited(capacity, delay, stumbles=False):
    """A rule: so many questions at once, the rest is refused at once. Now and then it stumbles."""
    busy, pauses = {}, itertools.cycle([0.0] * 25 + [0.6])

    def rule(q):
        if stumbles:
            time.sleep(next(pauses))
        now = time.monotonic()
        for key in [key for key, end in busy.items() if end <= now]:
            del busy[key]
        if (q.client, q.packet) in busy:
            return silence()  # the same question again: it is being answered
        if len(busy) >= capacity:
            return refused()
        busy[q.client, q.packet] = now + delay
        zone = rule.dns.zone_of(q.name)
        return (zone.honest(q) if zone else nxdomain()).after(delay)

    return rule


FIFTEEN = [f"l{i:02d}.lab" for i in range(15)]


@pytest.mark.parametrize("capacity", [20, 40, 150])
def test_a_resolver_that_takes_only_so_many_is_kept_below_that(repmon, conf, dns, own, capacity):
    for zone in FIFTEEN:
        dns.zone(zone, listed={"192.0.2.77": "127.0.0.2"})
    dns.before = limited(capacity, 0.2)
    dns.before.dns = dns
    block = "192.0.2.64/27" if capacity < 40 else "192.0.2.0/25"
    ran = repmon.check(block, conf=conf(dns, {z: own() for z in FIFTEEN}, timeout="5s"),
                       timeout=60)
    assert verdicts(ran) == {"listed", "not-listed"}


def test_a_limited_resolver_that_stumbles_is_not_held_against_its_lists(repmon, conf, dns, own):
    for zone in FIFTEEN:
        dns.zone(zone, listed={"192.0.2.77": "127.0.0.2"})
    dns.before = limited(20, 0.2, stumbles=True)
    dns.before.dns = dns
    ran = repmon.check("192.0.2.64/28", conf=conf(dns, {z: own() for z in FIFTEEN}, timeout="5s"),
                       timeout=60)
    assert verdicts(ran) == {"listed", "not-listed"}


@pytest.mark.parametrize("limit", [
    lambda dns: Dnsmasq(dns, extra=["--dns-forward-max=150"]),
    lambda dns: Bind(dns, "recursive-clients 100;")])
def test_the_limit_of_a_real_resolver_is_found_and_kept(repmon, conf, dns, own, limit):
    for zone in FIFTEEN:
        dns.zone(zone, listed={"192.0.2.77": "127.0.0.2"})
    dns.before = lambda q: dns.zone_of(q.name).honest(q).after(0.25) if dns.zone_of(
        q.name) else None
    with limit(dns) as resolver:
        ran = repmon.check("192.0.2.0/24", timeout=90, conf=conf(
            resolver, {z: own() for z in FIFTEEN}, timeout="5s"))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert sum(len(t["results"]) for t in ran.json()["targets"]) == 3840


@pytest.mark.parametrize("resolver", [Dnsmasq, Bind, Recursor, Knot,
                                      lambda dns: Unbound({"lab": dns}),
                                      pytest.param(Resolved, marks=needs_resolved)])
def test_every_resolver_of_debian_proves_what_the_lists_say(repmon, conf, dns, own, resolver):
    lists_with_reasons(dns, LONGER)
    with resolver(dns) as r:
        ran = repmon.check("192.0.2.0/26", conf=conf(r, {z: own() for z in HONEST}, timeout="5s"))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert len(reasons(ran)) == 36


def test_a_recursor_that_closes_idle_connections_loses_nothing(repmon, conf, dns, own):
    """PowerDNS, far away, with an eighth of a second of patience for clients that say nothing."""
    lists_with_reasons(dns, LONGER)
    dns.before = lambda q: dns.zone_of(q.name).honest(q).after(0.3) if dns.zone_of(
        q.name) and q.type == "TXT" else None
    with Recursor(dns, "client-tcp-timeout=1") as r:
        ran = repmon.check("192.0.2.0/26", conf=conf(r, {z: own() for z in HONEST}, timeout="5s"))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert len(reasons(ran)) == 36


@pytest.mark.parametrize("answer", [servfail, refused, silence, formerr, bad_format,
                                    lambda: Reply("NOTIMP"), lambda: Reply("NOTAUTH")])
def test_a_first_resolver_that_is_of_no_use_is_left(repmon, conf, dns, own, answer):
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    with Scripted() as useless:
        useless.before = lambda q: answer()
        ran = repmon.check("192.0.2.0/28", conf=conf([useless, dns], {z: own() for z in HONEST}))
    assert verdicts(ran) == {"listed", "not-listed"}


@pytest.mark.parametrize("answer", [servfail, refused])
@pytest.mark.parametrize("timeout, delay", [("1s", 0.1), ("1s", 0.35), ("5s", 0.3), ("5s", 0.6)])
@pytest.mark.parametrize("ptr", ["none", "all"])
def test_a_first_resolver_that_fails_slowly_is_left_before_all_tries_are_spent(
        repmon, conf, dns, own, answer, timeout, delay, ptr):
    """Its own servers are out of reach: an error comes after a while, and for some names at once."""
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    with Scripted() as first:
        first.before = lambda q: answer() if q.type == "PTR" else answer().after(delay)
        ran = repmon.check("192.0.2.0/29", conf=conf([first, dns], {z: own() for z in HONEST},
                                                     timeout=timeout, ptr=f"use = {ptr}"))
        assert f"{first.address} answers nothing but errors" in ran.err
    assert verdicts(ran) == {"listed", "not-listed"}


@pytest.mark.parametrize("lists", [HONEST, HONEST[:1]])
@pytest.mark.parametrize("over_tcp", [None, closed, silence, garbage])
def test_a_first_resolver_that_promises_all_over_tcp_and_brings_none_is_left(repmon, conf, dns, own,
                                                                            over_tcp, lists):
    """A firewall between lets datagrams pass; None: nobody listens."""
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    with Scripted(tcp=over_tcp is not None) as first:
        first.before = lambda q: truncated(nxdomain()) if q.transport == "udp" else over_tcp()
        ran = repmon.check("192.0.2.0/28", conf=conf([first, dns], {z: own() for z in lists}))
    assert verdicts(ran) == {"listed", "not-listed"}


@pytest.mark.parametrize("useless", [servfail, refused, formerr, silence, nxdomain, bad_format,
                                     lambda: servfail().after(0.3), lambda: truncated(nxdomain())])
@pytest.mark.parametrize("questions", [30, 60])
def test_a_first_resolver_that_turns_useless_half_way_is_left(repmon, conf, dns, own, useless,
                                                              questions):
    """What it said to be listed is not lost, though it can't be asked any more whether all is."""
    with Scripted() as first:
        for zone in HONEST:
            dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
            first.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
        first.before = lambda q: (closed() if q.transport == "tcp" else
                                  useless() if len(first.log) > questions else None)
        ran = repmon.check("192.0.2.0/26", conf=conf([first, dns], {z: own() for z in HONEST},
                                                     timeout="1s"), timeout=60)
        assert dns.log
    found = [r["state"] for t in ran.json()["targets"] for r in t["results"]]
    assert (found.count("listed"), found.count("not-listed")) == (6, 378)


def test_lists_that_fail_are_no_reason_to_leave_a_resolver_that_serves_others(
        repmon, conf, dns, own):
    dns.zone("good.lab")
    for zone in HONEST[:4]:
        dns.zone(zone, rule=lambda q: servfail())
    with Scripted() as second:
        ran = repmon.check("192.0.2.0/28", conf=conf([dns, second], {
            z: own() for z in ["good.lab", *HONEST[:4]]}))
        assert not second.log
    assert verdicts(ran, "good.lab") == {"not-listed"}


@pytest.mark.parametrize("name", ["mail.onion", "printer.local", "host.invalid", "x.alt",
                                  "home.arpa", "_x.example.org", "1.0.0.127.in-addr.arpa"])
def test_a_special_name_is_no_reason_to_leave_a_resolver(repmon, conf, dns, own, name):
    """A stranger may name his address so (RFC 6761, 7686); the resolver is asked and denies it."""
    dns.zone("bl.lab")
    dns.hosts["9.2.0.192.in-addr.arpa", "PTR"] = dns_ptr(name)
    with Scripted() as second:
        ran = repmon.check("192.0.2.9", conf=conf([dns, second], {"bl.lab": own()},
                                                  ptr="use = all"))
        assert not second.log
    assert verdicts(ran, "bl.lab") == {"not-listed"}


def dns_ptr(name):
    reply = nodata()
    reply.soa = False
    reply.records = (("PTR", name),)
    return reply


class Restarting:
    """A Scripted, or the server that asks it, that ends after so many questions and comes back on
    its port."""

    def __init__(self, dns, questions, seconds, server=None):
        self.dns, self.questions, self.seconds = dns, questions, seconds
        self.server = server or dns
        self.thread = threading.Thread(target=self.main, daemon=True)

    def main(self):
        while len(self.dns.log) < self.questions:
            time.sleep(0.005)
        self.server.stop()
        back = time.monotonic() + self.seconds
        while time.monotonic() < back:
            time.sleep(min(0.1, self.seconds))
        self.server.start()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()


@pytest.mark.parametrize("seconds, timeout", [(0.3, "2s"), (0.9, "2s"), (3, "5s")])
@pytest.mark.parametrize("stands_by", [False, True])
def test_a_restart_of_the_resolver_costs_nothing(repmon, conf, dns, own, seconds, timeout,
                                                 stands_by):
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    dns.before = lambda q: dns.zone_of(q.name).honest(q).after(0.02) if dns.zone_of(
        q.name) else None
    with Restarting(dns, 100, seconds), Scripted() as second:
        resolvers = [dns, second] if stands_by else [dns]
        ran = repmon.check("192.0.2.0/26", conf=conf(resolvers, {z: own() for z in HONEST},
                                                     timeout=timeout))
        assert not second.log
    assert verdicts(ran) == {"listed", "not-listed"}


@pytest.mark.parametrize("resolver", [Dnsmasq, Bind, Recursor, Knot,
                                      lambda dns: Unbound({"lab": dns})])
def test_a_restart_of_a_real_resolver_costs_nothing(repmon, conf, dns, own, resolver):
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    dns.before = lambda q: dns.zone_of(q.name).honest(q).after(0.02) if dns.zone_of(
        q.name) else None
    with resolver(dns) as r, Restarting(dns, 100, 0.9, r), Scripted() as second:
        ran = repmon.check("192.0.2.0/26", conf=conf([r, second], {z: own() for z in HONEST},
                                                     timeout="5s"))
        assert not second.log
    assert verdicts(ran) == {"listed", "not-listed"}


def test_two_restarts_in_one_run_cost_nothing(repmon, conf, dns, own):
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    dns.before = lambda q: dns.zone_of(q.name).honest(q).after(0.02) if dns.zone_of(
        q.name) else None
    with Restarting(dns, 60, 0.3), Restarting(dns, 250, 0.3):
        ran = repmon.check("192.0.2.0/26", conf=conf(dns, {z: own() for z in HONEST},
                                                     timeout="5s"))
    assert verdicts(ran) == {"listed", "not-listed"}


def test_a_second_without_any_answer_costs_nothing(repmon, conf, dns, own):
    """A network that changes over: nothing comes, and no port is closed either."""
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    start = []

    def rule(q):
        start.extend([time.monotonic()] if len(dns.log) == 100 else [])
        if start and time.monotonic() < start[0] + 1.2:
            return silence()
        return dns.zone_of(q.name).honest(q).after(0.02) if dns.zone_of(q.name) else None

    dns.before = rule
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {z: own() for z in HONEST}, timeout="2s"))
    assert verdicts(ran) == {"listed", "not-listed"}


FAILS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

/* Every third of the first sixty meets WHY, whether it is sent or received. */
static int fails(int fd)
{
    static unsigned count;
    int type = 0;
    socklen_t len = sizeof type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
    return type == SOCK_DGRAM && ++count <= 60 && count % 3 == 0;
}

ssize_t CALL
{
    ssize_t (*real)PARAMETERS = dlsym(RTLD_NEXT, NAME);
    if (!fails(fd))
        return real(fd, buf, len, flags);
    errno = WHY;
    return -1;
}
"""
CALLS = {"send": "(int fd, const void *buf, size_t len, int flags)",
         "recv": "(int fd, void *buf, size_t len, int flags)"}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("why", ["EHOSTUNREACH", "ENETUNREACH", "EPERM", "ENOBUFS", "ENETDOWN",
                                 "EMSGSIZE"])
def test_an_error_that_is_no_closed_port_is_a_lost_datagram(repmon, conf, dns, own, tmp_path, call,
                                                            why):
    """A route that flaps, a firewall, a full buffer: nobody has said that nobody listens."""
    for zone in HONEST:
        dns.zone(zone, listed={"192.0.2.3": "127.0.0.2"})
    source = FAILS.replace("CALL", call + CALLS[call]).replace("PARAMETERS", CALLS[call])
    env = preloaded(tmp_path, source.replace("NAME", f'"{call}"').replace("WHY", why))
    with Scripted() as second:
        ran = repmon.check("192.0.2.0/28", conf=conf([dns, second], {z: own() for z in HONEST},
                                                     timeout="1s"), env=env)
        assert not second.log
    assert verdicts(ran) == {"listed", "not-listed"}


def test_a_resolver_that_starts_late_is_waited_for(repmon, conf, dns, own):
    dns.zone("bl.lab")
    dns.stop()

    def later():
        time.sleep(0.5)
        dns.start()

    thread = threading.Thread(target=later, daemon=True)
    thread.start()
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {"bl.lab": own()}, timeout="2s"))
    thread.join()
    assert verdicts(ran) == {"not-listed"}


def test_a_closed_port_that_stays_closed_ends_as_unknown(repmon, conf, own):
    ran = repmon.check("192.0.2.0/28", conf=conf(f"127.0.0.1:{free_port()}", {"bl.lab": own()}))
    assert ran.code == UNKNOWN
    assert ran.seconds < 5


# ---- loss, silence, budgets ----

def test_losses_cost_pauses_and_no_verdict(repmon, conf, dns, own):
    for zone in FIFTEEN:
        dns.zone(zone, listed={"192.0.2.77": "127.0.0.2"})
    numbers = itertools.count()
    dns.before = lambda q: silence() if next(numbers) % 20 == 7 else None
    ran = repmon.check("192.0.2.64/26", conf=conf(dns, {z: own() for z in FIFTEEN}, timeout="5s"))
    assert verdicts(ran) == {"listed", "not-listed"}
    assert ran.seconds < 5


def test_the_first_answer_to_any_send_counts(repmon, conf, dns, own):
    """Answers come after the question was sent again, and twice."""
    dns.zone("bl.lab", listed={"192.0.2.3": "127.0.0.2"})
    dns.before = lambda q: dns.zone_of(q.name).honest(q).after(0.25) if dns.zone_of(
        q.name) else None
    ran = repmon.check("192.0.2.0/29", conf=conf(dns, {"bl.lab": own()}, timeout="2s"))
    assert verdicts(ran) == {"listed", "not-listed"}


def test_what_is_sent_again_has_the_same_octets(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: silence() if q.seen < 2 and not q.self_test else None)
    ran = repmon.check("192.0.2.1", conf=conf(dns, {"bl.lab": own()}, timeout="2s"))
    assert ran.code == OK
    sent = [q for q in dns.log if q.address == "192.0.2.1"]
    assert len(sent) == 3
    assert len({q.packet for q in sent}) == 1 and len({q.client for q in sent}) == 1


def test_ids_are_random(repmon, conf, dns, own):
    dns.zone("bl.lab")
    repmon.check("192.0.2.0/25", conf=conf(dns, {"bl.lab": own()}))
    ids = [struct.unpack(">H", q.packet[:2])[0] for q in dns.log]
    steps = {(y - x) % 65536 for x, y in zip(ids, ids[1:])}
    assert len(ids) > 120 and len(steps) > 100
    assert max(ids) > 50000 and min(ids) < 15000


@pytest.mark.parametrize("answers", [0, 3, 10])
def test_the_budget_of_a_list_that_falls_silent_is_kept(repmon, conf, dns, own, answers):
    zone = dns.zone("bl.lab", rule=lambda q: silence() if q.number >= answers else None)
    dns.zone("good.lab")
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {"bl.lab": own(budget=20),
                                                       "good.lab": own()}))
    assert len(zone.log) <= 20
    assert verdicts(ran, "good.lab") == {"not-listed"}


@pytest.mark.parametrize("answer", [servfail, refused, formerr, bad_format,
                                    lambda: truncated(nxdomain())])
def test_the_budget_of_a_list_that_turns_useless_is_kept(repmon, conf, dns, own, answer):
    zone = dns.zone("bl.lab", rule=lambda q: answer() if q.number >= 6 and q.transport == "udp"
                    else None)
    dns.zone("good.lab")
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {"bl.lab": own(budget=20),
                                                       "good.lab": own()}))
    assert len(zone.log) <= 20
    assert verdicts(ran, "good.lab") == {"not-listed"}


def test_a_silent_list_is_asked_three_times_and_no_more(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", rule=lambda q: silence())
    dns.zone("good.lab")
    repmon.check("192.0.2.1", conf=conf(dns, {"bl.lab": own(), "good.lab": own()}, timeout="1s"))
    assert max(sum(x.name == q.name for x in zone.log) for q in zone.log) == 3


def test_silent_lists_keep_an_important_one_from_nothing(repmon, check_repmon, conf, dns, own):
    """20 of 49 never answer; the plugin has little time."""
    lists = {f"s{i:02d}.lab": own(severity="minor") for i in range(20)}
    lists |= {f"g{i:02d}.lab": own(severity="minor") for i in range(28)}
    lists["zen.lab"] = own(severity="critical")
    for zone in lists:
        dns.zone(zone, listed={"192.0.2.66": "127.0.0.2"},
                 rule=(lambda q: silence()) if zone[0] == "s" else None)
    config = conf(dns, lists, timeout="5s")
    ran = repmon("-H", "192.0.2.66", "-t", "3", "--config", config, program=check_repmon)
    assert "zen.lab" in ran.out.splitlines()[0]
    assert "listed=29" in ran.out




def test_lists_that_fall_silent_after_their_tests_keep_an_important_one_from_nothing(
        repmon, check_repmon, conf, dns, own):
    lists = {f"s{i:02d}.lab": own(severity="minor") for i in range(40)}
    lists["zen.lab"] = own(severity="critical")
    for zone in lists:
        dns.zone(zone, listed={"192.0.2.66": "127.0.0.2"},
                 rule=(lambda q: None if q.self_test else silence()) if zone[0] == "s" else None)
    config = conf(dns, lists, timeout="5s")
    ran = repmon("-H", "192.0.2.66", "-t", "3", "--config", config, program=check_repmon)
    assert "zen.lab" in ran.out.splitlines()[0]


def test_doctor_names_the_limit_that_a_run_found(repmon, conf, dns, own, tmp_path):
    for zone in FIFTEEN:
        dns.zone(zone)
    dns.before = limited(40, 0.05)
    dns.before.dns = dns
    config = conf(dns, {z: own() for z in FIFTEEN}, timeout="5s",
                  top=f"state = {tmp_path}/state/state.db", extra="[targets]\nip = 192.0.2.0/26")
    assert repmon("run", conf=config, timeout=60).code == OK
    ran = repmon("doctor", "--offline", conf=config)
    said = re.search(r"refuses queries when it has too many at once: repmon stays at (\d+)",
                     " ".join(ran.out.split()))
    assert 20 <= int(said[1]) <= 40, "close below what it takes"
