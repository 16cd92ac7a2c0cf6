# SPDX-License-Identifier: ISC
"""Each list has its own pace, budget and fate. Nothing here measures speed; tests/bench does."""

import resource
import signal
import subprocess
import time

import pytest

from conftest import OK, REPMON, SLOW, UNKNOWN, WRAPPER
from lab import nxdomain, servfail, silence

CLEAN = "192.0.2.10"


def test_a_dead_list_slows_nobody_and_is_left_alone(repmon, conf, dns, own):
    dead = dns.zone("dead.lab", rule=lambda q: silence())
    good = [f"good{i}.lab" for i in range(4)]
    for zone in good:
        dns.zone(zone)
    ran = repmon.check("192.0.2.0/24", conf=conf(dns, {z: own() for z in [*good, "dead.lab"]}))
    for t in ran.json()["targets"]:
        assert all(ran_of(t, z) == "not-listed" for z in good)
        assert ran_of(t, "dead.lab") in ("timeout", "not-asked")
    assert len(dead.log) <= 60, "a dead list costs its self-test, not one question per target"


def ran_of(target, zone):
    r = next(r for r in target["results"] if r["list"] == zone)
    return r["state"] or r["cause"]


def test_a_list_that_answers_late_but_in_time_is_proven(repmon, conf, dns, own):
    dns.zone("late.lab", rule=lambda q: nxdomain().after(0.2) if not q.self_test else None)
    dns.zone("good.lab")
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {"late.lab": own(), "good.lab": own()},
                                                 timeout="900ms"))
    assert ran.code == OK


def test_the_budget_of_a_list_is_kept_and_the_rest_is_not_asked(repmon, conf, dns, own):
    zone = dns.zone("bl.lab")
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {"bl.lab": own(budget=20)}))
    verdicts = [ran_of(t, "bl.lab") for t in ran.json()["targets"]]
    assert len(zone.log) <= 20, "self-tests count, too"
    assert verdicts.count("not-listed") >= 5
    assert verdicts.count("not-listed") + verdicts.count("not-asked") == 64
    assert ran.code == UNKNOWN


def test_the_rate_of_a_list_is_kept(repmon, conf, dns, own):
    """However fast the server answers: no more than the rate in any second, and the second's worth
    that an idle lane may save at the start."""
    times = []

    def rule(_):
        times.append(time.monotonic())

    dns.zone("bl.lab", rule=rule)
    ran = repmon.check("192.0.2.0/26", conf=conf(dns, {"bl.lab": own(rate=25)}))
    assert ran.code == OK
    assert len(times) >= 64 + 3
    for i, start in enumerate(times):
        within = sum(1 for t in times[i:] if t < start + 1)
        assert within <= 2 * 25 + 3
        if start > times[0] + 0.5:
            assert within <= 25 + 5, "the savings are spent"
    assert times[-1] - times[0] > 1.4


def test_the_rate_of_a_list_is_kept_when_every_question_must_be_repeated(repmon, conf, dns, own):
    """The first try of each is lost. Its second is a question to the list like any other."""
    times, seen = [], set()

    def rule(q):
        times.append(time.monotonic())
        if q.self_test or q.name in seen:
            return None
        seen.add(q.name)
        return silence()

    dns.zone("bl.lab", rule=rule)
    ran = repmon.check("192.0.2.0/27", conf=conf(dns, {"bl.lab": own(rate=40)}, timeout="200ms"))
    assert ran.code == OK
    assert len(times) >= 2 * 32 + 3
    assert times[-1] - times[0] > (2 * 32 + 3 - 40) / 40 - 0.1


def test_every_list_gets_its_own_answer_whatever_the_others_do(repmon, conf, dns, own):
    rules = {"good.lab": None, "dead.lab": lambda q: silence(), "sick.lab": lambda q: servfail(),
             "empty.lab": lambda q: nxdomain()}
    for zone, rule in rules.items():
        dns.zone(zone, rule=rule)
    ran = repmon.check("192.0.2.0/27", conf=conf(dns, {z: own() for z in rules}))
    expected = {"good.lab": {"not-listed"}, "dead.lab": {"timeout", "not-asked"},
                "sick.lab": {"servfail", "not-asked"}, "empty.lab": {"untrusted", "not-asked"}}
    for zone, verdicts in expected.items():
        seen = {ran_of(t, zone) for t in ran.json()["targets"]}
        assert seen <= verdicts, zone


def test_severity_off_is_never_asked(repmon, conf, dns, own):
    dns.zone("good.lab")
    off = dns.zone("off.lab")
    ran = repmon.check(CLEAN, conf=conf(dns, {"good.lab": own(), "off.lab": own(severity="off")}))
    assert not off.log
    assert "off.lab" not in {r["list"] for r in ran.target(CLEAN)["results"]}


def test_no_list_on_at_all_is_an_error_or_unknown(repmon, conf, dns):
    ran = repmon("check", CLEAN, conf=conf(dns, {}))
    assert ran.code == UNKNOWN


def test_blindness_below_blind_severity_does_not_reach_the_exit_code(repmon, conf, dns, own):
    dns.zone("good.lab")
    dns.zone("sick.lab", rule=lambda q: servfail())
    for severity, code in (("minor", OK), ("major", UNKNOWN)):
        ran = repmon.check(CLEAN, conf=conf(dns, {
            "good.lab": own(), "sick.lab": own(severity=severity)}))
        assert ran.code == code, severity
    ran = repmon.check(CLEAN, conf=conf(dns, {"good.lab": own(), "sick.lab": own(
        severity="minor")}, top="blind_severity = minor"))
    assert ran.code == UNKNOWN


def test_the_deadline_ends_the_run_and_what_is_known_is_printed(repmon, conf, dns, own):
    dns.zone("good.lab")
    dns.zone("slow.lab")
    ran = repmon.check("192.0.2.0/26", conf=conf(
        dns, {"good.lab": own(), "slow.lab": own(rate=10)}, top="deadline = 1s"))
    assert ran.code == UNKNOWN
    verdicts = [ran_of(t, "slow.lab") for t in ran.json()["targets"]]
    assert set(verdicts) <= {"not-listed", "not-asked", "timeout", "untrusted"}
    assert "not-asked" in verdicts or "timeout" in verdicts
    assert all(ran_of(t, "good.lab") == "not-listed" for t in ran.json()["targets"])
    assert ran.seconds < 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_the_deadline(conf, dns, own, number):
    if WRAPPER:
        pytest.skip("the wrapper is another process")
    dns.zone("good.lab")
    slow = dns.zone("slow.lab", rule=lambda q: silence())
    config = conf(dns, {"good.lab": own(), "slow.lab": own()}, timeout="30s")
    with subprocess.Popen([REPMON, "-c", config, "check", CLEAN], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        end = time.monotonic() + 5
        while not slow.log and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode in (UNKNOWN, 128 + number), (out, err)
    assert "good.lab" in out


@pytest.mark.parametrize("rate", ["0.00000000000000001", "0.0000001"])
def test_a_rate_of_next_to_nothing_waits_without_spinning(repmon, conf, dns, own, rate):
    dns.zone("bl.lab")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = repmon.check("192.0.2.0/27", conf=conf(dns, {"bl.lab": own(rate=rate)},
                                                top="deadline = 800ms"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert {ran.verdict(t["ip"], "bl.lab") for t in ran.json()["targets"]} >= {"not-asked"}
    assert spent < 0.1 * SLOW, "waiting costs nothing"
