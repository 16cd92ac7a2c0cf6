# SPDX-License-Identifier: ISC
"""What every mail server's log is full of and no alert may come of: fall-backs, probes, several
recipients, weekends, forwarded spam, rules of recipients."""

import pytest

from conftest import OK
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401
from test_log import GMAIL, OUTLOOK, OWN, begun, heard  # noqa: F401

GREETING = "host {host}[{ip}] refused to talk to me: 550 5.7.1 Service unavailable, Client host " \
           "[203.0.113.5] blocked using our block list (S3140)"
PLAIN = ("550 5.7.1 [203.0.113.5] Our system has detected that this message is likely suspicious "
         "due to the very low reputation of the sending IP address.")


def greeted(log, queue, ago=0, ip="198.51.100.21"):
    """A host of the receiver refuses the session; Postfix then tries the next one."""
    log.line(f"postfix/smtp[4242]: {queue}: {GREETING.format(host=OUTLOOK, ip=ip)}", ago)


def test_a_session_that_is_refused_counts_only_while_no_other_host_takes_the_message(heard):  # noqa: F811
    log = heard()
    station = begun(log)  # noqa: F811
    station.clock += 2 * HOUR
    for i in range(4):
        greeted(log, f"4QG{i}AA", ago=10 * MINUTE)
        log.taken(ip="198.51.100.22", queue=f"4QG{i}AA", ago=10 * MINUTE - 2)
    silent(station.run())
    station.clock += 2 * HOUR
    for i in range(4):
        greeted(log, f"4QH{i}AA", ago=i * MINUTE)
    told(station.run(), "listed", "^REFUSED BY Outlook")


def test_ipv6_that_is_refused_and_ipv4_that_is_not_is_a_delivery(heard):  # noqa: F811
    log = heard(targets=f"ip = {OWN} mx1\nip = 2001:db8:1:2::25 mx1")
    station = begun(log)  # noqa: F811
    station.clock += 2 * HOUR
    for i in range(4):
        log.refused(PLAIN.replace(OWN, "2001:db8:1:2::25"), host=GMAIL, ip="2001:db8:99::1b",
                    queue=f"4QI{i}AA", ago=10 * MINUTE)
        log.taken(host=GMAIL, ip="198.51.100.30", queue=f"4QI{i}AA", ago=9 * MINUTE)
    silent(station.run())


def test_a_message_is_taken_when_one_of_its_recipients_is(heard):  # noqa: F811
    log = heard()
    station = begun(log)  # noqa: F811
    station.clock += 2 * HOUR
    for i in range(4):
        for n in range(3):
            log.refused(PLAIN, host=GMAIL, ip="198.51.100.30", queue=f"4QR{i}AA", ago=10 * MINUTE,
                        command="RCPT TO", to=f"r{n}@receiver.example")
        log.taken(host=GMAIL, ip="198.51.100.30", queue=f"4QR{i}AA", ago=10 * MINUTE)
    silent(station.run())


def test_a_probe_of_an_address_ends_no_refusal_and_can_prove_one(heard):  # noqa: F811
    log = heard()
    station = begun(log)  # noqa: F811
    station.clock += 2 * HOUR
    for i in range(2):
        log.mail(OUTLOOK, "198.51.100.21", "undeliverable", "5.7.1",
                 f"host {OUTLOOK}[198.51.100.21] said: 550 5.7.1 messages from [203.0.113.5] "
                 "weren't sent. part of their network is on our block list (S3140) (in reply to "
                 "MAIL FROM command)")
    told(station.run(), "listed", "^REFUSED BY Outlook")
    for _ in range(3):
        station.clock += 2 * HOUR
        log.mail(OUTLOOK, "198.51.100.21", "deliverable", "2.1.5", "250 2.1.5 Recipient OK")
        silent(station.run())


@pytest.mark.parametrize("reply, dsn", [
    # spam of a stranger that was forwarded, and the rules of a recipient
    ("550-5.7.1 [203.0.113.5] Gmail has detected that this message is likely unsolicited mail. "
     "550 5.7.1 To reduce the amount of spam sent to Gmail, this message has been blocked.",
     "5.7.1"),
    ("550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
     "5.7.1"),
    ("550 Administrative prohibition - envelope blocked - "
     "https://community.mimecast.com/docs/DOC-1369#550", "5.0.0"),
    # once, of this session, of the receiver itself
    ("451 4.7.1 Greylisting in action, please come back later", "4.7.1"),
    ("421 4.3.2 The maximum number of concurrent server connections has exceeded a limit", "4.3.2"),
    ("452 4.5.3 Too many recipients", "4.5.3"),
    ("451 4.3.0 Temporary lookup failure", "4.3.0"),
    ("454 4.7.0 TLS not available due to local problem", "4.7.0"),
    ("552 5.2.2 The email account that you tried to reach is over quota", "5.2.2"),
])
def test_what_is_about_message_recipient_or_receiver_is_silent(heard, reply, dsn):  # noqa: F811
    log = heard()
    station = begun(log)  # noqa: F811
    for hour in range(3):
        station.clock += HOUR
        for i in range(6):
            log.refused(reply, host=GMAIL, ip="198.51.100.30", dsn=dsn, command="end of DATA",
                        ago=i * MINUTE)
        silent(station.run())


def test_a_server_that_rests_over_the_weekend_is_not_silent(heard):  # noqa: F811
    """Of two weeks: lines on five days each, then a Monday before office hours."""
    log = heard("look_back = 20d")
    for day in range(17, 2, -1):
        if day % 7 not in (1, 2):
            for hour in range(9):
                log.taken(ago=day * DAY + (8 - hour) * HOUR)
    ran = log.station.run()
    assert not any("BLIND" in m.subject for m in ran.mails)
    silent(log.station.run(after=HOUR))


def test_what_came_and_went_before_the_first_run_is_not_told(heard):  # noqa: F811
    log = heard()
    for i in range(4):
        log.refused(ago=20 * HOUR - i * MINUTE)
    for hours in (8, 6, 4, 2):
        log.taken(ago=hours * HOUR)
    ran = log.station.run()
    assert not any("REFUSED" in m.subject or "ACCEPTED" in m.subject for m in ran.mails)
    log.station.command("status", code=OK)


def test_a_server_that_delivers_nothing_is_not_blind(heard):  # noqa: F811
    log = heard()
    station = begun(log)  # noqa: F811
    for _ in range(5):
        station.clock += 12 * HOUR
        log.line("postfix/smtpd[7]: connect from unknown[198.51.100.9]")
        silent(station.run())
