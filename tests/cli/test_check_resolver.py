# SPDX-License-Identifier: ISC
"""Which resolver is asked, and what counts when one of them dies or lies."""

import os
import shutil
import subprocess

import pytest

import lab
from conftest import OK, REPMON, UNKNOWN, WRAPPER
from lab import Scripted, a, free_port, nodata, nxdomain, silence
from test_ptr import named

CLEAN, BAD = "192.0.2.10", "192.0.2.99"


def test_first_resolver_silent_second_honest(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    with Scripted() as dead:
        dead.before = lambda q: silence()
        ran = repmon.check(BAD, CLEAN, conf=conf([dead, dns], {"bl.lab": own()}))
        assert dead.log, "the first one is asked first"
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"


def test_first_resolver_closed_second_honest(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, CLEAN, conf=conf([f"127.0.0.1:{free_port()}", dns],
                                             {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"


@pytest.mark.parametrize("answer", [nxdomain, nodata, lambda: lab.Reply(), lambda: a("127.0.0.1"),
                                    lambda: a("203.0.113.80")])
def test_a_first_resolver_that_knows_no_test_entry_is_left(repmon, conf, dns, own, answer):
    """It denies, empties, lists or rewrites everything: answers, all alike, that prove nothing."""
    lists = [f"l{i}.lab" for i in range(4)]
    for zone in lists:
        dns.zone(zone, listed={BAD: "127.0.0.2"})
    with Scripted() as first:
        first.before = lambda q: answer()
        ran = repmon.check(BAD, "192.0.2.0/28", conf=conf([first, dns], {z: own() for z in lists}))
        assert f"{first.address} knows no list's test entry; {dns.address} takes over" in ran.err
    assert {ran.verdict(BAD, z) for z in lists} == {"listed"}
    assert {ran.verdict(f"192.0.2.{i}", z) for z in lists for i in range(16)} == {"not-listed"}


@pytest.mark.parametrize("answer", [nxdomain, nodata, lambda: nxdomain(soa=False)])
def test_reverse_names_that_it_denied_are_asked_again_elsewhere(repmon, conf, dns, own, answer):
    """It denies them at once and twice, before its lists have shown what it is worth."""
    lists = [f"l{i}.lab" for i in range(4)]
    for zone in lists:
        dns.zone(zone)
    named(dns, CLEAN, "mx1.example.org")
    named(dns, "2001:db8::25", "mx2.example.org")
    with Scripted() as first:
        first.before = lambda q: answer() if q.type == "PTR" else answer().after(0.2)
        ran = repmon.check(CLEAN, BAD, "2001:db8::25", conf=conf(
            [first, dns], {z: own() for z in lists}, ptr="use = all"))
        assert "takes over" in ran.err and sum(q.type == "PTR" for q in first.log) >= 3
    assert [ran.verdict(ip, "ptr") for ip in (CLEAN, BAD, "2001:db8::25")] == [
        "confirmed", "missing", "confirmed"]


def test_reverse_names_that_it_confirmed_are_not_asked_again(repmon, conf, dns, own):
    lists = [f"l{i}.lab" for i in range(4)]
    for zone in lists:
        dns.zone(zone)
    with Scripted() as first:
        named(first, CLEAN, "mx1.example.org")
        first.before = lambda q: nxdomain().after(0.2) if q.name.endswith(".lab") else None
        ran = repmon.check(CLEAN, conf=conf([first, dns], {z: own() for z in lists},
                                            ptr="use = all"))
        assert "takes over" in ran.err
    assert ran.verdict(CLEAN, "ptr") == "confirmed"
    assert not [q for q in dns.log if q.type == "PTR"]


def test_one_list_that_knows_its_test_entry_keeps_the_resolver(repmon, conf, dns, own):
    lists = [f"l{i}.lab" for i in range(4)]
    for zone in lists[:3]:
        dns.zone(zone, test=None)
    dns.zone(lists[3])
    with Scripted() as second:
        ran = repmon.check(CLEAN, conf=conf([dns, second], {z: own() for z in lists}))
        assert not second.log
    assert ran.verdict(CLEAN, lists[3]) == "not-listed"
    assert {ran.verdict(CLEAN, z) for z in lists[:3]} == {"untrusted"}


def test_second_resolver_is_not_asked_while_the_first_answers(repmon, conf, dns, own):
    dns.zone("bl.lab")
    with Scripted() as second:
        ran = repmon.check("192.0.2.0/28", conf=conf([dns, second], {"bl.lab": own()}))
        assert not second.log
    assert ran.code == OK


def test_one_dead_list_is_no_dead_resolver(repmon, conf, dns, own):
    """SERVFAIL or silence for one list must not send the questions of others elsewhere."""
    dns.zone("bl.lab")
    dns.zone("dead.lab", rule=lambda q: silence())
    with Scripted() as second:
        second.default = lambda q: nxdomain()
        ran = repmon.check("192.0.2.0/28", conf=conf([dns, second],
                                                     {"bl.lab": own(), "dead.lab": own()}))
        assert not second.log
    for t in ran.json()["targets"]:
        assert ran.verdict(t["ip"], "bl.lab") == "not-listed"
        assert ran.verdict(t["ip"], "dead.lab") in ("timeout", "not-asked")


def test_first_honest_then_dead_second_says_nxdomain_to_everything(repmon, conf, dns, own):
    """Nothing is ok by the word of the second: its self-test fails."""
    dns.zone("bl.lab", listed={"192.0.2.60": "127.0.0.2"})
    dns.before = lambda q: silence() if len(dns.log) > 12 else None
    with Scripted() as liar:
        ran = repmon.check("192.0.2.0/26", conf=conf([dns, liar], {"bl.lab": own()}))
        assert liar.log
    honest = {q.address for q in dns.log[:12] if not q.self_test}
    for t in ran.json()["targets"]:
        verdict = ran.verdict(t["ip"], "bl.lab")
        if t["ip"] not in honest:
            assert verdict not in ("not-listed", "listed"), t["ip"]
    assert ran.code == UNKNOWN


def test_a_resolver_that_says_nxdomain_to_everything_is_never_ok(repmon, conf, dns):
    """The whole default set through a filtering resolver."""
    ran = repmon.check(CLEAN, conf=conf(dns, {}, use="default"))
    assert ran.code == UNKNOWN
    assert not [r for r in ran.target(CLEAN)["results"] if r["level"] == "ok"]


@pytest.mark.valgrind
def test_no_resolver_answers(repmon, conf, own):
    config = conf(f"127.0.0.1:{free_port()}", {"bl.lab": own(), "two.lab": own()})
    ran = repmon.check(CLEAN, conf=config)
    assert ran.code == UNKNOWN
    assert ran.verdict(CLEAN, "bl.lab") == "timeout"
    text = repmon("check", CLEAN, conf=config)
    assert text.code == UNKNOWN
    assert "resolver" in (text.out + text.err).lower(), "the likely reason is named"


def test_all_resolvers_silent_ends_soon(repmon, conf, dns, own):
    dns.before = lambda q: silence()
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {f"l{i}.lab": own() for i in range(20)}))
    assert ran.code == UNKNOWN
    assert {r["cause"] for t in ran.json()["targets"] for r in t["results"]} <= {
        "timeout", "not-asked"}
    assert ran.seconds < 10


def test_an_empty_resolv_conf(tmp_path, unconfigured):
    """In a mount namespace of its own, where resolv.conf names nobody."""
    (tmp_path / "resolv.conf").write_text("# nothing\n")
    inside = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf"
    if not shutil.which("unshare") or subprocess.run(
            ["unshare", "-rmn", "sh", "-c", inside], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    done = subprocess.run(
        ["unshare", "-rmn", "sh", "-c", f'{inside} && exec "$@"', "sh", *WRAPPER, REPMON, "check",
         CLEAN], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if k != "REPMON_CONF"}, check=False)
    assert done.returncode == UNKNOWN, done
    assert "resolver" in (done.stdout + done.stderr).lower()


def test_no_search_list_is_used(repmon, conf, dns, own):
    """LOCALDOMAIN would add a domain to every name that does not end in a dot."""
    dns.zone("bl.lab")
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()}),
                       env={"LOCALDOMAIN": "wild.lab", "RES_OPTIONS": "ndots:15"})
    assert ran.code == OK
    assert not [q for q in dns.log if q.name.endswith("wild.lab")]


def test_dnssec_ad_and_case_do_not_matter(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, "--list", "BL.Lab.", conf=conf(dns, {"BL.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert lab.name_of(BAD, "bl.lab") in {q.name for q in dns.log}
