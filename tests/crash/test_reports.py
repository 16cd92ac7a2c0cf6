# SPDX-License-Identifier: ISC
"""Dying at every numbered point of `intake` and of the run that reads what it took: no report is
lost, none counts twice, and the spool ends up empty."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import REPMON
from lab.reports import DAY, OWN, TRUST, Maildir, complaint, dmarc, row
from test_domain import publish


@pytest.fixture
def inbox(station):
    publish(station.dns)
    station.box = Maildir(station.folder / "mails", lambda: time.time() + station.clock)
    station.configure(f"ip = {OWN} mx1.example.org\ndomain = example.org",
                      extra=f'[reports "inbox"]\nspool = yes\nmaildir = {station.box.path}\n'
                            f"trust = {TRUST}\n")
    station.run()
    return station


def numbers(station, name):
    return station.rows("SELECT hex(ip), day, recipients, data, messages, traps, raw FROM numbers"
                        " JOIN list ON list.id = list WHERE list.name = ? ORDER BY 1, 2", name)


def points(station, *words, stdin=None):
    path = station.state.parent / "points"  # it may write nowhere else
    station.command(*words, stdin=stdin, env={"REPMON_CRASH_COUNT": str(path)})
    count = len(path.read_text().splitlines())
    path.unlink()
    return count


def kill_at(station, point, *words, stdin=None):
    died = subprocess.run([REPMON, "-c", str(station.conf), *words], capture_output=True,
                          check=False, stdin=stdin, cwd=station.folder,
                          env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8",
                               **station.environment(REPMON_CRASH_AT=str(point))})
    assert died.returncode == -signal.SIGKILL, (point, died)


def test_intake_killed_anywhere_loses_nothing_when_the_mail_server_tries_again(inbox):
    mail = inbox.folder / "mail"
    day = int(time.time()) // DAY
    mail.write_bytes(dmarc([row(10)], day))
    with mail.open("rb") as stdin:
        count = points(inbox, "intake", "inbox", stdin=stdin)
    assert count >= 2
    for point in range(1, count + 1):
        mail.write_bytes(dmarc([row(10)], day))
        with mail.open("rb") as stdin:
            kill_at(inbox, point, "intake", "inbox", stdin=stdin)
        with mail.open("rb") as stdin:
            inbox.command("intake", "inbox", stdin=stdin)
    inbox.run()
    (found,) = numbers(inbox, "dmarc")
    assert found[2] == 10 * (count + 1)


def test_a_run_killed_anywhere_counts_each_report_once(inbox):
    mail = inbox.folder / "mail"
    day = int(time.time()) // DAY
    for i in range(3):
        mail.write_bytes(dmarc([row(100 + i), row(30, passed=False)], day))
        with mail.open("rb") as stdin:
            inbox.command("intake", "inbox", stdin=stdin)
    inbox.box.deliver(dmarc([row(7)], day))
    inbox.clock += 4 * DAY
    for _ in range(4):
        inbox.box.deliver(complaint())
    folder, saved = inbox.state.parent, inbox.folder / "saved"
    shutil.copytree(folder, saved)

    count = points(inbox, "run")
    clean = [numbers(inbox, name) for name in ("dmarc", "complaints")]
    assert clean[0][0][2:4] == (310, 90) and clean[1][0][3] == 4
    assert list((folder / "spool" / "inbox").iterdir()) == []
    for point in range(1, count + 1):
        shutil.rmtree(folder)
        shutil.copytree(saved, folder)
        first = len(inbox.hook.requests)
        kill_at(inbox, point, "run")
        inbox.run(code=None)
        assert [numbers(inbox, name) for name in ("dmarc", "complaints")] == clean, point
        inbox.run()
        assert [numbers(inbox, name) for name in ("dmarc", "complaints")] == clean, point
        assert list((folder / "spool" / "inbox").iterdir()) == [], point
        told = {(c["list"], c["kind"]) for r in inbox.hook.requests[first:]
                for c in r.json()["changes"]}
        assert told == {("dmarc", "baseline"), ("complaints", "baseline")}, (point, told)
