# SPDX-License-Identifier: ISC
"""What receivers report by mail: DMARC aggregates and complaints become findings by the rules of
repmon.conf(5), out of a Maildir that is only read."""

import os
import random
import re
import time

import pytest

from conftest import reachable
from lab import reports
from lab.reports import DAY, GOOGLE, OWN, SMALL, Maildir, complaint, dmarc, row
from station import HOUR, MINUTE, silent, station, told  # noqa: F401
from test_domain import KEY, publish, strings
from test_log import Log

TRUST = f"trust = {reports.TRUST}"


class Mailbox(Maildir):
    def __init__(self, station, path):
        super().__init__(path, lambda: time.time() + station.clock)
        self.station = station

    def today(self):
        return int(self.now()) // DAY

    def dmarc(self, rows, ago=0, **kwargs):
        """A report about the day that is `ago` days before today."""
        return self.deliver(dmarc(rows, self.today() - ago, **kwargs))


@pytest.fixture
def mailbox(station, tmp_path):
    """mailbox(keys): a station with one address and one domain, and the Maildir it reads."""
    def make(keys=f"{TRUST}\nreporters = {SMALL}", targets=f"ip = {OWN} mx1.example.org",
             extra="", domain="domain = example.org"):
        box = Mailbox(station, tmp_path / "mails")
        publish(station.dns)
        station.configure(f"{targets}\n{domain}", extra=f'[reports "inbox"]\nmaildir = {box.path}\n'
                                                      f"{keys}\n{extra}")
        return box
    return make


def begun(box):
    """The first run: nothing of it is about reports."""
    ran = box.station.run()
    assert of_reports(ran) == [], ran.hooks
    return box.station


def of_reports(ran):
    return [c for hook in ran.hooks for c in hook["changes"] if c["source"] == "reports"]


# ---- DMARC ----

def test_failing_mail_of_our_own_is_told_once_after_72_hours_and_ends_after_two_good_days(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100), row(20, passed=False)])
    station.clock += 3 * DAY
    silent(station.run())
    station.clock += DAY
    mail, change = told(station.run(), "baseline", r"^DMARC FAILING \(warning\) mx1\.example\.org 203\.0\.113\.5")
    assert (change["source"], change["list"], change["to"]) == ("reports", "dmarc", "warning")
    text = " ".join(mail.text.split())
    assert "Your own mail from 203.0.113.5 fails DMARC." in text
    assert "fails DMARC at google.com (20 of 120): 20 of 120 messages of 20" in text
    assert "by 1 reporter; those are from example.org (20)" in text
    assert "Do next:" in text
    silent(station.run(after=HOUR))
    for ago in (3, 2):
        box.dmarc([row(100)], ago=ago)
    silent(station.run())
    station.clock += DAY
    silent(station.run())
    station.clock += DAY
    mail, change = told(station.run(), "delisted", r"^DMARC ALIGNED AGAIN")
    silent(station.run(after=HOUR))


def test_a_dmarc_finding_names_which_of_our_domains_fail_the_worst_one_first(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100), row(6, passed=False), row(80, header_from="fine.example.org"),
               row(19, passed=False, header_from="news.example.org")])
    box.dmarc([row(4, passed=False)], reporter=SMALL)
    station.clock += 4 * DAY
    mail, _ = told(station.run(), "baseline", "^DMARC FAILING")
    text = " ".join(mail.text.split())
    assert "; those are from news.example.org (19), example.org (10)" in text


def test_the_two_lists_called_dmarc_are_told_apart_wherever_a_person_reads_them(mailbox):
    box = mailbox()
    begun(box)
    station = failing(box)
    status = station.command("status", "-v", code=1).out
    assert "Your own mail from this address fails DMARC" in " ".join(status.split())
    assert "\n  dmarc (reports): failing, warning\n" in status and "dmarc (domain)" in status
    assert "dmarc (reports)" in station.command("history").out
    targets = station.command("targets").out
    assert re.search(r"^dmarc \(reports\) ", targets, re.M), targets
    assert re.search(r"^dmarc \(domain\) ", targets, re.M), targets
    station.command("ack", OWN, "dmarc")
    assert "dmarc (reports)" in station.command("ack").out
    shown, = [r for t in station.command("status", "--format", "json", code=None).json()["targets"]
              for r in t["results"] if r["state"] == "failing"]
    assert shown["list"] == "dmarc"  # programs have the source


def test_mail_that_is_quarantined_names_its_domain(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100, header_from="shop.example.org", disposition="quarantine"),
               row(3, passed=False)])
    station.clock += 4 * DAY
    mail, _ = told(station.run(), "baseline", "^DMARC QUARANTINED")
    text = " ".join(mail.text.split())
    assert "; those are from shop.example.org (100)" in text


def failing(box):
    """A day on which a fifth of the mail fails, told of."""
    box.dmarc([row(100), row(25, passed=False)])
    box.station.clock += 4 * DAY
    told(box.station.run(), "baseline", "DMARC FAILING")
    return box.station


@pytest.mark.parametrize("rows", [
    [row(200), row(50, passed=False, reason="forwarded")],
    [row(200), row(50, passed=False, reason="mailing_list")],
    [row(200), row(50, passed=False, reason="trusted_forwarder")],
    [row(200), row(50, passed=False, spf="list.example.net", dkim=None)],
    [row(200), row(50, passed=False, spf="list.example.net", dkim=("example.org", "s9"))],
    [row(200), row(500, passed=False, ip="198.51.100.7", spf="spammer.example", dkim=None)],
    [row(200), row(9, passed=False)],  # below 5 percent
    [row(15), row(9, passed=False)],  # fewer than 50 messages
    [row(100), row(4, passed=False)],  # fewer than 5 fail
    [row(200, disposition="quarantine", header_from="example.net")],
    [row(1000), row(9, disposition="reject")],
    [row(1000), row(30, disposition="quarantine")],  # below 5 percent
], ids=["forwarded", "mailing list", "trusted forwarder", "list without signature",
        "list with a broken signature of a selector never seen", "spoofed", "small share",
        "few messages", "few failures", "another domain", "nine rejected", "few quarantined"])
def test_what_others_passed_on_and_what_is_little_raises_nothing(mailbox, rows):
    box = mailbox()
    station = begun(box)
    box.dmarc(rows)
    box.dmarc(rows, reporter=SMALL)
    station.clock += 4 * DAY
    silent(station.run())


def test_a_broken_signature_of_a_known_selector_is_our_own_mail(mailbox):
    box = mailbox(extra='[domain "example.org"]\nselectors = s2026')
    station = begun(box)
    box.dmarc([row(100), row(25, passed=False, spf="list.example.net", dkim=("example.org", "s2026"))])
    station.clock += 4 * DAY
    told(station.run(), "baseline", "DMARC FAILING")


@pytest.mark.parametrize("reporters, level, subject", [
    ([SMALL, "dmarc.example.com"], "critical", r"^DMARC QUARANTINED \(critical\) mx1"),
    ([GOOGLE], "critical", r"^DMARC QUARANTINED \(critical\)"),
    ([SMALL], "warning", r"^DMARC QUARANTINED BY ONE \(warning\)"),
], ids=["two", "a large one", "a small one"])
def test_aligned_mail_that_is_quarantined_is_critical_when_it_is_confirmed(mailbox, reporters, level,
                                                                         subject):
    box = mailbox(f"{TRUST}\nreporters = {SMALL} dmarc.example.com")
    station = begun(box)
    for reporter in reporters:
        box.dmarc([row(20), row(12, disposition="quarantine")], reporter=reporter)
    station.clock += 4 * DAY
    mail, change = told(station.run(), "baseline", subject)
    assert change["to"] == level
    assert "quarantined or rejected at" in " ".join(mail.text.split())


def test_addresses_that_nobody_watches_and_that_pass_are_one_info_of_the_domain(mailbox):
    box = mailbox()
    station = begun(box)
    for i in range(12):
        box.dmarc([row(20 + i, ip=f"198.51.100.{i}")], reporter=GOOGLE)
    ran = station.run()
    assert ran.mails == [] and ran.hooks == []  # info: below min_level
    shown = station.command("status", "-v", "--format", "json", code=None)
    target, = [t for t in shown.json()["targets"] if t["domain"] == "example.org"]
    result, = [r for r in target["results"] if r["source"] == "reports" and r["list"] == "dmarc"]
    assert (result["level"], result["state"]) == ("info", "strangers")
    assert result["reason"].startswith("198.51.100.11: 31 messages allowed by SPF, 198.51.100.10")
    assert "and 4 more" in result["reason"] and result["advice"]


def test_an_address_that_sends_for_the_domain_is_no_stranger(mailbox):
    box = mailbox(extra='[domain "example.org"]\nsenders = 198.51.100.0/28')
    station = begun(box)
    box.dmarc([row(20, ip="198.51.100.7")])
    station.run()
    shown = station.command("status", "-v", "--format", "json", code=None).json()
    (target,) = [t for t in shown["targets"] if t["domain"] == "example.org"]
    (result,) = [r for r in target["results"] if r["source"] == "reports" and r["list"] == "dmarc"]
    assert (result["level"], result["state"]) == ("ok", "aligned")


def test_a_report_that_comes_late_amends_the_numbers_and_raises_nothing(mailbox):
    box = mailbox()
    station = begun(box)
    day = box.today()
    box.deliver(dmarc([row(100)], day))
    station.clock += 4 * DAY
    silent(station.run())
    box.deliver(dmarc([row(20, passed=False)], day, reporter=SMALL))
    silent(station.run(after=HOUR))
    shown = station.command("history", "--list", "dmarc", "--format", "json").json()
    (numbers,) = shown["numbers"]
    assert (numbers["ip"], numbers["passed"], numbers["failed"]) == (OWN, 100, 20)
    assert numbers["reporters"] == f"google.com 100, {SMALL} 20 (20 failed)"
    text = station.command("history", "--list", "dmarc").out
    assert "google.com 100" in text and "reporters" in text


# ---- taking ----

def files(box):
    return {str(p.relative_to(box.path)): (p.stat().st_mtime_ns, p.read_bytes())
            for p in box.path.rglob("*") if p.is_file()}


def passed(station):
    shown = station.command("history", "--list", "dmarc", "--format", "json").json()
    return sum(n["passed"] for n in shown["numbers"])


def test_a_mail_counts_once_wherever_it_is_moved_and_nothing_is_changed(mailbox):
    box = mailbox()
    station = begun(box)
    mail = dmarc([row(100)], box.today())
    path = box.deliver(mail)
    box.deliver(dmarc([row(7)], box.today()), folder="cur", flags=":2,S")
    before = files(box)
    station.run()
    assert passed(station) == 107 and files(box) == before
    path.rename(box.path / "cur" / (path.name + ":2,"))
    station.run(after=HOUR)
    (box.path / "cur" / (path.name + ":2,")).rename(box.path / "cur" / (path.name + ":2,RS"))
    box.deliver(mail)  # a copy, and a resend below another subject
    box.deliver(mail.replace(b"Subject: Report", b"Subject: Again: Report"))
    station.run(after=HOUR)
    assert passed(station) == 107
    for name in files(box):
        (box.path / name).unlink()
    box.deliver(mail)  # long forgotten by its name, still known by its report
    station.run(after=8 * DAY)
    assert passed(station) == 107


def test_a_dry_run_takes_nothing(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100)])
    station.run("--dry-run")
    assert passed(station) == 0
    station.run()
    assert passed(station) == 100


@pytest.mark.parametrize("mail", [
    lambda day: dmarc([row(100, passed=False)], day, trust=None),
    lambda day: dmarc([row(100, passed=False)], day, trust="mx.attacker.example"),
    lambda day: dmarc([row(100, passed=False)], day, reporter="attacker.example"),
    lambda day: dmarc([row(100, passed=False)], day).replace(b"dkim=pass", b"dkim=fail"),
    lambda day: b"Received: from a by b; Mon, 1 Jan 2026 00:00:00 +0000\r\n"
                + dmarc([row(100, passed=False)], day),
], ids=["no statement", "a stranger's statement", "no known reporter", "a failed signature",
        "a statement below a foreign hop"])
def test_a_forged_report_is_never_judged_and_displaces_no_real_one(mailbox, mail):
    box = mailbox()
    station = begun(box)
    box.deliver(mail(box.today()))
    station.run()
    box.dmarc([row(100)], number="77")
    station.clock += 4 * DAY
    silent(station.run())
    assert passed(station) == 100


def test_without_trust_it_is_said_once_how_many_can_not_be_proven(mailbox):
    box = mailbox("")
    station = begun(box)
    box.dmarc([row(100, passed=False)])
    box.dmarc([row(100, passed=False)], reporter=SMALL)
    ran = station.run()
    assert "2 reports can't be proven" in ran.err and "trust" in ran.err
    box.dmarc([row(100, passed=False)])
    silent(station.run(after=4 * DAY))
    assert passed(station) == 0


def test_a_maildir_that_can_not_be_read_is_told_and_ends(mailbox):
    box = mailbox("severity = critical\n" + TRUST)
    station = begun(box)
    box.path.rename(str(box.path) + ".away")
    station.run(after=HOUR)
    ran = station.run(after=HOUR)
    mails = [m for m in ran.mails if m.subject.startswith("BLIND inbox")]
    assert len(mails) == 1, [m.subject for m in ran.mails]
    assert "No such file" in mails[0].text and "no reports are read" in mails[0].text
    os.rename(str(box.path) + ".away", box.path)
    told(station.run(after=HOUR), "recovered")


def test_accounts_names_a_maildir_that_can_not_be_read_until_it_can(mailbox):
    box = mailbox()
    station = begun(box)
    box.path.rename(str(box.path) + ".away")
    station.run()
    station.run(after=HOUR)
    shown = station.command("accounts").out
    assert re.search(r"^  problem .*\n? +No such file", shown, re.M) and "  since " in shown, shown
    account, = station.command("accounts", "--format", "json").json()["accounts"]
    assert "No such file" in account["problem"] and account["problem_since"] and account["read"]
    os.rename(str(box.path) + ".away", box.path)
    station.run(after=HOUR)
    assert "problem" not in station.command("accounts").out
    account, = station.command("accounts", "--format", "json").json()["accounts"]
    assert account["problem"] is account["problem_since"] is None


def test_reports_about_a_domain_that_nobody_watches_are_said_once_and_by_doctor(mailbox):
    box = mailbox()
    station = begun(box)
    foreign = reports.attached(reports.aggregate([row(100, header_from="shop.example.net")],
                                                 box.today()).replace(
        b"<policy_published><domain>example.org", b"<policy_published><domain>example.net"))
    box.deliver(foreign)
    ran = station.run()
    assert "example.net" in ran.err and "add domain = example.net to [targets]" in ran.err
    assert ran.mails == [] and ran.hooks == [] and ran.code == 0
    box.deliver(foreign.replace(b"Subject: ", b"Subject: again "))
    box.dmarc([row(100)])
    silent(station.run(after=HOUR))
    assert re.search(r"^  unwatched +1 about unwatched domains, the last about example\.net$",
                     station.command("accounts").out, re.M)
    (check,) = [c for c in doctor(station) if "unwatched" in c["text"]]
    assert check["state"] == "warn" and "domain = example.net" in check["cure"], check
    station.edit("domain = example.org", "domain = example.org\ndomain = example.net")
    station.run(after=HOUR)
    assert "unwatched" not in station.command("accounts").out


def test_mails_that_are_no_reports_are_left_alone(mailbox):
    box = mailbox()
    station = begun(box)
    box.deliver(b"Subject: hello\r\n\r\nNo report.\r\n")
    box.deliver(b"")
    box.deliver(os.urandom(5000))
    (box.path / "cur" / "folder").mkdir()
    os.symlink("/etc/passwd", box.path / "cur" / "1.link")
    os.mkfifo(box.path / "cur" / "2.fifo")
    silent(station.run())


# ---- complaints ----

@pytest.mark.parametrize("count, level", [(2, None), (3, "warning"), (9, "warning"),
                                          (10, "critical")])
def test_without_a_log_three_complaints_a_day_are_a_warning_and_ten_critical(mailbox, count, level):
    box = mailbox()
    station = begun(box)
    for _ in range(count):
        box.deliver(complaint())
    if not level:
        silent(station.run())
        return
    mail, change = told(station.run(), "baseline", r"^COMPLAINTS .*203\.0\.113\.5")
    assert (change["list"], change["to"], change["ip"]) == ("complaints", level, OWN)
    text = " ".join(mail.text.split())
    assert f"{count} complaints in 7 days" in text and "Do next:" in text
    assert "secret" not in mail.text
    silent(station.run(after=HOUR))
    silent(station.run(after=DAY))
    told(station.run(after=2 * DAY), "delisted", "^COMPLAINTS LOW AGAIN")
    shown = station.command("history", "--list", "complaints", "--format", "json").json()
    assert [(n["complaints"], n["receivers"]) for n in shown["numbers"]] == [(count, f"yahoo {count}")]


@pytest.mark.parametrize("kind", ["not-spam", "opt-out", "auth-failure"])
def test_what_is_no_complaint_is_none(mailbox, kind):
    box = mailbox()
    station = begun(box)
    for _ in range(20):
        box.deliver(complaint(kind=kind))
    silent(station.run())


def test_a_complaint_about_an_unknown_address_is_blamed_on_nobody(mailbox):
    box = mailbox()
    station = begun(box)
    for _ in range(20):
        box.deliver(complaint(ip="198.51.100.9"))
    silent(station.run())
    assert "20 complaints, address unknown" in station.command("accounts").out


@pytest.mark.parametrize("rows", [
    [row(10 ** 12, passed=False)] * 50,
    [row(10 ** 12)] * 50 + [row(10 ** 12, passed=False)] * 50,
], ids=["all fail", "half fails"])
def test_absurd_counts_break_nothing(mailbox, rows):
    box = mailbox()
    station = begun(box)
    for _ in range(30):
        box.dmarc(rows)
    station.clock += 4 * DAY
    told(station.run(), "baseline", "DMARC FAILING")
    for _ in range(3):
        box.dmarc(rows)
        silent(station.run(after=HOUR))


@pytest.mark.parametrize("selector", ["a b", "x" * 300, "..", "a;b", "\u202e", "*", "<x>"])
def test_what_a_report_calls_a_selector_harms_nothing(mailbox, selector):
    box = mailbox()
    station = begun(box)
    name = selector.replace("<", "&lt;").replace(">", "&gt;")
    box.dmarc([row(100, dkim=("example.org", name))])
    silent(station.run())
    silent(station.run(after=HOUR))
    assert passed(station) == 100


@pytest.mark.root("only root can take a mail away from repmon")
def test_a_mail_of_somebody_else_is_told_and_the_others_are_read(mailbox, station):
    """Such as mails that the mail server delivers with mode 0600."""
    box = mailbox("severity = critical\n" + TRUST)
    station.edit("instance = mon1", "instance = mon1\nuser = nobody")
    reachable(station.folder)
    station.state.parent.mkdir()
    os.chown(station.state.parent, 65534, 65534)
    os.chown(station.conf, 65534, 65534)
    box.dmarc([row(100)]).chmod(0o644)
    box.dmarc([row(7)]).chmod(0o600)
    ran = station.run(code=None)
    if ran.code == 78 or "can't" in ran.err:
        pytest.skip("nobody can't reach the folder of this test")
    station.run(after=HOUR, code=None)
    status = station.command("status", "--format", "json", code=None)
    inbox, = [x for x in status.json()["lists"] if x["list"] == "inbox"]
    assert (inbox["health"], inbox["cause"]) == ("blind", "unreadable"), inbox
    assert passed(station) == 100


def test_with_a_log_complaints_are_judged_by_what_the_receiver_accepted(mailbox, tmp_path):
    box = mailbox(extra=f'[log "mx1"]\nfile = {tmp_path}/mail.log\naddress = {OWN}')
    station = box.station
    log = Log(station, tmp_path / "mail.log")

    def accepted(count):
        for _ in range(count):
            log.taken(host="mta5.am0.yahoodns.net", ip="198.51.100.40", ago=60)

    accepted(999)
    begun(box)
    for _ in range(20):  # many, but of too few messages to tell a rate
        box.deliver(complaint())
    assert of_reports(station.run()) == []
    accepted(19100)
    assert of_reports(station.run(after=HOUR)) == []  # 20 of 20,099 are below 0.1 percent
    box.deliver(complaint())
    mail, change = told(station.run(after=HOUR), "listed", "^COMPLAINTS")
    assert change["to"] == "warning"
    assert "21 complaints in 7 days (0.10 % of 20099 messages" in " ".join(mail.text.split())


def test_thresholds_are_those_of_the_configuration(mailbox):
    box = mailbox(f"{TRUST}\ndmarc_fail_share = 1%\ndmarc_min_messages = 10")
    station = begun(box)
    box.dmarc([row(6), row(6, passed=False)])
    station.clock += 4 * DAY
    told(station.run(), "baseline", "DMARC FAILING")


def test_what_came_and_went_between_two_runs_is_told_all_the_same(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100), row(25, passed=False)])
    for _ in range(2):
        station.clock += DAY
        box.dmarc([row(100)])
    station.clock += 5 * DAY
    told(station.run(), "baseline", "DMARC FAILING")
    told(station.run(after=HOUR), "delisted", "DMARC ALIGNED AGAIN")


def test_the_first_run_is_about_how_things_are_now(mailbox):
    box = mailbox()
    for ago, rows in ((20, [row(100, passed=False)]), (10, [row(100)]), (9, [row(100)])):
        box.dmarc(rows, ago=ago)
    begun(box)
    assert passed(box.station) == 200


@pytest.mark.parametrize("day", [0, 1, 47482], ids=["1970", "the day after", "2100"])
def test_days_that_can_not_be_are_counted_and_not_judged(mailbox, day):
    box = mailbox()
    station = begun(box)
    box.deliver(dmarc([row(100, passed=False)], day))
    silent(station.run())
    silent(station.run(after=4 * DAY))
    assert passed(station) == 0


# ---- accounts and doctor ----

def test_accounts_shows_what_came_and_names_what_could_not_be_read(mailbox):
    box = mailbox()
    station = begun(box)
    good = dmarc([row(100)], box.today())
    box.deliver(good)
    box.deliver(good)
    box.deliver(dmarc([row(100)], box.today(), trust=None))
    box.deliver(complaint())
    box.deliver(b"Subject: hello\r\n\r\nNo report.\r\n")
    bomb = reports.aggregate([row(1)], box.today()).replace(b"<feedback>", b"<!DOCTYPE x><feedback>")
    bad = box.deliver(reports.attached(bomb))
    station.run()
    shown = station.command("accounts").out
    for words in ("inbox (reports)", "3 dmarc, 1 complaint, 1 bad, 1 no report",
                  "1 without a result from your mail server", "1 repeated, not counted",
                  f"{bad.name[:40]}",
                  "DOCTYPE"):
        assert words in " ".join(shown.split()), (words, shown)
    assert max(map(len, shown.splitlines())) <= 80, shown
    account, = station.command("accounts", "--format", "json").json()["accounts"]
    assert account["account"] == "inbox" and account["proof"]["proven"] == 3
    assert account["mails"]["dmarc"] == 3 and account["bad"][0]["file"] == bad.name


def doctor(station):
    ran = station.command("doctor", "--offline", "--format", "json", code=None)
    return [c for c in ran.json()["checks"] if c["name"].startswith("reports")]


def test_doctor_is_content_with_a_maildir_that_it_can_read_and_proven_reports(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100)])
    station.run()
    (check,) = doctor(station)
    assert (check["state"], check["name"]) == ("ok", "reports inbox"), check


def test_doctor_says_that_the_mail_server_states_nothing(mailbox):
    box = mailbox()
    station = begun(box)
    box.deliver(dmarc([row(100)], box.today(), trust=None))
    station.run()
    def proof():
        return [c["text"] for c in doctor(station) if c["state"] == "red"]

    assert proof() == ["the only report lacks an Authentication-Results of mx.example.org above "
                       "the first foreign Received: none is judged"]
    box.deliver(dmarc([row(100)], box.today(), trust=None))
    station.run(after=HOUR)
    assert proof()[0].startswith("all 2 reports lack an Authentication-Results")


def test_doctor_says_that_without_trust_and_domain_nothing_is_judged(mailbox):
    box = mailbox("", domain="")
    station = begun(box)
    texts = [c["text"] for c in doctor(station) if c["state"] == "warn"]
    assert any("without trust" in t for t in texts) and any("there are none" in t for t in texts)


def test_doctor_names_a_maildir_that_is_missing(mailbox):
    box = mailbox()
    station = begun(box)
    box.path.rename(str(box.path) + ".away")
    (check,) = doctor(station)
    assert check["state"] == "red" and "No such file" in check["text"] and check["cure"]


def test_doctor_refuses_a_spool_that_everybody_may_fill(mailbox):
    box = mailbox(f"{TRUST}\nspool = yes")
    station = begun(box)
    (station.state.parent / "spool" / "inbox").chmod(0o777)
    assert any("any user on this machine" in c["text"] for c in doctor(station))


def test_the_key_of_a_selector_that_reports_show_in_use_is_watched(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100)])  # signed by selector s1
    station.dns.hosts["s1._domainkey.example.org", "TXT"] = strings(KEY)
    silent(station.run())
    del station.dns.hosts["s1._domainkey.example.org", "TXT"]
    station.run(after=HOUR)
    ran = station.run(after=HOUR)
    changes = [c for hook in ran.hooks for c in hook["changes"]]
    assert [(c["source"], c["list"], c["to"], c["state"]) for c in changes] == \
        [("domain", "dkim", "warning", "vanished s1")], changes
    assert "DKIM key s1 has vanished" in ran.mails[0].subject
    station.dns.hosts["s2._domainkey.example.org", "TXT"] = strings(KEY)
    station.clock += 5 * DAY
    box.dmarc([row(100, dkim=("example.org", "s2"))])
    assert of_reports(station.run()) == []
    ran = station.run(after=3 * DAY)  # nobody signs with the other any more
    assert [(c["list"], c["kind"]) for h in ran.hooks for c in h["changes"]] == \
        [("dkim", "delisted")], ran.hooks


def test_sums_are_exact_whatever_the_order_the_copies_and_the_runs(mailbox):
    """400 random reports of 6 addresses, some sent twice, read in five runs in any order."""
    chance = random.Random(20261126)
    own = [f"203.0.113.{i}" for i in range(1, 7)]
    box = mailbox(targets="\n".join(f"ip = {ip}" for ip in own),
                  keys=f"{TRUST}\nreporters = {SMALL}\ndmarc_min_messages = 1000000")
    station = begun(box)
    today, model, mails = box.today(), {}, []
    for _ in range(400):
        day, rows = today - chance.randrange(30), []
        for _ in range(chance.randrange(1, 6)):
            ip, count = chance.choice([*own, "198.51.100.9"]), chance.randrange(1, 500)
            good, relayed = chance.random() < 0.8, chance.random() < 0.2
            rows.append(row(count, ip=ip, passed=good, reason="forwarded" if relayed else None))
            if ip in own:
                sums = model.setdefault((ip, day), [0, 0, 0])
                sums[2 if relayed else 0 if good else 1] += count
        mail = dmarc(rows, day, reporter=chance.choice([GOOGLE, SMALL, reports.YAHOO]))
        mails += [mail] * (1 + (chance.random() < 0.2))
    chance.shuffle(mails)
    for i in range(5):
        for mail in mails[i::5]:
            box.deliver(mail)
        station.run(after=MINUTE, code=None)
    shown = station.command("history", "--list", "dmarc", "--format", "json").json()["numbers"]
    found = {(n["ip"], n["day"]): [n["passed"], n["failed"], n["relayed"]] for n in shown}
    assert found == {(ip, time.strftime("%Y-%m-%d", time.gmtime(day * DAY))): sums
                     for (ip, day), sums in model.items()}


def test_metrics_count_what_came(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100)])
    box.deliver(dmarc([row(100)], box.today(), trust=None))
    box.deliver(complaint())
    station.run()
    out = station.command("status", "--format", "prometheus", code=None).out
    for kind, count in (("dmarc", 2), ("complaint", 1), ("unproven", 1), ("bad", 0)):
        line = f'repmon_report_mails_total{{account="inbox",kind="{kind}"}} {count}'
        assert line in out.splitlines(), out


def test_with_a_wrong_clock_no_mail_is_taken(mailbox):
    box = mailbox()
    station = begun(box)
    box.dmarc([row(100)])
    station.clock -= 400 * DAY
    station.run(code=None)
    assert passed(station) == 0
    station.clock += 400 * DAY + HOUR
    station.run(code=None)
    station.run(after=HOUR, code=None)
    assert passed(station) == 100
