# SPDX-License-Identifier: ISC
"""What a healthy list answers, and how it is shown: levels, codes, reasons, exit codes, formats."""

import re

import pytest

import lab
from conftest import CRITICAL, OK, WARNING
from lab import Rbldnsd, Unbound, a, block_list

CLEAN, BAD = "192.0.2.10", "192.0.2.99"


@pytest.mark.valgrind
def test_an_address_on_no_list_is_ok(repmon, conf, dns, own):
    dns.zone("bl.lab")
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == OK
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"
    assert ran.target(CLEAN)["level"] == "ok"
    assert ran.list("bl.lab")["health"] == "ok"


@pytest.mark.valgrind
def test_a_listed_address_is_critical_with_code_reason_and_times(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, reasons={BAD: "spam seen, https://bl.lab/x"})
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == CRITICAL
    result = ran.result(BAD, "bl.lab")
    assert result["state"] == "listed" and result["level"] == "critical"
    assert result["cause"] is None
    assert [(c["answer"], c["name"], c["severity"]) for c in result["codes"]] == [
        ("127.0.0.2", "LAB", "critical")]
    assert result["reason"] == "spam seen, https://bl.lab/x"
    assert result["proven"] and result["asked"]


@pytest.mark.parametrize("severity, level, code", [
    ("critical", "critical", CRITICAL), ("major", "critical", CRITICAL),
    ("minor", "warning", WARNING), ("info", "info", OK)])
def test_severity_of_a_code_makes_the_level_and_the_exit_code(repmon, conf, dns, own, severity,
                                                              level, code):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own(code=f"127.0.0.2 LAB {severity}")}))
    assert ran.result(BAD, "bl.lab")["level"] == level
    assert ran.code == code


def test_severity_of_a_section_replaces_the_severity_of_the_catalogue(repmon, conf, dns):
    dns.zone("zen.spamhaus.org", listed={BAD: "127.0.0.2"},
             test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    ran = repmon.check(BAD, conf=conf(dns, {"zen.spamhaus.org": {"severity": "minor"}}))
    assert ran.result(BAD, "zen.spamhaus.org")["level"] == "warning"
    assert ran.code == WARNING


def test_all_codes_of_an_answer_are_told(repmon, conf, dns):
    dns.zone("zen.spamhaus.org", listed={BAD: ["127.0.0.10", "127.0.0.2"]},
             test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    ran = repmon.check(BAD, conf=conf(dns, {"zen.spamhaus.org": {}}))
    codes = ran.result(BAD, "zen.spamhaus.org")["codes"]
    assert sorted(c["answer"] for c in codes) == ["127.0.0.10", "127.0.0.2"]
    assert any("SBL" in c["name"] for c in codes) and any("PBL" in c["name"] for c in codes)
    advice = ran.result(BAD, "zen.spamhaus.org")["advice"].split("\n")
    assert [line.partition(":")[0] for line in advice] == ["SBL", "PBL-ISP"]


def test_each_code_says_what_to_do_about_it_on_a_line_of_its_own(repmon, conf, dns):
    dns.zone("zen.spamhaus.org", listed={BAD: ["127.0.0.10", "127.0.0.2"]},
             test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    text = repmon("check", BAD, conf=conf(dns, {"zen.spamhaus.org": {}})).out
    assert re.search(r"^ +to do +SBL: A person at Spamhaus", text, re.M)
    assert re.search(r"^ {15}PBL-ISP: ", text, re.M)


def test_an_unknown_code_inside_127_is_listed_with_a_note(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.77"})
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    result = ran.result(BAD, "bl.lab")
    assert result["state"] == "listed"
    assert result["codes"][0]["answer"] == "127.0.0.77"
    assert result["codes"][0]["name"] == "unknown"


@pytest.mark.parametrize("match, answer", [
    ("127.0.0.4-127.0.0.7", "127.0.0.6"), ("127.0.1.0/24", "127.0.1.200"),
    ("127.0.0.0&8", "127.0.0.12"), ("127.0.*.3", "127.0.9.3")])
def test_codes_of_every_form(repmon, conf, dns, own, match, answer):
    dns.zone("bl.lab", listed={BAD: answer})
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own(
        code=["127.0.0.2 LAB info", f"{match} FORM major"])}))
    result = ran.result(BAD, "bl.lab")
    assert result["state"] == "listed"
    assert "FORM" in [c["name"] for c in result["codes"]]
    assert result["level"] == "critical"


def test_score_list_by_bands(repmon, conf, dns):
    scores = {"192.0.2.1": "127.0.4.90", "192.0.2.2": "127.0.4.60", "192.0.2.3": "127.0.4.10"}
    dns.zone("score.senderscore.com", listed=scores, test="127.0.4.100",
             rule=lambda q: a("127.0.4.100") if q.address == "127.0.0.2" else None)
    ran = repmon.check(*scores, conf=conf(dns, {"score.senderscore.com": {"test": "none"}}))
    levels = [ran.result(ip, "score.senderscore.com")["level"] for ip in scores]
    assert levels == ["ok", "warning", "critical"]
    for ip in scores:
        assert ran.result(ip, "score.senderscore.com")["state"] != "listed"


def test_an_allow_list_is_no_block_list(repmon, conf, dns, own):
    dns.zone("wl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, CLEAN, conf=conf(dns, {"wl.lab": own(kind="allow")}))
    assert ran.result(BAD, "wl.lab")["level"] == "ok"
    assert ran.result(CLEAN, "wl.lab")["level"] == "ok"
    assert ran.code == OK


def test_reasons_no_asks_no_txt(repmon, conf, dns):
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, reasons={BAD: "because"})
    ran = repmon.check(BAD, conf=conf.text(
        "[repmon]\nstate = nowhere/state.db\n"
        f"[dns]\nresolver = {dns.address}\ntimeout = 300ms\n[ptr]\nuse = none\n[dnsbl]\nuse = none\nreasons = no\n"
        '[dnsbl "bl.lab"]\ncode = 127.0.0.2 LAB critical\ntest = 127.0.0.2\n'))
    assert not ran.result(BAD, "bl.lab").get("reason")
    assert not [q for q in zone.log if q.type == "TXT"]


def test_txt_is_asked_only_for_what_is_listed_and_at_the_same_name(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, reasons={BAD: "because"})
    ran = repmon.check(BAD, CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.result(BAD, "bl.lab")["reason"] == "because"
    assert {q.name for q in zone.log if q.type == "TXT"} == {lab.name_of(BAD, "bl.lab")}


def test_a_failed_txt_takes_nothing_from_the_listing(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             rule=lambda q: lab.servfail() if q.type == "TXT" else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"


def test_several_strings_of_a_txt_are_joined(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             reasons={BAD: ["one long reason in ", "two strings"]})
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.result(BAD, "bl.lab")["reason"] == "one long reason in two strings"


def test_summary_counts_targets_and_worst_wins(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2", "192.0.2.50": "127.0.0.3"})
    ran = repmon.check(CLEAN, BAD, "192.0.2.50", "192.0.2.11", conf=conf(dns, {"bl.lab": own(
        code=["127.0.0.2 A critical", "127.0.0.3 B minor"])}))
    assert ran.json()["summary"] == {"level": "critical", "targets": 4, "ok": 2, "info": 0,
                                     "warning": 1, "critical": 1, "unknown": 0}


def test_the_text_says_the_same_as_the_json(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, reasons={BAD: "Because-Of-This"})
    dns.zone("clear.lab")
    dns.zone("mute.lab", rule=lambda q: lab.servfail())
    config = conf(dns, {"bl.lab": own(), "clear.lab": own(),
                        "mute.lab": own(code="127.0.0.2 MUTE major")})
    as_json, as_text = repmon.check(BAD, conf=config), repmon("check", BAD, conf=config)
    assert as_json.code == as_text.code == CRITICAL
    assert as_json.verdict(BAD, "mute.lab") == "servfail"
    for word in (BAD, "bl.lab", "LAB", "Because-Of-This", "mute.lab", "servfail"):
        assert word in as_text.out, word
    assert "critical" in as_text.out.lower()
    first = as_text.out.strip().splitlines()[0].lower()
    assert BAD in first or "critical" in first or "listed" in first, "the verdict comes first"


def test_the_text_ends_with_what_cannot_be_asked(repmon, conf, dns, own):
    dns.zone("bl.lab")
    ran = repmon("check", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    tail = " ".join(ran.out.strip().splitlines()[-3:])
    for word in ("Microsoft 365", "Gmail", "Yahoo", "Proofpoint", "Cloudmark"):
        assert word in tail, word


def test_no_colour_and_no_progress_without_a_terminal(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon("check", BAD, conf=conf(dns, {"bl.lab": own()}))
    assert "\x1b" not in ran.out + ran.err  # repmon() looks for all control characters, too
    assert ran.err == ""


def test_several_lists_and_list_option(repmon, conf, dns, own):
    zones = {z: dns.zone(z) for z in ("one.lab", "two.lab", "three.lab")}
    config = conf(dns, {z: own() for z in zones})
    ran = repmon.check("--list", "one.lab", "--list", "three.lab", CLEAN, conf=config)
    assert {r["list"] for r in ran.target(CLEAN)["results"]} == {"one.lab", "three.lab"}
    assert zones["one.lab"].asked(CLEAN) and zones["three.lab"].asked(CLEAN)
    assert not zones["two.lab"].log


def test_only_dnsbl(repmon, conf, dns, own):
    dns.zone("bl.lab")
    ran = repmon.check("--only", "dnsbl", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert {r["source"] for r in ran.target(CLEAN)["results"]} == {"dnsbl"}


@pytest.mark.valgrind
def test_real_rbldnsd_behind_real_unbound(repmon, conf, own):
    zones = {("bl.lab", "ip4set"): block_list([f"{BAD} :127.0.0.4:bad $"]),
             ("bl.lab", "ip6trie"): lab.rbldnsd.block_list6(["2001:db8:1::/64"]),
             ("two.lab", "ip4set"): block_list(["198.51.100.0/24"])}
    with Rbldnsd(zones) as rbldnsd, Unbound({"bl.lab": rbldnsd, "two.lab": rbldnsd}) as unbound:
        ran = repmon.check(BAD, CLEAN, "198.51.100.7", "2001:db8:1::5", "2001:db8:2::5",
                           conf=conf(unbound, {
                               "bl.lab": own(code=["127.0.0.2 LAB major", "127.0.0.4 FOUR major"],
                                             families="4 6"),
                               "two.lab": own(families="4")}))
    assert ran.code == CRITICAL
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert ran.result(BAD, "bl.lab")["codes"][0]["name"] == "FOUR"
    assert ran.result(BAD, "bl.lab")["reason"].startswith("bad")
    assert ran.verdict(BAD, "two.lab") == "not-listed"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"
    assert ran.verdict("198.51.100.7", "two.lab") == "listed"
    assert ran.verdict("2001:db8:1::5", "bl.lab") == "listed"
    assert ran.verdict("2001:db8:2::5", "bl.lab") == "not-listed"
    assert ran.verdict("2001:db8:1::5", "two.lab") == "not-applicable"


def test_the_test_address_itself_prints_what_each_list_says(repmon, conf, own):
    """The issue's own example: check 127.0.0.2 in the lab."""
    with Rbldnsd({"one.lab": block_list(), "two.lab": block_list(default="127.0.0.9")}) as rbldnsd, \
            Unbound({"one.lab": rbldnsd, "two.lab": rbldnsd}) as unbound:
        ran = repmon.check("127.0.0.2", conf=conf(unbound, {
            "one.lab": own(), "two.lab": own(code="127.0.0.9 NINE minor")}))
    assert ran.verdict("127.0.0.2", "one.lab") == "listed"
    assert ran.verdict("127.0.0.2", "two.lab") == "listed"
    assert ran.code == CRITICAL


def test_two_codes_show_both_cures_and_both_pages(repmon, conf, dns):
    """CSS and XBL of ZEN have advice of their own; PSBL's removal page is not its look-up page."""
    dns.zone("psbl.surriel.com", listed={BAD: "127.0.0.2"})
    dns.zone("zen.spamhaus.org", test=["127.0.0.2", "127.0.0.4", "127.0.0.10"],
             listed={BAD: ["127.0.0.3", "127.0.0.4"]})
    ran = repmon("check", BAD, conf=conf(dns, {"zen.spamhaus.org": {}, "psbl.surriel.com": {}}))
    told = " ".join(ran.out.split())
    assert "Block outgoing port 25" in told and "set HELO and PTR to the same real name" in told
    assert f"look up https://psbl.org/listing?ip={BAD}" in told
    assert "remove https://psbl.org/remove" in told
