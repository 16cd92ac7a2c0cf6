# SPDX-License-Identifier: ISC
"""Reverse names that only this host sees: answers from a hosts file or local data are no proof."""

import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN, needs_resolved, reachable
from lab import Bind, Dnsmasq, Knot, Recursor, Reply, Resolved, Unbound, aaaa, nodata, nxdomain, silence
from test_ptr import IP, IP6, ask, named, ptr, reverse  # noqa: F401

NAME = "mx1.example.org"
OWN = "answers from its own hosts file"


def verdict(ran, address=IP):
    return ran.verdict(address, "ptr"), ran.list("ptr")["note"] or ""


@pytest.mark.parametrize("address", [IP, IP6])
@pytest.mark.parametrize("ttl", [0, 60, 300])
def test_an_answer_of_the_resolvers_own_is_no_proof(ask, dns, address, ttl):
    named(dns, address, NAME)
    dns.hosts[reverse(address), "PTR"] = ptr(NAME).as_own().with_ttl(ttl)
    ran = ask(address)
    said, note = verdict(ran, address)
    assert said == "untrusted" and OWN in note
    assert ran.code == UNKNOWN and ran.list("ptr")["health"] == "untrusted"


def test_nor_is_its_denial(ask, dns):
    dns.hosts[reverse(IP), "PTR"] = nxdomain().as_own()
    assert verdict(ask())[0] == "untrusted"


def test_nor_are_the_addresses_of_the_name(ask, dns):
    """The reverse name is real, but the hosts file leads it home."""
    named(dns, IP, NAME)
    dns.host(NAME, IP)
    dns.hosts[NAME, "A"] = dns.hosts[NAME, "A"].as_own()
    said, note = verdict(ask())
    assert said == "untrusted" and OWN in note


def test_nor_are_other_addresses_of_the_name_a_mismatch(ask, dns):
    named(dns, IP, NAME)
    dns.hosts[NAME, "A"] = lab.a("192.0.2.77").as_own()
    assert verdict(ask())[0] == "untrusted"


def test_a_name_with_two_addresses_of_which_one_is_made_up_settles_nothing(ask, dns):
    named(dns, IP6, NAME)
    dns.hosts[NAME, "AAAA"] = aaaa(IP6, "2001:db8::99").as_own()
    assert verdict(ask(IP6), IP6)[0] == "untrusted"


def zone_of_its_own(dns, *names):
    """The resolver holds these zones: SOA questions are answered as its own too."""
    for name in names:
        dns.hosts[name, "SOA"] = nodata().as_own()


def test_a_resolver_that_holds_the_reverse_zone_is_unknown_and_no_alarm(ask, dns):
    named(dns, IP, NAME)
    dns.hosts[reverse(IP), "PTR"] = ptr(NAME).as_own()
    zone_of_its_own(dns, reverse(IP))
    ran = ask()
    said, note = verdict(ran)
    assert said == "unproven" and "holds the reverse zone itself" in note
    assert ran.list("ptr")["health"] == "ok"


def test_a_resolver_that_holds_the_zone_of_the_name_is_believed(ask, dns):
    named(dns, IP, NAME)
    dns.hosts[NAME, "A"] = dns.hosts[NAME, "A"].as_own()
    zone_of_its_own(dns, NAME)
    assert verdict(ask())[0] == "confirmed"


def test_a_second_look_without_an_answer_proves_nothing(ask, dns):
    named(dns, IP, NAME)
    dns.hosts[reverse(IP), "PTR"] = ptr(NAME).as_own()
    dns.hosts[reverse(IP), "SOA"] = silence()
    said, note = verdict(ask())
    assert said == "timeout" and OWN not in note


@pytest.mark.parametrize("ttl", [0, 1, 5])
def test_the_last_seconds_are_asked_a_second_time(ask, dns, ttl):
    """Of a cached answer."""
    named(dns, IP, NAME)
    dns.hosts[reverse(IP), "SOA"] = nodata()
    dns.before = lambda q: ptr(NAME).with_ttl(ttl) if q.type == "PTR" and q.seen == 0 else None
    assert verdict(ask())[0] == "confirmed"
    assert [q.type for q in dns.log] == ["PTR", "SOA", "PTR", "A"]


def test_a_ttl_of_0_that_the_dns_contradicts_is_no_proof(ask, dns):
    named(dns, IP, NAME)
    dns.hosts[reverse(IP), "PTR"] = ptr(NAME).with_ttl(0)
    said, note = verdict(ask())
    assert said == "untrusted" and OWN in note


def test_one_address_in_the_hosts_file_spoils_no_other(ask, dns):
    named(dns, IP, NAME)
    named(dns, "192.0.2.11", "mx2.example.org")
    dns.hosts[reverse(IP), "PTR"] = ptr(NAME).as_own()
    ran = ask(IP, "192.0.2.11")
    assert ran.verdict("192.0.2.11", "ptr") == "confirmed"
    assert ran.verdict(IP, "ptr") == "untrusted"


# ---- real resolvers ----

@pytest.fixture
def world():
    """What the world sees: mx1 has a reverse name, mx2 has none."""
    with lab.Scripted() as dns:
        named(dns, IP, "mx1.example.org")
        yield dns


def asked(repmon, conf, resolver, address):
    ran = repmon.check("--only", "ptr", address, conf=conf(resolver, {}, ptr=""))
    return ran, verdict(ran, address)


HOSTS = ["192.0.2.11 mx2.example.org", f"{IP6} mx3.example.org"]


@pytest.mark.parametrize("extra", [(), ("--local-ttl=300",)])
def test_dnsmasq_with_a_hosts_file(repmon, conf, world, extra):
    with Dnsmasq(world, hosts=HOSTS, extra=extra) as d:
        assert asked(repmon, conf, d, IP)[1][0] == "confirmed"
        for address in ("192.0.2.11", IP6):
            ran, (said, note) = asked(repmon, conf, d, address)
            assert said == "untrusted" and OWN in note
            assert OWN in " ".join(repmon("check", "--only", "ptr", address, conf=conf(
                d, {}, ptr="")).out.split())


@pytest.mark.parametrize("option", ["--ptr-record=11.2.0.192.in-addr.arpa,mx2.example.org",
                                    "--host-record=mx2.example.org,192.0.2.11",
                                    "--synth-domain=example.org,192.0.2.0/24"])
def test_what_dnsmasq_makes_up_by_an_option_is_never_confirmed(repmon, conf, world, option):
    with Dnsmasq(world, extra=[option]) as d:
        ran, (said, note) = asked(repmon, conf, d, "192.0.2.11")
        assert said in ("untrusted", "unproven") and "this resolver" in note
        assert ran.code == UNKNOWN


def test_dnsmasq_without_an_upstream_for_the_zone(repmon, conf):
    with Dnsmasq(hosts=HOSTS) as d:
        assert asked(repmon, conf, d, "192.0.2.11")[1][0] == "untrusted"


def test_knot_with_hints(repmon, conf, world, tmp_path):
    """No AA; each question for the name, also for its zone, is answered with the PTR record."""
    (tmp_path / "hosts").write_text("\n".join(HOSTS) + "\n")
    reachable(tmp_path)
    with Knot(world, "modules.load('hints > iterate')\n"
                     f"hints.add_hosts('{tmp_path}/hosts')") as k:
        assert asked(repmon, conf, k, IP)[1][0] == "confirmed"
        for address in ("192.0.2.11", IP6):
            ran, (said, note) = asked(repmon, conf, k, address)
            assert said == "untrusted" and OWN in note and ran.code == UNKNOWN
        assert_doctor_warns(repmon, conf, k)


POLICY = """$TTL 60
@ SOA localhost. root.localhost. 1 60 60 60 60
@ NS localhost.
11.2.0.192.in-addr.arpa PTR mx2.example.org.
mx1.example.org A 192.0.2.77
"""


def test_bind_with_a_policy_zone(repmon, conf, world, tmp_path):
    """No AA either, but it adds the SOA of that zone."""
    (tmp_path / "policy").write_text(POLICY)
    reachable(tmp_path)
    zone = f'zone "policy.lab" {{ type primary; file "{tmp_path}/policy"; }};'
    with Bind(world, 'response-policy { zone "policy.lab"; };', zones=zone) as b:
        for address in (IP, "192.0.2.11"):
            ran, (said, note) = asked(repmon, conf, b, address)
            assert said == "untrusted" and OWN in note and ran.code == UNKNOWN
        assert_doctor_warns(repmon, conf, b)


def test_doctor_sees_that_powerdns_has_a_hosts_file(repmon, conf, world, tmp_path):
    (tmp_path / "hosts").write_text("\n".join(HOSTS) + "\n")
    reachable(tmp_path)
    with Recursor(world, f"export-etc-hosts=yes\netc-hosts-file={tmp_path}/hosts") as r:
        assert_doctor_warns(repmon, conf, r)


def assert_doctor_warns(repmon, conf, resolver):
    found = " ".join(repmon("doctor", conf=conf(resolver, {}, ptr="", extra=(
        f"[targets]\nip = 192.0.2.11\nip = {IP6}"))).out.split())
    assert OWN in found and "of 192.0.2.11" in found


@needs_resolved
def test_systemd_resolved_with_a_hosts_file(repmon, conf, world):
    """It makes up a reverse name of the machine's own address, too, and denies the SOA as its own."""
    with Resolved(world, hosts=HOSTS) as r:
        assert asked(repmon, conf, r, IP)[1][0] == "confirmed"
        for address in ("192.0.2.11", IP6):
            ran, (said, note) = asked(repmon, conf, r, address)
            assert said == "untrusted" and OWN in note and ran.code == UNKNOWN
        assert_doctor_warns(repmon, conf, r)


@needs_resolved
def test_names_of_the_hosts_file_of_systemd_resolved_are_no_targets(repmon, conf, dns, own):
    bl = dns.zone("bl.lab", test6="127.0.0.2")
    dns.hosts["example.org", "TXT"] = lab.txt(f"v=spf1 a:{NAME} -all")
    with Resolved(dns, hosts=[f"127.0.1.1 {NAME} mx1"]) as r:
        for line in (f"host = {NAME}", "spf = example.org"):
            config = conf(r, {"bl.lab": own()}, extra=f"[targets]\n{line}")
            assert f"{NAME} resolves to 127.0.1.1" in repmon("targets", conf=config).err
            assert f"{NAME} resolves to 127.0.1.1" in " ".join(
                repmon("doctor", conf=config).out.split())
        ran = repmon("check", NAME, conf=config)
        assert ran.code == UNKNOWN and f"{NAME} resolves to 127.0.1.1" in ran.err
    assert not bl.asked()


def test_unbound_with_local_data(repmon, conf, world):
    extra = 'local-data-ptr: "5.9.20.5 mx2.example.org"\nlocal-data: "mx2.example.org A 5.9.20.5"'
    with Unbound({}, extra=extra, forward_all=world) as u:
        ran, (said, note) = asked(repmon, conf, u, "5.9.20.5")
        assert said == "untrusted" and OWN in note


def test_unbound_that_holds_the_reverse_zone(repmon, conf, world, tmp_path):
    zone = tmp_path / "reverse.zone"
    zone.write_text("$ORIGIN 20.9.5.in-addr.arpa.\n"
                    "@ 300 IN SOA ns.example.org. root.example.org. 1 3600 600 86400 300\n"
                    "@ 300 IN NS ns.example.org.\n"
                    "5 300 IN PTR mx2.example.org.\n")
    zone.chmod(0o644)
    extra = "\n".join(["auth-zone:", '  name: "20.9.5.in-addr.arpa."', f'  zonefile: "{zone}"',
                       "  for-downstream: yes", "  for-upstream: yes", "server:"])
    with Unbound({}, extra=extra, forward_all=world) as u:
        ran, (said, note) = asked(repmon, conf, u, "5.9.20.5")
        assert said == "unproven" and "holds the reverse zone itself" in note
        assert ran.list("ptr")["health"] == "ok"
        doctor = repmon("doctor", conf=conf(u, {}, ptr="", extra="[targets]\nip = 5.9.20.5")).out
        assert "hosts file" not in doctor


def test_doctor_warns_of_it(repmon, conf, world):
    with Dnsmasq(world, hosts=HOSTS) as d:
        for address, warned in (("192.0.2.11", True), (IP, False)):
            found = " ".join(repmon("doctor", conf=conf(d, {}, ptr="", extra=(
                f"[targets]\nip = {address}"))).out.split())
            assert (OWN in found and address in found) == warned
