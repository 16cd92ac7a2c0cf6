# SPDX-License-Identifier: ISC
"""check_repmon: one line that a monitoring system can read (contract section 6)."""

import re
import signal

import pytest

from conftest import CRITICAL, OK, UNKNOWN, WARNING, WRAPPER, preloaded
from lab import servfail, silence

BAD, CLEAN = "192.0.2.99", "192.0.2.10"
LABELS = {"listed", "critical", "warning", "unknown", "acked", "age", "time"}


@pytest.fixture
def plugin(repmon, check_repmon):
    def run(*args, conf=None, **kwargs):
        words = ["--config", str(conf)] if conf else []
        return repmon(*words, *args, program=check_repmon, **kwargs)

    return run


def perfdata(ran):
    first = ran.out.splitlines()[0]
    assert first.count("|") == 1, first
    found = dict(item.split("=", 1) for item in first.split("|")[1].split())
    assert set(found) <= LABELS, found
    return found


def test_clear(plugin, conf, dns, own):
    dns.zone("bl.lab")
    ran = plugin("-H", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == OK and ran.out.startswith(f"REPMON OK - {CLEAN}")
    assert perfdata(ran)["listed"].startswith("0")


@pytest.mark.valgrind
def test_listed(plugin, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = plugin("-H", BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == CRITICAL
    assert re.match(rf"REPMON CRITICAL - {BAD} listed: bl\.lab \(LAB\)", ran.out)
    assert perfdata(ran)["listed"].startswith("1")


def test_the_worst_comes_first_of_addresses_and_of_lists(plugin, conf, dns, own):
    """Phones show the beginning of the line, and what is long is cut at its end."""
    dns.zone("minor.lab", listed={CLEAN: "127.0.0.2", BAD: "127.0.0.2"})
    dns.zone("worst.lab", listed={BAD: "127.0.0.2"})
    ran = plugin("-H", CLEAN, "-H", BAD, conf=conf(
        dns, {"minor.lab": own(code="127.0.0.2 LAB minor"), "worst.lab": own()}))
    assert ran.code == CRITICAL
    assert ran.out.startswith(f"REPMON CRITICAL - {BAD} listed: worst.lab (LAB), minor.lab (LAB); "
                              f"{CLEAN} listed: minor.lab (LAB); "), ran.out


def test_a_critical_finding_is_never_cut_for_warnings(plugin, conf, dns, own):
    minor = {f"192.0.2.{n}": "127.0.0.2" for n in range(1, 240)}
    dns.zone("minor.lab", listed=minor)
    dns.zone("worst.lab", listed={"192.0.2.254": "127.0.0.2"})
    ran = plugin("-H", "192.0.2.0/24", conf=conf(
        dns, {"minor.lab": own(code="127.0.0.2 LAB minor", rate=5000),
              "worst.lab": own(rate=5000)}, timeout="2s"))
    assert ran.out.startswith("REPMON CRITICAL - 192.0.2.254 listed: worst.lab (LAB); 192.0.2.1 ")
    assert re.search(r"; \d+ more addresses with findings; ", ran.out), ran.out
    assert len(ran.out) < 8192


def test_blind(plugin, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: servfail())
    ran = plugin("-H", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN and ran.out.startswith("REPMON UNKNOWN - ")
    assert perfdata(ran)["unknown"].startswith("1")


def test_warning(plugin, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = plugin("-H", BAD, conf=conf(dns, {"bl.lab": own(code="127.0.0.2 LAB minor")}))
    assert ran.code == WARNING and ran.out.startswith("REPMON WARNING - ")


@pytest.mark.parametrize("words, code", [
    (["-w", "0", "-c", "5"], WARNING), (["-w", "5", "-c", "5"], OK), (["-c", "0"], CRITICAL),
    (["-w", "@1:1"], WARNING), (["-w", "2:"], WARNING)])
def test_ranges_on_listed_make_it_worse_only(plugin, conf, dns, own, words, code):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = plugin("-H", BAD, *words, conf=conf(dns, {"bl.lab": own(code="127.0.0.2 LAB info")}))
    assert ran.code == code


def test_a_hostile_reason_cannot_forge_performance_data(plugin, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             reasons={BAD: "x | listed=0;;;0 critical=0\nREPMON OK"})
    ran = plugin("-v", "-v", "-H", BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == CRITICAL
    assert perfdata(ran)["listed"].startswith("1")
    assert not [x for x in ran.out.splitlines() if x.startswith("REPMON OK")]


def test_the_time_limit_is_kept_and_the_rest_printed(plugin, conf, dns, own):
    dns.zone("good.lab", listed={BAD: "127.0.0.2"})
    dns.zone("slow.lab", rule=lambda q: silence())
    ran = plugin("-H", BAD, "-t", "2", conf=conf(
        dns, {"good.lab": own(), "slow.lab": own()}, timeout="30s"))
    assert ran.code == CRITICAL and "good.lab" in ran.out
    assert ran.seconds < 2.5 or WRAPPER


# A library that never comes back. The alarms are those of the program, told in hundredths of
# seconds, so that nobody waits half a minute.
HANGS = r"""
#include <sys/time.h>
#include <unistd.h>
int curl_multi_poll(void *multi, void *fds, unsigned count, int timeout, int *ready)
{
    for (;;)
        pause();
}
unsigned alarm(unsigned seconds)
{
    struct itimerval in = {.it_value = {seconds / 100, seconds % 100 * 10000}};
    setitimer(ITIMER_REAL, &in, 0);
    return 0;
}
"""


@pytest.fixture
def hanging(tmp_path):
    return preloaded(tmp_path, HANGS)


def test_the_time_limit_is_kept_when_a_library_hangs(plugin, conf, dns, own, hanging):
    dns.zone("bl.lab")
    ran = plugin("-H", BAD, "-t", "50", conf=conf(dns, {"bl.lab": own()}), env=hanging, timeout=10)
    assert (ran.code, ran.out, ran.err) == (UNKNOWN, "REPMON UNKNOWN - no result in time\n", "")


def test_check_ends_when_a_library_hangs(repmon, conf, dns, own, hanging):
    dns.zone("bl.lab")
    ran = repmon("check", BAD, conf=conf(dns, {"bl.lab": own()}, top="deadline = 20s"), env=hanging,
                 timeout=10)
    assert (ran.code, ran.out) == (UNKNOWN, "") and "stuck" in ran.err


def test_the_time_limit_is_kept_though_its_signal_was_blocked(plugin, conf, dns, own, hanging):
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})

    dns.zone("bl.lab")
    ran = plugin("-H", BAD, "-t", "50", conf=conf(dns, {"bl.lab": own()}), env=hanging, timeout=10,
                 preexec_fn=block)
    assert ran.code == UNKNOWN and "no result in time" in ran.out


@pytest.mark.parametrize("words", [[], ["-H"], ["-H", "300.1.1.1"], ["-H", CLEAN, "-w", "x"],
                                   ["-H", CLEAN, "-t", "0"], ["--nonsense"]])
def test_usage_errors_are_unknown_and_one_line_on_stdout_says_so(plugin, conf, dns, own, words):
    ran = plugin(*words, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN
    assert not dns.log


def test_a_configuration_that_is_not_there_is_named_by_the_plugins_own_option(plugin, tmp_path):
    ran = plugin("-H", "192.0.2.1", conf=tmp_path / "none.conf")
    assert ran.code == UNKNOWN and "name one with --config FILE" in ran.out + ran.err


def test_a_configuration_given_as_to_repmon_is_told_the_right_option(plugin):
    ran = plugin("-H", CLEAN, "-c", "/etc/repmon/repmon.conf")
    assert ran.code == UNKNOWN and "--config FILE" in ran.out


def test_help_fits_a_plain_terminal(plugin):
    assert [line for line in plugin("--help").out.splitlines() if len(line) > 80] == []


def test_help_and_version_exit_with_3_as_the_guidelines_of_plugins_say(plugin):
    told = plugin("--help")
    assert told.code == UNKNOWN and told.out.startswith("Usage: check_repmon")
    told = plugin("-V")
    assert told.code == UNKNOWN and told.out.startswith("check_repmon ")


@pytest.mark.parametrize("words", [["-?"], ["--bogus"], ["-H"], ["-t", "x"], ["-w", "1:2:3"]])
def test_every_wrong_option_names_the_help(plugin, words):
    ran = plugin(*words)
    assert ran.code == UNKNOWN and ran.out.count("\n") == 1
    assert ran.out.startswith("REPMON UNKNOWN - ") and "--help" in ran.out
