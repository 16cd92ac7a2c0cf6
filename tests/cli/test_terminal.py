# SPDX-License-Identifier: ISC
"""What a terminal of 80 columns shows, and what a pipe gets instead."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

import pytest

from conftest import REPMON, WRAPPER
from station import BAD, CLEAN, HOUR, OTHER, station  # noqa: F401

LABEL = "outbound-relay-7.mailcluster.example.org"
LONG = "a-list-with-a-rather-long-name.dnsbl.example.net"
NOTE = "known: a customer of old, ticket 4711, gone by the end of the month at the latest"


def on_terminal(station, *words, columns=80):
    """The lines that a terminal of that width is sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*WRAPPER, REPMON, "-c", str(station.conf), *words], stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=subprocess.DEVNULL, cwd=station.folder,
        env={"PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8", "TZ": "UTC",
             **station.environment()})
    os.close(theirs)
    out = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    os.close(ours)
    process.wait(30)
    assert b"Sanitizer" not in out
    return out.decode().replace("\r\n", "\n").splitlines()


def too_wide(lines, columns):
    """A path or a name is never broken: a line that holds a long one may be too long."""
    return [x for x in lines if len(x) > columns and max(map(len, x.split())) < columns - 30]


@pytest.fixture
def busy(station):
    """Long names, several findings, an acknowledgement with a long note, a list that fails."""
    first, second = station.zone(rate="1000", budget="150000", every="0"), station.zone(LONG)
    station.zone("gone.lab").refuse = True
    station.configure(targets=f"ip = {CLEAN} mx1\nip = {BAD} {LABEL}\nip = {OTHER} mx3.example.org")
    station.run()
    first.listed.update({BAD: "127.0.0.2 127.0.0.4 127.0.0.10".split(), OTHER: "127.0.0.2"})
    second.listed[BAD] = "127.0.0.2"
    station.run(after=HOUR)
    station.command("ack", BAD, "all", "--note", NOTE)
    return station


COMMANDS = [["history"], ["history", "-v"], ["ack"], ["targets"], ["lists"], ["lists", "--test"],
            ["lists", "--all"], ["status"], ["status", "-v"], ["doctor", "--offline"],
            ["deliver", "-v"], ["check", CLEAN, BAD]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_off(busy, words):
    shown = on_terminal(busy, *words)
    piped = busy.command(*words, code=None).out
    assert shown
    assert not too_wide(shown, 79), "a full line and its end are two lines on some terminals"
    if words[0] in ("history", "ack", "targets"):
        assert sorted(" ".join(shown).split()) == sorted(piped.split())


@pytest.mark.parametrize("columns", [40, 60, 100, 200])
def test_tables_follow_the_width_of_the_terminal(busy, columns):
    shown = on_terminal(busy, "ack", columns=columns)
    assert not too_wide(shown, columns)
    assert " ".join(" ".join(shown).split()).count(NOTE) == 2


@pytest.mark.parametrize("words", [["doctor", "--offline"], ["ack", "--help"]], ids=" ".join)
def test_texts_follow_a_narrow_terminal(busy, words):
    assert not too_wide(on_terminal(busy, *words, columns=60), 59)


def test_in_a_pipe_each_row_is_one_line(busy):
    rows = busy.command("ack").out.splitlines()
    assert len(rows) == 3
    for row in rows[1:]:
        assert BAD in row and LABEL in row and "in force" in row and row.endswith(NOTE)
    assert len([x for x in busy.command("history").out.splitlines() if LONG in x and BAD in x]) == 1


def test_acknowledgements_are_aligned_in_a_pipe(station):
    """However long their notes are, the columns stay where they are."""
    bl = station.zone()
    station.configure(targets="ip = 192.0.2.1 mx1\nip = 192.0.2.100 mail-out-2.example.org")
    bl.listed.update({"192.0.2.1": "127.0.0.2", "192.0.2.100": "127.0.0.4"})
    station.run()
    station.command("ack", "192.0.2.1", "all", "--note", NOTE)
    station.command("ack", "192.0.2.100", "all", "--note", "short")
    head, *rows = station.command("ack").out.splitlines()
    assert len(rows) == 2
    for column, word in (("list", "bl.lab"), ("state", "in force")):
        assert {row.index(word) for row in rows} == {head.index(column)}
    assert {row.index(note) for row, note in zip(sorted(rows), (NOTE, "short"))} == \
        {head.index("note")}


def test_short_rows_stay_aligned_in_a_pipe(station):
    bl = station.zone()
    station.configure(targets="ip = 192.0.2.1 mx1\nip = 192.0.2.100 mx2")
    station.run()
    bl.listed.update({"192.0.2.1": "127.0.0.2", "192.0.2.100": "127.0.0.4"})
    station.run(after=HOUR)
    one, two = station.command("history").out.splitlines()[:2]
    assert one.index("bl.lab") == two.index("bl.lab") > one.index("mx")
