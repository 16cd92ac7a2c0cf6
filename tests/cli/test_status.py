# SPDX-License-Identifier: ISC
"""`repmon status` and `check_repmon --state`: the last proven state, its ages, and what a failure
may not do to it."""

import json
import os
import re

import pytest

from conftest import (CRITICAL, NOBODY, OK, UNKNOWN, WARNING, assert_report, become, preloaded,
                      reachable)
from lab import refused, servfail, silence
from station import BAD, CLEAN, DAY, HOUR, MINUTE, OTHER, silent, station, told, waiting  # noqa: F401


def status(station, *words, after=0, code=None):
    """status -v --format json; what holds for every report holds for this one."""
    ran = station.command("status", "-v", "--format", "json", *words, after=after, code=code)
    report = ran.json()
    assert ran.code == {"ok": OK, "info": OK, "warning": WARNING, "critical": CRITICAL,
                        "unknown": UNKNOWN}[report["summary"]["level"]]
    return ran


def notes(ran):
    return " ".join(ran.json()["notes"])


@pytest.fixture
def listed(station):
    """Two addresses, one of them listed on bl.lab, two lists."""
    station.bl, station.b2 = station.zone(), station.zone("b2.lab")
    station.bl.listed[BAD] = "127.0.0.2"
    station.bl.reasons[BAD] = "Spam seen, see https://bl.lab/lookup"
    station.configure(targets=f"ip = {CLEAN} mx1.example.org\nip = {BAD} mx2.example.org",
                      channels="")
    station.run()
    return station


def test_it_shows_what_the_run_proved_and_asks_nothing(listed):
    asked = len(listed.dns.log)
    ran = status(listed, code=CRITICAL)
    assert_report(ran)
    assert ran.verdict(BAD, "bl.lab") == "listed" and ran.verdict(CLEAN, "bl.lab") == "not-listed"
    finding = ran.result(BAD, "bl.lab")
    assert finding["codes"][0]["name"] == "SPAM" and finding["reason"].startswith("Spam seen")
    assert finding["since"] and finding["proven"] == finding["asked"] and finding["advice"]
    assert finding["acked"] is None
    assert len(listed.dns.log) == asked
    assert "last completed run" in notes(ran)


def test_what_is_plainly_fine_is_left_out_without_v(listed):
    ran = listed.command("status", "--format", "json", code=CRITICAL)
    assert ran.target(CLEAN)["results"] == [] and ran.target(CLEAN)["level"] == "ok"
    assert [r["list"] for r in ran.target(BAD)["results"]] == ["bl.lab"]
    assert ran.json()["summary"]["targets"] == 2


def test_text_says_who_where_why_and_how_old(listed):
    ran = listed.command("status", after=3 * HOUR, code=CRITICAL)
    for word in (BAD, "mx2.example.org", "bl.lab", "SPAM", "Spam seen", "3 h ago", "to do"):
        assert word in ran.out, word
    assert not re.search("\x1b", ran.out), "colour only on a terminal"


def test_targets_by_address_block_and_label(listed):
    assert status(listed, CLEAN, code=OK).json()["summary"]["targets"] == 1
    assert status(listed, "192.0.2.0/26", code=OK).json()["summary"]["targets"] == 1
    assert status(listed, "MX2.example.org", code=CRITICAL).json()["summary"]["targets"] == 1
    assert status(listed, CLEAN, BAD, code=CRITICAL).json()["summary"]["targets"] == 2


def test_a_label_is_any_text(listed):
    """Here, in history and in ack."""
    listed.edit("mx2.example.org", "Rack 5/b, München")
    listed.run(after=HOUR)
    for label in ("Rack 5/b, München", "rack 5/b, München"):
        assert status(listed, label, code=CRITICAL).json()["summary"]["targets"] == 1
    assert BAD in listed.command("history", "Rack 5/b, München").out
    assert "acknowledged 1" in listed.command("ack", "Rack 5/b, München", "all").out
    for words in (["status"], ["history"], ["ack"]):
        ran = listed.command(*words, "a \x1b[31mb", *(["all"] if words == ["ack"] else []), code=None)
        assert ran.code in (UNKNOWN, 64) and "a ?[31mb" in ran.err and not ran.out


@pytest.mark.parametrize("word", [OTHER, "198.51.100.0/24", "nobody.example.org", "1.2.3", "a/b"])
def test_a_target_that_is_not_watched_is_said_and_unknown(listed, word):
    ran = listed.command("status", word, code=UNKNOWN)
    assert ran.out == "" and word in ran.err


@pytest.mark.parametrize("failure", [servfail, silence])
def test_a_failure_neither_raises_nor_clears(listed, failure):
    listed.bl.rule = lambda q: failure()
    listed.run(after=2 * HOUR)
    ran = status(listed, after=HOUR)
    finding, clean = ran.result(BAD, "bl.lab"), ran.result(CLEAN, "bl.lab")
    cause = "servfail" if failure is servfail else "timeout"
    assert (finding["level"], finding["state"], finding["cause"]) == ("critical", "listed", cause)
    assert (clean["level"], clean["state"], clean["cause"]) == ("ok", "not-listed", cause)
    # `proven` is the last proof, `asked` the last attempt; a list that fails may be asked for no
    # more than the first of them.
    assert all(r["proven"] <= r["asked"] for r in (finding, clean))
    assert any(r["proven"] < r["asked"] for r in (finding, clean))
    assert ran.list("bl.lab")["health"] == "blind" and ran.list("bl.lab")["since"]
    assert ran.list("b2.lab")["health"] == "ok"
    text = listed.command("status", code=CRITICAL).out
    assert "last attempt" in text


def test_a_failure_on_both_sides_of_a_listing_clears_nothing_for_days(listed):
    """The belief grows older, and lapses to unknown in the end; it never turns into good."""
    listed.bl.rule = lambda q: servfail()
    for _ in range(6):
        listed.run(after=DAY)
        assert status(listed).result(BAD, "bl.lab")["state"] == "listed"
    for _ in range(9):
        listed.run(after=DAY)
    ran = status(listed)  # 15 days: beliefs hold for 14
    assert ran.verdict(BAD, "bl.lab") == "servfail" and ran.verdict(CLEAN, "bl.lab") == "servfail"
    assert ran.code == UNKNOWN


def test_a_cell_that_was_never_proven_is_unknown(station):
    bl = station.zone()
    station.zone("b2.lab")
    bl.rule = lambda q: servfail()
    station.configure(channels="")
    station.run()
    ran = status(station, code=UNKNOWN)
    assert ran.verdict(CLEAN, "bl.lab") == "servfail"
    assert ran.result(CLEAN, "bl.lab")["proven"] is None
    assert ran.verdict(CLEAN, "b2.lab") == "not-listed"


def test_after_a_first_run_that_proved_nothing_its_causes_are_told(station):
    bl = station.zone()
    bl.rule = lambda q: servfail()
    station.configure(channels="")
    station.run(code=69)
    ran = status(station, code=UNKNOWN)
    assert ran.verdict(CLEAN, "bl.lab") == "servfail"
    assert "nothing has been proven yet" in notes(ran)
    text = station.command("status", code=UNKNOWN).out
    assert "the resolver failed" in text
    assert "too old" not in text and "too long" not in text


def test_after_max_age_everything_is_unknown(listed):
    status(listed, after=25 * HOUR, code=CRITICAL)
    ran = status(listed, after=2 * HOUR, code=UNKNOWN)
    summary = ran.json()["summary"]
    assert summary["unknown"] == summary["targets"] == 2
    assert all(r["level"] == "unknown" for t in ran.json()["targets"] for r in t["results"])
    assert all(x["health"] != "ok" for x in ran.json()["lists"])
    assert "max_age" in notes(ran)
    assert "too old" in listed.command("status", code=UNKNOWN).out
    listed.command("status", "--max-age", "2d", code=CRITICAL)
    listed.command("status", "--max-age", "1h", code=UNKNOWN)
    listed.run()
    status(listed, code=CRITICAL)


def test_max_age_may_be_seconds(listed):
    listed.edit("instance = mon1", "instance = mon1\nmax_age = 10s")
    listed.run(after=HOUR)
    status(listed, code=CRITICAL)
    status(listed, after=20, code=UNKNOWN)


def test_a_run_that_proved_nothing_makes_nothing_younger(listed):
    listed.bl.rule = listed.b2.rule = lambda q: servfail()
    listed.run(after=20 * HOUR, code=69)
    ran = status(listed, code=CRITICAL)
    assert "proved nothing" in notes(ran)
    status(listed, after=7 * HOUR, code=UNKNOWN)


def test_levels_follow_todays_configuration(listed):
    listed.edit("127.0.0.2 SPAM critical", "127.0.0.2 SPAM minor")
    assert status(listed, code=WARNING).result(BAD, "bl.lab")["level"] == "warning"


def test_a_list_that_is_new_or_gone_is_no_column(listed):
    listed.zone("b3.lab")
    listed.configure(targets=f"ip = {CLEAN}\nip = {BAD}", channels="")
    assert {x["list"] for x in status(listed).json()["lists"]} == {"bl.lab", "b2.lab"}
    del listed.lists["bl.lab"]
    listed.configure(targets=f"ip = {CLEAN}\nip = {BAD}", channels="")
    ran = status(listed, code=OK)
    assert {x["list"] for x in ran.json()["lists"]} == {"b2.lab"}


def test_without_a_state_it_says_what_makes_one(station):
    station.zone()
    station.configure(channels="")
    ran = station.command("status", code=UNKNOWN)
    assert "repmon run" in ran.err and ran.out == ""
    assert not station.state.exists(), "a reader makes no state"


def test_a_clock_that_went_back_is_said_and_no_age_is_negative(listed):
    ran = status(listed, after=-MINUTE * 50)
    assert "clock looks wrong" in notes(ran)
    assert "-" not in re.search(r"age=(\S+)s ", listed.command(
        "status", "--format", "nagios", code=None).out).group(1)


@pytest.mark.parametrize("ahead", [2 * HOUR, 20 * HOUR, 400 * DAY])
def test_a_last_run_in_the_future_is_worth_nothing(listed, check_repmon, ahead):
    """Otherwise what it knows would never grow old, though no run happens any more."""
    listed.run(after=ahead)
    listed.clock -= ahead
    ran = status(listed, code=UNKNOWN)
    assert "ended in the future" in notes(ran) and "ago)" not in notes(ran)
    assert {t["level"] for t in ran.json()["targets"]} == {"unknown"}
    assert "ended in the future" in listed.command("status", code=UNKNOWN).out
    for target in (CLEAN, BAD):
        assert plugin(listed, check_repmon, "-H", target).code == UNKNOWN
    listed.run()
    status(listed, code=CRITICAL)


def test_a_held_channel_and_what_waits_are_said(station):
    said = notes(status(waiting(station)))
    assert "webhook chat has been held" in said and "401" in said
    assert re.search(r"mail ops: 1 message waits", said)
    metrics = station.command("status", "--format", "prometheus", code=CRITICAL).out
    assert 'repmon_outbox_messages{channel="webhook chat",state="held"} 1' in metrics
    assert 'repmon_outbox_messages{channel="mail ops",state="pending"} 1' in metrics
    assert 'repmon_outbox_messages{channel="mail ops",state="failed"} 0' in metrics


# ---- the plugin ----

def plugin(station, check_repmon, *words, **kwargs):
    return station.repmon("--state", "--config", station.conf, *words, program=check_repmon,
                          env=station.environment(), **kwargs)


def test_the_plugin_reads_the_state_and_tells_its_age(listed, check_repmon):
    listed.clock += HOUR
    asked = len(listed.dns.log)
    ran = plugin(listed, check_repmon, "-H", BAD)
    assert ran.code == CRITICAL
    assert ran.out.startswith(f"REPMON CRITICAL - {BAD} listed: bl.lab (SPAM); 1 clear, 0 unknown | ")
    labels = re.findall(r"(\w+)=", ran.out.splitlines()[0].split(" | ")[1])
    assert labels == ["listed", "critical", "warning", "unknown", "acked", "age", "time"]
    assert 3595 <= int(re.search(r"age=(\d+)s", ran.out).group(1)) <= 3660
    assert plugin(listed, check_repmon, "-H", "mx1.example.org").code == OK
    assert plugin(listed, check_repmon, "-H", CLEAN, "-c", "1:").code == CRITICAL
    assert plugin(listed, check_repmon).code == CRITICAL  # all of them
    assert len(listed.dns.log) == asked


def test_the_plugin_says_that_a_channel_is_held(station, check_repmon):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    station.hook.on_request = lambda request: 401
    station.run(after=HOUR)
    first = plugin(station, check_repmon, "-H", CLEAN).out.splitlines()[0]
    assert "; held: webhook chat | listed=1;" in first
    station.hook.on_request = None
    station.run(after=HOUR)
    assert "held" not in plugin(station, check_repmon, "-H", CLEAN).out


def test_the_plugin_knows_nothing_of_an_old_state(listed, check_repmon):
    listed.clock += 2 * DAY
    ran = plugin(listed, check_repmon, "-H", BAD)
    assert ran.code == UNKNOWN and ran.out.startswith("REPMON UNKNOWN")
    ran = plugin(listed, check_repmon, "-H", OTHER)
    assert ran.code == UNKNOWN and "not watched" in ran.out


@pytest.mark.root("needs another user")
def test_a_user_who_may_only_read_is_enough(listed, check_repmon):
    reachable(listed.folder)
    listed.conf.chmod(0o644)
    listed.state.parent.chmod(0o755)
    listed.state.chmod(0o644)

    ran = plugin(listed, check_repmon, "-H", BAD, preexec_fn=become(NOBODY))
    assert ran.code == CRITICAL and "listed: bl.lab" in ran.out
    assert sorted(p.name for p in listed.state.parent.iterdir()) == ["state.db", "state.db.lock"]


# ---- metrics ----

def test_the_metrics_file_is_whole_readable_and_replaced_by_every_run(listed):
    path = listed.folder / "metrics" / "repmon.prom"
    path.parent.mkdir()
    listed.configure(targets=f"ip = {CLEAN}\nip = {BAD}", channels="",
                     extra=f"[prometheus]\ntextfile = {path}")
    listed.run(after=HOUR)
    assert os.stat(path).st_mode & 0o777 == 0o644
    text = path.read_text()
    assert (f'repmon_listed{{target="{BAD}",label="",list="bl.lab",severity="critical",'
            'acked="false"} 1') in text
    assert 'repmon_list_up{source="dnsbl",list="bl.lab"} 1' in text
    assert text.endswith("\n") and "repmon_build_info" in text.splitlines()[-1]
    before = re.search(r"repmon_last_success_timestamp_seconds (\d+)", text).group(1)
    listed.bl.rule = listed.b2.rule = lambda q: servfail()
    listed.run(after=HOUR, code=69)
    text = path.read_text()
    assert 'repmon_list_up{source="dnsbl",list="bl.lab"} 0' in text
    assert f"repmon_last_success_timestamp_seconds {before}" in text
    last = re.search(r"repmon_last_run_timestamp_seconds (\d+)", text).group(1)
    assert int(last) > int(before) + 3000
    assert [p.name for p in path.parent.iterdir()] == ["repmon.prom"], "nothing is left behind"


def test_a_run_that_fails_publishes_that_the_state_is_old(listed):
    path = listed.folder / "repmon.prom"
    listed.configure(targets=f"ip = {CLEAN}\nip = {BAD}", channels="",
                     extra=f"[prometheus]\ntextfile = {path}")
    listed.run(after=HOUR)
    listed.configure(targets="file = missing.txt", channels="",
                     extra=f"[prometheus]\ntextfile = {path}")
    listed.run(after=2 * DAY, code=66)
    assert f'repmon_target_level{{target="{CLEAN}"}} 3' in path.read_text()


def test_json_and_prometheus_agree(listed):
    ran = status(listed)
    critical = json.loads(ran.out)["summary"]["critical"]
    text = listed.command("status", "--format", "prometheus", code=CRITICAL).out
    assert f'repmon_findings{{severity="critical"}} {critical}' in text


# ---- a machine that knows no resolver ----

# This user may not read resolv.conf.
NO_RESOLVER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
FILE *fopen64(const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen64");
    if (strcmp(path, "/etc/resolv.conf"))
        return next(path, mode);
    errno = EACCES;
    return 0;
}
"""


@pytest.fixture
def resolverless(station, tmp_path):
    """A station with a finding, on a machine that has lost its resolver since."""
    library = preloaded(tmp_path, NO_RESOLVER)["LD_PRELOAD"]
    station.zone().listed[CLEAN] = "127.0.0.2"
    station.configure()
    station.run()
    station.edit(f"resolver = {station.dns.address}\n", "")
    clock = station.environment
    station.environment = lambda: {**clock(), "LD_PRELOAD": f"{clock()['LD_PRELOAD']} {library}"}
    return station


@pytest.mark.parametrize("words, code, expected", [
    (["status"], CRITICAL, "bl.lab: listed, critical"),
    (["history"], 0, "bl.lab"),
    (["targets"], 0, CLEAN),
    (["lists"], 0, "bl.lab"),
    (["ack"], 0, "nothing is acknowledged"),
    (["ack", CLEAN, "bl.lab"], 0, "acknowledged 1 finding"),
    (["ack", "all", "all", "--remove"], 0, "removed 0"),
])
def test_what_asks_nothing_needs_no_resolver(resolverless, words, code, expected):
    ran = resolverless.command(*words, code=code)
    assert expected in ran.out and ran.err == ""


def test_the_plugin_reads_the_state_without_a_resolver(resolverless, repmon, check_repmon):
    ran = repmon("--config", str(resolverless.conf), "--state", program=check_repmon,
                 env=resolverless.environment())
    assert ran.code == CRITICAL and ran.out.startswith("REPMON CRITICAL")


@pytest.mark.parametrize("words, code", [(["run"], 78), (["check", CLEAN], UNKNOWN),
                                         (["lists", "--test"], 78)])
def test_what_asks_says_that_there_is_no_resolver(resolverless, words, code):
    ran = resolverless.command(*words, code=code)
    assert "no resolver: name one" in ran.err and ran.out == ""


def test_a_list_that_was_turned_off_is_no_finding_any_more_and_its_end_is_told_once(station):
    bl, other = station.zone(), station.zone("other.lab")
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = other.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    for how in ("severity", "section"):
        zone = "bl.lab" if how == "severity" else "other.lab"
        if how == "severity":
            station.lists[zone]["severity"] = "off"
            del station.lists[zone]["code"]
        else:
            del station.lists[zone]
            station.zone("third.lab")
        station.configure()
        report = station.command("status", "--format", "json", code=None).json()
        assert zone not in {x["list"] for x in report["lists"]}
        assert zone not in {r["list"] for t in report["targets"] for r in t["results"]}
        ran = station.run(after=HOUR)
        _, change = told(ran, "retired", f"NO LONGER WATCHED mx1.example.org {CLEAN} {zone}")
        assert change["list"] == zone and "list" in change["advice"]
        assert zone not in {e["list"] for e in ran.hooks[0]["open"]}
    assert station.command("status").code == OK
    silent(station.run(after=HOUR))
    assert not [m for m in station.run(after=8 * DAY).mails if "bl.lab" in m.text], "a reminder"


PAGER = """[webhook "pager"]
url = {hook_url}
format = pagerduty
routing_key_file = routing.key
min_level = critical
"""


def test_incidents_of_lists_that_were_turned_off_are_resolved_also_their_blindness(station):
    bl, blind = station.zone(), station.zone("blind.lab", severity="critical")
    key = station.folder / "routing.key"
    key.write_text("R" * 32)
    key.chmod(0o600)
    station.configure(channels=PAGER)
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    blind.rule = lambda q: refused()
    opened = station.run(after=HOUR).hooks
    assert {(e["event_action"], e["dedup_key"]) for e in opened} == {
        ("trigger", "repmon/mon1/bl.lab"), ("trigger", "repmon/mon1/blind.lab")}
    station.lists.clear()
    station.zone("other.lab")
    station.configure(channels=PAGER)
    ended = station.run(after=HOUR).hooks
    assert sorted((e["event_action"], e["dedup_key"]) for e in ended) == [
        ("resolve", "repmon/mon1/bl.lab"), ("resolve", "repmon/mon1/blind.lab")]
    silent(station.run(after=HOUR))
    assert "NO LONGER WATCHED" in station.command("history", "--list", "blind.lab").out


def test_a_finding_whose_last_answer_was_another_says_so_instead_of_its_proof(station):
    bl = station.zone()
    station.configure()
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    assert "last answer" not in station.command("status", code=CRITICAL).out
    bl.listed.clear()
    station.run(after=HOUR)
    told = " ".join(station.command("status", code=CRITICAL).out.split())
    assert re.search(r"last answer: not listed \(1 of 2\), confirmed after (\S+ )?\d\d:\d\d", told)
    assert "proven 0 s ago" not in told and "(0 s ago)" not in told.split("last answer")[1][:60]
    station.run(after=HOUR)
    assert "last answer" not in station.command("status").out


def test_a_listing_that_waits_for_its_confirmation_is_not_shown_as_clear(station):
    """With confirm_listed = 2: what is believed stays, and the last answer is said everywhere."""
    bl = station.zone()
    station.configure(top="confirm_listed = 2")
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    silent(station.run(after=HOUR))
    words = f"bl.lab: last answer about {CLEAN}: listed (1 of 2), confirmed after"
    assert words in " ".join(station.command("status").out.split())
    ran = station.command("status", "-v", "--format", "json")
    pending = ran.result(CLEAN, "bl.lab")["pending"]
    assert (pending["state"], pending["count"], pending["needed"]) == ("listed", 1, 2)
    line = station.command("status", "--format", "nagios").out
    assert f"{CLEAN} no confirmed listing; 0 clear" in line
    assert ", 1 listed but not confirmed |" in line
    told(station.run(after=HOUR), "listed")
    ran = station.command("status", "-v", "--format", "json", code=CRITICAL)
    assert "pending" not in ran.result(CLEAN, "bl.lab")


def test_the_first_message_names_what_is_not_confirmed_yet(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.configure(top="confirm_listed = 2")
    (mail,) = station.run().mails
    assert f"bl.lab answered that it lists {CLEAN}" in " ".join(mail.text.split())
    told(station.run(after=HOUR), "baseline", "^ALREADY LISTED")
