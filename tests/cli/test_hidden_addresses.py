# SPDX-License-Identifier: ISC
"""Addresses that nobody outside can see: no public source is asked about them, none calls them ok."""

import pytest

from conftest import CRITICAL, UNKNOWN
from station import CLEAN, HOUR, silent, station  # noqa: F401

PUBLIC = "bl.spamcop.net"  # of the catalogue
HIDDEN = ["192.168.1.25", "10.0.0.5", "172.16.9.9", "127.0.1.1", "169.254.7.7", "100.64.0.9",
          "fe80::25", "fd00::25", "::1", "64:ff9b::c000:20a", "198.18.0.5", "224.0.0.1", "fec0::1",
          "2002:a00:5::1"]


@pytest.mark.parametrize("address", HIDDEN[:6])
def test_a_public_list_is_not_asked_and_calls_nothing_ok(repmon, conf, dns, address):
    zone = dns.zone(PUBLIC, listed={address: "127.0.0.2"})
    ran = repmon.check(address, CLEAN, conf=conf(dns, {PUBLIC: {}}))
    assert ran.code == UNKNOWN
    assert ran.verdict(address, PUBLIC) == "not-applicable"
    assert ran.verdict(CLEAN, PUBLIC) == "not-listed"
    assert ran.target(address)["level"] == "unknown"
    assert not zone.asked(address)


@pytest.mark.parametrize("address", HIDDEN)
def test_reverse_names_of_hidden_addresses_are_not_asked(repmon, conf, dns, own, address):
    ran = repmon.check(address, conf=conf(dns, {}, ptr="use = all"))
    assert ran.code == UNKNOWN
    assert ran.verdict(address, "ptr") == "not-applicable"
    assert not [q for q in dns.log if q.type == "PTR"]


@pytest.mark.parametrize("address", HIDDEN[:4])
def test_an_own_list_is_asked_and_counts(repmon, conf, dns, own, address):
    dns.zone("bl.lab", listed={address: "127.0.0.2"})
    ran = repmon.check(address, conf=conf(dns, {"bl.lab": own()}, ptr="use = all"))
    assert ran.code == CRITICAL and ran.verdict(address, "bl.lab") == "listed"


def test_the_plugin_says_that_nobody_can_see_it_and_which_key_helps(repmon, check_repmon, conf,
                                                                    dns):
    config = conf(dns, {}, ptr="use = all")
    ran = repmon("-H", "192.168.1.25", "--config", str(config), program=check_repmon)
    assert ran.code == UNKNOWN
    line = ran.out.splitlines()[0]
    assert line.startswith("REPMON UNKNOWN - 192.168.1.25 is private")
    assert "can't be seen from outside" in line and "ip =" in line


def test_the_first_mail_and_status_say_it(station):
    station.dns.zone(PUBLIC)
    station.configure(targets="ip = 192.168.1.25", ptr="use = all",
                      extra=f'[dnsbl "{PUBLIC}"]\nseverity = critical')
    ran = station.run()
    assert len(ran.mails) == 1
    text = " ".join(ran.mails[0].text.split())
    assert "192.168.1.25 is private (RFC 1918): it can't be seen from outside" in text
    assert "with ip = in [targets]" in text
    shown = station.command("status", code=UNKNOWN)
    assert "can't be seen from outside" in " ".join(shown.out.split())
    shown = station.command("status", "--format", "json", code=UNKNOWN).json()
    assert [t["level"] for t in shown["targets"]] == ["unknown"]


def test_one_hidden_address_does_not_hide_the_others(station):
    bl = station.zone(PUBLIC)
    station.configure(targets=f"ip = 192.168.1.25\nip = {CLEAN}")
    station.run()
    silent(station.run(after=HOUR))
    line = station.command("status", "--format", "nagios", code=UNKNOWN).out.splitlines()[0]
    assert "192.168.1.25 is private (RFC 1918): it can't be seen from outside" in line
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert [c["ip"] for c in ran.hooks[0]["changes"]] == [CLEAN]


def test_a_hidden_address_that_left_is_spoken_of_no_more(station):
    station.zone()
    station.configure(targets=f"ip = 192.168.1.25\nip = {CLEAN}")
    station.run()
    assert "192.168.1.25" in station.command("status").out
    station.configure(targets=f"ip = {CLEAN}")
    silent(station.run(after=HOUR))
    assert "192.168.1.25" not in station.command("status").out
