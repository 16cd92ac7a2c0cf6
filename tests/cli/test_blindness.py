# SPDX-License-Identifier: ISC
"""A resolver that says "not listed" to everything: that nothing is proven is told in the first run."""

from lab.scripted import nxdomain
from station import HOUR, station  # noqa: F401

NOTHING_ASKED = 69


def denied(station, **more):
    """A station whose two lists, and all other names, do not exist for its resolver."""
    station.zone("bl.lab")
    station.zone("other.lab")
    station.configure(**more)
    station.dns.before = lambda q: nxdomain(soa=False)
    return station


def test_reverse_names_that_prove_nothing_do_not_hide_blindness(station):
    denied(station, ptr="")
    ran = station.run(code=NOTHING_ASKED)
    (mail,) = ran.mails
    assert mail.subject.startswith("BLIND all lists (untrusted)"), mail.subject
    assert "No findings" not in mail.text and "BASELINE" not in mail.text
    again = station.run(after=HOUR, code=NOTHING_ASKED)
    assert again.mails == [], "it is told once"


def test_reverse_names_do_not_end_the_blindness_of_all_lists(station):
    denied(station, ptr="")
    station.run(code=NOTHING_ASKED)
    station.dns.before = None
    ran = station.run(after=HOUR)
    (mail,) = ran.mails
    assert "RECOVERED" in mail.text
