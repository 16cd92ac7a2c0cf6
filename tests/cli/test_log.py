# SPDX-License-Identifier: ISC
"""The mail log as a source: what receivers answer becomes alerts, by the rules of the contract."""

import datetime
import re
import subprocess
import time

import pytest

from conftest import CRITICAL, OK, UNKNOWN, WARNING
from lab import nxdomain, silence
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401

OWN, OTHER_OWN = "203.0.113.5", "203.0.113.6"
OUTLOOK = "outlook-com.olc.protection.outlook.com"
GMAIL = "gmail-smtp-in.l.google.com"
S3140 = ("550 5.7.1 Unfortunately, messages from [{own}] weren't sent. Please contact your Internet "
         "service provider since part of their network is on our block list (S3140).")
RATE = ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your "
        "IP address. 421 4.7.28 To protect our users from spam, mail has been temporarily rate "
        "limited.")


class Log:
    """A Postfix log, written as the clock of the station moves."""

    def __init__(self, station, path):
        self.station, self.path, self.queue = station, path, 0
        path.write_text("")

    def line(self, text, ago=0):
        at = (datetime.datetime.now(datetime.timezone.utc)
              + datetime.timedelta(seconds=self.station.clock - ago))
        with self.path.open("a") as f:
            f.write(f"{at:%Y-%m-%dT%H:%M:%S.%f}+00:00 mx1 {text}\n")

    def mail(self, host, ip, status, dsn, reply, ago=0, queue=None, tag="postfix/smtp",
             to="someone@receiver.example"):
        self.queue += 1
        self.line(f"{tag}[4242]: {queue or f'4Q{self.queue:05}'}: to=<{to}>, "
                  f"relay={host}[{ip}]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn={dsn}, "
                  f"status={status} ({reply})", ago)

    def taken(self, host=OUTLOOK, ip="198.51.100.21", **kwargs):
        self.mail(host, ip, "sent", "2.0.0", "250 2.0.0 OK", **kwargs)

    def refused(self, reply=S3140, host=OUTLOOK, ip="198.51.100.21", own=OWN, dsn="5.7.1",
                command="MAIL FROM", **kwargs):
        text = reply.format(own=own)
        self.mail(host, ip, "deferred" if text[0] == "4" else "bounced", dsn,
                  f"host {host}[{ip}] said: {text} (in reply to {command} command)", **kwargs)


@pytest.fixture
def heard(station, tmp_path):
    """heard(section): a station with one target, whose log is written by the returned Log."""
    def make(keys="", targets=f"ip = {OWN} mx1.example.org", extra="", top=""):
        log = Log(station, tmp_path / "mail.log")
        station.configure(targets, top=top, extra=f'[log "mx1"]\nfile = {log.path}\n{keys}\n{extra}')
        return log
    return make


def begun(log):
    """The first run, after a delivery: the receiver is known to accept."""
    log.taken(ago=10 * MINUTE)
    ran = log.station.run()
    assert len(ran.mails) == 1 and len(ran.hooks) == 1
    assert {c["list"] for c in ran.hooks[0]["changes"]} <= {""}, ran.hooks[0]
    return log.station


# ---- a refusal from its beginning to its end ----

def test_a_refusal_is_told_once_and_ends_after_two_deliveries(heard):
    log = heard()
    station = begun(log)
    station.clock += 3 * HOUR
    log.refused(ago=20 * MINUTE)
    log.refused(ago=10 * MINUTE)
    ran = station.run()
    mail, change = told(ran, "listed", r"^REFUSED BY Outlook\.com .*203\.0\.113\.5 \(S3140\)")
    assert change["source"] == "log" and change["list"] == "microsoft-consumer"
    assert change["to"] == "critical" and change["ip"] == OWN
    body = mail.text
    assert "Outlook.com is refusing mail from 203.0.113.5" in body
    assert re.search(r"2 of [23] messages refused in the 24 hours to 20\d\d-", body)
    assert "S3140" in body and "Do next:" in body
    assert "the reply or the log names the address; pattern ms-blocklist (see explain --why)" in \
        " ".join(body.split())
    assert "someone@" not in body and "4Q0" not in body
    silent(station.run(after=HOUR))
    assert "203.0.113.5 mx1.example.org: Outlook.com is refusing mail from this address" in \
        " ".join(station.command("status", code=2).out.split())
    log.refused(ago=MINUTE)
    silent(station.run(after=HOUR))
    log.taken(ago=MINUTE)
    silent(station.run(after=30 * MINUTE))
    log.taken(ago=MINUTE)
    ran = station.run(after=MINUTE)
    silent(ran)
    station.clock += 52 * MINUTE
    log.taken(ago=MINUTE)
    mail, change = told(station.run(), "delisted", r"^ACCEPTED AGAIN BY Outlook\.com")
    assert "Outlook.com accepts mail again; this says nothing about the spam folder" in mail.text
    silent(station.run(after=HOUR))


@pytest.mark.parametrize("ago", [MINUTE, 30 * MINUTE, HOUR, 2 * HOUR])
def test_a_run_a_day_misses_no_refusal(heard, ago):
    """Refusals right after the last run are a day old in the next one."""
    log = heard()
    station = begun(log)
    log.refused(ago=-ago)
    log.refused(ago=-ago)
    told(station.run(after=DAY), "listed", "REFUSED BY Outlook")


def test_what_came_while_no_run_did_is_told(heard):
    """The monitor was off over the weekend."""
    log = heard()
    station = begun(log)
    log.refused(ago=-HOUR)
    log.refused(ago=-HOUR)
    log.line("postfix/qmgr[1]: statistics", ago=MINUTE - 3 * DAY)
    told(station.run(after=3 * DAY), "listed", "REFUSED BY Outlook")
    station.clock += HOUR
    log.taken()
    told(station.run(), "delisted", "ACCEPTED AGAIN")


def test_a_single_decisive_refusal_is_enough_and_the_time_is_its_own(heard):
    log = heard()
    station = begun(log)
    station.clock += 5 * HOUR
    log.refused(ago=2 * HOUR, queue="4QX")
    _, change = told(station.run(), "listed", r"REFUSED BY Outlook")
    began = datetime.datetime.fromisoformat(change["since"].replace("Z", "+00:00"))
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=station.clock)
    assert abs((now - began).total_seconds() - 2 * HOUR) < 60, change["since"]
    status = station.command("status", "--format", "json", code=CRITICAL)
    result = status.result(OWN, "microsoft-consumer")
    assert (result["state"], result["level"]) == ("refused", "critical")
    assert result["since"] == change["since"]
    assert result["codes"][0]["name"] == "S3140"


def test_throttling_is_a_warning_and_ends_with_two_calm_hours(heard):
    log = heard()
    station = begun(log)
    station.clock += (HOUR // 2 - int(time.time() + station.clock)) % HOUR  # hours are the clock's
    for hour in range(2):
        station.clock += HOUR
        for i in range(6):
            log.refused(RATE, host=GMAIL, dsn="4.7.28", command="end of DATA", ago=i * MINUTE,
                        ip="198.51.100.30")
    _, change = told(station.run(), "baseline",
                     r"^THROTTLED BY Gmail mx1\.example\.org 203\.0\.113\.5 \(421-4\.7\.28\)")
    assert change["to"] == "warning"
    for hour in range(2):
        station.clock += HOUR
        log.taken(host=GMAIL, ip="198.51.100.30")
    told(station.run(), "delisted", r"^ACCEPTED AGAIN BY Gmail")


def test_a_refusal_that_is_not_heard_of_again_is_unknown_never_well(heard, station):
    station.zone()  # what is well about the address is proven by a list
    log = heard()
    station = begun(log)
    station.clock += HOUR
    log.refused()
    log.refused()
    told(station.run(), "listed")
    lapsed = []
    for _ in range(15):
        station.clock += 12 * HOUR
        log.line("postfix/qmgr[1]: statistics")
        ran = station.run()
        lapsed += [m.text for m in ran.mails if m.subject.startswith("LAPSED")]
        kinds = [c["kind"] for h in ran.hooks for c in h["changes"]]
        assert set(kinds) <= {"stale", "reminder", "lapsed"}, kinds
    status = station.command("status", "--format", "json", code=UNKNOWN)
    result = status.result(OWN, "microsoft-consumer")
    assert (result["level"], result["cause"]) == ("unknown", "not-heard-since")
    said = " ".join(lapsed[0].split())
    assert f"ack {OWN} microsoft-consumer" in said, "the mail shows how to be rid of it"
    assert "Send a message there, or acknowledge the finding" in said
    station.command("ack", OWN, "microsoft-consumer", "--note", "nobody writes there")
    station.command("status", code=OK)
    log.line("postfix/qmgr[1]: statistics")
    silent(station.run(after=HOUR))
    station.command("status", code=OK)
    assert "in force" in station.command("ack").out
    log.taken()
    ran = station.run()
    assert [c["kind"] for c in ran.hooks[-1]["changes"] if not c.get("of_list")] \
        == ["delisted"]
    station.command("status", code=OK)


# ---- ordinary traffic, in which nothing is said ----

@pytest.mark.parametrize("reply, dsn, command", [
    ("550 5.7.1 Message rejected as spam by Content Filtering.", "5.7.1", "end of DATA"),
    ("550 5.1.1 The email account that you tried to reach does not exist.", "5.1.1", "RCPT TO"),
    ("452 4.2.2 The recipient's inbox is out of storage space.", "4.2.2", "RCPT TO"),
    ("550-5.7.26 This message does not pass authentication checks (SPF and DKIM both do not "
     "pass).", "5.7.26", "end of DATA"),
])
def test_what_is_not_about_the_address_is_silent(heard, reply, dsn, command):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    for i in range(6):
        log.refused(reply, host=GMAIL, ip="198.51.100.30", dsn=dsn, command=command)
    silent(station.run())


def test_the_words_of_another_prove_nothing(heard):
    """A stranger quotes Gmail; a forwarder's mail is refused for an address that is not ours."""
    log = heard()
    station = begun(log)
    station.clock += HOUR
    for _ in range(4):
        log.refused(RATE, host="mx.stranger.example", ip="198.51.100.44", dsn="4.7.28")
        log.refused(S3140, own="192.0.2.99")
    log.line("postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 Service "
             "unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org; "
             "from=<a@b.example> to=<c@example.org> proto=ESMTP helo=<x>")
    silent(station.run())


def test_filters_mailboxes_and_suspended_deliveries_are_no_receivers(heard):
    log = heard("smarthost = relay.example.net")
    station = begun(log)
    station.clock += HOUR
    for _ in range(4):
        log.refused(host="127.0.0.1", ip="127.0.0.1")
        log.refused(host="relay.example.net", ip="198.51.100.77")
        log.mail(OUTLOOK, "198.51.100.21", "deferred", "4.7.1",
                 "delivery temporarily suspended: host x[198.51.100.21] refused to talk to me: "
                 "550 5.7.1 messages from [203.0.113.5] weren't sent (S3140)", tag="postfix/error")
        log.line("postfix/lmtp[9]: 4QL: to=<a@example.org>, relay=mx1[private/dovecot-lmtp], "
                 "delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host mx1[private/dovecot-lmtp]"
                 " said: 550 5.7.1 [203.0.113.5] blocked (S3140))")
    silent(station.run())


def test_a_message_that_is_taken_in_the_end_was_not_refused(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    for i in range(5):
        for ago in (50, 40, 30):
            log.refused("450 4.7.1 [203.0.113.5] is on our block list (S3140)", dsn="4.7.1",
                        queue=f"4QR{i}", ago=ago * MINUTE)
        log.taken(queue=f"4QR{i}", ago=20 * MINUTE)
    silent(station.run())


def test_late_lines_and_lines_of_another_year_open_nothing(heard):
    log = heard()
    station = begun(log)
    station.clock += 3 * HOUR
    log.taken()
    silent(station.run())
    for ago in (90, 80, 70):
        log.refused(ago=ago * MINUTE)
    log.refused(ago=-3 * HOUR)
    log.refused(ago=-3 * HOUR)
    log.refused(ago=3 * DAY)
    silent(station.run(after=HOUR))


# ---- whose address ----

def test_each_address_has_its_own_belief(heard):
    log = heard(targets=f"ip = {OWN} mx1\nip = {OTHER_OWN} mx2",
                keys=f"tag = postfix-out2 {OTHER_OWN}")
    log.taken(tag="postfix-out2/smtp")
    log.taken()
    station = log.station
    station.run()
    station.clock += HOUR
    for _ in range(2):
        log.refused(own=OTHER_OWN)
    mail, change = told(station.run(), "listed", r"REFUSED BY Outlook\.com mx2 203\.0\.113\.6")
    assert change["ip"] == OTHER_OWN


def test_a_first_look_that_proved_no_list_says_so_first(heard, dns):
    zones = [f"silent{i}.lab" for i in range(3)]
    log = heard(extra="\n".join(f'[dnsbl "{z}"]\ncode = 127.0.0.2 SPAM critical' for z in zones))
    for zone in zones:
        dns.zone(zone, rule=lambda q: silence())
    log.taken(ago=10 * MINUTE)
    (mail,) = log.station.run(code=None).mails
    assert "BASELINE 1 target (timeout), no list could be proven" in mail.subject
    text = " ".join(mail.text.split())
    assert "No list could be proven: none of them answered in time. Run" in text
    assert f'Run "repmon -c {log.station.conf} doctor"' in text
    assert "no findings" not in text.lower()


def test_that_a_log_could_be_read_proves_nothing_of_an_address(heard, dns):
    station = heard(extra='[dnsbl "silent.lab"]\ncode = 127.0.0.2 SPAM critical').station
    dns.zone("silent.lab", rule=lambda q: silence())
    ran = station.run(code=None)
    assert not any("No findings" in m.text for m in ran.mails), ran.mails[0].text
    assert f"{OWN} mx1.example.org: nothing could be proven" in station.command(
        "status", code=UNKNOWN).out
    plugin = station.command("status", "--format", "nagios", code=UNKNOWN).out
    assert "0 clear" in plugin and "not listed" not in plugin


def test_mail_that_was_taken_is_no_list_that_proved_anything(heard, dns):
    log = heard(extra='[dnsbl "silent.lab"]\ncode = 127.0.0.2 SPAM critical')
    dns.zone("silent.lab", rule=lambda q: silence())
    log.taken(ago=60)
    log.station.run(code=None)
    plugin = log.station.command("status", "--format", "nagios", code=UNKNOWN).out
    assert plugin.startswith(f"REPMON UNKNOWN - {OWN}: no list proven; 0 clear, 1 unknown: "), plugin
    assert ", accepted by 1 receiver |" in plugin


def test_the_plugin_without_lists_says_who_took_mail(heard):
    log = heard()
    log.taken(ago=60)
    log.station.run()
    plugin = log.station.command("status", "--format", "nagios", code=OK).out
    assert plugin.startswith(f"REPMON OK - {OWN} accepted by 1 receiver | listed=0;"), plugin


def test_a_pool_is_not_blamed_for_one_of_its_addresses(heard, station):
    station.zone()
    log = heard(targets=f"ip = {OWN} mx1\nip = {OTHER_OWN} mx2")
    log.taken()
    station = log.station
    station.run()
    station.clock += HOUR
    for _ in range(2):
        log.refused("550 5.7.1 Unfortunately, messages weren't sent: part of their network is on "
                    "our block list (S3140).")
    ran = station.run()
    (change,) = ran.hooks[0]["changes"]
    assert (change["list"], change["to"], change["count"]) == ("mx1", "warning", 2)
    assert "ADDRESS UNKNOWN" in ran.mails[0].subject
    silent(station.run(after=HOUR))


def test_an_address_that_nobody_watches_is_told_once(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    log.refused(own="198.51.100.7")
    silent(station.run())
    log.refused("550 5.7.1 [198.51.100.7] Our system has detected that this message is likely "
                "suspicious due to the very low reputation of the sending IP address.", host=GMAIL,
                ip="198.51.100.30", command="MAIL FROM")
    ran = station.run(after=HOUR)
    (change,) = ran.hooks[0]["changes"]
    assert change["list"] == "mx1" and change["to"] == "warning"
    assert "Mail leaves through 198.51.100.7, which is not watched" in \
        " ".join(ran.mails[0].text.split())
    silent(station.run(after=HOUR))


def test_an_account_that_is_blocked_is_a_warning_of_the_log(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    log.refused("550 5.1.8 Access denied, bad outbound sender.", dsn="5.1.8",
                host="contoso-com.mail.protection.outlook.com", command="end of DATA")
    ran = station.run()
    (change,) = ran.hooks[0]["changes"]
    assert (change["list"], change["to"]) == ("mx1", "warning")
    assert ran.mails[0].subject.startswith("OWN ACCOUNT BLOCKED")
    silent(station.run(after=HOUR))
    station.clock += 25 * HOUR
    log.taken()
    assert station.run().mails[0].subject.startswith("OVER")


def test_strangers_must_be_two_and_are_never_critical(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    reply = "554 5.7.1 Your address [203.0.113.5] is blacklisted here because of poor reputation."
    for _ in range(3):
        log.refused(reply, host="mx.one.example", ip="198.51.100.51")
    silent(station.run())
    for _ in range(3):
        log.refused(reply, host="mx1.two.example", ip="198.51.100.52")
    ran = station.run(after=MINUTE)
    changes = ran.hooks[0]["changes"]
    assert {c["list"] for c in changes} == {"one.example", "two.example"}
    assert {c["to"] for c in changes} == {"warning"}


@pytest.mark.parametrize("severity, level", [("critical", "critical"), ("minor", "warning")])
def test_a_refusal_because_of_a_list_weighs_what_the_list_does(heard, severity, level):
    zone = f'[dnsbl "zen.spamhaus.org"]\nseverity = {severity}'
    log = heard(extra=zone)
    station = begun(log)
    station.clock += HOUR
    for _ in range(2):
        log.refused("554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using "
                    "zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.5",
                    host="mx01.gmx.net", ip="198.51.100.61", command="RCPT TO")
    ran = station.run()
    (change,) = [c for c in ran.hooks[0]["changes"] if c["list"] == "gmx"]
    assert change["to"] == level
    assert any(re.match(r"REFUSED BY GMX .*\(zen\.spamhaus\.org\)", m.subject)
               for m in ran.mails), [m.subject for m in ran.mails]


def test_a_receiver_that_is_off_says_nothing_of_the_address(heard):
    log = heard(extra='[receiver "microsoft-consumer"]\nseverity = critical')
    station = begun(log)
    log.refused(ago=-MINUTE)
    told(station.run(after=HOUR), "listed")
    station.edit("severity = critical", "severity = off")
    told(station.run(after=HOUR), "retired")
    for _ in range(2):
        log.taken(ago=-HOUR + MINUTE)
        result = station.command("status", "--format", "json", "-v", code=UNKNOWN).result(
            OWN, "microsoft-consumer")
        assert (result["level"], result["cause"]) == ("unknown", "no-data")
        silent(station.run(after=HOUR))


def test_a_list_with_a_long_name_is_shown_whole(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    for _ in range(2):
        log.refused("554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using "
                    "hostkarma.junkemailfilter.com", host="mx01.gmx.net", ip="198.51.100.61",
                    command="RCPT TO")
    (change,) = [c for c in station.run().hooks[0]["changes"] if c["list"] == "gmx"]
    (code,) = change["codes"]
    assert code["name"] == "hostkarma.junkemailfilter.com"
    assert code["answer"] == "refused", "the state, where the name is too long to be said twice"


def test_an_address_of_the_log_that_is_no_target_is_a_configuration_error(heard):
    log = heard("address = 198.51.100.9")
    ran = log.station.run(code=78)
    assert re.search(r"repmon\.conf:\d+: .*address 198\.51\.100\.9 is not a target", ran.err), ran.err
    log.station.edit("address = 198.51.100.9", f"address = {OWN}")
    log.station.run()


@pytest.mark.parametrize("name, words", [
    ("gmial", "did you mean gmail?"), ("gogle", "no receiver has that name: use one of")])
def test_a_receiver_that_nobody_knows_is_a_configuration_error(heard, name, words):
    log = heard(extra=f'[receiver "{name}"]\nseverity = minor')
    for command in ("run", "status"):
        ran = log.station.command(command, code=78 if command == "run" else UNKNOWN)
        assert re.search(rf'repmon\.conf:\d+: \[receiver "{name}"\]: .*{re.escape(words)}', ran.err)
    for known in ("microsoft-365", "others", "stranger.example"):
        log.station.edit(f'"{name}"', f'"{known}"')
        log.station.run()
        name = known


def test_one_refusal_of_one_message_is_not_called_a_part_of_the_mail(heard):
    log = heard()
    station = begun(log)
    log.refused("550 5.7.1 Your IP address [{own}] has a poor reputation", host=GMAIL)
    (change,) = [c for c in station.run().hooks[0]["changes"] if c["list"] == "gmail"]
    assert change["state"] == "partly-refused" and change["reason"].startswith("1 of 1 message ")
    assert change["sentence"] == f"Gmail has refused mail from {OWN}, perhaps not all of it."


def test_a_receiver_that_nobody_knows_is_an_error_without_a_log_too(station):
    station.zone()
    station.configure(extra='[receiver "gmial"]\nseverity = minor')
    assert "did you mean gmail?" in station.run(code=78).err
    station.edit("gmial", "gmail")
    station.run()


@pytest.mark.parametrize("reply, dsn, words", [
    ("550 5.7.26 This mail has been blocked because the sender is unauthenticated.", "5.7.26",
     "Gmail refused 4 of 6 messages in the last day for their content or sender (domain, SPF, "
     "DKIM, DMARC), not for the address."),
    ("550 5.9.9 flumox grobble zink", "5.9.9",
     "4 refusals in the last day were not understood, and count neither for nor against the "
     "address; look with: repmon explain /")])
def test_what_is_refused_for_another_reason_is_told_beside_accepted(heard, tmp_path, reply, dsn,
                                                                    words):
    log = heard(f"address = {OWN}")
    station = begun(log)
    for _ in range(2):
        log.taken(host=GMAIL)
    for _ in range(4):
        log.mail(GMAIL, "198.51.100.22", "bounced", dsn,
                 f"host {GMAIL}[198.51.100.22] said: {reply} (in reply to end of DATA command)")
    ran = station.run()
    assert not ran.hooks and not ran.mails
    assert words in " ".join(station.command("status").out.split())
    notes = station.command("status", "--format", "json").json()["notes"]
    assert any(words in note for note in notes)
    station.command("page", "-o", tmp_path / "page.html")
    assert words.split(" (")[0] in (tmp_path / "page.html").read_text()
    station.clock += 2 * DAY
    assert words[:25] not in " ".join(station.command("status", code=None).out.split())


def test_doctor_says_that_the_assumed_address_was_wrong(heard):
    log = heard(f"address = {OWN}", targets=f"ip = {OWN} mx1\nip = {OTHER_OWN} mx2")
    station = begun(log)
    station.clock += HOUR
    assert "a different address" not in station.command("doctor", "--offline", code=None).out
    log.refused(own=OTHER_OWN)
    station.run()
    said = " ".join(station.command("doctor", "--offline", code=None).out.split())
    assert "a refusal named a different address of yours" in said
    station.clock += 8 * DAY
    assert "a different address" not in station.command("doctor", "--offline", code=None).out


def test_a_receiver_that_comes_and_goes_is_flapping_once(heard):
    log = heard()
    station = begun(log)
    kinds = []
    for _ in range(6):
        station.clock += 3 * HOUR
        log.refused()
        log.refused()
        ran = station.run()
        kinds += [c["kind"] for h in ran.hooks for c in h["changes"] if not c.get("of_list")]
        station.clock += 13 * HOUR
        log.taken()
        ran = station.run()
        kinds += [c["kind"] for h in ran.hooks for c in h["changes"] if not c.get("of_list")]
    assert kinds.count("flapping") == 1 and len(kinds) <= 5, kinds


# ---- who answered ----

def test_reports_end_with_who_answered_and_who_did_not(heard):
    log = heard()
    log.taken(host=GMAIL, ip="198.51.100.30", ago=2 * HOUR)
    station = log.station
    ran = station.run()
    text = " ".join(ran.mails[0].text.split())
    says = ("Answered in the last day: Gmail. Not heard from: Outlook.com, Microsoft 365, Yahoo, "
            "Apple iCloud Mail.")
    assert says in text and "PUBLISH NO LIST" not in text
    assert " ".join(station.command("status").out.split()).endswith(says)
    assert says in station.command("status", "--format", "json").json()["notes"]
    assert " ".join(station.command("explain", log.path).out.split()).endswith(says)
    station.clock += 30 * HOUR
    log.line("postfix/qmgr[1]: statistics")
    station.run()
    assert "Answered" not in station.command("status").out
    assert "Not heard from: Gmail, Outlook.com" in station.command("status").out


def test_metrics_count_messages_by_receiver_and_outcome(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    for _ in range(2):
        log.refused(queue="4QSAME1")
        log.refused()
        log.taken(host="mx.one.example", ip="198.51.100.51")
        log.taken(host="mx.two.example", ip="198.51.100.52")
    station.run()
    metrics = station.command("status", "--format", "prometheus", code=CRITICAL).out
    name = "repmon_receiver_messages_total"
    assert f"# TYPE {name} counter" in metrics
    for receiver, outcome, count in [("microsoft-consumer", "accepted", 1),
                                     ("microsoft-consumer", "refused", 3),
                                     ("others", "accepted", 4)]:
        assert (f'{name}{{target="{OWN}",receiver="{receiver}",outcome="{outcome}"}} {count}\n'
                in metrics), metrics


def test_the_plugin_tells_a_refusal(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    log.refused()
    station.run()
    ran = station.command("status", OWN, "--format", "nagios", code=CRITICAL)
    assert re.match(r"REPMON CRITICAL - 203\.0\.113\.5 .*microsoft-consumer", ran.out), ran.out


def test_an_acknowledged_refusal_counts_nowhere_and_its_end_is_told(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    log.refused()
    told(station.run(), "listed")
    station.command("ack", OWN, "microsoft-consumer")
    silent(station.run(after=HOUR))
    station.command("status", code=OK)
    station.clock += 13 * HOUR
    log.taken()
    told(station.run(), "delisted", "ACCEPTED AGAIN")


def test_history_keeps_the_change(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    log.refused()
    station.run()
    changes = station.command("history", "--format", "json").json()["changes"]
    (change,) = [c for c in changes if c["list"] == "microsoft-consumer" and c["to"] == "critical"]
    assert change["kind"] == "listed" and change["source"] == "log"


def test_a_kill_neither_loses_nor_counts_twice(heard):
    log = heard()
    station = begun(log)
    station.clock += HOUR
    for _ in range(200):
        log.taken()
    for delay in (0, 0.005, 0.01, 0.02, 0.03):
        log.taken()
        process = station.start()
        try:
            process.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    station.run(after=MINUTE)
    metrics = station.command("status", "--format", "prometheus", code=None).out
    assert f'target="{OWN}",receiver="microsoft-consumer",outcome="accepted"}} 206\n' in metrics


# ---- check ----

def test_check_hears_what_the_log_says_now(heard):
    log = heard()
    log.refused(ago=30 * MINUTE)
    log.refused(ago=20 * MINUTE)
    ran = log.station.command("check", OWN, "--only", "log", "--format", "json", code=CRITICAL)
    assert ran.result(OWN, "microsoft-consumer")["state"] == "refused"
    assert not log.station.state.exists()


def test_what_a_receiver_accepted_is_not_credited_to_a_domain(heard):
    log = heard(extra='[domain "example.org"]')
    log.station.dns.default = lambda q: nxdomain(soa=False)
    log.taken(ago=10 * MINUTE)
    ran = log.station.command("check", "example.org", "--format", "json", code=UNKNOWN)
    (target,) = [t for t in ran.json()["targets"] if t["domain"]]
    assert {r["level"] for r in target["results"]} == {"unknown"}


@pytest.mark.parametrize("targets", [f"ip = {OWN}", "host = mx1.example.org",
                                     "ip = 203.0.113.4/31", f"ip = {OWN}\nip = {OTHER_OWN}"])
def test_what_a_receiver_accepted_is_not_credited_to_a_stranger(heard, targets):
    log = heard(targets=targets)
    log.taken(ago=10 * MINUTE)
    ran = log.station.command("check", "198.51.100.77", "--only", "log", "--format", "json",
                              code=UNKNOWN)
    assert {r["level"] for r in ran.target("198.51.100.77")["results"]} == {"unknown"}


def test_a_domain_beside_the_only_address_does_not_hide_whose_mail_it_is(heard):
    log = heard(targets=f"ip = {OWN}\ndomain = example.org")
    log.taken(ago=10 * MINUTE)
    ran = log.station.command("check", OWN, "example.org", "--only", "log", "--format", "json",
                              code=UNKNOWN)
    assert ran.result(OWN, "microsoft-consumer")["state"] == "accepted"


