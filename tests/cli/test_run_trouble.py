# SPDX-License-Identifier: ISC
"""What may go wrong around a run: the deadline, signals, a second run, the disk, the state, the clock."""

import contextlib
import os
import pathlib
import resource
import signal
import sqlite3
import time

import pytest

from conftest import SLOW
from lab import a, refused, silence
from lab.server import wait_until
from lab.sinks import SILENCE, WebhookSink
from station import CLEAN, DAY, HOOK, HOUR, MAIL, MINUTE, silent, station, told  # noqa: F401

NETWORK = [f"198.51.100.{i}" for i in range(64)]


# ---- a list that stops serving ----


def test_a_listing_proven_before_the_list_refused_is_told_and_kept(station):
    """A list of the default that needs registration stands aside when it refuses; what it had said
    by then was said."""
    station.zone()
    zone = station.dns.zone("b.barracudacentral.org")
    station.dns.zone("zen.spamhaus.org", test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    station.dns.zone("bl.spamcop.net")
    station.lists["bl.spameatingmonkey.net"] = {"severity": "off"}  # it would take its time
    station.configure(targets="ip = 198.51.100.0/28")
    station.edit("[dnsbl]\nuse = none", "[dnsbl]\nuse = default")
    station.baseline()
    zone.listed[NETWORK[1]] = "127.0.0.2"
    zone.rule = lambda q: refused() if q.address in NETWORK[4:] else None
    mail, _ = told(station.run(after=HOUR), "listed",
                   rf"^LISTED \(critical\) {NETWORK[1]} b.barracudacentral.org")
    assert "removal" in mail.text
    silent(station.run(after=HOUR))
    assert NETWORK[1] in station.command("status", code=2).out
    zone.rule = lambda q: refused()  # now nothing is proven, so nothing is cleared either
    silent(station.run(after=HOUR))
    assert NETWORK[1] in station.command("status", code=2).out


@pytest.mark.parametrize("reply", [refused, silence, lambda: a("127.255.255.254")])
def test_a_default_list_that_stands_aside_is_named_once_with_its_cure(station, reply):
    """Barracuda without registration: the first mail says so, and how to register; no other does,
    and nothing counts it."""
    bl = station.zone()
    for zone in ("zen.spamhaus.org", "bl.spamcop.net"):
        station.dns.zone(zone, test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    station.dns.zone("b.barracudacentral.org", rule=lambda q: reply())
    station.configure()
    station.edit("[dnsbl]\nuse = none", "[dnsbl]\nuse = default")
    (first,) = station.run().mails
    text = " ".join(first.text.split())
    assert "b.barracudacentral.org is left out" in text
    assert "https://www.barracudacentral.org/rbl/how-to-use" in text
    bl.listed[CLEAN] = "127.0.0.2"
    (second,) = station.run(after=HOUR).mails
    assert "barracuda" not in second.text
    silent(station.run(after=HOUR))


# ---- the deadline ----


def test_what_a_deadline_cut_off_is_asked_first_in_the_next_run(station):
    """A slow list: each run gets a part of the targets, and after some runs all were asked."""
    bl = station.zone(rate="20")
    station.configure(targets="ip = 198.51.100.0/26", top="deadline = 1s")
    station.run(code=None)
    runs, proven = 1, 0
    asked = {q.address for q in bl.asked()}
    assert 0 < len(asked) < 64, "the deadline cut nothing off"
    while len(asked) < 64 and runs < 10:
        before = len(bl.log)
        station.run(after=HOUR, code=None)
        runs += 1
        now = [q.address for q in bl.log[before:] if q.type == "A" and not q.self_test]
        fresh = [x for x in now if x not in asked]
        assert fresh, "the next run began where the first did"
        assert now[0] not in asked, "what was cut off comes first"
        asked |= set(now)
    assert len(asked) == 64


def stop_while_asking(station, number):
    bl = station.dns.zones["bl.lab"]
    before = len(bl.asked())
    started = station.start()
    wait_until("the questions", lambda: len(bl.asked()) >= before + 40)
    started.send_signal(number)
    out, err = started.communicate(timeout=20)
    return started.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_asking_is_the_deadline(station, number):
    bl = station.zone()
    station.configure(targets="ip = 198.51.100.0/26", dns="timeout = 20s\ntries = 3")
    station.baseline()
    bl.listed.update({ip: "127.0.0.2" for ip in NETWORK[:8]})
    bl.rule = lambda q: silence() if q.address in NETWORK[32:] else None
    station.clock += HOUR
    code, out, err = stop_while_asking(station, number)
    assert code == 0 and out == ""
    # What was proven by then is saved, and told, once.
    bl.rule = None
    station.run(after=HOUR)
    told_of = [c for r in station.hook.requests for c in r.json()["changes"]
               if c["kind"] == "listed"]
    assert sum(c["count"] for c in told_of) == 8


@pytest.fixture
def pings():
    """What the dead-man switch hears: paths."""
    with WebhookSink() as sink:
        yield sink


def paths(pings):
    heard = [r.path for r in pings.requests]
    pings.requests.clear()
    return heard


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("state", ["new", "known"])
def test_a_signal_before_the_first_answer_has_no_opinion(station, pings, number, state):
    """Shutdown: no list is blind for it, and it is no "nothing could be queried"."""
    zones = [station.zone(name) for name in ("bl.lab", "other.lab")]
    station.configure(top="blind_after = 1", dns="timeout = 20s\ntries = 1",
                      extra=f"[ping]\nurl = {pings.url('/ping')}")
    if state == "known":
        station.baseline()
        paths(pings)
    station.clock += HOUR
    for zone in zones:
        zone.rule = lambda q: silence()
    before = len(zones[0].log)
    started = station.start()
    wait_until("the first question", lambda: len(zones[0].log) > before)
    started.send_signal(number)
    out, err = started.communicate(timeout=20)
    assert (started.returncode, out) == (0, ""), err
    assert len(station.mail.messages) == (state == "known")
    assert paths(pings) == []
    assert station.rows("SELECT count(*) FROM list_belief WHERE bad_runs > 0") == [(0,)]
    assert station.rows("SELECT count(*) FROM health WHERE health <> 'ok'") == [(0,)]
    for zone in zones:
        zone.rule = None
    ran = station.run(after=HOUR)
    assert len(ran.mails) == (state == "new")
    assert paths(pings) == ["/ping"]


def test_answers_that_prove_nothing_are_answers(station, pings):
    """Lists without test entries that list nothing: asked, answered, nothing to prove."""
    for name in ("bl.lab", "other.lab", "third.lab"):
        station.zone(name, test="none")
    station.configure(extra=f"[ping]\nurl = {pings.url('/ping')}")
    ran = station.run()
    assert "nothing could be queried" not in ran.err + ran.mails[0].text
    for _ in range(3):
        silent(station.run(after=HOUR))
    assert paths(pings) == ["/ping"] * 4
    assert station.rows("SELECT DISTINCT completed FROM run") == [(1,)]


def hanging(station, hangs):
    """A station whose address was just listed, and whose channel takes the message and is silent."""
    bl = station.zone()
    station.configure(channels=MAIL if hangs == "mail" else HOOK)
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    station.mail.on_data = station.hook.on_request = lambda x: SILENCE
    station.clock += HOUR
    return station.mail.attempts if hangs == "mail" else station.hook.requests


def stop_when_it_hangs(station, process, tries, before):
    wait_until("the try", lambda: len(tries) > before, 10 * SLOW)
    at = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    station.seen_hooks = len(station.hook.requests)
    return out, err, time.monotonic() - at


@pytest.mark.parametrize("hangs", ["mail", "web hook"])
def test_a_signal_does_not_wait_for_a_channel_that_hangs_and_the_message_stays(station, hangs):
    tries = hanging(station, hangs)
    before = len(tries)
    process = station.start()
    out, err, seconds = stop_when_it_hangs(station, process, tries, before)
    assert seconds < 4 * SLOW, "the try was waited for"
    assert process.returncode == 69 and f"LISTED (critical) mx1.example.org {CLEAN} bl.lab" in out
    assert "a signal ended the wait" in err
    assert [x for x, in station.rows("SELECT state FROM outbox ORDER BY id")][-1] == "pending"
    station.mail.on_data = station.hook.on_request = None
    ran = station.run(after=2 * HOUR)  # after the back-off of a mail that may have arrived
    assert len(ran.mails) + len(ran.hooks) == 1
    silent(station.run(after=HOUR))


def test_a_signal_ends_deliver_too(station):
    tries = hanging(station, "web hook")
    station.hook.on_request = lambda r: 503
    station.run(code=69)
    station.hook.on_request = lambda r: SILENCE
    before = len(tries)
    process = station.start(command="deliver")
    _, err, seconds = stop_when_it_hangs(station, process, tries, before)
    assert process.returncode == 69 and seconds < 4 * SLOW
    assert "a signal ended the wait" in err
    station.hook.on_request = None
    assert len(station.run(after=HOUR).hooks) == 1


def test_after_a_signal_while_asking_hanging_channels_get_little_time(station):
    bl = station.zone()
    station.configure(targets="ip = 198.51.100.0/26", dns="timeout = 20s\ntries = 3")
    station.baseline()
    bl.listed.update({ip: "127.0.0.2" for ip in NETWORK[:8]})
    bl.rule = lambda q: silence() if q.address in NETWORK[32:] else None
    station.mail.on_data = station.hook.on_request = lambda x: SILENCE
    station.clock += HOUR
    at = time.monotonic()
    code, out, _ = stop_while_asking(station, signal.SIGTERM)
    assert time.monotonic() - at < 9 * SLOW
    assert code == 69 and "LISTED" in out
    assert len(station.mail.attempts) == 2 and len(station.hook.requests) == 2, "each had its chance"
    bl.rule = station.mail.on_data = station.hook.on_request = None
    ran = station.run(after=2 * HOUR)
    assert "LISTED" in ran.mails[0].subject and ran.hooks


def test_a_death_during_delivery_repeats_the_message_with_the_same_id(station):
    bl = station.zone()
    station.configure(channels=HOOK)
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    station.hook.on_request = lambda r: SILENCE
    station.clock += HOUR
    before = len(station.hook.requests)
    process = station.start()
    wait_until("the web hook", lambda: len(station.hook.requests) > before)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    station.hook.on_request = None
    ran = station.run(after=MINUTE)
    assert len(station.hook.requests) == before + 2
    first, again = station.hook.requests[-2:]
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    silent(station.run(after=HOUR))


# ---- a second run ----


def test_a_second_run_at_once_ends_with_75_and_silence(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.rule = lambda q: silence() if q.address == CLEAN else None
    station.edit("timeout = 300ms", "timeout = 20s")
    first = station.start()
    wait_until("the first run's question", lambda: bl.asked(CLEAN)[1:])
    try:
        ran = station.run(code=75)
        assert (ran.out, ran.err) == ("", "")
        ran = station.repmon("-v", "run", conf=station.conf, env=station.environment())
        assert ran.code == 75 and "in progress" in ran.err
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=30)


# ---- the disk ----


def small_files(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def test_a_full_disk_is_an_error_and_the_next_run_tells_what_was_new(station):
    bl = station.zone()
    station.configure(targets="ip = 198.51.100.0/26")
    station.baseline()
    bl.listed.update({ip: "127.0.0.2" for ip in NETWORK})
    size = station.state.stat().st_size
    ran = station.run(after=HOUR, code=74, preexec_fn=small_files(size // 2))
    assert "state.db" in ran.err and not ran.mails and not ran.hooks
    _, change = told(station.run(after=HOUR), "listed")
    assert change["count"] == 64


@pytest.mark.root("mounts a small file system")
def test_a_file_system_without_room(station):
    bl = station.zone()
    station.state.parent.mkdir(mode=0o750)
    if os.system(f"mount -t tmpfs -o size=1m tmpfs {station.state.parent} 2>/dev/null") != 0:
        pytest.skip("no mounting here")
    try:
        station.configure(targets="ip = 198.51.100.0/26")
        station.baseline()
        full = station.state.parent / "filler"
        with open(full, "wb", buffering=0) as f, contextlib.suppress(OSError):
            while True:
                f.write(b"x" * 4096)
        bl.listed.update({ip: "127.0.0.2" for ip in NETWORK})
        ran = station.run(after=HOUR, code=74)
        assert "state.db" in ran.err and not ran.mails
        full.unlink()
        told(station.run(after=HOUR), "listed")
    finally:
        os.system(f"umount {station.state.parent}")


@pytest.mark.root("mounts a read-only file system")
def test_a_read_only_directory_is_said_and_nothing_is_sent(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    folder = station.state.parent
    if os.system(f"mount --bind {folder} {folder} 2>/dev/null && "
                 f"mount -o remount,ro,bind {folder} 2>/dev/null") != 0:
        pytest.skip("no mounting here")
    try:
        ran = station.run(after=HOUR, code=77)
        assert "state" in ran.err and not ran.mails and not ran.hooks
    finally:
        os.system(f"umount {folder}")
    told(station.run(after=HOUR), "listed")


# ---- the file ----


def refuse(station, what):
    before = station.state.read_bytes()
    ran = station.run(code=None)
    assert ran.code in (73, 74, 78), ran
    assert str(station.state) in ran.err and what in ran.err, ran.err
    assert station.state.read_bytes() == before, "it was overwritten"
    assert not ran.mails and not ran.hooks


def test_a_file_that_is_no_database_is_never_overwritten(station):
    station.zone()
    station.configure()
    station.state.parent.mkdir()
    station.state.write_bytes(b"precious notes of somebody else\n" * 100)
    refuse(station, "")


def test_a_damaged_state_is_never_overwritten(station):
    station.zone()
    station.configure()
    station.baseline()
    data = bytearray(station.state.read_bytes())
    data[5000:9000] = b"\xa5" * 4000
    station.state.write_bytes(data)
    refuse(station, "")


def test_a_database_of_another_program_is_never_overwritten(station):
    station.zone()
    station.configure()
    station.state.parent.mkdir()
    with sqlite3.connect(station.state) as db:
        db.execute("CREATE TABLE belongings (x)")
    refuse(station, "")


def test_a_newer_state_is_never_overwritten(station):
    station.zone()
    station.configure()
    station.baseline()
    with sqlite3.connect(station.state) as db:
        db.execute("PRAGMA user_version = 4711")
    refuse(station, "newer")


# ---- the clock ----

WALL = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.parametrize("leap", [-3 * DAY, 40 * DAY])
def test_a_leap_of_the_clock_lapses_nothing_reminds_of_nothing_and_is_said(station, leap):
    one, two = station.zone("one.lab"), station.zone("two.lab")
    one.listed[CLEAN] = "127.0.0.2"
    station.configure()
    station.run(env=WALL)
    two.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=leap, env=WALL)
    assert "clock" in ran.err
    assert [c["kind"] for h in ran.hooks for c in h["changes"]] == ["listed"]
    assert "clock looks wrong" in ran.mails[0].text
    ran = station.run(env=WALL)
    assert (ran.out, ran.err) == ("", "")  # the next run is normal
    for hook in ran.hooks:
        assert {c["kind"] for c in hook["changes"]} <= {"reminder"}


def test_time_that_passed_for_the_boot_clock_too_is_no_leap(station):
    station.zone()
    station.configure()
    station.baseline()
    silent(station.run(after=40 * DAY))


@pytest.mark.parametrize("command, words", [
    ("lists", ["--test"]), ("check", [CLEAN]), ("doctor", [])])
def test_who_is_stopped_says_so_and_blames_no_list(station, command, words):
    bl = station.zone()
    bl.rule = lambda q: silence()
    station.configure(dns="timeout = 20s\ntries = 3")
    process = station.start(*words, command=command)
    wait_until("a question", lambda: bl.log)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    told = " ".join((out + err).split())
    assert ("interrupted" if command == "doctor" else "interrupted by a signal") in told
    assert process.returncode == {"lists": 1, "check": 3, "doctor": 1}[command]
    if command == "doctor":
        assert "bl.lab:" not in told, "it was not asked to the end"


def test_doctor_says_of_a_mail_server_only_what_it_tried(station):
    station.zone()
    station.configure()
    told = " ".join(station.command("doctor", code=None).out.split())
    assert "the server answers, without TLS and login" in told


# ---- the state elsewhere ----


def test_a_state_that_was_moved_and_linked_works_and_is_one_with_its_lock(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    disk = station.folder / "disk"
    disk.mkdir()
    station.state.rename(disk / "big.db")
    station.state.symlink_to(disk / "big.db")
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=HOUR), "listed")
    assert station.state.is_symlink() and (disk / "big.db.lock").exists()
    (disk / "big.db").unlink()
    for command, code in (("run", 66), ("doctor --offline", 1)):
        ran = station.command(*command.split(), code=code)
        assert "symbolic link that points to nothing" in ran.out + ran.err


@pytest.mark.parametrize("what", ["link", "folder"])
def test_what_stands_in_the_place_of_the_lock_is_left_alone_and_named(station, what):
    station.zone()
    station.configure()
    station.baseline()
    lock = station.state.with_name("state.db.lock")
    lock.unlink()
    dear = station.folder / "dear.txt"
    dear.write_text("dear")
    if what == "link":
        lock.symlink_to(dear)
    else:
        lock.mkdir()
    for command, code in (("run", 74), ("doctor --offline", 1)):
        ran = station.command(*command.split(), code=code)
        assert "a symbolic link" in ran.out + ran.err or "a folder" in ran.out + ran.err, ran
        assert "state.db.lock" in ran.out + ran.err
    assert dear.read_text() == "dear"


def test_a_dry_run_migrates_nothing(station):
    station.zone()
    station.configure()
    old = pathlib.Path(__file__).parent.parent / "data" / "state-2.sql"
    station.state.parent.mkdir()
    with sqlite3.connect(station.state) as db:
        db.executescript(old.read_text())
    before = station.state.read_bytes()
    ran = station.run("--dry-run")
    assert "older" not in ran.err
    assert station.state.read_bytes() == before
    assert sorted(p.name for p in station.state.parent.iterdir()) == ["state.db"]
    station.run()
    assert station.rows("PRAGMA user_version") == [(4,)]
