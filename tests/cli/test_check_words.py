# SPDX-License-Identifier: ISC
"""Words that name the culprit: each refusal its own meaning and cure, the resolver before the
list where the list is known for it, rebinding protection, mistyped and unknown zones."""

import re

import pytest

import lab
from conftest import OK, UNKNOWN
from lab import Unbound, a, nodata, nxdomain, refused, txt

CLEAN, BAD = "192.0.2.10", "192.0.2.99"


def flat(text):
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def keyed(tmp_path, repmon):
    key = tmp_path / "dqs.key"
    key.write_text("abcdefghij0123456789\n")
    key.chmod(0o600)
    repmon.secrets.append("abcdefghij0123456789")
    return {"key_file": str(key)}


def everywhere(repmon, config, zone, *words):
    """The words stand in text, in JSON, in what -v adds, in the plugin's long text, in doctor."""
    ran = repmon.check(CLEAN, conf=config)
    assert ran.verdict(CLEAN, zone) in ("not-served", "untrusted", "servfail")
    outputs = [ran.list(zone)["note"], repmon("check", CLEAN, conf=config).out,
               repmon("-v", "check", CLEAN, conf=config).err,
               repmon("-v", "check", "--format", "nagios", CLEAN, conf=config).out,
               repmon("doctor", conf=config).out,
               repmon("lists", "--test", conf=config).out]
    for output in outputs:
        for word in words:
            assert word in flat(output), f"{word} is not in:\n{output}"
    return [flat(x) for x in outputs]


# ---- refusal codes ----

PUBLIC = {"127.255.255.252": "mistyped", "127.255.255.254": "public or shared resolver",
          "127.255.255.255": "too many queries", "127.255.255.253": "does not document"}
KEY = {"127.255.255.250": "the key is disabled", "127.255.255.251": "the key was rejected",
       "127.255.255.252": "mistyped", "127.255.255.254": "without a valid key",
       "127.255.255.255": "too many queries for this key"}


@pytest.mark.parametrize("zone", ["zen.spamhaus.org", "pbl.spamhaus.org"])
@pytest.mark.parametrize("code", PUBLIC)
def test_each_refusal_of_spamhaus_has_its_meaning(repmon, conf, dns, zone, code):
    dns.zone(zone, rule=lambda q: a(code))
    everywhere(repmon, conf(dns, {zone: {}}), zone, code, PUBLIC[code])


@pytest.mark.parametrize("zone", ["zen.dq.spamhaus.net", "authbl.dq.spamhaus.net"])
@pytest.mark.parametrize("code", KEY)
def test_a_refused_key_speaks_of_the_key(repmon, conf, dns, keyed, zone, code):
    dns.zone(f"abcdefghij0123456789.{zone}", rule=lambda q: a(code))
    outputs = everywhere(repmon, conf(dns, {zone: keyed}), zone, code, KEY[code], "key")
    assert not any("resolver of your own" in x for x in outputs[:2])


@pytest.mark.parametrize("zone, code, words", [
    ("combined.mail.abusix.zone", "127.255.255.255", ("key_file", "app.abusix.com")),
    ("b.barracudacentral.org", "127.255.255.254", ("register yours", "barracudacentral.org")),
    ("score.senderscore.com", "127.255.255.255", ("not registered", "MyValidity")),
    ("list.dnswl.org", "127.0.0.255", ("too many queries", "dnswl.org")),
    ("list.dnswl.org", "127.0.10.3", ("over the limit", "dnswl.org"))])
def test_other_operators_have_theirs(repmon, conf, dns, keyed, zone, code, words):
    needs = zone.endswith("abusix.zone")
    dns.zone(f"abcdefghij0123456789.{zone}" if needs else zone, rule=lambda q: a(code))
    everywhere(repmon, conf(dns, {zone: keyed if needs else {}}), zone, code, *words)


def test_a_refusal_without_a_code_has_the_cure_of_the_list(repmon, conf, dns):
    dns.zone("b.barracudacentral.org", rule=lambda q: refused())
    everywhere(repmon, conf(dns, {"b.barracudacentral.org": {}}), "b.barracudacentral.org",
               "register yours")


# ---- a list that denies everything to the wrong resolver ----

def test_zen_that_denies_all_names_the_resolver_first(repmon, conf, dns, own):
    """As through a forwarder to a public resolver, while other lists work."""
    dns.zone("zen.spamhaus.org", test=None)
    dns.zone("good.lab")
    outputs = everywhere(repmon, conf(dns, {"zen.spamhaus.org": {}, "good.lab": own()}),
                         "zen.spamhaus.org", "forwards to one", "resolver of your own")
    assert not any("emove it if" in x for x in outputs)


def test_a_list_for_registered_resolvers_that_denies_all_says_register(repmon, conf, dns, own):
    dns.zone("b.barracudacentral.org", test=None)
    dns.zone("good.lab")
    everywhere(repmon, conf(dns, {"b.barracudacentral.org": {}, "good.lab": own()}),
               "b.barracudacentral.org", "not registered", "register yours")


def test_a_keyed_list_that_denies_all_speaks_of_the_key(repmon, conf, dns, own, keyed):
    dns.zone("abcdefghij0123456789.combined.mail.abusix.zone", test=None)
    dns.zone("good.lab")
    everywhere(repmon, conf(dns, {"combined.mail.abusix.zone": keyed, "good.lab": own()}),
               "combined.mail.abusix.zone", "key_file", "your account")


def test_a_list_of_nobody_s_knowledge_that_denies_all_is_to_be_taken_out(repmon, conf, dns, own):
    dns.zone("bl.lab", test=None)
    dns.zone("good.lab")
    ran = repmon("check", CLEAN, conf=conf(dns, {"bl.lab": own(), "good.lab": own()}))
    assert "remove it if this persists" in flat(ran.out)


def test_a_missing_test_entry_of_one_family_accuses_no_resolver(repmon, conf, dns):
    """ZEN proves itself over IPv4 through this resolver."""
    dns.zone("zen.spamhaus.org")
    ran = repmon.check(CLEAN, "2001:db8::25", conf=conf(dns, {"zen.spamhaus.org": {}}))
    assert ran.verdict(CLEAN, "zen.spamhaus.org") == "not-listed"
    assert ran.verdict("2001:db8::25", "zen.spamhaus.org") == "untrusted"
    assert "resolver" not in ran.list("zen.spamhaus.org")["note"]


def test_a_list_that_lists_everything_accuses_no_resolver(repmon, conf, dns):
    dns.zone("zen.spamhaus.org", rule=lambda q: a("127.0.0.4") if q.address != "127.0.0.2" else None,
             test=None)
    ran = repmon.check(CLEAN, conf=conf(dns, {"zen.spamhaus.org": {}}))
    assert ran.verdict(CLEAN, "zen.spamhaus.org") == "untrusted"
    assert "resolver" not in ran.list("zen.spamhaus.org")["note"]


# ---- rebinding protection ----

REBINDING = ("removes answers in 127.0.0.0/8 (rebinding protection)", "rebind-localhost-ok",
             "private-address", "Pi-hole", "OPNsense")


def test_test_entries_without_address_but_with_text_are_rebinding_protection(repmon, conf, dns,
                                                                             own):
    def rule(q):
        if q.address == "127.0.0.2":
            return txt("test entry") if q.type == "TXT" else nodata()
        return nxdomain()

    dns.zone("bl.lab", rule=rule)
    dns.zone("good.lab")
    everywhere(repmon, conf(dns, {"bl.lab": own(), "good.lab": own()}), "bl.lab", *REBINDING)


def test_an_emptied_list_is_no_rebinding_protection(repmon, conf, dns, own):
    dns.zone("bl.lab", test=None)
    ran = repmon("check", CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert "rebinding" not in ran.out


ZONES = {"one.lab": lab.block_list(), "two.lab": lab.block_list(), "three.lab": lab.block_list()}


def lists_of(own):
    return {zone: own() for zone in ZONES}


def test_unbound_with_private_addresses_is_named(repmon, conf, own):
    with lab.Rbldnsd(ZONES) as server, \
            Unbound({z: server for z in ZONES}, extra="private-address: 127.0.0.0/8") as u:
        everywhere(repmon, conf(u, lists_of(own)), "one.lab", *REBINDING)


def test_bind_that_denies_such_answers_is_named(repmon, conf, own):
    """It makes SERVFAIL of them; the text of a test entry still comes."""
    with lab.Rbldnsd(ZONES) as server, \
            lab.Bind(server, "deny-answer-addresses { 127.0.0.0/8; };") as b:
        everywhere(repmon, conf(b, lists_of(own), timeout="2s"), "one.lab", *REBINDING,
                   "deny-answer-addresses")


def test_knot_with_its_module_is_named(repmon, conf, own):
    """It makes REFUSED of them: by that word alone, the list would be to blame."""
    with lab.Scripted() as server:
        for zone in ZONES:
            server.zone(zone, reasons={"127.0.0.2": "test entry"})
        with lab.Knot(server, "modules.load('rebinding < iterate')") as k:
            config = conf(k, lists_of(own), timeout="2s")
            outputs = everywhere(repmon, config, "one.lab", *REBINDING,
                                 "Knot Resolver: without the module rebinding")
    assert not [x for x in outputs if "refuse" in x or "not-served" in x]


@pytest.mark.parametrize("answer", [lab.refused, lab.servfail])
def test_one_list_that_fails_its_test_entry_alone_is_no_rebinding_protection(repmon, conf, dns, own,
                                                                             answer):
    dns.zone("odd.lab", rule=lambda q: answer() if (q.address, q.type) == ("127.0.0.2", "A") else
             txt("test entry") if q.address == "127.0.0.2" else None)
    dns.zone("good.lab")
    ran = repmon("check", CLEAN, conf=conf(dns, {"odd.lab": own(), "good.lab": own()}))
    assert ran.code == UNKNOWN and "odd.lab" in ran.out and "rebinding" not in ran.out


def test_unbound_with_private_domains_is_fine(repmon, conf, own):
    exempt = "private-address: 127.0.0.0/8\nprivate-domain: lab"
    with lab.Rbldnsd(ZONES) as server, Unbound({z: server for z in ZONES}, extra=exempt) as u:
        assert repmon.check(CLEAN, conf=conf(u, lists_of(own))).code == OK


@pytest.mark.parametrize("option, code", [("--stop-dns-rebind", UNKNOWN),
                                          ("--stop-dns-rebind --rebind-localhost-ok", OK)])
def test_dnsmasq_that_stops_rebinding_is_named(repmon, conf, own, option, code):
    with lab.Rbldnsd(ZONES) as server, \
            lab.Dnsmasq(server, extra=option.split()) as d:
        config = conf(d, lists_of(own))
        assert repmon.check(CLEAN, conf=config).code == code
        if code == UNKNOWN:
            everywhere(repmon, config, "one.lab", *REBINDING)


# ---- zones by name ----

@pytest.mark.parametrize("typed", ["rbl.somebody.example", "RBL.Somebody.Example.",
                                   "sbl.dq.spamhaus.net"])
def test_a_zone_that_nobody_knows_is_asked_as_an_own_list_and_that_is_said(repmon, conf, dns,
                                                                          typed):
    zone = typed.lower().rstrip(".")
    dns.zone(zone, listed={BAD: "127.0.0.77"})
    ran = repmon.check("--list", typed, BAD, CLEAN, conf=conf(dns, {}))
    assert (ran.verdict(BAD, zone), ran.verdict(CLEAN, zone)) == ("listed", "not-listed")
    assert [x["list"] for x in ran.json()["lists"]] == [zone]
    assert any("list of your own" in note and zone in note for note in ran.json()["notes"])
    assert "list of your own" in flat(repmon("check", "--list", typed, CLEAN,
                                             conf=conf(dns, {})).out)


def test_a_zone_that_answers_nothing_proves_nothing(repmon, conf, dns):
    ran = repmon.check("--list", "nobody.example", CLEAN, conf=conf(dns, {}))
    assert ran.verdict(CLEAN, "nobody.example") == "untrusted"


@pytest.mark.parametrize("typed, meant", [
    ("zen.spamhuas.org", "zen.spamhaus.org"), ("zen.spamhaus.com", "zen.spamhaus.org"),
    ("zen.dq.spamhaus.org", "zen.dq.spamhaus.net"), ("bl.spamcop.ent", "bl.spamcop.net"),
    ("b.baracudacentral.org", "b.barracudacentral.org"), ("spamcop.net", "bl.spamcop.net"),
    ("spamhaus.org", "zen.spamhaus.org"), ("en.spamhaus.org", "zen.spamhaus.org"),
    ("dq.spamhaus.net", "zen.dq.spamhaus.net"), ("xbl.spamhaus.og", "xbl.spamhaus.org"),
    ("dnsbl1.uceprotect.net", "dnsbl-1.uceprotect.net")])
def test_a_slip_is_an_error_that_names_the_list_meant(repmon, conf, dns, typed, meant):
    ran = repmon("check", "--list", typed, CLEAN, conf=conf(dns, {}))
    assert ran.code == UNKNOWN and f"did you mean {meant}?" in ran.err
    config = conf(dns, {typed: {"severity": "minor"}})
    line = 1 + config.read_text().splitlines().index(f'[dnsbl "{typed}"]')
    for words, code in ((("check", CLEAN), 3), (("run",), 78), (("lists",), 78)):
        ran = repmon(*words, conf=config)
        assert ran.code == code
        assert f"{config}:{line}:" in ran.err and f"did you mean {meant}?" in ran.err
    assert f"did you mean {meant}?" in flat(repmon("doctor", conf=config).out)
    assert not dns.log, "nothing is asked"


@pytest.mark.parametrize("keys", [{"test": "127.0.0.2"}, {"code": "127.0.0.2 X minor"},
                                  {"kind": "block"}])
def test_a_section_that_says_it_is_an_own_list_is_one(repmon, conf, dns, keys):
    dns.zone("zen.spamhuas.org")
    assert repmon("check", CLEAN, conf=conf(dns, {"zen.spamhuas.org": keys})).code == OK


def test_an_own_list_of_another_name_needs_no_such_keys(repmon, conf, dns):
    dns.zone("bl.internal.example")
    assert repmon("check", CLEAN, conf=conf(dns, {"bl.internal.example": {}})).code == OK


def test_a_denial_without_a_proof_names_the_resolver_not_the_spelling(repmon, conf, dns):
    dns.default = lambda q: nxdomain(soa=False)
    ran = repmon("check", "mx1.example.com", conf=conf(dns, {}))
    assert ran.code == UNKNOWN and "spelling" not in ran.err
    assert f"{dns.address} says that it does not exist (NXDOMAIN), but without a proof" in ran.err
    ran = repmon("targets", conf=conf(dns, {}, extra="[targets]\nhost = mx1.example.com"))
    assert f"{dns.address} says that it does not exist" in flat(ran.out + ran.err)
    dns.default = lambda q: nxdomain()
    assert "check the spelling" in repmon("check", "mx1.example.com", conf=conf(dns, {})).err


def test_a_resolver_on_this_host_that_is_not_running_is_to_be_started(repmon, conf):
    config = conf(f"127.0.0.1:{lab.free_port()}", {f"l{i}.lab": {} for i in range(3)}, tries=1)
    ran = repmon("check", CLEAN, conf=config)
    cure = "start the resolver on this host if it does not answer, or name a working one"
    assert cure in flat(ran.out) and "dnsmasq" not in ran.out
    assert "start it, or name a working one" in flat(repmon("doctor", conf=config).out)


def test_lists_that_fail_alike_about_ipv6_have_a_cause_in_common(repmon, conf, dns, own):
    lists = {f"six{i}.lab": own(families="4 6") for i in range(3)}
    lists |= {f"four{i}.lab": own(families="4") for i in range(4)}
    dns.default = lambda q: nxdomain(soa=False)
    ran = repmon("check", "2001:db8::1", conf=conf(dns, lists))
    assert "Look at the resolver first: most lists fail alike" in flat(ran.out)


@pytest.mark.parametrize("target", ["2001:db8:2::/64", "2001:db8:2::25"])
def test_a_target_that_no_list_covers_blames_no_list(repmon, conf, dns, own, target):
    """Lists of IPv4 addresses alone, and an IPv6 target: nothing failed, nothing is to be fixed."""
    dns.zone("v4.lab")
    config = conf(dns, {"v4.lab": own()})
    ran = repmon("check", target, conf=config)
    assert ran.code == UNKNOWN
    assert "no list that is queried covers such an address" in flat(ran.out)
    dns.zone("both.lab", rule=lambda q: refused())
    config = conf(dns, {"v4.lab": own(), "both.lab": own(families="4 6")})
    ran = repmon("check", "2001:db8:2::25", conf=config)
    assert "no list gave a usable answer" in flat(ran.out)
