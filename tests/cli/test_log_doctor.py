# SPDX-License-Identifier: ISC
"""`repmon doctor` on the mail log: whether it may be read, what it is, and what it can't tell."""

import os
import time

import pytest

import logs
from conftest import DAEMON, NOBODY, become, reachable

NOW = int(time.time())
EXIM = ("{stamp} 1uAbCd-0000000001a-1 => a@provider.example R=dnslookup T=remote_smtp "
        "H=mx{n}.provider{n}.example [198.51.100.20]{own} X=TLS1.3 CV=yes C=\"250 2.0.0 OK\"\n")


@pytest.fixture
def doctor(repmon, tmp_path):
    """doctor(text, targets=…, keys=…): the lines about logs."""
    log = tmp_path / "mail.log"

    def run(text=None, targets="ip = 203.0.113.5", keys=(), **more):
        if text is not None:
            log.write_text(text)
        conf = tmp_path / "repmon.conf"
        conf.write_text(f"[repmon]\nstate = state/state.db\n[targets]\n{targets}\n[dns]\n"
                        "resolver = 127.0.0.1:9\n[dnsbl]\nuse = none\n[ptr]\nuse = none\n" +
                        "\n".join(['[log "mx1"]', f"file = {log}", *keys]) + "\n")
        conf.chmod(0o644)
        ran = repmon("doctor", "--offline", "--format", "json", conf=conf, **more)
        return [(x["state"], x["text"], x["cure"]) for x in ran.json()["checks"]
                if x["name"].startswith("log")]

    run.log = log
    return run


def exim(n, own=""):
    return EXIM.format(stamp=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW - 100 + n)), n=n,
                       own=own)


def test_a_log_that_is_right_is_ok_and_its_format_named(doctor):
    found = doctor("".join(logs.line(NOW - 100 + n, n, logs.GMAIL if n % 2 else logs.OUTLOOK)
                           for n in range(30)))
    assert [x[0] for x in found] == ["ok"]
    assert "postfix; 30 answers from receivers in 30 lines" in found[0][1]


@pytest.mark.parametrize("targets, state", [
    ("ip = 203.0.113.5", "red"), ("ip = 203.0.113.5\nhost = mx2.example.org", "warn"),
    ("ip = 203.0.113.5\nip = 203.0.113.9", "ok")])
def test_an_address_that_is_no_target_is_found_before_a_run_refuses_it(doctor, targets, state):
    found = doctor(logs.line(NOW - 9, 1, logs.GMAIL), targets=targets,
                   keys=["address = 203.0.113.9"])
    assert found[0][0] == state, found
    assert state == "ok" or "address = 203.0.113.9 is not" in found[0][1]


def test_lines_that_name_no_own_address_name_the_option(doctor):
    two = "ip = 203.0.113.5\nip = 203.0.113.6"
    found = doctor("".join(exim(n) for n in range(5)), targets=two)
    assert found[1][0] == "warn" and "log_selector = +incoming_interface" in found[1][2]
    found = doctor("".join(exim(n, " I=[203.0.113.5]") for n in range(5)), targets=two)
    assert [x[0] for x in found] == ["ok"]
    both = "".join(logs.line(NOW - 9, n, logs.GMAIL if n else logs.OUTLOOK, tag="postfix/out1/smtp")
                   for n in range(3))
    found = doctor(both, targets=two)
    assert found[1][0] == "warn" and "smtp_bind_address" in found[1][2] and "tag" in found[1][2]
    found = doctor(both, targets=two, keys=["tag = postfix/out1 203.0.113.6"])
    assert [x[0] for x in found] == ["ok"]


def test_lines_without_a_time_name_the_cure(doctor):
    found = doctor("".join(f"postfix/smtp[7]: {logs.message(n, logs.GMAIL)}\n" for n in range(5)))
    assert found[1][0] == "red" and "5 of 5 lines have no time" in found[1][1]
    assert "short-iso" in found[1][2]


def test_times_in_the_future_name_the_time_zone(doctor):
    text = "".join(
        f"{time.strftime('%b %e %H:%M:%S', time.gmtime(NOW + 2 * 3600 + n))} mx1 postfix/smtp[7]: "
        f"{logs.message(n, logs.GMAIL if n % 2 else logs.OUTLOOK)}\n" for n in range(9))
    found = doctor(text)
    assert found[1][0] == "red" and "9 of 9 lines have a time in the future" in found[1][1]
    assert "timezone" in found[1][2]
    assert [x[0] for x in doctor(text, keys=["timezone = Etc/GMT-3"])] == ["ok"]


def test_a_smarthost_that_hides_everything_is_named(doctor):
    relay = "relay.example.net[198.51.100.9]"
    text = "".join(logs.line(NOW - 100 + n, n, relay) for n in range(40))
    found = doctor(text)
    assert found[1][0] == "warn" and "relay.example.net" in found[1][1] and "smarthost" in found[1][2]
    found = doctor(text, keys=["smarthost = relay.example.net"])
    assert found[1][0] == "warn" and "only its log" in found[1][1]


def test_what_is_no_log_is_red_with_its_cure(doctor):
    found = doctor("hello\n" * 20)
    assert found[0][0] == "red" and "format" in found[0][1] and "own log" in found[0][2]
    doctor.log.unlink()
    assert doctor()[0][0] == "red" and "no such log file" in doctor()[0][1]
    os.mkfifo(doctor.log)
    assert doctor()[0][0] == "red" and "not a regular file" in doctor()[0][1]


@pytest.mark.root("needs root to become somebody else")
def test_a_log_that_may_not_be_read_names_group_and_command(doctor, tmp_path):
    doctor.log.write_text(logs.line(NOW, 1, logs.GMAIL))
    os.chown(doctor.log, 0, 4)  # adm
    doctor.log.chmod(0o640)
    reachable(tmp_path)

    found = doctor(preexec_fn=become(NOBODY))
    assert found[0][0] == "red" and found[0][2] == "adduser nobody adm", found


@pytest.mark.root("needs root to become somebody else")
@pytest.mark.parametrize("group, mode", [(65534, 0o640), (4, 0o600)],
                         ids=["nogroup", "not for the group"])
def test_nobody_is_sent_into_a_group_that_does_not_help(doctor, tmp_path, group, mode):
    doctor.log.write_text(logs.line(NOW, 1, logs.GMAIL))
    os.chown(doctor.log, 0, group)
    doctor.log.chmod(mode)
    reachable(tmp_path)

    found = doctor(preexec_fn=become(DAEMON))
    assert found[0][0] == "red" and "adduser" not in found[0][2], found
    assert "readable by a group that daemon is in" in found[0][2]


UNREACHED = {
    "postfix": "{stamp} mx1 postfix/smtp[21]: 4AbC{n:06d}: to=<a@gmail.com>, relay=none, delay=30, "
               "delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to "
               "gmail-smtp-in.l.google.com[142.250.102.26]:25: {why})\n",
    "exim": "{day} 1uAbCd-0000000001a-{n} == a@gmail.com R=dnslookup T=remote_smtp defer (110): "
            "{why} H=gmail-smtp-in.l.google.com [142.250.102.26]\n",
}


@pytest.mark.parametrize("why", ["Connection timed out", "Connection refused",
                                 "Network is unreachable"])
@pytest.mark.parametrize("server", UNREACHED)
def test_a_blocked_port_is_suspected_where_no_connection_succeeds(doctor, server, why):
    text = "".join(UNREACHED[server].format(
        stamp=logs.stamp(NOW - 900 + n), n=n, why=why,
        day=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW - 900 + n))) for n in range(9))
    found = doctor(text)
    assert found[1][0] == "warn" and "is outgoing port 25 blocked?" in found[1][1], found
    assert "in 9 attempts" in found[1][1]
    found = doctor(text + logs.line(NOW - 5, 77, logs.GMAIL))
    assert [x[0] for x in found] == ["ok"], "one that succeeds is enough"


def test_refusals_that_nobody_understands_are_counted(doctor):
    known = "".join(logs.line(NOW - 900 + n, n, logs.OUTLOOK, logs.S3150) for n in range(20))
    found = doctor(known + "".join(logs.line(NOW - 300 + n, 50 + n, logs.GMAIL,
                                             "550 5.9.9 flumox grobble zink") for n in range(9)))
    assert found[1][0] == "warn" and "9 refusals not understood" in found[1][1], found
    assert f"repmon explain {doctor.log}" in found[1][2]
    assert [x[0] for x in doctor(known + logs.line(NOW, 9, logs.GMAIL))] == ["ok"]


def test_a_large_receiver_is_not_taken_for_a_relay(doctor):
    assert [x[0] for x in doctor("".join(logs.line(NOW - 900 + n, n, logs.GMAIL)
                                         for n in range(40)))] == ["ok"]
