# SPDX-License-Identifier: ISC
"""A resolver that answers "not listed" to everything: the first run says that nothing is proven."""

import json

import pytest

from lab import silence
from lab.scripted import Reply, nodata, nxdomain, txt
from station import CLEAN, HOUR, OTHER, station  # noqa: F401

NOTHING_ASKED = 69


def denied(station, **more):
    """A station whose two lists, and all other names, do not exist for its resolver."""
    station.zone("bl.lab")
    station.zone("other.lab")
    station.configure(**more)
    station.dns.before = lambda q: nxdomain(soa=False)
    return station


def test_reverse_names_that_prove_nothing_do_not_hide_blindness(station):
    denied(station, ptr="")
    ran = station.run(code=NOTHING_ASKED)
    (mail,) = ran.mails
    assert mail.subject.startswith("BLIND all lists (untrusted)"), mail.subject
    assert "No findings" not in mail.text and "BASELINE" not in mail.text
    again = station.run(after=HOUR, code=NOTHING_ASKED)
    assert again.mails == [], "it is told once"


def test_reverse_names_do_not_end_the_blindness_of_all_lists(station):
    denied(station, ptr="")
    station.run(code=NOTHING_ASKED)
    station.dns.before = None
    ran = station.run(after=HOUR)
    (mail,) = ran.mails
    assert "RECOVERED" in mail.text


NO_SOA = "leaves the SOA out of its negative answers"


def words(text):
    return " ".join(text.split())


def test_domains_alone_of_which_nothing_is_proven_are_told_at_once(station):
    """Lists about the records of domains are below blind_severity, but there is nothing else."""
    station.configure(targets="domain = mycorp.test", ptr="")
    station.dns.before = lambda q: nxdomain(soa=False)
    ran = station.run(code=NOTHING_ASKED)
    (mail,) = ran.mails
    assert mail.subject.startswith("BLIND all lists (untrusted)"), mail.subject
    assert NO_SOA in words(mail.text) and "[dns] resolver" in words(mail.text)
    assert "UNKNOWN IN THIS RUN spf, dkim, dmarc, mail" in words(mail.text)
    assert "No findings" not in mail.text
    assert "each: the resolver's answers can't be trusted" in words(mail.text)
    assert "lists everything, or nothing" not in words(mail.text)
    assert "Why: their answers can't be trusted" in words(mail.text)
    status = words(station.command("status", code=3).out)
    assert "untrusted" in status and "spf, dkim, dmarc, mail" in status
    assert NO_SOA in status and "[dns] resolver" in status
    assert station.run(after=HOUR, code=NOTHING_ASKED).mails == [], "it is told once"
    station.dns.before = None
    station.dns.hosts["mycorp.test", "TXT"] = txt("v=spf1 -all")
    (mail,) = station.run(after=HOUR).mails
    assert "RECOVERED" in mail.subject + mail.text


def test_a_denial_with_an_soa_shows_that_the_resolver_can_prove(station):
    """One torn answer among whole ones: unproven, and no blindness."""
    station.configure(targets="domain = mycorp.test", ptr="")
    station.dns.before = lambda q: nxdomain(soa=q.type != "MX")
    ran = station.run()
    assert not [m for m in ran.mails if "BLIND" in m.text]
    seen = station.command("status", code=None).out
    assert "untrusted" not in seen


def test_a_list_that_is_late_is_late_and_nothing_else(station):
    """Its test entry is denied over IPv4, and IPv6 times out: one cause, and no other note."""
    zone = station.zone("bl.lab", families="both")
    station.configure()
    zone.rule = lambda q: silence() if ":" in str(q.address) else nxdomain()
    seen = station.command("check", "198.51.100.1", "2001:db8::26", "--format", "json", code=None)
    (bl,) = [x for x in json.loads(seen.out)["lists"] if x["list"] == "bl.lab"]
    assert bl["cause"] == "timeout", bl
    assert "test entry" not in (bl.get("note") or "")


REVERSE = "10.2.0.192.in-addr.arpa"


def test_reverse_names_alone_of_which_nothing_is_proven_are_told_at_once(station):
    station.configure(ptr="")
    station.dns.before = lambda q: nxdomain(soa=False)
    ran = station.run(code=NOTHING_ASKED)
    (mail,) = ran.mails
    assert mail.subject.startswith("BLIND ptr (untrusted)"), mail.subject
    assert NO_SOA in words(mail.text) and "[dns] resolver" in words(mail.text)
    assert "No findings" not in mail.text and "no findings" not in mail.subject
    for command in (("status",), ("check", CLEAN)):
        seen = words(station.command(*command, code=3).out)
        assert "untrusted (the answers can't be trusted): ptr" in seen
        assert NO_SOA in seen and "[dns] resolver" in seen
    for command in ("status", "check"):
        line = station.command(command, "--format", "nagios", CLEAN, code=3).out
        assert "1 unknown: ptr untrusted" in line
    assert station.run(after=HOUR, code=NOTHING_ASKED).mails == [], "it is told once"
    station.dns.before = None
    station.dns.hosts[REVERSE, "PTR"] = Reply(records=(("PTR", "mx1.example.org"),))
    station.dns.host("mx1.example.org", CLEAN)
    (mail,) = station.run(after=HOUR).mails
    assert "RECOVERED" in mail.subject + mail.text
    assert "no findings in what could be proven" in words(mail.text).lower(), "the first look"


def test_one_denial_with_an_soa_and_reverse_names_are_not_blind(station):
    """A name that was seen, or a denial that is whole, comes through a resolver that can prove."""
    station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}", ptr="")
    station.dns.before = lambda q: nxdomain(soa=q.name == REVERSE) if q.type == "PTR" else None
    ran = station.run()
    assert not [m for m in ran.mails if "BLIND" in m.text]
    assert "untrusted" not in station.command("status", code=None).out


def test_the_cache_of_dnsmasq_repeats_a_denial_without_its_soa(station):
    """The name is missing by the first answer, and the second is the same one; what is believed
    already is no news of the resolver either."""
    station.configure(ptr="")
    station.dns.before = lambda q: nxdomain(soa=q.seen == 0) if q.type == "PTR" else None
    (mail,) = station.run().mails
    assert "PTR MISSING" in mail.text
    station.dns.before = lambda q: nxdomain(soa=False)
    for _ in range(3):
        assert station.run(after=HOUR, code=None).mails == []


def held(q):
    return nodata().as_own() if q.type == "SOA" else nxdomain().as_own()


def torn_address(q):
    return nxdomain(soa=False) if q.type in ("A", "AAAA") else None


@pytest.mark.parametrize("kind", ["a held zone", "a torn way back", "a list without a test entry"])
def test_a_first_run_that_proves_nothing_says_so(station, kind):
    """Nothing is wrong with any list, but nothing is known: that is never "no findings"."""
    if kind == "a list without a test entry":
        station.zone("bl.lab", test="none")
        station.configure()
    else:
        station.configure(ptr="")
        station.dns.before = held if kind == "a held zone" else torn_address
        station.dns.hosts[REVERSE, "PTR"] = Reply(records=(("PTR", "mx1.example.org"),))
    ran = station.run()
    (mail,) = ran.mails
    assert "nothing could be proven" in mail.subject
    assert "no findings" not in (mail.subject + words(mail.text)).lower()
    assert "UNKNOWN IN THIS RUN" in mail.text
    (hook,) = ran.hooks
    assert [(c["kind"], c["to"]) for c in hook["changes"]] == [("baseline", "unknown")]
    status = words(station.command("status", code=3).out)
    assert "proved nothing" in status and "unproven" in status
    assert station.run(after=HOUR).mails == [], "it is told once"
    station.dns.before = None
    station.dns.host("mx1.example.org", CLEAN)
    mails = station.run(after=HOUR).mails
    if kind == "a list without a test entry":
        assert mails == []
    else:
        assert "no findings in what could be proven" in mails[0].subject, "the baseline was kept"
