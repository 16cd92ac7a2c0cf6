# SPDX-License-Identifier: ISC
"""A configuration with mistakes: all of them at once, each with file, line and key, and nothing
asked. For check they are exit code 3 (contract section 2)."""

import pytest

from conftest import OK, UNKNOWN

CLEAN = "192.0.2.10"
GOOD = """[dns]
resolver = {resolver}
timeout = 300ms
[dnsbl]
use = none
[dnsbl "bl.lab"]
code = 127.0.0.2 LAB critical
test = 127.0.0.2
"""


@pytest.fixture
def with_text(repmon, conf, dns):
    def run(extra, code=UNKNOWN):
        dns.zone("bl.lab")
        good = GOOD.format(resolver=dns.address)
        path = conf.text(good + extra)
        ran = repmon("check", CLEAN, conf=path)
        assert ran.code == code, ran.err
        if code == UNKNOWN:
            assert not dns.log, "nothing is asked with a broken configuration"
            assert not ran.out
            assert str(path) in ran.err or path.name in ran.err
        ran.path, ran.first = path, len(good.splitlines()) + 1
        return ran

    return run


TEN = [
    "[targets]", "ip = 300.1.1.1", "max_targets = many", "[dns]", "timeout = 5 parsecs",
    "tries = 0", "resolver = nameserver.example", "[repmon]", "deadline = -1m",
    "blind_severity = terrible", "colour = blue", "[dnsbl \"x.lab\"]", "severity = fatal",
    "test = somewhere", "code = 127.0.0.2", "[tagrets]",
]
MISTAKES = [i for i, line in enumerate(TEN) if not line.startswith("[") or "tagrets" in line]


@pytest.mark.valgrind
def test_ten_mistakes_are_told_in_one_go_with_their_lines(with_text):
    ran = with_text("\n".join(TEN) + "\n")
    for i in MISTAKES:
        assert f":{ran.first + i}:" in ran.err or f"line {ran.first + i}" in ran.err, TEN[i]
    for key in ("ip", "max_targets", "timeout", "tries", "resolver", "deadline",
                "blind_severity", "colour", "severity", "test", "code", "tagrets"):
        assert key in ran.err, key


def test_a_typo_in_a_section_name(with_text):
    ran = with_text("[tagrets]\n")
    assert "tagrets" in ran.err and "targets" in ran.err, "the nearest name is offered"


@pytest.mark.parametrize("line", [
    "[dns]\nresolver 127.0.0.1", "[dns]\nresolver : 127.0.0.1", "[dns] resolver = 127.0.0.1",
    " [dns]", "[dns]\n  timeout = 5s", "[dns", "[dnsbl \"a]", "[dnsbl \"a\" x]", "[dnsbl bl.lab]",
    "[dns]\n= 5s", "[dns]\ntimeout =", "[dns]\ntimeout = 5s # five", "[repmon]\nkeep = 1d\nkeep = 2d",
    "[dnsbl \"a ;b\"]", "[]", "[ ]", "[dnsbl \"\"]", "[dnsbl \"-x-.lab\"]", "[dnsbl \"a..b\"]",
    "\x00", "[dns]\ntimeout = 5s\x1b[2J", "x = 1", "[repmon]\ninstance = " + "x" * 5000,
    "[repmon]\ndeadline = 99999999999999999999h", "[dns]\ntries = 3.5",
    "[mail \"ops\"]\nto = a@example.org\nfrom = b@example.org\nserver = smtp.example.org:465"])
def test_what_is_no_configuration_is_an_error(with_text, line):
    with_text(line + "\n")


def test_an_empty_talos_section_is_not_invisible(with_text):
    """Either it needs a method and says so, or it means the default; never a crash."""
    ran = with_text("[talos]\n", code=UNKNOWN)
    assert "talos" in ran.err


def test_implicit_tls_says_why(with_text):
    ran = with_text('[mail "ops"]\nto = a@example.org\nfrom = b@example.org\n'
                    "server = smtp.example.org:465\n")
    assert "465" in ran.err and "STARTTLS" in ran.err


def test_comments_blank_lines_crlf_and_utf8(with_text):
    with_text("; a comment\r\n# another\r\n\r\n[targets]\r\nip = 192.0.2.1  mäil ; inline\r\n",
              code=OK)


def test_a_value_may_hold_a_semicolon_without_blank(with_text):
    with_text('[targets]\nip = 192.0.2.1 a;b\n', code=OK)


def test_a_file_that_is_not_there(repmon, tmp_path):
    ran = repmon("check", CLEAN, conf=tmp_path / "missing.conf")
    assert ran.code == UNKNOWN and "missing.conf" in ran.err and not ran.out


def test_a_folder_as_configuration(repmon, tmp_path):
    ran = repmon("check", CLEAN, conf=tmp_path)
    assert ran.code == UNKNOWN and ran.err


def test_a_configuration_over_one_mebibyte(repmon, conf):
    ran = repmon("check", CLEAN, conf=conf.text("# x\n" * (300 << 10)))
    assert ran.code == UNKNOWN and ran.err and len(ran.err) < 2000


def test_a_hundred_thousand_mistakes_do_not_flood_the_terminal(repmon, conf):
    ran = repmon("check", CLEAN, conf=conf.text("bad\n" * 100000))
    assert ran.code == UNKNOWN
    assert len(ran.err.splitlines()) <= 110


def test_binary_rubbish(repmon, conf, tmp_path):
    path = tmp_path / "rubbish.conf"
    path.write_bytes(bytes(range(256)) * 64)
    assert repmon("check", CLEAN, conf=path).code == UNKNOWN


def test_a_catalogue_file_replaces_the_built_in_one(with_text, tmp_path):
    (tmp_path / "bad.json").write_text('{"lists": [')
    ran = with_text("[dnsbl]\ncatalogue = bad.json\n")
    assert "bad.json" in ran.err


@pytest.mark.parametrize("exotic", ["[dnsbl \"bl2.lab\"]\ncode = 127.0.0.300 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 127.0.0.9-127.0.0.2 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 192.0.2.1 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 127.0.0.2 X",
                                    "[dnsbl \"bl2.lab\"]\nerror = 127.0.0",
                                    "[dnsbl \"bl2.lab\"]\nfamilies = 5",
                                    "[dnsbl \"bl2.lab\"]\nkind = grey"])
def test_bad_codes_and_words_of_a_list(with_text, exotic):
    with_text(exotic + "\n")
