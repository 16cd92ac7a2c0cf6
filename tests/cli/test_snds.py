# SPDX-License-Identifier: ISC
"""Microsoft SNDS against a loopback Microsoft: both methods, the login, what expires, and every way
in which Microsoft is known to answer."""

import contextlib
import gzip
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

import pytest
from conftest import REPMON, moved_clock
from lab.microsoft import (BLOCKED, JUNKED, SILENCE, Authority, Microsoft, Reply, day, row)

IP, OTHER = "203.0.113.5", "203.0.113.6"
COVERED = "covers = 203.0.113.0/24"
DAY = 86400


@pytest.fixture(scope="session")
def authority():
    made = Authority()
    yield made
    made.remove()


@pytest.fixture
def ms(authority):
    with Microsoft(authority) as server:
        yield server


class Snds:
    """An account and its state folder; check() and run() are the program, at a day from now."""

    def __init__(self, folder, ms, repmon, conf):
        self.folder, self.ms, self.repmon, self.conf = folder, ms, repmon, conf
        self.state = folder / "state"
        self.state.mkdir(exist_ok=True)
        self.token = self.state / "snds-main.token"
        self.keys = [COVERED]
        self.targets = [IP, OTHER]
        self.sections = ""
        self.links = None
        repmon.secrets += ["refresh-", "access-", "11111111-2222-3333-4444-555555555555"]

    def login(self, **fields):
        self.token.write_text(json.dumps({"refresh_token": self.ms.refresh, **fields}))
        self.token.chmod(0o600)

    def use_links(self, data=True, status=True, era=2018):
        self.links = [k for k, on in (("data", data), ("status", status)) if on]
        for kind in self.links:
            path = self.folder / f"{kind}.url"
            path.write_text(self.ms.link(kind, era) + "\n")
            path.chmod(0o600)

    def file(self):
        lines = ["[repmon]", f"state = {self.state}/state.db", f"ca_file = {self.ms.authority.ca}",
                 "confirm_gap = 0", "[targets]", *[f"ip = {ip}" for ip in self.targets],
                 "[dns]", "resolver = 127.0.0.1:1", "timeout = 100ms", "[dnsbl]", "use = none",
                 "[ptr]", "use = none", '[snds "main"]', *self.keys]
        if self.links:
            lines += ["method = links", *[f"{k}_url_file = {k}.url" for k in self.links]]
        else:
            lines += ["method = oauth", f"api = {self.ms.base}/ip-domain-management-snds/api",
                      f"authority = {self.ms.base}/consumers"]
        return self.conf.text("\n".join([*lines, self.sections]) + "\n")

    @staticmethod
    def at(days):
        """The clocks of a run, all of them so many days ahead."""
        return moved_clock(f"+{int(days * DAY)}", FAKETIME_NO_CACHE="1")

    def check(self, *ips, days=0, **kwargs):
        return self.repmon.check("--only", "snds", *(ips or [IP]), conf=self.file(),
                                 env=self.at(days) if days else None, **kwargs)

    def run(self, days=0, *args):
        return self.repmon("run", *args, conf=self.file(), env=self.at(days))


@pytest.fixture
def snds(tmp_path, ms, repmon, conf):
    account = Snds(tmp_path, ms, repmon, conf)
    account.login()
    return account


def verdicts(ran, ip=IP):
    return ran.verdict(ip, "main/status"), ran.verdict(ip, "main/data")


# ---- what Microsoft says of an address ----

def test_blocked_and_yellow_stand_beside_each_other(snds, ms):
    ms.data[day(1)] = row(IP, "YELLOW", "0.4%") + row(OTHER, "GREEN")
    ms.status = f"{IP},{IP},Yes,{BLOCKED}\r\n"
    ran = snds.check(IP, OTHER, "2001:db8::1")
    assert verdicts(ran) == ("blocked", "yellow")
    assert verdicts(ran, OTHER) == ("normal", "green")
    assert verdicts(ran, "2001:db8::1") == ("not-applicable", "not-applicable")
    blocked = ran.result(IP, "main/status")
    assert blocked["level"] == "critical" and BLOCKED in blocked["reason"]
    assert "olcsupport.office.com" in blocked["url"]
    assert "sender.office.com" in blocked["advice"] and "365" in blocked["advice"]
    assert day(1) in ran.result(IP, "main/data")["reason"]


def test_rows_stand_beside_those_of_dns_lists(snds, dns, ms, own):
    ms.data[day(1)] = row(IP, "GREEN")
    conf = snds.conf.text(snds.file().read_text().replace("resolver = 127.0.0.1:1",
                                                          f"resolver = {dns.address}")
                          + '[dnsbl "bl.example"]\ncode = 127.0.0.2 LAB critical\n')
    ran = snds.repmon.check(IP, conf=conf)
    assert {r["list"] for r in ran.target(IP)["results"]} == {"bl.example", "main/status",
                                                              "main/data"}


def test_who_is_not_heard_is_named_with_the_way_to_hear_them(snds):
    out = " ".join(snds.repmon("check", IP, conf=snds.file()).out.split())
    assert ("Not heard from: Microsoft 365, Gmail, Yahoo, Apple, Proofpoint, Cloudmark. Name the "
            "mail log in a [log] section to hear what they reply.") in out


@pytest.mark.parametrize("text,state,level", [
    (f"Yes,{BLOCKED}", "blocked", "critical"),
    (f"No,{JUNKED}", "junked", "warning"),
    (f"True,{BLOCKED}", "blocked", "critical"),
    ("Yes,E-mail address harvesting", "abnormal", "critical"),
    ("No,Bot", "abnormal", "warning"),
])
def test_states_of_the_status_report(snds, ms, text, state, level):
    ms.data[day(1)] = row(IP, "GREEN")
    ms.status = f"203.0.112.250,203.0.113.5,{text}\r\n"  # across octets, the last one is ours
    ran = snds.check(IP, OTHER)
    assert ran.verdict(IP, "main/status") == state
    assert ran.result(IP, "main/status")["level"] == level
    assert ran.verdict(OTHER, "main/status") == "normal"


@pytest.mark.parametrize("colour,rate,state,level", [
    ("GREEN", "< 0.1%", "green", "ok"), ("GREEN", "0.2%", "green", "ok"),
    ("GREEN", "0.3%", "complaints", "warning"), ("GREEN", "1.5%", "complaints", "critical"),
    ("YELLOW", "", "yellow", "warning"), ("RED", "-", "red", "critical"),
    ("red", "0%", "red", "critical"),
])
def test_colours_and_complaints(snds, ms, colour, rate, state, level):
    ms.data[day(1)] = row(IP, colour, rate)
    r = snds.check().result(IP, "main/data")
    assert (r["state"], r["level"]) == (state, level)


def test_an_address_is_never_found_inside_another(snds, ms):
    ms.data[day(1)] = row("203.0.113.55", "RED") + row("203.0.113.50", "RED")
    ms.status = f"203.0.113.50,203.0.113.55,Yes,{BLOCKED}\r\n"
    assert verdicts(snds.check()) == ("normal", "no-data")


def test_the_newest_day_with_a_row_counts_and_several_rows_are_one(snds, ms):
    ms.data[day(2)] = row(IP, "GREEN") + row(IP, "YELLOW") + row(IP, "GREEN")
    ms.data[day(3)] = row(IP, "RED")
    assert snds.check().verdict(IP, "main/data") == "yellow"


def test_an_unknown_colour_is_no_verdict(snds, ms):
    ms.data[day(1)] = row(IP, "PURPLE")
    assert snds.check().verdict(IP, "main/data") == "bad-format"


# ---- when an empty report says something ----

def test_empty_reports_prove_nothing_of_what_nobody_attested(snds):
    assert verdicts(snds.check()) == ("not-covered", "no-data")


def test_without_covers_only_what_microsoft_says_is_believed(snds, ms):
    ms.data[day(1)] = row(IP, "YELLOW")
    ms.status = f"{IP},{IP},Yes,{BLOCKED}\r\n"
    snds.keys = []
    ran = snds.check(IP, OTHER)
    assert verdicts(ran) == ("blocked", "yellow")
    assert verdicts(ran, OTHER) == ("not-covered", "no-data")


def test_an_attested_block_without_rows_is_normal(snds):
    snds.keys = [f"covers = 203.0.113.0/24 {day(100)}"]
    assert verdicts(snds.check()) == ("normal", "no-data")


def test_an_attestation_ends_after_ten_months(snds):
    snds.keys = [f"covers = 203.0.113.0/24 {day(320)}"]
    assert verdicts(snds.check()) == ("not-covered", "no-data")


def test_only_covers_that_hold_the_address_count(snds, ms):
    ms.data[day(1)] = row("198.51.100.1", "GREEN")
    snds.keys = ["covers = 198.51.100.0/24", "covers = 203.0.113.0/24"]
    ran = snds.check(IP, "198.51.100.9")
    assert ran.verdict(IP, "main/status") == "not-covered"
    assert ran.verdict("198.51.100.9", "main/status") == "normal"


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.1.25", "100.64.0.1"])
def test_an_address_that_nobody_outside_can_see_is_not_microsofts_to_judge(snds, ms, address):
    """Whatever the report contains, and whatever attestation its block has."""
    ms.data[day(1)] = row(address, "GREEN") + row(IP, "GREEN")
    snds.keys = ["covers = 203.0.113.0/24"]
    ran = snds.check(address, IP)
    assert verdicts(ran, address) == ("not-applicable", "not-applicable")
    assert verdicts(ran) == ("normal", "green")
    assert ran.target(address)["level"] == "unknown"


def test_404_of_the_status_is_unknown_unless_taken_as_empty(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    ms.status = None
    ran = snds.check()
    assert verdicts(ran) == ("no-data", "green")
    assert "status_404" in snds.repmon("check", "--only", "snds", "-v", IP, conf=snds.file()).out
    snds.keys.append("status_404 = empty")
    assert verdicts(snds.check()) == ("normal", "green")


def test_404_of_everything_is_not_covered(snds, ms):
    ms.status = None
    assert verdicts(snds.check()) == ("not-covered", "no-data")


# ---- every way not to get a report ----

PAGE = b"<!DOCTYPE html><title>Sign in to your Microsoft account</title>"
GOOD = row(IP, "GREEN").encode()


# A body that ends with the connection and not with TLS: a newer OpenSSL calls that an error.
BROKEN_OFF = "bad-format or servfail"


def packed(body, encoding="gzip"):
    return Reply(200, body, headers={"Content-Encoding": encoding})


@pytest.mark.parametrize("reply,cause", [
    (Reply(500), "servfail"), (Reply(503), "servfail"), (Reply(429), "denied"),
    (Reply(429, headers={"Retry-After": "3600"}), "denied"), (Reply(403), "denied"),
    (Reply(400), "bad-format"), (Reply(200, PAGE, "text/html"), "bad-format"),
    (Reply(200, b"hello", "text/html"), "bad-format"),
    (Reply(200, GOOD, cut=20), "servfail"), (Reply(200, GOOD, framed=False), BROKEN_OFF),
    (packed(gzip.compress(GOOD * 200)[:10]), "bad-format"), (packed(b""), "bad-format"),
    (packed(gzip.compress(b"")), "bad-format"), (packed(GOOD, "x-unheard-of"), "bad-format"),
    (packed(GOOD, "br"), "bad-format"), (packed(gzip.compress(GOOD), "gzip, gzip"), "bad-format"),
    (packed(gzip.compress(GOOD) + gzip.compress(GOOD)[:9]), "bad-format"),
    (packed(zlib.compress(GOOD)[:9], "deflate"), "bad-format"),
    (Reply(200, b"", framed=False), BROKEN_OFF),
    (Reply(200, b"a,b,c\r\n"), "bad-format"), (Reply(200, b'{"error":{}}'), "bad-format"),
    (Reply(200, GOOD + b'1.2.3.4,,,"open\r\n' + GOOD), "bad-format"),
    (Reply(200, b"1" * (20 << 20)), "bad-format"),
    (packed(gzip.compress(b"1" * (20 << 20))), "bad-format"),
    (Reply(200, b"\x00\x01"), "bad-format"),
    (Reply(200, b'{"value":[],"@odata.nextLink":"https://substrate.office.com/2"}'), "bad-format"),
    (Reply(200, b"", headers={"Link": '<https://substrate.office.com/2>; rel="next"'}), "bad-format"),
    (Reply(200, b"", headers={"Link": '</1>; rel="prev", </3>; rel = "last next"'}), "bad-format"),
    (Reply(200, b"", headers={"Link": "</3>;rel=NEXT;title=x"}), "bad-format"),
    (Reply(302, headers={"Location": "https://login.example.org/"}), "bad-format"),
    (Reply(206, GOOD, headers={"Content-Range": "bytes 0-99/9999"}), "bad-format"),
    (Reply(304), "bad-format"), (Reply(203, GOOD), "bad-format"), (Reply(202, b""), "bad-format"),
    (packed(gzip.compress(GOOD) + b"more"), "bad-format"),
    (packed(gzip.compress(GOOD) + gzip.compress(GOOD)), "bad-format"),
    (Reply(200, "\ufeff".encode("utf-16-le") + GOOD.decode().encode("utf-16-le")), "bad-format"),
    (Reply(200, GOOD.replace(b",", b"\t")), "bad-format"),
    (Reply(200, GOOD + b"203.0.113.6,2/10/2026 4:00 PM,2/11"), "bad-format"),
    (Reply(200, b'{"value":[],"continuationToken":"x"}'), "bad-format"),
    (Reply(200, b'{"value":[],"@odata.count":50}'), "bad-format"),
    (Reply(200, b"No data for specified IPs on this date\r\n"), "bad-format"),
], ids=lambda x: x if isinstance(x, str) else f"{x.status}-{len(x.body)}-{x.cut}-{x.framed}")
def test_what_is_no_report_proves_nothing(snds, ms, reply, cause):
    snds.keys = [f"covers = 203.0.113.0/24 {day(100)}"]
    ms.on_request = lambda seen: reply if "/report/" in seen.path else None
    status, data = verdicts(snds.check())
    assert status == data and status in cause.split(" or ")


@pytest.mark.parametrize("link", ['</1>; rel="prev first"', "</nextrel>; rel=up", '</a>; rev="next"',
                                  '</a>; rel="http://example.org/next"',
                                  '</report?rel=next>; rel="self"'])
def test_a_link_to_something_else_is_no_further_page(snds, ms, link):
    ms.on_request = lambda seen: Reply(200, GOOD, headers={"Link": link}) if (
        "/report/data/" in seen.path) else None
    assert verdicts(snds.check()) == ("normal", "green")


def test_silence_is_a_time_out_and_the_rest_is_printed(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    ms.on_request = lambda seen: SILENCE if "/status/" in seen.path else None
    conf = snds.conf.text(snds.file().read_text().replace("[repmon]", "[repmon]\ndeadline = 1s"))
    ran = snds.repmon.check("--only", "snds", IP, conf=conf)
    assert ran.verdict(IP, "main/status") in ("timeout", "not-asked")


def test_a_hiccup_is_tried_again(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    failed = []

    def once(seen):
        if "/report/" in seen.path and seen.path not in failed:
            failed.append(seen.path)
            return Reply(503)
        return None

    ms.on_request = once
    snds.keys.append("look_back = 1d")
    assert verdicts(snds.check()) == ("normal", "green")


def test_the_bearer_token_follows_no_redirect_elsewhere(snds, ms, authority):
    with Microsoft(authority, "127.0.0.2") as elsewhere:
        to = f"{elsewhere.base}/ip-domain-management-snds/api/report/status/ip"
        ms.on_request = lambda seen: (Reply(302, headers={"Location": to})
                                      if "/report/" in seen.path else None)
        assert verdicts(snds.check()) == ("bad-format", "bad-format")
        assert not elsewhere.requests
    with Microsoft(authority) as port:
        to = f"{port.base}/ip-domain-management-snds/api/report/status/ip"
        assert verdicts(snds.check()) == ("bad-format", "bad-format")
        assert not port.requests


def test_a_certificate_nobody_trusts_is_no_answer(snds, ms, authority):
    other = Authority()
    try:
        conf = snds.conf.text(snds.file().read_text().replace(authority.ca, other.ca))
        ran = snds.repmon.check("--only", "snds", IP, conf=conf)
        assert verdicts(ran) == ("servfail", "servfail")
        assert not ms.requests
    finally:
        other.remove()


def test_a_header_row_decides_by_name(snds, ms):
    ms.data[day(1)] = ("Ip Address,Activity period,RCPT commands,DATA commands,Message recipients,"
                       "Filter result,Complaint rate,Trap message period,Trap hits,JMR P1 Sender,"
                       f"Comments\r\n{IP},2/10/2026 4:00 PM,5,4,3,RED,0.4%,,,,\r\n")
    ms.status = f"Region,Blocked,Reason,Last IP,First IP\r\nEU,Yes,{BLOCKED},{IP},{IP}\r\n"
    assert verdicts(snds.check()) == ("blocked", "red")


@pytest.mark.parametrize("text, word", [
    (f"\ufeffIp Address,Filter result,Activity period\r\n{IP},RED,2/10/2026 4:00 PM\r\n", "red"),
    (f'"Filter Result" , "IP Address"\r\n"RED","{IP}"\r\n', "red"),
    (f"Filter result,Something new,Ip Address\r\nYELLOW,x,{IP}\r\n", "yellow"),
    (f"Ip Address,IPv6 share,Filter result,Filter result trend\r\n{IP},1%,GREEN,RED\r\n", "green"),
    (f'Ip Address,"Notes, ""new""",Filter result\r\n{IP},"a, ""b""\r\n{OTHER},RED",RED\r\n', "red"),
    (f"Ip Address,Filter result\n{IP},RED", "red"),
    (f"IP-Adresse,Filterergebnis\r\n{IP},GRUEN\r\n", "bad-format"),
    (f"Adresse IP,Resultat du filtre\r\n{IP},GREEN\r\n", "bad-format"),
    (f"Ip Address,Filter result\r\n{IP},ORANGE\r\n", "bad-format"),
    (f"Ip Address,Filter result,Filter result\r\n{IP},GREEN,RED\r\n", "bad-format"),
    ("Activity period,Filter result\r\n2/10/2026,GREEN\r\n", "bad-format"),
    (f"Ip Address,Activity period\r\n{IP},2/10/2026\r\n", "bad-format"),
    (f"Ip Address;Filter result\r\n{IP};GREEN\r\n", "bad-format"),
    (f"Ip Address,Filter result\r\n{IP}\r\n", "bad-format"),
], ids=["byte order mark", "quoted", "a new column", "columns that sound alike",
        "a line break and a row in quotes", "no last line end", "German", "French", "a new colour",
        "one twice", "no address", "no colour",
        "semicolons", "a short row"])
def test_a_header_row_of_other_columns_is_read_or_refused(snds, ms, text, word):
    ms.data[day(1)] = text
    assert verdicts(snds.check())[1] == word


def test_json_reports_are_read(snds, ms):
    ms.data[day(1)] = json.dumps([{"ipAddress": IP, "dataCommands": 1, "filterResult": "RED"}])
    ms.status = json.dumps([{"beginningIpAddress": IP, "endingIpAddress": IP, "blocked": "true",
                             "reason": BLOCKED}])
    assert verdicts(snds.check()) == ("blocked", "red")


# ---- the login ----

def test_one_fetch_an_account_whatever_the_number_of_targets(snds, ms):
    snds.check("203.0.113.0/24")
    assert ms.count("/status/ip") == 1 and ms.count("/report/data/") == 3
    agents = {r.headers["user-agent"] for r in ms.requests}
    assert all(a.startswith("repmon/") for a in agents)


def test_a_refreshed_login_is_saved_and_used_again(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    snds.check()
    saved = json.loads(snds.token.read_text())
    assert saved["refresh_token"] == "refresh-1" and saved["access_token"] == "access-1"
    assert snds.token.stat().st_mode & 0o777 == 0o600
    assert verdicts(snds.check()) == ("normal", "green")
    assert ms.rotations == 1


def test_a_reply_without_a_refresh_token_keeps_the_old_one(snds, ms):
    ms.rotate = False
    snds.check()
    assert json.loads(snds.token.read_text())["refresh_token"] == "refresh-0"


def test_401_refreshes_once_and_tries_once_more(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    snds.login(access_token="stale", expires=int(time.time()) + 3600)  # a clock that was wrong
    assert verdicts(snds.check()) == ("normal", "green")
    assert ms.rotations == 1
    ms.on_request = lambda seen: Reply(401) if "/report/" in seen.path else None
    ran = snds.check()
    assert verdicts(ran) == ("denied", "denied")
    assert ms.rotations == 2


def test_a_refused_login_is_expired_and_says_what_to_do(snds, ms):
    ms.refresh = "another"
    ran = snds.check()
    assert verdicts(ran) == ("expired", "expired")
    assert "repmon login main" in snds.repmon("check", "--only", "snds", IP, "-v",
                                                   conf=snds.file()).out


@pytest.mark.parametrize("reply,cause", [
    (Reply(500), "servfail"), (Reply(429), "denied"), (Reply(200, PAGE, "text/html"), "bad-format"),
    (Reply(200, b'{"access_token":"a\\r\\nb"}', "application/json"), "bad-format"),
    (Reply(302, headers={"Location": "https://127.0.0.2/"}), "bad-format"),
], ids=["500", "429", "html", "injection", "redirect"])
def test_trouble_of_the_login_server_loses_no_login(snds, ms, reply, cause):
    before = snds.token.read_text()
    ms.on_request = lambda seen: reply if seen.method == "POST" else None
    assert verdicts(snds.check()) == (cause, cause)
    assert snds.token.read_text() == before


def test_before_the_first_login_the_words_are_those_of_a_login(snds):
    snds.token.unlink()
    assert verdicts(snds.check()) == ("no-key", "no-key")
    for ran in (snds.repmon("check", "--only", "snds", IP, conf=snds.file()), snds.run()):
        told = " ".join(ran.out.split())
        assert "repmon login" in told and "log" in told and "key_file" not in told
    plugin = snds.repmon("check", "--only", "snds", "--format", "nagios", IP, conf=snds.file())
    assert "key_file" not in plugin.out


@pytest.mark.parametrize("first", [False, True], ids=["a refresh", "the first login"])
def test_a_token_that_was_written_and_not_put_in_place_is_taken_over(snds, ms, first):
    ms.data[day(1)] = row(IP, "GREEN")
    ms.refresh = "refresh-newest"
    fresh = snds.state / "snds-main.token.new"
    fresh.write_bytes(json.dumps({"refresh_token": ms.refresh}).encode() + bytes(5000))
    if first:
        snds.token.unlink()
    assert verdicts(snds.check()) == ("normal", "green")
    assert ms.rotations == 1 and not fresh.exists()
    assert json.loads(snds.token.read_text())["refresh_token"] == ms.refresh


def test_a_token_that_was_half_written_displaces_none(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    (snds.state / "snds-main.token.new").write_bytes(b'{"refresh_tok')
    assert verdicts(snds.check()) == ("normal", "green")


def test_a_token_that_others_may_read_is_not_used(snds, ms):
    snds.token.chmod(0o644)
    assert verdicts(snds.check()) == ("no-key", "no-key")
    assert not ms.requests


def test_two_processes_do_not_both_rotate(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    ms.on_request = lambda seen: time.sleep(0.3) if seen.method == "POST" else None
    argv = [REPMON, "-c", str(snds.file()), "check", "--only", "snds", "--format", "json", IP]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for p in both:
        out, _ = p.communicate(timeout=60)
        assert [r["state"] for r in json.loads(out)["targets"][0]["results"]] == ["normal", "green"]
    assert ms.rotations == 1


@pytest.mark.parametrize("pasted", [True, False], ids=["pasted", "listener"])
def test_login(snds, ms, pasted):
    snds.token.unlink()
    p = subprocess.Popen([REPMON, "-c", str(snds.file()), "login", "main"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True)
    url = next(line.strip() for line in p.stdout if line.startswith("https://"))
    q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert q["code_challenge_method"] == "S256" and q["response_type"] == "code"
    ms.codes["CODE/1"] = (q["code_challenge"], q["redirect_uri"])
    back = f"{q['redirect_uri']}/?code=CODE%2F1&state={q['state']}"
    if pasted:
        out, err = p.communicate(f"rubbish\nhttp://localhost/?code=x&state=y\n{back}\n", timeout=30)
        assert "another login" in err
    else:
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{q['redirect_uri']}/?code=x&state=forged", timeout=10)
        assert b"repmon" in urllib.request.urlopen(back, timeout=10).read()
        out, err = p.communicate(timeout=30)
    assert p.returncode == 0, err
    assert json.loads(snds.token.read_text())["refresh_token"] == "refresh-1"
    assert "refresh-1" not in out + err
    ms.data[day(1)] = row(IP, "GREEN")
    assert verdicts(snds.check()) == ("normal", "green")
    assert ms.rotations == 1  # the login's own access token was used


@pytest.mark.parametrize("typed", ["", "rubbish\n", "http://localhost/?code=x&state=y"],
                         ids=["nothing", "rubbish", "another login, without a line end"])
def test_a_login_ends_with_its_input(snds, ms, typed):
    snds.token.unlink()
    ran = subprocess.run([REPMON, "-c", str(snds.file()), "login", "main"], input=typed,
                         capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 66 and not snds.token.exists()
    assert "standard input ended" in ran.stderr and "terminal" in ran.stderr


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-"])
def test_a_login_without_any_input_ends(snds, ms, stdin):
    ran = subprocess.run(["sh", "-c", f"'{REPMON}' -c '{snds.file()}' login main {stdin}"],
                         capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 66 and "standard input ended" in ran.stderr, ran


def test_connections_that_drip_keep_no_browser_waiting(snds, ms):
    with subprocess.Popen([REPMON, "-c", str(snds.file()), "login", "main"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as p, contextlib.ExitStack() as stack:
        url = next(line.strip() for line in p.stdout if line.startswith("https://"))
        q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        ms.codes["CODE"] = (q["code_challenge"], q["redirect_uri"])
        port = urllib.parse.urlsplit(q["redirect_uri"]).port
        drips = [stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                 for _ in range(100)]
        for number, drip in enumerate(drips):
            with contextlib.suppress(OSError):  # the slowest were dropped
                drip.sendall(b"GET /?code=x"[:number % 12])
        start = time.monotonic()
        back = f"{q['redirect_uri']}/?code=CODE&state={q['state']}"
        assert b"repmon" in urllib.request.urlopen(back, timeout=10).read()
        assert time.monotonic() - start < 1.5
        assert p.wait(30) == 0, p.stderr.read()


# ---- links ----

@pytest.mark.parametrize("era", [2017, 2018, 2025, 2026])
def test_links_of_each_era(snds, ms, era):
    snds.use_links(era=era)
    ms.link_data = row(IP, "YELLOW", day=day(1))
    ms.link_status = f"{IP},{IP},No,{JUNKED}\r\n"
    assert verdicts(snds.check()) == ("junked", "yellow")
    assert all("authorization" not in r.headers for r in ms.requests)


@pytest.mark.parametrize("reply", [Reply(404), Reply(200, PAGE, "text/html"), Reply(200, PAGE),
                                   Reply(302, headers={"Location": "https://127.0.0.2/login"})],
                         ids=["404", "html", "html-by-content", "redirect"])
def test_an_expired_link_is_never_clean(snds, ms, reply):
    snds.use_links()
    snds.keys = [f"covers = 203.0.113.0/24 {day(100)}"]
    ms.on_request = lambda seen: reply
    assert verdicts(snds.check()) == ("expired", "expired")


def test_a_bad_key_is_denied_and_204_is_no_data(snds, ms):
    snds.use_links()
    ms.on_request = lambda seen: Reply(400)
    assert verdicts(snds.check()) == ("denied", "denied")
    snds.keys = [f"covers = 203.0.113.0/24 {day(100)}"]
    ms.on_request = lambda seen: Reply(204)
    assert verdicts(snds.check()) == ("normal", "no-data")


def test_one_link_alone_is_one_column(snds, ms):
    snds.use_links(data=False)
    snds.keys = [f"covers = 203.0.113.0/24 {day(100)}"]
    ran = snds.check()
    assert [r["list"] for r in ran.target(IP)["results"]] == ["main/status"]
    assert ran.verdict(IP, "main/status") == "normal"


# ---- runs ----

def test_run_says_blocked_once_is_silent_on_good_days_and_says_when_it_is_over(snds, ms):
    for back in range(-4, 4):
        ms.data[day(back)] = row(IP, "GREEN") + row(OTHER, "GREEN")
    assert "BLOCKED" not in snds.run().out
    ms.status = f"{IP},{IP},Yes,{BLOCKED}\r\n"
    out = snds.run(0.5).out
    assert IP in out and "main/status" in out and "sender.office.com" in out
    assert OTHER not in out
    assert snds.run(1).out == ""
    ms.status = ""
    assert "main/status" in snds.run(1.6).out  # over 12 h: one good report is enough
    for days in (2, 2.5, 3):
        assert snds.run(days).out == ""


def test_run_asks_no_more_often_than_every(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    snds.run()
    before = len(ms.requests)
    snds.run()
    assert len(ms.requests) == before
    snds.run(0.26)
    assert len(ms.requests) > before


def test_run_keeps_numbers(snds, ms):
    ms.data[day(1)] = row(IP, "YELLOW", "0.4%", 4711)
    snds.run()
    out = snds.repmon("history", "--list", "main/data", conf=snds.file()).out
    assert "4711" in out and "yellow" in out.lower() and day(1) in out


def test_run_survives_the_end_of_an_access_token(snds, ms):
    for back in range(-2, 4):
        ms.data[day(back)] = row(IP, "GREEN") + row(OTHER, "GREEN")
    snds.run()
    snds.run(0.5)
    snds.run(1)
    assert ms.rotations == 3
    assert json.loads(snds.token.read_text())["refresh_token"] == "refresh-3"


def test_run_says_at_once_that_the_login_has_ended_and_when_it_is_back(snds, ms):
    for back in range(-3, 4):
        ms.data[day(back)] = row(IP, "GREEN") + row(OTHER, "GREEN")
    snds.run()
    ms.refresh = "gone"
    out = snds.run(0.5).out
    assert "main/status" in out and "login main" in out
    assert "1 change." in out and "BLIND" not in out, "one login is one entry"
    assert snds.run(1).out == ""  # said once
    assert snds.repmon("accounts", conf=snds.file(), env=snds.at(1)).code == 1
    snds.login()
    out = snds.run(1.5).out
    assert "main/status" in out and "1 change." in out
    assert snds.run(2).out == ""
    assert snds.repmon("accounts", conf=snds.file(), env=snds.at(2)).code == 0


def test_metrics_have_one_end_of_a_login_and_none_when_it_works_again(snds, ms):
    snds.sections = f"[prometheus]\ntextfile = {snds.state}/metrics.prom"

    def ends(days):
        snds.run(days)
        name = "repmon_credential_expiry_timestamp_seconds{"
        lines = (snds.state / "metrics.prom").read_text().splitlines()
        return [line.split()[0] for line in lines if line.startswith(name)]

    for back in range(-3, 4):
        ms.data[day(back)] = row(IP, "GREEN") + row(OTHER, "GREEN")
    snds.keys = ["covers = 203.0.113.0/24"]
    assert ends(0) == []
    ms.refresh = "gone"
    ended = ends(0.5)
    assert len(ended) == 1 and 'account="main",kind="status"' in ended[0]
    assert ends(1) == ended
    snds.login()
    assert ends(1.5) == ends(2) == []
    doctor = snds.repmon("doctor", "--offline", conf=snds.file(), env=snds.at(2)).out
    assert "expired" not in doctor


def test_a_late_row_is_history_unless_it_is_red(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN")
    snds.run()
    ms.data[day(3)] = row(IP, "YELLOW")
    assert snds.run(0.3).out == ""
    ms.data[day(2)] = row(IP, "RED")
    out = snds.run(0.6).out
    assert "main/data" in out and day(2) in out
    assert snds.run(0.9).out == ""


def test_a_link_says_that_it_will_expire_and_that_it_has(snds, ms):
    snds.use_links()
    snds.keys = [f"covers = 203.0.113.0/24 {day(10)}"]
    snds.run()
    assert snds.run(20).out == ""
    assert "main/status" in snds.run(25.5).out
    assert snds.run(26).out == ""
    assert "main/status" in snds.run(29.2).out
    ms.link_status = ms.link_data = None
    out = snds.run(29.6).out
    assert "EXPIRED" in out.upper() and "main/data" in out
    assert snds.run(30).out == ""


def test_a_server_that_fails_is_not_called_a_failing_resolver(snds, ms):
    ms.data[day(1)] = row(IP, "GREEN") + row(OTHER, "GREEN")
    snds.run()
    ms.on_request = lambda seen: Reply(503)
    out = snds.run(0.3).out + snds.run(0.6).out
    assert "BLIND all lists (servfail)" in out and "their servers failed" in out
    assert "check the resolver first" not in out and "(SERVFAIL)" not in out
    status = snds.repmon("status", conf=snds.file(), env=snds.at(0.6))
    assert "Microsoft's server has a problem (503)" in status.out


def test_a_vanished_block_is_said_in_words(snds, ms):
    snds.keys = ["covers = 203.0.113.0/24", "covers = 198.51.100.0/24", "look_back = 9d"]
    snds.targets = [IP, OTHER, "198.51.100.1"]
    for back in range(1, 10):
        ms.data[day(back)] = row("198.51.100.1", "GREEN") + (row(IP, "GREEN") if back > 1 else "")
    snds.run()
    for back in (0, -1, -2):
        ms.data[day(back)] = row("198.51.100.1", "GREEN")
    snds.run(1)
    out = snds.run(2).out + snds.run(2.5).out + snds.run(3).out
    assert "203.0.113.0/24" in out and "lapsed" in out
    status = snds.repmon("accounts", conf=snds.file(), env=snds.at(3))
    assert "VANISHED" in status.out and status.code == 1


def test_snds_status_before_the_first_run(snds):
    ran = snds.repmon("accounts", "--format", "json", conf=snds.file())
    account = ran.json()["accounts"][0]
    assert account["account"] == "main" and account["status_read"] is None
    assert ran.code == 0
    assert snds.repmon("login", "nobody", conf=snds.file()).code == 64
    assert snds.repmon("login", conf=snds.file()).code == 64
    assert os.path.exists(snds.token)
    snds.state = snds.folder / "new"
    assert snds.repmon("accounts", conf=snds.file()).code == 0
    assert not os.path.exists(snds.state), "who only looks makes no folder"
