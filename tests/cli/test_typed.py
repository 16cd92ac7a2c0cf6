# SPDX-License-Identifier: ISC
"""What people type by mistake is answered with what to type instead."""

import pytest

USAGE = {"check": 3, "check_repmon": 3}


@pytest.mark.parametrize("words, told", [
    ("check 5.9.20.5:25", "5.9.20.5:25 has a port: write 5.9.20.5"),
    ("check 5.9.20.1-5.9.20.9", "5.9.20.1 5.9.20.2/31 5.9.20.4/30 5.9.20.8/31"),
    ("check 5.9.20.5,5.9.20.6", "give each separately: 5.9.20.5 5.9.20.6"),
    ("check http://example.org", "is a web address: write example.org"),
    ("check https://[2001:db8::25]:8443/x", "is a web address: write 2001:db8::25"),
    ("check postmaster@example.org", "is a mail address"),
    ("check [2001:db8::25]:25", "has a port: write 2001:db8::25"),
    ("check 5.9.20.0/255.255.255.0", "write 5.9.20.0/24"),
    ("check 5.9.20.*", "write 5.9.20.0/24"),
    ("check 5.20.9.5.in-addr.arpa", "write 5.9.20.5"),
    ("check ip4:5.9.20.0/24", "write 5.9.20.0/24"),
    ("check 005.9.20.5", "write 5.9.20.5"),
    ("check fe80::1%eth0", "write fe80::1"),
    ("check \u2014list bl.lab 5.9.20.5", "write an option with two short ones, --"),
    ("check a,b", "a,b is more than one: give each separately"),
    ("check 5.9.20.0 /24", "/24 is the length of a block"),
    ("check --list zen.spamhaus.org,bl.spamcop.net 5.9.20.5", "repeat it for more"),
    ("run --dryrun", "unknown option --dryrun; did you mean --dry-run?"),
    ("check --lst bl.lab 5.9.20.5", "did you mean --list?"),
    ("5.9.20.5", "did you mean: repmon check 5.9.20.5?"),
    ("mx1.example.org", "did you mean: repmon check mx1.example.org?"),
    ("ack zen.spamhaus.org 5.9.20.5", "the list comes last: repmon ack 5.9.20.5 LIST"),
    ("ack 5.9.20.5 5.9.20.6", "on which list? It comes last, and `all` means all of them"),
    ("check_repmon 5.9.20.5", "the address needs -H: check_repmon -H 5.9.20.5"),
    ("check_repmon 5.9.20.5:25", "has a port: write 5.9.20.5"),
    ("check_repmon -H 5.9.20.5:25", "has a port: write 5.9.20.5"),
])
def test_a_mistake_on_the_command_line_is_answered_with_the_fix(repmon, check_repmon, words, told):
    words = words.split(" ")
    if words[0] == "check_repmon":
        ran = repmon(*words[1:], program=check_repmon)
    else:
        ran = repmon(*words)
    assert told in ran.out + ran.err
    assert ran.code == USAGE.get(words[0], 64)


@pytest.mark.parametrize("word, asked", [
    ("192.0.2.10.", "192.0.2.10"), ("[192.0.2.10]", "192.0.2.10"),
    ("[IPv6:2001:DB8::25]", "2001:db8::25"), ("2001:DB8::25", "2001:db8::25"),
])
def test_what_is_clear_is_understood(repmon, conf, dns, own, word, asked):
    dns.zone("bl.lab", test6="127.0.0.2")
    ran = repmon.check(word, conf=conf(dns, {"bl.lab": own(families="4 6")}))
    assert [t["ip"] for t in ran.json()["targets"]] == [asked]


def test_a_file_saved_by_a_word_processor(repmon, conf, tmp_path):
    text = "[targets]\nip = 192.0.2.10\n[ping]\nurl = https://hc.example.org/x\n"
    path = tmp_path / "marked.conf"
    path.write_bytes(text.encode("utf-8-sig"))
    path.chmod(0o600)
    assert repmon("targets", conf=path).code == 0
    path.write_bytes(text.encode("utf-16"))
    ran = repmon("targets", conf=path)
    assert ran.code == 78
    assert ran.err.count("\n") == 1 and "UTF-16: save it as UTF-8" in ran.err
