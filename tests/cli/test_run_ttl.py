# SPDX-License-Identifier: ISC
"""Proof has an age: what the TTL of a test point may put off, and for how long."""

import datetime
import time

import pytest

from lab import a
from station import CLEAN, DAY, HOUR, MINUTE, silent, station, told  # noqa: F401

YEAR = 365 * DAY
TARGETS = f"ip = {CLEAN} mx1.example.org\nip = 192.0.2.12\nip = 192.0.2.13"


def positive_ttl(bl, ttl):
    """From now on the list's test point is answered with this TTL."""
    bl.rule = lambda q: a("127.0.0.2", ttl=ttl) if q.address == "127.0.0.2" else None


def listed_once(station, bl):
    station.configure(targets=TARGETS)
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=DAY), "listed")
    bl.listed.clear()


def hours_until_delisted(station, most):
    for hour in range(1, most + 1):
        ran = station.run(after=HOUR)
        if ran.mails:
            told(ran, "delisted")
            return hour
    return None


@pytest.mark.parametrize("ttl", [YEAR, 2**31 - 1, 2**31, 2**32 - 1, 7 * DAY])
def test_one_answer_with_an_absurd_ttl_puts_off_no_delisting_for_long(station, ttl):
    bl = station.zone()
    station.configure(targets=TARGETS)
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    positive_ttl(bl, ttl)
    told(station.run(after=DAY), "listed")
    positive_ttl(bl, 300)
    bl.listed.clear()
    assert hours_until_delisted(station, 50) is not None


def test_what_such_a_ttl_hides_is_an_unknown_that_counts(station):
    bl = station.zone()
    station.configure(targets=TARGETS)
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    positive_ttl(bl, YEAR)
    told(station.run(after=DAY), "listed")
    positive_ttl(bl, 300)
    bl.listed.clear()
    station.run(after=HOUR)
    found = station.command("status", "--format", "json", code=2).json()
    (result,) = (r for t in found["targets"] if t["ip"] == CLEAN for r in t["results"])
    assert (result["state"], result["cause"]) == ("listed", "untrusted")
    text = " ".join(station.command("status", code=2).out.split())
    assert "the proof in the resolver's cache is older than the listing" in text


def test_a_delisting_behind_an_old_proof_is_no_blindness(station):
    """The only address leaves the only list, whose operator lowered the TTL from a day to five
    minutes: nothing is told until a newer proof, and the list is not called blind."""
    bl = station.zone()
    positive_ttl(bl, DAY)
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=HOUR), "listed")
    positive_ttl(bl, 300)
    bl.listed.clear()
    assert 20 < hours_until_delisted(station, 50) <= 48
    assert "BLIND" not in station.command("history").out


@pytest.mark.parametrize("ttl", [2**31 - 1, 2**31, 2**32 - 1, 7 * DAY])
def test_no_ttl_puts_a_proof_days_into_the_past(station, ttl):
    bl = station.zone()
    positive_ttl(bl, ttl)
    station.configure(targets=TARGETS)
    station.baseline()
    positive_ttl(bl, 300)
    station.run(after=HOUR)
    now = time.time() + station.clock
    for command in (["status", "-v"], ["check", CLEAN]):
        shown = station.command(*command, "--format", "json", code=None).json()
        dates = [r["proven"] for t in shown["targets"] for r in t["results"]]
        dates += [x["proven"] for x in shown["lists"]]
        for date in filter(None, dates):
            proven = datetime.datetime.fromisoformat(date.replace("Z", "+00:00")).timestamp()
            assert now - DAY - HOUR <= proven <= now + MINUTE, (command, date)
        assert any(dates)


def test_an_operator_who_lowers_the_ttl_is_believed_after_two_days(station):
    bl = station.zone()
    positive_ttl(bl, DAY)
    station.configure(targets=TARGETS)
    station.baseline()
    positive_ttl(bl, 300)
    for _ in range(3):
        silent(station.run(after=DAY))
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=HOUR), "listed")
    bl.listed.clear()
    assert hours_until_delisted(station, 3) == 2, "two clean answers an hour apart"


def test_a_cached_test_point_proves_nothing_about_what_came_after(station):
    """TTL an hour, and the resolver holds the answer of 40 minutes ago: older than the listing."""
    bl = station.zone()
    positive_ttl(bl, 3600)
    listed_once(station, bl)
    positive_ttl(bl, 1200)
    silent(station.run(after=30 * MINUTE))
    found = station.command("status", "--format", "json", code=2).json()
    (result,) = (r for t in found["targets"] if t["ip"] == CLEAN for r in t["results"])
    assert (result["state"], result["cause"]) == ("listed", "unproven")
    positive_ttl(bl, 3600)
    silent(station.run(after=HOUR))
    told(station.run(after=HOUR), "delisted")
