# SPDX-License-Identifier: ISC
"""Completion offers what the configuration and the last run know. (Of options: `manuals`.)"""

import os
import subprocess

import pytest

from conftest import BUILD, OWN, REPMON
from station import CLEAN, station  # noqa: F401
from test_log import Log

SIX = "2001:db8::25"
HOSTILE = "$(touch pwned)"


@pytest.fixture
def config(conf, tmp_path):
    return conf("127.0.0.1:1", {"bl.lab": OWN, "off.lab": {**OWN, "severity": "off"}}, extra=f"""
[targets]
ip = {CLEAN} mx1.example.org
ip = {SIX} {HOSTILE}
host = mx2.example.org
[snds "main"]
method = oauth
covers = 203.0.113.0/24
[mail "ops"]
to = a@example.org
from = b@example.org
server = localhost:25
tls = off
""")


def complete(config, *words):
    """What bash offers for the last word, which readline has cut at each colon."""
    line = " ".join([REPMON, "-c", str(config), *words])
    cut = [x for word in [REPMON, "-c", str(config), *words]
           for x in (word.replace(":", " : ").split(" ") if word else [""])]
    code = ('source "$1"; shift; COMP_LINE=$1; COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); '
            'COMP_CWORD=$(($# - 1)); _repmon; printf "%s\\n" "${COMPREPLY[@]}"')
    script = os.path.join(BUILD, "contrib", "completion", "repmon")
    done = subprocess.run(["bash", "-c", code, "-", script, line, *cut], capture_output=True,
                          text=True, timeout=30, check=False, cwd=config.parent)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize("words, offered, not_offered", [
    (("check", ""), {CLEAN, SIX, "mx1.example.org", "mx2.example.org"}, {"bl.lab"}),
    (("check", "mx"), {"mx1.example.org", "mx2.example.org"}, {CLEAN}),
    (("check", "--list", "b"), {"bl.lab", "bl.spamcop.net"}, {CLEAN}),
    (("status", CLEAN[:5]), {CLEAN}, {SIX}),
    (("history", "--list", ""), {"bl.lab", "main/status", "main/data", "ptr"}, {"off.lab"}),
    (("ack", ""), {CLEAN, "all", "bl.lab", "main/status"}, {"off.lab"}),
    (("ack", "--blind", "bl"), {"bl.lab"}, {CLEAN}),
    (("login", "m"), {"main"}, set()),
    (("check", "2001:db8:"), {":25"}, {CLEAN}),  # behind the last colon, as readline wants it
])
def test_bash_offers_what_is_configured(config, words, offered, not_offered):
    told = complete(config, *words)
    assert offered <= told and not told & not_offered, told


def test_a_label_that_a_shell_would_run_is_left_out(repmon, config):
    told = repmon("-q", "__complete", "targets", conf=config)
    assert "touch" not in told.out and SIX in told.out


def test_a_label_of_the_last_run_is_offered(station):
    station.zone()
    station.configure(targets=f"ip = {CLEAN} outbound7")
    station.baseline()
    station.configure(targets=f"ip = {CLEAN}")
    assert "outbound7" in station.command("-q", "__complete", "targets").out.split()


def words(station, what):
    return station.command("-q", "__complete", what).out.split()


def test_what_configuration_and_last_run_both_know_is_offered_once(station):
    station.zone()
    station.configure(targets=f"ip = {CLEAN} mx1.example.org\nip = {SIX} mx1.example.org\n"
                              "domain = example.org")
    station.baseline()
    told = words(station, "targets")
    assert sorted(told) == sorted([CLEAN, SIX, "mx1.example.org", "example.org"]), told
    for what in ("lists", "zones"):
        told = words(station, what)
        assert len(told) == len(set(told)), (what, told)


def test_receivers_of_the_log_and_lists_of_a_domain_are_offered(station, tmp_path):
    station.configure(targets=f"ip = {CLEAN}\ndomain = example.org",
                      extra=f'[log "mx1"]\nfile = {tmp_path}/mail.log\naddress = {CLEAN}')
    Log(station, tmp_path / "mail.log").taken(host="mta5.am0.yahoodns.net", ip="198.51.100.40", ago=60)
    assert "yahoo" not in words(station, "lists")
    station.run()
    assert {"yahoo", "spf", "dkim", "dmarc", "mail", "mx1"} <= set(words(station, "lists"))
    assert "yahoo" not in words(station, "zones")


@pytest.mark.parametrize("what", ["", "nonsense"])
def test_what_is_not_known_is_silence(repmon, config, what):
    ran = repmon("-q", "__complete", what, conf=config)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_broken_configuration_offers_nothing(config):
    config.write_text("[nonsense\n")
    assert CLEAN not in complete(config, "check", "")
