# SPDX-License-Identifier: ISC
"""Two weeks of a real Postfix and a real Exim, whose clock libfaketime moves (tests/lab/mailweeks.py):
runs every six hours over the log they wrote raise what is right, when it is, and a replay of the
whole log says the same."""

import calendar
import re
import time

import pytest

import lab.flow
import logs
from conftest import WRAPPER
from lab.flow import TITLES
from lab.mailweeks import DAYS, EVERY, STORY
from station import HOUR, station  # noqa: F401

STEP = 6 * HOUR
FORMS = {"postfix": "%b %d %H:%M:%S", "exim": "%Y-%m-%d %H:%M:%S"}


def by_run(lines, mta, start):
    """What each run finds new. Postfix's stamps have no year."""
    parts, at = [[] for _ in range(DAYS * 24 * HOUR // STEP + 1)], start
    for line in lines:
        match = re.match(r"[A-Z]\w\w [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line)
        if match:  # else it belongs to the line before
            text, form = match[0], FORMS[mta]
            if mta == "postfix":
                text, form = f"{time.gmtime(start).tm_year} {text}", "%Y " + form
            at = calendar.timegm(time.strptime(text, form))
            at += 365 * 24 * HOUR * (at < start - 180 * 24 * HOUR)
        if at >= start:
            parts[(at - start) // STEP].append(line)
    return parts


def right(start):
    """What must be told, with the first and last moment for it: a state that lasted begins with
    the story, at the second step at the latest, and ends two steps after it at the latest."""
    for since, before, name, _, once in STORY:
        if not once:
            level = "warning" if TITLES[name] == "gmail" else "critical"
            yield TITLES[name], level, start + since * HOUR, start + (since + 2 * EVERY) * HOUR
            if before < DAYS * 24:
                end = start + before * HOUR
                yield TITLES[name], "ok", end, end + 2 * EVERY * HOUR


@pytest.mark.weeks
@pytest.mark.root("a network of its own is made by root only")
@pytest.mark.parametrize("mta", ["postfix", "exim"])
def test_two_weeks_of_a_real_server_raise_what_a_replay_of_its_log_says(station, tmp_path, mta):
    if why := lab.flow.missing(mta):
        pytest.skip(why)
    if WRAPPER:
        pytest.skip("too slow under a wrapper")
    start = (int(time.time()) // HOUR + 2) * HOUR
    lines, log, live = lab.flow.weeks(mta, start), tmp_path / "mail.log", []
    log.write_text("")
    station.configure(f"ip = {logs.OWN} mx1.example.org", top="remind = 0",
                      extra=logs.section(log, "look_back = 30d"))
    for number, new in enumerate(by_run(lines, mta, start)):
        with log.open("a") as f:
            f.writelines(new)
        end = start + (number + 1) * STEP
        station.clock = int(end + 5 - time.time())
        for sent in station.run(code=None).hooks:
            live += [(end, c["list"], c["to"]) for c in sent["changes"] if c.get("ip")]
    replayed = logs.alerts(station.command("explain", "--replay", log).out)
    expected = list(right(start))
    assert [(who, level) for _, who, level in replayed] == [e[:2] for e in expected]
    for (at, *_), (*_, first, last) in zip(replayed, expected):
        assert first < at <= last + HOUR, time.gmtime(at)
    on_time = [(start - (start - at) // STEP * STEP, who, level) for at, who, level in replayed]
    assert live == on_time
