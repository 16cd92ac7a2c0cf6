# SPDX-License-Identifier: ISC
"""`repmon ack`: an acknowledged finding sends no reminders, is always shown, and alerts again when
it changes."""

import json

import pytest

from conftest import CRITICAL, OK, UNKNOWN
from lab import a, servfail
from station import BAD, CLEAN, DAY, HOUR, silent, station, told  # noqa: F401


@pytest.fixture
def listed(station):
    station.bl, station.b2 = station.zone(), station.zone("b2.lab")
    station.configure(targets=f"ip = {CLEAN} mx1.example.org\nip = {BAD}")
    station.baseline()
    station.bl.listed[BAD] = "127.0.0.2"
    told(station.run(after=HOUR), "listed")
    return station


def acks(station):
    return json.loads(station.command("ack", "--format", "json").out)["acks"]


def finding(station, code):
    ran = station.command("status", "-v", "--format", "json", code=code)
    return ran.result(BAD, "bl.lab")


def test_what_is_acknowledged_is_shown_and_does_not_count(listed):
    assert finding(listed, CRITICAL)["acked"] is None
    ran = listed.command("ack", BAD, "bl.lab", "--note", "ticket 7")
    assert ran.out.startswith("acknowledged 1 finding until ")
    r = finding(listed, OK)
    assert (r["level"], r["state"], r["acked"]["note"]) == ("critical", "listed", "ticket 7")
    text = listed.command("status", code=OK).out
    assert "acknowledged until" in text and "ticket 7" in text and "bl.lab: listed" in text
    nagios = listed.command("status", "--format", "nagios", code=OK).out
    assert "1 acknowledged" in nagios and "acked=1" in nagios
    metrics = listed.command("status", "--format", "prometheus").out
    assert 'severity="critical",acked="true"} 1' in metrics
    assert 'repmon_findings{severity="critical"} 0' in metrics
    silent(listed.run(after=HOUR))


def test_the_plugin_does_not_call_an_acknowledged_listing_unproven(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    station.command("ack", CLEAN, "bl.lab")
    line = station.command("status", "--format", "nagios", code=OK).out
    assert line.startswith(f"REPMON OK - {CLEAN} nothing new listed; 0 clear, 0 unknown, 1 ackn"), line


def test_a_list_is_named_in_any_case_as_in_the_configuration(listed):
    assert "LISTED" in listed.command("history", "--list", "BL.Lab").out
    assert listed.command("ack", BAD, "BL.LAB").out.startswith("acknowledged 1 finding")


def test_it_ends_with_the_finding_and_does_not_cover_the_next(listed):
    listed.command("ack", BAD, "bl.lab")
    listed.bl.listed.clear()
    silent(listed.run(after=HOUR))
    listed.run(after=HOUR)
    assert acks(listed) == []
    listed.bl.listed[BAD] = "127.0.0.2"
    told(listed.run(after=HOUR), "listed")
    assert finding(listed, CRITICAL)["acked"] is None


def test_a_new_code_ends_it_and_is_told(listed):
    listed.command("ack", BAD, "bl.lab")
    listed.bl.listed[BAD] = ["127.0.0.2", "127.0.0.4"]
    told(listed.run(after=HOUR), "changed")
    assert finding(listed, CRITICAL)["acked"] is None


def test_getting_worse_ends_it(listed):
    listed.edit("127.0.0.2 SPAM critical", "127.0.0.2 SPAM minor")
    listed.command("ack", BAD, "bl.lab")
    assert finding(listed, OK)["acked"]
    listed.bl.listed[BAD] = "127.0.0.4"  # critical
    ran = listed.run(after=HOUR)
    assert [c["kind"] for c in ran.hooks[0]["changes"]] == ["worsened"]
    assert finding(listed, CRITICAL)["acked"] is None


def test_its_time_ends_it(listed):
    listed.command("ack", BAD, "bl.lab", "--for", "2d")
    listed.run(after=DAY)
    assert finding(listed, OK)["acked"]
    ran = listed.run(after=DAY + HOUR)
    assert [c["kind"] for c in ran.hooks[0]["changes"]] == ["reminder"]
    assert finding(listed, CRITICAL)["acked"] is None


def test_a_failure_ends_nothing(listed):
    listed.command("ack", BAD, "bl.lab")
    listed.bl.rule = lambda q: servfail()
    listed.run(after=HOUR, code=None)
    assert finding(listed, None)["acked"]
    assert len(acks(listed)) == 1


def test_ways_to_name_what_is_meant(listed):
    listed.b2.listed[CLEAN] = listed.b2.listed[BAD] = "127.0.0.2"
    listed.run(after=HOUR)
    for words, count in ((["all", "bl.lab"], 1), (["all", "all"], 3), ([CLEAN, "dnsbl"], 1),
                         (["192.0.2.0/24", "b2.lab"], 2), (["mx1.example.org", "all"], 1),
                         ([CLEAN, BAD, "b2.lab"], 2), ([CLEAN, "bl.lab"], 0)):
        assert f"acknowledged {count} " in listed.command("ack", *words).out, words
        assert f"removed {count} " in listed.command("ack", *words, "--remove").out, words
        assert acks(listed) == []


@pytest.mark.parametrize("words", [
    ["192.0.2.10"], ["198.51.100.1", "all"], ["all", "no.such.list"], ["nobody.example.org", "all"],
    ["all", "192.0.2.10", "bl.lab"], ["all", "all", "--for", "soon"], ["all", "all", "--for", "0"],
    ["--blind", "bl.lab", "all"], ["all", "all", "--remove", "--note", "x"], ["--note", "x"],
    ["--format", "nagios"]])
def test_mistakes_are_refused(listed, words):
    ran = listed.command("ack", *words, code=64)
    assert ran.out == "" and ran.err
    assert acks(listed) == []


def test_the_address_is_refused_before_the_list(listed):
    assert "198.51.100.1 is not watched" in listed.command("ack", "198.51.100.1", "no.list", code=64).err


def test_a_longer_time_keeps_the_note(listed):
    listed.command("ack", BAD, "bl.lab", "--note", "ticket 7")
    listed.command("ack", BAD, "bl.lab", "--for", "14d")
    assert listed.rows("SELECT note FROM ack") == [("ticket 7",)]
    listed.command("ack", BAD, "bl.lab", "--note", "")
    assert listed.rows("SELECT note FROM ack") == [("",)]


def test_a_note_is_cleaned(listed):
    listed.command("ack", BAD, "bl.lab", "--note", "\x1b[31mred\nline " + "x" * 4000)
    (ack,) = acks(listed)
    assert "\x1b" not in ack["note"] and "\n" not in ack["note"] and len(ack["note"]) < 600
    listed.command("status", code=OK)  # held to no control characters


def test_alone_it_shows_all_and_what_became_of_them(listed):
    assert listed.command("ack", "--remove", "all", "all").out.startswith("removed 0 ")
    assert "nothing is acknowledged" in listed.command("ack").out
    listed.command("ack", BAD, "bl.lab", "--for", "2h", "--note", "ticket 7")
    assert all(x in listed.command("ack").out for x in (BAD, "bl.lab", "in force", "ticket 7"))
    listed.clock += 3 * HOUR
    assert "its time is up" in listed.command("ack").out
    assert acks(listed)[0]["in_force"] is False


def test_blindness_can_be_acknowledged_where_there_is_some(listed):
    assert "acknowledged 0 " in listed.command("ack", "--blind", "b2.lab").out
    listed.b2.rule = lambda q: servfail()
    listed.run(after=HOUR, code=None)
    listed.run(after=15 * DAY, code=None)  # the belief lapsed: unknown
    ran = listed.command("status", CLEAN, code=UNKNOWN)
    assert "acknowledged 1 " in listed.command("ack", "--blind", "b2.lab").out
    ran = listed.command("status", "-v", "--format", "json", CLEAN, code=OK)
    assert ran.result(CLEAN, "b2.lab")["acked"] and ran.verdict(CLEAN, "b2.lab") == "servfail"


@pytest.mark.parametrize("days", [2, 7])
def test_the_end_of_its_time_is_told_for_a_blind_list_too(station, days):
    """Once, also when the weekly reminder falls on the same day."""
    station.zone("b2.lab")
    bl = station.zone()
    station.configure(top="stale_after = 100d")
    station.baseline()
    bl.rule = lambda q: a("127.255.255.254")
    told(station.run(after=HOUR), "blind")
    station.command("ack", "--blind", "bl.lab", "--for", f"{days}d")
    for _ in range(days - 1):
        silent(station.run(after=DAY))
    mail, change = told(station.run(after=DAY), "reminder", r"^STILL BLIND bl.lab \(not served\)")
    assert change["reason"] == "the acknowledgement has ended"
    assert mail.message["References"]
    silent(station.run(after=DAY))


def test_it_does_not_wait_for_a_run(listed):
    """A run that hangs in its queries holds the lock; an acknowledgement made meanwhile stays."""
    import time
    from lab import silence
    listed.b2.rule = lambda q: silence()
    process = listed.start(after=HOUR)
    try:
        asked = len(listed.dns.log)
        for _ in range(100):
            if len(listed.dns.log) > asked:
                break
            time.sleep(0.02)
        assert "acknowledged 1 " in listed.command("ack", BAD, "bl.lab").out
        process.wait(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
    assert len(acks(listed)) == 1 and finding(listed, None)["acked"]


def test_without_a_state_there_is_nothing_to_acknowledge(station):
    station.zone()
    station.configure()
    assert "repmon run" in station.command("ack", "all", "all", code=66).err
    assert not station.state.exists()


def test_what_lapsed_is_acknowledged_for_its_address_alone(listed):
    listed.bl.listed[CLEAN] = "127.0.0.2"
    told(listed.run(after=HOUR), "listed")
    listed.bl.rule = lambda q: servfail()
    for _ in range(16):
        listed.run(after=DAY)
    assert listed.command("ack", BAD, "bl.lab").out.startswith("acknowledged 1 finding until ")
    report = listed.command("status", "--format", "json", code=UNKNOWN)
    assert report.result(BAD, "bl.lab")["acked"] and not report.result(CLEAN, "bl.lab")["acked"]
    assert (report.target(BAD)["level"], report.target(CLEAN)["level"]) == ("ok", "unknown")
    assert [row["in_force"] for row in acks(listed)] == [True]
    listed.bl.rule = None
    listed.run(after=HOUR)
    assert finding(listed, CRITICAL)["acked"] is None, "that it is listed is news again"
