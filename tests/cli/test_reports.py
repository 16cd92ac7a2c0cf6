# SPDX-License-Identifier: ISC
"""What receivers report by mail: DMARC aggregates and complaints become findings by the rules of
repmon.conf(5), out of a Maildir that is only read."""

import os
import time

import pytest

from conftest import CRITICAL, OK, UNKNOWN, WARNING
from lab import reports
from lab.reports import DAY, GOOGLE, OWN, SMALL, YAHOO, Maildir, complaint, dmarc, row
from test_domain import publish
from station import HOUR, MINUTE, silent, station, told  # noqa: F401

TRUST = f"trust = {reports.TRUST}"


class Mailbox(Maildir):
    def __init__(self, station, path):
        super().__init__(path, lambda: time.time() + station.clock)
        self.station = station

    def today(self):
        return int(self.now()) // DAY

    def dmarc(self, rows, ago=0, **kwargs):
        """A report about the day that is `ago` days before today."""
        return self.deliver(dmarc(rows, self.today() - ago, **kwargs))


@pytest.fixture
def mailbox(station, tmp_path):
    """mailbox(keys): a station with one address and one domain, and the Maildir it reads."""
    def make(keys=f"{TRUST}\nreporters = {SMALL}", targets=f"ip = {OWN} mx1.example.org",
             extra="", domain="domain = example.org"):
        box = Mailbox(station, tmp_path / "mails")
        publish(station.dns)
        station.configure(f"{targets}\n{domain}", extra=f'[reports "inbox"]\nmaildir = {box.path}\n'
                                                      f"{keys}\n{extra}")
        return box
    return make


def begun(box):
    """The first run: nothing of it is about reports."""
    ran = box.station.run()
    assert of_reports(ran) == [], ran.hooks
    return box.station


def of_reports(ran):
    return [c for hook in ran.hooks for c in hook["changes"] if c["source"] == "reports"]


# ---- DMARC ----

def test_failing_mail_of_our_own_is_told_once_after_72_hours_and_ends_after_two_good_days(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100), row(20, passed=False)])
    station.clock += 3 * DAY
    silent(station.run())
    station.clock += DAY
    mail, change = told(station.run(), "baseline", r"^DMARC FAILING mx1\.example\.org 203\.0\.113\.5")
    assert (change["source"], change["list"], change["to"]) == ("reports", "dmarc", "warning")
    text = " ".join(mail.text.split())
    assert "Our own mail from 203.0.113.5 fails DMARC." in text
    assert "fails DMARC at google.com (20 of 120): 20 of 120 messages of 20" in text
    assert "Do next:" in text
    silent(station.run(after=HOUR))
    for ago in (3, 2):
        box.dmarc([row(100)], ago=ago)
    silent(station.run())
    station.clock += DAY
    silent(station.run())
    station.clock += DAY
    mail, change = told(station.run(), "delisted", r"^DMARC ALIGNED AGAIN")
    silent(station.run(after=HOUR))
