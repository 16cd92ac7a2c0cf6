# SPDX-License-Identifier: ISC
"""Six people with mail servers, each of whom nobody warned. Their stories, told again with repmon:
at the end of each they knew in time, and knew what to do."""

import re

import pytest

from conftest import CRITICAL, OK, UNKNOWN
from lab import Reply, a, name_of, servfail
from lab.microsoft import BLOCKED, Authority, Microsoft, day
from lab.microsoft import Reply as Page
from station import DAY, HOOK, HOUR, MAIL, silent, station, told  # noqa: F401

SERVER = "203.0.113.25"
ZEN, BARRACUDA, SPAMCOP = "zen.spamhaus.org", "b.barracudacentral.org", "bl.spamcop.net"
DQS, SENDERSCORE = "zen.dq.spamhaus.net", "score.senderscore.com"
ZEN_POINTS = ["127.0.0.2", "127.0.0.4", "127.0.0.10"]
NOT_ASKABLE = ("Microsoft 365", "Gmail", "Yahoo", "Proofpoint", "Cloudmark")
CATALOGUE = {"rate": 1000}  # a section without more: the list as the catalogue knows it


# ---- the stage ----

def flat(text):
    """Text as it was before lines were wrapped."""
    return re.sub(r"\s+", " ", text)


def says(text, *parts):
    for part in parts:
        assert part in flat(text), part


def known_list(station, zone):
    station.lists[zone] = CATALOGUE
    return station.dns.zone(zone, test=ZEN_POINTS if zone == ZEN else "127.0.0.2")


def reverse_name(station, address, name, leads_back=True):
    station.dns.hosts[name_of(address, "in-addr.arpa"), "PTR"] = Reply(records=(("PTR", name),))
    station.dns.host(name, address if leads_back else "192.0.2.1")


def secret(station, name, text):
    station.repmon.secrets.append(text)
    (station.folder / name).write_text(text + "\n")
    (station.folder / name).chmod(0o600)


def changes(ran):
    return [(c["kind"], c["list"]) for hook in ran.hooks for c in hook["changes"]]


def only_mail(ran):
    assert len(ran.mails) == 1, [m.subject for m in ran.mails]
    return ran.mails[0]


@pytest.fixture(scope="module")
def authority():
    made = Authority()
    yield made
    made.remove()


# ---- the stories ----

def test_the_moved_server(station):
    """A moved server relays spam for one night and wakes up on three lists. The first run names
    each with its reason and its page, and later what is clear again and what still is not; the one
    log line that was saved leads to the portal of Microsoft 365."""
    zen, barracuda, spamcop = (known_list(station, x) for x in (ZEN, BARRACUDA, SPAMCOP))
    station.configure(targets=f"ip = {SERVER} mail.example.org")
    station.baseline()

    zen.listed[SERVER] = "127.0.0.4"
    zen.reasons[SERVER] = f"https://check.spamhaus.org/query/ip/{SERVER}"
    barracuda.listed[SERVER] = spamcop.listed[SERVER] = "127.0.0.2"
    morning = only_mail(station.run(after=8 * HOUR))
    assert morning.subject.startswith(f"LISTED (critical) mail.example.org {SERVER} {ZEN} XBL") and "(+2)" in morning.subject
    says(morning.text, "mail.example.org", "exploited or infected host", zen.reasons[SERVER],
         "Look up and remove: https://check.spamhaus.org/",
         "sent spam or viruses to Barracuda",
         "Remove: https://www.barracudacentral.org/rbl/removal-request",
         "expires by itself 24 hours", f"Look up: https://www.spamcop.net/bl.shtml?{SERVER}",
         "Block outgoing port 25")

    saved_line = station.command("explain", "blocked using Blocklist 1").out
    says(saved_line, "Microsoft 365", "delist portal", "where https://sender.office.com/")

    spamcop.listed.clear()
    next_day = only_mail(station.run(after=DAY))
    assert next_day.subject.startswith(f"DELISTED mail.example.org {SERVER} {SPAMCOP}")
    says(next_day.text, "STILL OPEN", f"{SERVER} {ZEN}: listed (XBL)",
         f"{SERVER} {BARRACUDA}: listed (BRBL)")
    barracuda.listed.clear()
    assert only_mail(station.run(after=DAY)).subject.startswith(f"DELISTED mail.example.org {SERVER} {BARRACUDA}")
    silent(station.run(after=HOUR))
    says(station.command("status", code=CRITICAL).out, f"{SERVER} mail.example.org is listed on "
         "1 of 3 lists", f"{ZEN}: listed", "clear: 2 lists")
    week = only_mail(station.run(after=6 * DAY))
    assert week.subject.startswith(f"STILL LISTED (critical) mail.example.org {SERVER} {ZEN}")
    zen.listed.clear()
    assert only_mail(station.run(after=DAY)).subject.startswith(f"DELISTED mail.example.org {SERVER} {ZEN}")
    says(station.command("status").out, "is not listed on any of the 3 lists")


def test_five_mails_a_week(station, authority):
    """A self-hoster whose traffic is too small for any numbers reads the SNDS status by its link.
    Good days are silent, the yearly block is one mail and its end another; the link's end is
    announced before it comes, is loud when it comes, and is never taken for a good day."""
    with Microsoft(authority) as ms:
        for kind in ("data", "status"):
            secret(station, f"{kind}.url", ms.link(kind, era=2026))
        station.configure(
            targets=f"ip = {SERVER} mail.example.org", top=f"ca_file = {authority.ca}",
            extra='[snds "home"]\nmethod = links\ndata_url_file = data.url\n'
                  f"status_url_file = status.url\ncovers = {SERVER} {day(10)}")
        station.baseline()
        for _ in range(5):
            silent(station.run(after=DAY))

        ms.link_status = f"{SERVER},{SERVER},Yes,{BLOCKED}\r\n"
        mail, _ = told(station.run(after=DAY), "listed", rf"^BLOCKED AT OUTLOOK \(critical\) mail.example.org {SERVER}")
        says(mail.text, BLOCKED, "Look up: https://olcsupport.office.com/")
        silent(station.run(after=DAY))
        ms.link_status = ""
        told(station.run(after=DAY), "delisted", f"^UNBLOCKED AT OUTLOOK mail.example.org {SERVER}")
        silent(station.run(after=DAY))

        ran = station.run(after=16 * DAY)  # day 25 of 30
        assert changes(ran) == [("expiring", "home/status"), ("expiring", "home/data")]
        says(only_mail(ran).text, "the status link is valid for 30 days", "create a new one in SNDS")
        silent(station.run(after=DAY))
        assert {kind for kind, _ in changes(station.run(after=3 * DAY))} == {"expiring"}

        ms.on_request = lambda seen: Page(200, b"<html>Sign in</html>", "text/html")
        ran = station.run(after=2 * DAY, code=None)
        assert changes(ran) == [("expired", "home/status"), ("expired", "home/data")]
        says(only_mail(ran).text, "the link has expired", "repmon has no data from Outlook.com")
        assert not station.run(after=DAY, code=None).mails, "said once"
        says(station.command("accounts", code=1).out, "EXPIRED")
        assert "not listed" not in station.command("status", after=DAY, code=UNKNOWN).out

        # A new link with a new key.
        ms.on_request = None
        for kind in ("data", "status"):
            secret(station, f"{kind}.url", ms.link(kind, era=2026).replace("1111", "2222"))
        assert set(changes(station.run(after=HOUR))) == {("recovered", "home/data"),
                                                         ("recovered", "home/status")}
        silent(station.run(after=8 * DAY))
        station.command("status", code=OK)


def test_the_office_365_blocklist(station):
    """A cloud host is on no public list, and Office 365 refuses it all the same. The report names
    the lists that are clear and those whom nobody can ask, promises nothing, and the bounce leads
    to the portal that delists."""
    for zone in (ZEN, BARRACUDA, SPAMCOP):
        known_list(station, zone)
    station.configure(targets=f"ip = {SERVER} mail.example.org")
    first_look = only_mail(station.run())
    for report in (station.command("check", SERVER).out, station.command("status").out,
                   first_look.text):
        says(report, *NOT_ASKABLE, "repmon explain")
        assert "all clear" not in report.lower() and "will arrive" not in report
    says(station.command("check", SERVER).out, "not listed on any of the 3 lists that answered",
         f"clear: 3 lists: {ZEN}, {BARRACUDA}, {SPAMCOP}")

    bounce = (f"550 5.7.606 Access denied, banned sending IP [{SERVER}]. To request removal from "
              "this list please visit https://sender.office.com/ and follow the directions.")
    says(station.command("explain", bounce).out, f"Microsoft 365 (Exchange Online) refused {SERVER}",
         "can't be queried by anyone", "delist portal", "where https://sender.office.com/")


def test_the_inherited_range(station):
    """A hoster looks at a block with a bad past before moving in: public lists are clean, the
    scores are not, one reverse name leads elsewhere. From then on the range is one line, whatever
    happens to all of it."""
    block = [f"203.0.113.{i}" for i in range(256)]
    whole = f"{block[0]}-{block[-1]}"
    program = station.folder / "talos-score"
    program.write_text('#!/bin/sh\nprintf \'{"ip":"%s","email_score_name":"Poor","daily_mag":6.5,'
                       '"monthly_mag":3.4,"daychange":900}\' "$1"\n')
    program.chmod(0o755)
    zen, score = known_list(station, ZEN), known_list(station, SENDERSCORE)
    score.listed.update((ip, "127.0.4.61") for ip in block)
    for ip in block:
        reverse_name(station, ip, f"m{ip.rsplit('.')[-1]}.example.org", leads_back=ip != block[9])
    station.configure(targets="ip = 203.0.113.0/24", ptr="use = all",
                      extra=f"[talos]\nmethod = command\ncommand = {program}")

    before = station.command("check", "203.0.113.0/24", code=None).out
    says(before, "clear for every address: 1 list: zen.spamhaus.org",
         f"{SENDERSCORE}: score 61, warning", "talos: poor, warning",
         "magnitude 6.5 a day, 3.4 a month, volume changed by 900 %", "ptr (255 of 256)",
         f"{block[9]} is not listed", "ptr: mismatch")
    assert len(before.splitlines()) < 60

    baseline = only_mail(station.run())
    says(baseline.text, f"ALREADY LISTED (warning) {whole} {SENDERSCORE} score 61",
         f"TALOS POOR (warning) {whole}",
         "volume changed by 900 %", f"PTR MISMATCH (warning) {block[9]}")
    silent(station.run(after=HOUR))

    zen.listed.update((ip, "127.0.0.4") for ip in block)
    mail, change = told(station.run(after=HOUR), "listed", rf"^LISTED \(critical\) {whole} {ZEN} XBL")
    assert (change["count"], change["targets"]) == (256, [whole])
    says(mail.text, "Look up and remove: https://check.spamhaus.org/",
         f"{whole} {SENDERSCORE}: score 61 (low), warning", f"{whole} talos: poor")
    assert len(mail.text.splitlines()) < 50

    score.listed.update((ip, "127.0.4.45") for ip in block)
    mail, change = told(station.run(after=HOUR), "worsened", rf"^WORSENED \(critical\) {whole} {SENDERSCORE}")
    assert (change["from"], change["to"], change["state"]) == ("warning", "critical", "score 45")
    silent(station.run(after=HOUR))


def test_the_windows_hoster(station):
    """A hoster with a key of Spamhaus, and a resolver that Barracuda and Validity do not know yet.
    The key is shown nowhere; who refuses is named with the cure, as neither listed nor clean; after
    the registration everything stands in one place."""
    secret(station, "dqs.key", "sekr3tkeyabcdefghijklmnopqr")
    station.lists[DQS] = {**CATALOGUE, "key_file": "dqs.key"}
    station.dns.zone(f"sekr3tkeyabcdefghijklmnopqr.{DQS}", test=ZEN_POINTS)
    barracuda, score = known_list(station, BARRACUDA), known_list(station, SENDERSCORE)
    barracuda.rule = lambda q: servfail()
    score.rule = lambda q: a("127.255.255.255")
    reverse_name(station, SERVER, "mail.example.org")
    station.configure(targets=f"ip = {SERVER} mail.example.org", ptr="use = hosts")

    unknown = station.command("check", SERVER, code=UNKNOWN)
    says(unknown.out, f"clear: 1 list: {DQS}", "ptr confirmed",
         f"not-served (the list refuses your queries): {SENDERSCORE}",
         "it serves registered resolvers only: register yours in MyValidity",
         "register yours at https://www.barracudacentral.org/rbl/how-to-use")
    ran = station.command("check", "--format", "json", SERVER, code=UNKNOWN)
    assert ran.verdict(SERVER, SENDERSCORE) == "not-served"
    assert ran.verdict(SERVER, BARRACUDA) == "servfail"
    says(station.command("doctor", code=None).out, "registered resolvers only")
    says(only_mail(station.run()).text, "UNKNOWN IN THIS RUN", BARRACUDA, SENDERSCORE)
    mail, _ = told(station.run(after=HOUR), "blind", f"^BLIND {BARRACUDA}")
    says(mail.text, "register yours at https://www.barracudacentral.org/rbl/how-to-use")

    barracuda.rule = score.rule = None
    score.listed[SERVER] = "127.0.4.97"
    told(station.run(after=HOUR), "recovered", f"^RECOVERED {BARRACUDA}")
    ran = station.command("check", "--format", "json", SERVER, code=OK)
    assert [ran.verdict(SERVER, x) for x in (DQS, BARRACUDA, SENDERSCORE, "ptr")] == [
        "not-listed", "not-listed", "score 97", "confirmed"]


def test_the_monitoring_team(station, check_repmon):
    """Four hundred addresses in three data centres, Icinga and Prometheus. The configuration is
    proven before it is deployed; a volunteer's list that dies wakes nobody; a real listing is one
    page, can be acknowledged until a day, and its state is in the exit code and the metrics."""
    blocks = ("198.51.100.0/25", "203.0.113.0/25", "192.0.2.0/25", "192.0.2.128/28")
    hacked = "198.51.100.7"
    metrics = station.folder / "repmon.prom"
    zen, volunteer = known_list(station, ZEN), station.zone("volunteer.lab", level="minor")
    pager = HOOK + "min_level = critical\n"
    mail = MAIL.replace("postmaster@", "mailops@").replace("@mon1.", "@mon7.")
    station.configure(targets="\n".join(f"ip = {b}" for b in blocks), channels=mail + pager,
                      extra=f"[prometheus]\ntextfile = {metrics}")

    def plugin(*words):
        return station.repmon("--state", "--config", station.conf, *words, program=check_repmon,
                              env=station.environment())

    def names():
        return set(re.findall(r"^# TYPE (\w+)", metrics.read_text(), re.M))

    says(station.command("doctor", "--offline").out, "400 known in total", "0 red")
    assert not station.dns.log, "offline"
    station.edit("use = none", "use = non")
    says(station.command("doctor", "--offline", code=None).out, "RED configuration", "use")
    station.edit("use = non\n", "use = none\n")

    station.run()
    ran = plugin()
    assert ran.code == OK
    assert ran.out.startswith("REPMON OK - 400 addresses not listed; 800 clear, 0 unknown | listed=0")
    assert len(ran.out.splitlines()) == 1
    stable = names()

    volunteer.rule = lambda q: servfail()
    assert not station.run(after=HOUR).mails
    ran = station.run(after=HOUR)
    assert not ran.hooks and only_mail(ran).subject.startswith("BLIND volunteer.lab")
    assert plugin().code == OK
    assert 'repmon_list_up{source="dnsbl",list="volunteer.lab"} 0' in metrics.read_text()
    assert 'repmon_list_up{source="dnsbl",list="zen.spamhaus.org"} 1' in metrics.read_text()

    zen.listed[hacked] = "127.0.0.4"
    told(station.run(after=HOUR), "listed", rf"^LISTED \(critical\) {hacked}")
    silent(station.run(after=HOUR))
    ran = plugin()
    assert ran.code == CRITICAL
    assert ran.out.startswith(f"REPMON CRITICAL - {hacked} listed: {ZEN} (XBL)")
    assert plugin("-H", "192.0.2.9").code == OK
    listed = f'repmon_listed{{target="{hacked}",label="",list="{ZEN}",severity="critical",acked='
    assert listed + '"false"} 1' in metrics.read_text()

    station.command("ack", hacked, ZEN, "--for", "2d", "--note", "customer told, ticket 7")
    silent(station.run(after=HOUR))
    ran = plugin()
    assert ran.code == OK and "1 acknowledged" in ran.out
    assert listed + '"true"} 1' in metrics.read_text()
    ran = station.run(after=2 * DAY)
    assert changes(ran) == [("reminder", ZEN)]
    assert plugin().code == CRITICAL

    zen.rule = lambda q: servfail()
    station.run(after=HOUR, code=None)
    ran = station.run(after=HOUR, code=None)
    assert "delisted" not in [kind for kind, _ in changes(ran)]
    assert plugin().code == CRITICAL, "what can't be seen is not gone"
    assert names() - {"repmon_listed"} == stable - {"repmon_listed"}
