# SPDX-License-Identifier: ISC
"""What the tests of `run` share: a station that watches, with a resolver, a mail server, a web hook
receiver and a clock of its own (libfaketime moves it; nothing waits)."""

import json
import os
import re
import sqlite3
import subprocess

import pytest

import lab
from conftest import REPMON, WRAPPER, moved_clock
from lab.sinks import MailSink, WebhookSink

MINUTE, HOUR, DAY = 60, 3600, 86400
CLEAN, BAD, OTHER = "192.0.2.10", "192.0.2.66", "192.0.2.77"

MAIL = """[mail "ops"]
to = postmaster@example.org
from = repmon@mon1.example.org
server = {mail.address}
tls = off
"""
HOOK = """[webhook "chat"]
url = {hook_url}
"""


class Station:
    """run(after=…) moves the clock forward and runs; what arrived since the run before is in
    `mails` and `hooks` of what it returns."""

    def __init__(self, repmon, folder, dns, mail, hook):
        self.repmon, self.folder, self.dns, self.mail, self.hook = repmon, folder, dns, mail, hook
        self.state = folder / "state" / "state.db"
        self.conf = folder / "repmon.conf"
        self.clock = 0
        self.seen_mails = self.seen_hooks = 0
        self.lists = {}

    def zone(self, name="bl.lab", level="critical", **keys):
        """A list as an administrator adds it; returns the scripted zone."""
        self.lists[name] = {"code": [f"127.0.0.2 SPAM {level}", f"127.0.0.4 OPEN {level}",
                                     "127.0.0.10 POLICY info"],
                            "error": "127.255.255.254", "test": "127.0.0.2", **keys}
        return self.dns.zone(name)

    def configure(self, targets=f"ip = {CLEAN} mx1.example.org", top="", channels=MAIL + HOOK,
                  dns="timeout = 300ms\ntries = 2", extra="", ptr="use = none"):
        lines = ["[repmon]", "state = state/state.db", "instance = mon1", top,
                 "[targets]", targets, "[dns]", f"resolver = {self.dns.address}", dns,
                 "[dnsbl]", "use = none", "[ptr]", ptr]
        for zone, keys in self.lists.items():
            lines.append(f'[dnsbl "{zone}"]')
            for key, value in keys.items():
                lines += [f"{key} = {v}" for v in (value if isinstance(value, list) else [value])]
        lines.append(channels.format(mail=self.mail, hook_url=self.hook.url("/hook")))
        lines.append(extra)
        self.write("\n".join(lines) + "\n")
        return self

    def write(self, text):
        self.conf.write_text(text)
        self.conf.chmod(0o600)

    def edit(self, old, new):
        assert old in self.conf.read_text()
        self.write(self.conf.read_text().replace(old, new))

    def environment(self, **more):
        return {**moved_clock(f"{self.clock:+d}", FAKETIME_NO_CACHE="1"), **more}

    def command(self, *words, after=0, code=0, env=None, **kwargs):
        self.clock += after
        ran = self.repmon(*words, conf=self.conf, env=self.environment(**(env or {})), **kwargs)
        ran.mails = self.mail.messages[self.seen_mails:]
        ran.hooks = [r.json() for r in self.hook.requests[self.seen_hooks:]]
        self.seen_mails, self.seen_hooks = len(self.mail.messages), len(self.hook.requests)
        assert code is None or ran.code == code, ran
        return ran

    def run(self, *words, **kwargs):
        return self.command("run", *words, **kwargs)

    def start(self, *words, after=0, command="run", stdout=subprocess.PIPE, **more):
        """Starts a run (or another command) and returns the process, for signals."""
        self.clock += after
        return subprocess.Popen(
            [*WRAPPER, REPMON, "-c", str(self.conf), command, *words], stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8",
                 **self.environment(**more)})

    def rows(self, query, *values):
        with sqlite3.connect(f"file:{self.state}?mode=ro", uri=True) as db:
            return db.execute(query, values).fetchall()

    def baseline(self):
        """The first run on an address that is clear: one mail, one web hook."""
        ran = self.run()
        assert len(ran.mails) == 1 and len(ran.hooks) == 1
        return ran


@pytest.fixture
def station(repmon, tmp_path, dns):
    with MailSink() as mail, WebhookSink() as hook:
        yield Station(repmon, tmp_path, dns, mail, hook)


def silent(ran):
    """Nothing happened, and nothing was sent or printed."""
    assert (ran.code, ran.out, ran.err, len(ran.mails), len(ran.hooks)) == (0, "", "", 0, 0)
    return ran


def told(ran, kind, subject=None):
    """Exactly one mail and one web hook, both of one entry of this kind; returns (mail, change)."""
    assert len(ran.mails) == 1, [m.subject for m in ran.mails]
    assert len(ran.hooks) == 1
    (change,) = ran.hooks[0]["changes"]
    assert change["kind"] == kind, change
    if subject:
        assert re.search(subject, ran.mails[0].subject), ran.mails[0].subject
    assert (ran.out, ran.err) == ("", "")
    return ran.mails[0], change


def pretty(value):
    return json.dumps(value, indent=1)


__all__ = ["BAD", "CLEAN", "DAY", "HOOK", "HOUR", "MAIL", "MINUTE", "OTHER", "Station", "lab",
           "silent", "station", "told"]


def waiting(station):
    """A listing whose message neither channel accepted at first."""
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    station.mail.on_data = lambda mail: "451 try later"
    station.hook.on_request = lambda request: 401
    station.run(after=HOUR, code=69)
    return station
