# SPDX-License-Identifier: ISC
"""Talos as a person meets it: by each method, with every answer and every fault it has shown. What
it refuses is never worked around, and never taken for a level."""

import json
import os

import pytest

from channels import authority  # noqa: F401
from conftest import OK, UNKNOWN, WARNING
from lab import bad_format, refused, servfail, silence, txt
from lab.server import HOST, has_ended, wait_until
from lab.talos import (HTML, JSON, NOTHING, RECORDS, Talos, challenge, cloud_intel, page, sb_api,
                       status, with_json)

IP, IP6, MANY = "192.0.2.10", "2001:db8::25", [f"192.0.2.{i}" for i in range(1, 9)]
LOOKUP = "https://talosintelligence.com/reputation_center/lookup?search="


@pytest.fixture(scope="module")
def certificate(authority):  # noqa: F811
    return authority.context(HOST)


@pytest.fixture
def talos(authority, certificate):  # noqa: F811
    with Talos(authority, certificate) as server:
        yield server


@pytest.fixture
def ask(repmon, conf, dns, talos, tmp_path):
    """ask(addresses…, method=…, keys=…): checks Talos alone. The folder of `state` is root's here,
    so that root stays root and can read what the test wrote."""
    def run(*targets, method="cloud_intel", keys="", **kwargs):
        if method in ("cloud_intel", "html"):
            keys = f"url = {talos.url}\n{keys}"
        config = conf(dns, {}, top=f"state = {tmp_path}/state.db\nca_file = {talos.ca_file}",
                      extra=f"[talos]\nmethod = {method}\n{keys}")
        return repmon.check("--only", "talos", *(targets or [IP]), conf=config, **kwargs)
    return run


# ---- levels ----

@pytest.mark.parametrize("method", ["cloud_intel", "html"])
@pytest.mark.parametrize("word, state, level, code", [
    ("Good", "good", "ok", OK), ("NEUTRAL", "neutral", "ok", OK),
    ("Poor", "poor", "warning", WARNING), ("trusted", "trusted", "ok", OK),
    ("favorable", "favorable", "ok", OK), ("Questionable", "questionable", "info", OK),
    ("untrusted", "untrusted", "warning", WARNING)])
def test_words_of_both_vocabularies(ask, talos, method, word, state, level, code):
    talos.level[IP] = word
    ran = ask(method=method)
    assert ran.code == code
    assert ran.verdict(IP, "talos") == state
    assert ran.result(IP, "talos")["level"] == level


@pytest.mark.valgrind
def test_a_finding_has_score_magnitude_change_owner_and_page(ask, talos):
    talos.level[IP], talos.score[IP] = "untrusted", -4.2
    result = ask().result(IP, "talos")
    for part in ("score -4.2", "magnitude 3.4", "-4 %", "Example Org"):
        assert part in result["reason"]
    assert result["url"] == LOOKUP + IP


@pytest.mark.parametrize("method", ["cloud_intel", "html"])
def test_an_address_that_nobody_outside_can_see_is_not_asked_about(ask, talos, method):
    talos.level["10.1.2.3"] = "trusted"
    ran = ask("10.1.2.3", method=method)
    assert ran.code == UNKNOWN
    assert ran.verdict("10.1.2.3", "talos") == "not-applicable"


def test_unknown_words_are_kept_and_ok(ask, talos):
    talos.level[IP] = "Splendid"
    assert ask().verdict(IP, "talos") == "splendid"


@pytest.mark.parametrize("word", ["unknown", "None", ""])
def test_no_level_is_no_data(ask, talos, word):
    talos.level[IP] = word
    ran = ask()
    assert ran.code == UNKNOWN
    assert ran.verdict(IP, "talos") == "no-data"
    assert ran.list("talos")["health"] == "ok"


def test_the_older_json_is_read_as_well(ask, talos):
    talos.fault = lambda path, ip: with_json(sb_api(ip, "Poor"))(path, ip)
    result = ask().result(IP, "talos")
    assert result["state"] == "poor"
    assert "Google LLC" in result["reason"] and "pbl.spamhaus.org" in result["reason"]
    assert "spamcop" not in result["reason"]


def test_no_results_is_no_data(ask, talos):
    talos.fault = with_json({"error": NOTHING}, 201)
    assert ask().verdict(IP, "talos") == "no-data"


# ---- manners ----

def test_one_request_an_address_with_an_honest_name(ask, talos):
    ask(*MANY)
    assert sorted(talos.asked()) == sorted(MANY)
    for path, headers in talos.requests:
        assert headers["User-Agent"].startswith("repmon/")
        assert "Cookie" not in headers and "Referer" not in headers


@pytest.mark.parametrize("method", ["cloud_intel", "html"])
@pytest.mark.parametrize("fault", [
    challenge, status(401), status(403), status(429), status(503),
    status(200, HTML, "<html><title>Attention Required! | Cloudflare</title></html>"),
    with_json({"error": "Access denied"})])
def test_a_refusal_is_denied_and_ends_the_questions(ask, talos, method, fault):
    if method == "html" and fault(0, 0)[1] == JSON:
        pytest.skip("a page is no JSON")
    talos.fault = fault
    ran = ask(*MANY, method=method)
    assert ran.code == UNKNOWN
    assert {ran.verdict(ip, "talos") for ip in MANY} == {"denied"}
    assert len(talos.requests) == 1
    assert ran.list("talos")["health"] == "blind"


def test_a_refusal_is_said_with_the_manual_page(repmon, conf, dns, talos, tmp_path):
    talos.fault = challenge
    ran = repmon("check", "--only", "talos", IP, conf=conf(
        dns, {}, top=f"state = {tmp_path}/state.db\nca_file = {talos.ca_file}",
        extra=f"[talos]\nmethod = cloud_intel\nurl = {talos.url}"))
    assert "denied" in ran.out
    assert "talosintelligence.com/reputation_center/lookup?search=" in ran.out.replace("\n", "")


def test_the_daily_cap_is_kept(ask, talos):
    ran = ask(*MANY, keys="budget = 5")
    assert len(talos.requests) == 5
    said = [ran.verdict(ip, "talos") for ip in MANY]
    assert said.count("neutral") == 5 and said.count("not-asked") == 3


# ---- faults ----

@pytest.mark.parametrize("fault, cause", [
    (status(500), "servfail"), (status(502, "text/plain", "bad gateway"), "servfail"),
    (status(404), "bad-format"), (status(302), "bad-format"), (status(204, JSON, ""), "bad-format"),
    (status(200, HTML, "<html><body><div id=app></div></body></html>"), "bad-format"),
    (status(200, JSON, ""), "bad-format"), (with_json({}), "bad-format"),
    (with_json("{\"reputation\":{\"threat_level_mnemonic\":\"go"), "bad-format"),
    (with_json(cloud_intel(IP, "good"), 500), "servfail"),
    (with_json({"ip": "192.0.2.11", "level": "good"}), "bad-format"),
    (with_json({"error": "boom", "email_score_name": "Good"}), "bad-format"),
    (with_json("[" * 100000), "bad-format"),
    (status(200, JSON, " " * (2 << 20) + "{\"level\":\"good\"}"), "bad-format")])
def test_what_is_no_answer_is_no_level(ask, talos, fault, cause):
    talos.fault = fault
    ran = ask()
    assert ran.code == UNKNOWN
    assert ran.verdict(IP, "talos") == cause


@pytest.mark.parametrize("body", [
    page(IP, "Good")[:-30], page("192.0.2.11", "Good"), page(IP, "Loading"),
    "<div>" * 255 + page(IP, "Good") * 2000, page(IP, "Good").replace("EMAIL", "WEB")],
    ids=["partial", "other address", "no word", "nested", "other label"])
def test_pages_that_show_no_level(ask, talos, body):
    talos.fault = status(200, HTML, body)
    assert ask(method="html").verdict(IP, "talos") == "bad-format"


def test_three_failures_in_a_row_end_the_questions(ask, talos):
    talos.fault = status(500)
    ran = ask(*MANY)
    assert len(talos.requests) == 3
    assert {ran.verdict(ip, "talos") for ip in MANY} == {"servfail"}


def test_one_bad_answer_is_one_address(ask, talos):
    talos.fault = lambda path, ip: status(500)(path, ip) if ip == MANY[3] else with_json(
        cloud_intel(ip, "good"), 201)(path, ip)
    ran = ask(*MANY)
    said = {ip: ran.verdict(ip, "talos") for ip in MANY}
    assert said.pop(MANY[3]) == "servfail"
    assert set(said.values()) == {"good"}
    assert ran.list("talos")["health"] == "ok"


def test_a_stranger_with_its_own_certificate_is_not_believed(repmon, conf, dns, talos):
    ran = repmon.check("--only", "talos", IP, conf=conf(
        dns, {}, extra=f"[talos]\nmethod = cloud_intel\nurl = {talos.url}"))
    assert ran.result(IP, "talos")["level"] == "unknown"
    assert not talos.requests


def test_nobody_is_there(repmon, conf, dns):
    ran = repmon.check("--only", "talos", IP, conf=conf(
        dns, {}, extra="[talos]\nmethod = cloud_intel\nurl = https://127.0.0.1:1"))
    assert ran.verdict(IP, "talos") == "servfail"


def test_a_whole_64_is_not_applicable(ask, talos):
    assert ask("2001:db8:1::/64").verdict("2001:db8:1::/64", "talos") == "not-applicable"
    assert ask(IP6).verdict(IP6, "talos") == "neutral"
    assert talos.asked() == [IP6]


# ---- DNS ----

@pytest.mark.valgrind
def test_plain_scores_over_dns(ask, talos, dns):
    talos.score.update({IP: -4.2, "192.0.2.11": -2, "192.0.2.12": 3.1})
    zone = talos.zone(dns, "rf.lab")
    ran = ask(IP, "192.0.2.11", "192.0.2.12", "192.0.2.13", method="dns", keys="zone = rf.lab")
    assert ran.code == WARNING
    assert [ran.verdict(f"192.0.2.{i}", "talos") for i in range(10, 14)] == [
        "poor", "questionable", "neutral", "no-data"]
    assert "score -4.2" in ran.result(IP, "talos")["reason"]
    assert {q.type for q in zone.log} == {"TXT"}


@pytest.mark.parametrize("year", [2004, 2019])
def test_the_real_records_hold_no_score(ask, dns, year):
    dns.zone("query.lab", rule=lambda q: txt(RECORDS[year]))
    assert ask(method="dns", keys="zone = query.lab").verdict(IP, "talos") == "no-data"


@pytest.mark.parametrize("reply, cause", [
    (servfail(), "servfail"), (refused(), "not-served"), (silence(), "timeout"),
    (bad_format(), "timeout or servfail"),  # older versions of c-ares ignore it, newer ones don't
    (txt("v=spf1 -all"), "bad-format"), (txt("99"), "bad-format"),
    (txt("-1.0\x1b[31m"), "bad-format"), (txt("1-x=y"), "bad-format")])
def test_what_is_no_score_is_no_level(ask, dns, reply, cause):
    dns.zone("rf.lab", rule=lambda q: reply)
    assert ask(method="dns", keys="zone = rf.lab").verdict(
        IP, "talos") in cause.split(" or ")


def test_zones_of_senderbase_know_ipv4_only(ask, dns):
    zone = dns.zone("rf.lab")
    assert ask(IP6, method="dns", keys="zone = rf.lab").verdict(IP6, "talos") == "not-applicable"
    assert not zone.log


# ---- a program ----

@pytest.fixture
def program(tmp_path):
    def write(body):
        path = tmp_path / "talos score"
        path.write_text("#!/bin/sh\n" + body + "\n")
        path.chmod(0o755)
        return f"command = '{path}' --address"
    return write


def test_a_program_of_the_users_own(ask, program):
    keys = program('test "$1" = --address && '
                   'printf \'{"ip":"%s","score":-2.3,"level":"Questionable"}\' "$2"')
    ran = ask(IP, IP6, method="command", keys=keys)
    assert ran.verdict(IP, "talos") == "questionable" == ran.verdict(IP6, "talos")
    assert "score -2.3" in ran.result(IP, "talos")["reason"]


@pytest.mark.parametrize("body, cause", [
    ("exit 3", "servfail"), ("kill -9 $$", "servfail"), ("echo", "bad-format"),
    ("echo '{\"ip\":\"192.0.2.11\",\"level\":\"good\"}'", "bad-format"),
    ("echo '{\"level\":\"good\"'", "bad-format"), ("yes | head -c 1000000", "bad-format"),
    ("echo '{\"level\":\"good\"}'; exit 1", "servfail"),
    ("cat >&2; echo '{\"level\":\"unknown\"}'", "no-data")])
def test_programs_that_fail(ask, program, body, cause):
    assert ask(method="command", keys=program(body)).verdict(IP, "talos") == cause


def test_a_program_that_is_not_there(ask):
    ran = ask(method="command", keys="command = /nonexistent/talos")
    assert ran.verdict(IP, "talos") == "servfail"


def test_a_program_that_hangs_is_ended_with_its_children(repmon, conf, dns, program, tmp_path):
    keys = program(f"sleep 300 & echo $! >{tmp_path}/child; wait")
    ran = repmon.check("--only", "talos", IP, conf=conf(
        dns, {}, top=f"deadline = 1s\nstate = {tmp_path}/state.db", extra=f"[talos]\nmethod = command\n{keys}"))
    assert ran.verdict(IP, "talos") in ("timeout", "not-asked")
    child = int((tmp_path / "child").read_text())
    wait_until("the child's end", lambda: has_ended(child), 5)


def test_a_program_whose_child_keeps_the_pipe_is_not_waited_for(ask, program):
    ran = ask(method="command", keys=program("sleep 20 & echo '{\"level\":\"good\"}'"))
    assert ran.verdict(IP, "talos") == "good"
    assert ran.seconds < 10


def test_a_program_gets_none_of_the_secrets_in_the_environment(repmon, conf, dns, program, tmp_path):
    keys = program(f"env >{tmp_path}/env; echo '{{\"level\":\"good\"}}'")
    ran = repmon.check("--only", "talos", IP, env={"TOKEN": "hidden", "HOME": "/srv/home"},
                       conf=conf(dns, {}, extra=f"[talos]\nmethod = command\n{keys}"))
    assert ran.verdict(IP, "talos") == "good"
    given = (tmp_path / "env").read_text()
    assert "HOME=/srv/home" in given and "PATH=" in given
    assert "hidden" not in given


def test_a_program_is_no_shell_line(ask, tmp_path):
    ask(method="command", keys=f"command = true ; touch {tmp_path}/made")
    ask(method="command", keys=f"command = true && touch {tmp_path}/made")
    assert not os.path.exists(tmp_path / "made")


# ---- runs: what is told ----

@pytest.fixture
def run(repmon, conf, dns, talos, tmp_path):
    """run(): one cron run over IP and what it prints; the state stays."""
    def go(*args, keys="", targets=(IP,), command="run"):
        lines = "\n".join(f"ip = {ip}" for ip in targets)
        config = conf(dns, {}, top=f"state = {tmp_path}/state.db\nca_file = {talos.ca_file}\n"
                                   "confirm_gap = 0\n" + keys,
                      extra=f"[targets]\n{lines}\n"
                            f"[talos]\nmethod = cloud_intel\nurl = {talos.url}\n")
        return repmon(command, *args, conf=config)
    return go


def test_neutral_and_good_are_no_news_and_poor_is(run, talos):
    talos.level[IP] = "good"
    run()
    talos.level[IP] = "neutral"
    assert run("--all").out == ""
    talos.level[IP] = "trusted"
    assert run("--all").out == ""
    talos.level[IP] = "poor"
    ran = run("--all")
    assert "poor" in ran.out.lower() and IP in ran.out
    assert "talosintelligence.com" in ran.out


def test_the_last_word_is_kept_whether_good_or_bad(run, talos):
    for word, code in (("good", OK), ("neutral", OK), ("poor", WARNING), ("trusted", OK)):
        talos.level[IP] = word
        run("--all")
        run("--all")
        status = run("-v", "--format", "json", command="status")
        assert (status.verdict(IP, "talos"), status.code) == (word, code)
        assert status.list("talos")["health"] == "ok"
    assert run("--all", targets=("192.0.2.201",)).out.count(IP) == 0, "it leaves in silence"


def test_a_refusal_leaves_the_level_and_costs_one_question_a_day(run, talos):
    talos.level.update({ip: "poor" for ip in MANY})
    run(targets=MANY)
    talos.fault = challenge
    talos.requests.clear()
    ran = run("--all", targets=MANY)
    assert len(talos.requests) == 1
    assert "delisted" not in ran.out.lower() and "improved" not in ran.out.lower()
    run(targets=MANY)
    assert len(talos.requests) == 1, "not due again"
    talos.fault = None
    assert "poor" not in run("--all", targets=MANY).out, "nothing changed meanwhile"


def test_the_cap_counts_all_runs_of_the_day(run, talos, repmon, conf, dns, tmp_path):
    keys = f"[talos]\nmethod = cloud_intel\nurl = {talos.url}\nbudget = 10"
    lines = "\n".join(f"ip = {ip}" for ip in MANY)
    config = conf(dns, {}, top=f"state = {tmp_path}/state.db\nca_file = {talos.ca_file}",
                  extra=f"[targets]\n{lines}\n{keys}")
    repmon("run", "--all", conf=config)
    repmon("run", "--all", conf=config)
    assert len(talos.requests) == 10


def test_json_of_a_report_has_the_level(ask, talos):
    report = json.loads(ask().out)
    assert [x["source"] for x in report["lists"]] == ["talos"]
