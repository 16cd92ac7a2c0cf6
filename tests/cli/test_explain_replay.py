# SPDX-License-Identifier: ISC
"""`repmon explain --replay`: the alerts that logs would have raised, hour by hour of their time."""

import gzip
import random
import re
import time

import logs
import pytest

HOUR, DAY = 3600, 86400
THROTTLE = ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating "
            "from your IP address [203.0.113.5]")


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "repmon.conf"
    path.write_text("[repmon]\nstate = state/state.db\n[targets]\nip = 203.0.113.5\n[dns]\n"
                    f"resolver = 127.0.0.1:9\n" + logs.section("/var/log/mail.log"))
    path.chmod(0o600)
    return path


def week(reply=None, bad=range(0), start=None, days=7, receiver=logs.OUTLOOK):
    """Two messages an hour; those of the hours `bad` are answered with `reply`."""
    start = start or int(time.time()) // HOUR * HOUR - 8 * DAY
    lines = []
    for hour in range(days * 24):
        for k in range(2):
            at = start + hour * HOUR + k * 1000
            lines.append((at, logs.line(at, at % 1000000, receiver, reply if hour in bad else None)))
    return lines


def write(path, *parts):
    text = "".join(text for _, text in sorted(sum(parts, [])))
    (gzip.open if path.suffix == ".gz" else open)(path, "wt").write(text)
    return path


def alerts(ran):
    return [x.split("  ", 1)[1] for x in ran.out.splitlines() if x[:2] == "20"]


def test_a_week_of_ordinary_traffic_raises_nothing(repmon, conf, tmp_path):
    log = write(tmp_path / "mail.log", week(), week(receiver=logs.GMAIL),
                week("550 5.1.1 no such user", range(0, 160, 5), receiver=logs.GMAIL, days=6))
    ran = repmon("explain", "--replay", log, conf=conf)
    assert ran.code == 0 and alerts(ran) == []
    assert "0 alerts from" in ran.out and "accepted" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80, ran.out


def test_a_refusal_is_one_alert_and_its_end_another(repmon, conf, tmp_path):
    log = write(tmp_path / "mail.log", week(logs.S3150, range(40, 50)), week(receiver=logs.GMAIL))
    ran = repmon("explain", "--replay", log, conf=conf)
    heads = alerts(ran)
    assert any(x.startswith("REFUSED BY Outlook.com 203.0.113.5 (S3150), critical") for x in heads)
    assert heads[-1] == "ACCEPTED AGAIN BY Outlook.com 203.0.113.5"
    assert not any("Gmail" in x for x in heads)
    assert max(len(x) for x in ran.out.splitlines() if x[:2] != "20") <= 80, ran.out
    assert "someone" not in ran.out and "4AbC" not in ran.out


def test_logs_are_read_the_oldest_first_whatever_their_order(repmon, conf, tmp_path):
    lines = week(logs.S3150, range(40, 50))
    old, new = write(tmp_path / "mail.log.1.gz", lines[:90]), write(tmp_path / "mail.log", lines[90:])
    whole = write(tmp_path / "whole", lines)
    one = repmon("explain", "--replay", whole, conf=conf)
    assert alerts(one)
    for order in ([old, new], [new, old]):
        assert repmon("explain", "--replay", *order, conf=conf).out == one.out


def test_thresholds_of_the_configuration_are_used(repmon, conf, tmp_path):
    log = write(tmp_path / "mail.log", week(logs.S3150, range(40, 50)))
    conf.write_text(conf.read_text() + '[receiver "microsoft-consumer"]\nseverity = minor\n')
    heads = alerts(repmon("explain", "--replay", log, conf=conf))
    assert heads and not any("critical" in x for x in heads)


UNAUTHENTICATED = ("550 5.7.26 Your email has been blocked because the sender is unauthenticated. "
                   "Gmail requires all senders to authenticate with either SPF or DKIM.")


def test_a_jump_of_refusals_for_the_sender_is_replayed_and_so_is_its_end(repmon, conf, tmp_path):
    log = write(tmp_path / "mail.log", week(receiver=logs.GMAIL, days=12,
                                            start=int(time.time()) // HOUR * HOUR - 13 * DAY,
                                            bad=range(240, 252), reply=UNAUTHENTICATED))
    ran = repmon("explain", "--replay", log, conf=conf)
    assert alerts(ran) == ["MANY MORE REFUSALS 203.0.113.5 (gmail), warning",
                           "OVER: MANY MORE REFUSALS 203.0.113.5 (gmail)"], ran.out
    text = " ".join(ran.out.split())
    assert "Gmail refused 20 messages for their content or sender in the 24 hours to" in text
    assert "after none in the week before: 550 5.7.26" in text and "5 times" not in text
    assert max(map(len, ran.out.splitlines())) <= 80, ran.out


@pytest.mark.parametrize("own", ["", "ip = 203.0.113.6\nip = 203.0.113.7\n"])
def test_what_the_log_says_of_itself_is_replayed_once(repmon, conf, tmp_path, own):
    conf.write_text(conf.read_text().replace("ip = 203.0.113.5\n", "ip = 203.0.113.5\n" + own)
                    .replace("address = 203.0.113.5\n", "" if own else "address = 203.0.113.5\n"))
    start = int(time.time()) // HOUR * HOUR - 3 * DAY
    tenant = (start, logs.line(start, 1, "x-com.mail.protection.outlook.com[52.101.73.9]",
                               "550 5.1.8 Access denied, bad outbound sender.", "end of DATA"))
    later = start + 30 * HOUR
    elsewhere = [(later + k, logs.line(later + k, 5 + k, relay, reply)) for k, (relay, reply) in
                 enumerate([(logs.OUTLOOK, logs.S3150.replace("203.0.113.5", "198.51.100.7")),
                            (logs.GMAIL, THROTTLE.replace("203.0.113.5", "198.51.100.7"))])]
    log = write(tmp_path / "mail.log", week(receiver=logs.GMAIL, days=2, start=start - DAY),
                [tenant], elsewhere)
    heads = alerts(repmon("explain", "--replay", log, conf=conf))
    assert heads == ["OWN ACCOUNT BLOCKED 203.0.113.5 (microsoft-365), warning",
                     "OVER: OWN ACCOUNT BLOCKED 203.0.113.5 (microsoft-365)",
                     "ADDRESS NOT WATCHED 203.0.113.5 (198.51.100.7), warning"]


def test_a_second_warning_of_the_log_has_its_own_headline(repmon, conf, tmp_path):
    start = int(time.time()) // HOUR * HOUR - 3 * DAY
    lines = [(start, "x-com.mail.protection.outlook.com[52.101.73.9]",
              "550 5.1.8 Access denied, bad outbound sender.", "end of DATA"),
             (start + 5 * HOUR, logs.OUTLOOK, logs.S3150.replace("203.0.113.5", "198.51.100.7"),
              "MAIL FROM"),
             (start + 5 * HOUR + 1, logs.GMAIL, THROTTLE.replace("203.0.113.5", "198.51.100.7"),
              "MAIL FROM"),
             (start + 30 * HOUR, logs.GMAIL, None, "")]
    log = write(tmp_path / "mail.log", [(at, logs.line(at, n, relay, reply, verb))
                                        for n, (at, relay, reply, verb) in enumerate(lines)])
    heads = [x.split(" 203.0.113.5")[0] for x in alerts(repmon("explain", "--replay", log, conf=conf))]
    assert heads == ["OWN ACCOUNT BLOCKED", "ADDRESS NOT WATCHED", "OVER: OWN ACCOUNT BLOCKED"]


def test_a_log_that_is_called_like_a_receiver_is_not_mixed_up_with_it(repmon, conf, tmp_path):
    log = write(tmp_path / "mail.log", week(logs.S3150, range(40, 50)))
    heads = alerts(repmon("explain", "--replay", log, conf=conf))
    conf.write_text(conf.read_text().replace('[log "mx1"]', '[log "microsoft-consumer"]'))
    assert heads and alerts(repmon("explain", "--replay", log, conf=conf)) == heads


def test_what_can_not_be_replayed_is_an_error(repmon, conf, tmp_path):
    log = write(tmp_path / "mail.log", week(days=1))
    ran = repmon("explain", "--replay", conf=conf)
    assert ran.code == 64 and ": --replay reads logs: name their files" in ran.err
    ran = repmon("explain", "--replay", tmp_path / "none", conf=conf)
    assert ran.code == 66 and "none" in ran.err
    (tmp_path / "empty").write_text("")
    assert repmon("explain", "--replay", tmp_path / "empty", conf=conf).code == 66
    (tmp_path / "words").write_text("no log at all\n" * 5)
    ran = repmon("explain", "--replay", tmp_path / "words", conf=conf)
    assert ran.code == 1 and "No line is in a known format" in ran.out
    (tmp_path / "timeless").write_text(re.sub(r"(?m)^\S+ mx1 ", "", log.read_text()))
    ran = repmon("explain", "--replay", tmp_path / "timeless", conf=conf)
    assert ran.code == 1 and "No line has a time" in ran.out
    conf.write_text(conf.read_text().replace("ip = 203.0.113.5", "host = mx1.example.org")
                    .replace("address = 203.0.113.5\n", ""))
    ran = repmon("explain", "--replay", log, conf=conf)
    assert ran.code == 78 and "`ip` in [targets]" in ran.err


def office(per_hour, days, seed):
    """Weekdays and weekends, office hours and nights; one in fifty put off and taken ten minutes
    later, others refused for recipient or content."""
    chance = random.Random(seed)
    start = int(time.time()) // HOUR * HOUR - days * DAY - 2 * HOUR
    lines, number = [], 0
    for hour in range(days * 24):
        at = time.gmtime(start + hour * HOUR)
        count = per_hour * (0.1 if at.tm_wday > 4 else 1) * (1.5 if 8 <= at.tm_hour < 18 else 0.4)
        for _ in range(int(count) + (chance.random() < count % 1)):
            number += 1
            when, kind = start + hour * HOUR + chance.randrange(HOUR), chance.random()
            relay = chance.choice([logs.GMAIL, logs.GMAIL, logs.OUTLOOK])
            reply = None
            if kind < 0.03:
                reply = "550 5.1.1 The email account that you tried to reach does not exist"
            elif kind < 0.05:
                reply = THROTTLE
                lines.append((when + 600, logs.line(when + 600, number, relay)))
            elif kind < 0.055:
                reply = "550 5.7.1 This message was blocked because its content looks like spam"
            lines.append((when, logs.line(when, number, relay, reply)))
    return lines


@pytest.mark.parametrize("per_hour,days", [(1.2, 28), (40, 21), (300, 7)])
def test_weeks_of_an_office_of_any_size_raise_nothing(repmon, conf, tmp_path, per_hour, days):
    log = write(tmp_path / "mail.log", office(per_hour, days, per_hour))
    ran = repmon("explain", "--replay", log, conf=conf)
    assert alerts(ran) == [], ran.out
