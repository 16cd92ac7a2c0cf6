# SPDX-License-Identifier: ISC
"""Runs mailflow.py and mailweeks.py in a network of their own, and compares what receivers gave with
what was counted."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from . import mailflow

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TITLES = {"gmail-smtp-in.l.google.com": "gmail",
          "outlook-com.olc.protection.outlook.com": "microsoft-consumer"}


def missing(mta):
    """Why it can't run here; None when it can."""
    if os.geteuid() != 0:
        return "a network of its own is made by root only"
    if subprocess.run(["unshare", "-mn", "true"], capture_output=True, check=False).returncode:
        return "no network of its own can be made here"
    if not shutil.which("logrotate"):
        return "logrotate is not installed"
    if mta == "exim" and not mailflow.EXIM:
        return "Exim is not there (contrib/install-deps test)"
    if mta == "postfix" and not os.path.exists("/usr/lib/postfix/sbin/master"):
        return "Postfix is not installed"
    return None


def script(name, mta, *words):
    """Its output. The servers' users must reach the folder: one of pytest's is its owner's alone."""
    with tempfile.TemporaryDirectory(prefix="repmon-flow-", ignore_cleanup_errors=True) as folder:
        filled = [folder if w is None else str(w) for w in words]
        ran = subprocess.run(["unshare", "-mn", sys.executable, "-m", f"lab.{name}", mta, *filled],
                             capture_output=True, text=True, timeout=170, check=False,
                             env={**os.environ, "PYTHONPATH": TESTS})
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run(mta, way, program, mails, rotations, seed=1):
    return json.loads(script("mailflow", mta, way, None, program, mails, rotations, seed))


def weeks(mta, start):
    """The lines that a server logged in two weeks from then on (mailweeks.py)."""
    return script("mailweeks", mta, None, start).splitlines(keepends=True)


def assert_exact(flow, mails, rotations):
    """None lost, none twice, none taken for another, by message and by hour."""
    given = {}
    for key, count in flow["given"].items():
        name, word = key.rsplit(" ", 1)
        given[f"{TITLES[name]} {word}"] = count
    assert sum(given.values()) == mails
    assert {k.split()[1] for k in given} == {"taken", "refused", "throttled"}, given
    assert flow["messages"] == given
    assert flow["hours"] == given
    assert flow["rotations"] == rotations
    assert flow["kills"] > 0 and flow["runs"] > flow["kills"], flow
    assert not flow["gap"]
