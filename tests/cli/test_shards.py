# SPDX-License-Identifier: ISC
"""Several monitors with the same targets: each asks about its part, and what moves from one to
another moves in silence."""

import datetime
import ipaddress
import json
import re

import lab
import pytest

from lab.shards import shard_of
from station import HOUR, Station, silent, station, told  # noqa: F401

RANGE = [f"192.0.2.{i}" for i in range(1, 101)]
POOL = "ip = 192.0.2.0/25\nexclude = 192.0.2.0\nexclude = 192.0.2.101\nexclude = 192.0.2.102/31\n" \
       "exclude = 192.0.2.104/29\nexclude = 192.0.2.112/28"


def part(number, count):
    return [ip for ip in RANGE if shard_of(ip, count) == number]


@pytest.fixture
def shards(station):  # noqa: F811
    """shards(N): the Nth monitor, in a folder of its own; all share resolver, mail and hook."""
    made = {}

    def shard(number):
        if number not in made:
            folder = station.folder / f"shard{number}"
            folder.mkdir()
            made[number] = Station(station.repmon, folder, station.dns, station.mail, station.hook)
            made[number].lists = station.lists
        return made[number]

    shard.station = station
    return shard


def configure(shard, number, count, **keys):
    targets = keys.pop("targets", POOL)
    shard.configure(targets=f"{targets}\nshard = {number}/{count}", **keys)
    return shard


def run(shard, clock, **kwargs):
    """A run at that time, and only what arrived by it."""
    shard.seen_mails, shard.seen_hooks = len(shard.mail.messages), len(shard.hook.requests)
    return shard.run(after=clock - shard.clock, **kwargs)


def watched(shard):
    return {str(ipaddress.ip_address(bytes(ip))) for (ip,) in shard.rows("SELECT ip FROM target")}


def test_each_target_is_asked_about_by_one_shard(shards):
    zone = shards.station.zone()
    asked = []
    for n in (1, 2, 3):
        zone.log.clear()
        run(configure(shards(n), n, 3), 0)
        asked.append({q.name for q in zone.log if q.name.endswith(".2.0.192.bl.lab")})
        assert watched(shards(n)) == set(part(n, 3))
    assert sum(map(len, asked)) == len(set.union(*asked)) == len(RANGE)


def test_targets_shows_the_shard(shards):
    shards.station.zone()
    shard = configure(shards(2), 2, 5)
    report = json.loads(shard.command("targets", "--format", "json").out)
    assert [t["ip"] for t in report["targets"]] == part(2, 5)
    assert report["shard"] == {"number": 2, "count": 5, "targets": 100}
    assert next(x for x in report["lists"] if x["list"] == "bl.lab")["targets"] == len(part(2, 5))
    text = shard.command("targets").out
    assert re.search(rf"^shard 2/5: {len(part(2, 5))} of 100 targets", text, re.M)


def moved(count, more):
    """The targets that change hands when there are `more` shards, and those of a shard that do."""
    return [ip for ip in RANGE if shard_of(ip, count) != shard_of(ip, more)]


def test_one_shard_more_moves_its_part_and_raises_nothing(shards):
    zone = shards.station.zone()
    going = moved(2, 3)
    assert len(RANGE) / 3 / 2 < len(going) < len(RANGE) / 3 * 2
    assert {shard_of(ip, 3) for ip in going} == {3}
    gone, stays = going[0], next(ip for ip in RANGE if ip not in going)
    zone.listed[gone] = zone.listed[stays] = "127.0.0.2"
    for n in (1, 2):
        run(configure(shards(n), n, 2), 0)
    # A state to begin with: the new one then knows that its targets were somebody else's.
    shards(3).state.parent.mkdir()
    shards(3).state.write_bytes(shards(1).state.read_bytes())
    for hour in (1, 2, 3):
        for n in (1, 2, 3):
            ran = run(configure(shards(n), n, 3), hour * HOUR)
            assert not ran.mails and not ran.hooks and not ran.out
            assert watched(shards(n)) == set(part(n, 3))
    owner = shards(3)
    assert owner.command("status", gone, code=2).out.count("SPAM")
    # It was told as listed: its end is told, by whoever asks about it now, and by nobody else.
    del zone.listed[gone]
    silent(run(owner, 4 * HOUR))
    mail, change = told(run(owner, 5 * HOUR), "delisted", rf"^DELISTED {re.escape(gone)}")
    assert change["ip"] == gone
    for n in (1, 2):
        silent(run(shards(n), 5 * HOUR))


def test_one_shard_less_is_as_silent(shards):
    zone = shards.station.zone()
    mine = part(1, 2)[0]
    theirs = part(2, 2)[0]
    zone.listed[mine] = zone.listed[theirs] = "127.0.0.2"
    for n in (1, 2):
        run(configure(shards(n), n, 2), 0)
    ran = run(configure(shards(1), 1, 1), HOUR)
    assert not ran.mails and not ran.hooks
    assert watched(shards(1)) == set(RANGE)
    assert shards(1).command("status", theirs, code=2).out.count("SPAM")


def test_what_turns_bad_after_it_moved_is_told_at_once(shards):
    zone = shards.station.zone()
    going = [ip for ip in part(2, 2) if ip not in part(2, 3)][:2]
    run(configure(shards(2), 2, 2), 0)
    shards(2).edit("shard = 2/2", "shard = 3/3")
    silent(run(shards(2), HOUR))
    assert set(going) <= watched(shards(2)) == set(part(3, 3))
    fresh = next(ip for ip in part(3, 3) if ip not in part(2, 2))  # from the other one
    zone.listed[going[0]] = zone.listed[fresh] = "127.0.0.2"
    _, change = told(run(shards(2), 2 * HOUR), "listed")
    assert change["count"] == 2


def test_an_address_that_is_new_to_all_is_told_as_ever(shards):
    zone = shards.station.zone()
    new = next(f"198.51.100.{i}" for i in range(1, 99) if shard_of(f"198.51.100.{i}", 2) == 2)
    zone.listed[new] = "127.0.0.2"
    run(configure(shards(2), 2, 2), 0)
    configure(shards(2), 2, 2, targets=f"{POOL}\nip = {new}")
    told(run(shards(2), HOUR), "baseline", rf"^ALREADY LISTED \(critical\) {new}")


def test_most_targets_moving_is_no_loss(shards):
    """From one monitor to five: four of five targets go, and nobody is asked to confirm it."""
    shards.station.zone()
    configure(shards(1), 1, 1)
    run(shards(1), 0)
    ran = run(configure(shards(1), 1, 5), HOUR)
    silent(ran)
    assert watched(shards(1)) == set(part(1, 5))


def test_a_shard_without_targets_is_no_error(shards):
    shards.station.zone()
    only = RANGE[0]
    idle = next(n for n in range(1, 6) if n != shard_of(only, 5))
    shard = configure(shards(idle), idle, 5, targets=f"ip = {only}")
    for hour in (0, 1):
        ran = run(shard, hour * HOUR)
        assert ran.code == 0 and not ran.err
    assert "no addresses are watched" in shard.command("targets").out
    shard.command("status", code=None)
    shard.command("doctor", "--offline", code=None)


@pytest.mark.parametrize("value, says", [
    ("2/1", "such as 2/5"), ("0/5", "such as 2/5"), ("5", "such as 2/5"), ("a/b", "such as 2/5"),
    ("2/5000", "at most 1000"), ("index/5", "JOB_COMPLETION_INDEX in the environment"),
])
def test_a_bad_shard_names_file_line_and_cure(shards, value, says):
    shards.station.zone()
    shard = configure(shards(1), 1, 1)
    shard.edit("shard = 1/1", f"shard = {value}")
    line = 1 + shard.conf.read_text().splitlines().index(f"shard = {value}")
    err = shard.command("run", code=78).err
    assert f"repmon.conf:{line}: [targets] shard: " in err and says in err


def test_the_index_of_an_indexed_job(shards):
    shards.station.zone()
    shard = configure(shards(1), "index", 5)
    report = json.loads(shard.command("targets", "--format", "json",
                                      env={"JOB_COMPLETION_INDEX": "3"}).out)
    assert [t["ip"] for t in report["targets"]] == part(4, 5)
    assert report["instance"] == "mon1"
    shard.edit("instance = mon1\n", "")
    report = json.loads(shard.command("targets", "--format", "json",
                                      env={"JOB_COMPLETION_INDEX": "3"}).out)
    assert report["instance"] == "shard-4"
    err = shard.command("targets", code=78, env={"JOB_COMPLETION_INDEX": "5"}).err
    assert "from 0 to 4" in err and "completions" in err


def test_budget_and_rate_are_divided(shards):
    shards.station.zone(budget="100", rate="1000")
    shard = configure(shards(1), 1, 1, extra="")
    shard.edit("use = none\n[ptr]", "use = none\nshare = 1/5\n[ptr]")
    report = json.loads(shard.command("targets", "--format", "json").out)
    assert next(x for x in report["lists"] if x["list"] == "bl.lab")["limit"] == 20
    for bad in ("6/5", "0/5", "1/0", "20%", "1/5/2", "1"):
        shard.edit("share = 1/5", f"share = {bad}")
        line = 1 + shard.conf.read_text().splitlines().index(f"share = {bad}")
        err = shard.command("run", code=78).err
        assert f"repmon.conf:{line}: [dnsbl] share: must be a part" in err
        shard.edit(f"share = {bad}", "share = 1/5")


def test_doctor_shows_the_shard(shards):
    shards.station.zone()
    shard = configure(shards(2), 2, 5)
    out = shard.command("doctor", "--offline", code=None).out
    assert re.search(rf"shard\s+2/5: queries {len(part(2, 5))} of 100 targets", out)
    assert "share = 1/5" in " ".join(out.split())


LOG = '[log "mx1"]\nfile = {path}\naddress = {own}\n'


def refused_by_outlook(shard, path, own, count=2):
    """Lines of a Postfix log: Outlook.com refuses this address."""
    reply = (f"550 5.7.1 Unfortunately, messages from [{own}] weren't sent. Please contact your "
             "Internet service provider since part of their network is on our block list (S3140).")
    host = "outlook-com.olc.protection.outlook.com"
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shard.clock)
    with path.open("a") as f:
        for i in range(count):
            at = now - datetime.timedelta(minutes=10 - i)
            f.write(f"{at:%Y-%m-%dT%H:%M:%S.%f}+00:00 mx1 postfix/smtp[42]: 4Q{i:05}: to=<a@b.example>, "
                    f"relay={host}[198.51.100.21]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=5.7.1, "
                    f"status=bounced (host {host}[198.51.100.21] said: {reply} (in reply to MAIL "
                    "FROM command))\n")


def test_the_log_is_heard_about_addresses_of_all_shards(shards):
    """Each mail host reads its own log, whichever shard queries the lists about its address."""
    zone = shards.station.zone()
    own = part(2, 2)[0]
    path = shards.station.folder / "mail.log"
    path.write_text("")
    host = configure(shards(1), 1, 2, extra=LOG.format(path=path, own=own))
    ran = run(host, 0)
    assert len(ran.mails) == 1 and not zone.asked(own)
    report = host.command("status", "--format", "json", "-v", code=None)
    assert {t["ip"] for t in report.json()["targets"]} == set(part(1, 2))
    refused_by_outlook(host, path, own)
    _, change = told(run(host, HOUR), "baseline", rf"^REFUSED BY Outlook.com .*{re.escape(own)}")
    assert change["ip"] == own and not zone.asked(own)
    report = host.command("status", "--format", "json", code=2).json()
    found = next(t for t in report["targets"] if t["ip"] == own)
    assert {r["source"] for r in found["results"]} == {"log"}
    assert [r["list"] for r in found["results"] if r["level"] != "unknown"] == [
        "microsoft-consumer"]
    assert report["summary"]["targets"] == len(part(1, 2)) + 1 and not report["summary"]["unknown"]
    metrics = host.command("status", "--format", "prometheus", code=2).out
    assert f'repmon_listed{{target="{own}"' in metrics
    # The same host as another shard: what the log said stays, what the lists say begins silently.
    zone.listed[own] = "127.0.0.2"
    host.edit("shard = 1/2", "shard = 2/2")
    silent(run(host, 2 * HOUR))
    assert zone.asked(own)
    found = next(t for t in host.command("status", "--format", "json", code=2).json()["targets"]
                 if t["ip"] == own)
    assert {r["source"]: r["level"] for r in found["results"] if r["level"] == "critical"} == \
        {"dnsbl": "critical", "log": "critical"}


def test_domains_are_the_first_shards(shards):
    """What exists only once is read by one shard, for the addresses of all."""
    station = shards.station
    station.zone()
    station.dns.hosts["example.org", "TXT"] = lab.txt("v=spf1 -all")
    station.dns.hosts["_dmarc.example.org", "TXT"] = lab.txt("v=DMARC1; p=none")
    station.dns.hosts["example.org", "MX"] = lab.mx("mx.example.org")
    outside = part(2, 2)[0]  # an address of the other shard, which SPF does not cover
    keys = {"targets": f"{POOL}\nip = {outside}\ndomain = example.org",
            "extra": f'[domain "example.org"]\nsenders = {outside}'}
    run(configure(shards(2), 2, 2, **keys), 0)
    report = json.loads(shards(2).command("status", "--format", "json", code=None).out)
    assert {t["ip"] for t in report["targets"]} == set(part(2, 2))
    assert not any(x["source"] == "domain" for x in report["lists"])
    ran = run(configure(shards(1), 1, 2, **keys), 0)
    report = json.loads(shards(1).command("status", "--format", "json", code=None).out)
    (domain,) = [t for t in report["targets"] if t["domain"]]
    assert domain["domain"] == "example.org"
    assert outside in str([r["reason"] for r in domain["results"] if r["list"] == "spf"]), ran.mails
    # Its beliefs are not another's to end: the other way round, nothing is said to be over.
    shards(1).edit("shard = 1/2", "shard = 2/2")
    ran = run(shards(1), HOUR)
    assert not ran.mails and not ran.hooks


def test_reports_and_postmaster_are_the_first_shards(shards):
    shards.station.zone()
    for n in (1, 2):
        shard = shards(n)
        client = shard.folder / "client.json"
        client.write_text('{"installed":{"client_id":"i","client_secret":"s"}}')
        client.chmod(0o600)
        (shard.folder / "inbox").mkdir()
        configure(shard, n, 2, targets=f"{POOL}\ndomain = example.org",
                  extra='[postmaster "google"]\nclient_file = client.json\n'
                        '[reports "box"]\nmaildir = inbox\ntrust = mx.example.org')
        report = json.loads(shard.command("targets", "--format", "json").out)
        sources = {x["source"] for x in report["lists"]}
        assert ("postmaster" in sources) == ("reports" in sources) == (n == 1), sources
        told = shard.command("doctor", "--offline", "--format", "json", code=None).json()["checks"]
        elsewhere = {c["name"] for c in told if "by shard 1/2 only" in c["text"]}
        assert elsewhere == (set() if n == 1 else {"postmaster", "reports"})


def test_check_asks_about_whatever_it_is_given(shards):
    zone = shards.station.zone()
    theirs = part(2, 2)[0]
    zone.listed[theirs] = "127.0.0.2"
    shard = configure(shards(1), 1, 2)
    assert shard.command("check", theirs, code=2).out.count("SPAM")


def test_status_of_an_address_of_another_shard_says_whose_it_is(shards):
    shards.station.zone()
    theirs = part(2, 3)[0]
    run(configure(shards(1), 1, 3), 0)
    err = shards(1).command("status", theirs, code=None).err
    assert f"{theirs} is not watched" in err and "shard 2/3" in err
