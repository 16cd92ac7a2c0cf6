# SPDX-License-Identifier: ISC
"""Refusals that name no address, of mail that may leave by several: they are the log's own, and
what another address delivers neither ends them nor proves anything of an address."""

import pytest

from conftest import UNKNOWN, WARNING
from station import DAY, HOUR, MINUTE, silent, station, told  # noqa: F401
from test_log import OTHER_OWN, OWN, begun, heard  # noqa: F401

NAMELESS = ("550 5.7.1 Unfortunately, messages weren't sent: part of their network is on our block "
            "list (S3140).")


@pytest.fixture
def pool(heard, request):  # noqa: F811
    """Two refusals were told, and nobody knows of which address."""
    log = heard(getattr(request, "param", ""), targets=f"ip = {OWN} mx1\nip = {OTHER_OWN} mx2")
    station = begun(log)  # noqa: F811
    station.clock += HOUR
    for _ in range(2):
        log.refused(NAMELESS)
    ran = station.run()
    assert [c["list"] for c in ran.hooks[0]["changes"] if c["list"]] == ["mx1"]
    return log


@pytest.mark.parametrize("pool", ["", f"address = {OWN}\naddress = {OTHER_OWN}"],
                         ids=["no address", "a pool"], indirect=True)
def test_deliveries_by_nobody_knows_which_address_end_nothing(pool):
    for _ in range(3):
        pool.taken(ago=-HOUR + MINUTE)
        silent(pool.station.run(after=HOUR))
    pool.station.command("status", code=WARNING)


def test_a_day_without_is_the_end_and_then_nothing_is_known(pool):
    station = pool.station  # noqa: F811
    pool.taken(ago=-DAY)
    _, change = told(station.run(after=DAY + HOUR), "delisted", "^OVER")
    assert change["count"] == 2
    for _ in range(2):
        result = station.command("status", "--format", "json", "-v", code=UNKNOWN).result(OWN, "mx1")
        assert (result["level"], result["cause"]) == ("unknown", "no-data")
        silent(station.run(after=HOUR))


def test_with_the_clock_in_doubt_nothing_is_over(pool):
    station = pool.station  # noqa: F811
    wall = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # so that the two clocks disagree
    station.run(after=MINUTE, env=wall, code=None)
    pool.taken(ago=-2 * DAY)
    ran = station.run(after=2 * DAY + HOUR, env=wall, code=None)
    assert "clock" in ran.err and not ran.mails, (ran.err, [m.subject for m in ran.mails])
    station.command("status", "--max-age", "9d", code=WARNING)
