# SPDX-License-Identifier: ISC
"""What the tests of mail and webhooks share: a private authority, and `send`, which drives
tests/tools/send_message and hands back how the try ended."""

import dataclasses
import json
import os
import subprocess
import time

import pytest

from conftest import BUILD, SLOW, WRAPPER
from lab.tls import Authority

PROGRAM = os.path.join(BUILD, "tests", "send_message")
SECRETS = ("s3cret word", "T0PS3CRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "bearer-t0ken")


@dataclasses.dataclass
class Tried:
    outcome: str
    code: int
    retry_after: int
    may_have_arrived: bool
    reason: str
    refused: str
    seconds: float


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def run(tmp_path):
    """run(text, name, what, timeout_ms): the program on a configuration; no secret is ever shown."""

    def go(text, name="ops", what="send", timeout=3000, env=None, before=()):
        for file, secret in zip(("smtp.pass", "chat.url", "hook.key", "bearer"), SECRETS):
            if not (tmp_path / file).exists():
                (tmp_path / file).write_text(secret + "\n")
            (tmp_path / file).chmod(0o600)
        (tmp_path / "r.conf").write_text(text)
        start = time.monotonic()
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", **(env or {})}
        environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        done = subprocess.run([*before, *WRAPPER, PROGRAM, str(tmp_path / "r.conf"), name,
                               str(timeout * SLOW), what], capture_output=True, text=True,
                              cwd=tmp_path, env=environment, timeout=60 * SLOW, check=False)
        print(done.stdout, done.stderr)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
        for secret in SECRETS:
            assert secret not in done.stdout + done.stderr
        done.seconds = time.monotonic() - start
        return done

    return go


@pytest.fixture
def send(run):
    def go(*args, **kwargs):
        done = run(*args, **kwargs)
        assert done.returncode == 0, done.stderr
        return Tried(**json.loads(done.stdout), seconds=done.seconds)

    return go
