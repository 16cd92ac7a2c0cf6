# SPDX-License-Identifier: ISC
"""Score lists change only when their band does; allow lists when they trust less."""

import pytest

from conftest import CRITICAL, OK, moved_clock
from lab.sinks import MailSink
from station import CLEAN, HOUR, silent, station, told  # noqa: F401

IP = "192.0.2.10"
SCORE, ALLOW = "score.senderscore.com", "list.dnswl.org"


@pytest.fixture
def mail():
    with MailSink() as sink:
        yield sink


@pytest.fixture
def run(repmon, conf, dns, tmp_path, mail):
    """run(): the next cron run over IP on one list, ten minutes later; the mail it sent, or ''."""
    clock = iter(range(0, 10000, 600))

    def go(zone, **keys):
        config = conf(dns, {zone: keys}, top=f"state = {tmp_path}/state.db\nconfirm_gap = 5m\n"
                                             "flap = 16/1h",
                      extra=f"[targets]\nip = {IP}\n[mail \"ops\"]\nto = ops@example.org\n"
                            f"from = repmon@example.org\nmin_level = info\n"
                            f"server = {mail.address}\ntls = off\n")
        mail.messages.clear()
        ran = repmon("run", "--all", conf=config, env=moved_clock(
            f"+{next(clock)}s", FAKETIME_DONT_FAKE_MONOTONIC="1"))
        assert ran.code == 0
        return "".join(f"{m.subject}\n{m.text}" for m in mail.messages)
    return go


def score_zone(dns):
    return dns.zone(SCORE)


def test_a_score_is_told_when_its_band_changes(run, dns):
    zone = score_zone(dns)
    told = []
    for score, word in ((95, None), (88, ""), (71, ""), (65, "65"), (60, ""), (69, ""), (45, "45"),
                        (40, ""), (66, ""), (66, "66"), (80, ""), (80, "80"), (99, "")):
        zone.listed[IP] = f"127.0.4.{score}"
        out = run(SCORE)
        print(score, out)
        if word is not None:  # the first run says that it looked
            assert (f"127.0.4.{word}" in out) if word else not out, score
        told.append(out)
    # Worse is told at once, better when it is confirmed.
    assert "CRITICAL" in told[6].upper() and "CRITICAL" not in told[3].upper()


def test_the_bands_are_the_configurations(repmon, conf, dns):
    zone = score_zone(dns)
    zone.listed[IP] = "127.0.4.65"
    assert repmon.check(IP, conf=conf(dns, {SCORE: {}})).result(IP, SCORE)["level"] == "warning"
    assert repmon.check(IP, conf=conf(dns, {SCORE: {"warning": 60}})).result(
        IP, SCORE)["level"] == "ok"
    assert repmon.check(IP, conf=conf(dns, {SCORE: {"warning": 90, "critical": 80}})).result(
        IP, SCORE)["level"] == "critical"
    assert repmon.check(IP, conf=conf(dns, {SCORE: {}})).result(IP, SCORE)["state"] == "score 65"


@pytest.mark.parametrize("score,level", [(70, "ok"), (69, "warning"), (50, "warning"),
                                         (49, "critical")])
def test_a_band_begins_below_its_number(repmon, conf, dns, score, level):
    """As config.example and the manual say it."""
    score_zone(dns).listed[IP] = f"127.0.4.{score}"
    assert repmon.check(IP, conf=conf(dns, {SCORE: {}})).result(IP, SCORE)["level"] == level


def test_less_trust_and_none_at_all_are_worse_at_info(run, dns):
    zone = dns.zone(ALLOW, test="127.0.10.0")
    said = []
    for answer in ("127.0.5.3", "127.0.5.3", "127.0.5.1", "127.0.5.1", "127.0.5.0", "127.0.5.0",
                   None, None, "127.0.5.2"):
        zone.listed.pop(IP, None)
        if answer:
            zone.listed[IP] = answer
        said.append(run(ALLOW))
        print(answer, said[-1])
    told = [bool(x) for x in said]
    assert not told[1]
    assert not told[2] and told[3], "a loss is confirmed before it is told"
    assert told[5], "from little trust to none"
    assert told[7], "gone from the list"
    assert "worsened" in said[3].lower() or "less" in said[3].lower() or "trust 1" in said[3]
    assert "CRITICAL" not in "".join(said) and "WARNING" not in "".join(said)
    assert told[8], "and back on it"


def test_an_allow_list_is_never_a_finding(repmon, conf, dns):
    zone = dns.zone(ALLOW, test="127.0.10.0")
    zone.listed[IP] = "127.0.5.3"
    ran = repmon.check(IP, conf=conf(dns, {ALLOW: {}}))
    assert ran.result(IP, ALLOW)["level"] == "ok"
    assert ran.result(IP, ALLOW)["state"] == "trust 3"


def test_the_score_shown_is_the_last_one_though_only_a_band_is_a_change(station):
    """"Proven now" next to a score of a month ago would be false; an acknowledgement covers the
    band, not the number."""
    scores = station.dns.zone("score.lab")
    station.lists["score.lab"] = {"kind": "score", "test": "none"}
    station.zone()
    scores.listed[CLEAN] = "127.0.4.90"
    station.configure()
    station.run()

    def shown():
        ran = station.command("status", "-v", "--format", "json", code=None)
        return ran.result(CLEAN, "score.lab")["state"], ran.code

    scores.listed[CLEAN] = "127.0.4.75"
    silent(station.run(after=HOUR))
    assert shown() == ("score 75", OK)
    scores.listed[CLEAN] = "127.0.4.69"
    told(station.run(after=HOUR), "listed", "score 69")
    station.command("ack", CLEAN, "score.lab")
    scores.listed[CLEAN] = "127.0.4.55"
    silent(station.run(after=HOUR))
    assert shown() == ("score 55", OK)
    scores.listed[CLEAN] = "127.0.4.40"
    _, change = told(station.run(after=HOUR), "worsened", "score 40")
    assert change["codes_from"][0]["answer"] == "127.0.4.55"
    history = station.command("history").out
    assert "127.0.4.55 -> 127.0.4.40" in history and "listed -> listed" not in history
    assert shown() == ("score 40", CRITICAL)
