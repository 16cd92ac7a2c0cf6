# SPDX-License-Identifier: ISC
"""A channel that was told of a beginning is told of its end, once, whatever was edited meanwhile;
and nothing is reported twice."""

import pytest

from lab import Reply, name_of, nxdomain, refused, silence
from lab.microsoft import BLOCKED, Authority, Microsoft, day
from station import (CLEAN, DAY, HOOK, HOUR, MAIL, OTHER, silent, station,  # noqa: F401
                     told)

CRITICAL_ONLY = """[webhook "only"]
url = {hook_url}
min_level = critical
"""
PAGER = """[webhook "pager"]
format = pagerduty
url = {hook_url}
routing_key_file = pager.key
"""


def kinds(ran):
    return sorted((c["kind"], c["list"]) for hook in ran.hooks for c in hook["changes"])


def events(ran):
    return [(h["event_action"], h["dedup_key"].rsplit("/", 1)[1]) for h in ran.hooks]


def refuse(*zones):
    for zone in zones:
        zone.rule = lambda q: refused()


def answer(*zones):
    for zone in zones:
        zone.rule = None


def pager(station):
    key = station.folder / "pager.key"
    key.write_text("R" * 32 + "\n")
    key.chmod(0o600)
    station.configure(channels=PAGER)


def test_blindness_of_a_list_that_was_lowered_meanwhile_ends_aloud(station):
    bl, other = station.zone(severity="critical"), station.zone("other.lab")
    station.configure(channels=CRITICAL_ONLY)
    station.run()
    refuse(bl)
    assert kinds(station.run(after=HOUR)) == [("blind", "bl.lab")]
    station.lists["bl.lab"]["severity"] = "minor"
    station.configure(channels=CRITICAL_ONLY)
    assert kinds(station.run(after=HOUR)) == []
    answer(bl)
    assert [k for k, _ in kinds(station.run(after=HOUR))] == ["recovered"]
    assert other.log


@pytest.mark.parametrize("how", ["off", "allow", "code"])
def test_a_finding_that_the_configuration_no_longer_counts_ends_aloud(station, how):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    pager(station)
    assert events(station.run()) == [("trigger", "bl.lab")]
    if how == "off":
        station.lists["bl.lab"]["severity"] = "off"
    elif how == "allow":
        station.lists["bl.lab"] = {"kind": "allow", "test": "127.0.0.2"}
    else:
        station.lists["bl.lab"]["code"] = ["127.0.0.2 SPAM off"]
    station.zone("other.lab")
    pager(station)
    assert events(station.run(after=HOUR)) == [("resolve", "bl.lab")]
    for _ in range(3):
        silent(station.run(after=HOUR))


def test_all_lists_blind_ends_when_they_are_replaced(station):
    first = [station.zone(name) for name in ("a.lab", "b.lab")]
    pager(station)
    station.run()
    refuse(*first)
    assert events(station.run(after=HOUR, code=69)) == [("trigger", "all")]
    station.lists.clear()
    for name in ("c.lab", "d.lab"):
        station.zone(name)
    pager(station)
    assert events(station.run(after=HOUR)) == [("resolve", "all")]
    silent(station.run(after=HOUR))


def test_a_list_lowered_while_all_were_blind_is_not_named_when_the_others_answer(station):
    zones = [station.zone(name, severity="critical") for name in ("a.lab", "b.lab", "c.lab")]
    station.configure(channels=HOOK)
    station.run()
    refuse(*zones)
    assert kinds(station.run(after=HOUR, code=69)) == [("blind", "")]
    station.lists["c.lab"]["severity"] = "minor"
    station.configure(channels=HOOK)
    answer(*zones[:2])
    told = kinds(station.run(after=HOUR))
    assert [x for _, x in told] == [""], told
    answer(zones[2])
    assert kinds(station.run(after=HOUR)) == []


def test_a_list_without_a_test_entry_recovers_when_it_answers(station):
    bl = station.zone(test="none", severity="critical")
    station.zone("other.lab")
    station.configure(channels=HOOK)
    station.run()
    bl.rule = lambda q: silence()
    station.run(after=HOUR)
    assert kinds(station.run(after=HOUR)) == [("blind", "bl.lab")]
    answer(bl)
    assert [x for _, x in kinds(station.run(after=HOUR))] == ["bl.lab"]
    assert kinds(station.run(after=HOUR)) == []


@pytest.mark.parametrize("count", [1, 3])
def test_blindness_every_other_hour_is_flapping(station, count):
    zones = [station.zone(f"l{i}.lab", severity="critical") for i in range(count)]
    if count == 1:
        station.zone("other.lab")
    station.configure(channels=HOOK)
    station.run()
    told = []
    for i in range(48):
        (refuse if i % 2 == 0 else answer)(*zones)
        ran = station.run(after=HOUR, code=None)
        told += kinds(ran)
        advice = [c["advice"] for h in ran.hooks for c in h["changes"] if c["kind"] == "flapping"]
        assert all("keeps failing" in x and "address" not in x for x in advice)
    assert len(told) == 4 and told[3][0] == "flapping", told
    assert {name for _, name in told} == ({"l0.lab"} if count == 1 else {""})
    for _ in range(47):
        assert kinds(station.run(after=HOUR)) == []
    (end,) = kinds(station.run(after=2 * HOUR))
    assert end[0] == "recovered" and end[1] == told[0][1]


def test_nothing_is_reminded_of_in_the_digest_that_tells_it(station):
    zones = [station.zone(name, severity="critical") for name in ("a.lab", "b.lab")]
    zones[0].listed[CLEAN] = "127.0.0.2"
    station.configure(channels=HOOK)
    station.run()
    zones[1].listed[CLEAN] = "127.0.0.2"
    assert kinds(station.run(after=7 * DAY)) == [("listed", "b.lab"), ("reminder", "a.lab")]


def test_all_lists_blind_is_one_reminder(station):
    zones = [station.zone(name, severity=s) for name, s in
             (("a.lab", "critical"), ("b.lab", "major"), ("c.lab", "critical"))]
    station.configure(channels=HOOK)
    station.run()
    refuse(*zones)
    assert kinds(station.run(after=HOUR, code=69)) == [("blind", "")]
    told = kinds(station.run(after=7 * DAY, code=69))
    assert [x for x in told if x[0] == "reminder"] == [("reminder", "")]


def test_an_acknowledgement_that_ends_stands_once_in_the_history(station):
    bl, old = station.zone(), station.zone("old.lab")
    old.listed[CLEAN] = "127.0.0.2"
    bl.listed[CLEAN] = "127.0.0.2"
    station.configure(channels=HOOK)
    station.run()
    station.command("ack", CLEAN, "bl.lab", "--for", "7d")
    assert kinds(station.run(after=7 * DAY + HOUR)) == [("reminder", "bl.lab"),
                                                        ("reminder", "old.lab")]
    assert station.rows("SELECT count(*) FROM history WHERE kind = 'reminder'") == [(2,)]


def test_a_default_list_that_goes_off_is_not_reminded_of(station):
    zone = station.dns.zone("b.barracudacentral.org")
    station.dns.zone("zen.spamhaus.org", test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    station.dns.zone("bl.spamcop.net")
    station.lists["bl.spameatingmonkey.net"] = {"severity": "off"}
    station.lists["b.barracudacentral.org"] = {"severity": "critical"}
    station.configure(channels=HOOK)
    station.edit("[dnsbl]\nuse = none", "[dnsbl]\nuse = default")
    station.run()
    refuse(zone)
    assert kinds(station.run(after=HOUR)) == [("blind", "b.barracudacentral.org")]
    del station.lists["b.barracudacentral.org"]
    station.configure(channels=HOOK)
    station.edit("[dnsbl]\nuse = none", "[dnsbl]\nuse = default")
    assert kinds(station.run(after=HOUR)) == [("retired", "b.barracudacentral.org")]
    assert kinds(station.run(after=8 * DAY)) == []


def test_what_waits_for_a_renamed_channel_goes_to_those_that_are_there(station):
    """The receiver is down, and somebody renames the channel: nothing is thrown away."""
    bl = station.zone()
    station.configure(channels=HOOK)
    station.run()
    station.hook.on_request = lambda r: 503
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR, code=69)
    bl.listed[CLEAN] = "127.0.0.4"
    station.run(after=HOUR, code=69)
    station.hook.on_request = None
    station.seen_hooks = len(station.hook.requests)
    station.configure(channels=HOOK.replace('"chat"', '"alerts"') + MAIL)
    ran = station.run(after=HOUR)
    assert [k for k, _ in kinds(ran)] == ["changed", "listed"]
    assert [hook["changes"][0]["kind"] for hook in ran.hooks] == ["listed", "changed"], "in order"
    assert len(ran.mails) == 2
    assert "webhook chat is no longer configured: 2 messages" in ran.err
    silent(station.run(after=HOUR))
    bl.listed.clear()
    station.run(after=14 * HOUR)
    ran = station.run(after=HOUR)
    assert kinds(ran) in ([], [("delisted", "bl.lab")])


@pytest.mark.parametrize("at_once", [True, False])
def test_a_renamed_channel_hears_the_end_of_what_it_was_told_by_its_old_name(station, at_once):
    bl = station.zone(severity="critical")
    station.zone("other.lab")
    station.configure(channels=CRITICAL_ONLY)
    station.run()
    refuse(bl)
    assert kinds(station.run(after=HOUR)) == [("blind", "bl.lab")]
    station.lists["bl.lab"]["severity"] = "minor"
    station.configure(channels=CRITICAL_ONLY.replace('"only"', '"pager"'))
    if not at_once:
        assert kinds(station.run(after=HOUR)) == []
    answer(bl)
    assert [name for _, name in kinds(station.run(after=HOUR))] == ["bl.lab"]


def test_an_end_says_who_is_still_listed_there_also_of_another_alert(station):
    bl = station.zone()
    station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}")
    station.run()
    bl.listed[OTHER] = "127.0.0.2"
    station.run(after=HOUR)
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    del bl.listed[CLEAN]
    (mail,) = station.run(after=DAY).mails
    assert f"Not over:  {OTHER} is still listed there" in mail.text
    assert "STILL OPEN" not in mail.text
    del bl.listed[OTHER]
    (mail,) = station.run(after=DAY).mails
    assert "Not over" not in mail.text


# ---- what needs no second answer: confirm_cleared is for DNS lists ----

SERVER = "203.0.113.25"
SLOW_TO_BELIEVE = "confirm_listed = 3\nconfirm_cleared = 3"


def test_a_reverse_name_that_is_back_is_told_by_the_first_proof(station):
    reverse = name_of(SERVER, "in-addr.arpa"), "PTR"
    there = Reply(records=(("PTR", "mx1.lab"),))
    station.dns.host("mx1.lab", SERVER)
    station.dns.hosts[reverse] = there
    station.zone()
    station.configure(targets=f"ip = {SERVER} mx1", ptr="use = hosts", top=SLOW_TO_BELIEVE)
    station.baseline()
    station.dns.hosts[reverse] = nxdomain()
    told(station.run(after=HOUR), "listed", r"^PTR MISSING")
    station.dns.hosts[reverse] = there
    told(station.run(after=HOUR), "delisted", r"^PTR RESTORED")
    silent(station.run(after=HOUR))


def test_a_word_of_talos_is_told_by_the_first_answer(station):
    answer_file = station.folder / "talos.json"
    program = station.folder / "talos"
    program.write_text(f"#!/bin/sh\ncat {answer_file}\n")
    program.chmod(0o755)
    station.zone()
    station.configure(targets=f"ip = {SERVER} mx1", top=SLOW_TO_BELIEVE,
                      extra=f"[talos]\nmethod = command\ncommand = {program}")

    def says(level):
        answer_file.write_text(f'{{"ip":"{SERVER}","score":1,"level":"{level}"}}')
        return station.run("--all", after=HOUR)

    says("neutral")
    told(says("poor"), "listed", "^TALOS POOR")
    told(says("neutral"), "delisted", "^TALOS")
    silent(says("neutral"))


def test_a_block_at_outlook_ends_with_the_first_status_that_is_normal(station):
    authority = Authority()
    with Microsoft(authority) as ms:
        (station.folder / "status.url").write_text(ms.link("status", era=2026) + "\n")
        (station.folder / "status.url").chmod(0o600)
        station.zone()
        station.configure(
            targets=f"ip = {SERVER} mx1", top=f"ca_file = {authority.ca}\n" + SLOW_TO_BELIEVE,
            extra='[snds "home"]\nmethod = links\nstatus_url_file = status.url\n'
                  f"covers = {SERVER} {day(10)}")
        station.baseline()
        ms.link_status = f"{SERVER},{SERVER},Yes,{BLOCKED}\r\n"
        told(station.run("--all", after=HOUR), "listed", "^BLOCKED AT OUTLOOK")
        ms.link_status = ""
        told(station.run("--all", after=HOUR), "delisted", "^UNBLOCKED AT OUTLOOK")
        silent(station.run("--all", after=HOUR))
    authority.remove()
