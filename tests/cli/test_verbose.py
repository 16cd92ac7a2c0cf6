# SPDX-License-Identifier: ISC
"""-v: a line a list and step on stderr; -vv: each question and answer, and never a key."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import REPMON, WRAPPER
from station import BAD, CLEAN, HOUR, station  # noqa: F401

KEY = "kq7zlabkeyq2w3e4"


@pytest.fixture
def keyed(repmon, conf, dns, own, tmp_path):
    """Two lists, one of them with a key in its name; repmon refuses to show the key."""
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    dns.zone(f"{KEY}.keyed.lab")
    (tmp_path / "keyed.key").write_text(KEY + "\n")
    (tmp_path / "keyed.key").chmod(0o600)
    repmon.secrets.append(KEY)
    return conf(dns, {"bl.lab": own(), "keyed.lab": own(key_file="keyed.key")})


def test_once_a_line_a_list(repmon, keyed):
    ran = repmon("-v", "check", BAD, conf=keyed)
    lines = [x.removeprefix("repmon: ") for x in ran.err.splitlines()]
    assert "querying 2 lists about 1 target through 127.0.0.1" in lines
    assert any(x.startswith("bl.lab: ok: 1 found, 0 clear, 0 unknown; ") for x in lines), lines
    assert any(x.startswith("keyed.lab: ok: 0 found, 1 clear, 0 unknown; ") for x in lines), lines
    assert not any(x.startswith(("ask ", "got ")) for x in lines)


def test_twice_each_question_and_answer_without_the_key(repmon, keyed):
    ran = repmon("check", "-vv", BAD, conf=keyed)
    reverse = ".".join(reversed(BAD.split(".")))
    assert f"ask A {reverse}.bl.lab\n" in ran.err
    assert f"got A {reverse}.bl.lab: 127.0.0.2 (TTL " in ran.err
    assert f"ask A {reverse}.***.keyed.lab\n" in ran.err
    assert f"got A {reverse}.***.keyed.lab: NXDOMAIN" in ran.err
    assert ran.err.count("ask ") == ran.err.count("got ")


@pytest.mark.parametrize("words", [["doctor"], ["lists", "--test"], ["run", "-n"]])
def test_other_commands_that_ask_show_it_too(repmon, keyed, words):
    keyed.write_text(keyed.read_text() + f"[targets]\nip = {CLEAN}\n")
    ran = repmon(*words, "-vv", conf=keyed)
    assert "ask A 2.0.0.127.bl.lab\n" in ran.err
    assert "ask A 2.0.0.127.***.keyed.lab\n" in ran.err
    ran = repmon(*words, conf=keyed)
    assert "ask A" not in ran.err


def test_a_run_names_its_steps(station):
    bl = station.zone()
    station.configure()
    ran = station.run("-v")
    for step in ("querying 1 list about 1 target", "bl.lab: ok: 0 found, 1 clear, 0 unknown",
                 "saved: 1 change", "mail", "1 target, 1 list: 1 change"):
        assert step in ran.err, step
    assert "ask A" not in ran.err
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run("-vv", after=HOUR)
    assert ": sent " in ran.err
    assert f"got http://127.0.0.1:{station.hook.port}: status 204" in ran.err
    assert "/alerts" not in ran.err, "a path may be a secret"


def test_in_cron_a_run_stays_silent(station):
    station.zone()
    station.configure()
    station.baseline()
    ran = station.run(after=HOUR)
    assert (ran.out, ran.err) == ("", "")


class Terminal:
    """A program whose stderr is a terminal; what it was sent until it ended."""

    def __init__(self, argv, env, columns=80, cwd=None, stdin=None):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [*WRAPPER, REPMON, *argv], stdin=theirs if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=theirs, cwd=cwd,
            env={"PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                 **env})
        os.close(theirs)
        self.text = ""

    def until(self, part, seconds=20):
        end = time.monotonic() + seconds
        while part not in self.text and time.monotonic() < end:
            try:
                self.text += os.read(self.ours, 65536).decode()
            except OSError:
                break
        assert part in self.text, self.text

    def end(self):
        out = self.process.stdout.read().decode()
        self.process.wait(30)
        try:
            while more := os.read(self.ours, 65536):
                self.text += more.decode()
        except OSError:
            pass
        os.close(self.ours)
        return self.process.returncode, out


def test_on_a_terminal_a_run_ends_with_one_line(station):
    station.zone()
    station.configure()
    station.baseline()
    station.clock += HOUR
    terminal = Terminal(["-c", str(station.conf), "run"], station.environment())
    code, out = terminal.end()
    assert (code, out) == (0, "")
    last = terminal.text.replace("\r\n", "\n").split("\r\x1b[K")[-1]
    assert last == "repmon: 1 target, 1 list: no change\n"


def test_the_progress_names_the_slow_list_and_ctrl_c_ends_without_it(repmon, conf, dns, own,
                                                                      tmp_path):
    dns.zone("bl.lab")
    dns.zone("slow.lab")
    path = conf(dns, {"bl.lab": own(), "slow.lab": own(rate="2.5")})
    terminal = Terminal(["-c", str(path), "check", "192.0.2.0/24"], {}, cwd=tmp_path)
    terminal.until("waiting for slow.lab: ")
    terminal.until(" s at 2.5/s" if " min " not in terminal.text else " min at 2.5/s")
    terminal.process.send_signal(signal.SIGINT)
    code, out = terminal.end()
    assert code == 3
    assert "not-asked (a signal ended the check)" in out
    assert "Query fewer addresses" not in out, "more time would not have helped"
    assert re.search(r"interrupted by a signal: .* Not fully queried: (bl\.lab, )?slow\.lab",
                     " ".join(out.split()))
    assert all(len(x) < 80 for x in terminal.text.split("\r\x1b[K"))


def test_explain_at_a_terminal_says_what_it_waits_for(tmp_path):
    terminal = Terminal(["explain"], {}, cwd=tmp_path, stdin=True)
    terminal.until("paste the bounce, then press Enter and Ctrl-D")
    os.write(terminal.ours, b"550 5.7.1 nothing known\n\x04")
    code, _ = terminal.end()
    assert code in (0, 1)


def test_explain_on_a_pipe_asks_nobody(repmon):
    assert "Ctrl-D" not in repmon("explain").err


def test_an_error_on_a_terminal_is_not_broken_inside_a_word(repmon, tmp_path):
    word = "5.9.20.1-5.9.20.9"
    terminal = Terminal(["check", word], {}, columns=60, cwd=tmp_path)
    terminal.end()
    lines = terminal.text.replace("\r\n", "\n").splitlines()
    assert len(lines) > 1 and all(len(x) < 60 for x in lines)
    assert all(x.startswith("        ") for x in lines[1:])
    piped = repmon("check", word).err
    assert piped.count("\n") == 1 and " ".join(" ".join(lines).split()) == piped.strip()


def test_of_a_web_address_only_the_host_is_shown(repmon, conf, tmp_path):
    repmon.secrets.append("sEcReTpAtH")
    path = conf.text(f"""[repmon]
state = {tmp_path}/state/state.db
[dns]
resolver = 127.0.0.1:1
timeout = 50ms
tries = 1
[dnsbl]
use = none
[ptr]
use = none
[talos]
method = html
url = http://127.0.0.1:1/sEcReTpAtH
""")
    ran = repmon("check", "-vv", CLEAN, conf=path)
    assert "ask GET http://127.0.0.1:1\n" in ran.err
    assert "got http://127.0.0.1:1: " in ran.err
