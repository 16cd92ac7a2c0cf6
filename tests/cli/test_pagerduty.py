# SPDX-License-Identifier: ISC
"""Incidents: what PagerDuty is told opens one for each list, and its end closes it, whatever ended
it. Nothing else keeps one open."""

import pytest

from lab.scripted import refused
from station import CLEAN, DAY, HOUR, OTHER, station  # noqa: F401

PAGER = """[webhook "pager"]
url = {{hook_url}}
format = pagerduty
routing_key_file = routing.key
{more}
"""


@pytest.fixture
def pager(station):  # noqa: F811
    """pager(more keys): configures a station whose only channel is PagerDuty."""
    key = station.folder / "routing.key"
    key.write_text("R" * 32)
    key.chmod(0o600)

    def configure(more="", **keys):
        station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}", channels=PAGER.format(more=more),
                          **keys)
    return configure


def events(ran):
    return {(e["event_action"], e["dedup_key"].split("/")[2]) for e in ran.hooks}


@pytest.mark.parametrize("more", ["", "min_level = info", "only = listed"])
def test_what_is_only_information_neither_opens_an_incident_nor_keeps_one_open(station,  # noqa: F811
                                                                               pager, more):
    bl = station.zone()
    pager(more)
    station.run()
    bl.listed[OTHER] = "127.0.0.10"  # POLICY, info
    assert events(station.run(after=HOUR)) == set()
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert events(ran) == {("trigger", "bl.lab")}
    assert ran.hooks[0]["payload"]["severity"] == "critical"
    del bl.listed[CLEAN]
    assert events(station.run(after=DAY)) == {("resolve", "bl.lab")}
    assert events(station.run(after=HOUR)) == set()


def test_a_finding_that_becomes_information_ends_the_incident(station, pager):  # noqa: F811
    bl = station.zone()
    pager()
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    assert events(station.run(after=HOUR)) == {("trigger", "bl.lab")}
    bl.listed[CLEAN] = "127.0.0.10"
    station.run(after=HOUR)
    assert events(station.run(after=HOUR)) <= {("resolve", "bl.lab")}
    assert ("resolve", "bl.lab") in {(e["event_action"], e["dedup_key"].split("/")[2]) for e in
                                     (r.json() for r in station.hook.requests)}


def test_an_incident_stays_open_while_a_neighbour_is_listed(station, pager):  # noqa: F811
    bl = station.zone()
    pager()
    station.run()
    bl.listed[CLEAN] = bl.listed[OTHER] = "127.0.0.2"
    assert events(station.run(after=HOUR)) == {("trigger", "bl.lab")}
    del bl.listed[CLEAN]
    assert events(station.run(after=DAY)) == set(), "the end of one of two"
    bl.listed.clear()
    assert events(station.run(after=DAY)) == {("resolve", "bl.lab")}


def test_all_lists_at_once_are_one_incident_that_ends(station, pager):  # noqa: F811
    a, b = station.zone("a.lab", severity="critical"), station.zone("b.lab", severity="major")
    pager()
    station.run()
    a.rule = b.rule = lambda q: refused()
    told = []
    for _ in range(3):
        told += station.run(after=HOUR, code=None).hooks
    assert {(e["event_action"], e["dedup_key"]) for e in told} == {("trigger", "repmon/mon1/all")}
    assert told[0]["payload"]["severity"] == "critical", "at least the worst of them"
    a.rule = b.rule = None
    assert events(station.run(after=HOUR)) == {("resolve", "all")}


def test_blindness_and_lost_proof_join_the_incident_of_the_list(station, pager):  # noqa: F811
    bl = station.zone(severity="major")
    pager()
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    assert events(station.run(after=HOUR)) == {("trigger", "bl.lab")}
    bl.rule = lambda q: refused()
    said = []
    for _ in range(4):
        said += station.run(after=DAY, code=None).hooks
    assert {e["payload"]["class"] for e in said} == {"blind", "stale"}
    assert {e["event_action"] for e in said} == {"trigger"}
    bl.rule = None
    assert not events(station.run(after=HOUR)), "it answers again, and still lists"
    bl.listed.clear()
    said = []
    for _ in range(2):
        said += station.run(after=DAY).hooks
    assert {e["event_action"] for e in said} == {"resolve"}
