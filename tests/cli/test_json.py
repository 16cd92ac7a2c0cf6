# SPDX-License-Identifier: ISC
"""All JSON of all commands: strict, with the same first members, whatever the outside sends."""

import pytest

from conftest import ENVELOPE, strict
from station import BAD, CLEAN, HOUR, station  # noqa: F401

LABEL = 'mx "1" \\ {},: \u202eevil'
DOMAIN = "example.org"
REASON = b'said "no"\\ \x1b[31m\x00\x07\r\n\xff\xfe \xe2\x80\xae {"x":[1,}] \xf0\x9f\x93\xac'
NOTE = 'asked "them" \\ \u202e\x1b[2J </script> ü'

SNDS = """[snds "main"]
method = links
data_url_file = link.url
status_url_file = link.url
"""

# The words, then the exit code, then the members after the envelope.
COMMANDS = {
    "check": (["check", BAD, CLEAN], 2, ["targets", "lists", "summary"]),
    "status": (["status"], 2, ["targets", "lists", "summary"]),
    "status -v": (["status", "-v"], 2, ["targets", "lists", "summary"]),
    "history": (["history"], 0, ["changes"]),
    "history --list": (["history", "--list", "bl.lab"], 0, ["changes"]),
    "history with numbers": (["history", "--list", "main/data"], 0, ["changes", "numbers"]),
    "history of nothing": (["history", "--since", "1s"], 0, ["changes"]),
    "targets": (["targets"], 0, ["runs", "notes", "targets", "lists"]),
    "ack": (["ack"], 0, ["acks"]),
    "lists": (["lists"], 0, ["catalogue", "lists"]),
    "lists --all": (["lists", "--all"], 0,
                    ["catalogue", "dead", "domain_only", "no_dns", "lists"]),
    "lists --test": (["lists", "--test"], None, ["catalogue", "lists"]),
    "ack of a finding": (["ack", CLEAN, "bl.lab"], 0, ["acknowledged", "until"]),
    "ack taken back": (["ack", "--remove", CLEAN, "bl.lab"], 0, ["removed"]),
    "accounts": (["accounts"], 0, ["accounts"]),
    "doctor": (["doctor", "--offline"], 1, ["checks", "summary"]),
}


@pytest.fixture
def hostile(station):
    bl = station.zone()
    bl.listed[BAD], bl.reasons[BAD] = "127.0.0.2", REASON
    (station.folder / "link.url").write_text("http://127.0.0.1:1/x")
    (station.folder / "link.url").chmod(0o600)
    station.configure(targets=f"ip = {BAD} {LABEL}\nip = {CLEAN}\nip = 2001:db8::/64\n"
                              f"domain = {DOMAIN}", extra=SNDS)
    station.run(code=None)
    station.command("ack", BAD, "bl.lab", "--note", NOTE, after=HOUR)
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(code=None)
    return station


def walk(value):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) \
            else ():
        yield from walk(item)


def test_every_command_writes_one_strict_object_with_the_same_envelope(hostile):
    for name, (words, code, members) in COMMANDS.items():
        ran = hostile.command(*words, "--format", "json", code=code)
        report = strict(ran.out)
        shown = [key for key in report if not (key == "notes" and words[0] in ("check", "status"))]
        assert shown == ENVELOPE + members, name
        assert (report["version"], report["instance"]) == (1, "mon1"), name
        assert report["generator"].startswith("repmon "), name
        assert report["time"].endswith("Z") and len(report["time"]) == 20, name
        for item in walk(report):
            if isinstance(item, dict) and "ip" in item and item.get("count", 1) == 1:
                assert "domain" in item, (name, item)
                assert item["ip"] is None or item["domain"] is None, (name, item)


def test_what_is_hostile_arrives_whole_and_harmless(hostile):
    status = strict(hostile.command("status", "--format", "json", code=2).out)
    bad = next(t for t in status["targets"] if t["ip"] == BAD)
    assert bad["label"].startswith('mx "1" \\ {},: ') and bad["label"].endswith("evil")
    (listed,) = [r for r in bad["results"] if r["list"] == "bl.lab"]
    assert listed["reason"].startswith('said "no"\\ ') and "\U0001f4ec" in listed["reason"]
    (ack,) = strict(hostile.command("ack", "--format", "json").out)["acks"]
    assert ack["ip"] == BAD and ack["label"] == bad["label"]
    assert ack["note"].startswith('asked "them" \\ ') and ack["note"].endswith("</script> ü")
    assert listed["acked"]["note"] == ack["note"]


def test_a_domain_is_no_address_and_an_address_no_domain(hostile):
    targets = strict(hostile.command("targets", "--format", "json").out)["targets"]
    named = {(t["ip"], t["domain"], t["label"]) for t in targets}
    assert (None, DOMAIN, None) in named
    assert ("2001:db8::/64", None, None) in named and (CLEAN, None, None) in named


def test_a_doctor_without_a_usable_configuration_writes_the_same(hostile, repmon):
    hostile.write('[repmon]\nstate = "\u202e\nwrong "key" = 1\n')
    report = strict(repmon("doctor", "--format", "json", conf=hostile.conf).out)
    assert list(report) == ENVELOPE + ["checks", "summary"]
    assert report["instance"] is None, "the file that names it can't be read"
    assert report["summary"]["red"] == len(report["checks"]) > 0


def test_explain_writes_one_strict_object_a_line_without_an_envelope(repmon, tmp_path):
    """Of hostile replies, and of a log of them; with the members of the contract first."""
    reply = (b'550 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using '
             b'zen.spamhaus.org; "quoted" \\ \x1b[31m \xff\xfe \xe2\x80\xae {"x":1,}')
    line = (b"Nov 21 06:00:00 mx1 postfix/smtp[99]: 4F2: to=<u@example.net>, "
            b"relay=mx.example.net[192.0.2.1]:25, dsn=5.7.1, status=bounced (host "
            b"mx.example.net[192.0.2.1] said: " + reply + b" (in reply to RCPT TO command))")
    first = ["operator", "ip", "kind", "list", "code", "status", "meaning", "url", "advice",
             "confidence"]
    for name, text, more in (("reply", reply, []),
                             ("log", (line + b"\n") * 3, ["count", "first_line", "last_line"])):
        path = tmp_path / name
        path.write_bytes(text + b"\n")
        for words, why in ([], []), (["--why"], ["row", "words", "decisive"]):
            lines = repmon("explain", "-f", "json", *words, path).out.splitlines()
            assert lines, name
            for entry in map(strict, lines):
                assert [key for key in entry if key != "range"] == first + why + more
                assert (entry["operator"], entry["ip"]) == ("spamhaus", "203.0.113.5")


def test_what_fails_writes_no_half_object(hostile):
    for words in (["history", "nobody.example.net"], ["history", "--list", "no.such"],
                  ["targets", "x"], ["ack", "--format", "xml"],
                  ["explain", "--replay", "mail.log"]):
        ran = hostile.command(*words, "--format", "json", code=64)
        assert ran.out == "" and ran.err
