# SPDX-License-Identifier: ISC
"""The mail log as a source: what receivers answer becomes alerts, by the rules of the contract."""

import datetime
import re

import pytest

from conftest import CRITICAL, OK, UNKNOWN, WARNING
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401

OWN, OTHER_OWN = "203.0.113.5", "203.0.113.6"
OUTLOOK = "outlook-com.olc.protection.outlook.com"
GMAIL = "gmail-smtp-in.l.google.com"
S3140 = ("550 5.7.1 Unfortunately, messages from [{own}] weren't sent. Please contact your Internet "
         "service provider since part of their network is on our block list (S3140).")
RATE = ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your "
        "IP address. 421 4.7.28 To protect our users from spam, mail has been temporarily rate "
        "limited.")


class Log:
    """A Postfix log, written as the clock of the station moves."""

    def __init__(self, station, path):
        self.station, self.path, self.queue = station, path, 0
        path.write_text("")

    def line(self, text, ago=0):
        at = (datetime.datetime.now(datetime.timezone.utc)
              + datetime.timedelta(seconds=self.station.clock - ago))
        with self.path.open("a") as f:
            f.write(f"{at:%Y-%m-%dT%H:%M:%S.%f}+00:00 mx1 {text}\n")

    def mail(self, host, ip, status, dsn, reply, ago=0, queue=None, tag="postfix/smtp",
             to="someone@receiver.example"):
        self.queue += 1
        self.line(f"{tag}[4242]: {queue or f'4Q{self.queue:05}'}: to=<{to}>, "
                  f"relay={host}[{ip}]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn={dsn}, "
                  f"status={status} ({reply})", ago)

    def taken(self, host=OUTLOOK, ip="198.51.100.21", **kwargs):
        self.mail(host, ip, "sent", "2.0.0", "250 2.0.0 OK", **kwargs)

    def refused(self, reply=S3140, host=OUTLOOK, ip="198.51.100.21", own=OWN, dsn="5.7.1",
                command="MAIL FROM", **kwargs):
        text = reply.format(own=own)
        self.mail(host, ip, "deferred" if text[0] == "4" else "bounced", dsn,
                  f"host {host}[{ip}] said: {text} (in reply to {command} command)", **kwargs)


@pytest.fixture
def heard(station, tmp_path):
    """heard(section): a station with one target, whose log is written by the returned Log."""
    def make(keys="", targets=f"ip = {OWN} mx1.example.org", extra="", top=""):
        log = Log(station, tmp_path / "mail.log")
        station.configure(targets, top=top, extra=f'[log "mx1"]\nfile = {log.path}\n{keys}\n{extra}')
        return log
    return make


def begun(log):
    """The first run, after a delivery: the receiver is known to accept."""
    log.taken(ago=10 * MINUTE)
    ran = log.station.run()
    assert len(ran.mails) == 1 and len(ran.hooks) == 1
    assert {c["list"] for c in ran.hooks[0]["changes"]} <= {""}, ran.hooks[0]
    return log.station


# ---- a refusal from its beginning to its end ----

def test_a_refusal_is_told_once_and_ends_after_two_deliveries(heard):
    log = heard()
    station = begun(log)
    station.clock += 3 * HOUR
    log.refused(ago=20 * MINUTE)
    log.refused(ago=10 * MINUTE)
    ran = station.run()
    mail, change = told(ran, "listed", r"^REFUSED BY Outlook\.com .*203\.0\.113\.5 \(S3140\)")
    assert change["source"] == "log" and change["list"] == "microsoft-consumer"
    assert change["to"] == "critical" and change["ip"] == OWN
    body = mail.text
    assert "Outlook.com is refusing mail from 203.0.113.5" in body
    assert "2 of 3 messages refused" in body or "2 of 2 messages refused" in body
    assert "S3140" in body and "Do next:" in body
    assert "someone@" not in body and "4Q0" not in body
    silent(station.run(after=HOUR))
    log.refused(ago=MINUTE)
    silent(station.run(after=HOUR))
    log.taken(ago=MINUTE)
    silent(station.run(after=30 * MINUTE))
    log.taken(ago=MINUTE)
    ran = station.run(after=MINUTE)
    silent(ran)
    station.clock += 52 * MINUTE
    log.taken(ago=MINUTE)
    mail, change = told(station.run(), "delisted", r"^ACCEPTED AGAIN BY Outlook\.com")
    assert "Outlook.com accepts mail again; this says nothing about the spam folder" in mail.text
    silent(station.run(after=HOUR))
