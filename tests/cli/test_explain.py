# SPDX-License-Identifier: ISC
"""`repmon explain`: a corpus of bounces as real servers fold and mangle them, logs, and abuse."""

import gzip
import json
import os
import subprocess

import pytest

from conftest import REPMON, SLOW, TESTS



def corpus(name):
    with open(os.path.join(TESTS, "data", "bounces", name), encoding="utf-8") as corpus_file:
        return [json.loads(line) for line in corpus_file]


CASES = corpus("corpus.jsonl")
# Written from descriptions of the texts by somebody who had not seen the patterns.
INDEPENDENT = corpus("independent.jsonl")
with open(REPMON, "rb") as program:
    HAS_MIME = b"libgmime" in program.read()

# Texts of receivers' own pages, of public issues, and defaults of mail servers.
PUBLIC = corpus("public.jsonl")
KINDS = {"ip-list", "network", "rdns", "throttle", "greylist", "limit", "domain", "content",
         "tenant", "recipient-list", "their-fault", "mailbox", "unknown"}
FIELDS = ["operator", "ip", "kind", "list", "code", "status", "meaning", "url", "advice",
          "confidence"]
BANNED = ("550 5.7.606 Access denied, banned sending IP [203.0.113.5]. To request removal from "
          "this list please visit https://sender.office.com/ and follow the directions.")


@pytest.fixture
def explain(repmon, tmp_path):
    """explain(text): the objects told about a text on standard input, and the exit code."""

    def run(text, *args, **kwargs):
        path = tmp_path / "input"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with open(path, "rb") as stdin:
            ran = repmon("explain", "--format", "json", *args, stdin=stdin, **kwargs)
        results = [json.loads(line) for line in ran.out.splitlines()]
        for r in results:
            assert list(r)[:len(FIELDS)] == FIELDS
            assert r["kind"] in KINDS and r["confidence"] in ("high", "medium", "low")
            assert r["meaning"] and r["advice"] and "{" not in (r["url"] or "")
        return results, ran.code

    return run


@pytest.mark.parametrize("cases", [CASES, INDEPENDENT], ids=["own", "independent"])
def test_corpus_is_large_enough(cases):
    assert len(cases) >= 150
    assert sum(case["never_ip_list"] for case in cases) >= 30
    assert len({case["name"] for case in cases}) == len(cases)


@pytest.mark.parametrize("case", CASES + INDEPENDENT, ids=lambda case: case["name"].replace(" ", "-"))
def test_corpus(explain, case):
    if "Transfer-Encoding: base64" in case["text"] and not HAS_MIME:
        pytest.skip("built without GMime")
    results, code = explain(case["text"])
    assert code == case["exit"]
    if case["never_ip_list"]:
        assert all(r["kind"] != "ip-list" for r in results)
    if case["kind"] is None:
        return
    assert len(results) == 1
    for key in ("operator", "kind", "code", "list"):
        if case[key] is not None:
            assert results[0][key] == case[key], key
    if case["ip"] != "*":
        assert results[0]["ip"] == case["ip"]


@pytest.mark.parametrize("case", PUBLIC, ids=lambda case: case["name"])
def test_public_texts(explain, case):
    results, _ = explain(case["text"])
    assert len(results) == 1
    assert results[0]["operator"] in case["operator"]
    assert results[0]["kind"] in case["kind"]
    assert results[0]["ip"] == case["ip"]


def test_the_manual_names_each_receiver_of_the_table_and_what_is_read_of_it():
    top = os.path.dirname(TESTS)
    with open(os.path.join(top, "src", "data", "bounces.json"), encoding="utf-8") as table_file:
        table = json.load(table_file)
    with open(os.path.join(top, "doc", "repmon-refusals.7.scd"), encoding="utf-8") as manual_file:
        manual = manual_file.read()
    for operator in table["operators"]:
        if operator.get("vague"):
            continue
        _, _, rest = manual.partition(f"*{operator['name']}*\n")
        told = set(rest.split("\n")[1][2:].strip().split(", "))
        kinds = {p["kind"] for p in table["patterns"] if p["operator"] == operator["name"]}
        assert kinds == (told if kinds else set()), operator["name"]


def log_line(host, reply, status="bounced", second=1):
    return (f"Nov 21 06:12:{second:02} mx1 postfix/smtp[2211]: 4XyQ12: to=<u@example.net>, "
            f"relay={host}[192.0.2.7]:25, delay=2, dsn={reply.split()[1]}, status={status} "
            f"(host {host}[192.0.2.7] said: {reply} (in reply to RCPT TO command))\n")


@pytest.mark.valgrind
def test_text_says_who_what_and_where(repmon):
    ran = repmon("explain", BANNED)
    assert ran.code == 0
    for words in ("Microsoft 365", "203.0.113.5", "5.7.606", "https://sender.office.com/",
                  "delist portal"):
        assert words in ran.out
    assert "\x1b" not in ran.out


def test_unknown_text_says_so(repmon):
    ran = repmon("explain", "550 5.7.1 Go away, we are on holiday")
    assert ran.code == 1
    assert "not known" in ran.out and "5.7.1" in ran.out


def test_words_of_the_shell_are_one_text_and_whole_replies_are_several(repmon):
    ran = repmon("explain", "-f", "json", *BANNED.split())
    assert [json.loads(x)["ip"] for x in ran.out.splitlines()] == ["203.0.113.5"]
    ran = repmon("explain", "-f", "json", BANNED, BANNED.replace("113.5", "113.6"))
    assert [json.loads(x)["ip"] for x in ran.out.splitlines()] == ["203.0.113.5", "203.0.113.6"]


def test_a_reply_a_line_without_times_is_several(explain):
    full = "552 5.2.2 Mailbox full"
    results, code = explain(f"{BANNED}\n{full}\n421 4.7.0 [TSS04] Messages from 203.0.113.9 "
                            "temporarily deferred due to unexpected volume or user complaints\n")
    assert code == 0
    assert [r["kind"] for r in results] == ["ip-list", "mailbox", "throttle"]


@pytest.mark.valgrind
def test_log_tells_each_refusal_once_with_its_lines(explain, repmon, tmp_path):
    eop = "x-com.mail.protection.outlook.com"
    sent = ("Nov 21 06:12:09 mx1 postfix/smtp[2211]: 4XyQ99: to=<u@example.net>, relay=x[192.0.2.7]"
            ":25, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n")
    own = ("Nov 21 06:12:09 mx1 postfix/smtpd[2211]: NOQUEUE: reject: RCPT from x[198.51.100.1]: "
           "554 5.7.1 Service unavailable; Client host [198.51.100.1] blocked using "
           "zen.spamhaus.org\n")
    strange = log_line("mx.example.net", "550 5.7.1 Go away, we are on holiday")
    log = (sent + log_line(eop, BANNED) + own + sent + log_line(eop, BANNED, second=5) +
           log_line("mx.example.net", "552 5.2.2 Mailbox full") + strange)
    results, code = explain(log)
    assert code == 0
    told = [(r["operator"], r["kind"], r["count"], r["first_line"], r["last_line"])
            for r in results]
    assert told == [("microsoft-365", "ip-list", 2, 2, 5), ("unknown", "mailbox", 1, 6, 6),
                    ("unknown", "unknown", 1, 7, 7)]
    path = tmp_path / "log"
    path.write_text(log)
    with open(path, "rb") as stdin:
        ran = repmon("explain", stdin=stdin)
    assert "7 lines, 3 refusals explained, 1 not known" in ran.out
    assert "2 times, lines 2 to 5" in ran.out
    assert "1 lines in which this server refuses others" in ran.out
    assert "198.51.100.1" not in ran.out


def test_host_name_decides_between_the_two_microsofts(explain):
    busy = "451 4.7.500 Server busy. Please try again later from [203.0.113.5]. (S77719)"
    for host, operator in (("a.olc.protection.outlook.com", "microsoft-consumer"),
                           ("a.mail.protection.outlook.com", "microsoft-365"),
                           ("a.b-v1.mx.microsoft", "microsoft-365")):
        results, _ = explain(log_line(host, busy, "deferred"))
        assert results[0]["operator"] == operator


def test_two_bounces_in_one_mailbox(explain):
    mails = [c["text"] for c in CASES if c["name"] in ("consumer block list 13",
                                                       "Gmail unauthenticated 7")]
    assert len(mails) == 2
    results, _ = explain("From a Sat Nov 21 06:12:01 2026\n" + "\nFrom b Sat Nov 21 06:12:01 2026\n"
                         .join(mails))
    assert [r["operator"] for r in results] == ["microsoft-consumer", "gmail"]


def test_nothing_to_read(repmon, tmp_path):
    assert repmon("explain").code == 66
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert repmon("explain", stdin=folder).code == 66
    finally:
        os.close(folder)
    assert repmon("explain", "--format", "nagios", "x").code == 64


def test_files_are_read_one_after_the_other(repmon, tmp_path):
    names = []
    for i, data in enumerate([BANNED, log_line("mx.example.net", "552 5.2.2 Mailbox full"),
                              gzip.compress(log_line("mx.example.net", BANNED).encode())]):
        path = tmp_path / f"input{i}"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        names.append(str(path))
    ran = repmon("explain", "-f", "json", *names)
    assert ran.code == 0
    assert [json.loads(x)["kind"] for x in ran.out.splitlines()] == ["ip-list", "mailbox", "ip-list"]
    assert repmon("explain", names[0], str(tmp_path / "missing"), "a b").code == 1  # words


@pytest.mark.valgrind
@pytest.mark.parametrize("text", [
    b"\x00\x01\x02" * 1000, b"\xff\xfe\xe2\x80" * 500, b"[" * 70000, b"550-" * 20000,
    b"550 5.7.1 Client host [203.0.113.5\x1b[31m] blocked using \x1b]0;x\x07.evil\x9b.example\n",
    b"From: x\nContent-Type: multipart/report; boundary=b\n\n" + b"--b\n\n" * 3000,
    b"Content-Type: multipart/mixed; boundary=a\n\n" +
    b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 500,
    b"Nov 21 06:00:00 m postfix/smtp[1]: status=bounced (" + b"a [1.2.3.4] " * 30000,
], ids=["control", "utf8", "brackets", "codes", "escapes", "parts", "nested", "long"])
def test_hostile_text_does_no_harm(explain, text):
    results, code = explain(text)
    assert code in (0, 1) and len(results) < 3


def test_line_without_end_is_read_up_to_its_cap(explain):
    results, code = explain(log_line("x.mail.protection.outlook.com", BANNED).strip() +
                            " x" * 5_000_000)
    assert code == 0 and results[0]["ip"] == "203.0.113.5"


def test_a_long_log_needs_no_more_memory_than_a_short_one(tmp_path):
    line = ("Nov 21 06:12:09 mx1 postfix/smtp[2211]: 4XyQ99: to=<u@example.net>, relay="
            "mx.example.net[192.0.2.7]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n")
    chunk = (line * 6000 + log_line("x.mail.protection.outlook.com", BANNED)).encode()

    def peak(times):
        with open(tmp_path / "out", "wb") as out, \
                subprocess.Popen([REPMON, "explain"], stdin=subprocess.PIPE, stdout=out) as child:
            for _ in range(times):
                child.stdin.write(chunk)
            with open(f"/proc/{child.pid}/status") as f:  # ru_maxrss would count pytest's size
                size = next(int(row.split()[1]) for row in f if row.startswith("VmHWM"))
            child.stdin.close()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        return size, usage.ru_utime + usage.ru_stime

    small, _ = peak(1)
    large, seconds = peak(100)
    assert large < small + 4096, "memory grows with the log"
    rate = 100 * len(chunk) / 1e6 / seconds
    print(f"{rate:.0f} MB/s")
    assert rate > 25 / SLOW, "far slower than it should be (100 MB/s on an idle machine)"


@pytest.mark.parametrize("text, words", [
    ("550 5.7.1 Client host [203.0.113.5] blocked using Spamhaus. [x.prod.protection.outlook.com]",
     "Microsoft refused your mail because The Spamhaus Project lists 203.0.113.5"),
    ("554 5.7.1 [203.0.113.5] blocked using b.barracudacentral.org",
     "A receiver refused your mail because Barracuda lists 203.0.113.5"),
    ("554 5.7.1 blocked, see https://www.spamhaus.org/returnc/pub/",
     "A receiver refused your mail: a fault on the receiving side")])
def test_the_receiver_refuses_and_the_list_only_lists(repmon, text, words):
    out = repmon("explain", text).out
    assert words in " ".join(out.split())
    assert all(len(line) <= 80 for line in out.splitlines())
