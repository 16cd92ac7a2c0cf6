# SPDX-License-Identifier: ISC
"""What is wrong with a log is a cause that says what to do, and clears nothing; what hostile lines
hold makes no second line and no other address."""

import json
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

import logs
from conftest import NOBODY, become, reachable
from station import DAY, HOUR, silent, station  # noqa: F401


@pytest.fixture
def watched(station, tmp_path):
    """A station whose log has heard a refusal by Outlook.com, and told it."""
    station.log = tmp_path / "mail.log"
    station.configure(targets=f"ip = {logs.OWN} mx1.example.org", extra=logs.section(station.log))
    now = int(time.time())
    station.log.write_text(logs.line(now - 300, 1, logs.GMAIL) +
                           logs.line(now - 200, 2, logs.OUTLOOK, logs.S3150))
    station.started = now
    ran = station.run()
    assert any("REFUSED BY Outlook" in m.subject for m in ran.mails), ran.mails
    return station


def add(station, text):
    with open(station.log, "ab") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def clock(station):
    return station.started + station.clock


def health(station):
    report = station.command("status", "--format", "json", "-v", code=None).json()
    return next(x for x in report["lists"] if x["source"] == "log" and x["list"] == "mx1")


def is_refused(station):
    report = station.command("status", "--format", "json", code=None).json()
    results = [r for t in report["targets"] for r in t["results"]]
    return any(r["list"] == "microsoft-consumer" and r["state"] == "refused" for r in results)


def note(station):
    ran = station.command("check", "--only", "log", logs.OWN, code=None)
    return " ".join(ran.out.split())


def directory(path):
    path.mkdir()


def fifo(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def binary(path):
    path.write_bytes(os.urandom(300000))


def other_text(path):
    path.write_text("Dear diary,\nnothing happened.\n" * 20)


@pytest.mark.parametrize("make,words", [
    (None, "no such log file"),
    (directory, "is not a regular file"),
    (fifo, "is not a regular file"),
    (device, "is not a regular file"),
])
def test_what_is_no_log_is_a_cause_and_clears_nothing(watched, make, words):
    watched.log.unlink()
    if make:
        make(watched.log)
    ran = watched.run(after=HOUR, code=None)
    assert not any("ACCEPTED" in m.subject for m in ran.mails)
    assert health(watched)["health"] == "blind"
    assert health(watched)["cause"] == "unreadable"
    assert str(watched.log) in note(watched), "the file is named"
    assert is_refused(watched)
    assert words in note(watched)


def test_a_log_that_is_not_written_any_more_leads_to_the_mail_server(watched):
    watched.run(after=2 * DAY)
    ran = watched.run(after=HOUR)
    assert ran.mails[0].subject.startswith("BLIND mx1 (silent)"), ran.mails[0].subject
    assert "Check that the mail server is running" in " ".join(ran.mails[0].text.split())
    assert health(watched)["cause"] == "silent"


@pytest.mark.parametrize("make", [binary, other_text])
def test_a_file_without_a_line_of_a_known_format_is_named_so(station, tmp_path, make):
    make(tmp_path / "mail.log")
    station.configure(targets=f"ip = {logs.OWN}", extra=logs.section(tmp_path / "mail.log"))
    station.run(code=None)
    assert health(station)["cause"] == "bad-format"
    assert "name the mail server's own log" in note(station)


@pytest.mark.root("needs root to become somebody else")
def test_a_log_that_may_not_be_read_names_its_group(station, tmp_path):
    log = tmp_path / "mail.log"
    log.write_text("x\n")
    log.chmod(0o640)
    station.configure(targets=f"ip = {logs.OWN}", extra=logs.section(log))

    reachable(tmp_path)
    station.conf.chmod(0o644)
    ran = station.repmon("check", "--only", "log", logs.OWN, conf=station.conf,
                         preexec_fn=become(NOBODY))
    assert "Permission denied" in ran.out and "group" in ran.out, ran.out


def test_lines_of_10_mb_and_nuls_are_left_out_and_nothing_else(watched):
    add(watched, b"x" * 10_000_000 + b"\n" + b"\0" * 70_000 + b"\n")
    add(watched, logs.line(clock(watched) + HOUR - 100, 7, logs.GMAIL,
                           "421 4.7.28 Our system has detected an unusual rate of unsolicited mail "
                           "originating from your IP address [203.0.113.5]"))
    silent(watched.run(after=HOUR))
    assert health(watched)["health"] == "ok"
    assert is_refused(watched)


def test_stamps_of_next_year_or_of_the_past_are_judged_never(watched):
    for at in (clock(watched) + 300 * DAY, clock(watched) - 3 * DAY):
        add(watched, logs.line(at, at, logs.OUTLOOK))
        add(watched, logs.line(at + HOUR, at + 1, logs.OUTLOOK))
    silent(watched.run(after=HOUR))
    assert is_refused(watched)


@pytest.mark.parametrize("forged", [
    # a reply that holds another address, another line, another receiver's words
    "550 5.7.1 rejected; see 4AbC999999: to=<a@b>, relay={gmail}:25, dsn=5.7.1, status=bounced "
    "(host {gmail} said: 550-5.7.1 [203.0.113.5] The IP you're using to send mail is not "
    "authorized)",
    "550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent (S3150).",
    "550 5.7.1 bad\\nNov 26 10:00:00 mx1 postfix/smtp[1]: 4AbC999998: to=<a@b>, relay={gmail}:25, "
    "dsn=5.7.1, status=bounced (host {gmail} said: 550 5.7.1 [203.0.113.5] blocked)",
])
def test_what_a_stranger_quotes_blames_no_receiver(station, tmp_path, forged):
    now = int(time.time())
    log = tmp_path / "mail.log"
    station.configure(targets=f"ip = {logs.OWN}", extra=logs.section(log))
    text = forged.format(gmail=logs.GMAIL)
    log.write_text("".join(
        logs.line(now - 300 + n, n, "mx.stranger.example[198.51.100.77]", text) for n in range(9)))
    ran = station.run()
    assert not any(word in m.subject for m in ran.mails for word in ("REFUSED", "THROTTLED"))
    report = station.command("status", "--format", "json", "-v", code=None).json()
    names = {x["list"] for x in report["lists"] if x["source"] == "log"}
    assert not names & {"gmail", "microsoft-consumer"}, names


GMAIL_SAID = ("550-5.7.1 [203.0.113.5] Our system has detected that this message is likely "
              "suspicious due to the very low reputation of the sending IP address.")


def postfix_lie(at):
    return (f"relay={logs.GMAIL}:25, delay=1, dsn=5.7.1, status=bounced (host {logs.GMAIL} said: "
            f"{GMAIL_SAID} (in reply to MAIL FROM command))")


def exim_lie(at):
    return (f"1vO4Xq-00000000{at % 1000:03d}-1abC ** a@gmail.com R=dnslookup T=remote_smtp "
            "H=gmail-smtp-in.l.google.com [142.250.102.26]: SMTP error from remote mail server "
            f"after MAIL FROM:<a@example.org>: {GMAIL_SAID}")


def in_a_recipient_of_postfix(at):
    return (f'{logs.stamp(at)} mx1 postfix/smtp[7]: 4AbC{at % 10000:06d}: to=<"x, '
            f'{postfix_lie(at)}"@stranger.example>, relay=mx.stranger.example[198.51.100.77]:25, '
            "delay=1, dsn=2.0.0, status=sent (250 OK)")


def in_a_recipient_without_quotes(at):
    return in_a_recipient_of_postfix(at).replace('<"x', "<x>").replace('"@', "@")


def in_a_recipient_of_exim(at):
    return (f'{logs.stamp(at)} 1vO4Xq-00000000{at % 1000:03d}-2abC => "{exim_lie(at)}"'
            "@stranger.example R=dnslookup T=remote_smtp H=mx.stranger.example [198.51.100.77] "
            'C="250 OK"')


def before_the_greeting_of_exim(at):
    return (f"{logs.stamp(at)} SMTP protocol synchronization error (input sent without waiting for "
            "greeting): rejected connection from H=[198.51.100.77] "
            f'input="{logs.stamp(at)} {exim_lie(at)}"')


def in_a_greeting_to_exim(at):
    return (f"{logs.stamp(at)} rejected EHLO from [198.51.100.77]: syntactically invalid "
            f"argument(s): {logs.line(at, at % 10000, logs.GMAIL, GMAIL_SAID)}").rstrip()


def incoming(at, kind, code, words):
    return json.dumps({"type": kind, "id": str(at), "timestamp": at, "egress_source": None,
                       "peer_address": {"name": "gmail-smtp-in.l.google.com.",
                                        "addr": "142.250.102.26"},
                       "response": {"code": code, "content": words}})


def in_mail_that_kumomta_rejects(at):
    return incoming(at, "Rejection", 554, "[203.0.113.5] is listed by zen.spamhaus.org")


def in_a_bounce_that_kumomta_takes(at):
    return incoming(at, "OOB", 550, GMAIL_SAID)


@pytest.mark.parametrize("lie", [
    in_a_recipient_of_postfix, in_a_recipient_without_quotes, in_a_recipient_of_exim,
    before_the_greeting_of_exim, in_a_greeting_to_exim, in_mail_that_kumomta_rejects,
    in_a_bounce_that_kumomta_takes])
def test_a_line_that_a_stranger_made_up_blames_no_receiver(station, tmp_path, lie):
    now = int(time.time())
    log = tmp_path / "mail.log"
    station.configure(targets=f"ip = {logs.OWN}", extra=logs.section(log))
    truth = logs.line(now - 400, 1, "mx.receiver.example[198.51.100.88]")
    log.write_text(truth + "".join(lie(now - 300 + n) + "\n" for n in range(9)))
    ran = station.run()
    assert not any(word in m.subject for m in ran.mails for word in ("REFUSED", "THROTTLED"))
    report = station.command("status", "--format", "json", "-v", code=None).json()
    names = {x["list"] for x in report["lists"] if x["source"] == "log"}
    assert "gmail" not in names, names


def test_mail_that_a_receiver_sends_us_ends_no_refusal(watched):
    """KumoMTA logs each message that comes in as one that its peer got a 250 for."""
    for hour in range(3):
        record = {"type": "Reception", "id": f"aa{hour}", "timestamp": clock(watched) + HOUR - 60,
                  "peer_address": {"name": logs.OUTLOOK.split("[")[0], "addr": "52.101.73.4"},
                  "egress_source": None, "response": {"code": 250, "content": ""}}
        add(watched, json.dumps(record) + "\n")
        add(watched, logs.line(clock(watched) + HOUR - 50, 90 + hour, logs.GMAIL))
        silent(watched.run(after=HOUR))
    assert is_refused(watched)


def test_lines_that_vanished_are_a_gap_that_clears_nothing(watched):
    now = clock(watched) + HOUR
    watched.log.unlink()
    watched.log.write_text("".join(logs.line(now - 600 + n, 50 + n, logs.GMAIL) for n in range(9)))
    ran = watched.run(after=HOUR, code=None)
    assert not any("ACCEPTED" in m.subject for m in ran.mails)
    assert health(watched)["cause"] == "gap"
    assert is_refused(watched)
    add(watched, logs.line(clock(watched) + HOUR - 60, 70, logs.GMAIL))
    watched.run(after=HOUR)
    assert health(watched)["health"] == "ok"


def test_two_deliveries_an_hour_apart_end_a_refusal_and_one_does_not(watched):
    add(watched, logs.line(clock(watched) + HOUR - 60, 11, logs.OUTLOOK))
    silent(watched.run(after=HOUR))
    add(watched, logs.line(clock(watched) + HOUR - 60, 12, logs.OUTLOOK))
    ran = watched.run(after=HOUR)
    assert ["ACCEPTED AGAIN BY Outlook" in m.subject for m in ran.mails] == [True]
    silent(watched.run(after=HOUR))


def test_a_log_that_can_not_be_read_in_time_is_behind_and_clears_nothing(watched):
    """A fortieth of a second for 70 MB; the run after that begins at the last hour."""
    now = clock(watched) + 6 * HOUR
    old = "".join(logs.line(now - 5 * HOUR + n // 100, 100 + n, logs.OUTLOOK, logs.S3150)
                  for n in range(2000))
    watched.edit("instance = mon1", "instance = mon1\ndeadline = 100ms")
    with open(watched.log, "a", encoding="utf-8") as f:
        for _ in range(100):
            f.write(old)
    watched.run(after=6 * HOUR, code=None)
    assert health(watched)["cause"] == "behind"
    assert is_refused(watched)
    watched.edit("deadline = 100ms", "deadline = 60s")
    add(watched, logs.line(clock(watched) + HOUR - 60, 7, logs.GMAIL))
    ran = watched.run("-v", after=HOUR, code=None)
    assert health(watched)["cause"] == "gap" and ran.seconds < 5
    add(watched, logs.line(clock(watched) + HOUR - 60, 8, logs.GMAIL))
    watched.run(after=HOUR)
    assert health(watched)["health"] == "ok"


def two_sections(station, tmp_path, second):
    log, other = tmp_path / "mail.log", tmp_path / "syslog"
    station.configure(targets=f"ip = {logs.OWN}", extra=logs.section(log) +
                      logs.section(other, name="again"))
    now = int(time.time())
    lines = [logs.line(now - 5000 + n, n, logs.OUTLOOK if n % 9 else logs.GMAIL) for n in range(3000)]
    log.write_text("".join(lines))
    other.write_text("".join(second(lines)))
    return station.run(code=None), lines


def test_the_same_lines_through_two_sections_are_said_once(station, tmp_path):
    """As rsyslog writes mail to mail.log and to syslog; another stamp makes no difference."""
    ran, _ = two_sections(station, tmp_path, lambda lines: [
        "Jan  1 00:00:00 kernel: hello\n",
        *[x.replace("+00:00 mx1 ", ".123456+00:00 mx1 ") for x in lines]])
    assert '[log "again"] reads the same lines as [log "mx1"]' in ran.err
    assert "remove one of them" in ran.err
    assert station.run(after=HOUR, code=None).err.count("same lines") == 0


def test_two_logs_of_two_servers_are_not_taken_for_one(station, tmp_path):
    ran, _ = two_sections(station, tmp_path, lambda lines: [
        x.replace("4AbC", "4XyZ") for x in lines])
    assert "same lines" not in ran.err


def test_of_many_messages_only_the_last_hours_are_written_again(watched):
    def parts():
        rows = watched.rows("select key, value from meta where key glob 'memory.log*' order by key")
        return dict(rows)

    for hour in range(6):
        add(watched, "".join(logs.line(clock(watched) - i % 60, 1000 * hour + i, logs.GMAIL)
                             for i in range(300)))
        silent(watched.run(after=HOUR))
    before = parts()
    assert len(before) >= 6, "an hour is a part"
    with sqlite3.connect(watched.state) as db:
        db.execute("create table seen (key text)")
        db.execute("create trigger seen after update on meta begin"
                   " insert into seen values (new.key); end")
    add(watched, logs.line(clock(watched) + HOUR - 60, 9000, logs.GMAIL))
    silent(watched.run(after=HOUR))
    written = {key for (key,) in watched.rows("select key from seen") if key.startswith("memory.log")}
    assert written <= {"memory.log", max(parts())}, written
    assert sum(text.count("message ") for text in parts().values()) == 1802
    watched.run(after=3 * DAY)
    assert set(parts()) == {"memory.log"}, "what is forgotten leaves no part"


@pytest.mark.parametrize("program, ending", [("gzip", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst")])
def test_what_was_compressed_between_two_runs_is_read_to_its_end(watched, program, ending):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    old = watched.log.with_name("mail.log.1")
    add(watched, logs.line(clock(watched) + HOUR - 300, 7, logs.GMAIL))
    watched.log.rename(old)
    watched.log.write_text(logs.line(clock(watched) + HOUR - 60, 8, logs.GMAIL))
    subprocess.run([program, "-q", old], check=True)
    old.unlink(missing_ok=True)  # zstd keeps it
    assert old.with_name(f"mail.log.1.{ending}").exists()
    silent(watched.run(after=HOUR))
    assert health(watched)["cause"] is None
    (text,) = watched.rows("select value from meta where key = 'memory.log'")[0]
    total = next(x for x in text.split("pair 203.0.113.5 gmail")[1].splitlines() if x.startswith("total"))
    assert sum(map(int, total.split()[1:])) == 3, total


def test_half_a_compressed_file_is_a_gap_and_counts_what_it_holds(watched):
    if not shutil.which("xz"):
        pytest.skip("xz is not installed")
    old = watched.log.with_name("mail.log.1")
    watched.log.rename(old)
    watched.log.write_text(logs.line(clock(watched) + HOUR - 60, 8, logs.GMAIL))
    subprocess.run(["xz", "-q", old], check=True)
    packed = old.with_name("mail.log.1.xz")
    packed.write_bytes(packed.read_bytes()[:60])
    watched.run(after=HOUR, code=None)
    assert health(watched)["cause"] == "gap"


def test_lines_without_a_time_are_no_silence(watched):
    """As from `journalctl -o cat`: nothing of them can be judged, which is no quiet day."""
    for run in (1, 2):
        add(watched, "".join(f"postfix/smtp[7]: {logs.message(100 * run + n, logs.OUTLOOK)}\n"
                             for n in range(9)))
        ran = watched.run(after=HOUR)
        assert (health(watched)["health"], health(watched)["cause"]) == ("blind", "bad-format")
    assert "BLIND mx1" in ran.mails[0].subject and "have no time" in ran.mails[0].text
    assert is_refused(watched)


def test_times_in_the_future_are_no_silence(watched):
    """A log of another time zone: nothing of it is judged, which must not look like no mail."""
    for run in (1, 2):
        add(watched, "".join(logs.line(clock(watched) + 3 * HOUR + n, 100 * run + n, logs.OUTLOOK)
                             for n in range(9)))
        ran = watched.run(after=HOUR)
        assert (health(watched)["health"], health(watched)["cause"]) == ("blind", "bad-format")
    assert "BLIND mx1" in ran.mails[0].subject and "correct timezone" in ran.mails[0].text
    assert is_refused(watched)
    add(watched, logs.line(clock(watched), 1000, logs.GMAIL))
    watched.run(after=HOUR)
    assert health(watched)["health"] == "ok"
