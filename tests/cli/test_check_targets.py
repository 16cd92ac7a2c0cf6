# SPDX-License-Identifier: ISC
"""What can be checked: addresses, blocks, host names, IPv6; and what is rejected."""

import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN
from lab import name_of, nodata, nxdomain, servfail, silence

CLEAN, BAD = "192.0.2.10", "192.0.2.99"
USAGE = UNKNOWN  # of check and the plugin: usage errors are unknown


def test_a_block_is_enumerated(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={"192.0.2.65": "127.0.0.2"})
    ran = repmon.check("192.0.2.64/30", conf=conf(dns, {"bl.lab": own()}))
    assert [t["ip"] for t in ran.json()["targets"]] == [f"192.0.2.{i}" for i in (64, 65, 66, 67)]
    assert ran.code == CRITICAL
    assert len(zone.asked()) == 4


def test_an_address_named_twice_is_asked_once(repmon, conf, dns, own):
    zone = dns.zone("bl.lab")
    ran = repmon.check(CLEAN, "192.0.2.8/30", CLEAN, f"::ffff:{CLEAN}",
                       conf=conf(dns, {"bl.lab": own()}))
    assert len(ran.json()["targets"]) == 4
    assert len(zone.asked(CLEAN)) == 1


@pytest.mark.valgrind
def test_an_ipv6_address_is_asked_by_nibbles_as_an_a_record(repmon, conf, dns, own):
    bad6 = "2001:db8::dead:beef"
    zone = dns.zone("bl.lab", listed={bad6: "127.0.0.2"}, test6="127.0.0.2")
    ran = repmon.check(bad6, "2001:db8::1", conf=conf(dns, {"bl.lab": own(families="6")}))
    assert ran.verdict(bad6, "bl.lab") == "listed"
    assert ran.verdict("2001:db8::1", "bl.lab") == "not-listed"
    names = {q.name for q in zone.asked()}
    assert names == {name_of(bad6, "bl.lab"), name_of("2001:db8::1", "bl.lab")}
    assert name_of(bad6, "bl.lab").startswith("f.e.e.b.d.a.e.d.0.0")
    assert not [q for q in zone.log if q.type == "AAAA"]


def test_the_ipv6_test_point_is_the_mapped_one_in_nibbles(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", test6="127.0.0.2")
    repmon.check("2001:db8::1", conf=conf(dns, {"bl.lab": own(families="6")}))
    expected = "2.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20 + ".bl.lab"
    assert expected in {q.name for q in zone.log}


def test_an_ipv6_list_without_its_test_point_proves_nothing_clean(repmon, conf, dns, own):
    dns.zone("bl.lab", test6=None)
    ran = repmon.check("2001:db8::1", CLEAN, conf=conf(dns, {"bl.lab": own(families="4 6")}))
    assert ran.verdict("2001:db8::1", "bl.lab") == "untrusted"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed", "families are proven one by one"


def test_an_ipv4_only_list_is_not_applicable_to_ipv6_and_not_asked(repmon, conf, dns, own):
    zone = dns.zone("four.lab")
    dns.zone("six.lab", test6="127.0.0.2")
    ran = repmon.check("2001:db8::1", conf=conf(dns, {
        "four.lab": own(families="4"), "six.lab": own(families="6")}))
    assert ran.verdict("2001:db8::1", "four.lab") == "not-applicable"
    assert ran.code == OK, "not-applicable is a normal cause"
    assert not zone.asked()


def test_only_not_applicable_is_nothing_proven(repmon, conf, dns, own):
    dns.zone("four.lab")
    ran = repmon.check("2001:db8::1", conf=conf(dns, {"four.lab": own(families="4")}))
    assert ran.code == UNKNOWN


def test_a_v4_mapped_target_is_asked_as_ipv4(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran = repmon.check(f"::ffff:{BAD}", conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert {q.name for q in zone.asked()} == {name_of(BAD, "bl.lab")}


def test_an_ipv6_zone_of_its_own(repmon, conf, dns, own):
    four, six = dns.zone("bl.lab"), dns.zone("six.bl.lab", test6="127.0.0.2",
                                             listed={"2001:db8::1": "127.0.0.2"})
    ran = repmon.check("2001:db8::1", CLEAN, conf=conf(dns, {"bl.lab": own(
        families="4 6", zone6="six.bl.lab")}))
    assert ran.verdict("2001:db8::1", "bl.lab") == "listed"
    assert ran.verdict(CLEAN, "bl.lab") == "not-listed"
    assert six.asked("2001:db8::1") and not four.asked("2001:db8::1")


def test_an_ipv6_block_longer_than_64_goes_address_by_address(repmon, conf, dns, own):
    dns.zone("bl.lab", test6="127.0.0.2")
    ran = repmon.check("2001:db8::/126", conf=conf(dns, {"bl.lab": own(families="6")}))
    assert len(ran.json()["targets"]) == 4
    assert ran.code == OK


def test_an_ipv6_64_on_a_list_of_single_addresses_is_not_applicable(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", test6="127.0.0.2")
    ran = repmon.check("2001:db8::/64", conf=conf(dns, {"bl.lab": own(families="6")}))
    assert len(ran.json()["targets"]) == 1
    assert ran.json()["targets"][0]["results"][0]["cause"] == "not-applicable"
    assert not zone.asked()


def test_a_host_name_means_all_its_addresses(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, test6="127.0.0.2")
    dns.host("mx1.lab", CLEAN, BAD, "2001:db8::1")
    ran = repmon.check("mx1.lab", conf=conf(dns, {"bl.lab": own(families="4 6")}))
    assert {t["ip"] for t in ran.json()["targets"]} == {CLEAN, BAD, "2001:db8::1"}
    assert {t["label"] for t in ran.json()["targets"]} == {"mx1.lab"}
    assert ran.code == CRITICAL


@pytest.mark.parametrize("reply", [nxdomain, nodata, servfail, silence])
def test_a_host_name_without_addresses_is_an_error_that_names_it(repmon, conf, dns, own, reply):
    dns.zone("bl.lab")
    dns.hosts["gone.lab", "A"] = dns.hosts["gone.lab", "AAAA"] = reply()
    ran = repmon("check", CLEAN, "gone.lab", conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN
    assert "gone.lab" in ran.out + ran.err


def test_a_host_whose_aaaa_fails_is_not_silently_ipv4_only(repmon, conf, dns, own):
    dns.zone("bl.lab")
    dns.host("half.lab", CLEAN)
    dns.hosts["half.lab", "AAAA"] = servfail()
    ran = repmon("check", "half.lab", conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN or "AAAA" in ran.out + ran.err or "half.lab" in ran.err


@pytest.mark.parametrize("address, words", [
    ("10.1.2.3", ("private",)), ("192.168.7.7", ("private",)), ("127.0.0.5", ("loopback",)),
    ("169.254.1.1", ("link",)), ("100.64.0.9", ("shared", "carrier", "private", "nat")),
    ("203.0.113.5", ("documentation",)), ("fe80::1", ("link",)), ("fd00::1", ("unique", "private", "local")),
    ("2001:db8::5", ("documentation",))])
def test_addresses_without_public_meaning_are_asked_and_marked(repmon, conf, dns, own, address,
                                                               words):
    zone = dns.zone("bl.lab", test6="127.0.0.2")
    config = conf(dns, {"bl.lab": own(families="4 6")})
    text = repmon("check", address, conf=config)
    assert text.code == OK
    assert any(w in text.out.lower() for w in words)
    assert len(zone.asked(lab.address_of(name_of(address, "z"), "z"))) == 1


@pytest.mark.parametrize("target", [
    "300.1.1.1", "1.2.3", "1.2.3.4.5", "192.0.2.1/33", "192.0.2.1/-1", "192.0.2.1/", "::1::",
    "2001:db8::/129", "2001:db8::1%eth0", "-", "", " ", "a..b", "x" * 64 + ".lab", "l." * 130 + "x",
    "192.0.2.1 ", "192.0.2.1\n192.0.2.2", "0x7f.1", "http://192.0.2.1/", "192.0.2.1:25",
    "\x1b[31mred", "ünïcode.lab"])
def test_what_is_no_target_is_a_usage_error(repmon, conf, dns, own, target):
    zone = dns.zone("bl.lab")
    ran = repmon("check", "--", target, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == USAGE
    assert ran.out == ""
    assert ran.err.strip()
    assert not zone.asked()


@pytest.mark.parametrize("block", ["10.0.0.0/4", "0.0.0.0/0", "10.0.0.0/8", "2001:db8::/32",
                                   "2001:db8::/100", "::/0"])
def test_a_block_that_is_too_large_says_so(repmon, conf, dns, own, block):
    zone = dns.zone("bl.lab")
    ran = repmon("check", block, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == USAGE
    assert block in ran.err or "max_targets" in ran.err or "65" in ran.err
    assert not zone.log and ran.seconds < 5


def test_max_targets_binds_check_and_is_named(repmon, conf, dns, own):
    dns.zone("bl.lab")
    config = conf(dns, {"bl.lab": own()}, extra="[targets]\nmax_targets = 100")
    ran = repmon("check", "192.0.2.0/24", conf=config)
    assert ran.code == USAGE and "max_targets" in ran.err
    assert repmon.check("192.0.2.0/26", conf=config).code == OK


def test_no_target_at_all_is_a_usage_error(repmon, conf, dns, own):
    ran = repmon("check", conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == USAGE and ran.err and not ran.out


def test_a_list_nobody_knows_is_an_error_that_names_it(repmon, conf, dns, own):
    ran = repmon("check", "--list", "zen.spamhaus.ogr", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == USAGE
    assert "zen.spamhaus.ogr" in ran.err and "zen.spamhaus.org" in ran.err, "the nearest is named"


def test_a_dead_list_is_an_error_with_date_and_reason(repmon, conf, dns, own):
    ran = repmon("check", "--list", "dnsbl.sorbs.net", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == USAGE
    assert "dnsbl.sorbs.net" in ran.err and "2024" in ran.err
    assert not dns.log


def test_a_domain_list_is_not_asked_with_an_address(repmon, conf, dns, own):
    ran = repmon("check", "--list", "dbl.spamhaus.org", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN and "lists of domains need its reverse name" in " ".join(ran.out.split())
    assert [q.type for q in dns.log] == ["PTR"]


def test_a_list_of_hashes_is_not_asked(repmon, conf, dns, own):
    ran = repmon("check", "--list", "ebl.msbl.org", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == USAGE and "of no use here" in ran.err
    assert not dns.log


def test_a_configured_dead_zone_is_skipped_and_said(repmon, conf, dns, own):
    zone = dns.zone("dnsbl.sorbs.net")
    dns.zone("bl.lab")
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own(), "dnsbl.sorbs.net": {}}))
    assert ran.code == OK
    assert not zone.log
    assert "dnsbl.sorbs.net" in ran.out + ran.err


def test_a_configured_dead_zone_can_be_forced(repmon, conf, dns, own):
    dns.zone("dnsbl.sorbs.net", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, conf=conf(dns, {"dnsbl.sorbs.net": own(force="yes")}))
    assert ran.verdict(BAD, "dnsbl.sorbs.net") == "listed"


def test_a_label_that_is_no_host_name_leads_to_its_address(repmon, conf, dns, own):
    dns.zone("bl.lab")
    path = conf(dns, {"bl.lab": own()}, extra=f"[targets]\nip = {CLEAN} mx-out\n")
    ran = repmon("check", "MX-out", conf=path)
    assert ran.code == 3
    assert f"it is the label of {CLEAN}: repmon check {CLEAN}" in ran.err
    assert "check the spelling" in repmon("check", "mx-in", conf=path).err
