# SPDX-License-Identifier: ISC
"""Completion in a real zsh and fish. (bash's is asked in the unit tests: it needs no terminal.)"""

import os
import pty
import select
import signal
import subprocess
import time

import pytest
from conftest import BUILD, need

ZSHRC = """PS1='ready> '
fpath=({folder} $fpath)
autoload -Uz compinit; compinit -u -D
LISTMAX=1000
"""


class Terminal:
    """A zsh of its own on a pseudo terminal."""

    def __init__(self, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("zsh", ["zsh", "-i"], {"ZDOTDIR": str(home), "HOME": str(home),
                                              "TERM": "dumb", "COLUMNS": "200",
                                              "PATH": os.environ["PATH"]})

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, *words, seconds=20):
        """What is shown up to the moment when all words are, or time is up."""
        shown, end = "", time.monotonic() + seconds
        while time.monotonic() < end and not all(w in shown for w in words):
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    shown += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    break
        return shown

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.mark.parametrize("typed, offered", [
    ("repmon ch", ["repmon check "]),
    ("repmon ", ["explain", "history", "doctor"]),
    ("repmon check --format=", ["json", "nagios", "prometheus"]),
    ("repmon run --", ["--dry-run", "--accept-inventory"]),
    ("repmon page --", ["--output"]),
    ("check_repmon --st", ["check_repmon --state"]),
])
def test_zsh_offers(tmp_path, typed, offered):
    need("zsh")
    folder = os.path.join(BUILD, "contrib", "completion")
    (tmp_path / ".zshrc").write_text(ZSHRC.format(folder=folder))
    terminal = Terminal(tmp_path)
    try:
        assert "ready> " in terminal.until("ready> ")
        terminal.type(typed + "\t\t")
        shown = terminal.until(*offered)
    finally:
        terminal.close()
    for word in offered:
        assert word in shown, shown


@pytest.mark.parametrize("typed, offered", [
    ("repmon ", {"explain", "history", "doctor"}),
    ("repmon check --format ", {"json", "nagios", "prometheus"}),
    ("repmon -c {conf} ack ", {"192.0.2.10", "mx1.lab", "all", "zen.spamhaus.org"}),
    ("repmon check --list zen", {"zen.spamhaus.org"}),
    ("check_repmon --st", {"--state"}),
])
def test_fish_offers(tmp_path, typed, offered):
    need("fish")
    conf = tmp_path / "repmon.conf"
    conf.write_text("[targets]\nip = 192.0.2.10 mx1.lab\n")
    script = os.path.join(BUILD, "contrib", "completion", "repmon.fish")
    done = subprocess.run(
        ["fish", "-c", f"source {script}; complete -C '{typed.format(conf=conf)}'"],
        capture_output=True, text=True, check=True,
        env={"HOME": str(tmp_path), "PATH": f"{BUILD}/cmd:{os.environ['PATH']}"})
    assert offered <= {line.split("\t")[0] for line in done.stdout.splitlines()}
