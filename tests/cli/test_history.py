# SPDX-License-Identifier: ISC
"""`repmon history`: every change, newest first, as it was reported."""

import json
import re

import pytest

from lab import servfail
from station import BAD, CLEAN, DAY, HOUR, station  # noqa: F401


@pytest.fixture
def past(station):
    """Baseline, a listing after a day, another code after two, its end after four."""
    bl = station.zone()
    station.zone("b2.lab")
    station.configure(targets=f"ip = {CLEAN} mx1.example.org\nip = {BAD}")
    station.baseline()
    bl.listed[BAD] = "127.0.0.2"
    bl.reasons[BAD] = "Spam seen"
    station.run(after=DAY)
    bl.listed[BAD] = ["127.0.0.2", "127.0.0.4"]
    station.run(after=DAY)
    bl.listed.clear()
    station.told = station.run(after=2 * DAY).hooks[0]["changes"]
    station.bl = bl
    return station


def changes(station, *words, **kwargs):
    report = json.loads(station.command("history", "--format", "json", *words, **kwargs).out)
    assert report["version"] == 1
    return report["changes"]


def kinds(found):
    return [c["kind"] for c in found]


def test_newest_first_each_as_in_the_web_hook_with_its_time(past):
    found = changes(past)
    assert kinds(found) == ["delisted", "changed", "listed", "baseline"]
    times = [c["time"] for c in found]
    assert times == sorted(times, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", t) for t in times)
    told = past.told[0]
    newest = found[0]
    for key in ("kind", "source", "list", "from", "to", "since", "count", "targets", "addresses", "ip",
                "codes_from", "codes"):
        assert newest[key] == told[key], key
    assert [c["name"] for c in found[1]["codes_from"]] == ["SPAM"]
    assert [c["name"] for c in found[1]["codes"]] == ["SPAM", "OPEN"]
    assert found[2]["reason"] == "Spam seen" and found[2]["advice"]


def test_text_is_one_aligned_line_a_change(past):
    lines = past.command("history").out.splitlines()
    assert len(lines) == 4
    assert [line[24:].split("  ")[0] for line in lines[:3]] == ["DELISTED", "CHANGED", "LISTED"]
    assert lines[1].endswith("SPAM -> SPAM, OPEN")
    assert lines[0].endswith("after 3 days")
    assert len({line.index("bl.lab") for line in lines[:3]}) == 1
    assert "Spam seen" in past.command("history", "-v").out


def test_narrowed_by_target_list_source_and_time(past):
    assert kinds(changes(past, BAD)) == ["delisted", "changed", "listed"]
    assert changes(past, CLEAN) == [] and changes(past, "mx1.example.org") == []
    assert len(changes(past, "192.0.2.64/26")) == 3
    assert len(changes(past, "--list", "bl.lab")) == 3 and changes(past, "--list", "b2.lab") == []
    assert len(changes(past, "--list", "dnsbl")) == 4
    assert kinds(changes(past, "--since", "1h")) == ["delisted"]
    assert kinds(changes(past, "--since", "50h")) == ["delisted", "changed"]
    day = changes(past)[1]["time"]
    assert kinds(changes(past, "--since", day[:16])) == ["delisted", "changed"]
    assert kinds(changes(past, "--since", day[:16].replace("T", " "))) == ["delisted", "changed"]
    assert len(changes(past, "--since", "2001-01-31")) == 4
    assert kinds(changes(past, "--since", day)) == ["delisted", "changed"]
    assert "nothing changed" in past.command("history", "--since", "1m", after=HOUR).out


@pytest.mark.parametrize("words", [
    ["--since", "yesterday"], ["--since", "2026-02-31"], ["--since", "2999-01-01"],
    ["--since", "0"], ["--since", "2026-1-1"], ["--since", "2026-01-01x"], ["--list", "no.such"],
    ["--format", "prometheus"], ["nobody.example.org"], ["1.2.3"]])
def test_mistakes_are_refused(past, words):
    for form in ("text", "json"):  # half an object is no JSON
        ran = past.command("history", "--format", form, *words, code=64)
        assert ran.out == "" and ran.err


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_address_that_is_not_watched_is_not_quiet(past, form):
    ran = past.command("history", "198.51.100.1", "-f", form, code=64)
    assert "198.51.100.1 is not watched" in ran.err and ran.out == ""


def test_blindness_and_a_list_that_left_the_configuration_stay_in_it(past):
    past.bl.rule = lambda q: servfail()
    past.run(after=HOUR, code=None)
    past.run(after=HOUR, code=None)
    (blind,) = changes(past, "--since", "90m")
    assert (blind["kind"], blind["list"], blind["cause"]) == ("blind", "bl.lab", "servfail")
    del past.lists["bl.lab"]
    past.configure(targets=f"ip = {CLEAN}\nip = {BAD}")
    past.run(after=HOUR, code=None)
    found = changes(past, "--list", "bl.lab", BAD)
    assert kinds(found) == ["delisted", "changed", "listed"]
    assert "127.0.0.2" in past.command("history", BAD).out, "the bare answer is still shown"


def test_without_a_state(station):
    station.zone()
    station.configure()
    assert "repmon run" in station.command("history", code=66).err


def test_numbers_of_snds_follow_when_the_list_is_named(past):
    """Rows as a run writes them; the source itself is not queried here."""
    import sqlite3
    with sqlite3.connect(past.state) as db:
        db.execute("INSERT INTO list (source, name) VALUES ('snds', 'main/data')")
        (number,) = db.execute("SELECT id FROM list WHERE name = 'main/data'").fetchone()
        ip = db.execute("SELECT ip FROM target LIMIT 1").fetchone()[0]
        for day, colour in ((20261120, "green"), (20261121, "red")):
            db.execute("INSERT INTO numbers (list, ip, day, recipients, data, messages, traps, "
                       "complaint, complaint_text, colour, raw, seen) VALUES "
                       "(?, ?, ?, 1200, 1000, 900, -1, 0.1, '< 0.1%', ?, '', 1)",
                       (number, ip, day, colour))
    out = past.command("history", "--list", "main/data").out
    rows = [line.split() for line in out.splitlines() if line.startswith("2026-11-2")]
    assert [r[0] for r in rows] == ["2026-11-21", "2026-11-20"]
    assert rows[0][2:7] == ["red", "1200", "1000", "900", "-"]
    report = json.loads(past.command("history", "--list", "main/data", "--format", "json").out)
    assert report["changes"] == []
    assert report["numbers"][0]["colour"] == "red" and report["numbers"][0]["traps"] is None
    assert report["numbers"][0]["complaint"] == "< 0.1%"


def test_a_reminder_says_its_codes_once(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    station.run(after=8 * DAY)
    reminder = station.command("history", "--since", "1d").out
    assert "STILL LISTED" in reminder and "SPAM" in reminder and "->" not in reminder
