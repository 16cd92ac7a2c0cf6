# SPDX-License-Identifier: ISC
"""What becomes of a message: outcomes, order, filters, and which channels learn of the end."""

import fcntl
import os
import re

import pytest

from conftest import TOP
from lab import nxdomain, refused
from lab.server import wait_until
from lab.sinks import WebhookSink
from lab.tls import Authority
from station import (CLEAN, DAY, HOOK, HOUR, MAIL, MINUTE, silent, station,  # noqa: F401
                     told)


def listed(station, channels=MAIL + HOOK, **keys):
    """A station past its baseline, whose address was just listed."""
    bl = station.zone(**keys)
    station.configure(channels=channels)
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    return bl


def outbox(station, channel):
    return station.rows("SELECT state, tries FROM outbox WHERE channel = ? ORDER BY id", channel)


def test_without_a_channel_the_digest_goes_to_stdout_for_cron_to_mail(station):
    bl = listed(station, channels="")
    ran = station.run(after=HOUR)
    assert f"LISTED (critical) mx1.example.org {CLEAN} bl.lab" in ran.out and ran.err == ""
    ran = station.run(after=HOUR)
    assert (ran.out, ran.err) == ("", "")
    bl.listed.clear()
    assert f"DELISTED mx1.example.org {CLEAN} bl.lab" in station.run(after=DAY).out


def full_disk():
    return os.open("/dev/full", os.O_WRONLY)


def closed_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("out", [full_disk, closed_pipe])
def test_what_stdout_did_not_take_waits_like_any_message(station, out):
    bl = listed(station, channels="")
    for answer in ("127.0.0.2", "127.0.0.4"):
        bl.listed[CLEAN] = answer
        descriptor = out()
        process = station.start(after=HOUR, stdout=descriptor)
        os.close(descriptor)
        assert process.wait(30) == 74
        assert "waits" in process.communicate()[1]
    assert [state for state, _ in outbox(station, "stdout")][-2:] == ["pending", "pending"]
    assert "stdout: 2 messages wait" in " ".join(station.command("status", code=None).out.split())
    ran = station.run(after=DAY)
    assert ran.out.index("LISTED (critical)") < ran.out.index("CHANGED (critical)")
    assert station.run(after=HOUR).out == ""


def test_a_kill_while_it_is_printed_loses_nothing(station):
    listed(station, channels="")
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * 4096)  # full: the run blocks in its write
    process = station.start(after=HOUR, stdout=writer)
    wait_until("the write", lambda: [("sending",)] == station.rows(
        "SELECT state FROM outbox WHERE channel = 'stdout' AND state = 'sending'"))
    process.kill()
    process.communicate()
    os.close(reader)
    os.close(writer)
    ran = station.run(after=HOUR)
    assert "LISTED (critical)" in ran.out and "may have received this message already" in ran.out
    assert station.run(after=HOUR).out == ""


def test_what_no_channel_took_goes_to_stdout_and_is_tried_again(station):
    listed(station)
    station.mail.on_data = lambda m: "451 try later"
    station.hook.on_request = lambda r: 503
    ran = station.run(after=HOUR, code=69)
    assert f"LISTED (critical) mx1.example.org {CLEAN} bl.lab" in ran.out and "mail ops" in ran.err and "webhook" in ran.err
    assert len(station.mail.attempts) == 2
    station.mail.on_data = station.hook.on_request = None
    ran = station.run(after=HOUR)
    assert (ran.out, ran.err) == ("", "")
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith("LISTED")
    first, again = station.hook.requests[-2:]
    assert first.headers["webhook-id"] == again.headers["webhook-id"] and first.body == again.body
    silent(station.run(after=HOUR))


def test_one_channel_neither_blocks_nor_repeats_another(station):
    listed(station)
    station.mail.on_data = lambda m: "451 try later"
    ran = station.run(after=HOUR)
    assert ran.out == "" and len(ran.hooks) == 1 and not ran.mails
    assert "mail ops" in ran.err
    station.mail.on_data = None
    ran = station.run(after=HOUR)
    assert len(ran.mails) == 1 and not ran.hooks
    silent(station.run(after=HOUR))


def test_a_pause_is_named_where_news_waits_for_it_and_one_success_ends_all_of_them(station):
    bl = listed(station)
    station.mail.on_data = lambda m: "451 try later"
    station.hook.on_request = lambda r: 503
    station.run(after=HOUR, code=69)
    bl.listed[CLEAN] = "127.0.0.4"
    ran = station.run(after=11, code=69)
    for channel in ("mail ops", "webhook chat"):
        assert re.search(rf"{channel}: not tried: waiting until 20\S+ \S+ \S+, the pause after: .*"
                         r"(451|503)", ran.err), ran.err
    assert station.run(after=11).err == "", "no news: nothing to say"
    for hours in (1, 1, 2, 4):  # the first falls behind: its pause is six hours in the end
        silent_but_waiting = station.run(after=hours * HOUR)
        assert silent_but_waiting.err == "" and not silent_but_waiting.mails
    station.mail.on_data = station.hook.on_request = None
    ran = station.run(after=4 * HOUR)
    assert {hook["changes"][0]["kind"] for hook in ran.hooks} == {"listed", "changed"}
    assert len(ran.mails) == 2
    assert all(state == "sent" for state, *_ in outbox(station, "webhook chat"))


def test_a_back_off_is_kept_between_runs(station):
    listed(station)
    station.hook.on_request = lambda r: (429, {"Retry-After": "7200"}, b"")
    station.run(after=HOUR)
    tries = len(station.hook.requests)
    station.hook.on_request = None
    station.run(after=HOUR)
    assert len(station.hook.requests) == tries
    station.run(after=HOUR + MINUTE)
    assert len(station.hook.requests) == tries + 1


def test_a_held_channel_is_said_once_tried_once_a_run_and_recovers(station):
    bl = listed(station)
    station.hook.on_request = lambda r: 404
    ran = station.run(after=HOUR)
    assert "held" in ran.err and "webhook chat" in ran.err and len(ran.mails) == 1
    assert outbox(station, "webhook chat")[-1] == ("held", 1)
    status = station.command("status", code=None)
    assert "webhook chat" in status.out and "404" in status.out
    bl.listed[CLEAN] = "127.0.0.4"
    tries = len(station.hook.requests)
    ran = station.run(after=HOUR)
    assert (ran.err, len(ran.mails)) == ("", 1)
    assert len(station.hook.requests) == tries + 1  # the oldest only
    assert "webhook chat is still held" in station.run("-v", after=HOUR).err
    station.hook.on_request = lambda r: 401  # another reason is news
    assert station.run(after=HOUR).err.count("held") == 1
    deliver = station.command("deliver", code=69)  # who asks is answered
    assert deliver.err.count("held") == 1
    station.hook.on_request = None
    ran = station.run(after=HOUR)
    assert [h["changes"][0]["kind"] for h in ran.hooks] == ["listed", "changed"]
    assert (ran.out, ran.err, len(ran.mails)) == ("", "", 0)
    silent(station.run(after=HOUR))


@pytest.mark.parametrize("then", [503, 429, 408])
def test_a_held_channel_that_is_down_as_well_gets_one_try_a_run(station, then):
    listed(station)
    station.hook.on_request = lambda r: 401
    station.run(after=HOUR)
    station.hook.on_request = lambda r: then
    for words, told in ((("run",), False), (("run",), False), (("deliver",), True)):
        tries = len(station.hook.requests)
        ran = station.command(*words, after=HOUR, code=None)
        assert len(station.hook.requests) == tries + 1, words
        assert (f"HTTP {then}" in ran.err) == told, "cron mails what is printed: not every hour"
    station.hook.on_request = None
    assert [h["changes"][0]["kind"] for h in station.run(after=HOUR).hooks] == ["listed"]
    silent(station.run(after=HOUR))


def rules():
    with open(os.path.join(TOP, "contrib", "prometheus", "repmon.rules.yml"),
              encoding="utf-8") as f:
        return f.read()


def test_a_message_that_cannot_be_taken_dies_alone(station):
    bl = listed(station)
    station.hook.on_request = lambda r: 422
    ran = station.run(after=HOUR)
    assert "given up" in ran.err and len(ran.mails) == 1
    assert outbox(station, "webhook chat")[-1][0] == "dead"
    station.hook.on_request = None
    bl.listed[CLEAN] = "127.0.0.4"
    ran = station.run(after=HOUR)
    assert len(ran.hooks) == 1 and ran.hooks[0]["changes"][0]["kind"] == "changed"
    told = " ".join(station.command("status", code=None).out.split())
    assert re.search(r"webhook chat: 1 message was given up, the last 20\S+ \S+ \S+ \(60 min ago\)",
                     told)
    metrics = station.command("status", "--format", "prometheus", code=None).out
    alert, = re.findall(r'delta\((repmon_outbox_messages\{)(state="\w+")', rules())
    assert re.search(re.escape(alert[0]) + r".*" + alert[1] + r"\} 1$", metrics, re.M), metrics


def test_a_message_is_given_up_after_a_week_and_five_tries_not_before(station):
    listed(station)
    station.hook.on_request = lambda r: 500
    station.run(after=HOUR)
    for _ in range(6):
        ran = station.run(after=DAY)
        assert "given up" not in ran.err
    assert outbox(station, "webhook chat")[-1][0] == "pending"
    ran = station.run(after=DAY + HOUR)
    assert "given up" in ran.err
    assert "dead" in {state for state, _ in outbox(station, "webhook chat")}


@pytest.mark.parametrize("level, floor", [("info", "warning"), ("minor", "critical"),
                                          ("info", "critical")])
def test_the_first_mail_counts_findings_below_its_channels_level(station, level, floor):
    """It says nothing about them, and does not call that clean."""
    low = station.zone("low.lab", level=level)
    station.zone("bl.lab")
    low.listed[CLEAN] = "127.0.0.2"
    station.configure(channels=f"{MAIL}min_level = {floor}\n")
    (mail,) = station.run().mails
    text = " ".join(mail.text.split())
    word = "warning" if level == "minor" else level
    assert f"1 finding below this channel's level: listed on low.lab ({word})" in text
    assert "findings only below this channel's level" in mail.subject
    assert "o findings" not in mail.subject + text.replace("findings only", "")
    assert station.run(after=HOUR).mails == []


def test_a_channel_hears_only_of_its_level_and_of_the_end(station):
    channels = MAIL + "min_level = critical\n" + HOOK
    low, high = station.zone("low.lab", level="major"), station.zone("high.lab")
    station.lists["low.lab"]["code"] = "127.0.0.2 SOME minor"
    station.configure(channels=channels)
    station.baseline()
    low.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert not ran.mails and len(ran.hooks) == 1 and (ran.out, ran.err) == ("", "")
    high.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert len(ran.mails) == 1 and "low.lab" in ran.mails[0].text  # still open
    low.listed.clear()
    high.listed.clear()
    ran = station.run(after=DAY)
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith(f"DELISTED mx1.example.org {CLEAN} high.lab")
    assert len(ran.hooks[0]["changes"]) == 2


def test_whoever_was_told_of_a_finding_is_told_of_its_end_though_only_names_one_kind(station):
    bl = listed(station, channels=MAIL + "only = listed\n" + HOOK)
    assert len(station.run(after=HOUR).mails) == 1
    bl.listed.clear()
    ran = station.run(after=DAY)
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith("DELISTED")


def test_whoever_was_told_of_a_critical_finding_is_told_when_it_ends_from_a_lower_level(station):
    """critical, then info (improved), then clear: each is told to a channel for critical."""
    bl = listed(station, channels=MAIL + "min_level = critical\n" + HOOK)
    assert len(station.run(after=HOUR).mails) == 1
    bl.listed[CLEAN] = "127.0.0.10"
    ran = station.run(after=DAY)
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith("IMPROVED")
    bl.listed.clear()
    ran = station.run(after=DAY)
    assert len(ran.mails) == 1 and ran.mails[0].subject.startswith("DELISTED")


def test_a_change_nobody_wants_to_hear_is_silence_not_a_failure(station):
    bl = listed(station, channels=MAIL + "min_level = critical\n", level="minor")
    silent(station.run(after=HOUR))
    assert station.rows("SELECT kind FROM history")[-1] == ("listed",)


def test_a_refused_recipient_is_named_and_told_with_the_next_digest(station):
    bl = station.zone()
    station.configure(channels=MAIL.replace("from =", "to = gone@example.org\nfrom =") + HOOK)
    station.mail.on_rcpt = lambda a: "550 no such user" if a.startswith("gone") else None
    station.run(code=None)
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR, code=None)
    assert "gone@example.org" in ran.mails[0].text and "550" in ran.mails[0].text


def test_notes_without_room_are_counted_and_refused_recipients_are_told_all_the_same(station):
    bl = station.zone()
    names = [f"n{i}.example.org" for i in range(40)]
    for name in names:
        station.dns.hosts[name, "A"] = station.dns.hosts[name, "AAAA"] = nxdomain()
    station.configure(targets="".join(f"host = {n}\n" for n in names) + f"ip = {CLEAN}",
                      channels=MAIL.replace("from =", "to = gone@example.org\nfrom ="))
    station.mail.on_rcpt = lambda a: "550 no such user" if a.startswith("gone") else None
    first = " ".join(station.run(code=None).mails[0].text.split())
    named = sum(f"{n} " in first for n in names)
    assert 20 <= named < 40 and f"And {40 - named} more like this" in first
    bl.listed[CLEAN] = "127.0.0.2"
    mail = station.run(after=HOUR, code=None).mails[0]
    assert "gone@example.org (550" in " ".join(mail.text.split())


def test_whoever_was_told_of_a_finding_is_told_that_its_end_flaps(station):
    """Critical was told, its easing to info too; that it is gone is held back for two days, and
    that must not be silence."""
    bl = listed(station)
    bl.listed[CLEAN] = "127.0.0.10"
    silent(station.run(after=HOUR))
    for answer in ("127.0.0.2", "127.0.0.10"):
        bl.listed[CLEAN] = answer
        assert len(station.run(after=13 * HOUR).mails) == 1
    bl.listed.clear()
    told(station.run(after=13 * HOUR), "flapping", "^FLAPPING")
    told(station.run(after=3 * DAY), "delisted", "^DELISTED")


def test_a_channel_taken_out_gives_up_what_waits_for_it(station):
    listed(station)
    station.hook.on_request = lambda r: 500
    station.run(after=HOUR)
    station.configure(channels=MAIL)
    ran = station.run(after=HOUR)
    assert "webhook chat" in ran.err and "no longer configured" in ran.err
    silent(station.run(after=HOUR))


def test_a_web_hook_over_https_with_a_private_authority(station, tmp_path):
    authority = Authority(tmp_path / "ca")
    with WebhookSink(tls=authority.context("127.0.0.1")) as hook:
        bl = station.zone()
        station.hook = hook
        station.configure(top=f"ca_file = {authority.file}")
        station.baseline()
        bl.listed[CLEAN] = "127.0.0.2"
        told(station.run(after=HOUR), "listed")


def test_deliver_is_done_before_and_after_but_only_once(station):
    """A second digest waits for one that is not due yet."""
    bl = listed(station)
    station.mail.on_data = lambda m: "451 later"
    station.run(after=HOUR)
    station.mail.on_data = None
    bl.listed[CLEAN] = "127.0.0.4"
    ran = station.run(after=30)  # the back-off of the first is a minute
    assert not ran.mails and len(ran.hooks) == 1
    ran = station.run(after=2 * MINUTE)
    assert [m.subject.split()[0] for m in ran.mails] == ["LISTED", "CHANGED"]


def test_a_channel_chooses_before_its_entries_are_cut(station):
    """Sixty lists at once, and one that can't be asked: whoever wants to hear of that hears of it,
    and the others are told how many more there are."""
    zones = [station.zone(f"l{i:02}.lab") for i in range(60)]
    blind = station.zone("z-blind.lab", severity="critical")
    station.configure(channels=MAIL + HOOK + "only = blind\n")
    station.run()
    for zone in zones:
        zone.listed[CLEAN] = "127.0.0.2"
    blind.rule = lambda q: refused()
    ran = station.run(after=HOUR)
    assert [(c["kind"], c["list"]) for c in ran.hooks[0]["changes"]] == [("blind", "z-blind.lab")]
    text = ran.mails[0].text
    assert "50. " in text and "51. " not in text and "and 11 more: repmon history" in text
    assert "(+60)" in ran.mails[0].subject
