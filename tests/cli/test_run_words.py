# SPDX-License-Identifier: ISC
"""Alerts about lists that can't be queried name the cause, with its code and its fix; what is still
open begins with the worst."""

import re

from lab import a, nodata, nxdomain, txt
from station import CLEAN, HOUR, station, told  # noqa: F401


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_a_refusal_is_told_with_its_code_meaning_and_cure(station):
    station.zone()
    zen = station.dns.zone("zen.spamhaus.org")
    station.configure(extra='[dnsbl "zen.spamhaus.org"]')
    station.baseline()
    zen.rule = lambda q: a("127.255.255.254")
    mail, change = told(station.run(after=HOUR), "blind",
                        r"^BLIND zen.spamhaus.org \(not served\)")
    for text in (flat(mail.text), change["advice"]):
        assert "127.255.255.254 (the query came through a public or shared resolver" in text
        assert "Data Query Service" in text


def test_all_lists_behind_rebinding_protection_are_one_entry_that_names_it(station):
    zones = [station.zone("one.lab"), station.zone("two.lab"), station.zone("three.lab")]
    station.configure()
    station.baseline()
    for zone in zones:
        zone.rule = lambda q: (txt("test") if q.type == "TXT" else nodata()) if (
            q.address == "127.0.0.2") else nxdomain()
    for hour in (1, 2):
        ran = station.run(after=HOUR, code=None)
        if ran.mails:
            break
    (change,) = ran.hooks[0]["changes"]
    assert change["kind"] == "blind" and "all lists" in ran.mails[0].subject
    assert "rebinding protection" in flat(ran.mails[0].text)
    assert "rebind-localhost-ok" in flat(ran.mails[0].text)
    assert f"sudo repmon -c {station.conf} ack --blind all" in flat(ran.mails[0].text)
    assert "acknowledged 3 " in station.command("ack", "--blind", "all").out


def test_what_is_still_open_begins_with_the_worst_which_is_never_left_out(station):
    """Of more than fifty findings, the mild ones are only counted."""
    mild = [station.zone(f"m{n:02d}.lab", level="minor") for n in range(55)]
    worst, new = station.zone("y.lab"), station.zone("z.lab")
    station.configure()
    station.baseline()
    for zone in (*mild, worst):
        zone.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    new.listed[CLEAN] = "127.0.0.2"
    mail, _ = told(station.run(after=HOUR), "listed")
    text = "\n".join(mail.text.splitlines())
    still_open = text.split("STILL OPEN FOR THESE ADDRESSES\n")[1].split("\n\n")[0]
    assert still_open.startswith(f"   {CLEAN} y.lab: listed (SPAM), critical")
    assert "m48.lab" in still_open and "m49.lab" not in still_open
    assert "6 more" in still_open
