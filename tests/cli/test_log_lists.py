# SPDX-License-Identifier: ISC
"""A listing and the receivers that refuse mail because of it are one finding: the list's."""

import pytest

from conftest import CRITICAL, OK
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401
from test_log import OWN, Log
from test_stories import CATALOGUE, ZEN, ZEN_POINTS, known_list

GMX, ORANGE = "mx01.gmx.net", "smtp-in.orange.fr"
LISTED = ("554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using "
          "zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.5")


@pytest.fixture
def both(station, tmp_path):
    """A station that watches ZEN and reads a log; (station, zone, log)."""
    zen = known_list(station, ZEN)
    log = Log(station, tmp_path / "mail.log")
    station.configure(f"ip = {OWN} mx1.example.org", extra=f'[log "mx1"]\nfile = {log.path}\n')
    log.taken(ago=10 * MINUTE)
    station.run()
    return station, zen, log


def refuse(log, host, times=2):
    for i in range(times):
        log.refused(LISTED, host=host, ip="198.51.100.61", command="RCPT TO", ago=(i + 1) * MINUTE)


def test_what_begins_together_is_one_entry_of_the_list(both):
    station, zen, log = both
    station.clock += HOUR
    zen.listed[OWN] = "127.0.0.4"
    refuse(log, GMX)
    refuse(log, ORANGE)
    mail, change = told(station.run(), "listed",
                        r"^LISTED \(critical\) mx1\.example\.org 203\.0\.113\.5 zen\.spamhaus\.org "
                        r"XBL, refused by GMX, Orange \[")
    assert (change["source"], change["list"]) == ("dnsbl", ZEN)
    assert [c["name"] for c in change["codes"]] == ["XBL", "refused by GMX", "refused by Orange"]
    assert "refused by GMX (critical): it refuses mail because of this listing" in \
        " ".join(mail.text.split())
    assert "Do next:   XBL" not in mail.text and "refused-by" not in mail.text
    status = station.command("status", "--format", "json", code=CRITICAL).json()
    results = [r for r in status["targets"][0]["results"] if r["level"] == "critical"]
    assert [r["list"] for r in results] == [ZEN]
    silent(station.run(after=HOUR))


def test_who_refuses_because_of_a_known_listing_is_one_entry_and_ends_its_acknowledgement(both):
    station, zen, log = both
    zen.listed[OWN] = "127.0.0.4"
    told(station.run(after=HOUR), "listed")
    station.command("ack", OWN, ZEN, "--note", "known")
    silent(station.run(after=HOUR))
    station.clock += HOUR
    refuse(log, GMX)
    refuse(log, ORANGE)
    _, change = told(station.run(), "changed", r"^CHANGED .* XBL, refused by GMX, Orange \[")
    assert change["list"] == ZEN and [c["name"] for c in change["codes_from"]] == ["XBL"]
    silent(station.run(after=HOUR))
    plugin = station.command("status", "--format", "nagios", code=CRITICAL)
    assert "zen.spamhaus.org (XBL, refused by GMX, refused by Orange)" in plugin.out


def test_delisting_ends_it_and_only_a_later_refusal_is_the_receivers_own(both):
    station, zen, log = both
    station.clock += HOUR
    zen.listed[OWN] = "127.0.0.4"
    refuse(log, GMX)
    told(station.run(), "listed")
    zen.listed.clear()
    log.line("postfix/qmgr[1]: statistics", ago=-DAY + MINUTE)
    told(station.run(after=DAY), "delisted", r"^DELISTED .*zen\.spamhaus\.org")
    silent(station.run(after=HOUR))
    station.command("status", code=OK)
    refuse(log, GMX)
    _, change = told(station.run(after=HOUR), "baseline", r"^REFUSED BY GMX .*\(zen\.spamhaus\.org\)")
    assert change["list"] == "gmx"


def test_a_mild_code_is_critical_once_a_receiver_acts_on_it(both):
    station, zen, log = both
    station.edit("rate = 1000", "rate = 1000\ncode = 127.0.0.10 PBL minor")
    zen.listed[OWN] = "127.0.0.10"
    _, change = told(station.run(after=HOUR), "listed")
    assert change["to"] == "warning"
    station.clock += HOUR
    refuse(log, GMX)
    _, change = told(station.run(), "worsened", r"refused by GMX")
    assert change["to"] == "critical"


def test_by_key_or_by_name_it_is_the_same_list(station, tmp_path):
    dqs = "zen.dq.spamhaus.net"
    key = station.folder / "dqs.key"
    key.write_text("abcdefghijklmnopqrstuvwxyz\n")
    key.chmod(0o600)
    station.lists[dqs] = {**CATALOGUE, "key_file": key}
    zone = station.dns.zone(f"abcdefghijklmnopqrstuvwxyz.{dqs}", test=ZEN_POINTS)
    log = Log(station, tmp_path / "mail.log")
    station.configure(f"ip = {OWN} mx1.example.org", extra=f'[log "mx1"]\nfile = {log.path}\n')
    log.taken(ago=10 * MINUTE)
    station.run()
    station.clock += HOUR
    zone.listed[OWN] = "127.0.0.2"
    refuse(log, GMX)
    _, change = told(station.run(), "listed", r"refused by GMX")
    assert change["list"] == dqs
