# SPDX-License-Identifier: ISC
"""`repmon deliver`: what waits is sent now, under the lock of runs."""

import fcntl

from station import CLEAN, HOUR, station, waiting  # noqa: F401


def test_nothing_waits_nothing_is_said(station):
    station.zone()
    station.configure()
    station.baseline()
    ran = station.command("deliver")
    assert (ran.out, ran.err) == ("", "")
    assert "nothing is waiting" in station.command("deliver", "-v").out


def test_what_waits_is_sent_at_once_with_the_same_id(station):
    waiting(station)
    first = station.hook.requests[-1].json()["id"]
    station.mail.on_data = station.hook.on_request = None
    ran = station.command("deliver")
    assert len(ran.mails) == 1 and len(ran.hooks) == 1 and ran.out.startswith("sent 2, ")
    assert ran.hooks[0]["id"] == first
    ran = station.command("deliver")
    assert (ran.out, ran.mails, ran.hooks) == ("", [], [])


def test_when_nobody_takes_it_that_is_said_and_it_waits_on(station):
    waiting(station)
    ran = station.command("deliver", code=69)
    assert "2 still wait" in ran.out and not ran.mails
    station.mail.on_data = None
    ran = station.command("deliver")
    assert len(ran.mails) == 1 and "1 still waits" in ran.out


def test_it_waits_for_no_run(station):
    waiting(station)
    with open(f"{station.state}.lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert station.command("deliver", code=75).err == ""
    station.command("deliver", "word", code=64)


def test_without_a_state(station):
    station.zone()
    station.configure()
    assert "repmon run" in station.command("deliver", code=66).err
    assert not station.state.parent.exists(), "only a run makes a state, and its folder"


def test_a_clock_in_doubt_gives_nothing_up(station):
    """Seven days and five tries do not count when the clock is before the last run."""
    waiting(station)
    station.run(after=240 * HOUR, code=None)
    station.command("deliver", after=-48 * HOUR, code=None)
    for _ in range(5):
        station.command("deliver", after=60, code=None)
    assert station.rows("SELECT max(tries) FROM outbox")[0][0] > 5
    assert station.rows("SELECT count(*) FROM outbox WHERE state = 'dead'") == [(0,)]
