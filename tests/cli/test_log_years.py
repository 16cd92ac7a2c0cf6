# SPDX-License-Identifier: ISC
"""Stamps of syslog have no year: what holds across New Year and a leap day, also in rotated files;
and what is left of receivers that are not heard for long."""

import datetime
import gzip
import os
import re
import time

import pytest

import logs
from conftest import CRITICAL
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401

UTC = datetime.timezone.utc
TURNS = [datetime.datetime(2027, 1, 1, tzinfo=UTC), datetime.datetime(2028, 2, 29, tzinfo=UTC),
         datetime.datetime(2028, 3, 1, tzinfo=UTC), datetime.datetime(2029, 3, 1, tzinfo=UTC),
         datetime.datetime(2029, 1, 1, tzinfo=UTC)]


class Watched:
    """A log without years, and a clock that stands some seconds before or after a midnight."""

    def __init__(self, station, path, turn):
        self.station, self.path, self.turn, self.count = station, path, turn.timestamp(), 0
        path.write_text("")
        station.configure(f"ip = {logs.OWN} mx1.example.org", extra=logs.section(path))

    def go(self, seconds):
        """The clock is so far from midnight, and a run."""
        self.station.clock = int(self.turn + seconds - time.time())
        return self.station.run()

    def line(self, seconds, relay=logs.OUTLOOK, reply=None):
        self.count += 1
        at = datetime.datetime.fromtimestamp(self.turn + seconds, UTC)
        with self.path.open("a") as f:
            f.write(f"{at:%b} {at.day:2} {at:%H:%M:%S} mx1 postfix/smtp[2101]: "
                    f"{logs.message(self.count, relay, reply)}\n")
        os.utime(self.path, (self.turn + seconds, self.turn + seconds))

    def rotate(self, compress=False):
        kept = self.path.with_name("mail.log.1")
        self.path.rename(kept)
        if compress:
            packed, written = self.path.with_name("mail.log.1.gz"), kept.stat().st_mtime
            packed.write_bytes(gzip.compress(kept.read_bytes()))
            os.utime(packed, (written, written))
            kept.unlink()
        self.path.write_text("")

    def since(self):
        status = self.station.command("status", "--format", "json", code=CRITICAL)
        text = status.result(logs.OWN, "microsoft-consumer")["since"]
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() - self.turn


@pytest.fixture(params=TURNS, ids=lambda turn: f"{turn:%Y-%m-%d}")
def watched(request, station, tmp_path):
    return Watched(station, tmp_path / "mail.log", request.param)


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gz"])
def test_a_refusal_before_midnight_is_ended_by_deliveries_after_it(watched, compress):
    watched.line(-6 * HOUR)
    watched.go(-5 * HOUR)
    watched.line(-30 * MINUTE, reply=logs.S3150)
    watched.line(-20 * MINUTE, reply=logs.S3150)
    told(watched.go(-5 * MINUTE), "listed", r"REFUSED BY Outlook")
    assert watched.since() == -30 * MINUTE
    watched.line(-2 * MINUTE, reply=logs.S3150)
    watched.rotate(compress)
    watched.line(3 * MINUTE, reply=logs.S3150)
    silent(watched.go(5 * MINUTE))
    watched.line(HOUR)
    silent(watched.go(HOUR + MINUTE))
    watched.line(2 * HOUR)
    told(watched.go(2 * HOUR + MINUTE), "delisted", r"^ACCEPTED AGAIN BY Outlook")


def test_the_first_run_after_midnight_reads_the_evening_of_a_rotated_file(watched):
    watched.line(-20 * MINUTE, reply=logs.S3150)
    watched.line(-10 * MINUTE, reply=logs.S3150)
    watched.rotate()
    watched.line(MINUTE, relay=logs.GMAIL)
    ran = watched.go(10 * MINUTE)
    assert any("REFUSED BY Outlook" in m.subject for m in ran.mails), [m.subject for m in ran.mails]
    assert watched.since() == -20 * MINUTE


def test_lines_of_a_year_ago_are_no_news(watched):
    """An old file in the place of the log: the same day and hour, but a year before."""
    watched.line(-2 * HOUR)
    watched.go(-HOUR)
    watched.line(2 * DAY, reply=logs.S3150)  # not yet: so it is of the year before
    watched.line(2 * DAY + MINUTE, reply=logs.S3150)
    silent(watched.go(MINUTE))


def test_counters_never_fall_when_receivers_are_forgotten(station, tmp_path):
    path = tmp_path / "mail.log"
    path.write_text("")
    station.configure(f"ip = {logs.OWN} mx1.example.org", extra=logs.section(path))
    number, before = 0, {}
    for day in range(10):
        relays = ["mx.daily.example[198.51.100.9]"]
        relays += [logs.GMAIL, *(f"mx.once{i}.example[198.51.100.9]" for i in range(3))] * (day == 0)
        with path.open("a") as f:
            for relay in relays:
                number += 1
                f.write(logs.line(time.time() + station.clock, number, relay))
        station.run(after=DAY)
        text = station.command("status", "--format", "prometheus", code=None).out
        now = {name: int(count) for name, count in
               re.findall(r"^(repmon_receiver_messages_total\S+) (\d+)$", text, re.M)}
        assert all(now.get(name, -1) >= count for name, count in before.items()), (before, now)
        before = now
    assert max(before.values()) == 3 + 10
