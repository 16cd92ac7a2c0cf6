# SPDX-License-Identifier: ISC
"""A key becomes part of the name that is asked, and of nothing that is shown."""

import os
import resource
import subprocess
import time

import pytest

import lab
from conftest import CRITICAL, OK, REPMON, UNKNOWN, WRAPPER

BAD, CLEAN = "192.0.2.99", "192.0.2.10"
KEY = "sekr3tkeyabcdefghijklmnopqr"
DQS = "zen.dq.spamhaus.net"
POINTS = ["127.0.0.2", "127.0.0.4", "127.0.0.10"]


@pytest.fixture
def keyed(repmon, conf, dns, tmp_path):
    """A configuration with a DQS key, and the zone the key leads to."""
    path = tmp_path / "dqs.key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    repmon.secrets.append(KEY)
    zone = dns.zone(f"{KEY}.{DQS}", listed={BAD: "127.0.0.2"}, test=POINTS, test6=POINTS)
    return conf(dns, {DQS: {"key_file": "dqs.key"}}), zone, path


@pytest.mark.valgrind
@pytest.mark.parametrize("flags", [[], ["-v"], ["-v", "-v", "-v"], ["-q"]])
@pytest.mark.parametrize("form", ["text", "json", "nagios", "prometheus"])
def test_the_key_is_in_the_question_and_nowhere_else(repmon, dns, keyed, flags, form):
    config, zone, _ = keyed
    zone.reasons[BAD] = f"https://check.example/?key={KEY}&ip={BAD}"  # an echo by the operator
    ran = repmon(*flags, "check", "--format", form, BAD, CLEAN, conf=config)
    assert ran.code == CRITICAL
    assert zone.asked(BAD) and zone.asked(CLEAN)
    assert DQS in ran.out or form in ("prometheus",)


def test_an_echo_of_the_key_in_other_case_is_masked(repmon, dns, keyed):
    config, zone, _ = keyed
    repmon.secrets.append(KEY.upper())
    zone.reasons[BAD] = f"see {KEY.upper()}"
    assert repmon.check(BAD, conf=config).code == CRITICAL


@pytest.mark.parametrize("reply", ["silence", "servfail", "refused", "garbage", "bad_format"])
def test_no_error_shows_the_key(repmon, keyed, reply):
    config, zone, _ = keyed
    zone.rule = lambda q: getattr(lab, reply)()
    for words in (["-vvv", "check", BAD], ["check", "--format", "json", BAD]):
        assert repmon(*words, conf=config).code == UNKNOWN


def test_no_resolver_shows_no_key(repmon, conf, keyed):
    ran = repmon("-vvv", "check", BAD, conf=conf(f"127.0.0.1:{lab.free_port()}",
                                                {DQS: {"key_file": "dqs.key"}}))
    assert ran.code == UNKNOWN


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o666])
def test_a_key_file_that_others_can_read_is_refused(repmon, dns, keyed, mode):
    config, zone, path = keyed
    path.chmod(mode)
    ran = repmon("check", CLEAN, conf=config)
    assert ran.code == UNKNOWN, "configuration errors of check are unknown (contract section 2)"
    assert str(path.name) in ran.err
    assert f'[dnsbl "{DQS}"] key_file: ' in ran.err
    assert not dns.log and not ran.out
    assert repmon("run", conf=config).code == 77


def test_a_key_file_that_is_not_there_leaves_the_list_without_key(repmon, dns, keyed):
    config, zone, path = keyed
    path.unlink()
    ran = repmon.check(CLEAN, conf=config)
    assert ran.code == UNKNOWN
    assert ran.verdict(CLEAN, DQS) == "no-key"
    assert not [q for q in dns.log if DQS in q.name]


def test_a_key_file_that_cannot_be_read(repmon, dns, keyed):
    config, zone, path = keyed
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        path.mkdir()  # root reads everything, but not a folder
    ran = repmon("check", "--format", "json", CLEAN, conf=config)
    assert ran.code == UNKNOWN
    assert not [q for q in dns.log if DQS in q.name]


@pytest.mark.parametrize("text", ["two words", "dots.in.it", "", "x" * 64, "ü", "\x1b[31m",
                                  "a\nb", "ke_y" * 2000])
def test_a_key_that_is_no_label_is_refused_and_not_shown(repmon, dns, keyed, text):
    config, zone, path = keyed
    path.write_text(text + "\n")
    if len(text) > 3:
        repmon.secrets.append(text)
    ran = repmon("-vv", "check", CLEAN, conf=config)
    assert ran.code == UNKNOWN
    assert not [q for q in dns.log if q.name.endswith(DQS) and not q.name.startswith("ready")]


def test_dqs_switches_zen_off(repmon, conf, dns, keyed):
    zen = dns.zone("zen.spamhaus.org", test=POINTS)
    ran = repmon.check(CLEAN, conf=conf(dns, {DQS: {"key_file": "dqs.key"},
                                              "zen.spamhaus.org": {}}))
    assert ran.code == OK
    assert {r["list"] for r in ran.target(CLEAN)["results"]} == {DQS}
    assert not zen.log


def test_a_list_that_needs_a_key_and_has_none_is_not_asked(repmon, conf, dns, own):
    dns.zone("bl.lab")
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own(), DQS: {}}))
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"
    assert not [q for q in dns.log if DQS in q.name]


@pytest.mark.root("the process leaves no dump, so that only root may read its environment")
def test_a_process_that_knows_a_key_leaves_no_core(dns, keyed, tmp_path):
    """RLIMIT_CORE is 0 in the process itself, whatever the shell allowed."""
    if WRAPPER:
        pytest.skip("the wrapper is another process")
    config, zone, _ = keyed
    zone.rule = lambda q: lab.silence()

    def unlimited():
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    with subprocess.Popen([REPMON, "-c", config, "check", BAD], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=tmp_path,
                          preexec_fn=unlimited) as process:
        end = time.monotonic() + 5
        while not zone.log and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        assert process.poll() is None
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as f:
            core = next(line for line in f if line.startswith("Max core file size")).split()
        with open(f"/proc/{process.pid}/cmdline", "rb") as f:
            assert KEY.encode() not in f.read()
        with open(f"/proc/{process.pid}/environ", "rb") as f:
            assert KEY.encode() not in f.read()
        process.terminate()
        process.wait(20)
    assert core[4] == "0", core


@pytest.mark.parametrize("where", ["webhook"])
def test_a_long_webhook_address_with_a_secret_at_its_end_is_not_shown(repmon, conf, dns, own,
                                                                      where):
    secret = "TAILSECRET0123456789"
    repmon.secrets.append(secret)
    dns.zone("bl.lab")
    url = "https://hooks.example.org/" + "p" * (600 - 26 - len(secret)) + secret
    for line in (f"url = {url}", f"urll = {url}", f"url {url}", f"url = {url} x",
                 f"format = {url}"):
        ran = repmon("-vv", "check", CLEAN, conf=conf(
            dns, {"bl.lab": own()}, extra=f'[webhook "chat"]\n{line}'))
        assert ran.code in (OK, UNKNOWN)
