# SPDX-License-Identifier: ISC
"""Host names and SPF: what DNS may and may not change in what is watched."""

import re

import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN, WARNING
from lab import Dnsmasq, aaaa, chain, nodata, nxdomain, refused, servfail, silence, txt
from station import BAD, CLEAN, DAY, HOUR, OTHER, silent, station, told  # noqa: F401

NAME = "mail.example.org"
HOME = ["127.0.1.1", "127.0.0.1", "192.168.1.25", "10.0.0.5", "172.20.0.5", "169.254.3.4",
        "100.64.0.9", "0.0.0.0", "fd00::25", "fe80::25", "::1", "224.0.0.5", "240.0.0.1",
        "255.255.255.255", "198.18.0.7", "fec0::1", "ff02::1", "100::1", "2002:7f00:101::1",
        "2002:c0a8:101::1"]


def watched(station):
    return {".".join(map(str, ip)) for (ip,) in station.rows("SELECT ip FROM target")}


# ---- names that lead home ----

def test_a_name_of_the_hosts_file_is_an_error_and_no_target(repmon, conf, dns, own, check_repmon):
    bl = dns.zone("bl.lab")
    with Dnsmasq(dns, hosts=[f"127.0.1.1 {NAME} mail"]) as resolver:
        config = conf(resolver, {"bl.lab": own()})
        ran = repmon("check", NAME, conf=config)
        assert ran.code == UNKNOWN and not bl.asked()
        assert (f"{NAME} resolves to 127.0.1.1 on this resolver, probably from /etc/hosts; name the "
                "address with ip =") in ran.err
        ran = repmon("-H", NAME, "--config", str(config), program=check_repmon)
        assert ran.code == UNKNOWN and f"{NAME} resolves to 127.0.1.1" in ran.out


@pytest.mark.parametrize("address", HOME)
def test_what_nobody_outside_can_see_is_never_a_target_of_a_name(repmon, conf, dns, own, address):
    bl = dns.zone("bl.lab", test6="127.0.0.2")
    dns.host(NAME, address)
    ran = repmon("check", NAME, conf=conf(dns, {"bl.lab": own(families="4 6")}))
    assert ran.code == UNKNOWN and not bl.asked()
    assert f"{NAME} resolves to {address}" in ran.err and "ip =" in ran.err


def test_a_name_that_leads_home_by_an_alias_is_named(repmon, conf, dns, own):
    bl = dns.zone("bl.lab")
    for kind, address in (("A", "127.0.0.1"), ("AAAA", "::1")):
        dns.hosts[NAME, kind] = chain((NAME, "CNAME", "localhost"), ("localhost", kind, address))
    ran = repmon("check", NAME, conf=conf(dns, {"bl.lab": own()}))
    assert ran.code == UNKNOWN and not bl.asked() and f"{NAME} resolves to 127.0.0.1" in ran.err


def test_beside_an_address_of_its_own_the_wrong_one_is_named_and_nothing_is_ok(repmon, conf, dns,
                                                                              own):
    bl = dns.zone("bl.lab")
    dns.host(NAME, "127.0.1.1", CLEAN)
    config = conf(dns, {"bl.lab": own()})
    ran = repmon("check", NAME, "--format", "json", conf=config)
    assert ran.code == UNKNOWN and [t["ip"] for t in ran.json()["targets"]] == [CLEAN]
    assert ran.json()["summary"]["level"] == "unknown"
    assert f"{NAME} resolves to 127.0.1.1" in repmon("check", NAME, conf=config).out
    bl.listed[CLEAN] = "127.0.0.2"
    assert repmon("check", NAME, conf=config).code == CRITICAL, "nor is anything hidden"


@pytest.mark.parametrize("record, said", [
    ("v=spf1 a:mail.example.org ip4:192.0.2.10 -all", f"{NAME} resolves to 127.0.1.1"),
    ("v=spf1 ip4:10.0.0.0/24 ip4:192.0.2.10 -all", "10.0.0.0/24 is private (RFC 1918)"),
    ("v=spf1 ip6:fd00::/64 ip4:192.0.2.10 -all", "fd00::/64 is unique local"),
    ("v=spf1 mx ip4:192.0.2.10 -all", f"{NAME} resolves to 127.0.1.1"),
    ("v=spf1 ip4:224.0.0.0/24 ip4:192.0.2.10 -all", "224.0.0.0/24 is multicast"),
    ("v=spf1 ip6:fe80::/64 ip4:192.0.2.10 -all", "fe80::/64 is link-local"),
])
def test_an_spf_record_that_leads_home_says_so_and_the_rest_is_watched(station, record, said):
    station.zone()
    station.dns.hosts["example.org", "TXT"] = txt(record)
    station.dns.hosts["example.org", "MX"] = lab.mx(NAME)
    station.dns.host(NAME, "127.0.1.1")
    station.configure(targets="spf = example.org")
    ran = station.run()
    assert said in ran.err and "SPF record of example.org" in ran.err
    assert watched(station) == {"192.0.2.10"}
    shown = station.command("targets", code=None)
    assert said in " ".join(shown.out.split())


def test_run_targets_status_and_doctor_say_that_a_name_leads_home(station):
    station.zone()
    with Dnsmasq(station.dns, hosts=[f"127.0.1.1 {NAME}"]) as resolver:
        station.configure(targets=f"host = {NAME}\nip = {OTHER}")
        station.edit(f"resolver = {station.dns.address}", f"resolver = {resolver.address}")
        said = f"{NAME} resolves to 127.0.1.1 on this resolver, probably from /etc/hosts"
        ran = station.run()
        assert said in ran.err and "nothing is watched for it" in ran.err
        assert said in " ".join(ran.mails[0].text.split())
        assert watched(station) == {OTHER}
        assert said in " ".join(station.command("targets").out.split())
        doctor = station.command("doctor", code=1)
        assert said in " ".join(doctor.out.split())
    shown = station.command("status", code=WARNING)
    assert said in " ".join(shown.out.split())
    assert said in station.command("status", NAME, code=UNKNOWN).err
    station.command("status", OTHER, code=OK)


def test_what_was_watched_stays_when_the_name_begins_to_lead_home(station):
    bl = station.zone()
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    station.baseline()
    station.dns.host(NAME, "127.0.1.1")
    for _ in range(3):
        station.run(after=HOUR)
    assert watched(station) == {CLEAN, OTHER}
    bl.listed[CLEAN] = "127.0.0.2"
    assert [c["ip"] for c in station.run(after=HOUR).hooks[0]["changes"]] == [CLEAN]


# ---- addresses that are none of the host's ----

@pytest.mark.parametrize("made_up, network", [
    ("64:ff9b::c000:20a", None), ("::ffff:c000:20a", None), ("64:ff9b:1::c000:20a", None),
    ("2001:db8:64::c000:20a", "2001:db8:64::c000:aa"),
    ("2001:db8:122:300:c0:2:a00::", "2001:db8:122:300:c0:0:aa00::"),
    ("2001:db8:c000:20a::", "2001:db8:c000:aa::"),
    ("2001:db8:1c0:2:a::", "2001:db8:1c0:0:aa::"),
    ("2001:db8:122:c000:2:a00::", "2001:db8:122:c000:0:aa00::"),
])
def test_what_dns64_makes_up_is_no_address_of_the_host(repmon, conf, dns, own, made_up, network):
    dns.zone("bl.lab", test6="127.0.0.2")
    dns.host(NAME, CLEAN)
    dns.hosts[NAME, "AAAA"] = aaaa(made_up)
    if network:
        dns.hosts["ipv4only.arpa", "AAAA"] = aaaa(network)
    ran = repmon.check(NAME, conf=conf(dns, {"bl.lab": own(families="4 6")}))
    assert [t["ip"] for t in ran.json()["targets"]] == [CLEAN] and ran.code == OK


@pytest.mark.parametrize("resolver", [
    lambda dns: lab.Unbound({}, forward_all=dns, extra='module-config: "dns64 iterator"\n'
                            "dns64-prefix: 2001:db8:64::/96"),
    lambda dns: lab.Bind(dns, "dns64 2001:db8:64:ff00::/56 { clients { any; }; };"),
    lambda dns: lab.Bind(dns, "dns64 64:ff9b::/96 { clients { any; }; };")],
    ids=["unbound", "BIND /56", "BIND"])
def test_what_a_resolver_makes_up_is_no_address_of_the_host(repmon, conf, dns, own, resolver):
    dns.zone("bl.lab", test6="127.0.0.2")
    dns.host("four.lab", CLEAN)
    dns.host("both.lab", BAD, "2001:db8::25")
    dns.hosts["ipv4only.arpa", "A"] = lab.a("192.0.0.170", "192.0.0.171")
    dns.hosts["ipv4only.arpa", "AAAA"] = nodata()
    with resolver(dns) as r:
        reply = lab.server.ask(r.port, "four.lab", "AAAA", timeout=5)
        assert [x for x in reply.rr if x.rtype == 28], "it does make one up"
        ran = repmon.check("four.lab", "both.lab",
                           conf=conf(r, {"bl.lab": own(families="4 6")}, timeout="2s"))
    assert {t["ip"] for t in ran.json()["targets"]} == {CLEAN, BAD, "2001:db8::25"}


def test_a_real_address_beside_dns64_is_watched(repmon, conf, dns, own):
    dns.zone("bl.lab", test6="127.0.0.2")
    dns.host(NAME, CLEAN, "2001:db8:64:1::25")
    dns.hosts["ipv4only.arpa", "AAAA"] = aaaa("2001:db8:64::c000:aa")
    ran = repmon.check(NAME, conf=conf(dns, {"bl.lab": own(families="4 6")}))
    assert {t["ip"] for t in ran.json()["targets"]} == {CLEAN, "2001:db8:64:1::25"}


# ---- a part that fails ----

@pytest.mark.parametrize("reply", [
    servfail, silence, refused, lambda: lab.Reply("NOTIMP"), lab.bad_format, lab.formerr,
    lambda: lab.truncated(aaaa("2001:db8::1")), lambda: chain((NAME, "CNAME", "x.lab")),
    lambda: chain(("x.lab", "AAAA", "2001:db8::9"))])
def test_a_failed_half_hides_nothing(station, reply):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.dns.host(NAME, CLEAN)
    station.dns.hosts[NAME, "AAAA"] = reply()
    station.dns.before = lambda q: lab.closed() if q.transport == "tcp" else None
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    ran = station.run()
    assert watched(station) == {CLEAN, OTHER}
    assert f"{NAME} could not be looked up (AAAA: " in ran.err
    assert "LISTED" in ran.mails[0].subject
    silent(station.run(after=HOUR))


@pytest.mark.parametrize("reply", [
    servfail, silence, lab.bad_format, lambda: chain((NAME, "CNAME", "x.lab")),
    lambda: lab.truncated(lab.a(BAD))])
def test_nor_does_the_other_half(station, reply):
    bl = station.zone(families="4 6")
    bl.test6 = "127.0.0.2"
    bl.listed["2001:db8::25"] = "127.0.0.2"
    station.dns.host(NAME, "2001:db8::25")
    station.dns.hosts[NAME, "A"] = reply()
    station.dns.before = lambda q: lab.closed() if q.transport == "tcp" else None
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    ran = station.run()
    assert f"{NAME} could not be looked up (A: " in ran.err
    assert "LISTED" in ran.mails[0].subject and "2001:db8::25" in ran.mails[0].subject
    silent(station.run(after=HOUR))


def test_a_failed_half_is_not_ok_in_check_but_what_is_listed_is_told(repmon, conf, dns, own):
    bl = dns.zone("bl.lab")
    dns.host(NAME, CLEAN)
    dns.hosts[NAME, "AAAA"] = servfail()
    config = conf(dns, {"bl.lab": own()})
    ran = repmon("check", NAME, conf=config)
    assert ran.code == UNKNOWN and "AAAA: SERVFAIL" in ran.out
    bl.listed[CLEAN] = "127.0.0.2"
    assert repmon("check", NAME, conf=config).code == CRITICAL


def test_a_failed_half_retires_nothing(station):
    station.zone()
    station.dns.host(NAME, CLEAN, BAD)
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    station.baseline()
    station.dns.hosts[NAME, "A"] = lab.a(CLEAN)
    station.dns.hosts[NAME, "AAAA"] = servfail()
    for _ in range(3):
        station.run(after=HOUR)
    assert watched(station) == {CLEAN, BAD, OTHER}


@pytest.mark.parametrize("useless", [servfail, refused])
def test_names_are_looked_up_where_the_first_resolver_answers_uselessly(repmon, conf, dns, own,
                                                                        useless):
    dns.zone("bl.lab")
    dns.host(NAME, CLEAN)
    with lab.Scripted() as first:
        first.before = lambda q: useless()
        ran = repmon("targets", conf=conf([first, dns], {"bl.lab": own()}, extra=f"[targets]\n"
                                          f"host = {NAME}"))
        assert ran.code == 0 and CLEAN in ran.out
        first.before = lambda q: useless() if q.type == "AAAA" else None
        first.host(NAME, BAD)
        ran = repmon("targets", conf=conf([first, dns], {"bl.lab": own()}, extra=f"[targets]\n"
                                          f"host = {NAME}"))
        assert BAD in ran.out and CLEAN not in ran.out, "who says something is believed"


# ---- who may take away ----

def listed_name(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.dns.host(NAME, CLEAN)
    station.dns.hosts["example.org", "TXT"] = txt(f"v=spf1 ip4:{BAD} -all")
    station.configure(targets=f"host = {NAME}\nspf = example.org\nip = {OTHER}")
    station.baseline()
    return bl


@pytest.mark.parametrize("denial", [
    lambda: nxdomain(soa=False), lambda: lab.Reply(), nxdomain, nodata,
    lambda: chain(("x.lab", "A", "198.51.100.7"))])
def test_a_resolver_that_denies_everything_closes_no_incident(station, denial):
    listed_name(station)
    station.dns.before = lambda q: denial()
    for _ in range(3):
        ran = station.run(after=HOUR, code=None)
        assert not [c for h in ran.hooks for c in h["changes"] if c["kind"] in ("retired", "delisted")]
    assert watched(station) == {CLEAN, BAD, OTHER}
    station.dns.before = None
    ran = station.run(after=HOUR)
    kinds = [c["kind"] for h in ran.hooks for c in h["changes"]]
    assert "baseline" not in kinds and "listed" not in kinds


SPF_PARTS = {"mx": ("example.org", "MX"), f"a:{NAME}": (NAME, "A"), f"mx:{NAME}": (NAME, "A"),
             "include:_spf.example.net": ("_spf.example.net", "TXT"),
             "redirect=_spf.example.net": ("_spf.example.net", "TXT")}


@pytest.mark.parametrize("denial", [lambda: nxdomain(soa=False), lab.Reply, servfail, silence,
                                    lambda: chain((NAME, "CNAME", "x.lab"))])
@pytest.mark.parametrize("part", SPF_PARTS)
def test_a_part_of_an_spf_record_that_is_denied_without_proof_retires_nothing(station, denial,
                                                                              part):
    """The record itself still comes; only the look-up of a part of it fails."""
    station.zone().listed[CLEAN] = "127.0.0.2"
    station.dns.hosts["example.org", "TXT"] = txt(f"v=spf1 {part}")
    station.dns.hosts["example.org", "MX"] = station.dns.hosts[NAME, "MX"] = lab.mx(NAME)
    station.dns.hosts["_spf.example.net", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"spf = example.org\nspf_include = all\nip = {OTHER}")
    station.run()
    assert watched(station) == {CLEAN, OTHER}
    station.dns.hosts[SPF_PARTS[part]] = denial()
    for _ in range(3):
        ran = station.run(after=HOUR, code=None)
        assert not [c for h in ran.hooks for c in h["changes"] if c["kind"] in ("retired", "delisted")]
    assert watched(station) == {CLEAN, OTHER}


@pytest.mark.parametrize("torn", [
    chain((NAME, "CNAME", "x.lab")), chain(("x.lab", "A", BAD)), chain(),
    chain((NAME, "CNAME", "x.lab"), ("y.lab", "A", BAD)),
    chain((NAME, "CNAME", "x.lab"), ("x.lab", "CNAME", NAME)),
    chain(("y.lab", "A", BAD), ("x.lab", "CNAME", "y.lab"))])
def test_a_torn_answer_retires_nothing_although_the_lists_are_right(station, torn):
    """Address before alias, a chain renewed in part or without its end, for hours."""
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    station.baseline()
    station.dns.hosts[NAME, "A"] = torn
    for _ in range(3):
        ran = station.run(after=HOUR, code=None)
        assert not [c for h in ran.hooks for c in h["changes"] if c["source"] == "dnsbl"]
    assert watched(station) == {CLEAN, OTHER}
    station.dns.host(NAME, CLEAN)
    ran = station.run(after=HOUR)
    assert not [c for h in ran.hooks for c in h["changes"] if c["source"] == "dnsbl"]
    bl.listed.clear()
    station.run(after=HOUR)
    told(station.run(after=HOUR), "delisted")


def test_a_denial_without_soa_retires_nothing_although_the_lists_are_right(station):
    listed_name(station)
    station.dns.hosts[NAME, "A"] = station.dns.hosts[NAME, "AAAA"] = lab.Reply()
    station.dns.hosts["example.org", "TXT"] = nxdomain(soa=False)
    for _ in range(3):
        assert not station.run(after=HOUR).mails
    assert watched(station) == {CLEAN, BAD, OTHER}


def test_a_name_that_moved_leaves_its_old_place_where_the_resolver_sends_no_soa(station):
    """As systemd-resolved and the cache of dnsmasq: the new A is proof enough, AAAA or not."""
    station.zone()
    station.dns.host(NAME, CLEAN)
    station.dns.hosts[NAME, "AAAA"] = lab.Reply()
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    station.baseline()
    station.dns.hosts[NAME, "A"] = lab.a(BAD)
    station.run(after=HOUR)
    station.run(after=HOUR)
    assert watched(station) == {BAD, OTHER}


def test_a_rewriting_resolver_moves_no_name(station):
    listed_name(station)
    station.dns.before = lambda q: lab.a("198.51.100.7") if q.type == "A" else nodata()
    for _ in range(3):
        station.run(after=HOUR, code=None)
    assert {CLEAN, BAD, OTHER} <= watched(station)


# ---- names that vanish ----

def test_a_vanished_name_is_news_once_and_shown_as_long_as_it_lasts(station):
    station.zone()
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    station.baseline()
    station.dns.hosts[NAME, "A"] = station.dns.hosts[NAME, "AAAA"] = nxdomain()
    station.run(after=HOUR)
    ran = station.run(after=HOUR)
    assert watched(station) == {OTHER}
    (mail,) = ran.mails
    assert mail.subject.startswith(f"NO LONGER WATCHED {NAME} {CLEAN}") or CLEAN in mail.subject
    text = " ".join(mail.text.split())
    assert "does not exist (NXDOMAIN)" in text
    (change,) = ran.hooks[0]["changes"]
    assert (change["kind"], change["ip"], change["to"]) == ("retired", CLEAN, "warning")
    for _ in range(3):
        silent(station.run(after=HOUR))
    assert CLEAN in station.command("history").out
    assert NAME in station.command("status", code=WARNING).out
    line = station.command("status", "--format", "nagios", code=WARNING).out
    assert line.startswith("REPMON WARNING") and NAME in line.splitlines()[0]
    station.dns.host(NAME, CLEAN)
    station.run(after=HOUR)
    assert watched(station) == {CLEAN, OTHER}
    station.command("status", code=OK)


@pytest.mark.parametrize("others", [[OTHER], [OTHER, CLEAN]], ids=["one target", "two targets"])
def test_the_reason_for_the_exit_code_stands_above_the_targets(station, others):
    """The fault belongs to no target: as a note at the end it would not explain a warning."""
    station.zone()
    station.dns.hosts[NAME, "A"] = station.dns.hosts[NAME, "AAAA"] = nxdomain()
    station.configure(targets="\n".join([f"host = {NAME}", *(f"ip = {ip}" for ip in others)]))
    station.run()
    shown = station.command("status", code=WARNING).out
    above, _, below = shown.partition(f"OK        {OTHER if len(others) == 1 else ''}")
    assert re.search(rf"^WARNING   {re.escape(NAME)} has no address", above, re.M), shown
    assert f"{NAME} has no address" not in below


def test_the_only_name_that_vanishes_is_news_too(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}")
    station.baseline()
    station.dns.hosts[NAME, "A"] = station.dns.hosts[NAME, "AAAA"] = nxdomain()
    station.run(after=HOUR)
    ran = station.run(after=HOUR)
    assert [c["kind"] for c in ran.hooks[0]["changes"]] == ["retired"] and len(ran.mails) == 1
    err = station.run(after=HOUR, code=78).err
    assert "no targets" in err and f"{NAME} has no address" in err
    assert NAME in station.command("status", "--format", "nagios", code=WARNING).out


def test_a_vanished_spf_record_is_news(station):
    station.zone()
    station.dns.hosts["example.org", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.configure(targets=f"spf = example.org\nip = {OTHER}")
    station.baseline()
    station.dns.hosts["example.org", "TXT"] = nodata()
    station.run(after=HOUR)
    ran = station.run(after=HOUR)
    assert [c["kind"] for c in ran.hooks[0]["changes"]] == ["retired"] and len(ran.mails) == 1
    assert watched(station) == {OTHER}


def test_a_name_that_moved_is_in_the_history_and_no_alarm(station):
    station.zone()
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    station.baseline()
    station.dns.host(NAME, BAD)
    station.run(after=HOUR)
    ran = station.run(after=HOUR)
    assert not ran.mails and watched(station) == {BAD, OTHER}
    assert CLEAN in station.command("history").out
    station.command("status", code=OK)


# ---- somebody else's DNS ----

@pytest.mark.parametrize("grown", [
    "ip4:10.0.0.0/8", "ip4:20.0.0.0/8", "ip4:198.51.0.0/17", "ip6:2a00::/20",
    " ".join(f"ip4:198.51.{i}.0/24" for i in range(40))])
def test_an_include_that_grows_beyond_measure_keeps_its_last_good_set(station, grown):
    bl = station.zone()
    station.dns.hosts["example.org", "TXT"] = txt("v=spf1 include:_spf.example.net -all")
    station.dns.hosts["_spf.example.net", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.configure(targets=f"spf = example.org\nspf_include = _spf.example.net\nip = {OTHER}")
    station.baseline()
    record = f"v=spf1 ip4:{CLEAN} {grown} -all"
    strings = [record[i:i + 250] for i in range(0, len(record), 250)]
    station.dns.hosts["_spf.example.net", "TXT"] = txt(*strings)
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert "spf example.org" in ran.err or "SPF record of example.org" in ran.err
    assert [c["ip"] for c in ran.hooks[0]["changes"]] == [CLEAN]
    silent(station.run(after=HOUR))
    assert watched(station) == {CLEAN, OTHER}


def test_who_looks_is_told_of_what_grew_beyond_measure(station):
    """Status, the plugin, doctor, and every mail for as long as it lasts."""
    bl = station.zone()
    station.dns.hosts["example.org", "TXT"] = txt("v=spf1 include:_spf.example.net -all")
    station.dns.hosts["_spf.example.net", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.configure(targets=f"spf = example.org\nspf_include = _spf.example.net\nip = {OTHER}")
    station.baseline()
    station.dns.hosts["_spf.example.net", "TXT"] = txt("v=spf1 ip4:198.51.0.0/17 -all")
    said = "example.org resolves to too many addresses: with 198.51.0.0/17 there are more than"
    assert said in station.run(after=HOUR).err
    silent(station.run(after=HOUR))
    assert said in " ".join(station.command("status").out.split())
    assert said in station.command("status", "--format", "nagios").out.splitlines()[0]
    checks = station.command("doctor", "--format", "json", code=1).json()["checks"]
    (line,) = [x for x in checks if x["name"] == "spf"]
    assert line["state"] == "red" and said in line["text"] and "raise max_targets" in line["text"]
    bl.listed[OTHER] = "127.0.0.2"
    assert said in " ".join(station.run(after=HOUR).mails[0].text.split())


@pytest.mark.parametrize("record", [
    "v=spf1 include:_spf.example.net -all", "v=spf1 ip4:192.0.2.300 -all", "v=spf1 ip4: -all",
    "v=spf1 redirect=_spf.example.net", "v=spf1 ip4:0.0.0.0/0 -all", "no record",
    "v=spf1 " + " ".join(f"a:h{i}.example" for i in range(30)) + " -all"])
def test_an_include_that_breaks_keeps_its_last_good_set(station, record):
    """Loops, syntax errors, too many look-ups: the record is not ours, and the run goes on."""
    bl = station.zone()
    station.dns.hosts["example.org", "TXT"] = txt("v=spf1 include:_spf.example.net -all")
    station.dns.hosts["_spf.example.net", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.configure(targets=f"spf = example.org\nspf_include = _spf.example.net\nip = {OTHER}")
    station.baseline()
    strings = [record[i:i + 250] for i in range(0, len(record), 250)]
    station.dns.hosts["_spf.example.net", "TXT"] = txt(*strings)
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert [c["ip"] for c in ran.hooks[0]["changes"] if c["kind"] == "listed"] == [CLEAN]
    assert CLEAN in watched(station)


def test_two_spf_records_retire_nothing(station):
    station.zone()
    station.dns.hosts["example.org", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.configure(targets=f"spf = example.org\nip = {OTHER}")
    station.baseline()
    station.dns.hosts["example.org", "TXT"] = lab.Reply(records=(
        ("TXT", ("v=spf1 -all",)), ("TXT", (f"v=spf1 ip4:{BAD} -all",))))
    for _ in range(3):
        station.run(after=HOUR)
        assert watched(station) == {CLEAN, OTHER}


def test_who_grows_pushes_nobody_else_out(station):
    station.zone()
    station.dns.hosts["a.example", "TXT"] = txt("v=spf1 ip4:198.51.100.0/30 -all")
    station.dns.hosts["b.example", "TXT"] = txt("v=spf1 ip4:192.0.2.0/30 -all")
    station.configure(targets="max_targets = 10\nspf = a.example\nspf = b.example")
    station.baseline()
    station.dns.hosts["a.example", "TXT"] = txt("v=spf1 ip4:198.51.100.0/29 -all")
    ran = station.run(after=HOUR)
    assert "max_targets" in ran.err and "a.example" in ran.err and "b.example" not in ran.err
    assert len(watched(station)) == 8


# ---- warnings that stand ----

def test_the_same_warning_comes_once_and_then_by_remind(station):
    station.zone()
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}\nip = {OTHER}", top="remind = 2d")
    station.baseline()
    station.dns.hosts[NAME, "A"] = servfail()
    assert NAME in station.run(after=HOUR).err
    for _ in range(5):
        silent(station.run(after=HOUR))
    station.dns.host(NAME, CLEAN)
    silent(station.run(after=HOUR))
    station.dns.hosts[NAME, "A"] = silence()
    silent(station.run(after=HOUR))
    assert NAME in station.run(after=2 * DAY).err


# ---- includes that are not followed ----

def includes(station, more=""):
    station.zone()
    station.dns.hosts["example.org", "TXT"] = txt(
        f"v=spf1 ip4:{CLEAN} include:_spf.example.net include:big.example -all")
    station.dns.hosts["_spf.example.net", "TXT"] = txt(
        "v=spf1 ip4:198.51.100.0/28 include:more.example.net -all")
    station.dns.hosts["more.example.net", "TXT"] = txt("v=spf1 ip4:198.51.100.64/30 a:x.lab -all")
    station.dns.host("x.lab", "198.51.100.200")
    station.dns.hosts["big.example", "TXT"] = txt("v=spf1 ip4:198.51.0.0/16 ip6:2001:db8::/48 -all")
    station.configure(targets=f"spf = example.org\n{more}")


def test_includes_that_are_not_followed_are_named_with_what_they_hold(station):
    includes(station)
    said = ["include:_spf.example.net is not followed; it holds 21 addresses",
            "spf_include = _spf.example.net",
            "include:big.example is not followed; it holds 65536 IPv4 addresses and 1 IPv6 block"]
    first = station.run()
    assert first.err == "", "it is no warning"
    mail = first.mails[0]
    for shown in (station.command("targets").out, mail.text,
                  station.command("doctor", code=None).out):
        text = " ".join(shown.split())
        for words in said:
            assert words in text
    silent(station.run(after=HOUR))


def test_includes_behind_a_redirect_are_named_whatever_they_hold(station):
    station.zone()
    hosts = station.dns.hosts
    hosts["example.org", "TXT"] = txt("v=spf1 redirect=r.example.org")
    hosts["r.example.org", "TXT"] = txt(
        f"v=spf1 ip4:{CLEAN} include:broken.example include:empty.example -all")
    hosts["empty.example", "TXT"], hosts["broken.example", "TXT"] = txt("v=spf1 -all"), servfail()
    station.configure(targets="spf = example.org")
    shown = station.command("targets", code=None).out
    assert "include:broken.example is not followed" in " ".join(shown.split())
    assert "include:empty.example is not followed" in " ".join(shown.split())


def test_all_includes_can_be_followed(station):
    includes(station, more="spf_include = all\nmax_targets = 65536")
    station.dns.hosts["big.example", "TXT"] = txt("v=spf1 ip4:198.51.100.240/30 -all")
    station.run()
    assert len(watched(station)) == 1 + 21 + 4


# ---- doctor ----

@pytest.mark.parametrize("reply, words", [
    (nxdomain, "does not exist (NXDOMAIN)"), (nodata, "neither A nor AAAA"),
    (servfail, "SERVFAIL"), (silence, "no answer"), (refused, "REFUSED")])
def test_doctor_looks_names_up_and_shows_the_answer(station, reply, words):
    station.zone()
    station.dns.hosts[NAME, "A"] = station.dns.hosts[NAME, "AAAA"] = reply()
    station.configure(targets=f"host = {NAME}\nip = {OTHER}")
    ran = station.command("doctor", "--format", "json", code=1)
    (line,) = [x for x in ran.json()["checks"] if x["name"] == "host"]
    assert line["state"] == "red" and NAME in line["text"] and words in line["text"] and line["cure"]


@pytest.mark.parametrize("line, owner, record", [
    (f"host = {NAME}", NAME, chain((NAME, "CNAME", "b.lab"), ("b.lab", "CNAME", NAME))),
    (f"host = {NAME}", NAME, chain((NAME, "CNAME", "b.lab"), soa=True, rcode="NXDOMAIN")),
    ("spf = example.org", "example.org", txt("google-site-verification=x"))],
    ids=["a loop", "an alias of nothing", "no SPF"])
def test_doctor_says_of_a_name_without_addresses_what_to_do(station, line, owner, record):
    station.zone()
    for kind in ("A", "AAAA", "TXT"):
        station.dns.hosts[owner, kind] = record
    station.configure(targets=f"{line}\nip = {OTHER}")
    checks = station.command("doctor", "--format", "json", code=1).json()["checks"]
    (found,) = [x for x in checks if x["name"] in ("host", "spf")]
    assert found["state"] == "red" and owner in found["text"] and found["cure"]


def test_doctor_says_where_names_lead_and_asks_nothing_offline(station):
    station.zone()
    station.dns.host(NAME, CLEAN)
    station.configure(targets=f"host = {NAME}")
    checks = station.command("doctor", "--format", "json", code=None).json()["checks"]
    (line,) = [x for x in checks if x["name"] == "host"]
    assert (line["state"], line["text"]) == ("ok", f"{NAME} resolves to {CLEAN}")
    asked = len(station.dns.log)
    station.command("doctor", "--offline", code=None)
    assert len(station.dns.log) == asked
