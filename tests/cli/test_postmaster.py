# SPDX-License-Identifier: ISC
"""Google Postmaster against a loopback Google: the logins, what Google says of a domain, what a run
tells of it, and every way not to get an answer."""

import json
import os
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from conftest import REPMON, TESTS, moved_clock
from lab.google import ID, SCOPE, SECRET, SILENCE, Authority, Google, Reply, compliant, error

D, SUB, IP = "example.org", "news.example.org", "203.0.113.5"
DAY = 86400
SAMPLES = os.path.join(TESTS, "data", "postmaster")


def now():
    """Noon of tomorrow (UTC): what was published does not depend on when a test runs, and the
    certificates are valid already."""
    return int(time.time()) // DAY * DAY + DAY + DAY // 2


def day(back):
    return time.strftime("%Y-%m-%d", time.gmtime(now() - back * DAY))


def sample(name):
    with open(os.path.join(SAMPLES, f"google-{name}.json"), "rb") as f:
        return f.read()


@pytest.fixture(scope="session")
def authority():
    made = Authority()
    yield made
    made.remove()


@pytest.fixture
def google(authority):
    with Google(authority, clock=now) as server:
        yield server


@pytest.fixture(scope="session")
def rsa_key(tmp_path_factory):
    """A private key and its public half, as PEM."""
    path = tmp_path_factory.mktemp("key") / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                    "-out", path], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], check=True,
                            capture_output=True, text=True).stdout
    return path.read_text(), public


class Postmaster:
    """An account and its state folder; check() and run() are the program, at a day from now."""

    def __init__(self, folder, google, repmon, conf):
        self.folder, self.google, self.repmon, self.conf = folder, google, repmon, conf
        self.state = folder / "state"
        self.state.mkdir(exist_ok=True)
        self.token = self.state / "postmaster-google.token"
        self.client = folder / "client.json"
        self.keys = []
        self.targets = [f"domain = {D}"]
        self.sections = ""
        self.api = google.base
        repmon.secrets += ["refresh-", "access-", SECRET, "PRIVATE KEY"]
        self.write_client(google.client())

    def write_client(self, text, mode=0o600):
        self.client.write_text(text)
        self.client.chmod(mode)

    def login(self, **fields):
        """As if a person had logged in."""
        self.token.write_text(json.dumps({"refresh_token": self.google.refresh, **fields}))
        self.token.chmod(0o600)

    def file(self):
        return self.conf.text("\n".join([
            "[repmon]", f"state = {self.state}/state.db",
            f"ca_file = {self.google.authority.ca}", "confirm_gap = 0", "[targets]",
            *self.targets, "[dns]", "resolver = 127.0.0.1:1", "timeout = 100ms", "tries = 1",
            "[dnsbl]", "use = none", "[ptr]", "use = none", '[postmaster "google"]',
            f"client_file = {self.client}", f"api = {self.api}", *self.keys, self.sections]) + "\n")

    @staticmethod
    def at(days):
        return moved_clock(f"+{now() + int(days * DAY) - int(time.time())}", FAKETIME_NO_CACHE="1")

    def ask(self, *args, days=0):
        return self.repmon(*args, conf=self.file(), env=self.at(days))

    def check(self, *targets, **kwargs):
        return self.repmon.check("--only", "postmaster", *(targets or [D]), conf=self.file(),
                                 env=self.at(0), **kwargs)

    def notes(self):
        """What a person is told, in one line."""
        ran = self.ask("check", "--only", "postmaster", "-v", D)
        return " ".join((ran.out + ran.err).split())

    def run(self, days=0, *args):
        return self.ask("run", *args, days=days)


@pytest.fixture
def pm(tmp_path, google, repmon, conf):
    account = Postmaster(tmp_path, google, repmon, conf)
    account.login()
    google.rows[D] = quiet(2, 3, 4)
    google.compliance[D] = compliant(D)
    return account


def quiet(*backs, **numbers):
    """Ordinary days: little spam, no refusals."""
    return {day(b): {"spam": 0.0002, "err": 0.0004, "err_n": 3, "rej_ip": 0, "rej_ip_n": 0,
                     **numbers} for b in backs}


def refused(*backs, share=0.02, count=120):
    return quiet(*backs, err=share + 0.001, err_n=count + 5, rej_ip=share, rej_ip_n=count)


def results(ran, domain=D):
    target, = [t for t in ran.json()["targets"] if t["domain"] == domain]
    return {r["list"]: r for r in target["results"]}


def verdicts(ran, domain=D):
    """State or cause of spam, delivery and compliance."""
    found = results(ran, domain)
    return tuple(found[f"google/{name}"]["state"] or found[f"google/{name}"]["cause"]
                 for name in ("spam", "delivery", "compliance"))


# ---- what Google says of a domain ----

def test_a_quiet_domain_is_quiet(pm, google):
    ran = pm.check()
    assert verdicts(ran) == ("low", "delivered", "compliant")
    assert ran.code == 0
    assert all(r["level"] == "ok" for r in results(ran).values())
    assert google.count("domainStats:query") == google.count("complianceStatus") == 1
    assert {r.headers["user-agent"].split("/")[0] for r in google.requests} == {"repmon"}


def test_refusals_for_low_ip_reputation_say_what_to_do(pm, google):
    google.rows[D] |= refused(2, 3)
    ran = pm.check()
    found = results(ran)["google/delivery"]
    assert (found["state"], found["level"]) == ("low_ip_reputation", "critical")
    assert "2 %" in found["reason"] and "120 messages" in found["reason"] and day(2) in found["reason"]
    assert found["url"].startswith("https://postmaster.google.com/")
    assert "support.google.com" in found["advice"]
    assert found["codes"][0]["name"] == "low_ip_reputation"


@pytest.mark.parametrize("backs,share,count,level", [
    ((2, 3), 0.02, 120, "critical"), ((2,), 0.02, 120, "warning"), ((3, 5), 0.01, 10, "critical"),
    ((2, 3), 0.001, 10, "warning"), ((2,), 0.005, 50, "ok"), ((2, 3), 0.02, 9, "ok"),
    ((2, 3), 0.0009, 500, "ok"), ((5, 6), 0.02, 120, "ok"),
])
def test_refusals_are_judged_by_share_messages_and_days(pm, google, backs, share, count, level):
    google.rows[D] = quiet(*range(2, 9)) | refused(*backs, share=share, count=count)
    assert results(pm.check())["google/delivery"]["level"] == level


@pytest.mark.parametrize("shares,level", [
    ([0.0034, 0.0031, 0.003], "critical"), ([0.001, 0.001, 0.001], "warning"),
    ([0.0034, 0.0031], "ok"), ([0.0034, 0.0001, 0.0031, 0.0001, 0.003], "critical"),
    ([0.0001, 0.0001, 0.004, 0.004, 0.004], "ok"), ([0.004, 0.002, 0.002], "warning"),
    ([0.0009] * 7, "ok"), ([0, 0, 0], "ok"),
])
def test_the_spam_rate_is_judged_over_the_days_with_data(pm, google, shares, level):
    google.rows[D] = {day(2 + i): {"spam": share} for i, share in enumerate(shares)}
    ran = pm.check()
    assert results(ran)["google/spam"]["level"] == level
    assert verdicts(ran)[1] == "no-data"


def test_limits_of_the_spam_rate_are_configured(pm, google):
    google.rows[D] = {day(b): {"spam": 0.004} for b in (2, 3, 4)}
    pm.keys = ["spam_warning = 0.5%", "spam_critical = 1%"]
    assert verdicts(pm.check())[0] == "low"


def test_no_row_is_no_data_and_zero_is_zero(pm, google):
    google.rows[D] = {}
    assert verdicts(pm.check()) == ("no-data", "no-data", "compliant")
    google.rows[D] = {day(2): {"spam": 0}}
    assert verdicts(pm.check())[:2] == ("low", "no-data")


@pytest.mark.parametrize("needs,state,level", [
    (["DMARC_ALIGNMENT"], "needs-work", "warning"), (["SPF", "ENCRYPTION"], "needs-work", "warning"),
    (["USER_REPORTED_SPAM_RATE"], "compliant", "ok"), (["SOMETHING_NEW"], "advice", "info"),
    (["ONE_CLICK_UNSUBSCRIBE"], "advice", "info"),
])
def test_requirements_that_are_not_met(pm, google, needs, state, level):
    google.compliance[D] = compliant(D, needs)
    found = results(pm.check())["google/compliance"]
    assert (found["state"], found["level"]) == (state, level)
    if level != "ok":
        assert needs[0] in found["reason"] and needs[0] in [c["answer"] for c in found["codes"]]


def test_a_subdomain_has_its_own_verdict_or_none(pm, google):
    pm.targets.append(f"domain = {SUB}")
    google.rows[SUB] = quiet(2)
    google.compliance[SUB] = compliant(SUB, ["DMARC_ALIGNMENT"], sub=(SUB, []))
    google.compliance[SUB]["complianceData"]["domainId"] = D
    assert verdicts(pm.check(SUB), SUB)[2] == "compliant"
    google.compliance[SUB] = compliant(SUB, [], sub=(SUB, ["SPF"]))
    google.compliance[SUB]["complianceData"]["domainId"] = D
    assert verdicts(pm.check(SUB), SUB)[2] == "needs-work"
    del google.compliance[SUB]["subdomainComplianceData"]
    google.compliance[SUB]["complianceData"]["rowData"] = compliant(D, ["SPF"])["complianceData"][
        "rowData"]
    assert verdicts(pm.check(SUB), SUB)[2] == "no-data"


def test_googles_own_samples(pm, google):
    pages = [sample("domainstats-200"), sample("domainstats-200-page2")]

    def answer(seen):
        if seen.path.endswith(":query"):
            again = b'"pageToken":"CAUQeyJwIjoyfQ"' in seen.body
            return Reply(200, pages[again], "application/json")
        return Reply(200, sample("compliance-200"), "application/json") if "compliance" in seen.path else None

    google.on_request = answer
    pm.targets = [f"domain = {SUB}"]
    ran = pm.check(SUB)
    assert verdicts(ran, SUB) == ("low", "low_ip_reputation", "advice")
    found = results(ran, SUB)
    assert found["google/delivery"]["level"] == "warning"
    assert "2.1 %" in found["google/delivery"]["reason"]
    assert "ONE_CLICK_UNSUBSCRIBE" in found["google/compliance"]["reason"]
    assert google.count("domainStats:query") == 2


def test_pages_are_read_to_their_end(pm, google):
    google.page_size = 3
    google.rows[D] = refused(2, 3)
    assert verdicts(pm.check())[1] == "low_ip_reputation"
    assert google.count("domainStats:query") > 2


def test_the_query_ends_two_days_back(pm, google):
    pm.keys = ["look_back = 3d"]
    pm.check()
    body = json.loads(next(r.body for r in google.requests if r.path.endswith(":query")))
    span = body["timeQuery"]["dateRanges"]["dateRanges"][0]
    assert "{year}-{month:02}-{day:02}".format(**span["end"]) == day(2)
    assert "{year}-{month:02}-{day:02}".format(**span["start"]) == day(4)
    assert body["parent"] == f"domains/{D}" and body["aggregationGranularity"] == "DAILY"


def test_domains_may_be_named_in_the_section(pm, google):
    pm.targets = [f"ip = {IP}"]
    pm.keys = [f"domains = {D}"]
    ran = pm.check(D, IP)
    assert verdicts(ran) == ("low", "delivered", "compliant")
    address, = [t for t in ran.json()["targets"] if t["ip"]]
    assert {r["cause"] for r in address["results"]} <= {"not-applicable"}
    pm.keys = []
    assert "domain" in pm.ask("check", D).err


# ---- every way not to get an answer ----

DISABLED, SCOPED = sample("error-403-disabled"), sample("error-403-scope")


@pytest.mark.parametrize("reply,cause,words", [
    (Reply(403, DISABLED), "denied", "not enabled"), (Reply(403, SCOPED), "denied", "scope"),
    (Reply(403, sample("error-403-domain")), "denied", "no permission for example.org"),
    (Reply(429, sample("error-429-v1")), "denied", "ended this version"),
    (Reply(429), "denied", "fewer requests"), (Reply(404), "not-covered", "not registered"),
    (Reply(400, sample("error-400-parent")), "bad-format", "INVALID_ARGUMENT"),
    (Reply(500), "servfail", "problem"), (Reply(503), "servfail", "problem"),
    (Reply(302, headers={"Location": "https://127.0.0.2/"}), "bad-format", "another host"),
    (error(403, "PERMISSION_DENIED", "x", reason="NEW_REASON"), "denied", "NEW_REASON"),
    (Reply(200, b"<html>"), "bad-format", "not JSON"), (Reply(200, b"[]"), "bad-format", "Google"),
    (Reply(200, b""), "bad-format", "not JSON"), (Reply(200, b"{", cut=0), "servfail", ""),
    (Reply(200, b"x" * (2 << 20)), "bad-format", ""),
    (Reply(200, b"{}", framed=False), "bad-format or servfail", ""),
], ids=lambda x: x if isinstance(x, str) else f"{x.status}-{len(x.body)}")
def test_what_is_no_answer_proves_nothing(pm, google, reply, cause, words):
    google.on_request = lambda seen: reply if "/v2/" in seen.path else None
    ran = pm.check()
    assert len(set(verdicts(ran))) == 1 and verdicts(ran)[0] in cause.split(" or ")
    assert words in pm.notes()


def test_a_disabled_api_is_switched_on_at_googles_own_page_only(pm, google):
    google.on_request = lambda seen: Reply(403, DISABLED) if "/v2/" in seen.path else None
    told = pm.notes()
    assert "console.developers.google.com" in told
    evil = DISABLED.replace(b"console.developers.google.com", b"console.evil.example")
    google.on_request = lambda seen: Reply(403, evil) if "/v2/" in seen.path else None
    assert "evil" not in pm.notes()


def test_a_broken_second_page_voids_the_first(pm, google):
    google.page_size = 3
    google.on_request = lambda seen: Reply(200, b"oops") if b"pageToken" in seen.body else None
    assert verdicts(pm.check()) == ("bad-format", "bad-format", "compliant")


def test_pages_without_end_are_no_answer(pm, google):
    page = json.dumps({"domainStats": [], "nextPageToken": "again"}).encode()
    google.on_request = lambda seen: Reply(200, page) if seen.path.endswith("query") else None
    assert verdicts(pm.check()) == ("bad-format", "bad-format", "compliant")
    assert google.count(":query") == 20


def test_one_domain_without_permission_leaves_the_others_alone(pm, google):
    pm.targets.append("domain = example.net")
    google.compliance["example.net"] = compliant("example.net")
    ran = pm.check(D, "example.net")
    assert verdicts(ran) == ("low", "delivered", "compliant")
    assert verdicts(ran, "example.net") == ("denied", "denied", "compliant")


def test_silence_is_a_time_out(pm, google):
    google.on_request = lambda seen: SILENCE if "/v2/" in seen.path else None
    conf = pm.conf.text(pm.file().read_text().replace("[repmon]", "[repmon]\ndeadline = 1s"))
    ran = pm.repmon.check("--only", "postmaster", D, conf=conf, env=pm.at(0))
    assert set(verdicts(ran)) <= {"timeout", "not-asked"}


def test_a_hiccup_is_tried_again(pm, google):
    failed = []

    def once(seen):
        if "/v2/" in seen.path and seen.path not in failed:
            failed.append(seen.path)
            return Reply(503)
        return None

    google.on_request = once
    assert verdicts(pm.check()) == ("low", "delivered", "compliant")


def test_the_bearer_token_follows_no_redirect(pm, google, authority):
    with Google(authority, "127.0.0.2") as elsewhere:
        google.on_request = lambda seen: (
            Reply(302, headers={"Location": elsewhere.base + seen.path}) if "/v2/" in seen.path
            else None)
        assert verdicts(pm.check()) == ("bad-format",) * 3
        assert not elsewhere.requests


# ---- the login ----

def test_an_access_token_is_kept_and_used_again(pm, google):
    pm.check()
    assert json.loads(pm.token.read_text())["access_token"] == "ya29.access-1"
    assert json.loads(pm.token.read_text())["refresh_token"] == "1//refresh-0"
    assert pm.token.stat().st_mode & 0o777 == 0o600
    pm.check()
    assert google.refreshes == 1


def test_a_new_refresh_token_is_saved(pm, google):
    google.rotate = True
    pm.check()
    assert json.loads(pm.token.read_text())["refresh_token"] == "1//refresh-1"


def test_401_refreshes_once_and_tries_once_more(pm, google):
    pm.login(access_token="stale", expires=now() + 3600)
    assert verdicts(pm.check()) == ("low", "delivered", "compliant")
    assert google.refreshes == 1
    google.on_request = lambda seen: Reply(401) if "/v2/" in seen.path else None
    assert verdicts(pm.check()) == ("denied",) * 3
    assert google.refreshes == 2


def test_an_ended_login_says_so_in_words(pm, google):
    google.refresh = "another"
    assert verdicts(pm.check()) == ("expired",) * 3
    told = pm.notes()
    assert "Token has been expired or revoked" in told and "repmon login google" in told
    assert "Testing" in told


def test_a_login_that_died_after_seven_days_names_the_reason(pm, google):
    pm.login(logged_in=now() - 7 * DAY - 3600)
    google.refresh = "another"
    told = pm.notes()
    assert "lasted seven days" in told and "In production" in told


def test_before_the_first_login(pm, google):
    pm.token.unlink()
    assert verdicts(pm.check()) == ("no-key",) * 3
    told = pm.notes()
    assert "repmon login" in told


@pytest.mark.parametrize("pasted", [True, False], ids=["pasted", "listener"])
def test_login(pm, google, pasted):
    pm.token.unlink()
    p = subprocess.Popen([REPMON, "-c", str(pm.file()), "login", "google"],
                         env={**os.environ, **pm.at(0)}, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = next(line.strip() for line in p.stdout if line.startswith("https://"))
    assert url.startswith(f"{google.base}/o/oauth2/v2/auth?")
    q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert q["code_challenge_method"] == "S256" and q["client_id"] == ID and q["scope"] == SCOPE
    assert q["access_type"] == "offline" and q["prompt"] == "consent"
    google.codes["4/CODE"] = (q["code_challenge"], q["redirect_uri"])
    back = f"{q['redirect_uri']}/?state={q['state']}&code=4%2FCODE&scope={SCOPE}"
    if pasted:
        out, err = p.communicate(f"rubbish\n{back}\n", timeout=30)
    else:
        assert b"repmon" in urllib.request.urlopen(back, timeout=10).read()
        out, err = p.communicate(timeout=30)
    assert p.returncode == 0, err
    assert "Testing" in out and "seven days" in out
    assert SECRET not in out + err and "refresh-" not in out + err
    assert json.loads(pm.token.read_text())["refresh_token"] == "1//refresh-1"
    assert verdicts(pm.check()) == ("low", "delivered", "compliant")


def test_the_login_may_move(pm, google):
    pm.write_client(google.client(auth_uri="https://127.0.0.1:1/a", token_uri="https://127.0.0.1:1/t"))
    assert verdicts(pm.check()) == ("servfail",) * 3
    pm.keys = [f"authority = {google.base}"]
    assert verdicts(pm.check()) == ("low", "delivered", "compliant")


@pytest.mark.parametrize("text,words", [
    ("{", "not JSON"), ("{}", "neither an OAuth client"), ('{"web":{}}', "Desktop app"),
    ('{"installed":{"client_id":"a"}}', "client_secret"),
    ('{"type":"service_account","client_email":"a@b"}', "private_key"),
    ('{"installed":{"client_id":"a","client_secret":"b","token_uri":"http://example.org/"}}',
     "token_uri"),
])
def test_a_client_file_that_is_none_names_file_line_and_cure(pm, text, words):
    pm.write_client(text)
    ran = pm.ask("check", "--only", "postmaster", D)
    line = pm.file().read_text().splitlines().index(f"client_file = {pm.client}") + 1
    assert ran.code in (3, 78) and words in ran.err and f":{line}:" in ran.err


def test_a_client_file_that_others_may_read_is_refused(pm):
    pm.write_client(pm.google.client(), 0o644)
    ran = pm.ask("run")
    assert ran.code == 77 and "chmod" in ran.err


def test_a_client_file_that_is_missing_is_no_key(pm):
    pm.client.unlink()
    assert verdicts(pm.check()) == ("no-key",) * 3


# ---- a service account ----

@pytest.mark.parametrize("subject", [None, "postmaster@example.org"])
def test_a_service_account_signs_for_itself(pm, google, rsa_key, subject):
    private, google.public_key = rsa_key
    pm.write_client(google.service_account(private))
    pm.token.unlink()
    if subject:
        pm.keys = [f"subject = {subject}"]
    assert verdicts(pm.check()) == ("low", "delivered", "compliant")
    claims, = google.claims
    assert claims["iss"] == "repmon@lab.iam.gserviceaccount.com" and claims.get("sub") == subject
    assert claims["exp"] - claims["iat"] == 3600
    assert not pm.token.exists()


def test_a_service_account_that_google_does_not_take_is_denied_with_the_reason(pm, google, rsa_key):
    private, google.public_key = rsa_key
    pm.write_client(google.service_account(private, private_key_id="another"))
    assert verdicts(pm.check()) == ("denied",) * 3
    told = pm.notes()
    assert "Invalid JWT Signature" in told and "clock" in told
    ran = pm.ask("login", "google")
    assert ran.code == 78 and "needs no login" in ran.err


def test_subject_is_for_service_accounts(pm):
    pm.keys = ["subject = a@example.org"]
    ran = pm.ask("run")
    assert ran.code == 78 and "subject" in ran.err


@pytest.mark.parametrize("service", [False, True], ids=["login", "service account"])
def test_nothing_secret_is_shown_however_much_is_told(pm, google, rsa_key, service):
    """The fixture looks for tokens, the client's secret and the key in all that is printed."""
    private, google.public_key = rsa_key
    if service:
        pm.write_client(google.service_account(private))
        pm.repmon.secrets += [private.splitlines()[1], "eyJhbGci"]
    told = pm.ask("-vv", "check", "--only", "postmaster", D)
    assert google.base.removeprefix("https://") in told.err
    google.refresh, google.public_key = "another", rsa_key[1].replace("M", "N", 1)
    pm.login()
    google.refresh = "and another"
    pm.ask("-vv", "run")
    pm.ask("-vv", "accounts")
    pm.ask("-vv", "doctor", "--offline")
    state = (pm.state / "state.db").read_bytes()
    for secret in (b"refresh-", b"access-", SECRET.encode(), b"PRIVATE KEY", b"eyJhbGci"):
        assert secret not in state


# ---- runs ----

def test_run_tells_of_refusals_once_and_of_their_end(pm, google):
    google.rows[D] = quiet(*range(-6, 9))
    assert "GOOGLE" not in pm.run().out
    google.rows[D] |= refused(1, 0)
    assert "GOOGLE REFUSES: LOW IP REPUTATION (warning)" in pm.run(1).out  # one day of many
    out = pm.run(2).out
    assert "GOOGLE REFUSES: LOW IP REPUTATION (critical)" in out and D in out
    assert "postmaster.google.com" in out and "2 %" in out
    assert "support.google.com/mail/contact/gmail_bulk_sender_escalation" in "".join(out.split())
    assert pm.run(2.4).out == ""
    assert pm.run(3).out == ""  # one good day is not enough
    assert "GOOGLE NO LONGER REFUSES" in pm.run(4).out
    assert pm.run(5).out == ""


def test_a_single_day_of_many_refusals_is_told(pm, google):
    google.rows[D] = quiet(*range(-6, 9)) | refused(1)
    assert "GOOGLE" not in pm.run().out
    assert "GOOGLE REFUSES: LOW IP REPUTATION (warning)" in pm.run(1).out


def test_quiet_days_are_silent(pm, google):
    google.rows[D] = quiet(*range(-6, 9))
    pm.run()
    for days in (0.6, 1.2, 2.5, 4):
        assert pm.run(days).out == ""


def test_a_revised_day_alerts_only_if_it_is_the_newest(pm, google):
    pm.keys = ["every = 3h"]
    google.rows[D] = quiet(*range(-6, 9)) | quiet(2, spam=0.004) | quiet(3, spam=0.004)
    pm.run()
    google.rows[D] |= quiet(5, spam=0.004)  # revised: the third bad day, and an older one
    assert "GOOGLE" not in pm.run(0.3).out
    out = pm.ask("history", "--list", "google/spam", days=0.4).out
    assert [line for line in out.splitlines() if day(5) in line and "0.4 %" in line]
    google.rows[D] |= quiet(1, spam=0.0001)
    assert "GOOGLE" not in pm.run(1).out
    google.rows[D] |= quiet(1, spam=0.004)  # the newest is revised
    assert "GOOGLE SPAM RATE HIGH" in pm.run(1.3).out


def test_run_keeps_numbers(pm, google):
    google.rows[D] |= refused(2)
    pm.run()
    out = pm.ask("history", "--list", "google/delivery").out
    assert day(2) in out and D in out and "low_ip_reputation" in out and "2 %" in out
    rows = pm.ask("history", "--list", "google/spam", "--format", "json").json()["numbers"]
    assert len(rows) == 3 and rows[0]["domain"] == D and rows[0]["share"] == 0.02


def test_run_asks_no_more_often_than_every(pm, google):
    pm.run()
    before = len(google.requests)
    pm.run(0.1)
    assert len(google.requests) == before
    pm.run(0.5)
    assert len(google.requests) > before


def test_run_says_that_a_login_has_ended_and_that_it_is_back(pm, google):
    google.rows[D] = quiet(*range(-6, 9))
    pm.run()
    assert "Gmail" not in pm.ask("status").out.partition("Not heard from")[2]
    google.refresh = "gone"
    out = pm.run(0.5).out
    assert "Gmail" in " ".join(out.split()).partition("Not heard from")[2]
    assert "Gmail" in " ".join(pm.ask("status", days=0.6).out.split()).partition("Not heard from")[2]
    assert "EXPIRED" in out and "login google" in " ".join(out.split())
    assert "1 change." in out and "BLIND" not in out, "one login is one entry"
    assert f"no data on {D}:" in out
    assert pm.run(1.2).out == ""
    assert pm.ask("accounts", days=1.3).code == 1
    pm.login()
    back = pm.run(1.8).out
    assert "RECOVERED google/spam" in back and "1 change." in back
    assert pm.run(2.4).out == ""
    assert pm.ask("accounts", days=2.5).code == 0


def test_a_login_that_ended_names_the_domains_that_it_was_for(pm, google):
    names = [f"d{i}.example.org" for i in range(5)]
    pm.targets = [f"domain = {name}" for name in names]
    for name in names:
        google.rows[name] = quiet(*range(-6, 3))
    pm.run()
    google.refresh = "gone"
    out = " ".join(pm.run(0.5).out.split())
    assert "1 change." in out
    assert "no data on d0.example.org, d1.example.org, d2.example.org and 2 more:" in out


def test_a_login_in_testing_is_said_before_it_ends(pm, google):
    pm.sections = f"[prometheus]\ntextfile = {pm.state}/metrics.prom"
    google.ends_in = 604799
    google.rows[D] = quiet(*range(-9, 9))
    pm.run()
    google.ends_in = 604801 - 3 * DAY  # to the second it never is the same
    assert pm.run(3).out == ""
    google.ends_in = 604797 - int(5.5 * DAY)
    metrics = (pm.state / "metrics.prom").read_text()
    assert 'repmon_credential_expiry_timestamp_seconds{account="google"' in metrics
    assert "EXPIRING" in pm.run(5.5).out
    google.ends_in = 604800 - 6 * DAY
    assert pm.run(6).out == ""
    google.ends_in = None
    pm.login(logged_in=now() + 6 * DAY)  # published, and logged in again
    assert "google/spam" in pm.run(6.5).out
    assert pm.run(7).out == ""


# ---- accounts, doctor, completion ----

def test_accounts_before_and_after_a_run(pm, google):
    first = pm.ask("accounts", "--format", "json").json()["accounts"][0]
    assert first["account"] == "google" and first["source"] == "postmaster" and first["read"] is None
    pm.run()
    ran = pm.ask("accounts")
    assert ran.code == 0 and "google" in ran.out and D in ran.out and day(2) in ran.out


def test_doctor_knows_the_account(pm, google):
    pm.login(logged_in=now())
    pm.run()
    told = pm.ask("doctor", "--offline").out
    assert "postmaster" in told and "Testing" in told
    pm.token.unlink()
    told = pm.ask("doctor", "--offline").out
    assert told.count("not logged in yet") == told.count("repmon login google") == 1


def test_names_of_accounts_are_one_space(pm):
    pm.sections = '[snds "google"]\nmethod = oauth'
    ran = pm.ask("run")
    assert ran.code == 78 and "rename" in ran.err
