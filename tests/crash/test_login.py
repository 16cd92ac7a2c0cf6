# SPDX-License-Identifier: ISC
"""Dying at every numbered point of a run that renews a login never loses the login.

The loopback Google gives a new refresh token with every renewal; the one before works on until the
new one has been used, as with the real ones. Where it does not, what was written is not lost."""

import json
import os
import signal
import stat

import pytest

from lab.google import Authority, Google, compliant
from test_postmaster import D, Postmaster, day, now, quiet


class Rotating(Google):
    """Of the refresh tokens the newest is good, and unless it is strict the one it was given for."""

    def __init__(self, *args, strict, **kwargs):
        super().__init__(*args, **kwargs)
        self.strict = strict
        self.rotate = True
        self.good = {self.refresh}

    def token(self, form):
        used = form.get("refresh_token")
        if used not in self.good:
            return self.refuse("invalid_grant", "Token has been expired or revoked.")
        self.refresh = used
        reply = super().token(form)
        self.good = {self.refresh} if self.strict else {used, self.refresh}
        return reply


@pytest.fixture(scope="module")
def authority():
    made = Authority()
    yield made
    made.remove()


def account(tmp_path, number, google, repmon, conf):
    folder = tmp_path / str(number)
    folder.mkdir()
    made = Postmaster(folder, google, repmon, conf)
    google.good = {google.refresh}
    google.rows[D] = quiet(2, 3, 4) | {day(2): {"err": 0.03, "err_n": 200, "rej_ip": 0.02,
                                               "rej_ip_n": 120}}
    google.compliance[D] = compliant(D)
    made.login()
    return made


def run_at(made, point=None, count=None):
    env = made.at(0)
    if point:
        env["REPMON_CRASH_AT"] = str(point)
    if count:
        env["REPMON_CRASH_COUNT"] = str(count)
    return made.repmon("run", conf=made.file(), env=env)


def killed_at(made, point):
    try:
        run_at(made, point)
    except AssertionError as error:
        assert f"exit {-signal.SIGKILL}" in str(error) or "killed by a signal" in str(error)
        return True
    return False


@pytest.mark.parametrize("strict", [False, True], ids=["the old one works on", "strict"])
def test_no_point_of_a_renewal_loses_the_login(tmp_path, authority, repmon, conf, strict):
    with Rotating(authority, clock=now, strict=strict) as google:
        clean = account(tmp_path, 0, google, repmon, conf)
        names = clean.state / "points"  # elsewhere it may not write
        out = run_at(clean, count=names).out
        assert "GOOGLE REFUSES" in out
        points = [line.strip().split(" ", 1)[1] for line in names.read_text().splitlines()]
        assert [p for p in points if p.startswith("token")] == [
            "token before write", "token written", "token on the disk", "token renamed"]
        for number, name in enumerate(points, 1):
            if strict and name == "token before write":
                continue  # what only the dead process knew nobody knows
            made = account(tmp_path, number, google, repmon, conf)
            assert killed_at(made, number), name
            out = run_at(made).out
            assert "EXPIRED" not in out and "BLIND" not in out, name
            saved = json.loads(made.token.read_text())
            assert saved["refresh_token"] in google.good, name
            assert stat.S_IMODE(made.token.stat().st_mode) == 0o600
            assert not os.path.exists(f"{made.token}.new"), name
            later = made.ask("run", days=1)  # the login still works a day later
            assert "EXPIRED" not in later.out, name
