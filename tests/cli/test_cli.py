# SPDX-License-Identifier: ISC
"""The command line itself: help, version, mistakes, and poor surroundings."""

import os
import pty
import re
import subprocess
import time

import pytest

from conftest import CRITICAL, OK, REPMON, UNKNOWN, WRAPPER
from lab import a

BAD, CLEAN = "192.0.2.99", "192.0.2.10"
DOC = os.path.join(os.path.dirname(__file__), "..", "..", "doc")


def commands(repmon):
    """The commands this build has, as --help lists them."""
    listed = repmon("--help").out.split("\nCommands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


@pytest.mark.valgrind
def test_version(repmon):
    ran = repmon("--version")
    assert ran.code == 0 and re.match(r"repmon \d+\.\d+\.\d+", ran.out) and not ran.err


@pytest.mark.valgrind
def test_help_goes_to_stdout_and_names_the_commands(repmon):
    ran = repmon("--help")
    assert ran.code == 0 and not ran.err
    assert "check" in commands(repmon)


def test_help_of_every_command(repmon):
    for command in commands(repmon):
        ran = repmon(command, "--help")
        assert ran.code == 0 and not ran.err, command
        assert command in ran.out


def test_no_text_for_the_reader_has_a_word_twice_in_a_row(repmon):
    texts = {command: repmon(command, "--help").out for command in commands(repmon)}
    for name in os.listdir(DOC):
        if name.endswith(".scd"):
            with open(os.path.join(DOC, name), encoding="utf-8") as manual:
                texts[name] = manual.read()
    doubled = {name: re.search(r"\b([a-z]{2,})(?: |\n *)\1\b", text)
               for name, text in texts.items()}
    assert len(doubled) > 15
    # sudo -u repmon repmon: the user and the program
    assert not [m[0] for m in doubled.values() if m and m[1] != "repmon"]


def test_headings_of_the_manuals_keep_their_quotes():
    """man takes a quote after an ordinary space for its own and drops it."""
    for name in os.listdir(DOC):
        if name.endswith(".scd"):
            with open(os.path.join(DOC, name), encoding="utf-8") as manual:
                assert not re.findall(r'^#.* ".*', manual.read(), re.M), name


def test_check_help_names_its_options(repmon):
    out = repmon("check", "--help").out
    for option in ("--only", "--list", "--format", "--help"):
        assert option in out


@pytest.mark.parametrize("args", [[], ["frobnicate"], ["--frobnicate"], ["-c"]])
def test_usage_errors_without_a_command_are_64(repmon, args):
    ran = repmon(*args)
    assert ran.code == 64 and ran.err and not ran.out


@pytest.mark.parametrize("args", [
    ["--frobnicate", CLEAN], ["--format", "xml", CLEAN], ["--format"], ["--only", "rumour", CLEAN],
    ["--list", "", CLEAN], ["--list"]])
def test_usage_errors_of_check_are_unknown(repmon, conf, dns, own, args):
    ran = repmon("check", *args, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN and ran.err and not ran.out
    assert not dns.log


@pytest.mark.parametrize("command, code", [("check", UNKNOWN), ("status", UNKNOWN), ("run", 64)])
def test_a_wrong_option_before_the_command_has_its_exit_code(repmon, command, code):
    for wrong in (["--frobnicate"], ["-v", "-q"]):
        ran = repmon(*wrong, command)
        assert ran.code == code and ran.err and not ran.out


def test_a_typo_in_a_command_is_answered_with_a_hint(repmon):
    ran = repmon("chekc", CLEAN)
    assert ran.code == 64 and "chekc" in ran.err and "check" in ran.err


def test_global_options_stand_before_the_command(repmon, conf, dns, own):
    dns.zone("bl.lab")
    config = conf(dns, {"bl.lab": own()})
    for words in (["-c", config, "check", CLEAN], [f"--config={config}", "check", CLEAN]):
        assert repmon(*words).code == OK


def test_no_home_and_closed_stdin(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}),
                       env={"HOME": None, "PATH": None, "TZ": None, "LC_ALL": None},
                       stdin=None, preexec_fn=lambda: os.close(0))
    assert ran.code == CRITICAL


def test_all_standard_descriptors_closed(repmon, conf, dns, own):
    """No socket may become descriptor 1 and be written to as if it were a terminal."""
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    config = conf(dns, {"bl.lab": own()})

    def close():
        for fd in (0, 1, 2):
            os.close(fd)

    process = subprocess.run([*WRAPPER, REPMON, "-c", config, "check", BAD], preexec_fn=close,
                             timeout=60, check=False, close_fds=True)
    assert process.returncode >= 0
    assert all(len(q.packet) < 300 for q in zone.log)


def test_a_full_disk_or_closed_pipe_behind_stdout_is_not_success(conf, dns, own):
    dns.zone("bl.lab")
    config = conf(dns, {"bl.lab": own()})
    with open("/dev/full", "wb") as full:
        for words in (["check", CLEAN], ["check", "--format", "json", CLEAN], ["--version"]):
            done = subprocess.run([*WRAPPER, REPMON, "-c", config, *words], stdout=full,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
            assert done.returncode > 0, words
            assert done.stderr, words


def test_a_reader_that_leaves_does_not_hang_it(conf, dns, own):
    dns.zone("bl.lab")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*WRAPPER, REPMON, "-c", conf(dns, {"bl.lab": own()}), "check",
                           "192.0.2.0/24", "--format", "json"], stdout=write,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert done.returncode != 0 and not done.stderr


@pytest.mark.parametrize("words", [["--help"], ["lists", "--all"], ["doctor", "--offline"]])
def test_a_reader_that_leaves_is_no_error_to_tell(conf, dns, own, words):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*WRAPPER, REPMON, "-c", conf(dns, {"bl.lab": own()}), *words],
                          stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert b"written" not in done.stderr and b"pipe" not in done.stderr.lower()


def on_terminal(args, env):
    """Runs on a pseudo terminal; what it wrote there."""
    parent, child = pty.openpty()
    process = subprocess.Popen([*WRAPPER, REPMON, *map(str, args)], stdin=child, stdout=child,
                               stderr=child, env={**env, "PATH": os.environ["PATH"]},
                               close_fds=True)
    os.close(child)
    out = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            data = os.read(parent, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    os.close(parent)
    return process.wait(20), out.decode()


def test_colour_on_a_terminal_and_none_with_no_color(conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    args = ["-c", conf(dns, {"bl.lab": own()}), "check", BAD]
    code, out = on_terminal(args, {"TERM": "xterm"})
    assert code == CRITICAL and "\x1b[" in out
    code, out = on_terminal(args, {"TERM": "xterm", "NO_COLOR": "1"})
    assert code == CRITICAL and not re.search(r"\x1b\[[0-9;]*m", out)
    code, out = on_terminal(args, {"TERM": "dumb"})
    assert code == CRITICAL and not re.search(r"\x1b\[[0-9;]*m", out)


def test_no_configuration_at_all_uses_the_built_in_catalogue(repmon, unconfigured):
    """Without network: only that it starts, finds its lists and says what it could not ask."""
    ran = repmon("check", "--list", "zen.spamhaus.org", "--format", "json", "127.0.0.2")
    assert ran.code in (OK, CRITICAL, UNKNOWN)
    if ran.out:
        assert ran.list("zen.spamhaus.org")


def test_formats_of_check(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    config = conf(dns, {"bl.lab": own()})
    nagios = repmon("check", "--format", "nagios", BAD, conf=config)
    assert nagios.code == CRITICAL
    assert nagios.out.splitlines()[0].startswith("REPMON CRITICAL - ")
    assert "listed=1" in nagios.out.splitlines()[0]
    metrics = repmon("check", "--format", "prometheus", BAD, conf=config)
    assert metrics.code == CRITICAL
    assert re.search(r'^repmon_listed\{[^}]*target="192\.0\.2\.99"[^}]*\} 1$', metrics.out, re.M)
    for line in metrics.out.splitlines():
        assert re.fullmatch(r'#.*|[a-z_]+(\{[^}]*\})? \S+', line), line


def test_the_worst_findings_are_those_in_the_metrics(repmon, conf, dns, own):
    """Rules that page are made of repmon_listed: a large network on a mild list hides nothing."""
    dns.zone("mild.lab", rule=lambda q: None if q.self_test else a("127.0.0.2"))
    dns.zone("bad.lab", listed={"198.18.3.255": "127.0.0.2"})
    ran = repmon("check", "-f", "prometheus", "198.18.0.0/22", conf=conf(
        dns, {"mild.lab": own(code="127.0.0.2 LAB info", rate=100000),
              "bad.lab": own(rate=100000)}, dns="", timeout="2s"))
    lines = [x for x in ran.out.splitlines() if x.startswith("repmon_listed{")]
    assert len(lines) == 1000
    assert 'target="198.18.3.255",label="",list="bad.lab",severity="critical"' in lines[0]
    levels = [x for x in ran.out.splitlines() if x.startswith("repmon_target_level{")]
    assert len(levels) == 1000
    assert levels[0] == 'repmon_target_level{target="198.18.3.255"} 2'


def test_help_is_a_word_too(repmon):
    assert repmon("help").out == repmon("--help").out
    assert repmon("help", "check").out == repmon("check", "--help").out
    assert repmon("help", "nonsense-word").code == 64


def test_an_address_in_place_of_a_command_is_answered_with_the_command(repmon):
    ran = repmon(CLEAN)
    assert ran.code == 64 and f"did you mean: repmon check {CLEAN}?" in ran.err


@pytest.mark.parametrize("form", [f"{CLEAN}.", f"[{CLEAN}]", f"[{CLEAN}]."])
def test_an_address_as_mail_logs_write_it(repmon, conf, dns, own, form):
    dns.zone("bl.lab")
    ran = repmon("-c", conf(dns, {"bl.lab": own()}), "check", "-f", "NAGIOS", form)
    assert ran.code == 0, ran.err


def test_help_fits_a_terminal(repmon):
    assert max(map(len, repmon("--help").out.splitlines())) <= 80


@pytest.mark.parametrize("words", [["run", "now"], ["deliver", "now"], ["lists", "now"],
                                   ["targets", "now"], ["doctor", "now"], ["snds"],
                                   ["accounts", "x"], ["login"],
                                   ["login", "a", "b"], ["ack", "192.0.2.1"],
                                   ["ack", "--note", "why"],
                                   ["ack", "--remove", "--for", "3d", "all", "all"]])
def test_words_that_mean_nothing_are_usage_errors_whatever_else_is_wrong(repmon, tmp_path, words):
    """They are told before the configuration is read or the state is looked for."""
    ran = repmon("-c", tmp_path / "missing.conf", *words)
    assert (ran.code, ran.out) == (64, "")
    assert "missing.conf" not in ran.err


def test_the_help_of_only_names_every_source_that_it_takes(repmon):
    told = repmon("check", "--only", "nonsense", "192.0.2.1").err
    sources = re.search(r"--only takes (.*), separated by commas", told).group(1)
    words = re.findall(r"[a-z]+", sources.replace(" or ", " ").replace(" and ", " "))
    assert len(words) >= 6
    shown = repmon("check", "--help").out.partition("--only")[2].partition("--list")[0]
    for word in words:
        assert word in shown
