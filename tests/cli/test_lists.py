# SPDX-License-Identifier: ISC
"""`repmon lists`: which lists a run queries, why not the others, and whether they answer."""

import json
import os
import re

import pytest

from conftest import TOP
from lab import a, silence


@pytest.fixture
def lists(repmon):
    def run(*args, **kwargs):
        ran = repmon("lists", "--format", "json", *args, **kwargs)
        return ran, {x["zone"]: x for x in json.loads(ran.out)["lists"]}
    return run


@pytest.mark.valgrind
def test_without_a_configuration_it_shows_the_default_lists_and_asks_nothing(
        repmon, lists, unconfigured):
    ran, found = lists()
    assert ran.code == 0
    for zone in ("zen.spamhaus.org", "b.barracudacentral.org", "bl.spamcop.net"):
        assert found[zone]["asked"] and found[zone]["why"] is None
    text = repmon("lists")
    assert text.code == 0 and "zen.spamhaus.org" in text.out
    assert "sorbs" not in text.out and "\x1b" not in text.out
    assert all(len(line) <= 100 for line in text.out.splitlines())


def test_the_readme_names_the_default_lists_with_their_severity(lists, unconfigured):
    _, found = lists()
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        rows = re.findall(r"^\| ([a-z0-9.-]+\.[a-z]+) \| ([a-z, ]+) \|", f.read(), re.M)
    asked = {x["zone"]: x["severity"] + (", allow" if x["kind"] == "allow" else "")
             for x in found.values() if x["asked"]}
    assert dict(rows) == asked


def test_the_readme_stays_short():
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        assert len(f.read().split()) <= 1150


def test_all_shows_disabled_and_dead_ones_with_dates(repmon, conf, dns):
    config = conf(dns, {"bl.spamcop.net": {"severity": "off"}}, use="default")
    assert "bl.spamcop.net" not in repmon("lists", conf=config).out
    ran = repmon("lists", "--all", conf=config)
    assert "severity = off" in ran.out
    assert "sorbs.net" in ran.out and "2024-06-05" in ran.out and "Cloudmark" in ran.out
    report = json.loads(repmon("lists", "-a", "-f", "json", conf=config).out)
    assert report["version"] == 1
    dead = {x["zone"]: x for x in report["dead"]}
    assert dead["sorbs.net"]["since"] == "2024-06-05" and dead["sorbs.net"]["reason"]
    assert report["domain_only"] and report["no_dns"]
    assert len(report["lists"]) > 40
    assert not dns.log


def test_it_shows_the_configuration_at_work(lists, conf, dns, tmp_path, repmon):
    key = "k3yk3yk3yk3yk3yk3yk3yk3yk3"
    repmon.secrets.append(key)
    (tmp_path / "dqs.key").write_text(key)
    (tmp_path / "dqs.key").chmod(0o600)
    _, found = lists(conf=conf(dns, {
        "zen.dq.spamhaus.net": {"key_file": "dqs.key"},
        "bl.lab": {"severity": "minor", "rate": 7, "budget": 99, "every": "2h", "kind": "block",
                   "families": "4 6", "test": "127.0.0.2"},
        "combined.mail.abusix.zone": {"severity": "major"}}, use="default"))
    assert found["zen.dq.spamhaus.net"]["key"] == "given"
    assert not found["zen.spamhaus.org"]["asked"]
    assert "zen.dq.spamhaus.net" in found["zen.spamhaus.org"]["why"]
    own = found["bl.lab"]
    assert (own["severity"], own["rate"], own["budget"], own["every"], own["families"]) == (
        "minor", 7, 99, 7200, [4, 6])
    assert not own["in_catalogue"]
    abusix = found["combined.mail.abusix.zone"]
    assert not abusix["asked"] and abusix["key"] == "missing" and "key" in abusix["why"]


@pytest.mark.valgrind
def test_a_good_list_passes_its_test_and_no_target_is_asked(lists, repmon, conf, dns, own):
    zone = dns.zone("bl.lab")
    config = conf(dns, {"bl.lab": own()})
    ran, found = lists("--test", conf=config)
    assert ran.code == 0
    assert found["bl.lab"]["test"]["result"] == "good"
    assert found["bl.lab"]["test"]["proven"]
    assert zone.log and all(q.self_test for q in zone.log)
    assert "good" in repmon("lists", "--test", conf=config).out


@pytest.mark.parametrize("rule, result, cause", [
    (lambda q: silence(), "failed", "timeout"),
    (lambda q: a("127.0.0.2"), "failed", "untrusted"),
    (lambda q: a("203.0.113.1"), "failed", "untrusted"),
    (lambda q: a("127.255.255.254"), "failed", "not-served")])
def test_a_list_that_fails_is_red(lists, repmon, conf, dns, own, rule, result, cause):
    dns.zone("bl.lab", rule=rule)
    dns.zone("good.lab")
    config = conf(dns, {"bl.lab": own(error="127.255.255.254"), "good.lab": own()})
    ran, found = lists("--test", conf=config)
    assert ran.code == 1
    assert found["bl.lab"]["test"]["result"] == result
    assert found["good.lab"]["test"]["result"] == "good"
    if cause != "untrusted":
        assert found["bl.lab"]["test"]["cause"] == cause
    text = repmon("lists", "--test", conf=config)
    assert text.code == 1 and "failed" in text.out


def test_a_list_whose_test_address_is_gone_proves_half(lists, repmon, conf, dns, own):
    dns.zone("bl.lab", test=None)
    config = conf(dns, {"bl.lab": own()})
    ran, found = lists("--test", conf=config)
    assert ran.code == 1
    assert found["bl.lab"]["test"]["result"] == "half"
    text = " ".join(repmon("lists", "--test", conf=config).out.split())
    assert "what it lists counts" in text and "answers are not used" not in text
    text = " ".join(repmon("check", "198.51.100.7", conf=config).out.split())
    assert "what it lists counts" in text and "nothing it says counts" not in text


def test_lists_that_fail_alike_are_the_resolvers_fault(repmon, conf, dns, own):
    zones = [f"l{i}.lab" for i in range(4)]
    for zone in zones:
        dns.zone(zone, test=None if zone != "l0.lab" else "127.0.0.2")
    config = conf(dns, {zone: own() for zone in zones})
    for words in (("lists", "--test"), ("check", "198.51.100.7")):
        text = " ".join(repmon(*words, conf=config).out.split())
        assert text.count("most likely the resolver") == 1, words
        assert "resolver on this host query the name servers itself" in text
        assert "dying" not in text and "Remove it" not in text


def test_a_list_without_a_test_address_is_not_red(lists, conf, dns, own):
    dns.zone("bl.lab")
    ran, found = lists("--test", conf=conf(dns, {"bl.lab": own(test="none")}))
    assert ran.code == 0
    assert found["bl.lab"]["test"]["result"] == "unproven"


def test_a_missing_key_is_red(lists, conf, dns, own):
    dns.zone("bl.lab")
    ran, found = lists("--test", conf=conf(dns, {"bl.lab": own(), "spam.spamrats.com": {}}))
    assert ran.code == 1
    assert found["spam.spamrats.com"]["test"]["result"] == "no-key"


def test_mistakes(repmon, conf, dns):
    assert repmon("lists", "zen.spamhaus.org", conf=conf(dns, {})).code == 64
    assert repmon("lists", "--format", "nagios").code == 64
