# SPDX-License-Identifier: ISC
"""The mail log out of the journal: the real journalctl over a journal that systemd-journal-remote
made of a text."""

import os
import shutil
import subprocess
import time

import pytest

import logs
from station import HOUR, station, silent  # noqa: F401

REMOTE = "/lib/systemd/systemd-journal-remote"

pytestmark = pytest.mark.skipif(not (os.path.exists(REMOTE) and shutil.which("journalctl")),
                                reason="systemd-journal-remote is not installed")


class Journal:
    """add() makes the journal anew with one entry more; `journalctl` in `folder` reads it."""

    def __init__(self, folder):
        self.folder = folder / "journal"
        self.folder.mkdir()
        self.file, self.entries = self.folder / "mail.journal", []
        script = self.folder / "journalctl"
        script.write_text(f"#!/bin/sh\nexec {shutil.which('journalctl')} --file={self.file} \"$@\"\n")
        script.chmod(0o755)
        self.env = {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def add(self, at, text, facility=2, tag="postfix/smtp", unit="postfix@-.service"):
        text = text if isinstance(text, bytes) else text.encode()
        fields = {"__REALTIME_TIMESTAMP": int(at * 1e6), "__MONOTONIC_TIMESTAMP": int(at),
                  "_BOOT_ID": "0" * 31 + "1", "_MACHINE_ID": "0" * 31 + "2",
                  "SYSLOG_FACILITY": facility, "SYSLOG_IDENTIFIER": tag, "_SYSTEMD_UNIT": unit}
        head = "".join(f"{k}={v}\n" for k, v in fields.items()).encode()
        body = b"MESSAGE\n" + len(text).to_bytes(8, "little") + text + b"\n\n"
        self.entries.append(head + body)
        self.write(self.entries[-1:])

    def write(self, entries):
        subprocess.run([REMOTE, "-o", self.file, "-"], input=b"".join(entries), check=True,
                       capture_output=True)

    def vacuum(self, keep):
        """Only the last `keep` entries are left, in another file."""
        self.file.unlink()
        self.entries = self.entries[-keep:] if keep else []
        self.write(self.entries)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path)



def watch(station, *keys, match="mail"):
    log = "\n".join(['[log "mx1"]', f"journal = {match}", f"address = {logs.OWN}", *keys])
    return station.configure(targets=f"ip = {logs.OWN} mx1.example.org", extra=log)


def subjects(ran):
    return [m.subject for m in ran.mails]


def health(station, journal):
    report = station.command("status", "--format", "json", "-v", code=None, env=journal.env).json()
    return next(x for x in report["lists"] if x["source"] == "log" and x["list"] == "mx1")


@pytest.mark.parametrize("match", ["mail", "postfix@-.service"])
def test_a_refusal_is_heard_out_of_the_journal_once(station, journal, match):
    now = int(time.time())
    watch(station, match=match)
    journal.add(now - 300, logs.message(1, logs.GMAIL))
    station.run(env=journal.env)
    assert health(station, journal)["health"] == "ok"
    journal.add(now - 200, logs.message(2, logs.OUTLOOK, logs.S3150))
    journal.add(now - 190, logs.message(9, logs.OUTLOOK, logs.S3150), facility=3, unit="other.service")
    ran = station.run(after=HOUR, env=journal.env)
    assert len(ran.mails) == 1 and "REFUSED BY Outlook" in ran.mails[0].subject, subjects(ran)
    assert "1 of 1 message" in ran.mails[0].text
    silent(station.run(after=HOUR, env=journal.env))


def test_a_confined_program_may_read_the_journal(repmon, journal, tmp_path):
    now = int(time.time())
    journal.add(now - 200, logs.message(2, logs.OUTLOOK, logs.S3150))
    conf = tmp_path / "repmon.conf"
    conf.write_text(f"[repmon]\nstate = state/state.db\n[targets]\nip = {logs.OWN}\n[dns]\n"
                    "resolver = 127.0.0.1:9\n[dnsbl]\nuse = none\n[ptr]\nuse = none\n"
                    f'[log "mx1"]\njournal = mail\naddress = {logs.OWN}\n')
    conf.chmod(0o600)
    ran = repmon("run", conf=conf, env=journal.env)
    assert "REFUSED BY Outlook" in ran.out, ran.out


def test_bytes_and_line_feeds_of_a_message_make_no_second_line(station, journal):
    now = int(time.time())
    watch(station)
    forged = logs.message(3, logs.OUTLOOK, logs.S3150)
    text = logs.message(2, logs.GMAIL, "550 5.1.1 no such user gesch\xfctzt").encode("latin-1")
    journal.add(now - 300, logs.message(1, logs.GMAIL))
    journal.add(now - 200, text + b"\n" + f"{logs.stamp(now)} mx1 postfix/smtp[1]: {forged}".encode())
    ran = station.run(env=journal.env)
    assert not any("REFUSED" in s for s in subjects(ran)), subjects(ran)
    assert health(station, journal)["health"] == "ok"


def test_a_vacuumed_journal_is_a_gap_that_clears_nothing(station, journal):
    now = int(time.time())
    watch(station)
    journal.add(now - 400, logs.message(1, logs.OUTLOOK, logs.S3150))
    ran = station.run(env=journal.env)
    assert any("REFUSED BY Outlook" in s for s in subjects(ran)), subjects(ran)
    journal.add(now + HOUR - 60, logs.message(2, logs.GMAIL))
    journal.vacuum(1)
    ran = station.run(after=HOUR, env=journal.env)
    assert not any("ACCEPTED" in s for s in subjects(ran)), subjects(ran)
    assert health(station, journal)["cause"] == "gap"
    ran = station.run(after=HOUR, env=journal.env)
    assert health(station, journal)["health"] == "ok"


def test_a_journalctl_that_is_missing_or_dies_is_a_cause(station, journal):
    watch(station)
    journal.add(int(time.time()) - 300, logs.message(1, logs.GMAIL))
    script = journal.folder / "journalctl"
    for text, words in (("exit 127", "no journalctl"), ("kill -9 $$", "journalctl was killed"),
                        ("echo 'No journal files were opened due to insufficient permissions.' >&2"
                         "\nexit 1", "adduser repmon systemd-journal")):
        script.write_text(f"#!/bin/sh\n{text}\n")
        ran = station.command("check", "--only", "log", logs.OWN, code=None, env=journal.env)
        assert words in " ".join(ran.out.split()), (words, ran.out)
        station.run(after=HOUR, env=journal.env, code=None)
        assert health(station, journal)["health"] == "blind"


def doctor(station, journal):
    """What doctor says of the log: (state, text, cure)."""
    ran = station.command("doctor", "--offline", "--format", "json", code=None, env=journal.env)
    (found,) = [x for x in ran.json()["checks"] if x["name"].startswith("log")]
    return found["state"], found["text"], found["cure"]


def test_doctor_names_what_it_finds_in_the_journal(station, journal):
    watch(station)
    now = int(time.time())
    for number in range(3):
        journal.add(now - 300 + number, logs.message(number, logs.GMAIL))
    state, text, _ = doctor(station, journal)
    assert state == "ok" and "postfix" in text.lower() and "3 answers from receivers in 3 lines" in text


def test_doctor_leads_to_a_journal_that_can_be_read(station, journal):
    watch(station)
    now = int(time.time())
    journal.add(now - 300, "nothing of a mail server", tag="cron", unit="cron.service")
    state, text, cure = doctor(station, journal)
    assert state == "red" and "format" in text and "own log" in cure
    script = journal.folder / "journalctl"
    for program, words in (("exit 127", "no journalctl"), ("kill -9 $$", "journalctl was killed"),
                           ("echo 'Hint: You are currently not seeing messages from other users.' >&2",
                            "adduser repmon systemd-journal")):
        script.write_text(f"#!/bin/sh\n{program}\n")
        state, text, cure = doctor(station, journal)
        assert state == "red" and words in text and "name a file" in text + cure, (text, cure)


def test_doctor_says_that_the_journal_holds_nothing_of_the_last_hour(station, journal):
    watch(station)
    journal.add(int(time.time()) - 7 * HOUR, logs.message(1, logs.GMAIL))
    state, text, cure = doctor(station, journal)
    assert state == "warn" and "last hour" in text and "mail server" in cure
