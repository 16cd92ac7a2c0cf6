# SPDX-License-Identifier: ISC
"""Replies that lie, break off or shout: never a crash, never a wrong verdict, never a raw byte on
a terminal (repmon() in conftest.py looks at every byte of every run)."""

import pytest

import lab
from conftest import OK, UNKNOWN
from lab import RANDOM, a, cname, name_of, txt

CLEAN, BAD = "192.0.2.10", "192.0.2.99"

ESCAPES = (b"\x1b[2J\x1b]0;owned\x07", b"\r\nSubject: forged\r\n", b"\x00\x7f\x9b31m", b"\xff\xfe",
           "Ümläut – ok".encode(), b"<script>alert(1)</script> | 'x' \"y\" \\")


@pytest.mark.valgrind
def test_four_kilobytes_of_txt_with_escapes_are_cleaned(repmon, conf, dns, own):
    strings = [(b"".join(ESCAPES) * 4)[:255] for _ in range(16)]
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, reasons={BAD: strings})
    config = conf(dns, {"bl.lab": own()})
    ran = repmon.check(BAD, conf=config)
    reason = ran.result(BAD, "bl.lab")["reason"]
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert reason and len(reason.encode()) <= 600
    assert not [c for c in reason if ord(c) < 32 or 0x7F <= ord(c) < 0xA0]
    text = repmon("check", BAD, conf=config)
    assert "owned" in text.out or "forged" in text.out or "script" in text.out
    assert "Subject: forged" not in text.out.splitlines()
    assert [q for q in dns.log if q.type == "TXT" and q.transport == "tcp"], "it needs TCP"


def test_a_txt_that_is_one_line_break_away_from_a_verdict(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, reasons={BAD: "x\n192.0.2.10 ok\nclear: all"})
    text = repmon("check", BAD, conf=conf(dns, {"bl.lab": own()}))
    assert "192.0.2.10 ok" not in [line.strip() for line in text.out.splitlines()]


@pytest.mark.parametrize("kind", ["A", "TXT"])
def test_garbage_is_no_answer(repmon, conf, dns, own, kind):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             rule=lambda q: lab.garbage() if q.type == kind and not q.self_test else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    if kind == "TXT":
        assert ran.verdict(BAD, "bl.lab") == "listed"
    else:
        assert ran.verdict(BAD, "bl.lab") in ("timeout", "bad-format", "servfail")
        assert ran.code == UNKNOWN


@pytest.mark.valgrind
def test_a_reply_that_breaks_off_is_no_answer(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: lab.bad_format() if not q.self_test else None)
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(CLEAN, "bl.lab") in ("timeout", "bad-format", "servfail")
    assert ran.code == UNKNOWN


def test_a_reply_with_the_wrong_id_is_no_answer(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: None if q.self_test else lab.wrong_id(a("127.0.0.2")))
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(CLEAN, "bl.lab") == "timeout"


def test_a_reply_about_another_name_is_no_answer(repmon, conf, dns, own):
    """The right id, but the question and the answer are about someone else."""
    other = lab.name_of("192.0.2.200", "bl.lab")

    def rule(q):
        if q.self_test:
            return None
        import dnslib
        reply = dnslib.DNSRecord.question(other, "A").reply()
        reply.add_answer(dnslib.RR(other, rdata=dnslib.A("127.0.0.2"), ttl=60))
        return lab.raw(reply.pack())

    dns.zone("bl.lab", rule=rule)
    ran = repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()}))
    assert ran.target(CLEAN)["level"] == "unknown"


def test_a_truncated_answer_is_asked_again_over_tcp(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"}, rule=lambda q: lab.truncated(
        a("127.0.0.2")) if q.address == BAD and q.type == "A" else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert [q.transport for q in dns.log if q.address == BAD and q.type == "A"][-1] == "tcp"


def test_a_truncated_answer_without_tcp_is_unknown(repmon, conf, dns, own):
    def rule(q):
        if q.address != BAD:
            return None
        return lab.silence() if q.transport == "tcp" else lab.truncated(a("127.0.0.2"))

    dns.zone("bl.lab", rule=rule)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.result(BAD, "bl.lab")["level"] == "unknown"


def test_forty_records_are_all_read_the_last_one_is_a_refusal(repmon, conf, dns, own):
    answers = [f"127.0.0.{i}" for i in range(2, 41)]
    dns.zone("bl.lab", listed={BAD: answers, "192.0.2.98": [*answers, "127.255.255.254"]})
    ran = repmon.check(BAD, "192.0.2.98", conf=conf(dns, {"bl.lab": own(
        code=["127.0.0.2-127.0.0.39 LAB info", "127.0.0.40 LAST critical"])}))
    assert ran.verdict(BAD, "bl.lab") == "listed"
    assert ran.result(BAD, "bl.lab")["level"] == "critical", "the last of all codes counts"
    assert ran.verdict("192.0.2.98", "bl.lab") == "not-served"


def test_a_cname_to_an_answer_is_followed(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: cname("x.elsewhere.lab", "127.0.0.2")
             if q.address == BAD and q.type == "A" else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "listed"


def test_a_cname_to_a_parking_page_is_no_listing(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: cname("parking.lab", "203.0.113.9")
             if q.address == BAD and q.type == "A" else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.verdict(BAD, "bl.lab") == "rewritten"


def test_a_cname_loop_is_no_listing_and_no_loop(repmon, conf, dns, own):
    dns.zone("bl.lab", rule=lambda q: cname(q.name) if q.address == BAD else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.result(BAD, "bl.lab")["state"] != "listed"
    assert ran.seconds < 5


def test_a_host_name_that_answers_with_sixty_addresses_and_escapes(repmon, conf, dns, own):
    dns.zone("bl.lab")
    dns.host("many.lab", *[f"192.0.2.{i}" for i in range(1, 61)])
    ran = repmon.check("many.lab", conf=conf(dns, {"bl.lab": own()}))
    assert len(ran.json()["targets"]) == 60
    assert ran.code == OK


def test_a_reason_that_echoes_html_stays_text(repmon, conf, dns, own):
    dns.zone("bl.lab", listed={BAD: "127.0.0.2"},
             rule=lambda q: txt('"},{"level":"ok"') if q.type == "TXT" else None)
    ran = repmon.check(BAD, conf=conf(dns, {"bl.lab": own()}))
    assert ran.result(BAD, "bl.lab")["reason"] == '"},{"level":"ok"'


def test_the_random_label_asks_for_nothing_of_ours(repmon, conf, dns, own):
    """A list operator sees addresses and random letters, nothing about the host that asks."""
    import socket
    zone = dns.zone("bl.lab")
    repmon.check(CLEAN, conf=conf(dns, {"bl.lab": own()}))
    names = [q.name for q in zone.log if q.address == RANDOM]
    assert names and not [n for n in names if socket.gethostname().lower() in n]
    assert {q.name for q in zone.asked()} == {name_of(CLEAN, "bl.lab")}
