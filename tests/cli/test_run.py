# SPDX-License-Identifier: ISC
"""`repmon run` as a person lives with it: one message when something happened, none otherwise."""

import re
import time

import lab
from lab import Rbldnsd, Unbound, a, block_list, servfail, silence
from station import BAD, CLEAN, DAY, HOUR, MINUTE, silent, station, told  # noqa: F401


def test_the_first_run_says_how_things_stand_and_the_second_is_silent(station):
    station.zone()
    station.configure()
    ran = station.run()
    mail, change = told(ran, "baseline", r"^BASELINE")
    assert mail.text.startswith("no earlier state found")
    assert ran.hooks[0]["id"].startswith("mon1-") and "[mon1]" in mail.subject
    metrics = station.command("status", "--format", "prometheus").out
    assert re.search(r'^repmon_build_info{.*instance="mon1".*} 1$', metrics, re.M)
    assert "no findings" in mail.text.lower()
    silent(station.run(after=HOUR))
    silent(station.run(after=DAY))


def test_a_listing_is_one_mail_and_one_web_hook_and_its_end_another(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    bl.reasons[CLEAN] = "Spam seen, see https://bl.lab/lookup"
    ran = station.run(after=DAY)
    opening, change = told(ran, "listed", rf"^LISTED \(critical\) mx1.example.org {CLEAN} bl.lab SPAM")
    assert (change["from"], change["to"], change["ip"]) == ("ok", "critical", CLEAN)
    assert change["codes"][0]["name"] == "SPAM" and change["label"] == "mx1.example.org"
    assert "Spam seen" in change["reason"]
    text = opening.text
    for word in ("mx1.example.org", "Spam seen", "Do next:", f"sudo repmon -c {station.conf} ack {CLEAN} bl.lab"):
        assert word in text, word
    assert opening.message["Message-ID"] == f"<{ran.hooks[0]['id']}@mon1.example.org>"
    silent(station.run(after=DAY))
    silent(station.run(after=10))
    bl.listed.clear()
    silent(station.run(after=HOUR))  # the first answer of two that clear
    mail, change = told(station.run(after=HOUR), "delisted", rf"^DELISTED mx1.example.org {CLEAN} bl.lab")
    assert (change["from"], change["to"]) == ("critical", "ok")
    assert change["advice"].startswith("Nothing to do.") and change["advice"][:40] in mail.text
    assert mail.message["References"] == opening.message["Message-ID"]
    silent(station.run(after=DAY))


def test_the_same_through_a_real_list_server_and_a_real_resolver(station):
    with Rbldnsd({"bl.lab": block_list()}) as server, \
            Unbound({"bl.lab": server}, extra="cache-max-ttl: 1\ncache-max-negative-ttl: 1") as u:
        station.zone()
        station.configure()
        station.edit(station.dns.address, u.address)
        station.baseline()
        server.replace({"bl.lab": block_list([f"{CLEAN} :127.0.0.2:Spam from $"])})
        # The resolver may keep the earlier answer for a second.
        for _ in range(12):
            ran = station.run(after=HOUR)
            if ran.mails:
                break
            time.sleep(0.2)
        _, change = told(ran, "listed")
        assert change["reason"] == f"Spam from {CLEAN}"
        silent(station.run(after=HOUR))


def test_one_clear_answer_suffices_when_the_listing_was_last_seen_long_ago(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=DAY), "listed")
    bl.listed.clear()
    told(station.run(after=DAY), "delisted")  # 24 h old: once is enough
    silent(station.run(after=DAY))


def test_clearing_needs_two_answers_that_lie_apart(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=HOUR), "listed")
    bl.listed.clear()
    silent(station.run(after=5 * MINUTE))
    for _ in range(9):
        silent(station.run(after=5 * MINUTE))  # 45 minutes after the first: too near
    told(station.run(after=5 * MINUTE), "delisted")


def test_an_unknown_answer_neither_counts_nor_resets(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    told(station.run(after=HOUR), "listed")
    bl.listed.clear()
    silent(station.run(after=HOUR))
    bl.rule = lambda q: servfail()
    ran = station.run(after=HOUR, code=None)
    assert not any(c["kind"] == "delisted" for h in ran.hooks for c in h["changes"])
    bl.rule = None
    ran = station.run(after=HOUR)
    kinds = [c["kind"] for h in ran.hooks for c in h["changes"]]
    assert "delisted" in kinds and len(ran.mails) == 1


def test_a_finding_of_the_first_look_is_an_alert(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.configure()
    ran = station.run()
    assert len(ran.mails) == 1 and len(ran.hooks) == 1
    assert ran.mails[0].subject.startswith(f"ALREADY LISTED (critical) mx1.example.org {CLEAN} bl.lab")
    kinds = [(c["kind"], c["list"]) for c in ran.hooks[0]["changes"]]
    assert ("baseline", "bl.lab") in kinds
    silent(station.run(after=HOUR))


def test_a_first_run_that_proves_nothing_uses_no_baseline_up(station):
    bl = station.zone()
    bl.rule = lambda q: servfail()
    station.configure()
    ran = station.run(code=69)
    assert not any(c["kind"] == "baseline" for h in ran.hooks for c in h["changes"])
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith("BLIND")
    bl.rule = None
    ran = station.run(after=HOUR)
    kinds = [c["kind"] for c in ran.hooks[0]["changes"]]
    assert "baseline" in kinds and "recovered" in kinds and len(ran.mails) == 1


def test_other_codes_on_the_same_list_are_a_change(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.4"
    _, change = told(station.run(after=DAY), "changed", r"^CHANGED")
    assert [c["name"] for c in change["codes_from"]] == ["SPAM"]
    assert [c["name"] for c in change["codes"]] == ["OPEN"]
    silent(station.run(after=DAY))


def test_from_policy_to_spam_is_worsened_at_once(station):
    """PBL, which is harmless for many, becomes SBL."""
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.10"
    station.configure()
    station.run()
    silent(station.run(after=HOUR))
    bl.listed[CLEAN] = ["127.0.0.2", "127.0.0.10"]
    _, change = told(station.run(after=HOUR), "worsened", r"^WORSENED")
    assert (change["from"], change["to"]) == ("info", "critical")
    bl.listed[CLEAN] = "127.0.0.10"
    _, change = told(station.run(after=DAY), "improved", r"^IMPROVED")
    assert (change["from"], change["to"]) == ("critical", "info")
    silent(station.run(after=DAY))


def test_each_code_says_what_to_do_about_it_on_a_line_of_its_own(station):
    zen = station.dns.zone("zen.spamhaus.org", test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    station.configure(extra='[dnsbl "zen.spamhaus.org"]')
    station.baseline()
    zen.listed[CLEAN] = ["127.0.0.2", "127.0.0.10"]
    mail, change = told(station.run(after=HOUR), "listed")
    assert [line.partition(":")[0] for line in change["advice"].split("\n")] == ["SBL", "PBL-ISP"]
    assert "Do next:   SBL: " in mail.text and "\n              PBL-ISP: " in mail.text


def test_a_whole_network_newly_listed_is_one_alert_at_once(station):
    bl = station.zone()
    station.configure(targets="ip = 198.51.100.0/24")
    station.baseline()
    bl.listed.update({f"198.51.100.{i}": "127.0.0.2" for i in range(256)})
    mail, change = told(station.run(after=HOUR), "listed")
    assert change["count"] == 256
    assert change["targets"] == ["198.51.100.0-198.51.100.255"]
    assert "ip" not in change
    assert "198.51.100.0-198.51.100.255" in mail.subject + mail.text
    silent(station.run(after=HOUR))
    bl.listed.clear()
    _, change = told(station.run(after=DAY), "delisted")
    assert change["count"] == 256


def test_flapping_is_said_once_and_then_held(station):
    bl = station.zone()
    station.configure()
    station.baseline()
    kinds = []
    for step in range(10):
        bl.listed = {CLEAN: "127.0.0.2"} if step % 2 == 0 else {}
        ran = station.run(after=13 * HOUR)
        kinds += [c["kind"] for h in ran.hooks for c in h["changes"]]
    assert kinds == ["listed", "delisted", "listed", "flapping"]
    bl.listed = {}
    silent(station.run(after=13 * HOUR))
    silent(station.run(after=20 * HOUR))
    _, change = told(station.run(after=40 * HOUR), "delisted")
    assert "flapping" in change["reason"]
    silent(station.run(after=DAY))


def test_flapping_can_be_switched_off(station):
    bl = station.zone()
    station.configure(top="flap = 0")
    station.baseline()
    for step in range(8):
        bl.listed = {CLEAN: "127.0.0.2"} if step % 2 == 0 else {}
        told(station.run(after=13 * HOUR), "delisted" if step % 2 else "listed")


# ---- blindness ----


def two_lists(station):
    one, two = station.zone("one.lab", severity="critical"), station.zone("two.lab")
    station.configure()
    station.baseline()
    return one, two


def test_a_list_that_answers_nothing_is_blind_after_two_runs_and_sighted_later(station):
    one, _ = two_lists(station)
    one.rule = lambda q: servfail()
    silent(station.run(after=HOUR))
    opening, change = told(station.run(after=HOUR), "blind", r"^BLIND one.lab \(servfail\)")
    assert change["to"] == "critical" and "Do next:" in opening.text
    silent(station.run(after=HOUR))
    one.rule = None
    mail, change = told(station.run(after=HOUR), "recovered", r"^RECOVERED one.lab")
    assert mail.message["References"] == opening.message["Message-ID"]
    silent(station.run(after=HOUR))


def test_a_refusal_is_said_at_once(station):
    _, two = two_lists(station)
    two.rule = lambda q: a("127.255.255.254")
    _, change = told(station.run(after=HOUR), "blind", r"^BLIND two.lab \(not served\)")
    assert change["to"] == "warning"
    silent(station.run(after=HOUR))


def test_all_lists_blind_at_once_are_one_entry(station):
    one, two = two_lists(station)
    one.rule = two.rule = lambda q: servfail()
    ran = station.run(after=HOUR, code=69)
    assert len(ran.mails) == 1
    (change,) = ran.hooks[0]["changes"]
    assert change["kind"] == "blind" and "all lists" in ran.mails[0].subject
    assert "one.lab, two.lab, each: the resolver" in ran.mails[0].text
    assert "nothing could be queried" in ran.err
    again = station.run(after=HOUR, code=69)
    assert (again.out, again.err, again.mails, again.hooks) == ("", "", [], [])
    assert "nothing could be queried" in station.run("-v", after=HOUR, code=69).err
    one.rule = two.rule = None
    ran = station.run(after=HOUR)
    assert "RECOVERED all lists" in ran.mails[0].text and "RECOVERED all lists, " not in ran.mails[0].text
    (change,) = ran.hooks[0]["changes"]
    assert change["kind"] == "recovered" and len(ran.mails) == 1
    silent(station.run(after=HOUR))


def test_a_blind_list_neither_clears_nor_raises_anything(station):
    one, two = station.zone("one.lab"), station.zone("two.lab")
    one.listed[CLEAN] = "127.0.0.2"
    station.configure()
    station.baseline()
    one.rule = lambda q: servfail()
    for _ in range(5):
        ran = station.run(after=DAY)
        for hook in ran.hooks:
            assert {c["kind"] for c in hook["changes"]} <= {"blind", "stale"}
    assert station.rows("SELECT answers FROM belief JOIN list ON list.id = belief.list "
                        "WHERE list.name = 'one.lab'") == [("127.0.0.2",)]


def test_stale_is_said_once_and_a_finding_lapses_in_the_end(station):
    one, two = station.zone("one.lab"), station.zone("two.lab")
    one.listed[CLEAN] = "127.0.0.2"
    station.configure(top="remind = 0")
    station.baseline()
    one.rule = lambda q: servfail()
    kinds = []
    for _ in range(20):
        ran = station.run(after=DAY)
        kinds += [c["kind"] for h in ran.hooks for c in h["changes"]]
    assert kinds == ["blind", "stale", "lapsed"]
    one.rule = None
    one.listed.clear()
    ran = station.run(after=DAY)
    kinds = [c["kind"] for h in ran.hooks for c in h["changes"]]
    assert "recovered" in kinds


def test_a_week_later_what_is_open_is_said_again_in_one_message(station):
    one, two = station.zone("one.lab"), station.zone("two.lab")
    station.configure(targets=f"ip = {CLEAN}\nip = {BAD}")
    station.baseline()
    one.listed[CLEAN] = "127.0.0.2"
    opening, _ = told(station.run(after=DAY), "listed")
    two.listed[BAD] = "127.0.0.2"
    second, _ = told(station.run(after=DAY), "listed")
    for _ in range(5):
        silent(station.run(after=DAY))
    ran = station.run(after=DAY)
    assert {(c["kind"], c["ip"]) for c in ran.hooks[0]["changes"]} == {
        ("reminder", CLEAN), ("reminder", BAD)}
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith("STILL LISTED")
    assert ran.mails[0].message["References"].split() == [
        opening.message["Message-ID"], second.message["Message-ID"]]  # oldest first
    assert "nothing new" in ran.mails[0].text and "Before:" not in ran.mails[0].text
    for _ in range(6):
        silent(station.run(after=DAY))
    assert len(station.run(after=DAY).mails) == 1


# ---- configuration ----


def test_editing_severities_causes_no_change(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.configure()
    station.baseline()
    station.zone().listed[CLEAN] = "127.0.0.2"
    station.lists["bl.lab"]["severity"] = "minor"
    station.configure()
    silent(station.run(after=HOUR))
    station.lists["bl.lab"]["severity"] = "critical"
    station.configure()
    silent(station.run(after=HOUR))


def test_a_list_added_later_has_a_silent_baseline_unless_it_finds_something(station):
    station.zone("one.lab")
    station.configure()
    station.baseline()
    station.zone("two.lab")
    station.configure()
    silent(station.run(after=HOUR))
    three = station.zone("three.lab")
    three.listed[CLEAN] = "127.0.0.2"
    station.configure()
    _, change = told(station.run(after=HOUR), "baseline", r"^ALREADY LISTED")
    assert change["list"] == "three.lab"


def test_a_list_taken_out_ends_its_findings_aloud(station):
    one, two = station.zone("one.lab"), station.zone("two.lab")
    one.listed[CLEAN] = "127.0.0.2"
    station.configure()
    station.baseline()
    del station.lists["one.lab"]
    station.configure()
    told(station.run(after=HOUR), "retired")
    silent(station.run(after=HOUR))


def test_a_state_of_another_instance_is_used_with_a_warning(station):
    station.zone()
    station.configure()
    station.baseline()
    station.edit("instance = mon1", "instance = mon2")
    ran = station.run(after=HOUR)
    assert "mon1" in ran.err and "mon2" in ran.err and not ran.mails
    silent(station.run(after=HOUR))


def test_a_dry_run_prints_what_it_would_tell_and_writes_nothing(station):
    bl = station.zone()
    station.configure()
    ran = station.run("--dry-run")
    assert "first look" in ran.out and not ran.mails and not ran.hooks
    assert not station.state.parent.exists()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    before = {f.name: f.read_bytes() for f in station.state.parent.iterdir()}
    ran = station.run("--dry-run", after=HOUR)
    assert f"LISTED (critical) mx1.example.org {CLEAN} bl.lab" in ran.out and not ran.mails and not ran.hooks
    assert {f.name: f.read_bytes() for f in station.state.parent.iterdir()} == before
    told(station.run(), "listed")


def test_intervals_are_kept_and_all_ignores_them(station):
    bl = station.zone(every="6h")
    station.configure()
    station.baseline()
    asked = len(bl.asked(CLEAN))
    silent(station.run(after=HOUR))
    assert len(bl.asked(CLEAN)) == asked
    silent(station.run("--all", after=HOUR))
    assert len(bl.asked(CLEAN)) == asked + 1
    silent(station.run(after=5 * HOUR + 58 * MINUTE))
    assert len(bl.asked(CLEAN)) == asked + 2


def test_a_resolver_that_dies_hands_over_to_the_next(station):
    with lab.Scripted() as second:
        station.zone()
        spare = second.zone("bl.lab")
        station.configure()
        one = f"resolver = {station.dns.address}"
        station.edit(one, f"{one}\nresolver = {second.address}")
        station.baseline()
        station.dns.before = lambda q: silence()
        ran = station.run(after=HOUR)
        assert not ran.mails and ran.code == 0
        spare.listed[CLEAN] = "127.0.0.2"
        ran = station.run(after=HOUR)
        assert [c["kind"] for c in ran.hooks[0]["changes"]] == ["listed"]
