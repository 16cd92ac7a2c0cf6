# SPDX-License-Identifier: ISC
"""The configuration is edited while something is open: an edit is no change by itself, but whoever
was told of a beginning is told of the end, calmly and as what it is."""

import pytest

from lab import a
from station import CLEAN, DAY, HOUR, silent, station, told  # noqa: F401


def listed(station, **keys):
    """An address that was told as listed; another list stays as it is."""
    bl = station.zone(**keys)
    station.zone("other.lab")
    station.configure()
    station.baseline()
    bl.listed[CLEAN] = "127.0.0.2"
    station.run(after=HOUR)
    return bl


def switched_off(station):
    station.edit("code = 127.0.0.2 SPAM critical", "code = 127.0.0.2 SPAM off")


def allowing(station):
    station.lists["bl.lab"]["kind"] = "allow"
    station.configure()


@pytest.mark.parametrize("edit", [switched_off, allowing])
def test_a_finding_that_an_edit_ends_is_retired_not_improved(station, edit):
    listed(station)
    edit(station)
    mail, change = told(station.run(after=HOUR), "retired", r"^NO LONGER WATCHED .* bl\.lab")
    assert (change["from"], change["to"], change["codes"]) == ("critical", "unknown", [])
    assert mail.message["X-Repmon-Level"] == "info"
    assert "switched off on purpose" in " ".join(mail.text.split()) and "Better" not in mail.text
    silent(station.run(after=HOUR))


def test_a_flapping_cell_whose_code_is_switched_off_is_never_called_delisted(station):
    bl = listed(station)
    for answer in (None, "127.0.0.2", None, "127.0.0.2"):
        bl.listed = {CLEAN: answer} if answer else {}
        station.run(after=13 * HOUR)
    switched_off(station)
    silent(station.run(after=HOUR))
    told(station.run(after=3 * DAY), "retired")
    silent(station.run(after=HOUR))


def test_what_left_the_configuration_still_says_how_bad_it_was(station):
    listed(station)
    del station.lists["bl.lab"]
    station.configure()
    mail, change = told(station.run(after=HOUR), "retired")
    assert change["from"] == "critical" and "Before:    critical" in mail.text


def test_the_end_of_a_blindness_by_an_edit_is_calm(station):
    bl = station.zone(severity="critical")
    station.zone("other.lab")
    station.configure()
    station.baseline()
    bl.rule = lambda q: a("127.255.255.254")
    told(station.run(after=HOUR), "blind")
    del station.lists["bl.lab"]
    station.configure()
    mail, change = told(station.run(after=HOUR), "retired", r"^NO LONGER WATCHED bl\.lab")
    assert mail.message["X-Repmon-Level"] == "info" and change["from"] == "critical"


def test_a_finding_by_an_edit_alone_is_no_news_but_is_dated_reminded_of_and_ended(station):
    """No channel was told of the code while it was off, and it became critical by an edit."""
    bl = listed(station, level="off")
    station.edit("code = 127.0.0.2 SPAM off", "code = 127.0.0.2 SPAM critical")
    silent(station.run(after=HOUR))
    (result,) = station.command("status", "--format", "json", code=2).json()["targets"][0]["results"]
    assert result["since"]
    silent(station.run(after=6 * DAY))
    told(station.run(after=DAY + HOUR), "reminder", r"^STILL LISTED \(critical\)")
    silent(station.run(after=HOUR))
    bl.listed.clear()
    told(station.run(after=13 * HOUR), "delisted")
