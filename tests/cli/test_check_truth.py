# SPDX-License-Identifier: ISC
"""What counts as proof (contract section 8), row by row, as a list can misbehave."""


import pytest

import lab
from conftest import CRITICAL, OK, UNKNOWN, moved_clock
from lab import RANDOM, Rbldnsd, Unbound, a, block_list, name_of, nxdomain, refused, servfail
from lab import silence

CLEAN, BAD = "192.0.2.10", "192.0.2.99"
POSITIVE, NEGATIVE = "127.0.0.2", "127.0.0.1"


def both(repmon, conf, dns, own, **keys):
    """Queries the one list about a listed and a clean address, and returns both verdicts."""
    ran = repmon.check(BAD, CLEAN, conf=conf(dns, {"bl.lab": own(**keys)}))
    return ran, ran.verdict(BAD, "bl.lab"), ran.verdict(CLEAN, "bl.lab")


def test_right_and_clean_counts_for_both(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"})
    ran, bad, clean = both(repmon, conf, dns, own)
    assert (bad, clean) == ("listed", "not-listed")
    asked = {q.address for q in zone.log}
    assert {POSITIVE, NEGATIVE, RANDOM} <= asked, "all three are asked"
    assert ran.list("bl.lab")["health"] == "ok"


def test_the_random_label_is_new_in_every_run(repmon, conf, dns, own):
    zone = dns.zone("bl.lab")
    config = conf(dns, {"bl.lab": own()})
    for _ in range(2):
        assert repmon.check(CLEAN, conf=config).code == OK
    labels = [q.name for q in zone.log if q.address == RANDOM]
    assert len(labels) >= 2 and len(set(labels)) == len(labels)
    assert all(len(x.split(".")[0]) >= 8 for x in labels)


def test_missing_positive_point_proves_listings_only(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, test=None)
    ran, bad, clean = both(repmon, conf, dns, own)
    assert clean == "untrusted"
    assert bad == "listed"
    assert ran.target(CLEAN)["level"] == "unknown"


def test_wrong_positive_point_proves_listings_only(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, test="127.0.0.9")
    _, bad, clean = both(repmon, conf, dns, own, code=["127.0.0.2 LAB critical",
                                                       "127.0.0.9 NINE major"])
    assert bad == "listed"
    assert clean in ("untrusted", "not-listed")


def test_catalogue_list_with_a_wrong_answer_at_its_test_point(repmon, conf, dns):
    dns.zone("zen.spamhaus.org", test="127.0.0.9", listed={BAD: "127.0.0.2"})
    ran = repmon.check(BAD, CLEAN, conf=conf(dns, {"zen.spamhaus.org": {}}))
    assert ran.verdict(CLEAN, "zen.spamhaus.org") == "untrusted"
    assert ran.verdict(BAD, "zen.spamhaus.org") == "listed"


def test_a_list_without_test_point_proves_listings_only(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, test=None)
    _, bad, clean = both(repmon, conf, dns, own, test="none")
    assert (bad, clean) == ("listed", "unproven")


def test_an_unproven_list_alone_is_unknown_but_no_blindness_beside_a_proven_one(
        repmon, conf, dns, own):
    dns.zone("bl.lab", test=None)
    dns.zone("good.lab")
    alone = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own(test="none")}))
    assert alone.code == UNKNOWN
    beside = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own(test="none"), "good.lab": own()}))
    assert beside.code == OK


@pytest.mark.parametrize("error", [lambda: a("127.255.255.254"), servfail, silence])
def test_an_address_that_a_list_does_not_take_hides_no_blindness(repmon, conf, dns, own, error):
    dns.zone("bl.lab", rule=lambda q: error())
    dns.zone("six.lab", test6="127.0.0.2")
    ran = repmon.check(CLEAN, "2001:db8::25", conf=conf(dns, {
        "bl.lab": own(error="127.255.255.254"), "six.lab": own(families="4 6")}))
    assert (ran.list("bl.lab")["health"], ran.list("six.lab")["health"]) == ("blind", "ok")
    assert ran.list("bl.lab")["cause"] == ran.verdict(CLEAN, "bl.lab")
    assert ran.verdict("2001:db8::25", "bl.lab") == "not-applicable"


@pytest.mark.parametrize("listing", ["everything", "random label"])
def test_a_list_that_lists_what_it_must_not_is_untrusted(repmon, conf, dns, own, listing):
    def rule(q):
        wild = listing == "everything" or q.address == RANDOM
        return a("127.0.0.2") if wild and q.type == "A" else None

    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, rule=rule)
    ran, bad, clean = both(repmon, conf, dns, own)
    assert (bad, clean) == ("untrusted", "untrusted")
    assert ran.code == UNKNOWN
    assert ran.list("bl.lab")["health"] == "untrusted"


def test_a_wildcard_list_without_test_point_is_untrusted(repmon, conf, dns, own):
    dns.zone("bl.lab", test=None, rule=lambda q: a("127.0.0.2"))
    _, bad, clean = both(repmon, conf, dns, own, test="none")
    assert (bad, clean) == ("untrusted", "untrusted")


def test_a_parked_zone_is_no_listing(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: a("203.0.113.80"))
    ran, bad, clean = both(repmon, conf, dns, own)
    assert bad == clean and bad in ("rewritten", "untrusted")
    assert ran.code == UNKNOWN


def test_a_resolver_that_rewrites_nxdomain_is_no_listing(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             rule=lambda q: a("146.112.61.108") if q.address not in (BAD, POSITIVE) else None)
    ran, bad, clean = both(repmon, conf, dns, own)
    assert clean in ("rewritten", "untrusted")
    assert ran.target(CLEAN)["level"] == "unknown"
    assert bad in ("rewritten", "untrusted", "listed")


def test_an_emptied_zone_is_not_clean(repmon, conf, dns, own):
    dns.zone("bl.lab", test=None)
    ran, bad, clean = both(repmon, conf, dns, own)
    assert (bad, clean) == ("untrusted", "untrusted")
    assert ran.code == UNKNOWN


ERRORS = {
    "refused": (lambda q: a("127.255.255.254"), "not-served"),
    "127.0.0.1": (lambda q: a("127.0.0.1"), "not-served"),
    "own error answer": (lambda q: a("127.0.0.250"), "not-served"),
    "servfail": (lambda q: servfail(), "servfail"),
    "rcode refused": (lambda q: refused(), ("not-served", "servfail")),
    "silence": (lambda q: silence(), "timeout"),
}


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_at_the_positive_point_only(repmon, conf, dns, own, error):
    reply, cause = ERRORS[error]
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             rule=lambda q: reply(q) if q.address == POSITIVE else None)
    _, bad, clean = both(repmon, conf, dns, own, error="127.0.0.250")
    assert bad == "listed"
    assert clean in ([cause] if isinstance(cause, str) else cause)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_everywhere_is_unknown_with_its_cause(repmon, conf, dns, own, error):
    reply, cause = ERRORS[error]
    dns.zone("bl.lab", rule=reply)
    ran, bad, clean = both(repmon, conf, dns, own, error="127.0.0.250")
    for verdict in (bad, clean):
        assert verdict in ([cause] if isinstance(cause, str) else cause)
    assert ran.code == UNKNOWN
    assert ran.list("bl.lab")["health"] != "ok"


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_for_the_target_only_is_unknown(repmon, conf, dns, own, error):
    reply, cause = ERRORS[error]
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             rule=lambda q: reply(q) if q.address == CLEAN else None)
    ran, bad, clean = both(repmon, conf, dns, own, error="127.0.0.250")
    assert bad == "listed"
    assert clean in ([cause] if isinstance(cause, str) else cause)
    assert ran.target(CLEAN)["level"] == "unknown"
    assert ran.code == CRITICAL, "critical is worse than unknown"


def test_a_refusal_next_to_a_listing_voids_the_answer(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: ["127.0.0.2", "127.255.255.255"]})
    ran, bad, clean = both(repmon, conf, dns, own)
    assert bad == "not-served"
    assert clean == "not-listed"
    assert not ran.result(BAD, "bl.lab")["codes"]


def test_127_0_0_1_counts_where_a_code_names_it(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.1"})
    _, bad, _ = both(repmon, conf, dns, own, code=["127.0.0.2 LAB critical",
                                                   "127.0.0.1 ONE minor"])
    assert bad == "listed"


def test_an_answer_outside_127_is_rewritten(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "203.0.113.80"})
    _, bad, clean = both(repmon, conf, dns, own)
    assert (bad, clean) == ("rewritten", "not-listed")


@pytest.mark.parametrize("point", [POSITIVE, NEGATIVE, RANDOM])
def test_one_lost_test_datagram_costs_nothing(repmon, conf, dns, own, point):
    lost = []

    def rule(q):
        if q.address == point and not lost:
            lost.append(q)
            return silence()
        return None

    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, rule=rule)
    ran, bad, clean = both(repmon, conf, dns, own)
    assert lost
    assert (bad, clean) == ("listed", "not-listed")
    assert ran.list("bl.lab")["health"] == "ok"


def test_one_lost_target_datagram_costs_nothing(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: silence() if q.address == CLEAN and q.seen == 0 else None)
    assert repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()})).code == OK


def test_pass_then_refuse_in_the_middle(repmon, conf, dns, own):
    """After five targets the list refuses everything: no later answer is a verdict."""
    zone = dns.zone("bl.lab", rule=lambda q: a("127.255.255.255") if q.targets >= 5 else None)
    ran = repmon.check("192.0.2.0/25", conf=conf(dns, {"bl.lab": own()}))
    verdicts = [r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]]
    assert len(verdicts) == 128
    assert verdicts.count("not-listed") <= 5
    assert set(verdicts) <= {"not-listed", "not-served", "not-asked"}
    assert ran.code == UNKNOWN
    assert len(zone.asked()) < 128, "a list that refuses is asked for no more targets"


def test_pass_then_silence_in_the_middle(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", rule=lambda q: silence() if q.targets >= 5 else None)
    dns.zone("good.lab")
    ran = repmon.check("192.0.2.0/25", conf=conf(dns, {"bl.lab": own(), "good.lab": own()}))
    verdicts = [r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]
                if r["list"] == "bl.lab"]
    assert verdicts.count("not-listed") <= 5
    assert set(verdicts) <= {"not-listed", "timeout", "not-asked"}
    assert all(ran.verdict(t["ip"], "good.lab") == "not-listed" for t in ran.json()["targets"])
    assert len({q.address for q in zone.asked()}) < 128


def test_a_long_run_is_tested_again_and_an_emptied_list_voids_its_clean_answers(
        repmon, conf, dns, own):
    """Pass-then-empty: the list passes its tests, is emptied after 20 targets, and answers
    "not listed" to all. The clock runs forty times as fast, so that the run lasts over a minute."""
    zone = dns.zone("bl.lab", rule=lambda q: nxdomain() if q.targets >= 20 else None)
    ran = fast(repmon, conf, dns, own, 40)
    verdicts = {r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]}
    assert len(zone.asked()) >= 60
    assert verdicts == {"untrusted"}
    assert ran.code == UNKNOWN


def test_a_long_run_with_an_honest_list_stays_proven(repmon, conf, dns, own):
    zone = dns.zone("bl.lab", listed={"192.0.2.7": "127.0.0.2"})
    ran = fast(repmon, conf, dns, own, 40)
    verdicts = [r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]]
    assert verdicts.count("not-listed") == 63 and verdicts.count("listed") == 1
    assert len([q for q in zone.log if q.address == POSITIVE]) >= 2, "tested again at the end"


def test_what_an_empty_list_said_is_not_proven_by_its_return(repmon, conf, dns, own):
    """Empty-then-filled: the list is reloaded while it is asked. What it said before proves
    nothing, though it passes its last self-test."""
    dns.zone("bl.lab", rule=lambda q: nxdomain() if q.targets < 20 else None)
    ran = fast(repmon, conf, dns, own, 40)
    verdicts = {r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]}
    assert verdicts == {"untrusted"}


def fast(repmon, conf, dns, own, speed):
    """A run under a clock that is so many times as fast."""
    return repmon.check("192.0.2.0/26", timeout=40, env=moved_clock(f"+0 x{speed}"), conf=conf(
        dns, {"bl.lab": own(rate=0.8)}, timeout="20s"))


def test_a_second_random_label_that_answers_voids_new_listings(repmon, conf, dns, own):
    """The list turns into a wildcard after its self-test: every target is "listed"."""
    dns.zone("bl.lab", rule=lambda q: a("127.0.0.2") if q.targets >= 1 or not q.self_test else None)
    ran = repmon.check("192.0.2.0/28", conf=conf(dns, {"bl.lab": own()}))
    verdicts = {r["state"] or r["cause"] for t in ran.json()["targets"] for r in t["results"]}
    assert "listed" not in verdicts
    assert "untrusted" in verdicts
    assert ran.code == UNKNOWN


def test_a_real_list_that_lists_the_world_is_untrusted(repmon, conf, own):
    """rbldnsd with 0.0.0.0/0: its random label is clean, because it is no address; only the
    negative point shows it."""
    with Rbldnsd({"bl.lab": "$TTL 300\n:127.0.0.2:x\n0.0.0.0/1\n128.0.0.0/1\n"}) as rbldnsd, \
            Unbound({"bl.lab": rbldnsd}) as unbound:
        ran = repmon.check(CLEAN, conf=conf(unbound, {"bl.lab": own(families="4")}))
    assert ran.verdict(CLEAN, "bl.lab") == "untrusted"


@pytest.mark.parametrize("server", ["rbldnsd lists 0.0.0.0/0", "a wildcard record"])
def test_stale_proof_in_the_cache_a_wildcard_is_caught(repmon, conf, dns, own, server):
    """unbound still holds the good test point and the good negative one; the zone has become a
    wildcard. Only a question that no cache can hold tells."""
    with Rbldnsd({"bl.lab": block_list()}) as rbldnsd:
        zone = dns.zone("bl.lab")
        backend = rbldnsd if server.startswith("rbldnsd") else dns
        with Unbound({"bl.lab": backend}) as unbound:
            config = conf(unbound, {"bl.lab": own(families="4")})
            assert repmon.check(CLEAN, conf=config).code == OK
            rbldnsd.replace({"bl.lab": "$TTL 300\n:127.0.0.2:x\n0.0.0.0/1\n128.0.0.0/1\n"})
            zone.rule = lambda q: a("127.0.0.2") if q.type == "A" else None
            for point in (POSITIVE, NEGATIVE):
                lab.server.ask(unbound.port, name_of(point, "bl.lab"))
            ran = repmon.check(BAD, "192.0.2.11", conf=config)
    assert ran.verdict(BAD, "bl.lab") == "untrusted"
    assert ran.verdict("192.0.2.11", "bl.lab") == "untrusted"
    assert ran.code == UNKNOWN


def test_a_default_list_that_needs_registration_and_refuses_is_off_and_counts_nowhere(
        repmon, conf, dns):
    """Barracuda without registration is named once with the fix, and makes nothing unknown."""
    zen = ["127.0.0.2", "127.0.0.4", "127.0.0.10"]
    dns.zone("zen.spamhaus.org", test=zen)
    dns.zone("bl.spamcop.net")
    dns.zone("b.barracudacentral.org", rule=lambda q: refused())
    dns.default = lambda q: servfail()
    config = conf(dns, {}, use="default")
    ran = repmon.check(CLEAN, "--list", "b.barracudacentral.org", "--list", "zen.spamhaus.org",
                       conf=config)
    if ran.list("b.barracudacentral.org")["health"] == "off":
        assert ran.code == OK
    text = repmon("check", CLEAN, conf=config)
    assert "b.barracudacentral.org" in text.out
    assert "regist" in text.out.lower(), "the cure is named"


def refuses_after_the_first_four(q):
    """Of 192.0.2.96/28: the self-test and four addresses are answered, BAD among them."""
    late = not q.self_test and int(q.address.split(".")[3]) > 99
    return refused() if late else None


def test_what_a_list_proved_before_it_stood_aside_still_counts(repmon, conf, dns):
    """Barracuda without registration again, but it answers for a while: the listing it proved is
    no less true for the refusal, and hiding it would make a false clean of the run."""
    barracuda = "b.barracudacentral.org"
    dns.zone("zen.spamhaus.org", test=["127.0.0.2", "127.0.0.4", "127.0.0.10"])
    dns.zone("bl.spamcop.net")
    dns.zone(barracuda, listed={BAD: "127.0.0.2"}, rule=refuses_after_the_first_four)
    slow = {"bl.spameatingmonkey.net": {"severity": "off"}}
    config = conf(dns, slow, use="default")
    ran = repmon.check("192.0.2.96/28", conf=config)
    entry = ran.list(barracuda)
    assert (entry["health"], entry["cause"]) == ("off", "not-served")
    assert ran.verdict(BAD, barracuda) == "listed"
    for target in ran.json()["targets"]:
        if target["ip"] != BAD:
            assert barracuda not in {r["list"] for r in target["results"]}, "it counts nowhere else"
    assert ran.target(BAD)["level"] == "critical"
    assert ran.code == CRITICAL
    text = repmon("check", "192.0.2.96/28", conf=config)
    assert text.code == CRITICAL and BAD in text.out and "regist" in text.out.lower()


def test_a_listing_of_a_list_that_can_not_prove_itself_outlives_its_refusal(
        repmon, conf, dns, own):
    """The positive point is missing, so a listing counts and nothing else. The closing test meets
    a refusal: that proves no less of what was seen before."""
    zone = dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, test=None)

    def rule(q):
        closing = q.address in (POSITIVE, NEGATIVE) and len(zone.asked()) >= 64
        return refused() if closing else None

    zone.rule = rule
    ran = repmon.check("192.0.2.64/26", conf=conf(dns, {"bl.lab": own()}))
    assert ran.list("bl.lab")["cause"] == "not-served", "the closing test was refused"
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert ran.verdict("192.0.2.65", "bl.lab") != "not-listed"
    assert ran.code == CRITICAL
