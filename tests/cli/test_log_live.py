# SPDX-License-Identifier: ISC
"""What `explain --replay` says of a log is what hourly runs over the same days would have said."""

import random
import time

import pytest

import logs
from station import DAY, HOUR, MINUTE, station  # noqa: F401

RATE = ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from "
        "your IP address [203.0.113.5]")


def days(start, seed, hours=96):
    """Lines by hour: two receivers, which turn to refuse or to throttle for some hours, and back."""
    rng = random.Random(seed)
    lines, number, mood = [[] for _ in range(hours)], 0, {logs.OUTLOOK: "fine", logs.GMAIL: "fine"}
    for hour in range(hours):
        for relay in mood:
            if hour > 6 and rng.random() < (0.12 if mood[relay] == "fine" else 0.3):
                bad = "refuse" if relay == logs.OUTLOOK else "slow"
                mood[relay] = bad if mood[relay] == "fine" else "fine"
            for minute in sorted(rng.sample(range(1, 59), 7)):
                number += 1
                reply = {"fine": None, "refuse": logs.S3150, "slow": RATE}[mood[relay]]
                if reply and rng.random() < 0.1:
                    reply = None
                at = start + hour * HOUR + minute * MINUTE
                lines[hour].append((at, logs.line(at, number, relay, reply)))
    return [[text for _, text in sorted(hour)] for hour in lines]


@pytest.mark.weeks
@pytest.mark.parametrize("seed", range(3))
def test_a_replay_raises_what_hourly_runs_raise_flapping_included(station, repmon, tmp_path, seed):
    start = (int(time.time()) // HOUR + 2) * HOUR
    log = tmp_path / "mail.log"
    log.write_text("")
    station.configure(f"ip = {logs.OWN} mx1.example.org", top="remind = 0",
                      extra=logs.section(log, "look_back = 14d"))
    live = []
    for number, hour in enumerate(days(start, seed)):
        with log.open("a") as f:
            f.writelines(hour)
        end = start + (number + 1) * HOUR
        station.clock = int(end + 5 - time.time())
        for sent in station.run(code=None).hooks:
            live += [(time.strftime("%Y-%m-%d %H", time.gmtime(end)), c["list"], c["to"])
                     for c in sent["changes"] if c["list"] in logs.NAMES.values() and c.get("ip")]
    ran = [(time.strftime("%Y-%m-%d %H", time.gmtime(at)), *what)
           for at, *what in logs.alerts(station.command("explain", "--replay", log).out)]
    assert len(live) >= 6, "some refusals and ends"
    assert sorted(live) == sorted(ran)
